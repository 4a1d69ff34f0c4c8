"""An officer, or who shares the account, sees who acts for a customer and ends what one of them may do."""

import pytest
from django.urls import reverse

from consents.core.refusals import Unknown
from consents.ledger.models import Entry
from consents.ledger.rules import Actor
from consents.people import selectors
from consents.people.models import Customer
from consents.people.selectors import name_choice
from consents.people.services import representing
from tests.world.cast import signed_in
from tests.world.holders import share_account

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
