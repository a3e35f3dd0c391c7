"""The card of doses and the one of measures: what each group is exposed to, against which limits, what can be done."""

from dataclasses import dataclass
from html import escape

import pandas as pd

from workbench.terms.text import _, mark, translated
from workbench.views.recording_html import figure_with_unit, paragraph, table
from workbench.wearables.door import Recordings
from workbench.wearables.exposure.limits import CARBON_MONOXIDE, HAND_ARM, NOISE_LEVELS, WBGT_OVER, Limit, reached
from workbench.wearables.measures import COLLECTIVE, LEVELS, recommended
from workbench.wearables.words import code_label


@dataclass(frozen=True, kw_only=True)
class Agent:
    """What a group is exposed to, as a row of the card of doses.

    Attributes
    ----------
    name, unit : as it is shown
    column, upper : of `Recordings.exposure`: the figure, and its upper limit ("" where it has none)
    limits : that it is held against
    scale : least and most value that is drawn
    measures : agent of `measures.MEASURES`
    """

    name: str
    unit: str
    column: str
    limits: tuple[Limit, ...]
    scale: tuple[float, float]
    measures: str
    upper: str = ""


AGENTS = (
    Agent(
        name=mark("Noise, LEX,8h"),
        unit="dB(A)",
        column="noise",
        upper="noise_upper",
        limits=NOISE_LEVELS,
        scale=(70, 95),
        measures="noise",
    ),
    Agent(
        name=mark("Heat: warmest hour against its reference"),
        unit="°C",
        column="wbgt_over",
        limits=WBGT_OVER,
        scale=(-10, 10),
        measures="heat",
    ),
    Agent(
        name=mark("Carbon monoxide, eight hours"),
        unit="ppm",
        column="carbon_monoxide",
        limits=CARBON_MONOXIDE[:1],
        scale=(0, 25),
        measures="chemicals",
    ),
    Agent(
        name=mark("Carbon monoxide, worst 15 minutes"),
        unit="ppm",
        column="carbon_monoxide_short",
        limits=CARBON_MONOXIDE[1:],
        scale=(0, 125),
        measures="chemicals",
    ),
    Agent(
        name=mark("Hand-arm vibration, A(8)"),
        unit="m/s²",
        column="hand_arm",
        limits=HAND_ARM,
        scale=(0, 6),
        measures="vibration",
    ),
)


def dose(exposure: pd.DataFrame, by: str) -> str:
    """Noise, heat, gas and vibration of each group against their limits.

    Parameters
    ----------
    exposure : what `Recordings.exposure` gives
    by : what it is divided by

    Returns
    -------
    str
        HTML.
    """
    parts = []
    for agent in AGENTS:
        sources = " · ".join(f"{limit.words} ({limit.source})" for limit in agent.limits)
        parts.append(f"<h3>{escape(translated(agent.name))}</h3>{paragraph(sources, 'muted')}")
        rows = (_dose_row(agent, row, code_label(by, str(row[by]))) for _place, row in exposure.iterrows())
        parts.append(table([_("Group"), _("Against the limits"), _("Value"), _("Reached")], rows))
    insufficient = int(exposure["insufficient"].fillna(0).sum())
    note = _("{n} person-shifts without enough data are left out: where nothing was measured, nothing is known.")
    return "".join([*parts, paragraph(note.format(n=insufficient), "muted")])


def _dose_row(agent: Agent, row: pd.Series, group: str) -> list[str]:
    if row["state"] == "withheld":
        return [escape(group), '<span class="gap"></span>', "", escape(_("withheld: too few persons"))]
    value = row[agent.column]
    upper = row[agent.upper] if agent.upper and pd.notna(row[agent.upper]) else value
    if pd.isna(value):
        return [escape(group), '<span class="gap"></span>', "", escape(_("insufficient data"))]
    return [
        escape(group),
        _meter(value, upper, agent),
        escape(figure_with_unit(value, agent.unit)),
        escape(_reached(value, upper, agent.limits)),
    ]


def _reached(value: float, upper: float, limits: tuple[Limit, ...]) -> str:
    """The highest limit that a value reaches, and that it may reach within its uncertainty."""
    passed, possible = reached(value, limits), reached(upper, limits)
    name = translated(passed[-1].name) if passed else _("none of these")
    if len(possible) > len(passed):
        return _("{name}; perhaps {other}").format(name=name, other=translated(possible[-1].name))
    return name


def _meter(value: float, upper: float, agent: Agent) -> str:
    """A bar to the value, a line to its upper limit, a stroke at each limit; the figures stand beside it as text."""
    least, most = agent.scale

    def place(number: float) -> float:
        return 160 * min(max((number - least) / (most - least), 0), 1)

    zero = place(0) if least < 0 else 0.0
    start, end = sorted((zero, place(value)))
    bar = f'<rect class="bar" x="{start:.1f}" y="5" width="{max(end - start, 1):.1f}" height="8"/>'
    line = f'<line class="upper" x1="{place(value):.1f}" x2="{place(upper):.1f}" y1="9" y2="9"/>'
    strokes = "".join(
        f'<line class="limit" x1="{place(limit.value):.1f}" x2="{place(limit.value):.1f}" y1="1" y2="17"/>'
        for limit in agent.limits
    )
    return f'<svg class="meter" viewBox="0 0 160 18" aria-hidden="true">{bar}{line}{strokes}</svg>'


def measures(opened: Recordings, exposure: pd.DataFrame) -> str:
    """What can be done about what reaches a limit, the measures for everybody first.

    Parameters
    ----------
    opened : Recordings
    exposure : what `Recordings.exposure` gives

    Returns
    -------
    str
        HTML.
    """
    agents = [
        agent.measures
        for agent in AGENTS
        if (exposure[[agent.column, agent.upper or agent.column]] >= agent.limits[0].value).any(axis=None)
    ]
    if set(opened.alarms_by_kind()["kind"]) & {"fall", "stumble"}:
        agents.append("falls")
    if not agents:
        return paragraph(_("No figure reaches a limit. That tells of these figures alone."), "muted")
    parts, level = [], ""
    for measure in recommended(agents):
        if measure.level != level:
            level = measure.level
            for_all = _("for all")
            mark_of_all = f' <span class="tag">{escape(for_all)}</span>' if level in COLLECTIVE else ""
            parts.append(f"</ul><h3>{escape(translated(LEVELS[level]))}{mark_of_all}</h3><ul>")
        source = f'<span class="muted">({escape(measure.source)})</span>'
        parts.append(f"<li>{escape(translated(measure.text))} {source}</li>")
    return "".join(parts).removeprefix("</ul>") + "</ul>"
