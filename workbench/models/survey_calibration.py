"""Calibration of a survey's weights to known totals, by raking or linearly, and what it takes off the errors."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from workbench.models.inputs import chosen
from workbench.models.survey_design import Design
from workbench.terms.errors import ModelError
from workbench.terms.text import _

METHODS = ("raking", "linear")
STEPS, HALVES, CLOSE = 100, 30, 1e-10
ALIKE = 1e-6
"""Margins of one population have the same sum, to this share of it."""


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What weights were fitted to.

    Attributes
    ----------
    columns : one row per respondent, one column per known total
    before : weights before they were fitted
    """

    columns: np.ndarray = field(repr=False)
    before: np.ndarray = field(repr=False)

    def residuals(self, influence: np.ndarray) -> np.ndarray:
        """What the known totals do not explain of each respondent's influence, one column per figure.

        Deville and Särndal (1992), JASA 87:376-382: all calibration estimators have the variance of the regression
        estimator; the regression is that on the weights before, as R's `calibrate`.
        """
        root = np.sqrt(self.before)[:, None]
        slopes, *_rest = np.linalg.lstsq(root * self.columns, root * influence, rcond=1e-10)
        return influence - self.columns @ slopes


def margins(groups: pd.DataFrame, totals: Mapping[str, Mapping[object, float]]) -> tuple[pd.DataFrame, dict]:
    """The columns of 0 and 1, and their totals, that margins of a population ask for.

    Parameters
    ----------
    groups : DataFrame
        A column per margin: the group of each respondent.
    totals : mapping of str to mapping
        By margin, how many there are in each group.

    Returns
    -------
    DataFrame, dict
        A column per margin and group, and its total.

    Raises
    ------
    ModelError
        For groups with respondents and without a total, or the other way round; for margins of different sums.
    """
    columns, wanted = {}, {}
    for name, of_margin in totals.items():
        given, answered = set(of_margin), set(groups[name].unique())
        if answered - given:
            message = _("{margin} has respondents in {groups}, of which no total is given.")
            raise ModelError(message.format(margin=name, groups=", ".join(sorted(map(str, answered - given)))))
        empty = sorted(str(code) for code in given - answered if of_margin[code] > 0)
        if empty:
            message = _("Nobody of {margin} {groups} answered: weights cannot make up for them. Join groups.")
            raise ModelError(message.format(margin=name, groups=", ".join(empty)))
        for code in sorted(answered):
            columns[f"{name} {code}"] = groups[name].eq(code).astype(float)
            wanted[f"{name} {code}"] = float(of_margin[code])
    sums = {name: sum(map(float, of_margin.values())) for name, of_margin in totals.items()}
    if max(sums.values()) > min(sums.values()) * (1 + ALIKE):
        listed = ", ".join(f"{name} {total:,.6g}" for name, total in sums.items())
        raise ModelError(_("Margins of one population have the same sum: {sums}.").format(sums=listed))
    return pd.DataFrame(columns), wanted


def calibrated(design: Design, columns: pd.DataFrame, totals: Mapping[str, float], *, method: str = "raking") -> Design:
    """The design with weights whose sums over the columns are the totals, changed as little as that allows.

    Parameters
    ----------
    design : Design
    columns : DataFrame
        One row per respondent: 0 and 1 of a group, or a number whose total is known.
    totals : mapping of str to float
        By column, the population's total.
    method : str
        "raking" (weights stay above 0; Deming and Stephan) or "linear" (the regression estimator).

    Returns
    -------
    Design
        Its variances are those of what the totals do not explain; replicate weights are calibrated one by one.

    Raises
    ------
    ModelError
        Where no weights give these totals.
    """
    chosen(method, METHODS, "method")
    x, wanted = columns.to_numpy(float), np.array([totals[name] for name in columns], float)
    if not np.isfinite(x).all() or not np.isfinite(wanted).all():
        raise ModelError(_("Columns and totals of a calibration are numbers, known of every respondent."))
    fitted = _fitted(design.weights, x, wanted, method)
    if (fitted < 0).any():
        message = _("Linear calibration makes {n} weights negative: take raking, which keeps them above 0.")
        raise ModelError(message.format(n=int((fitted < 0).sum())))
    given = design.replicates
    return replace(
        design,
        weights=fitted,
        replicates=given and given.changed(lambda weights: _fitted(weights, x, wanted, method)),
        calibration=Calibration(columns=x, before=design.weights),
    )


def _fitted(weights: np.ndarray, x: np.ndarray, totals: np.ndarray, method: str) -> np.ndarray:
    """Weights times exp(x b), or times 1 + x b, with these totals: Newton's steps from b = 0."""
    change = {"raking": np.exp, "linear": lambda z: 1 + z}[method]
    slopes, found = np.zeros(x.shape[1]), weights
    for _step in range(STEPS):
        missing = totals - x.T @ found
        if np.abs(missing).max() <= CLOSE * np.abs(totals).max():
            break
        # margins repeat each other (each adds up to all), so that the least change is taken
        spread = found if method == "raking" else weights
        step = np.linalg.lstsq((x * spread[:, None]).T @ x, missing, rcond=1e-10)[0]
        for _half in range(HALVES):  # weights of a sample that are to add up to people overshoot by far
            with np.errstate(over="ignore", invalid="ignore"):
                found = weights * change(x @ (slopes + step))
                left = np.abs(totals - x.T @ found).max()
            if left < np.abs(missing).max():
                break
            step = step / 2
        slopes = slopes + step
    if not np.abs(x.T @ found - totals).max() <= ALIKE * np.abs(totals).max():
        raise ModelError(_("No weights give these totals: groups are too few or too far from them. Join groups."))
    return found
