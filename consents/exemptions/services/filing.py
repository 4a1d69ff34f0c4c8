"""Staff file an exemption; in an emergency it opens at once, until a second officer has checked it."""

from datetime import datetime
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone

from consents.access.models import AccessRequest
from consents.access.rules import Ground, RequestState
from consents.access.services.asking import check_may_work, check_not_blocked, get_askable_scope
from consents.access.services.rows import insert_grants
from consents.catalogue.models import Category, PurposeVersion
from consents.catalogue.services.purposes import lock_purpose_of_version
from consents.core import clock
from consents.core.canonical import compute_digest
from consents.core.refusals import get_or_refuse
from consents.exemptions import rules, selectors
from consents.exemptions.models import ExemptedCategory, Exemption, Kind
from consents.exemptions.rules import ExemptionState, NewExemption
from consents.exemptions.services import telling
from consents.exemptions.services.telling import append_exemption_entry
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people.models import StaffMember
from consents.people.services.holding import check_not_own_matter


@transaction.atomic
def file_exemption(*, new: NewExemption, member: StaffMember, by: Actor) -> Exemption:
    """File an exemption and tell the privacy officers. Repeating a token returns the exemption filed first.

    A block of the customer holds in an emergency too. Raises StaffEnded, NotTrained, BlockedByCustomer,
    PurposeNotAskable, Unknown (no such request of theirs), OwnMatter, and of rules: EmergencyUnconfirmed, AlreadyOpen,
    AskTooSlow, CustomerAllowed and what `check_terms` raises.
    """
    appending.lock_people(member.pk)
    lock_purpose_of_version(new.version)
    appending.lock_people(new.customer)
    filed = Exemption.objects.filter(staff=member.user, token=new.token).first()
    if filed:
        return filed
    check_may_work(member)
    check_not_own_matter(member.pk, new.customer)
    now = clock.now()
    rules.check_terms(new, timezone.localtime(now).date())
    version, categories = get_askable_scope(new.customer, new.version, new.categories)
    check_earlier_ask(new, version, member, now)
    if new.is_emergency:
        check_not_blocked(customer=new.customer, member=member)
    if new.at_once and selectors.has_unconfirmed_emergency(member.pk, new.customer):
        raise rules.EmergencyUnconfirmed
    exemption = save_exemption(new, version, categories, member, now)
    if new.at_once:
        issue_grants(exemption, now)
    append_state_entry(exemption, "exemption.opened" if new.at_once else "exemption.filed", by)
    telling.notify_officers(exemption)
    if new.at_once:
        telling.notify_customer(exemption)
    return exemption


def check_earlier_ask(new: NewExemption, version: PurposeVersion, member: StaffMember, now: datetime) -> None:
    """Check the ask that an exemption names: theirs, of this customer and purpose, and soon to be answered if it still
    runs."""
    if new.access_request is None:
        return
    own = AccessRequest.objects.filter(customer=new.customer, staff=member.user, purpose=version.purpose)
    ask = get_or_refuse(own.filter(pk=new.access_request))
    state = ask.state_at(now)
    if state in (RequestState.APPROVED, RequestState.PARTLY_APPROVED):
        raise rules.CustomerAllowed
    if state == RequestState.PENDING and ask.answer_by > now + rules.MOST_PARALLEL:
        raise rules.AskTooSlow


def save_exemption(
    new: NewExemption, version: PurposeVersion, categories: list[Category], member: StaffMember, now: datetime
) -> Exemption:
    exemption = Exemption(
        customer_id=new.customer,
        staff=member.user,
        asked_name=member.user.first_name,
        asked_team=member.team,
        purpose=version.purpose,
        version=version,
        kind=Kind.SAFETY if new.is_emergency else Kind.LEGAL_DUTY,
        sentence=new.sentence.strip(),
        case_number=new.case_number.strip(),
        duration=new.duration,
        access_request_id=new.access_request,
        why_unasked="" if new.access_request else new.why_unasked,
        unasked_words="" if new.access_request else new.unasked_words.strip(),
        check_by=now + rules.CHECK_WITHIN if new.at_once else None,
        state=ExemptionState.OPENED if new.at_once else ExemptionState.FILED,
        told_at=now if new.at_once else None,
        filed_at=now,
        token=new.token,
        **vars(new.ground),
    )
    exemption.digest = compute_digest(build_filed_words(exemption, categories))
    exemption.save(force_insert=True)
    ExemptedCategory.objects.bulk_create(
        ExemptedCategory(exemption=exemption, category=category) for category in categories
    )
    return exemption


WORDS = ["sentence", "case_number", "why_unasked", "unasked_words", "statute", "order_number", "authority", "treaty"]
WORDS += ["scope_asked", "necessity", "threat", "no_other_way"]


def build_filed_words(exemption: Exemption, categories: list[Category]) -> dict[str, object]:
    """Build everything that was filed, ready for canonical JSON: the ledger keeps its digest alone."""
    return {word: getattr(exemption, word) for word in WORDS} | {
        "exemption": str(exemption.pk),
        "customer": str(exemption.customer_id),
        "kind": str(exemption.kind),
        "ordered_on": str(exemption.ordered_on or ""),
        "is_foreign": exemption.is_foreign,
        "ask": str(exemption.access_request_id or ""),
        "categories": sorted(category.code for category in categories),
        "duration_seconds": int(exemption.duration.total_seconds()),
    }


def issue_grants(exemption: Exemption, now: datetime) -> None:
    """Create one grant per category from now on. Raises AlreadyOpen where one runs for the same scope."""
    categories = exemption.exempted.order_by("category_id").values_list("category_id", flat=True)
    grants = {category: uuid4() for category in categories}
    try:
        with transaction.atomic():
            insert_grants(exemption, Ground(exemption.kind), grants, now, exemption.duration)
    except IntegrityError:
        raise rules.AlreadyOpen from None


def append_state_entry(exemption: Exemption, event: str, by: Actor, **details: object) -> None:
    """Append enough to derive the state of the exemption and its grants from the ledger alone."""
    grants = selectors.select_grants(exemption.pk).values_list("category__code", "id", "starts_at", "ends_at")
    issued = list(grants) if event in ("exemption.opened", "exemption.granted") else []
    codes = exemption.exempted.values_list("category__code", flat=True)
    facts: dict[str, object] = {
        "staff": str(exemption.staff_id),
        "categories": sorted(codes),
        "digest": exemption.digest,
        "duration_seconds": int(exemption.duration.total_seconds()),
        "told": exemption.told_at is not None,
    }
    if issued:
        facts |= {
            "grants": {code: str(id) for code, id, _starts, _ends in issued},
            "starts_at": issued[0][2].isoformat(),
            "ends_at": issued[0][3].isoformat(),
        }
    append_exemption_entry(exemption, event, by, **facts, **details)
