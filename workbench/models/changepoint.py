"""When a level changed: Pettitt's rank test, a change in a Poisson rate, several changes in a mean."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import scipy  # its parts come when they are first used
from scipy import special

from workbench.models.inputs import aligned, checked_level, measured, some
from workbench.models.rates import digits
from workbench.terms.errors import ModelError
from workbench.terms.text import _


@dataclass(frozen=True, kw_only=True)
class Pettitt:
    """Pettitt's test: the change lies after `last_before`, the last time of the old level."""

    statistic: float
    position: int  # number of values before the change
    last_before: object
    p_value: float
    n: int


@dataclass(frozen=True, kw_only=True)
class PoissonChange:
    """One change in a rate of events; the likelihood's date, and what the posterior leaves open."""

    last_before: object
    first_after: object
    rate_before: float  # per unit of exposure; per period without exposure
    rate_after: float
    statistic: float  # twice the log likelihood ratio; with `scatter` over the dispersion
    p_value: float  # by simulation of the search under a constant rate
    simulations: int
    seed: int
    posterior: pd.Series = field(repr=False, compare=False)  # probability of each last time of the old rate
    low: object  # shortest run of times that holds `level` of the posterior
    high: object
    level: float
    dispersion: float = 1.0  # Pearson X2 over n - 3, where `scatter` was asked for

    def __str__(self) -> str:
        return _("change after {when} ({level:g}% of the posterior in {low} to {high}): {before} to {after}, p = {p:.4f}").format(
            when=self.last_before, level=100 * self.level, low=self.low, high=self.high, p=self.p_value,
            before=digits(self.rate_before), after=digits(self.rate_after),
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class MeanBreaks:
    """Changes in the mean of a series, as many as BIC says; `table` has RSS and BIC for every number."""

    positions: tuple[int, ...]  # values before each change
    last_before: tuple
    intervals: tuple[tuple[object, object], ...]  # of each last time of the old level
    means: tuple[float, ...]
    table: pd.DataFrame = field(repr=False, compare=False)  # by number of breaks: positions, rss, bic
    level: float


def pettitt(values: pd.Series) -> Pettitt:
    """Pettitt (1979), Appl. Stat. 28:126-135: largest |U_t|, U_t = sum of sign(x_i - x_j) over i <= t < j.

    p = 2 exp(-6 K^2 / (n^3 + n^2)), an approximation that is good below 0.5. Times in order of the index. ModelError
    for missing values or fewer than 4.
    """
    values = _complete(values, _("the values"), 4, negative=True)
    x, n = values.to_numpy(), len(values)
    below = np.sign(x[:, None] - x[None, :])  # row i against column j
    u = np.array([below[: t + 1, t + 1 :].sum() for t in range(n - 1)])
    position = int(np.argmax(np.abs(u)))
    k = float(abs(u[position]))
    p = min(1.0, 2 * np.exp(-6 * k**2 / (n**3 + n**2)))
    return Pettitt(statistic=k, position=position + 1, last_before=values.index[position], p_value=float(p), n=n)


def poisson_change(
    counts: pd.Series,
    exposure: pd.Series | None = None,
    *,
    simulations: int = 4999,
    seed: int = 0,
    level: float = 0.95,
    prior_exposure: float | None = None,
    scatter: bool = False,
) -> PoissonChange:
    """One change in the rate of Poisson events: where it fits best, and whether there is one.

    Maximises x1 ln(x1/n1) + x2 ln(x2/n2) over the date. Since the date is sought, the p-value comes from `simulations`
    of the same events spread by exposure (Monte Carlo error about sqrt(p / simulations)). Posterior of the date with
    gamma priors of shape 1 on both rates and equal odds for all dates (Raftery & Akman 1986, Biometrika 73:85-89).

    Parameters
    ----------
    counts, exposure : Series by time with sorted labels; events and persons or hours, 1 per period without exposure
    prior_exposure : what a prior is worth, in periods of mean exposure; 1 gives Gamma(1, 1) on the rate per period, which
        pulls rates above a few events towards 1. None takes the exposure of one event, so that the unit does not matter
    scatter : allow for periods that scatter more than Poisson counts do, as those of a country always do: the statistic
        is divided by the dispersion around the two levels, and so is each simulated one; the posterior takes counts
        and exposure divided by it, where it is above 1. Without it, five times the scatter gives a "change" at 0.05 in
        7 of 10 steady series; with it in 1 of 20, and the range of dates holds the true one in 95% (10 to 30 periods)

    Raises
    ------
    ModelError
        Missing numbers, exposure 0, no event at all, fewer than 4 periods.
    """
    checked_level(level)
    counts = _complete(counts, _("the counts"), 4)
    exposure = (
        pd.Series(1.0, counts.index) if exposure is None else measured(exposure, _("the exposure"), missing=False)
    )
    exposure = aligned(exposure, counts.index, _("the exposure"), _("the counts"))
    if (exposure == 0).any():
        raise ModelError(
            _("The exposure of {when} is 0. Leave these times out.").format(when=some(counts.index[exposure == 0]))
        )
    if counts.sum() == 0:
        raise ModelError(_("There are no events at all, so nothing can change."))
    x, n = counts.to_numpy(), exposure.to_numpy()
    ratios = _likelihood_ratios(x[None, :], n)[0]
    where = int(np.argmax(ratios))
    spread = np.random.default_rng(seed).multinomial(int(round(x.sum())), n / n.sum(), size=simulations).astype(float)
    simulated = _likelihood_ratios(spread, n)
    statistic, largest, dispersion = ratios[where], simulated.max(axis=1), 1.0
    if scatter:
        dispersion = float(_dispersion(x[None, :], n, np.array([where]))[0])
        statistic, largest = statistic / dispersion, largest / _dispersion(spread, n, simulated.argmax(axis=1))
    p = (1 + np.sum(largest >= statistic - 1e-9)) / (simulations + 1)
    events, people = x / max(1.0, dispersion), n / n.mean()
    x1, n1 = np.cumsum(events)[:-1], np.cumsum(people)[:-1]
    x2, n2 = events.sum() - x1, len(x) - n1
    worth = len(x) / events.sum() if prior_exposure is None else prior_exposure
    log = (
        special.gammaln(x1 + 1)
        - (x1 + 1) * np.log(n1 + worth)
        + special.gammaln(x2 + 1)
        - (x2 + 1) * np.log(n2 + worth)
    )
    posterior = pd.Series(special.softmax(log), index=counts.index[:-1])
    low, high = _shortest_run(posterior.to_numpy(), level)
    return PoissonChange(
        last_before=counts.index[where],
        first_after=counts.index[where + 1],
        rate_before=float(x[: where + 1].sum() / n[: where + 1].sum()),
        rate_after=float(x[where + 1 :].sum() / n[where + 1 :].sum()),
        statistic=float(statistic),
        p_value=float(p),
        simulations=simulations,
        seed=seed,
        posterior=posterior,
        low=posterior.index[low],
        high=posterior.index[high],
        level=level,
        dispersion=dispersion,
    )


def mean_breaks(values: pd.Series, *, most: int = 5, least: int | None = None, level: float = 0.95) -> MeanBreaks:
    """Changes in the mean: least squares over all partitions (Bai & Perron 2003, J. Appl. Econom. 18:1-22), BIC.

    BIC = n (ln(RSS/n) + ln(2 pi) + 1) + 2 (m + 1) ln n for m breaks. Intervals of the dates after Bai (1997, Rev. Econ.
    Stat. 79:551-563), each side of a break with its own variance. `least` values between breaks, 15% of them if None.
    ModelError for missing values or fewer than 2 `least`.
    """
    checked_level(level)
    values = _complete(values, _("the values"), 6, negative=True)
    x, n = values.to_numpy(), len(values)
    least = max(2, int(0.15 * n)) if least is None else least
    if least < 2 or 2 * least > n:
        raise ModelError(_("least={least} values between breaks do not fit into {n}.").format(least=least, n=n))
    found = _partitions(x, min(most, n // least - 1), least)
    floor = 1e-20 * float(np.sum(1 + x**2))
    rss = np.maximum([one[0] for one in found], floor)
    breaks = np.arange(len(found))
    bic = n * (np.log(rss / n) + np.log(2 * np.pi) + 1) + 2 * (breaks + 1) * np.log(n)
    table = pd.DataFrame({"positions": [one[1] for one in found], "rss": rss, "bic": bic}).rename_axis("breaks")
    positions = found[int(np.argmin(bic))][1]
    parts = np.split(x, positions)
    intervals = []
    for number, position in enumerate(positions):
        before, after = parts[number], parts[number + 1]
        low, high = _bai_interval(position, before, after, level)
        intervals.append((values.index[max(low, 1) - 1], values.index[min(high, n) - 1]))
    return MeanBreaks(
        positions=tuple(positions),
        last_before=tuple(values.index[position - 1] for position in positions),
        intervals=tuple(intervals),
        means=tuple(float(part.mean()) for part in parts),
        table=table,
        level=level,
    )


def _complete(values: pd.Series, what: str, least: int, **options) -> pd.Series:
    values = measured(values, what, missing=False, **options).sort_index()
    if len(values) < least:
        raise ModelError(
            _("{n} values are too few to look for a change; {least} are needed.").format(n=len(values), least=least)
        )
    return values


def _likelihood_ratios(counts: np.ndarray, exposure: np.ndarray) -> np.ndarray:
    """Twice the log likelihood ratio of a change after each time; counts (s, n), result (s, n - 1)."""
    x1, n1 = np.cumsum(counts, axis=1)[:, :-1], np.cumsum(exposure)[:-1]
    total, x2, n2 = counts.sum(axis=1, keepdims=True), 0.0, exposure.sum() - n1
    x2 = total - x1
    return 2 * (special.xlogy(x1, x1 / n1) + special.xlogy(x2, x2 / n2) - special.xlogy(total, total / exposure.sum()))


def _dispersion(counts: np.ndarray, exposure: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Pearson X2 over n - 3 around two levels that change after `where`; counts (s, n), where and result (s,)."""
    after = np.arange(counts.shape[1]) > where[:, None]
    levels = [np.where(side, counts, 0).sum(1) / np.where(side, exposure, 0).sum(1) for side in (~after, after)]
    expected = np.where(after, levels[1][:, None], levels[0][:, None]) * exposure
    misfit = np.divide((counts - expected) ** 2, expected, out=np.zeros_like(expected), where=expected > 0).sum(axis=1)
    return np.maximum(misfit / (counts.shape[1] - 3), 1e-9)


def _shortest_run(probabilities: np.ndarray, level: float) -> tuple[int, int]:
    """First and last position of the shortest run that holds `level`."""
    sums = np.concatenate([[0.0], np.cumsum(probabilities)])
    ends = np.searchsorted(sums, sums[:-1] + level - 1e-12)
    possible = np.flatnonzero(ends < len(sums))
    start = possible[np.argmin(ends[possible] - possible)]
    return int(start), int(ends[start] - 1)


def _partitions(x: np.ndarray, most: int, least: int) -> list[tuple[float, list[int]]]:
    """Least RSS and its positions for 0 to `most` breaks, by dynamic programming over segments."""
    n = len(x)
    x = x - x.mean()  # keeps the sums of squares small
    sums, squares = np.concatenate([[0], np.cumsum(x)]), np.concatenate([[0], np.cumsum(x**2)])
    start, end = np.ogrid[: n + 1, : n + 1]
    length = np.where(end - start >= least, end - start, np.nan)
    cost = squares[end] - squares[start] - (sums[end] - sums[start]) ** 2 / length
    cost = np.where(np.isnan(cost), np.inf, np.maximum(cost, 0))
    best, origin, found = cost[0], [], [(float(cost[0, n]), [])]
    for _number in range(most):
        total = best[:, None] + cost
        origin.append(np.argmin(total, axis=0))
        best = np.min(total, axis=0)
        positions, here = [], n
        for back in reversed(origin):
            here = int(back[here])
            positions.insert(0, here)
        found.append((float(best[n]), positions))
    return found


def _bai_interval(position: int, before: np.ndarray, after: np.ndarray, level: float) -> tuple[int, int]:
    """Interval of a break's position from the limit law of Bai (1997) with a variance on each side."""
    shift = (after.mean() - before.mean()) ** 2
    first, second = before.var(), after.var()
    if shift == 0 or first == 0 or second == 0:
        return position, position
    ratio = second / first  # (phi2 / phi1)^2 with equal regressors on both sides
    tail = (1 - level) / 2
    span = 1e4 * max(1.0, ratio, 1 / ratio)
    left = 1 / (1 + ratio)  # P(V <= 0): with variances far apart, both quantiles lie on one side
    lower, upper = (
        scipy.optimize.brentq(
            lambda v, p=p: _argmax_law(v, ratio) - p, *((1e-12, span) if p > left else (-span, -1e-12))
        )
        for p in (tail, 1 - tail)
    )
    scale = first / shift
    return (
        min(position, int(np.floor(position - upper * scale))),
        max(position, int(np.ceil(position - lower * scale))),
    )


def _argmax_law(v: float, ratio: float) -> float:
    """P(V <= v): V maximises a two-sided Brownian motion with drift -|v|/2, of variance `ratio` right of 0 (Bai 1997)."""
    x, root = abs(v), np.sqrt(abs(v))
    if v < 0:
        frac = 1 / ratio
        return (
            -np.exp(np.log(x) / 2 - x / 8 - np.log(2 * np.pi) / 2)
            - ratio
            * (ratio + 2)
            / (ratio + 1)
            * np.exp(frac * (1 + frac) * x / 2 + special.log_ndtr(-(0.5 + frac) * root))
            + np.exp(np.log(x / 2 - 2 + (ratio + 2) ** 2 / (ratio + 1)) + special.log_ndtr(-root / 2))
        )
    frac = 1 / ratio
    return (
        1
        + np.sqrt(frac) * np.exp(np.log(x) / 2 - frac * x / 8 - np.log(2 * np.pi) / 2)
        + frac
        * (2 * ratio + 1)
        / (ratio + 1)
        * np.exp((ratio + 1) * x / 2 + special.log_ndtr(-(ratio + 0.5) / np.sqrt(ratio) * root))
        - np.exp(
            np.log((2 * ratio + 1) ** 2 / ((ratio + 1) * ratio) - 2 + frac * x / 2)
            + special.log_ndtr(-np.sqrt(frac) * root / 2)
        )
    )
