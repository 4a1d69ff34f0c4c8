"""An erased customer: nobody, nothing of them and no way back; the pseudonym and the ledger stay."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection
from django.utils import timezone

from consents.access.models import Grant
from consents.access.rules import GrantEnd, RequestState
from consents.access.services import ending
from consents.access.services.asking import PurposeNotAskable
from consents.catalogue.models import LegalBasis, Usage
from consents.choices.models import Choice, Status
from consents.choices.services import answering
from consents.core import clock, sealing
from consents.decisions.rules import Decision, DecisionCode
from consents.decisions.selectors import decide_use
from consents.ledger.models import Entry
from consents.ledger.rules import Actor
from consents.notifications.delivery import deliver_message
from consents.notifications.models import FailingAddress, Message, Preference
from consents.notifications.services import choosing, queueing
from consents.people import keys, selectors
from consents.people.models import Acting, ClaimCode, Customer, CustomerKey, Evidence, Role, User
from consents.people.services import claiming, customer_records, erasing, holding, staff_members
from consents.people.services.erasing import UnderLegalHold
from consents.people.services.holding import AlreadyErased, NotAnOfficer
from consents.people.two_officers.refusals import AlreadyDecided, AlreadyProposed, NeedsSecondOfficer
from consents.vault.models import Fingerprint
from tests.world import erasing as world_erasing
from tests.world.cast import PORTAL, answer, ask, make_purpose, make_staff, make_user, put_in_vault, signed_in
from tests.world.claim_codes import make_claim_code
from tests.world.colleagues import by_officer, propose_officer
from tests.world.erasing import REQUESTED, actor, erase, hold, propose
from tests.world.holders import share_account
from tests.world.proofs import give_factor


def test_it_leaves_the_pseudonym_alone(world):
    was = keys.open_customer_key(world.ada.customer.id)
    on_file = Customer.objects.get(pk=world.ada.customer.id)
    sealed, place = bytes(on_file.sealed_address), selectors.get_address_place(on_file.id, bytes(on_file.address_hash))

    customer = erase(world)

    assert customer.erased_at
    assert (customer.reference, customer.address_hash, customer.sealed_address) == (None, None, None)
    assert (customer.country, customer.region, customer.language) == ("", "", "")
    assert sealing.open_value(was, sealed, *place)  # what was sealed needs the key,
    with pytest.raises(CustomerKey.DoesNotExist):  # and the key is gone
        keys.open_customer_key(customer.id)
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

    assert {grant.end for grant in running.grants.all()} == {GrantEnd.COMPANY}
    waiting.refresh_from_db()
    assert waiting.state == RequestState.CANCELLED
    with pytest.raises(PurposeNotAskable):
        ask(world, "orders", member=world.kim)


def test_consent_counts_no_more(real_world):
    answering.give_consent(
        customer=real_world.ada.customer.id, purpose="support", version=real_world.version.pk, by=real_world.ada.actor
    )
    assert decide_use(customer=real_world.ada.customer.id, category="orders", purpose="support").allowed

    customer = erase(real_world)

    assert Choice.objects.get(customer=customer).status == Status.REVOKED
    assert not decide_use(customer=customer.id, category="orders", purpose="support").allowed


def test_no_other_legal_basis_outlives_it(world):
    orders, basis = [world.categories["orders"]], LegalBasis.LEGAL_OBLIGATION
    make_purpose("tax", "Keep bills", orders, world.pia.user, Usage.STANDING, legal_basis=basis)
    assert decide_use(customer=world.ada.customer.id, category="orders", purpose="tax").why == DecisionCode.OTHER_BASIS

    erase(world)

    assert decide_use(customer=world.ada.customer.id, category="orders", purpose="tax") == Decision(
        False, DecisionCode.ERASED
    )


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
    other = customer_records.open_customer_record(reference="C-3", by=PORTAL)
    claiming.begin_acting(world.ada.user, other, "record.claimed", PORTAL, Acting.Capacity.AGENT)

    erase(world)

    user = User.objects.get(pk=world.ada.user.pk)
    assert user.is_active and user.email == "ada@example.com"
    assert selectors.get_acting(user).customer == other


def test_the_address_leads_to_no_record_once_it_was_erased(world):
    erase(world)

    user = make_user("ada@example.com")

    assert claiming.match_user_to_record(user=user, by=Actor("customer", str(user.id))) is None
    assert selectors.find_customers("ada@example.com") == []
    assert selectors.find_customers("C-1001") == []


def test_only_the_last_mail_still_goes_out(world, settings):
    ask(world, "orders")
    queueing.queue_account_email(to="Ada@example.com", subject="Code", body="123456")
    queueing.queue_account_email(to="ben@example.com", subject="Code", body="654321")

    erase(world)
    for message in Message.objects.filter(sent_at=None).order_by("queued_at"):
        deliver_message(message=message.pk)

    to_ada = [letter for letter in mail.outbox if "ada@example.com" in letter.to]
    assert [letter.subject for letter in to_ada] == ["Your record at Example Co has been erased"]
    assert "Unless you also sign in here for another record, we no longer know your address" in to_ada[0].body
    assert "C-1001" not in to_ada[0].body
    assert [letter.to for letter in mail.outbox if letter.subject == "Code"] == [["ben@example.com"]]
    assert not Message.objects.filter(sealed__isnull=False).exists()


def test_everyone_who_shared_the_account_is_told(world):
    share_account(world)

    erase(world)
    for message in Message.objects.filter(kind="customer_erased"):
        deliver_message(message=message.pk)

    assert sorted(letter.to[0] for letter in mail.outbox) == ["ada@example.com", "mia@example.com"]


def test_no_mail_that_was_sent_leads_to_them(world):
    ask(world, "orders")
    queueing.queue_account_email(to="ada@example.com", subject="Code", body="123456")
    for message in Message.objects.filter(sent_at=None).order_by("queued_at"):
        deliver_message(message=message.pk)
    FailingAddress.objects.create(address_hash=selectors.hash_address("ada@example.com"), how="bounced")
    choosing.choose_digests(customer=world.ada.customer.id, digests="never", by=world.ada.actor)
    connection.check_constraints()  # as at the end of the transaction in which she chose it
    assert Message.objects.filter(address_hash=selectors.hash_address("ada@example.com")).count() == 2

    erase(world)
    deliver_message(message=Message.objects.get(kind="customer_erased").pk)

    assert not Message.objects.filter(address_hash=selectors.hash_address("ada@example.com")).exists()
    assert not FailingAddress.objects.exists() and not Preference.objects.exists()
    last = Message.objects.get(kind="customer_erased")
    assert (last.outcome, last.customer, last.user) == ("sent", None, None)
    assert str(world.ada.customer.id) not in f"{last.key}{last.context}"


def test_doing_it_again_changes_nothing(world):
    customer = erase(world)
    entries = Entry.objects.count()

    again = erasing.erase_customer(customer=customer.id, officer=world.otto, by=actor(world.otto))

    assert again.done_at == customer.erased_at and Entry.objects.count() == entries


def test_a_customer_nobody_signs_in_as_is_erased_too(world):
    record = customer_records.open_customer_record(reference="C-9", by=PORTAL)
    make_claim_code(customer=record, officer=world.pia.user, by=actor(world.pia))
    erasing.propose_erasure(customer=record.id, reason=REQUESTED, officer=world.pia, by=actor(world.pia))

    erasing.erase_customer(customer=record.id, officer=world.otto, by=actor(world.otto))

    assert not ClaimCode.objects.filter(customer=record).exists()


def test_erasing_takes_two_officers(world):
    with pytest.raises(NotAnOfficer):
        erasing.propose_erasure(
            customer=world.ada.customer.id, reason=REQUESTED, officer=world.sam, by=actor(world.sam)
        )
    with pytest.raises(AlreadyDecided):
        erasing.erase_customer(customer=world.ada.customer.id, officer=world.otto, by=actor(world.otto))
    propose(world)
    with pytest.raises(AlreadyProposed):
        propose(world)
    with pytest.raises(NeedsSecondOfficer):
        erasing.erase_customer(customer=world.ada.customer.id, officer=world.pia, by=actor(world.pia))
    with pytest.raises(NotAnOfficer):
        erasing.erase_customer(customer=world.ada.customer.id, officer=world.sam, by=actor(world.sam))


def test_a_cancelled_proposal_counts_no_more(world):
    proposal = propose(world)

    erasing.cancel_erasure(erasure=proposal.pk, officer=world.otto, by=actor(world.otto))

    with pytest.raises(AlreadyDecided):
        erasing.erase_customer(customer=world.ada.customer.id, officer=world.otto, by=actor(world.otto))
    with pytest.raises(AlreadyDecided):
        erasing.cancel_erasure(erasure=proposal.pk, officer=world.otto, by=actor(world.otto))
    propose(world)


def test_the_law_may_forbid_it_for_now(world):
    propose(world)
    placed = hold(world)

    with pytest.raises(UnderLegalHold, match="a court order"):
        erasing.erase_customer(customer=world.ada.customer.id, officer=world.otto, by=actor(world.otto))
    holding.lift_hold(hold=placed.pk, officer=world.otto, by=actor(world.otto))
    holding.lift_hold(hold=placed.pk, officer=world.otto, by=actor(world.otto))

    erasing.erase_customer(customer=world.ada.customer.id, officer=world.otto, by=actor(world.otto))
    assert [e.event for e in Entry.objects.filter(object=str(placed.pk))] == ["legal_hold.placed", "legal_hold.lifted"]


def test_a_hold_is_a_compliance_officers_and_is_looked_at_again(world):
    with pytest.raises(NotAnOfficer):
        hold(world, officer=world.pia)
    for days in (0, 367):
        with pytest.raises(holding.ReviewDayOutOfRange):
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
    assert "can no longer be read" in page.content.decode()


def test_others_are_left_alone(world):
    put_in_vault(world.ben.customer, world.categories["contact"], {"name": "Ben"})
    running = ask(world, "contact", member=world.kim, customer=world.ben)

    erase(world)

    running.refresh_from_db()
    assert running.state == RequestState.PENDING
    assert (
        keys.open_customer_key(world.ben.customer.id)
        and Fingerprint.objects.filter(customer=world.ben.customer).count() == 1
    )
    assert not Grant.objects.exists()
    ending.stop_access(access_request=running.pk, customer=world.ben.customer.id, by=world.ben.actor)


@pytest.mark.parametrize(("zone", "hour"), [("Pacific/Kiritimati", 12), ("Pacific/Pago_Pago", 1)])
def test_a_hold_is_looked_at_again_from_the_officers_tomorrow_for_a_year(world, later, zone, hour):
    later(timedelta(days=1) - (clock.now() - clock.now().replace(hour=hour, minute=0)))
    with timezone.override(zone):
        today = timezone.localtime(clock.now()).date()
        assert today != clock.now().date()
        for days in (0, 367):
            with pytest.raises(holding.ReviewDayOutOfRange):
                hold(world, review_on=today + timedelta(days=days))
        assert hold(world, review_on=today + timedelta(days=1)) and hold(world, review_on=today + timedelta(days=366))


def invite(world) -> Any:
    return make_staff("noa@example.com", Role.REQUESTER, "Returns", "Noa")


def end_place(world) -> Any:
    noa = invite(world)
    return staff_members.end_colleague_place(member=noa.pk, officer=world.pia, by=by_officer(world.pia))


def protect(world) -> Any:
    give_factor(world.sam.user)
    return world.sam


def propose_code(world) -> Any:
    customer = customer_records.open_customer_record(reference="C-7", by=PORTAL)
    return claiming.propose_claim_code(customer=customer.pk, officer=world.pia, by=by_officer(world.pia))


ASKED: dict[str, tuple[Callable[[Any], Any], str, str, dict[str, str]]] = {
    "send_invitation": (invite, "Send the invitation again?", "The invitation is on its way.", {}),
    "propose_reset": (protect, "Propose to reset the second factor?", "It waits for another officer.", {}),
    "end_membership": (invite, "End this membership?", "The membership has ended.", {}),
    "return_member": (end_place, "Let Noa work here again?", "They work here again", {"team": "Returns"}),
    "cancel_change": (
        lambda world: propose_officer(world.pia, world.sam),
        "Cancel this change?",
        "The change has been cancelled.",
        {},
    ),
    "cancel_code": (propose_code, "Cancel this code?", "The code has been cancelled.", {}),
    "cancel_proposal": (world_erasing.propose, "Cancel this proposal?", "The proposal has been cancelled.", {}),
}


@pytest.mark.parametrize("action", ASKED)
def test_it_is_asked_then_done(world, action):
    begin, question, done, typed = ASKED[action]
    row, otto = begin(world), signed_in(world.otto.user)
    page = f"/admin/people/{type(row)._meta.model_name}/{row.pk}/change/"
    pressed = {"CHANGE_FORM-action": action, "_selected_action": str(row.pk)}
    before = Entry.objects.count()

    asked = re.sub(r"\s+", " ", otto.post(page, pressed, follow=True).text)
    assert question in asked and done not in asked and Entry.objects.count() == before

    assert done in re.sub(r"\s+", " ", otto.post(page, pressed | typed | {"confirm": "1"}, follow=True).text)
    assert Entry.objects.count() > before
