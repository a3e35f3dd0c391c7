"""What commands print: a finding as table, CSV or JSON, tables as wide as the terminal, a counter of rows read."""

import json
import re
import shutil
import sys
import textwrap
from contextlib import contextmanager

from workbench.terms.text import _

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Characters that a terminal obeys instead of showing them; line ends and tabs are not among them."""

LONGEST_CELL, SHORTEST_CELL, WIDTH = 16, 10, 120
"""Characters of a cell of the catalogue's table in a file or a pipe, and of a line."""


def say(text: object, **options) -> None:
    """Print a text. What a terminal would obey is written out: names and cells come from files and addresses."""
    print(CONTROL.sub(lambda found: repr(found[0])[1:-1], str(text)), **options)


def show(finding, form: str) -> None:
    """A finding as table, CSV or JSON; in a terminal within its width.

    CSV and JSON are for files and programs: of persons they are exports, audited and written down in the release record
    as a file is. The table is for whoever sits in front of it.
    """
    from workbench.study.tables import printed

    if form in ("csv", "json"):
        text = finding.to_csv() if form == "csv" else json.dumps(finding.to_dict(), indent=1, ensure_ascii=False)
        finding.permit(form, text)
        say(text, end="" if form == "csv" else "\n")
    else:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        table = finding.displayed().drop(columns=["method", "level", "flag_share"])
        units = table["unit"].unique()
        if len(units) == 1:  # said once; how many people a rate is per is in its unit
            table = table.drop(columns=["unit", "per"])
        head = [finding.summary, *(_("value: {unit}").format(unit=unit) for unit in units if len(units) == 1)]
        notes = [*(f"- {note}" for note in finding.notes), _("Source: {source}").format(source=finding.cite())]
        say("\n".join(_wrapped(line, width) for line in head))
        say(printed(table, finding.row_names(), width=width))
        say("\n".join(_wrapped(line, width) for line in notes))


def _wrapped(line: str, width: int | None) -> str:
    """A sentence in lines of the terminal's width; as it is where there is no terminal."""
    wrap = {"subsequent_indent": "  ", "break_long_words": False, "break_on_hyphens": False}
    return textwrap.fill(line, width, **wrap) if width else line


def fitted(table) -> None:
    """A table in the width of the terminal, long cells on several lines, names whole."""
    from rich.console import Console
    from rich.table import Table

    shown = Table(box=None, pad_edge=False, header_style="")
    for column in table:
        shown.add_column(column, no_wrap=column == "name", overflow="fold")
    for row in table.itertuples(index=False):
        shown.add_row(*map(str, row))
    Console(markup=False, highlight=False).print(shown)


def one_line_each(table) -> str:
    """A table for a file or a pipe: one line a row, within 120 characters: names and status whole, others cut."""
    lines = [list(table.columns), *table.fillna("").astype(str).values.tolist()]
    for longest in range(LONGEST_CELL, SHORTEST_CELL - 1, -1):
        cut = [[line[0], *(_shortened(cell, longest) for cell in line[1:-1]), line[-1]] for line in lines]
        widths = [max(map(len, cells)) for cells in zip(*cut, strict=True)]
        if sum(widths) + len(widths) - 1 <= WIDTH:
            break
    padded = (" ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in cut)
    return "\n".join(line.rstrip() for line in padded)


def _shortened(cell: str, longest: int) -> str:
    return textwrap.shorten(cell, longest, placeholder="…")


def bar(running) -> None:
    """A bar on standard error until a cube is counted, when a person is there to see it and it takes over a second."""
    if not sys.stderr.isatty() or running.ends_within(1.0):
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(_("Counting the records"), total=1.0)
        while not running.ends_within(0.2):
            shown.update(task, completed=running.share)


def audited(verdict) -> None:
    """How far an audit is, in a line on standard error that the next one replaces, when a person is there to see it."""
    if sys.stderr.isatty():
        print(f"\r{verdict}", end="\r" if verdict.finished else "", file=sys.stderr, flush=True)


@contextmanager
def progress(unit: str):
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
