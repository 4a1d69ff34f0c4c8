"""A second officer sees what they decide on, on the page where they decide."""

from datetime import timedelta

import pytest

from consents.core import clock
from consents.law.kinds import Type
from consents.people.models import Erasure, LegalHold
from consents.people.services import erasing as people_erasing
from consents.people.services import holding
from consents.rights.services import erasing, handling
from consents.rights.staff.bulk import describe_holds, describe_proof, list_decision_facts
from tests.rights.officer_pages import first_press, text
from tests.world.cast import signed_in
from tests.world.rights_requests import by_staff, confirm, file, search, type_in


@pytest.fixture
def asked(world):
    request = confirm(world, type_in(world, Type.ERASURE))
    search(world, request)
    return request


def decision_page(client, erasure: Erasure) -> str:
    return text(client.get(f"/admin/people/erasure/{erasure.pk}/change/"))


def test_who_erases_reads_the_request_its_proof_and_the_searches(world, asked):
    erasing.propose_erasure(rights_request=asked.pk, officer=world.pia, by=by_staff(world.pia))

    page = decision_page(signed_in(world.otto.user), Erasure.objects.get())

    assert "What you decide on" in page and asked.number in page
    assert "At least two facts matched: date of birth, customer number. By Pia (Privacy)" in page
    assert "Vault: found, by Pia" in page and "Legal holds</dt><dd>None" in page


def test_who_deletes_a_part_reads_it_too(world, asked):
    about = {"kept": ["orders"], "law": "GDPR Art 17(3)(b), AO 147", "officer": world.pia, "by": by_staff(world.pia)}
    erasing.propose_partial_erasure(rights_request=asked.pk, **about)

    page = text(first_press(signed_in(world.otto.user), asked, "erase_part"))

    assert "What you decide on" in page and "Vault: found, by Pia" in page


def test_an_erasure_that_nobody_asked_for_names_no_request(world):
    file(world.ben, Type.ERASURE)
    about = {"reason": Erasure.Reason.NOT_NEEDED, "officer": world.pia, "by": by_staff(world.pia)}
    erasure = people_erasing.propose_erasure(customer=world.ben.customer.pk, **about)

    assert "What you decide on" not in decision_page(signed_in(world.otto.user), erasure)


def test_who_erases_reads_that_another_request_is_still_open(world):
    file(world.ada)
    file(world.ada, Type.ERASURE)
    about = {"reason": Erasure.Reason.REQUESTED, "officer": world.pia, "by": by_staff(world.pia)}
    asked = people_erasing.propose_erasure(customer=world.ada.customer.pk, **about)
    other = people_erasing.propose_erasure(customer=world.ben.customer.pk, **about)
    otto = signed_in(world.otto.user)

    assert "1 privacy request of this customer is still open." in decision_page(otto, asked)
    assert "is still open" not in decision_page(otto, other)


def test_what_the_customer_proved_themselves_is_told_so(world):
    facts = dict(list_decision_facts(file(world.ada, Type.ERASURE)))

    assert facts["How it is known who asks"].startswith("Signed in afresh. By the customer, ")
    assert facts["Systems searched"] == "None"


def test_a_hold_is_named_with_its_reason_and_day(world):
    day = clock.now().date() + timedelta(days=30)
    about = {"document": "case 7", "review_on": day, "officer": world.otto, "by": by_staff(world.otto)}
    holding.place_hold(customer=world.ada.customer.pk, reason=LegalHold.Reason.COURT_ORDER, **about)

    assert describe_holds(world.ada.customer.pk).startswith("a court order, until reviewed on ")
    assert describe_holds(world.ben.customer.pk) == describe_holds(None) == "none"


def test_who_confirmed_it_later_did_so_themselves_and_before_that_nobody_did(world):
    request = file(world.ada, Type.ERASURE, is_fresh=False)
    assert describe_proof(request) == "Not confirmed"

    by = {"customer": world.ada.customer.pk, "by": world.ada.actor}
    done = handling.confirm_own_identity(rights_request=request.pk, **by)

    assert describe_proof(done).startswith("Signed in afresh. By the customer, ")
