"""Nobody is sent into a private network, by whatever name, number or redirect; what opens a door is never shown."""

import socket

import pytest
import urllib3.connection

from workbench.sources.addresses import (
    address_fault,
    check_redirect,
    host_fault,
    is_public,
    is_secret,
    place_fault,
    shown_address,
)
from workbench.sources.connection import ask, session_for
from workbench.sources.kept import fetch
from workbench.sources.transfer import Limits, reachable
from workbench.terms.errors import NotAvailable, Refused

QUICK = Limits(attempts=1, connect=2, silence=1, longest=5)
PUBLIC = "93.184.216.34"
PRIVATE_NUMBERS = [
    "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.0.0.7", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
    "169.254.170.2", "100.64.0.1", "100.100.100.200", "192.0.0.192", "198.18.0.1", "224.0.0.1", "240.0.0.1",
    "255.255.255.255", "168.63.129.16", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254",
    "::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::",
    "2002:c0a8:101::1",     "2001:0:4136:e378:8000:63bf:3fff:fdd2", "ff02::1",
]  # fmt: skip
OTHER_FORMS = [
    "127.1", "127.0.1", "0x7f.1", "0x7f000001", "0x7F.0.0.1", "2130706433", "017700000001", "0177.0.0.1", "127.0.0.1.",
    "0", "0x0", "1", "127.0.0.01", "10.1", "3232235777", "169.254.43518", "1.2.3.4.5", "256.1.1.1", "%31%32%37.0.0.1",
    "１２７.0.0.1", "127。0。0。1",
    "ⓛocalhost", "localhost", "LOCALHOST", "localhost.", "my.localhost", "printer.local",
    "metadata.google.internal", "wiki.intranet", "nas.lan", "router.home.arpa", "intranet", "localhost.localdomain",
]  # fmt: skip


@pytest.mark.parametrize("number", PRIVATE_NUMBERS)
def test_a_number_that_is_not_public_is_refused_wherever_it_stands(number):
    host = f"[{number}]" if ":" in number else number
    assert not is_public(number)
    assert host_fault(number) and address_fault(f"http://{host}/x.csv") and place_fault(f"https://{host}:8443/x")


@pytest.mark.parametrize("host", OTHER_FORMS)
def test_other_ways_to_write_this_computer_are_refused(host):
    assert host_fault(host) and address_fault(f"http://{host}/x.csv")


@pytest.mark.parametrize(
    "host", ["ec.europa.eu", "dati.inail.it", "www.ine.es", "example.org.", "1e100.net", "0x7f.example.org"]
)
def test_a_public_name_is_taken(host):
    assert host_fault(host) is None and address_fault(f"https://{host}/x.csv") is None


@pytest.mark.parametrize("number", [PUBLIC, "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "2a00:1450:4001::1"])
def test_a_public_number_is_taken(number):
    assert is_public(number)


def test_the_refusal_says_what_to_do():
    fault = address_fault("http://192.168.1.1/x.csv")
    assert fault == (
        "192.168.1.1 is on this computer or in a private network, where nothing is fetched from. "
        "Download the file yourself and load it with --from."
    )


SECRETS = ["sig", "Sig", "token", "access_token", "X-Amz-Signature", "X-Amz-Credential", "X-Amz-Security-Token"]
SECRETS += ["AWSAccessKeyId", "X-Goog-Signature", "Signature", "api_key", "api-key", "subscription-key", "key", "jwt"]
SECRETS += ["client_secret", "auth", "jsessionid", "%73ig", "private_token", "password", "pwd", "sas"]


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize(
    "place", ["?format=TSV&{}=hidden7", "#{}=hidden7", "#/path?{}=hidden7", "?a=1;{}=hidden7", "?{}=hidden7#top"]
)
def test_signatures_and_tokens_are_credentials_and_are_not_shown(name, place):
    address = "https://example.org/x.csv" + place.format(name)
    assert "credentials" in address_fault(address)
    assert "hidden7" not in shown_address(f"see {address} there") + address_fault(address)
    assert place_fault(address) is None  # a publisher's server may lead on to a signed address


@pytest.mark.parametrize(
    "name", ["format", "compressed", "geo", "unit", "lang", "region", "monkeys", "design", "passengers"]
)
def test_settings_of_a_table_are_no_credentials(name):
    assert not is_secret(name)
    assert address_fault(f"https://example.org/x?{name}=1") is None


def test_an_address_inside_an_address_is_looked_at_too():
    assert "credentials" in address_fault("https://example.org/x?from=https%3A%2F%2Fana%3Ahidden7%40db.example.org%2F")


@pytest.fixture
def web(monkeypatch):
    """A web of names and answers, without a network: `names` to numbers, `answers` by number, and what was dialled."""

    class Web:
        def __init__(self):
            self.names, self.answers, self.dialled = {}, {}, []

        def resolve(self, host, port, *_arguments, **_options):
            if host not in self.names:
                raise socket.gaierror(-2, "Name or service not known")
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, port)) for number in self.names[host]]

        def dial(self, address, *_arguments, **_options):
            self.dialled.append(address[0])
            assert is_public(address[0]), f"{address[0]} was dialled"
            ours, theirs = socket.socketpair()
            theirs.sendall(self.answers[address[0]])
            theirs.shutdown(socket.SHUT_WR)
            self.ends.append(theirs)
            return ours

    web = Web()
    web.ends = []
    for variable in (
        "WORKBENCH_LIVE_BASE",
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
    ):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(socket, "getaddrinfo", web.resolve)
    monkeypatch.setattr(urllib3.connection.connection, "create_connection", web.dial)
    yield web
    for end in web.ends:
        end.close()


def says(body: bytes = b"a;b\n1;2\n", status: str = "200 OK", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def test_a_public_name_is_dialled_by_the_number_that_was_looked_at(web):
    web.names["example.org"], web.answers[PUBLIC] = [PUBLIC], says()
    assert fetch("http://example.org/x.csv", name="x.csv", limits=QUICK).read_bytes() == b"a;b\n1;2\n"
    assert web.dialled == [PUBLIC]


@pytest.mark.parametrize("number", PRIVATE_NUMBERS)
def test_a_public_name_that_leads_to_a_private_number_is_not_dialled(number, web):
    web.names["rebound.example.org"] = [number]
    with pytest.raises(Refused, match="rebound.example.org is on this computer or in a private network"):
        fetch("http://rebound.example.org/x.csv", name="x.csv", limits=QUICK)
    assert web.dialled == []


def test_one_private_number_among_public_ones_is_enough_to_refuse(web):
    web.names["mixed.example.org"] = [PUBLIC, "10.0.0.7"]
    with pytest.raises(Refused, match="private network"):
        fetch("http://mixed.example.org/x.csv", name="x.csv", limits=QUICK)
    assert web.dialled == []


REDIRECTS = {
    "http://inside.example.org/x": "private network",
    "http://169.254.169.254/latest/meta-data": "private network",
    "http://127.1/x": "is not a host",
    "//2130706433/x": "is not a host",
    "http://[::ffff:127.0.0.1]/x": "private network",
    "http://localhost:8888/x": "private network",
    "file:///etc/hosts": "not an http or https address",
    "ftp://example.org/x": "not an http or https address",
    "gopher://example.org/x": "not an http or https address",
    "data:text/csv,a;b": "not an http or https address",
    "http://ana:hidden7@example.org/x": "carries credentials",
    "http://[": "is not an address",
}


@pytest.mark.parametrize(("target", "reason"), REDIRECTS.items())
@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_a_redirect_into_a_private_network_or_to_another_scheme_is_not_followed(target, reason, status, web):
    web.names |= {"example.org": [PUBLIC], "inside.example.org": ["192.168.1.1"]}
    web.answers[PUBLIC] = says(b"", status, Location=target)
    with pytest.raises((NotAvailable, Refused), match=reason) as caught:
        fetch("http://example.org/x.csv", name="x.csv", limits=QUICK)
    assert web.dialled == [PUBLIC] and "hidden7" not in str(caught.value)


def test_a_redirect_is_followed_to_a_signed_address_which_is_not_shown(web):
    signed = "http://store.example.net/x?X-Amz-Signature=hidden7&X-Amz-Expires=60"
    web.names |= {"example.org": [PUBLIC], "store.example.net": ["93.184.216.35"]}
    web.answers |= {PUBLIC: says(b"", "302 Found", Location=signed), "93.184.216.35": says(b"a;b\n")}
    path = fetch("http://example.org/x.csv", name="x.csv", limits=QUICK)
    assert path.read_bytes() == b"a;b\n" and web.dialled == [PUBLIC, "93.184.216.35"]
    assert not any(b"hidden7" in file.read_bytes() for file in path.parents[1].rglob("*") if file.is_file())
    web.answers["93.184.216.35"] = says(b"", "302 Found", Location="https://localhost/?sig=hidden7")
    with pytest.raises(NotAvailable) as caught:
        fetch("http://example.org/y.csv", name="y.csv", limits=QUICK)
    assert "hidden7" not in str(caught.value) and "store.example.net/x?X-Amz-Signature=...&" in str(caught.value)


def test_redirects_that_never_end_are_left_after_five(web):
    web.names["example.org"] = [PUBLIC]
    web.answers[PUBLIC] = says(b"", "302 Found", Location="/again")
    with pytest.raises(NotAvailable, match="redirects more than 5 times"):
        fetch("http://example.org/x.csv", name="x.csv", limits=QUICK)
    assert len(web.dialled) == 6


def test_an_encrypted_address_must_not_lead_to_an_open_one():
    with pytest.raises(NotAvailable, match="redirects to http://example.org/x, which is not encrypted"):
        check_redirect("https://example.org/x", "http://example.org/x")
    check_redirect("http://example.org/x", "https://example.org/x")


def test_a_name_that_nobody_knows_is_no_connection(web):
    with pytest.raises(NotAvailable, match="could not be fetched: no connection"):
        fetch("http://unknown.example.org/x.csv", name="x.csv", limits=QUICK)


def test_the_certificate_is_checked_against_the_name_not_the_number(web):
    web.names["example.org"], web.answers[PUBLIC] = [PUBLIC], b""
    pool = session_for("https://example.org/").get_adapter("https://example.org/").poolmanager
    connection = pool.connection_from_url("https://example.org/")._new_conn()
    connection._new_conn().close()
    assert (connection.host, web.dialled) == ("example.org", [PUBLIC])


def test_the_doctor_asks_no_private_place_either(web):
    web.names["inside.example.org"] = ["10.0.0.7"]
    assert "private network" in reachable("http://inside.example.org/")
    assert reachable("http://unknown.example.org/") == "does not answer: no connection"
    web.names["example.org"], web.answers[PUBLIC] = [PUBLIC], says(b"")
    assert reachable("http://example.org/") == "answers (200)"
    assert web.dialled == [PUBLIC]


def test_an_answer_that_was_not_asked_for_packed_is_refused(web):
    web.names["example.org"], web.answers[PUBLIC] = [PUBLIC], says(b"x", **{"Content-Encoding": "br"})
    with session_for("http://example.org/") as session, ask(session, "http://example.org/", (1, 1)) as answer:
        assert answer.headers["Content-Encoding"] == "br"
    with pytest.raises(Exception, match="an encoding that was not asked for"):
        fetch("http://example.org/x.csv", name="x.csv", limits=QUICK)
