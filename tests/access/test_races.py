"""Two acts at once on real connections: the later one sees the earlier, and nobody gets a deadlock."""

import threading

from django.db import connection, transaction

from consents.access.models import Grant
from consents.catalogue import services as catalogue
from consents.ledger import services as ledger
from consents.ledger.rules import PORTAL
from tests.cast import answer, ask


def test_retiring_a_purpose_waits_for_an_answer_and_ends_what_it_gave(real_world):
    request = ask(real_world, "orders")
    faults: list[Exception] = []

    def retire() -> None:
        try:
            catalogue.retire(purpose=real_world.purpose, by=PORTAL)
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    with transaction.atomic():
        ledger.hold(real_world.ada.customer.id)
        thread = threading.Thread(target=retire)
        thread.start()
        wait_until_somebody_waits()
        answer(real_world, request)
    thread.join(timeout=20)

    assert faults == []
    assert [grant.end for grant in Grant.objects.all()] == ["company"]


def wait_until_somebody_waits() -> None:
    """Until another connection waits for a lock; the statement timeout bounds it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
            " AND wait_event_type = 'Lock') LOOP PERFORM pg_stat_clear_snapshot(); END LOOP; END $$"
        )
