"""Erasing a part while others act: nobody waits in a circle, and who comes later finds nothing."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError

from consents.access import services as access
from consents.core.refusals import Refusal
from consents.disclosures.services import MayNotLook, disclose, disclose_own
from consents.ledger.rules import PORTAL
from consents.people import keys
from consents.people import services as people
from consents.people.models import Erasure
from consents.rights import services as rights
from consents.rights.models import Package, RightsRequest
from consents.rights.rules.kinds import Type
from consents.vault import services as vault
from consents.vault.models import PartErasure
from consents.vault.services import Incoming
from tests.architecture.mutation.speaking import application_speaking, outcome
from tests.cast import answer, ask, put_in_vault
from tests.races.test_answers import won
from tests.races.test_erasing import WAITS, apart
from tests.races.test_openings import check_no_data_after, ending, looking
from tests.rights.conftest import answer as grant_right
from tests.rights.conftest import by_staff, file, search
from tests.vault.raw import erasing_part


def proposed(world) -> RightsRequest:
    """All but orders."""
    request = file(world.ada, Type.ERASURE)
    search(world, request)
    about = {"request": request.pk, "officer": world.pia, "by": by_staff(world.pia)}
    rights.propose_part(**about, kept=["orders"], law="AO 147")
    return request


def erase_part(world, request) -> object:
    return rights.erase_part(request=request.pk, officer=world.otto, by=by_staff(world.otto))


@pytest.mark.parametrize("code", ["contact", "orders"])
def test_looking_ends_with_it(real_world, race, code):
    """Of what is gone and of what is kept: whatever starts after the answer yields no data."""
    world, request = real_world, proposed(real_world)
    grant, over = answer(world, ask(world, code)).grants.get().pk, threading.Event()

    def look() -> bool:
        try:
            return bool(disclose(grant=grant, staff=world.sam.pk, by=by_staff(world.sam)).records)
        except MayNotLook:
            return False

    acknowledged, *looks = race(
        ending(lambda: erase_part(world, request), over), *[looking(look, over) for _ in range(4)]
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
            lambda: rights.withdraw(request=request.pk, customer=world.ada.customer.pk, by=world.ada.actor),
        )
    )

    request.refresh_from_db()
    done = PartErasure.objects.get().done_at is not None
    assert request.outcome == ("complied_part" if done else "withdrawn_by_requester")
    assert (len(disclose_own(customer=world.ada.customer.pk, by=world.ada.actor).records) == 1) == done


@pytest.mark.parametrize("round", range(3))
def test_everything_at_once(real_world, round):
    world, request = real_world, proposed(real_world)
    running = answer(world, ask(world, "contact", "orders"), "all")
    grant = running.grants.get(category__code="orders")
    waiting = ask(world, "health", member=world.kim)
    copied = file(world.ada, Type.ACCESS)
    search(world, copied)
    grant_right(world, copied)
    about = {"customer": world.ada.customer.pk, "by": by_staff(world.pia)}
    people.propose_erasure(reason=Erasure.Reason.UNLAWFUL, officer=world.pia, **about)

    def import_again() -> None:
        put_in_vault(world.ada.customer, world.categories["contact"], {"name": "Ada once more"})

    acts = [
        lambda: disclose(grant=grant.pk, staff=world.sam.pk, by=by_staff(world.sam)),
        lambda: answer(world, waiting, "all"),
        lambda: access.stop(request=running.pk, customer=world.ada.customer.pk, by=world.ada.actor),
        lambda: rights.make_package(request=copied.pk, by=PORTAL),
        import_again,
        lambda: erase_part(world, request),
    ]
    with ThreadPoolExecutor(len(acts)) as pool:
        running_acts = [pool.submit(apart, act) for act in acts]
        faults = [one.exception(timeout=60) for one in running_acts]

    assert [one for one in faults if one and not isinstance(one, (Refusal, IntegrityError))] == []
    assert PartErasure.objects.get().done_at
    assert list(disclose_own(customer=world.ada.customer.pk, by=world.ada.actor).records) == [
        world.categories["orders"].pk
    ]
    done_at = PartErasure.objects.get().done_at
    assert not Package.objects.filter(removed_at=None, made_at__lt=done_at).exists()


def test_an_import_waits_for_an_erasure_of_part_under_way(real_world):
    """And then is refused what was deleted: not both."""
    world, request = real_world, proposed(real_world)
    told = "SELECT ledger_append('vault.stored', NULL, 'portal', '', 'vault', 'records', '', 'job', NULL, '', '{}')"
    store = (
        "SELECT vault_store(ARRAY[gen_random_uuid()], ARRAY[%s::uuid],"
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
ENTRY = "SELECT ledger_append('customer.erased', %s::uuid, 'portal', '', 'customer', 'x', '', 'job', NULL, '', '{}')"


@pytest.mark.parametrize("several", [False, True], ids=["one customer", "several"])
def test_an_import_waits_before_it_takes_a_chain_that_an_erasure_needs(real_world, several):
    """Else each would wait for the other: an erasure holds its customer, and then writes its entry."""
    world, ada = real_world, real_world.ada.customer
    records = [
        Incoming(one.pk, world.categories["contact"].pk, "late", {"name": "Late"}, 9) for one in people_of(world)
    ]
    about = {"keys": {one.pk: keys.of(one.pk) for one in people_of(world)}, "by": PORTAL}
    with application_speaking() as erasing, ThreadPoolExecutor(1) as pool:
        erasing.execute("BEGIN")
        for statement in ERASING:
            erasing.execute(statement, [str(ada.pk)])
        importing = pool.submit(apart, lambda: vault.store(records=records[: 2 if several else 1], **about))
        while not erasing.execute(WAITS).fetchone()[0]:
            assert not importing.done()
        erasing.execute(ENTRY, [None if several else str(ada.pk)])
        erasing.execute("ROLLBACK")
        assert importing.result(timeout=30) == (2 if several else 1)


def people_of(world):
    return [world.ada.customer, world.ben.customer]
