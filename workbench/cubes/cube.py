"""A cube: counts and measures by dimension, asked with a `Selection`; a published source is a cube of several margins."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd
import polars as pl

from workbench.cubes import cover
from workbench.cubes.cells import Cells, rollups
from workbench.cubes.selection import Selection
from workbench.terms.codes import OLDEST, CodeList, codelist, open_list
from workbench.terms.dimensions import DIMENSIONS, dimension
from workbench.terms.errors import Refused
from workbench.terms.tables import FLAGS
from workbench.terms.text import _

KEPT = 500
"""So many answers a cube remembers before it begins anew."""


@dataclass(frozen=True)
class Measure:
    """What is measured: its unit, and how it adds up ("sum", or "none" for a published rate or share)."""

    name: str
    unit: str
    how: str = "sum"
    label: str = ""


@dataclass(frozen=True)
class Margin:
    """One table of a cube: its axes (`nuts`, `nace`, `sex`, ..., `year`) and the measures it holds.

    `frame` has a column of codes for each axis (year a whole number), the measures (null for missing) and, for
    published tables, `flag`. `complete` says that an absent cell is a zero, as in a cube of records.
    """

    name: str
    axes: tuple[str, ...]
    measures: tuple[str, ...]
    frame: pl.DataFrame = field(repr=False)
    complete: bool = False

    def codes(self, axis: str) -> tuple:
        """The codes that occur on an axis, in the order of its list."""
        return self._codes[axis]

    @cached_property
    def _codes(self) -> dict[str, tuple]:
        columns = {axis: self.frame.get_column(axis) for axis in self.axes}
        return {a: tuple(c.dtype.categories if c.dtype == pl.Enum else c.unique().sort()) for a, c in columns.items()}

    def cells(self, axes: set[str]) -> Cells:
        """The smallest table that tells `axes` apart: all cells, or of complete ones sums over other axes."""
        return next(cells for held, cells in self._tables.items() if axes <= held)

    @cached_property
    def _tables(self) -> dict[frozenset[str], Cells]:
        whole = Cells(self.frame.with_columns(pl.lit(1, pl.UInt32).alias("cells")))
        if not self.complete:
            return {frozenset(self.axes): whole}
        return rollups(whole, {axis: len(self.codes(axis)) for axis in self.axes}, self.measures)


@dataclass(frozen=True)
class Answer:
    """What a cube answers: one row per group with the value, flags and how many cells were missing, and notes.

    `extent` has for each axis of the margin the codes of the cells that went in (years as whole numbers).
    """

    frame: pd.DataFrame
    margin: str
    measure: Measure
    notes: tuple[str, ...] = ()
    extent: Mapping[str, tuple] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Cube:
    """Margins with the code lists of their axes; `source` is the catalogue entry they come from, if any."""

    name: str
    margins: tuple[Margin, ...]
    measures: Mapping[str, Measure]
    lists: Mapping[str, CodeList] = field(default_factory=dict, repr=False)
    source: object = field(default=None, repr=False)
    notes: tuple[str, ...] = ()

    @property
    def axes(self) -> set[str]:
        """All axes of all margins."""
        return {axis for margin in self.margins for axis in margin.axes}

    def years(self) -> tuple[int, int] | None:
        """First and last year in the cube."""
        years = [y for m in self.margins if "year" in m.axes for y in m.codes("year")]
        return (min(years), max(years)) if years else None

    def has(self, measure: str) -> bool:
        """Whether some margin holds the measure."""
        return any(measure in margin.measures for margin in self.margins)

    def codes(self, axis: str) -> list:
        """The codes that occur on an axis, in the order of its list."""
        found = {code for margin in self.margins if axis in margin.axes for code in margin.codes(axis)}
        if axis == "year":
            return sorted(found)
        return sorted(found, key=self.lists[axis].place)

    def groups(self, measure: str, name: str) -> set:
        """The groups of a dimension that the measure's cells can answer for, all years and everywhere."""
        dim = dimension(name)
        margin = self._candidates(measure, Selection(), (name,))[0]
        codes = margin.codes(dim.axis)
        if dim.axis == "year":
            return set(codes)
        return set(cover.groups(self.lists[dim.axis], codes, None, dim.level, True, margin.complete, dim.axis))

    def ask(self, measure: str, selection: Selection | None = None, by: Sequence[str] = ()) -> Answer:
        """The measure for each group of `by` inside the selection, from one margin that holds all dimensions asked for.

        Returns
        -------
        Answer
            frame: the dimensions of `by`, the measure (NaN where any cell of the group is missing), `flag` (letters
            of all its cells), `flag_share` (share of the measure under a flag), `missing` (number of missing cells),
            `cells`; `records` and `variance` where the cube has them.

        Raises
        ------
        Refused
            Naming the dimension that no margin can answer.
        """
        question = measure, selection or Selection(), tuple(by)
        if question not in self._answers:
            if len(self._answers) >= KEPT:
                self._answers.clear()
            self._answers[question] = self._asked(*question)
        found = self._answers[question]
        return replace(found, frame=found.frame.copy(deep=False))

    @cached_property
    def _answers(self) -> dict[tuple, Answer]:
        return {}

    def _asked(self, measure: str, selection: Selection, by: tuple[str, ...]) -> Answer:
        refusals = []
        for margin in self._candidates(measure, selection, by):
            try:
                return self._answer(margin, self.measures[measure], selection, by)
            except Refused as refusal:
                refusals.append(refusal)
        divided = {dimension(name).axis for name in by}
        told = min(refusals, key=lambda refusal: refusal.dimension in divided)  # a table that is divided so says most
        if len(refusals) > 1 and by and told.dimension not in divided:
            raise Refused(_("By {by}: {why}").format(by=", ".join(by), why=told), dimension=told.dimension) from told
        raise told

    def _candidates(self, measure: str, selection: Selection, by: Sequence[str]) -> list[Margin]:
        """Margins that hold the measure and every axis asked for: first those with fewest other axes, then those that
        tell most groups apart on the axes divided by, fewest on the others."""
        asked = {dimension(name).axis for name in by} | set(selection.restricted())
        having = [m for m in self.margins if measure in m.measures]
        if not having:
            there = ", ".join(name for name in self.measures if self.has(name))
            raise Refused(
                _("{name} has no {measure} here; it has: {there}.").format(name=self.name, measure=measure, there=there)
            )
        found = [m for m in having if asked <= set(m.axes)]
        if found:

            def order(margin: Margin) -> tuple:
                sizes = {axis: len(margin.codes(axis)) for axis in margin.axes}
                told = sum(sizes[axis] for axis in asked)
                return (
                    len(margin.axes),
                    -told,
                    sum(n for axis, n in sizes.items() if axis not in asked and axis != "year"),
                )

            return sorted(found, key=order)
        nowhere = sorted(axis for axis in asked if not any(axis in m.axes for m in having))
        if nowhere:
            there = sorted({axis for m in having for axis in m.axes})
            raise Refused(
                _("{name} has no {axis}; it is published by {there}.").format(
                    name=self.name, axis=", ".join(nowhere), there=", ".join(there)
                ),
                dimension=nowhere[0],
            )
        tables = "; ".join(" x ".join(m.axes) for m in having)
        raise Refused(
            _("{name} publishes no table by {asked} together. It has: {tables}.").format(
                name=self.name, asked=" x ".join(sorted(asked)), tables=tables
            ),
            dimension=sorted(asked)[0],
        )

    def _answer(self, margin: Margin, measure: Measure, selection: Selection, by: Sequence[str]) -> Answer:
        dims = [dimension(name) for name in by]
        restricted = selection.restricted()
        cells = margin.cells({dim.axis for dim in dims} | set(restricted))
        masks, groups, loose, parts, extent = [], {}, [], [1], {}
        for axis in margin.axes:
            dim = next((d for d in dims if d.axis == axis), None)
            if axis == "year":
                wanted = extent[axis] = self._years(margin, restricted.get("year"))
                masks += [cells.mask(axis, wanted)] if len(wanted) < len(margin.codes(axis)) else []
                groups |= {dim.name: (axis, None)} if dim else {}
                loose += [] if dim or len(wanted) == 1 else [axis]
                parts.append(1 if dim else len(wanted))
                continue
            asked = _asked(axis, restricted.get(axis))
            found = cover.groups(
                self.lists[axis],
                margin.codes(axis),
                asked,
                dim.level if dim else None,
                dim is not None,
                margin.complete,
                axis,
            )
            inside = extent[axis] = tuple(code for codes in found.values() for code in codes)
            masks += [cells.mask(axis, inside)] if len(inside) < len(margin.codes(axis)) else []
            groups |= {dim.name: (axis, _group_of(self.lists[axis], found, margin.codes(axis)))} if dim else {}
            loose += [] if len(inside) == len(found) else [axis]
            parts.append({dim.name: {group: len(codes) for group, codes in found.items()}} if dim else len(inside))
        if measure.how == "none" and loose:
            raise Refused(
                _(
                    "{label} is published as it stands and cannot be added up or averaged. Choose one {axes}, or divide by it."
                ).format(
                    label=measure.label or measure.name, axes=_(", one ").join(axis.replace("_", " ") for axis in loose)
                ),
                dimension=loose[0],
            )
        extras = [name for name in ("records", "variance") if name in margin.measures and name != measure.name]
        frame = cells.read(measure.name, extras, masks, {name: groups[name] for name in by})
        if not margin.complete:
            frame = _with_gaps(frame, parts, measure)
        notes = tuple(self._notes(margin, measure, frame, selection, by))
        return Answer(frame, margin.name, measure, notes, extent)

    def _years(self, margin: Margin, span: tuple[int, int] | None) -> tuple[int, ...]:
        there = margin.codes("year")
        first, last = span or (min(there), max(there))
        wanted = tuple(year for year in there if first <= year <= last)
        if not wanted:
            raise Refused(
                _("{name} has the years {first} to {last}; {asked} lies outside.").format(
                    name=self.name, first=min(there), last=max(there), asked=f"{first}-{last}"
                ),
                dimension="year",
            )
        return wanted

    def _notes(
        self, margin: Margin, measure: Measure, frame: pd.DataFrame, selection: Selection, by: Sequence[str]
    ) -> Iterable[str]:
        flags = frame["flag"].tolist()
        for letter in sorted(set("".join(flags))):
            groups = sum(letter in flag for flag in flags)
            yield _("Flag {letter} ({meaning}) on {n} of {all} values.").format(
                letter=letter, meaning=FLAGS.get(letter, letter), n=groups, all=len(frame)
            )
        gone = np.count_nonzero(frame["missing"].to_numpy())
        if gone:
            yield _(
                "{n} of {all} values are missing because some of their cells are not published or not in these files."
            ).format(n=gone, all=len(frame))
        if measure.how == "sum" and len(by) == 1 and by[0] != "year":
            yield from self._gap_to_total(margin, measure, frame, selection, by[0])

    def _gap_to_total(
        self, margin: Margin, measure: Measure, frame: pd.DataFrame, selection: Selection, name: str
    ) -> Iterable[str]:
        """Parts that do not add up to their published total: by how much."""
        axis = DIMENSIONS[name].axis
        if axis in selection.restricted() or self.lists[axis].total not in margin.codes(axis):
            return
        total = self._answer(margin, measure, selection, ()).frame[measure.name].iloc[0]
        gap = total - frame[measure.name].sum()
        if pd.notna(gap) and abs(gap) > 1e-6 * max(1, abs(total)):
            yield _(
                "The published groups of {name} add up to {parts:,.0f}; the published total is {total:,.0f} (difference {gap:,.0f})."
            ).format(name=name, parts=total - gap, total=total, gap=gap)


def lists_for(
    axes: Iterable[str], *, nuts: str = "2021", own: Mapping[str, Mapping[str, str]] | None = None
) -> dict[str, CodeList]:
    """The code list of each axis; `own` gives codes and labels of axes that only this source has (questions, answers)."""
    by_axis = {d.axis: d.codelist for d in DIMENSIONS.values()}
    found = {}
    for axis in set(axes) - {"year"}:
        name = by_axis[axis]
        found[axis] = (
            open_list(axis, dict((own or {}).get(axis, {})))
            if name == "open"
            else codelist(name, nuts if name == "nuts" else None)
        )
    return found


def _asked(axis: str, value: object) -> frozenset | None:
    """A selection on an axis as atoms or codes; ages become single years."""
    if value is None:
        return None
    if axis == "age_group":
        low, high = value
        low, high = low or 0, OLDEST if high is None else high
        return frozenset({f"Y{low}-{high}"})
    return frozenset(value)


def _group_of(known: CodeList, found: Mapping[str, tuple], codes: tuple[str, ...]) -> pl.Series | None:
    """The group of each of the codes, groups in the order of their list; None where each code is its own group."""
    group_of = {code: group for group, cells in found.items() for code in cells}
    if all(code == group for code, group in group_of.items()):
        return None
    return pl.Series([group_of.get(code) for code in codes], dtype=pl.Enum(sorted(found, key=known.place)))


def _with_gaps(frame: pd.DataFrame, parts: list, measure: Measure) -> pd.DataFrame:
    """A published group whose cells are not all there is missing: what is absent from a table is a gap, not a zero."""
    expected = pd.Series(float(np.prod([part for part in parts if isinstance(part, int)])), index=frame.index)
    for part in parts:
        if isinstance(part, dict):
            ((name, sizes),) = part.items()
            expected = expected * frame[name].map(sizes).astype(float)
    absent = (expected - frame["cells"]).clip(lower=0).astype(int)
    return frame.assign(missing=frame["missing"] + absent, **{measure.name: frame[measure.name].mask(absent > 0)})
