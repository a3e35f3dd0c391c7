"""Rows that can be counted again by any of their dimensions: those of stored tables, and the twin's, drawn again."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, Protocol

import polars as pl
import pyarrow.parquet as pq

from workbench import store
from workbench.cubes import build
from workbench.cubes.cube import Cube, Measure
from workbench.cubes.statement import Statement
from workbench.engine.choice import Engine
from workbench.study.origin import origin_of
from workbench.terms.dimensions import Dimension
from workbench.terms.places import bundled
from workbench.twin import bundled as bundled_twin
from workbench.twin.finer import combinations, divides, finer_cells
from workbench.twin.truth import VERSION

if TYPE_CHECKING:
    import ibis.expr.types as ir

Progress = Callable[[float], None]
"""Called with the share done, 0 to 1."""


class Rows(Protocol):
    """Rows of events. `identity` is a hash of their content, `records` how many there are."""

    identity: str
    records: int

    def has(self, dim: Dimension) -> bool:
        """Whether the rows can be divided by a dimension."""

    def combinations(self, dims: Sequence[Dimension]) -> int:
        """How many combinations of codes they have on some dimensions, at most."""

    def cells(self, dims: Sequence[Dimension], progress: Progress) -> pl.DataFrame:
        """Their cells, as `build.from_cells` takes them."""

    def statement(self, dims: Sequence[Dimension]) -> Statement | None:
        """The SQL by which an engine counts them; None of rows that no engine holds."""


@dataclass(frozen=True)
class StoredRows:
    """The rows of stored tables of one entry."""

    tables: tuple[str, ...]
    nuts: str
    sums: Mapping[str, Measure] = field(default_factory=dict)
    engine: Engine | None = None

    @cached_property
    def identity(self) -> str:
        """Of the hashes of their files, and of what is added up of them."""
        hashes = [digest for part in self._manifests for digest in part.sha256s.values()]
        return hashlib.sha256(" ".join([*hashes, *self.sums]).encode()).hexdigest()

    @cached_property
    def records(self) -> int:
        """Rows of all tables."""
        return sum(part.rows for part in self._manifests)

    @cached_property
    def _manifests(self) -> list[store.Manifest]:
        return [found for found in map(store.manifest, self.tables) if found]

    def has(self, dim: Dimension) -> bool:
        """As `Rows.has`."""
        columns = {column for part in self._manifests for column in part.columns}
        return dim.axis in columns or (dim.axis == "age_group" and "age" in columns)

    def combinations(self, dims: Sequence[Dimension]) -> int:
        """As `Rows.combinations`: counted by the engine."""
        return self._counted(dims).height

    def cells(self, dims: Sequence[Dimension], progress: Progress) -> pl.DataFrame:
        """As `Rows.cells`."""
        found = self._counted(dims)
        progress(1.0)
        return found

    def statement(self, dims: Sequence[Dimension]) -> Statement:
        """As `Rows.statement`."""
        return build.statement_of_rows(self._rows(), [dim.name for dim in dims], nuts=self.nuts, sums=self.sums)

    def _rows(self) -> "ir.Table":
        return store.rows(*self.tables, engine=self.engine)

    def _counted(self, dims: Sequence[Dimension]) -> pl.DataFrame:
        return build.cells_of_rows(self._rows(), [dim.name for dim in dims], nuts=self.nuts, sums=self.sums)


@dataclass(frozen=True)
class TwinRows:
    """The records of the twin that comes with the workbench: they are drawn again from its seed, and kept nowhere."""

    records: int
    seed: int

    @property
    def identity(self) -> str:
        """Of what makes the records."""
        return f"twin {VERSION} {self.records} {self.seed}"

    def has(self, dim: Dimension) -> bool:
        """As `Rows.has`."""
        return divides(dim)

    def combinations(self, dims: Sequence[Dimension]) -> int:
        """As `Rows.combinations`."""
        return combinations(dims)

    def cells(self, dims: Sequence[Dimension], progress: Progress) -> pl.DataFrame:
        """As `Rows.cells`."""
        return finer_cells(self.records, self.seed, dims, progress=progress)

    def statement(self, dims: Sequence[Dimension]) -> None:
        """As `Rows.statement`."""


@cache
def bundled_twin_rows() -> TwinRows:
    """The records of the twin whose cube comes with the workbench, as its file says of itself."""
    file = bundled("catalogs") / "data" / bundled_twin.ACCIDENTS
    about = pq.read_metadata(file).metadata
    return TwinRows(records=int(about[b"records"]), seed=int(about[b"seed"]))


def rows_of(cube: Cube) -> Rows | None:
    """The rows that a cube was counted from, where they can be counted again.

    Parameters
    ----------
    cube : Cube

    Returns
    -------
    Rows or None
        None of published tables, and of a cube that was made of a frame.
    """
    origin = origin_of(cube)
    if origin is None:
        return None
    if origin.tables:
        edition = cube.lists["nuts"].edition if "nuts" in cube.lists else "2021"
        sums = {name: measure for name, measure in cube.measures.items() if name not in build.COUNTS}
        return StoredRows(origin.tables, edition, sums, origin.engine)
    if origin.dataset.name == TWIN and origin.provenance.get("way") == "bundled":
        return bundled_twin_rows()
    return None


TWIN = "esaw_synthetic"
"""The entry of the twin that comes with the workbench."""
