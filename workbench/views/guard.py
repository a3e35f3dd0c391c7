"""What a served page refuses: modules that an address names, other hosts' names, frames on other sites."""

from collections.abc import Iterable

from bokeh.server.util import match_host
from panel.io.server import ComponentResourceHandler
from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.routing import Matcher, Rule
from tornado.web import Application, ErrorHandler, HTTPError, OutputTransform

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def refuse_components() -> None:
    """Answer every address under `/components/` with 404, before anything is imported.

    Panel up to 1.10.0, the newest as of 2026-11, imports whatever module such an address names: an `<img>` on another
    site can run any installed module in this process. Our own components travel inside the page and ask for no file,
    so the list of those allowed is empty. It holds for every Panel server of this process.
    """
    ComponentResourceHandler.parse_url_path = _not_found


def _not_found(_handler: ComponentResourceHandler, _path: str) -> str:
    raise HTTPError(404)


def guard(application: Application, *, hosts: Iterable[str] = (), frames: Iterable[str] = ()) -> None:
    """Let a server answer to its own names only, and say which sites may show it in a frame.

    A page of another site whose name was pointed at this machine (DNS rebinding) sends its own name as `Host`.

    Parameters
    ----------
    application : of Tornado, before it is started
    hosts : names besides those of this machine, such as a hub's; `*` stands for one part of a name
    frames : sites that may show the page in a frame besides its own, as `https://example.org`
    """
    known = (*LOOPBACK, *hosts)
    stranger = Rule(_OtherHost(known), ErrorHandler, {"status_code": 403})
    application.default_router.rules.insert(0, stranger)
    policy = " ".join(["frame-ancestors", "'self'", *frames])
    application.add_transform(lambda _request: _Headers(policy))


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
