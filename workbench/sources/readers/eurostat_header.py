"""What a Eurostat file says of itself: its table, its title, its dimensions with their codes and labels."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from workbench.sources.readers.eurostat_formats import (
    DIMENSION_NAME,
    TIMES,
    cells,
    codes_of,
    csv_dimensions,
    is_tsv,
    json_table,
)
from workbench.sources.readers.files import contents, lines
from workbench.sources.readers.text_tables import TextTable
from workbench.terms.errors import ReadError
from workbench.terms.tables import Report
from workbench.terms.text import _

_TABLE = re.compile(r"(?:ESTAT:)?([A-Za-z0-9_$]+)(?:\([\d.]+\))?")
"""How SDMX-CSV names a table: ESTAT:HSW_N2_01(1.0)."""


@dataclass(frozen=True, kw_only=True)
class Header:
    """What a file says of itself.

    Attributes
    ----------
    table : its id in small letters; "" in a TSV file, which does not say it
    title : its title, "" where the file has none
    dimensions : Eurostat's name of each dimension, in the order of the file and without the time, with the label of
        each code that occurs; a file without labels has "" for them
    """

    table: str
    title: str
    dimensions: dict[str, dict[str, str]]


def header_of(paths: Sequence[Path]) -> Header:
    """What files of one table say of it, together; their figures are not looked at.

    Parameters
    ----------
    paths : in any of Eurostat's three formats, as they are or packed

    Returns
    -------
    Header

    Raises
    ------
    ReadError
        For a file in another format, for Eurostat's answer in words, and for files of two tables.
    """
    found = [
        _header(content.name, content.stream, content.sample) for path in paths for content in contents(path, Report())
    ]
    tables = sorted({header.table for header in found if header.table})
    keys = {tuple(sorted(set(header.dimensions) - {"freq"})) for header in found}
    if len(tables) > 1 or len(keys) > 1:
        raise ReadError(_("These files are of several tables: {tables}.").format(tables=", ".join(tables) or len(keys)))

    dimensions = {name: {} for name in found[0].dimensions}
    for header in found:
        for name, labels in header.dimensions.items():
            known = dimensions.setdefault(name, {})
            known.update({code: label for code, label in labels.items() if label or code not in known})
    title = next((header.title for header in found if header.title), "")
    return Header(table=tables[0] if tables else "", title=title, dimensions=dimensions)


def _header(name: str, stream: BinaryIO, sample: bytes) -> Header:
    start = sample.decode("utf-8-sig", errors="replace").lstrip()
    first = start.splitlines()[0]
    if start.startswith("{"):
        return _of_json(name, stream)
    if is_tsv(first):
        return _of_tsv(name, stream)
    if "TIME_PERIOD" in first and "OBS_VALUE" in first:
        return _of_csv(name, stream)
    next(cells(name, stream, sample, Report()))  # refuses it, in words
    raise ReadError(_("{name} is no Eurostat table.").format(name=name))


def _of_tsv(name: str, stream: BinaryIO) -> Header:
    text = lines(name, stream, Report())
    names = [dim.strip() for dim in next(text, "").split("\t")[0].split("\\")[0].lower().split(",")]
    dimensions: dict[str, dict[str, str]] = {dim: {} for dim in names}
    for key in _keys(text):
        for dim, code in zip(names, key, strict=False):
            dimensions[dim].setdefault(code, "")
    return Header(table="", title="", dimensions=dimensions)


def _keys(text: Iterator[str]) -> Iterator[list[str]]:
    for line in text:
        if line.strip():
            yield line.partition("\t")[0].strip().split(",")


def _of_csv(name: str, stream: BinaryIO) -> Header:
    table = TextTable(name, stream, Report())
    names = csv_dimensions(table)
    header = table.header
    places = {dim: header.index(dim) for dim in names}
    labelled = {dim: place + 1 for dim, place in places.items() if not DIMENSION_NAME.fullmatch(header[place + 1])}
    labelled = {dim: place for dim, place in labelled.items() if header[place] != "TIME_PERIOD"}
    about = {title: header.index(title) for title in ("STRUCTURE_ID", "DATAFLOW", "STRUCTURE_NAME") if title in header}

    dimensions: dict[str, dict[str, str]] = {dim: {} for dim in names}
    titles = dict.fromkeys(about, "")
    for _number, row, fault in table:
        if fault:
            continue
        titles = titles if any(titles.values()) else {title: row[place].strip() for title, place in about.items()}
        for dim, place in places.items():
            code = row[place].strip()
            if code not in dimensions[dim]:
                dimensions[dim][code] = row[labelled[dim]].strip() if dim in labelled else ""
    written = _TABLE.fullmatch(titles.get("STRUCTURE_ID") or titles.get("DATAFLOW") or "")
    return Header(
        table=written[1].lower() if written else "", title=titles.get("STRUCTURE_NAME", ""), dimensions=dimensions
    )


def _of_json(name: str, stream: BinaryIO) -> Header:
    table = json_table(name, stream)
    try:
        names = [str(dim) for dim in table["id"] if dim not in TIMES]
        categories = {dim: table["dimension"][dim]["category"] for dim in names}
        dimensions = {
            dim: {code: str(category.get("label", {}).get(code, "")) for code in codes_of(category)}
            for dim, category in categories.items()
        }
        about = table.get("extension") or {}
        written = str(about.get("id") or about.get("datasetId") or "")
    except (KeyError, TypeError, AttributeError) as fault:
        raise ReadError(_("{name} is JSON, but not a JSON-stat 2.0 table.").format(name=name)) from fault
    return Header(table=written.lower(), title=str(table.get("label") or ""), dimensions=dimensions)
