"""Read from the environment how people sign in through the company's own providers, and who tells of staff."""

import re
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from consents.company_sign_in import CompanySignIn, StaffPlace, is_safe_address

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
