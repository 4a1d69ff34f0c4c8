"""The customer is told at once, or later where a law demands it: never without an end, and it ends by itself."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.urls import reverse

from consents.access.models import Grant
from consents.access.rules import CannotAllowNow, RequestState
from consents.access.rules.causes import EndCause
from consents.access.services.asking import PurposeNotAskable
from consents.catalogue.signals import retirement_previewed
from consents.choices.customers.presenting import list_effects
from consents.choices.rules import MarkKind
from consents.choices.services import marking, withdrawing
from consents.choices.signals import withdrawal_previewed
from consents.core import clock
from consents.core.refusals import Unknown
from consents.core.signal_answers import collect_answers
from consents.disclosures.services import LookRefused, disclose_records
from consents.exemptions import rules, selectors
from consents.exemptions.customers.presenting import list_running_access
from consents.exemptions.models import Exemption
from consents.exemptions.services import deciding, telling
from consents.exemptions.services.deciding import end_grants
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.notifications.delivery import deliver_message
from consents.notifications.models import Message
from consents.people.services import staff_members
from consents.people.signals import erasure_previewed
from consents.people.two_officers.refusals import NeedsSecondOfficer
from tests.world.cast import answer, ask, signed_in
from tests.world.erasing import erase
from tests.world.exemptions import build_delay, by_staff, decide, file_order, open_emergency
from tests.world.exemptions import look as exemptions_look
from tests.world.retirements import retire


def look(exemption: Exemption) -> None:
    grant = Grant.objects.get(exemption=exemption.pk)
    disclose_records(grant=grant.pk, staff=grant.staff_id, by=by_staff(grant.staff.staff_member))


def renew(exemption: Exemption, officer, days: int = 60):
    return telling.renew_delay(exemption=exemption.pk, delay=build_delay(days), officer=officer, by=by_staff(officer))


def mails() -> int:
    return Message.objects.filter(kind="exemption_opened").count()


def page_of(exemption: Exemption) -> str:
    return reverse("exemptions:exemption", args=[exemption.pk])


def test_a_look_is_marked_in_words_and_explained(real_world):
    opened = open_emergency(real_world)
    look(opened)
    ada = signed_in(real_world.ada.user)

    log = ada.get(reverse("disclosures:activity")).content.decode()
    page = ada.get(page_of(opened)).content.decode()

    assert "Without your permission: an emergency" in log and "Sam from Billing Support" in log
    for words in ("A delivery may be poisoned.", "Minutes count.", "A second person will check", "Orders"):
        assert words in page
    assert signed_in(real_world.ben.user).get(page_of(opened)).status_code == 404


def test_access_that_nobody_used_is_listed_where_the_email_says_unless_a_law_withholds_it(world):
    used_by_nobody = open_emergency(world)
    withheld = decide(world, file_order(world, "contact"), delay=build_delay())
    log = signed_in(world.ada.user).get(reverse("disclosures:activity")).content.decode()

    assert page_of(used_by_nobody) in log and page_of(withheld) not in log


def test_the_first_page_names_access_that_runs_without_an_answer(world):
    opened = open_emergency(world)

    home = signed_in(world.ada.user).get("/").content.decode()

    assert "Without your permission, 1 access is running." in home and page_of(opened) in home
    assert "A court ordered us to show your orders." in home and "You allow no one right now." not in home
    assert "Without your permission" not in signed_in(world.ben.user).get("/").content.decode()


def test_the_first_page_names_only_the_data_that_is_still_open(world):
    granted = decide(world, file_order(world, "orders", "contact"))
    assert list_open(world) == {"Orders", "Contact details"}

    end_grants(granted, EndCause.PART_ERASED, clock.now(), PORTAL, ["contact"])

    assert list_open(world) == {"Orders"}


def list_open(world) -> set[str]:
    [access] = list_running_access(customer=world.ada.customer.pk, now=clock.now())
    return set(access["what"].split(", "))


def test_the_first_page_tells_of_no_access_that_a_law_withholds(world):
    decide(world, file_order(world), delay=build_delay(30))

    home = signed_in(world.ada.user).get("/").content.decode()

    assert "Without your permission" not in home and "You allow no one right now." in home


def test_a_delayed_notice_shows_nothing_and_releases_itself(real_world, later):
    granted = decide(real_world, file_order(real_world), delay=build_delay(30))
    look(granted)
    ada = signed_in(real_world.ada.user)

    assert "No look at your data is listed." in ada.get(reverse("disclosures:activity")).content.decode()
    assert ada.get(page_of(granted)).status_code == 404 and mails() == 0
    assert telling.release_due_notices() == 0
    later(timedelta(days=30, minutes=1))
    ada = signed_in(real_world.ada.user)
    assert ada.get(page_of(granted)).status_code == 200
    assert "a law required it" in ada.get(reverse("disclosures:activity")).content.decode()
    assert "The inquiry runs." in ada.get(page_of(granted)).content.decode()
    assert (telling.release_due_notices(), telling.release_due_notices()) == (1, 0)
    assert mails() == 1 and Entry.objects.filter(event="exemption.told").count() == 1


def test_a_delay_whose_officer_left_releases_itself(real_world, later):
    granted = decide(real_world, file_order(real_world), delay=build_delay(30))
    staff_members.end_staff_membership(member=real_world.pia, by=PORTAL)

    later(timedelta(days=31))

    assert telling.release_due_notices() == 1
    granted.refresh_from_db()
    assert granted.told_at


def test_another_officer_renews_it_while_it_runs(real_world, later):
    granted = decide(real_world, file_order(real_world), delay=build_delay(30))
    with pytest.raises(NeedsSecondOfficer):
        renew(granted, real_world.pia)
    with pytest.raises(rules.NotPrivacyOfficer):
        renew(granted, real_world.kim)
    with pytest.raises(rules.DelayTooLong):
        renew(granted, real_world.quinn, days=91)
    renew(granted, real_world.quinn)

    later(timedelta(days=31))
    assert selectors.list_withheld_ids(real_world.ada.customer.id) == [granted.pk]
    later(timedelta(days=60))
    with pytest.raises(rules.AlreadyTold):
        renew(granted, real_world.pia)


def test_an_officer_tells_before_the_end(world):
    granted = decide(world, file_order(world), delay=build_delay())
    telling.release_notice(exemption=granted.pk, officer=world.otto, by=by_staff(world.otto))
    telling.release_notice(exemption=granted.pk, officer=world.otto, by=by_staff(world.otto))

    assert mails() == 1 and not selectors.list_withheld_ids(world.ada.customer.id)


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ({"law": ""}, rules.DelayNotAllowed),
        ({"authority": " "}, rules.DelayNotAllowed),
        ({"reason": ""}, rules.DelayNotAllowed),
        ({"days": 91}, rules.DelayTooLong),
        ({"days": -1}, rules.DelayTooLong),
    ],
    ids=["law", "authority", "reason", "too long", "past"],
)
def test_a_delay_that_is_not_whole_is_refused(world, words, refusal):
    filed = file_order(world)
    with pytest.raises(refusal):
        decide(world, filed, delay=build_delay(**words))


def test_an_emergency_is_told_at_once(world):
    filed = open_emergency(world, at_once=False)
    with pytest.raises(rules.DelayNotAllowed):
        decide(world, filed, delay=build_delay())
    assert decide(world, filed).told_at <= clock.now()


def test_what_was_told_is_not_delayed_later(world):
    granted = decide(world, file_order(world))
    with pytest.raises(Unknown):
        renew(granted, world.quinn)


def test_nobody_renews_for_themselves_and_the_same_renewal_counts_once(world):
    granted = decide(world, file_order(world, member=world.pia), world.quinn, delay=build_delay(30))
    with pytest.raises(NeedsSecondOfficer):
        renew(granted, world.pia)
    about = {"exemption": granted.pk, "delay": build_delay(60), "officer": world.otto, "by": by_staff(world.otto)}

    assert telling.renew_delay(**about) == telling.renew_delay(**about)
    assert granted.delays.count() == 2 and Entry.objects.filter(event="exemption.delay_renewed").count() == 1


def test_only_officers_tell_early_and_only_what_was_delayed(world):
    delayed = decide(world, file_order(world), delay=build_delay())
    told = decide(world, file_order(world, "contact"))
    for exemption, member, refusal in ((delayed, world.sam, rules.NotPrivacyOfficer), (told, world.otto, Unknown)):
        with pytest.raises(refusal):
            telling.release_notice(exemption=exemption.pk, officer=member, by=by_staff(member))

    assert selectors.list_withheld_ids(world.ada.customer.id) == [delayed.pk] and mails() == 1


def test_the_customer_reads_that_they_were_asked_as_well(world):
    quick = ask(world, "contact", answer_within=timedelta(hours=4))
    granted = decide(world, file_order(world, access_request=quick.pk))

    page = signed_in(world.ada.user).get(page_of(granted)).text

    assert "You were asked as well." in page and "A law forbade us to ask you." not in page


# A no of the customer ends what an emergency opened; a legal duty goes on. Erasure ends both.


@pytest.mark.parametrize("kind", [MarkKind.RESTRICTION, MarkKind.OBJECTION], ids=str)
def test_a_mark_ends_an_emergency_and_passes_a_duty(real_world, kind):
    emergency = open_emergency(real_world, "contact")
    duty = decide(real_world, file_order(real_world, "orders"))
    ada = real_world.ada
    marking.place_mark(
        customer=ada.customer.id,
        kind=kind,
        purpose="support" if kind == MarkKind.OBJECTION else "",
        by=ada.actor,
    )

    with pytest.raises(LookRefused):
        exemptions_look(emergency)
    assert exemptions_look(duty) == 2
    message = Message.objects.get(kind="access_ended", user=real_world.sam.user)
    deliver_message(message=message.pk)
    assert "“Exemptions” shows which access it was" in mail.outbox[-1].body


def test_a_mark_that_stands_refuses_an_emergency_and_passes_a_duty(real_world):
    ada = real_world.ada
    marking.place_mark(customer=ada.customer.id, kind=MarkKind.RESTRICTION, by=ada.actor)
    emergency = open_emergency(real_world, "contact")
    duty = decide(real_world, file_order(real_world, "orders"))

    with pytest.raises(LookRefused):
        exemptions_look(emergency)
    assert exemptions_look(duty) == 2


def test_erasure_ends_both(real_world):
    emergency = open_emergency(real_world, "contact")
    duty = decide(real_world, file_order(real_world, "orders"))
    erase(real_world, real_world.ada)

    assert {grant.end for grant in Grant.objects.filter(exemption__in=[emergency.pk, duty.pk])} == {"company"}


def test_a_yes_beside_an_exemption_is_refused_without_telling_of_it(world):
    """What is open already cannot be opened twice, and a law may forbid to say so. No stays possible."""
    asked = ask(world, "orders")
    decide(world, file_order(world, "orders"))

    with pytest.raises(CannotAllowNow):
        answer(world, asked)

    asked.refresh_from_db()
    assert asked.state == RequestState.PENDING
    assert answer(world, asked, "none").state == RequestState.DENIED


def test_of_an_exemption_that_is_not_there_nothing_is_decided_ended_or_told(world):
    nowhere, told = Exemption(pk=uuid4()), Entry.objects.count()
    about = {"exemption": nowhere.pk, "officer": world.pia, "by": by_staff(world.pia)}
    for act in (
        lambda: decide(world, nowhere),
        lambda: telling.release_notice(**about),
        lambda: deciding.end_exempted_access(exemption=nowhere.pk, member=world.pia, by=PORTAL),
    ):
        with pytest.raises(Unknown):
            act()

    by_job = {"exemption": nowhere.pk, "by": PORTAL}
    for job in (deciding.record_missed_check, deciding.end_void_exemption, telling.release_due_notice):
        with pytest.raises(Unknown):
            job(**by_job)
    assert Entry.objects.count() == told


def test_a_job_that_comes_too_early_changes_nothing(world):
    opened = open_emergency(world, "contact")
    delayed = decide(world, file_order(world, "orders"), delay=build_delay())
    told = Entry.objects.count()

    assert not deciding.record_missed_check(exemption=opened.pk, by=PORTAL)
    for exemption in (opened, delayed):
        assert not deciding.end_exempted_by_time(exemption=exemption.pk, by=PORTAL)
        assert not telling.release_due_notice(exemption=exemption.pk, by=PORTAL)
    assert Entry.objects.count() == told and Grant.objects.filter(ended_at=None).count() == 2


def test_nothing_is_granted_for_a_purpose_that_has_ended(world):
    filed = file_order(world)
    retire(world.purpose)

    with pytest.raises(deciding.NothingToGrant):
        decide(world, filed)
    assert not Grant.objects.exists()
    with pytest.raises(PurposeNotAskable):
        file_order(world)


def test_nobody_files_about_nobody_or_about_data_beyond_the_purpose(world):
    for terms in ({"customer": uuid4()}, {"categories": frozenset()}, {"categories": frozenset([999])}):
        with pytest.raises(PurposeNotAskable):
            file_order(world, **terms)
    assert not Exemption.objects.exists()


STOPS = "Access without your permission ends for Sam from Billing Support: Contact details."
STOPPED = "Sam from Billing Support can no longer see this, for which your permission was not needed: Contact details."


def test_a_customer_reads_which_emergency_ends_with_a_consent_and_which_did(world):
    ada = world.ada
    open_emergency(world, "contact")
    decide(world, file_order(world, "orders"), delay=build_delay())
    stops = collect_answers(withdrawal_previewed, customer=ada.customer.pk, purpose=world.purpose)

    no = withdrawing.withdraw_consent(customer=ada.customer.pk, purpose=world.purpose.code, by=ada.actor)

    assert stops == [STOPS]
    assert list_effects([no]) == {"ended": [STOPPED], "running": []}
    assert collect_answers(withdrawal_previewed, customer=ada.customer.pk, purpose=world.purpose) == []


def test_officers_read_how_much_ends_with_a_purpose_or_a_customer(world):
    ask(world, "contact")
    open_emergency(world, "contact")
    decide(world, file_order(world, "orders"))

    for said in (
        collect_answers(retirement_previewed, purpose=world.purpose),
        collect_answers(erasure_previewed, customer=world.ada.customer.pk),
    ):
        assert "2 running accesses without permission end at once." in said


def test_nothing_is_said_of_what_there_is_none_of(world):
    said = collect_answers(erasure_previewed, customer=world.ada.customer.pk)
    assert not [sentence for sentence in said if "without permission" in sentence]
