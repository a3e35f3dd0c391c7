"""The four lists of dependencies agree: pyproject.toml, constraints.txt, environment.yml and binder/environment.yml."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PYTHONS = ("3.11", "3.12", "3.13")
BINDER_PYTHON = "3.12"
CONDA_NAMES = {"ibis-framework": "ibis-duckdb", "jupyter-client": "jupyter_client"}
"""Names that differ on conda-forge."""


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def dependencies() -> dict[str, Requirement]:
    """What the package needs, by name."""
    return {r.name: r for r in map(Requirement, project()["dependencies"])}


def dependencies_with_extras() -> list[Requirement]:
    extras = project()["optional-dependencies"].values()
    return [*dependencies().values(), *(Requirement(text) for texts in extras for text in texts)]


def constraint_lines() -> list[str]:
    return (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()


def constrained(python: str) -> dict[str, str]:
    """The exact version of each package on Linux with a version of Python, by canonical name."""
    machine = default_environment() | {
        "sys_platform": "linux",
        "platform_system": "Linux",
        "os_name": "posix",
        "python_version": python,
        "python_full_version": f"{python}.9",
    }
    lines = [r for r in map(Requirement, constraint_lines()) if r.marker is None or r.marker.evaluate(machine)]
    return {canonicalize_name(r.name): str(r.specifier).removeprefix("==") for r in lines}


def environment(path: str) -> tuple[dict[str, str], dict[str, str]]:
    """What an environment.yml pins of conda-forge and, apart, of pip: versions by name."""
    listed = yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))["dependencies"]
    of_conda = dict(text.split("=", 1) for text in listed if isinstance(text, str) and text != "pip")
    of_pip = dict(text.split("==") for group in listed if isinstance(group, dict) for text in group["pip"])
    return of_conda, of_pip


def test_constraints_hold_exact_versions_and_no_address():
    for line in constraint_lines():
        assert re.fullmatch(r"[a-z0-9.-]+==[a-z0-9.]+( ; [^:/@]+)?", line), line


@pytest.mark.parametrize("python", PYTHONS)
def test_constraints_hold_each_dependency_within_its_bounds(python):
    versions = constrained(python)
    for requirement in dependencies_with_extras():
        assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)]), requirement


def test_a_dependency_has_one_version_whatever_the_python():
    assert constrained("3.11").items() >= constrained("3.12").items() == constrained("3.13").items()


def test_each_dependency_has_a_lower_bound_that_can_be_tried():
    for requirement in dependencies_with_extras():
        assert any(bound.operator == ">=" for bound in requirement.specifier), requirement


def test_both_environments_are_the_same_file():
    assert (ROOT / "environment.yml").read_bytes() == (ROOT / "binder" / "environment.yml").read_bytes()


def test_the_environment_pins_the_minor_versions_that_were_tested():
    of_conda, of_pip = environment("environment.yml")
    versions = constrained(BINDER_PYTHON)

    assert of_conda.pop("python") == BINDER_PYTHON
    assert of_conda.keys() | of_pip.keys() == {CONDA_NAMES.get(name, name) for name in dependencies()}
    for name in dependencies():
        tested = versions[canonicalize_name(name)]
        if name in of_pip:
            assert of_pip[name] == tested
        else:
            assert of_conda[CONDA_NAMES.get(name, name)] == ".".join(tested.split(".")[:2])


def repo2docker(*options: str, cwd: Path) -> str:
    """What repo2docker prints about this repository. `--no-build` needs no container engine."""
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", "--user-id=1000", "--user-name=jovyan"]
    ran = subprocess.run([*command, *options, str(ROOT)], capture_output=True, text=True, timeout=120, cwd=cwd)
    assert ran.returncode == 0, ran.stderr[-2000:]
    return ran.stdout + ran.stderr


def test_repo2docker_takes_the_repository_with_our_python(tmp_path):
    """It reads `python=3.12`, but not `python>=3.11`, for which it would start from a Python of its own choice."""
    dockerfile = repo2docker(cwd=tmp_path)
    for path in ("binder/environment.yml", "binder/postBuild", "binder/start"):
        assert path in dockerfile
    assert f"python={BINDER_PYTHON}" in dockerfile


@pytest.mark.parametrize("name", ["postBuild", "start"])
def test_binder_scripts_can_be_executed(name):
    path = ROOT / "binder" / name
    assert path.stat().st_mode & 0o111
    assert subprocess.run(["bash", "-n", str(path)]).returncode == 0
