"""Two officers at once."""

import threading
from collections.abc import Callable
from uuid import UUID

from django.db import connection, transaction

from consents.ledger.services import appending
from consents.rights.services.filing import find_by_token
from tests.waiting import PATIENCE, wait_until_somebody_waits


def at_once(
    world, first: Callable[[], object], second: Callable[[], object], token: UUID | None = None
) -> list[Exception]:
    """The second begins while the first is under way. Returns what the second was told."""
    told: list[Exception] = []

    def act() -> None:
        try:
            second()
        except Exception as refusal:
            told.append(refusal)
        finally:
            connection.close()

    with transaction.atomic():
        if token:
            assert find_by_token(token) is None
        appending.lock_people(world.ada.customer.id)
        thread = threading.Thread(target=act)
        thread.start()
        wait_until_somebody_waits()
        first()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    return told
