"""The questions of the six notebooks: how an answer is written, a hint for each, and what each known slip means."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from workbench.terms.text import mark


@dataclass(frozen=True, kw_only=True)
class Question:
    """One exercise. All texts are marked, and translated where they are shown."""

    hint: str
    praise: str
    slips: Mapping[str, str]
    """By the name of a slip what to say to it; the answers that it gives are in answers.json, as hashes."""
    decimals: int | None = 0
    """Decimals of a number; None for a text."""


WRONG_YEAR = mark("That is the figure of another year. Look at years=(first, last): both are included.")
ONLY_MEN = mark("That is men alone. The question is about women and men together.")
ONLY_WOMEN = mark("That is women alone. The question is about women and men together.")
NOT_CONSTRUCTION = mark("That is manufacturing, C. Construction is F.")
PER_CENT = mark("That is per cent. The question asks per 100,000: multiply the quotient by 100,000, not by 100.")
PER_THOUSAND = mark("That is per 1,000. The question asks per 100,000.")
EVERY_YEAR = mark("That is all years added up. Restrict the years.")
EVERY_SECTOR = mark("That is all sectors together. Restrict the sector.")
UPSIDE_DOWN = mark("That quotient is upside down: the first that is named goes on top.")

FIND = {
    "find.1": Question(
        decimals=None,
        hint=mark("Search the catalogue for a word such as 'injuries', then read who reported them."),
        praise=mark("Right: what persons say in a survey, not what employers report."),
        slips={
            "deaths": mark("That set counts deaths only. The question is about injuries that a person survived."),
            "employers": mark("That one is reported by employers to an authority, and holds Italy, not Great Britain."),
            "workplaces": mark("That is a survey of workplaces: no person is asked about an injury in it."),
            "synthetic": mark("That is the synthetic twin. Nothing in it was observed."),
            "countries": mark("That set puts countries side by side, as their authorities count, and has no regions."),
            "people": mark("That counts people in work: the denominator of a rate, not its numerator."),
        },
    ),
    "find.2": Question(
        hint=mark("Take the row with sex T (both), nace F, nuts IT and year 2023, then its column accidents."),
        praise=mark("Right: one row, one published figure."),
        slips={
            "year": WRONG_YEAR,
            "men": ONLY_MEN,
            "women": ONLY_WOMEN,
            "sector": NOT_CONSTRUCTION,
            "doubled": mark("Each accident is counted twice: the row T is already men and women together."),
            "all_years": EVERY_YEAR,
            "all_sectors": EVERY_SECTOR,
        },
    ),
    "find.3": Question(
        hint=mark("Look at the column flag of the accidents, construction in Italy, sex T. b means break."),
        praise=mark("Right: from that year on the figures are not comparable with those before."),
        slips={
            "people": mark("In that year the series of people employed breaks. The question is about the accidents."),
            "first": mark("That is where the series begins. Look for the flag b."),
            "last": mark("That is where the series ends. Look for the flag b."),
            "before": mark("That is the last year before the break. Give the year that carries the flag."),
            "after": mark("That is one year too late. Give the year that carries the flag itself."),
        },
    ),
}

FILTER = {
    "filter.1": Question(
        hint=mark("A Selection with regions, sectors, sexes and years; then wb.counts, and the column count."),
        praise=mark("Right."),
        slips={
            "men": mark("That is men. Women are sexes={'F'}."),
            "both": mark("That is women and men together: sexes was not restricted."),
            "year": WRONG_YEAR,
            "sector": mark("That is construction, F. Manufacturing is C."),
            "all_years": EVERY_YEAR,
            "all_sectors": EVERY_SECTOR,
        },
    ),
    "filter.2": Question(
        hint=mark("years=(2017, 2019) takes three years, and wb.counts adds them up."),
        praise=mark("Right: both ends of years are included."),
        slips={
            "first_only": mark("That is the first year alone. years=(first, last) takes a span."),
            "last_only": mark("That is the last year alone. years=(first, last) takes a span."),
            "without_last": mark("The last year is not in it. Unlike a Python range, years includes its end."),
            "without_first": mark("The first year is not in it."),
            "sector": NOT_CONSTRUCTION,
            "all_years": EVERY_YEAR,
            "mean": mark("That is the mean of a year. The question asks for the three years together."),
        },
    ),
    "filter.3": Question(
        decimals=1,
        hint=mark("100 times the accidents in construction, over the accidents in all sectors, of the same year."),
        praise=mark("Right: and a share of accidents is not a risk. Lesson 4 divides by people."),
        slips={
            "fraction": mark("That is a fraction of 1. The question asks for per cent."),
            "sector": NOT_CONSTRUCTION,
            "year": mark("That is the share in another year."),
            "mixed_years": mark("Numerator and denominator are of different years."),
            "women": ONLY_WOMEN,
            "rest": mark("That divides by all other sectors. Divide by all sectors, construction among them."),
            "per_100000": mark("That is per 100,000. The question asks for per cent."),
        },
    ),
}

MAP = {
    "map.1": Question(
        decimals=None,
        hint=mark("Sort the frame by value, or point at the darkest region; give its code, such as UKC."),
        praise=mark("Right. Few deaths stand behind it, so another year may show another region."),
        slips={
            "lowest": mark("That region has the lowest rate. A dark colour means a high one."),
            "name": mark("That is its name. Give the code: names differ from list to list, codes do not."),
            "second": mark("That is the second. Sort the values from high to low."),
            "other_year": mark("That was the highest in another year. Look at the year of the question."),
            "whole": mark("That is Great Britain as a whole, not one of its regions."),
        },
    ),
    "map.2": Question(
        decimals=2,
        hint=mark("The row with nuts1 UKE, column value, of the year that the question names."),
        praise=mark("Right."),
        slips={
            "earlier": mark("That is one year earlier."),
            "later": mark("That is one year later."),
            "neighbour": mark("That is the North East, UKC. Yorkshire and the Humber is UKE."),
            "midlands": mark("That is the East Midlands, UKF. Yorkshire and the Humber is UKE."),
            "million": mark("That is per 1,000,000. The figures are published per 100,000."),
            "thousand": mark("That number is 1,000 times too large: the value is per 100,000 already."),
        },
    ),
    "map.3": Question(
        decimals=2,
        hint=mark("Divide the rate of Scotland by the rate of London, both of 2018."),
        praise=mark("Right: this ratio has no interval, because the rates come without their counts."),
        slips={
            "difference": mark("That is the difference. The question asks how many times as high."),
            "inverse": UPSIDE_DOWN,
            "per_cent": mark("That is the ratio in per cent. Give it as a plain number."),
            "excess": mark("That is by how many per cent it is higher. Give the ratio."),
            "year": mark("That ratio is of another year."),
            "south_east": mark("That divides by the South East, UKJ. London is UKI."),
        },
    ),
}

RATE = {
    "rate.1": Question(
        decimals=1,
        hint=mark("100,000 times accidents over people employed, both of construction, Italy, 2023."),
        praise=mark("Right: numerator and denominator are of the same sector, place and year."),
        slips={
            "per_cent": PER_CENT,
            "per_thousand": PER_THOUSAND,
            "accidents_year": mark("The accidents are of 2022, the people of 2023. Both must be of 2023."),
            "people_year": mark("The people are of 2022, the accidents of 2023. Both must be of 2023."),
            "year": WRONG_YEAR,
            "all_people": mark(
                "The denominator is wrong: people of all sectors. Only who works in construction counts."
            ),
            "men": mark("The accidents are those of men alone, the people are women and men."),
            "sector": NOT_CONSTRUCTION,
        },
    ),
    "rate.2": Question(
        decimals=2,
        hint=mark("wb.rates by sex gives both rates; divide that of men by that of women."),
        praise=mark("Right: rates were compared, not counts."),
        slips={
            "counts": mark("That is the ratio of accidents. Far more men work there: compare rates."),
            "people": mark("That is the ratio of people at work. Compare rates."),
            "inverse": UPSIDE_DOWN,
            "difference": mark("That is the difference of the rates. Divide them."),
            "year": mark("That ratio is of another year."),
            "sector": NOT_CONSTRUCTION,
        },
    ),
    "rate.3": Question(
        decimals=1,
        hint=mark("All accidents over all people: a rate of all is not the mean of the sectors' rates."),
        praise=mark("Right: sectors count by their people."),
        slips={
            "mean": mark("That is the plain mean of the sectors' rates: a small sector counts as much as a large one."),
            "median": mark("That is the sector in the middle. Divide all accidents by all people."),
            "sum": mark("Rates cannot be added up: each has another denominator."),
            "year": WRONG_YEAR,
            "per_cent": PER_CENT,
            "highest": mark("That is the sector with the highest rate."),
        },
    ),
}

TREND = {
    "trend.1": Question(
        decimals=2,
        hint=mark("wb.trend of construction, years 2014 to 2019; its model has apc, a fall is negative."),
        praise=mark("Right: a change in per cent a year, of a line through all six years."),
        slips={
            "sign": mark("The size is right, the sign is not: a fall is negative."),
            "whole_span": mark("That is the change over the whole span. The question asks for one year."),
            "after_break": mark("That is the span after the break. The question ends in 2019."),
            "sector": NOT_CONSTRUCTION,
            "all_sectors": EVERY_SECTOR,
            "two_years": mark("That looks at the two ends alone. A trend uses every year between them."),
            "units": mark("That is per 100,000 a year. The question asks for per cent a year."),
        },
    ),
    "trend.2": Question(
        decimals=None,
        hint=mark("Does the interval of 2020 to 2023 include no change?"),
        praise=mark("Right: 'not clear' is an answer, and the only one that these four years allow."),
        slips={
            "rose": mark("The estimate is above 0, but the interval includes no change: no rise is shown."),
            "fell": mark("The estimate is above 0: a fall is not even the best guess."),
            "unchanged": mark("No clear change is not the same as no change: the interval reaches far to both sides."),
            "since_2014": mark("A trend may not cross the break of 2020."),
        },
    ),
    "trend.3": Question(
        decimals=2,
        hint=mark("The limits of the interval are low and high of the model; which of the two is nearer to 0?"),
        praise=mark("Right: even the cautious end is a fall."),
        slips={
            "sign": mark("The size is right, the sign is not: a fall is negative."),
            "other_end": mark("That is the other end, farther from no change."),
            "estimate": mark("That is the estimate itself, not a limit of its interval."),
            "level_90": mark("That is a 90% interval. The question asks for 95%."),
            "level_99": mark("That is a 99% interval. The question asks for 95%."),
            "after_break": mark("That limit belongs to the span after the break."),
        },
    ),
}

BRIEF = {
    "brief.1": Question(
        decimals=1,
        hint=mark("The column low of the finding's frame."),
        praise=mark("Right."),
        slips={
            "upper": mark("That is the upper limit."),
            "value": mark("That is the rate itself, without its doubt."),
            "level_90": mark("That limit is of a 90% interval. The question asks for 95%."),
            "year": WRONG_YEAR,
            "all_sectors": EVERY_SECTOR,
            "per_cent": PER_CENT,
        },
    ),
    "brief.2": Question(
        hint=mark("The column exposure of the finding's frame: people, not thousands of people."),
        praise=mark("Right: a rate in a brief is printed with the people behind it."),
        slips={
            "accidents": mark("Those are the accidents, the numerator. The question asks for the people."),
            "thousands": mark("That is in thousands. Write it in full."),
            "year": WRONG_YEAR,
            "all_sectors": EVERY_SECTOR,
            "men": ONLY_MEN,
            "women": ONLY_WOMEN,
        },
    ),
    "brief.3": Question(
        decimals=None,
        hint=mark("Hold each sentence against the two intervals, and against what the source counts."),
        praise=mark("Right: it says how much, of what, where and when, and claims no cause."),
        slips={
            "cause": mark("The figures show no cause: nothing here says why the rate is high."),
            "risk_of_all": mark("The rate is of construction, not of all work in Italy."),
            "countries": mark("Only Italy is in it. Countries count differently, and none was compared."),
            "deaths": mark("These are non-fatal accidents with more than three days of absence, not deaths."),
        },
    ),
}

QUESTIONS: Mapping[str, Question] = MappingProxyType(FIND | FILTER | MAP | RATE | TREND | BRIEF)
