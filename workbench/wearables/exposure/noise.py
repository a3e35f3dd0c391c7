"""Noise: levels averaged as energy, daily and weekly exposure, doses, peak, and the uncertainty of ISO 9612."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from workbench.models.inputs import measured_array
from workbench.terms.errors import ModelError
from workbench.terms.text import _

HOURS = 8.0
"""Reference duration T0 of a day, in hours."""
WORKING_DAYS = 5
INSTRUMENT = {"class 1": 0.7, "class 2": 1.5, "dosimeter": 1.5}
"""u2 of ISO 9612:2009, table C.5, in dB."""
POSITION = 1.0
"""u3 of ISO 9612:2009, C.6, in dB."""
COVERAGE = 1.65
"""Of a one-sided interval of 95 %: ISO 9612:2009, C.1."""
SPREADS = (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6)
# fmt: off
CONTRIBUTIONS = {
    3: (0, 0.6, 1.6, 3.1, 5.2, 8.0, 11.5, 15.7, 20.6, 26.1, 32.2, 39.0, 46.5),
    4: (0, 0.4, 0.9, 1.6, 2.5, 3.6, 5.0, 6.7, 8.6, 10.9, 13.4, 16.1, 19.2),
    5: (0, 0.3, 0.7, 1.2, 1.7, 2.4, 3.3, 4.4, 5.6, 6.9, 8.5, 10.2, 12.1),
    6: (0, 0.3, 0.6, 0.9, 1.4, 1.9, 2.6, 3.3, 4.2, 5.2, 6.3, 7.6, 8.9),
    7: (0, 0.2, 0.5, 0.8, 1.2, 1.6, 2.2, 2.8, 3.5, 4.3, 5.1, 6.1, 7.2),
    8: (0, 0.2, 0.5, 0.7, 1.1, 1.4, 1.9, 2.4, 3.0, 3.6, 4.4, 5.2, 6.1),
    9: (0, 0.2, 0.4, 0.7, 1.0, 1.3, 1.7, 2.1, 2.6, 3.2, 3.9, 4.6, 5.4),
    10: (0, 0.2, 0.4, 0.6, 0.9, 1.2, 1.5, 1.9, 2.4, 2.9, 3.5, 4.1, 4.8),
    12: (0, 0.2, 0.3, 0.5, 0.8, 1.0, 1.3, 1.7, 2.0, 2.5, 2.9, 3.5, 4.0),
    14: (0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.2, 1.5, 1.8, 2.2, 2.6, 3.0, 3.5),
    16: (0, 0.1, 0.3, 0.5, 0.6, 0.8, 1.1, 1.3, 1.6, 2.0, 2.3, 2.7, 3.2),
    18: (0, 0.1, 0.3, 0.4, 0.6, 0.8, 1.0, 1.2, 1.5, 1.8, 2.1, 2.5, 2.9),
    20: (0, 0.1, 0.3, 0.4, 0.5, 0.7, 0.9, 1.1, 1.4, 1.7, 2.0, 2.3, 2.6),
    25: (0, 0.1, 0.2, 0.3, 0.5, 0.6, 0.8, 1.0, 1.2, 1.4, 1.7, 2.0, 2.3),
    30: (0, 0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.9, 1.1, 1.3, 1.5, 1.7, 2.0),
}
# fmt: on
"""c1 u1 of ISO 9612:2009, table C.4, in dB: by the number of measurements, and by their standard deviation u1, which is
in `SPREADS`. The standard was not at hand: the table is as the library phonometry (2026) has it in
hearing/occupational_exposure.py, and the printed examples of annexes D, E and F come out with it (tested)."""
FEWEST_OF_JOB, FEWEST_DAYS = 5, 3
"""Measurements of a job, and full days, at the least: ISO 9612:2009, 10 and 11; rows of three and four are for days."""
REVISED_FROM = 3.5
"""c1 u1 in dB above which another plan of measurements is asked for: ISO 9612:2009, 10.4."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """One task of a day, as ISO 9612 measures it.

    Attributes
    ----------
    levels : measured levels of the task, dB(A); three or more where the uncertainty is asked for
    hours : how long it lasts in a day; several where its duration was observed several times
    """

    levels: Sequence[float]
    hours: Sequence[float]

    @property
    def level(self) -> float:
        """The energy mean of its levels, dB(A)."""
        return energy_mean(self.levels)

    @property
    def duration(self) -> float:
        """The mean of its durations, hours."""
        return float(np.mean(self.hours))


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """A daily exposure level with its expanded uncertainty: the true one lies under `upper` with 95 % (one-sided).

    Attributes
    ----------
    level, uncertainty : dB(A), dB
    revise : whether the measurements of a job or of days differ so much that ISO 9612, 10.4, asks for another plan
    """

    level: float
    uncertainty: float
    revise: bool = False

    @property
    def upper(self) -> float:
        """Level and uncertainty together, dB(A)."""
        return self.level + self.uncertainty


def energy_mean(levels: ArrayLike, weights: ArrayLike | None = None) -> float:
    """10 log10 of the mean of 10^(L/10): levels are averaged as energy, never arithmetically.

    Parameters
    ----------
    levels : dB
    weights : durations; without them all alike

    Returns
    -------
    float
        dB.
    """
    return float(10 * np.log10(np.average(10 ** (np.asarray(levels, float) / 10), weights=weights)))


def daily_level(levels: ArrayLike, hours: ArrayLike) -> float:
    """LEX,8h = 10 log10( sum T/8 10^(L/10) ): Directive 2003/10/EC, ISO 1999; shifts over 8 h are not capped.

    Parameters
    ----------
    levels : dB(A), one per task or minute
    hours : how long each lasted; one number for all alike

    Returns
    -------
    float
        dB(A).

    Raises
    ------
    ModelError
        For negative durations or no level.
    """
    levels, hours = np.broadcast_arrays(np.asarray(levels, float), np.asarray(hours, float))
    if levels.size == 0 or (hours < 0).any() or hours.sum() == 0:
        raise ModelError(_("A daily level needs levels, and durations that are not negative, in hours."))
    return float(10 * np.log10(np.sum(hours / HOURS * 10 ** (levels / 10))))


def weekly_level(daily: ArrayLike) -> float:
    """10 log10( 1/5 sum 10^(L/10) ): always over five days, however many were worked (Directive 2003/10/EC, 2).

    Parameters
    ----------
    daily : LEX,8h of each day worked, dB(A)

    Returns
    -------
    float
        dB(A).
    """
    return float(10 * np.log10(np.sum(10 ** (np.asarray(daily, float) / 10)) / WORKING_DAYS))


def points(levels: ArrayLike, hours: ArrayLike) -> np.ndarray:
    """Exposure points, 100 T/8 10^((L - 85)/10): 100 points are the upper action value (HSE L108, appendix 3).

    Parameters
    ----------
    levels : dB(A)
    hours : of each

    Returns
    -------
    array
        Points; they add up over a day.
    """
    return 100 * np.asarray(hours, float) / HOURS * 10 ** ((np.asarray(levels, float) - 85) / 10)


def dose_osha(levels: ArrayLike, hours: ArrayLike) -> float:
    """Dose of the United States' OSHA (5 dB exchange): 100 sum C/T with T = 8/2^((L - 90)/5). Not the EU's rule.

    Parameters
    ----------
    levels : dB(A)
    hours : of each

    Returns
    -------
    float
        Per cent.
    """
    allowed = HOURS / 2 ** ((np.asarray(levels, float) - 90) / 5)
    return float(100 * np.sum(np.asarray(hours, float) / allowed))


def task_exposure(tasks: Sequence[Task], instrument: str = "dosimeter") -> Exposure:
    """LEX,8h of a day of tasks, with the expanded uncertainty of ISO 9612:2009, annex C.2.

    u^2 = sum c1a^2 (u1a^2 + u2^2 + u3^2) + (c1b u1b)^2 with c1a = T/8 10^(0.1 (L - LEX)), c1b = 4.34 c1a / T.

    Parameters
    ----------
    tasks : sequence of Task, each with three or more levels
    instrument : "class 1", "class 2" or "dosimeter"

    Returns
    -------
    Exposure

    Raises
    ------
    ModelError
        For an unknown instrument, or a task with fewer than three levels.
    """
    device = _instrument(instrument)
    if any(len(task.levels) < 3 for task in tasks):
        raise ModelError(_("ISO 9612 asks for three or more measurements of each task."))
    level = daily_level([task.level for task in tasks], [task.duration for task in tasks])
    variance = 0.0
    for task in tasks:
        share = task.duration / HOURS * 10 ** (0.1 * (task.level - level))
        sampling = np.std(task.levels, ddof=1) ** 2 / len(task.levels)
        variance += share**2 * (sampling + device**2 + POSITION**2)
        if len(task.hours) > 1:
            duration = np.std(task.hours, ddof=1) ** 2 / len(task.hours)
            variance += (4.34 * share / task.duration) ** 2 * duration
    return Exposure(level=level, uncertainty=float(COVERAGE * np.sqrt(variance)))


def job_exposure(levels: ArrayLike, hours: float, instrument: str = "dosimeter") -> Exposure:
    """LEX,8h of a job from samples of it (ISO 9612:2009, clause 10): energy mean + 10 log10(Te/8).

    u^2 = (c1 u1)^2 + u2^2 + u3^2, with c1 u1 from table C.4.

    Parameters
    ----------
    levels : five or more samples at random moments of the job, by one or several of those who do it, dB(A)
    hours : effective duration of the working day Te
    instrument : "class 1", "class 2" or "dosimeter"

    Returns
    -------
    Exposure

    Raises
    ------
    ModelError
        For fewer measurements, a spread beyond the table, or an unknown instrument.
    """
    samples = measured_array(levels, _("the levels"))
    return _sampled(samples + 10 * np.log10(hours / HOURS), FEWEST_OF_JOB, instrument)


def full_day_exposure(days: ArrayLike, instrument: str = "dosimeter") -> Exposure:
    """LEX,8h of full days (ISO 9612:2009, clause 11), u^2 = (c1 u1)^2 + u2^2 + u3^2, c1 u1 from table C.4.

    Parameters
    ----------
    days : three or more daily levels, dB(A)
    instrument : "class 1", "class 2" or "dosimeter"

    Returns
    -------
    Exposure

    Raises
    ------
    ModelError
        For fewer days, a spread beyond the table, or an unknown instrument.
    """
    return _sampled(measured_array(days, _("the daily levels")), FEWEST_DAYS, instrument)


def _sampled(levels: np.ndarray, fewest: int, instrument: str) -> Exposure:
    """Energy mean of daily levels with the uncertainty of table C.4."""
    device = _instrument(instrument)
    spread = float(np.std(levels, ddof=1)) if len(levels) > 1 else 0.0
    if len(levels) < fewest or spread > SPREADS[-1]:
        message = _(
            "Table C.4 of ISO 9612 is for {n} or more measurements that spread by at most {most} dB; "
            "these are {given}, which spread by {spread:.1f} dB. Measure by task, or take more."
        )
        raise ModelError(message.format(n=fewest, most=SPREADS[-1], given=len(levels), spread=spread))
    # of a number between two rows the row of fewer measurements: the uncertainty is never made smaller than it is
    row = max(count for count in CONTRIBUTIONS if count <= len(levels))
    sampling = float(np.interp(spread, SPREADS, CONTRIBUTIONS[row]))
    total = np.sqrt(sampling**2 + device**2 + POSITION**2)
    return Exposure(
        level=energy_mean(levels), uncertainty=float(COVERAGE * total), revise=bool(sampling > REVISED_FROM)
    )


def _instrument(name: str) -> float:
    """u2 of an instrument, dB."""
    if name not in INSTRUMENT:
        message = _("{name} is no instrument of ISO 9612. There are: {known}.")
        raise ModelError(message.format(name=name, known=", ".join(INSTRUMENT)))
    return INSTRUMENT[name]
