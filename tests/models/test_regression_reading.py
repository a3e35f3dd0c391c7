"""Average rates from a regression, and what it says in words."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx

from workbench.models.regression import fit_regression
from workbench.models.regression_reading import average_rates, fitted_rates, reading
from workbench.models.standardise import standardised_rate
from workbench.terms.errors import ModelError

BREAKS = """26 30 54 25 70 52 51 26 67 18 21 29 17 12 18 35 30 36 36 21 24 18 10 43 28 15 26 27 14 29 19 29 31 41 20 44
42 26 19 16 39 28 21 39 29 20 21 24 17 13 15 15 16 28"""
LOOMS = pd.DataFrame(
    {"breaks": [int(n) for n in BREAKS.split()], "wool": ["A"] * 27 + ["B"] * 27,
     "tension": (["L"] * 9 + ["M"] * 9 + ["H"] * 9) * 2}
)  # fmt: skip
YARN = {"references": {"wool": "A", "tension": "L"}}


def yarn(**options):
    return fit_regression(LOOMS, "breaks ~ wool + tension", **YARN, **options)


def workers(events=(40, 60, 12, 30, 25, 8), people=(4000, 9000, 800, 2000, 1500, 900)):
    """Sexes by sector, with exposure."""
    return pd.DataFrame(
        {"nace1": list("CFQ") * 2, "sex": ["F"] * 3 + ["M"] * 3, "accidents": events, "employed": people}
    )


@pytest.mark.parametrize(
    ("options", "tension", "wool"),
    [
        ({}, [(-10.0, 1.867523), (-14.722222, 1.795912)], (-5.777778, 1.443967)),
        ({"errors": "hc1"}, [(-10.0, 4.293630), (-14.722222, 3.997956)], (-5.777778, 3.120854)),
    ],
)
def test_the_average_effects_of_the_yarn(options, tension, wool):
    model = yarn(**options)
    found = average_rates(model, "tension", per=1).loc[["M", "H"], ["difference", "difference_error"]]
    # R's errors come from the step before its last, so their last two digits are not ours
    assert found.to_numpy() == approx(np.array(tension), abs=4e-6)
    found = average_rates(model, "wool", per=1).loc["B", ["difference", "difference_error"]]
    assert found.tolist() == approx(wool, abs=4e-6)


def test_the_average_effects_of_the_yarn_by_a_negative_binomial():
    model = yarn(family="nb2")
    found = average_rates(model, "tension", per=1).loc[["M", "H"], ["difference", "difference_error"]]
    assert found.to_numpy() == approx(np.array([(-9.3198, 3.8412), (-14.4276, 3.6183)]), abs=1e-4)
    assert average_rates(model, "wool", per=1).loc["B", "difference"] == approx(-5.2216, abs=1e-4)
    assert average_rates(model, "wool", per=1).loc["B", "difference_error"] == approx(2.8454, abs=1e-4)


def test_a_saturated_model_gives_directly_standardised_rates():
    frame = workers()
    model = fit_regression(frame, "accidents ~ nace1 * sex", exposure="employed")
    found = average_rates(model, "sex")
    standard = frame.groupby("nace1")["employed"].sum()
    for sex, part in frame.set_index("nace1").groupby("sex"):
        theirs = standardised_rate(part["accidents"], part["employed"], standard)
        assert found.loc[sex, "value"] == approx(theirs.value)
        assert found.loc[sex, "error"] == approx(theirs.standard_error)
    assert found["per"].eq(100_000).all()


def test_the_delta_method_agrees_with_simulated_coefficients():
    frame = workers()
    model = fit_regression(frame, "accidents ~ nace1 + sex", exposure="employed", references={"sex": "F", "nace1": "C"})
    found = average_rates(model, "sex")
    drawn = np.random.default_rng(1).multivariate_normal(model.coefficients["value"], model.covariance, 200_000)
    terms = list(model.coefficients.index)
    sector = np.exp(
        np.column_stack([np.zeros(len(drawn)), drawn[:, terms.index("nace1[F]")], drawn[:, terms.index("nace1[Q]")]])
    )
    shares = (frame.groupby("nace1")["employed"].sum() / frame["employed"].sum()).to_numpy()
    women = 1e5 * np.exp(drawn[:, 0]) * (sector @ shares)
    gap = women * (np.exp(drawn[:, terms.index("sex[M]")]) - 1)
    assert found.loc["F", "error"] == approx(women.std(), rel=0.02)
    assert found.loc["M", "difference_error"] == approx(gap.std(), rel=0.03)
    assert found.loc["F", ["low", "high"]].tolist() == approx(np.quantile(women, [0.025, 0.975]).tolist(), rel=0.02)


@settings(max_examples=30)
@given(st.lists(st.integers(1, 60), min_size=6, max_size=6), st.lists(st.integers(50, 9000), min_size=6, max_size=6))
def test_an_average_rate_lies_between_the_fitted_ones(events, people):
    model = fit_regression(workers(events, people), "accidents ~ nace1 + sex", exposure="employed")
    averages, fitted = average_rates(model, "sex"), fitted_rates(model)
    for sex in ("F", "M"):
        rates = fitted["value"][workers()["sex"] == sex]
        assert rates.min() * (1 - 1e-9) <= averages.loc[sex, "value"] <= rates.max() * (1 + 1e-9)


def test_averages_by_units_count_each_the_same():
    frame = workers()
    model = fit_regression(frame, "accidents ~ nace1 + sex", exposure="employed")
    fitted = fitted_rates(model, per=1000)["value"]
    ratio = model.ratios.loc[lambda f: f.index.str.startswith("sex"), "ratio"].iloc[0]
    base, other = (
        fitted[frame["sex"] == sex].sum()
        for sex in (model.references["sex"], "F" if model.references["sex"] == "M" else "M")
    )
    by_units = average_rates(model, "sex", per=1000, weights="units")["value"].iloc[0]
    assert by_units == approx((base + other / ratio) / 6)
    assert by_units != approx(average_rates(model, "sex", per=1000)["value"].iloc[0], rel=1e-3)


def test_fitted_rates_have_limits_and_stand_by_unit():
    frame = workers().set_index(pd.Index(list("uvwxyz")))
    model = fit_regression(frame, "accidents ~ nace1 * sex", exposure="employed")
    found = fitted_rates(model)
    assert found["value"].to_numpy() == approx((1e5 * frame["accidents"] / frame["employed"]).to_numpy())
    assert list(found.index) == list("uvwxyz")
    reach = np.exp(1.959964 / np.sqrt(frame["accidents"]))  # a saturated model: each cell by itself
    assert (found["high"] / found["value"]).to_numpy() == approx(reach.to_numpy(), rel=1e-5)


def test_averages_that_need_cells_which_do_not_exist_are_refused():
    model = fit_regression(
        workers()[:-1], "accidents ~ nace1 * sex", exposure="employed", references={"nace1": "C", "sex": "F"}
    )
    with pytest.raises(ModelError, match=r"Nothing is known of nace1\[Q\]:sex\[M\]: no cells have that combination."):
        average_rates(model, "sex")
    with pytest.raises(
        ModelError, match="age is no category of the model accidents ~ nace1 . sex. There are: nace1, sex."
    ):
        average_rates(model, "age")
    with pytest.raises(ModelError, match="weights='rows' is not known. There are: exposure, units."):
        average_rates(fit_regression(workers(), "accidents ~ sex"), "sex", weights="rows")


def test_averages_without_errors_are_refused():
    frame = pd.concat([workers(), pd.DataFrame({"nace1": ["B"], "sex": ["F"], "accidents": [3], "employed": [500]})])
    model = fit_regression(frame, "accidents ~ nace1 + sex", exposure="employed", errors="hc0")
    for function, options in ((average_rates, {"variable": "sex"}), (fitted_rates, {})):
        with pytest.raises(
            ModelError, match=r"The model has no errors for nace1\[B\], so its rates have no limits. Fit it"
        ):
            function(model, **options)
    assert "nace1: rate ratios to F: " in reading(model, most=9)
    assert "(95% CI unknown to unknown)" in reading(model, most=9)


def test_the_reading_names_groups_unit_and_cautions_and_claims_no_cause():
    model = fit_regression(
        workers(), "accidents ~ nace1 + sex", exposure="employed", references={"nace1": "C", "sex": "F"}
    )
    words = reading(model, labels={"nace1": {"C": "Manufacturing", "Q": "Health"}, "sex": {"F": "Women", "M": "Men"}})
    lines = words.split("\n")
    assert lines[0] == "175 events, 6 rows as given (nace1 x sex); Poisson, model-based errors."
    assert lines[1].startswith("nace1, p = ") and "rate ratios to Manufacturing: " in lines[1] and "Health " in lines[1]
    assert lines[2].startswith("sex: rate ratio of Men to Women 1.") and "(95% CI " in lines[2]
    assert lines[-1] == (
        "These are associations at equal values of the other terms, with employed taken as known; they do not say "
        "why the "
        "groups differ."
    )
    for word in ("cause", "because", "due to", "effect", "leads to", "reduces", "increases"):
        assert word not in words


def test_the_reading_of_an_interaction_says_where_a_ratio_holds():
    model = fit_regression(
        workers(), "accidents ~ nace1 * sex", exposure="employed", references={"nace1": "C", "sex": "F"}
    )
    words = reading(model, labels={"nace1": {"C": "Manufacturing"}}, most=1)
    assert "rate ratio of M to F" in words and " where nace1 is Manufacturing" in words
    assert "(times the ratios of each alone)" in words and "(1 more level)." in words
    assert "Fewer than 10 events, so unreliable: nace1[Q]:sex[M]." in words


def test_unreliable_terms_are_named_by_their_labels():
    model = fit_regression(workers(), "accidents ~ nace1 + sex", exposure="employed", references={"nace1": "Q"})
    assert "so unreliable" not in reading(model)
    few = fit_regression(workers(events=(40, 60, 4, 30, 25, 3)), "accidents ~ nace1 + sex", exposure="employed")
    assert "so unreliable: nace1[Q]." in reading(few)
    assert "so unreliable: Health." in reading(few, labels={"nace1": {"Q": "Health"}})


def test_the_reading_carries_the_notes_of_the_model():
    words = reading(yarn())
    assert (
        "The units vary 4.26 times as much as Poisson counts" in words
        and "mean count ratios to L: " in words
        and "H 0.595" in words
    )
    assert words.endswith(
        "These are associations at equal values of the other terms; they do not say why the groups differ."
    )
    yearly = workers().assign(year=[2018, 2019, 2020] * 2)
    assert "rate ratio of one more of year " in reading(
        fit_regression(yearly, "accidents ~ sex + year", exposure="employed")
    )
