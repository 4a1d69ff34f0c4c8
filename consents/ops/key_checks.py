"""Compare the keys in their folder with those the database was written with; make keys only where there is no data.

Of each key a check value (an HMAC, from which nobody learns the key) is put on record when it is first used, and goes
into the manifest of each backup. The first value of a name on record counts; no later entry replaces it.
"""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, ProgrammingError, transaction

from consents.core import keys
from consents.ledger.models import Entry
from consents.ledger.rules import Actor
from consents.ledger.selectors.timelines import list_entries
from consents.ledger.services.appending import append_entry

OBJECT = "keys"


def list_recorded_checks() -> dict[str, str]:
    """Return the check value of each key by its name, as the ledger has it."""
    newest_first = list_entries(OBJECT).filter(event="key.recorded").order_by("-id")
    return {entry.facts["key"]: entry.facts["check"] for entry in newest_first}  # the first one counts


@transaction.atomic
def record_new_keys(by: Actor) -> list[str]:
    """Put the check values of keys on record that are new; return their names."""
    recorded = list_recorded_checks()
    new = {name: check for name, check in keys.compute_checks(settings.PORTAL_KEYS).items() if name not in recorded}
    for name, check in new.items():
        append_entry(
            event="key.recorded", by=by, object_type="key", object=OBJECT, details={"key": name, "check": check}
        )
    return sorted(new)


def find_recorded_key_problems() -> list[str]:
    """Say in sentences which keys are missing or wrong for this database; empty if all are right."""
    return keys.find_key_problems(settings.PORTAL_KEYS, list_recorded_checks())


def check_recorded_keys() -> None:
    """Raises ImproperlyConfigured, naming the keys, where the database was written with others."""
    if problems := find_recorded_key_problems():
        raise ImproperlyConfigured(
            f"Nothing was begun: this database was written with other keys. {' '.join(problems)} Put the copy of the "
            "keys back that belongs to it."
        )


def make_first_keys() -> None:
    """Make the keys that are missing, unless there is data: what other keys sealed no new key opens.

    Raises ImproperlyConfigured.
    """
    missing = keys.list_missing_keys(settings.PORTAL_KEYS)
    if missing and has_entries():
        raise ImproperlyConfigured(
            f"There is data in the database, but keys are missing in {settings.PORTAL_KEYS}: {', '.join(missing)}. New "
            "keys would open nothing of it, so none were made. Put the copy of the keys back that belongs to it."
        )
    keys.make_keys(settings.PORTAL_KEYS)


def has_entries() -> bool:
    """Return True if the ledger has an entry. Raises ImproperlyConfigured when the database does not tell."""
    if settings.EMBEDDED and not (settings.PORTAL_VAR / "postgres" / "data").exists():
        return False
    try:
        with transaction.atomic():
            return Entry.objects.exists()
    except ProgrammingError:
        return False  # no tables: nothing has been written
    except OperationalError:
        raise ImproperlyConfigured(
            "Keys are missing, and the database does not answer: whether there is data that needs them cannot be told. "
            "No keys were made; try again when it runs."
        ) from None
