"""Where the files of a data set are: in the package, kept from a download, in the mirror, or fetched; the door to the network."""

import datetime as dt
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice, product
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from workbench import store
from workbench.sources.catalog_schema import address_fault
from workbench.sources.dataset import Dataset
from workbench.sources.transfer import LOCAL_HOSTS, PATIENT, Limits, Progress, transfer
from workbench.terms.errors import NotAvailable, ReadError, Refused, UnknownName
from workbench.terms.places import bundled, home, made, mirror
from workbench.terms.text import _

WAYS = ("auto", "bundled", "mirror", "live")
LIVE_BASE = "WORKBENCH_LIVE_BASE"
"""Environment variable for tests: addresses are asked of this server, same path and query; only one on this computer is taken."""
_OLD = 86_400
"""Seconds after which an unfinished download is taken for abandoned."""


@dataclass(frozen=True)
class Kept:
    """A downloaded file, and when and where it is from."""

    path: Path
    address: str
    sha256: str
    retrieved: str  # UTC, ISO 8601


@dataclass(frozen=True)
class Located:
    """The files of a data set on this computer, and the way they came."""

    paths: tuple[Path, ...]
    way: str  # bundled, cached, mirror, live, file
    address: str  # where from, in words that make sense elsewhere: never a path of this computer
    sha256s: tuple[str, ...]
    retrieved: str | None = None  # when downloaded (UTC, ISO 8601); None for files that were not
    coverage: str | None = None  # full or sample, where the entry says it of this way; else as the entry says


def locate(
    dataset: Dataset,
    source: str = "auto",
    *,
    limits: Limits = PATIENT,
    progress: Progress | None = None,
    **parameters: str,
) -> Located:
    """The files of `dataset`, downloaded if need be. Real data are never replaced by synthetic ones.

    Parameters
    ----------
    source : "auto", "bundled", "mirror" or "live"
        `auto` takes the first of bundled, downloaded before, mirror (where WORKBENCH_MIRROR is set) and live, unless
        WORKBENCH_SOURCE says otherwise. `live` asks the publisher anew even if a copy is kept.
    parameters
        Which of the publisher's files, as the entry declares: region="Calabria".

    Raises
    ------
    NotAvailable
        Naming each way that was tried and how to get the rest.
    UnknownName
        For a source, parameter or value that does not exist.
    """
    if source == "auto":
        source = os.environ.get("WORKBENCH_SOURCE") or "auto"
    if source not in WAYS:
        raise UnknownName(_("source"), source, WAYS, hint=_("There are: {ways}.").format(ways=", ".join(WAYS)))
    dataset.check_open()
    chosen = dataset.choose(**parameters)
    if missing := dataset.parameters.keys() - chosen.keys():
        name = min(missing)
        values = ", ".join(dataset.parameters[name]["values"])
        raise NotAvailable(
            _("{dataset} comes in parts: say which {name}. There are: {values}.").format(
                dataset=dataset.name, name=name, values=values
            )
        )
    tried = []
    for way in _ways(source):
        try:
            found = way(dataset, chosen, limits, progress)
            return replace(found, coverage=dataset.coverage_by_way.get("live" if found.way == "cached" else found.way))
        except NotAvailable as error:
            tried.append(str(error))
    raise NotAvailable(
        " ".join([_("{dataset} is not available now.").format(dataset=dataset.name), *tried, _advice(dataset)])
    )


def locate_file(path: str | Path) -> Located:
    """A publisher's file that the user has.

    Raises
    ------
    NotAvailable
        When there is no such file, or it is a folder.
    """
    path = Path(path).expanduser()
    if path.is_dir():
        there = sorted(file.name for file in path.iterdir() if file.is_file())
        it_holds = (
            _(" It holds: {files}.").format(files=", ".join(there[:8]) + ", ..." * (len(there) > 8)) if there else ""
        )
        raise NotAvailable(_("{path} is a folder; name the file in it.").format(path=path) + it_holds)
    if not path.is_file():
        raise NotAvailable(_("There is no file {path}.").format(path=path))
    return Located((path,), "file", path.name, (sha256_of(path),))


def status(dataset: Dataset) -> str:
    """How `dataset` would come now: bundled, cached, mirror, live, or registration. Nothing is fetched.

    What was loaded or downloaded before is cached. What only a mirror could give is "mirror (not set)" without one, and
    "mirror (lacks it)" where its files are not there; a bundled file that is gone is "missing".
    """
    choices = _choices(dataset)
    there = files_now(dataset)[0]
    if there == "bundled":
        return "bundled"
    if store.holds(dataset.name):
        return "cached"
    if dataset.access == "registration":
        return "registration"
    records = [[_record(_asked(f["address"].format(**choice))) for f in dataset.files["live"]] for choice in choices]
    if any(files and all(file.exists() for file in files) for files in records):
        return "cached"
    if there:
        return there
    if dataset.files["live"]:
        return "live"
    if dataset.files["mirror"]:
        return "mirror (lacks it)" if mirror() else "mirror (not set)"
    return "missing"


def files_now(dataset: Dataset) -> tuple[str, Path | None]:
    """Where files of `dataset` are that nobody has to fetch: ("bundled" or "mirror", their folder), else ("", None)."""
    for way, root in {"bundled": dataset.folder, "mirror": mirror()}.items():
        for choice in _choices(dataset) if root else ():
            if files := _present(root, dataset.files[way], choice):
                return way, files[0].parent
    return "", None


def _choices(dataset: Dataset) -> list[dict[str, str]]:
    """Every file that the parameters of `dataset` may name, 500 at the most."""
    names, values = list(dataset.parameters), [p["values"] for p in dataset.parameters.values()]
    return [dict(zip(names, chosen, strict=True)) for chosen in islice(product(*values), 500)]


def fetch(
    address: str,
    *,
    name: str,
    sha256: str | None = None,
    refresh: bool = False,
    limits: Limits = PATIENT,
    progress: Progress | None = None,
) -> Path:
    """The file at `address`: the copy kept from before, else (or with `refresh`) downloaded, verified and kept as `name`.

    Files are kept by their SHA-256, so a new release never takes the place of the one that a result was computed from.

    Raises
    ------
    NotAvailable
        When the publisher cannot be reached or has no such file.
    ReadError
        When what came is a web page, empty, too large, or not what `sha256` promises.
    """
    return _fetch(address, name, sha256, refresh, limits, progress).path


def _fetch(
    address: str, name: str, sha256: str | None, refresh: bool, limits: Limits, progress: Progress | None
) -> Kept:
    asked = _asked(address)
    if not refresh and (before := kept(address)) and sha256 in (None, before.sha256):
        return before
    folder = made(home() / "downloads")
    _sweep(folder)
    with _temporary(folder) as part:
        digest, headers = transfer(asked, part, limits=limits, progress=progress)
        if sha256 not in (None, digest):
            what = _("{address} is not the file that was expected: its SHA-256 is {found}, not {wanted}.")
            raise ReadError(what.format(address=asked, found=digest, wanted=sha256))
        path = folder / digest / name
        path.parent.mkdir(exist_ok=True)
        os.replace(part, path)
    retrieved = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    record = {
        "address": asked,
        "published_at": address,
        "name": name,
        "sha256": digest,
        "retrieved": retrieved,
        "headers": headers,
    }
    with _temporary(folder) as part:
        part.write_text(json.dumps(record, indent=1), encoding="utf-8")
        os.replace(part, _record(asked))
    return Kept(path, asked, digest, retrieved)


def kept(address: str) -> Kept | None:
    """The copy of `address` kept from before, or None; a file that no longer has its SHA-256 does not count."""
    asked = _asked(address)
    try:
        record = json.loads(_record(asked).read_text(encoding="utf-8"))
        path = home() / "downloads" / record["sha256"] / record["name"]
        if sha256_of(path) == record["sha256"]:
            return Kept(path, asked, record["sha256"], record["retrieved"])
    except (OSError, ValueError, KeyError, TypeError):
        return None  # never downloaded, or damaged, which is the same
    return None


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _ways(source: str) -> Sequence:
    every = {"bundled": _from_package, "cached": _from_before, "mirror": _from_mirror, "live": _from_publisher}
    return list(every.values()) if source == "auto" else [every[source]]


def _from_package(dataset: Dataset, chosen: dict, _limits: Limits, _progress: Progress | None) -> Located:
    patterns = [pattern.format(**chosen) for pattern in dataset.files["bundled"]]
    if not patterns:
        raise NotAvailable(_("It does not come with the workbench."))
    paths, root = _present(dataset.folder, patterns, {}), dataset.folder.resolve()
    if not paths:
        raise NotAvailable(_("There is no {files} beside its catalogue.").format(files=", ".join(patterns)))
    if not all(path.resolve().is_relative_to(root) for path in paths):  # a link out of somebody else's catalogue
        raise Refused(_("{dataset}: a file of it lies outside the catalogue's folder.").format(dataset=dataset.name))
    return Located(paths, "bundled", ", ".join(f"bundled:{p}" for p in patterns), tuple(map(sha256_of, paths)))


def _from_before(dataset: Dataset, chosen: dict, _limits: Limits, _progress: Progress | None) -> Located:
    copies = _copies(dataset, chosen)
    if not copies:
        raise NotAvailable(_("No copy of it is kept from an earlier download."))
    return _located(copies, "cached")


def _from_mirror(dataset: Dataset, chosen: dict, _limits: Limits, _progress: Progress | None) -> Located:
    folder, patterns = mirror(), dataset.files["mirror"]
    if not patterns:
        raise NotAvailable(_("A mirror has no files of it."))
    if folder is None:
        raise NotAvailable(_("WORKBENCH_MIRROR is not set."))
    paths = _present(folder, patterns, chosen)
    if not paths:
        files = ", ".join(pattern.format(**chosen) for pattern in patterns)
        there = sorted(
            {
                v
                for n, p in dataset.parameters.items()
                for v in p["values"]
                if _present(folder, patterns, {**chosen, n: v})
            }
        )
        has = _(" It has {values}.").format(values=", ".join(there)) if there else ""
        raise NotAvailable(_("The mirror has no {files}.").format(files=files) + has)
    address = ", ".join(f"mirror:{path.relative_to(folder).as_posix()}" for path in paths)
    return Located(paths, "mirror", address, tuple(map(sha256_of, paths)))


def _from_publisher(dataset: Dataset, chosen: dict, limits: Limits, progress: Progress | None) -> Located:
    if not dataset.files["live"]:
        raise NotAvailable(_("No address of the publisher's is known that gives it as a file."))
    try:
        copies = [
            _fetch(f["address"].format(**chosen), f["name"].format(**chosen), None, True, limits, progress)
            for f in dataset.files["live"]
        ]
    except NotAvailable as error:
        if before := _copies(dataset, chosen):
            date = min(copy.retrieved for copy in before)
            raise NotAvailable(
                _("{error} A copy of {date} is kept: ask for source auto to use it.").format(error=error, date=date)
            ) from error
        raise
    return _located(copies, "live")


def _copies(dataset: Dataset, chosen: dict) -> list[Kept]:
    """The kept copies of all its files, or none."""
    copies = [kept(file["address"].format(**chosen)) for file in dataset.files["live"]]
    return [] if None in copies else copies


def _located(copies: Sequence[Kept], way: str) -> Located:
    addresses = ", ".join(copy.address for copy in copies)
    return Located(
        tuple(c.path for c in copies), way, addresses, tuple(c.sha256 for c in copies), min(c.retrieved for c in copies)
    )


def _present(folder: Path, patterns: Sequence[str], chosen: dict) -> tuple[Path, ...]:
    """The files that the patterns name in `folder`, each file once; none if one pattern finds nothing."""
    found = [sorted(path for path in folder.glob(pattern.format(**chosen)) if path.is_file()) for pattern in patterns]
    return tuple(dict.fromkeys(path for paths in found for path in paths)) if all(found) else ()


def _advice(dataset: Dataset) -> str:
    """How to get it, and what is at hand."""
    how = _(
        "Download it from {url} and give the file itself, or set WORKBENCH_MIRROR to a folder of publishers' files."
    )
    names = sorted(path.stem for path in (bundled("catalogs") / "data").glob("*.parquet"))
    here = _("At hand without a network: {names}.").format(names=", ".join(names)) if names else ""
    return " ".join(filter(None, [how.format(url=dataset.url) if dataset.url else "", here]))


def _asked(address: str) -> str:
    """The address that is really asked: that of the test server, when LIVE_BASE names one."""
    if fault := address_fault(address):
        raise Refused(fault)
    base = os.environ.get(LIVE_BASE)
    if not base:
        return address
    server = urlsplit(base)
    if address_fault(base) or server.hostname not in LOCAL_HOSTS:
        raise Refused(
            _(
                "{variable} is {base!r}. Only a server on this computer is taken, http://127.0.0.1:8000 for example."
            ).format(variable=LIVE_BASE, base=base)
        )
    return urlunsplit((server.scheme, server.netloc, *urlsplit(address)[2:4], ""))


def _record(asked: str) -> Path:
    return home() / "downloads" / f"{hashlib.sha256(asked.encode()).hexdigest()[:32]}.json"


@contextmanager
def _temporary(folder: Path) -> Iterator[Path]:
    """A file to write and then move into place; gone afterwards if it was not moved."""
    handle, name = tempfile.mkstemp(suffix=".part", dir=folder)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _sweep(folder: Path) -> None:
    """Remove what killed downloads left; a young one may be another process at work."""
    for part in folder.glob("*.part"):
        try:
            if time.time() - part.stat().st_mtime > _OLD:
                part.unlink()
        except OSError:
            continue  # another process was faster
