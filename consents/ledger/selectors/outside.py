"""Compare the database with what is kept outside: was it set back to an older state, as by a failover to a replica?"""

from django.conf import settings
from django.core.files.storage import Storage

from consents.core.signing import NotVerified, load_public_keys
from consents.ledger import checkpoints, journal
from consents.ledger.checkpoints import TreeHead
from consents.ledger.journal import JournalBroken
from consents.ledger.models import Checkpoint, Restoration
from consents.ledger.selectors.journal_verification import find_unknown_entry

TAIL = 20  # lines of the journal: a database that was set back lacks the newest ones


def is_journal_ahead() -> bool:
    """Return True if the end of the journal tells of an entry that the database does not hold.

    A line is written once its entry has committed, so a database that is what it was holds them all. Lines without our
    code count for nothing here, nor does a journal that cannot be read: `verify_ledger` and sealing tell of those.
    """
    try:
        lines = journal.read_last_lines(journal.get_journal_place(), TAIL)
        return find_unknown_entry([line for line in lines if journal.is_authentic(line, settings.KEYRING)]) is not None
    except (JournalBroken, OSError):
        return False


def is_log_ahead(storage: Storage) -> bool:
    """Return True if the newest checkpoint outside is not of this database. Raises OSError where it cannot be read."""
    try:
        newest = checkpoints.read_newest_checkpoint(storage, load_public_keys(settings.PORTAL_KEYS))
    except NotVerified:
        return False
    return newest is not None and not is_own_or_stated_lost(newest)


def is_journal_elsewhere(storage: Storage) -> bool:
    """Return True if the journal lacks the head that was signed last: it was lost, or another machine writes one of its
    own. Raises OSError where one of them cannot be read."""
    try:
        signed = journal.read_newest_head(storage, load_public_keys(settings.PORTAL_KEYS))
        if signed == journal.EMPTY:
            return False
        with journal.open_journal(journal.get_journal_place()) as file:
            return not journal.contains_head(file, signed)
    except (JournalBroken, NotVerified):
        return False  # signing, which cannot go on, tells of it


def is_own_or_stated_lost(outside: TreeHead) -> bool:
    """Return True if this database made the checkpoint, or states to have lost it."""
    is_own = Checkpoint.objects.filter(size=outside.size, root=outside.root).exists()
    return is_own or Restoration.objects.filter(lost_size=outside.size, lost_root=outside.root).exists()
