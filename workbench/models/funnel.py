"""Funnel plots: which groups lie further from what is expected of them than chance, and than groups usually do."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import scipy  # its parts come when they are first used
from numpy.typing import ArrayLike
from scipy import special

from workbench.models.inputs import aligned, checked_level, chosen, measured, some
from workbench.terms.errors import ModelError
from workbench.terms.text import _, n_

LIMITS = {"exact": "exact Poisson limits around 1 (chi-square)", "quantiles": "Poisson quantiles around 1"}
TAILS = 0.1  # share Winsorised at each end: groups with causes of their own do not widen the limits
LEAST = 5  # groups to learn the over-dispersion from


@dataclass(frozen=True, kw_only=True, eq=False)
class Funnel:
    """Observed over expected by group, limits that follow the expected number, with and without over-dispersion."""

    frame: pd.DataFrame = field(repr=False)  # value count expected z p_value signal adjusted_signal, low_95 high_95 ...
    levels: tuple[float, ...]
    method: str
    dispersion: float  # phi: mean squared z after Winsorising; 1 when only chance is at work; NaN below 5 groups
    tau_squared: float  # variance between groups on the square-root scale
    outside: int  # groups beyond the widest limits
    adjusted_outside: int
    note: str

    def __str__(self) -> str:
        widest = _percent(max(self.levels))
        words = n_(
            "{out} of {n} groups is outside the {level} limits ({method})",
            "{out} of {n} groups are outside the {level} limits ({method})",
            self.outside,
        ).format(out=self.outside, n=len(self.frame), level=widest, method=self.method)
        if np.isnan(self.dispersion):
            words += _("; too few groups to tell how far groups usually lie apart.")
        else:
            words += _("; {n} once over-dispersion is allowed for (phi = {phi:.2f}, tau^2 = {tau:.4f}).").format(
                n=self.adjusted_outside, phi=self.dispersion, tau=self.tau_squared
            )
        return f"{words} {self.note}".strip()


def funnel(
    counts: pd.Series, expected: pd.Series, *, levels: Sequence[float] = (0.95, 0.998), limits: str = "exact"
) -> Funnel:
    """Groups around the ratio 1. Spiegelhalter (2005), Stat. Med. 24:1185-1202, with his additive over-dispersion.

    z = 2 (sqrt O - sqrt E), Winsorised at its 10% and 90% quantiles; phi = mean z^2; tau^2 = max(0, (I phi - (I - 1)) /
    (sum w - sum w^2 / sum w)), w = 4 E. Adjusted limits: (1 -+ z sqrt(1 / (4 E) + tau^2))^2, not below 0. A funnel with
    half its groups outside shows over-dispersion, not bad performers; at 95% one in twenty is outside by design. The exact
    lower limit never reaches 0: where little is expected a group with no events is below it although that is no rare
    thing. `p_value` (two-sided, exact Poisson) tells, and `note` names such groups.

    Parameters
    ----------
    counts, expected : Series by group, same labels; events observed and expected (from a reference, or exposure times
        the rate of all together)
    levels : of the limits, such as 0.95 and 0.998
    limits : "exact", or "quantiles" of the Poisson distribution (in whole events); the two differ near the limit

    Returns
    -------
    Funnel; `signal` is "high 99.8%", "low 95%", ... by the widest limits passed, "" inside all

    Raises
    ------
    ModelError
        Missing or negative counts, expected 0 or missing, labels that differ, no groups.
    """
    chosen(limits, LIMITS, "limits")
    levels = tuple(sorted({checked_level(level) for level in levels}))
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
    z = 2 * (np.sqrt(o) - np.sqrt(e))
    phi, tau = _over_dispersion(z, e) if len(o) >= LEAST else (np.nan, 0.0)
    below, above = special.gammaincc(o + 1, e), np.where(o > 0, special.gammainc(np.maximum(o, 1e-9), e), 1.0)
    p = np.minimum(2 * np.minimum(below, above), 1)  # of sums of weights: read through the gamma distribution
    frame = pd.DataFrame(
        {"value": o / e, "count": counts, "expected": expected, "z": z, "p_value": p}, index=counts.index
    )
    signals = {"": np.full(len(o), "", object), "adjusted_": np.full(len(o), "", object)}
    columns, beyond = {}, {}
    for level in levels:
        for prefix, spread in (("", 0.0), ("adjusted_", tau)):
            low, high = funnel_limits(e, level=level, limits=limits, tau_squared=spread)
            columns |= {f"{prefix}low_{100 * level:g}": low, f"{prefix}high_{100 * level:g}": high}
            high_side, low_side = o / e > high, o / e < low
            signals[prefix][high_side], signals[prefix][low_side] = f"high {_percent(level)}", f"low {_percent(level)}"
            beyond[prefix] = high_side | low_side
    usual, note = beyond[""] & (o < e) & (p > 1 - max(levels)), ""
    if usual.any():
        note = _(
            "Below the limit only because so little is expected that it cannot be 0 (see p_value): {groups}."
        ).format(groups=some(counts.index[usual]))
    frame = frame.assign(
        signal=pd.Series(signals[""], counts.index, dtype="str"),
        adjusted_signal=pd.Series(signals["adjusted_"], counts.index, dtype="str"),
        **columns,
    )
    return Funnel(
        frame=frame,
        levels=levels,
        method=_(LIMITS[limits]),
        dispersion=float(phi),
        tau_squared=float(tau),
        outside=int(beyond[""].sum()),
        adjusted_outside=int(beyond["adjusted_"].sum()),
        note=note,
    )


def funnel_limits(
    expected: ArrayLike, *, level: float = 0.95, limits: str = "exact", tau_squared: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Low and high limits of the ratio for so many expected events: the lines of the plot.

    With `tau_squared` above 0 they allow for over-dispersion, on the square-root scale, and `limits` does not matter.
    """
    e, tail = np.asarray(expected, float), (1 - checked_level(level)) / 2
    if tau_squared:
        reach = special.ndtri(1 - tail) * np.sqrt(1 / (4 * e) + tau_squared)
        return np.maximum(1 - reach, 0) ** 2, (1 + reach) ** 2
    if chosen(limits, LIMITS, "limits") == "quantiles":
        return scipy.stats.poisson.ppf(tail, e) / e, scipy.stats.poisson.ppf(1 - tail, e) / e
    return special.gammaincinv(e, tail) / e, special.gammainccinv(e + 1, tail) / e


def _over_dispersion(z: np.ndarray, e: np.ndarray) -> tuple[float, float]:
    kept, weight, n = np.clip(z, *np.quantile(z, [TAILS, 1 - TAILS])), 4 * e, len(z)
    phi = float(np.mean(kept**2))
    return phi, max(0.0, (n * phi - (n - 1)) / (weight.sum() - (weight**2).sum() / weight.sum()))


def _percent(level: float) -> str:
    return f"{100 * level:g}%"
