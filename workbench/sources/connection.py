"""A web session that dials public addresses only, whatever a name or a redirect leads to.

Imported when something is fetched: `requests` takes 0.1 s, and most sessions never go to the network.
"""

from urllib.parse import urljoin

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from workbench.sources.addresses import check_redirect, is_replay, public_numbers, shown_address
from workbench.terms.errors import NotAvailable
from workbench.terms.text import _

MOST_REDIRECTS = 5


class _Dialling:
    """Resolves a name once, looks at every number behind it, and dials one of those that were looked at.

    Between a look at the name and the dialling of it, another answer could come (DNS rebinding): so the number that
    was looked at is dialled.
    """

    def _new_conn(self):
        host, failure = self._dns_host, None
        try:
            numbers = public_numbers(host, self.port)
        except OSError as error:
            raise NameResolutionError(host, self, error) from error
        try:
            for number in numbers:
                self._dns_host = number
                try:
                    return super()._new_conn()
                except (NewConnectionError, ConnectTimeoutError) as error:
                    failure = error
            raise failure
        finally:
            self._dns_host = host  # the certificate is checked against the name


class _HTTP(_Dialling, HTTPConnection):
    pass


class _HTTPS(_Dialling, HTTPSConnection):
    pass


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _HTTP


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _HTTPS


class _PublicOnly(HTTPAdapter):
    """Through a proxy of the environment, the proxy resolves names: what it may reach is decided where it stands."""

    def init_poolmanager(self, *arguments, **options):
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}


def session_for(address: str) -> requests.Session:
    """A session to ask `address` with: no passwords out of a .netrc, files as they are published.

    The test server on this computer is asked without the proxies of the environment.
    """
    session = requests.Session()
    session.auth = lambda request: request
    session.headers.update({"User-Agent": "osh-workbench", "Accept-Encoding": "identity"})
    if is_replay(address):
        session.trust_env = False
    else:
        session.mount("http://", _PublicOnly())
        session.mount("https://", _PublicOnly())
    return session


def ask(session: requests.Session, address: str, waits: tuple[float, float]) -> requests.Response:
    """The answer at `address`, after at most five redirects, each checked before it is followed; without its body.

    The test server cannot lead anywhere.

    Parameters
    ----------
    session, address : as `session_for` gives it, and where to ask
    waits : seconds for a connection, and without a byte

    Raises
    ------
    NotAvailable
        When it leads to a place that is not public, to another kind of address, or on and on.
    """
    place = address
    for _redirect in range(MOST_REDIRECTS + 1):
        try:
            answer = session.get(place, stream=True, timeout=waits, allow_redirects=False)
        except requests.RequestException:
            raise
        except ValueError as error:  # requests takes a Location apart even where it does not follow it
            message = _("{address} redirects to what is not an address.")
            raise NotAvailable(message.format(address=shown_address(place))) from error
        if not answer.is_redirect or is_replay(address):
            return answer
        answer.close()
        target = urljoin(place, answer.headers["Location"])
        check_redirect(place, target)
        place = target
    message = _("{address} redirects more than {n} times.")
    raise NotAvailable(message.format(address=shown_address(address), n=MOST_REDIRECTS))
