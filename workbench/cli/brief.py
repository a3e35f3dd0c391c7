"""Commands for briefs: publish or check one, and compare two."""

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.options import pairs
from workbench.cli.output import say
from workbench.terms.text import _, mark


def brief(
    notebook: Annotated[
        str, typer.Argument(help=mark("A notebook, the name of a template, or diff with two published pages"))
    ],
    pages: Annotated[list[Path] | None, typer.Argument(help=mark("With diff: the old page and the new one"))] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--param", "-p", help=mark("parameter=value, repeatable: region=BE"))
    ] = None,
    to: Annotated[str, typer.Option(help=mark("html, pdf or ipynb"))] = "html",
    out: Annotated[Path | None, typer.Option(help=mark("The file to write; with --each, the folder"))] = None,
    each: Annotated[
        list[str] | None, typer.Option(help=mark("parameter=dimension, a brief for each code: region=nuts0"))
    ] = None,
    check: Annotated[bool, typer.Option("--check", help=mark("Write nothing; say what no longer holds"))] = False,
    trust: Annotated[
        bool, typer.Option("--trust", help=mark("Run its cells whatever they do; read the notebook before"))
    ] = False,
) -> None:
    """A notebook as a brief: one page, PDF or notebook whose every figure is bound to what it was computed from."""
    import workbench as wb

    if notebook == "diff":
        if len(pages or ()) != 2:
            raise typer.BadParameter(_("Name two pages: workbench brief diff old.html new.html."))
        say("\n".join(wb.brief_diff(*pages)) or _("Nothing changed."))
        return
    if pages:
        raise typer.BadParameter(_("One notebook at a time; parameters are given as -p name=value."))
    if check and notebook.endswith(".html"):
        found = wb.check_brief(notebook)
        say("\n".join(found) or _("Each figure of the page is that of its findings."))
        raise typer.Exit(1 if found else 0)
    options = {"to": to, "out": out, "each": dict(pairs(each)), "check": check, "trust": trust}
    made = wb.brief(notebook, dict(pairs(settings)), **options)
    made = made if isinstance(made, list) else [made]
    for one in made:
        say("\n".join([*one.warnings, str(one)]))
    if any(one.faults for one in made):
        raise typer.Exit(1)
