"""One series ahead by one method: naive, ARIMA or exponential smoothing, each with the errors of its forecasts."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from statsmodels.tsa.arima.model import ARIMA
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.statespace.sarimax import SARIMAX

from workbench.terms.errors import ModelError
from workbench.terms.text import _

Form = tuple[str | None, bool]  # of exponential smoothing: trend ("add" or None), damped
FORMS: list[Form] = [(None, False), ("add", False), ("add", True)]  # what "ets" chooses from
# weights of the level to start from: from the first alone, short falling series end in a level that never moves
STARTS = (0.1, 0.9)
SEARCH = {"maxiter": 500, "pgtol": 1e-9, "factr": 10}  # copied where it is used: statsmodels adds to it
EXACT = 1e-12  # share of the variance of the changes below which a model leaves nothing


@dataclass(frozen=True, kw_only=True)
class Method:
    """What a series is forecast by, and how many periods are a year."""

    name: str  # "ets", "ses", "arima", "naive", "seasonal-naive"
    period: int  # 12 months, 4 quarters, 1 year
    order: tuple[int, int, int] = (1, 0, 0)  # of ARIMA: autoregressive, differences, moving average
    seasonal_order: tuple[int, int, int] = (0, 0, 0)
    forms: Sequence[Form] = tuple(FORMS)  # of "ets"


@dataclass(frozen=True, kw_only=True, eq=False)
class Ahead:
    """A forecast on the scale of its model."""

    mean: np.ndarray  # by period ahead
    error: np.ndarray  # standard error of the forecast, by period ahead
    fitted: np.ndarray = field(repr=False)  # one step ahead, by observed period
    words: str
    sigma2: float  # of the steps
    parameters: dict[str, float] = field(default_factory=dict)
    errors: dict[str, float] = field(default_factory=dict)  # of the parameters, for ARIMA
    loglik: float = np.nan
    aic: float = np.nan
    aicc: float = np.nan
    form: Form = (None, False)


def look_ahead(y: np.ndarray, horizon: int, method: Method, *, errors: bool = True) -> Ahead:
    """The next `horizon` values of a series without gaps.

    Parameters
    ----------
    y : array of n values
    horizon : periods
    method : Method
    errors : of the parameters too, which cost most of the time of an ARIMA

    Returns
    -------
    Ahead

    Raises
    ------
    ModelError
        Too few values for the method, a model that cannot be fitted, values that it follows exactly.
    """
    if method.name == "naive":
        return _naive(y, 1, horizon, _("naive"))
    if method.name == "seasonal-naive":
        return _naive(y, method.period, horizon, _("seasonal naive"))

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # convergence is checked, and what the warnings say is in the errors
            found = _arima(y, horizon, method, errors) if method.name == "arima" else _smoothed(y, horizon, method)
    except (np.linalg.LinAlgError, ValueError):
        raise ModelError(
            _("The forecast model cannot be fitted to these values. Take a simpler one, or method='naive'.")
        ) from None
    if not found.sigma2 > EXACT * np.mean(np.diff(y) ** 2):
        raise ModelError(
            _("The values follow the model exactly: there is no variation to learn from. Take method='naive'.")
        )
    return found


def _naive(y: np.ndarray, lag: int, horizon: int, words: str) -> Ahead:
    """The value of one year (or period) before; variance of the differences grows with every full lag ahead."""
    if len(y) <= lag + 1:
        raise ModelError(_("{n} values do not fill one year and more. Use method='naive'.").format(n=len(y)))
    sigma2 = float(np.mean((y[lag:] - y[:-lag]) ** 2))
    steps = np.arange(horizon)
    return Ahead(
        mean=y[len(y) - lag + steps % lag],
        error=np.sqrt(sigma2 * (steps // lag + 1)),
        fitted=np.concatenate([np.full(lag, np.nan), y[:-lag]]),
        words=words,
        sigma2=sigma2,
    )


def _arima(y: np.ndarray, horizon: int, method: Method, errors: bool) -> Ahead:
    """Exact maximum likelihood, with a mean when nothing is differenced.

    With differencing the exact diffuse start, since statsmodels' default is visibly wrong. The log-likelihood is then
    that of the differenced series, as R's `arima` has it: the diffuse one depends on how the start is written down.
    """
    order, seasonal = method.order, method.seasonal_order
    size = order[0] + order[2] + seasonal[0] + seasonal[2] + 2
    if size > len(y) / 3:
        raise ModelError(
            _("ARIMA{order} has {size} parameters, too many for {n} values. Take fewer, or method='ses'.").format(
                order=order, size=size, n=len(y)
            )
        )
    season = (*seasonal, method.period if any(seasonal) else 0)
    kind = "approx" if errors else "none"
    differenced = order[1] + seasonal[1] > 0
    if differenced:
        model = SARIMAX(y, order=order, seasonal_order=season, use_exact_diffuse=True)
        fit = model.fit(disp=False, cov_type=kind, **SEARCH)
        loglik = float(SARIMAX(y, order=order, seasonal_order=season, simple_differencing=True).loglike(fit.params))
    else:
        model = ARIMA(y, order=order, seasonal_order=season, trend="c")
        fit = model.fit(method_kwargs=dict(SEARCH), cov_type=kind)
        loglik = float(fit.llf)
    if not np.isfinite(loglik) or (errors and not np.isfinite(fit.bse).all()):
        raise ValueError("no finite likelihood")

    ahead = fit.get_forecast(horizon)
    values = dict(zip(model.param_names, map(float, fit.params), strict=True))
    deviations = dict(zip(model.param_names, map(float, fit.bse), strict=True))
    return Ahead(
        mean=ahead.predicted_mean,
        error=np.sqrt(ahead.var_pred_mean),
        fitted=fit.fittedvalues,
        words=_("ARIMA{order}").format(order=order) + (f"{season}" if any(seasonal) else ""),
        sigma2=values.pop("sigma2"),
        parameters=values,
        errors={name: deviations[name] for name in values},
        loglik=loglik,
        aic=2 * len(fit.params) - 2 * loglik,
    )


def _smoothed(y: np.ndarray, horizon: int, method: Method) -> Ahead:
    """Exponential smoothing: level only, or the form of the smallest AICc that the values carry."""
    season = method.name == "ets" and method.period > 1 and len(y) >= 3 * method.period
    fitting = [form for form in method.forms if 3 * _size(form, season, method.period) <= len(y)]
    if method.name == "ses" or not fitting:
        fitting = FORMS[:1]
    return min((_ets(y, horizon, form, season, method.period) for form in fitting), key=lambda found: found.aicc)


def _size(form: Form, season: bool, period: int) -> int:
    """Estimated parameters: smoothing weights, damping, initial states (one figure of the season is fixed)."""
    trend, damped = form
    return 2 + 2 * (trend is not None) + damped + (period if season else 0)


def _ets(y: np.ndarray, horizon: int, form: Form, season: bool, period: int) -> Ahead:
    trend, damped = form
    model = ETSModel(
        pd.Series(y),
        error="add",
        trend=trend,
        damped_trend=damped,
        seasonal="add" if season else None,
        seasonal_periods=period if season else None,
    )
    starts = [np.r_[level, model.start_params[1:]] for level in STARTS]
    fits = [model.fit(start_params=start, disp=False, maxiter=2000, factr=10, pgtol=1e-9) for start in starts]
    fit = max(fits, key=lambda one: one.llf)
    if not np.isfinite(fit.llf):
        raise ValueError("no finite likelihood")

    n, size = len(y), _size(form, season, period)
    k = size + 1
    correction = n / (n - size)  # statsmodels divides the squared errors by n
    ahead = fit.get_prediction(start=n, end=n + horizon - 1)
    return Ahead(
        mean=np.asarray(ahead.predicted_mean),
        error=np.sqrt(np.asarray(ahead.forecast_variance) * correction),
        fitted=np.asarray(fit.fittedvalues),
        words=_form_in_words(form, season),
        sigma2=float(fit.mse * correction),
        parameters=dict(zip(fit.model.param_names, map(float, fit.params), strict=True)),
        loglik=float(fit.llf),
        aic=float(-2 * fit.llf + 2 * k),
        aicc=float(-2 * fit.llf + 2 * k * n / max(n - k - 1, 1)),
        form=form,
    )


def _form_in_words(form: Form, season: bool) -> str:
    if form == FORMS[0]:
        return _("exponential smoothing, level and season") if season else _("exponential smoothing, level")
    if form == FORMS[1]:
        return (
            _("exponential smoothing, level and trend and season")
            if season
            else _("exponential smoothing, level and trend")
        )
    if season:
        return _("exponential smoothing, level and damped trend and season")
    return _("exponential smoothing, level and damped trend")
