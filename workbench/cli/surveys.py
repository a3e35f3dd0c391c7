"""The commands on surveys: figures, regressions, small regions, gradients, register beside survey, quoted facts."""

from typing import Annotated

import typer

from workbench.cli.options import By, Disclosure, Format, Reason, Where, Years, listed, one_of, pairs, span_of, switched
from workbench.cli.output import say, show
from workbench.terms.text import _, mark

Survey = Annotated[
    str, typer.Argument(help=mark("Entry whose rows are respondents; or, with --codebook, a file of your own"))
]
Question = Annotated[str, typer.Option(help=mark("Code of a question; several with the same answers, comma-separated"))]
Answer = Annotated[str, typer.Option(help=mark("The answer whose share is wanted, code or label"))]
Weight = Annotated[str, typer.Option(help=mark("Column of the weight; the one that fits unless given"))]
Codebook = Annotated[str, typer.Option(help=mark("Of a file of your own: a YAML file that says what its columns mean"))]
Lonely = Annotated[
    str,
    typer.Option(
        help=mark(
            "What a stratum with one sampling unit adds: fail, certainty, centre or average; or the program's word"
        )
    ),
]
Like = Annotated[str, typer.Option(help=mark("Degrees of freedom as R or Stata takes them"))]
Calibrate = Annotated[
    list[str] | None,
    typer.Option(help=mark("Known totals or shares to fit weights to, repeatable: sex=F:0.48,M:0.52")),
]


def survey(
    name: Survey,
    question: Question = "",
    answer: Answer = "",
    by: By = "",
    where: Where = None,
    years: Years = "",
    statistic: Annotated[
        str, typer.Option(help=mark("share; of a number mean, median, p90 or total; ratio of two questions"))
    ] = "share",
    weight: Weight = "",
    lonely: Lonely = "fail",
    like: Like = "R",
    calibrate: Calibrate = None,
    codebook: Codebook = "",
    search: Annotated[str, typer.Option(help=mark("Without --question: words of the questions to list"))] = "",
    form: Format = "table",
    disclosure: Disclosure = "on",
    reason: Reason = "",
) -> None:
    """What respondents of a survey answered, weighted, by group, with intervals that know the design."""
    import workbench as wb

    one_of(form, "table", "csv", "json")
    table = wb.survey_table(name, codebook=codebook or None)
    if not question:
        found = table.questions(search)
        head = _("{n} questions match; ask one with --question CODE.").format(n=len(found))
        say("\n".join([str(table), found.to_string(index=False), head]))
        return
    with switched(disclosure, reason):
        found = wb.survey(
            table,
            _selection(where, years),
            listed(by),
            question=listed(question),
            answer=answer or None,
            statistic=statistic,
            weight=weight or None,
            options=_options(like, lonely, calibrate),
        )
        show(found, form)


def survey_regression(
    name: Survey,
    question: Question,
    terms: Annotated[str, typer.Option(help=mark("Dimensions joined by +: sex+size"))],
    answer: Answer = "",
    family: Annotated[str, typer.Option(help=mark("logistic, ordinal, poisson or linear"))] = "logistic",
    where: Where = None,
    years: Years = "",
    weight: Weight = "",
    lonely: Lonely = "fail",
    like: Like = "R",
    calibrate: Calibrate = None,
    codebook: Codebook = "",
    form: Format = "table",
) -> None:
    """Which groups answer otherwise, the others held alike: ratios and average effects, with the design's errors."""
    import workbench as wb

    one_of(form, "table", "csv", "json")
    found = wb.survey_regression(
        wb.survey_table(name, codebook=codebook or None),
        _selection(where, years),
        question=question,
        terms=terms,
        answer=answer or None,
        family=family,
        weight=weight or None,
        options=_options(like, lonely, calibrate),
    )
    show(found, form)


def small_areas(
    name: Survey,
    question: Question,
    answer: Answer,
    by: Annotated[str, typer.Option(help=mark("nuts1, nuts2 or nuts3"))] = "nuts2",
    where: Where = None,
    years: Years = "",
    weight: Weight = "",
    lonely: Lonely = "fail",
    codebook: Codebook = "",
    form: Format = "table",
) -> None:
    """The share of each region after Fay and Herriot: its own estimate, drawn towards the mean of all."""
    import workbench as wb

    one_of(form, "table", "csv", "json")
    found = wb.small_areas(
        wb.survey_table(name, codebook=codebook or None),
        _selection(where, years),
        by,
        question=question,
        answer=answer,
        weight=weight or None,
        options=_options("R", lonely, None),
    )
    show(found, form)


def gradient(
    name: Annotated[str, typer.Argument(help=mark("Entry of published shares with questions: esener_2019"))],
    question: Question = "",
    answer: Answer = "Yes",
    by: Annotated[str, typer.Option(help=mark("size, or nace1"))] = "size",
    where: Where = None,
    form: Format = "table",
) -> None:
    """Published shares from small to large establishments, or by sector, with a test over countries."""
    import workbench as wb

    one_of(form, "table", "csv", "json")
    show(wb.gradient(name, _selection(where, ""), by, question=listed(question), answer=answer), form)


def reported_share(
    register: Annotated[str, typer.Argument(help=mark("Entry of the register"))],
    name: Survey,
    question: Question,
    answer: Answer,
    by: By = "year",
    where: Where = None,
    years: Years = "",
    survey_where: Annotated[
        list[str] | None, typer.Option(help=mark("As --where, of the survey; --where is of the register"))
    ] = None,
    difference: Annotated[
        str, typer.Option(help=mark("In what the definitions differ, where they do: days of absence, commuting"))
    ] = "",
    together: Annotated[
        bool, typer.Option("--together", help=mark("Both by year in one table, in place of their ratio"))
    ] = False,
    codebook: Codebook = "",
    form: Format = "table",
) -> None:
    """What a register sees of the accidents that workers report in a survey."""
    import workbench as wb

    one_of(form, "table", "csv", "json")
    seen = wb.rates(register, _selection(where, years), listed(by))
    table = wb.survey_table(name, codebook=codebook or None)
    reported = wb.survey(table, _selection(survey_where, ""), listed(by), question=question, answer=answer)
    both = wb.register_and_survey if together else wb.reported_share
    show(both(seen, reported, difference=difference), form)


def facts(
    search: Annotated[str, typer.Argument(help=mark("Words, in any order"))] = "",
    form: Format = "table",
) -> None:
    """Quoted figures on digital systems at work, each with its base, year, wording and source."""
    import workbench as wb

    one_of(form, "table", "csv", "json")
    found = wb.facts(search)
    if form == "json":
        say(found.reset_index().to_json(orient="records", indent=1, force_ascii=False))
        return
    if form == "csv":
        say(found.to_csv(), end="")
        return
    for fact in found.itertuples():
        say(_("{value:g} {unit}: {statement}. {base}, {year}. {source}").format(**fact._asdict()))
    if note := found.attrs.get("note"):
        say(note)


def topics(form: Format = "table") -> None:
    """Topics beyond accidents: for each an indicator with base, year, source and gap, or that there is no data."""
    import workbench as wb

    one_of(form, "table", "csv", "json")
    found = wb.topics()
    if form == "json":
        say(found.frame.to_json(orient="records", indent=1, force_ascii=False))
        return
    if form == "csv":
        say(found.frame.to_csv(index=False), end="")
        return
    for row in found.frame.itertuples():
        if row.name:
            message = _(
                "{topic} ({name}): “{indicator}” in {groups:,} groups of sector and country. {base}, {year}. {source}. "
                "Missing: {gap}"
            )
        else:
            message = _("{topic}: {indicator}. Needed: {gap}")
        say(message.format(**row._asdict()))
    say("\n".join(found.notes))


COMMANDS = (survey, survey_regression, small_areas, gradient, reported_share, facts, topics)


def _selection(where: list[str] | None, years: str):
    from workbench.cubes.selection import Selection

    return Selection(where={key: frozenset(listed(codes)) for key, codes in pairs(where)}, years=span_of(years))


def _options(like: str, lonely: str, calibrate: list[str] | None):
    """The options of a survey, known totals written as sex=F:0.48,M:0.52."""
    from workbench.study.survey_options import SurveyOptions

    totals = {}
    for dimension, groups in pairs(calibrate):
        try:
            totals[dimension] = {code: float(total) for code, _colon, total in map(_parted, listed(groups))}
        except ValueError:
            raise typer.BadParameter(_("Write --calibrate as sex=F:0.48,M:0.52.")) from None
    return SurveyOptions.like(like, lonely=lonely, calibrate=totals)


def _parted(group: str) -> tuple[str, str, str]:
    return group.rpartition(":")
