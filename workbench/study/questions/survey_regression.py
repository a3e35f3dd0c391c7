"""Regression of survey answers: which groups answer otherwise, the others held alike, with design-based errors."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from workbench.cubes.selection import Selection
from workbench.models.inputs import chosen
from workbench.models.survey_effects import average_effects
from workbench.models.survey_regression import FAMILIES, SurveyRegression
from workbench.models.survey_regression import survey_regression as fitted_regression
from workbench.study.chart import Chart
from workbench.study.finding import Finding
from workbench.study.survey_calibrated import about_calibration
from workbench.study.survey_domain import SurveyDomain, domain_of
from workbench.study.survey_groups import codes_at, list_of_axis, place
from workbench.study.survey_options import SurveyOptions
from workbench.study.survey_tables import survey_table
from workbench.study.survey_weights import about_design
from workbench.terms.dimensions import DIMENSIONS, dimension
from workbench.terms.errors import Refused
from workbench.terms.survey_table import SurveyQuestion, SurveyTable, check_answer
from workbench.terms.text import _

EFFECTS = {"effect": "value", "effect_low": "low", "effect_high": "high"}


def survey_regression(
    source: str | SurveyTable,
    selection: Selection | None = None,
    *,
    question: str,
    terms: str,
    answer: str | None = None,
    family: str = "logistic",
    weight: str | None = None,
    options: SurveyOptions | None = None,
) -> Finding:
    """How answers differ by groups when the other groups are held alike.

    Parameters
    ----------
    source : name of an entry whose rows are respondents, or what `wb.survey_table` gives
    selection : who is asked about; the other respondents stay in the design
    question : code of a question
    terms : dimensions of the survey joined by +, as "sex + size"; the first group of each is what others are held to
    answer : of a logistic regression, the answer that is modelled
    family : "logistic" (odds ratios), "ordinal" (ordered answers, cumulative odds ratios of the later answers),
        "poisson" (rate ratios of a number) or "linear" (differences of a number)
    weight : column of the weight; the one that fits unless given
    options : as for `wb.survey`

    Returns
    -------
    Finding
        frame: a row per term: value low high (ratio, or difference), `coefficient`, `se`, `df` and `p_value`, and the
        average marginal effect `effect effect_low effect_high`: of a share 0 to 1, or of the number. Of ordered
        answers it is that on the share of the last one; those on all are `.model.effects`.

    Raises
    ------
    Refused
        For a question that the family does not fit; for groups of too few respondents.
    ModelError
        For terms that depend on each other, or a coefficient without an end.
    """
    table = source if isinstance(source, SurveyTable) else survey_table(source)
    options, asked_question = options or SurveyOptions(), table.codebook.question(question)
    chosen(family, FAMILIES, "family")
    by = tuple(part.strip() for part in terms.split("+"))
    domain = domain_of(table, selection or Selection(), by, weight=weight, options=options)
    values = _values(domain, asked_question, answer, family)

    columns = _columns(domain, by, values)
    terms = pd.concat(columns.values(), axis=1)
    fitted = fitted_regression(values, terms, domain.design, family=family, level=options.level)
    factors = [list(columns_of_one) for columns_of_one in columns.values()]
    effects = average_effects(fitted, terms, domain.design.weights, factors=factors, level=options.level)
    fitted = replace(fitted, effects=effects)
    frame = _rows(fitted, terms, options, family)
    unit = {"logistic": _("odds ratio"), "ordinal": _("odds ratio"), "poisson": _("rate ratio")}.get(
        family, _("difference")
    )
    frame = frame.assign(unit=unit)
    subject = asked_question.text if answer is None else f"{asked_question.text} “{answer}”"
    summary = _(
        "{subject}, by {terms}, the others held alike: {n:,} respondents, {df:,.0f} degrees of freedom."
    ).format(subject=subject, terms=", ".join(dimension(name).label for name in by), n=fitted.n, df=fitted.df)
    return Finding(
        question=_("{subject}, by {terms}: {survey}").format(subject=subject, terms=terms, survey=table.codebook.title),
        selection=selection or Selection(),
        by=(),
        frame=frame,
        summary=_("Synthetic data. {summary}").format(summary=summary) if table.codebook.synthetic else summary,
        notes=(
            *_about_effects(fitted, asked_question),
            *about_design(table, domain.weight),
            *about_calibration(domain.design, options),
            *domain.grouped.notes,
            *table.codebook.notes,
        ),
        sources=(dict(table.source),),
        model=fitted,
        title=subject,
        synthetic=table.codebook.synthetic,
        units=dict.fromkeys(("value", "low", "high"), unit),
        chart_spec=Chart(kind="rows", ratio=family != "linear"),
    )


def _values(domain: SurveyDomain, question: SurveyQuestion, answer: str | None, family: str) -> pd.Series:
    """What is modelled, of each respondent with the weight: 0 and 1, the place of an ordered answer, or a number."""
    if family in ("poisson", "linear"):
        if not question.is_number:
            message = _("A {family} regression is of a number; {code} has answers: take logistic, or ordinal.")
            raise Refused(message.format(family=family, code=question.code))
        return domain.values(question, None)
    if question.is_number:
        message = _("A {family} regression is of answers; {code} is a number: take linear, or poisson.")
        raise Refused(message.format(family=family, code=question.code))
    if family == "logistic":
        if answer is None:
            answers = ", ".join(f"{code} ({label})" for code, label in question.answers.items())
            raise Refused(_("Say which answer is modelled, answer=: {answers}.").format(answers=answers))
        return domain.values(question, check_answer(question, answer))
    places = {code: float(i) for i, code in enumerate(question.answers)}
    return domain.table.frame.loc[domain.rows, f"answer_{question.code}"].map(places).astype(float)


def _columns(domain: SurveyDomain, by: Sequence[str], values: pd.Series) -> dict[str, pd.DataFrame]:
    """By dimension, a column of 0 and 1 for each group but its first; NaN outside; each of enough respondents."""
    inside = domain.groups.notna() & values.notna()
    parts = {name: codes_at(domain.table, name).loc[domain.rows].where(inside, None) for name in by}
    least, found = domain.options.withhold_under, {}
    for name in by:
        axis = DIMENSIONS[name].axis
        known = list_of_axis(domain.table, axis)
        codes = sorted(parts[name].dropna().unique(), key=lambda code, name=name: place(domain.table, name, code))
        counts = parts[name].value_counts()
        few = [code for code in codes if counts[code] < least]
        if few:
            message = _("{groups} of {name} have fewer than {least} respondents: leave them out, or join groups.")
            raise Refused(message.format(groups=", ".join(few), name=name, least=least))
        columns = {}
        for code in codes[1:]:
            label = known.label(code) if known else code
            first = known.label(codes[0]) if known else codes[0]
            title = _("{dimension}: {group} against {first}").format(
                dimension=dimension(name).label, group=label, first=first
            )
            columns[title] = parts[name].eq(code).astype(float).where(inside)
        if columns:
            found[name] = pd.DataFrame(columns)
    if not found:
        raise Refused(_("No dimension of {terms} has two groups here.").format(terms=", ".join(by)))
    return found


def _rows(fitted: SurveyRegression, columns: pd.DataFrame, options: SurveyOptions, family: str) -> pd.DataFrame:
    """The terms of the model as rows of a finding; constant and cut points stay in the model."""
    rows = fitted.frame[fitted.frame["term"].isin(list(columns))].reset_index(drop=True)
    shown = rows[["value", "low", "high"]] if family == "linear" else np.exp(rows[["value", "low", "high"]])
    counts = [float((columns[term] == 1).sum()) for term in rows["term"]]
    return pd.DataFrame({"term": rows["term"], **shown}).assign(
        level=options.level,
        method=_("t, design-based"),
        count=counts,
        exposure=np.nan,
        per=np.nan,
        unit="",
        flag="",
        flag_share=0.0,
        state="",
        coefficient=rows["value"],
        se=rows["se"],
        df=fitted.df,
        p_value=rows["p_value"],
        **_effects(fitted),
    )


def _effects(fitted: SurveyRegression) -> dict[str, np.ndarray]:
    """The average effect of each term; of ordered answers on the last one."""
    last = fitted.effects[fitted.effects["answer"] == fitted.effects["answer"].max()]
    return {name: last[column].to_numpy() for name, column in EFFECTS.items()}


def _about_effects(fitted: SurveyRegression, question: SurveyQuestion) -> list[str]:
    """What the average effects are of, and by which distribution they and the terms are judged."""
    t = _(
        "Limits and p-values from Student's t with {df:,.0f} degrees of freedom (sampling units less strata and terms)."
    )
    if fitted.family in ("logistic", "ordinal"):
        last = list(question.answers.values())[-1]
        of = _("the share of “{answer}”").format(answer=last) if fitted.family == "ordinal" else _("the share")
        effect = _("Effects are average marginal effects on {of} (0 to 1), errors by the delta method.").format(of=of)
    else:
        effect = _("Effects are average marginal effects on the number, errors by the delta method.")
    return [t.format(df=fitted.df), effect]
