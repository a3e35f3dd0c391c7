"""Commands for the data and the programs around them: catalogue, store, ESAW records, explorer, JupyterLab, doctor."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.options import Name, Port, checked_port, one_of, pairs
from workbench.cli.output import fitted, one_line_each, progress, say
from workbench.terms.text import _, mark


def datasets(
    search: Annotated[str, typer.Option(help=mark("Words to look for"))] = "",
    as_json: Annotated[bool, typer.Option("--json", help=mark("The same as --format json"))] = False,
    form: Annotated[str, typer.Option("--format", help=mark("table, json or dcat-ap"))] = "table",
) -> None:
    """The catalogue as a table."""
    import pandas as pd

    from workbench.sources.catalog import catalog
    from workbench.sources.catalog_search import has_all, words_to_find
    from workbench.sources.dcat import dcat_ap
    from workbench.study.own_table import stored_tables

    form = one_of("json" if as_json else form, "table", "json", "dcat-ap")
    book = catalog()
    table = book.search(search) if search else book.table()
    own = stored_tables()
    if form != "dcat-ap" and len(own):
        words = words_to_find(search)
        names = own["name"] + " " + own["name"].str.replace("_", " ") + " " + own["title"]
        fitting = [has_all(text, words) for text in names]
        table = pd.concat([own[fitting].reindex(columns=table.columns, fill_value=""), table], ignore_index=True)
    if form == "dcat-ap":
        say(json.dumps(dcat_ap(book[name] for name in table["name"]), indent=1, ensure_ascii=False))
    elif form == "json":
        say(json.dumps({"datasets": json.loads(table.to_json(orient="records"))}, indent=1, ensure_ascii=False))
    elif table.empty:
        say(_("No data set matches {search!r}; `workbench datasets` lists all {n}.").format(search=search, n=len(book)))
    elif sys.stdout.isatty():
        fitted(table.drop(columns=["title", "access"]))
    else:
        say(one_line_each(table.drop(columns=["title", "access"])))


def load(
    name: Name,
    path: Annotated[Path | None, typer.Option("--from", help=mark("A file of the publisher's that you have"))] = None,
    source: Annotated[str, typer.Option(help=mark("auto, bundled, mirror or live"))] = "",
    coverage: Annotated[
        str, typer.Option(help=mark("full or sample: whether a file of yours has all records or a part of them"))
    ] = "",
    settings: Annotated[
        list[str] | None, typer.Option("--set", help=mark("parameter=value, repeatable: region=Calabria"))
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(help=mark("Of a table of your own: heading=dimension, comma-separated: Bezirk=nuts2,Ort=plant")),
    ] = None,
    measures: Annotated[
        list[str] | None,
        typer.Option(help=mark("Of a table of your own: heading=accidents, weight, employed, fte or hours")),
    ] = None,
    sensitivity: Annotated[
        str, typer.Option(help=mark("Of a table of your own: persons, health, aggregate or none; found unless given"))
    ] = "",
    again: Annotated[
        str, typer.Option(help=mark("Of a table of your own, where its name is taken: refuse, replace or add"))
    ] = "refuse",
    form: Annotated[str, typer.Option("--format", help=mark("text or json"))] = "text",
) -> None:
    """Read an entry, or a table of your own under a new name, into the store; prints rows read, rejected and why.

    Exit 1 when any row was rejected.
    """
    from workbench.sources.catalog import catalog
    from workbench.study.loading import load as load_entry

    form = one_of(form, "text", "json")
    if name not in catalog() and path:
        meant = {"columns": _meanings(columns), "measures": _meanings(measures), "sensitivity": sensitivity or None}
        _load_own(name, path, meant, dict(pairs(settings)), coverage or "full", again, form)
    if columns or measures or sensitivity:
        message = _(
            "--columns, --measures and --sensitivity describe a table of your own, with --from; {name} is an entry."
        )
        raise typer.BadParameter(message.format(name=name))
    with progress(_("rows read")) as count:
        options = {"path": path, "source": source or None, "coverage": coverage or None, "progress": count}
        loaded = load_entry(name, **options, **dict(pairs(settings)))
    say(json.dumps(loaded.to_dict(), indent=1, ensure_ascii=False) if form == "json" else loaded)
    raise typer.Exit(1 if loaded.report.rejected else 0)


def _load_own(name: str, path: Path, meant: dict, settings: dict[str, str], coverage: str, again: str, form: str):
    """Store a table of the user's own, say how it was read, and end; `meant` is what `wb.table` is told of it."""
    from workbench.study.own_table import check_name, table

    check_name(name)
    if strange := set(settings) - {"nuts"}:
        raise typer.BadParameter(
            _("A table of your own has no setting {name}; there is nuts.").format(name=min(strange))
        )
    made = table(path, name=name, coverage=coverage, **meant, **settings)
    manifest = made.keep(again)
    if form == "json":
        rows = manifest.report["rows_read"] - manifest.report["rejected"]
        plain = {"table": manifest.table, "rows": rows, **made.report.to_dict(), "notes": list(made.notes)}
        say(json.dumps(plain, indent=1, ensure_ascii=False))
    else:
        say(made)
    raise typer.Exit(1 if made.report.rejected else 0)


def _meanings(settings: list[str] | None) -> dict[str, str | None]:
    """What headings mean, from heading=meaning between commas; nothing behind the sign is no meaning."""
    found = {}
    for setting in pairs([part for text in settings or [] for part in text.split(",") if part.strip()]):
        heading, meaning = setting
        found[heading.strip()] = meaning.strip() or None
    return found


def describe(
    path: Annotated[Path, typer.Argument(help=mark("A table of your own: CSV, Excel or Parquet"))],
    name: Annotated[str, typer.Option(help=mark("Name of the entry; the file's unless given"))] = "",
    columns: Annotated[list[str] | None, typer.Option(help=mark("heading=dimension, as for load"))] = None,
    measures: Annotated[list[str] | None, typer.Option(help=mark("heading=measure, as for load"))] = None,
    out: Annotated[Path | None, typer.Option(help=mark("A .yml file, beside the table; printed unless given"))] = None,
) -> None:
    """A draft of a catalogue of your own for a table: what was recognised, and the lines that are yours to finish."""
    from workbench.study.describe_table import describe_table

    draft = describe_table(path, name=name or None, columns=_meanings(columns), measures=_meanings(measures))
    if out is None:
        say(draft.rstrip("\n"))
        return
    if out.exists():
        raise typer.BadParameter(_("{path} is there already; name another file.").format(path=out))
    out.write_text(draft, encoding="utf-8")
    say(
        _("Written to {path}. Finish the lines with FILL IN, then: workbench datasets --catalog {path}").format(
            path=out
        )
    )


def forget(name: Annotated[str, typer.Argument(help=mark("A stored table of your own"))]) -> None:
    """Remove a stored table of your own; the file that it was read from stays."""
    from workbench.study.own_table import forget as remove

    rows = remove(name)
    say(_("{name} is forgotten ({rows:,} rows).").format(name=name, rows=rows))


def check(
    path: Annotated[Path, typer.Argument(exists=True, help=mark("A file of ESAW records"))],
    layout: Annotated[
        str, typer.Option(help=mark("esaw81, esaw44, csv or parquet; found from the file unless given"))
    ] = "",
    metadata: Annotated[
        Path | None, typer.Option(help=mark("Metadata of the delivery (Annex III), held against the records"))
    ] = None,
    form: Annotated[str, typer.Option("--format", help=mark("table or json"))] = "table",
) -> None:
    """Judge ESAW records rule by rule, in words; exit 1 when any record fails or the delivery is not complete."""
    from workbench.esaw.judge import judge

    form = one_of(form, "table", "json")
    judgement = judge(path, layout=layout or None, metadata=metadata)
    say(json.dumps(judgement.to_dict(), indent=1, ensure_ascii=False) if form == "json" else judgement)
    raise typer.Exit(0 if judgement.valid else 1)


def metadata(
    country: Annotated[str, typer.Argument(help=mark("Two letters, EL for Greece"))],
    year: Annotated[int, typer.Argument(help=mark("The reference year"))],
) -> None:
    """A form for the metadata of a delivery of ESAW records, to fill in and give to `check --metadata`."""
    from workbench.esaw.metadata import metadata_form

    say(metadata_form(country, year).rstrip("\n"))


def synthesise(
    rows: Annotated[int, typer.Option(help=mark("Records, 10 thousand to 100 million"))] = 100_000,
    seed: Annotated[int, typer.Option(help=mark("The same seed gives the same records"))] = 1,
    out: Annotated[Path, typer.Option(help=mark("A .parquet file, or a folder with a part for each year"))] = Path(
        "twin.parquet"
    ),
) -> None:
    """Make the synthetic twin: invented ESAW records, with the known truths in a file next to them."""
    from workbench.twin import synthesise as make

    with progress(_("records")) as count:
        made = make(rows, seed, out, progress=count and (lambda done, _all: count(done)))
    say(
        _("{rows:,} synthetic records in {made}; what was planted in them is in the file next to it.").format(
            rows=rows, made=made
        )
    )


def app(
    port: Port = 5006,
    dataset: Annotated[str, typer.Option(help=mark("Entry to open first"))] = "uk_fatal_injuries",
    host: Annotated[
        str, typer.Option(help=mark("The address to listen at; another than 127.0.0.1 lets others in"))
    ] = "127.0.0.1",
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            help=mark("A further name of this page behind a proxy, with its port: hub.example.org:443; repeatable")
        ),
    ] = None,
    allow_frame: Annotated[
        list[str] | None,
        typer.Option(help=mark("A site that may show this page in a frame: https://example.org; repeatable")),
    ] = None,
) -> None:
    """The explorer in a browser."""
    from workbench.views.page import serve

    serve(port=checked_port(port), dataset=dataset, host=host, hosts=allow_host or (), frames=allow_frame or ())


def lab(
    port: Port = 8888,
    browser: Annotated[bool, typer.Option(help=mark("Open a browser window"))] = True,
) -> None:
    """JupyterLab on the notebooks; from an installed package they are copied to a folder of yours first."""
    import shutil
    import subprocess

    from workbench.terms.places import PACKAGE, bundled, home, made

    folder = bundled("notebooks")
    if folder.parent.name == "bundled":  # an installed package: the notebooks become the user's own, and stay so
        own = home() / "notebooks"
        texts = [*folder.rglob("*.ipynb"), *folder.rglob("*.md")]
        for file in (f for f in texts if not (own / f.relative_to(folder)).exists()):
            shutil.copy(file, made((own / file.relative_to(folder)).parent))
        folder = own
    start = [
        f"--port={checked_port(port)}",
        f"--notebook-dir={folder}",
        "--LabApp.default_url=/lab/tree/start_here.ipynb",
    ]
    start += ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    start += [] if browser else ["--no-browser"]
    quiet = PACKAGE / "views" / "jupyter"  # JupyterLab's own news would ask an address outside
    paths = [str(quiet), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
    settings = os.environ | {"JUPYTER_CONFIG_PATH": os.pathsep.join(paths)}
    command = [sys.executable, "-m", "jupyterlab", *start]
    if sys.platform != "win32":  # in our place, so that ending us ends it; Windows only imitates this
        sys.stdout.flush()
        os.execve(sys.executable, command, settings)
    raise typer.Exit(subprocess.call(command, env=settings))


def doctor(
    live: Annotated[bool, typer.Option("--live", help=mark("Also ask whether the publishers answer"))] = False,
) -> None:
    """Versions, memory, what is stored, which sources can be reached."""
    from workbench.study.health import examine

    say(examine(live=live))
