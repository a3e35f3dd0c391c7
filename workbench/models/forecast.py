"""Season and forecast of a series: always beside a naive one, scored on periods that were held out."""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import special
from statsmodels.tsa.arima.model import ARIMA
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.seasonal import STL, seasonal_decompose
from statsmodels.tsa.statespace.sarimax import SARIMAX

from workbench.models.inputs import checked_level, chosen, measured, some
from workbench.models.rates import digits
from workbench.terms.errors import ModelError
from workbench.terms.text import _

PER_YEAR = {"M": 12, "Q": 4, "Y": 1, "A": 1}
METHODS = {
    "ets": "exponential smoothing",
    "ses": "simple exponential smoothing",
    "arima": "ARIMA",
    "naive": "naive",
    "seasonal-naive": "seasonal naive",
}
LEAST = 6  # values below which nothing but a naive forecast is made
STARTS = (
    0.1,
    0.9,
)  # of the weight of the level: from the first alone, short falling series end in a level that never moves
FORMS = [(None, False), ("add", False), ("add", True)]  # trend and damping that "ets" chooses from


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
    loglik: float  # NaN for the naive ones
    aic: float
    backtest: pd.DataFrame = field(compare=False)  # by method: mae, coverage, n; empty when the series is too short
    method: str
    levels: tuple[float, ...]
    note: str

    def __str__(self) -> str:
        row, level = self.frame.iloc[0], self.levels[-1]
        words = _("{when}: {value} ({level:g}% prediction interval {low} to {high}), {method}.").format(
            when=self.frame.index[0], value=digits(row["value"]), level=100 * level, low=digits(row[f"low_{100 * level:g}"]),
            high=digits(row[f"high_{100 * level:g}"]), method=self.method,
        )  # fmt: skip
        return f"{words} {self.note}".strip()


def seasonal_parts(values: pd.Series, *, method: str = "stl", multiplicative: bool = False) -> Season:
    """Trend, season and remainder of a monthly or quarterly series.

    "classical": centred moving average over a year (half a year is missing at both ends), the figure adjusted to sum 0,
    or to mean 1 when multiplicative. "stl" (Cleveland et al. 1990, J. Off. Stat. 6:3-73): the season may change;
    multiplicative then means: on logarithms, back-transformed.

    Parameters
    ----------
    values : Series by a monthly or quarterly PeriodIndex without gaps, two years at least

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
    """The next `horizon` periods with prediction intervals, and a back-test beside the naive forecasts.

    "ets" chooses trend (none, additive, damped) by AICc, with an additive season where the series has three years
    of months or quarters; "ses" has level only; "arima" takes `order` and `seasonal_order` and has a mean when nothing is
    differenced; "naive" repeats the last value, "seasonal-naive" the last year. Variances of the smoothing methods
    divide by n less the number of parameters, as R's forecast does, not by n. `log` works on logarithms and
    back-transforms (medians; limits stay above 0); otherwise limits of a series that is never negative stop at 0. Limits
    take the estimated parameters as known and are too narrow for short series (20 years: 95% limits held 92%). The
    back-test forecasts each of the last `held_out` periods one step ahead from what came before it; the form of "ets" is
    the one chosen before them.

    Parameters
    ----------
    values : Series by a monthly or quarterly PeriodIndex or whole years, no gaps; counts or rates
    held_out : None takes a fifth of the series, at most two years of periods or 8

    Raises
    ------
    ModelError
        Gaps, missing values, fewer than 6 values, more parameters than a third of the values, zeros with `log`, a
        model that does not converge.
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
    model = _ahead(plain, period, horizon, method, order, seasonal_order)
    future = _next(values.index, horizon)
    frame = pd.DataFrame({"value": model["mean"], "error": model["error"]}, index=future)
    positive, note = bool((values >= 0).all()) and not log, []
    for level in levels:
        z = special.ndtri((1 + level) / 2)
        frame[f"low_{100 * level:g}"], frame[f"high_{100 * level:g}"] = (
            frame["value"] - z * frame["error"], frame["value"] + z * frame["error"])  # fmt: skip
    if log:
        note.append(_("Forecast on logarithms; the values are medians and the errors those of the logarithm."))
        shown = [name for name in frame if name != "error"]
        frame[shown] = np.exp(frame[shown])
    if positive and (frame.drop(columns="error") < 0).any(axis=None):
        shown = [name for name in frame if name != "error"]
        frame[shown] = frame[shown].clip(lower=0)
        note.append(_("Limits below 0 are shown as 0."))
    backtest = _backtest(plain, period, method, order, seasonal_order, levels[-1], held_out, log)
    if backtest.empty:
        note.append(_("Too short for a back-test."))
    elif method not in ("naive", "seasonal-naive") and backtest["mae"].idxmin() != method:
        note.append(_("In the back-test a naive forecast did better."))
    return Forecast(
        frame=frame,
        fitted=pd.Series(np.exp(model["fitted"]) if log else model["fitted"], index=values.index),
        parameters=model["parameters"],
        errors=model["errors"],
        sigma2=model["sigma2"],
        loglik=model["loglik"],
        aic=model["aic"],
        backtest=backtest,
        method=model["name"],
        levels=levels,
        note=" ".join(note),
    )


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


def _ahead(y, period, horizon, method, order, seasonal_order, *, errors: bool = True, forms: list = FORMS) -> dict:
    """Forecast of one series on the scale of the model; `errors` of the parameters cost most of the time of an ARIMA."""
    if method in ("naive", "seasonal-naive"):
        return _naive(y, period if method == "seasonal-naive" else 1, horizon, _(METHODS[method]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # convergence is checked, and what the warnings say is in the errors
        try:
            if method == "arima":
                return _arima(y, period, horizon, order, seasonal_order, errors)
            season = "add" if method == "ets" and period > 1 and len(y) >= 3 * period else None
            fitting = [form for form in forms if 3 * _ets_size(form, season, period) <= len(y)]
            if method == "ses" or not fitting:
                fitting = FORMS[:1]
            return min((_ets(y, period, horizon, form, season) for form in fitting), key=lambda fit: fit["aicc"])
        except (np.linalg.LinAlgError, ValueError) as error:
            raise ModelError(
                _("The forecast model cannot be fitted ({error}). Take a simpler one, or method='naive'.").format(
                    error=error
                )
            ) from None


def _naive(y: np.ndarray, lag: int, horizon: int, name: str) -> dict:
    """The value of one year (or period) before; variance of the differences grows with every full lag ahead."""
    if len(y) <= lag + 1:
        raise ModelError(_("{n} values do not fill one year and more. Use method='naive'.").format(n=len(y)))
    change = y[lag:] - y[:-lag]
    sigma2 = float(np.mean(change**2))
    steps = np.arange(horizon)
    return {"mean": y[len(y) - lag + steps % lag], "error": np.sqrt(sigma2 * (steps // lag + 1)),
            "fitted": np.concatenate([np.full(lag, np.nan), y[:-lag]]), "parameters": {}, "errors": {}, "sigma2": sigma2,
            "loglik": np.nan, "aic": np.nan, "name": name}  # fmt: skip


def _arima(y, period, horizon, order, seasonal_order, errors) -> dict:
    """Exact maximum likelihood; with differencing the exact diffuse start, since statsmodels' default is visibly wrong."""
    size = order[0] + order[2] + seasonal_order[0] + seasonal_order[2] + 2
    if size > len(y) / 3:
        raise ModelError(
            _("ARIMA{order} has {size} parameters, too many for {n} values. Take fewer, or method='ses'.").format(
                order=order, size=size, n=len(y)
            )
        )
    season = (*seasonal_order, period if any(seasonal_order) else 0)
    kind = "approx" if errors else "none"
    search = {"maxiter": 500, "pgtol": 1e-9, "factr": 10}
    if order[1] + seasonal_order[1]:
        model = SARIMAX(y, order=order, seasonal_order=season, use_exact_diffuse=True)
        fit = model.fit(disp=False, cov_type=kind, **search)
    else:
        model = ARIMA(y, order=order, seasonal_order=season, trend="c")
        fit = model.fit(method_kwargs=search, cov_type=kind)
    if not np.isfinite(fit.llf) or (errors and not np.isfinite(fit.bse).all()):
        raise ValueError("no finite likelihood")
    ahead = fit.get_forecast(horizon)
    names = dict(zip(model.param_names, fit.params, strict=True))
    return {"mean": ahead.predicted_mean, "error": np.sqrt(ahead.var_pred_mean), "fitted": fit.fittedvalues,
            "parameters": {name: float(value) for name, value in names.items() if name != "sigma2"},
            "errors": {name: float(value) for name, value in zip(model.param_names, fit.bse, strict=True) if name != "sigma2"},
            "sigma2": float(names["sigma2"]), "loglik": float(fit.llf), "aic": float(fit.aic),
            "name": _("ARIMA{order}").format(order=order) + (f"{season}" if any(seasonal_order) else "")}  # fmt: skip


def _ets_size(form: tuple, season: str | None, period: int) -> int:
    """Estimated parameters: smoothing weights, damping, initial states (one figure of the season is fixed)."""
    trend, damped = form
    return 2 + 2 * (trend is not None) + damped + (period if season else 0)


def _ets(y, period, horizon, form, season) -> dict:
    trend, damped = form
    model = ETSModel(
        pd.Series(y),
        error="add",
        trend=trend,
        damped_trend=damped,
        seasonal=season,
        seasonal_periods=period if season else None,
    )
    starts = [np.r_[level, model.start_params[1:]] for level in STARTS]
    fit = max(
        (model.fit(start_params=start, disp=False, maxiter=2000, factr=10, pgtol=1e-9) for start in starts),
        key=lambda one: one.llf,
    )
    size = _ets_size(form, season, period)
    correction = len(y) / (len(y) - size)  # statsmodels divides the squared errors by n
    ahead = fit.get_prediction(start=len(y), end=len(y) + horizon - 1)
    k = size + 1
    if not np.isfinite(fit.llf):
        raise ValueError("no finite likelihood")
    name = {FORMS[0]: _("level"), FORMS[1]: _("level and trend"), FORMS[2]: _("level and damped trend")}[form]
    return {"mean": np.asarray(ahead.predicted_mean), "error": np.sqrt(np.asarray(ahead.forecast_variance) * correction),
            "fitted": np.asarray(fit.fittedvalues), "sigma2": float(fit.mse * correction), "loglik": float(fit.llf),
            "parameters": dict(zip(fit.model.param_names, map(float, fit.params), strict=True)), "errors": {},
            "aic": float(-2 * fit.llf + 2 * k), "form": form, "aicc": -2 * fit.llf + 2 * k * len(y) / max(len(y) - k - 1, 1),
            "name": _("exponential smoothing, {form}").format(form=name) + (_(" and season") if season else "")}  # fmt: skip


def _backtest(y, period, method, order, seasonal_order, level, held_out, log) -> pd.DataFrame:
    """Mean absolute error and coverage of one-step forecasts over the last periods, for the method and the naive ones."""
    least = max(LEAST, 3 * period if period > 1 else 0)
    held_out = min(len(y) // 5, max(8, 2 * period)) if held_out is None else held_out
    held_out = min(held_out, len(y) - least)
    if held_out < 1:
        return pd.DataFrame({"mae": [], "coverage": [], "n": []})
    z, rows = special.ndtri((1 + level) / 2), {}
    for one in dict.fromkeys([method, "naive", *(["seasonal-naive"] if period > 1 else [])]):
        misses, inside, forms = [], [], FORMS
        for end in range(len(y) - held_out, len(y)):
            ahead = _ahead(y[:end], period, 1, one, order, seasonal_order, errors=False, forms=forms)
            forms = [ahead["form"]] if one == "ets" else FORMS  # chosen before the first period that is held out
            guess, inside_now = ahead["mean"][0], abs(y[end] - ahead["mean"][0]) <= z * ahead["error"][0]
            misses.append(abs(np.exp(y[end]) - np.exp(guess)) if log else abs(y[end] - guess))
            inside.append(inside_now)
        rows[one] = {"mae": np.mean(misses), "coverage": np.mean(inside), "n": held_out}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("method")
