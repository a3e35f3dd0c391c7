"""Regression of counts over exposure from the cells of a cube: Poisson, quasi-Poisson and negative binomial."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import scipy  # its parts come when they are first used

from workbench.models.inputs import checked_level, chosen
from workbench.models.regression_cells import unit_name, units_of
from workbench.models.regression_checks import (
    Comparison,
    Dispersion,
    Zeros,
    check_dispersion,
    check_zeros,
    compare_models,
    diagnose,
    frequencies,
)
from workbench.models.regression_design import Design, parse_formula
from workbench.models.regression_fit import Fit, fit_negative_binomial, fit_poisson, robust_covariance
from workbench.models.regression_notes import MethodWords, notes_of
from workbench.models.regression_reading import average_rates, fitted_rates, reading
from workbench.models.regression_result import RegressionResult
from workbench.models.regression_separation import estimable_design
from workbench.terms.errors import ModelError
from workbench.terms.text import _

FAMILIES = ("poisson", "quasi-poisson", "nb2")
ERRORS = ("model", "hc0", "hc1", "cluster", "cluster0", "cluster1")
EXACT = 1e-9  # dispersion below which the units fit exactly


class CountRegression(RegressionResult):
    """Rate ratios of a log-linear model, and the questions that can be asked of it."""

    def reading(self, **options) -> str:
        """The regression in plain sentences: see `regression_reading.reading`."""
        return reading(self, **options)

    def average_rates(self, variable: str, **options) -> pd.DataFrame:
        """Standardised rates by the levels of one category: see `regression_reading.average_rates`."""
        return average_rates(self, variable, **options)

    def fitted_rates(self, *, per: float = 100_000) -> pd.DataFrame:
        """The model's rate of every unit of analysis: see `regression_reading.fitted_rates`."""
        return fitted_rates(self, per=per)

    def residuals(self) -> pd.DataFrame:
        """Residuals, leverage and influence of every unit: see `regression_checks.diagnose`."""
        return diagnose(self)

    def dispersion_test(self) -> Dispersion:
        """Tests of more variation than Poisson's: see `regression_checks.check_dispersion`."""
        return check_dispersion(self)

    def zeros(self) -> Zeros:
        """Units without events, compared with those expected: see `regression_checks.check_zeros`."""
        return check_zeros(self)

    def frequencies(self, **options) -> pd.DataFrame:
        """Units by number of events, compared with those expected: see `regression_checks.frequencies`."""
        return frequencies(self, **options)

    def against(self, smaller: RegressionResult) -> Comparison:
        """Test of what this model adds to a smaller one: see `regression_checks.compare_models`.

        Parameters
        ----------
        smaller : RegressionResult
            Of the same cells, its terms among this model's.

        Returns
        -------
        Comparison

        Raises
        ------
        ModelError
            For models of other cells or families, or that are not nested.
        """
        return compare_models(smaller, self)


# Family, errors, clusters and unit are chosen independently of each other: an object for them would only be unpacked.
def fit_regression(  # noqa: PLR0913
    cells: pd.DataFrame,
    formula: str,
    *,
    exposure: str | None = None,
    family: str = "poisson",
    references: Mapping[str, str] | None = None,
    errors: str | None = None,
    cluster: str | None = None,
    unit: Sequence[str] | None = None,
    separation: str = "refuse",
    level: float = 0.95,
) -> CountRegression:
    """Log-linear regression log(mean) = log(exposure) + X b of the cells' counts; text columns are categories.

    Poisson coefficients and model-based errors are the same for any cells that hold the formula's variables; so are
    clustered errors. Dispersion, quasi-Poisson, NB2, HC0, HC1 and residuals depend on the unit of analysis, which the
    result names. Limits use the normal distribution, clustered errors t with G - 1 degrees of freedom.
    (McCullagh & Nelder 1989; Cameron & Trivedi 2013, Regression Analysis of Count Data; Liang & Zeger 1986.)

    Units are summed, the design is built, fitted by statsmodels, given its errors, and put in words.

    Parameters
    ----------
    cells : DataFrame, one row per cell: columns of codes, counts >= 0, exposure >= 0 in persons or hours (not its log)
    formula : such as "accidents ~ nace1 + sex * age_group + C(year)"; see `parse_formula`
    exposure : column of the exposure; without it every row counts as 1
    family : "poisson", "quasi-poisson" (errors times the root of Pearson X2 / df), "nb2" (alpha by maximum likelihood)
    references : reference level by variable; else the level with most exposure
    errors : "model"; "hc0", "hc1" (variance times n / (n - k)); with `cluster` the small-sample factor of the variance:
        "cluster" (G / (G - 1), the default), "cluster0" (none), "cluster1" (G / (G - 1) times (n - 1) / (n - k), the
        default of statsmodels and Stata)
    cluster : column of the clusters
    unit : columns whose combinations are the unit of analysis; the cells are summed to them. Without it, the rows
    separation : "refuse", or "leave_out" cells that only an infinite coefficient can fit, and report them

    Returns
    -------
    CountRegression
        `ratios` and `coefficients` by term, `terms` as a whole, `units` with expected counts, `notes`.

    Raises
    ------
    ModelError
        Missing, negative or infinite numbers, missing codes, events without exposure, no events, levels without events
        (separation), terms that cannot be told apart, one level only, units that fit exactly, no convergence, one
        cluster.
    UnknownName
        A column that the cells do not have.
    """
    checked_level(level)
    chosen(family, FAMILIES, "family")
    chosen(separation, ("refuse", "leave_out"), "separation")
    errors = _checked_errors(errors, cluster)

    parsed = parse_formula(formula)
    units = units_of(cells, parsed, exposure, cluster, unit, references or {})
    estimable = estimable_design(units.rows, parsed, dict(references or {}), separation)
    rows, design = estimable.rows, estimable.design
    y, n = rows["_counts"].to_numpy(), rows["_exposure"].to_numpy()

    fit = fit_negative_binomial(design, y, n) if family == "nb2" else fit_poisson(design, y, n)
    df = len(y) - len(design.columns)
    pearson = float(np.sum((y - fit.mean) ** 2 / fit.variance))
    dispersion = pearson / df if df > 0 else np.nan
    _check_variation(len(y), len(design.columns), family, errors, dispersion)

    clusters = pd.factorize(rows[cluster])[0] if cluster else None
    covariance, blind = _covariance(design, fit, y, errors, clusters)
    if family == "quasi-poisson" and errors == "model":
        covariance = covariance * dispersion
    back = design.uncentre
    covariance = back @ covariance @ back.T
    covariance[blind] = covariance[:, blind] = np.nan
    covariance = pd.DataFrame(covariance, index=design.names, columns=design.names)

    groups = int(clusters.max()) + 1 if cluster else 0
    t_df = groups - 1 if groups else np.inf
    words = MethodWords(family=family, errors=errors, cluster=cluster or "", groups=groups)
    likelihood = np.nan if family == "quasi-poisson" else fit.log_likelihood(y)
    parameters = len(design.columns) + (family == "nb2")
    notes = notes_of(design, fit, y, words, dispersion, blind)
    return CountRegression(
        coefficients=_table(design, back @ fit.coefficients, covariance, y, level, t_df),
        covariance=covariance,
        terms=_terms(design, back @ fit.coefficients, covariance, t_df),
        formula=parsed.text,
        family=family,
        method=str(words),
        references={name: levels[0] for name, levels in design.levels.items()},
        exposure=exposure or "",
        unit=unit_name(cells, parsed, exposure, unit, len(y)),
        n=len(y),
        events=float(y.sum()),
        without_exposure=units.without_exposure,
        separated=estimable.separated,
        level=level,
        clusters=groups,
        df=df,
        deviance=float(fit.unit_deviance(y).sum()),
        pearson=pearson,
        dispersion=dispersion,
        alpha=fit.alpha,
        alpha_error=fit.alpha_error,
        log_likelihood=likelihood,
        aic=2 * parameters - 2 * likelihood,
        notes=(*units.notes, *estimable.notes, *notes),
        design=design,
        fit=fit,
        units=pd.DataFrame({"observed": y, "exposure": n, "expected": fit.mean}, index=rows.index),
    )


def _checked_errors(errors: str | None, cluster: str | None) -> str:
    errors = chosen(errors or ("cluster" if cluster else "model"), ERRORS, "errors")
    if errors.startswith("cluster") != (cluster is not None):
        raise ModelError(
            _("Clustered errors and the column of clusters go together: give cluster= and no other errors.")
        )
    return errors


def _check_variation(n: int, k: int, family: str, errors: str, dispersion: float) -> None:
    """ModelError when the units leave no variation to learn from, where something is to be learnt from it."""
    if n <= k and (family != "poisson" or errors in ("hc0", "hc1")):
        raise ModelError(
            _(
                "{n} units for {k} coefficients leave nothing to learn the variation from. Use family='poisson' with "
                "model-based errors, or fewer terms."
            ).format(n=n, k=k)
        )
    if family != "poisson" and dispersion < EXACT:
        raise _exact()


def _covariance(
    design: Design, fit: Fit, y: np.ndarray, errors: str, clusters: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Covariance of the centred coefficients, and which coefficients it is blind to."""
    if errors == "model":
        return fit.covariance, np.zeros(len(design.columns), bool)
    if clusters is not None and clusters.max() < 1:
        raise ModelError(_("There is one cluster only: nothing to learn its variation from. Use model-based errors."))
    covariance, blind = robust_covariance(design, fit, y, errors, clusters)
    if blind.all():
        raise _exact()
    return covariance, blind


def _exact() -> ModelError:
    return ModelError(
        _(
            "The units fit exactly: nothing is left to learn their variation from. Use family='poisson' with "
            "model-based "
            "errors, fewer terms, or finer units."
        )
    )


def _table(
    design: Design, b: np.ndarray, covariance: pd.DataFrame, y: np.ndarray, level: float, t_df: float
) -> pd.DataFrame:
    """By term: the coefficient with its error, limits and test, the ratio with its limits, the events behind it."""
    error = np.sqrt(np.diag(covariance))
    reach, statistic = scipy.stats.t.ppf((1 + level) / 2, t_df) * error, b / error
    numbers = np.array([any(name in design.centres for name, _level in column) for column in design.columns])
    events = (design.matrix != 0).astype(float).T @ design.sums(y)

    columns = {"value": b, "error": error, "low": b - reach, "high": b + reach, "statistic": statistic}
    columns["p_value"] = 2 * scipy.stats.t.sf(np.abs(statistic), t_df)
    # the constant of a model with calendar years is for the year 0: infinite is honest
    with np.errstate(over="ignore"):
        columns |= {"ratio": np.exp(b), "ratio_low": np.exp(b - reach), "ratio_high": np.exp(b + reach)}
    columns["events"] = np.where(numbers, y.sum(), events)
    return pd.DataFrame(columns, index=pd.Index(design.names, name="term"))


def _terms(design: Design, b: np.ndarray, covariance: pd.DataFrame, t_df: float) -> pd.DataFrame:
    """Wald test of each term: chi-square, or F with clusters; NaN without errors or too few clusters."""
    places: dict[str, list[int]] = {}
    for place, column in enumerate(design.columns):
        if column:
            places.setdefault(":".join(name for name, _level in column), []).append(place)
    rows = {}
    for term, where in places.items():
        part, k = covariance.to_numpy()[np.ix_(where, where)], len(where)
        if k > t_df or np.isnan(part).any():
            rows[term] = (k, np.nan, np.nan)
            continue
        statistic = float(b[where] @ np.linalg.solve(part, b[where]))
        if np.isinf(t_df):
            rows[term] = (k, statistic, float(scipy.stats.chi2.sf(statistic, k)))
        else:
            rows[term] = (k, statistic / k, float(scipy.stats.f.sf(statistic / k, k, t_df)))
    return pd.DataFrame.from_dict(rows, orient="index", columns=["columns", "statistic", "p_value"]).rename_axis("term")
