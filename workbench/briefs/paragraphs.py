"""The texts of a notebook in another language: each paragraph is one message of the catalogue, with its expressions."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import nbformat

from workbench.terms.catalogues import Language
from workbench.terms.text import mark, spoken, translated

WORDS = (mark("all sectors"), mark("a profile"), mark("a synthetic profile"))
"""What cells of the templates call things in code: shown by their texts."""
BETWEEN = re.compile(r"\n[ \t]*\n")
MARKED = re.compile(r"[-*+|#>]|\d+\.")
"""How a line begins that has to stay a line: list item, row of a table, heading, quotation."""
TERM = re.compile(r"\*\*(?P<term>[^*]+)\*\*(?P<rest>.*)", re.DOTALL)
"""An entry of the glossary."""
EXPRESSION = re.compile(r"\{\{.*?\}\}", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Text:
    """Markdown with expressions, and its language where that is not the page's."""

    source: str
    language: str = ""


def in_language(source: str, own: str) -> Text:
    """A text in the language that is spoken, as far as its paragraphs are in the catalogue.

    Parameters
    ----------
    source : str
        Markdown with expressions.
    own : str
        The language in which the notebook is written.

    Returns
    -------
    Text
        Of which no paragraph is known: as it is, with its own language.
    """
    language = spoken()
    if not isinstance(language, Language):
        return Text(source=source)
    messages = paragraphs(source)
    if messages and not any(language.knows(message) for message in messages):
        return Text(source=source, language=own if own != language.code else "")
    return Text(source="\n\n".join(str(translated(part)) if _says(part) else part for part in _parts(source)))


def paragraphs(source: str) -> list[str]:
    """The messages of a text: its paragraphs, lists and tables that say something besides their expressions.

    Parameters
    ----------
    source : str
        Markdown with expressions.

    Returns
    -------
    list of str
    """
    return [part for part in _parts(source) if _says(part)]


def _parts(source: str) -> list[str]:
    """Paragraphs each on one line, so that their line breaks are nobody's concern; lists and tables as they are."""
    parts = [part.strip() for part in BETWEEN.split(source) if part.strip()]
    return [part if any(map(MARKED.match, part.splitlines())) else " ".join(part.split()) for part in parts]


def _says(part: str) -> bool:
    return bool(re.search(r"\w", EXPRESSION.sub("", part)))


def terms(glossary: str) -> list[str]:
    """The entries of a glossary, each on one line.

    Parameters
    ----------
    glossary : str
        Markdown whose entries begin with a term between `**`.

    Returns
    -------
    list of str
    """
    parts = (part.strip() for part in BETWEEN.split(glossary))
    return [" ".join(part.split()) for part in parts if TERM.match(part)]


def terms_of(lines: IO[bytes], *_rest: object, **_options: object) -> Iterator[tuple[int, None, str, list[str]]]:
    """The messages of a glossary, as `messages_of` gives those of a notebook.

    Parameters
    ----------
    lines : file
        A glossary.

    Yields
    ------
    (int, None, str, list)
    """
    return ((0, None, message, []) for message in terms(lines.read().decode("utf-8")))


def messages_of(lines: IO[bytes], *_rest: object, **_options: object) -> Iterator[tuple[int, None, str, list[str]]]:
    """The messages of a notebook, as Babel's extraction asks for them.

    Parameters
    ----------
    lines : file
        A notebook.

    Yields
    ------
    (int, None, str, list)
        Number of the cell, no function, message, no comment.
    """
    notebook = nbformat.reads(lines.read().decode("utf-8"), as_version=4)
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "markdown":
            yield from ((number, None, message, []) for message in paragraphs(cell.source))
    for funding in notebook.metadata.get("brief", {}).get("funding", ()):
        yield 0, None, funding["line"], []
