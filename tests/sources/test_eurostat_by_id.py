"""Any Eurostat table by its id: found out from its file, asked for in parts, refused in words, the same everywhere."""

import gzip
import json
from itertools import product
from urllib.parse import unquote

import pandas as pd
import pytest

import workbench as wb
from workbench.cli import app
from workbench.sources.catalog import catalog
from workbench.sources.eurostat import address_of
from workbench.study.data import origin_of
from workbench.study.own_table import stored_eurostat
from workbench.terms.errors import NotAvailable, ReadError, Refused, UnknownName, WorkbenchError
from workbench.views.explorer import Explorer
from workbench.views.menu import openable

WORKTIME = {"TOTAL": "Total", "FT": "Full-time", "PT": "Part-time"}
DIMENSIONS = {
    "freq": {"A": "Annual"},
    "unit": {"THS": "Thousand persons"},
    "sex": {"T": "Total"},
    "age": {"Y15-64": "From 15 to 64 years"},
    "worktime": WORKTIME,
    "geo": {"ITF6": "Calabria", "ITC4": "Lombardia"},
}
YEARS = ("2021", "2022")
FIGURES = ["500", "510 b", "4500", "4510", "400", "410", "4000.5", "4010", "100 u", "100", ": c", "500"]
"""Thousands by working time, region and year."""


def rows():
    """Codes of each cell with its year, value and flag."""
    keys = product(*DIMENSIONS.values(), YEARS)
    for key, cell in zip(keys, FIGURES, strict=True):
        value, _blank, flag = cell.partition(" ")
        yield key, "" if value == ":" else value, flag


def tsv(dimensions=DIMENSIONS, figures=FIGURES):
    lines = [",".join(dimensions) + "\\TIME_PERIOD\t" + "\t".join(f"{year} " for year in YEARS)]
    cells = iter(figures)
    for key in product(*dimensions.values()):
        lines.append(",".join(key) + "\t" + "\t".join(next(cells) for _year in YEARS))
    return ("\n".join(lines) + "\n").encode()


def sdmx_csv():
    titles = [title for name in DIMENSIONS for title in (name, name.capitalize())]
    lines = ["STRUCTURE,STRUCTURE_ID,STRUCTURE_NAME," + ",".join(titles) + ",TIME_PERIOD,Time,OBS_VALUE,OBS_FLAG"]
    for (*key, year), value, flag in rows():
        coded = [part for name, code in zip(DIMENSIONS, key, strict=True) for part in (code, DIMENSIONS[name][code])]
        about = ["dataflow", "ESTAT:LFST_R_LFE2EFTPT(1.0)", "Employment by working time"]
        lines.append(",".join([*about, *coded, year, "", value, flag]))
    return ("\n".join(lines) + "\n").encode()


def json_stat(table="LFST_R_LFE2EFTPT"):
    dimensions = {**DIMENSIONS, "time": {year: year for year in YEARS}}
    cells = dict(enumerate(rows()))
    document = {
        "version": "2.0",
        "class": "dataset",
        "label": "Employment by working time",
        "extension": {"id": table},
        "id": list(dimensions),
        "size": [len(codes) for codes in dimensions.values()],
        "dimension": {
            name: {"category": {"index": {code: i for i, code in enumerate(codes)}, "label": codes}}
            for name, codes in dimensions.items()
        },
        "value": {str(i): float(value) for i, (_key, value, _flag) in cells.items() if value},
        "status": {str(i): flag for i, (_key, _value, flag) in cells.items() if flag},
    }
    return json.dumps(document).encode()


FORMATS = {"part.tsv": tsv, "table.tsv.gz": lambda: gzip.compress(tsv()), "a.csv": sdmx_csv, "b.json": json_stat}
NAME = "eurostat:lfst_r_lfe2eftpt"
LATEST = wb.Selection(years=(2022, 2022))


def written(folder, content, name="table.tsv"):
    path = folder / name
    path.write_bytes(content)
    return path


def answers(body, status=200):
    def answer(handler):
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def run(capsys, *words):
    try:
        app([*map(str, words)], standalone_mode=False)
    except WorkbenchError as error:
        return str(error)
    return capsys.readouterr().out


@pytest.mark.parametrize("name", FORMATS)
def test_the_three_formats_are_recognised_and_give_the_same_figures(name, tmp_path):
    cube = wb.cube(NAME, path=written(tmp_path, FORMATS[name](), name))
    frame = wb.counts(cube, by=["nuts2", "worktime", "year"]).frame
    frame = frame[["nuts2", "worktime", "year", "value", "flag"]].astype({"nuts2": str, "worktime": str})
    found = {(r.nuts2, r.worktime, r.year): (r.value, r.flag) for r in frame.itertuples(index=False)}
    assert found["ITC4", "FT", 2021] == (4_000_500, "") and found["ITF6", "PT", 2021] == (100_000, "u")
    assert pd.isna(found["ITC4", "PT", 2021][0]) and found["ITC4", "PT", 2021][1] == "c"
    totals = wb.counts(cube, LATEST, by=["nuts2"]).frame.set_index("nuts2")
    assert totals["value"].to_dict() == {"ITF6": 510_000, "ITC4": 4_510_000}
    assert totals["flag"].to_dict() == {"ITF6": "b", "ITC4": ""}


def test_labels_of_the_file_are_used_and_without_them_the_codes(tmp_path):
    labelled = wb.cube(NAME, path=written(tmp_path, sdmx_csv(), "a.csv"))
    assert wb.counts(labelled, LATEST, by=["worktime"]).table()["worktime_label"].tolist() == ["Full-time", "Part-time"]
    assert origin_of(labelled).dataset.title == "Employment by working time"
    plain = wb.cube(NAME, path=written(tmp_path, tsv()))
    assert wb.counts(plain, LATEST, by=["worktime"]).frame["worktime"].astype(str).tolist() == ["FT", "PT"]


def test_the_notes_say_what_was_taken_how(tmp_path):
    cube = wb.cube(NAME, path=written(tmp_path, tsv(), "part.tsv"))
    found = wb.counts(cube)
    said = " ".join(found.notes)
    assert "Your copy of the table: part.tsv, SHA-256 " in said
    assert "Dimensions of the table: sex = sex, age = age_group, worktime = worktime, geo = nuts." in said
    assert "Of the table's own, by its own codes: worktime." in said
    assert "Unit THS: employed, published in thousands, given in persons." in said
    assert "lfst_r_lfe2eftpt" in found.cite() and "Your copy of it: part.tsv" in found.cite()
    assert "table" not in found.sources[0] and found.sources[0]["way"] == "file"


def test_python_the_command_line_and_the_explorer_agree_on_a_table_that_the_catalogue_does_not_list(
    tmp_path, capsys, monkeypatch
):
    path = written(tmp_path, tsv())
    monkeypatch.setattr("sys.argv", ["workbench"])
    assert "12 rows read, 0 rejected" in run(capsys, "load", NAME, "--from", path)
    words = "--by nuts2 --where worktime=FT --years 2022:2022 --format json"
    asked = run(capsys, "counts", NAME, *words.split())
    printed = {row["nuts2"]: row["value"] for row in json.loads(asked)["frame"]}

    selection = LATEST.but(where={"worktime": ["FT"]})
    in_python = wb.counts(NAME, selection, by=["nuts2"]).frame.set_index("nuts2")["value"].to_dict()
    place = Explorer(NAME, selection=selection, level="nuts2").findings["place"]
    shown = place.frame.set_index("nuts2")["value"].to_dict()
    assert printed == in_python == shown == {"ITF6": 410_000, "ITC4": 4_010_000}
    assert NAME in run(capsys, "datasets", "--search", "lfe2eftpt") and NAME in openable({}, "esaw_synthetic").values()
    assert "is forgotten (12 rows)" in run(capsys, "forget", NAME) and stored_eurostat() == []


def test_a_table_by_its_id_is_what_accidents_are_divided_by(tmp_path):
    wb.load(NAME, path=written(tmp_path, tsv()))
    mine = wb.table(pd.DataFrame({"nuts": ["ITF6", "ITC4"], "year": 2022, "accidents": [51, 451]}), name="mine")
    found = wb.rates(mine, by=["nuts2"], exposure=NAME)
    assert found.frame.set_index("nuts2")["value"].to_dict() == {"ITF6": 10, "ITC4": 10}
    assert found.sources[1]["name"] == NAME


def accidents(*units, severity=True):
    """A table of accidents by severity and sector, in some units."""
    dimensions = {"freq": ["A"], "unit": units, "nace_r2": ["TOTAL", "F"], "severity": ["D_GE4"], "geo": ["IT", "ES"]}
    if not severity:
        dimensions.pop("severity")
    figures = {"NR": ["10", "20", "30", "40", "1", "2", "3", "4"], "RT_INC": ["1.5"] * 8, "PC": ["-2.5"] * 8}
    return tsv(dimensions, [cell for unit in units for cell in figures[unit]])


def test_accidents_and_people_both_by_their_ids_give_the_same_rate_everywhere(tmp_path, capsys):
    people = {"freq": ["A"], "unit": ["THS_PER"], "sex": ["T"], "age": ["Y_GE15"], "nace_r2": ["TOTAL", "F"]}
    figures = ["100", "100", "200", "200", "10", "10", "20", "20"]
    wb.load("eurostat:hsw_n2_04", path=written(tmp_path, accidents("NR"), "a.tsv"))
    wb.load("eurostat:lfsa_egan2", path=written(tmp_path, tsv({**people, "geo": ["IT", "ES"]}, figures), "b.tsv"))
    selection = LATEST.but(sectors={"F"})
    found = wb.rates("eurostat:hsw_n2_04", selection, by=["nuts0"], exposure="eurostat:lfsa_egan2")
    in_python = found.frame.set_index("nuts0")["value"].to_dict()
    words = "rates eurostat:hsw_n2_04 --by nuts0 --where nace1=F --years 2022:2022 --exposure eurostat:lfsa_egan2"
    printed = json.loads(run(capsys, *words.split(), "--format", "json"))["frame"]
    assert in_python == {row["nuts0"]: row["value"] for row in printed} == {"IT": 20, "ES": 20}
    assert [source["name"] for source in found.sources] == ["eurostat:hsw_n2_04", "eurostat:lfsa_egan2"]
    assert found.frame["method"].eq("exact (Garwood)").all()


def test_units_are_measures_of_their_own_and_never_mixed(tmp_path):
    cube = wb.cube("eurostat:hsw_n2_04", path=written(tmp_path, accidents("NR", "RT_INC", "PC")))
    assert {name: measure.how for name, measure in cube.measures.items()} == {
        "accidents": "sum",
        "incidence_rate": "none",
        "value_pc": "none",
    }
    of_one = LATEST.but(regions={"IT"}, sectors={"F"})
    assert wb.counts(cube, of_one).frame["value"].tolist() == [2]
    assert wb.counts(cube, of_one, measure="value_pc").frame["value"].tolist() == [-2.5]
    with pytest.raises(Refused, match="cannot be added up"):
        wb.counts(cube, of_one.but(regions=()), measure="value_pc")
    assert origin_of(cube).dataset.exposure == "lfsa_eisn2"


def test_what_persons_said_in_a_survey_is_not_taken_for_reported_accidents(tmp_path):
    cube = wb.cube("eurostat:hsw_ac1", path=written(tmp_path, accidents("NR")))
    assert list(cube.measures) == ["value"] and origin_of(cube).dataset.exposure is None


@pytest.mark.parametrize(
    ("table", "words"), [("hsw_ac7", "accident at work"), ("hsw_pb6b", "health problem"), ("hsw_exp6b", "exposes them")]
)
def test_modules_of_the_labour_force_survey_are_published_shares_that_are_never_added_up(tmp_path, table, words):
    """Made-up figures in the layout of hsw_ac7: sex, age, groups of occupations, one unit, country."""
    dimensions = {
        "freq": ["A"],
        "unit": ["PC_EMP"],
        "sex": ["T", "F"],
        "age": ["Y15-74"],
        "isco08": ["TOTAL", "OC1-3"],
        "geo": ["IT", "ES"],
    }
    path = written(tmp_path, tsv(dimensions, ["2.5", "3.1 u", "2.2", ":", *["1.5"] * 12]))
    name = f"eurostat:{table}"
    cube = wb.cube(name, path=path)
    entry = origin_of(cube).dataset
    assert (entry.kind, entry.coverage, entry.source_kind) == ("survey", "sample", "survey")
    assert words in entry.event
    all_of_2022 = LATEST.but(where={"isco08": ["TOTAL"]}) if "isco08" in cube.axes else LATEST
    found = wb.counts(cube, all_of_2022.but(sexes={"T"}), by=["nuts0"])
    assert found.frame.set_index("nuts0").loc["IT", ["value", "flag"]].tolist() == [3.1, "u"]
    assert any("no trend is drawn" in note for note in found.notes)
    with pytest.raises(WorkbenchError):
        wb.trend(cube, all_of_2022)
    with pytest.raises(Refused, match="cannot be added up"):
        wb.counts(cube, all_of_2022.but(sexes={"T"}, regions={"IT", "ES"}))


def test_one_other_unit_is_the_measure_value_with_its_unit(tmp_path):
    dimensions = {"freq": ["A"], "unit": ["PC"], "geo": ["IT", "ES"]}
    cube = wb.cube("eurostat:ilc_li02", path=written(tmp_path, tsv(dimensions, ["20.1", "19.5 p", "21", "-3"])))
    frame = wb.rates(cube, LATEST, by=["nuts0"]).frame.set_index("nuts0")
    assert frame["value"].to_dict() == {"IT": 19.5, "ES": -3} and frame.loc["IT", ["unit", "flag"]].tolist() == [
        "PC",
        "p",
    ]


def test_codes_of_a_dimension_without_a_total_are_not_added_up(tmp_path):
    dimensions = {"freq": ["A"], "unit": ["THS"], "wstatus": ["SAL", "EMP"], "geo": ["IT"]}
    cube = wb.cube("eurostat:lfsa_egaps", path=written(tmp_path, tsv(dimensions, ["4", "5", "6", "7"])))
    assert any("Codes of wstatus have no total" in note for note in origin_of(cube).notes)
    assert wb.counts(cube, LATEST.but(where={"wstatus": ["EMP"]})).frame["value"].tolist() == [7_000]
    with pytest.raises(Refused, match="cannot be added up"):
        wb.counts(cube, LATEST)


def test_a_dimension_with_other_codes_than_its_list_keeps_them_under_a_name_of_its_own(tmp_path):
    dimensions = {"freq": ["A"], "unit": ["PC"], "sex": ["BOYS", "GIRLS"], "geo": ["DE001C", "FR001C"]}
    path = written(tmp_path, tsv(dimensions, [str(i) for i in range(8)]))
    cube = wb.cube("eurostat:urb_lpop1", path=path)
    assert cube.axes == {"sex_code", "geo", "year"}
    selection = LATEST.but(where={"sex_code": ["GIRLS"], "geo": ["FR001C"]})
    assert wb.rates(cube, selection).frame["value"].tolist() == [7]


def test_the_edition_of_the_regions_is_that_of_the_table(tmp_path):
    dimensions = {"unit": ["THS"], "sex": ["T"], "age": ["Y15-64"], "geo": ["FR21", "FR22"]}
    cube = wb.cube("eurostat:lfst_r_lfe2emp", path=written(tmp_path, tsv(dimensions, ["1", "2", "3", "4"])))
    assert cube.lists["nuts"].edition in ("2010", "2013")


def test_a_table_that_the_catalogue_lists_is_the_same_and_points_to_it(mirror):
    selection = wb.Selection(years=(2014, 2015), sectors={"H"})
    listed, by_id = (wb.rates(name, selection, by=["nuts0"]) for name in ("hsw_n2_01", "eurostat:hsw_n2_01"))
    pd.testing.assert_frame_equal(listed.frame, by_id.frame)
    assert any("The catalogue has this table as hsw_n2_01" in note for note in by_id.notes)


@pytest.mark.parametrize("table", ["hsw_ph3_01", "lfsa_eisn2"])
def test_cells_of_a_listed_table_are_the_same_by_its_id(table, mirror):
    rows = [wb.read(name, source="mirror") for name in (table, f"eurostat:{table}")]
    columns = sorted(rows[0])
    listed, by_id = (frame[columns].sort_values(columns, ignore_index=True) for frame in rows)
    pd.testing.assert_frame_equal(listed, by_id)


def test_a_known_table_of_rates_is_read_as_rates(mirror):
    cube = wb.cube("eurostat:hsw_n2_03", path=mirror / "eurostat_esaw" / "hsw_n2_03_sample.jsonstat.json")
    selection = wb.Selection(regions={"AT"}, sectors={"A"}, years=(2015, 2015), where={"age_group": ["TOTAL"]})
    assert wb.rates(cube, selection).frame["value"].tolist() == [2_099.4]
    assert [margin.axes for margin in cube.margins] == [("nace", "age_group", "nuts", "year", "severity")]


def test_a_file_of_another_table_is_refused_with_the_right_name(tmp_path):
    with pytest.raises(ReadError, match="table lfst_r_lfe2eftpt, not of hsw_n2_04: give it to eurostat:lfst"):
        wb.cube("eurostat:hsw_n2_04", path=written(tmp_path, json_stat(), "x.json"))


@pytest.mark.parametrize("name", ["x.tsv", "x.csv"])
def test_a_table_of_eurostats_is_not_guessed_as_one_of_ones_own(name, tmp_path):
    path = written(tmp_path, tsv() if name == "x.tsv" else sdmx_csv(), name)
    table = {"x.tsv": "ID", "x.csv": "lfst_r_lfe2eftpt"}[name]
    with pytest.raises(ReadError, match=rf"a table of Eurostat's: wb.cube\(\"eurostat:{table}\""):
        wb.table(path)


def test_a_table_that_is_not_annual_is_refused_in_words(tmp_path):
    monthly = tsv({"freq": ["M"], "unit": ["PC"], "geo": ["IT"]}, ["1", "2"])
    with pytest.raises(ReadError, match="freq: not annual"):
        wb.cube("eurostat:une_rt_m", path=written(tmp_path, monthly))


def test_a_table_without_a_cell_is_refused_as_that(tmp_path):
    with pytest.raises(ReadError, match="The file of lfst_r_lfe2eftpt has a header and no cell below it"):
        wb.cube(NAME, path=written(tmp_path, tsv().splitlines(keepends=True)[0]))


def test_an_id_in_capitals_is_the_same_table(tmp_path):
    wb.load("eurostat:LFST_R_LFE2EFTPT", path=written(tmp_path, tsv()))
    assert wb.cube("eurostat:Lfst_R_Lfe2eftpt").name == NAME and stored_eurostat() == [NAME]
    assert wb.forget("eurostat:LFST_R_LFE2EFTPT") == 12


def test_without_a_network_it_is_said_how_to_give_a_file_and_what_the_catalogue_has(monkeypatch):
    monkeypatch.delenv("WORKBENCH_MIRROR", raising=False)
    with pytest.raises(NotAvailable, match="workbench load eurostat:hsw_n2_01 --from FILE.*ask for hsw_n2_01"):
        wb.load("eurostat:hsw_n2_01", source="mirror")


def test_what_is_no_id_is_refused_with_how_to_write_one():
    with pytest.raises(UnknownName, match="Write it as eurostat:hsw_n2_01"):
        wb.cube("eurostat:../etc")


def test_the_whole_table_is_asked_for_as_tsv_and_kept(publisher):
    publisher.answers = [answers(gzip.compress(tsv()))]
    assert wb.counts(NAME, LATEST).frame["value"].tolist() == [5_020_000]
    wb.counts(NAME, LATEST, by=["nuts2"])
    asked = [path for path, _headers in publisher.asked]
    assert asked == ["/eurostat/api/dissemination/sdmx/2.1/data/LFST_R_LFE2EFTPT?format=TSV&compressed=true"]


@pytest.mark.parametrize(
    ("settings", "content", "path"),
    [
        (
            {"c_geo": "ITF6,ITC4", "sinceTimePeriod": "2021"},
            sdmx_csv,
            "/sdmx/3.0/data/dataflow/ESTAT/lfst_r_lfe2eftpt/1.0?format=csvdata&formatVersion=2.0&lang=en&labels=name"
            "&compress=true&c[geo]=ITF6,ITC4&c[TIME_PERIOD]=ge:2021",
        ),
        (
            {"c_geo": "ITF6,ITC4", "sinceTimePeriod": "2021", "format": "JSON"},
            json_stat,
            "/statistics/1.0/data/lfst_r_lfe2eftpt?format=JSON&lang=en&geo=ITF6&geo=ITC4&sinceTimePeriod=2021",
        ),
        (
            {"sinceTimePeriod": "2021", "untilTimePeriod": "2022"},
            tsv,
            "/sdmx/2.1/data/LFST_R_LFE2EFTPT?format=TSV&compressed=true&startPeriod=2021&endPeriod=2022",
        ),
        ({"format": "SDMX-CSV"}, sdmx_csv, "/sdmx/2.1/data/LFST_R_LFE2EFTPT?format=SDMX-CSV&compressed=true"),
    ],
)
def test_a_part_is_asked_for_by_codes_and_times_in_each_format(settings, content, path, publisher, capsys):
    publisher.answers = [answers(content())]
    words = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
    said = run(capsys, "load", NAME, *words)
    assert "12 rows read" in said and "A part of the table: " + next(iter(settings)) in said
    assert unquote(publisher.asked[0][0]) == "/eurostat/api/dissemination" + path
    assert wb.counts(NAME, LATEST).frame["value"].tolist() == [5_020_000]  # what was loaded last
    assert len(publisher.asked) == 1


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (404, b"none", "Eurostat has no table lfst_r_lfe2eftpt .404.. Its list of tables: https"),
        (
            413,
            b"<error/>",
            "too big .413.; Eurostat gives 5,000,000 cells at most. Ask for a part: --set",
        ),
        (400, b"<error/>", "does not understand c_geo=XX .400."),
        (202, b"<later/>", "prepares large tables first .202.: try again in some minutes"),
        (
            200,
            b'{"warning": {"status": 413, "label": "ASYNCHRONOUS_RESPONSE"}}',
            "It prepares large tables first",
        ),
        (200, b'{"error": [{"status": 413, "label": "EXTRACTION_TOO_BIG: too much"}]}', "Ask for fewer years or codes"),
    ],
)
def test_what_eurostat_answers_in_place_of_a_table_is_said_in_words(status, body, said, publisher):
    publisher.answers = [answers(body, status)]
    with pytest.raises((NotAvailable, ReadError), match=said):
        wb.load(NAME, source="live", c_geo="XX")
    assert stored_eurostat() == []


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"geo": "IT"}, "'geo' is not a known parameter .*codes of a dimension as c_geo=IT,ES"),
        ({"format": "XML"}, "'XML' is not a known format.*TSV, SDMX-CSV, JSON"),
        ({"c_geo": "IT&x=1"}, "not a known value of c_geo"),
    ],
)
def test_other_settings_are_refused(settings, said):
    with pytest.raises(UnknownName, match=said):
        address_of("hsw_n2_04", settings)


def test_a_file_is_read_as_it_is(tmp_path):
    with pytest.raises(Refused, match="c_geo choose what is asked of Eurostat; a file is read as it is"):
        wb.load(NAME, path=written(tmp_path, tsv()), c_geo="IT")


def test_visitors_of_a_page_open_only_what_was_loaded(tmp_path):
    wb.load(NAME, path=written(tmp_path, tsv()))
    shown = Explorer(NAME)
    for other in ("eurostat:hsw_n2_04", "eurostat:**x", "eurostat:../x"):
        assert not shown.follow({"dataset": other}) and shown.dataset == NAME
    assert shown.follow({"dataset": NAME})


def test_every_name_of_the_form_is_in_the_catalogue():
    assert NAME in catalog() and "lfst_r_lfe2eftpt" in catalog().describe(NAME)
