"""The catalogue: what exists, said in full, found, cited, and opened through intake."""

import ast
import gzip
import json
import re
import subprocess
import sys
from functools import lru_cache
from importlib import import_module
from inspect import signature
from pathlib import Path
from zipfile import ZipFile

import intake
import pandas as pd
import pytest
import yaml

from workbench.sources import catalog as module
from workbench.sources.catalog import NO_CATALOGUES, Catalog, catalog, read
from workbench.sources.catalog_check import READERS
from workbench.sources.download import locate
from workbench.terms.codes import codelist
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import CatalogError, NotAvailable, UnknownName
from workbench.terms.places import bundled
from workbench.terms.tables import Report

FILES = sorted(path for path in bundled("catalogs").glob("*.yml") if path.name not in NO_CATALOGUES)
HEADER = (
    "DataRilevazione;DataProtocollo;DataAccadimento;DataDefinizione;DataMorte;LuogoAccadimento;"
    "IdentificativoInfortunato;Genere;Eta;LuogoNascita;ModalitaAccadimento;ConSenzaMezzoTrasporto;"
    "IdentificativoCaso;DefinizioneAmministrativa;DefinizioneAmministrativaEsitoMortale;Indennizzo;"
    "DecisioneIstruttoriaEsitoMortale;GradoMenomazione;GiorniIndennizzati;IdentificativoDatoreLavoro;"
    "PosizioneAssicurativaTerritoriale;SettoreAttivitaEconomica;Gestione;GestioneTariffaria;"
    "GrandeGruppoTariffario"
)
RECORD = "31/10/2023;21/07/2021;19/07/2021;01/08/2021;;078;1;F;55;ITAL;N;N;1;P;ND;TE;ND;-1;43;1;1;N 81;I;3;0"


@pytest.fixture
def records(tmp_path) -> Path:
    """An imitation of INAIL's half-yearly CSV with two records."""
    path = tmp_path / "DatiConCadenzaSemestraleInfortuniCalabria.csv"
    path.write_text("\n".join([HEADER, RECORD, RECORD.replace(";N;N;", ";S;N;")]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def own(tmp_path):
    """Writes a catalogue with one changed entry of the repository's: own(name, key=value, ...)."""

    def write(name: str = "inail_records", file: str = "own.yml", **changes) -> Path:
        document = next(d for d in map(_plain, FILES) if name in d["entries"])
        document["entries"] = {name: document["entries"][name]}
        document["aliases"] = {name: name}
        document["entries"][name]["metadata"].update(changes)
        path = tmp_path / file
        path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
        return path

    return write


def _plain(path: Path) -> dict:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_the_catalogue_names_all_three_kinds_of_evidence():
    book = catalog()
    assert {"inail_records", "inail_regions", "spain_atr", "hsw_n2_01"} <= set(book.names("accidents"))
    assert {"lfsa_eisn2", "spain_epa", "esaw_synthetic_employed"} <= set(book.names("exposure"))
    assert {"esener_2019", "ewcs_2015", "osh_pulse_2022", "ess"} <= set(book.names("survey"))
    assert {"wristbands", "sisfall"} <= set(book.names("wearable"))
    assert book.names("map") == ["gisco_nuts"]
    assert len(book) == len(book.names()) == len(book.table())


def test_the_table_says_for_each_entry_what_it_is_and_how_it_would_come(monkeypatch):
    monkeypatch.delenv("WORKBENCH_MIRROR", raising=False)
    table = catalog().table().set_index("name")
    columns = ["title", "kind", "figures", "publisher", "years", "geography", "licence", "access", "status"]
    assert list(table) == columns
    first = [name for name in table.index if catalog()[name].boxed]
    assert [*table.index[: len(first)]] == first and set(table.loc[first, "figures"]) == {"real"}
    assert table.loc[["esaw_synthetic", "gisco_nuts", "ewcs_2015"], "figures"].tolist() == ["synthetic", "", ""]
    assert table.loc["ewcs_2015", ["years", "access", "status"]].tolist() == ["2015", "registration", "registration"]
    assert table.loc["inail_records", "years"] == "2019-2023"
    assert table.loc["esaw_synthetic", "status"] == "bundled"
    assert table.loc["spain_atr", "status"] == "mirror (not set)"
    assert set(table["status"]) == {"bundled", "mirror (not set)", "live", "registration"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_user_of_plain_intake_can_list_and_open_each_file(path):
    for theirs in (intake.open_catalog(str(path)), intake.from_yaml_file(str(path))):
        assert list(theirs) == list(_plain(path)["entries"])
        assert all(theirs[name].metadata["title"] == catalog()[name].title for name in theirs)


def test_a_user_of_plain_intake_can_read_our_entries(records, tmp_path, monkeypatch):
    theirs = intake.open_catalog(str(bundled("catalogs") / "inail.yml"))
    frame = theirs["inail_records"].read(paths=[records])
    assert isinstance(frame, pd.DataFrame)
    assert frame["commuting"].tolist() == ["N", "S"]
    (tmp_path / "inail_microdata").mkdir()
    records.rename(tmp_path / "inail_microdata" / "infortuni_Calabria_sample.xml")  # read by what is in it
    monkeypatch.setenv("WORKBENCH_MIRROR", str(tmp_path))
    assert theirs["inail_records"].read(region="Calabria", source="mirror").equals(frame)
    with pytest.raises(NotAvailable, match="after registration only"):
        intake.open_catalog(str(bundled("catalogs") / "eurofound.yml"))["ewcs_2015"].read()


def test_reading_opens_the_entry_through_intake(records, monkeypatch):
    opened = []
    real = module.IntakeCatalog.from_dict
    monkeypatch.setattr(module.IntakeCatalog, "from_dict", lambda document: opened.append(document) or real(document))
    report = Report()
    dataset = catalog()["inail_records"]
    (batch,) = read(dataset, [records], report, region="Calabria")
    assert opened[0]["version"] == 2 and list(opened[0]["entries"]) == ["inail_records"]
    assert batch[["nuts", "nace", "sex", "year"]].values.tolist() == [["ITF61", "81", "F", 2021]] * 2
    assert report.rows_read == 2 and report.rejected == 0
    assert callable(Catalog.read)


def test_every_reader_function_exists_and_takes_the_options_of_its_entries():
    for name in catalog():
        dataset = catalog()[name]
        if dataset.reader:
            function, options = dataset.reader.split(":"), dataset.options
            found = getattr(import_module(f"workbench.sources.readers.{function[0]}"), function[1])
            signature(found).bind([], Report(), **options)


def test_a_reader_function_outside_the_allow_list_does_not_run_through_plain_intake_either():
    reader = module.TableReader(name="x", function="os:system", options={}, metadata={})
    with pytest.raises(CatalogError, match="'os:system' is not a reader function"):
        reader.batches([], Report())
    assert all(re.fullmatch(r"[a-z_]+:(read|table)_[a-z_]+", function) for function in READERS)


def test_an_entry_that_needs_registration_says_how_to_obtain_it():
    dataset = catalog()["esener_2014_microdata"]
    with pytest.raises(NotAvailable, match=r"registration only.*GESIS.*doi.org/10.4232/1.12965"):
        read(dataset, [], Report())
    assert all(catalog()[name].how_to_obtain for name in catalog() if catalog()[name].access == "registration")


def test_a_map_is_not_rows():
    with pytest.raises(NotAvailable, match="boundaries, not rows"):
        read(catalog()["gisco_nuts"], [], Report())


def test_an_unknown_name_names_the_close_ones():
    with pytest.raises(UnknownName, match="'inail_record' is not a known data set. Close to it: inail_records"):
        catalog()["inail_record"]


def test_a_parameter_is_checked_and_forgives_spelling():
    dataset = catalog()["inail_records"]
    assert dataset.choose(region="Valle d'Aosta") == {"region": "ValledAosta"}
    assert dataset.choose(region="emilia-romagna") == {"region": "EmiliaRomagna"}
    with pytest.raises(UnknownName, match="Close to it: Calabria.*There are: Abruzzo"):
        dataset.choose(region="Calabra")
    with pytest.raises(UnknownName, match="'regione' is not a known parameter of inail_records.*It has: region"):
        dataset.choose(regione="Calabria")


def test_search_looks_into_the_metadata_and_puts_the_best_first():
    names = catalog().search("accidents Italy")["name"].tolist()
    assert names[:2] == ["inail_records", "inail_regions"] or names[:2] == ["inail_regions", "inail_records"]
    of_falls = ["sisfall", "mobiact", "smart_insole", "team_synthetic"]
    assert catalog().search("fall", kind="wearable")["name"].tolist() == of_falls
    assert catalog().search("falls", kind="wearable")["name"].tolist() == of_falls
    assert catalog().search("insole", kind="wearable")["name"].tolist() == ["smart_insole", "team_synthetic"]
    assert "spain_epa" in catalog().search("estadistica")["name"].tolist()  # without the accent of Estadística
    assert catalog().search("falls unheardof").empty


def test_the_words_of_a_search_may_stand_anywhere_in_an_entry_and_in_any_order():
    found = catalog().search("accidents germany")["name"].tolist()
    assert "hsw_n2_01" in found and found == catalog().search("Germany accident")["name"].tolist()
    assert not {"inail_records", "spain_atr"} & set(found)
    assert set(catalog().search("employed france")["name"]) >= {"lfst_r_lfe2en2"}


def test_search_takes_facets():
    book = catalog()
    assert set(book.search(publisher="eurofound")["name"]) == set(book.names()) & {
        "ewcs_1991_2015",
        "ewcs_2015",
        "ewcts_2021",
        "ewcs_2024",
    }
    assert set(book.search(dimension="question")["name"]) == {"esener_2019"}
    assert "spain_atr" in set(book.search(dimension="nuts")["name"])
    assert set(book.search(nuts_edition="2013")["name"]) == {"lfst_r_lfe2en2", "lfst_r_lfe2emp"}
    assert set(book.search(access="open", kind=["survey", "wearable"])["name"]) == {
        "esener_2019",
        "wristbands",
        "team_synthetic",
    }
    assert set(book.search(measure="standardised_rate")["name"]) == {"hsw_mi01"}


def test_search_names_the_facets_and_values_there_are():
    with pytest.raises(UnknownName, match="'knd' is not a known facet. Close to it: kind. There are: kind, publisher"):
        catalog().search(knd="survey")
    with pytest.raises(UnknownName, match="'wearables' is not a known kind in the catalogue. Close to it: wearable"):
        catalog().search(kind="wearables")
    with pytest.raises(UnknownName, match="There are: accidents, exposure, map, notifications, survey, wearable.$"):
        catalog().names(kind="nonsense")


def test_describe_says_what_the_figures_mean():
    said = catalog().describe("spain_atr")
    for part in ("Break in 2019 (ES)", "not commuting", "authority that received the report", "ATR_2023_I", "Licence"):
        assert part in said
    assert catalog().describe("esaw_synthetic").startswith("SYNTHETIC DATA")
    assert "never to be divided by a population" in catalog().describe("esener_2019")


def test_citations_carry_a_year_in_their_key_and_escape_what_latex_would_run():
    book = catalog()
    assert book.cite("spain_atr").startswith("Ministerio de Trabajo y Economía Social (2023). Estadística")
    assert book.cite("spain_atr", "bibtex").startswith("@misc{mites_atr_2023,\n  author = {{Ministerio")
    assert r"ATR\_2023\_I" in book.cite("spain_atr", "bibtex")
    (item,) = json.loads(book.cite("spain_atr", "csl"))
    assert (item["id"], item["type"], item["issued"]) == ("mites_atr_2023", "dataset", {"date-parts": [[2023]]})
    keys = [book[name].citation["key"] for name in book]
    assert len(set(keys)) == len(keys) and all(re.search(r"\d{4}", key) for key in keys)
    with pytest.raises(UnknownName, match="There are: text, bibtex, csl"):
        book.cite("spain_atr", "apa")


def test_the_date_of_retrieval_goes_into_a_citation():
    from workbench.sources.wording import cite

    dataset = catalog()["hsw_n2_01"]
    assert cite(dataset, retrieved="2026-05-01T10:00:00+00:00").endswith("(retrieved 2026-05-01)")
    (item,) = json.loads(cite(dataset, "csl", retrieved="2026-05-01T10:00:00+00:00"))
    assert item["accessed"] == {"date-parts": [[2026, 5, 1]]}


def test_bibtex_braces_stay_balanced_whatever_the_text(own):
    title = r"50 % of {workers} & \input{x} #1 $a_b^c$ ~"
    path = own(citation={"key": "odd_2020", "author": "A", "year": 2020, "title": title})
    entry = catalog(path, alone=True).cite("inail_records", "bibtex")
    plain = re.sub(r"\\[{}]", "", entry)
    assert plain.count("{") == plain.count("}")
    assert r"50 \% of \{workers\} \& \textbackslash{}input\{x\} \#1 \$a\_b\textasciicircum{}c\$" in entry


def test_synthetic_data_are_never_cited_as_a_publisher_s():
    for name in ("esaw_synthetic", "esaw_synthetic_employed"):
        dataset = catalog()[name]
        assert dataset.synthetic and dataset.sensitivity == "none"
        assert "Synthetic" in catalog().cite(name) and "OSH Workbench" in catalog().cite(name)
        assert dataset.files["mirror"] == dataset.files["live"] == ()


def test_the_code_of_an_entry_is_python_and_needs_pandas_alone():
    for name in catalog():
        if catalog()[name].code:
            tree = ast.parse(catalog().code(name))
            found = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
            modules = {getattr(node, "module", None) or node.names[0].name for node in found}
            assert modules <= {"pandas", "pathlib", "os"}
    with pytest.raises(NotAvailable, match="after registration only"):
        catalog().code("ewcs_2015")
    with pytest.raises(NotAvailable, match="cannot be read in a few lines of pandas"):
        catalog().code("gisco_nuts")


def test_the_code_of_an_entry_says_which_folder_it_reads(monkeypatch, tmp_path):
    monkeypatch.delenv("WORKBENCH_MIRROR", raising=False)
    bundle = bundled("catalogs") / "data"
    assert f'folder = Path("{bundle.as_posix()}")' in catalog().code("esaw_synthetic")
    assert "https://ec.europa.eu/eurostat/api/" in catalog().code("hsw_n2_01")
    assert f"# your download, from {catalog()['spain_epa'].url}\n" in catalog().code("spain_epa")
    assert "{" not in catalog().code("inail_records").split("folder = ")[0]
    for name in ("hsw_n2_01", "inail_records", "spain_epa"):
        assert 'folder = Path.home() / "Downloads"' in catalog().code(name)
    (tmp_path / "spain_epa").mkdir()
    monkeypatch.setenv("WORKBENCH_MIRROR", str(tmp_path))
    assert 'folder = Path.home() / "Downloads"' in catalog().code("spain_epa")  # the mirror does not have it
    for pattern in catalog()["spain_epa"].files["mirror"]:
        (tmp_path / pattern).touch()
    assert 'folder = Path(os.environ["WORKBENCH_MIRROR"]) / "spain_epa"\n' in catalog().code("spain_epa")


def _run(name: str) -> dict:
    """What the code of an entry leaves behind, run as it is printed."""
    left = {}
    exec(catalog().code(name), left)  # our own catalogue, checked; what readers are shown is what is run
    return left


@lru_cache  # a workbook takes seconds to read
def _rows(name: str) -> tuple[pd.DataFrame, Report]:
    """All rows of an entry and the report, from the mirror where it has them, else as bundled."""
    dataset, report = catalog()[name], Report()
    parameters = dict.fromkeys(dataset.parameters, "Calabria")
    located = locate(dataset, "mirror" if dataset.files["mirror"] else "bundled", **parameters)
    return pd.concat(read(dataset, located.paths, report, **parameters), ignore_index=True), report


def _agree(ours: pd.DataFrame, theirs: pd.DataFrame, measures: list[str], keys: list[str]) -> None:
    """The same rows with the same figures, in whatever order; both flags, where there are any, by their letters."""
    ours, theirs = (side.set_index(keys).sort_index() for side in (ours, theirs))
    assert ours.index.is_unique and ours.index.to_list() == theirs.index.to_list()
    for measure in measures:
        assert ours[measure].to_list() == pytest.approx(theirs[measure].to_list(), rel=1e-12, nan_ok=True)
    if "flag" in theirs:
        assert ours["flag"].tolist() == ["".join(sorted(flag)) for flag in theirs["flag"]]


SYNTHETIC = [name for name in catalog().names() if catalog()[name].reader == "synthetic:read_cube"]


@pytest.mark.parametrize("name", SYNTHETIC)
def test_the_code_of_the_synthetic_entries_gives_the_same(name):
    ours, theirs = _rows(name)[0], _run(name)["frame"]
    measure = "accidents" if name == "esaw_synthetic" else "employed"
    assert len(ours) == len(theirs) and ours[measure].sum() == theirs[measure].sum()
    assert {*ours} - {"variance"} == {*theirs}


def test_the_code_of_the_made_up_team_gives_the_same():
    measures = ["noise_dba", "carbon_monoxide_ppm", "heart_rate_bpm"]
    theirs = _run("team_synthetic")["frame"].set_axis(["day", "hour", "energy", *measures[1:], measures[0]], axis=1)
    _agree(_rows("team_synthetic")[0], theirs, measures, ["day", "hour"])


COLUMNS_OF_RECORDS = ["nace", "sex", "age", "year", "severity", "commuting", "decision"]


@pytest.mark.mirror
@pytest.mark.parametrize("way", ["mirror", "download"])
def test_the_code_for_inail_s_records_gives_the_same(mirror, way, monkeypatch, tmp_path):
    ours = _rows("inail_records")[0]
    if way == "download":
        records = gzip.decompress((mirror / "inail_microdata/infortuni_Calabria_sample_derived.csv.gz").read_bytes())
        (tmp_path / "Downloads").mkdir()
        with ZipFile(tmp_path / "Downloads" / "DatiConCadenzaSemestraleInfortuniCalabria_csv.zip", "w") as packed:
            packed.writestr("DatiConCadenzaSemestraleInfortuniCalabria.csv", records)
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.delenv("WORKBENCH_MIRROR")
    theirs = _run("inail_records")["frame"]
    assert theirs[COLUMNS_OF_RECORDS].astype(str).equals(ours[COLUMNS_OF_RECORDS].astype(str))
    assert (theirs["severity"] == "FAT").sum() == 7 and (theirs["commuting"] == "N").sum() == 2_095


@pytest.mark.mirror
def test_the_code_for_the_regions_of_italy_gives_the_part_it_names(mirror):
    ours, left = _rows("inail_regions")[0], _run("inail_regions")
    assert "# a part: the regions from 2021 on" in catalog().code("inail_regions")
    ours = ours[ours["year"] > 2020]
    _agree(ours[ours["margin"] == "by_region"], left["frame"], ["accidents"], ["nuts", "year", "severity"])
    theirs = left["employed"].rename(columns={"employed_15_64": "employed"})
    _agree(ours[ours["margin"] == "employed"], theirs, ["employed"], ["nuts", "year"])


@pytest.mark.mirror
def test_the_code_for_spain_gives_the_part_it_names(mirror):
    ours = _rows("spain_atr")[0]
    ours = ours[ours["margin"].isin(["region", "region_without_nuts"])]
    assert "# a part: the margins region and region_without_nuts" in catalog().code("spain_atr")
    theirs = _run("spain_atr")["frame"].astype({"year": "int64"})
    _agree(ours.drop(columns="flag"), theirs, ["incidence_rate"], ["place", "year"])
    for name in ("spain_atr_fatal", "spain_atr_commuting"):
        ours = _rows(name)[0]
        ours = ours[ours["margin"].isin(["region", "region_without_nuts"])].assign(flag="")
        _agree(ours.drop(columns="flag"), _run(name)["frame"], ["incidence_rate"], ["place", "year"])
    ours = _rows("spain_epa")[0]
    assert "# a part: the margin sex_age" in catalog().code("spain_epa")
    theirs = _run("spain_epa")["frame"].rename(columns={"nuts2": "nuts"})
    ours = ours[ours["margin"] == "sex_age"]
    assert len(ours) == len(theirs)
    for keys in (["nuts", "year"], ["year"]):  # their sexes and ages are in Spanish
        by_both = [side.groupby(keys)["employed"].agg(["sum", "count"]) for side in (ours, theirs)]
        pd.testing.assert_frame_equal(*by_both)


KEYS_OF = {
    "hsw_n2_01": (["accidents", "incidence_rate"], ["nace", "sex", "nuts", "year"]),
    "hsw_n2_02": (["accidents", "incidence_rate"], ["nace", "nuts", "year"]),
    "hsw_n2_03": (["incidence_rate"], ["nace", "age_group", "nuts", "year"]),
    "lfsa_eisn2": (["employed"], ["nace", "age_group", "sex", "nuts", "year"]),
    "lfst_r_lfe2en2": (["employed"], ["nace", "age_group", "nuts", "year"]),
    "lfst_r_lfe2emp": (["employed"], ["sex", "age_group", "nuts", "year"]),
}


@pytest.mark.mirror
@pytest.mark.parametrize("name", KEYS_OF)
def test_the_code_for_eurostat_s_tables_gives_the_same(name, mirror):
    _agree(_rows(name)[0], _run(name)["frame"], *KEYS_OF[name])


@pytest.mark.mirror
@pytest.mark.parametrize("name", ["hsw_ph3_01", "hsw_ph3_04"])
def test_the_code_for_eurostat_s_causes_gives_the_same(name, mirror):
    """Their codes of causes are Eurostat's, so the figures are held side by side over all of them."""
    ours, theirs = _rows(name)[0], _run(name)["frame"]
    assert len(ours) == len(theirs)
    keys = ["nace", "sex", "nuts", "year"]
    by_both = [side.groupby(keys)["accidents"].agg(["sum", "count", "max"]) for side in (ours, theirs)]
    pd.testing.assert_frame_equal(*by_both, check_dtype=False)


def test_the_code_for_a_table_of_eurostat_s_reads_the_download_with_all_its_units(monkeypatch, tmp_path):
    """The whole table has counts and rates; the rates of ages are the only thing that the mirror has."""
    monkeypatch.delenv("WORKBENCH_MIRROR", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "Downloads").mkdir()
    path = tmp_path / "Downloads" / "hsw_n2_03.tsv.gz"
    lines = ["freq,nace_r2,age,unit,geo\\TIME_PERIOD\t2021 \t2022 ", "A,F,Y_LT18,NR,AT\t12 \t: ",
     "A,F,Y_LT18,RT_INC,AT\t345.6 b\t: cu",
             "A,F,TOTAL,NR,AT\t9012 \t9123 p", "A,F,TOTAL,PC,AT\t100 \t100 "]  # fmt: skip
    path.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode()))
    ours = pd.concat(read(catalog()["hsw_n2_03"], [path], Report()), ignore_index=True)
    theirs = _run("hsw_n2_03")["frame"]
    theirs["margin"] = theirs["unit"].map({"NR": "accidents", "RT_INC": "incidence_rate"})
    _agree(ours, theirs, ["accidents", "incidence_rate"], ["margin", "nace", "age_group", "nuts", "year"])
    assert len(theirs) == 6


@pytest.mark.mirror
def test_the_code_for_shares_and_wristbands_gives_the_same(mirror):
    ours = _rows("esener_2019")[0]
    left = _run("esener_2019")
    for margin in ("total", "sector", "size"):
        its, theirs = ours.loc[ours["margin"] == margin, "share"].dropna(), left[margin]["share"].dropna()
        assert len(its) == len(theirs) and its.sum() == pytest.approx(theirs.sum())
    ours = _rows("wristbands")[0]
    theirs = _run("wristbands")["frame"]
    assert len(ours) == len(theirs) and theirs["persons"].min() >= 5
    for measure in ("persons", "readings", "heart_rate_bpm", "body_temp_c", "alarms"):
        assert ours[measure].sum() == pytest.approx(theirs[measure].sum())


@pytest.mark.mirror
def test_the_code_for_injuries_of_the_ilo_of_france_and_of_great_britain_gives_the_same(mirror):
    ours, theirs = _rows("ilostat_injuries")[0], _run("ilostat_injuries")["frame"]
    ours = ours[(ours["margin"] == "sector") & (ours["severity"] == "FAT") & (ours["nuts"] == "EL")]
    theirs = theirs[theirs["country"] == "GRC"]
    _agree(ours.drop(columns="flag"), theirs, ["accidents"], ["nace", "year"])
    ours, theirs = _rows("france_cnam")[0].drop(columns="flag"), _run("france_cnam")["frame"]
    _agree(ours[ours["margin"] == "people"], theirs, ["employed", "hours"], ["nace"])
    _agree(ours[ours["severity"] == "TOTAL"], theirs, ["accidents"], ["nace"])
    for name in ("uk_fatal_injuries", "uk_reported_injuries"):
        ours, theirs = _rows(name)[0], _run(name)["frame"]
        ours, theirs = ours[ours["nuts"] == "UKM"], theirs[theirs["Country"] == "Scotland"]
        _agree(ours.drop(columns="flag"), theirs, ["incidence_rate"], ["year"])


def test_every_code_is_among_those_that_are_run_here():
    book = catalog()
    covered = {
        *KEYS_OF,
        "hsw_ph3_01",
        "hsw_ph3_04",
        "inail_records",
        "inail_regions",
        "spain_atr",
        "spain_epa",
        "esener_2019",
    }
    covered |= {"wristbands", "team_synthetic", *SYNTHETIC}
    covered |= {
        "france_cnam",
        "spain_atr_fatal",
        "spain_atr_commuting",
        "ilostat_injuries",
        "uk_fatal_injuries",
        "uk_reported_injuries",
    }
    assert {name for name in book if book[name].code} == covered | {"hsw_mi01"}  # which is built as hsw_n2_03 is


def test_in_a_notebook_the_catalogue_is_a_table_with_everything_escaped(own):
    path = own(title="<script>alert(1)</script> & more")
    page = catalog(path, alone=True)._repr_html_()
    assert page.startswith("<table>") and "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in page


def test_a_catalogue_of_one_s_own_may_be_a_folder_and_lean_on_our_exposures(own, tmp_path):
    own("inail_records", "one.yml")
    own("hsw_n2_01", "two.yaml")
    assert catalog(tmp_path, alone=True).names() == ["inail_records", "hsw_n2_01"]
    assert catalog(tmp_path, alone=True)["hsw_n2_01"].folder == tmp_path


def test_an_exposure_that_does_not_exist_is_named(own):
    with pytest.raises(CatalogError, match="takes its exposure from lfsa_eisn3.*Close to it: lfsa_eisn2"):
        catalog(own("hsw_n2_01", exposure="lfsa_eisn3"), alone=True)
    with pytest.raises(CatalogError, match="takes its exposure from lfsa_eisn4.*Close to it: lfsa_eisn2"):
        catalog(own("hsw_n2_01", exposure_margins=["lfsa_eisn2", "lfsa_eisn4"]), alone=True)


def test_a_name_that_stands_twice_is_an_error(own, tmp_path):
    own("inail_records", "one.yml")
    own("inail_records", "two.yml")
    with pytest.raises(CatalogError, match="inail_records stands in the catalogue twice, the second time in two.yml"):
        catalog(tmp_path, alone=True)


def test_a_catalogue_that_is_not_there_is_an_error(tmp_path):
    for place in (tmp_path, tmp_path / "none.yml"):
        with pytest.raises(CatalogError, match="There is no catalogue at"):
            catalog(place, alone=True)


def test_a_changed_catalogue_is_read_again(own):
    path = own(title="First title")
    assert catalog(path, alone=True)["inail_records"].title == "First title"
    own(title="Second and longer title")
    assert catalog(path, alone=True)["inail_records"].title == "Second and longer title"


def test_a_data_set_is_a_value_that_cannot_be_changed():
    dataset = catalog()["inail_regions"]
    with pytest.raises(AttributeError):
        dataset.title = "other"
    assert hash(dataset) == hash(catalog()["inail_regions"]) and dataset == catalog()["inail_regions"]
    assert dataset.margins["by_region"]["dims"] == ("nuts", "severity", "year")
    assert dataset.measures["accidents"]["how"] == "sum" and dataset.temporal == (2014, 2025)
    assert catalog()["inail_records"].defaults == {"commuting": ("N",)}
    assert catalog()["inail_records"].coverage_by_way == {"mirror": "sample"}


def test_every_entry_gives_its_own_exposure_that_has_employed_persons():
    book = catalog()
    for name in book.names("accidents"):
        exposure = book[name].exposure
        if exposure is not None:
            assert "employed" in book[name if exposure == "self" else exposure].measures


def test_codes_that_entries_fix_or_default_to_exist():
    for name in catalog():
        for margin in catalog()[name].margins.values():
            assert all(codelist(axis).knows(code) for axis, code in margin["fixed"].items())


@pytest.mark.mirror
@pytest.mark.parametrize("name", [n for n in catalog() if catalog()[n].files["mirror"] and catalog()[n].reader])
def test_what_a_reader_gives_is_what_its_entry_says(name, mirror):
    dataset, (rows, report) = catalog()[name], _rows(name)
    assert report.rows_read and not report.rejected, str(report)
    if dataset.form == "published":
        keys = {axis for margin in dataset.margins.values() for axis in margin["dims"]}
        for label, margin in dataset.margins.items():
            its = rows[rows["margin"] == label]
            if its.empty:  # a unit that the copy in the mirror does not have
                assert dataset.publisher == "Eurostat"
                continue
            assert its[list(margin["dims"])].notna().all().all()
            assert its[sorted(keys & {*rows} - {*margin["dims"]})].isna().all().all()
            assert not its.duplicated(list(margin["dims"])).any()
            assert its[list(margin["measures"])].notna().any().all()
        assert set(rows["flag"].str.cat()) <= {*dataset.flags}
    else:
        assert {DIMENSIONS[d].axis for d in dataset.dimensions} - {"age_group"} <= {*rows}
    for axis in {DIMENSIONS[d].axis for d in dataset.dimensions} & {*rows} & {"nuts", "nace", "sex", "age_group"}:
        known = codelist(axis, dataset.nuts_edition if axis == "nuts" else None)
        others = {"BA"} if axis == "nuts" else set()  # a country of the labour force survey without NUTS
        assert {code for code in rows[axis].dropna().unique() if not known.knows(code)} <= others


def test_notes_and_descriptions_speak_to_readers_of_the_data():
    for name in catalog():
        dataset = catalog()[name]
        for text in (dataset.title, dataset.description, *dataset.notes):
            assert text == text.strip() and len(text) < 600


def test_importing_the_catalogue_does_not_import_the_network():
    code = "import sys, workbench.sources.catalog as c; c.catalog().table(); print('requests' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "False", done.stderr
