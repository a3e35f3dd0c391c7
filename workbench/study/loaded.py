"""What a load gave: the rows that are kept, and the report on those that were read."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from workbench import store
from workbench.terms.tables import Report
from workbench.terms.words import whole


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """What a load gave: the report of the reader and where the rows are kept now."""

    manifest: store.Manifest
    report: Report
    breakdown: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def __str__(self) -> str:
        lines = [str(self.report)]
        for axis, counts in self.breakdown.items():
            lines.append(f"  {axis}: " + ", ".join(f"{code} {whole(n)}" for code, n in counts.items()))
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
