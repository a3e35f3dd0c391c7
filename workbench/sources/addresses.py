"""Which addresses may be asked, and how one is shown: no place of a private network, nothing that opens a door."""

import ipaddress
import os
import re
import socket
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

from workbench.terms.errors import NotAvailable, Refused
from workbench.terms.text import _

LIVE_BASE = "WORKBENCH_LIVE_BASE"
"""Environment variable for tests: addresses are asked of this server instead, which must be on this computer."""
LOCAL_HOSTS = ("127.0.0.1", "::1", "localhost")
_PRIVATE_NAMES = ("localhost", "local", "localdomain", "internal", "intranet", "lan", "home.arpa")
"""Ends of names that no public resolver answers: cloud machines find their metadata at metadata.google.internal."""
_NOT_PUBLIC = tuple(map(ipaddress.ip_network, ("168.63.129.16/32", "192.0.0.0/24")))
"""Public to Python or to some of its versions: what Azure's and Oracle's machines find their own host by."""
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address in its last four bytes

_SECRET_NAMES = frozenset({"auth", "jwt", "key", "pass", "passwd", "pin", "pwd", "sas", "sid", "sig"})
_SECRET_PARTS = ("accesskey", "apikey", "bearer", "credential", "hmac", "passphrase", "password", "secret", "session")
_SECRET_PARTS += ("signature", "subscriptionkey", "token", "authorization", "authkey", "privatekey")
_HOST = re.compile(r"[a-z0-9._-]+")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_SETTING = re.compile(r"(?<=[?&;#])([^=&;#\s?]{1,200})=([^&;#\s'\"]*)")
_USER = re.compile(r"//[^/]*@")


def address_fault(address: object) -> str | None:
    """Why a catalogue may not name `address`, or None: http or https, a public host, no credentials.

    Signatures and tokens in the query or the fragment are credentials too: who has the address has the file.
    """
    if fault := place_fault(address):
        return fault
    parts = urlsplit(address)
    if any(is_secret(name) or _USER.search(unquote(value)) for name, value in settings(address)):
        message = _("the address at {host} carries credentials. Take them out: catalogues are shared.")
        return message.format(host=parts.hostname)
    return None


def place_fault(address: object) -> str | None:
    """Why `address` may not be opened, or None: http or https, a public host, no user in front of it."""
    if not isinstance(address, str) or not address.isprintable() or re.search(r"[\s\\]", address):
        return _("{address} is not an address.").format(address=shown(address))
    try:
        parts = urlsplit(address)
        host, _port, user = parts.hostname, parts.port, parts.username
    except ValueError:
        return _("{address} is not an address.").format(address=shown(address))
    if parts.scheme not in ("http", "https") or not host:
        return _("{address} is not an http or https address.").format(address=shown(address))
    if user is not None:
        message = _("the address at {host} carries credentials. Take them out: catalogues are shared.")
        return message.format(host=host)
    return host_fault(host)


def host_fault(host: str) -> str | None:
    """Why a host, as it is written, may not be asked, or None; what its name leads to is checked when it is dialled.

    Numbers are taken only as four decimal ones: 127.1, 0x7f.1, 017700000001 and 2130706433 all mean this computer.
    """
    host = host.lower().removesuffix(".")
    numeric = ":" in host or _NUMBER.fullmatch(host.rpartition(".")[2])
    if numeric:
        try:
            public = is_public(host)
        except ValueError:
            return _("{host} is not a host: write a name, or an address of four numbers.").format(host=shown(host))
    elif not _HOST.fullmatch(host):
        return _("{host} is not a host: write it in plain letters, digits and hyphens.").format(host=shown(host))
    else:
        public = "." in host and not any(f".{host}".endswith(f".{name}") for name in _PRIVATE_NAMES)
    return None if public else _private(host)


def is_public(number: str) -> bool:
    """Whether an IP address can be reached by everybody: not this computer, not a private, local or shared network.

    Raises
    ------
    ValueError
        When it is not one, or not in its usual form.
    """
    address = ipaddress.ip_address(number.partition("%")[0])
    inside = [address]
    if address.version == 6:
        teredo = address.teredo or ()
        inside += [found for found in (address.ipv4_mapped, address.sixtofour, *teredo) if found]
        if address in _NAT64:
            inside.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return all(
        one.is_global and not one.is_multicast and not any(one in network for network in _NOT_PUBLIC) for one in inside
    )


def public_numbers(host: str, port: int) -> list[str]:
    """The IP addresses that a name leads to, at the most four; they are what is then dialled.

    Raises
    ------
    Refused
        When one of them is not public: the name was made to lead into this network.
    OSError
        When the name is not known.
    """
    found = dict.fromkeys(entry[4][0] for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    if not all(is_public(number) for number in found):
        raise Refused(_private(host))
    return list(found)[:4]


def check_redirect(start: str, target: str) -> None:
    """See that a publisher's server may lead on to `target`: a public place, not less safe than before.

    Raises
    ------
    NotAvailable
        When it may not; from https only to https.
    """
    if fault := place_fault(target):
        message = _("{address} redirects to an address that is not allowed: {fault}")
        raise NotAvailable(message.format(address=shown_address(start), fault=fault))
    if start.startswith("https:") and not target.startswith("https:"):
        message = _("{address} redirects to {other}, which is not encrypted.")
        raise NotAvailable(message.format(address=shown_address(start), other=shown_address(target)))


def checked_address(address: str) -> str:
    """The address that is really asked: that of the test server, when LIVE_BASE names one.

    Raises
    ------
    Refused
        For an address that may not be asked, or a test server that is not on this computer.
    """
    if fault := address_fault(address):
        raise Refused(fault)
    base = os.environ.get(LIVE_BASE)
    if not base:
        return address
    server = urlsplit(base)
    if server.scheme not in ("http", "https") or server.hostname not in LOCAL_HOSTS:
        message = _("{variable} is {base}. Only a server on this computer is taken, http://127.0.0.1:8000 for example.")
        raise Refused(message.format(variable=LIVE_BASE, base=shown(base)))
    return urlunsplit((server.scheme, server.netloc, *urlsplit(address)[2:4], ""))


def is_replay(address: str) -> bool:
    """Whether an address is that of the test server, the one place on this computer that is asked."""
    base = urlsplit(os.environ.get(LIVE_BASE, ""))
    return base.hostname in LOCAL_HOSTS and urlsplit(address)[:2] == base[:2]


def settings(address: str) -> list[tuple[str, str]]:
    """Names and values in the query and the fragment of an address.

    Parameters
    ----------
    address : str
        Of any kind.

    Returns
    -------
    list of (str, str)
    """
    parts = urlsplit(address)
    texts = [part.replace(";", "&") for part in (parts.query, parts.fragment.replace("?", "&"))]
    return [pair for text in texts for pair in parse_qsl(text, keep_blank_values=True)]


def is_secret(name: str) -> bool:
    """Whether a setting of that name opens a door: sig, token, X-Amz-Signature, AWSAccessKeyId, api_key."""
    letters = "".join(letter for letter in unquote(name).lower() if letter.isalnum())
    return letters in _SECRET_NAMES or any(part in letters for part in _SECRET_PARTS)


def shown_address(text: str) -> str:
    """A text with addresses in it as messages may show it: without users, passwords, signatures and tokens."""
    plain = _USER.sub("//...@", text)
    return _SETTING.sub(lambda found: f"{found[1]}=..." if is_secret(found[1]) else found[0], plain)


def shown(value: object) -> str:
    """A value as a refusal quotes it: cut short, and without what may be a password.

    Parameters
    ----------
    value : object
        An address, or part of one.

    Returns
    -------
    str
    """
    quoted = shown_address(repr(value if not isinstance(value, str) else value[:2_000]))
    return quoted if len(quoted) <= 80 else quoted[:77] + "..."


def _private(host: str) -> str:
    message = _(
        "{host} is on this computer or in a private network, where nothing is fetched from. "
        "Download the file yourself and load it with --from."
    )
    return message.format(host=shown_address(host)[:80])
