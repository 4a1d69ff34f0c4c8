"""What began before the backup and ended after it: an erased part stays away, a lost text closes its purpose."""

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from consents.access.models import Grant
from consents.access.rules import GrantEnd
from consents.catalogue.models import PurposeVersion
from consents.catalogue.services import publishing, versions
from consents.copies.models import Package
from consents.copies.services import packages
from consents.decisions.selectors import decide_use
from consents.disclosures.services import disclose_own_copy
from consents.law.kinds import Type
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.notifications.models import Message
from consents.ops.running.checks import check_database
from consents.people.models import Customer
from consents.rights.models import RightsRequest
from consents.rights.services import erasing
from consents.vault import selectors as vault
from consents.vault.rules import Remainder
from tests.backups.stories import tell_from_before
from tests.world.cast import make_customer, put_in_vault, quinn
from tests.world.erasing import actor, erase
from tests.world.rights_requests import answer as grant_right
from tests.world.rights_requests import file, search


def erase_part(world, person) -> RightsRequest:
    """All but their orders."""
    request = file(person, Type.ERASURE)
    search(world, request)
    about = {"rights_request": request.pk, "officer": world.pia, "by": actor(world.pia)}
    erasing.propose_partial_erasure(**about, kept=["orders"], law="GDPR Art 17(3)(b), AO 147")
    return request


def confirm_part(world, request) -> None:
    erasing.confirm_partial_erasure(rights_request=request.pk, officer=world.otto, by=actor(world.otto))


def copy_everything(world) -> Package:
    """Of what Ada's is, before a part is erased."""
    copied = file(world.ada, Type.ACCESS)
    search(world, copied)
    grant_right(world, copied)
    return packages.make_package(rights_request=copied.pk)


def find_part_erased(customer) -> Entry:
    """The one there is."""
    return Entry.objects.get(event="customer.part_erased", customer=customer.id)


def assert_the_part_stays_away(world, package: Package, done: Entry) -> None:
    assert find_part_erased(world.ada.customer).facts["original"] == bytes(done.hash).hex()
    copy = disclose_own_copy(customer=world.ada.customer.id, by=world.ada.actor)
    assert set(copy.records) == {world.categories["orders"].pk}
    assert vault.get_remainders(world.ada.customer.id) == {
        "contact": Remainder.NOTHING,
        "health": Remainder.NOTHING,
        "orders": Remainder.KEPT,
    }
    assert {one.end for one in Grant.objects.filter(access_request=world.running.pk)} == {GrantEnd.COMPANY}
    package.refresh_from_db()
    assert package.removed_at and package.sealed_data is None
    with pytest.raises(IntegrityError, match="deleted for good"), transaction.atomic():
        put_in_vault(world.ada.customer, world.categories["contact"], {"name": "Ada again"})


def a_part_that_was_asked_for_before_the_backup_stays_away(world):
    package, request = copy_everything(world), erase_part(world, world.ada)
    yield
    confirm_part(world, request)
    done = find_part_erased(world.ada.customer)

    yield

    assert_the_part_stays_away(world, package, done)
    request.refresh_from_db()
    assert (request.outcome, request.denial_legal_basis) == ("complied_part", "GDPR Art 17(3)(b), AO 147")
    assert not Message.objects.filter(kind="rights_request_answered", context__number=request.number)


def a_part_that_was_asked_for_after_it_stays_away(world):
    package = copy_everything(world)
    yield
    confirm_part(world, erase_part(world, world.ada))
    done = find_part_erased(world.ada.customer)

    yield

    assert_the_part_stays_away(world, package, done)


def of_the_erased_whole_no_part_is_erased_again(world):
    fay = make_customer("C-1007", "fay@example.com")
    for kind in ("contact", "orders"):
        put_in_vault(fay.customer, world.categories[kind], {"name": "Fay"})
    request = erase_part(world, fay)
    yield
    confirm_part(world, request)
    erase(world, fay)

    yield

    assert Customer.objects.get(pk=fay.customer.id).erased_at
    request.refresh_from_db()
    assert request.outcome == "complied_part"


def a_draft_that_was_published_since_is_lost_with_its_number(world):
    draft, use = versions.draft_next_version(purpose=world.purpose, officer=quinn(), by=PORTAL), {"purpose": "support"}
    use |= {"customer": world.cas.customer.id, "category": "orders"}
    assert decide_use(**use).allowed
    yield
    publishing.publish_version(version=draft, officer=world.pia.user, by=Actor("staff", str(world.pia.pk)))

    yield

    assert PurposeVersion.objects.get(pk=draft.pk).lost
    assert not decide_use(**use).allowed
    assert versions.draft_next_version(purpose=world.purpose, officer=quinn(), by=PORTAL).number == 3


BEGUN_BEFORE = {
    "a part and a whole": (
        [a_part_that_was_asked_for_before_the_backup_stays_away, of_the_erased_whole_no_part_is_erased_again],
        ["Done again: customer.part_erased, 2 times.", "Done again: customer.erased, 1 time."],
    ),
    "a part and a text": (
        [a_part_that_was_asked_for_after_it_stays_away, a_draft_that_was_published_since_is_lost_with_its_number],
        ["Done again: customer.part_erased, 1 time."],
    ),
}


@pytest.mark.parametrize("name", BEGUN_BEFORE)
def test_what_began_before_the_backup_ends_after_it(backed_up, backup, elsewhere, name):
    stories, told = BEGUN_BEFORE[name]

    said = tell_from_before(*stories, world=backed_up, backup=backup, elsewhere=elsewhere)

    assert all(sentence in said for sentence in told)
    call_command("verify_ledger")
    call_command("rebuild_state", "--check")
    check_database()
