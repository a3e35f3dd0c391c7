"""Who of a survey is asked about: respondents inside a selection, by group; all others stay in the design."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from workbench.cubes.selection import Selection
from workbench.terms.ages import age_limits
from workbench.terms.codes import UNKNOWN, CodeList, codelist, open_list
from workbench.terms.dimensions import DIMENSIONS, axis_label, dimension
from workbench.terms.errors import Refused
from workbench.terms.survey_table import SurveyTable
from workbench.terms.text import _, n_

BETWEEN = "\x1f"
"""Between the codes of a group of several dimensions."""


@dataclass(frozen=True, kw_only=True)
class Grouped:
    """The group of each respondent.

    Attributes
    ----------
    groups : Series of text, one per respondent, missing for those who are not asked about
    by : the dimensions, in the order in which a group names their codes
    inside : who lies in the selection, in a group or not
    notes : who is in no group, and why
    """

    groups: pd.Series = field(repr=False)
    by: tuple[str, ...]
    inside: np.ndarray = field(repr=False)
    notes: tuple[str, ...] = ()


def grouped(table: SurveyTable, selection: Selection, by: Sequence[str]) -> Grouped:
    """The respondents of a survey by group.

    Raises
    ------
    UnknownName
        For a dimension that there is not.
    Refused
        For one that the survey does not have; for ages that cut a band.
    """
    inside = np.ones(len(table.frame), bool)
    for axis, wanted in selection.restricted().items():
        inside &= _within(table, axis, wanted)

    groups, notes = pd.Series("", index=table.frame.index, dtype=object), []
    placed = inside.copy()
    for name in by:
        codes = codes_at(table, name)
        unplaced = inside & codes.eq(UNKNOWN).to_numpy()
        if unplaced.any():
            notes.append(_without_group(table, name, int(unplaced.sum()), int(inside.sum())))
        placed &= ~unplaced
        groups = groups + codes if not groups.any() else groups + BETWEEN + codes
    return Grouped(groups=groups.where(placed, None), by=tuple(by), inside=inside, notes=tuple(notes))


def codes_of(group: str, by: Sequence[str]) -> dict[str, object]:
    """The code of each dimension of a group; a year as a number."""
    codes = group.split(BETWEEN) if by else []
    return {name: int(code) if name == "year" else code for name, code in zip(by, codes, strict=True)}


def list_of_axis(table: SurveyTable, axis: str) -> CodeList | None:
    """The code list of an axis of a survey; None of years."""
    given = table.codebook.dimensions[axis]
    if axis == "year":
        return None
    if axis == "nuts":
        return codelist("nuts", given.edition or None)
    names = {d.codelist for d in DIMENSIONS.values() if d.axis == axis} - {"open"}
    if names:
        return codelist(names.pop())
    codes = table.frame[axis].unique()
    return open_list(axis, {code: given.labels.get(code, code) for code in sorted(codes) if code != UNKNOWN})


def place(table: SurveyTable, name: str, code: object) -> tuple:
    """Where a code stands when groups are sorted."""
    known = list_of_axis(table, DIMENSIONS[name].axis)
    return known.place(code) if known else (0, code)


def _column(table: SurveyTable, axis: str) -> pd.Series:
    """The codes of an axis; Refused where the survey does not have it."""
    if axis not in table.codebook.dimensions:
        message = _("{survey} cannot be divided by {axis}. It has: {axes}.")
        axes = ", ".join(table.codebook.dimensions) or _("no dimension")
        raise Refused(message.format(survey=table.codebook.title, axis=axis_label(axis), axes=axes), dimension=axis)
    return table.frame[axis]


def _within(table: SurveyTable, axis: str, wanted: object) -> np.ndarray:
    """Which respondents lie inside what is wanted of an axis."""
    if axis == "year" and axis not in table.codebook.dimensions and table.codebook.year:
        return np.full(len(table.frame), wanted[0] <= table.codebook.year <= wanted[1])
    column = _column(table, axis)
    if axis == "year":
        return column.between(*wanted).fillna(False).to_numpy(bool)
    if axis == "age_group":
        return _within_ages(column, wanted)
    known = list_of_axis(table, axis)
    atoms = frozenset().union(*(known.members(known.parse(code)) for code in wanted))
    codes = {code: known.members(code) <= atoms for code in column.unique() if code != UNKNOWN}
    return column.map(codes).fillna(False).to_numpy(bool)


def _within_ages(column: pd.Series, wanted: tuple[int | None, int | None]) -> np.ndarray:
    low, high = wanted[0] or 0, 200 if wanted[1] is None else wanted[1]
    inside = {}
    for band in column.unique():
        if band == UNKNOWN:
            continue
        first, last = age_limits(band)
        apart = last < low or first > high
        if not apart and (first < low or min(last, high) != last):
            message = _("The ages {low} to {high} cut the band {band} of this survey. Ask for whole bands: {bands}.")
            bands = ", ".join(sorted(set(column) - {UNKNOWN}))
            raise Refused(message.format(low=low, high=high, band=band, bands=bands), dimension="age_group")
        inside[band] = not apart
    return column.map(inside).fillna(False).to_numpy(bool)


def codes_at(table: SurveyTable, name: str) -> pd.Series:
    """The code of each respondent at the level of a dimension; UNK where it is known only for something wider."""
    known_dimension = dimension(name, [n for n in DIMENSIONS if DIMENSIONS[n].axis in table.codebook.dimensions])
    column = _column(table, known_dimension.axis)
    known = list_of_axis(table, known_dimension.axis)
    if known is None:
        return column.astype(str).where(column.notna(), UNKNOWN)
    if known_dimension.level is None or known.name not in ("nuts", "nace", "isco"):
        return column
    codes = {code: known.ancestor_at(code, known_dimension.level) for code in column.unique()}
    return column.map(codes)


def _without_group(table: SurveyTable, name: str, n: int, total: int) -> str:
    message = n_(
        "{n:,} of {total:,} respondents is in no group by {name}: its code is unknown, or of a wider level.",
        "{n:,} of {total:,} respondents are in no group by {name}: their code is unknown, or of a wider level.",
        n,
    )
    return message.format(n=n, total=total, name=name)
