"""Programme: what an inspectorate does where, within its days, what that may avert, and the plans beside it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.interventions import Budget, Intervention, Limits
from workbench.models.programme import Plan, plan, visit_among
from workbench.models.programme_compare import FourPlans, beside_four
from workbench.models.programme_regret import regret
from workbench.models.programme_reports import Programme, coverage_report, fairness_report
from workbench.study.answer import answer
from workbench.study.chart import Chart, by_dimensions
from workbench.study.criteria import Judged, judge_groups
from workbench.study.finding import Finding
from workbench.study.interventions import TRAITS, listed_interventions
from workbench.study.programme_groups import groups_of
from workbench.study.programme_inputs import about_inputs
from workbench.study.programme_notes import (
    MIGRANTS,
    about_coverage,
    about_fairness,
    migrant_classes,
    size_classes,
)
from workbench.study.safeguards import Safeguards
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import Refused, UnknownName
from workbench.terms.text import _
from workbench.terms.words import number

LEAST_DROP = 0.01
"""Of regression to the mean, before it is worth a sentence."""
FUTURES = 20
"""Draws of the true rates, of each of which the best plan is made."""


# The four that every question takes, and what a plan cannot be made without.
def programme(  # noqa: PLR0913
    source: str | Cube,
    selection: Selection | None = None,
    by: Sequence[str] = ("nace1", "nuts2"),
    *,
    days: float,
    employers: pd.Series | None = None,
    limits: Limits | None = None,
    interventions: Sequence[str | Path | Intervention] | str | Path = ("inspection",),
    sectors: pd.DataFrame | None = None,
    exposure: str | None = None,
    safeguards: Safeguards | None = None,
    seed: int = 0,
) -> Finding:
    """A plan of inspections, campaigns and agreements that averts most expected accidents within the inspector-days.

    Half of the days are kept for notifications unless `limits` says otherwise, and some of the visits are drawn at
    random within each region, so that what is known of groups does not follow where inspectors went.

    Parameters
    ----------
    source : name of a catalogue entry, or a cube
    selection : what is asked for; one year is best: the plan is for a year like it
    by : dimensions that the people at risk have too; the last one is the stratum in which presence is kept
    days : inspector-days in all
    employers : number of employers by the codes of `by`; ten workers each unless given, which the notes say. The notes
        name the source that stands in its `attrs["source"]`, as of `sectors`
    limits : shares of the days for notifications, at random and of presence, as `ProgrammeLimits(notifications=0.4)`
    interventions : names of those in `catalogs/interventions.yml`, `Intervention` values of one's own, or a YAML file
        of one's own, written like it, of which all are taken. One without a source is your
        assumption, and is printed as one; a visit to single employers has to be among them
    sectors : by the codes of the first dimension, compliance, organisation and influence: low, middle or high; what
        suits a sector follows from them. Everything is allowed where nothing is given. `migrants`, the share of migrant
        workers from 0 to 1, is for the report of fairness alone
    exposure : entry that holds the people at risk, in place of the one that the catalogue names
    safeguards : `wb.Safeguards(...)`: on which legal ground single employers are scored, and who is never targeted
    seed : of the draws

    Returns
    -------
    Finding
        frame: accidents expected to be averted in a year as value low high; `expected` without the programme; units of
        each intervention, `random_visits`, `days`, `why`. `model` has `plan`; `four`, the plans beside it; `regret`;
        `coverage`, groups that are reached and left out; `fairness`, visits a thousand workers by region, size and
        share of migrant workers beside those by risk alone.

    Raises
    ------
    Refused
        As `divide`; for employers or sectors without a group's code.
    ModelError
        For limits that cannot be kept.
    """
    budget = Budget(days=days, limits=limits or Limits())
    judged = judge_groups(
        source, selection, by, wanted=(), evidence={}, exposure=exposure, seed=seed, safeguards=safeguards
    )
    groups, assumed = groups_of(judged, employers)
    harm = judged.criteria[0].values * groups["people"].to_numpy()
    kinds = _chosen_interventions(interventions)
    done = [one for one, _suits in kinds.values()]
    visit = visit_among(done)
    if visit is None:
        raise Refused(
            _("Plans are compared by visits to single employers: let `interventions` have one, as inspection.")
        )
    chosen = plan(groups, harm, done, budget, allowed=_allowed(judged, kinds, sectors), seed=seed)
    four = beside_four(chosen, groups, harm, visit, budget, last_year=judged.groups["count"], seed=seed)
    result, about_result = _reported(judged, chosen, four, employers, sectors)
    given = {
        "employers": employers,
        "sectors": sectors,
        "limits": limits,
        "exposure": exposure,
        "safeguards": safeguards,
    }
    inputs = about_inputs(judged.divided, done, budget, given)

    frame = _rows(judged, chosen)
    units = {one.name: _("units") for one in done}
    return answer(
        judged.divided,
        frame,
        title=_("Accidents averted"),
        chart=Chart(kind=by_dimensions(judged.divided.by)),
        notes=[*judged.notes, *assumed, *chosen.warnings, *_about_plans(result), *about_result, *inputs],
        columns={"expected": judged.divided.measure.unit, **units, "random_visits": _("visits"), "days": _("days")}
        | {"why": ""},
        model=result,
        words=(_sentence(judged, chosen, four), ""),
    )


def _chosen_interventions(
    names: Sequence[str | Path | Intervention] | str | Path,
) -> dict[str, tuple[Intervention, Mapping]]:
    """The interventions by name, and which sectors each suits."""
    listed = listed_interventions()
    chosen = {}
    for one in [names] if isinstance(names, str | Path) else names:
        if isinstance(one, Intervention):
            chosen[one.name] = (one, {})
        elif str(one).endswith((".yml", ".yaml")):
            chosen |= listed_interventions(one)
        elif isinstance(one, str) and one in listed:
            chosen[one] = listed[one]
        else:
            raise UnknownName(
                _("intervention"), one, listed, hint=_("There are: {names}.").format(names=", ".join(listed))
            )
    return chosen


def _allowed(judged: Judged, kinds: Mapping, sectors: pd.DataFrame | None) -> pd.DataFrame:
    """Which intervention suits each group, by the traits of its sector."""
    allowed = pd.DataFrame(True, index=judged.groups.index, columns=list(kinds))
    if sectors is None:
        return allowed
    if unknown := set(sectors) - {*TRAITS, MIGRANTS}:
        raise Refused(
            _("`sectors` has columns {unknown}; it takes {traits}.").format(
                unknown=", ".join(sorted(map(str, unknown))), traits=", ".join([*TRAITS, MIGRANTS])
            )
        )
    codes = judged.groups.index.get_level_values(0)
    for name, (_one, suits) in kinds.items():
        for trait, values in suits.items():
            if trait in sectors:
                known = sectors[trait].reindex(codes)
                allowed[name] &= (known.isna() | known.isin(values)).to_numpy()
    return allowed


def _rows(judged: Judged, chosen: Plan) -> pd.DataFrame:
    """The groups, most averted first, each with the limits that follow from its accidents and the effects."""
    frame = chosen.frame
    kept = judged.groups[["count", "exposure", "flag", "flag_share", "state"]]
    rows = frame.drop(columns=["stratum", "employers", "people"]).join(kept)
    rows = rows.rename(
        columns={"harm": "expected", "averted": "value", "averted_low": "low", "averted_high": "high"}
    ).assign(level=0.95, method=_("expected"), per=np.nan, unit=judged.divided.measure.unit)
    return rows.sort_values("value", ascending=False, kind="stable").reset_index()


def _reported(
    judged: Judged, chosen: Plan, four: FourPlans, employers: pd.Series | None, sectors: pd.DataFrame | None
) -> tuple[Programme, list[str]]:
    """The plan with its reports, and what they say in sentences."""
    stratum = judged.divided.by[-1]
    codes = chosen.frame["stratum"]
    classes = {stratum: codes.map({code: judged.divided.label(stratum, code) for code in codes.unique()})}
    labels = {stratum: DIMENSIONS[stratum].label}
    sizes = size_classes(judged, employers, chosen.frame["people"])
    if sizes is not None:
        classes["size"], labels["size"] = sizes, _("size of employers")
    migrants = migrant_classes(judged, sectors)
    if migrants is not None:
        classes[MIGRANTS], labels[MIGRANTS] = migrants, _("share of migrant workers")

    result = Programme(
        plan=chosen,
        four=four,
        regret=regret(chosen, chosen.harm[:FUTURES]),
        coverage=coverage_report(chosen, sizes),
        fairness=fairness_report(chosen, classes),
    )
    return result, [*about_coverage(result.coverage), *about_fairness(result.fairness, labels)]


def _about_plans(result: Programme) -> list[str]:
    """What the plans beside this one would avert, regression to the mean, and what not knowing the rates costs."""
    four = result.four
    notes = [
        _("{plan}: {averted} accidents averted a year ({low} to {high}).").format(
            plan=name, averted=number(row["averted"]), low=number(row["low"]), high=number(row["high"])
        )
        for name, row in four.frame.iterrows()
    ]
    by_rate = four.regressed.loc[_("Last year's rate")]
    if by_rate["expected"] < (1 - LEAST_DROP) * by_rate["last_year"]:
        notes.append(
            _(
                "The groups with the highest rates last year are expected to have {drop:.0%} less by themselves: "
                "regression to the mean, no success of visits."
            ).format(drop=1 - by_rate["expected"] / by_rate["last_year"])
        )
    message = _("Not knowing the true rates, and the limits kept, cost up to {regret} of {perfect} accidents averted.")
    notes.append(message.format(regret=number(result.regret.regret), perfect=number(result.regret.perfect)))
    return notes


def _sentence(judged: Judged, chosen: Plan, four: FourPlans) -> str:
    low, high = np.quantile(chosen.averted, [0.025, 0.975])
    best = four.frame.loc[_("At random"), "averted"]
    return _(
        "A programme of {days:,.0f} inspector-days, {free:,.0f} of them free to plan, {what}: {averted} accidents "
        "averted a year ({low} to {high}) of {expected:,.0f} expected; visits at random alone would avert {random}."
    ).format(
        days=chosen.budget.days,
        free=chosen.budget.free,
        what=judged.divided.words,
        averted=number(chosen.averted.mean()),
        low=number(low),
        high=number(high),
        expected=chosen.frame["harm"].sum(),
        random=number(best),
    )
