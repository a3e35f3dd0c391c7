import gzip
import io
import zipfile

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.sources.readers.inail import read_records
from workbench.terms.errors import ReadError
from workbench.terms.tables import Report


def load(folder, content: bytes, report: Report, name="claims.xml") -> pd.DataFrame:
    path = folder / name
    path.write_bytes(content)
    return pd.concat(read_records([path], report), ignore_index=True)


@pytest.fixture
def read(tmp_path, inail, report):
    """The records of some claims, written as XML."""
    return lambda *claims: load(tmp_path, inail.xml(claims), report)


def zipped(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


def test_a_record_comes_out_in_the_common_columns(read, inail, report):
    (row,) = read(inail.claim()).to_dict("records")
    assert row.pop("impairment") != row.get("weight")  # NaN
    assert row == {
        "nuts": "ITI43",
        "nace": "81",
        "sex": "F",
        "age": 55,
        "year": 2021,
        "month": "07",
        "weekday": "1",  # 19 July 2021 was a Monday
        "days_to_report": 2,
        "reported_after": "D0-2",
        "severity": "NFAT",
        "commuting": "N",
        "decision": "P",
        "death_recognised": "UNK",
        "management": "I",
        "compensation": "TE",
        "days_compensated": 43,
        "weight": 1.0,
    }
    assert (report.rows_read, report.rejected) == (1, 0)


@pytest.mark.parametrize(
    ("accident", "filed", "weekday", "days", "band"),
    [
        ("19/07/2021", "19/07/2021", "1", 0, "D0-2"),
        ("18/07/2021", "25/07/2021", "7", 7, "D3-7"),
        ("29/02/2020", "31/03/2020", "6", 31, "D31-90"),
        ("01/01/1960", "01/01/1961", "5", 366, "D_GE91"),
        ("20/07/2021", "", "2", None, "UNK"),
    ],
)
def test_the_weekday_and_the_days_to_the_report_are_those_of_the_calendar(
    read, inail, accident, filed, weekday, days, band
):
    (row,) = read(inail.claim(DataAccadimento=accident, DataProtocollo=filed)).to_dict("records")
    assert (row["weekday"], row["reported_after"]) == (weekday, band)
    assert pd.isna(row["days_to_report"]) if days is None else row["days_to_report"] == days


def test_a_report_before_its_accident_leaves_the_time_to_it_unknown_and_is_counted(read, inail, report):
    frame = read(inail.claim(), inail.claim(DataProtocollo="18/07/2021"), inail.claim(DataProtocollo="soon"))
    assert frame["reported_after"].tolist() == ["D0-2", "UNK", "UNK"]
    assert frame["days_to_report"].isna().tolist() == [False, True, True]
    assert report.rejected == 0
    assert report.notes == [
        "The time to the report is unknown of records that were filed before their accident, or on no day of the "
        "calendar: fewer than 10."
    ]


def test_every_layout_gives_the_same_records(tmp_path, inail):
    claims = [
        inail.claim(),
        inail.claim(Eta="3", Genere="M", LuogoAccadimento="017", DataMorte="25/07/2021", SettoreAttivitaEconomica="ND"),
        inail.claim(ModalitaAccadimento="S", DefinizioneAmministrativa="F", GradoMenomazione="12,5", Gestione="A"),
    ]
    written = {
        "a.xml": inail.xml(claims),
        "b.csv": inail.csv(claims),
        "c.csv.gz": gzip.compress(inail.csv(claims)),
        "d.zip": zipped("InfortuniLazio.csv", inail.csv(claims)),
        "e.json": inail.json(claims),
        "f.csv": b"\xef\xbb\xbf" + inail.csv(claims).replace(b"\n", b"\r\n"),
        "g.xml.gz": gzip.compress(inail.xml(claims)),
        "h.zip": zipped("InfortuniLazio.xml", inail.xml(claims)),
    }
    reports = {name: Report() for name in written}
    frames = {name: load(tmp_path, content, reports[name], name) for name, content in written.items()}
    assert len(frames["a.xml"]) == 3 and frames["a.xml"]["severity"].tolist() == ["NFAT", "FAT", "NFAT"]
    for name, frame in frames.items():
        pd.testing.assert_frame_equal(frame, frames["a.xml"])
        assert (reports[name].rows_read, reports[name].rejected) == (3, 0)


def test_the_third_of_september_is_not_the_ninth_of_march(read, inail):
    frame = read(inail.claim(DataAccadimento="03/09/2021"))
    assert (frame["year"][0], frame["month"][0]) == (2021, "09")


@pytest.mark.parametrize("written", ["58", "058", " 058 "])
def test_a_province_may_lack_its_leading_zeros(read, inail, written):
    assert read(inail.claim(LuogoAccadimento=written))["nuts"].tolist() == ["ITI43"]


def test_a_province_may_be_a_number_in_json(tmp_path, inail, report):
    frame = load(tmp_path, inail.json([inail.claim(LuogoAccadimento=58, Eta=55, DataMorte=None)]), report)
    assert frame[["nuts", "age", "severity"]].values.tolist() == [["ITI43", 55, "NFAT"]]


def test_the_abolished_provinces_of_sardinia_stand_under_their_successors(read, inail, report):
    frame = read(*(inail.claim(LuogoAccadimento=p) for p in ("104", "105", "106", "107", "111")))
    assert frame["nuts"].tolist() == ["ITG2D", "ITG2E", "ITG2H", "ITG2H", "ITG2H"]
    assert report.notes == [
        "Records that name a Sardinian province abolished in 2016 stand under the one that took it over: fewer than 10."
    ]


def test_a_province_that_istat_does_not_list_is_kept_as_unknown_with_a_note(read, inail, report):
    frame = read(*(inail.claim(LuogoAccadimento=p) for p in ("999", "", "ND")))
    assert frame["nuts"].tolist() == ["UNK"] * 3 and report.rejected == 0
    assert report.notes == [
        "The region is unknown of records that name no province, or one that ISTAT does not list: fewer than 10."
    ]


@pytest.mark.parametrize(("written", "nace"), [("N 81", "81"), ("A 01", "01"), ("C", "C")])
def test_an_activity_is_a_section_a_blank_and_a_division(read, inail, written, nace):
    assert read(inail.claim(SettoreAttivitaEconomica=written))["nace"].tolist() == [nace]


@pytest.mark.parametrize("written", ["ND", "", "X", "-1", None])
def test_a_missing_activity_is_never_section_n(read, inail, written):
    assert read(inail.claim(SettoreAttivitaEconomica=written))["nace"].tolist() == ["UNK"]


def test_a_degree_of_minus_one_is_missing_and_decimals_have_a_comma(read, inail):
    frame = read(*(inail.claim(GradoMenomazione=g, GiorniIndennizzati=g) for g in ("-1", "7")))
    assert frame["impairment"].isna().tolist() == [True, False] and frame["impairment"][1] == 7
    assert frame["days_compensated"].isna().tolist() == [True, False]
    assert read(inail.claim(GradoMenomazione="12,5"))["impairment"].tolist() == [12.5]


def test_commuting_is_told_apart_so_that_counts_like_esaw_can_leave_it_out(read, inail):
    frame = read(inail.claim(), inail.claim(ModalitaAccadimento="S"), inail.claim())
    assert frame["commuting"].tolist() == ["N", "S", "N"]
    assert (frame["commuting"] == "N").sum() == 2


def test_a_date_of_death_makes_a_record_fatal_whether_the_death_is_recognised_or_not(read, inail):
    died = {"DataMorte": "20/07/2021"}
    frame = read(
        *(inail.claim(**died, DefinizioneAmministrativaEsitoMortale=code) for code in ("P", "N", "ND")), inail.claim()
    )
    assert frame["severity"].tolist() == ["FAT", "FAT", "FAT", "NFAT"]
    assert frame["death_recognised"].tolist() == ["P", "N", "UNK", "UNK"]


def test_pupils_of_three_years_are_insured(read, inail, report):
    assert read(inail.claim(Eta="3"), inail.claim(Eta="14"))["age"].tolist() == [3, 14]
    assert report.rejected == 0


@pytest.mark.parametrize(
    ("field", "written", "reason"),
    [
        ("DataAccadimento", "31/02/2021", "not a date (dd/mm/yyyy)"),
        ("DataAccadimento", "2021-07-19", "not a date (dd/mm/yyyy)"),
        ("DataAccadimento", "07/19/2021", "not a date (dd/mm/yyyy)"),
        ("DataAccadimento", "", "not a date (dd/mm/yyyy)"),
        ("DataAccadimento", "19/07/2201", "before 1950 or in the future"),
        ("DataAccadimento", "19/07/0202", "before 1950 or in the future"),
        ("DataMorte", "someday", "not a date (dd/mm/yyyy)"),
        ("DataMorte", "18/07/2021", "earlier than the accident"),
        ("Eta", "121", "not a number from 0 to 120"),
        ("Eta", "-5", "not a number from 0 to 120"),
        ("Eta", "old", "not a number from 0 to 120"),
        ("Genere", "Z", "not M or F"),
        ("LuogoAccadimento", "Roma", "not an ISTAT province of three digits"),
        ("LuogoAccadimento", "0058", "not an ISTAT province of three digits"),
        ("SettoreAttivitaEconomica", "C 81", "not an ATECO section and division such as 'C 23'"),
        ("SettoreAttivitaEconomica", "TOTAL", "not an ATECO section and division such as 'C 23'"),
        ("ModalitaAccadimento", "Q", "not N (at work) or S (commuting)"),
        ("DefinizioneAmministrativa", "Q", "not P, N, F or I"),
        ("DefinizioneAmministrativaEsitoMortale", "Q", "not P, N or I"),
        ("Gestione", "Q", "not I, A or S"),
        ("Indennizzo", "Q", "not NE, TE, CA, RD or RS"),
        ("GiorniIndennizzati", "many", "not a number from 0 to 100000"),
        ("GradoMenomazione", "101", "not a number from 0 to 100"),
    ],
)
def test_a_bad_field_rejects_its_record_by_number_field_and_reason(read, inail, report, field, written, reason):
    frame = read(inail.claim(), inail.claim(**{field: written}), inail.claim())
    assert len(frame) == 2
    assert report.rows_read == 3
    assert report.details == [(2, field, reason)]


def test_a_record_with_several_faults_is_rejected_once(read, inail, report):
    assert len(read(inail.claim(Eta="old", Genere="Z", DataAccadimento="?"))) == 0
    assert report.rejected == 1


def test_several_files_are_numbered_on_and_the_notes_say_where_each_ends(tmp_path, inail, report):
    first, second = tmp_path / "first.xml", tmp_path / "second.csv"
    first.write_bytes(inail.xml([inail.claim(), inail.claim()]))
    second.write_bytes(inail.csv([inail.claim(), inail.claim(Eta="old")]))
    frame = pd.concat(read_records([first, second], report))
    assert len(frame) == 3
    assert report.details == [(4, "Eta", "not a number from 0 to 120")]
    assert report.notes == ["first.xml ends with record 2.", "second.csv ends with record 4."]


def test_the_monthly_file_lacks_some_fields_and_a_note_says_so(tmp_path, inail, report):
    lacks = ("DefinizioneAmministrativa", "Indennizzo", "GiorniIndennizzati")
    monthly = [{name: text for name, text in inail.claim().items() if name not in lacks}] * 2
    for content in (inail.xml(monthly), inail.csv(monthly), inail.json(monthly)):
        frame = load(tmp_path, content, report)
        assert frame["decision"].tolist() == frame["compensation"].tolist() == ["UNK", "UNK"]
        assert frame["days_compensated"].isna().all()
    assert report.notes == [
        "claims.xml has no DefinizioneAmministrativa, Indennizzo, GiorniIndennizzati: unknown for its records."
    ]


def test_a_file_without_records_gives_an_empty_frame_with_all_columns(tmp_path, inail, report):
    full = load(tmp_path, inail.csv([inail.claim()]), Report())
    for content in (inail.csv([inail.claim()]).split(b"\n")[0] + b"\n", b'{"X": []}'):
        frame = load(tmp_path, content, report)
        assert len(frame) == 0
        assert frame.dtypes.to_dict() == full.dtypes.to_dict()


def test_no_identifier_of_a_person_case_or_employer_comes_out(tmp_path, inail):
    claims = [inail.claim(), inail.claim(Eta="old"), inail.claim(LuogoAccadimento="?")]
    shifted = inail.csv(claims).replace(b"19/07/2021;", b"", 2)  # every field one place to the left, in two records
    without_header = inail.csv(claims).split(b"\n", 1)[1]
    for content in (inail.xml(claims), inail.csv(claims), inail.json(claims), shifted, without_header):
        report, said = Report(), ""
        try:
            said = load(tmp_path, content, report).to_csv()
        except ReadError as error:
            said = str(error)
        said += str(report) + str(report.to_dict()) + report.frame().to_csv()
        assert not [identifier for identifier in inail.identifiers if identifier in said]


numbers = st.integers(-3, 140).map(str)
entries = {
    "Eta": numbers,
    "Genere": st.sampled_from(["M", "F", "", "ND", "Z"]),
    "LuogoAccadimento": numbers,
    "DataAccadimento": st.dates().map(lambda day: day.strftime("%d/%m/%Y")) | st.sampled_from(["", "?"]),
    "SettoreAttivitaEconomica": st.sampled_from(["N 81", "ND", "C 10", "Z 99", "", "F"]),
    "GiorniIndennizzati": numbers,
}


@given(st.lists(st.fixed_dictionaries(entries), max_size=8))
def test_every_record_is_either_out_or_rejected_and_no_code_is_unknown_to_its_list(tmp_path_factory, inail, changes):
    report, folder = Report(), tmp_path_factory.mktemp("claims")
    frame = load(folder, inail.csv([inail.claim(**changed) for changed in changes] or [inail.claim()]), report)
    assert len(frame) + report.rejected == report.rows_read
    assert frame["age"].dropna().between(0, 120).all()
    assert set(frame["sex"]) <= {"M", "F", "UNK"} and "N" not in set(frame["nace"])
    assert frame.notna().drop(columns=["age", "impairment", "days_compensated", "days_to_report"]).all(axis=None)


@pytest.mark.mirror
def test_the_real_sample_agrees_with_a_plain_count_in_pandas(mirror, report):
    folder = mirror / "inail_microdata"
    frame = pd.concat(read_records([folder / "infortuni_Calabria_sample.xml"], report))
    assert str(report) == "2,374 rows read, 0 rejected"
    assert (frame["commuting"] == "N").sum() == 2095
    assert (frame["severity"] == "FAT").sum() == 7
    assert frame["age"].min() == 3

    plain = pd.read_csv(folder / "infortuni_Calabria_sample_derived.csv.gz", sep=";", dtype=str, keep_default_na=False)
    provinces = pd.read_csv(folder / "istat_province_nuts3.csv", dtype=str).set_index("istat_province")["nuts3_2021"]
    theirs = pd.DataFrame(
        {
            "nuts": plain["LuogoAccadimento"].map(provinces),
            "sex": plain["Genere"],
            "nace": plain["SettoreAttivitaEconomica"].str[2:].where(plain["SettoreAttivitaEconomica"] != "ND", "UNK"),
            "year": plain["DataAccadimento"].str[6:].astype(int),
            "month": plain["DataAccadimento"].str[3:5],
            "commuting": plain["ModalitaAccadimento"],
            "decision": plain["DefinizioneAmministrativa"],
        }
    )
    for column in theirs:
        assert frame[column].value_counts().to_dict() == theirs[column].value_counts().to_dict()
    together = ["nuts", "sex", "nace", "year", "commuting", "decision"]
    assert frame.groupby(together).size().to_dict() == theirs.groupby(together).size().to_dict()


@pytest.mark.mirror
def test_the_real_sample_is_the_same_as_xml_and_as_csv(mirror):
    folder = mirror / "inail_microdata"
    names = ("infortuni_Calabria_sample.xml", "infortuni_Calabria_sample_derived.csv.gz")
    xml, csv = (pd.concat(read_records([folder / name], Report()), ignore_index=True) for name in names)
    pd.testing.assert_frame_equal(xml, csv)


@pytest.mark.parametrize(
    ("field", "written", "said"),
    [
        *[("Eta", "17,9", "not a whole number"), ("Eta", "24.5", "not a whole number"), ("Eta", "-5", "not a number")],
        *[("Eta", "1" * 5_000, "not a number"), ("GiorniIndennizzati", "10,5", "not a whole number")],
        *[("GiorniIndennizzati", "1e400", "not a number"), ("GradoMenomazione", "inf", "not a number")],
    ],
)
def test_one_impossible_number_rejects_its_record_and_never_ends_the_load(
    tmp_path, inail, report, field, written, said
):
    (tmp_path / "x.csv").write_bytes(inail.csv([inail.claim(), inail.claim(**{field: written}), inail.claim()]))
    assert len(pd.concat(read_records([tmp_path / "x.csv"], report))) == 2
    ((row, at_fault, reason),) = report.details
    assert (row, at_fault) == (2, field) and said in reason


def test_a_degree_of_impairment_has_a_decimal_comma_or_point(tmp_path, inail, report):
    claims = [inail.claim(GradoMenomazione="3,5"), inail.claim(GradoMenomazione="3.5")]
    (tmp_path / "x.csv").write_bytes(inail.csv(claims))
    assert pd.concat(read_records([tmp_path / "x.csv"], report))["impairment"].tolist() == [3.5, 3.5]
