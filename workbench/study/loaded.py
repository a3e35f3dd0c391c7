"""What a load gave: the rows that are kept, and the report on those that were read."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from workbench import store
from workbench.terms.tables import Report
from workbench.terms.text import _
from workbench.terms.words import whole


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """What a load gave: the report of the reader and where the rows are kept now.

    `breakdown` has the rows of each code of some columns; of rows of persons in tens, None for fewer than ten of them.
    """

    manifest: store.Manifest
    report: Report
    breakdown: Mapping[str, Mapping[str, int | None]] = field(default_factory=dict)

    def __str__(self) -> str:
        lines = [str(self.report)]
        few = _("fewer than 10")
        for axis, counts in self.breakdown.items():
            codes = ", ".join(f"{code} {few if n is None else whole(n)}" for code, n in counts.items())
            lines.append(f"  {axis}: {codes}")
        return "\n".join([*lines, *(f"- {note}" for note in self.report.notes)])

    def to_dict(self) -> dict:
        """Plain values for JSON."""
        return {
            "table": self.manifest.table,
            "rows": self.manifest.rows,
            **self.report.to_dict(),
            "breakdown": self.breakdown,
            "provenance": self.manifest.provenance,
        }
