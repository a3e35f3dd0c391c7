"""Regression of survey answers: linear, logistic, Poisson and proportional odds, with errors that know the design."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import optimize, special, stats

from workbench.models.inputs import checked_level, chosen
from workbench.models.survey_design import Design
from workbench.terms.errors import ModelError
from workbench.terms.text import _

FAMILIES = ("linear", "logistic", "poisson", "ordinal")
STEPS, CLOSE = 50, 1e-10
DIVERGED = 15.0
"""A logit beyond this has no end: some group has only one answer."""


@dataclass(frozen=True, kw_only=True)
class SurveyRegression:
    """A fitted regression of a survey.

    Attributes
    ----------
    family : "linear", "logistic", "poisson" or "ordinal"
    frame : a row per term: value (coefficient), se, low, high, statistic (t) and p_value; of an ordinal regression the
        cut points come last
    covariance : of the coefficients, design-based
    df : of the t distribution: sampling units less strata less terms, plus one (as R's `svyglm`)
    n : respondents
    effects : average marginal effects where they were asked for, as `average_effects` gives them; else None
    """

    family: str
    frame: pd.DataFrame
    covariance: pd.DataFrame = field(repr=False)
    df: float
    n: int
    effects: pd.DataFrame | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class _Fit:
    """Coefficients, what each respondent adds to the score, and the weighted information."""

    coefficients: np.ndarray
    scores: np.ndarray
    information: np.ndarray


def survey_regression(
    answer: pd.Series, terms: pd.DataFrame, design: Design, *, family: str = "logistic", level: float = 0.95
) -> SurveyRegression:
    """The regression whose weighted score equations are solved, with Taylor-linearised errors.

    Binder (1983), International Statistical Review 51:279-292: u = A^-1 w s, A the weighted information. With replicate
    weights it is fitted anew with each of them.

    Parameters
    ----------
    answer : Series
        0 or 1, a count, a number, or of an ordinal regression the number of an ordered answer; NaN outside.
    terms : DataFrame
        A column per term, without a constant: numbers, or 0 and 1. A row with a missing term is outside.
    design : Design
        Of the same respondents.
    family : str
        "linear", "logistic", "poisson" or "ordinal" (proportional odds: logit P(Y <= j) = cut point - x b).
    level : float
        Of the intervals.

    Returns
    -------
    SurveyRegression

    Raises
    ------
    ModelError
        Where terms depend on each other, a coefficient has no end (a group with one answer only), or the design has
        no degrees of freedom left.
    """
    chosen(family, FAMILIES, "family")
    checked_level(level)
    inside = np.isfinite(answer.to_numpy(float)) & np.isfinite(terms.to_numpy(float)).all(axis=1)
    inside &= design.weights > 0
    y, x, w = answer.to_numpy(float)[inside], terms.to_numpy(float)[inside], design.weights[inside]
    fit = _fit(family, y, x, w)
    names = _names(family, terms, len(fit.coefficients))
    if family != "linear":  # a difference of hours or euros may be of any size
        _check_finite(fit, names)

    if design.replicates is None:
        influence = np.zeros((len(inside), len(names)))
        influence[inside] = (w[:, None] * fit.scores) @ np.linalg.inv(fit.information)
        covariance = design.covariance(influence)
    else:
        covariance = design.replicates.covariance(
            lambda weights: _fit(family, y, x, weights[inside]).coefficients, fit.coefficients
        )
    df = float(design.degrees_of_freedom(np.where(inside, 0, -1), 1)[0]) - len(names) + 1
    if df <= 0:
        message = _("{terms} terms are too many for this design: it has too few sampling units.")
        raise ModelError(message.format(terms=len(names)))
    se = np.sqrt(np.diag(covariance))
    half = stats.t.ppf((1 + level) / 2, df) * se
    frame = pd.DataFrame({"term": names, "value": fit.coefficients, "se": se})
    frame = frame.assign(low=frame["value"] - half, high=frame["value"] + half, statistic=frame["value"] / se)
    frame = frame.assign(p_value=2 * stats.t.sf(frame["statistic"].abs(), df))
    matrix = pd.DataFrame(covariance, index=names, columns=names)
    return SurveyRegression(family=family, frame=frame, covariance=matrix, df=df, n=int(inside.sum()))


def _fit(family: str, y: np.ndarray, x: np.ndarray, w: np.ndarray) -> _Fit:
    if family == "ordinal":
        return _ordinal(y, x, w)
    return _FITS[family](y, np.column_stack([np.ones(len(y)), x]), w)


def _names(family: str, terms: pd.DataFrame, n: int) -> list[str]:
    """The terms, with the constant before them, or the cut points after them."""
    names = list(map(str, terms.columns))
    if family != "ordinal":
        return [_("constant"), *names]
    return [*names, *(_("cut point {i}").format(i=i) for i in range(1, n - len(names) + 1))]


def _linear(y: np.ndarray, x: np.ndarray, w: np.ndarray) -> _Fit:
    information = (x * w[:, None]).T @ x
    _check_rank(information)
    coefficients = np.linalg.solve(information, x.T @ (w * y))
    return _Fit(coefficients=coefficients, scores=x * (y - x @ coefficients)[:, None], information=information)


def _iterated(mean: Callable[[np.ndarray], np.ndarray], spread: Callable[[np.ndarray], np.ndarray], start: float):
    """Newton's steps for a canonical link: the mean of a linear predictor, and its derivative."""

    def fit(y: np.ndarray, x: np.ndarray, w: np.ndarray) -> _Fit:
        coefficients = np.zeros(x.shape[1])
        coefficients[0] = start + (np.log(max(np.average(y, weights=w), 1e-6)) if start == 0 else 0)
        for _step in range(STEPS):
            mu = mean(x @ coefficients)
            information = (x * (w * spread(mu))[:, None]).T @ x
            _check_rank(information)
            change = np.linalg.solve(information, x.T @ (w * (y - mu)))
            coefficients = coefficients + change
            if np.abs(coefficients).max() > 10 * DIVERGED or np.abs(change).max() < CLOSE:
                break
        mu = mean(x @ coefficients)
        information = (x * (w * spread(mu))[:, None]).T @ x
        return _Fit(coefficients=coefficients, scores=x * (y - mu)[:, None], information=information)

    return fit


def _logistic(y: np.ndarray, x: np.ndarray, w: np.ndarray) -> _Fit:
    if not set(np.unique(y)) <= {0.0, 1.0}:
        raise ModelError(_("A logistic regression is of an answer that is 0 or 1."))
    return _iterated(special.expit, lambda mu: mu * (1 - mu), 1e-9)(y, x, w)


def _poisson(y: np.ndarray, x: np.ndarray, w: np.ndarray) -> _Fit:
    if (y < 0).any():
        raise ModelError(_("A Poisson regression is of a count, 0 or more."))
    return _iterated(np.exp, lambda mu: mu, 0)(y, x, w)


_FITS = {"linear": _linear, "logistic": _logistic, "poisson": _poisson}


def _ordinal(y: np.ndarray, x: np.ndarray, w: np.ndarray) -> _Fit:
    """Proportional odds by weighted maximum likelihood; the information is the slope of the score, by differences."""
    levels = np.unique(y)
    if len(levels) < 3:
        raise ModelError(_("An ordinal regression is of three ordered answers or more; of two take logistic."))
    at, k, n_cuts = np.searchsorted(levels, y), x.shape[1], len(levels) - 1
    cumulated = np.cumsum(np.bincount(at, weights=w)) / w.sum()
    start = np.concatenate([np.zeros(k), special.logit(cumulated[:-1])])

    def score(parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The log-likelihood of each respondent and its derivatives."""
        eta = x @ parameters[:k]
        bounds = np.concatenate([[-np.inf], parameters[k:], [np.inf]])
        above, below = special.expit(bounds[at + 1] - eta), special.expit(bounds[at] - eta)
        p = np.maximum(above - below, 1e-300)
        upper, lower = above * (1 - above), below * (1 - below)
        of_cuts = np.zeros((len(y), n_cuts + 2))
        rows = np.arange(len(y))
        of_cuts[rows, at + 1] += upper / p
        of_cuts[rows, at] -= lower / p
        return np.log(p), np.column_stack([-x * ((upper - lower) / p)[:, None], of_cuts[:, 1:-1]])

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        log_p, derivatives = score(parameters)
        return -float(w @ log_p) / w.sum(), -(w @ derivatives) / w.sum()

    found = optimize.minimize(loss, start, jac=True, method="BFGS", options={"gtol": 1e-10}).x
    for _step in range(5):  # Newton's last steps: BFGS stops at 1e-8 of the gradient
        found = found - np.linalg.solve(_slope(lambda p: loss(p)[1], found), loss(found)[1])
    information = w.sum() * _slope(lambda p: loss(p)[1], found)
    return _Fit(coefficients=found, scores=score(found)[1], information=information)


def _slope(gradient: Callable[[np.ndarray], np.ndarray], at: np.ndarray) -> np.ndarray:
    """The matrix of second derivatives, by central differences of the gradient."""
    step = 1e-5
    each = [(gradient(at + step * unit) - gradient(at - step * unit)) / (2 * step) for unit in np.eye(len(at))]
    return (np.array(each) + np.array(each).T) / 2


def _check_rank(information: np.ndarray) -> None:
    scale = np.sqrt(np.maximum(np.diag(information), 1e-300))
    if np.linalg.matrix_rank(information / np.outer(scale, scale), tol=1e-9) < len(information):
        raise ModelError(
            _("Terms depend on each other, or a group has one answer only: leave one out, or join groups.")
        )


def _check_finite(fit: _Fit, names: list[str]) -> None:
    endless = [name for name, value in zip(names, fit.coefficients, strict=True) if abs(value) > DIVERGED]
    if endless or not np.isfinite(fit.coefficients).all():
        message = _("The coefficient of {terms} has no end: all of a group gave the same answer. Join groups.")
        raise ModelError(message.format(terms=", ".join(endless) or names[0]))
