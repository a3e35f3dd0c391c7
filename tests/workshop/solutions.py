"""The right answer of each exercise, and the wrong ones that a slip gives, as expressions in the notebook's names."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Solution:
    right: str
    slips: dict[str, str]


def rows(sex="T", nace="F", year=2023):
    """Of the notebook's `rows`: accidents in Italy of one sex, section and year; None is all years."""
    kept = f'(rows.nuts == "IT") & (rows.sex == "{sex}") & (rows.nace == "{nace}")'
    kept += f" & (rows.year == {year})" if year else ""
    return f'rows.loc[{kept}, "accidents"].sum()'


def ask(verb, column, years=(2023, 2023), sectors="F", sexes="", level=""):
    """One column of a question about Italy, its first row."""
    parts = [f"years={years}" if years else "", f"sectors={{{sectors!r}}}" if sectors else ""]
    parts += [f"sexes={{{sexes!r}}}" if sexes else ""]
    selection = f"italy.but({', '.join(filter(None, parts))})"
    return f'wb.{verb}(source, {selection}{f", level={level}" if level else ""}).frame["{column}"].iloc[0]'


def counted(**parts):
    return ask("counts", "count", **parts)


def rated(column="value", **parts):
    return ask("rates", column, **parts)


def regions(year, code):
    return (
        f'wb.rates(source, wb.Selection(years=({year}, {year})), by=["nuts1"]).frame.set_index("nuts1")["value"]{code}'
    )


def trended(figure, years=(2014, 2019), sectors="F", level=0.95):
    sector = f"sectors={{{sectors!r}}}, " if sectors else ""
    return f"wb.trend(source, italy.but({sector}years={years}), level={level}).model.{figure}"


def by_sex(column="value", year=2023, sector="F"):
    return (
        f'wb.rates(source, italy.but(sectors={{"{sector}"}}, years=({year}, {year})), by=["sex"])'
        f'.frame.set_index("sex")["{column}"]'
    )


def ratio(series, top, bottom):
    return f'(lambda s: s["{top}"] / s["{bottom}"])({series})'


def in_spain(choice, column="value", regions="regions={'ES'}, "):
    """A region of the twin in 2022, by one column of its rates."""
    selection = f"wb.Selection({regions}sectors={{'F'}}, years=(2022, 2022))"
    return f'wb.rates(source, {selection}, by=["nuts2"]).frame.set_index("nuts2")["{column}"]{choice}'


def everywhere(verb, column, parts):
    """One column of a question about all countries in 2022."""
    return f'wb.{verb}(source, wb.Selection({parts}, years=(2022, 2022))).frame["{column}"].iloc[0]'


BY_SECTOR = 'wb.rates(source, italy.but(years=(2023, 2023)), by=["nace1"]).frame["value"]'
Y22, Y17_19 = (2022, 2022), (2017, 2019)

SOLUTIONS = {
    "find.1": Solution(
        '"uk_reported_injuries"',
        {
            "deaths": '"uk_fatal_injuries"',
            "employers": '"hsw_n2_01"',
            "workplaces": '"esener_2019"',
            "synthetic": '"esaw_synthetic"',
            "countries": '"ilostat_injuries"',
            "people": '"lfst_r_lfe2emp"',
        },
    ),
    "find.2": Solution(
        rows(),
        {
            "year": rows(year=2022),
            "men": rows("M"),
            "women": rows("F"),
            "sector": rows(nace="C"),
            "doubled": 'rows.loc[(rows.nuts == "IT") & (rows.nace == "F") & (rows.year == 2023), "accidents"].sum()',
            "all_years": rows(year=None),
            "all_sectors": 'rows.loc[(rows.nuts == "IT") & (rows.sex == "T") & (rows.year == 2023), "accidents"].sum()',
        },
    ),
    "find.3": Solution("2020", {"people": "2018", "first": "2014", "last": "2023", "before": "2019", "after": "2021"}),
    "filter.1": Solution(
        counted(sectors="C", sexes="F"),
        {
            "men": counted(sectors="C", sexes="M"),
            "both": counted(sectors="C"),
            "year": counted(sectors="C", sexes="F", years=Y22),
            "sector": counted(sexes="F"),
            "all_years": counted(sectors="C", sexes="F", years=None),
            "all_sectors": counted(sectors="", sexes="F"),
        },
    ),
    "filter.2": Solution(
        counted(years=Y17_19),
        {
            "first_only": counted(years=(2017, 2017)),
            "last_only": counted(years=(2019, 2019)),
            "without_last": counted(years=(2017, 2018)),
            "without_first": counted(years=(2018, 2019)),
            "sector": counted(years=Y17_19, sectors="C"),
            "all_years": counted(years=None),
            "mean": f"{counted(years=Y17_19)} / 3",
        },
    ),
    "filter.3": Solution(
        f"100 * {counted()} / {counted(sectors='')}",
        {
            "fraction": f"{counted()} / {counted(sectors='')}",
            "sector": f"100 * {counted(sectors='C')} / {counted(sectors='')}",
            "year": f"100 * {counted(years=Y22)} / {counted(sectors='', years=Y22)}",
            "mixed_years": f"100 * {counted()} / {counted(sectors='', years=Y22)}",
            "women": f"100 * {counted(sexes='F')} / {counted(sectors='', sexes='F')}",
            "rest": f"100 * {counted()} / ({counted(sectors='')} - {counted()})",
            "per_100000": f"100_000 * {counted()} / {counted(sectors='')}",
        },
    ),
    "map.1": Solution(
        regions(2018, ".idxmax()"),
        {
            "lowest": regions(2018, ".idxmin()"),
            "name": '"Scotland"',
            "second": regions(2018, ".sort_values().index[-2]"),
            "other_year": regions(2019, ".idxmax()"),
            "whole": '"UK"',
        },
    ),
    "map.2": Solution(
        regions(2018, '["UKE"]'),
        {
            "earlier": regions(2017, '["UKE"]'),
            "later": regions(2019, '["UKE"]'),
            "neighbour": regions(2018, '["UKC"]'),
            "midlands": regions(2018, '["UKF"]'),
            "million": "10 * " + regions(2018, '["UKE"]'),
            "thousand": "1000 * " + regions(2018, '["UKE"]'),
        },
    ),
    "map.3": Solution(
        ratio(regions(2018, ""), "UKM", "UKI"),
        {
            "difference": f'(lambda s: s["UKM"] - s["UKI"])({regions(2018, "")})',
            "inverse": ratio(regions(2018, ""), "UKI", "UKM"),
            "per_cent": "100 * " + ratio(regions(2018, ""), "UKM", "UKI"),
            "excess": f"100 * ({ratio(regions(2018, ''), 'UKM', 'UKI')} - 1)",
            "year": ratio(regions(2019, ""), "UKM", "UKI"),
            "south_east": ratio(regions(2018, ""), "UKM", "UKJ"),
        },
    ),
    "rate.1": Solution(
        rated(),
        {
            "per_cent": f"{rated()} / 1000",
            "per_thousand": f"{rated()} / 100",
            "accidents_year": f"100_000 * {counted(years=Y22)} / {rated('exposure')}",
            "people_year": f"100_000 * {counted()} / {rated('exposure', years=Y22)}",
            "year": rated(years=Y22),
            "all_people": f"100_000 * {counted()} / {rated('exposure', sectors='')}",
            "men": f"100_000 * {counted(sexes='M')} / {rated('exposure')}",
            "sector": rated(sectors="C"),
        },
    ),
    "rate.2": Solution(
        ratio(by_sex(), "M", "F"),
        {
            "counts": ratio(by_sex("count"), "M", "F"),
            "people": ratio(by_sex("exposure"), "M", "F"),
            "inverse": ratio(by_sex(), "F", "M"),
            "difference": f'(lambda s: s["M"] - s["F"])({by_sex()})',
            "year": ratio(by_sex(year=2022), "M", "F"),
            "sector": ratio(by_sex(sector="C"), "M", "F"),
        },
    ),
    "rate.3": Solution(
        rated(sectors=""),
        {
            "mean": f"{BY_SECTOR}.mean()",
            "median": f"{BY_SECTOR}.median()",
            "sum": f"{BY_SECTOR}.sum()",
            "year": rated(sectors="", years=Y22),
            "per_cent": f"{rated(sectors='')} / 1000",
            "highest": f"{BY_SECTOR}.max()",
        },
    ),
    "trend.1": Solution(
        trended("apc"),
        {
            "sign": f"abs({trended('apc')})",
            "whole_span": f"100 * ({rated(years=(2019, 2019))} / {rated(years=(2014, 2014))} - 1)",
            "after_break": trended("apc", years=(2020, 2023)),
            "sector": trended("apc", sectors="C"),
            "all_sectors": trended("apc", sectors=""),
            "two_years": f"100 * (({rated(years=(2019, 2019))} / {rated(years=(2014, 2014))}) ** (1 / 5) - 1)",
            "units": f"({rated(years=(2019, 2019))} - {rated(years=(2014, 2014))}) / 5",
        },
    ),
    "trend.2": Solution('"D"', {"rose": '"A"', "fell": '"B"', "unchanged": '"C"', "since_2014": '"E"'}),
    "trend.3": Solution(
        trended("high"),
        {
            "sign": f"abs({trended('high')})",
            "other_end": trended("low"),
            "estimate": trended("apc"),
            "level_90": trended("high", level=0.9),
            "level_99": trended("high", level=0.99),
            "after_break": trended("high", years=(2020, 2023)),
        },
    ),
    "brief.1": Solution(
        rated("low"),
        {
            "upper": rated("high"),
            "value": rated(),
            "level_90": rated("low", level=0.9),
            "year": rated("low", years=Y22),
            "all_sectors": rated("low", sectors=""),
            "per_cent": f"{rated('low')} / 1000",
        },
    ),
    "brief.2": Solution(
        rated("exposure"),
        {
            "accidents": rated("count"),
            "thousands": f"{rated('exposure')} / 1000",
            "year": rated("exposure", years=Y22),
            "all_sectors": rated("exposure", sectors=""),
            "men": rated("exposure", sexes="M"),
            "women": rated("exposure", sexes="F"),
        },
    ),
    "brief.3": Solution('"B"', {"cause": '"A"', "risk_of_all": '"C"', "countries": '"D"', "deaths": '"E"'}),
} | {
    "page.1": Solution("2013", {"data": "2010", "before": "2012", "after": "2014", "last": "2023"}),
    "page.2": Solution(
        counted(sectors="C", sexes="F", years=Y22),
        {
            "men": counted(sectors="C", sexes="M", years=Y22),
            "both": counted(sectors="C", years=Y22),
            "year": counted(sectors="C", sexes="F", years=(2021, 2021)),
            "sector": counted(sexes="F", years=Y22),
            "all_years": counted(sectors="C", sexes="F", years=None),
            "all_countries": everywhere("counts", "count", 'sectors={"C"}, sexes={"F"}'),
            "all_sectors": counted(sectors="", sexes="F", years=Y22),
        },
    ),
    "page.3": Solution(
        in_spain(".idxmax()"),
        {
            "lowest": in_spain(".idxmin()"),
            "most": in_spain(".idxmax()", column="count"),
            "second": in_spain(".sort_values().index[-2]"),
            "europe": in_spain(".idxmax()", regions=""),
            "name": '"Aragón"',
        },
    ),
    "page.4": Solution(
        rated(years=Y22),
        {
            "per_cent": f"{rated(years=Y22)} / 1000",
            "per_thousand": f"{rated(years=Y22)} / 100",
            "year": rated(years=(2021, 2021)),
            "denominator": f"100_000 * {counted(years=Y22)} / {rated('exposure', sectors='', years=Y22)}",
            "men": rated(years=Y22, sexes="M"),
            "women": rated(years=Y22, sexes="F"),
            "all_sectors": rated(sectors="", years=Y22),
            "all_countries": everywhere("rates", "value", 'sectors={"F"}'),
        },
    ),
    "page.5": Solution(
        trended("apc", years=(2010, 2023)),
        {
            "sign": f"abs({trended('apc', years=(2010, 2023))})",
            "low": trended("low", years=(2010, 2023)),
            "high": trended("high", years=(2010, 2023)),
            "whole_span": f"100 * ({rated(years=(2023, 2023))} / {rated(years=(2010, 2010))} - 1)",
            "all_sectors": trended("apc", years=(2010, 2023), sectors=""),
        },
    ),
    "page.6": Solution('"B"', {"cause": '"A"', "every_year": '"C"', "most": '"D"', "real": '"E"'}),
}
