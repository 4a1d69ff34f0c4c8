"""The page of an exemption says what happened, in the words of people, and who did it."""

from datetime import timedelta

from django.urls import reverse

from consents.access.models import Grant
from consents.disclosures.services import disclose_records
from consents.exemptions.services import deciding
from tests.world.cast import signed_in
from tests.world.exemptions import build_delay, by_staff, decide, file_order


def test_its_timeline_claims_no_permission_of_the_customer(real_world, later):
    """Its time ends as that of a request does, and nobody had allowed it; kinds of data have their titles."""
    world = real_world
    duty = decide(world, file_order(world, "orders"))
    grant = Grant.objects.get(exemption=duty.pk)
    disclose_records(grant=grant.pk, staff=world.sam.pk, by=by_staff(world.sam))
    later(timedelta(days=31))
    deciding.end_due_exempted_grants()

    page = " ".join(signed_in(world.otto.user).get(f"/admin/exemptions/exemption/{duty.pk}/change/").text.split())

    assert "The time for this access is over. Access ended." in page and "the customer allowed" not in page
    assert "Sam from Billing Support opened: Orders." in page
    assert '<span class="quiet">· Pia (Privacy)</span>' in page
    over = signed_in(world.sam.user).get(reverse("admin:disclosures_open", args=[duty.pk])).text
    assert "The time for this access is over." in over and "the customer allowed" not in over


def test_after_its_delay_it_is_shown_whether_or_not_a_job_has_told_of_it(real_world, later):
    duty = decide(real_world, file_order(real_world, "orders"), delay=build_delay(30))
    page = f"/admin/exemptions/exemption/{duty.pk}/change/"
    assert "Delayed until" in signed_in(real_world.otto.user).get(page).text

    later(timedelta(days=31))

    shown = signed_in(real_world.otto.user).get(page).text
    assert "Shown since the delay ended" in shown and "Delayed until" not in shown


def test_it_is_taken_back_by_whoever_filed_it_and_by_nobody_else(world):
    filed = file_order(world, "orders")
    page = f"/admin/exemptions/exemption/{filed.pk}/change/"

    offered = ["Take it back" in signed_in(member.user).get(page).text for member in (world.sam, world.pia)]

    assert offered == [True, False]
