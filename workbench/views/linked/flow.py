"""How it happened: what the victim did, what went wrong and what injured, as streams between three columns."""

from collections.abc import Iterable

import pandas as pd

from workbench.cubes.selection import Selection
from workbench.study.finding import Finding
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.text import _, capital
from workbench.views.linked.marks import brief
from workbench.views.touch import chosen

MOST = 7
"""Nodes of a column; what is less frequent flows through one node more."""
REST = ""
"""The key of that node: it asks for nothing."""


def drawn(finding: Finding, selection: Selection) -> dict:
    """What the screen draws of a finding by three dimensions of the event.

    Parameters
    ----------
    finding : Finding
    selection : Selection
        That the views share.

    Returns
    -------
    dict
        Plain values; `columns` are titles, marks are nodes with their column, `links` [from, to, value] between them.
    """
    frame = finding.frame.dropna(subset="value")
    frame = frame[frame["value"] > 0].astype(dict.fromkeys(finding.by, object))  # not categories: a code is added
    shown = {name: _most(frame, name) for name in finding.by}
    nodes, places = [], {}
    for column, name in enumerate(finding.by):
        for code in [*shown[name], REST]:
            value = float(_folded(frame, name, shown[name]).eq(code).mul(frame["value"]).sum())
            if value > 0:
                places[column, code] = len(nodes)
                nodes.append((column, name, code, value))
    whole = float(frame["value"].sum()) or 1.0
    links = [link for column in range(len(finding.by) - 1) for link in _links(frame, finding.by, column, shown, places)]
    names = [finding.label(name, code) if code else _("Others") for _column, name, code, _value in nodes]
    shares = [_("{percent:.0f}% of {whole}").format(percent=100 * n[3] / whole, whole=brief(whole)) for n in nodes]
    return {
        "kind": "flow",
        "says": _says(finding, frame, whole),
        "columns": [capital(DIMENSIONS[name].label) for name in finding.by],
        "marks": {
            "key": [_key(finding.by, column, code) for column, _name, code, _value in nodes],
            "name": names,
            "value": [value for *_node, value in nodes],
            "column": [column for column, *_node in nodes],
            "state": [""] * len(nodes),
            "text": [brief(value) for *_node, value in nodes],
            "tip": [[brief(node[3]), share] for node, share in zip(nodes, shares, strict=True)],
        },
        "chosen": [
            place
            for place, (_column, name, code, _value) in enumerate(nodes)
            if code and chosen(selection, (name,), (code,))
        ],
        "links": links,
        "key": {"method": "", "entries": []},
        "notes": [],
    }


def _most(frame: pd.DataFrame, name: str) -> list[str]:
    """The most frequent codes of a dimension."""
    return frame.groupby(name)["value"].sum().nlargest(MOST).index.tolist()


def _folded(frame: pd.DataFrame, name: str, shown: Iterable[str]) -> pd.Series:
    return frame[name].where(frame[name].isin(list(shown)), REST)


def _links(frame: pd.DataFrame, by: tuple[str, ...], column: int, shown: dict, places: dict) -> list[list]:
    """The streams from one column to the next."""
    ends = [_folded(frame, name, shown[name]) for name in by[column : column + 2]]
    streams = frame["value"].groupby([*ends]).sum()
    return [
        [places[column, one], places[column + 1, other], float(value)]
        for (one, other), value in streams.items()
        if value > 0
    ]


def _key(by: tuple[str, ...], column: int, code: str) -> list[str]:
    return [code if place == column else "" for place in range(len(by))]


def _says(finding: Finding, frame: pd.DataFrame, whole: float) -> str:
    """The most frequent chain in a sentence."""
    if frame.empty:
        return ""
    first = frame.loc[frame["value"].idxmax()]
    chain = " → ".join(finding.label(name, first[name]) for name in finding.by)
    return _("Most frequent: {chain}, {percent:.0f}%.").format(chain=chain, percent=100 * first["value"] / whole)
