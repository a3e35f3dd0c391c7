"""Regression: which groups carry more risk, the others held alike; counts over exposure from the cells of a cube."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.disclosure_control.rules import Rules, degrees_left, too_few
from workbench.models.regression import fit_regression
from workbench.models.regression_design import parse_formula
from workbench.models.regression_reading import reading
from workbench.models.regression_result import RegressionResult
from workbench.study.answer import answer
from workbench.study.breaks import breaks, crossed
from workbench.study.chart import Chart
from workbench.study.disclose import disclose, emptied, how_many
from workbench.study.divide import Divided, divide
from workbench.study.finding import Finding
from workbench.study.protection import protection_of
from workbench.terms.codes import UNKNOWN
from workbench.terms.dimensions import DIMENSIONS, dimension
from workbench.terms.errors import ModelError, Refused
from workbench.terms.text import _, n_
from workbench.terms.words import dimensions

COUNTS, EXPOSURE = "accidents", "employed"
CODED = re.compile(r"(?P<name>\w+)(?:\[(?P<bracketed>[^\]]+)\]|=(?P<equal>[\w-]+))")
"""How a model writes a level of a category, in a term and in a refusal."""


# The three that every question takes, and the choices of `fit_regression` that are safe to make on a cube.
def regression(  # noqa: PLR0913
    source: str | Cube,
    selection: Selection | None = None,
    terms: str | Sequence[str] = (),
    *,
    family: str = "poisson",
    references: Mapping[str, str] | None = None,
    cluster: str | None = None,
    errors: str | None = None,
    separation: str = "refuse",
    exposure: str | None = None,
    level: float = 0.95,
) -> Finding:
    """Rate ratios of a log-linear model of the counts with the exposure as offset; `model` is the `CountRegression`.

    Counts of a table of one's own without people are modelled alone: ratios are then of expected counts, and a
    combination of groups that no row names counts as zero.

    The cells of the formula's dimensions are all that a Poisson model needs: coefficients and model-based errors are
    those of the finest cells. Dispersion, robust errors and NB2 depend on the unit of analysis, which a note names.

    Parameters
    ----------
    source : name of a catalogue entry, or a cube
    selection : what is asked for; the entry's defaults hold where it says nothing
    terms : dimensions, as a list or joined by `+` and `*`: `["sex", "nace1"]`, `"sex * nace1"`; `"C(year)"` for
        years as categories
    family : "poisson", "quasi-poisson" or "nb2"
    references : the level that the others are compared with, by dimension; else the one with most people
    cluster : a dimension whose groups are not independent inside, such as nuts2
    errors : "model", "hc0", "hc1"; with `cluster` its small-sample factor: "cluster" (G / (G - 1)), "cluster0" (none),
        "cluster1" (also times (n - 1) / (n - k))
    separation : "refuse" groups without an accident, which no finite ratio fits; or "leave_out" their cells, which a
        note names
    exposure : entry that holds the people at risk, in place of the one the catalogue names
    level : of the intervals

    Returns
    -------
    Finding
        frame: a row per term: the ratio as value low high, `p_value`, count (events behind it). `model` answers
        further questions: average_rates, residuals, dispersion_test, zeros, frequencies, against a smaller one. Of
        data on persons, terms with fewer than ten events, and units of analysis that a table would withhold, are
        withheld, in `model` too; all of
        them are fitted.

    Raises
    ------
    Refused, ModelError
        When rates cannot be divided here; when the model cannot be fitted, with what to do.
    """
    terms = terms if isinstance(terms, str) else " + ".join(terms)
    if not terms:
        raise Refused(_('Give the terms of the model, such as terms="sex + nace1" or ["sex", "nace1"].'))
    named = [*parse_formula(f"{COUNTS} ~ {terms}").variables, *([cluster] if cluster else [])]
    names = [*dict.fromkeys(dimension(name).name for name in named)]

    divided = divide(source, selection, by=_finest(names), exposure=exposure, needs="people", level=level, alone=True)
    alone = not divided.people
    divided = _with_empty_cells(divided) if alone else divided
    cells = _cells(divided, names)
    labels = {n: {code: divided.label(n, code) for code in cells.frame[n].unique()} for n in names if n != "year"}
    try:
        model = fit_regression(
            cells.frame,
            f"{COUNTS} ~ {terms}",
            exposure=None if alone else EXPOSURE,
            family=family,
            references=references,
            errors=errors,
            cluster=cluster,
            unit=names,
            separation=separation,
            level=level,
        )
    except ModelError as refusal:
        raise ModelError(_labelled(str(refusal), labels)) from refusal
    model = replace(model, notes=tuple(_labelled(note, labels) for note in model.notes))

    # a term of years compares them, whatever lies between
    declared = breaks(divided.cube, divided.selection)
    across = crossed(divided.frame, divided.by, declared=declared, label=divided.label)
    notes = (*cells.notes, *model.notes, *across.notes(), _("Unit of analysis: {unit}.").format(unit=model.unit))
    ratios = replace(divided, by=(), frame=_ratios(model, labels, alone), notes=(*notes, *divided.notes))
    disclosed = disclose(ratios)
    if disclosed.protection is not None:
        model = _withheld(model, divided, disclosed.protection.rules)
    return answer(
        disclosed,
        disclosed.frame,
        title=_("Ratios of expected counts") if alone else _("Rate ratios"),
        chart=Chart(kind="rows", ratio=True),
        columns={"term": "", "term_label": "", "p_value": ""},
        model=model,
        words=(
            across.said(reading(model, labels=labels, names={name: dimension(name).label for name in names})),
            across.within(_headline(model, names, labels, divided.words)),
        ),
    )


def _labelled(text: str, labels: Mapping[str, Mapping[str, str]]) -> str:
    """A note of the model, which knows codes alone, with their labels: `nace1[F]` and `nace1=F` as Construction."""

    def label(found: re.Match) -> str:
        return labels.get(found["name"], {}).get(found["bracketed"] or found["equal"], found[0])

    return CODED.sub(label, text)


@dataclass(frozen=True, kw_only=True)
class _Cells:
    """The cells that are fitted, and notes on those that are not."""

    frame: pd.DataFrame = field(repr=False)
    notes: tuple[str, ...]


def _cells(divided: Divided, names: Sequence[str]) -> _Cells:
    """The cells of known codes with a count and people, a column for each dimension of the formula."""
    columns = [*names, "count", "exposure"]
    cells = _with_parents(divided, names)[columns].set_axis([*names, COUNTS, EXPOSURE], axis=1)
    counts, people = cells[COUNTS].to_numpy(float), cells[EXPOSURE].to_numpy(float)
    groups = zip(*(cells[name].tolist() for name in names), strict=True)
    unknown = np.array([UNKNOWN in codes for codes in groups], bool)
    missing = ~unknown & np.isnan(counts + people)
    notes = []
    if unknown.any():
        n = np.nansum(counts[unknown])
        if n > 0:  # cells in which nothing happened leave nothing out
            notes.append(
                n_(
                    "{n} accident in cells of unknown codes is left out.",
                    "{n} accidents in cells of unknown codes are left out.",
                    round(n),
                ).format(n=how_many(divided.cube, n))
            )
    if missing.any():
        n = int(missing.sum())
        notes.append(
            n_(
                "{n} cell without a count or without people is left out.",
                "{n} cells without a count or without people are left out.",
                n,
            ).format(n=n)
        )
    return _Cells(frame=cells[~unknown & ~missing], notes=tuple(notes))


def _with_empty_cells(divided: Divided) -> Divided:
    """Counts alone with a cell of 0 for each combination of groups that no row names, and a note that says so.

    Only of records and disjoint counts: what a published table does not show is not known.
    """
    frame, by = divided.frame, list(divided.by)
    if not all(margin.complete for margin in divided.cube.margins):
        return divided
    every = pd.MultiIndex.from_product([frame[name].unique() for name in by], names=by).to_frame(index=False)
    filled = every.merge(frame[[*by, "count", "exposure"]], on=by, how="left").fillna({"count": 0.0, "exposure": 1.0})
    if not (empty := len(filled) - len(frame)):
        return divided
    message = n_(
        "{n} combination of groups that no row names counts as zero.",
        "{n} combinations of groups that no row names count as zero.",
        empty,
    )
    return replace(divided, frame=filled, notes=(*divided.notes, message.format(n=empty)))


def _ratios(model: RegressionResult, labels: Mapping[str, Mapping[str, str]], alone: bool) -> pd.DataFrame:
    """A row for each term, with its name in words."""
    ratios = model.ratios
    places = model.coefficients.index.get_indexer(ratios.index)
    columns = {
        "term": ratios.index.array,
        "value": ratios["ratio"].array,
        "low": ratios["ratio_low"].array,
        "high": ratios["ratio_high"].array,
        "p_value": ratios["p_value"].array,
        "count": ratios["events"].array,
        "term_label": pd.array([_in_words(model.design.columns[place], labels) for place in places], dtype="str"),
        "level": model.level,
        "method": model.method,
        "exposure": np.nan,
        "per": np.nan,
        "unit": _("ratio of expected counts") if alone else _("rate ratio"),
        "flag": "",
        "flag_share": 0.0,
        "state": "",
    }
    return pd.DataFrame(columns, index=pd.RangeIndex(len(ratios)))


def _withheld(model: RegressionResult, divided: Divided, rules: Rules) -> RegressionResult:
    """The model without the figures of terms of few events, and of units that a table of them would not show.

    Its fit holds a mean for each unit. A model with nearly as many terms as units gives the units back: it is refused.
    """
    units = model.units
    if not degrees_left(len(units), len(model.coefficients), units["observed"].to_numpy(), rules):
        raise Refused(
            _(
                "The model has {terms} terms for {units} units of persons, some of them of few: with fewer than "
                "{least} degrees of freedom left it would give their counts back. Take fewer terms, or finer units."
            ).format(terms=len(model.coefficients), units=len(units), least=rules.residual)
        )
    by = list(divided.by)
    hidden = protection_of(divided, rules, trial=True).hidden
    codes = set(divided.frame.loc[hidden, by].astype(str).itertuples(index=False, name=None))
    of_units = units.index.to_frame()[by].astype(str).itertuples(index=False, name=None)
    return replace(
        model,
        coefficients=emptied(model.coefficients, too_few(model.coefficients["events"], rules.minimum)),
        units=emptied(units, np.array([unit in codes for unit in of_units]), keep=("exposure",)),
        fit=None,
    )


def _in_words(column: Sequence[tuple[str, str]], labels: Mapping[str, Mapping[str, str]]) -> str:
    """A coefficient in words: "Women", "Women and Construction"; a number by what it counts."""
    parts = [labels.get(name, {}).get(level, level) if level else dimension(name).label for name, level in column]
    if len(parts) == 1:
        return parts[0]
    return _("{several} and {last}").format(several=", ".join(parts[:-1]), last=parts[-1])


def _headline(model: RegressionResult, names: Sequence[str], labels: Mapping, what: str) -> str:
    """What is compared, of whom, and with whom: without its reference a ratio says nothing."""
    terms = dimensions([name for name in names if name in model.design.formula.variables])
    bases = ", ".join(labels.get(name, {}).get(level, level) for name, level in model.references.items())
    if not model.exposure:
        message = _("Ratios of expected counts by {terms}, {what}; compared with {bases}")
        return message.format(terms=terms, what=what, bases=bases or _("nothing"))
    if not bases:
        return _("Rate ratios by {terms}, {what}").format(terms=terms, what=what)
    return _("Rate ratios by {terms}, {what}; compared with {bases}").format(terms=terms, what=what, bases=bases)


def _finest(names: Sequence[str]) -> list[str]:
    """The finest level of each axis: country and region in one formula are asked for as regions."""
    by_axis = {}
    for name in names:
        axis = DIMENSIONS[name].axis
        by_axis[axis] = max(by_axis.get(axis, name), name, key=lambda n: DIMENSIONS[n].level or 0)
    return list(by_axis.values())


def _with_parents(divided: Divided, names: Sequence[str]) -> pd.DataFrame:
    """The cells with a column for each level that is asked for in addition to a finer one."""
    frame, lists = divided.frame, divided.cube.lists
    finest = {DIMENSIONS[name].axis: name for name in divided.by}
    for name in names:
        if name not in frame:
            axis, level = DIMENSIONS[name].axis, DIMENSIONS[name].level
            codes = frame[finest[axis]]
            parents = {code: lists[axis].ancestor_at(code.split("+")[0], level) for code in codes.unique()}
            frame = frame.assign(**{name: codes.map(parents)})
    return frame
