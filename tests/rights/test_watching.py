"""Days draw near: officers are reminded, once each. Days pass: late, for ever."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import override

from consents.core import clock
from consents.core.clock import now
from consents.home import staff_emails
from consents.law.kinds import Type
from consents.law.reasons import Reason
from consents.ledger.models import Entry
from consents.notifications.models import Message
from consents.rights.models import MissedDeadline, RightsRequest
from consents.rights.rules import Appealed, Channel, Format, Outcome, Reply
from consents.rights.rules import NewRequest as NewRequest
from consents.rights.services import answering, emails, filing, requester_actions
from consents.rights.services import waiting as rights_watching
from consents.rights.services.emails import list_due_reminders, plan_reminders, write_lines
from consents.rights.services.recording import get_home_zone
from consents.rights.staff.queue import annotate_urgency
from consents.rights.staff.words import describe_queue_status
from tests.architecture.mutation.speaking import application_speaking, outcome, spoken
from tests.world.rights_requests import (
    answer,
    ask_back,
    by_staff,
    entries,
    file,
    search,
)

REFUSED = Reply(Outcome.DENIED, Format.EMAIL, "No.", Reason.LEGAL, "GDPR Art 23")
DAY = datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(("days_before", "expected"), [(8, []), (7, [7]), (3, [7]), (2, [2]), (0, [2]), (-1, [])])
def test_the_nearest_reminder_counts(days_before, expected):
    found = list_due_reminders(acknowledge_by=None, answer_by=DAY, now=DAY - timedelta(days=days_before))

    assert [reminder.days for reminder in found] == expected


def remind() -> int:
    """Send the day's emails; return of how many near days they told."""
    reminded = Entry.objects.filter(event="rights_request.reminded")
    before = reminded.count()
    staff_emails.send_daily_emails()
    return reminded.count() - before


def reminding_emails():
    return Message.objects.filter(kind="work_of_the_day").exclude(context__days__en="")


def mails() -> list[str]:
    """To whom a reminder went, once for each."""
    return sorted(reminding_emails().values_list("user__email", flat=True))


def lines_to(member) -> list[str]:
    return reminding_emails().filter(user=member.user).order_by("queued_at").last().context["days"]["en"].splitlines()


EVERYBODY = ["otto@example.com", "pia@example.com", "quinn@example.com"]


def before(later, request, days):
    later(request.answer_by - timedelta(days=days) - datetime.now(UTC) + timedelta(hours=1))


def test_every_officer_is_reminded_of_what_nobody_handles(real_world, later):
    request = file(real_world.ada)
    assert remind() == 0

    before(later, request, 7)

    assert (remind(), remind()) == (1, 0)
    assert mails() == EVERYBODY
    assert entries(request)[-1] == "reminded"


def test_its_handler_is_reminded_alone(real_world, later):
    request = file(real_world.ada)
    search(real_world, request)
    for days in (7, 2):
        before(later, request, days)
        remind()

    assert mails() == ["pia@example.com", "pia@example.com"]


def test_of_many_requests_each_officer_gets_one_mail_a_day(real_world, later):
    """Pia's own go to her; what nobody has goes to all, her too."""
    nobodys = [file(real_world.ada), file(real_world.ben, Type.AUTOMATED)]
    own = file(real_world.ada, Type.PORTABILITY)
    search(real_world, own)
    before(later, own, 7)

    told = remind(), remind()

    assert told == (3, 0) and mails() == EVERYBODY
    numbers = [{line.split(":")[0] for line in lines_to(member)} for member in (real_world.pia, real_world.otto)]
    assert numbers == [{one.number for one in [*nobodys, own]}, {one.number for one in nobodys}]


def test_what_draws_near_after_todays_mail_is_told_tomorrow(real_world, later):
    first = file(real_world.ada)
    before(later, first, 7)
    remind()
    second = filing.file_rights_request(
        new_request=NewRequest(
            Type.AUTOMATED,
            customer=real_world.ben.customer.pk,
            channel=Channel.POST,
            received_at=first.received_at + timedelta(hours=1),
        ),
        by=by_staff(real_world.sam),
        member=real_world.sam,
    )
    assert remind() == 0 and "reminded" not in entries(second)

    later(second.answer_by - timedelta(days=4) - datetime.now(UTC))

    assert remind() >= 1
    assert any(line.startswith(second.number) for line in lines_to(real_world.otto))


def appealed(world):
    request = answer(world, file(world.ada, Type.AUTOMATED), REFUSED)
    return requester_actions.appeal_answer(
        rights_request=request.pk, customer=world.ada.customer.pk, why="", by=world.ada.actor
    )


def test_of_an_appeal_those_are_reminded_who_may_decide_it(real_world, later):
    request = appealed(real_world)
    later(request.appeal_due_at - timedelta(days=6) - datetime.now(UTC))

    assert (remind(), remind()) == (1, 0)
    assert mails() == ["otto@example.com", "quinn@example.com"]
    assert all("someone who did not answer it" in line for line in lines_to(real_world.otto))


def test_an_appeal_past_its_day_is_marked_late_before_and_after_its_decision(real_world, later):
    request = appealed(real_world)
    assert not late_ones()
    later(request.appeal_due_at + timedelta(days=1) - datetime.now(UTC))
    assert late_ones() == {request.pk}
    assert describe_queue_status(request, now()) == ("stop", "Appeal to decide (late)")

    otto = real_world.otto
    answering.decide_appeal(
        rights_request=request.pk, outcome=Appealed.UPHELD, text="", officer=otto, by=by_staff(otto)
    )

    assert late_ones() == {request.pk}


def late_ones() -> set:
    return {row.pk for row in annotate_urgency(RightsRequest.objects.all()) if row.is_late}


def test_a_mail_names_the_request_and_the_day_alone(real_world, later):
    request = file(real_world.ada)
    before(later, request, 7)
    remind()

    assert set(reminding_emails().first().context) == {"days", "own", "shared"}
    day = date_format(localtime(request.answer_by, get_home_zone()), "j F Y")
    assert lines_to(real_world.pia) == [f"{request.number}: to be answered by {day}"]


def test_a_day_told_to_its_handler_alone_is_on_record_with_the_email(real_world, later, monkeypatch):
    """Also when the worker is killed before it has written to everybody: nobody reads it again tomorrow."""
    request = file(real_world.ada)
    search(real_world, request)
    before(later, request, 7)
    monkeypatch.setattr(staff_emails, "run_for_each", stop_after_all)

    with pytest.raises(KeyboardInterrupt):
        staff_emails.send_daily_emails()

    assert Entry.objects.filter(event="rights_request.reminded").count() == 1


def stop_after_all(things, act):
    for thing in things:
        act(thing)
    raise KeyboardInterrupt


@pytest.mark.parametrize(("language", "form"), [("en", "j F Y"), ("de", "j.\xa0F Y"), ("es", "j\xa0\\d\\e F \\d\\e Y")])
def test_a_mail_writes_the_day_as_its_language_does(world, later, language, form):
    request = file(world.ada)
    before(later, request, 7)

    lines = write_lines(plan_reminders()[world.pia], language)

    with override(language):
        assert date_format(localtime(request.answer_by, get_home_zone()), form) in lines


def test_a_mail_names_the_first_days_and_counts_the_rest(world, later, monkeypatch):
    monkeypatch.setattr(emails, "MOST_NAMED", 1)
    request, _another = file(world.ada), file(world.ben)
    before(later, request, 7)

    named, more = write_lines(plan_reminders()[world.pia], "en").splitlines()

    assert ": to be answered by " in named and more == "… and 1 more, in the queue"


def test_of_an_acknowledgement_that_is_still_due(real_world, later):
    terms = {"channel": Channel.POST, "jurisdiction": "US-CA"}
    request = filing.file_rights_request(
        new_request=NewRequest(Type.KNOW_SPECIFIC, **terms), by=by_staff(real_world.sam), member=real_world.sam
    )
    later(request.acknowledge_by - timedelta(days=1) - datetime.now(UTC))

    remind()

    assert mails() == EVERYBODY and "receipt to be confirmed by" in lines_to(real_world.otto)[0]


def test_nobody_is_reminded_while_we_wait_or_once_it_is_answered(real_world, later):
    waiting, done = file(real_world.ada), file(real_world.ada, Type.AUTOMATED)
    answer(real_world, done)
    ask_back(real_world, waiting)
    before(later, waiting, 2)

    assert remind() == 0


def test_late_is_put_on_record_once_and_stays_when_it_is_answered(real_world, later):
    request = file(real_world.ada, Type.AUTOMATED)
    assert rights_watching.record_late_when_due() == 0

    before(later, request, -1)

    assert (rights_watching.record_late_when_due(), rights_watching.record_late_when_due()) == (1, 0)
    answer(real_world, request)
    late = MissedDeadline.objects.get()
    assert (late.rights_request_id, late.due_at) == (request.pk, request.due_at)
    assert Entry.objects.filter(event="rights_request.late").count() == 1


def test_what_was_answered_late_before_the_job_ran_is_late_too(real_world, later):
    request = file(real_world.ada, Type.AUTOMATED)
    before(later, request, -1)
    answer(real_world, request)

    assert rights_watching.record_late_when_due() == 1


def test_what_was_answered_in_time_never_is(real_world, later):
    answer(real_world, file(real_world.ada, Type.AUTOMATED))
    later(timedelta(days=400))

    assert rights_watching.record_late_when_due() == 0


LATE = "INSERT INTO rights_misseddeadline (rights_request_id, due_at) VALUES (%s, %s)"
TELL = (
    "SELECT portal.append_entry('rights_request.late', %s, 'portal', '', 'rights_request', %s, '',"
    " 'job', NULL, '', '{}')"
)


def test_in_sql_nothing_is_late_before_its_day_and_nothing_late_is_unsaid(real_world, later):
    request = file(real_world.ada, Type.AUTOMATED)
    marking = (TELL, [request.customer_id, str(request.pk)]), (LATE, [request.pk, request.due_at])

    assert spoken(*marking) == "23001 rights_misseddeadline_on_record"
    before(later, request, -1)
    assert spoken(*marking).startswith("allowed")
    assert spoken(marking[1]) == "23001 rights_misseddeadline_on_record"
    rights_watching.record_late_when_due()
    assert spoken("DELETE FROM rights_misseddeadline").startswith("42501")


def test_what_is_late_does_not_keep_others_from_being_reminded(real_world, later):
    late = file(real_world.ada)
    later(timedelta(days=33))
    near = file(real_world.ben)
    before(later, near, 7)

    remind()

    assert [line.split(":")[0] for line in lines_to(real_world.otto)] == [near.number]
    assert late.answer_by < clock.now()


def test_taken_back_while_the_clock_stood_still_it_is_not_late(real_world, later):
    request = file(real_world.ada)
    ask_back(real_world, request)
    later(timedelta(days=60))
    requester_actions.withdraw_request(
        rights_request=request.pk, customer=real_world.ada.customer.id, by=real_world.ada.actor
    )
    request.refresh_from_db()

    assert rights_watching.record_late_when_due() == 0 and not request.is_late_at(clock.now())
    assert not annotate_urgency(RightsRequest.objects.all()).get().is_late
    with application_speaking() as application:
        entry = (
            "SELECT portal.append_entry('rights_request.late', %s, 'portal', '', 'rights_request', %s, '',"
            " 'job', NULL, '',"
            " '{}')",
            [real_world.ada.customer.id, str(request.pk)],
        )
        late = (
            "INSERT INTO rights_misseddeadline (rights_request_id, due_at) SELECT id, due_at FROM rights_rightsrequest"
        )
        assert outcome(application, entry, late) == "23001 rights_misseddeadline_on_record"
