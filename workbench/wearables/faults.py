"""Where values of a channel cannot be used, and why: one function per fault, each giving a mask of the samples."""

import numpy as np

INERTIAL_UNITS = {"g", "m/s2", "rad/s", "deg/s"}
FASTEST_SLOW = 5.0
"""Samples per second from which a channel counts as fast."""
NEAR_LIMIT = 0.99
"""A value this close to the sensor's limit is clipped: MobiFall's accelerometer ends at 19.54 m/s2, 0.996 of 2 g."""
STUCK_FAST, STUCK_SLOW = 300, 12
"""Equal values in a row: three seconds at 100 Hz, four hours of readings every twenty minutes."""
STILL, STILL_SECONDS = 0.013, 1_800
"""Standard deviation in g below which a device is not worn: van Hees et al. (2011), PLOS ONE 6(7) e22922."""
WINDOW = 16
"""Rows that have to come again, in the same order, to be a replay."""
BLOCKS = 10
"""Parts of a recording whose medians are compared to find drift."""
DRIFT_SHARE = 0.05


def impossible(values: np.ndarray, least: float | None, most: float | None) -> np.ndarray:
    """Outside what the sensor can give.

    Parameters
    ----------
    values : array of float
    least, most : in the channel's unit; None where nobody said

    Returns
    -------
    array of bool
    """
    low = values < least if least is not None else np.zeros(len(values), bool)
    high = values > most if most is not None else np.zeros(len(values), bool)
    return low | high


def saturated(values: np.ndarray, least: float | None, most: float | None) -> np.ndarray:
    """At the sensor's limit: the true value may be any larger one.

    Parameters
    ----------
    values : array of float
    least, most : limits of an inertial sensor

    Returns
    -------
    array of bool
    """
    low = values <= NEAR_LIMIT * least if least is not None and least < 0 else np.zeros(len(values), bool)
    high = values >= NEAR_LIMIT * most if most is not None else np.zeros(len(values), bool)
    return low | high


def stuck(values: np.ndarray, run: int) -> np.ndarray:
    """Part of a run of equal values of at least `run` samples.

    Parameters
    ----------
    values : array of float
    run : int

    Returns
    -------
    array of bool
    """
    if len(values) < run:
        return np.zeros(len(values), bool)
    starts = np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]]))
    lengths = np.diff(np.append(starts, len(values)))
    return np.repeat(lengths >= run, lengths) & np.isfinite(values)


def still(axes: np.ndarray, rate: float) -> np.ndarray:
    """Device lies still for half an hour or more: nobody wears it. A person who sits moves more.

    Parameters
    ----------
    axes : array (samples, 3), in g
    rate : samples per second

    Returns
    -------
    array of bool
    """
    block = max(int(60 * rate), 2)
    whole = len(axes) // block
    if whole == 0:
        return np.zeros(len(axes), bool)
    minutes = axes[: whole * block].reshape(whole, block, -1)
    quiet = (np.nanstd(minutes, axis=1) < STILL).all(axis=1)
    long_enough = _runs(quiet, max(STILL_SECONDS // 60, 1))
    mask = np.repeat(long_enough, block)
    return np.concatenate([mask, np.full(len(axes) - len(mask), bool(len(mask)) and mask[-1])])


def _runs(flags: np.ndarray, least: int) -> np.ndarray:
    """True where a run of true values is at least so long."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    kept = np.zeros(len(flags), bool)
    for start, end in edges.reshape(-1, 2):
        kept[start:end] = end - start >= least
    return kept


def replayed(rows: np.ndarray) -> np.ndarray:
    """Samples that came before in the same order under earlier stamps: a buffer that was sent twice.

    Compared are `WINDOW` rows at a time, by a hash; rows that do not vary prove nothing and are passed over.

    Parameters
    ----------
    rows : array (samples, channels)

    Returns
    -------
    array of bool
    """
    n = len(rows) - WINDOW + 1
    if n < 2:
        return np.zeros(len(rows), bool)
    bits = np.ascontiguousarray(np.nan_to_num(rows)).view(np.uint64)
    weights = np.random.default_rng(0).integers(1, 2**63, size=rows.shape[1], dtype=np.uint64) | np.uint64(1)
    with np.errstate(over="ignore"):  # wraps around: a hash
        each = (bits * weights).sum(axis=1)
        each ^= each >> np.uint64(29)
        hashes, factor = np.zeros(n, np.uint64), np.uint64(0x9E3779B97F4A7C15)
        changes = np.zeros(n, np.int16)
        differs = np.concatenate([[0], (each[1:] != each[:-1]).astype(np.int16)])
        for place in range(WINDOW):
            hashes = hashes * factor + each[place : place + n]
            changes += differs[place : place + n] if place else 0
    _values, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
    again = (first[inverse] + WINDOW <= np.arange(n)) & (changes >= WINDOW // 2)
    starts = np.zeros(len(rows) + 1, np.int32)
    places = np.flatnonzero(again)
    np.add.at(starts, places, 1)
    np.add.at(starts, places + WINDOW, -1)
    return np.cumsum(starts[:-1]) > 0


def drift(values: np.ndarray, width: float) -> float:
    """How far the level moved from the first to the last tenth, where it moved one way all the time; else 0.

    Parameters
    ----------
    values : array of float
    width : of the range that the sensor can give

    Returns
    -------
    float
        In the channel's unit.
    """
    known = values[np.isfinite(values)]
    if len(known) < 10 * BLOCKS or not width:
        return 0.0
    medians = np.array([np.median(part) for part in np.array_split(known, BLOCKS)])
    steps = np.diff(medians)
    moved = float(medians[-1] - medians[0])
    one_way = (steps > 0).all() or (steps < 0).all()
    return moved if one_way and abs(moved) > DRIFT_SHARE * width else 0.0


def counter_faults(values: np.ndarray, days: np.ndarray, most: float) -> np.ndarray:
    """Of a counter that begins at 0 each day: more than a day can hold, or less than before on the same day.

    Parameters
    ----------
    values : array of float, in the order of time
    days : local day of each
    most : in a day

    Returns
    -------
    array of bool
    """
    fell = np.concatenate([[False], (values[1:] < values[:-1]) & (days[1:] == days[:-1])])
    return (values > most) | fell
