"""Let one database seal into a place, and another take over only where somebody says so."""

from pathlib import Path

from django.core.files.storage import Storage
from django.db import connection

from consents.core.refusals import Refusal
from consents.core.signing import NotVerified, load_newest_key, load_public_keys
from consents.ledger import sealers
from consents.ledger.sealers import Sealer
from consents.ledger.services.names import get_portal_name

# The cluster, which a copy by dump and restore changes and a replica keeps; and the database in it.
IDENTITY = """
SELECT (SELECT system_identifier FROM pg_control_system()), oid FROM pg_database WHERE datname = current_database()
"""


class SealedElsewhere(Refusal):
    """Refuse to seal where another database seals."""

    sentence = (
        "Another database seals into the place of these checkpoints. Nothing was sealed. If this one is a copy, give "
        "it a place of its own (PORTAL_CHECKPOINTS_BACKEND and _OPTIONS, PORTAL_JOURNAL). If it stands in for the "
        "other for good, which must never come back, run `manage.py seal_ledger --take-over`."
    )


def identify_database() -> str:
    """Return what PostgreSQL calls this database: the same on a replica, another after a restoration."""
    with connection.cursor() as cursor:
        cursor.execute(IDENTITY)
        cluster, database = cursor.fetchone()
        return f"{cluster}/{database}"


def find_other_sealer(keys: Path, storage: Storage) -> Sealer | None:
    """Return the statement by which another database seals here. Raises NotVerified, OSError."""
    newest = sealers.read_sealer(storage, load_public_keys(keys))
    return newest if newest and newest.database != identify_database() else None


def claim_sealing(*, keys: Path, storage: Storage) -> None:
    """Make sure that this database seals here; the first one that asks does. Raises SealedElsewhere."""
    try:
        newest = sealers.read_sealer(storage, load_public_keys(keys))
        if newest is None:
            publish_next_sealer(None, keys, storage)
        if find_other_sealer(keys, storage):
            raise SealedElsewhere
    except NotVerified:
        raise SealedElsewhere from None


def take_sealing_over(*, keys: Path, storage: Storage) -> None:
    """Let this database seal here from now on, and no other. Raises SealedElsewhere if one took over just now."""
    try:
        newest = sealers.read_sealer(storage, load_public_keys(keys))
        is_other = newest is None or newest.database != identify_database()
        if is_other and not publish_next_sealer(newest, keys, storage):
            raise SealedElsewhere
    except NotVerified:
        raise SealedElsewhere from None


def publish_next_sealer(newest: Sealer | None, keys: Path, storage: Storage) -> bool:
    number = newest.number + 1 if newest else 1
    return sealers.publish_sealer(
        storage, Sealer(f"{get_portal_name()}/sealers", number, identify_database()), load_newest_key(keys)
    )
