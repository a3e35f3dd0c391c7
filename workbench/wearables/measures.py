"""Measures to take, each with its level in the hierarchy of controls: collective before organisational and personal.

The order is that of Directive 89/391/EEC, article 6(2): avoid, combat at source, replace, collective before individual.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from workbench.terms.errors import UnknownName
from workbench.terms.text import _, mark, translated

LEVELS = {
    "elimination": mark("elimination"),
    "substitution": mark("substitution"),
    "technical": mark("technical measure for all"),
    "organisational": mark("organisational measure"),
    "personal": mark("personal protection"),
}
"""The most effective first; the first three protect everybody at once."""
COLLECTIVE = ("elimination", "substitution", "technical")
FRAMEWORK = "Directive 89/391/EEC, article 6(2)"


@dataclass(frozen=True, kw_only=True)
class Measure:
    """What can be done about an agent or an event, at one level of the hierarchy."""

    agent: str
    level: str
    text: str
    source: str = FRAMEWORK


@dataclass(frozen=True)
class Recommendations:
    """Measures in the order of the hierarchy."""

    measures: tuple[Measure, ...]

    def __iter__(self) -> Iterator[Measure]:
        return iter(self.measures)

    @property
    def only_personal(self) -> bool:
        """Whether nothing but personal protection is named."""
        return bool(self.measures) and all(measure.level == "personal" for measure in self.measures)

    def __str__(self) -> str:
        lines = [
            _("{place}. {text} ({level}; {source})").format(
                place=place,
                text=translated(measure.text),
                level=translated(LEVELS[measure.level]),
                source=measure.source,
            )
            for place, measure in enumerate(self.measures, start=1)
        ]
        if self.only_personal:
            lines.append(
                _("This list names personal protection alone: look for measures that protect everybody first.")
            )
        return "\n".join(lines)


_NOISE, _VIBRATION = "Directive 2003/10/EC, article 5", "Directive 2002/44/EC, article 5"
_AGENTS = "Directive 98/24/EC, article 6"
MEASURES = (
    Measure(agent="noise", level="elimination", text=mark("Take the loud step out of the process"), source=_NOISE),
    Measure(agent="noise", level="substitution", text=mark("Choose a quieter machine or way of work"), source=_NOISE),
    Measure(agent="noise", level="technical", text=mark("Enclose the source, screen it, absorb sound"), source=_NOISE),
    Measure(
        agent="noise",
        level="organisational",
        text=mark("Shorten the time where it is loud, plan pauses"),
        source=_NOISE,
    ),
    Measure(
        agent="noise",
        level="personal",
        text=mark("Hearing protectors, from the upper action value on"),
        source="Directive 2003/10/EC, article 6",
    ),
    Measure(
        agent="vibration",
        level="substitution",
        text=mark("Tools and seats that vibrate less"),
        source=_VIBRATION,
    ),
    Measure(agent="vibration", level="technical", text=mark("Maintain tools, ways and workplaces"), source=_VIBRATION),
    Measure(agent="vibration", level="organisational", text=mark("Limit duration, plan rest"), source=_VIBRATION),
    Measure(agent="vibration", level="personal", text=mark("Clothing against cold and damp"), source=_VIBRATION),
    Measure(agent="heat", level="elimination", text=mark("Move the work away from the source of heat")),
    Measure(agent="heat", level="technical", text=mark("Shield radiant heat, ventilate, cool the place")),
    Measure(agent="heat", level="organisational", text=mark("Pauses in the cool, water, time to get used to heat")),
    Measure(agent="heat", level="personal", text=mark("Cooling vests, light clothing")),
    Measure(agent="chemicals", level="substitution", text=mark("Replace the substance"), source=_AGENTS),
    Measure(agent="chemicals", level="technical", text=mark("Enclose, extract, ventilate"), source=_AGENTS),
    Measure(agent="chemicals", level="organisational", text=mark("Fewer persons, shorter time"), source=_AGENTS),
    Measure(agent="chemicals", level="personal", text=mark("Respiratory protection"), source=_AGENTS),
    Measure(agent="strain", level="technical", text=mark("Lifting aids, transport on wheels")),
    Measure(agent="strain", level="organisational", text=mark("More persons, more pauses, another pace")),
    Measure(agent="falls", level="elimination", text=mark("Take the work down to the floor, take obstacles away")),
    Measure(agent="falls", level="technical", text=mark("Even, dry, lit floors; edges with rails")),
    Measure(agent="falls", level="organisational", text=mark("Tidy ways, nobody alone where help would come late")),
    Measure(agent="falls", level="personal", text=mark("Shoes that do not slip; an alarm shortens the wait for help")),
)


def recommended(agents: Iterable[str], *, levels: Iterable[str] = tuple(LEVELS)) -> Recommendations:
    """Measures for some agents, by level of the hierarchy and then by agent.

    Parameters
    ----------
    agents : of "noise", "vibration", "heat", "chemicals", "strain", "falls"
    levels : that can be chosen

    Returns
    -------
    Recommendations

    Raises
    ------
    UnknownName
        For an agent or a level that known_names is not.
    """
    agents, levels = list(dict.fromkeys(agents)), list(levels)
    known = list(dict.fromkeys(measure.agent for measure in MEASURES))
    for what, names, known_names in ((_("agent"), agents, known), (_("level of control"), levels, list(LEVELS))):
        for name in names:
            if name not in known_names:
                raise UnknownName(
                    what, name, known_names, hint=_("There are: {names}.").format(names=", ".join(known_names))
                )
    order = list(LEVELS)
    chosen = [measure for measure in MEASURES if measure.agent in agents and measure.level in levels]
    return Recommendations(tuple(sorted(chosen, key=lambda m: (order.index(m.level), agents.index(m.agent)))))
