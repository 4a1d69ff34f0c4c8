"""An erased customer: nobody, nothing of them and no way back; the pseudonym and the ledger stay."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.utils import timezone

from consents.access import services as access
from consents.access.models import AccessRequest, Grant
from consents.access.rules import End, State
from consents.access.services.asking import NotForAsking
from consents.catalogue.models import LegalBasis, Usage
from consents.choices import services as choices
from consents.choices.models import Choice, Status
from consents.core import sealing
from consents.decisions.rules import Decision, Why
from consents.decisions.selectors import may_use
from consents.ledger.models import Entry
from consents.ledger.rules import Actor
from consents.notifications import services as notifications
from consents.notifications.delivery import deliver
from consents.notifications.models import FailingAddress, Message, Preference
from consents.people import keys, selectors
from consents.people import services as people
from consents.people.models import Acting, ClaimCode, Customer, CustomerKey, Erasure, Evidence, LegalHold, User
from consents.people.services import (
    AlreadyErased,
    AlreadyProposed,
    HeldByLaw,
    NotAnOfficer,
    NotProposed,
    TheSameOfficer,
)
from consents.vault.models import Fingerprint
from tests.cast import PORTAL, answer, ask, make_purpose, make_user, put_in_vault, signed_in

REQUESTED = Erasure.Reason.REQUESTED


def actor(member) -> Actor:
    return Actor("staff", str(member.pk))


def propose(world, character=None) -> Erasure:
    customer = (character or world.ada).customer.id
    return people.propose_erasure(customer=customer, reason=REQUESTED, officer=world.pia, by=actor(world.pia))


def erase(world, character=None) -> Customer:
    propose(world, character)
    customer = (character or world.ada).customer
    people.erase(customer=customer.id, officer=world.otto, by=actor(world.otto))
    customer.refresh_from_db()
    return customer


def hold(world, **changes) -> LegalHold:
    values = {
        "customer": world.ada.customer.id,
        "reason": LegalHold.Reason.COURT_ORDER,
        "document": "Az. 12/26",
        "review_on": (timezone.now() + timedelta(days=30)).date(),
        "officer": world.otto,
        "by": actor(world.otto),
    } | changes
    return people.place_hold(**values)


def test_it_leaves_the_pseudonym_alone(world):
    was = keys.of(world.ada.customer.id)
    sealed = bytes(Customer.objects.get(pk=world.ada.customer.id).sealed_address)

    customer = erase(world)

    assert customer.erased_at
    assert (customer.reference, customer.address_hash, customer.sealed_address) == (None, None, None)
    assert (customer.country, customer.region, customer.language) == ("", "", "")
    assert sealing.unseal(was, sealed, str(customer.id), "address")  # what was sealed needs the key,
    with pytest.raises(CustomerKey.DoesNotExist):  # and the key is gone
        keys.of(customer.id)
    assert not Fingerprint.objects.filter(customer=customer).exists()
    assert not Evidence.objects.filter(user=world.ada.user.pk).exists()


def test_it_leaves_one_entry_of_itself_which_names_both_officers(world):
    customer = erase(world)

    entry = Entry.objects.get(event="customer.erased")
    assert (entry.customer, entry.outcome, entry.actor) == (customer.id, "requested", str(world.otto.pk))
    assert entry.facts["proposed_by"] == str(world.pia.pk)


def test_access_ends_and_what_waits_is_called_off(world):
    running = answer(world, ask(world, "orders"), "all")
    waiting = ask(world, "contact", member=world.kim)

    erase(world)

    assert {grant.end for grant in running.grants.all()} == {End.COMPANY}
    waiting.refresh_from_db()
    assert waiting.state == State.CANCELLED
    with pytest.raises(NotForAsking):
        ask(world, "orders", member=world.kim)


def test_consent_counts_no_more(real_world):
    choices.give(
        customer=real_world.ada.customer.id, purpose="support", version=real_world.version.pk, by=real_world.ada.actor
    )
    assert may_use(customer=real_world.ada.customer.id, category="orders", purpose="support").allowed

    customer = erase(real_world)

    assert Choice.objects.get(customer=customer).status == Status.REVOKED
    assert not may_use(customer=customer.id, category="orders", purpose="support").allowed


def test_no_other_legal_basis_outlives_it(world):
    orders, basis = [world.categories["orders"]], LegalBasis.LEGAL_OBLIGATION
    make_purpose("tax", "Keep bills", orders, world.pia.user, Usage.STANDING, legal_basis=basis)
    assert may_use(customer=world.ada.customer.id, category="orders", purpose="tax").why == Why.OTHER_BASIS

    erase(world)

    assert may_use(customer=world.ada.customer.id, category="orders", purpose="tax") == Decision(False, Why.ERASED)


def test_the_account_closes_at_once_in_every_browser(world):
    browser = signed_in(world.ada.user)
    assert browser.get("/").status_code == 200

    erase(world)

    answer = browser.get("/")
    assert answer.status_code == 302 and "login" in answer.url
    user = User.objects.get(pk=world.ada.user.pk)
    assert not user.is_active and not user.has_usable_password() and user.email == f"{user.pk}@erased.invalid"
    assert not EmailAddress.objects.filter(user=user).exists()
    assert not Acting.objects.filter(customer=world.ada.customer, ends_at=None).exists()


def test_an_account_that_acts_for_somebody_else_stays(world):
    other = people.open_record(reference="C-3", by=PORTAL)
    Acting.objects.create(user=world.ada.user, customer=other, capacity="agent")

    erase(world)

    user = User.objects.get(pk=world.ada.user.pk)
    assert user.is_active and user.email == "ada@example.com"
    assert selectors.acting_for(user).customer == other


def test_the_address_begins_anew_with_an_empty_record(world):
    erased = erase(world)

    user = make_user("ada@example.com")
    fresh = people.arrive(user=user, by=Actor("customer", str(user.id)))

    assert fresh is not None and fresh != erased and fresh.reference is None
    assert selectors.find("ada@example.com") == [fresh]
    assert selectors.find("C-1001") == []
    assert not AccessRequest.objects.filter(customer=fresh).exists()


def test_only_the_last_mail_still_goes_out(world, settings):
    ask(world, "orders")
    notifications.queue_account_mail(to="Ada@example.com", subject="Code", body="123456")
    notifications.queue_account_mail(to="ben@example.com", subject="Code", body="654321")

    erase(world)
    for message in Message.objects.filter(sent_at=None).order_by("queued_at"):
        deliver(message=message.pk)

    to_ada = [letter for letter in mail.outbox if "ada@example.com" in letter.to]
    assert [letter.subject for letter in to_ada] == ["Your record at Example Co is erased"]
    assert "C-1001" not in to_ada[0].body
    assert [letter.to for letter in mail.outbox if letter.subject == "Code"] == [["ben@example.com"]]
    assert not Message.objects.filter(sealed__isnull=False).exists()


def test_no_mail_that_was_sent_leads_to_them(world):
    ask(world, "orders")
    notifications.queue_account_mail(to="ada@example.com", subject="Code", body="123456")
    for message in Message.objects.filter(sent_at=None):
        deliver(message=message.pk)
    FailingAddress.objects.create(address_hash=selectors.address_hash("ada@example.com"), how="bounced")
    notifications.choose_digests(customer=world.ada.customer.id, digests="never", by=world.ada.actor)
    assert Message.objects.filter(address_hash=selectors.address_hash("ada@example.com")).count() == 2

    erase(world)
    deliver(message=Message.objects.get(kind="customer_erased").pk)

    assert not Message.objects.filter(address_hash=selectors.address_hash("ada@example.com")).exists()
    assert not FailingAddress.objects.exists() and not Preference.objects.exists()
    last = Message.objects.get(kind="customer_erased")
    assert (last.outcome, last.customer, last.user) == ("sent", None, None)
    assert str(world.ada.customer.id) not in f"{last.key}{last.context}"


def test_doing_it_again_changes_nothing(world):
    customer = erase(world)
    entries = Entry.objects.count()

    again = people.erase(customer=customer.id, officer=world.otto, by=actor(world.otto))

    assert again.done_at == customer.erased_at and Entry.objects.count() == entries


def test_a_customer_nobody_signs_in_as_is_erased_too(world):
    record = people.open_record(reference="C-9", by=PORTAL)
    people.make_claim_code(customer=record, officer=world.pia.user, by=actor(world.pia))
    people.propose_erasure(customer=record.id, reason=REQUESTED, officer=world.pia, by=actor(world.pia))

    people.erase(customer=record.id, officer=world.otto, by=actor(world.otto))

    assert not ClaimCode.objects.filter(customer=record).exists()


def test_it_takes_two_officers(world):
    with pytest.raises(NotAnOfficer):
        people.propose_erasure(customer=world.ada.customer.id, reason=REQUESTED, officer=world.sam, by=actor(world.sam))
    with pytest.raises(NotProposed):
        people.erase(customer=world.ada.customer.id, officer=world.otto, by=actor(world.otto))
    propose(world)
    with pytest.raises(AlreadyProposed):
        propose(world)
    with pytest.raises(TheSameOfficer):
        people.erase(customer=world.ada.customer.id, officer=world.pia, by=actor(world.pia))
    with pytest.raises(NotAnOfficer):
        people.erase(customer=world.ada.customer.id, officer=world.sam, by=actor(world.sam))


def test_a_cancelled_proposal_counts_no_more(world):
    proposal = propose(world)

    people.cancel_erasure(erasure=proposal.pk, officer=world.otto, by=actor(world.otto))

    with pytest.raises(NotProposed):
        people.erase(customer=world.ada.customer.id, officer=world.otto, by=actor(world.otto))
    with pytest.raises(NotProposed):
        people.cancel_erasure(erasure=proposal.pk, officer=world.otto, by=actor(world.otto))
    propose(world)


def test_the_law_may_forbid_it_for_now(world):
    propose(world)
    placed = hold(world)

    with pytest.raises(HeldByLaw, match="an order of a court"):
        people.erase(customer=world.ada.customer.id, officer=world.otto, by=actor(world.otto))
    people.lift_hold(hold=placed.pk, officer=world.otto, by=actor(world.otto))
    people.lift_hold(hold=placed.pk, officer=world.otto, by=actor(world.otto))

    people.erase(customer=world.ada.customer.id, officer=world.otto, by=actor(world.otto))
    assert [e.event for e in Entry.objects.filter(object=str(placed.pk))] == ["legal_hold.placed", "legal_hold.lifted"]


def test_a_hold_is_a_compliance_officers_and_is_looked_at_again(world):
    with pytest.raises(NotAnOfficer):
        hold(world, officer=world.pia)
    for days in (0, 367):
        with pytest.raises(people.BadReview):
            hold(world, review_on=(timezone.now() + timedelta(days=days)).date())
    erase(world)
    with pytest.raises(AlreadyErased):
        hold(world)


def test_what_the_customer_wrote_is_said_to_be_gone(world):
    request = ask(world, "orders")
    answer(world, request, "all", message="Call me after five.")
    sam = signed_in(world.sam.user)
    address = f"/admin/access/accessrequest/{request.pk}/change/"
    assert "Call me after five." in sam.get(address).content.decode()

    erase(world)

    page = sam.get(address)
    assert page.status_code == 200
    assert "cannot be read any more" in page.content.decode()


def test_others_are_left_alone(world):
    put_in_vault(world.ben.customer, world.categories["contact"], {"name": "Ben"})
    running = ask(world, "contact", member=world.kim, customer=world.ben)

    erase(world)

    running.refresh_from_db()
    assert running.state == State.PENDING
    assert keys.of(world.ben.customer.id) and Fingerprint.objects.filter(customer=world.ben.customer).count() == 1
    assert not Grant.objects.exists()
    access.stop(request=running.pk, customer=world.ben.customer.id, by=world.ben.actor)
