"""Groups that have left, remembered from one session to the next: two releases are never subtracted from each other."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from workbench.terms.errors import Refused
from workbench.terms.places import home, made, replacing, writing_home
from workbench.terms.text import _
from workbench.wearables.groups import Ledger


@dataclass
class KeptLedger(Ledger):
    """A ledger in a file of its own; rows of persons stand in it as hashes."""

    path: Path = field(kw_only=True)

    def of(self, measure: str) -> "KeptLedger":
        """What was released of one measure, in a file beside this one."""
        return _kept(self.path.with_stem(f"{self.path.stem}-{measure}"))

    def admits(self, rows: frozenset, fewest: int) -> bool:
        """As a ledger does, with rows by their hashes."""
        return super().admits(_hashed(rows), fewest)

    def remember(self, groups: list[frozenset]) -> None:
        """Write down what is shown from now on."""
        super().remember([_hashed(rows) for rows in groups])
        lines = [sorted(map(list, rows)) for rows in self.shown]
        with writing_home():
            made(self.path.parent)
            with replacing(self.path) as fresh:
                fresh.write_text(json.dumps(lines), encoding="utf-8")


def releases_of(source: str) -> KeptLedger:
    """What was released of a source so far.

    Parameters
    ----------
    source : name or place of the recordings

    Returns
    -------
    KeptLedger

    Raises
    ------
    Refused
        Where the file is damaged: what left before cannot be known then.
    """
    return _kept(home() / "wearables" / f"released-{hashlib.sha256(source.encode()).hexdigest()[:16]}.json")


def _kept(path: Path) -> KeptLedger:
    """A ledger as its file has it."""
    try:
        lines = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
        shown = [frozenset((person, rest) for person, rest in rows) for rows in lines]
    except (OSError, ValueError, TypeError) as error:
        message = _("{path} cannot be read: what was released before is not known. Put the file right or ask for less.")
        raise Refused(message.format(path=path)) from error
    return KeptLedger(shown=shown, path=path)


def _hashed(rows: frozenset) -> frozenset:
    """Rows (person, shift, hour) as two hashes, of the person and of the row; hashed ones stay as they are."""
    return frozenset(row if len(row) == 2 else (_hash(row[0]), _hash("|".join(map(str, row)))) for row in rows)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
