"""Where the risk is: the first groups with the places that each can have, and which weight would change the order."""

import pandas as pd

from workbench.study.finding import Finding
from workbench.terms.text import _, n_
from workbench.terms.words import chance, number, whole
from workbench.views.inspectorate.choices import CRITERIA
from workbench.views.inspectorate.tables import Column, dimension_columns, drawn_table, names_of, span

SHOWN = 20
"""Groups that are drawn; the table has all."""


def criteria() -> dict[str, str]:
    """The criteria by name, as their sliders are called.

    Returns
    -------
    dict of str to str
    """
    return dict(zip(CRITERIA, (_("Accident rate"), _("People"), _("Share of fatal"), _("Change a year")), strict=True))


def drawn(finding: Finding) -> dict:
    """What the screen shows of the first step.

    Parameters
    ----------
    finding : Finding
        Of `priorities`.

    Returns
    -------
    dict
        Plain values.
    """
    tipping = _tipping(finding)
    return {
        "says": finding.summary,
        "chart": _chart(finding),
        "tables": [tipping, _table(finding)],
        "notes": list(finding.notes),
        "sources": [source["citation"] for source in finding.sources],
    }


def _chart(finding: Finding) -> dict:
    """The first groups: a dot at the expected place, a line over all places that the data do not exclude."""
    frame = finding.frame.head(SHOWN)
    together = frame["place_low"].notna().all()
    low, high = ("place_low", "place_high") if together else ("rank_low", "rank_high")
    names = names_of(finding)[:SHOWN]
    can_be_first = frame[low].eq(1)
    rows = frame.assign(low_place=frame[low].astype(int), high_place=frame[high].astype(int), can=can_be_first)
    line = (
        _("Place among {n}; lines: places that the data do not exclude, of all groups at once")
        if together
        else _("Place among {n}; lines: places with 95% chance, of each group alone")
    ).format(n=whole(len(finding.frame)))
    how_many = int(finding.frame[low].eq(1).sum())
    says = n_("{n} group can be the first.", "{n} groups can be the first.", how_many).format(n=how_many)
    return {
        "kind": "places",
        "title": _("Which place"),
        "line": line,
        "says": says,
        "about": _("{line}. {says} {n} groups; arrow keys walk them.").format(line=line, says=says, n=len(frame)),
        "credit": "",
        "notes": [],
        "inert": True,
        "ratio": False,
        "chosen": [at for at, can in enumerate(can_be_first) if can],
        "key": {"method": "", "entries": []},
        "marks": {
            "key": [[str(at)] for at in range(len(frame))],
            "name": names,
            "value": [float(value) for value in frame["rank"]],
            "low": [float(value) for value in frame[low]],
            "high": [float(value) for value in frame[high]],
            "state": [""] * len(frame),
            "text": [_places(row) for row in rows.itertuples()],
            "tip": [_tip(row) for row in rows.itertuples()],
        },
    }


def _places(row) -> str:
    return span(str(row.low_place), str(row.high_place))


def _tip(row) -> list[str]:
    """What a mark says of its group."""
    return [
        _("Places {places}").format(places=_places(row)),
        *([_("Can be the first")] if row.can else []),
        _("Score {score} ({low} to {high})").format(
            score=number(row.value), low=number(row.low), high=number(row.high)
        ),
        _("{expected} accidents expected among {people} people").format(
            expected=whole(row.expected), people=whole(row.exposure)
        ),
    ]


def _tipping(finding: Finding) -> dict:
    """Which weight would change the first groups, and who would come and go."""
    found, rows = finding.model, finding.model.tipping
    groups = finding.frame[list(finding.by)].itertuples(index=False, name=None)
    names = dict(zip(groups, names_of(finding), strict=True))
    comes_in, goes_out = (
        rows[column].map(lambda code: names.get(code if isinstance(code, tuple) else (code,)))
        for column in ("in_group", "out_group")
    )
    known = criteria()
    order = pd.Series(list(rows.index), dtype=object)
    caption = _("Which weight would change the first {n} groups").format(n=found.top)
    return drawn_table(
        caption,
        [
            Column(label=_("Criterion"), values=order.map(lambda name: known.get(name, name))),
            Column(label=_("Weight"), values=order.map(found.weights), write=number),
            Column(label=_("Changes at"), values=rows["weight"].astype(float), write=number),
            Column(label=_("Comes in"), values=comes_in),
            Column(label=_("Goes out"), values=goes_out),
        ],
    )


def _table(finding: Finding) -> dict:
    """All groups, in their order."""
    frame = finding.frame
    together = frame["place_low"].notna().any()
    low, high = ("place_low", "place_high") if together else ("rank_low", "rank_high")
    return drawn_table(
        _("All {n} groups").format(n=whole(len(frame))),
        [
            *dimension_columns(finding),
            Column(label=_("Score"), values=frame["value"], write=number, unit=finding.units.get("value", "")),
            Column(label=_("95% interval"), values=frame["low"], to=frame["high"], write=number),
            Column(label=_("Places"), values=frame[low], to=frame[high], write=whole),
            Column(
                label=_("Among the first {n}").format(n=finding.model.top),
                values=frame["p_top"],
                write=chance,
                unit=_("chance"),
            ),
            Column(label=_("Expected"), values=frame["expected"], write=whole, unit=finding.units.get("expected", "")),
            Column(label=_("People"), values=frame["exposure"], write=whole),
        ],
    )
