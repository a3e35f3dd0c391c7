"""The twin's records: the 24 variables of every accident, drawn batch by batch in constant memory."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property

import numpy as np
import pyarrow as pa

import workbench.twin.margins as margins
import workbench.twin.traits as traits
from workbench import esaw
from workbench.terms.codes import codelist
from workbench.twin.alias import Alias, alias
from workbench.twin.causes import CHAINS, chain_shares
from workbench.twin.cells import RECORDS, draw_counts
from workbench.twin.exposure import country_of
from workbench.twin.margins import AGE_GROUPS, COUNTRIES, SECTIONS, YEARS
from workbench.twin.rates import expected_records, weights
from workbench.twin.regions import NUTS_EDITION, REGIONS

BATCH = 262_144
"""Records drawn from one seed. Part of what a seed means: another number here makes other records."""
WEIGHT = pa.decimal128(9, 6)
_FIELDS_NOT_ALWAYS_SENT = (
    ("workstation", margins.SENDS_NO_WORKSTATION, "0"),
    ("working_environment", margins.SENDS_NO_ENVIRONMENT, "000"),
    ("working_process", margins.SENDS_NO_PROCESS, "00"),
)
FIELDS_OF_CHAINS = (
    ("specific_physical_activity", "activity", margins.SENDS_NO_ACTIVITY, "00"),
    ("ma_specific_physical_activity", "ma_activity", margins.SENDS_NO_AGENT_OF_ACTIVITY, "00.00"),
    ("deviation", "deviation", frozenset(), None),
    ("ma_deviation", "ma_deviation", margins.SENDS_NO_AGENT_OF_DEVIATION, "00.00"),
    ("contact_mode", "contact", frozenset(), None),
    ("ma_contact", "ma_contact", margins.SENDS_NO_AGENT_OF_CONTACT, "00.00"),
)


def records(rows: int, seed: int) -> Iterator[tuple[int, pa.RecordBatch]]:
    """The records of a twin, in batches of one reference year each, years ascending: pairs of year and batch.

    Columns: the 24 keys of the ESAW record layout as text with leading zeros (dates YYYYMMDD, material agents dotted),
    dictionary-encoded; `weight` is DECIMAL(9,6). Within a year the records stand in the order of their cells.

    Parameters
    ----------
    rows : int
        Number of records.
    seed : int
        The same seed gives the same records.

    Yields
    ------
    (int, RecordBatch)
        Reference year and its records.
    """
    for part in parts(rows, seed):
        yield YEARS[part.y], _batch(part)


@dataclass(frozen=True)
class Part:
    """The records that are drawn together: place of their year, number of the first, cell of each, their randomness."""

    y: int
    first: int
    cells: np.ndarray
    random: np.random.Generator

    @cached_property
    def places(self) -> tuple[np.ndarray, ...]:
        """Region, section, sex, age group and severity of each record, as places on their axes."""
        return tuple(places[self.cells] for places in _cells())


def parts(rows: int, seed: int) -> Iterator[Part]:
    """All records of a twin, in parts of `BATCH` within a year; nothing but their cells is drawn yet.

    Parameters
    ----------
    rows : int
        Number of records.
    seed : int

    Yields
    ------
    Part
    """
    counts = draw_counts(rows, seed)
    for y in range(len(YEARS)):
        ends = counts[y].ravel().cumsum()
        for k, start in enumerate(range(0, int(ends[-1]), BATCH)):
            stop = min(start + BATCH, int(ends[-1]))
            first, last = np.searchsorted(ends, [start, stop - 1], side="right")
            within = np.minimum(ends[first : last + 1], stop)
            cells = np.repeat(np.arange(first, last + 1, dtype=np.int32), np.diff(within, prepend=start))
            random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(RECORDS, y, k)))
            yield Part(y, start + 1, cells, random)


@dataclass(frozen=True)
class _Column:
    """A variable that is drawn: its codes (fillers and shorter codes included), and what to draw from."""

    codes: pa.Array
    tables: Alias

    @classmethod
    def of(cls, codes: list[str], shares: np.ndarray, *more: str) -> "_Column":
        return cls(pa.array([*codes, *(code for code in more if code not in codes)]), alias(shares))

    def place(self, code: str) -> int:
        """Where `code` stands among the codes."""
        return self.codes.index(code).as_py()


@cache
def _columns() -> dict[str, _Column]:
    """Every drawn variable by the key of its field, and `chain` for the cause."""
    environment, process = traits.environments(), traits.processes()
    parts = [codelist("nuts", NUTS_EDITION).children(region) for region in REGIONS]
    nuts3 = traits.table([{code: (n + 1) ** -0.6 for n, code in enumerate(codes)} for codes in parts])  # sizes: assumed
    return {
        "chain": _Column.of([str(n) for n in range(len(CHAINS))], chain_shares().reshape(-1, len(CHAINS))),
        "economic_activity": _Column.of(*traits.divisions()),
        "occupation": _Column.of(*traits.occupations()),
        "age": _Column.of(*traits.ages()),
        "type_of_injury": _Column.of(*traits.of_contact(traits.INJURIES)),
        "part_of_body": _Column.of(*traits.of_contact(traits.PARTS_OF_BODY)),
        "geographical_location": _Column.of(*nuts3),
        "date": _Column.of(*traits.dates()),
        "time": _Column.of(*traits.hours()),
        "size_of_enterprise": _Column.of(*traits.sizes()),
        "nationality": _Column.of(*traits.nationalities()),
        "employment_status": _Column.of(*traits.statuses(), "300", "310", "320"),
        "days_lost": _Column.of(*traits.days_lost(), "998", *(name for name, _low, _high in traits.DAYS_BANDS)),
        "workstation": _Column.of(*traits.workstations(), "0"),
        "working_environment": _Column.of(*environment, "000"),
        "working_process": _Column.of(*process, "00"),
    }


@cache
def _cells() -> tuple[np.ndarray, ...]:
    """Region, section, sex, age group and severity (0 or 1) of every cell of a year, as places on their axes."""
    return tuple(place.ravel().astype(np.int32) for place in np.indices(expected_records().shape[1:]))


@cache
def _country() -> np.ndarray:
    return np.array([list(COUNTRIES).index(country_of(region)) for region in REGIONS], dtype=np.int32)


@cache
def _all_days() -> np.ndarray:
    """1 for the sections that work on all days, else 0: the place in WEEKDAYS."""
    return np.array([section in traits.ALL_DAYS for section in SECTIONS], dtype=np.int32)


def codes_drawn(variable: str) -> list[str]:
    """The codes that records can have of a variable that is drawn by itself.

    Parameters
    ----------
    variable : str
        Key of the ESAW record, none of a link of the chain of causes.

    Returns
    -------
    list of str
    """
    return _columns()[variable].codes.to_pylist()


def chains_sent(variables: Sequence[str]) -> set[tuple[str, ...]]:
    """The codes that records can have together of links of the chain of causes, as each country's register sends them.

    Parameters
    ----------
    variables : sequence of str
        Keys of the ESAW record, all of links.

    Returns
    -------
    set of tuple of str
        A code for each variable.
    """
    links = {name: (field, without, filler) for name, field, without, filler in FIELDS_OF_CHAINS}
    wanted = [links[name] for name in variables]
    return {
        tuple(filler if country in without else getattr(chain, field) for field, without, filler in wanted)
        for country in COUNTRIES
        for chain in CHAINS
    }


@cache
def _chain_codes(field: str, filler: str | None) -> tuple[pa.Array, np.ndarray]:
    """The codes of one field of the chains with the filler, and the place of each chain's code among them."""
    per_chain = [getattr(chain, field) for chain in CHAINS]
    codes = sorted({*per_chain, *([filler] if filler else [])})
    return pa.array(codes), np.array([codes.index(code) for code in per_chain], dtype=np.uint8)


@cache
def _sent(without: frozenset[str]) -> np.ndarray:
    """By country, whether its register sends a field."""
    return np.array([code not in without for code in COUNTRIES])


@cache
def _shorter_status() -> np.ndarray:
    """Country x place of a status: the place of what a register with fewer than three digits sends instead."""
    column = _columns()["employment_status"]
    rows = []
    for country in COUNTRIES:
        digits = margins.SENDS_STATUS_DIGITS.get(country, 3)
        rows.append([column.place(code[:digits].ljust(3, "0")) for code in column.codes.to_pylist()])
    return np.array(rows, dtype=np.uint8)


@cache
def _coarser_days() -> np.ndarray:
    """Country x place of an exact number of days: the place of what its register sends, the number or its band."""
    column = _columns()["days_lost"]
    exact = np.arange(len(column.codes), dtype=np.uint8)
    banded = exact.copy()
    for band, low, high in traits.DAYS_BANDS:
        banded[column.place(f"{low:03d}") : column.place(f"{high:03d}") + 1] = column.place(band)
    return np.array([banded if country in margins.SENDS_BANDS_OF_DAYS else exact for country in COUNTRIES])


@cache
def weights_by_place() -> tuple[pa.Array, np.ndarray]:
    """The weights that occur, and their place by region and severity.

    Returns
    -------
    (Array of DECIMAL(9,6), array (regions, severities))
    """
    values = sorted(set(weights().ravel().tolist()))
    return pa.array([Decimal(value) for value in values], WEIGHT), np.searchsorted(values, weights()).astype(np.uint8)


def _dictionary(codes: pa.Array, places: np.ndarray) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(places), codes, safe=False)


def _numbers(year: int, first: int, n: int) -> pa.Array:
    """Case numbers of `n` records from `first` on: the year and seven digits, unique within a twin."""
    digits = np.empty((n, 11), dtype=np.uint8)
    digits[:, :4] = np.frombuffer(str(year).encode(), dtype=np.uint8)
    rest = np.arange(first, first + n, dtype=np.uint32)
    for place in range(10, 3, -1):
        rest, digit = np.divmod(rest, np.uint32(10))
        digits[:, place] = digit + ord("0")
    offsets = np.arange(0, 11 * (n + 1), 11, dtype=np.int32)
    return pa.StringArray.from_buffers(n, pa.py_buffer(offsets), pa.py_buffer(digits))


def _batch(part: Part) -> pa.RecordBatch:
    """The whole records of a part."""
    region, _section, sex, _age, fatal = part.places
    values, weight = weights_by_place()
    found = variables_of(part)
    found["case_number"] = _numbers(YEARS[part.y], part.first, len(part.cells))
    found["sex"] = _dictionary(pa.array(["1", "2"]), sex.astype(np.uint8))
    found["weight"] = values.take(pa.array(weight[region, fatal]))
    return pa.RecordBatch.from_pydict({name: found[name] for name in esaw.variables()})


def variables_of(part: Part, wanted: Iterable[str] | None = None) -> dict[str, pa.DictionaryArray]:
    """The coded variables of some records of one year, all of them or at least the wanted ones.

    Drawn in the order that belongs to the seed, so that a variable is the same whichever others are wanted: drawing
    ends with the last one that is.

    Parameters
    ----------
    part : Part
        Of which nothing was drawn yet.
    wanted : iterable of str, optional
        Keys of the ESAW record.

    Returns
    -------
    dict of str to DictionaryArray
        By key of the ESAW record, a value per record.
    """
    places = _drawn(part, wanted)
    region, _section, _sex, _age, fatal = part.places
    country, columns, chain = _country()[region], _columns(), places.pop("chain")

    if "employment_status" in places:
        places["employment_status"] = _shorter_status()[country, places["employment_status"]]
    if "days_lost" in places:
        fatal_days = np.uint8(columns["days_lost"].place("998"))
        places["days_lost"] = np.where(fatal, fatal_days, _coarser_days()[country, places["days_lost"]])
    for name, without, filler in _FIELDS_NOT_ALWAYS_SENT:
        if name in places:
            places[name] = np.where(_sent(without)[country], places[name], np.uint8(columns[name].place(filler)))

    found = {name: _dictionary(columns[name].codes, at) for name, at in places.items()}
    for name, field, without, filler in FIELDS_OF_CHAINS:
        if wanted is not None and name not in wanted:
            continue
        codes, of_chain = _chain_codes(field, filler)
        at = of_chain[chain]
        if filler:
            at = np.where(_sent(without)[country], at, np.uint8(codes.index(filler).as_py()))
        found[name] = _dictionary(codes, at)
    return found


def _drawn(part: Part, wanted: Iterable[str] | None) -> dict[str, np.ndarray]:
    """The place of the code that each record has drawn, by variable, up to the last wanted one."""
    region, section, sex, age, fatal = part.places
    columns, country = _columns(), _country()[region]
    alone = columns["employment_status"].place("100")

    def contact(found: Mapping[str, np.ndarray]) -> np.ndarray:
        return np.where(fatal, len(traits.CONTACT_GROUPS) - 1, traits.chain_group()[found["chain"]])

    def road(found: Mapping[str, np.ndarray]) -> np.ndarray:
        return section * 2 + traits.chain_on_road()[found["chain"]]

    def size(found: Mapping[str, np.ndarray]) -> np.ndarray:
        return section + (found["employment_status"] == alone) * np.int32(len(SECTIONS))

    groups: dict[str, Callable[[Mapping[str, np.ndarray]], np.ndarray]] = {
        "chain": lambda _found: (section * 2 + sex) * 2 + fatal,
        "economic_activity": lambda _found: section,
        "occupation": lambda _found: section * 2 + sex,
        "age": lambda _found: age,
        "type_of_injury": contact,
        "part_of_body": contact,
        "geographical_location": lambda _found: region,
        "date": lambda _found: part.y * len(traits.WEEKDAYS) + _all_days()[section],
        "time": lambda _found: section,
        "nationality": lambda _found: country * len(SECTIONS) + section,
        "employment_status": lambda _found: section * len(AGE_GROUPS) + age,
        "days_lost": lambda _found: section * len(AGE_GROUPS) + age,
        "workstation": road,
        "working_environment": road,
        "working_process": road,
        "size_of_enterprise": size,
    }
    needed = groups.keys() if wanted is None else groups.keys() & {"chain", *wanted}
    found: dict[str, np.ndarray] = {}
    for name, group in groups.items():
        found[name] = columns[name].tables.draw(group(found), part.random, len(part.cells))
        if needed <= found.keys():
            break
    return found
