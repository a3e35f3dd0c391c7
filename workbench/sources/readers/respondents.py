"""Files of respondents, of SPSS, Stata, Parquet or text, with what their codebook makes of them."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.sources.codebooks import codebook as codebook_of
from workbench.sources.readers.own_file import STATISTICS, read_own_file
from workbench.sources.readers.own_statistics import statistics_file
from workbench.terms.codes import CodeList, codelist
from workbench.terms.dimensions import DIMENSIONS, own_dimension
from workbench.terms.entries import as_text, entries, recoded
from workbench.terms.errors import ReadError, close_to, shown
from workbench.terms.nuts import editions_with
from workbench.terms.survey_table import NO_ANSWER, OUTSIDE, Codebook, SurveyDimension, SurveyQuestion
from workbench.terms.tables import Report
from workbench.terms.text import _, n_
from workbench.terms.words import some

UNKNOWN = "UNK"
_WHOLE = re.compile(r"-?\d+\.0")


def read_respondents(paths: Sequence[Path], report: Report, codebook: str) -> Iterator[pd.DataFrame]:
    """One row per respondent, with the columns of `SurveyTable`; nothing that identifies a person.

    Parameters
    ----------
    paths : sequence of Path
        One file, or the waves of one survey with the same columns.
    report : Report
        Where rows read and noted are counted.
    codebook : str
        Name of a codebook that comes with the workbench, or the path of one.

    Yields
    ------
    DataFrame

    Raises
    ------
    ReadError
        For a file without a column that the codebook names.
    """
    meaning = codebook_of(codebook)
    for path in paths:
        yield respondents(raw_answers(path), meaning, report, path.name)


def raw_answers(path: Path) -> pd.DataFrame:
    """A file's columns with its own codes: numbers of SPSS and Stata are not replaced by their labels.

    Values that SPSS or Stata declare as missing stay as they are, so that the codebook can tell them apart.

    Raises
    ------
    ReadError
        For a damaged or empty file, or one of another kind.
    """
    if path.suffix.lower() not in STATISTICS:
        return read_own_file(path).frame
    return statistics_file(path, user_missing=True)[0]


def respondents(raw: pd.DataFrame, codebook: Codebook, report: Report, name: str) -> pd.DataFrame:
    """The columns of `SurveyTable` from those of a file.

    Parameters
    ----------
    raw : DataFrame
        A row per respondent, columns as in the file.
    codebook : Codebook
    report : Report
        Where rows and what was found are noted.
    name : str
        Of the file, for messages.

    Returns
    -------
    DataFrame

    Raises
    ------
    ReadError
        For columns that the file does not have, and for weights below 0.
    """
    raw = raw.reset_index(drop=True)
    _check_columns(raw, codebook, name)
    report.rows_read += len(raw)

    columns = {weight_column(weight.column): _weights(raw, weight.column, report) for weight in codebook.weights}
    columns |= {axis: _groups(raw, given, report) for axis, given in codebook.dimensions.items()}
    columns["mode"] = _modes(raw, codebook, columns.get("year"))
    if codebook.samples:
        parts = [coded(raw[column]).astype(str) for column in codebook.samples]
        columns["sample"] = parts[0].str.cat(parts[1:], sep=" ") if parts[1:] else parts[0]
    for column, source in (("stratum", codebook.strata), ("psu", codebook.psu)):
        if source:
            parts = [coded(raw[factor]).astype(str) for factor in factors_of(source)]
            columns[column] = parts[0].str.cat(parts[1:], sep=" ").astype(object) if parts[1:] else parts[0]
    if codebook.population_units:
        columns["population_units"] = _numbers(raw[codebook.population_units])
    if codebook.replicates:
        for i, column in enumerate(codebook.replicates.columns, start=1):
            columns[f"replicate_{i}"] = _numbers(raw[column])
    for question in codebook.questions.values():
        columns |= _answers(raw[question.column], question, report)
    return pd.DataFrame(columns)


def weight_column(column: str) -> str:
    """How the column of a weight is called in a survey table."""
    return f"weight_{column}"


def factors_of(column: str) -> list[str]:
    """The columns of a product, such as pspwght*pweight; of strata those that are crossed."""
    return [factor.strip() for factor in column.split("*")]


def coded(column: pd.Series) -> pd.Series:
    """A column as text codes: 1.0, as programs write whole numbers into text files, is the code 1."""
    written = as_text(column)
    whole = {entry: entry.removesuffix(".0") for entry in entries(written) if _WHOLE.fullmatch(entry)}
    return recoded(written, whole)


def _check_columns(raw: pd.DataFrame, codebook: Codebook, name: str) -> None:
    """ReadError naming every column that the codebook means and the file does not have."""
    factors = [factor for weight in codebook.weights for factor in factors_of(weight.column)]
    replicates = codebook.replicates.columns if codebook.replicates else ()
    drawn = [*factors_of(codebook.strata), *factors_of(codebook.psu)]
    design = [*codebook.samples, *drawn, codebook.population_units, codebook.mode_column, *replicates]
    groups = [given.column for given in codebook.dimensions.values()]
    questions = [question.column for question in codebook.questions.values()]
    needed = [column for column in (*factors, *design, *groups, *questions) if column]
    missing = [column for column in dict.fromkeys(needed) if column not in raw]
    if missing:
        message = _("{name} has no column {columns}, which the codebook names.{close} {advice}")
        close = close_to(missing[0], raw.columns)
        known = [codebook.advice[column] for column in missing if column in codebook.advice]
        advice = " ".join(known) or _("Correct the codebook, or take out what this file does not have.")
        raise ReadError(message.format(name=shown(name), columns=some(missing, 8), close=close, advice=advice))


def _weights(raw: pd.DataFrame, column: str, report: Report) -> pd.Series:
    """A weight, or the product of several; missing where one is."""
    factors = [_numbers(raw[factor]) for factor in factors_of(column)]
    weights = pd.concat(factors, axis=1).prod(axis=1, skipna=False)
    if negative := int((weights < 0).sum()):
        message = n_(
            "{n} weight of {column} is below 0: a respondent cannot stand for fewer than nobody. Is it a weight?",
            "{n} weights of {column} are below 0: a respondent cannot stand for fewer than nobody. Is it a weight?",
            negative,
        )
        raise ReadError(message.format(n=negative, column=column))
    if without := int(weights.isna().sum()):
        message = n_(
            "{n} respondent has no weight {column} and is left out where that weight is used.",
            "{n} respondents have no weight {column} and are left out where that weight is used.",
            without,
        )
        report.note(message.format(n=without, column=column))
    if none := int((weights == 0).sum()):
        message = n_(
            "{n} respondent has the weight 0 in {column}: part of the design, never of a figure.",
            "{n} respondents have the weight 0 in {column}: part of the design, never of a figure.",
            none,
        )
        report.note(message.format(n=none, column=column))
    return weights


def _groups(raw: pd.DataFrame, given: SurveyDimension, report: Report) -> pd.Series:
    """A column of groups in the codes of its axis; UNK where nothing is known."""
    written = coded(raw[given.column])
    known = _list_of(given)
    meant, strange = {}, []
    for entry in entries(written):
        code = given.codes.get(entry, entry)
        if given.bands:
            code = _band(code, given.bands)
        if known is None or code == UNKNOWN:
            meant[entry] = code
        elif known.knows(code):
            meant[entry] = known.parse(code)
        else:
            meant[entry] = UNKNOWN
            strange.append(entry)
    if strange:
        _note_strange(written, strange, given, report)
    column = written.map(meant).astype(object)
    found = column.where(column.notna(), UNKNOWN)
    return pd.to_numeric(found.replace(UNKNOWN, None)).astype("Int64") if given.axis == "year" else found


def _modes(raw: pd.DataFrame, codebook: Codebook, years: pd.Series | None) -> pd.Series:
    """How each respondent was asked: as a column says, else as the codebook says of the wave, or of all."""
    if codebook.mode_column:
        written = coded(raw[codebook.mode_column]).astype(object)
        return written.map(dict(codebook.mode_labels)).fillna(written).fillna("")
    if codebook.modes and years is not None:
        return years.astype(str).map(dict(codebook.modes)).fillna(codebook.mode).astype(object)
    return pd.Series(codebook.mode, index=raw.index, dtype=object)


def _list_of(given: SurveyDimension) -> CodeList | None:
    """The code list of an axis; None for years and for an axis of the survey's own."""
    if given.axis == "nuts":
        return codelist("nuts", given.edition or None)
    names = {dimension.codelist for dimension in DIMENSIONS.values() if dimension.axis == given.axis}
    if not names:
        own_dimension(given.axis)
    return codelist(names.pop()) if names and not names & {"open", "year"} else None


def _band(age: str, bands: Sequence[int]) -> str:
    """The band of a single year of age: Y15-24, and Y_GE65 from the last one on."""
    try:
        years = float(age)
    except ValueError:
        return UNKNOWN
    if years < bands[0]:
        return f"Y_LT{bands[0]}"
    place = int(np.searchsorted(bands, years, side="right")) - 1
    return f"Y_GE{bands[place]}" if place == len(bands) - 1 else f"Y{bands[place]}-{bands[place + 1] - 1}"


def _note_strange(written: pd.Series, strange: list[str], given: SurveyDimension, report: Report) -> None:
    """Say which codes are none of the axis, and of regions which edition has them."""
    n = int(written.isin(strange).sum())
    other = sorted({edition for code in strange for edition in editions_with(code)}) if given.axis == "nuts" else []
    message = n_(
        "{n} respondent has a code of {column} that {axis} does not know ({codes}): not in any group by it.{editions}",
        "{n} respondents have codes of {column} that {axis} does not know ({codes}): not in any group by it.{editions}",
        n,
    )
    editions = _(" Editions of NUTS that have some of them: {editions}.").format(editions=", ".join(other))
    words = {"n": n, "column": given.column, "axis": given.axis, "codes": some(map(shown, strange))}
    report.note(message.format(**words, editions=editions if other else ""))


def _answers(column: pd.Series, question: SurveyQuestion, report: Report) -> dict[str, pd.Series]:
    """The answers to a question as codes, reasons for having none apart; of a number also the number."""
    written = coded(column)
    codes_given = entries(written)
    if question.is_number:
        numbers = _numbers(pd.Series(codes_given, dtype=object))
        fitting = [
            entry not in question.missing and np.isfinite(n) for entry, n in zip(codes_given, numbers, strict=True)
        ]
    else:
        fitting = [entry in question.answers for entry in codes_given]
    meant = {
        entry: entry if fits else question.missing.get(entry, OUTSIDE)
        for entry, fits in zip(codes_given, fitting, strict=True)
    }
    outside = [entry for entry, code in meant.items() if code == OUTSIDE]
    if outside:
        n = int(written.isin(outside).sum())
        message = n_(
            "{n} answer to {question} is not in the codebook ({codes}) and counts as no answer. Add it to answers, or "
            "to missing with its reason.",
            "{n} answers to {question} are not in the codebook ({codes}) and count as no answer. Add them to answers, "
            "or to missing with their reason.",
            n,
        )
        report.note(message.format(n=n, question=question.code, codes=some(map(shown, outside))))
    codes = written.map(meant).astype(object)
    codes = codes.where(codes.notna(), question.missing.get("", NO_ANSWER))
    if not question.is_number:
        return {f"answer_{question.code}": codes}
    is_number = codes.map(lambda code: not code.startswith("."), na_action=None).astype(bool)
    numbers = _numbers(written.astype(object)).where(is_number)
    return {f"answer_{question.code}": codes.where(~is_number, "number"), f"number_{question.code}": numbers}


def _numbers(column: pd.Series) -> pd.Series:
    """Numbers, of text too; NaN for what is none."""
    return pd.to_numeric(column.astype(object), errors="coerce").astype("float64")
