"""Interrupted time series: what changed with a law or an event, compared with what would have been without it."""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import scipy  # its parts come when they are first used
from statsmodels.genmod.families import Poisson
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.stats.diagnostic import acorr_ljungbox
from statsmodels.tools.sm_exceptions import PerfectSeparationError

from workbench.models.inputs import checked_level, chosen
from workbench.models.interrupted_design import (
    check_sides,
    checked_series,
    label_of,
    number,
    position,
    segmented_design,
)
from workbench.models.trend import yearly_change
from workbench.terms.errors import ModelError
from workbench.terms.text import _
from workbench.terms.words import number as digits

MOST_LOG = 50  # of a coefficient: beyond, the fit has run away
DRAWS = 20_000  # keeps the Monte Carlo error of an interval below its digits
ERRORS = ("autocorrelated", "hac", "quasi", "model")
EXACT = 1e-9  # dispersion below which a series fits exactly


@dataclass(frozen=True, kw_only=True)
class Interrupted:
    """Level and slope change at an interruption, and the events that the rest of the series does not explain."""

    rate_ratio: float  # level after over before, at the interruption
    low: float
    high: float
    p_value: float
    level: float
    slope_ratio: float  # slope after over before, per year; NaN when none was asked for
    slope_low: float
    slope_high: float
    observed: float  # events from the interruption on
    expected: float  # of them without it: the counterfactual
    difference: float  # observed less expected; negative are events avoided
    difference_low: float
    difference_high: float
    coefficients: pd.DataFrame = field(repr=False, compare=False)  # by term: value, error, low, high (log scale)
    fitted: pd.DataFrame = field(repr=False, compare=False)  # by time: observed value low high counterfactual ...
    dispersion: float  # Pearson X2 over degrees of freedom
    inflation: float  # of the variance, by neighbouring periods that are alike; 1 where it was not asked for
    ljung_box: float
    ljung_box_p: float
    lags: int
    interruption: object
    centre: object  # the period at which the level change is read, where the slope changes too
    method: str
    seed: int

    def sentence(self) -> str:
        """The finding in plain words; never that the interruption was the cause."""
        words = _(
            "From {when} the level was {ratio} times what came before ({level:g}% CI {low} to {high}): {observed:,.0f} "
            "events against {expected:,.0f} had the series continued, a difference of {gap} ({glow} to {ghigh})."
        )
        if self.centre != self.interruption:
            words = _(
                "Read at {centre}, the level from {when} on was {ratio} times what came before ({level:g}% CI {low} to "
                "{high}): {observed:,.0f} events against {expected:,.0f} had the series continued, a difference of "
                "{gap} ({glow} to {ghigh})."
            )
        words = words.format(
            centre=self.centre,
            when=self.interruption,
            ratio=digits(self.rate_ratio),
            level=100 * self.level,
            low=digits(self.low),
            high=digits(self.high),
            observed=self.observed,
            expected=self.expected,
            gap=f"{self.difference:+,.0f}",
            glow=f"{self.difference_low:+,.0f}",
            ghigh=f"{self.difference_high:+,.0f}",
        )
        if not np.isnan(self.slope_ratio):
            change = (100 * (ratio - 1) for ratio in (self.slope_ratio, self.slope_low, self.slope_high))
            words += " " + _("Compared with the earlier trend it then {change}.").format(
                change=yearly_change(*change, self.level)
            )
        if self.ljung_box_p < 0.05 and self.inflation == 1:
            words += " " + _("Neighbouring periods are alike beyond the model (Ljung-Box p = {p:.3f}).").format(
                p=self.ljung_box_p
            )
        return words + " " + _("One series cannot tell the interruption from anything else that began then.")

    __str__ = sentence


@dataclass(frozen=True, kw_only=True)
class _Line:
    """The fitted line on the scale of logarithms, with the covariance that its limits take."""

    design: pd.DataFrame
    without: pd.DataFrame  # the same had there been no interruption
    coefficients: np.ndarray
    covariance: np.ndarray
    df: float  # of t; infinite for the normal distribution
    level: float

    @property
    def quantile(self) -> float:
        return float(scipy.stats.t.ppf((1 + self.level) / 2, self.df))

    def table(self) -> pd.DataFrame:
        """By term: value, error, low, high."""
        b, error = self.coefficients, np.sqrt(np.diag(self.covariance))
        reach = self.quantile * error
        return pd.DataFrame(
            {"value": b, "error": error, "low": b - reach, "high": b + reach}, index=list(self.design.columns)
        )


# The parts of the design are asked one by one, as in the papers; the study's question offers four of them.
def fit_interrupted(  # noqa: PLR0913
    counts: pd.Series,
    exposure: pd.Series | None = None,
    *,
    interruption: object,
    slope: bool = False,
    centre: object = None,
    harmonics: int = 0,
    breaks: Iterable = (),
    errors: str = "autocorrelated",
    lags: int | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> Interrupted:
    """Segmented Poisson regression: log(mean) = log(exposure) + b0 + b1 t + b2 post + b3 (t - t0) post + seasons.

    t counts years from the first period. t0 is the interruption, so that exp(b2) is the level change there, or the
    period `centre`: what was before and after, read at another time; slope, fit and counterfactual are the same.
    Further known breaks (another law, a change of definition) are steps that stay in the counterfactual. The
    difference's interval simulates the coefficients; the observed count is taken as it is. (Bernal, Cummins &
    Gasparrini 2017, Int. J. Epidemiol. 46:348-355.) Errors:

    - "autocorrelated": Poisson variance times the dispersion (1 at least) and 1 + 2 times the sum of the residuals'
      autocorrelations up to the first that is not above 0 (Geyer 1992, Stat. Sci. 7:473-483; each raised by its bias,
      coefficients / n); limits by t;
    - "hac": Newey & West (1987), Bartlett weights; much too small with few periods after the interruption;
    - "quasi": Poisson variance times the dispersion; "model": Poisson variance.

    Parameters
    ----------
    counts, exposure : Series by a monthly or quarterly PeriodIndex, or by whole years; every period present
    interruption, breaks : first period (label or text) of the new regime
    slope : whether the slope may change too
    centre : period (label or text) at which the level change is read, with `slope`; None takes the interruption, the
        period before the first gives the product of time and step without any centring
    harmonics : pairs of sine and cosine of the year, at most 2 for quarters and 6 for months
    lags : of the HAC errors and the Ljung-Box test; None takes a year of periods (annual series: 1)
    seed : of the simulation

    Returns
    -------
    Interrupted

    Raises
    ------
    ModelError
        Missing periods or numbers, exposure 0, fewer than 3 periods or no events on a side, breaks that cannot be told
        apart, a series that fits exactly where its scatter is to be learnt, a model that does not converge.
    """
    checked_level(level)
    chosen(errors, ERRORS, "errors")
    counts, exposure, per_year = checked_series(counts, exposure)
    n = len(counts)
    start = position(interruption, counts.index, _("The interruption"))
    cuts = sorted({position(one, counts.index, _("A break")) for one in breaks} - {start})
    middle = start if centre is None else number(centre, counts.index)
    design = segmented_design(counts.index, per_year, start, cuts, harmonics)
    if slope:
        after = np.arange(n) >= start
        design.insert(3, "slope_change", np.where(after, np.arange(n) - middle, 0) / per_year)
    check_sides(counts, design, start, cuts)

    lags = lags if lags is not None else max(1, min(per_year, n // 4))
    fit = _fit(counts, design, exposure, errors, lags)
    residuals = (counts - fit.fittedvalues) / np.sqrt(fit.fittedvalues)
    covariance, dispersion = fit.cov_params().to_numpy(), float(fit.pearson_chi2 / fit.df_resid)
    df, inflation = np.inf, 1.0
    if errors == "quasi":
        covariance = covariance * dispersion
    if errors == "autocorrelated":
        df, inflation = fit.df_resid, _inflation(residuals.to_numpy(), design.shape[1], lags)
        covariance = covariance * max(1.0, dispersion) * inflation

    without = design.copy()
    without[[name for name in ("step", "slope_change") if name in design]] = 0.0
    line = _Line(
        design=design, without=without, coefficients=fit.params.to_numpy(), covariance=covariance, df=df, level=level
    )
    coefficients = line.table()
    box = acorr_ljungbox(residuals, lags=[min(lags, n - 1)])
    step, change = coefficients.loc["step"], coefficients.reindex(["slope_change"]).iloc[0]
    return Interrupted(
        rate_ratio=float(np.exp(step["value"])),
        low=float(np.exp(step["low"])),
        high=float(np.exp(step["high"])),
        p_value=float(2 * scipy.stats.t.sf(abs(step["value"]) / step["error"], df)),
        level=level,
        slope_ratio=float(np.exp(change["value"])),
        slope_low=float(np.exp(change["low"])),
        slope_high=float(np.exp(change["high"])),
        **_difference(counts, exposure, line, start, seed),
        coefficients=coefficients,
        fitted=_lines(counts, exposure, line, start),
        dispersion=dispersion,
        inflation=inflation,
        ljung_box=float(box["lb_stat"].iloc[0]),
        ljung_box_p=float(box["lb_pvalue"].iloc[0]),
        lags=lags,
        interruption=counts.index[start],
        centre=label_of(centre, counts.index) if slope and centre is not None else counts.index[start],
        method=_method(errors, lags),
        seed=seed,
    )


def _method(errors: str, lags: int) -> str:
    if errors == "autocorrelated":
        return _("segmented Poisson regression, errors: quasi-Poisson, widened by the autocorrelation of the residuals")
    if errors == "hac":
        return _("segmented Poisson regression, errors: HAC (Newey-West, {lags} lags)").format(lags=lags)
    if errors == "quasi":
        return _("segmented Poisson regression, errors: quasi-Poisson")
    return _("segmented Poisson regression, errors: Poisson")


def _fit(counts: pd.Series, design: pd.DataFrame, exposure: pd.Series, errors: str, lags: int):
    """The results of statsmodels' GLM; its warnings become a ModelError."""
    options = {"cov_type": "HAC", "cov_kwds": {"maxlags": lags}} if errors == "hac" else {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # whatever they say, the check of convergence below decides
            fit = GLM(counts, design, family=Poisson(), exposure=exposure).fit(
                maxiter=200, tol=1e-10, tol_criterion="params", **options
            )
        good = fit.converged and np.isfinite(fit.params).all() and np.isfinite(fit.bse).all()
        good = good and np.abs(fit.params).max() < MOST_LOG
    except (PerfectSeparationError, np.linalg.LinAlgError, ValueError):
        fit, good = None, False
    if fit is not None and errors in ("hac", "quasi") and fit.pearson_chi2 < EXACT * fit.df_resid:
        raise ModelError(
            _("The series fits exactly: its scatter cannot be learnt from it. Take errors='autocorrelated' or 'model'.")
        )
    if not good:
        raise ModelError(
            _("The model does not converge: too few events for its terms. Drop breaks, the slope or harmonics.")
        )
    return fit


def _inflation(residuals: np.ndarray, coefficients: int, lags: int) -> float:
    """Variance of a sum of such residuals over that of independent ones; their correlations are biased downwards."""
    total, inflation = residuals @ residuals, 1.0
    for lag in range(1, lags + 1):
        correlation = residuals[lag:] @ residuals[:-lag] / total + coefficients / len(residuals)
        if correlation <= 0:
            break
        inflation += 2 * correlation
    return float(inflation)


def _difference(counts: pd.Series, exposure: pd.Series, line: _Line, start: int, seed: int) -> dict[str, float]:
    """Observed and counterfactual events from the interruption on, with the simulated interval of the difference."""
    generator, b = np.random.default_rng(seed), line.coefficients
    draws = generator.multivariate_normal(np.zeros(len(b)), line.covariance, size=DRAWS, method="eigh")
    if np.isfinite(line.df):
        draws = draws * np.sqrt(line.df / generator.chisquare(line.df, size=(DRAWS, 1)))
    after, weight = line.without.to_numpy()[start:], exposure.to_numpy()[start:]

    expected = float(weight @ np.exp(after @ b))
    simulated = np.exp((b + draws) @ after.T) @ weight
    observed = float(counts.iloc[start:].sum())
    high, low = np.quantile(simulated, [(1 - line.level) / 2, (1 + line.level) / 2])
    return {
        "observed": observed,
        "expected": expected,
        "difference": observed - expected,
        "difference_low": float(observed - low),
        "difference_high": float(observed - high),
    }


def _lines(counts: pd.Series, exposure: pd.Series, line: _Line, start: int) -> pd.DataFrame:
    """Observed, fitted and counterfactual events by period, limits of the lines."""
    frame = pd.DataFrame({"observed": counts, "exposure": exposure})
    for prefix, design in (("", line.design), ("counterfactual_", line.without)):
        matrix = design.to_numpy()
        middle = matrix @ line.coefficients
        reach = line.quantile * np.sqrt(np.einsum("ni,ij,nj->n", matrix, line.covariance, matrix))
        for name, part in (("value", middle), ("low", middle - reach), ("high", middle + reach)):
            frame[prefix + name] = np.exp(part) * exposure
    return frame.rename(columns={"counterfactual_value": "counterfactual"}).assign(
        after=np.arange(len(counts)) >= start
    )
