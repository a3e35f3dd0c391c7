"""Rates that share dimensions: known truth found again, small groups drawn in, what cannot be asked."""

import numpy as np
import pandas as pd
import pytest

from workbench.models.hierarchy import hierarchical_rates
from workbench.models.smoothing import smooth_ratios
from workbench.terms.errors import ModelError


def cells(sectors: int = 12, regions: int = 15, people: float = 20_000, seed: int = 1) -> pd.DataFrame:
    """Accidents of sectors by regions, with effects of both and something of each cell's own."""
    generator = np.random.default_rng(seed)
    sector = pd.Series(generator.gamma(8, 1 / 8, sectors), index=[f"S{i:02}" for i in range(sectors)])
    region = pd.Series(generator.gamma(20, 1 / 20, regions), index=[f"R{i:02}" for i in range(regions)])
    grid = pd.MultiIndex.from_product([sector.index, region.index], names=["nace1", "nuts2"])
    frame = grid.to_frame(index=True)
    frame["people"] = people * generator.lognormal(0, 1, len(frame))
    own = generator.gamma(50, 1 / 50, len(frame))
    frame["truth"] = 0.01 * frame["nace1"].map(sector) * frame["nuts2"].map(region) * own
    return frame.assign(accidents=generator.poisson(frame["truth"] * frame["people"]))


def fitted(frame: pd.DataFrame):
    return hierarchical_rates(
        frame["accidents"].astype(float), frame["people"], {"nace1": frame["nace1"], "nuts2": frame["nuts2"]}
    )


def test_predictions_keep_the_total_and_rates_lie_between_what_was_counted_and_predicted():
    frame = cells()
    found = fitted(frame).frame
    raw, predicted = found["count"] / found["exposure"], found["predicted"] / found["exposure"]
    low, high = np.minimum(raw, predicted), np.maximum(raw, predicted)

    assert found["predicted"].sum() == pytest.approx(frame["accidents"].sum(), rel=0.02)
    assert ((found["value"] >= low * 0.99) & (found["value"] <= high * 1.01)).all()


def test_shared_effects_are_nearer_the_truth_than_raw_rates_and_than_one_common_prior():
    frame = cells(people=300)
    error = {"raw": frame["accidents"] / frame["people"], "shared": fitted(frame).frame["value"]}
    error["common"] = smooth_ratios(frame["accidents"].astype(float), frame["people"]).frame["value"]
    squared = {name: float(((value - frame["truth"]) ** 2 * frame["people"]).sum()) for name, value in error.items()}

    assert squared["shared"] < squared["common"] < squared["raw"]


def test_draws_have_the_mean_of_the_posterior_and_come_again_with_the_seed():
    found = fitted(cells())
    drawn = found.draw(4_000, seed=5)

    assert drawn.shape == (4_000, 180)
    assert drawn.mean(axis=0) == pytest.approx(found.frame["value"].to_numpy(), rel=0.05)
    assert (found.draw(3, seed=5) == found.draw(3, seed=5)).all()


def test_posterior_intervals_hold_the_true_rates():
    held = []
    for seed in range(8):
        frame = cells(people=2_000, seed=seed)
        low, high = np.quantile(fitted(frame).draw(2_000, seed), [0.025, 0.975], axis=0)
        held.append(((frame["truth"] >= low) & (frame["truth"] <= high)).mean())

    assert 0.90 <= np.mean(held) <= 0.98


def test_a_tiny_group_with_one_accident_does_not_lead():
    frame = cells()
    frame.loc[("S00", "R00"), ["people", "accidents"]] = [3, 1]
    found = fitted(frame).frame

    raw = found["count"] / found["exposure"]
    assert raw.idxmax() == ("S00", "R00")
    assert found["value"].rank(ascending=False)["S00", "R00"] > 5


def test_two_groups_and_groups_that_vary_no_more_than_chance_have_an_answer():
    two = pd.DataFrame({"nace1": ["F", "C"], "accidents": [30.0, 0.0], "people": [1_000.0, 1_000.0]})
    found = hierarchical_rates(two["accidents"], two["people"], {"nace1": two["nace1"]})
    alike = hierarchical_rates(
        pd.Series([10.0] * 6), pd.Series([1_000.0] * 6), {"nace1": pd.Series(["A", "B", "C", "A", "B", "C"])}
    )

    assert found.frame["value"].is_monotonic_decreasing
    assert alike.frame["value"].to_numpy() == pytest.approx(0.01, rel=0.02)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"people": 0.0}, "not above 0"),
        ({"accidents": 0.0}, "No group has an accident"),
        ({"nace1": None}, "have no code of nace1"),
    ],
)
def test_what_cannot_be_shared_is_refused(change, words):
    frame = cells(3, 3).assign(**change)
    with pytest.raises(ModelError, match=words):
        hierarchical_rates(frame["accidents"].astype(float), frame["people"], {"nace1": frame["nace1"]})


def test_no_dimension_is_refused():
    with pytest.raises(ModelError, match="No dimension"):
        hierarchical_rates(pd.Series([1.0, 2.0]), pd.Series([1.0, 2.0]), {})
