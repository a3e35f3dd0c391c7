"""Regression of counts: printed cases, statsmodels, cells against finer cells, the unit of analysis, refusals."""

import warnings

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx

from workbench.models import regression_fit
from workbench.models.regression import fit_regression
from workbench.terms.errors import ModelError, UnknownName

# lung cancer in four Danish towns 1968-71, Andersen (1977), R package ISwR
AGES = ["40-54", "55-59", "60-64", "65-69", "70-74", "75+"]
TOWNS = {
    "Fredericia": ([3059, 800, 710, 581, 509, 605], [11, 11, 11, 10, 11, 10]),
    "Horsens": ([2879, 1083, 923, 834, 634, 782], [13, 6, 15, 10, 12, 2]),
    "Kolding": ([3142, 1050, 895, 702, 535, 659], [4, 8, 7, 11, 9, 12]),
    "Vejle": ([2520, 878, 839, 631, 539, 619], [5, 7, 10, 14, 8, 7]),
}
DANES = pd.DataFrame(
    [(town, *row) for town, parts in TOWNS.items() for row in zip(AGES, *parts, strict=True)],
    columns=["town", "age", "people", "cases"],
)
TOWN_AND_AGE = {"exposure": "people", "references": {"town": "Fredericia", "age": "40-54"}}
# breaks of yarn, Tippett (1950), R datasets warpbreaks
BREAKS = """26 30 54 25 70 52 51 26 67 18 21 29 17 12 18 35 30 36 36 21 24 18 10 43 28 15 26 27 14 29 19 29 31 41 20 44
42 26 19 16 39 28 21 39 29 20 21 24 17 13 15 15 16 28"""
LOOMS = pd.DataFrame(
    {"breaks": [int(n) for n in BREAKS.split()], "wool": ["A"] * 27 + ["B"] * 27,
     "tension": (["L"] * 9 + ["M"] * 9 + ["H"] * 9) * 2}
)  # fmt: skip
YARN = {"references": {"wool": "A", "tension": "L"}}
YARN_TERMS = ["constant", "wool[B]", "tension[M]", "tension[H]"]
# accidents of 647 women making shells, Greenwood & Yule (1920)
SHELLS = pd.DataFrame({"accidents": np.repeat(np.arange(6), [447, 132, 42, 21, 3, 2])})

VAN_COUNTS = """12 6 12 8 10 13 11 6 10 16 13 14 14 6 8 11 7 13 13 11 11 14 16 14 17 16 15 13 13 15 12 6 9 13 14 15
14 3 12 13 12 8 8 15 8 5 17 14 13 5 8 5 12 11 13 15 11 11 10 13 8 6 8 14 12 14 13 9 4 13 6 15 12 16 7 12 10 9 9 6 7
13 14 13 14 11 11 10 4 8 9 10 10 5 13 12 10 9 7 5 10 5 6 8 6 12 15 7 14 4 10 8 7 11 3 5 11 10 10 7 10 11 9 7 8 13 8 5
8 7 12 10 7 4 10 4 8 8 7 10 8 14 8 9 8 6 7 6 5 4 5 10 7 10 12 7 4 5 6 4 4 8 8 3 7 12 2 7 8 3 2 6 3 7 6 8 8 4 3 5 5 3
4 3 6 6 7 5 7 7 4 7"""
MONTH = np.arange(1, 193)
VANS = pd.DataFrame(
    {
        "killed": [int(n) for n in VAN_COUNTS.split()],
        "law": (MONTH >= 170).astype(float),
        "t": MONTH / 12,
        **{f"{name}{j}": f(2 * np.pi * j * MONTH / 12) for j in (1, 2) for name, f in (("s", np.sin), ("c", np.cos))},
        "year": 1969 + (MONTH - 1) // 12,
    }
)
VAN_TERMS = "killed ~ law + t + s1 + c1 + s2 + c2"


def cells(seed=0, *, mean_exposure=2000, spread=0.0, dims=(4, 5, 2, 3)):
    """Cells of regions x sectors x sexes x years with planted effects; `spread`: standard deviation of a log noise."""
    generator = np.random.default_rng(seed)
    place = np.indices(dims).reshape(4, -1)
    frame = pd.DataFrame(
        {
            "nuts2": [f"ITC{i}" for i in place[0]],
            "nace1": [f"{'ACFGQRSTU'[i]}" for i in place[1]],
            "sex": np.where(place[2] == 0, "F", "M"),
            "year": 2019 + place[3],
        }
    )
    effect = 0.2 * place[0] - 0.3 * place[1] + 0.5 * place[2] - 0.05 * place[3]
    frame["employed"] = generator.gamma(2, mean_exposure / 2, len(frame)).round() + 1
    noise = generator.normal(0, spread, len(frame)) if spread else 0
    frame["accidents"] = generator.poisson(frame["employed"] * 0.02 * np.exp(effect + noise))
    return frame


def test_the_poisson_regression_of_the_danish_towns():
    found = fit_regression(DANES, "cases ~ town + age", **TOWN_AND_AGE)
    values = [-5.632065, -0.330060, -0.371546, -0.272318, 1.101014, 1.518612, 1.767706, 1.856863, 1.419653]
    errors = [0.200255, 0.181503, 0.187806, 0.187853, 0.248286, 0.231638, 0.229439, 0.235323, 0.250271]
    assert found.coefficients["value"].tolist() == approx(values, abs=1e-6)
    assert found.coefficients["error"].tolist() == approx(errors, abs=1e-6)
    assert (found.deviance, found.df, found.pearson) == (approx(23.44748, abs=1e-5), 15, approx(22.56163, abs=1e-5))
    assert (found.log_likelihood, found.aic) == approx((-59.91776, 137.8355), abs=1e-4)
    assert found.references == {"town": "Fredericia", "age": "40-54"} and found.notes == ()
    assert found.unit == "24 rows as given (town x age)" and found.method == "Poisson, model-based errors"
    assert str(found).startswith("cases ~ town + age: Poisson, model-based errors, 224 events, 24 rows as given")


def test_one_town_against_the_rest():
    frame = DANES.assign(one=np.where(DANES["town"] == "Fredericia", "yes", "no"))
    found = fit_regression(frame, "cases ~ one + age", exposure="people", references={"one": "no"})
    assert found.coefficients.loc["one[yes]", ["value", "error"]].tolist() == approx([0.325695, 0.148065], abs=1e-6)
    assert (found.deviance, found.df) == (approx(23.70007, abs=1e-5), 17)
    assert found.ratios.loc["one[yes]", "ratio"] == approx(np.exp(0.325695), abs=1e-5)
    assert found.ratios.loc["one[yes]", "events"] == 64


def test_robust_errors_of_the_danish_towns():
    found = fit_regression(DANES, "cases ~ town + age", errors="hc0", **TOWN_AND_AGE).coefficients["error"]
    printed = [0.188153, 0.187291, 0.154441, 0.106538, 0.240656, 0.246283, 0.245524, 0.221725, 0.341714]
    assert found.tolist() == approx(printed, abs=1e-6)


@pytest.mark.parametrize(
    ("options", "printed"),
    [
        ({}, (0.045411, 0.051571, 0.060266, 0.063959)),
        ({"errors": "hc0"}, (0.116578, 0.104321, 0.128956, 0.124924)),
        ({"errors": "hc1"}, (0.121152, 0.108414, 0.134015, 0.129825)),
        ({"family": "quasi-poisson"}, tuple(2.064345 * e for e in (0.045411, 0.051571, 0.060266, 0.063959))),
        ({"family": "nb2"}, (0.097903, 0.100961, 0.121728, 0.123740)),
    ],
)
def test_the_errors_of_the_yarn(options, printed):
    found = fit_regression(LOOMS, "breaks ~ wool + tension", **YARN, **options).coefficients
    # R's errors come from the step before its last: 1e-6 of them is that
    assert found.loc[YARN_TERMS, "error"].tolist() == approx(printed, abs=2e-6)


def test_the_fits_of_the_yarn():
    poisson = fit_regression(LOOMS, "breaks ~ wool + tension", **YARN)
    values = poisson.coefficients.loc[YARN_TERMS, "value"].tolist()
    assert values == approx([3.691963, -0.205988, -0.321320, -0.518488], abs=1e-6)
    assert (poisson.deviance, poisson.pearson, poisson.dispersion) == approx(
        (210.391889, 213.076094, 4.261522), abs=1e-6
    )
    assert "4.26 times as much as Poisson counts: these intervals are too narrow" in poisson.notes[0]
    binomial = fit_regression(LOOMS, "breaks ~ wool + tension", family="nb2", **YARN)
    values = binomial.coefficients.loc[YARN_TERMS, "value"].tolist()
    assert values == approx([3.67336, -0.18621, -0.29923, -0.51140], abs=1e-5)
    theta, error = 1 / binomial.alpha, binomial.alpha_error / binomial.alpha**2
    assert (theta, error) == approx((9.9444, 2.561), abs=5e-4)
    assert 2 * binomial.log_likelihood == approx(-398.7638, abs=1e-4)
    assert binomial.method == "negative binomial (NB2), model-based errors"


def test_the_accidents_of_the_shell_makers():
    poisson = fit_regression(SHELLS, "accidents ~ 1")
    assert poisson.log_likelihood == approx(-617.1843, abs=1e-4) and poisson.pearson == approx(960.7575, abs=1e-4)
    binomial = fit_regression(SHELLS, "accidents ~ 1", family="nb2")
    assert 1 / binomial.alpha == approx(0.86512, abs=1e-5)  # the maximum to 12 digits is 0.865115819945
    assert 2 * binomial.log_likelihood == approx(-1184.5342, abs=1e-4)
    assert binomial.coefficients.loc["constant", ["value", "error"]].tolist() == approx([-0.765236, 0.071476], abs=1e-6)
    theta, mean = 1 / binomial.alpha, 301 / 647
    expected = 647 * (theta / (theta + mean)) ** theta
    assert expected == approx(445.89, abs=0.02)


@pytest.mark.parametrize("family", ["poisson", "nb2"])
def test_an_interaction_agrees_with_statsmodels(family):
    frame = cells(spread=0.3)
    found = fit_regression(frame, "accidents ~ nuts2 + sex * nace1 + year", exposure="employed", family=family,
                           references={"nuts2": "ITC0", "sex": "F", "nace1": "A"})  # fmt: skip
    model = sm.families.Poisson() if family == "poisson" else sm.families.NegativeBinomial(alpha=found.alpha)
    theirs = smf.glm(
        "accidents ~ nuts2 + sex * nace1 + year", frame.astype({"sex": str}), family=model, exposure=frame["employed"]
    ).fit(tol=1e-10, tol_criterion="params")
    renamed = theirs.params.rename(lambda name: name.replace("T.", "").replace("Intercept", "constant"))
    ours = found.coefficients
    assert set(renamed.index) == set(ours.index)
    assert ours["value"].to_numpy() == approx(renamed[ours.index].to_numpy(), rel=1e-7, abs=1e-8)
    assert ours["error"].to_numpy() == approx(theirs.bse.set_axis(renamed.index)[ours.index].to_numpy(), rel=1e-6)
    assert found.deviance == approx(theirs.deviance) and found.log_likelihood == approx(theirs.llf)
    assert found.pearson == approx(theirs.pearson_chi2)


def test_the_alpha_of_a_negative_binomial_agrees_with_statsmodels():
    frame = cells(spread=0.4, seed=3)
    found = fit_regression(frame, "accidents ~ sex + nace1", exposure="employed", family="nb2")
    design = found.design.matrix.toarray()[found.design.pattern]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # theirs meets overflows on the way
        theirs = sm.NegativeBinomial(frame["accidents"], design, exposure=frame["employed"]).fit(
            start_params=np.r_[found.coefficients["value"], found.alpha * 1.2], method="newton", disp=0, maxiter=200
        )
    assert found.alpha == approx(theirs.params.iloc[-1], rel=1e-5)
    assert found.log_likelihood == approx(theirs.llf, rel=1e-9)
    assert found.alpha_error == approx(theirs.bse.iloc[-1], rel=0.1)


def test_clustered_errors_agree_with_statsmodels():
    frame = cells(spread=0.3)
    frame["group"] = frame["nuts2"] + frame["nace1"]
    found = fit_regression(frame, "accidents ~ sex + nace1", exposure="employed", cluster="group")
    theirs = sm.GLM(
        frame["accidents"],
        found.design.matrix.toarray()[found.design.pattern],
        family=sm.families.Poisson(),
        exposure=frame["employed"],
    ).fit(cov_type="cluster", cov_kwds={"groups": frame["group"].factorize()[0], "use_correction": False})
    assert found.coefficients["error"].to_numpy() == approx(theirs.bse.to_numpy() * np.sqrt(20 / 19), rel=1e-6)
    assert found.clusters == 20 and "20 clusters are few" in found.notes[0]
    assert found.method == "Poisson, errors clustered by group (20 clusters, G/(G-1), t with 19 degrees of freedom)"
    row = found.coefficients.loc["sex[M]"] if "sex[M]" in found.coefficients.index else found.coefficients.loc["sex[F]"]
    assert (row["high"] - row["value"]) / row["error"] == approx(2.093024, abs=1e-6)  # t with 19 degrees of freedom


@pytest.mark.parametrize(
    ("errors", "clustered", "hac", "tolerance"),
    [
        ("cluster0", (0.056172, 0.071468, 0.0071352), "no factor", 2e-6),
        ("cluster", (0.058013, 0.073811, 0.0073692), "G/(G-1)", 2e-6),
        ("cluster1", (0.058947, 0.074999, 0.0074878), "G/(G-1) times (n-1)/(n-k)", 2e-6),
    ],
)
def test_the_small_sample_factor_of_clustered_errors_is_chosen_and_named(errors, clustered, hac, tolerance):
    """Van drivers killed, R datasets Seatbelts (Harvey & Durbin 1986), clustered by year as R's sandwich has them."""
    found = fit_regression(VANS, VAN_TERMS, cluster="year", errors=errors)
    terms = ["constant", "law", "t"]
    assert found.coefficients.loc[terms, "value"].tolist() == approx([2.545369, -0.252543, -0.0432771], abs=1e-6)
    assert found.coefficients.loc[terms, "error"].tolist() == approx(clustered, abs=tolerance)
    assert f"errors clustered by year (16 clusters, {hac}, t with 15 degrees of freedom)" in found.method


@pytest.mark.parametrize("options", [{}, {"family": "nb2"}, {"cluster": "nuts2"}])
def test_a_design_too_large_to_be_dense_gives_the_same(options, monkeypatch):
    frame = cells(spread=0.3)
    dense = fit_regression(frame, "accidents ~ sex * nace1 + year", exposure="employed", **options)
    monkeypatch.setattr(regression_fit, "DENSE", 0)
    sparse = fit_regression(frame, "accidents ~ sex * nace1 + year", exposure="employed", **options)
    for column in ("value", "error"):
        assert np.abs(sparse.coefficients[column] - dense.coefficients[column]).max() < 1e-8
    assert sparse.alpha == approx(dense.alpha, abs=1e-9)
    with pytest.raises(ModelError, match="120 combinations of the terms are too many for HC0 or HC1 errors"):
        fit_regression(frame, "accidents ~ sex + nuts2 + nace1 + year", exposure="employed", errors="hc0")


def test_frequencies_of_the_shell_makers_beside_both_distributions():
    poisson, binomial = (fit_regression(SHELLS, "accidents ~ 1", family=name) for name in ("poisson", "nb2"))
    found = poisson.frequencies()
    assert found.index.tolist() == ["0", "1", "2", "3", "4", "5 or more"]
    assert found["observed"].tolist() == [447, 132, 42, 21, 3, 2]
    assert found["expected"].tolist() == approx([406.31, 189.03, 43.97, 6.82, 0.79, 0.08], abs=0.006)
    printed = [445.89, 134.90, 43.99, 14.69, 4.97, 2.57]
    assert binomial.frequencies()["expected"].tolist() == approx(printed, abs=0.02)
    few = binomial.frequencies(most=2)
    assert few.index.tolist() == ["0", "1", "2 or more"] and few.sum().tolist() == approx([647, 647])


def test_frequencies_need_whole_counts_and_a_distribution():
    with pytest.raises(ModelError, match="Quasi-Poisson is no distribution of counts"):
        fit_regression(SHELLS, "accidents ~ 1", family="quasi-poisson").frequencies()
    with pytest.raises(ModelError, match="The counts are sums of weights: there is no table"):
        fit_regression(SHELLS * 1.5, "accidents ~ 1").frequencies()


def test_a_result_answers_for_itself():
    """Residuals, zeros, dispersion, standardised rates and a test against a smaller model are asked of the result."""
    small, large = (fit_regression(DANES, f"cases ~ {terms}", **options) for terms, options in
                    (("age", {"exposure": "people"}), ("town + age", TOWN_AND_AGE)))  # fmt: skip
    assert large.against(small).statistic == approx(4.85905, abs=1e-5)
    assert large.average_rates("town").index[0] == "Fredericia" and len(large.fitted_rates()) == 24
    assert large.residuals()["leverage"].sum() == approx(9)
    assert large.zeros().observed == 0 and large.dispersion_test().df == 15
    assert large.reading(most=1).startswith("224 events, 24 rows as given (town x age)")


@pytest.mark.parametrize("errors", [{}, {"cluster": "nuts2"}])
def test_aggregated_cells_give_the_coefficients_and_errors_of_the_finest(errors):
    finest = cells(mean_exposure=300, dims=(6, 5, 2, 9))
    terms = ["nace1", "sex", *errors.values()]
    coarse = finest.groupby(terms, as_index=False)[["accidents", "employed"]].sum()
    one, two = (
        fit_regression(frame, "accidents ~ nace1 * sex", exposure="employed", **errors) for frame in (finest, coarse)
    )
    assert one.references == two.references and one.n == 540 and two.n == len(coarse)
    for column in ("value", "error", "low", "high"):
        assert np.abs(one.coefficients[column] - two.coefficients[column]).max() < 1e-8
    assert np.abs(one.covariance - two.covariance).max().max() < 1e-8
    assert one.dispersion != approx(two.dispersion)  # this depends on the unit, which the result names
    assert (one.unit, two.unit) == (
        "540 rows as given (nuts2 x nace1 x sex x year)",
        f"{len(coarse)} rows as given ({' x '.join(terms)})",
    )


def test_millions_of_events_and_a_calendar_year_keep_their_digits():
    frame = cells(mean_exposure=3e6, dims=(6, 5, 2, 9))
    coarse = frame.groupby(["nace1", "year"], as_index=False)[["accidents", "employed"]].sum()
    one, two = (fit_regression(f, "accidents ~ nace1 * year", exposure="employed") for f in (frame, coarse))
    centred = fit_regression(frame.assign(year=frame["year"] - 2023), "accidents ~ nace1 * year", exposure="employed")
    assert one.coefficients["value"].to_numpy() == approx(two.coefficients["value"].to_numpy(), abs=1e-8, rel=1e-9)
    slopes = [name for name in one.coefficients.index if "year" in name]
    for column in ("value", "error"):
        assert one.coefficients.loc[slopes, column].to_numpy() == approx(
            centred.coefficients.loc[slopes, column].to_numpy(), rel=1e-7
        )


def test_the_unit_of_analysis_is_chosen_and_named():
    frame = cells(spread=0.3)
    by_unit = fit_regression(frame, "accidents ~ sex", exposure="employed", family="nb2", unit=["nuts2", "sex"])
    summed = frame.groupby(["nuts2", "sex"], as_index=False)[["accidents", "employed"]].sum()
    by_hand = fit_regression(summed, "accidents ~ sex", exposure="employed", family="nb2")
    assert by_unit.coefficients["error"].tolist() == approx(by_hand.coefficients["error"].tolist())
    assert by_unit.alpha == approx(by_hand.alpha) and by_unit.unit == "8 cells of nuts2 x sex"
    assert by_unit.units.index.names == ["nuts2", "sex"]
    finest = fit_regression(frame, "accidents ~ sex", exposure="employed", family="nb2")
    assert finest.alpha != approx(by_unit.alpha, rel=0.01)


def test_codes_are_categories_and_a_year_only_when_asked():
    frame = cells().assign(size=lambda f: f["nuts2"].map({"ITC0": 1, "ITC1": 1, "ITC2": 2, "ITC3": 3}))
    found = fit_regression(frame, "accidents ~ year + C(size)", exposure="employed", references={"size": 1})
    assert list(found.coefficients.index) == ["constant", "year", "size[2]", "size[3]"]
    assert found.references == {"size": "1"}
    category = frame.assign(sex=frame["sex"].astype("category"))
    assert "sex[M]" in fit_regression(category, "accidents ~ sex", references={"sex": "F"}).coefficients.index


def test_without_a_choice_the_reference_has_most_exposure():
    frame = cells()
    found = fit_regression(frame, "accidents ~ nace1", exposure="employed")
    assert found.references["nace1"] == frame.groupby("nace1")["employed"].sum().idxmax()
    other = fit_regression(frame, "accidents ~ nace1", exposure="employed", references={"nace1": "A"})
    assert other.deviance == approx(found.deviance) and other.units["expected"].tolist() == approx(
        found.units["expected"].tolist()
    )


def test_the_arguments_are_left_as_they_were():
    frame, references = cells(), {"sex": "F"}
    before = frame.copy()
    fit_regression(frame, "accidents ~ sex", exposure="employed", references=references, unit=["nuts2", "sex"])
    pd.testing.assert_frame_equal(frame, before)
    assert references == {"sex": "F"}


@settings(max_examples=25)
@given(st.permutations(range(120)), st.floats(0.01, 1e6))
def test_order_of_rows_and_unit_of_exposure_change_nothing_but_the_constant(order, factor):
    frame = cells()
    one = fit_regression(frame, "accidents ~ sex + nace1", exposure="employed").coefficients
    moved = frame.iloc[list(order)].assign(employed=lambda f: f["employed"] * factor)
    two = fit_regression(moved, "accidents ~ sex + nace1", exposure="employed").coefficients
    rest = one.index.drop("constant")
    assert two.loc[rest, "value"].to_numpy() == approx(one.loc[rest, "value"].to_numpy(), abs=1e-8)
    assert two["error"].to_numpy() == approx(one["error"].to_numpy(), rel=1e-7)
    assert two.loc["constant", "value"] == approx(one.loc["constant", "value"] - np.log(factor), abs=1e-7)


@settings(max_examples=25)
@given(st.integers(2, 50))
def test_more_of_the_same_narrows_the_interval_by_the_root(times):
    frame = cells()
    one = fit_regression(frame, "accidents ~ sex + nace1", exposure="employed").coefficients
    more = frame.assign(accidents=frame["accidents"] * times, employed=frame["employed"] * times)
    two = fit_regression(more, "accidents ~ sex + nace1", exposure="employed").coefficients
    assert two["value"].to_numpy() == approx(one["value"].to_numpy(), abs=1e-8)
    assert two["error"].to_numpy() == approx(one["error"].to_numpy() / np.sqrt(times), rel=1e-7)


def test_one_category_gives_the_rates_themselves():
    frame = cells()
    found = fit_regression(frame, "accidents ~ nace1", exposure="employed", references={"nace1": "A"})
    sums = frame.groupby("nace1")[["accidents", "employed"]].sum()
    rates = sums["accidents"] / sums["employed"]
    assert found.ratios.loc["nace1[F]", "ratio"] == approx(rates["F"] / rates["A"])
    error = np.sqrt(1 / sums.loc["F", "accidents"] + 1 / sums.loc["A", "accidents"])
    assert found.coefficients.loc["nace1[F]", "error"] == approx(error)


def test_a_single_cell_gives_its_rate_and_no_dispersion():
    found = fit_regression(pd.DataFrame({"accidents": [25], "employed": [1000]}), "accidents ~ 1", exposure="employed")
    row = found.coefficients.loc["constant"]
    assert (row["ratio"], row["error"]) == approx((0.025, 0.2)) and np.isnan(found.dispersion)


def test_the_terms_are_tested_as_a_whole():
    found = fit_regression(DANES, "cases ~ town + age", **TOWN_AND_AGE)
    assert found.terms.loc["age", "columns"] == 5 and found.terms.loc["age", "p_value"] < 1e-12
    one = fit_regression(DANES, "cases ~ town + age", exposure="people", references={"town": "Vejle", "age": "75+"})
    assert one.terms["statistic"].to_numpy() == approx(found.terms["statistic"].to_numpy())  # whatever the reference
    few = fit_regression(cells(), "accidents ~ nace1", exposure="employed", cluster="nuts2")
    assert np.isnan(few.terms.loc["nace1", "p_value"])
    assert (
        "There are fewer clusters than coefficients: terms with many levels cannot be tested as a whole." in few.notes
    )


def test_cells_without_exposure_are_counted_and_named():
    frame = cells()
    bare = frame["nace1"] == "Q"
    frame.loc[bare, ["employed", "accidents"]] = 0
    found = fit_regression(frame, "accidents ~ nace1", exposure="employed")
    assert found.without_exposure == bare.sum() and found.n == (~bare).sum()
    assert found.notes[0] == f"{bare.sum()} cells without exposure were left out; of nace1=Q nothing is left."


def test_sums_of_weights_get_a_warning_about_their_errors():
    frame = cells().assign(accidents=lambda f: f["accidents"] * 1.5)
    assert "The counts are sums of weights" in " ".join(
        fit_regression(frame, "accidents ~ sex", exposure="employed").notes
    )
    robust = fit_regression(frame, "accidents ~ sex", exposure="employed", errors="hc1")
    assert "sums of weights" not in " ".join(robust.notes)


def test_counts_that_vary_less_than_poisson_give_a_negative_binomial_without_alpha():
    frame = pd.DataFrame({"accidents": [10, 11, 9, 10, 10, 11], "sex": list("FMFMFM")})
    found = fit_regression(frame, "accidents ~ sex", family="nb2")
    assert found.alpha == 0 and "alpha is 0 and the model is Poisson's" in found.notes[0]
    poisson = fit_regression(frame, "accidents ~ sex")
    assert found.coefficients["error"].tolist() == approx(poisson.coefficients["error"].tolist())


def test_a_negative_binomial_over_one_huge_count_is_refused():
    frame = pd.DataFrame({"accidents": [0] * 400 + [1_000_000]})
    with pytest.raises(ModelError, match="one of them holds most events"):
        fit_regression(frame, "accidents ~ 1", family="nb2")


def test_units_that_fit_exactly_have_no_variation_to_learn_from():
    exact = pd.DataFrame({"accidents": [4, 4, 6, 6], "sex": list("FFMM")})
    for options in ({"family": "quasi-poisson"}, {"errors": "hc0"}):
        with pytest.raises(ModelError, match="The units fit exactly: nothing is left to learn their variation from."):
            fit_regression(exact, "accidents ~ sex", **options)
    with pytest.raises(ModelError, match="The units fit exactly"):
        fit_regression(cells(), "accidents ~ nuts2", exposure="employed", cluster="nuts2")


def test_robust_errors_that_cannot_be_known_are_missing_and_said_to_be():
    alone = pd.DataFrame({"accidents": [4, 7, 6, 9, 3], "nace1": list("AAACF")})
    found = fit_regression(alone, "accidents ~ nace1", errors="hc1")
    assert "No errors can be given for nace1[C], nace1[F]: the model fits each of their units exactly." in found.notes
    assert found.coefficients.loc[["nace1[C]", "nace1[F]"], ["error", "low", "high", "p_value"]].isna().all(axis=None)
    assert found.coefficients["ratio"].notna().all() and np.isnan(found.terms.loc["nace1", "p_value"])
    within = fit_regression(cells(), "accidents ~ nuts2 + sex", exposure="employed", cluster="nuts2")
    assert within.coefficients["error"].notna().tolist() == [False] * 4 + [True]  # sex varies inside the regions
    assert "the model fits each of their clusters exactly" in " ".join(within.notes)


FEW = pd.DataFrame(
    {"accidents": [4, 6, 3, 9], "employed": [100.0, 200, 150, 120], "sex": list("FMFM"), "nace1": list("ABBA")}
)


@pytest.mark.parametrize(
    ("frame", "options", "message"),
    [
        ([1, 2], {}, "Of the cells came list, not a pandas DataFrame."),
        (FEW.assign(accidents=[4, 6, None, 9]), {}, "In the counts there are missing values: 2. Correct them, or "
                                                    "leave"),
        (FEW.assign(accidents=[4, 6, -1, 9]), {}, "In the counts there are negative values: 2"),
        (FEW.assign(accidents=["a", "b", "c", "d"]), {}, "Not all of the counts are numbers"),
        (FEW.assign(employed=[100, None, 1, 1]), {}, "In the exposure there are missing values: 1"),
        (FEW.assign(employed=[100, 0, 1, 1]), {}, "There are events without exposure in 1: one of the two is wrong."),
        (FEW.assign(employed=[100, -5, 1, 1]), {}, "In the exposure there are negative values: 1"),
        (FEW.assign(accidents=0), {}, "There are no events in the cells with exposure: there is nothing to explain."),
        (FEW.assign(sex=["F", None, "F", "M"]), {}, "1 cell has no sex. Give it a code of its own, or leave it out"),
        (FEW.assign(sex="F"), {}, "All cells with exposure have sex=F: there is nothing to compare. Leave sex out."),
        (FEW, {"references": {"sex": "T"}}, "The reference sex=T has no cells with exposure. There are: F, M."),
        (FEW, {"family": "gamma"}, "family='gamma' is not known. There are: poisson, quasi-poisson, nb2."),
        (FEW, {"errors": "hac"}, "errors='hac' is not known. There are: model, hc0, hc1, cluster, cluster0, cluster1."),
        (FEW, {"errors": "cluster"}, "Clustered errors and the column of clusters go together: give cluster= and no "
                                     "other"),
        (FEW, {"errors": "hc0", "cluster": "nace1"}, "Clustered errors and the column of clusters go together"),
        (FEW.assign(one="x"), {"cluster": "one"}, "There is one cluster only: nothing to learn its variation from."),
        (FEW, {"unit": ["nace1"]}, "sex are not part of the unit of analysis, nace1. Add them to unit=."),
        (FEW[:2], {"family": "quasi-poisson"}, "2 units for 2 coefficients leave nothing to learn the variation from."),
        (FEW[:2], {"errors": "hc1"}, "2 units for 2 coefficients leave nothing to learn the variation from."),
        (FEW, {"level": 95}, "level=95 is not a confidence level"),
        (FEW, {"separation": "keep"}, "separation='keep' is not known. There are: refuse, leave_out."),
    ],
)  # fmt: skip
def test_input_without_an_answer_is_refused(frame, options, message):
    with pytest.raises(ModelError, match=message.replace(".", r"\.").replace("(", r"\(")):
        fit_regression(frame, "accidents ~ sex", **{"exposure": "employed"} | options)


@pytest.mark.parametrize(
    "options",
    [{"exposure": "employees"}, {"references": {"nace": "F"}}, {"cluster": "region"}, {"unit": ["sex", "region"]}],
)
def test_a_column_that_is_not_there_is_answered_with_those_near_it(options):
    with pytest.raises(UnknownName, match="is not a known column of the cells"):
        fit_regression(FEW, "accidents ~ sex", **{"exposure": "employed"} | options)
    with pytest.raises(UnknownName, match="'nace2' is not a known column of the cells. Close to it: nace1"):
        fit_regression(FEW, "accidents ~ nace2")
