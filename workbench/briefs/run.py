"""Runs a notebook for a brief: cell by cell in a kernel, its texts filled in where they stand."""

import ast
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from workbench.briefs import prose
from workbench.briefs.paragraphs import in_language
from workbench.terms import errors
from workbench.terms.errors import Refused, WorkbenchError, shown
from workbench.terms.places import PACKAGE
from workbench.terms.text import _, language_code, translated

KIND = "application/vnd.workbench.brief+json"
"""As `inside.KIND`, which is not imported: that module is the kernel's, with all that charts need."""
OPTIONAL = "optional"
"""Tag of a cell whose question these data may refuse: the brief then says why, and leaves out what rests on it."""
OTHERWISE = "otherwise"
"""Tag of a cell that runs only where the optional question before it was refused, to ask another source."""
LONGEST = 600
"""Seconds that one cell may take."""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One thing of a page, in the order of the notebook.

    Attributes
    ----------
    kind : "text", "finding", "refused", "output"
    cell : the number of the notebook's cell, from 1
    tags : of that cell
    source : of a text, its Markdown with expressions
    language : of a text, where it is not that of the page
    names : of a text, what its expressions ask for: `{"finding": id}` or `{"plain": value}`
    finding : of a finding, its id
    content : of an output or a refusal, what it says: kind of output and text
    """

    kind: str
    cell: int
    tags: tuple[str, ...] = ()
    source: str = ""
    names: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    finding: str = ""
    language: str = ""
    content: tuple[str, str] = ("", "")


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a notebook showed: pieces, records as plain values, charts by finding, the executed copy."""

    pieces: tuple[Piece, ...]
    records: Mapping[str, dict]
    charts: Mapping[str, Mapping[str, object]]
    notebook: NotebookNode
    warnings: tuple[str, ...]


class CellFailed(WorkbenchError):
    """A cell of a notebook that stopped: which notebook, which cell, its source, and what it said."""

    data_at_fault = True


@contextmanager
def kernel(folder: Path) -> Iterator[NotebookClient]:
    """A kernel that runs any number of notebooks, one after another, each in names of its own.

    Parameters
    ----------
    folder : Path
        Where it runs.

    Yields
    ------
    NotebookClient
    """
    with tempfile.TemporaryDirectory() as sockets:
        # sockets of the file system where there are any: over TCP others on the machine could listen to the figures
        way = {"transport": "ipc", "ip": f"{sockets}/kernel"} if os.name == "posix" else {}
        client = NotebookClient(
            nbformat.v4.new_notebook(),
            km=AsyncKernelManager(kernel_name="python3", **way),
            timeout=LONGEST,
            resources={"metadata": {"path": str(folder)}},
            allow_errors=True,
            shutdown_kernel="immediate",
        )
        # the same workbench as here, wherever the kernel runs
        paths = [str(PACKAGE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
        # the manager is ours, but ends with the block; what the kernel logs is no output of cells
        with client.setup_kernel(cleanup_kc=True, env=environment, stderr=subprocess.DEVNULL):
            yield client


def run(client: NotebookClient, notebook: NotebookNode, *, name: str) -> Run:
    """Run a notebook.

    Parameters
    ----------
    client : NotebookClient
        From `kernel`.
    notebook : NotebookNode
        With its parameters in it.
    name : str
        What it is called in messages.

    Returns
    -------
    Run

    Raises
    ------
    CellFailed
        For a cell that stops; one tagged `optional` may be refused by the data.
    """
    return _Runner(client, notebook, name).run()


def permitted(client: NotebookClient, names: Sequence[str], page: str) -> list[int]:
    """Ask whether the findings of the notebook that was run last may leave, and write down that they do.

    Parameters
    ----------
    client : NotebookClient
        From `kernel`.
    names : sequence of str
        Ids of the findings.
    page : str
        All that would leave, as text.

    Returns
    -------
    list of int
        Their lines in the release record; empty where no figure is about persons.

    Raises
    ------
    Refused
        Where a withheld figure could be computed from what leaves and what left before, or stands in it.
    """
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt") as file:  # too long for a line of a kernel
        file.write(page)
        file.flush()
        outputs = _within(client, f"_brief.permit({list(names)!r}, {file.name!r})")
    return next(output.data[KIND]["released"] for output in outputs if KIND in output.get("data", {}))


def _within(client: NotebookClient, source: str) -> list[NotebookNode]:
    """Outputs of a line of the brief's own; it is no cell of the notebook."""
    cell = nbformat.v4.new_code_cell(source)
    client.nb = nbformat.v4.new_notebook(cells=[cell])
    client.execute_cell(cell, 0, store_history=False)
    for output in cell.outputs:
        if output.output_type == "error":
            kind = Refused if output.ename in _refusals() else CellFailed
            raise kind(shown(output.evalue, 900))
    return cell.outputs


class _Runner:
    """One notebook on its way through a kernel."""

    def __init__(self, client: NotebookClient, notebook: NotebookNode, name: str):
        self._client, self._name = client, name
        self._notebook = nbformat.from_dict(notebook)
        self._pieces: list[Piece] = []
        self._records: dict[str, dict] = {}
        self._charts: dict[str, dict] = {}
        self._given: set[str] = set()
        self._absent: set[str] = set()
        self._refused = False
        self._warnings: list[str] = []

    def run(self) -> Run:
        _within(self._client, "get_ipython().run_line_magic('reset', '-f')")
        _within(self._client, f"from workbench.briefs import inside as _brief\n_brief.begin({language_code()!r})")
        for place, cell in enumerate(self._notebook.cells):
            tags = tuple(cell.metadata.get("tags", ()))
            if cell.cell_type == "markdown":
                self._text(place, cell, tags)
            elif cell.cell_type == "code" and cell.source.strip():
                self._code(place, cell, tags)
        pieces = [self._completed(piece) if piece.kind == "text" else piece for piece in self._pieces]
        return Run(
            pieces=tuple(piece for piece in pieces if piece),
            records=self._records,
            charts=self._charts,
            notebook=self._notebook,
            warnings=tuple(dict.fromkeys(self._warnings)),
        )

    def _text(self, place: int, cell: NotebookNode, tags: Sequence[str]) -> None:
        """A text, with what its expressions ask for as it is now; what there is not yet is looked up at the end."""
        text = in_language(cell.source, self._notebook.metadata.get("brief", {}).get("language", "en"))
        names = self._look_up(prose.read(text.source))
        self._pieces.append(
            Piece(kind="text", cell=place + 1, tags=tags, source=text.source, language=text.language, names=names)
        )

    def _completed(self, piece: Piece) -> Piece | None:
        """A piece with all that its text asks for; None where that rests on what the data refused."""
        wanted = prose.read(piece.source)
        if wanted & self._absent:
            return None
        later = self._look_up(wanted - set(piece.names))
        return replace(piece, names={**piece.names, **later})

    def _look_up(self, wanted: Set[str]) -> dict[str, dict]:
        """What names stand for in the kernel; those there are not are left out."""
        names = {}
        for output in _within(self._client, f"_brief.look_up({sorted(wanted)!r})") if wanted else ():
            found = output.get("data", {}).get(KIND, {})
            names |= {name: _in_words(value) for name, value in found.get("names", {}).items()}
            self._records |= found.get("records", {})
        return names

    def _code(self, place: int, cell: NotebookNode, tags: Sequence[str]) -> None:
        """A cell of code: its findings and other outputs; none of a cell for the case that did not happen."""
        assigned = _assigned(cell.source)
        if OTHERWISE in tags and not self._refused:
            self._absent |= assigned - self._given
            return
        self._refused = False
        self._execute(cell, place)
        for output in cell.outputs:
            if output.output_type == "error":
                self._stopped(place, cell, output, tags)
            elif output.output_type == "stream" and output.name == "stderr":
                self._warnings.append(_("cell {n}: {text}").format(n=place + 1, text=output.text.strip()))
            else:
                self._keep(place, output, tags)
        if not self._refused:
            self._given |= assigned
            self._absent -= assigned

    def _keep(self, place: int, output: NotebookNode, tags: Sequence[str]) -> None:
        """What an output shows on a page."""
        data = output.get("data", {})
        found = data.get(KIND)
        if found and "show" in found:
            self._records |= found["records"]
            self._charts[found["show"]] = {"item": found["chart"], "svg": found["svg"]}
            self._pieces.append(Piece(kind="finding", cell=place + 1, tags=tuple(tags), finding=found["show"]))
            return
        kinds = ("image/png", "text/html", "text/markdown", "text/plain")
        kind = next((kind for kind in kinds if kind in data), "")
        content = (kind, data[kind]) if kind else ("text/plain", output.get("text", ""))
        if str(content[1]).strip():
            self._pieces.append(Piece(kind="output", cell=place + 1, tags=tuple(tags), content=content))

    def _stopped(self, place: int, cell: NotebookNode, output: NotebookNode, tags: Sequence[str]) -> None:
        """A cell that stopped: refused by the data where it may be, else a fault of the notebook."""
        if OPTIONAL in tags and output.ename in _refusals():
            self._refused = True
            self._absent |= _assigned(cell.source)
            content = ("text/plain", output.evalue)
            self._pieces.append(Piece(kind="refused", cell=place + 1, tags=tuple(tags), content=content))
            return
        message = _("{notebook}, cell {n} stopped: {error}: {why}\nThe cell is:\n{source}")
        raise CellFailed(
            message.format(
                notebook=self._name, n=place + 1, error=output.ename, why=shown(output.evalue, 600), source=cell.source
            )
        )

    def _execute(self, cell: NotebookNode, place: int) -> None:
        self._client.nb = nbformat.v4.new_notebook(cells=[cell])
        try:
            self._client.execute_cell(cell, 0, store_history=False)
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            message = _("{notebook}, cell {n} did not end: {why}\nThe cell is:\n{source}")
            why = shown(error, 300)
            raise CellFailed(message.format(notebook=self._name, n=place + 1, why=why, source=cell.source)) from error


def _in_words(value: Mapping[str, object]) -> Mapping[str, object]:
    """What a name stands for; a word that the notebook's code has, such as "all sectors", in the reader's language."""
    plain = value.get("plain")
    return {"plain": str(translated(plain))} if isinstance(plain, str) else value


def _refusals() -> set[str]:
    """Names of the errors by which the workbench refuses a question."""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, WorkbenchError)]
    return {kind.__name__ for kind in kinds}


def _assigned(source: str) -> set[str]:
    """The names that a cell gives values; none of one with lines of IPython's own, such as `%time`."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return set()
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
