"""A programme within a budget: known optima, limits that are kept, and the plans beside it."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.models.interventions import Budget, Intervention, Limits
from workbench.models.programme import draw_visits, plan
from workbench.models.programme_compare import beside_four, plan_difference, visits_in_order
from workbench.models.programme_regret import regret
from workbench.models.programme_reports import coverage_report, fairness_report
from workbench.terms.errors import ModelError

VISIT = Intervention(
    name="visit", days=1, whole_group=False, effect=0.1, effect_low=0.0, effect_high=0.2, source="made up"
)
CAMPAIGN = Intervention(name="campaign", days=10, whole_group=True, effect=0.02, effect_low=0.0, effect_high=0.1)


def listed(employers, people, stratum=None) -> pd.DataFrame:
    return pd.DataFrame(
        {"employers": employers, "people": people, "stratum": stratum or ["north"] * len(employers)},
        index=[f"g{i}" for i in range(len(employers))],
    )


def free(days: float, **options) -> Budget:
    return Budget(days=days, limits=Limits(**({"notifications": 0, "at_random": 0, "presence": 0} | options)))


def test_of_two_groups_the_one_with_more_harm_an_employer_is_visited():
    groups = listed([10, 10], [100, 1_000])
    found = plan(groups, np.array([[5.0, 20.0]]), [VISIT], free(10))

    assert found.frame["visit"].to_dict() == {"g0": 0, "g1": 10}
    assert found.frame["averted"].sum() == pytest.approx(20 * 0.1)


def test_a_campaign_is_taken_where_it_averts_more_a_day():
    # 100 employers: 10 days of visits avert 0.1 of a tenth of 50 = 0.5; the campaign 0.04 of 50 = 2
    found = plan(listed([100], [5_000]), np.array([[50.0]]), [VISIT, CAMPAIGN], free(10))

    assert found.frame.loc["g0", ["visit", "campaign"]].tolist() == [0, 1]


def test_what_does_not_suit_a_group_is_not_planned_there():
    groups = listed([10, 10], [100, 1_000])
    allowed = pd.DataFrame({"visit": [True, False]}, index=groups.index)

    assert plan(groups, np.array([[5.0, 20.0]]), [VISIT], free(10), allowed=allowed).frame["visit"].tolist() == [10, 0]


def test_half_of_the_days_are_kept_for_notifications_and_every_stratum_has_its_presence():
    groups = listed([50, 50], [1_000, 1_000], ["north", "south"])
    budget = free(40, notifications=0.5, presence=0.5)
    found = plan(groups, np.array([[90.0, 1.0]]), [VISIT], budget)

    assert found.frame["days"].sum() == 20
    assert found.frame["visit"].to_dict() == {"g0": 15, "g1": 5}  # half of what people would give the south


def test_a_stratum_gets_at_most_so_many_times_the_days_of_its_harm():
    # By harm the south would get 4 of 20 days; by harm an employer all of them
    groups = listed([100, 1_000], [1_000, 1_000], ["south", "north"])
    found = plan(groups, np.array([[20.0, 80.0]]), [VISIT], free(20, evenness=2)).frame

    assert found["visit"].to_dict() == {"g0": 8, "g1": 12}


def test_presence_is_kept_to_the_next_whole_visit_where_a_stratum_has_little_harm():
    groups = listed([50, 50], [1_000, 1_000], ["north", "south"])
    costly = Intervention(name="visit", days=3, whole_group=False, effect=0.1, effect_low=0, effect_high=0.2)
    found = plan(groups, np.array([[90.0, 0.1]]), [costly], free(40, presence=0.5)).frame

    assert found["days"].to_dict() == {"g0": 27, "g1": 12}  # at least 10 for the south


def test_presence_that_the_days_cannot_pay_is_refused():
    groups = listed([5] * 3, [10] * 3, ["a", "b", "c"])
    costly = Intervention(name="visit", days=9, whole_group=False, effect=0.1, effect_low=0, effect_high=0.2)
    with pytest.raises(ModelError, match="do not suffice"):
        plan(groups, np.ones((1, 3)), [costly], free(10, presence=1))


def test_visits_at_random_reach_every_employer_alike():
    groups = listed([10, 90, 100], [1, 1, 1], ["north", "north", "south"])
    drawn = [draw_visits(groups, free(20, at_random=0.999), VISIT, seed) for seed in range(400)]
    mean = pd.concat(drawn, axis=1).mean(axis=1)

    assert mean["g0"] * 9 == pytest.approx(mean["g1"], rel=0.2)
    assert mean["g2"] == 9  # half of nineteen, rounded down


def test_a_plan_without_chance_and_an_effect_without_a_source_are_printed_as_warnings():
    warnings = plan(listed([9], [9]), np.array([[1.0]]), [CAMPAIGN], free(10)).warnings

    assert "at random" in warnings[0]
    assert warnings[1] == "Your assumption, without a source: campaign averts 0% to 10%."


@given(
    st.lists(st.tuples(st.integers(1, 40), st.integers(1, 5_000), st.floats(0, 50)), min_size=1, max_size=12),
    st.integers(4, 200),
    st.floats(0, 0.9),
    st.floats(0, 0.5),
)
@settings(max_examples=50, deadline=None)
def test_the_days_are_never_exceeded(rows, days, notifications, at_random):
    employers, people, harm = zip(*rows, strict=True)
    budget = free(days, notifications=notifications, at_random=at_random)
    found = plan(listed(employers, people), np.array([harm]), [VISIT, CAMPAIGN], budget).frame

    assert found["days"].sum() <= budget.free + 1e-6
    assert (found["visit"] + found["random_visits"] <= found["employers"]).all()
    assert found["campaign"].isin([0, 1]).all()


def many(number: int, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray, pd.Series]:
    """Groups of very unequal size, draws of their harm, and what was counted last year."""
    generator = np.random.default_rng(seed)
    employers = np.maximum(generator.lognormal(3.5, 1, number), 1).astype(int)
    people = (employers * generator.lognormal(2, 0.5, number)).astype(int) + 1
    rate = 0.02 * generator.gamma(4, 1 / 4, number)
    counted = generator.poisson(rate * people)
    shape, scale = counted + 4, people + 4 / 0.02
    harm = generator.gamma(shape, size=(200, number)) / scale * people
    regions = [f"r{i}" for i in generator.integers(0, 12, number)]
    return listed(employers, people, regions).assign(truth=rate * people), harm, pd.Series(counted, dtype=float)


@pytest.mark.parametrize("number", [600, pytest.param(5_000, marks=pytest.mark.slow)])
def test_groups_of_340_000_employers_are_planned(number):
    """5,000 groups took 9 s of processor time in November 2026."""
    groups, harm, _counted = many(number)
    groups["employers"] = (groups["employers"] * 340_000 / groups["employers"].sum()).clip(lower=1).astype(int)
    found = plan(groups, harm, [VISIT, CAMPAIGN], Budget(days=20_000))

    assert 9_000 < found.frame["days"].sum() <= 10_000
    assert found.frame.groupby("stratum")["days"].sum().min() > 0


def test_expected_counts_a_visit_get_most_of_what_could_be_had_and_last_years_rate_visibly_less():
    groups, harm, counted = many(400, seed=3)
    counted.index = groups.index
    budget = free(2_000)
    truth = groups["truth"].to_numpy()[None, :]
    oracle = plan(groups, truth, [VISIT], budget).averted.mean()
    expected = pd.Series(harm.mean(axis=0), index=groups.index) / groups["employers"]
    by_expected = visits_in_order(groups, truth, VISIT, budget, expected, method="").averted.mean()
    by_last_year = visits_in_order(groups, truth, VISIT, budget, counted / groups["people"], method="").averted.mean()

    assert by_expected >= 0.8 * oracle
    assert by_last_year < 0.9 * by_expected


def test_four_plans_stand_beside_a_plan_and_regression_to_the_mean_is_seen():
    groups, harm, counted = many(300)
    counted.index = groups.index
    budget = Budget(days=2_000)
    chosen = plan(groups, harm, [VISIT], budget)
    four = beside_four(chosen, groups, harm, VISIT, budget, last_year=counted)

    assert list(four.frame.index)[0] == "This plan" and len(four.frame) == 5
    assert (four.frame["low"] <= four.frame["averted"]).all() and (four.frame["averted"] <= four.frame["high"]).all()
    assert four.frame.loc["At random", "averted"] < four.frame.loc["Expected harm averted", "averted"]
    regressed = four.regressed.loc["Last year's rate"]
    assert regressed["expected"] < 0.95 * regressed["last_year"]


def test_knowing_more_is_never_worth_less_than_nothing():
    groups, harm, _counted = many(60)
    chosen = plan(groups, harm, [VISIT, CAMPAIGN], free(200))
    found = regret(chosen, harm[:20])

    assert found.regret >= -1e-9
    assert found.perfect == pytest.approx(found.planned + found.regret)
    certain = regret(chosen, harm.mean(axis=0)[None, :])
    assert certain.regret < 0.01 * certain.perfect


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"days": 0}, "days"),
        ({"notifications": 1.0}, "notifications"),
        ({"presence": 2}, "presence"),
        ({"evenness": 0.5}, "Evenness"),
    ],
)
def test_limits_that_cannot_be_are_refused(change, words):
    with pytest.raises(ModelError, match=words):
        free(**({"days": 10} | change))


def test_effects_outside_their_limits_and_groups_without_workers_are_refused():
    with pytest.raises(ModelError, match="effect of x"):
        Intervention(name="x", days=1, whole_group=False, effect=0.3, effect_low=0, effect_high=0.2)
    with pytest.raises(ModelError, match="people of g0"):
        plan(listed([1], [0]), np.ones((1, 1)), [VISIT], free(10))
    with pytest.raises(ModelError, match="Harm is to be drawn"):
        plan(listed([1], [5]), np.full((1, 1), np.nan), [VISIT], free(10))
    with pytest.raises(ModelError, match="one group and one intervention"):
        plan(listed([1], [5]), np.ones((1, 1)), [], free(10))
    with pytest.raises(ModelError, match="reaches whole groups"):
        visits_in_order(listed([1], [5]), np.ones((1, 1)), CAMPAIGN, free(10), pd.Series([1.0], ["g0"]), method="")


def test_what_a_plan_averts_beyond_another_is_taken_on_the_same_draws():
    groups = listed([10, 10], [100, 1_000])
    harm = np.array([[5.0, 20.0], [10.0, 30.0]])
    first, second = (plan(groups, harm, [VISIT], free(10), allowed=one) for one in (None, allowed_in_first(groups)))
    found = plan_difference(first, second)

    effects = VISIT.draw(2, 0)
    assert found.averted == pytest.approx((harm[:, 1] - harm[:, 0]) * effects)
    assert found.frame["averted"].to_dict() == pytest.approx(
        {"g0": -(harm[:, 0] * effects).mean(), "g1": (harm[:, 1] * effects).mean()}
    )
    assert found.frame[["days_first", "days_second"]].to_numpy().tolist() == [[0, 10], [10, 0]]
    assert found.chance == 1


def allowed_in_first(groups: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({"visit": [True, False]}, index=groups.index)


def test_a_plan_averts_no_more_than_itself_whatever_else_is_done_in_another_order():
    groups, harm, _counted = many(40)
    one_way = plan(groups, harm, [VISIT, CAMPAIGN], free(60))
    other_way = plan(groups, harm, [CAMPAIGN, VISIT], free(60))

    assert one_way.averted == pytest.approx(other_way.averted)
    assert np.abs(plan_difference(one_way, other_way).averted).max() < 1e-9


def test_plans_of_other_groups_or_other_draws_are_not_compared():
    groups, harm, _counted = many(20)
    first = plan(groups, harm, [VISIT], free(20))
    with pytest.raises(ModelError, match="other groups"):
        plan_difference(first, plan(groups.iloc[:9], harm[:, :9], [VISIT], free(20)))
    with pytest.raises(ModelError, match="other draws"):
        plan_difference(first, plan(groups, harm + 1, [VISIT], free(20)))
    with pytest.raises(ModelError, match="other draws"):
        plan_difference(first, plan(groups, harm, [VISIT], free(20), seed=1))


def test_coverage_counts_the_groups_that_are_reached_and_those_of_the_first_tenth_left_out():
    groups = listed([10] * 20, [100] * 20)
    harm = np.array([[50.0, 49.0, *[1.0] * 18]])
    found = plan(groups, harm, [VISIT], free(5))
    small = pd.Series(["small"] * 2 + ["large"] * 17 + [None], index=groups.index)
    report = coverage_report(found, small)

    assert report.loc["all", ["groups", "reached", "planned", "top", "top_left_out"]].tolist() == [20, 1, 1, 2, 1]
    assert report.loc["all", ["share_reached", "share_left_out"]].tolist() == [0.05, 0.5]
    assert report["groups"].to_dict() == {"all": 20, "small": 2, "large": 17}
    assert report.loc["large", "reached"] == 0 and np.isnan(report.loc["large", "share_left_out"])


def test_three_times_the_visits_of_others_at_equal_risk_is_flagged():
    groups = listed([100, 100, 100], [1_000, 2_000, 1_000], ["a", "b", "c"])
    found = plan(groups, np.array([[10.0, 20.0, 10.0]]), [VISIT], free(40, at_random=0.99))
    visits = pd.Series([18, 12, 6], index=groups.index)
    found.frame["random_visits"], found.frame["visit"] = visits, 0
    report = fairness_report(found, {"region": groups["stratum"]}).loc["region"]

    assert report["per_1000"].tolist() == [18, 6, 6]
    assert report["by_risk"].tolist() == [9, 9, 9]
    assert report["times_others"].tolist() == pytest.approx([3, (12 / 20) / (24 / 20), (6 / 10) / (30 / 30)])
    assert report["flagged"].tolist() == [True, False, False]


@given(
    st.lists(st.tuples(st.integers(1, 4), st.floats(0, 50)), min_size=2, max_size=3),
    st.integers(1, 14),
)
@settings(max_examples=40, deadline=None)
def test_the_plan_is_the_best_of_all_that_the_days_can_pay(rows, days):
    """Every combination of visits and campaigns of a toy is tried; the solver may end a thousandth below the best."""
    employers, harm = (np.array(column) for column in zip(*rows, strict=True))
    visit, campaign = VISIT.mean_effect, 0.3
    short = Intervention(name="campaign", days=4, whole_group=True, effect=campaign, effect_low=0.3, effect_high=0.3)
    options = itertools.product(*(itertools.product(range(n + 1), (0, 1)) for n in employers))
    best = max(
        sum(
            h * (visits / n * visit + once * campaign)
            for (visits, once), n, h in zip(one, employers, harm, strict=True)
        )
        for one in options
        if sum(visits + 4 * once for visits, once in one) <= days
    )
    found = plan(listed(employers, [10] * len(employers)), harm[None, :], [VISIT, short], free(days, evenness=1e9))

    assert found.frame["averted"].sum() == pytest.approx(best, rel=2e-3, abs=1e-9)


@given(
    st.lists(st.tuples(st.integers(1, 40), st.integers(1, 5_000), st.sampled_from("abc")), min_size=1, max_size=12),
    st.floats(4, 300),
    st.floats(0, 0.9),
    st.floats(0, 0.5),
    st.floats(0, 1),
)
@settings(max_examples=50, deadline=None)
def test_with_presence_in_strata_and_by_any_order_the_days_are_never_exceeded(rows, days, kept, at_random, presence):
    employers, people, strata = zip(*rows, strict=True)
    groups = listed(employers, people, list(strata))
    harm = groups["people"].to_numpy()[None, :] / 30
    budget = free(days, notifications=kept, at_random=at_random, presence=presence)
    costly = Intervention(name="visit", days=2.5, whole_group=False, effect=0.1, effect_low=0, effect_high=0.2)

    in_order = visits_in_order(groups, harm, costly, budget, groups["people"], method="")
    assert in_order.frame["days"].sum() <= budget.free + 1e-6
    try:
        planned = plan(groups, harm, [costly], budget)
    except ModelError:  # the days do not pay for the presence
        return
    assert planned.frame["days"].sum() <= budget.free + 1e-6
