"""Dispersion, nested models, residuals, influence and zeros: printed cases, statsmodels, simulated truth."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from pytest import approx
from scipy import stats
from statsmodels.discrete.diagnostic import PoissonDiagnostic

from workbench.models.regression import fit_regression
from workbench.models.regression_checks import check_dispersion, check_zeros, compare_models, diagnose
from workbench.terms.errors import ModelError

AGES = ["40-54", "55-59", "60-64", "65-69", "70-74", "75+"]
DANES = pd.DataFrame(
    {
        "town": np.repeat(["Fredericia", "Horsens", "Kolding", "Vejle"], 6),
        "age": AGES * 4,
        "people": [3059, 800, 710, 581, 509, 605, 2879, 1083, 923, 834, 634, 782,
                   3142, 1050, 895, 702, 535, 659, 2520, 878, 839, 631, 539, 619],
        "cases": [11, 11, 11, 10, 11, 10, 13, 6, 15, 10, 12, 2, 4, 8, 7, 11, 9, 12, 5, 7, 10, 14, 8, 7],
    }
)  # fmt: skip
BREAKS = """26 30 54 25 70 52 51 26 67 18 21 29 17 12 18 35 30 36 36 21 24 18 10 43 28 15 26 27 14 29 19 29 31 41 20 44
42 26 19 16 39 28 21 39 29 20 21 24 17 13 15 15 16 28"""
LOOMS = pd.DataFrame(
    {"breaks": [int(n) for n in BREAKS.split()], "wool": ["A"] * 27 + ["B"] * 27,
     "tension": (["L"] * 9 + ["M"] * 9 + ["H"] * 9) * 2}
)  # fmt: skip
SHELLS = pd.DataFrame({"accidents": np.repeat(np.arange(6), [447, 132, 42, 21, 3, 2])})


def towns(formula, **options):
    return fit_regression(DANES, formula, exposure="people", **options)


def yarn(formula="breaks ~ wool + tension", **options):
    return fit_regression(LOOMS, formula, **options)


def test_the_dispersion_of_the_shell_makers():
    found = check_dispersion(fit_regression(SHELLS, "accidents ~ 1"))
    assert (found.nb1_z, found.dispersion) == approx((4.594143, 1.484942), abs=1e-6)
    assert found.nb2 == approx(1.042384, abs=1e-6) and found.nb2_z == approx(found.nb1_z)
    assert found.nb1_p == approx(2.17e-6, abs=1e-8) and (found.pearson, found.df) == (approx(960.7575, abs=1e-4), 646)
    assert str(found) == (
        "Variance over mean 1.48 (Cameron & Trivedi z = 4.59, one-sided p < 0.001; Pearson 960.8 on 646 degrees of "
        "freedom), 647 rows as given."
    )


def test_the_dispersion_of_the_yarn():
    found = check_dispersion(yarn())
    assert (found.nb1_z, found.dispersion) == approx((4.579652, 3.944448), abs=1e-6)
    assert found.nb1_p == approx(2.33e-6, abs=1e-8)
    model = sm.Poisson(LOOMS["breaks"], yarn().design.matrix.toarray()[yarn().design.pattern]).fit(disp=0, tol=1e-12)
    theirs = PoissonDiagnostic(model).test_dispersion().summary_frame().set_index("method")
    assert found.nb2_z == approx(theirs.loc["CT nb2", "statistic"], rel=1e-6)
    # as of statsmodels 0.15 its row "CT nb1" repeats that of nb2; the printed z above is R's
    assert 2 * found.nb2_p == approx(theirs.loc["CT nb2", "pvalue"], rel=1e-5)


def test_dispersion_is_asked_of_poisson_with_something_left_over():
    with pytest.raises(
        ModelError, match="Over-dispersion is tested on the Poisson model: fit it with family='poisson'"
    ):
        check_dispersion(yarn(family="nb2"))
    with pytest.raises(ModelError, match="24 units for 24 coefficients leave nothing to test dispersion with."):
        check_dispersion(towns("cases ~ town * age"))


@pytest.mark.parametrize(
    ("smaller", "statistic", "df", "p"),
    [("cases ~ age", 4.85905, 3, 0.18241), ("cases ~ town", 103.06781, 5, None)],
)
def test_the_likelihood_ratios_of_the_danish_towns(smaller, statistic, df, p):
    found = compare_models(towns(smaller), towns("cases ~ town + age"))
    assert (found.statistic, found.df) == (approx(statistic, abs=1e-5), df)
    assert found.p_value == approx(p, abs=1e-5) if p else found.p_value < 1e-15
    assert str(found).startswith(f"likelihood ratio: {statistic:.3f} on {df}, p ")


def test_poisson_within_a_negative_binomial_has_half_the_p_value():
    found = compare_models(yarn(), yarn(family="nb2"))
    assert found.statistic == approx(2 * (-398.7638 / 2 - yarn().log_likelihood), abs=1e-3)
    even = LOOMS.assign(breaks=[20, 21, 19] * 18)
    none = compare_models(*(fit_regression(even, "breaks ~ wool", family=name) for name in ("poisson", "nb2")))
    assert (none.statistic, none.p_value) == (0, 0.5) and "half the chi-square's p" in none.method


def test_quasi_poisson_has_an_f_test_and_no_likelihood():
    small, large = (yarn(f"breaks ~ {terms}", family="quasi-poisson") for terms in ("wool", "wool + tension"))
    found = compare_models(small, large)
    assert found.statistic == approx((small.deviance - large.deviance) / 2 / large.dispersion)
    assert found.p_value == approx(stats.f.sf(found.statistic, 2, 50)) and found.df == 2
    assert np.isnan(large.log_likelihood) and np.isnan(large.aic)
    assert found.method == "F with quasi-Poisson dispersion (50 residual degrees of freedom)"


def test_nested_negative_binomials_are_compared_and_order_and_references_do_not_matter():
    one = yarn("breaks ~ wool", family="nb2")
    two = yarn("breaks ~ tension + wool", family="nb2", references={"wool": "B"})
    assert compare_models(one, two).statistic == approx(2 * (two.log_likelihood - one.log_likelihood))


def test_models_that_cannot_be_compared_are_refused():
    with pytest.raises(
        ModelError, match="cases ~ town .poisson. is not nested in cases ~ age .poisson.: give the smaller"
    ):
        compare_models(towns("cases ~ town"), towns("cases ~ age"))
    with pytest.raises(ModelError, match="is not nested in"):
        compare_models(towns("cases ~ town"), towns("cases ~ town + age", family="quasi-poisson"))
    with pytest.raises(ModelError, match="The models are of different cells"):
        compare_models(towns("cases ~ town"), fit_regression(DANES[1:], "cases ~ town + age", exposure="people"))


def test_residuals_and_influence_agree_with_statsmodels():
    model = towns("cases ~ town + age")
    found = diagnose(model)
    theirs = sm.GLM(
        DANES["cases"],
        model.design.matrix.toarray()[model.design.pattern],
        family=sm.families.Poisson(),
        exposure=DANES["people"],
    ).fit(tol=1e-13)
    influence = theirs.get_influence(observed=False)
    assert found["pearson"].to_numpy() == approx(theirs.resid_pearson.to_numpy(), abs=1e-7)
    assert found["deviance"].to_numpy() == approx(theirs.resid_deviance.to_numpy(), abs=1e-7)
    assert found["leverage"].to_numpy() == approx(influence.hat_matrix_diag, abs=1e-7)
    assert found["cook"].to_numpy() == approx(influence.cooks_distance[0], abs=1e-6)
    assert found["leverage"].sum() == approx(9) and (found["deviance"] ** 2).sum() == approx(model.deviance)
    assert list(found.index) == list(DANES.index)


def test_residuals_carry_the_dispersion_they_were_fitted_with():
    plain, quasi = diagnose(yarn()), diagnose(yarn(family="quasi-poisson"))
    assert quasi["pearson"].to_numpy() == approx(plain["pearson"].to_numpy() / 2.064345, rel=1e-6)
    assert quasi["leverage"].to_numpy() == approx(plain["leverage"].to_numpy())
    binomial = yarn(family="nb2")
    assert (diagnose(binomial)["deviance"] ** 2).sum() == approx(binomial.deviance)


def test_a_cell_that_decides_a_coefficient_alone_has_leverage_one_and_no_residual():
    found = diagnose(towns("cases ~ town * age"))
    assert found["leverage"].to_numpy() == approx(np.ones(24))
    assert found[["standardised", "cook"]].to_numpy() == approx(np.zeros((24, 2)), abs=1e-6)


def test_zeros_of_the_shell_makers():
    poisson, binomial = (fit_regression(SHELLS, "accidents ~ 1", family=name) for name in ("poisson", "nb2"))
    found = check_zeros(poisson)
    assert (found.observed, found.expected) == (447, approx(406.31, abs=0.01))
    mean = 301 / 647
    share = np.exp(-mean)  # by hand: binomial variance less what the fitted mean takes up
    assert found.z == approx((447 - 647 * share) / np.sqrt(647 * (share * (1 - share) - mean * share**2)))
    assert found.p_value < 1e-6 and check_zeros(binomial).p_value > 0.3
    assert str(found) == "447 of the units have no events, 406.3 expected (p < 0.001, one-sided), 647 rows as given."


def test_many_zeros_in_small_cells_are_no_inflation():
    generator, small = np.random.default_rng(2), []
    for _run in range(300):
        frame = pd.DataFrame({"accidents": generator.poisson(0.1, 200), "sex": ["F", "M"] * 100})
        small.append(check_zeros(fit_regression(frame, "accidents ~ sex", separation="leave_out")).z)
    assert np.mean(small) == approx(0, abs=0.15) and np.std(small) == approx(1, abs=0.15)
    large = fit_regression(pd.DataFrame({"accidents": [500, 520, 480]}), "accidents ~ 1")
    found = check_zeros(large)
    assert (found.observed, found.p_value) == (0, 1) and np.isnan(found.z)
