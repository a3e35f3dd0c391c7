"""Shares, means, totals, ratios and quantiles of a survey by group, with errors that know the design."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse, stats

from workbench.models.inputs import checked_level, chosen
from workbench.models.survey_design import Design
from workbench.terms.errors import ModelError
from workbench.terms.text import _

FREEDOMS = ("domain", "design")
"""Degrees of freedom: of the sampling units that a group has (R), or of the whole design (Stata)."""
REFERENCES = ("with replacement", "without replacement")
"""The simple random sample that a design effect compares with."""
EXACT = "Clopper-Pearson"


@dataclass(frozen=True, kw_only=True)
class Convention:
    """How limits are made, where programs differ.

    Attributes
    ----------
    level : of the intervals
    freedom : degrees of freedom of the "domain" (R's `svyby`) or of the whole "design" (Stata)
    reference : the simple random sample of design effects, "with replacement" or "without replacement"
    """

    level: float = 0.95
    freedom: str = "domain"
    reference: str = "with replacement"

    def __post_init__(self):
        checked_level(self.level)
        chosen(self.freedom, FREEDOMS, "freedom")
        chosen(self.reference, REFERENCES, "reference")


@dataclass(frozen=True, kw_only=True)
class _Statistic:
    """A statistic of groups: its value for any weights, and what one respondent adds to it, weights apart.

    Weights are one number per respondent, or a column per replicate: values are then a column each too.
    """

    of: Callable[[np.ndarray], np.ndarray]
    influence: Callable[[np.ndarray], np.ndarray]  # from the values of the groups: one number per respondent
    mean_like: bool  # divided by the sum of weights


def survey_means(values: pd.Series, groups: pd.Series, design: Design, convention: Convention) -> pd.DataFrame:
    """Weighted means by group, with t limits.

    Parameters
    ----------
    values : Series
        A number for each respondent; NaN for one that did not answer.
    groups : Series
        Same index: the group of each respondent; missing for those outside the domain, who stay in the design.
    design : Design
        Of the same respondents.
    convention : Convention

    Returns
    -------
    DataFrame
        One row per group, in order of appearance of its categories or sorted: value, se, low, high, df, deff,
        effective_n, n (respondents) and weighted (sum of their weights).

    Raises
    ------
    ModelError
        Where lengths differ, or nobody answered.
    """
    domain = _domain(values, groups, design)
    mean = _mean(domain)
    return _with_t(_estimated(mean, domain, design, convention), convention.level)


def survey_shares(given: pd.Series, groups: pd.Series, design: Design, convention: Convention) -> pd.DataFrame:
    """Weighted shares of those who gave an answer, by group, with logit limits.

    A share of 0 or 1 has no variance to go by; its limits are those of Clopper and Pearson for so many respondents.

    Parameters
    ----------
    given : Series
        1 for a respondent who gave the answer, 0 for another one, NaN for one without an answer.
    groups, design, convention
        As for `survey_means`.

    Returns
    -------
    DataFrame
        As `survey_means`, with method. Limits: logit(p) -+ t se / (p (1 - p)), as R's `svyciprop` (Korn and Graubard
        1999, Analysis of Health Surveys, ch. 3).
    """
    domain = _domain(given, groups, design)
    frame = _estimated(_mean(domain), domain, design, convention)
    share, se = frame["value"].clip(0, 1), frame["se"]
    inner = share * (1 - share)
    with np.errstate(divide="ignore", invalid="ignore"):
        centre, half = np.log(share / (1 - share)), _t(frame["df"], convention.level) * se / inner
        low, high = 1 / (1 + np.exp(half - centre)), 1 / (1 + np.exp(-half - centre))
    tail, n = (1 - convention.level) / 2, frame["n"]
    nobody, everybody = share < 1e-12, share > 1 - 1e-12
    low = low.mask(nobody, 0.0).mask(everybody, tail ** (1 / n))
    high = high.mask(everybody, 1.0).mask(nobody, 1 - tail ** (1 / n))
    method = np.where(nobody | everybody, EXACT, "logit")
    return frame.assign(low=low, high=high, method=method, se=se.mask(nobody | everybody))


def survey_totals(values: pd.Series, groups: pd.Series, design: Design, convention: Convention) -> pd.DataFrame:
    """Estimated totals of the population by group, with t limits; parameters and columns as `survey_means`."""
    domain = _domain(values, groups, design)
    total = _Statistic(
        of=lambda weights: domain.sums(weights, domain.values), influence=lambda _value: domain.values, mean_like=False
    )
    return _with_t(_estimated(total, domain, design, convention), convention.level)


def survey_ratios(
    numerator: pd.Series, denominator: pd.Series, groups: pd.Series, design: Design, convention: Convention
) -> pd.DataFrame:
    """The total of one quantity over that of another by group, with t limits.

    Parameters
    ----------
    numerator, denominator : Series
        A number for each respondent; one without either is outside the domain.
    groups, design, convention
        As for `survey_means`.

    Returns
    -------
    DataFrame
        As `survey_means`.
    """
    below = denominator.to_numpy(float)
    domain = _domain(numerator.where(denominator.notna()), groups, design)

    def ratio(weights: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            return domain.sums(weights, domain.values) / domain.sums(weights, below)

    def influence(value: np.ndarray) -> np.ndarray:
        mean_below = domain.sums(design.weights, below) / domain.sums(design.weights)
        with np.errstate(divide="ignore", invalid="ignore"):
            return (domain.values - domain.spread(value) * below) / domain.spread(mean_below)

    ratios = _Statistic(of=ratio, influence=influence, mean_like=True)
    return _with_t(_estimated(ratios, domain, design, convention), convention.level)


def survey_quantiles(
    values: pd.Series, groups: pd.Series, design: Design, convention: Convention, *, p: float = 0.5
) -> pd.DataFrame:
    """A weighted quantile by group: the smallest value up to which at least `p` of the weights lie.

    Parameters
    ----------
    values, groups, design, convention
        As for `survey_means`.
    p : float
        Above 0, below 1: 0.5 is the median.

    Returns
    -------
    DataFrame
        As `survey_means`. Limits after Woodruff (1952): the quantiles at the t limits of the share up to the value, as
        R's `svyquantile`; NaN where such a limit lies outside 0 to 1.
    """
    if not 0 < p < 1:
        raise ModelError(_("A quantile lies between 0 and 1; {p} does not.").format(p=p))
    domain = _domain(values, groups, design)
    inside = np.flatnonzero(domain.at >= 0)
    order = inside[np.lexsort((domain.values[inside], domain.at[inside]))]
    ends = np.cumsum(np.bincount(domain.at[inside], minlength=domain.n_groups))

    def quantiles(shares: np.ndarray) -> np.ndarray:
        found = np.full(domain.n_groups, np.nan)
        for group, rows in enumerate(np.split(order, ends[:-1])):
            cumulated = np.cumsum(design.weights[rows])
            if np.isfinite(shares[group]):  # rounding must not carry a share past the value it ends at
                place = np.searchsorted(cumulated, shares[group] * cumulated[-1] * (1 - 1e-12))
                found[group] = domain.values[rows[min(place, len(rows) - 1)]]
        return found

    value = quantiles(np.full(domain.n_groups, p))
    below = pd.Series(np.where(domain.at >= 0, (domain.values <= domain.spread(value)).astype(float), np.nan))
    shares = survey_means(below.set_axis(values.index), groups, design, convention)
    half = _t(shares["df"], convention.level) * shares["se"]
    limits = [(shares["value"] + side * half).to_numpy() for side in (-1, 1)]
    low, high = (quantiles(np.where((limit >= 0) & (limit <= 1), limit, np.nan)) for limit in limits)
    se = (high - low) / (2 * _t(shares["df"], convention.level))
    return shares.assign(value=value, low=low, high=high, se=se, deff=np.nan, effective_n=np.nan)


@dataclass(frozen=True, kw_only=True)
class _Domain:
    """Respondents with an answer, by the number of their group; -1 for all others, who stay in the design."""

    values: np.ndarray
    at: np.ndarray
    labels: pd.Index

    @property
    def n_groups(self) -> int:
        return len(self.labels)

    def sums(self, figures: np.ndarray, times: np.ndarray | None = None) -> np.ndarray:
        """Sums by group of figures, times another number of each respondent: one sparse product for all columns.

        100 estimates with 200 replicate weights of 50,000 respondents take 0.34 s, a loop over them in pandas 5.9 s.
        """
        inside = np.flatnonzero(self.at >= 0)
        factor = np.ones(len(inside)) if times is None else times[inside]
        shape = (self.n_groups, len(self.at))
        return sparse.csr_array((factor, (self.at[inside], inside)), shape=shape) @ figures

    def spread(self, by_group: np.ndarray) -> np.ndarray:
        """The figure of its group for each respondent, 0 outside."""
        return np.where(self.at >= 0, by_group[self.at], 0.0)


def _domain(values: pd.Series, groups: pd.Series, design: Design) -> _Domain:
    if not len(values) == len(groups) == len(design.weights):
        message = _("Answers, groups and design are of different respondents: {answers}, {groups} and {design} rows.")
        raise ModelError(message.format(answers=len(values), groups=len(groups), design=len(design.weights)))
    at, labels = pd.factorize(groups, sort=True)
    figures = values.to_numpy(float)
    at = np.where(np.isfinite(figures) & (design.weights > 0), at, -1)
    if not (at >= 0).any():
        raise ModelError(_("Nobody in what is asked for has an answer and a weight."))
    return _Domain(values=np.where(at >= 0, figures, 0.0), at=at, labels=pd.Index(labels))


def _mean(domain: _Domain) -> _Statistic:
    def mean(weights: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            return domain.sums(weights, domain.values) / domain.sums(weights)

    return _Statistic(of=mean, influence=lambda value: domain.values - domain.spread(value), mean_like=True)


def _estimated(statistic: _Statistic, domain: _Domain, design: Design, convention: Convention) -> pd.DataFrame:
    """Value, standard error, design effect and numbers of each group."""
    weights = design.weights
    value, weighted = statistic.of(weights), domain.sums(weights)
    n = domain.sums(np.ones(len(weights)))
    residual = np.where(domain.at >= 0, statistic.influence(value), 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        per = domain.spread(1 / weighted) if statistic.mean_like else np.ones(len(weights))
        if design.replicates is None:
            variance = design.variances(weights * residual * per, domain.at, domain.n_groups)
        else:
            variance = design.replicates.variance(statistic.of(design.replicates.weights).T, value)
        df = design.degrees_of_freedom(domain.at, domain.n_groups, domain=convention.freedom == "domain")
        variance = np.where(df > 0, variance, np.nan)
        deff = variance / _simple(residual, domain, design, statistic.mean_like, convention.reference)
        deff = np.where(np.isfinite(deff), deff, np.nan)
        columns = {"value": value, "se": np.sqrt(variance), "df": df, "deff": deff, "effective_n": n / deff}
    frame = pd.DataFrame({**columns, "n": n.astype(int), "weighted": weighted}, index=domain.labels)
    return frame[frame["n"] > 0]


def _simple(residual: np.ndarray, domain: _Domain, design: Design, mean_like: bool, reference: str) -> np.ndarray:
    """Variance of a simple random sample of the same size: that of the residuals over n."""
    weights = design.weights
    weighted, n = domain.sums(weights), domain.sums(np.ones(len(weights)))
    centred = residual - domain.spread(domain.sums(weights * residual) / weighted)
    variance = domain.sums(weights * centred**2) / weighted / (n - 1)
    if reference == REFERENCES[1]:
        variance = variance * (1 - n / weighted)
    return variance if mean_like else variance * weighted**2


def _with_t(frame: pd.DataFrame, level: float) -> pd.DataFrame:
    half = _t(frame["df"], level) * frame["se"]
    return frame.assign(low=frame["value"] - half, high=frame["value"] + half, method="t")


def _t(df: pd.Series, level: float) -> np.ndarray:
    """Student's t at so many degrees of freedom; NaN where there are none."""
    freedom = df.to_numpy(float)
    return stats.t.ppf((1 + level) / 2, np.where(freedom > 0, freedom, np.nan))
