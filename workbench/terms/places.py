"""Where things lie: what travels with the package, the user's own state, the publishers' mirror."""

import os
from pathlib import Path

import platformdirs

from workbench.terms.errors import WorkbenchError
from workbench.terms.text import _

PACKAGE = Path(__file__).parents[1]


def bundled(name: str) -> Path:
    """The folder `name` (catalogs, maps, notebooks) of this installation: in a clone beside the package, in a wheel inside it."""
    inside = PACKAGE / "bundled" / name
    return inside if inside.exists() else PACKAGE.parent / name


def home() -> Path:
    """The folder that keeps downloads, tables and cubes: `WORKBENCH_HOME`, else the platform's data folder."""
    return Path(os.environ.get("WORKBENCH_HOME") or platformdirs.user_data_path("osh-workbench"))


def made(folder: Path) -> Path:
    """A folder below `home()`, made where it is not there yet.

    Raises
    ------
    WorkbenchError
        When it cannot be: `home()` is a file, or a place where nothing may be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        said = _("Nothing can be kept in {home}: {why}. Set WORKBENCH_HOME to a folder that you may write to.")
        raise WorkbenchError(said.format(home=home(), why=error.strerror)) from error
    return folder


def mirror() -> Path | None:
    """The folder of publishers' original files that `WORKBENCH_MIRROR` names, or None."""
    folder = os.environ.get("WORKBENCH_MIRROR")
    return Path(folder).resolve() if folder else None
