"""The made-up team as it travels with the workbench: minutes, movement around events, and the truth; under 5 MB."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from workbench.twin import team

MINUTES, MOVEMENT, TRUTH = "team_synthetic_minutes.parquet", "team_synthetic_movement.parquet", "team_synthetic.json"
MARK = {b"synthetic": b"Synthetic data: made up, nobody wore anything."}


def write_team(folder: Path, seed: int = team.SEED) -> list[Path]:
    """Write the three files; the paths written.

    Parameters
    ----------
    folder : Path
    seed : int

    Returns
    -------
    list of Path
    """
    files = [folder / name for name in (MINUTES, MOVEMENT, TRUTH)]
    _write(minutes(seed), files[0])
    _write(movement(seed), files[1])
    files[2].write_text(json.dumps(team.truth(seed), indent=1) + "\n", encoding="utf-8")
    return files


def minutes(seed: int = team.SEED) -> pd.DataFrame:
    """Every minute of every worker: person, shift, minute, and the columns of `team.minutes`."""
    parts = []
    for shift in range(len(team.SHIFTS)):
        for place, worker in enumerate(team.WORKERS):
            frame = team.minutes(place, shift, seed)
            ids = {"person": worker.person, "shift": np.int8(shift), "minute": np.arange(len(frame), dtype=np.int16)}
            parts.append(frame.assign(**ids))
    frame = pd.concat(parts, ignore_index=True)
    return frame[["person", "shift", "minute", *(c for c in frame if c not in ("person", "shift", "minute"))]]


def movement(seed: int = team.SEED) -> pd.DataFrame:
    """Stretches at full rate: person, shift, sample (of the shift), and scaled whole numbers by `team.SCALE`."""
    parts = []
    for worker, shift, start, stop in team.stretches(seed):
        values = team.movement(worker, shift, start, stop, seed)
        scaled = np.round(values * np.array([team.SCALE[name] for name in team.MOVEMENT])).astype(np.int16)
        frame = pd.DataFrame(scaled, columns=list(team.MOVEMENT))
        samples = np.arange(start * team.RATE, stop * team.RATE, dtype=np.int32)
        parts.append(frame.assign(person=team.WORKERS[worker].person, shift=np.int8(shift), sample=samples))
    return pd.concat(parts, ignore_index=True)[["person", "shift", "sample", *team.MOVEMENT]]


def _write(frame: pd.DataFrame, path: Path) -> None:
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(MARK)
    pq.write_table(table, path, compression="zstd", compression_level=19)
