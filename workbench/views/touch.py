"""What a touch of a mark makes of a selection: it asks for it, with Shift for it too, once more no longer."""

from collections.abc import Iterable

from workbench.cubes.selection import FIELD_OF, Selection
from workbench.terms.ages import age_limits
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import WorkbenchError

Key = tuple[str, ...]
"""The codes of a mark, one for each dimension of its view."""


def touched(selection: Selection, by: Key, key: Key, *, add: bool) -> Selection:
    """The selection after a mark was touched.

    Parameters
    ----------
    selection : Selection
        Before.
    by : tuple of str
        Dimensions of the mark, such as ("sex", "age_group").
    key : tuple of str
        Its codes, in the same order; "" for a dimension that the mark leaves open.
    add : bool
        Whether it is added to what is chosen (Shift), not put in its place.

    Returns
    -------
    Selection
        The same selection for a code that does not exist: a page is not to be trusted.
    """
    pairs = [(name, code) for name, code in zip(by, key, strict=False) if code != ""]
    again = bool(pairs) and all(_only(selection, name, code) for name, code in pairs)
    try:
        for name, code in pairs:
            selection = _without(selection, name) if again else _with(selection, name, code, add=add)
    except (WorkbenchError, ValueError):
        pass
    return selection


def together(selection: Selection, by: Key, keys: Iterable[Key]) -> Selection:
    """The selection after many marks were taken at once, in place of what was chosen in their view.

    Parameters
    ----------
    selection : Selection
        Before.
    by : tuple of str
        Dimensions of the marks.
    keys : iterable of tuples of str
        Their codes: of years and ages the span from the first to the last is taken, of others each code.

    Returns
    -------
    Selection
        Without anything of these dimensions where that is what it was before: taken once more, it is let go.
    """
    found, taken = cleared(selection, by), set()
    for key in keys:
        pairs = {(name, code) for name, code in zip(by, key, strict=False) if code != ""} - taken
        taken |= pairs  # a code that comes again would be let go
        for name, code in pairs:
            found = touched(found, (name,), (code,), add=True)
    return cleared(found, by) if found == selection else found


def cleared(selection: Selection, by: Key) -> Selection:
    """The selection without what it asks of some dimensions.

    Parameters
    ----------
    selection : Selection
    by : tuple of str
        Names of dimensions.

    Returns
    -------
    Selection
    """
    for name in by:
        selection = _without(selection, name)
    return selection


def chosen(selection: Selection, by: Key, key: Key) -> bool:
    """Whether the selection asks for a mark: by all of its dimensions that are restricted, and by one at least.

    Parameters
    ----------
    selection : Selection
    by, key : tuple of str
        As in `touched`.

    Returns
    -------
    bool
    """
    restricted = selection.restricted()
    found = [
        _covers(restricted[DIMENSIONS[name].axis], name, code)
        for name, code in zip(by, key, strict=True)
        if DIMENSIONS[name].axis in restricted
    ]
    return bool(found) and all(found)


def _covers(codes, name: str, code: str) -> bool:
    """Whether a restriction takes a code in."""
    axis = DIMENSIONS[name].axis
    if axis == "year":
        return codes[0] <= int(code) <= codes[1]
    if axis == "age_group":
        low, high = _limits(code)
        return (codes[0] is None or codes[0] <= low) and (codes[1] is None or codes[1] >= high)
    if axis == "nuts":
        wanted = tuple(part for one in codes for part in one.split("+"))
        return code.startswith(wanted)
    return code in codes


def _limits(code: str) -> tuple[int, int]:
    try:
        return age_limits(code)
    except (WorkbenchError, ValueError, KeyError):
        return -1, -1


def _only(selection: Selection, name: str, code: str) -> bool:
    """Whether a code is all that the selection asks of a dimension."""
    codes = selection.restricted().get(DIMENSIONS[name].axis)
    if codes is None:
        return False
    if name == "year":
        return codes == (int(code), int(code))
    return tuple(codes) == _span(code) if name == "age_group" else codes == frozenset({code})


def _span(code: str) -> tuple[int | None, int | None]:
    """The ages of a band as a selection writes them: open where the band is."""
    low, high = age_limits(code)
    return low or None, None if high > 99 else high


def _with(selection: Selection, name: str, code: str, *, add: bool) -> Selection:
    axis = DIMENSIONS[name].axis
    before = selection.restricted().get(axis) if add else None
    if axis == "year":
        return selection.but(years=_joined(before, (int(code), int(code))))
    if axis == "age_group":
        return selection.but(ages=_joined(before, _span(code)))
    codes = frozenset(before or ()) ^ {code}
    if axis in FIELD_OF:
        return selection.but(**{FIELD_OF[axis]: codes})
    kept = {other: found for other, found in selection.where if DIMENSIONS[other].axis != axis}
    return selection.but(where={**kept, **({name: codes} if codes else {})})


def _joined(before: tuple | None, new: tuple) -> tuple:
    """The span that holds both; an open end stays open."""
    if before is None:
        return new
    low = None if None in (before[0], new[0]) else min(before[0], new[0])
    high = None if None in (before[1], new[1]) else max(before[1], new[1])
    return low, high


def _without(selection: Selection, name: str) -> Selection:
    axis = DIMENSIONS[name].axis
    if axis in FIELD_OF:
        return selection.but(**{FIELD_OF[axis]: frozenset()})
    if axis in ("year", "age_group"):
        return selection.but(**{"years" if axis == "year" else "ages": None})
    return selection.but(where={other: codes for other, codes in selection.where if DIMENSIONS[other].axis != axis})
