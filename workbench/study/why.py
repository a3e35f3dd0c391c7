"""Why a figure is withheld, and the nearest coarser question that shows one: without the figure itself."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from workbench.cubes.selection import Selection
from workbench.disclosure_control.rules import PASSES, in_words
from workbench.study.divide import Divided, count
from workbench.study.protection import Protection, protection_of
from workbench.terms.dimensions import DIMENSIONS, Dimension, dimension
from workbench.terms.errors import Refused, UnknownName, WorkbenchError
from workbench.terms.text import _
from workbench.terms.words import dimensions

STEPS = 2
"""Coarser questions are looked for so many changes away."""


@dataclass(frozen=True, kw_only=True)
class Why:
    """Why one figure cannot be seen.

    Attributes
    ----------
    rule : "few", "group", "dominance", "p-percent" or "linked"; "" where it is shown
    sentence : the rule in words, and what to ask instead
    selection, by : the nearest coarser question that shows the group's figure; `by` None where none was found
    """

    rule: str
    sentence: str
    selection: Selection | None = None
    by: tuple[str, ...] | None = None

    def __str__(self) -> str:
        return self.sentence


def why(protection: Protection | None, row: object) -> Why:
    """Why the figure of a row is withheld.

    Parameters
    ----------
    protection : Protection or None
        Of the finding; None where its data are nobody's.
    row : int, code, or codes
        The place of a row of the finding's frame, or the codes of its dimensions in their order.

    Returns
    -------
    Why

    Raises
    ------
    UnknownName
        For a row that the finding does not have.
    """
    if protection is None:
        return Why(rule=PASSES, sentence=_("Nothing is withheld here: these data are not about single persons."))
    divided = protection.before
    place = _place(divided, row)
    rule = str(protection.reasons[place])
    sentence = in_words(rule, protection.rules)
    if rule == PASSES or protection.cells is None:
        return Why(rule=rule, sentence=sentence)
    codes = dict(zip(divided.by, divided.frame[list(divided.by)].iloc[place], strict=True))
    for selection, by in _coarser(divided.selection, divided.by):
        if _shows(protection, selection, by, codes):
            words = _words(divided, selection, by)
            return Why(
                rule=rule,
                sentence=_("{rule} Nearest question that shows its group: {question}.").format(
                    rule=sentence, question=words
                ),
                selection=selection,
                by=by,
            )
    hint = _("No coarser question nearby shows its group: ask for fewer dimensions, or more years.")
    return Why(rule=rule, sentence=_("{rule} {hint}").format(rule=sentence, hint=hint))


def _place(divided: Divided, row: object) -> int:
    """The place of a row that is named by its place or its codes."""
    if isinstance(row, int) and not isinstance(row, bool) and "year" not in divided.by[:1]:
        if not 0 <= row < len(divided.frame):
            raise Refused(
                _("The finding has rows 0 to {last}; there is no row {row}.").format(
                    last=len(divided.frame) - 1, row=row
                )
            )
        return row
    codes = (
        tuple(row.values()) if isinstance(row, dict) else (row,) if not isinstance(row, tuple | list) else tuple(row)
    )
    known = [tuple(map(str, values)) for values in divided.frame[list(divided.by)].itertuples(index=False, name=None)]
    wanted = tuple(map(str, codes))
    if wanted not in known:
        raise UnknownName(_("row of this finding"), ", ".join(wanted), [", ".join(codes) for codes in known])
    return known.index(wanted)


def _coarser(selection: Selection, by: Sequence[str]) -> Iterator[tuple[Selection, tuple[str, ...]]]:
    """Questions that are coarser by one change, then by two: a level up, a dimension less, a restriction less."""
    seen, last = {(selection, tuple(by))}, [(selection, tuple(by))]
    for _step in range(STEPS):
        following = []
        for question in last:
            for coarser in _changes(*question):
                if coarser not in seen:
                    seen.add(coarser)
                    following.append(coarser)
                    yield coarser
        last = following


def _changes(selection: Selection, by: tuple[str, ...]) -> Iterator[tuple[Selection, tuple[str, ...]]]:
    for place, name in enumerate(by):
        if wider := _level_up(dimension(name)):
            yield selection, (*by[:place], wider, *by[place + 1 :])
    for place in range(len(by)):
        yield selection, (*by[:place], *by[place + 1 :])
    for field in ("years", "ages", "sexes", "severities", "sectors"):
        if getattr(selection, field):
            yield selection.but(**{field: None if field in ("years", "ages") else frozenset()}), by


def _level_up(dim: Dimension) -> str | None:
    """The dimension one level wider on the same axis, or None."""
    if not dim.level:
        return None
    return next((n for n, other in DIMENSIONS.items() if other.axis == dim.axis and other.level == dim.level - 1), None)


def _shows(protection: Protection, selection: Selection, by: tuple[str, ...], codes: dict[str, Hashable]) -> bool:
    """Whether a question shows the group that a row is part of; it is not remembered as asked."""
    divided = protection.before
    try:
        coarser = count(divided.cube, selection, by=by, measure=divided.measure.name)
        found = protection_of(coarser, protection.rules, trial=True)
    except WorkbenchError:
        return False
    rows = np.ones(len(coarser.frame), bool)
    for name in by:
        rows &= (coarser.frame[name].astype(str) == _wider_code(divided, codes, name)).to_numpy()
    return bool((rows & ~found.hidden & coarser.frame["count"].notna().to_numpy()).any())


def _wider_code(divided: Divided, codes: dict[str, Hashable], name: str) -> str:
    """The code of a dimension for a row that has one of the same axis, perhaps finer."""
    if name in codes:
        return str(codes[name])
    axis, level = dimension(name).axis, dimension(name).level
    own = next(str(code) for other, code in codes.items() if dimension(other).axis == axis)
    return str(divided.cube.lists[axis].ancestor_at(own, level))


def _words(divided: Divided, selection: Selection, by: tuple[str, ...]) -> str:
    what = selection.words(divided.cube.lists)
    if not by:
        return _("{what}, all together").format(what=what)
    return _("{what}, by {dims}").format(what=what, dims=dimensions(by))
