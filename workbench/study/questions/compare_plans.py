"""Two plans compared: what one averts beyond the other, and where days are won and lost."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from workbench.models.programme_compare import PlanDifference, plan_difference
from workbench.models.programme_reports import Programme
from workbench.study.answer import COLUMNS
from workbench.study.chart import Chart, by_dimensions
from workbench.study.data import listed
from workbench.study.finding import Finding
from workbench.terms.errors import Refused
from workbench.terms.text import _
from workbench.terms.words import number

NAMED = 3
"""Groups that a sentence names."""


def compare_plans(first: Finding, second: Finding, *, by: Sequence[str] | None = None, level: float = 0.95) -> Finding:
    """How many more accidents a first plan averts than a second, group by group, and which groups win or lose days.

    Both are taken at the same draws of rates and effects: what is uncertain of both alike cancels.

    Parameters
    ----------
    first, second : what `wb.programme` found, of the same source, selection, dimensions and seed
    by : dimensions of the plans to which groups are added up, such as the region alone for a map; as they are unless
        given
    level : of the intervals

    Returns
    -------
    Finding
        frame: accidents that the first averts beyond the second in a year, as value low high; `days_first`,
        `days_second`, and `days_won`, their difference. `model`: the difference in all, with its draws.

    Raises
    ------
    Refused
        For findings that are no programmes; for dimensions that the plans do not have.
    ModelError
        For plans of other groups, or made from other draws.
    """
    for finding in (first, second):
        if not isinstance(finding.model, Programme):
            raise Refused(_("Plans are compared: give two findings of wb.programme(...)."))
    by = tuple(first.by if by is None else listed(by))
    if unknown := [name for name in by if name not in first.by]:
        raise Refused(
            _("The plans are by {dims}; {unknown} is none of these.").format(
                dims=", ".join(first.by), unknown=", ".join(unknown)
            )
        )
    if not by:
        raise Refused(_("Plans are compared by one dimension or more: {dims}.").format(dims=", ".join(first.by)))

    found = plan_difference(first.model.plan, second.model.plan, levels=None if by == first.by else by, level=level)
    frame = _rows(first, found, by)
    unit = first.units["value"]
    kind = by_dimensions(by)
    return replace(
        first,
        question=_("Two programmes compared: {first:,.0f} and {second:,.0f} inspector-days").format(
            first=first.model.plan.budget.days, second=second.model.plan.budget.days
        ),
        by=by,
        frame=frame,
        summary=_sentence(first, found, by),
        notes=(*_about_days(first, found, by), *(note for note in first.notes if note in second.notes)),
        withheld=int((frame["state"] == "withheld").sum()),
        model=found,
        title=_("Accidents averted by the first plan beyond the second"),
        units={
            **dict.fromkeys(("value", "low", "high", "count"), unit),
            "exposure": first.units["exposure"],
            **dict.fromkeys(("days_first", "days_second", "days_won"), _("days")),
        },
        chart_spec=Chart(kind=kind, marks={"reference": (0.0, _("no difference"))} if kind == "rows" else {}),
        release=first.release or second.release,
    )


def _rows(first: Finding, found: PlanDifference, by: tuple[str, ...]) -> pd.DataFrame:
    """The groups, those with the largest differences first; groups that are withheld have no figure."""
    rows = first.frame
    if by == first.by:
        kept = rows.set_index(list(by))[["count", "exposure", "flag", "flag_share", "state"]]
    else:
        planned = rows[rows["state"] != "withheld"].groupby(list(by), sort=False)
        kept = planned[["count", "exposure"]].sum().assign(flag="", flag_share=0.0, state="")
    difference = found.frame.rename(columns={"averted": "value"})
    difference["days_won"] = difference["days_first"] - difference["days_second"]
    frame = kept.join(difference).assign(
        level=found.level, method=_("same draws"), per=np.nan, unit=first.units["value"]
    )
    largest = frame["value"].abs().sort_values(ascending=False, kind="stable").index
    frame = frame.loc[largest].reset_index()
    return frame[[*by, *COLUMNS, "days_first", "days_second", "days_won"]]


def _sentence(first: Finding, found: PlanDifference, by: tuple[str, ...]) -> str:
    """What the first plan averts beyond the second, and whether the draws agree on it."""
    won = found.frame["days_first"] - found.frame["days_second"]
    summary = _(
        "The first plan averts {more} accidents a year beyond the second ({low} to {high}), more in {chance:.0%} of "
        "draws; {winners} groups win days and {losers} lose days."
    ).format(
        more=number(found.averted.mean()),
        low=number(found.low),
        high=number(found.high),
        chance=found.chance,
        winners=int((won > 0).sum()),
        losers=int((won < 0).sum()),
    )
    return _("Synthetic data. {summary}").format(summary=summary) if first.synthetic else summary


def _about_days(first: Finding, found: PlanDifference, by: tuple[str, ...]) -> list[str]:
    """Who wins and who loses most days by the first plan."""
    won = (found.frame["days_first"] - found.frame["days_second"]).sort_values(kind="stable")
    notes = []
    for message, days in (
        (_("Most days won by the first plan: {groups}."), won[won > 0][::-1]),
        (_("Most days lost by the first plan: {groups}."), won[won < 0]),
    ):
        if len(days):
            groups = "; ".join(f"{_label(first, by, codes)} {value:+,.0f}" for codes, value in days[:NAMED].items())
            notes.append(message.format(groups=groups))
    return notes


def _label(finding: Finding, by: tuple[str, ...], codes: object) -> str:
    """The group in words."""
    codes = codes if isinstance(codes, tuple) else (codes,)
    return " · ".join(finding.label(name, code) for name, code in zip(by, codes, strict=True))
