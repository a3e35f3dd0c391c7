"""Does a regression of counts fit: over-dispersion, nested models, residuals, influence, zeros, frequencies."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy  # its parts come when they are first used
from scipy import special

from workbench.models.regression_fit import quadratic
from workbench.models.regression_result import RegressionResult
from workbench.terms.errors import ModelError
from workbench.terms.text import _
from workbench.terms.words import p_value as p_text


@dataclass(frozen=True, kw_only=True)
class Dispersion:
    """Tests of more variation than Poisson between the units of analysis."""

    nb1: float  # alpha in Var = (1 + alpha) mu
    nb1_z: float
    nb1_p: float  # one-sided
    dispersion: float  # 1 + alpha of nb1
    nb2: float  # alpha in Var = mu + alpha mu^2
    nb2_z: float
    nb2_p: float
    pearson: float
    df: int
    pearson_p: float  # chi-square; doubtful when most units expect fewer than 5 events
    unit: str

    def __str__(self) -> str:
        return _(
            "Variance over mean {phi:.2f} (Cameron & Trivedi z = {z:.2f}, one-sided {p}; Pearson {x:.1f} on {df} "
            "degrees "
            "of freedom), {unit}."
        ).format(phi=self.dispersion, z=self.nb1_z, p=p_text(self.nb1_p), x=self.pearson, df=self.df, unit=self.unit)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A test of what the larger of two nested models adds."""

    statistic: float
    df: int
    p_value: float
    method: str

    def __str__(self) -> str:
        return _("{method}: {statistic:.3f} on {df}, {p}").format(
            method=self.method, statistic=self.statistic, df=self.df, p=p_text(self.p_value)
        )


@dataclass(frozen=True, kw_only=True)
class Zeros:
    """Units without events, compared with those the model expects."""

    observed: int
    expected: float
    z: float  # of the difference, with the coefficients' error taken out; NaN when no zeros are possible
    p_value: float  # one-sided: more zeros than expected
    unit: str

    def __str__(self) -> str:
        return _("{observed:,} of the units have no events, {expected:,.1f} expected ({p}, one-sided), {unit}.").format(
            observed=self.observed, expected=self.expected, p=p_text(self.p_value), unit=self.unit
        )


def check_dispersion(model: RegressionResult) -> Dispersion:
    """Does the variance exceed the mean: two regressions of Cameron & Trivedi, and Pearson's chi-square.

    ((y - mu)^2 - y) / mu is regressed on 1 and on mu (1990, J. Econometrics 46:347-364); z is the t of ordinary least
    squares, compared with the normal distribution. Own code, because in statsmodels 0.15 the row "CT nb1" of
    `test_dispersion` repeats that of nb2, and its p-values are two-sided.

    Parameters
    ----------
    model : Poisson or quasi-Poisson

    Returns
    -------
    Dispersion

    Raises
    ------
    ModelError
        For a negative binomial, or without degrees of freedom.
    """
    if model.family == "nb2":
        raise ModelError(_("Over-dispersion is tested on the Poisson model: fit it with family='poisson' first."))
    if model.df < 1:
        raise ModelError(
            _(
                "{n} units for {k} coefficients leave nothing to test dispersion with. Take fewer terms or finer units."
            ).format(n=model.n, k=len(model.coefficients))
        )
    y, mu = (model.whole().units[name].to_numpy() for name in ("observed", "expected"))
    excess, found = ((y - mu) ** 2 - y) / mu, {}
    for name, regressor in (("nb1", np.ones_like(mu)), ("nb2", mu)):
        square = regressor @ regressor
        alpha = float(regressor @ excess / square)
        rest = excess - alpha * regressor
        error = np.sqrt(rest @ rest / (len(y) - 1) / square)
        z = alpha / error if error > 0 else np.inf * np.sign(alpha)
        found |= {name: alpha, f"{name}_z": float(z), f"{name}_p": float(special.ndtr(-z))}
    return Dispersion(
        **found,
        dispersion=1 + found["nb1"],
        pearson=model.pearson,
        df=model.df,
        pearson_p=float(scipy.stats.chi2.sf(model.pearson, model.df)),
        unit=model.unit,
    )


def compare_models(smaller: RegressionResult, larger: RegressionResult) -> Comparison:
    """Likelihood-ratio test of nested models of the same cells; F with the larger one's dispersion for quasi-Poisson.

    Poisson within NB2 has alpha at the edge of what it may be: the p-value is half the chi-square's (1 degree of
    freedom; Self & Liang 1987).

    Parameters
    ----------
    smaller, larger : models of the same units; all terms of the first stand in the second

    Returns
    -------
    Comparison

    Raises
    ------
    ModelError
        When the models are not nested, or not of the same units and counts.
    """
    one, two = smaller.whole().units, larger.whole().units
    if not (one.index.equals(two.index) and one[["observed", "exposure"]].equals(two[["observed", "exposure"]])):
        raise ModelError(
            _("The models are of different cells ({one}; {two}): fit both to the same, with the same unit.").format(
                one=smaller.unit, two=larger.unit
            )
        )
    inside, outside = set(_space(smaller)), set(_space(larger))
    families = (smaller.family, larger.family)
    if inside == outside and families == ("poisson", "nb2"):
        statistic = max(2 * (larger.log_likelihood - smaller.log_likelihood), 0.0)
        return Comparison(
            statistic=statistic,
            df=1,
            p_value=float(scipy.stats.chi2.sf(statistic, 1) / 2),
            method=_("likelihood ratio, Poisson within NB2 (half the chi-square's p)"),
        )
    if not inside < outside or families[0] != families[1]:
        raise ModelError(
            _(
                "{small} ({one}) is not nested in {large} ({two}): give the smaller model first, of the same family, "
                "whose "
                "terms the larger one all has."
            ).format(small=smaller.formula, one=families[0], large=larger.formula, two=families[1])
        )
    df = smaller.df - larger.df
    if families[0] == "quasi-poisson":
        statistic = (smaller.deviance - larger.deviance) / df / larger.dispersion
        return Comparison(
            statistic=statistic,
            df=df,
            p_value=float(scipy.stats.f.sf(statistic, df, larger.df)),
            method=_("F with quasi-Poisson dispersion ({df} residual degrees of freedom)").format(df=larger.df),
        )
    statistic = max(2 * (larger.log_likelihood - smaller.log_likelihood), 0.0)
    return Comparison(
        statistic=statistic, df=df, p_value=float(scipy.stats.chi2.sf(statistic, df)), method=_("likelihood ratio")
    )


def diagnose(model: RegressionResult) -> pd.DataFrame:
    """By unit of analysis: how far it lies from the model and how much it moves the coefficients.

    Own code, because statsmodels' `get_influence` wants the design of every unit, and we have one row for each pattern.

    Returns
    -------
    DataFrame by unit
        observed, expected, exposure; pearson and deviance (residuals over the root of the variance, quasi-Poisson with
        its dispersion); standardised (deviance residual over sqrt(1 - leverage)); leverage, between 0 and 1; cook
        (Cook's distance: above 1, or well above all others, deserves a look). A unit that alone decides a coefficient
        has leverage 1: it fits exactly, and its standardised residual and distance are 0.
    """
    fit, design = model.whole().fit, model.design
    y = model.units["observed"].to_numpy()
    scale = model.dispersion if model.family == "quasi-poisson" else 1.0
    leverage = np.clip(fit.weight * quadratic(design.matrix, fit.covariance)[design.pattern], 0, 1)
    left = np.where(leverage < 1 - 1e-8, 1 - leverage, np.inf)
    pearson = (y - fit.mean) / np.sqrt(scale * fit.variance)
    deviance = np.sign(y - fit.mean) * np.sqrt(fit.unit_deviance(y) / scale)
    return model.units.assign(
        pearson=pearson,
        deviance=deviance,
        standardised=deviance / np.sqrt(left),
        leverage=leverage,
        cook=pearson**2 * leverage / left**2 / len(design.columns),
    )


def check_zeros(model: RegressionResult) -> Zeros:
    """Are there more units without events than the model expects (zero inflation)?

    z is observed less expected zeros over its standard error, sum p0 (1 - p0) less what the fitted coefficients take
    up; p0 the Poisson or NB2 probability of 0 (after van den Broek 1995, Biometrics 51:738-743; summed unweighted, so
    that units with many expected events do not decide). Many zeros alone are no inflation: small units have them.

    Returns
    -------
    Zeros
    """
    fit, design = model.whole().fit, model.design
    y, mu, alpha = model.units["observed"].to_numpy(), fit.mean, fit.alpha
    none = np.exp(-mu) if alpha == 0 else np.exp(-np.log1p(alpha * mu) / alpha)
    slope = design.matrix.T @ design.sums(fit.weight * none)
    variance = float(np.sum(none * (1 - none)) - slope @ fit.covariance @ slope)
    observed, expected = int((y == 0).sum()), float(none.sum())
    z = (observed - expected) / np.sqrt(variance) if variance > 1e-9 * (1 + expected) else np.nan
    p_value = float(special.ndtr(-z)) if not np.isnan(z) else 1.0
    return Zeros(observed=observed, expected=expected, z=float(z), p_value=p_value, unit=model.unit)


def frequencies(model: RegressionResult, *, most: int | None = None) -> pd.DataFrame:
    """Units of analysis by their number of events, next to the numbers that the fitted distribution expects.

    Expected is the sum over the units of the Poisson (NB2) probability of that number at the unit's own mean.

    Parameters
    ----------
    most : the number from which events are counted as one group; the largest that was observed, at most 20

    Returns
    -------
    DataFrame by number of events, "0", "1", ... and "5 or more"
        observed and expected units; both columns add up to the units.

    Raises
    ------
    ModelError
        For quasi-Poisson, which is no distribution, and for counts that are sums of weights.
    """
    y, mu = (model.whole().units[name].to_numpy() for name in ("observed", "expected"))
    if model.family == "quasi-poisson":
        raise ModelError(_("Quasi-Poisson is no distribution of counts. Fit with family='poisson' or 'nb2'."))
    if np.any(y != np.round(y)):
        raise ModelError(
            _("The counts are sums of weights: there is no table of how many units have 0, 1, 2, ... events.")
        )
    most = int(min(y.max(), 20)) if most is None else most

    if model.alpha:
        theta = 1 / model.alpha
        law = scipy.stats.nbinom(theta, theta / (theta + mu))
    else:
        law = scipy.stats.poisson(mu)
    numbers = range(most)
    observed = [int((y == number).sum()) for number in numbers]
    expected = [float(law.pmf(number).sum()) for number in numbers]
    labels = [*map(str, numbers), _("{n} or more").format(n=most)]
    columns = {"observed": [*observed, len(y) - sum(observed)], "expected": [*expected, len(y) - sum(expected)]}
    return pd.DataFrame(columns, index=pd.Index(labels, name="events"))


def _space(model: RegressionResult) -> list[tuple]:
    """The terms that span the model's means, whatever their order and references."""
    return [frozenset(term) for term in model.design.formula.terms]
