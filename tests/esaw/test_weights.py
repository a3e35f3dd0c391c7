"""Weights of records: cases 18 and 19 of the reference, empty cells, the nine characters, and sums that must hold."""

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from workbench.esaw import weights
from workbench.terms.errors import ModelError, ReadError

CELLS = pd.MultiIndex.from_product([["F", "M"], ["Y18-24", "Y25-34", "Y35-44"]], names=["sex", "age_group"])


def test_nine_digits_are_three_whole_and_six_decimal_ones():
    assert weights.read_weight("002500000") == Decimal("2.5")
    assert weights.read_weight("001000000") == 1
    assert weights.weight_field(Decimal("2.5")) == "002500000"


@given(st.integers(1, 999_999_999))
def test_every_weight_of_the_field_survives_the_way_there_and_back(millionths):
    text = f"{millionths:09d}"
    assert weights.weight_field(weights.read_weight(text)) == text


@pytest.mark.parametrize("text", ["2.5", "00250000", "+02500000", "٠٠٢٥٠٠٠٠٠", ""])
def test_what_is_not_nine_digits_is_no_weight(text):
    with pytest.raises(ReadError, match="nine digits"):
        weights.read_weight(text)


@pytest.mark.parametrize("weight", [0, -1, 1000, "0.0000001"])
def test_a_weight_that_does_not_fit_the_record_is_refused(weight):
    with pytest.raises(ModelError, match=r"0.000001 to 999.999999"):
        weights.weight_field(Decimal(weight))


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


def test_sampling_and_under_reporting_make_one_weight():
    assert weights.cumulated_weight(120, 40, level=0.8) == Decimal("3.75")
    assert weights.correct_reporting(Decimal(1), 0.85) == Decimal("1.176471")


def test_a_fatal_accident_weighs_one_in_every_country():
    assert weights.cumulated_weight(120, 40, level=0.8, fatal=True) == 1


@pytest.mark.parametrize("level", [0, 1.2, -0.5])
def test_a_reporting_level_outside_its_range_is_refused(level):
    with pytest.raises(ModelError, match="a share above 0 and up to 1"):
        weights.correct_reporting(Decimal(1), level)


def test_accidents_are_sums_of_weights_and_their_variance_is_the_sum_of_squares():
    assert weights.weighted_count([Decimal(1), Decimal("2.5"), Decimal("2.5")]) == (Decimal("6.0"), Decimal("13.5"))


def test_with_all_weights_one_the_variance_is_the_count():
    assert weights.weighted_count([Decimal(1)] * 7) == (7, 7)
