"""The places of accident records: which NUTS editions have a code, and which one is in force in a year."""

from functools import cache

from workbench.terms.codes import codelist

NUTS_IN_FORCE = {"2010": 2012, "2013": 2015, "2016": 2018, "2021": 2021, "2024": 2024}
"""First year in which data are sent in each edition; the list ends the one before."""


@cache
def nuts_editions() -> dict[str, int]:
    """Every NUTS code with the editions that have it, one bit per edition in the order of NUTS_IN_FORCE."""
    found: dict[str, int] = {}
    for place, edition in enumerate(NUTS_IN_FORCE):
        codes = codelist("nuts", edition).codes()
        outside = [
            f"{code}ZZZ" for code in codelist("nuts", edition).at_level(0)
        ]  # extra-regio: ships, platforms, abroad
        for code in [*codes, *outside]:
            found[code] = found.get(code, 0) | 1 << place
    return found


def edition_of(year: int) -> str | None:
    """The NUTS edition in force in a year; None before 2012, whose lists are not here."""
    return next((edition for edition, first in reversed(NUTS_IN_FORCE.items()) if year >= first), None)
