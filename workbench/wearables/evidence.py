"""How good a detector is, and how far that can be believed: acted falls say nothing of falls at work.

Every performance carries its class of evidence, figures of real falls beside it, and the share of alarms that would be
true where real falls are as rare as they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from workbench.models.intervals import poisson_limits, proportion_limits
from workbench.terms.errors import ModelError
from workbench.terms.text import _, mark, n_, translated
from workbench.wearables.signals import EVIDENCE, Event

CLASSES = {
    "simulated": mark(
        "Simulated: acted by volunteers. It does not tell how the detector performs in practice, on falls at work."
    ),
    "induced": mark(
        "Induced: provoked in an experiment. It does not tell how the detector performs in practice, on falls at work."
    ),
    "real-world": mark("Real-world: as it happened, to the persons and in the places that were recorded."),
}
BASE_RATE = 1 / 10_000
"""Falls in a shift, as an example of how rare they are."""
SHIFT_HOURS = 8.0


@dataclass(frozen=True)
class RealWorld:
    """What is published of detectors on falls that happened."""

    source: str
    finding: str


REFERENCES = (
    RealWorld(
        "Bagalà et al. (2012), PLOS ONE 7(5) e37062",
        mark("13 published algorithms on real falls: mean sensitivity 57 %, 3 to 85 false alarms a day"),
    ),
    RealWorld(
        "Palmerini et al. (2020), Sensors 20(22) 6479",
        mark("classifiers trained on real falls: sensitivity over 80 % at 0.56 false alarms an hour"),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Performance:
    """What a detector found of labelled events.

    Attributes
    ----------
    evidence : class, of `EVIDENCE`
    events, found : labelled events and those found
    recall, recall_low, recall_high : share found, with an interval that knows that events of one person are alike
    subjects : persons behind it
    false_alarms, hours : alarms where nothing was labelled, in hours without an event
    per_hour, per_hour_low, per_hour_high : false alarms per hour with their Poisson interval; of none the upper
        limit of 95 % (one-sided) is 3 / hours
    """

    evidence: str
    events: int
    found: int
    recall: float
    recall_low: float
    recall_high: float
    subjects: int
    false_alarms: int
    hours: float
    per_hour: float
    per_hour_low: float
    per_hour_high: float

    def share_true(self, per_shift: float = BASE_RATE) -> float:
        """The share of alarms that would be true, if so many events happened in a shift of eight hours.

        Parameters
        ----------
        per_shift : events per worker-shift

        Returns
        -------
        float
            0 to 1; with the upper limit of false alarms where none was seen.
        """
        false = (self.per_hour or self.per_hour_high) * SHIFT_HOURS
        true = per_shift * self.recall
        return true / (true + false) if true + false else float("nan")

    def __str__(self) -> str:
        share = _(
            "Found {found} of {events} ({recall:.0%}, 95% interval {low:.0%} to {high:.0%}, {subjects} subjects); "
        ).format(
            found=self.found,
            events=self.events,
            recall=self.recall,
            low=self.recall_low,
            high=self.recall_high,
            subjects=self.subjects,
        )
        alarms = n_(
            "{n} false alarm in {hours:.2f} hours, at most {high:.2g} an hour.",
            "{n} false alarms in {hours:.2f} hours, at most {high:.2g} an hour.",
            self.false_alarms,
        ).format(n=self.false_alarms, hours=self.hours, high=self.per_hour_high)
        true = _("If one shift in {shifts:,.0f} had an event, {share:.2g} of all alarms would be true.").format(
            shifts=1 / BASE_RATE, share=self.share_true()
        )
        known = [
            _("{source}: {finding}.").format(source=reference.source, finding=translated(reference.finding))
            for reference in REFERENCES
        ]
        return "\n".join([share + alarms, translated(CLASSES[self.evidence]), true, *known])


def performance(
    found: Sequence[bool], subjects: Sequence[str], false_alarms: int, hours: float, evidence: str
) -> Performance:
    """Recall with a subject-clustered interval, false alarms with a Poisson interval.

    Parameters
    ----------
    found : of each labelled event, whether it was found
    subjects : of each labelled event, whose it is
    false_alarms : alarms in time without an event
    hours : of that time
    evidence : class, of `EVIDENCE`

    Returns
    -------
    Performance

    Raises
    ------
    ModelError
        Without events, without hours, or without a class of evidence.
    """
    if evidence not in EVIDENCE:
        message = _("A performance needs its class of evidence: {classes}.")
        raise ModelError(message.format(classes=", ".join(EVIDENCE)))
    if len(found) == 0 or len(found) != len(subjects) or not hours > 0:
        raise ModelError(_("A performance needs labelled events with their subjects, and hours without an event."))
    low, high = clustered_limits(np.asarray(found, bool), np.asarray(subjects))
    alarms_low, alarms_high = false_alarm_limits(false_alarms, hours)
    return Performance(
        evidence=evidence,
        events=len(found),
        found=int(np.sum(found)),
        recall=float(np.mean(found)),
        recall_low=low,
        recall_high=high,
        subjects=len(set(subjects)),
        false_alarms=false_alarms,
        hours=hours,
        per_hour=false_alarms / hours,
        per_hour_low=alarms_low,
        per_hour_high=alarms_high,
    )


def clustered_limits(found: np.ndarray, subjects: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Limits of a share whose trials come in clusters: exact ones, of the number of trials that is worth as much.

    Korn & Graubard (1998), Survey Methodology 24:193: n/deff trials, and degrees of freedom of the clusters. Where all
    or none were found, nothing is known of the clusters, and each counts as a single trial.

    Parameters
    ----------
    found : array of bool
    subjects : array, the cluster of each
    level : of the interval

    Returns
    -------
    (float, float)
    """
    names, places = np.unique(subjects, return_inverse=True)
    n, clusters, share = len(found), len(names), float(found.mean())
    if share in (0.0, 1.0) or clusters < 2:
        effective = float(clusters)
    else:
        residuals = np.bincount(places, weights=found - share)
        variance = clusters / (clusters - 1) * (residuals**2).sum() / n**2
        effective = share * (1 - share) / variance if variance > 0 else float(n)
        t_ratio = stats.t.ppf((1 - level) / 2, n - 1) / stats.t.ppf((1 - level) / 2, clusters - 1)
        effective = min(effective * t_ratio**2, float(n))
    low, high = proportion_limits(share * effective, effective, level=level, method="exact")
    return float(low), float(high)


def false_alarm_limits(alarms: int, hours: float, level: float = 0.95) -> tuple[float, float]:
    """Limits of false alarms per hour: exact Poisson; of none in T hours the one-sided upper limit, 3.00/T.

    Hanley & Lippman-Hand (1983), J. Am. Med. Assoc. 249:1743.

    Parameters
    ----------
    alarms : int
    hours : float
    level : of the interval

    Returns
    -------
    (float, float)
        Per hour.
    """
    if alarms == 0:
        return 0.0, float(-np.log(1 - level) / hours)
    low, high = poisson_limits(alarms, level=level)
    return float(low) / hours, float(high) / hours


def matched(planted: Sequence[Event], alarms: Sequence[Event], within: float = 2.0) -> pd.DataFrame:
    """Which planted events were found, and after how long: each by the first alarm of its kind and person near it.

    Parameters
    ----------
    planted : labelled events
    alarms : of a detector
    within : seconds from the beginning to the end of the event, on either side

    Returns
    -------
    DataFrame
        A row per planted event: kind, person, time, found (bool), delay (s, NaN where not found).
    """
    rows = []
    for event in planted:
        delays = [
            (alarm.time - event.time).total_seconds()
            for alarm in alarms
            if (alarm.kind, alarm.person) == (event.kind, event.person)
        ]
        near = sorted((delay for delay in delays if -within <= delay <= event.seconds + within), key=abs)
        delay = near[0] if near else float("nan")
        rows.append((event.kind, event.person, event.time, bool(near), delay))
    return pd.DataFrame(rows, columns=["kind", "person", "time", "found", "delay"])
