"""A cube: counts and measures by dimension, asked with a `Selection`; a published source is several margins."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from workbench.cubes import refusals
from workbench.cubes.ages import ages_in, band
from workbench.cubes.answer import Answer, Values, answered, notes_of
from workbench.cubes.cells import Division
from workbench.cubes.column import Column, column_of
from workbench.cubes.contributions import contributions_of, has_contributions
from workbench.cubes.cover import Cover, Question, cover, cover_years
from workbench.cubes.margin import Margin, Measure
from workbench.cubes.selection import Selection
from workbench.cubes.statement import Statement
from workbench.terms.codes import CodeList, codelist, open_list
from workbench.terms.dimensions import DIMENSIONS, Dimension, dimension
from workbench.terms.errors import NotInData, Refused
from workbench.terms.text import _

KEPT = 500
"""So many answers a cube remembers before it begins anew."""


def _no_statement() -> None:
    """Of a cube whose rows no engine counted, there is no SQL."""


@dataclass(frozen=True, eq=False)  # cells are not compared: a cube is itself, and may stand in a menu
class Cube:
    """Margins with the code lists of their axes; `source` is the catalogue entry they come from, if any.

    `usual` is the cube of the same rows by the dimensions of their entry, of a cube that was built for others: of an
    axis that it has and this one has not, all of its codes went into every cell.
    """

    name: str
    margins: tuple[Margin, ...]
    measures: Mapping[str, Measure]
    lists: Mapping[str, CodeList] = field(default_factory=dict, repr=False)
    source: object = field(default=None, repr=False)
    notes: tuple[str, ...] = ()
    usual: "Cube | None" = field(default=None, repr=False)
    statement: Callable[[], Statement | None] = field(default=_no_statement, repr=False)  # the SQL of its rows
    beyond: str = ""  # where figures are that these data do not have, as a refusal says it

    def __getstate__(self) -> dict:
        """Without the SQL, which is asked of the engine that counted: another process has none."""
        return self.__dict__ | {"statement": _no_statement}

    @property
    def axes(self) -> set[str]:
        """All axes of all margins."""
        return {axis for margin in self.margins for axis in margin.axes}

    @cached_property
    def levels(self) -> dict[str, int]:
        """The level of the finest codes on each axis that has a code list."""
        axes = [axis for axis in self.axes if axis in self.lists]
        return {axis: max((self.lists[axis].level(code) or 0 for code in self.codes(axis)), default=0) for axis in axes}

    def occupied(self, axes: Iterable[str]) -> int:
        """How many cells there are by some axes, of a cube with one margin; counted once.

        Parameters
        ----------
        axes : names of axes

        Returns
        -------
        int
        """
        held = frozenset(axes)
        if held not in self._occupied:
            (margin,) = self.margins
            self._occupied[held] = margin.frame.select(sorted(held)).n_unique() if held else 1
        return self._occupied[held]

    @cached_property
    def _occupied(self) -> dict[frozenset[str], int]:
        return {}

    def years(self) -> tuple[int, int] | None:
        """First and last year in the cube.

        Returns
        -------
        (int, int) or None
            None of a cube that has no years.
        """
        years = [year for margin in self.margins if "year" in margin.axes for year in margin.codes("year")]
        return (min(years), max(years)) if years else None

    def has(self, measure: str) -> bool:
        """Whether some margin holds the measure.

        Parameters
        ----------
        measure : str

        Returns
        -------
        bool
        """
        return any(measure in margin.measures for margin in self.margins)

    def codes(self, axis: str) -> list:
        """The codes that occur on an axis, in the order of its list.

        Parameters
        ----------
        axis : str
            Such as `nace`, not the name of a dimension.

        Returns
        -------
        list of str
            Of years, of int.
        """
        found = {code for margin in self.margins if axis in margin.axes for code in margin.codes(axis)}
        if axis == "year":
            return sorted(found)
        return sorted(found, key=self.lists[axis].place)

    def groups(self, measure: str, name: str) -> set:
        """The groups of a dimension that the measure's cells can answer for, all years and everywhere.

        Parameters
        ----------
        measure : str
            Of the cube.
        name : str
            Of a dimension.

        Returns
        -------
        set of str

        Raises
        ------
        Refused
            When no margin has the measure by that dimension.
        """
        margin = self._candidates(measure, Selection(), (name,))[0]
        return set(self._cover(margin, dimension(name).axis, Selection(), dimension(name)).groups)

    def ask(self, measure: str, selection: Selection | None = None, by: Sequence[str] = ()) -> Answer:
        """The measure for each group of `by` inside the selection, from one margin that holds all dimensions asked for.

        Parameters
        ----------
        measure : name of a measure of the cube
        selection : what is asked for; None for everything
        by : names of dimensions

        Returns
        -------
        Answer
            frame: the dimensions of `by`, the measure (NaN where any cell of the group is missing), `flag` (letters
            of all its cells), `flag_share` (share of the measure under a flag), `missing` (number of missing cells),
            `cells`; `records` and `variance` where the cube has them; of sums of what records contribute, such as
            days lost, `contributors`, `largest` and `second`.

        Raises
        ------
        Refused
            Naming the dimension that no margin can answer.
        """
        question = measure, selection or Selection(), tuple(by)
        if question not in self._answers:
            if len(self._answers) >= KEPT:
                self._answers.clear()
            try:
                self._answers[question] = self._first_that_can(*question)
            except NotInData as refusal:
                words = f"{refusal} {self.beyond}".rstrip()
                raise NotInData(words, dimension=refusal.dimension) from refusal
        found = self._answers[question]
        # notes are worded anew each time, in the language that is spoken then
        return replace(found, notes=notes_of(found, question[1], self.lists))

    @cached_property
    def _answers(self) -> dict[tuple, Answer]:
        return {}

    def _first_that_can(self, measure: str, selection: Selection, by: tuple[str, ...]) -> Answer:
        """The answer of the first margin that has one; else the refusal that says most."""
        refused = []
        for margin in self._candidates(measure, selection, by):
            try:
                return self._answer(margin, self.measures[measure], selection, by)
            except Refused as refusal:
                refused.append(refusal)

        divided = {dimension(name).axis for name in by}
        telling = min(refused, key=lambda refusal: refusal.dimension in divided)  # a table that is divided so says most
        if len(refused) > 1 and by and telling.dimension not in divided:
            words = _("By {by}: {why}").format(by=", ".join(by), why=telling)
            raise Refused(words, dimension=telling.dimension) from telling
        raise telling

    def _candidates(self, measure: str, selection: Selection, by: Sequence[str]) -> list[Margin]:
        """Margins that hold the measure and every axis asked for.

        First those with fewest other axes, then those that tell most groups apart on the axes asked for, and fewest
        on the others.
        """
        having = [margin for margin in self.margins if measure in margin.measures]
        if not having:
            measures = ", ".join(name for name in self.measures if self.has(name))
            message = _("{name} has no {measure}; it has: {measures}.")
            raise Refused(message.format(name=self.name, measure=measure, measures=measures))

        axes = {dimension(name).axis for name in by} | set(selection.restricted())
        found = [margin for margin in having if axes <= set(margin.axes)]
        if not found:
            raise refusals.no_table(self.name, axes, [margin.axes for margin in having])

        def order(margin: Margin) -> tuple[int, int, int]:
            sizes = {axis: len(margin.codes(axis)) for axis in margin.axes}
            distinct_codes = sum(sizes[axis] for axis in axes)
            others = sum(n for axis, n in sizes.items() if axis not in axes and axis != "year")
            return len(margin.axes), -distinct_codes, others

        return sorted(found, key=order)

    def _answer(self, margin: Margin, measure: Measure, selection: Selection, by: Sequence[str]) -> Answer:
        """The answer of one margin.

        Each axis says which of its cells make up the groups; what cannot be added up is refused; the cells are read,
        and groups whose cells are not all there are missing.
        """
        dims = {dimension(name).axis: dimension(name) for name in by}
        covers = {axis: self._cover(margin, axis, selection, dims.get(axis)) for axis in margin.axes}
        extent = {axis: tuple(code for codes in c.groups.values() for code in codes) for axis, c in covers.items()}
        whole = {axis: tuple(self.usual.codes(axis)) for axis in self.usual.axes - self.axes} if self.usual else {}
        if measure.how == "none":
            pooled = [axis for axis, found in covers.items() if len(extent[axis]) > len(found.groups)]
            if pooled:
                raise refusals.not_added_up(measure.label, pooled)

        of_records = has_contributions(margin.frame.columns, measure.name)
        cells = margin.cells(set(margin.axes) if of_records else dims.keys() | selection.restricted().keys())
        masks = [cells.mask(axis, codes) for axis, codes in extent.items() if len(set(codes)) < len(margin.codes(axis))]
        divisions = {
            dim.name: _division(axis, self.lists.get(axis), covers[axis], margin.codes(axis))
            for axis, dim in dims.items()
        }
        extras = [name for name in ("records", "variance") if name in margin.measures and name != measure.name]
        contributions = contributions_of(measure.name) if of_records else None
        columns = cells.read(measure.name, extras, masks, divisions, contributions)
        if not margin.complete:
            columns |= _gaps(columns, covers, dims, measure)

        found = Answer(columns, margin.name, measure, tuple(by), extent={**extent, **whole}, covers=covers)
        total = self._total(margin, measure, selection, by)
        return replace(found, selection=answered(selection, found, self._ages(margin, selection)), total=total)

    def _cover(self, margin: Margin, axis: str, selection: Selection, dim: Dimension | None) -> Cover:
        """The cells of one axis that answer a selection, divided by `dim` or together."""
        restricted = selection.restricted().get(axis)
        if axis == "year":
            return cover_years(self.name, margin.codes(axis), restricted, divided=dim is not None)

        codes = None if restricted is None else frozenset(restricted)
        if axis == "age_group" and restricted:
            codes = frozenset({band(self._column(margin, axis), self._ages(margin, selection))})
        question = Question(axis, codes, divided=dim is not None, level=dim.level if dim else None)
        return cover(self.lists[axis], margin.codes(axis), margin.complete, question)

    def _ages(self, margin: Margin, selection: Selection) -> tuple[int | None, int | None] | None:
        """The ages of a selection within those of the margin; None where it names none."""
        return ages_in(self._column(margin, "age_group"), selection.ages) if selection.ages else None

    def _column(self, margin: Margin, axis: str) -> Column:
        return column_of(axis, self.lists[axis], margin.codes(axis), margin.complete)

    def _total(self, margin: Margin, measure: Measure, selection: Selection, by: Sequence[str]) -> float | None:
        """The published total of the groups of one dimension, where the margin has one; years have none."""
        if measure.how != "sum" or len(by) != 1 or by[0] == "year":
            return None
        axis = DIMENSIONS[by[0]].axis
        if axis in selection.restricted() or self.lists[axis].total not in margin.codes(axis):
            return None
        return float(self._answer(margin, measure, selection, ()).columns[measure.name][0])


def lists_for(
    axes: Iterable[str], *, nuts: str = "2021", own: Mapping[str, Mapping[str, str]] | None = None
) -> dict[str, CodeList]:
    """The code list of each axis.

    Parameters
    ----------
    axes : names of axes; `year` has no list
    nuts : edition of the regions
    own : codes and labels of axes that only this source has (questions, answers)
    """
    by_axis = {dim.axis: dim.codelist for dim in DIMENSIONS.values()}
    found = {}
    for axis in set(axes) - {"year"}:
        name = by_axis[axis]
        if name == "open":
            found[axis] = open_list(axis, dict((own or {}).get(axis, {})))
        else:
            found[axis] = codelist(name, nuts if name == "nuts" else None)
    return found


def _division(axis: str, known: CodeList | None, found: Cover, codes: tuple) -> Division:
    """The group of each of the codes of an axis, groups in the order of their list."""
    group_of = {code: group for group, cells in found.groups.items() for code in cells}
    if all(code == group for code, group in group_of.items()):
        return Division(axis)
    groups = sorted(found.groups, key=known.place)
    number_of = {group: number for number, group in enumerate(groups)}
    numbers = [number_of[group_of[code]] if code in group_of else 0 for code in codes]
    return Division(axis, pd.Index(groups, dtype="str"), np.array(numbers))


def _gaps(
    columns: Mapping[str, Values], covers: Mapping[str, Cover], dims: Mapping[str, Dimension], measure: Measure
) -> dict[str, np.ndarray]:
    """A published group whose cells are not all there is missing: what is absent from a table is a gap, not a zero."""
    expected = np.ones(len(columns["cells"]))
    for axis, found in covers.items():
        sizes = {group: len(codes) for group, codes in found.groups.items()}
        expected *= [sizes[group] for group in columns[dims[axis].name].tolist()] if axis in dims else sizes[""]

    absent = np.maximum(expected - columns["cells"], 0).astype(int)
    value = np.where(absent > 0, np.nan, columns[measure.name])
    return {"missing": columns["missing"] + absent, measure.name: value}
