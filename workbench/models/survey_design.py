"""The design of a survey: weights, strata and sampling units of each stage, replicate weights; variances from them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pandas as pd

from workbench.models.inputs import chosen
from workbench.models.survey_replicates import Replicates
from workbench.terms.errors import ModelError
from workbench.terms.text import _, n_
from workbench.terms.words import some

LONELY = ("fail", "certainty", "centre", "average")
"""What a stratum with one sampling unit adds to a variance: refused; nothing; its distance from the mean of all; the
average of the other strata. R's `survey.lonely.psu` calls them fail, certainty, adjust and average."""
SURE = 1e-9
"""A stratum of which all units were drawn varies by less than this."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One stage of sampling.

    Attributes
    ----------
    unit : of each respondent the number of its sampling unit; units of different strata differ
    stratum : of each unit the number of its stratum
    units : how many units each stratum has in the sample
    fraction : of each stratum the share of its units that was drawn; 0 with replacement, or where it is not known
    names : of the strata, as messages show them
    """

    unit: np.ndarray = field(repr=False)
    stratum: np.ndarray = field(repr=False)
    units: np.ndarray = field(repr=False)
    fraction: np.ndarray = field(repr=False)
    names: tuple[str, ...] = field(repr=False)


class Explained(Protocol):
    """What weights were calibrated to: it takes off influences what the known totals explain."""

    def residuals(self, influence: np.ndarray) -> np.ndarray: ...


@dataclass(frozen=True, kw_only=True)
class Design:
    """What is known of how respondents were drawn.

    Attributes
    ----------
    weights : of each respondent
    stages : of sampling, the first one first
    replicates : replicate weights, used in place of the stages where given
    lonely : what a stratum with one sampling unit adds: see `LONELY`
    calibration : what the weights were calibrated to, or None
    """

    weights: np.ndarray = field(repr=False)
    stages: tuple[Stage, ...] = field(repr=False)
    replicates: Replicates | None = field(default=None, repr=False)
    lonely: str = "fail"
    calibration: Explained | None = field(default=None, repr=False)

    def variances(self, scores: np.ndarray, groups: np.ndarray, n_groups: int) -> np.ndarray:
        """Variance of the sum of scores of each group; respondents of group -1 belong to none.

        The sum over stages and strata of (1 - f) n / (n - 1) times the squares of the units' sums about their mean;
        all units of the design count, those without a respondent of the group as 0 (Saerndal, Swensson and Wretman
        1992, ch. 4). A second stage adds its part times the fraction of the first.
        """
        if self.calibration is not None:  # respondents outside a group have a residual too
            return np.array(
                [self.covariance(np.where(groups == g, scores, 0.0)[:, None])[0, 0] for g in range(n_groups)]
            )
        inside = groups >= 0
        found, drawn = np.zeros(n_groups), np.ones(len(scores))
        for stage in self.stages:
            cells = stage.unit[inside].astype(np.int64) * n_groups + groups[inside]
            places, at = np.unique(cells, return_inverse=True)
            sums = np.bincount(at, weights=scores[inside] * np.sqrt(drawn[inside]), minlength=len(places))
            unit, group = np.divmod(places, n_groups)
            found += self._between(stage, sums, stage.stratum[unit], group, n_groups)
            drawn = drawn * stage.fraction[stage.stratum[stage.unit]]
            if not drawn.any():
                break
        return found

    def _between(self, stage: Stage, sums: np.ndarray, strata: np.ndarray, group: np.ndarray, n_groups: int):
        """What one stage adds: of each unit and group that meet, the sum of scores, the stratum and the group."""
        cells, at = np.unique(strata.astype(np.int64) * n_groups + group, return_inverse=True)
        first = np.bincount(at, weights=sums, minlength=len(cells))
        second = np.bincount(at, weights=sums**2, minlength=len(cells))
        stratum, of_group = np.divmod(cells, n_groups)
        units = stage.units[stratum]
        alone = units == 1
        several = np.where(alone, 2, units)
        spread = several / (several - 1) * np.maximum(second - first**2 / units, 0)
        part = (1 - stage.fraction[stratum]) * np.where(alone, second if self.lonely == "centre" else 0.0, spread)
        found = np.bincount(of_group, weights=part, minlength=n_groups)
        if self.lonely == "average" and (lonely := int((stage.units == 1).sum())):
            found = found * len(stage.units) / (len(stage.units) - lonely)
        return found

    def covariance(self, scores: np.ndarray) -> np.ndarray:
        """Covariance of the sums of several scores, one column each: as `variances`, of all respondents together."""
        n, k = scores.shape
        if self.calibration is not None:
            weights = self.weights[:, None]
            influence = np.divide(scores, weights, out=np.zeros_like(scores), where=weights != 0)
            scores = weights * self.calibration.residuals(influence)
        found, drawn = np.zeros((k, k)), np.ones(n)
        for stage in self.stages:
            weighted = scores * np.sqrt(drawn)[:, None]
            n_units, n_strata = len(stage.stratum), len(stage.units)
            sums = np.column_stack([np.bincount(stage.unit, column, n_units) for column in weighted.T])
            means = np.column_stack([np.bincount(stage.stratum, column, n_strata) for column in sums.T])
            alone = stage.units == 1
            means = np.where(alone[:, None], 0.0, means / stage.units[:, None])
            several = np.where(alone, 2, stage.units)
            kept = np.where(alone, 1.0 if self.lonely == "centre" else 0.0, several / (several - 1))
            factor = np.sqrt((1 - stage.fraction) * kept)
            centred = (sums - means[stage.stratum]) * factor[stage.stratum][:, None]
            part = centred.T @ centred
            if self.lonely == "average" and alone.any():
                part = part * n_strata / (n_strata - int(alone.sum()))
            found += part
            drawn = drawn * stage.fraction[stage.stratum[stage.unit]]
            if not drawn.any():
                break
        return found

    def degrees_of_freedom(self, groups: np.ndarray, n_groups: int, *, domain: bool = True) -> np.ndarray:
        """Sampling units less strata: of those that have a respondent of the group (as R), or of the whole design."""
        stage = self.stages[0]
        whole = len(stage.stratum) - len(stage.units)
        if self.replicates is not None:
            return np.full(n_groups, float(self.replicates.df))
        if not domain:
            return np.full(n_groups, float(whole))
        inside = groups >= 0
        met = np.unique(stage.unit[inside].astype(np.int64) * n_groups + groups[inside])
        unit, group = np.divmod(met, n_groups)
        strata = np.unique(stage.stratum[unit].astype(np.int64) * n_groups + group) % n_groups
        found = np.bincount(group, minlength=n_groups) - np.bincount(strata, minlength=n_groups)
        return found.astype(float)


@dataclass(frozen=True, kw_only=True)
class StageColumns:
    """The columns that say how one stage was drawn.

    Attributes
    ----------
    strata : stratum of each respondent, or None for one alone
    units : sampling unit; numbers may repeat between strata. None: each respondent is one
    population : units that the stratum has in the population, or (up to 1) the share of them that was drawn; None:
        with replacement
    """

    strata: pd.Series | None = None
    units: pd.Series | None = None
    population: pd.Series | None = None


def survey_design(
    weights: pd.Series,
    stages: Sequence[StageColumns] = (StageColumns(),),
    *,
    replicates: Replicates | None = None,
    lonely: str = "fail",
) -> Design:
    """The design that columns of a survey describe.

    Parameters
    ----------
    weights : Series
        Of each respondent, 0 or more.
    stages : sequence of StageColumns
        The first one first; strata of a later one lie inside the units of the one before.
    replicates : Replicates or None
    lonely : str
        What a stratum with one sampling unit adds to a variance: "fail", "certainty", "centre" or "average".

    Returns
    -------
    Design

    Raises
    ------
    ModelError
        For weights that are missing or negative, or none above 0; for a stratum with one unit under "fail", naming
        the strata and the policies; for more units drawn than there are.
    """
    chosen(lonely, LONELY, "lonely")
    values = weights.to_numpy(float)
    if not np.isfinite(values).all():
        raise ModelError(_("{n} weights are missing or infinite.").format(n=int((~np.isfinite(values)).sum())))
    if (values < 0).any() or not (values > 0).any():
        message = _("Weights are 0 or more, some of them above 0; {n} of {all} are negative.")
        raise ModelError(message.format(n=int((values < 0).sum()), all=len(values)))

    made, above = [], np.zeros(len(values), dtype=np.int64)
    for columns in stages:
        stage = _stage(columns, above)
        made.append(stage)
        above = stage.unit
    design = Design(weights=values, stages=tuple(made), replicates=replicates, lonely=lonely)
    if lonely == "fail" and replicates is None:
        _check_lonely(design)
    return design


def _stage(columns: StageColumns, above: np.ndarray) -> Stage:
    """Units and strata of one stage as numbers, nested in the units of the stage above."""
    n = len(above)
    own = np.zeros(n, dtype=np.int64) if columns.strata is None else _numbers(columns.strata, _("strata"))
    stratum, names = _nested(above, own)
    each = np.arange(n, dtype=np.int64)
    unit, _cells = _nested(stratum, each if columns.units is None else _numbers(columns.units, _("sampling units")))
    first = np.unique(unit, return_index=True)[1]
    stratum_of_unit = stratum[first]
    units = np.bincount(stratum_of_unit)

    labels = range(len(units))
    if columns.strata is not None:
        at = np.unique(stratum, return_index=True)[1]
        labels = columns.strata.iloc[at].astype(str)
    return Stage(
        unit=unit,
        stratum=stratum_of_unit,
        units=units,
        fraction=_fractions(columns.population, stratum, units),
        names=tuple(map(str, labels)),
    )


def _nested(outer: np.ndarray, inner: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of an outer and an inner number as one number each, and the pairs there are."""
    cells, numbers = np.unique(outer.astype(np.int64) * (int(inner.max()) + 1) + inner, return_inverse=True)
    return numbers, cells


def _numbers(column: pd.Series, what: str) -> np.ndarray:
    """Codes as numbers from 0; a respondent without one cannot be placed in the design."""
    numbers, _values = pd.factorize(column)
    if (numbers < 0).any():
        message = _("{n} respondents have no {what}: leave them out, or give them one of their own.")
        raise ModelError(message.format(n=int((numbers < 0).sum()), what=what))
    return numbers.astype(np.int64)


def _fractions(population: pd.Series | None, stratum: np.ndarray, units: np.ndarray) -> np.ndarray:
    """The share of each stratum's units that was drawn."""
    if population is None:
        return np.zeros(len(units))
    at = np.unique(stratum, return_index=True)[1]
    size = population.to_numpy(float)[at]
    fraction = np.where(size > 1, units / np.where(size > 0, size, 1), size)
    if not np.isfinite(size).all() or (size <= 0).any() or (fraction > 1 + SURE).any():
        raise ModelError(
            _(
                "A finite population correction is the number of units in the stratum's population, never fewer than "
                "were drawn, or the share of them that was drawn."
            )
        )
    return np.minimum(fraction, 1.0)


def _check_lonely(design: Design) -> None:
    """Refuse strata with one unit that was not sure to be drawn."""
    for stage in design.stages:
        alone = (stage.units == 1) & (stage.fraction < 1 - SURE)
        if alone.any() and (stage is design.stages[0] or design.stages[0].fraction.any()):
            names = [name for name, is_alone in zip(stage.names, alone, strict=True) if is_alone]
            message = n_(
                "{n} stratum has one sampling unit, from which no variance can be computed: {names}. Choose what it "
                "adds, lonely=: {policies}.",
                "{n} strata have one sampling unit each, from which no variance can be computed: {names}. Choose what "
                "they add, lonely=: {policies}.",
                len(names),
            )
            raise ModelError(message.format(n=len(names), names=some(names), policies=", ".join(LONELY[1:])))
