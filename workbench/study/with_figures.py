"""What a source has figures of, where it has none for what was asked: the codes that would have answered."""

from workbench.study.divide import Divided, divide
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import WorkbenchError
from workbench.terms.text import _

FIELDS = {"sectors": "nace1", "regions": "nuts0"}
"""Fields of a selection that are left open in turn, and the dimension whose codes are then named."""
MOST = 12
"""So many codes are named before the rest is left to the reader."""


def with_figures(divided: Divided) -> list[str]:
    """The sectors, and the countries, that have a figure where the rest of the selection stays; where more is found.

    Parameters
    ----------
    divided : Divided
        Without any figure.

    Returns
    -------
    list of str
        Sentences; empty where neither a sector nor a country was asked for, or none has a figure.
    """
    found = []
    for field, dimension in FIELDS.items():
        if not getattr(divided.selection, field):
            continue
        wider = divided.selection.but(**{field: frozenset()})
        try:
            frame = divide(divided.cube, wider, by=(dimension,), needs="figures").frame
        except WorkbenchError:
            continue
        codes = list(frame.loc[frame["value"].notna(), dimension].astype(str))
        if codes:
            named = ", ".join(f"{code} ({divided.label(dimension, code)})" for code in codes[:MOST])
            message = _("All else as asked, {name} has figures by {dimension} for: {codes}.")
            dimension_label = DIMENSIONS[dimension].label
            found.append(message.format(name=divided.cube.name, dimension=dimension_label, codes=named))
    return [*found, *filter(None, [divided.cube.beyond])]
