"""What a brief says, apart from how it looks: a value that a page carries inside and can be made from again."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from gettext import NullTranslations
from pathlib import Path

from workbench.briefs.prose import Prose, written
from workbench.briefs.record import Record
from workbench.briefs.run import Piece
from workbench.terms.errors import ReadError, WorkbenchError
from workbench.terms.languages import LANGUAGES, language
from workbench.terms.text import _, speaking

DATA = re.compile(r'<script type="application/ld\+json" id="brief-data">(.*?)</script>', re.DOTALL)
READER = "reader"
"""The parameter that says for whom a brief is; cells tagged `for-policy` are for that reader alone."""


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """A sentence of a brief: its number from 1, its cell and place in it, how it reads, the parts that are bound."""

    number: int
    place: tuple[int, int]
    text: str
    parts: tuple


@dataclass(frozen=True, kw_only=True)
class Content:
    """A brief as a value: what was asked, what was found, what is said of it.

    Attributes
    ----------
    notebook, notebook_sha256 : its file name and hash
    parameters : with which it was run
    pieces : in the order of the notebook
    records : the findings, by id
    made : date and time, ISO 8601
    versions : of the workbench and what it runs on
    about : what the notebook says of itself: author, reviewer, manual_steps, funding, language
    """

    notebook: str
    notebook_sha256: str
    parameters: Mapping[str, object]
    pieces: tuple[Piece, ...]
    records: Mapping[str, Record]
    made: str
    versions: Mapping[str, str]
    about: Mapping[str, object] = field(default_factory=dict)

    @cached_property
    def texts(self) -> dict[int, Prose]:
        """Each text piece for this reader, written out in the brief's language, by its place among the pieces."""
        with speaking(self.translations):
            return {at: self._written(piece) for at, piece in enumerate(self.pieces) if self.is_read(piece, "text")}

    @property
    def translations(self) -> NullTranslations:
        """The messages of its language; English of one that the workbench does not speak."""
        code = str(self.about.get("language", "en"))
        return language(code if code in LANGUAGES else "en")

    def is_read(self, piece: Piece, kind: str = "") -> bool:
        """Whether a piece (of a kind) is for the reader of this brief."""
        tags = {tag for tag in piece.tags if tag.startswith("for-")}
        reader = str(self.parameters.get(READER, ""))
        return (not kind or piece.kind == kind) and (not tags or not reader or f"for-{reader}" in tags)

    @property
    def title(self) -> str:
        """The first heading."""
        first = next(iter(self.texts.values()), None)
        line = first.markdown.strip().splitlines()[0] if first and first.markdown.strip() else ""
        return first.filled(line.lstrip("# ").strip()) if line.startswith("#") else Path(self.notebook).stem

    @property
    def synthetic(self) -> bool:
        """Whether any of its findings is made from generated figures."""
        return any(record.synthetic for record in self.records.values())

    @property
    def shown(self) -> list[Record]:
        """The findings that the brief rests on: shown, or asked by a text."""
        names = [piece.finding for piece in self.pieces if piece.kind == "finding"]
        names += [part.finding for prose in self.texts.values() for part in prose.parts if part.finding]
        return [self.records[name] for name in dict.fromkeys(names)]

    def sentences(self) -> Iterator[Sentence]:
        """Its sentences in order."""
        number = 0
        for piece, prose in self.texts.items():
            for within, text in enumerate(prose.sentences()):
                number += 1
                place = (self.pieces[piece].cell, within)
                yield Sentence(number=number, place=place, text=prose.filled(text), parts=tuple(prose.parts_of(text)))

    def to_json(self) -> str:
        """The brief as JSON-LD: schema.org's Report, and under `workbench` all that it is made from."""
        own = asdict(self) | {"records": {name: record.to_dict() for name, record in self.records.items()}}
        based = [source for record in self.shown for source in record.sources]
        report = {
            "@context": "https://schema.org",
            "@type": "Report",
            "name": self.title,
            "dateCreated": self.made,
            "isBasedOn": [
                {"@type": "Dataset", "name": name, "citation": citation}
                for name, citation in {str(s["name"]): str(s.get("citation", "")) for s in based}.items()
            ],
            "workbench": own,
        }
        # "<" written as an escape: a text that holds a closing tag would end the script
        return json.dumps(report, ensure_ascii=False, default=str).replace("<", "\\u003c")

    def _written(self, piece: Piece) -> Prose:
        names = {
            name: self.records[str(what["finding"])] if "finding" in what else what["plain"]
            for name, what in piece.names.items()
        }
        try:
            return written(piece.source, names, self.parameters)
        except WorkbenchError as error:
            raise fault_of_text(error, self.notebook, piece.cell) from error


def fault_of_text(error: WorkbenchError, notebook: str, cell: int) -> WorkbenchError:
    """The same fault, with the notebook and the cell that it stands in."""
    message = _("{notebook}, cell {n}: {why}").format(notebook=notebook, n=cell, why=error)
    return WorkbenchError(message)


def read_page(path: Path | str) -> Content:
    """The content that a published page carries.

    Parameters
    ----------
    path : Path or str
        An HTML file that the workbench wrote.

    Returns
    -------
    Content

    Raises
    ------
    ReadError
        For another file, or one whose content is damaged.
    Refused
        For figures that are not those it was written with.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError(_("{path} cannot be read as a page.").format(path=path)) from error
    found = DATA.search(text)
    if not found:
        raise ReadError(_("{path} is no brief that the workbench wrote: it carries no findings.").format(path=path))
    try:
        own = json.loads(found[1])["workbench"]
        pieces = tuple(
            Piece(**{**piece, "tags": tuple(piece["tags"]), "content": tuple(piece["content"])})
            for piece in own["pieces"]
        )
        records = {name: Record.from_dict(record) for name, record in own["records"].items()}
        return Content(**{**own, "pieces": pieces, "records": records})
    except (ValueError, KeyError, TypeError) as error:
        raise ReadError(_("{path} carries findings that cannot be read.").format(path=path)) from error


def hash_of(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
