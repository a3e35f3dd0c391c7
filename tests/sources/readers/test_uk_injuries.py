"""Injury rates of Great Britain: regions of NUTS 1, financial years, two series that are never one."""

import pandas as pd
import pytest

import workbench as wb
from workbench.sources.readers.uk_injuries import BRITAIN, read_rates
from workbench.terms.errors import ReadError, Refused
from workbench.terms.tables import Report

HEADER = (
    "Year,Series,Age,Sex,Country,Region,Industry sector,Occupation,Unit measure,Unit multiplier,Observation status,"
    "GeoCode,Value"
)


def line(year="2014/15", series="Fatal injury", status="Normal Value", value="0.5", **divided) -> str:
    """A line of the table; what is not given of `divided` is all."""
    cells = [divided.get(name, "") for name in ("age", "sex", "country", "region", "sector", "occupation")]
    return ",".join([year, series, *cells, "Rate per 100,000 workers".replace(",", ""), "Units", status, "", value])


@pytest.fixture
def rates(tmp_path):
    """Reads a table of some lines: rates(lines, series) -> rows and report."""

    def read(lines: list[str], series: str = "fatal") -> tuple[pd.DataFrame, Report]:
        path, report = tmp_path / "indicator_8-8-1.csv", Report()
        path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
        (frame,) = read_rates([path], report, series=series)
        return frame, report

    return read


def test_regions_are_those_of_nuts_and_an_empty_cell_is_all(rates):
    lines = [line(value="0.41"), line(country="England", region="North East", value="0.3")]
    lines += [line(country="Wales", value="0.9"), line(country="England", value="0.4")]
    frame, report = rates(lines)
    region = frame[frame["margin"] == "region"].set_index("nuts")["incidence_rate"]
    england = "+".join(f"UK{letter}" for letter in "CDEFGHIJK")
    assert region.to_dict() == {BRITAIN: 0.41, "UKC": 0.3, "UKL": 0.9, england: 0.4}
    assert report.rejected == 0


def test_the_rate_of_all_is_in_every_margin_and_each_breakdown_in_its_own(rates):
    lines = [line(), line(sector="Construction"), line(sector="Service industries"), line(sex="Female", age="16 to 19")]
    frame, _report = rates([*lines, line(age="65 and over")])
    found = frame.groupby("margin")[["nace", "sex", "age_group"]].agg(list).to_dict("index")
    assert found["sector"]["nace"] == ["TOTAL", "F", "G-U"]
    assert found["sex_age"]["sex"] == ["T", "F", "T"]
    assert found["sex_age"]["age_group"] == ["TOTAL", "Y16-19", "Y_GE65"]
    assert len(found["region"]["nace"]) == 1


def test_years_are_financial_and_those_of_the_pandemic_break(rates):
    frame, _report = rates(
        [line("2018/19"), line("2019/20 [Note 5]"), line("2021/22 [Note 5]", status="Provisional value")]
    )
    region = frame[frame["margin"] == "region"]
    assert region[["year", "flag"]].values.tolist() == [[2018, ""], [2019, "b"], [2021, "bp"]]


def test_the_two_series_are_read_apart_and_occupations_only_counted(rates):
    lines = [line(), line(series="Non-fatal injury", value="2030.0", status="Estimated value")]
    lines += [line(series="Non-fatal injury", occupation="Elementary occupations", value="3000")]
    frame, report = rates(lines, "non_fatal")
    assert frame["incidence_rate"].tolist() == [2030.0] * 3 and set(frame["flag"]) == {"e"}
    assert report.notes == ["1 rates by occupation are not read: SOC 2010 is not ISCO."]
    assert rates(lines)[0]["incidence_rate"].tolist() == [0.5] * 3


def test_a_row_at_fault_is_rejected_with_its_reason(rates):
    lines = [
        line(),
        line("2014"),
        line(series="Illness"),
        line(country="Ireland"),
        line(sector="Fishing"),
        line(sex="X"),
    ]
    lines += [line(age="young"), line(status="?"), line(value="some"), line(sex="Male", sector="Construction")]
    frame, report = rates(lines)
    assert len(frame) == 3 and report.rejected == 9
    assert "divided in more ways than the table has" in " ".join(report.reasons)


def test_another_file_and_another_series_are_refused(tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ReadError, match="x.csv has no column Year, Series"):
        list(read_rates([tmp_path / "x.csv"], Report(), series="fatal"))
    with pytest.raises(Refused, match="'all' is no series of the table: fatal, non_fatal"):
        list(read_rates([tmp_path / "x.csv"], Report(), series="all"))


@pytest.mark.mirror
@pytest.mark.parametrize(("name", "series"), [("uk_fatal_injuries", "Fatal"), ("uk_reported_injuries", "Non-fatal")])
def test_the_publishers_table_gives_what_plain_pandas_reads(mirror, name, series):
    raw = pd.read_csv(mirror / "uk_sdg_8_8_1" / "indicator_8-8-1.csv", dtype={"Value": float})
    raw = raw[raw["Series"].eq(f"{series} injury") & raw["Occupation"].isna()]
    ours = wb.read(name, source="mirror")
    of_all = raw[["Age", "Sex", "Country", "Industry sector"]].isna().all(axis=1)
    assert len(ours) == len(raw) + 2 * of_all.sum()
    assert ours["incidence_rate"].sum() == pytest.approx(raw["Value"].sum() + 2 * raw.loc[of_all, "Value"].sum())
    scotland = raw[raw["Country"] == "Scotland"]["Value"].tolist()
    assert ours[(ours["margin"] == "region") & (ours["nuts"] == "UKM")]["incidence_rate"].tolist() == scotland


def test_the_regions_of_great_britain_answer_without_a_network(monkeypatch):
    monkeypatch.delenv("WORKBENCH_MIRROR", raising=False)
    found = wb.rates("uk_fatal_injuries", wb.Selection(years=(2018, 2018)), by=["nuts1"])
    frame = found.frame.set_index("nuts1")
    assert len(frame) == 11 and frame.loc["UKM", "value"] == 1.07
    assert "no interval can be given" in " ".join(found.notes)
