"""The layouts INAIL writes its accident records in (XML, semicolon CSV, JSON), each as the same columns of text."""

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from typing import BinaryIO

from lxml import etree

from workbench.sources.readers.files import BROKEN, CHUNK, cut_off
from workbench.sources.readers.text_tables import TextTable, titles
from workbench.terms.errors import ReadError, shown
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
    "DataProtocollo",
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
_LIST = re.compile(r'^\s*\[|"((?:[^"\\]|\\.){0,200})"\s*:\s*\[')
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
    """Some records of one file: `numbers` (from 1, over the whole load), and the text of `fields` of each in turn."""

    fields: tuple[str, ...]
    numbers: list[int] = field(default_factory=list)
    texts: list[str | None] = field(default_factory=list)

    def column(self, name: str) -> list[str | None]:
        """The texts of one field; all None where the layout does not have it.

        Parameters
        ----------
        name : str
            Of a field, as INAIL writes it.

        Returns
        -------
        list of str or None
            A value per record.
        """
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
    """Feeds the file in small pieces, takes the records that are whole, and forgets them: memory stays flat."""
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
    held = 0  # bytes since a record was whole
    while chunk and not fault:
        chunk, fault = _feed(parser, stream)
        held += len(chunk)
        if held > _LONGEST_RECORD:
            fault = _("a record of more than {most:,} bytes; what follows was not read").format(most=_LONGEST_RECORD)
        for _event, instruction in parser.read_events():
            mark = instruction if mark is None else mark
        if holder is None and mark is not None:
            holder = next((found for root in mark.itersiblings("*") for found in root.iter(around)), None)
        if holder is None or not len(holder):
            continue
        closed = not chunk and not fault or holder[-1].tail  # the last record may be half-read
        whole = holder[:] if closed else holder[:-1]
        _take(whole, places, wanted, kept, report)
        held = 0 if whole else held
        del holder[: len(whole)]  # what has been read is forgotten: memory stays flat
        if len(kept.numbers) >= BATCH:
            yield kept
            kept = Records(kept.fields)
    if fault:
        report.cut_off(report.rows_read + 1, fault)
    yield kept


def _feed(parser: etree.XMLPullParser, stream: BinaryIO) -> tuple[bytes, str]:
    """The next piece of the file, once the parser has it, and why nothing can follow it ("" where it can)."""
    chunk = b""
    try:
        chunk = stream.read1(_BITE)
        parser.feed(chunk) if chunk else parser.close()
    except etree.XMLSyntaxError:
        return chunk, _("cut off, or not XML here; what follows could not be read")
    except BROKEN:
        return b"", cut_off()
    return chunk, ""


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
        chunk, fault = _feed(parser, stream)
        read += len(chunk)
        for event, element in parser.read_events():
            if element.getroottree().docinfo.doctype:
                raise ReadError(
                    _(
                        "{name} declares a document type (DTD). INAIL's files have none, and entities are never "
                        "resolved."
                    ).format(name=name)
                )
            root = root or element.tag
            fields, around = [cell.tag for cell in element.iterchildren("*")], element.getparent()
            if event == "end" and around is not None and any(etree.QName(tag).localname == NEEDED[0] for tag in fields):
                stream.seek(0)
                return around.tag, fields
    if not root:
        raise ReadError(_("{name} is not XML.").format(name=name))
    raise ReadError(
        _("{name} holds no accident records: nothing inside its outermost element <{root}> has a {field}.").format(
            name=name, root=shown(root), field=NEEDED[0]
        )
    )


def _from_csv(name: str, stream: BinaryIO, report: Report) -> Iterator[Records]:
    table = TextTable(name, stream, report, separator=";")
    table.refuse_separator()
    positions = _positions(name, table.header)
    kept = Records(tuple(positions))
    for _line, row, fault in table:
        if fault:
            report.reject(report.rows_read, "", fault)
            continue
        kept.numbers.append(report.rows_read)
        kept.texts += [row[place] for place in positions.values()]
        if len(kept.numbers) >= BATCH:
            yield kept
            kept = Records(kept.fields)
    yield kept


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
        except (ValueError, RecursionError):  # also of a number with 5,000 digits, and of lists in lists in lists
            text.held, at = text.held[at:], 0
            if len(text.held) < _LONGEST_RECORD and text.grow():
                continue
            fault = _("cut off, or not JSON here; what follows could not be read")
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
    except (ValueError, RecursionError):
        answer = None
    if isinstance(answer, dict) and "Errore" in answer:
        return _("INAIL answered {name} with an error: {message}. Ask for another region, year or month.").format(
            name=name, message=shown(answer["Errore"], 300)
        )
    return _("{name} is JSON without a list of records in it. Expected one list of accident records.").format(name=name)


def _positions(name: str, fields: list[str]) -> dict[str, int]:
    """Where each wanted field stands. ReadError when one that is needed is not there, or stands there twice."""
    if absent := [wanted for wanted in NEEDED if wanted not in fields]:
        message = _("{name} lacks the fields {fields}. It has: {found}. Has INAIL changed its layout?")
        raise ReadError(message.format(name=name, fields=", ".join(absent), found=titles(fields)))
    if twice := sorted({field for field in (*NEEDED, *SOMETIMES) if fields.count(field) > 1}):
        message = _("{name} has {fields} twice. Has INAIL changed its layout?")
        raise ReadError(message.format(name=name, fields=", ".join(twice)))
    return {wanted: fields.index(wanted) for wanted in (*NEEDED, *SOMETIMES) if wanted in fields}
