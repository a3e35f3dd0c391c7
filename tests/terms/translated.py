"""How much of each room is translated: measured from the catalogues, and written into docs/languages.md by itself."""

import re
from pathlib import Path

from babel.messages.pofile import read_po

from workbench.terms.catalogues import FOLDER
from workbench.terms.languages import LANGUAGES

DOCS = Path(__file__).parents[2] / "docs" / "languages.md"
OTHERS = [code for code in LANGUAGES if code != "en"]
READ = (
    *("views", "briefs", "charts", "workshop", "notebooks"),
    *("study", "cubes", "models", "disclosure_control", "terms", "wearables"),
)
"""What explorer, its other pages, briefs and workshop.html are made of."""
ROW = re.compile(r"^\| `([\w.]+)` \| ([\d,]+) \| (\d+) \| (\d+) \| (\d+) \|\n", re.MULTILINE)
"""A row of the table: room, messages, per cent translated into Dutch, French and German."""


def messages(code: str) -> list:
    """The messages of a language, as Babel reads them."""
    with (FOLDER / code / "LC_MESSAGES" / "workbench.po").open("rb") as lines:
        return [message for message in read_po(lines, locale=code) if message.id]


def texts(of: str | tuple) -> tuple[str, ...]:
    """A message, or its two forms."""
    return (of,) if isinstance(of, str) else tuple(of)


def shares(code: str) -> dict[str, tuple[int, int]]:
    """Of each room how many messages it has, and how many per cent of them (rounded down) are translated."""
    counted: dict[str, list[bool]] = {}
    for message in messages(code):
        found = bool(message.string) and all(texts(message.string))
        for path in {path for path, _line in message.locations}:
            first, _slash, rest = path.partition("/")
            room = rest.partition("/")[0] if first == "workbench" else first
            counted.setdefault(room, []).append(found)
    return {room: (len(found), 100 * sum(found) // len(found)) for room, found in counted.items()}


def rows() -> str:
    """The rows of the table, what people read first."""
    measured = {code: shares(code) for code in OTHERS}
    first = measured[OTHERS[0]]
    order = [*(room for room in READ if room in first), *sorted(first.keys() - set(READ))]
    cells = {room: " | ".join(str(measured[code][room][1]) for code in OTHERS) for room in order}
    return "".join(f"| `{room}` | {first[room][0]:,} | {cells[room]} |\n" for room in order)


if __name__ == "__main__":
    text = DOCS.read_text(encoding="utf-8")
    found = list(ROW.finditer(text))
    DOCS.write_text(text[: found[0].start()] + rows() + text[found[-1].end() :], encoding="utf-8")
