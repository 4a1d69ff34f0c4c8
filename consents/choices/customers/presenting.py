"""Words of the customer's pages about choices. Decides nothing."""

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from consents.choices.models import Choice
from consents.choices.rules import EVENTS, Lapse, Status
from consents.choices.selectors import Standing
from consents.choices.signals import withdrawal_previewed, withdrawal_shown
from consents.core.durations import format_whole_day
from consents.core.signal_answers import collect_answers
from consents.ledger.event_words import describe_for_customer
from consents.ledger.models import Entry
from consents.people.joint_words import JointAgreement


def group_standings(standings: list[Standing], waiting: Collection[int]) -> dict[str, list[Standing]]:
    """Group standings as the page shows them, each in exactly one group.

    `waiting`: the versions that a holder of a shared account has agreed to, and not yet all.
    """
    asked = [one for one in standings if one.is_asked and one.version.pk not in waiting]
    return {
        "waiting": [one for one in standings if one.is_asked and one.version.pk in waiting],
        "agreed": [one for one in asked if one.is_given],
        "lapsed": [one for one in asked if one.is_lapsed],
        "refused": [one for one in asked if one.is_no],
        "unanswered": [one for one in asked if one.is_open and not one.is_lapsed],
        "without_asking": [one for one in standings if not one.is_asked],
    }


def describe_standing(
    standing: Standing, *, is_paused: bool = False, is_objected: bool = False, has_nothing: bool = False
) -> dict[str, str]:
    """Say in a word how this purpose stands, with the code by which components/status.html chooses its look.

    `is_paused`, `is_objected`, `has_nothing` (after a partial erasure): what stops a use that would otherwise go on.
    """
    is_on = standing.is_given or not standing.is_asked
    if is_on and has_nothing and not is_objected:
        return {"code": "stopped", "word": _("Stopped: no data is left for this")}
    if is_on and (is_paused or is_objected):
        return {"code": "stopped", "word": _("Stopped: you objected") if is_objected else pgettext("consent", "Paused")}
    if not standing.is_asked:
        return {"code": "without_asking", "word": _("We do this")}
    if standing.is_given:
        return {"code": Status.GIVEN, "word": _("You agreed")}
    if standing.is_outdated:
        return {"code": "pending", "word": _("The text changed: please answer again")}
    by_status = {
        Status.EXPIRED: ("expired", _("Expired: please answer again")),
        Status.INVALIDATED: ("pending", _("Declared invalid: please answer again")),
        Status.WITHDRAWN: (Status.WITHDRAWN, _("You withdrew")),
        Status.REFUSED: (Status.REFUSED, _("You said no")),
        Status.DEFERRED: ("none", _("Not now: a no")),
    }
    code, word = by_status.get(standing.status, ("none", _("Not answered: a no")))
    return {"code": code, "word": word}


def describe_shared_choice(code: str, *, is_objected: bool) -> str:
    """Say what was chosen where several act or have acted, by whichever of them; "" where the word names nobody."""
    words: dict[str, str] = {
        Status.GIVEN: pgettext("consent", "Agreed"),
        Status.WITHDRAWN: pgettext("consent", "Withdrawn"),
        Status.REFUSED: pgettext("consent", "Refused"),
        "stopped": _("Stopped: an objection stands") if is_objected else "",
    }
    return words.get(code, "")


def find_choice_notice(standing: Standing, *, needs_guardian: bool) -> dict[str, str] | None:
    """Return the notice above the text of a purpose, for components/notice.html: why an answer is needed, or whose."""
    if needs_guardian and standing.can_agree:
        text = _(
            "You are not old enough to agree on your own. Show this page to a parent or guardian. They can call us and "
            "then agree for you. You can say no yourself at any time."
        )
        return {"title": _("You need a parent or guardian for this"), "text": text, "tone": "wait"}
    if standing.is_outdated:
        text = _("Your earlier consent no longer applies. Please read the new text and answer again.")
        return {"title": _("The text has changed"), "text": text}
    titles = {
        Status.EXPIRED: _("Your consent has expired"),
        Status.INVALIDATED: _("Your earlier consent was found to be invalid"),
    }
    if title := titles.get(standing.status):
        return {"title": title, "text": _("We have stopped. If you agree again, we’ll continue.")}
    return None


def describe_consent(standing: Standing) -> dict[str, str]:
    """Return title and sentence for consent in force: until when, and whether it can be renewed."""
    title = _("Consent to this is in force")
    if not standing.choice or not standing.choice.valid_until:
        return {"title": title, "text": _("It stays valid until you withdraw it.")}
    day = {"day": format_whole_day(timezone.localtime(standing.choice.valid_until))}
    if standing.can_renew:
        text = _("It ends automatically on %(day)s. If you agree again, it lasts longer.")
    else:
        text = _("It ends automatically on %(day)s.")
    return {"title": title, "text": text % day}


def list_stops(customer: UUID, standings: Iterable[Standing]) -> list[str]:
    """List what ends at once when these are withdrawn, in the words of the rooms above."""
    purposes = [standing.version.purpose for standing in standings]
    return [
        sentence
        for purpose in purposes
        for sentence in collect_answers(withdrawal_previewed, customer=customer, purpose=purpose)
    ]


def list_effects(choices: Iterable[Choice]) -> dict[str, list[Any]]:
    """List what these withdrawals ended, and what runs on, in the words of the rooms above."""
    effects: dict[str, list[Any]] = {"ended": [], "running": []}
    for choice in choices:
        withdrawal = {"customer": choice.customer_id, "purpose": choice.purpose, "since": choice.since}
        answers: list[tuple[Any, Any]] = withdrawal_shown.send(sender=Choice, **withdrawal)
        effects = {
            "ended": effects["ended"] + [ended for _room, shown in answers for ended in shown["ended"]],
            "running": [running for _room, shown in answers for running in shown["running"]],
        }
    return effects


def describe_saved_choice(standing: Standing, agreement: JointAgreement | None) -> dict[str, str]:
    """Return title and sentence for the choice after an act; `agreement`: of who shares the account."""
    name = {"name": standing.version.name}
    if agreement and agreement.is_waiting:
        text = _("%(name)s: it does not count yet. %(missing)s must agree too.")
        return {"title": _("You agreed"), "text": text % (name | {"missing": agreement.missing})}
    if standing.is_given:
        return {"title": _("You agreed"), "text": _("%(name)s: you agreed. You can withdraw at any time.") % name}
    if standing.status == Status.WITHDRAWN:
        return {"title": _("You withdrew consent"), "text": _("%(name)s: you withdrew, so we no longer do it.") % name}
    if standing.status == Status.DEFERRED:
        text = _("%(name)s: nothing was decided, so we do not do it. You can answer whenever you like.") % name
        return {"title": _("Not now"), "text": text}
    if standing.is_no:
        return {"title": _("You said no"), "text": _("%(name)s: you did not agree, so we do not do it.") % name}
    text = _("%(name)s: no consent is in force, so we do not do it.") % name
    return {"title": _("No consent stands"), "text": text, "has_ended": "yes"}


def build_choice_timeline(
    entries: Iterable[Entry], lapse: Lapse | None, others: Mapping[str, str], recorders: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Build lines for components/timeline.html, newest first, including a lapse that no job has recorded yet.

    `others`: names of everybody but the reader who acts for the customer, by user id; `recorders`: of the staff who
    put on record what the customer said elsewhere.
    """
    events: list[dict[str, Any]] = []
    for entry in reversed(list(entries)):
        recorder = recorders.get(str(entry.find_fact("recorded_by", UUID)), "")
        text = describe_choice_event(entry, others.get(entry.actor, ""), recorder)
        events.append({"at": entry.find_moment("ended_at") or entry.occurred_at, "text": text, "entry": entry})
    if lapse:
        unrecorded = Entry(event=EVENTS[lapse.status], details=json.dumps({"method": lapse.method}))
        events.insert(0, {"at": lapse.at, "text": describe_for_customer(unrecorded)})
    return events


def describe_choice_event(entry: Entry, other: str, recorder: str = "") -> str:
    """Describe one event in one or two sentences: what happened, by what means, until when.

    `other` names who did it, if not the reader; `recorder`, who put on record what the customer said elsewhere.
    """
    named = {"who": recorder} if recorder else {}
    parts = [describe_for_customer(entry, other, **named)]
    until, rests_until = entry.find_moment("valid_until"), entry.find_moment("rests_until")
    if until and entry.outcome in (Status.GIVEN, Status.RENEWED):
        parts.append(_("Until %(day)s at most.") % {"day": format_whole_day(timezone.localtime(until))})
    if rests_until:
        parts.append(
            _("We do not ask again before %(day)s.") % {"day": format_whole_day(timezone.localtime(rests_until))}
        )
    return " ".join(parts)
