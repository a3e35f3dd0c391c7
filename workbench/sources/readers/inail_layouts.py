"""The layouts INAIL writes its accident records in (XML, semicolon CSV, JSON), each as the same columns of text."""

import codecs
import csv
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from typing import BinaryIO

from lxml import etree

from workbench.sources.readers.files import BROKEN, CHUNK, CUT_OFF, lines
from workbench.terms.errors import ReadError
from workbench.terms.tables import Report
from workbench.terms.text import _

NEEDED = (
    "DataAccadimento",
    "DataMorte",
    "LuogoAccadimento",
    "Genere",
    "Eta",
    "ModalitaAccadimento",
    "SettoreAttivitaEconomica",
    "Gestione",
)
SOMETIMES = (  # as of 2024 the monthly files lack some of these
    "DefinizioneAmministrativa",
    "DefinizioneAmministrativaEsitoMortale",
    "Indennizzo",
    "GradoMenomazione",
    "GiorniIndennizzati",
)
"""The only fields that are ever looked at: persons, cases and employers stay in the file."""
BATCH = 20_000
_PROLOG = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s*<\?xml\b[^>]*\?>)?")
_DECLARATION = re.compile(r"^\ufeff?\s*(?:<\?xml[^>]*\?>)?\s*")
_LIST = re.compile(r'^\s*\[|"((?:[^"\\]|\\.)*)"\s*:\s*\[')
_BETWEEN = re.compile(r"[\s,]*")
_TAG, _TEXT = attrgetter("tag"), attrgetter("text")
_BITE = 1 << 15  # XML fed in small pieces stays in the processor's cache
_LONGEST_RECORD = 1 << 20
_SAFE = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
}


@dataclass
class Records:
    """Some records of one file: `numbers` (from 1, over the whole load) and, record after record, the text of `fields`."""

    fields: tuple[str, ...]
    numbers: list[int] = field(default_factory=list)
    texts: list[str | None] = field(default_factory=list)

    def column(self, name: str) -> list[str | None]:
        """The texts of one field; all None where the layout does not have it."""
        if name not in self.fields:
            return [None] * len(self.numbers)
        return self.texts[self.fields.index(name) :: len(self.fields)]


def records(name: str, stream: BinaryIO, sample: bytes, report: Report) -> Iterator[Records]:
    """The records of one file, at least once and at most about `BATCH` at a time; counts them in `report`.

    Raises
    ------
    ReadError
        When the file has no accident records in it: other fields, the publisher's error message, entities.
    """
    start = _DECLARATION.sub("", sample.decode("utf-8", errors="replace"))
    if start[:1] in {"{", "["}:
        return _from_json(name, stream, report)
    if start.startswith("<"):
        return _from_xml(name, stream, sample, report)
    return _from_csv(name, stream, report)


def _from_xml(name: str, stream: BinaryIO, sample: bytes, report: Report) -> Iterator[Records]:
    around, tags = _learn(name, stream)
    positions = _positions(name, [etree.QName(tag).localname for tag in tags])
    wanted = [tags[place] for place in positions.values()]
    places = [place if place < len(tags) / 2 else place - len(tags) for place in positions.values()]  # the nearer end
    # An instruction of our own before the outermost element is the only event, and the way into the growing tree:
    # events for elements would cost a call for each of their fields.
    parser = etree.XMLPullParser(events=("pi",), collect_ids=False, **_SAFE)
    prolog = _PROLOG.match(sample).end()
    parser.feed(sample[:prolog] + b"<?begin?>")
    stream.seek(prolog)
    mark, holder, chunk, fault, kept = None, None, b"more", "", Records(tuple(positions))
    while chunk and not fault:
        try:
            chunk = stream.read1(_BITE)
            parser.feed(chunk) if chunk else parser.close()
        except etree.XMLSyntaxError as error:
            fault = _("cut off, or not XML here ({fault}); what follows could not be read").format(fault=error.msg)
        except BROKEN:
            fault = CUT_OFF
        for _event, instruction in parser.read_events():
            mark = instruction if mark is None else mark
        if holder is None and mark is not None:
            holder = next((found for root in mark.itersiblings("*") for found in root.iter(around)), None)
        if holder is None or not len(holder):
            continue
        closed = not chunk and not fault or holder[-1].tail  # the last record may be half-read
        whole = holder[:] if closed else holder[:-1]
        _take(whole, places, wanted, kept, report)
        del holder[: len(whole)]  # what has been read is forgotten: memory stays flat
        if len(kept.numbers) >= BATCH:
            yield kept
            kept = Records(kept.fields)
    if fault:
        report.cut_off(report.rows_read + 1, fault)
    yield kept


def _take(whole: list, places: list[int], wanted: list[str], kept: Records, report: Report) -> None:
    """Add the wanted fields of some records, by place; by name where one is written otherwise than the first."""
    try:
        cells = [record[place] for record in whole for place in places]
        alike = list(map(_TAG, cells)) == wanted * len(whole)
    except IndexError:
        alike = False
    if alike:
        kept.numbers += range(report.rows_read + 1, report.rows_read + 1 + len(whole))
        kept.texts += map(_TEXT, cells)
        report.rows_read += len(whole)
    else:
        records = (record for record in whole if isinstance(record.tag, str))  # and no instruction
        _take_by_name(({etree.QName(c).localname: c.text for c in r.iterchildren("*")} for r in records), kept, report)


def _take_by_name(named: Iterable[dict[str, str | None]], kept: Records, report: Report) -> None:
    for record in named:
        report.rows_read += 1
        absent = next((name for name in kept.fields if name not in record), None)
        if absent:
            report.reject(report.rows_read, absent, _("the field is not there"))
        else:
            kept.numbers.append(report.rows_read)
            kept.texts += [record[name] for name in kept.fields]


def _learn(name: str, stream: BinaryIO) -> tuple[str, list[str]]:
    """The tag of the element around the records, those of the first one's fields; leaves `stream` at its beginning."""
    parser = etree.XMLPullParser(events=("start", "end"), **_SAFE)
    root, read, fault, chunk = "", 0, "", b"more"
    while chunk and not fault and read < CHUNK:
        try:
            chunk = stream.read1(_BITE)
            parser.feed(chunk)
        except (etree.XMLSyntaxError, *BROKEN) as error:
            fault = str(error)
        read += len(chunk)
        for event, element in parser.read_events():
            if element.getroottree().docinfo.doctype:
                raise ReadError(
                    _(
                        "{name} declares a document type (DTD). INAIL's files have none, and entities are never resolved."
                    ).format(name=name)
                )
            root = root or element.tag
            fields, around = [cell.tag for cell in element.iterchildren("*")], element.getparent()
            if event == "end" and around is not None and any(etree.QName(tag).localname == NEEDED[0] for tag in fields):
                stream.seek(0)
                return around.tag, fields
    if not root:
        raise ReadError(_("{name} is not XML ({fault}).").format(name=name, fault=fault))
    raise ReadError(
        _("{name} holds no accident records: nothing inside its outermost element <{root}> has a {field}.").format(
            name=name, root=root, field=NEEDED[0]
        )
    )


def _from_csv(name: str, stream: BinaryIO, report: Report) -> Iterator[Records]:
    rows = csv.reader(lines(name, stream, report), delimiter=";")
    header = [title.strip() for title in next(rows, [])]
    positions = _positions(name, header)
    kept, last = Records(tuple(positions)), rows.line_num
    for row in _rows(rows):
        over, last = rows.line_num - last, rows.line_num
        if not row:
            continue
        report.rows_read += 1
        if len(row) != len(header):
            report.reject(report.rows_read, "", _wrong_width(len(row), len(header), over))
            continue
        kept.numbers.append(report.rows_read)
        kept.texts += [row[place] for place in positions.values()]
        if len(kept.numbers) >= BATCH:
            yield kept
            kept = Records(kept.fields)
    yield kept


def _rows(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """The rows of a CSV reader; one that it cannot split has no fields but a single one."""
    while True:
        try:
            yield next(rows)
        except StopIteration:
            return
        except csv.Error as fault:
            yield [str(fault)]


def _wrong_width(found: int, expected: int, over: int) -> str:
    if over > 1:
        return _("a quotation mark is not closed: {lines} lines run into one").format(lines=over)
    return _(
        "the record has {found} fields, the header {expected}: cut off, or a separator too many or too few"
    ).format(found=found, expected=expected)


def _from_json(name: str, stream: BinaryIO, report: Report) -> Iterator[Records]:
    """One record after the other, so that an answer cut off half-way gives what was whole."""
    text, decoder = _Growing(stream), json.JSONDecoder()
    while not (opening := _LIST.search(text.held)) and len(text.held) < _LONGEST_RECORD and text.grow():
        pass
    if not opening or '"Errore"' in text.held[: opening.end()]:
        raise ReadError(_no_list(name, text.held))
    at, fault, kept = opening.end(), "", None
    while True:
        at = _BETWEEN.match(text.held, at).end()
        if text.held.startswith("]", at):
            break
        try:
            record, at = decoder.raw_decode(text.held, at)
        except json.JSONDecodeError as error:
            text.held, at = text.held[at:], 0
            if len(text.held) < _LONGEST_RECORD and text.grow():
                continue
            fault = _("cut off, or not JSON here ({fault}); what follows could not be read").format(fault=error.msg)
            break
        found = {key: _as_text(value) for key, value in record.items()} if isinstance(record, dict) else {}
        kept = kept or Records(tuple(_positions(name, list(found))))
        _take_by_name([found], kept, report)
        if len(kept.numbers) >= BATCH:
            yield kept
            kept = Records(kept.fields)
    if fault:
        report.cut_off(report.rows_read + 1, fault)
    yield kept or Records(NEEDED)


class _Growing:
    """The text of a JSON answer so far, without the XML declaration INAIL puts before it."""

    def __init__(self, stream: BinaryIO):
        self._stream, self._decode = stream, codecs.getincrementaldecoder("utf-8-sig")(errors="replace").decode
        self.held = ""
        self.grow()
        self.held = _DECLARATION.sub("", self.held)

    def grow(self) -> bool:
        """Whether there was more to read."""
        try:
            chunk = self._stream.read1(CHUNK)
        except BROKEN:
            chunk = b""
        self.held += self._decode(chunk)
        return bool(chunk)


def _as_text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else str(value)


def _no_list(name: str, text: str) -> str:
    try:
        answer = json.loads(text)
    except json.JSONDecodeError:
        answer = None
    if isinstance(answer, dict) and "Errore" in answer:
        return _("INAIL answered {name} with an error: {message}. Ask for another region, year or month.").format(
            name=name, message=answer["Errore"]
        )
    return _("{name} is JSON without a list of records in it. Expected one list of accident records.").format(name=name)


def _positions(name: str, fields: list[str]) -> dict[str, int]:
    """Where each wanted field stands. ReadError when one that is needed is not there, or stands there twice."""
    absent = [wanted for wanted in NEEDED if wanted not in fields]
    twice = sorted({field for field in (*NEEDED, *SOMETIMES) if fields.count(field) > 1})
    if absent or twice:
        fault = (
            _("lacks the fields {fields}").format(fields=", ".join(absent))
            if absent
            else _("has {fields} twice").format(fields=", ".join(twice))
        )
        names = [
            field for field in fields if re.fullmatch(r"[A-Za-z]{4,60}", field)
        ]  # a file without header shows a person's data here
        found = ", ".join(names) or _("no names of fields at all")
        raise ReadError(
            _("{name} {fault}. It has: {found}. Has INAIL changed its layout?").format(
                name=name, fault=fault, found=found
            )
        )
    return {wanted: fields.index(wanted) for wanted in (*NEEDED, *SOMETIMES) if wanted in fields}
