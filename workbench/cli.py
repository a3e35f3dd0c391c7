"""The command line: each command a few lines over the layers below, errors in plain words, exit codes that scripts can trust."""

import json
import os
import shutil
import sys
import textwrap
import traceback
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from workbench.terms.errors import WorkbenchError
from workbench.terms.text import _

app = typer.Typer(
    name="workbench",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help=_("Occupational safety and health data: find, load, ask."),
)
DEBUG = False
"""Set by --debug: errors are shown with their traceback."""

Name = Annotated[str, typer.Argument(help=_("Entry of the catalogue; `workbench datasets` lists them."))]
By = Annotated[str, typer.Option(help=_("Dimensions, comma-separated: nuts2,sex"))]
Where = Annotated[list[str] | None, typer.Option(help=_("dimension=code[,code], repeatable: nace1=F"))]
Years = Annotated[str, typer.Option(help=_("First and last year: 2019:2023"))]
Format = Annotated[str, typer.Option("--format", help=_("table, csv or json"))]
Standard = Annotated[str, typer.Option(help=_("Dimensions to standardise by, comma-separated: nace1"))]
Exposure = Annotated[str, typer.Option(help=_("Entry with the people at risk, in place of the catalogue's"))]


def main() -> None:
    """Run the command line; 0 answered, 1 the data are at fault, 2 the call is at fault."""
    try:
        app()
    except WorkbenchError as error:
        if DEBUG:
            traceback.print_exc()
        print(f"workbench: {error}", file=sys.stderr)
        sys.exit(1 if error.data_at_fault else 2)
    except BrokenPipeError:  # the reader of our output has gone, as in `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:  # a disk that is full, a port or a folder of somebody else's
        if DEBUG:
            traceback.print_exc()
        print(f"workbench: {error.filename or _('the system says')}: {error.strerror or error}", file=sys.stderr)
        sys.exit(2)


def _version(wanted: bool) -> None:
    if wanted:
        from workbench import __version__

        print(f"osh-workbench {__version__}")
        raise typer.Exit()


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help=_("Show the traceback of an error."))] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help=_("Say which version this is."))
    ] = False,
) -> None:
    global DEBUG
    DEBUG = debug


@app.command()
def datasets(
    search: Annotated[str, typer.Option(help=_("Words to look for"))] = "",
    as_json: Annotated[bool, typer.Option("--json", help=_("The same as --format json"))] = False,
    form: Annotated[str, typer.Option("--format", help=_("table, json or dcat-ap"))] = "table",
) -> None:
    """The catalogue as a table."""
    from workbench.sources.catalog import catalog
    from workbench.sources.dcat import dcat_ap

    form = _one_of("json" if as_json else form, "table", "json", "dcat-ap")
    book = catalog()
    table = book.search(search) if search else book.table()
    if form == "dcat-ap":
        print(json.dumps(dcat_ap(book[name] for name in table["name"]), indent=1, ensure_ascii=False))
    elif form == "json":
        print(json.dumps({"datasets": json.loads(table.to_json(orient="records"))}, indent=1, ensure_ascii=False))
    elif table.empty:
        print(
            _("No data set matches {search!r}; `workbench datasets` lists all {n}.").format(search=search, n=len(book))
        )
    elif sys.stdout.isatty():
        _fitted(table.drop(columns=["title", "access"]))
    else:
        print(table.to_string(index=False, max_colwidth=48, na_rep=""))


@app.command()
def load(
    name: Name,
    path: Annotated[Path | None, typer.Option("--from", help=_("A file of the publisher's that you have"))] = None,
    source: Annotated[str, typer.Option(help=_("auto, bundled, mirror or live"))] = "",
    settings: Annotated[
        list[str] | None, typer.Option("--set", help=_("parameter=value, repeatable: region=Calabria"))
    ] = None,
    form: Annotated[str, typer.Option("--format", help=_("text or json"))] = "text",
) -> None:
    """Read an entry into the store; prints rows read, rejected and why. Exit 1 when any row was rejected."""
    from workbench.study.evidence import load as load_entry

    form = _one_of(form, "text", "json")
    with _progress(_("rows read")) as progress:
        loaded = load_entry(name, path=path, source=source or None, progress=progress, **dict(_pairs(settings)))
    print(json.dumps(loaded.to_dict(), indent=1, ensure_ascii=False) if form == "json" else loaded)
    raise typer.Exit(1 if loaded.report.rejected else 0)


@app.command()
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
    from workbench.study.rates import rates as ask

    form = _one_of(form, "table", "csv", "json")
    _show(
        ask(
            name, _selection(where, years), _listed(by), exposure=exposure or None, standard=_listed(standard), per=per
        ),
        form,
    )


@app.command()
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
    from workbench.study.rates import counts as ask

    form = _one_of(form, "table", "csv", "json")
    _show(ask(name, _selection(where, years), _listed(by), measure=measure or None), form)


@app.command()
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
    from workbench.study.trend import trend as ask

    form = _one_of(form, "table", "csv", "json")
    options = {"exposure": exposure or None, "standard": _listed(standard), "joinpoints": joinpoints}
    _show(ask(name, _selection(where, years), **options), form)


@app.command()
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
    from workbench.study.interrupted import interrupted as ask

    form = _one_of(form, "table", "csv", "json")
    _show(ask(name, _selection(where, years), at=at, slope=slope, exposure=exposure or None), form)


@app.command()
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
    from workbench.study.forecast import forecast as ask

    form = _one_of(form, "table", "csv", "json")
    _show(ask(name, _selection(where, years), horizon=horizon, method=method, exposure=exposure or None), form)


@app.command()
def change(
    name: Name,
    where: Where = None,
    years: Years = "",
    standard: Standard = "",
    exposure: Exposure = "",
    form: Format = "table",
) -> None:
    """Whether the rate rose or fell, of whatever shape, and after which year its level changed."""
    from workbench.study.change import change as ask

    form = _one_of(form, "table", "csv", "json")
    _show(ask(name, _selection(where, years), standard=_listed(standard), exposure=exposure or None), form)


@app.command()
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
    from workbench.study.compare import compare as ask

    form = _one_of(form, "table", "csv", "json")
    _show(
        ask(name, _selection(where, years), _listed(by), reference=reference or None, exposure=exposure or None), form
    )


@app.command()
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
    from workbench.study.place import rank as ask

    form = _one_of(form, "table", "csv", "json")
    _show(ask(name, _selection(where, years), _listed(by), order=order, exposure=exposure or None), form)


@app.command()
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
    from workbench.study.funnel import funnel as ask

    form = _one_of(form, "table", "csv", "json")
    options = {"standard": _listed(standard), "exposure": exposure or None}
    _show(ask(name, _selection(where, years), _listed(by), **options), form)


@app.command()
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
    from workbench.study.control import control as ask

    form = _one_of(form, "table", "csv", "json")
    whole = _selection(_freed(where, _listed(share_of)), years) if share_of else None
    first, _colon, last = baseline.partition(":")
    options = {"share_of": whole, "exposure": exposure or None, "baseline": (first, last or first) if first else None}
    _show(ask(name, _selection(where, years), _listed(by), **options), form)


@app.command()
def check(
    path: Annotated[Path, typer.Argument(exists=True, help=_("A file of ESAW records"))],
    layout: Annotated[
        str, typer.Option(help=_("esaw81, esaw44, csv or parquet; found from the file unless given"))
    ] = "",
    form: Annotated[str, typer.Option("--format", help=_("table or json"))] = "table",
) -> None:
    """Judge ESAW records rule by rule, in words; exit 1 when any record fails."""
    from workbench.sources.judge import judge

    form = _one_of(form, "table", "json")
    found = judge(path, layout=layout or None)
    print(json.dumps(found.to_dict(), indent=1, ensure_ascii=False) if form == "json" else found)
    raise typer.Exit(1 if found.failed else 0)


@app.command()
def synthesise(
    rows: Annotated[int, typer.Option(help=_("Records, 10 thousand to 100 million"))] = 100_000,
    seed: Annotated[int, typer.Option(help=_("The same seed gives the same records"))] = 1,
    out: Annotated[Path, typer.Option(help=_("A .parquet file, or a folder with a part for each year"))] = Path(
        "twin.parquet"
    ),
) -> None:
    """Make the synthetic twin: ESAW records that nobody had, with known truths beside them."""
    from workbench.sources.twin import synthesise as make

    with _progress(_("records")) as progress:
        made = make(rows, seed, out, progress=progress and (lambda done, _all: progress(done)))
    print(
        _("{rows:,} synthetic records in {made}; what is planted in them stands beside it.").format(
            rows=rows, made=made
        )
    )


@app.command(name="app")
def serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help=_("Port on this machine"))] = 5006,
    dataset: Annotated[str, typer.Option(help=_("Entry to open first"))] = "esaw_synthetic",
) -> None:
    """The explorer in a browser."""
    from workbench.views.explorer import serve as run

    run(port=port, dataset=dataset)


@app.command()
def lab(
    port: Annotated[int, typer.Option(min=1, max=65535, help=_("Port on this machine"))] = 8888,
    browser: Annotated[bool, typer.Option(help=_("Open a browser window"))] = True,
) -> None:
    """JupyterLab on the notebooks; from an installed package they are copied to a folder of yours first."""
    import shutil
    import subprocess

    from workbench.terms.places import bundled, home

    folder = bundled("notebooks")
    if folder.parent.name == "bundled":  # an installed package: the notebooks become the user's own, and stay so
        own = home() / "notebooks"
        for file in (f for f in folder.rglob("*.ipynb") if not (own / f.relative_to(folder)).exists()):
            (own / file.relative_to(folder)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, own / file.relative_to(folder))
        folder = own
    start = [f"--port={port}", f"--notebook-dir={folder}", "--LabApp.default_url=/lab/tree/start_here.ipynb"]
    start += ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    start += [] if browser else ["--no-browser"]
    quiet = Path(__file__).parent / "views" / "jupyter"  # JupyterLab's own news would ask an address outside
    paths = [str(quiet), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
    settings = os.environ | {"JUPYTER_CONFIG_PATH": os.pathsep.join(paths)}
    command = [sys.executable, "-m", "jupyterlab", *start]
    if sys.platform != "win32":  # in our place, so that ending us ends it; Windows only imitates this
        sys.stdout.flush()
        os.execve(sys.executable, command, settings)
    raise typer.Exit(subprocess.call(command, env=settings))


@app.command()
def doctor(
    live: Annotated[bool, typer.Option("--live", help=_("Also ask whether the publishers answer"))] = False,
) -> None:
    """Versions, memory, what is stored, which sources can be reached."""
    from workbench.study.health import examine

    print(examine(live=live))


def _fitted(table) -> None:
    """A table in the width of the terminal, long cells on several lines, names whole."""
    from rich.console import Console
    from rich.table import Table

    shown = Table(box=None, pad_edge=False, header_style="")
    for column in table:
        shown.add_column(column, no_wrap=column == "name", overflow="fold")
    for row in table.itertuples(index=False):
        shown.add_row(*map(str, row))
    Console(markup=False, highlight=False).print(shown)


def _show(finding, form: str) -> None:
    from workbench.study.printed import printed

    if form == "json":
        print(json.dumps(finding.to_dict(), indent=1, ensure_ascii=False))
    elif form == "csv":
        print(finding.to_csv(), end="")
    else:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        table = finding.table().drop(columns=["method", "level", "flag_share"])
        units = table["unit"].unique()
        if len(units) == 1:  # said once; how many people a rate is per is in its unit
            table = table.drop(columns=["unit", "per"])
        told = [finding.summary, *(_("value: {unit}").format(unit=unit) for unit in units if len(units) == 1)]
        notes = [*(f"- {note}" for note in finding.notes), _("Source: {source}").format(source=finding.cite())]
        print("\n".join(_wrapped(line, width) for line in told))
        print(printed(table, finding.row_names(), width=width))
        print("\n".join(_wrapped(line, width) for line in notes))


def _wrapped(line: str, width: int | None) -> str:
    """A sentence in lines of the terminal's width; as it is where there is no terminal."""
    wrap = {"subsequent_indent": "  ", "break_long_words": False, "break_on_hyphens": False}
    return textwrap.fill(line, width, **wrap) if width else line


def _selection(where: list[str] | None, years: str):
    from workbench.cube.selection import Selection

    first, _colon, last = years.partition(":")
    if years and not (first.isdigit() and (last or first).isdigit()):
        raise typer.BadParameter(_("Write years as 2019:2023."))
    return Selection(
        where={k: v.split(",") for k, v in _pairs(where)}, years=(int(first), int(last or first)) if years else None
    )


def _freed(where: list[str] | None, names: tuple[str, ...]) -> list[str]:
    """Restrictions without those of some dimensions."""
    from workbench.terms.dimensions import dimension

    axes = {dimension(name).axis for name in names}
    return [setting for setting in where or [] if dimension(setting.partition("=")[0]).axis not in axes]


def _pairs(settings: list[str] | None) -> list[tuple[str, str]]:
    for setting in settings or []:
        if "=" not in setting:
            raise typer.BadParameter(_("{setting!r} is not of the form name=value.").format(setting=setting))
    return [tuple(setting.split("=", 1)) for setting in settings or []]


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _one_of(form: str, *forms: str) -> str:
    if form not in forms:
        raise typer.BadParameter(
            _("--format is one of {forms}, not {form!r}.").format(forms=", ".join(forms), form=form)
        )
    return form


@contextmanager
def _progress(unit: str):
    """A counter on standard error while rows are read, when a person is there to see it."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TextColumn("{task.completed:,} {task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(unit, total=None)
        yield lambda done: shown.update(task, completed=done)
