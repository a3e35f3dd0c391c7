"""How often the intervals and tests of place tell the truth: `make coverage` writes the tables to docs/coverage.md."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from workbench.models.neighbours import listed_neighbours
from workbench.models.ranking import rank_smoothed
from workbench.models.smoothing import rate_deviations, smooth_rates, smooth_ratios
from workbench.models.spatial import moran
from workbench.models.spatial_local import local_moran
from workbench.terms.errors import ModelError

pytestmark = pytest.mark.slow
RUNS = 2000
SIDE = 7
PLACES = [f"{row}{column}" for row in "ABCDEFG" for column in range(SIDE)]
GRID = listed_neighbours(
    {
        f"{row}{column}": [
            other
            for other in PLACES
            if other != f"{row}{column}" and abs(ord(other[0]) - ord(row)) <= 1 and abs(int(other[1]) - column) <= 1
        ]
        for row in "ABCDEFG"
        for column in range(SIDE)
    }
)


def regions(n: int, seed: int) -> np.random.Generator:
    return np.random.default_rng(1000 * n + seed)


@pytest.mark.parametrize("prior", ["likelihood", "moments"])
def test_posterior_limits_of_smoothed_ratios(shown, prior):
    """Averaged over regions drawn from the prior; the limits take the estimated prior as known."""
    rows = []
    for n in (20, 50, 200):
        generator, inside, flat = regions(n, 1), [], 0
        expected = pd.Series(np.exp(generator.normal(np.log(10), 1, n)))
        for _run in range(RUNS if n < 200 else RUNS // 2):
            theta = generator.gamma(8, 1 / 8, n)
            found = smooth_ratios(
                pd.Series(generator.poisson(theta * expected.to_numpy()), dtype=float), expected, prior=prior
            )
            flat += np.isinf(found.nu)
            if not np.isinf(found.nu):
                inside.append(((found.frame["low"] <= theta) & (theta <= found.frame["high"])).mean())
        rows.append(
            {"regions": n, "prior": prior, "coverage": float(np.mean(inside)), "no variation found": flat / RUNS}
        )
    table = shown(rows)
    assert table["coverage"].between(0.85, 0.96).all()  # too narrow for few regions, as the docstring says
    assert table.loc[table["regions"] >= 50, "coverage"].min() > 0.92
    assert table.loc[table["regions"] == 200, "coverage"].between(0.94, 0.955).all()


def test_smoothed_rates_are_nearer_the_truth_than_raw_ones(shown):
    generator, rows = regions(49, 2), []
    people = pd.Series(np.exp(generator.normal(np.log(2000), 1, 49)), PLACES)
    smooth_field = np.add.outer(np.arange(SIDE), np.arange(SIDE)).ravel() / 12
    for name, shape in (("no pattern", None), ("rising across the map", smooth_field)):
        errors = []
        for _run in range(RUNS // 2):
            theta = (
                generator.gamma(10, 1 / 10, 49) if shape is None else (0.5 + shape) * generator.gamma(50, 1 / 50, 49)
            )
            counts = pd.Series(generator.poisson(people * 0.005 * theta), PLACES, dtype=float)
            truth = 500 * theta
            frames = [smooth_rates(counts, people).frame, smooth_rates(counts, people, neighbours=GRID).frame]
            errors.append(
                [np.sqrt(np.mean((part - truth) ** 2)) for part in (frames[0]["raw"], *(f["value"] for f in frames))]
            )
        raw, everywhere, local = np.mean(errors, axis=0)
        rows.append({"truth": name, "global / raw error": everywhere / raw, "local / raw error": local / raw})
    table = shown(rows)
    assert (table[["global / raw error", "local / raw error"]] < 0.9).all(axis=None)
    assert table.iloc[1, 2] < table.iloc[1, 1]


def test_limits_of_ranks_and_the_chance_of_an_excess(shown):
    rows, calibrated, refused = [], [], 0
    for n in (20, 50):
        generator, inside = regions(n, 3), []
        expected = pd.Series(np.exp(generator.normal(np.log(20), 0.7, n)))
        for run in range(RUNS):
            theta = generator.gamma(6, 1 / 6, n)
            counts = pd.Series(generator.poisson(theta * expected.to_numpy()), dtype=float)
            try:
                frame = rank_smoothed(smooth_ratios(counts, expected), draws=1000, seed=run).frame.sort_index()
            except ModelError:  # by chance the groups look alike: no list is given
                refused += 1
                continue
            true_rank = stats.rankdata(-theta)
            inside.append(((frame["rank_low"] <= true_rank) & (true_rank <= frame["rank_high"])).mean())
            calibrated += zip(frame["probability"], theta > 1, strict=True)
        rows.append({"regions": n, "rank limits": float(np.mean(inside))})
    told, true = np.array(calibrated).T
    parts = [
        {
            "P(theta > 1) told": told[(told > a) & (told <= b)].mean(),
            "true share": true[(told > a) & (told <= b)].mean(),
        }
        for a, b in ((0, 0.05), (0.05, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 0.95), (0.95, 1))
    ]
    table, chances = shown(rows), shown(parts)
    assert table["rank limits"].between(0.92, 0.985).all() and refused < 0.01 * RUNS
    assert (chances.iloc[:, 0] - chances.iloc[:, 1]).abs().max() < 0.03


def test_the_search_for_pattern_is_right_about_maps_without_one(shown):
    """Share of p < 0.05 on maps of chance alone, with regions of very different size."""
    generator, found = regions(49, 5), []
    people = np.exp(np.sort(generator.normal(np.log(3000), 1.2, 49)))  # large regions side by side
    people = pd.Series(people, PLACES)
    for run in range(RUNS):
        counts = pd.Series(generator.poisson(people * 0.003), PLACES, dtype=float)
        values = pd.Series(generator.normal(size=49), PLACES)
        plain = moran(values, GRID, permutations=199, seed=run)
        rates = moran(rate_deviations(counts, people), GRID, permutations=199, seed=run)
        found.append((plain.p_value < 0.05, plain.pseudo_p <= 0.05, rates.pseudo_p <= 0.05))
    table = shown([dict(zip(("normal z", "permutations", "deviations of rates"), np.mean(found, axis=0), strict=True))])
    assert table.stack().between(0.03, 0.07).all()


def test_false_discoveries_of_local_statistics(shown):
    """With a planted cluster: the share of false ones among regions told, and how many of the true ones are told."""
    generator, rows = regions(49, 6), []
    planted = [place for place in PLACES if place[0] in "BCD" and place[1] in "123"]
    near = set(planted) | {other for place in planted for other in GRID.links[place]}  # their lags differ in truth
    for size in (0.0, 2.0, 4.0):
        share, told, any_ = [], [], []
        for run in range(RUNS if size == 0 else RUNS // 4):
            values = pd.Series(generator.normal(size=49), PLACES)
            values[planted] += size
            frame = local_moran(values, GRID, permutations=1999, seed=run).frame
            significant = set(frame.index[frame["label"] != ""])
            share.append(len(significant - near if size else significant) / max(len(significant), 1))
            told.append(len(significant & set(planted)) / 9 if size else 0.0)
            any_.append(bool(significant))
        rows.append(
            {
                "shift in sd": int(size),
                "false discoveries": float(np.mean(share)),
                "cluster told": float(np.mean(told)),
                "maps with any": float(np.mean(any_)),
            }
        )
    table = shown(rows)
    assert (table["false discoveries"] <= 0.06).all()
    assert table.loc[2, "cluster told"] > table.loc[1, "cluster told"] > 0.1
