"""Whether this machine is ready for the workshop: one line for each thing that is needed, and one to put it right."""

import json
import os
import platform
import re
import shutil
import socket
import sys
import tempfile
import time
import webbrowser
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from packaging.requirements import Requirement

from workbench.sources.boundaries import boundaries
from workbench.study.data import read
from workbench.terms.errors import WorkbenchError
from workbench.terms.places import PACKAGE, bundled, home
from workbench.terms.text import _

PYTHON = (3, 11)
MEMORY = 2.0
"""GB; what Binder gives."""
DISK = 0.5
"""GB free; the store of a workshop takes a tenth of it."""
PORTS = {"lab": 8888, "app": 5006}
"""The ports that `workbench lab` and `workbench app` take unless told otherwise."""
BROWSERS = ("firefox", "chromium", "google-chrome", "microsoft-edge")
DATA = ("hsw_n2_01", "uk_fatal_injuries")
"""What the notebooks ask."""
SECONDS, MEGABYTES = 60, 700
"""What a notebook may take."""

AT_ONCE = 2
"""Notebooks that run side by side: two kernels stay within the memory of Binder, and the check within 90 s."""

_MEASURE = """
import json as _json, pathlib as _pathlib, re as _re, sys as _sys
_status = _pathlib.Path("/proc/self/status")
try:
    import resource as _resource
    _peak = _resource.getrusage(_resource.RUSAGE_SELF).ru_maxrss / (1e6 if _sys.platform == "darwin" else 1e3)
except ImportError:  # Windows
    _peak = None
if _status.exists():  # on Linux the other figure begins with the memory of the process that started the kernel
    _peak = int(_re.search(r"VmHWM:\\s+(\\d+)", _status.read_text())[1]) * 1024 / 1e6
print(_json.dumps(_peak))
"""
"""The cell that is run last: the largest memory that the kernel had, in MB."""


@dataclass(frozen=True, kw_only=True)
class Point:
    """One thing that the workshop needs."""

    name: str
    found: str
    fix: str = ""
    """The line that puts it right; "" where nothing has to be done."""

    @property
    def ready(self) -> bool:
        return not self.fix

    def __str__(self) -> str:
        return f"✓ {self.name}: {self.found}" if self.ready else f"✗ {self.name}: {self.found}\n  → {self.fix}"


@dataclass(frozen=True, kw_only=True)
class Run:
    """How one notebook went, its exercises left as they are."""

    name: str
    seconds: float
    megabytes: float | None
    """The largest memory of its kernel; None where the system does not say."""
    fault: str = ""
    unanswered: int = 0
    """Checks that answered with their hint."""
    exercises: int = 0


def examine_machine() -> Iterator[Point]:
    """All points, each when it is found: machine, versions, ports, browser, data, then the six notebooks.

    Yields
    ------
    Point
    """
    for look in (_python, _versions, _memory, _disk, *(_port(name) for name in PORTS), _browser, _data):
        yield look()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from map(of_run, pool.map(run_lesson, lessons()))


def lessons() -> list[Path]:
    """The notebooks of the workshop, in their order."""
    return sorted(bundled("notebooks").joinpath("workshop").glob("[0-9]_*.ipynb"))


def run_lesson(path: Path) -> Run:
    """Execute a notebook as it stands, in a kernel and a home of its own, with what is bundled alone.

    Parameters
    ----------
    path : Path
        Of the notebook, which is left as it is.
    """
    notebook = nbformat.read(path, as_version=4)
    exercises = sum("exercise" in cell.metadata.get("tags", ()) for cell in notebook.cells)
    notebook.cells.append(nbformat.v4.new_code_cell(_MEASURE))

    start = time.monotonic()
    fault = ""
    with tempfile.TemporaryDirectory() as folder:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("WORKBENCH_")}
        paths = [str(PACKAGE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]  # the package that checks
        settings = kept | {"WORKBENCH_SOURCE": "bundled", "WORKBENCH_HOME": str(Path(folder) / "home")}
        settings["PYTHONPATH"] = os.pathsep.join(paths)
        client = NotebookClient(
            notebook,
            timeout=2 * SECONDS,
            allow_errors=True,
            resources={"metadata": {"path": folder}},
            extra_arguments=["--IPKernelApp.log_level=40"],  # as of ipykernel 7 it warns that loopback is not encrypted
        )
        try:
            client.execute(env=settings)
        except (CellTimeoutError, DeadKernelError) as error:
            fault = type(error).__name__
    seconds = time.monotonic() - start

    for cell in notebook.cells:
        stopped = [output for output in cell.get("outputs", ()) if output.output_type == "error"]
        fault = fault or (f"{cell.id}: {stopped[0].ename}: {stopped[0].evalue}" if stopped else "")
    answered = [_result(cell) for cell in notebook.cells[:-1] if "exercise" in cell.metadata.get("tags", ())]
    return Run(
        name=path.stem,
        seconds=seconds,
        megabytes=None if fault else json.loads(notebook.cells[-1].outputs[0].text),
        fault=fault,
        unanswered=sum(text.startswith("✗") for text in answered),
        exercises=exercises,
    )


def of_run(run: Run) -> Point:
    """Whether a notebook went as it has to: every check answers, in time and memory."""
    found = _("{seconds:.0f} s").format(seconds=run.seconds)
    if run.megabytes is not None:
        found = _("{seconds:.0f} s, {megabytes:.0f} MB").format(seconds=run.seconds, megabytes=run.megabytes)
    fix = ""
    if run.fault:
        found, fix = run.fault, _("Take the notebook anew from the installation; then: workbench doctor")
    elif run.unanswered < run.exercises:
        found = _("{n} of {all} checks did not answer").format(n=run.exercises - run.unanswered, all=run.exercises)
        fix = _("Take the notebook anew from the installation: an exercise was filled in, or a check is missing.")
    elif run.seconds > SECONDS:
        fix = _("Close other programs: a lesson should take less than {limit} s.").format(limit=SECONDS)
    elif (run.megabytes or 0) > MEGABYTES:
        fix = _("Shut down other kernels: a lesson should take less than {limit} MB.").format(limit=MEGABYTES)
    return Point(name=run.name, found=found, fix=fix)


def _result(cell: nbformat.NotebookNode) -> str:
    """What an exercise shows: the verdict of its check."""
    shown = [output.data.get("text/plain", "") for output in cell.outputs if output.output_type == "execute_result"]
    return shown[-1] if shown else ""


def _python() -> Point:
    fix = "" if sys.version_info >= PYTHON else _("Install Python {least} or newer.").format(least="3.11")
    return Point(name="Python", found=f"{platform.python_version()}, {platform.system()}", fix=fix)


def _versions() -> Point:
    name, install = _("versions"), "python -m pip install -e . -c constraints.txt"
    try:
        lines = [Requirement(line) for line in requires("osh-workbench") or ()]
    except PackageNotFoundError:
        return Point(name=name, found=_("osh-workbench is not installed"), fix=install)

    wanted = [line for line in lines if line.marker is None or line.marker.evaluate({"extra": ""})]
    faults = []
    for line in wanted:
        try:
            installed = version(line.name)
        except PackageNotFoundError:
            installed = ""
        if not installed or installed not in line.specifier:
            fault = _("{library}: {installed}, needed {wanted}")
            faults.append(fault.format(library=line.name, installed=installed or _("missing"), wanted=line.specifier))
    if faults:
        return Point(name=name, found="; ".join(faults), fix=install)
    return Point(name=name, found=_("all {n} libraries").format(n=len(wanted)))


def _memory() -> Point:
    gigabytes = memory()
    found = _("not known on {system}").format(system=platform.system()) if gigabytes is None else f"{gigabytes:.1f} GB"
    short = gigabytes is not None and gigabytes < MEMORY
    fix = _("Close other programs, or work on Binder: {least} GB are needed.").format(least=MEMORY) if short else ""
    return Point(name=_("memory"), found=found, fix=fix)


def memory() -> float | None:
    """What this process may take, in GB: the machine's memory, or less where a container has a limit; None unknown."""
    try:
        whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError):  # Windows
        return None
    for file in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        text = Path(file).read_text(encoding="ascii").strip() if Path(file).exists() else ""
        whole = min(whole, int(text)) if re.fullmatch(r"\d+", text) else whole
    return whole / 1e9


def _disk() -> Point:
    try:
        home().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home()):
            free = shutil.disk_usage(home()).free / 1e9
    except OSError as error:
        fix = _("Set WORKBENCH_HOME to a folder in which you may write.")
        return Point(name=_("disk"), found=f"{home()}: {error.strerror}", fix=fix)
    fix = _("Make room, or set WORKBENCH_HOME to another disk: {least} GB are needed.").format(least=DISK)
    found = _("{free:.1f} GB free at {folder}").format(free=free, folder=home())
    return Point(name=_("disk"), found=found, fix=fix if free < DISK else "")


def _port(command: str) -> Callable[[], Point]:
    """Whether the port of a command is free, as a function to be called when it is its turn."""

    def look() -> Point:
        port = PORTS[command]
        name = _("port {port}").format(port=port)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return Point(name=name, found=_("free"))
        return Point(name=name, found=_("in use"), fix=f"workbench {command} --port {free_port()}")

    return look


def free_port() -> int:
    """A port of this machine that nothing uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _browser() -> Point:
    if os.environ.get("JUPYTERHUB_USER") or os.environ.get("BINDER_LAUNCH_HOST"):
        return Point(name=_("browser"), found=_("the one in which you read this"))
    try:
        return Point(name=_("browser"), found=webbrowser.get().name)
    except webbrowser.Error:  # as on a machine without a screen, whatever is installed
        installed = next(filter(shutil.which, BROWSERS), "")
    if installed:
        fix = _("{browser} is installed, but there is no screen: open what workbench lab prints on another machine.")
        return Point(name=_("browser"), found=_("no screen"), fix=fix.format(browser=installed))
    fix = _("Install Firefox, Chrome or Edge, or open the address that workbench lab prints on another machine.")
    return Point(name=_("browser"), found=_("none found"), fix=fix)


def _data() -> Point:
    name = _("data without a network")
    try:
        rows = sum(len(read(source, source="bundled")) for source in DATA)
        regions = len(boundaries(level=1, source="bundled"))
    except (WorkbenchError, OSError) as error:
        return Point(name=name, found=str(error), fix="python -m pip install --force-reinstall --no-deps .")
    return Point(name=name, found=_("{rows:,} figures, {regions} regions").format(rows=rows, regions=regions))
