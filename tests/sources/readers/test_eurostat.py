import csv
import subprocess
import sys

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.sources.readers.eurostat import read_table
from workbench.terms.errors import ReadError
from workbench.terms.tables import Report

DIMENSIONS = ("nace_r2", "sex", "unit", "geo")
HEADER = "freq,nace_r2,sex,unit,geo\\TIME_PERIOD\t2014 \t2015 \n"
PEAK = """
import sys
from pathlib import Path
from workbench.sources.readers.eurostat import read_table
from workbench.terms.tables import Report
report = Report()
dimensions = ("nace_r2", "sex", "unit", "geo")
rows = sum(len(batch) for batch in read_table([Path(sys.argv[1])], report, dimensions=dimensions))
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(rows, report.rows_read, report.rejected, int(peak.split()[1]) // 1024)
"""


@pytest.fixture
def read(tmp_path, report):
    def read_(*tables: str, header=HEADER, dimensions=DIMENSIONS, **options) -> pd.DataFrame:
        paths = [tmp_path / f"{i}.tsv" for i in range(len(tables))]
        for path, table in zip(paths, tables, strict=True):
            path.write_text(header + table)
        return pd.concat(read_table(paths, report, dimensions=dimensions, **options), ignore_index=True)

    return read_


def test_a_cell_comes_out_in_the_common_columns(read, report):
    frame = read("A,F,T,NR,IT\t10 b\t: c\n")
    assert frame.columns.tolist() == [
        *("margin", "nace", "sex", "nuts", "year"),
        *("accidents", "employed", "incidence_rate", "standardised_rate", "flag"),
    ]
    assert frame[["margin", "nace", "sex", "nuts", "year", "accidents", "flag"]].values.tolist()[0] == [
        *("accidents", "F", "T", "IT", 2014, 10.0, "b")
    ]
    assert pd.isna(frame["accidents"][1]) and frame["flag"][1] == "c"
    assert frame["year"].dtype == "int64" and (report.rows_read, report.rejected) == (2, 0)


def test_each_unit_is_a_margin_with_its_measure_in_its_unit(read):
    frame = read("A,F,T,NR,IT\t10 \t11 \nA,F,T,RT_INC,IT\t250.5 \t260 \nA,F,T,THS,IT\t4.1 \t4.2 \n")
    assert frame.groupby("margin")[["accidents", "employed", "incidence_rate"]].sum(min_count=1).to_dict("index") == {
        "accidents": {
            "accidents": 21,
            "employed": pytest.approx(float("nan"), nan_ok=True),
            "incidence_rate": pytest.approx(float("nan"), nan_ok=True),
        },
        "employed": {
            "accidents": pytest.approx(float("nan"), nan_ok=True),
            "employed": 8300,
            "incidence_rate": pytest.approx(float("nan"), nan_ok=True),
        },
        "incidence_rate": {
            "accidents": pytest.approx(float("nan"), nan_ok=True),
            "employed": pytest.approx(float("nan"), nan_ok=True),
            "incidence_rate": 510.5,
        },
    }
    assert frame.loc[frame["margin"] == "employed", "employed"].tolist() == [4100.0, 4200.0]  # exactly


def test_units_and_names_are_the_entrys(read):
    frame = read("A,F,T,PC,IT\t10 \t11 \n", units={"PC": ("share", 0.01)}, rename={"geo": "nuts", "nace_r2": "nace"})
    assert frame["share"].tolist() == [0.1, 0.11] and set(frame["margin"]) == {"share"}


def test_codes_are_canonical_and_aggregates_stay_codes(read, report):
    frame = read(
        "".join(
            f"A,{n},{s},NR,{g}\t1 \t2 \n"
            for n, s, g in (
                ("C10", "M", "EL"),
                ("M_N", "UNK", "UK"),
                ("TOTAL", "F", "EU27_2020"),
                ("A_C-N", "T", "UKI1"),
                ("B-E", "T", "FR91"),
                ("UNK", "T", "ITZZ"),
            )
        )
    )
    assert report.rejected == 0
    assert frame.loc[frame["year"] == 2014, ["nace", "sex", "nuts"]].values.tolist() == [
        *(["10", "M", "EL"], ["M_N", "UNK", "UK"], ["TOTAL", "F", "EU27_2020"]),
        *(["A_C-N", "T", "UKI1"], ["B-E", "T", "FR91"], ["UNK", "T", "ITZZ"]),
    ]


def test_codes_of_causes_become_those_of_esaw_and_ages_stay_as_they_are(read):
    header = "unit,wrkstat,severity,age,geo\\time\t2014 \n"
    names = {"geo": "nuts", "age": "age_group", "wrkstat": "workstation"}
    frame = read(
        "NR,WST_1,D_GE4,Y_LT18,IT\t1 \nNR,TOTAL,FAT,Y_GE55,IT\t1 \n",
        header=header,
        dimensions=("wrkstat", "severity", "age", "unit", "geo"),
        rename=names,
    )
    assert frame[["workstation", "severity", "age_group"]].values.tolist() == [
        ["1", "D_GE4", "Y_LT18"],
        ["TOTAL", "FAT", "Y_GE55"],
    ]


def test_a_dimension_without_a_code_list_keeps_its_name_and_codes(read):
    frame = read("NR,GE500,IT\t1 \n", header="unit,sizeclas,geo\\time\t2014 \n", dimensions=("unit", "sizeclas", "geo"))
    assert frame["sizeclas"].tolist() == ["GE500"]


def test_unknown_codes_units_years_and_frequencies_are_rejected_with_the_reason(read, report):
    table = (
        "A,F,T,NR,IX\t1 \t2 \nA,C99,T,NR,IT\t1 \t2 \nA,F,Z,NR,IT\t1 \t2 \nA,F,T,XX,IT\t1 \t2 \nQ,F,T,NR,IT\t1 \t2 \n"
    )
    assert len(read(table)) == 0
    found = {(row, field): reason for row, field, reason in report.details}
    assert sorted(found) == [(2, "geo"), (3, "nace_r2"), (4, "sex"), (5, "unit"), (6, "freq")]
    assert "'IX' is not a known NUTS 2021 code" in found[2, "geo"]
    assert "'C99' is not a known NACE" in found[3, "nace_r2"]
    assert "it lists NR, THS" in found[5, "unit"] and found[6, "freq"] == "not annual"
    assert report.rows_read == report.rejected == 10


def test_a_quarter_is_no_year(read, report):
    assert len(read("A,F,T,NR,IT\t1 \t2 \n", header=HEADER.replace("2014 ", "2014-Q1 "))) == 1
    assert report.details == [(2, "time", "not a year")]


def test_thousands_of_unknown_codes_do_not_fill_the_report(read, report):
    read("".join(f"A,F,T,NR,X{i}\t1 \t2 \n" for i in range(2_000)))
    assert report.rejected == 4_000 and len(report.reasons) == 51
    assert "geo: not a known code, like 50 others before" in report.reasons


def test_other_dimensions_than_the_entrys_are_refused_and_both_named(read):
    with pytest.raises(
        ReadError,
        match="0.tsv is keyed by freq, nace_r2, sex, unit, geo, but its catalogue entry says nace_r2, age, unit, geo. "
        "Has the publisher changed the table?",
    ):
        read("A,F,T,NR,IT\t1 \t2 \n", dimensions=("nace_r2", "age", "unit", "geo"))


def test_cells_of_several_files_are_merged_where_they_agree_and_rejected_where_they_do_not(read, report):
    first = "A,F,T,NR,IT\t10 \t20 b\nA,G,T,NR,IT\t1 \t: \n"
    second = "A,F,T,NR,IT\t10 d\t21 b\nA,G,T,NR,IT\t2 c\t: u\n"
    frame = read(first, second)
    assert frame[["nace", "year", "flag"]].values.tolist() == [["F", 2014, "d"], ["G", 2015, "u"]]
    assert frame["accidents"][0] == 10 and pd.isna(frame["accidents"][1])
    assert report.rejected == 4
    assert set(report.reasons) == {"OBS_VALUE: the same cell stands here and elsewhere with different values"}
    assert report.notes == ["2 cells stand in these files more than once with the same value; each is kept once."]


def test_a_missing_cell_beside_a_published_one_is_a_contradiction(read, report):
    assert len(read("A,F,T,NR,IT\t10 \t: \n", "A,F,T,NR,IT\t: \t7 \n")) == 0
    assert report.rejected == 4


def test_a_table_without_cells_gives_an_empty_frame_with_all_columns(read):
    full, empty = read("A,F,T,NR,IT\t10 \t: \n"), read("")
    assert len(empty) == 0 and empty.dtypes.to_dict() == full.dtypes.to_dict()


@settings(max_examples=25)
@given(
    st.dictionaries(
        st.tuples(st.sampled_from("AFG"), st.sampled_from(["IT", "EL"])), st.integers(0, 99) | st.none(), min_size=1
    )
)
def test_a_table_divided_over_two_files_is_the_same_table(tmp_path_factory, table):
    lines = [f"A,{nace},T,NR,{geo}\t{':' if n is None else n} \t0 \n" for (nace, geo), n in table.items()]
    folder = tmp_path_factory.mktemp("tables")
    half = len(lines) // 2
    frames = []
    for parts in ([lines], [lines[:half], lines[half:]], [lines, lines[half:]]):
        paths = [folder / f"{len(frames)}{i}.tsv" for i in range(len(parts))]
        for path, part in zip(paths, parts, strict=True):
            path.write_text(HEADER + "".join(part))
        whole = pd.concat(read_table(paths, Report(), dimensions=DIMENSIONS))
        frames.append(whole.sort_values(["nace", "nuts", "year"], ignore_index=True))
    assert len(frames[0]) == 2 * len(table)
    for frame in frames[1:]:
        pd.testing.assert_frame_equal(frame, frames[0])


@pytest.mark.slow
def test_two_hundred_megabytes_are_read_in_bounded_memory(tmp_path):
    titles = (
        "STRUCTURE,STRUCTURE_NAME,freq,Time "
        "frequency,nace_r2,Activity,sex,Sex,unit,Unit,geo,Place,TIME_PERIOD,OBS_VALUE,OBS_FLAG"
    )
    label = "Classification of economic activities in the European Community".replace(",", "")
    line = (
        f"dataflow,{label} {label},A,Annual,{{nace:02}},{label},T,Total,NR,Number,{{geo}},Place,{{year}},{{value}},b\n"
    )
    path, count = tmp_path / "large.csv", 0
    with path.open("w") as file:
        written = file.write(titles + "\n")
        while written < 200_000_000:
            year = 1950 + count // 99 % 200
            geo, value = ("IT", year) if count % 2 else (f"X{count % 9973}", "many")
            written += file.write(line.format(nace=count % 99, geo=geo, year=year, value=value))
            count += 1
    done = subprocess.run([sys.executable, "-c", PEAK, str(path)], capture_output=True, text=True, check=True)
    rows, read_, rejected, megabytes = map(int, done.stdout.split())
    assert read_ == count > 700_000
    assert (
        rows == 87 * 100 and rejected > count // 2
    )  # 87 known divisions, every second year; the same cells again and again
    assert megabytes < 500


@pytest.mark.mirror
def test_the_real_extracts_of_one_table_overlap_and_agree(mirror, report):
    paths = sorted((mirror / "eurostat_esaw").glob("hsw_n2_01__custom_*.csv"))
    frame = pd.concat(read_table(paths, report, dimensions=DIMENSIONS))
    assert (report.rows_read, report.rejected, len(frame)) == (940, 0, 930)
    theirs = {}
    for path in paths:
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                key = (row["nace_r2"], row["sex"], row["geo"], int(row["TIME_PERIOD"]))
                theirs[key] = (float(row["OBS_VALUE"]), row["OBS_FLAG"])
    ours = zip(
        frame["nace"], frame["sex"], frame["nuts"], frame["year"], frame["accidents"], frame["flag"], strict=True
    )
    assert {key: tuple(its) for *key_, value, flag in ours for key, its in [(tuple(key_), (value, flag))]} == theirs
    italy = frame[frame["nuts"] == "IT"].pivot(index=["nace", "year"], columns="sex", values="accidents")
    assert (italy[["F", "M", "UNK"]].sum(axis=1) == italy["T"]).all() and len(italy) == 210


@pytest.mark.mirror
def test_the_real_json_stat_answer_gives_its_published_rates(mirror, report):
    path = mirror / "eurostat_esaw" / "hsw_n2_03_sample.jsonstat.json"
    (frame,) = read_table([path], report, dimensions=("nace_r2", "age", "unit", "geo"))
    rates = frame.set_index(["nace", "age_group", "nuts", "year"])["incidence_rate"]
    assert len(rates) == 32
    assert rates["A", "TOTAL", "AT", 2015] == 2099.4 and rates["A", "Y_LT18", "AT", 2015] == 1125.35
    assert rates["B", "TOTAL", "BE", 2018] == 3212.52 and rates["A", "Y_LT18", "BE", 2016] == 0


@pytest.mark.mirror
@pytest.mark.parametrize(
    ("table", "keys", "cells", "missing"),
    [
        ("lfst_r_lfe2en2", ["nace_r2", "age"], 28_065 * 8, 56_085),
        ("lfst_r_lfe2emp", ["sex", "age"], 16_203 * 17, 35_631),
    ],
)
def test_the_real_regional_tables_agree_with_pandas_cell_by_cell(mirror, report, table, keys, cells, missing):
    path = mirror / "eurostat_lfs" / f"{table}.tsv.gz"
    frame = pd.concat(read_table([path], report, dimensions=("unit", *keys, "geo")))
    assert report.rejected == 0 and len(frame) == report.rows_read == cells
    plain = pd.read_csv(path, sep="\t", dtype=str)
    first = plain.columns[0]
    long = plain.melt(first, var_name="year", value_name="cell")
    value = pd.to_numeric(long["cell"].str.extract(r"^([\d.]+)")[0]) * 1000
    flag = long["cell"].str.extract(r"([a-z]*)\s*$")[0]
    theirs = pd.Series(
        zip(value.fillna(-1).round(3), flag, strict=True), index=long[first] + "," + long["year"].str.strip()
    )
    columns = {"nace_r2": "nace", "age": "age_group", "sex": "sex"}
    first_, second = (frame[columns[name]] for name in keys)
    key = "THS," + first_ + "," + second + "," + frame["nuts"] + "," + frame["year"].astype(str)
    ours = pd.Series(zip(frame["employed"].fillna(-1).round(3), frame["flag"], strict=True), index=key)
    assert theirs.sort_index().equals(ours.sort_index())


@pytest.mark.mirror
@pytest.mark.parametrize(
    ("table", "dimension", "rows"), [("hsw_ph3_01", "wrkstat", 9_600), ("hsw_ph3_04", "physact", 19_200)]
)
def test_the_real_tables_of_causes_are_read_whole(mirror, report, table, dimension, rows):
    paths = sorted((mirror / "eurostat_esaw").glob(f"{table}__custom_*.csv.gz"))
    keys = (dimension, "severity", "nace_r2", "sex", "age", "unit", "geo")
    names = {"geo": "nuts", "nace_r2": "nace", "age": "age_group", "wrkstat": "workstation", "physact": "activity"}
    frame = pd.concat(read_table(paths, report, dimensions=keys, rename=names))
    assert len(frame) == report.rows_read == rows and report.rejected == 0
    assert frame["accidents"].sum() == pd.concat(map(pd.read_csv, paths))["OBS_VALUE"].sum()


CAUSES = {"geo": "nuts", "nace_r2": "nace", "physact": "activity"}


@pytest.mark.parametrize(
    ("cells", "missing"),
    [
        ({("PHA_1", "D_GE4"): 0, ("PHA_2", "D_GE4"): 0}, 2),  # no total: a year without any accident does not occur
        ({("PHA_1", "D_GE4"): 0, ("PHA_2", "D_GE4"): 3}, 0),
        ({("PHA_1", "FAT"): 0, ("PHA_2", "FAT"): 0, ("PHA_1", "D_GE4"): 0, ("PHA_2", "D_GE4"): 3}, 0),  # nobody died
        ({("PHA_1", "D_GE4"): 0}, 0),  # one code alone may have had none
        ({("PHA_1", "D_GE4"): 0, ("PHA_2", "D_GE4"): 0, ("TOTAL", "D_GE4"): 9}, 2),
        (
            {("PHA_1", "D_GE4"): 0, ("PHA_2", "D_GE4"): 0, ("TOTAL", "D_GE4"): 0},
            0,
        ),  # the total says that there was none
    ],
)
def test_what_a_country_did_not_report_is_missing_and_not_zero(tmp_path, report, cells, missing):
    lines = [f"A,{act},{severity},H,NR,LU,2020,{n}," for (act, severity), n in cells.items()]
    other = "A,PHA_1,D_GE4,H,NR,IT,2020,0,b\nA,PHA_2,D_GE4,H,NR,IT,2020,5,\nA,PHA_1,D_GE4,H,NR,LU,2021,7,\n"
    header = "freq,physact,severity,nace_r2,unit,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG\n"
    (tmp_path / "x.csv").write_text(header + "\n".join(lines) + "\n" + other)
    keys = ("physact", "severity", "nace_r2", "unit", "geo")
    frame = pd.concat(read_table([tmp_path / "x.csv"], report, dimensions=keys, rename=CAUSES))
    gaps = frame[frame["accidents"].isna()]
    assert len(gaps) == missing == (gaps["flag"] == "l").sum() and set(gaps["nuts"]) <= {"LU"}
    assert "TOTAL" not in set(gaps["activity"]) and report.rejected == 0
    said = "Not reported, so missing and not 0 (activity of the victim): LU 2020."
    assert report.notes == ([said] if missing else [])


@pytest.mark.parametrize(
    ("old", "new", "field", "said"),
    [
        ("2018", "2018.75", "time", "not a year"),
        ("10", "-9999999", "OBS_VALUE", "below 0"),
        ("10", "9.012", "OBS_VALUE", "not a whole number: write thousands without a separator"),
        ("10", "1e400", "OBS_VALUE", "more than 1,000,000,000,000,000"),
        ("10", "inf", "OBS_VALUE", "more than 1,000,000,000,000,000"),
        ("10", '"12,5"', "OBS_VALUE", "write decimals with a point"),
        ("10", "1" * 5_000, "OBS_VALUE", "not a number"),
    ],
)
def test_an_impossible_cell_is_rejected_and_the_next_one_read(tmp_path, report, old, new, field, said):
    header = "freq,nace_r2,sex,unit,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG\n"
    (tmp_path / "x.csv").write_text(header + "A,F,T,NR,IT,2018,10,\n".replace(old, new) + "A,F,T,NR,IT,2019,16,\n")
    (frame,) = read_table([tmp_path / "x.csv"], report, dimensions=DIMENSIONS)
    assert frame[["year", "accidents"]].values.tolist() == [[2019, 16]]
    ((row, at_fault, reason),) = report.details
    assert (row, at_fault) == (2, field) and said in reason


def test_a_rate_may_have_decimals_and_a_thousand_persons_parts(read, report):
    frame = read("A,F,T,RT_INC,IT\t9.012 \t0 \nA,F,T,THS,IT\t9.012 \t0.5 \n")
    assert frame["incidence_rate"].dropna().tolist() == [9.012, 0.0]
    assert frame["employed"].dropna().tolist() == [9012.0, 500.0] and report.rejected == 0


@pytest.mark.parametrize("written", ["NaN", "nan", ":", ""])
def test_the_ways_of_sdmx_to_say_missing_keep_the_flag(tmp_path, report, written):
    header = "freq,nace_r2,sex,unit,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG\n"
    (tmp_path / "x.csv").write_text(header + f"A,F,T,NR,IT,2018,{written},c\n")
    (frame,) = read_table([tmp_path / "x.csv"], report, dimensions=DIMENSIONS)
    assert pd.isna(frame["accidents"][0]) and frame["flag"].tolist() == ["c"] and report.rejected == 0


def test_a_table_of_another_edition_than_its_entry_says_which_it_is(read, report):
    report.nuts_edition = "2013"
    frame = read("A,F,T,NR,FRB0\t1 \t2 \nA,F,T,NR,FR\t3 \t4 \n")
    assert len(frame) == 4 and report.rejected == 0 and report.nuts_edition == "2021"
    assert report.notes == ["The regions are those of NUTS 2021, not of NUTS 2013 as the catalogue entry says."]


def test_a_table_that_fits_its_entrys_edition_keeps_it(read, report):
    report.nuts_edition = "2013"
    read("A,F,T,NR,FR10\t1 \t2 \nA,F,T,NR,EU27_2020\t3 \t4 \nA,F,T,NR,ITZZ\t3 \t4 \n")
    assert (report.nuts_edition, report.notes, report.rejected) == ("2013", [], 0)


def test_the_regions_of_a_second_edition_in_one_table_are_rejected_by_name(read, report):
    report.nuts_edition = "2021"
    frame = read("A,F,T,NR,FRB0\t1 \t2 \nA,F,T,NR,FRC1\t1 \t2 \nA,F,T,NR,FR24\t3 \t4 \n")
    assert set(frame["nuts"]) == {"FRB0", "FRC1"} and report.nuts_edition == "2021"
    assert [(row, field) for row, field, _reason in report.details] == [(4, "geo"), (4, "geo")]
    assert report.details[0][2] == "a region of NUTS 2010, 2013; the others are of NUTS 2021"


def test_greece_and_the_united_kingdom_under_other_letters_are_told_what_eurostat_writes(read, report):
    assert len(read("A,F,T,NR,GR\t1 \t2 \nA,F,T,NR,GB\t1 \t2 \n")) == 0
    assert "Eurostat writes EL for Greece" in report.details[0][2] and "UK" in report.details[2][2]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            '{"warning": {"status": 413, '
            '"label": "ASYNCHRONOUS_RESPONSE. Your request will be treated asynchronously."}}',
            "ASYNCHRONOUS_RESPONSE.* It prepares large tables first: try again in some minutes",
        ),
        (
            '{"error": [{"status": 413, "label": "EXTRACTION_TOO_BIG"}]}',
            "EXTRACTION_TOO_BIG. Ask for fewer years or codes",
        ),
        ('{"error": "\\u001b[2Jno"}', "with an error: .\\[2Jno.$"),
        (
            "<S:Fault><faultcode>413</faultcode><faultstring>EXTRACTION_TOO_BIG: too big</faultstring></S:Fault>",
            "with an error: EXTRACTION_TOO_BIG: too big. Ask for fewer",
        ),
        ("<m:Message><com:Text>asynchronous answer</com:Text></m:Message>", "It prepares large tables first"),
        ("<?xml version='1.0'?><m:StructureSpecificData/>", "0.tsv is XML; expected a Eurostat table as TSV"),
        ("<!DOCTYPE html><p>Maintenance</p>", "0.tsv is a web page"),
        ("freq;geo;TIME_PERIOD;OBS_VALUE\nA;IT;2018;12,5\n", "separated by semicolons, expected commas"),
        ("freq,geo,geo\\TIME_PERIOD\t2019\nA,IT,IT\t1\n", "0.tsv has the column geo twice"),
        ("freq,geo,geo,TIME_PERIOD,OBS_VALUE\nA,IT,IT,2019,1\n", "0.tsv has the column geo twice"),
    ],
)
def test_what_is_no_table_says_what_it_is_and_what_to_do(read, content, said):
    with pytest.raises(ReadError, match=said) as refusal:
        read("", header=content)
    assert "\x1b" not in str(refusal.value)


@pytest.mark.parametrize("record", ["20230000123412071341021 53ITI43", "19/07/2021;;058;77000001;F;55;ITAL"])
def test_a_record_given_to_the_wrong_entry_is_not_repeated(read, record):
    with pytest.raises(ReadError, match="expected a Eurostat table") as refusal:
        read("", header=record + "\n")
    assert "77000001" not in str(refusal.value) and "2023" not in str(refusal.value)
