"""One file over HTTP: waits and asks again with patience, and takes no page, no half and no flood for data.

The `requests` library is used as it is. pooch, which builds on it, asks again for a page that does not exist as for a
line that dropped, does not heed Retry-After, knows no largest size and follows redirects unseen; fsspec would bring
aiohttp and has none of the four.
"""

import datetime as dt
import email.utils
import gzip
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from workbench.sources.addresses import shown, shown_address
from workbench.sources.packed import is_gzip, is_whole
from workbench.store import sha256_of
from workbench.terms.errors import NotAvailable, ReadError, WorkbenchError
from workbench.terms.text import _

if TYPE_CHECKING:
    import requests

Progress = Callable[[int, int | None], None]
"""Called with bytes so far and bytes in all (None when the publisher does not say)."""

PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""HTTP answers that another attempt may cure."""
_KEPT_HEADERS = ("Content-Type", "Content-Length", "Transfer-Encoding", "Last-Modified", "ETag", "Date")
_CHUNK = 256 * 1024


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long and how much, in seconds and bytes; waits double from `wait` on, or are what Retry-After asks."""

    attempts: int = 4
    wait: float = 1.0
    longest_wait: float = 60.0
    connect: float = 10.0
    silence: float = 30.0  # without a byte
    longest: float = 3600.0  # one attempt, to its last byte
    most_bytes: int = 2_000_000_000


PATIENT = Limits()


class Answered(NotAvailable):
    """A publisher's server that answers with another status than 200, which is kept: `status`."""

    def __init__(self, message: str, status: int):
        super().__init__(message)
        self.status = status


class _Passing(Exception):
    """A fault that another attempt may cure; `wait` is what the publisher asks for."""

    def __init__(self, reason: str, wait: float = 0.0):
        super().__init__(reason)
        self.wait = wait


def transfer(
    address: str, target: Path, *, limits: Limits = PATIENT, progress: Progress | None = None
) -> tuple[str, dict[str, str]]:
    """Write what is at `address` to `target`.

    Parameters
    ----------
    address : http or https; see `checked_address`
    target : file to write
    limits, progress : how long and how much; called with the bytes so far and in all

    Returns
    -------
    sha256 : str
    headers : dict
        Those worth keeping.

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
                message = _("{address} could not be fetched: {reason} (attempt {n} of {most}).")
                if fault.wait:
                    message = _(
                        "{address} could not be fetched: {reason} (attempt {n} of {most}). "
                        "The publisher asks to come back in {wait:.0f} seconds."
                    )
                known = {"address": shown_address(address), "reason": fault, "wait": fault.wait}
                raise NotAvailable(message.format(n=attempt, most=limits.attempts, **known)) from fault
            time.sleep(wait)
    raise ValueError("attempts must be at least 1")


def reachable(address: str) -> str:
    """Whether a server answers within ten seconds, in words; asks once, for headers only.

    Parameters
    ----------
    address : str
        Of http or https.

    Returns
    -------
    str
        That it answers, or why it does not.
    """
    import requests  # 0.08 s with urllib3, and most sessions never go to the network

    from workbench.sources.connection import session_for

    with session_for(address) as session:
        try:
            answer = session.head(address, timeout=10, allow_redirects=False)
            return _("answers ({status})").format(status=answer.status_code)
        except WorkbenchError as error:
            return _("is not asked: {why}").format(why=error)
        except requests.exceptions.SSLError:
            return _("does not answer: its certificate is not trusted")
        except requests.exceptions.Timeout:
            return _("does not answer within ten seconds")
        except requests.RequestException:
            return _("does not answer: no connection")


def _attempt(address: str, target: Path, limits: Limits, progress: Progress | None) -> tuple[str, dict[str, str]]:
    """One attempt: ask, check the answer, receive the body; what libraries raise becomes an error of the workbench."""
    import requests  # 0.08 s with urllib3, as above
    import urllib3

    from workbench.sources.connection import ask, session_for

    shown = shown_address(address)
    try:
        with session_for(address) as session, ask(session, address, (limits.connect, limits.silence)) as answer:
            _check_answer(answer, address)
            digest = _receive(answer, address, target, limits, progress)
            return digest, {key: answer.headers[key] for key in _KEPT_HEADERS if key in answer.headers}
    except requests.exceptions.SSLError as error:
        message = _("{address} could not be fetched: its certificate is not trusted.")
        raise NotAvailable(message.format(address=shown)) from error
    except requests.exceptions.ConnectionError as error:
        refused = bool(error.args) and isinstance(error.args[0], urllib3.exceptions.MaxRetryError)
        if refused or isinstance(error, requests.exceptions.ConnectTimeout):
            # no such host, nobody there, no network: waiting seldom helps, and people wait too
            raise NotAvailable(_("{address} could not be fetched: no connection.").format(address=shown)) from error
        raise _Passing(_("the connection broke")) from error
    except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError) as error:
        raise _Passing(_("nothing came for {seconds:g} seconds").format(seconds=limits.silence)) from error
    except urllib3.exceptions.HTTPError as error:
        raise _Passing(_("it was cut short")) from error
    except requests.exceptions.RequestException as error:
        message = _("{address} could not be fetched: what came is no answer of a web server.")
        raise NotAvailable(message.format(address=shown)) from error


def _check_answer(answer: "requests.Response", address: str) -> None:
    """Raise unless it is a 200, unpacked or packed by gzip."""
    if answer.status_code in PASSING:
        message = _("the publisher answers {code}")
        raise _Passing(message.format(code=_status(answer)), _retry_after(answer))
    if answer.status_code != 200:
        message = _("{address} answers {code}. Has the publisher moved it? Give the file that its page offers now.")
        if answer.status_code == 413:
            message = _("{address} answers {code}: it is too much at once. Ask for fewer years or codes.")
        raise Answered(message.format(address=shown_address(address), code=_status(answer)), answer.status_code)
    encoding = answer.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", "x-gzip", ""):
        message = _("{address} answers in an encoding that was not asked for ({encoding}). Download it with a browser.")
        raise ReadError(message.format(address=shown_address(address), encoding=shown(encoding)))


def _status(answer: "requests.Response") -> str:
    """The number of an answer, and the publisher's word for it as far as it can be printed."""
    reason = "".join(letter for letter in answer.reason or "" if letter.isprintable())[:60]
    return f"{answer.status_code} {reason}".rstrip()


def _retry_after(answer: "requests.Response") -> float:
    """Seconds that the publisher asks to wait: a number, or a date."""
    header = answer.headers.get("Retry-After", "").strip()
    if header.isdecimal():
        return float(header[:9])
    try:
        return max(0.0, (email.utils.parsedate_to_datetime(header) - dt.datetime.now(dt.UTC)).total_seconds())
    except (TypeError, ValueError):
        return 0.0


def _receive(answer: "requests.Response", address: str, target: Path, limits: Limits, progress: Progress | None) -> str:
    """Write the body to `target` and look at it; its SHA-256. What only the way here has packed is unpacked."""
    _write_body(answer, address, target, limits, progress)
    if target.stat().st_size == 0:
        raise ReadError(_("{address} answered with an empty file.").format(address=shown_address(address)))
    if not is_whole(target):
        raise _Passing(_("it was cut short or damaged on the way"))
    # some servers call a .gz file an encoding of what is inside; what is kept is the file as published
    packed_on_the_way = "gzip" in answer.headers.get("Content-Encoding", "").lower()
    if packed_on_the_way and is_gzip(target) and not urlsplit(address).path.endswith(".gz"):
        _unpack(target, address, limits)
    with target.open("rb") as file:
        if _is_page(file.read(2048), answer.headers.get("Content-Type", "")):
            message = _("{address} answered with a web page instead of data. Open it in a browser to see what it says.")
            raise ReadError(message.format(address=shown_address(address)))
    return sha256_of(target)


def _write_body(
    answer: "requests.Response", address: str, target: Path, limits: Limits, progress: Progress | None
) -> None:
    """The bytes as they come, no more and no longer than `limits`, and as many as the publisher says there are."""
    length = answer.headers.get("Content-Length", "")
    total = int(length) if length.isdecimal() and len(length) < 20 else None
    if total is not None and total > limits.most_bytes:
        raise _flood(address, limits)
    size, started = 0, time.monotonic()
    with target.open("wb") as file:
        # read1 gives what is there; `stream` would wait for a full chunk, and a drop every 20 seconds would never end
        while chunk := answer.raw.read1(_CHUNK, decode_content=False):
            size += file.write(chunk)
            if size > limits.most_bytes:
                raise _flood(address, limits)
            if time.monotonic() - started > limits.longest:
                raise _Passing(_("it took longer than {seconds:g} seconds").format(seconds=limits.longest))
            if progress:
                progress(size, total)
    if total is not None and size != total:
        raise _Passing(_("it was cut short"))


def _unpack(target: Path, address: str, limits: Limits) -> None:
    """Replace a file that is whole and packed by what is in it."""
    unpacked, size = target.with_suffix(".unpacked"), 0
    with gzip.open(target) as source, unpacked.open("wb") as file:
        while chunk := source.read(_CHUNK):
            size += file.write(chunk)
            if size > limits.most_bytes:
                raise _flood(address, limits)
    os.replace(unpacked, target)


def _flood(address: str, limits: Limits) -> ReadError:
    message = _("{address} has more than {most:,} bytes, the most that is taken.")
    return ReadError(message.format(address=shown_address(address), most=limits.most_bytes))


def _is_page(start: bytes, content_type: str) -> bool:
    """Whether a body is HTML: by how it starts, and in doubt by what the publisher says it is."""
    head = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not head.startswith(b"<"):
        return False
    html = b"<!doctype html" in head or b"<html" in head
    return html or ("text/html" in content_type.lower() and not head.startswith(b"<?xml"))
