"""Whatever numbers a model of rates or trends is given, it answers, or refuses in words; nothing else comes out."""

import numpy as np
import pandas as pd
import pytest

from workbench.models.comparison import rate_difference, rate_ratio
from workbench.models.decomposition import decompose
from workbench.models.funnel import funnel, funnel_of_proportions
from workbench.models.funnel_limits import funnel_limits, proportion_funnel_limits
from workbench.models.indirect import incidence_ratio
from workbench.models.intervals import poisson_limits, proportion_limits, weighted_limits
from workbench.models.joinpoint import fit_joinpoints
from workbench.models.monotone import mann_kendall
from workbench.models.process import c_chart, p_chart, u_chart
from workbench.models.rates import incidence_rate, proportion
from workbench.models.standardise import standardised_rate
from workbench.models.trend import fit_trend
from workbench.terms.errors import ModelError

YEARS = range(2010, 2018)
COUNTS = pd.Series([12.0, 9, 14, 7, 10, 6, 8, 5], YEARS)
PEOPLE = COUNTS * 10 + 900
RATES = COUNTS + 0.25
ARRAY = np.array([3.0, 8.0])

CALLS = {
    poisson_limits: {"counts": ARRAY, "level": 0.95, "method": "exact"},
    weighted_limits: {"counts": ARRAY, "variance": 2 * ARRAY, "level": 0.95, "largest": None, "method": "exact"},
    proportion_limits: {"counts": ARRAY, "trials": 2 * ARRAY, "level": 0.95, "method": "wilson"},
    incidence_rate: {"counts": COUNTS, "exposure": PEOPLE, "per": 1000, "variance": None, "largest_weight": None},
    proportion: {"counts": COUNTS, "trials": PEOPLE, "level": 0.95, "method": "wilson"},
    rate_ratio: {
        "counts": COUNTS,
        "exposure": PEOPLE,
        "reference_counts": 90,
        "reference_exposure": 9000,
        "level": 0.9,
    },
    rate_difference: {
        "counts": COUNTS,
        "exposure": PEOPLE,
        "reference_counts": 90,
        "reference_exposure": 9000,
        "per": 1,
    },
    funnel: {"counts": COUNTS, "expected": RATES, "levels": (0.95,), "limits": "test", "scale": "log"},
    funnel_of_proportions: {"counts": COUNTS, "trials": PEOPLE, "levels": (0.95,), "limits": "wilson"},
    funnel_limits: {"expected": ARRAY, "level": 0.95, "tau_squared": 0.1, "limits": "test", "scale": "log"},
    proportion_funnel_limits: {"trials": ARRAY, "share": 0.2, "level": 0.95, "tau_squared": 0.1},
    standardised_rate: {"counts": COUNTS, "exposure": PEOPLE, "standard": PEOPLE, "variance": None, "method": "gamma"},
    incidence_ratio: {"counts": COUNTS, "exposure": PEOPLE, "reference_counts": COUNTS, "reference_exposure": PEOPLE},
    decompose: {"counts": COUNTS, "exposure": PEOPLE, "reference_counts": COUNTS, "reference_exposure": PEOPLE},
    u_chart: {"counts": COUNTS, "exposure": PEOPLE, "sigmas": 3, "baseline": None, "leave_out": (), "per": 1},
    p_chart: {"counts": COUNTS, "trials": PEOPLE, "sigmas": 3, "baseline": None, "leave_out": ()},
    c_chart: {"counts": COUNTS, "sigmas": 3, "baseline": None},
    fit_trend: {"counts": COUNTS, "exposure": PEOPLE, "breaks": (), "level": 0.95, "per": 1000},
    fit_joinpoints: {"counts": COUNTS, "exposure": PEOPLE, "breaks": (), "most": 1, "least": 2, "seed": 0, "per": 1},
    mann_kendall: {"values": COUNTS, "level": 0.95, "correction": "none"},
}
HOSTILE = {
    "nothing": None,
    "text": "many",
    "minus one": -1,
    "zero": 0,
    "one": 1,
    "a part": 2.5,
    "missing": np.nan,
    "infinite": np.inf,
    "huge": 1e300,
    "tiny": 1e-300,
    "a list": [1, [2]],
    "empty": pd.Series([], dtype=float),
    "zeros": COUNTS * 0,
    "negative": -COUNTS,
    "gaps": COUNTS.where(COUNTS > 9),
    "infinities": COUNTS.replace(12, np.inf),
    "parts": COUNTS + 0.5,
    "shorter": COUNTS[1:],
    "other labels": COUNTS.set_axis(list("abcdefgh")),
    "labels twice": COUNTS.set_axis([2010] * 8),
    "months": COUNTS.set_axis(pd.period_range("2010-01", periods=8, freq="M")),
    "two levels": COUNTS.set_axis(pd.MultiIndex.from_product([[1, 2], range(4)], names=["nuts2", "year"])),
    "letters": pd.Series(list("abcdefgh"), YEARS),
    "dates": pd.Series(pd.date_range("2020", periods=8), YEARS),
    "an array of another shape": np.arange(12.0).reshape(3, 4),
}


@pytest.mark.parametrize("function", CALLS, ids=lambda function: function.__name__)
def test_an_answer_or_a_refusal_in_words(function):
    arguments = CALLS[function]
    assert str(function(**arguments))
    refused = 0
    for name in arguments:
        for kind, value in HOSTILE.items():
            try:
                assert str(function(**arguments | {name: value})), (name, kind)
            except ModelError as refusal:
                refused += 1
                assert str(refusal)[-1] in ".?", (name, kind, str(refusal))
    assert refused > len(arguments)
