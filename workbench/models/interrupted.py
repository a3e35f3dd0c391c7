"""Interrupted time series: what changed with a law or an event, beside what would have been without it."""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import scipy  # its parts come when they are first used

from workbench.models.inputs import aligned, checked_level, chosen, measured, some
from workbench.models.rates import digits
from workbench.models.trend import yearly_change
from workbench.terms.errors import ModelError
from workbench.terms.text import _

PER_YEAR = {"M": 12, "Q": 4, "Y": 1, "A": 1}
LEAST = 3  # periods on each side of an interruption
DRAWS = 20_000  # keeps the Monte Carlo error of an interval below its digits
ERRORS = {
    "autocorrelated": "quasi-Poisson, widened by the autocorrelation of the residuals",
    "hac": "HAC (Newey-West, {lags} lags)",
    "quasi": "quasi-Poisson",
    "model": "Poisson",
}


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
    method: str
    seed: int

    def sentence(self) -> str:
        """The finding in plain words; never that the interruption was the cause."""
        words = _("From {when} the level was {ratio} times what came before ({level:g}% CI {low} to {high}): {observed:,.0f} "
                  "events against {expected:,.0f} had the series gone on, a difference of {gap} ({glow} to {ghigh}).").format(
            when=self.interruption, ratio=digits(self.rate_ratio), level=100 * self.level, low=digits(self.low),
            high=digits(self.high), observed=self.observed, expected=self.expected, gap=f"{self.difference:+,.0f}",
            glow=f"{self.difference_low:+,.0f}", ghigh=f"{self.difference_high:+,.0f}",
        )  # fmt: skip
        if not np.isnan(self.slope_ratio):
            change = (100 * (ratio - 1) for ratio in (self.slope_ratio, self.slope_low, self.slope_high))
            words += " " + _("Against the earlier course it then {change}.").format(
                change=yearly_change(*change, self.level)
            )
        if self.ljung_box_p < 0.05 and self.inflation == 1:
            words += " " + _("Neighbouring periods are alike beyond the model (Ljung-Box p = {p:.3f}).").format(
                p=self.ljung_box_p
            )
        return words + " " + _("One series cannot tell the interruption from anything else that began then.")

    __str__ = sentence


def fit_interrupted(
    counts: pd.Series,
    exposure: pd.Series | None = None,
    *,
    interruption: object,
    slope: bool = False,
    harmonics: int = 0,
    breaks: Iterable = (),
    errors: str = "autocorrelated",
    lags: int | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> Interrupted:
    """Segmented Poisson regression: log(mean) = log(exposure) + b0 + b1 t + b2 post + b3 (t - t0) post + seasons.

    t counts years from the first period; the slope change is centred, so that exp(b2) is the level change at the
    interruption itself. Further known breaks (another law, a change of definition) are steps that stay in the
    counterfactual. The difference's interval simulates the coefficients; the observed count is taken as it is. (Bernal,
    Cummins & Gasparrini 2017, Int. J. Epidemiol. 46:348-355.) Errors:

    - "autocorrelated": Poisson variance times the dispersion (1 at least) and 1 + 2 times the sum of the residuals'
      autocorrelations up to the first that is not above 0 (Geyer 1992, Stat. Sci. 7:473-483; each raised by its bias,
      coefficients / n); limits by t;
    - "hac": Newey & West (1987), Bartlett weights; much too small with few periods after the interruption;
    - "quasi": Poisson variance times the dispersion; "model": Poisson variance.

    Parameters
    ----------
    counts, exposure : Series by a monthly or quarterly PeriodIndex, or by whole years; every period present
    interruption, breaks : first period (label or text) of the new regime
    harmonics : pairs of sine and cosine of the year, at most 2 for quarters and 6 for months
    lags : of the HAC errors and the Ljung-Box test; None takes a year of periods (annual series: 1)
    seed : of the simulation

    Raises
    ------
    ModelError
        Missing periods or numbers, exposure 0, fewer than 3 periods or no events on a side, breaks that cannot be told
        apart, a model that does not converge.
    """
    checked_level(level)
    chosen(errors, ERRORS, "errors")
    counts, exposure, per_year = _series(counts, exposure)
    n = len(counts)
    start = _position(interruption, counts.index, _("The interruption"))
    cuts = sorted({_position(one, counts.index, _("A break")) for one in breaks} - {start})
    design = _design(counts.index, per_year, start, cuts, slope, harmonics)
    _check(counts, design, start, cuts)
    lags = lags if lags is not None else max(1, min(per_year, n // 4))
    fit = _fit(counts, design, exposure, errors, lags)
    residuals = (counts - fit.fittedvalues) / np.sqrt(fit.fittedvalues)
    b, covariance, dispersion = fit.params.to_numpy(), fit.cov_params().to_numpy(), fit.pearson_chi2 / fit.df_resid
    df, inflation = np.inf, 1.0
    if errors == "autocorrelated":
        df, inflation = fit.df_resid, _inflation(residuals.to_numpy(), design.shape[1], lags)
        covariance = covariance * max(1.0, dispersion) * inflation
    names, quantile = list(design.columns), float(scipy.stats.t.ppf((1 + level) / 2, df))
    error = np.sqrt(np.diag(covariance))
    coefficients = pd.DataFrame(
        {"value": b, "error": error, "low": b - quantile * error, "high": b + quantile * error}, index=names
    )
    without = design.copy()
    without[[name for name in ("step", "slope_change") if name in names]] = 0.0
    gap = _difference(counts, exposure, without, b, covariance, df, start, level, seed)
    from statsmodels.stats.diagnostic import acorr_ljungbox

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
        **gap,
        coefficients=coefficients,
        fitted=_lines(counts, exposure, design, without, b, covariance, quantile, start),
        dispersion=float(dispersion),
        inflation=inflation,
        ljung_box=float(box["lb_stat"].iloc[0]),
        ljung_box_p=float(box["lb_pvalue"].iloc[0]),
        lags=lags,
        interruption=counts.index[start],
        method=_("segmented Poisson regression, errors: {errors}").format(errors=_(ERRORS[errors]).format(lags=lags)),
        seed=seed,
    )


def _series(counts: pd.Series, exposure: pd.Series | None) -> tuple[pd.Series, pd.Series, int]:
    """Counts and exposure in time's order without a gap, and the number of periods in a year."""
    counts = measured(counts, _("the counts"), missing=False).sort_index()
    if isinstance(counts.index, pd.PeriodIndex):
        per_year = PER_YEAR.get(counts.index.freqstr[0], 0)
        whole = (
            pd.period_range(counts.index[0], counts.index[-1], freq=counts.index.freq) if len(counts) else counts.index
        )
    elif pd.api.types.is_integer_dtype(counts.index.dtype):
        per_year, whole = 1, pd.RangeIndex(counts.index.min(), counts.index.max() + 1) if len(counts) else counts.index
    else:
        per_year, whole = 0, counts.index
    if per_year == 0:
        raise ModelError(
            _("The counts must go by months, quarters (a PeriodIndex) or whole years, to know what a year is.")
        )
    if len(gaps := whole.difference(counts.index)):
        raise ModelError(
            _("{gaps} are missing from the series. Give every period, or start after the gap.").format(gaps=some(gaps))
        )
    exposure = (
        pd.Series(1.0, counts.index) if exposure is None else measured(exposure, _("the exposure"), missing=False)
    )
    exposure = aligned(exposure, counts.index, _("the exposure"), _("the counts"))
    if (exposure == 0).any():
        raise ModelError(
            _("The exposure of {when} is 0. Start after it.").format(when=some(counts.index[exposure == 0]))
        )
    return counts, exposure, per_year


def _position(label: object, index: pd.Index, what: str) -> int:
    """Where a period stands in the series, with 3 periods before and from it on."""
    try:
        if isinstance(index, pd.PeriodIndex) and not isinstance(label, pd.Period):
            label = pd.Period(label, freq=index.freq)
        where = index.get_loc(label)
    except (KeyError, ValueError, TypeError):
        where = -1
    if not LEAST <= where <= len(index) - LEAST:
        raise ModelError(
            _("{what}, {label}, must leave {least} periods before it and {least} from it on; the series goes from {first} to {last}.")
            .format(what=what, label=label, least=LEAST, first=index[0], last=index[-1])
        )  # fmt: skip
    return int(where)


def _design(index, per_year, start, cuts, slope, harmonics) -> pd.DataFrame:
    """Columns constant, step, t, slope_change, break_..., sine_1, cosine_1, ..."""
    number = np.arange(1, len(index) + 1)
    columns = {"constant": 1.0, "step": (number > start).astype(float), "t": number / per_year}
    if slope:
        columns["slope_change"] = np.maximum(number - start - 1, 0) / per_year
    for cut in cuts:
        columns[f"break_{index[cut]}"] = (number > cut).astype(float)
    if harmonics and not 1 <= harmonics <= per_year // 2:
        raise ModelError(
            _("harmonics={n} do not exist in {periods} periods a year; there can be 0 to {most}.").format(
                n=harmonics, periods=per_year, most=per_year // 2
            )
        )
    if harmonics:
        season = (index.month if per_year == 12 else index.quarter).to_numpy(float)
        for j in range(1, harmonics + 1):
            if 2 * j < per_year:  # at half a year's periods the sine is 0 everywhere
                columns[f"sine_{j}"] = np.sin(2 * np.pi * j * season / per_year)
            columns[f"cosine_{j}"] = np.cos(2 * np.pi * j * season / per_year)
    return pd.DataFrame(columns, index=index)


def _check(counts: pd.Series, design: pd.DataFrame, start: int, cuts: list[int]) -> None:
    edges = sorted([0, start, *cuts, len(counts)])
    for first, end in zip(edges[:-1], edges[1:], strict=True):
        if counts.iloc[first:end].sum() == 0:
            raise ModelError(
                _(
                    "There are no events from {first} to {last}: the change has no finite estimate. Compare rates instead."
                ).format(first=counts.index[first], last=counts.index[end - 1])
            )
    if np.linalg.matrix_rank(design.to_numpy()) < design.shape[1] or len(counts) <= design.shape[1]:
        raise ModelError(
            _("{n} periods do not tell {terms} apart. Drop breaks, the slope or harmonics.").format(
                n=len(counts), terms=some(design.columns, most=12)
            )
        )


def _fit(counts, design, exposure, errors, lags):
    """The statsmodels GLM; its warnings become a ModelError."""
    import statsmodels.api as sm  # here, because it takes half a second and few sessions interrupt a series
    from statsmodels.tools.sm_exceptions import PerfectSeparationError

    options = {
        "hac": {"cov_type": "HAC", "cov_kwds": {"maxlags": lags}},
        "quasi": {"scale": "X2"},
    }.get(errors, {})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # whatever they say, the check of convergence below decides
            fit = sm.GLM(counts, design, family=sm.families.Poisson(), exposure=exposure).fit(
                maxiter=200, tol=1e-10, tol_criterion="params", **options
            )
        good = (
            fit.converged
            and np.isfinite(fit.params).all()
            and np.isfinite(fit.bse).all()
            and np.abs(fit.params).max() < 50
        )
    except (PerfectSeparationError, np.linalg.LinAlgError, ValueError):
        good = False
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


def _difference(counts, exposure, without, b, covariance, df, start, level, seed) -> dict:
    """Observed and counterfactual events from the interruption on, with the simulated interval of the difference."""
    generator = np.random.default_rng(seed)
    draws = generator.multivariate_normal(np.zeros(len(b)), covariance, size=DRAWS, method="eigh")
    if np.isfinite(df):
        draws = draws * np.sqrt(df / generator.chisquare(df, size=(DRAWS, 1)))
    after, weight = without.to_numpy()[start:], exposure.to_numpy()[start:]
    expected = float(weight @ np.exp(after @ b))
    simulated = np.exp((b + draws) @ after.T) @ weight
    observed = float(counts.iloc[start:].sum())
    high, low = np.quantile(simulated, [(1 - level) / 2, (1 + level) / 2])
    return {"observed": observed, "expected": expected, "difference": observed - expected,
            "difference_low": float(observed - low), "difference_high": float(observed - high)}  # fmt: skip


def _lines(counts, exposure, design, without, b, covariance, quantile, start) -> pd.DataFrame:
    """Observed, fitted and counterfactual events by period, limits of the lines."""
    frame = pd.DataFrame({"observed": counts, "exposure": exposure})
    for prefix, matrix in (("", design.to_numpy()), ("counterfactual_", without.to_numpy())):
        line, reach = matrix @ b, quantile * np.sqrt(np.einsum("ni,ij,nj->n", matrix, covariance, matrix))
        for name, part in (("value", line), ("low", line - reach), ("high", line + reach)):
            frame[prefix + name] = np.exp(part) * exposure
    return frame.rename(columns={"counterfactual_value": "counterfactual"}).assign(
        after=np.arange(len(counts)) >= start
    )
