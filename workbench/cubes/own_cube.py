"""A table of one's own as a cube: events and counts are added up, people at risk stand beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import polars as pl

from workbench.cubes import build
from workbench.cubes.ages import AGE_GROUPS
from workbench.cubes.cube import Cube, Measure
from workbench.cubes.headings import PEOPLE
from workbench.cubes.own_frame import FIRST, REPEATS, Fault, first_rows
from workbench.terms.codes import UNKNOWN, CodeList, codelist
from workbench.terms.dimensions import DIMENSIONS, Dimension
from workbench.terms.errors import ReadError
from workbench.terms.tables import Report
from workbench.terms.text import _, mark, n_

if TYPE_CHECKING:
    from workbench.cubes.own_table import Judged

MEASURES = {
    "employed": Measure("employed", mark("persons"), "sum", mark("Persons employed")),
    "fte": Measure("fte", mark("full-time equivalents"), "sum", mark("Full-time equivalents")),
    "hours": Measure("hours", mark("hours"), "sum", mark("Hours worked")),
}


@dataclass(frozen=True, kw_only=True)
class OwnRows:
    """Rows of one's own in the common columns.

    Attributes
    ----------
    name : of the table
    frame : codes as text in the columns of `axes`; `accidents` or `weight` and people at risk as text or numbers; of
        different rows also how often each stands in the table, and where first
    axes : columns that divide, as in `DIMENSIONS`
    measures : those of `accidents, weight, employed, fte, hours` that the frame has
    labels : of codes of dimensions of one's own
    nuts : edition of the regions
    people_only : whether no row is an event: a table of people at risk
    notes : how the columns were taken
    rejected : rows that were left out before
    parents : of codes of dimensions of one's own, the code one level up
    files : of rows of several files, each file's name and the number that was added to its lines
    """

    name: str
    frame: pd.DataFrame = field(repr=False)
    axes: tuple[str, ...]
    measures: tuple[str, ...] = ()
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    nuts: str = "2021"
    people_only: bool = False
    notes: tuple[str, ...] = ()
    rejected: tuple[Fault, ...] = ()
    parents: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    files: tuple[tuple[str, int], ...] = ()

    @property
    def people(self) -> tuple[str, ...]:
        """The measures that accidents can be divided by."""
        return tuple(name for name in self.measures if name in PEOPLE)


@dataclass(frozen=True, kw_only=True)
class OwnCube:
    """The cube of one's own rows, and the report on those that it was made from."""

    cube: Cube = field(repr=False)
    report: Report


def own_cube(given: OwnRows) -> OwnCube:
    """Judge the rows, add them up, give each measure its table.

    Where codes of one column hold each other (a total and its parts, regions of two levels) the table is taken as
    published: cells are not added up with their parts, and what is not there is not known. Else an absent cell is a
    zero, and so are the years and months between the first and the last that no row names, unless the rows have people
    too: then what no row names was not looked at.

    Raises
    ------
    Refused, ReadError
        As `own_table.judged`; for cells with two numbers of people.
    """
    from workbench.cubes import own_table  # ibis costs 0.19 s, and catalogue entries need no judging

    frame, faults = _people_read(given)
    judged = own_table.judged(frame, [_dimension_of(axis).name for axis in given.axes], (), nuts=given.nuts)
    report = judged.report
    for fault in (*given.rejected, *faults):
        report.rows_read += fault.n
        report.reject_rows(fault.column, fault.reason, fault.n, fault.rows)
    if len(given.files) > 1:
        report.details = [_in_file(place, given.files) for place in report.details]

    rows = judged.table.to_polars().to_pandas()
    axes = [axis for axis in given.axes if axis in rows]
    rows = rows.astype({axis: "category" for axis in axes if axis != "year"})
    lists = {axis: codelist(dim.codelist, given.nuts if axis == "nuts" else None) for axis, dim in _listed(axes)}
    own = {
        axis: _open_codes(rows[axis], given.labels.get(axis, {}))
        for axis in axes
        if axis not in lists and axis != "year"
    }
    if "month" in own:  # those without an event get their place among the others
        own["month"] = {f"{month:02d}": f"{month:02d}" for month in range(1, 13)} | own["month"]
    shared = {"nuts": given.nuts, "own": own}

    cubes = []
    nested = (judged.counts or bool(given.people)) and _nested(rows, lists, own)
    if not given.people_only:
        if nested:
            report.note(_nested_words())
            cubes.append(_as_published(given.name, rows, axes, report, shared))
        else:
            cells = _cells(rows, axes, judged)
            cells = cells if given.people else _with_empty_periods(cells, axes)
            measures = {name: build.COUNTS[name] for name in build.COUNTS if name in cells}
            cubes.append(build.from_cells(given.name, _in_polars(cells), axes, measures, **shared))
    for name in given.people:
        people = _people(rows, axes, name, report)
        keys, measures = [axis for axis in people if axis != name], {name: MEASURES[name]}
        if nested or given.people_only:
            margins = {name: {"dims": keys, "measures": [name]}}
            cubes.append(build.from_published(given.name, people.assign(margin=name), margins, measures, **shared))
        else:  # what no row names has neither accidents nor people
            cubes.append(build.from_cells(given.name, _in_polars(people), keys, measures, **shared))
    cube = _together(given.name, cubes)
    trees = {axis: _tree(axis, own[axis], above) for axis, above in given.parents.items() if axis in own}
    return OwnCube(cube=replace(cube, lists={**cube.lists, **trees}), report=report)


def _in_file(place: tuple[int, str, str], files: Sequence[tuple[str, int]]) -> tuple[int, str, str]:
    """A row at fault by its file and the line in it."""
    row, column, reason = place
    name, before = max((file for file in files if file[1] < row), key=lambda file: file[1])
    return row - before, column, _("{reason} (in {file})").format(reason=reason, file=name)


def _dimension_of(axis: str) -> Dimension:
    return next(dim for dim in DIMENSIONS.values() if dim.axis == axis)


def _listed(axes: Sequence[str]) -> list[tuple[str, Dimension]]:
    """Axes with a code list."""
    found = [(axis, _dimension_of(axis)) for axis in axes if axis != "year"]
    return [(axis, dim) for axis, dim in found if dim.codelist != "open"]


def _people_read(given: OwnRows) -> tuple[pd.DataFrame, list[Fault]]:
    """The rows whose people at risk are numbers and not negative, and the faults of the others."""
    frame, faults = given.frame, []
    if REPEATS not in frame:
        frame = frame.assign(**{REPEATS: 1, FIRST: np.arange(1, len(frame) + 1)})
    for name in given.people:
        text = frame[name].astype("string").str.strip().replace("", pd.NA)
        number = pd.to_numeric(text.str.replace(",", "."), errors="coerce").astype("Float64")
        wrong = {_("no number"): text.notna() & number.isna(), _("below 0"): (number < 0).fillna(False)}
        for reason, rows in wrong.items():
            if rows.any():
                at_fault = frame[rows.to_numpy(bool)]
                n, first = int(at_fault[REPEATS].sum()), first_rows(at_fault[FIRST])
                faults.append(Fault(column=name, reason=reason, n=n, rows=first))
        kept = ~np.logical_or.reduce([rows.to_numpy(bool) for rows in wrong.values()])
        frame = frame.assign(**{name: number.astype(float)})[kept].reset_index(drop=True)
    if given.people and frame.empty:
        message = _("No row has a number of people at risk: {faults}.")
        raise ReadError(message.format(faults=", ".join(f"{f.n} x {f.column}: {f.reason}" for f in faults)))
    return frame, faults


def _open_codes(column: pd.Series, labels: Mapping[str, str]) -> dict[str, str]:
    """The codes of a dimension of one's own with their labels, in the order given, then by the alphabet."""
    found = set(map(str, column.dropna().unique())) - {UNKNOWN, "TOTAL"}
    return {str(code): str(label) for code, label in labels.items() if str(code) in found} | {
        code: str(labels.get(code, code)) for code in sorted(found)
    }


def _tree(axis: str, labels: Mapping[str, str], parents: Mapping[str, str]) -> CodeList:
    """The codes of a dimension of one's own below the groups that they belong to."""
    every = {parent: parent for parent in parents.values()} | dict(labels)
    levels = {code: 2 if code in parents else 1 for code in every}
    return CodeList(axis, labels=every, parents=dict(parents), levels=levels)


def _nested(rows: pd.DataFrame, lists: Mapping[str, CodeList], own: Mapping[str, Mapping]) -> bool:
    """Whether some code of a column holds another that stands there too."""
    if any(rows[axis].eq("TOTAL").any() and rows[axis].nunique() > 1 for axis in own):
        return True
    for axis, known in lists.items():
        codes = [code for code in rows[axis].unique() if code != UNKNOWN]
        members = [known.members(code) for code in codes]
        if sum(map(len, members)) > len(frozenset().union(*members)):
            return True
    return False


def _nested_words() -> str:
    return _(
        "Some codes hold others that are there too (a total and its parts): the table is taken as published, figures "
        "are never added up with their parts, and a cell that is absent is not known."
    )


def _as_published(name: str, rows: pd.DataFrame, axes: list[str], report: Report, shared: Mapping) -> Cube:
    """Counts whose cells overlap: what is not there is a gap."""
    rows, repeated = build.distinct_counts(rows, axes)
    if repeated:
        report.note(repeated)
    margins = {"table": {"dims": axes, "measures": ["accidents"]}}
    measures = {"accidents": build.COUNTS["accidents"]}
    return build.from_published(name, rows.assign(margin="table"), margins, measures, **shared)


def _cells(rows: pd.DataFrame, axes: list[str], judged: "Judged") -> pd.DataFrame:
    """Events or disjoint counts, added up by cell; a cell in which something is missing is missing."""
    repeats = rows[REPEATS].astype(float)
    if judged.counts:
        figures = pd.DataFrame({"accidents": rows["accidents"] * repeats, "records": rows["accidents"] * repeats})
        twice = int(repeats.sum()) - len(rows.drop_duplicates(axes)) if axes else 0
        if twice:
            message = n_(
                "{n} row shares its groups with another: their accidents are added up.",
                "{n} rows share their groups with others: their accidents are added up.",
                twice,
            )
            judged.report.note(message.format(n=twice))
    else:
        weight = rows["weight"].astype(float) if "weight" in rows else pd.Series(1.0, rows.index)
        figures = pd.DataFrame({"accidents": weight * repeats, "records": repeats, "variance": weight**2 * repeats})

    keys = [rows[axis] for axis in axes]
    grouped = figures.groupby(keys, observed=True, dropna=False) if keys else figures.groupby(np.zeros(len(figures)))
    cells = grouped.sum()
    cells = cells.mask(figures.isna().groupby(keys, observed=True).any()) if keys else cells
    return cells.reset_index(names=axes or ["all"])[[*axes, *figures]]


def _with_empty_periods(cells: pd.DataFrame, axes: Sequence[str]) -> pd.DataFrame:
    """A cell of 0 for each year, or each month of a year, between the first and the last that no row names."""
    if "year" not in axes or cells["year"].isna().all():
        return cells
    periods = ["year", "month"] if "month" in axes and (cells["month"] != UNKNOWN).any() else ["year"]
    known = cells[cells["month"] != UNKNOWN] if "month" in periods else cells
    if "month" in periods:
        months = pd.PeriodIndex(known["year"].astype(str) + "-" + known["month"].astype(str), freq="M")
        every = pd.period_range(months.min(), months.max(), freq="M").difference(months)
        absent = pd.DataFrame({"year": every.year, "month": every.strftime("%m")})
    else:
        span = range(int(cells["year"].min()), int(cells["year"].max()) + 1)
        absent = pd.DataFrame({"year": sorted(set(span) - set(cells["year"]))})
    if absent.empty:
        return cells

    first = cells.iloc[[0]].drop(columns=periods)
    zeros = {name: 0.0 for name in first if name not in axes}
    return pd.concat([cells, absent.merge(first.assign(**zeros), how="cross")[list(cells)]], ignore_index=True)


def _in_polars(cells: pd.DataFrame) -> pl.DataFrame:
    """Cells in Polars; where ages are in the usual bands each band could have occurred."""
    frame = pl.from_pandas(cells)
    if "age_group" in cells and set(cells["age_group"]) <= {*AGE_GROUPS, UNKNOWN}:
        frame = frame.with_columns(pl.col("age_group").cast(pl.Enum([*AGE_GROUPS, UNKNOWN])))
    return frame


def _people(rows: pd.DataFrame, axes: list[str], measure: str, report: Report) -> pd.DataFrame:
    """People at risk by what is not of the event alone: given once, however many rows of accidents repeat them.

    Raises
    ------
    ReadError
        For a cell with two numbers of people.
    """
    keys = [axis for axis in axes if not _dimension_of(axis).event]
    people = rows[[*keys, measure]].drop_duplicates(ignore_index=True)
    given_elsewhere = people[measure].isna() & (people.duplicated(keys, keep=False) if keys else len(people) > 1)
    people = people[~given_elsewhere].reset_index(drop=True)
    twice = people[people.duplicated(keys, keep=False)] if keys else people.iloc[1:]
    if len(twice):
        first = ", ".join(f"{key} {twice.iloc[0][key]}" for key in keys)
        message = _(
            "{n} rows have different numbers of {measure} for one group, the first at {first}. Give people at risk "
            "once for each group, in a table of their own: wb.rates(mine, exposure=people)."
        )
        raise ReadError(message.format(n=len(twice), measure=measure, first=first or measure))
    if nobody := int(people[measure].eq(0).sum()):
        message = n_(
            "{n} group has no people at risk: it has no rate.",
            "{n} groups have no people at risk: they have no rate.",
            nobody,
        )
        report.note(message.format(n=nobody))
    return people


def _together(name: str, cubes: Sequence[Cube]) -> Cube:
    """The tables of several cubes in one."""
    measures, lists = {}, {}
    for cube in cubes:
        measures |= dict(cube.measures)
        lists |= cube.lists
    return Cube(name, tuple(margin for cube in cubes for margin in cube.margins), measures, lists)
