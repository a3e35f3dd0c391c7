"""Posture and lifting: how far a segment leans, how long and how often; how often a load is taken up."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

BENT, STRONGLY_BENT = 20.0, 60.0
"""Degrees of trunk inclination: the bounds of ISO 11226 and EN 1005-4."""
LOAD_SECONDS = 1.0
GRAVITY = 9.80665


@dataclass(frozen=True, kw_only=True)
class Posture:
    """Inclination over a stretch of time: shares of it beyond 20 and 60 degrees, and how often 60 was passed."""

    beyond_20: float
    beyond_60: float
    strong_bends: int


def inclination(axes: ArrayLike, upright: ArrayLike) -> np.ndarray:
    """Angle between the direction of gravity and that of an upright stance, in degrees.

    Parameters
    ----------
    axes : array (samples, 3), smoothed acceleration, g
    upright : the mean of three axes while standing upright

    Returns
    -------
    array
        0 to 180.
    """
    axes, upright = np.asarray(axes, float), np.asarray(upright, float)
    lengths = np.linalg.norm(axes, axis=1) * np.linalg.norm(upright)
    cosine = np.divide(axes @ upright, lengths, out=np.full(len(axes), np.nan), where=lengths > 0)
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def posture(angles: ArrayLike) -> Posture:
    """Shares of time and counts of bends; samples without an angle are left out.

    Parameters
    ----------
    angles : degrees, evenly sampled

    Returns
    -------
    Posture
    """
    known = np.asarray(angles, float)
    known = known[np.isfinite(known)]
    strong = known > STRONGLY_BENT
    return Posture(
        beyond_20=float((known > BENT).mean()),
        beyond_60=float(strong.mean()),
        strong_bends=_rises(strong),
    )


def lifts(force: ArrayLike, body_mass: float, rate: float, *, load: float = 3.0) -> int:
    """How often the force under both feet rises by a load over the body's weight, for a second or longer.

    Parameters
    ----------
    force : of both feet together, N, while standing (ISO 11228-1 begins at 3 kg)
    body_mass : kg
    rate : samples per second
    load : kg from which something is carried

    Returns
    -------
    int
    """
    run = max(int(LOAD_SECONDS * rate), 1)
    # running mean of a second: heel strikes of a step are shorter
    smooth = np.convolve(np.asarray(force, float), np.ones(run) / run, "valid")
    loaded = smooth > (body_mass + load) * GRAVITY
    # a strike lifts every mean it is in, a second long; a load held for a second lifts more of them
    edges = np.flatnonzero(np.diff(np.concatenate([[False], loaded, [False]]).astype(np.int8)))
    return int((edges[1::2] - edges[::2] > run).sum())


def _rises(flags: np.ndarray) -> int:
    """How often a state begins."""
    return int(np.sum(flags & ~np.concatenate([[False], flags[:-1]]))) if len(flags) else 0
