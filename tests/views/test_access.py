"""Who visits a served page: OAuth's user, or the one that a trusted proxy names; nobody else by a header."""

from types import SimpleNamespace

import panel as pn
import pytest

from workbench.terms.errors import Refused
from workbench.views import access
from workbench.views.access import role_of_visitor


@pytest.fixture
def visit(monkeypatch, tmp_path):
    """A request of some address with some headers, and a list of users."""
    users = tmp_path / "users.yml"
    users.write_text("ada: researcher\nbea: inspector\n")
    monkeypatch.setenv(access.USERS, str(users))

    def visiting(address: str = "10.0.0.5", headers: dict | None = None, user: str | None = None) -> None:
        request = SimpleNamespace(remote_ip=address, headers=headers or {})
        document = SimpleNamespace(session_context=SimpleNamespace(request=request))
        monkeypatch.setattr(access, "pn", SimpleNamespace(state=SimpleNamespace(curdoc=document, user=user)))

    return visiting


def test_the_user_of_this_machine_has_the_role_that_was_declared(visit):
    visit()
    assert role_of_visitor(open_to_others=False) == ""


def test_a_page_for_others_without_a_sign_in_is_for_the_public(visit):
    visit()
    assert role_of_visitor(open_to_others=True) == "public"


def test_a_user_who_signed_in_has_the_role_of_the_list_and_an_unknown_one_is_public(visit):
    visit(user="ada")
    assert role_of_visitor(open_to_others=True) == "researcher"
    visit(user="eve")
    assert role_of_visitor(open_to_others=True) == "public"


@pytest.mark.parametrize(
    ("address", "role"), [("127.0.0.1", "inspector"), ("10.0.0.5", "public"), ("", "public"), ("::1", "public")]
)
def test_the_header_of_the_configured_proxy_alone_is_believed(visit, monkeypatch, address, role):
    monkeypatch.setenv(access.PROXY, "127.0.0.1")
    visit(address, {access.HEADER: "bea"})
    assert role_of_visitor(open_to_others=False) == role


def test_without_a_configured_proxy_no_header_is_believed(visit):
    visit("127.0.0.1", {access.HEADER: "bea"})
    assert role_of_visitor(open_to_others=True) == "public"


@pytest.mark.parametrize("text", ["- a list", "ada: king", "a: {b: c}", "{"])
def test_a_list_of_users_that_is_none_opens_nothing(visit, monkeypatch, tmp_path, text):
    path = tmp_path / "wrong.yml"
    path.write_text(text)
    monkeypatch.setenv(access.USERS, str(path))
    visit(user="ada")
    with pytest.raises(Refused, match=access.USERS):
        role_of_visitor(open_to_others=True)


def test_panel_has_what_is_asked_of_it():
    assert hasattr(pn.state, "user") and hasattr(type(pn.state), "curdoc")
