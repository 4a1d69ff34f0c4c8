"""An email says the same whenever it is read: moments, not times left; what happened, not what holds by now."""

from datetime import timedelta

from django.core import mail
from django.db import connection
from django.utils import timezone

from consents.breaches import services
from consents.breaches.rules import NewAuthorityNotice, Risk
from consents.copies.models import Package
from consents.copies.services import packages
from consents.core.durations import format_local_moment
from consents.exemptions.services import telling
from consents.ledger.rules import PORTAL
from consents.notifications.delivery import deliver_message
from consents.notifications.models import Message
from consents.people.models import Acting
from consents.people.services import claiming, customer_records, representing
from tests.copies.collecting import answered, mailed_code, on_file
from tests.copies.packages import granted
from tests.world import breaches as world_of
from tests.world.breaches import by
from tests.world.exemptions import build_delay, decide, file_order
from tests.world.holders import share_account


def read(kind: str):
    deliver_message(message=Message.objects.filter(kind=kind).order_by("queued_at").first().pk)
    return mail.outbox[-1]


def words(kind: str) -> str:
    return " ".join(read(kind).body.split())


def choose_time_zone(agent, customer, time_zone: str) -> None:
    """For a customer without an account, by somebody who acts for them no longer."""
    claiming.begin_acting(agent.user, customer, "record.claimed", PORTAL, Acting.Capacity.AGENT)
    customer_records.choose_time_zone(customer=customer.pk, time_zone=time_zone, by=agent.actor)
    connection.check_constraints()  # as at the end of the transaction in which it was chosen
    acting = Acting.objects.get(user=agent.user, customer=customer)
    representing.end_acting(acting=acting.pk, user=agent.user, by=agent.actor)


def test_officers_are_given_the_moment_by_which_the_authority_must_know_also_once_it_is_over(world):
    breach = world_of.record_breach(world, timedelta(hours=100))
    services.remind_of_authority()

    letter = words("breach_due")

    assert f"by {format_local_moment(breach.authority_due)}" in letter
    assert "left" not in letter and "left" not in mail.outbox[-1].subject


def test_a_no_that_a_new_assessment_has_overtaken_is_not_called_nothing(world):
    breach = world_of.record_breach(world, timedelta(hours=60))
    world_of.assess_breach(world, breach, Risk.UNLIKELY)
    services.settle_authority(
        breach=breach.pk, new=NewAuthorityNotice(None, why="Sealed."), officer=world.pia, by=by(world.pia)
    )
    world_of.assess_breach(world, breach)
    services.remind_of_authority()

    assert "or that it need not be as the risk is judged now" in words("breach_due")


def test_a_copy_is_ready_until_a_day(world):
    package = packages.make_package(rights_request=granted(world).pk)

    assert f"ready to download until {format_local_moment(package.ends_at)}" in words("rights_request_package")


def test_a_code_for_a_copy_counts_until_a_moment_of_the_customers_own_day(world):
    customer = on_file(world, "eve@example.com")
    choose_time_zone(world.ben, customer, "Pacific/Auckland")
    mailed_code(answered(world, customer))

    with timezone.override("Pacific/Auckland"):
        ends_at = format_local_moment(Package.objects.get().ends_at)
    assert f"ready to download until {ends_at} (" in " ".join(mail.outbox[-1].body.split())


def test_a_code_works_until_a_day(world):
    code = claiming.propose_claim_code(
        customer=world.ada.customer.pk, capacity=Acting.Capacity.HOLDER, officer=world.pia, by=by(world.pia)
    )
    code = claiming.approve_claim_code(claim_code=code.pk, officer=world.quinn, by=by(world.quinn))

    letter = words("claim_code_approved")

    assert f"The code works until {format_local_moment(code.ends_at)}" in letter
    assert "shows who it is and how to end it" not in letter


def test_whose_part_has_ended_is_looked_for_nowhere(world):
    mia = share_account(world)
    representing.end_acting_as_officer(acting=mia.acting.pk, officer=world.otto, by=by(world.otto))

    letter = words("acting_ended")

    assert "If you still can, “Who can act” shows everyone who can." in letter and "how to end it" not in letter


def test_of_access_that_a_law_kept_secret_until_it_was_over_the_past_is_told(real_world, later):
    decide(real_world, file_order(real_world), delay=build_delay(30))
    later(timedelta(days=31))
    telling.release_due_notices()

    assert "was allowed to see some of your data" in read("exemption_opened").subject
