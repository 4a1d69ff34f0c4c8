"""A copy that held what was deleted is gone, and page and record say why: not that its two weeks were over."""

from consents.copies.services import packages
from consents.copies.staff.acts import describe_missing_copy
from consents.law.kinds import Type
from consents.ledger.models import Entry
from consents.ledger.rules import describe_for_customer, describe_for_staff
from consents.rights.models import RightsRequest
from consents.rights.services import erasing
from tests.copies.packages import granted
from tests.world.cast import signed_in
from tests.world.rights_requests import by_staff, file, search
from tests.world.scene_fixtures import scene


@scene
def copied(world) -> RightsRequest:
    request = granted(world)
    packages.make_package(rights_request=request.pk)
    return request


def removed() -> Entry:
    return Entry.objects.get(event="rights_request.package_removed")


def test_the_page_says_that_data_was_deleted_since(world, copied):
    empty(world)

    text = " ".join(signed_in(world.ada.user).get(f"/rights/requests/{copied.number}/").text.split())
    assert "It has been removed, because some of your data was deleted since." in text
    assert "The two weeks to download it are over" not in text


def test_the_record_says_which_of_both_it_was(world, copied):
    empty(world)

    assert describe_for_customer(removed()) == "The download was removed, since some of your data was deleted"
    assert describe_for_staff(removed()) == "The package was removed, since some of this customer’s data was deleted"
    assert describe_missing_copy(copied) == "Removed, because some of this customer’s data was deleted since"


def test_the_record_of_one_whose_time_was_over_speaks_of_no_deletion(world, copied, later):
    later(packages.PACKAGE_LIFETIME)
    packages.remove_packages_when_due()

    assert describe_for_customer(removed()) == "The download was removed after two weeks"
    assert describe_for_staff(removed()) == "The package was removed: its two weeks were over"
    assert describe_missing_copy(copied) == "Nobody downloaded it in two weeks. It was removed."


def empty(world) -> None:
    """Delete all but the orders, by two officers."""
    request = file(world.ada, Type.ERASURE)
    search(world, request)
    terms = {"rights_request": request.pk, "kept": ["orders"], "law": "GDPR Art 17(3)(b), AO 147"}
    erasing.propose_partial_erasure(**terms, officer=world.pia, by=by_staff(world.pia))
    erasing.confirm_partial_erasure(rights_request=request.pk, officer=world.otto, by=by_staff(world.otto))
