"""What Django learns of a request, and from whom."""

import ipaddress
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal import environment
from portal.environment import find_client, is_trusted_proxy, is_unnamed_proxy

PROXY, FARTHER_PROXY, CLIENT, MADE_UP = "10.0.0.1", "10.0.0.2", "203.0.113.9", "198.51.100.1"


def ask(peer: str, *headers: tuple[str, str], path: str = "/") -> dict[str, Any]:
    """What Django learns of a request with these headers."""
    told = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers}
    environ = {"REMOTE_ADDR": peer, "wsgi.url_scheme": "http", "PATH_INFO": path, **told}
    find_client(environ)
    return environ


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
    assert ask(peer, ("x-forwarded-for", forwarded))["REMOTE_ADDR"] == client


@pytest.mark.parametrize(("peer", "scheme"), [(PROXY, "https"), (CLIENT, "http")])
def test_only_a_trusted_proxy_says_that_the_client_speaks_https(peer, scheme):
    assert ask(peer, ("x-forwarded-proto", "https"))["wsgi.url_scheme"] == scheme


def test_django_never_sees_what_a_proxy_or_a_client_says_of_the_way():
    assert not [
        name for name in ask(CLIENT, ("x-forwarded-host", "evil.example"), ("forwarded", "for=x")) if "FORW" in name
    ]


@pytest.mark.parametrize("value", ["1", "proxy.example", "10.0.0.1/8"])
def test_proxies_are_addresses_or_networks(monkeypatch, value):
    monkeypatch.setenv("PORTAL_PROXIES", value if value != "1" else "one")

    with pytest.raises(ImproperlyConfigured, match="PORTAL_PROXIES"):
        environment.read_networks("PORTAL_PROXIES")


def test_a_proxy_that_nobody_named_is_noticed_instead_of_sent_round_for_ever(settings):
    settings.SECURE_SSL_REDIRECT = True
    assert is_unnamed_proxy(ask(CLIENT, ("x-forwarded-proto", "https")))
    assert not is_unnamed_proxy(ask(PROXY, ("x-forwarded-proto", "https")))
    assert not is_unnamed_proxy(ask(CLIENT)), "a browser that speaks http is led to https"
