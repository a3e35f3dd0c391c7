"""Every text of `workshop.html`, marked, and the six questions that it asks of the twin."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from workbench.terms.text import mark
from workbench.workshop.questions import PER_CENT, PER_THOUSAND, WRONG_YEAR, Question


@dataclass(frozen=True, kw_only=True)
class PageQuestion(Question):
    """An exercise of the page, which brings its own lesson."""

    title: str
    text: str
    ask: str
    choices: tuple[str, ...] = ()


FRAME: Mapping[str, str] = MappingProxyType(
    {
        "title": mark("Workshop: accidents at work, synthetic data"),
        "skip": mark("To the answers"),
        "brand": mark("OSH Workbench"),
        "dataset": mark("Workshop: accidents at work, EU regions, 2010–2023"),
        "badge": mark("synthetic"),
        "dark": mark("Dark"),
        "synthetic": mark(
            "Synthetic data: made by a program, not observed. Nothing here says anything about real work."
        ),
        "filters": mark("Filters"),
        "country": mark("Country"),
        "region": mark("Region"),
        "sectors": mark("Sectors"),
        "sex": mark("Sex"),
        "age": mark("Age, from and to"),
        "age_first": mark("Youngest age group"),
        "age_last": mark("Oldest age group"),
        "years": mark("Years, from and to"),
        "year_first": mark("First year"),
        "year_last": mark("Last year"),
        "severity": mark("Severity"),
        "clear": mark("Clear all filters"),
        "lessons": mark("Lessons"),
        "answer": mark("Your answer"),
        "check": mark("Check"),
        "figures": mark("Key figures"),
        "rate_title": mark("Rate per 100,000 employed"),
        "accidents_title": mark("Accidents"),
        "people_title": mark("People at risk"),
        "change_title": mark("Change a year"),
        "where": mark("Where"),
        "where_line": mark("Synthetic data. Rate per 100,000 employed, by region (NUTS 2, 2021)"),
        "where_alt": mark("Map of the rates by region, synthetic data. The table below it holds the same figures."),
        "where_table": mark("Rates by region, as a table"),
        "overseas": mark("Overseas regions are in the table only."),
        "legend": mark("Legend: six classes of equal numbers of regions"),
        "when": mark("When"),
        "when_line": mark("Synthetic data. Rate per 100,000 employed, by year, with 95% intervals"),
        "when_alt": mark("Line of the rates by year, synthetic data. The table below it holds the same figures."),
        "when_table": mark("Rates by year, as a table"),
        "which": mark("Which sectors"),
        "which_line": mark("Synthetic data. Rate per 100,000 employed, highest first; the bar is the 95% interval"),
        "which_table": mark("Rates by sector, as a table"),
        "who": mark("Who"),
        "who_line": mark("Synthetic data. Rate per 100,000 employed, by sex and age group"),
        "who_table": mark("Rates by sex and age group, as a table"),
        "table": mark("Show as a table"),
        "notes": mark("Notes and limits"),
    }
)
"""The texts that stand still."""

NOTES = (
    mark("Synthetic: never to be cited as a publisher's, nor used for conclusions about real work."),
    mark("Counted are accidents with more than three days of absence, and fatal ones. People are taken as known."),
    mark("Mining (B) and the sections O to S enter in 2013: no trend crosses that year where they are included."),
    mark("Limits are Garwood's; those of weighted records are of the number of records (Dobson). Trends are Poisson."),
    mark("Each view follows all filters but its own, so that what was not chosen can be compared."),
    mark("Several years together are person-years. Figures of under 10 records are marked as unreliable."),
)

SHOWN: Mapping[str, str] = MappingProxyType(
    {
        "to": mark("to"),
        "everything": mark("All workers, all regions, 2010 to 2023"),
        "allCountries": mark("All countries"),
        "allRegions": mark("Whole country"),
        "both": mark("Women and men"),
        "anySeverity": mark("All accidents counted"),
        "D_GE4": mark("more than three days of absence"),
        "FAT": mark("fatal"),
        "interval": mark("95% interval {low} to {high}"),
        "counted": mark("fatal, or with more than three days of absence"),
        "persons": mark("employed"),
        "personYears": mark("person-years"),
        "changeInterval": mark("{low}% to {high}%, {first} to {last}"),
        "noTrend": mark("A trend needs three years without a break, and accidents."),
        "highest": mark("Highest: {high}, {value}. Lowest: {low}, {least}."),
        "missing": mark("no figure"),
        "zero": mark("none recorded"),
        "unreliable": mark("under 10 records"),
        "outside": mark("not in these data"),
        "rose": mark("From {first} to {last} the rate rose by {apc}% a year (95% CI {low} to {high})."),
        "fell": mark("From {first} to {last} the rate fell by {apc}% a year (95% CI {low} to {high})."),
        "unclear": mark(
            "From {first} to {last} neither a rise nor a fall is clear: {signed}% a year (95% CI {low} to {high})."
        ),
        "noFigure": mark("From {first} to {last} there is no figure: too few years, or too few accidents."),
        "broken": mark("The series breaks in {year}: the spans are not one trend."),
        "nuts2": mark("Region"),
        "year": mark("Year"),
        "nace1": mark("Sector"),
        "sex": mark("Sex"),
        "age_group": mark("Age"),
        "rate": mark("Rate"),
        "low": mark("Low"),
        "high": mark("High"),
        "accidents": mark("Accidents"),
        "people": mark("People"),
        "state": mark("Remark"),
        "synthetic": mark("Synthetic data. Per 100,000 employed; low and high are the ends of the 95% interval."),
        "noAnswer": mark("No answer yet. Hint: {hint}"),
        "noNumber": mark("The answer is a number, such as 1234.5."),
        "unknownSlip": mark("Not right, and not a slip that is known here. Hint: {hint}"),
    }
)
"""The texts that the page writes as it is used."""

MEN = mark("That is men. Choose women under Sex.")
BOTH = mark("That is women and men together. Choose women under Sex.")
ALL_COUNTRIES = mark("That is all countries. Choose Italy.")
ALL_SECTORS = mark("That is all sectors together. Choose one under Sectors.")
ALL_YEARS = mark("That is all years together. Choose one year.")

PAGE_QUESTIONS: Mapping[str, PageQuestion] = MappingProxyType(
    {
        "page.1": PageQuestion(
            title=mark("Find"),
            text=mark("Before a figure is used, look at what the data hold. Choose mining (B) under Sectors."),
            ask=mark("Which is the first year with a figure for mining, B?"),
            hint=mark("Choose B, then look at the points under When, or at its table."),
            praise=mark("Right: the section enters the collection then. No trend may start before."),
            slips={
                "data": mark("The data begin then, but not for mining: choose B under Sectors."),
                "before": mark("That year has no figure for mining. Take the first year that has one."),
                "after": mark("There is a figure one year before."),
                "last": mark("That is the last year. The question asks for the first."),
            },
        ),
        "page.2": PageQuestion(
            title=mark("Filter"),
            text=mark("Filters say which accidents are meant. What is not restricted is all."),
            ask=mark("How many accidents did women have in manufacturing (C) in Italy in 2022?"),
            hint=mark("Country Italy, sector C, sex women, years 2022 to 2022; then the figure under Accidents."),
            praise=mark("Right."),
            slips={
                "men": MEN,
                "both": BOTH,
                "year": WRONG_YEAR,
                "sector": mark("That is construction, F. Manufacturing is C."),
                "all_years": ALL_YEARS,
                "all_countries": ALL_COUNTRIES,
                "all_sectors": ALL_SECTORS,
            },
        ),
        "page.3": PageQuestion(
            title=mark("Map"),
            text=mark("A darker colour is a higher rate. The table under the map holds codes and figures."),
            ask=mark("Which region of Spain has the highest rate in construction (F) in 2022? Give its code."),
            hint=mark("Sector F, years 2022 to 2022; in the table under Where, the first code that begins with ES."),
            praise=mark("Right."),
            decimals=None,
            slips={
                "lowest": mark("That region of Spain has the lowest rate. A dark colour means a high one."),
                "most": mark("That region has the most accidents. A rate divides them by the people who work there."),
                "second": mark("That is the second in Spain."),
                "europe": mark("That is the highest of all countries. The question is about Spain."),
                "name": mark("That is its name. Give the code: names differ from list to list, codes do not."),
            },
        ),
        "page.4": PageQuestion(
            title=mark("Rate"),
            text=mark("A rate divides accidents by the people at risk of the same place, sector, sex and year."),
            ask=mark("What is the rate in construction (F) in Italy in 2022, per 100,000 employed? One decimal."),
            hint=mark("Country Italy, sector F, years 2022 to 2022; then the first of the key figures."),
            praise=mark("Right: numerator and denominator are of the same people."),
            decimals=1,
            slips={
                "per_cent": PER_CENT,
                "per_thousand": PER_THOUSAND,
                "year": WRONG_YEAR,
                "denominator": mark(
                    "The denominator is wrong: people of all sectors. Only those in construction count."
                ),
                "men": mark("That is men alone. The question is about women and men together."),
                "women": mark("That is women alone. The question is about women and men together."),
                "all_sectors": ALL_SECTORS,
                "all_countries": ALL_COUNTRIES,
            },
        ),
        "page.5": PageQuestion(
            title=mark("Trend"),
            text=mark("A trend is a change in per cent a year, with an interval. It never crosses a break."),
            ask=mark("By how many per cent a year did the rate in construction (F) in Italy change, 2010 to 2023?"),
            hint=mark("Country Italy, sector F, all years; Change a year, one decimal, a fall is negative."),
            praise=mark("Right. Look at its interval before you print it."),
            decimals=1,
            slips={
                "sign": mark("The size is right, the sign is not: a fall is negative."),
                "low": mark("That is the lower end of the interval."),
                "high": mark("That is the upper end of the interval."),
                "whole_span": mark("That is the change over the whole span. The question asks for one year."),
                "all_sectors": ALL_SECTORS,
            },
        ),
        "page.6": PageQuestion(
            title=mark("Brief"),
            text=mark("A sentence in print says how much, of what, where, when, and how sure. It claims no cause."),
            ask=mark("Which sentence do the figures for construction in Italy carry? Give its letter."),
            choices=(
                mark("Construction in Italy became safer because of better training."),
                mark("In construction in Italy the rate fell from 2010 to 2023; its interval excludes no change."),
                mark("In construction in Italy the number of accidents fell every year."),
                mark("Construction in Italy is the most dangerous work in Europe."),
                mark("In real construction in Italy the rate fell from 2010 to 2023."),
            ),
            hint=mark("Hold each sentence against the trend, its interval, and the note at the top of the page."),
            praise=mark("Right, for the twin: and in print it would say that the data are synthetic."),
            decimals=None,
            slips={
                "cause": mark("No figure here shows a cause."),
                "every_year": mark("A trend is a line through years that rise and fall. Look at the points."),
                "most": mark("Look at Which sectors and at Where: the figures do not carry a superlative over all."),
                "real": mark("The data are synthetic: they say nothing about real work."),
            },
        ),
    }
)
