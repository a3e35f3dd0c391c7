"""Prose as HTML: Markdown without tags of its own, headings in order, slots filled with what is bound."""

from html import escape
from urllib.parse import urlsplit

import mistune

from workbench.briefs.prose import SLOT, Part, Prose

LINKS = ("http", "https", "mailto", "")
"""Where a link may lead; a link is followed by whoever presses it, never by the page."""


class _Renderer(mistune.HTMLRenderer):
    """Markdown's own elements only: what a notebook writes as HTML is shown as it was typed."""

    def __init__(self, above: int):
        super().__init__(escape=True)
        self._above = above

    def heading(self, text: str, level: int, **_attributes: object) -> str:
        """No level is left out: a reader who jumps from heading to heading would look for it."""
        self._above = min(level, self._above + 1)
        return f"<h{self._above}>{text}</h{self._above}>\n"

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """Pictures from elsewhere would be requests: their text stands in their place."""
        return escape(text) if not url.startswith("data:image/") else f'<img src="{escape(url)}" alt="{escape(text)}">'

    def link(self, text: str, url: str, title: str | None = None) -> str:
        return f'<a href="{escape(url)}">{text}</a>' if urlsplit(url).scheme in LINKS else text


def as_html(prose: Prose, *, above: int = 1) -> str:
    """A text as HTML, each part marked with what it is bound to.

    Parameters
    ----------
    prose : Prose
    above : int
        The level of the heading before it.

    Returns
    -------
    str
    """
    made = _markdown(prose.markdown, above)
    return SLOT.sub(lambda slot: _bound(prose.parts[int(slot[1])]), made)


def plain_html(text: str, *, above: int = 2) -> str:
    """Markdown of the workbench's own, such as its glossary, as HTML."""
    return _markdown(text, above)


def _markdown(text: str, above: int) -> str:
    made = mistune.Markdown(_Renderer(above), plugins=[mistune.plugins.import_plugin("table")])(text)
    wide = made.replace("<table>", '<div class="rows" tabindex="0"><table>').replace("</table>", "</table></div>")
    return wide.replace("<th>", '<th scope="col">')


def _bound(part: Part) -> str:
    text = escape(part.text)
    if part.kind == "word":
        return text
    origin = " ".join(piece for piece in (part.finding, part.detail) if piece) or part.kind
    return f'<span class="bound {part.kind}" data-from="{escape(origin)}">{text}</span>'
