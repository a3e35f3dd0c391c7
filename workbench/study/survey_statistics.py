"""Which statistic of a survey's answers is asked for, whether they have it, and its estimate by group."""

import re
from collections.abc import Sequence

import pandas as pd

from workbench.models.survey import survey_means, survey_quantiles, survey_ratios, survey_shares, survey_totals
from workbench.study.survey_domain import SurveyDomain
from workbench.terms.errors import Refused, UnknownName
from workbench.terms.survey_table import SurveyQuestion, check_answer
from workbench.terms.text import _

STATISTICS = ("share", "mean", "median", "total", "ratio")
_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d+)?)")


def percentile(statistic: str) -> float | None:
    """The share of people below a quantile: 0.5 of "median", 0.9 of "p90"; None of what is no quantile."""
    if statistic == "median":
        return 0.5
    written = _PERCENTILE.fullmatch(statistic)
    return float(written[1]) / 100 if written and float(written[1]) > 0 else None


def check_statistic(questions: Sequence[SurveyQuestion], answer: str | None, statistic: str) -> None:
    """Refuse a statistic that there is not, or that answers do not have.

    Raises
    ------
    UnknownName
        For another statistic, or an answer that a question does not have.
    Refused
        For a share of numbers, or a mean of answers; for a ratio of other than two fitting questions.
    """
    if statistic not in STATISTICS and percentile(statistic) is None:
        hint = _("There are: {names}, and percentiles such as p90.").format(names=", ".join(STATISTICS))
        raise UnknownName(_("statistic"), statistic, STATISTICS, hint=hint)
    if statistic == "ratio":
        _check_ratio(questions, answer)
        return
    for question in questions:
        if answer is not None:
            check_answer(question, answer)
        if question.is_number and statistic == "share":
            message = _('{code} is answered by a number: ask for statistic="mean", "median", "p90" or "total".')
            raise Refused(message.format(code=question.code))
        if not question.is_number and (statistic == "mean" or percentile(statistic)):
            message = _(
                '{code} is answered by one of {n} answers, which have no {statistic}: ask for statistic="share".'
            )
            raise Refused(message.format(code=question.code, n=len(question.answers), statistic=statistic))


def _check_ratio(questions: Sequence[SurveyQuestion], answer: str | None) -> None:
    fits = len(questions) == 2 and questions[1].is_number and questions[0].is_number == (answer is None)
    if not fits:
        raise Refused(
            _(
                "A ratio is of two questions: a number, or with answer= those who gave it, over a number: "
                'question=["accident", "hours"], answer="Yes".'
            )
        )
    if answer is not None:
        check_answer(questions[0], answer)


def figures(domain: SurveyDomain, question: SurveyQuestion, answer: str | None) -> pd.Series:
    """The figure of each respondent; of a ratio only of those who answered both questions."""
    values = domain.values(question, answer)
    return values if domain.below is None else values.where(domain.values(domain.below, None).notna())


def estimates(domain: SurveyDomain, values: pd.Series) -> pd.DataFrame:
    """The statistic of the domain by group: value, se, low, high, df, deff, effective_n, n and weighted."""
    known = (domain.groups, domain.design, domain.convention)
    p = percentile(domain.statistic)
    if p is not None:
        return survey_quantiles(values, *known, p=p)
    if domain.below is not None:
        return survey_ratios(values, domain.values(domain.below, None), *known)
    compute = {"share": survey_shares, "mean": survey_means, "total": survey_totals}[domain.statistic]
    return compute(values, *known)
