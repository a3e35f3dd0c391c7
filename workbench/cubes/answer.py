"""What a cube answers: figures by group, exactly what went in, and what a reader has to know about them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from workbench.cubes import refusals
from workbench.cubes.cover import Cover
from workbench.cubes.margin import Measure
from workbench.cubes.selection import FIELD_OF, Selection, words_of_ages
from workbench.terms.codes import CodeList
from workbench.terms.dimensions import DIMENSIONS, axis_label
from workbench.terms.tables import FLAGS
from workbench.terms.text import _, n_, translated

Values = np.ndarray | ExtensionArray
"""A column of an answer."""
FEW = 3
"""So few codes stand in a heading for the code that they are a part of."""
WHOLE = 1e-6
"""Parts that miss their total by less, relative to it, do so because figures are kept as binary fractions."""


def codes_in(column: Values) -> list:
    """The codes of a column as a list.

    Of codes that it keeps as numbers pandas makes one by way of Arrow, five times as slowly.

    Parameters
    ----------
    column : array of codes or of whole numbers

    Returns
    -------
    list
    """
    if not isinstance(column, pd.Categorical):
        return column.tolist()
    codes = column.categories.tolist()
    return [codes[place] if place >= 0 else np.nan for place in column.codes.tolist()]


def same_groups(column: Values, other: Values) -> bool:
    """Whether two columns name the same groups in the same order.

    Parameters
    ----------
    column, other : array of codes or of whole numbers

    Returns
    -------
    bool
    """
    if isinstance(column, pd.Categorical) and column.dtype == other.dtype:
        return np.array_equal(column.codes, other.codes)
    return codes_in(column) == codes_in(other)


@dataclass(frozen=True)
class Answer:
    """What a cube answers.

    Attributes
    ----------
    columns : by name one value per group: the groups, the measure, flags and how many cells were missing
    margin : name of the table that it comes from
    measure : what is measured
    by : the dimensions divided by
    selection : what the figures are of, to head them with: the selection that was asked, its years and ages as far
        as the data have them, and codes of which they have a part only replaced by that part
    extent : for each axis of the margin the codes of the cells that went in (years as whole numbers)
    covers : for each axis the cells of its groups, and what had to be left out
    total : the published total of the groups of one dimension, where there is one
    notes : sentences that go with the figures
    """

    columns: Mapping[str, Values]
    margin: str
    measure: Measure
    by: tuple[str, ...] = ()
    selection: Selection = field(default_factory=Selection)
    extent: Mapping[str, tuple] = field(default_factory=dict, repr=False)
    covers: Mapping[str, Cover] = field(default_factory=dict, repr=False)
    total: float | None = None
    notes: tuple[str, ...] = ()

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The columns as a frame of its own: what is changed in it does not change the answer."""
        return pd.DataFrame({**self.columns, "flag": pd.array(self.columns["flag"], dtype="str")})


def answered(selection: Selection, answer: Answer, ages: tuple[int | None, int | None] | None) -> Selection:
    """The selection that an answer is of.

    Years are those that went in: where the selection names none they are named unless they are divided by. `ages`
    are those of the selection that the data have.

    Parameters
    ----------
    selection : Selection
        As it was given.
    answer : Answer
        Of a cube.
    ages : (int or None, int or None) or None
        First and last age of the cells that went in.

    Returns
    -------
    Selection
    """
    changes: dict[str, object] = {}
    years = answer.extent.get("year", ())
    if years and (selection.years or "year" not in answer.by):
        changes["years"] = (min(years), max(years))
    if ages != selection.ages:
        changes["ages"] = ages
    for axis, found in answer.covers.items():
        few = {code: parts for code, parts in found.parts.items() if len(parts) <= FEW}
        if few:
            codes = getattr(selection, FIELD_OF[axis])
            changes[FIELD_OF[axis]] = (codes - few.keys()).union(*few.values())
    changes = {name: value for name, value in changes.items() if value != getattr(selection, name)}
    return selection.but(**changes) if changes else selection


def notes_of(answer: Answer, selection: Selection, lists: Mapping[str, CodeList]) -> tuple[str, ...]:
    """What a reader has to know of an answer to `selection`, in the reader's language.

    Parameters
    ----------
    answer : Answer
        Of a cube.
    selection : Selection
        That it answers.
    lists : mapping of str to CodeList
        By axis.

    Returns
    -------
    tuple of str
        Whole sentences.
    """
    return (
        *about_flags(answer.columns["flag"].tolist()),
        *_about_gaps(answer),
        *_about_total(answer),
        *_about_years(answer, selection),
        *_about_ages(answer, selection),
        *(note for axis, found in answer.covers.items() for note in _about_cover(axis, found, answer, lists)),
    )


def about_flags(flags: list[str]) -> Iterator[str]:
    """Which flags stand on how many values, a sentence for each letter."""
    for letter in sorted(set("".join(flags))):
        meaning = translated(FLAGS[letter]) if letter in FLAGS else letter
        n = sum(letter in flag for flag in flags)
        yield _("Flag {letter} ({meaning}) on {n} of {all} values.").format(
            letter=letter, meaning=meaning, n=n, all=len(flags)
        )


def _about_gaps(answer: Answer) -> Iterator[str]:
    missing = np.count_nonzero(answer.columns["missing"])
    if missing:
        message = _(
            "{n} of {all} values are missing because some of their cells are not published or not in these files."
        )
        yield message.format(n=missing, all=len(answer.columns["missing"]))


def _about_total(answer: Answer) -> Iterator[str]:
    """By how much the parts miss their published total: unknown sex, rounding, suppression."""
    if answer.total is None:
        return
    parts = answer.columns[answer.measure.name].sum()  # where a part is missing, the gap says nothing
    gap = answer.total - parts
    if pd.notna(gap) and abs(gap) > WHOLE * max(1, abs(answer.total)):
        message = _(
            "The published groups of {name} add up to {parts:,.0f}; the published total is {total:,.0f} "
            "(difference {gap:,.0f})."
        )
        yield message.format(name=DIMENSIONS[answer.by[0]].label, parts=parts, total=answer.total, gap=gap)


def _about_years(answer: Answer, selection: Selection) -> Iterator[str]:
    """Years that were asked for, or lie between those there are, and are not in the data."""
    years = answer.extent.get("year", ())
    if not years:
        return
    first, last = selection.years or (min(years), max(years))
    absent = sorted(set(range(first, last + 1)) - set(years))
    if absent:
        yield _("Years that are not in these data: {years}.").format(years=", ".join(_spans(absent)))


def _about_ages(answer: Answer, selection: Selection) -> Iterator[str]:
    """Ages that were asked for and lie beyond those of the data, where a limit moved."""
    before, after = selection.ages, answer.selection.ages
    if before is None or before == after or after is None:
        return
    open_end = after[1] is None and before[1] is not None  # (15, 99) and "15 and over" are one
    if open_end and (before[0] or None) == after[0]:
        return
    message = _("Ages {selected} were asked for; these data have {covered} of them.")
    yield message.format(selected=words_of_ages(before), covered=words_of_ages(after))


def _about_cover(axis: str, found: Cover, answer: Answer, lists: Mapping[str, CodeList]) -> Iterator[str]:
    """What of an axis is not in the figures, or counts zero because no record has it."""
    known = lists.get(axis)
    if found.unshown:
        dim = next(DIMENSIONS[name] for name in answer.by if DIMENSIONS[name].axis == axis)
        message = n_(
            "Without a group of its own, by {dimension}: {codes}.",
            "Without groups of their own, by {dimension}: {codes}.",
            len(found.unshown),
        )
        yield message.format(dimension=dim.label, codes=refusals.named(known, found.unshown))
    if found.unspecified:
        message = _("Records whose {axis} is known no further than {codes} are not counted.")
        yield message.format(axis=axis_label(axis), codes=refusals.named(known, found.unspecified))
    if found.unrecorded:
        message = _("No record has as its {axis}: {codes}.")
        yield message.format(axis=axis_label(axis), codes=refusals.named(known, found.unrecorded))
    for code, parts in found.parts.items():
        message = _("Of {code} these data have only {parts}.")
        yield message.format(code=refusals.named(known, [code]), parts=refusals.named(known, parts))


def _spans(years: Iterable[int]) -> list[str]:
    """`2014 to 2018`, `2020`."""
    spans: list[list[int]] = []
    for year in years:
        if spans and year == spans[-1][-1] + 1:
            spans[-1].append(year)
        else:
            spans.append([year])
    return [
        _("{first} to {last}").format(first=span[0], last=span[-1]) if len(span) > 1 else str(span[0]) for span in spans
    ]
