"""A breach from the day it was noticed until the case is closed, and who is told of it."""

from collections.abc import Iterator
from itertools import product

from tests.architecture.mutation.cases.rights_rows import ACTING
from tests.architecture.mutation.varying import (
    ADA,
    BEN,
    LATER,
    MUM,
    NOW,
    ONE,
    OTTO,
    PAST,
    PIA,
    SAM,
    TWO,
    Case,
    Row,
    called,
    deleted,
    entry,
    inserted,
    of_before,
    plain,
    staff,
    updated,
)

ASSESSED: Row = {"id": ONE, "breach_id": ONE, "risk": "high", "assessed_by_id": PIA, "assessed_at": NOW}
ANNOUNCED: Row = {"id": TWO, "breach_id": ONE, "scope": "listed", "proposed_by_id": PIA, "is_agreed": None}
ANNOUNCED |= {"decided_by_id": None, "decided_at": None, "done_at": None, "listed": 1}
AGREED = {"is_agreed": True, "decided_by_id": OTTO, "decided_at": NOW}
LISTED: Row = {"id": SAM, "announcement_id": TWO, "customer_id": ADA, "told_at": None, "read_at": None}
OFFICERS = (staff(PIA), staff(OTTO, "compliance_officer"))


def announced(**more: object) -> tuple[str, Row]:
    return "breaches_announcement", ANNOUNCED | more


def cases() -> Iterator[Case]:
    yield from steps_of_breaches()
    yield from authorities()
    yield from closings()
    yield from announcements()
    yield from entries_of_announcements()
    yield from customers_listed()


def steps_of_breaches() -> Iterator[Case]:
    table = "breaches_assessment"
    for moment, officer in product((NOW, PAST), (PIA, SAM)):
        new = ASSESSED | {"assessed_at": moment, "assessed_by_id": officer}
        for closed in ((), (ONE,), (TWO,)):
            closing = [("breaches_closing", {"breach_id": one}) for one in closed]
            yield plain(inserted("check_breach_step", table, new, staff(PIA), *closing))
    told = entry("breach.assessed", ONE, "staff", PIA, customer=None)
    changes: list[Row] = [{}, {"object": TWO}, {"customer": ADA}, {"event": "x"}, {"actor_kind": "portal"}]
    for change in (*changes, {"actor": OTTO}, {"occurred_at": PAST}):
        yield plain(inserted("require_entry_for_breach_step", table, ASSESSED, (told[0], told[1] | change)))
    yield of_before(inserted("require_entry_for_breach_step", table, ASSESSED, told))
    for of in (ONE, TWO):
        earlier = (table, ASSESSED | {"id": TWO, "breach_id": of, "risk": "unlikely", "assessed_at": LATER})
        yield plain(called("risk_of_breach", [("uuid", ONE)], (table, ASSESSED), earlier))


def authorities() -> Iterator[Case]:
    rule, table = "check_authority_notice", "breaches_authoritynotice"
    moments = ("2027-01-13T12:00:00Z", "2027-01-01T12:00:00Z", PAST)
    for noticed, told, why in product(moments, (None, NOW, LATER, "2027-01-10T12:00:00Z"), ("", "x")):
        for risk in ("high", "unlikely"):
            breaches = [
                ("breaches_breach", {"id": TWO, "noticed_at": LATER}),
                ("breaches_breach", {"id": ONE, "noticed_at": noticed}),
            ]
            new = {"id": TWO, "breach_id": ONE, "told_at": told, "why": why}
            yield plain(inserted(rule, table, new, breaches[1], ("breaches_assessment", ASSESSED | {"risk": risk})))
    elsewhere = ("breaches_breach", {"id": TWO, "noticed_at": NOW})
    new = {"id": TWO, "breach_id": ONE, "told_at": "2027-01-14T12:00:00Z", "why": ""}
    yield plain(inserted(rule, table, new, elsewhere, ("breaches_assessment", ASSESSED)))


def closings() -> Iterator[Case]:
    rule, table = "check_breach_closing", "breaches_closing"
    notice: Row = {"id": ONE, "breach_id": ONE, "told_at": NOW, "why": ""}
    notices: list[list[Row]] = [[notice], [notice | {"told_at": None}], [notice | {"breach_id": TWO}], []]
    done = {"done_at": NOW, "is_agreed": True}
    some: list[list[Row]] = [
        [],
        [done],
        [done | {"breach_id": TWO}],
        [{}],
        [{"breach_id": TWO}],
        [{"is_agreed": False}],
    ]
    some += [[{"is_agreed": True}], [done, {"id": ONE}], [done, {"id": ONE, "is_agreed": False}]]
    for risk, why, told, announcements_ in product(
        ("high", "unlikely", None), ("", "no_high_risk", "x"), notices, some
    ):
        given = [("breaches_authoritynotice", one) for one in told] + [announced(**one) for one in announcements_]
        if risk:
            given.append(("breaches_assessment", ASSESSED | {"risk": risk}))
        yield plain(inserted(rule, table, {"breach_id": ONE, "why_not_told": why}, *given))


def announcements() -> Iterator[Case]:
    rule, table = "refuse_change_of_announcement", "breaches_announcement"
    for change in ({}, {"decided_at": NOW}, {"done_at": NOW}):
        yield plain(inserted(rule, table, ANNOUNCED | change))
    decided, done = ANNOUNCED | AGREED | {"decided_at": PAST}, {"done_at": NOW}
    for old in (ANNOUNCED, decided, decided | {"done_at": PAST}):
        yield plain(deleted(rule, table, old))
        for change in (
            AGREED,
            AGREED | {"decided_at": PAST},
            AGREED | {"decided_by_id": SAM},
            AGREED | {"listed": 2},
            done,
            {"done_at": PAST},
            done | {"listed": 2},
            {"listed": 2},
        ):
            yield plain(updated(rule, table, old, change, *OFFICERS))
    living: Row = {"id": ADA, "erased_at": None}
    for listed, customer in product(
        ({}, {"announcement_id": ONE}, {"told_at": PAST}), ({}, {"id": BEN}, {"erased_at": PAST})
    ):
        given = (("breaches_breachnotice", LISTED | listed), ("people_customer", living | customer))
        yield plain(updated(rule, table, decided, done, *given))
    for scope, listed, customer in product(
        ("everybody", "listed"),
        ({}, {"announcement_id": ONE}, {"customer_id": BEN}),
        ({}, {"erased_at": PAST}, {"created_at": LATER}),
    ):
        known = ("people_customer", {"id": ADA, "erased_at": None, "created_at": PAST} | customer)
        notice = ("breaches_breachnotice", LISTED | {"told_at": PAST} | listed)
        old = decided | {"scope": scope, "proposed_at": NOW}
        yield plain(updated(rule, table, old, done, notice, known))
        yield plain(updated(rule, table, old, done, known))
    gone = (("people_customer", {"id": ADA, "erased_at": PAST}), ("people_customer", {"id": BEN, "erased_at": None}))
    yield plain(updated(rule, table, decided, done, ("breaches_breachnotice", LISTED), *gone))


def entries_of_announcements() -> Iterator[Case]:
    rule, table = "require_entry_for_announcement", "breaches_announcement"
    for step, actor, outcome in (
        ("proposed", PIA, "listed"),
        ("decided", OTTO, "agreed"),
        ("decided", OTTO, "refused"),
        ("done", PIA, ""),
    ):
        told = entry(
            f"breach.announcement_{step}",
            ONE,
            "staff",
            actor,
            customer=None,
            outcome=outcome,
            details={"announcement": TWO},
        )
        changes: list[Row] = [{}, {"object": TWO}, {"customer": ADA}, {"event": "x"}, {"details": "{}"}]
        changes += [{"actor_kind": "portal"}, {"actor": SAM}, {"outcome": "x"}, {"occurred_at": PAST}]
        for change in changes:
            by = (told[0], told[1] | change)
            yield plain(inserted(rule, table, ANNOUNCED, by))
            for is_agreed in (True, False):
                decided = AGREED | {"is_agreed": is_agreed}
                yield plain(updated(rule, table, ANNOUNCED, decided, by))
                yield plain(updated(rule, table, ANNOUNCED | decided, {"done_at": NOW}, by))
        yield of_before(inserted(rule, table, ANNOUNCED, told))
    rule, table = "refuse_late_announcement_text", "breaches_announcementtext"
    text = {"id": 1, "announcement_id": TWO, "language": "en"}
    for change in ({}, {"id": ONE}, {"decided_at": PAST}):
        yield plain(inserted(rule, table, text, announced(**change)))
    yield of_before(inserted(rule, table, text, announced()))


def customers_listed() -> Iterator[Case]:
    rule, table = "refuse_change_of_breach_notice", "breaches_breachnotice"
    some: list[Row] = [
        {},
        {"id": ONE},
        {"decided_at": PAST},
        {"scope": "everybody"},
        {"scope": "everybody", "is_agreed": True},
    ]
    some += [
        {"scope": "everybody", "is_agreed": True, "done_at": PAST},
        {"is_agreed": True},
        {"is_agreed": True, "id": ONE},
    ]
    for one in some:
        for change in ({}, {"told_at": NOW}, {"read_at": NOW}):
            yield plain(inserted(rule, table, LISTED | change, announced(**one)))
        for old in (LISTED, LISTED | {"told_at": PAST}, LISTED | {"told_at": PAST, "read_at": PAST}):
            yield plain(deleted(rule, table, old, announced(**one)))
            for change in (
                {"told_at": NOW},
                {"told_at": PAST},
                {"told_at": NOW, "customer_id": BEN},
                {"read_at": NOW},
                {"read_at": PAST},
                {"read_at": NOW, "customer_id": BEN},
            ):
                yield plain(updated(rule, table, old, change, announced(**one)))
    yield of_before(inserted(rule, table, LISTED, announced()))
    rule = "require_entry_for_breach_notice"
    for event, object, customer, details in (
        ("breach.told", SAM, ADA, {"breach": ONE}),
        ("breach.read", SAM, ADA, {"breach": ONE}),
        ("breach.announcement_proposed", ONE, None, {"announcement": TWO}),
        ("breach.customers_listed", ONE, None, {"announcement": TWO}),
    ):
        by_staff = entry(event, object, "staff", PIA, customer=customer, details=details)
        theirs = (entry(event, object, "customer", MUM, customer=customer, details=details), ACTING)
        for scope, told in product(("listed", "everybody"), ((by_staff,), theirs)):
            given = (announced(id=ONE, breach_id=TWO), announced(scope=scope), *told)
            yield plain(inserted(rule, table, LISTED, *given))
            for change in ({"told_at": NOW}, {"told_at": PAST, "read_at": NOW}):
                yield plain(updated(rule, table, LISTED, change, *given))
