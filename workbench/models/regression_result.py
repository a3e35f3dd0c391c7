"""What a regression of counts has found, as a frozen value without the library that fitted it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import scipy  # its parts come when they are first used

from workbench.terms.errors import ModelError
from workbench.terms.text import _

if TYPE_CHECKING:  # statsmodels takes a second to import, and a chart of a finding needs none of it
    from workbench.models.regression_design import Design
    from workbench.models.regression_fit import Fit


@dataclass(frozen=True, kw_only=True, eq=False)
class RegressionResult:
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
    design: "Design" = field(repr=False)
    fit: "Fit | None" = field(repr=False)  # None where units are withheld
    units: pd.DataFrame = field(repr=False)  # by unit of analysis: observed, exposure, expected

    def __str__(self) -> str:
        return _(
            "{formula}: {method}, {events:,.0f} events, {unit}, {k} coefficients. `reading()` tells it in words."
        ).format(formula=self.formula, method=self.method, events=self.events, unit=self.unit, k=len(self.coefficients))

    @property
    def ratios(self) -> pd.DataFrame:
        """Rate ratios with limits, p-values, and the events behind them; without the constant."""
        columns = ["ratio", "ratio_low", "ratio_high", "p_value", "events"]
        return self.coefficients.loc[self.coefficients.index != "constant", columns]

    def whole(self) -> "RegressionResult":
        """This result when all its units may be seen; ModelError when some were withheld."""
        if self.fit is None:
            raise ModelError(
                _(
                    "Units with few events are withheld from this result, so it answers no more than its ratios. "
                    "Ask of data that may be shown, or with fewer terms."
                )
            )
        return self

    @property
    def reach(self) -> float:
        """Standard errors that a limit lies from its estimate: normal, or t with one degree less than clusters."""
        df = self.clusters - 1 if self.clusters else np.inf
        return float(scipy.stats.t.ppf((1 + self.level) / 2, df))
