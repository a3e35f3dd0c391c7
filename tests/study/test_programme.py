"""A programme as a finding: within the days, with its assumptions, the plans beside it and each region's burden."""

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.study.interventions import listed_interventions
from workbench.terms.errors import Refused, UnknownName

TWIN = "esaw_synthetic"
SPAIN = wb.Selection(years=(2022, 2022), regions={"ES"})


@pytest.fixture(scope="module")
def planned() -> wb.Finding:
    return wb.programme(TWIN, SPAIN, by=["nace1", "nuts1"], days=4_000)


def test_the_free_days_are_kept_and_every_region_has_visits(planned):
    frame = planned.frame

    assert frame["days"].sum() <= 2_000
    assert (frame.groupby("nuts1")["days"].sum() > 0).all()
    assert frame["random_visits"].sum() == pytest.approx(2_000 * 0.075 / 3, abs=8)


def test_the_summary_names_what_is_averted_of_what_is_expected(planned):
    assert planned.summary.startswith(
        "Synthetic data. A programme of 4,000 inspector-days, 2,000 of them free to plan, "
    )
    assert "visits at random alone would avert" in planned.summary
    low, high = np.quantile(planned.model.plan.averted, [0.025, 0.975])
    assert low < planned.frame["value"].sum() < high


def test_four_plans_stand_in_the_notes_and_employers_are_said_to_be_assumed(planned):
    four = planned.model.four.frame

    assert len(four) == 5
    assert four.loc["This plan", "averted"] > 1.5 * four.loc["At random", "averted"]
    assert any(note.startswith("Last year's rate: ") for note in planned.notes)
    assert any(note.startswith("Assumed: 10 workers an employer") for note in planned.notes)
    assert not any("assumption" in note for note in planned.notes if note.startswith("Your"))


def test_an_effect_without_a_source_is_printed_as_the_readers_assumption():
    both = ["inspection", "communication"]
    found = wb.programme(TWIN, SPAIN, by=["nace1"], days=4_000, interventions=both)

    assert "Your assumption, without a source: communication averts 0% to 3%." in found.notes


def test_interventions_follow_the_traits_of_a_sector():
    sectors = pd.DataFrame({"compliance": ["high"]}, index=["F"])
    found = wb.programme(TWIN, SPAIN, by=["nace1"], days=4_000, sectors=sectors).frame.set_index("nace1")

    assert found.loc["F", "inspection"] == 0  # no inspections where the rules are kept; visits at random stay
    assert found["inspection"].sum() > 0


def test_no_intervention_claims_an_effect_without_a_source_or_the_word_assumption():
    for one, _suits in listed_interventions().values():
        assert one.source or one.effect <= 0.02


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"interventions": ["prayer"]}, "prayer"),
        ({"interventions": ["communication"]}, "single employers"),
        ({"employers": pd.Series({"A": 3})}, "has no number"),
        ({"sectors": pd.DataFrame({"size": ["high"]}, index=["F"])}, "it takes compliance"),
    ],
)
def test_what_cannot_be_planned_is_refused(options, words):
    with pytest.raises((Refused, UnknownName), match=words):
        wb.programme(TWIN, SPAIN, by=["nace1"], days=100, **options)


def test_a_file_that_is_no_list_of_interventions_is_refused(tmp_path):
    (tmp_path / "mine.yml").write_text("interventions: [{name: x}]", encoding="utf-8")
    with pytest.raises(Refused, match="mine.yml is no list of interventions"):
        listed_interventions(tmp_path / "mine.yml")


def test_the_notes_say_what_is_reached_and_who_is_visited_more_than_others_at_equal_risk():
    found = wb.programme(TWIN, SPAIN, by=["nace1", "nuts2"], days=4_000)
    coverage, fairness = found.model.coverage, found.model.fairness

    assert coverage.loc["all", "groups"] == len(found.frame)
    assert coverage.loc["all", "reached"] == (found.frame["days"] > 0).sum()
    assert any(note.startswith("Coverage: ") and "have nothing planned" in note for note in found.notes)
    assert any(note.startswith("Small employers cannot be told apart") for note in found.notes)
    assert any(note.startswith("No data on the share of migrant workers") for note in found.notes)
    flagged = fairness.loc["nuts2"].query("flagged").index
    assert "Comunidad de Madrid" in flagged
    assert any(note.startswith("At equal risk ") and "Madrid" in note for note in found.notes)


def test_small_employers_and_migrant_workers_are_reported_where_they_are_known():
    groups = wb.rates(TWIN, SPAIN, by=["nace1"]).frame.set_index("nace1")
    employers = (groups["exposure"] / np.where(groups.index.isin(["A", "F"]), 4, 80)).round().clip(lower=1)
    sectors = pd.DataFrame({"migrants": {"A": 0.4, "F": 0.3, "C": 0.05, "P": 0.02}})
    found = wb.programme(TWIN, SPAIN, by=["nace1"], days=4_000, employers=employers, sectors=sectors)

    assert found.model.coverage["groups"].to_dict() == {"all": 19, "under 10 workers": 2, "50 workers or more": 17}
    assert set(found.model.fairness.loc["size"].index) == {"under 10 workers", "50 workers or more"}
    assert found.model.fairness.loc["migrants", "people"].to_dict() == pytest.approx(
        {
            "more than the mean": groups["exposure"][["A", "F"]].sum(),
            "the mean or fewer": groups["exposure"][["C", "P"]].sum(),
        }
    )
    assert any(note.startswith("Coverage, employers of under 10 workers: ") for note in found.notes)
    assert any(note.startswith("Visits a thousand workers, by share of migrant workers: ") for note in found.notes)


def test_size_and_nationality_of_the_data_themselves_are_used():
    rows = [
        (nace, size, nationality, accidents * (2 if size == "1" else 3))
        for nace, of_nationality in {"F": {"1": 30, "3": 60}, "C": {"1": 80, "3": 5}}.items()
        for nationality, accidents in of_nationality.items()
        for size in ("1", "3")
    ]
    table = pd.DataFrame(rows, columns=["nace1", "size", "nationality", "accidents"]).assign(employed=4_000)
    mine = wb.table(table, name="sized", sensitivity="aggregate")
    found = wb.programme(mine, by=["nace1", "size"], days=600)

    assert set(found.model.coverage.index) == {"all", "1-9 employees", "50-249 employees"}
    migrants = found.model.fairness.loc["migrants"]
    assert migrants["harm"]["more than the mean"] == pytest.approx(450, rel=0.1)


@pytest.fixture(scope="module")
def two_plans() -> tuple[wb.Finding, wb.Finding]:
    even = wb.ProgrammeLimits(presence=0.9)
    first = wb.programme(TWIN, SPAIN, by=["nace1", "nuts1"], days=4_000)
    return first, wb.programme(TWIN, SPAIN, by=["nace1", "nuts1"], days=4_000, limits=even)


def test_two_plans_differ_by_what_each_averts_on_the_same_draws(two_plans):
    first, second = two_plans
    found = wb.compare_plans(first, second)
    frame = found.frame.set_index(["nace1", "nuts1"])

    apart = first.model.plan.averted - second.model.plan.averted
    assert found.model.averted == pytest.approx(apart)
    assert frame["value"].sum() == pytest.approx(apart.mean())
    assert found.model.high - found.model.low < np.ptp(np.quantile(first.model.plan.averted, [0.025, 0.975]))
    days = first.frame.set_index(["nace1", "nuts1"])["days"] - second.frame.set_index(["nace1", "nuts1"])["days"]
    pd.testing.assert_series_equal(frame["days_won"].sort_index(), days.sort_index(), check_names=False)
    assert found.summary.startswith("Synthetic data. The first plan averts ")
    assert any(note.startswith("Most days won by the first plan: ") for note in found.notes)
    assert found.chart() is not None


def test_two_plans_are_compared_by_region_as_a_map(two_plans):
    found = wb.compare_plans(*two_plans, by=["nuts1"])
    whole = wb.compare_plans(*two_plans)

    assert found.chart_spec.kind == "map" and found.chart() is not None
    assert found.frame.set_index("nuts1")["value"].to_dict() == pytest.approx(
        whole.frame.groupby("nuts1")["value"].sum().to_dict()
    )
    assert found.model.averted == pytest.approx(whole.model.averted)
    assert wb.compare_plans(*two_plans, by=["nace1"]).chart() is not None


def test_what_is_no_pair_of_plans_is_refused(two_plans):
    first, second = two_plans
    with pytest.raises(Refused, match="two findings of wb.programme"):
        wb.compare_plans(first, wb.rates(TWIN, SPAIN))
    with pytest.raises(Refused, match="The plans are by nace1, nuts1; sex is none of these"):
        wb.compare_plans(first, second, by=["sex"])
    with pytest.raises(wb.WorkbenchError, match="other groups"):
        wb.compare_plans(first, wb.programme(TWIN, SPAIN, by=["nace1"], days=4_000))


def test_days_are_given_once_and_a_seed_is_a_whole_number():
    with pytest.raises(TypeError, match="days"):
        wb.ProgrammeLimits(days=100)
    with pytest.raises(wb.WorkbenchError, match="no seed"):
        wb.programme(TWIN, SPAIN, by=["nace1"], days=100, seed=-1)


@pytest.mark.mirror
def test_a_programme_for_italys_regions_from_the_publishers_file(mirror):
    year = wb.Selection(years=(2023, 2023))
    first = wb.priorities("inail_regions", year, by=["nuts2"]).frame
    found = wb.programme("inail_regions", year, by=["nuts2"], days=20_000)
    frame = found.frame.set_index("nuts2")

    assert not found.synthetic and len(frame) == 20
    assert frame["days"].sum() <= 10_000 and (frame["days"] > 0).all()
    assert frame["expected"].sum() == pytest.approx(frame["count"].sum(), rel=0.001)
    assert first.set_index("nuts2")["expected"].to_dict() == pytest.approx(frame["expected"].to_dict(), rel=0.001)
    # Most days where most accidents are expected an employer: Emilia-Romagna and Veneto, within the evenness
    assert list(frame["days"].nlargest(2).index) == ["ITH5", "ITH3"]
    share = frame["days"] / 10_000 / (frame["expected"] / frame["expected"].sum())
    assert share.max() <= 3.05
    four = found.model.four.frame["averted"]
    assert four["At random"] < four["This plan"] < four["Expected harm averted"]


@pytest.mark.mirror
def test_priorities_and_a_programme_for_spains_regions_and_sectors_with_the_people_of_the_labour_force_survey(mirror):
    """Spain publishes rates of workers covered: times the people employed they give accidents to be expected.

    Ceuta and Melilla, one rate for two regions, have no people together.
    """
    year = wb.Selection(years=(2022, 2022))
    rates = wb.rates("spain_atr", year, by=["nuts2", "nace1"]).frame
    people = wb.counts("spain_epa", year, by=["nuts2", "nace1"]).frame
    both = rates.merge(people, on=["nuts2", "nace1"], suffixes=("", "_people")).dropna(subset=["value", "value_people"])
    table = both[["nuts2", "nace1"]].assign(
        accidents=(both["value"] / 100_000 * both["value_people"]).round(), employed=both["value_people"]
    )
    mine = wb.table(table, name="spain_2022", sensitivity="aggregate")
    first = wb.priorities(mine, by=["nace1", "nuts2"]).frame
    found = wb.programme(mine, by=["nace1", "nuts2"], days=40_000)

    assert len(first) == len(found.frame) == len(table)
    assert set(first["nace1"]) == {"A", "F", "B-E", "G-U"} and first["nuts2"].nunique() == 17
    assert 500_000 < first["expected"].sum() < 700_000
    assert list(zip(first["nace1"], first["nuts2"], strict=True))[:3] == [
        ("G-U", "ES51"),
        ("G-U", "ES61"),
        ("G-U", "ES30"),
    ]
    rate = first["expected"] / first["exposure"]
    assert rate.groupby(first["nace1"]).median().idxmax() == "F"

    frame = found.frame
    assert frame["days"].sum() <= 20_000 and (frame.groupby("nuts2")["days"].sum() > 0).all()
    assert frame.groupby("nace1")["inspection"].sum().idxmax() == "F"
    four = found.model.four.frame["averted"]
    assert four["At random"] < four["This plan"]


def test_more_people_at_the_same_rate_never_lower_a_rank():
    table = pd.DataFrame({"nace1": list("ACFHQ"), "accidents": [90, 300, 200, 60, 40], "employed": [9e3] * 5})

    def rank(times: float, name: str) -> float:
        larger = table.assign(**{c: table[c].where(table["nace1"] != "H", times * table[c]) for c in table.columns[1:]})
        mine = wb.table(larger, name=name, sensitivity="aggregate")
        return wb.priorities(mine, by=["nace1"]).frame.set_index("nace1").loc["H", "rank"]

    ranks = [rank(times, f"larger_{place}") for place, times in enumerate((1, 2, 4, 8))]
    assert all(later <= earlier for earlier, later in zip(ranks, ranks[1:], strict=False)) and ranks[-1] < ranks[0]


def test_interventions_of_a_file_of_ones_own_are_planned(tmp_path):
    mine = tmp_path / "mine.yml"
    mine.write_text(
        "interventions:\n"
        "  - {name: visit, days: 2, whole_group: false, effect: [0, 0.05, 0.1], source: Our evaluation}\n"
        "  - {name: letter, days: 5, whole_group: true, effect: [0, 0.001, 0.01], source: ''}\n",
        encoding="utf-8",
    )
    for given in (mine, str(mine), [str(mine)]):
        found = wb.programme(TWIN, SPAIN, by=["nace1"], days=4_000, interventions=given)
        assert {"visit", "letter"} <= set(found.frame) and "inspection" not in found.frame
    assert "Your assumption, without a source: letter averts 0% to 1%." in found.notes


def test_every_input_of_a_plan_is_said_to_be_the_readers_or_the_workbenchs_with_its_source(planned):
    notes = planned.notes
    sources = (
        "Accidents from: Synthetic accidents at work in Europe. People at risk from: Synthetic employment in Europe."
    )

    assert sources in notes
    assert "Given by you: `days`." in notes
    default = "`employers`, `sectors`, `limits`, `exposure`, `safeguards`, `interventions`"
    assert f"Not given by you, as the workbench has it by default: {default}." in notes
    assert any(
        note.startswith("Limits: 50% of the days are kept for notifications; of the others 7.5% ") for note in notes
    )
    assert any(
        note.startswith("inspection: 3 days, averts 0% to 18%. Source of the effect: Johnson, Levine & Toffel")
        and note.endswith("It may not transfer; the limits and the days are assumptions of the workbench.")
        for note in notes
    )


def test_inputs_of_the_reader_are_named_with_the_source_that_they_carry():
    groups = wb.rates(TWIN, SPAIN, by=["nace1"]).frame.set_index("nace1")
    employers = (groups["exposure"] / 20).round().clip(lower=1)
    employers.attrs["source"] = "business register of 2022"
    visit = wb.Intervention(
        name="visit", days=2, whole_group=False, effect=0.05, effect_low=0, effect_high=0.1, source="Our evaluation"
    )
    notes = wb.programme(
        TWIN,
        SPAIN,
        by=["nace1"],
        days=4_000,
        employers=employers,
        sectors=pd.DataFrame({"compliance": ["low"]}, index=["F"]),
        limits=wb.ProgrammeLimits(notifications=0.4),
        interventions=[visit],
        exposure="esaw_synthetic_employed",
        safeguards=wb.Safeguards(never={"nace1": {"O": "another inspectorate"}}),
    ).notes

    assert (
        "Given by you: `days`, `employers` (source: business register of 2022), `sectors` (no source named), `limits`, "
        "`exposure`, `safeguards`, `interventions`." in notes
    )
    assert not any(note.startswith("Not given by you") for note in notes)
    assert any(note.startswith("Limits: 40% of the days") for note in notes)
    assert "visit, as you gave it: 2 days, averts 0% to 10%. Source: Our evaluation." in notes


def test_people_at_risk_of_the_same_table_are_named_on_the_plan():
    table = pd.DataFrame({"nace1": list("ACFHQ"), "accidents": [90, 300, 200, 60, 40], "employed": [9e3] * 5})
    mine = wb.table(table, name="my_accidents", sensitivity="aggregate")
    notes = wb.programme(mine, by=["nace1"], days=600).notes

    assert "Accidents from: my_accidents. People at risk from: my_accidents." in notes
