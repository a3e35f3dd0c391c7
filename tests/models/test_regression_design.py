"""Formulas, references, collinear terms and levels without events: found before anything is fitted."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx
from scipy import sparse

from workbench.models.regression import fit_regression
from workbench.models.regression_design import build_design, parse_formula
from workbench.models.regression_rank import independent_columns
from workbench.models.regression_separation import separated_patterns
from workbench.terms.errors import ModelError


def grid(**levels):
    """One row for each combination of the levels, with 100 employed and 10 accidents."""
    index = pd.MultiIndex.from_product(levels.values(), names=levels)
    return index.to_frame(index=False).assign(accidents=10.0, employed=100.0)


def events(frame, **options):
    return fit_regression(frame, "accidents ~ nace1 + sex", exposure="employed", **options)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("y ~ 1", [()]),
        ("y ~ a + b", [(), ("a",), ("b",)]),
        ("y~a*b", [(), ("a",), ("b",), ("a", "b")]),
        ("y ~ b:a + a + b", [(), ("a",), ("b",), ("b", "a")]),
        ("y ~ a * b + b * a + a", [(), ("a",), ("b",), ("a", "b")]),
        ("y ~ a*b*C(c)", [(), ("a",), ("b",), ("c",), ("a", "b"), ("a", "c"), ("b", "c"), ("a", "b", "c")]),
        ("y ~ 1 + a:a", [(), ("a",)]),
    ],
)
def test_a_formula_is_read(text, terms):
    assert list(parse_formula(text).terms) == terms
    assert parse_formula(text).response == "y"


def test_numbers_become_codes_by_c():
    assert parse_formula("accidents ~ C(year) + sex").categories == {"year"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nace1 + sex", "The formula 'nace1 + sex' has no counts before a ~. Write it as in: accidents ~ nace1 + sex"),
        ("log(y) ~ sex", "has no counts before a ~"),
        ("y ~ sex - 1", "In the formula 'y ~ sex - 1', 'sex - 1' is not understood. There are names of columns, +, :,"),
        ("y ~ offset(log(employed))", "'offset(log(employed))' is not understood"),
        ("y ~ __import__('os').system('true')", "is not understood"),
        ("y ~ sex + ", "'' is not understood"),
        ("y ~ C(sex", "'C(sex' is not understood"),
        ("y ~ sex:nace1", "The interaction sex:nace1 stands without sex. Write sex * nace1, which has all of them."),
        ("y ~ sex + y", "y stands on both sides of the formula. Leave it out on the right."),
    ],
)
def test_a_formula_that_cannot_be_read_is_answered(text, message):
    with pytest.raises(ModelError) as caught:
        parse_formula(text)
    assert message in str(caught.value)


def test_a_term_made_of_the_same_cells_is_named():
    frame = grid(nuts2=["ITC1", "ITC2", "ITF1", "ITF2"], sex=["F", "M"]).assign(nuts1=lambda f: f["nuts2"].str[:3])
    with pytest.raises(
        ModelError, match=r"nuts1\[ITF\] add nothing to the terms before: nuts1 cannot be told from them"
    ):
        fit_regression(frame, "accidents ~ nuts2 + nuts1 + sex", exposure="employed")
    with pytest.raises(ModelError, match="add nothing to the terms before: nuts2 cannot be told from them. Leave out"):
        fit_regression(frame, "accidents ~ nuts1 + nuts2 + sex", exposure="employed")


def test_a_number_that_never_changes_or_follows_another_is_refused():
    frame = grid(sex=["F", "M"], year=[2019, 2020, 2021]).assign(scope=7.0, since=lambda f: f["year"] - 2008)
    for formula in ("accidents ~ sex + scope", "accidents ~ year + since", "accidents ~ C(year) + since"):
        with pytest.raises(ModelError, match="add nothing to the terms before"):
            fit_regression(frame, formula, exposure="employed")
    with pytest.raises(
        ModelError, match="year are numbers and have no reference. Write C.year. to read them as codes."
    ):
        fit_regression(frame, "accidents ~ sex + year", references={"year": "2019"})
    with pytest.raises(ModelError, match="scope has infinite values. Correct them."):
        fit_regression(frame.assign(scope=np.inf), "accidents ~ sex + scope")


def test_combinations_without_cells_are_left_out_and_named():
    frame = grid(nace1=list("CFG"), sex=["F", "M"], year=["2020", "2021"])
    gone = (frame["nace1"] == "F") & (frame["sex"] == "M")
    found = fit_regression(frame[~gone], "accidents ~ nace1 * sex", references={"nace1": "C", "sex": "F"})
    assert found.notes == ("Not estimated, for want of cells: nace1[F]:sex[M].",)
    assert "nace1[F]:sex[M]" not in found.coefficients.index and len(found.coefficients) == 5
    without_reference = (frame["nace1"] == "C") & (frame["sex"] == "M")
    found = fit_regression(frame[~without_reference], "accidents ~ nace1 * sex", references={"nace1": "C", "sex": "F"})
    assert found.notes == ("Not estimated, for want of cells: nace1[G]:sex[M].",)
    assert found.df == 10 - 5


def test_a_level_without_events_is_refused_by_name():
    frame = grid(nace1=list("CFU"), sex=["F", "M"], year=["2020", "2021"])
    frame.loc[frame["nace1"] == "U", "accidents"] = 0
    with pytest.raises(
        ModelError, match="^Without events are nace1=U: no finite coefficient fits them. Merge them with"
    ):
        events(frame)
    with pytest.raises(ModelError, match="^Without events are nace1=U"):
        events(frame, references={"nace1": "U"})  # then all others would be infinite
    with pytest.raises(
        ModelError, match="The reference nace1=U has no events: nothing can be compared with it. Choose"
    ):
        events(frame, references={"nace1": "U"}, separation="leave_out")


def test_a_level_without_events_is_left_out_on_request_and_named():
    frame = grid(nace1=list("CFU"), sex=["F", "M"], year=["2020", "2021"])
    frame["accidents"] = np.where(frame["nace1"] == "U", 0, np.arange(12) + 3)
    found = events(frame, separation="leave_out")
    assert found.separated == ("nace1=U",) and found.n == 8
    assert found.notes[0] == (
        "Left out because they have no events: nace1=U (4 cells). Their rate ratio is 0 with an unknown upper limit."
    )
    by_hand = events(frame[frame["nace1"] != "U"])
    assert found.coefficients["value"].tolist() == approx(by_hand.coefficients["value"].tolist())


def test_separation_by_a_combination_and_by_a_number_is_found():
    frame = grid(nace1=list("CF"), sex=["F", "M"], year=["2020", "2021"])
    frame.loc[(frame["nace1"] == "F") & (frame["sex"] == "F"), "accidents"] = 0
    assert events(frame).separated == ()  # without the interaction the other cells hold the coefficients
    with pytest.raises(ModelError, match="^Without events are nace1=F:sex=F"):
        fit_regression(frame, "accidents ~ nace1 * sex", exposure="employed")
    numbers = pd.DataFrame({"accidents": [0, 0, 0, 5], "year": [2018, 2019, 2020, 2021]})
    with pytest.raises(ModelError, match="Without events are 3 cells on one side of a number: no finite"):
        fit_regression(numbers, "accidents ~ year")


def test_separation_by_several_terms_together_is_found():
    # no level is without events; F x F alone could tell women from men within F, and there are no men in C
    frame = pd.DataFrame({"nace1": list("CFFCF"), "sex": list("FFMFM"), "accidents": [5, 0, 7, 3, 2]})
    with pytest.raises(ModelError, match="^Without events are nace1=F:sex=F: no finite"):
        fit_regression(frame, "accidents ~ nace1 + sex")
    more = pd.concat([frame, pd.DataFrame({"nace1": ["C"], "sex": ["M"], "accidents": [0]})], ignore_index=True)
    found = fit_regression(more, "accidents ~ nace1 + sex")  # both empty corners pull against each other
    assert found.separated == () and np.abs(found.coefficients["value"]).max() < 5


@settings(max_examples=60)
@given(st.lists(st.sampled_from([0, 0, 0, 3, 8]), min_size=18, max_size=18).filter(any))
def test_a_model_is_refused_for_separation_exactly_when_its_coefficients_run_away(counts):
    frame = grid(nace1=list("ABC"), sex=["F", "M"], year=["1", "2", "3"]).assign(accidents=counts)
    formula = parse_formula("accidents ~ nace1 + sex + year")
    design = build_design(formula, frame, {}, np.ones(18))
    y, matrix = design.sums(np.array(counts, float)), design.matrix.toarray()
    b = np.zeros(matrix.shape[1])
    for _step in range(400):  # Newton with a ridge of 1e-9: only separated cells can fall below it
        mu = np.exp(matrix @ b)
        step = np.linalg.solve(
            matrix.T @ (mu[:, None] * matrix) + 1e-9 * np.eye(len(b)), matrix.T @ (y - mu) - 1e-9 * b
        )
        b = b + step / max(1, np.abs(step).max())
    assert separated_patterns(design, y).tolist() == (mu < 1e-5).tolist()


def test_a_design_has_one_row_for_each_combination_that_occurs():
    frame = pd.concat([grid(nace1=list("CFG"), sex=["F", "M"])] * 50, ignore_index=True)
    design = build_design(parse_formula("accidents ~ nace1 + sex"), frame, {}, np.ones(len(frame)))
    assert design.matrix.shape == (6, 4) and design.pattern.shape == (300,)
    assert design.sums(np.ones(300)).tolist() == [50] * 6


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_the_unit_of_a_number_does_not_decide_whether_it_adds_something(unit):
    hours, twice = (("hours", ""),), (("twice", ""),)
    numbers = np.array([1.0, 2.0, 5.0, 3.0]) * unit
    assert independent_columns([(), hours], sparse.csr_array(np.column_stack([np.ones(4), numbers]))) == [0, 1]
    with pytest.raises(ModelError, match="twice add nothing to the terms before"):
        independent_columns([(), hours, twice], sparse.csr_array(np.column_stack([np.ones(4), numbers, 2 * numbers])))
