"""How figures of a survey are made and when they are held back, and the words other programs have for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from workbench.models.inputs import chosen, whole_number
from workbench.models.survey import Convention
from workbench.models.survey_calibration import METHODS
from workbench.models.survey_design import LONELY
from workbench.terms.errors import Refused
from workbench.terms.text import _

PROGRAMS = {
    "R": {"freedom": "domain"},
    "Stata": {"freedom": "design"},
}
"""Degrees of freedom as programs take them: R's `survey` those of the group, Stata's `svy` those of the design."""
LONELY_IN = {
    "R": {"remove": "certainty", "adjust": "centre"},
    "Stata": {"missing": "fail", "scaled": "average", "centered": "centre"},
}
"""What R's `survey.lonely.psu` and Stata's `singleunit()` call the policies, where their word is another."""


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
    calibrate : known totals of the population that weights are fitted to, by dimension and code: numbers of people, or
        shares that add up to 1, as {"sex": {"F": 0.48, "M": 0.52}}; in each wave apart
    calibration : how, by "raking" or "linear" (the regression estimator)
    """

    level: float = 0.95
    lonely: str = "fail"
    freedom: str = "domain"
    reference: str = "with replacement"
    mark_under: int = 30
    withhold_under: int = 20
    across_modes: bool = False
    calibrate: Mapping[str, Mapping[str, float]] = field(default_factory=dict, hash=False)
    calibration: str = "raking"

    def __post_init__(self):
        chosen(self.lonely, LONELY, "lonely")
        chosen(self.calibration, METHODS, "calibration")
        Convention(level=self.level, freedom=self.freedom, reference=self.reference)
        refusal = _("Figures are marked and withheld under a whole number of respondents, 0 or more.")
        for name in ("mark_under", "withhold_under"):
            whole_number(getattr(self, name), least=0, refusal=refusal)
        _check_totals(self.calibrate)

    @classmethod
    def like(cls, program: str, **options) -> "SurveyOptions":
        """Options under which figures are those of another program.

        Parameters
        ----------
        program : "R" (package survey) or "Stata" (svy)
        options : as of the class; `lonely` also in the program's own word, such as "adjust" or "scaled"

        Returns
        -------
        SurveyOptions

        Raises
        ------
        ModelError
            For another program, or a word that it does not have.
        """
        chosen(program, tuple(PROGRAMS), "program")
        lonely = options.pop("lonely", "fail")
        return cls(lonely=LONELY_IN[program].get(lonely, lonely), **(PROGRAMS[program] | options))


def _check_totals(calibrate: object) -> None:
    """Refuse totals that are no numbers by dimension and code."""
    fits = isinstance(calibrate, Mapping) and all(
        isinstance(margin, Mapping) and margin and all(_is_total(total) for total in margin.values())
        for margin in calibrate.values()
    )
    if not fits:
        raise Refused(
            _('Known totals are numbers of 0 or more by dimension and code, such as {"sex": {"F": 0.48, "M": 0.52}}.')
        )


def _is_total(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")
