"""Acts of several rooms at once, and those above the rooms, take their locks in the one order too.

`tests/faults/test_every_act.py` watches the acts of each room, one by one.
"""

from collections.abc import Callable
from uuid import UUID

import pytest

from consents.accounts import adapter, company_accounts, pages
from consents.accounts.company_accounts import hash_subject
from consents.accounts.provisioning import acts as provisioning
from consents.catalogue.exchange import exporting
from consents.catalogue.exchange.exporting import collect_catalogue
from consents.core import clock
from consents.ledger.rules import PORTAL, Actor
from consents.people.models import DirectoryPerson, Role, User
from consents.people.services import customer_records, staff_members
from tests.races.lock_order import watched
from tests.world.cast import answer, ask, make_user
from tests.world.exemptions import decide, file_order, open_emergency
from tests.world.retirements import confirm_end, propose_end
from tests.world.systems import PLACES, RITA, make_sign_in

BY = provisioning.BY_DIRECTORY
STAFF, CUSTOMERS = make_sign_in(), make_sign_in("customers", reference="number")
LOWEST = UUID(int=1)
OF_RITA, OF_NOA = (UUID(hash_subject(sign_in, "rita-1")[:32]) for sign_in in (STAFF, CUSTOMERS))


@pytest.fixture(autouse=True)
def places(settings):
    settings.PORTAL_STAFF_GROUPS = PLACES


def asked_and_exempted(world) -> None:
    """Sam asks one customer, and opens data of the other, whose id is the lower one."""
    low, high = sorted((world.ada, world.ben), key=lambda person: str(person.customer.pk))
    ask(world, "contact", customer=high)
    open_emergency(world, customer=low.customer.pk)


def end_membership(world) -> Callable:
    asked_and_exempted(world)
    return lambda: staff_members.end_staff_membership(member=world.sam, by=PORTAL)


def retire_purpose(world) -> Callable:
    asked_and_exempted(world)
    retirement = propose_end(world.purpose, world.quinn)
    return lambda: confirm_end(retirement, world.pia)


def decide_exemption(world) -> Callable:
    filed = file_order(world)
    return lambda: decide(world, filed)


def invite_told(world) -> DirectoryPerson:
    """Rita, of whom the directory told before an officer invited her; Kim is her manager, Otto asks her first."""
    kim, otto = (
        provisioning.change_person(id=member.pk, facts={"name": member.user.email}, by=BY)
        for member in (world.kim, world.otto)
    )
    facts = {"name": "rita@example.com", "given_name": "Rita", "is_active": True, "manager": str(kim.pk)}
    rita = provisioning.record_person(facts=facts, by=BY)
    provisioning.change_person(id=otto.pk, facts={"name": otto.name, "manager": str(rita.pk)}, by=BY)
    staff_members.admit_staff(
        email="rita@example.com", role=Role.REQUESTER, team="Returns", first_name="Rita", by=PORTAL
    )
    return rita


def give_place(world) -> Callable:
    rita = invite_told(world)
    group = provisioning.record_group(facts={"name": "shop-support"}, by=BY)
    return lambda: provisioning.change_group(id=group.pk, facts={}, came=[rita.pk], by=BY)


def switch_off(world) -> Callable:
    rita = invite_told(world)
    return lambda: provisioning.change_person(id=rita.pk, facts={"name": rita.name, "is_active": False}, by=BY)


def remove_person(world) -> Callable:
    rita = invite_told(world)
    return lambda: provisioning.remove_person(id=rita.pk, by=BY)


def begin_by_group(world) -> Callable:
    rita = provisioning.record_person(facts={"name": "rita@example.com", "given_name": "Rita"}, by=BY)
    group = provisioning.record_group(facts={"name": "privacy-office"}, by=BY)
    return lambda: provisioning.change_group(id=group.pk, facts={}, came=[rita.pk], by=BY)


def sign_in_staff(world) -> Callable:
    claims = RITA | {"email": "sam@example.com", "groups": ["shop-support"]}
    staff_members.move_staff_member(member=world.sam, role=Role.REQUESTER, team="Returns", by=PORTAL)
    return lambda: company_accounts.admit_by_claims(sign_in=STAFF, claims=claims)


def sign_in_customer(world) -> Callable:
    customer_records.open_customer_record(reference="C-7", email="noa@example.com", by=PORTAL)
    claims = RITA | {"email": "noa@example.com", "number": "C-7"}
    return lambda: company_accounts.admit_by_claims(sign_in=CUSTOMERS, claims=claims)


def import_catalogue(world) -> Callable:
    """A new kind of data, and a purpose that is there already, in other words."""
    known = collect_catalogue()[0]
    code, purpose = min(known["purposes"].items())
    notices = {language: words | {"name": "Help you"} for language, words in purpose["notices"].items()}
    calls = known["categories"][min(known["categories"])]
    catalogue = known | {
        "categories": known["categories"] | {"calls": calls},
        "purposes": {code: purpose | {"notices": notices}},
    }
    return lambda: exporting.import_catalogue(catalogue, None, PORTAL)


def close_account(world) -> Callable:
    answer(world, ask(world, "contact"))
    ask(world, "orders")
    open_emergency(world, "health")
    ada = world.ada
    return lambda: pages.close_account(user=ada.user, acting=ada.acting, language="en", by=ada.actor)


def close_unlinked_account(world) -> Callable:
    user = make_user("noa@example.com")
    return lambda: pages.close_unlinked_account(user=user, by=Actor("customer", str(user.pk)))


def apply_address_change(world) -> Callable:
    ada = world.ada.user
    User.objects.filter(pk=ada.pk).update(new_email="new@example.com", new_email_at=clock.now())
    return lambda: adapter.apply_address_change(ada.pk)


ACTS = [end_membership, retire_purpose, decide_exemption, give_place, switch_off, remove_person, begin_by_group]
ACTS += [sign_in_staff, sign_in_customer, import_catalogue, close_account, close_unlinked_account, apply_address_change]


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_it_takes_its_locks_in_order(real_world, monkeypatch, act):
    monkeypatch.setattr(User._meta.get_field("id"), "_get_default", lambda: LOWEST)
    call = act(real_world)

    with watched(provisioning.TURN, exporting.TURN, OF_RITA, OF_NOA) as watch:
        call()

    assert watch.wrong == [] and watch.seen >= 3
