"""Did a programme lower the rate? Before and after beside groups not yet treated, right also when they start in turn.

A log-linear model of rates is fitted to what happened without treatment alone; what it predicts for the treated is what
would have happened. Regressions with a treatment term compare groups treated late with groups treated early, which are
no untreated ones (Goodman-Bacon 2021, J. Econometrics 225:254-277); this comparison is never made here.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import stats

from workbench.models.inputs import checked_level, some, whole_number
from workbench.models.permutation import checked_seed
from workbench.terms.errors import ModelError
from workbench.terms.text import _

ROUNDS = 200
SETTLED = 1e-9
LEAST_GROUPS = 2
"""Of treated and of untreated groups, without which there is no spread between them to learn from."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ProgrammeEffect:
    """The ratio of what happened in treated groups to what would have happened, with its interval.

    `by_year`: the same by years since the start, 0 the first: counted, predicted, ratio. `counted` and `predicted` are
    the events behind the ratio.
    """

    ratio: float
    low: float
    high: float
    p_value: float
    counted: float
    predicted: float
    treated: int
    untreated: int
    by_year: pd.DataFrame = field(repr=False)
    level: float
    draws: int
    seed: int

    @property
    def averted(self) -> float:
        """Events that did not happen, negative where more happened."""
        return self.predicted - self.counted


def programme_effect(
    counts: pd.DataFrame,
    exposure: pd.DataFrame,
    start: pd.Series,
    *,
    level: float = 0.95,
    draws: int = 499,
    seed: int = 0,
) -> ProgrammeEffect:
    """The effect on rates of a programme that began in each group in its own year, or never.

    events ~ exposure x group x year, fitted to the untreated group-years (Poisson, by iterative proportional fitting);
    ratio = sum of events over sum of predictions in the treated ones: the imputation form of Wooldridge (2023),
    Econometrics J. 26:C31-C66, and Borusyak, Jaravel & Spiess (2024), Rev. Econ. Stud. 91:3253-3285. The interval is
    by drawing whole groups again, treated and untreated apart, on the log scale, with t quantiles.

    Parameters
    ----------
    counts, exposure : DataFrame, groups by years
        Accidents; persons or hours, above 0.
    start : Series by group
        The first year with the programme; NaN where there was none.
    level : float
    draws, seed : int
        Of the bootstrap; 199 draws or more.

    Returns
    -------
    ProgrammeEffect

    Raises
    ------
    ModelError
        Fewer than two treated or never treated groups, a group without a year before its start, missing counts,
        exposure that is not above 0.
    """
    level, seed = checked_level(level), checked_seed(seed)
    few = _("draws={n} are too few for an interval. Give 199 or more.").format(n=draws)
    draws = whole_number(draws, least=199, refusal=few)
    panel = _checked_panel(counts, exposure, start)

    every = np.ones((1, len(panel.counts)))
    predicted = panel.predict(every)[0]
    ratio = float(panel.counts[panel.treated].sum() / predicted[panel.treated].sum())
    error = _bootstrap_error(panel, draws, seed)
    spread = stats.t(len(panel.counts) - 2)
    margin = spread.ppf((1 + level) / 2) * error
    return ProgrammeEffect(
        ratio=ratio,
        low=float(ratio * np.exp(-margin)),
        high=float(ratio * np.exp(margin)),
        p_value=float(2 * spread.sf(abs(np.log(ratio)) / error)),
        counted=float(panel.counts[panel.treated].sum()),
        predicted=float(predicted[panel.treated].sum()),
        treated=int(panel.ever.sum()),
        untreated=int((~panel.ever).sum()),
        by_year=_by_year(panel, predicted),
        level=level,
        draws=draws,
        seed=seed,
    )


@dataclass(frozen=True, eq=False)
class _Panel:
    """Groups by years: events, exposure, and the years since each group's start (below 0 before it, or never)."""

    counts: np.ndarray
    exposure: np.ndarray
    since: np.ndarray

    @property
    def treated(self) -> np.ndarray:
        return self.since >= 0

    @property
    def ever(self) -> np.ndarray:
        return self.treated.any(axis=1)

    def predict(self, weights: np.ndarray) -> np.ndarray:
        """Events without treatment: draws by groups by years, for how often each draw holds each group."""
        untreated = ~self.treated
        counts, exposure = self.counts * untreated, self.exposure * untreated
        of_groups = counts.sum(axis=1) / exposure.sum(axis=1) * np.ones_like(weights)
        of_years = np.ones((len(weights), counts.shape[1]))
        years_counts = weights @ counts
        for _round in range(ROUNDS):
            before = of_years
            of_years = years_counts / np.maximum((weights * of_groups) @ exposure, 1e-300)
            of_groups = counts.sum(axis=1) / (of_years @ exposure.T)
            if np.abs(of_years - before).max() < SETTLED * max(of_years.max(), 1e-300):
                break
        return self.exposure * of_groups[:, :, None] * of_years[:, None, :]


def _bootstrap_error(panel: _Panel, draws: int, seed: int) -> float:
    """Standard error of the log ratio: groups are drawn again with all their years, treated and never treated apart."""
    generator = np.random.default_rng(seed)
    weights = np.zeros((draws, len(panel.counts)))
    for members in (np.flatnonzero(panel.ever), np.flatnonzero(~panel.ever)):
        weights[:, members] = generator.multinomial(len(members), np.full(len(members), 1 / len(members)), size=draws)

    # The sum over treated group-years, of each draw.
    counted = weights @ (panel.counts * panel.treated).sum(axis=1)
    predicted = (weights * (panel.predict(weights) * panel.treated).sum(axis=2)).sum(axis=1)
    kept = (counted > 0) & (predicted > 0)
    # Drawing n groups from n finds a variance smaller by (n - 1) / n.
    fewest = min(int(panel.ever.sum()), int((~panel.ever).sum()))
    return float(np.log(counted[kept] / predicted[kept]).std(ddof=1) * np.sqrt(fewest / (fewest - 1)))


def _by_year(panel: _Panel, predicted: np.ndarray) -> pd.DataFrame:
    """Events counted and predicted by years since the start."""
    frame = pd.DataFrame(
        {
            "since": panel.since[panel.treated].astype(int),
            "counted": panel.counts[panel.treated],
            "predicted": predicted[panel.treated],
        }
    )
    summed = frame.groupby("since").sum()
    return summed.assign(ratio=summed["counted"] / summed["predicted"])


def _checked_panel(counts: pd.DataFrame, exposure: pd.DataFrame, start: pd.Series) -> _Panel:
    """Groups by years in one order, each treated one with a year before its start, each treated year with a control."""
    exposure = exposure.reindex(index=counts.index, columns=counts.columns)
    if counts.isna().any(axis=None) or (counts < 0).any(axis=None):
        raise ModelError(_("Counts of some groups and years are missing or negative. Leave those groups out."))
    if not (exposure > 0).all(axis=None):
        message = _("The exposure of {groups} is missing or not above 0 in some year. Leave them out.")
        raise ModelError(message.format(groups=some(counts.index[~(exposure > 0).all(axis=1)])))
    years = counts.columns.to_numpy(float)
    since = years[None, :] - start.reindex(counts.index).to_numpy(float)[:, None]
    panel = _Panel(counts.to_numpy(float), exposure.to_numpy(float), np.where(np.isnan(since), -1, since))
    if min(panel.ever.sum(), (~panel.ever).sum()) < LEAST_GROUPS:
        message = _("{n} groups had the programme and {m} never had it; two or more of each are needed.")
        raise ModelError(message.format(n=panel.ever.sum(), m=(~panel.ever).sum()))
    if (always := panel.treated.all(axis=1)).any():
        message = _("{groups} have no year before the programme: nothing says what they were like. Leave them out.")
        raise ModelError(message.format(groups=some(counts.index[always])))
    return panel


def detectable_effect(
    counts: pd.DataFrame,
    exposure: pd.DataFrame,
    start: pd.Series,
    *,
    effect: float,
    runs: int = 200,
    level: float = 0.95,
    seed: int = 0,
) -> float:
    """The chance that a programme with this effect would be seen: its power, by simulation.

    Rates without treatment are those fitted to the groups; what each group-year varies beyond chance is learnt from the
    residuals and drawn again.

    Parameters
    ----------
    counts, exposure, start
        As `programme_effect`: of years before the programme, or of like groups, with the starts that are planned.
    effect : float
        The share of accidents averted, such as 0.1.
    runs : int
    level, seed
        As `programme_effect`.

    Returns
    -------
    float
        The share of runs whose interval lies below 1.

    Raises
    ------
    ModelError
        As `programme_effect`; for an effect that is no share.
    """
    if not 0 < effect < 1:
        raise ModelError(_("effect={e} is no share of accidents. Give a number between 0 and 1.").format(e=effect))
    panel = _checked_panel(counts, exposure, start)
    expected = panel.predict(np.ones((1, len(panel.counts))))[0]
    expected = np.maximum(expected, 1e-12)
    residual = ((panel.counts - expected) ** 2 - expected)[~panel.treated].sum()
    variation = max(residual / (expected[~panel.treated] ** 2).sum(), 1e-9)

    generator = np.random.default_rng(seed)
    seen = 0
    for run in range(runs):
        noise = generator.gamma(1 / variation, variation, expected.shape)
        drawn = generator.poisson(expected * noise * np.where(panel.treated, 1 - effect, 1.0))
        simulated = pd.DataFrame(drawn.astype(float), index=counts.index, columns=counts.columns)
        found = programme_effect(simulated, exposure, start, level=level, draws=199, seed=run)
        seen += found.high < 1
    return seen / runs
