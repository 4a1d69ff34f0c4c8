"""Typed readers of environment variables; a bad value stops the program with one sentence."""

import ipaddress
import json
import logging
import os
import re
from functools import lru_cache
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from consents.accounts.company_sign_in import CompanySignIn, StaffPlace, is_safe_address
from consents.core.durations import WorkingHours, parse_working_hours
from consents.systems.rules import NAME, PURPOSE, System, may_call_address
from consents.systems.rules import Network as rules_Network

TRUE = {"1", "true", "yes", "on"}
FALSE = {"", "0", "false", "no", "off"}
FILE = "_FILE"
known: set[str] = set()  # the names that were asked for


def read_text(name: str, default: str = "") -> str:
    known.add(name)
    return os.environ.get(name, default)


def read_secret(name: str) -> str:
    """Read a value that may lie in a file, named by NAME_FILE, as containers and systemd hand secrets over."""
    known.add(f"{name}{FILE}")
    path = os.environ.get(f"{name}{FILE}")
    if not path:
        return read_text(name)
    if read_text(name):
        raise ImproperlyConfigured(f"Set {name} or {name}{FILE}, not both.")
    try:
        return Path(path).read_text().strip()
    except (OSError, UnicodeDecodeError) as reason:
        raise ImproperlyConfigured(
            f"The file that {name}{FILE} names cannot be read ({type(reason).__name__})."
        ) from None


def read_phone(name: str, default: str = "") -> str:
    """Read a telephone number that no line breaks; words beside it stay as they are."""
    return re.sub(r"(?<=\d) (?=\d)", "\N{NO-BREAK SPACE}", read_text(name, default))


def refuse_addresses_without(name: str, *others: str) -> None:
    """Raises ImproperlyConfigured where another role's address is set and the portal's own is not."""
    alone = [other for other in others if read_secret(other)]
    if alone and not read_secret(name):
        raise ImproperlyConfigured(
            f"{alone[0]} is set without {name}, which says what database the portal uses: without it that is an "
            f"embedded one, not yours. Set {name} too."
        )


def read_time_zone(name: str, default: str) -> str:
    value = read_text(name, default)
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ImproperlyConfigured(
            f"{name} is {value!r}; use a name of the time zone database: Europe/Dublin, America/New_York, UTC."
        ) from None
    return value


def read_working_hours(name: str) -> WorkingHours | None:
    try:
        return parse_working_hours(read_text(name))
    except ValueError as value:
        raise ImproperlyConfigured(
            f"{name} is {str(value)!r}; write days and hours as in Mon-Fri 07:00-19:00, in the portal’s time zone."
        ) from None


def read_log_level(name: str, default: str) -> str:
    return read_choice(name, default, set(logging.getLevelNamesMapping()) - {"NOTSET"})


def read_choice(name: str, default: str, allowed: set[str]) -> str:
    value = read_text(name, default)
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} is {value!r}; use one of: {', '.join(sorted(allowed))}.")
    return value


def read_flag(name: str, default: bool = False) -> bool:
    value = read_text(name, "1" if default else "0").strip().lower()
    if value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} is {value!r}; use 1 or 0.")
    return value in TRUE


def read_number(name: str, default: int, *, least: int = 0, most: int = 10_000) -> int:
    value = read_text(name, str(default))
    if not re.fullmatch("[0-9]{1,9}", value) or not least <= int(value) <= most:
        raise ImproperlyConfigured(f"{name} is {value[:20]!r}; use a whole number from {least} to {most}.")
    return int(value)


def read_address(name: str, default: str) -> str:
    """Read the address of a site, without a slash at its end."""
    value = read_text(name, default).rstrip("/")
    if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", value):
        raise ImproperlyConfigured(f"{name} is {value!r}; write it whole, as in https://portal.example.com.")
    return value


def read_list(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in read_text(name, default).split(",") if word.strip()]


def read_networks(name: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    try:
        return [ipaddress.ip_network(word) for word in read_list(name)]
    except ValueError:
        raise ImproperlyConfigured(
            f"{name} is {read_text(name)!r}; use addresses or networks of proxies, separated by commas: 10.0.0.0/8,::1."
        ) from None


def read_scanner(name: str) -> str | tuple[str, int] | None:
    """Read where clamd listens, `clamd:` and the path of a socket, or host and port; None for no scanner."""
    text = read_text(name)
    place = text.removeprefix("clamd:")
    host, _colon, port = place.rpartition(":")
    if not text or (place != text and place.startswith("/")):
        return place or None
    if place == text or not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ImproperlyConfigured(
            f"{name} is {text!r}; say where clamd listens: clamd:/run/clamav/clamd.ctl or clamd:127.0.0.1:3310."
        )
    return host.strip("[]"), int(port)


def read_folder(name: str, default: Path) -> Path:
    try:
        return Path(read_text(name) or default).expanduser().resolve()
    except RuntimeError:
        raise ImproperlyConfigured(
            f"{name} begins with ~ and a user who has no home here; write the whole path."
        ) from None


def read_optional_path(name: str, *, is_folder: bool = False) -> Path | None:
    """Read the path of a file or a folder that may be left out; one that is named must be there."""
    path = read_folder(name, Path()) if read_text(name) else None
    if path and not (path.is_dir() if is_folder else path.is_file()):
        raise ImproperlyConfigured(f"The {'folder' if is_folder else 'file'} that {name} names is not there.")
    return path


def read_json_object(name: str, default: dict[str, Any]) -> dict[str, Any]:
    """Read a JSON object."""
    try:
        value = json.loads(read_text(name) or "null")
    except ValueError:
        value = ""
    if not isinstance(value, dict | None):
        raise ImproperlyConfigured(f"{name} is not a JSON object.")
    return default if value is None else value


ROLES = ("requester", "privacy_officer", "compliance_officer")
TEAM_LONGEST = 60


def build_sign_in(prefix: str, **values: Any) -> CompanySignIn | None:
    """Build one provider from its settings; None where no issuer is set. `prefix`: how its variables begin."""
    if not values["issuer"]:
        return None
    if not is_safe_address(values["issuer"]):
        raise ImproperlyConfigured(
            f"{prefix}_ISSUER is an address that begins with https://, as the provider spells it."
        )
    if not values["client"] or not values["secret"]:
        raise ImproperlyConfigured(f"{prefix}_ISSUER is set: set {prefix}_CLIENT and {prefix}_SECRET, too.")
    return CompanySignIn(**values | {"scopes": tuple(dict.fromkeys(["openid", *values["scopes"]]))})


def read_places(name: str, table: dict[str, Any]) -> dict[str, StaffPlace]:
    """Read what the members of each group are: `{"group": {"role": "requester", "team": "Returns"}}`."""
    for place in table.values():
        is_whole = isinstance(place, dict) and set(place) == {"role", "team"} and isinstance(place["team"], str)
        if not is_whole or place["role"] not in ROLES or not 0 < len(place["team"].strip()) <= TEAM_LONGEST:
            raise ImproperlyConfigured(
                f'{name} is an object such as {{"group": {{"role": "requester", "team": "Returns"}}}}; '
                f"roles are: {', '.join(ROLES)}."
            )
    return {group: StaffPlace(place["role"], place["team"].strip()) for group, place in table.items()}


def read_token_hashes(name: str, hashes: list[str]) -> list[str]:
    """Read one hash of a token, or two while the directory changes from one to the other."""
    if len(hashes) > 2 or not all(re.fullmatch("[0-9a-f]{64}", hashed) for hashed in hashes):
        raise ImproperlyConfigured(f"{name} is one hash, or two, that make_provisioning_token wrote.")
    return hashes


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
    table = read_json_object(name, OF_DEMO if is_demo else {})
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
    networks = read_system_networks(name, system, facts.get("networks", []))
    address = check_address(name, system, facts.get("webhooks", ""), networks)
    return System(system, frozenset(purposes), tuple(tokens), address, networks)


def read_system_networks(name: str, system: str, words: Any) -> tuple[rules_Network, ...]:
    """Read which networks of the company the address may lie in."""
    try:
        if not is_list_of_words(words, "[0-9a-fA-F:.]+/[0-9]+"):
            raise ValueError
        return tuple(map(ip_network, words))
    except ValueError:
        raise ImproperlyConfigured(
            f'{name}: the networks of {system} are your own in which it takes webhooks, as in ["10.20.0.0/16"].'
        ) from None


def check_address(name: str, system: str, address: Any, networks: tuple[rules_Network, ...]) -> str:
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


def may_call_host(host: str, networks: tuple[rules_Network, ...]) -> bool:
    """Judge an address that is written out; a name is looked up, and what it leads to judged, before each webhook."""
    is_local = host == "localhost" or host.endswith(".localhost")
    try:
        return may_call_address("127.0.0.1" if is_local else host, networks)
    except ValueError:
        return True


def is_list_of_words(value: Any, pattern: str) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) and re.fullmatch(pattern, word) for word in value)


# Find out from where a request came.

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# A proxy's word about its client. Django never sees these: the address and scheme that follow from them are set here.
FORWARDED = {
    f"HTTP_{name}"
    for name in (
        "FORWARDED",
        "X_FORWARDED_FOR",
        "X_FORWARDED_PROTO",
        "X_FORWARDED_HOST",
        "X_FORWARDED_PORT",
        "X_REAL_IP",
    )
}
SAYS_HTTPS = "portal.says_https"
log = logging.getLogger(__name__)


def find_client(environ: dict[str, Any]) -> None:
    """Set the client's address and scheme: the peer's own, or what trusted proxies (PORTAL_PROXIES) say of it.

    Each proxy appends whom it talked to, so the right-most address that is not a trusted proxy's is the client's; what
    stands further left the client made up.
    """
    said = {name: split_values(environ.pop(name, "")) for name in FORWARDED}
    environ[SAYS_HTTPS] = said["HTTP_X_FORWARDED_PROTO"][-1:] == ["https"]
    if not is_trusted_proxy(environ["REMOTE_ADDR"]):
        return
    if environ[SAYS_HTTPS]:
        environ["wsgi.url_scheme"] = "https"
    for address in reversed(said["HTTP_X_FORWARDED_FOR"]):
        if not is_address(address):
            return
        if not is_trusted_proxy(address):
            environ["REMOTE_ADDR"] = address
            return


def split_values(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_unnamed_proxy(environ: dict[str, Any]) -> bool:
    """Return True, and say so once, where somebody whose word does not count says that the client spoke HTTPS.

    Sent on to HTTPS it would come back the same way, for ever.
    """
    is_plain = settings.SECURE_SSL_REDIRECT and environ["wsgi.url_scheme"] != "https"
    if not is_plain or not environ[SAYS_HTTPS] or environ["PATH_INFO"] in ("/healthz", "/readyz"):
        return False
    warn_of_unnamed_proxy(environ["REMOTE_ADDR"])
    return True


@lru_cache(maxsize=64)
def warn_of_unnamed_proxy(address: str) -> None:
    is_private = is_address(address) and ipaddress.ip_address(address).is_private
    log.warning(
        "%s says that a client spoke HTTPS, and PORTAL_PROXIES does not name it. If it is your proxy, name it there; "
        "until then its requests are refused.",
        address if is_private else "An address outside your networks",
    )


@lru_cache(maxsize=1024)
def is_trusted_proxy(address: str) -> bool:
    networks: list[Network] = settings.PORTAL_PROXIES
    return is_address(address) and any(ipaddress.ip_address(address) in network for network in networks)
