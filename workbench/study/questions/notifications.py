"""Notifications: triage, the queue before a capacity, and who notifies; an estimated rate is never moved by them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.backlog import Backlog, backlog
from workbench.models.inputs import checked_positive
from workbench.models.triage import CLASSES, Triage, triaged
from workbench.study.answer import answer
from workbench.study.chart import Chart, by_dimensions
from workbench.study.criteria import DRAWS, judge_groups
from workbench.study.data import listed, origin_of
from workbench.study.disclose import disclose, how_many
from workbench.study.divide import Divided, count
from workbench.study.finding import Finding
from workbench.study.notified import Notified, notified_of
from workbench.study.reliability import about_weights, mean_weights
from workbench.terms.codes import UNKNOWN
from workbench.terms.errors import Refused
from workbench.terms.text import _
from workbench.terms.words import number

TWIN = "notifications_synthetic"
HALF = 0.5
"""Jeffreys' prior of a count."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Notifications:
    """Triage and queue of a stream of notifications.

    Attributes
    ----------
    triage : points, class and work of each notification, in the order in which to handle them, by its line in the file
    classes : by class: notifications, and work in inspector-days
    backlog : the queue before the days that were given; None without
    """

    triage: pd.DataFrame = field(repr=False)
    classes: pd.DataFrame = field(repr=False)
    backlog: Backlog | None


@dataclass(frozen=True, kw_only=True, eq=False)
class _Estimated:
    """Events of each group that the register alone gives: draws by groups, and what has to be known of them."""

    divided: Divided
    groups: pd.Index
    draws: np.ndarray = field(repr=False)
    notes: tuple[str, ...]


# The four that every question takes, the file of notifications, and what is done with it.
def notifications(  # noqa: PLR0913
    source: str | Cube,
    selection: Selection | None = None,
    by: Sequence[str] = ("nace1",),
    *,
    notified: Path | str = TWIN,
    days: float | None = None,
    triage: Triage | None = None,
    exposure: str | None = None,
    seed: int = 0,
    level: float = 0.95,
) -> Finding:
    """Who notifies, of the events that are estimated; which notifications are urgent; how long they wait.

    Events are estimated from `source` alone, which the notifications never enter: they show what employers and workers
    notify, not where accidents are. The queue takes urgent notifications first, each begun by a free inspector.

    Parameters
    ----------
    source : name of a catalogue entry of accidents, or a cube: where the events are estimated
    selection : what is asked for; years and countries are those of the notifications unless it says
    by : dimensions that register and notifications have; where people at risk do not have them, the register's counts
        are taken as they are
    notified : name of an entry of notifications, or a file of one's own with columns date and severity ("" of a
        complaint) and, where known, kind (accident, complaint), vulnerability, and the dimensions of `by`
    days : inspector-days for notifications, between the first and the last one; no queue unless given
    triage : points, classes, times and work; those of `wb.Triage()` unless given, which are assumptions
    exposure : entry that holds the people at risk, in place of the one that the catalogue names
    seed : of the draws
    level : of the intervals

    Returns
    -------
    Finding
        frame: notified accidents over estimated events as value low high, 0 to 1; `count`, the notified ones;
        `exposure`, the estimated events. `model`: triage, classes, backlog.

    Raises
    ------
    Refused
        As `divide`; for a file without the columns, or without an accident that a register counts.
    ModelError
        For severities or vulnerabilities without points; for days that are not above 0.
    """
    stream, triage = notified_of(notified), triage or Triage()
    by, scope = listed(by), _scope(stream, selection)
    estimated = _estimated(source, scope, by, exposure, seed)
    own_scope = scope if stream.countries else scope.but(regions=())
    counted = disclose(count(stream.accidents, own_scope, by=by, measure="accidents"))
    frame = _rows(counted, estimated, level, seed)
    model = _handled(stream, triage, days, level, seed)
    found = answer(
        counted,
        frame,
        title=_("Notified, of 100 estimated events"),
        chart=Chart(kind=by_dimensions(by)),
        notes=[
            *_about_selection(counted, frame),
            *_about_file(stream, scope),
            *_about_triage(stream, triage, model, days),
        ],
        model=model,
        words=(_sentence(counted, frame), ""),
    )
    return _beside_register(found, estimated)


def _scope(stream: Notified, selection: Selection | None) -> Selection:
    """The selection; of the years and countries of the notifications where it says nothing of them."""
    scope = selection or Selection()
    if scope.years is None:
        scope = scope.but(years=stream.years)
    return scope if scope.regions or not stream.countries else scope.but(regions=stream.countries)


def _estimated(
    source: str | Cube, scope: Selection, by: tuple[str, ...], exposure: str | None, seed: int
) -> _Estimated:
    """Events of each group by the register: its rates times people; its counts where people are not so divided."""
    try:
        judged = judge_groups(source, scope, by, wanted=(), evidence={}, exposure=exposure, seed=seed)
        people = judged.groups["exposure"].to_numpy(float)
        draws = judged.criteria[0].values * people
        return _Estimated(divided=judged.divided, groups=judged.groups.index, draws=draws, notes=judged.notes)
    except Refused as refusal:
        divided = disclose(count(source, scope, by=by, measure="accidents"))
        note = _("Events are those that the register counts, not drawn towards others: {reason}").format(reason=refusal)
    frame = divided.frame[~divided.frame[list(by)].eq(UNKNOWN).any(axis=1) & divided.frame["count"].notna()]
    groups = frame.set_index(list(by))
    weights = mean_weights(groups["count"], groups.get("variance"))
    records = (groups["count"] / weights).to_numpy(float)
    draws = np.random.default_rng(seed).gamma(records + HALF, size=(DRAWS, len(groups))) * np.asarray(weights, float)
    notes = (note, *about_weights(weights))
    return _Estimated(divided=divided, groups=groups.index, draws=draws, notes=notes)


def _rows(counted: Divided, estimated: _Estimated, level: float, seed: int) -> pd.DataFrame:
    """Notified over estimated events of each group, with the doubt of both."""
    notified = counted.frame.set_index(list(counted.by))[["count", "state"]].reindex(estimated.groups)
    withheld = notified["state"].eq("withheld")
    number = notified["count"].fillna(0.0).to_numpy(float)
    events = estimated.draws.mean(axis=0)
    shares = np.random.default_rng(seed + 1).gamma(number + HALF, size=estimated.draws.shape) / estimated.draws
    low, high = np.quantile(shares, [(1 - level) / 2, (1 + level) / 2], axis=0)
    state = notified["state"].where(number > 0, "zero").mask(withheld, "withheld")
    frame = pd.DataFrame(
        {"value": number / events, "low": np.where(number > 0, low, 0.0), "high": high, "count": number},
        index=estimated.groups,
    ).mask(withheld)
    frame = frame.assign(
        level=level, method=_("gamma, of both"), exposure=events, per=np.nan, unit=_unit(), flag="", flag_share=0.0
    )
    return frame.assign(state=state).reset_index()


def _unit() -> str:
    return _("share of estimated events, 0 to 1")


def _handled(stream: Notified, triage: Triage, days: float | None, level: float, seed: int) -> Notifications:
    """Each notification with its class, and the queue before the days."""
    judged = triaged(stream.rows, triage)
    classes = judged.groupby("class")["work"].agg(["size", "sum"]).set_axis(["notifications", "work"], axis=1)
    classes = classes.reindex([name for name in CLASSES if name in classes.index])
    queue = None
    if days is not None:
        capacity = checked_positive(days, _("the days")) / stream.working_days
        timed = judged.assign(time=stream.rows["time"])
        queue = backlog(timed, triage.due, capacity=capacity, level=level, seed=seed)
    order = judged["class"].map(CLASSES.index).sort_values(kind="stable").index
    return Notifications(triage=judged.loc[order], classes=classes, backlog=queue)


def _beside_register(found: Finding, estimated: _Estimated) -> Finding:
    """The finding with what has to be known of the register."""
    register, origin = estimated.divided, origin_of(estimated.divided.cube)
    from_register = bool(origin) and origin.synthetic and not found.synthetic
    return replace(
        found,
        summary=_("Synthetic data. {summary}").format(summary=found.summary) if from_register else found.summary,
        synthetic=found.synthetic or from_register,
        notes=(*found.notes, *estimated.notes, *register.notes),
        sources=(*found.sources, *([origin.source()] if origin else []), *register.sources),
        release=found.release or register.release,
        percent=_("% of estimated events"),
        units={**found.units, "count": _("notified accidents"), "exposure": _("estimated events")},
    )


def _about_file(stream: Notified, scope: Selection) -> list[str]:
    """What was left out of the file, and where it says no region that was asked for."""
    if stream.countries or not scope.regions:
        return list(stream.notes)
    return [*stream.notes, _("The notifications name no region: all are taken to be from the regions asked for.")]


def _about_selection(counted: Divided, frame: pd.DataFrame) -> list[str]:
    """Who notifies most and least, and that this moves no rate."""
    notes = [_("Events are estimated from the register alone: notifications move no rate, no priority and no plan.")]
    known = frame[frame["value"].notna()]
    if len(known) < 2:
        return notes
    most, least = (known.loc[getattr(known["value"], which)()] for which in ("idxmax", "idxmin"))
    facts = {"most": _group(counted, most), "least": _group(counted, least)}
    if least["high"] < most["low"]:
        message = _(
            "Selection: {most} notifies {times} times as large a share as {least}. More notifications are no more risk."
        )
        # Of a group that notified nothing the upper limit is what can be said.
        times = most["value"] / (least["value"] or least["high"])
        return [*notes, message.format(times=number(times), **facts)]
    return [*notes, _("By these groups no selection can be told from chance.")]


def _about_triage(stream: Notified, triage: Triage, model: Notifications, days: float | None) -> list[str]:
    """The points, how many there are of each class, and how long they wait."""
    message = _(
        "Points, assumptions to be set by the reader (wb.Triage): severity {severity}; vulnerability {vulnerability}; "
        "urgent from {urgent:g}, soon from {soon:g}."
    )
    none = _("none")
    notes = [
        message.format(
            severity=", ".join(f"{code or none} {points:g}" for code, points in triage.severity.items()),
            vulnerability=", ".join(f"{name} {points:g}" for name, points in triage.vulnerability.items()),
            urgent=triage.urgent,
            soon=triage.soon,
        )
    ]
    labels = {"urgent": _("Urgent"), "soon": _("Soon"), "routine": _("Routine")}
    for name, row in model.classes.iterrows():
        message = _("{name}: {n} notifications, {work:,.0f} inspector-days.")
        n = how_many(stream.accidents, row["notifications"])
        notes.append(message.format(name=labels[name], n=n, work=row["work"]))
    if model.backlog is None:
        return [*notes, _("Give `days`, inspector-days for notifications, to see how long they wait.")]
    for name, row in model.backlog.frame.iterrows():
        message = _(
            "{name}: begun after {waiting} working days on average ({low} to {high}); {share:.0%} within {due:g}."
        )
        facts = {word: number(row[word]) for word in ("waiting", "low", "high")}
        notes.append(message.format(name=labels[name], share=row["in_time"], due=triage.due[name], **facts))
    return [*notes, _about_load(model.backlog.load, days)]


def _about_load(load: float, days: float) -> str:
    """Whether the days suffice."""
    if load < 1:
        return _("The work that comes in takes {load:.0%} of {days:,.0f} inspector-days.").format(load=load, days=days)
    message = _("The work that comes in is {load} times {days:,.0f} inspector-days: the backlog grows without end.")
    return message.format(load=number(load), days=days)


def _group(counted: Divided, row: pd.Series) -> str:
    """The group in words."""
    return " · ".join(counted.label(name, row[name]) for name in counted.by)


def _sentence(counted: Divided, frame: pd.DataFrame) -> str:
    """How many of the estimated events are notified, in all and by the extremes."""
    known = frame[frame["value"].notna()]
    if known.empty:
        return _("No group has a number of notifications that can be shown.")
    share = known["count"].sum() / known["exposure"].sum()
    message = _(
        "Notified of 100 estimated events, {what}: {share}. Most: {most} {high}; least: {least} {low}; {n} groups."
    )
    most, least = (known.loc[getattr(known["value"], which)()] for which in ("idxmax", "idxmin"))
    return message.format(
        what=counted.words,
        share=number(100 * share),
        most=_group(counted, most),
        high=number(100 * most["value"]),
        least=_group(counted, least),
        low=number(100 * least["value"]),
        n=len(known),
    )
