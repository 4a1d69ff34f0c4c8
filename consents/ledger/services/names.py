"""What the log and the journal are called in what is signed about them."""

from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Max

from consents.ledger.models import Restoration


def origin() -> str:
    """The log's name in its checkpoints: the portal's address without scheme.

    A log that lost entries in a restoration goes on under another name, so that nobody signs two histories of one.
    """
    generation = Restoration.objects.aggregate(newest=Max("generation"))["newest"]
    return f"{place()}/ledger/{generation}" if generation else f"{place()}/ledger"


def journal_name() -> str:
    return f"{place()}/journal"


def restorations_name() -> str:
    return f"{place()}/restorations"


def backups_name() -> str:
    return f"{place()}/backups"


def place() -> str:
    parts = urlsplit(settings.PORTAL_URL)
    return f"{parts.netloc}{parts.path}"
