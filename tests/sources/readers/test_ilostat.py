"""ILOSTAT's bulk files: countries, sections, sexes, national sources and where they change."""

import csv
import gzip

import pandas as pd
import pytest

import workbench as wb
from workbench.sources.readers.ilostat import read_injuries
from workbench.terms.errors import ReadError
from workbench.terms.places import bundled
from workbench.terms.tables import Report

ECO = "ref_area,indicator,source,classif1,time,obs_value,obs_status,note_classif,note_indicator,note_source"
SEX = "ref_area,indicator,source,sex,classif1,classif2,time,obs_value,obs_status"
LABELS = 'source, source.label, source.sort\n"FA:1","GRC - ADM-IR - Insurance Records",1\n"FA:2","GRC - ES - Cards",2\n'


@pytest.fixture
def written(tmp_path):
    """Writes bulk files, packed and with the mark before them, as ILOSTAT does: written(fatal=[lines], ...)."""

    def write(**tables: list[str]) -> list:
        paths = []
        for name, lines in tables.items():
            path = tmp_path / f"{name}.csv.gz"
            path.write_bytes(gzip.compress(("\ufeff" + "\n".join(lines) + "\n").encode()))
            paths.append(path)
        labels = tmp_path / "source_en.csv.gz"
        labels.write_bytes(gzip.compress(("\ufeff" + LABELS).encode()))
        return [*paths, labels]

    return write


def eco(area="GRC", value="7", *, code="ECO_ISIC4_F", year=2015, mark="", **others) -> str:
    """A line of a file by activity."""
    indicator, source = others.get("indicator", "INJ_FATL_ECO_NB"), others.get("source", "FA:1")
    return f"{area},{indicator},{source},{code},{year},{value},{mark},,{others.get('note', 'T13:149')},"


def read(paths) -> tuple[pd.DataFrame, Report]:
    report = Report()
    (frame,) = read_injuries(paths, report)
    return frame, report


def test_three_letters_become_the_country_code_and_sections_those_of_nace(written):
    lines = [ECO, eco(), eco("GBR", value="142", code="ECO_ISIC4_TOTAL"), eco(code="ECO_ISIC4_X", value="0")]
    frame, report = read(written(fatal=lines))
    found = frame.set_index(["nuts", "nace"])["accidents"].to_dict()
    assert found == {("EL", "F"): 7, ("EL", "UNK"): 0, ("UK", "TOTAL"): 142}
    assert (report.rows_read, report.rejected) == (3, 0)
    assert set(frame["margin"]) == {"sector"} and set(frame["severity"]) == {"FAT"}


def test_the_source_of_each_figure_is_named(written):
    frame, _report = read(written(fatal=[ECO, eco(), eco(year=2016, source="FA:9")]))
    assert frame["source"].tolist() == ["GRC - ADM-IR - Insurance Records", "FA:9"]


@pytest.mark.parametrize("change", [{"source": "FA:2"}, {"note": "T13:150"}, {"mark": "B"}])
def test_the_year_in_which_the_source_or_what_is_counted_changes_is_a_break(written, change):
    lines = [ECO, eco(year=2014), eco(year=2015), eco(year=2016, **change)]
    lines += [eco(year=2017, **{name: value for name, value in change.items() if name != "mark"})]
    frame, _report = read(written(fatal=lines))
    assert dict(zip(frame["year"], frame["flag"], strict=True)) == {2014: "", 2015: "", 2016: "b", 2017: ""}


def test_fatal_and_other_injuries_are_severities_of_one_table(written):
    other = eco(indicator="INJ_NFTL_ECO_NB", value="310")
    frame, _report = read(written(fatal=[ECO, eco()], other=[ECO, other]))
    assert frame.set_index("severity")["accidents"].to_dict() == {"FAT": 7, "NFAT": 310}


def test_the_sexes_are_a_margin_of_their_own_whatever_the_migrant_status(written):
    start = "GRC,INJ_FATL_SEX_MIG_NB,FA:1"
    lines = [SEX, f"{start},SEX_T,MIG_STATUS_TOTAL,,2015,7,", f"{start},SEX_F,MIG_STATUS_TOTAL,,2015,,P"]
    lines += [f"{start},SEX_F,MIG_STATUS_MIGRANT,,2015,1,"]
    frame, report = read(written(sexes=lines))
    assert frame[["margin", "sex", "flag"]].values.tolist() == [["sex", "F", "p"], ["sex", "T", ""]]
    assert frame["accidents"].isna().tolist() == [True, False]  # empty is missing, not 0
    assert any("1 cells of other classifications" in note for note in report.notes)


def test_areas_outside_europe_and_older_classifications_are_counted_in_a_note_not_rejected(written):
    lines = [ECO, eco(), eco("BRA"), eco("X01"), eco(code="ECO_ISIC3_F"), eco(code="ECO_AGGREGATE_CON")]
    frame, report = read(written(fatal=[*lines, eco(code="ECO_AGGREGATE_TOTAL", value="9")]))
    assert frame.groupby("margin").size().to_dict() == {"sector": 1, "total": 1}
    assert report.rejected == 0
    assert "2 cells of areas without a European country code" in report.notes[0]
    assert "2 cells of other classifications" in report.notes[1]


def test_a_row_at_fault_is_rejected_with_its_reason_and_the_rest_goes_on(written):
    lines = [ECO, eco(), eco("Greece"), eco(value="7.5", year=2016), eco(value="-1", year=2017), eco(year="20x5")]
    lines += [eco(code="ECO_ISIC4_Q9"), eco(mark="?", year=2018), eco(year=2019), eco(year=2019, value="8")]
    frame, report = read(written(fatal=lines))
    assert frame["year"].tolist() == [2015] and report.rejected == 8
    reasons = " ".join(report.reasons)
    for part in ("not a country or area", "not a section", "not a mark", "elsewhere with different values"):
        assert part in reasons


def test_another_file_is_refused_in_words(written):
    with pytest.raises(ReadError, match=r"other.csv.gz has the columns ref_area, value; .* also has indicator, source"):
        read(written(other=["ref_area,value", "GRC,1"]))
    with pytest.raises(ReadError, match="holds the indicator INJ_DAYS_ECO_NB; those that are read are INJ_FATL_ECO_NB"):
        read(written(days=[ECO, eco(indicator="INJ_DAYS_ECO_NB")]))
    with pytest.raises(ReadError, match="no table of injuries among these files"):
        read(written())


@pytest.mark.mirror
def test_the_publishers_files_give_what_plain_pandas_counts(mirror):
    folder = mirror / "ilostat_safety"
    with (bundled("catalogs") / "codelists" / "geo.csv").open(encoding="utf-8", newline="") as rows:
        codes = {row["iso3"]: row["code"] for row in csv.DictReader(rows) if row["iso3"]}
    cube_rows = wb.read("ilostat_injuries", source="mirror")
    for file, severity in (("INJ_FATL_ECO_NB_A", "FAT"), ("INJ_NFTL_ECO_NB_A", "NFAT")):
        raw = pd.read_csv(folder / f"{file}.csv.gz", encoding="utf-8-sig")
        raw = raw[raw["ref_area"].isin(codes)].assign(nuts=raw["ref_area"].map(codes))
        of_severity = cube_rows[cube_rows["severity"] == severity]
        for margin, part in (("sector", "ECO_ISIC4_"), ("total", "ECO_AGGREGATE_TOTAL")):
            theirs = (
                raw[raw["classif1"].str.startswith(part)].groupby(["nuts", "time"])["obs_value"].agg(["sum", "size"])
            )
            ours = (
                of_severity[of_severity["margin"] == margin].groupby(["nuts", "year"])["accidents"].agg(["sum", "size"])
            )
            assert ours.to_dict() == theirs.to_dict() and len(ours) > 300
    selection = wb.Selection(severities={"FAT"}, years=(2018, 2018), regions={"FR"})
    assert wb.counts("ilostat_injuries", selection).frame["value"].tolist() == [615]


def test_a_trend_of_the_counts_of_a_country_is_cut_where_its_source_changes():
    found = wb.trend("ilostat_injuries", wb.Selection(regions={"FI"}, severities={"FAT"}, years=(2000, 2015)))
    assert "the national source becomes FIN - ADM - Federation of Accidents" in " ".join(found.notes)
    assert 2009 in [span.first for span in found.model.segments]
    assert "Counts alone: no people at risk are known" in " ".join(found.notes)
