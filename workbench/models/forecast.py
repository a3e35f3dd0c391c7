"""Season and forecast of a series: always compared with a naive one, scored on periods that were held out."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy import special
from statsmodels.tsa.seasonal import STL, seasonal_decompose

from workbench.models.forecast_fits import Ahead, Method, look_ahead
from workbench.models.inputs import checked_level, chosen, measured, some
from workbench.terms.errors import ModelError
from workbench.terms.text import _
from workbench.terms.words import number

PER_YEAR = {"M": 12, "Q": 4, "Y": 1, "A": 1}
METHODS = ("ets", "ses", "arima", "naive", "seasonal-naive")
LEAST = 6  # values below which nothing but a naive forecast is made


@dataclass(frozen=True, kw_only=True)
class Season:
    """A series taken apart: frame with observed, trend, season, remainder; `figure` is the season's one cycle."""

    frame: pd.DataFrame = field(repr=False, compare=False)
    figure: pd.Series = field(compare=False)  # by quarter or month; of the last year where the season changes (STL)
    multiplicative: bool
    method: str


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """What comes next, with limits at several levels and how well the same method did on periods held out."""

    frame: pd.DataFrame = field(repr=False, compare=False)  # by time: value error, low_80 high_80 low_95 high_95
    fitted: pd.Series = field(repr=False, compare=False)  # one step ahead, by observed time
    parameters: dict[str, float]
    errors: dict[str, float]  # standard errors of the parameters, for ARIMA
    sigma2: float
    loglik: float  # of an ARIMA with differences that of the differenced series; NaN for the naive ones
    aic: float
    backtest: pd.DataFrame = field(compare=False)  # by method: mae, coverage, n; empty when the series is too short
    method: str
    levels: tuple[float, ...]
    note: str

    def __str__(self) -> str:
        row, level = self.frame.iloc[0], self.levels[-1]
        words = _("{when}: {value} ({level:g}% prediction interval {low} to {high}), {method}.").format(
            when=self.frame.index[0],
            value=number(row["value"]),
            level=100 * level,
            low=number(row[f"low_{100 * level:g}"]),
            high=number(row[f"high_{100 * level:g}"]),
            method=self.method,
        )
        return f"{words} {self.note}".strip()


def seasonal_parts(values: pd.Series, *, method: str = "stl", multiplicative: bool = False) -> Season:
    """Trend, season and remainder of a monthly or quarterly series.

    "classical": centred moving average over a year (half a year is missing at both ends), the figure adjusted to sum 0,
    or to mean 1 when multiplicative. "stl" (Cleveland et al. 1990, J. Off. Stat. 6:3-73): the season may change;
    multiplicative then means: on logarithms, back-transformed.

    Parameters
    ----------
    values : Series by a monthly or quarterly PeriodIndex without gaps, two years at least
    method : "stl" or "classical"
    multiplicative : whether the season is a ratio

    Returns
    -------
    Season

    Raises
    ------
    ModelError
        Gaps, missing values, no PeriodIndex, less than two years, values of 0 where logarithms or ratios are taken.
    """
    chosen(method, ("stl", "classical"), "method")
    values, period = _series(values)
    if period == 1:
        raise ModelError(_("One value a year has no season. Give months or quarters with a PeriodIndex."))
    if len(values) < 2 * period:
        raise ModelError(_("{n} values are less than the two years that a season needs.").format(n=len(values)))
    if multiplicative and (values <= 0).any():
        raise ModelError(
            _("{when} are 0 or below, which ratios cannot take. Use the additive form.").format(
                when=some(values.index[values <= 0])
            )
        )
    plain = values.to_numpy()
    if method == "stl":
        found = STL(np.log(plain) if multiplicative else plain, period=period).fit()
        parts = [np.exp(part) if multiplicative else part for part in (found.trend, found.seasonal, found.resid)]
        name = _("STL on logarithms") if multiplicative else _("STL")
    else:
        found = seasonal_decompose(plain, model="multiplicative" if multiplicative else "additive", period=period)
        parts = [found.trend, found.seasonal, found.resid]
        name = _("classical, multiplicative") if multiplicative else _("classical, additive")
    frame = pd.DataFrame(
        {"observed": plain, **dict(zip(("trend", "season", "remainder"), parts, strict=True))}, index=values.index
    )
    last = frame["season"].iloc[-period:]
    figure = pd.Series(last.to_numpy(), index=_season(last.index), name="season").sort_index()
    return Season(frame=frame, figure=figure, multiplicative=multiplicative, method=name)


def forecast(
    values: pd.Series,
    *,
    horizon: int,
    method: str = "ets",
    order: tuple[int, int, int] = (1, 0, 0),
    seasonal_order: tuple[int, int, int] = (0, 0, 0),
    log: bool = False,
    levels: Iterable[float] = (0.8, 0.95),
    held_out: int | None = None,
) -> Forecast:
    """The next `horizon` periods with prediction intervals, and a back-test against the naive forecasts.

    Variances of the smoothing methods divide by n less the number of parameters, as R's forecast does, not by n. Limits
    take the estimated parameters as known and are too narrow for short series (20 years: 95% limits held 92%); those of
    a series that is never negative stop at 0. The back-test forecasts each of the last periods one step ahead from what
    came before it; the form of "ets" is the one chosen before them.

    Parameters
    ----------
    values : Series by a monthly or quarterly PeriodIndex or whole years, no gaps; counts or rates
    horizon : periods ahead
    method : "ets" chooses trend (none, additive, damped) by AICc, with an additive season where the series has three
        years of months or quarters; "ses" has level only; "arima" takes the orders and has a mean when nothing is
        differenced; "naive" repeats the last value, "seasonal-naive" the last year
    order, seasonal_order : autoregressive terms, differences, moving averages of "arima"
    log : work on logarithms and transform back: medians, limits above 0
    levels : of the prediction intervals
    held_out : periods of the back-test; None takes a fifth of the series, at most two years of periods or 8

    Returns
    -------
    Forecast

    Raises
    ------
    ModelError
        Gaps, missing values, fewer than 6 values, more parameters than a third of the values, zeros with `log`, a
        model that does not converge or that the values follow exactly.
    """
    chosen(method, METHODS, "method")
    levels = tuple(sorted(checked_level(level) for level in levels))
    if horizon < 1:
        raise ModelError(_("horizon={n}: give the number of periods to forecast, 1 or more.").format(n=horizon))
    values, period = _series(values)
    if len(values) < LEAST:
        raise ModelError(_("{n} values carry no forecast; {least} are needed.").format(n=len(values), least=LEAST))
    if log and (values <= 0).any():
        raise ModelError(
            _("{when} are 0 or below and have no logarithm. Forecast without log.").format(
                when=some(values.index[values <= 0])
            )
        )
    plain = np.log(values.to_numpy()) if log else values.to_numpy()
    if np.ptp(plain) == 0:
        raise ModelError(_("All values are equal: there is no variation to forecast from."))
    way = Method(name=method, period=period, order=order, seasonal_order=seasonal_order)
    ahead = look_ahead(plain, horizon, way)
    frame, notes = _limits(ahead, _next(values.index, horizon), levels, log, bool((values >= 0).all()))

    backtest = _backtest(plain, way, levels[-1], held_out, log)
    if backtest.empty:
        notes.append(_("Too short for a back-test."))
    elif method not in ("naive", "seasonal-naive") and backtest["mae"].idxmin() != method:
        notes.append(_("In the back-test a naive forecast did better."))
    return Forecast(
        frame=frame,
        fitted=pd.Series(np.exp(ahead.fitted) if log else ahead.fitted, index=values.index),
        parameters=ahead.parameters,
        errors=ahead.errors,
        sigma2=ahead.sigma2,
        loglik=ahead.loglik,
        aic=ahead.aic,
        backtest=backtest,
        method=ahead.words,
        levels=levels,
        note=" ".join(notes),
    )


def _limits(
    ahead: Ahead, index: pd.Index, levels: tuple[float, ...], log: bool, positive: bool
) -> tuple[pd.DataFrame, list[str]]:
    """Value, error and limits by period ahead, and what a reader must know of their scale."""
    frame = pd.DataFrame({"value": ahead.mean, "error": ahead.error}, index=index)
    for level in levels:
        reach = special.ndtri((1 + level) / 2) * frame["error"]
        frame[f"low_{100 * level:g}"] = frame["value"] - reach
        frame[f"high_{100 * level:g}"] = frame["value"] + reach

    shown = [name for name in frame if name != "error"]
    if log:
        frame[shown] = np.exp(frame[shown])
        return frame, [_("Forecast on logarithms; the values are medians and the errors those of the logarithm.")]
    if positive and (frame[shown] < 0).any(axis=None):
        frame[shown] = frame[shown].clip(lower=0)
        return frame, [_("Limits below 0 are shown as 0.")]
    return frame, []


def _series(values: pd.Series) -> tuple[pd.Series, int]:
    """Values in time's order without gaps, and the number of periods in a year."""
    values = measured(values, _("the values"), missing=False, negative=True).sort_index()
    if len(values) == 0:
        raise ModelError(_("There is no value at all. Has the selection left nothing?"))
    if isinstance(values.index, pd.PeriodIndex):
        period = PER_YEAR.get(values.index.freqstr[0], 0)
        whole = pd.period_range(values.index[0], values.index[-1], freq=values.index.freq)
    elif pd.api.types.is_integer_dtype(values.index.dtype):
        period, whole = 1, pd.RangeIndex(values.index[0], values.index[-1] + 1)
    else:
        period, whole = 0, values.index
    if period == 0:
        raise ModelError(_("The values must go by months, quarters (a PeriodIndex) or whole years."))
    if len(gaps := whole.difference(values.index)):
        raise ModelError(
            _("{gaps} are missing from the series. Give every period, or start after the gap.").format(gaps=some(gaps))
        )
    return values, period


def _season(index: pd.PeriodIndex) -> pd.Index:
    return index.month if index.freqstr.startswith("M") else index.quarter


def _next(index: pd.Index, horizon: int) -> pd.Index:
    if isinstance(index, pd.PeriodIndex):
        return pd.period_range(index[-1] + 1, periods=horizon, freq=index.freq)
    return pd.Index(range(int(index[-1]) + 1, int(index[-1]) + 1 + horizon), name=index.name)


def _backtest(y: np.ndarray, method: Method, level: float, held_out: int | None, log: bool) -> pd.DataFrame:
    """Mean absolute error and coverage of one-step forecasts over the last periods, and of the naive ones."""
    period = method.period
    least = max(LEAST, 3 * period if period > 1 else 0)
    held_out = min(len(y) // 5, max(8, 2 * period)) if held_out is None else held_out
    held_out = min(held_out, len(y) - least)
    if held_out < 1:
        return pd.DataFrame({"mae": [], "coverage": [], "n": []})

    z, rows = special.ndtri((1 + level) / 2), {}
    for name in dict.fromkeys([method.name, "naive", *(["seasonal-naive"] if period > 1 else [])]):
        misses, inside, tried = [], [], replace(method, name=name)
        for end in range(len(y) - held_out, len(y)):
            ahead = look_ahead(y[:end], 1, tried, errors=False)
            if name == "ets":
                tried = replace(tried, forms=(ahead.form,))  # chosen before the first period that is held out
            guess = ahead.mean[0]
            inside.append(abs(y[end] - guess) <= z * ahead.error[0])
            misses.append(abs(np.exp(y[end]) - np.exp(guess)) if log else abs(y[end] - guess))
        rows[name] = {"mae": np.mean(misses), "coverage": np.mean(inside), "n": held_out}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("method")
