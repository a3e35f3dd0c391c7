"""Groups of persons, and nothing smaller: formed before anything is returned, and never two that differ by a few.

A figure is shown of five persons or more, and leaves only of eleven or more. Of two figures the difference is a figure
too: a group is withheld if what it has more or less than one shown before belongs to fewer persons than that. So is
one measure of a group: where a sensor failed, it is of fewer persons than the group. What was shown is remembered in a
`Ledger`, for one session inside and for all releases together.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from workbench.terms.errors import Refused, UnknownName
from workbench.terms.text import _, n_
from workbench.wearables.summaries import DIMENSIONS, Summaries

INSIDE, RELEASE = 5, 11
"""Fewest persons behind a figure that is shown inside, and behind one that leaves."""
ENERGY = ("noise",)
AVERAGED = ("noise", "carbon_monoxide", "heart_rate", "reserve")
_Rows = frozenset[tuple[str, str, str]]


def ecological_note() -> str:
    """What has to be known where a group's figures stand beside the accident rate of its sector and region."""
    return _(
        "The rate is of a sector and a region, the recordings of one group in it: that both are high or low together "
        "does not tell what holds for persons (ecological fallacy)."
    )


@dataclass(frozen=True)
class Group:
    """The rows of one group, by their codes, and whether it is shown."""

    codes: tuple[str, ...]
    rows: pd.DataFrame = field(repr=False)
    shown: bool


@dataclass
class Ledger:
    """The groups that were shown so far, as sets of rows (person, shift, hour).

    Attributes
    ----------
    shown : rows of each group
    measures : of each measure a ledger of the rows of which it was known
    """

    shown: list[_Rows] = field(default_factory=list)
    measures: dict[str, "Ledger"] = field(default_factory=dict)

    def of(self, measure: str) -> "Ledger":
        """What was shown of one measure.

        Parameters
        ----------
        measure : name of a figure

        Returns
        -------
        Ledger
        """
        return self.measures.setdefault(measure, Ledger())

    def admits(self, rows: _Rows, fewest: int) -> bool:
        """Whether a group, and its difference from every one shown before, is of enough persons or of nobody.

        Parameters
        ----------
        rows : of the group
        fewest : persons

        Returns
        -------
        bool
        """
        if not _is_of(rows, fewest):
            return False
        return all(_is_of(difference, fewest) for other in self.shown if (difference := rows ^ other))

    def remember(self, groups: list[_Rows]) -> None:
        """Keep what is shown from now on.

        Parameters
        ----------
        groups : rows of each
        """
        self.shown += [group for group in dict.fromkeys(groups) if group not in self.shown]


@dataclass(frozen=True, kw_only=True)
class Groups:
    """Figures of groups.

    Attributes
    ----------
    by : what they are formed by
    frame : a row per group: `by`, persons (rounded down to fives), hours, alarms, per_shift (alarms in eight hours),
        means, state ("" or "withheld", then without a figure)
    withheld : groups without a figure
    fewest : persons behind each figure, at the least
    synthetic : whether the recordings are made up
    """

    by: tuple[str, ...]
    frame: pd.DataFrame = field(repr=False)
    withheld: int
    fewest: int
    synthetic: bool = False

    def __str__(self) -> str:
        shown = len(self.frame) - self.withheld
        shown_groups = n_("{n} group of {fewest} or more persons", "{n} groups of {fewest} or more persons", shown)
        text = shown_groups.format(n=shown, fewest=self.fewest)
        if self.withheld:
            text += "; " + n_("{n} withheld", "{n} withheld", self.withheld).format(n=self.withheld)
        return _("Synthetic data. {summary}").format(summary=text) if self.synthetic else text

    def table(self) -> pd.DataFrame:
        """Groups that are shown, with alarms and hours as numbers that `wb.table` takes.

        Returns
        -------
        DataFrame
            `by`, alarms, hours.
        """
        return self.frame.loc[self.frame["state"] == "", [*self.by, "alarms", "hours"]].reset_index(drop=True)


def grouped(
    summaries: Summaries,
    by: Sequence[str] = ("team",),
    *,
    where: Mapping[str, Sequence[str]] | None = None,
    ledger: Ledger,
    release: bool = False,
    synthetic: bool = False,
) -> Groups:
    """Figures of groups of persons.

    Each person's mean is taken first, so that nobody with many hours dominates.

    Parameters
    ----------
    summaries : rows of persons
    by : of `DIMENSIONS`
    where : codes of some dimensions; all others stay out
    ledger : what was shown before; it remembers these groups too
    release : whether the figures leave: eleven persons instead of five
    synthetic : whether the recordings are made up

    Returns
    -------
    Groups

    Raises
    ------
    UnknownName
        For a dimension that there is not.
    Refused
        Where no row is chosen.
    """
    by, fewest = tuple(by), RELEASE if release else INSIDE
    groups = admitted_groups(summaries, by, where=where, ledger=ledger, fewest=fewest)
    measures = [name for name in AVERAGED if name in summaries.frame]
    parts = iter(known_parts([g.rows for g in groups if g.shown], measures, ledger=ledger, fewest=fewest))
    figures = [
        {
            **dict(zip(by, group.codes, strict=True)),
            **(_figures(group.rows, next(parts)) if group.shown else {"state": "withheld"}),
        }
        for group in groups
    ]
    frame = pd.DataFrame(figures, columns=[*by, "persons", "hours", "alarms", "per_shift", *measures, "state"])
    withheld = sum(not group.shown for group in groups)
    return Groups(by=by, frame=frame, withheld=withheld, fewest=fewest, synthetic=synthetic)


def admitted_groups(
    summaries: Summaries,
    by: Sequence[str],
    *,
    where: Mapping[str, Sequence[str]] | None = None,
    ledger: Ledger,
    fewest: int,
) -> list[Group]:
    """Groups of rows, each with whether it is shown; the ledger remembers those that are.

    Parameters
    ----------
    summaries : rows of persons
    by : of `DIMENSIONS`
    where : codes of some dimensions
    ledger : what was shown before
    fewest : persons

    Returns
    -------
    list of Group

    Raises
    ------
    UnknownName
        For a dimension that there is not.
    Refused
        Where no row is chosen.
    """
    where = dict(where or {})
    for name in (*by, *where):
        if name not in DIMENSIONS:
            hint = _("There are: {names}.").format(names=", ".join(DIMENSIONS))
            raise UnknownName(_("dimension of groups"), name, DIMENSIONS, hint=hint)
    rows = summaries.frame
    for name, codes in where.items():
        rows = rows[rows[name].isin(list(codes))]
    if rows.empty:
        raise Refused(_("No recording has these codes."))
    parts = list(rows.groupby(list(by), sort=True)) if by else [((), rows)]
    kept = _admitted([_rows_of(part) for _codes, part in parts], ledger, fewest)
    return [Group(codes, part, shown) for (codes, part), shown in zip(parts, kept, strict=True)]


def known_parts(
    parts: Sequence[pd.DataFrame], measures: Iterable[str], *, ledger: Ledger, fewest: int
) -> list[dict[str, pd.DataFrame]]:
    """Of each group that is shown the measures that are shown, each with the rows of which it is known.

    Parameters
    ----------
    parts : rows of the groups: person, shift, perhaps hour, and the measures (NaN where not known)
    measures : columns
    ledger : what was shown before of each measure; it remembers these too
    fewest : persons

    Returns
    -------
    list of dict
        In the order of `parts`: rows by measure, without those that are withheld.
    """
    found: list[dict[str, pd.DataFrame]] = [{} for _part in parts]
    for name in measures:
        known = [part[part[name].notna()] for part in parts]
        kept = _admitted([_rows_of(part) for part in known], ledger.of(name), fewest)
        for place, shown in enumerate(kept):
            if shown:
                found[place][name] = known[place]
    return found


def _is_of(rows: Iterable[tuple[str, ...]], fewest: int) -> bool:
    """Whether rows are of so many persons: counted until they are enough."""
    persons = set()
    for row in rows:
        persons.add(row[0])
        if len(persons) >= fewest:
            return True
    return False


def _rows_of(part: pd.DataFrame) -> _Rows:
    hours = part["hour"] if "hour" in part else [""] * len(part)  # of a whole shift
    return frozenset(zip(part["person"], part["shift"], hours, strict=True))


def _admitted(groups: list[_Rows], ledger: Ledger, fewest: int) -> list[bool]:
    """Which groups are shown; all shown ones together are a figure too, for who adds them up."""
    kept = [False] * len(groups)
    # the largest first: of two that give one another away the smaller is withheld
    for place in sorted(range(len(groups)), key=lambda place: -len(groups[place])):
        kept[place] = ledger.admits(groups[place], fewest)
    while any(kept):
        together = frozenset().union(*(group for group, shown in zip(groups, kept, strict=True) if shown))
        if ledger.admits(together, fewest):
            break
        kept[min((p for p in range(len(groups)) if kept[p]), key=lambda place: len(groups[place]))] = False
    if any(kept):
        ledger.remember([*(group for group, shown in zip(groups, kept, strict=True) if shown), together])
    return kept


def _figures(part: pd.DataFrame, known: Mapping[str, pd.DataFrame]) -> dict:
    """Sums, and means of the means of persons, so that nobody with many hours dominates; noise as energy."""
    hours = float(part["minutes"].sum() / 60)
    figures = {
        "persons": part["person"].nunique() // 5 * 5,
        "hours": round(hours, 1),
        "alarms": int(part["alarms"].sum()),
        "per_shift": float(part["alarms"].sum() / hours * 8),
        "state": "",
    }
    for name, rows in known.items():
        values = 10 ** (rows[name] / 10) if name in ENERGY else rows[name]
        person = rows["person"]
        each = (values * rows["minutes"]).groupby(person).sum() / rows["minutes"].groupby(person).sum()
        mean = float(each.mean())
        figures[name] = 10 * np.log10(mean) if name in ENERGY else mean
    return figures
