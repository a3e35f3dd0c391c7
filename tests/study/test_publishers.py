"""The publishers' real files, from catalogue to finding, against a plain count of the same files."""

import openpyxl
import pandas as pd
import pytest

import workbench as wb
from workbench.terms.errors import Refused

pytestmark = [pytest.mark.mirror, pytest.mark.xdist_group("publishers")]
FINE = ["nuts3", "sex", "nace1", "year", "commuting", "decision"]


@pytest.fixture
def calabria(mirror):
    """The INAIL records of Calabria as plain pandas sees them, in the workbench's words."""
    folder = mirror / "inail_microdata"
    raw = pd.read_csv(folder / "infortuni_Calabria_sample_derived.csv.gz", sep=";", dtype=str, keep_default_na=False)
    provinces = pd.read_csv(folder / "istat_province_nuts3.csv", dtype=str).set_index("istat_province")["nuts3_2021"]
    section = raw["SettoreAttivitaEconomica"].str.extract(r"^([A-U]) \d\d$")[0].fillna("UNK")
    return pd.DataFrame(
        {
            "nuts3": raw["LuogoAccadimento"].str.zfill(3).map(provinces),
            "sex": raw["Genere"],
            "nace1": section,
            "year": raw["DataAccadimento"].str[-4:].astype(int),
            "commuting": raw["ModalitaAccadimento"],
            "decision": raw["DefinizioneAmministrativa"],
            "severity": raw["DataMorte"].ne("").map({True: "FAT", False: "NFAT"}),
        }
    )


def test_what_was_loaded_from_a_mirror_stays_when_the_mirror_goes(mirror, monkeypatch):
    with_it = wb.rates("spain_atr", by=["year"])
    monkeypatch.delenv("WORKBENCH_MIRROR")
    assert wb.catalog().table().set_index("name").loc["spain_atr", "status"] == "cached"
    without = wb.rates("spain_atr", by=["year"])
    pd.testing.assert_frame_equal(without.frame, with_it.frame)
    assert without.sources[0]["way"] == "mirror"
    with pytest.raises(wb.NotAvailable, match="WORKBENCH_MIRROR is not set"):
        wb.read("spain_atr", source="mirror")
    monkeypatch.setenv("WORKBENCH_SOURCE", "live")
    with pytest.raises(wb.NotAvailable, match="No address of the publisher"):
        wb.read("spain_atr")


def counted(selection=None, by=()):
    with wb.disclosure("off", reason="counted beside plain pandas"):
        frame = wb.counts("inail_records", selection, by).frame
    return frame.set_index(list(by))["value"].astype(int) if by else int(frame["value"].iloc[0])


@pytest.mark.parametrize("by", [[name] for name in FINE] + [["nuts3", "sex"], ["nace1", "year", "decision"]])
def test_inail_counts_agree_with_plain_pandas(calabria, by):
    wb.load("inail_records", source="mirror", region="Calabria")
    at_work = calabria if "commuting" in by else calabria[calabria["commuting"] == "N"]
    theirs = at_work.groupby(by).size()
    ours = counted(by=by)
    ours = ours[ours > 0]
    assert ours.rename_axis(by).sort_index().to_dict() == theirs.sort_index().to_dict()


def test_records_are_divided_by_what_only_their_rows_have(mirror):
    wb.load("inail_records", source="mirror", region="Calabria")
    path = mirror / "inail_microdata" / "infortuni_Calabria_sample_derived.csv.gz"
    raw = pd.read_csv(path, sep=";", dtype=str, keep_default_na=False)
    raw = raw[raw["ModalitaAccadimento"] == "N"]
    accident = pd.to_datetime(raw["DataAccadimento"], format="%d/%m/%Y")
    waited = (pd.to_datetime(raw["DataProtocollo"], format="%d/%m/%Y") - accident).dt.days
    theirs = (accident.dt.day_of_week + 1).astype(str).value_counts()
    assert counted(by=["weekday"]).sort_index().to_dict() == theirs.sort_index().to_dict()
    assert counted(wb.Selection(where={"reported_after": {"D0-2"}})) == (waited <= 2).sum()
    assert counted(by=["reported_after"])["D_GE91"] == (waited > 90).sum()
    with pytest.raises(Refused, match="inail_records has no hour; it is published by age, commuting"):
        wb.counts("inail_records", by=["hour"])


def test_commuting_is_left_out_unless_it_is_asked_for(calabria):
    wb.load("inail_records", source="mirror", region="Calabria")
    assert counted() == 2095
    assert counted(wb.Selection(where={"commuting": {"S"}})) == 279
    assert counted(wb.Selection(where={"commuting": {"N", "S"}}, severities={"FAT"})) == 7
    assert "at work only" in " ".join(wb.counts("inail_records").notes)


def test_a_sample_is_not_divided_by_all_employed(mirror):
    wb.load("inail_records", source="mirror", region="Calabria")
    with pytest.raises(Refused, match="is a sample here"):
        wb.rates("inail_records", by=["nuts3", "sex"])


def test_every_share_of_esener_is_in_the_cube(mirror):
    sheet = openpyxl.load_workbook(mirror / "esener_2019" / "indicator_data_2019_EUOSHA.xlsx", read_only=True).active
    published = sum(cell is not None for row in sheet.iter_rows(min_row=2, min_col=4, values_only=True) for cell in row)
    sheet.parent.close()
    cube = wb.cube("esener_2019")
    in_cube = sum(margin.frame.get_column("share").drop_nulls().len() for margin in cube.margins)
    assert in_cube == published > 110_000
    with pytest.raises(Refused, match="no table by"):
        wb.rates(cube, by=["nace1", "size"])


def test_a_survey_is_never_set_beside_rates_without_a_word(mirror):
    asked = wb.Selection(regions={"EU27_2020"}, where={"question": {"E3Q151_1"}, "answer": {"Yes"}})
    found = wb.rates("esener_2019", asked, ["nace1"])
    assert "do not compare them with rates of workers" in " ".join(found.notes)
    assert len(found.frame) == 8  # education with health is the union of two other groups


def test_the_wristbands_never_show_fewer_than_five_persons(mirror):
    cube = wb.cube("wristbands")
    assert cube.margins[0].frame.get_column("persons").min() >= 5
    day = cube.codes("day")[0]
    found = wb.counts(cube, wb.Selection(where={"day": {day}}), ["hour"], measure="heart_rate_bpm")
    assert found.frame["value"].between(40, 180).all()
    with pytest.raises(Refused, match="cannot be added up or averaged"):
        wb.counts(cube, by=["hour"], measure="heart_rate_bpm")


def test_italian_construction_2023_from_two_eurostat_tables(mirror):
    asked = wb.Selection(regions={"IT"}, sectors={"F"}, years=(2023, 2023))
    assert wb.rates("hsw_n2_01", asked).frame["value"].iloc[0] == pytest.approx(2140.8, abs=0.05)
    assert wb.rates("hsw_n2_02", asked).frame["value"].iloc[0] == pytest.approx(9.21, abs=0.005)


def test_extracts_that_do_not_make_up_a_total_are_missing_not_smaller(mirror):
    found = wb.rates("hsw_n2_01", wb.Selection(years=(2023, 2023)), ["nuts0"])
    frame = found.frame.set_index("nuts0")
    assert frame.loc["DE", "state"] == "missing"  # transport only; Italy has every section
    assert frame.loc["IT", "state"] == ""
    assert "not in these files" in " ".join(found.notes)


def test_spain_is_cut_at_its_break(mirror):
    found = wb.trend("spain_atr")
    assert [(span.first, span.last) for span in found.model.segments] == [(2013, 2018), (2019, 2023)]
    assert "2.5 million self-employed" in " ".join(found.notes)
