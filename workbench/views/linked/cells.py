"""Two dimensions crossed, a coloured cell for each pair: sex by age, weekday by hour."""

from workbench.cubes.selection import Selection
from workbench.study.finding import Finding
from workbench.terms.codes import UNKNOWN
from workbench.views.linked.marks import ends, marks_of, shades


def drawn(finding: Finding, selection: Selection) -> dict:
    """What the screen draws of a finding with two dimensions: the first across, the second down.

    Parameters
    ----------
    finding : Finding
    selection : Selection
        That the views share.

    Returns
    -------
    dict
        Plain values; `across` and `down` are [code, label] in order.
    """
    marks = marks_of(finding, finding.by)
    shade, key = shades(marks)
    sides = [list(dict.fromkeys(code for code in marks.rows[name] if code != UNKNOWN)) for name in finding.by]
    across, down = (
        [[code, finding.label(name, code)] for code in codes] for name, codes in zip(finding.by, sides, strict=True)
    )
    return {
        "kind": "cells",
        "says": ends(marks),
        "marks": {**marks.columns, "shade": shade},
        "chosen": marks.chosen(selection),
        "across": across,
        "down": down,
        "key": key,
        "notes": [],
    }
