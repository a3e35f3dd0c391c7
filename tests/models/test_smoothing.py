"""Empirical Bayes: lip cancer in Scotland, esda, both local conventions, groups without events, refusals."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx
from scipy import stats

from workbench.models.neighbours import listed_neighbours
from workbench.models.priors import GammaPrior
from workbench.models.smoothing import rate_deviations, smooth_rates, smooth_ratios
from workbench.models.spatial import moran
from workbench.terms.errors import ModelError

# lip cancer in 56 Scottish districts 1975-80, Clayton & Kaldor (1987)
OBSERVED = """9 39 11 9 15 8 26 7 6 20 13 5 3 8 17 9 2 7 9 7 16 31 11 7 19 15 7 10 16 11 5 3 7 8 11 9 11 8 6 4 10 8
2 6 19 3 2 3 28 6 1 1 1 1 0 0"""
EXPECTED = """1.4 8.7 3 2.5 4.3 2.4 8.1 2.3 2 6.6 4.4 1.8 1.1 3.3 7.8 4.6 1.1 4.2 5.5 4.4 10.5 22.7 8.8 5.6 15.5
12.5 6 9 14.4 10.2 4.8 2.9 7 8.5 12.3 10.1 12.7 9.4 7.2 5.3 18.8 15.8 4.3 14.6 50.7 8.2 5.6 9.3 88.7 19.6 3.4 3.6
5.7 7 4.2 1.8"""
LIPS = pd.DataFrame(
    {"observed": [float(n) for n in OBSERVED.split()], "expected": [float(n) for n in EXPECTED.split()]},
    index=pd.RangeIndex(1, 57).astype(str),
)
CHAIN = listed_neighbours(
    {str(i): [str(j) for j in (i - 2, i - 1, i + 1, i + 2) if 1 <= j <= 56] for i in range(1, 57)}
)


def test_the_gamma_prior_of_lip_cancer_by_likelihood():
    found = smooth_ratios(LIPS["observed"], LIPS["expected"])
    assert (found.nu, found.alpha, found.prior_mean) == approx((1.87949, 1.32167, 1.42206), abs=1e-5)
    assert found.frame["value"][:4].tolist() == approx([3.9974, 4.0791, 2.9802, 2.8468], abs=1e-4)
    row = found.frame.loc["1"]
    assert (row["low"], row["high"], row["raw"]) == approx((1.9865, 6.6995, 6.4286), abs=1e-4)
    assert row["prior_weight"] == approx(1.32167 / (1.4 + 1.32167), abs=1e-5)
    assert str(found) == (
        "Clayton & Kaldor, gamma prior by maximum likelihood: 56 groups, prior mean 1.422, prior variance 1.076; "
        "weight of "
        "the prior 0.01 to 0.55."
    )


def test_the_gamma_prior_of_lip_cancer_by_moments():
    found = smooth_ratios(LIPS["observed"], LIPS["expected"], prior="moments")
    assert (found.nu, found.alpha) == approx((1.64402, 1.14884), abs=1e-5)
    assert found.method == "Clayton & Kaldor, gamma prior by moments"


def test_marshalls_estimate_of_lip_cancer():
    found = smooth_rates(LIPS["observed"], LIPS["expected"], per=1)
    assert (found.prior_variance, found.prior_mean) == approx((0.8027001, 0.9996270), abs=1e-7)
    assert found.frame["value"][:4].tolist() == approx([3.872811, 4.046609, 2.884314, 2.735370], abs=1e-6)
    assert smooth_rates(LIPS["observed"], LIPS["expected"]).frame["value"].iloc[0] == approx(387281.1, abs=0.1)


@pytest.fixture(scope="module")
def esda():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("esda.smoothing", reason="esda is the second implementation")


@pytest.mark.filterwarnings("ignore")
def test_global_and_local_rates_agree_with_esda(esda):
    weights = pytest.importorskip("libpysal.weights", reason="libpysal is the second implementation")
    counts, exposure = LIPS["observed"], LIPS["expected"] * 1000
    ours = smooth_rates(counts, exposure, per=1).frame["value"]
    theirs = esda.Empirical_Bayes(counts.to_numpy(), exposure.to_numpy()).r
    assert ours.to_numpy() == approx(np.ravel(theirs))
    w = weights.W({code: list(others) for code, others in CHAIN.links.items()}, id_order=list(CHAIN.links))
    ours = smooth_rates(counts, exposure, neighbours=CHAIN, per=1).frame
    theirs = np.ravel(esda.Spatial_Empirical_Bayes(counts.to_numpy(), exposure.to_numpy(), w).r)
    assert ours["value"].to_numpy() == approx(theirs)
    deviations = rate_deviations(counts, exposure)
    assert deviations.to_numpy() == approx(np.ravel(esda.assuncao_rate(counts.to_numpy(), exposure.to_numpy())))


def test_the_other_local_convention_takes_each_areas_own_mean():
    """By hand, as spdep's EBlocal."""
    counts, exposure = LIPS["observed"], LIPS["expected"]
    found = smooth_rates(counts, exposure, neighbours=CHAIN, deviations="own", per=1)
    around = {code: [code, *others] for code, others in CHAIN.links.items()}
    mean = {code: counts[area].sum() / exposure[area].sum() for code, area in around.items()}
    for code in ("1", "2", "30", "50"):
        area = around[code]
        spread = sum(exposure[i] * (counts[i] / exposure[i] - mean[i]) ** 2 for i in area) / exposure[area].sum()
        a = max(0, spread - mean[code] / exposure[area].mean())
        raw = counts[code] / exposure[code]
        assert found.frame.loc[code, "value"] == approx(
            mean[code] + (raw - mean[code]) * a / (a + mean[code] / exposure[code])
        )
    assert found.method == "Marshall, local, deviations from each area's own local mean (spdep)"
    assert found.neighbours == "neighbours as listed"


def test_areas_without_neighbours_or_events_around_them_take_the_global_values_and_are_named():
    counts, exposure = LIPS["observed"].copy(), LIPS["expected"]
    counts[["54", "55", "56"]] = 0
    links = {code: list(others) for code, others in CHAIN.links.items()} | {"1": []}
    found = smooth_rates(counts, exposure, neighbours=listed_neighbours(links), per=1)
    everywhere = smooth_rates(counts, exposure, per=1)
    for code in ("1", "56"):
        assert found.frame.loc[code, "value"] == approx(everywhere.frame.loc[code, "value"])
    assert found.note.startswith(
        "Without neighbours, or without events around them, so drawn to the mean of all: 1, 56."
    )
    assert (found.frame["value"] > 0).all()


def test_groups_that_vary_no_more_than_chance_take_the_common_rate_and_it_is_said():
    counts, exposure = pd.Series([10.0, 20, 30, 40]), pd.Series([1000.0, 2000, 3000, 4000])
    found = smooth_rates(counts, exposure)
    assert found.frame["value"].tolist() == approx([1000] * 4) and found.prior_variance == 0
    assert found.note == "The groups vary no more than chance: all take the rate of all together."
    for prior in ("likelihood", "moments"):
        ratios = smooth_ratios(counts, exposure / 100, prior=prior)
        assert ratios.frame["value"].tolist() == approx([1] * 4) and np.isinf(ratios.nu)
        assert ratios.note == "The groups vary no more than chance: all take the ratio of all together."
        assert ratios.frame["low"].isna().all() and (ratios.frame["prior_weight"] == 1).all()
    local = smooth_rates(
        counts, exposure, neighbours=listed_neighbours({str(i): [str(j) for j in range(4) if j != i] for i in range(4)})
    )
    assert local.note == "4 areas take their local mean: their neighbourhoods vary no more than chance."


def test_the_likelihood_is_at_its_highest():
    x, e = LIPS["observed"].to_numpy(), LIPS["expected"].to_numpy()
    found = smooth_ratios(LIPS["observed"], LIPS["expected"])

    def value(nu, alpha):
        return stats.nbinom.logpmf(x, nu, alpha / (alpha + e)).sum()

    best = value(found.nu, found.alpha)
    for nu, alpha in ((1.001, 1), (0.999, 1), (1, 1.001), (1, 0.999)):
        assert value(found.nu * nu, found.alpha * alpha) < best


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 30)), min_size=5, max_size=20).filter(
        lambda r: any(x for x, _e in r)
    )
)
def test_a_smoothed_value_lies_between_the_raw_one_and_the_mean(rows):
    counts, exposure = (pd.Series([float(row[part]) for row in rows]) for part in (0, 1))
    for found in (smooth_rates(counts, exposure, per=1), smooth_ratios(counts, exposure)):
        frame, mean = found.frame, found.prior_mean
        low, high = np.minimum(frame["raw"], mean), np.maximum(frame["raw"], mean)
        assert (frame["value"] >= low - 1e-9).all() and (frame["value"] <= high + 1e-9).all()
        assert frame["prior_weight"].between(-1e-12, 1 + 1e-12).all()


def test_order_of_labels_and_scale_of_exposure_change_nothing():
    shuffled = LIPS.sample(frac=1, random_state=2)
    one = smooth_rates(LIPS["observed"], LIPS["expected"], neighbours=CHAIN)
    two = smooth_rates(shuffled["observed"], LIPS["expected"], neighbours=CHAIN)
    assert two.frame.loc[LIPS.index, "value"].to_numpy() == approx(one.frame["value"].to_numpy())
    persons = smooth_ratios(LIPS["observed"], LIPS["expected"] * 5000)
    ratios = smooth_ratios(LIPS["observed"], LIPS["expected"])
    assert (persons.frame["value"] * 5000).to_numpy() == approx(ratios.frame["value"].to_numpy())
    before = LIPS.copy()
    smooth_rates(LIPS["observed"], LIPS["expected"], neighbours=CHAIN)
    pd.testing.assert_frame_equal(LIPS, before)


def test_deviations_stand_by_group_for_a_search_for_pattern():
    deviations = rate_deviations(LIPS["observed"], LIPS["expected"])
    assert list(deviations.index) == list(LIPS.index) and deviations["1"] > 3
    assert moran(deviations, CHAIN).pseudo_p < 0.01  # the districts are listed from the highest ratio down


@pytest.mark.parametrize("function", [smooth_rates, smooth_ratios, rate_deviations])
@pytest.mark.parametrize(
    ("counts", "exposure", "message"),
    [
        (
            [1, None, 3, 4],
            [1, 1, 1, 1],
            "In the counts there are missing values: 1. Correct them, or leave these rows out",
        ),
        ([1, 2, 3, 4], [1, 0, 1, 1], "1 have no exposure, so no rate. Leave them out."),
        ([1, 2, 3, 4], [1, None, 1, 1], "there are missing values: 1"),
        ([0, 0, 0, 0], [1, 1, 1, 1], "There are no events in any group: there is nothing to smooth. Take more years."),
        ([1, 2], [1, 1], "2 groups are too few to learn their spread from; 3 are needed. Show the raw rates instead."),
        ([-1, 2, 3], [1, 1, 1], "In the counts there are negative values: 0"),
    ],
)
def test_counts_that_cannot_be_smoothed_are_refused(function, counts, exposure, message):
    with pytest.raises(ModelError, match=message):
        function(pd.Series(counts, dtype=float), pd.Series(exposure, dtype=float))


def test_labels_and_choices_that_do_not_fit_are_refused():
    with pytest.raises(ModelError, match="Only the counts have 1, not the exposure"):
        smooth_rates(LIPS["observed"], LIPS["expected"].drop("1"))
    with pytest.raises(ModelError, match="X are not on the map of neighbours"):
        renamed = LIPS.rename({"1": "X"})
        smooth_rates(renamed["observed"], renamed["expected"], neighbours=CHAIN)
    with pytest.raises(ModelError, match="deviations='geoda' is not known. There are: centre, own."):
        smooth_rates(LIPS["observed"], LIPS["expected"], deviations="geoda")
    with pytest.raises(ModelError, match="prior='flat' is not known. There are: likelihood, moments."):
        smooth_ratios(LIPS["observed"], LIPS["expected"], prior="flat")


def test_a_given_prior_needs_no_other_groups_and_no_events():
    found = smooth_ratios(pd.Series({"a": 0.0}), pd.Series({"a": 3.0}), prior=GammaPrior(nu=2, alpha=2))
    row = found.frame.loc["a"]
    assert (row["value"], row["prior_weight"]) == approx((2 / 5, 2 / 5)) and found.method == "gamma prior as given"
    assert (row["low"], row["high"]) == approx(tuple(stats.gamma.ppf([0.025, 0.975], 2, scale=1 / 5)))


def test_the_chances_of_either_side_are_those_of_the_posterior():
    """Published for district 17: P(theta > 1) 0.75323."""
    chances = smooth_ratios(LIPS["observed"], LIPS["expected"]).chances()
    assert chances.loc["17", "above"] == approx(0.75323, abs=1e-5)
    assert chances.loc["49", "below"] == approx(1, abs=1e-8)
    far = smooth_ratios(LIPS["observed"], LIPS["expected"]).chances(reference=0.01)
    assert 0 < far.loc["2", "below"] < 1e-60  # a lower tail, not 1 less the upper one
    with pytest.raises(ModelError, match="reference=0 is not possible. Give a number above 0."):
        smooth_ratios(LIPS["observed"], LIPS["expected"]).chances(0)


def test_counts_over_their_weight_vary_like_counts():
    """Every record weighs three: rates stay, and are drawn as far as a third of the events would be."""
    counts, exposure, weights = 3 * LIPS["observed"], 3 * LIPS["expected"], pd.Series(3.0, LIPS.index)
    one = smooth_rates(counts, exposure, weights=weights, neighbours=CHAIN, per=1).frame
    two = smooth_rates(LIPS["observed"], LIPS["expected"], neighbours=CHAIN, per=1).frame
    for column in ("raw", "value", "prior_weight", "prior_variance"):
        assert one[column].to_numpy() == approx(two[column].to_numpy())
    assert one["count"].equals(counts.rename("count"))
    deviations = rate_deviations(counts, exposure, weights=weights)
    assert deviations.to_numpy() == approx(rate_deviations(LIPS["observed"], LIPS["expected"]).to_numpy())
    unequal = pd.Series(np.where(LIPS.index.astype(int) % 2, 5.0, 1.0), LIPS.index)
    drawn = smooth_ratios(LIPS["observed"], LIPS["expected"], weights=unequal).frame["prior_weight"]
    assert drawn["1"] > drawn["4"]  # few heavy records are known less well


@pytest.mark.parametrize("function", [smooth_rates, smooth_ratios, rate_deviations])
def test_numbers_of_the_wrong_kind_are_answered_in_words(function):
    counts, exposure = LIPS["observed"], LIPS["expected"]
    for bad in (None, 3, "x", counts.tolist(), counts.to_numpy(), -counts, counts * np.inf, counts[:0], LIPS):
        with pytest.raises(ModelError):
            function(bad, exposure)
        with pytest.raises(ModelError):
            function(counts, bad)
    for weights in (0 * counts, -exposure, exposure[1:], exposure.where(exposure > 3), 2.0, "x"):
        with pytest.raises(ModelError, match="weight"):
            function(counts, exposure, weights=weights)


def test_options_of_the_wrong_kind_are_answered_in_words():
    counts, exposure = LIPS["observed"], LIPS["expected"]
    for options in ({"per": 0}, {"per": None}, {"per": float("nan")}, {"deviations": 3}, {"neighbours": [1, 2]}):
        with pytest.raises(ModelError):
            smooth_rates(counts, exposure, **options)
    for options in ({"level": 95}, {"level": None}, {"prior": None}, {"prior": 3}, {"prior": (1, 1)}):
        with pytest.raises(ModelError):
            smooth_ratios(counts, exposure, **options)
