"""Which systems may ask: what the settings say of them, and the token that is made for one."""

import json
import shlex
from io import StringIO

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from consents.ops.demo.customers import PASSWORD
from consents.systems.rules import System
from consents.systems.selectors import find_system
from portal.environment import read_systems

HASH = "a" * 64


def test_a_token_is_shown_once_and_its_hash_counts(settings, monkeypatch):
    out = StringIO()
    call_command("make_system_token", "newsletter", "offers", "news", stdout=out)
    first, second = out.getvalue().splitlines()

    [line] = shlex.split(second)  # as a shell reads it
    monkeypatch.setenv(*line.split("=", 1))
    settings.PORTAL_SYSTEMS = read_systems("PORTAL_SYSTEMS", is_demo=False)

    system = find_system(f"Bearer {first.rpartition(' ')[2]}")
    assert system and (system.name, system.purposes) == ("newsletter", {"offers", "news"})
    assert find_system(f"Bearer {HASH}") is None


@pytest.mark.parametrize("words", [["News Letter", "offers"], ["n" * 61, "offers"], ["newsletter", "offers", "ö"]])
def test_no_token_is_made_for_names_that_the_settings_would_refuse(words):
    out = StringIO()

    with pytest.raises(CommandError, match="is no "):
        call_command("make_system_token", *words, stdout=out)
    assert out.getvalue() == ""


def test_the_token_of_the_demo_is_its_password(settings):
    settings.PORTAL_SYSTEMS = read_systems("PORTAL_SYSTEMS", is_demo=True)

    assert find_system(f"Bearer {PASSWORD}") == settings.PORTAL_SYSTEMS[0]


def test_each_system_has_its_own(monkeypatch):
    said = {name: {"purposes": ["offers"], "tokens": [name * 64]} for name in ("a", "b")}
    monkeypatch.setenv("PORTAL_SYSTEMS", json.dumps(said))

    assert read_systems("PORTAL_SYSTEMS", is_demo=False) == tuple(
        System(name, frozenset(["offers"]), (name * 64,)) for name in ("a", "b")
    )


@pytest.mark.parametrize(
    "said",
    [
        {"News Letter": {"purposes": ["offers"], "tokens": [HASH]}},
        {"newsletter": []},
        {"newsletter": {"purposes": ["offers"]}},
        {"newsletter": {"purposes": [], "tokens": [HASH]}},
        {"newsletter": {"purposes": "offers", "tokens": [HASH]}},
        {"newsletter": {"purposes": [1], "tokens": [HASH]}},
        {"newsletter": {"purposes": ["offers"], "tokens": []}},
        {"newsletter": {"purposes": ["offers"], "tokens": ["secret"]}},
        {"newsletter": {"purposes": ["offers"], "tokens": [HASH, "b" * 64, "c" * 64]}},
        {name: {"purposes": ["offers"], "tokens": [HASH]} for name in ("one", "other")},
    ],
)
def test_settings_that_are_no_systems_are_refused(said, monkeypatch):
    monkeypatch.setenv("PORTAL_SYSTEMS", json.dumps(said))

    with pytest.raises(ImproperlyConfigured, match="PORTAL_SYSTEMS"):
        read_systems("PORTAL_SYSTEMS", is_demo=False)


def read_address(monkeypatch, address: object, *networks: str) -> System:
    facts = {"purposes": ["offers"], "tokens": [HASH], "webhooks": address} | (
        {"networks": networks} if networks else {}
    )
    monkeypatch.setenv("PORTAL_SYSTEMS", json.dumps({"crm": facts}))
    [system] = read_systems("PORTAL_SYSTEMS", is_demo=False)
    return system


NO_ADDRESSES = [
    "http://crm.example.com/",
    "crm.example.com",
    "https://",
    "https:///hooks",
    "https://u:p@crm.example.com/",
    "https://crm.example.com/#part",
    "https://crm.example.com?a=b",
    "https://crm.example.com:0/",
    "https://crm.example.com:99999/",
    "https://crm.example.com:x/",
    "https://crmé.example.com/",
    "https://crm.example.com/é",
    "https://[::1/",
    "ftp://crm.example.com/",
]
NOT_OF_THE_INTERNET = [
    "https://localhost/",
    "https://127.0.0.1/",
    "https://10.0.0.1:8443/hooks",
    "https://[::1]/",
    "https://LOCALHOST/",
    "https://169.254.169.254/latest",
    "https://[::ffff:10.0.0.1]/",
    "https://crm.localhost/",
    "https://192.168.0.9/",
]


def test_where_a_system_takes_webhooks_is_an_address_of_the_internet(monkeypatch, subtests):
    for address in ("https://crm.example.com/hooks?of=portal", "https://8.8.8.8:8443/", "https://crm.example.com", ""):
        assert read_address(monkeypatch, address).address == address
    for address in (*NO_ADDRESSES, "https://crm.example.com/a b", 5, ["https://crm.example.com/"]):
        with subtests.test(address=address), pytest.raises(ImproperlyConfigured, match="begins with https://"):
            read_address(monkeypatch, address)
    for address in NOT_OF_THE_INTERNET:
        with subtests.test(address=address), pytest.raises(ImproperlyConfigured, match="no address of the Internet"):
            read_address(monkeypatch, address)


def test_a_network_of_the_company_is_named_with_it(monkeypatch):
    system = read_address(monkeypatch, "https://10.20.0.7/hooks", "10.20.0.0/16", "fd12::/16")

    assert list(map(str, system.networks)) == ["10.20.0.0/16", "fd12::/16"]
    for network in ("10.20.0.7", "10.20.0.0/99", "everything", "10.20.0.1/16"):
        with pytest.raises(ImproperlyConfigured, match="the networks of crm"):
            read_address(monkeypatch, "https://10.20.0.7/hooks", network)


def test_without_the_setting_there_is_none(monkeypatch):
    monkeypatch.delenv("PORTAL_SYSTEMS", raising=False)

    assert read_systems("PORTAL_SYSTEMS", is_demo=False) == ()
