"""From the cells of a cube to the units of analysis of a regression."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pandas as pd

from workbench.models.inputs import measured, some
from workbench.models.regression_design import Formula
from workbench.terms.errors import ModelError, UnknownName
from workbench.terms.text import _, n_


@dataclass(frozen=True, kw_only=True, eq=False)
class Units:
    """The units of analysis of a regression."""

    rows: pd.DataFrame = field(repr=False)  # with exposure: the variables, `_counts`, `_exposure`
    notes: tuple[str, ...]
    without_exposure: int  # rows left out


def units_of(
    cells: pd.DataFrame,
    formula: Formula,
    exposure: str | None,
    cluster: str | None,
    unit: Sequence[str] | None,
    references: Iterable[str],
) -> Units:
    """The units of analysis with exposure; events without exposure, missing codes and unknown columns are refused.

    Parameters
    ----------
    cells : DataFrame
        A row a cell: counts, codes, exposure.
    formula : Formula
    exposure : str or None
        Column of persons or hours.
    cluster : str or None
        Column whose groups are not independent.
    unit : sequence of str or None
        Columns whose cells are the units; None takes the rows as they are.
    references : iterable of str
        Columns with a level that others are compared with.

    Returns
    -------
    Units

    Raises
    ------
    ModelError
        Naming the columns, the terms outside the unit, or the cells.
    """
    cells = _checked(cells)
    needed = [*formula.variables, *([cluster] if cluster else [])]
    _check_columns(cells, [formula.response, *needed, *(unit or ()), *([exposure] if exposure else []), *references])
    if unit is not None and (outside := [name for name in needed if name not in unit]):
        raise ModelError(
            _("{names} are not part of the unit of analysis, {unit}. Add them to unit=.").format(
                names=some(outside), unit=some(unit)
            )
        )
    rows = cells[list(dict.fromkeys([*(unit or ()), *needed]))].copy()
    for name in rows:
        if rows[name].isna().any():
            raise ModelError(
                n_(
                    "{n} cell has no {name}. Give it a code of its own, or leave it out on purpose.",
                    "{n} cells have no {name}. Give them a code of their own, or leave them out on purpose.",
                    int(rows[name].isna().sum()),
                ).format(n=int(rows[name].isna().sum()), name=name)
            )
    rows["_counts"] = measured(cells[formula.response], _("the counts"), missing=False)
    rows["_exposure"] = measured(cells[exposure], _("the exposure"), missing=False) if exposure else 1.0
    if unit is not None:
        rows = rows.groupby(list(unit), sort=False, observed=True)[["_counts", "_exposure"]].sum()
        rows = rows.assign(**{name: rows.index.get_level_values(name) for name in unit})
    bare = rows["_exposure"] == 0
    if (bad := bare & (rows["_counts"] > 0)).any():
        raise ModelError(
            _(
                "There are events without exposure in {cells}: one of the two is wrong. Correct it, or leave them "
                "out of both."
            ).format(cells=some(rows.index[bad]))
        )
    kept = rows[~bare]
    if not kept["_counts"].sum() > 0:
        raise ModelError(
            _(
                "There are no events in the cells with exposure: there is nothing to explain. Take more years or "
                "regions."
            )
        )
    notes = []
    if bare.any():
        lost = [
            f"{name}={code}"
            for name in formula.variables
            for code in pd.Index(rows.loc[bare, name].unique()).difference(kept[name].unique())
        ]
        n = int(bare.sum())
        message = n_(
            "{n} cell without exposure was left out.",
            "{n} cells without exposure were left out.",
            n,
        )
        if lost:
            message = n_(
                "{n} cell without exposure was left out; of {codes} nothing is left.",
                "{n} cells without exposure were left out; of {codes} nothing is left.",
                n,
            )
        notes.append(message.format(n=n, codes=some(lost)))
    return Units(rows=kept, notes=tuple(notes), without_exposure=int(bare.sum()))


def _checked(cells: pd.DataFrame) -> pd.DataFrame:
    """The cells with a unique index."""
    if not isinstance(cells, pd.DataFrame):
        raise ModelError(_("Of the cells came {kind}, not a pandas DataFrame.").format(kind=type(cells).__name__))
    return cells if cells.index.is_unique else cells.reset_index(drop=True)


def _check_columns(cells: pd.DataFrame, names: Iterable[str]) -> None:
    for name in names:
        if name not in cells:
            raise UnknownName(_("column of the cells"), name, cells.columns, hint=_("Is it spelled as there?"))


def unit_name(cells: pd.DataFrame, formula: Formula, exposure: str | None, unit: Sequence[str] | None, n: int) -> str:
    """The unit of analysis in words; dispersion and robust errors mean nothing without it.

    Parameters
    ----------
    cells : DataFrame
        As given, before they are added up.
    formula : Formula
    exposure : str or None
        Column of persons or hours.
    unit : sequence of str or None
        As in `units_of`.
    n : int
        Number of units.

    Returns
    -------
    str
    """
    if unit is not None:
        return _("{n:,} cells of {columns}").format(n=n, columns=" x ".join(unit))
    measures = {formula.response, exposure}
    codes = [str(name) for name in cells if name not in measures and not pd.api.types.is_float_dtype(cells[name])]
    if not codes:
        return _("{n:,} rows as given").format(n=n)
    return _("{n:,} rows as given ({columns})").format(n=n, columns=" x ".join(codes))
