"""Who may open what: the roles of `catalogs/roles.yml`, the one declared or that of a served page's visitor."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import yaml

from workbench.terms.errors import Refused, UnknownName
from workbench.terms.places import bundled
from workbench.terms.text import _

DETAILS = ("cells", "all", "records")
"""The coarsest first: tables with small figures withheld, tables with every figure, the rows themselves."""
PUBLIC = "public"


@dataclass(frozen=True)
class Role:
    """Who somebody is to the data.

    Attributes
    ----------
    name, label : as in the list
    opens : the detail for each sensitivity that the role may open
    """

    name: str
    label: str
    opens: Mapping[str, str]

    def may(self, sensitivity: str, detail: str) -> bool:
        """Whether the role opens data of a sensitivity at a detail.

        Parameters
        ----------
        sensitivity : "none", "aggregate", "persons" or "health"
        detail : "cells", "all" or "records"

        Returns
        -------
        bool
        """
        opened = self.opens.get(sensitivity)
        return opened is not None and DETAILS.index(detail) <= DETAILS.index(opened)


@dataclass
class _Session:
    """The role that this process has declared; in a served app, what tells the role of the page's visitor."""

    role: str = ""
    of_visitor: Callable[[], str] | None = None


_SESSION = _Session()


@cache
def roles() -> dict[str, Role]:
    """All roles by name.

    Returns
    -------
    dict of str to Role
    """
    entries = yaml.safe_load((bundled("catalogs") / "roles.yml").read_text(encoding="utf-8"))["roles"]
    return {name: Role(name, entry["label"], entry["opens"]) for name, entry in entries.items()}


def role(name: str | None = None) -> Role | None:
    """Declare the role in which this session asks; it stands in the release record. Without a name, the one in force.

    Parameters
    ----------
    name : "public", "trainer", "representative", "worker", "analyst", "osh_professional", "inspector" or "researcher";
        "" takes a declaration back

    Returns
    -------
    Role or None
        None where none was declared: on one's own machine all of one's own data are open.

    Raises
    ------
    UnknownName
        Naming the roles there are.
    """
    if name is not None:
        if name and name not in roles():
            raise UnknownName(_("role"), name, roles(), hint=_("There are: {names}.").format(names=", ".join(roles())))
        _SESSION.role = name
    return in_force()


def in_force() -> Role | None:
    """The role of the visitor of a served page, else the one declared; None where neither is known."""
    name = _SESSION.of_visitor() if _SESSION.of_visitor else _SESSION.role
    return roles()[name] if name else None


def served() -> bool:
    """Whether questions come from visitors of a served page, who cannot switch disclosure control off."""
    return _SESSION.of_visitor is not None


def serve(of_visitor: Callable[[], str] | None) -> None:
    """Ask for the role of every question from now on; None goes back to the one declared.

    Parameters
    ----------
    of_visitor : callable without arguments
        Gives the name of a role, "" where the visitor is the user of this machine.
    """
    _SESSION.of_visitor = of_visitor


def check(name: str, sensitivity: str, detail: str) -> None:
    """Refused where the role in force does not open data at a detail.

    Parameters
    ----------
    name : of the entry
    sensitivity : of the entry
    detail : "cells", "all" or "records"

    Raises
    ------
    Refused
        Saying what the role may open.
    """
    own = in_force()
    if own is None or own.may(sensitivity, detail):
        return
    needs = {
        "cells": _("tables"),
        "all": _("tables with every figure"),
        "records": _("the records themselves"),
    }[detail]
    able = [other.name for other in roles().values() if other.may(sensitivity, detail)]
    raise Refused(
        _(
            "The role {role} may not open {name} as {needs}: its data are of sensitivity {sensitivity}. These may: "
            "{able}."
        ).format(role=own.name, name=name, needs=needs, sensitivity=sensitivity, able=", ".join(able))
    )
