"""Standardised rates: printed cases, esda, the identities of the method, missing strata, refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx
from scipy import stats

from workbench.models.decomposition import decompose
from workbench.models.indirect import incidence_ratio
from workbench.models.intervals import poisson_limits
from workbench.models.rates import incidence_rate
from workbench.models.standardise import (
    DIRECT_METHODS,
    standardised_rate,
)
from workbench.terms.errors import ModelError

AGES = pd.Index(["<20", "20-24", "25-29", "30-34", "35-39", "40+"], name="age")
# Fleiss (1981) table 14.4: first-born children with Down syndrome, Michigan 1950-64, and all births
CASES = pd.Series([107, 141, 60, 40, 39, 25], AGES)
BIRTHS = pd.Series([230061, 329449, 114920, 39487, 14208, 3052], AGES)
ALL_BIRTHS = pd.Series([319933, 931318, 786511, 488235, 237863, 61313], AGES)
ALL_CASES = pd.Series([136, 396, 411, 428, 628, 530], AGES)
# Selvin (2004): deaths and population of the United States, 1940 and 1960
DEATHS_1940 = pd.Series([45, 201, 320, 670, 1126, 3160, 9723, 17935, 22179, 13461, 2238])
PEOPLE_1940 = pd.Series(
    [906897, 3794573, 10003544, 10629526, 9465330, 8249558, 7294330, 5022499, 2920220, 1019504, 142532]
)
DEATHS_1960 = pd.Series([141, 926, 1253, 1080, 1869, 4891, 14956, 30888, 41725, 26501, 5928])
PEOPLE_1960 = pd.Series(
    [1784033, 7065148, 15658730, 10482916, 9939972, 10563872, 9114202, 6850263, 4702482, 1874619, 330915]
)

strata = st.lists(st.tuples(st.integers(0, 200), st.integers(1, 10**5), st.integers(1, 10**5)), min_size=1, max_size=6)


def columns(rows):
    return (pd.Series(part, index=[f"S{i}" for i in range(len(rows))]) for part in zip(*rows, strict=True))


@pytest.mark.parametrize(
    ("method", "limits"),
    [
        ("gamma", (80.44175, 105.76335)),
        ("dobson-exact", (80.32948, 105.18701)),
        ("dobson-byar", (80.32922, 105.18721)),
        ("normal", (80.03480, 104.57425)),
        ("log-normal", (80.81532, 105.42710)),
    ],
)
def test_the_case_of_fleiss(method, limits):
    rate = standardised_rate(CASES, BIRTHS, ALL_BIRTHS, method=method)
    assert (rate.value, rate.crude, rate.standard_error) == approx((92.30453, 56.34751, 6.260178), abs=1e-5)
    assert (rate.low, rate.high) == approx(limits, abs=1e-5)
    assert rate.used == tuple(AGES) and rate.left_out == ()


@pytest.mark.parametrize(
    ("method", "limits"),
    [
        ("log-normal", (0.9435890, 1.1446013)),
        ("exact", (0.9413064, 1.1446082)),
        ("byar", (0.9413043, 1.1446098)),
    ],
)
def test_the_indirect_case_of_fleiss(method, limits):
    ratio = incidence_ratio(CASES, BIRTHS, ALL_CASES, ALL_BIRTHS, method=method)
    assert (ratio.observed, ratio.expected, ratio.value) == approx((412, 396.44109, 1.0392465), abs=1e-5)
    assert (ratio.low, ratio.high) == approx(limits, abs=1e-7)
    assert ratio.rate == approx(93.02985, abs=1e-5)


def test_the_case_of_selvin_with_large_counts():
    rate = standardised_rate(DEATHS_1940, PEOPLE_1940, PEOPLE_1960)
    assert (rate.crude, rate.value, rate.low, rate.high) == approx(
        (119.52864, 139.25054, 138.21413, 140.29376), abs=1e-5
    )
    ratio = incidence_ratio(DEATHS_1940, PEOPLE_1940, DEATHS_1960, PEOPLE_1960, method="log-normal")
    assert (ratio.observed, ratio.expected) == approx((71058, 85556.889), abs=1e-3)
    assert (ratio.value, ratio.low, ratio.high) == approx((0.8305351, 0.8244509, 0.8366642), abs=1e-7)


def test_direct_and_indirect_rates_agree_with_esda():
    smoothing = pytest.importorskip("esda.smoothing", reason="esda is the second implementation")
    ours = standardised_rate(CASES, BIRTHS, ALL_BIRTHS, per=1)
    ((value, low, high),) = smoothing.direct_age_standardization(
        CASES.to_numpy(float), BIRTHS.to_numpy(float), ALL_BIRTHS.to_numpy(float), 1
    )
    assert (ours.value, ours.low, ours.high) == approx((value, low, high), rel=1e-6)
    ratio = incidence_ratio(CASES, BIRTHS, ALL_CASES, ALL_BIRTHS, method="log-normal", per=1)
    ((value, low, high),) = smoothing.indirect_age_standardization(
        *(part.to_numpy(float) for part in (CASES, BIRTHS, ALL_CASES, ALL_BIRTHS)), 1
    )
    assert ratio.rate == approx(value, rel=1e-6)
    assert ratio.low * ratio.rate / ratio.value == approx(low, rel=1e-6)
    assert ratio.high * ratio.rate / ratio.value == approx(high, rel=1e-6)


def test_shares_that_do_not_sum_to_one_are_refused():
    with pytest.raises(ModelError, match="The standard's shares sum to 0.9, not to 1. Is a stratum missing?"):
        standardised_rate(pd.Series([1, 2]), pd.Series([10, 20]), pd.Series([0.5, 0.4]))


@given(strata)
def test_a_standardised_rate_lies_between_those_of_its_strata(rows):
    counts, exposure, standard = columns(rows)
    rates, found = 100_000 * counts / exposure, standardised_rate(counts, exposure, standard).value
    assert rates.min() - 1e-6 <= found <= rates.max() + 1e-6


@given(strata)
def test_with_its_own_structure_as_standard_it_is_the_crude_rate(rows):
    counts, exposure, _standard = columns(rows)
    rate = standardised_rate(counts, exposure, exposure)
    assert rate.value == approx(rate.crude) == approx(incidence_rate(counts.sum(), exposure.sum()).value)


@given(strata, st.sampled_from(sorted(DIRECT_METHODS)))
def test_the_interval_encloses_the_rate(rows, method):
    counts, exposure, standard = columns(rows)
    rate = standardised_rate(counts, exposure, standard, method=method)
    assert 0 <= rate.low <= rate.value + 1e-9 and rate.value < rate.high


@given(strata, st.randoms())
def test_the_order_of_the_strata_changes_nothing(rows, random):
    counts, exposure, standard = columns(rows)
    order = random.sample(list(counts.index), len(counts))
    one, other = standardised_rate(counts, exposure, standard), standardised_rate(counts[order], exposure, standard)
    assert (one.value, one.low, one.high) == approx((other.value, other.low, other.high))


@given(strata, st.integers(1, 1000))
def test_only_the_shares_of_the_standard_matter(rows, times):
    counts, exposure, standard = columns(rows)
    one, other = (standardised_rate(counts, exposure, standard * k) for k in (1, times))
    assert (one.value, one.low, one.high) == approx((other.value, other.low, other.high))


def test_one_stratum_has_the_exact_limits():
    rate, crude = standardised_rate(pd.Series([7]), pd.Series([900]), pd.Series([5])), incidence_rate(7, 900)
    assert (rate.value, rate.low, rate.high) == approx((crude.value, crude.low, crude.high))


def test_no_event_gives_zero_with_an_upper_limit_whatever_the_method():
    for method in DIRECT_METHODS:
        rate = standardised_rate(CASES * 0, BIRTHS, ALL_BIRTHS, method=method)
        largest_weight = 61313 / ALL_BIRTHS.sum() / 3052
        assert (rate.value, rate.low) == (0, 0) and rate.high == approx(-np.log(0.025) * largest_weight * 100_000)
        assert rate.method == "direct, gamma (Fay & Feuer): there are no events"


@pytest.mark.parametrize(("count", "exposure"), [(25, 0), (25, None), (None, 3052)])
def test_a_stratum_without_rate_makes_the_whole_missing_unless_renormalised(count, exposure):
    counts, births = CASES.astype(float), BIRTHS.astype(float)
    counts["40+"], births["40+"] = count, exposure
    rate = standardised_rate(counts, births, ALL_BIRTHS)
    assert np.isnan([rate.value, rate.low, rate.high, rate.crude]).all()
    assert str(rate) == "missing (no rate in 40+)" and rate.left_out == ("40+",)
    without = standardised_rate(*(part.drop("40+") for part in (counts, births, ALL_BIRTHS)))
    renormalised = standardised_rate(counts, births, ALL_BIRTHS, renormalise=True)
    assert (renormalised.value, renormalised.low, renormalised.high) == approx(
        (without.value, without.low, without.high)
    )
    assert renormalised.method == "direct, gamma (Fay & Feuer), renormalised without 40+"


def test_strata_of_no_weight_need_no_exposure():
    standard = ALL_BIRTHS.copy()
    standard["40+"] = 0
    births = BIRTHS.astype(float)
    births["40+"] = np.nan
    rate = standardised_rate(CASES, births, standard)
    assert rate.value > 0 and "40+" not in rate.used and rate.left_out == ()


def test_weighted_counts_widen_every_interval():
    for method in DIRECT_METHODS:
        plain = standardised_rate(CASES, BIRTHS, ALL_BIRTHS, method=method)
        same = standardised_rate(CASES, BIRTHS, ALL_BIRTHS, method=method, variance=CASES)
        wide = standardised_rate(CASES, BIRTHS, ALL_BIRTHS, method=method, variance=2 * CASES)
        assert (same.low, same.high) == approx((plain.low, plain.high))
        assert wide.low < plain.low and wide.high > plain.high


def test_groups_are_standardised_each_on_its_own():
    counts = pd.concat({"R1": CASES, "R2": CASES[::-1] * 2}, names=["nuts2"])
    exposure = pd.concat({"R2": BIRTHS, "R1": BIRTHS}, names=["nuts2"]).swaplevel()
    frame = standardised_rate(counts, exposure, ALL_BIRTHS)
    for region, times in (("R1", 1), ("R2", 2)):
        one = standardised_rate(CASES * times, BIRTHS, ALL_BIRTHS)
        assert frame.loc[region, ["value", "low", "high", "crude"]].tolist() == approx(
            [one.value, one.low, one.high, one.crude]
        )
    short = standardised_rate(counts.drop(("R2", "40+")), exposure.drop(("40+", "R2")), ALL_BIRTHS)
    assert short["value"].isna().tolist() == [False, True] and short["left_out"].tolist() == ["", "40+"]
    ratios = incidence_ratio(counts, exposure, ALL_CASES, ALL_BIRTHS)
    assert ratios["value"].tolist() == approx([1.0392465, 2 * 1.0392465], abs=1e-6)


def test_two_dimensions_are_standardised_together():
    index = pd.MultiIndex.from_product([["F", "C"], ["Y25-34", "Y35-44"]], names=["nace1", "age_group"])
    counts, exposure = pd.Series([1, 2, 3, 4], index), pd.Series([10, 20, 30, 40], index)
    assert standardised_rate(counts, exposure, exposure.swaplevel(), per=1).value == approx(0.1)


def test_expected_events_with_no_observed_ones_have_an_interval():
    for method in ("exact", "log-normal"):
        ratio = incidence_ratio(CASES * 0, BIRTHS, ALL_CASES, ALL_BIRTHS, method=method)
        assert (ratio.value, ratio.low) == (0, 0) and ratio.high == approx(-np.log(0.025) / 396.44109)


@pytest.mark.parametrize(
    ("counts", "exposure", "why"),
    [
        (CASES, BIRTHS.where(AGES != "40+"), "no exposure in a stratum"),
        (CASES.where(AGES != "40+"), BIRTHS, "no count in a stratum"),
        (CASES, BIRTHS.where(AGES != "40+", 0), "events in a stratum without exposure"),
        (CASES * 0, BIRTHS * 0, "nothing is expected"),
    ],
)
def test_a_ratio_that_cannot_be_known_is_missing_and_says_why(counts, exposure, why):
    ratio = incidence_ratio(counts, exposure, ALL_CASES, ALL_BIRTHS)
    assert np.isnan(ratio.value) and str(ratio) == f"missing ({why})"


def test_a_ratio_says_what_it_is():
    assert str(incidence_ratio(CASES, BIRTHS, ALL_CASES, ALL_BIRTHS)) == (
        "1.04 times expected (95% CI 0.941–1.14, indirect, exact (Garwood); 412 against 396.4)"
    )


def test_the_two_parts_of_a_difference_add_up():
    found = decompose(CASES, BIRTHS, ALL_CASES, ALL_BIRTHS)
    crude = 100_000 * (CASES.sum() / BIRTHS.sum() - ALL_CASES.sum() / ALL_BIRTHS.sum())
    assert found.difference == approx(crude)
    assert found.parts.loc[["rate", "structure"], "value"].sum() == approx(crude)
    assert found.strata.sum().tolist() == approx(found.parts["value"].tolist()[:2])
    assert str(found) == "difference -33.2 per 100,000: 2.46 from other rates, -35.6 from another structure"


def test_a_difference_by_hand():
    found = decompose(pd.Series([10, 10]), pd.Series([100, 50]), pd.Series([5, 20]), pd.Series([50, 100]), per=1)
    # rates 0.1, 0.2 in both groups: nothing from rates; shares 2/3, 1/3 against 1/3, 2/3
    assert found.parts["value"].tolist() == approx([0, -1 / 30, -1 / 30])
    assert found.parts.loc["rate", "low"] < 0 < found.parts.loc["rate", "high"]


@given(strata)
def test_equal_structures_leave_nothing_to_the_structure(rows):
    counts, exposure, _standard = columns(rows)
    found = decompose(counts, exposure, counts[::-1].set_axis(counts.index), exposure * 3)
    assert found.parts.loc["structure", "value"] == approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: standardised_rate(CASES, BIRTHS.drop("40+"), ALL_BIRTHS),
            r"Only the counts have 40\+, not the exposure",
        ),
        (
            lambda: standardised_rate(CASES, BIRTHS, ALL_BIRTHS.drop("40+")),
            r"Only the counts have 40\+, not the standard",
        ),
        (
            lambda: standardised_rate(CASES, BIRTHS, ALL_BIRTHS.where(AGES != "40+")),
            "In the standard there are missing values",
        ),
        (lambda: standardised_rate(CASES, BIRTHS, ALL_BIRTHS * 0), "The standard is 0 everywhere"),
        (
            lambda: standardised_rate(CASES, BIRTHS, ALL_BIRTHS, method="fay"),
            "method='fay' is not known. There are: gamma",
        ),
        (
            lambda: standardised_rate(
                pd.concat({"R": CASES}), pd.concat({"R": BIRTHS}), ALL_BIRTHS.rename_axis("age_group")
            ),
            "The strata are indexed by age_group, the counts by None, age. Name the index levels alike.",
        ),
        (
            lambda: standardised_rate(
                pd.concat({"R": CASES}, names=["nuts2"]),
                pd.concat({"R": BIRTHS}, names=["nuts2"]),
                ALL_BIRTHS.drop("40+"),
            ),
            r"40\+ are not in the standard or reference. Add them there, or leave them out of both.",
        ),
        (
            lambda: incidence_ratio(CASES, BIRTHS, ALL_CASES, ALL_BIRTHS.where(AGES != "40+", 0)),
            r"The reference has no exposure in 40\+: nothing can be expected there. Take another reference.",
        ),
        (
            lambda: decompose(CASES, BIRTHS.where(AGES != "40+", 0), ALL_CASES, ALL_BIRTHS),
            r"40\+ have no exposure in one of the groups, so no rate to compare. Merge strata first.",
        ),
    ],
)
def test_strata_that_do_not_fit_are_refused(call, message):
    with pytest.raises(ModelError, match=message):
        call()


# --- Byar's limits of weighted counts, the test of observed against expected, Vandenbroucke's limits


@pytest.mark.parametrize("method", ["exact", "byar"])
def test_dobsons_limits_of_weighted_counts_are_those_of_their_name(method):
    variance = 2.5 * CASES
    rate = standardised_rate(CASES, BIRTHS, ALL_BIRTHS, method=f"dobson-{method}", variance=variance, per=1)
    total, squares = CASES.sum(), variance.sum()
    low, high = poisson_limits(total**2 / squares, method=method)
    scale = squares / total
    factor = rate.standard_error / np.sqrt(squares)
    assert (rate.low, rate.high) == approx(
        (rate.value + factor * (scale * low - total), rate.value + factor * (scale * high - total))
    )


def test_byars_limits_of_weighted_counts_are_not_the_exact_ones():
    exact, byar = (
        standardised_rate(CASES, BIRTHS, ALL_BIRTHS, method=method, variance=40 * CASES)
        for method in ("dobson-exact", "dobson-byar")
    )
    assert byar.low < exact.low and byar.method == "direct, Dobson with Byar's limits"


def test_observed_is_tested_against_expected():
    ratio = incidence_ratio(CASES, BIRTHS, ALL_CASES, ALL_BIRTHS)
    assert ratio.p_value == approx(2 * stats.poisson.sf(411, ratio.expected)) and ratio.test == "exact Poisson test"
    mid = incidence_ratio(CASES, BIRTHS, ALL_CASES, ALL_BIRTHS, method="mid-p")
    tail = stats.poisson.sf(412, mid.expected) + stats.poisson.pmf(412, mid.expected) / 2
    assert mid.p_value == approx(2 * tail) and mid.test == "mid-P Poisson test"
    missing = incidence_ratio(CASES, BIRTHS.where(AGES != "40+"), ALL_CASES, ALL_BIRTHS)
    assert np.isnan(missing.p_value)


@given(st.integers(0, 300), st.floats(0.5, 300), st.sampled_from([0.9, 0.95, 0.998]))
def test_the_exact_limits_hold_one_where_the_test_does_not_reject_it(observed, expected, level):
    one = pd.Series([1.0])
    ratio = incidence_ratio(one * observed, one * expected, one, one, level=level)
    assert (ratio.low <= 1 <= ratio.high) == (ratio.p_value > 1 - level)


def test_a_p_value_below_rounding_is_not_zero():
    one = pd.Series([1.0])
    for observed, expected in ((900, 300), (300, 900)):
        assert 0 < incidence_ratio(one * observed, one * expected, one, one).p_value < 1e-80


def test_vandenbrouckes_limits():
    """(sqrt O -+ z / 2)^2 / E, for 4 observed of 3.3 expected 0.3153 and 2.6906."""
    one = pd.Series([1.0])
    ratio = incidence_ratio(one * 4, one * 3.3, one, one, method="vandenbroucke")
    z = 1.959964
    assert (ratio.low, ratio.high) == approx(((2 - z / 2) ** 2 / 3.3, (2 + z / 2) ** 2 / 3.3), rel=1e-6)
    assert (ratio.low, ratio.high) == approx((0.3153, 2.6911), abs=1e-3)
    assert ratio.method == "indirect, square root (Vandenbroucke)"
    none = incidence_ratio(one * 0, one * 3.3, one, one, method="vandenbroucke")
    assert none.method == "indirect, exact (Garwood): there are no events" and none.high == approx(-np.log(0.025) / 3.3)
    assert incidence_ratio(one * 0.5, one * 3.3, one, one, method="vandenbroucke").low == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: standardised_rate(CASES, BIRTHS, ALL_BIRTHS, per=0), "per=0 is not possible."),
        (lambda: standardised_rate(CASES, BIRTHS, ALL_BIRTHS, level=1.5), "level=1.5 is not a confidence level"),
        (lambda: standardised_rate(-CASES, BIRTHS, ALL_BIRTHS), "In the counts there are negative values"),
        (lambda: standardised_rate(CASES, BIRTHS, -ALL_BIRTHS), "In the standard there are negative values"),
        (
            lambda: standardised_rate(CASES, BIRTHS, ALL_BIRTHS, variance=0 * CASES),
            "The variance of <20, 20-24, 25-29, 30-34, 35-39 and 1 more is 0 although there are events.",
        ),
        (lambda: standardised_rate(CASES[:0], BIRTHS[:0], ALL_BIRTHS[:0]), "The standard is 0 everywhere"),
        (lambda: standardised_rate(CASES, BIRTHS, 5), "Of the standard came int, not a pandas Series."),
        (lambda: incidence_ratio(CASES, BIRTHS, ALL_CASES, ALL_BIRTHS, per=-1), "per=-1 is not possible."),
        (lambda: incidence_ratio(CASES, BIRTHS, ALL_CASES, ALL_BIRTHS, method="wald"), "method='wald' is not known."),
        (lambda: incidence_ratio(CASES, BIRTHS, -ALL_CASES, ALL_BIRTHS), "In the reference counts there are negative"),
        (lambda: incidence_ratio(CASES[:0], BIRTHS[:0], ALL_CASES[:0], ALL_BIRTHS[:0]), "The reference has no people"),
        (lambda: decompose(CASES, BIRTHS, ALL_CASES, ALL_BIRTHS, per=0), "per=0 is not possible."),
        (lambda: decompose(CASES[:0], BIRTHS[:0], ALL_CASES[:0], ALL_BIRTHS[:0]), "no strata have no exposure"),
        (
            lambda: decompose(CASES, BIRTHS, ALL_CASES, ALL_BIRTHS, variance=0 * CASES),
            "is 0 although there are events.",
        ),
    ],
)
def test_numbers_that_cannot_be_standardised_are_refused(call, message):
    with pytest.raises(ModelError, match=message):
        call()


def test_two_strata_may_be_named_in_another_order_in_the_standard():
    strata = pd.MultiIndex.from_product([["C", "F"], ["M", "W"]], names=["nace1", "sex"])
    one = pd.Series([10.0, 5.0, 20.0, 4.0], strata), pd.Series([1_000.0, 900.0, 800.0, 300.0], strata)
    counts, exposure = (pd.concat({"R1": part, "R2": 2 * part}, names=["nuts2"]) for part in one)
    standard = one[1].swaplevel().sort_index()
    assert standard.index.names == ["sex", "nace1"]
    assert standardised_rate(counts, exposure, standard)["value"].tolist() == approx(
        standardised_rate(counts, exposure, one[1])["value"].tolist()
    )
