"""What an inspectorate can do: interventions with costs, effects and sources, from a file that anyone can edit."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from workbench.models.interventions import Intervention
from workbench.terms.errors import Refused
from workbench.terms.places import bundled
from workbench.terms.text import _

INTERVENTIONS = "interventions.yml"
TRAITS = ("compliance", "organisation", "influence")
"""Of a sector, each low, middle or high."""


def listed_interventions(path: Path | str | None = None) -> dict[str, tuple[Intervention, Mapping]]:
    """Interventions by name, and in which sectors each is done.

    Parameters
    ----------
    path : path, optional
        A file of one's own, written like `catalogs/interventions.yml`.

    Returns
    -------
    dict of name to (Intervention, suits)
        suits: of compliance, organisation and influence, which of low, middle and high.

    Raises
    ------
    Refused
        For a file that lacks what an intervention has, or has none.
    """
    file = Path(path) if path else bundled("catalogs") / INTERVENTIONS
    try:
        written = yaml.safe_load(file.read_text(encoding="utf-8"))
        listed = {entry["name"]: (_intervention(entry), entry.get("suits", {})) for entry in written["interventions"]}
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        message = _(
            "{file} is no list of interventions: each has name, days, whole_group, effect (low, likeliest, high) and "
            "source."
        )
        raise Refused(message.format(file=file.name)) from error
    return listed


def _intervention(entry: Mapping) -> Intervention:
    low, likeliest, high = (float(one) for one in entry["effect"])
    return Intervention(
        name=entry["name"],
        days=float(entry["days"]),
        whole_group=bool(entry["whole_group"]),
        effect=likeliest,
        effect_low=low,
        effect_high=high,
        source=entry["source"].strip(),
    )
