"""How many accidents a record stands for, of which the limits of weighted records are made."""

import pandas as pd
from pytest import approx

from workbench.study.reliability import mean_weights


def test_a_record_stands_for_the_squared_weights_over_the_weights_of_its_group():
    weights = mean_weights(pd.Series([0.0, 1.0, 8.0]), pd.Series([0.0, 1.0, 32.0]))
    assert weights.tolist() == approx([33 / 9, 1, 4])  # a group without records takes the mean of all


def test_weights_may_be_below_one_and_without_weights_each_record_is_one():
    assert mean_weights(pd.Series([0.5, 0.0]), pd.Series([0.25, 0.0])).tolist() == approx([0.5, 0.5])
    assert mean_weights(pd.Series([0.5, 0.0]), None).tolist() == [1, 1]
