"""Cells that a count model can only fit with an infinite coefficient, because they have no events."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import scipy  # its parts come when they are first used
from scipy import linalg, sparse

from workbench.models.inputs import some
from workbench.models.regression_design import Design, Formula, build_design
from workbench.models.regression_rank import DEPENDENT, full_rank
from workbench.terms.errors import ModelError
from workbench.terms.text import _


@dataclass(frozen=True, kw_only=True, eq=False)
class Estimable:
    """Rows that finite coefficients can fit, their design, and what was left out for it."""

    rows: pd.DataFrame = field(repr=False)
    design: Design
    separated: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def estimable_design(rows: pd.DataFrame, formula: Formula, references: dict[str, str], separation: str) -> Estimable:
    """The rows that finite coefficients can fit, and their design; separated cells are refused, or left out.

    Parameters
    ----------
    rows : DataFrame
        Units with `_counts` and `_exposure`.
    formula : Formula
    references : dict of str to str
        Level by variable; one that is left out whole is replaced.
    separation : {"refuse", "leave_out"}

    Returns
    -------
    Estimable

    Raises
    ------
    ModelError
        Naming the groups without events, where they are not to be left out.
    """
    design = build_design(formula, rows, references, rows["_exposure"].to_numpy())
    found = separated_patterns(design, design.sums(rows["_counts"].to_numpy()))
    if not found.any():
        return Estimable(rows=rows, design=design)
    outside = found[design.pattern]
    names = _eventless(design, rows, outside)
    if separation == "refuse":
        raise ModelError(
            _(
                "Without events are {names}: no finite coefficient fits them. Merge them with others, leave these "
                "cells "
                "out, or ask for separation='leave_out', which reports them."
            ).format(names=some(names))
        )
    kept = rows[~outside]
    for name, level in list(references.items()):
        if name in kept and str(level) not in set(kept[name].astype(str)):
            raise ModelError(
                _(
                    "The reference {name}={level} has no events: nothing can be compared with it. Choose another."
                ).format(name=name, level=level)
            )
    note = _(
        "Left out because they have no events: {names} ({n} cells). Their rate ratio is 0 with an unknown upper limit."
    )
    design = build_design(formula, kept, references, kept["_exposure"].to_numpy())
    note = note.format(names=some(names), n=int(outside.sum()))
    return Estimable(rows=kept, design=design, separated=tuple(names), notes=(note,))


def _eventless(design: Design, rows: pd.DataFrame, outside: np.ndarray) -> list[str]:
    """The shortest descriptions of the separated cells: levels without events, else combinations, else how many."""
    names, named = [], np.zeros(len(rows), bool)
    for term in [*design.formula.terms[1:], tuple(design.levels)]:
        parts = [name for name in term if name in design.levels]
        if not parts or named[outside].all():
            continue
        keys = [rows[name].astype(str) for name in parts]
        events = rows["_counts"].groupby(keys).transform("sum").to_numpy()
        empty = outside & (events == 0) & ~named
        labels = pd.DataFrame({name: key[empty] for name, key in zip(parts, keys, strict=True)}).drop_duplicates()
        names += [":".join(f"{name}={row[name]}" for name in parts) for row in labels.to_dict("records")]
        named |= empty
    rest = int((outside & ~named).sum())
    return names + ([_("{n} cells on one side of a number").format(n=rest)] if rest else [])


def separated_patterns(design: Design, events: np.ndarray) -> np.ndarray:
    """Which patterns a model can only fit with an infinite coefficient, because they have no events.

    There is separation when some direction of the coefficients leaves all patterns with events as they are and lowers
    only others: a linear programme finds the largest such set. Correia, Guimaraes & Zylkin (2019), arXiv:1903.01633.
    Own code, because statsmodels returns a coefficient of -20 without a warning.

    Parameters
    ----------
    design : of the rows
    events : array by pattern

    Returns
    -------
    array of bool by pattern
    """
    found, empty = np.zeros(len(events), bool), events <= 0
    full = design.matrix[~empty]
    gram = (full.T @ full).toarray()
    size = np.sqrt(np.maximum((design.matrix**2).sum(axis=0), 1e-300))
    scaled = gram / np.outer(size, size)
    if full_rank(scaled):
        return found
    values, vectors = linalg.eigh(scaled)
    null = vectors[:, values < DEPENDENT] / size[:, None]
    moves = design.matrix[empty] @ null
    moves[np.abs(moves) < 1e-9 * np.abs(moves).max(initial=1e-300)] = 0
    n, free = moves.shape
    answer = scipy.optimize.linprog(
        np.r_[np.zeros(free), -np.ones(n)],
        A_ub=sparse.hstack([sparse.csr_array(moves), sparse.eye_array(n)]),
        b_ub=np.zeros(n),
        bounds=[(None, None)] * free + [(0, 1)] * n,
        method="highs",
    )
    if answer.status != 0:
        raise ModelError(_("Which terms have events enough cannot be found out for so many of them. Use fewer terms."))
    found[np.flatnonzero(empty)[answer.x[free:] > 0.5]] = True
    return found
