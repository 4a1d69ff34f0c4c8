"""Say through which of the company's own OpenID providers people sign in, and which groups of it work here as what."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

STAFF, CUSTOMERS = "staff", "customers"
ON_THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class CompanySignIn:
    """One provider. `id` is `staff` or `customers`, `name` what the button calls it.

    Of claims: `verified` says that the email address was checked (empty: the provider checks them all), `groups` names
    what a member of staff belongs to, `reference` is a customer's number with us. `factors` (values of `amr`) and
    `levels` (of `acr`) stand for a second factor; none does unless it is named. `is_only`: staff sign in no other way.
    """

    id: str
    issuer: str
    client: str
    secret: str
    name: str
    scopes: tuple[str, ...]
    verified: str = "email_verified"
    groups: str = "groups"
    reference: str = ""
    factors: frozenset[str] = frozenset()
    levels: frozenset[str] = frozenset()
    is_only: bool = False

    def takes_as_factor(self, claims: dict[str, Any]) -> bool:
        """Return True if the provider says that the person used what counts as a second factor."""
        ways = claims.get("amr")
        used = {way for way in ways if isinstance(way, str)} if isinstance(ways, list) else set()
        level = claims.get("acr")
        return bool(used & self.factors) or (isinstance(level, str) and level in self.levels)


@dataclass(frozen=True)
class StaffPlace:
    """The role and team of a group's members."""

    role: str
    team: str


def choose_place(places: dict[str, StaffPlace], groups: Iterable[object]) -> StaffPlace | None:
    """Return the place of the first group, in the order of `places`, that a person belongs to."""
    theirs = {group for group in groups if isinstance(group, str)}
    return next((place for group, place in places.items() if group in theirs), None)


def list_groups(claims: dict[str, Any], claim: str) -> list[object]:
    """List the groups that a claim names, whether as a list or as one text."""
    value = claims.get(claim)
    return value if isinstance(value, list) else [value]


def is_safe_address(issuer: str) -> bool:
    """Return True for an address that nobody on the way can answer for: https, or this machine itself."""
    try:
        parts = urlsplit(issuer)
    except ValueError:
        return False
    if parts.query or parts.fragment or not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ON_THIS_MACHINE)
