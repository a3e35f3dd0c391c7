"""Control charts: does a rate or a share vary through time more than chance makes it, and in which periods."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.inputs import some
from workbench.models.process import ControlChart, p_chart, u_chart
from workbench.models.rates import digits
from workbench.study.at_risk import prepared
from workbench.study.evidence import cube
from workbench.study.finding import Finding
from workbench.study.groups import weighted
from workbench.study.periods import part_of, periods, rate_series, share_series
from workbench.study.telling import breaks, finding
from workbench.terms.errors import ModelError, Refused
from workbench.terms.text import _, capital

FIRM = 20
"""Periods from which centre and limits are firm (Montgomery, Introduction to statistical quality control)."""
COLUMNS = ("centre", "lower_limit", "upper_limit", "signal", "baseline", "segment")
SIGNALS = {"high": _("above the limits"), "low": _("below the limits"), "run": _("in a run on one side of the centre")}


def control(
    source: str | Cube,
    selection: Selection | None = None,
    by: Sequence[str] = ("year",),
    *,
    share_of: Selection | None = None,
    baseline: tuple | None = None,
    exposure: str | None = None,
) -> Finding:
    """A rate through time against limits of chance around its centre (u-chart); with `share_of` a share (p-chart).

    The limits of a period are three standard errors, of its own people or accidents, from the centre. They hold for
    periods that are counted as those of the baseline are: across a declared break there is no centre, no limit and no
    signal. `model` is the `ControlChart`; where records are weighted it counts records: accidents over their mean weight.

    Parameters
    ----------
    by : "year"; "year" and "month"; "month" of one year
    share_of : a wider selection, of whose accidents those of `selection` are a part; a share has a meaning in a sample too
    baseline : first and last period that centre and limits are taken from, (2014, 2018) or ("2021-01", "2022-12");
        without it the last two periods or more that no break parts, as far back as the break before them

    Returns
    -------
    Finding
        frame: the rate, or the share in %, as value with its own 95% interval low high; `centre`, `lower_limit`,
        `upper_limit`, `signal` ("high", "low", "run", "" for none), `baseline`, `segment` (how many breaks came
        before), and of a share `whole`, the accidents that it is of.

    Raises
    ------
    Refused
        For other dimensions, rates without counts, a rate of a sample, a part that reaches beyond its whole.
    ModelError
        Fewer than two periods to take a centre from, or no accidents in them.
    """
    asked = cube(source)
    by = periods(asked, selection or Selection(), by)
    selection, by, notes = prepared(asked, selection, by)
    if not asked.has("accidents"):
        raise Refused(
            _("{name} publishes rates without counts: how far chance moves them is not known.").format(name=asked.name)
        )
    whole = part_of(asked, selection, share_of) if share_of is not None else None
    series = share_series(asked, selection, whole, by) if whole else rate_series(asked, selection, by, exposure)
    cuts = breaks(asked, selection) | (breaks(asked, whole) if whole else {})
    frame, model, used = _charted(series.frame, series.weights, baseline, cuts, share=whole is not None)
    what, title = selection.words(asked.lists), _("Accident rate")
    if whole:
        frame = frame.assign(whole=frame["exposure"], exposure=np.nan)  # accidents, not people at risk
        every = share_of.but(years=None)
        of = (
            _("all accidents")
            if every == Selection()
            else _("the accidents of {whole}").format(whole=every.words(asked.lists))
        )
        what = _("{part}, in % of {whole}").format(part=what, whole=of)
        title = _("Share of accidents")
    said = _sentence(frame, model)
    return finding(
        asked,
        selection,
        by,
        frame,
        [*notes, *_about(frame, model, used, cuts), *weighted(series.weights), *series.notes],
        title=title,
        extra=series.sources,
        model=model,
        summary=f"{capital(what)}: {said} {_centre(frame, model, used)}",
        headline=f"{title}, {what}: {said}".removesuffix("."),
        columns=(*COLUMNS, *(["whole"] if whole else [])),
    )


def _charted(
    frame: pd.DataFrame, weights: pd.Series, baseline: tuple | None, cuts: Mapping[int, str], *, share: bool
) -> tuple[pd.DataFrame, ControlChart, pd.Index]:
    """The frame with centre, limits and signals where they hold, the model, and the periods of the baseline."""
    frame = frame.assign(segment=np.searchsorted(sorted(cuts), frame["year"], side="right") if cuts else 0)
    known = frame[frame["value"].notna()]
    used = _baseline(known, baseline, cuts)
    judged = known.index[known["segment"].isin(known.loc[used, "segment"])]
    counts, basis, per = (
        *(frame.loc[judged, name] / weights[judged] for name in ("count", "exposure")),
        frame["per"].iloc[0],
    )
    model = p_chart(counts, basis, baseline=used) if share else u_chart(counts, basis, per=per, baseline=used)
    scale = per / model.per
    frame = frame.assign(
        centre=pd.Series(scale * model.centre, index=judged),
        lower_limit=scale * model.frame["low"],
        upper_limit=scale * model.frame["high"],
        signal=model.frame["signal"].reindex(frame.index).fillna(""),
        baseline=frame.index.isin(used),
    )
    return frame, model, used


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
                    "The breaks in {years} leave no two periods that are counted alike. Name a baseline to take the centre across them all the same."
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
        f"{_stretches(frame['signal'] == signal)} {words}"
        for signal, words in SIGNALS.items()
        if (frame["signal"] == signal).any()
    ]
    if not parts:
        return _("no signal in {n} periods.").format(n=len(model.frame))
    return _("signals in {n} of {all} periods ({which}).").format(
        n=len(model.signals), all=len(model.frame), which="; ".join(parts)
    )


def _centre(frame: pd.DataFrame, model: ControlChart, used: pd.Index) -> str:
    """Where the centre lies, and whether its own periods vary no more than chance makes them."""
    said = _("Centre {centre} {unit}, from {span}.").format(
        centre=digits(frame["centre"].max()), unit=frame["unit"].iloc[0], span=_span(used)
    )
    if model.dispersion > 1 and model.dispersion_p < 0.05:
        said += " " + _("These periods vary {phi:,.1f} times as much as chance makes them: limits signal too often.").format(
            phi=model.dispersion
        )  # fmt: skip
    return said


def _about(frame: pd.DataFrame, model: ControlChart, used: pd.Index, cuts: Mapping[int, str]) -> list[str]:
    """What has to be known of the centre, the limits and the periods without them."""
    rough = "" if len(used) >= FIRM else _("; {firm} or more make them firm").format(firm=FIRM)
    notes = [
        _("Centre and limits: {method}, from {span} ({n} periods{rough}).").format(
            method=model.method, span=_span(used), n=len(used), rough=rough
        ),
        _("low and high are the interval of a period's own figure; signals go by lower_limit and upper_limit."),
    ]
    crossed = sorted(set(frame.loc[used, "segment"]))
    if len(crossed) > 1:
        notes.append(
            _(
                "The baseline crosses the breaks in {years}: its centre mixes figures that are counted differently."
            ).format(years=some(sorted(cuts)[crossed[0] : crossed[-1]]))
        )
    gaps, across = frame["value"].isna(), frame["value"].notna() & frame["centre"].isna()
    if across.any():
        said = _("Across a break from the baseline, so without limits or signals: {periods}.")
        notes.append(said.format(periods=_stretches(across)))
    if gaps.any():
        notes.append(_("Without a figure: {periods}.").format(periods=_stretches(gaps)))
    return [*notes, *([model.note] if model.note else [])]


def _stretches(chosen: pd.Series) -> str:
    """The periods where `chosen` holds, those that follow each other as first and last: 2013 to 2019, 2022."""
    places = np.flatnonzero(chosen)
    runs = np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)
    return some(_span(chosen.index[run]) if len(run) > 1 else chosen.index[run[0]] for run in runs)


def _span(names: pd.Index) -> str:
    return _("{first} to {last}").format(first=names[0], last=names[-1])
