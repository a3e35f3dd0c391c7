"""A brief claims only what its findings bear out, and says what else is true."""

import math
from dataclasses import replace

import pytest

import workbench as wb
from workbench.briefs import claims
from workbench.briefs.record import printed, record_of
from workbench.terms.codes import UNKNOWN
from workbench.terms.errors import Refused, UnknownName


def test_higher_needs_a_difference_whose_interval_excludes_0(sectors):
    record = sectors()
    clear = claims.higher(record, "F", "C")
    assert clear.holds and clear.words == "higher than"
    unclear = claims.higher(record, "F", "H")
    assert not unclear.holds and unclear.weaker == "not clearly different from"
    turned = claims.higher(record, "C", "F")
    assert not turned.holds and turned.weaker == "lower than"


def test_the_limits_of_a_difference_are_those_of_zou_and_donner(sectors):
    record = sectors()
    one, two = record.row("F"), record.row("C")
    gap = claims.difference(record, "F", "C")
    assert gap.value == pytest.approx(900)
    assert gap.low == pytest.approx(900 - math.hypot(one["value"] - one["low"], two["high"] - two["value"]))
    assert gap.high == pytest.approx(900 + math.hypot(one["high"] - one["value"], two["value"] - two["low"]))


def test_highest_needs_a_rank_set_of_one(sectors):
    assert claims.highest(sectors(F=3000), "F").holds
    among = claims.highest(sectors(), "F")
    assert not among.holds and among.weaker == "among the three highest"
    assert claims.highest(sectors(), "C").weaker == "not among the highest"
    assert claims.lowest(sectors(), "C").holds


def test_the_set_of_the_highest_is_wider_than_each_comparison_for_itself(sectors):
    record = sectors(F=2100, C=1970, H=1, A=1)
    assert claims.difference(record, "F", "C").low > 0
    assert claims.set_of_highest(record) == ["Construction", "Manufacturing"]


def test_rose_and_fell_need_a_trend_from_that_year(series):
    falling = series(1000, 900, 810, 730, 655, 590)
    assert claims.fallen(falling, 2015).holds
    assert claims.risen(falling, 2015).weaker == "has fallen since 2015"
    assert claims.fallen(falling, 2017).weaker == "is one series only since 2015"
    flat = series(1000, 900, 1010, 905, 990, 950)
    assert claims.risen(flat, 2015).weaker == "has not clearly changed since 2015"


def test_a_rise_is_not_claimed_of_what_is_no_trend(sectors):
    with pytest.raises(Refused, match="no trend"):
        claims.risen(sectors(), 2015)


def test_a_group_that_there_is_not_is_answered_with_those_there_are(sectors):
    with pytest.raises(UnknownName, match=r"There are: A, C, F, H\."):
        claims.higher(sectors(), "F", "Q")


def test_sentences_that_are_true_in_any_case_follow_the_figures(sectors):
    assert claims.compared(sectors(), "F", "C").startswith("Construction, 2,100.0, is higher than Manufacturing, 1,200")
    assert "do not clearly differ" in claims.compared(sectors(), "F", "H")
    assert claims.leaders(sectors(F=3000)) == "Construction is highest, 3,000.0 per 100,000 employed."
    assert claims.leaders(sectors()).startswith("Which is highest is not clear: three groups may be")


def test_of_one_group_alone_it_is_not_said_that_it_is_highest_or_lowest(sectors):
    record = sectors()
    alone = replace(record, rows=(record.row("F"), {**record.row("C"), "value": None, "low": None, "state": "missing"}))
    words = "Construction alone has a figure with an interval, 2,100.0 per 100,000 employed."
    assert claims.leaders(alone) == words
    assert claims.leaders(alone, -1) == "There is no other to compare it with."
    for claim in (claims.highest(alone, "F"), claims.lowest(alone, "F")):
        assert not claim.holds and claim.weaker == "the only one with an interval"


def test_a_rise_or_a_fall_is_not_claimed_across_a_year_that_is_marked_as_a_break(series):
    falling = series(1000, 900, 810, 730, 655, 590)
    rows = tuple({**row, "flag": "b" if row["year"] == 2018 else ""} for row in falling.rows)
    claim = claims.fallen(replace(falling, rows=rows), 2015)
    assert not claim.holds and claim.weaker == "has fallen since 2015, across a break marked at 2018"
    first = tuple({**row, "flag": "b" if row["year"] == 2015 else ""} for row in falling.rows)
    assert claims.fallen(replace(falling, rows=first), 2015).holds


@pytest.mark.parametrize("declared", [True, False])
def test_figures_of_two_years_are_compared_across_a_break_only_where_it_is_said(table, declared):
    by_year = record_of(
        wb.rates(table({("F", 2015 + at): (1000 - 90 * at, 100_000) for at in range(5)}), by=["year"]), "f"
    )
    assert claims.higher(by_year, 2015, 2019).holds and claims.highest(by_year, 2015).weaker == "among the two highest"
    rows = tuple({**row, "flag": "b" if row["year"] == 2017 and not declared else ""} for row in by_year.rows)
    broken = replace(by_year, rows=rows, breaks=(2017,) if declared else ())

    claim = claims.higher(broken, 2015, 2019)
    assert not claim.holds and claim.weaker == "higher than, across a break marked at 2017"
    said = "A break is marked at 2017: figures before and after are not counted alike."
    assert claims.compared(broken, 2015, 2019).endswith(said)
    assert claims.leaders(broken).endswith(said)
    assert claims.higher(broken, 2017, 2019).holds
    assert said not in claims.compared(broken, 2015, 2016)


def test_a_year_set_against_the_reference_of_a_comparison_is_across_the_break_between_them(table):
    cube = table({("F", 2015 + at): (1000 - 90 * at, 100_000) for at in range(5)})
    selection = wb.Selection(years=(2015, 2019))
    record = replace(record_of(wb.compare(cube, selection, by=["year"], reference="2015"), "f"), breaks=(2017,))
    assert claims.lower(record, 2016).holds
    assert claims.lower(record, 2019).weaker == "lower than, across a break marked at 2017"


def test_the_highest_of_those_shown_may_not_be_the_highest_where_groups_are_withheld(sectors):
    record = sectors(F=3000)
    rows = [*record.rows, *({**record.row("C"), "nace1": code, "value": None, "state": "withheld"} for code in "GI")]
    hidden = replace(record, rows=tuple(rows), withheld=2)
    assert (
        claims.leaders(hidden) == "Construction is highest of those shown, 3,000.0 per 100,000 employed (2 withheld)."
    )
    assert claims.leaders(hidden, -1).startswith("Manufacturing is lowest of those shown, ")
    claim = claims.highest(hidden, "F")
    assert not claim.holds and claim.weaker == "the highest of those shown"

    unclear = replace(sectors(), rows=(*sectors().rows, rows[-1]), withheld=1)
    assert claims.leaders(unclear).startswith("Which is highest of those shown is not clear: three groups may be")
    assert claims.leaders(unclear).endswith("(1 withheld).")
    alone = replace(record, rows=(record.row("F"), rows[-1]), withheld=1)
    assert claims.leaders(alone).endswith("has a figure with an interval, 3,000.0 per 100,000 employed (1 withheld).")


def test_groups_without_a_figure_or_an_interval_are_counted_beside_the_highest_but_unknown_codes_are_no_group(sectors):
    record = sectors(F=3000)
    rows = [
        {**record.row("C"), "nace1": "G", "value": None, "low": None, "high": None, "state": "missing"},
        {**record.row("C"), "nace1": "I", "low": None, "high": None},
        {**record.row("C"), "nace1": UNKNOWN, "value": None, "state": "missing"},
    ]
    words = claims.leaders(replace(record, rows=(*record.rows, *rows)))
    assert words.endswith("highest of those shown, 3,000.0 per 100,000 employed (2 without a figure or an interval).")


@pytest.mark.parametrize("count, people", [(6982, 246_500), (1, 3), (17.25, 1234.567), (33_005, 1_483_911.25)])
def test_a_printed_rate_is_the_printed_count_over_the_printed_people_to_its_last_digit(count, people):
    row = {"value": 1e5 * count / people, "low": 1.0, "high": 2.0, "count": count, "exposure": people, "per": 1e5}
    text = printed({**row, "state": ""})
    figure, above, below = (float(part.replace(",", "")) for part in (text.value, text.count, text.people))
    places = len(text.value.partition(".")[2])
    assert f"{1e5 * above / below:.{places}f}" == f"{figure:.{places}f}"


def test_people_are_printed_with_decimals_only_where_whole_ones_give_another_last_digit():
    row = {"low": 1.0, "high": 2.0, "per": 1e5, "state": ""}
    exact = printed({**row, "value": 1e5 * 6982 / 246_500.0, "count": 6982.0, "exposure": 246_500.0})
    assert (exact.count, exact.people) == ("6,982", "246,500")
    fine = printed({**row, "value": 1e5 * 2 / 41.4, "count": 2.0, "exposure": 41.4})
    assert fine.people == "41.4"
