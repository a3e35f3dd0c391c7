"""Counts over people for each group of a question, as one frozen value that every model and answer starts from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from workbench.cubes.answer import Answer, Values
from workbench.cubes.cube import Cube, Measure
from workbench.cubes.selection import Selection
from workbench.study.common_scope import Side, common_scope
from workbench.study.crude_rates import crude_rates
from workbench.study.data import Question, listed, prepare
from workbench.study.exposure import (
    PER,
    about_exposure,
    check_groups,
    counted_alone,
    exposure_name,
    exposure_of,
    people_dimensions,
    without_events,
)
from workbench.study.finer import finer, needs_rows
from workbench.study.matching import columns_of, joined
from workbench.study.not_reported import where_reported
from workbench.study.reliability import letters, states
from workbench.study.side_by_side import notes_of_both, side_by_side
from workbench.terms.codes import UNKNOWN
from workbench.terms.dimensions import dimension
from workbench.terms.errors import Refused, UnknownName
from workbench.terms.text import _, translated


@dataclass(frozen=True, kw_only=True)
class Divided:
    """What a cube counts, group by group, over the people at risk where the data have them.

    Attributes
    ----------
    selection : what the figures are of: what was asked for, as far as the data have it, with the entry's defaults
    frame : one row per group: the dimensions of `by`, then value low high level method count exposure per unit flag
        flag_share state; `records` and `variance` (the sum of squared weights) where the cube has them. Along time its
        index names the periods
    measure : what is counted, or published
    people : the unit of the exposure, "" without one
    sources : of the people at risk, where they are another entry's
    withheld : the rows that `disclose` has emptied
    protection : by which rules it did so, of data on persons
    whole : of a share what it is a share of, as `selection` is what is counted
    release : why all cells are shown all the same, "" where nothing is to be said of it
    """

    cube: Cube
    selection: Selection
    by: tuple[str, ...]
    frame: pd.DataFrame = field(repr=False, compare=False)
    measure: Measure
    people: str = ""
    notes: tuple[str, ...] = ()
    sources: tuple[Mapping, ...] = ()
    withheld: pd.DataFrame | None = field(default=None, repr=False, compare=False)
    release: str = ""
    whole: Selection | None = None
    protection: object = field(default=None, repr=False, compare=False)  # of study/disclose.py, which divides first

    @cached_property  # question, summary and headline say it each
    def words(self) -> str:
        """What the figures are of, in words."""
        return self.selection.words(self.cube.lists)

    @property
    def groups(self) -> pd.DataFrame:
        """The groups of one dimension that have a count, by their code."""
        frame = self.frame.set_index(self.by[0])
        return frame if self.withheld is None else frame[frame["count"].notna()]

    @property
    def counted(self) -> bool:
        """Whether its rates are made of counts and people, not published as rates."""
        return bool(self.frame[["count", "exposure"]].notna().any(axis=None))

    def label(self, name: str, code: object) -> str:
        """What a group of a dimension is called."""
        return str(code) if name == "year" else self.cube.lists[dimension(name).axis].label(code)


def divide(
    source: str | Cube,
    selection: Selection | None = None,
    *,
    by: str | Sequence[str] = (),
    exposure: str | Cube | None = None,
    needs: str = "figures",
    per: float | None = None,
    level: float = 0.95,
    alone: bool = False,
) -> Divided:
    """Accidents over the people or hours at risk for each group of `by`: the crude rate with its interval.

    Parameters
    ----------
    source : name of a catalogue entry, or a cube
    selection : what is asked for; the entry's defaults hold where it says nothing
    by : dimension names
    exposure : entry or cube with the people at risk, in place of the one that the catalogue names
    needs : "figures", for which rates as they are published will do; "people": accidents and people, nothing else;
        "groups": these of one dimension that people have too, groups without one of the two left out and named
    per : persons or hours; 100,000 employed or 1,000,000 hours unless given
    level : of the intervals
    alone : take the counts of a table without people (one's own, or published) by themselves, with an exposure of 1

    Returns
    -------
    Divided

    Raises
    ------
    Refused
        Naming the dimension, level, edition or sample that does not fit; for published rates where people are needed.
    """
    if per is not None and not per > 0:
        raise Refused(_("Rates are per a positive number of people or hours, not {per}.").format(per=per))
    if needs == "groups":
        check_one_dimension(listed(by))
        _check_people_have(listed(by)[0])
    question = prepare(source, selection, by, built=False)
    cube = question.cube

    published = not cube.has("accidents")
    if needs == "figures":  # a published rate goes before people who would have to be named
        published |= exposure is None and published_rate(cube) is not None and exposure_name(cube) is None
    if published:
        return _as_published(question, needs)

    if alone and counted_alone(cube, exposure):
        divided = _counts_alone(question, level)
    else:
        divided = _over_people(question, exposure, per, level)
    if needs != "figures":
        _check_any_group(divided)
    return _with_people(divided) if needs == "groups" else divided


def count(
    source: str | Cube, selection: Selection | None = None, *, by: str | Sequence[str] = (), measure: str | None = None
) -> Divided:
    """What a source counts or publishes for each group of `by`, undivided; its first measure unless one is named.

    Raises
    ------
    UnknownName
        For a measure that the source does not have.
    Refused
        As `Cube.ask`.
    """
    question = prepare(source, selection, by)
    cube = question.cube
    measure = measure or next(iter(cube.measures))
    if measure not in cube.measures:
        raise UnknownName(
            _("measure"), measure, cube.measures, hint=_("There are: {names}.").format(names=", ".join(cube.measures))
        )
    question = where_reported(question, measure)
    answer = cube.ask(measure, question.selection, question.by)
    return _undivided(question, answer, _with_zeros(question, answer))


def published_rate(cube: Cube) -> str | None:
    """The measure of a cube that is a rate, share or mean as published, or None."""
    return next((name for name, measure in cube.measures.items() if measure.how == "none"), None)


def without_counts(cube: Cube) -> Refused:
    """The refusal of a question that needs accidents and people, for a source that publishes rates alone.

    Parameters
    ----------
    cube : Cube
        With published rates only.

    Returns
    -------
    Refused
        To be raised.
    """
    return Refused(
        _(
            "{name} publishes rates without counts: how far chance moves them is not known. This question needs the "
            "accidents and the people at risk; `rates`, `trend` and `change` take published rates."
        ).format(name=cube.name)
    )


def check_one_dimension(by: Sequence[str]) -> None:
    """Groups are ranked, smoothed and judged along one dimension, and years are no groups."""
    if len(by) != 1:
        raise Refused(
            _("Groups are set side by side along one dimension; {by} are {n}.").format(by=", ".join(by), n=len(by))
        )
    if dimension(by[0]).name == "year":
        raise Refused(
            _("Years follow each other and are no groups to set side by side. Ask `control`, `trend` or `change`."),
            dimension="year",
        )


def _check_people_have(name: str) -> None:
    """Groups of people are those of a dimension that people have too."""
    if dimension(name).event:
        raise Refused(
            _(
                "{name} belongs to the accident, not to the people at risk: its groups have no people of their own. "
                "Divide by region, sector, sex or age."
            ).format(name=name),
            dimension=name,
        )


def _check_any_group(divided: Divided) -> None:
    """Refused where the table has no group, or none with a count and people."""
    if not np.isnan(divided.frame["count"].to_numpy(float) + divided.frame["exposure"].to_numpy(float)).all():
        return
    by = ", ".join(divided.by) or _("nothing")
    raise Refused(
        _(
            "{name} has no group by {by} with accidents and people for {what}. "
            "Widen the selection, or divide by another dimension."
        ).format(name=divided.cube.name, by=by, what=divided.words),
        dimension=divided.by[0] if divided.by else None,
    )


def _with_people(divided: Divided) -> Divided:
    """The groups with a count and people, all of known codes; the others are named in a note."""
    frame, name = divided.frame, divided.by[0]
    usable = frame["count"].notna() & frame["exposure"].gt(0) & frame[name].ne(UNKNOWN)
    if usable.all():
        return divided
    note = _("Left out, without a count or without people: {codes}.").format(
        codes=", ".join(map(str, frame.loc[~usable, name]))
    )
    return replace(divided, frame=frame[usable].reset_index(drop=True), notes=(note, *divided.notes))


def _over_people(question: Question, exposure: str | Cube | None, per: float | None, level: float) -> Divided:
    """Accidents over people: both asked, brought to what they have in common, matched by label, divided."""
    question = where_reported(question, "accidents")
    usual, selection, by = question.cube, question.selection, question.by
    at_risk = exposure_of(usual, selection, by, exposure)
    if needs_rows(usual, selection, by):
        at_risk.people(selection, by)  # what people do not have is refused before a cube is built
    cube = finer(usual, selection, by)
    accidents = cube.ask("accidents", selection, by)
    # of a country of which the records have one region, the people are those of the region; ages likewise
    of_people = selection.but(regions=accidents.selection.regions, ages=accidents.selection.ages)
    people = at_risk.people(of_people, by)
    if people.selection.ages != of_people.ages:
        selection = selection.but(ages=people.selection.ages)
        accidents = cube.ask("accidents", selection, by)

    scope = common_scope(
        Side(cube=cube, answer=accidents, selection=selection),
        Side(cube=at_risk.cube, answer=people, selection=of_people),
        by,
    )
    if scope.notes:
        cube = finer(cube, scope.accidents, by)
        accidents, people = cube.ask("accidents", scope.accidents, by), at_risk.people(scope.people, by)
    check_groups(accidents, people, by)

    usual, words = PER[at_risk.measure]
    unit = translated(words)
    if per not in (None, usual):
        unit = _("per {per:,} {name}").format(per=per, name=at_risk.measure)
    frame = crude_rates(side_by_side(cube, accidents, people, by), per or usual, level, unit)

    pooled = _about_years(accidents)
    if pooled:
        pooled.append(_("People at risk of several years are added up: person-years."))
    about = about_exposure(cube, at_risk)
    return Divided(
        cube=cube,
        selection=accidents.selection,
        by=by,
        frame=frame,
        measure=accidents.measure,
        people=translated(at_risk.unit),
        notes=(*question.notes, *pooled, *scope.notes, *notes_of_both(accidents, people, frame["flag"]), *about),
        sources=at_risk.sources,
    )


def _counts_alone(question: Question, level: float) -> Divided:
    """Counts with the limits of chance, each over an exposure of 1: what is said of them is said of counts alone."""
    answer = question.cube.ask("accidents", question.selection, question.by)
    counts = _with_zeros(question, answer)
    n = len(counts["accidents"])
    alone = {"exposure": np.ones(n), "exposure_flag": np.full(n, ""), "exposure_share": np.zeros(n)}
    frame = crude_rates(counts | alone, 1, level, translated(answer.measure.unit))
    note = _(
        "Counts alone: no people at risk are known, exposure is 1 in each row. More people at work have more "
        "accidents; that is no change of the danger."
    )
    return _without_people(question, answer, frame, note)


def _about_years(answer: Answer) -> list[str]:
    """The note that an answer adds up years; none where it is of one year, or divided by year."""
    years = answer.extent.get("year", ())
    if "year" in answer.by or len(years) < 2:
        return []
    return [_("{first} to {last} are taken together.").format(first=min(years), last=max(years))]


def _as_published(question: Question, needs: str) -> Divided:
    """Rates or shares that a publisher gives without their counts: no interval can be computed."""
    cube = question.cube
    if needs != "figures":
        raise without_counts(cube)
    name = published_rate(cube)
    if name is None:
        raise Refused(
            _("{name} has neither accidents nor a published rate. It has: {measures}.").format(
                name=cube.name, measures=", ".join(cube.measures)
            )
        )
    answer = cube.ask(name, question.selection, question.by)
    divided = _undivided(question, answer, answer.columns)
    notes = (*question.notes, *answer.notes, _("Published without counts: no interval can be given."))
    return replace(divided, notes=notes)


def _undivided(question: Question, answer: Answer, columns: Mapping[str, Values]) -> Divided:
    """What an answer counts or publishes, without people and so without an interval."""
    value = np.asarray(columns[answer.measure.name], float)
    missing = np.full(len(value), np.nan)
    adds_up = answer.measure.how == "sum"
    count = value if adds_up else missing
    made = {"value": value, "low": missing, "high": missing, "level": missing}
    made |= {"method": _("count") if adds_up else _("as published"), "count": count}
    made |= {"exposure": missing, "per": missing, "unit": translated(answer.measure.unit)}
    state = states(value, columns.get("records", count), letters(columns["flag"]), columns["flag_share"])
    made |= {"flag": pd.array(columns["flag"], dtype="str"), "state": pd.array(state, dtype="str")}
    return _without_people(question, answer, pd.DataFrame({**columns, **made}, index=pd.RangeIndex(len(value))))


def _without_people(question: Question, answer: Answer, frame: pd.DataFrame, *notes: str) -> Divided:
    """Figures of one table that nothing is divided by."""
    return Divided(
        cube=question.cube,
        selection=answer.selection,
        by=question.by,
        frame=frame,
        measure=answer.measure,
        notes=(*notes, *question.notes, *_about_years(answer), *answer.notes),
    )


def _with_zeros(question: Question, answer: Answer) -> dict[str, Values]:
    """The groups that records name, those without such an event too: of these it is known that there was none.

    A month belongs to the accident, and yet every month is there in which the records have any accident.
    """
    cube, by, selection = question.cube, question.by, question.selection
    complete = any(margin.complete for margin in cube.margins if margin.name == answer.margin)
    keys = [name for name in by if name == "month" or not dimension(name).event]
    if not complete or not keys or len(keys) < len(by):
        return dict(answer.columns)

    plain, time = people_dimensions(by), [name for name in by if name in ("year", "month")]
    groups = cube.ask(answer.measure.name, without_events(selection), plain).frame[plain]
    if "month" in by:
        periods = cube.ask(answer.measure.name, Selection(years=selection.years), time).frame[time]
        periods = periods[periods["month"].ne(UNKNOWN)]
        groups = groups.merge(periods, on="year") if "year" in by else groups.merge(periods, how="cross")
        found = columns_of(groups.merge(answer.frame, on=keys, how="outer"))
    else:
        found = joined(columns_of(groups), answer.columns, keys)
    sums = (answer.measure.name, "records", "variance", "missing", "cells", "flag_share")
    found |= {name: np.nan_to_num(found[name]) for name in sums if name in found}
    found["flag"] = pd.array(letters(found["flag"]), dtype="str")
    return {name: found[name] for name in (*by, *(name for name in found if name not in by))}
