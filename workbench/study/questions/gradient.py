"""Gradient: published shares of a survey from small to large establishments, or by sector, tested over countries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.block_tests import block_test
from workbench.study.chart import Chart
from workbench.study.data import cube as cube_of
from workbench.study.finding import Finding
from workbench.study.questions.counts import counts
from workbench.terms.codes import open_list
from workbench.terms.dimensions import DIMENSIONS, dimension
from workbench.terms.errors import ModelError, Refused, UnknownName
from workbench.terms.text import _, n_
from workbench.terms.words import number, p_value

ORDERED = ("size", "age_group")
WHOLE = "EU27_2020"
COMPLETE = 0.5
"""A group that fewer of the countries have a figure of is left out of the tests."""
FEW = 6
"""Of so many questions at most each has a sentence of its own."""


@dataclass(frozen=True, kw_only=True)
class Gradient:
    """The tests of a gradient.

    Attributes
    ----------
    frame : a row per question: question, text, countries, rising, step (percentage points from one group to the next,
        mean of the countries), statistic, df, p_value and p_holm (of so many tests at once)
    left_out : groups that too few countries have a figure of
    """

    frame: pd.DataFrame = field(repr=False)
    left_out: tuple[str, ...] = ()


def gradient(
    source: str | Cube,
    selection: Selection | None = None,
    by: str = "size",
    *,
    question: str | Sequence[str] = (),
    answer: str = "Yes",
) -> Finding:
    """Published shares by size or sector, one panel per question, with a test over countries.

    Published shares have no errors, so that establishments cannot be tested. Countries can: each is a block of its own
    level, and the test asks whether the groups differ in the same way in all of them: for a trend with size (Page's L),
    for any difference between sectors (Friedman's chi-square).

    Parameters
    ----------
    source : name of an entry of published shares with questions, such as "esener_2019", or its cube
    selection : whose shares are shown: one country, or the union, which is taken unless given
    by : "size", or another dimension of the table, such as "nace1"
    question : code of a question, or of several; all unless given
    answer : the answer whose share is wanted; of a question that does not have it, its first one is taken and named

    Returns
    -------
    Finding
        frame: a row per group and question. `.model.frame` has the tests.

    Raises
    ------
    Refused
        For a source without questions, and for respondents, which `wb.survey` tests.
    UnknownName
        For a question that there is not.
    """
    cube = cube_of(source)
    _check(cube, by)
    answers = _answers(cube, (question,) if isinstance(question, str) and question else tuple(question), answer)
    where = {"question": set(answers), "answer": set(answers.values())}
    selection = selection or Selection()
    regions = selection.regions or ({WHOLE} if WHOLE in cube.codes("nuts") else set())
    found = counts(cube, selection.but(regions=regions, where=where), (by, "question", "answer"))
    countries = counts(cube, Selection(where=where), ("nuts0", by, "question", "answer")).frame

    lists = dict(found.lists)
    lists["question"] = open_list("question", {q: _words(found, q, a, answer) for q, a in answers.items()})
    frame = _of_pairs(found.frame, answers)
    shown = replace(found, by=(by, "question"), frame=frame.drop(columns="answer"), lists=lists)
    if shown.frame["value"].isna().all():
        raise Refused(_("No share of this is published by {by}.").format(by=dimension(by).label))

    tests = _tests(_of_pairs(countries, answers), shown, by)
    return replace(
        shown,
        summary=_summary(shown, tests, by),
        notes=(*_notes(tests, by), *shown.notes),
        model=tests,
        chart_spec=Chart(kind="panels"),
        title=_("Share of establishments that answer “{answer}”, by {by}").format(
            answer=_label(found, "answer", answer), by=dimension(by).label
        ),
    )


def _answers(cube: Cube, questions: Sequence[str], answer: str) -> dict[str, str]:
    """The answer of each question that is shown: the one that is asked for, else its first one."""
    known = cube.lists["question"]
    for code in questions:
        if not known.knows(code):
            hint = _("wb.questions({name!r}, 'words') finds them by their words.")
            raise UnknownName(_("question"), code, known.codes(), hint=hint.format(name=cube.name))
    margin = next(margin for margin in cube.margins if {"question", "answer"} <= set(margin.axes))
    pairs = margin.frame.select("question", "answer").unique(maintain_order=True)
    found: dict[str, list[str]] = {}
    for code, given in pairs.iter_rows():
        found.setdefault(code, []).append(given)
    wanted = questions or list(found)
    return {code: answer if answer in found[code] else found[code][0] for code in wanted}


def _of_pairs(frame: pd.DataFrame, answers: Mapping[str, str]) -> pd.DataFrame:
    """The rows of each question's own answer."""
    return frame[frame["answer"] == frame["question"].map(answers)].reset_index(drop=True)


def _words(found: Finding, question: str, given: str, answer: str) -> str:
    """A question's text, with the answer that is shown where it is another than was asked for."""
    text = _label(found, "question", question)
    if given == answer:
        return text
    return _("{text}: {answer}").format(text=text, answer=_label(found, "answer", given))


def _check(cube: Cube, by: str) -> None:
    if not {"question", "answer", "nuts"} <= cube.axes:
        message = _(
            "{name} is no table of published answers by country. Of respondents, wb.survey(by=...) has a trend."
        )
        raise Refused(message.format(name=cube.name))
    if dimension(by).axis not in cube.axes - {"question", "answer", "nuts", "year"}:
        names = ", ".join(name for name, known in DIMENSIONS.items() if known.axis in cube.axes & {"size", "nace"})
        raise Refused(_("A gradient is over groups of establishments: {names}, not {by}.").format(names=names, by=by))


def _tests(countries: pd.DataFrame, shown: Finding, by: str) -> Gradient:
    order = list(dict.fromkeys(shown.frame[by]))
    table = countries.pivot(index=["question", "nuts0"], columns=by, values="value").reindex(columns=order)
    known = table.notna().mean()
    kept = [code for code in order if known[code] >= COMPLETE]
    rows = []
    for code in dict.fromkeys(shown.frame["question"]):
        row = {"question": code, "text": _label(shown, "question", code)}
        try:
            found = block_test(table.loc[code, kept], ordered=dimension(by).axis in ORDERED)
        except (ModelError, KeyError):
            rows.append(row | {"countries": 0})
            continue
        tested = {"countries": found.blocks, "rising": found.rising, "step": 100 * found.step}
        rows.append(row | tested | {"statistic": found.statistic, "df": found.df, "p_value": found.p_value})
    columns = ["question", "text", "countries", "rising", "step", "statistic", "df", "p_value"]
    frame = pd.DataFrame(rows, columns=columns)
    return Gradient(
        frame=frame.assign(p_holm=_holm(frame["p_value"])),
        left_out=tuple(_label(shown, dimension(by).axis, code) for code in order if code not in kept),
    )


def _holm(p_values: pd.Series) -> pd.Series:
    """P-values of so many tests at once: Holm (1979), Scandinavian Journal of Statistics 6:65-70."""
    known = p_values.dropna().sort_values()
    factors = np.arange(len(known), 0, -1)
    return np.minimum(np.maximum.accumulate(known * factors), 1.0).reindex(p_values.index)


def _label(shown: Finding, axis: str, code: str) -> str:
    known = shown.lists.get(axis)
    return known.label(code) if known else code


def _summary(shown: Finding, tests: Gradient, by: str) -> str:
    tested = tests.frame[tests.frame["p_value"].notna()]
    if len(tests.frame) == 1 and dimension(by).axis not in ORDERED:
        return shown.summary
    if len(tests.frame) == 1 and len(tested):
        row, ends = tested.iloc[0], shown.displayed().dropna(subset="value")
        words = {"first": number(ends["value"].iloc[0]), "last": number(ends["value"].iloc[-1]), "unit": shown.percent}
        labels = {"small": ends[f"{by}_label"].iloc[0], "large": ends[f"{by}_label"].iloc[-1]}
        message = _(
            "{text}: {first}{unit} ({small}), {last}{unit} ({large}); the last group is above the first in {rising} of "
            "{countries} countries."
        )
        counted = {"rising": int(row["rising"]), "countries": int(row["countries"])}
        return message.format(text=row["text"], **words, **labels, **counted)
    differing = int((tested["p_holm"] < 0.05).sum())
    message = n_(
        "{n} question, by {by}: in {differing} the groups differ in the same way over the countries (Holm's p below "
        "0.05).",
        "{n} questions, by {by}: in {differing} the groups differ in the same way over the countries (Holm's p below "
        "0.05).",
        len(tests.frame),
    )
    return message.format(n=len(tests.frame), by=dimension(by).label, differing=differing)


def _notes(tests: Gradient, by: str) -> list[str]:
    ordered = dimension(by).axis in ORDERED
    notes = []
    for row in tests.frame[tests.frame["p_value"].notna()].head(FEW if len(tests.frame) <= FEW else 0).itertuples():
        if ordered:
            message = _(
                "{text}: {step} percentage points from one group to the next, mean of {countries} countries (Page's "
                "L = {statistic}, {p})."
            )
        else:
            message = _(
                "{text}: groups alike in {countries} countries would differ this much or more with {p} (Friedman's "
                "chi-square = {statistic} on {df:.0f} degrees of freedom)."
            )
        words = {"step": number(row.step), "statistic": number(row.statistic), "p": p_value(row.p_value)}
        notes.append(message.format(text=row.text, countries=row.countries, df=row.df, **words))
    notes.append(
        _(
            "Tested over countries, each a block of its own: published shares have no errors, so that firms cannot "
            "be tested."
        )
    )
    if tests.left_out:
        message = _("Not in the tests, since fewer than half of the countries have a figure: {groups}.")
        notes.append(message.format(groups=", ".join(tests.left_out)))
    return notes
