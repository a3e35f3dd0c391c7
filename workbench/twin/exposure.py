"""The twin's exposure: persons employed by NUTS 2 region, NACE section, sex, age group and year, from its margins."""

import hashlib
from functools import cache
from statistics import NormalDist

import numpy as np
import pandas as pd

from workbench.twin.margins import (
    AGE_DRIFT,
    AGE_GROUPS,
    AGE_SHARE,
    COUNTRIES,
    EMPLOYED_INDEX,
    LATE_SECTIONS,
    LATE_SECTIONS_FROM,
    SECTIONS,
    SEXES,
    YEARS,
)
from workbench.twin.regions import CAPITAL_MIX, CAPITALS, COUNTRY_MIX, REGIONS

AXES = {
    "year": list(YEARS),
    "nuts2": list(REGIONS),
    "nace1": list(SECTIONS),
    "sex": list(SEXES),
    "age_group": list(AGE_GROUPS),
}
"""The axes of every array of cells, in this order."""
ROUNDED_TO = 10  # persons; a cell under 5 persons is empty
LOCAL_VARIATION = 0.20  # log standard deviation of a section's share between regions; assumed
LOCAL_VARIATION_OF_MINING = 0.70


def steady_normal(*names: str) -> float:
    """A standard normal number that depends on `names` alone: the same on every machine, version and run."""
    digest = hashlib.blake2b("/".join(names).encode(), digest_size=8).digest()
    return NormalDist().inv_cdf((int.from_bytes(digest, "big") + 0.5) / 2**64)


def country_of(nuts2: str) -> str:
    """The country of a region: the first two letters of its code."""
    return nuts2[:2]


def covered(section: str, year: int) -> bool:
    """Whether the collection covers a section in a reference year (B and O to S only from 2013).

    Parameters
    ----------
    section : str
        Of NACE, such as F.
    year : int

    Returns
    -------
    bool
    """
    return section not in LATE_SECTIONS or year >= LATE_SECTIONS_FROM


@cache
def employed() -> np.ndarray:
    """Persons employed in the population that the register covers, in tens, by `AXES`; not to be written to.

    Within a country, section, sex, age group the regions keep their shares over the years, so that a rate
    ratio between regions and a trend do not disturb each other.

    Returns
    -------
    array (years, regions, sections, sexes, age groups)
        Persons.
    """
    years = np.array(YEARS) - 2019.0
    drift = np.array([s.drift for s in SECTIONS.values()])
    mix = _mix()  # region x section, persons of 2019 before scaling
    moving = mix[None] * (1 + drift / 100)[None, None] ** years[:, None, None]
    countries = np.array([country_of(r) for r in REGIONS])
    for code, country in COUNTRIES.items():
        in_country = countries == code
        wanted = country.employed * 1_000 * np.array(EMPLOYED_INDEX)
        moving[:, in_country] *= (wanted / moving[:, in_country].sum(axis=(1, 2)))[:, None, None]
    women = np.array([s.women for s in SECTIONS.values()])
    sexes = np.stack([1 - women, women], axis=1)  # section x sex
    cells = moving[..., None, None] * sexes[None, None, :, :, None] * _ages()[:, None, :, None, :]
    cells *= _coverage()[:, None, :, None, None]
    cells = np.rint(cells / ROUNDED_TO) * ROUNDED_TO
    cells.setflags(write=False)
    return cells


def frame() -> pd.DataFrame:
    """The covered cells with workers, tidy: `nuts2, nace1, sex, age_group, year, employed` (persons).

    Returns
    -------
    DataFrame
        A row per cell with workers.
    """
    cells = employed()
    where = np.nonzero(cells)
    columns = {
        name: pd.Categorical.from_codes(index.astype(np.int16), codes)
        for (name, codes), index in zip(AXES.items(), where, strict=True)
        if name != "year"
    }
    year = np.array(YEARS, dtype=np.int16)[where[0]]
    found = pd.DataFrame({**columns, "year": year, "employed": cells[where].astype(np.int32)})
    return found.sort_values(["nuts2", "nace1", "sex", "age_group", "year"], ignore_index=True)


def _mix() -> np.ndarray:
    """Region x section: relative numbers of employed in 2019."""
    rows = []
    for region, size in REGIONS.items():
        country, row = COUNTRY_MIX.get(country_of(region), {}), []
        for section, traits in SECTIONS.items():
            spread = LOCAL_VARIATION_OF_MINING if section == "B" else LOCAL_VARIATION
            local = np.exp(spread * steady_normal("mix", region, section))
            capital = CAPITAL_MIX.get(section, 1.0) if region in CAPITALS else 1.0
            row.append(traits.share * country.get(section, 1.0) * capital * local)
        rows.append(np.array(row) / sum(row) * size)
    return np.array(rows)


def _ages() -> np.ndarray:
    """Year x section x age group: shares that sum to 1 over the ages."""
    tilt = np.array([[s.young, 1, 1, 1, np.sqrt(s.old), s.old] for s in SECTIONS.values()])
    change = (1 + np.array(AGE_DRIFT) / 100)[None] ** (np.array(YEARS) - 2019.0)[:, None]
    shares = np.array(AGE_SHARE)[None, None] * tilt[None] * change[:, None]
    return shares / shares.sum(axis=2, keepdims=True)


def _coverage() -> np.ndarray:
    """Year x section: 1 where the collection covers the section, else 0."""
    return np.array([[covered(section, year) for section in SECTIONS] for year in YEARS], dtype=float)
