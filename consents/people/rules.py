"""Pure rules about addresses, networks and claim codes."""

import ipaddress
import re
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

# Without 0/O, 1/I/L and vowels: no look-alikes, no words by accident.
CODE_LETTERS = "23456789BCDFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 12
CLAIM_CODE_LIFE = timedelta(days=14)
ADDRESS_LONGEST = 254
# Dots inside, never at an end or doubled; no quoted form, which nobody uses and much software gets wrong.
LOCAL_PART = re.compile(r"(?=.{1,64}$)[^\s@\"(),.:;<>\[\]\\\x00-\x1f\x7f]+(\.[^\s@\"(),.:;<>\[\]\\\x00-\x1f\x7f]+)*")


def same_address(address: str) -> str:
    """The spelling under which an email address is found again: trimmed, lower case."""
    return address.strip().lower()


def is_address(text: str) -> bool:
    """True for something mail can be sent to; letters of every script may stand before the @ too (RFC 6531)."""
    local, _, domain = text.rpartition("@")
    if len(text) > ADDRESS_LONGEST or not LOCAL_PART.fullmatch(local):
        return False
    try:
        validate_email(f"x@{domain}")
    except ValidationError:
        return False
    return True


def network_of(address: str) -> str:
    """An IP address cut to its network (IPv4 /24, IPv6 /48); empty when it is none."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    prefix = 24 if parsed.version == 4 else 48
    return str(ipaddress.ip_network(f"{parsed}/{prefix}", strict=False))


def claim_code(secret: bytes) -> str:
    """Twelve letters and digits in groups of four, about 58 bits, which follow from 32 secret bytes."""
    number, code = int.from_bytes(secret), ""
    for _ in range(CODE_LENGTH):
        number, place = divmod(number, len(CODE_LETTERS))
        code += CODE_LETTERS[place]
    return "-".join(code[i : i + 4] for i in range(0, CODE_LENGTH, 4))


def same_claim_code(code: str) -> str:
    """However a person types it: spaces, dashes, lower case."""
    return "".join(letter for letter in code.upper() if letter in CODE_LETTERS)
