"""A timeline and what it is drawn from: of a group the mean of five or more at each minute, or one person's trace."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pandas as pd
import polars as pl

from workbench.charts.chart import Caption
from workbench.charts.timeline import Timeline
from workbench.terms.errors import Refused
from workbench.terms.text import _
from workbench.wearables.exposure.limits import CARBON_MONOXIDE, HAND_ARM, NOISE_LEVELS, NOISE_PEAKS, Limit
from workbench.wearables.quality import check
from workbench.wearables.signals import TIME, Channel, Event, Recording
from workbench.wearables.words import CHANNELS, EVENTS, label

LIMITS = {"noise": NOISE_LEVELS, "peak": NOISE_PEAKS, "hand_arm": HAND_ARM, "carbon_monoxide": CARBON_MONOXIDE[:1]}
ENERGY = {"noise"}
HOURS = 8.0


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A shift's timeline.

    Attributes
    ----------
    frame : moment (local clock), at, value, usable, and of noise `total`, the exposure so far as LEX,8h
    title, unit : what is drawn
    limits : that it is compared with
    events : at, label; of one person's trace alone
    """

    frame: pd.DataFrame = field(repr=False)
    title: str
    unit: str
    source: str
    synthetic: bool
    limits: tuple[Limit, ...] = ()
    events: pd.DataFrame = field(repr=False, default_factory=lambda: pd.DataFrame({"at": [], "label": []}))

    def chart(self):
        """The Bokeh figure.

        Returns
        -------
        figure
        """
        caption = Caption(title=self.title, unit=self.unit, attribution=self.source, synthetic=self.synthetic)
        drawn = Timeline(caption)
        total = (_("exposure so far, LEX,8h"), self.frame["total"].to_list()) if "total" in self.frame else None
        lines = [(limit.value, limit.words) for limit in self.limits]
        drawn.update(self.frame, caption, limits=lines, events=self.events, total=total)
        return drawn.figure


def group_picture(recordings: Sequence[Recording], channel: str, *, fewest: int) -> Picture:
    """The mean of a channel at each minute, over persons with a usable value; fewer than `fewest` are no figure.

    Parameters
    ----------
    recordings : of one shift
    channel : of a signal of theirs
    fewest : persons

    Returns
    -------
    Picture
    """
    described, parts = None, []
    for one in recordings:
        described, frame = _minutes(one, channel)
        parts.append(frame.rename("value").to_frame().assign(person=one.person))
    rows = pd.concat(parts)
    values = 10 ** (rows["value"] / 10) if channel in ENERGY else rows["value"]
    by = values.groupby(rows.index)
    mean, persons = by.mean(), by.count()
    mean = 10 * np.log10(mean) if channel in ENERGY else mean
    frame = _frame(mean.where(persons >= fewest), persons / len(recordings), recordings[0].zone, channel)
    title = _("{channel}: mean of the group").format(channel=label(channel, CHANNELS))
    return _picture(frame, title, described, recordings[0])


def trace_picture(recording: Recording, channel: str, events: Sequence[Event]) -> Picture:
    """The trace of one person, with the events that the insoles told.

    Parameters
    ----------
    recording : of one shift
    channel : of a signal
    events : of this person

    Returns
    -------
    Picture
    """
    described, values = _minutes(recording, channel)
    frame = _frame(values, values.notna().astype(float), recording.zone, channel)
    (shift,) = recording.shifts
    mine = [event for event in events if shift.start <= event.time < shift.end]
    at = [_local(event.time, recording.zone) for event in mine]
    names = [label(event.kind, EVENTS) for event in mine]
    drawn = pd.DataFrame({"at": pd.to_datetime(pd.Series(at, dtype="datetime64[ns]")), "label": names})
    title = _("{channel}: trace of one person").format(channel=label(channel, CHANNELS))
    return _picture(frame, title, described, recording, drawn)


def _picture(
    frame: pd.DataFrame, title: str, channel: Channel, recording: Recording, events: pd.DataFrame | None = None
) -> Picture:
    options = {} if events is None else {"events": events}
    return Picture(
        frame=frame,
        title=title,
        unit=channel.unit,
        source=recording.source,
        synthetic=recording.synthetic,
        limits=LIMITS.get(channel.name, ()),
        **options,
    )


def _minutes(recording: Recording, channel: str) -> tuple[Channel, pd.Series]:
    """Usable values of each minute of the shift, NaN where there is none, by moment (UTC)."""
    named = {c.name: name for name, signal in recording.signals.items() for c in signal.channels}
    if channel not in named:
        message = _("There is no channel {name}. There are: {names}.")
        raise Refused(message.format(name=channel, names=", ".join(named)))
    if len(recording.shifts) != 1:
        raise Refused(_("A timeline is of one shift; this recording has {n}.").format(n=len(recording.shifts)))
    (shift,) = recording.shifts
    signal = recording.signals[named[channel]]
    checked = check(signal, duration=shift.elapsed, zone=recording.zone)
    minute = pl.col(TIME).dt.truncate("1m").alias("minute")
    value = (10 ** (pl.col(channel) / 10)).mean().log10() * 10 if channel in ENERGY else pl.col(channel).mean()
    found = checked.signal.frame.group_by(minute).agg(value.alias("value")).collect().to_pandas()
    every = pd.date_range(shift.start, shift.end, freq="min", inclusive="left")
    series = found.set_index("minute")["value"]
    series.index = series.index.astype("datetime64[ns, UTC]")
    return signal.channel(channel), series.reindex(every.astype("datetime64[ns, UTC]"))


def _frame(values: pd.Series, usable: pd.Series, zone: str, channel: str) -> pd.DataFrame:
    local = values.index.tz_convert(zone)
    frame = pd.DataFrame(
        {
            # with its offset: when clocks are put back an hour comes twice
            "moment": local.strftime("%H:%M %z"),
            "at": local.tz_localize(None),
            "value": values.to_numpy(float),
            "usable": usable.reindex(values.index).fillna(0).to_numpy(float),
        }
    )
    if channel in ENERGY:
        # minutes without a level add nothing: the exposure so far is of what was measured
        energy = np.nancumsum(10 ** (frame["value"].to_numpy() / 10)) / 60 / HOURS
        with np.errstate(divide="ignore"):
            frame["total"] = np.where(energy > 0, 10 * np.log10(energy), np.nan)
        frame.loc[frame["total"] < np.nanmin(frame["value"]) - 10, "total"] = np.nan
    return frame


def _local(moment: datetime, zone: str) -> pd.Timestamp:
    return pd.Timestamp(moment).tz_convert(zone).tz_localize(None)
