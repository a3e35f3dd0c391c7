"""Vibration: daily exposure A(8) of hand and arm and of the whole body, dose values, points, the week."""

import numpy as np
from numpy.typing import ArrayLike

HOURS = 8.0
AXES = (1.4, 1.4, 1.0)
"""Factor k of x, y and z, of a seated person: ISO 2631-1, Directive 2002/44/EC, annex B. Not to be applied twice."""
ARTEFACT = 3.0
"""Whole-body acceleration, m/s2, above which a minute is a seat that was left or a hand on the sensor; our choice."""


def total_value(axes: ArrayLike) -> np.ndarray:
    """a_hv, the root of the sum of squares of three axes (ISO 5349-1).

    Parameters
    ----------
    axes : array (..., 3), frequency-weighted, m/s2

    Returns
    -------
    array
        m/s2.
    """
    return np.sqrt(np.sum(np.square(np.asarray(axes, float)), axis=-1))


def hand_arm(total: ArrayLike, hours: ArrayLike) -> float:
    """A(8) = sqrt( sum a_hv^2 T / 8 ): Directive 2002/44/EC, annex A; ISO 5349-1.

    Parameters
    ----------
    total : a_hv of each tool or task, m/s2
    hours : time of contact with each

    Returns
    -------
    float
        m/s2.
    """
    return float(np.sqrt(np.sum(np.square(np.asarray(total, float)) * np.asarray(hours, float)) / HOURS))


def hand_arm_points(total: ArrayLike, hours: ArrayLike) -> np.ndarray:
    """2 a^2 T: 100 points are the action value, 400 the limit (HSE L140).

    Parameters
    ----------
    total : a_hv, m/s2
    hours : of contact

    Returns
    -------
    array
        Points; they add up over a day.
    """
    return 2 * np.square(np.asarray(total, float)) * np.asarray(hours, float)


def whole_body_axes(axes: ArrayLike, hours: ArrayLike) -> np.ndarray:
    """A(8) of each axis, k a_w sqrt(T/8) over tasks: ISO 2631-1, Directive 2002/44/EC, annex B.

    Parameters
    ----------
    axes : array (tasks, 3), frequency-weighted root mean square, m/s2, without the factor k
    hours : of each task

    Returns
    -------
    array of 3
        m/s2.
    """
    weighted = np.square(np.asarray(axes, float) * AXES)
    return np.sqrt(np.sum(weighted * np.asarray(hours, float)[:, None], axis=0) / HOURS)


def whole_body(axes: ArrayLike, hours: ArrayLike) -> float:
    """A(8) of the largest axis: the Directive's rule, not the sum of vectors.

    Parameters
    ----------
    axes : array (tasks, 3), m/s2, without the factor k
    hours : of each task

    Returns
    -------
    float
        m/s2.
    """
    return float(whole_body_axes(axes, hours).max())


def whole_body_points(exposure: ArrayLike) -> np.ndarray:
    """100 (A(8)/0.5)^2: 100 points are the action value, 529 the limit (HSE L141).

    Parameters
    ----------
    exposure : A(8), m/s2

    Returns
    -------
    array
        Points.
    """
    return 100 * np.square(np.asarray(exposure, float) / 0.5)


def dose_value(doses: ArrayLike) -> float:
    """VDV of a day, the fourth root of the sum of fourth powers, of one axis (ISO 2631-1).

    Parameters
    ----------
    doses : VDV of each task, m/s^1.75, with the factor k

    Returns
    -------
    float
        m/s^1.75.
    """
    return float(np.sum(np.asarray(doses, float) ** 4) ** 0.25)


def weekly(daily: ArrayLike) -> float:
    """sqrt( 1/5 sum A(8)^2 ): Control of Vibration at Work Regulations 2005, schedules 1 and 2, where it may be used.

    Parameters
    ----------
    daily : A(8) of each day, m/s2

    Returns
    -------
    float
        m/s2.
    """
    return float(np.sqrt(np.sum(np.square(np.asarray(daily, float))) / 5))


def artefacts(accelerations: ArrayLike) -> np.ndarray:
    """Values beyond what a seat gives: to be looked at, not to be averaged.

    Parameters
    ----------
    accelerations : whole-body a_w of each minute, m/s2

    Returns
    -------
    array of bool
    """
    return np.asarray(accelerations, float) > ARTEFACT
