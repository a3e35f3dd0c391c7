import numpy as np
import pandas as pd
import pytest
from pytest import approx
from scipy import stats

from workbench.models.block_tests import block_test
from workbench.terms.errors import ModelError


def by_country(*rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["small", "middle", "large"], dtype=float)


RISING = by_country((1, 2, 3), (10, 11, 12), (5, 7, 6), (0, 1, 2), (3, 4, 9), (2, 5, 8))


def test_pages_statistic_is_the_sum_of_ranks_times_places():
    ranks = RISING.rank(axis=1)
    found = block_test(RISING, ordered=True)
    assert found.statistic == approx((ranks.sum() * [1, 2, 3]).sum())
    m, n = 6, 3
    z = (found.statistic - m * n * (n + 1) ** 2 / 4) / np.sqrt(m * n**2 * (n + 1) * (n**2 - 1) / 144)
    assert found.p_value == approx(2 * stats.norm.sf(z))
    assert (found.blocks, found.rising) == (6, 6)
    assert found.step == approx((RISING["large"] - RISING["small"]).mean() / 2)


def test_a_fall_is_as_significant_as_a_rise():
    falling = RISING[["large", "middle", "small"]]
    assert block_test(falling, ordered=True).p_value == approx(block_test(RISING, ordered=True).p_value)
    assert block_test(falling, ordered=True).rising == 0


def test_groups_without_an_order_are_tested_by_friedmans_chi_square():
    found = block_test(RISING, ordered=False)
    ranks = RISING.rank(axis=1).sum()
    assert found.statistic == approx(12 / (6 * 3 * 4) * (ranks**2).sum() - 3 * 6 * 4)
    assert found.df == 2 and found.p_value == approx(stats.chi2.sf(found.statistic, 2))


def test_the_level_of_a_country_changes_nothing():
    shifted = RISING.add([0, 50, 100, 3, 7, 9], axis=0)
    assert block_test(shifted, ordered=True) == block_test(RISING, ordered=True)


def test_countries_with_a_missing_figure_are_left_out_and_few_are_refused():
    with_gap = pd.concat([RISING, by_country((1, np.nan, 3))])
    assert block_test(with_gap, ordered=True).blocks == 6
    with pytest.raises(ModelError, match="4 countries have figures of all 3 groups"):
        block_test(RISING.head(4), ordered=True)
    with pytest.raises(ModelError, match="three groups"):
        block_test(RISING[["small", "large"]], ordered=True)
