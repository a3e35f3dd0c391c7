"""The assumed structure of the twin's working population: years, countries, sections, ages; each with its source.

"Assumed" means: set for the twin from general knowledge, rounded, in the right order of magnitude, taken from no table.
"""

from dataclasses import dataclass

YEARS = tuple(range(2010, 2024))
SEXES = ("M", "F")
AGE_GROUPS = ("Y15-24", "Y25-34", "Y35-44", "Y45-54", "Y55-64", "Y_GE65")
SEVERITIES = ("D_GE4", "FAT")
BASE_YEAR = 2018  # the year of the published figures below

# Coverage of the collection: Regulation (EU) 349/2011, Annex I. A and C to N from reference year 2011 and sent
# voluntarily before, B and O to S from reference year 2013; T and U are not listed, so the twin has none.
LATE_SECTIONS = frozenset("BOPQRS")
LATE_SECTIONS_FROM = 2013


@dataclass(frozen=True, kw_only=True)
class Published:
    """A published total that the twin is calibrated to, with its source in the project's list of sources."""

    name: str
    value: float
    source: str


SANITY = "Eurostat, European statistics on accidents at work, EU-27, 2018 (hsw_n2_01, hsw_n2_02)"
PUBLISHED = {
    p.name: p
    for p in (
        # "3.1 million" is rounded; 3.06 keeps every year but the pandemic's between 2.9 and 3.15 million
        Published(name="non_fatal_accidents", value=3_060_000, source=SANITY + ": 3.1 million, rounded"),
        Published(name="non_fatal_rate_F", value=3_319, source=SANITY + ": construction, per 100,000, the highest"),
        Published(name="fatal_rate_B", value=9.5, source=SANITY + ": mining and quarrying, per 100,000, the highest"),
        Published(name="fatal_accidents", value=3_300, source="assumed: about 3,300 a year in EU-27"),
    )
}

# Employed in EU-27 relative to 2019; assumed: growth of about half a per cent a year, a dent in 2012-13 and in 2020.
EMPLOYED_INDEX = (.962, .964, .960, .957, .966, .974, .983, .991, .997, 1.0, .985, .995, 1.014, 1.024)  # fmt: skip


@dataclass(frozen=True)
class Country:
    """One country; all figures assumed.

    employed: thousand persons in sections A to S in 2019. risk, fatal: true rates relative to the EU's for equal work.
    level: share of non-fatal accidents that reach the register. weighted: whether weights correct for the rest.
    foreign: share of non-nationals from the EU and from elsewhere, in per cent.
    """

    employed: int
    risk: float
    fatal: float
    level: float = 1.0
    weighted: bool = False
    foreign: tuple[float, float] = (3, 5)

    @property
    def weight(self) -> int:
        """The weight of every non-fatal record; a fatal accident always has weight 1."""
        return round(1 / self.level) if self.weighted else 1


# Under-reporting is known to be large in several countries; which and by how much is assumed here. Levels of weighted
# countries are 1/2 or 1/3, so that sums of weights stay whole numbers.
COUNTRIES = {
    "AT": Country(4_350, 1.00, 1.20, foreign=(14, 11)),
    "BE": Country(4_800, 1.15, 0.90, foreign=(9, 5)),
    "BG": Country(3_200, 1.10, 1.80, level=0.08, foreign=(0.3, 0.7)),
    "CY": Country(415, 0.80, 1.10, level=0.60, foreign=(13, 9)),
    "CZ": Country(5_250, 1.00, 1.10, level=0.70, foreign=(4, 4)),
    "DE": Country(42_000, 1.20, 0.50, foreign=(7, 7)),
    "DK": Country(2_850, 1.10, 0.60, level=1 / 2, weighted=True, foreign=(5, 5)),
    "EE": Country(670, 0.90, 1.00, level=0.75, foreign=(1, 12)),
    "EL": Country(3_900, 1.10, 0.70, level=0.10, foreign=(2, 7)),
    "ES": Country(19_800, 1.60, 1.20, foreign=(5, 10)),
    "FI": Country(2_550, 1.05, 0.60, foreign=(2, 3)),
    "FR": Country(27_000, 1.75, 1.60, foreign=(3, 5)),
    "HR": Country(1_650, 1.10, 1.50, level=0.60, foreign=(0.5, 1)),
    "HU": Country(4_500, 1.00, 1.20, level=0.50, foreign=(1, 1)),
    "IE": Country(2_300, 0.90, 0.90, level=1 / 3, weighted=True, foreign=(12, 5)),
    "IT": Country(23_000, 1.00, 1.20, foreign=(4, 8)),
    "LT": Country(1_370, 1.00, 1.60, level=0.35, foreign=(0.3, 2)),
    "LU": Country(290, 1.50, 1.30, foreign=(48, 5)),
    "LV": Country(900, 1.00, 1.70, level=0.30, foreign=(0.4, 10)),
    "MT": Country(255, 0.90, 0.90, level=0.80, foreign=(12, 12)),
    "NL": Country(8_900, 0.90, 0.35, level=1 / 2, weighted=True, foreign=(5, 4)),
    "PL": Country(16_400, 1.00, 0.80, level=0.50, foreign=(0.3, 3)),
    "PT": Country(4_850, 1.60, 1.40, foreign=(1.5, 4)),
    "RO": Country(8_600, 1.10, 1.90, level=0.06, foreign=(0.2, 0.5)),
    "SE": Country(5_100, 0.60, 0.55, level=1 / 2, weighted=True, foreign=(5, 7)),
    "SI": Country(980, 1.20, 1.20, foreign=(1, 11)),
    "SK": Country(2_550, 0.90, 1.10, level=0.45, foreign=(1, 1)),
}

# What a country's register sends, assumed; everything not named is sent by all.
SENDS_BANDS_OF_DAYS = frozenset({"BG", "CY", "EL", "HR", "LV", "NL"})  # A01 to A06 instead of exact days
SENDS_STATUS_DIGITS = {"DE": 1, "EL": 1, "RO": 1, "FR": 2, "IE": 2, "SE": 2}  # of three
SENDS_NO_ENVIRONMENT = frozenset({"DE", "NL", "SE"})
SENDS_NO_PROCESS = frozenset({"BE", "EL", "NL", "PT"})
SENDS_NO_ACTIVITY = frozenset({"DE", "LV"})  # everybody sends at least one of the three
SENDS_NO_AGENT_OF_ACTIVITY = frozenset({"BG", "DE", "EL", "FR", "LV", "NL"})
SENDS_NO_AGENT_OF_DEVIATION = frozenset({"CY", "IE"})
SENDS_NO_AGENT_OF_CONTACT = frozenset({"DE", "EL", "NL"})  # everybody sends at least one of the two
SENDS_NO_WORKSTATION = frozenset({"HU", "MT", "RO"})


@dataclass(frozen=True)
class Section:
    """One NACE section; all figures assumed except where PUBLISHED sets the rate of 2018.

    share: per cent of the EU's employed in 2019. women: share of women among them. drift: growth of the share in
    per cent a year.
    non_fatal, fatal: incidence rates of 2018 per 100,000, before the common factor that makes the totals right.
    men: non-fatal rate of men over that of women. young, old: weight of those under 25 and over 54 relative to all.
    pandemic: non-fatal rate of 2020 and of 2021 relative to the trend.
    """

    share: float
    women: float
    drift: float
    non_fatal: float
    fatal: float
    men: float
    young: float
    old: float
    pandemic: tuple[float, float]


SECTIONS = {
    "A": Section(4.3, 0.33, -2.0, 2000, 5.0, 1.50, 0.7, 2.6, (0.97, 0.98)),
    "B": Section(0.3, 0.14, -2.0, 2100, 9.5, 1.80, 0.6, 0.5, (0.90, 0.95)),
    "C": Section(16.2, 0.30, -0.2, 1950, 1.7, 1.80, 0.9, 0.6, (0.86, 0.92)),
    "D": Section(0.8, 0.24, 0.0, 900, 2.0, 1.90, 0.6, 0.4, (0.88, 0.94)),
    "E": Section(0.9, 0.22, 0.6, 3000, 4.8, 1.70, 0.6, 0.6, (0.95, 0.97)),
    "F": Section(6.9, 0.10, 0.2, 3319, 6.0, 3.50, 1.0, 0.7, (0.88, 0.96)),
    "G": Section(13.9, 0.49, 0.1, 1650, 1.1, 1.35, 1.4, 0.9, (0.88, 0.93)),
    "H": Section(5.5, 0.22, 0.6, 2900, 4.9, 1.50, 0.7, 0.8, (0.88, 0.94)),
    "I": Section(4.8, 0.53, 0.5, 1800, 0.8, 1.05, 2.2, 0.9, (0.60, 0.68)),
    "J": Section(3.3, 0.31, 2.8, 300, 0.3, 1.30, 0.9, 0.5, (0.60, 0.65)),
    "K": Section(2.7, 0.52, -0.5, 350, 0.4, 0.90, 0.6, 0.7, (0.60, 0.65)),
    "L": Section(0.8, 0.51, 0.8, 900, 1.1, 1.40, 0.5, 1.8, (0.80, 0.88)),
    "M": Section(5.8, 0.48, 2.0, 500, 0.6, 1.20, 0.7, 1.6, (0.70, 0.80)),
    "N": Section(4.2, 0.49, 1.0, 2600, 2.2, 1.50, 0.9, 1.0, (0.85, 0.92)),
    "O": Section(7.2, 0.47, 0.1, 1750, 1.1, 1.20, 0.6, 0.5, (0.90, 0.95)),
    "P": Section(7.6, 0.73, 0.8, 1000, 0.3, 1.00, 0.6, 1.0, (0.72, 0.88)),
    "Q": Section(11.1, 0.78, 1.2, 1850, 0.4, 1.05, 0.9, 0.8, (1.25, 1.15)),
    "R": Section(1.8, 0.48, 0.9, 2000, 1.0, 1.30, 1.6, 1.6, (0.58, 0.72)),
    "S": Section(2.7, 0.67, 0.2, 900, 0.9, 1.30, 1.0, 1.5, (0.72, 0.82)),
}

# Share of the age groups among the employed of 2019, their growth in per cent a year (ageing), and rates of each
# relative to ages 35 to 44; assumed.
AGE_SHARE = (0.08, 0.21, 0.25, 0.26, 0.17, 0.03)
AGE_DRIFT = (-0.3, -0.8, -0.8, -0.2, 2.5, 2.0)
AGE_NON_FATAL = (1.40, 1.10, 1.00, 1.02, 1.05, 0.75)
AGE_FATAL = (0.65, 0.75, 1.00, 1.25, 1.70, 2.80)
MEN_FATAL = 6.0  # fatal rate of men over that of women in every section; assumed
FATAL_CHANGE = -1.0  # per cent a year, no joinpoint; assumed
FATAL_PANDEMIC = (0.96, 0.98)
