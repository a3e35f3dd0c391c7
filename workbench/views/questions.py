"""What each view of the explorer asks of a cube: its own dimensions, under a selection that all views share."""

from collections.abc import Iterable
from contextlib import suppress

import polars as pl

from workbench.cubes.cube import Cube
from workbench.cubes.selection import FIELD_OF, Selection
from workbench.study.data import Origin, prepare
from workbench.study.exposure import PER
from workbench.study.finding import Finding
from workbench.study.questions.counts import counts
from workbench.study.questions.rates import rates
from workbench.study.questions.trend import trend
from workbench.terms.codes import UNKNOWN
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import ModelError, Refused, WorkbenchError
from workbench.terms.text import _, mark, translated

RATE = "rate"
"""The measure that is divided by people at risk, or published as a rate; other measures go by their own names."""
VIEWS = ("place", "time", "groups", "people")
WANTED = {"place": mark("region"), "time": mark("year"), "groups": mark("anything else"), "people": mark("sex and age")}


Question = tuple[str, str, tuple[str, ...], Selection]


def question(
    cube: Cube, view: str, selection: Selection, *, measure: str, level: str | None, divide: str | None
) -> Question | str:
    """What one view asks: view, measure, dimensions and selection; or the reason why it steps aside.

    A view does not restrict what it shows: the map shows the chosen regions among those of their countries, the
    groups show the chosen sector among all sectors, a map of countries shows them all, the trend shows the chosen year
    among all years.

    Parameters
    ----------
    cube : Cube
    view : str
        One of VIEWS.
    selection : Selection
        That all views share.
    measure : str
        RATE, or a measure of the cube.
    level : str or None
        Dimension of the map, such as nuts2.
    divide : str or None
        Dimension of the groups.

    Returns
    -------
    tuple, or str
        The query for `answer`, or the reason why there is none.
    """
    by = {"place": (level,), "time": ("year",), "groups": (divide,), "people": ("sex", "age_group")}[view]
    if None in by or not {DIMENSIONS[name].axis for name in by} <= cube.axes:
        return _("{name} is not divided by {what}.").format(name=_title(cube), what=translated(WANTED[view]))
    try:
        wanted = _all_years(selection) if view == "time" else _widened(cube, selection, by)
    except WorkbenchError as refusal:
        return str(refusal)
    if view != "time" and not (divisible(cube) if measure == RATE else cube.measures[measure].how == "sum"):
        wanted = wanted.but(years=last_year(cube, selection))
    return view, measure, by, wanted


def answer(cube: Cube, query: Question | str) -> Finding | str:
    """The finding of one view, or the reason why it steps aside.

    Parameters
    ----------
    cube : Cube
    query : tuple, or str
        As `question` gives it.

    Returns
    -------
    Finding, or str
        The reason why there is none.
    """
    if isinstance(query, str):
        return query
    view, measure, by, selection = query
    try:
        if measure != RATE:
            return counts(cube, selection, by, measure=measure)
        return _line(cube, selection) if view == "time" else rates(cube, selection, by)
    except WorkbenchError as refusal:
        return str(refusal)


def start(cube: Cube) -> Selection:
    """The first selection: all that the entry counts in its latest finished year; of shares one question and answer.

    Parameters
    ----------
    cube : Cube

    Returns
    -------
    Selection
    """
    first = _first_with_figures(cube) if _adds_up(cube) else _one_of_each(cube)
    return prepare(cube, _of_one_year(cube, _only(cube, first)), ()).selection


def counted(cube: Cube, selection: Selection) -> str:
    """What is counted, in words: what is asked for, with what the entry restricts where nothing is said."""
    shown = prepare(cube, _only(cube, selection), ()).selection
    sentence = shown.words(cube.lists)
    return _("everything, {years}").format(years=sentence) if set(shown.restricted()) == {"year"} else sentence


def _only(cube: Cube, selection: Selection) -> Selection:
    """What is asked, with the sector, country or severity named where the source has no other."""
    free = {axis: field for axis, field in FIELD_OF.items() if axis in cube.axes - set(selection.restricted())}
    codes_of = {field: set(cube.codes(axis)) - {UNKNOWN} for axis, field in free.items()}
    return selection.but(**{field: codes for field, codes in codes_of.items() if len(codes) == 1})


def _of_one_year(cube: Cube, selection: Selection) -> Selection:
    """What is asked of the latest year that is finished: added up, years would reach over breaks."""
    years = cube.years()
    if not years or years[0] == years[1]:
        return selection
    try:
        by_year = counts(cube, selection, ("year",), measure=_first_measure(cube)).frame
        with suppress(WorkbenchError):  # a sample is not divided
            by_year = rates(cube, selection, ("year",)).frame
    except WorkbenchError:
        return selection
    with_figures = by_year[by_year["value"].notna()]
    year = with_figures["year"].max()
    finished = with_figures[
        ~with_figures["flag"].str.contains("p") & ~with_figures["year"].isin(_begun(cube, selection, year))
    ]
    year = finished["year"].max() if len(finished) else year
    return selection if year != year else selection.but(years=(int(year), int(year)))


def _one_of_each(cube: Cube) -> Selection:
    """Of what cannot be added up, one question, answer and day, and of regions or sectors without a total the first."""
    regions = {"EU27_2020"} if "nuts" in cube.axes and "EU27_2020" in cube.codes("nuts") else set()
    where = {axis: {cube.codes(axis)[0]} for axis in ("question", "day") if axis in cube.axes}
    if "answer" in cube.axes:
        codes = answers(cube, next(iter(where["question"])))
        where["answer"] = {"Yes" if "Yes" in codes else codes[0]}
    selection = Selection(regions=regions, where=where)
    for _axis in FIELD_OF:
        try:
            cube.ask(_first_measure(cube), selection.but(years=last_year(cube, selection)))
        except Refused as refusal:
            axis = refusal.dimension
            if axis in FIELD_OF and axis in cube.axes and axis not in selection.restricted():
                selection = selection.but(**{FIELD_OF[axis]: {cube.codes(axis)[0]}})
    return selection


def _begun(cube: Cube, selection: Selection, last: int) -> set[int]:
    """The last year, where all countries count it differently from the years before: as a rule it still fills up."""
    countries = {code[:2] for code in selection.regions or (cube.codes("nuts") if "nuts" in cube.axes else ())}
    found = cube.source.dataset.breaks if isinstance(cube.source, Origin) else ()
    whole = [cut for cut in found if str(cut["where"])[:2] in {"", "EU"} or countries <= {str(cut["where"])[:2]}]
    return {last} & {int(cut["year"]) for cut in whole}


def _first_measure(cube: Cube) -> str:
    """Accidents where it has them, else the first of what it has."""
    return "accidents" if cube.has("accidents") else next(filter(cube.has, cube.measures))


def _first_with_figures(cube: Cube) -> Selection:
    """Everything, or where extracts do not add up to a total, the country of which there is most."""
    measure = _first_measure(cube)
    if "nuts" not in cube.axes or cube.ask(measure).frame[measure].notna().all():
        return Selection()
    try:
        by_country = cube.ask(measure, by=("nuts0",)).frame.dropna(subset=measure)
    except WorkbenchError:
        return Selection()
    return Selection(regions=set(by_country.sort_values(measure)["nuts0"].tail(1)))


def answers(cube: Cube, question: str) -> list[str]:
    """The answers that a question of a survey has.

    Parameters
    ----------
    cube : Cube
        Of a survey.
    question : str
        Its code.

    Returns
    -------
    list of str
        Codes, in the order of their list.
    """
    margin = next(m for m in cube.margins if {"question", "answer"} <= set(m.axes))
    rows = margin.frame.filter(pl.col("question") == question)
    return [code for code in cube.codes("answer") if code in set(rows.get_column("answer"))]


def measures(cube: Cube, first: Selection) -> dict[str, str]:
    """What can be shown of a cube, by name: the rate where one can be given, then what it counts or publishes.

    Parameters
    ----------
    cube : Cube
    first : Selection
        With which the explorer opens.

    Returns
    -------
    dict of str to str
        Names by label.
    """
    found = {}
    try:
        figure = rates(cube, first.but(years=last_year(cube, first)))
        found[_("Rate") if cube.has("accidents") else cube.measures[_first_measure(cube)].label] = RATE
        published = figure.frame["count"].isna().all()
    except WorkbenchError:
        published = False
    inner = {"records", "variance"}
    own = {
        measure.label or name: name for name, measure in cube.measures.items() if name not in inner and cube.has(name)
    }
    return found if published and len(own) == 1 else {**found, **own}


def divisible(cube: Cube) -> bool:
    """Whether its counts are divided by people here, so that years can be pooled."""
    named = isinstance(cube.source, Origin) and cube.source.dataset.exposure
    return cube.has("accidents") and bool(named or any(cube.has(name) for name in PER))


def last_year(cube: Cube, selection: Selection) -> tuple[int, int] | None:
    """The last year of what is asked: published rates cannot be pooled over years."""
    years = selection.years or cube.years()
    return (years[1], years[1]) if years else None


def levels(cube: Cube) -> dict[str, str]:
    """Levels of regions that a map can show, by name; counts also roll up to wider ones.

    Parameters
    ----------
    cube : Cube

    Returns
    -------
    dict of str to str
        Dimensions by label.
    """
    if "nuts" not in cube.axes:
        return {}
    known, names = cube.lists["nuts"], {0: _("countries"), 1: _("NUTS 1"), 2: _("NUTS 2"), 3: _("NUTS 3")}
    codes = [part for code in cube.codes("nuts") for part in (known.joined(code) if "+" in code else (code,))]
    found = {known.level(code) for code in codes} - {None}
    return {names[n]: f"nuts{n}" for n in range(4) if n in found or (_adds_up(cube) and n < max(found, default=-1))}


def divisions(cube: Cube) -> dict[str, str]:
    """Dimensions to divide groups by, by name: all but place and year.

    Parameters
    ----------
    cube : Cube

    Returns
    -------
    dict of str to str
        Dimensions by label.
    """
    found = {}
    for name, dim in DIMENSIONS.items():
        if dim.axis in cube.axes - {"nuts", "year"}:
            known = cube.lists[dim.axis]
            present = {
                known.level(part) for code in cube.codes(dim.axis) for part in (known.joined(code) or (code,))
            } - {None}
            if dim.level is None or max(present, default=0) >= dim.level:
                found[dim.label] = name
    return found


def _all_years(selection: Selection) -> Selection:
    """Of one year there is no line: then the years around it; of several, those."""
    one = selection.years and selection.years[0] == selection.years[1]
    return selection.but(years=None) if one else selection


def _line(cube: Cube, selection: Selection) -> Finding:
    """The trend; of too few years for a line, the years."""
    try:
        return trend(cube, selection)
    except ModelError:
        return rates(cube, selection, ("year",))


def _widened(cube: Cube, selection: Selection, by: Iterable[str]) -> Selection:
    """The selection without its restriction on the dimensions of `by`; regions widen to their countries."""
    changes: dict = {}
    for axis in {DIMENSIONS[name].axis for name in by}:
        if axis == "nuts":
            known, wide = cube.lists["nuts"], "nuts0" in by
            parts = {part for code in selection.regions for part in code.split("+")}
            countries = {known.ancestor_at(part, 0) for part in parts}
            changes["regions"] = (
                frozenset() if wide or UNKNOWN in countries else frozenset(countries)
            )  # of an EU aggregate: all
        elif axis == "age_group":
            changes["ages"] = None
        elif axis in FIELD_OF:
            changes[FIELD_OF[axis]] = frozenset()
        else:
            changes["where"] = {name: codes for name, codes in selection.where if DIMENSIONS[name].axis != axis}
    return selection.but(**changes)


def _adds_up(cube: Cube) -> bool:
    return any(measure.how == "sum" and cube.has(name) for name, measure in cube.measures.items())


def _title(cube: Cube) -> str:
    return cube.source.dataset.title if isinstance(cube.source, Origin) else cube.name
