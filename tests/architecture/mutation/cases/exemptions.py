"""Looks without an answer, what was opened, and reports of looks."""

from collections.abc import Iterator
from typing import Any

from tests.architecture.mutation.varying import (
    ACTING,
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
    THIS_TRANSACTION,
    TWO,
    Case,
    Row,
    called,
    deleted,
    entry,
    inserted,
    plain,
    staff,
    updated,
)

NEVER = {"ended_at": None}


def cases() -> Iterator[Case]:
    yield from exemptions()
    yield from openings()
    yield from look_reports()


def emergency(**more: Any) -> Row:
    row = {"id": ONE, "customer_id": ADA, "staff_id": SAM, "purpose_id": 1, "kind": "safety", "state": "filed"}
    row |= {"duration": "01:00:00", "access_request_id": None, "check_by": None, "digest": "d", "filed_at": NOW}
    row |= {"decided_by_id": None, "decided_at": None, "decision_words": "", "told_at": None, "ordered_on": None}
    return row | more


def exemptions() -> Iterator[Case]:
    rule, table, sam = "check_exemption_filing", "exemptions_exemption", staff(SAM, "requester")
    yield inserted(rule, table, emergency(), sam)
    for told in (None, NOW):
        for check in (None, "2027-01-16T12:00:00Z"):
            for state in ("filed", "opened"):
                yield plain(inserted(rule, table, emergency(told_at=told, check_by=check, state=state), sam))
    request = {"id": TWO, "customer_id": ADA, "staff_id": SAM, "purpose_id": 1}
    for state in ("pending", "denied", "approved", "partly_approved", "expired"):
        for answer_by in ("2027-01-15T20:00:00Z", LATER):
            asked = ("access_accessrequest", request | {"state": state, "answer_by": answer_by})
            one = inserted(rule, table, emergency(access_request_id=TWO), sam, asked)
            yield one if state in ("denied", "approved") and answer_by == LATER else plain(one)
    once = emergency(id=TWO, state="opened", check_by="2027-01-16T12:00:00Z", filed_at="2027-01-10T12:00:00Z")
    at_once = emergency(state="opened", told_at=NOW, check_by="2027-01-16T12:00:00Z")
    asked = [("uuid", SAM), ("uuid", ADA)]
    for change in (
        {},
        {"state": "granted"},
        {"state": "unchecked"},
        {"staff_id": PIA},
        {"customer_id": BEN},
        {"check_by": None},
        {"filed_at": PAST},
    ):
        earlier = (table, once | change)
        yield plain(called("has_unconfirmed_emergency", asked, earlier))
        for row in (at_once, emergency()):
            yield plain(inserted(rule, table, row, sam, earlier))
    named = {"exemption_id": ONE, "category_id": 1}
    for change in ({}, {"id": TWO}, {"xid": "1"}):
        filed = (table, emergency() | {"xid": THIS_TRANSACTION} | change)
        yield plain(inserted("refuse_late_exempted_category", "exemptions_exemptedcategory", named, filed))
    own = ("people_acting", ACTING[1] | {"user_id": SAM})
    module = ("training_moduleversion", {"id": 1, "code": "m", "number": 1, "required": True, "published_at": PAST})
    for one in (own, module):
        yield plain(inserted(rule, table, emergency(), sam, one))
    duty = ("exemptions_exemption", emergency(kind="legal_duty"))
    delay = {"id": 1, "exemption_id": ONE, "customer_id": ADA, "decided_by_id": PIA, "decided_at": NOW, "until": LATER}
    for whose in (ADA, BEN):
        acts = ("people_acting", ACTING[1] | {"user_id": PIA, "customer_id": whose})
        change = {"state": "granted", "decided_by_id": PIA}
        yield plain(updated("check_exemption_decision", table, emergency(), change, staff(PIA), acts))
        yield plain(inserted("check_delay", "exemptions_delay", delay, duty, staff(PIA), acts))
    rule = "check_exemption_decision"
    for old in ("filed", "opened"):
        for check in (PAST, LATER, None):
            for state in ("granted", "refused", "unchecked", "cancelled"):
                row = emergency(state=old, check_by=check)
                change = {"state": state, "decided_by_id": PIA, "decided_at": NOW}
                yield plain(updated(rule, table, row, change, staff(PIA)))
    yield updated(rule, table, emergency(), {"state": "granted", "decided_by_id": PIA}, staff(PIA))
    rule = "refuse_change_of_exemption"
    done = {"state": "granted", "decided_by_id": PIA, "decided_at": NOW, "told_at": NOW}
    for change in (done, done | {"digest": "x"}, {"digest": "x"}, {"staff_id": PIA}):
        yield plain(updated(rule, table, emergency(), change))
    yield deleted(rule, table, emergency())
    rule = "require_entry_for_exemption"
    delay = ("exemptions_delay", {"id": 1, "exemption_id": ONE, "customer_id": ADA})
    for new in ("opened", "granted", "refused", "unchecked", "filed"):
        for event in ("filed", "told", new):
            told = entry(
                f"exemption.{event}", ONE, "staff", PIA, outcome=new, details={"digest": "d", "kind": "safety"}
            )
            silent = entry(f"exemption.{event}", ONE, "staff", PIA, outcome="", details={})
            for by in (told, silent):
                for moment in (None, NOW):
                    row = emergency(state=new, told_at=moment)
                    yield plain(inserted(rule, table, row, by))
                    yield plain(updated(rule, table, emergency(), {"state": new, "told_at": moment}, by))
                    yield plain(updated(rule, table, row | {"told_at": None}, {"told_at": moment}, by))
                    yield plain(updated(rule, table, emergency(), {"state": new, "told_at": moment}, by, delay))
            for change in ({}, {"ended_at": NOW}, {"ends_at": PAST}, {"exemption": TWO}, {"exemption": None}):
                grant = {"id": TWO, "exemption": ONE, "customer_id": ADA, "ended_at": None, "ends_at": LATER} | change
                running = ("access_grant", grant)
                yield plain(updated(rule, table, emergency(), {"state": new, "told_at": NOW}, told, running))


def openings() -> Iterator[Case]:
    rule, table = "require_entry_for_opening", "disclosures_opening"
    opening = {"id": TWO, "customer_id": ADA, "staff_id": SAM, "category_id": 1, "purpose_id": 1, "grant_id": None}
    opening |= {"opened_at": NOW, "field": "", "request": None}
    user = ("people_user", {"id": MUM, "locked_at": None})
    locked = ("people_user", {"id": SAM, "locked_at": None})
    for details in ({"opening": TWO}, {"opening": TWO, "request": 1}, {"opening": TWO, "insight": 1}):
        for event, kind in (("vault.own_copy", "own_copy"), ("vault.counted", "statistics"), ("vault.opened", "grant")):
            for actor_kind, actor in (("customer", MUM), ("portal", ""), ("staff", SAM), ("system", "")):
                by = entry(event, TWO, actor_kind, actor, details=details)
                about = opening | {"kind": kind}
                yield plain(inserted(rule, table, about, by, ACTING, user))
                other = ("people_user", user[1] | {"locked_at": PAST})
                yield plain(inserted(rule, table, about, by, ACTING, other, locked))
                yield plain(inserted(rule, table, about, by, ACTING, locked))
    compared = opening | {"kind": "correction", "purpose_id": None, "field": "phone", "request": ONE}
    for look, event in (
        (compared, "vault.compared"),
        (compared, "vault.opened"),
        (opening | {"kind": "grant"}, "vault.opened"),
    ):
        for actor_kind, actor in (("staff", SAM), ("staff", PIA), ("customer", SAM)):
            for told_of in (ONE, TWO):
                by = entry(event, told_of, actor_kind, actor, details={"opening": TWO})
                yield plain(inserted(rule, table, look, by))


def look_reports() -> Iterator[Case]:
    rule, table = "require_entry_for_look_report", "disclosures_lookreport"
    report = {"id": ONE, "opening_id": TWO, "customer_id": ADA, "reported_by_id": MUM, "finding": ""}
    report |= {"decided_by_id": None, "decided_at": None, "answered_at": None}
    look = ("disclosures_opening", {"id": TWO, "staff_id": SAM, "customer_id": ADA})
    later = report | {"decided_by_id": PIA, "decided_at": PAST, "finding": "in_order"}
    for old in (report, report | {"answered_at": PAST}):
        for moved in (
            {"answered_at": NOW},
            {"answered_at": NOW, "decided_at": NOW},
            {"decided_at": NOW},
            {"decided_at": PAST},
            {"decided_at": NOW, "reported_by_id": PIA},
            {"reported_by_id": PIA},
        ):
            yield plain(updated("refuse_change_of_look_report", table, old, moved))
    yield plain(updated("refuse_change_of_look_report", table, later, {"decided_at": NOW}))
    decided = entry("look_report.decided", ONE, "staff", PIA, outcome="in_order")
    change = {"finding": "in_order", "decided_by_id": PIA, "decided_at": NOW}
    filed = entry("look_report.filed", ONE, "customer", MUM)
    for whose in (ADA, BEN):
        for ends in (None, PAST, LATER):
            for user in (PIA, MUM):
                acting = {"id": 7, "user_id": user, "customer_id": whose, "starts_at": PAST, "ends_at": ends}
                acts = ("people_acting", acting)
                yield plain(updated(rule, table, report, change, decided, look, staff(PIA), acts))
                yield plain(inserted(rule, table, report, filed, look, acts))
    own = (look[0], look[1] | {"staff_id": PIA})
    yield plain(updated(rule, table, report, change, decided, own, staff(PIA)))
    yield from parts_in_looks(look[1])


def parts_in_looks(look: Row) -> Iterator[Case]:
    """Pia looked, granted the exemption or took the answer on the telephone; or she did so for another look."""
    grant = {"id": ONE, "exemption": ONE, "access_request_id": TWO}
    exemption = {"id": ONE, "decided_by_id": OTTO}
    answered = {"access_request_id": TWO, "caller_code_id": ONE, "answered_by_id": OTTO}
    parts = [("disclosures_opening", look | {"grant_id": ONE}, "staff_id"), ("access_grant", grant, "")]
    parts += [("exemptions_exemption", exemption, "decided_by_id"), ("access_answer", answered, "answered_by_id")]
    about = [("uuid", PIA), ("uuid", TWO)]
    whole = [(table, one) for table, one, _who in parts]
    yield plain(called("has_part_in_look", about, *whole))
    for place, (table, one, who) in enumerate(parts):
        if who:
            yield called("has_part_in_look", about, *whole[:place], (table, one | {who: PIA}), *whole[place + 1 :])
