"""Survey: what respondents answered, weighted, by group, with the uncertainty of the survey's own design."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from workbench.cubes.selection import Selection
from workbench.study.chart import Chart, by_dimensions
from workbench.study.data import listed
from workbench.study.disclose import reason_for_all
from workbench.study.finding import Finding
from workbench.study.survey_calibrated import about_calibration
from workbench.study.survey_compare import check_modes, compared, compared_answers, in_words
from workbench.study.survey_domain import SurveyDomain, domain_of
from workbench.study.survey_groups import codes_of, list_of_axis, place
from workbench.study.survey_options import SurveyOptions
from workbench.study.survey_statistics import check_statistic, estimates, figures
from workbench.study.survey_tables import survey_table
from workbench.study.survey_weights import about_design
from workbench.study.survey_words import (
    about_base,
    about_below,
    about_few,
    about_limits,
    attribution_of,
    headline,
    percent_of,
    question_in_words,
    summary,
    unit_of,
)
from workbench.terms.codes import open_list
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import Refused
from workbench.terms.survey_table import SurveyQuestion, SurveyTable
from workbench.terms.text import _

OWN_COLUMNS = {"se": "", "df": "", "deff": "", "effective_n": "respondents", "people": ""}
SHOWN_COUNT = 10
"""Fewer respondents than this who gave an answer are not shown as a number."""


def survey(
    source: str | SurveyTable,
    selection: Selection | None = None,
    by: str | Sequence[str] = (),
    *,
    question: str | Sequence[str],
    answer: str | None = None,
    statistic: str = "share",
    weight: str | None = None,
    options: SurveyOptions | None = None,
) -> Finding:
    """What respondents of a survey answered: weighted figures by group, with intervals that know the design.

    A selection and groups choose a domain: the other respondents stay in the design, so that standard errors are those
    of the survey, not of a smaller one.

    Parameters
    ----------
    source : name of an entry whose rows are respondents, or what `wb.survey_table` gives
    selection : who is asked about
    by : dimensions that the survey has, such as nuts1, sex or age_group
    question : code of a question, or of several with the same answers; `survey_table(...).questions("words")` finds it
    answer : code or label of the answer whose share is wanted; None for each answer
    statistic : "share"; "mean", "median", "total" or a percentile such as "p90" of a number; "total" with an answer is
        how many people gave it; "ratio" of two questions is the total of the first (of a number, or of those who gave
        `answer`) over that of the second, a number
    weight : column of the weight; the one that fits unless given
    options : intervals, lonely sampling units, known totals to fit weights to, and when figures are marked or withheld

    Returns
    -------
    Finding
        frame: value low high, `count` (respondents who gave the answer) and `exposure` (respondents who answered, not
        weighted: the base), se, df, deff, effective_n and `people` (the sum of their weights).

    Raises
    ------
    UnknownName
        For a question, answer, weight or dimension that there is not.
    Refused
        For a weight that does not fit, naming the one that does; for a question that was not asked of these.
    ModelError
        For a stratum with one sampling unit, naming the policies.
    """
    table = source if isinstance(source, SurveyTable) else survey_table(source)
    selection, by, options = selection or Selection(), listed(by), options or SurveyOptions()
    questions = [table.codebook.question(code) for code in listed(question)]
    check_statistic(questions, answer, statistic)
    questions, below = (questions[:1], questions[1]) if statistic == "ratio" else (questions, None)

    domain = domain_of(table, selection, by, weight=weight, options=options, total=statistic == "total")
    domain = replace(domain, statistic=statistic, below=below)
    modes = _modes(domain)
    parts = [_of_question(domain, one, answer) for one in questions]
    frame = pd.concat(parts, ignore_index=True)

    dims = (*by, *(["question"] if len(questions) > 1 else []), *(["answer"] if "answer" in frame else []))
    frame = _sorted(table, frame, dims)
    found = _finding(domain, selection, dims, frame, questions, answer)
    return _with_comparison(domain, found, questions, answer, modes)


def _of_question(domain: SurveyDomain, question: SurveyQuestion, answer: str | None) -> pd.DataFrame:
    """The rows of one question: a row per group, and per answer where none was named."""
    each = [answer] if answer is not None or question.is_number else list(question.answers)
    values = {code: figures(domain, question, code) for code in each}
    groups = domain.groups
    if not any((column.notna() & groups.notna()).any() for column in values.values()):
        message = _("Nobody in what is asked for has an answer to {code} ({text}): it may not have been asked of them.")
        raise Refused(message.format(code=question.code, text=question.text))
    parts = []
    for code, column in values.items():
        part = estimates(domain, column)
        part = part.assign(question=question.code, count=_given(column, groups, part))
        parts.append(part if answer is not None or code is None else part.assign(answer=code))
    return pd.concat(parts).rename_axis("group").reset_index()


def _given(values: pd.Series, groups: pd.Series, part: pd.DataFrame) -> pd.Series:
    """How many respondents gave the answer; of a number, how many gave one."""
    if not set(values.dropna().unique()) <= {0.0, 1.0}:
        return part["n"].astype(float)
    return values.groupby(groups).sum().reindex(part.index).astype(float)


def _modes(domain: SurveyDomain) -> list[str]:
    """The note on waves that were asked in different ways; refused unless the options say otherwise."""
    table, who = domain.table, domain.grouped
    if not {"year", "mode"} <= set(table.frame):
        return []
    return check_modes(table.frame.loc[who.inside], across=domain.options.across_modes)


def _with_comparison(
    domain: SurveyDomain, found: Finding, questions: Sequence[SurveyQuestion], answer: str | None, notes: list[str]
) -> Finding:
    """The finding with tests of its groups, where they are of one dimension and one question."""
    by, question = domain.grouped.by, questions[0]
    single = len(by) == 1 and len(questions) == 1 and domain.statistic in ("share", "mean")
    if not single:
        return replace(found, notes=(*found.notes, *notes))
    rows = found.frame
    shown = rows.loc[~rows["state"].isin(["withheld", "missing"]), by[0]].astype(str).drop_duplicates().tolist()
    if answer is None and not question.is_number:
        comparison = compared_answers(domain.answers(question), domain.groups, shown, domain.design)
    else:
        values = domain.values(question, answer)
        comparison = compared(values, domain.groups, shown, by[0], domain.design, domain.convention)
    notes = [*in_words(comparison, shown, percent=bool(found.percent)), *notes]
    return replace(found, model=comparison, notes=(*notes, *found.notes))


def _sorted(table: SurveyTable, frame: pd.DataFrame, dims: tuple[str, ...]) -> pd.DataFrame:
    """Rows with a column per dimension, in the order of the code lists and of the questionnaire."""
    grouping = [name for name in dims if name not in ("question", "answer")]
    codes = pd.DataFrame([codes_of(group, grouping) for group in frame["group"]], index=frame.index)
    frame = pd.concat([codes, frame.drop(columns="group")], axis=1)
    places = [[place(table, name, code) for code in frame[name]] for name in grouping]
    order = sorted(range(len(frame)), key=lambda row: [column[row] for column in places])
    return frame.iloc[order].reset_index(drop=True)


def _finding(
    domain: SurveyDomain,
    selection: Selection,
    dims: tuple[str, ...],
    frame: pd.DataFrame,
    questions: Sequence[SurveyQuestion],
    answer: str | None,
) -> Finding:
    table, book, options = domain.table, domain.table.codebook, domain.options
    unit = unit_of(domain, questions[0])
    frame = _judged(frame, options, confidential=not book.synthetic and not reason_for_all())
    frame = frame.rename(columns={"weighted": "people", "n": "exposure"})
    frame = frame.assign(level=options.level, per=np.nan, unit=unit, flag="", flag_share=0.0)
    usual = ["value", "low", "high", "level", "method", "count", "exposure", "per", "unit", "flag", "flag_share"]
    bases = frame.groupby("question")["exposure"].agg(["min", "max"])
    frame = frame[[*dims, *usual, "state", *OWN_COLUMNS]]

    share = domain.statistic == "share"
    percent = percent_of(domain.weight) if share else ""
    words = {"answer": answer, "below": domain.below, "selection": selection.words(_lists(table, (), questions))}
    notes = [
        *about_base(table, questions, domain.grouped, bases),
        *about_below(domain.below),
        *about_design(table, domain.weight),
        *about_calibration(domain.design, options),
        *about_limits(frame, domain.design, options.freedom),
        *about_few(frame, options.mark_under, options.withhold_under),
        *domain.grouped.notes,
        *table.notes,
        *book.notes,
    ]
    release = ""
    if not book.synthetic and (reason := reason_for_all()):
        release = _("Not for release: disclosure control is off in this session ({reason}).").format(reason=reason)
    made = Finding(
        question=question_in_words(table, questions, dims, words["selection"]),
        selection=selection,
        by=dims,
        frame=frame,
        summary="",
        notes=tuple(dict.fromkeys([*([release] if release else []), *notes])),
        sources=(_source(table, questions, frame),),
        withheld=int(frame["state"].eq("withheld").sum()),
        lists=_lists(table, dims, questions),
        synthetic=book.synthetic,
        units={
            **dict.fromkeys(("value", "low", "high", "se"), unit),
            **dict.fromkeys(("count", "exposure", "effective_n"), _("respondents")),
        },
        percent=percent,
        chart_spec=Chart(kind=by_dimensions(dims)),
        release=release,
    )
    sentence = summary(made, questions, words)
    if book.synthetic:
        sentence = _("Synthetic data. {summary}").format(summary=sentence)
    return replace(made, summary=sentence, title=headline(made, questions, words))


def _source(table: SurveyTable, questions: Sequence[SurveyQuestion], frame: pd.DataFrame) -> dict:
    """The source with question and base under its name, and the accidents that a question on them counts."""
    events = {question.event for question in questions if question.event}
    event = {"event": events.pop()} if len(events) == 1 else {}
    return {**table.source, "attribution": attribution_of(table, questions, frame), **event}


def _judged(frame: pd.DataFrame, options: SurveyOptions, *, confidential: bool) -> pd.DataFrame:
    """Which figures rest on too few respondents: marked, or withheld."""
    n = frame["n"].astype(float)
    effective = frame["effective_n"].fillna(n)
    few = n < options.withhold_under
    if not confidential and reason_for_all():
        few = few & False
    marked = (n < options.mark_under) | (effective < options.mark_under)
    zero = frame["value"].eq(0)
    state = np.select([few, frame["value"].isna(), marked, zero], ["withheld", "missing", "unreliable", "zero"], "")
    blank = ["value", "low", "high", "se", "deff", "effective_n", "count", "weighted"]
    hidden_count = confidential & frame["count"].between(1, SHOWN_COUNT - 1)
    frame = frame.assign(state=state, count=frame["count"].mask(hidden_count))
    frame[blank] = frame[blank].astype(float).mask(few)
    return frame


def _lists(table: SurveyTable, dims: Sequence[str], questions: Sequence[SurveyQuestion]) -> dict:
    """The code lists of what a finding is divided by."""
    axes = {DIMENSIONS[name].axis for name in dims} & set(table.codebook.dimensions) if dims else ()
    axes = axes or set(table.codebook.dimensions)
    lists = {axis: known for axis in axes if (known := list_of_axis(table, axis))}
    answers = {code: label for question in questions for code, label in question.answers.items()}
    texts = {question.code: question.text for question in questions}
    return {**lists, "answer": open_list("answer", answers), "question": open_list("question", texts)}
