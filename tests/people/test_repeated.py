"""What a person has done already, or a backup knows already, is not done a second time."""

from datetime import timedelta
from uuid import uuid4

import pytest

from consents.core.refusals import Unknown
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.people.models import ErasedReference, LegalHold, User
from consents.people.selectors import is_address_hash
from consents.people.services import claiming, customer_records, erasing, holding, locking
from tests.world.cast import make_user
from tests.world.erasing import actor, hold

WAYS = {"code", "password"}


def count(event: str) -> int:
    return Entry.objects.filter(event=event).count()


def test_an_access_is_locked_once_and_unlocked_once(world):
    mine = {"user": world.ada.user, "customer": world.ada.customer.id, "by": world.ada.actor}
    assert locking.unlock_account(**mine, proofs=WAYS).locked_at is None and count("account.unlocked") == 0

    first, second = locking.lock_account(**mine, ways=WAYS), locking.lock_account(**mine, ways=WAYS)
    locking.lock_account_again(**mine | {"user": world.ada.user.pk, "by": PORTAL})
    assert first.locked_at == second.locked_at and count("account.locked") == 1

    for _ in range(2):
        assert locking.unlock_account(**mine, proofs=WAYS).locked_at is None
    assert count("account.unlocked") == 1


def test_an_access_that_is_none_is_neither_locked_nor_unlocked(world):
    nobody = {"user": User(pk=uuid4()), "customer": world.ada.customer.id, "by": world.ada.actor}
    for act in (
        lambda: locking.lock_account(**nobody, ways=WAYS),
        lambda: locking.unlock_account(**nobody, proofs=WAYS),
    ):
        with pytest.raises(Unknown):
            act()

    locking.lock_account_again(**nobody | {"user": uuid4(), "by": PORTAL})
    assert count("account.locked") == count("account.unlocked") == 0


def test_a_hold_that_the_backup_knows_stays_as_it_is(world):
    placed = hold(world)
    again = {
        "hold": placed.pk,
        "customer": world.ada.customer.id,
        "reason": LegalHold.Reason.AUTHORITY,
        "review_on": placed.review_on + timedelta(days=1),
        "officer": str(world.pia.pk),
    }

    holding.place_hold_again(**again, by=Actor("portal", channel="restore", original="00" * 32))

    known = LegalHold.objects.get()
    assert (known.reason, known.review_on) == (placed.reason, placed.review_on) and count("legal_hold.placed") == 1


def test_an_erased_customer_without_a_number_keeps_nobody_out(world):
    nobody = customer_records.open_customer_record(email="noa@example.com", by=PORTAL)
    about = {"customer": nobody.pk, "reason": "requested"}
    erasing.propose_erasure(**about, officer=world.pia, by=actor(world.pia))
    erasing.erase_customer(customer=nobody.pk, officer=world.otto, by=actor(world.otto))
    erasing.close_accounts_again(accounts={uuid4()}, by=PORTAL)

    assert "reference" not in Entry.objects.get(event="customer.erased").facts
    assert not ErasedReference.objects.exists() and count("account.closed") == 0


def test_a_record_is_claimed_by_its_number_once_and_has_the_address_of_the_account(world):
    user = make_user("noa@example.com")
    by = Actor("customer", str(user.pk), channel="provider")
    bare = customer_records.open_customer_record(reference="C-7", by=PORTAL)

    for _ in range(2):
        claimed = claiming.claim_record_by_reference(user=user, reference="C-7", by=by)
        assert claimed.pk == bare.pk

    bare.refresh_from_db()
    assert is_address_hash(bare.address_hash, "noa@example.com")
    assert Entry.objects.filter(event="record.claimed", customer=bare.pk).count() == 1
