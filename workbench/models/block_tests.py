"""Tests of groups that several countries have alike, each country a block: a trend, or any difference at all."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from workbench.terms.errors import ModelError
from workbench.terms.text import _

FEWEST_BLOCKS = 5
"""Of fewer countries no test is made."""


@dataclass(frozen=True, kw_only=True)
class BlockTest:
    """How groups differ over blocks.

    Attributes
    ----------
    blocks : countries that have a figure of every group
    rising : blocks whose last group is above the first
    step : mean of the blocks' least-squares steps from one group to the next, in the unit of the values
    statistic : Page's L of ordered groups, Friedman's chi-square of others
    df : of chi-square; NaN of Page's L
    p_value : two-sided
    """

    blocks: int
    rising: int
    step: float
    statistic: float
    df: float
    p_value: float


def block_test(values: pd.DataFrame, *, ordered: bool) -> BlockTest:
    """Whether groups differ in the same way in many blocks, whatever the level of each.

    Ordered groups: Page (1963), JASA 58:216-230, by the normal approximation. Others: Friedman (1937), JASA 32:675-701.

    Parameters
    ----------
    values : DataFrame
        A row per block, a column per group in their order; a row with a missing figure is left out.
    ordered : bool
        Whether the groups have an order.

    Returns
    -------
    BlockTest

    Raises
    ------
    ModelError
        For fewer than three groups, or five complete blocks.
    """
    complete = values.dropna().to_numpy(float)
    blocks, groups = complete.shape
    if groups < 3 or blocks < FEWEST_BLOCKS:
        message = _("{blocks} countries have figures of all {groups} groups: a test needs {least}, and three groups.")
        raise ModelError(message.format(blocks=blocks, groups=groups, least=FEWEST_BLOCKS))
    centred = np.arange(groups) - (groups - 1) / 2
    step = float((complete @ centred / (centred**2).sum()).mean())
    rising = int((complete[:, -1] > complete[:, 0]).sum())
    if ordered:
        both = [stats.page_trend_test(complete[:, ::way], method="asymptotic") for way in (1, -1)]
        found = min(both, key=lambda test: test.pvalue)
        statistic, df, p_value = float(both[0].statistic), np.nan, min(1.0, 2 * float(found.pvalue))
    else:
        test = stats.friedmanchisquare(*complete.T)
        statistic, df, p_value = float(test.statistic), float(groups - 1), float(test.pvalue)
    return BlockTest(blocks=blocks, rising=rising, step=step, statistic=statistic, df=df, p_value=p_value)
