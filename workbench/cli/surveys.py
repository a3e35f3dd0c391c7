"""The command that asks a survey: shares, means and totals of respondents, or which questions there are."""

from typing import Annotated

import typer

from workbench.cli.options import By, Disclosure, Format, Reason, Where, Years, listed, one_of, pairs, span_of
from workbench.cli.output import say, show
from workbench.terms.text import _, mark


def survey(
    name: Annotated[
        str, typer.Argument(help=mark("Entry whose rows are respondents; or, with --codebook, a file of your own"))
    ],
    question: Annotated[
        str, typer.Option(help=mark("Code of a question, or of several with the same answers, comma-separated"))
    ] = "",
    answer: Annotated[str, typer.Option(help=mark("The answer whose share is wanted, code or label; else each"))] = "",
    by: By = "",
    where: Where = None,
    years: Years = "",
    statistic: Annotated[str, typer.Option(help=mark("share; of a number mean, median or total"))] = "share",
    weight: Annotated[str, typer.Option(help=mark("Column of the weight; the one that fits unless given"))] = "",
    lonely: Annotated[
        str,
        typer.Option(help=mark("What a stratum with one sampling unit adds: fail, certainty, centre or average")),
    ] = "fail",
    codebook: Annotated[
        str, typer.Option(help=mark("Of a file of your own: a YAML file that says what its columns mean"))
    ] = "",
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
    selection = wb.Selection(where={key: frozenset(listed(codes)) for key, codes in pairs(where)}, years=span_of(years))
    with wb.disclosure(disclosure, reason=reason):
        found = wb.survey(
            table,
            selection,
            listed(by),
            question=listed(question),
            answer=answer or None,
            statistic=statistic,
            weight=weight or None,
            options=wb.SurveyOptions(lonely=lonely),
        )
        show(found, form)
