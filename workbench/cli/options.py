"""What commands are called with: the options that several of them share, and how their text is read."""

import functools
import inspect
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from workbench.terms.text import _, mark

Name = Annotated[
    str, typer.Argument(help=mark("Entry of the catalogue, or a table of your own; `workbench datasets` lists them."))
]
By = Annotated[str, typer.Option(help=mark("Dimensions, comma-separated: nuts2,sex"))]
Where = Annotated[list[str] | None, typer.Option(help=mark("dimension=code[,code], repeatable: nace1=F"))]
Years = Annotated[str, typer.Option(help=mark("First and last year: 2019:2023"))]
Format = Annotated[str, typer.Option("--format", help=mark("table, csv or json"))]
Port = Annotated[int, typer.Option(help=mark("Port on this machine, 1 to 65535"))]
Standard = Annotated[str, typer.Option(help=mark("Dimensions to standardise by, comma-separated: nace1"))]
Disclosure = Annotated[
    str,
    typer.Option(
        help=mark(
            "on; off shows figures of few persons too, with --reason; audited; round3, round5, cell_keys or "
            "noise:EPSILON in place of withholding"
        )
    ),
]
Reason = Annotated[str, typer.Option(help=mark("Why all figures are needed; it stands in the notes"))]
Prior = Annotated[str, typer.Option(help=mark("likelihood, moments, or the prior itself: nu,alpha; of shares a,b"))]
Neighbours = Annotated[
    str, typer.Option(help=mark("Who are neighbours: queen, linked (islands to the nearest region) or nearest"))
]
ShareOf = Annotated[
    str, typer.Option(help=mark("A share, not a rate: dimensions of --where that the whole is not restricted by"))
]
Exposure = Annotated[str, typer.Option(help=mark("Entry with the people at risk, in place of the catalogue's"))]
Catalogs = Annotated[
    list[Path] | None,
    typer.Option("--catalog", help=mark("A catalogue of your own, a file or a folder; repeatable")),
]
Lang = Annotated[str, typer.Option("--lang", help=mark("Language of what is said: en, nl, fr or de"))]


def with_shared(command: Callable[..., None]) -> Callable[..., None]:
    """The command with --catalog and --lang, which are known to it, and to what it starts."""

    @functools.wraps(command)
    def extended(*, catalogs: list[Path] | None, lang: str, **options) -> None:
        from workbench.sources.catalog import CATALOGS
        from workbench.terms.languages import speak
        from workbench.terms.text import LANGUAGE

        before = {name: os.environ.get(name) for name in (CATALOGS, LANGUAGE)}
        given = [str(path.expanduser().absolute()) for path in catalogs or ()]
        if given:
            os.environ[CATALOGS] = os.pathsep.join([*filter(None, [before[CATALOGS]]), *given])
        if lang:
            speak(lang)
        try:
            command(**options)
        finally:
            for name, value in before.items():
                os.environ.pop(name, None) if value is None else os.environ.update({name: value})

    shared = {"catalogs": (Catalogs, None), "lang": (Lang, "")}
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)
        for name, (annotation, default) in shared.items()
    ]
    keyword = [p.replace(kind=p.KEYWORD_ONLY) for p in inspect.signature(command).parameters.values()]
    extended.__signature__ = inspect.Signature([*keyword, *added])
    extended.__annotations__ = {**command.__annotations__, **{name: kind for name, (kind, _default) in shared.items()}}
    return extended


def selection(name: str, where: list[str] | None, years: str):
    """The `Selection` that --where and --years put to an entry."""
    from workbench.cubes.selection import Selection
    from workbench.study.data import dimensions_of
    from workbench.terms.dimensions import dimension

    dimensions = dimensions_of(name)
    for key, _codes in pairs(where):
        dimension(key, dimensions)  # who slips is told those of the data set first
    return Selection(where={k: v.split(",") for k, v in pairs(where)}, years=span_of(years))


def switched(disclosure: str, reason: str):
    """What --disclosure and --reason set, for the time of a block."""
    import workbench as wb

    state, _colon, epsilon = disclosure.partition(":")
    if state in ("round3", "round5"):
        return wb.disclosure("round", base=int(state[-1]))
    try:
        return wb.disclosure(state, reason=reason, epsilon=float(epsilon) if epsilon else None)
    except ValueError:
        raise typer.BadParameter(_("Write --disclosure as noise:0.5, with a number.")) from None


def span_of(years: str) -> tuple[int, int] | None:
    """First and last year of 2019:2023, or of 2019; None of an empty text."""
    if not years:
        return None
    first, _colon, last = years.partition(":")
    if not (first.isdigit() and (last or first).isdigit()):
        raise typer.BadParameter(_("Write years as 2019:2023."))
    return int(first), int(last or first)


def whole(name: str, where: list[str] | None, years: str, share_of: str):
    """What --share-of sets the selection against: the same, not restricted by some dimensions; None without it."""
    return selection(name, freed(where, listed(share_of)), years) if share_of else None


def prior_of(text: str, kind: str):
    """A prior by its two figures, of ratios ("GammaPrior") or of shares ("BetaPrior"); or how it is learnt."""
    from workbench.models import priors

    figures = listed(text)
    if len(figures) == 1:
        return text
    try:
        first, second = map(float, figures)
    except ValueError:
        raise typer.BadParameter(_("Write --prior as likelihood, moments, or as two numbers: 20,20.")) from None
    names = {"GammaPrior": ("nu", "alpha"), "BetaPrior": ("a", "b")}[kind]
    return getattr(priors, kind)(**dict(zip(names, (first, second), strict=True)))


def freed(where: list[str] | None, names: tuple[str, ...]) -> list[str]:
    """Restrictions without those of some dimensions."""
    from workbench.terms.dimensions import dimension

    axes = {dimension(name).axis for name in names}
    return [setting for setting in where or [] if dimension(setting.partition("=")[0]).axis not in axes]


def pairs(settings: list[str] | None) -> list[tuple[str, str]]:
    """Settings of the form name=value, as pairs."""
    for setting in settings or []:
        if "=" not in setting:
            raise typer.BadParameter(_("{setting!r} is not of the form name=value.").format(setting=setting))
    return [tuple(setting.split("=", 1)) for setting in settings or []]


def listed(text: str) -> tuple[str, ...]:
    """What stands between commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def checked_port(port: int) -> int:
    """A port, if it is one; 0 would be any port, and the user would not know which."""
    if not 0 < port <= 65_535:
        raise typer.BadParameter(_("--port is a number from 1 to 65535, not {port}.").format(port=port))
    return port


def one_of(form: str, *forms: str) -> str:
    """A format, if it is one of those that the command has."""
    if form not in forms:
        raise typer.BadParameter(
            _("--format is one of {forms}, not {form!r}.").format(forms=", ".join(forms), form=form)
        )
    return form
