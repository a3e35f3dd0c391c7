"""A made-up stream of notifications to an inspectorate, with a planted selection: who notifies, not where events are.

Nobody notified anything. Of the accidents that the bundled twin has in one country and year, large employers and those
with a union notify a larger share; the share that each kind of employer notifies is kept as the truth.
"""

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.twin.bundled import SEED as TWIN_SEED
from workbench.twin.bundled import full_size
from workbench.twin.cells import draw_cells
from workbench.twin.traits import SIZE_OF, SIZE_OF_SELF_EMPLOYED, SIZES, STATUS, shares
from workbench.twin.truth import SYNTHETIC

SEED = 20261129
COUNTRY, YEAR = "NL", 2022
FILE, TRUTH = "notifications_synthetic.csv", "notifications_synthetic.json"
NOTIFIED = {"0": 0.002, "1": 0.005, "2": 0.010, "3": 0.020, "4": 0.035, "5": 0.050}
"""Share of the accidents that an employer of this size notifies without a union; assumed."""
UNION_TIMES = 1.8
"""So many times that share is notified where there is a union; assumed."""
UNIONISED = {"0": 0.0, "1": 0.05, "2": 0.15, "3": 0.35, "4": 0.55, "5": 0.70}
"""Share of the accidents of each size that happen where there is a union; assumed."""
FATAL_NOTIFIED = 0.95
"""Of fatal accidents, whatever the employer; assumed."""
COMPLAINTS = 0.6
"""Complaints for each notified accident, of the same employers; assumed."""
VULNERABILITY = {"": 70, "agency": 12, "migrant": 8, "young": 6, "informal": 2, "pregnant": 2}
"""What makes the person vulnerable, in per cent; assumed."""
SEVERITIES = {"D4-6": 20, "D7-13": 33, "D14-20": 16, "D21-30": 12, "D31-90": 12, "D_GE183": 7}
"""Of notified accidents that are not fatal, in per cent; assumed."""
COLUMNS = ["date", "kind", "nace1", "nuts2", "size", "unionised", "severity", "vulnerability"]


def share_notified(size: str, unionised: bool) -> float:
    """The planted share of non-fatal accidents that employers of one kind notify.

    Parameters
    ----------
    size : code of the size of the enterprise, 0 to 5
    unionised : bool

    Returns
    -------
    float
        From 0 to 1.
    """
    return NOTIFIED[size] * (UNION_TIMES if unionised else 1.0)


def events() -> pd.DataFrame:
    """The accidents that could have been notified: nuts2, nace1, severity (D_GE4, FAT), size, unionised, events."""
    cells = draw_cells(full_size(), TWIN_SEED)
    cells = cells[(cells["year"] == YEAR) & cells["nuts2"].astype(str).str.startswith(COUNTRY)]
    keys = ["nuts2", "nace1", "severity"]
    cells = cells.astype(dict.fromkeys(keys, str)).groupby(keys, as_index=False)["accidents"].sum()
    random = np.random.default_rng(SEED)
    rows = []
    for cell in cells.itertuples():
        by_size = random.multinomial(cell.accidents, list(_shares_of_sizes(cell.nace1).values()))
        for size, number in zip(NOTIFIED, by_size, strict=True):
            with_union = random.binomial(number, UNIONISED[size])
            for unionised, part in ((True, with_union), (False, number - with_union)):
                rows.append((cell.nuts2, cell.nace1, cell.severity, size, unionised, part))
    return pd.DataFrame(rows, columns=[*keys, "size", "unionised", "events"])


def notifications(seed: int = SEED) -> pd.DataFrame:
    """The stream, a row for each notification in the order of its date.

    Parameters
    ----------
    seed : int

    Returns
    -------
    DataFrame
        date (text, YYYY-MM-DD), kind (accident, complaint), nace1, nuts2, size, unionised (yes, no), severity ("" of a
        complaint), vulnerability ("" where nothing is known).
    """
    random = np.random.default_rng(seed)
    cells = events()
    chance = [
        FATAL_NOTIFIED if row.severity == "FAT" else share_notified(row.size_code, row.unionised)
        for row in cells.rename(columns={"size": "size_code"}).itertuples()
    ]
    notified = random.binomial(cells["events"], chance)
    complained = random.poisson(COMPLAINTS * notified)
    rows = pd.concat([_rows(cells, notified, "accident"), _rows(cells, complained, "complaint")], ignore_index=True)
    grave = random.choice(list(SEVERITIES), len(rows), p=np.array(list(SEVERITIES.values())) / 100)
    severity = np.where(rows["severity"] == "FAT", "FAT", grave)
    days = random.integers(0, (date(YEAR + 1, 1, 1) - date(YEAR, 1, 1)).days, len(rows))
    frame = rows.assign(
        date=[f"{date(YEAR, 1, 1) + timedelta(days=int(day)):%Y-%m-%d}" for day in days],
        unionised=np.where(rows["unionised"], "yes", "no"),
        severity=np.where(rows["kind"] == "complaint", "", severity),
        vulnerability=random.choice(list(VULNERABILITY), len(rows), p=np.array(list(VULNERABILITY.values())) / 100),
    )
    return frame.sort_values("date", kind="stable", ignore_index=True)[COLUMNS]


def truth(seed: int = SEED) -> dict:
    """What is planted, as plain values for JSON: the share that each kind of employer notifies, and of each size."""
    cells = events()
    non_fatal = cells[cells["severity"] != "FAT"]
    by_size = {}
    for size, part in non_fatal.groupby("size"):
        expected = sum(share_notified(size, row.unionised) * row.events for row in part.itertuples())
        number = int(part["events"].sum())
        by_size[size] = {"events": number, "share_notified": float(f"{expected / number:.10g}")}
    return {
        "synthetic": True,
        "notice": SYNTHETIC,
        "country": COUNTRY,
        "year": YEAR,
        "seed": seed,
        "share_notified": {
            size: {word: round(share_notified(size, union), 6) for word, union in (("yes", True), ("no", False))}
            for size in NOTIFIED
        },
        "share_of_fatal_notified": FATAL_NOTIFIED,
        "by_size": by_size,
    }


def write_notifications(folder: Path) -> list[Path]:
    """Write the stream as CSV and its truth as JSON into `folder`; the paths written."""
    stream, known = folder / FILE, folder / TRUTH
    notifications().to_csv(stream, index=False)
    known.write_text(json.dumps(truth(), indent=1) + "\n", encoding="utf-8")
    return [stream, known]


def _shares_of_sizes(section: str) -> dict[str, float]:
    """Share of the accidents of a section in employers of each size, as the twin draws it for each record."""
    status = shares(STATUS.get(section, STATUS[""]))
    alone = status["100"] / sum(status.values())
    employees, self_employed = shares(SIZES[SIZE_OF.get(section, "middle")]), shares(SIZE_OF_SELF_EMPLOYED)
    return {
        size: (1 - alone) * employees.get(size, 0.0) / sum(employees.values())
        + alone * self_employed.get(size, 0.0) / sum(self_employed.values())
        for size in NOTIFIED
    }


def _rows(cells: pd.DataFrame, numbers: np.ndarray, kind: str) -> pd.DataFrame:
    """One row for each notification of a kind."""
    return cells.drop(columns="events").loc[cells.index.repeat(numbers)].assign(kind=kind)
