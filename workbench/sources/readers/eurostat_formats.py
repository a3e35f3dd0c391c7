"""The three formats of a Eurostat table (TSV, SDMX-CSV, JSON-stat 2.0), each as the same cells: codes, time, value, flags."""

import csv
import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np

from workbench.sources.readers.files import BROKEN, CUT_OFF, lines
from workbench.terms.errors import ReadError
from workbench.terms.tables import Report
from workbench.terms.text import _

BATCH = 20_000
TIMES = ("time", "TIME_PERIOD")
_CELL = re.compile(
    r"(?P<value>:|[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*(?P<flag>[a-z]*)\s*(?P<secret>@[A-Z])?", re.ASCII
)
_FREE = {"", "F"}
"""Confidentiality that lets a value be published; every other code is kept as flag "c"."""
_NO_LETTER = re.compile("[^a-z]")
_CODE = re.compile(r"[a-z][a-z0-9_]*")  # names of dimensions; labels beside them have capitals or blanks


@dataclass
class Cells:
    """Some cells of one table, column-wise: `keys` (one code list per dimension), `times`, `values` (NaN: missing), `flags`, `rows`."""

    dimensions: tuple[str, ...]
    keys: list[tuple[str, ...]] = field(default_factory=list)
    times: list[str] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)  # where in the file: its line, or in JSON the position of the value

    def add(self, row: int, key: Sequence[str], time: str, value: float, flag: str) -> None:
        self.rows.append(row)
        self.keys.append(tuple(key))
        self.times.append(time)
        self.values.append(value)
        self.flags.append(flag)


def cells(name: str, stream: BinaryIO, sample: bytes, report: Report) -> Iterator[Cells]:
    """The cells of one file, about `BATCH` lines at a time, at least once; cells that cannot be read are rejected.

    Raises
    ------
    ReadError
        When the file is in none of the three formats, or is the publisher's error message.
    """
    start = sample.decode("utf-8-sig", errors="replace").lstrip()
    if start.startswith("{"):
        return _from_json(name, stream, report)
    header = start.splitlines()[0]
    if "\t" in header and "\\" in header.split("\t")[0]:
        return _from_tsv(name, stream, report)
    if "TIME_PERIOD" in header and "OBS_VALUE" in header:
        return _from_csv(name, stream, report)
    said = _(
        "{name} begins with {start!r}; expected a Eurostat table as TSV, SDMX-CSV or JSON-stat. Has the download failed?"
    )
    raise ReadError(said.format(name=name, start=header[:80]))


def read_cell(text: str) -> tuple[float, str] | None:
    """Value and sorted flag letters of a TSV cell: "123.4 b" is (123.4, "b"), ": c" is (NaN, "c"). None if it is neither."""
    found = _CELL.fullmatch(text.strip())
    if not found:
        return None
    secret = "" if (found["secret"] or "")[1:] in _FREE else "c"
    return math.nan if found["value"] == ":" else float(found["value"]), "".join(sorted({*found["flag"], *secret}))


def _from_tsv(name: str, stream: BinaryIO, report: Report) -> Iterator[Cells]:
    text = lines(name, stream, report)
    head = next(text, "").rstrip("\r\n").split("\t")
    dimensions = tuple(head[0].split("\\")[0].strip().lower().split(","))
    years = [title.strip() for title in head[1:]]
    found, known = Cells(dimensions), {}
    for number, line in enumerate(text, start=2):
        if not line.strip():
            continue
        row = line.rstrip("\r\n").split("\t")
        key = row[0].strip().split(",")
        report.rows_read += len(years)
        fault = _tsv_fault(row, key, years, dimensions, line)
        report.unfinished |= not line.endswith("\n")  # Eurostat ends every line, the last one too
        for year, cell in zip(years, row[1:] if not fault else [""] * len(years), strict=True):
            if cell not in known:
                known = {} if len(known) > 100_000 else known
                known[cell] = read_cell(cell)
            if fault or known[cell] is None:
                report.reject(number, "" if fault else year, fault or _("not a number with flags"))
            else:
                found.add(number, key, year, *known[cell])
        if len(found.rows) >= BATCH:
            yield found
            found = Cells(dimensions)
    yield found


def _tsv_fault(row: list[str], key: list[str], years: list[str], dimensions: tuple[str, ...], line: str) -> str:
    if len(key) != len(dimensions):
        return _("the key has {found} codes where the header has {expected}").format(
            found=len(key), expected=len(dimensions)
        )
    if len(row) != len(years) + 1:
        return _("{found} cells where the header has {expected} years: cut off?").format(
            found=len(row) - 1, expected=len(years)
        )
    return "" if line.endswith("\n") else _("the file ends inside this line: it may be cut off")


def _from_csv(name: str, stream: BinaryIO, report: Report) -> Iterator[Cells]:
    rows = csv.reader(lines(name, stream, report))
    header = [title.strip() for title in next(rows, [])]
    place = {title: i for i, title in reversed(list(enumerate(header)))}
    dimensions = tuple(title for title in header[: place.get("TIME_PERIOD", 0)] if _CODE.fullmatch(title))
    if not dimensions or "OBS_VALUE" not in place:
        said = _("{name} has the columns {found}; expected dimensions, then TIME_PERIOD, then OBS_VALUE.")
        raise ReadError(said.format(name=name, found=", ".join(header)[:300]))
    keys = [place[title] for title in dimensions]
    found = Cells(dimensions)
    for row in rows:
        if not row:
            continue
        report.rows_read += 1
        if len(row) != len(header):
            said = _("{found} fields where the header has {expected}: cut off, or a comma too many or too few")
            report.reject(rows.line_num, "", said.format(found=len(row), expected=len(header)))
            continue
        status, confidential = (row[place[c]].strip() if c in place else "" for c in ("OBS_FLAG", "CONF_STATUS"))
        letters = _NO_LETTER.sub("", status.lower()) + ("" if confidential in _FREE else "c")
        cell = read_cell(f"{row[place['OBS_VALUE']].strip() or ':'} {letters}")
        if cell is None:
            report.reject(rows.line_num, "OBS_VALUE", _("not a number with flags"))
        else:
            found.add(rows.line_num, [row[i].strip() for i in keys], row[place["TIME_PERIOD"]].strip(), *cell)
        if len(found.rows) >= BATCH:
            yield found
            found = Cells(dimensions)
    yield found


def _from_json(name: str, stream: BinaryIO, report: Report) -> Iterator[Cells]:
    table = _json(name, stream)
    try:
        ids, sizes = table["id"], table["size"]
        codes = [_codes(table["dimension"][dim]["category"]) for dim in ids]
        status = table.get("status", {})
        values = {**dict.fromkeys(_by_place(status), None), **_by_place(table["value"])}
        status = _by_place(status) if not isinstance(status, str) else dict.fromkeys(values, status)
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise ReadError(
            _("{name} is JSON, but not a JSON-stat 2.0 table ({fault}).").format(name=name, fault=fault)
        ) from fault
    if [len(of_one) for of_one in codes] != list(sizes):
        raise ReadError(_("{name}: the sizes of its dimensions do not fit its codes.").format(name=name))
    if unlisted := math.prod(sizes) - len(values):
        report.note(
            _("{name}: {n:,} of {all:,} cells are not in the answer.").format(
                name=name, n=unlisted, all=math.prod(sizes)
            )
        )
    when = next((i for i, dim in enumerate(ids) if dim in TIMES), None)
    if when is None:
        raise ReadError(_("{name} has no dimension of time. It has: {found}.").format(name=name, found=", ".join(ids)))
    found = Cells(tuple(dim for i, dim in enumerate(ids) if i != when))
    for place, value in sorted(values.items()):
        report.rows_read += 1
        cell = read_cell(f"{':' if value is None else value} {_NO_LETTER.sub('', str(status.get(place) or ''))}")
        if not 0 <= place < math.prod(sizes) or cell is None:
            reason = _("not a number with flags") if cell is None else _("the position lies outside the table")
            report.reject(place, "value", reason)
            continue
        key = [of_one[i] for of_one, i in zip(codes, np.unravel_index(place, sizes), strict=True)]
        found.add(place, key[:when] + key[when + 1 :], key[when], *cell)
    yield found


def _json(name: str, stream: BinaryIO) -> dict:
    try:
        table = json.loads(stream.read().decode("utf-8-sig"))
    except (json.JSONDecodeError, UnicodeDecodeError, *BROKEN) as fault:
        said = _("{name} is not whole JSON ({fault}). A table in this format is read as a whole: download it again.")
        raise ReadError(said.format(name=name, fault=fault if not isinstance(fault, EOFError) else CUT_OFF)) from fault
    if "error" in table:
        answers = table["error"] if isinstance(table["error"], list) else [table["error"]]
        said = "; ".join(str(a.get("label", a)) if isinstance(a, dict) else str(a) for a in answers)
        raise ReadError(_("Eurostat answered {name} with an error: {said}").format(name=name, said=said[:300]))
    return table


def _codes(category: dict) -> list[str]:
    """The codes of a dimension in their order: `index` is a list, a mapping to places, or left out for a single code."""
    index = category.get("index") or list(category["label"])
    return sorted(index, key=index.get) if isinstance(index, dict) else list(index)


def _by_place(values: dict | list | str) -> dict[int, object]:
    if isinstance(values, str):
        return {}
    if isinstance(values, list):
        return {place: value for place, value in enumerate(values) if value is not None}
    return {int(place): value for place, value in values.items()}
