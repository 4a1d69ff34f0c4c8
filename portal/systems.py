"""Read from the environment which systems of the company may ask for decisions."""

import re
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from consents.decisions.api.systems import System
from portal import environment

# Of the demo: its token is the password that everybody has there.
OF_DEMO: dict[str, Any] = {
    "newsletter": {
        "purposes": ["send-offers", "ask-opinion"],
        "tokens": ["36c9e35bf855e4d5d914b515d31fb530a351992733050d8e00e84da267556f25"],
    }
}


def read_systems(name: str, *, is_demo: bool) -> tuple[System, ...]:
    """Read each system: `{"newsletter": {"purposes": ["offers"], "tokens": ["<hash>"]}}`."""
    table = environment.read_json_object(name, OF_DEMO if is_demo else {})
    systems = tuple(build_system(name, system, facts) for system, facts in table.items())
    hashes = [hashed for system in systems for hashed in system.tokens]
    if len(hashes) > len(set(hashes)):
        raise ImproperlyConfigured(f"{name}: the same token is named twice; each system has tokens of its own.")
    return systems


def build_system(name: str, system: str, facts: Any) -> System:
    if not re.fullmatch("[a-z0-9][a-z0-9-]{0,59}", system):
        raise ImproperlyConfigured(f"{name}: {system!r} is no name of a system; use small letters, digits and hyphens.")
    if not isinstance(facts, dict) or set(facts) != {"purposes", "tokens"}:
        raise ImproperlyConfigured(
            f'{name}: what {system} is, is an object such as {{"purposes": ["offers"], "tokens": ["<hash>"]}}.'
        )
    purposes, tokens = facts["purposes"], facts["tokens"]
    if not purposes or not is_list_of_words(purposes, "[-a-zA-Z0-9_]{1,60}"):
        raise ImproperlyConfigured(f"{name}: the purposes of {system} are a list of codes of purposes.")
    if not is_list_of_words(tokens, "[0-9a-f]{64}") or not 0 < len(tokens) <= 2:
        raise ImproperlyConfigured(
            f"{name}: the tokens of {system} are one hash, or two, that make_system_token wrote."
        )
    return System(system, frozenset(purposes), tuple(tokens))


def is_list_of_words(value: Any, pattern: str) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) and re.fullmatch(pattern, word) for word in value)
