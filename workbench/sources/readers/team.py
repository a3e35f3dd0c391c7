"""The made-up team with sensors, as means of the whole team by day and hour: what an entry of the catalogue shows."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.sources.readers.wristband import FEWEST
from workbench.terms.tables import Report

_MEANS = ("carbon_monoxide_ppm", "heart_rate_bpm")
_COLUMNS = ["margin", "day", "hour", "persons", "readings", "noise_dba", *_MEANS, "flag"]


def read_hours(paths: Sequence[Path], report: Report) -> Iterator[pd.DataFrame]:
    """One frame, margin hours: a row for each local hour with five or more persons.

    Each person's mean of the hour first, then the mean over persons; levels of noise as energy, NaN where fewer than
    five persons have a value.

    Parameters
    ----------
    paths : the table of minutes (Parquet), and the JSON file that says when shifts began
    report : where rows read are counted

    Yields
    ------
    DataFrame
        margin, day ("2026-03-02"), hour ("07"), persons, readings (minutes), noise_dba, carbon_monoxide_ppm,
        heart_rate_bpm, flag.
    """
    table, truth = sorted(paths, key=lambda path: path.suffix != ".parquet")
    facts = json.loads(truth.read_text(encoding="utf-8"))
    rows = pd.read_parquet(table)
    report.rows_read += len(rows)

    starts = pd.to_datetime([shift["start"] for shift in facts["shifts"]], utc=True)
    moment = starts[rows["shift"]] + pd.to_timedelta(rows["minute"].to_numpy(), unit="min")
    local = moment.tz_convert(facts["zone"])
    keys = [pd.Series(local.strftime(form), name=name) for form, name in (("%Y-%m-%d", "day"), ("%H", "hour"))]
    energy = 10 ** (rows["noise"] / 10)
    values = pd.DataFrame(
        {"noise_dba": energy, "carbon_monoxide_ppm": rows["carbon_monoxide"], "heart_rate_bpm": rows["heart_rate"]}
    )

    persons = values.groupby([*keys, rows["person"]]).mean().groupby(["day", "hour"])
    frame = persons.mean().where(persons.count() >= FEWEST)
    frame["noise_dba"] = 10 * np.log10(frame["noise_dba"])
    frame["persons"], frame["readings"] = persons.size(), values.groupby(keys).size()
    frame = frame[frame["persons"] >= FEWEST].reset_index().assign(margin="hours", flag="")
    texts, numbers = ("margin", "day", "hour", "flag"), ("persons", "readings", "noise_dba", *_MEANS)
    yield frame[_COLUMNS].astype(dict.fromkeys(texts, "str") | dict.fromkeys(numbers, "float64"))
