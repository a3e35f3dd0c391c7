"""One file over HTTP, with patience and suspicion: waits and asks again, and takes no page, no half and no flood for data.

The `requests` library is used as it is. pooch, which builds on it, asks again for a page that does not exist as for a line
that dropped, does not heed Retry-After and knows no largest size; fsspec would bring aiohttp and has none of the three.
"""

import datetime as dt
import email.utils
import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from workbench.sources.catalog_schema import address_fault
from workbench.terms.errors import NotAvailable, ReadError, Refused
from workbench.terms.text import _

Progress = Callable[[int, int | None], None]
"""Called with bytes so far and bytes in all (None when the publisher does not say)."""

LIVE_BASE = "WORKBENCH_LIVE_BASE"
"""Environment variable for tests: addresses are asked of this server, same path and query; only one on this computer is taken."""
LOCAL_HOSTS = ("127.0.0.1", "::1", "localhost")
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""HTTP answers that another attempt may cure."""
_KEPT_HEADERS = ("Content-Type", "Content-Length", "Last-Modified", "ETag", "Date")
_CHUNK = 256 * 1024


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long and how much, in seconds and bytes. The n-th wait is `wait` times 2 to the n, or what Retry-After asks."""

    attempts: int = 4
    wait: float = 1.0
    longest_wait: float = 60.0
    connect: float = 10.0
    silence: float = 30.0  # without a byte
    longest: float = 3600.0  # one attempt, to its last byte
    most_bytes: int = 2_000_000_000


PATIENT = Limits()


def asked_address(address: str) -> str:
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
        said = _("{variable} is {base!r}. Only a server on this computer is taken, http://127.0.0.1:8000 for example.")
        raise Refused(said.format(variable=LIVE_BASE, base=base))
    return urlunsplit((server.scheme, server.netloc, *urlsplit(address)[2:4], ""))


class _Passing(Exception):
    """A fault that another attempt may cure; `wait` is what the publisher asks for."""

    def __init__(self, reason: str, wait: float = 0.0):
        super().__init__(reason)
        self.wait = wait


def transfer(
    address: str, target: Path, *, limits: Limits = PATIENT, progress: Progress | None = None
) -> tuple[str, dict[str, str]]:
    """Write what is at `address` to `target`: its SHA-256 and the headers worth keeping.

    Raises
    ------
    NotAvailable
        When the publisher cannot be reached, stops half-way each time, or answers that it has no such file.
    ReadError
        When what comes is a web page, empty or too large.
    """
    for attempt in range(1, limits.attempts + 1):
        try:
            return _attempt(address, target, limits, progress)
        except _Passing as fault:
            wait = max(fault.wait, limits.wait * 2 ** (attempt - 1))
            if attempt == limits.attempts or wait > limits.longest_wait:
                what = _("{address} could not be fetched: {reason} (attempt {n} of {most}).").format(
                    address=address, reason=fault, n=attempt, most=limits.attempts
                )
                later = (
                    _(" The publisher asks to come back in {n:.0f} seconds.").format(n=fault.wait) if fault.wait else ""
                )
                raise NotAvailable(what + later) from fault
            time.sleep(wait)
    raise ValueError("attempts must be at least 1")


def reachable(address: str) -> str:
    """Whether a server answers within ten seconds, in words; asks once, for headers only."""
    import requests

    try:
        return _("answers ({status})").format(status=requests.head(address, timeout=10).status_code)
    except requests.RequestException as error:
        return _("does not answer ({why})").format(why=type(error).__name__)


def _attempt(address: str, target: Path, limits: Limits, progress: Progress | None) -> tuple[str, dict[str, str]]:
    import requests  # here, because it takes 0.1 s and most sessions never go to the network
    import urllib3

    with requests.Session() as session:
        # to oneself without the proxies of the environment, and never from there to somewhere else
        local = urlsplit(address).hostname in LOCAL_HOSTS
        session.trust_env, session.max_redirects = not local, 5
        session.auth = lambda request: request  # no passwords out of a .netrc
        session.headers.update({"User-Agent": "osh-workbench", "Accept-Encoding": "identity"})  # the file as published
        waits = (limits.connect, limits.silence)
        try:
            with session.get(address, stream=True, timeout=waits, allow_redirects=not local) as answer:
                _check_answer(answer, address)
                digest = _receive(answer, address, target, limits, progress)
                return digest, {key: answer.headers[key] for key in _KEPT_HEADERS if key in answer.headers}
        except requests.exceptions.SSLError as error:
            raise NotAvailable(
                _("{address} could not be fetched: its certificate is not trusted.").format(address=address)
            ) from error
        except requests.exceptions.ConnectionError as error:
            refused = bool(error.args) and isinstance(error.args[0], urllib3.exceptions.MaxRetryError)
            if refused or isinstance(error, requests.exceptions.ConnectTimeout):
                # no such host, nobody there, no network: waiting seldom helps, and people wait too
                raise NotAvailable(
                    _("{address} could not be fetched: no connection.").format(address=address)
                ) from error
            raise _Passing(_("the connection broke")) from error
        except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError) as error:
            raise _Passing(_("nothing came for {seconds:g} seconds").format(seconds=limits.silence)) from error
        except urllib3.exceptions.HTTPError as error:
            raise _Passing(_("it was cut short")) from error
        except requests.exceptions.RequestException as error:
            raise NotAvailable(
                _("{address} could not be fetched: {error}.").format(address=address, error=error)
            ) from error


def _check_answer(answer, address: str) -> None:
    """Raise unless it is a 200 that came the way it was asked for."""
    if address.startswith("https:") and not answer.url.startswith("https:"):
        raise NotAvailable(
            _("{address} leads on to {other}, which is not encrypted.").format(address=address, other=answer.url)
        )
    if answer.status_code in PASSING:
        raise _Passing(
            _("the publisher answers {code} {reason}").format(code=answer.status_code, reason=answer.reason),
            _retry_after(answer),
        )
    if answer.status_code != 200:
        gone = _(
            "{address} answers {code} {reason}. Has the publisher moved it? Give the file that its page offers now."
        )
        raise NotAvailable(gone.format(address=address, code=answer.status_code, reason=answer.reason))


def _retry_after(answer) -> float:
    """Seconds that the publisher asks to wait: a number, or a date."""
    asked = answer.headers.get("Retry-After", "").strip()
    if asked.isdigit():
        return float(asked)
    try:
        return max(0.0, (email.utils.parsedate_to_datetime(asked) - dt.datetime.now(dt.UTC)).total_seconds())
    except (TypeError, ValueError):
        return 0.0


def _receive(answer, address: str, target: Path, limits: Limits, progress: Progress | None) -> str:
    """Write the body to `target`; its SHA-256."""
    total = int(answer.headers["Content-Length"]) if answer.headers.get("Content-Length", "").isdigit() else None
    flood = ReadError(
        _("{address} has more than {most:,} bytes, the most that is taken.").format(
            address=address, most=limits.most_bytes
        )
    )
    if total is not None and total > limits.most_bytes:
        raise flood
    hasher, size, started = hashlib.sha256(), 0, time.monotonic()
    # some servers call a .gz file an encoding of what is inside; what is kept is the file as published
    decode = not urlsplit(address).path.endswith(".gz")
    with target.open("wb") as file:
        # read1 gives what is there; `stream` would wait for a full chunk, and a drop every 20 seconds would never end
        while chunk := answer.raw.read1(_CHUNK, decode_content=decode):
            hasher.update(chunk)
            size += file.write(chunk)
            if size > limits.most_bytes:
                raise flood
            if time.monotonic() - started > limits.longest:
                raise _Passing(_("it took longer than {seconds:g} seconds").format(seconds=limits.longest))
            if progress:
                progress(size, total)
    if total is not None and "Content-Encoding" not in answer.headers and size != total:
        raise _Passing(_("it was cut short"))
    if size == 0:
        raise ReadError(_("{address} answered with an empty file.").format(address=address))
    with target.open("rb") as file:
        if _is_page(file.read(2048), answer.headers.get("Content-Type", "")):
            page = _("{address} answered with a web page instead of data. Open it in a browser to see what it says.")
            raise ReadError(page.format(address=address))
    return hasher.hexdigest()


def _is_page(start: bytes, content_type: str) -> bool:
    """Whether a body is HTML: by how it starts, and in doubt by what the publisher says it is."""
    head = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not head.startswith(b"<"):
        return False
    html = b"<!doctype html" in head or b"<html" in head
    return html or ("text/html" in content_type.lower() and not head.startswith(b"<?xml"))
