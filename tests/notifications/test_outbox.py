"""The outbox of the staff site: what did not arrive, without a word of it or an address; trying again."""

from datetime import timedelta

import pytest
from django.contrib.admin import site
from django.core import mail
from django.db import connection
from django.utils import timezone

from consents.breaches import services
from consents.breaches.rules import NewAuthorityNotice, Risk
from consents.copies.models import Package
from consents.copies.services import packages
from consents.core import clock
from consents.core.durations import format_local_moment
from consents.core.refusals import Unknown
from consents.exemptions.services import telling
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.notifications import selectors
from consents.notifications.delivery import build_email, deliver_message
from consents.notifications.models import FailingAddress, Message
from consents.notifications.rules import MAX_TRIES
from consents.notifications.services import failing, queueing
from consents.people.models import Acting
from consents.people.services import claiming, customer_records, representing
from consents.people.services.customer_records import open_customer_record
from tests.copies.collecting import answered, granted, mailed_code, on_file
from tests.plans import explain
from tests.world import breaches as world_of
from tests.world.breaches import by
from tests.world.cast import signed_in
from tests.world.erasing import erase
from tests.world.exemptions import build_delay, decide, file_order
from tests.world.holders import share_account

LIST = "/admin/notifications/message/"
DAY = "2026-12-24T16:00:00+00:00"


def page_of(message: Message) -> str:
    return f"{LIST}{message.pk}/change/"


@pytest.fixture
def bounced(world) -> Message:
    message = queueing.notify(
        kind="access_request_filed",
        key="k",
        customer=world.ada.customer,
        team="TEAM-MARKER",
        answer_by="2026-11-26T16:00Z",
    )
    deliver_message(message=message.id)
    failing.record_bounce(message=message.id, status="5.1.1", by=PORTAL)
    message.refresh_from_db()
    return message


def given_up(world) -> Message:
    message = queueing.notify(kind="access_ended", key="e", user=world.sam.user)
    Message.objects.filter(pk=message.pk).update(tries=MAX_TRIES, error="SMTPServerDisconnected")
    return Message.objects.get(pk=message.pk)


def press(client, message: Message):
    return client.post(page_of(message), {"CHANGE_FORM-action": "retry", "_selected_action": str(message.pk)})


@pytest.mark.parametrize("who", ["pia", "otto"])
def test_officers_see_what_did_not_arrive(world, bounced, who):
    given_up(world)
    page = signed_in(getattr(world, who).user).get(LIST).content.decode()

    for words in (
        "Returned",
        "Somebody asks to see the customer’s data",
        "Access has ended",
        "5.1.1",
        str(world.ada.customer.id),
        "Given up",
        "SMTPServerDisconnected",
    ):
        assert words in page


def test_neither_content_nor_addresses_are_shown(world, bounced):
    pia = signed_in(world.pia.user)
    for page in (pia.get(LIST), pia.get(page_of(bounced))):
        text = page.content.decode()
        assert page.status_code == 200
        assert not [mark for mark in ("ada@", "TEAM-MARKER", "2026-11-26T16", "asking to see") if mark in text]


def test_delivered_emails_are_not_in_the_outbox(world):
    message = queueing.notify(kind="access_ended", key="e", user=world.sam.user)
    deliver_message(message=message.id)

    assert signed_in(world.pia.user).get(page_of(message)).status_code == 404


def test_requesters_see_none_of_it(world, bounced):
    sam = signed_in(world.sam.user)

    assert sam.get(LIST).status_code == 403
    assert "undelivered" not in sam.get("/admin/").content.decode()


def test_the_first_page_counts_for_officers(world, bounced):
    page = signed_in(world.otto.user).get("/admin/").content.decode()

    assert "<strong>1</strong> email not delivered" in page
    assert "<strong>1</strong> address that email does not reach" in page


def test_an_officer_has_it_sent_again(world, bounced):
    response = press(signed_in(world.pia.user), bounced)

    bounced.refresh_from_db()
    assert (response.url, bounced.sent_at, bounced.outcome, bounced.tries) == (LIST, None, "", 0)
    assert Entry.objects.get(event="message.retried").customer == world.ada.customer.id
    deliver_message(message=bounced.id)
    bounced.refresh_from_db()
    assert bounced.outcome == "sent"


def test_it_is_sent_again_once(world, bounced):
    failing.retry_message(message=bounced.id, by=PORTAL)
    with pytest.raises(failing.CannotRetry):
        failing.retry_message(message=bounced.id, by=PORTAL)


def test_a_code_is_never_sent_again(world):
    queueing.queue_account_email(to="ada@example.com", subject="Code", body="MARKER")
    message = Message.objects.get(kind="account")
    deliver_message(message=message.id)
    failing.record_bounce(message=message.id, status="5.1.1", by=PORTAL)

    with pytest.raises(failing.CannotRetry):
        failing.retry_message(message=message.id, by=PORTAL)
    assert "Send again" not in signed_in(world.pia.user).get(page_of(message)).content.decode()


def test_who_shares_an_account_is_not_called_staff(world):
    mia = share_account(world)
    queueing.notify(kind="access_ended", key="k", customer=world.ada.customer)
    Message.objects.filter(kind="access_ended").update(tries=MAX_TRIES)
    copy = Message.objects.get(kind="access_ended", user=mia.user)

    page = signed_in(world.pia.user).get(page_of(copy)).text

    assert f"someone who acts for a customer, {mia.user.pk}" in page and "staff " + str(mia.user.pk) not in page


def test_who_asked_by_right_is_not_called_somebody_who_signs_in(world):
    about = {"template": "rights_request_code_given", "language": "en", "number": "PR-1"}
    queueing.notify_address(to="eve@example.com", kind="rights_request", **about)
    Message.objects.filter(kind="rights_request").update(tries=MAX_TRIES)

    page = signed_in(world.pia.user).get(page_of(Message.objects.get(kind="rights_request"))).text

    assert "the person who makes a privacy request" in page and "signs in with that address" not in page


def test_what_is_still_being_tried_is_left_alone(world):
    message = given_up(world)
    Message.objects.filter(pk=message.pk).update(tries=MAX_TRIES - 1)

    with pytest.raises(failing.CannotRetry):
        failing.retry_message(message=message.id, by=PORTAL)


def test_a_customer_without_an_address_is_told_apart(world):
    message = queueing.notify(
        kind="access_request_filed", key="k", customer=open_customer_record(reference="C-5", by=PORTAL)
    )
    deliver_message(message=message.id)

    assert "No address on file" in signed_in(world.pia.user).get(LIST).content.decode()


# Held back after a restoration


def of_a_stranger(to: str = "stranger@example.com") -> Message:
    queueing.notify_address(
        to=to, template="rights_request_filed", kind="rights_request", language="de", number="R-1", answer_by=DAY
    )
    return Message.objects.get(kind="rights_request")


def test_mail_of_a_rights_request_that_was_held_back_can_still_be_sent(world):
    message = of_a_stranger()
    queueing.queue_account_email(to="ada@example.com", subject="Your code", body="ABC-DEF")
    assert failing.hold_back_emails(before=clock.now() + timedelta(seconds=1)) >= 2

    code = Message.objects.get(kind="account")
    assert code.sealed is None and not selectors.can_be_retried(code)
    assert press(signed_in(world.pia.user), message).status_code == 302
    mail.outbox.clear()
    deliver_message(message=message.pk)

    assert [one.to for one in mail.outbox] == [["stranger@example.com"]]
    message.refresh_from_db()
    assert (message.outcome, message.sealed) == ("sent", None)
    assert not selectors.can_be_retried(message)


def test_mail_of_a_rights_request_that_was_given_up_can_still_be_sent(world):
    message = of_a_stranger()
    Message.objects.filter(pk=message.pk).update(tries=MAX_TRIES)
    assert selectors.can_be_retried(Message.objects.get(pk=message.pk))


def test_held_back_mail_to_somebody_erased_is_gone(real_world):
    message = of_a_stranger("ada@example.com")
    failing.hold_back_emails(before=clock.now() + timedelta(seconds=1))
    erase(real_world, real_world.ada)
    message.refresh_from_db()
    assert (message.outcome, message.sealed) == ("stopped", None)


def test_the_outbox_is_found_by_the_index_of_what_is_not_sent(db):
    for rows in (selectors.select_failed_messages(), selectors.select_undelivered_messages()):
        assert "notifications_message_unsent" in explain(rows, ["notifications_message"], without=["seqscan"])


def test_what_came_back_is_not_refused_as_well_and_two_reports_at_once_are_one_entry(world, bounced, monkeypatch):
    failing.record_refused_address(message=bounced.id, status="550", by=PORTAL)
    bounced.refresh_from_db()
    assert (bounced.outcome, bounced.error) == ("bounced", "5.1.1")

    monkeypatch.setattr(failing.selectors, "select_failing_addresses", lambda _hashes: FailingAddress.objects.none())
    failing.record_failure(bounced, "bounced", "5.1.1", FailingAddress.How.BOUNCED, PORTAL)
    assert Entry.objects.filter(event="address.failed").count() == FailingAddress.objects.count() == 1


def test_an_email_that_has_arrived_meanwhile_is_not_sent_again_and_one_to_nobody_is_not_written(rf):
    outbox = site.get_model_admin(Message)
    with pytest.raises(Unknown):
        outbox.retry(rf.post(LIST), Message.objects.none())

    assert build_email(Message(kind="access_ended", context={})) is None


# An email says the same whenever it is read: moments, not times left; what happened, not what holds by now.


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
