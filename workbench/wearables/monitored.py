"""The time that was monitored, as if it had been without a break: nights and weekends between shifts do not count."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Monitored:
    """Spans of time, of which no two overlap, in their order."""

    spans: tuple[tuple[datetime, datetime], ...]

    @classmethod
    def of(cls, spans: Iterable[tuple[datetime, datetime]]) -> "Monitored":
        """Spans that overlap become one.

        Parameters
        ----------
        spans : start and end of each

        Returns
        -------
        Monitored
        """
        joined: list[tuple[datetime, datetime]] = []
        for start, end in sorted(spans):
            if joined and start <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
            else:
                joined.append((start, end))
        return cls(tuple(joined))

    @property
    def start(self) -> datetime:
        """When the first begins."""
        return self.spans[0][0]

    @property
    def end(self) -> datetime:
        """When the last would end, had they followed one another."""
        return self.start + sum((end - start for start, end in self.spans), timedelta())

    def elapsed(self, moment: datetime) -> datetime:
        """When a moment would have been, had the spans followed one another; one between them is when the next begins.

        Parameters
        ----------
        moment : datetime

        Returns
        -------
        datetime
        """
        before = sum((min(max(moment, start), end) - start for start, end in self.spans), timedelta())
        return self.start + before
