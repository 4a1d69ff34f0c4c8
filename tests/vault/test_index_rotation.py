"""The index key rotates while the portal runs: everybody is found all the time, and the old key alone finds nobody."""

import dataclasses

import pytest
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.core.management import CommandError
from django.db import connection

from consents.accounts import company_accounts
from consents.core import sealing
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.ledger.services import appending
from consents.notifications.models import FailingAddress, Message
from consents.notifications.services import failing
from consents.ops import index_rotation
from consents.people import selectors
from consents.people.keys import open_customer_key
from consents.people.models import Customer
from consents.people.services import claiming, customer_records
from consents.people.services.customer_records import ListedCustomer, open_customer_record
from consents.rights import words
from consents.rights.models import Draft, Statement
from consents.rights.services import filing
from consents.vault.incoming_records import IncomingRecord
from consents.vault.models import Fingerprint
from consents.vault.services import rekeying, storing
from tests.disclosures.looking import look
from tests.world.cast import answer, ask, make_customer, make_user
from tests.world.claim_codes import make_claim_code
from tests.world.erasing import erase
from tests.world.rights_requests import file_as_stranger, file_correction
from tests.world.systems import make_sign_in

ADA, BEN, MUM = "ada@example.com", "ben@example.com", "mum@example.com"
BYTES = """
SELECT table_name || '.' || column_name FROM information_schema.columns
WHERE table_schema = 'public' AND data_type = 'bytea'
"""
# Sealed under keys of their own, or links, roots and digests of the ledger and the vault, which need no key.
WITHOUT_INDEX_KEY = {
    "access_answer.sealed_message",
    "access_enquiry.sealed_question",
    "access_enquiry.sealed_reply",
    "access_proposedrequest.sealed_reason",
    "access_proposedrequest.sealed_words",
    "copies_addedfile.sealed_about",
    "copies_filechunk.sealed",
    "copies_package.sealed_data",
    "copies_package.sealed_page",
    "disclosures_lookreport.sealed_answer",
    "disclosures_lookreport.sealed_finding",
    "disclosures_lookreport.sealed_words",
    "ledger_chainhead.hash",
    "ledger_checkpoint.frontier",
    "ledger_checkpoint.root",
    "ledger_entry.hash",
    "ledger_entry.previous",
    "ledger_leaf.hash",
    "ledger_restoration.lost_root",
    "notifications_message.sealed",
    "people_acting.sealed_name",
    "people_customer.sealed_address",  # bound to the hash beside it, and sealed anew with it
    "people_customerkey.wrapped",
    "people_erasure.original",
    "people_legalhold.original",
    "rights_redaction.sealed",
    "systems_webhook.sealed",
    "vault_fingerprint.digest",
    "vault_parterasure.original",
}


def on_file(email: str) -> Customer:
    return selectors.select_by_address(email).get()


def starts() -> set[int]:
    """The numbers of the keys in what is stored."""
    stored = [
        *Customer.objects.exclude(address_hash=None).values_list("address_hash", flat=True),
        *FailingAddress.objects.values_list("address_hash", flat=True),
        *Message.objects.exclude(address_hash=None).values_list("address_hash", flat=True),
        *Fingerprint.objects.values_list("content", flat=True),
        *map(bytes.fromhex, SocialAccount.objects.values_list("uid", flat=True)),
    ]
    return {bytes(hashed)[0] for hashed in stored}


@pytest.fixture
def remembered(world):
    """Every kind of thing that an index key had a part in, of two customers and of strangers."""
    company_accounts.tie_user(make_sign_in(), "sam-1", world.sam.user)
    FailingAddress.objects.create(address_hash=selectors.hash_address(ADA), how="bounced")
    FailingAddress.objects.create(address_hash=selectors.hash_address(MUM), how="bounced")
    for person in (world.ada, world.ben):
        hashed = selectors.hash_address(person.user.email)
        Message.objects.create(
            kind="request_filed", key=person.user.email, customer=person.customer, address_hash=hashed
        )
    world.stranger = file_as_stranger(said={"email": MUM, "name": "Mum"})
    fields = [("text", ["Not sent yet"])]
    filing.save_draft(rights_request=world.stranger.pk, act="answer", fields=fields, officer=world.pia)
    return world


def test_every_column_of_bytes_is_moved_or_stays_for_a_reason(db):
    with connection.cursor() as cursor:
        cursor.execute(BYTES)
        stored = {name for (name,) in cursor.fetchall()}

    listed = index_rotation.MOVED | set(index_rotation.STAYS)
    assert stored - listed == WITHOUT_INDEX_KEY and not listed & WITHOUT_INDEX_KEY
    assert not index_rotation.MOVED & set(index_rotation.STAYS)


def test_everybody_is_found_before_during_and_after(ring, remembered):
    ring.add_index_key()
    assert starts() == {1} and on_file(ADA) == remembered.ada.customer and on_file(BEN) == remembered.ben.customer

    rekeying.rekey_addresses(keyring=settings.KEYRING, limit=1, by=PORTAL)
    assert starts() == {1, 2} and on_file(ADA) == remembered.ada.customer and on_file(BEN) == remembered.ben.customer

    assert "Nothing is left" in ring.rotate("--index", "--continue")
    assert starts() == {2} and on_file(ADA) == remembered.ada.customer and on_file(BEN) == remembered.ben.customer
    for person in (remembered.ada, remembered.ben):
        assert selectors.open_address(Customer.objects.get(pk=person.customer.pk)) == person.user.email


def test_what_the_portal_remembers_goes_with_the_addresses(ring, remembered):
    ring.rotate_index("--batch", "1")

    assert FailingAddress.objects.count() == 2
    assert failing.list_customers_with_address(Message.objects.get(key=ADA)) == [remembered.ada.customer.pk]
    assert company_accounts.find_tied_user(make_sign_in(), "sam-1") == remembered.sam.user
    statement, draft = Statement.objects.get(rights_request=remembered.stranger), Draft.objects.get()
    assert words.open_said(remembered.stranger, statement)["name"] == "Mum"
    assert b"Not sent yet" in words.open_words(draft.rights_request, draft)


def test_the_old_key_alone_finds_nothing(ring, remembered):
    stolen, statement = settings.KEYRING, Statement.objects.get(rights_request=remembered.stranger)
    guesses = {sealing.compute_keyed_hash(stolen, "address", address) for address in (ADA, BEN, MUM)}
    contents = {bytes(content) for content in Fingerprint.objects.values_list("content", flat=True)}

    ring.rotate_index()

    assert not Customer.objects.filter(address_hash__in=guesses) | Customer.objects.filter(address_hash__in=contents)
    assert not FailingAddress.objects.filter(address_hash__in=guesses).exists()
    assert not Message.objects.filter(address_hash__in=guesses).exists()
    assert not Fingerprint.objects.filter(content__in=contents).exists()
    statement.refresh_from_db()
    for key in words.list_request_keys(stolen, remembered.stranger):
        with pytest.raises(sealing.CannotOpen):
            sealing.open_value(key, bytes(statement.sealed), *words.name_place(statement))


def test_a_tie_that_the_old_key_makes_does_not_count(ring, remembered, monkeypatch):
    old = settings.KEYRING
    ring.rotate_index()
    with monkeypatch.context() as stolen:
        stolen.setattr(settings, "KEYRING", old)
        company_accounts.tie_user(make_sign_in(), "eve-1", remembered.pia.user)

    with pytest.raises(company_accounts.NoPlace):
        company_accounts.find_tied_user(make_sign_in(), "eve-1")


def test_the_erased_stay_known_again(ring, world):
    erase(world, world.ada)
    ring.rotate_index()
    erase(world, world.ben)

    numbers = {"C-1001", "C-1002", "C-1003"}
    assert selectors.find_erased_references(numbers) == {"C-1001", "C-1002"}


def test_who_comes_meanwhile_is_found_too(ring, world):
    ring.add_index_key()
    late = make_customer("C-9", "late@example.com")

    ring.rotate("--index", "--continue")

    assert on_file("late@example.com") == late.customer and starts() == {2}


def test_an_address_of_two_leads_to_neither_in_any_stage(ring, world):
    ring.add_index_key()
    make_customer("C-8", "late@example.com")
    twin = open_customer_record(reference="C-9", email=ADA, by=PORTAL)

    for _stage in range(2):
        twin.refresh_from_db()
        assert not is_unique(twin) and not is_unique(world.ada.customer) and is_unique(world.ben.customer)
        ring.rotate("--index", "--continue")


def is_unique(customer: Customer) -> bool:
    return selectors.is_address_unique(Customer.objects.get(pk=customer.pk))


def test_killed_in_the_middle_it_goes_on(ring, remembered):
    ring.add_index_key()
    batches = []

    def die(done: int) -> None:
        batches.append(done)
        if len(batches) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index_rotation.continue_rotation(limit=1, by=PORTAL, advance=die)
    assert starts() == {1, 2} and index_rotation.is_rotation_due()

    ring.rotate("--index", "--continue", "--batch", "1")
    assert starts() == {2} and not index_rotation.is_rotation_due()
    before = Entry.objects.count()
    assert "nothing" in ring.rotate("--index", "--continue") and Entry.objects.count() == before


def test_an_import_and_an_erasure_between_any_two_batches_are_whole(ring, remembered):
    """New customers come in with the new key, known ones are compared by either, and who is erased stays so."""
    ring.add_index_key()
    batches = []

    def work(done: int) -> None:
        batches.append(done)
        came = f"new{len(batches)}@example.com"
        listed = [ListedCustomer("C-1001", ADA), ListedCustomer(f"N-{len(batches)}", came)]
        recorded = customer_records.record_customers(listed=listed, by=PORTAL)
        assert (len(recorded.new), recorded.changed) == (1, 0)
        if len(batches) == 1:
            erase(remembered, remembered.ben)
        assert on_file(ADA) == remembered.ada.customer and on_file(came).reference == f"N-{len(batches)}"
        assert selectors.find_erased_references(["C-1001", "C-1002"]) == {"C-1002"}
        assert not selectors.select_by_address(BEN).exists()

    index_rotation.continue_rotation(limit=1, by=PORTAL, advance=work)

    assert len(batches) > 5 and starts() == {2} and not index_rotation.is_rotation_due()


def test_it_rotates_again(ring, remembered):
    ring.rotate_index()
    ring.rotate_index()

    assert starts() == {3} and on_file(ADA) == remembered.ada.customer
    assert (ring.folder / "index-3").exists()


def test_steps_in_the_wrong_order_are_refused(ring, world):
    with pytest.raises(CommandError, match="no new index key"):
        ring.rotate("--index", "--continue")
    ring.add_index_key()
    with pytest.raises(CommandError, match="--continue first"):
        ring.rotate("--index")
    with pytest.raises(CommandError, match="with --index"):
        ring.rotate("--continue", "--journal")
    assert not (ring.folder / "index-3").exists()


def test_a_process_that_was_not_restarted_holds_it_up(ring, world):
    ring.add_index_key()
    other = connection.copy()
    other.ensure_connection()
    try:
        ring.date_index_keys(4_102_444_800)  # the year 2100: made after that process began
        with pytest.raises(CommandError, match="Restart every process"):
            ring.rotate("--index", "--continue")
    finally:
        other.close()
    assert starts() == {1}


def test_an_address_that_does_not_open_is_named_and_stops_nobody_else(ring, world):
    damaged = Customer.objects.filter(pk=world.ben.customer.pk)
    appending.append_entry(
        event="customer.address_changed", by=PORTAL, customer=damaged.get().pk, object_type="", object=damaged.get().pk
    )
    damaged.update(sealed_address=b"damaged")

    with pytest.raises(SystemExit):
        ring.rotate_index()

    assert index_rotation.is_rotation_due() and on_file(ADA) == world.ada.customer
    assert {bytes(hashed)[0] for hashed in Customer.objects.values_list("address_hash", flat=True) if hashed} == {1, 2}


def test_of_several_with_one_address_one_that_does_not_open_is_named_once(ring, world):
    listed = [ListedCustomer(f"S-{number}", "shared@example.com") for number in range(3)]
    shared = customer_records.record_customers(listed=listed, by=PORTAL).ids.values()
    damaged = max(shared)
    appending.append_entry(
        event="customer.address_changed", by=PORTAL, customer=damaged, object_type="", object=damaged
    )
    Customer.objects.filter(pk=damaged).update(sealed_address=b"damaged")
    ring.add_index_key()

    moved = index_rotation.continue_rotation(limit=1, by=PORTAL)

    assert moved.damaged == [str(damaged)]
    starts_of_shared = Customer.objects.filter(pk__in=shared).values_list("pk", "address_hash")
    assert {id: bytes(hashed)[0] for id, hashed in starts_of_shared} == {id: 1 if id == damaged else 2 for id in shared}


def test_codes_on_paper_still_work(ring, world):
    code = make_claim_code(customer=world.ada.customer, officer=world.pia.user, capacity="holder")
    ring.rotate_index()

    claiming.claim_record_by_code(user=make_user("partner@example.com"), code=code, by=PORTAL)


def test_records_are_still_recognised(ring, real_world):
    request = answer(real_world, ask(real_world), "all")
    ring.rotate_index()

    assert [record["item"] for record in look(real_world, request).records] == ["Blue lamp", "Chair"]


def test_an_unchanged_list_stays_unchanged(ring, world):
    values = {"item": "Green lamp", "price": "20.90"}
    listed = IncomingRecord(world.ada.customer.pk, world.categories["orders"].pk, "new", values)
    opened = {world.ada.customer.pk: open_customer_key(world.ada.customer.pk)}
    storing.store_records(records=[listed], keys=opened, by=PORTAL)

    ring.add_index_key()
    for _stage in range(2):
        again = IncomingRecord(listed.customer, listed.category, listed.name, values)
        other = IncomingRecord(listed.customer, listed.category, listed.name, values | {"price": "21.90"})
        assert storing.compare_records(records=[again]).unchanged == 1
        assert storing.compare_records(records=[other]).changed.keys() == {listed.id}
        ring.rotate("--index", "--continue")


def test_a_keyring_without_a_link_of_the_chain_finds_nothing(ring, world):
    ring.rotate_index()
    ring.monkeypatch.setattr(settings, "KEYRING", dataclasses.replace(settings.KEYRING, later_index_keys=(bytes(32),)))

    assert not selectors.select_by_address(ADA).exists()


REFUSED = "23001"
TELL = "SELECT portal.append_entry(%s, NULL, 'portal', '', 'x', %s, '', 'job', NULL, '', '{}')"
EVENTS = {"ties": "provider_ties.rekeyed", "words": "strangers_words.resealed"}
ADDRESS = (
    "UPDATE people_customer SET address_hash = set_byte(address_hash, 0, %s), sealed_address = '\\x00' WHERE id = %s"
)
TIE = "UPDATE socialaccount_socialaccount SET uid = %s || substr(uid, 3) WHERE user_id = %s"
WORDS = "UPDATE rights_statement SET sealed = '\\x00' WHERE rights_request_id = %s"


def told(what: str) -> tuple:
    return TELL, [EVENTS.get(what, "keyed_hashes.rekeyed"), what]


def test_an_address_moves_to_a_newer_key_on_record(real_world, tried):
    ada, ben = real_world.ada.customer.pk, real_world.ben.customer.pk
    by = f"{REFUSED} people_customer_address_on_record"

    assert tried(told("addresses"), (ADDRESS, [2, ada]), (ADDRESS, [2, ben])).startswith("allowed")
    assert tried((ADDRESS, [2, ada])) == by
    assert tried(told("records"), (ADDRESS, [2, ada])) == by
    for number in (0, 1):
        assert tried(told("addresses"), (ADDRESS, [number, ada])) == by


def test_a_rotation_gives_nobody_an_address(real_world, tried):
    off = "UPDATE people_customer SET address_hash = NULL, sealed_address = NULL WHERE id = %s"

    said = tried(told("addresses"), (off, [real_world.ada.customer.pk]))

    assert said == f"{REFUSED} people_customer_address_on_record"


def test_a_tie_moves_to_a_newer_key_on_record_and_to_nobody_else(real_world, tried):
    sam, pia = real_world.sam.user, real_world.pia.user
    company_accounts.tie_user(make_sign_in(), "sam-1", sam)
    by = f"{REFUSED} socialaccount_socialaccount_rekeyed"

    assert tried(told("ties"), (TIE, ["02", sam.pk])).startswith("allowed")
    assert tried((TIE, ["02", sam.pk])) == tried(told("addresses"), (TIE, ["02", sam.pk])) == by
    assert tried(told("ties"), (TIE, ["01", sam.pk])) == by
    moved = "UPDATE socialaccount_socialaccount SET user_id = %s WHERE user_id = %s"
    assert tried(told("ties"), (moved, [pia.pk, sam.pk])).startswith("42501")


def test_a_strangers_words_are_sealed_anew_on_record_and_no_customers(real_world, tried):
    stranger = file_as_stranger()
    by = f"{REFUSED} rights_statement_resealed"

    assert tried(told("words"), (WORDS, [stranger.pk])).startswith("allowed")
    assert tried((WORDS, [stranger.pk])) == tried(told("ties"), (WORDS, [stranger.pk])) == by
    other = "UPDATE rights_statement SET sealed = '\\x00', kind = 'replied' WHERE rights_request_id = %s"
    assert tried(told("words"), (other, [stranger.pk])) == f"{REFUSED} rights_statement_frozen"


def test_the_words_of_a_customer_stay_as_they_were_sealed(real_world, tried):
    theirs = "UPDATE rights_statement SET sealed = '\\x00' WHERE is_theirs"
    file_correction(real_world.ada)

    assert tried(told("words"), (theirs, [])) == f"{REFUSED} rights_statement_frozen"
