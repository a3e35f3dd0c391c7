"""What chance alone does on a map: values permuted over its regions, with a seed.

Own code, because esda's draws take numpy's global state and change when numba is installed: a seed would not repeat.
"""

from collections.abc import Callable

import numpy as np
from scipy import sparse

from workbench.models.inputs import whole_number
from workbench.terms.text import _

BATCH = 2_000_000  # numbers held at once while permuting


def checked_draws(permutations: object, seed: object) -> tuple[int, int]:
    """The number of permutations and the seed, or a ModelError.

    Raises
    ------
    ModelError
        Fewer than 99 permutations, or a seed that is no whole number of 0 or more.
    """
    few = _("permutations={n} are too few to tell anything. Give 999 or more.").format(n=permutations)
    permutations = whole_number(permutations, least=99, refusal=few)
    return permutations, checked_seed(seed)


def checked_seed(seed: object) -> int:
    """`seed` when it is a whole number of 0 or more, else a ModelError.

    Parameters
    ----------
    seed : object

    Returns
    -------
    int

    Raises
    ------
    ModelError
        For anything but a whole number of 0 or more.
    """
    refusal = _("seed={seed!r} is no seed. Give a whole number, 0 or more.").format(seed=seed)
    return whole_number(seed, least=0, refusal=refusal)


def whole_map_p(
    value: float,
    deal: Callable[[np.random.Generator, int], np.ndarray],
    *,
    size: int,
    alternative: str,
    permutations: int,
    seed: int,
) -> float:
    """Pseudo p-value of a statistic of the whole map: (as extreme + 1) / (permutations + 1), two-sided twice that.

    Parameters
    ----------
    value : float
        The statistic of the values as they are.
    deal : function of a generator and a number of draws
        The statistic of so many draws.
    size : int
        Numbers that one draw holds.
    """
    generator, above, below, done = np.random.default_rng(seed), 0, 0, 0
    tie = 1e-10 * (abs(value) + 1)
    while done < permutations:
        draws = min(max(BATCH // size, 1), permutations - done)
        drawn = deal(generator, draws)
        above += (drawn >= value - tie).sum()
        below += (drawn <= value + tie).sum()
        done += draws
    extreme = {"greater": above, "less": below, "two-sided": min(above, below)}[alternative]
    pseudo = (extreme + 1) / (permutations + 1)
    return float(min(2 * pseudo, 1) if alternative == "two-sided" else pseudo)


def conditional_p(z: np.ndarray, w: sparse.csr_array, *, permutations: int, seed: int) -> np.ndarray:
    """Two-sided pseudo p-values of each region's lag when the other regions' values are permuted.

    Parameters
    ----------
    z : array of n values
    w : sparse array of n by n weights, 0 on the diagonal, no row without weights
    """
    n, degree = len(z), np.diff(w.indptr)
    generator, most = np.random.default_rng(seed), int(degree.max())
    above, below, done = np.zeros(n, np.int64), np.zeros(n, np.int64), 0
    observed, tie = w @ z, 1e-10 * np.abs(z).max()
    while done < permutations:
        size = min(max(BATCH // n, 1), permutations - done)
        dealt = generator.permuted(np.broadcast_to(np.arange(n - 1), (size, n - 1)), axis=1)[:, :most]
        for region in range(n):
            others, first = np.delete(z, region), w.indptr[region]
            lag = others[dealt[:, : degree[region]]] @ w.data[first : first + degree[region]]
            above[region] += (lag >= observed[region] - tie).sum()
            below[region] += (lag <= observed[region] + tie).sum()
        done += size
    return np.minimum(2 * (np.minimum(above, below) + 1) / (permutations + 1), 1.0)


def p_words(p: float, permutations: int) -> str:
    """p with the digits that so many permutations carry."""
    error = np.sqrt(p * (1 - p) / (permutations + 1))
    places = min(max(2, int(-np.log10(error + 1e-12))), 6)
    least = 10.0**-places
    return f"p < {least:.{places}f}" if p < least else f"p = {p:.{places}f}"
