"""When a level changed: Pettitt's rank test, and a change in a Poisson rate."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import special

from workbench.models.inputs import aligned, checked_level, complete, measured, some
from workbench.terms.errors import ModelError
from workbench.terms.text import _
from workbench.terms.words import number

TIED = 1e-9  # rounding of a statistic, of its size; equal counts in another order give it again


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
        return _(
            "change after {when} ({level:g}% of the posterior in {low} to {high}): {before} to {after}, p = {p:.4f}"
        ).format(
            when=self.last_before,
            level=100 * self.level,
            low=self.low,
            high=self.high,
            p=self.p_value,
            before=number(self.rate_before),
            after=number(self.rate_after),
        )


def pettitt(values: pd.Series) -> Pettitt:
    """Pettitt (1979), Appl. Stat. 28:126-135: largest |U_t|, U_t = sum of sign(x_i - x_j) over i <= t < j.

    p = 2 exp(-6 K^2 / (n^3 + n^2)), an approximation that is good below 0.5. Of equal |U_t| the first is taken.

    Parameters
    ----------
    values : Series by time, in order of its index, 4 at least

    Returns
    -------
    Pettitt

    Raises
    ------
    ModelError
        Missing values or fewer than 4.
    """
    values = complete(values, _("the values"), 4, negative=True)
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
    of the same events spread by exposure (Monte Carlo error about sqrt(p / simulations)); a simulation that ties with
    the data, as few events often do, counts as at least as large. Posterior of the date with gamma priors of shape 1 on
    both rates and equal odds for all dates (Raftery & Akman 1986, Biometrika 73:85-89).

    The date is sought in the data and in the simulations, then the posterior of the date is summed.

    Parameters
    ----------
    counts, exposure : Series by time with sorted labels; events and persons or hours, 1 per period without exposure
    prior_exposure : what a prior is worth, in periods of mean exposure; 1 gives Gamma(1, 1) on the rate per period,
        which pulls rates above a few events towards 1. None takes the exposure of one event: the unit does not matter
    scatter : allow for periods that scatter more than Poisson counts do, as those of a country always do: the statistic
        is divided by the dispersion around the two levels, and so is each simulated one; the posterior takes counts
        and exposure divided by it, where it is above 1. Without it, five times the scatter gives a "change" at 0.05 in
        7 of 10 steady series; with it in 1 of 20, and the range of dates holds the true one in 95% (10 to 30 periods)

    Returns
    -------
    PoissonChange

    Raises
    ------
    ModelError
        Missing numbers, exposure 0, no event at all, fewer than 4 periods.
    """
    checked_level(level)
    counts = complete(counts, _("the counts"), 4)
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
    generator = np.random.default_rng(seed)
    spread = generator.multinomial(int(round(x.sum())), n / n.sum(), size=simulations).astype(float)
    simulated = _likelihood_ratios(spread, n)

    statistic, largest, dispersion = ratios[where], simulated.max(axis=1), 1.0
    if scatter:
        dispersion = float(_dispersion(x[None, :], n, np.array([where]))[0])
        statistic, largest = statistic / dispersion, largest / _dispersion(spread, n, simulated.argmax(axis=1))
    at_least = largest >= statistic * (1 - TIED) - TIED
    p = (1 + at_least.sum()) / (simulations + 1)

    worth = len(x) / (x.sum() / max(1.0, dispersion)) if prior_exposure is None else prior_exposure
    posterior = pd.Series(_posterior(x / max(1.0, dispersion), n / n.mean(), worth), index=counts.index[:-1])
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


def _posterior(events: np.ndarray, exposure: np.ndarray, worth: float) -> np.ndarray:
    """Probability of a change after each time but the last; `worth` is the exposure of each prior."""
    before, exposure_before = np.cumsum(events)[:-1], np.cumsum(exposure)[:-1]
    after, exposure_after = events.sum() - before, exposure.sum() - exposure_before
    log = special.gammaln(before + 1) - (before + 1) * np.log(exposure_before + worth)
    log += special.gammaln(after + 1) - (after + 1) * np.log(exposure_after + worth)
    return special.softmax(log)


def _likelihood_ratios(counts: np.ndarray, exposure: np.ndarray) -> np.ndarray:
    """Twice the log likelihood ratio of a change after each time; counts (s, n), result (s, n - 1)."""
    before, exposure_before = np.cumsum(counts, axis=1)[:, :-1], np.cumsum(exposure)[:-1]
    total = counts.sum(axis=1, keepdims=True)
    after, exposure_after = total - before, exposure.sum() - exposure_before
    two = special.xlogy(before, before / exposure_before) + special.xlogy(after, after / exposure_after)
    return 2 * (two - special.xlogy(total, total / exposure.sum()))


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
