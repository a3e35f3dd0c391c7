"""A made-up survey of workers: firms drawn by region and size, workers drawn in them, and the truth they answer by.

Nobody was asked. It shows what a weighted survey looks like, and its estimates can be held against its truth.
"""

from pathlib import Path

import numpy as np
import pandas as pd

SEED = 20261128
REGIONS = ("AT1", "AT2", "AT3")
SIZES = ("E5-9", "E10-49", "E50-249", "E_GE250")
FIRMS = {"E5-9": 6000, "E10-49": 2400, "E50-249": 480, "E_GE250": 90}
"""Firms of each size in each region of the made-up country."""
WORKERS = {"E5-9": 7, "E10-49": 22, "E50-249": 110, "E_GE250": 420}
DRAWN_FIRMS, DRAWN_WORKERS = 8, 7
"""Firms drawn in each stratum of region and size, and workers in each firm, in each wave."""
WAVES = {2022: 0.0, 2025: 0.45}
"""Years of the interviews, and how far wearing a device has risen, in logits."""
WEARS = {"E5-9": -3.0, "E10-49": -2.4, "E50-249": -1.8, "E_GE250": -1.2}
"""Logit of wearing a device in the first wave, in a firm without an effect of its own."""
FIRM_EFFECT = 0.6
ACCIDENT = 0.045
"""Share of workers with an accident of more than three days in the twelve months before the interview."""


def workers(seed: int = SEED) -> pd.DataFrame:
    """The answers of the made-up workers of both waves.

    Parameters
    ----------
    seed : int

    Returns
    -------
    DataFrame
        A row per worker: wave, region, size, firm, firms (in the stratum's population), weight (workers that each
        stands for), sex, age, and answers as codes: wears, told, strain, accident (9 not asked, 8 do not know, 7
        refused) and hours.
    """
    random = np.random.default_rng(seed)
    strata = [(year, region, size) for year in WAVES for region in REGIONS for size in SIZES]
    frame = pd.concat([_stratum(random, *stratum) for stratum in strata], ignore_index=True)
    frame["firm"] = frame.groupby(["wave", "region", "size", "firm"], sort=False).ngroup() + 1
    return frame


def write_workers(folder: Path) -> Path:
    """Write the answers as CSV into `folder`; the path written."""
    path = folder / "workers_made_up.csv"
    workers().to_csv(path, index=False)
    return path


def _stratum(random: np.random.Generator, year: int, region: str, size: str) -> pd.DataFrame:
    """The workers drawn in one wave, region and size."""
    n = DRAWN_FIRMS * DRAWN_WORKERS
    firm = np.repeat(np.arange(DRAWN_FIRMS), DRAWN_WORKERS)
    answered = random.uniform(0.55, 1.0, n)  # some stand for more: others of their kind did not answer
    weight = FIRMS[size] / DRAWN_FIRMS * WORKERS[size] / DRAWN_WORKERS * (1 / answered) / np.mean(1 / answered)
    effect = random.normal(0, FIRM_EFFECT, DRAWN_FIRMS)[firm]
    chance = 1 / (1 + np.exp(-(WEARS[size] + WAVES[year] + effect)))
    wears = np.where(random.random(n) < chance, 1, 2)
    was_told = np.where(wears == 1, random.choice([1, 2, 8], n, p=[0.55, 0.40, 0.05]), 9)
    wears = np.where(random.random(n) < 0.03, random.choice([7, 8], n), wears)
    strain = 1 + random.binomial(3, np.clip(0.3 + 0.1 * effect + 0.1 * (wears == 1), 0.05, 0.95))
    return pd.DataFrame(
        {
            "wave": year,
            "region": region,
            "size": size,
            "firm": firm,
            "firms": FIRMS[size],
            "weight": weight.round(3),
            "sex": random.choice([1, 2], n),
            "age": random.integers(16, 68, n),
            "wears": wears,
            "told": np.where(wears == 1, was_told, 9),
            "strain": strain,
            "accident": np.where(random.random(n) < ACCIDENT, 1, 2),
            "hours": random.choice([16, 20, 30, 36, 38, 40, 45], n, p=[0.05, 0.1, 0.15, 0.1, 0.3, 0.2, 0.1]),
        }
    )
