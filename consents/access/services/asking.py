"""Staff ask, and may take the ask back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.access import rules, selectors
from consents.access.models import AccessRequest, Reason, RequestedCategory
from consents.access.rules import State
from consents.access.shown import shown
from consents.catalogue import selectors as catalogue
from consents.catalogue.models import Category, PurposeVersion
from consents.catalogue.services import hold_still
from consents.choices import selectors as choices
from consents.core import clock
from consents.core.canonical import digest
from consents.core.refusals import Refusal, Unknown
from consents.ledger import services as ledger
from consents.ledger.rules import Actor
from consents.notifications import services as notifications
from consents.people.models import Customer, StaffMember
from consents.vault import selectors as vault


class NotForAsking(Refusal):
    status = 422
    sentence = _("This purpose cannot be asked for any more, or not for these kinds of data. Please choose again.")


class NotStaff(Refusal):
    status = 403
    sentence = _("Your staff account has ended, so you cannot ask for access any more.")


class SecondReasonMissing(Refusal):
    status = 422
    sentence = _("Sensitive data needs a second reason: say why you cannot do without it.")


class AccessIsRunning(Refusal):
    sentence = _("You already have running access to some of this data. Ask again when it has ended.")


class UseIsPaused(Refusal):
    sentence = _("This customer has paused this use of their data or objected to it. Nobody may ask for now.")


class KindIsGone(Refusal):
    """Deleted, or kept for what the law asks alone: which of the two is told to nobody who asks."""

    sentence = _("Some of this customer’s data was deleted at their wish, and may not be asked for any more.")


@dataclass(frozen=True)
class Ask:
    """What a member of staff wants to see and why. `token` makes filing once-only; durations in time."""

    customer: UUID
    version: int
    categories: frozenset[int]
    reason: Reason
    sentence: str
    duration: timedelta
    answer_within: timedelta
    token: UUID
    sensitive_reason: str = ""
    case_number: str = ""


@transaction.atomic
def file(*, ask: Ask, member: StaffMember, by: Actor) -> AccessRequest:
    """File a request; the customer is told. Repeating a token returns the request filed first.

    Raises NotStaff, NotForAsking, SecondReasonMissing, AccessIsRunning, UseIsPaused, KindIsGone, and of rules:
    BadTerms, AskedAlready, MustWait, TooManyPendingForStaff, TooManyPendingForCustomer.
    """
    ledger.hold(member.pk)
    hold_still(ask.version)
    ledger.hold(ask.customer)
    filed = AccessRequest.objects.filter(staff=member.user, token=ask.token).first()
    if filed:
        return filed
    check_works_here(member)
    now = clock.now()
    version, categories = what_is_asked(ask)
    check_may_ask(ask, version, member, now)
    request = put_on_record(ask, version, categories, member, now)
    ledger.append(
        event="access_request.filed",
        by=by,
        customer=ask.customer,
        object_type="access_request",
        object=request.id,
        purpose=version.purpose.code,
        outcome=State.PENDING,
        details=terms(request, version, categories),
    )
    notifications.tell(
        kind="access_request_filed",
        key=f"access_request.filed:{request.id}",
        customer=request.customer,
        team=member.team,
        answer_by=request.answer_by.isoformat(),
    )
    return request


def check_works_here(member: StaffMember) -> None:
    """Asked while the member is held: a membership that ended a moment ago asks for nothing more."""
    if not StaffMember.objects.filter(pk=member.pk, ended_at=None).exists():
        raise NotStaff


def what_is_asked(ask: Ask) -> tuple[PurposeVersion, list[Category]]:
    """The version in force and the categories, or NotForAsking / KindIsGone / SecondReasonMissing."""
    version = catalogue.askable().filter(pk=ask.version).first()
    if version is None or not Customer.objects.filter(pk=ask.customer, erased_at=None).exists():
        raise NotForAsking
    categories = list(version.categories.filter(pk__in=ask.categories, published=True).prefetch_related("fields"))
    if not categories or len(categories) != len(ask.categories):
        raise NotForAsking
    if not vault.left_of(ask.customer).keys().isdisjoint(category.code for category in categories):
        raise KindIsGone
    if any(category.sensitive for category in categories) and not ask.sensitive_reason.strip():
        raise SecondReasonMissing
    return version, categories


def check_may_ask(ask: Ask, version: PurposeVersion, member: StaffMember, now: datetime) -> None:
    rules.check_terms(duration=ask.duration, most=version.purpose.access_most, answer_within=ask.answer_within)
    rules.check_same_ask(
        selectors.earlier_asks(ask.customer, version.purpose_id),
        ask.categories,
        rules.Waits(settings.PORTAL_WAIT_AFTER_NO, settings.PORTAL_WAIT_AFTER_SILENCE),
        now,
    )
    check_not_marked(ask, version)
    check_purpose_rests(ask, version, now)
    if selectors.live_grants(now).filter(
        staff=member.user, customer=ask.customer, purpose=version.purpose, category__in=ask.categories
    ):
        raise AccessIsRunning
    pending = selectors.pending(now)
    rules.check_limits(
        of_staff=pending.filter(staff=member.user).count(),
        of_customer=pending.filter(customer=ask.customer).count(),
        most_of_staff=settings.PORTAL_PENDING_PER_STAFF,
        most_of_customer=settings.PORTAL_PENDING_PER_CUSTOMER,
    )


def check_not_marked(ask: Ask, version: PurposeVersion) -> None:
    if choices.marks(ask.customer, version.purpose.code).stops_everything:
        raise UseIsPaused


def check_purpose_rests(ask: Ask, version: PurposeVersion, now: datetime) -> None:
    """A no to the purpose itself rests as long as a no to a request, unless the customer lifted the wait since.

    After a Californian opt-out of sale or sharing it rests 12 months: asking anew for it would be asking to opt in.
    """
    said_no = choices.said_no_at(ask.customer, version.purpose_id)
    if said_no is None or selectors.wait_lifted_since(ask.customer, version.purpose_id, said_no):
        return
    opted_out_until = choices.opted_out_until(ask.customer, version.purpose_id)
    until = max(said_no + settings.PORTAL_WAIT_AFTER_NO, opted_out_until or said_no)
    if now < until:
        raise rules.MustWait(rules.must_wait(until, now))


def put_on_record(
    ask: Ask, version: PurposeVersion, categories: list[Category], member: StaffMember, now: datetime
) -> AccessRequest:
    request = AccessRequest(
        customer_id=ask.customer,
        staff=member.user,
        asked_name=member.user.first_name,
        asked_team=member.team,
        purpose=version.purpose,
        version=version,
        reason=ask.reason,
        sentence=ask.sentence.strip(),
        sensitive_reason=ask.sensitive_reason.strip() if any(c.sensitive for c in categories) else "",
        case_number=ask.case_number.strip(),
        duration=ask.duration,
        filed_at=now,
        answer_by=now + ask.answer_within,
        token=ask.token,
    )
    request.digest = digest(shown(request, version, categories))
    request.save(force_insert=True)
    RequestedCategory.objects.bulk_create(
        RequestedCategory(request=request, category=category) for category in categories
    )
    return request


def terms(request: AccessRequest, version: PurposeVersion, categories: list[Category]) -> dict[str, object]:
    """What the ledger keeps of a request: codes and numbers; its words only as the digest."""
    return {
        "answer_by": request.answer_by.isoformat(),
        "categories": sorted(category.code for category in categories),
        "digest": request.digest,
        "duration_seconds": int(request.duration.total_seconds()),
        "reason": str(request.reason),
        "version": version.number,
    }


@transaction.atomic
def cancel(*, request: UUID, member: StaffMember, by: Actor) -> AccessRequest:
    """Take one's own unanswered request back. Raises Unknown (not yours), AlreadyEnded."""
    row = selectors.held(request, staff=member.user)
    if row is None:
        raise Unknown
    now = clock.now()
    rules.check_can_move(row.state_at(now), State.CANCELLED)
    row.state, row.ended_at = State.CANCELLED, now
    row.save(update_fields=["state", "ended_at"])
    ledger.append(
        event="access_request.cancelled",
        by=by,
        customer=row.customer_id,
        object_type="access_request",
        object=row.id,
        purpose=row.purpose.code,
        outcome=State.CANCELLED,
    )
    return row
