"""Pure rules about addresses, networks and claim codes."""

import ipaddress
import re
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
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


# From which age a person consents alone to an online service: GDPR Art 8(1) and the national law made under it (in
# brackets; from general knowledge, November 2026: have counsel check before relying on it). 16 where no law says less.
AGE_WHERE_NO_LAW_SAYS_LESS = 16
AGE_OF_OWN_CONSENT = {
    "AT": 14,  # DSG § 4(4)
    "BE": 13,  # Act of 30 July 2018, Art 7
    "BG": 14,  # Personal Data Protection Act, Art 25c
    "CY": 14,  # Law 125(I)/2018, s 8
    "CZ": 15,  # Act 110/2019, § 7
    "DK": 15,  # Databeskyttelsesloven § 6(2), since 2024
    "EE": 13,  # IKS § 8
    "ES": 14,  # LOPDGDD Art 7
    "FI": 13,  # Data Protection Act 1050/2018, § 5
    "FR": 15,  # Loi Informatique et Libertés, Art 45
    "GB": 13,  # Data Protection Act 2018, s 9
    "GR": 15,  # Law 4624/2019, Art 21
    "IS": 13,  # Act 90/2018, Art 10
    "IT": 14,  # Codice privacy, Art 2-quinquies
    "LT": 14,  # ADTAI Art 6
    "LV": 13,  # Personal Data Processing Law, s 33
    "MT": 13,  # S.L. 586.11
    "NO": 13,  # Personopplysningsloven § 5
    "PT": 13,  # Lei 58/2019, Art 16
    "SE": 13,  # Act 2018:218, ch 2 § 4
    "SI": 15,  # ZVOP-2, Art 8
    "US": 13,  # COPPA, 16 CFR 312.2; Civ 1798.120(c): from 13 a person opts in to sale themself
}


def age_of_own_consent(country: str) -> int:
    return AGE_OF_OWN_CONSENT.get(country.upper(), AGE_WHERE_NO_LAW_SAYS_LESS)


def is_below_age(born_on: date | None, country: str, today: date) -> bool:
    """True when this person cannot consent alone yet. Who gave no birth date is taken to be of age."""
    return born_on is not None and born_on + relativedelta(years=age_of_own_consent(country)) > today
