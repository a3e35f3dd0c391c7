"""Errors from replicate weights: 200 weights of 50,000 respondents, 100 estimates, against a loop in pandas; and a
million respondents of a stratified clustered design.

The loop is what a user would write: for each question and replicate, group the weighted answers, divide, and take the
spread. Errors of both must agree. Wall-clock seconds:
    python tests/benchmarks/bench_survey.py [RESPONDENTS REPLICATES]
"""

import resource
import sys
import time

import numpy as np
import pandas as pd

from workbench.models.survey import Convention, survey_shares
from workbench.models.survey_design import Design, StageColumns, survey_design
from workbench.models.survey_replicates import Replicates

QUESTIONS, GROUPS = 10, 10  # 100 estimates
MOST_SECONDS = 10.0
MILLION = 1_000_000


def answers(n: int) -> pd.DataFrame:
    """Answers of nobody to ten questions."""
    random = np.random.default_rng(7)
    frame = pd.DataFrame({f"q{i}": (random.random(n) < 0.05 * (i + 1)).astype(float) for i in range(QUESTIONS)})
    return frame.assign(group=random.integers(0, GROUPS, n), weight=random.uniform(0.5, 2.0, n))


def with_workbench(frame: pd.DataFrame, design: Design) -> pd.DataFrame:
    found = {
        f"q{i}": survey_shares(frame[f"q{i}"], frame["group"], design, Convention())["se"] for i in range(QUESTIONS)
    }
    return pd.DataFrame(found)


def with_pandas(frame: pd.DataFrame, replicates: np.ndarray) -> pd.DataFrame:
    """Bootstrap errors of the shares of each group, one replicate after the other."""
    found = {}
    for i in range(QUESTIONS):
        shares = []
        for weights in replicates.T:
            weighted = pd.DataFrame({"group": frame["group"], "w": weights, "wy": weights * frame[f"q{i}"]})
            sums = weighted.groupby("group")[["w", "wy"]].sum()
            shares.append(sums["wy"] / sums["w"])
        found[f"q{i}"] = pd.concat(shares, axis=1).std(axis=1)
    return pd.DataFrame(found)


def timed(work) -> tuple[float, object]:
    before = time.perf_counter()
    found = work()
    return time.perf_counter() - before, found


def main(n: int, replicates: int) -> bool:
    frame = answers(n)
    weights = frame["weight"].to_numpy()[:, None] * np.random.default_rng(8).poisson(1, (n, replicates))
    design = survey_design(frame["weight"], replicates=Replicates(weights=weights, method="bootstrap"))
    ours, found = timed(lambda: with_workbench(frame, design))
    loop, expected = timed(lambda: with_pandas(frame, weights))
    gap = float(np.abs(found - expected).max(axis=None))
    assert gap < 1e-9, gap
    print(f"{n:,} respondents, {replicates} replicate weights, {QUESTIONS * GROUPS} estimates:")
    print(f"  workbench {ours:6.2f} s, at most {MOST_SECONDS:g}")
    print(f"  a loop in pandas {loop:6.2f} s, {loop / ours:.0f} times as long")

    large = answers(MILLION)
    stage = StageColumns(strata=large.index.to_series() // 20_000, units=large.index.to_series() // 20)
    whole, shares = timed(lambda: with_workbench(large, survey_design(large["weight"], [stage])))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{MILLION:,} respondents, 50,000 units in 50 strata, {shares.size} estimates:")
    print(f"  workbench {whole:6.2f} s, peak {peak:,} MB")
    return ours <= MOST_SECONDS


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]] or [50_000, 200]
    sys.exit(0 if main(*given) else 1)
