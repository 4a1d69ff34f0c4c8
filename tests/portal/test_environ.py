"""What Django learns of a request, and from whom."""

import ipaddress
from types import SimpleNamespace

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal import environment
from portal.environ import build_environ, find_client, is_trusted_proxy, is_unnamed_proxy

PROXY, FARTHER_PROXY, CLIENT, MADE_UP = "10.0.0.1", "10.0.0.2", "203.0.113.9", "198.51.100.1"


class Headers:
    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self.pairs = pairs

    def items(self) -> list[tuple[str, str]]:
        return self.pairs


def ask(peer: str, *headers: tuple[str, str], path: str = "/") -> SimpleNamespace:
    return SimpleNamespace(
        client=f"{peer}:4711",
        server="127.0.0.1:8000",
        scheme="http",
        method="GET",
        path=path,
        query_string="",
        authority=None,
        http_version="1.1",
        headers=Headers(list(headers)),
    )


@pytest.fixture(autouse=True)
def proxies(settings):
    settings.PORTAL_PROXIES = [ipaddress.ip_network("10.0.0.0/24")]
    is_trusted_proxy.cache_clear()
    yield
    is_trusted_proxy.cache_clear()


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        (PROXY, CLIENT, CLIENT),
        (PROXY, f"{MADE_UP}, {CLIENT}", CLIENT),
        (PROXY, f"{MADE_UP}, {CLIENT}, {FARTHER_PROXY}", CLIENT),
        (PROXY, f"{CLIENT}, nonsense", PROXY),
        (PROXY, "", PROXY),
        (CLIENT, MADE_UP, CLIENT),
    ],
)
def test_the_client_is_the_right_most_address_that_is_no_trusted_proxy(peer, forwarded, client):
    assert find_client(ask(peer, ("x-forwarded-for", forwarded)))[0] == client


def test_two_headers_count_as_one_list():
    scope = ask(PROXY, ("x-forwarded-for", MADE_UP), ("x-forwarded-for", CLIENT))

    assert find_client(scope)[0] == CLIENT


@pytest.mark.parametrize(("peer", "scheme"), [(PROXY, "https"), (CLIENT, "http")])
def test_only_a_trusted_proxy_says_that_the_client_speaks_https(peer, scheme):
    assert find_client(ask(peer, ("x-forwarded-proto", "https")))[1] == scheme


def test_a_header_with_an_underscore_does_not_pass_for_another():
    scope = ask(PROXY, ("x_forwarded_for", MADE_UP), ("user_agent", "fake"), ("x-forwarded-for", CLIENT))

    environ = build_environ(scope, b"", *find_client(scope))

    assert environ["REMOTE_ADDR"] == CLIENT
    assert "HTTP_USER_AGENT" not in environ and "HTTP_X_FORWARDED_FOR" not in environ


def test_cookies_of_two_headers_are_all_read():
    environ = build_environ(ask(CLIENT, ("cookie", "a=1"), ("cookie", "b=2")), b"", CLIENT, "http")

    assert environ["HTTP_COOKIE"] == "a=1; b=2"


def test_the_length_is_that_of_the_body():
    environ = build_environ(ask(CLIENT, ("content-length", "3")), b"a=1", CLIENT, "http")

    assert environ["CONTENT_LENGTH"] == "3" and environ["wsgi.input"].read() == b"a=1"


def test_a_path_of_any_script_arrives():
    assert build_environ(ask(CLIENT, path="/ä"), b"", CLIENT, "http")["PATH_INFO"] == "/ä".encode().decode("latin-1")


@pytest.mark.parametrize("value", ["1", "proxy.example", "10.0.0.1/8"])
def test_proxies_are_addresses_or_networks(monkeypatch, value):
    monkeypatch.setenv("PORTAL_PROXIES", value if value != "1" else "one")

    with pytest.raises(ImproperlyConfigured, match="PORTAL_PROXIES"):
        environment.read_networks("PORTAL_PROXIES")


def test_a_proxy_that_nobody_named_is_noticed_instead_of_sent_round_for_ever(settings):
    settings.SECURE_SSL_REDIRECT = True
    stranger = ask(CLIENT, ("x-forwarded-proto", "https"))
    assert is_unnamed_proxy(stranger, find_client(stranger)[1])
    named = ask(PROXY, ("x-forwarded-proto", "https"))
    assert not is_unnamed_proxy(named, find_client(named)[1])
    assert not is_unnamed_proxy(ask(CLIENT), "http"), "a browser that speaks http is led to https"


@pytest.mark.parametrize("headers", [[], [("host", "portal.example")], [("host", "elsewhere.example")]])
def test_the_name_that_a_whole_address_or_http_2_asks_for_is_the_host(headers):
    asked = ask(CLIENT, *headers)
    assert build_environ(asked, b"", CLIENT, "http").get("HTTP_HOST") == dict(headers).get("host")
    asked.authority = "portal.example"
    assert build_environ(asked, b"", CLIENT, "http")["HTTP_HOST"] == "portal.example"
