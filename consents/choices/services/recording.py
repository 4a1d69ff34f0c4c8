"""Write choices, the only place that does: state and ledger entry in one statement."""

from dataclasses import dataclass
from datetime import datetime

from consents.choices import rules
from consents.choices.models import Choice, Status
from consents.choices.rules import ActContext
from consents.choices.services.locking import CHOICE, LockedChoice, PublishedText
from consents.choices.services.refusals import NotPossibleNow
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.services import appending
from consents.ledger.services.appending import Change
from consents.systems.services.queueing import queue_webhooks

WHOSE = ["customer_id", "purpose_id", "id"]
WRITTEN = [column for column in CHOICE if column not in WHOSE]
INSERT_CHOICE = f"""
INSERT INTO choices_choice ({", ".join(WRITTEN + WHOSE)}) VALUES ({", ".join(["%s"] * len(CHOICE))}) RETURNING id
"""
UPDATE_CHOICE = f"""
UPDATE choices_choice SET {", ".join(f"{column} = %s" for column in WRITTEN)}
WHERE {" AND ".join(f"{column} = %s" for column in WHOSE)} RETURNING id
"""


@dataclass(frozen=True)
class ChoiceAct:
    """An act on a choice. `now`: its moment; `since`: the earlier moment that it only records."""

    by: Actor
    now: datetime
    how: ActContext = ActContext()
    since: datetime | None = None


def settle_lapse(held: LockedChoice) -> Choice:
    """Record what time or the company has ended meanwhile, with its true moment, and return the choice."""
    lapse = held.lapse
    if lapse:
        how = ActContext(lapse.method, language=held.choice.language)
        record_move(held, lapse.status, held.answered, ChoiceAct(PORTAL, held.now, how, lapse.at))
    return held.choice


def record_move(held: LockedChoice, status: Status, text: PublishedText, act: ChoiceAct) -> Choice:
    """Change the choice and append its entry. Raises NotPossibleNow for a move that the table does not have."""
    if not rules.may_follow(held.status, status):
        raise NotPossibleNow
    choice, is_yes = held.choice, status in rules.YES
    agreed_in = held.choice.language if act.how.recorded_by else ""  # staff may read another language
    language, notice = text.words(agreed_in or act.how.language)
    choice.version_id, choice.language, choice.status = text.version, language, status
    choice.since = act.since or act.now
    if status != Status.EXPIRED:
        choice.valid_until = rules.compute_valid_until(act.now, text.months) if is_yes else None
    choice.despite_signal = is_yes and act.how.signal
    set_rest_period(held, text, act.now)
    append_choice_entry(held, text, notice, act)
    tell_systems(choice, status)
    return choice


def tell_systems(choice: Choice, status: Status) -> None:
    """Tell those who may ask about the purpose that the answer may be another one now."""
    if status in rules.TOLD_TO_SYSTEMS:
        kind, code = rules.EVENTS[status], choice.purpose.code
        queue_webhooks(kind=kind, customer=choice.customer_id, purpose=code, record=choice.pk)


def set_rest_period(held: LockedChoice, text: PublishedText, now: datetime) -> None:
    choice = held.choice
    choice.rests_until, choice.rest_rule = None, ""
    if choice.status in rules.NO:
        lives_in = {"country": held.person.country, "region": held.person.region}
        choice.rests_until, choice.rest_rule = rules.compute_rest(now, sale=text.sale, **lives_in)


def append_choice_entry(held: LockedChoice, text: PublishedText, notice: str, act: ChoiceAct) -> None:
    """Append the entry and write the row with it; receipts are built from it. Optional details come last."""
    choice = held.choice
    details = {
        "version": text.number,
        "language": choice.language,
        "notice": notice,
        "method": act.how.method,
        "interface": act.how.page,
        "explicit": choice.status in rules.YES and text.explicit,
        "valid_until": format_iso(choice.valid_until),
        "capacity": act.how.capacity,
    }
    if act.since:
        details["ended_at"] = format_iso(act.since)
    if choice.rests_until:
        details |= {"rests_until": format_iso(choice.rests_until), "rest_rule": str(choice.rest_rule)}
    if choice.despite_signal:
        details["despite_signal"] = True
    if act.how.channel:
        details |= {"channel": act.how.channel, "submitted_by": act.how.submitted_by}
    if act.how.recorded_by:
        details["recorded_by"] = act.how.recorded_by
    appending.append_entry(
        event=rules.EVENTS[Status(choice.status)],
        by=act.by,
        customer=choice.customer_id,
        object_type="choice",
        object=choice.pk,
        purpose=held.purpose.code,
        outcome=choice.status,
        details=details,
        change=Change(
            INSERT_CHOICE if choice._state.adding else UPDATE_CHOICE,
            [getattr(choice, column) for column in WRITTEN + WHOSE],
        ),
    )
    choice._state.adding = False


def format_iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
