import subprocess
import sys

import pytest

import workbench as wb


@pytest.mark.parametrize("name", wb.__all__)
def test_every_public_name_is_there_and_documented(name):
    assert callable(getattr(wb, name))
    assert getattr(wb, name).__doc__


def test_a_name_that_is_not_there_names_those_that_are():
    with pytest.raises(AttributeError, match="it has .*rates"):
        wb.ratez  # noqa: B018


@pytest.mark.parametrize(
    "first", ["import workbench.cubes.cube", "from workbench.cubes import build", "wb.counts", "pass"]
)
def test_cube_is_the_function_whatever_was_imported_before(first):
    code = f"import workbench as wb\n{first}\nassert wb.cube.__name__ == 'cube' and callable(wb.cube)\nfrom workbench import cube\nassert callable(cube)"
    subprocess.run([sys.executable, "-c", code], check=True)
