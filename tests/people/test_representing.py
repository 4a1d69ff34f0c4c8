"""No officer alone lets somebody act for a customer, and everybody concerned is told when it happens or ends."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from consents.core.refusals import Unknown
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.notifications.models import Message
from consents.people import selectors
from consents.people.models import Acting, ClaimCode, Customer, Role
from consents.people.selectors import name_choice
from consents.people.services import claiming, customer_records, representing
from consents.people.services.claiming import AboutOneself, NotPrintable
from consents.people.services.representing import CannotEndActing
from tests.world.cast import make_staff, make_user, put_on_list, signed_in
from tests.world.claim_codes import make_claim_code
from tests.world.holders import share_account

GUARDIAN = Acting.Capacity.GUARDIAN


def by(member) -> Actor:
    return Actor("staff", str(member.pk))


@pytest.fixture
def child(world) -> Customer:
    """Ada is eight, in Germany, and signs in herself."""
    put_on_list(world.ada.customer, born_on=date(2018, 5, 1), country="DE")
    return Customer.objects.get(pk=world.ada.customer.id)


def become_guardian(world, child: Customer, email: str) -> Acting:
    user = make_user(email)
    code = make_claim_code(customer=child, officer=world.pia.user, capacity=GUARDIAN)
    claiming.claim_record_by_code(user=user, code=code, by=Actor("customer", str(user.pk)))
    return user.actings.get()


@pytest.fixture
def mum(world, child) -> Acting:
    return become_guardian(world, child, "mum@example.com")


def told(kind: str) -> set[str]:
    """Who gets an email of this kind."""
    messages = Message.objects.filter(kind=kind).select_related("user")
    return {"on file" if one.customer_id else one.user.email for one in messages}


def proposed(world, child) -> ClaimCode:
    return claiming.propose_claim_code(customer=child.pk, capacity=GUARDIAN, officer=world.pia, by=by(world.pia))


class TestTwoOfficers:
    def test_without_an_approval_nothing_is_printed(self, world, child):
        code = proposed(world, child)
        with pytest.raises(NotPrintable):
            claiming.print_claim_code(claim_code=code.pk, officer=world.pia, by=by(world.pia))

    def test_an_approval_is_good_for_two_weeks(self, real_world, later):
        world = real_world
        put_on_list(world.ada.customer, born_on=date(2018, 5, 1), country="DE")
        child = world.ada.customer
        code = proposed(world, child)
        claiming.approve_claim_code(claim_code=code.pk, officer=world.otto, by=by(world.otto))
        later(timedelta(days=15))
        with pytest.raises(NotPrintable):
            claiming.print_claim_code(claim_code=code.pk, officer=world.pia, by=by(world.pia))

    def test_nobody_stands_for_a_code_about_themselves(self, world):
        olga = make_staff("olga@example.com", Role.COMPLIANCE_OFFICER, "Compliance", "Olga")
        for reference in ("C-501", "C-502"):
            own = customer_records.open_customer_record(reference=reference, email="olga@example.com", by=PORTAL)
        with pytest.raises(AboutOneself):
            claiming.propose_claim_code(customer=own.pk, officer=olga, by=by(olga))
        code = claiming.propose_claim_code(customer=own.pk, officer=world.pia, by=by(world.pia))
        with pytest.raises(AboutOneself):
            claiming.approve_claim_code(claim_code=code.pk, officer=olga, by=by(olga))


class TestTelling:
    def test_guardian_and_child_are_told_of_a_code_at_once(self, world, child, mum):
        Message.objects.all().delete()
        code = proposed(world, child)
        assert not Message.objects.exists()

        claiming.approve_claim_code(claim_code=code.pk, officer=world.quinn, by=by(world.quinn))

        assert told("claim_code_approved") == {"on file", "mum@example.com"}

    def test_they_are_told_when_it_is_used(self, world, child, mum):
        become_guardian(world, child, "stranger@example.com")

        assert told("acting_began") == {"on file", "mum@example.com"}

    def test_both_are_told_when_it_ends(self, world, child, mum):
        stranger = become_guardian(world, child, "stranger@example.com")

        representing.end_acting_as_officer(acting=stranger.pk, officer=world.otto, by=by(world.otto))

        assert told("acting_ended") == {"on file", "mum@example.com", "stranger@example.com"}

    def test_who_arrives_with_the_address_on_file_gets_no_email_about_it(self, world):
        assert not told("acting_began")


class TestEnding:
    def test_a_guardian_ends_their_own_part(self, world, child, mum):
        representing.end_acting(acting=mum.pk, user=mum.user, by=Actor("representative", str(mum.user_id)))

        assert selectors.get_acting(mum.user) is None
        entry = Entry.objects.get(event="acting.ended")
        assert (entry.customer, entry.outcome, entry.facts["user"]) == (child.pk, "guardian", str(mum.user_id))

    def test_one_guardian_does_not_end_the_other(self, world, child, mum):
        dad = become_guardian(world, child, "dad@example.com")
        with pytest.raises(CannotEndActing):
            representing.end_acting(acting=mum.pk, user=dad.user, by=Actor("representative", str(dad.user_id)))

    def test_a_child_does_not_end_its_guardian(self, world, child, mum):
        with pytest.raises(CannotEndActing):
            representing.end_acting(acting=mum.pk, user=world.ada.user, by=world.ada.actor)

    def test_nobody_ends_what_is_none_of_theirs(self, world, child, mum):
        with pytest.raises(representing.Unknown):
            representing.end_acting(acting=mum.pk, user=world.ben.user, by=world.ben.actor)

    def test_ending_it_again_changes_nothing(self, world, child, mum):
        for _ in range(2):
            representing.end_acting(acting=mum.pk, user=mum.user, by=Actor("representative", str(mum.user_id)))

        assert Entry.objects.filter(event="acting.ended").count() == 1

    def test_an_ended_part_opens_nothing_at_the_next_press(self, world, child, mum):
        page = signed_in(mum.user)
        assert "You are acting for" in page.get("/choices/").content.decode()
        representing.end_acting_as_officer(acting=mum.pk, officer=world.otto, by=by(world.otto))

        assert "You are acting for" not in page.get("/choices/").content.decode()

    def test_who_chooses_whom_they_no_longer_act_for_reads_why_nothing_happens(self, world, child):
        ada = signed_in(world.ada.user)

        again = ada.post("/for/", {"acting": "999999"})

        assert again.status_code == 422
        assert "You can no longer act for the person or the account you chose." in again.text
        assert "no longer act" not in ada.get("/for/").text


# An officer, or who shares the account, sees who acts for a customer and ends what one of them may do.

PAGE = "/admin/acting/"


def test_it_says_why_nothing_ends(world):
    mia, otto = share_account(world), signed_in(world.otto.user)
    found = otto.post(PAGE, {"who": world.ada.customer.reference}).context["found"]
    ending = {"found": found, "acting": mia.acting.pk, "confirm": "1"}

    assert "Find the customer first." in otto.post(PAGE, ending | {"found": "old"}, follow=True).text
    assert "no longer act for this customer?" in otto.post(PAGE, ending | {"confirm": ""}).text
    assert mia.user.actings.get().ends_at is None
    assert "Everyone concerned is told by email." in otto.post(PAGE, ending, follow=True).text
    again = otto.post(PAGE, ending | {"token": ""}, follow=True).text
    assert "They can no longer act here." in again and "mi•••@example.com" not in again


def test_whoever_stays_in_a_shared_account_is_written_to(world):
    ada, mia = world.ada, share_account(world)
    own = ada.user.actings.get(customer=ada.customer.id)
    assert selectors.is_address_hash(Customer.objects.get(pk=ada.customer.id).address_hash, ada.user.email)

    representing.end_acting(acting=own.pk, user=ada.user, by=ada.actor)

    kept = Customer.objects.get(pk=ada.customer.id)
    assert selectors.is_address_hash(kept.address_hash, mia.user.email)
    assert Entry.objects.filter(event="customer.address_changed", customer=kept.pk).count() == 1
    representing.end_acting(acting=own.pk, user=ada.user, by=ada.actor)
    assert Entry.objects.filter(event="acting.ended", customer=kept.pk).count() == 1


def test_where_an_officer_ends_what_everybody_may_do_the_address_stays(world):
    ada, own = world.ada, world.ada.user.actings.get(customer=world.ada.customer.id)
    otto = Actor("staff", str(world.otto.pk))
    for _time in range(2):
        representing.end_acting_as_officer(acting=own.pk, officer=world.otto, by=otto)
    kept = Customer.objects.get(pk=ada.customer.id)
    assert selectors.is_address_hash(kept.address_hash, ada.user.email)
    assert not Entry.objects.filter(event="customer.address_changed").exists()
    assert Entry.objects.filter(event="acting.ended", customer=kept.pk).count() == 1


def test_nobody_ends_what_is_not_theirs_to_end(world):
    mia, ben = share_account(world), world.ben
    with pytest.raises(Unknown):
        representing.end_acting(acting=mia.acting.pk, user=ben.user, by=ben.actor)
    with pytest.raises(Unknown):
        representing.end_acting(acting=0, user=ben.user, by=ben.actor)


@pytest.mark.parametrize("yes_of", ["all", "any"])
def test_a_holder_reads_whose_yes_is_needed_and_is_asked_before_leaving(world, yes_of):
    mia = share_account(world, yes_of=yes_of)
    browser, leave = signed_in(mia.user), reverse("people:end_representative", args=[mia.acting.pk])
    words = {"all": "It needs the yes of all of you", "any": "The yes of one of you is enough"}
    assert words[yes_of] in browser.get("/representatives/").text
    assert browser.get(leave).status_code == 200 and mia.user.actings.get().ends_at is None
    assert browser.get(reverse("people:end_representative", args=[0])).status_code == 404
    browser.post(leave)
    assert mia.user.actings.get().ends_at is not None


def test_an_account_that_is_shared_is_named_by_its_number_and_ones_own_is_oneself(world):
    assert name_choice(share_account(world).acting) == "the account you share, customer C-1001"
    assert name_choice(world.ada.user.actings.get()) == "yourself"
