"""How a question was answered: the SQL by which an engine counted the cube, and which of its cells were then read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.cubes.statement import Statement
from workbench.esaw.judge import explain_record
from workbench.esaw.judgement import Explanation
from workbench.study.data import prepare
from workbench.study.finding import Finding
from workbench.study.recipe import Recipe
from workbench.terms.dimensions import axis_label
from workbench.terms.errors import Refused
from workbench.terms.text import _, n_

SHORTEST_RECORD = 44
"""Characters of an ESAW record; no name is as long."""
NAMED = 6
"""So many codes of an axis are named; of more their number is said."""


@dataclass(frozen=True, repr=False)
class Explained:
    """How a question is answered; printed, it is the SQL and what was read.

    Attributes
    ----------
    name : of the cube
    statement : what an engine was asked for its cells; None of cells that came ready, published or made
    margin : the table of the cube that was read
    cells : for each axis the codes of the cells that were read, years as whole numbers
    every : the axes of which all codes were read
    """

    name: str
    statement: Statement | None
    margin: str
    cells: Mapping[str, tuple] = field(default_factory=dict)
    every: frozenset[str] = frozenset()

    @property
    def sql(self) -> str:
        """The SQL in the dialect of the engine; "" where none was run."""
        return self.statement.sql if self.statement else ""

    def __str__(self) -> str:
        return "\n".join([*self._counted(), *self._read()])

    __repr__ = __str__  # so that the last line of a cell shows it as it is printed

    def _counted(self) -> list[str]:
        if self.statement is None:
            return [_("No SQL was run: the cells of {name} come ready, published or made.").format(name=self.name)]
        lines = [_("{engine} counted {name}:").format(engine=self.statement.engine, name=self.name), "", self.sql, ""]
        for name, codes in self.statement.lookups.items():
            message = n_(
                "{name} has {n:,} code, and the code above it that it counts for.",
                "{name} has {n:,} codes, each with the code above it that it counts for.",
                len(codes),
            )
            lines.append(message.format(name=name, n=len(codes)))
        return lines

    def _read(self) -> list[str]:
        head = _("The question then read these cells (table {margin}):").format(margin=self.margin)
        return [head, *(self._axis(axis, codes) for axis, codes in self.cells.items())]

    def _axis(self, axis: str, codes: tuple) -> str:
        if axis in self.every and len(codes) > 1:
            return _("  {axis}: all {n:,}").format(axis=axis_label(axis), n=len(codes))
        if len(codes) > NAMED:
            return _("  {axis}: {n:,} codes").format(axis=axis_label(axis), n=len(codes))
        return _("  {axis}: {codes}").format(axis=axis_label(axis), codes=", ".join(map(str, codes)))


def explain(
    what, selection: Selection | None = None, by: str | Sequence[str] = (), *, case_width: int = 11
) -> Explained | Explanation:
    """How a question is answered: the SQL that the engine ran for the cube, and the cells that were then read.

    Parameters
    ----------
    what : Finding, Recipe, Cube or str
        What was found; or what a question is asked of, as in `wb.rates(what, selection, by)`: the name of an entry
        or of a table, or a cube. (An ESAW record is explained as by `wb.explain_record`.)
    selection : Selection, optional
        Of a name or a cube; everything unless given.
    by : sequence of str
        Of a name or a cube: names of dimensions.
    case_width : int
        Of an ESAW record, as for `wb.explain_record`.

    Returns
    -------
    Explained
        Printed as text; `sql` and `statement.lookups`, the small tables of codes that it joins, run in the engine as
        they are. Of an ESAW record what `wb.explain_record` gives.

    Raises
    ------
    UnknownName, Refused
        As the question; Refused also for a finding that no cube answered.
    """
    if isinstance(what, Mapping) or isinstance(what, str) and len(what) >= SHORTEST_RECORD:
        return explain_record(what, case_width=case_width)

    found = what.ask() if isinstance(what, Recipe) else what
    if not isinstance(found, Finding):
        prepared = prepare(found, selection, by)
        cube = prepared.cube
        return _explained(cube, _measure_of(cube), prepared.selection, prepared.by)
    if found.cube is None:
        raise Refused(_("No cube was asked: this finding was estimated from the respondents, with their weights."))
    return _explained(found.cube, found.measure, found.selection, found.by)


def _measure_of(cube: Cube) -> str:
    """What a question counts first."""
    return "accidents" if cube.has("accidents") else next(name for name in cube.measures if cube.has(name))


def _explained(cube: Cube, measure: str, selection: Selection, by: Sequence[str]) -> Explained:
    answer = cube.ask(measure, selection, by)
    margin = next(margin for margin in cube.margins if margin.name == answer.margin)
    cells = {axis: codes for axis, codes in answer.extent.items() if axis in margin.axes}
    every = frozenset(axis for axis, codes in cells.items() if len(codes) == len(margin.codes(axis)))
    return Explained(cube.name, cube.statement(), answer.margin, cells, every)
