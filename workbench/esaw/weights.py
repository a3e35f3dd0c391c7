"""Weights of accident records: a coded sample made to stand for all accidents."""

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal

import pandas as pd

from workbench.terms.errors import ModelError
from workbench.terms.text import _, n_

STEP = Decimal("0.000001")
LARGEST = Decimal("999.999999")
"""Step and largest value of the nine characters that a record has for its weight."""


class EmptyCell(ModelError):
    """Cells with accidents but no coded record; `merges` maps each of them to the neighbour it could be merged with."""

    def __init__(self, merges: dict):
        self.merges = merges
        proposals = [
            _("{cell} with {neighbour}").format(cell=_name(cell), neighbour=_name(near))
            if near is not None
            else _("{cell} with any other: it has no neighbour with coded records").format(cell=_name(cell))
            for cell, near in merges.items()
        ]
        message = n_(
            "No weight exists for {n} cell with accidents but no coded record. Merge {proposals}, then weight again.",
            "No weight exists for {n} cells with accidents but no coded record. Merge {proposals}, then weight again.",
            len(merges),
        )
        super().__init__(message.format(n=len(merges), proposals="; ".join(proposals[:10])))


def post_stratify(population: pd.Series, sample: pd.Series) -> pd.Series:
    """Weight of every coded record of a cell: all accidents of the cell over those coded, w = N / n.

    ESAW methodology 2001, Appendix E. The weighted sample has as many accidents as the population, cell by cell, up to
    half a millionth per record, because the record keeps six decimals.

    Parameters
    ----------
    population, sample : Series of whole numbers, one row per cell, same control variables (NACE, sex, age) as index
        All accidents of the cell; those of them that were coded. A cell missing from `sample` has none.

    Returns
    -------
    Series of Decimal with six decimals, indexed as `population`; None where a cell has no accidents at all.

    Raises
    ------
    EmptyCell
        If a cell has accidents but none coded; proposes a neighbour to merge with.
    ModelError
        If a cell has more coded records than accidents, a cell occurs twice, a count is not a whole number, or a weight
        does not fit its field.
    """
    for name, counts in {_("population"): population, _("sample"): sample}.items():
        _check_counts(name, counts)

    coded = sample.reindex(population.index, fill_value=0)
    more = coded[coded > population]
    beyond = sample[(sample > 0) & ~sample.index.isin(population.index)]
    for cell in [*more.index, *beyond.index]:
        message = _("{cell} has more coded records than accidents. Check the control variables of both tables.")
        raise ModelError(message.format(cell=_name(cell)))

    empty = population.index[(coded == 0) & (population > 0)]
    if len(empty):
        raise EmptyCell({cell: _neighbour(cell, coded) for cell in empty})

    pairs = zip(population.to_numpy().tolist(), coded.to_numpy().tolist(), strict=True)
    weights = [_fit(Decimal(accidents) / Decimal(records)) if records else None for accidents, records in pairs]
    return pd.Series(weights, index=population.index, dtype=object)


def weighted_count(weights: Iterable[Decimal]) -> tuple[Decimal, Decimal]:
    """How many accidents the records stand for, and the variance of that number: sums of weights and of their squares.

    The variance treats the records as a Poisson process with known weights; with all weights 1 it is the count itself.
    """
    numbers = list(weights)
    return sum(numbers, Decimal(0)), sum((w * w for w in numbers), Decimal(0))


def _check_counts(name: str, counts: pd.Series) -> None:
    """Raise ModelError unless `counts` has one whole number, 0 or more, for each cell."""
    if not pd.api.types.is_numeric_dtype(counts) or (counts.dropna() % 1 != 0).any():
        raise ModelError(_("The {name} has counts that are not whole numbers.").format(name=name))
    if counts.index.has_duplicates or counts.isna().any() or (counts < 0).any():
        message = _("The {name} has a cell twice, a missing count or a negative one. Give one count per cell.")
        raise ModelError(message.format(name=name))


def _fit(weight: Decimal) -> Decimal:
    rounded = weight.quantize(STEP, rounding=ROUND_HALF_EVEN)
    if not 0 < rounded <= LARGEST:
        raise ModelError(
            _("A weight of {weight} does not fit the record: it holds 0.000001 to 999.999999.").format(weight=rounded)
        )
    return rounded


def _neighbour(cell: object, coded: pd.Series) -> object | None:
    """The cell with coded records that differs in the fewest variables; then the next in order, then the larger."""
    order = {value: place for place, value in enumerate(dict.fromkeys(v for key in coded.index for v in _parts(key)))}
    mine = _parts(cell)

    def distance(other: object) -> tuple[int, int, int]:
        differing = [(a, b) for a, b in zip(mine, _parts(other), strict=True) if a != b]
        return len(differing), sum(abs(order[a] - order[b]) for a, b in differing), -int(coded[other])

    return min((other for other in coded.index[coded > 0]), key=distance, default=None)


def _parts(cell: object) -> tuple:
    return cell if isinstance(cell, tuple) else (cell,)


def _name(cell: object) -> str:
    return " × ".join(map(str, _parts(cell)))
