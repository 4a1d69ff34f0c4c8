"""Open the storages outside the database that the settings name, with a sentence where they make none."""

from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import Storage, storages


def open_storage(name: str) -> Storage:
    """Raises ImproperlyConfigured, naming the variables, where class and options make no storage."""
    try:
        return storages[name]
    except (TypeError, ValueError, ImproperlyConfigured) as reason:
        variables = f"PORTAL_{name.upper()}_BACKEND and PORTAL_{name.upper()}_OPTIONS"
        raise ImproperlyConfigured(f"{variables} make no storage: {reason}") from None
