"""What is withheld before anything is modelled, drawn or written: figures that rest on few persons."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from workbench.cubes.contributions import CONTRIBUTORS
from workbench.cubes.cube import Cube
from workbench.disclosure_control import roles
from workbench.disclosure_control.rules import DOMINANCE, FEW, GROUP, LINKED, P_PERCENT, Rules
from workbench.study.data import origin_of
from workbench.study.divide import Divided
from workbench.study.other_ways import WAYS, Way, shown_by
from workbench.study.protection import Protection, protection_of
from workbench.terms.errors import Refused, UnknownName
from workbench.terms.text import _, n_
from workbench.terms.words import in_tens, whole

MINIMUM = 10
"""Records behind a figure of persons, at the least: under ten it is withheld, ten are shown."""
STATES = ("on", "off", "audited", *WAYS)
SHOWN = ("exposure", "level", "method", "per", "unit", "flag", "flag_share", "state", "year", "month")
"""Columns that say nothing of the persons who had an accident: they stay where a figure is withheld."""


@dataclass
class _Session:
    """Why this session shows all cells; "" while it withholds. Of the whole process: a notebook's cells share it."""

    reason: str = ""
    audited: bool = False
    way: Way | None = None
    has_shown_all: bool = False


_SESSION = _Session()


class Switch:
    """What `disclosure` has set; as a context manager it is set back at the end of the block."""

    def __init__(self, before: "_Session"):
        self._before = before

    def __enter__(self) -> "Switch":
        return self

    def __exit__(self, *_error: object) -> None:
        _SESSION.reason, _SESSION.audited, _SESSION.way = self._before.reason, self._before.audited, self._before.way

    def __repr__(self) -> str:
        if _SESSION.reason:
            return _("Disclosure control is off in this session: {reason}").format(reason=_SESSION.reason)
        if _SESSION.way:
            return _SESSION.way.note()
        return _("Disclosure control is on: figures of fewer than {minimum} persons are withheld.").format(
            minimum=MINIMUM
        )


def disclosure(state: str = "on", *, reason: str = "", base: int = 5, epsilon: float | None = None) -> Switch:
    """Show all figures of persons in this session (`"off"`, with a reason), or withhold small ones again (`"on"`).

    Findings made while it is off are marked as not for release, and are not written to files. `"audited"` looks through
    large tables too before they are shown, as is done in any case before they are written, and withholds what together
    with earlier releases would give a figure away: for what is to leave.

    Three other ways protect every count of a table, of crude rates too, in place of withholding small ones. `"round"`
    gives multiples of 3 or 5 that add up; `"cell_keys"` a noise that is the same for the same records; `"noise"`
    differentially private counts, of which each group and year may spend a budget of 1 in all. The same group has the
    same number by whatever question. Data that were released in one way are not released in another.

    Parameters
    ----------
    state : "on", "audited", "off", "round", "cell_keys" or "noise"
    reason : why all cells are needed; it is in the notes of every finding
    base : of "round", 3 or 5
    epsilon : of "noise", what each group and year spends: its noise has a scale of 1 / epsilon persons

    Returns
    -------
    Switch
        Also a context manager: `with wb.disclosure("off", reason="checking the load"): ...`

    Raises
    ------
    UnknownName
        For another state.
    Refused
        For "off" without a reason; for another base, or no positive epsilon.
    """
    if state not in STATES:
        raise UnknownName(
            _("state of disclosure control"),
            state,
            STATES,
            hint=_("There are: {names}.").format(names=", ".join(STATES)),
        )
    reason = " ".join(reason.split())
    if state == "off" and not reason:
        raise Refused(
            _(
                'Disclosure control is switched off with a reason, which stands in every finding: reason="checking '
                'the load".'
            )
        )
    way = Way(state, base, epsilon) if state in WAYS else None
    before = replace(_SESSION)
    _SESSION.reason, _SESSION.audited, _SESSION.way = reason if state == "off" else "", state == "audited", way
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
    return origin is not None and not origin.synthetic and origin.dataset.about_persons


def withholds(cube: Cube) -> bool:
    """Whether small figures of a cube are withheld now: its rows are those of persons, and the control is on.

    Parameters
    ----------
    cube : Cube

    Returns
    -------
    bool
    """
    return confidential(cube) and (not _SESSION.reason or roles.served())


def reason_for_all() -> str:
    """Why this session shows small figures too; "" while they are withheld."""
    return "" if roles.served() else _SESSION.reason


def has_shown_all() -> bool:
    """Whether this session has shown figures that are not for release: its views may still hold them."""
    return _SESSION.has_shown_all


def disclose(divided: Divided) -> Divided:
    """The same counts without those that must not be seen, of data on persons or their health.

    Withheld are figures of few persons, of groups whose persons are all alike in an attribute, and those from which
    the others could be computed: by the sums over each dimension and level, and by what this session has shown before.
    A withheld row keeps its group and its people at risk; it has no value, limits or count, its state is "withheld",
    and a note says how many there are and by which rule. Zero stays: it is about no person.

    Parameters
    ----------
    divided : Divided
        As `divide`, `count` or a series makes it.

    Returns
    -------
    Divided
        The same value where its data are nobody's.
    """
    if not confidential(divided.cube):
        return divided
    dataset = origin_of(divided.cube).dataset
    roles.check(dataset.name, dataset.sensitivity, "cells")
    if _SESSION.reason and not roles.served():
        roles.check(dataset.name, dataset.sensitivity, "all")
        note = _("Not for release: disclosure control is off in this session ({reason}).").format(
            reason=_SESSION.reason
        )
        _SESSION.has_shown_all = True
        return replace(divided, notes=(note, *divided.notes), release=note)

    if _SESSION.way:
        return shown_by(divided, _SESSION.way, rules_of(divided.cube))
    divided = _about_contributors(divided)
    protection = protection_of(divided, rules_of(divided.cube), audited=_SESSION.audited)
    few = protection.hidden
    if not few.any():
        return replace(divided, protection=protection)
    keep = {*SHOWN, *divided.by}
    if divided.people == divided.measure.unit:  # a share: its exposure are accidents too
        keep.remove("exposure")
    frame = emptied(divided.frame, few, keep=keep)
    frame["state"] = frame["state"].mask(few, "withheld")
    notes = withheld_notes(protection)
    if origin_of(divided.cube).is_own_table:
        notes.append(_own_note())
    return replace(divided, frame=frame, withheld=frame[few], protection=protection, notes=(*notes, *divided.notes))


def _about_contributors(divided: Divided) -> Divided:
    """The same sums with a note of how many records they are made of, where some do not say what they contribute."""
    frame = divided.frame
    if CONTRIBUTORS not in frame or frame[CONTRIBUTORS].sum() == frame["records"].sum():
        return divided
    share = frame[CONTRIBUTORS].sum() / frame["records"].sum()
    note = _("{measure} are known of {share:.0%} of these records; the others add nothing.").format(
        measure=divided.measure.label, share=share
    )
    return replace(divided, notes=(note, *divided.notes))


def how_many(cube: Cube, n: float) -> str:
    """A number of accidents as a note quotes it: of data on persons in tens, so that no total gives a figure back.

    Parameters
    ----------
    cube : Cube
    n : float

    Returns
    -------
    str
    """
    if not withholds(cube):
        return whole(n)
    return in_tens(n, rules_of(cube).minimum)


def rules_of(cube: Cube) -> Rules:
    """The rules for the figures of a cube, with the minimum of its entry.

    Parameters
    ----------
    cube : Cube

    Returns
    -------
    Rules
    """
    origin = origin_of(cube)
    return Rules(minimum=origin.dataset.minimum) if origin else Rules()


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


def _own_note() -> str:
    """How the owner of a table sees all of its figures, or says that they may be shown."""
    return _(
        'These are records of your own. To see all figures: wb.disclosure("off", reason="checking my file"), on the '
        'command line --disclosure off --reason "checking my file". Where small figures may be shown: '
        'wb.table(..., sensitivity="aggregate"), or `workbench load NAME --sensitivity aggregate`.'
    )


def withheld_notes(protection: Protection) -> list[str]:
    """How many figures are withheld, and by which rules.

    Parameters
    ----------
    protection : Protection
        With a rule per row.

    Returns
    -------
    list of str
        Whole sentences.
    """
    reasons, minimum = protection.reasons, protection.rules.minimum
    n = {rule: int((reasons == rule).sum()) for rule in (FEW, GROUP, DOMINANCE, P_PERCENT, LINKED)}
    notes = []
    if n[FEW]:
        notes.append(
            n_(
                "{n} of {all} figures is withheld: it rests on fewer than {minimum} records of persons (minimum "
                "count).",
                "{n} of {all} figures are withheld: they rest on fewer than {minimum} records of persons (minimum "
                "count).",
                n[FEW],
            ).format(n=n[FEW], all=len(reasons), minimum=minimum)
        )
    if n[GROUP]:
        notes.append(
            n_(
                "{n} of {all} figures is withheld: all persons of its group are alike in this (group disclosure).",
                "{n} of {all} figures are withheld: all persons of their groups are alike in this (group disclosure).",
                n[GROUP],
            ).format(n=n[GROUP], all=len(reasons))
        )
    if few := n[DOMINANCE] + n[P_PERCENT]:
        notes.append(
            n_(
                "{n} of {all} figures is withheld: one or two persons make up so much of it that their own could be "
                "read off (dominance, p-percent rule).",
                "{n} of {all} figures are withheld: one or two persons make up so much of them that their own could be "
                "read off (dominance, p-percent rule).",
                few,
            ).format(n=few, all=len(reasons))
        )
    if n[LINKED]:
        notes.append(
            n_(
                "{n} of {all} figures is withheld because a small one could be computed from it (secondary "
                "suppression).",
                "{n} of {all} figures are withheld because small ones could be computed from them (secondary "
                "suppression).",
                n[LINKED],
            ).format(n=n[LINKED], all=len(reasons))
        )
    return notes
