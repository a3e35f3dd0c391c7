"""ESAW records from a file to a weighted rate, through the same way as every other source."""

import pytest

import workbench as wb
from workbench.esaw.judge import judge
from workbench.esaw.layouts.records import open_records, write_records
from workbench.terms.errors import Refused, UnknownName


@pytest.fixture(scope="module")
def twin(tmp_path_factory):
    return wb.synthesise(10_000, 1, tmp_path_factory.mktemp("twin") / "twin.parquet")


def test_a_synthetic_file_says_so_wherever_its_figures_show(twin):
    loaded = wb.load("esaw_microdata", path=twin)
    assert (loaded.report.rows_read, loaded.report.rejected) == (10_000, 0)
    found = wb.counts("esaw_microdata", by=["nace1"])
    assert found.synthetic
    assert "Synthetic data" in str(found)
    assert "made by a program" in " ".join(found.notes)


@pytest.mark.parametrize(("layout", "cut"), [("esaw81", 40), ("esaw81", 1 + 1), ("csv", 60)])
def test_records_that_break_off_in_the_last_one_are_unfinished_in_every_answer(twin, tmp_path, layout, cut):
    path = tmp_path / "records.txt"
    write_records(open_records(twin), path, layout=layout)
    path.write_bytes(path.read_bytes()[:-cut])

    loaded = wb.load("esaw_microdata", path=path)
    assert loaded.report.unfinished and (loaded.report.rows_read, loaded.report.rejected) == (10_000, 1)
    notes = wb.counts("esaw_microdata", by=["nace1"]).notes
    assert any("9,999 rows of an unfinished file, 1 rejected" in note for note in notes)
    assert "The file breaks off in its last record" in str(judge(path))


@pytest.mark.parametrize("layout", ["esaw81", "csv"])
def test_a_whole_last_record_needs_no_line_end(twin, tmp_path, layout):
    path = tmp_path / "records.txt"
    write_records(open_records(twin), path, layout=layout)
    path.write_bytes(path.read_bytes()[:-1])
    loaded = wb.load("esaw_microdata", path=path)
    assert not loaded.report.unfinished and (loaded.report.rows_read, loaded.report.rejected) == (10_000, 0)


def test_records_that_are_a_part_of_all_are_not_divided_by_everybody(twin):
    wb.load("esaw_microdata", path=twin)
    with pytest.raises(Refused, match="is a sample here"):
        wb.rates("esaw_microdata", exposure="esaw_synthetic_employed")


def test_counts_are_sums_of_weights_and_agree_with_pandas(twin):
    rows = wb.read("esaw_microdata", path=twin)
    weights = rows["weight"].astype(float)
    found = wb.counts(wb.cube("esaw_microdata", path=twin), by=["severity"]).frame
    assert (
        dict(zip(found["severity"], found["value"], strict=True)) == weights.groupby(rows["severity"]).sum().to_dict()
    )
    assert weights.sum() > len(rows)


def test_the_cause_chain_is_a_dimension_in_groups_and_in_detail(twin):
    rows = wb.read("esaw_microdata", path=twin)
    cube = wb.cube("esaw_microdata", path=twin, dims=["nace1", "activity", "deviation2", "contact", "ma_deviation"])
    detail = wb.counts(cube, by=["deviation2"]).frame
    groups = wb.counts(cube, by=["deviation"]).frame
    weights = rows["weight"].astype(float)
    assert detail["value"].sum() == groups["value"].sum() == pytest.approx(weights.sum())
    assert dict(zip(detail["deviation2"], detail["value"], strict=True)) == pytest.approx(
        weights.groupby(rows["deviation"]).sum().to_dict()
    )
    crossed = wb.counts(cube, wb.Selection(sectors={"H"}), by=["deviation", "contact"]).frame
    assert crossed["value"].sum() == pytest.approx(weights[rows["nace"].between("49", "53")].sum())


def test_the_same_records_in_81_characters_give_the_same_counts(twin, tmp_path):
    text = tmp_path / "records.txt"
    write_records(open_records(twin), text, layout="esaw81")
    from_text, from_parquet = (wb.counts(wb.cube("esaw_microdata", path=p), by=["nace1"]).frame for p in (text, twin))
    assert from_text.equals(from_parquet)


def test_who_knows_that_a_file_is_a_sample_can_say_so(twin, tmp_path):
    text = tmp_path / "records.txt"
    write_records(open_records(twin), text)
    wb.load("esaw_microdata", path=text)
    assert "A file of your own, taken as complete." in " ".join(wb.counts("esaw_microdata").notes)
    wb.load("esaw_microdata", path=text, coverage="sample")
    with pytest.raises(Refused, match="is a sample here"):
        wb.rates("esaw_microdata", exposure="esaw_synthetic_employed")
    with pytest.raises(UnknownName, match="There are: full, sample"):
        wb.load("esaw_microdata", path=text, coverage="some")


FIELDS = (
    "DataAccadimento;DataMorte;LuogoAccadimento;Genere;Eta;ModalitaAccadimento;SettoreAttivitaEconomica;Gestione;"
    "DefinizioneAmministrativa;DefinizioneAmministrativaEsitoMortale;Indennizzo;GradoMenomazione;GiorniIndennizzati"
)


@pytest.mark.parametrize("coverage", [("full", "sample"), ("sample", "full")])
def test_regions_of_which_one_is_a_sample_are_together_a_sample(coverage, tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("\n".join([FIELDS, *["19/07/2021;;058;F;55;N;N 81;I;P;ND;TE;-1;43"] * 10, ""]))
    for region, of_region in zip(("Calabria", "Lazio"), coverage, strict=True):
        wb.load("inail_records", path=path, region=region, coverage=of_region)
    assert wb.counts("inail_records").frame["value"].tolist() == [20]
    with pytest.raises(Refused, match="is a sample here"):
        wb.rates("inail_records", exposure="esaw_synthetic_employed")
