"""Which systems may ask: what the settings say of them, and the token that is made for one."""

import json
import shlex
from io import StringIO

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from consents.decisions.api.systems import System, find_system
from consents.ops.demo.accounts import PASSWORD
from portal.systems import read_systems

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


def test_without_the_setting_there_is_none(monkeypatch):
    monkeypatch.delenv("PORTAL_SYSTEMS", raising=False)

    assert read_systems("PORTAL_SYSTEMS", is_demo=False) == ()
