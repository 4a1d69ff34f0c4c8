"""Wrapping keys rotate: the old one is accepted, the new one used, and nothing is sealed anew."""

import dataclasses
import json
import shutil
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.core.management import CommandError, call_command

from consents.accounts import second_factors
from consents.core import keys as files
from consents.core import sealing
from consents.core.sealing import CannotOpen
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.ledger.services import appending
from consents.people import keys
from consents.people.models import CustomerKey
from consents.systems.models import Webhook
from tests.disclosures.looking import look
from tests.world.cast import answer, ask, make_customer


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
