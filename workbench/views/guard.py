"""What a served page refuses: modules that an address names, other hosts' names, frames on other sites."""

import os
from collections.abc import Callable, Iterable
from functools import wraps

import panel.io.save as panel_save
import panel.template.base as panel_template
import panel.viewable as panel_viewable
from bokeh.server.util import match_host
from panel.io.server import ComponentResourceHandler
from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.routing import Matcher, Rule
from tornado.web import Application, ErrorHandler, HTTPError, OutputTransform, RequestHandler

from workbench.study.disclose import has_shown_all
from workbench.terms.errors import Refused
from workbench.terms.text import _

MOST_SESSIONS = "WORKBENCH_MOST_SESSIONS"
"""The environment variable with the number of pages that are open at once at most."""
USUAL = 100
"""As many where it is not set: a class of thirty with some pages each."""
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def refuse_components() -> None:
    """Answer every address under `/components/` with 404, before anything is imported.

    Panel up to 1.10.0, the newest as of 2026-11, imports whatever module such an address names: an `<img>` on another
    site can run any installed module in this process. Our own components travel inside the page and ask for no file,
    so the list of those allowed is empty. It holds for every Panel server of this process.
    """
    ComponentResourceHandler.parse_url_path = _not_found


def withhold_in_saved_pages() -> None:
    """Refuse to save a page of a session that has shown figures which are not for release.

    Panel writes whatever its views hold at that moment, with all their data. While disclosure control is on they hold
    what may be seen; a view that was opened while it was off holds every figure.
    """
    for module in (panel_save, panel_viewable, panel_template):
        if not hasattr(module.save, "__wrapped__"):
            module.save = _checked_save(module.save)


def _checked_save(save: Callable) -> Callable:
    @wraps(save)
    def checked(*arguments, **options) -> None:
        if has_shown_all():
            raise Refused(
                _(
                    "The page is not saved: this session has shown figures of persons that are not for release, with "
                    "disclosure control off, and views may still hold them. Open the view in a new session, and save "
                    "it there."
                )
            )
        return save(*arguments, **options)

    return checked


def _not_found(_handler: ComponentResourceHandler, _path: str) -> str:
    raise HTTPError(404)


def guard(application: Application, *, hosts: Iterable[str] = (), frames: Iterable[str] = ()) -> None:
    """Let a server answer to its own names only, to so many pages at once, and say which sites may show it in a frame.

    A page of another site whose name was pointed at this machine (DNS rebinding) sends its own name as `Host`.

    Parameters
    ----------
    application : of Tornado, before it is started
    hosts : names besides those of this machine, such as a hub's; `*` stands for one part of a name
    frames : sites that may show the page in a frame besides its own, as `https://example.org`
    """
    known = (*LOOPBACK, *hosts)
    stranger = Rule(_OtherHost(known), ErrorHandler, {"status_code": 403})
    full = Rule(_Full(application, most_sessions()), _TooMany)
    application.default_router.rules[:0] = [stranger, full]
    policy = " ".join(["frame-ancestors", "'self'", *frames])
    application.add_transform(lambda _request: _Headers(policy))


def most_sessions() -> int:
    """How many pages may be open at once.

    Raises
    ------
    Refused
        For what is no number above 0.
    """
    text = os.environ.get(MOST_SESSIONS, str(USUAL))
    if not text.isdecimal() or int(text) == 0:
        raise Refused(_("{name} is the number of pages open at once, 1 or more.").format(name=MOST_SESSIONS))
    return int(text)


class _Full(Matcher):
    """Matches a request for a new page where as many are open as may be."""

    def __init__(self, application: Application, most: int):
        self._application, self._most = application, most

    def match(self, request: HTTPServerRequest) -> dict | None:
        paths = self._application.app_paths
        if request.path not in paths:
            return None
        is_open = sum(len(self._application.get_sessions(path)) for path in paths)
        return None if is_open < self._most else {}


class _TooMany(RequestHandler):
    """Says that the page has as many visitors as it takes."""

    def get(self) -> None:
        self.set_status(503)
        self.set_header("Retry-After", "120")
        self.finish(_("This page has as many visitors as it takes at once. Please come again in some minutes."))


class _OtherHost(Matcher):
    """Matches a request whose `Host` is none of the known names."""

    def __init__(self, known: tuple[str, ...]):
        self._known = known

    def match(self, request: HTTPServerRequest) -> dict | None:
        host = request.headers.get("Host", "").lower()
        return None if any(match_host(host, name) for name in self._known) else {}


class _Headers(OutputTransform):
    """Adds to every answer who may frame it, that its type is meant, and that links tell no other site of it."""

    def __init__(self, policy: str):
        self._policy = policy

    def transform_first_chunk(self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool):
        headers["Content-Security-Policy"] = self._policy
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        return status_code, headers, chunk
