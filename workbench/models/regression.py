"""Regression of counts over exposure from the cells of a cube: Poisson, quasi-Poisson and negative binomial."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import scipy  # its parts come when they are first used
from scipy import sparse

from workbench.models.inputs import checked_level, chosen, some
from workbench.models.regression_cells import unit_name, units_of
from workbench.models.regression_design import Design, parse_formula
from workbench.models.regression_fit import Fit, fit_log_linear, fit_negative_binomial, information
from workbench.models.regression_separation import estimable_design
from workbench.terms.errors import ModelError
from workbench.terms.text import _

FAMILIES = {"poisson": "Poisson", "quasi-poisson": "quasi-Poisson", "nb2": "negative binomial (NB2)"}
ERRORS = {
    "model": "model-based errors",
    "hc0": "robust errors (HC0)",
    "hc1": "robust errors (HC1: n/(n-k))",
    "cluster": "errors clustered by {cluster} ({n} clusters, G/(G-1), t with {df} degrees of freedom)",
}
MANY_CLUSTERS = 30


@dataclass(frozen=True, kw_only=True, eq=False)
class CountRegression:
    """Rate ratios of a log-linear model, and all that is needed to judge them."""

    coefficients: pd.DataFrame = field(repr=False)  # by term: value error low high (logs) p_value ratio ratio_low ...
    covariance: pd.DataFrame = field(repr=False)  # of the coefficients, with the chosen errors
    terms: pd.DataFrame = field(repr=False)  # by term: columns, statistic (Wald chi-square, or F), p_value
    formula: str
    family: str  # "poisson", "quasi-poisson" or "nb2"
    method: str
    references: Mapping[str, str]
    exposure: str  # the column, "" when every unit counts as 1
    unit: str  # the unit of analysis, in words
    n: int  # units with exposure
    events: float
    without_exposure: int  # cells left out because nobody was exposed
    separated: tuple[str, ...]  # left out on request: their coefficient is minus infinity
    level: float
    clusters: int  # 0 without
    df: int  # units less coefficients
    deviance: float
    pearson: float
    dispersion: float  # Pearson X2 / df; NaN without degrees of freedom
    alpha: float  # of NB2: Var = mu + alpha mu^2; theta = 1 / alpha
    alpha_error: float
    log_likelihood: float  # NaN for quasi-Poisson, which has none
    aic: float
    notes: tuple[str, ...]
    design: Design = field(repr=False)
    fit: Fit = field(repr=False)
    units: pd.DataFrame = field(repr=False)  # by unit of analysis: observed, exposure, expected

    def __str__(self) -> str:
        return _("{formula}: {method}, {events:,.0f} events, {unit}, {k} coefficients. `reading(...)` tells it in words.").format(
            formula=self.formula, method=self.method, events=self.events, unit=self.unit, k=len(self.coefficients)
        )  # fmt: skip

    @property
    def ratios(self) -> pd.DataFrame:
        """Rate ratios with limits, p-values, and the events behind them; without the constant."""
        columns = ["ratio", "ratio_low", "ratio_high", "p_value", "events"]
        return self.coefficients.loc[self.coefficients.index != "constant", columns]


def fit_regression(
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

    Parameters
    ----------
    cells : DataFrame, one row per cell: columns of codes, counts >= 0, exposure >= 0 in persons or hours (not its log)
    formula : such as "accidents ~ nace1 + sex * age_group + C(year)"; see `parse_formula`
    exposure : column of the exposure; without it every row counts as 1
    family : "poisson", "quasi-poisson" (errors times the root of Pearson X2 / df), "nb2" (alpha by maximum likelihood)
    references : reference level by variable; else the level with most exposure
    errors : "model", "hc0", "hc1" or "cluster" (the default when `cluster` names a column)
    unit : columns whose combinations are the unit of analysis; the cells are summed to them. Without it, the rows
    separation : "refuse", or "leave_out" cells that only an infinite coefficient can fit, and report them

    Raises
    ------
    ModelError
        Missing, negative or infinite numbers, missing codes, events without exposure, no events, levels without events
        (separation), terms that cannot be told apart, one level only, units that fit exactly, no convergence, one cluster.
    UnknownName
        A column that the cells do not have.
    """
    checked_level(level)
    chosen(family, FAMILIES, "family")
    chosen(separation, ("refuse", "leave_out"), "separation")
    errors = chosen(errors or ("cluster" if cluster else "model"), ERRORS, "errors")
    if (errors == "cluster") != (cluster is not None):
        raise ModelError(
            _("Clustered errors and the column of clusters go together: give cluster= and no other errors.")
        )
    parsed = parse_formula(formula)
    rows, notes, empty = units_of(cells, parsed, exposure, cluster, unit, references or {})
    rows, design, lost, told = estimable_design(rows, parsed, dict(references or {}), separation)
    y, n = rows["_counts"].to_numpy(), rows["_exposure"].to_numpy()
    fit = (fit_negative_binomial if family == "nb2" else fit_log_linear)(design, y, n)
    df = len(y) - len(design.columns)
    pearson = float(np.sum((y - fit.mean) ** 2 / fit.variance))
    dispersion = pearson / df if df > 0 else np.nan
    if df <= 0 and (family != "poisson" or errors in ("hc0", "hc1")):
        raise ModelError(
            _("{n} units for {k} coefficients leave nothing to learn the variation from. Use family='poisson' with model-based "
              "errors, or fewer terms.").format(n=len(y), k=len(design.columns))
        )  # fmt: skip
    clusters = pd.factorize(rows[cluster])[0] if cluster else None
    covariance, groups, blind = _covariance(design, fit, y, errors, clusters)
    if blind.all() or (family != "poisson" and dispersion < 1e-9):
        raise ModelError(
            _("The units fit exactly: nothing is left to learn their variation from. Use family='poisson' with model-based errors, "
              "fewer terms, or finer units.")
        )  # fmt: skip
    if family == "quasi-poisson" and errors == "model":
        covariance = covariance * dispersion
    back = design.uncentre
    covariance = back @ covariance @ back.T
    covariance[blind] = covariance[:, blind] = np.nan
    covariance = pd.DataFrame(covariance, index=design.names, columns=design.names)
    t_df = groups - 1 if groups else np.inf
    likelihood = np.nan if family == "quasi-poisson" else fit.log_likelihood(y)
    parameters = len(design.columns) + (family == "nb2")
    notes += told + _remarks(design, fit, y, family, errors, dispersion, df, groups, blind)
    return CountRegression(
        coefficients=_table(design, back @ fit.coefficients, covariance, y, level, t_df),
        covariance=covariance,
        terms=_terms(design, back @ fit.coefficients, covariance, t_df),
        formula=parsed.text,
        family=family,
        method=f"{_(FAMILIES[family])}, " + _(ERRORS[errors]).format(cluster=cluster, n=groups, df=groups - 1),
        references={name: levels[0] for name, levels in design.levels.items()},
        exposure=exposure or "",
        unit=unit_name(cells, parsed, exposure, unit, len(y)),
        n=len(y),
        events=float(y.sum()),
        without_exposure=empty,
        separated=lost,
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
        notes=tuple(notes),
        design=design,
        fit=fit,
        units=pd.DataFrame({"observed": y, "exposure": n, "expected": fit.mean}, index=rows.index),
    )


def _covariance(design: Design, fit: Fit, y, errors, clusters) -> tuple[np.ndarray, int, np.ndarray]:
    """Covariance of the centred coefficients, the number of clusters, and which coefficients it is blind to.

    A level of one unit (or, clustered, of one cluster) is fitted exactly, so that its scores are 0 whatever its variation.
    """
    if errors == "model":
        return fit.covariance, 0, np.zeros(len(design.columns), bool)
    score = (y - fit.mean) / (1 + fit.alpha * fit.mean)
    matrix, groups, factor = design.matrix, 0, 1.0
    if errors == "cluster":
        groups = int(clusters.max()) + 1
        if groups < 2:
            raise ModelError(
                _("There is one cluster only: nothing to learn its variation from. Use model-based errors.")
            )
        spread = sparse.coo_array((score, (clusters, design.pattern)), shape=(groups, matrix.shape[0])).tocsr()
        sums = spread @ matrix
        meat, factor = (sums.T @ sums).toarray(), groups / (groups - 1)
    else:
        weight = sparse.diags_array(design.sums(score**2))
        meat = (matrix.T @ (weight @ matrix)).toarray()
        if errors == "hc1":
            factor = len(y) / (len(y) - matrix.shape[1])
    blind = meat.diagonal() < 1e-12 * information(matrix, design.sums(fit.weight)).diagonal()
    return factor * fit.covariance @ meat @ fit.covariance, groups, blind


def _table(design, b, covariance, y, level, t_df) -> pd.DataFrame:
    error = np.sqrt(np.diag(covariance))
    reach, statistic = scipy.stats.t.ppf((1 + level) / 2, t_df) * error, b / error
    numbers = np.array([any(name in design.centres for name, _level in column) for column in design.columns])
    events = (design.matrix != 0).astype(float).T @ design.sums(y)
    columns = {"value": b, "error": error, "low": b - reach, "high": b + reach, "statistic": statistic}
    columns["p_value"] = 2 * scipy.stats.t.sf(np.abs(statistic), t_df)
    with np.errstate(
        over="ignore"
    ):  # the constant of a model with calendar years is for the year 0: infinite is honest
        columns |= {"ratio": np.exp(b), "ratio_low": np.exp(b - reach), "ratio_high": np.exp(b + reach)}
    columns["events"] = np.where(numbers, y.sum(), events)
    return pd.DataFrame(columns, index=pd.Index(design.names, name="term"))


def _terms(design, b, covariance, t_df) -> pd.DataFrame:
    """Wald test of each term: chi-square, or F with clustered errors; NaN with fewer clusters than columns, or without errors."""
    of = pd.Series([":".join(name for name, _level in column) for column in design.columns])
    rows = {}
    for term in of[of != ""].unique():
        where = np.flatnonzero(of == term)
        part, k = covariance.to_numpy()[np.ix_(where, where)], len(where)
        if k > t_df or np.isnan(part).any():
            rows[term] = (k, np.nan, np.nan)
            continue
        statistic = float(b[where] @ np.linalg.solve(part, b[where]))
        told = np.isinf(t_df)
        p = scipy.stats.chi2.sf(statistic, k) if told else scipy.stats.f.sf(statistic / k, k, t_df)
        rows[term] = (k, statistic if told else statistic / k, float(p))
    return pd.DataFrame.from_dict(rows, orient="index", columns=["columns", "statistic", "p_value"]).rename_axis("term")


def _remarks(design, fit, y, family, errors, dispersion, df, groups, blind) -> list[str]:
    """What a reader of the ratios must know."""
    notes = []
    if design.aliased:
        notes.append(_("Not estimated, for want of cells: {columns}.").format(columns=some(design.aliased)))
    if np.any(y != np.round(y)) and family == "poisson" and errors == "model":
        notes.append(
            _(
                "The counts are sums of weights: Poisson errors do not hold for them. Take robust errors or quasi-Poisson."
            )
        )
    if (
        family == "poisson"
        and errors == "model"
        and df > 0
        and dispersion > 1
        and scipy.stats.chi2.sf(dispersion * df, df) < 0.05
    ):
        notes.append(
            _("The units vary {phi:.2f} times as much as Poisson counts: these intervals are too narrow. Take quasi-Poisson, "
              "nb2 or robust errors.").format(phi=dispersion)
        )  # fmt: skip
    if family == "nb2" and fit.alpha == 0:
        notes.append(_("The units vary no more than Poisson counts: alpha is 0 and the model is Poisson's."))
    if 0 < groups < MANY_CLUSTERS:
        notes.append(
            _("{n} clusters are few: errors from under {many} tend to be too small.").format(
                n=groups, many=MANY_CLUSTERS
            )
        )
    if blind.any():
        names = some(name for name, without in zip(design.names, blind, strict=True) if without)
        notes.append(
            _("No errors can be given for {terms}: the model fits each of their {parts} exactly.").format(
                terms=names, parts=_("clusters") if groups else _("units")
            )
        )
    if groups and len(design.columns) > groups:
        notes.append(
            _("There are fewer clusters than coefficients: terms with many levels cannot be tested as a whole.")
        )
    return notes
