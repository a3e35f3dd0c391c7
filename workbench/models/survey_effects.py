"""Average marginal effects of a survey regression: what a term changes in shares or numbers, with its error."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from workbench.models.survey_regression import SurveyRegression

STEP = 1e-20
"""Of the complex step, which gives a derivative to the last digit: no difference is taken (Squire and Trapp 1998)."""


def average_effects(
    fitted: SurveyRegression,
    terms: pd.DataFrame,
    weights: np.ndarray,
    *,
    factors: Sequence[Sequence[str]] = (),
    level: float = 0.95,
) -> pd.DataFrame:
    """What each term changes on average over the respondents, weighted, with delta-method errors.

    Of a column of a factor: the mean with everybody in that group, less the mean with everybody in the first one. Of
    a number: the mean slope. The respondents' other terms are taken as they are, and as known: errors are those of the
    coefficients (Greene, Econometric Analysis, 7th ed., 17.3.2).

    Parameters
    ----------
    fitted : SurveyRegression
    terms : DataFrame
        As the regression was fitted to.
    weights : array
        Of the same respondents.
    factors : sequence of sequences of str
        Columns of 0 and 1 that are groups of one factor; all others are numbers.
    level : float
        Of the intervals.

    Returns
    -------
    DataFrame
        A row per term, of an ordinal regression per term and answer: term, answer (its place from 0; else 0), value
        (a difference of shares, or of the number), se, low, high, statistic (t) and p_value.
    """
    x = terms.to_numpy(float)
    inside = np.isfinite(x).all(axis=1) & (weights > 0)
    x, w = x[inside], weights[inside] / weights[inside].sum()
    mean = _MEANS[fitted.family](terms.shape[1])
    coefficients = _coefficients(fitted)
    names = list(map(str, terms.columns))
    of_factor = {column: list(factor) for factor in factors for column in factor}

    rows = []
    for place, name in enumerate(names):
        group = [names.index(column) for column in of_factor.get(name, ())]
        effect = _contrast(mean, x, w, place, group) if group else _slope(mean, x, w, place)
        slopes = np.array([effect(coefficients + step).imag / STEP for step in 1j * STEP * np.eye(len(coefficients))])
        value = effect(coefficients.astype(complex)).real
        variances = np.einsum("ka,kl,la->a", slopes, fitted.covariance.to_numpy(), slopes)
        rows += [(name, answer, *pair) for answer, pair in enumerate(zip(value, np.sqrt(variances), strict=True))]

    frame = pd.DataFrame(rows, columns=["term", "answer", "value", "se"])
    half = stats.t.ppf((1 + level) / 2, fitted.df) * frame["se"]
    frame = frame.assign(low=frame["value"] - half, high=frame["value"] + half, statistic=frame["value"] / frame["se"])
    return frame.assign(p_value=2 * stats.t.sf(frame["statistic"].abs(), fitted.df))


def _coefficients(fitted: SurveyRegression) -> np.ndarray:
    return fitted.frame["value"].to_numpy(float)


Mean = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""From coefficients and terms (a row per respondent) to the expected answer, one column per figure."""


def _contrast(mean: Mean, x: np.ndarray, w: np.ndarray, place: int, group: list[int]) -> Callable:
    """Everybody in one group of a factor, less everybody in its first."""
    first, other = x.copy(), x.copy()
    first[:, group] = other[:, group] = 0
    other[:, place] = 1
    return lambda b: w @ (mean(b, other) - mean(b, first))


def _slope(mean: Mean, x: np.ndarray, w: np.ndarray, place: int) -> Callable:
    """The mean derivative by a number, by central differences of a hundred-thousandth of its spread."""
    width = 1e-5 * max(float(np.std(x[:, place])), 1e-12)
    step = width * np.eye(x.shape[1])[place]
    return lambda b: w @ (mean(b, x + step) - mean(b, x - step)) / (2 * width)


def _expit(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))  # scipy's has no complex numbers


def _with_constant(link: Callable[[np.ndarray], np.ndarray]) -> Callable[[int], Mean]:
    return lambda _n_terms: lambda b, x: link(b[0] + x @ b[1:])[:, None]


def _ordered(n_terms: int) -> Mean:
    """The share of each ordered answer under proportional odds."""

    def shares(b: np.ndarray, x: np.ndarray) -> np.ndarray:
        below = _expit(b[n_terms:] - (x @ b[:n_terms])[:, None])
        ends = np.zeros((len(x), 1))
        return np.diff(np.concatenate([ends, below, ends + 1], axis=1), axis=1)

    return shares


_MEANS = {
    "linear": _with_constant(lambda z: z),
    "logistic": _with_constant(_expit),
    "poisson": _with_constant(np.exp),
    "ordinal": _ordered,
}
