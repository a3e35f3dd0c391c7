"""A catalogue of one's own is known everywhere: in Python, on the command line, in the explorer."""

import json
import os
import sys
from pathlib import Path

import pytest
import yaml

import workbench as wb
from workbench import cli
from workbench.sources import catalog as catalogs
from workbench.terms.errors import CatalogError, ReadError, UnknownName
from workbench.terms.places import bundled
from workbench.views.explorer import Explorer
from workbench.views.menu import openable

ACCIDENTS = """freq,nace_r2,sex,unit,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG
A,F,T,NR,IT,2022,120,
A,F,T,NR,ES,2022,300,
A,C,T,NR,IT,2022,80,
A,C,T,NR,ES,2022,90,
"""
PEOPLE = """freq,age,sex,nace_r2,isco08,unit,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG
A,Y_GE15,T,F,TOTAL,THS_PER,IT,2022,4,
A,Y_GE15,T,F,TOTAL,THS_PER,ES,2022,5,
A,Y_GE15,T,C,TOTAL,THS_PER,IT,2022,8,
A,Y_GE15,T,C,TOTAL,THS_PER,ES,2022,9,
"""


@pytest.fixture(autouse=True)
def no_catalogs_of_other_tests(monkeypatch):
    monkeypatch.setattr(catalogs, "_OWN", {})
    monkeypatch.delenv("WORKBENCH_CATALOGS", raising=False)


def entry(like: str, name: str, **changes) -> dict:
    """An entry of the workbench's own catalogue under another name, with a file beside the catalogue."""
    document = yaml.safe_load((bundled("catalogs") / "eurostat.yml").read_text(encoding="utf-8"))
    found = document["entries"][like]
    found["kwargs"]["name"] = name
    files = {"bundled": [f"{name}.csv"], "mirror": [], "live": []}
    found["metadata"] |= {"files": files, "breaks": [], "notes": [], "code": {}, "coverage_by_way": {}} | changes
    return found


def written(folder: Path, file: str = "mine.yml", **entries: dict) -> Path:
    """A catalogue of these entries."""
    document = {"version": 2, "metadata": {}, "user_parameters": {}, "data": {}}
    document |= {"aliases": {name: name for name in entries}, "entries": entries}
    path = folder / file
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return path


@pytest.fixture
def mine(tmp_path) -> Path:
    """A catalogue with accidents and people of a user's own, their files beside it."""
    (tmp_path / "my_accidents.csv").write_text(ACCIDENTS, encoding="utf-8")
    (tmp_path / "my_people.csv").write_text(PEOPLE, encoding="utf-8")
    accidents = entry("hsw_n2_01", "my_accidents", title="Accidents of mine", exposure="my_people")
    people = entry("lfsa_eisn2", "my_people", title="People of mine", exposure=None)
    return written(tmp_path, my_accidents=accidents, my_people=people)


def run(monkeypatch, capsys, *arguments: object) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["workbench", *map(str, arguments)])
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return (ended.value.code or 0, *capsys.readouterr())


def test_read_cube_rates_and_load_know_the_entries_of_one_s_own(mine):
    with pytest.raises(UnknownName, match="my_accidents"):
        wb.cube("my_accidents")
    book = wb.catalog(mine)
    assert "my_accidents" in book and "hsw_n2_01" in book
    assert len(wb.read("my_accidents")) == 4
    assert wb.load("my_people").manifest.rows == 4
    found = wb.rates("my_accidents", by=["nuts0"]).frame.set_index("nuts0")["value"]
    assert found.to_dict() == pytest.approx({"IT": 100_000 * 200 / 12_000, "ES": 100_000 * 390 / 14_000})
    assert wb.rates("my_accidents").sources[0]["name"] == "my_accidents"


def test_python_the_command_line_and_the_explorer_give_the_same_figures(mine, monkeypatch, capsys):
    code, out, _err = run(
        monkeypatch, capsys, "rates", "my_accidents", "--by", "nuts0", "--format", "json", "--catalog", mine
    )
    assert code == 0 and "WORKBENCH_CATALOGS" not in os.environ
    printed = {row["nuts0"]: row["value"] for row in json.loads(out)["frame"]}

    wb.catalog(mine)
    answered = wb.rates("my_accidents", by=["nuts0"]).frame.set_index("nuts0")["value"].to_dict()
    shown = Explorer("my_accidents", level="nuts0").findings["place"].frame.set_index("nuts0")["value"].to_dict()
    assert printed == pytest.approx(answered) and shown == pytest.approx(answered)
    assert openable({}, "esaw_synthetic")["Accidents of mine"] == "my_accidents"


@pytest.mark.parametrize("command", ["datasets", "load my_accidents", "counts my_accidents", "doctor"])
def test_every_command_takes_a_catalogue(command, mine, monkeypatch, capsys):
    code, out, err = run(monkeypatch, capsys, *command.split(), "--catalog", mine.parent)
    assert code == 0 and {"load": "4 rows read", "counts": "590"}.get(command.split()[0], "my_accidents") in out, err
    assert catalogs._OWN == {}


def test_the_environment_names_catalogues_as_a_path_does(mine, tmp_path, monkeypatch):
    folder = tmp_path / "more"
    folder.mkdir()
    other = written(folder, "other.yaml", theirs=entry("hsw_n2_02", "theirs"))
    monkeypatch.setenv("WORKBENCH_CATALOGS", os.pathsep.join([str(mine), str(folder)]))
    assert {"my_accidents", "theirs", "hsw_n2_01"} <= {*wb.catalog()}
    assert wb.catalog(other).names() == wb.catalog().names()  # given twice, it is the same one


def test_one_alone_is_looked_at_without_being_known_elsewhere(mine):
    assert wb.catalog(mine, alone=True).names() == ["my_accidents", "my_people"]
    assert "my_accidents" not in wb.catalog()


def test_a_name_of_the_workbench_s_own_is_refused_with_what_to_do(tmp_path):
    path = written(tmp_path, hsw_n2_01=entry("hsw_n2_01", "hsw_n2_01"))
    with pytest.raises(CatalogError, match=r"mine.yml: hsw_n2_01 is the name of .* such as my_hsw_n2_01, at the three"):
        wb.catalog(path)
    assert wb.catalog()["hsw_n2_01"].builtin  # a refused one is not known from then on


def test_two_of_one_s_own_may_not_share_a_name(mine, tmp_path):
    other = written(tmp_path, "other.yml", my_people=entry("lfsa_eisn2", "my_people"))
    wb.catalog(mine)
    with pytest.raises(CatalogError, match="my_people stands in the catalogue twice, the second time in other.yml"):
        wb.catalog(other)
    assert "my_people" in wb.catalog()


def test_a_hostile_one_is_refused_and_leaves_the_catalogue_as_it_was(mine):
    text = mine.read_text(encoding="utf-8")
    mine.write_text(text.replace("eurostat:read_table", "os:system"), encoding="utf-8")
    with pytest.raises(CatalogError, match="not a reader function of the workbench"):
        wb.catalog(mine)
    assert "my_accidents" not in wb.catalog()


def test_an_edited_entry_is_read_anew(mine):
    wb.catalog(mine)
    assert wb.counts("my_accidents").frame["value"].sum() == 590
    text = mine.read_text(encoding="utf-8").replace("- 1\n", "- 10\n", 1)
    assert "- 10\n" in text
    mine.write_text(text, encoding="utf-8")
    assert wb.counts("my_accidents").frame["value"].sum() == 5_900


def test_a_table_of_a_file_is_not_read_with_an_entry_edited_since(mine, tmp_path):
    wb.catalog(mine)
    wb.load("my_accidents", path=tmp_path / "my_accidents.csv")
    assert wb.counts("my_accidents").frame["value"].sum() == 590
    mine.write_text(mine.read_text(encoding="utf-8").replace("- 1\n", "- 10\n", 1), encoding="utf-8")
    with pytest.raises(ReadError, match="was edited since.*workbench load my_accidents --from FILE"):
        wb.counts("my_accidents")


def test_a_load_counts_the_codes_of_an_entry_unknown_ones_too(tmp_path, monkeypatch):
    (tmp_path / "my_accidents.csv").write_text(ACCIDENTS, encoding="utf-8")
    wb.catalog(written(tmp_path, my_accidents=entry("hsw_n2_01", "my_accidents", exposure=None, breakdown=["sex"])))
    read = catalogs.Catalog.read

    def without_a_sex(*arguments, **options):
        for batch in read(*arguments, **options):
            yield batch.head(2).assign(sex=[None, "T"])
            yield batch.tail(2)

    monkeypatch.setattr(catalogs.Catalog, "read", staticmethod(without_a_sex))
    loaded = wb.load("my_accidents")
    assert loaded.to_dict()["breakdown"] == {"sex": {"T": 3, "UNK": 1}}
    assert "sex: UNK 1, T 3" in str(loaded)
