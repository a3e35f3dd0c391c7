"""Which groups carry more risk, the others held alike: regression of counts over exposure from the cells of a cube."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.regression import CountRegression, fit_regression
from workbench.models.regression_design import parse_formula
from workbench.models.regression_reading import reading
from workbench.study.at_risk import at_risk, prepared
from workbench.study.evidence import cube
from workbench.study.finding import Finding
from workbench.study.telling import finding
from workbench.terms.codes import UNKNOWN
from workbench.terms.dimensions import DIMENSIONS, dimension
from workbench.terms.errors import Refused
from workbench.terms.text import _, n_

COUNTS, EXPOSURE = "accidents", "employed"


def regression(
    source: str | Cube,
    selection: Selection | None = None,
    terms: str | Sequence[str] = (),
    *,
    family: str = "poisson",
    references: Mapping[str, str] | None = None,
    cluster: str | None = None,
    errors: str | None = None,
    exposure: str | None = None,
    level: float = 0.95,
) -> Finding:
    """Rate ratios of a log-linear model of the counts with the exposure as offset; `model` is the `CountRegression`.

    The cells of the formula's dimensions are all that a Poisson model needs: coefficients and model-based errors are
    those of the finest cells. Dispersion, robust errors and NB2 depend on the unit of analysis, which a note names.

    Parameters
    ----------
    terms : dimensions, as a list or joined by + and *: ["sex", "nace1"], "sex * nace1", "C(year)" for years as categories
    family : "poisson", "quasi-poisson" or "nb2"
    references : the level that the others are compared with, by dimension; else the one with most people
    cluster : a dimension whose groups are not independent inside, such as nuts2; errors: "model", "hc0", "hc1"

    Returns
    -------
    Finding
        frame: a row per term: the ratio as value low high, `p_value`, count (events behind it).

    Raises
    ------
    Refused, ModelError
        When rates cannot be divided here; when the model cannot be fitted, with what to do.
    """
    asked = cube(source)
    terms = terms if isinstance(terms, str) else " + ".join(terms)
    if not terms:
        raise Refused(_('Give the terms of the model, such as terms="sex + nace1" or ["sex", "nace1"].'))
    named = [*parse_formula(f"{COUNTS} ~ {terms}").variables, *([cluster] if cluster else [])]
    names = [*dict.fromkeys(dimension(name).name for name in named)]
    selection, finest, notes = prepared(asked, selection, _finest(names))
    if not asked.has("accidents"):
        raise Refused(
            _("{name} publishes rates without counts: a regression needs counts and people.").format(name=asked.name)
        )
    found = at_risk(asked, selection, finest, exposure=exposure, level=level)
    selection, cells = (
        found.selection,
        _with_parents(asked, found.frame, names)[[*names, "count", "exposure"]].set_axis(
            [*names, COUNTS, EXPOSURE], axis=1
        ),
    )
    unknown = cells[[n for n in names if n != "year"]].eq(UNKNOWN).any(axis=1)
    missing = ~unknown & (cells[COUNTS].isna() | cells[EXPOSURE].isna())
    if unknown.any():
        notes.append(
            _("{n:,.0f} accidents in cells of unknown codes are left out.").format(n=cells.loc[unknown, COUNTS].sum())
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
    used = cells[~unknown & ~missing]
    model = fit_regression(
        used,
        f"{COUNTS} ~ {terms}",
        exposure=EXPOSURE,
        family=family,
        references=references,
        errors=errors,
        cluster=cluster,
        unit=names,
        level=level,
    )
    labels = {n: {c: asked.lists[DIMENSIONS[n].axis].label(c) for c in used[n].unique()} for n in names if n != "year"}
    ratios = model.ratios
    frame = (
        ratios.rename_axis("term")
        .reset_index()
        .rename(columns={"ratio": "value", "ratio_low": "low", "ratio_high": "high", "events": "count"})
    )
    frame = frame.assign(
        term_label=[
            _told(model.design.columns[at], labels) for at in model.coefficients.index.get_indexer(frame["term"])
        ],
        level=level,
        method=model.method,
        exposure=np.nan,
        per=np.nan,
        unit=_("rate ratio"),
        flag="",
        flag_share=0.0,
        state="",
    )
    told = [*notes, *model.notes, _("Unit of analysis: {unit}.").format(unit=model.unit), *found.notes]
    return finding(
        asked,
        selection,
        (),
        frame,
        told,
        title=_("Rate ratios"),
        extra=found.sources,
        model=model,
        summary=reading(model, labels=labels, names={name: dimension(name).label for name in names}),
        headline=_headline(model, names, labels, selection.words(asked.lists)),
        columns=("term", "term_label", "p_value"),
    )


def _told(column: Sequence[tuple[str, str]], labels: Mapping[str, Mapping[str, str]]) -> str:
    """A coefficient in words: "Women", "Women and Construction"; a number by what it counts."""
    parts = (labels[name].get(level, level) if level else dimension(name).label for name, level in column)
    return _(" and ").join(parts)


def _headline(model: CountRegression, names: Sequence[str], labels: Mapping, what: str) -> str:
    """What is compared, of whom, and with whom: without its reference a ratio says nothing."""
    said = _("Rate ratios by {terms}, {what}").format(
        terms=_(" and ").join(dimension(name).label for name in names if name in model.design.formula.variables),
        what=what,
    )
    bases = [labels.get(name, {}).get(level, level) for name, level in model.references.items()]
    return _("{said}; compared with {bases}").format(said=said, bases=", ".join(bases)) if bases else said


def _finest(names: Sequence[str]) -> list[str]:
    """The finest level of each axis: country and region in one formula are asked for as regions."""
    by_axis = {}
    for name in names:
        axis = DIMENSIONS[name].axis
        by_axis[axis] = max(by_axis.get(axis, name), name, key=lambda n: DIMENSIONS[n].level or 0)
    return list(by_axis.values())


def _with_parents(asked: Cube, frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """The cells with a column for each level that is asked for beside a finer one."""
    finest = {DIMENSIONS[name].axis: name for name in _finest(names)}
    for name in names:
        if name not in frame:
            axis, level = DIMENSIONS[name].axis, DIMENSIONS[name].level
            codes = frame[finest[axis]]
            parents = {code: asked.lists[axis].ancestor_at(code.split("+")[0], level) for code in codes.unique()}
            frame = frame.assign(**{name: codes.map(parents)})
    return frame
