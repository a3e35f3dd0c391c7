"""What to do within the days: the plan by group and by region, four plans next to it, and what each may avert."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from workbench.models.interventions import Intervention
from workbench.models.programme import Plan
from workbench.models.programme_compare import FourPlans
from workbench.models.programme_reports import ALL
from workbench.study.chart import Chart
from workbench.study.finding import Finding
from workbench.study.interventions import listed_interventions
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.text import _, mark, translated
from workbench.terms.words import number, whole
from workbench.views.inspectorate.lists import list_chart
from workbench.views.inspectorate.tables import Column, dimension_columns, drawn_table
from workbench.views.linked import place

LABELS = {
    "inspection": mark("Inspection of one employer"),
    "communication": mark("Campaign for a sector in a region"),
    "cooperation": mark("Agreement with clients, trade associations and unions"),
    "supervision": mark("Supervision of a safety management system"),
}
"""What the interventions that come with the workbench are called; one of one's own goes by its name."""
PER = 100_000
"""Workers, of days and rates alike."""


def limits() -> dict[str, str]:
    """The choices of the plan by name, as their sliders are called.

    Returns
    -------
    dict of str to str
    """
    return {
        "days": _("Inspector-days in all"),
        "notifications": _("For notifications"),
        "at_random": _("Visits at random"),
        "presence": _("Presence in every region"),
        "evenness": _("At most, times its share of accidents"),
        "years_ahead": _("Years ahead"),
    }


def label_of(name: str) -> str:
    """What an intervention is called.

    Parameters
    ----------
    name : str
        As in `catalogs/interventions.yml`.

    Returns
    -------
    str
    """
    return translated(LABELS[name]) if name in LABELS else name


def interventions() -> list[dict]:
    """The interventions that can be chosen, with their effects, and where each effect comes from.

    Returns
    -------
    list of dict
        name, label, effect in words, source, and `assumed` where there is none.
    """
    return [
        {"name": name, "label": label_of(name), "effect": _effect(one), "source": one.source, "assumed": not one.source}
        for name, (one, _suits) in listed_interventions().items()
    ]


def _effect(one: Intervention) -> str:
    facts = {"effect": one.effect, "low": one.effect_low, "high": one.effect_high, "days": one.days}
    if one.whole_group:
        message = _("{days:g} days; averts {effect:.1%} ({low:.0%} to {high:.0%}) of the accidents of a whole group")
    else:
        message = _("{days:g} days; averts {effect:.0%} ({low:.0%} to {high:.0%}) of the accidents of one employer")
    return message.format(**facts)


def drawn(finding: Finding) -> dict:
    """What the screen shows of the second step.

    Parameters
    ----------
    finding : Finding
        Of `programme`.

    Returns
    -------
    dict
        Plain values.
    """
    chosen, four = finding.model.plan, finding.model.four
    return {
        "says": finding.summary,
        "figures": _figures(chosen),
        "warnings": chosen.warnings,
        "four": _four_chart(four),
        "map": _map(finding),
        "tables": [_regressed(four), _table(finding, chosen)],
        "reports": [_fairness(finding), _coverage(finding)],
        "notes": list(finding.notes),
        "sources": [source["citation"] for source in finding.sources],
    }


def _figures(chosen: Plan) -> list[dict]:
    """The plan in four figures."""
    low, high = np.quantile(chosen.averted, [0.025, 0.975])
    frame = chosen.frame
    used = frame["days"].sum()
    return [
        {
            "label": _("Averted"),
            "unit": _("accidents a year"),
            "value": number(chosen.averted.mean()),
            "sentence": _("{low} to {high}, of {all} expected").format(
                low=number(low), high=number(high), all=whole(frame["harm"].sum())
            ),
        },
        {
            "label": _("Planned"),
            "unit": _("inspector-days"),
            "value": whole(used),
            "sentence": _("of {free} free to plan, of {days} in all").format(
                free=whole(chosen.budget.free), days=whole(chosen.budget.days)
            ),
        },
        {
            "label": _("At random"),
            "unit": _("visits"),
            "value": whole(frame["random_visits"].sum()),
            "sentence": _("so that what is known does not follow where inspectors went"),
        },
        {
            "label": _("Groups"),
            "unit": "",
            "value": whole((frame["days"] > 0).sum()),
            "sentence": _("of {n} get something").format(n=whole(len(frame))),
        },
    ]


def _four_chart(four: FourPlans) -> dict:
    """What this plan and four others would avert, with their intervals."""
    frame = four.frame
    line = _("Accidents averted a year, with 95% intervals")
    best = frame["averted"].idxmax()
    says = _("Most is averted by: {plan}, {averted}.").format(plan=best, averted=number(frame["averted"].max()))
    tips = [
        [
            _("{averted} averted ({low} to {high})").format(
                averted=number(row.averted), low=number(row.low), high=number(row.high)
            ),
            _("{share:.0%} of the best of these").format(share=row.share_of_best),
        ]
        for row in frame.itertuples()
    ]
    return list_chart(
        frame.rename(columns={"averted": "value"}),
        title=_("Four plans next to it"),
        line=line,
        says=says,
        names=frame.index,
        texts=[number(value) for value in frame["averted"]],
        tips=tips,
        chosen=[0],
    )


def _map(finding: Finding) -> dict | None:
    """Days per 100,000 workers by region; None where the groups have no region."""
    by = next((name for name in finding.by if DIMENSIONS[name].axis == "nuts"), None)
    if by is None:
        return None
    people = finding.model.plan.frame["people"].groupby(level=by).sum()
    units = [one.name for one in finding.model.plan.interventions]
    summed = finding.frame.groupby(by)[[*units, "random_visits", "days", "value", "expected"]].sum()
    frame = pd.DataFrame(
        {
            by: summed.index.astype(str),
            "value": (PER * summed["days"] / people.reindex(summed.index)).to_numpy(),
            **dict.fromkeys(("low", "high", "level", "count", "exposure", "per", "flag_share"), np.nan),
            **dict.fromkeys(("method", "unit", "flag", "state"), ""),
        }
    )
    unit = _("inspector-days per 100,000 workers")
    regions = replace(
        finding, by=(by,), frame=frame, units={"value": unit}, chart_spec=Chart(kind="map"), model=None, percent=""
    )
    picture = place.drawn(regions, finding.selection)
    marks = picture["marks"]
    keys = [key for (key,) in marks["key"]]
    tips = {str(code): _region_tip(row, units) for code, row in summed.iterrows()}
    figures = [f"{number(value)} {unit}" for value in marks["value"]]
    tips = [[figure, *tips[key]] for key, figure in zip(keys, figures, strict=True)]
    line = _("Inspector-days per 100,000 workers, by {level}").format(level=DIMENSIONS[by].label)
    return {
        **picture,
        "title": _("Where"),
        "line": line,
        "about": _("{line}. {says} {n} regions; arrow keys walk them.").format(
            line=line, says=picture["says"], n=len(keys)
        ),
        "inert": True,
        "chosen": [],
        "marks": {**marks, "tip": tips},
    }


def _region_tip(row: pd.Series, units: Sequence[str]) -> list[str]:
    done = [_("{label}: {n}").format(label=label_of(name), n=whole(row[name])) for name in units if row[name]]
    return [
        _("{days} days").format(days=whole(row["days"])),
        *done,
        _("{averted} accidents averted of {expected} expected").format(
            averted=number(row["value"]), expected=whole(row["expected"])
        ),
    ]


def _regressed(four: FourPlans) -> dict:
    """Of the groups that each plan chose, last year's rate and what it is expected to be without any visit."""
    frame = PER * four.regressed
    drop = 1 - four.regressed["expected"] / four.regressed["last_year"]
    plans = pd.Series(frame.index, dtype=object)
    unit = _("per 100,000")
    return drawn_table(
        _("Regression to the mean: the groups that a plan chose, without any visit"),
        [
            Column(label=_("Plan"), values=plans),
            Column(label=_("Rate last year"), values=frame["last_year"], write=whole, unit=unit),
            Column(label=_("Expected next year"), values=frame["expected"], write=whole, unit=unit),
            Column(label=_("Less by itself"), values=drop, write=_percent),
        ],
    )


def _fairness(finding: Finding) -> dict:
    """Visits a thousand workers by region, size and share of migrant workers, and what risk alone would give."""
    found = finding.model.fairness.reset_index()
    flags = found["flagged"].map({True: _("three times the burden or more"), False: ""})
    return drawn_table(
        _("Fairness: visits a thousand workers, and what risk alone would give"),
        [
            Column(label=_("Who"), values=found["class"].astype(str)),
            Column(label=_("Visits"), values=found["per_1000"], write=number, unit=_("a thousand workers")),
            Column(label=_("By risk alone"), values=found["by_risk"], write=number),
            Column(label=_("Times others at equal risk"), values=found["times_others"], write=number),
            Column(label=_("Flag"), values=flags),
        ],
    )


def _coverage(finding: Finding) -> dict:
    """How many of the groups are reached, and how many of the tenth with most accidents are left out."""
    found = finding.model.coverage
    names = pd.Series(found.index.astype(str)).replace({ALL: _("All groups")})
    return drawn_table(
        _("Coverage: groups reached, and of the tenth with most accidents expected those left out"),
        [
            Column(label=_("Who"), values=names),
            Column(label=_("Groups"), values=found["groups"], write=whole),
            Column(label=_("Reached"), values=found["reached"], write=whole),
            Column(label=_("Of the first tenth"), values=found["top"], write=whole),
            Column(label=_("Left out"), values=found["top_left_out"], write=whole),
        ],
    )


def _percent(share: float) -> str:
    return f"{round(share, 3) + 0.0:.1%}"  # a zero without a minus


def _table(finding: Finding, chosen: Plan) -> dict:
    """The plan group by group, each with its sentence."""
    frame = finding.frame
    done = [one.name for one in chosen.interventions if frame[one.name].any()]
    return drawn_table(
        _("The plan, most averted first"),
        [
            *dimension_columns(finding),
            *(Column(label=label_of(name), values=frame[name], write=whole) for name in done),
            Column(label=_("At random"), values=frame["random_visits"], write=whole, unit=_("visits")),
            Column(label=_("Days"), values=frame["days"], write=whole),
            Column(label=_("Averted"), values=frame["value"], write=number, unit=finding.units.get("value", "")),
            Column(label=_("95% interval"), values=frame["low"], to=frame["high"], write=number),
            Column(label=_("Why"), values=frame["why"]),
        ],
    )
