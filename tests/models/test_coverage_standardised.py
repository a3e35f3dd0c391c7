"""How often the intervals of standardised rates hold the truth; `make coverage` writes docs/coverage.md."""

import numpy as np
import pandas as pd
import pytest

from workbench.models.decomposition import decompose
from workbench.models.indirect import incidence_ratio
from workbench.models.standardise import DIRECT_METHODS, standardised_rate

pytestmark = pytest.mark.slow
RUNS = 4000
ERROR = 3 * np.sqrt(0.95 * 0.05 / RUNS)
BRANCHES = pd.Index(list("ACDEFGHIJKLMN"), name="nace1")  # those of Eurostat's standardised rate
# a region's and the standard's workers by branch: the first concentrated, the second flat
REGION = pd.Series(np.array([60, 300, 8, 10, 150, 220, 70, 90, 30, 25, 8, 60, 50]) * 100.0, BRANCHES)
STANDARD = pd.Series(np.array([45, 160, 8, 9, 70, 140, 55, 50, 32, 28, 10, 60, 45]) * 1e5, BRANCHES)
RISK = pd.Series([4, 2, 1, 2.5, 4.5, 1.5, 3, 1.5, 0.4, 0.3, 0.8, 0.5, 1.8], BRANCHES)


def simulated(events: float, seed: int) -> tuple[pd.Series, pd.Series, float]:
    """Counts and exposure of many regions of one truth, and their standardised rate per person."""
    rates = RISK * events / (RISK * REGION).sum()
    counts = np.random.default_rng(seed).poisson((rates * REGION).to_numpy(), (RUNS, len(BRANCHES)))
    frame = pd.DataFrame(counts, columns=BRANCHES).rename_axis("run").stack()
    exposure = pd.concat(dict.fromkeys(range(RUNS), REGION), names=["run"])
    return frame, exposure, float((rates * STANDARD).sum() / STANDARD.sum())


def held(frame: pd.DataFrame, truth: float) -> float:
    return float(((frame["low"] <= truth) & (truth <= frame["high"])).mean())


def test_limits_of_a_directly_standardised_rate(shown):
    rows = []
    for seed, events in enumerate((10, 20, 50, 200, 1000)):
        counts, exposure, truth = simulated(events, seed)
        row = {"events": events}
        for method in DIRECT_METHODS:
            row[method] = held(standardised_rate(counts, exposure, STANDARD, method=method, per=1), truth)
        rows.append(row)
    table = shown(rows)
    assert (table["gamma"] >= 0.95 - ERROR).all()
    dobson = table[["dobson-exact", "dobson-byar"]]
    assert (dobson >= 0.93).all(axis=None) and (dobson <= 0.975).all(axis=None)
    many = table.loc[table["events"] >= 50, ["normal", "log-normal"]]
    assert (many >= 0.93).all(axis=None) and (many <= 0.975).all(axis=None)


def test_limits_of_a_standardised_rate_of_weighted_counts(shown):
    rows, weights = [], np.array([1.0, 3.0])
    for seed, events in enumerate((20, 50, 200, 1000)):
        light, exposure, truth = simulated(events * 0.7, seed)
        heavy, _exposure, other = simulated(events * 0.3, seed + 100)
        counts, variance = light + weights[1] * heavy, light + weights[1] ** 2 * heavy
        row = {"records": events}
        for method in ("gamma", "dobson-exact"):
            frame = standardised_rate(counts, exposure, STANDARD, method=method, per=1, variance=variance)
            row[method] = held(frame, truth + weights[1] * other)
        rows.append(row)
    table = shown(rows)
    assert (table["gamma"] >= 0.94).all() and table["dobson-exact"].between(0.925, 0.975).all()


def test_limits_of_an_incidence_ratio(shown):
    rows = []
    reference = (RISK * STANDARD / 1000, STANDARD)
    for seed, events in enumerate((5, 10, 50, 500)):
        counts, exposure, _truth = simulated(events, seed)
        truth = events / (RISK * REGION / 1000).sum()
        row = {"events": events}
        for method in ("exact", "byar", "log-normal"):
            row[method] = held(incidence_ratio(counts, exposure, *reference, method=method), truth)
        rows.append(row)
    table = shown(rows)
    assert (table["exact"] >= 0.95 - ERROR).all()
    assert table.loc[table["events"] >= 10, ["byar", "log-normal"]].stack().between(0.93, 0.98).all()


def test_limits_of_the_parts_of_a_difference(shown):
    rates, other = RISK * 300 / (RISK * REGION).sum(), RISK**0.8 * 2e-3
    generator, found = np.random.default_rng(1), []
    truth = None
    for _run in range(2000):
        one, two = (
            pd.Series(generator.poisson(part.to_numpy()), BRANCHES) for part in (rates * REGION, other * STANDARD / 100)
        )
        parts = decompose(one, REGION, two, STANDARD, per=1).parts
        truth = (
            decompose(rates * REGION, REGION, other * STANDARD / 100, STANDARD, per=1).parts if truth is None else truth
        )
        found.append((parts["low"] <= truth["value"]) & (truth["value"] <= parts["high"]))
    table = shown([{"part": part, "normal": share} for part, share in pd.DataFrame(found).mean().items()])
    assert table["normal"].between(0.93, 0.975).all()
