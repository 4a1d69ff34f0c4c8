"""Erasing while others act: nobody waits for each other in a circle, and who comes later finds nothing."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from consents.access.models import AccessRequest, Grant
from consents.access.services import ending
from consents.disclosures.services import LookRefused, disclose_records
from consents.ledger.rules import Actor
from consents.people.models import Customer
from tests.architecture.mutation.speaking import application_speaking
from tests.races.meetings import WAITS, apart, won
from tests.waiting import PATIENCE
from tests.world.cast import answer, ask
from tests.world.erasing import erase

APPEND = """
SELECT portal.append_entry('vault.opened', %s::uuid, 'portal', '', 'access_request', '', 'support', 'portal', NULL,
    '', '{}')
"""


def test_a_look_under_way_ends_before_the_erasure_begins(real_world):
    """A look holds its grant and then wants the end of the customer's chain: the erasure must not have that yet."""
    grant = answer(real_world, ask(real_world, "orders"), "all").grants.get()
    answer(real_world, ask(real_world, "contact", member=real_world.kim), "all")
    with application_speaking() as looking, ThreadPoolExecutor(1) as pool:
        looking.execute("SET lock_timeout = '10s'")
        looking.execute("BEGIN")
        looking.execute("SELECT id FROM access_grant WHERE id = %s FOR SHARE", [grant.pk])
        erasing = pool.submit(apart, lambda: erase(real_world))
        while not looking.execute(WAITS).fetchone()[0]:
            assert not erasing.done()

        looking.execute(APPEND, [real_world.ada.customer.id])
        looking.execute("COMMIT")
        erasing.result(timeout=PATIENCE)

    assert Customer.objects.get(pk=real_world.ada.customer.id).erased_at
    with pytest.raises(LookRefused):
        disclose_records(grant=grant.pk, staff=real_world.sam.pk, by=Actor("staff", str(real_world.sam.pk)))


def test_looks_answers_and_stops_at_once(real_world, race):
    """All end, one way or the other, without a circle of waits; and the customer is erased."""
    grant = answer(real_world, ask(real_world, "orders"), "all").grants.get()
    waiting = ask(real_world, "contact", member=real_world.kim)
    sam = Actor("staff", str(real_world.sam.pk))

    won(
        race(
            lambda: disclose_records(grant=grant.pk, staff=real_world.sam.pk, by=sam),
            lambda: disclose_records(grant=grant.pk, staff=real_world.sam.pk, by=sam),
            lambda: answer(real_world, waiting, "all"),
            lambda: ending.stop_access(
                access_request=grant.access_request_id, customer=real_world.ada.customer.id, by=real_world.ada.actor
            ),
            lambda: erase(real_world),
        )
    )

    assert Customer.objects.get(pk=real_world.ada.customer.id).erased_at
    assert not Grant.objects.filter(ended_at=None).exists()
    assert not AccessRequest.objects.filter(state="pending").exists()
