"""What the doctor looks at: versions, memory, what is kept and whether it is whole, which sources can be reached."""

import os
import platform
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urlsplit

from workbench import __version__, store
from workbench.sources import download
from workbench.sources.catalog import Catalog, catalog
from workbench.sources.kept import damaged_copies
from workbench.sources.transfer import reachable
from workbench.terms.places import bundled, home, mirror
from workbench.terms.text import _, n_

LIBRARIES = (
    "pandas",
    "polars",
    "ibis-framework",
    "duckdb",
    "intake",
    "geopandas",
    "statsmodels",
    "panel",
    "bokeh",
    "jupyterlab",
)


def examine(*, live: bool = False) -> str:
    """A report in plain lines.

    Parameters
    ----------
    live : whether the publishers' servers are asked for their headers, each at most once
    """
    book = catalog()
    lines = [*_machine(), *_folders(), *_stored(), _("data sets:")]
    lines += [f"  {name}: {download.status(book[name])}" for name in book.names()]
    if not live:
        lines.append(_("Whether the publishers answer was not asked: workbench doctor --live does."))
    if live:
        lines += [f"  {host}: {answer}" for host, answer in _answers(book).items()]
    return "\n".join(lines)


def _machine() -> list[str]:
    """Versions, memory and disk."""
    return [
        f"osh-workbench {__version__}, Python {platform.python_version()} on {platform.system()}",
        ", ".join(f"{name} {_version(name)}" for name in LIBRARIES),
        _("memory {memory}, free disk {disk:.1f} GB at {home}").format(memory=_memory(), disk=_free(), home=home()),
    ]


def _folders() -> list[str]:
    """What belongs to the installation, and the mirror."""
    lines = []
    for name in ("catalogs", "maps", "notebooks"):
        place = bundled(name) if bundled(name).exists() else _("missing: reinstall the package")
        lines.append(f"{name}: {place}")
    lines.append(_("mirror: {mirror}").format(mirror=mirror() or _("none (set WORKBENCH_MIRROR)")))
    lines.append(_("source: {source}").format(source=os.environ.get("WORKBENCH_SOURCE", "auto")))
    lines.append(_("engine: {engine}").format(engine=os.environ.get("WORKBENCH_ENGINE", "duckdb")))
    return lines


def _stored() -> list[str]:
    """The tables in the store, and what is damaged in it: every file is compared with its hash."""
    tables, damaged = store.manifests(), store.damages()
    lines = [_("stored tables: {n}").format(n=len(tables))]
    lines += [
        n_("  {name}: {rows:,} row, {way}, {written}", "  {name}: {rows:,} rows, {way}, {written}", table.rows).format(
            name=table.part, rows=table.rows, way=table.provenance.get("way"), written=table.written
        )
        for table in tables
    ]
    lines += [f"    {table.caveat}" for table in tables if table.caveat]
    if damaged:
        lines.append(_("damaged tables, read again from their source when they are asked for, or to be loaded again:"))
        lines += [f"  {found.table}: {found.fault}" for found in damaged]
    if copies := damaged_copies():
        lines.append(_("damaged downloads, fetched again when they are asked for:"))
        lines += [f"  {copy}" for copy in copies]
    return lines


def _answers(book: Catalog) -> dict[str, str]:
    """For each publisher's server, whether it answers."""
    hosts: dict[str, str] = {}
    for name in book.names():
        for file in book[name].files["live"]:
            parts = urlsplit(file["address"])
            hosts.setdefault(parts.netloc, f"{parts.scheme}://{parts.netloc}/")
    return {host: reachable(address) for host, address in hosts.items()}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return _("missing")


def _memory() -> str:
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1e9:.1f} GB"
    except (AttributeError, ValueError):  # Windows
        return _("unknown ({platform})").format(platform=sys.platform)


def _free() -> float:
    """Free space on the disk of `home()`, in GB; its nearest folder that is there is asked."""
    folder = home()
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free / 1e9
