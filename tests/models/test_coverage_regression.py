"""How often the intervals of count regressions hold the truth; `make coverage` writes docs/coverage.md."""

import numpy as np
import pandas as pd
import pytest

from workbench.models.regression import fit_regression
from workbench.models.regression_checks import check_dispersion, check_zeros, compare_models
from workbench.models.regression_reading import average_rates

pytestmark = pytest.mark.slow
RUNS = 2000
# regions x sectors x sexes, the sectors of different risk and the regions of different structure
CELLS = pd.DataFrame(
    [(f"R{r:02}", s, x) for r in range(10) for s in "ACFQ" for x in "FM"], columns=["nuts2", "nace1", "sex"]
)
SECTOR = {"A": 0.0, "C": 0.3, "F": 0.9, "Q": -0.5}
EMPLOYED = pd.Series(np.random.default_rng(0).gamma(2, 500, len(CELLS)).round() + 50, CELLS.index)
ETA = CELLS["nace1"].map(SECTOR) + np.where(CELLS["sex"] == "M", 0.4, 0.0)
REFERENCES = {"nace1": "A", "sex": "F"}


def mean_counts(events: float) -> pd.Series:
    """Expected counts of the cells, such that women in Q, the group with fewest, have `events`."""
    raw = EMPLOYED * np.exp(ETA)
    smallest = raw[(CELLS["nace1"] == "Q") & (CELLS["sex"] == "F")].sum()
    return raw * events / smallest


def simulate(events: float, seed: int, *, phi: float = 1.0, alpha: float = 0.0) -> np.ndarray:
    """Counts of RUNS x cells: Poisson, variance phi times the mean, or NB2."""
    generator, mean = np.random.default_rng(seed), mean_counts(events).to_numpy()
    size = (RUNS, len(mean))
    if phi > 1:
        return generator.negative_binomial(np.broadcast_to(mean / (phi - 1), size), 1 / phi)
    if alpha:
        return generator.poisson(mean * generator.gamma(1 / alpha, alpha, size))
    return generator.poisson(mean, size)


def fitted(counts: np.ndarray, **options):
    """The model of each row of counts."""
    for row in counts:
        frame = CELLS.assign(accidents=row, employed=EMPLOYED)
        yield fit_regression(frame, "accidents ~ nace1 + sex", exposure="employed", references=REFERENCES, **options)


def held(models) -> tuple[float, float]:
    """Shares of runs whose intervals hold the true log ratios of sector Q (few events) and of men."""
    inside = [
        [row["low"] <= truth <= row["high"] for row, truth in
         ((model.coefficients.loc["nace1[Q]"], -0.5), (model.coefficients.loc["sex[M]"], 0.4))]
        for model in models
    ]  # fmt: skip
    return tuple(np.mean(inside, axis=0))


def test_poisson_rate_ratios(shown):
    rows = []
    for seed, events in enumerate((5, 10, 50, 500)):
        few, many = held(fitted(simulate(events, seed)))
        rows.append({"events of the smallest group": events, "sector": few, "sex": many})
    table = shown(rows)
    assert table.loc[table.iloc[:, 0] >= 10, ["sector", "sex"]].stack().between(0.93, 0.975).all()


WAYS = {
    "Poisson": {},
    "quasi-Poisson": {"family": "quasi-poisson"},
    "NB2": {"family": "nb2"},
    "HC1": {"errors": "hc1"},
}


@pytest.mark.parametrize(
    ("name", "truth", "ways"),
    [
        ("variance 3 times the mean", {"phi": 3.0}, ["Poisson", "quasi-Poisson", "HC1"]),
        ("NB2 with alpha 0.3", {"alpha": 0.3}, ["Poisson", "NB2", "HC1"]),
    ],
)
def test_errors_of_counts_that_vary_more_than_poisson(shown, name, truth, ways):
    counts = simulate(50, 11, **truth)
    table = shown(
        [
            dict(zip(("truth", "model", "sector", "sex"), (name, way, *held(fitted(counts, **WAYS[way]))), strict=True))
            for way in ways
        ]
    ).set_index("model")[["sector", "sex"]]
    assert (table.loc["Poisson"] < 0.8).all()  # as its note says
    assert table.loc[ways[1]].between(0.925, 0.975).all() and (table.loc["HC1"] > 0.91).all()


@pytest.mark.parametrize("regions", [10, 40])
def test_clustered_errors(shown, regions):
    """Whole regions differ, and a term that varies between regions is estimated: only clustered errors know it."""
    generator, found, truth = np.random.default_rng(regions), [], 0.4
    cells = pd.DataFrame(
        [(f"R{r:02}", s, "north" if r < regions / 2 else "south") for r in range(regions) for s in "ACFQ"],
        columns=["nuts2", "nace1", "part"],
    )
    mean = 40 * np.exp(cells["nace1"].map(SECTOR) + np.where(cells["part"] == "south", truth, 0))
    for _run in range(RUNS):
        level = generator.gamma(1 / 0.1, 0.1, regions)[cells["nuts2"].factorize()[0]]
        frame = cells.assign(accidents=generator.poisson(mean * level))
        row = []
        for options in ({"errors": "hc1"}, {"cluster": "nuts2"}):
            line = fit_regression(
                frame, "accidents ~ nace1 + part", references={"part": "north"}, **options
            ).coefficients.loc["part[south]"]
            row.append(line["low"] <= truth <= line["high"])
        found.append(row)
    table = shown([{"regions": regions} | dict(zip(("HC1", "clustered"), np.mean(found, axis=0), strict=True))])
    assert (table["HC1"] < 0.9).all()
    # under 30 clusters the errors are too small, as the note says
    assert table["clustered"].between(0.93 if regions >= 30 else 0.88, 0.975).all()


def test_average_rates_and_their_differences(shown):
    rows = []
    for seed, events in enumerate((10, 50, 500)):
        mean = mean_counts(events)
        rates = mean / EMPLOYED
        shares = EMPLOYED.groupby(CELLS["nace1"]).sum() / EMPLOYED.sum()
        by = rates.groupby([CELLS["sex"], CELLS["nace1"]]).first()
        women, men = (float((by[sex] * shares).sum()) for sex in "FM")
        inside = []
        for model in fitted(simulate(events, 20 + seed)):
            line = average_rates(model, "sex", per=1).loc["M"]
            inside.append(
                (line["low"] <= men <= line["high"], line["difference_low"] <= men - women <= line["difference_high"])
            )
        rate, difference = np.mean(inside, axis=0)
        rows.append({"events of the smallest group": events, "rate": rate, "difference": difference})
    table = shown(rows)
    assert table[["rate", "difference"]].stack().between(0.93, 0.975).all()


def test_tests_of_fit_reject_a_true_model_as_often_as_they_say(shown):
    """Shares of p < 0.05 under a true Poisson model; the likelihood ratio tests a term that does nothing."""
    counts = simulate(20, 31)
    labels = np.random.default_rng(1).permutation(np.arange(len(CELLS)) % 3).astype(str)
    found = []
    for row in counts:
        frame = CELLS.assign(accidents=row, employed=EMPLOYED, noise=labels)
        small = fit_regression(frame, "accidents ~ nace1 + sex", exposure="employed")
        large = fit_regression(frame, "accidents ~ nace1 + sex + noise", exposure="employed")
        dispersion = check_dispersion(small)
        found.append(
            (
                compare_models(small, large).p_value < 0.05,
                dispersion.nb1_p < 0.05,
                dispersion.nb2_p < 0.05,
                dispersion.pearson_p < 0.05,
                check_zeros(small).p_value < 0.05,
            )
        )
    names = ("likelihood ratio", "Cameron-Trivedi NB1", "NB2", "Pearson", "zeros")
    table = shown([dict(zip(names, np.mean(found, axis=0), strict=True))])
    assert table["likelihood ratio"].between(0.035, 0.065).all() and table["Pearson"].between(0.03, 0.07).all()
    assert (table[["Cameron-Trivedi NB1", "NB2", "zeros"]] < 0.075).all(axis=None)
