"""Check what must be true before the portal serves or works."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction

from consents.core import keys, roles, safeguards


def refuse_missing_keys() -> None:
    """Raises ImproperlyConfigured when a key is missing or damaged."""
    keys.load_keyring(settings.PORTAL_KEYS)


def check_database_role() -> None:
    """Raises ImproperlyConfigured when the database role could own, bypass or become more than it should."""
    problems = roles.find_role_problems(connection)
    if problems:
        raise ImproperlyConfigured("The portal does not start: " + " ".join(problems))


def check_safeguards() -> None:
    """Raises ImproperlyConfigured when what keeps the promises is not as the last migration left it."""
    with transaction.atomic(), connection.cursor() as cursor:
        found = safeguards.find_changes(cursor)
    if found:
        raise ImproperlyConfigured(
            "The portal does not start: the database is not as the last migration left it: "
            f"{safeguards.explain_changes(found)} Find out who changed it, then mend it; if it was meant, run "
            "`manage.py migrate --accept-changes`."
        )
