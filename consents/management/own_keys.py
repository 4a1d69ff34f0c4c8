"""The portal's own public keys, for commands that an auditor runs with a file of them instead."""

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError

from consents.core import jose


def read_own_keys(kind: str) -> jose.KeySet:
    """Raises CommandError with 2, for nothing was checked, where there are none."""
    from django.conf import settings

    try:
        return jose.load_key_set(settings.PORTAL_KEYS, kind)
    except ImproperlyConfigured as reason:
        raise CommandError(
            f"{reason} Away from the portal give --key: the company's /.well-known/jwks.json, saved to a file.",
            returncode=2,
        ) from None
