"""The one writer of choices: state and entry together, in one statement."""

from dataclasses import dataclass
from datetime import datetime

from consents.choices import rules
from consents.choices.models import Choice, Status
from consents.choices.rules import How
from consents.choices.services.holding import Held, Text
from consents.choices.services.refusals import NotPossibleNow
from consents.ledger import services as ledger
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.services import Change

MAKE = """
INSERT INTO choices_choice (version_id, language, status, since, valid_until, rests_until, rest_rule, despite_signal,
                            customer_id, purpose_id, id)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id
"""
MOVE = """
UPDATE choices_choice SET version_id = %s, language = %s, status = %s, since = %s, valid_until = %s, rests_until = %s,
                          rest_rule = %s, despite_signal = %s
WHERE customer_id = %s AND purpose_id = %s AND id = %s RETURNING id
"""


@dataclass(frozen=True)
class Act:
    """What all moves of one act share. `now` is its moment; `since` the earlier one that it only puts on record."""

    by: Actor
    now: datetime
    how: How = How()
    since: datetime | None = None


def settle(held: Held) -> Choice:
    """The choice, after what time or the company has ended meanwhile is on record with its true moment."""
    lapse = held.lapse
    if lapse:
        how = How(lapse.method, language=held.choice.language)
        record(held, lapse.status, held.answered, Act(PORTAL, held.now, how, lapse.at))
    return held.choice


def record(held: Held, status: Status, text: Text, act: Act) -> Choice:
    """Move the choice and tell of it. Raises NotPossibleNow for a move that the table does not have."""
    if not rules.may_follow(held.status, status):
        raise NotPossibleNow
    choice, is_yes = held.choice, status in rules.YES
    language, notice = text.words(act.how.language)
    choice.version_id, choice.language, choice.status = text.version, language, status
    choice.since = act.since or act.now
    if status != Status.EXPIRED:
        choice.valid_until = rules.valid_until(act.now, text.months) if is_yes else None
    choice.despite_signal = is_yes and act.how.signal
    rest(held, text, act.now)
    tell(held, text, notice, act)
    return choice


def rest(held: Held, text: Text, now: datetime) -> None:
    choice = held.choice
    choice.rests_until, choice.rest_rule = None, ""
    if choice.status in rules.NO:
        found = rules.rest_after_no(now, sale=text.sale, country=held.person.country, region=held.person.region)
        choice.rests_until, choice.rest_rule = found.until, found.rule


def tell(held: Held, text: Text, notice: str, act: Act) -> None:
    """One entry, and the row with it; receipts are built from it. What is only sometimes there stands last."""
    choice = held.choice
    details = {
        "version": text.number,
        "language": choice.language,
        "notice": notice,
        "method": act.how.method,
        "interface": act.how.page,
        "explicit": choice.status in rules.YES and text.explicit,
        "valid_until": spelled(choice.valid_until),
        "capacity": act.how.capacity,
    }
    if act.since:
        details["ended_at"] = spelled(act.since)
    if choice.rests_until:
        details |= {"rests_until": spelled(choice.rests_until), "rest_rule": str(choice.rest_rule)}
    if choice.despite_signal:
        details["despite_signal"] = True
    if act.how.channel:
        details |= {"channel": act.how.channel, "submitted_by": act.how.submitted_by}
    ledger.append(
        event=rules.EVENTS[Status(choice.status)],
        by=act.by,
        customer=choice.customer_id,
        object_type="choice",
        object=choice.pk,
        purpose=held.purpose.code,
        outcome=choice.status,
        details=details,
        change=change_of(choice),
    )
    choice._state.adding = False


def change_of(choice: Choice) -> Change:
    return Change(
        MAKE if choice._state.adding else MOVE,
        (
            choice.version_id,
            choice.language,
            str(choice.status),
            choice.since,
            choice.valid_until,
            choice.rests_until,
            str(choice.rest_rule),
            choice.despite_signal,
            choice.customer_id,
            choice.purpose_id,
            choice.pk,
        ),
    )


def spelled(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
