import inspect
import re
import subprocess
import sys

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
