"""Cubes of dimensions that only the rows have, built on demand in the background, once for all who wait for them."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from dataclasses import replace
from functools import partial
from threading import Lock, Thread

import polars as pl

from workbench.cubes import build
from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.study import kept_cubes
from workbench.study.finer_plan import MOST_BYTES, in_cube, needed, planned
from workbench.study.finer_rows import Rows, rows_of
from workbench.terms.dimensions import Dimension, dimension


class Building:
    """A cube that is being built; many may wait for it.

    Attributes
    ----------
    share : float
        Of the rows that are counted, 0 to 1.
    """

    def __init__(self, make: Callable[["Building"], Cube]):
        self.share = 0.0
        self._future: Future[Cube] = Future()
        Thread(target=self._run, args=(make,), name="cube on demand", daemon=True).start()

    @property
    def done(self) -> bool:
        """Whether it has ended, with a cube or a fault."""
        return self._future.done()

    def wait(self) -> Cube:
        """The cube, once it is built; what went wrong is raised here.

        Returns
        -------
        Cube
        """
        return self._future.result()

    def ends_within(self, seconds: float) -> bool:
        """Whether it has ended, with a cube or a fault, after so many seconds.

        Parameters
        ----------
        seconds : float

        Returns
        -------
        bool
        """
        return bool(wait([self._future], timeout=seconds).done)

    def when_done(self, call: Callable[[], None]) -> None:
        """Call something once it has ended, at once where it has: from the thread that built it.

        Parameters
        ----------
        call : callable
        """
        self._future.add_done_callback(lambda _future: call())

    def progress(self, share: float) -> None:
        """Note how far it is.

        Parameters
        ----------
        share : float
            0 to 1.
        """
        self.share = share

    def _run(self, make: Callable[["Building"], Cube]) -> None:
        try:
            with _ONE_AT_A_TIME:  # so that two builds need no more memory than one
                cube = make(self)
        except BaseException as error:  # whoever waits has to hear of it
            self._future.set_exception(error)
        else:
            self._future.set_result(cube)


_ONE_AT_A_TIME, _CHANGING = Lock(), Lock()
_SHOWING: list[Callable[[Building], None]] = []
_BUILDING: dict[str, Building] = {}
_CUBES: OrderedDict[str, tuple[str, tuple[Dimension, ...], Cube]] = OrderedDict()
"""Cubes in memory by their key, those used last at the end, with the identity of their rows and their dimensions."""


def building(cube: Cube, selection: Selection | None = None, by: Sequence[str] = ()) -> Building | None:
    """The cube of a question that has yet to be built from the rows; it is begun, and nobody waits for it here.

    Parameters
    ----------
    cube : Cube
        Of an entry of the catalogue.
    selection : Selection, optional
    by : sequence of str
        Names of dimensions.

    Returns
    -------
    Building or None
        None where the question is answered, or refused, without any wait.

    Raises
    ------
    Refused
        When the cube would take more than a gigabyte, naming a coarser question.
    """
    wanted = _wanted(cube, selection or Selection(), by)
    if wanted is None or _in_memory(*wanted):
        return None
    return _begun(cube, *wanted)


def divides_by(cube: Cube, by: Sequence[str]) -> bool:
    """Whether a cube can be divided by some dimensions, as it is or built anew from its rows.

    Parameters
    ----------
    cube : Cube
    by : sequence of str
        Names of dimensions.

    Returns
    -------
    bool
    """
    return {dimension(name).axis for name in by} <= cube.axes or needs_rows(cube, Selection(), by)


def needs_rows(cube: Cube, selection: Selection, by: Sequence[str]) -> bool:
    """Whether a question has dimensions that the cube lacks and its rows have.

    Parameters
    ----------
    cube : Cube
    selection : Selection
    by : sequence of str
        Names of dimensions.

    Returns
    -------
    bool
    """
    return _wanted(cube, selection, by) is not None


def to_be_built(cube: Cube, selection: Selection, by: Sequence[str]) -> bool:
    """Whether the cube of a question has yet to be built, or read from disk: an answer would take its time.

    Parameters
    ----------
    cube : Cube
    selection : Selection
    by : sequence of str
        Names of dimensions.

    Returns
    -------
    bool
    """
    wanted = _wanted(cube, selection, by)
    return wanted is not None and _in_memory(*wanted) is None


def finer(cube: Cube, selection: Selection, by: Sequence[str]) -> Cube:
    """A cube that has the dimensions of a question: the given one, or one that is built from its rows.

    Parameters
    ----------
    cube : Cube
    selection : Selection
    by : sequence of str
        Names of dimensions.

    Returns
    -------
    Cube
        The given one too where the rows do not have the dimension: its refusal says what there is.

    Raises
    ------
    Refused
        As `building`.
    """
    wanted = _wanted(cube, selection, by)
    if wanted is None:
        return cube
    found = _in_memory(*wanted)
    if found is not None:
        return found
    running = _begun(cube, *wanted)
    for show in _SHOWING:
        show(running)
    return running.wait()


def show_progress(show: Callable[[Building], None]) -> None:
    """How whoever waits for a cube is shown how far it is: by a call that ends when the building does.

    Parameters
    ----------
    show : callable
        In place of the one before.
    """
    _SHOWING[:] = [show]


def _wanted(cube: Cube, selection: Selection, by: Sequence[str]) -> tuple[Rows, tuple[Dimension, ...]] | None:
    """The rows to count and the dimensions of a question; None where the cube has them, or the rows lack one."""
    usual = cube.usual or cube
    dims = needed(usual, selection, by)
    if all(in_cube(cube, dim) for dim in dims):
        return None
    rows = rows_of(usual)
    return (rows, dims) if rows and all(rows.has(dim) for dim in dims) else None


def _in_memory(rows: Rows, dims: Sequence[Dimension]) -> Cube | None:
    """A cube of these rows that has the dimensions."""
    with _CHANGING:
        for key, (identity, held, cube) in _CUBES.items():
            if identity == rows.identity and all(_tells_apart(held, dim) for dim in dims):
                _CUBES.move_to_end(key)
                return cube
    return None


def _tells_apart(held: Sequence[Dimension], dim: Dimension) -> bool:
    """Whether one of the dimensions shows the groups of another: codes as they are, or of its level or a finer one."""
    same = (other for other in held if other.axis == dim.axis and (other.level is None) == (dim.level is None))
    return any((other.level or 0) >= (dim.level or 0) for other in same)


def _begun(cube: Cube, rows: Rows, dims: Sequence[Dimension]) -> Building:
    """The cube as it is being built, begun now unless somebody has."""
    usual = cube.usual or cube
    dims = planned(rows, usual, dims)
    key = kept_cubes.key_of(rows.identity, [dim.name for dim in dims])

    def make(running: Building) -> Cube:
        try:
            cells = kept_cubes.kept(key)
            if cells is None:
                cells = rows.cells(dims, running.progress)
                kept_cubes.keep(key, cells)
            built = replace(_cube_of(usual, cells, dims), statement=partial(rows.statement, dims))
            _remember(key, rows.identity, dims, built)
            return built
        finally:
            with _CHANGING:
                _BUILDING.pop(key, None)

    with _CHANGING:
        if key not in _BUILDING:
            _BUILDING[key] = Building(make)
        return _BUILDING[key]


def _cube_of(usual: Cube, cells: pl.DataFrame, dims: Sequence[Dimension]) -> Cube:
    """The cube of finer cells; where it has all axes of the usual one, it is asked like it."""
    edition = usual.lists["nuts"].edition if "nuts" in usual.lists else "2021"
    shared = {"nuts": edition, "source": usual.source, "notes": usual.notes}
    measures = build.COUNTS | {name: found for name, found in usual.measures.items() if name in cells.columns}
    built = build.from_cells(usual.name, cells, [dim.axis for dim in dims], measures, **shared)
    return replace(built, usual=usual, lists={**usual.lists, **built.lists})


def _remember(key: str, identity: str, dims: tuple[Dimension, ...], cube: Cube) -> None:
    """Keep a cube in memory; those that were used longest ago give way, so that all take a gigabyte at most."""
    with _CHANGING:
        _CUBES[key] = identity, dims, cube
        while len(_CUBES) > 1 and sum(_bytes(held) for _identity, _dims, held in _CUBES.values()) > MOST_BYTES:
            _CUBES.popitem(last=False)


def _bytes(cube: Cube) -> int:
    return sum(margin.frame.estimated_size() for margin in cube.margins)
