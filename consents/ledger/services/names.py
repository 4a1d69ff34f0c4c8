"""Name the log, the journal, restorations and backups in what is signed about them."""

from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Max

from consents.ledger.models import Restoration


def get_log_name() -> str:
    """Return the log's name in its checkpoints: the portal's address without scheme.

    A log that lost entries in a restoration continues under another name, so that no one signs two histories of one.
    """
    generation = Restoration.objects.aggregate(newest=Max("generation"))["newest"]
    return f"{get_portal_name()}/ledger/{generation}" if generation else f"{get_portal_name()}/ledger"


def list_log_names() -> list[str]:
    """List every name that the log has had, oldest first."""
    generations = Restoration.objects.filter(generation__isnull=False).order_by("generation")
    later = [f"{get_portal_name()}/ledger/{number}" for number in generations.values_list("generation", flat=True)]
    return [f"{get_portal_name()}/ledger", *later]


def get_backups_name() -> str:
    return f"{get_portal_name()}/backups"


def get_portal_name() -> str:
    """Return the portal's address without scheme: the names of all that it signs begin with it."""
    parts = urlsplit(settings.PORTAL_URL)
    return f"{parts.netloc}{parts.path}"
