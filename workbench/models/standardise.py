"""Standardised rates: direct, indirect, and what part of a difference the structure explains."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import special

from workbench.models.inputs import aligned, checked_level, chosen, measured, some
from workbench.models.intervals import count_method, poisson_limits, weighted_limits
from workbench.models.rates import Rate, digits
from workbench.terms.errors import ModelError
from workbench.terms.text import _

# Eurostat's standardised incidence rate from 2008 on: NACE Rev. 2 sections A and C to N. Mining became mandatory later.
EUROSTAT_BRANCHES = ("A", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N")
DIRECT_METHODS = {
    "gamma": "direct, gamma (Fay & Feuer)",
    "dobson-exact": "direct, Dobson with exact limits",
    "dobson-byar": "direct, Dobson with Byar's limits",
    "normal": "direct, normal",
    "log-normal": "direct, log-normal",
}


@dataclass(frozen=True, kw_only=True)
class StandardisedRate(Rate):
    """A directly standardised rate, with the crude rate of the same strata beside it."""

    crude: float  # per `per`; NaN for published rates, whose structure is not known
    standard_error: float
    used: tuple  # strata that make up the rate
    left_out: tuple  # strata of the standard without a rate; when there are any, value is missing or renormalised


@dataclass(frozen=True, kw_only=True)
class IncidenceRatio:
    """Observed over expected events; above 1 means more than the reference rates lead to expect. Not times 100."""

    value: float
    low: float
    high: float
    level: float
    method: str
    observed: float
    expected: float
    rate: float  # value times the reference's crude rate, per `per`
    per: float

    def __str__(self) -> str:
        if np.isnan(self.value):
            return _("missing ({why})").format(why=self.method)
        interval = _("{level:g}% CI {low}–{high}, {method}").format(
            level=100 * self.level, low=digits(self.low), high=digits(self.high), method=self.method
        )
        return _("{value} times expected ({interval}; {observed:g} against {expected:.1f})").format(
            value=digits(self.value), interval=interval, observed=self.observed, expected=self.expected
        )


@dataclass(frozen=True, kw_only=True)
class Decomposition:
    """A difference of crude rates in two parts: other rates in the strata, another structure."""

    difference: float  # crude rate less crude rate of the reference, per `per`
    parts: pd.DataFrame = field(repr=False, compare=False)  # rows rate, structure, total; columns value low high
    strata: pd.DataFrame = field(repr=False, compare=False)  # one row a stratum, columns rate, structure
    per: float
    level: float

    def __str__(self) -> str:
        rate, structure = (digits(self.parts.loc[part, "value"]) for part in ("rate", "structure"))
        return _(
            "difference {all} per {per:,.12g}: {rate} from other rates, {structure} from another structure"
        ).format(all=digits(self.difference), per=self.per, rate=rate, structure=structure)


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
    Stat. Med. 10:457-462), "normal" and "log-normal" for many events only. Without any event all take the gamma's.

    Parameters
    ----------
    counts, exposure : Series, one row per stratum
        Events; persons employed. With more index levels than `standard` (names tell), one rate for each group
    standard : Series by stratum
        Standard population, of which only the shares matter; numbers below 1 are shares and must sum to 1
    variance : Series like `counts`: sums of squared weights, when the counts are sums of weights; also for repeated
        events in a person (sum of i^2 f_i)

    Returns
    -------
    StandardisedRate; or DataFrame by group with its fields as columns, `left_out` as text

    Raises
    ------
    ModelError
        Strata differ or repeat; negative numbers; shares that do not sum to 1; missing numbers in the standard.
    """
    checked_level(level)
    chosen(method, DIRECT_METHODS, "method")
    shares = _shares(standard)
    counts = measured(counts, _("the counts"))
    exposure = aligned(measured(exposure, _("the exposure")), counts.index, _("the exposure"), _("the counts"))
    squares = counts if variance is None else measured(variance, _("the variance"))
    squares = aligned(squares, counts.index, _("the variance"), _("the counts"))
    x, n, v = (_by_group(part, shares.index) for part in (counts, exposure, squares))
    groups, (x, n, v) = x.index, (part.to_numpy() for part in (x, n, v))

    usable = (n > 0) & ~np.isnan(x) & ~np.isnan(v)
    weights = np.broadcast_to(shares.to_numpy(), usable.shape)
    lost = ~usable & (weights > 0)
    missing = lost.any(axis=1) if not renormalise else (usable & (weights > 0)).sum(axis=1) == 0
    if renormalise:
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


def standardised_from_rates(rates: pd.Series, shares: pd.Series, *, renormalise: bool = False) -> StandardisedRate:
    """Sum of published rates times the standard's shares; without counts there is no interval, and `method` says so.

    Parameters
    ----------
    rates : Series by stratum, per 100,000; missing ones make the result missing unless `renormalise`
    shares : Series with the same strata, summing to 1

    Raises ModelError as `standardised_rate`, and when the shares do not sum to 1.
    """
    shares = measured(shares, _("the shares"), missing=False)
    _must_sum_to_one(shares)
    rates = aligned(measured(rates, _("the rates")), shares.index, _("the rates"), _("the shares"))
    used, lost = rates.notna() & (shares > 0), rates.isna() & (shares > 0)
    missing = not used.any() or (lost.any() and not renormalise)
    method = _("direct, published rates: no interval")
    if missing:
        method = _("no rate in {strata}").format(strata=some(rates.index[lost]))
    elif lost.any():
        method = _("{how}, renormalised without {strata}").format(how=method, strata=some(rates.index[lost]))
    unknown = dict.fromkeys(("low", "high", "level", "count", "exposure", "crude", "standard_error"), np.nan)
    return StandardisedRate(
        value=np.nan if missing else float((rates * shares)[used].sum() / shares[used].sum()),
        per=100_000,
        method=method,
        used=tuple(rates.index[used]),
        left_out=tuple(rates.index[lost]),
        **unknown,
    )


def incidence_ratio(
    counts: pd.Series,
    exposure: pd.Series,
    reference_counts: pd.Series,
    reference_exposure: pd.Series,
    *,
    level: float = 0.95,
    method: str = "exact",
    per: float = 100_000,
) -> IncidenceRatio | pd.DataFrame:
    """Indirect standardisation: observed events over those expected at the reference's rates.

    Limits are those of the observed count over the expected, which is taken as known: "exact", "byar" (any method of
    `poisson_limits`) or "log-normal", which needs events. Ratios of two groups have different structures behind them:
    do not divide one by the other.

    Parameters
    ----------
    counts, exposure : Series, one row per stratum; with more index levels than the reference, one ratio per group
    reference_counts, reference_exposure : Series by stratum

    Returns
    -------
    IncidenceRatio, or DataFrame by group with its fields as columns. Missing when a count or exposure of the group is
    missing, events stand in a stratum without exposure, or nothing is expected; `method` says which

    Raises
    ------
    ModelError
        Strata that the reference lacks or has without exposure; labels that differ or repeat; negative numbers.
    """
    checked_level(level)
    theirs = measured(reference_counts, _("the reference counts"), missing=False)
    base = measured(reference_exposure, _("the reference exposure"), missing=False)
    base = aligned(base, theirs.index, _("the reference exposure"), _("the reference counts"))
    counts = measured(counts, _("the counts"))
    exposure = aligned(measured(exposure, _("the exposure")), counts.index, _("the exposure"), _("the counts"))
    x, n = (_by_group(part, theirs.index).to_numpy() for part in (counts, exposure))
    if (empty := (base == 0).to_numpy() & (n > 0).any(axis=0)).any():
        raise ModelError(
            _(
                "The reference has no exposure in {strata}: nothing can be expected there. Take another reference."
            ).format(strata=some(theirs.index[empty]))
        )
    reference_rates = (theirs / base.where(base > 0)).fillna(0).to_numpy()  # without exposure on both sides: adds 0
    observed, expected = x.sum(axis=1), (n * reference_rates).sum(axis=1)
    low, high = poisson_limits(observed, level=level, method="exact" if method == "log-normal" else method)
    how = np.full(
        len(x), _("indirect, {method}").format(method=count_method(method)) if method != "log-normal" else "", object
    )
    if method == "log-normal":
        reach = np.exp(special.ndtri((1 + level) / 2) / np.sqrt(np.where(observed > 0, observed, 1)))
        low, high = np.where(observed > 0, observed / reach, low), np.where(observed > 0, observed * reach, high)
        how[:] = np.where(observed > 0, _("indirect, log-normal"), _("indirect, exact (Garwood): there are no events"))
    for where, why in (
        (expected == 0, _("nothing is expected")),
        (((x > 0) & (n == 0)).any(axis=1), _("events in a stratum without exposure")),
        (np.isnan(n).any(axis=1), _("no exposure in a stratum")),
        (np.isnan(x).any(axis=1), _("no count in a stratum")),
    ):
        how[where], expected = why, np.where(where, np.nan, expected)
    value, crude = observed / expected, theirs.sum() / base.sum()
    groups = _by_group(counts, theirs.index).index
    frame = pd.DataFrame({"value": value, "low": low / expected, "high": high / expected, "level": level}, index=groups)
    frame = frame.assign(method=how, observed=observed, expected=expected, rate=value * crude * per, per=per)
    frame["method"] = frame["method"].astype("str")
    return frame if counts.index.nlevels != theirs.index.nlevels else IncidenceRatio(**frame.iloc[0].to_dict())


def decompose(
    counts: pd.Series,
    exposure: pd.Series,
    reference_counts: pd.Series,
    reference_exposure: pd.Series,
    *,
    variance: pd.Series | None = None,
    reference_variance: pd.Series | None = None,
    per: float = 100_000,
    level: float = 0.95,
) -> Decomposition:
    """What explains the difference of two crude rates: Kitagawa (1955), J. Am. Stat. Assoc. 50:1168-1194.

    rate part = sum (r1 - r2) (s1 + s2) / 2, structure part = sum (s1 - s2) (r1 + r2) / 2, s the strata's shares of
    the exposure; they add up to the difference. Limits are normal, exposure known, from Poisson counts or from the
    variance that is given.

    Parameters
    ----------
    counts, exposure, reference_counts, reference_exposure : Series by stratum, same strata
    variance, reference_variance : Series by stratum; the sums of squared weights of weighted counts

    Raises ModelError when strata differ, numbers are missing, or a stratum has exposure in one group only: its rate in
    the other does not exist.
    """
    quantile = special.ndtri((1 + checked_level(level)) / 2)
    x1 = measured(counts, _("the counts"), missing=False)
    names = (_("the exposure"), _("the reference counts"), _("the reference exposure"))
    n1, x2, n2 = (
        aligned(measured(part, name, missing=False), x1.index, name, _("the counts"))
        for part, name in zip((exposure, reference_counts, reference_exposure), names, strict=True)
    )
    v1, v2 = (
        x
        if v is None
        else aligned(measured(v, _("the variance"), missing=False), x1.index, _("the variance"), _("the counts"))
        for x, v in ((x1, variance), (x2, reference_variance))
    )
    bare = ((n1 == 0) | (n2 == 0)) & (n1 + n2 + x1 + x2 > 0)
    if bare.any() or n1.sum() == 0:
        raise ModelError(
            _("{strata} have no exposure in one of the groups, so no rate to compare. Merge strata first.").format(
                strata=some(x1.index[bare] if bare.any() else x1.index)
            )
        )
    share1, share2 = n1 / n1.sum(), n2 / n2.sum()
    rate1, rate2 = (per * x / n.where(n > 0, 1) for x, n in ((x1, n1), (x2, n2)))
    strata = pd.DataFrame(
        {"rate": (rate1 - rate2) * (share1 + share2) / 2, "structure": (share1 - share2) * (rate1 + rate2) / 2}
    )
    first, second = (per**2 * v / n.where(n > 0, 1) ** 2 for v, n in ((v1, n1), (v2, n2)))
    spread = {
        "rate": (((share1 + share2) / 2) ** 2 * (first + second)).sum(),
        "structure": (((share1 - share2) / 2) ** 2 * (first + second)).sum(),
        "total": (share1**2 * first + share2**2 * second).sum(),
    }
    value = pd.Series({"rate": strata["rate"].sum(), "structure": strata["structure"].sum()})
    value["total"] = value.sum()
    reach = quantile * np.sqrt(pd.Series(spread))
    parts = pd.DataFrame({"value": value, "low": value - reach, "high": value + reach})
    return Decomposition(difference=float(value["total"]), parts=parts, strata=strata, per=per, level=level)


def _direct_limits(unit, counts, variance, level, method) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """Limits of sum(unit * counts) by group and the methods' names; `unit` is share over exposure, all (groups, strata)."""
    tail = (1 - level) / 2
    value, spread = (unit * counts).sum(axis=1), (unit**2 * variance).sum(axis=1)
    events, squares = counts.sum(axis=1), variance.sum(axis=1)
    none = events == 0
    name = np.full(len(value), _(DIRECT_METHODS[method]), dtype=object)
    name[none] = _("direct, gamma (Fay & Feuer): there are no events")
    # With weighted records the largest weight is not known: the stratum's mean weight stands for it, 1 without events.
    top = (unit * np.where(counts > 0, variance / np.where(counts > 0, counts, 1), 1)).max(axis=1, initial=0)
    mean, wide = np.where(top > 0, value + top, 1), np.where(top > 0, spread + top**2, 1)
    scale = np.where(none, 1, spread) / np.where(none, 1, value)
    low = special.gammaincinv(np.where(none, 1, value) / scale, tail) * scale
    high = special.gammainccinv(mean**2 / wide, tail) * wide / mean
    gamma = np.where(none, 0, low), high
    z, error = special.ndtri(1 - tail), np.sqrt(spread)
    if method == "gamma":
        low, high = gamma
    elif method == "normal":
        low, high = np.maximum(value - z * error, 0), value + z * error
    elif method == "log-normal":
        reach = np.exp(z * error / np.where(none, 1, value))
        low, high = value / reach, value * reach
    else:
        low, high = poisson_limits(events, level=level, method=method.removeprefix("dobson-"))
        weighted = ~np.isclose(events, squares)
        sums = weighted_limits(events, squares, level=level)
        low, high = np.where(weighted, sums[0], low), np.where(weighted, sums[1], high)
        factor = error / np.sqrt(np.where(none, 1, squares))
        low, high = np.maximum(value + factor * (low - events), 0), value + factor * (high - events)
    return (np.where(none, gamma[0], low), np.where(none, gamma[1], high)), name


def _shares(standard: pd.Series) -> pd.Series:
    standard = measured(standard, _("the standard"), missing=False)
    if standard.sum() == 0:
        raise ModelError(_("The standard is 0 everywhere. Give the standard population by stratum."))
    if (standard < 1).all():  # nobody has less than one person in every stratum: these are shares
        _must_sum_to_one(standard)
    return standard / standard.sum()


def _must_sum_to_one(shares: pd.Series) -> None:
    if not np.isclose(shares.sum(), 1, rtol=0, atol=1e-6):
        raise ModelError(
            _(
                "The standard's shares sum to {sum:.6g}, not to 1. Is a stratum missing? Give all, or the population."
            ).format(sum=shares.sum())
        )


def _by_group(values: pd.Series, strata: pd.Index) -> pd.DataFrame:
    """One row per group (one in all when the index is the strata's), one column per stratum in `strata`' order."""
    if values.index.nlevels == strata.nlevels:
        ordered = aligned(values, strata, _("the counts"), _("the standard or reference"))
        return pd.DataFrame([ordered.to_numpy()], columns=strata)
    if not set(strata.names) <= set(values.index.names) or None in strata.names:
        raise ModelError(
            _("The strata are indexed by {strata}, the counts by {names}. Name the index levels alike.").format(
                strata=some(strata.names), names=some(values.index.names)
            )
        )
    strange = values.index.droplevel([name for name in values.index.names if name not in strata.names]).unique()
    if strata.nlevels > 1:
        strange = strange.reorder_levels(strata.names)
    if len(strange := strange.difference(strata)):
        raise ModelError(
            _("{strata} are not in the standard or reference. Add them there, or leave them out of both.").format(
                strata=some(strange)
            )
        )
    return values.unstack(strata.names).reindex(columns=strata)
