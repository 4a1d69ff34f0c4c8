"""A partial erasure, a correction and the end of an older index key: done once, and only to what is there."""

from dataclasses import replace
from uuid import uuid4

import pytest
from django.conf import settings

from consents.core.keys import load_keyring
from consents.law.kinds import Type
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.people.two_officers.refusals import AlreadyDecided
from consents.vault.models import PartErasure
from consents.vault.rules import Parts
from consents.vault.services import erasing, rekeying, storing
from tests.world.rights_requests import by_staff, file

PARTS = Parts(["contact", "health"], ["orders"])


def count(event: str) -> int:
    return Entry.objects.filter(event=event).count()


def test_a_part_is_erased_once_and_not_again_after_a_restore(world):
    request = file(world.ada, Type.ERASURE)
    about = {"rights_request": request.pk, "customer": world.ada.customer.pk}
    erasing.propose_part_erasure(**about, parts=PARTS, law="AO 147", officer=world.pia, by=by_staff(world.pia))
    by_otto = about | {"officer": world.otto, "by": by_staff(world.otto)}

    erased = erasing.erase_part(**by_otto, is_everything=True)

    assert erasing.erase_part(**by_otto, is_everything=True) == erased
    assert erasing.erase_part_again(**about, parts=PARTS, law="AO 147", by=PORTAL) == erased
    assert PartErasure.objects.get() == erased and count("customer.part_erased") == 1
    with pytest.raises(AlreadyDecided):
        erasing.cancel_part_erasure(**by_otto)
    assert count("part_erasure.cancelled") == 0


def test_a_value_of_another_record_is_not_corrected(world):
    stored = count("vault.stored")
    about = {"customer": world.ada.customer.pk, "category": world.categories["contact"].pk, "record": uuid4()}

    with pytest.raises(storing.NoSuchRecord):
        storing.correct_value(**about, field="phone", value="555-0199", by=by_staff(world.pia))
    assert count("vault.stored") == stored


def test_an_older_index_key_ends_once_and_not_while_something_needs_it(world):
    later = replace(load_keyring(settings.PORTAL_KEYS), later_index_keys=(b"k" * 32,))
    with pytest.raises(rekeying.OlderHashesLeft):
        rekeying.settle_index_key(keyring=later, by=PORTAL)
    assert count("index_key.settled") == 0

    rekeying.rekey_addresses(keyring=later, by=PORTAL)
    for column in (rekeying.CONTENTS, rekeying.SENT):
        rekeying.rekey_column(column=column, keyring=later, by=PORTAL)
    for _ in range(2):
        rekeying.settle_index_key(keyring=later, by=PORTAL)
    assert count("index_key.settled") == 1
