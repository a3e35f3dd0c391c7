"""First and last age or year: what a change of one end means for the other, and what each end would leave."""

from collections.abc import Callable, Mapping

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection, words_of_ages
from workbench.study.breaks import breaks
from workbench.terms.ages import OLDEST, age_limits
from workbench.terms.text import _
from workbench.terms.words import span
from workbench.views.choices import Field
from workbench.views.left import written


def with_end(field: Field, selection: Selection, end: int, value: int) -> tuple[Selection, str]:
    """The selection with another first or last; where they would cross, the other end moves along, and it is said.

    Parameters
    ----------
    field : Field
        A span.
    selection : Selection
        Before.
    end : int
        0 for the first, 1 for the last.
    value : int
        Age or year.

    Returns
    -------
    (Selection, str)
        The notice is "" where only that end moved.
    """
    lows, highs = _ends(field)
    low, high = _filled(field, selection)
    notice = ""
    if end == 0:
        low = value
        if low > high:
            high = min((limit for limit in highs if limit >= low), default=low)
            notice = _("Nothing lies from {first} to what was the last; the last is now {last}.")
    else:
        high = value
        if high < low:
            low = max((limit for limit in lows if limit <= high), default=high)
            notice = _("Nothing lies from what was the first to {last}; the first is now {first}.")

    notice = notice.format(first=low, last=high)
    if (low, high) == (lows[0], highs[-1]):
        return selection.but(**{field.name: None}), notice
    if field.name == "years":
        return selection.but(years=(low, high)), notice
    ages = (None if low == lows[0] else low, None if high == highs[-1] else high)
    return selection.but(ages=ages), notice


def span_shown(cube: Cube, field: Field, selection: Selection, counts: Mapping) -> dict:
    """What the screen shows of a span: the choices of both ends, each with the count that it would leave.

    Parameters
    ----------
    cube : Cube
    field : Field
        A span.
    selection : Selection
    counts : Mapping
        What each band or year would leave.

    Returns
    -------
    dict
        Of plain values.
    """
    lows, highs = _ends(field)
    low, high = _filled(field, selection)
    chosen = getattr(selection, field.name)
    cuts = breaks(cube, field.without(selection)) if field.name == "years" else {}

    def named(value: int) -> str:
        if field.name == "ages" and value == OLDEST:
            return _("no limit")
        return _("{year} (break)").format(year=value) if value in cuts else str(value)

    left = _left_between(cube, field, counts)
    summary = _("All") if not chosen else span(low, high) if field.name == "years" else words_of_ages(chosen)
    return {
        "first": [_choice(at, named(at), left(at, high)) for at in sorted({*lows, low})],
        "last": [_choice(at, named(at), left(low, at)) for at in sorted({*highs, high})],
        "value": [str(low), str(high)],
        "notes": [_("Break in {year}: {reason}").format(year=year, reason=why) for year, why in cuts.items()],
        "summary": summary,
        "clear": bool(chosen),
    }


def _ends(field: Field) -> tuple[list[int], list[int]]:
    """Where a span can begin, and where it can end."""
    return sorted({low for low, _high in field.limits}), sorted({high for _low, high in field.limits})


def _filled(field: Field, selection: Selection) -> tuple[int, int]:
    """First and last of a selection; those of the data where it names none."""
    lows, highs = _ends(field)
    low, high = getattr(selection, field.name) or (None, None)
    return lows[0] if low is None else low, highs[-1] if high is None else high


def _choice(value: int, label: str, left: str) -> dict[str, str]:
    return {"value": str(value), "label": label, "left": left}


def _left_between(cube: Cube, field: Field, counts: Mapping) -> Callable[[int, int], str]:
    """How many lie from one end to the other, in words; "" where bands overlap or a count is not known."""
    bands = {
        age_limits(code) if field.name == "ages" else (code, code): n for code, n in counts.items() if _is_band(code)
    }
    apart = all(one[1] < two[0] for one, two in zip(sorted(bands), sorted(bands)[1:], strict=False))

    def between(first: int, last: int) -> str:
        if not apart or set(bands) != set(field.limits):
            return ""
        return written(cube, sum(n for (low, high), n in bands.items() if first <= low and high <= last))

    return between


def _is_band(code: object) -> bool:
    return isinstance(code, int) or str(code).startswith("Y")
