"""What all tests share: the publishers' mirror, a home of their own, and no way past the checks that CI requires."""

import os
from pathlib import Path

import pytest

REQUIRE_ALL = os.environ.get("WORKBENCH_REQUIRE_ALL") == "1"


def skip_unless_required(reason: str) -> None:
    """Skip with a reason; where everything is required (CI), a check that cannot run has failed."""
    if REQUIRE_ALL:
        pytest.fail(f"required, but {reason}")
    pytest.skip(reason)


@pytest.fixture
def mirror(monkeypatch) -> Path:
    """The folder of the publishers' original files."""
    folder = os.environ.get("WORKBENCH_MIRROR")
    if not folder or not Path(folder).is_dir():
        skip_unless_required("WORKBENCH_MIRROR names no folder of publishers' files")
    monkeypatch.setenv("WORKBENCH_MIRROR", str(Path(folder).resolve()))
    return Path(folder).resolve()


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory, monkeypatch) -> Path:
    """Every test keeps its state in a folder of its own."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("WORKBENCH_HOME", str(folder))
    monkeypatch.delenv("WORKBENCH_SOURCE", raising=False)
    return folder
