"""The three formats of a Eurostat table (TSV, SDMX-CSV, JSON-stat 2.0) as the same cells: codes, time, value, flags."""

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from workbench.sources.readers.files import BROKEN, lines
from workbench.sources.readers.text_tables import TextTable, refuse_wide, titles
from workbench.sources.readers.values import MOST
from workbench.terms.errors import ReadError, shown
from workbench.terms.tables import Report
from workbench.terms.text import _

BATCH = 20_000
TIMES = ("time", "TIME_PERIOD")
_CELL = re.compile(
    r"(?P<value>:|NaN|nan|[-+]?\d{1,400}(?:\.\d{1,400})?(?:[eE][-+]?\d{1,4})?)\s*(?P<flag>[a-z]*)\s*(?P<secret>@[A-Z])?",
    re.ASCII,
)
_MISSING = {":", "NaN", "nan"}  # NaN is how SDMX says missing
MOST_JSON, MOST_BRACKETS = 32 << 20, 200_000
"""Bytes of a JSON-stat table, and lists and objects in it: values stand in one list, real tables have some dozens."""
MOST_COMMAS = 2_000_000
"""In a JSON-stat table, one for each value, flag, code and label: of more than 500,000 cells Eurostat sends none at
once (as of 2026-11). A table of 15 million values would take 2 GB before the first of them is looked at."""
_FREE = {"", "F"}
"""Confidentiality that lets a value be published; every other code is kept as flag "c"."""
_NO_LETTER = re.compile("[^a-z]")
DIMENSION_NAME = re.compile(r"[a-z][a-z0-9_]*")  # names of dimensions; labels beside them have capitals or blanks


@dataclass
class Cells:
    """Some cells of one table, column by column; `keys` has the codes of a cell, a missing value is NaN.

    `read` counts the cells that were read for them, those that were rejected among them.
    """

    dimensions: tuple[str, ...]
    keys: list[tuple[str, ...]] = field(default_factory=list)
    times: list[str] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)  # where in the file: its line, or in JSON the position of the value
    read: int = 0

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
        When the file is in none of the three formats, or is the publisher's error message. Of another file only the
        names of columns are repeated: its first line may be somebody's record.
    """
    start = sample.decode("utf-8-sig", errors="replace").lstrip()
    if start.startswith("{"):
        return _from_json(name, stream, report)
    if start.startswith("<"):
        raise ReadError(_xml(name, start))
    header = start.splitlines()[0]
    if is_tsv(header):
        return _from_tsv(name, stream, report)
    if "TIME_PERIOD" in header and "OBS_VALUE" in header:
        return _from_csv(name, stream, report)
    message = _("{name} has {found}; expected a Eurostat table as TSV, SDMX-CSV or JSON-stat. Has the download failed?")
    raise ReadError(message.format(name=name, found=titles(re.split("[,;\t]", header))))


def is_tsv(header: str) -> bool:
    """Whether a first line is that of a TSV table: names of dimensions, a backslash, then the times."""
    return "\t" in header and "\\" in header.split("\t")[0]


def _xml(name: str, start: str) -> str:
    """Eurostat's message in XML, or that SDMX-ML is not read."""
    message = re.search(r"<faultstring[^>]*>([^<]{1,500})|<(?:\w+:)?Text[^>]*>([^<]{1,500})", start)
    if message or "async" in start.lower():
        return _answered(name, (message[1] or message[2]) if message else "ASYNCHRONOUS_RESPONSE")
    return _(
        "{name} is XML; expected a Eurostat table as TSV, SDMX-CSV or JSON-stat: choose that when you download."
    ).format(name=name)


def read_cell(text: str) -> tuple[float, str] | None:
    """Value and sorted flag letters of a TSV cell: "123.4 b" is (123.4, "b"), ": c" is (NaN, "c").

    None where it is neither, or no finite figure: 1e400.
    """
    found = _CELL.fullmatch(text.strip())
    if not found:
        return None
    value = math.nan if found["value"] in _MISSING else float(found["value"])
    if abs(value) > MOST:
        return None
    secret = "" if (found["secret"] or "")[1:] in _FREE else "c"
    return value, "".join(sorted({*found["flag"], *secret}))


def _fault_of(written: str) -> str:
    """Why a cell is none: the decimal comma of a spreadsheet, a figure beyond all measure, or anything else."""
    if re.match(r"[-+]?\d+,\d", written):
        return _("not a number with flags: write decimals with a point, not a comma")
    if re.match(r"[-+]?(\d+(\.\d+)?[eE]?\d*|inf\w*)\s*[a-z]*$", written, re.IGNORECASE):
        return _("not a number with flags: more than {most:,.0f}").format(most=MOST)
    return _("not a number with flags")


def _from_tsv(name: str, stream: BinaryIO, report: Report) -> Iterator[Cells]:
    text = lines(name, stream, report)
    head = next(text, "").rstrip("\r\n").split("\t")
    dimensions = tuple(dim.strip() for dim in head[0].split("\\")[0].lower().split(","))
    _refuse_twice(name, dimensions)
    years = [title.strip() for title in head[1:]]
    refuse_wide(name, len(years))
    found, known = Cells(dimensions), {}
    for number, line in enumerate(text, start=2):
        if not line.strip():
            continue
        row = line.rstrip("\r\n").split("\t")
        key = row[0].strip().split(",")
        report.rows_read += len(years)
        found.read += len(years)
        fault = _tsv_fault(row, key, years, dimensions, line)
        report.unfinished |= not line.endswith("\n")  # Eurostat ends every line, the last one too
        for year, cell in zip(years, row[1:] if not fault else [""] * len(years), strict=True):
            if cell not in known:
                known = {} if len(known) > 100_000 else known
                known[cell] = read_cell(cell)
            if fault or known[cell] is None:
                report.reject(number, "" if fault else shown(year), fault or _fault_of(cell.strip()))
            else:
                found.add(number, key, year, *known[cell])
        if found.read >= BATCH:
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
    table = TextTable(name, stream, report)
    dimensions = csv_dimensions(table)
    keys = [table.header.index(title) for title in dimensions]
    time, value = (table.header.index(title) for title in ("TIME_PERIOD", "OBS_VALUE"))
    flag, secret = (table.header.index(t) if t in table.header else None for t in ("OBS_FLAG", "CONF_STATUS"))
    found = Cells(dimensions)
    for number, row, fault in table:
        if found.read >= BATCH:
            yield found
            found = Cells(dimensions)
        found.read += 1
        if fault:
            report.reject(number, "", fault)
            continue
        confidential = "" if secret is None or row[secret].strip() in _FREE else "c"
        letters = "" if flag is None else _NO_LETTER.sub("", row[flag].lower())
        written = row[value].strip() or ":"
        cell = read_cell(f"{written} {letters}{confidential}")
        if cell is None:
            report.reject(number, "OBS_VALUE", _fault_of(written))
        else:
            found.add(number, [row[place].strip() for place in keys], row[time].strip(), *cell)
    yield found


def csv_dimensions(table: TextTable) -> tuple[str, ...]:
    """The codes' columns, which stand before the time; the labels next to them have capitals or blanks."""
    table.refuse_separator()
    before = table.header[: table.header.index("TIME_PERIOD")] if "TIME_PERIOD" in table.header else []
    dimensions = tuple(title for title in before if DIMENSION_NAME.fullmatch(title))
    if not dimensions or "OBS_VALUE" not in table.header:
        message = _("{name} has the columns {found}; expected dimensions, then TIME_PERIOD, then OBS_VALUE.")
        raise ReadError(message.format(name=table.name, found=titles(table.header)))
    table.require([*dimensions, "TIME_PERIOD", "OBS_VALUE"])
    return dimensions


def _from_json(name: str, stream: BinaryIO, report: Report) -> Iterator[Cells]:
    table = json_table(name, stream)
    try:
        ids, sizes = [str(dim) for dim in table["id"]], [int(size) for size in table["size"]]
        codes = [codes_of(table["dimension"][dim]["category"]) for dim in ids]
        status = table.get("status", {})
        values = {**dict.fromkeys(_by_place(status), None), **_by_place(table["value"])}
        status = _by_place(status) if not isinstance(status, str) else dict.fromkeys(values, status)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as fault:
        raise ReadError(_("{name} is JSON, but not a JSON-stat 2.0 table.").format(name=name)) from fault
    if [len(of_one) for of_one in codes] != sizes:
        raise ReadError(_("{name}: the sizes of its dimensions do not fit its codes.").format(name=name))
    _refuse_twice(name, ids)
    cells_ = math.prod(sizes)
    if unlisted := cells_ - len(values):
        message = _("{name}: {n:,} of {all:,} cells are not in the answer.")
        report.note(message.format(name=name, n=unlisted, all=cells_))
    when = next((i for i, dim in enumerate(ids) if dim in TIMES), None)
    if when is None:
        message = _("{name} has no dimension of time. It has: {found}.")
        raise ReadError(message.format(name=name, found=titles(ids)))
    dimensions = tuple(dim for i, dim in enumerate(ids) if i != when)
    found = Cells(dimensions)
    for place, value in sorted(values.items()):
        if found.read >= BATCH:
            yield found
            found = Cells(dimensions)
        found.read += 1
        report.rows_read += 1
        written = ":" if value is None else str(value)
        cell = read_cell(f"{written} {_NO_LETTER.sub('', str(status.get(place) or ''))}")
        if not 0 <= place < cells_:
            report.reject(place, "value", _("the position lies outside the table"))
        elif cell is None:
            report.reject(place, "value", _fault_of(written))
        else:
            key = _key(place, codes)
            found.add(place, key[:when] + key[when + 1 :], key[when], *cell)
    yield found


def _key(place: int, codes: Sequence[Sequence[str]]) -> list[str]:
    """The codes of a cell from its position: JSON-stat counts row by row, the last dimension fastest."""
    key = []
    for of_one in reversed(codes):
        place, position = divmod(place, len(of_one))
        key.append(of_one[position])
    return key[::-1]


def json_table(name: str, stream: BinaryIO) -> dict:
    """A JSON-stat table as plain values; ReadError for anything else, and for Eurostat's answer in words."""
    try:
        text = stream.read(MOST_JSON + 1)
        brackets = text.count(b"[") + text.count(b"{")
        if len(text) > MOST_JSON or brackets > MOST_BRACKETS or text.count(b",") > MOST_COMMAS:
            sentence = _(
                "{name} is too large or too deep for a JSON-stat table. Download the table as TSV or SDMX-CSV, "
                "which are read line by line."
            )
            raise ReadError(sentence.format(name=name))
        table = json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError, *BROKEN) as fault:  # also of a number with 5,000 digits
        sentence = _(
            "{name} is not whole JSON (cut off, or damaged). A table in this format is read as a whole: download "
            "it again."
        )
        raise ReadError(sentence.format(name=name)) from fault
    if not isinstance(table, dict):
        raise ReadError(_("{name} is JSON, but not a JSON-stat 2.0 table.").format(name=name))
    if message := table.get("error") or table.get("warning"):
        answers = message if isinstance(message, list) else [message]
        sentence = "; ".join(str(a.get("label", a)) if isinstance(a, dict) else str(a) for a in answers)
        raise ReadError(_answered(name, sentence))
    return table


def _answered(name: str, message: str) -> str:
    """What Eurostat says in place of a table, and what to do.

    As of 2026-11: ASYNCHRONOUS_RESPONSE for 500,000 cells and more, which it prepares first, EXTRACTION_TOO_BIG for
    more than 5,000,000.
    """
    text = _("Eurostat answered {name} with an error: {message}.").format(
        name=name, message=shown(message, 300).rstrip(".")
    )
    if "async" in message.lower():
        return (
            text
            + " "
            + _("It prepares large tables first: try again in some minutes, or ask for fewer years or codes.")
        )
    if "TOO_BIG" in message:
        return text + " " + _("Ask for fewer years or codes.")
    return text


def _refuse_twice(name: str, dimensions: Sequence[str]) -> None:
    if twice := sorted({dim for dim in dimensions if dimensions.count(dim) > 1}):
        raise ReadError(_("{name} has the column {names} twice.").format(name=name, names=titles(twice)))


def codes_of(category: dict) -> list[str]:
    """The codes of a dimension in order: `index` is a list, a mapping to places, or left out for a single code."""
    index = category.get("index") or list(category["label"])
    return [str(code) for code in (sorted(index, key=index.get) if isinstance(index, dict) else index)]


def _by_place(values: dict | list | str) -> dict[int, object]:
    if isinstance(values, str):
        return {}
    if isinstance(values, list):
        return {place: value for place, value in enumerate(values) if value is not None}
    return {int(place): value for place, value in values.items()}
