"""Columns of a design that are sums of others: found by a Cholesky factorisation, and named."""

import numpy as np
from scipy import linalg, sparse

from workbench.models.inputs import some
from workbench.terms.errors import ModelError
from workbench.terms.text import _

DEPENDENT = 1e-9  # share of a column's square left by those before it, below which it is their sum

Column = tuple[tuple[str, str], ...]  # (variable, level) of each part; the level of a number is ""; () is the constant


def column_name(column: Column) -> str:
    """`nace1[F]:sex[M]`, `year`, or `constant`."""
    return ":".join(f"{name}[{level}]" if level else name for name, level in column) or "constant"


def independent_columns(columns: list[Column], matrix: sparse.csr_array) -> list[int]:
    """Columns that are no sums of those before them; ModelError when a main effect is.

    Own code, because formulaic knows what depends on what by its structure, and statsmodels by one rank: neither
    names the columns that these cells cannot tell.

    Parameters
    ----------
    columns : list of Column
        The terms and levels that each column stands for.
    matrix : sparse array (patterns, columns)

    Returns
    -------
    list of int
        Positions of the columns that are kept, ascending.

    Raises
    ------
    ModelError
        Naming the main effects that add nothing.
    """
    gram = (matrix.T @ matrix).toarray()
    size = np.sqrt(gram.diagonal())
    present = np.flatnonzero(size > 0)
    scaled = gram[np.ix_(present, present)] / np.outer(size[present], size[present])
    kept = present.tolist() if full_rank(scaled) else [int(present[number]) for number in _greedy(scaled)]
    lost = [column for number, column in enumerate(columns) if number not in set(kept) and len(column) <= 1]
    if lost:
        terms = dict.fromkeys(column[0][0] for column in lost)
        raise ModelError(
            _(
                "{columns} add nothing to the terms before: {terms} cannot be told from them. Leave out {terms}, or "
                "the terms that are made of the same cells."
            ).format(columns=some(map(column_name, lost)), terms=some(terms))
        )
    return kept


def full_rank(gram: np.ndarray) -> bool:
    """Whether no column of a matrix with this Gram matrix (unit diagonal) is a sum of the others."""
    try:
        return bool(np.linalg.cholesky(gram).diagonal().min() ** 2 > DEPENDENT)
    except np.linalg.LinAlgError:
        return False


def _greedy(gram: np.ndarray) -> list[int]:
    """Positions kept by a Cholesky factorisation that passes over dependent columns."""
    factor, kept = np.zeros_like(gram), []
    for number in range(len(gram)):
        k = len(kept)
        row = linalg.solve_triangular(factor[:k, :k], gram[kept, number], lower=True) if k else np.zeros(0)
        left = gram[number, number] - row @ row
        if left > DEPENDENT:
            factor[k, :k], factor[k, k] = row, np.sqrt(left)
            kept.append(number)
    return kept
