"""Direct standardisation of what was divided: every group with the structure that all people at risk have."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.standardise import standardised_rate
from workbench.study.data import listed
from workbench.study.disclose import how_many
from workbench.study.divide import Divided, divide
from workbench.study.reliability import states_of
from workbench.terms.codes import UNKNOWN
from workbench.terms.dimensions import dimension
from workbench.terms.errors import Refused
from workbench.terms.text import _
from workbench.terms.words import dimensions

COLUMNS = ["value", "low", "high", "level", "method", "per"]


@dataclass(frozen=True, kw_only=True)
class Standard:
    """A standard population by strata: the people themselves, and whose they are, in words."""

    strata: tuple[str, ...]
    weights: pd.Series = field(repr=False, compare=False)
    given: bool

    def words(self) -> str:
        strata = dimensions(self.strata)
        if self.given:
            return _(
                "Standardised by {strata}: the standard that was given, of {n} strata; column `crude` is the rate as "
                "it is."
            ).format(strata=strata, n=len(self.weights))
        return _(
            "Standardised by {strata}: the structure of all {people:,.0f} people at risk in these countries, sectors "
            "and years; column `crude` is the rate as it is."
        ).format(strata=strata, people=self.weights.sum())


def standardise(
    crude: Divided,
    standard: Sequence[str] | pd.Series,
    *,
    exposure: str | Cube | None = None,
    renormalise: bool = False,
    level: float = 0.95,
) -> Divided:
    """Directly standardised rates by group, the crude rates next to them in the column `crude`.

    The groups are divided once more by the strata, then weighted; accidents of unknown strata, and of strata that the
    standard does not have, are in the crude rate only, and a note says how many.

    Parameters
    ----------
    crude : the groups as they are
    standard : dimensions to standardise by; or people by such dimensions, their index named by them
    exposure, level : as for `crude`
    renormalise : take the standard over the strata that a group has, where it lacks some

    Returns
    -------
    Divided

    Raises
    ------
    Refused
        For strata that divide the groups already, or a standard that is not complete.
    """
    cube, selection, by = crude.cube, crude.selection, crude.by
    strata = strata_of(standard)
    check_strata(by, strata)

    fine = divide(cube, selection, by=(*by, *strata), exposure=exposure, needs="people", level=level).frame
    known = fine[~fine[list(strata)].eq(UNKNOWN).any(axis=1)]
    used = _standard(crude, standard, strata, exposure, level)
    parts = known.set_index([*by, *strata])
    parts = parts[parts.index.droplevel(list(by)).isin(used.weights.index)]
    rates = standardised_rate(
        parts["count"],
        parts["exposure"],
        used.weights,
        per=float(crude.frame["per"].iloc[0]),
        level=level,
        variance=parts.get("variance"),
        renormalise=renormalise,
    )

    frame = crude.frame.assign(crude=crude.frame["value"])
    if by:
        made = rates.reset_index()[[*by, *COLUMNS]]
        frame = frame.drop(columns=COLUMNS).merge(made, on=list(by), how="left")
    else:
        frame = frame.assign(**{name: getattr(rates, name) for name in COLUMNS})
    frame["state"] = states_of(frame)
    notes = [used.words(), *_left_out(crude.cube, fine, known, parts, used)]
    return replace(crude, frame=frame, notes=(*notes, *crude.notes))


def strata_of(standard: Sequence[str] | pd.Series) -> tuple[str, ...]:
    """The dimensions of a standard: as they are named, or as the index of its people names them.

    Parameters
    ----------
    standard : sequence of str, or Series
        Names of dimensions, or people of a standard by these.

    Returns
    -------
    tuple of str
    """
    names = standard.index.names if isinstance(standard, pd.Series) else listed(standard)
    if None in names:
        raise Refused(
            _('The index of the standard has no name: name it by its dimension, as in weights.rename_axis("nace1").')
        )
    return tuple(dimension(name).name for name in names)


def check_strata(by: Sequence[str], strata: Sequence[str]) -> None:
    """Refused for strata along a dimension that divides the groups.

    Parameters
    ----------
    by : sequence of str
        Dimensions of the groups.
    strata : sequence of str
        Dimensions of the standard.

    Raises
    ------
    Refused
        Naming the dimension.
    """
    axes = {dimension(name).axis for name in by}
    for name in strata:
        if dimension(name).axis in axes:
            raise Refused(
                _("{axis} divides the groups, so they cannot be standardised by it.").format(axis=name), dimension=name
            )


def _standard(
    crude: Divided, standard: Sequence[str] | pd.Series, strata: tuple[str, ...], exposure, level: float
) -> Standard:
    """The people that were given, or all people at risk in the countries, sectors and years of the selection."""
    if isinstance(standard, pd.Series):
        return Standard(strata=strata, weights=standard.rename_axis(list(strata)), given=True)

    cube, selection = crude.cube, crude.selection
    everybody = selection.but(regions=_countries(cube, selection), sexes=(), ages=None)
    frame = divide(cube, everybody, by=strata, exposure=exposure, needs="people", level=level).frame
    known = frame[~frame[list(strata)].eq(UNKNOWN).any(axis=1) & frame["exposure"].gt(0)]
    if known.empty:
        raise Refused(
            _(
                "There is no complete standard: {name} does not give the people at risk by {strata} for what is "
                "asked. Restrict the selection."
            ).format(name=cube.name, strata=", ".join(strata)),
            dimension=strata[0],
        )
    return Standard(strata=strata, weights=known.set_index(list(strata))["exposure"], given=False)


def _countries(cube: Cube, selection: Selection) -> frozenset[str]:
    """The whole countries of the regions that are asked for; of none or of an aggregate, no restriction."""
    parts = {part for code in selection.regions for part in code.split("+")}
    found = {cube.lists["nuts"].ancestor_at(part, 0) for part in parts} if parts and "nuts" in cube.lists else set()
    return frozenset() if UNKNOWN in found else frozenset(found)


def _left_out(
    cube: Cube, fine: pd.DataFrame, known: pd.DataFrame, parts: pd.DataFrame, standard: Standard
) -> list[str]:
    """How many accidents are in the crude rate only, because their stratum is unknown or not in the standard."""
    notes, strata = [], dimensions(standard.strata)
    outside = float(known["count"].sum() - parts["count"].sum())
    if standard.given and outside > 0:
        notes.append(
            _("{n} accidents in {strata} that the standard does not have are in the crude rate only.").format(
                n=how_many(cube, outside), strata=strata
            )
        )
    unknown = float(fine["count"].sum() - known["count"].sum())
    if unknown > 0:
        notes.append(
            _("{n} accidents of unknown {strata} are in the crude rate only.").format(
                n=how_many(cube, unknown), strata=strata
            )
        )
    return notes
