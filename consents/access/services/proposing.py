"""Let the requester's manager agree before the customer is disturbed, where a purpose asks for it."""

from uuid import UUID, uuid4

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consents.access import rules
from consents.access.models import AccessRequest, ProposedRequest, Reason
from consents.access.rules import ProposalState
from consents.access.selectors import open_proposal_words, seal_proposal_words
from consents.access.services import asking
from consents.access.services.asking import NewRequest
from consents.catalogue.models import Category, PurposeVersion
from consents.catalogue.services.versions import lock_purpose_of_version
from consents.core import clock
from consents.core.refusals import get_or_refuse
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.notifications.services import queueing
from consents.notifications.services.queueing import list_translations
from consents.people.models import StaffMember
from consents.people.services.holding import check_not_own_matter
from consents.people.two_officers.refusals import AlreadyDecided, AlreadyProposed

AGREED = _("Your manager agreed, and the customer has been asked.")
DECLINED = _("Your manager did not agree. The customer was not asked, and is not told of it.")


@transaction.atomic
def propose_access_request(*, ask: NewRequest, member: StaffMember, by: Actor) -> ProposedRequest:
    """Put a request to the requester's manager; the customer learns nothing of it. Repeating a token changes nothing.

    Raises what `asking.file_access_request` raises, and of rules: AgreementNotNeeded, NoManager, AlreadyProposed.
    """
    appending.lock_people(member.pk)
    lock_purpose_of_version(ask.version)
    appending.lock_people(ask.customer)
    proposed = ProposedRequest.objects.filter(staff=member.user, token=ask.token).first()
    if proposed:
        return proposed
    version, categories = asking.check_new_request(ask, member, clock.now())
    check_may_propose(ask, version, member)
    proposed = save_proposal(ask, version, categories, member)
    append_proposed_entry("proposed_request.filed", proposed, by, reason=ask.reason, version=version.number)
    return proposed


def check_may_propose(ask: NewRequest, version: PurposeVersion, member: StaffMember) -> None:
    """Raises AgreementNotNeeded, NoManager, AlreadyProposed."""
    if not version.needs_agreement:
        raise rules.AgreementNotNeeded
    if not StaffMember.objects.filter(reports=member.pk, ended_at=None).exists():
        raise rules.NoManager
    if ProposedRequest.objects.filter(
        staff=member.pk, customer=ask.customer, version=version, state=ProposalState.WAITING
    ).exists():
        raise AlreadyProposed(rules.ALREADY_PROPOSED)


def save_proposal(
    ask: NewRequest, version: PurposeVersion, categories: list[Category], member: StaffMember
) -> ProposedRequest:
    proposed = ProposedRequest(
        id=uuid4(),
        customer_id=ask.customer,
        staff=member.user,
        version=version,
        categories=sorted(category.code for category in categories),
        reason=ask.reason,
        duration=ask.duration,
        answer_within=ask.answer_within,
        token=ask.token,
        proposed_at=clock.now(),
    )
    is_sensitive = any(category.sensitive for category in categories)
    proposed.sealed_words = seal_proposal_words(proposed, "words", list_words(ask, is_sensitive=is_sensitive))
    proposed.save(force_insert=True)
    return proposed


def list_words(ask: NewRequest, *, is_sensitive: bool) -> dict[str, str]:
    """List what the customer would read."""
    return {
        "sentence": ask.sentence.strip(),
        "sensitive_reason": ask.sensitive_reason.strip() if is_sensitive else "",
        "case_number": ask.case_number.strip(),
    }


@transaction.atomic
def agree_to_request(*, proposed_request: UUID, manager: StaffMember, by: Actor) -> ProposedRequest:
    """Agree as the requester's manager: the request is filed, and the customer's time to answer begins.

    Repeating it changes nothing. Raises Unknown, NotTheManager, OwnMatter, AlreadyDecided, and what
    `asking.file_access_request` raises: everything is checked once more.
    """
    proposed = lock_for_manager(proposed_request, manager)
    if proposed.state == ProposalState.AGREED:
        return proposed
    check_may_decide(proposed, manager)
    filed = file_agreed_request(proposed)
    record_decision(proposed, manager, ProposalState.AGREED, by, access_request=filed)
    notify_of_proposal_end(proposed, AGREED)
    return proposed


@transaction.atomic
def decline_request(*, proposed_request: UUID, reason: str, manager: StaffMember, by: Actor) -> ProposedRequest:
    """Say no as the requester's manager, with the reason for the requester. Repeating it changes nothing.

    Raises Unknown, NotTheManager, OwnMatter, AlreadyDecided, NoReasonGiven.
    """
    proposed = lock_for_manager(proposed_request, manager)
    if proposed.state == ProposalState.DECLINED:
        return proposed
    check_may_decide(proposed, manager)
    if not reason.strip():
        raise rules.NoReasonGiven
    proposed.sealed_reason = seal_proposal_words(proposed, "reason", {"reason": reason.strip()})
    record_decision(proposed, manager, ProposalState.DECLINED, by)
    notify_of_proposal_end(proposed, DECLINED)
    return proposed


def lock_for_manager(proposed_request: UUID, manager: StaffMember) -> ProposedRequest:
    """Lock the people, the purpose and the request, in the order of all locks. Raises Unknown, NotTheManager."""
    known = get_or_refuse(ProposedRequest.objects.filter(pk=proposed_request))
    appending.lock_people(known.staff_id, manager.pk)
    lock_purpose_of_version(known.version_id)
    appending.lock_people(known.customer_id)
    proposed = lock_proposal(known.pk)
    managed = StaffMember.objects.filter(pk=proposed.staff_id, manager=manager.pk, manager__ended_at=None)
    if proposed.decided_by_id != manager.pk and not managed.exists():
        raise rules.NotTheManager
    return proposed


def lock_proposal(proposed_request: UUID) -> ProposedRequest:
    locked = ProposedRequest.objects.select_for_update(of=["self"]).select_related("staff", "version__purpose")
    return locked.get(pk=proposed_request)


def check_may_decide(proposed: ProposedRequest, manager: StaffMember) -> None:
    """Raises AlreadyDecided, OwnMatter."""
    if proposed.state != ProposalState.WAITING:
        raise AlreadyDecided(rules.NO_LONGER_WAITING)
    check_not_own_matter(manager.pk, proposed.customer_id)


def file_agreed_request(proposed: ProposedRequest) -> AccessRequest:
    """File it in the requester's name, with the terms that the manager agreed to."""
    member = StaffMember.objects.select_related("user").get(pk=proposed.staff_id)
    ask, now = build_agreed_request(proposed), clock.now()
    scope, by = asking.check_new_request(ask, member, now), Actor("staff", str(member.pk))
    return asking.put_to_customer(ask, scope, member, now, by)


def build_agreed_request(proposed: ProposedRequest) -> NewRequest:
    categories = proposed.version.categories.filter(code__in=proposed.categories).values_list("pk", flat=True)
    return NewRequest(
        customer=proposed.customer_id,
        version=proposed.version_id,
        categories=frozenset(categories),
        reason=Reason(proposed.reason),
        duration=proposed.duration,
        answer_within=proposed.answer_within,
        token=proposed.token,
        **open_proposal_words(proposed, "words"),
    )


def record_decision(
    proposed: ProposedRequest,
    manager: StaffMember,
    state: ProposalState,
    by: Actor,
    access_request: AccessRequest | None = None,
) -> None:
    proposed.state, proposed.decided_by, proposed.decided_at = state, manager.user, clock.now()
    proposed.access_request = access_request
    proposed.save(update_fields=["state", "decided_by", "decided_at", "access_request", "sealed_reason"])
    details = {"access_request": str(access_request.pk)} if access_request else {}
    append_proposed_entry(
        "proposed_request.agreed" if access_request else "proposed_request.declined", proposed, by, **details
    )


def notify_of_proposal_end(proposed: ProposedRequest, why: Promise) -> None:
    key = f"proposed_request.over:{proposed.pk}"
    queueing.notify(kind="proposed_request_over", key=key, user=proposed.staff, why=list_translations(why))


def append_proposed_entry(event: str, proposed: ProposedRequest, by: Actor, **details: object) -> None:
    appending.append_entry(
        event=event,
        by=by,
        customer=proposed.customer_id,
        object_type="proposed_request",
        object=proposed.pk,
        purpose=proposed.version.purpose.code,
        outcome=proposed.state,
        details={"categories": proposed.categories} | details,
    )
