"""Tests on surveys: independence of two answers after Rao and Scott, trend over ordered groups, change of a figure."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from workbench.models.survey import Convention
from workbench.models.survey_design import Design
from workbench.terms.errors import ModelError
from workbench.terms.text import _


@dataclass(frozen=True, kw_only=True)
class RaoScott:
    """A test of independence in a weighted table.

    Attributes
    ----------
    statistic : F
    numerator_df, denominator_df : of the F distribution; not whole numbers as a rule
    p_value : of independence
    """

    statistic: float
    numerator_df: float
    denominator_df: float
    p_value: float


def rao_scott(rows: pd.Series, columns: pd.Series, design: Design) -> RaoScott:
    """Whether two answers are independent in the population: Pearson's statistic of the weighted table, corrected.

    Second-order correction of Rao and Scott (1984), Annals of Statistics 12:46-60, as R's `svychisq(statistic = "F")`.

    Parameters
    ----------
    rows, columns : Series
        An answer of each respondent; missing where there is none, which keeps the respondent in the design.
    design : Design
        Of the same respondents.

    Returns
    -------
    RaoScott

    Raises
    ------
    ModelError
        Where one of the two has a single answer.
    """
    known = (rows.notna() & columns.notna()).to_numpy() & (design.weights > 0)
    row_codes, row_labels = pd.factorize(rows.where(known), sort=True)
    column_codes, column_labels = pd.factorize(columns.where(known), sort=True)
    n_rows, n_columns = len(row_labels), len(column_labels)
    if min(n_rows, n_columns) < 2:
        raise ModelError(_("Independence is tested of two answers with two values each, at the least."))

    cell = np.where(known, row_codes * n_columns + column_codes, -1)
    weights = np.where(known, design.weights, 0.0)
    indicator = (cell[:, None] == np.arange(n_rows * n_columns)).astype(float)
    share = weights @ indicator / weights.sum()
    if design.replicates is None:
        variance = design.covariance((indicator - share) * (weights / weights.sum())[:, None])
    else:
        variance = design.replicates.covariance(lambda w: (w * known) @ indicator / (w * known).sum(), share)

    n = int(known.sum())
    table = share.reshape(n_rows, n_columns)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0))
    pearson = n * ((table - expected) ** 2 / expected).sum()
    contrasts = _interaction(n_rows, n_columns)
    inverse = np.diag(np.divide(1, share, out=np.zeros_like(share), where=share > 0))
    simple = contrasts.T @ (inverse / n) @ contrasts
    delta = np.linalg.solve(simple, contrasts.T @ inverse @ variance @ inverse @ contrasts)
    trace = float(np.trace(delta))
    numerator = trace**2 / float(np.trace(delta @ delta))
    df = float(design.degrees_of_freedom(np.where(known, 0, -1), 1)[0])
    statistic = pearson / trace
    p_value = float(stats.f.sf(statistic, numerator, numerator * df))
    return RaoScott(statistic=statistic, numerator_df=numerator, denominator_df=numerator * df, p_value=p_value)


def _interaction(n_rows: int, n_columns: int) -> np.ndarray:
    """Contrasts of a table's cells that its margins do not explain."""
    row, column = np.divmod(np.arange(n_rows * n_columns), n_columns)
    of_rows = (row[:, None] == np.arange(1, n_rows)).astype(float)
    of_columns = (column[:, None] == np.arange(1, n_columns)).astype(float)
    margins = np.column_stack([np.ones(n_rows * n_columns), of_rows, of_columns])
    products = (of_rows[:, :, None] * of_columns[:, None, :]).reshape(n_rows * n_columns, -1)
    orthogonal, _rest = np.linalg.qr(margins)
    return products - orthogonal @ (orthogonal.T @ products)


def survey_contrast(
    values: pd.Series, groups: pd.Series, coefficients: pd.Series, design: Design, convention: Convention
) -> pd.Series:
    """A sum of group means times coefficients: -1 and 1 for a change, scores about their mean for a trend.

    Parameters
    ----------
    values, groups : Series
        As for `survey_means`.
    coefficients : Series
        One for each group that is meant, by its name; they add up to 0.
    design : Design
        Of the same respondents; means of groups that share sampling units are not independent, which it knows.
    convention : Convention

    Returns
    -------
    Series
        value, se, low, high, df, statistic (t) and p_value (two-sided).

    Raises
    ------
    ModelError
        For a group that nobody is in.
    """
    figures = values.to_numpy(float)
    place = pd.Index(coefficients.index).get_indexer(groups)
    inside = (place >= 0) & np.isfinite(figures) & (design.weights > 0)
    weights = np.where(inside, design.weights, 0.0)
    at = np.where(inside, place, 0)
    weighted = np.bincount(at, weights=weights, minlength=len(coefficients))
    if (weighted == 0).any():
        empty = [str(name) for name, sum_ in zip(coefficients.index, weighted, strict=True) if sum_ == 0]
        raise ModelError(_("Nobody with an answer is in {groups}.").format(groups=", ".join(empty)))
    figures = np.where(inside, figures, 0.0)
    factors, group = coefficients.to_numpy(float), np.where(inside, 0, -1)

    def means_with(weights: np.ndarray) -> np.ndarray:
        sums = [
            np.bincount(at, weights=np.where(inside, weights, 0.0) * of, minlength=len(factors)) for of in (figures, 1)
        ]
        return sums[0] / sums[1]

    means = means_with(weights)
    if design.replicates is None:
        scores = np.where(inside, factors[at] * weights * (figures - means[at]) / weighted[at], 0.0)
        variance = design.variances(scores, group, 1)[0]
    else:
        variance = factors @ design.replicates.covariance(means_with, means) @ factors
    se = float(np.sqrt(variance))
    df = float(design.degrees_of_freedom(group, 1, domain=convention.freedom == "domain")[0])
    value = float(factors @ means)
    half = stats.t.ppf((1 + convention.level) / 2, df) * se
    statistic = value / se if se > 0 else np.nan
    found = {"value": value, "se": se, "low": value - half, "high": value + half, "df": df, "statistic": statistic}
    return pd.Series({**found, "p_value": float(2 * stats.t.sf(abs(statistic), df))})
