"""A simulation: rates worked out from 2,000 small twins hold the planted truths as often as their intervals promise."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta, chi2, norm

from workbench.twin import draw_cells, exposure
from workbench.twin.margins import COUNTRIES, SECTIONS, YEARS
from workbench.twin.records import records
from workbench.twin.truth import truth

TWINS, ROWS, ROWS_OF_RECORDS = 2_000, 50_000, 5_000
LEVEL = 0.95
EXACT = (0.935, 0.995)  # exact intervals hold the truth at least as often as they say; three standard errors below
LARGE_SAMPLE = (0.935, 0.965)  # three standard errors of a coverage of 95% in 2,000 twins, to both sides

pytestmark = pytest.mark.slow


def poisson_interval(count):
    """Exact limits of an expected count (Garwood 1936)."""
    tail = (1 - LEVEL) / 2
    low = chi2.ppf(tail, 2 * count) / 2 if count else 0.0
    return low, chi2.ppf(1 - tail, 2 * count + 2) / 2


def binomial_interval(hits, trials):
    """Exact limits of a probability (Clopper and Pearson 1934)."""
    tail = (1 - LEVEL) / 2
    low = beta.ppf(tail, hits, trials - hits + 1) if hits else 0.0
    high = beta.ppf(1 - tail, hits + 1, trials - hits) if hits < trials else 1.0
    return low, high


def ratio_interval(here, workers_here, there, workers_there):
    """Exact limits of a ratio of two Poisson rates, given the sum of both counts."""
    low, high = binomial_interval(here, here + there)
    return tuple(p / (1 - p) * workers_there / workers_here if p < 1 else np.inf for p in (low, high))


def mantel_haenszel_interval(here, workers_here, there, workers_there):
    """Large-sample limits of a rate ratio common to all strata (Greenland and Robins 1985)."""
    all_workers = workers_here + workers_there
    used = all_workers > 0
    here, workers_here, there, workers_there, all_workers = (
        a[used] for a in (here, workers_here, there, workers_there, all_workers)
    )
    for_it, against = (here * workers_there / all_workers).sum(), (there * workers_here / all_workers).sum()
    variance = ((here + there) * workers_here * workers_there / all_workers**2).sum() / (for_it * against)
    half = norm.ppf((1 + LEVEL) / 2) * np.sqrt(variance)
    return for_it / against * np.exp(-half), for_it / against * np.exp(half)


def change_intervals(counts, workers, years, joinpoint):
    """Wald limits of the two annual percent changes, by conditional likelihood given each stratum's total.

    counts, workers : strata x years
    """
    some = counts.sum(axis=1) > 0
    counts, workers, totals = counts[some], workers[some], counts[some].sum(axis=1)
    design = np.stack([np.minimum(years - joinpoint, 0), np.maximum(years - joinpoint, 0)], axis=1).astype(float)
    slopes = np.zeros(2)
    for _step in range(25):
        share = workers * np.exp(design @ slopes)
        share /= share.sum(axis=1, keepdims=True)
        mean = share @ design
        score = counts.sum(axis=0) @ design - totals @ mean
        second = np.einsum("s,sy,yi,yj->ij", totals, share, design, design) - np.einsum(
            "s,si,sj->ij", totals, mean, mean
        )
        step = np.linalg.solve(second, score)
        slopes += step
        if np.abs(step).max() < 1e-10:
            break
    half = norm.ppf((1 + LEVEL) / 2) * np.sqrt(np.diag(np.linalg.inv(second)))
    return [tuple(100 * np.expm1([b - h, b + h])) for b, h in zip(slopes, half, strict=True)]


@pytest.fixture(scope="module")
def workers():
    return exposure.frame().rename(columns={"employed": "count"})


def grouped(cells, by, shape, measure):
    """Sums of a column of `cells` over the codes of the columns `by`, as an array of `shape`."""
    places = [
        cells[name].cat.codes.to_numpy(np.int64) if name != "year" else cells["year"].to_numpy() - YEARS[0]
        for name in by
    ]
    flat = np.ravel_multi_index(places, shape)
    return np.bincount(flat, weights=cells[measure], minlength=np.prod(shape)).reshape(shape)


def coverage(intervals, value):
    return np.mean([low <= value <= high for low, high in intervals])


def estimand(name, which):
    (planted,) = [t for t in truth(ROWS, 0)["truths"] if t["name"] == name]
    (found,) = [e for e in planted["estimands"] if e["name"] == which]
    return found


@pytest.fixture(scope="module")
def found(workers):
    """The intervals of every estimand in every twin."""
    region, sector = estimand("region_excess", "crude"), estimand("sector_excess", "crude")
    change = estimand("annual_change", "after")
    scale = truth(ROWS, 0)["twin"]["scale"]
    (nuts2,), (country,) = region["where"]["nuts2"], region["against"]["nuts0"]
    (nace1,), (home,) = sector["where"]["nace1"], sector["where"]["nuts0"]
    years = np.array([y for y in YEARS if y not in change["years_left_out"]])
    strata = (len(SECTIONS), 2, 6, len(YEARS))
    by_country = (len(COUNTRIES), *strata)
    wanted = np.isin(list(SECTIONS), change["where"]["nace1"])

    def parts(cells, measure):
        """What the estimands need of one table: region, its country's rest, section, its country's rest, strata."""
        nuts0 = cells["nuts2"].cat.categories.str[:2].to_numpy()
        of = nuts0[cells["nuts2"].cat.codes]
        here = (cells["nuts2"] == nuts2).to_numpy()
        there = (of == country) & ~here
        dims = ["nace1", "sex", "age_group", "year"]
        late = (cells["year"] >= sector["years"][0]).to_numpy() & (of == home)
        its = (cells["nace1"] == nace1).to_numpy()
        national = cells.assign(nuts0=pd.Categorical(of, categories=list(COUNTRIES)))
        cube = grouped(national, ["nuts0", *dims], by_country, measure)[:, wanted].reshape(-1, len(YEARS))
        return {
            "region": grouped(cells[here], dims, strata, measure),
            "rest": grouped(cells[there], dims, strata, measure),
            "section": cells.loc[late & its, measure].sum(),
            "others": cells.loc[late & ~its, measure].sum(),
            "strata": cube[:, years - YEARS[0]],
        }

    at_work = parts(workers, "count")
    intervals = {
        name: []
        for name in ("region", "region crude", "region adjusted", "section", "section crude", "before", "after")
    }
    per = 100_000 / scale
    for seed in range(TWINS):
        cells = draw_cells(ROWS, seed)
        got = parts(cells[cells["severity"] == "D_GE4"], "records")
        for name, part in (("region", "region"), ("section", "section")):
            its = at_work[part].sum()
            intervals[name].append(tuple(per * limit / its for limit in poisson_interval(got[part].sum())))
        pair = got["region"].sum(), at_work["region"].sum(), got["rest"].sum(), at_work["rest"].sum()
        intervals["region crude"].append(ratio_interval(*pair))
        intervals["region adjusted"].append(
            mantel_haenszel_interval(got["region"], at_work["region"], got["rest"], at_work["rest"])
        )
        intervals["section crude"].append(
            ratio_interval(got["section"], at_work["section"], got["others"], at_work["others"])
        )
        before, after = change_intervals(got["strata"], at_work["strata"], years, change["years"][0])
        intervals["before"].append(before)
        intervals["after"].append(after)
    return intervals


@pytest.mark.parametrize(
    ("which", "planted", "name", "band"),
    [
        ("region", "region_excess", "rate", EXACT),
        ("region crude", "region_excess", "crude", EXACT),
        ("region adjusted", "region_excess", "adjusted", LARGE_SAMPLE),
        ("section", "sector_excess", "rate", EXACT),
        ("section crude", "sector_excess", "crude", EXACT),
        ("before", "annual_change", "before", LARGE_SAMPLE),
        ("after", "annual_change", "after", LARGE_SAMPLE),
    ],
)
def test_intervals_hold_the_truth_as_often_as_they_say(found, which, planted, name, band, record_property):
    share = coverage(found[which], estimand(planted, name)["value"])
    record_property("coverage", share)
    print(f"{planted} {name}: {share:.4f} of {TWINS:,} twins")
    assert band[0] <= share <= band[1]


def test_the_share_of_the_planted_cause_is_held_as_often_as_said(record_property):
    share = estimand("cause_pattern", "share")
    (section,), (deviation,), (contact,) = (share["where"][name] for name in ("nace1", "deviation2", "contact2"))
    divisions = {"H": {"4900", "5000", "5100", "5200", "5300"}}[section]
    intervals = []
    for seed in range(TWINS):
        hits = trials = 0
        for _year, batch in records(ROWS_OF_RECORDS, seed):
            code = {
                name: _one_of(batch, name) for name in ("economic_activity", "days_lost", "deviation", "contact_mode")
            }
            of_section = code["economic_activity"](divisions) & ~code["days_lost"]({"998"})
            trials += of_section.sum()
            hits += (of_section & code["deviation"]({deviation}) & code["contact_mode"]({contact})).sum()
        intervals.append(binomial_interval(hits, trials))
    held = coverage(intervals, share["value"])
    record_property("coverage", held)
    print(f"cause_pattern share: {held:.4f} of {TWINS:,} twins")
    assert EXACT[0] <= held <= EXACT[1]


def _one_of(batch, name):
    column = batch.column(name)
    codes, places = np.array(column.dictionary.to_pylist()), column.indices.to_numpy()
    return lambda wanted: np.isin(codes, list(wanted))[places]
