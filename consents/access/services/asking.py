"""Staff ask for access, and may cancel their own request."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.access import rules, selectors
from consents.access.display import build_displayed_request
from consents.access.models import AccessRequest, Reason, RequestedCategory
from consents.access.rules import CANCELLED_WITHIN, NeedsAgreement, RequestState
from consents.access.rules.blocks import BlockedByCustomer
from consents.access.rules.causes import EndCause, build_cause_details
from consents.access.selectors import locking
from consents.access.services.enquiring import check_waits
from consents.access.services.telling import append_request_entry, notify_holders_of_end
from consents.catalogue import selectors as catalogue
from consents.catalogue.models import Category, Purpose, PurposeVersion
from consents.catalogue.services.versions import lock_purpose_of_version
from consents.choices import selectors as choices
from consents.core import clock
from consents.core.canonical import compute_digest
from consents.core.refusals import NotPermitted, NotValid, Refusal
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.notifications.services import queueing
from consents.notifications.services.queueing import list_translations
from consents.people.models import Customer, StaffMember
from consents.training import selectors as training
from consents.training.rules import NotTrained
from consents.vault import selectors as vault


class PurposeNotAskable(NotValid):
    sentence = _("This purpose, or one of these kinds of data, can no longer be requested. Please choose again.")


class StaffEnded(NotPermitted):
    sentence = _("Your staff account has ended, so you can no longer ask for access.")


class NotForYourTeam(NotPermitted):
    sentence = _("Your team may not ask for this. Ask a privacy officer which teams may.")


class SecondReasonMissing(NotValid):
    sentence = _("Sensitive data needs a second reason: say why you cannot do without it.")


class AccessAlreadyRunning(Refusal):
    sentence = _("You already have access to some of this data. Ask again when it has ended.")


class UsePaused(Refusal):
    sentence = _("This customer has paused this use of their data or objected to it, so no one may ask for it now.")


class DataDeleted(Refusal):
    """Raised for deleted data and for data kept by law alone; the requester does not learn which."""

    sentence = _("Some of this customer’s data was deleted at their request and can no longer be asked for.")


@dataclass(frozen=True)
class NewRequest:
    """A request that is about to be filed. `token` makes filing it once-only."""

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
def file_access_request(*, ask: NewRequest, member: StaffMember, by: Actor) -> AccessRequest:
    """File a request; the customer gets an email. Repeating a token returns the request filed first.

    Raises StaffEnded, NotTrained, BlockedByCustomer, PurposeNotAskable, NotForYourTeam, SecondReasonMissing,
    AccessAlreadyRunning, UsePaused, DataDeleted, and of rules: NeedsAgreement, BadTerms, AlreadyAsked, MustWait,
    TooManyPendingForStaff, TooManyPendingForCustomer, TooManyCancelled.
    """
    appending.lock_people(member.pk)
    lock_purpose_of_version(ask.version)
    appending.lock_people(ask.customer)
    filed = AccessRequest.objects.filter(staff=member.user, token=ask.token).first()
    if filed:
        return filed
    now = clock.now()
    scope = check_new_request(ask, member, now)
    if scope[0].needs_agreement:
        raise NeedsAgreement
    return put_to_customer(ask, scope, member, now, by)


def check_new_request(ask: NewRequest, member: StaffMember, now: datetime) -> tuple[PurposeVersion, list[Category]]:
    """Return version in force and categories of a request that may be filed now, or raise why not."""
    check_may_work(member)
    check_not_blocked(customer=ask.customer, member=member)
    version, categories = get_requested_scope(ask)
    check_is_for_team(version.purpose, member)
    check_may_ask(ask, version, member, now)
    return version, categories


def put_to_customer(
    ask: NewRequest, scope: tuple[PurposeVersion, list[Category]], member: StaffMember, now: datetime, by: Actor
) -> AccessRequest:
    """File a request that was checked, inside the caller's act: the customer's time to answer begins."""
    version, categories = scope
    access_request = save_request(ask, version, categories, member, now)
    append_request_entry(
        access_request,
        event="access_request.filed",
        by=by,
        outcome=RequestState.PENDING,
        details=build_filed_details(access_request, version, categories),
    )
    notify_customer_of_request(access_request, version, member)
    return access_request


def notify_customer_of_request(access_request: AccessRequest, version: PurposeVersion, member: StaffMember) -> None:
    queueing.notify(
        kind="access_request_filed",
        key=f"access_request.filed:{access_request.id}",
        customer=access_request.customer,
        team=member.team,
        answer_by=access_request.answer_by.isoformat(),
        what_for={notice.language: notice.name for notice in version.notices.all()},
        why_now=list_reason_words(Reason(access_request.reason)),
    )


def check_may_work(member: StaffMember) -> None:
    """Read again under the lock on the member, in one statement: no one may ask who left a moment ago, or who lacks a
    training. Raises StaffEnded, NotTrained."""
    member_now = StaffMember.objects.filter(pk=member.pk, ended_at=None)
    trained = member_now.values_list(training.is_trained("pk"), flat=True).first()
    if trained is None:
        raise StaffEnded
    if not trained:
        raise NotTrained


def check_not_blocked(*, customer: UUID, member: StaffMember) -> None:
    """Raises BlockedByCustomer. Pages ask it before the form, filing asks it again."""
    if selectors.is_blocked(customer=customer, member=member.pk):
        raise BlockedByCustomer


def check_is_for_team(purpose: Purpose, member: StaffMember) -> None:
    """Judge by the team of this moment, under the lock on the member. Raises NotForYourTeam."""
    if purpose.teams and not purpose.is_for_team(StaffMember.objects.get(pk=member.pk).team):
        raise NotForYourTeam


def get_requested_scope(ask: NewRequest) -> tuple[PurposeVersion, list[Category]]:
    """Return version in force and categories. Raises PurposeNotAskable, DataDeleted, SecondReasonMissing."""
    version, categories = get_askable_scope(ask.customer, ask.version, ask.categories)
    if not vault.get_remainders(ask.customer).keys().isdisjoint(category.code for category in categories):
        raise DataDeleted
    if any(category.sensitive for category in categories) and not ask.sensitive_reason.strip():
        raise SecondReasonMissing
    return version, categories


def get_askable_scope(
    customer: UUID, version: int, categories: frozenset[int]
) -> tuple[PurposeVersion, list[Category]]:
    """Return version in force and categories. Raises PurposeNotAskable, also about a customer who was erased."""
    in_force = catalogue.select_askable().filter(pk=version).first()
    if in_force is None or not Customer.objects.filter(pk=customer, erased_at=None).exists():
        raise PurposeNotAskable
    offered = list(in_force.categories.filter(pk__in=categories, published=True).prefetch_related("fields"))
    if not offered or len(offered) != len(categories):
        raise PurposeNotAskable
    return in_force, offered


def check_may_ask(ask: NewRequest, version: PurposeVersion, member: StaffMember, now: datetime) -> None:
    rules.check_request_terms(duration=ask.duration, most=version.purpose.access_most, answer_within=ask.answer_within)
    rules.check_repetition(
        selectors.list_earlier_requests(ask.customer, version.purpose_id),
        ask.categories,
        get_waiting_times(),
        now,
    )
    if choices.get_marks(ask.customer, version.purpose.code).stops_everything:
        raise UsePaused
    check_purpose_wait(ask.customer, version.purpose_id, now)
    whose = {"staff": member.pk, "customer": ask.customer}
    running = selectors.select_live_grants(now).filter(purpose=version.purpose_id, **whose)
    if running.filter(category__in=ask.categories).exists():
        raise AccessAlreadyRunning
    pending = selectors.select_pending(now)
    rules.check_pending_limits(
        of_staff=pending.filter(staff=member.pk).count(),
        of_customer=pending.filter(customer=ask.customer).count(),
        most_of_staff=settings.PORTAL_PENDING_PER_STAFF,
        most_of_customer=settings.PORTAL_PENDING_PER_CUSTOMER,
    )
    cancelled = AccessRequest.objects.filter(state=RequestState.CANCELLED, filed_at__gt=now - CANCELLED_WITHIN, **whose)
    rules.check_cancelled_limit(cancelled.count())


def list_category_waits(access_request: AccessRequest, version: PurposeVersion, now: datetime) -> dict[int, str]:
    """Say for each kind of data of an earlier request why it may not be asked for again yet; the others may.

    Raises MustWait (of rules) where it is the purpose itself that waits.
    """
    customer, purpose = access_request.customer_id, version.purpose
    check_purpose_wait(customer, purpose.pk, now)
    earlier = selectors.list_earlier_requests(customer, purpose.pk)
    live = selectors.select_live_grants(now).filter(staff=access_request.staff, customer=customer, purpose=purpose)
    refused = {category: str(AccessAlreadyRunning.sentence) for category in live.values_list("category", flat=True)}
    for category in access_request.requested.values_list("category", flat=True):
        try:
            rules.check_repetition(earlier, frozenset({category}), get_waiting_times(), now)
        except Refusal as refusal:
            refused.setdefault(category, str(refusal))
    return refused


def get_waiting_times() -> rules.WaitingTimes:
    return rules.WaitingTimes(settings.PORTAL_WAIT_AFTER_NO, settings.PORTAL_WAIT_AFTER_SILENCE)


def check_purpose_wait(customer: UUID, purpose: int, now: datetime) -> None:
    """Apply the waiting time after a no to the purpose itself, unless the customer has lifted it since.

    After a Californian opt-out of sale or sharing it is 12 months: asking earlier would be asking to opt in.
    """
    said_no = choices.find_refusal_time(customer, purpose)
    if said_no is None or selectors.is_wait_lifted_since(customer, purpose, said_no):
        return
    opted_out_until = choices.find_opt_out_end(customer, purpose)
    until = max(said_no + settings.PORTAL_WAIT_AFTER_NO, opted_out_until or said_no)
    if now < until:
        raise rules.MustWait(rules.describe_wait(until, now))


def save_request(
    ask: NewRequest, version: PurposeVersion, categories: list[Category], member: StaffMember, now: datetime
) -> AccessRequest:
    access_request = build_request(
        version,
        member,
        now,
        customer_id=ask.customer,
        reason=ask.reason,
        sentence=ask.sentence.strip(),
        sensitive_reason=ask.sensitive_reason.strip() if any(c.sensitive for c in categories) else "",
        case_number=ask.case_number.strip(),
        duration=ask.duration,
        answer_by=now + ask.answer_within,
        token=ask.token,
    )
    access_request.digest = compute_digest(build_displayed_request(access_request, categories))
    access_request.save(force_insert=True)
    RequestedCategory.objects.bulk_create(
        RequestedCategory(access_request=access_request, category=category) for category in categories
    )
    return access_request


def build_request(version: PurposeVersion, member: StaffMember, now: datetime, **terms: Any) -> AccessRequest:
    """Build an unsaved request by this member; `terms`: its other fields."""
    return AccessRequest(
        staff=member.user,
        asked_name=member.user.first_name,
        asked_team=member.team,
        purpose=version.purpose,
        version=version,
        filed_at=now,
        **terms,
    )


def build_filed_details(
    access_request: AccessRequest, version: PurposeVersion, categories: list[Category]
) -> dict[str, object]:
    """Build what the ledger keeps of a request: codes and numbers; its wording only as the digest."""
    return {
        "answer_by": access_request.answer_by.isoformat(),
        "categories": sorted(category.code for category in categories),
        "digest": access_request.digest,
        "duration_seconds": int(access_request.duration.total_seconds()),
        "reason": str(access_request.reason),
        "version": version.number,
    }


def list_reason_words(reason: Reason) -> dict[str, str]:
    """List the reason in each language, for an email: the requester's own words stay out of it."""
    explained = _("Another reason, explained in the request")
    return list_translations(explained if reason == Reason.OTHER else reason.label)


@transaction.atomic
def cancel_access_request(*, access_request: UUID, member: StaffMember, by: Actor) -> AccessRequest:
    """Cancel one's own unanswered request. Raises Unknown (not yours), AlreadyEnded."""
    locked = locking.lock_request(access_request, staff=member.user)
    now = clock.now()
    check_waits(locked, now)
    locked.state, locked.ended_at = RequestState.CANCELLED, now
    locked.save(update_fields=["state", "ended_at"])
    append_request_entry(
        locked,
        event="access_request.cancelled",
        by=by,
        outcome=RequestState.CANCELLED,
        details=build_cause_details(EndCause.TAKEN_BACK),
    )
    notify_holders_of_end(locked, EndCause.TAKEN_BACK)
    return locked
