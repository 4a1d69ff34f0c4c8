"""Derive choices, marks, blocks, requests, assents, exemptions and grants from the ledger alone, and compare."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction

from consents.ledger.rules import format_ledger_moment
from consents.ledger.selectors.timelines import stream_rows

# An act reads the clock before it writes its entry, so the two moments differ by at most its transaction's length.
SAME_ACT = timedelta(minutes=1)
MOMENTS_OF_ACTS = {"since", "ended_at", "may_ask_again_at", "placed_at", "lift_announced_at", "lifted_at"}
REPORT_EVERY = 1000
# What holders of a shared account have said yes to ends with the last yes, and with the no of one.
ENDING_ASSENTS = {"ConsentGiven", "RenewedConsentGiven", "ConsentRefused", "ConsentWithdrawn"}

FORMAT_MOMENT = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')".format
# One statement, so that ledger and tables are of the same moment. Entries of a customer come before their rows.
SELECT_ROWS = f"""
SELECT customer, 0 AS part, sequence AS place, event AS kind, object AS key, purpose, outcome, actor, details AS facts,
    {FORMAT_MOMENT("occurred_at")} AS at
FROM ledger_entry
WHERE customer IS NOT NULL AND (event LIKE 'access\\_request.%' OR event LIKE 'consent.%' OR event = 'grant.ended'
    OR object_type IN ('mark', 'block') OR event LIKE 'exemption.%'
    OR event IN ('joint_consent.assented', 'joint_consent.refused', 'rights_request.filed', 'rights_request.assented',
        'rights_request.answered', 'rights_request.withdrawn'))
UNION ALL
SELECT customer_id, 1, 0, 'choice', p.code, '', '', '', json_build_object(
    'id', c.id, 'status', status, 'version', v.number, 'language', language, 'since', {FORMAT_MOMENT("since")},
    'valid_until', {FORMAT_MOMENT("valid_until")}, 'rests_until', {FORMAT_MOMENT("rests_until")},
    'rest_rule', rest_rule,
    'despite_signal', despite_signal)::text, ''
FROM choices_choice AS c JOIN catalogue_purpose AS p ON p.id = c.purpose_id
    JOIN catalogue_purposeversion AS v ON v.id = c.version_id
UNION ALL
SELECT customer_id, 1, 0, 'request', r.id::text, '', '', '', json_build_object(
    'purpose', p.code, 'staff', staff_id, 'state', state, 'version', v.number, 'reason', reason, 'digest', digest,
    'duration_seconds', extract(epoch FROM duration)::bigint, 'answer_by', {FORMAT_MOMENT("answer_by")},
    'remind_at', {FORMAT_MOMENT("remind_at")},
    'ended_at', {FORMAT_MOMENT("ended_at")}, 'may_ask_again_at', {FORMAT_MOMENT("may_ask_again_at")},
    'categories', (SELECT json_agg(c.code ORDER BY c.code COLLATE "C") FROM access_requestedcategory AS q
        JOIN catalogue_category AS c ON c.id = q.category_id WHERE q.access_request_id = r.id))::text, ''
FROM access_accessrequest AS r JOIN catalogue_purpose AS p ON p.id = r.purpose_id
    JOIN catalogue_purposeversion AS v ON v.id = r.version_id
UNION ALL
SELECT customer_id, 1, 0, 'assent', id::text, '', '', '', json_build_object(
    'request', access_request_id, 'given_by', given_by_id, 'categories', categories,
    'duration_seconds', extract(epoch FROM duration)::bigint)::text, ''
FROM access_assent
UNION ALL
SELECT customer_id, 1, 0, 'joint_assent', id::text, '', '', '', json_build_object(
    'object', object, 'given_by', given_by_id, 'has_ended', ended_at IS NOT NULL)::text, ''
FROM people_jointassent
UNION ALL
SELECT g.customer_id, 1, 0, 'grant', g.id::text, '', '', '', json_build_object(
    'request', coalesce(access_request_id, exemption), 'ground', ground, 'category', c.code, 'purpose', p.code,
    'staff', staff_id,
    'starts_at', {FORMAT_MOMENT("starts_at")}, 'ends_at', {FORMAT_MOMENT("ends_at")}, 'end', "end",
    'over_at', {FORMAT_MOMENT("ended_at")})::text, ''
FROM access_grant AS g JOIN catalogue_category AS c ON c.id = g.category_id
    JOIN catalogue_purpose AS p ON p.id = g.purpose_id
UNION ALL
SELECT m.customer_id, 1, 0, 'mark', m.id::text, '', '', '', json_build_object(
    'kind', kind, 'purpose', coalesce(p.code, ''), 'request', request, 'placed_at', {FORMAT_MOMENT("placed_at")},
    'lift_announced_at', {FORMAT_MOMENT("lift_announced_at")}, 'lifted_at', {FORMAT_MOMENT("lifted_at")})::text, ''
FROM choices_mark AS m LEFT JOIN catalogue_purpose AS p ON p.id = m.purpose_id
UNION ALL
SELECT customer_id, 1, 0, 'block', id::text, '', '', '', json_build_object(
    'kind', kind, 'member', member_id, 'team', team, 'placed_at', {FORMAT_MOMENT("placed_at")},
    'lifted_at', {FORMAT_MOMENT("lifted_at")})::text, ''
FROM access_block
UNION ALL
SELECT x.customer_id, 1, 0, 'exemption', x.id::text, '', '', '', json_build_object(
    'purpose', p.code, 'staff', staff_id, 'kind', kind, 'state', state, 'digest', digest, 'decided_by', decided_by_id,
    'duration_seconds', extract(epoch FROM duration)::bigint, 'told', told_at IS NOT NULL,
    'restricted_until', (SELECT {FORMAT_MOMENT("max(until)")} FROM exemptions_delay AS d WHERE d.exemption_id = x.id),
    'categories', (SELECT json_agg(c.code ORDER BY c.code COLLATE "C") FROM exemptions_exemptedcategory AS q
        JOIN catalogue_category AS c ON c.id = q.category_id WHERE q.exemption_id = x.id))::text, ''
FROM exemptions_exemption AS x JOIN catalogue_purpose AS p ON p.id = x.purpose_id
ORDER BY customer, part, place
"""


class LedgerOrTableRow(NamedTuple):
    """A ledger entry (part 0) or a row of a table (part 1), about one customer."""

    customer: UUID
    part: int
    place: int
    kind: str
    key: str
    purpose: str
    outcome: str
    actor: str
    facts: str
    at: str


@dataclass(frozen=True)
class Difference:
    """A difference between ledger and tables. `what`: the fields that differ, or which side lacks the record."""

    customer: UUID
    kind: str
    key: str
    what: str


@dataclass(frozen=True)
class Progress:
    """Numbers of customers and records compared so far."""

    customers: int
    things: int


type RecordsByKey = dict[tuple[str, str], dict[str, Any]]


@dataclass
class DerivedState:
    """Derives one customer's choices, marks, blocks, requests, exemptions and grants, entry by entry."""

    things: RecordsByKey = field(default_factory=dict)

    def read(self, entry: LedgerOrTableRow) -> None:
        facts = json.loads(entry.facts)
        match entry.kind.split("."):
            case ["joint_consent" | "rights_request", event]:
                self.move_joint_assents(entry, event, facts)
            case ["consent", _]:
                self.move_choice(entry, facts)
            case ["access_request", "filed"]:
                self.file(entry, facts)
            case ["access_request", "answered"]:
                self.answer(entry, facts)
            case ["access_request", "wait_lifted"]:
                self.get_record("request", entry.key)["may_ask_again_at"] = entry.at
            case ["access_request", "question_sent" | "question_answered"]:
                self.get_record("request", entry.key)["answer_by"] = read_moment(facts, "answer_by")
            case ["access_request", "caller_code_sent" | "caller_code_wrong" | "caller_proved"]:
                pass  # the answer that follows tells what it led to
            case ["access_request", "assented"]:
                self.things["assent", str(facts.get("assent"))] = derive_assent(entry, facts)
            case ["access_request", "reminder_wanted"]:
                self.get_record("request", entry.key)["remind_at"] = read_moment(facts, "remind_at")
            case ["access_request", _]:
                request = self.get_record("request", entry.key)
                ended_at = request.get("answer_by") if entry.outcome == "expired" else entry.at
                request |= {"state": entry.outcome, "ended_at": ended_at}
            case ["exemption", "told"]:
                self.get_record("exemption", entry.key)["told"] = True
            case ["exemption", "delay_renewed"]:
                self.get_record("exemption", entry.key)["restricted_until"] = read_moment(facts, "restricted_until")
            case ["exemption", event]:
                self.move_exemption(entry, event, facts)
            case ["restriction" | "objection" | "limit", "placed"]:
                self.things["mark", entry.key] = derive_mark(entry, facts)
            case ["restriction" | "objection" | "limit", moved]:
                self.get_record("mark", entry.key)[f"{moved}_at"] = entry.at
            case ["block", "placed"]:
                self.things["block", entry.key] = derive_block(entry, facts)
            case ["block", "lifted"]:
                self.get_record("block", entry.key)["lifted_at"] = entry.at
            case ["grant", "ended"]:
                for id in facts.get("grants", []):
                    self.get_record("grant", id).update(end=entry.outcome, over_at=read_moment(facts, "ended_at"))

    def get_record(self, kind: str, key: str) -> dict[str, Any]:
        """Return what is known so far; a ledger with holes may tell of the end alone."""
        return self.things.setdefault((kind, key), {})

    def move_choice(self, entry: LedgerOrTableRow, facts: dict[str, Any]) -> None:
        self.things["choice", entry.purpose] = derive_choice(entry, facts)
        if entry.outcome in ENDING_ASSENTS:
            self.end_assents(self.list_joint_assents({"purpose": entry.purpose}))

    def move_joint_assents(self, entry: LedgerOrTableRow, event: str, facts: dict[str, Any]) -> None:
        """Derive a holder's yes to what is not a request for access; one that has run out gives way to the next."""
        if event == "refused":
            self.end_assents(facts.get("assents", []))
        elif event in ("answered", "withdrawn"):
            self.end_assents(self.list_joint_assents({"object": entry.key}))
        elif "assent" in facts:
            about = {"object": entry.key, "given_by": entry.actor, "purpose": entry.purpose}
            self.end_assents(self.list_joint_assents(about))
            self.things["joint_assent", facts["assent"]] = about | {"has_ended": False}

    def list_joint_assents(self, about: dict[str, str]) -> list[str]:
        return [
            key for (kind, key), kept in self.things.items() if kind == "joint_assent" and about.items() <= kept.items()
        ]

    def end_assents(self, assents: list[str]) -> None:
        for key in assents:
            self.things["joint_assent", key]["has_ended"] = True

    def file(self, entry: LedgerOrTableRow, facts: dict[str, Any]) -> None:
        kept = ("version", "reason", "digest", "duration_seconds", "categories")
        self.things["request", entry.key] = {
            "purpose": entry.purpose,
            "staff": entry.actor,
            "state": entry.outcome,
            "answer_by": read_moment(facts, "answer_by"),
            "ended_at": None,
            "may_ask_again_at": None,
            "remind_at": None,
        } | {name: facts.get(name) for name in kept}

    def answer(self, entry: LedgerOrTableRow, facts: dict[str, Any]) -> None:
        request = self.get_record("request", entry.key)
        request |= {"state": entry.outcome, "ended_at": facts.get("answered_at")}
        if facts.get("grants"):
            starts_at = datetime.fromisoformat(facts["answered_at"])
            ends_at = starts_at + timedelta(seconds=facts["duration_seconds"])
            moments = {"starts_at": format_ledger_moment(starts_at), "ends_at": format_ledger_moment(ends_at)}
            self.add_grants(entry, facts, ground="answer", staff=request.get("staff"), **moments)

    def add_grants(self, entry: LedgerOrTableRow, facts: dict[str, Any], **terms: Any) -> None:
        for category, id in facts.get("grants", {}).items():
            grant = {"request": entry.key, "category": category, "purpose": entry.purpose}
            self.things["grant", id] = grant | terms | {"end": "", "over_at": None}

    def move_exemption(self, entry: LedgerOrTableRow, event: str, facts: dict[str, Any]) -> None:
        kept = ("staff", "kind", "digest", "duration_seconds", "categories", "told")
        exemption = self.get_record("exemption", entry.key)
        exemption |= {"purpose": entry.purpose, "state": entry.outcome} | {name: facts.get(name) for name in kept}
        is_decided = event in ("granted", "refused", "confirmed")
        exemption["decided_by"] = entry.actor if is_decided else None
        exemption["restricted_until"] = read_moment(facts, "restricted_until")
        moments = {name: read_moment(facts, name) for name in ("starts_at", "ends_at")}
        self.add_grants(entry, facts, ground=facts.get("kind"), staff=facts.get("staff"), **moments)


def derive_choice(entry: LedgerOrTableRow, facts: dict[str, Any]) -> dict[str, Any]:
    """Derive a choice from its newest entry. If time or the company ended it, that happened before the entry."""
    return {
        "id": entry.key,
        "status": entry.outcome,
        "version": facts.get("version"),
        "language": facts.get("language"),
        "since": read_moment(facts, "ended_at") or entry.at,
        "valid_until": read_moment(facts, "valid_until"),
        "rests_until": read_moment(facts, "rests_until"),
        "rest_rule": facts.get("rest_rule", ""),
        "despite_signal": facts.get("despite_signal", False),
    }


def derive_assent(entry: LedgerOrTableRow, facts: dict[str, Any]) -> dict[str, Any]:
    kept = {name: facts.get(name) for name in ("categories", "duration_seconds")}
    return {"request": entry.key, "given_by": entry.actor} | kept


def derive_mark(entry: LedgerOrTableRow, facts: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": entry.outcome,
        "purpose": entry.purpose,
        "request": facts.get("request"),
        "placed_at": entry.at,
        "lift_announced_at": None,
        "lifted_at": None,
    }


def derive_block(entry: LedgerOrTableRow, facts: dict[str, Any]) -> dict[str, Any]:
    whom = {"member": facts.get("member"), "team": facts.get("team", "")}
    return {"kind": entry.outcome, "placed_at": entry.at, "lifted_at": None} | whom


def read_moment(facts: dict[str, Any], name: str) -> str | None:
    text = facts.get(name)
    return format_ledger_moment(datetime.fromisoformat(text)) if text else None


def find_differences() -> Iterator[Difference | Progress]:
    """Yield what ledger and tables tell differently, and how much was compared: choices, marks, blocks, requests,
    exemptions and grants."""
    with transaction.atomic():
        yield from compare_rows(stream_rows(SELECT_ROWS))


def compare_rows(rows: Iterable[tuple[Any, ...]]) -> Iterator[Difference | Progress]:
    """Compare what `SELECT_ROWS` gives, customer by customer in flat memory."""
    customers = things = 0
    for customer, lines in groupby((LedgerOrTableRow(*values) for values in rows), key=lambda line: line.customer):
        derived, stored = read_both_sides(lines)
        customers, things = customers + 1, things + len(derived | stored)
        yield from compare_customer(customer, derived, stored)
        if customers % REPORT_EVERY == 0:
            yield Progress(customers, things)
    yield Progress(customers, things)


def read_both_sides(lines: Iterable[LedgerOrTableRow]) -> tuple[RecordsByKey, RecordsByKey]:
    derived, stored = DerivedState(), {}
    for line in lines:
        if line.part == 0:
            derived.read(line)
        else:
            stored[line.kind, line.key] = json.loads(line.facts)
    return derived.things, stored


def compare_customer(customer: UUID, derived: RecordsByKey, stored: RecordsByKey) -> Iterator[Difference]:
    for kind, key in sorted(derived.keys() | stored.keys()):
        ours, theirs = derived.get((kind, key)), stored.get((kind, key))
        if ours is None or theirs is None:
            yield Difference(customer, kind, key, "not in the ledger" if ours is None else "not in the tables")
        elif fields := [name for name in theirs if not is_same_value(name, ours.get(name), theirs[name])]:
            yield Difference(customer, kind, key, ", ".join(fields))


def is_same_value(name: str, ours: Any, theirs: Any) -> bool:
    if name in MOMENTS_OF_ACTS and ours and theirs:
        between = datetime.fromisoformat(ours) - datetime.fromisoformat(theirs)
        return timedelta(0) <= between <= SAME_ACT
    return bool(ours == theirs)
