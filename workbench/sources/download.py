"""Where the files of a data set are: in the package, kept from a download, in the mirror, or downloaded again."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product
from pathlib import Path

from workbench import store
from workbench.sources.dataset import Dataset
from workbench.sources.eurostat import is_eurostat, refusal, table_of
from workbench.sources.kept import Kept, fetch_unread, has_record, keep, kept
from workbench.sources.transfer import PATIENT, Answered, Limits, Progress
from workbench.store import sha256_of
from workbench.terms.errors import NotAvailable, ReadError, Refused, UnknownName
from workbench.terms.places import bundled, mirror
from workbench.terms.text import _
from workbench.terms.words import some

WAYS = ("auto", "bundled", "mirror", "live")
_FEWEST = 0.9
"""The share of the rows read before under which a download is taken for one that was cut off."""


@dataclass(frozen=True)
class Located:
    """The files of a data set on this computer, and the way they came."""

    paths: tuple[Path, ...]
    way: str  # bundled, cached, mirror, live, file
    address: str  # where from, in words that make sense elsewhere: never a path of this computer
    sha256s: tuple[str, ...]
    retrieved: str | None = None  # when downloaded (UTC, ISO 8601); None for files that were not
    coverage: str | None = None  # full or sample, where the entry says it of this way; else as the entry says
    fresh: tuple[Kept, ...] = ()  # downloads that become the kept copies once they have been read: see `accept`


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
    dataset : an entry of the catalogue
    source : "auto", "bundled", "mirror" or "live"
        `auto` takes the first of bundled, downloaded before, mirror (where WORKBENCH_MIRROR is set) and live, unless
        WORKBENCH_SOURCE says otherwise; publishers' tables in the box come after the mirror: they may be extracts.
        `live` asks the publisher again even if a copy is kept.
    limits, progress : how long and how much; called with the bytes so far and in all
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
    for way in _ways(dataset, source):
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

    Parameters
    ----------
    path : the file itself; `~` is the user's folder

    Raises
    ------
    NotAvailable
        When there is no such file, or it is a folder.
    """
    path = Path(path).expanduser()
    if path.is_dir():
        names = sorted(file.name for file in path.iterdir() if file.is_file())
        if not names:
            raise NotAvailable(_("{path} is a folder; name the file in it.").format(path=path))
        message = _("{path} is a folder; name the file in it. It holds: {files}.")
        raise NotAvailable(message.format(path=path, files=some(names, 8)))
    if not path.is_file():
        raise NotAvailable(_("There is no file {path}.").format(path=path))
    return Located((path,), "file", path.name, (sha256_of(path),))


def doubts(
    dataset: Dataset, located: Located, parameters: Mapping[str, str], *, rows: int, unfinished: bool
) -> list[str]:
    """What to note of a download that has been read; one that was cut is not to replace a good table.

    A body that is cut at the end of a line, by a server that does not say how long it is, looks whole: only the rows
    that were there before show it.

    Parameters
    ----------
    located, parameters : the files as `locate` gave them, and what it was asked with
    rows, unfinished : how many rows were read now, and whether the reader saw the file break off

    Raises
    ------
    ReadError
        When the file breaks off, or has under nine tenths of the rows of the table that was downloaded before.
    """
    notes = []
    if not all(copy.has_an_end for copy in located.fresh):
        notes.append(
            _("The publisher's server did not say how long the file is: rows missing at its end would not be seen.")
        )
    former = [
        table
        for table in store.manifests(dataset.name)
        if located.fresh and table.parameters == dict(parameters) and table.provenance.get("way") in ("live", "cached")
    ]
    if not former:
        return notes
    last = max(former, key=lambda table: table.written)
    known = {"name": dataset.name, "rows": rows, "before": last.rows, "date": last.written}
    if unfinished or rows < _FEWEST * last.rows:
        message = _(
            "{name}: the file at {address} has {rows:,} rows, the table of {date} has {before:,}. It seems to be cut "
            "off, and the former table is kept. If the publisher did take rows out, download the file and load it: "
            "workbench load {name} --from FILE."
        )
        raise ReadError(message.format(address=located.address, **known))
    if rows < last.rows:
        notes.append(_("{name}: {rows:,} rows, fewer than the {before:,} of the table of {date}.").format(**known))
    return notes


def accept(located: Located) -> None:
    """Make downloads that have been read the kept copies of their addresses; without downloads, nothing."""
    for copy in located.fresh:
        keep(copy)


def status(dataset: Dataset) -> str:
    """How `dataset` would come now: bundled, cached, mirror, live, or registration. Nothing is fetched.

    What was loaded or downloaded before is cached. What only a mirror could give is "mirror (not set)" without one, and
    "mirror (lacks it)" where its files are not there; a bundled file that is gone is "missing".
    """
    choices = _choices(dataset)
    at_hand = files_now(dataset)[0]
    if at_hand == "bundled" and not dataset.boxed:
        return "bundled"
    if _is_loaded(dataset):
        return "cached"
    if dataset.access == "registration":
        return "registration"
    live = dataset.files["live"]
    if live and any(all(has_record(file["address"].format(**choice)) for file in live) for choice in choices):
        return "cached"
    if at_hand:
        return at_hand
    if dataset.files["live"]:
        return "live"
    if dataset.files["mirror"]:
        return "mirror (lacks it)" if mirror() else "mirror (not set)"
    return "missing"


def _is_loaded(dataset: Dataset) -> bool:
    """Whether the store has a table of it, other than that of the box, which is there anyhow."""
    if not dataset.boxed:
        return store.holds(dataset.name)
    return any(table.provenance.get("way") != "bundled" for table in store.manifests(dataset.name))


def files_now(dataset: Dataset) -> tuple[str, Path | None]:
    """Where files of `dataset` are that nobody has to fetch: ("bundled" or "mirror", their folder), else ("", None)."""
    places = {"bundled": dataset.folder, "mirror": mirror()}
    for way, root in reversed(places.items()) if dataset.boxed else places.items():
        for choice in _choices(dataset) if root else ():
            if files := _present(root, dataset.files[way], choice):
                return way, files[0].parent
    return "", None


def _choices(dataset: Dataset) -> list[dict[str, str]]:
    """Every file that the parameters of `dataset` may name, 500 at the most."""
    names, values = list(dataset.parameters), [p["values"] for p in dataset.parameters.values()]
    return [dict(zip(names, chosen, strict=True)) for chosen in islice(product(*values), 500)]


def _ways(dataset: Dataset, source: str) -> Sequence:
    every = {"bundled": _from_package, "cached": _from_before, "mirror": _from_mirror, "live": _from_publisher}
    if source != "auto":
        return [every[source]]
    order = ("cached", "mirror", "bundled", "live") if dataset.boxed else ("bundled", "cached", "mirror", "live")
    return [every[way] for way in order]


def _from_package(dataset: Dataset, chosen: dict, _limits: Limits, _progress: Progress | None) -> Located:
    patterns = [pattern.format(**chosen) for pattern in dataset.files["bundled"]]
    if not patterns:
        raise NotAvailable(_("It does not come with the workbench."))
    paths, root = _present(dataset.folder, patterns, {}), dataset.folder.resolve()
    if not paths:
        raise NotAvailable(_("There is no {files} next to its catalogue.").format(files=", ".join(patterns)))
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
        values = sorted(_values_in(folder, dataset, chosen))
        if not values:
            raise NotAvailable(_("The mirror has no {files}.").format(files=files))
        message = _("The mirror has no {files}. It has {values}.")
        raise NotAvailable(message.format(files=files, values=", ".join(values)))
    address = ", ".join(f"mirror:{path.relative_to(folder).as_posix()}" for path in paths)
    return Located(paths, "mirror", address, tuple(map(sha256_of, paths)))


def _values_in(folder: Path, dataset: Dataset, chosen: Mapping[str, str]) -> set[str]:
    """The values of parameters for which a mirror has the files."""
    return {
        value
        for name, parameter in dataset.parameters.items()
        for value in parameter["values"]
        if _present(folder, dataset.files["mirror"], {**chosen, name: value})
    }


def _from_publisher(dataset: Dataset, chosen: dict, limits: Limits, progress: Progress | None) -> Located:
    if not dataset.files["live"]:
        raise NotAvailable(_("No address of the publisher's is known that gives it as a file."))
    try:
        copies = [
            fetch_unread(
                file["address"].format(**chosen),
                name=file["name"].format(**chosen),
                sha256=file.get("sha256"),
                limits=limits,
                progress=progress,
            )
            for file in dataset.files["live"]
        ]
    except NotAvailable as error:
        refused = refusal(dataset.name, error.status, chosen) if _is_answer(dataset, error) else None
        if refused:
            raise refused from error
        if before := _copies(dataset, chosen):
            date = min(copy.retrieved for copy in before)
            raise NotAvailable(
                _("{error} A copy of {date} is kept: ask for source auto to use it.").format(error=error, date=date)
            ) from error
        raise
    return replace(_located(copies, "live"), fresh=tuple(copies))


def _is_answer(dataset: Dataset, error: NotAvailable) -> bool:
    """Whether Eurostat's programming interface answered, with a status that it explains."""
    return is_eurostat(dataset.name) and isinstance(error, Answered)


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
    advice = []
    if dataset.url:
        message = _(
            "Download it from {url} and give the file itself, or set WORKBENCH_MIRROR to a folder of publishers' files."
        )
        advice.append(message.format(url=dataset.url))
    if is_eurostat(dataset.name):
        advice.append(_("A download of yours: workbench load {name} --from FILE.").format(name=dataset.name))
        table = table_of(dataset.name)
        if (bundled("catalogs") / "box" / f"{table}.parquet").exists():
            advice.append(_("The catalogue has figures of it without a network: ask for {table}.").format(table=table))
    real, synthetic = (
        ", ".join(sorted(path.stem for path in (bundled("catalogs") / folder).glob("*.parquet")))
        for folder in ("box", "data")
    )
    if real and synthetic:
        message = _("At hand without a network: published figures {real}; synthetic ones {synthetic}.")
        advice.append(message.format(real=real, synthetic=synthetic))
    return " ".join(advice)
