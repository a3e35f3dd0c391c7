"""By which dimensions a cube is built on demand: those of the question, and others as far as they cost little."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.study.finer_rows import Rows
from workbench.terms.dimensions import DIMENSIONS, Dimension, dimension
from workbench.terms.errors import Refused
from workbench.terms.text import _

BYTES_PER_CELL = 200
"""Of memory while a cube is built, at most: 8 to 16 for each code as text, 24 for the figures, and once more."""
MOST_BYTES = 1_000_000_000
MOST_CELLS = MOST_BYTES // BYTES_PER_CELL
ROOMY = 1_000_000
"""Up to so many cells further dimensions come along, so that the next filter finds the cube built."""


@dataclass(frozen=True)
class Sizes:
    """How many cells the rows have by some dimensions, at most; `counted` remembers those that the cube lacks."""

    rows: Rows
    cube: Cube
    counted: dict[tuple[Dimension, ...], int] = field(default_factory=dict, repr=False)

    def cells(self, dims: Iterable[Dimension]) -> int:
        """Cells by `dims`, at most.

        Parameters
        ----------
        dims : iterable of Dimension

        Returns
        -------
        int
        """
        dims = tuple(dims)
        others = tuple(dim for dim in dims if not in_cube(self.cube, dim))
        if others not in self.counted:
            self.counted[others] = self.rows.combinations(others) if others else 1
        axes = [dim.axis for dim in dims if dim not in others]
        return min(self.rows.records, self.cube.occupied(axes) * self.counted[others])


def in_cube(cube: Cube, dim: Dimension) -> bool:
    """Whether a cube has a dimension, at its level or a finer one.

    Parameters
    ----------
    cube : Cube
    dim : Dimension

    Returns
    -------
    bool
    """
    if dim.axis not in cube.axes:
        return False
    return dim.level is None or dim.axis == "year" or cube.levels[dim.axis] >= dim.level


def needed(cube: Cube, selection: Selection, by: Sequence[str]) -> tuple[Dimension, ...]:
    """The dimensions that a question needs, one for an axis: those of `by` and `where`, and what the selection names.

    None is wider than the usual cube has it: of a country of which the rows have one region it would not be known any
    more that the people at risk are those of the region.

    Parameters
    ----------
    cube : Cube
        The usual one of the rows.
    selection : Selection
    by : sequence of str
        Names of dimensions.

    Returns
    -------
    tuple of Dimension
    """
    found: dict[str, Dimension] = {}
    for name in (*by, *dict(selection.where)):
        _take_finer(found, dimension(name))
    for axis, codes in selection.restricted().items():
        _take_finer(found, _by_codes(cube, axis, codes))
    for axis in found.keys() & cube.axes:
        _take_finer(found, dimension_in(cube, axis))
    return tuple(found.values())


def planned(rows: Rows, cube: Cube, dims: Sequence[Dimension]) -> tuple[Dimension, ...]:
    """The dimensions of the cube to build for a question that needs `dims`.

    Parameters
    ----------
    rows : Rows
    cube : Cube
        The usual one of these rows.
    dims : sequence of Dimension

    Returns
    -------
    tuple of Dimension

    Raises
    ------
    Refused
        When it would take more than a gigabyte, naming a coarser question that does not.
    """
    sizes = Sizes(rows, cube)
    if sizes.cells(dims) > MOST_CELLS:
        raise _too_many(sizes, dims)

    wanted = list(dims)
    room = MOST_CELLS if rows.records <= MOST_CELLS else ROOMY
    for dim in _companions(cube, {dim.axis for dim in dims}):
        if sizes.cells([*wanted, dim]) <= room:
            wanted.append(dim)
    return tuple(wanted)


def coarser(dim: Dimension) -> list[Dimension]:
    """The wider levels of a dimension, the next one first.

    Parameters
    ----------
    dim : Dimension

    Returns
    -------
    list of Dimension
    """
    if dim.level is None:
        return []
    same = [other for other in DIMENSIONS.values() if other.axis == dim.axis and other.level is not None]
    return sorted((other for other in same if other.level < dim.level), key=lambda other: -other.level)


def _take_finer(found: dict[str, Dimension], dim: Dimension) -> None:
    """Of two dimensions of one axis the finer one tells both apart."""
    if dim.axis not in found or (dim.level or 0) > (found[dim.axis].level or 0):
        found[dim.axis] = dim


def _by_codes(cube: Cube, axis: str, codes: Iterable) -> Dimension:
    """The dimension of an axis that tells some codes apart: that of the cube where its codes are fine enough."""
    levels = sorted((dim for dim in DIMENSIONS.values() if dim.axis == axis), key=lambda dim: dim.level or 0)
    if len(levels) == 1 or axis not in cube.lists:
        return levels[0]
    known = cube.lists[axis]
    parts = [part for code in codes for part in known.joined(code) or (code,)]
    deepest = max((known.level(part) or 0 for part in parts), default=0)
    if axis in cube.axes and deepest <= cube.levels[axis]:
        return dimension_in(cube, axis)
    return next((dim for dim in levels if (dim.level or 0) >= deepest), levels[-1])


def _companions(cube: Cube, taken: set[str]) -> list[Dimension]:
    """The dimensions of the cube on axes that are not taken: years and severities before the rest, few codes first."""
    axes = sorted(cube.axes - taken, key=lambda axis: (axis not in ("year", "severity"), len(cube.codes(axis))))
    return [dimension_in(cube, axis) for axis in axes]


def dimension_in(cube: Cube, axis: str) -> Dimension:
    """The dimension of an axis that shows its codes as the cube has them, or its finest level."""
    dims = [dim for dim in DIMENSIONS.values() if dim.axis == axis and in_cube(cube, dim)]
    return max(dims, key=lambda dim: (dim.level is None, dim.level or 0))


def _too_many(sizes: Sizes, dims: Sequence[Dimension]) -> Refused:
    """The refusal of a question with too many cells: by which coarser question it could be put."""
    message = _(
        "By {dims} there may be {cells:,} cells, for which {gigabytes:.1f} GB of memory would be needed; 1 GB is the "
        "most. {coarser}"
    )
    cells = sizes.cells(dims)
    text = message.format(
        dims=", ".join(dim.name for dim in dims),
        cells=cells,
        gigabytes=cells * BYTES_PER_CELL / 1e9,
        coarser=_offer(sizes, dims),
    )
    return Refused(text, dimension=max(dims, key=lambda dim: sizes.cells([dim])).name)


def _offer(sizes: Sizes, dims: Sequence[Dimension]) -> str:
    """The coarser question that keeps most cells of those with few enough: a wider level, else a dimension less."""
    wider, without = {}, {}
    for dim in dims:
        others = [other for other in dims if other is not dim]
        wider |= {(dim, other): sizes.cells([*others, other]) for other in coarser(dim)}
        without[dim] = sizes.cells(others)
    wider = {change: cells for change, cells in wider.items() if cells <= MOST_CELLS}
    if wider:
        (dim, other), cells = max(wider.items(), key=lambda change: change[1])
        message = _("Ask by {coarse} in place of {fine}: at most {cells:,} cells.")
        return message.format(coarse=other.name, fine=dim.name, cells=cells)

    fitting = {dim: cells for dim, cells in without.items() if cells <= MOST_CELLS}
    if fitting:
        dim, cells = max(fitting.items(), key=lambda change: change[1])
        return _("Ask without {name}: at most {cells:,} cells.").format(name=dim.name, cells=cells)
    return _("Ask by fewer dimensions at once, or by wider levels of them.")
