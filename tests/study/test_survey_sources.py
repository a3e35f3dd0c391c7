import numpy as np
import pandas as pd
import pytest
from pytest import approx

import workbench as wb
from workbench.sources.facts import all_facts

SECTORS = {
    "Agriculture, forestry and fishing": "A",
    "Construction, waste management, water and electricity supply": "B_D-F",
    "Manufacturing": "C",
    "Trade, transport, food/accommodation and recreation activities": "G-I_R",
    "IT, Finance, Real estate and other technical scientific or personal service activities": "J-N_S",
    "Public administration": "O",
    "Education": "P",
    "Human health and social work activities": "Q",
    "Education, human health and social work activities": "P_Q",
}
SIZES = {
    "5 to 9 employees": "E5-9",
    "10 to 49 employees": "E10-49",
    "50 to 249 employees": "E50-249",
    "250 or more employees": "E_GE250",
}


def ess_file(n: int = 300) -> pd.DataFrame:
    """Answers of nobody in the columns that the ESS documents for rounds 9 and later."""
    random = np.random.default_rng(9)
    country = np.where(np.arange(n) < n / 2, "AT", "IT")
    pspwght, pweight = random.uniform(0.4, 2.0, n), np.where(country == "AT", 0.4, 2.4)
    return pd.DataFrame(
        {
            "cntry": country,
            "essround": 9.0,
            "region": np.where(country == "AT", "AT13", "ITC4"),
            "dweight": random.uniform(0.5, 1.5, n),
            "pspwght": pspwght,
            "pweight": pweight,
            "anweight": pspwght * pweight,
            "psu": np.arange(n) // 5 + 1.0,
            "stratum": np.arange(n) // 50 + 1.0,
            "gndr": random.choice([1.0, 2.0], n),
            "agea": random.choice([20.0, 40.0, 70.0, 999.0], n),
            "nacer2": random.choice([1.0, 41.0, 777.0], n),
            "health": random.choice([1.0, 2.0, 3.0, 8.0], n),
            "hlthhmp": random.choice([1.0, 2.0, 3.0], n),
            "wkhtot": random.choice([20.0, 40.0, 666.0], n),
        }
    )


@pytest.fixture(params=["csv", "sav"])
def ess(request, tmp_path):
    path = tmp_path / f"ESS9.{request.param}"
    if request.param == "csv":
        ess_file().to_csv(path, index=False)
    else:
        import pyreadstat

        pyreadstat.write_sav(ess_file(), str(path), missing_ranges={"health": [{"lo": 7, "hi": 9}]})
    return path


def test_a_file_in_the_layout_of_the_ess_is_loaded_and_asked_by_name(ess):
    wb.load("ess", path=ess)
    found = wb.survey("ess", by="sex", question="health", answer="Very good")
    raw = ess_file().query("health < 6 and gndr == 2")
    value = found.frame.set_index("sex").loc["F", "value"]
    assert value == approx(np.average(raw["health"] == 1, weights=raw["anweight"]), rel=1e-6)
    assert any("Weighted by anweight (analysis)" in note for note in found.notes)
    with pytest.raises(wb.WorkbenchError, match=r"pweight only brings countries.*weight='anweight'"):
        wb.survey("ess", question="health", answer="1", weight="pweight")


def test_unknown_ages_and_sectors_of_the_ess_are_in_no_group(ess):
    table = wb.survey_table(ess, codebook="ess")
    assert set(table.frame["age_group"]) == {"Y15-24", "Y35-44", "Y_GE65", "UNK"}
    assert set(table.frame["nace"]) == {"01", "41", "UNK"}


def test_earlier_rounds_of_the_ess_are_refused_naming_the_design_file(tmp_path):
    ess_file().drop(columns=["psu", "stratum"]).to_csv(tmp_path / "ESS5.csv", index=False)
    with pytest.raises(wb.WorkbenchError, match=r"no column stratum, psu.*sample design data file \(SDDF\)"):
        wb.load("ess", path=tmp_path / "ESS5.csv")


def test_an_entry_of_respondents_is_no_cube_and_says_what_asks_it(ess):
    wb.load("ess", path=ess)
    with pytest.raises(wb.WorkbenchError, match=r"ask it with wb\.survey"):
        wb.rates("ess")


@pytest.fixture(scope="module")
def quoted() -> pd.DataFrame:
    return wb.facts()


def test_facts_are_found_by_their_words_and_different_bases_are_said(quoted):
    assert wb.facts("wearable").index.tolist() == ["esener_2019_wearables", "osh_pulse_2022_wearables"]
    assert "different bases" in wb.facts("wearable").attrs["note"]
    assert set(quoted.columns) == {"value", "unit", "year", "base", "statement", "wording", "source"}
    with pytest.raises(wb.WorkbenchError, match="No fact has all of these words: unicorn"):
        wb.facts("unicorn")


@pytest.mark.parametrize("fact", [fact for fact in all_facts() if "check" in fact], ids=lambda fact: fact["id"])
def test_a_fact_is_the_publishers_figure(fact):
    """On the published shares that come along, which are the whole workbook's."""
    check = fact["check"]
    selection = wb.Selection(
        regions={check["region"]}, where={"question": {check["question"]}, "answer": {check["answer"]}}
    )
    found = wb.counts(check["entry"], selection)
    assert round(100 * float(found.frame["value"].iloc[0]), 1) == fact["value"]


def test_questions_of_published_shares_are_found_by_their_words():
    assert wb.questions("esener_2019", "wearable")["question"].tolist() == ["E3Q310_6"]
    assert len(wb.questions("esener_2019")) == 108
    assert wb.questions("workers_made_up", "back")["question"].tolist() == ["strain"]
    with pytest.raises(wb.WorkbenchError, match="has no questions"):
        wb.questions("esaw_synthetic")


@pytest.mark.mirror
class TestEsener:
    @pytest.fixture
    def published(self, mirror) -> pd.DataFrame:
        raw = pd.read_excel(mirror / "esener_2019" / "indicator_data_2019_EUOSHA.xlsx")
        return raw.set_axis(raw.columns.str.strip(), axis=1).assign(country=raw["country"].str.upper())

    def test_every_share_by_sector_is_reproduced(self, published):
        """Each of the nine published groups is asked for by its code; they overlap and are never added up."""
        cube = wb.cube("esener_2019", source="mirror")
        by = ["question", "answer"]
        for title, code in SECTORS.items():
            expected = published.dropna(subset=title).set_index(["country", "question", "Answer"])[title]
            union = cube.ask("share", wb.Selection(regions={"EU27_2020"}, sectors={code}), by).frame
            countries = cube.ask("share", wb.Selection(sectors={code}), ["nuts0", *by]).frame
            whole = pd.concat([countries, union.assign(nuts0="EU27_2020")]).dropna(subset="share")
            found = whole.set_index(["nuts0", *by])["share"]
            assert len(found) == len(expected), title
            expected.index = expected.index.set_names(["nuts0", *by])
            assert (found.reindex(expected.index) - expected).abs().max() < 1e-12, title

    @pytest.mark.parametrize("margin", ["total", "size"])
    def test_every_published_share_is_reproduced(self, published, margin):
        by = ["nuts0", "question", "answer", *(["size"] if margin == "size" else [])]
        cube = wb.cube("esener_2019", source="mirror")
        union = cube.ask("share", wb.Selection(regions={"EU27_2020"}), by[1:]).frame  # a cell of its own, never a sum
        countries = cube.ask("share", wb.Selection(), by).frame
        whole = pd.concat([countries, union.assign(nuts0="EU27_2020")])
        columns = list(SIZES) if margin == "size" else ["total"]
        keys = ["country", "question", "Answer"]
        long = published.melt(keys, columns, "size", "share").replace({"size": SIZES})
        expected = long.dropna(subset="share").set_index([*keys, *(["size"] if margin == "size" else [])])["share"]
        found = whole.dropna(subset="share").set_index(by)["share"]
        expected.index = expected.index.set_names(by)
        assert len(found) == len(expected)
        assert (found.reindex(expected.index) - expected).abs().max() < 1e-12

    def test_the_answers_to_a_question_add_up_to_one_wherever_they_are_published(self, published):
        columns = published.columns.drop(["country", "question", "Answer"])
        sums = published.groupby(["country", "question"])[list(columns)].sum(min_count=1).stack().dropna()
        assert len(sums) > 40_000
        assert sums[(sums - 1).abs() >= 1e-9].index.tolist() == NOT_ONE


NOT_ONE: list[tuple[str, str, str]] = []
"""Countries and questions whose published answers do not add up to 1: none, in total, by sector and by size."""


@pytest.fixture(scope="module")
def register():
    selection = wb.Selection(regions={"AT"}, severities={"D_GE4"}, years=(2022, 2022))
    return wb.rates("esaw_synthetic", selection, by=["year"])


@pytest.fixture(scope="module")
def reported():
    return wb.survey("workers_made_up", by=["year"], question="accident", answer="Yes")


def test_what_a_register_sees_is_its_rate_over_what_workers_report(register, reported):
    found = wb.reported_share(register, reported)
    row, rate, share = found.frame.iloc[0], register.frame.iloc[0], reported.frame.iloc[0]
    assert found.frame["year"].tolist() == [2022]
    assert row["value"] == approx(rate["value"] / rate["per"] / share["value"])
    assert row["low"] < row["value"] < row["high"]
    assert "The register sees about" in found.summary and "of what workers report" in found.summary
    assert any(note.startswith("Register: ") for note in found.notes)
    assert any(note.startswith("Survey: ") for note in found.notes)


def test_unlike_definitions_are_refused_unless_the_difference_is_named(register, reported):
    fatal = wb.rates(
        "esaw_synthetic", wb.Selection(regions={"AT"}, severities={"FAT"}, years=(2022, 2022)), by=["year"]
    )
    with pytest.raises(wb.WorkbenchError, match="do not count the same accidents"):
        wb.reported_share(fatal, reported)
    found = wb.reported_share(fatal, reported, difference="the register has fatal accidents only")
    assert any("They differ: the register has fatal accidents only." in note for note in found.notes)


def test_register_and_survey_stand_on_one_axis_each_with_the_years_it_has(reported):
    selection = wb.Selection(regions={"AT"}, severities={"D_GE4"}, years=(2018, 2023))
    register = wb.rates("esaw_synthetic", selection, by=["year"])
    found = wb.register_and_survey(register, reported)
    frame = found.frame.set_index(["evidence", "year"])
    assert frame.loc["register"].index.tolist() == list(range(2018, 2024))
    assert frame.loc["survey"].index.tolist() == [2022, 2025]
    rates = register.frame.set_index("year")
    assert frame.loc[("register", 2022), "value"] == approx(rates.loc[2022, "value"] / 100_000)
    assert frame.loc[("survey", 2022), ["value", "low", "high"]].tolist() == approx(
        reported.frame.set_index("year").loc[2022, ["value", "low", "high"]].tolist()
    )
    assert found.summary.startswith("Synthetic data.") and "% of workers report one (2025)" in found.summary
    assert found.picture.chart.kind == "series" and found.chart()
    with pytest.raises(wb.WorkbenchError, match="by year alone"):
        whole = wb.rates("esaw_synthetic", selection)
        wb.register_and_survey(whole, wb.survey("workers_made_up", question="accident", answer="Yes"))


def test_findings_of_other_kinds_or_dimensions_are_refused(register, reported):
    with pytest.raises(wb.WorkbenchError, match="second finding is of no survey"):
        wb.reported_share(register, register)
    with pytest.raises(wb.WorkbenchError, match="first finding is no rate"):
        wb.reported_share(reported, reported)
    whole = wb.survey("workers_made_up", question="accident", answer="Yes")
    with pytest.raises(wb.WorkbenchError, match="divided by year, the survey by nothing"):
        wb.reported_share(register, whole)
