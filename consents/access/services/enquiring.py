"""Before answering: the customer asks the requester a question and gets a reply, or wants to be reminded."""

from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from consents.access.models import AccessRequest, Enquiry
from consents.access.rules import AlreadyEnded, RequestState
from consents.access.rules import enquiries as rules
from consents.access.selectors import enquiries, locking
from consents.access.services.telling import append_request_entry
from consents.core import clock, sealing
from consents.core.one_by_one import run_for_due
from consents.core.refusals import get_or_refuse
from consents.ledger.rules import Actor, format_ledger_moment
from consents.notifications.services import queueing
from consents.people import keys
from consents.people.models import Acting, StaffMember


@transaction.atomic
def send_enquiry(*, access_request: UUID, words: str, acting: Acting, by: Actor) -> Enquiry:
    """Put one question to the requester; the time to answer stands still until the reply, at most `LONGEST_PAUSE`.

    Raises Unknown (not theirs), AlreadyEnded, NothingWritten, EnquiryOpen, TooManyEnquiries.
    """
    locked = locking.lock_request(access_request, customer=acting.customer_id)
    check_waits(locked, clock.now())
    rules.check_may_enquire(enquiries.list_enquiry_times(locked.pk))
    enquiry = Enquiry(id=uuid4(), access_request=locked, customer_id=locked.customer_id, sent_by_id=acting.user_id)
    enquiry.sealed_question = seal_enquiry_text(enquiry, "question", words)
    enquiry.sent_at = clock.now()
    enquiry.save(force_insert=True)
    move_answer_by(locked)
    append_enquiry_entry(locked, "access_request.question_sent", enquiry, by)
    queueing.notify(kind="access_request_question", key=f"enquiry.sent:{enquiry.pk}", user=locked.staff)
    return enquiry


@transaction.atomic
def reply_to_enquiry(*, enquiry: UUID, words: str, member: StaffMember, by: Actor) -> Enquiry:
    """Reply once to a question about one's own request, while it waits; the customer is told.

    Raises Unknown (not their request), AlreadyEnded, AlreadyReplied, NothingWritten.
    """
    asked = get_or_refuse(Enquiry.objects.filter(pk=enquiry).values_list("access_request", flat=True))
    locked = locking.lock_request(asked, staff=member.user)
    check_waits(locked, clock.now())
    replied = Enquiry.objects.select_for_update(of=["self"]).get(pk=enquiry)
    if replied.replied_at:
        raise rules.AlreadyReplied
    replied.sealed_reply, replied.replied_at = seal_enquiry_text(replied, "reply", words), clock.now()
    replied.save(update_fields=["sealed_reply", "replied_at"])
    move_answer_by(locked)
    append_enquiry_entry(locked, "access_request.question_answered", replied, by)
    queueing.notify(
        kind="access_request_question_answered",
        key=f"enquiry.replied:{replied.pk}",
        customer=locked.customer,
        team=locked.asked_team,
        answer_by=locked.answer_by.isoformat(),
    )
    return replied


@transaction.atomic
def ask_for_reminder(*, access_request: UUID, customer: UUID, by: Actor) -> AccessRequest:
    """Have the customer reminded once, tomorrow morning in the reader’s time zone. Repeating it changes nothing.

    Raises Unknown (not theirs), AlreadyEnded, NoMorningLeft.
    """
    locked = locking.lock_request(access_request, customer=customer)
    if locked.remind_at:
        return locked
    check_waits(locked, clock.now())
    morning = rules.compute_tomorrow_morning(timezone.localtime(clock.now()))
    if morning >= locked.answer_by:
        raise rules.NoMorningLeft
    locked.remind_at = morning
    locked.save(update_fields=["remind_at"])
    details = {"remind_at": format_ledger_moment(morning)}
    append_request_entry(locked, event="access_request.reminder_wanted", by=by, details=details)
    return locked


def send_due_reminders() -> int:
    """Queue the one reminder of each request whose moment has come and that still waits. Returns how many."""
    return run_for_due(enquiries.select_due_reminders(clock.now(), rules.REMIND_WITHIN), remind_customer)


def remind_customer(access_request: AccessRequest) -> bool:
    queued = queueing.notify(
        kind="access_request_reminder",
        key=enquiries.get_reminder_key(access_request.pk),
        customer=access_request.customer,
        team=access_request.asked_team,
        answer_by=access_request.answer_by.isoformat(),
    )
    return queued is not None


def check_waits(access_request: AccessRequest, now: datetime) -> None:
    """Raises AlreadyEnded unless the request waits for its answer, and its purpose stands: every end is final."""
    if access_request.state_at(now) != RequestState.PENDING or access_request.purpose.retired_at:
        raise AlreadyEnded


def move_answer_by(access_request: AccessRequest) -> None:
    """Move the moment to answer by to what the questions make of it."""
    extra = rules.compute_extra_time(enquiries.list_enquiry_times(access_request.pk))
    access_request.answer_by += extra - access_request.extra_time
    access_request.extra_time = extra
    access_request.save(update_fields=["answer_by", "extra_time"])


def seal_enquiry_text(enquiry: Enquiry, part: str, words: str) -> bytes:
    """Seal one text under the customer's key. Raises NothingWritten."""
    if not (text := words.strip()):
        raise rules.NothingWritten
    return sealing.seal_value(keys.open_customer_key(enquiry.customer_id), text.encode(), str(enquiry.pk), part)


def append_enquiry_entry(access_request: AccessRequest, event: str, enquiry: Enquiry, by: Actor) -> None:
    details = {"enquiry": str(enquiry.pk), "answer_by": format_ledger_moment(access_request.answer_by)}
    append_request_entry(access_request, event=event, by=by, details=details)
