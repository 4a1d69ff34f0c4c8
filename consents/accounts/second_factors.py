"""Seal second factors: a copy of the database, or a backup, must not let anyone answer as a member of staff.

A passkey holds no secret of ours, only its public key. It is sealed all the same. Each factor is sealed for its owner
alone: whoever writes to the database but has not the keys makes no factor for anybody, also not by copying their own.
"""

import base64
import json
import secrets
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.accounts.devices import browser_and_system
from consents.core.keys import Keyring
from consents.core.sealing import CannotOpen, KeyMissing, open_value, seal_value
from consents.people.models import User

PLACE = "second factor"
SEPARATOR = ":"
SEALED = "sealed"  # the only name in what is stored of a factor
NAME_MAX_LENGTH = 60
WRONG_CODE = _("This code does not work. Check it, or wait until the app shows the next one.")


def seal_secret(keyring: Keyring, text: str, owner: str) -> str:
    """Seal a secret for its owner alone under the newest wrapping key, whose id stands in front."""
    sealed = seal_value(keyring.wrapping[keyring.current], text.encode(), PLACE, keyring.current, owner)
    return f"{keyring.current}{SEPARATOR}{base64.b64encode(sealed).decode()}"


def open_secret(keyring: Keyring, text: str, owner: str) -> str:
    """Raises KeyMissing, or CannotOpen for what is not as it was sealed."""
    kid, _, encoded = text.partition(SEPARATOR)
    try:
        key, sealed = keyring.wrapping[kid], base64.b64decode(encoded, validate=True)
    except KeyError:
        raise KeyMissing("unknown wrapping key") from None
    except ValueError:
        raise CannotOpen("not as it was sealed") from None
    return open_value(key, sealed, PLACE, kid, owner).decode()


class MfaAdapter(DefaultMFAAdapter):
    """allauth's hooks for what it says of a wrong code, and of whom and by whom a passkey is."""

    error_messages = DefaultMFAAdapter.error_messages | {"incorrect_code": WRONG_CODE}

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        """Name a new passkey by the browser it is made in, until its owner names it."""
        return browser_and_system(context.request.headers.get("User-Agent", ""))

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Bind passkeys to the address that people know the portal by, whatever name a request came under."""
        return {"id": urlsplit(settings.PORTAL_URL).hostname or "localhost", "name": str(settings.PORTAL_COMPANY)}

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, str | bytes]:
        """Return what the device shows when it asks which passkey to use."""
        return {"id": str(user.pk).encode(), "name": user.email, "display_name": user.get_full_name() or user.email}


def seal_factor(sender: type[Authenticator], instance: Authenticator, **_: Any) -> None:
    """Receive Django's signal before a factor is saved: all that allauth keeps of it is sealed for its owner."""
    owner = name_owner(instance.type, instance.user_id)
    instance.data = {SEALED: seal_secret(settings.KEYRING, json.dumps(instance.data), owner)}


def open_factor(sender: type[Authenticator], instance: Authenticator, **_: Any) -> None:
    """Receive Django's signals after a factor was read or saved. One that was made or moved without the keys proves
    nothing. Raises KeyMissing.
    """
    if instance.pk is None or "data" in instance.get_deferred_fields():
        return
    try:
        sealed, owner = instance.data[SEALED], name_owner(instance.type, instance.user_id)
        instance.data = json.loads(open_secret(settings.KEYRING, sealed, owner))
    except KeyMissing:
        raise
    except (CannotOpen, LookupError, TypeError, AttributeError):
        instance.data = {"secret": draw_secret(), "migrated_codes": []}  # allauth's: codes of which none is left


def draw_secret() -> str:
    """Draw a secret of an authenticator app that no app knows."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def name_owner(kind: str, user: UUID) -> str:
    """Return what a factor is bound to: its kind, and whose it is."""
    return f"{kind} of {user}"


def is_sealed_with(data: Any, kid: str) -> bool:
    return isinstance(data, dict) and str(data.get(SEALED, "")).startswith(f"{kid}{SEPARATOR}")


@transaction.atomic
def reseal_second_factors(keyring: Keyring) -> int:
    """Seal every second factor with the newest key; return how many were sealed with an older one."""
    resealed = 0
    factors = Authenticator.objects.select_for_update().order_by("pk")
    for pk, kind, user, data in factors.values_list("pk", "type", "user_id", "data"):
        if not is_sealed_with(data, keyring.current):
            owner = name_owner(kind, user)
            sealed = seal_secret(keyring, open_secret(keyring, data[SEALED], owner), owner)
            Authenticator.objects.filter(pk=pk).update(data={SEALED: sealed})
            resealed += 1
    return resealed


def is_key_in_use(kid: str) -> bool:
    """Return True while a second factor is sealed with this wrapping key."""
    return any(is_sealed_with(data, kid) for data in Authenticator.objects.values_list("data", flat=True).iterator())
