"""What a device recorded: channels with unit, place and rate, stamps in UTC, and where the clock or the stream broke.

Stamps are moments, so a day of 23 or 25 hours needs no care here; hours of the day come from `shifts`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from workbench.terms.errors import ReadError, Refused
from workbench.terms.text import _
from workbench.wearables.shifts import Shift

TIME = "time"
STAMP = pl.Datetime("ns", "UTC")
EVIDENCE = ("simulated", "induced", "real-world")
"""How events of a recording came about: acted by volunteers, provoked in an experiment, or as they happened at work."""
USUAL_STEPS = 3.0
"""A gap begins where a step is longer than this many usual steps."""


@dataclass(frozen=True, kw_only=True)
class Channel:
    """One quantity of one sensor.

    Attributes
    ----------
    name : column of the frame
    unit : such as "g", "dB(A)", "beats per minute"
    position : where the sensor sits: "wrist", "waist", "left foot", "zone"
    rate : samples per second as the maker says; None where stamps are irregular
    device : model or number of the device, never a person's
    least, most : the values that the sensor can give, in `unit`; None where nobody said
    """

    name: str
    unit: str
    position: str = ""
    rate: float | None = None
    device: str = ""
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, kw_only=True)
class Signal:
    """Channels that share their stamps.

    Attributes
    ----------
    channels : by the order of their columns
    frame : LazyFrame of `time` (UTC, nanoseconds) and a Float column for each channel, in the order they were recorded
    """

    channels: tuple[Channel, ...]
    frame: pl.LazyFrame = field(repr=False, compare=False)

    def __post_init__(self):
        wanted = [TIME, *(channel.name for channel in self.channels)]
        schema = self.frame.collect_schema()
        absent = [name for name in wanted if name not in schema]
        if absent or schema[TIME] != STAMP:
            message = _("A signal needs {wanted}, with time in UTC; its table has {found}.")
            raise ReadError(message.format(wanted=", ".join(wanted), found=", ".join(schema)))
        object.__setattr__(self, "frame", self.frame.select(wanted))

    def channel(self, name: str) -> Channel:
        """One channel by name.

        Parameters
        ----------
        name : str

        Returns
        -------
        Channel

        Raises
        ------
        Refused
            Naming the channels there are.
        """
        for channel in self.channels:
            if channel.name == name:
                return channel
        names = ", ".join(channel.name for channel in self.channels)
        raise Refused(_("There is no channel {name}. There are: {names}.").format(name=name, names=names))

    def between(self, start: datetime, end: datetime) -> "Signal":
        """The part from `start` up to, not including, `end`.

        Parameters
        ----------
        start, end : datetime with time zone

        Returns
        -------
        Signal
        """
        moments = [pl.lit(moment).cast(STAMP) for moment in (start, end)]
        inside = (pl.col(TIME) >= moments[0]) & (pl.col(TIME) < moments[1])
        return Signal(channels=self.channels, frame=self.frame.filter(inside))


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened, or that a rule reports.

    Attributes
    ----------
    kind : "fall", "stumble", "triple_tap", "not_upright", "immobile", "evacuation", ...
    person : pseudonym
    time : moment, UTC
    seconds : how long it lasted; 0 for a moment
    score : of a detector, 0 to 1; 1 where it was planted
    """

    kind: str
    person: str
    time: datetime
    seconds: float = 0.0
    score: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Recording:
    """Signals of one person over one stretch of time, with what is known of it.

    Attributes
    ----------
    person : pseudonym, never a name
    signals : by name, such as "movement", "heart", "environment"
    zone : IANA name of the time zone in which shifts are worked
    shifts : worked in it
    labels : what divides groups: team, task, sector, age_group, activity, trial
    evidence : how events came about, one of `EVIDENCE`; "" where there are none
    events : planted or labelled events
    source : whose recording it is, as it is cited
    synthetic : whether it is made up
    notes : quirks that were met while it was read
    """

    person: str
    signals: Mapping[str, Signal]
    zone: str = "UTC"
    shifts: tuple[Shift, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    evidence: str = ""
    events: tuple[Event, ...] = ()
    source: str = ""
    synthetic: bool = False
    notes: tuple[str, ...] = ()

    def __post_init__(self):
        zone_of(self.zone)
        if self.evidence not in ("", *EVIDENCE):
            message = _("{evidence} is no class of evidence. There are: {classes}.")
            raise Refused(message.format(evidence=self.evidence, classes=", ".join(EVIDENCE)))


def zone_of(name: str) -> ZoneInfo:
    """A time zone by its IANA name.

    Parameters
    ----------
    name : str

    Returns
    -------
    ZoneInfo

    Raises
    ------
    Refused
        For a name that is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = _("{name} is no time zone. Give its IANA name, such as Europe/Brussels.")
        raise Refused(message.format(name=name)) from error


def gaps(signal: Signal, longer: float | None = None) -> pl.DataFrame:
    """Stretches without a sample.

    Parameters
    ----------
    signal : Signal
    longer : seconds from which a step is a gap; without it three usual steps, the usual one being the median

    Returns
    -------
    DataFrame
        A row per gap: start (last sample before it), end (first after it), seconds.
    """
    stamps = signal.frame.select(TIME).sort(TIME).collect()[TIME]
    steps = stamps.diff().dt.total_nanoseconds() / 1e9
    usual = steps.median()
    if usual is None:
        return pl.DataFrame(schema={"start": STAMP, "end": STAMP, "seconds": pl.Float64})
    longest = USUAL_STEPS * usual if longer is None else longer
    frame = pl.DataFrame({"start": stamps.shift(1), "end": stamps, "seconds": steps})
    return frame.filter(pl.col("seconds") > longest)


def clock_jumps(signal: Signal) -> pl.DataFrame:
    """Where stamps do not rise from one sample, as it was recorded, to the next.

    Parameters
    ----------
    signal : Signal

    Returns
    -------
    DataFrame
        A row per jump: before, after (stamps), seconds (negative: the clock went back; 0: one stamp twice).
    """
    stamps = signal.frame.select(TIME).collect()[TIME]
    steps = stamps.diff().dt.total_nanoseconds() / 1e9
    frame = pl.DataFrame({"before": stamps.shift(1), "after": stamps, "seconds": steps})
    return frame.filter(pl.col("seconds") <= 0)


def measured_rate(signal: Signal) -> float:
    """Samples per second as recorded: one over the median step, whatever the maker says.

    Parameters
    ----------
    signal : Signal

    Returns
    -------
    float
        NaN for fewer than two samples.
    """
    stamps = signal.frame.select(TIME).collect()[TIME]
    usual = stamps.diff().dt.total_nanoseconds().median()
    return 1e9 / usual if usual else float("nan")
