"""Where the figures of a cube come from: the catalogue entry or one's own table, and how its data came this time."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from workbench.cubes.cube import Cube
from workbench.engine.choice import Engine
from workbench.sources.catalog import Dataset, catalog


@dataclass(frozen=True, kw_only=True)
class Origin:
    """The entry, or the table of one's own, that a cube comes from, and how its data came this time.

    `tables` are those in the store whose records were counted; () of what was published, and of a table of one's own.
    """

    dataset: Dataset
    provenance: Mapping
    notes: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    whole: bool = True  # no file broke off, no row was rejected
    engine: Engine | None = None  # that counted the records of `tables`

    @property
    def is_own_table(self) -> bool:
        """Whether it is a table of the user's own, stored under a name or described in a catalogue of theirs."""
        return self.provenance.get("way") == "own" or self.dataset.is_own_table

    @property
    def sample(self) -> bool:
        """Whether the rows are a sample that must not be divided by a population."""
        return self.provenance.get("coverage", self.dataset.coverage) == "sample"

    @property
    def synthetic(self) -> bool:
        """Whether the rows are generated: by the entry, or because the file says so of itself."""
        return bool(self.provenance.get("synthetic", self.dataset.synthetic))

    def source(self) -> dict:
        """What a finding says of its source."""
        return {
            "name": self.dataset.name,
            "citation": self.provenance.get("citation") or catalog().cite(self.dataset.name),
            "licence": self.dataset.licence,
            "attribution": self.dataset.attribution,
            **self.provenance,
        }


def origin_of(source: Cube) -> Origin | None:
    """Where a cube comes from; None for a frame that was never named."""
    return source.source if isinstance(source.source, Origin) else None


def data_hash(cube: Cube) -> str:
    """What tells whether two cubes hold the same data: the hashes of their files, else of their cells.

    Parameters
    ----------
    cube : Cube

    Returns
    -------
    str
        SHA-256, in hexadecimal.
    """
    origin = origin_of(cube)
    known = origin.provenance.get("sha256") if origin else None
    if known:
        return hashlib.sha256(json.dumps(known).encode()).hexdigest()
    digest = hashlib.sha256()
    for margin in cube.margins:
        digest.update(margin.frame.write_csv().encode())
    return digest.hexdigest()
