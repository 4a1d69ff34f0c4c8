"""Two acts at once on real connections: the later one sees the earlier, and nobody gets a deadlock."""

import threading

from django.db import connection, transaction

from consents.access.models import Grant
from consents.ledger.services import appending
from tests.waiting import PATIENCE, wait_until_somebody_waits
from tests.world.cast import answer, ask
from tests.world.retirements import confirm_end, propose_end


def test_retiring_a_purpose_waits_for_an_answer_and_ends_what_it_gave(real_world):
    request = ask(real_world, "orders")
    faults: list[Exception] = []

    retirement = propose_end(real_world.purpose, real_world.quinn)

    def end_purpose() -> None:
        try:
            confirm_end(retirement, real_world.pia)
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    with transaction.atomic():
        appending.lock_people(real_world.ada.customer.id)
        thread = threading.Thread(target=end_purpose)
        thread.start()
        wait_until_somebody_waits()
        answer(real_world, request)
    thread.join(PATIENCE)

    assert faults == []
    assert [grant.end for grant in Grant.objects.all()] == ["company"]
