"""A brief: a notebook and parameters in, a page (or PDF, or notebook) out that says only what its findings bear out."""

import itertools
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import nbformat

from workbench import __version__
from workbench.briefs import trust as trusting
from workbench.briefs.apparatus import versioned
from workbench.briefs.check import changes, check_page, faults, rates_at_fault
from workbench.briefs.content import Content, hash_of, read_page
from workbench.briefs.copy import executed_copy
from workbench.briefs.page import page
from workbench.briefs.parameters import chosen, defaults, injected
from workbench.briefs.pdf import paper
from workbench.briefs.record import Record
from workbench.briefs.run import Run, kernel, permitted, run
from workbench.study.data import cube
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.dimensions import dimension as known_dimension
from workbench.terms.errors import ReadError, Refused, UnknownName, WorkbenchError, shown
from workbench.terms.places import bundled, replacing
from workbench.terms.text import _, language_code, n_

FORMS = {"html": ".html", "pdf": ".pdf", "ipynb": ".ipynb"}
TEMPLATES = bundled("notebooks") / "briefs"
LIBRARIES = ("pandas", "numpy", "scipy", "statsmodels", "polars", "duckdb", "bokeh", "nbclient")
"""Besides Python and the workbench, what the figures and charts are made with."""


@dataclass(frozen=True, kw_only=True)
class Brief:
    """What became of a notebook.

    Attributes
    ----------
    title : of the brief
    path : the file that was written; None where it was only checked
    kind : "html", "ipynb", "PDF/UA-1", or "tagged" for a PDF by a browser
    faults : why it cannot be published, a sentence each; empty where it can
    changes : what differs from the file that was there
    warnings : what cells wrote to standard error
    content : all that it says; None of one of many that could not be made
    """

    title: str
    path: Path | None
    kind: str
    faults: tuple[str, ...]
    changes: tuple[str, ...]
    warnings: tuple[str, ...]
    content: Content | None = field(repr=False)

    def __str__(self) -> str:
        lines = [*self.faults, *self.changes]
        if self.path:
            lines.append(
                _("{title}: written to {path} ({kind}).").format(title=self.title, path=self.path, kind=self.kind)
            )
        elif not self.faults:
            lines.append(_("{title}: each claim holds, and each figure is bound.").format(title=self.title))
        return "\n".join(lines)


def brief(
    notebook: str | Path,
    parameters: Mapping[str, object] | None = None,
    *,
    to: str = "html",
    out: str | Path | None = None,
    each: Mapping[str, str] | None = None,
    check: bool = False,
    trust: bool = False,
) -> Brief | list[Brief]:
    """A notebook as a brief: run with parameters, its code hidden, every figure bound to what it was computed from.

    Parameters
    ----------
    notebook : str or Path
        A notebook file, or the name of one that comes with the workbench: country, region, sector,
        groups_at_risk, trend, common_view, inspection_focus.
    parameters : Mapping, optional
        Values of its parameters, in place of those in the cell tagged `parameters`.
    to : str
        "html", one file that asks no address; "pdf", tagged for reading aloud; "ipynb", the executed copy.
    out : str or Path, optional
        The file, or with `each` the folder; a name made of notebook and parameters unless given.
    each : Mapping, optional
        A brief for each code: parameter to dimension, such as `{"region": "nuts0"}`; the codes are those of the entry
        that the parameter `source` names.
    check : bool
        Write nothing: say which claims do not hold, which figures are bound to nothing, and what changed since the
        file that is there.
    trust : bool
        Run a notebook that does more than ask the workbench. Its cells may then do all that you may do.

    Returns
    -------
    Brief, or a list of them with `each`

    Raises
    ------
    UnknownName
        For a notebook, a parameter or a form that there is not.
    Refused
        For a claim that does not hold or a figure that is bound to nothing; for a notebook that reaches beyond the
        workbench, unless `trust`; for parameters that select nothing.
    CellFailed
        For a cell that stops: which notebook, which cell, its source.
    NotAvailable
        For a PDF where what prints it is not installed.
    """
    if to not in FORMS:
        hint = _("There are: {names}.").format(names=", ".join(FORMS))
        raise UnknownName(_("form of a brief"), to, FORMS, hint=hint)
    template = Template.read(_found(notebook), trust=trust)
    values = chosen(template.defaults, parameters or {})
    target = Target(to=to, out=Path(out) if out else None, many=bool(each), check=check)
    with kernel(Path.cwd()) as client:
        if not each:
            return publish(client, template, values, target)
        return [_tried(client, template, combined, target) for combined in _combined(values, each)]


def check_brief(path: str | Path) -> list[str]:
    """Whether a published page says what the findings inside it say, to the last digit.

    Parameters
    ----------
    path : str or Path
        An HTML file that `brief` wrote.

    Returns
    -------
    list of str
        What differs; empty where nothing does.
    """
    return check_page(path)


def brief_diff(old: str | Path, new: str | Path) -> list[str]:
    """What one published page says otherwise than another, from the two files alone.

    Parameters
    ----------
    old, new : str or Path
        HTML files that `brief` wrote.

    Returns
    -------
    list of str
        Figures first, then sentences; empty where nothing changed.

    Raises
    ------
    ReadError
        For a file that is no brief.
    """
    return changes(read_page(old), read_page(new))


@dataclass(frozen=True, kw_only=True)
class Target:
    """What is to be made, and where."""

    to: str
    out: Path | None
    many: bool
    check: bool

    def path(self, template: "Template", values: Mapping[str, object]) -> Path:
        if self.out and not self.many:
            return self.out
        words = [template.path.stem, *(str(v) for name, v in values.items() if template.defaults[name] != v)]
        name = "_".join("".join(c if c.isalnum() or c == "-" else "-" for c in word) for word in words)
        return (self.out or Path()) / f"{name}{FORMS[self.to]}"


@dataclass(frozen=True, kw_only=True)
class Template:
    """A notebook that was read, and its parameters."""

    path: Path
    notebook: nbformat.NotebookNode
    defaults: dict[str, object]

    @classmethod
    def read(cls, path: Path, *, trust: bool) -> "Template":
        try:
            notebook = nbformat.read(path, as_version=4)
        except Exception as error:  # whatever a broken file makes of nbformat and its parsers
            raise ReadError(_("{path} is no notebook: {why}").format(path=path, why=shown(error, 120))) from error
        if not trust:
            trusting.check(notebook)
        return cls(path=path, notebook=notebook, defaults=defaults(notebook))

    @property
    def about(self) -> dict:
        own = self.notebook.metadata.get("brief", {})
        language = language_code() if language_code() != "en" else own.get("language", "en")
        return {**own, "language": language, "versioned": versioned(self.path)}


def _found(notebook: str | Path) -> Path:
    """The file of a notebook: as it is given, or one that comes with the workbench."""
    path = Path(notebook)
    if path.is_file():
        return path
    known = sorted(file.stem for file in TEMPLATES.glob("*.ipynb"))
    if str(notebook).removesuffix(".ipynb") in known or path.stem in known and path.parent.name == "briefs":
        return TEMPLATES / f"{path.stem}.ipynb"
    hint = _("Give a file, or one of these: {names}.").format(names=", ".join(known))
    raise UnknownName(_("notebook"), str(notebook), known, hint=hint)


def _tried(client, template: Template, values: Mapping[str, object], target: Target) -> Brief:
    """One of many briefs: where it cannot be made, why, and the others go on."""
    try:
        return publish(client, template, values, target)
    except WorkbenchError as error:
        path = target.path(template, values)
        message = _("{name}: not written. {why}").format(name=path.stem, why=error)
        return Brief(title=path.stem, path=None, kind="", faults=(message,), changes=(), warnings=(), content=None)


def publish(client, template: Template, values: Mapping[str, object], target: Target) -> Brief:
    """One brief: run, checked, compared with the file that is there, written."""
    ran = run(client, injected(template.notebook, values), name=template.path.name)
    content = _content(ran, template, values)
    if not content.shown:
        message = _("{notebook} with {parameters} finds nothing: no question has an answer here.")
        words = ", ".join(f"{name}={value}" for name, value in values.items()) or _("no parameters")
        raise Refused(message.format(notebook=template.path.name, parameters=words))
    path = target.path(template, values)
    found = [*map(str, faults(content)), *rates_at_fault(content)]
    changed = changes(read_page(path), content) if path.suffix == ".html" and path.is_file() else []
    if found and not target.check:
        count = n_("{n} fault", "{n} faults", len(found)).format(n=len(found))
        message = _("Not published, {count}:\n{faults}")
        raise Refused(message.format(count=count, faults="\n".join(found)))
    kind = ""
    if not target.check:
        lines = permitted(client, [record.id for record in content.shown], _all_that_leaves(ran, content, target.to))
        if lines:
            content = replace(content, about={**content.about, "release_record": _recorded(lines)})
        kind = _write(ran, content, path, target.to)
    return Brief(
        title=content.title,
        path=None if target.check else path,
        kind=kind,
        faults=tuple(found),
        changes=tuple(changed),
        warnings=ran.warnings,
        content=content,
    )


def _all_that_leaves(ran: Run, content: Content, to: str) -> str:
    """The text of a brief before it may be written: of a PDF that of its page."""
    return executed_copy(ran, content) if to == "ipynb" else page(content, ran.charts)


def _recorded(lines: Sequence[int]) -> str:
    """Where the release of the figures is written down."""
    numbers = ", ".join(map(str, lines))
    return n_(
        "Line {numbers} of this machine's release record, audited with all that left before.",
        "Lines {numbers} of this machine's release record, audited with all that left before.",
        len(lines),
    ).format(numbers=numbers)


def _content(ran: Run, template: Template, values: Mapping[str, object]) -> Content:
    versions = {"osh-workbench": __version__, "python": platform.python_version()}
    return Content(
        notebook=template.path.name,
        notebook_sha256=hash_of(template.path),
        parameters=dict(values),
        pieces=ran.pieces,
        records={name: Record.from_dict(plain) for name, plain in ran.records.items()},
        made=datetime.now().astimezone().isoformat(timespec="seconds"),
        versions=versions | {name: version(name) for name in LIBRARIES},
        about=template.about,
    )


def _write(ran: Run, content: Content, path: Path, to: str) -> str:
    """Write the brief; what kind of file it became."""
    writers: dict[str, Callable[[], tuple[bytes, str]]] = {
        "html": lambda: (page(content, ran.charts).encode(), "html"),
        "pdf": lambda: _printed(ran, content),
        "ipynb": lambda: (executed_copy(ran, content).encode(), "ipynb"),
    }
    data, kind = writers[to]()
    if path.parent != Path() and not path.parent.exists():
        path.parent.mkdir(parents=True)
    with replacing(path) as fresh:
        fresh.write_bytes(data)
    return kind


def _printed(ran: Run, content: Content) -> tuple[bytes, str]:
    """On paper there are no interactive charts."""
    still = {name: {"svg": chart["svg"]} for name, chart in ran.charts.items()}
    made = paper(page(content, still))
    return made.content, made.kind


def _combined(values: Mapping[str, object], each: Mapping[str, str]) -> Iterator[dict[str, object]]:
    """The parameters of each brief: every combination of the codes that are asked for."""
    for name in each:
        if name not in values:
            hint = _("There are: {names}.").format(names=", ".join(values))
            raise UnknownName(_("parameter of this notebook"), name, values, hint=hint)
    axes = [[(name, code) for code in _codes(values, dimension)] for name, dimension in each.items()]
    for codes in itertools.product(*axes):
        yield dict(values) | dict(codes)


def _codes(values: Mapping[str, object], dimension: str) -> Sequence[str]:
    """The codes of a dimension in the entry that the parameter `source` names."""
    known_dimension(dimension)
    source = str(values.get("source", ""))
    if not source:
        raise Refused(_("This notebook has no parameter named source, so whose codes are meant is not known."))
    found = cube(source)
    codes = found.groups(next(iter(found.measures)), dimension)
    return sorted(codes, key=found.lists[DIMENSIONS[dimension].axis].place)
