"""How the explorer opens on a cube: its first selection, and what can be chosen besides a selection."""

from contextlib import suppress

from workbench.cubes.cube import Cube
from workbench.cubes.selection import FIELD_OF, Selection
from workbench.study.data import Origin, prepare
from workbench.study.exposure import further_dimensions
from workbench.study.questions.counts import counts
from workbench.study.questions.rates import rates
from workbench.terms.codes import UNKNOWN
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import Refused, WorkbenchError
from workbench.terms.text import _
from workbench.views.questions import RATE, answers, last_year


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
    return prepare(cube, _of_one_year(cube, _only(cube, first)), (), built=False).selection


def counted(cube: Cube, selection: Selection) -> str:
    """What is counted, in words: what is asked for, with what the entry restricts where nothing is said."""
    shown = prepare(cube, _only(cube, selection), (), built=False).selection
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
    found, further = {}, further_dimensions(cube)
    for name, dim in DIMENSIONS.items():
        if name in further:
            found[dim.label] = name
        elif dim.axis in cube.axes - {"nuts", "year"}:
            known = cube.lists[dim.axis]
            present = {
                known.level(part) for code in cube.codes(dim.axis) for part in (known.joined(code) or (code,))
            } - {None}
            if dim.level is None or max(present, default=0) >= dim.level:
                found[dim.label] = name
    return found


def terms(cube: Cube) -> dict[str, str]:
    """Terms that a regression can have: dimensions that accidents and the people at risk share, but small regions.

    Parameters
    ----------
    cube : Cube

    Returns
    -------
    dict of str to str
        Dimensions by label.
    """
    wide = {"nuts2", "nuts3", "nace2", "isco2"}  # hundreds of rates, of which a card shows no more than forty
    further = further_dimensions(cube)
    return {
        dim.label: name
        for name, dim in DIMENSIONS.items()
        if (dim.axis in cube.axes or name in further) and not dim.event and name not in wide
    }


def first_choices(measures: dict[str, str], levels: dict[str, str], divisions: dict[str, str]) -> dict[str, object]:
    """What is chosen besides the selection when a cube is opened.

    Parameters
    ----------
    measures, levels, divisions : dict of str to str
        What there is, by label.

    Returns
    -------
    dict of str to object
        By the names of the explorer's State, all but the selection.
    """
    return {
        "measure": next(iter(measures.values())),
        "level": "nuts2" if "nuts2" in levels.values() else max(levels.values(), default=None),
        "mapped": "",
        "divide": "nace1" if "nace1" in divisions.values() else next(iter(divisions.values()), None),
        "tabled": "place",
        "terms": "",
        "reference": None,
    }


def _adds_up(cube: Cube) -> bool:
    return any(measure.how == "sum" and cube.has(name) for name, measure in cube.measures.items())
