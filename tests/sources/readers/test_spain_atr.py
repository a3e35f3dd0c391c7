import openpyxl
import pandas as pd
import pytest

from workbench.sources.readers.spain_atr import read_workbook
from workbench.terms.codes import codelist
from workbench.terms.errors import ReadError
from workbench.terms.places import bundled
from workbench.terms.tables import Report

SHEETS = {
    "ATR-I.1.1": [
        [None, None, 2018, 2019],
        [None, "TOTAL", 3000.123456789012, 2900.5],
        [None, "SECTOR"],
        [None, "Agrario", 4100.1, 4000.2],
        ["SECCIÓN Y DIVISIÓN"],
        ["A", "Agricultura", 4100.1000001, 4000.2],
        ["1 ", "Agricultura, ganadería", 3800, None],
        ["D \n", "Energía", "..", 900.5],
        ["Nota: 2019 no es comparable."],
    ],
    "ATR-I.1.2": [
        [None, 2018, 2019],
        ["TOTAL", 3000, 2900],
        ["CANARIAS", 3400, 3300],
        ["Palmas (Las) ", 3450, 3350],
        ["NAVARRA (C. FORAL DE)   ", 2800, 2700],
        ["Ceuta", 2900, 2800],
    ],
    "ATR-I.1.3": [
        [None, 2018, 2019],
        ["TOTAL", 3000, 2900],
        ["Ceuta y Melilla", 2950, 2850],
        ["CONSTRUCCIÓN", 8000, 7000],
        ["Ceuta y Melilla", 6000, 5000],
    ],
    "ATR-I.1.4": [
        [None, None, 2018, 2019],
        [None, "TOTAL", 3000, 2900],
        ["F", "Construcción", 8000, 7000],
        [None, "VARONES", 4000, 3900],
        [None, "SECCIONES"],
        ["F", "Construcción    ", 8900, 7300],
        [None, "MUJERES", 2000, 1900],
    ],
    "ATR-I.1.5": [
        [None, 2018, 2019],
        ["MUJERES", 2000, 1900],
        ["De 16 a 19 años ", 3100, 2900],
        ["De 60 y más años", 2100, 1600],
    ],
}


@pytest.fixture
def read(tmp_path, report):
    def read_(**changed) -> pd.DataFrame:
        workbook = openpyxl.Workbook()
        for title, rows in {**SHEETS, **{f"ATR-I.1.{name[-1]}": rows for name, rows in changed.items()}}.items():
            sheet = workbook.create_sheet(title)
            for row in [["ACCIDENTES DE TRABAJO", None, "ATR"], [], *rows]:
                sheet.append(row)
        workbook.save(tmp_path / "ATR.xlsx")
        (frame,) = read_workbook([tmp_path / "ATR.xlsx"], report)
        return frame

    return read_


def cells(frame: pd.DataFrame, margin: str, *keys: str) -> dict:
    rows = frame[frame["margin"] == margin].to_dict("records")
    return {tuple(row[key] for key in keys): row["incidence_rate"] for row in rows}


def test_regions_are_found_by_the_names_the_ministry_writes(read):
    found = cells(read(), "region", "nuts", "place", "year")
    assert found["ES22", "NAVARRA (C. FORAL DE)", 2018] == 2800
    assert found["ES63", "Ceuta", 2019] == 2800 and found["ES", "TOTAL", 2018] == 3000


def test_provinces_that_are_no_nuts_region_stand_apart_under_their_name(read):
    frame = read()
    assert cells(frame, "region_without_nuts", "place", "year") == {
        ("Palmas (Las)", 2018): 3450,
        ("Palmas (Las)", 2019): 3350,
    }
    assert frame.loc[frame["margin"] == "region_without_nuts", "nuts"].isna().all()


def test_ceuta_and_melilla_are_one_value_by_sector(read):
    found = cells(read(), "region_sector", "nuts", "nace", "year")
    assert found["ES63+ES64", "TOTAL", 2018] == 2950 and found["ES63+ES64", "F", 2019] == 5000
    assert found["ES", "F", 2018] == 8000


def test_activities_are_divisions_sections_and_sectors_apart(read):
    frame = read()
    found = cells(frame, "activity", "nuts", "nace", "year")
    assert found["ES", "TOTAL", 2018] == 3000.123456789012  # to the last digit
    assert found["ES", "01", 2018] == 3800 and found["ES", "D", 2019] == 900.5
    assert cells(frame, "activity_sector", "nace", "year")["A", 2018] == 4100.1
    assert found["ES", "A", 2018] == 4100.1000001


def test_what_is_not_published_is_missing(read):
    found = cells(read(), "activity", "nace", "year")
    assert pd.isna(found["01", 2019]) and pd.isna(found["D", 2018])


def test_sex_holds_until_the_next_one_is_named(read):
    frame = read()
    found = cells(frame, "sex_nace", "sex", "nace", "year")
    assert found["T", "F", 2018] == 8000 and found["M", "F", 2018] == 8900 and found["F", "TOTAL", 2019] == 1900
    assert cells(frame, "sex_age", "sex", "age_group", "year") == {
        **{("F", "TOTAL", 2018): 2000, ("F", "TOTAL", 2019): 1900, ("F", "Y16-19", 2018): 3100},
        **{("F", "Y16-19", 2019): 2900, ("F", "Y_GE60", 2018): 2100, ("F", "Y_GE60", 2019): 1600},
    }


def test_the_break_of_2019_is_flagged(read):
    frame = read()
    assert set(frame.loc[frame["flag"] == "b", "year"]) == {2019}
    assert set(frame.loc[frame["year"] != 2019, "flag"]) == {""}


def test_unknown_names_and_cells_that_are_no_rates_are_rejected(read, report):
    frame = read(
        sheet2=[[None, 2018, 2019], ["TOTAL", 3000, "many"], ["ATLANTIS", 1, 2]],
        sheet3=[[None, 2018, 2019], ["ATLANTIS", 1, 2]],
        sheet5=[[None, 2018, 2019], ["De mediana edad", 1, -2]],
        sheet4=[[None, None, 2018, 2019], ["Z", "Otros", 1, 2]],
    )
    rejected = [(row, field) for row, field, _reason in report.details]
    assert rejected == [
        (4, "2019"),
        (5, "region"),
        (5, "region"),
        *[(4, "region")] * 2,
        *[(4, "nace")] * 2,
        *[(4, "age_group")] * 2,
    ]
    assert len(frame) + report.rejected == report.rows_read
    assert "'ATLANTIS' is not known" in report.details[1][2]


def test_a_changed_layout_is_refused(read):
    with pytest.raises(ReadError, match="ATR.xlsx, ATR-I.1.2: expected a row with the years after 1 columns of names"):
        read(sheet2=[["Region", "Code", 2018, 2019], ["TOTAL", "x", 1, 2]])
    with pytest.raises(ReadError, match="ATR-I.1.5: expected a row with the years"):
        read(sheet5=[["no years here"]])


FATAL = {
    "ATR-I.4.1": [
        [None, None, 2015, 2016],
        [None, "TOTAL", 3.3, 3.4],
        [None, "Agrario", 8, 9],
        ["F", "Construcción", 10, 11],
    ],
    "ATR-I.4.2": [[None, 2015, 2016], ["TOTAL", 3.3, 3.4], ["CASTILLA-LA MANCHA", 4, 5]],
    "ATR-I.4.3": [[None, 2015, 2016], ["TOTAL", 3.3, 3.4], ["De 16 a 19 años", 0, 1]],
    "ATR-I.5.1": [[None, None, 2015, 2016], [None, "TOTAL", 2.1, 2.2], ["F", "Construcción", 6, 7]],
    "ATR-I.5.2": [[None, 2015, 2016], ["TOTAL", 2.1, 2.2], ["Castilla - La Mancha", 3, None]],
}
COMMUTING = {
    "ATR-I.6.1": [[None, None, " 2018", 2019], [None, "TOTAL", 540, 471], ["1", "Agricultura", 280, 250]],
    "ATR-I.6.2": [[None, "   2018", "   2019"], ["TOTAL", 540, 471], ["Ceuta", 300, 310]],
    "ATR-I.6.3": [[None, " 2018", 2019], ["VARONES", 500, 450], ["De 60 y más años", 400, 390]],
}


@pytest.fixture
def read_series(tmp_path, report):
    def read_(series: str, tables: dict) -> pd.DataFrame:
        workbook = openpyxl.Workbook()
        for title, rows in tables.items():
            sheet = workbook.create_sheet(title)
            for row in [["ACCIDENTES DE TRABAJO"], [], *rows]:
                sheet.append(row)
        workbook.save(tmp_path / "ATR.xlsx")
        (frame,) = read_workbook([tmp_path / "ATR.xlsx"], report, series=series)
        return frame

    return read_


def test_fatal_accidents_have_rates_per_worker_and_per_hour_in_margins_of_their_own(read_series, report):
    frame = read_series("fatal", FATAL)
    assert cells(frame, "activity", "nace", "year")["F", 2016] == 11
    by_hours = frame[frame["margin"] == "activity_hours"].set_index(["nace", "year"])
    assert by_hours["frequency_rate"].to_dict()["F", 2016] == 7 and by_hours["incidence_rate"].isna().all()
    region = frame[frame["margin"] == "region_hours"].set_index(["nuts", "year"])["frequency_rate"]
    assert region["ES42", 2015] == 3 and pd.isna(region["ES42", 2016])  # written with blanks, and not published
    assert set(frame.loc[frame["year"] == 2016, "flag"]) == {"b"} and report.rejected == 0


def test_commuting_accidents_are_read_though_years_are_text(read_series, report):
    frame = read_series("commuting", COMMUTING)
    assert cells(frame, "activity", "nace", "year")["01", 2018] == 280
    assert cells(frame, "region", "nuts", "year")["ES63", 2019] == 310
    assert cells(frame, "sex_age", "sex", "age_group", "year")["M", "Y_GE60", 2019] == 390
    assert "frequency_rate" not in frame and report.rejected == 0


@pytest.mark.mirror
@pytest.mark.parametrize(
    ("series", "sheet", "margin", "column"),
    [
        ("fatal", "ATR-I.4.2", "region", "incidence_rate"),
        ("fatal", "ATR-I.5.2", "region_hours", "frequency_rate"),
        ("commuting", "ATR-I.6.2", "region", "incidence_rate"),
    ],
)
def test_the_ministrys_sheets_give_what_pandas_reads(series, sheet, margin, column, mirror, report):
    path = mirror / "spain_atr" / "ATR_2023_I.xlsx"
    (frame,) = read_workbook([path], report, series=series)
    raw = pd.read_excel(path, sheet_name=sheet, skiprows=6)
    raw = raw.dropna().set_index(raw.columns[0]).astype(float)
    raw.columns = [int(str(year).strip()) for year in raw.columns]
    ours = frame[frame["margin"].isin([margin, "region_without_nuts"]) & frame[column].notna()]
    assert ours[column].sum() == pytest.approx(raw.to_numpy().sum()) and len(ours) == raw.size
    assert report.rejected == 0
    spain = ours[ours["nuts"] == "ES"].set_index("year")[column]
    assert spain.to_dict() == raw.iloc[0].to_dict()


def test_every_region_of_the_list_is_a_nuts_region_and_every_name_stands_once():
    nuts = codelist("nuts")
    names = pd.read_csv(bundled("catalogs") / "codelists" / "spain_regions.csv", dtype=str, keep_default_na=False)
    assert not names["name"].str.casefold().duplicated().any()
    assert set(names.loc[names["nuts"] == "", "name"]) == {"Palmas (Las)", "S. C. Tenerife"}
    for row in names[names["nuts"] != ""].itertuples():
        assert nuts.level(nuts.parse(row.nuts)) in {int(row.level), None}


TABLES = {
    "region_province": ("region", {"nuts": "nuts"}),
    "region_sector": ("region_sector", {"nuts2": "nuts", "nace_group": "nace"}),
    "sex_nace_section": ("sex_nace", {"sex": "sex", "nace_r2": "nace"}),
    "sex_age": ("sex_age", {"sex": "sex", "age": "age_group"}),
}


@pytest.fixture
def real(mirror) -> pd.DataFrame:
    report = Report()
    (frame,) = read_workbook([mirror / "spain_atr" / "ATR_2023_I.xlsx"], report)
    assert (report.rows_read, report.rejected) == (4070, 0)
    return frame


@pytest.mark.mirror
@pytest.mark.parametrize("table", TABLES)
def test_the_workbook_gives_the_tidy_tables_to_the_last_digit_nothing_missing_and_nothing_more(mirror, real, table):
    margin, names = TABLES[table]
    theirs = pd.read_csv(mirror / "spain_atr" / f"atr_incidence_by_{table}.csv", dtype={"nuts": str})
    theirs = theirs[theirs["nuts"].notna()] if "nuts" in theirs else theirs
    expected = {(*(row[name] for name in names), row["year"]): row["value"] for row in theirs.to_dict("records")}
    assert cells(real, margin, *names.values(), "year") == expected and len(expected) == len(theirs)


@pytest.mark.mirror
def test_the_workbook_gives_the_provinces_without_a_nuts_code_to_the_last_digit(mirror, real):
    theirs = pd.read_csv(mirror / "spain_atr" / "atr_incidence_by_region_province.csv")
    theirs = theirs[theirs["nuts"].isna()].to_dict("records")
    expected = {(row["name"], row["year"]): row["value"] for row in theirs}
    assert cells(real, "region_without_nuts", "place", "year") == expected and len(expected) == 22


@pytest.mark.mirror
def test_the_workbook_gives_the_activities_to_the_last_digit(mirror, real):
    theirs = pd.read_csv(mirror / "spain_atr" / "atr_incidence_by_nace_division.csv")
    sectors = {"Agrario": "A", "Industria": "B-E", "Construcción": "F", "Servicios": "G-U"}
    expected: dict[str, dict] = {"activity": {}, "activity_sector": {}}
    for row in theirs.to_dict("records"):
        code = row["nace_r2"][1:] if row["level"] == "division" else sectors.get(row["nace_r2"], row["nace_r2"])
        margin = "activity_sector" if row["level"] == "sector" else "activity"
        expected[margin][code, row["year"]] = row["value"]
    for margin, values in expected.items():
        assert cells(real, margin, "nace", "year") == values
    assert sum(map(len, expected.values())) == len(theirs) == 1243


def test_a_row_that_stands_twice_is_kept_once_or_rejected_where_it_differs(read, report):
    rows = SHEETS["ATR-I.1.2"]
    frame = read(sheet2=[*rows, ["Ceuta", 2900, 2801], ["CANARIAS", 3400, 3300]])
    region = frame[frame["margin"] == "region"]
    assert not region.duplicated(["nuts", "place", "year"]).any()
    assert cells(frame, "region", "place", "year")["Ceuta", 2018] == 2900
    assert ("Ceuta", 2019) not in cells(frame, "region", "place", "year") and report.rejected == 2


@pytest.mark.parametrize("cell", [-5, "9.012", "12,5", "n/a"])
def test_an_impossible_rate_is_rejected_by_row_and_year(read, report, cell):
    rows = [*SHEETS["ATR-I.1.2"][:-1], ["Ceuta", cell, 2800]]
    assert ("Ceuta", 2018) not in cells(read(sheet2=rows), "region", "place", "year")
    assert report.details == [(8, "2018", "not a rate")]
