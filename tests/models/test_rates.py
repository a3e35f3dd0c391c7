"""Rates: the methodology's case, states that are not numbers, properties, refusals."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx

from workbench.models.intervals import poisson_limits, proportion_limits, weighted_limits
from workbench.models.rates import (
    DOBSON_METHODS,
    incidence_rate,
    proportion,
    rate_columns,
)
from workbench.terms.errors import ModelError

cells = st.lists(st.tuples(st.integers(0, 500), st.integers(1, 10**6)), min_size=1, max_size=8)


def series(*values, index=None):
    return pd.Series(values, index=index or list("ABCDEFGH")[: len(values)])


def test_the_published_case_of_the_methodology():
    assert incidence_rate(32_774, 1_530_900).value == approx(2140.8, abs=0.05)
    assert incidence_rate(141, 1_530_900).value == approx(9.21, abs=0.005)


def test_a_rate_says_what_it_is():
    assert str(incidence_rate(275, 100_000)) == "275.0 per 100,000 (95% CI 243.5–309.5, exact (Garwood))"
    assert (
        str(incidence_rate(4, 1_000_000, per=1_000_000, level=0.9))
        == "4.00 per 1,000,000 (90% CI 1.37–9.15, exact (Garwood))"
    )
    assert str(incidence_rate(3, 0)) == "missing (no exposure)"
    assert str(proportion(15, 148)) == "0.101 (95% CI 0.0624–0.160, Wilson)"


@pytest.mark.parametrize(
    ("count", "exposure", "why"), [(5, 0, "no exposure"), (5, None, "no exposure"), (None, 9, "no count")]
)
def test_a_rate_without_exposure_or_count_is_missing(count, exposure, why):
    rate = incidence_rate(count, exposure)
    assert np.isnan([rate.value, rate.low, rate.high]).all() and rate.method == why


def test_a_zero_count_is_a_rate_of_zero_with_an_upper_limit():
    rate = incidence_rate(0, 1000)
    assert (rate.value, rate.low) == (0, 0) and rate.high == approx(-np.log(0.025) * 100)


def test_a_frame_has_a_row_for_every_group_in_the_order_of_the_counts():
    counts = pd.Series([5, 0, 3, None], index=["F", "C", "A", "B"], dtype="Int64")
    frame = incidence_rate(counts, pd.Series([10, 0, 1000, 1000], index=["B", "C", "F", "A"]))
    assert list(frame.index) == list("FCAB")
    assert list(frame.columns) == ["value", "low", "high", "level", "method", "count", "exposure", "per"]
    assert frame["value"].tolist()[0] == 500 and frame["value"].tolist()[2] == 300
    assert frame["value"].isna().tolist() == [False, True, False, True]
    assert frame["method"].tolist() == ["exact (Garwood)", "no exposure", "exact (Garwood)", "no count"]
    assert frame["count"].isna().tolist() == [False, False, False, True]


def test_a_frame_is_what_single_rates_are():
    counts, exposure, variance = series(4, 0, 12.5), series(900, 400, 7000), series(4, 0, 40.0)
    frame = incidence_rate(counts, exposure, variance=variance, per=1000, level=0.9)
    for label in counts.index:
        one = incidence_rate(counts[label], exposure[label], variance=variance[label], per=1000, level=0.9)
        assert (
            frame.loc[label].to_dict() == approx(dataclasses.asdict(one))
            if one.method == frame.loc[label, "method"]
            else False
        )


def test_weighted_counts_take_dobsons_limits_and_say_so():
    frame = incidence_rate(series(6, 6), series(1000, 1000), variance=series(13.5, 6))
    assert frame["method"].tolist() == ["Dobson, exact limits of the effective count", "exact (Garwood)"]
    assert frame.loc["A", ["low", "high"]].tolist() == approx([100 * float(x) for x in weighted_limits(6, 13.5)])
    gamma = incidence_rate(6, 1000, variance=13.5, largest_weight=2.5)
    assert gamma.method == "gamma (Fay & Feuer)" and gamma.high > frame.loc["A", "high"]
    assert incidence_rate(0, 1000, variance=0, largest_weight=2.5).high == approx(-np.log(0.025) * 250)


@pytest.mark.parametrize("method", ["exact", "byar", "rothman", "mid-p", "jeffreys"])
def test_every_method_divides_the_limits_of_the_count_by_the_exposure(method):
    rate = incidence_rate(7, 350, per=1, method=method)
    assert (rate.low, rate.high) == approx([float(x) / 350 for x in poisson_limits(7, method=method)])


@given(cells)
def test_no_group_depends_on_another_or_on_the_order(cells):
    counts, exposure = (pd.Series(part, index=range(len(cells))) for part in zip(*cells, strict=True))
    frame = incidence_rate(counts, exposure)
    turned = incidence_rate(counts[::-1], exposure)
    pd.testing.assert_frame_equal(frame, turned[::-1])
    pd.testing.assert_frame_equal(frame.iloc[[0]], incidence_rate(counts.iloc[[0]], exposure.iloc[[0]]))


@given(st.integers(1, 1000), st.integers(1, 10**6), st.integers(2, 50))
def test_more_exposure_at_the_same_rate_narrows_the_interval(count, exposure, times):
    one, more = incidence_rate(count, exposure), incidence_rate(times * count, times * exposure)
    assert more.value == approx(one.value)
    assert more.high - more.low < one.high - one.low


@given(st.integers(0, 1000), st.integers(1, 10**6), st.floats(0.5, 0.99))
def test_a_higher_level_contains_the_lower_one(count, exposure, level):
    narrow, wide = incidence_rate(count, exposure, level=level), incidence_rate(count, exposure, level=level + 0.009)
    assert wide.low <= narrow.low and narrow.high <= wide.high


def test_proportions_have_the_limits_of_their_method():
    frame = proportion(series(81, 0, 0), series(263, 20, 0), method="exact")
    assert frame.loc["A", ["low", "high"]].tolist() == approx(
        [float(x) for x in proportion_limits(81, 263, method="exact")]
    )
    assert frame["method"].tolist() == ["exact (Clopper-Pearson)"] * 2 + ["no trials"]
    assert frame["value"].isna().tolist() == [False, False, True]
    with pytest.raises(ModelError, match="More counts than trials in B: this is no proportion. Are the two exchanged?"):
        proportion(series(1, 5), series(4, 4))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"counts": series(1, -1)}, "In the counts there are negative values: B"),
        ({"exposure": series(1, np.inf)}, "In the exposure there are infinite values: B"),
        ({"exposure": series(1, 2, index=["A", "C"])}, "Only the exposure have C, not the counts"),
        ({"variance": series(1, None)}, r"The variance of B is missing. It is the sum of the squared weights"),
        ({"variance": series(0, 2)}, "The variance of A is 0 although there are events"),
        (
            {"counts": series(0, 2), "variance": series(1, 2)},
            "The variance of A is above 0 although there are no events",
        ),
        ({"variance": series(2, 2), "largest_weight": 0}, "largest_weight=0 is not possible. Give a number above 0."),
        ({"level": 95}, "level=95 is not a confidence level"),
        ({"method": "wald"}, "method='wald' is not known"),
        ({"counts": "ten", "exposure": 3}, "Not all of the counts are numbers"),
    ],
)
def test_input_that_makes_no_rate_is_refused(change, message):
    asked = {"counts": series(1, 2), "exposure": series(10, 20)} | change
    with pytest.raises(ModelError, match=message):
        incidence_rate(**asked)


def test_no_group_at_all_gives_an_empty_frame():
    empty = pd.Series([], dtype=float)
    assert incidence_rate(empty, empty).empty


def test_a_rate_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        incidence_rate(1, 2).value = 3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: incidence_rate(3, 10, per=0), "per=0 is not possible. Give a number above 0."),
        (lambda: incidence_rate(3, 10, per=-1), "per=-1 is not possible."),
        (lambda: incidence_rate(3, 10, per=np.nan), "per=nan is not possible."),
        (lambda: incidence_rate(3, 10, per=np.inf), "per=inf is not possible."),
        (lambda: incidence_rate(3, 10, per="100000"), "per=100000 is not possible."),
        (lambda: incidence_rate(3, 10, per=0), "per=0 is not possible."),
        (lambda: incidence_rate(3, 10, variance=0), "The variance of this group is 0 although there are events."),
        (lambda: proportion(5, 3), "More counts than trials in this group: this is no proportion."),
        (lambda: proportion(1, 3, level=0), "level=0 is not a confidence level"),
        (lambda: proportion(1, 3, method="wald"), "method='wald' is not known"),
        (lambda: incidence_rate(3, -1), "In the exposure there are negative values"),
        (lambda: incidence_rate(pd.Series([1, 2]), 5), "Of the exposure came int, not a pandas Series."),
        (lambda: incidence_rate(3, 10, variance=4, method="byar", largest_weight=2), "drop the method, or the weight."),
    ],
)
def test_what_makes_no_rate_is_answered_in_words(call, message):
    with pytest.raises(ModelError, match=message):
        call()


@pytest.mark.parametrize("method", sorted(DOBSON_METHODS))
def test_weighted_counts_have_the_limits_of_the_method_that_was_asked_for(method):
    rate = incidence_rate(30, 100, per=1, variance=95, method=method)
    assert (rate.low, rate.high) == approx([float(x) / 100 for x in weighted_limits(30, 95, method=method)])
    assert rate.method == DOBSON_METHODS[method]


@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.integers(0, 500)),
            st.one_of(st.none(), st.just(0), st.integers(1, 10**6)),
            st.sampled_from([1.0, 1.5, 3.0]),
        ),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from([*DOBSON_METHODS]),
    st.sampled_from([None, 2.0]),
    st.booleans(),
)
def test_bare_columns_are_those_of_labelled_groups(cells, method, largest_weight, weighted):
    counts = np.array([np.nan if count is None else count for count, _exposure, _weight in cells], float)
    exposure = np.array([np.nan if people is None else people for _count, people, _weight in cells], float)
    variance = counts * [weight for _count, _exposure, weight in cells] if weighted else None
    largest_weight = largest_weight if weighted and method == "exact" else None
    options = {"per": 1000, "level": 0.9, "method": method, "largest_weight": largest_weight}
    columns = rate_columns(counts, exposure, variance=variance, **options)
    labels = list("ABCDEFGH")[: len(cells)]
    frame = incidence_rate(
        *(pd.Series(numbers, index=labels) for numbers in (counts, exposure)),
        variance=pd.Series(variance, index=labels) if weighted else None,
        **options,
    )
    pd.testing.assert_frame_equal(pd.DataFrame(columns, index=labels), frame, check_exact=True)


def test_bare_columns_that_make_no_rate_are_refused():
    with pytest.raises(ModelError, match="In the counts there are -3.0"):
        rate_columns([1, -3], [10, 10])
    with pytest.raises(ModelError, match="The variance of 1 is 0 although there are events"):
        rate_columns([1, 3], [10, 10], variance=[1, 0])
