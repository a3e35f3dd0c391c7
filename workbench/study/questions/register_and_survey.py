"""Register and survey on one time axis: accidents that a register has, and those that workers report, by year."""

from dataclasses import replace

import pandas as pd

from workbench.study.chart import Chart
from workbench.study.finding import Finding
from workbench.study.questions.reported_share import USUAL, check_same, definitions, of_synthetic
from workbench.terms.codes import open_list
from workbench.terms.dimensions import own_dimension
from workbench.terms.errors import Refused
from workbench.terms.text import _
from workbench.terms.words import number

EVIDENCE = "evidence"
REGISTER, SURVEY = "register", "survey"


def register_and_survey(register: Finding, survey: Finding, *, difference: str = "") -> Finding:
    """What a register has and what workers report, year by year on one axis and in one unit.

    Parameters
    ----------
    register : what `wb.rates` found, by year
    survey : what `wb.survey` found of a question on accidents, one answer, by year
    difference : in what the two definitions differ; needed unless the codebook says that the question counts the same

    Returns
    -------
    Finding
        frame: a row per year and `evidence` (register, survey), both in % of workers, each with its own limits.

    Raises
    ------
    Refused
        For findings of other kinds, not by year alone, or of definitions whose difference is not named.
    """
    check_same(register, survey, difference)
    if register.by != ("year",):
        raise Refused(_('Ask both by year alone, by=["year"]: one axis has the years of both.'))
    own_dimension(EVIDENCE)

    rates = register.frame.assign(**{name: register.frame[name] / register.frame["per"] for name in USUAL[:3]})
    parts = {REGISTER: rates, SURVEY: survey.frame}
    frame = pd.concat([part[["year", *USUAL]].assign(evidence=name) for name, part in parts.items()])
    frame = frame.sort_values(["year", EVIDENCE], kind="stable", ignore_index=True)
    unit, percent = _("share of workers, 0 to 1"), _("% of workers")
    labels = {REGISTER: _("Register"), SURVEY: _("Survey")}
    years = {name: f"{part['year'].min()}–{part['year'].max()}" for name, part in parts.items()}
    return replace(
        register,
        question=_("Accidents that the register has, and those that workers report, by year"),
        by=("year", EVIDENCE),
        frame=frame.assign(unit=unit, per=float("nan")),
        summary=of_synthetic(_summary(parts), register, survey),
        notes=(*definitions(register, survey, difference), *register.notes, *survey.notes),
        sources=(*register.sources, *survey.sources),
        withheld=int((frame["state"] == "withheld").sum()),
        model=None,
        lists={**survey.lists, **register.lists, EVIDENCE: open_list(EVIDENCE, labels)},
        title=_("What the register has ({register}) and what workers report ({survey})").format(**years),
        synthetic=register.synthetic or survey.synthetic,
        units=dict.fromkeys(("value", "low", "high"), unit),
        percent=percent,
        chart_spec=Chart(kind="series"),
        release=register.release or survey.release,
    )


def _summary(parts: dict[str, pd.DataFrame]) -> str:
    """The last year of each, in words."""
    last = {}
    for name, part in parts.items():
        known = part[part["value"].notna()].sort_values("year")
        if known.empty:
            return _("One of the two has no figure that can be shown.")
        last[name], last[f"{name}_year"] = number(100 * known["value"].iloc[-1]), int(known["year"].iloc[-1])
    message = _(
        "The register has accidents of {register}% of workers ({register_year}); {survey}% of workers report one "
        "({survey_year})."
    )
    return message.format(**last)
