"""Funnel plots: which groups lie further from what is expected of them than chance, and than groups usually do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from workbench.models.funnel_limits import (
    PROPORTION_LIMITS,
    RATIO_LIMITS,
    SCALES,
    OverDispersion,
    binomial_tails,
    funnel_limits,
    over_dispersion,
    poisson_tails,
    proportion_funnel_limits,
)
from workbench.models.inputs import aligned, checked_level, chosen, measured, some
from workbench.models.intervals import Limits
from workbench.terms.errors import ModelError
from workbench.terms.text import _, n_, translated


@dataclass(frozen=True, kw_only=True, eq=False)
class Funnel:
    """Groups around 1 or around a share, limits that follow their size, with and without over-dispersion."""

    # value count expected (or trials) z p_value adjusted_p_value signal adjusted_signal low_95 high_95 ...
    frame: pd.DataFrame = field(repr=False)
    levels: tuple[float, ...]
    limits: str  # the name they were asked for by: "test", "exact", ...
    scale: str  # on which over-dispersion was measured: "square-root", "log", "shmi", or "arcsine" of proportions
    centre: float  # 1, or the share of all together
    method: str
    dispersion: float  # phi: mean squared z after Winsorising; 1 when only chance is at work; NaN below 5 groups
    tau_squared: float  # variance between groups on that scale
    outside: int  # groups beyond the widest limits
    adjusted_outside: int
    note: str

    def __str__(self) -> str:
        words = n_(
            "{out} of {n} groups is outside the {level} limits ({method})",
            "{out} of {n} groups are outside the {level} limits ({method})",
            self.outside,
        ).format(out=self.outside, n=len(self.frame), level=_percent(max(self.levels)), method=self.method)
        if np.isnan(self.dispersion):
            words += _("; too few groups to tell how far groups usually lie apart.")
        else:
            words += _("; {n} once over-dispersion is allowed for (phi = {phi:.2f}, tau^2 = {tau:.4f}).").format(
                n=self.adjusted_outside, phi=self.dispersion, tau=self.tau_squared
            )
        return f"{words} {self.note}".strip()

    def limits_at(self, sizes: ArrayLike, level: float, *, adjusted: bool = False) -> Limits:
        """Low and high limits, in the unit of `value`, of groups of other sizes (expected events, or trials).

        Parameters
        ----------
        sizes : array
            Expected events; of proportions, trials.
        level : float
            Such as 0.95.
        adjusted : bool
            Whether over-dispersion is allowed for.

        Returns
        -------
        Limits
            Low and high, two arrays as long as `sizes`.
        """
        spread = self.tau_squared if adjusted else 0.0
        if self.scale == "arcsine":
            return proportion_funnel_limits(sizes, self.centre, level=level, limits=self.limits, tau_squared=spread)
        return funnel_limits(sizes, level=level, limits=self.limits, tau_squared=spread, scale=self.scale)


def funnel(
    counts: pd.Series,
    expected: pd.Series,
    *,
    levels: Sequence[float] = (0.95, 0.998),
    limits: str = "test",
    scale: str = "square-root",
) -> Funnel:
    """Groups around the ratio 1. Spiegelhalter (2005), Stat. Med. 24:1185-1202, with his additive over-dispersion.

    `p_value` is the exact Poisson one, twice the smaller tail. By the limits of "test" a group signals exactly when its
    p-value is at most 1 - level. Over-dispersion: z on square roots, 2 (sqrt O - sqrt E), weights 4 E; on logarithms
    sqrt(E) log(O / E), weights E, which every group needs events for. z is Winsorised at its 10% and 90% quantiles, by
    "shmi" (NHS Digital's Summary Hospital-level Mortality Indicator) the groups beyond them are left out. Allowing for
    over-dispersion never narrows the limits, and `adjusted_p_value` goes with the limits that allow for it. A funnel
    with half its groups outside shows over-dispersion, not bad performers; at 95% one in twenty is outside by design.

    Parameters
    ----------
    counts, expected : Series by group, same labels; events observed and expected (from a reference, or exposure times
        the rate of all together)
    levels : of the limits, such as 0.95 and 0.998
    limits : "test", or "exact" and "quantiles" as other programs draw them; see `funnel_limits`. Where these and the
        test disagree, `note` names the groups
    scale : of over-dispersion: "square-root", "log" or "shmi"

    Returns
    -------
    Funnel; `signal` is "high 99.8%", "low 95%", ... by the widest limits passed, "" inside all

    Raises
    ------
    ModelError
        Missing or negative counts, expected 0 or missing, labels that differ, no groups, no events on logarithms.
    """
    chosen(limits, RATIO_LIMITS, "limits")
    chosen(scale, SCALES, "scale")
    counts = measured(counts, _("the counts"), missing=False)
    what = _("the expected events")
    expected = aligned(measured(expected, what, missing=False), counts.index, what, _("the counts"))
    if (bare := expected == 0).any() or not len(counts):
        raise ModelError(
            _("Nothing is expected of {groups}, so there is no ratio. Leave them out.").format(
                groups=some(counts.index[bare]) or _("no groups")
            )
        )
    o, e = counts.to_numpy(), expected.to_numpy()
    if scale == "square-root":
        position, weight = np.sqrt(o / e) - 1, 4 * e
    else:
        if (o == 0).any():
            raise ModelError(
                _("There are no events in {groups}, and 0 has no logarithm. Take the scale of square roots.").format(
                    groups=some(counts.index[o == 0])
                )
            )
        position, weight = np.log(o / e), e
    spread = over_dispersion(position * np.sqrt(weight), weight, leave_out=scale == "shmi")
    facts = pd.DataFrame({"value": o / e, "count": counts, "expected": expected, "z": position * np.sqrt(weight)})
    facts = facts.assign(**_p_values(poisson_tails(o, e), position, weight, spread))

    def limits_of(level: float, tau_squared: float) -> Limits:
        return funnel_limits(e, level=level, limits=limits, tau_squared=tau_squared, scale=scale)

    return _judged(facts, levels, spread, limits_of, limits, scale, method=translated(RATIO_LIMITS[limits]), centre=1.0)


def funnel_of_proportions(
    counts: pd.Series, trials: pd.Series, *, levels: Sequence[float] = (0.95, 0.998), limits: str = "test"
) -> Funnel:
    """Shares of groups around the share of all together (Spiegelhalter 2005, Stat. Med. 24:1185-1202).

    `p_value` is the exact binomial one, twice the smaller tail. Over-dispersion is measured on the arcsine scale,
    z = 2 sqrt(n) (arcsin sqrt(share) - arcsin sqrt(share of all)), weights 4 n, Winsorised as in `funnel`.

    Parameters
    ----------
    counts, trials : Series by group, same labels; `counts` of `trials`
    levels : of the limits, such as 0.95 and 0.998
    limits : "test", "exact" or "wilson"; see `proportion_funnel_limits`

    Returns
    -------
    Funnel; `value` and limits are proportions, `centre` that of all together, sizes are trials

    Raises
    ------
    ModelError
        Missing or negative numbers, more counts than trials, no trials, labels that differ, no groups, no event or
        nothing but events in all groups.
    """
    chosen(limits, PROPORTION_LIMITS, "limits")
    counts = measured(counts, _("the counts"), missing=False)
    trials = aligned(measured(trials, _("the trials"), missing=False), counts.index, _("the trials"), _("the counts"))
    if (bare := trials == 0).any() or not len(counts):
        raise ModelError(
            _("There are no trials in {groups}, so there is no proportion. Leave them out.").format(
                groups=some(counts.index[bare]) or _("no groups")
            )
        )
    if (more := counts > trials).any():
        raise ModelError(
            _("More counts than trials in {groups}: this is no proportion. Are the two exchanged?").format(
                groups=some(counts.index[more])
            )
        )
    x, n = counts.to_numpy(), trials.to_numpy()
    centre = float(x.sum() / n.sum())
    if not 0 < centre < 1:
        raise ModelError(_("In all groups together there are no events, or nothing else: chance has no measure."))
    position, weight = np.arcsin(np.sqrt(x / n)) - np.arcsin(np.sqrt(centre)), 4 * n
    spread = over_dispersion(position * np.sqrt(weight), weight)
    facts = pd.DataFrame({"value": x / n, "count": counts, "trials": trials, "z": position * np.sqrt(weight)})
    facts = facts.assign(**_p_values(binomial_tails(x, n, centre), position, weight, spread))

    def limits_of(level: float, tau_squared: float) -> Limits:
        return proportion_funnel_limits(n, centre, level=level, limits=limits, tau_squared=tau_squared)

    method = translated(PROPORTION_LIMITS[limits])
    return _judged(facts, levels, spread, limits_of, limits, "arcsine", method=method, centre=centre)


def _p_values(tails: Limits, position: np.ndarray, weight: np.ndarray, spread: OverDispersion) -> dict[str, np.ndarray]:
    """Two-sided p by the exact test, and by the wider normal law of groups that vary more than chance."""
    exact = np.minimum(2 * np.minimum(*tails), 1.0)
    wide = 2 * special.ndtr(-np.abs(position) / np.sqrt(1 / weight + spread.tau_squared))
    return {"p_value": exact, "adjusted_p_value": np.maximum(exact, wide) if spread.tau_squared else exact}


def _judged(
    facts: pd.DataFrame,
    levels: Sequence[float],
    spread: OverDispersion,
    limits_of: Callable[[float, float], Limits],
    limits: str,
    scale: str,
    **words,
) -> Funnel:
    """The groups against their limits at every level, the widest that is passed being the signal."""
    levels = _checked_levels(levels)
    value, columns, signals, beyond = facts["value"].to_numpy(), {}, {}, {}
    for prefix, tau_squared in (("", 0.0), ("adjusted_", spread.tau_squared)):
        signal = np.full(len(value), "", object)
        for level in levels:
            low, high = limits_of(level, tau_squared)
            columns |= {f"{prefix}low_{100 * level:g}": low, f"{prefix}high_{100 * level:g}": high}
            signal[value > high], signal[value < low] = f"high {_percent(level)}", f"low {_percent(level)}"
        signals[f"{prefix}signal"] = pd.Series(signal, facts.index, dtype="str")
        beyond[prefix] = (value > high) | (value < low)
    return Funnel(
        frame=facts.assign(**signals, **columns),
        levels=levels,
        limits=limits,
        scale=scale,
        dispersion=spread.phi,
        tau_squared=spread.tau_squared,
        outside=int(beyond[""].sum()),
        adjusted_outside=int(beyond["adjusted_"].sum()),
        note="" if limits == "test" else _disagreement(facts["p_value"], beyond[""], 1 - max(levels)),
        **words,
    )


def _disagreement(p_values: pd.Series, beyond: np.ndarray, least: float) -> str:
    """The groups that other limits and the exact test see differently."""
    notes = []
    if (usual := beyond & (p_values > least)).any():
        notes.append(
            _("Outside these limits, though by the exact test no rarer than {p:.3g} (p_value): {groups}.").format(
                p=least, groups=some(p_values.index[usual])
            )
        )
    if (rare := ~beyond & (p_values <= least)).any():
        notes.append(
            _("Inside these limits, though by the exact test as rare as {p:.3g} (p_value): {groups}.").format(
                p=least, groups=some(p_values.index[rare])
            )
        )
    return " ".join(notes)


def _checked_levels(levels: Sequence[float]) -> tuple[float, ...]:
    if isinstance(levels, str) or not isinstance(levels, Sequence) or not len(levels):
        raise ModelError(
            _("levels={levels!r} are no confidence levels. Give shares such as (0.95, 0.998).").format(levels=levels)
        )
    return tuple(sorted({checked_level(level) for level in levels}))


def _percent(level: float) -> str:
    return f"{100 * level:g}%"
