"""Topics beyond accidents: what the data at hand say of each, of whom and when, and what is needed.

Of exploitation, underpayment and unequal treatment nothing at hand is an indicator: they are listed all the same, so
that a list of priorities that leaves them out is not read as one that found nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.sources.catalog import catalog
from workbench.study.data import cube as cube_of
from workbench.study.questions.counts import counts
from workbench.terms.errors import Refused, UnknownName
from workbench.terms.text import _, mark, translated

SURVEY, ANSWER = "esener_2019", "Yes"
LEVELS = ("nace1", "nuts0")


@dataclass(frozen=True, kw_only=True)
class _Topic:
    """A topic: the questions of the survey that indicate it, by name, and what they do not tell."""

    label: str
    gap: str
    questions: Mapping[str, str] = field(default_factory=dict)


_TOPICS = {
    "overload": _Topic(
        label=mark("overload"),
        questions={"time_pressure": "E3Q201_1", "long_hours": "E3Q201_5"},
        gap=mark(
            "What workers say themselves, and the hours that they work: in ESENER one person who knows of safety and "
            "health answers for the establishment."
        ),
    ),
    "hazardous_substances": _Topic(
        label=mark("hazardous substances"),
        questions={"hazardous_substances": "E3Q200_9"},
        gap=mark("Which substances, how much and how many workers: measurements, or a job-exposure matrix."),
    ),
    "underpayment": _Topic(
        label=mark("underpayment"),
        gap=mark(
            "Wages below the minimum or the agreement, by sector: a survey of earnings, as the Structure of Earnings "
            "Survey, or of incomes, as EU-SILC."
        ),
    ),
    "exploitation": _Topic(
        label=mark("exploitation"),
        gap=mark("Findings of inspections and registered victims by sector, with how they came to be found."),
    ),
    "unequal_treatment": _Topic(
        label=mark("unequal treatment"),
        # ESENER asks for procedures against bullying (E3Q301): what firms wrote down, not how workers are treated.
        gap=mark(
            "What workers say of discrimination, by sector, as in a survey of working conditions: procedures that "
            "firms have are no indicator."
        ),
    ),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Topics:
    """Topics with the indicators that the data at hand have.

    Attributes
    ----------
    frame : a row per topic and indicator: topic, name (as in `evidence`), indicator ("No data" without one), base,
        source, year, groups (of sector and country that have a figure), gap (what the data do not tell)
    values : by name of the indicator, shares from 0 to 1 by nace1 and nuts0
    notes : what has to be known of them
    """

    frame: pd.DataFrame = field(repr=False)
    values: Mapping[str, pd.Series] = field(repr=False)
    notes: tuple[str, ...]

    def evidence(self, *names: str) -> dict[str, pd.Series]:
        """The indicators of some topics, as `wb.priorities(evidence=...)` takes them.

        Parameters
        ----------
        names : topics, or their indicators; all that have a figure unless given

        Returns
        -------
        dict of name to Series by nace1 and nuts0
            What the shares are, of whom and of when stands in `attrs["note"]`, and in the notes of the priorities.

        Raises
        ------
        UnknownName
            For what is neither a topic nor an indicator.
        Refused
            For a topic without data, with what is needed.
        """
        chosen = {}
        for name in names or self.values:
            found = list(_TOPICS[name].questions) if name in _TOPICS else [name]
            if not found:
                message = _("No data on {topic}. Needed: {gap}")
                topic = _TOPICS[name]
                raise Refused(message.format(topic=translated(topic.label), gap=translated(topic.gap)))
            if name not in _TOPICS and name not in self.values:
                known = dict.fromkeys([*_TOPICS, *self.values])
                hint = _("There are: {names}.").format(names=", ".join(known))
                raise UnknownName(_("topic"), name, known, hint=hint)
            chosen |= {one: self.values[one] for one in found}
        return chosen


def topics() -> Topics:
    """Overload, hazardous substances, underpayment, exploitation and unequal treatment: an indicator, or "No data".

    The indicators are shares of establishments by sector and country, from EU-OSHA's survey of establishments. A share
    of establishments is no rate of workers: an employer of five counts as much as one of five thousand.

    Returns
    -------
    Topics
        `.frame` has a row per topic and indicator, with base, source, year and gap; `.evidence("overload")` gives what
        `wb.priorities(evidence=...)` takes.
    """
    cube, dataset = cube_of(SURVEY), catalog()[SURVEY]
    year, source = dataset.temporal[0], dataset.attribution.partition(": ")[2]
    base = translated(dataset.population)

    questions = {name: code for topic in _TOPICS.values() for name, code in topic.questions.items()}
    words = {name: cube.lists["question"].label(code) for name, code in questions.items()}
    values = _values(cube, questions)
    for name, series in values.items():
        message = _(
            "{name}: “{question}”, share of establishments, no rate of workers. Base: {base}. {source}, {year}. A "
            "region has the share of its country, a section that of its group of sectors."
        )
        series.attrs["note"] = message.format(name=name, question=words[name], base=base, source=source, year=year)

    rows = []
    for topic in _TOPICS.values():
        of_topic = {"topic": translated(topic.label), "gap": translated(topic.gap)}
        rows += [
            of_topic
            | {"name": name, "indicator": words[name], "base": base, "source": source, "year": year}
            | {"groups": len(values[name])}
            for name in topic.questions
        ] or [of_topic | {"name": "", "indicator": _("No data"), "base": "", "source": "", "groups": 0}]
    columns = ["topic", "name", "indicator", "base", "source", "year", "groups", "gap"]
    notes = (
        _("A share of establishments is no rate of workers: an employer of five counts as one of five thousand."),
        _("Groups without a figure are no data: neither a risk nor none."),
    )
    frame = pd.DataFrame(rows, columns=columns).astype({"year": "Int64"})
    return Topics(frame=frame, values=values, notes=notes)


def _values(cube: Cube, questions: Mapping[str, str]) -> dict[str, pd.Series]:
    """The published shares of each question, each group of sectors as the sections that it is of."""
    where = {"question": frozenset(questions.values()), "answer": frozenset({ANSWER})}
    frame = counts(cube, Selection(where=where), (*LEVELS, "question")).frame.dropna(subset="value")
    sections = [cube.lists["nace"].joined(code) or (code,) for code in frame["nace1"]]
    by_section = frame.assign(nace1=sections).explode("nace1").astype(dict.fromkeys(LEVELS, str))
    return {
        name: by_section[by_section["question"] == code].set_index(list(LEVELS))["value"].sort_index().rename(name)
        for name, code in questions.items()
    }
