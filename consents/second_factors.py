"""Seal second factors: a copy of the database, or a backup, must not let anyone answer as a member of staff.

A passkey holds no secret of ours, only its public key. It is sealed all the same. Each factor is sealed for its owner
alone: whoever writes to the database but has not the keys makes no factor for anybody, also not by copying their own.
"""

import base64
import json
from typing import Any, Self
from urllib.parse import urlsplit
from uuid import UUID

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, validate_totp_code
from allauth.mfa.webauthn.internal.auth import WebAuthn, parse_registration_response
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from fido2.webauthn import AuthenticatorData

from consents.core.keys import Keyring
from consents.core.sealing import CannotOpen, KeyMissing, open_value, seal_value
from consents.people.models import User
from consents.templatetags.portal import browser_and_system

PLACE = "second factor"
SEPARATOR = ":"
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
    """allauth's hooks for what it stores, and what it says of a wrong code."""

    error_messages = DefaultMFAAdapter.error_messages | {"incorrect_code": WRONG_CODE}

    def encrypt(self, text: str) -> str:
        """Refuse what would be sealed for nobody: allauth does not say here whose secret it is."""
        raise NotImplementedError("each kind of factor seals its own")

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        """Name a new passkey by the browser it is made in, until its owner names it."""
        return browser_and_system(context.request.headers.get("User-Agent", ""))

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Bind passkeys to the address that people know the portal by, whatever name a request came under."""
        return {"id": urlsplit(settings.PORTAL_URL).hostname or "localhost", "name": str(settings.PORTAL_COMPANY)}

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, str | bytes]:
        """Return what the device shows when it asks which passkey to use."""
        return {"id": str(user.pk).encode(), "name": user.email, "display_name": user.get_full_name() or user.email}


class SealedTOTP(TOTP):
    """allauth's authenticator app, except that its secret is sealed for its owner."""

    @classmethod
    def activate(cls, user: User, secret: str) -> Self:
        kind = Authenticator.Type.TOTP
        sealed = seal_secret(settings.KEYRING, secret, name_owner(kind, user.pk))
        return cls(Authenticator.objects.create(user=user, type=kind, data={"secret": sealed}))

    def validate_code(self, code: str) -> bool:
        secret = open_own_secret(self.instance, "secret")
        return secret is not None and validate_totp_code(secret, code) and self._mark_code_used(code)


class SealedRecoveryCodes(RecoveryCodes):
    """allauth's recovery codes, except that what they grow from is sealed for their owner."""

    @classmethod
    def activate(cls, user: User) -> Self:
        kind = Authenticator.Type.RECOVERY_CODES
        sealed = seal_secret(settings.KEYRING, cls.generate_seed(), name_owner(kind, user.pk))
        new = {"data": {"seed": sealed, "used_mask": 0}}
        return cls(Authenticator.objects.get_or_create(user=user, type=kind, defaults=new)[0])

    def generate_codes(self) -> list[str]:
        seed = open_own_secret(self.instance, "seed")
        if seed is None:
            return []
        codes: list[str] = RecoveryCodes(Authenticator(data={"seed": seed})).generate_codes()
        return codes


class SealedPasskey(WebAuthn):
    """allauth's passkey, except that what the browser sent about it is sealed for its owner."""

    @classmethod
    def add(cls, user: User, name: str, credential: dict[str, Any]) -> Self:
        sealed = seal_secret(settings.KEYRING, json.dumps(credential), name_owner(Authenticator.Type.WEBAUTHN, user.pk))
        factor: Self = super().add(user, name[:NAME_MAX_LENGTH], sealed)
        return factor

    @property
    def credential(self) -> dict[str, Any]:
        """Raises KeyMissing, and CannotOpen for a passkey that was made or moved without the keys."""
        owner = name_owner(self.instance.type, self.instance.user_id)
        opened: dict[str, Any] = json.loads(open_secret(settings.KEYRING, self.instance.data["credential"], owner))
        return opened

    @property
    def authenticator_data(self) -> AuthenticatorData:
        known: AuthenticatorData = parse_registration_response(self.credential).response.attestation_object.auth_data
        return known

    @property
    def is_passwordless(self) -> bool | None:
        extensions = self.credential.get("clientExtensionResults", {})
        is_kept: bool | None = extensions.get("credProps", {}).get("rk")
        return is_kept


def name_owner(kind: str, user: UUID) -> str:
    """Return what a factor is bound to: its kind, and whose it is."""
    return f"{kind} of {user}"


def open_own_secret(factor: Authenticator, name: str) -> str | None:
    """Open a secret of a factor; None for one that was made or moved without the keys, which proves nothing.

    Raises KeyMissing.
    """
    try:
        return open_secret(settings.KEYRING, factor.data[name], name_owner(factor.type, factor.user_id))
    except KeyMissing:
        raise
    except CannotOpen:
        return None


def is_sealed_with(text: str, kid: str) -> bool:
    return text.startswith(f"{kid}{SEPARATOR}")


def list_secrets(data: dict[str, object]) -> list[tuple[str, str]]:
    """List the sealed texts of one factor by name: a secret, the seed of recovery codes, or a passkey."""
    texts = [(name, data.get(name)) for name in ("secret", "seed", "credential")]
    return [(name, text) for name, text in texts if isinstance(text, str)]


@transaction.atomic
def reseal_second_factors(keyring: Keyring) -> int:
    """Seal every second factor with the newest key; return how many were sealed with an older one."""
    resealed = 0
    for factor in Authenticator.objects.select_for_update().order_by("pk"):
        older = {name: text for name, text in list_secrets(factor.data) if not is_sealed_with(text, keyring.current)}
        if older:
            owner = name_owner(factor.type, factor.user_id)
            opened = {name: open_secret(keyring, text, owner) for name, text in older.items()}
            factor.data |= {name: seal_secret(keyring, text, owner) for name, text in opened.items()}
            factor.save(update_fields=["data"])
            resealed += 1
    return resealed


def is_key_in_use(kid: str) -> bool:
    """Return True while a second factor is sealed with this wrapping key."""
    factors = Authenticator.objects.values_list("data", flat=True).iterator()
    return any(is_sealed_with(text, kid) for data in factors for _name, text in list_secrets(data))
