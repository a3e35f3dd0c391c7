"""A queue of notifications before a given capacity: how long each class waits, and what is begun within its time.

Notifications come at the times at which they came; a free inspector takes the most urgent one, of equal ones the
oldest, and ends it before the next (a queue with priorities, without interruption). With arrivals at random the waiting
times are those of Erlang (M/M/c) and Cobham (1954, Oper. Res. 2:70-76), to which the tests hold it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush, heapreplace

import numpy as np
import pandas as pd

from workbench.models.inputs import checked_level, checked_positive
from workbench.models.permutation import checked_seed
from workbench.terms.errors import ModelError
from workbench.terms.text import _

RUNS = 40


@dataclass(frozen=True, kw_only=True, eq=False)
class Backlog:
    """What a capacity makes of a stream of notifications.

    `frame`, by class: arrivals; work, inspector-days that they need; waiting, mean working days until work begins, with
    low and high over the runs; in_time, the share begun within its time, with in_time_low and in_time_high; left, how
    many wait when the last one comes in. `load`: work that comes in, over capacity; above 1 the backlog grows without
    end.
    """

    frame: pd.DataFrame = field(repr=False)
    load: float
    level: float
    runs: int
    seed: int


def backlog(
    notified: pd.DataFrame,
    due: Mapping[str, float],
    *,
    capacity: float,
    spread: float = 1.0,
    runs: int = RUNS,
    level: float = 0.95,
    seed: int = 0,
) -> Backlog:
    """Simulate the queue of notifications before a capacity.

    Parameters
    ----------
    notified : DataFrame, a row for each notification
        time, working days since the beginning, ascending; class; work, mean inspector-days.
    due : mapping of class to working days
        The most urgent class first: it is taken first.
    capacity : float
        Inspector-days for each working day; 7.5 are eight inspectors who each work a little less than all days.
    spread : float
        Standard deviation of the work on one notification over its mean: 1 as in M/M/c, 0 where all take the same.
    runs, seed : int
        How often the work on each notification is drawn anew.
    level : float
        Of the limits, over the runs.

    Returns
    -------
    Backlog

    Raises
    ------
    ModelError
        No notification, times that are not in order, a class that is not in `due`, a capacity that is not above 0.
    """
    capacity, level, seed = checked_positive(capacity, _("the capacity")), checked_level(level), checked_seed(seed)
    times, classes = notified["time"].to_numpy(float), notified["class"]
    if not len(times):
        raise ModelError(_("There is no notification: nothing waits."))
    if (np.diff(times) < 0).any():
        raise ModelError(_("Times of notifications are to be in order, the first one first."))
    if unknown := set(classes) - set(due):
        raise ModelError(
            _("There is no time for the class {names}.").format(names=", ".join(sorted(map(str, unknown))))
        )

    names = list(due)
    order = classes.map(names.index).to_numpy()
    inspectors = max(1, round(capacity))
    speed = capacity / inspectors
    generator = np.random.default_rng(seed)
    means = notified["work"].to_numpy(float) / speed
    waits = np.array([_waits(times, order, _drawn(means, spread, generator), inspectors) for _run in range(runs)])
    edges = [(1 - level) / 2, (1 + level) / 2]
    rows = {}
    for place, name in enumerate(names):
        of_class = order == place
        if not of_class.any():
            continue
        mean, in_time = waits[:, of_class].mean(axis=1), (waits[:, of_class] <= due[name]).mean(axis=1)
        left = (times[of_class] + waits[:, of_class] > times[-1]).sum(axis=1)
        low, high = np.quantile(mean, edges)
        in_time_low, in_time_high = np.quantile(in_time, edges)
        rows[name] = {
            "arrivals": int(of_class.sum()),
            "work": notified["work"][of_class].sum(),
            "waiting": mean.mean(),
            "low": low,
            "high": high,
            "in_time": in_time.mean(),
            "in_time_low": in_time_low,
            "in_time_high": in_time_high,
            "left": left.mean(),
        }
    length = max(times[-1] - times[0], 1.0)
    return Backlog(
        frame=pd.DataFrame.from_dict(rows, orient="index"),
        load=float(notified["work"].sum() / (capacity * length)),
        level=level,
        runs=runs,
        seed=seed,
    )


def _drawn(means: np.ndarray, spread: float, generator: np.random.Generator) -> np.ndarray:
    """Work on each notification: gamma around its mean, exponential where the spread is 1."""
    if spread == 0:
        return means
    return means * generator.gamma(1 / spread**2, spread**2, len(means))


def _waits(times: np.ndarray, order: np.ndarray, work: np.ndarray, inspectors: int) -> np.ndarray:
    """How long each notification waits until an inspector begins it."""
    waits = np.zeros(len(times))
    free_at, waiting, coming = [0.0] * inspectors, [], 0
    heapify(free_at)
    for _begun in range(len(times)):
        now = free_at[0] if waiting else max(free_at[0], times[coming])
        while coming < len(times) and times[coming] <= now:
            heappush(waiting, (order[coming], coming))
            coming += 1
        _class, taken = heappop(waiting)
        waits[taken] = now - times[taken]
        heapreplace(free_at, now + work[taken])
    return waits
