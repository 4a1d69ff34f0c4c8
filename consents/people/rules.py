"""Rules about addresses, networks, claim codes and spoken names. Pure."""

import ipaddress
import re
import unicodedata
from datetime import timedelta
from functools import lru_cache
from zoneinfo import available_timezones

import idna
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from consents.core.paper import remove_invisible
from consents.core.refusals import NotValid

# Without 0/O, 1/I/L and vowels: no look-alikes, no words by accident.
CODE_LETTERS = "23456789BCDFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 12
CLAIM_CODE_LIFETIME = timedelta(days=14)
ASSENT_COUNTS_FOR = timedelta(days=30)  # a holder's yes to a text, which may change its meaning with time
ADDRESS_MAX_LENGTH = 254
# Dots inside, never at an end or doubled; no quoted form, which nobody uses and much software gets wrong.
LOCAL_PART = re.compile(r"(?=.{1,64}$)[^\s@\"(),.:;<>\[\]\\\x00-\x1f\x7f]+(\.[^\s@\"(),.:;<>\[\]\\\x00-\x1f\x7f]+)*")
QUOTED = re.compile(r'"(?P<inner>(?:[^"\\]|\\.)*)"', re.DOTALL)
# Cities by continent, as people know them, and what a browser may say; no zones of systems ("Etc", "SystemV").
TIME_ZONES = frozenset(
    zone
    for zone in available_timezones()
    if "/" in zone and not zone.startswith(("Etc/", "SystemV/", "posix/", "right/"))
) | {"UTC"}


class UnknownTimeZone(NotValid):
    sentence = _("Choose a time zone from the list.")


def check_time_zone(time_zone: str) -> None:
    """Raise UnknownTimeZone unless it is the IANA name of one."""
    if time_zone not in TIME_ZONES:
        raise UnknownTimeZone


def normalize_address(address: str) -> str:
    """Return the one spelling of an email address, under which it is stored, quoted again and counted.

    Compatibility forms become plain letters (NFKC), what cannot be seen goes, quotes that change nothing too; the
    domain is written as mail servers look it up (IDNA, UTS 46); all in lower case. Anything else keeps its letters.
    """
    text = remove_invisible(address)
    if not text.isascii():
        text = remove_invisible(unicodedata.normalize("NFKC", text))
    local, at, domain = text.lower().strip().rpartition("@")
    if quoted := QUOTED.fullmatch(local):
        inner = re.sub(r"\\(.)", r"\1", quoted["inner"])
        local = inner if LOCAL_PART.fullmatch(inner) else local
    return f"{local}{at}{normalize_domain(domain)}"


@lru_cache(maxsize=4096)  # of a million addresses, most are at a few hundred
def normalize_domain(domain: str) -> str:
    domain = domain.rstrip(".") or domain
    try:
        return idna.encode(domain, uts46=True).decode().lower()
    except (idna.IDNAError, UnicodeError):
        return domain


def is_address(text: str) -> bool:
    """Return True for a text that email can be sent to; letters of every script may stand before the @ (RFC 6531)."""
    local, _, domain = text.rpartition("@")
    return len(text) <= ADDRESS_MAX_LENGTH and bool(LOCAL_PART.fullmatch(local)) and is_domain(domain)


@lru_cache(maxsize=4096)
def is_domain(domain: str) -> bool:
    try:
        validate_email(f"x@{domain}")
    except ValidationError:
        return False
    return True


def truncate_to_network(address: str) -> str:
    """Return the network of an IP address (IPv4 /24, IPv6 /48); empty if it is not an address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    prefix = 24 if parsed.version == 4 else 48
    return str(ipaddress.ip_network(f"{parsed}/{prefix}", strict=False))


def build_claim_code(secret: bytes) -> str:
    """Derive twelve letters and digits in groups of four (about 58 bits) from 32 secret bytes."""
    number, code = int.from_bytes(secret), ""
    for _place in range(CODE_LENGTH):
        number, place = divmod(number, len(CODE_LETTERS))
        code += CODE_LETTERS[place]
    return "-".join(code[i : i + 4] for i in range(0, CODE_LENGTH, 4))


def normalize_claim_code(code: str) -> str:
    """Return the code whatever spaces, dashes or lower case a person types."""
    return "".join(letter for letter in code.upper() if letter in CODE_LETTERS)


SPOKEN_NAME_MAX_LENGTH = 40


def normalize_spoken_name(text: str) -> str:
    """Return a name as it is stored: one space between words, the apostrophe that HTML does not read."""
    seen = remove_invisible(unicodedata.normalize("NFC", text))
    return " ".join(seen.replace("'", "’").split())


def is_spoken_name(text: str) -> bool:
    """Return True for letters, digits, spaces, hyphens, dots and apostrophes: safe in any sentence, page or email."""
    if not text or len(text) > SPOKEN_NAME_MAX_LENGTH or not text[0].isalnum():
        return False
    return all(letter in " -.’" or unicodedata.category(letter)[0] in "LMN" for letter in text)
