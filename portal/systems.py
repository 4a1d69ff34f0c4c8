"""Read from the environment which systems of the company may ask for decisions, and where they take webhooks."""

import re
from ipaddress import ip_network
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from consents.systems.rules import NAME, PURPOSE, Network, System, may_call_address
from portal import environment

# Of the demo: its token is the password that everybody has there.
OF_DEMO: dict[str, Any] = {
    "newsletter": {
        "purposes": ["send-offers", "ask-opinion"],
        "tokens": ["36c9e35bf855e4d5d914b515d31fb530a351992733050d8e00e84da267556f25"],
    }
}
ADDRESS = re.compile(r"https://(?P<host>[a-zA-Z0-9._-]+|\[[0-9a-fA-F:.]+\])(:(?P<port>\d{1,5}))?(/[!\"$-~]*)?")
NEEDED, OPTIONAL = {"purposes", "tokens"}, {"webhooks", "networks"}


def read_systems(name: str, *, is_demo: bool) -> tuple[System, ...]:
    """Read each system: `{"newsletter": {"purposes": ["offers"], "tokens": ["<hash>"]}}`."""
    table = environment.read_json_object(name, OF_DEMO if is_demo else {})
    systems = tuple(build_system(name, system, facts) for system, facts in table.items())
    hashes = [hashed for system in systems for hashed in system.tokens]
    if len(hashes) > len(set(hashes)):
        raise ImproperlyConfigured(f"{name}: the same token is named twice; each system has tokens of its own.")
    return systems


def build_system(name: str, system: str, facts: Any) -> System:
    if not re.fullmatch(NAME, system):
        raise ImproperlyConfigured(f"{name}: {system!r} is no name of a system; use small letters, digits and hyphens.")
    if not isinstance(facts, dict) or not NEEDED <= set(facts) <= NEEDED | OPTIONAL:
        raise ImproperlyConfigured(
            f'{name}: what {system} is, is an object such as {{"purposes": ["offers"], "tokens": ["<hash>"]}}, and '
            'where it takes webhooks, "webhooks": "https://…" besides.'
        )
    purposes, tokens = facts["purposes"], facts["tokens"]
    if not purposes or not is_list_of_words(purposes, PURPOSE):
        raise ImproperlyConfigured(f"{name}: the purposes of {system} are a list of codes of purposes.")
    if not is_list_of_words(tokens, "[0-9a-f]{64}") or not 0 < len(tokens) <= 2:
        raise ImproperlyConfigured(
            f"{name}: the tokens of {system} are one hash, or two, that make_system_token wrote."
        )
    networks = read_networks(name, system, facts.get("networks", []))
    address = check_address(name, system, facts.get("webhooks", ""), networks)
    return System(system, frozenset(purposes), tuple(tokens), address, networks)


def read_networks(name: str, system: str, words: Any) -> tuple[Network, ...]:
    """Read which networks of the company the address may lie in."""
    try:
        if not is_list_of_words(words, "[0-9a-fA-F:.]+/[0-9]+"):
            raise ValueError
        return tuple(map(ip_network, words))
    except ValueError:
        raise ImproperlyConfigured(
            f'{name}: the networks of {system} are your own in which it takes webhooks, as in ["10.20.0.0/16"].'
        ) from None


def check_address(name: str, system: str, address: Any, networks: tuple[Network, ...]) -> str:
    """Return the address of its webhooks, empty for none. Raises ImproperlyConfigured."""
    if address == "":
        return ""
    parts = ADDRESS.fullmatch(address) if isinstance(address, str) else None
    if parts is None or not 0 < int(parts["port"] or 443) < 65536:
        raise ImproperlyConfigured(
            f"{name}: where {system} takes webhooks is an address such as https://crm.example.com/hooks/consent: it "
            "begins with https:// and has no user, no password, no spaces and no part after #."
        )
    host = parts["host"].strip("[]").lower()
    if not may_call_host(host, networks):
        raise ImproperlyConfigured(
            f"{name}: the webhooks of {system} would go to {host}, which is no address of the Internet. If it is one "
            'of your own network, name that network: "networks": ["10.20.0.0/16"].'
        )
    return str(address)


def may_call_host(host: str, networks: tuple[Network, ...]) -> bool:
    """Judge an address that is written out; a name is looked up, and what it leads to judged, before each webhook."""
    is_local = host == "localhost" or host.endswith(".localhost")
    try:
        return may_call_address("127.0.0.1" if is_local else host, networks)
    except ValueError:
        return True


def is_list_of_words(value: Any, pattern: str) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) and re.fullmatch(pattern, word) for word in value)
