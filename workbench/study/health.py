"""What the doctor looks at: versions, memory, what is kept, which sources can be reached."""

import os
import platform
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urlsplit

from workbench import __version__, store
from workbench.sources import download
from workbench.sources.catalog import catalog
from workbench.sources.transfer import reachable
from workbench.terms.places import bundled, home, mirror
from workbench.terms.text import _

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
    """A report in plain lines; with `live` the publishers' servers are asked for their headers, each at most once."""
    lines = [f"osh-workbench {__version__}, Python {platform.python_version()} on {platform.system()}"]
    lines.append(", ".join(f"{name} {_version(name)}" for name in LIBRARIES))
    lines.append(
        _("memory {memory}, free disk {disk:.1f} GB at {home}").format(memory=_memory(), disk=_free(), home=home())
    )
    for name in ("catalogs", "maps", "notebooks"):
        lines.append(f"{name}: {bundled(name) if bundled(name).exists() else _('missing: reinstall the package')}")
    lines.append(_("mirror: {mirror}").format(mirror=mirror() or _("none (set WORKBENCH_MIRROR)")))
    lines.append(_("source: {source}").format(source=os.environ.get("WORKBENCH_SOURCE", "auto")))
    kept = store.manifests()
    lines.append(_("stored tables: {n}").format(n=len(kept)))
    lines += [f"  {m.name} {m.parameters or ''}: {m.rows:,} rows, {m.provenance.get('way')}, {m.written}" for m in kept]
    book = catalog()
    lines.append(_("data sets:"))
    lines += [f"  {name}: {download.status(book[name])}" for name in book.names()]
    if live:
        lines += [f"  {host}: {answer}" for host, answer in _answers(book).items()]
    return "\n".join(lines)


def _answers(book) -> dict[str, str]:
    """For each publisher's server, whether it answers."""
    hosts: dict[str, str] = {}
    for name in book.names():
        for its in book[name].files["live"]:
            parts = urlsplit(its["address"])
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
    folder = home()
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free / 1e9
