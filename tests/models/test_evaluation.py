"""The effect of a programme: known effects found again, staggered starts, placebo years, power."""

import numpy as np
import pandas as pd
import pytest

from workbench.models.evaluation import detectable_effect, programme_effect
from workbench.terms.errors import ModelError

YEARS = np.arange(2010, 2020)


def panel(effect: float, groups: int = 40, seed: int = 0, spread: float = 0.02, growing: bool = False):
    """Counts, people and starts: half of the groups treated, from 2014 to 2017 in turn."""
    generator = np.random.default_rng(seed)
    names = pd.Index([f"g{i}" for i in range(groups)], name="nace2")
    people = pd.DataFrame(generator.uniform(5e3, 5e4, (groups, 1)).repeat(len(YEARS), 1), index=names, columns=YEARS)
    start = pd.Series(np.where(np.arange(groups) % 2, np.nan, 2014 + np.arange(groups) // 2 % 4), index=names)
    since = YEARS[None, :] - start.to_numpy()[:, None]
    years = 0.97 ** (YEARS - 2010)
    share = np.where(since >= 0, effect * (1 + since if growing else 1), 0)
    rate = 0.02 * generator.gamma(5, 1 / 5, (groups, 1)) * years[None, :] * (1 - np.nan_to_num(share))
    noise = generator.gamma(1 / spread, spread, rate.shape)
    counts = pd.DataFrame(generator.poisson(rate * noise * people).astype(float), index=names, columns=YEARS)
    return counts, people, start


def test_two_by_two_is_the_ratio_of_ratios():
    # 4 groups, 2 years: treated 100 -> 60, untreated 100 -> 80: 0.6 / 0.8
    counts = pd.DataFrame({2020: [60.0, 40, 50, 50], 2021: [36.0, 24, 40, 40]}, index=list("abcd"))
    people = pd.DataFrame(1_000.0, index=counts.index, columns=counts.columns)
    found = programme_effect(counts, people, pd.Series({"a": 2021, "b": 2021}))

    assert found.ratio == pytest.approx(0.75)
    assert (found.counted, found.predicted) == (60, pytest.approx(80))
    assert found.averted == pytest.approx(20)
    assert (found.treated, found.untreated) == (2, 2)


def test_a_known_effect_is_found_again_with_staggered_starts():
    found = programme_effect(*panel(0.2))

    assert found.low < 0.8 < found.high
    assert found.high < 1
    assert found.p_value < 0.05


def test_an_effect_that_grows_is_found_year_by_year():
    counts, people, start = panel(0.08, seed=2, spread=0.0005, growing=True)
    found = programme_effect(counts, people, start)
    by_year = found.by_year["ratio"]

    assert by_year.to_numpy() == pytest.approx(1 - 0.08 * (1 + by_year.index.to_numpy()), abs=0.03)
    truth = (by_year * found.by_year["predicted"]).sum() / found.by_year["predicted"].sum()
    assert found.ratio == pytest.approx(truth)


def rates_of(effect: float, runs: int, groups: int = 40) -> tuple[float, float]:
    """How often the interval holds the true ratio, and how often it excludes 1."""
    held, excluded = 0, 0
    for seed in range(runs):
        found = programme_effect(*panel(effect, groups, seed), draws=199, seed=seed)
        held += found.low <= 1 - effect <= found.high
        excluded += not found.low <= 1 <= found.high
    return held / runs, excluded / runs


def test_intervals_hold_a_planted_effect():
    held, _excluded = rates_of(0.15, 60)
    assert held >= 0.88


@pytest.mark.slow
def test_of_a_thousand_simulations_intervals_hold_the_effect_and_placebo_years_find_none(shown):
    held, _excluded = rates_of(0.15, 1_000)
    _held, placebo = rates_of(0.0, 1_000)
    shown([{"effect held": held, "placebo found": placebo}])

    assert 0.93 <= held <= 0.97
    assert 0.035 <= placebo <= 0.065


def test_power_grows_with_the_effect():
    counts, people, start = panel(0.0, 20)
    small, large = (detectable_effect(counts, people, start, effect=effect, runs=20) for effect in (0.02, 0.4))

    assert small < large
    assert large >= 0.95


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c, p, s: (c, p, s * np.nan), "0 groups had the programme"),
        (lambda c, p, s: (c, p, s.fillna(2015)), "0 never had it"),
        (lambda c, p, s: (c, p, s.replace(2014, 2010)), "no year before the programme"),
        (lambda c, p, s: (c.replace(c.iloc[0, 0], np.nan), p, s), "missing or negative"),
        (lambda c, p, s: (c, p * 0, s), "exposure of g0"),
    ],
)
def test_panels_that_cannot_tell_are_refused(change, words):
    with pytest.raises(ModelError, match=words):
        programme_effect(*change(*panel(0.1, 10)))


def test_draws_and_effects_that_cannot_be_are_refused():
    with pytest.raises(ModelError, match="too few for an interval"):
        programme_effect(*panel(0.1, 10), draws=10)
    with pytest.raises(ModelError, match="no share of accidents"):
        detectable_effect(*panel(0.1, 10), effect=1.5)
