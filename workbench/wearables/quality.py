"""Quality before meaning: what of each channel can be used, and an answer of "insufficient" where too little can.

The absence of data is not the absence of risk: it is told, and drawn, as a state of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from workbench.terms.errors import Refused
from workbench.terms.text import _, mark, translated
from workbench.wearables import faults
from workbench.wearables.signals import TIME, Channel, Signal

ENOUGH = 0.75
"""Share of the time that has to be usable before a number is given; our own choice, to be changed where one is set."""
INSUFFICIENT = "insufficient"
KINDS = {
    "missing": mark("no value"),
    "dropout": mark("time without samples"),
    "duplicate": mark("moments that come twice"),
    "clock": mark("clock went back"),
    "replay": mark("sent twice under later stamps"),
    "impossible": mark("outside what the sensor can give"),
    "saturated": mark("at the limit of the sensor"),
    "stuck": mark("same value for too long"),
    "non_wear": mark("not worn"),
    "exchanged": mark("systolic below diastolic"),
    "counter": mark("counter at fault"),
    "drift": mark("level drifts"),
}
_TOLERATED = {"saturated", "drift"}
"""Told, but used: a clipped impact is still an impact; a drifting level is corrected by who knows the sensor."""


@dataclass(frozen=True, kw_only=True)
class Quality:
    """The record of one channel.

    Attributes
    ----------
    channel, unit : of the channel
    samples : rows, with a value or without
    expected : rows that the time from first to last, or the time given, should have held
    faults : samples by kind of fault; of "dropout" seconds, of "drift" the distance in the channel's unit
    usable : share of `expected`
    enough : share that is needed
    """

    channel: str
    unit: str
    samples: int
    expected: int
    faults: Mapping[str, float]
    usable: float
    enough: float = ENOUGH

    @property
    def sufficient(self) -> bool:
        """Whether a number may be given."""
        return self.usable >= self.enough

    def __str__(self) -> str:
        found = ", ".join(f"{translated(KINDS[kind])} {n:,.6g}" for kind, n in self.faults.items())
        return _("{channel}: {usable:.0%} usable of {expected:,} samples; {found}").format(
            channel=self.channel, usable=self.usable, expected=self.expected, found=found or _("no fault found")
        )


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A number with its unit, or the state "insufficient" and no number.

    Attributes
    ----------
    value : None where too little could be used
    unit : of the value
    usable : share of the time behind it
    enough : share that is needed
    """

    value: float | None
    unit: str
    usable: float
    enough: float = ENOUGH

    @property
    def state(self) -> str:
        """ "" or "insufficient"."""
        return INSUFFICIENT if self.value is None else ""

    def __str__(self) -> str:
        if self.value is None:
            return _("insufficient: {usable:.0%} of the time is usable, {enough:.0%} are needed").format(
                usable=self.usable, enough=self.enough
            )
        return f"{self.value:,.4g} {self.unit}"


@dataclass(frozen=True)
class Checked:
    """A signal with its unusable values taken out, and the record of each channel."""

    signal: Signal = field(repr=False)
    records: tuple[Quality, ...]

    def record(self, name: str) -> Quality:
        """The record of a channel."""
        return next(record for record in self.records if record.channel == name)

    def measured(self, name: str, compute, unit: str) -> Measured:
        """What `compute` makes of a channel's usable values, or "insufficient".

        Parameters
        ----------
        name : of a channel
        compute : function of an array of float
        unit : of the result

        Returns
        -------
        Measured
        """
        record, channel = self.record(name), self.signal.channel(name)
        values = self.signal.frame.select(channel.name).collect()[channel.name].drop_nulls().to_numpy()
        value = float(compute(values)) if record.sufficient and len(values) else None
        return Measured(value=value, unit=unit, usable=record.usable, enough=record.enough)


def check(signal: Signal, *, duration: timedelta | None = None, zone: str = "UTC", enough: float = ENOUGH) -> Checked:
    """Judge every sample of a signal; faulty ones become missing, repeated moments keep their first.

    Parameters
    ----------
    signal : Signal
    duration : how long should have been recorded (the shift); without it from the first to the last sample
    zone : IANA name, for counters that begin anew each local day
    enough : share of the time that is needed for a number

    Returns
    -------
    Checked

    Raises
    ------
    Refused
        For a signal without samples.
    """
    recorded = signal.frame.collect()
    if recorded.height == 0:
        raise Refused(_("The signal has no sample. The absence of data does not mean the absence of risk."))
    found = _of_stamps(recorded)
    rows = recorded.filter(pl.col(TIME).is_not_null()).unique(TIME, keep="first", maintain_order=True).sort(TIME)
    step = _usual_step(rows)
    expected = _expected(rows, step, duration)
    lost = _lost_seconds(rows, step, duration)

    values = {c.name: rows[c.name].cast(pl.Float64).fill_null(np.nan).to_numpy() for c in signal.channels}
    shared = _of_all(signal, values, step)
    days = rows[TIME].dt.convert_time_zone(zone).dt.date().to_numpy() if ZoneInfo(zone) else None
    records, cleaned = [], {TIME: rows[TIME]}
    for channel in signal.channels:
        own = _of_channel(channel, values, step, days)
        bad = np.zeros(rows.height, bool)
        for kind, mask in {**shared, **own}.items():
            bad |= mask if kind not in _TOLERATED else False
        kept = np.where(bad, np.nan, values[channel.name])
        counted = {kind: int(mask.sum()) for kind, mask in {**shared, **own}.items()} | found
        counted |= {"dropout": lost, "drift": faults.drift(kept, (channel.most or 0) - (channel.least or 0))}
        records.append(
            Quality(
                channel=channel.name,
                unit=channel.unit,
                samples=recorded.height,
                expected=expected,
                faults={kind: counted[kind] for kind in KINDS if counted.get(kind)},
                usable=min(float(np.isfinite(kept).sum()) / expected, 1.0),
                enough=enough,
            )
        )
        cleaned[channel.name] = pl.Series(kept).fill_nan(None)
    return Checked(Signal(channels=signal.channels, frame=pl.DataFrame(cleaned).lazy()), tuple(records))


def _of_stamps(recorded: pl.DataFrame) -> dict[str, int]:
    """Faults of the clock, in the order in which samples were recorded."""
    steps = recorded[TIME].diff().dt.total_nanoseconds()
    return {"duplicate": int(recorded[TIME].drop_nulls().is_duplicated().sum() // 2), "clock": int((steps < 0).sum())}


def _usual_step(rows: pl.DataFrame) -> float:
    """The median step, in seconds."""
    usual = rows[TIME].diff().dt.total_nanoseconds().median()
    return usual / 1e9 if usual else 1.0


def _expected(rows: pl.DataFrame, step: float, duration: timedelta | None) -> int:
    span = (rows[TIME][-1] - rows[TIME][0]).total_seconds() + step
    return max(round((duration.total_seconds() if duration else span) / step), 1)


def _lost_seconds(rows: pl.DataFrame, step: float, duration: timedelta | None) -> float:
    """Time in steps of more than three usual ones, and before the first or after the last sample of a shift."""
    steps = rows[TIME].diff().dt.total_nanoseconds().drop_nulls().to_numpy() / 1e9
    within = float(steps[steps > 3 * step].sum())
    span = float(steps.sum()) + step
    return round(within + max((duration.total_seconds() if duration else span) - span, 0.0), 3)


def _of_all(signal: Signal, values: Mapping[str, np.ndarray], step: float) -> dict[str, np.ndarray]:
    """Faults that all channels of a sample share: not worn, or sent twice."""
    matrix = np.column_stack(list(values.values()))
    shared = {"replay": faults.replayed(matrix)}
    axes = [channel.name for channel in signal.channels if channel.unit == "g"]
    if "removed" in values:
        shared["non_wear"] = values["removed"] == 1
    elif len(axes) >= 3 and 1 / step >= faults.FASTEST_SLOW:
        shared["non_wear"] = faults.still(np.column_stack([values[name] for name in axes[:3]]), 1 / step)
    return shared


def _of_channel(
    channel: Channel, values: Mapping[str, np.ndarray], step: float, days: np.ndarray
) -> dict[str, np.ndarray]:
    """Faults of one channel's own values."""
    own = values[channel.name]
    masks = {"missing": np.isnan(own)}
    is_counter = channel.unit.endswith("since midnight")
    if is_counter:
        masks["counter"] = faults.counter_faults(own, days, channel.most or np.inf)
    else:
        masks["impossible"] = faults.impossible(own, channel.least, channel.most)
    if channel.unit in faults.INERTIAL_UNITS:
        masks["saturated"] = faults.saturated(own, channel.least, channel.most)
    if not is_counter and channel.name != "removed":
        run = faults.STUCK_FAST if 1 / step >= faults.FASTEST_SLOW else faults.STUCK_SLOW
        # a tool at rest, a gas that is not there: the lowest value may last
        masks["stuck"] = faults.stuck(own, run) & (own != channel.least)
    if channel.name in ("systolic_mmhg", "diastolic_mmhg") and {"systolic_mmhg", "diastolic_mmhg"} <= set(values):
        masks["exchanged"] = values["systolic_mmhg"] < values["diastolic_mmhg"]
    return masks
