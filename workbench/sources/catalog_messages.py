"""What people read of the catalogues' entries, for the extraction of messages: titles, notes, measures, breaks."""

import json
from collections.abc import Iterator, Mapping
from typing import IO

import yaml

TEXTS = ("title", "event", "population", "spatial", "place_basis")
OF_MEASURES = ("label", "percent", "unit")


def messages_of(lines: IO[bytes], *_rest: object, **_options: object) -> Iterator[tuple[int, None, str, list[str]]]:
    """The messages of a catalogue, as Babel's extraction asks for them.

    Parameters
    ----------
    lines : file
        A catalogue.

    Yields
    ------
    (int, None, str, list)
        No line, no function, message, no comment.
    """
    entries = yaml.safe_load(lines).get("entries") or {}
    for entry in entries.values():
        yield from ((0, None, text, []) for text in _texts(entry["metadata"]) if text)


def _texts(metadata: Mapping) -> Iterator[str]:
    yield from (metadata.get(name) or "" for name in TEXTS)
    yield from metadata.get("notes", ())
    yield from (declared["reason"] for declared in metadata.get("breaks", ()))
    for measure in metadata.get("measures", {}).values():
        yield from (measure.get(name, "") for name in OF_MEASURES)


def notes_of(lines: IO[bytes], *_rest: object, **_options: object) -> Iterator[tuple[int, None, str, list[str]]]:
    """The notes of the box's tables, as they were written when it was made.

    Parameters
    ----------
    lines : file
        The list of the box.

    Yields
    ------
    (int, None, str, list)
    """
    return ((0, None, note, []) for table in json.load(lines).values() for note in table["notes"])
