"""One person files an exemption, another decides it; an emergency opens at once and is checked within a day."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.utils import timezone

from consents.access.models import Grant
from consents.access.rules.causes import WORDS, EndCause
from consents.core import clock
from consents.core.refusals import Unknown
from consents.disclosures.services import LookRefused, disclose_records
from consents.exemptions import rules
from consents.exemptions.models import Exemption
from consents.exemptions.services import deciding
from consents.exemptions.staff.forms import describe_staff_event
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.notifications.delivery import deliver_message
from consents.notifications.models import Message
from consents.people.models import Role
from consents.people.services import staff_members
from consents.people.two_officers.refusals import AlreadyDecided, NeedsSecondOfficer
from tests.world.cast import answer, ask
from tests.world.erasing import erase
from tests.world.exemptions import EMERGENCY, ORDER, by_staff, decide, file_order, open_emergency
from tests.world.retirements import retire


def grant_of(exemption: Exemption) -> Grant:
    return Grant.objects.get(exemption=exemption.pk)


def look(exemption: Exemption) -> list[dict[str, str]]:
    grant = grant_of(exemption)
    return disclose_records(grant=grant.pk, staff=grant.staff_id, by=by_staff(grant.staff.staff_member)).records


def mails(kind: str) -> int:
    return Message.objects.filter(kind=kind).count()


def test_an_order_opens_once_an_officer_has_granted_it(real_world):
    filed = file_order(real_world)
    assert filed.state == "filed" and not Grant.objects.exists()

    granted = decide(real_world, filed)

    assert granted.state == "granted" and granted.told_at
    assert {record["item"] for record in look(granted)} == {"Blue lamp", "Chair"}
    assert mails("exemption_opened") == 1
    look_entry = Entry.objects.get(event="vault.opened")
    assert (look_entry.object_type, look_entry.object) == ("exemption", str(filed.pk))


def test_an_emergency_opens_at_once_and_is_confirmed(real_world):
    opened = open_emergency(real_world)
    assert look(opened)

    confirmed = decide(real_world, opened, words="It was one.")

    assert confirmed.state == "granted" and look(opened)
    assert (mails("exemption_opened"), mails("exemption_unconfirmed")) == (1, 0)


def test_an_emergency_that_is_not_confirmed_ends(real_world):
    opened = open_emergency(real_world)

    decide(real_world, opened, is_granted=False)

    with pytest.raises(LookRefused):
        look(opened)
    assert Entry.objects.get(event="grant.ended").facts["cause"] == "not_confirmed"
    assert "A second person has now checked this and did not confirm it." in read_doubt()
    assert (mails("exemption_decided"), mails("access_ended")) == (1, 0)


def read_doubt() -> str:
    """What Ada reads of an emergency that nobody confirmed."""
    message = Message.objects.get(kind="exemption_unconfirmed")
    deliver_message(message=message.pk)
    (written,) = [one for one in mail.outbox if one.to == ["ada@example.com"]]
    return " ".join(written.body.split())


def test_a_refusal_of_what_was_never_open_is_no_news_to_the_customer(world):
    decide(world, file_order(world), is_granted=False)

    assert mails("exemption_unconfirmed") == 0


def test_an_emergency_that_nobody_checks_is_marked(real_world, later):
    opened = open_emergency(real_world)
    later(timedelta(hours=24, seconds=1))

    with pytest.raises(AlreadyDecided):
        decide(real_world, opened)
    deciding.end_due_exempted_grants()
    assert deciding.record_missed_checks() == 1 and deciding.record_missed_checks() == 0

    opened.refresh_from_db()
    assert opened.state == "unchecked" and grant_of(opened).end == "time"
    assert mails("exemption_unchecked") == 2
    assert "No second person checked this within a day." in read_doubt()


def test_an_hour_at_once_does_not_follow_an_hour_that_nobody_confirmed(real_world, later):
    first = open_emergency(real_world)
    later(timedelta(hours=2))

    for _hour in range(2):  # before and after the day of the check
        with pytest.raises(rules.EmergencyUnconfirmed):
            open_emergency(real_world)
        assert open_emergency(real_world, at_once=False).state == "filed"
        later(timedelta(hours=24))
        deciding.record_missed_checks()
    assert open_emergency(real_world, member=real_world.kim).state == "opened"
    assert grant_of(first).staff_id == real_world.sam.pk


def test_what_was_confirmed_may_be_opened_at_once_again(real_world, later):
    decide(real_world, open_emergency(real_world))
    later(timedelta(hours=2))

    assert open_emergency(real_world).state == "opened"


def test_repeating_changes_nothing(world):
    token = uuid4()
    filed = file_order(world, token=token)
    assert file_order(world, token=token) == filed
    decide(world, filed)
    decide(world, filed)

    assert Entry.objects.filter(event__startswith="exemption.").count() == 2 and Grant.objects.count() == 1


@pytest.mark.parametrize(
    ("terms", "refusal"),
    [
        ({"ground": replace(ORDER, statute=" ")}, rules.IncompleteGround),
        ({"ground": replace(ORDER, ordered_on=None)}, rules.IncompleteGround),
        ({"ground": replace(ORDER, is_foreign=True)}, rules.ForeignOrderAlone),
        ({"ground": replace(EMERGENCY, no_other_way="")}, rules.IncompleteGround),
        ({"at_once": True}, rules.NoEmergency),
        ({"ground": EMERGENCY, "at_once": True, "duration": timedelta(hours=1, seconds=1)}, rules.TooLong),
        ({"duration": timedelta(days=31)}, rules.TooLong),
        ({"why_unasked": "", "unasked_words": ""}, rules.NotAskedFirst),
        ({"access_request": uuid4()}, Unknown),
    ],
    ids=["statute", "no date", "foreign", "no other way", "order at once", "hour", "month", "unasked", "ask"],
)
def test_what_is_not_whole_is_refused(world, terms, refusal):
    with pytest.raises(refusal):
        file_order(world, **terms)
    assert not Exemption.objects.exists()


def test_an_order_of_today_is_taken_where_the_day_begins_before_it_does_in_utc(world, later):
    later(timedelta(days=1) - (clock.now() - clock.now().replace(hour=12, minute=0)))
    with timezone.override("Pacific/Kiritimati"):
        today = timezone.localtime(clock.now()).date()
        assert today > clock.now().date()
        assert file_order(world, ground=replace(ORDER, ordered_on=today)).ordered_on == today
        with pytest.raises(rules.OrderInFuture):
            file_order(world, ground=replace(ORDER, ordered_on=today + timedelta(days=1)))


def test_an_order_dated_tomorrow_is_refused(world):
    with pytest.raises(rules.OrderInFuture):
        file_order(world, ground=replace(ORDER, ordered_on=clock.now().date() + timedelta(days=1)))


def test_a_foreign_order_under_an_agreement_is_taken(world):
    assert file_order(world, ground=replace(ORDER, is_foreign=True, treaty="MLAT EU–US, Art 4")).is_foreign


def test_the_ask_in_parallel_has_a_short_deadline(world):
    slow = ask(world, "orders")
    with pytest.raises(rules.AskTooSlow):
        file_order(world, access_request=slow.pk)
    quick = ask(world, "contact", answer_within=timedelta(hours=4))

    assert file_order(world, access_request=quick.pk).access_request_id == quick.pk


def test_what_the_customer_allowed_needs_no_exemption(world):
    allowed = answer(world, ask(world, "orders"))

    with pytest.raises(rules.CustomerAllowed):
        file_order(world, access_request=allowed.pk)
    with pytest.raises(rules.AlreadyOpen):
        open_emergency(world)


def test_nobody_decides_what_they_filed(world):
    own = file_order(world, member=world.pia)

    with pytest.raises(NeedsSecondOfficer):
        decide(world, own)
    assert decide(world, own, world.quinn).state == "granted"


@pytest.mark.parametrize("who", ["sam", "otto", "kim"])
def test_only_a_privacy_officer_decides(world, who):
    with pytest.raises(rules.NotPrivacyOfficer):
        decide(world, file_order(world), getattr(world, who))


def test_an_officer_who_left_meanwhile_decides_nothing(world):
    filed = file_order(world)
    staff_members.end_staff_membership(member=world.pia, by=PORTAL)

    with pytest.raises(rules.NotPrivacyOfficer):
        decide(world, filed)


def test_a_requester_who_left_gets_nothing(world):
    filed = file_order(world)
    staff_members.end_staff_membership(member=world.sam, by=PORTAL)

    with pytest.raises(deciding.NothingToGrant):
        decide(world, filed)


def move(world) -> None:
    staff_members.move_staff_member(member=world.sam, role=Role.REQUESTER, team="Archive", by=PORTAL)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda world: staff_members.end_staff_membership(member=world.sam, by=PORTAL), "staff_ended"),
        (move, "staff_ended"),
        (lambda world: retire(world.purpose), "retired"),
        (lambda world: erase(world, world.ada), "erased"),
    ],
)
def test_what_can_no_longer_be_granted_ends_with_its_cause(real_world, change, cause):
    world = real_world
    filed, other = file_order(world), file_order(world, member=world.kim, customer=world.ben.customer.id)
    assert deciding.end_void_exemptions() == 0
    change(world)
    with pytest.raises(deciding.NothingToGrant):
        decide(world, filed)

    assert deciding.end_void_exemptions() >= 1 and deciding.end_void_exemptions() == 0

    filed.refresh_from_db()
    entry = Entry.objects.get(event="exemption.cancelled", object=str(filed.pk))
    assert (filed.state, entry.facts["cause"]) == ("cancelled", cause)
    assert describe_staff_event(filed, entry) == f"{WORDS[EndCause(cause)].staff} Ended before it was decided."
    other.refresh_from_db()
    assert (other.state == "filed") == (cause != "retired")


def test_leaving_ends_what_runs(world):
    granted = decide(world, file_order(world))
    staff_members.end_staff_membership(member=world.sam, by=PORTAL)

    assert grant_of(granted).end == "company"


def test_taken_back_before_the_decision(world):
    filed = file_order(world)
    with pytest.raises(Unknown):
        deciding.cancel_exemption(exemption=filed.pk, member=world.kim, by=by_staff(world.kim))
    for _ in range(2):
        deciding.cancel_exemption(exemption=filed.pk, member=world.sam, by=by_staff(world.sam))

    assert Entry.objects.filter(event="exemption.cancelled").count() == 1
    with pytest.raises(AlreadyDecided):
        decide(world, filed)


def test_running_access_is_ended_by_its_holder_or_an_officer(world):
    first, second = decide(world, file_order(world)), decide(world, file_order(world, "contact"))
    with pytest.raises(rules.NotPrivacyOfficer):
        deciding.end_exempted_access(exemption=first.pk, member=world.kim, by=by_staff(world.kim))

    for exemption, member, told in ((first, world.sam, 0), (second, world.quinn, 1)):
        deciding.end_exempted_access(exemption=exemption.pk, member=member, by=by_staff(member))
        assert grant_of(exemption).end == "company"
        assert mails("access_ended") == told  # nobody is told of what they have done themselves
