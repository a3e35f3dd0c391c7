"""How the twin's accidents happen: chains of activity, deviation and contact; all shares are assumed."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from workbench.twin.margins import SECTIONS, SEVERITIES, SEXES


@dataclass(frozen=True)
class Chain:
    """One way an accident happens, in ESAW codes; `share` is its share of the pattern it belongs to."""

    pattern: str
    share: float
    activity: str
    ma_activity: str
    deviation: str
    ma_deviation: str
    contact: str
    ma_contact: str


@dataclass(frozen=True, kw_only=True)
class CausePattern:
    """In one section a chain is `times` as frequent as its pattern alone would make it."""

    nace1: str
    deviation: str
    contact: str
    times: float


CAUSE_PATTERN = CausePattern(
    nace1="H", deviation="42", contact="63", times=5.0
)  # a pallet truck that gets away and traps

_CHAINS = """
height    35 64 02.03 51 02.03 31 01.02
height    22 61 02.01 51 02.01 31 02.01
height    15 43 02.04 51 02.04 31 01.02
height    18 62 12.01 51 12.01 31 01.02
height    10 42 02.01 51 02.01 31 01.02
level     52 61 01.02 52 01.02 31 01.02
level     18 61 20.02 52 20.02 31 20.02
level     15 52 14.12 52 01.02 31 01.02
level     15 61 01.01 63 01.01 32 01.01
strain    32 51 14.12 71 14.12 71 14.12
strain    18 52 11.04 72 11.04 71 11.04
strain    12 53 14.12 71 14.12 71 14.12
strain    22 61 01.02 75 01.02 71 01.02
strain    16 67 17.01 74 17.01 71 17.01
lifting   70 51 18.06 71 18.06 71 18.06
lifting   30 52 18.06 72 18.06 71 18.06
handtool  38 21 06.02 43 06.02 51 06.02
handtool  22 22 07.04 43 07.04 51 07.04
handtool  20 22 07.01 43 07.01 51 07.01
handtool  20 21 06.06 43 06.06 44 06.06
knife     80 21 06.02 43 06.02 51 06.02
knife     20 41 17.08 44 17.08 51 17.08
machine   30 12 10.07 41 10.07 63 10.07
machine   22 13 10.11 41 10.11 64 10.11
machine   22 12 10.16 63 10.16 61 10.16
machine   26 13 10.10 41 10.10 51 10.10
falling   38 41 14.01 33 14.01 42 14.01
falling   42 61 14.08 33 14.08 42 14.08
falling   20 13 11.03 33 14.11 42 14.11
truck     40 31 11.04 42 11.04 44 11.04
truck     30 70 11.04 42 11.04 44 11.04
truck     30 52 11.04 42 11.04 63 11.04
road      52 31 12.02 42 12.02 45 12.02
road      24 31 12.01 42 12.01 45 12.01
road      14 31 12.03 42 12.03 45 12.03
road      10 33 12.02 42 12.02 45 12.02
object    45 41 14.12 44 14.12 42 14.12
object    30 42 14.02 44 14.02 53 14.02
object    25 47 11.09 44 11.09 63 11.09
splinter  60 22 07.04 32 14.05 41 14.05
splinter  40 13 10.10 32 14.05 41 14.05
burn      34 46 15.08 22 15.08 13 15.08
burn      26 13 10.04 64 10.04 13 10.04
burn      22 46 15.01 22 15.01 16 15.01
burn      10 46 15.02 23 15.02 15 15.02
burn       8 21 15.03 13 15.03 13 15.03
electric  70 42 05.02 12 05.02 12 05.02
electric  30 22 07.08 11 07.08 11 07.08
violence  45 70 18.06 83 18.06 83 18.06
violence  35 41 17.08 83 18.06 83 18.06
violence  20 31 12.01 83 18.06 73 18.06
animal    46 41 18.02 45 18.02 83 18.02
animal    24 70 18.02 84 18.02 81 18.02
animal    30 61 18.03 84 18.03 82 18.03
needle   100 21 06.14 64 06.14 52 06.14
sharp     60 61 14.04 61 14.04 52 14.04
sharp     40 42 01.01 62 01.01 53 01.01
buried    60 70 03.01 33 03.01 22 03.01
buried    40 21 03.02 33 03.02 22 03.02
overturn  60 31 09.02 42 09.02 62 09.02
overturn  40 31 09.01 42 09.01 62 09.01
tree     100 22 07.01 33 18.01 42 18.01
water    100 31 13.05 42 13.05 21 20.02
other    100 99 99.00 99 99.00 99 99.00
"""
CHAINS = tuple(Chain(f[0], float(f[1]), *f[2:]) for f in map(str.split, _CHAINS.split("\n")) if f)

# How often a pattern leads to an accident with more than three days lost, by section, relative to the others.
PATTERN_SHARE = {
    "A": "height 14 level 14 strain 12 handtool 14 machine 5 falling 6 truck 2 road 3 object 8 splinter 2 burn "
    "1 animal 14 sharp 3 overturn 3 tree 5 water 1 other 2",
    "B": "height 12 level 18 strain 18 handtool 10 machine 9 falling 12 truck 5 road 3 object 10 splinter 3 "
    "burn 3 electric 1 buried 2 overturn 2 other 2",
    "C": "height 7 level 14 strain 19 handtool 12 machine 18 falling 6 truck 5 road 2 object 12 splinter 4 burn "
    "5 electric 1 sharp 3 other 2",
    "D": "height 16 level 22 strain 18 handtool 10 machine 3 falling 5 truck 2 road 8 object 8 burn 4 electric "
    "7 sharp 3 other 2",
    "E": "height 15 level 19 strain 20 handtool 6 machine 4 falling 6 truck 6 road 8 object 9 burn 3 needle 3 "
    "sharp 6 buried 1 other 2",
    "F": "height 24 level 15 strain 16 handtool 16 machine 4 falling 10 truck 2 road 3 object 8 splinter 5 "
    "electric 2 burn 1 sharp 6 buried 1 overturn 1 other 2",
    "G": "height 8 level 20 strain 22 knife 12 machine 4 falling 9 truck 9 road 6 object 11 burn 1 violence 2 "
    "sharp 3 other 2",
    "H": "height 18 level 18 strain 18 handtool 2 machine 1 falling 5 truck 12 road 15 object 8 violence 6 "
    "sharp 2 other 2",
    "I": "height 5 level 26 strain 16 knife 22 machine 3 falling 4 truck 1 road 4 object 8 burn 14 violence 2 "
    "sharp 2 other 2",
    "J": "height 9 level 34 strain 22 handtool 3 falling 4 road 18 object 5 electric 1 violence 2 other 3",
    "K": "height 8 level 38 strain 18 falling 3 road 22 object 4 violence 6 other 3",
    "L": "height 16 level 28 strain 20 handtool 8 falling 5 road 8 object 7 electric 1 burn 1 sharp 3 other 3",
    "M": "height 12 level 28 strain 18 handtool 5 machine 3 falling 5 road 14 object 6 burn 2 animal 2 sharp 2 other 3",
    "N": "height 10 level 20 strain 24 handtool 8 machine 6 falling 6 truck 7 road 4 object 10 violence 4 burn "
    "1 sharp 2 other 2",
    "O": "height 9 level 24 strain 20 handtool 4 falling 3 truck 1 road 9 object 5 violence 18 animal 2 burn 2 "
    "sharp 2 other 3",
    "P": "height 8 level 34 strain 20 knife 3 falling 4 road 6 object 6 violence 12 burn 2 sharp 2 other 3",
    "Q": "height 4 level 22 strain 16 lifting 22 knife 3 falling 3 road 6 object 6 violence 12 burn 2 needle 4 "
    "sharp 1 other 3",
    "R": "height 8 level 30 strain 28 handtool 3 machine 1 falling 4 road 3 object 6 violence 6 animal 8 sharp "
    "2 other 3",
    "S": "height 6 level 28 strain 22 knife 8 machine 4 falling 4 road 6 object 7 burn 5 violence 4 animal 2 "
    "sharp 2 other 3",
}
# Women's share of a pattern relative to men's in the same section; 1 for all others.
WOMEN_TIMES = {
    "height": 0.6,
    "level": 1.5,
    "handtool": 0.6,
    "machine": 0.8,
    "splinter": 0.5,
    "truck": 0.6,
    "violence": 1.3,
    "overturn": 0.3,
    "tree": 0.2,
}
# How deadly a pattern is relative to the others.
FATAL_TIMES = {
    "height": 4.0, "level": 0.25, "strain": 0.05, "lifting": 0.02, "handtool": 0.1, "knife": 0.02, "machine": 1.5,
    "falling": 3.0, "truck": 3.0, "road": 9.0, "object": 0.4, "splinter": 0.05, "burn": 2.0, "electric": 14.0,
    "violence": 1.0, "animal": 0.6, "needle": 0.02, "sharp": 0.05, "buried": 20.0, "overturn": 22.0, "tree": 10.0,
    "water": 30.0, "other": 2.0,
}  # fmt: skip


@cache
def chain_shares() -> np.ndarray:
    """Share of each chain by section, sex, severity: shape (19, 2, 2, chains), sums to 1 over the chains."""
    inside = np.array([c.share for c in CHAINS])
    inside /= np.array([sum(c.share for c in CHAINS if c.pattern == chain.pattern) for chain in CHAINS])
    shares = np.empty((len(SECTIONS), len(SEXES), len(SEVERITIES), len(CHAINS)))
    for i, section in enumerate(SECTIONS):
        words = PATTERN_SHARE[section].split()
        patterns = dict(zip(words[::2], map(float, words[1::2]), strict=True))
        base = np.array([patterns.get(c.pattern, 0.0) for c in CHAINS]) * inside
        for j, sex in enumerate(SEXES):
            tilt = np.array([WOMEN_TIMES.get(c.pattern, 1.0) if sex == "F" else 1.0 for c in CHAINS])
            shares[i, j, 0] = base * tilt
            shares[i, j, 1] = base * tilt * np.array([FATAL_TIMES[c.pattern] for c in CHAINS])
    shares[list(SECTIONS).index(CAUSE_PATTERN.nace1), ..., is_planted()] *= CAUSE_PATTERN.times
    return shares / shares.sum(axis=-1, keepdims=True)


@cache
def is_planted() -> np.ndarray:
    """Which chains have the planted deviation and contact."""
    return np.array([(c.deviation, c.contact) == (CAUSE_PATTERN.deviation, CAUSE_PATTERN.contact) for c in CHAINS])
