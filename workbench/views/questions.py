"""What each view of the explorer asks of a cube: its own dimensions, under a selection that all views share."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import polars as pl

from workbench.cubes.cube import Cube
from workbench.cubes.selection import FIELD_OF, Selection
from workbench.study.data import Origin
from workbench.study.exposure import PER, people_come_by
from workbench.study.finding import Finding
from workbench.study.finer import divides_by, needs_rows
from workbench.study.finer_plan import in_cube
from workbench.study.questions.compare import compare
from workbench.study.questions.counts import counts
from workbench.study.questions.rates import rates
from workbench.study.questions.smooth import smooth
from workbench.study.questions.trend import trend
from workbench.terms.codes import UNKNOWN
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import ModelError, WorkbenchError
from workbench.terms.text import _, capital, mark, translated
from workbench.terms.words import whole

RATE = "rate"
"""The measure that is divided by people at risk, or published as a rate; other measures go by their own names."""
VIEWS = ("total", "place", "time", "groups", "people", "severity", "days", "size", "hours", "causes", "model")
TABLE = "table"
"""What a page shows of one of them below the cards: it waits for its turn as views do."""
WANTED = {
    "place": mark("region"),
    "time": mark("year"),
    "groups": mark("anything else"),
    "people": mark("sex and age"),
    "severity": mark("severity"),
    "days": mark("anything else"),
    "size": mark("size of the enterprise"),
    "hours": mark("weekday and hour"),
    "causes": mark("activity, deviation and contact"),
    "model": mark("sex, age and sector"),
}
CHAIN = ("activity", "deviation", "contact")
"""How an accident happened: what the victim did, what went wrong, what injured."""
MOST_GROUPS = 20_000
"""So many groups a card and its table can show; of more, such as two million codes, a browser would have no room."""
COUNTED = ("hours", "causes")
"""Views whose groups have no people at risk of their own: they show how many, whatever the others show.

So do groups that are counted from the records on demand where people do not come by them.
"""
DAYS, BANDS = "days_lost", "days_lost_band"
"""The measure of the view of days lost; its dimension where accidents are only told apart by bands of them."""
TERMS = ("sex", "age_group", "nace1")
"""Of the regression, unless others are chosen: those that are not held at one value by the selection."""
MAPPED = {"smoothed": "smooth", "excess": "compare"}
"""What a map can show in place of the measure, and the question that gives it."""


@dataclass(frozen=True, kw_only=True)
class State:
    """What the screen shows: all that is chosen. Undo, Back and a link bring back the whole of it.

    `measure` is RATE or a measure of the cube, `level` the dimension of the map, `divide` that of the groups, `mapped`
    what the map shows in place of the measure ("" for none), `tabled` the view whose figures the table shows,
    `reference` the selection that this one is compared with, `terms` those of the regression, separated by commas (""
    for the usual ones).
    """

    selection: Selection = Selection()
    measure: str = RATE
    level: str | None = None
    divide: str | None = None
    mapped: str = ""
    tabled: str = "place"
    reference: Selection | None = None
    terms: str = ""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What one view asks: `verb` is the public function of the workbench that answers it."""

    view: str
    verb: str
    by: tuple[str, ...]
    selection: Selection
    measure: str = ""


def question(cube: Cube, view: str, state: State) -> Question | str:
    """What one view asks, or the reason why it steps aside.

    A view does not restrict what it shows: the map shows the chosen regions among those of their countries, the
    groups show the chosen sector among all sectors, a map of countries shows them all, the trend shows the chosen year
    among all years.

    Parameters
    ----------
    cube : Cube
    view : str
        One of VIEWS.
    state : State

    Returns
    -------
    Question, or str
        The question for `answer`, or the reason why there is none.
    """
    bands = view == "days" and not cube.has(DAYS)
    if bands and not _has_bands(cube):
        return _("{name} does not say how many days were lost.").format(name=title(cube))
    by = _dimensions(cube, view, state)
    if None in by or (not by and view != "total") or not divides_by(cube, by):
        return _("{name} is not divided by {what}.").format(name=title(cube), what=translated(WANTED[view]))
    crowded = [DIMENSIONS[name] for name in by if DIMENSIONS[name].axis in cube.axes and _many(cube, name)]
    if crowded:
        words = _("{dimension} has over {n} values, more than a screen can show. Ask for some of them in a notebook.")
        return words.format(dimension=capital(crowded[0].label), n=whole(MOST_GROUPS))
    try:
        wanted = _wanted(cube, view, state.selection, by)
    except WorkbenchError as refusal:
        return str(refusal)
    measure = DAYS if view == "days" and not bands else state.measure
    on_demand = view in ("size", "groups") and not {DIMENSIONS[name].axis for name in by} <= cube.axes
    if measure == RATE and (view in COUNTED or (on_demand and not people_come_by(cube, wanted, by))):
        measure = next(filter(cube.has, cube.measures))
    if view != "time" and not (divisible(cube) if measure == RATE else cube.measures[measure].how == "sum"):
        wanted = wanted.but(years=last_year(cube, state.selection))
    return Question(
        view=view, verb=_verb(view, measure, state), by=by, selection=wanted, measure="" if measure == RATE else measure
    )


def answer(cube: Cube, question: Question | str) -> Finding | str:
    """The finding of one view, or the reason why it steps aside.

    Parameters
    ----------
    cube : Cube
    question : Question, or str
        As `question` gives it.

    Returns
    -------
    Finding, or str
        The reason why there is none.
    """
    if isinstance(question, str):
        return question
    try:
        return _answer(cube, question)
    except WorkbenchError as refusal:
        return str(refusal)


def _answer(cube: Cube, question: Question) -> Finding:
    """The finding of a question; of too few years for a line, the years."""
    selection, by = question.selection, question.by
    if question.verb == "counts":
        return counts(cube, selection, by, measure=question.measure)
    if question.verb == "trend":
        try:
            return trend(cube, selection)
        except ModelError:
            return rates(cube, selection, by)
    if question.verb == "regression":
        # 0.7 s of statsmodels, which the last card of a page needs and the others do not wait for
        from workbench.study.questions.regression import regression

        return regression(cube, selection, terms=by)
    return {"smooth": smooth, "compare": compare, "rates": rates}[question.verb](cube, selection, by)


def as_answered(question: Question, finding: Finding) -> Question:
    """The question that gave a finding: of too few years for a line, the rates of the years.

    Parameters
    ----------
    question : Question
    finding : Finding
        Its answer.

    Returns
    -------
    Question
    """
    return replace(question, verb="rates") if question.verb == "trend" and finding.model is None else question


def _has_bands(cube: Cube) -> bool:
    """Whether accidents are told apart by bands of days lost, by the cube or once its records are counted."""
    return in_cube(cube, DIMENSIONS[BANDS]) or needs_rows(cube, Selection(), (BANDS,))


def _many(cube: Cube, name: str) -> bool:
    """Whether a dimension has more codes than can be shown, at whatever level it is asked."""
    axis = DIMENSIONS[name].axis
    return any(axis in margin.axes and len(margin.codes(axis)) > MOST_GROUPS for margin in cube.margins)


def _verb(view: str, measure: str, state: State) -> str:
    if view == "model":
        return "regression"
    if measure != RATE:
        return "counts"
    if view == "time":
        return "trend"
    return MAPPED.get(state.mapped, "rates") if view == "place" else "rates"


def _dimensions(cube: Cube, view: str, state: State) -> tuple[str | None, ...]:
    """What a view divides by; of weekday and hour those that there are."""
    if view == "hours":  # of one of the two, the groups can show it
        names = tuple(name for name in ("weekday", "hour") if divides_by(cube, (name,)))
        return () if names == (state.divide,) else names
    if view == "model":
        return _terms(cube, state.selection, tuple(filter(None, state.terms.split(","))) or TERMS)
    return {
        "total": (),
        "place": (state.level,),
        "time": ("year",),
        "groups": (state.divide,),
        "days": (state.divide if cube.has(DAYS) else BANDS,),
        "people": ("sex", "age_group"),
        "severity": ("severity",),
        "size": ("size",),
        "causes": CHAIN,
    }[view]


def _terms(cube: Cube, selection: Selection, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Terms with two values or more under the selection; one that only the records have where it was chosen."""
    restricted = selection.restricted()
    return tuple(
        name
        for name in wanted
        if len(restricted.get(DIMENSIONS[name].axis, (0, 0))) > 1
        and (DIMENSIONS[name].axis in cube.axes or (name not in TERMS and divides_by(cube, (name,))))
    )


def _wanted(cube: Cube, view: str, selection: Selection, by: Iterable[str]) -> Selection:
    """The selection as a view asks it."""
    if view == "time":
        return _all_years(selection)
    return selection if view in ("total", "model") else _widened(cube, selection, by)


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


def divisible(cube: Cube) -> bool:
    """Whether its counts are divided by people here, so that years can be pooled."""
    named = isinstance(cube.source, Origin) and cube.source.dataset.exposure
    return cube.has("accidents") and bool(named or any(cube.has(name) for name in PER))


def last_year(cube: Cube, selection: Selection) -> tuple[int, int] | None:
    """The last year of what is asked: published rates cannot be pooled over years."""
    years = selection.years or cube.years()
    return (years[1], years[1]) if years else None


def _all_years(selection: Selection) -> Selection:
    """Of one year there is no line: then the years around it; of several, those."""
    one = selection.years and selection.years[0] == selection.years[1]
    return selection.but(years=None) if one else selection


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


def title(cube: Cube) -> str:
    """What a cube is called.

    Parameters
    ----------
    cube : Cube

    Returns
    -------
    str
    """
    return translated(cube.source.dataset.title) if isinstance(cube.source, Origin) else cube.name
