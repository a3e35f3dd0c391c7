"""Weights of records: cases 18 and 19 of the reference, empty cells, and sums that must hold."""

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from workbench.esaw import weights
from workbench.terms.errors import ModelError

CELLS = pd.MultiIndex.from_product([["F", "M"], ["Y18-24", "Y25-34", "Y35-44"]], names=["sex", "age_group"])


def test_forty_records_for_120_accidents_weigh_three_and_stand_for_all():
    found = weights.post_stratify(pd.Series({"F": 120}), pd.Series({"F": 40}))
    assert found["F"] == 3
    assert weights.weighted_count([found["F"]] * 40)[0] == 120


def test_an_empty_cell_is_an_error_that_proposes_the_nearest_neighbour():
    population = pd.Series([120, 5, 60, 200, 80, 40], index=CELLS)
    sample = pd.Series([40, 0, 20, 100, 40, 20], index=CELLS)
    with pytest.raises(weights.EmptyCell, match="Merge F × Y25-34 with F × Y18-24, then weight again") as caught:
        weights.post_stratify(population, sample)
    assert caught.value.merges == {("F", "Y25-34"): ("F", "Y18-24")}


def test_an_empty_cell_without_any_neighbour_says_so():
    with pytest.raises(weights.EmptyCell, match="no neighbour with coded records"):
        weights.post_stratify(pd.Series({"F": 5}), pd.Series({"F": 0}))


def test_a_cell_without_accidents_needs_no_weight():
    found = weights.post_stratify(pd.Series({"F": 10, "G": 0}), pd.Series({"F": 5}))
    assert found["F"] == 2
    assert found["G"] is None


@pytest.mark.parametrize(("population", "sample"), [({"F": 5}, {"F": 6}), ({"F": 5}, {"F": 5, "G": 1})])
def test_more_coded_records_than_accidents_is_an_error_that_names_the_cell(population, sample):
    with pytest.raises(ModelError, match=r"[FG] has more coded records than accidents"):
        weights.post_stratify(pd.Series(population), pd.Series(sample))


def test_a_cell_twice_is_an_error():
    with pytest.raises(ModelError, match="population has a cell twice"):
        weights.post_stratify(pd.Series([1, 2], index=["F", "F"]), pd.Series({"F": 1}))


@given(st.lists(st.tuples(st.integers(0, 900), st.integers(1, 900)), min_size=1, max_size=20))
def test_the_weighted_sample_has_as_many_accidents_as_the_population(cells):
    assume(all(n <= N for N, n in cells))
    population, sample = (pd.Series([cell[i] for cell in cells]) for i in (0, 1))
    found = weights.post_stratify(population, sample)
    total = sum(w * n for w, n in zip(found, sample, strict=True))
    assert abs(total - int(population.sum())) <= sample.sum() * Decimal("0.0000005")


@pytest.mark.parametrize(("accidents", "coded"), [(1000, 1), (10**12, 1)])
def test_a_weight_that_does_not_fit_the_record_is_refused(accidents, coded):
    with pytest.raises(ModelError, match=r"0.000001 to 999.999999"):
        weights.post_stratify(pd.Series({"F": accidents}), pd.Series({"F": coded}))


@pytest.mark.parametrize("count", [2.5, float("inf"), "2"])
def test_a_count_that_is_not_whole_is_refused(count):
    with pytest.raises(ModelError, match="population has counts that are not whole numbers"):
        weights.post_stratify(pd.Series({"F": count}), pd.Series({"F": 1}))


def test_accidents_are_sums_of_weights_and_their_variance_is_the_sum_of_squares():
    assert weights.weighted_count([Decimal(1), Decimal("2.5"), Decimal("2.5")]) == (Decimal("6.0"), Decimal("13.5"))


def test_with_all_weights_one_the_variance_is_the_count():
    assert weights.weighted_count([Decimal(1)] * 7) == (7, 7)
