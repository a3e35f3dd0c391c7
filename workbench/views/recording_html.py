"""Pieces of HTML that the cards of recordings are made of: tables, bars, paragraphs."""

from collections.abc import Iterable, Sequence
from html import escape

import pandas as pd

from workbench.terms import words
from workbench.terms.text import _


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table, which is scrolled sideways where it is wider than its card.

    Parameters
    ----------
    heads : of the columns, as text
    rows : cells as HTML

    Returns
    -------
    str
    """
    top = "".join(f"<th>{escape(head)}</th>" if head else "<td></td>" for head in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    # what may be scrolled sideways is reached with the keyboard too
    return f'<div class="wide" tabindex="0"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def paragraph(text: str, kind: str = "") -> str:
    """A paragraph of plain text, of a class of the style sheet or of none."""
    return f'<p class="{kind}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>"


def figure_with_unit(value: float, unit: str) -> str:
    """A figure with its unit, or that there is none."""
    return _("no figure") if pd.isna(value) else f"{words.number(value)} {unit}"


def bar(share: float) -> str:
    """A bar of a share from 0 to 1; the figure stands beside it as text."""
    width = 160 * share
    bar = f'<rect class="bar" x="0" y="5" width="{width:.1f}" height="8"/>'
    return f'<svg class="meter" viewBox="0 0 160 18" aria-hidden="true">{bar}</svg>'
