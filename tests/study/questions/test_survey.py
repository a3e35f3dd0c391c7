import json
import sys

import numpy as np
import pandas as pd
import pytest
from pytest import approx

import workbench as wb
from workbench import cli
from workbench.terms.places import bundled
from workbench.twin.workers import write_workers

CODEBOOK = """
title: Workers asked about devices (made up)
publisher: Nobody
population: Workers aged 15 and over
synthetic: true
weights:
  - {column: dweight, purpose: design, unit: workers, sample_only: true}
  - {column: pweight, purpose: country size, unit: workers}
  - {column: "dweight*pweight", purpose: analysis, unit: workers}
  - {column: people, purpose: population, unit: workers}
samples: [cntry]
strata: stratum
psu: firm
dimensions:
  nuts: {column: region, edition: '2021'}
  sex: {column: gndr, codes: {1: M, 2: F}}
  age_group: {column: age, bands: [15, 25, 55]}
  team: {column: team}
questions:
  wears:
    text: Do you wear a device that measures you at work?
    answers: {1: Yes, 2: No}
    missing: {7: refused, 8: don't know, 9: not asked}
  informed:
    text: Were you told what the device records?
    base: Workers who wear a device
    answers: {1: Yes, 2: No}
    missing: {9: not asked}
  hours:
    text: How many hours a week do you work?
    answers: number
    missing: {99: refused}
"""


def made_up(n: int = 600) -> pd.DataFrame:
    """Answers of nobody: 2 countries, 6 regions, 60 firms of 10 workers each."""
    rng = np.random.default_rng(20261128)
    firm = np.arange(n) // 10
    country = np.where(firm % 60 < 30, "IT", "AT")
    region = np.where(
        country == "IT", np.array(["ITC1", "ITC4", "ITF3"])[firm % 3], np.array(["AT11", "AT2", "AT3"])[firm % 3]
    )
    wears = rng.choice([1, 2, 7, 8], n, p=[0.3, 0.6, 0.05, 0.05])
    return pd.DataFrame(
        {
            "cntry": country,
            "region": region,
            "gndr": rng.choice([1, 2], n),
            "age": rng.integers(15, 70, n),
            "team": rng.choice(["a", "b"], n),
            "stratum": firm % 6,
            "firm": firm,
            "dweight": rng.uniform(0.5, 1.5, n).round(3),
            "pweight": np.where(country == "IT", 2.5, 0.5),
            "people": np.where(country == "IT", 60_000.0, 9_000.0) * rng.uniform(0.5, 1.5, n).round(3),
            "wears": wears,
            "informed": np.where(wears == 1, rng.choice([1, 2], n), 9),
            "hours": rng.choice([20, 30, 40, 99], n),
        }
    )


@pytest.fixture
def codebook(tmp_path):
    path = tmp_path / "mine.yml"
    path.write_text(CODEBOOK)
    return path


@pytest.fixture
def opened(tmp_path, codebook):
    """Opens made-up answers, changed or not, as a survey table."""

    def opened(frame: pd.DataFrame | None = None) -> object:
        path = tmp_path / "mine.csv"
        (made_up() if frame is None else frame).to_csv(path, index=False)
        return wb.survey_table(path, codebook=codebook)

    return opened


def test_a_share_by_sex_is_the_weighted_share_of_those_who_answered(opened):
    found = wb.survey(opened(), by="sex", question="wears", answer="Yes")
    raw = made_up()
    raw = raw[raw["wears"].isin([1, 2])].assign(w=raw["dweight"] * raw["pweight"])
    for sex, code in (("M", 1), ("F", 2)):
        rows = raw[raw["gndr"] == code]
        row = found.frame.set_index("sex").loc[sex]
        assert row["value"] == approx(np.average(rows["wears"] == 1, weights=rows["w"]), rel=1e-12)
        assert (row["exposure"], row["count"]) == (len(rows), (rows["wears"] == 1).sum())
    assert "Synthetic data." in found.summary and "% of workers" in found.summary


def test_question_base_and_reasons_for_no_answer_stand_under_the_figure(opened):
    text = str(wb.survey(opened(), question="wears", answer="1"))
    raw = made_up()["wears"]
    assert "Question: “Do you wear a device that measures you at work?” Base: Workers aged 15 and over" in text
    refused, unknown = (raw == 7).sum(), (raw == 8).sum()
    assert f"{refused} refused" in text and f"{unknown} do not know" in text


def test_question_and_base_stand_under_the_chart(opened):
    found = wb.survey(opened(), by="sex", question="wears", answer="1")
    assert "Do you wear a device" in found.picture.attribution
    assert "Base: Workers aged 15 and over; n = " in found.picture.attribution
    assert found.chart()


def test_without_an_answer_each_answer_is_a_row_and_they_add_up(opened):
    found = wb.survey(opened(), by="nuts0", question="wears")
    assert found.by == ("nuts0", "answer")
    assert found.frame.groupby("nuts0")["value"].sum().tolist() == approx([1, 1])


def test_regions_known_only_for_a_wider_level_are_in_no_group_and_counted(opened):
    found = wb.survey(opened(), by="nuts2", question="wears", answer="1")
    assert sorted(found.frame["nuts2"]) == ["AT11", "ITC1", "ITC4", "ITF3"]
    assert any("200 of 600 respondents are in no group by nuts2" in note for note in found.notes)


def test_a_selection_is_a_domain_of_the_whole_design(opened):
    table = opened()
    older = wb.survey(table, wb.Selection(ages=(55, None)), question="wears", answer="1").frame.iloc[0]
    groups = wb.survey(table, by="age_group", question="wears", answer="1").frame.set_index("age_group")
    for column in ("value", "se", "low", "high"):
        assert older[column] == approx(groups.loc["Y_GE55", column], rel=1e-12)
    filtered = opened(made_up().query("age >= 55"))
    naive = wb.survey(filtered, question="wears", answer="1").frame.iloc[0]
    assert naive["value"] == approx(older["value"])
    assert naive["se"] != approx(older["se"], rel=1e-6)


def test_several_questions_are_asked_together_and_different_bases_are_noted(opened):
    found = wb.survey(opened(), question=["wears", "informed"], answer="Yes")
    assert found.frame["question"].tolist() == ["wears", "informed"]
    assert any("different bases" in note for note in found.notes)


def test_numbers_have_means_medians_and_totals(opened):
    table, raw = opened(), made_up()
    raw = raw[raw["hours"] < 99]
    weights = raw["dweight"] * raw["pweight"]
    with pytest.raises(wb.WorkbenchError, match=r"dweight\*pweight is scaled .*weight='people' \(population\)"):
        wb.survey(table, question="hours", statistic="total", weight="dweight*pweight")
    mean = wb.survey(table, question="hours", statistic="mean").frame.iloc[0]
    assert mean["value"] == approx(np.average(raw["hours"], weights=weights))
    total = wb.survey(table, question="hours", statistic="total").frame.iloc[0]
    assert wb.survey(table, question="hours", statistic="median").frame.iloc[0]["value"] in (20, 30, 40)
    assert total["value"] == approx((raw["hours"] * raw["people"]).sum())


def test_how_many_people_gave_an_answer_is_the_sum_of_population_weights(opened):
    found = wb.survey(opened(), question="wears", answer="1", statistic="total", by="nuts0")
    raw = made_up().query("wears == 1").groupby("cntry")["people"].sum()
    assert found.frame.set_index("nuts0")["value"].to_dict() == approx(raw.to_dict())
    assert any("Weighted by people (population)" in note for note in found.notes)


def test_a_design_weight_across_countries_is_refused_naming_the_right_one(opened):
    with pytest.raises(wb.WorkbenchError, match=r"dweight holds inside one country.*weight='dweight\*pweight'"):
        wb.survey(opened(), question="wears", answer="1", weight="dweight")
    inside = wb.survey(opened(), by="nuts0", question="wears", answer="1", weight="dweight")
    assert len(inside.frame) == 2


def test_a_weight_of_country_size_alone_is_refused_naming_the_right_one(opened):
    with pytest.raises(wb.WorkbenchError, match=r"pweight only brings countries to their size.*dweight\*pweight"):
        wb.survey(opened(), question="wears", answer="1", weight="pweight")


def test_a_total_by_weights_that_add_up_to_the_sample_is_refused_naming_the_right_one(opened):
    frame = made_up()
    frame["dweight"] *= len(frame) / frame["dweight"].sum()
    with pytest.raises(
        wb.WorkbenchError, match=r"adds up to the number of respondents.*weight='people' \(population\)"
    ):
        wb.survey(opened(frame), by="nuts0", question="wears", answer="1", statistic="total", weight="dweight")


def test_few_respondents_are_marked_and_fewer_withheld(opened):
    frame = made_up()
    frame["team"] = ["a"] * 25 + ["b"] * 15 + ["c"] * 560
    frame["wears"] = frame["wears"].where(frame["wears"] < 3, 2)
    found = wb.survey(opened(frame), by="team", question="wears", answer="1").frame.set_index("team")
    assert found["state"].to_dict() == {"a": "unreliable", "b": "withheld", "c": ""}
    assert found.loc["b", ["value", "low", "high", "count"]].isna().all()
    assert found.loc["b", "exposure"] == 15
    options = wb.SurveyOptions(mark_under=10, withhold_under=5)
    shown = wb.survey(opened(frame), by="team", question="wears", answer="1", options=options)
    assert shown.frame["value"].notna().all() and shown.withheld == 0


def test_answers_outside_the_codebook_are_counted_and_named(opened):
    frame = made_up()
    frame.loc[:4, "wears"] = 5
    notes = opened(frame).notes
    assert any("5 answers to wears are not in the codebook (5)" in note for note in notes)


def test_codes_of_another_edition_are_named_with_the_editions_that_have_them(opened):
    frame = made_up()
    frame.loc[frame["region"] == "ITC1", "region"] = "FR21"
    notes = opened(frame).notes
    assert any("that nuts does not know (FR21)" in note and "2010, 2013" in note for note in notes)


def test_weights_that_are_missing_zero_or_negative_are_answered(opened):
    frame = made_up()
    frame.loc[0, "dweight"] = None
    frame.loc[1, "dweight"] = 0
    notes = opened(frame).notes
    assert any("1 respondent has no weight dweight" in note for note in notes)
    assert any("1 respondent has the weight 0 in dweight" in note for note in notes)
    frame.loc[2, "dweight"] = -1
    with pytest.raises(wb.WorkbenchError, match="1 weight of dweight is below 0"):
        opened(frame)


def test_a_column_that_only_the_codebook_has_is_named_with_what_is_close(opened):
    with pytest.raises(wb.WorkbenchError, match="has no column gndr, which the codebook names"):
        opened(made_up().drop(columns="gndr"))


def test_a_question_that_is_not_in_the_codebook_is_named_with_what_is_close(opened):
    with pytest.raises(wb.WorkbenchError, match="'wear' is not a known question of .* Close to it: wears"):
        wb.survey(opened(), question="wear")


def test_ages_that_cut_a_band_are_refused(opened):
    with pytest.raises(wb.WorkbenchError, match="cut the band Y25-54"):
        wb.survey(opened(), wb.Selection(ages=(30, 54)), question="wears", answer="1")


def test_questions_are_found_by_their_words(opened):
    assert opened().questions("told device")["question"].tolist() == ["informed"]


def test_a_file_without_a_codebook_is_refused_with_the_way_to_give_one(tmp_path):
    path = tmp_path / "mine.csv"
    made_up().to_csv(path, index=False)
    with pytest.raises(wb.WorkbenchError, match="needs a codebook"):
        wb.survey_table(path)


def test_spss_missing_values_are_told_apart_by_the_codebook(tmp_path, codebook):
    import pyreadstat

    path = tmp_path / "mine.sav"
    pyreadstat.write_sav(made_up(), str(path), missing_ranges={"wears": [{"lo": 7, "hi": 9}]})
    found = wb.survey(wb.survey_table(path, codebook=codebook), question="wears", answer="1")
    refused = (made_up()["wears"] == 7).sum()
    assert any(f"{refused} refused" in note for note in found.notes)


def test_labels_in_latin_1_are_read(tmp_path):
    codebook = tmp_path / "mine.yml"
    codebook.write_text(CODEBOOK.replace("team: {column: team}", "team: {column: team, labels: {bü: Büro}}"))
    frame = made_up()
    frame["team"] = frame["team"].replace("a", "bü")
    frame.to_csv(tmp_path / "mine.csv", index=False, encoding="latin-1")
    found = wb.survey(
        wb.survey_table(tmp_path / "mine.csv", codebook=codebook), by="team", question="wears", answer="1"
    )
    assert "Büro" in str(found)


@pytest.mark.mirror
class TestEurobarometer:
    @pytest.fixture
    def answers(self, mirror):
        return mirror / "eurobarometer_nuts" / "eurobarometer_2013_2017_nuts.parquet"

    @pytest.mark.parametrize(("level", "characters"), [(1, 3), (2, 4)])
    def test_weighted_shares_by_region_equal_a_direct_computation(self, answers, level, characters):
        wb.load("eurobarometer", path=answers)
        name = f"nuts{level}"
        found = wb.survey("eurobarometer", by=name, question="serious_world_problems_first", answer="1")
        raw = pd.read_parquet(answers).dropna(subset=["serious_world_problems_first"])
        raw = raw[raw["geo"].str.len() >= characters]
        raw = raw.assign(region=raw["geo"].str[:characters], weighted=raw["wex"] * raw["serious_world_problems_first"])
        sums = raw.groupby("region")[["weighted", "wex"]].sum()
        expected = sums["weighted"] / sums["wex"]
        shown = found.frame[found.frame["state"] != "withheld"].set_index(name)["value"]
        assert shown.to_dict() == approx(expected[shown.index].to_dict(), rel=1e-12)
        assert set(found.frame[name]) == set(expected.index)

    def test_regions_are_drawn_on_the_map_of_2010(self, answers):
        table = wb.survey_table(answers, codebook="eurobarometer")
        found = wb.survey(table, by="nuts1", question="serious_world_problems_first", answer="1")
        assert found.picture.edition == "2010"
        assert found.chart()

    def test_each_wave_asks_what_it_asked(self, answers):
        table = wb.survey_table(answers, codebook="eurobarometer")
        found = wb.survey(table, by="year", question="serious_world_problems_climate_change", answer="1")
        assert found.frame["year"].tolist() == [2013, 2017]
        with pytest.raises(wb.WorkbenchError, match="Nobody in what is asked for has an answer"):
            wb.survey(table, wb.Selection(years=(2015, 2015)), question="serious_world_problems_climate_change")

    def test_a_total_over_waves_is_refused(self, answers):
        table = wb.survey_table(answers, codebook="eurobarometer")
        with pytest.raises(wb.WorkbenchError, match="count people once for each"):
            wb.survey(table, question="serious_world_problems_first", answer="1", statistic="total")


def test_an_entry_that_was_not_loaded_says_how_to_get_it():
    with pytest.raises(wb.WorkbenchError, match=r"after registration only.*workbench load eurobarometer --from FILE"):
        wb.survey("eurobarometer", question="serious_world_problems_first")


@pytest.fixture
def command(monkeypatch, capsys):
    """Call the command line in this process: exit code, standard output, standard error."""

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["workbench", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return (ended.value.code or 0, *capsys.readouterr())

    return call


def test_the_command_lists_questions_and_answers_one(command, opened, tmp_path, codebook):
    opened()
    survey = ("survey", tmp_path / "mine.csv", "--codebook", codebook)
    code, listed, _error = command(*survey, "--search", "told")
    assert code == 0 and "informed" in listed and "hours" not in listed
    asked = ("--question", "wears", "--answer", "Yes", "--by", "sex", "--where", "nuts0=IT")
    code, answered, _error = command(*survey, *asked, "--format", "json")
    rows = json.loads(answered)["frame"]
    assert code == 0 and [row["sex"] for row in rows] == ["M", "F"]
    assert 0 < rows[0]["low"] < rows[0]["value"] < rows[0]["high"] < 1
    code, _out, error = command(*survey, "--question", "wears", "--weight", "pweight")
    assert code == 2 and "only brings countries to their size" in error


def test_the_survey_that_comes_along_is_the_one_that_its_program_makes(tmp_path):
    made = write_workers(tmp_path)
    assert made.read_text() == (bundled("catalogs") / "data" / "workers_made_up.csv").read_text()


def test_the_survey_that_comes_along_is_asked_by_its_name_and_says_that_it_is_synthetic(command):
    found = wb.survey("workers_made_up", by="size", question="wears", answer="Yes")
    assert found.synthetic and found.summary.startswith("Synthetic data.")
    assert (found.frame["value"].diff().dropna() > 0).all()  # as it was made: more in larger firms
    code, listed, _error = command("survey", "workers_made_up", "--search", "device")
    assert code == 0 and "told" in listed


def test_groups_are_tested_and_ordered_ones_have_a_trend():
    found = wb.survey("workers_made_up", by="size", question="wears", answer="Yes")
    assert found.model.independence.p_value < 0.001
    assert found.model.trend["value"] > 0.04
    assert any("Rao-Scott F" in note for note in found.notes)
    assert any(
        "percentage points from one to the next" in note and "degrees of freedom" in note for note in found.notes
    )


def test_a_change_between_waves_has_an_interval_and_a_test():
    found = wb.survey("workers_made_up", by="year", question="wears", answer="Yes")
    values = found.frame.set_index("year")["value"]
    assert found.model.change["value"] == approx(values[2025] - values[2022])
    assert any("Change from 2022 to 2025" in note for note in found.notes)


def test_waves_of_different_modes_are_not_compared_unless_asked_for(tmp_path):
    mixed = (bundled("catalogs") / "codebooks" / "workers_made_up.yml").read_text()
    codebook = tmp_path / "modes.yml"
    codebook.write_text(mixed + "modes: {2022: face to face, 2025: telephone}\n")
    table = wb.survey_table(bundled("catalogs") / "data" / "workers_made_up.csv", codebook=codebook)
    with pytest.raises(wb.WorkbenchError, match="different ways .2022: face to face, 2025: telephone"):
        wb.survey(table, by="year", question="wears", answer="1")
    options = wb.SurveyOptions(across_modes=True)
    found = wb.survey(table, by="year", question="wears", answer="1", options=options)
    assert any("may be that of the way" in note for note in found.notes)
    assert len(wb.survey(table, wb.Selection(years=(2025, 2025)), question="wears").frame) == 2
