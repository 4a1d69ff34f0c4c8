"""The page of an exemption says what happened, in the words of people, and who did it."""

from datetime import timedelta

from django.urls import reverse

from consents.access.models import Grant
from consents.disclosures.services import disclose_records
from consents.exemptions.services import ending
from tests.world.cast import signed_in
from tests.world.exemptions import by_staff, decide, file_order


def test_its_timeline_claims_no_permission_of_the_customer(real_world, later):
    """Its time ends as that of a request does, and nobody had allowed it; kinds of data have their titles."""
    world = real_world
    duty = decide(world, file_order(world, "orders"))
    grant = Grant.objects.get(exemption=duty.pk)
    disclose_records(grant=grant.pk, staff=world.sam.pk, by=by_staff(world.sam))
    later(timedelta(days=31))
    ending.end_due_exempted_grants()

    page = " ".join(signed_in(world.otto.user).get(f"/admin/exemptions/exemption/{duty.pk}/change/").text.split())

    assert "The time for this access is over. Access ended." in page and "the customer allowed" not in page
    assert "Sam from Billing Support opened: Orders." in page
    assert '<span class="quiet">· Pia (Privacy)</span>' in page
    over = signed_in(world.sam.user).get(reverse("admin:disclosures_open", args=[duty.pk])).text
    assert "The time for this access is over." in over and "the customer allowed" not in over
