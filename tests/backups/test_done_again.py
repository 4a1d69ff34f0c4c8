"""Holds, texts and wishes of after the backup: what bound the company then binds it after the restore."""

import json
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import CommandError
from django.utils import timezone

from consents.catalogue import selectors as catalogue
from consents.catalogue.models import PurposeVersion
from consents.catalogue.services import versions
from consents.choices.models import Choice, Mark
from consents.choices.rules import MarkKind, Status
from consents.choices.services import answering, marking, withdrawing
from consents.choices.services.recording import TextHasChanged
from consents.core import clock
from consents.core.canonical import encode_canonical
from consents.decisions.selectors import decide_use
from consents.exports.history import list_versions_in_force_at
from consents.ledger import journal
from consents.ledger.journal import Line
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, hash_entry
from consents.notifications import selectors as notifications_selectors
from consents.notifications.models import Preference
from consents.notifications.services import choosing
from consents.people.models import Customer, Erasure, LegalHold, Role
from consents.people.services import customer_records, erasing, holding
from consents.people.services.erasing import UnderLegalHold
from consents.people.two_officers.refusals import AlreadyDecided
from consents.rights.models import RightsRequest
from consents.rights.rules import Channel
from consents.rights.services import requester_actions
from tests.architecture.mutation.speaking import application_speaking, outcome
from tests.backups.restoring import restore
from tests.backups.stories import tell
from tests.world.cast import make_customer, make_next_version, make_staff, quinn, signed_in
from tests.world.erasing import actor, erase, hold, propose

REFUSED = "23001"


def a_hold_that_was_placed_since_stands(world):
    placed = hold(world)

    said = yield

    assert "number of case or file is lost" in said
    again = LegalHold.objects.get(customer=world.ada.customer)
    original = Entry.objects.get(event="legal_hold.placed", customer=world.ada.customer.id).facts["original"]
    assert (again.pk, again.reason, again.review_on) == (placed.pk, placed.reason, placed.review_on)
    assert again.placed_by == world.otto.user and again.document == f"see ledger entry {original[:16]}"
    assert bytes(again.original).hex() == original
    with pytest.raises(UnderLegalHold):
        propose(world)
    page = signed_in(world.otto.user).get(f"/admin/people/legalhold/{again.pk}/change/").content.decode()
    assert original in page
    holding.lift_hold(hold=again.pk, officer=world.otto, by=actor(world.otto))
    propose(world)


def a_hold_by_an_officer_whom_the_backup_does_not_know_stands_too(world):
    """Nor does it matter that the customer of another is unknown."""
    hold(world, customer=world.ben.customer.id, officer=world.olga, by=actor(world.olga))
    unknown = customer_records.open_customer_record(reference="C-77", by=PORTAL).pk
    hold(world, customer=unknown)

    yield

    again = LegalHold.objects.get(customer=world.ben.customer)
    assert again.placed_by is None and not LegalHold.objects.filter(customer=unknown).exists()
    assert signed_in(world.otto.user).get(f"/admin/people/legalhold/{again.pk}/change/").status_code == 200
    assert signed_in(world.otto.user).get("/admin/people/legalhold/").status_code == 200


def a_hold_whose_day_has_passed_stands(world):
    world.later(timedelta(days=-30))
    hold(world, customer=world.cas.customer.id, review_on=(timezone.now() - timedelta(days=10)).date())
    world.later(timedelta(0))

    yield

    assert LegalHold.objects.get(customer=world.cas.customer).lifted_at is None


def a_hold_that_was_lifted_since_is_lifted(world):
    after = hold(world, customer=world.dan.customer.id)
    for placed in (world.held, after):
        holding.lift_hold(hold=placed.pk, officer=world.otto, by=actor(world.otto))

    yield

    of_dan = LegalHold.objects.filter(customer=world.dan.customer)
    assert [one.lifted_by for one in of_dan] == [world.otto.user] * 2
    propose(world, world.dan)


def a_hold_that_somebody_unknown_has_lifted_stands(world):
    """The safe side: an officer lifts it once more."""
    holding.lift_hold(hold=world.held.pk, officer=world.olga, by=actor(world.olga))

    said = yield

    assert "Not done again: legal_hold.lifted, 1 time." in said and "Done again: legal_hold" not in said
    with pytest.raises(UnderLegalHold):
        propose(world, world.dan)


def assert_the_deletion_is_not_carried_out(world, said: str) -> None:
    assert "Done again: rights_request.withdrawn, 1 time." in said
    assert RightsRequest.objects.get(pk=world.asked.pk).outcome == "withdrawn_by_requester"
    assert Erasure.objects.get(pk=world.proposed.pk).cancelled_at
    with pytest.raises(AlreadyDecided):
        erasing.erase_customer(customer=world.eve.customer.id, officer=world.otto, by=actor(world.otto))


def a_deletion_that_its_customer_took_back_since_is_not_carried_out(world):
    requester_actions.withdraw_request(
        rights_request=world.asked.pk, customer=world.eve.customer.pk, by=world.eve.actor
    )

    assert_the_deletion_is_not_carried_out(world, (yield))


def a_deletion_that_was_taken_back_on_the_phone_is_not_carried_out(world):
    phoned = {"said_on": clock.now().date(), "channel": Channel.PHONE}
    requester_actions.record_typed_withdrawal(
        rights_request=world.asked.pk, officer=world.otto, by=actor(world.otto), **phoned
    )

    assert_the_deletion_is_not_carried_out(world, (yield))


AGAIN = """INSERT INTO people_legalhold (id, customer_id, reason, document, review_on, original)
    VALUES (gen_random_uuid(), %s, 'court_order', 'x', current_date - 1, decode(repeat('00', 32), 'hex'))"""
LOST = """INSERT INTO catalogue_purposeversion (purpose_id, number, legal_basis, dpv_purpose, sale, storage, material,
    published_at, lost) SELECT purpose_id, number + 7, legal_basis, dpv_purpose, sale, storage, true, portal.now(), true
    FROM catalogue_purposeversion WHERE id = %s"""
LOSE = "UPDATE catalogue_purposeversion SET material = true, lost = true, published_at = portal.now() WHERE id = %s"


def test_nothing_is_done_again_outside_a_restoration(real_world):
    draft = versions.draft_next_version(purpose=real_world.purpose, officer=quinn(), by=PORTAL)
    with application_speaking() as application:
        assert outcome(application, (AGAIN, [real_world.ada.customer.id])) == f"{REFUSED} people_legalhold_frozen"
        assert outcome(application, (LOST, [real_world.version.pk])).startswith(REFUSED)
        assert outcome(application, (LOSE, [draft.pk])).startswith(REFUSED)


def give(world, version: PurposeVersion) -> Choice:
    return answering.give_consent(
        customer=world.ada.customer.id, purpose="support", version=version.pk, by=world.ada.actor
    )


def may(world) -> bool:
    return decide_use(customer=world.ada.customer.id, category="orders", purpose="support").allowed


def consent_to_a_text_that_was_overtaken_since_does_not_count_again(world):
    assert may(world)
    make_next_version(world.purpose, world.pia.user)
    published = Entry.objects.filter(event="purpose_version.published").latest("pk")
    assert not may(world)

    said = yield

    assert "The purpose support is closed: its version 2 came into force later and is lost." in said
    assert not may(world)
    lost = PurposeVersion.objects.get(purpose=world.purpose, number=2)
    assert (lost.lost, lost.published_at, lost.published_by) == (True, published.occurred_at, None)
    assert Entry.objects.get(event="purpose_version.published", object=str(lost.pk), outcome="material").facts["lost"]

    # Nobody is asked, by whatever text, before there is a newer one.
    assert not catalogue.select_in_force().filter(purpose=world.purpose).exists()
    assert world.purpose.pk not in {version.purpose_id for version in list_versions_in_force_at(timezone.now())}
    for version in (world.version, lost):
        with pytest.raises(TextHasChanged):
            give(world, version)
    assert signed_in(world.ada.user).get("/choices/").status_code == 200
    listed = signed_in(world.pia.user).get("/admin/catalogue/purposeversion/").content.decode()
    assert "Lost in a restore" in listed
    assert signed_in(world.pia.user).get(f"/admin/catalogue/purposeversion/{lost.pk}/change/").status_code == 200

    newer = make_next_version(world.purpose, world.pia.user, material=False)
    assert newer.number == 3 and newer.notices.exists() and not newer.lost
    assert not may(world), "the newer one is not the one she agreed to"
    assert list(catalogue.select_lost_in_force()) == []
    give(world, newer)
    assert may(world)


def when_the_lost_text_ended_consent_is_put_on_record_with_its_moment(world):
    """The text of the story before it."""
    yield
    lost = PurposeVersion.objects.get(purpose=world.purpose, number=2)

    newer = make_next_version(world.purpose, world.pia.user)
    give(world, newer)

    revoked = Entry.objects.get(event="consent.revoked")
    assert revoked.facts["ended_at"] == lost.published_at.isoformat()


def a_change_that_is_not_material_ends_nothing(world):
    make_next_version(world.purpose, world.pia.user, material=False)

    assert "is closed" not in (yield)

    assert may(world)


def test_a_no_to_what_is_lost_is_a_no_still(backed_up, loaded_backup, elsewhere):
    """Said after the text had changed; on record before the purpose is closed."""
    world = backed_up
    version = make_next_version(world.purpose, world.pia.user)
    give(world, version)
    withdrawing.withdraw_consent(customer=world.ada.customer.id, purpose="support", by=world.ada.actor)
    marking.place_mark(customer=world.ada.customer.id, kind=MarkKind.OBJECTION, purpose="support", by=world.ada.actor)
    elsewhere()

    restore(loaded_backup, "--accept-loss")

    assert Choice.objects.get(customer=world.ada.customer).status == Status.WITHDRAWN
    assert Mark.objects.get(customer=world.ada.customer, lifted_at=None).kind == MarkKind.OBJECTION


def who_wants_no_reminders_gets_none(world):
    never = Preference.Digests.NEVER
    for character in (world.ada, world.cas, make_customer("C-78", "dora@example.com")):
        choosing.choose_digests(customer=character.customer.id, digests=never, by=character.actor)

    yield

    assert notifications_selectors.get_digest_preference(world.ada.customer.id) == never
    assert Preference.objects.count() == 2


@pytest.fixture
def with_olga(backed_up):
    """An officer who came after the backup."""
    backed_up.olga = make_staff("olga@example.com", Role.COMPLIANCE_OFFICER, "Compliance", "Olga")
    return backed_up


def test_what_bound_the_company_then_binds_it(loaded_backup, with_olga, elsewhere, later):
    with_olga.later = later

    said = tell(
        a_hold_that_was_placed_since_stands,
        a_hold_by_an_officer_whom_the_backup_does_not_know_stands_too,
        a_hold_whose_day_has_passed_stands,
        a_hold_that_was_lifted_since_is_lifted,
        a_deletion_that_its_customer_took_back_since_is_not_carried_out,
        a_change_that_is_not_material_ends_nothing,
        who_wants_no_reminders_gets_none,
        world=with_olga,
        folder=loaded_backup,
        elsewhere=elsewhere,
    )

    assert "Done again: legal_hold.placed, 5 times." in said
    assert LegalHold.objects.count() == 5, "Dan's of before, and those of Ada, Ben, Cas and Dan: of nobody unknown."


def test_where_the_safe_side_is_a_no_it_is_taken(loaded_backup, with_olga, elsewhere):
    tell(
        a_hold_that_somebody_unknown_has_lifted_stands,
        a_deletion_that_was_taken_back_on_the_phone_is_not_carried_out,
        consent_to_a_text_that_was_overtaken_since_does_not_count_again,
        when_the_lost_text_ended_consent_is_put_on_record_with_its_moment,
        world=with_olga,
        folder=loaded_backup,
        elsewhere=elsewhere,
    )


# Writing into the journal's file closes nothing: a forged line is refused, an unsigned one waits for a word.


def build_erasure(customer: Customer) -> str:
    """The text of an entry that never was."""
    entry = {
        "actor": "",
        "actor_kind": "operator",
        "chain": str(customer.id),
        "channel": "command",
        "customer": str(customer.id),
        "details": {},
        "event": "customer.erased",
        "evidence": None,
        "object": str(customer.id),
        "object_type": "customer",
        "occurred_at": "2026-01-01T00:00:00.000000Z",
        "outcome": "request",
        "previous": "00" * 32,
        "purpose": "",
        "sequence": 99,
    }
    return encode_canonical(entry).decode()


def forge_line(folder: Path, entry: str) -> None:
    """As somebody who knows the format, and has no key."""
    path = folder / journal.NAME
    lines = path.read_text().splitlines() if path.exists() else []
    last = json.loads(lines[-1]) if lines else None
    head = Line(**last).head if last else journal.EMPTY
    forged = Line(head.number + 1, entry, hash_entry(entry).hex(), head.hash.hex())
    folder.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(forged.text + "\n")


def test_a_forged_line_erases_nobody(backed_up, loaded_backup, elsewhere, outside):
    world = backed_up
    elsewhere()
    forge_line(outside.journal, build_erasure(world.ada.customer))

    with pytest.raises(CommandError, match="was cut or changed"):
        restore(loaded_backup, "--accept-loss")


@pytest.fixture
def erased_after_the_last_head(backed_up, loaded_backup, elsewhere, outside, monkeypatch) -> SimpleNamespace:
    """The worker died before it signed."""
    erase(backed_up, backed_up.cas)
    with monkeypatch.context() as patch:
        patch.setattr("tests.backups.conftest.appending.sign_journal_head", lambda **_: None)
        elsewhere()
    return SimpleNamespace(world=backed_up, folder=loaded_backup)


def test_lines_past_the_last_signed_head_wait_for_a_word(erased_after_the_last_head, capsys):
    folder, cas = erased_after_the_last_head.folder, erased_after_the_last_head.world.cas.customer.id

    with pytest.raises(CommandError, match=r"past its last signed head.*customer.erased \(1\)"):
        restore(folder, "--accept-loss")

    said = restore(folder, "--accept-loss", "--beyond-the-last-head")

    assert "Done again: customer.erased, 1 time." in said
    assert Customer.objects.get(pk=cas).erased_at
