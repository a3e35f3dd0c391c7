"""Notifications: who notifies of the events estimated, how urgent it is, and how long it waits before the days."""

import pandas as pd

from workbench.study.finding import Finding
from workbench.terms.text import _
from workbench.terms.words import number, whole
from workbench.views.inspectorate.lists import list_chart
from workbench.views.inspectorate.tables import Column, dimension_columns, drawn_table, names_of

SHOWN = 20


def drawn(finding: Finding) -> dict:
    """What the screen shows of notifications.

    Parameters
    ----------
    finding : Finding
        Of `notifications`.

    Returns
    -------
    dict
        Plain values.
    """
    return {
        "says": finding.summary,
        "shares": _shares(finding),
        "waiting": _waiting(finding),
        "tables": [_classes(finding), _table(finding)],
        "notes": list(finding.notes),
        "sources": [source["citation"] for source in finding.sources],
    }


def _classes_in_words() -> dict[str, str]:
    return {"urgent": _("Urgent"), "soon": _("Soon"), "routine": _("Routine")}


def _shares(finding: Finding) -> dict:
    """Notified accidents of 100 estimated events, by group, the largest share first."""
    frame = finding.frame.assign(name=names_of(finding)).dropna(subset="value")
    frame = frame.sort_values("value", ascending=False, kind="stable").head(SHOWN)
    rows = 100 * frame[["value", "low", "high"]]
    return list_chart(
        rows,
        title=_("Who notifies"),
        line=_("Notified accidents of 100 estimated events, with 95% intervals"),
        says=_("More notifications are no more risk: they move no rate, no priority and no plan."),
        names=frame["name"],
        texts=[number(value) for value in rows["value"]],
        tips=[
            [_("{n} notified of {events} estimated").format(n=whole(n), events=whole(events))]
            for n, events in frame[["count", "exposure"]].itertuples(index=False)
        ],
    )


def _waiting(finding: Finding) -> dict:
    """Working days until work begins, by class."""
    found = finding.model.backlog.frame
    labels = _classes_in_words()
    rows = found.rename(columns={"waiting": "value"})
    return list_chart(
        rows,
        title=_("How long they wait"),
        line=_("Working days until work begins, mean, with 95% of the runs"),
        says=_("The work that comes in takes {load:.0%} of the days for notifications.").format(
            load=finding.model.backlog.load
        ),
        names=[labels[name] for name in found.index],
        texts=[number(value) for value in rows["value"]],
        tips=[[_("{share:.0%} within their time").format(share=share)] for share in found["in_time"]],
    )


def _classes(finding: Finding) -> dict:
    """The classes with their work, and what waits in the end."""
    found = finding.model.backlog.frame
    labels = _classes_in_words()
    return drawn_table(
        _("Triage and queue"),
        [
            Column(label=_("Class"), values=pd.Series([labels[name] for name in found.index], dtype=object)),
            Column(label=_("Notifications"), values=found["arrivals"], write=whole),
            Column(label=_("Work"), values=found["work"], write=whole, unit=_("inspector-days")),
            Column(label=_("Begun in time"), values=found["in_time"], write=_percent),
            Column(label=_("Left in the end"), values=found["left"], write=whole),
        ],
    )


def _percent(share: float) -> str:
    return f"{share:.0%}"


def _table(finding: Finding) -> dict:
    """All groups."""
    frame = finding.frame
    share = 100 * frame["value"]
    return drawn_table(
        _("All groups"),
        [
            *dimension_columns(finding),
            Column(label=_("Notified"), values=share, write=number, unit=_("of 100 estimated events")),
            Column(label=_("95% interval"), values=100 * frame["low"], to=100 * frame["high"], write=number),
            Column(label=_("Notified accidents"), values=frame["count"], write=whole),
            Column(label=_("Estimated events"), values=frame["exposure"], write=whole),
        ],
    )
