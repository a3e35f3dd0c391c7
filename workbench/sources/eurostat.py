"""Any table of Eurostat's by its id, "eurostat:lfst_r_lfe2emp": its entry, and the address that gives it or a part."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote

from workbench.sources.dataset import Dataset
from workbench.sources.eurostat_modules import with_module
from workbench.terms.errors import NotAvailable, UnknownName
from workbench.terms.text import _

PREFIX = "eurostat:"
API = "https://ec.europa.eu/eurostat/api/dissemination"
PAGE = "https://ec.europa.eu/eurostat/databrowser/view/{table}/default/table?lang=en"
CONTENTS = "https://ec.europa.eu/eurostat/api/dissemination/catalogue/toc/txt?lang=en"

FORMATS = {"TSV": "tsv.gz", "SDMX-CSV": "csv.gz", "JSON": "json"}
"""What the programming interface gives, with the ending of the file."""
TIMES = {"sinceTimePeriod": ("startPeriod", "ge:{}"), "untilTimePeriod": ("endPeriod", "le:{}")}
"""The first and the last time, as its statistics, SDMX 2.1 and SDMX 3.0 interfaces call them."""
_ID = re.compile(r"[a-z][a-z0-9_$]{1,59}")
_VALUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.,+-]{0,1999}")
_FILTER = re.compile(r"c_[a-z][a-z0-9_]{0,39}")
MOST_CELLS = 5_000_000
"""The largest extraction (API guidelines, 2026-11)."""


def is_eurostat(name: object) -> bool:
    """Whether a name is that of a table of Eurostat's by its id."""
    return isinstance(name, str) and name.startswith(PREFIX)


def table_of(name: str) -> str:
    """The id in a name: lfst_r_lfe2emp of "eurostat:lfst_r_lfe2emp", whatever its capitals.

    Raises
    ------
    UnknownName
        For what is no id.
    """
    table = name.removeprefix(PREFIX).strip().lower()
    if not _ID.fullmatch(table):
        hint = _("Write it as eurostat:hsw_n2_01. Eurostat's list of tables: {address}").format(address=CONTENTS)
        raise UnknownName(_("id of a Eurostat table"), table, hint=hint)
    return table


def address_of(table: str, parameters: Mapping[str, str]) -> str:
    """Where a table, or a part of it, is asked for.

    The whole table and spans of years come by SDMX 2.1, a choice of codes by SDMX 3.0, which takes dimensions by their
    names, and JSON-stat by the statistics interface.

    Parameters
    ----------
    table : its id
    parameters : `c_geo="IT,ES"` for codes of a dimension, `sinceTimePeriod="2015"`, `untilTimePeriod`, `format`

    Raises
    ------
    UnknownName
        For another parameter or format, or a value that is no code.
    """
    check_parameters(table, parameters)
    form = parameters.get("format", "SDMX-CSV" if any(name.startswith("c_") for name in parameters) else "TSV")
    codes = {name.removeprefix("c_"): value for name, value in parameters.items() if name.startswith("c_")}
    times = {name: value for name, value in parameters.items() if name in TIMES}

    if form == "JSON":
        chosen = [f"{dim}={quote(code)}" for dim, value in codes.items() for code in value.split(",")]
        chosen += [f"{name}={value}" for name, value in times.items()]
        return "&".join([f"{API}/statistics/1.0/data/{table}?format=JSON&lang=en", *chosen])
    if codes:
        when = [TIMES[name][1].format(value) for name, value in times.items()]
        chosen = [f"c[{dim}]={quote(value, safe=',')}" for dim, value in codes.items()]
        chosen += [f"c[TIME_PERIOD]={'+'.join(when)}"] if when else []
        kind = "csvdata&formatVersion=2.0&lang=en&labels=name" if form == "SDMX-CSV" else "tsv"
        path = f"{API}/sdmx/3.0/data/dataflow/ESTAT/{table}/1.0"
        return "&".join([f"{path}?format={kind}&compress=true", *chosen])
    chosen = [f"{TIMES[name][0]}={value}" for name, value in times.items()]
    return "&".join([f"{API}/sdmx/2.1/data/{table.upper()}?format={form}&compressed=true", *chosen])


def check_parameters(table: str, parameters: Mapping[str, str]) -> None:
    """UnknownName for what cannot be set, or is no code, year or format."""
    for name, value in parameters.items():
        if name != "format" and name not in TIMES and not _FILTER.fullmatch(name):
            hint = _("There are: {names}; codes of a dimension as c_geo=IT,ES.")
            names = [*TIMES, "format"]
            what = _("parameter of {dataset}").format(dataset=PREFIX + table)
            raise UnknownName(what, name, names, hint=hint.format(names=", ".join(names)))
        if name == "format" and value not in FORMATS:
            raise UnknownName(
                _("format"), value, FORMATS, hint=_("There are: {names}.").format(names=", ".join(FORMATS))
            )
        if not _VALUE.fullmatch(str(value)):
            hint = _("Write codes as the table has them, with commas between several: c_geo=IT,ES.")
            raise UnknownName(_("value of {name}").format(name=name), value, hint=hint)


def entry(name: str, parameters: Mapping[str, object], builtin: Mapping[str, Dataset]) -> Dataset:
    """The entry of a table before its files were looked at: where it is, and what holds for all of Eurostat's.

    Parameters
    ----------
    name : "eurostat:ID"
    parameters : as for `address_of`
    builtin : the workbench's own catalogue; what it says of the same table is taken over

    Raises
    ------
    UnknownName
        For what is no id, and for other parameters.
    """
    table = table_of(name)
    chosen = {key: str(value) for key, value in parameters.items()}
    form = chosen.get("format", "SDMX-CSV" if any(key.startswith("c_") for key in chosen) else "TSV")
    live = {"address": address_of(table, chosen), "name": f"{table}.{FORMATS[form]}"}
    listed = builtin.get(table)
    in_mirror = listed.files["mirror"] if listed else (f"eurostat*/{table}[._]*",)
    about = with_module(_unlisted(builtin["hsw_n2_01"], table), table) if listed is None else listed
    return replace(
        about,
        name=PREFIX + table,
        url=PAGE.format(table=table),
        files={"bundled": (), "mirror": () if chosen else in_mirror, "live": (live,)},
        parameters={key: {"label": key, "values": (value,)} for key, value in chosen.items()},
        nuts_edition=None,
        dimensions=(),
        margins={},
        measures={},
        labels={},
        code={},
        coverage_by_way={},
        entry={},
    )


def _unlisted(like: Dataset, table: str) -> Dataset:
    """What holds for every table of Eurostat's."""
    citation = {
        "key": f"eurostat_{table}_{datetime.now(UTC).year}",
        "author": "Eurostat",
        "year": datetime.now(UTC).year,
        "title": table,
    }
    return replace(
        like,
        title=table,
        description=_("Table {table} of Eurostat's, read as it is published.").format(table=table),
        kind="exposure",
        attribution=_("Source: Eurostat, {table}").format(table=table),
        temporal=None,
        spatial="",
        breaks=(),
        population="",
        event="",
        place_basis=None,
        year_basis=None,
        release=_("As it is published"),
        exposure=None,
        source_kind="survey",
        citation=citation,
        defaults={},
        breakdown=(),
        notes=(),
    )


def refusal(name: str, status: int, parameters: Mapping[str, str]) -> NotAvailable | None:
    """What an answer of the programming interface means for a table, and what to do; None where nothing is known.

    Parameters
    ----------
    name : "eurostat:ID"
    status : of HTTP
    parameters : what was asked for
    """
    words = {"name": name, "table": table_of(name), "contents": CONTENTS, "most": MOST_CELLS}
    words["chosen"] = ", ".join(f"{key}={value}" for key, value in parameters.items())
    part = _("Ask for a part: --set c_geo=IT,ES --set sinceTimePeriod=2015.")
    if status == 404:
        message = _("Eurostat has no table {table} (404). Its list of tables: {contents}")
    elif status == 413:
        message = _("{name}: the extraction is too big (413); Eurostat gives {most:,} cells at most. {part}")
    elif status in (400, 422) and parameters:
        message = _(
            "{name}: Eurostat does not understand {chosen} ({status}). Write dimensions and codes as the table has "
            "them: {page}"
        )
    elif status == 202:
        message = _("{name}: Eurostat prepares large tables first (202): try again in some minutes. {part}")
    else:
        return None
    page = PAGE.format(table=words["table"])
    return NotAvailable(message.format(**words, part=part, status=status, page=page))
