"""What the columns of a table of one's own mean: as the user says, else by their headings, else by their entries."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from workbench.cubes import own_values
from workbench.cubes.headings import MEASURES, PEOPLE, as_name, meaning
from workbench.cubes.own_frame import Fault, different_rows, first_rows
from workbench.terms.codes import codelist
from workbench.terms.dimensions import DIMENSIONS, own_dimension
from workbench.terms.entries import as_text, entries, recoded, share_of_rows
from workbench.terms.errors import Refused, UnknownName
from workbench.terms.labels import letters
from workbench.terms.text import _, n_
from workbench.terms.words import some

FITS = 0.5
"""A column found by its heading keeps the meaning when so large a share of its entries is in the code list."""
WHOLE_PEOPLE = ("accidents", "employed", "hours")
"""Measures in which three digits behind a mark are thousands."""
MOST_ENTRIES = 2_000
"""A column with more different entries, and no heading that is known, is a name or a description."""
OF = " of "
"""Between the name of a level and the dimension that it is the level above of: "plant of department"."""
SURE = 0.8
"""A column without a heading that is known has the meaning of a list that knows so large a share of its entries."""


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The columns of a table in their common names, and how each was taken.

    Attributes
    ----------
    frame : the different rows, with how often and where first: `axes` as text, `measures` as they stand
    people_only : whether the table has people at risk and no accidents
    rejected : rows that were left out, by reason
    meant : what each heading was taken for; None where it is not used
    parents : of dimensions of one's own with a level above them, the code above each code
    """

    frame: pd.DataFrame = field(repr=False)
    axes: tuple[str, ...]
    measures: tuple[str, ...]
    people_only: bool = False
    notes: tuple[str, ...] = ()
    rejected: tuple[Fault, ...] = ()
    meant: Mapping[str, str | None] = field(default_factory=dict)
    parents: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def taken(
    frame: pd.DataFrame, columns: Mapping[str, str | None], measures: Mapping[str, str | None], nuts: str
) -> Columns:
    """The columns as `columns` and `measures` say, the others as they are found; entries as codes.

    Raises
    ------
    UnknownName, Refused
        For a heading that is not there, a measure that does not exist, two columns with one meaning.
    """
    _check_headings(frame, [*columns, *measures])
    wrong = [target for target in measures.values() if target is not None and target not in MEASURES]
    if wrong:
        raise UnknownName(
            _("measure"), wrong[0], MEASURES, hint=_("There are: {names}.").format(names=", ".join(MEASURES))
        )

    meant = {heading: _target(target) for heading, target in {**columns, **measures}.items()}
    found = _suggested(frame, meant, nuts)
    _check_once({**meant, **found})
    return _Read(frame, {**meant, **found}, found, nuts).columns()


def _check_headings(frame: pd.DataFrame, headings: list[str]) -> None:
    absent = [heading for heading in headings if heading not in frame.columns]
    if absent:
        hint = _("It has: {columns}.").format(columns=", ".join(frame.columns))
        raise UnknownName(_("column of the table"), absent[0], list(frame.columns), hint=hint)


def _check_once(meant: Mapping[str, str | None]) -> None:
    """Refused where two columns mean the same."""
    first: dict[str, str] = {}
    for heading, target in meant.items():
        if target is None:
            continue
        if target in first:
            message = _(
                "The columns {first} and {second} both mean {target}: leave one out, "
                'columns={{"{second}": None}} (command line: --columns "{second}=").'
            )
            raise Refused(message.format(first=first[target], second=heading, target=target))
        first[target] = heading


def _target(target: str | None) -> str | None:
    """The axis, measure or kind that a target of the user's means."""
    if target in (None, "date", "case", "flag", *MEASURES):
        return target
    if target == "age":
        return "age_group"
    if target in {dim.axis for dim in DIMENSIONS.values()}:
        return target
    axis = own_dimension(target).axis
    return target if OF in target else axis


def _suggested(frame: pd.DataFrame, meant: Mapping[str, str | None], nuts: str) -> dict[str, str]:
    """What the columns mean of which nothing was said, by their headings, then by their entries."""
    found: dict[str, str] = {}
    settled = {target for target in meant.values() if target}
    others = [heading for heading in frame.columns if heading not in meant]
    for heading in others:
        target = meaning(heading) or (heading if heading in DIMENSIONS else "")
        target = DIMENSIONS[target].axis if target in DIMENSIONS else target
        if target and target not in settled and _fits(frame[heading], target, nuts):
            found[heading] = target
            settled.add(target)
    for heading in (heading for heading in others if heading not in found):
        target = _by_entries(frame[heading], nuts)
        if target and target not in settled:
            found[heading] = target
            settled.add(target)
    return found


def _fits(column: pd.Series, target: str, nuts: str) -> bool:
    """Whether the entries of a column are what its heading says."""
    if target in MEASURES:  # what is no number is then rejected row by row, not the column left unused
        numbers = as_text(own_values.numbers(column).column)
        are_numbers = pd.to_numeric(pd.Series(entries(numbers), dtype=object), errors="coerce").notna()
        return share_of_rows(numbers, are_numbers) >= FITS
    if target in {dim.axis for dim in DIMENSIONS.values() if dim.codelist != "open"} - {"year", "age_group"}:
        return own_values.share_known(as_text(column), _list(target, nuts)) >= FITS
    return True


def _by_entries(column: pd.Series, nuts: str) -> str:
    """The list that a column of words is from: sexes, regions or sectors; "" where none is sure."""
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
        return ""
    if isinstance(column.dtype, pd.CategoricalDtype) and len(column.cat.categories) > MOST_ENTRIES:
        return ""
    text = as_text(column)
    found = entries(text)
    if not 2 <= len(found) <= MOST_ENTRIES:
        return ""
    if own_values.share_known(text, codelist("sex")) == 1:
        return "sex"
    wordy = sum(len(letters(entry)) > 2 and not entry.isdigit() for entry in found) / len(found)
    for axis in ("nuts", "nace"):
        if wordy >= SURE and own_values.share_known(text, _list(axis, nuts)) >= SURE:
            return axis
    return ""


def _list(axis: str, nuts: str):
    name = next(dim.codelist for dim in DIMENSIONS.values() if dim.axis == axis)
    return codelist(name, nuts if axis == "nuts" else None)


class _Read:
    """The columns of one table, read one by one into the common ones."""

    def __init__(self, frame: pd.DataFrame, meant: Mapping[str, str | None], found: Mapping[str, str], nuts: str):
        self.frame, self.meant, self.found, self.nuts = frame, meant, found, nuts
        self.by_target = {target: heading for heading, target in meant.items() if target}
        self.read: dict[str, pd.Series] = {}
        self.notes: list[str] = []

    def columns(self) -> Columns:
        """All columns, less the rows that add up others."""
        for target, heading in self.by_target.items():
            if target in MEASURES:
                self._measure(target, heading)
            elif target == "case":
                self._case(heading)
            elif target == "flag":
                self.read["flag"] = as_text(self.frame[heading])
            elif OF not in target:
                self._axis(target, heading)

        measures = tuple(name for name in MEASURES if name in self.read)
        axes = tuple(name for name in self.read if name not in (*MEASURES, "flag"))
        every_row = pd.DataFrame(self.read, index=self.frame.index)
        rows, rejected = self._without_totals(every_row, axes)
        people_only = not {"accidents", "weight"} & set(measures) and bool(set(PEOPLE) & set(measures))
        about = self._about(axes, measures, people_only)
        return Columns(
            frame=different_rows(rows),
            axes=axes,
            measures=measures,
            people_only=people_only,
            notes=(*about, *self.notes),
            rejected=rejected,
            parents={target.split(OF)[1]: self._parents(target) for target in self.by_target if OF in target},
            meant=self.meant,
        )

    def _measure(self, target: str, heading: str) -> None:
        column = self.frame[heading]
        if target not in WHOLE_PEOPLE:  # weights and full-time equivalents have three decimals as often as thousands
            self.read[target] = column if pd.api.types.is_numeric_dtype(column) else as_text(column)
            return
        numbers = own_values.numbers(column)
        if numbers.thousands:
            self.notes.append(
                _("Column {column}: {entry} is read as {number:,.0f}, its mark parts thousands.").format(
                    column=heading, entry=numbers.thousands, number=own_values.without_marks(numbers.thousands)
                )
            )
        if numbers.unclear:
            self.notes.append(
                _("Column {column}: {entries} may be thousands or decimals, so these rows are left out.").format(
                    column=heading, entries=some(numbers.unclear)
                )
            )
        self.read[target] = numbers.column

    def _case(self, heading: str) -> None:
        numbers = as_text(self.frame[heading])
        repeated = int(numbers.notna().sum()) - len(entries(numbers))
        if repeated:
            message = n_(
                "{n} case number stands in column {column} a second time; its row is counted all the same.",
                "{n} case numbers stand in column {column} a second time; their rows are counted all the same.",
                repeated,
            )
            self.notes.append(message.format(n=repeated, column=heading))

    def _parents(self, target: str) -> dict[str, str]:
        """The code above each code of a dimension of one's own, as the rows have both."""
        axis = target.split(OF)[1]
        if axis not in self.read:
            message = _('{target} needs a column of {axis}: name it, columns={{"Heading": "{axis}"}}.')
            raise Refused(message.format(target=target, axis=axis))
        pairs = different_rows(
            pd.DataFrame({"code": self.read[axis], "above": as_text(self.frame[self.by_target[target]])})
        )
        pairs = pairs.dropna()[["code", "above"]].astype(str)
        twice = pairs.loc[pairs["code"].duplicated() | pairs["code"].isin(pairs["above"]), "code"]
        if len(twice):
            message = _(
                "{code} stands under two groups of {target}, or under itself: give it one group, of another name."
            )
            raise Refused(message.format(code=twice.iloc[0], target=target))
        return dict(zip(pairs["code"], pairs["above"], strict=True))

    def _axis(self, target: str, heading: str) -> None:
        text = as_text(self.frame[heading])
        if target in ("year", "date"):
            self._dates(text, heading)
        elif target == "age_group":
            self.read[target] = own_values.mapped(text, own_values.age_code)
        elif target == "month":
            self.read[target] = own_values.mapped(text, lambda entry: f"{int(entry):02d}" if entry.isdigit() else entry)
        elif target in {dim.axis for dim in DIMENSIONS.values() if dim.codelist == "open"}:
            self.read[target] = recoded(text, dict.fromkeys(own_values.totals_of(text), "TOTAL"))
        else:
            known = _list(target, self.nuts)
            found = own_values.labels_to_codes(text, known)
            self.read[target] = recoded(found.column, dict.fromkeys(own_values.totals_of(text), known.total))
            self.notes += found.notes

    def _dates(self, text: pd.Series, heading: str) -> None:
        found = own_values.dates(text)
        self.notes += found.notes
        if "year" not in self.read or self.by_target.get("year") == heading:
            self.read["year"] = found.year
        if found.month.notna().any() and "month" not in self.by_target:
            self.read["month"] = found.month
            self.notes.append(_("Year and month are those of the dates in column {column}.").format(column=heading))

    def _without_totals(self, rows: pd.DataFrame, axes) -> tuple[pd.DataFrame, tuple[Fault, ...]]:
        """The rows less those that add up the others."""
        written = pd.DataFrame({axis: as_text(self.frame[self._heading(axis)]) for axis in axes})
        lone = own_values.total_rows(written, axes)
        if not lone.any():
            return rows, ()
        reason = _("a row of totals: totals are taken from the rows")
        fault = Fault(column="", reason=reason, n=int(lone.sum()), rows=first_rows(rows.index[lone]))
        return rows[~lone], (fault,)

    def _heading(self, axis: str) -> str:
        return self.by_target.get(axis) or self.by_target["date"]

    def _about(self, axes, measures, people_only: bool) -> list[str]:
        """How each column was taken, which were found and how to correct that, and which are not used."""
        pairs = [f"{heading} = {target}" for heading, target in self.meant.items() if target]
        notes = [_("Columns: {pairs}.").format(pairs=", ".join(pairs))] if pairs else []
        if self.found:
            message = _(
                "Found by their headings or entries: {headings}. Correct them with columns={{...}} and "
                "measures={{...}} (command line: --columns and --measures)."
            )
            notes.append(message.format(headings=", ".join(self.found)))
        unused = [heading for heading in self.frame.columns if heading not in self.meant]
        if unused:
            message = _(
                'Not used: {headings}. To divide by one, name it: columns={{"{first}": "{name}"}} '
                '(command line: --columns "{first}={name}").'
            )
            notes.append(message.format(headings=", ".join(unused), first=unused[0], name=as_name(unused[0]) or "name"))
        if "accidents" in measures:
            heading = self.by_target["accidents"]
            notes.append(_("Column {column} holds the number of accidents of each row.").format(column=heading))
        elif people_only:
            notes.append(_("A table of people at risk: it has no column of accidents."))
        elif "weight" in measures:
            notes.append(
                _("Each row is one accident, counted by column {column}.").format(column=self.by_target["weight"])
            )
        else:
            message = _(
                'Each row is one accident. For a column of numbers: measures={"Number": "accidents"} '
                "(command line: --measures Number=accidents)."
            )
            notes.append(message)
        return notes
