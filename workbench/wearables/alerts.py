"""Alert load: how many alarms people get, in which bursts, and what a threshold trades for what.

Frequent alarms are answered late, then not at all. Figures are of any rule and any threshold; limits that are known
were made for control rooms, and are kept with that note.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.terms.errors import ModelError
from workbench.terms.text import _, mark, translated
from workbench.wearables.evidence import false_alarm_limits

PERIOD = pd.Timedelta(minutes=10)
FLOOD_BEGINS, FLOOD_ENDS = 10, 5
"""A flood begins with more than ten alarms in ten minutes and ends with fewer than five: ANSI/ISA-18.2-2016."""
CHATTER, CHATTER_WITHIN = 3, pd.Timedelta(seconds=60)
STALE = pd.Timedelta(hours=24)
WEEK_HOURS = 40.0
REACTIVE = ("fall", "stumble", "triple_tap", "not_upright", "immobile", "evacuation", "help")
"""Rules that tell that something has happened; all others (a limit that is near) are proactive."""
COLUMNS = ("time", "rule", "person")

CONTROL_ROOMS = mark("Made for operators of control rooms, not for workers who move and work with their hands.")
SECOND_HAND = mark("As others print it, not read in the standard itself.")


@dataclass(frozen=True, kw_only=True)
class AlarmLimit:
    """A value of alarm management: of which metric of `AlarmLoad`, what is acceptable, what at the most manageable."""

    metric: str
    acceptable: float
    manageable: float
    source: str = "ANSI/ISA-18.2-2016, EEMUA 191 (3rd edition)"
    notes: tuple[str, ...] = (CONTROL_ROOMS, SECOND_HAND)


# ANSI/ISA-18.2-2016, table 5 and 16.4, as the documentation of the library alarmkpi (2026) prints it and as a published
# philosophy of alarms prints it, which agree in every value; stale alarms are to be fewer than five on any day
LIMITS = (
    AlarmLimit(metric="per_ten_minutes", acceptable=1, manageable=2),
    AlarmLimit(metric="most_in_ten_minutes", acceptable=10, manageable=10),
    AlarmLimit(metric="share_in_flood", acceptable=0.01, manageable=0.01),
    AlarmLimit(metric="share_of_ten", acceptable=0.01, manageable=0.05),
    AlarmLimit(metric="chattering", acceptable=0, manageable=0),
    AlarmLimit(metric="stale", acceptable=4, manageable=4),
)


@dataclass(frozen=True, kw_only=True)
class AlarmLoad:
    """The metrics of one series of alarms.

    Attributes
    ----------
    alarms, shifts, hours : alarms; worker-shifts and hours that were monitored
    per_shift : alarms per worker-shift
    per_ten_minutes, most_in_ten_minutes : mean and highest number in ten minutes of the whole time
    floods, share_in_flood : floods, and the share of the time in one
    chattering : alarms of one rule and person of which three or more came within 60 s
    stale : alarms that stood for a day or longer
    share_of_ten : share of the ten most frequent sources (rule and person) in all alarms
    acknowledged : share that was acknowledged; NaN where the series does not tell
    response : median seconds to the acknowledgement; NaN where there is none
    reactive : share of alarms that tell that something has happened
    """

    alarms: int
    shifts: int
    hours: float
    per_shift: float
    per_ten_minutes: float
    most_in_ten_minutes: int
    floods: int
    share_in_flood: float
    chattering: int
    stale: int
    share_of_ten: float
    acknowledged: float
    response: float
    reactive: float

    def above(self) -> tuple[AlarmLimit, ...]:
        """The limits whose manageable value is passed.

        Returns
        -------
        tuple of AlarmLimit
        """
        return tuple(limit for limit in LIMITS if getattr(self, limit.metric) > limit.manageable)

    def __str__(self) -> str:
        summary = _(
            "{alarms} alarms in {shifts} worker-shifts: {per_shift:.2f} a shift, at most {most} in ten minutes, "
            "{floods} floods, {chattering} chattering."
        ).format(
            alarms=self.alarms,
            shifts=self.shifts,
            per_shift=self.per_shift,
            most=self.most_in_ten_minutes,
            floods=self.floods,
            chattering=self.chattering,
        )
        return " ".join([summary, translated(CONTROL_ROOMS)]) if self.above() else summary


def alarm_load(alarms: pd.DataFrame, *, start: object, end: object, hours: float, shifts: int) -> AlarmLoad:
    """All metrics of a series of alarms.

    Parameters
    ----------
    alarms : time, rule, person; of those that tell also acknowledged and cleared (moments or NaT)
    start, end : moments between which the series was monitored
    hours : monitored, all persons together
    shifts : worker-shifts

    Returns
    -------
    AlarmLoad

    Raises
    ------
    ModelError
        For a column that is missing, a time that is empty, or alarms outside it.
    """
    _checked(alarms, start, end, hours, shifts)
    alarms = alarms.sort_values("time", ignore_index=True)
    start, end = pd.Timestamp(start), pd.Timestamp(end)
    counts = _by_period(alarms["time"], start, end)
    in_flood = _in_flood(counts)
    sources = alarms.groupby(["rule", "person"]).size().sort_values(ascending=False)
    acknowledged = _column(alarms, "acknowledged")
    response = (acknowledged - alarms["time"]).dt.total_seconds()
    cleared = _column(alarms, "cleared").fillna(end) if "cleared" in alarms else alarms["time"]
    n = len(alarms)
    return AlarmLoad(
        alarms=n,
        shifts=shifts,
        hours=hours,
        per_shift=n / shifts,
        per_ten_minutes=n / ((end - start) / PERIOD),
        most_in_ten_minutes=int(counts.max()),
        floods=int((in_flood & ~np.concatenate([[False], in_flood[:-1]])).sum()),
        share_in_flood=float(in_flood.mean()),
        chattering=_chattering(alarms),
        stale=int((cleared - alarms["time"] >= STALE).sum()),
        share_of_ten=float(sources.head(10).sum() / n) if n else 0.0,
        acknowledged=float(acknowledged.notna().mean()) if n and "acknowledged" in alarms else float("nan"),
        response=float(response.median()),
        reactive=float(alarms["rule"].isin(REACTIVE).mean()) if n else float("nan"),
    )


def load_table(load: AlarmLoad) -> pd.DataFrame:
    """The metrics that have limits, beside them.

    Parameters
    ----------
    load : AlarmLoad

    Returns
    -------
    DataFrame
        metric, value, acceptable, manageable, above (whether the manageable value is passed), source.
    """
    rows = [
        (one.metric, float(getattr(load, one.metric)), one.acceptable, one.manageable, one in load.above(), one.source)
        for one in LIMITS
    ]
    return pd.DataFrame(rows, columns=["metric", "value", "acceptable", "manageable", "above", "source"])


def _checked(alarms: pd.DataFrame, start: object, end: object, hours: float, shifts: int) -> None:
    if absent := [name for name in COLUMNS if name not in alarms]:
        message = _("A series of alarms needs {needed}; {absent} is missing.")
        raise ModelError(message.format(needed=", ".join(COLUMNS), absent=", ".join(absent)))
    if not (pd.Timestamp(start) < pd.Timestamp(end) and hours > 0 and shifts > 0):
        raise ModelError(_("Alarms are counted over a time that was monitored: hours, worker-shifts, start and end."))
    if len(alarms) and not alarms["time"].between(pd.Timestamp(start), pd.Timestamp(end)).all():
        raise ModelError(_("Some alarms lie outside the time that was monitored."))


def _column(alarms: pd.DataFrame, name: str) -> pd.Series:
    if name in alarms:
        return pd.to_datetime(alarms[name], utc=True)
    return pd.Series(pd.NaT, index=alarms.index, dtype="datetime64[ns, UTC]")


def _by_period(times: pd.Series, start: pd.Timestamp, end: pd.Timestamp) -> np.ndarray:
    """Alarms in each ten minutes from the start."""
    periods = max(int(np.ceil((end - start) / PERIOD)), 1)
    places = np.minimum(((times - start) // PERIOD).to_numpy(int), periods - 1)
    return np.bincount(places, minlength=periods)


def _in_flood(counts: np.ndarray) -> np.ndarray:
    """Whether each ten minutes belong to a flood."""
    flags, inside = np.zeros(len(counts), bool), False
    for place, count in enumerate(counts):
        inside = count > FLOOD_BEGINS if not inside else count >= FLOOD_ENDS
        flags[place] = inside
    return flags


def _chattering(alarms: pd.DataFrame) -> int:
    """Alarms that stand in a run of three or more of one source within 60 seconds."""
    total = 0
    for _source, times in alarms.groupby(["rule", "person"])["time"]:
        moments = times.to_numpy()
        part = np.zeros(len(moments), bool)
        for first in range(len(moments) - CHATTER + 1):
            if moments[first + CHATTER - 1] - moments[first] <= CHATTER_WITHIN.to_timedelta64():
                part[first : first + CHATTER] = True
        total += int(part.sum())
    return total


def trade_off(
    event_scores: Sequence[float],
    other_scores: Sequence[float],
    hours: float,
    *,
    events_per_shift: float,
    thresholds: Sequence[float] | None = None,
) -> pd.DataFrame:
    """What each threshold costs and misses, to choose one from.

    Parameters
    ----------
    event_scores : of each labelled event its highest score, 0 where it has none
    other_scores : of candidates in time without an event
    hours : of that time
    events_per_shift : assumed to happen in a shift of eight hours, such as 1/10,000
    thresholds : scores from which an alarm is given; without them 0.05 to 0.95

    Returns
    -------
    DataFrame
        threshold, missed (per 100 events), alarms and their upper limit alarms_high (per worker-week of 40 hours),
        share_true (0 to 1; by the upper limit where no false alarm was seen).

    Raises
    ------
    ModelError
        Without an event or without hours.
    """
    events, others = np.asarray(event_scores, float), np.asarray(other_scores, float)
    if not len(events) or not hours > 0:
        raise ModelError(_("A trade-off needs scores of labelled events, and hours without an event."))
    chosen = np.round(np.arange(0.05, 1.0, 0.05), 2) if thresholds is None else np.asarray(thresholds, float)
    found = np.array([(events >= threshold).mean() for threshold in chosen])
    seen = [int((others >= threshold).sum()) for threshold in chosen]
    false = np.array(seen) / hours * WEEK_HOURS
    highest = np.array([false_alarm_limits(n, hours)[1] for n in seen]) * WEEK_HOURS
    true = events_per_shift * WEEK_HOURS / 8 * found
    # no false alarm in a few hours is no promise of none in a week: then the upper limit counts
    counted = true + np.where(np.array(seen) > 0, false, highest)
    return pd.DataFrame(
        {
            "threshold": chosen,
            "missed": 100 * (1 - found),
            "alarms": true + false,
            "alarms_high": true + highest,
            "share_true": true / counted,
        }
    )
