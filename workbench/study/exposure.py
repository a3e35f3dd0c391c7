"""People or hours at risk: where they come from, whether they fit the accidents, and when a division is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workbench.cubes.answer import Answer, codes_in, same_groups
from workbench.cubes.cube import Cube
from workbench.cubes.refusals import no_table
from workbench.cubes.selection import Selection
from workbench.sources.catalog import catalog
from workbench.study.coverage import UNKNOWN_COVERAGE, undivided
from workbench.study.data import cube as cube_of
from workbench.study.data import origin_of
from workbench.study.finer import divides_by
from workbench.study.own_table import Table, people_table
from workbench.terms.codes import UNKNOWN
from workbench.terms.dimensions import DIMENSIONS, EVENT_AXES, dimension
from workbench.terms.errors import Refused
from workbench.terms.text import _, mark, translated
from workbench.terms.words import some

PER = {
    "employed": (100_000, mark("per 100,000 employed")),
    "fte": (100_000, mark("per 100,000 full-time equivalents")),
    "hours": (1_000_000, mark("per million hours worked")),
}
"""By what accidents can be divided: people employed or hours, per how many, and what such a rate is called."""
UNITS = {
    "employed": mark("persons employed"),
    "fte": mark("full-time equivalents"),
    "hours": mark("hours worked"),
}


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """The cube that holds people or hours at risk, its measure ("employed" or "hours"), and its sources."""

    cube: Cube
    measure: str
    sources: tuple[Mapping, ...] = ()

    @property
    def unit(self) -> str:
        return UNITS[self.measure]

    def people(self, selection: Selection, by: Sequence[str]) -> Answer:
        """People or hours at risk for the groups of `by` that are not of the event alone.

        Parameters
        ----------
        selection : Selection
            Of the accidents.
        by : sequence of str
            Dimensions of the accidents.

        Returns
        -------
        Answer
            Persons or hours, as `unit` says.

        Raises
        ------
        Refused
            Naming the dimension that the exposure does not have as it is asked for.
        """
        try:
            return self.cube.ask(self.measure, without_events(selection), people_dimensions(by))
        except Refused as refusal:
            raise Refused(
                _("The exposure does not fit. {why}").format(why=refusal), dimension=refusal.dimension
            ) from refusal


def people_dimensions(by: Sequence[str]) -> list[str]:
    """The dimensions that people have too: not the hour, the cause or the severity of an accident."""
    return [name for name in by if not DIMENSIONS[name].event]


def without_events(selection: Selection) -> Selection:
    """A selection less what concerns the event alone.

    Parameters
    ----------
    selection : Selection
        Of accidents.

    Returns
    -------
    Selection
        Without severities, causes, hours and weekdays: what can be asked of people at risk.
    """
    kept = {name: codes for name, codes in selection.where if not DIMENSIONS[name].event}
    return selection.but(severities=(), where=kept)


def people_axes(selection: Selection, by: Sequence[str]) -> set[str]:
    """The axes that people at risk need for a question.

    Parameters
    ----------
    selection : Selection
        Of the accidents.
    by : sequence of str
        Dimensions of the accidents.

    Returns
    -------
    set of str
    """
    return {DIMENSIONS[name].axis for name in people_dimensions(by)} | (set(selection.restricted()) - EVENT_AXES)


def further_dimensions(cube: Cube) -> list[str]:
    """Dimensions by which people at risk are known, and accidents only once their records are counted.

    Parameters
    ----------
    cube : Cube
        Of the accidents.

    Returns
    -------
    list of str
        Names of dimensions of the further tables of people that the cube does not have.
    """
    origin = origin_of(cube)
    tables = origin.dataset.exposure_margins if origin else ()
    names = dict.fromkeys(name for table in tables for name in catalog()[table].dimensions)
    return [name for name in names if DIMENSIONS[name].axis not in cube.axes and divides_by(cube, (name,))]


def people_come_by(cube: Cube, selection: Selection, by: Sequence[str]) -> bool:
    """Whether one of the tables of people that the catalogue names for a cube has all dimensions of a question.

    Parameters
    ----------
    cube : Cube
        Of the accidents.
    selection : Selection
        Of the accidents.
    by : sequence of str
        Dimensions of the accidents.

    Returns
    -------
    bool
        False too for a cube for which the catalogue names none.
    """
    origin = origin_of(cube)
    if origin is None or origin.dataset.exposure not in catalog():
        return False
    tables = (origin.dataset.exposure, *origin.dataset.exposure_margins)
    return any(people_axes(selection, by) <= _axes_of(table) for table in tables)


def exposure_name(cube: Cube) -> str | None:
    """The entry with the people at risk that the catalogue names for a cube, if it names one."""
    origin = origin_of(cube)
    return origin.dataset.exposure if origin else None


def counted_alone(cube: Cube, exposure: object = None) -> bool:
    """Whether a table of one's own, or a published one, has no people at risk and none were named.

    Its counts can then be followed by themselves.

    Raises
    ------
    Refused
        For a sample, whose counts say how it was drawn.
    """
    origin = origin_of(cube)
    if exposure is not None or origin is None or exposure_name(cube) or _measure(cube):
        return False
    if not (origin.is_own_table or origin.dataset.form == "published"):
        return False
    if origin.sample:
        message = _("{name} is a sample here: its counts per year are not the true counts.")
        raise Refused(message.format(name=cube.name), dimension="coverage")
    return True


def exposure_of(cube: Cube, selection: Selection, by: Sequence[str], exposure: str | Cube | None = None) -> Exposure:
    """The people or hours at risk of a cube: of the entry that is named, else the catalogue's, else the cube's own.

    Raises
    ------
    Refused
        Without any; for a sample; where observed and synthetic data, or two editions of NUTS, would be mixed.
    """
    wanted = exposure_name(cube) if exposure is None else exposure
    if wanted is None or (isinstance(wanted, str) and wanted in ("", "self")):
        if (own := _measure(cube)) is None:
            raise Refused(
                _(
                    "{name} has no exposure: no people or hours to divide by. Name an entry with exposure=, or ask "
                    "for counts."
                ).format(name=cube.name)
            )
        return Exposure(cube=cube, measure=own)

    origin = origin_of(cube)
    if origin and origin.sample:
        raise Refused(
            _(
                "{name} is a sample here: its counts per year are not the true counts. Dividing it by all employed "
                "would give a rate without meaning. Ask for counts, or load the full files."
            ).format(name=cube.name),
            dimension="coverage",
        )
    if origin and origin.provenance.get("coverage") == UNKNOWN_COVERAGE:
        raise undivided(cube.name)
    people = cube_of(wanted) if isinstance(wanted, str | Cube | Table) else people_table(wanted)
    if exposure is None and origin and origin.dataset.exposure_margins:
        people = _margin_of(people, origin.dataset.exposure_margins, people_axes(selection, by))
    if (measure := _measure(people)) is None:
        raise Refused(_("{name} holds neither people employed nor hours worked.").format(name=people.name))
    people_origin = origin_of(people)
    if origin and people_origin and origin.synthetic != people_origin.synthetic:
        raise Refused(
            _("Observed and synthetic data are never divided by each other: {accidents} and {people}.").format(
                accidents=cube.name, people=people.name
            )
        )
    _check_edition(cube, people, selection, by)
    return Exposure(cube=people, measure=measure, sources=(people_origin.source(),) if people_origin else ())


def check_groups(accidents: Answer, people: Answer, by: Sequence[str]) -> None:
    """Refused when accidents and people are both divided by a dimension, but into other groups.

    Parameters
    ----------
    accidents, people : Answer
        Both divided by the dimensions that people have.
    by : sequence of str
        Names of dimensions.

    Raises
    ------
    Refused
        Naming the dimension.
    """
    for name in (n for n in by if n in people.columns):
        counts, heads = accidents.columns[name], people.columns[name]
        if same_groups(counts, heads):
            continue
        counted, at_risk = set(codes_in(counts)) - {UNKNOWN}, set(codes_in(heads)) - {UNKNOWN}
        if counted and at_risk and not counted & at_risk:
            raise Refused(
                _(
                    "The exposure does not fit. The people at risk come by other groups of {name}: {people}, the "
                    "accidents by {accidents}."
                ).format(
                    name=dimension(name).label,
                    people=some(sorted(map(str, at_risk))),
                    accidents=some(sorted(map(str, counted))),
                ),
                dimension=name,
            )


def about_exposure(cube: Cube, exposure: Exposure) -> list[str]:
    """What has to be known of the people at risk: taken as known, and whether they are placed as the accidents are.

    Parameters
    ----------
    cube : Cube
        Of the accidents.
    exposure : Exposure
        Of the people.

    Returns
    -------
    list of str
        Whole sentences.
    """
    notes = [_("Exposure is treated as known without error.")]
    origin, people_origin = origin_of(cube), origin_of(exposure.cube)
    if origin and people_origin and exposure.sources:
        placed, at_risk = origin.dataset.place_basis, people_origin.dataset.place_basis
        if placed and at_risk and placed != at_risk:
            notes.append(
                _(
                    "Accidents are placed by {accidents}, exposure by {people}: regions where people commute are "
                    "biased."
                ).format(accidents=translated(placed), people=translated(at_risk))
            )
    return notes


def _margin_of(people: Cube, further: Sequence[str], axes: set[str]) -> Cube:
    """The people by the axes of a question: as they are, else the first of their further tables that has them all."""
    if axes <= people.axes:  # on every click: further tables are not even looked up
        return people
    tables = {table: _axes_of(table) for table in further}
    found = next((table for table, held in tables.items() if axes <= held), None)
    if found is None:
        why = no_table(people.name, axes, [tuple(people.axes), *map(tuple, tables.values())])
        raise Refused(_("The exposure does not fit. {why}").format(why=why), dimension=why.dimension)
    return cube_of(found)


def _axes_of(table: str) -> set[str]:
    """The axes of an entry of the catalogue."""
    return {DIMENSIONS[name].axis for name in catalog()[table].dimensions}


def _measure(cube: Cube) -> str | None:
    return next((name for name in PER if cube.has(name)), None)


def _check_edition(cube: Cube, people: Cube, selection: Selection, by: Sequence[str]) -> None:
    """Countries are the same in all editions of NUTS; regions are not."""
    regional = any(DIMENSIONS[name].axis == "nuts" and name != "nuts0" for name in by)
    regional = regional or any(len(code) > 2 for code in selection.regions)
    accidents, at_risk = cube.lists.get("nuts"), people.lists.get("nuts")
    if regional and accidents and at_risk and accidents.edition != at_risk.edition:
        raise Refused(
            _(
                "The accidents use NUTS {accidents}, the exposure {name} NUTS {people}: recode one of them first, as "
                'in wb.recode(table, to="NUTS {accidents}").'
            ).format(accidents=accidents.edition, people=at_risk.edition, name=people.name),
            dimension="nuts",
        )
