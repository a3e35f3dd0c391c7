"""What if: years of several policies of inspection on the twin, whose true rates are known."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.interventions import Budget, Limits
from workbench.models.what_if import (
    ALONE_AVERTED,
    ALONE_COUNT,
    AVERTED,
    COUNT,
    LAST_YEAR,
    ORACLE,
    RANDOM,
    Assumptions,
    Start,
    WhatIf,
    simulated,
)
from workbench.study.answer import COLUMNS, answer
from workbench.study.chart import Chart
from workbench.study.criteria import Judged, judge_groups
from workbench.study.divide import divide
from workbench.study.finding import Finding
from workbench.study.interventions import listed_interventions
from workbench.study.programme_groups import groups_of
from workbench.study.twin_truth import checked_twin, truth_cube
from workbench.terms.codes import open_list
from workbench.terms.dimensions import own_dimension
from workbench.terms.text import _
from workbench.terms.words import number

POLICY = "policy"
INSPECTION = "inspection"


def what_if(
    source: str | Cube,
    selection: Selection | None = None,
    by: Sequence[str] = ("nace1", "nuts2"),
    *,
    days: float,
    employers: pd.Series | None = None,
    limits: Limits | None = None,
    assumptions: Assumptions | None = None,
    seed: int = 0,
) -> Finding:
    """Years of inspections on the twin by several policies: what each averts, and whether its estimates stay right.

    Every year each policy plans by what it knows, accidents happen at the twin's true rates, which wander, and
    inspectors find those of the employers they visit. Sent inside a group where most is notified, they meet employers
    worse than its mean: rates learnt there are too high. Those learnt from visits at random alone are right on average.

    Parameters
    ----------
    source : the twin, "esaw_synthetic", or its cube: of real data nobody knows the true rates
    selection : what is asked for; one year is best: it is the year before the first
    by : dimensions that the people at risk have too
    days : inspector-days a year
    employers : number of employers by the codes of `by`; ten workers each unless given
    limits : shares of the days for notifications and at random; presence and evenness are not kept in this simulation
    assumptions : years, runs, and how rates wander and differ inside groups, as `WhatIfAssumptions(years=10, runs=200)`
    seed : of the draws

    Returns
    -------
    Finding
        frame: a row per policy and year; accidents averted as value low high (95% of the runs), `accidents` that
        remain, `bias` of the estimates of the groups chosen (0: right) with `bias_low` and `bias_high`, `bias_all` of
        all groups. `model`: the same, and all years together beside the oracle, which knows the true rates and has
        visits at random like the others.

    Raises
    ------
    Refused
        For another source than the twin; as `programme`.
    ModelError
        For assumptions that cannot be.
    """
    checked_twin(source)
    budget, assumptions = Budget(days=days, limits=limits or Limits()), assumptions or Assumptions()
    judged = judge_groups(source, selection, by, wanted=(), evidence={}, exposure=None, seed=seed)
    groups, assumed = groups_of(judged, employers)
    visit = listed_interventions()[INSPECTION][0]
    found = simulated(groups, _start(judged), visit, budget, assumptions, seed=seed)

    finding = answer(
        judged.divided,
        judged.groups.reset_index().assign(unit=judged.divided.measure.unit),
        title=_("Accidents averted"),
        chart=Chart(kind="series"),
        notes=[*judged.notes, *assumed, *_about_assumptions(assumptions), *_about_policies(found)],
        model=found,
        words=(_sentence(judged, found), _("Accidents averted a year, by policy of inspection")),
    )
    return _by_policy(finding, found)


def _start(judged: Judged) -> Start:
    """What the twin makes true, and what its drawn records tell of it."""
    divided, groups = judged.divided, judged.groups
    truth = truth_cube(divided.cube, divided.selection.years)
    expected = divide(truth, divided.selection, by=divided.by, needs="people").frame.set_index(list(divided.by))
    rate = (expected["count"] / expected["exposure"]).reindex(groups.index)
    rates = judged.criteria[0].values
    return Start(
        rate=rate.to_numpy(),
        estimate=rates.mean(axis=0),
        shape=rates.mean(axis=0) ** 2 / rates.var(axis=0),
        counted=(groups["count"] / groups["exposure"]).to_numpy(),
    )


def _policies() -> dict[str, str]:
    """What each policy is called."""
    return {
        RANDOM: _("At random"),
        LAST_YEAR: _("Last year's rate"),
        COUNT: _("Expected count"),
        AVERTED: _("Expected harm averted"),
        ORACLE: _("Oracle: knows the true rates"),
        ALONE_COUNT: _("By count, none at random"),
        ALONE_AVERTED: _("By harm, none at random"),
    }


def _by_policy(finding: Finding, found: WhatIf) -> Finding:
    """The finding of groups made one of policies and years."""
    own_dimension(POLICY)
    unit = finding.units["value"]
    frame = found.yearly.rename(columns={"averted": "value"}).reset_index()
    usual = {"level": 0.95, "method": _("simulated"), "count": np.nan, "exposure": np.nan, "per": np.nan}
    frame = frame.assign(**usual, unit=unit, flag="", flag_share=0.0, state="")
    others = ["accidents", "bias", "bias_low", "bias_high", "bias_all"]
    return replace(
        finding,
        question=_("Years of inspections by several policies: {question}").format(question=finding.question),
        by=(POLICY, "year"),
        frame=frame[[POLICY, "year", *COLUMNS, *others]],
        withheld=0,
        lists={**finding.lists, POLICY: open_list(POLICY, _policies())},
        units={**dict.fromkeys(("value", "low", "high", "accidents"), unit), **dict.fromkeys(others[1:], "")},
    )


def _about_assumptions(assumptions: Assumptions) -> list[str]:
    """What is assumed, and by which way estimates go wrong."""
    return [
        _(
            "Assumed, not known: rates wander by {drift:.0%} a year, employers of a group differ by {spread:.0%}, and "
            "at most {most:.0%} of a group's employers are visited in a year. Effects are as in the programme."
        ).format(drift=assumptions.drift, spread=assumptions.spread, most=assumptions.most_visited),
        _(
            "Rates are learnt from what inspectors find, as where no register tells of accidents that are not "
            "notified. Inside a group they are sent where most is notified; with visits at random, rates are learnt "
            "from these alone."
        ),
    ]


def _about_policies(found: WhatIf) -> list[str]:
    """All years together by policy, and the bias of the last year."""
    last = found.yearly.xs(found.assumptions.years, level="year")
    notes = []
    for name, label in _policies().items():
        row = found.in_all.loc[name]
        figures = {"averted": number(row["averted"]), "low": number(row["low"]), "high": number(row["high"])}
        if name in (RANDOM, ORACLE):
            message = _("{policy}: {averted} accidents averted in all ({low} to {high}).")
            notes.append(message.format(policy=label, **figures))
            continue
        message = _(
            "{policy}: {averted} accidents averted in all ({low} to {high}), {share:.0%} of the oracle's gain; in the "
            "last year the estimates of the groups chosen are off by {bias:+.0%} ({bias_low:+.0%} to {bias_high:+.0%})."
        )
        bias = last.loc[name, ["bias", "bias_low", "bias_high"]]
        notes.append(message.format(policy=label, share=row["share_of_oracle"], **figures, **bias))
    return notes


def _sentence(judged: Judged, found: WhatIf) -> str:
    last = found.yearly.xs(found.assumptions.years, level="year")
    return _(
        "{years} years of inspections, {what}: by expected harm averted {averted} accidents are averted ({low} to "
        "{high}), {share:.0%} of what the oracle gains over visits at random. In the last year the estimates are off "
        "by {bias:+.0%} with visits at random, by {alone:+.0%} without."
    ).format(
        years=found.assumptions.years,
        what=judged.divided.words,
        averted=number(found.in_all["averted"][AVERTED]),
        low=number(found.in_all["low"][AVERTED]),
        high=number(found.in_all["high"][AVERTED]),
        share=found.in_all["share_of_oracle"][AVERTED],
        bias=last["bias"][AVERTED],
        alone=last["bias"][ALONE_AVERTED],
    )
