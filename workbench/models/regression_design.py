"""From a formula over coded cells to a design of its distinct rows: formulaic makes it, dependent columns are named."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, combinations, product

import formulaic
import numpy as np
import pandas as pd
from formulaic.errors import FormulaicError
from scipy import sparse

from workbench.models.inputs import some
from workbench.models.regression_rank import Column, column_name, independent_columns
from workbench.terms.errors import ModelError
from workbench.terms.text import _

NAME = r"[^\W\d]\w*"
WORD = re.compile(rf"1|{NAME}|C\(\s*{NAME}\s*\)")
MOST_CROSSED = 5  # names joined by *: each one more doubles the terms


@dataclass(frozen=True, kw_only=True)
class Formula:
    """A response and the terms that explain it, main effects first; a term is a tuple of variables, () the constant."""

    response: str
    terms: tuple[tuple[str, ...], ...]
    categories: frozenset[str]  # written C(...): numbers to be read as codes
    text: str

    @property
    def variables(self) -> tuple[str, ...]:
        """The names on the right, each once."""
        return tuple(dict.fromkeys(chain.from_iterable(self.terms)))


@dataclass(frozen=True, kw_only=True, eq=False)
class Design:
    """The distinct combinations ("patterns") of the variables, their matrix, and the pattern of every row.

    Rows with the same pattern share one row of the matrix: the cost follows the patterns, not the rows. Numbers are
    centred inside, so that a calendar year does not spoil the precision; `uncentre` takes coefficients back.
    """

    formula: Formula
    levels: Mapping[str, tuple[str, ...]]  # of each category, its reference first
    centres: Mapping[str, float]  # of each number
    patterns: pd.DataFrame = field(repr=False)  # by pattern: position of the level, or the centred number
    pattern: np.ndarray = field(repr=False)  # by row: which pattern it has
    columns: tuple[Column, ...]
    matrix: sparse.csr_array = field(repr=False)  # patterns by columns
    aliased: tuple[str, ...] = ()  # columns of interactions that these rows cannot tell

    @property
    def names(self) -> list[str]:
        """The columns in words: `nace1[F]:sex[M]`, `year`, `constant`."""
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
        """Sums over the rows of each pattern.

        Parameters
        ----------
        values : array (rows,) or (rows, m)

        Returns
        -------
        array (patterns,) or (patterns, m)
        """
        return np.bincount(self.pattern, values, minlength=self.matrix.shape[0])

    def at(self, variable: str, level: str) -> sparse.csr_array:
        """The matrix with every pattern moved to one level of a category, all else as it is.

        Parameters
        ----------
        variable : str
            A category of the formula.
        level : str
            One of its levels.

        Returns
        -------
        sparse array (patterns, coefficients)
        """
        moved = self.patterns.assign(**{variable: self.levels[variable].index(level)})
        columns, matrix = _matrix(self.formula, self.levels, moved)
        place = {column: number for number, column in enumerate(columns)}

        unknown = [
            column_name(column)
            for column, number in place.items()
            if column not in set(self.columns) and matrix[:, [number]].nnz
        ]
        if unknown:
            raise ModelError(
                _(
                    "Nothing is known of {columns}: no cells have that combination. Average over fewer cells, or leave "
                    "the interaction out."
                ).format(columns=some(unknown))
            )
        return matrix[:, [place[column] for column in self.columns]]


def parse_formula(text: str) -> Formula:
    """`accidents ~ nace1 + sex * age_group + C(year)` as a Formula.

    There are + (and), : (interaction), * (both) and C() (numbers as codes). Every word is checked before formulaic sees
    the text, because formulaic runs as Python what it does not know as a name: a formula from a stranger does no harm.
    An interaction needs the terms it is made of.

    Raises
    ------
    ModelError
        What cannot be read, with what there is instead.
    """
    return _parsed(str(text))


@lru_cache(maxsize=64)  # a pure function of its text; formulaic takes a millisecond, and each model asks twice
def _parsed(text: str) -> Formula:
    response, tilde, right = text.partition("~")
    response = response.strip()
    if not tilde or not re.fullmatch(NAME, response):
        raise ModelError(
            _(
                "The formula {text!r} has no counts before a ~. Write it as in: accidents ~ nace1 + sex * age_group."
            ).format(text=text)
        )
    for word in re.split(r"[+*:]", right):
        if not WORD.fullmatch(word.strip()):
            raise _not_understood(text, word.strip())
    if (crossed := max(part.count("*") + 1 for part in right.split("+"))) > MOST_CROSSED:
        raise ModelError(
            _(
                "{n} names are joined by *; there can be {most}. Join those that matter, and add the others with +."
            ).format(n=crossed, most=MOST_CROSSED)
        )
    try:
        terms = formulaic.Formula(f"1 + {right}")
    except FormulaicError:
        raise _not_understood(text, right.strip()) from None

    factors = [[factor.expr for factor in term.factors if factor.expr != "1"] for term in terms]
    named = [tuple(dict.fromkeys(_bare(word) for word in words)) for words in factors]
    unique: dict[frozenset, tuple[str, ...]] = {}
    for term in named:
        unique.setdefault(frozenset(term), term)
    ordered = sorted(unique.values(), key=len)
    _check_terms(response, ordered, unique)
    categories = {_bare(word) for word in chain.from_iterable(factors) if word != _bare(word)}
    return Formula(
        response=response, terms=tuple(ordered), categories=frozenset(categories), text=" ".join(text.split())
    )


def build_design(formula: Formula, rows: pd.DataFrame, references: Mapping[str, str], exposure: np.ndarray) -> Design:
    """The design of `rows` (with exposure, all of them); text is read as codes, numbers as numbers unless C().

    Each variable is coded, the distinct rows are found, formulaic makes their matrix, columns that others tell are left
    out. A category's reference is the one asked for, else the level with most exposure.

    Parameters
    ----------
    formula : of `parse_formula`
    rows : DataFrame with a column for each variable, without missing values
    references : reference level by category
    exposure : array by row, in any unit

    Returns
    -------
    Design
        Columns of interactions without rows, or told by others, are named in `aliased`.

    Raises
    ------
    ModelError
        Main effects that are sums of each other, a category of one level, a reference that does not exist.
    """
    levels, centres, coded = {}, {}, {}
    for name in formula.variables:
        column = rows[name]
        numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
        if numeric and name not in formula.categories:
            coded[name], centres[name] = _centred(name, column, exposure)
        else:
            coded[name], levels[name] = _coded(name, column, references, exposure)
    if numbers := sorted(set(references) & set(centres)):
        raise ModelError(
            _("{names} are numbers and have no reference. Write C({first}) to read them as codes.").format(
                names=some(numbers), first=numbers[0]
            )
        )

    patterns, pattern = _distinct(pd.DataFrame(coded, index=range(len(rows))))
    columns, matrix = _matrix(formula, levels, patterns)
    kept = independent_columns(columns, matrix)
    return Design(
        formula=formula,
        levels=levels,
        centres=centres,
        patterns=patterns,
        pattern=pattern,
        columns=tuple(columns[number] for number in kept),
        matrix=matrix[:, kept],
        aliased=tuple(column_name(columns[number]) for number in sorted(set(range(len(columns))) - set(kept))),
    )


def _not_understood(text: str, word: str) -> ModelError:
    return ModelError(
        _(
            "In the formula {text!r}, {word!r} is not understood. There are names of columns, +, :, * and C(name); "
            "exposure has its own argument."
        ).format(text=text, word=word)
    )


def _bare(word: str) -> str:
    """The name in `C(name)`, or the name itself."""
    return word.removeprefix("C(").removesuffix(")").strip() if word.endswith(")") else word


def _check_terms(response: str, terms: list[tuple[str, ...]], known: Mapping[frozenset, tuple]) -> None:
    for term in terms:
        for lower in combinations(term, len(term) - 1) if term else ():
            if frozenset(lower) not in known:
                raise ModelError(
                    _("The interaction {term} stands without {lower}. Write {whole}, which has all of them.").format(
                        term=":".join(term), lower=":".join(lower), whole=" * ".join(term)
                    )
                )
    if response in chain.from_iterable(terms):
        raise ModelError(
            _("{name} stands on both sides of the formula. Leave it out on the right.").format(name=response)
        )


def _centred(name: str, column: pd.Series, exposure: np.ndarray) -> tuple[np.ndarray, float]:
    numbers = column.to_numpy(dtype=float)
    if not np.isfinite(numbers).all():
        raise ModelError(_("{name} has infinite values. Correct them.").format(name=name))
    centre = float(np.average(numbers, weights=exposure))
    return numbers - centre, centre


def _coded(
    name: str, column: pd.Series, references: Mapping[str, str], exposure: np.ndarray
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Positions of the rows' levels, 0 for the reference, and the levels, the reference first."""
    codes, found = pd.factorize(column, sort=True)
    found = [str(level) for level in found]
    if len(found) == 1:
        raise ModelError(
            _("All cells with exposure have {name}={level}: there is nothing to compare. Leave {name} out.").format(
                name=name, level=found[0]
            )
        )
    first = int(np.argmax(np.bincount(codes, exposure)))
    if (wanted := references.get(name)) is not None:
        if str(wanted) not in found:
            raise ModelError(
                _("The reference {name}={wanted} has no cells with exposure. There are: {known}.").format(
                    name=name, wanted=wanted, known=some(found, most=30)
                )
            )
        first = found.index(str(wanted))
    order = [first, *(number for number in range(len(found)) if number != first)]
    return np.argsort(order)[codes], tuple(found[number] for number in order)


def _distinct(coded: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """The distinct rows in order, and for each row the number of its own."""
    if coded.empty:  # a constant alone: formulaic still needs to know that there is a row
        return pd.DataFrame(index=range(1)), np.zeros(len(coded), int)
    groups = coded.groupby(list(coded), sort=True)
    return groups.size().index.to_frame(index=False), groups.ngroup().to_numpy()


def _matrix(
    formula: Formula, levels: Mapping[str, tuple[str, ...]], patterns: pd.DataFrame
) -> tuple[list[Column], sparse.csr_array]:
    """All columns of the formula's terms in order, for these patterns, made by formulaic.

    formulaic sees x0, x1, ... with whole numbers as levels: labels of any kind cannot be taken for its own notation.
    """
    alias = {name: f"x{number}" for number, name in enumerate(formula.variables)}
    data = pd.DataFrame(
        {
            alias[name]: pd.Categorical(values, categories=range(len(levels[name]))) if name in levels else values
            for name, values in patterns.items()
        },
        index=patterns.index,
    )
    text = " + ".join(":".join(alias[name] for name in term) or "1" for term in formula.terms)
    if formula.variables:
        made = formulaic.Formula(text).get_model_matrix(data, output="sparse")
        names, matrix = list(made.model_spec.column_names), sparse.csr_array(made)
    else:
        names, matrix = ["Intercept"], sparse.csr_array(np.ones((len(patterns), 1)))

    columns: dict[str, Column] = {}
    for term in formula.terms:
        parts = [range(1, len(levels[name])) if name in levels else [None] for name in term]
        for numbers in product(*parts):
            words = [alias[n] if at is None else f"{alias[n]}[T.{at}]" for n, at in zip(term, numbers, strict=True)]
            column = tuple((n, "" if at is None else levels[n][at]) for n, at in zip(term, numbers, strict=True))
            columns[":".join(words) or "Intercept"] = column
    place = {name: number for number, name in enumerate(names)}
    return list(columns.values()), matrix[:, [place[name] for name in columns]]
