"""Years from which a source counts differently: declared by its catalogue entry, or marked in its rows."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.study.data import origin_of
from workbench.study.divide import divide
from workbench.study.reliability import letters
from workbench.terms.errors import Refused
from workbench.terms.text import _, translated
from workbench.terms.words import some

MOST_GROUPS = 3
"""So many groups are named beside a year that is marked in several."""


@dataclass(frozen=True, kw_only=True)
class Crossed:
    """The breaks that figures of several years run across, because nothing is cut there.

    Attributes
    ----------
    declared : years of the catalogue entry
    marked : years with the flag b in the rows, and the groups in which they have it (none of a single series)
    """

    declared: tuple[int, ...] = ()
    marked: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    @property
    def years(self) -> list[int]:
        return sorted({*self.declared, *self.marked})

    def notes(self) -> list[str]:
        """A note that names the marked years, each with its groups, if there are any."""
        if not self.marked:
            return []
        periods = some(
            f"{year} ({some(groups, MOST_GROUPS)})" if groups else year for year, groups in sorted(self.marked.items())
        )
        return [
            _("Marked as a break in the accidents or in the people at risk, and not cut there: {periods}.").format(
                periods=periods
            )
        ]

    def said(self, sentence: str) -> str:
        """A sentence about these years, which says that it runs across the breaks."""
        if not self.years:
            return sentence
        return _("{sentence} A break is marked at {years}: figures before and after are not counted alike.").format(
            sentence=sentence, years=some(self.years)
        )

    def within(self, words: str) -> str:
        """Words without a full stop, such as a headline, which say that they run across the breaks."""
        if not self.years:
            return words
        return _("{words}, across a break marked at {years}").format(words=words, years=some(self.years))


def crossed(
    rows: pd.DataFrame,
    by: Sequence[str] = ("year",),
    *,
    declared: Iterable[int] = (),
    cut: Iterable[int] = (),
    label: Callable[[str, object], str] | None = None,
) -> Crossed:
    """The breaks between the first and the last figure of each group.

    Parameters
    ----------
    rows : DataFrame
        With the columns `by`, value and flag.
    by : sequence of str
        Dimensions of the rows; "year" is one of them.
    declared : iterable of int
        Years of declared breaks that the figures run across.
    cut : iterable of int
        Years at which the series is cut: a flag b there is no news.
    label : callable, optional
        What a code of a dimension is called.

    Returns
    -------
    Crossed
    """
    if "year" not in rows:  # of one year, or of all together
        return Crossed()
    cut, years = set(cut), rows["year"].tolist()
    broken = ["b" in flag and year not in cut for flag, year in zip(letters(rows["flag"].values), years, strict=True)]
    if not any(broken):  # as is usual
        return Crossed(declared=tuple(sorted(declared)))
    flagged = rows[broken]

    names = [name for name in by if name not in ("year", "month")]
    known = rows[rows["value"].notna()]
    marked: dict[int, list[str]] = {}
    for codes, part in flagged.groupby(names, sort=False) if names else [((), flagged)]:
        years = known["year"] if not names else known.loc[(known[names] == list(codes)).all(axis=1), "year"]
        group = ", ".join(label(name, code) if label else str(code) for name, code in zip(names, codes, strict=True))
        for year in part["year"].unique():
            if years.min() < year <= years.max():
                marked.setdefault(int(year), []).extend([group] if group else [])
    return Crossed(
        declared=tuple(sorted(declared)), marked={year: tuple(groups) for year, groups in sorted(marked.items())}
    )


def crossed_between(cube: Cube, selections: Iterable[Selection], exposure: str | Cube | None = None) -> Crossed:
    """The breaks between the first and the last year of several selections that are set against each other.

    Parameters
    ----------
    cube : Cube
    selections : iterable of Selection
        Of whose figures one is compared with another; of the same years they run across nothing.
    exposure : str or Cube, optional
        Of the people at risk, in place of the entry that the catalogue names.

    Returns
    -------
    Crossed
    """
    selections = tuple(selections)
    spans = {one.years or cube.years() for one in selections} - {None}
    if len(spans) < 2:
        return Crossed()

    years = min(first for first, _last in spans), max(last for _first, last in spans)
    return _crossed_within(cube, dict.fromkeys(one.but(years=years) for one in selections), exposure)


def crossed_within(cube: Cube, selection: Selection, exposure: str | Cube | None = None) -> Crossed:
    """The breaks between the first and the last year of one selection, of which its later years are compared."""
    return _crossed_within(cube, [selection], exposure)


def _crossed_within(cube: Cube, selections: Iterable[Selection], exposure: str | Cube | None) -> Crossed:
    declared, marked = set(), {}
    for selection in selections:
        declared |= breaks(cube, selection).keys()
        try:
            rows = divide(cube, selection, by=("year",), exposure=exposure, needs="people").frame
        except Refused:  # not to be had by year: then nothing is marked either
            continue
        marked |= crossed(rows, cut=declared).marked
    return Crossed(declared=tuple(sorted(declared)), marked=marked)


def breaks(cube: Cube, selection: Selection) -> dict[int, str]:
    """Declared breaks inside the years, countries and sectors of the selection, and inside those of the data.

    Returns
    -------
    dict
        The first year that is counted differently, and why. The first year of the data itself breaks with nothing.
    """
    origin, years = origin_of(cube), selection.years or cube.years()
    if origin is None or not years:
        return {}

    first, last = years
    within = [declared for declared in origin.dataset.breaks if first < int(declared["year"]) <= last]
    if not within:  # before all codes of the cube are gone through
        return {}
    codes = selection.regions or (cube.codes("nuts") if "nuts" in cube.axes else ())
    countries = {str(code)[:2] for code in codes}
    sectors = _members(cube, selection.sectors)
    return {
        int(declared["year"]): translated(str(declared["reason"]))
        for declared in within
        if (not countries or str(declared["where"])[:2] in countries | {"", "EU"})
        and _concerns(cube, declared, sectors)
    }


def _concerns(cube: Cube, declared: Mapping, sectors: frozenset) -> bool:
    """Whether a break lies in the sectors of the selection; one without sectors concerns all of them."""
    if not sectors or not declared["sectors"] or "nace" not in cube.lists:
        return True
    return bool(_members(cube, declared["sectors"]) & sectors)


def _members(cube: Cube, sectors) -> frozenset:
    return frozenset().union(*(cube.lists["nace"].members(code) for code in sectors))
