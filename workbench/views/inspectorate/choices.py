"""What is chosen on the page of an inspectorate, as one frozen value: its questions, its address, its limits."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from urllib.parse import parse_qsl, urlencode

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.interventions import Limits
from workbench.models.what_if import Assumptions
from workbench.study.interventions import listed_interventions
from workbench.study.recipe import Recipe
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import UnknownName
from workbench.terms.text import _, capital
from workbench.views import opening

DATASET = "esaw_synthetic"
"""What is opened where nothing else is asked for."""
FIRST_REGION = {"esaw_synthetic": "NL"}
"""A plan is one inspectorate's: of the twin one country is shown first."""
GROUPS = (
    ("nace1", "nuts2"),
    ("nace1", "nuts1"),
    ("nace1", "nuts0"),
    ("size", "nuts2"),
    ("nace2", "nuts2"),
    ("nace1",),
    ("nuts2",),
    ("nuts1",),
    ("nuts0",),
)
"""Divisions that are offered where a data set has their dimensions: the first of them is shown first."""
CRITERIA = ("rate", "people", "fatal", "trend")
WHOLE = ("year", "days", "years_ahead")
SHARES = ("notifications", "at_random", "presence", "evenness")
MOST_WEIGHT = 3.0
TREND_YEARS = 6
"""So many years a trend is taken from; without it, the one that is chosen."""


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """Least and most of a choice, and the step of its slider."""

    least: float
    most: float
    step: float


BOUNDS = {
    **dict.fromkeys(CRITERIA, Bounds(least=0, most=MOST_WEIGHT, step=0.1)),
    "days": Bounds(least=500, most=50_000, step=500),
    "notifications": Bounds(least=0, most=0.9, step=0.05),
    "at_random": Bounds(least=0, most=0.5, step=0.025),
    "presence": Bounds(least=0, most=1, step=0.05),
    "evenness": Bounds(least=1, most=10, step=0.5),
    "years_ahead": Bounds(least=0, most=20, step=1),
}
"""Of every number that is chosen: with a slider, or by an address."""


@dataclass(frozen=True, kw_only=True)
class Choices:
    """All that is chosen. Equal choices show the same page.

    `region` "" is everywhere, `by` the dimensions of the groups, the weights of the criteria are from 0 to 3;
    `notifications`, `at_random` and `presence` are shares, `evenness` a number of times (see `wb.ProgrammeLimits`);
    `years_ahead` are simulated, none with 0.
    """

    dataset: str = DATASET
    by: tuple[str, ...] = ("nace1", "nuts2")
    region: str = ""
    year: int = 0
    rate: float = 1.0
    people: float = 1.0
    fatal: float = 0.0
    trend: float = 0.0
    days: float = 4_000
    notifications: float = 0.5
    at_random: float = 0.075
    presence: float = 0.25
    evenness: float = 3.0
    interventions: tuple[str, ...] = ("inspection",)
    years_ahead: int = 0

    def selection(self, years: int = 1) -> Selection:
        """What is asked for: the year that is chosen with those before it.

        Parameters
        ----------
        years : so many in all

        Returns
        -------
        Selection
        """
        regions = {self.region} if self.region else set()
        return Selection(regions=regions, years=(self.year - years + 1, self.year) if self.year else None)

    def ranking(self, cube: Cube) -> Recipe:
        """The question of the first step.

        Parameters
        ----------
        cube : Cube

        Returns
        -------
        Recipe
            Of `priorities`.
        """
        weights = {name: getattr(self, name) for name in CRITERIA if getattr(self, name)}
        years = TREND_YEARS if self.trend else 1
        return Recipe("priorities", cube, self.selection(years), {"by": list(self.by), "weights": weights})

    def plan(self, cube: Cube) -> Recipe:
        """The question of the second step.

        Parameters
        ----------
        cube : Cube

        Returns
        -------
        Recipe
            Of `programme`.
        """
        given = {"by": list(self.by), "days": self.days, "limits": self._limits()}
        return Recipe("programme", cube, self.selection(), given | {"interventions": list(self.interventions)})

    def ahead(self, cube: Cube) -> Recipe:
        """The question of the fourth step.

        Parameters
        ----------
        cube : Cube

        Returns
        -------
        Recipe
            Of `what_if`.
        """
        assumptions = Assumptions(years=self.years_ahead)
        given = {"by": list(self.by), "days": self.days, "limits": self._limits(), "assumptions": assumptions}
        return Recipe("what_if", cube, self.selection(), given)

    def notified(self, cube: Cube) -> Recipe:
        """The question of the fifth step: of the country and year of the notifications, whatever is chosen above.

        Parameters
        ----------
        cube : Cube

        Returns
        -------
        Recipe
            Of `notifications`.
        """
        given = {"by": ["nace1"], "days": self.days * self.notifications}
        return Recipe("notifications", cube, Selection(), given)

    def _limits(self) -> Limits:
        return Limits(**{name: getattr(self, name) for name in SHARES})

    def query(self, first: "Choices") -> str:
        """The query of an address that shows the same again; what is as it comes first is left out.

        Parameters
        ----------
        first : Choices
            Of this data set.

        Returns
        -------
        str
        """
        changed = {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if getattr(self, field.name) != getattr(first, field.name) and field.name != "dataset"
        }
        texts = {name: ",".join(v) if isinstance(v, tuple) else _plain(v) for name, v in changed.items()}
        return urlencode({"dataset": self.dataset, **texts})


@dataclass(frozen=True, kw_only=True)
class Read:
    """The choices that an address asks for, and in words what of it does not exist."""

    choices: Choices
    wrong: list[str]


def first_choices(name: str, cube: Cube) -> Choices:
    """What is shown of a data set first.

    Parameters
    ----------
    name : str
        Of the data set.
    cube : Cube

    Returns
    -------
    Choices
        Of its latest finished year.
    """
    years = opening.start(cube).years or cube.years()
    by = next(iter(divisions(cube)), ("nace1",))
    region = FIRST_REGION.get(name, "")
    return Choices(dataset=name, by=by, region=region, year=years[1] if years else 0)


def divisions(cube: Cube) -> dict[tuple[str, ...], str]:
    """The groups that can be made of a data set.

    Parameters
    ----------
    cube : Cube

    Returns
    -------
    dict of dimensions to label
    """
    possible = {name for by in GROUPS for name in by if _is_fine_enough(cube, name)}
    together = [by for by in GROUPS if possible.issuperset(by) and _crossed(cube, by)]
    return {by: " × ".join(capital(DIMENSIONS[name].label) for name in by) for by in together}


def _is_fine_enough(cube: Cube, name: str) -> bool:
    """Whether a data set has a dimension at its level."""
    axis, level = DIMENSIONS[name].axis, DIMENSIONS[name].level
    return axis in cube.axes and (level is None or level <= cube.levels.get(axis, level))


def _crossed(cube: Cube, by: tuple[str, ...]) -> bool:
    """Whether one margin has all the dimensions: what is published apart is never crossed."""
    axes = {DIMENSIONS[name].axis for name in by}
    return any(axes <= {*margin.axes} for margin in cube.margins)


def countries(cube: Cube) -> dict[str, str]:
    """The countries of a data set, where it has more than one.

    Parameters
    ----------
    cube : Cube

    Returns
    -------
    dict of code to label
    """
    if "nuts" not in cube.axes:
        return {}
    known = cube.lists["nuts"]
    codes = sorted({code[:2] for code in cube.codes("nuts") if known.level(code) is not None})
    named = {code: known.label(code) for code in codes if known.level(code) == 0}
    return named if len(named) > 1 else {}


def read(query: str, first: Choices, cube: Cube) -> Read:
    """The choices of an address.

    Parameters
    ----------
    query : str
        What stands behind its `?`.
    first : Choices
        What holds where it says nothing.
    cube : Cube

    Returns
    -------
    Read
    """
    given, values, wrong = dict(parse_qsl(query, keep_blank_values=True)), {}, []
    known = {"interventions": [*listed_interventions()], "region": ["", *countries(cube)]}
    for name, text in given.items():
        try:
            if name in BOUNDS or name == "year":
                values[name] = _number(name, text, cube)
            elif name == "by":
                values[name] = _one_of(_("division"), tuple(text.split(",")), [*divisions(cube)])
            elif name == "region":
                values[name] = _one_of(_("country"), text, known[name])
            elif name == "interventions":
                values[name] = tuple(_one_of(_("intervention"), one, known[name]) for one in text.split(",") if one)
        except UnknownName as error:
            wrong.append(str(error))
    return Read(choices=replace(first, **values), wrong=wrong)


def changed(choices: Choices, values: Mapping[str, object], cube: Cube) -> Choices:
    """Choices after a touch: what a screen sends is checked as an address is.

    Parameters
    ----------
    choices : Choices
    values : mapping
        By the names of choices.
    cube : Cube

    Returns
    -------
    Choices
        What cannot be is left as it was.
    """
    texts = {name: ",".join(map(str, v)) if isinstance(v, list) else str(v) for name, v in values.items()}
    found = read(urlencode(texts), choices, cube).choices
    return replace(found, region="") if "nuts0" in found.by else found


def _number(name: str, text: str, cube: Cube) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    years = cube.years() or (0, 0)
    bounds = BOUNDS.get(name) or Bounds(least=years[0], most=years[1], step=1)
    if not bounds.least <= value <= bounds.most:
        hint = _("It goes from {least:g} to {most:g}.").format(least=bounds.least, most=bounds.most)
        raise UnknownName(_("value of {name}").format(name=name), text, [], hint=hint)
    return int(value) if name in WHOLE and value == int(value) else value


def _one_of(kind: str, value: object, known: list) -> object:
    if value not in known:
        written = [",".join(one) if isinstance(one, tuple) else one for one in known]
        shown = ",".join(value) if isinstance(value, tuple) else str(value)
        hint = _("There are: {names}.").format(names=", ".join(filter(None, written)))
        raise UnknownName(kind, shown, written, hint=hint)
    return value


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
