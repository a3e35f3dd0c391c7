"""What else a record of the twin says: occupation, injury, days lost, time, enterprise; all shares are assumed."""

from datetime import date, timedelta

import numpy as np

from workbench.twin.causes import CHAINS
from workbench.twin.margins import AGE_GROUPS, COUNTRIES, SECTIONS, SEXES, YEARS


def shares(words: str) -> dict[str, float]:
    """The pairs "code share code share ..." as a dict.

    Parameters
    ----------
    words : str
        Codes and numbers in turn, blanks between them.

    Returns
    -------
    dict of str to float
        Shares by code, of any sum.
    """
    parts = words.split()
    return dict(zip(parts[::2], map(float, parts[1::2]), strict=True))


def table(rows: list[dict[str, float]]) -> tuple[list[str], np.ndarray]:
    """All codes that occur, sorted, and one row of shares per dict.

    Parameters
    ----------
    rows : list of dict of str to float
        Shares by code, one dict per group.

    Returns
    -------
    (list of str, array (groups, codes))
    """
    codes = sorted({code for row in rows for code in row})
    return codes, np.array([[row.get(code, 0.0) for code in codes] for row in rows])


DIVISIONS = {
    "A": "01 88 02 9 03 3", "B": "05 30 06 8 07 14 08 38 09 10",
    "C": "10 15 11 2 12 0.2 13 2 14 2 15 1.5 16 4 17 2 18 2 19 0.5 20 3 21 1 22 6 23 5 24 6 25 17 26 2 27 4 28 "
        "9 29 7 30 3 31 4 32 3 33 5",
    "D": "35 100", "E": "36 16 37 8 38 72 39 4", "F": "41 30 42 13 43 57", "G": "45 14 46 28 47 58",
    "H": "49 50 50 1.5 51 2 52 31 53 15.5", "I": "55 30 56 70", "J": "58 14 59 8 60 5 61 18 62 45 63 10",
    "K": "64 60 65 26 66 14", "L": "68 100", "M": "69 18 70 14 71 28 72 10 73 9 74 13 75 8",
    "N": "77 5 78 40 79 1 80 9 81 38 82 7", "O": "84 100", "P": "85 100", "Q": "86 44 87 32 88 24",
    "R": "90 15 91 10 92 6 93 69", "S": "94 26 95 10 96 64",
}  # fmt: skip

OCCUPATIONS = {
    "A": "61 45 62 12 92 35 83 8", "B": "81 50 93 20 83 12 72 12 31 6",
    "C": "72 26 81 22 82 12 75 14 93 16 31 4 43 4 74 2", "D": "74 40 31 18 72 22 71 8 33 6 93 6",
    "E": "96 45 83 22 93 10 81 12 72 8 31 3", "F": "71 55 74 10 93 20 83 7 72 5 31 2 41 1",
    "G": "52 34 72 16 93 20 43 14 83 8 75 5 33 3", "H": "83 52 93 20 43 14 51 5 42 5 44 4",
    "I": "51 52 94 30 91 12 52 4 14 2", "J": "25 30 35 28 26 20 33 12 74 10", "K": "33 45 42 25 24 15 41 15",
    "L": "51 30 91 22 71 20 33 18 96 10", "M": "21 16 31 22 24 16 33 16 32 10 41 12 72 8",
    "N": "91 38 93 20 54 14 61 6 82 8 71 5 51 5 96 4", "O": "54 38 33 10 41 12 96 12 91 10 71 6 01 4 03 6 53 2",
    "P": "23 46 53 26 91 12 51 8 34 5 96 3", "Q": "53 42 22 14 32 20 91 12 94 5 34 7",
    "R": "34 46 26 14 51 14 54 8 96 10 91 8", "S": "51 34 91 20 74 8 72 6 96 10 33 8 53 6 34 8",
}  # fmt: skip
# Women's share of an occupation relative to men's in the same section; 1 for all others.
WOMEN_TIMES = shares(
    "71 .05 72 .06 74 .05 83 .08 93 .5 81 .6 75 .8 96 .3 54 .35 31 .4 61 .8 62 .15 53 3 91 4 94 1.8 51 1.3 52 "
    "1.8 23 2.5 22 2.5 32 3 41 2.5 42 2 01 .2 03 .2"
)

INJURIES = {  # by group of the contact; "998" for the fatal
    "10": "061 45 062 25 071 15 101 3 012 6 111 2", "20": "081 40 082 20 120 25 052 15",
    "30": "011 28 032 26 021 24 031 8 051 8 052 2 120 4", "40": "011 40 012 18 021 22 051 10 052 3 120 7",
    "50": "012 74 011 20 040 2 072 4", "60": "011 30 012 18 021 32 040 12 052 4 120 4",
    "70": "032 84 031 8 039 4 112 4", "80": "011 44 012 16 032 10 021 8 111 18 072 4", "99": "999 40 011 30 032 30",
    "998": "120 45 051 25 052 18 081 5 061 4 082 3",
}  # fmt: skip
PARTS_OF_BODY = {
    "10": "13 22 12 14 53 26 54 12 52 12 78 8 71 6", "20": "71 50 78 30 42 20",
    "30": "63 16 62 18 55 12 52 10 51 8 31 10 41 6 11 8 12 4 78 8",
    "40": "53 14 54 18 64 12 62 12 11 12 12 8 13 8 41 6 52 6 78 4", "50": "54 46 53 30 52 8 62 6 64 6 12 4",
    "60": "54 50 53 22 64 12 62 8 52 5 41 3", "70": "31 46 51 16 63 10 62 12 55 6 52 6 21 4",
    "80": "12 18 53 14 52 14 62 10 11 12 71 12 41 6 54 8 78 6", "99": "99 20 53 25 62 25 31 30",
    "998": "78 52 11 24 42 12 71 12",
}  # fmt: skip
CONTACT_GROUPS = tuple(INJURIES)

ENVIRONMENTS = {
    "A": "032 42 031 24 033 14 034 12 036 5 035 3", "B": "023 60 102 35 012 5", "C": "011 78 013 14 012 8",
    "D": "011 30 092 25 061 25 012 20", "E": "061 40 013 35 011 25", "F": "021 52 022 36 023 6 024 2 012 4",
    "G": "043 52 013 34 012 10 041 4", "H": "013 42 061 34 063 14 093 2 112 2 012 6", "I": "044 92 071 8",
    "J": "041 86 061 14", "K": "041 92 061 8", "L": "072 52 041 28 071 20", "M": "041 62 011 20 061 18",
    "N": "011 34 041 24 013 20 036 12 071 10", "O": "041 40 061 34 049 16 082 10", "P": "042 92 081 8",
    "Q": "051 70 071 24 059 6", "R": "081 38 082 40 044 22", "S": "049 36 071 30 044 24 012 10",
}  # fmt: skip
ON_THE_ROAD = "062 62 061 38"
PROCESSES = {
    "A": "31 34 33 30 32 22 34 11 35 3", "B": "21 72 52 20 61 8", "C": "11 66 12 10 51 8 52 10 53 6",
    "D": "52 42 51 24 55 20 61 14", "E": "54 76 52 14 61 10", "F": "22 44 24 34 23 10 25 5 21 3 51 4",
    "G": "43 46 12 36 52 12 61 6", "H": "12 46 61 44 52 10", "I": "41 74 53 20 43 6", "J": "42 74 51 16 61 10",
    "K": "42 84 41 16", "L": "52 40 53 36 41 24", "M": "42 60 52 16 55 14 61 10", "N": "53 42 11 26 12 16 41 16",
    "O": "41 54 42 24 61 12 52 10", "P": "42 62 62 20 53 18", "Q": "41 84 53 16", "R": "62 76 41 24",
    "S": "41 68 53 20 52 12",
}  # fmt: skip
ON_THE_MOVE = "61 100"

# Days lost: share of each band, then a falling curve inside the band; the old stay away longer.
DAYS_BANDS = (("A01", 4, 6), ("A02", 7, 13), ("A03", 14, 20), ("A04", 21, 30), ("A05", 31, 90), ("A06", 91, 182))
BAND_SHARES = {"A01": 17, "A02": 28, "A03": 14, "A04": 10, "A05": 17, "A06": 6, "997": 5, "000": 3}
LONGER_BY_AGE = (0.75, 0.9, 1.0, 1.1, 1.25, 1.35)
LONGER_BY_SECTION = {"A": 1.25, "B": 1.3, "F": 1.2, "H": 1.15, "I": 0.85, "J": 0.85, "K": 0.85}

HOURS = {
    "day": "06 2 07 5 08 10 09 12 10 14 11 13 12 7 13 6 14 10 15 9 16 6 17 3 18 1.5 19 .8 20 .4 21 .3",
    "shift": "00 2 01 2 02 2 03 2 04 2.5 05 3 06 5 07 6 08 7 09 8 10 9 11 8 12 5 13 5 14 6 15 6 16 5 17 4 18 3 "
    "19 3 20 2.5 21 2.5 22 2 23 1.5",
    "evening": "07 2 08 4 09 7 10 9 11 11 12 9 13 7 14 6 15 5 16 4 17 5 18 8 19 8 20 7 21 5 22 2 23 1",
}
HOURS_OF = dict.fromkeys("CBHNOQ", "shift") | dict.fromkeys("IRS", "evening")
WEEKDAYS = {"week": (1.18, 1.08, 1.05, 1.03, 0.96, 0.24, 0.12), "all days": (1.08, 1.02, 1.0, 1.0, 1.04, 0.80, 0.62)}
ALL_DAYS = frozenset("HIQRA")
MONTHS = (0.98, 0.98, 1.06, 0.98, 1.02, 1.04, 1.02, 0.84, 1.06, 1.08, 1.04, 0.86)
LATE_DAYS, LATE_SHARE = 92, 0.25  # accidents of the last quarter that are notified in the next year

SIZES = {"small": "1 46 2 30 3 16 4 3 5 5", "middle": "1 18 2 28 3 30 4 10 5 14", "large": "1 6 2 16 3 28 4 14 5 36"}
SIZE_OF = dict.fromkeys("AFILRS", "small") | dict.fromkeys("BDHOPQK", "large")
SIZE_OF_SELF_EMPLOYED = "0 76 1 22 2 2"
NATIONALITY_TIMES = dict.fromkeys("AFIN", 1.7) | dict.fromkeys("DKOP", 0.3)
STATUS = {
    "A": "311 44 312 6 321 22 322 6 100 17 400 5",
    "F": "311 66 312 3 321 18 322 1 100 12",
    "": "311 64 312 15 321 14 322 5 100 2",
}
TRAINEES = 12.0  # per cent of those under 25

AGE_LIMITS = ((15, 24), (25, 34), (35, 44), (45, 54), (55, 64), (65, 79))
AGE_CURVE = (1.28, 1.0, 1.0, 1.0, 0.93, 0.78)  # share of each year of age relative to the one before, in each group


def divisions() -> tuple[list[str], np.ndarray]:
    """NACE divisions, filled up to four digits, by section."""
    return table([{f"{division}00": share for division, share in shares(DIVISIONS[n]).items()} for n in SECTIONS])


def occupations() -> tuple[list[str], np.ndarray]:
    """By section and sex."""
    tilt = {"M": {}, "F": WOMEN_TIMES}
    return table(
        [{c: s * tilt[sex].get(c, 1.0) for c, s in shares(OCCUPATIONS[n]).items()} for n in SECTIONS for sex in SEXES]
    )


def ages() -> tuple[list[str], np.ndarray]:
    """By age group."""
    rows = [
        {f"{age:02d}": curve ** (age - low) for age in range(low, high + 1)}
        for (low, high), curve in zip(AGE_LIMITS, AGE_CURVE, strict=True)
    ]
    return table(rows)


def environments() -> tuple[list[str], np.ndarray]:
    """By section and whether the accident happened on the road."""
    return table([shares(ON_THE_ROAD if road else ENVIRONMENTS[n]) for n in SECTIONS for road in (False, True)])


def processes() -> tuple[list[str], np.ndarray]:
    """By section and whether the accident happened on the road."""
    return table([shares(ON_THE_MOVE if road else PROCESSES[n]) for n in SECTIONS for road in (False, True)])


def days_lost() -> tuple[list[str], np.ndarray]:
    """By section and age group: exact numbers of days, permanent incapacity, unknown."""
    rows = []
    for section in SECTIONS:
        for age in LONGER_BY_AGE:
            longer = age * LONGER_BY_SECTION.get(section, 1.0)
            row = {"000": BAND_SHARES["000"], "997": BAND_SHARES["997"] * longer**5}
            for step, (band, low, high) in enumerate(DAYS_BANDS):
                inside = np.exp(-1.2 * np.arange(high - low + 1) / (high - low))
                for n, part in zip(range(low, high + 1), inside / inside.sum(), strict=True):
                    row[f"{n:03d}"] = BAND_SHARES[band] * longer ** (step - 1) * part
            rows.append(row)
    return table(rows)


def dates() -> tuple[list[str], np.ndarray]:
    """By reference year and kind of week: days of that year and of the quarter before, notified late; as YYYYMMDD."""
    first = date(YEARS[0], 1, 1) - timedelta(days=LATE_DAYS)
    days = [first + timedelta(days=n) for n in range((date(YEARS[-1], 12, 31) - first).days + 1)]
    rows = np.zeros((len(YEARS) * len(WEEKDAYS), len(days)))
    for y, year in enumerate(YEARS):
        for w, factors in enumerate(WEEKDAYS.values()):
            for n, day in enumerate(days):
                usual = factors[day.weekday()] * MONTHS[day.month - 1]
                until_end = (date(day.year, 12, 31) - day).days
                late = LATE_SHARE * max(0.0, 1 - until_end / LATE_DAYS)
                share = 1 - late if day.year == year else late if day.year == year - 1 else 0.0
                rows[y * len(WEEKDAYS) + w, n] = usual * share
    return [f"{day:%Y%m%d}" for day in days], rows


def hours() -> tuple[list[str], np.ndarray]:
    """By section."""
    return table([shares(HOURS[HOURS_OF.get(n, "day")]) for n in SECTIONS])


def sizes() -> tuple[list[str], np.ndarray]:
    """By section, and once more by section for the self-employed."""
    return table(
        [
            *(shares(SIZES[SIZE_OF.get(n, "middle")]) for n in SECTIONS),
            *(shares(SIZE_OF_SELF_EMPLOYED) for _ in SECTIONS),
        ]
    )


def nationalities() -> tuple[list[str], np.ndarray]:
    """By country and section."""
    rows = []
    for country in COUNTRIES.values():
        for section in SECTIONS:
            eu, other = (share * NATIONALITY_TIMES.get(section, 0.9) for share in country.foreign)
            rows.append({"1": max(100 - eu - other, 5.0), "2": eu, "3": other})
    return table(rows)


def statuses() -> tuple[list[str], np.ndarray]:
    """By section and age group; all codes of full detail."""
    rows = []
    for section in SECTIONS:
        base = shares(STATUS.get(section, STATUS[""]))
        for group in AGE_GROUPS:
            rows.append(
                base | {"500": sum(base.values()) * TRAINEES / (100 - TRAINEES)} if group == AGE_GROUPS[0] else base
            )
    return table(rows)


def workstations() -> tuple[list[str], np.ndarray]:
    """By section and chain's kind: not on the road, on the road."""
    mobile = dict.fromkeys("FHN", 38.0) | dict.fromkeys("DEMO", 22.0)
    return table([{"1": 98 - share, "2": share, "9": 2.0} for n in SECTIONS for share in (mobile.get(n, 9.0), 90.0)])


def of_contact(rows: dict[str, str]) -> tuple[list[str], np.ndarray]:
    """Injuries or parts of the body by group of contact, in the order of CONTACT_GROUPS."""
    return table([shares(rows[group]) for group in CONTACT_GROUPS])


def chain_group() -> np.ndarray:
    """The place in CONTACT_GROUPS of each chain's contact."""
    return np.array([CONTACT_GROUPS.index(c.contact if c.contact == "99" else c.contact[0] + "0") for c in CHAINS])


def chain_on_road() -> np.ndarray:
    """1 for the chains that happen on the road, else 0."""
    return np.array([c.pattern == "road" for c in CHAINS], dtype=np.int32)
