"""The made-up company: every state a visitor may want to see, and a past that stands up."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from consents.access import selectors as access
from consents.access.models import AccessRequest, Grant, ProposedRequest
from consents.catalogue.models import Category
from consents.choices import selectors as choices
from consents.core import clock
from consents.disclosures.models import LookReport, Opening
from consents.exemptions.bypasses import find_bypass_signs
from consents.exemptions.models import Exemption
from consents.ledger.models import Entry
from consents.ledger.selectors.chains import find_chain_faults
from consents.notifications.models import Message
from consents.ops import rebuilding
from consents.ops.demo import company, customers
from consents.ops.embedded import CannotStart
from consents.people.models import Customer, StaffMember
from consents.people.selectors import is_claimed, list_holders
from consents.people.services.claiming import is_child
from consents.rights.models import RightsRequest
from consents.rights.rules import DeliveryWay
from consents.rights.selectors import get_delivery_way, has_copy


def customer(account):
    return Customer.objects.get(reference=account.reference)


def test_it_shows_every_state_and_stands_up(demo_company):
    """One scene, looked at from all sides."""
    check_requests()
    check_choices()
    check_people()
    check_families()
    check_shared_account()
    check_proposals()
    check_rights()
    check_without()
    check_past()
    check_state()
    assert not company.set_up_company()
    assert Customer.objects.count() == 60


def check_requests() -> None:
    now, maya = clock.now(), customer(customers.MAYA)
    requests = list(access.select_requests_of(maya.pk))
    assert {request.state_at(now) for request in requests} == {
        "pending", "approved", "partly_approved", "denied", "expired", "cancelled",
    }  # fmt: skip
    assert {grant.end for grant in Grant.objects.filter(customer=maya)} == {"", "time", "stopped", "withdrawn"}
    live = access.select_live_grants(now).filter(customer=maya)
    assert {grant.access_request.state for grant in live} == {"approved", "partly_approved"}
    assert not access.select_requests_of(customer(customers.THEO).pk).exists()


def check_choices() -> None:
    standings = choices.read_choices(customer(customers.MAYA).pk).standings
    said = {standing.choice.status if standing.choice else None for standing in standings if standing.is_asked}
    assert said == {"ConsentGiven", "ConsentRefused", "ConsentWithdrawn", None}
    assert any(not standing.is_asked for standing in standings)
    assert [category.sensitive for category in Category.objects.all()] == [False] * 4 + [True]


def check_people() -> None:
    assert is_claimed(customer(customers.MAYA).pk) and is_claimed(customer(customers.THEO).pk)
    rosa = customer(customers.ROSA)
    assert rosa.address_hash and not is_claimed(rosa.pk)
    assert not StaffMember.objects.filter(user__last_login=None).exists()


def check_shared_account() -> None:
    dana = customer(customers.DANA)
    assert [holder.user.email for holder in list_holders(dana.pk)] == ["dana@example.com", "eli@example.com"]
    stopped, waiting = access.select_requests_of(dana.pk).order_by("filed_at")
    assert (stopped.state, waiting.state) == ("partly_approved", "pending")
    assert stopped.grants.get().end == "stopped" and waiting.assents.get().given_by.email == "dana@example.com"


def check_proposals() -> None:
    """Two wait for the manager, who has agreed to others, and not to one."""
    proposed = list(ProposedRequest.objects.all())
    assert {one.state for one in proposed} == {"waiting", "agreed", "declined"}
    assert {one.customer for one in proposed if one.state == "waiting"} == {
        customer(customers.THEO),
        customer(customers.JONAS),
    }
    agreed = AccessRequest.objects.filter(version__needs_agreement=True)
    assert agreed.exists() and agreed.count() == agreed.filter(proposed_request__state="agreed").count()


def check_families() -> None:
    """A child whose father says yes and no for her and is asked now; a German and a Spanish reader."""
    nora, theo = customer(customers.NORA), customer(customers.THEO)
    assert is_child(nora, clock.now()) and not is_claimed(nora.pk)
    acting = nora.actings.get()
    assert (acting.user.actings.get(capacity="self").customer, acting.capacity) == (theo, "guardian")
    assert told(nora) == {("en", "guardian")}
    assert {one.state for one in access.select_requests_of(nora.pk)} == {"approved", "pending"}
    assert told(customer(customers.JONAS)) == {("de", "self")}
    assert told(customer(customers.LUCIA)) == {("es", "self")}
    live = access.select_live_grants(clock.now()).filter(customer=customer(customers.LUCIA))
    assert {grant.category.code for grant in live} == {"contact", "orders"}


def check_rights() -> None:
    """Under three laws, in every state, with one that is late and one of nobody known."""
    rows, now = list(RightsRequest.objects.all()), clock.now()
    assert {row.regime for row in rows} == {"gdpr", "uk_gdpr", "ccpa"}
    assert {row.outcome for row in rows} == {"", "complied_whole", "complied_part", "denied", "withdrawn_by_requester"}
    assert [row.request_type for row in rows if row.is_late_at(now)] == ["A15"]
    assert {row.channel for row in rows} == {"portal", "phone", "post", "webform"}
    assert any(row.extended_to for row in rows) and any(row.waiting_since for row in rows)
    assert {row.appeal_outcome for row in rows} == {"", "upheld"}
    assert len([row for row in rows if row.customer_id is None]) == 3
    last_year = [row for row in rows if row.received_at.year == now.year - 1]
    assert {row.regime for row in last_year} == {"gdpr", "uk_gdpr", "ccpa"}
    assert all(row.responded_at and row.responded_at.year == now.year - 1 for row in last_year)
    recent = [row for row in rows if row.customer_id and row not in last_year]
    collected = [row for row in recent if has_copy(row) and get_delivery_way(row) == DeliveryWay.MAILED]
    assert [row.customer for row in collected] == [customer(customers.ROSA)]


def check_without() -> None:
    """An emergency with its second check; a court order of which the customer was told once the delay had ended; a
    report with its answer and one that waits. Nobody went round a customer."""
    emergency, order = Exemption.objects.get(kind="safety"), Exemption.objects.get(kind="legal_duty")
    assert (emergency.customer, order.customer) == (customer(customers.MAYA), customer(customers.JONAS))
    assert {emergency.state, order.state} == {"granted"} and emergency.check_by and order.told_at > order.decided_at
    assert {one.finding for one in LookReport.objects.all()} == {"in_order", ""}
    assert find_bypass_signs(clock.now()) == []


def told(person: Customer) -> set[tuple[str, str]]:
    """In which language of the notice, and as what, they answered about each purpose."""
    entries = Entry.objects.filter(customer=person.pk, object_type="choice")
    return {(entry.facts["language"], entry.facts["capacity"]) for entry in entries}


def check_past() -> None:
    """Unbroken, in order, every look inside its grant, and the clock is the real one again."""
    assert not [fault for fault in find_chain_faults() if hasattr(fault, "what")]
    moments = list(Entry.objects.order_by("id").values_list("occurred_at", flat=True))
    assert moments == sorted(moments)
    for opening in Opening.objects.select_related("grant"):
        assert opening.grant.is_live(opening.opened_at)
    assert abs(clock.now() - timezone.now()) < timedelta(seconds=10)
    unsent = Message.objects.filter(sent_at=None)
    assert unsent.exists() and min(message.queued_at for message in unsent) > clock.now() - timedelta(days=3)


def check_state() -> None:
    """Every choice, request and grant follows from the ledger alone."""
    (compared,) = rebuilding.find_differences()
    assert compared.things > 20


def test_the_application_gains_nothing_by_it(demo_company):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM vault_record")
        assert cursor.fetchone()[0] == 0
        cursor.execute(
            "SELECT has_function_privilege('portal_owner', p.oid, 'EXECUTE') FROM pg_proc p WHERE proname = ANY(%s)",
            [list(company.VAULT_FUNCTIONS)],
        )
        assert cursor.fetchall() == [(False,)] * len(company.VAULT_FUNCTIONS)


def test_it_refuses_a_database_with_other_people(real_world):
    with pytest.raises(CannotStart, match="another company"):
        company.set_up_company()
