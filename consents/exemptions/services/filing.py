"""Staff file an exemption; in an emergency it opens at once, until a second officer has checked it."""

from datetime import datetime
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consents.access.models import AccessRequest
from consents.access.rules import Ground, RequestState
from consents.access.services.answering import insert_grants
from consents.access.services.asking import check_may_work, check_not_blocked, get_askable_scope
from consents.catalogue.models import Category, PurposeVersion
from consents.catalogue.services.versions import lock_purpose_of_version
from consents.core import clock
from consents.core.canonical import compute_digest
from consents.core.refusals import Unknown, get_or_refuse
from consents.core.working_ahead import run_for_each
from consents.exemptions import rules, selectors
from consents.exemptions.bypasses import CONFLICT, BypassSign, Closeness, find_bypass_signs, get_conflict, has_conflict
from consents.exemptions.models import ExemptedCategory, Exemption, Kind
from consents.exemptions.rules import BypassFinding, ExemptionState, NewExemption
from consents.exemptions.services import telling
from consents.exemptions.services.telling import append_exemption_entry
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.services import appending
from consents.notifications.services import queueing
from consents.people.models import Role, StaffMember
from consents.people.selectors import select_working
from consents.people.services import holding
from consents.people.services.holding import check_not_own_matter, check_officer
from consents.people.two_officers.refusals import AlreadyDecided


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


@transaction.atomic
def note_conflict(
    *, customer: UUID, closeness: Closeness, staff: UUID | None, officer: StaffMember, by: Actor
) -> UUID | None:
    """Note that `staff` (None: anybody who works here) knows this customer. Returns None where it is noted already.

    Raises NotAnOfficer (of compliance), Unknown, AlreadyErased, OwnMatter, and of rules: ConflictOfOneself.
    """
    holding.check_officer(officer, {Role.COMPLIANCE_OFFICER})
    if staff == officer.pk:
        raise rules.ConflictOfOneself
    if staff and not StaffMember.objects.filter(pk=staff).exists():
        raise Unknown
    holding.check_not_erased(holding.lock_customer(customer))
    holding.check_not_own_matter(officer.pk, customer)
    if has_conflict(customer, closeness, staff):
        return None
    conflict = uuid4()
    appending.append_entry(
        event="conflict.noted",
        by=by,
        customer=customer,
        object_type=CONFLICT,
        object=conflict,
        outcome=closeness,
        details={"staff": str(staff)} if staff else {},
    )
    return conflict


@transaction.atomic
def lift_conflict(*, conflict: UUID, officer: StaffMember, by: Actor) -> None:
    """Lift a conflict, once; repeating it changes nothing.

    Raises NotAnOfficer, Unknown, ConflictOfOneself, OwnMatter.
    """
    holding.check_officer(officer, {Role.COMPLIANCE_OFFICER})
    noted = get_conflict(conflict)
    if noted is None:
        raise Unknown
    if noted.staff == officer.pk:
        raise rules.ConflictOfOneself
    holding.lock_customer(noted.customer)
    holding.check_not_own_matter(officer.pk, noted.customer)
    noted = get_conflict(conflict)
    if noted is None or noted.lifted_at:
        return
    appending.append_entry(
        event="conflict.lifted",
        by=by,
        customer=noted.customer,
        object_type=CONFLICT,
        object=conflict,
        outcome=noted.closeness,
    )


# Make a case of each sign that staff went round a customer; a compliance officer decides it.
#
# A case is its two ledger entries, which nobody changes: found, and decided with its outcome. Nothing anyone typed is
# in them.


def raise_bypass_alerts() -> int:
    """Put every sign on record that is not yet, and write to the compliance officers. Returns how many."""
    signs = {sign.alert: sign for sign in find_bypass_signs(clock.now())}
    new = signs.keys() - selectors.list_known_alerts(signs)
    return run_for_each(sorted(new), lambda alert: raise_bypass_alert(sign=signs[alert], by=PORTAL))


@transaction.atomic
def raise_bypass_alert(*, sign: BypassSign, by: Actor) -> bool:
    """Put one sign on record and write to the compliance officers, but not to whom it is about. False for a repeat."""
    appending.lock_people(sign.staff)
    if selectors.list_known_alerts([sign.alert]):
        return False
    for officer in select_working(Role.COMPLIANCE_OFFICER).exclude(pk=sign.staff):
        queueing.notify(kind="bypass_found", key=f"bypass_found:{sign.alert}:{officer.pk}", user=officer.user)
    facts = {"staff": str(sign.staff), "happened_at": sign.at.isoformat()}
    facts |= {"about": str(sign.customer), "event": sign.what} if sign.customer else {}
    appending.append_entry(
        event="bypass.found",
        by=by,
        object_type=selectors.ALERT,
        object=sign.alert,
        outcome=sign.sign,
        details=facts,
    )
    return True


@transaction.atomic
def decide_bypass_alert(*, alert: UUID, finding: BypassFinding, officer: StaffMember, by: Actor) -> None:
    """Decide a case, once. Repeating one's own decision changes nothing.

    Raises NotAnOfficer (of compliance), Unknown, AlreadyDecided, and of rules: SignOfOneself.
    """
    appending.lock_people(officer.pk)
    check_officer(officer, {Role.COMPLIANCE_OFFICER})
    case = selectors.get_alert(alert)
    if case is None:
        raise Unknown
    if case.staff == officer.pk:
        raise rules.SignOfOneself
    if case.decided_by == officer.pk and case.finding == finding:
        return
    try:
        with transaction.atomic():
            appending.append_entry(
                event="bypass.decided", by=by, object_type=selectors.ALERT, object=alert, outcome=finding
            )
    except IntegrityError:
        raise AlreadyDecided(_("Another officer has already decided this sign. Nothing was changed.")) from None
