"""Years of policies in simulated worlds: what each averts, and which estimates stay right."""

import numpy as np
import pandas as pd
import pytest

from workbench.models.interventions import Budget, Intervention, Limits
from workbench.models.what_if import (
    ALONE_AVERTED,
    ALONE_COUNT,
    AVERTED,
    LAST_YEAR,
    ORACLE,
    RANDOM,
    Assumptions,
    Start,
    simulated,
)
from workbench.terms.errors import ModelError

VISIT = Intervention(name="visit", days=1, whole_group=False, effect=0.1, effect_low=0.1, effect_high=0.1)
STEADY = {"drift": 0, "spread": 0, "most_visited": 1}


def world(number: int = 40, seed: int = 0) -> tuple[pd.DataFrame, Start]:
    """Groups of unequal rates, each known from one year's count."""
    generator = np.random.default_rng(seed)
    people = generator.integers(1_000, 20_000, number).astype(float)
    rate = 0.03 * generator.gamma(3, 1 / 3, number)
    counted = generator.poisson(rate * people)
    shape = counted + 3
    start = Start(rate=rate, estimate=shape / (people + 100), shape=shape, counted=counted / people)
    return pd.DataFrame({"employers": people / 10, "people": people}), start


def budget(days: float, at_random: float = 0.1) -> Budget:
    return Budget(days=days, limits=Limits(notifications=0, at_random=at_random))


def test_what_the_oracle_averts_in_a_steady_world_is_counted_by_hand():
    groups = pd.DataFrame({"employers": [10.0, 10.0], "people": [100.0, 100.0]})
    start = Start(rate=np.array([0.1, 0.5]), estimate=np.full(2, 0.3), shape=np.full(2, 9.0), counted=np.zeros(2))
    found = simulated(groups, start, VISIT, budget(12, at_random=0), Assumptions(years=2, runs=20, **STEADY))

    # Ten visits to employers of ten workers at 0.5, two at 0.1; a tenth of their accidents is averted, each year
    assert found.in_all.loc[ORACLE, "averted"] == pytest.approx(2 * 0.1 * (10 * 10 * 0.5 + 2 * 10 * 0.1))
    assert found.yearly.loc[(ORACLE, 1), "averted"] == pytest.approx(5.2)
    assert found.yearly.loc[(ORACLE, 1), "accidents"] == pytest.approx(60 - 5.2, rel=0.1)


def test_with_visits_at_random_estimates_stay_right_and_without_they_do_not():
    groups, start = world()
    found = simulated(groups, start, VISIT, budget(8_000), Assumptions(runs=200))
    last = found.yearly.xs(10, level="year")

    assert abs(last.loc[AVERTED, "bias"]) < 0.05
    assert last.loc[AVERTED, "bias_low"] < 0 < last.loc[AVERTED, "bias_high"]
    assert last.loc[ALONE_AVERTED, "bias_low"] > 0.05
    assert 0.15 < last.loc[ALONE_AVERTED, "bias"] < 0.3  # spread^2 = 0.25, less where many are visited


def test_without_differences_between_employers_nothing_is_biased():
    groups, start = world()
    found = simulated(groups, start, VISIT, budget(8_000), Assumptions(runs=100, spread=0, drift=0))
    assert found.yearly.xs(10, level="year").loc[[AVERTED, ALONE_AVERTED], "bias"].abs().max() < 0.03


def test_of_those_with_visits_at_random_the_oracle_averts_most_and_no_plan_less_than_chance():
    groups, start = world(seed=4)
    found = simulated(groups, start, VISIT, budget(3_000), Assumptions(runs=50))
    averted = found.in_all["averted"]

    assert averted.drop([ALONE_COUNT, ALONE_AVERTED]).idxmax() == ORACLE
    assert averted.drop(RANDOM).min() > averted[RANDOM]
    assert found.in_all.loc[ORACLE, "share_of_oracle"] == 1 and found.in_all.loc[RANDOM, "share_of_oracle"] == 0
    assert averted[AVERTED] > averted[LAST_YEAR]


def test_the_same_seed_gives_the_same_years():
    groups, start = world()
    first, again = (simulated(groups, start, VISIT, budget(500), Assumptions(runs=20), seed=7) for _time in range(2))
    pd.testing.assert_frame_equal(first.yearly, again.yearly)
    other = simulated(groups, start, VISIT, budget(500), Assumptions(runs=20), seed=8)
    assert not first.yearly.equals(other.yearly)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"years": 0}, "years to simulate"),
        ({"runs": 5}, "20 or more"),
        ({"drift": -1}, "drift is a number"),
        ({"spread": "x"}, "spread is a number"),
        ({"most_visited": 0}, "most_visited"),
    ],
)
def test_assumptions_that_cannot_be_are_refused(change, words):
    with pytest.raises(ModelError, match=words):
        Assumptions(**change)
