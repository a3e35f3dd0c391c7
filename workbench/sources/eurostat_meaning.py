"""What the dimensions and units of a Eurostat table mean, told from its header: known ones as everywhere, others kept.

What was found is plain values, kept with the rows, so that a stored table means the same in the next session.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from workbench import store
from workbench.sources.dataset import Dataset
from workbench.sources.eurostat import PREFIX, table_of
from workbench.sources.readers.eurostat import codes_of_column
from workbench.sources.readers.eurostat_header import Header
from workbench.terms.codes import codelist
from workbench.terms.dimensions import DIMENSIONS, own_dimension
from workbench.terms.errors import ReadError, UnknownCode, shown
from workbench.terms.text import _
from workbench.terms.words import some

COLUMNS = {
    "geo": "nuts",
    "nace_r2": "nace",
    "age": "age_group",
    "isco08": "isco",
    "wrkstat": "workstation",
    "physact": "activity",
    "deviatn": "deviation",
}
"""Eurostat's names of dimensions that every source has; others with codes of our lists go by their own names."""
FITS = 0.5
"""A dimension is that of a code list when so large a share of its codes is in it; else it is one of its own."""
ACCIDENTS = {"NR": ("accidents", 1), "RT_INC": ("incidence_rate", 1), "RT_SINC": ("standardised_rate", 1)}
EMPLOYED = {"THS": ("employed", 1000), "THS_PER": ("employed", 1000)}
_REGISTERED = re.compile(r"hsw_(n2_|ph3_|mi|aw_).*")
"""Tables of accidents that were reported (ESAW); other hsw_ tables are what persons said in the labour force survey."""
_EMPLOYED = re.compile(r"lfst_r_lfe2.*|lfsa_e.*|nama_10r_3empers")
"""Tables of persons employed: of the labour force survey by region and by year, and of the regional accounts."""
_COUNTED = re.compile(r"NR|THS|THS_PER|PER|MIO.*")
"""Units of numbers of persons or things, which add up; others (shares, rates, means) do not."""
_TOTALS = ("TOTAL", "T", "TOT")


def meaning_of(dataset: Dataset, header: Header) -> dict:
    """What a table is read as.

    Parameters
    ----------
    dataset : the entry, as `eurostat.entry` gives it
    header : what the files say of themselves

    Returns
    -------
    dict
        Plain values: title, columns (dimension -> column), labels, units, measures, fixed, dimensions, notes.

    Raises
    ------
    ReadError
        When the files are of another table, or have no cell.
    """
    table = table_of(dataset.name)
    if header.table and header.table != table:
        message = _("The file is of Eurostat's table {found}, not of {table}: give it to {prefix}{found}.")
        raise ReadError(message.format(found=shown(header.table), table=table, prefix=PREFIX))

    if not all(header.dimensions.values()):
        raise ReadError(_("The file of {table} has a header and no cell below it.").format(table=table))
    keys = {name: codes for name, codes in header.dimensions.items() if name not in ("freq", "unit")}
    columns = {name: _column(name, codes) for name, codes in keys.items()}
    own = {columns[name]: codes for name, codes in keys.items() if _is_own(columns[name])}
    units = header.dimensions.get("unit") or {"": ""}
    measured = _measured(table, units)
    additive = all(set(_TOTALS) & set(codes) for codes in own.values())
    severity = _severity(table, header.title) if "severity" not in columns.values() else ""
    return {
        "title": header.title,
        "date": datetime.now(UTC).date().isoformat(),
        "columns": columns,
        "labels": {column: _labels(codes) for column, codes in own.items()},
        "units": {unit: list(pair) for unit, pair in measured.items()},
        "measures": _measures(measured, units, additive),
        "fixed": {"severity": severity} if severity else {},
        "dimensions": [*_dimensions(columns, keys), *(["severity"] if severity else []), "year"],
        "notes": _notes(columns, measured, units, own, additive),
    }


def described(dataset: Dataset, meaning: Mapping) -> Dataset:
    """The entry of a table whose files were looked at; its dimensions are known by their names from now on.

    Parameters
    ----------
    dataset : as `eurostat.entry` gives it
    meaning : as `meaning_of` gives it
    """
    columns, units = meaning["columns"], {unit: tuple(pair) for unit, pair in meaning["units"].items()}
    for column in columns.values():
        if _is_own(column):
            own_dimension(column)
    dims = [*columns.values(), "year"]
    accidents = bool({"accidents", "incidence_rate", "standardised_rate"} & set(meaning["measures"]))
    listed = dataset.title != table_of(dataset.name)  # the catalogue has a title, and says what it counts of whom
    title = dataset.title if listed else meaning["title"] or dataset.title
    cited = f"{title} ({table_of(dataset.name)})" if title != table_of(dataset.name) else title
    found = replace(
        dataset,
        title=title,
        release=dataset.release if listed else _("As it was published on {date}").format(date=meaning["date"]),
        citation=dataset.citation if listed else {**dataset.citation, "year": int(meaning["date"][:4]), "title": cited},
        kind="accidents" if accidents else dataset.kind,
        dimensions=tuple(meaning["dimensions"]),
        margins={name: {"dims": dims, "measures": [name], "fixed": meaning["fixed"]} for name in meaning["measures"]},
        measures=meaning["measures"],
        labels=meaning["labels"],
        reader="eurostat:read_table",
        options={"dimensions": [*columns, *(["unit"] if "" not in units else [])], "rename": columns, "units": units},
    )
    if not listed and accidents:
        found = replace(found, exposure="lfsa_eisn2", source_kind="register", place_basis="authority")
    if not listed and "employed" in meaning["measures"]:
        basis = "workplace" if table_of(dataset.name).startswith("nama") else "residence"
        found = replace(found, place_basis=basis)
    entry = {
        "reader": "workbench.sources.catalog:TableReader",
        "output_instance": "pandas:DataFrame",
        "user_parameters": {},
        "kwargs": {"name": found.name, "function": found.reader, "options": found.options},
        "metadata": {},
    }
    return replace(found, entry=entry)


def newest_of(name: str) -> store.Manifest | None:
    """The table of a name that was loaded last, whole or a part of it; None where there is none."""
    return max(store.manifests(name), key=lambda found: found.written, default=None)


def _column(name: str, codes: Iterable[str]) -> str:
    """The column of a dimension: that of a code list which has its codes, else one of its own."""
    column = COLUMNS.get(name, name)
    if _is_own(column):
        return column
    exact, parse = codes_of_column(column)
    listed = [code for code in codes if code not in _TOTALS]
    known = sum(code in exact or _parses(parse, code) for code in listed)
    if not listed or known >= FITS * len(listed):
        return column
    return name if _is_own(name) else f"{name}_code"


def _parses(parse, code: str) -> bool:
    try:
        parse(code)
    except UnknownCode:
        return False
    return True


def _is_own(column: str) -> bool:
    return not any(dim.axis == column and dim.codelist != "open" for dim in DIMENSIONS.values())


def _labels(codes: Mapping[str, str]) -> dict[str, str]:
    """The labels of a dimension of the table's own, without its total, which the cube knows by itself."""
    return {code: label or code for code, label in codes.items() if code not in _TOTALS}


def _measured(table: str, units: Mapping[str, str]) -> dict[str, tuple[str, float]]:
    """What each unit measures, and by how much its figures are multiplied."""
    known = ACCIDENTS if _REGISTERED.fullmatch(table) else EMPLOYED if _EMPLOYED.fullmatch(table) else {}
    found = {unit: known[unit] for unit in units if unit in known}
    others = [unit for unit in units if unit not in known]
    alone = len(units) == 1
    return found | {unit: ("value" if alone else f"value_{unit.lower()}", 1) for unit in others}


def _measures(
    measured: Mapping[str, tuple[str, float]], units: Mapping[str, str], additive: bool
) -> dict[str, dict[str, str]]:
    """Unit, way of adding up and label of each measure; codes without a total may overlap, so nothing is added then."""
    known = {
        "accidents": {"unit": _("accidents"), "how": "sum", "label": _("Accidents")},
        "employed": {"unit": _("persons"), "how": "sum", "label": _("Employed persons")},
        "incidence_rate": {
            "unit": _("per 100,000 persons employed"),
            "how": "none",
            "label": _("Incidence rate as published"),
        },
        "standardised_rate": {
            "unit": _("per 100,000 persons employed"),
            "how": "none",
            "label": _("Standardised incidence rate as published"),
        },
    }
    found = {}
    for unit, (measure, _factor) in measured.items():
        words = units[unit] or unit or _("as published")
        how = "sum" if _COUNTED.fullmatch(unit) else "none"
        other = {"unit": words, "how": how, "label": _("Value ({unit})").format(unit=words)}
        found[measure] = dict(known.get(measure, other))
        if not additive:
            found[measure]["how"] = "none"
    return found


def _severity(table: str, title: str) -> str:
    """Which accidents a table without a dimension of severity counts: it says so in its title, or is a known one."""
    words = title.casefold()
    if table == "hsw_n2_02" or words.startswith("fatal accidents"):
        return "FAT"
    if table in ("hsw_n2_01", "hsw_n2_03") or words.startswith("non-fatal accidents"):
        return "D_GE4"
    return ""


def _dimensions(columns: Mapping[str, str], keys: Mapping[str, Mapping[str, str]]) -> list[str]:
    """The names in `by` and `where`: of regions, sectors and occupations the finest level there is."""
    names = []
    for name, column in columns.items():
        if column == "nuts":
            codes = [code for code in keys[name] if any(codelist("nuts", e).knows(code) for e in ("2021", "2013"))]
            names.append(f"nuts{max((min(len(code), 5) - 2 for code in codes), default=0)}")
        elif column in ("nace", "isco"):
            digits = max((sum(letter.isdigit() for letter in code.split("-")[0]) for code in keys[name]), default=0)
            names.append(f"{column}{2 if digits >= 2 else 1}")
        else:
            names.append(next((dim.name for dim in DIMENSIONS.values() if dim.axis == column), column))
    return names


def _notes(
    columns: Mapping[str, str],
    measured: Mapping[str, tuple[str, float]],
    units: Mapping[str, str],
    own: Mapping[str, Mapping[str, str]],
    additive: bool,
) -> list[str]:
    """How dimensions and units were taken, in sentences."""
    taken = ", ".join(f"{name} = {column}" for name, column in columns.items())
    notes = [_("Dimensions of the table: {taken}.").format(taken=taken)]
    if own:
        notes.append(_("Of the table's own, by its own codes: {names}.").format(names=", ".join(own)))
    if without := [name for name, codes in own.items() if not set(_TOTALS) & set(codes)]:
        notes.append(
            _("Codes of {names} have no total and may overlap: choose one, nothing is added over them.").format(
                names=some(without)
            )
        )
    for unit, (measure, factor) in measured.items():
        words = {"unit": unit, "label": units[unit] or unit, "measure": measure}
        if factor != 1:
            notes.append(_("Unit {unit}: {measure}, published in thousands, given in persons.").format(**words))
        elif unit:
            notes.append(_("Unit {unit} ({label}): {measure}.").format(**words))
    if len(measured) > 1:
        notes.append(_("Figures of different units are measures of their own and never mixed."))
    return notes
