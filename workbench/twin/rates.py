"""Expected records per cell: employed x rate, calibrated to the published totals, with the planted effects inside."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from workbench.twin.exposure import country_of, employed, steady_normal
from workbench.twin.margins import (
    AGE_FATAL,
    AGE_NON_FATAL,
    BASE_YEAR,
    COUNTRIES,
    FATAL_CHANGE,
    FATAL_PANDEMIC,
    MEN_FATAL,
    PUBLISHED,
    SECTIONS,
    YEARS,
)
from workbench.twin.regions import REGIONS

PANDEMIC = (2020, 2021)
REGIONAL_VARIATION = 0.12  # log standard deviation of the rate between regions of a country; assumed


@dataclass(frozen=True, kw_only=True)
class RegionExcess:
    """One region's non-fatal rate is `ratio` times that of each other region of its country, in each stratum."""

    nuts2: str
    ratio: float


@dataclass(frozen=True, kw_only=True)
class SectorExcess:
    """One section's non-fatal rate in one country is `ratio` times what section and country alone would give."""

    nace1: str
    nuts0: str
    ratio: float


@dataclass(frozen=True, kw_only=True)
class AnnualChange:
    """The non-fatal rate of every cell changes by `before` per cent a year up to `joinpoint`, then by `after`."""

    joinpoint: int
    before: float
    after: float


REGION_EXCESS = RegionExcess(nuts2="FRH0", ratio=1.5)
SECTOR_EXCESS = SectorExcess(nace1="E", nuts0="DE", ratio=1.6)
ANNUAL_CHANGE = AnnualChange(joinpoint=2016, before=0.8, after=-1.4)


@cache
def reported_share() -> np.ndarray:
    """Share of non-fatal accidents that become records, by region."""
    return np.array([COUNTRIES[country_of(r)].level for r in REGIONS])


@cache
def weights() -> np.ndarray:
    """Weight of a record by region and severity (non-fatal, fatal), whole numbers; a fatal accident always has 1.

    Returns
    -------
    int array (regions, 2)
    """
    return np.array([[COUNTRIES[country_of(r)].weight, 1] for r in REGIONS])


@cache
def expected_records() -> np.ndarray:
    """Expected records at full size by `AXES` and severity (non-fatal, fatal); not to be written to.

    Returns
    -------
    array (years, regions, sections, sexes, age groups, 2)
        Numbers of records.
    """
    workers = employed()
    cells = np.empty((*workers.shape, 2))
    reported = reported_share()[None, :, None, None, None]
    cells[..., 0] = workers * non_fatal_rates() * reported
    cells[..., 1] = workers * fatal_rates()
    cells.setflags(write=False)
    return cells


def expected_accidents() -> np.ndarray:
    """Expected sums of weights at full size, as a publisher would count; by `AXES` and severity.

    Returns
    -------
    array (years, regions, sections, sexes, age groups, 2)
        Numbers of accidents.
    """
    return expected_records() * weights()[None, :, None, None, None, :]


@cache
def non_fatal_rates() -> np.ndarray:
    """True non-fatal accidents per person employed and year, by `AXES`, before under-reporting."""
    men = np.array([[s.men, 1.0] for s in SECTIONS.values()])
    shape = (
        _trend()[:, None, None, None, None]
        * _pandemic()[:, None, :, None, None]
        * _regional("risk")[None, :, None, None, None]
        * men[None, None, :, :, None]
        * np.array(AGE_NON_FATAL)
    )
    shape[:, list(REGIONS).index(REGION_EXCESS.nuts2)] *= REGION_EXCESS.ratio
    inside = [i for i, r in enumerate(REGIONS) if country_of(r) == SECTOR_EXCESS.nuts0]
    shape[:, inside, list(SECTIONS).index(SECTOR_EXCESS.nace1)] *= SECTOR_EXCESS.ratio
    counted = (reported_share() * weights()[:, 0])[None, :, None, None, None]
    wanted = _wanted("non_fatal", total="non_fatal_accidents", fixed={"F": PUBLISHED["non_fatal_rate_F"].value})
    return shape * _calibration(shape * counted, wanted)[None, None, :, None, None]


@cache
def fatal_rates() -> np.ndarray:
    """Fatal accidents per person employed and year, by `AXES`; all of them are reported."""
    trend = (1 + FATAL_CHANGE / 100) ** (np.array(YEARS) - BASE_YEAR)
    for year, factor in zip(PANDEMIC, FATAL_PANDEMIC, strict=True):
        trend[YEARS.index(year)] *= factor
    shape = (
        trend[:, None, None, None, None]
        * _regional("fatal")[None, :, None, None, None]
        * np.array([MEN_FATAL, 1.0])[:, None]
        * np.array(AGE_FATAL)
        * np.ones(len(SECTIONS))[:, None, None]
    )
    wanted = _wanted("fatal", total="fatal_accidents", fixed={"B": PUBLISHED["fatal_rate_B"].value})
    return shape * _calibration(shape, wanted)[None, None, :, None, None]


def _trend() -> np.ndarray:
    """The planted annual change, 1 in the base year."""
    step = ANNUAL_CHANGE
    years = np.array(YEARS)
    log = np.log1p(step.before / 100) * np.minimum(years - step.joinpoint, 0)
    log += np.log1p(step.after / 100) * np.maximum(years - step.joinpoint, 0)
    return np.exp(log - log[YEARS.index(BASE_YEAR)])


def _pandemic() -> np.ndarray:
    """Year x section: the rate relative to the trend; 1 but in the years of the pandemic."""
    factors = np.ones((len(YEARS), len(SECTIONS)))
    for n, year in enumerate(PANDEMIC):
        factors[YEARS.index(year)] = [s.pandemic[n] for s in SECTIONS.values()]
    return factors


def _regional(kind: str) -> np.ndarray:
    """The country's relative rate (`risk` or `fatal`) times the region's own, which is 1 where an excess is planted."""
    spared = country_of(REGION_EXCESS.nuts2)
    own = [0.0 if country_of(r) == spared else REGIONAL_VARIATION * steady_normal("rate", r) for r in REGIONS]
    return np.array([getattr(COUNTRIES[country_of(r)], kind) for r in REGIONS]) * np.exp(own)


def _wanted(kind: str, *, total: str, fixed: dict[str, float]) -> np.ndarray:
    """Rates of the base year per person by section: the published ones, the others scaled to the published total."""
    rates = np.array([fixed.get(code, getattr(s, kind)) for code, s in SECTIONS.items()]) / 100_000
    free = np.array([code not in fixed for code in SECTIONS])
    cases = rates * employed()[YEARS.index(BASE_YEAR)].sum(axis=(0, 2, 3))
    rates[free] *= (PUBLISHED[total].value - cases[~free].sum()) / cases[free].sum()
    return rates


def _calibration(shape: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Factor by section that makes the EU's counted rate of the base year the wanted one."""
    base = YEARS.index(BASE_YEAR)
    workers = employed()[base]
    return wanted * workers.sum(axis=(0, 2, 3)) / (workers * shape[base]).sum(axis=(0, 2, 3))


def scale_of(rows: int) -> float:
    """What part of the full-size register a twin of `rows` records stands for.

    Parameters
    ----------
    rows : int
        Number of records.

    Returns
    -------
    float
        1 for a twin of full size.
    """
    return rows / float(expected_records().sum())
