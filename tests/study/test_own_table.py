"""A table of one's own is asked like a publisher's: found out, corrected, recoded, judged, stored, forgotten."""

import json

import openpyxl
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench as wb
from workbench.cli import app
from workbench.study.own_table import stored_table
from workbench.terms.errors import NotAvailable, ReadError, Refused, UnknownName, WorkbenchError

ROWS = pd.DataFrame(
    {
        "Bezirk": ["Calabria", "Lombardia", "Calabria", "Lombardia"],
        "Jahr": [2021, 2021, 2022, 2022],
        "Geschlecht": ["weiblich", "Mann", "Frau", "männlich"],
        "Abteilung": ["Lager", "Büro", "Lager", "Büro"],
        "Anzahl": [5, 9, 3, 4],
        "Personen": [1200, 2400, 1250, 2300],
    }
)
MEANT = {"Bezirk": "nuts2", "Abteilung": "department"}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    return tmp_path


def mine(rows=ROWS, **options):
    return shown(rows, **{"columns": MEANT, "name": "mine", **options})


def shown(rows, **options):
    """A table whose owner says that small figures may be shown."""
    return wb.table(rows, sensitivity="aggregate", **options)


def counted(table, by, **options):
    frame = wb.counts(table, by=[by], **options).frame
    return dict(zip(frame[by], frame["count"], strict=True))


def written(folder, text, name="mine.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def test_a_sheet_with_people_gives_rates_with_poisson_intervals():
    found = wb.rates(mine(), by=["nuts2"])
    frame = found.frame.set_index("nuts2")
    assert frame["count"].to_dict() == {"ITC4": 13, "ITF6": 8}
    assert frame["exposure"].to_dict() == {"ITC4": 4700, "ITF6": 2450}
    assert frame.loc["ITF6", ["value", "low", "high"]].round(1).tolist() == [326.5, 141.0, 643.4]
    assert set(frame["method"]) == {"exact (Garwood)"}
    assert "your table, named mine" in found.cite()


@pytest.mark.parametrize("make", [pl.from_pandas, pa.Table.from_pandas, lambda rows: rows.set_index("Bezirk")])
def test_tables_of_other_libraries_give_the_same(make):
    assert counted(mine(make(ROWS)), "nuts2") == {"ITC4": 13, "ITF6": 8}


def test_how_each_column_was_taken_is_said_and_can_be_corrected():
    said = str(mine())
    assert "Found by their headings or entries: Jahr, Geschlecht, Anzahl, Personen." in said
    assert "Column Anzahl holds the number of accidents of each row." in said
    assert "Labels taken as codes: weiblich = F, Mann = M, Frau = F, ..." in said
    rows = mine(measures={"Anzahl": None, "Personen": None})
    assert counted(rows, "sex") == {"M": 2, "F": 2}
    assert "Each row is one accident." in str(rows)


def test_what_is_not_used_is_named_with_the_line_that_uses_it():
    said = str(wb.table(ROWS, columns={"Bezirk": "nuts2"}))
    assert 'Not used: Abteilung. To divide by one, name it: columns={"Abteilung": "abteilung"} ' in said
    assert '(command line: --columns "Abteilung=abteilung").' in said


def test_dimensions_of_ones_own_divide_and_restrict_and_have_labels():
    table = mine(labels={"department": {"Lager": "Warehouse", "Büro": "Office"}})
    found = wb.rates(table, wb.Selection(where={"department": ["Lager"]}), by=["department"])
    assert found.table()[["department_label", "count"]].values.tolist() == [["Warehouse", 8.0]]
    assert counted(table, "department") == {"Lager": 8, "Büro": 12 + 1}


def test_people_by_other_dimensions_are_refused_by_name_and_those_by_the_same_are_taken():
    events = mine(measures={"Personen": None})
    people = pd.Series([1000, 2000], index=pd.Index(["Lager", "Büro"], name="department"))
    found = wb.rates(events, by=["department"], exposure=people).frame.set_index("department")
    assert found["value"].to_dict() == {"Lager": 800.0, "Büro": 650.0}
    with pytest.raises(Refused, match="The exposure does not fit. people has no region"):
        wb.rates(events, by=["nuts2"], exposure=people)


@pytest.mark.parametrize(
    ("heading", "per"), [("Beschäftigte", "employed"), ("VZÄ", "full-time equivalents"), ("Stunden", "million hours")]
)
def test_people_are_persons_full_time_equivalents_or_hours(heading, per):
    people = pd.DataFrame({"department": ["Lager", "Büro"], heading: [1000, 2000]})
    found = wb.rates(mine(measures={"Personen": None}), by=["department"], exposure=people)
    assert per in found.frame["unit"].iloc[0]
    assert found.frame["exposure"].tolist() == [2000, 1000]


def test_weights_get_their_own_intervals():
    rows = ROWS.drop(columns="Anzahl").assign(Gewicht=[2.0, 2.0, 1.0, 4.0])
    frame = wb.rates(mine(rows), by=["nuts2"]).frame.set_index("nuts2")
    assert frame["count"].to_dict() == {"ITC4": 6, "ITF6": 3}
    assert frame.loc["ITC4", "method"] != "exact (Garwood)"


def test_years_inside_the_covered_span_without_an_event_are_zeros():
    rows = ROWS.assign(Jahr=[2019, 2019, 2022, 2022])
    assert counted(mine(rows, measures={"Personen": None}), "year") == {2019: 14, 2020: 0, 2021: 0, 2022: 7}


def test_a_sample_is_never_divided_by_a_population():
    events = mine(measures={"Personen": None}, coverage="sample")
    with pytest.raises(Refused, match="mine is a sample here"):
        wb.rates(events, by=["nuts2"], exposure=pd.Series([1, 2], index=pd.Index(["ITF6", "ITC4"], name="nuts2")))


def test_a_table_is_stored_under_its_name_and_forgotten():
    mine().keep()
    assert counted("mine", "department") == {"Büro": 13, "Lager": 8}
    assert wb.rates("mine", by=["nuts2"]).frame.equals(wb.rates(mine(), by=["nuts2"]).frame)
    assert wb.forget("mine") == 4 and stored_table("mine") is None
    with pytest.raises(UnknownName, match="'mine' is not a known data set.*workbench load NAME --from FILE"):
        wb.counts("mine")
    with pytest.raises(UnknownName, match="'mine' is not a known table of your own"):
        wb.forget("mine")


@pytest.mark.parametrize(("name", "why"), [("esaw_synthetic", "is an entry of the catalogue"), ("../x", "cannot name")])
def test_a_name_of_the_catalogues_or_of_no_kind_is_not_taken(name, why):
    with pytest.raises(Refused, match=why):
        mine(name=name).keep()


def test_semicolons_decimal_commas_a_title_line_and_another_encoding_are_found_out(home):
    text = "Unfälle 2024;;;\nBezirk;Jahr;Anzahl;VZÄ\nCalabria;2021;5;1200,5\nLombardia;2021;9;2400,25\n"
    table = mine(written(home, text, encoding="cp1252"), columns={"Bezirk": "nuts2"})
    frame = wb.rates(table, by=["nuts2"]).frame.set_index("nuts2")
    assert frame["exposure"].to_dict() == {"ITC4": 2400.25, "ITF6": 1200.5}
    said = str(table)
    assert "Columns are parted by semicolon." in said and "Read as cp1252" in said
    assert "Headings are in line 2 of the file." in said
    assert "your file mine.csv, named mine" in wb.counts(table).cite()


def test_two_lines_of_headings_are_joined(home):
    text = "Region,Year,Men,\n,,Accidents,Persons\nCalabria,2021,5,1200\nLombardia,2021,9,2400\n"
    table = mine(
        written(home, text),
        columns={"Region": "nuts2"},
        measures={"Men Accidents": "accidents", "Men Persons": "employed"},
    )
    assert counted(table, "nuts2") == {"ITC4": 9, "ITF6": 5}
    assert "Headings are in lines 1 and 2, joined." in str(table)


def test_merged_headings_of_a_workbook_hold_for_what_is_below_them(home):
    book = openpyxl.Workbook()
    for row in (["Bezirk", "Jahr", "2021", None], [None, None, "Anzahl", "Personen"], ["Calabria", 2021, 5, 1200]):
        book.active.append(row)
    book.active.merge_cells("C1:D1")
    book.save(home / "mine.xlsx")
    table = mine(
        home / "mine.xlsx",
        columns={"Bezirk": "nuts2"},
        measures={"2021 Anzahl": "accidents", "2021 Personen": "employed"},
    )
    assert wb.rates(table, by=["nuts2"]).frame["value"].round(1).tolist() == [416.7]


def test_a_row_of_totals_is_left_out_and_said(home):
    text = "Bezirk;Jahr;Anzahl\nCalabria;2021;5\nLombardia;2021;9\nGesamt;;14\n"
    table = mine(written(home, text), columns={"Bezirk": "nuts2"})
    assert counted(table, "nuts2") == {"ITC4": 9, "ITF6": 5}
    assert "1 x a row of totals" in str(table) and wb.counts(table).frame["count"].tolist() == [14]


def test_rows_with_the_same_groups_are_added_up_and_said():
    table = mine(pd.concat([ROWS, ROWS.iloc[:1]]), measures={"Personen": None})
    assert counted(table, "nuts2") == {"ITC4": 13, "ITF6": 13}
    assert "1 row shares its groups with another: their accidents are added up." in str(table)


def test_two_numbers_of_people_for_one_group_are_a_fault_of_the_data():
    rows = pd.concat([ROWS, ROWS.iloc[:1].assign(Personen=7)])
    with pytest.raises(ReadError, match="different numbers of employed for one group.*in a table of their own"):
        mine(rows)


def test_repeated_case_numbers_are_reported():
    rows = pd.DataFrame({"Fallnummer": ["a", "a", "b"], "Jahr": [2021] * 3})
    assert "1 case number stands in column Fallnummer a second time" in str(wb.table(rows))


def test_na_in_a_file_is_text_that_is_judged_and_not_an_empty_cell(home):
    table = shown(written(home, "nace,geo,year\nF,IT,2021\nNA,IT,2021\n"))
    assert counted(table, "nace1") == {"F": 1} and counted(table, "nuts0") == {"IT": 1}
    assert "'NA' is not a known NACE Rev. 2 code" in str(table)


def test_a_code_that_lost_its_zero_is_rejected_with_what_it_was():
    table = shown(pd.DataFrame({"nace": ["1", "41"], "year": [2021, 2021]}))
    assert counted(table, "nace1") == {"F": 1}
    assert "Has it lost its leading zero? 01 is Crop and animal production" in str(table)


def test_dates_in_three_styles_give_years_and_months():
    table = shown(pd.DataFrame({"Datum": ["2021-04-05", "05.04.2021", "05/04/2021", "soon"]}))
    frame = wb.counts(table, by=["year", "month"]).frame
    assert frame[["year", "month", "count"]].values.tolist() == [[2021, "04", 3]]
    assert "In dates such as 05/04/2021 the day is taken to come first." in str(table)
    assert "1 x year: no year" in str(table)


def test_ages_in_three_styles_are_one_band():
    rows = pd.DataFrame({"Alter": ["25-34", "25 to 34", 25, "<25", "65+", "old"], "Jahr": [2021] * 6})
    table = shown(rows)
    found = {code: n for code, n in counted(table, "age_group").items() if n}
    assert found == {"Y_LT25": 1, "Y25-34": 3, "Y_GE65": 1}
    assert "'old' is not a known age group" in str(table)


def test_negative_counts_are_rejected_and_nobody_at_risk_has_no_rate():
    rows = ROWS.assign(Anzahl=[-5, 9, 3, 4], Personen=[1200, 2400, 1250, 0])
    table = mine(rows)
    assert "accidents: below 0" in str(table) and "1 group has no people at risk: it has no rate." in str(table)
    frame = wb.rates(table, wb.Selection(years=(2022, 2022)), by=["nuts2"]).frame.set_index("nuts2")
    assert pd.isna(frame.loc["ITC4", "value"]) and frame.loc["ITF6", "value"] == 240


def test_two_editions_in_a_column_of_regions_are_refused_with_the_line_that_recodes():
    rows = pd.DataFrame({"Region": ["NL31", "NL35", "ITF6"], "Jahr": [2021] * 3})
    with pytest.raises(Refused, match="of two editions of NUTS|not of NUTS 2021"):
        wb.table(rows, columns={"Region": "nuts2"})


def test_two_levels_in_a_column_of_regions_are_never_added_up():
    rows = pd.DataFrame({"Region": ["IT", "ITF6", "ITC4"], "Jahr": [2021] * 3, "Anzahl": [100, 20, 80]})
    table = wb.table(rows, columns={"Region": "nuts2"})
    assert counted(table, "nuts0") == {"IT": 100}
    assert counted(table, "nuts2") == {"ITC4": 80, "ITF6": 20}
    assert "Some codes hold others that are there too" in str(table)


def test_a_map_that_names_what_is_not_there_is_answered_with_what_there_is():
    with pytest.raises(UnknownName, match="'Bezrik' is not a known column of the table. Close to it: Bezirk"):
        wb.table(ROWS, columns={"Bezrik": "nuts2"})
    with pytest.raises(UnknownName, match="'people' is not a known measure.*accidents, weight, employed, fte, hours"):
        wb.table(ROWS, measures={"Personen": "people"})
    with pytest.raises(Refused, match="both mean sex"):
        wb.table(ROWS, columns={"Abteilung": "sex", "Geschlecht": "sex"})
    with pytest.raises(Refused, match="cannot name a dimension"):
        wb.table(ROWS, columns={"Abteilung": "My Department"})


def test_a_workbook_with_a_password_an_archive_and_a_picture_are_named(home):
    (home / "locked.xlsx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    with pytest.raises(ReadError, match="password"):
        wb.table(home / "locked.xlsx")
    (home / "wrong.csv").write_bytes(b"PK\x03\x04rest")
    with pytest.raises(ReadError, match="wrong.csv is an Excel or ZIP file, not text"):
        wb.table(home / "wrong.csv")
    (home / "map.png").write_bytes(b"x")
    with pytest.raises(Refused, match="map.png is no table that can be read here. There are: .csv"):
        wb.table(home / "map.png")
    with pytest.raises(NotAvailable, match="There is no file"):
        wb.table(home / "lost.csv")
    with pytest.raises(ReadError, match="empty.csv has no rows"):
        wb.table(written(home, "", "empty.csv"))


YEARS = pd.DataFrame(
    {"Jahr": [*range(2010, 2015), *range(2016, 2024)], "Anzahl": [30, 28, 27, 25, 26, 20, 19, 21, 16] + [14] * 4}
)
PEOPLE = pd.DataFrame({"Jahr": range(2010, 2024), "Personen": 1})
ALONE = "Counts alone: no people at risk are known"


def test_trend_change_control_and_forecast_follow_counts_alone_and_say_so():
    alone = wb.table(YEARS, name="mine")
    for ask in (wb.trend, wb.change, wb.control, wb.forecast):
        found = ask(alone)
        assert found.notes[0].startswith(ALONE) and found.frame["unit"].iloc[0] == "accidents"
        assert found.frame.set_index("year").loc[2015, ["count", "value"]].tolist() == [0, 0]
    with pytest.raises(Refused, match="mine has no exposure"):
        wb.rates(alone)


def test_a_trend_of_counts_alone_is_that_over_equal_people():
    alone = wb.trend(wb.table(YEARS, name="mine")).model
    even = wb.trend(wb.table(YEARS, name="mine"), exposure=PEOPLE).model
    assert alone.segments[0].apc == pytest.approx(even.segments[0].apc, abs=1e-9)


def test_months_without_an_event_are_zeros_on_a_control_chart_of_counts_alone():
    found = wb.control(shown(pd.DataFrame({"Datum": ["2021-01-05", "2021-01-09", "2021-04-02"]})), by=["year", "month"])
    assert found.frame["count"].tolist() == [2, 0, 0, 1]


def test_groups_of_counts_alone_are_compared_with_a_named_one():
    events = mine(measures={"Personen": None})
    found = wb.compare(events, by=["department"], reference="Lager")
    assert found.frame["value"].tolist() == [13 / 8] and found.notes[0].startswith(ALONE)
    assert found.frame["unit"].tolist() == ["times the count of Lager"]
    with pytest.raises(Refused, match="name the group to compare with"):
        wb.compare(events, by=["department"])


def test_counts_of_a_sample_make_no_series():
    with pytest.raises(Refused, match="mine is a sample here.*how the sample was drawn"):
        wb.trend(wb.table(YEARS, name="mine", coverage="sample"))


@pytest.mark.parametrize(
    "write",
    [
        lambda rows: rows.loc[rows.index.repeat(rows["accidents"])].drop(columns="accidents"),
        lambda rows: rows.rename(columns={"nuts2": "Region", "sex": "Geschlecht", "accidents": "Anzahl"}).iloc[
            ::-1, ::-1
        ],
        lambda rows: rows.assign(
            nuts2=rows["nuts2"].map({"ITF6": "calabria", "ITC4": "LOMBARDIA"}),
            nace1=rows["nace1"].map({"F": "Construction", "C": "Manufacturing"}),
            sex=rows["sex"].map({"F": "female", "M": "Männer"}),
        ),
        lambda rows: rows.assign(weight=1).loc[rows.index.repeat(rows["accidents"])].drop(columns="accidents"),
    ],
    ids=["records", "other names and order", "labels", "weighted records"],
)
@settings(max_examples=3, derandomize=True)
@given(counts=st.lists(st.integers(0, 40), min_size=8, max_size=8).filter(lambda counts: min(counts[:2]) > 0))
def test_one_table_in_another_form_gives_the_same_finding(write, counts):
    groups = pd.MultiIndex.from_product([["ITF6", "ITC4"], ["F", "C"], ["F", "M"]], names=["nuts2", "nace1", "sex"])
    rows = groups.to_frame(index=False).assign(year=2021, accidents=counts)
    rows = rows[rows["accidents"] > 0]
    people = pd.Series(10_000, groups).rename("employed").reset_index().assign(year=2021)
    of = [shown(form, name="mine") for form in (rows.reset_index(drop=True), write(rows).reset_index(drop=True))]
    for by in (["nuts2"], ["nace1", "sex"]):
        one, other = (wb.rates(table, by=by, exposure=people).frame for table in of)
        columns = [*by, "count", "exposure", "value", "low", "high"]
        pd.testing.assert_frame_equal(
            one[columns], other[columns], check_dtype=False, check_categorical=False, rtol=1e-9
        )


def test_the_explorer_shows_a_table_of_ones_own_and_lists_the_stored_ones():
    mine().keep()
    shown = wb.explorer(mine())
    by_region = shown.findings["place"].frame.set_index("nuts2")["count"].to_dict()
    assert by_region == {"ITC4": 4, "ITF6": 3}  # the latest year
    assert "mine" in wb.explorer("mine").param.dataset.objects


def test_the_command_line_loads_asks_lists_and_forgets(home, capsys):
    def run(*words):
        try:
            app([*words], standalone_mode=False)
        except WorkbenchError as error:
            return str(error)
        return capsys.readouterr().out

    ROWS.to_csv(home / "mine.csv", sep=";", index=False)
    loaded = run("load", "mine", "--from", str(home / "mine.csv"), "--columns", "Bezirk=nuts2,Abteilung=department")
    assert "4 rows read, 0 rejected" in loaded
    assert "mine" in run("datasets") and "your own" in run("datasets", "--search", "mine.csv")
    asked = run("rates", "mine", "--by", "department", "--where", "department=Lager", "--format", "json")
    in_python = wb.rates(mine(), by=["department"]).frame["value"].iloc[-1]
    assert json.loads(asked)["frame"][0]["value"] == pytest.approx(in_python, abs=1e-9)  # JSON has nine decimals
    assert json.loads(asked)["sources"][0]["way"] == "own"
    assert run("forget", "mine") == "mine is forgotten (4 rows).\n"
    assert "'mine' is not a known data set" in run("rates", "mine")


@pytest.mark.parametrize(
    ("written", "people"),
    [
        (["45000,5", "12.000", "41000"], [45_000.5, 12_000, 41_000]),
        (["45 000,5", "12 000", "41 000"], [45_000.5, 12_000, 41_000]),
        (["1.234,5", "2.000", "41000"], [1_234.5, 2_000, 41_000]),
        (["12.000", "3.500", "41000"], [12_000, 3_500, 41_000]),
        (["1,234.5", "2,000", "700"], [1_234.5, 2_000, 700]),
    ],
)
def test_thousands_and_decimals_are_told_apart_in_a_column_that_has_both(written, people):
    rows = pd.DataFrame({"nuts": ["ITF6", "ITC4", "ES30"], "accidents": [10, 20, 30], "employed": written})
    found = wb.rates(wb.table(rows), by=["nuts2"]).frame.set_index("nuts2")["exposure"]
    assert found.loc[["ITF6", "ITC4", "ES30"]].tolist() == people


def test_a_number_that_may_be_thousands_or_decimals_is_not_guessed():
    rows = pd.DataFrame({"nuts": ["ITF6", "ITC4"], "accidents": [10, 20], "employed": ["7.25", "2.000"]})
    mine = wb.table(rows)
    assert mine.report.rejected == 1
    assert any("2.000 may be thousands or decimals" in note for note in mine.notes)
    assert wb.rates(mine, by=["nuts2"]).frame["exposure"].tolist() == [7.25]


def test_a_column_with_a_known_heading_is_used_though_some_of_its_entries_are_no_numbers():
    rows = pd.DataFrame({"Région": ["Bretagne"] * 3 + ["Corse"], "Accidents": ["1 234", "512", "n.d.", "7"]})
    mine = wb.table(rows)
    assert mine.report.rejected == 1
    assert wb.counts(mine, by=["nuts2"]).frame["count"].sum() == 1_753
