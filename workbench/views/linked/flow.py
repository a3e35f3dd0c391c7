"""How it happened: what the victim did, what went wrong and what injured, as streams between three columns."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from math import fsum

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
    by, frame = finding.by, finding.frame
    columns = zip(*(frame[name].tolist() for name in by), frame["value"].tolist(), strict=True)
    chains = [(codes, value) for *codes, value in columns if value > 0]
    whole = fsum(value for _codes, value in chains) or 1.0
    shown = [_most(_sums((codes[column], value) for codes, value in chains)) for column in range(len(by))]
    folded = [
        ([code if code in shown[column] else REST for column, code in enumerate(codes)], value)
        for codes, value in chains
    ]

    nodes, places = [], {}
    for column, name in enumerate(by):
        sums = _sums((codes[column], value) for codes, value in folded)
        for code in [*shown[column], REST]:
            if code in sums:
                places[column, code] = len(nodes)
                nodes.append((column, name, code, sums[code]))
    links = [link for column in range(len(by) - 1) for link in _links(folded, column, places)]
    names = [finding.label(name, code) if code else _("Others") for _column, name, code, _value in nodes]
    shares = [_("{percent:.0f}% of {whole}").format(percent=100 * n[3] / whole, whole=brief(whole)) for n in nodes]
    return {
        "kind": "flow",
        "says": _says(finding, chains, whole),
        "columns": [capital(DIMENSIONS[name].label) for name in by],
        "marks": {
            "key": [_key(by, column, code) for column, _name, code, _value in nodes],
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


def _sums(parts: Iterable[tuple[Hashable, float]]) -> dict[Hashable, float]:
    """How many there are under each key."""
    found = defaultdict(list)
    for key, value in parts:
        found[key].append(value)
    return {key: fsum(values) for key, values in found.items()}


def _most(sums: Mapping[str, float]) -> list[str]:
    """The most frequent codes of a dimension."""
    return sorted(sums, key=lambda code: (-sums[code], code))[:MOST]


def _links(folded: Iterable[tuple[list[str], float]], column: int, places: Mapping) -> list[list]:
    """The streams from one column to the next."""
    streams = _sums(((codes[column], codes[column + 1]), value) for codes, value in folded)
    return [[places[column, one], places[column + 1, other], value] for (one, other), value in sorted(streams.items())]


def _key(by: tuple[str, ...], column: int, code: str) -> list[str]:
    return [code if place == column else "" for place in range(len(by))]


def _says(finding: Finding, chains: Sequence[tuple[list[str], float]], whole: float) -> str:
    """The most frequent chain in a sentence."""
    if not chains:
        return ""
    codes, value = max(chains, key=lambda chain: chain[1])
    chain = " → ".join(finding.label(name, code) for name, code in zip(finding.by, codes, strict=True))
    return _("Most frequent: {chain}, {percent:.0f}%.").format(chain=chain, percent=100 * value / whole)
