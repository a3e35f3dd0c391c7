"""The command for trainers: whether a machine is ready, and the page that needs no installation."""

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.output import say
from workbench.terms.text import _, mark


def workshop(
    check: Annotated[
        bool, typer.Option("--check", help=mark("Is this machine ready? With one line to put right what is not"))
    ] = False,
    html: Annotated[
        Path | None, typer.Option(help=mark("Write workshop.html here: one file, synthetic data, no network"))
    ] = None,
) -> None:
    """The workshop: whether this machine is ready for it (exit 1 when it is not), and its page for a USB stick."""
    if not check and html is None:
        raise typer.BadParameter(_("Say what to do: --check looks at this machine, --html FILE writes the page."))
    if html is not None:
        from workbench.workshop.page import write_page

        path = html / "workshop.html" if html.is_dir() else html
        size = write_page(path)
        say(_("{path}: {size:.1f} MB, opens from any folder in a browser").format(path=path, size=size / 1e6))
    if check:
        _check()


def _check() -> None:
    """Say each point as it is found; exit 1 when something has to be put right."""
    from workbench.workshop.machine import examine_machine

    faults = 0
    for point in examine_machine():
        say(str(point))
        faults += not point.ready
    say(_("Put right what is marked ✗, then check again.") if faults else _("Ready for the workshop."))
    raise typer.Exit(1 if faults else 0)
