"""What must be true before the portal serves or works."""

from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from consents.core import roles


def refuse_wrong_role() -> None:
    """Raises ImproperlyConfigured when the database role could own, bypass or become more than it should."""
    problems = roles.problems(connection)
    if problems:
        raise ImproperlyConfigured("The portal does not start: " + " ".join(problems))
