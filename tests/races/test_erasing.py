"""Erasing a part while others act: nobody waits in a circle, and who comes later finds nothing."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError

from consents.access.models import AccessRequest, Grant
from consents.access.services import ending
from consents.access.services import ending as access_ending
from consents.copies.models import Package
from consents.copies.services import packages
from consents.core.refusals import Refusal
from consents.disclosures.services import LookRefused, disclose_own_copy, disclose_records
from consents.law.kinds import Type
from consents.ledger.rules import PORTAL, Actor
from consents.people import keys
from consents.people.models import Customer, Erasure
from consents.people.services import erasing as people_erasing
from consents.rights.models import RightsRequest
from consents.rights.services import erasing as rights_erasing
from consents.rights.services import requester_actions
from consents.vault.incoming_records import IncomingRecord
from consents.vault.models import PartErasure
from consents.vault.services import storing as vault_storing
from tests.architecture.mutation.speaking import application_speaking, outcome
from tests.races.meetings import WAITS, apart, check_no_data_after, looking, won
from tests.races.meetings import ending as meetings_ending
from tests.waiting import PATIENCE
from tests.world.cast import answer, ask, put_in_vault
from tests.world.erasing import erase
from tests.world.rights_requests import answer as grant_right
from tests.world.rights_requests import by_staff, file, search
from tests.world.sql.erasing_part import erasing_part

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


def proposed(world) -> RightsRequest:
    """All but orders."""
    request = file(world.ada, Type.ERASURE)
    search(world, request)
    about = {"rights_request": request.pk, "officer": world.pia, "by": by_staff(world.pia)}
    rights_erasing.propose_partial_erasure(**about, kept=["orders"], law="AO 147")
    return request


def erase_part(world, request) -> object:
    return rights_erasing.confirm_partial_erasure(
        rights_request=request.pk, officer=world.otto, by=by_staff(world.otto)
    )


@pytest.mark.parametrize("code", ["contact", "orders"])
def test_no_look_begins_after_a_partial_erasure(real_world, race, code):
    """Of what is gone and of what is kept: whatever starts after the answer yields no data."""
    world, request = real_world, proposed(real_world)
    grant, over = answer(world, ask(world, code)).grants.get().pk, threading.Event()

    def look() -> bool:
        try:
            return bool(disclose_records(grant=grant, staff=world.sam.pk, by=by_staff(world.sam)).records)
        except LookRefused:
            return False

    acknowledged, *looks = race(
        meetings_ending(lambda: erase_part(world, request), over), *[looking(look, over) for _ in range(4)]
    )

    check_no_data_after(acknowledged, looks)
    assert PartErasure.objects.get().done_at


def test_of_two_confirmations_one_counts(real_world, race):
    request = proposed(real_world)

    outcomes = race(*[lambda: erase_part(real_world, request)] * 4)

    assert len(won(outcomes)) == 1


def test_taken_back_and_confirmed_at_once_it_is_one_of_the_two(real_world, race):
    world, request = real_world, proposed(real_world)

    won(
        race(
            lambda: erase_part(world, request),
            lambda: requester_actions.withdraw_request(
                rights_request=request.pk, customer=world.ada.customer.pk, by=world.ada.actor
            ),
        )
    )

    request.refresh_from_db()
    done = PartErasure.objects.get().done_at is not None
    assert request.outcome == ("complied_part" if done else "withdrawn_by_requester")
    assert (len(disclose_own_copy(customer=world.ada.customer.pk, by=world.ada.actor).records) == 1) == done


@pytest.mark.parametrize("round", range(3))
def test_erasing_amid_other_acts_leaves_one_consistent_state(real_world, round):
    world, request = real_world, proposed(real_world)
    running = answer(world, ask(world, "contact", "orders"), "all")
    grant = running.grants.get(category__code="orders")
    waiting = ask(world, "health", member=world.kim)
    copied = file(world.ada, Type.ACCESS)
    search(world, copied)
    grant_right(world, copied)
    about = {"customer": world.ada.customer.pk, "by": by_staff(world.pia)}
    people_erasing.propose_erasure(reason=Erasure.Reason.UNLAWFUL, officer=world.pia, **about)

    def import_again() -> None:
        put_in_vault(world.ada.customer, world.categories["contact"], {"name": "Ada once more"})

    acts = [
        lambda: disclose_records(grant=grant.pk, staff=world.sam.pk, by=by_staff(world.sam)),
        lambda: answer(world, waiting, "all"),
        lambda: access_ending.stop_access(
            access_request=running.pk, customer=world.ada.customer.pk, by=world.ada.actor
        ),
        lambda: packages.make_package(rights_request=copied.pk, by=PORTAL),
        import_again,
        lambda: erase_part(world, request),
    ]
    with ThreadPoolExecutor(len(acts)) as pool:
        running_acts = [pool.submit(apart, act) for act in acts]
        faults = [one.exception(timeout=PATIENCE) for one in running_acts]

    assert [one for one in faults if one and not isinstance(one, (Refusal, IntegrityError))] == []
    assert PartErasure.objects.get().done_at
    assert list(disclose_own_copy(customer=world.ada.customer.pk, by=world.ada.actor).records) == [
        world.categories["orders"].pk
    ]
    done_at = PartErasure.objects.get().done_at
    assert not Package.objects.filter(removed_at=None, made_at__lt=done_at).exists()


def test_an_import_waits_for_an_erasure_of_part_under_way(real_world):
    """And then is refused what was deleted: not both."""
    world, request = real_world, proposed(real_world)
    told = (
        "SELECT portal.append_entry('vault.stored', NULL, 'portal', '', 'vault', 'records', '', 'job', NULL, '', '{}')"
    )
    store = (
        "SELECT portal.store_records(ARRAY[gen_random_uuid()], ARRAY[%s::uuid],"
        " ARRAY(SELECT id FROM catalogue_category WHERE code = 'contact'), ARRAY[0], ARRAY['{}'::jsonb])"
    )
    storing = (store, [world.ada.customer.pk])
    with application_speaking() as erasing, application_speaking() as other:
        erasing.execute("BEGIN")
        for statement in erasing_part(request.pk, world.otto.pk):
            erasing.execute(*statement)
        other.execute("SET lock_timeout = '200ms'")
        assert outcome(other, told, storing).startswith("55P03")
        erasing.execute("COMMIT")
        assert outcome(other, told, storing) == "23001 vault_record_not_of_part_erased"


ERASING = [
    "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
    "SELECT FROM people_customer WHERE id::text = %s FOR NO KEY UPDATE",
]
ENTRY = (
    "SELECT portal.append_entry('customer.erased', %s::uuid, 'portal', '', 'customer', 'x', '', 'job', NULL, '', '{}')"
)


@pytest.mark.parametrize("several", [False, True], ids=["one customer", "several"])
def test_an_import_waits_before_it_takes_a_chain_that_an_erasure_needs(real_world, several):
    """Else each would wait for the other: an erasure holds its customer, and then writes its entry."""
    world, ada = real_world, real_world.ada.customer
    records = [
        IncomingRecord(one.pk, world.categories["contact"].pk, "late", {"name": "Late"}, 9) for one in people_of(world)
    ]
    about = {"keys": {one.pk: keys.open_customer_key(one.pk) for one in people_of(world)}, "by": PORTAL}
    with application_speaking() as erasing, ThreadPoolExecutor(1) as pool:
        erasing.execute("BEGIN")
        for statement in ERASING:
            erasing.execute(statement, [str(ada.pk)])
        importing = pool.submit(
            apart, lambda: vault_storing.store_records(records=records[: 2 if several else 1], **about)
        )
        while not erasing.execute(WAITS).fetchone()[0]:
            assert not importing.done()
        erasing.execute(ENTRY, [None if several else str(ada.pk)])
        erasing.execute("ROLLBACK")
        assert importing.result(timeout=PATIENCE) == (2 if several else 1)


def people_of(world):
    return [world.ada.customer, world.ben.customer]
