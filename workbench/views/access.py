"""Who visits a served page: the user that Panel's OAuth or a trusted proxy names, and the role that user has."""

import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path

import panel as pn
import yaml

from workbench.disclosure_control.roles import PUBLIC, roles
from workbench.terms.errors import Refused
from workbench.terms.text import _

PROXY = "WORKBENCH_PROXY"
"""The environment variable with the address of the proxy whose header is believed, such as 127.0.0.1."""
HEADER = "X-Forwarded-User"
USERS = "WORKBENCH_USERS"
"""The environment variable with the path of a YAML file: user -> role."""


def role_of_visitor(*, open_to_others: bool) -> str:
    """The name of the role of whoever asks.

    Parameters
    ----------
    open_to_others : bool
        Whether the page has names besides those of this machine.

    Returns
    -------
    str
        "" for the user of this machine, where the page is for this machine alone and asks nobody to sign in.

    Raises
    ------
    Refused
        For a list of users that is none, or names roles that there are not.
    """
    user = _user()
    if user is None:
        return PUBLIC if open_to_others or os.environ.get(PROXY) else ""
    return _listed().get(user, PUBLIC)


def _user() -> str | None:
    """The name of a user who signed in, None where nobody did."""
    proxy = os.environ.get(PROXY)
    if proxy:
        request = getattr(getattr(pn.state.curdoc, "session_context", None), "request", None)
        if request is None or not _same(getattr(request, "remote_ip", ""), proxy):
            return None  # whoever comes past the proxy may write any header
        return request.headers.get(HEADER)
    return pn.state.user


def _same(address: str, other: str) -> bool:
    try:
        return ipaddress.ip_address(address) == ipaddress.ip_address(other)
    except ValueError:
        return False


def _listed() -> Mapping[str, str]:
    """The roles of users, by their names."""
    path = os.environ.get(USERS)
    if not path:
        return {}
    try:
        users = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise Refused(_("The list of users that {name} names cannot be read.").format(name=USERS)) from error
    if not isinstance(users, dict) or any(role not in list(roles()) for role in users.values()):
        raise Refused(
            _("The list of users that {name} names has lines of user: role, with the roles {roles}.").format(
                name=USERS, roles=", ".join(roles())
            )
        )
    return users
