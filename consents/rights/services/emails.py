"""Mail about a request: its number and the day, never what it is about. Of what is put off or refused also why, by
which law, what one can do, and who hears a complaint."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from consents.core import clock
from consents.core.durations import format_day, get_home_day
from consents.law import reasons
from consents.law.kinds import Regime, Type
from consents.law.reasons import COMPLAINTS, EXTENSION_LAW, REMEDIES, Extension, Reason
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor, format_ledger_moment
from consents.notifications import selectors as mail
from consents.notifications.services import queueing
from consents.people import selectors as people
from consents.people.models import StaffMember
from consents.people.selectors import select_working
from consents.people.services.holding import OFFICERS
from consents.rights import words
from consents.rights.models import Clarification, RightsRequest, Statement
from consents.rights.recipients import awaits_confirmation
from consents.rights.refusals import BadDayOfTelling, NobodyToWriteTo
from consents.rights.rules import Appealed, State, SubmittedBy
from consents.rights.selectors import get_delivery_way, get_question_way, has_copy, has_officer, tells_practices
from consents.rights.services.recording import (
    append_rights_entry,
    get_home_zone,
    get_receipt_day,
    list_authorities,
    lock_rights_request,
)
from consents.rights.services.sharing import list_missing_holders
from consents.vault import selectors as vault


def notify_requester(rights_request: RightsRequest, step: str) -> bool:
    """Queue the email of a step, once: to the address on file, or a guardian's; before the match, to the typed one.
    False if there is none.
    """
    if (customer := rights_request.customer) is not None:
        if not people.list_mail_address_hashes(customer):
            return False
        key = f"rights_request.{step}:{rights_request.id}:{rights_request.waited_days}"
        context = build_email_context(rights_request, step, people.get_customer_language(customer))
        queueing.notify(kind=f"rights_request_{step}", key=key, user=None, customer=customer, **context)
        return True
    said = words.open_statement(rights_request, Statement.Kind.ASKED)
    if not said.get("email"):
        return False
    language = said.get("language") or settings.LANGUAGE_CODE
    context = build_email_context(rights_request, step, language)
    queueing.notify_address(
        to=said["email"], template=f"rights_request_{step}", kind="rights_request", language=language, **context
    )
    return True


def notify_of_question(rights_request: RightsRequest, question: Clarification, *, code: str, is_paused: bool) -> None:
    """Tell that a question waits, never what it is; with the code for it where there is one, which stands nowhere else.

    Where no email arrives, the officer has told them (`check_day_told`).
    """
    context = {"number": rights_request.number, "is_paused": "yes" if is_paused else ""}
    customer = rights_request.customer
    if code:
        said = {} if customer else words.open_statement(rights_request, Statement.Kind.ASKED)
        queueing.notify_address(
            to=people.open_address(customer) if customer else said["email"],
            template="rights_request_question_code",
            kind="rights_code",
            language=question.language,
            code=code,
            **context,
        )
    elif customer is not None and is_reachable(rights_request):
        way = get_question_way(rights_request).value
        key = f"rights_request.question:{question.pk}"
        queueing.notify(kind="rights_request_question", key=key, user=None, customer=customer, way=way, **context)


def notify_handler_of_reply(rights_request: RightsRequest, question: Clarification) -> None:
    """Tell the officer who handles the request that the customer has replied; all officers, where that one is none any
    more."""
    key = f"rights_request.replied:{question.pk}"
    if rights_request.handler is not None and has_officer(rights_request):
        readers = {key: rights_request.handler}
    else:
        readers = {f"{key}:{officer.pk}": officer.user for officer in people.select_working(*OFFICERS)}
    for key_of_reader, user in readers.items():
        queueing.notify(kind="rights_request_replied", key=key_of_reader, user=user, number=rights_request.number)


def notify_of_typed_request(rights_request: RightsRequest, member: StaffMember) -> bool:
    """Tell the customer who put a no of theirs on record, and when, so that none is made up in silence."""
    assert rights_request.customer
    message = queueing.notify(
        kind="rights_request_typed_in",
        key=f"rights_request.typed_in:{rights_request.id}",
        customer=rights_request.customer,
        number=rights_request.number,
        who=f"{member.user.get_full_name()}, {member.team}",
        recorded_at=clock.now().isoformat(),
    )
    return message is not None


def build_email_context(rights_request: RightsRequest, step: str, language: str) -> dict[str, str]:
    context = {"number": rights_request.number, "answer_by": rights_request.answer_by.isoformat()}
    if rights_request.customer_id is not None and rights_request.submitted_by != SubmittedBy.SELF:
        context["by_other"] = "yes"
    if step == "filed" and list_missing_holders(rights_request, None):
        context["needs_holders"] = "yes"
    regime = Regime(rights_request.regime)
    if step == "filed" and awaits_confirmation(rights_request):
        return context | {"is_open": "yes"}
    if step == "decided":
        return context | describe_following(rights_request)
    with translation.override(language):
        if step == "law_chosen":
            return context | {"law": str(regime.label)}
        if step == "extended":
            reason, law, remedies = (
                Extension(rights_request.extension_reason).label,
                EXTENSION_LAW[regime],
                COMPLAINTS[regime],
            )
            return context | {"reason": str(reason), "law": law} | build_remedies(rights_request, remedies)
        if step == "answered" and rights_request.denial_reason:
            reason, law, remedies = (
                Reason(rights_request.denial_reason).label,
                rights_request.denial_legal_basis,
                REMEDIES[regime],
            )
            context |= {"reason": str(reason), "law": law} | build_remedies(rights_request, remedies)
            tells = tells_practices(rights_request)
            context["practices"] = "yes" if tells else ""
            context["part"] = "yes" if vault.get_done_erasure(rights_request.pk) else ""
        if step == "answered" and rights_request.fee_amount:
            context |= build_remedies(rights_request, COMPLAINTS[regime]) if not rights_request.denial_reason else {}
            context["fee"] = describe_fee(rights_request)
    if step == "answered":
        context |= {
            "format": str(rights_request.response_format),
            "way": get_delivery_way(rights_request).value if has_copy(rights_request) else "",
        }
    return context


def describe_following(rights_request: RightsRequest) -> dict[str, str]:
    """Name the request that begins again after an appeal, if it waits for those who asked: no check is carried over."""
    following = RightsRequest.objects.filter(follows=rights_request).first()
    if following is None:
        return {}
    is_open, needs_holders = awaits_confirmation(following), bool(list_missing_holders(following, None))
    waits = {"is_open": is_open, "needs_holders": needs_holders}
    return {"following": following.number} | {name: "yes" for name, waits_for in waits.items() if waits_for}


def describe_fee(rights_request: RightsRequest) -> str:
    """Say how much the fee is, why it is taken and by which law."""
    about = {
        "fee": f"{number_format(rights_request.fee_amount, 2)} {rights_request.fee_currency}",
        "reason": Reason(rights_request.fee_reason).label,
        "law": reasons.cite_provision(
            Regime(rights_request.regime), Type(rights_request.request_type), Reason(rights_request.fee_reason)
        ),
    }
    return _("%(fee)s. %(reason)s (%(law)s)") % about


def build_remedies(rights_request: RightsRequest, remedies: object) -> dict[str, str]:
    """Put each authority on a line of its own. That tells in which country the person lives and nothing else about
    them; the law requires it (GDPR Art 12(4), 77)."""
    heard_by = list_authorities(Regime(rights_request.regime), rights_request.jurisdiction)
    return {"remedies": str(remedies), "authorities": "\n".join(authority.in_words for authority in heard_by)}


def is_reachable(rights_request: RightsRequest) -> bool:
    """Return True if an email would go out, to an address that takes it."""
    if rights_request.customer is not None:
        return mail.is_reachable(rights_request.customer)
    return bool(words.open_statement(rights_request, Statement.Kind.ASKED).get("email"))


def needs_letter(rights_request: RightsRequest) -> bool:
    """Return True if no email arrives and it is known whom to write to in another way; never for the erased."""
    return not is_reachable(rights_request) and not rights_request.has_erased_customer


def check_day_told(rights_request: RightsRequest, told_on: date | None, now: datetime) -> None:
    """Require that the person is told: by email or, where none arrives, by letter or telephone on that day.

    Raises NobodyToWriteTo, BadDayOfTelling.
    """
    if not needs_letter(rights_request):
        return
    if told_on is None:
        raise NobodyToWriteTo
    if not get_receipt_day(rights_request) <= told_on <= get_home_day(now):
        raise BadDayOfTelling


def build_telling_details(rights_request: RightsRequest, told_on: date | None) -> dict[str, str]:
    """Return what the entry says of a letter or call, where no email arrives."""
    return {"told_on": told_on.isoformat()} if told_on and needs_letter(rights_request) else {}


# Days that draw near: the day's email tells each officer of what is theirs or nobody's.

MOST_NAMED = 100  # in one email; the others are counted
# Days before: an answer takes work, to confirm that something arrived does not.
STEPS = {"answer": (7, 2), "acknowledgement": (2,), "appeal": (7, 2)}


class Reminder(NamedTuple):
    """`of`: what is due (answer, acknowledgement, appeal); `days`: which of its reminders; `by`: the day itself."""

    of: str
    days: int
    by: datetime


class NearDay(NamedTuple):
    """A day of one request. `is_shared`: several officers are told of it."""

    rights_request: RightsRequest
    reminder: Reminder
    is_shared: bool = False


def plan_reminders() -> dict[StaffMember, list[NearDay]]:
    """List the near days for each officer who is to be told; of an appeal, those who may decide it."""
    officers = list(select_working(*OFFICERS))
    for_officer: dict[StaffMember, list[NearDay]] = defaultdict(list)
    for near in list_near_days():
        chosen = choose_officers(near, officers)
        for officer in chosen:
            for_officer[officer].append(near._replace(is_shared=len(chosen) > 1))
    return for_officer


def record_reminders(days: Iterable[NearDay]) -> None:
    """Put on record each day that somebody was told of, once."""
    reminded = {(near.rights_request.pk, near.reminder): near for near in days}
    for near in reminded.values():
        record_reminder(near=near, by=PORTAL)


def list_near_days() -> list[NearDay]:
    """List what is near and not on record as told, the soonest first."""
    acknowledgement = Q(acknowledgement=None, acknowledge_by__range=build_near_range("acknowledgement"))
    due = acknowledgement | Q(answer_by__range=build_near_range("answer"))
    appeal = Q(appeal__due_at__range=build_near_range("appeal"), appealdecision=None)
    found = RightsRequest.objects.filter((~Q(state=State.ANSWERED) & Q(waiting_since=None) & due) | appeal)
    # What is late is not among them, so that it silences nobody.
    requests = list(found.prefetch_related("register").order_by("answer_by", "pk"))
    told = list_told_reminders(requests)
    near = [NearDay(one, reminder) for one in requests for reminder in list_reminders(one)]
    untold = [one for one in near if build_reminder_key(str(one.rights_request.pk), one.reminder) not in told]
    return sorted(untold, key=lambda one: one.reminder.by)


def build_near_range(of: str) -> tuple[clock.DatabaseNow, Any]:
    return clock.DatabaseNow(), clock.DatabaseNow() + timedelta(days=max(STEPS[of]))


def list_reminders(rights_request: RightsRequest) -> list[Reminder]:
    is_appeal = rights_request.appeal_outcome == Appealed.PENDING
    is_acknowledged = rights_request.is_answered or rights_request.acknowledged_at is not None
    return list_due_reminders(
        acknowledge_by=None if is_acknowledged else rights_request.acknowledge_by,
        answer_by=None if rights_request.is_answered else rights_request.answer_by,
        appeal_by=rights_request.appeal_due_at if is_appeal else None,
        now=clock.now(),
    )


def list_due_reminders(
    *, now: datetime, acknowledge_by: datetime | None, answer_by: datetime | None, appeal_by: datetime | None = None
) -> list[Reminder]:
    """List the nearest reminder of each day that is not over: a missed one is not made up for by a later one."""
    due = {"answer": answer_by, "acknowledgement": acknowledge_by, "appeal": appeal_by}
    nearest = []
    for of, by in due.items():
        if by and (reached := [days for days in STEPS[of] if by - timedelta(days=days) <= now <= by]):
            nearest.append(Reminder(of, min(reached), by))
    return nearest


def list_told_reminders(requests: Iterable[RightsRequest]) -> set[tuple[str, str, int, str]]:
    ids = [str(one.pk) for one in requests]
    entries = Entry.objects.filter(event="rights_request.reminded", object__in=ids)
    return {(one.object, one.outcome, one.facts["days"], one.facts["due_at"]) for one in entries}


def build_reminder_key(id: str, reminder: Reminder) -> tuple[str, str, int, str]:
    return id, reminder.of, reminder.days, format_ledger_moment(reminder.by)


def choose_officers(near: NearDay, officers: list[StaffMember]) -> list[StaffMember]:
    """Choose whose it is: its handler alone, or everybody where nobody works on it; of an appeal all but them."""
    handler = near.rights_request.handler_id
    if near.reminder.of == "appeal":
        return [officer for officer in officers if officer.pk != handler]
    return [officer for officer in officers if officer.pk == handler] or officers


def write_lines(days: list[NearDay], language: str) -> str:
    with translation.override(language):
        lines = [describe_near_day(near) for near in days[:MOST_NAMED]]
        if more := len(days) - len(lines):
            lines.append(_("… and %(number)s more, in the queue") % {"number": more})
        return "\n".join(lines)


def describe_near_day(near: NearDay) -> str:
    sentence = {
        "answer": _("%(number)s: to be answered by %(day)s"),
        "acknowledgement": _("%(number)s: receipt to be confirmed by %(day)s"),
        "appeal": _("%(number)s: to be looked at again by %(day)s, by someone who did not answer it"),
    }[near.reminder.of]
    day = format_day(timezone.localtime(near.reminder.by, get_home_zone()))
    return sentence % {"number": near.rights_request.number, "day": day}


@transaction.atomic
def record_reminder(*, near: NearDay, by: Actor) -> None:
    locked = lock_rights_request(near.rights_request.pk)
    facts = {"days": near.reminder.days, "due_at": format_ledger_moment(near.reminder.by)}
    append_rights_entry(locked, "reminded", by, near.reminder.of, **facts)
