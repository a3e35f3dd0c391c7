import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
CONDA = {"ibis-framework": "ibis-duckdb"}
"""Names that differ on conda-forge."""


def of_pyproject() -> dict[str, str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found = [Requirement(text) for text in project["dependencies"]]
    return {CONDA.get(r.name, r.name): str(r.specifier) for r in found} | {"python": project["requires-python"]}


def of_environment(path: Path) -> dict[str, str]:
    listed = yaml.safe_load(path.read_text(encoding="utf-8"))["dependencies"]
    texts = [t for t in listed if isinstance(t, str)] + [t for d in listed if isinstance(d, dict) for t in d["pip"]]
    return {r.name: str(r.specifier) for r in map(Requirement, texts) if r.name != "pip"}


def test_the_three_lists_of_dependencies_name_the_same():
    assert (
        of_environment(ROOT / "environment.yml")
        == of_environment(ROOT / "binder" / "environment.yml")
        == of_pyproject()
    )


def test_repo2docker_takes_the_repository(tmp_path):
    """`--no-build` needs no container engine: it writes the Dockerfile it would build."""
    said = subprocess.run(
        [
            sys.executable,
            "-m",
            "repo2docker",
            "--no-build",
            "--debug",
            "--user-id=1000",
            "--user-name=jovyan",
            str(ROOT),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=tmp_path,
    )
    assert said.returncode == 0, said.stderr[-2000:]
    told = said.stdout + said.stderr
    assert "binder/environment.yml" in told
    assert "binder/postBuild" in told
    assert "binder/start" in told


@pytest.mark.parametrize("name", ["postBuild", "start"])
def test_binder_scripts_can_be_executed(name):
    path = ROOT / "binder" / name
    assert path.stat().st_mode & 0o111
    assert subprocess.run(["bash", "-n", str(path)]).returncode == 0
