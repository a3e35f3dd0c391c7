"""What a finding of a survey says: question, base, units, and how far its figures can be trusted."""

from collections.abc import Mapping, Sequence

import pandas as pd

from workbench.models.survey_design import Design
from workbench.study.finding import Finding
from workbench.study.sentences import aside
from workbench.study.survey_domain import SurveyDomain
from workbench.study.survey_groups import Grouped
from workbench.terms.survey_table import REASONS, UNITS, SurveyQuestion, SurveyTable, Weight
from workbench.terms.text import _, n_, translated
from workbench.terms.words import dimensions, number, whole


def percent_of(weight: Weight | None) -> str:
    """The unit in which a share is read."""
    return _("% of {people}").format(people=_people(weight))


def unit_of(domain: SurveyDomain, question: SurveyQuestion) -> str:
    """The unit of a figure."""
    if domain.statistic == "share":
        return _("share of {people}, 0 to 1").format(people=_people(domain.weight))
    if domain.below is not None:
        return _("per {code}").format(code=domain.below.code)
    if domain.statistic == "total" and not question.is_number:
        return _people(domain.weight)
    return question.unit or _("as answered")


def _people(weight: Weight | None) -> str:
    return translated(UNITS[weight.unit]) if weight else _("respondents")


def question_in_words(table: SurveyTable, questions: Sequence[SurveyQuestion], dims: Sequence[str], selection: str):
    """What was asked, in words."""
    texts = "; ".join(_("“{text}”").format(text=question.text) for question in questions)
    words = {"texts": texts, "survey": table.codebook.title, "selection": selection}
    if not dims:
        return _("{texts} ({selection}): {survey}").format(**words)
    return _("{texts} by {dims} ({selection}): {survey}").format(dims=dimensions(dims), **words)


def summary(finding: Finding, questions: Sequence[SurveyQuestion], words: Mapping) -> str:
    """The figure, or the highest and the lowest, in a sentence with the question."""
    rows = finding.displayed()
    known = rows[rows["value"].notna()]
    subject = headline(finding, questions, words)
    if known.empty:
        return _("{subject}: no figure can be shown; too few respondents.").format(subject=subject)
    if len(rows) == 1:
        return _("{subject}: {figure}.").format(subject=subject, figure=_written(known.iloc[0]))
    reliable = known[known["state"].isin(["", "zero"])]
    ends = (reliable if len(reliable) else known).sort_values("value", kind="stable")
    high, low = ends.iloc[-1], ends.iloc[0]
    message = _("{subject}: highest {high_group}, {high}; lowest {low_group}, {low}; {n} groups.")
    others = aside(rows, finding.by, rows.index.get_indexer(ends.index))
    if others:
        message = _(
            "{subject}: of those shown highest {high_group}, {high}; lowest {low_group}, {low}; {n} groups ({aside})."
        )
    return message.format(
        aside=others,
        subject=subject,
        high_group=_group(finding, high),
        high=_written(high),
        low_group=_group(finding, low),
        low=_written(low),
        n=len(rows),
    )


def headline(finding: Finding, questions: Sequence[SurveyQuestion], words: Mapping) -> str:
    """The title of a chart: what was asked, and the answer that is drawn."""
    first, answer, below = questions[0], words["answer"], words["below"]
    if len(questions) > 1:
        return n_("{n} question", "{n} questions", len(questions)).format(n=len(questions))
    if answer is not None:
        label = first.answers.get(answer, answer)
        subject = _("{text} “{answer}”").format(text=first.text, answer=label)
    else:
        subject = first.text
    return _("{text} over {below}").format(text=subject, below=below.text) if below else subject


def _written(row: pd.Series) -> str:
    """A figure with its unit, and its interval where it has one: 39.5% of persons (95% CI 36.0–43.0)."""
    unit = row["unit"] if row["unit"].startswith("%") else f" {row['unit']}"
    words = {name: number(row[name]) for name in ("value", "low", "high")}
    if pd.isna(row["low"]):
        return _("{value}{unit}").format(unit=unit, **words)
    return _("{value}{unit} ({level:g}% CI {low}–{high})").format(unit=unit, level=100 * row["level"], **words)


def _group(finding: Finding, row: pd.Series) -> str:
    return ", ".join(str(row.get(f"{name}_label", row[name])) for name in finding.by)


def about_base(
    table: SurveyTable, questions: Sequence[SurveyQuestion], grouped: Grouped, bases: pd.DataFrame
) -> list[str]:
    """The words and the base of each question, and why others have no answer."""
    notes = []
    for question in questions:
        low, high = bases.loc[question.code]
        n = whole(low) if low == high else _("{low:,.0f} to {high:,.0f} a group").format(low=low, high=high)
        text = _("Question: “{text}” Base: {base}; respondents who answered: {n}.")
        notes.append(text.format(text=question.text, base=question.base, n=n))
        notes.extend(_without_answer(table, question, grouped))
    if len({question.base for question in questions}) > 1:
        notes.append(
            _(
                "These questions have different bases: their shares are not of the same people, and are not to be "
                "subtracted."
            )
        )
    return notes


def about_below(below: SurveyQuestion | None) -> list[str]:
    """The words and the base of the question that a ratio divides by."""
    if below is None:
        return []
    text = _("Divided by: “{text}” Base: {base}; only those who answered both questions count.")
    return [text.format(text=below.text, base=below.base)]


def about_limits(frame: pd.DataFrame, design: Design, freedom: str) -> list[str]:
    """The distribution that limits refer to, with its degrees of freedom and the convention they follow."""
    known = frame["df"].dropna()
    if known.empty:
        return []
    low, high = known.min(), known.max()
    df = f"{low:,.0f}" if low == high else _("{low:,.0f} to {high:,.0f}").format(low=low, high=high)
    if design.replicates is not None:
        rule = _("the rank of the replicate weights less one")
    elif freedom == "domain":
        rule = _('sampling units less strata that have the group, as R; SurveyOptions.like("Stata") takes all')
    else:
        rule = _('sampling units less strata of the whole design, as Stata; SurveyOptions.like("R") takes the group\'s')
    return [_("Limits from Student's t with {df} degrees of freedom ({rule}).").format(df=df, rule=rule)]


def _without_answer(table: SurveyTable, question: SurveyQuestion, grouped: Grouped) -> list[str]:
    codes = table.frame.loc[grouped.inside, f"answer_{question.code}"]
    counts = codes[codes.isin(list(REASONS))].value_counts()
    if counts.empty:
        return []
    reasons = ", ".join(f"{whole(n)} {translated(REASONS[code])}" for code, n in counts.items())
    return [_("Not in the base of {code}: {reasons}.").format(code=question.code, reasons=reasons)]


def about_few(frame: pd.DataFrame, mark_under: int, withhold_under: int) -> list[str]:
    """Which figures rest on too few respondents, and by which rule."""
    notes = []
    if n := int(frame["state"].eq("withheld").sum()):
        message = n_(
            "{n} figure is withheld: fewer than {least} respondents.",
            "{n} figures are withheld: fewer than {least} respondents each.",
            n,
        )
        notes.append(message.format(n=n, least=withhold_under))
    if n := int(frame["state"].eq("unreliable").sum()):
        message = n_(
            "{n} figure is marked unreliable: fewer than {least} respondents, or worth fewer than that by its design "
            "effect.",
            "{n} figures are marked unreliable: fewer than {least} respondents each, or worth fewer than that by their "
            "design effect.",
            n,
        )
        notes.append(message.format(n=n, least=mark_under))
    if notes:
        # HSE, Self-reported work-related illness in 2004/05, "Reliability"; NCHS, Vital and Health Statistics 2(175)
        # (2017), Data Presentation Standards for Proportions
        notes.append(
            _(
                "The rule follows practice of HSE (Great Britain: fewer than 30 sample cases marked, fewer than 20 not "
                "shown) and of NCHS at CDC (United States: at least 30 respondents, design effect included); "
                "SurveyOptions changes it."
            )
        )
    return notes


def attribution_of(table: SurveyTable, questions: Sequence[SurveyQuestion], frame: pd.DataFrame) -> str:
    """What stands under a chart: the source, the question, its base and how many answered."""
    source = table.source.get("attribution") or table.codebook.title
    texts = "; ".join(dict.fromkeys(_("“{text}”").format(text=question.text) for question in questions))
    bases = "; ".join(dict.fromkeys(question.base for question in questions))
    low, high = frame["exposure"].min(), frame["exposure"].max()
    n = whole(low) if low == high else _("{low:,.0f} to {high:,.0f} a group").format(low=low, high=high)
    return _("{source}. {texts} Base: {bases}; n = {n}").format(source=source, texts=texts, bases=bases, n=n)
