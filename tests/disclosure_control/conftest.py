"""What the tests of disclosure control share: generated tables, and the fewest cells to withhold in them."""

import numpy as np
import pytest
import scipy.optimize
import scipy.sparse as sparse

from workbench.disclosure_control.tables import Table, table_of, tree

FAR = 1e4


@pytest.fixture
def made_table():
    """A function that makes tables of generated counts, as skewed as accidents are."""
    return table_of_poisson


@pytest.fixture
def fewest():
    """A function that finds the fewest cells that have to be withheld: what the pattern is compared with."""
    return fewest_withheld


def table_of_poisson(shape: tuple[int, ...], mean: float, seed: int) -> Table:
    """Poisson counts around products of gamma-distributed rates: many small cells, few large ones."""
    chance = np.random.default_rng(seed)
    rates = np.ones(())
    for n in shape:
        rates = np.multiply.outer(rates, chance.gamma(1, 1, n))
    return table_of([tree(tuple(range(n))) for n in shape], chance.poisson(mean * rates / rates.mean()))


def fewest_withheld(table, primary: np.ndarray, width: float) -> np.ndarray:
    """The fewest withheld cells with which every primary one keeps an interval of `width` (Benders' cuts)."""
    sums, counts, first = table.sums, table.counts.ravel(), primary.ravel()
    hidden, cuts = first.copy(), []
    while True:
        before = len(cuts)
        for place in np.flatnonzero(first):
            high, price_high = attacked(sums, counts, hidden, place, 1)
            low, price_low = attacked(sums, counts, hidden, place, -1)
            if high + low < width - 1e-6:
                cuts.append(np.minimum(price_high + price_low, width))
        if len(cuts) == before:
            return hidden.reshape(primary.shape)
        answer = scipy.optimize.milp(
            np.ones(len(counts)),
            constraints=scipy.optimize.LinearConstraint(np.array(cuts), width - 1e-6, np.inf),
            integrality=np.ones(len(counts)),
            bounds=scipy.optimize.Bounds(first.astype(float), ((counts > 0) | first).astype(float)),
        )
        hidden = answer.x > 0.5


def attacked(sums, counts, hidden, place: int, sign: int):
    """How far a figure can move one way, and what withholding each cell would add to that at most."""
    limits = np.concatenate([FAR * hidden, counts * hidden])
    found = scipy.optimize.linprog(
        -sign * sums[[place]].toarray().ravel(),
        A_ub=sparse.vstack([sums, -sums]),
        b_ub=limits,
        bounds=(None, None),
        method="highs",
    )
    prices = -found.ineqlin.marginals
    return -found.fun, prices[: len(counts)] * FAR + prices[len(counts) :] * counts
