"""The same people by size of the enterprise, and by occupation: shared out so that relative risks are known exactly.

Records have a size and an occupation by shares of their own (`traits`). How many people there are of each follows from
these and from the relative risks below: people of a code = expected records of it / its relative risk, scaled to the
people of the region, section and year. So no record changes, and every ratio of rates is known.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from workbench.twin import traits
from workbench.twin.exposure import AXES, employed
from workbench.twin.margins import AGE_GROUPS, SECTIONS, SEXES
from workbench.twin.rates import expected_records

NEARLY = 1e-6  # persons; parts of a person that differ by less count as equal, whatever the machine's last digits are


@dataclass(frozen=True, kw_only=True, eq=False)  # one object per dimension, known by itself
class RelativeRisk:
    """The non-fatal rates of the codes of one dimension relative to each other, in every region, section and year."""

    dimension: str
    reference: str
    ratios: Mapping[str, float]


# Assumed, and chosen so that the structure of the people that follows is of the right order of magnitude: 18% in
# enterprises of 1 to 9 employees and 36% in those of 250 or more. Enterprises of 10 to 49 employees have the highest
# rate, those of 500 or more a low one; the self-employed without employees notify little.
RISK_BY_SIZE = RelativeRisk(
    dimension="size", reference="4", ratios={"0": 0.5, "1": 1.2, "2": 1.3, "3": 1.2, "4": 1.0, "5": 0.7}
)
# Assumed likewise: 30% professionals and technicians, 14% elementary occupations. A section has people in those
# occupations alone that its records name, so that the twin has few managers.
RISK_BY_OCCUPATION = RelativeRisk(
    dimension="isco1",
    reference="4",
    ratios={"0": 1.3, "1": 0.5, "2": 0.4, "3": 0.8, "4": 1.0, "5": 1.7, "6": 2.0, "7": 2.7, "8": 2.5, "9": 3.2},
)


@cache
def expected_by(risk: RelativeRisk) -> np.ndarray:
    """Expected non-fatal records at full size by one more dimension; not to be written to.

    Parameters
    ----------
    risk : RelativeRisk
        Of that dimension.

    Returns
    -------
    array (years, regions, sections, codes)
        Numbers of records, codes as in `risk.ratios`.
    """
    shares = _size_shares() if risk is RISK_BY_SIZE else _occupation_shares()
    found = np.einsum("yrnsa,nsac->yrnc", expected_records()[..., 0], shares)
    found.setflags(write=False)
    return found


@cache
def people_by(risk: RelativeRisk) -> np.ndarray:
    """Persons employed by one more dimension, whole persons that add up to the twin's people; not to be written to.

    Parts of a person go to the codes with the largest ones (method of largest remainders), so that a ratio of rates is
    the stated one but for less than a person in each cell.

    Parameters
    ----------
    risk : RelativeRisk

    Returns
    -------
    int array (years, regions, sections, codes)
        Persons, codes as in `risk.ratios`.
    """
    of_code = expected_by(risk) / np.array([*risk.ratios.values()])
    in_all = of_code.sum(axis=-1, keepdims=True)
    shares = np.divide(of_code, in_all, out=np.zeros_like(of_code), where=in_all > 0)
    people = employed().sum(axis=(3, 4))

    exact = people[..., None] * shares
    whole = np.floor(exact + NEARLY)
    left = people - whole.sum(axis=-1)
    parts = np.round((exact - whole) / NEARLY)
    rank = np.argsort(np.argsort(-parts, axis=-1, kind="stable"), axis=-1, kind="stable")
    found = (whole + (rank < left[..., None])).astype(np.int64)
    found.setflags(write=False)
    return found


def margin_frame(risk: RelativeRisk) -> pd.DataFrame:
    """The covered cells with workers, tidy: `nuts2, nace1`, the dimension of the risk, `year, employed` (persons).

    Parameters
    ----------
    risk : RelativeRisk

    Returns
    -------
    DataFrame
        A row per cell with workers.
    """
    people = people_by(risk)
    year, region, section, code = np.nonzero(people)
    places = {"nuts2": (region, AXES["nuts2"]), "nace1": (section, AXES["nace1"])}
    places |= {risk.dimension: (code, list(risk.ratios))}
    columns = {name: pd.Categorical.from_codes(at.astype(np.int16), codes) for name, (at, codes) in places.items()}
    years = np.array(AXES["year"], dtype=np.int16)[year]
    counted = people[year, region, section, code].astype(np.int32)
    found = pd.DataFrame({**columns, "year": years, "employed": counted})
    return found.sort_values(["nuts2", "nace1", risk.dimension, "year"], ignore_index=True)


def _size_shares() -> np.ndarray:
    """Share of each size among the records, (sections, sexes, age groups, sizes): the self-employed have their own."""
    statuses, by_status = traits.statuses()
    alone = _scaled(by_status)[:, statuses.index("100")].reshape(len(SECTIONS), len(AGE_GROUPS), 1)
    codes, by_section = traits.sizes()
    employees, self_employed = _scaled(by_section).reshape(2, len(SECTIONS), 1, len(codes))
    shares = (1 - alone) * employees + alone * self_employed
    return np.repeat(shares[:, None], len(SEXES), axis=1)


def _occupation_shares() -> np.ndarray:
    """Share of each major group among the records, (sections, sexes, age groups, major groups)."""
    codes, by_group = traits.occupations()
    shares = _scaled(by_group).reshape(len(SECTIONS), len(SEXES), len(codes))
    of_major = np.array([[code[0] == major for major in RISK_BY_OCCUPATION.ratios] for code in codes])
    return np.repeat((shares @ of_major)[:, :, None], len(AGE_GROUPS), axis=2)


def _scaled(shares: np.ndarray) -> np.ndarray:
    return shares / shares.sum(axis=1, keepdims=True)
