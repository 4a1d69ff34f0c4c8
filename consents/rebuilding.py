"""Deriving every choice, mark, request and grant from the ledger alone, compared with the tables (security I20)."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction

from consents.ledger.rules import moment
from consents.ledger.selectors.streams import stream

# An act asks the clock, then writes its entry: the two moments differ by the length of its transaction at most.
SAME_ACT = timedelta(minutes=1)
MOMENTS_OF_ACTS = {"since", "ended_at", "may_ask_again_at", "placed_at", "lift_announced_at", "lifted_at"}
REPORT_EVERY = 1000

TEXT = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')".format
# One statement, so that ledger and tables are of the same moment. Entries of a customer come before their rows.
LINES = f"""
SELECT customer, 0 AS part, sequence AS place, event AS kind, object AS key, purpose, outcome, actor, details AS facts,
    {TEXT("occurred_at")} AS at
FROM ledger_entry
WHERE customer IS NOT NULL AND (event LIKE 'access\\_request.%' OR event LIKE 'consent.%' OR event = 'grant.ended'
    OR object_type = 'mark')
UNION ALL
SELECT customer_id, 1, 0, 'choice', p.code, '', '', '', json_build_object(
    'id', c.id, 'status', status, 'version', v.number, 'language', language, 'since', {TEXT("since")},
    'valid_until', {TEXT("valid_until")}, 'rests_until', {TEXT("rests_until")}, 'rest_rule', rest_rule,
    'despite_signal', despite_signal)::text, ''
FROM choices_choice AS c JOIN catalogue_purpose AS p ON p.id = c.purpose_id
    JOIN catalogue_purposeversion AS v ON v.id = c.version_id
UNION ALL
SELECT customer_id, 1, 0, 'request', r.id::text, '', '', '', json_build_object(
    'purpose', p.code, 'staff', staff_id, 'state', state, 'version', v.number, 'reason', reason, 'digest', digest,
    'duration_seconds', extract(epoch FROM duration)::bigint, 'answer_by', {TEXT("answer_by")},
    'ended_at', {TEXT("ended_at")}, 'may_ask_again_at', {TEXT("may_ask_again_at")},
    'categories', (SELECT json_agg(c.code ORDER BY c.code COLLATE "C") FROM access_requestedcategory AS q
        JOIN catalogue_category AS c ON c.id = q.category_id WHERE q.request_id = r.id))::text, ''
FROM access_accessrequest AS r JOIN catalogue_purpose AS p ON p.id = r.purpose_id
    JOIN catalogue_purposeversion AS v ON v.id = r.version_id
UNION ALL
SELECT g.customer_id, 1, 0, 'grant', g.id::text, '', '', '', json_build_object(
    'request', request_id, 'category', c.code, 'purpose', p.code, 'staff', staff_id,
    'starts_at', {TEXT("starts_at")}, 'ends_at', {TEXT("ends_at")}, 'end', "end",
    'over_at', {TEXT("ended_at")})::text, ''
FROM access_grant AS g JOIN catalogue_category AS c ON c.id = g.category_id
    JOIN catalogue_purpose AS p ON p.id = g.purpose_id
UNION ALL
SELECT m.customer_id, 1, 0, 'mark', m.id::text, '', '', '', json_build_object(
    'kind', kind, 'purpose', coalesce(p.code, ''), 'request', request, 'placed_at', {TEXT("placed_at")},
    'lift_announced_at', {TEXT("lift_announced_at")}, 'lifted_at', {TEXT("lifted_at")})::text, ''
FROM choices_mark AS m LEFT JOIN catalogue_purpose AS p ON p.id = m.purpose_id
ORDER BY customer, part, place
"""


class Line(NamedTuple):
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
    """Where ledger and tables part. `what`: the fields that differ, or who does not know of the thing."""

    customer: UUID
    kind: str
    key: str
    what: str


@dataclass(frozen=True)
class Compared:
    """How far the comparison has come."""

    customers: int
    things: int


type Things = dict[tuple[str, str], dict[str, Any]]


@dataclass
class Derived:
    """One customer's choices, marks, requests and grants, entry by entry."""

    things: Things = field(default_factory=dict)

    def read(self, entry: Line) -> None:
        facts = json.loads(entry.facts)
        match entry.kind.split("."):
            case ["consent", _]:
                self.things["choice", entry.purpose] = choice(entry, facts)
            case ["access_request", "filed"]:
                self.file(entry, facts)
            case ["access_request", "answered"]:
                self.answer(entry, facts)
            case ["access_request", "wait_lifted"]:
                self.request(entry)["may_ask_again_at"] = entry.at
            case ["access_request", _]:
                request = self.request(entry)
                ended_at = request.get("answer_by") if entry.outcome == "expired" else entry.at
                request |= {"state": entry.outcome, "ended_at": ended_at}
            case ["restriction" | "objection" | "limit", "placed"]:
                self.things["mark", entry.key] = mark(entry, facts)
            case ["restriction" | "objection" | "limit", moved]:
                self.things.setdefault(("mark", entry.key), {})[f"{moved}_at"] = entry.at
            case ["grant", "ended"]:
                for id in facts.get("grants", []):
                    over_at = in_utc(facts.get("ended_at"))
                    self.things.setdefault(("grant", id), {}).update(end=entry.outcome, over_at=over_at)

    def request(self, entry: Line) -> dict[str, Any]:
        return self.things.setdefault(("request", entry.key), {})

    def file(self, entry: Line, facts: dict[str, Any]) -> None:
        kept = ("version", "reason", "digest", "duration_seconds", "categories")
        self.things["request", entry.key] = {
            "purpose": entry.purpose,
            "staff": entry.actor,
            "state": entry.outcome,
            "answer_by": in_utc(facts.get("answer_by")),
            "ended_at": None,
            "may_ask_again_at": None,
        } | {name: facts.get(name) for name in kept}

    def answer(self, entry: Line, facts: dict[str, Any]) -> None:
        request = self.request(entry)
        request |= {"state": entry.outcome, "ended_at": facts.get("answered_at")}
        for category, id in facts.get("grants", {}).items():
            starts_at = datetime.fromisoformat(facts["answered_at"])
            self.things["grant", id] = {
                "request": entry.key,
                "category": category,
                "purpose": entry.purpose,
                "staff": request.get("staff"),
                "starts_at": moment(starts_at),
                "ends_at": moment(starts_at + timedelta(seconds=facts["duration_seconds"])),
                "end": "",
                "over_at": None,
            }


def choice(entry: Line, facts: dict[str, Any]) -> dict[str, Any]:
    """As its newest entry leaves it. What time or the company ended was so from an earlier moment on."""
    return {
        "id": entry.key,
        "status": entry.outcome,
        "version": facts.get("version"),
        "language": facts.get("language"),
        "since": in_utc(facts.get("ended_at")) or entry.at,
        "valid_until": in_utc(facts.get("valid_until")),
        "rests_until": in_utc(facts.get("rests_until")),
        "rest_rule": facts.get("rest_rule", ""),
        "despite_signal": facts.get("despite_signal", False),
    }


def mark(entry: Line, facts: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": entry.outcome,
        "purpose": entry.purpose,
        "request": facts.get("request"),
        "placed_at": entry.at,
        "lift_announced_at": None,
        "lifted_at": None,
    }


def in_utc(text: str | None) -> str | None:
    return moment(datetime.fromisoformat(text)) if text else None


def differences() -> Iterator[Difference | Compared]:
    """Each thing that ledger and tables tell differently, customer by customer in flat memory; at the end how much
    was compared. Compares nothing that is no choice, mark, request or grant."""
    customers = things = 0
    with transaction.atomic():
        for customer, lines in groupby((Line(*row) for row in stream(LINES)), key=lambda line: line.customer):
            derived, stored = both(lines)
            customers, things = customers + 1, things + len(derived | stored)
            yield from compared(customer, derived, stored)
            if customers % REPORT_EVERY == 0:
                yield Compared(customers, things)
    yield Compared(customers, things)


def both(lines: Iterable[Line]) -> tuple[Things, Things]:
    """What the ledger and what the tables say of one customer."""
    derived, stored = Derived(), {}
    for line in lines:
        if line.part == 0:
            derived.read(line)
        else:
            stored[line.kind, line.key] = json.loads(line.facts)
    return derived.things, stored


def compared(customer: UUID, derived: Things, stored: Things) -> Iterator[Difference]:
    for kind, key in sorted(derived.keys() | stored.keys()):
        ours, theirs = derived.get((kind, key)), stored.get((kind, key))
        if ours is None or theirs is None:
            yield Difference(customer, kind, key, "not in the ledger" if ours is None else "not in the tables")
        elif fields := [name for name in theirs if not same(name, ours.get(name), theirs[name])]:
            yield Difference(customer, kind, key, ", ".join(fields))


def same(name: str, ours: Any, theirs: Any) -> bool:
    if name in MOMENTS_OF_ACTS and ours and theirs:
        between = datetime.fromisoformat(ours) - datetime.fromisoformat(theirs)
        return timedelta(0) <= between <= SAME_ACT
    return bool(ours == theirs)
