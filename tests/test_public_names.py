import contextlib
import inspect
import re
import subprocess
import sys
import warnings

import pandas as pd
import pytest

import workbench as wb


@pytest.mark.parametrize("name", wb.__all__)
def test_every_public_name_is_there_and_documented(name):
    assert callable(getattr(wb, name))
    assert getattr(wb, name).__doc__


ASKED = [name for name in wb.__all__ if inspect.isfunction(getattr(wb, name))]


def sections(function) -> dict[str, str]:
    """The sections of a docstring in numpydoc's form, by their titles."""
    parts = re.split(r"^(\w+)\n-{3,}$", inspect.getdoc(function), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("name", ASKED)
def test_every_parameter_of_a_public_function_is_described(name):
    function = getattr(wb, name)
    described = sections(function).get("Parameters", "")
    names = re.findall(r"^([\w*, ]+?)(?: :.*)?$", described, flags=re.M)
    told = {part.strip(" *") for line in names for part in line.split(",")}
    assert [given for given in inspect.signature(function).parameters if given not in told] == []


@pytest.mark.parametrize("name", ASKED)
def test_a_public_function_says_what_it_gives(name):
    assert "Returns" in sections(getattr(wb, name)) or inspect.signature(getattr(wb, name)).return_annotation is None


WRONG = (5, 1.5, None, True, b"x", "zzz", [], {}, {"a": 1}, ("a",), object())
PANEL = {
    "counts": pd.DataFrame({2020: [9.0, 8, 7, 6], 2021: [9.0, 8, 7, 6]}, index=list("abcd")),
    "exposure": pd.DataFrame(1_000.0, index=list("abcd"), columns=[2020, 2021]),
    "start": pd.Series({"a": 2021, "b": 2021}),
}
NEEDED = {
    "anonymity": {"name": "nothing", "keys": ["sex"]},
    "brief": {"notebook": "nothing"},
    "brief_diff": {"old": "nothing", "new": "nothing"},
    "check": {"path": "nowhere.txt"},
    "check_brief": {"path": "nothing"},
    "compare_plans": {"first": "nothing", "second": "nothing"},
    "cube": {"what": "esaw_synthetic"},
    "decompose": {"selection": wb.Selection(sexes={"M"}), "reference": wb.Selection(sexes={"F"})},
    "detectable_effect": PANEL | {"effect": 0.1, "runs": 2},
    "describe_table": {"data": pd.DataFrame({"nuts2": ["ITF6"]})},
    "explain": {"what": "nothing"},
    "explain_record": {"record": "x" * 81},
    "explorer": {"dataset": "nothing"},
    "forget": {"name": "nothing"},
    "interrupted": {"at": 2020},
    "load": {"name": "nothing"},
    "read": {"name": "nothing"},
    "recording": {"purpose": "training"},
    "recode": {"table": pd.Series(["ITF6"]), "to": "2021"},
    "programme": {"days": 1_000},
    "programme_effect": PANEL,
    "questions": {"source": "esener_2019"},
    "regression": {"terms": "sex"},
    "register_and_survey": {"register": "nothing", "survey": "nothing"},
    "reported_share": {"register": "nothing", "survey": "nothing"},
    "small_areas": {"question": "nothing", "answer": "1"},
    "survey": {"question": "nothing"},
    "survey_regression": {"question": "nothing", "terms": "sex"},
    "survey_table": {"path": "nothing"},
    "synthesise": {"rows": 1, "seed": 1, "out": "nowhere"},
    "what_if": {"days": 1_000},
    "table": {"data": pd.DataFrame({"nuts2": ["ITF6"]})},
}


@pytest.fixture(scope="module")
def small_cube():
    rows = [(f"ITF{n}", sex, year, 3 + n + year % 5) for n in (1, 3, 5) for sex in "MF" for year in range(2014, 2024)]
    frame = pd.DataFrame(rows, columns=["nuts2", "sex", "year", "accidents"]).assign(employed=1000)
    return wb.table(frame).cube


@pytest.mark.parametrize("name", ASKED)
def test_what_is_of_another_kind_is_refused_in_words(name, small_cube, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a text is a place where records can be written
    function = getattr(wb, name)
    parameters = inspect.signature(function).parameters
    needed = NEEDED.get(name, {}) | ({"source": small_cube} if next(iter(parameters), "") == "source" else {})
    tried = [(p.name, value) for p in parameters.values() if p.kind is not p.VAR_KEYWORD for value in WRONG]
    for parameter, value in tried:
        with warnings.catch_warnings(), contextlib.suppress(wb.WorkbenchError):
            warnings.simplefilter("ignore")
            function(**{**needed, parameter: value})


def test_a_number_for_a_file_and_a_text_for_a_selection_are_named(small_cube):
    with pytest.raises(wb.WorkbenchError, match="path is the place of a file, as text or as a Path, not 5"):
        wb.check(5)
    with pytest.raises(wb.WorkbenchError, match="selection is a wb.Selection, such as .*, not 'F'"):
        wb.counts(small_cube, "F")
    with pytest.raises(wb.WorkbenchError, match="standard is a list of names of dimensions, or a Series .*, not 5"):
        wb.rates(small_cube, standard=5)


def test_a_name_that_is_not_there_names_those_that_are():
    with pytest.raises(AttributeError, match="it has .*rates"):
        wb.ratez  # noqa: B018


@pytest.mark.parametrize(
    "first", ["import workbench.cubes.cube", "from workbench.cubes import build", "wb.counts", "pass"]
)
def test_cube_is_the_function_whatever_was_imported_before(first):
    code = (
        f"import workbench as wb\n{first}\nassert wb.cube.__name__ == 'cube' and callable(wb.cube)\n"
        "from workbench import cube\nassert callable(cube)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
