"""Typed readers of environment variables; a bad value stops the program with one sentence."""

import ipaddress
import json
import logging
import os
import re
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ImproperlyConfigured

from consents.core.working_hours import WorkingHours, parse_working_hours

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
