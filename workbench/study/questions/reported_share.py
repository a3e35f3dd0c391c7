"""Reported share: accidents that a register has, per accident that workers report in a survey."""

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import stats

from workbench.study.chart import Chart, by_dimensions
from workbench.study.finding import Finding
from workbench.study.survey_compare import SurveyComparison
from workbench.terms.errors import Refused
from workbench.terms.text import _
from workbench.terms.words import number

USUAL = ["value", "low", "high", "level", "method", "count", "exposure", "per", "unit", "flag", "flag_share", "state"]


def reported_share(register: Finding, survey: Finding, *, difference: str = "") -> Finding:
    """The rate of a register over the share of workers who report an accident, group by group.

    Parameters
    ----------
    register : what `wb.rates` found
    survey : what `wb.survey` found of a question on accidents, one answer, by the same dimensions
    difference : in what the two definitions differ (days of absence, commuting, the period asked about); needed unless
        the codebook says that the question counts the same accidents

    Returns
    -------
    Finding
        frame: value (the register's rate over the survey's share) low high, `register` and `survey` in % of workers.
        Limits: delta method on the logarithm, both errors taken as independent.

    Raises
    ------
    Refused
        For findings of other kinds or dimensions; for definitions whose difference is not named; without a group that
        both have.
    """
    check_same(register, survey, difference)
    by = list(register.by)
    both = (
        register.frame.merge(survey.frame, on=by, suffixes=("", "_survey")) if by else _side_by_side(register, survey)
    )
    if both.empty:
        raise Refused(_("Register and survey have no group in common."))

    per = both["per"].astype(float)
    rate, share = both["value"] / per, both["value_survey"]
    level = float(both["level"].iloc[0])
    z = stats.norm.ppf((1 + level) / 2)
    usable = (rate > 0) & (share > 0) & both["state_survey"].ne("withheld")
    with np.errstate(divide="ignore", invalid="ignore"):
        of_rate = (np.log(both["high"]) - np.log(both["low"])) / (2 * z)
        spread = np.sqrt(of_rate**2 + (both["se"] / share) ** 2)
        value = (rate / share).where(usable)
        low, high = value * np.exp(-z * spread), value * np.exp(z * spread)
    unreliable = both["state"].isin(["unreliable"]) | both["state_survey"].isin(["unreliable"])
    state = np.select(
        [both["state_survey"].eq("withheld"), value.isna(), unreliable], ["withheld", "missing", "unreliable"], ""
    )
    frame = both[by].assign(
        value=value,
        low=low,
        high=high,
        level=level,
        method=_("delta, on the logarithm"),
        count=both["count"],
        exposure=both["exposure_survey"],
        per=np.nan,
        unit=_("share of what workers report, 0 to 1"),
        flag="",
        flag_share=0.0,
        state=state,
        register=100 * rate,
        survey=100 * share,
    )
    percent = _("% of what workers report")
    made = replace(
        register,
        question=_("The register's accidents as a share of those that workers report"),
        frame=frame,
        summary=of_synthetic(_summary(frame, register), register, survey),
        notes=(*definitions(register, survey, difference), *register.notes, *survey.notes),
        sources=(*register.sources, *survey.sources),
        withheld=int((frame["state"] == "withheld").sum()),
        model=None,
        title=_("What the register sees of the accidents that workers report"),
        synthetic=register.synthetic or survey.synthetic,
        units={
            **dict.fromkeys(("value", "low", "high"), _("share of what workers report, 0 to 1")),
            "count": _("accidents"),
        },
        percent=percent,
        chart_spec=Chart(kind=by_dimensions(register.by)),
        release=register.release or survey.release,
    )
    return made


def of_synthetic(summary: str, register: Finding, survey: Finding) -> str:
    """A sentence that says so first where one of the two is synthetic."""
    synthetic = register.synthetic or survey.synthetic
    return _("Synthetic data. {summary}").format(summary=summary) if synthetic else summary


def _side_by_side(register: Finding, survey: Finding) -> pd.DataFrame:
    return register.frame.join(survey.frame, rsuffix="_survey")


def check_same(register: Finding, survey: Finding, difference: str) -> None:
    """Refuse findings of other kinds or dimensions, and definitions whose difference is not named."""
    if "se" not in survey.frame or (survey.model is not None and not isinstance(survey.model, SurveyComparison)):
        raise Refused(_("The second finding is of no survey of respondents: give what wb.survey found."))
    if register.frame["per"].isna().any() or "se" in register.frame:
        raise Refused(_("The first finding is no rate of a register: give what wb.rates found."))
    if register.by != survey.by:
        message = _("The register is divided by {one}, the survey by {other}: ask both by the same dimensions.")
        words = [", ".join(found.by) or _("nothing") for found in (register, survey)]
        raise Refused(message.format(one=words[0], other=words[1]))
    if not difference.strip() and not _same_events(register, survey):
        raise Refused(
            _(
                "Register and survey do not count the same accidents, or it is not known that they do. Restrict the "
                "register to what the question asks (severities), or name the difference, difference=: accidents of "
                "any length, commuting, another period."
            )
        )


def _same_events(register: Finding, survey: Finding) -> bool:
    """Whether the codebook says that its question counts the accidents that the register was asked for."""
    events = {source.get("event", "") for source in survey.sources}
    return events == {"+".join(sorted(register.selection.severities))} and events != {""}


def definitions(register: Finding, survey: Finding, difference: str) -> list[str]:
    """Both definitions, and in what they differ."""
    notes = [
        _("Register: {question}").format(question=register.question),
        _("Survey: {question}").format(question=survey.question),
    ]
    if difference.strip():
        notes.append(_("They differ: {difference}.").format(difference=difference.strip().rstrip(".")))
    return notes


def _summary(frame: pd.DataFrame, register: Finding) -> str:
    known = frame[frame["value"].notna()]
    if known.empty:
        return _("No group has both a rate and a share that can be shown.")
    if len(known) == 1:
        row = known.iloc[0]
        words = {name: number(100 * row[name]) for name in ("value", "low", "high")}
        message = _("The register sees about {value}% of what workers report ({level:g}% CI {low} to {high}).")
        return message.format(level=100 * row["level"], **words)
    least, most = known["value"].min(), known["value"].max()
    return _("The register sees about {least}% to {most}% of what workers report, in {n} groups.").format(
        least=number(100 * least), most=number(100 * most), n=len(known)
    )
