"""Any Eurostat table, in any of its three formats, as margins: one row per published cell, flags and gaps kept."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.sources.readers.eurostat_formats import TIMES, Cells, cells
from workbench.sources.readers.eurostat_gaps import OPTIONAL, not_reported, note_of
from workbench.sources.readers.files import contents
from workbench.sources.readers.text_tables import titles
from workbench.sources.readers.values import MOST_NAMED, because, keep_good, years
from workbench.terms import nuts
from workbench.terms.codes import codelist
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import ReadError, UnknownCode
from workbench.terms.places import bundled
from workbench.terms.tables import NOT_REPORTED, Report
from workbench.terms.text import _

BATCH = 100_000
RENAME = {"geo": "nuts", "nace_r2": "nace", "age": "age_group", "isco08": "isco"}
UNITS = {
    "NR": ("accidents", 1),
    "THS": ("employed", 1000),
    "THS_PER": ("employed", 1000),
    "RT_INC": ("incidence_rate", 1),
    "RT_SINC": ("standardised_rate", 1),
}
OTHER = "value"
"""How measures begin that are neither accidents, people nor rates: a change or a balance may be below 0."""
WHOLE_UNITS = {"NR"}
"""Units of which there are no parts: every number of accidents that Eurostat publishes is whole (as of 2026-11)."""
MOST_CELLS = 5_000_000
"""As many as Eurostat gives out in one extraction (its API guidelines, 2026-11); they are held in memory as numbers."""
FREE_CELLS = 1_000_000
"""As many as a file may have whatever its size; beyond that two for each of its bytes, where real ones have a half."""


def read_table(
    paths: Sequence[Path],
    report: Report,
    *,
    dimensions: Sequence[str],
    rename: Mapping[str, str] = RENAME,
    units: Mapping[str, Sequence] = UNITS,
) -> Iterator[pd.DataFrame]:
    """Batches of the cells of one table, from one or several files; what they have in common is kept once.

    Columns: margin (the measure), a column for each of `dimensions` (renamed, canonical codes), year, a column for each
    measure of `units` (float64; NaN where the publisher has ":" and in the margins of other measures), flag (sorted
    letters, "c" also for CONF_STATUS; "" for none). Totals and aggregates (EU27_2020) are rows like others.

    `report.nuts_edition` says of which edition the regions are: that of the entry where it knows them all, else the one
    that does; where none does, the regions that the most fitting one lacks are rejected.

    Parameters
    ----------
    paths : sequence of Path
        Files of one table, in any of the formats, as they are or packed.
    report : Report
        Where cells read, rejected and noted are counted.
    dimensions : sequence of str
        Eurostat's names as the catalogue has them, in any order; `freq` and time need not be given.
    rename : mapping
        Eurostat's name of a dimension to our column; others keep their name.
    units : mapping
        Code of `unit` to (measure, factor): {"THS": ("employed", 1000)} turns thousands into persons.

    Yields
    ------
    DataFrame
        Some 100,000 cells, columns as above.

    Raises
    ------
    ReadError
        When a file has other dimensions (both are named), is no Eurostat table, or has more than `MOST_CELLS` cells.
    """
    keys = [name for name in dimensions if name not in {"freq", *TIMES}]
    table = _Table(keys, [rename.get(name, name) for name in keys], units)
    for place, path in enumerate(paths):
        for name, stream, sample in contents(path, report):
            for piece in cells(name, stream, sample, report):
                _check_dimensions(name, piece.dimensions, keys)
                table.add(piece, place, report)
                table.check_size(name, path.stat().st_size)
    yield from table.batches(report)


def _check_dimensions(name: str, found: Sequence[str], expected: Sequence[str]) -> None:
    if set(found) - {"freq"} != set(expected):
        message = _(
            "{name} is keyed by {found}, but its catalogue entry says {expected}. Has the publisher changed the table?"
        )
        raise ReadError(message.format(name=name, found=titles(found), expected=", ".join(expected)))


class _Table:
    """Cells kept small until all files are read: a number for each code, so that doubles can be found."""

    def __init__(self, keys: list[str], columns: list[str], units: Mapping[str, Sequence]):
        self.keys = [key for key in keys if key != "unit"]
        self.columns = [column for key, column in zip(keys, columns, strict=True) if key != "unit"]
        self.units = units
        self.measures = list(dict.fromkeys(measure for measure, _factor in units.values()))
        self.axes = {key: _Axis(*codes_of_column(column)) for key, column in zip(self.keys, self.columns, strict=True)}
        self.measured = _Axis({unit: unit for unit in units}, _unlisted)
        self.flags = _Axis({}, str)
        self.pieces: list[pd.DataFrame] = []
        self.cells = 0  # that were read, rejected ones too: they take as long

    def add(self, piece: Cells, file: int, report: Report) -> None:
        """Understand the codes of some cells; the first fault of a cell rejects it."""
        written = dict(zip(piece.dimensions, zip(*piece.keys, strict=True), strict=True)) if piece.keys else {}
        units = self.measured.numbers(written.get("unit", [next(iter(self.units))] * len(piece.rows)))
        values = np.array(piece.values, dtype="float64")
        time = years(pd.Series(piece.times, dtype="str"))
        faults = [("freq", self._frequency_faults(written.get("freq", ()), len(values))), ("time", time.faults)]
        frame = pd.DataFrame({"row": np.array(piece.rows, dtype="int64")})
        for key, axis in self.axes.items():
            frame[key] = axis.numbers(written.get(key, ()))
            faults.append((key, axis.faults(written.get(key, ()), frame[key])))
        unlisted = _("a unit that the catalogue entry does not list; it lists {units}").format(
            units=", ".join(self.units)
        )
        faults += [("unit", because(units < 0, unlisted)), ("OBS_VALUE", self._value_faults(values, units))]

        listed = [*(self.units[code] for code in self.measured.codes), ("", 1)]  # the last, at -1: a unit not listed
        factors = np.array([factor for _measure, factor in listed], dtype="float64")
        places = np.array([self.measures.index(measure) if measure else -1 for measure, _factor in listed])
        frame["value"] = (values * factors[units]).round(6) + 0.0  # 4.1 thousand are 4100
        frame["measure"] = places[units]
        frame["year"], frame["file"], frame["flag"] = time.values, file, self.flags.numbers(piece.flags)
        good = keep_good(report, piece.rows, faults)
        small = dict.fromkeys([*self.keys, "measure", "file", "flag"], "int32")
        self.pieces.append(frame[good].astype({**small, "year": "int16"}))
        self.cells += piece.read

    def check_size(self, name: str, packed: int) -> None:
        """ReadError for more cells than Eurostat gives out, or than a file so small has if they are not all alike."""
        most = min(MOST_CELLS, max(FREE_CELLS, 2 * packed))
        if self.cells > most:
            message = _("{name} has more than {most:,} cells. Choose fewer years or codes when you download it.")
            raise ReadError(message.format(name=name, most=most))

    def _frequency_faults(self, codes: Sequence[str], cells_: int) -> np.ndarray:
        wrong = [code != "A" for code in codes] if set(codes) - {"A"} else [False] * cells_
        return because(wrong, _("not annual"))

    def _value_faults(self, values: np.ndarray, units: np.ndarray) -> np.ndarray:
        """No count or rate is below 0 (some SDMX writes -9999999 for missing), and no accident is half a one."""
        measures = [self.units[code][0] for code in self.measured.codes]
        whole = np.array(
            [
                code in WHOLE_UNITS and name == "accidents"
                for code, name in zip(self.measured.codes, measures, strict=True)
            ]
            + [False]
        )[units]
        counted = np.array([not name.startswith(OTHER) for name in measures] + [False])[units]
        parts = whole & (np.nan_to_num(values) % 1 != 0)
        faults = because(counted & (values < 0), _("below 0: neither a count nor a measure"))
        faults[parts & (values > 0)] = _("not a whole number: write thousands without a separator")
        return faults

    def batches(self, report: Report) -> Iterator[pd.DataFrame]:
        """The cells in the common columns, of one edition of NUTS, doubles merged; at least one batch."""
        whole = pd.concat(self.pieces, ignore_index=True)
        self.pieces.clear()
        whole = self._once(self._of_one_edition(whole, report), report)
        whole = self._with_gaps(whole, report)
        for start in range(0, max(len(whole), 1), BATCH):
            yield self._named(whole.iloc[start : start + BATCH])

    def _of_one_edition(self, whole: pd.DataFrame, report: Report) -> pd.DataFrame:
        """The cells without the regions that only other editions have; says in the report which edition it is."""
        key = next((key for key, column in zip(self.keys, self.columns, strict=True) if column == "nuts"), None)
        if key is None:
            return whole
        present = {number: self.axes[key].codes[number] for number in whole[key].unique()}
        edition = _edition(present.values(), report)
        reason = _("a region of NUTS {editions}; the others are of NUTS {edition}")
        strange = {
            number: reason.format(editions=", ".join(nuts.editions_with(code)), edition=edition)
            for number, code in present.items()
            if not _is_of(code, edition)
        }
        if not strange:
            return whole
        return whole[keep_good(report, whole["row"].to_numpy(), [(key, whole[key].map(strange).fillna(""))])]

    def _once(self, whole: pd.DataFrame, report: Report) -> pd.DataFrame:
        """Identical doubles become one cell with the flags of all; doubles with different values are all rejected."""
        by = [*self.keys, "year", "measure"]
        double = whole.duplicated(by, keep=False)
        if not double.any():
            return whole
        doubles = whole[double]
        groups = doubles.groupby(by, sort=False)["value"]
        same = groups.transform("nunique", dropna=False) == 1
        reason = _("the same cell stands here and elsewhere with different values")
        merged = doubles[keep_good(report, doubles["row"].to_numpy(), [("OBS_VALUE", because(~same, reason))])]
        letters = merged["flag"].map(dict(enumerate(self.flags.codes)))
        union = letters.groupby([merged[key] for key in by], sort=False).transform(
            lambda all_: "".join(sorted(set("".join(all_))))
        )
        kept = merged.assign(flag=self.flags.numbers(union.tolist())).drop_duplicates(by)
        if len(kept):
            report.note(
                _("{n:,} cells stand in these files more than once with the same value; each is kept once.").format(
                    n=len(kept)
                )
            )
        return pd.concat([whole[~double], kept]).sort_index()

    def _with_gaps(self, whole: pd.DataFrame, report: Report) -> pd.DataFrame:
        """The cells of a variable that a country did not report are missing, with flag l; noted in the report."""
        columns = dict(zip(self.columns, self.keys, strict=True))
        optional = [column for column in self.columns if column in OPTIONAL]
        if not optional or "nuts" not in columns or "accidents" not in self.measures:
            return whole

        counts = whole[whole["measure"] == self.measures.index("accidents")]
        place = _spelled(self.axes[columns["nuts"]].codes, counts[columns["nuts"]])
        cells_ = pd.DataFrame({"place": place, "year": counts["year"], "value": counts["value"]}, index=counts.index)
        gaps = pd.Series(False, index=whole.index)
        for column in optional:
            code = _spelled(self.axes[columns[column]].codes, counts[columns[column]])
            found = not_reported(cells_.assign(code=code))
            if found.any():
                report.note(note_of(column, cells_[found]))
                gaps[found.index[found]] = True
        if not gaps.any():
            return whole

        letters = whole.loc[gaps, "flag"].map(dict(enumerate(self.flags.codes)))
        marked = self.flags.numbers("".join(sorted({*flag, NOT_REPORTED})) for flag in letters)
        flags = whole["flag"].copy()
        flags[gaps] = marked
        return whole.assign(value=whole["value"].mask(gaps), flag=flags)

    def _named(self, cells_: pd.DataFrame) -> pd.DataFrame:
        frame = {"margin": _spelled(self.measures, cells_["measure"])}
        frame |= {
            column: _spelled(self.axes[key].codes, cells_[key])
            for key, column in zip(self.keys, self.columns, strict=True)
        }
        frame["year"] = cells_["year"].astype("int64").to_numpy()
        for place, measure in enumerate(self.measures):
            frame[measure] = cells_["value"].where(cells_["measure"] == place).to_numpy(dtype="float64")
        return pd.DataFrame({**frame, "flag": _spelled(self.flags.codes, cells_["flag"])})


def _unlisted(unit: str) -> str:
    raise UnknownCode(_("unit"), unit)


def _edition(codes: Iterable[str], report: Report) -> str:
    """The edition of NUTS that knows most of the codes, that of the entry before others; noted in `report`."""
    entry, listed = report.nuts_edition, list(codes)
    known = {edition: sum(_is_of(code, edition) for code in listed) for edition in nuts.EDITIONS}
    best = max(known, key=lambda edition: (known[edition], edition == entry, edition == nuts.DEFAULT, edition))
    if entry and best != entry:
        message = _("The regions are those of NUTS {found}, not of NUTS {entry} as the catalogue entry says.")
        report.note(message.format(found=best, entry=entry))
    report.nuts_edition = best
    return best


def _is_of(code: str, edition: str) -> bool:
    """Whether a place can be asked for in an edition; countries and aggregates of them belong to all."""
    return nuts.is_outside(code) or codelist("nuts", edition).knows(code)


def _spelled(codes: list[str], numbers: pd.Series) -> pd.api.extensions.ExtensionArray:
    return pd.Series(codes, dtype="str").array.take(numbers.to_numpy())


class _Axis:
    """The codes of one dimension as small numbers; every different text is understood once."""

    def __init__(self, exact: Mapping[str, str], parse: Callable[[str], str]):
        self.codes: list[str] = []
        self._exact, self._parse = exact, parse
        self._places: dict[str, int] = {}
        self._numbers: dict[str, int] = {}
        self._unknown: dict[str, str] = {}

    def numbers(self, texts: Iterable[str]) -> np.ndarray:
        """The number of each text's code; -1 where it is not known."""
        return np.array([self._numbers[t] if t in self._numbers else self._number(t) for t in texts], dtype="int32")

    def faults(self, texts: Sequence[str], numbers: pd.Series) -> pd.Series:
        """Why a text is not known; "" where it is. Only the first `MOST_NAMED` are named."""
        other = _("not a known code, like {n} others before").format(n=MOST_NAMED)
        reasons = [
            self._unknown.get(text, other) if number < 0 else "" for text, number in zip(texts, numbers, strict=True)
        ]
        return pd.Series(reasons, dtype="str")

    def _number(self, text: str) -> int:
        code = self._exact.get(text)
        if code is None:
            if len(self._unknown) >= MOST_NAMED:  # looking for close codes takes long: not for millions of them
                return -1
            try:
                code = self._parse(text)
            except UnknownCode as unknown:
                self._unknown[text] = str(unknown)
                self._numbers[text] = -1
                return -1
        if code not in self._places:
            self._places[code] = len(self.codes)
            self.codes.append(code)
        self._numbers[text] = self._places[code]
        return self._numbers[text]


@cache
def codes_of_column(column: str) -> tuple[Mapping[str, str], Callable[[str], str]]:
    """A column's codes as Eurostat writes them, and how others are understood; without a code list, as they are."""
    if column == "nuts":
        editions = [codelist("nuts", edition) for edition in nuts.EDITIONS]
        return {code: code for known in editions for code in (*known.labels, *known.aggregates)}, _place
    name = next((dim.codelist for dim in DIMENSIONS.values() if dim.axis == column), "open")
    if name == "open":
        return {"T": "TOTAL", "TOT": "TOTAL"}, str
    known = codelist(name)
    exact = {code: code for code in (*known.labels, *known.aggregates, known.total)}
    exact |= {f"{above}{code}": code for code, above in known.parents.items() if name == "nace"}  # C10
    exact |= {f"OC{code}": code for code in known.labels if name == "isco"}
    return exact | _phase3().get(name, {}), known.parse


def _place(text: str) -> str:
    """Extra-regio codes, countries without NUTS and aggregates such as EEA30_2007 are places too."""
    return text if nuts.is_outside(text) else codelist("nuts").parse(text)


@cache
def _phase3() -> dict[str, dict[str, str]]:
    """Code list to Eurostat's code to ESAW's: DEV_5 is 50."""
    found: dict[str, dict[str, str]] = {}
    with (bundled("catalogs") / "codelists" / "eurostat_phase3_codes.csv").open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            found.setdefault(row["classification"], {})[row["eurostat_code"]] = row["esaw_code"]
    return found
