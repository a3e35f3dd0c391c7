"""Who a question to a survey is about, with the weight and the design that its figures are made with."""

from dataclasses import dataclass, field

import pandas as pd

from workbench.cubes.selection import Selection
from workbench.models.survey import Convention
from workbench.models.survey_design import Design
from workbench.study.survey_calibrated import calibrated_to, of_shares
from workbench.study.survey_groups import Grouped, grouped
from workbench.study.survey_options import SurveyOptions
from workbench.study.survey_weights import chosen_weight, design_of
from workbench.terms.errors import Refused
from workbench.terms.survey_table import SurveyQuestion, SurveyTable, Weight, check_answer
from workbench.terms.text import _


@dataclass(frozen=True, kw_only=True)
class SurveyDomain:
    """Respondents of a survey in groups, with the weight and the design that their figures are made with.

    `below` is the question, answered by a number, that a ratio divides by.
    """

    table: SurveyTable
    grouped: Grouped
    weight: Weight | None
    design: Design = field(repr=False)
    rows: pd.Index = field(repr=False)
    options: SurveyOptions
    statistic: str = "share"
    below: SurveyQuestion | None = None

    @property
    def convention(self) -> Convention:
        """How limits are made."""
        options = self.options
        return Convention(level=options.level, freedom=options.freedom, reference=options.reference)

    @property
    def groups(self) -> pd.Series:
        """The group of each respondent who has the weight; missing for those who are not asked about."""
        return self.grouped.groups.loc[self.rows]

    def values(self, question: SurveyQuestion, answer: str | None) -> pd.Series:
        """Of those respondents, 1 for who gave the answer and 0 for who gave another; or the number; NaN for neither.

        Parameters
        ----------
        question : SurveyQuestion
        answer : str or None
            Code or label; None for a question that is answered by a number.
        """
        frame = self.table.frame.loc[self.rows]
        if question.is_number:
            return frame[f"number_{question.code}"]
        given = self.answers(question)
        return given.eq(check_answer(question, answer)).astype(float).where(given.notna())

    def answers(self, question: SurveyQuestion) -> pd.Series:
        """The answer of each of those respondents, missing where there is none."""
        given = self.table.frame.loc[self.rows, f"answer_{question.code}"]
        return given.where(given.isin(list(question.answers)))


def domain_of(
    table: SurveyTable,
    selection: Selection,
    by: tuple[str, ...],
    *,
    weight: str | None,
    options: SurveyOptions,
    total: bool = False,
) -> SurveyDomain:
    """The respondents that a question is about, with a weight that fits.

    Raises
    ------
    Refused
        Where nobody is in it; for a weight that does not fit.
    ModelError
        For strata with one sampling unit.
    """
    who = grouped(table, selection, by)
    if who.groups.isna().all():
        raise Refused(" ".join([_("Nobody is in what is asked for."), *who.notes]))
    _check_years(table, who, total=total)
    # weights fitted to numbers of people add up to them, whatever they added up to before
    to_people = bool(options.calibrate) and not of_shares(options)
    used = chosen_weight(table, weight, _most_samples(table, who), total=total and not to_people)
    design, rows = design_of(table, used, options.lonely)
    if options.calibrate:
        design = calibrated_to(table, design, rows, options)
    return SurveyDomain(table=table, grouped=who, weight=used, design=design, rows=rows, options=options)


def _most_samples(table: SurveyTable, who: Grouped) -> int:
    """The most samples (countries, waves) that one group joins."""
    if "sample" not in table.frame:
        return 1
    return int(table.frame["sample"].groupby(who.groups).nunique().max())


def _check_years(table: SurveyTable, who: Grouped, *, total: bool) -> None:
    """A total of several waves would count each person once a wave."""
    if not total or "year" not in table.frame:
        return
    if table.frame["year"].groupby(who.groups).nunique().max() > 1:
        raise Refused(
            _("A total over several waves would count people once for each: ask by year, or for one year, years=.")
        )
