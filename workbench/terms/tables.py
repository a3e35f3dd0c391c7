"""What comes out of a reader: the common columns of rows, and one report of every fault that was found on the way."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import pandas as pd

from workbench.terms.text import _, mark, n_

MOST_DETAILS = 1_000
MOST_REASONS = 1_000
"""So many different reasons are counted apart; those of a file of noise are counted together."""

FLAGS = {
    "b": mark("break in series"),
    "c": mark("confidential"),
    "d": mark("definition differs"),
    "e": mark("estimated"),
    "f": mark("forecast"),
    "l": mark("not reported"),
    "n": mark("not significant"),
    "p": mark("provisional"),
    "r": mark("revised"),
    "s": mark("publisher's estimate"),
    "u": mark("low reliability"),
    "z": mark("not applicable"),
}
"""Eurostat's marks on a published value, by letter; shown with `translated`."""
NOT_REPORTED = "l"
"""Set by readers where a country did not report a variable, after SDMX (code L of OBS_STATUS: data not collected)."""


@dataclass
class Report:
    """What a reader found in one load: rows read, rows rejected with place and reason, notes.

    All rejections are counted by reason; the first 1,000 are kept with their place. `synthetic` and `sample` are set by
    readers of files that say so of themselves, `unfinished` where a file is cut off.
    """

    rows_read: int = 0
    notes: list[str] = field(default_factory=list)
    details: list[tuple[int, str, str]] = field(default_factory=list, repr=False)
    reasons: Counter = field(default_factory=Counter)
    synthetic: bool = False
    sample: bool = False
    unfinished: bool = False  # the file breaks off: nobody knows how much is missing
    nuts_edition: str = ""  # of the regions that were read; before a load what the catalogue entry says

    def reject(self, row: int, field: str, reason: str) -> None:
        """Count one rejected row: its record or line number (from 1), the field at fault, and why.

        Parameters
        ----------
        row : int
            Record or line number, from 1.
        field : str
            Column at fault.
        reason : str
            What is wrong, in words for the reader.
        """
        counted = f"{field}: {reason}" if field else reason
        if counted not in self.reasons and len(self.reasons) >= MOST_REASONS:
            counted = _("other faults")
        self.reasons[counted] += 1
        if len(self.details) < MOST_DETAILS:
            self.details.append((row, field, reason))

    def reject_rows(self, field: str, reason: str, n: int, first: Iterable[int] = ()) -> None:
        """Count rows that were rejected together, and keep the places of the first.

        Parameters
        ----------
        field : str
            Column at fault, "" for the whole row.
        reason : str
            What is wrong, in words for the reader.
        n : int
            How many rows.
        first : iterable of int
            Numbers of the first of them.
        """
        self.reasons[f"{field}: {reason}" if field else reason] += n
        self.details += [(row, field, reason) for row in first]

    def cut_off(self, row: int, reason: str) -> None:
        """Count the row at which the file breaks off; what would follow it is missing.

        Parameters
        ----------
        row : int
            Record or line number, from 1.
        reason : str
            What ends there.
        """
        self.rows_read += 1
        self.unfinished = True
        self.reject(row, "", reason)

    def note(self, text: str) -> None:
        """Keep a sentence that the reader of the data should see; said twice, kept once.

        Parameters
        ----------
        text : str
            A whole sentence.
        """
        if text not in self.notes:
            self.notes.append(text)

    @property
    def rejected(self) -> int:
        """How many rows were rejected."""
        return sum(self.reasons.values())

    def frame(self) -> pd.DataFrame:
        """The rejected rows: row, field, reason.

        Returns
        -------
        DataFrame
            A row for each rejected row that is kept in detail.
        """
        return pd.DataFrame(self.details, columns=["row", "field", "reason"])

    def to_dict(self) -> dict:
        """Plain values for JSON and for the store's manifest.

        Returns
        -------
        dict
            Numbers, texts and lists.
        """
        return {
            "rows_read": self.rows_read,
            "rejected": self.rejected,
            "unfinished": self.unfinished,
            "nuts_edition": self.nuts_edition,
            "reasons": dict(self.reasons.most_common()),
            "first": [dict(zip(("row", "field", "reason"), d, strict=True)) for d in self.details[:20]],
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        read, rejected = self.rows_read, self.rejected
        head = n_("{read:,} row read, {rejected:,} rejected", "{read:,} rows read, {rejected:,} rejected", read)
        rows = [_("  {n:,} x {reason}").format(n=n, reason=reason) for reason, n in self.reasons.most_common(10)]
        first = [
            _("  row {row:,}: {reason}").format(row=row, reason=f"{field}: {reason}" if field else reason)
            for row, field, reason in self.details[:10]
        ]
        return "\n".join([head.format(read=read, rejected=rejected), *rows, *first])
