"""A second table of one's own under a name that is taken: refused, put in its place, or added to it, as was said."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from workbench.cubes.own_cube import OwnRows, own_cube
from workbench.cubes.own_frame import FIRST
from workbench.terms.errors import Refused
from workbench.terms.tables import Report
from workbench.terms.text import _

AGAIN = ("refuse", "replace", "add")


@dataclass(frozen=True)
class Stored:
    """What is stored of a table of one's own: its rows, where they come from, the report on them."""

    rows: OwnRows
    provenance: Mapping = field(repr=False)
    report: Report = field(repr=False)


def stored_again(before: Stored, new: Stored, again: str) -> Stored:
    """What has the name from now on, where a table has it already.

    Parameters
    ----------
    before, new : tables of one name; the same file with the same columns may be stored as often as one likes
    again : "refuse", "replace" or "add"

    Raises
    ------
    Refused
        For "refuse"; for rows that are there already, or of other columns, regions, coverage or sensitivity.
    ReadError
        For numbers of people that contradict each other.
    """
    same_file = set(new.provenance["sha256"]) <= set(before.provenance["sha256"])
    if again == "replace" or (again == "refuse" and same_file and _meaning(before) == _meaning(new)):
        return new
    words = {"name": new.rows.name, "before": before.provenance["citation"]}
    if again == "refuse":
        message = _(
            '{name} is stored already: {before}. keep(again="replace") puts this table in its place, '
            'keep(again="add") adds these rows to it (--again on the command line); or give it another name.'
        )
        raise Refused(message.format(**words))
    if same_file:
        raise Refused(_("These rows are in {name} already: {before}.").format(**words))
    _check_alike(before, new)
    return _added(before, new)


def _meaning(stored: Stored) -> dict:
    """What was said of a table: of its columns, and of the whole."""
    meant = {name: value for name, value in vars(stored.rows).items() if name not in ("frame", "notes", "rejected")}
    return meant | {name: stored.provenance[name] for name in ("coverage", "sensitivity")}


def _check_alike(before: Stored, new: Stored) -> None:
    """Refused where rows would be added to others of which something else is known."""
    facts = {
        _("columns"): lambda stored: ", ".join(sorted([*stored.rows.axes, *stored.rows.measures])),
        _("edition of the regions"): lambda stored: stored.rows.nuts,
        _("coverage"): lambda stored: stored.provenance["coverage"],
        _("sensitivity"): lambda stored: stored.provenance["sensitivity"],
    }
    for fact, of in facts.items():
        if of(before) != of(new):
            message = _("Rows of {name} and those to be added differ in their {fact}: {before}; {new}.")
            raise Refused(message.format(name=new.rows.name, fact=fact, before=of(before), new=of(new)))


def _added(before: Stored, new: Stored) -> Stored:
    """Both tables as one, its rows still known by their file and line."""
    start = int(before.rows.frame[FIRST].max())
    later = new.rows.frame.assign(**{FIRST: new.rows.frame[FIRST] + start})
    moved = tuple(replace(fault, rows=tuple(row + start for row in fault.rows)) for fault in new.rows.rejected)
    rows = replace(
        before.rows,
        frame=pd.concat([_plain(before.rows.frame), _plain(later)], ignore_index=True),
        labels={**before.rows.labels, **new.rows.labels},
        files=(*before.rows.files, *((name, first + start) for name, first in new.rows.files)),
        notes=tuple(dict.fromkeys([*before.rows.notes, *new.rows.notes])),
        rejected=(*before.rows.rejected, *moved),
    )
    joined = {name: f"{before.provenance[name]}; {new.provenance[name]}" for name in ("address", "citation")}
    joined["sha256"] = [*before.provenance["sha256"], *new.provenance["sha256"]]
    return Stored(rows, {**new.provenance, **joined}, own_cube(rows).report)


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Categories as text, which two tables can be joined by."""
    words = [name for name, column in frame.items() if isinstance(column.dtype, pd.CategoricalDtype)]
    return frame.astype(dict.fromkeys(words, object))
