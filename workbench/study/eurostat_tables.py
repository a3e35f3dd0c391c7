"""Eurostat tables by their ids as they are loaded: what their files mean, which part they are, and whose copy."""

from collections.abc import Mapping

from workbench.sources.catalog import Dataset, catalog
from workbench.sources.download import Located
from workbench.sources.eurostat import table_of
from workbench.sources.eurostat_meaning import described, meaning_of
from workbench.sources.readers.eurostat_header import header_of
from workbench.sources.wording import cite
from workbench.terms.tables import Report
from workbench.terms.text import _


def with_meaning(
    dataset: Dataset, located: Located, way: str, parameters: Mapping, report: Report
) -> tuple[Dataset, dict]:
    """The entry with what its files say of it, and what is kept with the rows so that they mean the same later.

    Parameters
    ----------
    dataset : as it was before its files were looked at
    located, way : its files and how they came
    parameters : which part was asked for
    report : where it is noted how dimensions and units were taken

    Returns
    -------
    (Dataset, dict)

    Raises
    ------
    ReadError
        For files of another table, or of none.
    """
    meaning = meaning_of(dataset, header_of(located.paths))
    found, kept = described(dataset, meaning), {"table": meaning}
    copy = {"file": located.address, "hash": located.sha256s[0][:12]}
    if way == "file":
        report.note(_("Your copy of the table: {file}, SHA-256 {hash}.").format(**copy))
        kept["citation"] = _("{citation} Your copy of it: {file}, SHA-256 {hash}.").format(citation=cite(found), **copy)
    if parameters:
        chosen = ", ".join(f"{name}={value}" for name, value in parameters.items())
        report.note(_("A part of the table: {chosen}.").format(chosen=chosen))
    for note in meaning["notes"]:
        report.note(note)

    listed = table_of(dataset.name)
    if listed in catalog():
        message = _("The catalogue has this table as {listed}, with its files, breaks and people at risk checked.")
        report.note(message.format(listed=listed))
    return found, kept
