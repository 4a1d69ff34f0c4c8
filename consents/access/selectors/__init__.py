"""Reading requests and grants."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Count,
    DateTimeField,
    Exists,
    F,
    Func,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Concat

from consents.access.models import (
    AccessRequest,
    Answer,
    Assent,
    Block,
    Enquiry,
    Grant,
    ProposedRequest,
    RequestedCategory,
    SentenceTemplate,
)
from consents.access.rules import AllowedTerms, EarlierRequest, GrantEnd, ProposalState, RequestState
from consents.access.rules.causes import ENDS, WHO_ENDED, EndCause
from consents.access.rules.enquiries import EnquiryTime
from consents.core import sealing
from consents.core.clock import DatabaseNow
from consents.ledger.models import Entry
from consents.notifications.models import Message
from consents.people import keys
from consents.people.models import Acting, Customer, CustomerKey
from consents.people.selectors import select_holdings
from consents.people.visitors import CustomerRequest


def select_pending(now: datetime | DatabaseNow) -> QuerySet[AccessRequest]:
    """Select unanswered requests that are not yet past their answer-by moment."""
    return AccessRequest.objects.filter(state=RequestState.PENDING, answer_by__gt=now)


def select_live_grants(now: datetime | DatabaseNow) -> QuerySet[Grant]:
    return Grant.objects.filter(starts_at__lte=now, ends_at__gt=now).filter(Q(ended_at=None) | Q(ended_at__gt=now))


def prefetch_grants(requests: QuerySet[AccessRequest]) -> QuerySet[AccessRequest]:
    """Prefetch what a line about each request shows."""
    requested = RequestedCategory.objects.select_related("category").order_by("category__order", "category__code")
    return requests.prefetch_related("grants", Prefetch("requested", queryset=requested))


def prefetch_categories(requests: QuerySet[AccessRequest]) -> QuerySet[AccessRequest]:
    """Prefetch what a page shows: three queries for any number of rows."""
    requested = RequestedCategory.objects.select_related("category").order_by(
        "category__sensitive", "category__order", "category__code"
    )
    return requests.select_related("version__purpose", "purpose", "staff").prefetch_related(
        "version__notices",
        Prefetch("requested", queryset=requested),
        Prefetch("grants", queryset=Grant.objects.select_related("category").order_by("category__order")),
    )


def list_earlier_requests(customer: UUID, purpose: int) -> list[EarlierRequest]:
    """List anyone's earlier requests about a customer and a purpose, newest first."""
    asked = RequestedCategory.objects.filter(access_request=OuterRef("pk")).values("category_id")
    stopped = Grant.objects.filter(access_request=OuterRef("pk"), end__in=[GrantEnd.STOPPED, GrantEnd.WITHDRAWN])
    requests = AccessRequest.objects.filter(customer_id=customer, purpose_id=purpose)
    requests = requests.exclude(state=RequestState.CANCELLED).annotate(
        asked=ArraySubquery(asked), stopped_at=Subquery(stopped.order_by("-ended_at").values("ended_at")[:1])
    )
    return [
        EarlierRequest(
            state=RequestState(earlier.state),
            answer_by=earlier.answer_by,
            ended_at=earlier.ended_at,
            stopped_at=earlier.stopped_at,
            categories=frozenset(earlier.asked),
            may_ask_again=earlier.may_ask_again_at is not None,
        )
        for earlier in requests.order_by("-filed_at", "pk")[:200]
    ]


def get_cause(entry: Entry) -> EndCause | None:
    """Return the cause that an entry records, or else the one that its outcome tells; None for what ends nothing.

    A cause that we do not know is None too: entries cannot be taken back, and must not fail a page for ever.
    """
    if entry.event not in ENDS:
        return None
    recorded = entry.facts.get("cause") or WHO_ENDED.get(entry.outcome, "")
    return EndCause(recorded) if isinstance(recorded, str) and recorded in EndCause else None  # Python 3.12 hashes it


def get_moment(access_request: AccessRequest, entry: Entry) -> datetime:
    """Return when what an entry tells of happened: what time has ended is put on record a while later."""
    if entry.event == "access_request.expired":
        return access_request.ended_at or entry.occurred_at
    if get_cause(entry) != EndCause.TIME:
        return entry.occurred_at
    return entry.find_moment("ended_at") or entry.occurred_at


def find_causes(access_requests: Iterable[UUID]) -> dict[UUID, EndCause]:
    """Map requests to what ended them last, in one query; those that nothing ended but an answer are left out."""
    # Map requests to the cause of the last of these entries about them, which come oldest first.
    entries = Entry.objects.filter(object__in=[str(id) for id in access_requests], event__in=ENDS).order_by("id")
    return {UUID(entry.object): cause for entry in entries if (cause := get_cause(entry))}


def is_wait_lifted_since(customer: UUID, purpose: int, since: datetime) -> bool:
    lifted = AccessRequest.objects.filter(customer_id=customer, purpose_id=purpose, may_ask_again_at__gte=since)
    return lifted.exists()


def select_requests_of(customer: UUID) -> QuerySet[AccessRequest]:
    return AccessRequest.objects.filter(customer_id=customer)


def select_open_requests(customer: UUID, now: datetime | DatabaseNow) -> QuerySet[AccessRequest]:
    """Select a customer's requests that are pending or whose access still runs."""
    waiting = Q(state=RequestState.PENDING, answer_by__gt=now)
    running = Exists(select_live_grants(now).filter(access_request=OuterRef("pk")))
    return select_requests_of(customer).filter(waiting | Q(running))


def annotate_current_state(requests: QuerySet[AccessRequest]) -> QuerySet[AccessRequest]:
    """Annotate each row with `state_now` (an unanswered request past its moment is expired, recorded or not) and
    `running_until` (None when nothing runs), judged by the database's clock."""
    now = DatabaseNow()
    running = select_live_grants(now).filter(access_request=OuterRef("pk")).order_by("-ends_at")
    late = Q(state=RequestState.PENDING, answer_by__lte=now)
    return requests.annotate(  # type: ignore[no-redef]
        state_now=Case(When(late, then=Value(RequestState.EXPIRED.value)), default="state"),
        running_until=Subquery(running.values("ends_at")[:1]),
    )


def annotate_holders(requests: QuerySet[AccessRequest]) -> QuerySet[AccessRequest]:
    """Annotate each row with `holders`, how many share the account now, and `assents_given`, how many of them have
    said yes to it, for staff, who do not read which of them."""
    holding = select_holdings().filter(customer=OuterRef("customer"))
    given = holding.filter(user__in=Assent.objects.filter(access_request=OuterRef(OuterRef("pk"))).values("given_by"))
    return requests.annotate(holders=count_rows(holding), assents_given=count_rows(given))


def count_rows(rows: QuerySet[Any]) -> Coalesce:
    counted = rows.order_by().values("customer").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0)


def order_by_deadline(requests: QuerySet[AccessRequest]) -> QuerySet[AccessRequest]:
    """Order pending requests by their deadline, then the rest newest first. Expects `annotate_current_state`."""
    waits = Case(When(state_now=RequestState.PENDING.value, then="answer_by"), output_field=DateTimeField())
    return requests.annotate(waits_until=waits).order_by(F("waits_until").asc(nulls_last=True), "-filed_at", "pk")


def split_by_deadline(requests: QuerySet[Any]) -> tuple[QuerySet[Any], QuerySet[Any]]:
    """Return in the same order what is pending, and the rest: each by its index, without sorting every request."""
    waits = Q(state=RequestState.PENDING, answer_by__gt=DatabaseNow())
    return requests.filter(waits).order_by("answer_by", "pk"), requests.exclude(waits).order_by("-filed_at", "pk")


def count_answered_since(member: UUID, since: datetime) -> int:
    """Count the requests of a member of staff that customers answered after `since`."""
    return Answer.objects.filter(access_request__staff=member, answered_at__gt=since).count()


class IsBlocked(Func):
    """Ask the database: does a block of this customer stop this member of staff?"""

    function = "portal.is_blocked"
    arity = 2
    output_field = BooleanField()


def is_blocked(*, customer: UUID, member: UUID) -> bool:
    """Return True if this customer has blocked this member of staff, their team or everybody."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT portal.is_blocked(%s, %s)", [customer, member])
        return bool(cursor.fetchone()[0])


def select_standing_blocks(customer: UUID) -> QuerySet[Block]:
    """Select the blocks of a customer that stand, newest first."""
    standing = Block.objects.filter(customer_id=customer, lifted_at=None)
    return standing.select_related("member__staff_member").order_by("-placed_at", "pk")


def find_placing_actors(blocks: Iterable[Block]) -> dict[UUID, str]:
    """Map blocks to the id of the user who placed them, in one query."""
    entries = Entry.objects.filter(object__in=[str(block.pk) for block in blocks], event="block.placed")
    return {UUID(id): actor for id, actor in entries.values_list("object", "actor")}


@dataclass(frozen=True)
class Sharing:
    """Tell how a holder shares an account, at one request.

    `others`: the other holders now; `needs_all`: whether the yes of each is needed; `given`: what they said yes to;
    `missing`: who of them has not; `own`: what the holder has, and it waits for these. Once nobody is missing, because
    whoever was has left, it is the holder who is asked again.
    """

    others: list[Acting]
    needs_all: bool
    own: Assent | None
    given: list[Assent]
    missing: list[Acting]


def build_sharing(acting: Acting, holders: Iterable[Acting], assents: Iterable[Assent]) -> Sharing | None:
    """Build it from what was read; None for a representative, or who holds the account alone."""
    others = [holder for holder in holders if holder.user_id != acting.user_id]
    if not others or not acting.is_holding:
        return None
    needs_all = acting.customer.yes_of == Customer.YesOf.ALL
    of_user = {assent.given_by_id: assent for assent in assents} if needs_all else {}
    missing = [other for other in others if needs_all and other.user_id not in of_user]
    own = of_user.get(acting.user_id) if missing else None
    return Sharing(others, needs_all, own, [of_user[o.user_id] for o in others if o.user_id in of_user], missing)


def build_allowance(assent: Assent, access_request: AccessRequest) -> AllowedTerms:
    """Build what a holder allows, in the ids of categories."""
    named = {requested.category.code: requested.category_id for requested in access_request.requested.all()}
    return AllowedTerms(frozenset(named[code] for code in assent.categories), assent.duration)


class EnquiryTexts(NamedTuple):
    """One question with its reply, opened; empty texts for what was not written or can be read no longer."""

    id: UUID
    question: str
    sent_at: datetime
    reply: str
    replied_at: datetime | None


def list_enquiry_times(access_request: UUID) -> list[EnquiryTime]:
    times = Enquiry.objects.filter(access_request=access_request).order_by("sent_at")
    return [EnquiryTime(*moments) for moments in times.values_list("sent_at", "replied_at")]


def list_enquiries(access_request: AccessRequest) -> list[EnquiryTexts]:
    """List the questions about a request, oldest first, with both texts opened. Reads what was prefetched."""
    enquiries = sorted(access_request.enquiries.all(), key=lambda enquiry: enquiry.sent_at)
    try:
        key = keys.open_customer_key(access_request.customer_id) if enquiries else b""
    except CustomerKey.DoesNotExist:  # erased
        key = b""
    return [open_enquiry(enquiry, key) for enquiry in enquiries]


def open_enquiry(enquiry: Enquiry, key: bytes) -> EnquiryTexts:
    """Open both texts; without a key they are empty."""
    sealed = {"question": enquiry.sealed_question, "reply": enquiry.sealed_reply}
    texts = {
        part: sealing.open_value(key, bytes(value), str(enquiry.pk), part).decode() if key and value else ""
        for part, value in sealed.items()
    }
    return EnquiryTexts(enquiry.pk, texts["question"], enquiry.sent_at, texts["reply"], enquiry.replied_at)


def get_reminder_key(access_request: UUID) -> str:
    """Return the key that makes the reminder about a request once-only."""
    return f"access_request.reminder:{access_request}"


def select_due_reminders(now: datetime, within: timedelta) -> QuerySet[AccessRequest]:
    """Select waiting requests whose reminder is due and was not queued; `within`: how late it may still be."""
    key = Concat(Value("access_request.reminder:"), Cast(OuterRef("pk"), CharField()))
    due = select_pending(now).filter(remind_at__lte=now, remind_at__gt=now - within)
    return due.exclude(Exists(Message.objects.filter(key=key))).select_related("customer").order_by("remind_at", "pk")


def seal_proposal_words(proposed: ProposedRequest, part: str, words: dict[str, str]) -> bytes:
    key = keys.open_customer_key(proposed.customer_id)
    return sealing.seal_value(key, json.dumps(words).encode(), str(proposed.pk), part)


def open_proposal_words(proposed: ProposedRequest, part: str) -> dict[str, str]:
    """Open the `words` of the request or the `reason` of a no; empty where there are none or the customer is erased."""
    sealed = proposed.sealed_words if part == "words" else proposed.sealed_reason
    text = keys.open_unless_erased(proposed.customer_id, sealed, str(proposed.pk), part)
    words: dict[str, str] = json.loads(text or "{}")
    return words


def select_proposals_of(member: UUID) -> QuerySet[ProposedRequest]:
    """Select what this member proposed, decided, or is to decide as the requester's manager."""
    return ProposedRequest.objects.filter(Q(staff=member) | Q(decided_by=member) | Q(pk__in=select_to_decide(member)))


def select_to_decide(member: UUID) -> QuerySet[ProposedRequest]:
    """Select what waits for this member as the requester's manager."""
    return ProposedRequest.objects.filter(
        state=ProposalState.WAITING, staff__staff_member__manager=member, staff__staff_member__manager__ended_at=None
    )


def select_without_manager() -> QuerySet[ProposedRequest]:
    """Select what waits for a manager who has left, or who is on record no longer."""
    gone = Q(staff__staff_member__manager=None) | Q(staff__staff_member__manager__ended_at__isnull=False)
    return ProposedRequest.objects.filter(gone, state=ProposalState.WAITING)


def select_sentences_in_force() -> QuerySet[SentenceTemplate]:
    """Select the newest published version of every sentence that is not retired."""
    published = SentenceTemplate.objects.filter(code=OuterRef("code"), published_at__isnull=False)
    newest = published.order_by("-number").values("pk")[:1]
    return SentenceTemplate.objects.filter(pk=Subquery(newest), retired_at=None)


def list_offered_sentences(reason: str) -> list[SentenceTemplate]:
    """List those for a reason, in the order of their codes; none before a reason is chosen."""
    return list(select_sentences_in_force().filter(reason=reason).order_by("code")) if reason else []


def select_unanswered_by(user: UUID) -> QuerySet[AccessRequest]:
    """Select what is pending, without what waits for the other holders of an account alone."""
    given = Assent.objects.filter(access_request=OuterRef("pk"), given_by=user)
    of_other = Assent.objects.filter(access_request=OuterRef(OuterRef("pk")), given_by=OuterRef("user"))
    others = select_holdings().filter(customer=OuterRef("customer"), customer__yes_of=Customer.YesOf.ALL)
    missing = others.exclude(user=user).exclude(Exists(of_other))
    return select_pending(DatabaseNow()).exclude(Exists(given), Exists(missing))


def count_waiting(request: CustomerRequest) -> Counter[UUID]:
    """Count what waits for the visitor, by customer for whom they may act."""
    customers = [acting.customer_id for acting in request.visitor.actings]
    waiting = select_unanswered_by(request.user.pk).filter(customer__in=customers)
    return Counter(waiting.values_list("customer_id", flat=True))
