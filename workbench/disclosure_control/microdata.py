"""How well persons hide among each other in records: k-anonymity, l-diversity, coarser places and times."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from workbench.disclosure_control.rules import Rules, bounds_shown
from workbench.terms.errors import Refused
from workbench.terms.text import _, n_
from workbench.terms.words import number


@dataclass(frozen=True, kw_only=True)
class Anonymity:
    """How many persons are alike in what others may know of them.

    Attributes
    ----------
    keys : the columns that others may know
    k : persons in the smallest group of equal keys
    unique : persons who are alone with their keys
    under : persons in groups smaller than `minimum`
    persons, groups, minimum : how many there are; the size that is asked for
    diversity : for each other column the fewest different values within a group of equal keys (l-diversity)
    sizes : how many groups there are of each size
    ranges : of each column of numbers between which values nobody stands out: the tenth smallest and the tenth largest,
        in place of minimum and maximum, which are single persons'
    """

    keys: tuple[str, ...]
    k: int
    unique: int
    under: int
    persons: int
    groups: int
    minimum: int
    diversity: Mapping[str, int]
    sizes: pd.Series = field(repr=False, compare=False)
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def __str__(self) -> str:
        lines = [
            n_(
                "By {keys}, {persons:,} persons fall into {groups:,} groups; the smallest has {k} person (k = {k}).",
                "By {keys}, {persons:,} persons fall into {groups:,} groups; the smallest has {k} persons (k = {k}).",
                self.k,
            ).format(keys=", ".join(self.keys), persons=self.persons, groups=self.groups, k=self.k),
            _("{under:,} persons ({share:.1%}) are in groups of fewer than {minimum}; {unique:,} are alone.").format(
                under=self.under, share=self.under / max(self.persons, 1), minimum=self.minimum, unique=self.unique
            ),
        ]
        for name, (low, high) in self.ranges.items():
            message = _("{column}: {low} to {high}, without the {least} smallest and largest.")
            lines.append(message.format(column=name, low=number(low), high=number(high), least=self.minimum - 1))
        alike = [name for name, least in self.diversity.items() if least == 1]
        if alike:
            lines.append(
                _("Some group is all alike in {columns}: who knows the keys knows it too (l = 1).").format(
                    columns=", ".join(alike)
                )
            )
        return "\n".join(lines)


def anonymity_of(records: pd.DataFrame, keys: Sequence[str], *, minimum: int = 10) -> Anonymity:
    """k-anonymity (Samarati & Sweeney 1998) and distinct l-diversity (Machanavajjhala et al. 2007) of records.

    Parameters
    ----------
    records : DataFrame
        A row per person.
    keys : sequence of str
        Columns that others may know of a person: place, sector, sex, age.
    minimum : int
        The size of a group that is asked for.

    Returns
    -------
    Anonymity

    Raises
    ------
    Refused
        For no key, a column that there is not, or no records.
    """
    absent = [name for name in keys if name not in records]
    if absent or not keys:
        raise Refused(
            _("Give keys among the columns of the records: {columns}.").format(columns=", ".join(map(str, records)))
        )
    if records.empty:
        raise Refused(_("There are no records."))
    groups = records.groupby(list(keys), dropna=False, observed=True)
    sizes = groups.size()
    others = [name for name in records if name not in keys]
    return Anonymity(
        keys=tuple(keys),
        k=int(sizes.min()),
        unique=int((sizes == 1).sum()),
        under=int(sizes[sizes < minimum].sum()),
        persons=len(records),
        groups=len(sizes),
        minimum=minimum,
        diversity={name: int(groups[name].nunique(dropna=False).min()) for name in others},
        sizes=sizes.value_counts().sort_index(),
        ranges=_ranges(records, minimum),
    )


def _ranges(records: pd.DataFrame, minimum: int) -> dict[str, tuple[float, float]]:
    """Of each column of numbers the bounds within which it may be drawn; without those of too few values."""
    numbers = records.select_dtypes("number").astype("float64")
    found = {name: bounds_shown(column.to_numpy(), Rules(minimum=minimum)) for name, column in numbers.items()}
    return {name: bounds for name, bounds in found.items() if bounds[0] == bounds[0]}


def coarsened(records: pd.DataFrame, *, place: int | None = None, time: str | None = None) -> pd.DataFrame:
    """Records with coarser places and times.

    Parameters
    ----------
    records : DataFrame
        With `nuts` codes, and dates.
    place : int, optional
        The NUTS level to cut codes to, 0 to 3.
    time : str, optional
        "year", "quarter" or "month": dates become the first day of theirs.

    Returns
    -------
    DataFrame
        A copy.

    Raises
    ------
    Refused
        For another level or unit.
    """
    if place is not None and place not in range(4) or time not in (None, "year", "quarter", "month"):
        raise Refused(_("Places are cut to NUTS levels 0 to 3, times to year, quarter or month."))
    changes = {}
    if place is not None:
        changes = {name: records[name].str[: 2 + place] for name in records if name == "nuts"}
    if time is not None:
        dates = records.select_dtypes("datetime")
        letter = {"year": "Y", "quarter": "Q", "month": "M"}[time]
        changes |= {name: dates[name].dt.to_period(letter).dt.start_time for name in dates}
    return records.assign(**changes)
