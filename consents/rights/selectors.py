"""Requests as their customer sees them, and how they get copies of their data; what is written about them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from consents.law.kinds import Type
from consents.law.reasons import GROUPS, Group, Reason
from consents.ledger.models import Restoration
from consents.notifications import selectors as mail
from consents.people import selectors as people
from consents.people.services.holding import OFFICERS
from consents.rights import words
from consents.rights.fulfilment.registry import get_fulfilment, list_types
from consents.rights.models import Clarification, Mention, Note, Redaction, RightsRequest, Statement
from consents.rights.rules import (
    GRANTED,
    MOST_NOTES,
    MOST_QUESTIONS,
    DeliveryWay,
    Format,
    Outcome,
    ReplyWay,
    State,
    SubmittedBy,
    normalize_number,
)
from consents.rights.signals import copy_shown

MOST_SHOWN = 50
WITH_NOTES = frozenset({Type.ACCESS, Type.KNOW_SPECIFIC})
# Every request that is not over once, also one whose answer is to be looked at again, which has a day of its own.
# Whether another holder has yet to agree is asked about shared accounts alone, as in the queue.
COUNT_OPEN = """
SELECT is_waiting, is_ours, due < portal.now(), (due AT TIME ZONE %(zone)s)::date
    - (portal.now() AT TIME ZONE %(zone)s)::date, count(*)
FROM (
    SELECT waiting_since IS NOT NULL AS is_waiting, answer_by AS due, waiting_since IS NULL AND NOT (
        channel = 'portal' AND identity_needed <> 'not_required' AND NOT EXISTS (
            SELECT FROM rights_identitycheck AS c WHERE c.rights_request_id = r.id AND c.level <> 'failed')
            AND NOT EXISTS (SELECT FROM people_customer AS p WHERE p.id = r.customer_id AND p.erased_at IS NOT NULL)
        ) AND NOT CASE WHEN request_type = ANY(%(joint)s) AND EXISTS (
            SELECT FROM people_acting AS a
            WHERE a.customer_id = r.customer_id AND a.capacity = 'holder' AND a.ends_at IS NULL)
        THEN NOT portal.rights_has_every_yes(r.id) ELSE false END AS is_ours
    FROM rights_rightsrequest AS r WHERE state <> 'answered'
    UNION ALL
    SELECT false, due_at, true FROM rights_appeal AS a
    WHERE NOT EXISTS (SELECT FROM rights_appealdecision AS d WHERE d.rights_request_id = a.rights_request_id)
) AS open
GROUP BY 1, 2, 3, 4
"""


class OpenGroup(NamedTuple):
    """Requests that are not over. `is_waiting`: their clock stands still; `is_ours`: an officer can go on; `is_late`
    also of one that is waiting; `days` until the day it is due."""

    is_waiting: bool
    is_ours: bool
    is_late: bool
    days: int
    number: int


def count_open_requests(zone: str) -> list[OpenGroup]:
    """Count what is not over, for every figure and chart of it; days are those of the zone."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT_OPEN, {"zone": zone, "joint": [type.value for type in list_types("needs_every_holder")]})
        return [OpenGroup(*row) for row in cursor.fetchall()]


def list_customer_requests(customer: UUID) -> list[RightsRequest]:
    """List requests newest first: listing open ones first would bury the latest."""
    rows = RightsRequest.objects.filter(customer=customer).prefetch_related("register")
    return list(rows.order_by("-received_at", "-filed_at")[:MOST_SHOWN])


def get_own_request(customer: UUID, number: str) -> RightsRequest | None:
    """Return their request by its number, however it was typed; None otherwise."""
    rows = select_with_people(RightsRequest.objects.filter(customer=customer, number=normalize_number(number)))
    return rows.first()


def select_with_people(rows: QuerySet[RightsRequest]) -> QuerySet[RightsRequest]:
    return rows.select_related("customer", "follows").prefetch_related("followed_by")


def asks_for_copy(rights_request: RightsRequest) -> bool:
    """Return True if a package would answer the request."""
    return get_fulfilment(rights_request).has_copy


def has_copy(rights_request: RightsRequest) -> bool:
    """Return True if a package belongs to the request."""
    return get_fulfilment(rights_request).has_copy and rights_request.outcome in GRANTED


def has_officer(rights_request: RightsRequest) -> bool:
    """Tell whether an officer who still works here works on the request."""
    handler = rights_request.handler
    member = handler.staff_member if handler is not None and handler.is_active else None
    return member is not None and member.ended_at is None and member.role in OFFICERS


def must_be_sent(rights_request: RightsRequest) -> bool:
    """Tell whether an officer has to send or give the answer: the portal's email never carries it.

    A copy has its own way, what acts at once was said when it was asked for, and an erased customer gets a last email.
    """
    is_by_hand = rights_request.response_format in (Format.EMAIL, Format.POST, Format.ORAL)
    is_told_already = rights_request.has_erased_customer or get_fulfilment(rights_request).is_immediate
    return is_by_hand and not has_copy(rights_request) and not is_told_already


def tells_practices(rights_request: RightsRequest) -> bool:
    """Tell whether the answer names general practices: nothing of an unknown person can be told (11 CCR 7024(b))."""
    is_refused = get_fulfilment(rights_request).tells_practices and rights_request.outcome == Outcome.DENIED
    return is_refused and GROUPS[Reason(rights_request.denial_reason)] == Group.NOT_VERIFIABLE


def get_delivery_way(rights_request: RightsRequest) -> DeliveryWay:
    """Return how they get the copy: signed in, where somebody can; with an emailed code, where the address on file
    leads to them alone; else with a code that an officer gives out. No one at the company sees an emailed code."""
    assert rights_request.customer
    arrives = mail.is_reachable(rights_request.customer)
    if arrives and people.has_acting_user(rights_request.customer.pk):
        return DeliveryWay.ACCOUNT
    return DeliveryWay.MAILED if arrives and people.is_address_unique(rights_request.customer) else DeliveryWay.HANDED


def may_hand_out_code(rights_request: RightsRequest) -> bool:
    """Return True if an officer may give a code out: no email leads to the customer, or somebody else asked for them,
    on record with the document that shows they may."""
    return rights_request.submitted_by != SubmittedBy.SELF or get_delivery_way(rights_request) == DeliveryWay.HANDED


def get_question_way(rights_request: RightsRequest) -> DeliveryWay:
    """Return how somebody gets a question and replies to it: signed in; with the code of the email; or, where no email
    leads to them alone, by letter or telephone."""
    if rights_request.customer is not None:
        return get_delivery_way(rights_request)
    has_address = bool(words.open_statement(rights_request, Statement.Kind.ASKED).get("email"))
    return DeliveryWay.MAILED if has_address else DeliveryWay.HANDED


def get_requester_language(rights_request: RightsRequest) -> str:
    """Return the language to write to whoever asked in."""
    if rights_request.customer is not None:
        return people.get_customer_language(rights_request.customer)
    return str(words.open_statement(rights_request, Statement.Kind.ASKED).get("language") or settings.LANGUAGE_CODE)


class ThreadMessage(NamedTuple):
    """A question with its reply, opened; empty words for what can be read no longer."""

    clarification: Clarification
    question: str
    reply: str
    replied_at: datetime | None
    is_noted: bool


def list_thread(rights_request: RightsRequest) -> list[ThreadMessage]:
    """List the questions about a request, oldest first, with both texts opened."""
    questions = list(rights_request.clarification_set.select_related("reply").order_by("id")[:MOST_QUESTIONS])
    return open_messages(rights_request, questions)


def open_messages(rights_request: RightsRequest, questions: Sequence[Clarification]) -> list[ThreadMessage]:
    rows = Statement.objects.filter(clarification__in=questions) if questions else ()
    opened = words.open_texts(rights_request, rows)
    texts = {(statement.clarification_id, statement.kind): text for statement, text in opened}
    return [build_message(question, texts) for question in questions]


def build_message(question: Clarification, texts: Mapping[tuple[int | None, str], str]) -> ThreadMessage:
    reply = getattr(question, "reply", None)
    return ThreadMessage(
        question,
        texts.get((question.pk, Statement.Kind.QUESTION), ""),
        texts.get((question.pk, Statement.Kind.REPLY), ""),
        reply.replied_at if reply else None,
        reply is not None and reply.way == ReplyWay.NOTED,
    )


class OpenedNote(NamedTuple):
    """An internal note, opened; empty words for what can be read no longer. `left_out`: passages that copies leave out,
    or are to, and `why`, of the redaction that waits or was agreed to last."""

    note: Note
    text: str
    redaction: Redaction | None
    left_out: list[str]
    why: str


def list_notes(rights_request: RightsRequest) -> list[Note]:
    """List the internal notes, oldest first, unopened."""
    notes = rights_request.note_set.select_related("written_by").order_by("pk")
    return list(notes.prefetch_related("mentions__colleague")[:MOST_NOTES])


def open_notes(rights_request: RightsRequest, *, is_for_copy: bool = False) -> list[OpenedNote]:
    """Open the internal notes, oldest first. `is_for_copy`: with what was agreed to be left out alone."""
    notes = list_notes(rights_request)
    rows = Statement.objects.filter(rights_request=rights_request, kind=Statement.Kind.NOTE)
    texts = {statement.note_id: text for statement, text in words.open_texts(rights_request, rows)}
    proposed = Redaction.objects.filter(rights_request=rights_request).exclude(is_agreed=False)
    counting = proposed.filter(is_agreed=True) if is_for_copy else proposed
    redactions = {redaction.note_id: redaction for redaction in counting.order_by("pk")}
    return [build_opened_note(note, texts.get(note.pk, ""), redactions.get(note.pk)) for note in notes]


def build_opened_note(note: Note, text: str, redaction: Redaction | None) -> OpenedNote:
    content = words.open_redaction(redaction) if redaction else {}
    return OpenedNote(note, text, redaction, list(content.get("passages", [])), str(content.get("why", "")))


def get_unread_mention(rights_request: RightsRequest, user: UUID) -> Mention | None:
    """Return the first mention of this member of staff that they have not read yet."""
    unread = rights_request.mentions.filter(colleague=user, read_at=None).select_related("note__written_by")
    return unread.order_by("pk").first()


def holds_notes(rights_request: RightsRequest) -> bool:
    """Tell whether a copy that answers this request holds internal notes: it does where it holds all that is about the
    customer, not alone what they provided, nor the kinds of data alone."""
    return rights_request.request_type in WITH_NOTES and not rights_request.tells_kinds_alone


def list_requests_with_notes(rights_request: RightsRequest) -> list[str]:
    """List the numbers of the customer's requests whose internal notes a copy would hold."""
    if rights_request.customer_id is None or not holds_notes(rights_request):
        return []
    noted = RightsRequest.objects.filter(Exists(Note.objects.filter(rights_request=OuterRef("pk"))))
    theirs = noted.filter(customer=rights_request.customer_id).order_by("received_at", "number")
    return list(theirs.values_list("number", flat=True)[:MOST_SHOWN])


def get_open_question(rights_request: RightsRequest) -> Clarification | None:
    """Return the newest question that waits for the customer's reply."""
    if rights_request.is_answered:
        return None
    return rights_request.clarification_set.filter(reply=None).order_by("-id").first()


def select_working_questions() -> QuerySet[Clarification]:
    """Select the questions that somebody without an account can read and reply to with a code. One asked before a
    restore may have been answered since, and does not count."""
    restored = Restoration.objects.filter(began_at__gt=OuterRef("asked_at"))
    with_code = Clarification.objects.filter(~Exists(restored), reply=None, code_hash__isnull=False)
    is_over = Q(rights_request__state=State.ANSWERED) | Q(customer__erased_at__isnull=False)
    return with_code.exclude(is_over).select_related("rights_request__customer")


def get_working_question(id: int) -> Clarification | None:
    return select_working_questions().filter(pk=id).first()


def find_request_asked(number: str) -> RightsRequest | None:
    """Return the request with this number, however it was typed, if one of its questions is open to a code."""
    question = select_working_questions().filter(rights_request__number=normalize_number(number)).first()
    return question.rights_request if question else None


def get_copy_status(rights_request: RightsRequest) -> dict[str, Any]:
    """Ask the room of copies where the copy of this request stands; empty where none belongs to it."""
    answers = copy_shown.send(sender=RightsRequest, rights_request=rights_request)
    found: list[dict[str, Any]] = [answer for _receiver, answer in answers]  # type: ignore[misc]
    return {name: value for answer in found for name, value in answer.items()}
