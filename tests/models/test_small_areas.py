import numpy as np
import pandas as pd
import pytest
from pytest import approx

from workbench.models.small_areas import fay_herriot
from workbench.terms.errors import ModelError


def regions(n: int, seed: int, spread: float = 0.05) -> tuple[pd.Series, pd.Series, pd.Series, pd.DataFrame]:
    """True shares, direct estimates, their variances and a covariate of made-up regions."""
    random = np.random.default_rng(seed)
    covariate = pd.DataFrame({"industry": random.uniform(0.1, 0.5, n)})
    true = 0.1 + 0.4 * covariate["industry"] + random.normal(0, spread, n)
    variance = pd.Series(random.uniform(0.02, 0.08, n) ** 2)
    return true, true + random.normal(0, np.sqrt(variance)), variance, covariate


def test_estimates_lie_between_the_direct_one_and_the_regression():
    _true, direct, variance, covariate = regions(40, seed=1)
    found = fay_herriot(direct, variance, covariate)
    synthetic = found.coefficients.iloc[0] + found.coefficients.iloc[1] * covariate["industry"]
    expected = found.frame["weight"] * direct + (1 - found.frame["weight"]) * synthetic
    assert found.frame["value"].tolist() == approx(expected.tolist())
    assert found.frame["weight"].tolist() == approx((found.spread**2 / (found.spread**2 + variance)).tolist())


def test_a_region_without_respondents_is_of_the_model_only():
    _true, direct, variance, covariate = regions(40, seed=2)
    direct[3], variance[3] = np.nan, np.nan
    row = fay_herriot(direct, variance, covariate).frame.loc[3]
    assert (row["state"], row["weight"]) == ("model only", 0)
    assert np.isfinite(row["value"]) and row["mse"] > 0


def test_estimates_are_closer_to_the_truth_than_direct_ones():
    true, direct, variance, covariate = regions(200, seed=3)
    found = fay_herriot(direct, variance, covariate).frame
    assert ((found["value"] - true) ** 2).mean() < 0.8 * ((direct - true) ** 2).mean()


def test_regions_that_are_all_alike_have_no_spread():
    variance = pd.Series([0.04] * 20)
    direct = pd.Series(np.linspace(0.49, 0.51, 20))
    found = fay_herriot(direct, variance)
    assert found.spread == approx(0, abs=1e-3)
    assert found.frame["value"].tolist() == approx([0.5] * 20, abs=1e-3)


def test_too_few_regions_are_refused():
    with pytest.raises(ModelError, match="4 regions have a direct estimate; 1 terms need 6"):
        fay_herriot(pd.Series([0.1, 0.2, 0.3, 0.4]), pd.Series([0.01] * 4))
