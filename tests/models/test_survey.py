import numpy as np
import pandas as pd
import pytest
from pytest import approx

from workbench.models.survey import (
    Convention,
    survey_means,
    survey_quantiles,
    survey_ratios,
    survey_shares,
    survey_totals,
)
from workbench.models.survey_design import LONELY, StageColumns, survey_design
from workbench.models.survey_regression import survey_regression
from workbench.models.survey_replicates import Replicates
from workbench.models.survey_tests import rao_scott
from workbench.terms.errors import ModelError

R = Convention()
WITHOUT = Convention(reference="without replacement")
SPENDING = {
    7: (1824, [7, 7, 1, 10, 3, 2, 2, 6, 6, 6, 3, 12, 4, 2, 1, 4, 11, 2, 2, 9]),
    8: (1025, [12, 20, 19, 16, 17, 14, 18, 10, 13]),
    9: (1151, [10, 15, 15, 8, 8, 7, 14, 9, 8, 6, 11]),
}
"""Ice-cream spending of 40 pupils by grade, with the pupils of each grade: SAS/STAT documentation of SURVEYMEANS."""


@pytest.fixture
def pupils() -> pd.DataFrame:
    rows = [(grade, n / len(ys), n, y) for grade, (n, ys) in SPENDING.items() for y in ys]
    return pd.DataFrame(rows, columns=["grade", "weight", "n", "spent"]).astype(float)


@pytest.fixture
def stratified(pupils):
    return survey_design(pupils["weight"], [StageColumns(strata=pupils["grade"], population=pupils["n"])])


def everybody(frame: pd.DataFrame) -> pd.Series:
    return pd.Series("all", index=frame.index)


def one(frame: pd.DataFrame) -> pd.Series:
    assert len(frame) == 1
    return frame.iloc[0]


def test_a_simple_random_sample_of_pupils_agrees_with_the_printed_mean(pupils):
    whole = pd.Series(4000.0, index=pupils.index)
    design = survey_design(whole / 40, [StageColumns(population=whole)])
    mean = one(survey_means(pupils["spent"], everybody(pupils), design, R))
    assert tuple(mean[["value", "se", "low", "high"]]) == approx((8.75, 0.845139, 7.0405, 10.4595), abs=5e-5)
    share = one(survey_shares((pupils["spent"] >= 10).astype(float), everybody(pupils), design, R))
    assert (share["value"], share["se"]) == (approx(0.425), approx(0.078761, abs=5e-7))


def test_a_stratified_sample_of_pupils_agrees_with_the_printed_mean(pupils, stratified):
    mean = one(survey_means(pupils["spent"], everybody(pupils), stratified, WITHOUT))
    assert tuple(mean[["value", "se"]]) == approx((9.141298, 0.531799), abs=5e-7)
    assert tuple(mean[["low", "high"]]) == approx((8.063771, 10.218825), abs=5e-7)
    assert mean["df"] == 37
    assert mean["deff"] == approx(0.38767, abs=5e-6)


def test_a_share_of_pupils_has_the_printed_logit_limits(pupils, stratified):
    share = one(survey_shares((pupils["spent"] >= 10).astype(float), everybody(pupils), stratified, R))
    assert tuple(share[["value", "se"]]) == approx((0.455445, 0.058424), abs=5e-7)
    assert tuple(share[["low", "high"]]) == approx((0.341640, 0.574102), abs=5e-7)


def test_means_of_grades_agree_with_the_printed_ones(pupils, stratified):
    means = survey_means(pupils["spent"], pupils["grade"], stratified, R)
    assert means["value"].tolist() == approx([5.0, 15.4444, 10.0909], abs=5e-5)
    assert means["se"].tolist() == approx([0.763551, 1.126773, 0.971908], abs=5e-7)


def test_a_domain_keeps_the_design_and_differs_from_filtered_rows(pupils, stratified):
    big = pupils["spent"] >= 10
    domain = one(survey_means(pupils["spent"], everybody(pupils).where(big), stratified, R))
    assert tuple(domain[["value", "se"]]) == approx((14.074967, 0.748621), abs=5e-7)

    part = pupils[big]
    filtered = survey_design(part["weight"], [StageColumns(strata=part["grade"], population=part["n"])])
    naive = one(survey_means(part["spent"], everybody(part), filtered, R))
    assert naive["value"] == approx(domain["value"])
    assert abs(naive["se"] / domain["se"] - 1) > 0.05


def test_the_error_of_a_domain_is_that_of_the_formula_by_hand(pupils, stratified):
    big = (pupils["spent"] >= 10).to_numpy()
    w, y = pupils["weight"].to_numpy(), pupils["spent"].to_numpy()
    mean = (w * y)[big].sum() / w[big].sum()
    scores = np.where(big, w * (y - mean) / w[big].sum(), 0.0)
    variance = 0.0
    for grade, (n_population, ys) in SPENDING.items():
        own = scores[pupils["grade"].to_numpy() == grade]
        variance += (1 - len(ys) / n_population) * len(ys) / (len(ys) - 1) * ((own - own.mean()) ** 2).sum()
    domain = one(survey_means(pupils["spent"], everybody(pupils).where(big), stratified, R))
    assert domain["se"] == approx(np.sqrt(variance), rel=1e-12)


def test_weights_without_strata_or_correction_give_the_printed_error(pupils):
    mean = one(survey_means(pupils["spent"], everybody(pupils), survey_design(pupils["weight"]), R))
    assert mean["se"] == approx(0.869989, abs=5e-7)


def test_the_scale_of_weights_changes_no_mean_and_no_error(pupils):
    strata = [StageColumns(strata=pupils["grade"])]
    means = [
        survey_means(pupils["spent"], pupils["grade"], survey_design(factor * pupils["weight"], strata), R)
        for factor in (1, 1 / 100)
    ]
    pd.testing.assert_frame_equal(means[0].drop(columns="weighted"), means[1].drop(columns="weighted"))


def test_regressions_of_pupils_have_the_printed_coefficients(pupils, stratified):
    much, older = (pupils["spent"] >= 10).astype(float), (pupils["grade"] >= 8).astype(float).to_frame("older")
    logistic = survey_regression(much, older, stratified)
    assert logistic.frame["value"].tolist() == approx([-1.734601, 2.637187], abs=5e-7)
    assert logistic.frame["se"].tolist() == approx([0.638960, 0.755858], abs=5e-7)
    assert logistic.df == 36
    assert np.exp(logistic.frame.loc[1, ["value", "low", "high"]].astype(float)).tolist() == approx(
        [13.97384, 3.01692, 64.72435], abs=5e-6
    )
    linear = survey_regression(pupils["spent"], older, stratified, family="linear").frame
    assert linear["value"].tolist() == approx([5, 7.612680], abs=5e-7)
    assert linear["se"].tolist() == approx([0.763551, 1.062550], abs=5e-7)


def test_spending_and_grade_of_pupils_have_the_printed_rao_scott_statistic(pupils, stratified):
    found = rao_scott(pupils["spent"] >= 10, pupils["grade"] >= 8, stratified)
    assert (found.statistic, found.p_value) == (approx(14.43534, abs=5e-6), approx(0.000524, abs=5e-7))
    assert (found.numerator_df, found.denominator_df) == (approx(1), approx(37))


def test_a_grade_in_which_all_pupils_spend_much_has_no_end(pupils, stratified):
    grades = pd.DataFrame({f"grade {g}": pupils["grade"].eq(g).astype(float) for g in (8, 9)})
    with pytest.raises(ModelError, match="grade 8.*no end|one answer only"):
        survey_regression((pupils["spent"] >= 10).astype(float), grades, stratified)


def test_weights_taken_as_frequencies_shrink_the_printed_error(pupils, stratified):
    """What a weight is not: 4,000 answers in place of 40."""
    w, y = pupils["weight"], pupils["spent"]
    mean = np.average(y, weights=w)
    naive = np.sqrt((w * (y - mean) ** 2).sum() / (w.sum() - 1) / w.sum())
    assert naive == approx(0.084772, abs=5e-7)
    assert one(survey_means(y, everybody(pupils), stratified, R))["se"] > 6 * naive


@pytest.fixture
def clusters() -> pd.DataFrame:
    """Example data `fpc` of R's survey package, as models of surveys print it."""
    strata = [1] * 5 + [2] * 3
    return pd.DataFrame(
        {
            "stratum": strata,
            "psu": [1, 2, 3, 4, 5, 1, 2, 3],
            "weight": [3.0] * 5 + [4.0] * 3,
            "n": [15.0] * 5 + [12.0] * 3,
            "x": [2.8, 4.1, 6.8, 6.8, 9.2, 3.7, 6.6, 4.2],
        }
    )


@pytest.mark.parametrize(
    ("correction", "mean_se", "total_se"), [(False, 0.741268, 20.01424), (True, 0.616041, 16.63310)]
)
def test_clusters_agree_with_r_with_and_without_correction(clusters, correction, mean_se, total_se):
    population = clusters["n"] if correction else None
    stage = StageColumns(strata=clusters["stratum"], units=clusters["psu"], population=population)
    design = survey_design(clusters["weight"], [stage])
    mean = one(survey_means(clusters["x"], everybody(clusters), design, R))
    total = one(survey_totals(clusters["x"], everybody(clusters), design, R))
    assert (mean["value"], mean["se"], mean["df"]) == (approx(5.448148, abs=5e-7), approx(mean_se, abs=5e-7), 6)
    assert (total["value"], total["se"]) == (approx(147.1), approx(total_se, abs=5e-6))


def test_two_stages_agree_with_r():
    sizes, ys = [5, 8, 5, 9, 7], [(41, 49, 49), (49, 49, 45), (31, 31, 35), (39, 41, 61), (49, 51, 33)]
    rows = [
        (i, size, j, y) for i, (size, values) in enumerate(zip(sizes, ys, strict=True)) for j, y in enumerate(values)
    ]
    frame = pd.DataFrame(rows, columns=["cluster", "size", "unit", "y"]).astype(float)
    stages = [
        StageColumns(units=frame["cluster"], population=pd.Series(50.0, index=frame.index)),
        StageColumns(units=frame["unit"], population=frame["size"]),
    ]
    design = survey_design(50 / 5 * frame["size"] / 3, stages)
    total = one(survey_totals(frame["y"], everybody(frame), design, R))
    mean = one(survey_means(frame["y"], everybody(frame), design, R))
    assert (total["value"], total["se"]) == (approx(15080), approx(2274.2547, abs=5e-5))
    assert tuple(mean[["value", "se"]]) == approx((44.352941, 2.273653), abs=5e-7)
    assert tuple(mean[["low", "high"]]) == approx((38.040269, 50.665613), abs=5e-7)
    assert mean["df"] == 4


def test_a_ratio_of_two_quantities_is_a_mean_where_the_second_is_one(pupils, stratified):
    ones = pd.Series(1.0, index=pupils.index)
    ratio = survey_ratios(pupils["spent"], ones, pupils["grade"], stratified, R)
    mean = survey_means(pupils["spent"], pupils["grade"], stratified, R)
    pd.testing.assert_frame_equal(ratio, mean)


def test_a_median_is_the_smallest_value_up_to_which_half_the_weights_lie():
    values, weights = pd.Series([1.0, 2.0, 3.0, 4.0]), pd.Series([1.0, 1.0, 1.0, 5.0])
    design = survey_design(weights)
    assert one(survey_quantiles(values, everybody(values.to_frame()), design, R))["value"] == 4
    assert one(survey_quantiles(values, everybody(values.to_frame()), design, R, p=0.25))["value"] == 2


def test_nobody_and_everybody_have_exact_limits():
    given, groups = pd.Series([0.0] * 30 + [1.0] * 30), pd.Series(["a"] * 30 + ["b"] * 30)
    shares = survey_shares(given, groups, survey_design(pd.Series(2.0, index=given.index)), R)
    assert shares["low"].tolist() == approx([0, 0.025 ** (1 / 30)])
    assert shares["high"].tolist() == approx([1 - 0.025 ** (1 / 30), 1])
    assert set(shares["method"]) == {"Clopper-Pearson"}


def test_a_stratum_with_one_unit_is_refused_naming_the_policies(clusters):
    alone = clusters[(clusters["stratum"] == 1) | (clusters["psu"] == 1)]
    stage = StageColumns(strata=alone["stratum"], units=alone["psu"])
    with pytest.raises(ModelError, match=r"1 stratum has one sampling unit.*: 2\. .*certainty, centre, average"):
        survey_design(alone["weight"], [stage])


@pytest.mark.parametrize(
    ("lonely", "se"),
    # R 4.2.2, survey 4.1-1: options(survey.lonely.psu = "certainty", "adjust", "average")
    [("certainty", 0.888850607), ("centre", 0.963671144), ("average", 1.25702458)],
)
def test_what_a_stratum_with_one_unit_adds_agrees_with_r(clusters, lonely, se):
    alone = clusters[(clusters["stratum"] == 1) | (clusters["psu"] == 1)]
    stage = StageColumns(strata=alone["stratum"], units=alone["psu"])
    design = survey_design(alone["weight"], [stage], lonely=lonely)
    assert one(survey_means(alone["x"], everybody(alone), design, R))["se"] == approx(se, abs=5e-7)
    assert lonely in LONELY


def test_weights_that_are_missing_or_negative_are_refused():
    with pytest.raises(ModelError, match="1 weights are missing"):
        survey_design(pd.Series([1.0, np.nan]))
    with pytest.raises(ModelError, match="1 of 2 are negative"):
        survey_design(pd.Series([1.0, -1.0]))


def test_a_correction_of_fewer_units_than_were_drawn_is_refused(clusters):
    stage = StageColumns(strata=clusters["stratum"], population=pd.Series(2.0, index=clusters.index))
    with pytest.raises(ModelError, match="never fewer than were drawn"):
        survey_design(clusters["weight"], [stage])


def test_deleting_one_unit_at_a_time_gives_the_error_of_a_mean(clusters):
    n = len(clusters)
    deleted = np.array([[0.0 if i == r else n / (n - 1) for r in range(n)] for i in range(n)])
    replicates = Replicates(weights=deleted, method="JK1", centre="estimate")
    design = survey_design(pd.Series(1.0, index=clusters.index), replicates=replicates)
    mean = one(survey_means(clusters["x"], everybody(clusters), design, R))
    assert mean["se"] == approx(clusters["x"].std() / np.sqrt(n), rel=1e-12)
    assert mean["df"] == n - 1


@pytest.mark.parametrize(
    ("method", "options", "factor"),
    [
        ("BRR", {}, 1 / 4),
        ("Fay", {"fay": 0.3}, 1 / (4 * 0.49)),
        ("bootstrap", {}, 1 / 3),
        ("SDR", {}, 1),
        ("JK1", {}, 3 / 4),
        ("JKn", {"scales": (0.5, 0.5, 0.8, 0.8)}, None),
    ],
)
def test_replicates_are_scaled_by_their_method(method, options, factor):
    estimates, value = np.array([[1.0], [2.0], [3.0], [6.0]]), np.array([3.0])
    squares = np.array([4.0, 1.0, 0.0, 9.0])
    expected = factor * squares.sum() if factor else (np.array(options["scales"]) * squares).sum()
    replicates = Replicates(weights=np.ones((5, 4)), method=method, **options)
    assert replicates.variance(estimates, value) == approx([expected])


def test_degrees_of_freedom_are_those_of_the_domain_or_of_the_whole_design(pupils, stratified):
    of_domain = survey_means(pupils["spent"], pupils["grade"], stratified, R)
    of_design = survey_means(pupils["spent"], pupils["grade"], stratified, Convention(freedom="design"))
    assert of_domain["df"].tolist() == [19, 8, 10]
    assert of_design["df"].tolist() == [37, 37, 37]
