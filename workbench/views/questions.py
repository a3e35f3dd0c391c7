"""What each view of the explorer asks of a cube: its own dimensions, under a selection that it shares with the others."""

from collections.abc import Iterable

import polars as pl

from workbench.cube.cube import Cube
from workbench.cube.selection import FIELD_OF, Selection
from workbench.study.evidence import Origin
from workbench.study.finding import Finding
from workbench.study.rates import counts, rates
from workbench.study.trend import trend
from workbench.terms.codes import UNKNOWN
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import ModelError, WorkbenchError
from workbench.terms.text import _

RATE = "rate"
"""The measure that is divided by people at risk, or published as a rate; other measures go by their own names."""
VIEWS = ("place", "time", "groups", "people")


def ask(
    cube: Cube, view: str, selection: Selection, *, measure: str, level: str | None, divide: str | None
) -> Finding | str:
    """The finding of one view, or the reason why it steps aside.

    A view does not restrict what it shows: the map shows the chosen regions among those of their countries, the
    groups show the chosen sector among all sectors.
    """
    by = {"place": (level,), "time": ("year",), "groups": (divide,), "people": ("sex", "age_group")}[view]
    if None in by or not {DIMENSIONS[name].axis for name in by} <= cube.axes:
        return _("{name} has no dimension for this view.").format(name=_title(cube))
    asked = selection if view == "time" else _widened(cube, selection, by)
    if view != "time" and not (divisible(cube) if measure == RATE else cube.measures[measure].how == "sum"):
        asked = asked.but(years=last_year(cube, selection))
    try:
        if measure != RATE:
            return counts(cube, asked, by, measure=measure)
        return _line(cube, asked) if view == "time" else rates(cube, asked, by)
    except WorkbenchError as refusal:
        return str(refusal)


def start(cube: Cube) -> Selection:
    """What is asked first: everything; of shares and means that cannot be added up, one question, answer, day."""
    if _adds_up(cube):
        return _first_with_figures(cube)
    regions = {"EU27_2020"} if "nuts" in cube.axes and "EU27_2020" in cube.codes("nuts") else set()
    where = {axis: {cube.codes(axis)[0]} for axis in ("question", "day") if axis in cube.axes}
    if "answer" in cube.axes:
        there = answers(cube, next(iter(where["question"])))
        where["answer"] = {"Yes" if "Yes" in there else there[0]}
    return Selection(regions=regions, where=where)


def _first_with_figures(cube: Cube) -> Selection:
    """Everything, or where extracts do not add up to a total, the country of which there is most."""
    measure = "accidents" if cube.has("accidents") else next(iter(cube.measures))
    if "nuts" not in cube.axes or cube.ask(measure).frame[measure].notna().all():
        return Selection()
    try:
        by_country = cube.ask(measure, by=("nuts0",)).frame.dropna(subset=measure)
    except WorkbenchError:
        return Selection()
    return Selection(regions=set(by_country.sort_values(measure)["nuts0"].tail(1)))


def answers(cube: Cube, question: str) -> list[str]:
    """The answers that a question of a survey has."""
    margin = next(m for m in cube.margins if {"question", "answer"} <= set(m.axes))
    asked = margin.frame.filter(pl.col("question") == question)
    return [code for code in cube.codes("answer") if code in set(asked.get_column("answer"))]


def measures(cube: Cube) -> dict[str, str]:
    """What can be shown of a cube, by name: the rate where one can be given, then what it counts or publishes."""
    found = {}
    try:
        figure = rates(cube, start(cube).but(years=last_year(cube, Selection())))
        found[_("Rate") if cube.has("accidents") else next(iter(cube.measures.values())).label] = RATE
        published = figure.frame["count"].isna().all()
    except WorkbenchError:
        published = False
    inner = {"records", "variance"}
    own = {its.label or name: name for name, its in cube.measures.items() if name not in inner and cube.has(name)}
    return found if published and len(own) == 1 else {**found, **own}


def divisible(cube: Cube) -> bool:
    """Whether its counts are divided by people here, so that years can be pooled."""
    named = isinstance(cube.source, Origin) and cube.source.dataset.exposure
    return cube.has("accidents") and bool(named or any(cube.has(name) for name in ("employed", "hours")))


def last_year(cube: Cube, asked: Selection) -> tuple[int, int] | None:
    """The last year of what is asked: published rates cannot be pooled over years."""
    years = asked.years or cube.years()
    return (years[1], years[1]) if years else None


def levels(cube: Cube) -> dict[str, str]:
    """Levels of regions that a map can show, by name; counts also roll up to wider ones."""
    if "nuts" not in cube.axes:
        return {}
    known, names = cube.lists["nuts"], {0: _("countries"), 1: _("NUTS 1"), 2: _("NUTS 2"), 3: _("NUTS 3")}
    codes = [part for code in cube.codes("nuts") for part in (known.joined(code) if "+" in code else (code,))]
    found = {known.level(code) for code in codes} - {None}
    return {names[n]: f"nuts{n}" for n in range(4) if n in found or (_adds_up(cube) and n < max(found, default=-1))}


def divisions(cube: Cube) -> dict[str, str]:
    """Dimensions to divide groups by, by name: all but place and year."""
    found = {}
    for name, dim in DIMENSIONS.items():
        if dim.axis in cube.axes - {"nuts", "year"}:
            known = cube.lists[dim.axis]
            there = {known.level(part) for code in cube.codes(dim.axis) for part in (known.joined(code) or (code,))} - {
                None
            }
            if dim.level is None or max(there, default=0) >= dim.level:
                found[dim.label] = name
    return found


def _line(cube: Cube, asked: Selection) -> Finding:
    """The trend; of too few years for a line, the years."""
    try:
        return trend(cube, asked)
    except ModelError:
        return rates(cube, asked, ("year",))


def _widened(cube: Cube, selection: Selection, by: Iterable[str]) -> Selection:
    """The selection without its restriction on the dimensions of `by`; regions widen to their countries."""
    changes: dict = {}
    for axis in {DIMENSIONS[name].axis for name in by}:
        if axis == "nuts":
            known = cube.lists["nuts"]
            parts = {part for code in selection.regions for part in code.split("+")}
            countries = {known.ancestor_at(part, 0) for part in parts}
            changes["regions"] = frozenset() if UNKNOWN in countries else frozenset(countries)  # an EU aggregate: all
        elif axis == "age_group":
            changes["ages"] = None
        elif axis in FIELD_OF:
            changes[FIELD_OF[axis]] = frozenset()
        else:
            changes["where"] = {name: codes for name, codes in selection.where if DIMENSIONS[name].axis != axis}
    return selection.but(**changes)


def _adds_up(cube: Cube) -> bool:
    return any(measure.how == "sum" for measure in cube.measures.values())


def _title(cube: Cube) -> str:
    return cube.source.dataset.title if isinstance(cube.source, Origin) else cube.name
