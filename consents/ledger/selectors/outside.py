"""Compare the database with what is kept outside: was it set back to an older state, as by a failover to a replica?"""

from itertools import takewhile

from django.conf import settings
from django.core.files.storage import Storage

from consents.core.signing import NotVerified, load_public_keys
from consents.ledger import checkpoints, journal
from consents.ledger.checkpoints import TreeHead
from consents.ledger.journal import Head, JournalBroken
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
    name = checkpoints.find_newest_checkpoint(storage)
    if name is None:
        return False
    try:
        newest = checkpoints.verify_checkpoint(
            checkpoints.read_note(storage, name), load_public_keys(settings.PORTAL_KEYS)
        )
    except NotVerified:
        return False
    return not is_own_or_stated_lost(newest)


def is_journal_elsewhere(storage: Storage) -> bool:
    """Return True if the journal lacks the head that was signed last: it was lost, or another machine writes one of its
    own. Raises OSError where one of them cannot be read."""
    name = journal.find_newest_head(storage)
    if name is None:
        return False
    try:
        signed = checkpoints.verify_checkpoint(
            checkpoints.read_note(storage, name), load_public_keys(settings.PORTAL_KEYS)
        )
        return not has_line_of(Head(signed.size, signed.root))
    except (JournalBroken, NotVerified):
        return False  # signing, which cannot go on, tells of it


def has_line_of(head: Head) -> bool:
    """Search from the journal's end: the head was signed a minute ago."""
    with journal.open_journal(journal.get_journal_place()) as file:
        return any(line.head == head for line in takewhile(lambda line: line.number >= head.number, file.backwards()))


def is_own_or_stated_lost(outside: TreeHead) -> bool:
    """Return True if this database made the checkpoint, or states to have lost it."""
    is_own = Checkpoint.objects.filter(size=outside.size, root=outside.root).exists()
    return is_own or Restoration.objects.filter(lost_size=outside.size, lost_root=outside.root).exists()
