"""Key figures: the rate, accidents, people, the change per year, the place among peers; each with its sentence."""

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from workbench.charts.palette import LOOKS
from workbench.study.finding import Finding
from workbench.study.percent import in_percent
from workbench.terms.text import _, figures, translated
from workbench.terms.words import whole
from workbench.views.linked.line import within_span
from workbench.views.linked.marks import brief
from workbench.views.questions import State
from workbench.views.touch import chosen

Answers = Mapping[str, Finding | str]


def key_figures(found: Answers, state: State) -> list[dict]:
    """The figures on top of the page; one that cannot be given is left out or says why.

    Parameters
    ----------
    found : findings by view, or the reasons why they step aside
    state : State

    Returns
    -------
    list of dict
        label, value, unit, sentence, and `spark`, the years in small.
    """
    total = found.get("total")
    if not isinstance(total, Finding) or len(total.frame) != 1:
        return []
    row = in_percent(total.frame, total.percent, total.units).iloc[0]
    figures = [_first(total, row), _people(total, row), _change(found.get("time")), _place(found, state)]
    if row["count"] == row["count"] and row["count"] != row["value"]:
        figures.insert(1, _counted(total, row))
    return [figure for figure in figures if figure]


def _figure(label: str, value: str, unit: str, sentence: str, **more) -> dict:
    return {"label": label, "value": value, "unit": unit, "sentence": sentence, **more}


def _first(total: Finding, row: pd.Series) -> dict:
    """The figure itself with its interval."""
    counted = row["count"] == row["value"]
    label = _("Number") if counted else _("Share") if total.percent else _("Rate")
    if row["value"] != row["value"]:
        return _figure(label, "–", "", translated(LOOKS[row["state"]].words) if row["state"] else _("No figure."))
    unit = total.percent or total.units.get("value", "")
    if counted:
        return _figure(label, whole(row["value"]), unit, _("Counted, not divided by people."))
    if row["low"] != row["low"]:
        return _figure(label, brief(row["value"]), unit, _("As published, without an interval."))
    sentence = _("{level:.0f}% interval {low} to {high}.").format(
        level=100 * row["level"], low=brief(row["low"]), high=brief(row["high"])
    )
    return _figure(label, brief(row["value"]), unit, sentence)


def _counted(total: Finding, row: pd.Series) -> dict:
    value, unit = _short(row["count"])
    return _figure(_("Accidents"), value, unit, _("Counted in the selection."))


def _people(total: Finding, row: pd.Series) -> dict | None:
    if row["exposure"] != row["exposure"]:
        return None
    value, unit = _short(row["exposure"])
    years = total.selection.years
    several = years is None or years[0] != years[1]
    sentence = _("Person-years at risk, as known.") if several else _("At risk, taken as known.")
    return _figure(_("People"), value, unit or total.units.get("exposure", ""), sentence)


def _change(finding: Finding | str | None) -> dict | None:
    """The change per year of the last unbroken span."""
    if not isinstance(finding, Finding):
        return None
    spans = [part for part in getattr(finding.model, "segments", ()) if part.apc == part.apc]
    values = [None if value != value else float(value) for value in finding.frame["value"]]
    if not spans:
        return _figure(_("Change"), "–", "", _("Too few years for a line."), spark=values)
    last = spans[-1]
    sentence = _("{first}–{last}; {level:.0f}% interval {low} to {high}.").format(
        first=last.first, last=last.last, level=100 * last.level, low=_signed(last.low), high=_signed(last.high)
    )
    return _figure(
        _("Change"), f"{_signed(last.apc)}%", _("a year"), within_span(finding, last).said(sentence), spark=values
    )


def _place(found: Answers, state: State) -> dict | None:
    """The place of the one chosen region or sector among its peers, as the places that its interval leaves open."""
    for view, axis_codes in (("place", state.selection.regions), ("groups", state.selection.sectors)):
        finding = found.get(view)
        if len(axis_codes) != 1 or not isinstance(finding, Finding) or finding.chart_spec.ratio:
            continue
        frame, name = finding.frame, finding.by[0]
        columns = (frame[column].tolist() for column in (name, "value", "low", "high"))
        peers = [_Peer(*row) for row in zip(*columns, strict=True) if row[1] == row[1]]
        own = [peer for peer in peers if chosen(state.selection, (name,), (peer.code,))]
        if len(own) == 1:
            return _ranked(finding, peers, own[0])
    return _figure(_("Place"), "–", "", _("Choose one region or sector."))


class _Peer(NamedTuple):
    """A group with its figure; of one without an interval both ends are the figure itself."""

    code: str
    value: float
    low: float
    high: float

    @property
    def ends(self) -> tuple[float, float]:
        low, high = self.low, self.high
        return low if low == low else self.value, high if high == high else self.value


def _ranked(finding: Finding, peers: list[_Peer], own: _Peer) -> dict:
    low, high = own.ends
    ends = [peer.ends for peer in peers]
    first = 1 + sum(peer_low > high for peer_low, _high in ends)
    last = len(peers) - sum(peer_high < low for _low, peer_high in ends)

    place, sentence = f"{first}–{last}", _("From the highest; intervals overlap.")
    if first == last:
        place, sentence = f"{first}", _("From the highest; no overlap.")
    if finding.withheld:
        sentence = _("From the highest of those shown; {n} withheld.").format(n=finding.withheld)
    return _figure(_("Place"), place, _("of {n}").format(n=len(peers)), sentence)


def _short(value: float) -> tuple[str, str]:
    """A large number in a few letters, and what it is in."""
    if value >= 9_999_500:
        return brief(value / 1e6) if value >= 1e8 else figures(f"{value / 1e6:.1f}"), _("million")
    return whole(value), ""


def _signed(value: float) -> str:
    return figures(f"{value:+.1f}").replace("-", "−")
