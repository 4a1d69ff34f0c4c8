"""An officer asks the customer something about their request, and the customer replies: both sealed and on record.

The clock stands still only with such a question, where the law lets it, and goes on with the reply. Somebody without an
account replies with the code of the email.
"""

import secrets
from datetime import date
from uuid import UUID

from django.conf import settings
from django.db import transaction

from consents.core import clock, sealing
from consents.core.durations import get_home_day
from consents.core.refusals import Unknown, get_or_refuse
from consents.ledger.rules import Actor
from consents.ledger.selectors import timelines
from consents.ledger.services import appending
from consents.people import rules as people
from consents.people.models import StaffMember
from consents.people.services.holding import AlreadyErased
from consents.rights import rules, words
from consents.rights.models import Clarification, ClarificationReply, QuestionTemplate, RightsRequest, Statement
from consents.rights.refusals import (
    AlreadyAnswered,
    AlreadyReplied,
    BadDayOfAnswer,
    NothingAsked,
    QuestionCodeDoesNotWork,
)
from consents.rights.rules import (
    RIGHT,
    WRONG,
    About,
    CodeEnd,
    DeliveryWay,
    NoQuestion,
    ReplyWay,
    Waiting,
    check_placeholders,
)
from consents.rights.selectors import (
    get_open_question,
    get_question_way,
    get_requester_language,
    get_working_question,
    select_working_questions,
)
from consents.rights.services.emails import (
    build_telling_details,
    check_day_told,
    notify_handler_of_reply,
    notify_of_question,
)
from consents.rights.services.recording import (
    append_rights_entry,
    assign_to,
    lock_open_rights_request,
    lock_rights_request,
    record_step,
)
from consents.rights.services.waiting import begin_wait, end_wait

CODE_TYPED = "rights_request.question_code_typed"


@transaction.atomic
def ask_customer(
    *,
    rights_request: UUID,
    subject: About,
    text: str,
    officer: StaffMember,
    by: Actor,
    told_on: date | None = None,
) -> Clarification:
    """Send the customer a question; the clock stands still for it, where the law lets it wait. `told_on`: the day of
    the letter or call, where no email arrives.

    Raises Unknown, NotAnOfficer, OwnMatter, AlreadyAnswered, AlreadyErased, IsWaiting, IdentityKnown, NoQuestion,
    QuestionTooLong, TooManyQuestions, NobodyToWriteTo, BadDayOfTelling.
    """
    locked, now = lock_open_rights_request(rights_request, officer), clock.now()
    if locked.has_erased_customer:
        raise AlreadyErased
    wording = rules.check_question(text, locked.clarification_set.count())
    check_day_told(locked, told_on, now)
    needs_code = get_question_way(locked) == DeliveryWay.MAILED
    code = people.build_claim_code(secrets.token_bytes(32)) if needs_code else ""
    is_paused = begin_wait(locked, subject, now)
    assign_to(locked, officer)
    sent = Clarification.record(
        rights_request=locked,
        about=subject,
        language=get_requester_language(locked),
        asked_by=officer.user,
        asked_at=now,
        code_hash=hash_question_code(code) if code else None,
    )
    words.store_statement(locked, Statement.Kind.QUESTION, {"text": wording}, sent)
    details = build_telling_details(locked, told_on)
    append_rights_entry(locked, "paused" if is_paused else "asked", by, subject, clarification=sent.pk, **details)
    notify_of_question(locked, sent, code=code, is_paused=is_paused)
    return sent


@transaction.atomic
def reply_to_question(
    *, rights_request: UUID, clarification: int, text: str, customer: UUID, by: Actor
) -> ClarificationReply:
    """Reply once to a question about one's own request.

    Raises Unknown (not theirs), AlreadyAnswered, AlreadyReplied, NoReply, QuestionTooLong, NoCalendar.
    """
    locked = lock_rights_request(rights_request, customer=customer)
    question = get_or_refuse(locked.clarification_set.filter(pk=clarification))
    return store_reply(locked, question, check_reply(text), ReplyWay.ACCOUNT, by)


@transaction.atomic
def reply_with_code(*, clarification: int, text: str, by: Actor) -> ClarificationReply:
    """Reply without an account, after `enter_question_code`.

    Raises QuestionCodeDoesNotWork (closed since), NoReply, QuestionTooLong, NoCalendar.
    """
    known = Clarification.objects.filter(pk=clarification).values_list("rights_request", flat=True).first()
    locked = lock_rights_request(known) if known else None
    question = get_working_question(clarification)
    if locked is None or question is None:
        raise QuestionCodeDoesNotWork
    return store_reply(locked, question, check_reply(text), ReplyWay.CODE, by)


@transaction.atomic
def record_typed_reply(
    *, rights_request: UUID, answered_on: date, officer: StaffMember, by: Actor, text: str = ""
) -> RightsRequest:
    """Record a reply by letter or telephone to the question that was sent last: a clock that waited for it goes on, by
    whole days later, from the day the reply came.

    Raises Unknown, NotAnOfficer, OwnMatter, AlreadyAnswered, NothingAsked, BadDayOfAnswer, QuestionTooLong, NoCalendar.
    """
    locked = lock_open_rights_request(rights_request, officer)
    question = get_open_question(locked)
    if question is None:
        raise NothingAsked
    words_typed = check_reply(text) if text.strip() else ""
    if not get_home_day(question.asked_at) <= answered_on <= get_home_day(clock.now()):
        raise BadDayOfAnswer
    assign_to(locked, officer)
    store_reply(locked, question, words_typed, ReplyWay.NOTED, by, answered_on)
    return locked


def check_reply(text: str) -> str:
    """Raises NoReply, QuestionTooLong."""
    text = text.strip()
    if not text:
        raise rules.NoReply
    if len(text) > rules.MOST_LETTERS:
        raise rules.QuestionTooLong
    return text


def store_reply(
    rights_request: RightsRequest, question: Clarification, text: str, way: ReplyWay, by: Actor, on: date | None = None
) -> ClarificationReply:
    """Store the reply, and let a clock that waited for it go on. Raises AlreadyAnswered, AlreadyReplied."""
    if rights_request.is_answered:
        raise AlreadyAnswered
    if ClarificationReply.objects.filter(clarification=question).exists():
        raise AlreadyReplied
    replied = record_step(rights_request, ClarificationReply, clarification=question, way=way, replied_at=clock.now())
    words.store_statement(rights_request, Statement.Kind.REPLY, {"text": text}, question)
    is_awaited, is_noted = rights_request.waiting_since == question.asked_at, way == ReplyWay.NOTED
    resumed = end_wait(rights_request, Waiting(question.about), on) if is_awaited else {}
    details = {"clarification": question.pk} | ({"answered_on": on.isoformat()} if on else {}) | resumed
    append_rights_entry(rights_request, "resumed" if is_noted and resumed else "clarified", by, way, **details)
    if not is_noted:
        notify_handler_of_reply(rights_request, question)
    return replied


def enter_question_code(*, rights_request: UUID, code: str, by: Actor) -> Clarification:
    """Check the entered code, on record, and return the question it opens.

    Wrong entries are counted for good, even though this raises: after MOST_TRIES none works until another question is
    asked. Raises QuestionCodeDoesNotWork for every reason alike.
    """
    entered = try_question_code(rights_request, code, by)
    if entered is None:
        raise QuestionCodeDoesNotWork
    return entered


@transaction.atomic
def try_question_code(rights_request: UUID, code: str, by: Actor) -> Clarification | None:
    try:
        locked = lock_rights_request(rights_request)
    except Unknown:
        return None
    open_ones = list(select_working_questions().filter(rights_request=locked).order_by("id"))
    if not open_ones:
        return None
    since = open_ones[-1].asked_at
    typed = timelines.list_entries(locked.pk).filter(event=CODE_TYPED, occurred_at__gte=since)
    wrong = typed.exclude(outcome=RIGHT).count()
    if wrong >= rules.MOST_TRIES:
        return None
    matching = next((question for question in open_ones if is_question_code(code, question.code_hash)), None)
    ends = CodeEnd.TRIES if wrong + 1 >= rules.MOST_TRIES else WRONG
    details = {"clarification": matching.pk} if matching else {"tries": wrong + 1}
    append_rights_entry(locked, "question_code_typed", by, RIGHT if matching else ends, **details)
    return matching


def hash_question_code(code: str) -> bytes:
    return sealing.compute_keyed_hash(settings.KEYRING, "question", people.normalize_claim_code(code))


def is_question_code(code: str, hashed: bytes | memoryview | None) -> bool:
    return sealing.is_keyed_hash(settings.KEYRING, "question", people.normalize_claim_code(code), hashed)


@transaction.atomic
def save_question_template(*, template: QuestionTemplate, by: Actor) -> QuestionTemplate:
    """Put a new or changed ready-made question on record. Raises NoQuestion, UnknownPlaceholder."""
    if not template._state.adding:
        QuestionTemplate.objects.select_for_update(no_key=True).get(pk=template.pk)
    if not any(text.strip() for text in template.texts.values()):
        raise NoQuestion
    for text in template.texts.values():
        check_placeholders(text)
    template.save()
    appending.append_entry(
        event="question_template.saved",
        by=by,
        object_type="question_template",
        object=template.pk,
        outcome=template.code,
        details={"languages": sorted(template.texts), "is_offered": template.is_offered},
    )
    return template
