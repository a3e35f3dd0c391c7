"""Whether a text that is to leave holds a withheld figure: tables, notes, hover and other texts, SVG, Bokeh JSON."""

import base64
import binascii
import gzip
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from workbench.study.protection import Protection
from workbench.terms.errors import Refused
from workbench.terms.text import ENGLISH, _, speaking
from workbench.terms.words import some

NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?:[eE][+-]?\d+)?(?!\w)")
COMMA = re.compile(r"(?<![\w.,])(?:\d{1,3}(?:[.'\s]\d{3})+(?:,\d+)?|\d+,\d+)(?!\w)")
"""A number as other languages write it: 1.234.567, 1 234,5 or 1234,5."""
PACKED = re.compile(r'"(?:data|array)":\s*"([A-Za-z0-9+/]{10,}={0,2})"')
"""Columns of numbers as Bokeh writes them: base64 of binary numbers, perhaps compressed."""
TAG = re.compile(r"<[^<>]{1,2000}>")
SCRIPT = re.compile(r"<script.*?</script>", re.DOTALL)
LIBRARY = 20_000
"""A script of more characters that holds no data is that of a library."""
DIGITS = 4
"""A number of fewer digits occurs by chance."""
MOST_POWER = 300
FIGURES = ("value", "low", "high", "count", "crude")
NEAR = 1e-9
GZIP = b"\x1f\x8b"


def check_text(content: str, protections: Iterable[Protection]) -> None:
    """Refused where a text that is to leave holds a figure that is withheld.

    A rate, limit or large count is found wherever it stands, as it is or rounded to four digits or more, in text and in
    packed columns of numbers; a small count where it stands behind the name of its group.

    Parameters
    ----------
    content : str
        What is to leave: CSV, JSON, HTML, SVG, the outputs of a notebook.
    protections : iterable of Protection
        Of the findings in it.

    Raises
    ------
    Refused
        Naming the groups, not their figures.
    """
    protections = [protection for protection in protections if protection.hidden.any()]
    if not protections:
        return
    content = SCRIPT.sub(lambda found: "" if _is_library(found[0]) else found[0], content)
    written, plain = _numbers_in(content), TAG.sub(" ", content)
    groups = [group for protection in protections for group in _groups_found(protection, written, plain)]
    if groups:
        raise Refused(
            _(
                "This would hold withheld figures of {groups}: a cell, a text or a picture shows them. Take what was "
                "printed, drawn or written of figures before they were withheld out of it."
            ).format(groups=some(dict.fromkeys(groups)))
        )


def _is_library(script: str) -> bool:
    """Whether a script is the code that draws, not the data that are drawn."""
    return len(script) > LIBRARY and "docs_json" not in script and "json" not in script[:200]


@dataclass(frozen=True, eq=False)
class Written:
    """Numbers of a text, and how far each may be off for having been rounded."""

    values: np.ndarray
    margins: np.ndarray

    def like(self, figure: float) -> np.ndarray:
        """Which of them may be a figure."""
        return np.abs(self.values - figure) <= self.margins + NEAR * abs(figure)

    def without(self, figures: Iterable[float]) -> "Written":
        """Those that may not be any of some figures."""
        kept = np.ones(len(self.values), bool)
        for figure in figures:
            kept &= ~self.like(figure)
        return Written(self.values[kept], self.margins[kept])


def _numbers_in(content: str) -> Written:
    """The numbers of a text that have four digits or more, and those of its packed columns."""
    texts = {token.replace(",", "").lower() for token in NUMBER.findall(content)}
    texts |= {re.sub(r"[.'\s]", "", token).replace(",", ".") for token in COMMA.findall(content)}
    telling = [text for text in texts if len(re.sub(r"e.*|\D", "", text).strip("0")) >= DIGITS]
    margins = []
    for text in telling:
        mantissa, _e, power = text.partition("e")
        # What looks like a number of a thousand digits is a piece of a script: no margin is larger than a float.
        digits = min(int(power or 0) - len(mantissa.partition(".")[2]), MOST_POWER)
        margins.append(0.5 * 10.0**digits)
    packed = _packed_numbers(content)
    values = np.concatenate([np.array([float(text) for text in telling]), packed])
    return Written(values, np.concatenate([np.array(margins), np.zeros(len(packed))]))


def _groups_found(protection: Protection, written: Written, plain: str) -> Iterator[str]:
    """The groups of an answer whose withheld figures stand in a text."""
    divided, hidden = protection.before, protection.hidden
    frame = divided.frame.reset_index(drop=True)
    numbers = frame.select_dtypes("number").astype(float)
    columns = [name for name in FIGURES if name in numbers]
    shown = [numbers.loc[~hidden, columns].to_numpy().ravel(), numbers.drop(columns=columns).to_numpy().ravel()]
    shown = np.concatenate(shown)
    unexplained = written.without(np.unique(shown[np.isfinite(shown)]))
    for place in np.flatnonzero(hidden):
        figures = numbers.loc[place, columns].dropna()
        labels = [divided.label(name, frame.loc[place, name]) for name in divided.by]
        with speaking(ENGLISH):  # what was printed before another language was spoken
            english = [divided.label(name, frame.loc[place, name]) for name in divided.by]
        is_written = any(unexplained.like(figure).any() for figure in figures if _is_telling(figure))
        if is_written or any(_is_behind(names, figures.get("count"), plain) for names in (labels, english)):
            yield ", ".join(labels) or divided.words


def _is_telling(figure: float) -> bool:
    """Whether a figure is not met by chance: it is no small whole number."""
    return np.isfinite(figure) and (figure % 1 != 0 or figure >= 10 ** (DIGITS - 1))


def _is_behind(labels: list[str], count: float | None, plain: str) -> bool:
    """Whether a count stands right behind the name of its group."""
    if not labels or count is None or count != count or count == 0:
        return False
    names = r"[^\w\n]{1,20}".join(re.escape(label) for label in labels)
    return bool(re.search(rf"{names}[^\w.\n]{{1,20}}{count:.0f}(?![\w.,]|-\w)", plain))


def _packed_numbers(content: str) -> np.ndarray:
    """All binary numbers in a text, of eight bytes each."""
    found = [np.zeros(0)]
    for text in PACKED.findall(content):
        try:
            data = base64.b64decode(text, validate=True)
            data = gzip.decompress(data) if data[:2] == GZIP else data
        except (binascii.Error, OSError, EOFError):
            continue
        if len(data) % 8 == 0:
            found.append(np.frombuffer(data, "<f8"))
    return np.concatenate(found)
