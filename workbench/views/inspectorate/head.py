"""What stands above the steps: data sets, groups, countries and years to choose from, and all that is chosen."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from workbench.cubes.cube import Cube
from workbench.study.data import origin_of
from workbench.terms.text import _
from workbench.views.files import file_name
from workbench.views.inspectorate.choices import Choices, countries, divisions
from workbench.views.inspectorate.data_sets import badge, offered
from workbench.views.inspectorate.planning import interventions


class Chosen(Protocol):
    """What of a page the head is made from."""

    cube: Cube
    choices: Choices
    first: Choices
    kept: Choices | None
    theme: str
    wrong: Sequence[str]
    given: Mapping[str, Cube]


def head(page: Chosen) -> dict:
    """All that can be chosen, and what is.

    Parameters
    ----------
    page : Chosen

    Returns
    -------
    dict
        Plain values.
    """
    choices, cube = page.choices, page.cube
    first_year, last_year = cube.years() or (1, 0)  # of a table without years there is none to choose
    names = {choices.dataset: choices.dataset} | {name: name for name in page.given} | offered()
    lists = {"by": ",".join(choices.by), "year": str(choices.year), "interventions": list(choices.interventions)}
    return {
        **badge(cube),
        "theme": page.theme,
        "warnings": list(page.wrong),
        "datasets": [[title, name] for name, title in names.items()],
        "groups": [[label, ",".join(by)] for by, label in divisions(cube).items()],
        "countries": [[label, code] for code, label in countries(cube).items()],
        "years": [str(year) for year in range(last_year, first_year - 1, -1)],
        "interventions": interventions(),
        "values": vars(choices) | lists,
        "first": choices == page.first,
        "kept": page.kept is not None,
        "file": file_name(cube.name),
        "picture": _picture(choices, cube),
    }


def _picture(choices: Choices, cube: Cube) -> dict[str, str]:
    """The words of a picture that leaves the page."""
    origin = origin_of(cube)
    return {
        "selection": choices.selection().words(cube.lists),
        "synthetic": _("Synthetic data: not a publisher's figures") if badge(cube)["synthetic"] else "",
        "source": _("Source: {source}").format(source=origin.dataset.attribution) if origin else "",
    }
