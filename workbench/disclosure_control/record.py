"""The release record: everything about persons that left, line by line, each line sealed with the one before it."""

import getpass
import hashlib
import json
import os
import time
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from workbench.disclosure_control.roles import in_force
from workbench.terms.errors import WorkbenchError
from workbench.terms.places import home, made, writing_home
from workbench.terms.text import _

NAME = "releases.jsonl"
FIRST = "0" * 64
"""What the first line has as the seal of the one before it."""
WAIT = 10.0
"""Seconds to wait for another process that is writing a line."""


@dataclass(frozen=True, kw_only=True)
class Release:
    """A line of the record.

    Attributes
    ----------
    number : from 1, without a gap
    when : UTC, ISO 8601
    who, role : the user of this machine, and the role in force, "" where none was declared
    way : what was written: csv, json, zip, brief, page
    data : name of the entry and hash of its data
    question : selection, dimensions and measure, so that the same data give the same figures again
    rule : what was asked of each figure
    method : how figures are protected, "" for withholding, else round3, round5, cell_keys or noise
    figures, withheld : how many, and the codes of the withheld ones by the rule that withholds them; no counts
    verdict : what the audit said, or why nothing left
    left : whether anything left
    reason : of an exception, else ""
    content : hash of what was written, "" where nothing was
    before, seal : of the line before, and of this one
    """

    number: int = 0
    when: str = ""
    who: str = ""
    role: str = ""
    way: str
    data: Mapping[str, str]
    question: Mapping[str, object]
    rule: str
    figures: int
    withheld: Mapping[str, list] = field(default_factory=dict)
    verdict: str
    left: bool
    reason: str = ""
    content: str = ""
    method: str = ""
    before: str = ""
    seal: str = ""


def append(release: Release) -> Release:
    """Write a line behind the others.

    Parameters
    ----------
    release : Release
        Without number, time and seals; without `who`, the user of this machine.

    Returns
    -------
    Release
        As it was written.

    Raises
    ------
    WorkbenchError
        Where the record has been changed, or nothing can be kept; nothing must leave then.
    """
    with _alone():
        lines = _lines()
        last = _checked(lines)
        entry = asdict(release) | {
            "number": len(lines) + 1,
            "when": datetime.now(UTC).isoformat(timespec="seconds"),
            "who": release.who or _user(),
            "role": release.role or (own.name if (own := in_force()) else ""),
            "before": last,
        }
        entry["seal"] = _seal(entry)
        with writing_home(), _path().open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
    return Release(**entry)


def releases() -> list[Release]:
    """All lines, the first first.

    Returns
    -------
    list of Release

    Raises
    ------
    WorkbenchError
        Naming the first line that does not follow from the one before it.
    """
    lines = _lines()
    _checked(lines)
    return [Release(**json.loads(line)) for line in lines]


def stamp() -> tuple[str, int, int] | None:
    """What changes with the record of this home: its path, size and time; None where nothing was written."""
    try:
        found = _path().stat()
    except FileNotFoundError:
        return None
    return str(_path()), found.st_size, found.st_mtime_ns


def _path() -> Path:
    return home() / NAME


def _lines() -> list[str]:
    try:
        return _path().read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []


def _checked(lines: list[str]) -> str:
    """The seal of the last line; every one is looked at."""
    last = FIRST
    for number, line in enumerate(lines, 1):
        try:
            entry = json.loads(line)
            whole = entry["before"] == last and entry["number"] == number and entry["seal"] == _seal(entry)
        except (ValueError, KeyError, TypeError):
            whole = False
        if not whole:
            raise WorkbenchError(
                _(
                    "The release record {path} was changed: line {number} does not follow from those before it. "
                    "Nothing leaves until it is settled what happened; keep the file, and begin a new one in its place."
                ).format(path=_path(), number=number)
            )
        last = entry["seal"]
    return last


def _seal(entry: Mapping) -> str:
    """SHA-256 of a line without its seal, the seal of the line before it included."""
    plain = json.dumps({key: value for key, value in entry.items() if key != "seal"}, sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without a name for its user
        return str(os.getuid()) if hasattr(os, "getuid") else ""


@contextmanager
def _alone():
    """Within the block no other process writes a line: a file that only one can make."""
    lock = made(home()) / f"{NAME}.lock"
    until = time.monotonic() + WAIT
    while True:
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL))
            break
        except FileExistsError:
            if time.monotonic() > until:
                raise WorkbenchError(
                    _("Another process is writing the release record. If there is none, remove {lock}.").format(
                        lock=lock
                    )
                ) from None
            time.sleep(0.02)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)
