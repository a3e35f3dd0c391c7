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
    low, high = np.quantile(planned.model[0].averted, [0.025, 0.975])
    assert low < planned.frame["value"].sum() < high


def test_four_plans_stand_in_the_notes_and_employers_are_said_to_be_assumed(planned):
    four = planned.model[1].frame

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
