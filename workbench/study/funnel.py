"""Funnels: which groups have more or fewer accidents than expected of them, beyond chance and beyond what is usual."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.funnel import Funnel, funnel_limits
from workbench.models.funnel import funnel as fit_funnel
from workbench.models.inputs import some
from workbench.models.intervals import count_method, poisson_limits
from workbench.models.standardise import incidence_ratio
from workbench.study.at_risk import at_risk, exposure_name, listed, prepared, records_of, states
from workbench.study.evidence import cube
from workbench.study.finding import Finding
from workbench.study.groups import counted, mean_weights, weighted
from workbench.study.telling import finding
from workbench.terms.codes import UNKNOWN
from workbench.terms.dimensions import DIMENSIONS, dimension
from workbench.terms.errors import Refused
from workbench.terms.text import _, capital

COLUMNS = ("expected", "signal", "adjusted_signal")
LEVELS = (0.95, 0.998)
"""Of the funnel's limits: one group in 20, and one in 500, lies outside them by chance alone."""
POINTS = 200
"""Of each line, evenly over the logarithm of the expected events."""


def funnel(
    source: str | Cube,
    selection: Selection | None = None,
    by: Sequence[str] = ("nuts2",),
    *,
    standard: Sequence[str] = (),
    exposure: str | None = None,
    level: float = 0.95,
) -> Finding:
    """Accidents of each group over those expected of it, against the limits within which chance alone would keep them.

    Expected are the people of the group times the rate of all groups together; with `standard` the sum of that over
    strata (indirect standardisation). Limits and over-dispersion after Spiegelhalter (2005), Stat. Med. 24:1185-1202;
    `model` is the `Funnel`. Where records are weighted it counts records: accidents over their mean weight.

    Parameters
    ----------
    by : one dimension
    standard : dimensions of the people at risk to standardise by, such as ["nace1"] or ["nace1", "age_group"]
    level : of the interval of each ratio; the funnel's own limits are those of 95% and 99.8%

    Returns
    -------
    Finding
        frame: the ratio as value low high (exact, the expected number taken as known), `expected`, `signal` ("high
        99.8%", "low 95%", "" inside) and `adjusted_signal`, the same once over-dispersion is allowed for.

    Raises
    ------
    Refused
        When rates cannot be divided here, for fewer than two groups, no accidents, or a standard that does not fit.
    """
    asked, selection, by, notes, found = counted(source, selection, by, exposure, level)
    strata, groups = listed(standard), found.frame.set_index(by[0])
    weights = mean_weights(groups["count"], groups.get("variance"))
    known = asked.lists[DIMENSIONS[by[0]].axis]
    if strata:
        fine = _cells(asked, selection, by, strata, groups.index, exposure, level)
        groups, told = _standardised(groups, fine, strata, known)
    else:
        rate = groups["count"].sum() / groups["exposure"].sum()
        groups, told = groups.assign(expected=rate * groups["exposure"], method=count_method("exact")), []
    if len(groups) < 2:
        raise Refused(
            _("A funnel compares groups with all of them together; {n} of these can be. {why}")
            .format(n=len(groups), why=" ".join([*told, *notes]))
            .strip()  # fmt: skip
        )
    if groups["count"].sum() == 0:
        raise Refused(_("There are no accidents in what is asked, so none are expected. Take more years."))
    weights = weights[groups.index]
    records, expected = groups["count"] / weights, groups["expected"] / weights
    model = fit_funnel(records, expected, levels=LEVELS)
    low, high = poisson_limits(records, level=level)
    frame = groups.assign(value=records / expected, low=low / expected, high=high / expected, level=level)
    frame["state"] = states(frame, frame["value"], records_of(frame, frame["count"]))
    frame = frame.assign(per=np.nan, unit=_("times the expected number"), **_signals(model))
    title, what, said = _("Observed over expected accidents"), selection.words(asked.lists), _sentence(model, frame)
    if strata:
        title = _("{title}, standardised by {strata}").format(title=title, strata=_words(strata))
        how = _("Standardised indirectly by {strata}: ratios of two groups must not be compared with one another.")
        told = [how.format(strata=_words(strata)), *told]
    return finding(
        asked,
        selection,
        by,
        frame.reset_index(),
        [*notes, *told, *_about(model, frame, known), *weighted(weights), *found.notes],
        title=title,
        extra=found.sources,
        model=model,
        summary=f"{capital(what)}: {said} {_named(model, frame, known)}".strip(),
        headline=f"{title}, {what}: {said}".removesuffix("."),
        columns=COLUMNS,
    )


def _words(names: Sequence[str]) -> str:
    return _(" and ").join(dimension(name).label for name in names)


def funnel_lines(model: Funnel) -> pd.DataFrame:
    """The limits of a funnel around and beyond its groups: expected, level, low, high; adjusted_low, adjusted_high if any."""
    expected = model.frame["expected"]
    grid, lines = np.geomspace(expected.min() / 3, expected.max() * 3, POINTS), []
    for level in model.levels:
        low, high = funnel_limits(grid, level=level)
        line = pd.DataFrame({"expected": grid, "level": level, "low": low, "high": high})
        if model.tau_squared > 0:
            low, high = funnel_limits(grid, level=level, tau_squared=model.tau_squared)
            line = line.assign(adjusted_low=low, adjusted_high=high)
        lines.append(line)
    return pd.concat(lines, ignore_index=True)


def _cells(
    asked: Cube,
    selection: Selection,
    by: tuple[str, ...],
    strata: tuple[str, ...],
    groups: pd.Index,
    exposure: str | None,
    level: float,
) -> pd.DataFrame:
    """Counts and people of the groups by stratum; a stratum in which complete tables have nobody has 0 of both."""
    axes = {dimension(name).axis for name in by}
    for name in strata:
        if dimension(name).axis in axes:
            raise Refused(
                _("{axis} divides the groups, so they cannot be standardised by it.").format(axis=name), dimension=name
            )
        if dimension(name).event:
            raise Refused(
                _(
                    "{name} belongs to the accident, not to the people at risk, so nothing can be standardised by it."
                ).format(name=name),
                dimension=name,
            )
    selection, axes, _notes = prepared(asked, selection, (*by, *strata))  # refuses one dimension at two levels
    frame = at_risk(asked, selection, axes, exposure=exposure, level=level).frame
    cells = frame[frame[by[0]].isin(groups)].set_index([*by, *strata])[["count", "exposure"]]
    wanted = exposure or exposure_name(asked)
    people = asked if wanted in (None, "self") else cube(wanted)
    if all(margin.complete for its in (asked, people) for margin in its.margins):
        there = [cells.index.get_level_values(name).unique() for name in cells.index.names]
        cells = cells.reindex(pd.MultiIndex.from_product(there, names=cells.index.names)).fillna(0.0)
    return cells


def _standardised(
    groups: pd.DataFrame, cells: pd.DataFrame, strata: tuple[str, ...], known
) -> tuple[pd.DataFrame, list[str]]:
    """The groups with count and expected of the known strata; those of which too little is known are left out and named."""
    notes = []
    unknown = cells.index.to_frame()[list(strata)].eq(UNKNOWN).any(axis=1)
    if lost := cells.loc[unknown, "count"].sum():
        notes.append(_("{n:,.0f} accidents of unknown {strata} are left out.").format(n=lost, strata=_words(strata)))
    cells = cells[~unknown]
    ratios = _ratios(cells, strata)
    usable = ratios["value"].notna()
    if not usable.all():  # what is left out of the funnel is no part of its reference either
        told = "; ".join(
            f"{known.label(str(group))}: {why}" for group, why in ratios.loc[~usable, "method"].head(5).items()
        )
        notes.append(_("{n} left out ({told}).").format(n=int((~usable).sum()), told=told))
        kept = cells.index.get_level_values(0).isin(ratios.index[usable])
        ratios = _ratios(cells[kept], strata) if usable.any() else ratios[usable]
    ratios = ratios.reindex([code for code in groups.index if code in ratios.index])
    found = groups.loc[ratios.index].assign(
        count=ratios["observed"], expected=ratios["expected"], method=ratios["method"]
    )
    return found, notes


def _ratios(cells: pd.DataFrame, strata: tuple[str, ...]) -> pd.DataFrame:
    """Observed over expected of each group, all of them together being the reference."""
    reference = cells.groupby(level=list(strata), observed=True).sum()
    if len(strata) == 1:
        reference.index.name = strata[0]
    return incidence_ratio(cells["count"], cells["exposure"], reference["count"], reference["exposure"])


def _signals(model: Funnel) -> dict[str, pd.Series]:
    """The model's signals; a low one only as far as so few accidents are rare by the exact Poisson test too.

    Limits that hardly reach 0, exact or adjusted, leave every group outside that has no accidents where few are expected.
    """

    def kept(signal: str, p: float) -> str:
        if not signal.startswith("low"):
            return signal
        names = {f"low {100 * level:g}%": level for level in model.levels}
        rare = [name for name, level in names.items() if level <= names[signal] and p <= 1 - level]
        return rare[-1] if rare else ""

    return {
        name: pd.Series(map(kept, model.frame[name], model.frame["p_value"]), model.frame.index, dtype="str")
        for name in ("signal", "adjusted_signal")
    }


def _outside(signals: pd.Series, level: float, side: str = "") -> pd.Series:
    """Which groups lie outside the limits of a level, on one side or either."""
    held = {f"{here} {100 * its:g}%" for here in ("high", "low") for its in LEVELS if its >= level and side in here}
    return signals.isin(held)


def _sentence(model: Funnel, frame: pd.DataFrame) -> str:
    """How many groups lie outside, before and after over-dispersion is allowed for."""
    out, left = (int(_outside(frame[name], max(LEVELS)).sum()) for name in ("signal", "adjusted_signal"))
    said = _("{out} of {n} groups outside the limits of chance ({level:g}%)").format(
        out=out or _("none"), n=len(frame), level=100 * max(LEVELS)
    )
    if not model.tau_squared or not out:
        return said + "."
    return _("{said}, {n} once allowance is made for how far groups usually lie apart.").format(
        said=said, n=left or _("none")
    )


def _named(model: Funnel, frame: pd.DataFrame, known) -> str:
    """The groups that lie outside at the last, by name, the furthest first."""
    far = model.frame["z"].abs().sort_values(ascending=False).index
    signals, parts = frame["adjusted_signal" if model.tau_squared else "signal"].reindex(far), []
    for side, words in (("high", _("Above: {groups}.")), ("low", _("Below: {groups}."))):
        here = signals.index[_outside(signals, max(LEVELS), side)]
        if len(here):
            parts.append(words.format(groups=some(known.label(str(code)) for code in here)))
    return " ".join(parts)


def _about(model: Funnel, frame: pd.DataFrame, known) -> list[str]:
    """What has to be known of a funnel's limits."""
    narrow, wide = (int(_outside(frame["signal"], level).sum()) for level in LEVELS)
    notes = [
        _(
            "Limits: {method}. By chance alone one group in 20 lies outside those of 95% (here {narrow} of {n}), one in 500 outside those of 99.8% (here {wide})."
        ).format(method=model.method, narrow=narrow, n=len(frame), wide=wide)
    ]
    narrow, wide = (int(_outside(frame["adjusted_signal"], level).sum()) for level in LEVELS)
    if np.isnan(model.dispersion):
        notes.append(_("Too few groups to tell how far groups usually lie apart (over-dispersion)."))
    elif not model.tau_squared:
        notes.append(_("Groups vary no more than chance makes them (phi = {phi:.2f}).").format(phi=model.dispersion))
    else:
        notes.append(
            _(
                "Groups vary {phi:,.1f} times as much as chance makes them (phi; over-dispersion, tau^2 = {tau:.2g}). With allowance for that, outside the limits of 95%: {narrow}; outside those of 99.8%: {wide}."
            ).format(phi=model.dispersion, tau=model.tau_squared, narrow=narrow, wide=wide)
        )
    usual = frame.index[frame["signal"].ne(model.frame["signal"])]
    if len(usual):
        notes.append(
            _(
                "Below a limit and yet not marked, because so few are no rare thing where so few are expected (exact Poisson test): {groups}."
            ).format(groups=some(known.label(str(code)) for code in usual))
        )
    notes.append(
        _(
            "Each group is part of the reference it is set against, so a large one is drawn towards 1. Being outside says that a group differs, not why."
        )
    )
    return notes
