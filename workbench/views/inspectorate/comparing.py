"""What a change of the plan does: this plan against the one that was kept as A, on the same draws."""

from collections.abc import Callable

import pandas as pd

from workbench.study.finding import Finding
from workbench.study.questions.compare_plans import compare_plans
from workbench.study.recipe import Recipe
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.text import _, capital
from workbench.terms.words import number, whole
from workbench.views.inspectorate.choices import SHARES, Choices
from workbench.views.inspectorate.lists import list_chart
from workbench.views.inspectorate.planning import label_of, limits
from workbench.views.inspectorate.tables import Column, dimension_columns, drawn_table, names_of

SHOWN = 20
"""Groups or regions that are drawn; the table has all."""


def drawn(finding: Finding, by_stratum: Finding, kept: Choices, now: Choices) -> dict:
    """What the screen shows of the third step.

    Parameters
    ----------
    finding : Finding
        Of `compare_plans`: this plan first, A second, by group.
    by_stratum : Finding
        The same, by the dimension in which presence is kept.
    kept, now : Choices
        Of A, and of this plan.

    Returns
    -------
    dict
        Plain values.
    """
    return {
        "says": finding.summary,
        "difference": _chart(by_stratum),
        "tables": [_changes(kept, now), _table(finding)],
        "notes": list(finding.notes),
        "sources": [source["citation"] for source in finding.sources],
    }


def compared(plan: Finding, kept: Finding) -> tuple[Finding, Finding]:
    """This plan against A, by group and by the dimension in which presence is kept.

    Parameters
    ----------
    plan, kept : Finding
        Of `programme`.

    Returns
    -------
    (Finding, Finding)

    Raises
    ------
    ModelError
        For plans of other groups or years.
    """
    return compare_plans(plan, kept), compare_plans(plan, kept, by=[plan.by[-1]])


def code(first: Recipe, second: Recipe) -> str:
    """The lines that make both plans and compare them.

    Parameters
    ----------
    first, second : Recipe
        Of this plan and of A.

    Returns
    -------
    str
        Python; the variable `finding` holds the comparison.
    """
    importing, *_rest = first.steps()
    lines = [importing]
    for name, recipe in (("first", first), ("second", second)):
        _importing, selecting, asking = recipe.steps()
        lines.append(f"{selecting}\n{name} = {asking.removeprefix('finding = ')}")
    return "\n\n".join([*lines, "finding = wb.compare_plans(first, second)\nprint(finding)"]) + "\n"


def _chart(finding: Finding) -> dict:
    """Accidents averted beyond A, region by region."""
    frame = finding.frame.head(SHOWN)
    line = _("Accidents averted a year beyond A, by {dimension}, with 95% intervals").format(
        dimension=DIMENSIONS[finding.by[0]].label
    )
    tips = [
        [
            _("{averted} averted ({low} to {high})").format(
                averted=number(row.value), low=number(row.low), high=number(row.high)
            ),
            _("{days} days, with A {days_of_a}").format(days=whole(row.days_first), days_of_a=whole(row.days_second)),
        ]
        for row in frame.itertuples()
    ]
    return list_chart(
        frame,
        title=_("Difference to A"),
        line=line,
        names=names_of(finding)[:SHOWN],
        texts=[number(value) for value in frame["value"]],
        tips=tips,
    )


def _changes(kept: Choices, now: Choices) -> dict:
    """What was chosen otherwise."""
    names = {"by": _("Groups"), "region": _("Country"), "year": _("Year"), **limits()}
    names |= {"interventions": _("What is done")}
    names.pop("years_ahead")  # of no plan
    changed = [name for name in names if getattr(kept, name) != getattr(now, name)]
    return drawn_table(
        _("What is changed"),
        [
            Column(label=_("Choice"), values=pd.Series([names[name] for name in changed], dtype=object)),
            Column(label=_("With A"), values=pd.Series([_written(name, kept) for name in changed], dtype=object)),
            Column(label=_("This plan"), values=pd.Series([_written(name, now) for name in changed], dtype=object)),
        ],
    )


def _written(name: str, choices: Choices) -> str:
    """A choice in words."""
    value = getattr(choices, name)
    if name == "by":
        return " × ".join(capital(DIMENSIONS[one].label) for one in value)
    if name == "interventions":
        return "; ".join(map(label_of, value)) or _("nothing")
    if name == "region":
        return value or _("All countries")
    write: Callable[[float], str] = number if name == "evenness" else "{:.1%}".format if name in SHARES else whole
    return str(value) if name == "year" else write(value)


def _table(finding: Finding) -> dict:
    """All groups, the largest differences first."""
    frame = finding.frame
    return drawn_table(
        _("All groups, the largest differences first"),
        [
            *dimension_columns(finding),
            Column(label=_("Days with A"), values=frame["days_second"], write=whole),
            Column(label=_("Days now"), values=frame["days_first"], write=whole),
            Column(label=_("Days won"), values=frame["days_won"], write=whole),
            Column(label=_("Averted beyond A"), values=frame["value"], write=number, unit=finding.units["value"]),
            Column(label=_("95% interval"), values=frame["low"], to=frame["high"], write=number),
        ],
    )
