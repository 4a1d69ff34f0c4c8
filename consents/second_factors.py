"""Seal second factors: a copy of the database, or a backup, must not let anyone answer as a member of staff."""

import base64
from collections.abc import Iterator

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction

from consents.core.keys import Keyring
from consents.core.sealing import CannotOpen, KeyMissing, open_value, seal_value

PLACE = "second factor"
SEPARATOR = ":"


def seal_secret(keyring: Keyring, text: str) -> str:
    """Seal a secret under the newest wrapping key, whose id stands in front."""
    sealed = seal_value(keyring.wrapping[keyring.current], text.encode(), PLACE, keyring.current)
    return f"{keyring.current}{SEPARATOR}{base64.b64encode(sealed).decode()}"


def open_secret(keyring: Keyring, text: str) -> str:
    """Raises KeyMissing, or CannotOpen for what is not as it was sealed."""
    kid, _, encoded = text.partition(SEPARATOR)
    try:
        key, sealed = keyring.wrapping[kid], base64.b64decode(encoded, validate=True)
    except KeyError:
        raise KeyMissing("unknown wrapping key") from None
    except ValueError:
        raise CannotOpen("not as it was sealed") from None
    return open_value(key, sealed, PLACE, kid).decode()


class MfaAdapter(DefaultMFAAdapter):
    """allauth's hooks for what it stores."""

    def encrypt(self, text: str) -> str:
        return seal_secret(settings.KEYRING, text)

    def decrypt(self, encrypted_text: str) -> str:
        return open_secret(settings.KEYRING, encrypted_text)


def is_sealed_with(text: str, kid: str) -> bool:
    return text.startswith(f"{kid}{SEPARATOR}")


def list_secrets(data: dict[str, object]) -> Iterator[tuple[str, str]]:
    """Yield the sealed texts of one factor by name: a secret, or the seed of recovery codes."""
    for name in ("secret", "seed"):
        text = data.get(name)
        if isinstance(text, str):
            yield name, text


@transaction.atomic
def reseal_second_factors(keyring: Keyring) -> int:
    """Seal every second factor with the newest key; return how many were sealed with an older one."""
    resealed = 0
    for factor in Authenticator.objects.select_for_update().order_by("pk"):
        older = {name: text for name, text in list_secrets(factor.data) if not is_sealed_with(text, keyring.current)}
        if older:
            factor.data |= {name: seal_secret(keyring, open_secret(keyring, text)) for name, text in older.items()}
            factor.save(update_fields=["data"])
            resealed += 1
    return resealed


def is_key_in_use(kid: str) -> bool:
    """Return True while a second factor is sealed with this wrapping key."""
    factors = Authenticator.objects.values_list("data", flat=True).iterator()
    return any(is_sealed_with(text, kid) for data in factors for _name, text in list_secrets(data))
