"""Commands that ask a question of an entry and print the finding."""

import functools
import inspect
from collections.abc import Callable
from typing import Annotated

import typer

from workbench.cli.options import (
    By,
    Disclosure,
    Exposure,
    Format,
    Name,
    Neighbours,
    Prior,
    Reason,
    ShareOf,
    Standard,
    Where,
    Years,
    freed,
    listed,
    one_of,
    pairs,
    prior_of,
    selection,
    span_of,
    switched,
    whole,
)
from workbench.cli.output import audited, bar, show
from workbench.terms.text import _, mark

FIRST = {"name": (Name, inspect.Parameter.empty)}
BEHIND_BY = {"where": (Where, None), "years": (Years, "")}
LAST = {"form": (Format, "table"), "disclosure": (Disclosure, "on"), "reason": (Reason, "")}


def question(options_of: Callable[..., dict]) -> Callable[..., None]:
    """The command of a question: what every question is asked with, and the options that `options_of` reads.

    `options_of` bears the question's name and gives the arguments of `wb.NAME`; it may take the entry's name, --where
    and --years as well.
    """

    @functools.wraps(options_of)
    def command(*, name, where, years, form, disclosure, reason, **options) -> None:
        import workbench as wb
        from workbench.study.finer import show_progress
        from workbench.study.watched import show_audits

        one_of(form, "table", "csv", "json")
        chosen = selection(name, where, years)
        entry = {"name": name, "where": where, "years": years}
        options |= {key: given for key, given in entry.items() if key in own}
        ask = getattr(wb, options_of.__name__)
        show_progress(bar)
        show_audits(audited)
        with switched(disclosure, reason):
            show(ask(name, chosen, **options_of(**options)), form)

    own = inspect.signature(options_of).parameters
    by = {key: (option.annotation, option.default) for key, option in own.items() if key == "by"}
    others = {
        key: (option.annotation, option.default) for key, option in own.items() if key not in {"by", *FIRST, *BEHIND_BY}
    }
    parameters = FIRST | by | BEHIND_BY | others | LAST
    keyword = inspect.Parameter.KEYWORD_ONLY
    command.__signature__ = inspect.Signature(
        [inspect.Parameter(key, keyword, annotation=a, default=default) for key, (a, default) in parameters.items()]
    )
    command.__annotations__ = {key: annotation for key, (annotation, _default) in parameters.items()}
    return command


@question
def rates(
    by: By = "",
    exposure: Exposure = "",
    standard: Standard = "",
    per: Annotated[int | None, typer.Option(help=mark("Rates per so many persons or hours"))] = None,
) -> dict:
    """Accident rates by group, with intervals, on standard output."""
    return {"by": listed(by), "exposure": exposure or None, "standard": listed(standard), "per": per}


@question
def counts(
    by: By = "",
    measure: Annotated[
        str, typer.Option(help=mark("What is counted or published, such as employed; the entry's first unless given"))
    ] = "",
) -> dict:
    """What a source counts or publishes by group, not divided by anything."""
    return {"by": listed(by), "measure": measure or None}


@question
def trend(
    exposure: Exposure = "",
    standard: Standard = "",
    joinpoints: Annotated[int | None, typer.Option(help=mark("Look for at most so many changes of slope"))] = None,
    placement: Annotated[
        str, typer.Option(help=mark("Joinpoints at observed years, grid, or anywhere in time, continuous"))
    ] = "grid",
    select: Annotated[
        str, typer.Option(help=mark("Their number by weighted-bic, bic, bic3 or permutation"))
    ] = "weighted-bic",
    aapc: Annotated[
        str, typer.Option(help=mark("Years of the average annual percent change of joinpoints: 2012:2022"))
    ] = "",
) -> dict:
    """The rate by year and its annual percent change, cut at declared breaks."""
    from workbench.models.joinpoint_search import JoinpointSearch

    search = JoinpointSearch(most=joinpoints, placement=placement, select=select)
    return {
        "exposure": exposure or None,
        "standard": listed(standard),
        "joinpoints": None if joinpoints is None else search,
        "aapc": span_of(aapc),
    }


@question
def interrupted(
    at: Annotated[str, typer.Option(help=mark("First year of the new, as 2020; of monthly records 2020-03"))],
    slope: Annotated[bool, typer.Option(help=mark("Whether the slope may change too"))] = True,
    exposure: Exposure = "",
) -> dict:
    """The rate before and after a known date, compared with the earlier trend continued."""
    return {"at": at, "slope": slope, "exposure": exposure or None}


@question
def forecast(
    horizon: Annotated[int, typer.Option(help=mark("Years ahead; of monthly records, months"))] = 3,
    method: Annotated[str, typer.Option(help=mark("ets, ses, arima, naive or seasonal-naive"))] = "ets",
    exposure: Exposure = "",
) -> dict:
    """The rates to come if nothing new happens, with prediction intervals, and how good such a forecast was before."""
    return {"horizon": horizon, "method": method, "exposure": exposure or None}


@question
def change(
    standard: Standard = "",
    seasonal: Annotated[
        bool, typer.Option("--seasonal", help=mark("Compare like months only, where records have months"))
    ] = False,
    exposure: Exposure = "",
) -> dict:
    """Whether the rate rose or fell, of whatever shape, and after which year its level changed."""
    return {"standard": listed(standard), "seasonal": seasonal, "exposure": exposure or None}


@question
def compare(
    by: By = "sex",
    reference: Annotated[
        str, typer.Option(help=mark("The group to compare with; unless given, all others together"))
    ] = "",
    method: Annotated[
        str, typer.Option(help=mark("Of limits and test: exact, mid-p, log-normal or median-unbiased"))
    ] = "exact",
    exposure: Exposure = "",
) -> dict:
    """The rate of each group over that of a reference, with interval and test."""
    return {"by": listed(by), "reference": reference or None, "method": method, "exposure": exposure or None}


@question
def decompose(
    name: Name,
    reference: Annotated[
        list[str], typer.Option(help=mark("What to compare with: dimension=code in place of --where's; repeatable"))
    ],
    by: By = "nace1",
    where: Where = None,
    years: Years = "",
    reference_years: Annotated[str, typer.Option(help=mark("Years to compare with; those of --years if empty"))] = "",
    exposure: Exposure = "",
) -> dict:
    """How much of a difference of rates lies in the rates of like groups, how much in another structure."""
    replaced = tuple(key for key, _codes in pairs(reference))
    other = selection(name, [*freed(where, replaced), *reference], reference_years or years)
    return {"by": listed(by), "reference": other, "exposure": exposure or None}


@question
def regression(
    terms: Annotated[str, typer.Option(help=mark("Needed: dimensions joined by + and *, as sex + nace1"))] = "",
    family: Annotated[str, typer.Option(help=mark("poisson, quasi-poisson or nb2"))] = "poisson",
    reference: Annotated[
        list[str] | None, typer.Option(help=mark("The level that others are compared with: sex=F; repeatable"))
    ] = None,
    cluster: Annotated[str, typer.Option(help=mark("A dimension whose groups are not independent: nuts2"))] = "",
    errors: Annotated[
        str, typer.Option(help=mark("model, hc0, hc1; with --cluster cluster, cluster0 or cluster1"))
    ] = "",
    separation: Annotated[str, typer.Option(help=mark("Groups without an accident: refuse, or leave_out"))] = "refuse",
    exposure: Exposure = "",
) -> dict:
    """Which groups carry more risk, the others held alike: rate ratios of a log-linear model."""
    if not terms.strip():
        message = _("Missing option '--terms'. Give the dimensions of the model, joined by + and *: {example}.")
        raise typer.BadParameter(message.format(example='--terms "sex + nace1"'))
    options = {"cluster": cluster or None, "errors": errors or None, "separation": separation}
    return {
        "terms": terms,
        "family": family,
        "references": dict(pairs(reference)),
        "exposure": exposure or None,
        **options,
    }


@question
def smooth(
    by: By = "nuts2",
    local: Annotated[bool, typer.Option("--local", help=mark("Towards the mean of neighbours"))] = False,
    neighbours: Neighbours = "queen",
    prior: Prior = "likelihood",
    exposure: Exposure = "",
) -> dict:
    """Rates of small groups drawn towards the mean of all; for maps and ranking."""
    prior = prior_of(prior, "GammaPrior")
    options = {"local": local, "neighbours": neighbours, "prior": prior}
    return {"by": listed(by), "exposure": exposure or None, **options}


@question
def clusters(
    by: By = "nuts2",
    statistic: Annotated[str, typer.Option(help=mark("moran, geary or g"))] = "moran",
    terms: Annotated[str, typer.Option(help=mark("Coarser levels that the pattern is looked for beyond: nuts0"))] = "",
    neighbours: Neighbours = "queen",
    exposure: Exposure = "",
) -> dict:
    """Regions whose rates are alike, or unlike, those of their neighbours beyond chance."""
    options = {"statistic": statistic, "terms": listed(terms), "neighbours": neighbours}
    return {"by": listed(by), "exposure": exposure or None, **options}


@question
def rank(
    name: Name,
    by: By = "nuts2",
    where: Where = None,
    years: Years = "",
    order: Annotated[str, typer.Option(help=mark("rank, probability or excess"))] = "rank",
    share_of: ShareOf = "",
    prior: Prior = "likelihood",
    exposure: Exposure = "",
    places: Annotated[
        str, typer.Option(help=mark("Sets of places: joint or own; with -best or -worst behind it bounded on one side"))
    ] = "joint",
) -> dict:
    """Groups in order of priority, with how far the order can be trusted."""
    options = {"share_of": whole(name, where, years, share_of), "exposure": exposure or None}
    prior = prior_of(prior, "BetaPrior" if share_of else "GammaPrior")
    return {"by": listed(by), "order": order, "prior": prior, "places": places, **options}


@question
def funnel(
    name: Name,
    by: By = "nuts2",
    where: Where = None,
    years: Years = "",
    standard: Standard = "",
    share_of: ShareOf = "",
    exposure: Exposure = "",
    limits: Annotated[
        str, typer.Option(help=mark("Limits of chance: test, exact or quantiles; of shares test, exact or wilson"))
    ] = "test",
    scale: Annotated[str, typer.Option(help=mark("Of over-dispersion: square-root, log or shmi"))] = "square-root",
    method: Annotated[
        str,
        typer.Option(
            help=mark("Of each ratio's interval: exact, byar, rothman, mid-p, jeffreys, log-normal or vandenbroucke")
        ),
    ] = "exact",
) -> dict:
    """Accidents of each group over those expected of it, and which groups lie outside the limits of chance."""
    options = {"limits": limits, "scale": scale, "method": method, "share_of": whole(name, where, years, share_of)}
    return {"by": listed(by), "standard": listed(standard), "exposure": exposure or None, **options}


@question
def control(
    name: Name,
    by: Annotated[str, typer.Option(help=mark("year, or year,month"))] = "year",
    where: Where = None,
    years: Years = "",
    share_of: ShareOf = "",
    baseline: Annotated[str, typer.Option(help=mark("Periods that set the centre: 2014:2018"))] = "",
    exposure: Exposure = "",
    laney: Annotated[bool, typer.Option(help=mark("Limits after Laney, for large counts"))] = False,
    chart: Annotated[str, typer.Option(help=mark("c for counts as they are; else u for rates, p for shares"))] = "",
) -> dict:
    """A rate, or a share, through time against the limits of chance, and which periods signal."""
    first, _colon, last = baseline.partition(":")
    periods = (first, last or first) if first else None
    options = {"exposure": exposure or None, "baseline": periods, "laney": laney, "chart": chart}
    return {"by": listed(by), "share_of": whole(name, where, years, share_of), **options}


@question
def priorities(
    by: By = "nace1,nuts2",
    weight: Annotated[
        list[str] | None, typer.Option(help=mark("rate, people, fatal or trend, repeatable: people=0.5"))
    ] = None,
    top: Annotated[int, typer.Option(help=mark("How many groups are the first"))] = 10,
    exposure: Exposure = "",
) -> dict:
    """Where to look first: by rate, people and what else has a weight, and which weight would change the order."""
    try:
        weights = {name: float(number) for name, number in pairs(weight)}
    except ValueError as fault:
        raise typer.BadParameter(_("--weight takes a number, as in people=0.5.")) from fault
    return {"by": listed(by), "weights": weights or None, "top": top, "exposure": exposure or None}


@question
def programme(
    days: Annotated[int, typer.Option(help=mark("Inspector-days in all; half are kept for notifications"))],
    by: By = "nace1,nuts2",
    interventions: Annotated[str, typer.Option(help=mark("What is done, comma-separated"))] = "inspection",
    exposure: Exposure = "",
) -> dict:
    """A plan of inspections within inspector-days that averts most expected accidents, and the plans beside it."""
    return {"by": listed(by), "days": days, "interventions": listed(interventions), "exposure": exposure or None}


@question
def what_if(
    days: Annotated[int, typer.Option(help=mark("Inspector-days a year; half are kept for notifications"))],
    by: By = "nace1,nuts2",
    runs: Annotated[int, typer.Option(help=mark("How often the years are simulated"))] = 200,
) -> dict:
    """Ten years of inspections on the synthetic twin by several policies: what each averts, and what it learns."""
    from workbench.models.what_if import Assumptions

    return {"by": listed(by), "days": days, "assumptions": Assumptions(runs=runs)}


@question
def notifications(
    by: By = "nace1",
    notified: Annotated[
        str, typer.Option(help=mark("Entry of notifications, or a file with columns date, severity and those of --by"))
    ] = "notifications_synthetic",
    days: Annotated[
        float | None, typer.Option(help=mark("Inspector-days for notifications: how long would they wait"))
    ] = None,
    exposure: Exposure = "",
) -> dict:
    """Who notifies, of the accidents that are estimated; which notifications are urgent; how long they wait."""
    return {"by": listed(by), "notified": notified, "days": days, "exposure": exposure or None}


COMMANDS = (
    rates,
    counts,
    trend,
    interrupted,
    forecast,
    change,
    compare,
    decompose,
    regression,
    smooth,
    clusters,
    rank,
    funnel,
    control,
    priorities,
    programme,
    what_if,
    notifications,
)
"""In the order in which --help lists them."""
