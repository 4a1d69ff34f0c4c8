"""The one writer of choices: state and entry together."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from consents.catalogue.models import Notice, Purpose, PurposeVersion
from consents.choices import rules, selectors
from consents.choices.models import Choice, Status
from consents.choices.rules import How
from consents.choices.services.refusals import NoSuchPurpose, NotPossibleNow
from consents.ledger import services as ledger
from consents.ledger.rules import PORTAL, Actor
from consents.people.models import Customer


@dataclass(frozen=True)
class Act:
    """What all moves of one act share. `now` is its moment; `since` the earlier one that it only puts on record."""

    by: Actor
    now: datetime
    how: How = How()
    since: datetime | None = None


def held(choice: UUID) -> Choice:
    """As it is once no other act about its customer goes on."""
    customer = Choice.objects.filter(pk=choice).values_list("customer_id", flat=True).first()
    if customer is None:
        raise NoSuchPurpose
    ledger.hold(customer)
    return Choice.objects.select_related("purpose", "version", "customer").get(pk=choice)


def choice_of(customer: UUID, purpose: Purpose) -> Choice:
    """The customer's choice; an unsaved one, unknown, where none was made. Expects `ledger.hold`."""
    made = Choice.objects.filter(customer_id=customer, purpose=purpose).select_related("purpose", "version").first()
    return made or Choice(customer_id=customer, purpose=purpose, status=Status.UNKNOWN)


def settled(customer: UUID, purpose: Purpose, now: datetime, in_force: PurposeVersion | None = None) -> Choice:
    """The same, after what time or the company has ended meanwhile is on record with its true moment.

    `in_force`: the purpose's version at hand, where there is one; it saves asking whether the text has changed.
    """
    choice = choice_of(customer, purpose)
    if in_force and choice.version_id == in_force.pk:
        choice.version = in_force
    lapse = selectors.lapse_of(choice, now, in_force)
    if lapse:
        how = How(lapse.method, language=choice.language)
        record(choice, lapse.status, choice.version, Act(PORTAL, now, how, lapse.at))
    return choice


def record(choice: Choice, status: Status, version: PurposeVersion, act: Act) -> Choice:
    """Move the choice and tell of it. Raises NotPossibleNow for a move that the table does not have."""
    if not rules.may_follow(Status(choice.status), status):
        raise NotPossibleNow
    notice = notice_of(version, act.how.language)
    is_yes = status in rules.YES
    choice.version, choice.language, choice.status, choice.since = (
        version,
        notice.language,
        status,
        act.since or act.now,
    )
    if status != Status.EXPIRED:
        choice.valid_until = rules.valid_until(act.now, version.consent_months) if is_yes else None
    choice.despite_signal = is_yes and act.how.signal
    rest(choice, version, act.now)
    choice.save()
    tell(choice, notice, act)
    return choice


def rest(choice: Choice, version: PurposeVersion, now: datetime) -> None:
    choice.rests_until, choice.rest_rule = None, ""
    if choice.status in rules.NO:
        home = Customer.objects.values("country", "region").get(pk=choice.customer_id)
        found = rules.rest_after_no(now, sale=version.sale, country=home["country"], region=home["region"])
        choice.rests_until, choice.rest_rule = found.until, found.rule


def notice_of(version: PurposeVersion, language: str) -> Notice:
    """The words in this language; without one, or where there are none in it, those of the active language."""
    active = version.notice
    return next((notice for notice in version.notices.all() if notice.language == language), active)


def tell(choice: Choice, notice: Notice, act: Act) -> None:
    """One entry; receipts are built from it. What is only sometimes there stands last."""
    details = {
        "version": choice.version.number,
        "language": notice.language,
        "notice": notice.hash,
        "method": act.how.method,
        "interface": act.how.page,
        "explicit": choice.status in rules.YES and choice.version.explicit,
        "valid_until": text(choice.valid_until),
        "capacity": act.how.capacity,
    }
    if act.since:
        details["ended_at"] = text(act.since)
    if choice.rests_until:
        details |= {"rests_until": text(choice.rests_until), "rest_rule": str(choice.rest_rule)}
    if choice.despite_signal:
        details["despite_signal"] = True
    ledger.append(
        event=rules.EVENTS[Status(choice.status)],
        by=act.by,
        customer=choice.customer_id,
        object_type="choice",
        object=choice.pk,
        purpose=choice.purpose.code,
        outcome=choice.status,
        details=details,
    )


def text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
