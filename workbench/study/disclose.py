"""What is withheld before anything is modelled, drawn or written: figures that rest on few persons."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from workbench.cubes.cube import Cube
from workbench.study.data import origin_of
from workbench.study.divide import Divided
from workbench.study.reliability import records_of
from workbench.terms.errors import Refused, UnknownName
from workbench.terms.text import _, n_

MINIMUM = 10
"""Records behind a figure of persons, at the least: under ten it is withheld, ten are shown."""
CONFIDENTIAL = ("persons", "health")
"""Sensitivities of a catalogue entry whose rows are those of persons; `none` and `aggregate` pass as they are."""
STATES = ("on", "off")
SHOWN = ("exposure", "level", "method", "per", "unit", "flag", "flag_share", "state", "year", "month")
"""Columns that say nothing of the persons who had an accident: they stay where a figure is withheld."""


@dataclass
class _Session:
    """Why this session shows all cells; "" while it withholds. Of the whole process: a notebook's cells share it."""

    reason: str = ""


_SESSION = _Session()


class Switch:
    """What `disclosure` has set; as a context manager it is set back at the end of the block."""

    def __init__(self, before: str):
        self._before = before

    def __enter__(self) -> "Switch":
        return self

    def __exit__(self, *_error: object) -> None:
        _SESSION.reason = self._before

    def __repr__(self) -> str:
        if _SESSION.reason:
            return _("Disclosure control is off in this session: {reason}").format(reason=_SESSION.reason)
        return _("Disclosure control is on: figures of fewer than {minimum} persons are withheld.").format(
            minimum=MINIMUM
        )


def disclosure(state: str = "on", *, reason: str = "") -> Switch:
    """Show all figures of persons in this session (`"off"`, with a reason), or withhold small ones again (`"on"`).

    Findings made while it is off are marked as not for release, and are not written to files.

    Parameters
    ----------
    state : "on" or "off"
    reason : why all cells are needed; it is in the notes of every finding

    Returns
    -------
    Switch
        Also a context manager: `with wb.disclosure("off", reason="checking the load"): ...`

    Raises
    ------
    UnknownName
        For another state.
    Refused
        For "off" without a reason.
    """
    if state not in STATES:
        raise UnknownName(_("state of disclosure control"), state, STATES, hint=_("There are: on, off."))
    reason = " ".join(reason.split())
    if state == "off" and not reason:
        raise Refused(
            _(
                'Disclosure control is switched off with a reason, which stands in every finding: reason="checking '
                'the load".'
            )
        )
    before, _SESSION.reason = _SESSION.reason, reason if state == "off" else ""
    return Switch(before)


def confidential(cube: Cube) -> bool:
    """Whether a cube's rows are those of persons; synthetic ones are not.

    Parameters
    ----------
    cube : Cube

    Returns
    -------
    bool
    """
    origin = origin_of(cube)
    return origin is not None and not origin.synthetic and origin.dataset.sensitivity in CONFIDENTIAL


def withholds(cube: Cube) -> bool:
    """Whether small figures of a cube are withheld now: its rows are those of persons, and the control is on.

    Parameters
    ----------
    cube : Cube

    Returns
    -------
    bool
    """
    return confidential(cube) and not _SESSION.reason


def disclose(divided: Divided) -> Divided:
    """The same counts with those withheld that rest on few persons: 1 to 9 records, of data on persons or their health.

    A withheld row keeps its group and its people at risk; it has no value, limits or count, its state is "withheld",
    and a note says how many there are and by which rule. Zero stays: it is about no person.

    Parameters
    ----------
    divided : Divided
        As `divide`, `count` or a series makes it.

    Returns
    -------
    Divided
        The same value where nothing is withheld.
    """
    if not confidential(divided.cube):
        return divided
    if _SESSION.reason:
        note = _("Not for release: disclosure control is off in this session ({reason}).").format(
            reason=_SESSION.reason
        )
        return replace(divided, notes=(note, *divided.notes), release=note)

    frame, keep = divided.frame, {*SHOWN, *divided.by}
    few = too_few(frame)
    if divided.people == divided.measure.unit:  # a share: its exposure are accidents too
        few |= few_of(frame["exposure"])
        keep.remove("exposure")
    if not few.any():
        return divided
    frame = emptied(frame, few, keep=keep)
    frame["state"] = frame["state"].mask(few, "withheld")
    notes = [withheld_note(int(few.sum()), len(few))]
    if origin_of(divided.cube).is_own_table:
        notes.append(_own_note())
    return replace(divided, frame=frame, withheld=frame[few], notes=(*notes, *divided.notes))


def too_few(frame: pd.DataFrame) -> pd.Series:
    """Which rows rest on 1 to 9 records; where records have weights, neither records nor weights may be fewer.

    Parameters
    ----------
    frame : DataFrame
        A row per group, with count, and records where they have weights.

    Returns
    -------
    Series of bool
    """
    return few_of(records_of(frame)) | few_of(frame["count"])


def few_of(counts: pd.Series) -> pd.Series:
    """Which counts are 1 to 9; a missing one is not."""
    return counts.gt(0) & counts.lt(MINIMUM)


def emptied(frame: pd.DataFrame, rows: pd.Series | np.ndarray, *, keep: Iterable[str] = ()) -> pd.DataFrame:
    """A frame whose numbers are missing in some rows, but for the columns to keep.

    Parameters
    ----------
    frame : DataFrame
        A row per group.
    rows : Series or array of bool
        The rows to empty.
    keep : iterable of str
        Columns that stay as they are.

    Returns
    -------
    DataFrame
        A copy.
    """
    numbers = [name for name in frame if name not in set(keep) and frame[name].dtype.kind in "iuf"]
    return frame.assign(**{name: frame[name].mask(rows) for name in numbers})


def withheld_note(n: int, of: int) -> str:
    """How many figures are withheld, and by which rule."""
    return n_(
        "{n} of {all} figures is withheld: it rests on fewer than {minimum} records of persons (minimum count).",
        "{n} of {all} figures are withheld: they rest on fewer than {minimum} records of persons (minimum count).",
        n,
    ).format(n=n, all=of, minimum=MINIMUM)


def _own_note() -> str:
    """How the owner of a table sees all of its figures, or says that they may be shown."""
    return _(
        'These are records of your own. To see all figures: wb.disclosure("off", reason="checking my file"), on the '
        'command line --disclosure off --reason "checking my file". Where small figures may be shown: '
        'wb.table(..., sensitivity="aggregate"), or `workbench load NAME --sensitivity aggregate`.'
    )
