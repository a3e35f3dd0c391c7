"""The command line: each command a few lines over the layers below; errors in words, exit codes for scripts."""

import os
import sys
import traceback
from typing import Annotated

import typer

from workbench.cli import data, questions, recordings, surveys, workshop
from workbench.cli.brief import brief
from workbench.cli.options import with_shared
from workbench.cli.output import say
from workbench.terms.errors import WorkbenchError
from workbench.terms.text import _, mark

app = typer.Typer(
    name="workbench",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help=mark("Occupational safety and health data: find, load, ask."),
)
for command in (
    data.datasets,
    data.load,
    data.describe,
    data.forget,
    *questions.COMMANDS,
    *surveys.COMMANDS,
    *recordings.COMMANDS,
    data.check,
    data.metadata,
    data.synthesise,
    brief,
    data.app,
    data.lab,
    data.doctor,
    workshop.workshop,
):
    app.command()(with_shared(command))
DEBUG = False
"""Set by --debug: errors are shown with their traceback."""


def main() -> None:
    """Run the command line; 0 answered, 1 the data are at fault, 2 the call is at fault."""
    try:
        app()
    except WorkbenchError as error:
        if DEBUG:
            traceback.print_exc()
        say(f"workbench: {error}", file=sys.stderr)
        sys.exit(1 if error.data_at_fault else 2)
    except BrokenPipeError:  # the reader of our output has gone, as in `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:  # a disk that is full, a port or a folder of somebody else's
        if DEBUG:
            traceback.print_exc()
        place = error.filename or _("the system says")
        say(f"workbench: {place}: {error.strerror or error}", file=sys.stderr)
        sys.exit(2)


def _version(wanted: bool) -> None:
    if wanted:
        from workbench import __version__

        print(f"osh-workbench {__version__}")
        raise typer.Exit()


@app.callback()
def common(
    debug: Annotated[bool, typer.Option("--debug", help=mark("Show the traceback of an error."))] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help=mark("Say which version this is."))
    ] = False,
) -> None:
    global DEBUG
    DEBUG = debug
