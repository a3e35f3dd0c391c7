"""Years from which a source counts differently, as its catalogue entry declares them."""

from collections.abc import Mapping

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.study.data import origin_of
from workbench.terms.text import translated


def breaks(cube: Cube, selection: Selection) -> dict[int, str]:
    """Declared breaks inside the years, countries and sectors of the selection, and inside those of the data.

    Returns
    -------
    dict
        The first year that is counted differently, and why. The first year of the data itself breaks with nothing.
    """
    origin, years = origin_of(cube), selection.years or cube.years()
    if origin is None or not years:
        return {}

    codes = selection.regions or (cube.codes("nuts") if "nuts" in cube.axes else ())
    countries = {str(code)[:2] for code in codes}
    sectors = _members(cube, selection.sectors)
    first, last = years
    return {
        int(declared["year"]): translated(str(declared["reason"]))
        for declared in origin.dataset.breaks
        if first < int(declared["year"]) <= last
        and (not countries or str(declared["where"])[:2] in countries | {"", "EU"})
        and _concerns(cube, declared, sectors)
    }


def _concerns(cube: Cube, declared: Mapping, sectors: frozenset) -> bool:
    """Whether a break lies in the sectors of the selection; one without sectors concerns all of them."""
    if not sectors or not declared["sectors"] or "nace" not in cube.lists:
        return True
    return bool(_members(cube, declared["sectors"]) & sectors)


def _members(cube: Cube, sectors) -> frozenset:
    return frozenset().union(*(cube.lists["nace"].members(code) for code in sectors))
