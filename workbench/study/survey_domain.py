"""Who a question to a survey is about, with the weight and the design that its figures are made with."""

from dataclasses import dataclass, field

import pandas as pd

from workbench.cubes.selection import Selection
from workbench.models.inputs import chosen, whole_number
from workbench.models.survey import Convention
from workbench.models.survey_design import LONELY, Design
from workbench.study.survey_groups import Grouped, grouped
from workbench.study.survey_weights import chosen_weight, design_of
from workbench.terms.errors import Refused
from workbench.terms.survey_table import SurveyQuestion, SurveyTable, Weight, check_answer
from workbench.terms.text import _


@dataclass(frozen=True, kw_only=True)
class SurveyOptions:
    """How figures of a survey are made and when they are held back.

    Attributes
    ----------
    level : of the intervals
    lonely : what a stratum with one sampling unit adds: "fail", "certainty", "centre" or "average"
    freedom : degrees of freedom of the "domain" (as R) or of the whole "design" (as Stata)
    reference : the simple random sample of design effects, "with replacement" or "without replacement"
    mark_under : respondents under which a figure is marked unreliable; also where the effective number is less
    withhold_under : respondents under which it is withheld
    across_modes : whether waves that were asked in different ways (on the telephone, online) may be compared
    """

    level: float = 0.95
    lonely: str = "fail"
    freedom: str = "domain"
    reference: str = "with replacement"
    mark_under: int = 30
    withhold_under: int = 20
    across_modes: bool = False

    def __post_init__(self):
        chosen(self.lonely, LONELY, "lonely")
        Convention(level=self.level, freedom=self.freedom, reference=self.reference)
        refusal = _("Figures are marked and withheld under a whole number of respondents, 0 or more.")
        for name in ("mark_under", "withhold_under"):
            whole_number(getattr(self, name), least=0, refusal=refusal)


@dataclass(frozen=True, kw_only=True)
class SurveyDomain:
    """Respondents of a survey in groups, with the weight and the design that their figures are made with."""

    table: SurveyTable
    grouped: Grouped
    weight: Weight | None
    design: Design = field(repr=False)
    rows: pd.Index = field(repr=False)
    options: SurveyOptions
    statistic: str = "share"

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
        given = frame[f"answer_{question.code}"]
        return given.eq(check_answer(question, answer)).astype(float).where(given.isin(list(question.answers)))


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
    used = chosen_weight(table, weight, _most_samples(table, who), total=total)
    design, rows = design_of(table, used, options.lonely)
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
