"""How often the intervals of surveys and small areas hold the truth; `make coverage` writes docs/coverage.md."""

import numpy as np
import pandas as pd
import pytest

from workbench.models.small_areas import fay_herriot
from workbench.models.survey import (
    Convention,
    survey_means,
    survey_quantiles,
    survey_ratios,
    survey_shares,
    survey_totals,
)
from workbench.models.survey_design import StageColumns, survey_design
from workbench.models.survey_regression import survey_regression

pytestmark = pytest.mark.slow
RUNS = 2_000
REGRESSIONS = 500
STRATA, CLUSTERS, DRAWN, UNITS = 8, 400, 8, 10
"""A population of 8 strata with 400 firms each; 8 firms are drawn of each stratum, and 10 workers of each firm."""


def population() -> pd.DataFrame:
    """Workers of firms: workers of one firm are alike, firms of one stratum too, and sizes of firms differ."""
    random = np.random.default_rng(41)
    sizes = random.integers(12, 40, STRATA * CLUSTERS)
    firm = np.repeat(np.arange(STRATA * CLUSTERS), sizes)
    stratum = firm // CLUSTERS
    of_firm = random.normal(0, 0.5, STRATA * CLUSTERS)[firm]
    worker = random.normal(0, 1, len(firm))
    woman = random.random(len(firm)) < 0.3 + 0.05 * stratum
    latent = -1.2 + 0.15 * stratum + 0.4 * woman + of_firm
    return pd.DataFrame(
        {
            "stratum": stratum,
            "firm": firm,
            "size": sizes[firm],
            "woman": woman.astype(float),
            "y": (random.random(len(firm)) < 1 / (1 + np.exp(-latent))).astype(float),
            "hours": 36 + 2 * of_firm + 4 * worker + stratum,
        }
    )


@pytest.fixture(scope="module")
def workers() -> pd.DataFrame:
    return population()


def draw(workers: pd.DataFrame, places: np.ndarray, ends: np.ndarray, random: np.random.Generator) -> pd.DataFrame:
    """Firms of each stratum, workers of each firm, and the weight that undoes both."""
    firms = np.concatenate([h * CLUSTERS + random.choice(CLUSTERS, DRAWN, replace=False) for h in range(STRATA)])
    rows = np.concatenate([places[f] + random.choice(ends[f] - places[f], UNITS, replace=False) for f in firms])
    drawn = workers.iloc[rows].reset_index(drop=True)
    return drawn.assign(weight=CLUSTERS / DRAWN * drawn["size"] / UNITS, all="all")


def test_limits_under_a_stratified_clustered_design(workers, shown):
    random, convention = np.random.default_rng(42), Convention()
    firms = np.arange(STRATA * CLUSTERS)
    places, ends = (np.searchsorted(workers["firm"], firms, side) for side in ("left", "right"))
    women = workers["woman"] == 1
    truth = {
        "mean": workers["hours"].mean(),
        "share": workers["y"].mean(),
        "share of a group": workers.loc[women, "y"].mean(),
        "total": workers["y"].sum(),
        "ratio": workers["y"].sum() / workers["hours"].sum(),
        "median": workers["hours"].quantile(0.5),
    }
    held, naive = dict.fromkeys(truth, 0), 0
    for _run in range(RUNS):
        drawn = draw(workers, places, ends, random)
        design = survey_design(drawn["weight"], [StageColumns(strata=drawn["stratum"], units=drawn["firm"])])
        known = (drawn["all"], design, convention)
        found = {
            "mean": survey_means(drawn["hours"], *known),
            "share": survey_shares(drawn["y"], *known),
            "share of a group": survey_shares(drawn["y"], drawn["all"].where(drawn["woman"] == 1), design, convention),
            "total": survey_totals(drawn["y"], *known),
            "ratio": survey_ratios(drawn["y"], drawn["hours"], *known),
            "median": survey_quantiles(drawn["hours"], *known),
        }
        for name, frame in found.items():
            held[name] += bool(frame["low"].iloc[0] <= truth[name] <= frame["high"].iloc[0])
        plain = survey_shares(drawn["y"], drawn["all"], survey_design(drawn["weight"]), convention).iloc[0]
        naive += bool(plain["low"] <= truth["share"] <= plain["high"])
    table = shown([{name: count / RUNS for name, count in held.items()} | {"share, as if no firms": naive / RUNS}])
    assert table.drop(columns="share, as if no firms").ge(0.93).all(axis=None)
    assert table.drop(columns="share, as if no firms").le(0.97).all(axis=None)
    assert table["share, as if no firms"].iloc[0] < 0.93  # what ignoring the clusters costs


def test_limits_of_a_logistic_regression_under_that_design(workers, shown):
    """Truth: the regression fitted to the whole population."""
    random = np.random.default_rng(43)
    firms = np.arange(STRATA * CLUSTERS)
    places, ends = (np.searchsorted(workers["firm"], firms, side) for side in ("left", "right"))
    everybody = survey_design(pd.Series(1.0, index=workers.index))
    truth = survey_regression(workers["y"], workers[["woman"]], everybody).frame["value"].iloc[1]
    held = 0
    for _run in range(REGRESSIONS):
        drawn = draw(workers, places, ends, random)
        design = survey_design(drawn["weight"], [StageColumns(strata=drawn["stratum"], units=drawn["firm"])])
        row = survey_regression(drawn["y"], drawn[["woman"]], design).frame.iloc[1]
        held += bool(row["low"] <= truth <= row["high"])
    table = shown([{"coefficient": held / REGRESSIONS}])
    assert 0.93 <= table["coefficient"].iloc[0] <= 0.97


@pytest.mark.parametrize("regions", [30, 60, 120])
def test_limits_of_small_areas_after_fay_and_herriot(regions, shown):
    held = []
    for seed in range(1_000):
        random = np.random.default_rng(seed)
        covariate = pd.DataFrame({"industry": random.uniform(0.1, 0.5, regions)})
        true = 0.1 + 0.4 * covariate["industry"] + random.normal(0, 0.05, regions)
        variance = pd.Series(random.uniform(0.02, 0.08, regions) ** 2)
        frame = fay_herriot(true + random.normal(0, np.sqrt(variance)), variance, covariate).frame
        held.append(((frame["low"] <= true) & (true <= frame["high"])).mean())
    table = shown([{"regions": regions, "predictor": float(np.mean(held))}])
    assert 0.93 <= table["predictor"].iloc[0] <= 0.97
