"""Groups below each other, a dot with its interval for each: sectors, severity, enterprise size, terms of a model."""

from workbench.cubes.selection import Selection
from workbench.study.drawing import INHERENT_ORDER
from workbench.study.finding import Finding
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.text import _
from workbench.views.linked.marks import ends, marks_of, states_key

MANY = 40
"""So many rows are drawn at once; the table has all."""


def drawn(finding: Finding, selection: Selection) -> dict:
    """What the screen draws of a finding with one dimension.

    Parameters
    ----------
    finding : Finding
    selection : Selection
        That the views share.

    Returns
    -------
    dict
        Plain values.
    """
    by = finding.by or ("term",)
    ordered = by[0] in DIMENSIONS and DIMENSIONS[by[0]].axis in INHERENT_ORDER
    marks = marks_of(finding, by, order="" if ordered or by == ("term",) else "falling")
    ratio = finding.chart_spec.ratio
    more = len(marks.columns["key"]) - MANY
    notes = [_("{n} more are in the table.").format(n=more)] if more > 0 else []
    return {
        "kind": "rows",
        "says": ends(marks),
        "marks": {name: cells[:MANY] for name, cells in marks.columns.items()},
        "chosen": [place for place in marks.chosen(selection) if place < MANY] if finding.by else [],
        "inert": not finding.by,
        "ratio": ratio and all(value > 0 for value in marks.rows["value"] if value == value),
        "key": {"method": "", "entries": states_key(marks.rows["state"])},
        "notes": notes,
    }
