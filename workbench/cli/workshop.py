"""The command for trainers: whether a machine is ready."""

from typing import Annotated

import typer

from workbench.cli.output import say
from workbench.terms.text import _, mark


def workshop(
    check: Annotated[
        bool, typer.Option("--check", help=mark("Is this machine ready? With one line to put right what is not"))
    ] = False,
) -> None:
    """The workshop: whether this machine is ready for it. Exit 1 when something has to be put right."""
    from workbench.workshop.machine import examine_machine

    if not check:
        raise typer.BadParameter(_("Say what to do: --check looks at this machine."))
    faults = 0
    for point in examine_machine():
        say(str(point))
        faults += not point.ready
    say(_("Put right what is marked ✗, then check again.") if faults else _("Ready for the workshop."))
    raise typer.Exit(1 if faults else 0)
