import numpy as np
import pandas as pd
import pytest
from pytest import approx

from workbench.models.survey_design import StageColumns, survey_design
from workbench.models.survey_effects import average_effects
from workbench.models.survey_regression import survey_regression
from workbench.terms.places import bundled

BREAKS = {
    ("A", "L"): [26, 30, 54, 25, 70, 52, 51, 26, 67],
    ("A", "M"): [18, 21, 29, 17, 12, 18, 35, 30, 36],
    ("A", "H"): [36, 21, 24, 18, 10, 43, 28, 15, 26],
    ("B", "L"): [27, 14, 29, 19, 29, 31, 41, 20, 44],
    ("B", "M"): [42, 26, 19, 16, 39, 28, 21, 39, 29],
    ("B", "H"): [20, 21, 24, 17, 13, 15, 15, 16, 28],
}
"""Breaks per loom by wool and tension: R's `warpbreaks` (Tippett 1950)."""


def test_average_effects_of_a_poisson_regression_are_the_printed_ones():
    """Values and HC1 errors as computed with R; a design of one unit each has n / (n - 1) times HC0."""
    rows = [(wool, tension, n) for (wool, tension), ns in BREAKS.items() for n in ns]
    frame = pd.DataFrame(rows, columns=["wool", "tension", "n"])
    terms = pd.DataFrame({"B": frame["wool"].eq("B"), "M": frame["tension"].eq("M"), "H": frame["tension"].eq("H")})
    terms, ones = terms.astype(float), pd.Series(1.0, index=frame.index)
    fitted = survey_regression(frame["n"].astype(float), terms, survey_design(ones), family="poisson")
    found = average_effects(fitted, terms, ones.to_numpy(), factors=[["B"], ["M", "H"]])
    assert found["value"].tolist() == approx([-5.777778, -10.0, -14.722222], abs=5e-7)
    robust = np.array([3.120854, 4.293630, 3.997956]) * np.sqrt(50 / 54 * 54 / 53)
    assert found["se"].tolist() == approx(robust.tolist(), abs=5e-6)


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    frame = pd.read_csv(bundled("catalogs") / "data" / "workers_made_up.csv")
    stratum = frame["wave"].astype(str) + frame["region"] + frame["size"]
    y = (frame["wears"] == 1).astype(float).where(frame["wears"] <= 2)
    large, late = (frame["size"] == "E_GE250").astype(float), (frame["wave"] == 2025).astype(float)
    return frame.assign(stratum=stratum, y=y, large=large, late=late)


@pytest.fixture(scope="module")
def design(answers):
    return survey_design(answers["weight"], [StageColumns(strata=answers["stratum"], units=answers["firm"])])


def effects(answers, design, family, answer, terms, factors):
    fitted = survey_regression(answers[answer], answers[terms], design, family=family)
    return fitted, average_effects(fitted, answers[terms], design.weights, factors=factors)


def test_the_effect_of_a_single_group_on_a_share_is_the_difference_of_two_shares(answers, design):
    _fitted, found = effects(answers, design, "logistic", "y", ["late"], [["late"]])
    known = answers[answers["y"].notna()]
    shares = [np.average(g["y"], weights=g["weight"]) for _late, g in known.groupby("late")]
    assert found["value"].iloc[0] == approx(shares[1] - shares[0])
    linear = survey_regression(answers["y"], answers[["late"]], design, family="linear").frame.iloc[1]
    assert found["se"].iloc[0] == approx(linear["se"])


def test_errors_of_effects_are_those_of_differences_by_hand(answers, design):
    fitted, found = effects(answers, design, "logistic", "y", ["large", "hours"], [["large"]])
    x, w = answers[["large", "hours"]].to_numpy(float), design.weights / design.weights.sum()

    def slope(b):
        p = 1 / (1 + np.exp(-(b[0] + x @ b[1:])))
        return b[2] * (w @ (p * (1 - p)))

    b, steps = fitted.frame["value"].to_numpy(), 1e-6 * np.eye(3)
    gradient = np.array([(slope(b + step) - slope(b - step)) / 2e-6 for step in steps])
    assert found["value"].iloc[1] == approx(slope(b), rel=1e-7)
    assert found["se"].iloc[1] == approx(np.sqrt(gradient @ fitted.covariance.to_numpy() @ gradient), rel=1e-5)


def test_effects_on_ordered_answers_add_up_to_nothing(answers, design):
    fitted, found = effects(answers, design, "ordinal", "strain", ["large", "late"], [["large"], ["late"]])
    assert found.groupby("term")["value"].sum().tolist() == approx([0, 0], abs=1e-12)
    assert found["answer"].tolist() == [0, 1, 2, 3] * 2
    b, w = fitted.frame["value"].to_numpy(), design.weights / design.weights.sum()
    never = [1 / (1 + np.exp(-(b[2] - b[0] * answers["large"] - b[1] * late))) for late in (0, 1)]
    assert found.loc[4, "value"] == approx(w @ (never[1] - never[0]))


def test_effects_of_a_linear_regression_are_its_coefficients(answers, design):
    fitted, found = effects(answers, design, "linear", "hours", ["large", "late"], [["large"]])
    assert found["value"].tolist() == approx(fitted.frame["value"].iloc[1:].tolist())
    assert found["se"].tolist() == approx(fitted.frame["se"].iloc[1:].tolist())
