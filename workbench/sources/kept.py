"""Downloaded files, kept by their SHA-256; one becomes the copy of its address once it has been read."""

import datetime as dt
import hashlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from workbench.sources.addresses import checked_address
from workbench.sources.packed import is_packed
from workbench.sources.transfer import PATIENT, Limits, Progress, transfer
from workbench.store import sha256_of
from workbench.terms.errors import NotAvailable, ReadError
from workbench.terms.places import home, made, replacing, writing_home
from workbench.terms.text import _

_OLD = 86_400
"""Seconds after which a download that was not finished, or could not be read, is taken for abandoned."""
_BITE = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A downloaded file, and when and where it is from."""

    path: Path
    address: str  # that was really asked
    published_at: str  # as the catalogue has it
    sha256: str
    retrieved: str  # UTC, ISO 8601
    headers: dict = field(default_factory=dict, compare=False)

    @property
    def has_an_end(self) -> bool:
        """Whether it is known where the file ends: by its length, by its chunks, or because it is packed."""
        return bool({"Content-Length", "Transfer-Encoding"} & self.headers.keys()) or is_packed(self.path)


def fetch(
    address: str,
    *,
    name: str,
    sha256: str | None = None,
    refresh: bool = False,
    check: Callable[[Path], object] | None = None,
    limits: Limits = PATIENT,
    progress: Progress | None = None,
) -> Path:
    """The file at `address`: the copy kept from before, else (or with `refresh`) downloaded, verified and kept.

    Files are kept by their SHA-256, so a new release never replaces the one that a result was computed from.

    Parameters
    ----------
    address, name : where it is, and what it is called here
    sha256 : what it has to be, where that is known
    refresh : whether to ask the publisher even if a copy is kept
    check : called with the file before it is kept; what it raises leaves the former copy in its place
    limits, progress : how long and how much; called with the bytes so far and in all

    Raises
    ------
    NotAvailable
        When the publisher cannot be reached or has no such file.
    ReadError
        When what came is a web page, empty, cut off, too large, or not what `sha256` promises.
    """
    if not refresh and (before := kept(address)) and sha256 in (None, before.sha256):
        return before.path
    copy = fetch_unread(address, name=name, sha256=sha256, limits=limits, progress=progress)
    if check:
        check(copy.path)
    return keep(copy)


def fetch_unread(
    address: str, *, name: str, sha256: str | None = None, limits: Limits = PATIENT, progress: Progress | None = None
) -> Kept:
    """The file at `address` as it is now, verified, but not yet the copy of that address: see `keep`.

    Parameters
    ----------
    address, name, sha256, limits, progress : as for `fetch`

    Raises
    ------
    NotAvailable, ReadError
        As `fetch`.
    """
    source = checked_address(address)
    folder = home() / "downloads"
    unread = made(folder / f"{uuid.uuid4().hex}.part")
    _sweep(folder)
    path = unread / name
    try:
        with writing_home():
            digest, headers = transfer(source, path, limits=limits, progress=progress)
        if sha256 not in (None, digest):
            message = _("{address} is not the file that was expected: its SHA-256 is {found}, not {expected}.")
            raise ReadError(message.format(address=source, found=digest, expected=sha256))
        if (before := kept(address)) and _begins(path, before.path):
            message = _(
                "{address} was cut off: what came is the beginning of the copy of {date}, {n:,} of {all:,} bytes."
            )
            sizes = {"n": path.stat().st_size, "all": before.path.stat().st_size}
            raise NotAvailable(message.format(address=source, date=before.retrieved, **sizes))
    except BaseException:
        shutil.rmtree(unread, ignore_errors=True)
        raise
    retrieved = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    return Kept(path=path, address=source, published_at=address, sha256=digest, retrieved=retrieved, headers=headers)


def keep(copy: Kept) -> Path:
    """Make a download that has been read the copy of its address, in place of the former one.

    Returns
    -------
    Path
        Where it lies from now on.
    """
    path = made(home() / "downloads" / copy.sha256) / copy.path.name
    with writing_home():
        os.replace(copy.path, path)
        copy.path.parent.rmdir()
    record = {
        "address": copy.address,
        "published_at": copy.published_at,
        "name": copy.path.name,
        "sha256": copy.sha256,
        "retrieved": copy.retrieved,
        "headers": copy.headers,
    }
    with replacing(_record(copy.address)) as file:
        file.write_text(json.dumps(record, indent=1), encoding="utf-8")
    return path


def kept(address: str) -> Kept | None:
    """The copy of `address` kept from before, or None; a file that no longer has its SHA-256 does not count.

    Parameters
    ----------
    address : str
        As a catalogue entry gives it.

    Returns
    -------
    Kept or None
    """
    source = checked_address(address)
    try:
        record = json.loads(_record(source).read_text(encoding="utf-8"))
        path = home() / "downloads" / record["sha256"] / record["name"]
        if sha256_of(path) == record["sha256"]:
            known = {"sha256": record["sha256"], "retrieved": record["retrieved"]}
            return Kept(path=path, address=source, published_at=address, **known)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None  # never downloaded, or damaged, which is the same
    return None


def has_record(address: str) -> bool:
    """Whether a copy of `address` was kept once; the copy itself is not examined."""
    return _record(checked_address(address)).exists()


def damaged_copies() -> list[str]:
    """The addresses whose kept copy is gone or no longer what was downloaded: they are fetched again when asked for.

    Returns
    -------
    list of str
        Of an unreadable record, its file's name.
    """
    found = []
    for file in sorted((home() / "downloads").glob("*.json")):
        with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
            record = json.loads(file.read_text(encoding="utf-8"))
            path = home() / "downloads" / record["sha256"] / record["name"]
            if path.is_file() and sha256_of(path) == record["sha256"]:
                continue
            found.append(str(record["published_at"]))
            continue
        found.append(file.name)
    return found


def _record(source: str) -> Path:
    """Where it stands which file is the copy of an address."""
    return home() / "downloads" / f"{hashlib.sha256(source.encode()).hexdigest()[:32]}.json"


def _begins(part: Path, whole: Path) -> bool:
    """Whether a file is the beginning of a longer one."""
    if part.stat().st_size >= whole.stat().st_size:
        return False
    with part.open("rb") as beginning, whole.open("rb") as other:
        while bite := beginning.read(_BITE):
            if bite != other.read(len(bite)):
                return False
    return True


def _sweep(folder: Path) -> None:
    """Remove what killed downloads left, and what could not be read; a young one may be another process at work."""
    for unread in folder.glob("*.part"):
        with suppress(OSError):  # another process was faster
            if time.time() - unread.stat().st_mtime > _OLD:
                shutil.rmtree(unread) if unread.is_dir() else unread.unlink()
