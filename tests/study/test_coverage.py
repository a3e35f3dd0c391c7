"""A sample is a sample wherever it comes from; of a file of which nobody said so, no rate is made."""

import json
import sys

import pytest
from pytest import approx

import workbench as wb
from workbench import cli
from workbench.terms.errors import Refused, UnknownName

NAME = "inail_records"
FIELDS = (
    "DataAccadimento;DataMorte;LuogoAccadimento;Genere;Eta;ModalitaAccadimento;SettoreAttivitaEconomica;Gestione;"
    "DefinizioneAmministrativa;DefinizioneAmministrativaEsitoMortale;Indennizzo;GradoMenomazione;GiorniIndennizzati"
)
RECORD = "19/07/2021;;058;F;55;N;N 81;I;P;ND;TE;-1;43"


@pytest.fixture
def extract(tmp_path, monkeypatch):
    """A file in the publisher's layout, of which nothing says whether it is all of it."""
    monkeypatch.delenv("WORKBENCH_MIRROR", raising=False)
    path = tmp_path / "extract.csv"
    path.write_text("\n".join([FIELDS, *[RECORD] * 12, ""]), encoding="utf-8")
    return path


@pytest.fixture
def people(tmp_path):
    """People at risk of Lazio, from a file in Eurostat's layout."""
    path = tmp_path / "people.csv"
    path.write_text(
        "freq,unit,sex,age,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG\nA,THS,T,Y_GE15,ITI4,2021,2000,\n"
        "A,THS,T,Y_GE15,HR02,2021,500,\n",
        encoding="utf-8",
    )
    return wb.cube("lfst_r_lfe2emp", path=path)  # HR02 is of NUTS 2021, as the records are


def run(monkeypatch, capsys, *arguments: object) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["workbench", *map(str, arguments)])
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return (ended.value.code or 0, *capsys.readouterr())


def test_a_file_of_which_nobody_said_it_is_complete_gives_counts_and_no_rate(extract, people):
    wb.load(NAME, path=extract)
    assert wb.counts(NAME).frame["value"].sum() == 12
    with pytest.raises(Refused, match="is not known.*workbench load inail_records --from FILE --coverage full, or"):
        wb.rates(NAME, exposure=people)


def test_who_says_that_it_is_complete_gets_the_rate(extract, people):
    wb.load(NAME, path=extract, coverage="full")
    assert wb.rates(NAME, by=["nuts2"], exposure=people).frame["value"].dropna().tolist() == [approx(0.6)]


@pytest.mark.parametrize("question", [wb.rates, wb.trend, wb.change, wb.rank])
def test_a_sample_is_divided_by_nobody_in_any_question(question, extract, people):
    wb.load(NAME, path=extract, coverage="sample")
    with pytest.raises(Refused, match="is a sample here"):
        question(NAME, exposure=people)


def test_every_function_that_takes_a_file_takes_its_coverage(extract, people):
    assert wb.read(NAME, path=extract, coverage="sample").attrs["provenance"]["coverage"] == "sample"
    assert wb.read(NAME, path=extract).attrs["provenance"]["coverage"] == "sample"  # as it was said before
    with pytest.raises(Refused, match="is a sample here"):
        wb.rates(wb.cube(NAME, path=extract, coverage="sample"), exposure=people)
    full = wb.cube(NAME, path=extract, coverage="full")
    assert wb.rates(full, by=["nuts2"], exposure=people).frame["value"].dropna().tolist() == [approx(0.6)]
    for function in (wb.read, wb.cube, wb.load):
        with pytest.raises(UnknownName, match="There are: full, sample"):
            function(NAME, path=extract, coverage="some")


def test_the_command_line_takes_it_and_asks_for_it(extract, monkeypatch, capsys):
    code, out, _err = run(
        monkeypatch, capsys, "load", NAME, "--from", extract, "--coverage", "sample", "--format", "json"
    )
    assert code == 0 and json.loads(out)["provenance"]["coverage"] == "sample"
    code, out, _err = run(monkeypatch, capsys, "load", NAME, "--from", extract, "--format", "json")
    assert json.loads(out)["provenance"]["coverage"] == "unknown"
    code, _out, err = run(monkeypatch, capsys, "rates", NAME, "--by", "nuts2")
    assert code and "--coverage full, or --coverage sample" in err


@pytest.mark.mirror
def test_an_extract_of_the_mirror_gives_no_rate(mirror):
    path = next((mirror / "inail_microdata").glob("*_sample.xml"))
    wb.load(NAME, path=path)
    with pytest.raises(Refused, match="--coverage"):
        wb.rates(NAME, by=["nuts2"])
