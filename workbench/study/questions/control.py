"""Control charts: does a rate or a share vary through time more than chance makes it, and in which periods."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.inputs import chosen
from workbench.models.process import ControlChart, c_chart, p_chart, u_chart
from workbench.study.answer import answer
from workbench.study.breaks import Crossed, breaks, crossed
from workbench.study.chart import Chart
from workbench.study.disclose import disclose
from workbench.study.divide import Divided
from workbench.study.finding import Finding
from workbench.study.periods import divide_counts, divide_periods, period_names, period_weights
from workbench.study.reliability import about_weights
from workbench.study.shares import divide_shares, whole_in_words, whole_of
from workbench.terms.errors import ModelError, Refused
from workbench.terms.text import _, capital, mark, translated
from workbench.terms.words import number, some, span

FIRM = 20
"""Periods from which centre and limits are firm (Montgomery, Introduction to statistical quality control)."""
CHARTS = {"u": u_chart, "p": p_chart, "c": lambda counts, _basis, **options: c_chart(counts, **options)}
LIMITS = ("centre", "lower_limit", "upper_limit")
SIGNALS = {
    "high": mark("above the limits"),
    "low": mark("below the limits"),
    "run": mark("in a run on one side of the centre"),
}


def control(
    source: str | Cube,
    selection: Selection | None = None,
    by: Sequence[str] = ("year",),
    *,
    share_of: Selection | None = None,
    baseline: tuple | None = None,
    exposure: str | None = None,
    laney: bool = False,
    chart: str = "",
) -> Finding:
    """A rate through time against limits of chance around its centre (u-chart); with `share_of` a share (p-chart).

    The limits of a period are three standard errors, of its own people or accidents, from the centre. They hold for
    periods that are counted as those of the baseline are: across a declared break there is no centre, no limit and no
    signal. `model` is the `ControlChart`; of weighted records it counts records: accidents over their mean weight.

    Parameters
    ----------
    source : name of a catalogue entry, or a cube
    selection : what is asked for; the entry's defaults hold where it says nothing
    by : "year"; "year" and "month"; "month" of one year
    share_of : a wider selection, of whose accidents those of `selection` are a part; of a sample it has a meaning too
    baseline : first and last period that centre and limits are taken from, (2014, 2018) or ("2021-01", "2022-12");
        without it the last two periods or more that no break parts, as far back as the break before them
    exposure : entry that holds the people at risk, in place of the one the catalogue names
    laney : widen or narrow the limits by how much periods of the baseline vary from one to the next, as large counts
        need whose every period signals (Laney 2002, Qual. Eng. 14:531-537)
    chart : "u" for rates, "p" for shares, which are taken unless "c" is asked for: counts as they are, where the people
        at risk are not known, or as good as the same in all periods

    Returns
    -------
    Finding
        frame: the rate, the count, or the share in %, as value with its own 95% interval low high; `centre`,
        `lower_limit`, `upper_limit`, `signal` ("high", "low", "run", "" for none), `baseline`, `segment` (how many
        breaks came before), and of a share `whole`, the accidents that it is of.

    Raises
    ------
    Refused
        For other dimensions, rates without counts, a rate of a sample, a part that reaches beyond its whole; a chart
        that does not fit the figures.
    ModelError
        Fewer than two periods to take a centre from, or no accidents in them.
    """
    kind = _kind(chart, share_of, laney)
    if kind == "c":
        divided = disclose(divide_counts(source, selection, by))
    elif kind == "u":
        divided = disclose(divide_periods(source, selection, by, exposure=exposure))
    else:
        divided = disclose(divide_shares(source, selection, by, share_of=share_of))
    cube, weights, cuts = divided.cube, period_weights(divided), breaks(divided.cube, divided.selection)
    if share_of is not None:
        cuts |= breaks(cube, whole_of(cube, divided.selection, share_of))
    charted = _charted(
        divided.frame, weights, baseline, cuts, CHARTS[kind] if kind == "c" else partial(CHARTS[kind], laney=laney)
    )
    frame, model = charted.frame, charted.model

    unit = str(frame["unit"].iloc[0])
    columns = dict.fromkeys(LIMITS, unit) | {"signal": "", "baseline": "", "segment": ""}
    what, title = divided.words, _("Accident rate") if divided.people else _("Accidents")
    if share_of is not None:
        frame = frame.assign(whole=frame["exposure"], exposure=np.nan)  # accidents, not people at risk
        columns |= {"whole": divided.measure.unit}
        what = _("{part}, in % of {whole}").format(part=what, whole=whole_in_words(divided, share_of))
        title = _("Share of accidents")

    signals, across = _sentence(frame, model), _across(charted, cuts)
    return answer(
        divided,
        frame,
        title=title,
        chart=_chart(divided, frame, model),
        notes=[*_about(charted, across), *across.notes(), *about_weights(weights)],
        columns=columns,
        model=model,
        words=(
            across.said(
                _("{what}: {signals}. {centre}").format(what=capital(what), signals=signals, centre=_centre(charted))
            ),
            across.within(_("{title}, {what}: {signals}").format(title=title, what=what, signals=signals)),
        ),
    )


def _kind(chart: str, share_of: Selection | None, laney: bool) -> str:
    """The chart of what is asked for: "u", "p" or "c"; Refused where one was named that does not fit."""
    usual = "u" if share_of is None else "p"
    kind = chosen(chart or usual, CHARTS, "chart")
    if kind == usual or (kind == "c" and share_of is None and not laney):
        return kind
    raise Refused(
        _("A {kind} chart does not fit: rates take u, shares (share_of) p, counts c without Laney's factor.").format(
            kind=kind
        )
    )


@dataclass(frozen=True, kw_only=True)
class _Charted:
    """The frame with centre, limits and signals where they hold, the model, and the periods of the baseline."""

    frame: pd.DataFrame = field(repr=False)
    model: ControlChart
    used: pd.Index = field(repr=False)


def _chart(divided: Divided, frame: pd.DataFrame, model: ControlChart) -> Chart:
    """The periods among the limits of chance, which are drawn in place of their own intervals."""
    return Chart(
        kind="control",
        columns={"low": frame["lower_limit"], "high": frame["upper_limit"], "period": period_names(frame, divided.by)},
        marks={"centre": frame["centre"].max(), "method": model.method},
    )


def _charted(
    frame: pd.DataFrame,
    weights: pd.Series,
    baseline: tuple | None,
    cuts: Mapping[int, str],
    chart: Callable[..., ControlChart],
) -> _Charted:
    """Centre, limits and signals of the periods that are counted as those of the baseline are."""
    frame = frame.assign(segment=np.searchsorted(sorted(cuts), frame["year"], side="right") if cuts else 0)
    known = frame[frame["value"].notna()]
    used = _baseline(known, baseline, cuts)
    judged = known.index[known["segment"].isin(known.loc[used, "segment"])]
    counts, basis = (frame.loc[judged, name] / weights[judged] for name in ("count", "exposure"))
    model = chart(counts, basis, baseline=used)
    scale = frame["per"].iloc[0] / model.per
    frame = frame.assign(
        centre=pd.Series(scale * model.centre, index=judged),
        lower_limit=scale * model.frame["low"],
        upper_limit=scale * model.frame["high"],
        signal=model.frame["signal"].reindex(frame.index).fillna(""),
        baseline=frame.index.isin(used),
    )
    return _Charted(frame=frame, model=model, used=used)


def _baseline(known: pd.DataFrame, baseline: tuple | None, cuts: Mapping[int, str]) -> pd.Index:
    """The periods that set the centre: those asked for, else the last span of two or more between breaks."""
    if len(known) < 2:
        raise ModelError(
            _("A control chart needs two periods with a figure, better {firm}; here are {n}. Take more years.").format(
                firm=FIRM, n=len(known)
            )
        )
    if baseline is None:
        spans = known.groupby("segment").size()
        if not (spans >= 2).any():
            raise ModelError(
                _(
                    "The breaks in {years} leave no two periods that are counted alike. Name a baseline to take the "
                    "centre across them all the same."
                ).format(years=some(sorted(cuts)))
            )
        return known.index[known["segment"] == spans[spans >= 2].index.max()]
    if isinstance(baseline, str | int) or len(baseline) != 2:
        raise Refused(
            _("A baseline is its first and last period, such as (2014, 2018); {given!r} is not.").format(given=baseline)
        )
    first, last = map(str, baseline)  # years take in their months
    used = known.index[[first <= name[: len(first)] and name[: len(last)] <= last for name in known.index.astype(str)]]
    if len(used) < 2:
        raise ModelError(
            _(
                "The baseline {first} to {last} holds {n} periods with a figure; two are needed. There are {have}."
            ).format(first=first, last=last, n=len(used), have=_span(known.index))
        )
    return used


def _sentence(frame: pd.DataFrame, model: ControlChart) -> str:
    """Which periods signal, and how."""
    parts = [
        _("{periods} {where}").format(periods=_stretches(frame["signal"] == signal), where=translated(words))
        for signal, words in SIGNALS.items()
        if (frame["signal"] == signal).any()
    ]
    if not parts:
        return _("no signal in {n} periods").format(n=len(model.frame))
    return _("signals in {n} of {all} periods ({which})").format(
        n=len(model.signals), all=len(model.frame), which="; ".join(parts)
    )


def _centre(charted: _Charted) -> str:
    """Where the centre lies, and whether its own periods vary no more than chance makes them."""
    frame, model = charted.frame, charted.model
    words = {
        "centre": number(frame["centre"].max()),
        "unit": frame["unit"].iloc[0],
        "span": _span(charted.used),
        "phi": model.dispersion,
    }
    if model.dispersion > 1 and model.dispersion_p < 0.05 and model.sigma_z == 1:
        return _(
            "Centre {centre} {unit}, from {span}. These periods vary {phi:,.1f} times as much as chance makes them: "
            "limits signal too often."
        ).format(**words)
    return _("Centre {centre} {unit}, from {span}.").format(**words)


def _across(charted: _Charted, cuts: Mapping[int, str]) -> Crossed:
    """The breaks among the periods that share a centre: marked ones, and those that the baseline crosses."""
    frame = charted.frame
    segments = sorted(set(frame.loc[charted.used, "segment"]))
    declared = sorted(cuts)[segments[0] : segments[-1]]
    return crossed(frame[frame["centre"].notna()], declared=declared, cut=cuts)


def _about(charted: _Charted, across: Crossed) -> list[str]:
    """What has to be known of the centre, the limits and the periods without them."""
    frame, model, used = charted.frame, charted.model, charted.used
    words = {"method": model.method, "span": _span(used), "n": len(used), "firm": FIRM}
    limits = _("Centre and limits: {method}, from {span} ({n} periods).")
    if len(used) < FIRM:
        limits = _("Centre and limits: {method}, from {span} ({n} periods; {firm} or more make them firm).")
    notes = [
        limits.format(**words),
        _("low and high are the interval of a period's own figure; signals go by lower_limit and upper_limit."),
    ]
    if across.declared:
        notes.append(
            _(
                "The baseline crosses the breaks in {years}: its centre mixes figures that are counted differently."
            ).format(years=some(across.declared))
        )
    gaps, across = frame["value"].isna(), frame["value"].notna() & frame["centre"].isna()
    if across.any():
        note = _("Across a break from the baseline, so without limits or signals: {periods}.")
        notes.append(note.format(periods=_stretches(across)))
    if gaps.any():
        notes.append(_("Without a figure: {periods}.").format(periods=_stretches(gaps)))
    return [*notes, *([model.note] if model.note else [])]


def _stretches(chosen: pd.Series) -> str:
    """The periods where `chosen` holds, those that follow each other as first and last: 2013 to 2019, 2022."""
    places = np.flatnonzero(chosen)
    runs = np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)
    return some(_span(chosen.index[run]) for run in runs if len(run))


def _span(names: pd.Index) -> str:
    return span(names[0], names[-1])
