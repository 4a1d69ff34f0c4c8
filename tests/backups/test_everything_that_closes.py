"""Every event there is closes something, and is done again after a restore, or has its reason not to be.

The events are found in the rooms: a new one fails until it is placed in `ledger.rules.CLOSING` or here.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.conf import settings

from consents.access.rules import RequestState
from consents.choices import rules as choices
from consents.choices.rules import MarkKind
from consents.ledger.rules import CLOSING
from consents.ops.backups.reapplying import AGAIN

EVENT = re.compile(r"[a-z_]+\.[a-z_]+")
ELSEWHERE = {"bench", "demo", "management", "migrations"}

# Lost with what came after the backup, of which the restore says how many entries it is at least.
NOT_CLOSING = {
    "it opens or begins something: without it there is less": {
        "access_request.assented",
        "access_request.filed",
        "access_request.wait_lifted",
        "access_request.question_sent",
        "access_request.question_answered",
        "access_request.reminder_wanted",
        "access_request.caller_code_sent",
        "access_request.caller_code_wrong",
        "access_request.caller_proved",
        "proposed_request.agreed",
        "proposed_request.filed",
        "block.lifted",
        "account.unlocked",
        "choices.digest_queued",
        "claim_code.approved",
        "claim_code.printed",
        "claim_code.proposed",
        "consent.given",
        "consent.renewed",
        "consent.requested",
        "customer.recorded",
        "customers.imported",
        "exemption.confirmed",
        "exemption.filed",
        "exemption.granted",
        "exemption.opened",
        "guardian.accepted",
        "holder.joined",
        "joint_consent.assented",
        "rights_request.assented",
        "limit.lifted",
        "look_report.filed",
        "message.retried",
        "objection.lift_announced",
        "objection.lifted",
        "limit.lift_announced",
        "record.claimed",
        "restriction.lift_announced",
        "restriction.lifted",
        "rights_request.answer_sent",
        "staff.invitation_sent",
        "staff.invited",
        "staff.returned",
        "training.attested",
        "training.tried",
    },
    "the course of a report of a look: it closes no data, and the customer reports the look again": {
        "look_report.answered",
        "look_report.decided",
    },
    "it opens and closes nothing: it says whose looks are looked into, and the officer notes it again": {
        "conflict.lifted",
        "conflict.noted",
    },
    "the sign is found again in what is restored, and decided again": {"bypass.found", "bypass.decided"},
    "no answer is a no as well": {"consent.deferred"},
    "time ends it, and is judged at read": {"access_request.expired", "consent.expired"},
    "it only puts on record what retired the purpose, published the text or erased the customer": {"consent.revoked"},
    "the customer is told, or told later: what the backup does not know of was neither opened nor delayed": {
        "exemption.delay_renewed",
        "exemption.told",
    },
    "the end of what it opened has an entry of its own; without one there was nothing open": {
        "exemption.cancelled",
        "exemption.refused",
        "exemption.unchecked",
    },
    "no backup holds a session: nobody is signed in after a restore": {"session.ended"},
    "how somebody signs in is as it was at the backup: they change it again": {
        "account.factor_added",
        "account.factor_removed",
        "account.password_changed",
        "staff.factors_reset",
    },
    "a sign-in that led to no record showed nothing, and its owner closes it again": {"account.left"},
    "part of an erasure, whose own entry names what closes; or done in a restore itself": {
        "account.closed",
        "ledger.restored",
    },
    "the customer is told daily, as before they chose: more at most, and chooses again": {"look_emails.chosen"},
    "an officer sets the manager again; without one nothing is asked that needs their yes": {"staff.manager_set"},
    "drafts and settings: nobody is asked by them": {
        "category.changed",
        "category.drafted",
        "category.published",
        "purpose.drafted",
        "purpose_version.changed",
        "purpose_version.drafted",
        "recipient.changed",
        "recipient.drafted",
        "question_template.saved",
        "sentence_template.changed",
        "sentence_template.drafted",
        "sentence_template.published",
        "sentence_template.retired",
        "staff_emails.chosen",
    },
    "officers list the teams of a purpose again; until then each customer answers whoever asks": {"purpose.changed"},
    "officers publish it again: until then the training that was required before counts": {
        "training_module.changed",
        "training_module.drafted",
        "training_module.published",
    },
    "numbers without people: a question that was retired since shows nobody, and an officer retires it again": {
        "insight.answered",
        "insight.asked",
        "insight_question.added",
        "insight_question.retired",
    },
    "numbers without people: the next run publishes the month again": {"figures.published"},
    "a proposal that has not been carried out closes nothing": {
        "erasure.cancelled",
        "erasure.proposed",
        "part_erasure.cancelled",
        "part_erasure.proposed",
        "proposed_request.declined",
        "proposed_request.ended",
        "retirement.cancelled",
        "retirement.proposed",
        "staff.change_cancelled",
        "staff.change_proposed",
    },
    "a code made before a restoration opens nothing after it": {
        "rights_request.code_ended",
        "rights_request.code_made",
        "rights_request.code_typed",
    },
    "a look or a file: what was seen was seen": {
        "customer.looked_up",
        "export.approved",
        "export.downloaded",
        "export.finished",
        "export.made",
        "history.opened",
        "note.checked",
        "vault.compared",
        "vault.counted",
        "vault.opened",
        "vault.opening_refused",
        "vault.own_copy",
    },
    "the value itself is personal, and in no journal": {
        "address.failed",
        "address.restored",
        "customer.address_changed",
        "customer.language_chosen",
        "customer.time_zone_chosen",
        "vault.stored",
    },
    "systems are told again whatever waited, and after a restoration to ask anew": {
        "webhooks.resumed",
        "webhooks.tested",
    },
    "keys lie in files outside the database, which no restore brings back": {
        "customer_keys.rewrapped",
        "index_key.settled",
        "keyed_hashes.rekeyed",
        "key.recorded",
        "provider_ties.rekeyed",
        "signing_key.made",
        "signing_key.withdrawn",
        "strangers_words.resealed",
        "wrapping_key.retired",
    },
    "the course of a rights request: what it closes has an entry of its own (mark, choice, erasure, its end)": {
        "rights_request.acknowledged",
        "rights_request.answered",
        "rights_request.appeal_decided",
        "rights_request.appealed",
        "rights_request.assigned",
        "rights_request.asked",
        "rights_request.clarified",
        "rights_request.question_code_typed",
        "rights_request.entry_chosen",
        "rights_request.erasure_cancelled",
        "rights_request.erasure_proposed",
        "rights_request.extended",
        "rights_request.facts_compared",
        "rights_request.file_added",
        "rights_request.file_agreed",
        "rights_request.file_read",
        "rights_request.file_taken_out",
        "rights_request.filed",
        "rights_request.identity_confirmed",
        "rights_request.identity_failed",
        "rights_request.late",
        "rights_request.law_chosen",
        "rights_request.matched",
        "rights_request.noted",
        "rights_request.notes_read",
        "rights_request.package_asked",
        "rights_request.package_downloaded",
        "rights_request.packaged",
        "rights_request.paused",
        "rights_request.recipient_told",
        "rights_request.redaction_decided",
        "rights_request.redaction_proposed",
        "rights_request.reminded",
        "rights_request.resumed",
        "rights_request.system_searched",
        "rights_request.unanswered",
        "rights_request.value_decided",
        "rights_request.words_read",
        "look_report.words_read",
    },
    "telling of a data breach opens and closes nothing: officers record and agree to it again": {
        "breach.announcement_decided",
        "breach.announcement_done",
        "breach.announcement_proposed",
        "breach.assessed",
        "breach.authority_settled",
        "breach.closed",
        "breach.customers_listed",
        "breach.read",
        "breach.recorded",
        "breach.told",
    },
    "it goes again by time, or with its customer": {
        "rights_request.package_removed",
        "rights_request.proof_forgotten",
        "rights_request.removed",
    },
}


@cache
def sources() -> list[tuple[Path, ast.Module]]:
    """Of the modules that write entries. To parse a file costs more than to see that it calls nothing that does."""
    paths = [path for path in sorted((settings.BASE_DIR / "consents").rglob("*.py")) if not ELSEWHERE & set(path.parts)]
    return [(path, ast.parse(text)) for path in paths if "_entry(" in (text := path.read_text())]


@cache
def calls(tree: ast.AST) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def appended(tree: ast.AST) -> Iterator[ast.expr]:
    """What stands after `event=` where entries are written."""
    for call in calls(tree):
        if ast.unparse(call.func).rpartition(".")[2] in ("append_entry", "append_request_entry"):
            yield from (keyword.value for keyword in call.keywords if keyword.arg == "event")


def words(call: ast.Call) -> Iterator[str]:
    """The texts that are handed over, either one of two."""
    for given in [*call.args, *(keyword.value for keyword in call.keywords)]:
        for one in [given.body, given.orelse] if isinstance(given, ast.IfExp) else [given]:
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                yield one.value


# Put an event together from a prefix and the step that is handed to them.
APPENDS_A_STEP = {"append_rights_entry", "append_mark_entry", "append_block_entry", "append_report_entry"}
APPENDS_A_STEP |= {"append_breach_entry", "append_notice_entry"}


def steps(room: str) -> set[str]:
    """The words that are handed to the function of this room that appends them to its prefix."""
    told = [call for path, tree in sources() if room in str(path) for call in calls(tree)]
    told = [call for call in told if isinstance(call.func, ast.Name) and call.func.id in APPENDS_A_STEP]
    return {word for call in told for given in call.args[:2] for word in words(ast.Call(call.func, [given], []))}


# Events that are put together: how they are spelled, and what may come of it.
PUT_TOGETHER = {
    "f'access_request.{state}'": lambda: {
        f"access_request.{state}"
        for state in set(RequestState) - {RequestState.PENDING, RequestState.APPROVED, RequestState.PARTLY_APPROVED}
    },
    "f'rights_request.{step}'": lambda: {
        f"rights_request.{step}" for step in steps("rights/services") | steps("copies/services")
    },
    "f'{mark.kind}.{event}'": lambda: {
        f"{kind}.{event}" for kind in MarkKind for event in steps("choices/services/marking.py")
    },
    "f'block.{event}'": lambda: {f"block.{event}" for event in steps("access/services/blocking.py")},
    "f'breach.{step}'": lambda: {f"breach.{step}" for step in steps("breaches/services")},
    "f'look_report.{step}'": lambda: {f"look_report.{step}" for step in steps("disclosures/reports")},
    "rules.EVENTS[Status(choice.status)]": lambda: set(choices.EVENTS.values()),
}


def is_appending(function: str) -> bool:
    return function.startswith("append_") and function.endswith("_entry")


def written() -> set[str]:
    """In modules that write entries every text of the form of an event; and what is put together.

    A module that hands an event on to a function of another one writes it as well.
    """
    found: set[str] = set()
    for _path, tree in sources():
        events = list(appended(tree))
        if events or any(isinstance(call.func, ast.Name) and is_appending(call.func.id) for call in calls(tree)):
            found |= {word for call in calls(tree) for word in words(call) if EVENT.fullmatch(word)}
        for event in events:
            if not isinstance(event, ast.Constant | ast.Name | ast.IfExp):
                found |= PUT_TOGETHER[ast.unparse(event)]()
    return found


def test_every_event_closes_something_or_has_its_reason():
    exempt = [event for events in NOT_CLOSING.values() for event in events]
    assert len(exempt) == len(set(exempt))
    assert written() == {*CLOSING, *exempt} and not CLOSING.keys() & set(exempt)


def test_everything_that_closes_can_be_done_again():
    assert set(AGAIN) == set(CLOSING)
