"""Directly standardised rates: the rate that a group's strata would give with the structure of a standard."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from workbench.models.inputs import aligned, checked_level, checked_positive, checked_variance, chosen, measured, some
from workbench.models.intervals import Limits, weighted_limits
from workbench.models.rates import Rate
from workbench.models.strata import by_group, standard_shares
from workbench.terms.text import _, mark, translated

DIRECT_METHODS = {
    "gamma": mark("direct, gamma (Fay & Feuer)"),
    "dobson-exact": mark("direct, Dobson with exact limits"),
    "dobson-byar": mark("direct, Dobson with Byar's limits"),
    "normal": mark("direct, normal"),
    "log-normal": mark("direct, log-normal"),
}


@dataclass(frozen=True, kw_only=True)
class StandardisedRate(Rate):
    """A directly standardised rate, with the crude rate of the same strata next to it."""

    crude: float  # per `per`; NaN for published rates, whose structure is not known
    standard_error: float
    used: tuple  # strata that make up the rate
    left_out: tuple  # strata of the standard without a rate; when there are any, value is missing or renormalised


def standardised_rate(
    counts: pd.Series,
    exposure: pd.Series,
    standard: pd.Series,
    *,
    per: float = 100_000,
    level: float = 0.95,
    method: str = "gamma",
    variance: pd.Series | None = None,
    renormalise: bool = False,
) -> StandardisedRate | pd.DataFrame:
    """Directly standardised rate: the rate these strata would give with the standard's structure.

    A stratum of the standard without exposure or with a missing count makes the rate missing; with `renormalise` the
    standard is taken over the other strata and `method` names those left out. Intervals: "gamma" (Fay & Feuer 1997,
    Stat. Med. 16:791-801, the largest weight over all strata), "dobson-exact", "dobson-byar" (Dobson et al. 1991,
    Stat. Med. 10:457-462; of weighted counts those of the effective count), "normal" and "log-normal" for many events
    only. Without any event all take the gamma's.

    Parameters
    ----------
    counts, exposure : Series, one row per stratum
        Events; persons employed. With more index levels than `standard` (names tell), one rate for each group
    standard : Series by stratum
        Standard population, of which only the shares matter; numbers below 1 are shares and must sum to 1
    per : unit of the rate, in persons or hours
    level : of the limits
    method : "gamma", "dobson-exact", "dobson-byar", "normal" or "log-normal"
    variance : Series like `counts`: sums of squared weights, when the counts are sums of weights; also for repeated
        events in a person (sum of i^2 f_i)
    renormalise : whether strata without a rate may be left out

    Returns
    -------
    StandardisedRate; or DataFrame by group with its fields as columns, `left_out` as text

    Raises
    ------
    ModelError
        Strata differ or repeat; negative numbers; a variance that no weights give; shares that do not sum to 1;
        missing numbers in the standard; options that do not exist.
    """
    checked_level(level)
    per = checked_positive(per, "per")
    chosen(method, DIRECT_METHODS, "method")
    shares = standard_shares(standard)
    counts = measured(counts, _("the counts"))
    exposure = aligned(measured(exposure, _("the exposure")), counts.index, _("the exposure"), _("the counts"))
    squares = counts
    if variance is not None:
        squares = aligned(measured(variance, _("the variance")), counts.index, _("the variance"), _("the counts"))
        checked_variance(counts.where(squares.notna()), squares)
    cells = [by_group(part, shares.index) for part in (counts, exposure, squares)]
    groups, (x, n, v) = cells[0].index, (part.to_numpy() for part in cells)

    # the weights of the strata in each group: those of the standard, over the usable strata when renormalised
    usable = (n > 0) & ~np.isnan(x) & ~np.isnan(v)
    weights = np.broadcast_to(shares.to_numpy(), usable.shape)
    lost = ~usable & (weights > 0)
    missing = lost.any(axis=1)
    if renormalise:
        missing = (usable & (weights > 0)).sum(axis=1) == 0
        kept = np.where(usable, weights, 0.0)
        weights = kept / np.where(missing, 1.0, kept.sum(axis=1))[:, None]
    inside = usable & (weights > 0)
    x, n, v = (np.where(inside, part, 0.0) for part in (x, n, v))
    unit = np.divide(weights, n, out=np.zeros(usable.shape), where=inside)
    limits, how = _direct_limits(unit, x, v, level, method)

    left_out = [tuple(shares.index[row]) for row in lost]
    for row, strata in enumerate(left_out):
        if missing[row]:
            how[row] = _("no rate in {strata}").format(strata=some(strata))
        elif strata:
            how[row] = _("{how}, renormalised without {strata}").format(how=how[row], strata=some(strata))
    exposed = np.where(inside.any(axis=1), n.sum(axis=1), np.nan)
    figures = {
        "value": (unit * x).sum(axis=1),
        "low": limits[0],
        "high": limits[1],
        "crude": x.sum(axis=1) / exposed,
        "standard_error": np.sqrt((unit**2 * v).sum(axis=1)),
    }
    frame = pd.DataFrame({name: np.where(missing, np.nan, per * part) for name, part in figures.items()}, index=groups)
    frame = frame.assign(level=level, method=how, count=x.sum(axis=1), exposure=exposed, per=per)
    frame["method"] = frame["method"].astype("str")
    if counts.index.nlevels != shares.index.nlevels:
        return frame.assign(left_out=pd.Series([", ".join(map(str, s)) for s in left_out], index=groups, dtype="str"))
    used = tuple(shares.index[inside[0]])
    return StandardisedRate(**frame.iloc[0].to_dict(), used=used, left_out=left_out[0])


def _direct_limits(
    unit: np.ndarray, counts: np.ndarray, variance: np.ndarray, level: float, method: str
) -> tuple[Limits, np.ndarray]:
    """Limits of sum(unit * counts) by group, the methods' names; `unit` is share over exposure, (groups, strata)."""
    tail = (1 - level) / 2
    value, error = (unit * counts).sum(axis=1), np.sqrt((unit**2 * variance).sum(axis=1))
    none = counts.sum(axis=1) == 0
    gamma = _gamma_limits(unit, counts, variance, tail)
    z, safe = special.ndtri(1 - tail), np.where(none, 1, value)
    if method == "gamma":
        low, high = gamma
    elif method == "normal":
        low, high = np.maximum(value - z * error, 0), value + z * error
    elif method == "log-normal":
        reach = np.exp(z * error / safe)
        low, high = value / reach, value * reach
    else:
        events, squares = counts.sum(axis=1), variance.sum(axis=1)
        low, high = weighted_limits(events, squares, level=level, method=method.removeprefix("dobson-"))
        factor = error / np.sqrt(np.where(none, 1, squares))
        low, high = np.maximum(value + factor * (low - events), 0), value + factor * (high - events)
    name = np.full(len(value), translated(DIRECT_METHODS[method]), dtype=object)
    name[none] = _("direct, gamma (Fay & Feuer): there are no events")
    return (np.where(none, gamma[0], low), np.where(none, gamma[1], high)), name


def _gamma_limits(unit: np.ndarray, counts: np.ndarray, variance: np.ndarray, tail: float) -> Limits:
    """Fay & Feuer's limits by group; 0 is the lower one without events."""
    value, spread = (unit * counts).sum(axis=1), (unit**2 * variance).sum(axis=1)
    none = value == 0
    # With weighted records the largest weight is not known: the stratum's mean weight stands for it, 1 without events.
    top = (unit * np.where(counts > 0, variance / np.where(counts > 0, counts, 1), 1)).max(axis=1, initial=0)
    mean, wide = np.where(top > 0, value + top, 1), np.where(top > 0, spread + top**2, 1)
    scale = np.where(none, 1, spread) / np.where(none, 1, value)
    low = special.gammaincinv(np.where(none, 1, value) / scale, tail) * scale
    return np.where(none, 0, low), special.gammainccinv(mean**2 / wide, tail) * wide / mean
