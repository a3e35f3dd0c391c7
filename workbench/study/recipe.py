"""A question as code: what a screen has asked, as lines that ask the same again in a script, a notebook or a brief."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

import workbench as wb
from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.interventions import Limits
from workbench.models.what_if import Assumptions
from workbench.study.data import cube as cube_of
from workbench.study.data import origin_of
from workbench.study.finding import Finding
from workbench.terms.errors import UnknownName, WorkbenchError
from workbench.terms.text import _

QUESTIONS = (
    "counts",
    "rates",
    "trend",
    "regression",
    "funnel",
    "smooth",
    "compare",
    "priorities",
    "programme",
    "what_if",
    "notifications",
)
"""The questions that a screen asks; each is a function of `workbench` under that name."""
NAMED = {Limits: "ProgrammeLimits", Assumptions: "WhatIfAssumptions"}
"""Values that are options of a question, and what `workbench` calls them."""
CUBE = "cube"
"""What code calls a cube that no entry of the catalogue gives."""


@dataclass(frozen=True)
class Recipe:
    """One question: its name, what it is asked of, the selection, and the options that are not as usual.

    Parameters
    ----------
    question : str
        One of QUESTIONS.
    source : Cube or str
        A cube, or the name of an entry.
    selection : Selection
    options : Mapping
        Plain values, by the names of the question's parameters.

    Raises
    ------
    UnknownName
        For another question.
    """

    question: str
    source: Cube | str
    selection: Selection = Selection()
    options: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self):
        if self.question not in QUESTIONS:
            hint = _("There are: {names}.").format(names=", ".join(QUESTIONS))
            raise UnknownName(_("question"), self.question, QUESTIONS, hint=hint)

    def ask(self) -> Finding:
        """What the question finds.

        Returns
        -------
        Finding

        Raises
        ------
        WorkbenchError
            As the question.
        """
        return getattr(wb, self.question)(self.source, self.selection, **self.options)

    def cells(self) -> list[str]:
        """The question as the cells of a notebook: what is asked, the finding, its chart.

        Returns
        -------
        list of str
            Python. Where no entry gives the cube, it is taken for a variable named `cube`.
        """
        importing, selecting, asking = self.steps()
        return [importing, selecting, f"{asking}\nprint(finding)", "finding.chart()"]

    def steps(self) -> tuple[str, str, str]:
        """The lines that import the workbench, make the selection, and ask; a variable `finding` holds the answer."""
        name = self.source_name
        source = CUBE if name is None else repr(name)
        options = "".join(f", {key}={_plain(value)}" for key, value in self.options.items())
        return (
            "import workbench as wb",
            f"selection = {selection_code(self.selection)}",
            f"finding = wb.{self.question}({source}, selection{options})",
        )

    def code(self) -> str:
        """The question as a script: the same lines as the cells, apart by empty ones.

        Returns
        -------
        str
            Python.
        """
        return "\n\n".join(self.cells()) + "\n"

    @property
    def source_name(self) -> str | None:
        """The entry, or stored table, that gives the source as it is; None where none does."""
        if isinstance(self.source, str):
            return self.source
        origin = origin_of(self.source)
        try:
            same = origin is not None and cube_of(origin.dataset.name) is self.source
        except WorkbenchError:
            return None
        return origin.dataset.name if same else None


def selection_code(selection: Selection) -> str:
    """A selection as Python that makes an equal one: `wb.Selection(regions={'IT'}, years=(2014, 2023))`.

    Parameters
    ----------
    selection : Selection

    Returns
    -------
    str
    """
    fields = []
    for name, value in selection.to_dict().items():
        if name == "where":
            inside = ", ".join(f"{key!r}: {_set(codes)}" for key, codes in value.items())
            fields.append(f"where={{{inside}}}")
        else:
            fields.append(f"{name}={tuple(value)!r}" if name in ("ages", "years") else f"{name}={_set(value)}")
    return f"wb.Selection({', '.join(fields)})"


def _set(codes: list[str]) -> str:
    return "{" + ", ".join(map(repr, codes)) + "}"


def _plain(value: object) -> str:
    """A plain value as Python; a selection, such as that of a whole, and limits and assumptions as what makes them."""
    if type(value) in NAMED:
        given = ", ".join(f"{one.name}={getattr(value, one.name)!r}" for one in fields(value))
        return f"wb.{NAMED[type(value)]}({given})"
    return selection_code(value) if isinstance(value, Selection) else repr(value)
