"""Days draw near: officers are reminded, once each. Days pass: late, for ever."""

from datetime import UTC, datetime, timedelta

import pytest

from consents.core import clock
from consents.core.clock import now
from consents.ledger.models import Entry
from consents.notifications.models import Message
from consents.rights import services as rights
from consents.rights.models import Late, RightsRequest
from consents.rights.queue import narrowed, queued
from consents.rights.rules.answers import Appealed, Channel, Format, Outcome, Reason, Waiting
from consents.rights.rules.kinds import Type
from consents.rights.rules.reminders import due_now
from consents.rights.services import Reply, Wanted, watching
from consents.rights.staff_words import status_of
from tests.architecture.mutation.speaking import application_speaking, outcome
from tests.rights.conftest import answer, by_staff, entries, file, search

REFUSED = Reply(Outcome.DENIED, Format.EMAIL, "No.", Reason.LEGAL, "GDPR Art 23")
DAY = datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(("days_before", "expected"), [(8, []), (7, [7]), (3, [7]), (2, [2]), (0, [2]), (-1, [])])
def test_the_nearest_reminder_counts(days_before, expected):
    found = due_now(acknowledge_by=None, answer_by=DAY, now=DAY - timedelta(days=days_before))

    assert [reminder.days for reminder in found] == expected


def mails(kind="rights_request_answer_due") -> set:
    return set(Message.objects.filter(kind=kind).values_list("user__email", flat=True))


def before(later, request, days):
    later(request.answer_by - timedelta(days=days) - datetime.now(UTC) + timedelta(hours=1))


def test_every_officer_is_reminded_of_what_nobody_handles(real_world, later):
    request = file(real_world.ada)
    assert rights.remind_when_due() == 0

    before(later, request, 7)

    assert (rights.remind_when_due(), rights.remind_when_due()) == (1, 0)
    assert mails() == {"pia@example.com", "quinn@example.com", "otto@example.com"}
    assert entries(request)[-1] == "reminded"


def test_its_handler_is_reminded_first_and_everybody_at_last(real_world, later):
    request = file(real_world.ada)
    search(real_world, request)
    before(later, request, 7)
    rights.remind_when_due()
    assert mails() == {"pia@example.com"}

    before(later, request, 2)
    rights.remind_when_due()

    assert mails() == {"pia@example.com", "quinn@example.com", "otto@example.com"}
    assert Message.objects.filter(kind__endswith="_due").count() == 4


def appealed(world):
    request = answer(world, file(world.ada, Type.AUTOMATED), REFUSED)
    return rights.appeal(request=request.pk, customer=world.ada.customer.pk, why="", by=world.ada.actor)


def test_of_an_appeal_those_are_reminded_who_may_decide_it(real_world, later):
    request = appealed(real_world)
    later(request.appeal_due_at - timedelta(days=6) - datetime.now(UTC))

    assert (rights.remind_when_due(), rights.remind_when_due()) == (1, 0)
    assert mails("rights_request_appeal_due") == {"quinn@example.com", "otto@example.com"}


def test_an_appeal_past_its_day_is_marked_late_before_and_after_its_decision(real_world, later):
    request = appealed(real_world)
    assert not late_ones()
    later(request.appeal_due_at + timedelta(days=1) - datetime.now(UTC))
    assert late_ones() == {request.pk}
    assert status_of(request, now()) == ("stop", "To be looked at again (late)")

    otto = real_world.otto
    rights.decide_appeal(request=request.pk, outcome=Appealed.UPHELD, text="", officer=otto, by=by_staff(otto))

    assert late_ones() == {request.pk}


def late_ones() -> set:
    return {row.pk for row in narrowed(queued(RightsRequest.objects.all()), "late")}


def test_a_mail_names_the_request_and_the_day_alone(real_world, later):
    request = file(real_world.ada)
    before(later, request, 7)
    rights.remind_when_due()

    assert set(Message.objects.filter(kind__endswith="_due").first().context) == {"number", "answer_by"}
    assert request.number


def test_of_an_acknowledgement_that_is_still_due(real_world, later):
    terms = {"channel": Channel.POST, "jurisdiction": "US-CA"}
    request = rights.file(
        wanted=Wanted(Type.KNOW_SPECIFIC, **terms), by=by_staff(real_world.sam), member=real_world.sam
    )
    later(request.acknowledge_by - timedelta(days=1) - datetime.now(UTC))

    rights.remind_when_due()

    assert len(mails("rights_request_acknowledgement_due")) == 3


def test_nobody_is_reminded_while_we_wait_or_once_it_is_answered(real_world, later):
    waiting, done = file(real_world.ada), file(real_world.ada, Type.AUTOMATED)
    answer(real_world, done)
    rights.pause(request=waiting.pk, waiting_for=Waiting.SCOPE, officer=real_world.pia, by=by_staff(real_world.pia))
    before(later, waiting, 2)

    assert rights.remind_when_due() == 0


def test_late_is_put_on_record_once_and_stays_when_it_is_answered(real_world, later):
    request = file(real_world.ada, Type.AUTOMATED)
    assert rights.note_late_when_due() == 0

    before(later, request, -1)

    assert (rights.note_late_when_due(), rights.note_late_when_due()) == (1, 0)
    answer(real_world, request)
    late = Late.objects.get()
    assert (late.request_id, late.due_at) == (request.pk, request.due_at)
    assert Entry.objects.filter(event="rights_request.late").count() == 1


def test_what_was_answered_late_before_the_job_ran_is_late_too(real_world, later):
    request = file(real_world.ada, Type.AUTOMATED)
    before(later, request, -1)
    answer(real_world, request)

    assert rights.note_late_when_due() == 1


def test_what_was_answered_in_time_never_is(real_world, later):
    answer(real_world, file(real_world.ada, Type.AUTOMATED))
    later(timedelta(days=400))

    assert rights.note_late_when_due() == 0


LATE = "INSERT INTO rights_late (request_id, due_at) VALUES (%s, %s)"
TELL = "SELECT ledger_append('rights_request.late', %s, 'portal', '', 'rights_request', %s, '', 'job', NULL, '', '{}')"


def test_in_sql_nothing_is_late_before_its_day_and_nothing_late_is_unsaid(real_world, later):
    request = file(real_world.ada, Type.AUTOMATED)
    marking = (TELL, [request.customer_id, str(request.pk)]), (LATE, [request.pk, request.due_at])

    def spoken(*statements) -> str:
        with application_speaking() as application:
            return outcome(application, *statements)

    assert spoken(*marking) == "23001 rights_late_on_record"
    before(later, request, -1)
    assert spoken(*marking).startswith("allowed")
    assert spoken(marking[1]) == "23001 rights_late_on_record"
    rights.note_late_when_due()
    assert spoken("DELETE FROM rights_late").startswith("42501")


def test_what_is_late_does_not_keep_others_from_being_reminded(real_world, later, monkeypatch):
    late = file(real_world.ada)
    later(timedelta(days=33))
    near = file(real_world.ben)
    before(later, near, 7)

    looked_at = []
    monkeypatch.setattr(watching, "remind", lambda request, by: bool(looked_at.append(request)))
    rights.remind_when_due()

    assert looked_at == [near.pk] and late.answer_by < clock.now()


def test_taken_back_while_the_clock_stood_still_it_is_not_late(real_world, later):
    request = file(real_world.ada)
    rights.pause(request=request.pk, waiting_for=Waiting.SCOPE, officer=real_world.pia, by=by_staff(real_world.pia))
    later(timedelta(days=60))
    rights.withdraw(request=request.pk, customer=real_world.ada.customer.id, by=real_world.ada.actor)
    request.refresh_from_db()

    assert rights.note_late_when_due() == 0 and not request.is_late_at(clock.now())
    assert not queued(RightsRequest.objects.all()).get().is_late
    with application_speaking() as application:
        entry = (
            "SELECT ledger_append('rights_request.late', %s, 'portal', '', 'rights_request', %s, '', 'job', NULL, '',"
            " '{}')",
            [real_world.ada.customer.id, str(request.pk)],
        )
        late = "INSERT INTO rights_late (request_id, due_at) SELECT id, due_at FROM rights_rightsrequest"
        assert outcome(application, entry, late) == "23001 rights_late_on_record"
