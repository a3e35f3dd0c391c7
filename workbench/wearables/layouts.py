"""Publishers' layouts of recordings by name, and tables of one's own by a YAML file."""

from collections.abc import Iterable
from pathlib import Path

from workbench.terms.errors import UnknownName
from workbench.terms.text import _
from workbench.wearables.readers.edf import read_edf
from workbench.wearables.readers.empatica import read_empatica
from workbench.wearables.readers.insole import read_insole
from workbench.wearables.readers.mobifall import read_mobifall
from workbench.wearables.readers.own import read_own
from workbench.wearables.readers.wristbands import read_wristbands
from workbench.wearables.signals import Recording

LAYOUTS = {
    "edf": read_edf,
    "mobifall": read_mobifall,
    "empatica": read_empatica,
    "insole": read_insole,
    "wristbands": read_wristbands,
}
"""Publishers' layouts by name; the layout of a table of one's own is a YAML file."""


def read_layout(path: Path, layout: str) -> Iterable[Recording]:
    """The recordings at a place.

    Parameters
    ----------
    path : file or folder
    layout : of `LAYOUTS`, or a YAML file

    Returns
    -------
    iterable of Recording

    Raises
    ------
    UnknownName
        For another layout.
    """
    if layout in LAYOUTS:
        return LAYOUTS[layout](path)
    if layout.endswith((".yml", ".yaml")):
        return [read_own(path, layout)]
    hint = _("There are: {names}; or a YAML file.").format(names=", ".join(LAYOUTS))
    raise UnknownName(_("layout of a recording"), layout, LAYOUTS, hint=hint)
