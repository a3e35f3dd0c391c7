"""Accidents as a share of those that they are a part of, such as the fatal of all: by period, or by group."""

from collections.abc import Sequence
from dataclasses import replace

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.rates import proportion
from workbench.study.data import Question, prepare
from workbench.study.data import cube as cube_of
from workbench.study.divide import Divided, check_one_dimension, without_counts
from workbench.study.periods import LEVEL, Counts, by_period, count_periods, flags_of_both, period_dimensions
from workbench.study.reliability import mean_weights, states_of
from workbench.terms.codes import UNKNOWN
from workbench.terms.dimensions import dimension
from workbench.terms.errors import Refused
from workbench.terms.text import _
from workbench.terms.words import some

FIELDS = {"nuts": "regions", "nace": "sectors", "sex": "sexes", "age_group": "ages", "severity": "severities"}
"""Of a selection, by axis; other axes are in `where`."""


def divide_shares(
    source: str | Cube, selection: Selection | None, by: str | Sequence[str], *, share_of: Selection
) -> Divided:
    """Accidents of each period in % of those of `share_of`, which are its `exposure`. Wilson's limits (1927).

    Raises
    ------
    Refused
        For a part that reaches beyond its whole, or that is published in another table; for published rates.
    """
    cube = cube_of(source)
    by = period_dimensions(cube, selection or Selection(), by)
    question = prepare(cube, selection, by)
    whole = _checked_whole(question, share_of)
    part, every = (count_periods(question.cube, one, by) for one in (question.selection, whole))
    divided = _in_percent(question, part, every, LEVEL, how="left")
    return replace(divided, frame=by_period(divided.frame, by))


def divide_group_shares(
    source: str | Cube, selection: Selection | None, by: str | Sequence[str], *, share_of: Selection, level: float
) -> Divided:
    """Accidents of each group of one dimension in % of those of `share_of`, which are its `exposure`.

    A group of complete records that has accidents, but none of these, is a zero; groups of which one of the two is not
    known are left out and named.

    Raises
    ------
    Refused
        As `divide_shares`; for more than one dimension.
    """
    question = prepare(source, selection, by)
    check_one_dimension(question.by)
    whole = _checked_whole(question, share_of)
    whole = _along(whole, question.selection, dimension(question.by[0]).axis)
    part, every = (_count_groups(question, one) for one in (question.selection, whole))
    divided = _in_percent(question, part, every, level, how="right")

    frame, name, notes = divided.frame, question.by[0], divided.notes
    usable = frame["count"].notna() & frame["exposure"].notna() & frame[name].ne(UNKNOWN)
    if not usable.all():
        codes = some(divided.label(name, code) for code in frame.loc[~usable, name])
        notes = (_("Left out, for part or whole is not known: {codes}.").format(codes=codes), *notes)
    frame = frame[usable].reset_index(drop=True)
    frame = frame.assign(state=states_of(frame))
    return replace(divided, frame=frame, notes=notes)


def whole_in_words(divided: Divided, share_of: Selection) -> str:
    """The accidents that a share is of."""
    every = share_of.but(years=None)
    if every == Selection():
        return _("all accidents")
    return _("the accidents of {whole}").format(whole=every.words(divided.cube.lists))


def whole_of(cube: Cube, selection: Selection, share_of: Selection) -> Selection:
    """`share_of` in the years of the selection, with the entry's defaults; refused unless the selection is a part.

    Parameters
    ----------
    cube : Cube
    selection : Selection
        The part.
    share_of : Selection
        The whole; its years are not looked at.

    Returns
    -------
    Selection

    Raises
    ------
    Refused
        For a part that reaches beyond its whole, naming the axis, or that is all of it.
    """
    whole = prepare(cube, share_of, ()).selection
    inside = selection.restricted()
    for axis, wide in whole.restricted().items():
        if axis not in inside or not _within(cube, axis, inside[axis], wide):
            raise Refused(
                _(
                    "What is asked for ({part}) reaches beyond what it should be a share of ({whole}) in {axis}. "
                    "Widen share_of, or restrict the selection."
                ).format(part=selection.words(cube.lists), whole=whole.words(cube.lists), axis=axis),
                dimension=axis,
            )
    whole = whole.but(years=selection.years)
    if whole == selection:
        raise Refused(
            _("What is asked for ({whole}) is all of what it should be a share of. Restrict the selection.").format(
                whole=whole.words(cube.lists)
            )
        )
    return whole


def _checked_whole(question: Question, share_of: Selection) -> Selection:
    """The whole of a share, where the cube has accidents to take one of."""
    if not question.cube.has("accidents"):
        raise without_counts(question.cube)
    return whole_of(question.cube, question.selection, share_of)


def _along(whole: Selection, selection: Selection, axis: str) -> Selection:
    """The whole with the selection's own groups: a region is a share of its own accidents, not of all regions'."""
    if axis in FIELDS:
        return whole.but(**{FIELDS[axis]: getattr(selection, FIELDS[axis])})
    kept = [(name, codes) for name, codes in whole.where if dimension(name).axis != axis]
    own = [(name, codes) for name, codes in selection.where if dimension(name).axis == axis]
    return whole.but(where=dict([*kept, *own]))


def _count_groups(question: Question, selection: Selection) -> Counts:
    """Accidents by group, the groups without one left out."""
    answer = question.cube.ask("accidents", selection, question.by)
    return Counts(
        frame=answer.frame.rename(columns={"accidents": "count"}),
        selection=answer.selection,
        notes=tuple(answer.notes),
        table=answer.margin,
    )


def _in_percent(question: Question, part: Counts, every: Counts, level: float, *, how: str) -> Divided:
    """A part in % of its whole, row by row: "left" for the rows of the part, "right" for those of the whole."""
    cube, by = question.cube, question.by
    if part.table != every.table:
        raise Refused(
            _(
                "{name} publishes the part and the whole in different tables ({part}, {whole}), whose totals may "
                "differ: no share is taken."
            ).format(name=cube.name, part=part.table, whole=every.table)
        )
    frame = part.frame.merge(every.frame, on=list(by), how=how, suffixes=("", "_other"))
    if all(margin.complete for margin in cube.margins):
        counts = ["count", *({"records", "variance"} & set(frame))]
        frame[counts] = frame[counts].fillna(0.0)
    frame = flags_of_both(frame.assign(flag=frame["flag"].fillna("")))
    frame["exposure"] = frame["count_other"].where(frame["count_other"] > 0)
    frame["weight"] = mean_weights(frame["exposure"], frame.get("variance_other"))
    records = proportion(frame["count"] / frame["weight"], frame["exposure"] / frame["weight"], level=level)
    share = 100 * frame["count"] / frame["exposure"]
    frame = frame.assign(value=share, low=100 * records["low"], high=100 * records["high"], level=level)
    frame = frame.assign(method=records["method"], per=100.0, unit=_("% of accidents"))
    return Divided(
        cube=cube,
        selection=part.selection,
        by=by,
        frame=frame,
        measure=cube.measures["accidents"],
        people=cube.measures["accidents"].unit,
        notes=(*question.notes, *part.notes, *every.notes),
        whole=every.selection,
    )


def _within(cube: Cube, axis: str, narrow, wide) -> bool:
    """Whether codes, or first and last of a span, lie inside others of their axis."""
    if axis in ("year", "age_group"):
        (first, last), (start, end) = narrow, wide
        return (first or 0) >= (start or 0) and (end is None or (last is not None and last <= end))
    known = cube.lists.get(axis)
    if known is None:  # a dimension that the cube does not have: it says so itself when it is asked
        return True
    one, other = (frozenset().union(*(known.members(code) for code in codes)) for codes in (narrow, wide))
    return one <= other
