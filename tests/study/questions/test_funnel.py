"""Funnels from cube to finding: against plain computations, on the twin, and on Italy's published regions."""

from functools import cache

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx
from scipy import stats

import workbench as wb
from workbench.charts.funnel import Funnel
from workbench.cubes import build
from workbench.cubes.cube import Measure
from workbench.study import drawing
from workbench.study.questions.funnel import funnel_lines
from workbench.terms.errors import ModelError, Refused, UnknownName

MEASURES = {"accidents": Measure("accidents", "accidents"), "employed": Measure("employed", "persons")}
SECTORS = "ABCDEFGHIJKLMNOPQRS"


def published(rows, axes=("nace",), measures=("accidents", "employed")):
    """A published table of one year: a tuple per row with the codes of `axes`, then the measures."""
    frame = pd.DataFrame(rows, columns=[*axes, *measures]).assign(year=2023, flag="", margin="m")
    margins = {"m": {"dims": [*axes, "year"], "measures": list(measures)}}
    return build.from_published("table", frame, margins, {name: MEASURES[name] for name in measures})


def complete(rows, axes, measures):
    """A cube of records: an absent cell is a zero."""
    frame = pl.DataFrame(rows, schema=[*axes, *measures], orient="row").with_columns(flag=pl.lit(""))
    return build.from_cells("records", frame, axes, {name: Measure(name, name) for name in measures})


def by_code(found) -> pd.DataFrame:
    return found.frame.set_index(found.by[0])


# --- by hand


FIVE = [("A", 30, 1000), ("B", 5, 500), ("C", 60, 6000), ("D", 0, 400), ("E", 25, 2100)]


@cache
def five():
    return wb.funnel(published(FIVE), by=["nace1"])


def test_ratio_and_interval_by_hand():
    frame = by_code(five())
    for code, count, people in FIVE:
        row, expected = frame.loc[code], people * 120 / 10_000
        assert (row["count"], row["expected"], row["value"]) == approx((count, expected, count / expected))
        assert row["low"] == approx(stats.chi2.ppf(0.025, 2 * count) / 2 / expected if count else 0)
        assert row["high"] == approx(stats.chi2.ppf(0.975, 2 * count + 2) / 2 / expected)
    assert frame["expected"].sum() == approx(frame["count"].sum())
    assert frame.loc["D", "state"] == "zero"
    assert frame.loc["B", "state"] == "unreliable"
    assert set(frame["unit"]) == {"times the expected number"}
    assert frame["per"].isna().all()


def test_signals_and_over_dispersion_by_hand():
    found = five()
    frame = by_code(found)
    assert frame["signal"].to_dict() == {"A": "high 99.8%", "B": "", "C": "", "D": "low 95%", "E": ""}
    z = 2 * (np.sqrt(frame["count"]) - np.sqrt(frame["expected"]))
    z = z.clip(*np.quantile(z, [0.1, 0.9]))
    weights = 4 * frame["expected"]
    tau = (5 * np.mean(z**2) - 4) / (weights.sum() - (weights**2).sum() / weights.sum())
    assert (found.model.dispersion, found.model.tau_squared) == approx((np.mean(z**2), tau))
    reach = 3.0902323 * np.sqrt(1 / (4 * 12) + tau)
    assert (frame.loc["A", "adjusted_signal"] == "high 99.8%") == ((1 + reach) ** 2 < 30 / 12)


def test_the_summary_counts_those_outside_before_and_after_over_dispersion():
    assert five().summary.startswith("2023: 1 of 5 groups outside the limits of chance (99.8%), none once")
    notes = " ".join(five().notes)
    assert (
        "one group in 20 lies outside those of 95% (here 2 of 5), one in 500 outside those of 99.8% (here 1)" in notes
    )
    assert f"Groups vary {five().model.dispersion:.1f} times as much as chance makes them" in notes
    assert "Each group is part of the reference it is set against" in notes


def test_groups_that_stay_outside_are_named_the_furthest_first():
    more = {"J": 1400, "I": 1500}
    found = wb.funnel(published([(code, more.get(code, 1000), 10_000) for code in SECTORS]), by=["nace1"])
    assert ", 2 once allowance is made for" in found.summary
    assert "Above: Accommodation and food service activities" in found.summary
    assert found.summary.index("Accommodation") < found.summary.index("Information and communication")


def test_without_over_dispersion_nothing_is_adjusted():
    found = wb.funnel(published([(code, 100 + at, 10_000) for at, code in enumerate("ABCDEF")]), by=["nace1"])
    assert found.model.tau_squared == 0
    assert found.summary == "2023: none of 6 groups outside the limits of chance (99.8%)."
    assert "Groups vary no more than chance makes them" in " ".join(found.notes)
    assert "adjusted_low" not in funnel_lines(found.model)


def test_two_groups_are_too_few_for_over_dispersion():
    found = wb.funnel(published([("A", 300, 1000), ("B", 5, 1000)]), by=["nace1"])
    assert "Too few groups to tell how far groups usually lie apart" in " ".join(found.notes)
    assert list(found.frame["signal"]) == ["high 99.8%", "low 99.8%"]
    assert found.frame["adjusted_signal"].equals(found.frame["signal"])
    assert "Below: Mining and quarrying." in found.summary


def test_no_accidents_where_few_are_expected_are_no_signal_in_finding_and_model_alike():
    """A count of 0 with 1 expected happens in 37 of 100 such groups."""
    rows = [("A", 0, 100), *((code, 100, 10_000) for code in "BCDEF")]
    found = wb.funnel(published(rows), by=["nace1"])
    for frame in (found.model.frame, by_code(found)):
        assert frame.loc["A", ["signal", "adjusted_signal"]].tolist() == ["", ""]
    assert found.summary.startswith("2023: none of 6 groups") and found.model.outside == 0
    assert "Limits: exact Poisson test." in " ".join(found.notes)


def test_a_low_signal_has_the_level_at_which_so_few_are_rare():
    """5 expected, none found: rarer than 1 in 20 but not than 1 in 500."""
    rows = [("A", 0, 500), *((code, 101, 10_000) for code in "BCDEF")]
    found = wb.funnel(published(rows), by=["nace1"])
    for frame in (found.model.frame, by_code(found)):
        assert frame.loc["A", "signal"] == "low 95%"


def test_signals_of_the_finding_are_those_of_the_model_and_of_its_p_values():
    """355 against 318.6 expected has p = 0.047."""
    rows = [("A", 355, 31860), ("B", 318, 31860), ("C", 282, 31860), ("D", 2, 600), ("E", 0, 300)]
    found = wb.funnel(published(rows), by=["nace1"])
    for name in ("signal", "adjusted_signal"):
        assert by_code(found)[name].to_dict() == found.model.frame[name].to_dict()
    rare = found.model.frame["p_value"] <= 0.05
    assert (by_code(found)["signal"] != "").tolist() == rare.tolist()


def test_groups_without_people_or_without_a_count_are_left_out_and_named():
    rows = [("A", 10, 1000), ("B", 3, 0), ("C", 10, 1000), ("D", None, 1000), ("E", 20, None)]
    found = wb.funnel(published(rows), by=["nace1"])
    assert list(found.frame["nace1"]) == ["A", "C"]
    assert "Left out, without a count or without people: B, D, E." in found.notes
    assert list(found.frame["expected"]) == approx([10, 10])


def test_the_level_is_that_of_the_interval_alone():
    wide, usual = (wb.funnel(published(FIVE), by=["nace1"], level=level).frame for level in (0.99, 0.95))
    assert (wide["high"] > usual["high"]).all()
    assert wide["signal"].equals(usual["signal"])
    assert set(wide["level"]) == {0.99}


# --- standardised


SEXES = [("A", "M", 90, 9000), ("A", "F", 1, 1000), ("B", "M", 10, 1000), ("B", "F", 9, 9000)]


def test_groups_that_differ_in_structure_alone_are_as_expected():
    cube = published(SEXES, ("nace", "sex"))
    crude, fair = (by_code(wb.funnel(cube, by=["nace1"], standard=by)) for by in ((), ["sex"]))
    assert crude.loc["A", "value"] == approx(91 / (10_000 * 110 / 20_000))
    assert crude.loc["A", "signal"] == "high 99.8%"
    assert list(fair["value"]) == approx([1, 1])
    assert list(fair["signal"]) == ["", ""]
    assert set(fair["method"]) == {"indirect, exact (Garwood)"}


def test_a_standardised_funnel_says_that_two_ratios_are_not_compared():
    found = wb.funnel(published(SEXES, ("nace", "sex")), by=["nace1"], standard=["sex"])
    assert "Standardised indirectly by sex: ratios of two groups must not be compared with one another." in found.notes
    assert found.title.startswith("Observed over expected accidents, standardised by sex")


def test_a_group_with_a_gap_is_left_out_with_its_reason_and_of_the_reference_too():
    gap = [("C", "M", 500, 1000), ("C", "F", None, 1000)]
    found = wb.funnel(published([*SEXES, *gap], ("nace", "sex")), by=["nace1"], standard=["sex"])
    assert list(found.frame["nace1"]) == ["A", "B"]
    assert list(found.frame["value"]) == approx([1, 1])
    # C has no total either: its count is missing before any standardisation
    assert "C" in " ".join(note for note in found.notes if note.startswith("Left out"))


def test_accidents_in_a_stratum_without_people_leave_their_group_out():
    rows = [*SEXES, ("C", "M", 10, 1000)]
    people = complete([(code, sex, n) for code, sex, _count, n in rows], ["nace", "sex"], ["employed"])
    rows = [*rows, ("C", "F", 3, 0)]
    events = complete([(code, sex, count) for code, sex, count, _n in rows], ["nace", "sex"], ["accidents"])
    found = wb.funnel(events, by=["nace1"], standard=["sex"], exposure=people)
    assert "1 left out (Manufacturing: events in a stratum without exposure)." in found.notes
    assert list(found.frame["value"]) == approx([1, 1])


def test_a_stratum_that_complete_records_lack_has_nobody():
    people = complete([row[:2] + row[3:] for row in SEXES[:3]], ["nace", "sex"], ["employed"])
    events = complete([row[:3] for row in SEXES[:3]], ["nace", "sex"], ["accidents"])
    found = by_code(wb.funnel(events, by=["nace1"], standard=["sex"], exposure=people))
    assert found["expected"].to_dict() == approx({"A": 9000 * 100 / 10_000 + 1, "B": 1000 * 100 / 10_000})


def test_accidents_of_an_unknown_stratum_are_left_out_and_counted():
    unknown = [("A", None, 7, 50), ("B", None, 0, 50)]
    found = wb.funnel(published([*SEXES, *unknown], ("nace", "sex")), by=["nace1"], standard=["sex"])
    assert "7 accidents of unknown sex are left out." in found.notes
    assert by_code(found)["count"].to_dict() == {"A": 91, "B": 19}


# --- weighted records


def test_weighted_records_have_the_limits_of_their_number():
    """Each record of A stands for four accidents: 100 accidents vary as 25 records do."""
    rows = [("A", 140, 35, 560), ("B", 100, 100, 100), ("C", 100, 100, 100)]
    events = complete(rows, ["nace"], ["accidents", "records", "variance"])
    people = complete([(code, 10_000) for code in "ABC"], ["nace"], ["employed"])
    found = wb.funnel(events, by=["nace1"], exposure=people)
    row, expected = by_code(found).loc["A"], 340 / 3
    assert (row["value"], row["expected"]) == approx((140 / expected, expected))
    assert row["low"] == approx(4 * stats.chi2.ppf(0.025, 2 * 35) / 2 / expected)
    assert found.model.frame.loc["A", "expected"] == approx(expected / 4)
    assert row["signal"] == ""
    unweighted = complete([row[:2] for row in rows], ["nace"], ["accidents"])
    assert by_code(wb.funnel(unweighted, by=["nace1"], exposure=people)).loc["A", "signal"] == "high 95%"
    assert (
        "Records are weighted (up to 4 accidents a record): limits are those of the number of records." in found.notes
    )
    said = drawn(found)._notes.text.replace("\n", " ")
    assert said.endswith("Records are weighted: counts and expected numbers here are those of records.")


def test_a_group_without_accidents_takes_the_mean_weight_of_all():
    rows = [("A", 0, 0, 0), ("B", 300, 100, 900), ("C", 300, 100, 900)]
    events = complete(rows, ["nace"], ["accidents", "records", "variance"])
    people = complete([(code, 10_000) for code in "ABC"], ["nace"], ["employed"])
    found = wb.funnel(events, by=["nace1"], exposure=people)
    assert found.model.frame.loc["A", "expected"] == approx(200 / 3)


# --- properties


counts = st.lists(st.integers(0, 400), min_size=5, max_size=len(SECTORS)).filter(any)


@settings(max_examples=25)
@given(counts, st.randoms(use_true_random=False))
def test_other_labels_change_nothing_but_the_labels(numbers, random):
    people = [1000 + 137 * at for at in range(len(numbers))]
    names = list(SECTORS[: len(numbers)])
    shuffled = random.sample(names, len(names))
    one, other = (
        by_code(wb.funnel(published(zip(codes, numbers, people, strict=True)), by=["nace1"])).loc[codes]
        for codes in (names, shuffled)
    )
    numeric = ["value", "low", "high", "expected"]
    np.testing.assert_allclose(one[numeric].to_numpy(), other[numeric].to_numpy(), rtol=1e-9)
    assert one["signal"].tolist() == other["signal"].tolist()
    assert one["adjusted_signal"].tolist() == other["adjusted_signal"].tolist()


@settings(max_examples=25)
@given(st.lists(st.integers(1, 50), min_size=2, max_size=len(SECTORS)))
def test_a_funnel_whose_expected_equals_observed_has_no_signal(numbers):
    rows = [(code, count, 100 * count) for code, count in zip(SECTORS, numbers, strict=False)]
    found = wb.funnel(published(rows), by=["nace1"])
    assert list(found.frame["value"]) == approx([1] * len(rows))
    assert set(found.frame["signal"]) | set(found.frame["adjusted_signal"]) == {""}


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.integers(0, 90), st.integers(0, 90)), min_size=2, max_size=9).filter(
        lambda x: any(map(any, x))
    )
)
def test_standardised_or_not_as_many_are_expected_as_observed(pairs):
    rows = [
        (code, sex, count, 700 + 100 * at * (sex == "M"))
        for at, (code, pair) in enumerate(zip(SECTORS, pairs, strict=False))
        for sex, count in zip("MF", pair, strict=True)
    ]
    for standard in ((), ("sex",)):
        frame = wb.funnel(published(rows, ("nace", "sex")), by=["nace1"], standard=standard).frame
        assert frame["expected"].sum() == approx(frame["count"].sum())


# --- refusals


def test_mistakes_are_answered():
    cube = published(SEXES, ("nace", "sex"))
    with pytest.raises(Refused, match="side by side along one dimension; nace1, sex are 2"):
        wb.funnel(cube, by=["nace1", "sex"])
    with pytest.raises(
        Refused, match="severity belongs to the accident, not to the people at risk: its groups have no"
    ):
        wb.funnel(cube, by=["severity"])
    with pytest.raises(Refused, match="nace1 divides the groups, so they cannot be standardised by it"):
        wb.funnel(cube, by=["nace1"], standard=["nace1"])
    with pytest.raises(Refused, match="severity belongs to the accident, .* so nothing can be standardised by it"):
        wb.funnel(cube, by=["nace1"], standard=["severity"])
    with pytest.raises(Refused, match="divides by one dimension twice"):
        wb.funnel(cube, by=["sex"], standard=["nace1", "nace2"])
    with pytest.raises(UnknownName, match="'sects' is not a known dimension"):
        wb.funnel(cube, by=["nace1"], standard=["sects"])
    with pytest.raises(ModelError, match="level=95 is not a confidence level"):
        wb.funnel(cube, by=["nace1"], level=95)


def test_one_group_alone_is_no_funnel():
    with pytest.raises(
        Refused, match="compares groups with all of them together; 1 of these can be.*without people: B"
    ):
        wb.funnel(published([("A", 10, 1000), ("B", 10, 0)]), by=["nace1"])
    rows = [("A", "M", 1, 0), ("A", "F", 1, 10), ("B", "M", 1, 0), ("B", "F", 1, 10)]
    with pytest.raises(Refused, match=r"0 of these can be\. 2 left out \(Agriculture.*: no exposure in a stratum; "):
        wb.funnel(published(rows, ("nace", "sex")), by=["nace1"], standard=["sex"])


def test_without_accidents_nothing_is_expected():
    with pytest.raises(Refused, match="There are no accidents in what is asked, so none are expected. Take more years"):
        wb.funnel(published([("A", 0, 1000), ("B", 0, 1000)]), by=["nace1"])


def test_rates_without_counts_have_no_funnel():
    rates = {"rate": Measure("rate", "per 100,000", "none", "Rate")}
    rows = pd.DataFrame({"nace": ["A", "B"], "rate": [1.0, 2.0], "year": 2023, "flag": "", "margin": "m"})
    cube = build.from_published("rates", rows, {"m": {"dims": ["nace", "year"], "measures": ["rate"]}}, rates)
    with pytest.raises(Refused, match="rates publishes rates without counts: how far chance moves them is not known"):
        wb.funnel(cube, by=["nace1"])


# --- pictures


def drawn(found) -> Funnel:
    chart = drawing.chart_for(found.picture)
    drawing.feed(chart, found.picture)
    assert isinstance(chart, Funnel)
    return chart


def test_the_picture_has_every_group_and_lines_beyond_them():
    chart = drawn(five())
    assert sorted(chart.source.data["group"]) == list("ABCDE")
    assert chart.source.data["x"] == approx(np.log10(five().frame["expected"]))
    xs = np.concatenate(chart._limits.data["xs"])
    assert xs.min() < chart.figure.x_range.start < chart.figure.x_range.end < xs.max()
    assert len(chart._limits.data["xs"]) == 8  # two levels, both sides, exact and adjusted
    assert "Agriculture, forestry a…" in chart._names.data["text"][0]


def test_the_lines_are_the_limits_that_the_signals_go_by():
    lines = funnel_lines(five().model)
    at = lines[lines["level"] == 0.998].iloc[100]
    expected = at["expected"]
    assert stats.gamma.sf(expected, at["low"] * expected + 1) == approx(0.001)  # P(X <= count), between whole counts
    assert stats.gamma.cdf(expected, at["high"] * expected) == approx(0.001)  # P(X >= count)
    reach = 3.0902323 * np.sqrt(1 / (4 * at["expected"]) + five().model.tau_squared)
    assert at["adjusted_high"] == approx((1 + reach) ** 2)


# --- the twin


FRANCE = wb.Selection(regions={"FR"}, severities={"D_GE4"}, years=(2018, 2018))


def test_the_planted_region_stays_outside_once_over_dispersion_is_allowed_for():
    found = wb.funnel("esaw_synthetic", FRANCE, standard=["nace1", "age_group"])
    frame = by_code(found)
    assert list(frame.index[frame["adjusted_signal"] == "high 99.8%"]) == ["FRH0"]
    assert found.summary.startswith("Synthetic data. France, 2018")
    assert found.summary.endswith("Above: Bretagne.")
    assert frame["expected"].sum() == approx(frame["count"].sum())
    assert drawn(found)._names.data["text"][0] == "Bretagne"


def test_the_twins_expected_numbers_against_plain_pandas():
    cells = wb.read("esaw_synthetic").query("year == 2018 and severity == 'D_GE4'")
    cells = cells[cells["nuts"].str.startswith("AT")].groupby(["nuts", "nace"])["accidents"].sum().astype(float)
    people = wb.read("esaw_synthetic_employed").query("year == 2018")
    people = people[people["nuts"].str.startswith("AT")].groupby(["nuts", "nace"])["employed"].sum().astype(float)
    rates = cells.groupby("nace").sum() / people.groupby("nace").sum()
    expected = (people * rates.reindex(people.index, level="nace").fillna(0)).groupby("nuts").sum()
    selection = wb.Selection(regions={"AT"}, severities={"D_GE4"}, years=(2018, 2018))
    frame = by_code(wb.funnel("esaw_synthetic", selection, standard=["nace1"]))
    assert frame["expected"].to_dict() == approx(expected.to_dict())
    assert frame["count"].to_dict() == approx(cells.groupby("nuts").sum().to_dict())


def test_the_twins_sampled_countries_are_judged_by_their_records():
    selection = wb.Selection(regions={"NL"}, severities={"D_GE4"}, years=(2018, 2018))
    found = wb.funnel("esaw_synthetic", selection)
    halves = found.model.frame["count"] / by_code(found)["count"]
    assert halves.to_numpy() == approx(0.5)
    assert "Records are weighted (up to 2 accidents a record)" in " ".join(found.notes)


# --- published regions


@pytest.mark.mirror
def test_italys_regions_against_plain_pandas(mirror):
    rows = pd.read_csv(mirror / "inail_regions" / "inail_accidents_by_region_2021_2025.csv").query("year == 2023")
    expected = rows["employed_15_64"] * rows["accidents_reported"].sum() / rows["employed_15_64"].sum()
    found = wb.funnel("inail_regions", wb.Selection(years=(2023, 2023)))
    frame = found.frame
    assert len(frame) == len(rows) == 20
    assert "ITH1+ITH2" in set(frame["nuts2"])
    assert sorted(frame["expected"]) == approx(sorted(expected))
    assert sorted(frame["value"]) == approx(sorted(rows["accidents_reported"] / expected))
    assert "Trentino-Alto Adige (Bo…" in drawn(found)._names.data["text"]


@pytest.mark.mirror
def test_a_sample_has_no_funnel(mirror):
    wb.load("inail_records", source="mirror", region="Calabria")
    with pytest.raises(Refused, match="is a sample here"):
        wb.funnel("inail_records", by=["nuts3"])


# --- limits and scales that can be chosen


def test_the_limits_that_were_asked_for_are_judged_by_drawn_and_told():
    rows = [("A", 0, 100), *((code, 100, 10_000) for code in "BCDEF")]
    found = wb.funnel(published(rows), by=["nace1"], limits="exact")
    assert by_code(found).loc["A", "signal"].startswith("low") and by_code(found).loc["A", "p_value"] > 0.5
    notes = " ".join(found.notes)
    assert "Limits: exact Poisson limits around 1 (chi-square)." in notes
    assert "Outside these limits, though by the exact test no rarer than 0.002 (p_value): " in notes
    lines = funnel_lines(found.model)
    at = lines[lines["level"] == 0.998].iloc[100]
    assert at["low"] == approx(stats.chi2.ppf(0.001, 2 * at["expected"]) / 2 / at["expected"])
    with pytest.raises(ModelError, match="limits='wald' is not known. There are: test, exact, quantiles."):
        wb.funnel(published(rows), by=["nace1"], limits="wald")


def test_over_dispersion_can_be_measured_on_logarithms():
    for scale in ("log", "shmi"):
        found = wb.funnel(
            published([row for row in FIVE if row[1]] + [("F", 9, 400), ("G", 90, 3000)]), scale=scale, by=["nace1"]
        )
        frame = found.model.frame
        assert frame["z"].tolist() == approx(np.sqrt(frame["expected"]) * np.log(frame["count"] / frame["expected"]))
    with pytest.raises(ModelError, match="There are no events in D, and 0 has no logarithm."):
        wb.funnel(published(FIVE), by=["nace1"], scale="shmi")


# --- shares of groups

PARTS = {"A": (30, 1000), "B": (5, 500), "C": (60, 6000), "D": (0, 400), "E": (25, 2100)}


def parts():
    """Records of six sectors, one of them without any of the part."""
    rows = [(code, severity, n) for code, (fatal, every) in PARTS.items()
            for severity, n in (("FAT", fatal), ("NFAT", every - fatal)) if n]  # fmt: skip
    return complete([(*row[:2], 2023, row[2]) for row in rows], ["nace", "severity", "year"], ["accidents"])


def test_shares_of_groups_by_hand():
    found = wb.funnel(parts(), wb.Selection(severities={"FAT"}), by=["nace1"], share_of=wb.Selection())
    frame, together = by_code(found), 120 / 10_000
    for code, (fatal, every) in PARTS.items():
        row = frame.loc[code]
        assert (row["whole"], row["expected"], row["share"]) == approx((every, every * together, 100 * fatal / every))
        assert row["value"] == approx(fatal / every / together)
        tails = stats.binom.cdf(fatal, every, together), stats.binom.sf(fatal - 1, every, together)
        assert row["p_value"] == approx(min(1, 2 * min(tails)))
        assert (row["signal"] != "") == (row["p_value"] <= 0.05)
    assert frame.loc["D", "state"] == "zero"
    assert found.units["share"] == "% of accidents" and found.units["value"] == "times the share of all together"
    assert "The share of all groups together is 1.20%." in found.notes
    assert found.title.startswith("Share of all accidents, 2023, fatal: ")


def test_the_lines_of_a_funnel_of_shares_are_those_of_the_ratio():
    model = wb.funnel(parts(), wb.Selection(severities={"FAT"}), by=["nace1"], share_of=wb.Selection()).model
    lines = funnel_lines(model)
    low, high = model.limits_at(lines["expected"] / model.centre, 0.998)
    wide = lines["level"] == 0.998
    assert lines.loc[wide, "high"].to_numpy() == approx(high[wide] / model.centre)
    assert lines.loc[wide, "low"].to_numpy() == approx(low[wide] / model.centre)


def test_a_group_is_a_share_of_its_own_accidents():
    chosen = wb.Selection(severities={"FAT"}, sectors={"A", "B", "D"})
    found = wb.funnel(parts(), chosen, by=["nace1"], share_of=wb.Selection())
    assert found.frame["nace1"].tolist() == ["A", "B", "D"]
    assert found.frame["whole"].tolist() == [1000, 500, 400]


def test_shares_are_neither_standardised_nor_measured_on_other_scales():
    asked = {"by": ["nace1"], "share_of": wb.Selection()}
    for options in ({"standard": ["sex"]}, {"scale": "log"}):
        with pytest.raises(Refused, match="neither standardised nor measured on another scale"):
            wb.funnel(parts(), wb.Selection(severities={"FAT"}), **asked, **options)
    with pytest.raises(ModelError, match="There are: test, exact, wilson"):
        wb.funnel(parts(), wb.Selection(severities={"FAT"}), **asked, limits="quantiles")


@pytest.mark.parametrize("ask", [wb.funnel, wb.rank, wb.smooth])
def test_years_are_no_groups_to_set_side_by_side(ask):
    with pytest.raises(Refused, match="Years follow each other and are no groups"):
        ask(parts(), by=["year"])


def test_the_interval_of_a_ratio_may_be_vandenbrouckes():
    found = wb.funnel(published(FIVE), by=["nace1"], method="vandenbroucke")
    frame, exact = by_code(found), by_code(five())
    for code, count, people in FIVE[:3]:
        row, expected = frame.loc[code], people * 120 / 10_000
        low, high = ((np.sqrt(count) + side * 1.959964 / 2) ** 2 / expected for side in (-1, 1))
        assert (row["low"], row["high"], row["method"]) == (approx(low), approx(high), "square root (Vandenbroucke)")
    assert frame.loc["D", ["low", "high"]].equals(exact.loc["D", ["low", "high"]])
    assert frame.loc["D", "method"] == "exact (Garwood): there are no events"
    assert frame[["value", "p_value", "signal"]].equals(exact[["value", "p_value", "signal"]])


def test_a_method_that_does_not_exist_and_one_of_shares_are_refused():
    with pytest.raises(ModelError, match="method='wald' is not known. There are: exact, byar"):
        wb.funnel(published(FIVE), by=["nace1"], method="wald")
    with pytest.raises(Refused, match="their interval is Wilson's: leave standard, scale and method"):
        wb.funnel(published(FIVE), by=["nace1"], method="byar", share_of=wb.Selection())
