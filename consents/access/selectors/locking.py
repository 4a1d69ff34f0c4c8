"""Read what the customer's pages about requests show."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import CharField, Count, Exists, Model, OuterRef, Prefetch, Q, QuerySet, prefetch_related_objects
from django.db.models.functions import Cast

from consents.access.models import AccessRequest, Answer, Assent, Block, CallerCode, Grant, RequestedCategory
from consents.access.rules import AnswerDecision
from consents.access.rules import telephone as rules
from consents.access.rules.blocks import BlockKind
from consents.access.rules.causes import EndCause
from consents.access.selectors import (
    IsBlocked,
    find_causes,
    select_live_grants,
    select_open_requests,
    select_requests_of,
)
from consents.catalogue import selectors as catalogue
from consents.catalogue.models import Category
from consents.choices.selectors import select_pauses
from consents.core.clock import DatabaseNow
from consents.core.refusals import get_or_refuse
from consents.ledger.models import Entry
from consents.ledger.selectors import proofs, timelines
from consents.ledger.services import appending
from consents.people import selectors as people
from consents.people.models import Acting, Customer, JointAssent, User
from consents.people.selectors import (
    list_holders,
    list_still_holding,
    map_others,
    select_holdings,
    select_joint_assents,
    select_others,
)


def lock_request(access_request: UUID, *, customer: UUID | None = None, staff: User | None = None) -> AccessRequest:
    """Lock one request and its customer until the transaction ends. Raises Unknown if it is not this customer's, or not
    of this member of staff.
    """
    whose = customer or get_customer_of_request(access_request, staff)
    return get_or_refuse(lock_requests_of(whose).filter(pk=access_request))


def lock_request_to_answer(access_request: UUID, customer: UUID) -> AccessRequest:
    """Lock a request of this customer as `lock_request` does, with what the entry of its answer names."""
    locked = lock_requests_of(customer).filter(pk=access_request).select_related("version")
    requested = Prefetch("requested", RequestedCategory.objects.select_related("category"))
    return get_or_refuse(locked.prefetch_related("version__notices", requested))


def get_customer_of_request(access_request: UUID, staff: User | None = None) -> UUID:
    """Raises Unknown for no request, or one of another member of staff."""
    requests = AccessRequest.objects.filter(pk=access_request, **({"staff": staff} if staff else {}))
    return get_or_refuse(requests.values_list("customer_id", flat=True))


def lock_requests_of(customer: UUID) -> QuerySet[AccessRequest]:
    """Lock the customer, and select their requests so that each is locked when it is read."""
    appending.lock_people(customer)
    requests = AccessRequest.objects.filter(customer_id=customer).select_related("purpose", "staff")
    return requests.select_for_update(of=["self"])


def lock_live_grants(access_request: AccessRequest, now: datetime, kinds: Collection[str] | None) -> list[Grant]:
    """Lock the grants of one locked request that run, and return those of these categories (by code), or all."""
    live_grants = select_live_grants(now).filter(access_request=access_request, customer=access_request.customer_id)
    live_grants = live_grants.select_related("category")
    locked = live_grants.select_for_update(of=["self"])
    return [grant for grant in locked if kinds is None or grant.category.code in kinds]


EARLIER_ON_A_PAGE = 10
MOST_OPEN = 100
# What rooms above show on the first page, read in its statement: their query sets for a customer, by name.
BESIDE_HOME: dict[str, Callable[[Any], QuerySet[Any, Any]]] = {}


@dataclass(frozen=True)
class HomeReading:
    """Holds what the first page shows.

    `open`: waiting or running, newest first; `earlier`: the first page of the others, and `earlier_number` of them all;
    `causes`: what ended these; `others`: everybody else who acts for the customer; `holders`: who of them holds the
    account; `recorders`: who recorded answers by telephone; `joint`: the matters in which another holder waits for this
    one's yes; `is_open_unasked`: whether access runs that no answer allowed. The customer may not know of it yet: ask
    before it is shown. `is_nobody_let`: whether the customer lets nobody at all ask; `is_paused`: whether the use of
    their data is. `beside`: the rows of BESIDE_HOME.
    """

    now: datetime
    open: list[AccessRequest]
    earlier: list[AccessRequest]
    earlier_number: int
    causes: Mapping[UUID, EndCause]
    others: Mapping[str, str]
    holders: list[Acting]
    recorders: Mapping[UUID, str]
    is_open_unasked: bool
    joint: set[str]
    is_nobody_let: bool
    is_paused: bool
    beside: Mapping[str, list[Any]]


@dataclass(frozen=True)
class RequestReading:
    """One request as its page shows it.

    `entries`: its history, oldest first; `sealed`: the ids of those with a proof; `published`: every kind of data;
    `recorder`: who recorded an answer by telephone, else empty; `holders`: the others who hold the account;
    `is_blocked`: a block of who asked stands.
    """

    now: datetime
    access_request: AccessRequest
    entries: list[Entry]
    cause: EndCause | None
    published: list[Category]
    others: Mapping[str, str]
    recorder: str
    holders: list[Acting]
    is_blocked: bool
    sealed: frozenset[int]


def read_request(customer: UUID, id: UUID, viewer: UUID) -> RequestReading:
    """Read a request of this customer. Raises Unknown if it is not theirs."""
    shown = ["version__recipients", "requested__category__fields", "enquiries"]
    requests: QuerySet[Any] = select_requests_shown(customer).prefetch_related(*shown)
    access_request = get_or_refuse(
        requests.filter(pk=id).annotate(read_at=DatabaseNow(), is_blocked=IsBlocked("customer_id", "staff_id"))
    )
    entries = timelines.list_newest_entries(id)
    others = list(select_others(customer, viewer))
    return RequestReading(
        now=access_request.read_at,
        access_request=access_request,
        entries=entries,
        cause=find_causes([id]).get(id),
        published=list(catalogue.select_published_categories()),
        others=map_others(others),
        recorder=find_recorder(access_request),
        holders=list_still_holding(others),
        is_blocked=access_request.is_blocked,
        sealed=frozenset(proofs.list_sealed(entries)),
    )


def select_requests_shown(customer: UUID) -> QuerySet[AccessRequest]:
    """Select a customer's requests with what every page about one of them shows."""
    requests = select_requests_of(customer).select_related(
        "version__purpose", "purpose", "staff__staff_member", "answer__answered_by"
    )
    return requests.prefetch_related(
        "version__notices",
        Prefetch("requested", select_requested()),
        Prefetch("grants", select_granted()),
        Prefetch("assents", Assent.objects.order_by("given_at", "pk")),
    )


def read_one_request(customer: UUID, id: UUID) -> tuple[AccessRequest, list[Acting]]:
    """Read a request of this customer, and who holds the account, the customer first. Raises Unknown if it is not
    theirs."""
    return get_or_refuse(select_requests_shown(customer).filter(pk=id)), list_holders(customer)


def select_requested() -> QuerySet[RequestedCategory]:
    return order_by_category(RequestedCategory.objects.select_related("category"))


def select_granted() -> QuerySet[Grant]:
    return order_by_category(Grant.objects.select_related("category"))


def order_by_category[T: Model](rows: QuerySet[T]) -> QuerySet[T]:
    return rows.order_by("category__order", "category__code")


def select_waiting_agreements(customer: Any, viewer: Any) -> QuerySet[JointAssent]:
    """Select what another holder has agreed to and this one has not, as far as it can still come about."""
    own = JointAssent.objects.filter(
        customer=customer, matter=OuterRef("matter"), object=OuterRef("object"), given_by=viewer, ended_at=None
    )
    standing = catalogue.select_standing().annotate(key=Cast("pk", CharField())).filter(key=OuterRef("object"))
    can_begin = Q(matter=JointAssent.Matter.RIGHT) | Exists(standing)
    by_holder = select_holdings().filter(
        customer=customer, user=OuterRef("given_by"), customer__yes_of=Customer.YesOf.ALL
    )
    waiting = select_joint_assents(customer).filter(can_begin, Exists(by_holder))
    return waiting.exclude(given_by=viewer).exclude(Exists(own))


def read_home(customer: UUID, viewer: UUID) -> HomeReading:
    flags: Any = Customer.objects.annotate(
        read_at=DatabaseNow(),
        is_open_unasked=Exists(select_live_grants(DatabaseNow()).filter(customer=customer, exemption__isnull=False)),
        is_nobody_let=Exists(Block.objects.filter(customer=customer, kind=BlockKind.EVERYBODY, lifted_at=None)),
        is_paused=Exists(select_pauses(customer)),
    ).get(pk=customer)
    requests = select_requests_of(customer).select_related("version", "staff", "answer__answered_by")
    requests = requests.order_by("-filed_at", "pk")
    open_requests = list(requests.filter(pk__in=select_open_requests(customer, flags.read_at).values("pk"))[:MOST_OPEN])
    others = list(select_others(customer, viewer))
    holders = list_still_holding(others)
    earlier = requests.exclude(pk__in=[access_request.pk for access_request in open_requests])
    first_earlier = list(earlier[:EARLIER_ON_A_PAGE])
    shown = [*open_requests, *first_earlier]
    prefetch_related_objects(shown, Prefetch("requested", select_requested()), Prefetch("grants", select_granted()))
    prefetch_related_objects(open_requests, "version__notices", "assents")
    return HomeReading(
        now=flags.read_at,
        open=open_requests,
        earlier=first_earlier,
        earlier_number=earlier.count(),
        causes=find_causes([access_request.pk for access_request in first_earlier]),
        others=map_others(others),
        holders=holders,
        recorders={one.pk: recorder for one in shown if (recorder := find_recorder(one))},
        is_open_unasked=flags.is_open_unasked,
        joint={str(assent.matter) for assent in select_waiting_agreements(customer, viewer)} if holders else set(),
        is_nobody_let=flags.is_nobody_let,
        is_paused=flags.is_paused,
        beside={name: list(build(customer)) for name, build in BESIDE_HOME.items()},
    )


# Reading codes of callers, and who recorded what was answered by telephone.


def find_last_code(access_request: UUID, officer: UUID) -> CallerCode | None:
    """Return the code that this officer sent last for the request."""
    sent = CallerCode.objects.filter(access_request=access_request, sent_by=officer)
    return sent.order_by("-sent_at", "pk").first()


def is_code_usable(code: CallerCode, now: datetime) -> bool:
    return code.proof is None and code.tries < rules.MOST_TRIES and now < code.ends_at


def may_record_answer(officer: User, access_request: AccessRequest) -> bool:
    """Return True unless the officer asked, acts or has acted for the customer, or has their address."""
    if access_request.staff_id == officer.pk:
        return False
    if Acting.objects.filter(customer=access_request.customer_id, user=officer.pk).exists():
        return False
    return not people.is_address_hash(access_request.customer.address_hash, officer.email)


def has_locked_access(customer: UUID) -> bool:
    """Return True while the account of the customer themselves is locked."""
    own = people.select_holdings().filter(customer=customer, capacity=Acting.Capacity.SELF)
    return own.filter(user__locked_at__isnull=False).exists()


def select_spoken(access_requests: Any) -> QuerySet[Answer]:
    """Select the answers to these requests that were given by telephone, with the officers who recorded them."""
    spoken = Answer.objects.filter(access_request__in=access_requests, caller_code__isnull=False)
    return spoken.select_related("answered_by").order_by()


def get_recorder(answer: Answer) -> str:
    """Return who recorded this answer, if it was given by telephone; else ''."""
    return answer.answered_by.get_full_name() if answer.caller_code_id else ""


def find_recorder(access_request: AccessRequest) -> str:
    """Return who recorded the answer by telephone; '' for an answer in any other way, or none."""
    answer: Answer | None = getattr(access_request, "answer", None)
    return get_recorder(answer) if answer else ""


def map_recorders(answers: Iterable[Answer]) -> dict[UUID, str]:
    """Map requests that were answered by telephone to the name of the officer who recorded the answer."""
    return {answer.access_request_id: get_recorder(answer) for answer in answers}


class Calls(NamedTuple):
    """Count the customers' answers by telephone that an officer recorded, and those that were a yes."""

    officer: str
    answers: int
    yes: int


def count_calls(since: datetime) -> list[Calls]:
    """Count the answers by telephone of each officer since then, most first."""
    spoken = Answer.objects.filter(caller_code__isnull=False, answered_at__gte=since)
    counted = spoken.values("answered_by").annotate(
        answers=Count("pk"), yes=Count("pk", filter=~Q(decision=AnswerDecision.NONE))
    )
    names = {user.pk: user.get_full_name() for user in User.objects.filter(pk__in=counted.values("answered_by"))}
    lines = [Calls(names[line["answered_by"]], line["answers"], line["yes"]) for line in counted]
    return sorted(lines, key=lambda calls: (-calls.answers, calls.officer))
