"""A Poisson regression with four categorical terms: through the twin's cube, against statsmodels on its finest cells.

Records are counted in the default cube (region x sector x sex x age x year x severity). The workbench takes cells of
the model's terms and fits them; statsmodels gets those by region, sector, sex, age and year with its own dense design.
Estimates and errors must agree to 1e-8. Wall-clock times in one process, the best of three of ours, one run of
statsmodels; sizes are numbers of records:
    python tests/benchmarks/bench_regression_cube.py [RECORDS ...]
"""

import sys
import time

import ibis
import numpy as np
import statsmodels.api as sm
from rows_of_twin import rows_of_twin

import workbench as wb
from workbench.cubes import build
from workbench.models.regression import fit_regression
from workbench.study.divide import divide
from workbench.terms.codes import codelist

TERMS = ["nuts0", "nace1", "sex", "age_group"]
FINEST = ["nuts2", "nace1", "sex", "age_group", "year"]
EMPLOYED = "esaw_synthetic_employed"
QUESTION = wb.Selection(severities={"D_GE4"})


def timed(function, times: int = 1) -> tuple[object, float]:
    """What `function` returns, and the seconds of its quickest run."""
    seconds = []
    for _run in range(times):
        start = time.perf_counter()
        found = function()
        seconds.append(time.perf_counter() - start)
    return found, min(seconds)


def main(sizes: list[int]) -> None:
    print(
        f"{'records':>11} {'finest cells':>12} {'cells fitted':>12} {'making cube':>12} {'ours':>8} {'of it fit':>9} "
        f"{'statsmodels':>12} {'times':>7} {'largest gap':>12}"
    )
    for records in sizes:
        rows = ibis.duckdb.connect().read_parquet(rows_of_twin(records))
        cube, making = timed(lambda rows=rows: build.from_rows("twin", rows))
        finding, ours = timed(lambda cube=cube: wb.regression(cube, QUESTION, TERMS, exposure=EMPLOYED), 3)
        model = finding.model
        cells = model.units.reset_index()
        _same, fitting = timed(
            lambda cells=cells, model=model: fit_regression(
                cells, f"observed ~ {' + '.join(TERMS)}", exposure="exposure", references=model.references
            ),
            3,
        )
        fine = divide(cube, QUESTION, by=FINEST, exposure=EMPLOYED).frame
        fine = fine[fine["exposure"].gt(0) & fine["count"].notna()]
        country = fine["nuts2"].map({code: codelist("nuts").ancestor_at(code, 0) for code in fine["nuts2"].unique()})
        design = dense_design(fine.assign(nuts0=country), model)
        theirs, on_fine = timed(
            lambda fine=fine, design=design: sm.GLM(
                fine["count"].to_numpy(), design, family=sm.families.Poisson(), exposure=fine["exposure"].to_numpy()
            ).fit(tol=1e-12)
        )
        gap = max(
            np.abs(model.coefficients[column].to_numpy() - other).max()
            for column, other in (("value", theirs.params), ("error", theirs.bse))
        )
        print(
            f"{records:>11,} {len(fine):>12,} {model.n:>12,} {making:>10.1f} s {ours:>6.2f} s {fitting:>7.2f} s "
            f"{on_fine:>10.1f} s {on_fine / ours:>7.0f} {gap:>12.1e}"
        )
        assert gap < 1e-8, gap
    print(
        f"{len(model.coefficients)} coefficients; statsmodels' time is without making its design, ours is the whole "
        f"question"
    )


def dense_design(cells, model) -> np.ndarray:
    """A column of ones, and one of zeros and ones for each coefficient, in the model's order."""
    columns = [np.ones(len(cells))]
    for ((name, level),) in model.design.columns[1:]:
        columns.append(cells[name].eq(level).to_numpy(dtype=float))
    return np.column_stack(columns)


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or [1_000_000, 3_000_000])
