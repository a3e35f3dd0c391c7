"""The twin that travels with the workbench: one drawn cube of all accidents, its exposure, and its truth.

Made by `python -m workbench.twin`. The cube is nuts2 x nace1 x sex x age_group x year x severity with severity in
two parts, D_GE4 (non-fatal, four days and more) and FAT: the bands of days would make ten times as many cells, a file
too large to travel. Full size (scale 1), so that its totals read like the EU's.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from workbench.twin import exposure
from workbench.twin.cells import draw_cells
from workbench.twin.further_margins import RISK_BY_OCCUPATION, RISK_BY_SIZE, margin_frame
from workbench.twin.generate import metadata
from workbench.twin.margins import LATE_SECTIONS, LATE_SECTIONS_FROM, YEARS
from workbench.twin.rates import expected_records
from workbench.twin.truth import truth

SEED = 1
ACCIDENTS, EMPLOYED, TRUTH = "esaw_synthetic.parquet", "esaw_synthetic_employed.parquet", "truth.json"
FURTHER_MARGINS = {
    "synthetic_employed_size.parquet": RISK_BY_SIZE,
    "synthetic_employed_isco.parquet": RISK_BY_OCCUPATION,
}
"""Files with the same people by another dimension, each with the relative risks that follow from it."""


def full_size() -> int:
    """The number of records that the register is expected to hold, all years together."""
    return round(float(expected_records().sum()))


def write_bundled(folder: Path) -> list[Path]:
    """Write the cube, the exposure with its further margins and the truth into `folder`; the paths written."""
    folder.mkdir(parents=True, exist_ok=True)
    # successive years of a stratum side by side: their counts differ little
    _write(cube(), folder / ACCIDENTS, compact=["accidents", "records"])
    _write(exposure.frame(), folder / EMPLOYED)
    for name, risk in FURTHER_MARGINS.items():
        _write(margin_frame(risk), folder / name, compact=["employed"])
    text = json.dumps(truth(full_size(), SEED), indent=1, ensure_ascii=False) + "\n"
    (folder / TRUTH).write_text(text, encoding="utf-8")
    return [folder / name for name in (ACCIDENTS, EMPLOYED, *FURTHER_MARGINS, TRUTH)]


def cube() -> pd.DataFrame:
    """The drawn cells that have records: `nuts2, nace1, sex, age_group, year, severity, accidents, records, flag`.

    `flag` is b (break) in the first year of the sections that the register covers later, p (provisional) in the last.
    """
    cells = draw_cells(full_size(), SEED).astype({"accidents": np.int32, "records": np.int32})
    begins = cells["nace1"].isin(LATE_SECTIONS) & (cells["year"] == LATE_SECTIONS_FROM)
    flags = np.where(begins, "b", np.where(cells["year"] == YEARS[-1], "p", ""))
    return cells.assign(flag=flags).sort_values(
        ["severity", "nuts2", "nace1", "sex", "age_group", "year"], ignore_index=True
    )


def _write(frame: pd.DataFrame, path: Path, compact: Sequence[str] = ()) -> None:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    with pq.ParquetWriter(
        path,
        table.schema,
        compression="zstd",
        compression_level=19,
        use_dictionary=[name for name in frame.columns if name not in compact],
        column_encoding=dict.fromkeys(compact, "DELTA_BINARY_PACKED") or None,
        store_schema=False,
    ) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata(metadata(full_size(), SEED))
