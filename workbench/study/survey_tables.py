"""Survey tables by name or from a file of one's own: respondents and their codebook, read once and kept in memory."""

from functools import lru_cache
from pathlib import Path

from workbench import store
from workbench.disclosure_control import roles
from workbench.sources.catalog import catalog
from workbench.sources.codebooks import codebook as codebook_of
from workbench.sources.download import locate_file
from workbench.sources.readers.respondents import raw_answers, respondents
from workbench.study.loading import parts_of, provenance_of
from workbench.study.origin import Origin
from workbench.terms.errors import Refused, UnknownName
from workbench.terms.places import bundled
from workbench.terms.survey_table import Codebook, SurveyTable
from workbench.terms.tables import Report
from workbench.terms.text import _

RESPONDENTS = "respondents"
"""What an entry's `form` says when it has one row per respondent of a survey."""


def survey_table(path: Path | str, *, codebook: Path | str | None = None) -> SurveyTable:
    """Respondents of a survey: those of an entry, or of a file of one's own with a codebook.

    Parameters
    ----------
    path : name of an entry whose rows are respondents, or "workers_made_up", which comes along; or a file of SPSS,
        Stata, Parquet, CSV or Excel
    codebook : of a file of one's own, what its columns mean: a YAML file, or the name of a codebook that comes with
        the workbench, such as "eurobarometer"

    Returns
    -------
    SurveyTable
        For `wb.survey`; `.questions("words")` looks through the texts of the questions.

    Raises
    ------
    NotAvailable
        For a file or a codebook that is not there; for an entry of which no file was loaded, with how to obtain it.
    ReadError
        For a file that does not have the columns of its codebook.
    Refused
        For a file without a codebook; for an entry whose rows are no respondents.
    """
    if not isinstance(path, str | Path):
        message = _("A survey is the name of an entry, what wb.survey_table gives, or a file; {given!r:.60} is none.")
        raise Refused(message.format(given=path))
    if isinstance(path, str) and codebook is None and path in catalog():
        return _of_entry(path)
    way = "own"
    if (
        isinstance(path, str)
        and codebook is None
        and (made_up := bundled("catalogs") / "data" / f"{path}.csv").is_file()
    ):
        codebook, path, way = path, made_up, "bundled"
    if codebook is None:
        if isinstance(path, str) and not Path(path).expanduser().exists():
            raise _unknown(path)
        message = _(
            "A file of respondents needs a codebook that says which columns are weights, groups and questions: "
            'survey_table("{path}", codebook="mine.yml"), or --codebook mine.yml.'
        )
        raise Refused(message.format(path=path))
    meaning = codebook_of(codebook)
    file, report = Path(path).expanduser(), Report()
    located = locate_file(file)
    frame = respondents(raw_answers(file), meaning, report, file.name)
    source = {
        "name": file.stem,
        "citation": meaning.citation,
        "licence": meaning.licence,
        "attribution": meaning.publisher or meaning.title,
        "way": way,
        "address": file.name,
        "sha256": list(located.sha256s),
    }
    return SurveyTable(name=file.stem, codebook=meaning, frame=frame, notes=tuple(report.notes), source=source)


def survey_entries() -> list[str]:
    """The entries of the catalogue whose rows are respondents."""
    return [name for name in catalog() if catalog()[name].form == RESPONDENTS]


def codebook_of_entry(name: str) -> Codebook:
    """The codebook of an entry whose rows are respondents."""
    return codebook_of(catalog()[name].options["codebook"])


def _of_entry(name: str) -> SurveyTable:
    dataset = catalog()[name]
    if dataset.form != RESPONDENTS:
        message = _("{name} does not hold the answers of single respondents. Entries that do: {names}.")
        raise Refused(message.format(name=name, names=", ".join(survey_entries())))
    roles.check(name, dataset.sensitivity, "cells")
    parts = parts_of(name, None, None, None, {})
    return _stored(name, tuple((part.table, part.folder) for part in parts))


@lru_cache(maxsize=4)
def _stored(name: str, tables: tuple[tuple[str, str], ...]) -> SurveyTable:
    """The stored respondents of an entry; kept until they are loaded again, which gives them another folder."""
    parts = [store.manifest(table) for table, _folder in tables]
    origin = Origin(dataset=catalog()[name], provenance=provenance_of(parts))
    notes = dict.fromkeys(note for part in parts for note in part.report.get("notes", ()))
    frame = store.read(tables[0][0])
    return SurveyTable(
        name=name, codebook=codebook_of_entry(name), frame=frame, notes=tuple(notes), source=origin.source()
    )


def _unknown(name: str) -> UnknownName:
    names = survey_entries()
    hint = _("There are: {names}. A file of your own: survey_table(FILE, codebook=YAML).")
    return UnknownName(_("survey"), name, names, hint=hint.format(names=", ".join(names)))
