"""A first draft of the catalogue entry for a table of one's own, as YAML to be finished by the user."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import yaml

from workbench.cubes.headings import MEASURES, PEOPLE, as_name
from workbench.cubes.own_columns import taken
from workbench.sources.catalog import catalog
from workbench.sources.readers.own_tables import ENDINGS
from workbench.study.origin import origin_of
from workbench.study.own_table import Table, opened, table
from workbench.terms.codes import UNKNOWN
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import Refused
from workbench.terms.text import _

_FILE_NAME = re.compile(r"[A-Za-z0-9_.+-]+")
"""What a file that a catalogue names may be called."""
_NOT_TAKEN = re.compile(r"[{}\x00-\x1f]")
"""What no heading in a catalogue may have: intake fills braces in, terminals obey the others."""
MOST_LABELS = 200


@dataclass(frozen=True, kw_only=True)
class _Line:
    """A key of the entry with its value; `comment` says how it was found, or what is to be done."""

    key: str
    value: object
    comment: str = ""


def describe_table(
    data: object,
    *,
    name: str | None = None,
    columns: Mapping[str, str | None] | None = None,
    measures: Mapping[str, str | None] | None = None,
    nuts: str = "2021",
) -> str:
    """A first draft of a catalogue of one's own with one entry for a table: what was recognised, and what is to do.

    Save it beside the file of the table; `wb.catalog("mine.yml")` then knows it. Lines with FILL IN hold what a table
    cannot say of itself: who counted what, of whom, and who may use it.

    Parameters
    ----------
    data : what `wb.table` takes: a path, or a pandas, Polars, Arrow or ibis table
    name : of the entry; the file's unless given
    columns, measures, nuts : as for `wb.table`, where a column is not recognised, or wrongly

    Returns
    -------
    str
        YAML.

    Raises
    ------
    Refused, UnknownName, ReadError
        As `wb.table`; for a name that another entry has.
    """
    given = opened(data)
    name = name or as_name(Path(given.name).stem) or "mine"
    if name in catalog():
        raise Refused(_("{name} is an entry of the catalogue: give your table another name.").format(name=name))
    found = taken(given.frame, columns or {}, measures or {}, nuts)
    made = table(given, columns=columns, measures=measures, name=name, nuts=nuts)

    lines = [
        _("# A draft for {file}. Finish the lines with FILL IN, save it beside the file, and open it with").format(
            file=given.name or _("your table")
        ),
        f'# wb.catalog("{name}.yml") ' + _("or --catalog {name}.yml. What was recognised:").format(name=name),
        *(f"# - {' '.join(note.split())}" for note in (*given.notes, *found.notes)),
        *(f"# {line}" for line in str(made.report).splitlines()),
        "version: 2",
        "metadata: {title: " + _inline(name) + "}",
        "user_parameters: {}",
        "data: {}",
        f"aliases: {{{name}: {name}}}",
        "entries:",
        f"  {name}:",
        "    reader: workbench.sources.catalog:TableReader",
        "    output_instance: pandas:DataFrame",
        "    user_parameters: {}",
        "    kwargs:",
        f"      name: {name}",
        f"      function: own_tables:{_reader(given.name)}",
        "      options:",
        *_columns(given.frame.columns, {**found.meant, **(columns or {})}, {*(columns or {}), *(measures or {})}),
        "    metadata:",
        *(f"      {line}" for line in _written(_metadata(made, given.name, name))),
    ]
    return "\n".join(lines) + "\n"


def _reader(file: str) -> str:
    """The generic reader of a file; of a frame the one of the Parquet file that it can be saved as."""
    ending = Path(file).suffix.lower()
    return next((reader for reader, ends in ENDINGS.items() if ending in ends), "table_parquet")


def _columns(headings, meant: Mapping[str, str | None], given: set[str]) -> Iterator[str]:
    """What each heading means, and how that is known; those that mean nothing yet are left to the user."""
    measured = {heading: target for heading, target in meant.items() if target in MEASURES}
    yield "        columns:" if len(measured) < len(list(headings)) else "        columns: {}"
    for heading in headings:
        if heading in measured:
            continue
        target = meant.get(heading)
        known = _("as you said") if heading in given else _("found by its heading or entries")
        todo = _("FILL IN: not used; to divide by it, write a name such as {name}").format(
            name=as_name(heading) or "name"
        )
        comment = known if target else todo
        if _NOT_TAKEN.search(heading):
            plain = " ".join(heading.split())
            yield f"          # {plain}: " + _("FILL IN: braces and line ends are not taken: rename the heading")
            continue
        yield f"          {_inline(heading)}: {target or 'null'}  # {comment}"
    yield "        measures:" if measured else "        measures: {}"
    for heading, target in measured.items():
        known = _("as you said") if heading in given else _("found by its heading or entries")
        yield f"          {_inline(heading)}: {target}  # {known}"


def _metadata(made: Table, file: str, name: str) -> Iterator[_Line]:
    """Every key that a catalogue entry has; what a table does not say is the most careful value, with a FILL IN."""
    rows, cube, year = made.rows, made.cube, datetime.now(UTC).year
    people = [measure for measure in rows.measures if measure in PEOPLE]
    counts = "accidents" in rows.measures or rows.people_only
    endings = ENDINGS[_reader(file)]
    ending = Path(file).suffix.lower() if Path(file).suffix.lower() in endings else endings[0]
    file_name = file if _FILE_NAME.fullmatch(file) and file.lower().endswith(ending) else f"{name}{ending}"
    renamed = "" if file_name == file else _("FILL IN: save or rename the file so")

    yield _Line(key="title", value=name, comment=_("FILL IN: what it is, in a line"))
    yield _Line(key="description", value=_("A table of one's own."), comment=_("FILL IN: what it has, in a sentence"))
    yield _Line(key="kind", value="exposure" if rows.people_only else "accidents", comment=_("accidents or exposure"))
    yield _Line(key="publisher", value=_("not stated"), comment=_("FILL IN: who counted"))
    yield _Line(key="licence", value=_("not stated"), comment=_("FILL IN: who may use it, and how"))
    yield _Line(key="attribution", value=_("not stated"), comment=_("FILL IN: the sentence that stands beside figures"))
    yield _Line(key="url", value=None)
    yield _Line(key="temporal", value=list(cube.years()) if cube.years() else None, comment=_("first and last year"))
    yield _Line(key="spatial", value=_("not stated"), comment=_("FILL IN: which places"))
    yield _Line(key="nuts_edition", value=rows.nuts if "nuts" in rows.axes else None, comment=_("of the regions"))
    yield _Line(key="form", value="cells" if counts else "records", comment=_("records: a row for each accident"))
    yield _Line(key="dimensions", value=_dimensions(made))
    yield _Line(key="margins", value={})
    yield _Line(
        key="measures",
        value={
            key: {"unit": measure.unit, "how": measure.how, "label": measure.label}
            for key, measure in cube.measures.items()
            if key in ("accidents", *PEOPLE)
        },
    )
    yield _Line(key="flags", value={})
    yield _Line(key="breaks", value=[], comment=_("FILL IN: {year: 2020, reason: why, where: IT, sectors: []}"))
    yield _Line(key="population", value=_("not stated"), comment=_("FILL IN: of whom accidents were counted"))
    yield _Line(key="coverage", value="full", comment=_("FILL IN: full or sample; a sample is never divided by people"))
    yield _Line(key="coverage_by_way", value={})
    yield _Line(key="event", value="", comment=_("FILL IN: what counts as one accident"))
    yield _Line(key="place_basis", value=None, comment=_("FILL IN: workplace, residence or authority"))
    yield _Line(key="year_basis", value=None, comment=_("FILL IN: accident or notification"))
    yield _Line(key="release", value=_("As of {date}").format(date=datetime.now(UTC).date()))
    yield _Line(
        key="exposure",
        value="self" if people and not rows.people_only else None,
        comment=_("self: people of the same table; else FILL IN: the entry with the people at risk, as eurostat:ID"),
    )
    yield _Line(key="source_kind", value="register", comment=_("register, survey or sensor"))
    yield _Line(
        key="sensitivity",
        value=origin_of(cube).dataset.sensitivity,
        comment=_("persons or health where a row is about one person: small figures are withheld; else aggregate"),
    )
    yield _Line(
        key="citation",
        value={"key": f"{name}_{year}", "author": _("not stated"), "year": year, "title": name},
        comment=_("FILL IN"),
    )
    yield _Line(key="access", value="open")
    yield _Line(key="how_to_obtain", value="")
    yield _Line(key="defaults", value={})
    yield _Line(key="breakdown", value=[])
    yield _Line(key="labels", value=_labels(made), comment=_("FILL IN: what codes of your own mean"))
    yield _Line(key="notes", value=[], comment=_("FILL IN: what one has to know of the figures"))
    yield _Line(key="files", value={"bundled": [file_name], "mirror": [], "live": []}, comment=renamed)
    yield _Line(key="parameters", value={})
    yield _Line(key="code", value={})


def _dimensions(made: Table) -> list[str]:
    """The dimensions of a table; of regions, sectors and occupations the finest level that it has."""
    names = []
    for axis in made.rows.axes:
        levels = [dim for dim in DIMENSIONS.values() if dim.axis == axis]
        known = made.cube.lists.get(axis)
        if levels[0].level is not None and known is not None:
            finest = max((known.level(code) or 0 for code in made.cube.codes(axis) if code != UNKNOWN), default=0)
            levels = [dim for dim in levels if dim.level is not None and dim.level <= finest] or levels[:1]
        names.append(levels[-1].name)
    return names


def _labels(made: Table) -> dict[str, dict[str, str]]:
    """The codes of dimensions of the table's own, each as its own label for now."""
    own = [axis for axis in made.rows.axes if axis in DIMENSIONS and DIMENSIONS[axis].codelist == "open"]
    codes = {axis: [str(code) for code in made.cube.codes(axis) if code != UNKNOWN] for axis in own if axis != "month"}
    few = {axis: found for axis, found in codes.items() if len(found) <= MOST_LABELS}
    return {axis: {code: code for code in found if not _NOT_TAKEN.search(code)} for axis, found in few.items()}


def _written(lines: Iterator[_Line]) -> Iterator[str]:
    for line in lines:
        comment = f"  # {line.comment}" if line.comment else ""
        yield f"{line.key}: {_inline(line.value)}{comment}"


def _inline(value: object) -> str:
    """A value as YAML in one line."""
    text = yaml.safe_dump(value, allow_unicode=True, default_flow_style=True, sort_keys=False, width=100_000)
    return text.removesuffix("...\n").strip()
