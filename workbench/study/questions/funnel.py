"""Funnels: which groups have more or fewer accidents than expected of them, beyond chance and beyond what is usual."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.funnel import Funnel
from workbench.models.funnel import funnel as fit_funnel
from workbench.models.funnel import funnel_of_proportions as fit_funnel_of_proportions
from workbench.models.indirect import incidence_ratio, observed_limits, observed_methods
from workbench.study.answer import answer
from workbench.study.chart import Chart
from workbench.study.data import listed
from workbench.study.disclose import disclose, how_many
from workbench.study.divide import Divided, divide
from workbench.study.exposure import exposure_of
from workbench.study.finding import Finding
from workbench.study.reliability import about_weights, mean_weights, states_of
from workbench.study.shares import divide_group_shares, whole_in_words
from workbench.study.standardise import check_strata
from workbench.terms.codes import UNKNOWN
from workbench.terms.dimensions import dimension
from workbench.terms.errors import Refused
from workbench.terms.text import _, capital
from workbench.terms.words import dimensions, number, some

LEVELS = (0.95, 0.998)
"""Of the funnel's limits: one group in 20, and one in 500, lies outside them by chance alone."""
SCALE = "square-root"
"""On which over-dispersion is measured unless another is asked for."""
POINTS = 200
"""Of each line, evenly over the logarithm of the expected events."""


# The four that every question takes, and six choices of the funnel, independent of each other.
def funnel(  # noqa: PLR0913
    source: str | Cube,
    selection: Selection | None = None,
    by: Sequence[str] = ("nuts2",),
    *,
    standard: Sequence[str] = (),
    share_of: Selection | None = None,
    exposure: str | None = None,
    level: float = 0.95,
    method: str = "exact",
    limits: str = "test",
    scale: str = SCALE,
) -> Finding:
    """Accidents of each group over those expected of it, against the limits within which chance alone would keep them.

    Expected are the people of the group times the rate of all groups together; with `standard` the sum of that over
    strata (indirect standardisation). Limits and over-dispersion after Spiegelhalter (2005), Stat. Med. 24:1185-1202;
    `model` is the `Funnel`. With `share_of`, such as the fatal among all accidents, expected are the accidents of the
    whole times the share of all groups together. Where records are weighted it counts records: accidents over their
    mean weight.

    Parameters
    ----------
    source : name of a catalogue entry, or a cube
    selection : what is asked for; the entry's defaults hold where it says nothing
    by : one dimension
    standard : dimensions of the people at risk to standardise by, such as ["nace1"] or ["nace1", "age_group"]
    share_of : a wider selection, of whose accidents those of `selection` are a part
    exposure : entry that holds the people at risk, in place of the one the catalogue names
    level : of the interval of each ratio; the funnel's own limits are those of 95% and 99.8%
    method : of the interval of each ratio: "exact", "byar", "rothman", "mid-p", "jeffreys", "log-normal" or
        "vandenbroucke"; that of shares is Wilson's
    limits : "test", at which a group lies outside exactly when its p-value says so; "exact" (chi-square) or
        "quantiles", as other programs draw them, and then a note names the groups that these and the test see
        differently; of shares "test", "exact" or "wilson"
    scale : of over-dispersion: "square-root", "log", or "shmi" (logarithms without the outer tenths); that of shares is
        the arcsine

    Returns
    -------
    Finding
        frame: the ratio as value low high (the expected number taken as known), `expected`,
        `p_value` (exact, Poisson or of shares binomial, two-sided), `signal` ("high 99.8%", "low 95%", "" inside) and
        `adjusted_signal`, the same once
        over-dispersion is allowed for; of shares `share` in % and `whole`, the accidents that it is of.

    Raises
    ------
    Refused
        When rates cannot be divided here, for fewer than two groups, no accidents, a standard that does not fit or that
        is given for shares, a part that reaches beyond its whole.
    ModelError
        For a method, limits or a scale that do not exist, and for logarithms where a group has no accidents.
    """
    strata = listed(standard)
    if share_of is not None:
        if strata or scale != SCALE or method != "exact":
            raise Refused(
                _(
                    "Shares are neither standardised nor measured on another scale, and their interval is Wilson's: "
                    "leave standard, scale and method."
                )
            )
        return _funnel_of_shares(
            divide_group_shares(source, selection, by, share_of=share_of, level=level), share_of, limits
        )

    divided = divide(source, selection, by=by, exposure=exposure, needs="groups", level=level)
    expected = _indirect(divided, strata, exposure, level) if strata else _overall(divided)
    divided = disclose(expected)
    groups = divided.groups
    _check(groups, divided.notes)

    weights = groups["weight"]
    records, due = groups["count"] / weights, groups["expected"] / weights
    model = fit_funnel(records, due, levels=LEVELS, limits=limits, scale=scale)
    low, high = observed_limits(records.to_numpy(), level, method)
    frame = groups.assign(value=records / due, low=low / due, high=high / due, level=level)
    frame["method"] = _method_in_words(records, method, standardised=bool(strata))
    frame["state"] = states_of(frame)
    frame = frame.assign(per=np.nan, unit=_("times the expected number"))
    frame = frame.join(model.frame[["p_value", "signal", "adjusted_signal"]])

    title = _("Observed over expected accidents")
    if strata:
        title = _("Observed over expected accidents, standardised by {strata}").format(strata=dimensions(strata))
    return answer(
        divided,
        frame.reset_index(),
        title=title,
        chart=_chart(model, weights),
        notes=[*_about(divided, model, frame), *about_weights(weights)],
        columns={"expected": divided.measure.unit, "p_value": "", "signal": "", "adjusted_signal": ""},
        model=model,
        words=_words(divided, title, model, frame),
    )


def _funnel_of_shares(shares: Divided, share_of: Selection, limits: str) -> Finding:
    """The funnel of the shares of groups around the share of all of them together."""
    divided = disclose(shares)
    groups = divided.groups
    _check(groups, divided.notes)
    weights, unit = groups["weight"], _("times the share of all together")
    model = fit_funnel_of_proportions(
        groups["count"] / weights, groups["exposure"] / weights, levels=LEVELS, limits=limits
    )
    scale = 100 * model.centre
    frame = groups.assign(
        **{name: groups[name] / scale for name in ("value", "low", "high")},
        expected=groups["exposure"] * model.centre,
        share=groups["value"],
        whole=groups["exposure"],
        exposure=np.nan,
        per=np.nan,
        unit=unit,
    )
    frame = frame.join(model.frame[["p_value", "signal", "adjusted_signal"]])
    title = _("Share of {whole}").format(whole=whole_in_words(divided, share_of))
    accidents = divided.measure.unit
    return answer(
        divided,
        frame.reset_index(),
        title=title,
        chart=_chart(model, weights),
        notes=[
            _("The share of all groups together is {share}%.").format(share=number(scale)),
            *_about(divided, model, frame),
            *about_weights(weights),
        ],
        columns={
            "expected": accidents,
            "p_value": "",
            "signal": "",
            "adjusted_signal": "",
            "share": _("% of accidents"),
            "whole": accidents,
        },
        model=model,
        words=_words(divided, title, model, frame),
    )


def _check(groups: pd.DataFrame, notes: Sequence[str]) -> None:
    """A funnel needs two groups, and an accident in one of them."""
    if len(groups) < 2:
        message = _("A funnel compares groups with all of them together; {n} of these can be. {why}")
        raise Refused(message.format(n=len(groups), why=" ".join(notes)).strip())
    if groups["count"].sum() == 0:
        raise Refused(_("There are no accidents in what is asked, so none are expected. Take more years."))


def _chart(model: Funnel, weights: pd.Series) -> Chart:
    """The groups among the limits; limits of weighted records are limits of their number, so that is what is drawn."""
    remark = ""
    if not np.allclose(weights, 1):
        remark = _("Records are weighted: counts and expected numbers here are those of records.")
    return Chart(
        kind="funnel",
        columns={"count": model.frame["count"], "expected": _expected(model)},
        marks={"limits": funnel_lines(model), "remark": remark},
    )


def funnel_lines(model: Funnel) -> pd.DataFrame:
    """The limits of a funnel around and beyond its groups: expected, level, low, high, and adjusted ones if any.

    Those of a funnel of shares are limits of the ratio to the share of all together as well.

    Parameters
    ----------
    model : Funnel
        Of ratios, or of shares.

    Returns
    -------
    DataFrame
        200 rows a level, evenly over the logarithm of the expected events.
    """
    expected = _expected(model)
    share = model.centre if "trials" in model.frame else 1.0
    grid, lines = np.geomspace(expected.min() / 3, expected.max() * 3, POINTS), []
    for level in model.levels:
        low, high = (limit / share for limit in model.limits_at(grid / share, level))
        line = pd.DataFrame({"expected": grid, "level": level, "low": low, "high": high})
        if model.tau_squared > 0:
            low, high = (limit / share for limit in model.limits_at(grid / share, level, adjusted=True))
            line = line.assign(adjusted_low=low, adjusted_high=high)
        lines.append(line)
    return pd.concat(lines, ignore_index=True)


def _expected(model: Funnel) -> pd.Series:
    """The events expected of each group; of shares, of its trials."""
    return model.frame["trials"] * model.centre if "trials" in model.frame else model.frame["expected"]


def _overall(divided: Divided) -> Divided:
    """The groups with the accidents that the rate of all of them together gives each."""
    frame = _with_weights(divided.frame)
    rate = frame["count"].sum() / frame["exposure"].sum()
    return replace(divided, frame=frame.assign(expected=rate * frame["exposure"]))


def _indirect(divided: Divided, strata: tuple[str, ...], exposure: str | None, level: float) -> Divided:
    """The groups with the accidents that the rates of all together, stratum by stratum, give each.

    Groups of which too little is known are left out and named; so are accidents of unknown strata.
    """
    groups, notes = _with_weights(divided.frame).set_index(divided.by[0]), []
    cells = _cells(divided, strata, exposure, level)
    unknown = cells.index.to_frame()[list(strata)].eq(UNKNOWN).any(axis=1)
    if lost := cells.loc[unknown, "count"].sum():
        notes.append(
            _("{n} accidents of unknown {strata} are left out.").format(
                n=how_many(divided.cube, lost), strata=dimensions(strata)
            )
        )
    cells = cells[~unknown]

    ratios = _ratios(cells, strata)
    usable = ratios["value"].notna()
    if not usable.all():  # what is left out of the funnel is no part of its reference either
        reasons = "; ".join(
            _("{group}: {why}").format(group=divided.label(divided.by[0], group), why=why)
            for group, why in ratios.loc[~usable, "method"].head(5).items()
        )
        notes.append(_("{n} left out ({reasons}).").format(n=int((~usable).sum()), reasons=reasons))
        kept = cells.index.get_level_values(0).isin(ratios.index[usable])
        ratios = _ratios(cells[kept], strata) if usable.any() else ratios[usable]

    ratios = ratios.reindex([code for code in groups.index if code in ratios.index])
    frame = groups.loc[ratios.index].assign(count=ratios["observed"], expected=ratios["expected"])
    how = _("Standardised indirectly by {strata}: ratios of two groups must not be compared with one another.")
    notes.append(how.format(strata=dimensions(strata)))
    return replace(divided, frame=frame.rename_axis(divided.by[0]).reset_index(), notes=(*notes, *divided.notes))


def _method_in_words(records: pd.Series, method: str, *, standardised: bool) -> list[str]:
    """The method of each ratio's interval."""
    names = observed_methods(records.to_numpy(), method)
    return [_("indirect, {method}").format(method=name) for name in names] if standardised else list(names)


def _with_weights(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(weight=mean_weights(frame["count"], frame.get("variance")))


def _cells(divided: Divided, strata: tuple[str, ...], exposure: str | None, level: float) -> pd.DataFrame:
    """Counts and people of the groups by stratum; a stratum in which complete tables have nobody has 0 of both."""
    cube, by = divided.cube, divided.by
    check_strata(by, strata)
    for name in strata:
        if dimension(name).event:
            raise Refused(
                _(
                    "{name} belongs to the accident, not to the people at risk, so nothing can be standardised by it."
                ).format(name=name),
                dimension=name,
            )
    dims = (*by, *strata)
    frame = divide(cube, divided.selection, by=dims, exposure=exposure, needs="people", level=level).frame
    cells = frame[frame[by[0]].isin(divided.frame[by[0]])].set_index(list(dims))[["count", "exposure"]]

    people = exposure_of(cube, divided.selection, dims, exposure).cube
    if all(margin.complete for one in (cube, people) for margin in one.margins):
        groups = [cells.index.get_level_values(name).unique() for name in cells.index.names]
        cells = cells.reindex(pd.MultiIndex.from_product(groups, names=cells.index.names)).fillna(0.0)
    return cells


def _ratios(cells: pd.DataFrame, strata: tuple[str, ...]) -> pd.DataFrame:
    """Observed over expected of each group, all of them together being the reference."""
    reference = cells.groupby(level=list(strata), observed=True).sum()
    if len(strata) == 1:
        reference.index.name = strata[0]
    return incidence_ratio(cells["count"], cells["exposure"], reference["count"], reference["exposure"])


def _outside(signals: pd.Series, level: float, side: str = "") -> pd.Series:
    """Which groups lie outside the limits of a level, on one side or either."""
    held = {f"{end} {100 * limit:g}%" for end in ("high", "low") for limit in LEVELS if limit >= level and side in end}
    return signals.isin(held)


def _words(divided: Divided, title: str, model: Funnel, frame: pd.DataFrame) -> tuple[str, str]:
    """Summary and headline: how many groups lie outside, and which."""
    what, outside, named = divided.words, _sentence(model, frame), _named(divided, model, frame)
    summary = _("{what}: {outside}. {named}").format(what=capital(what), outside=outside, named=named)
    return summary.strip(), _("{title}, {what}: {outside}").format(title=title, what=what, outside=outside)


def _sentence(model: Funnel, frame: pd.DataFrame) -> str:
    """How many groups lie outside, before and after over-dispersion is allowed for."""
    outside, left = (int(_outside(frame[name], max(LEVELS)).sum()) for name in ("signal", "adjusted_signal"))
    words = {"n": len(frame), "level": 100 * max(LEVELS), "outside": outside, "left": left or _("none")}
    if not outside:
        return _("none of {n} groups outside the limits of chance ({level:g}%)").format(**words)
    if not model.tau_squared:
        return _("{outside} of {n} groups outside the limits of chance ({level:g}%)").format(**words)
    return _(
        "{outside} of {n} groups outside the limits of chance ({level:g}%), {left} once allowance is made for how far "
        "groups usually lie apart"
    ).format(**words)


def _named(divided: Divided, model: Funnel, frame: pd.DataFrame) -> str:
    """The groups that lie outside at the last, by name, the furthest first."""
    far = model.frame["z"].abs().sort_values(ascending=False).index
    signals, parts = frame["adjusted_signal" if model.tau_squared else "signal"].reindex(far), []
    for side, words in (("high", _("Above: {groups}.")), ("low", _("Below: {groups}."))):
        outside = signals.index[_outside(signals, max(LEVELS), side)]
        if len(outside):
            parts.append(words.format(groups=some(divided.label(divided.by[0], code) for code in outside)))
    return " ".join(parts)


def _about(divided: Divided, model: Funnel, frame: pd.DataFrame) -> list[str]:
    """What has to be known of a funnel's limits."""
    narrow, wide = (int(_outside(frame["signal"], level).sum()) for level in LEVELS)
    notes = [
        _(
            "Limits: {method}. By chance alone one group in 20 lies outside those of 95% (here {narrow} of {n}), one "
            "in 500 outside those of 99.8% (here {wide})."
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
                "Groups vary {phi:,.1f} times as much as chance makes them (phi; over-dispersion, tau^2 = {tau:.2g}). "
                "With allowance for that, outside the limits of 95%: {narrow}; outside those of 99.8%: {wide}."
            ).format(phi=model.dispersion, tau=model.tau_squared, narrow=narrow, wide=wide)
        )
    if model.note:  # limits that were asked for in place of the test's
        notes.append(model.note)
    notes.append(
        _(
            "Each group is part of the reference it is set against, so a large one is drawn towards 1. Being outside "
            "says that a group differs, not why."
        )
    )
    return notes
