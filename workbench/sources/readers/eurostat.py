"""Any Eurostat table, in any of its three formats, as margins: one row per published cell, flags and gaps kept."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.sources.readers.eurostat_formats import TIMES, Cells, cells
from workbench.sources.readers.files import contents
from workbench.terms import nuts
from workbench.terms.codes import codelist
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import ReadError, UnknownCode
from workbench.terms.places import bundled
from workbench.terms.tables import Report
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
_MOST_NAMED = 50


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
    measure of `units` (float64; NaN where the publisher has ":" and in the margins of other measures), flag (sorted letters,
    "c" also for CONF_STATUS; "" for none). Totals and aggregates (EU27_2020) are rows like others.

    Parameters
    ----------
    dimensions : sequence of str
        Eurostat's names as the catalogue has them, in any order; `freq` and time need not be given.
    rename : mapping
        Eurostat's name of a dimension to our column; others keep their name.
    units : mapping
        Code of `unit` to (measure, factor): {"THS": ("employed", 1000)} turns thousands into persons.

    Raises
    ------
    ReadError
        When a file has other dimensions (both are named), or is no Eurostat table.
    """
    keys = [name for name in dimensions if name not in {"freq", *TIMES}]
    table = _Table(keys, [rename.get(name, name) for name in keys], units)
    for place, path in enumerate(paths):
        for name, stream, sample in contents(path):
            for piece in cells(name, stream, sample, report):
                _check_dimensions(name, piece.dimensions, keys)
                table.add(piece, place, report)
    yield from table.batches(report)


def _check_dimensions(name: str, found: Sequence[str], expected: Sequence[str]) -> None:
    if set(found) - {"freq"} != set(expected):
        raise ReadError(
            _(
                "{name} is keyed by {found}, but its catalogue entry says {expected}. Has the publisher changed the table?"
            ).format(name=name, found=", ".join(found), expected=", ".join(expected))
        )


class _Table:
    """Cells kept small until all files are read: a number for each code, so that doubles can be found."""

    def __init__(self, keys: list[str], columns: list[str], units: Mapping[str, Sequence]):
        self.keys = [key for key in keys if key != "unit"]
        self.columns = [column for key, column in zip(keys, columns, strict=True) if key != "unit"]
        self.units = units
        self.measures = list(dict.fromkeys(measure for measure, _factor in units.values()))
        self.axes = {key: _Axis(*_codes(column)) for key, column in zip(self.keys, self.columns, strict=True)}
        self.flags = _Axis({}, str)
        self.pieces: list[pd.DataFrame] = []

    def add(self, piece: Cells, file: int, report: Report) -> None:
        """Understand the codes of some cells; the first fault of a cell rejects it."""
        written = dict(zip(piece.dimensions, zip(*piece.keys, strict=True), strict=True)) if piece.keys else {}
        frame = pd.DataFrame(
            {"value": np.array(piece.values, dtype="float64"), "row": np.array(piece.rows, dtype="int64")}
        )
        years, faults = pd.to_numeric(pd.Series(piece.times, dtype="str"), errors="coerce"), {}
        faults["freq"] = pd.Series(
            [_("not annual") if f != "A" else "" for f in written.get("freq", ["A"] * len(frame))], dtype="str"
        )
        faults["time"] = pd.Series(np.where(years.between(1900, 2200), "", _("not a year")).astype(object), dtype="str")
        for key, axis in self.axes.items():
            frame[key] = axis.numbers(written.get(key, ()))
            faults[key] = axis.faults(written.get(key, ()), frame[key])
        its = [self.units.get(unit) for unit in written.get("unit", [next(iter(self.units))] * len(frame))]
        frame["measure"] = [self.measures.index(found[0]) if found else -1 for found in its]
        unit_fault = _("a unit that the catalogue entry does not list; it lists {units}").format(
            units=", ".join(self.units)
        )
        faults["unit"] = pd.Series(np.where(frame["measure"] < 0, unit_fault, "").astype(object), dtype="str")
        frame["value"] = (frame["value"] * [found[1] if found else 1 for found in its]).round(
            6
        )  # 4.1 thousand are 4100
        frame["year"], frame["file"], frame["flag"] = years, file, self.flags.numbers(piece.flags)
        good = pd.Series(True, index=frame.index)
        for field, reasons in faults.items():
            for i in np.flatnonzero(good & (reasons != "")):
                report.reject(int(frame["row"].iat[i]), field, reasons.iat[i])
            good &= reasons == ""
        small = dict.fromkeys([*self.keys, "measure", "file", "flag"], "int32")
        self.pieces.append(frame[good].astype({**small, "year": "int16"}))

    def batches(self, report: Report) -> Iterator[pd.DataFrame]:
        """The cells in the common columns, doubles merged; at least one batch."""
        whole = self._once(pd.concat(self.pieces, ignore_index=True), report) if self.pieces else None
        for start in range(0, max(len(whole), 1), BATCH):
            yield self._named(whole.iloc[start : start + BATCH])

    def _once(self, whole: pd.DataFrame, report: Report) -> pd.DataFrame:
        """Identical doubles become one cell with the flags of all; doubles with different values are all rejected."""
        by = [*self.keys, "year", "measure"]
        double = whole.duplicated(by, keep=False)
        if not double.any():
            return whole
        doubles = whole[double]
        groups = doubles.groupby(by, sort=False)["value"]
        same = (groups.transform("nunique", dropna=False) == 1).to_numpy()
        for row in doubles.loc[~same, "row"]:
            report.reject(int(row), "OBS_VALUE", _("the same cell stands here and elsewhere with different values"))
        merged = doubles[same]
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


def _spelled(codes: list[str], numbers: pd.Series) -> pd.api.extensions.ExtensionArray:
    return pd.Series(codes, dtype="str").array.take(numbers.to_numpy())


class _Axis:
    """The codes of one dimension as small numbers; every different text is understood once."""

    def __init__(self, exact: Mapping[str, str], parse: Callable[[str], str]):
        self.codes: list[str] = []
        self._exact, self._parse = exact, parse
        self._numbers: dict[str, int] = {}
        self._unknown: dict[str, str] = {}

    def numbers(self, texts: Iterable[str]) -> np.ndarray:
        """The number of each text's code; -1 where it is not known."""
        return np.array([self._numbers[t] if t in self._numbers else self._number(t) for t in texts], dtype="int32")

    def faults(self, texts: Sequence[str], numbers: pd.Series) -> pd.Series:
        """Why a text is not known; "" where it is. The first `_MOST_NAMED` are named, so that a broken file stays small."""
        other = _("not a known code, like {n} others before").format(n=_MOST_NAMED)
        reasons = [
            self._unknown.get(text, other) if number < 0 else "" for text, number in zip(texts, numbers, strict=True)
        ]
        return pd.Series(reasons, dtype="str")

    def _number(self, text: str) -> int:
        code = self._exact.get(text)
        if code is None:
            if len(self._unknown) >= _MOST_NAMED:  # looking for close codes takes long: not for millions of them
                return -1
            try:
                code = self._parse(text)
            except UnknownCode as unknown:
                self._unknown[text] = str(unknown)
                self._numbers[text] = -1
                return -1
        if code not in self.codes:
            self.codes.append(code)
        self._numbers[text] = self.codes.index(code)
        return self._numbers[text]


@cache
def _codes(column: str) -> tuple[Mapping[str, str], Callable[[str], str]]:
    """A column's codes as Eurostat writes them, and how others are understood; without a code list, as they are."""
    if column == "nuts":
        editions = [codelist("nuts", edition) for edition in nuts.EDITIONS]
        return {code: code for its in editions for code in (*its.labels, *its.aggregates)}, _place
    name = next((dim.codelist for dim in DIMENSIONS.values() if dim.axis == column), "open")
    if name == "open":
        return {}, str
    known = codelist(name)
    exact = {code: code for code in (*known.labels, *known.aggregates, known.total)}
    exact |= {f"{above}{code}": code for code, above in known.parents.items() if name == "nace"}  # C10
    exact |= {f"OC{code}": code for code in known.labels if name == "isco"}
    return exact | _phase3().get(name, {}), known.parse


def _place(text: str) -> str:
    """Extra-regio codes, countries without NUTS and aggregates such as EEA30_2007 are places too; EL and UK are Eurostat's."""
    return text if nuts.is_outside(text) else codelist("nuts").parse(text)


@cache
def _phase3() -> dict[str, dict[str, str]]:
    """Code list to Eurostat's code to ESAW's: DEV_5 is 50."""
    found: dict[str, dict[str, str]] = {}
    with (bundled("catalogs") / "codelists" / "eurostat_phase3_codes.csv").open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            found.setdefault(row["classification"], {})[row["eurostat_code"]] = row["esaw_code"]
    return found
