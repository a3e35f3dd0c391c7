"""A Poisson regression with four categorical terms through cube cells, against statsmodels on finer cells of the same data.

Synthetic accidents are counted in fine cells (region x sector x sex x age x occupation x year) and summed to the cube of
the model's four terms. Ours runs on both, statsmodels on the fine cells (its design is dense: 8 bytes times cells times
coefficients, several times over), and all must agree. Wall-clock times in one process, the best of three of ours, one
run of statsmodels:
    python tests/benchmarks/bench_regression_cube.py [YEARS ...]
"""

import sys
import time

import numpy as np
import pandas as pd
import statsmodels.api as sm

from workbench.models.regression import fit_regression

DIMENSIONS = {"nuts2": 40, "nace1": 14, "sex": 2, "age_group": 6, "isco1": 4}
FORMULA = "accidents ~ nuts2 + nace1 + sex + age_group"
TERMS = ["nuts2", "nace1", "sex", "age_group"]
RATE = 0.03
WORKERS = 5_000_000  # a year


def fine_cells(years: int) -> pd.DataFrame:
    """Counts and employed by all dimensions and year, with planted log ratios."""
    generator, sizes = np.random.default_rng(1), [*DIMENSIONS.values(), years]
    place = np.indices(sizes).reshape(len(sizes), -1)
    frame = pd.DataFrame(
        {
            name: pd.array([f"{name}_{code:02}" for code in range(size)], dtype="str").take(codes)
            for (name, size), codes in zip({**DIMENSIONS, "year": years}.items(), place, strict=True)
        }
    )
    log_rate = sum(generator.normal(0, 0.4, size)[codes] for size, codes in zip(sizes[:4], place[:4], strict=True))
    share = generator.gamma(1, 1, len(frame))
    frame["employed"] = (share / share.sum() * WORKERS * years).round() + 1
    frame["accidents"] = generator.poisson(frame["employed"] * RATE * np.exp(log_rate))
    return frame


def timed(function, times: int = 1) -> tuple[object, float]:
    """What `function` returns, and the seconds of its quickest run."""
    seconds = []
    for _run in range(times):
        start = time.perf_counter()
        found = function()
        seconds.append(time.perf_counter() - start)
    return found, min(seconds)


def main(all_years: list[int]) -> None:
    print(
        f"{'accidents':>11} {'fine cells':>10} {'cube cells':>10} {'cube':>8} {'fine':>8} {'statsmodels':>12} {'times':>7} {'largest gap':>12}"
    )
    for years in all_years:
        fine = fine_cells(years)
        cube, summing = timed(lambda fine=fine: fine.groupby(TERMS, as_index=False)[["accidents", "employed"]].sum())
        ours, on_cube = timed(lambda cube=cube: fit_regression(cube, FORMULA, exposure="employed"), 3)
        same, on_fine = timed(lambda fine=fine: fit_regression(fine, FORMULA, exposure="employed"), 3)
        matrix = same.design.matrix.toarray()[same.design.pattern]
        theirs, on_theirs = timed(
            lambda fine=fine, matrix=matrix: sm.GLM(
                fine["accidents"].to_numpy(), matrix, family=sm.families.Poisson(), exposure=fine["employed"].to_numpy()
            ).fit(tol=1e-12)
        )
        gap = max(
            np.abs(ours.coefficients[column].to_numpy() - other).max()
            for column, other in (
                ("value", theirs.params),
                ("error", theirs.bse),
                ("value", same.coefficients["value"].to_numpy()),
                ("error", same.coefficients["error"].to_numpy()),
            )
        )
        assert gap < 1e-8, gap
        print(
            f"{fine['accidents'].sum():>11,} {len(fine):>10,} {len(cube):>10,} {on_cube:>6.2f} s {on_fine:>6.2f} s {on_theirs:>10.1f} s "
            f"{on_theirs / on_cube:>7.0f} {gap:>12.1e}"
        )
    print(
        f"{len(ours.coefficients)} coefficients; statsmodels' time is without making its design, ours with reading the codes; "
        f"summing the last fine cells to the cube took {summing:.2f} s"
    )


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or [1, 3, 6])
