"""Shifts as they are worked: across midnight and changes of the clock, with minutes that sum to the time elapsed.

Length is measured in UTC; the clock on the wall only says in which hour of which day a piece belongs. A night shift
from 22:00 to 06:00 lasts seven hours when summer time begins and nine when it ends.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from workbench.terms.errors import Refused
from workbench.terms.text import _

LONGEST = timedelta(hours=25)
"""A whole day on which clocks are put back."""
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Piece:
    """The part of a shift in one hour of one day on the wall.

    Attributes
    ----------
    day, hour : of the local clock
    second_time : whether the hour is the repeated one, when the clock is put back
    start : moment, UTC
    duration : time elapsed
    """

    day: date
    hour: int
    second_time: bool
    start: datetime
    duration: timedelta


@dataclass(frozen=True, kw_only=True)
class Shift:
    """Work from one moment to another, by one person or one team.

    Attributes
    ----------
    start, end : moments, UTC
    zone : IANA name, in which hours of the day are read
    team, task, role : who worked, and at what
    """

    start: datetime
    end: datetime
    zone: str = "UTC"
    team: str = ""
    task: str = ""
    role: str = ""

    def __post_init__(self):
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise Refused(_("A shift needs moments with a time zone; use shift_at for times on the clock."))
        for name in ("start", "end"):
            object.__setattr__(self, name, getattr(self, name).astimezone(UTC))
        if not timedelta(0) < self.end - self.start <= LONGEST:
            message = _("A shift lasts more than nothing and at most 25 hours; this one is from {start} to {end}.")
            raise Refused(message.format(start=self.start.isoformat(), end=self.end.isoformat()))

    @property
    def elapsed(self) -> timedelta:
        """How long it lasts."""
        return self.end - self.start

    @property
    def minutes(self) -> float:
        """How long it lasts, in minutes."""
        return self.elapsed / timedelta(minutes=1)

    def pieces(self) -> Iterator[Piece]:
        """The shift cut at every full hour of the local clock; durations sum to `elapsed` exactly.

        Yields
        ------
        Piece
        """
        zone, at = ZoneInfo(self.zone), self.start
        while at < self.end:
            local = at.astimezone(zone)
            into = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
            # clocks are changed at full hours of the wall clock, so no change lies inside the step
            next_hour = min(at + (_HOUR - into), self.end)
            yield Piece(local.date(), local.hour, bool(local.fold), at, next_hour - at)
            at = next_hour


def shift_at(day: date, begins: time, ends: time, zone: str, **who: str) -> Shift:
    """A shift by the clock on the wall; one that ends before it begins ends on the next day.

    A time that does not exist (summer time begins) is read as the time elapsed since the hour before; one that exists
    twice is the first, unless it has `fold=1`.

    Parameters
    ----------
    day : date on which it begins
    begins, ends : time on the local clock; the same time twice is a whole day
    zone : IANA name
    who : team, task, role

    Returns
    -------
    Shift
    """
    local = ZoneInfo(zone)
    last_day = day if ends > begins else day + timedelta(days=1)
    start, end = (datetime.combine(on, at, local) for on, at in ((day, begins), (last_day, ends)))
    return Shift(start=start.astimezone(UTC), end=end.astimezone(UTC), zone=zone, **who)
