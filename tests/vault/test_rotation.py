"""Wrapping keys rotate: the old one is accepted, the new one used, and nothing is sealed anew."""

import dataclasses
import json
import shutil
from dataclasses import replace
from io import StringIO
from types import SimpleNamespace
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.core.management import CommandError, call_command

from consents.accounts import second_factors
from consents.core import keys as files
from consents.core import sealing
from consents.core.keys import load_keyring
from consents.core.sealing import CannotOpen
from consents.law.kinds import Type
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.ledger.services import appending
from consents.ops import index_rotation
from consents.people import keys
from consents.people.models import CustomerKey
from consents.people.two_officers.refusals import AlreadyDecided
from consents.systems.models import Webhook
from consents.vault.models import PartErasure
from consents.vault.rules import Parts
from consents.vault.services import erasing, rekeying, storing
from tests.disclosures.looking import look
from tests.world.cast import answer, ask, make_customer
from tests.world.rights_requests import by_staff, file


@pytest.fixture
def own_keys(tmp_path, monkeypatch):
    """The keys of all tests in a folder that this one may change, and the portal's keyring as loaded from it."""
    shutil.copytree(settings.PORTAL_KEYS, tmp_path / "keys")
    ring = files.load_keyring(tmp_path / "keys")
    monkeypatch.setattr(settings, "PORTAL_KEYS", tmp_path / "keys")
    monkeypatch.setattr(settings, "KEYRING", ring)
    return tmp_path / "keys"


def rotate(*options: str) -> str:
    out = StringIO()
    call_command("rotate_keys", *options, stdout=out, stderr=out)
    return out.getvalue()


def kids() -> set[str]:
    return set(CustomerKey.objects.values_list("kid", flat=True))


def test_it_wraps_every_key_anew_and_seals_nothing_anew(own_keys, world):
    before = {key.pk: keys.open_key_row(key) for key in CustomerKey.objects.all()}

    said = rotate("--batch", "1")

    assert kids() == {"2"} and f"{len(before)} customers" in said
    assert {key.pk: keys.open_key_row(key) for key in CustomerKey.objects.all()} == before
    assert Entry.objects.filter(event="customer_keys.rewrapped", object="2").count() == len(before)


def test_a_running_portal_goes_on(own_keys, real_world):
    request = answer(real_world, ask(real_world), "all")
    running = settings.KEYRING

    rotate()

    assert settings.KEYRING is running and running.current == "1"
    assert [record["item"] for record in look(real_world, request).records] == ["Blue lamp", "Chair"]


def test_the_new_key_is_used_for_new_customers_after_a_start(own_keys, world, monkeypatch):
    rotate()
    late = make_customer("C-1", "late@example.com")
    assert late.customer.key.kid == "1"

    monkeypatch.setattr(settings, "KEYRING", files.load_keyring(own_keys))

    assert make_customer("C-2", "later@example.com").customer.key.kid == "2"
    rotate("--continue")
    assert kids() == {"2"} and not (own_keys / "wrap-3").exists()


def test_a_key_in_use_is_not_retired(own_keys, world):
    with pytest.raises(CommandError, match="still needed"):
        files.add_key(own_keys, "wrap")
        rotate("--retire", "1")
    assert (own_keys / "wrap-1").exists()


@pytest.mark.parametrize("kid", ["2", "7", "", "../keys/wrap-1"])
def test_neither_the_newest_nor_an_unknown_key_is_retired(own_keys, world, kid):
    rotate()
    with pytest.raises(CommandError, match="Only an older key"):
        rotate("--retire", kid)


def test_second_factors_are_sealed_anew_before_a_key_is_retired(own_keys, world):
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(world.sam.user, secret)
    files.add_key(own_keys, "wrap")
    with pytest.raises(CommandError, match="second factors"):
        rotate("--retire", "1")

    rotate("--continue")
    rotate("--retire", "1")

    [data] = Authenticator.objects.values_list("data", flat=True)
    assert data["sealed"].startswith("2:")
    owner = second_factors.name_owner("totp", world.sam.user.pk)
    opened = second_factors.open_secret(files.load_keyring(own_keys), data["sealed"], owner)
    assert json.loads(opened) == {"secret": secret}


def test_no_key_is_retired_while_a_webhook_waits_under_it(own_keys, world):
    rotate()
    Webhook.objects.create(system="shop", kind="customer.erased", sealed=b"a number", key_id="1")

    with pytest.raises(CommandError, match="webhooks that wait"):
        rotate("--retire", "1")

    assert (own_keys / "wrap-1").exists()


def test_a_secret_key_rotates_and_the_old_one_opens_until_it_is_dropped(own_keys):
    first = (own_keys / "secret_key").read_text()

    rotate("--secret")
    second = (own_keys / "secret_key").read_text()
    assert first != second and files.read_older_secrets(own_keys) == [first]
    rotate("--secret")
    assert files.read_older_secrets(own_keys) == [second, first]
    assert files.load_keyring(own_keys).secret_key == (own_keys / "secret_key").read_text()

    assert rotate("--drop-secrets").startswith("2 older")
    assert files.read_older_secrets(own_keys) == []


def test_a_retired_key_unwraps_no_more_and_is_kept_aside(own_keys, world):
    old = CustomerKey.objects.get(customer=world.ada.customer.id)
    rotate()
    rotate("--retire", "1")

    assert (own_keys / "retired-1").exists()
    with pytest.raises(CannotOpen):
        sealing.unwrap_key(files.load_keyring(own_keys), old.kid, bytes(old.wrapped), str(old.pk))
    assert Entry.objects.filter(event="wrapping_key.retired", object="1").count() == 1


def test_a_damaged_key_is_named_and_stops_nobody_else(own_keys, world):
    damaged = CustomerKey.objects.filter(customer=world.ben.customer.id)
    appending.append_entry(event="customer_keys.rewrapped", by=PORTAL, object_type="", object="0", details={"keys": 1})
    damaged.update(kid="0", wrapped=b"\x01damaged")

    out = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("rotate_keys", stdout=out, stderr=out)

    assert end.value.code == 1 and str(world.ben.customer.id) in out.getvalue()
    assert CustomerKey.objects.get(customer=world.ada.customer.id).kid == "2"


@pytest.mark.parametrize("kid", ["9", "", "../secret_key", "1/../1", "\0", "é"])
def test_a_wrong_key_id_opens_nothing(own_keys, world, kid):
    key = CustomerKey.objects.get(customer=world.ada.customer.id)
    with pytest.raises(CannotOpen):
        sealing.unwrap_key(settings.KEYRING, kid, bytes(key.wrapped), str(key.pk))


def test_a_wrapped_key_of_another_customer_or_key_id_does_not_open(own_keys, world):
    key = CustomerKey.objects.get(customer=world.ada.customer.id)
    ring = files.load_keyring(own_keys)
    ring = dataclasses.replace(ring, wrapping={"1": ring.wrapping["1"], "2": bytes(32)})
    for kid, owner in [("1", world.ben.customer.id), ("2", key.pk)]:
        with pytest.raises(CannotOpen):
            sealing.unwrap_key(ring, kid, bytes(key.wrapped), str(owner))


@pytest.fixture
def passes(monkeypatch):
    """A rotation to a second key that moves nothing itself; whether something older is left, as often as it asks."""
    left, settled = [], []
    monkeypatch.setattr(index_rotation.keys, "load_keyring", lambda folder: SimpleNamespace(index_number=2))
    monkeypatch.setattr(index_rotation, "check_restarted", lambda keyring: None)
    monkeypatch.setattr(index_rotation, "move_everything", lambda *of: iter([1]))
    monkeypatch.setattr(index_rotation, "has_older", lambda keyring: left.pop(0))
    monkeypatch.setattr(rekeying, "is_index_key_settled", lambda keyring: False)
    monkeypatch.setattr(rekeying, "settle_index_key", lambda **about: settled.append(about))
    return SimpleNamespace(left=left, settled=settled)


def test_what_came_in_meanwhile_is_moved_in_another_pass(passes):
    passes.left += [True, False, False]
    told = []

    index_rotation.continue_rotation(limit=9, by=PORTAL, advance=told.append)

    assert told == [1, 1] and len(passes.settled) == 1 and not passes.left


def test_while_something_older_always_comes_it_is_not_said_that_nothing_is_left(passes):
    passes.left += [True] * (index_rotation.MOST_PASSES + 1)

    with pytest.raises(rekeying.OlderHashesLeft):
        index_rotation.continue_rotation(limit=9, by=PORTAL)

    assert not passes.settled and not passes.left


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
