"""Before answering: the customer asks the requester a question and gets a reply, or wants to be reminded."""

from datetime import datetime
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from consents.access import rules as sentences
from consents.access import selectors
from consents.access.models import AccessRequest, Enquiry, SentenceTemplate
from consents.access.rules import AlreadyEnded, RequestState
from consents.access.rules import enquiries as rules
from consents.access.selectors import locking
from consents.access.services.telling import append_request_entry
from consents.core import clock, sealing
from consents.core.canonical import compute_digest
from consents.core.refusals import get_or_refuse
from consents.core.working_ahead import run_for_due
from consents.ledger.rules import Actor, format_ledger_moment
from consents.ledger.services import appending
from consents.notifications.services import queueing
from consents.people import keys
from consents.people.models import Acting, Role, StaffMember
from consents.people.services.holding import check_officer


@transaction.atomic
def send_enquiry(*, access_request: UUID, words: str, acting: Acting, by: Actor) -> Enquiry:
    """Put one question to the requester; the time to answer stands still until the reply, at most `LONGEST_PAUSE`.

    Raises Unknown (not theirs), AlreadyEnded, NothingWritten, EnquiryOpen, TooManyEnquiries.
    """
    locked = locking.lock_request(access_request, customer=acting.customer_id)
    check_waits(locked, clock.now())
    rules.check_may_enquire(selectors.list_enquiry_times(locked.pk))
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
    return run_for_due(selectors.select_due_reminders(clock.now(), rules.REMIND_WITHIN), remind_customer)


def remind_customer(access_request: AccessRequest) -> bool:
    queued = queueing.notify(
        kind="access_request_reminder",
        key=selectors.get_reminder_key(access_request.pk),
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
    extra = rules.compute_extra_time(selectors.list_enquiry_times(access_request.pk))
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


# Ready-made sentences for a reason: drafted, changed, published, retired by privacy officers.

WRITERS = {Role.PRIVACY_OFFICER}
LOCK_CODE = "SELECT pg_advisory_xact_lock(hashtextextended('sentence ' || %s, 0))"


def lock_sentences(code: str) -> None:
    """Make acts on the versions of one sentence wait for each other until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK_CODE, [code])


@transaction.atomic
def save_sentence_template(*, template: SentenceTemplate, by: Actor) -> SentenceTemplate:
    """Record a new or changed draft; a new one gets the next number of its code.

    Raises SentenceIsPublished, SentenceTooLong.
    """
    lock_sentences(template.code)
    sentences.check_sentence(template.texts)
    is_new = template._state.adding
    if is_new:
        newest = SentenceTemplate.objects.filter(code=template.code).aggregate(newest=Max("number"))["newest"]
        template.number = 1 + (newest or 0)
    elif SentenceTemplate.objects.get(pk=template.pk).published_at:
        raise sentences.SentenceIsPublished
    template.save()
    append_sentence_entry("sentence_template.drafted" if is_new else "sentence_template.changed", template, by)
    return template


@transaction.atomic
def draft_next_sentence(*, template: SentenceTemplate, by: Actor) -> SentenceTemplate:
    """Draft a copy of this version, with the next number."""
    known = SentenceTemplate.objects.get(pk=template.pk)
    copy = SentenceTemplate(code=known.code, reason=known.reason, texts=known.texts)
    return save_sentence_template(template=copy, by=by)


@transaction.atomic
def publish_sentence_template(*, template: SentenceTemplate, officer: StaffMember, by: Actor) -> SentenceTemplate:
    """Offer a version where staff ask, in place of the one before. Repeating it changes nothing.

    Raises NotAnOfficer, SentenceIncomplete, NewerSentenceInForce.
    """
    known = lock_sentence_template(template, officer)
    if known.published_at:
        return known
    sentences.check_sentence_is_complete(known.texts, settings.PORTAL_LANGUAGES, dict(settings.LANGUAGES))
    if SentenceTemplate.objects.filter(code=known.code, number__gt=known.number, published_at__isnull=False).exists():
        raise sentences.NewerSentenceInForce
    known.published_at, known.published_by = clock.now(), officer.user
    known.save(update_fields=["published_at", "published_by"])
    append_sentence_entry("sentence_template.published", known, by)
    return known


@transaction.atomic
def retire_sentence_template(*, template: SentenceTemplate, officer: StaffMember, by: Actor) -> SentenceTemplate:
    """Offer a sentence no longer. Requests that were sent with it stay as they are. Repeating it changes nothing.

    Raises NotAnOfficer, SentenceNotInForce.
    """
    known = lock_sentence_template(template, officer)
    if known.retired_at:
        return known
    later = SentenceTemplate.objects.filter(code=known.code, number__gt=known.number, published_at__isnull=False)
    if known.published_at is None or later.exists():
        raise sentences.SentenceNotInForce
    known.retired_at, known.retired_by = clock.now(), officer.user
    known.save(update_fields=["retired_at", "retired_by"])
    append_sentence_entry("sentence_template.retired", known, by)
    return known


def lock_sentence_template(template: SentenceTemplate, officer: StaffMember) -> SentenceTemplate:
    """Lock officer and sentence. Raises NotAnOfficer."""
    appending.lock_people(officer.pk)
    lock_sentences(template.code)
    check_officer(StaffMember.objects.get(pk=officer.pk), WRITERS)
    return SentenceTemplate.objects.get(pk=template.pk)


def append_sentence_entry(event: str, template: SentenceTemplate, by: Actor) -> None:
    appending.append_entry(
        event=event,
        by=by,
        object_type="sentence_template",
        object=template.pk,
        outcome=template.code,
        details={
            "number": template.number,
            "reason": str(template.reason),
            "digest": compute_digest(template.texts),
        },
    )
