"""Commands that ask a question of an entry and print the finding."""

from typing import Annotated

import typer

from workbench.cli.options import By, Exposure, Format, Name, Standard, Where, Years, freed, listed, one_of, selection
from workbench.cli.output import show
from workbench.terms.text import _


def rates(
    name: Name,
    by: By = "",
    where: Where = None,
    years: Years = "",
    exposure: Exposure = "",
    standard: Standard = "",
    per: Annotated[int | None, typer.Option(help=_("Rates per so many persons or hours"))] = None,
    form: Format = "table",
) -> None:
    """Accident rates by group, with intervals, on standard output."""
    from workbench.study.questions.rates import rates as ask

    form = one_of(form, "table", "csv", "json")
    show(
        ask(
            name,
            selection(name, where, years),
            listed(by),
            exposure=exposure or None,
            standard=listed(standard),
            per=per,
        ),
        form,
    )


def counts(
    name: Name,
    by: By = "",
    where: Where = None,
    years: Years = "",
    measure: Annotated[
        str, typer.Option(help=_("What is counted or published, such as employed; the entry's first unless given"))
    ] = "",
    form: Format = "table",
) -> None:
    """What a source counts or publishes by group, not divided by anything."""
    from workbench.study.questions.counts import counts as ask

    form = one_of(form, "table", "csv", "json")
    show(ask(name, selection(name, where, years), listed(by), measure=measure or None), form)


def trend(
    name: Name,
    where: Where = None,
    years: Years = "",
    exposure: Exposure = "",
    standard: Standard = "",
    joinpoints: Annotated[int | None, typer.Option(help=_("Look for at most so many changes of slope"))] = None,
    form: Format = "table",
) -> None:
    """The rate by year and its annual percent change, cut at declared breaks."""
    from workbench.study.questions.trend import trend as ask

    form = one_of(form, "table", "csv", "json")
    options = {"exposure": exposure or None, "standard": listed(standard), "joinpoints": joinpoints}
    show(ask(name, selection(name, where, years), **options), form)


def interrupted(
    name: Name,
    at: Annotated[str, typer.Option(help=_("First year of the new, as 2020; of monthly records 2020-03"))],
    where: Where = None,
    years: Years = "",
    slope: Annotated[bool, typer.Option(help=_("Whether the slope may change too"))] = True,
    exposure: Exposure = "",
    form: Format = "table",
) -> None:
    """The rate before and from a known date on, beside the earlier course gone on."""
    from workbench.study.questions.interrupted import interrupted as ask

    form = one_of(form, "table", "csv", "json")
    show(ask(name, selection(name, where, years), at=at, slope=slope, exposure=exposure or None), form)


def forecast(
    name: Name,
    where: Where = None,
    years: Years = "",
    horizon: Annotated[int, typer.Option(help=_("Years ahead; of monthly records, months"))] = 3,
    method: Annotated[str, typer.Option(help=_("ets, ses, arima, naive or seasonal-naive"))] = "ets",
    exposure: Exposure = "",
    form: Format = "table",
) -> None:
    """The rates to come if nothing new happens, with prediction intervals, and how good such a forecast was before."""
    from workbench.study.questions.forecast import forecast as ask

    form = one_of(form, "table", "csv", "json")
    show(ask(name, selection(name, where, years), horizon=horizon, method=method, exposure=exposure or None), form)


def change(
    name: Name,
    where: Where = None,
    years: Years = "",
    standard: Standard = "",
    exposure: Exposure = "",
    form: Format = "table",
) -> None:
    """Whether the rate rose or fell, of whatever shape, and after which year its level changed."""
    from workbench.study.questions.change import change as ask

    form = one_of(form, "table", "csv", "json")
    show(ask(name, selection(name, where, years), standard=listed(standard), exposure=exposure or None), form)


def compare(
    name: Name,
    by: By = "sex",
    where: Where = None,
    years: Years = "",
    reference: Annotated[
        str, typer.Option(help=_("The group to compare with; unless given, all others together"))
    ] = "",
    exposure: Exposure = "",
    form: Format = "table",
) -> None:
    """The rate of each group over that of a reference, with interval and test."""
    from workbench.study.questions.compare import compare as ask

    form = one_of(form, "table", "csv", "json")
    show(
        ask(name, selection(name, where, years), listed(by), reference=reference or None, exposure=exposure or None),
        form,
    )


def rank(
    name: Name,
    by: By = "nuts2",
    where: Where = None,
    years: Years = "",
    order: Annotated[str, typer.Option(help=_("rank, probability or excess"))] = "rank",
    exposure: Exposure = "",
    form: Format = "table",
) -> None:
    """Groups in order of priority, with how far the order can be trusted."""
    from workbench.study.questions.rank import rank as ask

    form = one_of(form, "table", "csv", "json")
    show(ask(name, selection(name, where, years), listed(by), order=order, exposure=exposure or None), form)


def funnel(
    name: Name,
    by: By = "nuts2",
    where: Where = None,
    years: Years = "",
    standard: Standard = "",
    exposure: Exposure = "",
    form: Format = "table",
) -> None:
    """Accidents of each group over those expected of it, and which groups lie outside the limits of chance."""
    from workbench.study.questions.funnel import funnel as ask

    form = one_of(form, "table", "csv", "json")
    options = {"standard": listed(standard), "exposure": exposure or None}
    show(ask(name, selection(name, where, years), listed(by), **options), form)


def control(
    name: Name,
    by: Annotated[str, typer.Option(help=_("year, or year,month"))] = "year",
    where: Where = None,
    years: Years = "",
    share_of: Annotated[
        str, typer.Option(help=_("A share, not a rate: dimensions of --where that the whole is not restricted by"))
    ] = "",
    baseline: Annotated[str, typer.Option(help=_("Periods that set the centre: 2014:2018"))] = "",
    exposure: Exposure = "",
    form: Format = "table",
) -> None:
    """A rate, or a share, through time against the limits of chance, and which periods signal."""
    from workbench.study.questions.control import control as ask

    form = one_of(form, "table", "csv", "json")
    whole = selection(name, freed(where, listed(share_of)), years) if share_of else None
    first, _colon, last = baseline.partition(":")
    options = {"share_of": whole, "exposure": exposure or None, "baseline": (first, last or first) if first else None}
    show(ask(name, selection(name, where, years), listed(by), **options), form)


COMMANDS = (rates, counts, trend, interrupted, forecast, change, compare, rank, funnel, control)
"""In the order in which --help lists them."""
