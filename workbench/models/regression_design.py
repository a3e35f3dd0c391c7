"""From a formula over coded cells to a sparse design: codes as categories, dependent columns found and named."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain, combinations

import numpy as np
import pandas as pd
from scipy import linalg, sparse

from workbench.models.inputs import some
from workbench.terms.errors import ModelError
from workbench.terms.text import _

NAME = re.compile(r"(C\()?\s*([^\W\d]\w*)\s*(\))?")
DEPENDENT = 1e-9  # share of a column's square left by those before it, below which it is their sum

Column = tuple[tuple[str, str], ...]  # (variable, level) of each part; the level of a number is ""; () is the constant


@dataclass(frozen=True, kw_only=True)
class Formula:
    """A response and the terms that explain it, main effects first; a term is a tuple of variables, () the constant."""

    response: str
    terms: tuple[tuple[str, ...], ...]
    categories: frozenset[str]  # written C(...): numbers to be read as codes
    text: str

    @property
    def variables(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(chain.from_iterable(self.terms)))


@dataclass(frozen=True, kw_only=True, eq=False)
class Design:
    """The distinct combinations ("patterns") of the variables, their sparse matrix, and the pattern of every row.

    Rows with the same pattern share one row of the matrix: the cost follows the patterns, not the rows. Numbers are
    centred inside, so that a calendar year does not spoil the precision; `uncentre` takes coefficients back.
    """

    formula: Formula
    levels: Mapping[str, tuple[str, ...]]  # of each category, its reference first
    centres: Mapping[str, float]  # of each number
    values: Mapping[str, np.ndarray] = field(repr=False)  # by pattern: position of the level, or the centred number
    pattern: np.ndarray = field(repr=False)  # by row
    columns: tuple[Column, ...]
    matrix: sparse.csr_array = field(repr=False)
    aliased: tuple[str, ...] = ()  # columns of interactions that these rows cannot tell

    @property
    def names(self) -> list[str]:
        return [column_name(column) for column in self.columns]

    @property
    def uncentre(self) -> np.ndarray:
        """B such that coefficients of the variables as given are B times those of the centred ones."""
        place = {column: number for number, column in enumerate(self.columns)}
        back = np.eye(len(place))
        for column, number in place.items():
            numbers = [part for part in column if part[0] in self.centres]
            for taken in chain.from_iterable(combinations(numbers, size) for size in range(1, len(numbers) + 1)):
                rest = tuple(part for part in column if part not in taken)
                back[place[rest], number] += np.prod([-self.centres[name] for name, _level in taken])
        return back

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Sums over the rows of each pattern."""
        return np.bincount(self.pattern, values, minlength=self.matrix.shape[0])

    def at(self, variable: str, level: str) -> sparse.csr_array:
        """The matrix with every pattern moved to one level of a category, all else as it is."""
        moved = dict(self.values)
        moved[variable] = np.full_like(moved[variable], self.levels[variable].index(level))
        columns, matrix = _matrix(self.formula, self.levels, moved)
        wanted = {column: number for number, column in enumerate(columns)}
        strange = [
            column_name(column)
            for column, number in wanted.items()
            if column not in set(self.columns) and matrix[:, [number]].nnz
        ]
        if strange:
            raise ModelError(
                _("Nothing is known of {columns}: no cells have that combination. Average over fewer cells, or leave "
                  "the interaction out.").format(columns=some(strange))
            )  # fmt: skip
        return matrix[:, [wanted[column] for column in self.columns]]


def parse_formula(text: str) -> Formula:
    """`accidents ~ nace1 + sex * age_group + C(year)` as a Formula.

    There are + (and), : (interaction), * (both) and C() (numbers as codes); nothing is evaluated, so a formula from a
    stranger can do no harm. An interaction needs the terms it is made of. ModelError says what cannot be read.
    """
    response, tilde, right = str(text).partition("~")
    response = response.strip()
    if not tilde or not NAME.fullmatch(response) or response.startswith("C("):
        raise ModelError(
            _("The formula {text!r} has no counts before a ~. Write it as in: accidents ~ nace1 + sex * age_group.").format(
                text=text
            )
        )  # fmt: skip
    categories, terms = set(), [()]
    for part in right.split("+"):
        if part.strip() == "1":
            continue
        pieces = [_names(piece, text, categories) for piece in part.split("*")]
        for size in range(1, len(pieces) + 1):
            for chosen in combinations(pieces, size):
                terms.append(tuple(dict.fromkeys(chain.from_iterable(chosen))))
    unique: dict[frozenset, tuple] = {}
    for term in terms:
        unique.setdefault(frozenset(term), term)
    ordered = sorted(unique.values(), key=len)
    for term in ordered[1:]:
        for lower in combinations(term, len(term) - 1):
            if frozenset(lower) not in unique:
                raise ModelError(
                    _("The interaction {term} stands without {lower}. Write {whole}, which has all of them.").format(
                        term=":".join(term), lower=":".join(lower), whole=" * ".join(term)
                    )
                )
    if response in chain.from_iterable(ordered):
        raise ModelError(
            _("{name} stands on both sides of the formula. Leave it out on the right.").format(name=response)
        )
    return Formula(
        response=response, terms=tuple(ordered), categories=frozenset(categories), text=" ".join(text.split())
    )


def _names(piece: str, text: str, categories: set[str]) -> tuple[str, ...]:
    names = []
    for word in piece.split(":"):
        found = NAME.fullmatch(word.strip())
        if not found or bool(found[1]) != bool(found[3]):
            raise ModelError(
                _("In the formula {text!r}, {word!r} is not understood. There are names of columns, +, :, * and C(name); "
                  "exposure has its own argument.").format(text=text, word=word.strip())
            )  # fmt: skip
        names.append(found[2])
        if found[1]:
            categories.add(found[2])
    return tuple(names)


def build_design(formula: Formula, rows: pd.DataFrame, references: Mapping[str, str], exposure: np.ndarray) -> Design:
    """The design of `rows` (with exposure, all of them); text is read as codes, numbers as numbers unless C().

    A category's reference is the one asked for, else the level with most exposure. Columns of interactions without
    rows, or told by others, are left out and named in `aliased`.

    Raises ModelError when main effects are sums of each other, a category has one level, or a reference does not exist.
    """
    levels, centres, codes, values = {}, {}, {}, {}
    for name in formula.variables:
        column = rows[name]
        numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
        codes[name], found = pd.factorize(column, sort=True)
        if numeric and name not in formula.categories:
            numbers = np.asarray(found, float)
            if not np.isfinite(numbers).all():
                raise ModelError(_("{name} has infinite values. Correct them.").format(name=name))
            centres[name] = float(np.average(numbers[codes[name]], weights=exposure))
            values[name] = numbers - centres[name]
        else:
            found = [str(level) for level in found]
            if len(found) == 1:
                raise ModelError(
                    _(
                        "All cells with exposure have {name}={level}: there is nothing to compare. Leave {name} out."
                    ).format(name=name, level=found[0])
                )
            first = _reference(name, found, references, np.bincount(codes[name], exposure))
            levels[name] = (found[first], *found[:first], *found[first + 1 :])
            values[name] = np.r_[1 : first + 1, 0, first + 1 : len(found)]
    if numbers := sorted(set(references) & set(centres)):
        raise ModelError(
            _("{names} are numbers and have no reference. Write C({first}) to read them as codes.").format(
                names=some(numbers), first=numbers[0]
            )
        )
    pattern, first_rows = _patterns([codes[name] for name in formula.variables], len(rows))
    values = {name: values[name][codes[name][first_rows]] for name in formula.variables}
    columns, matrix = _matrix(formula, levels, values, rows=len(first_rows))
    kept = _independent(columns, matrix)
    return Design(
        formula=formula,
        levels=levels,
        centres=centres,
        values=values,
        pattern=pattern,
        columns=tuple(columns[number] for number in kept),
        matrix=matrix[:, kept],
        aliased=tuple(column_name(columns[number]) for number in sorted(set(range(len(columns))) - set(kept))),
    )


def column_name(column: Column) -> str:
    """`nace1[F]:sex[M]`, `year`, or `constant`."""
    return ":".join(f"{name}[{level}]" if level else name for name, level in column) or "constant"


def _reference(name: str, levels: list[str], references: Mapping[str, str], exposure: np.ndarray) -> int:
    wanted = references.get(name)
    if wanted is None:
        return int(np.argmax(exposure))
    if str(wanted) not in levels:
        raise ModelError(
            _("The reference {name}={wanted} has no cells with exposure. There are: {known}.").format(
                name=name, wanted=wanted, known=some(levels, most=30)
            )
        )
    return levels.index(str(wanted))


def _patterns(codes: list[np.ndarray], n: int) -> tuple[np.ndarray, np.ndarray]:
    """The pattern of each row, and the first row of each pattern."""
    pattern, first = np.zeros(n, np.int64), np.zeros(min(n, 1), np.int64)
    for code in codes:  # one at a time: the product of all sizes need not fit an integer
        _keys, first, pattern = np.unique(
            pattern * (int(code.max(initial=0)) + 1) + code, return_index=True, return_inverse=True
        )
    return pattern, first


def _matrix(formula: Formula, levels, values, rows: int | None = None) -> tuple[list[Column], sparse.csr_array]:
    """All columns of the formula's terms in order, for patterns with these values: one entry per pattern and term."""
    n = len(next(iter(values.values()))) if values else rows
    columns, where, which, entries = [], [], [], []
    for term in formula.terms:
        place, size, entry, used = np.zeros(n, np.int64), 1, np.ones(n), np.ones(n, bool)
        names: list[Column] = [()]
        for name in term:
            if name not in levels:
                entry = entry * values[name]
                names = [(*before, (name, "")) for before in names]
                continue
            used &= values[name] > 0
            place = place * (len(levels[name]) - 1) + values[name] - 1
            names = [(*before, (name, level)) for before in names for level in levels[name][1:]]
            size *= len(levels[name]) - 1
        rows_used = np.flatnonzero(used)
        where.append(rows_used)
        which.append(place[rows_used] + len(columns))
        entries.append(entry[rows_used])
        columns += names
    place = (np.concatenate(where), np.concatenate(which))
    matrix = sparse.coo_array((np.concatenate(entries), place), shape=(n, len(columns))).tocsr()
    matrix.eliminate_zeros()
    return columns, matrix


def _independent(columns: list[Column], matrix: sparse.csr_array) -> list[int]:
    """Columns that are no sums of those before them; ModelError when a main effect is."""
    gram = (matrix.T @ matrix).toarray()
    size = np.sqrt(gram.diagonal())
    present = np.flatnonzero(size > 0)
    scaled = gram[np.ix_(present, present)] / np.outer(size[present], size[present])
    kept = present.tolist() if full_rank(scaled) else [int(present[number]) for number in _greedy(scaled)]
    lost = [column for number, column in enumerate(columns) if number not in set(kept) and len(column) <= 1]
    if lost:
        terms = dict.fromkeys(column[0][0] for column in lost)
        raise ModelError(
            _("{columns} add nothing to the terms before: {terms} cannot be told from them. Leave out {terms}, or "
              "the terms that are made of the same cells.").format(
                columns=some(map(column_name, lost)), terms=some(terms)
            )
        )  # fmt: skip
    return kept


def full_rank(gram: np.ndarray) -> bool:
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
