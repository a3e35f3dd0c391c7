"""A finding as a package: what a reader needs to check it, to ask it again and to cite it."""

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Protocol

import yaml

from workbench import __version__
from workbench.cubes.selection import Selection
from workbench.terms.codes import CodeList
from workbench.terms.text import _


class Answer(Protocol):
    """What a package needs of a finding, which is written with it."""

    question: str
    selection: Selection
    by: tuple[str, ...]
    summary: str
    notes: tuple[str, ...]
    sources: tuple[Mapping, ...]
    synthetic: bool
    lists: Mapping[str, CodeList]
    attribution: str

    def cite(self) -> str:
        """The sources as one line."""

    def to_dict(self) -> dict:
        """Frame, columns, notes and sources as plain values."""


def context(finding: Answer) -> dict[str, str]:
    """What every row of a table of its own says of where it comes from.

    Parameters
    ----------
    finding : Answer
        A finding.

    Returns
    -------
    dict of str to str
        selection, years, source and licence.
    """
    years = finding.selection.years
    return {
        "selection": finding.selection.words(finding.lists),
        "years": "-".join(map(str, dict.fromkeys(years))) if years else _("all years"),
        "source": finding.attribution,
        "licence": "; ".join(_each(finding, "licence")),
    }


def selection_yml(finding: Answer) -> str:
    """The question as YAML: data set, dimensions, selection.

    Parameters
    ----------
    finding : Answer
        A finding.

    Returns
    -------
    str
    """
    name = next((source["name"] for source in finding.sources), "")
    question = {"dataset": name, "by": list(finding.by), "selection": finding.selection.to_dict()}
    return yaml.safe_dump(question, sort_keys=False, allow_unicode=True)


def metadata(finding: Answer, accessed: date) -> str:
    """What the table holds, as JSON: columns with units, notes, sources with hashes, versions, the date of access.

    Parameters
    ----------
    finding : Answer
        A finding.
    accessed : date

    Returns
    -------
    str
    """
    found = finding.to_dict()
    del found["frame"]
    return json.dumps(
        {
            **found,
            "synthetic": finding.synthetic,
            "dataset": next((source["name"] for source in finding.sources), ""),
            "by": list(finding.by),
            "selection": finding.selection.to_dict(),
            **{name: text for name, text in context(finding).items() if name != "selection"},
            "accessed": accessed.isoformat(),
            "made_with": f"OSH Workbench {__version__}",
        },
        indent=1,
        ensure_ascii=False,
    )


def readme(finding: Answer, accessed: date) -> str:
    """The package in words: the finding, what is in the files, how to cite it, its licence and the date of access.

    Parameters
    ----------
    finding : Answer
        A finding.
    accessed : date

    Returns
    -------
    str
    """
    about = context(finding)
    lines = [
        finding.question,
        finding.summary,
        _("Selection: {selection}").format(selection=about["selection"]),
        *([_("Synthetic data: generated, not a publisher's figures.")] if finding.synthetic else []),
        "\n".join(f"- {note}" for note in finding.notes),
        _("Cite as: {citation}").format(citation=finding.cite()),
        _("Licence: {licence}").format(licence=about["licence"] or _("not stated")),
        _("Accessed: {date}, with OSH Workbench {version}").format(date=accessed.isoformat(), version=__version__),
        _("table.csv has the figures, metadata.json their columns, notes and sources, selection.yml the question."),
    ]
    return "\n\n".join(line for line in lines if line) + "\n"


def bibtex(finding: Answer, accessed: date) -> str:
    """The sources as BibTeX, one entry each, with the selection and the date of access.

    Parameters
    ----------
    finding : Answer
        A finding.
    accessed : date

    Returns
    -------
    str
    """
    return "\n".join(_entry(source, finding, accessed) for source in finding.sources)


def datapackage(finding: Answer, table: str) -> str:
    """What describes the table to programs: a Tabular Data Package of Frictionless Data (specification of 2017).

    Parameters
    ----------
    finding : Answer
        A finding.
    table : str
        Its CSV, as `table.csv` has it.

    Returns
    -------
    str
        JSON: licences, sources, and of each column its type and unit.
    """
    header, *rows = csv.reader(io.StringIO(table))
    units = finding.to_dict()["columns"]
    fields = [
        {
            "name": name,
            "type": _type(name, [row[place] for row in rows], finding.by),
            **({"unit": units[name]} if units.get(name) else {}),
        }
        for place, name in enumerate(header)
    ]
    described = {
        "profile": "tabular-data-package",
        "name": "finding",
        "title": finding.question,
        "description": finding.summary,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "licenses": [{"name": "other", "title": title} for title in _each(finding, "licence")],
        "sources": [{"title": title} for title in _each(finding, "citation")],
        "resources": [
            {
                "profile": "tabular-data-resource",
                "name": "table",
                "path": "table.csv",
                "encoding": "utf-8",
                "hash": f"sha256:{hashlib.sha256(table.encode()).hexdigest()}",
                "schema": {"fields": fields, "missingValues": [""]},
            }
        ],
    }
    return json.dumps(described, indent=1, ensure_ascii=False)


def _type(name: str, cells: list[str], by: Sequence[str]) -> str:
    """The type of a column: codes are texts, whatever they look like; years are whole numbers."""
    if name == "year":
        return "integer"
    if name in by or not any(cells):
        return "string"
    try:
        list(map(float, filter(None, cells)))
    except ValueError:
        return "string"
    return "number"


def _entry(source: dict, finding: Answer, accessed: date) -> str:
    version = next(iter(source.get("sha256") or [""]), "")[:12]
    fields = {
        "title": source["citation"],
        "note": _("Selection: {selection}. Data version {version}").format(
            selection=context(finding)["selection"], version=version or source.get("retrieved") or _("not stated")
        ),
        "urldate": accessed.isoformat(),
    }
    body = ",\n".join(f"  {name} = {{{_escaped(text)}}}" for name, text in fields.items())
    return f"@misc{{{source['name']}_{accessed.year},\n{body}\n}}\n"


def _escaped(text: str) -> str:
    for sign in "\\{}":
        text = text.replace(sign, "")
    return "".join(f"\\{letter}" if letter in "&%$#_" else letter for letter in text)


def _each(finding: Answer, name: str) -> list[str]:
    return list(dict.fromkeys(str(source[name]) for source in finding.sources if source.get(name)))
