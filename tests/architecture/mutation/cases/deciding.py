"""What is allowed, refused and opened: choices, requests, grants, exemptions, openings."""

from collections.abc import Iterator
from itertools import product
from typing import Any

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
    THIS_SESSION,
    THIS_SNAPSHOT,
    THIS_TRANSACTION,
    TWO,
    Case,
    Row,
    called,
    deleted,
    entry,
    inserted,
    of_a_snapshot,
    plain,
    read_by,
    staff,
    updated,
)

ACTING = ("people_acting", {"id": 7, "user_id": MUM, "customer_id": ADA, "capacity": "self", "ends_at": None})
NEVER = {"ended_at": None}


def cases() -> Iterator[Case]:
    yield from choices()
    yield from marks()
    yield from requests()
    yield from answers_by_telephone()
    yield from enquiries()
    yield from caller_codes()
    yield from assents()
    yield from grants()
    yield from exemptions()
    yield from openings()
    yield from look_reports()


def choices() -> Iterator[Case]:
    rule, table = "check_choice_moment", "choices_choice"
    given = {"id": ONE, "customer_id": ADA, "purpose_id": 1, "version_id": 1, "status": "ConsentGiven", "since": PAST}
    given |= {"valid_until": PAST}
    version = ("catalogue_purposeversion", {"id": 1, "purpose_id": 1, "number": 1, "consent_months": 12})
    later = (
        "catalogue_purposeversion",
        {"id": 2, "purpose_id": 1, "number": 2, "material": True, "published_at": PAST},
    )
    retired = ("catalogue_purpose", {"id": 1, "retired_at": PAST})
    erased = ("people_customer", {"id": ADA, "erased_at": PAST})
    expired = {"status": "ConsentExpired", "since": PAST}
    yield updated(rule, table, given, expired, version)
    yield updated(rule, table, given | {"valid_until": LATER}, expired | {"since": LATER}, version)
    yield inserted(rule, table, given | expired, version)
    for since, others in ((PAST, (later,)), (PAST, (retired,)), (NOW, (erased,)), (PAST, (erased,)), (LATER, ())):
        yield updated(rule, table, given, {"status": "ConsentRevoked", "since": since}, version, *others)
    arguments = [("timestamptz", PAST), ("bigint", 1), ("bigint", 1)]
    ahead = ("catalogue_purpose", {"id": 1, "retired_at": LATER})
    yield called("consent_was_revoked_at", arguments, version, later)
    yield called("consent_was_revoked_at", arguments, version, retired)
    yield called("consent_was_revoked_at", [("timestamptz", LATER), *arguments[1:]], version, ahead)
    yield called("consent_was_revoked_at", arguments, version, ("catalogue_purposeversion", later[1] | {"number": 1}))
    rule = "require_entry_for_choice"
    for capacity in ("self", "guardian"):
        for born in ("1990-01-01", "2020-01-01"):
            for status, event in (("ConsentGiven", "consent.given"), ("ConsentRefused", "consent.refused")):
                kind = "customer" if capacity == "self" else "representative"
                told = entry(event, ONE, kind, MUM, outcome=status, details={"capacity": capacity})
                who = ("people_acting", ACTING[1] | {"capacity": capacity, "starts_at": PAST})
                child = ("people_customer", {"id": ADA, "born_on": born, "country": "DE"})
                purpose = ("catalogue_purpose", {"id": 1, "code": "support"})
                new = given | {"status": status, "since": NOW}
                yield plain(inserted(rule, table, new, told, who, child, purpose, version))
                other = ("people_acting", ACTING[1] | {"id": 8, "user_id": PIA, "capacity": "holder"})
                strict = (child[0], child[1] | {"yes_of": "all"})
                yield plain(inserted(rule, table, new, told, who, other, strict, purpose, version))


def marks() -> Iterator[Case]:
    rule, table = "require_entry_for_mark", "choices_mark"
    mark = {"id": ONE, "customer_id": ADA, "kind": "objection", "purpose_id": 1, "lifted_at": None}
    mark |= {"lift_announced_at": None, "announced_xid": "1", "placed_at": PAST, "request": None}
    purpose = ("catalogue_purpose", {"id": 1, "code": "support"})
    acting = ("people_acting", ACTING[1] | {"starts_at": PAST})
    for told in ("placed", "lift_announced", "lifted"):
        for kind, actor in (("customer", MUM), ("staff", PIA), ("portal", "")):
            for xid in ("1", THIS_TRANSACTION):
                by = entry(f"objection.{told}", ONE, kind, actor, purpose="support")
                known = (purpose, acting, staff(PIA), by)
                row = mark | {"announced_xid": xid}
                yield plain(inserted(rule, table, row, *known))
                change = {"lift_announced_at": NOW} if told == "lift_announced" else {"lifted_at": NOW}
                yield plain(updated(rule, table, row, change, *known))
                yield plain(updated(rule, table, row, {"kind": "objection"}, *known))
    by = entry("objection.placed", ONE, "customer", MUM, purpose="support")
    yield inserted(rule, table, mark, purpose, acting, by)
    for column in ("lift_announced_at", "lifted_at"):
        yield plain(inserted(rule, table, mark | {column: NOW}, purpose, acting, by))
    yield from marks_on_record(mark, purpose, acting)
    other = ("catalogue_purpose", {"id": 2, "code": "offers"})
    yield inserted("require_entry_for_mark", table, mark, other, purpose, acting, by)
    for change in (
        {"lift_announced_at": NOW},
        {"lifted_at": NOW},
        {"kind": "limit"},
        {"lifted_at": NOW, "kind": "limit"},
    ):
        yield plain(updated("refuse_change_of_mark", table, mark, change))


def marks_on_record(mark: Row, purpose: tuple[str, Row], acting: tuple[str, Row]) -> Iterator[Case]:
    known = (purpose, ("catalogue_purpose", {"id": 2, "code": "offers"}), acting, staff(PIA))
    for told in ("placed", "lift_announced", "lifted"):
        for actor_kind, actor in (("customer", MUM), ("staff", PIA), ("portal", "")):
            for change in ({}, {"announced_xid": THIS_TRANSACTION}, {"kind": "limit"}, {"purpose_id": 2}):
                row = mark | change
                by = entry(f"{row['kind']}.{told}", ONE, actor_kind, actor, purpose="support")
                yield plain(called("mark_is_on_record", [("choices_mark", row), ("text", told)], *known, by))


def requests() -> Iterator[Case]:
    rule, table = "check_request_moments", "access_accessrequest"
    row = {"id": ONE, "customer_id": ADA, "staff_id": SAM, "purpose_id": 1, "state": "pending", "filed_at": PAST}
    row |= {"ended_at": None, "answer_by": PAST, "may_ask_again_at": None, "extra_time": "00:00:00", "remind_at": None}
    row |= {"digest": "d", "duration": "02:00:00", "version_id": 1}
    expired = {"state": "expired", "ended_at": PAST}
    yield updated(rule, table, row, expired)
    yield updated(rule, table, row | {"answer_by": LATER}, {"state": "expired", "ended_at": LATER})
    yield inserted(rule, table, row | {"filed_at": NOW})
    yield plain(inserted(rule, table, row))
    rule = "refuse_change_of_filed_request"
    for change in (
        expired,
        {"digest": "x"},
        {"state": "denied", "digest": "x"},
        {"answer_by": LATER, "extra_time": "1"},
    ):
        yield updated(rule, table, row, change)
    yield deleted(rule, table, row)
    rule = "require_entry_for_request"
    asked = ("access_requestedcategory", {"id": 1, "access_request_id": ONE, "customer_id": ADA, "category_id": 1})
    category = ("catalogue_category", {"id": 1, "code": "orders"})
    about = {"digest": "d", "categories": ["orders"]}
    told = entry("access_request.filed", ONE, "staff", SAM, outcome="pending", details=about)
    empty = entry(
        "access_request.filed", ONE, "staff", SAM, outcome="pending", details={"digest": "d", "categories": []}
    )
    yield plain(inserted(rule, table, row))
    for by in (told, empty):
        yield inserted(rule, table, row, asked, category, by)
        yield inserted(rule, table, row, by)
    yield inserted(rule, table, row, asked, category, ("catalogue_category", {"id": 2, "code": "health"}), told)
    rule = "require_entry_for_request_end"
    for event in ("expired", "wait_lifted", "reminder_wanted"):
        for change in ({"may_ask_again_at": NOW}, {"remind_at": LATER}, expired, {"digest": "d"}):
            for outcome in ("expired", ""):
                by = entry(f"access_request.{event}", ONE, "portal", "", outcome=outcome)
                yield plain(updated(rule, table, row, change, by))
    rule = "require_entry_for_answer"
    for decision, state in (("all", "approved"), ("part", "approved"), ("none", "denied")):
        for length in ("02:00:00", "01:00:00"):
            answer = {"access_request_id": ONE, "decision": decision, "answered_by_id": MUM, "capacity": "self"}
            answer |= {"duration": length, "shown_digest": "d", "answered_at": NOW, "customer_id": ADA}
            asked_for = (table, row | {"state": state, "answer_by": LATER})
            by = entry("access_request.answered", ONE, "customer", MUM, outcome=state, details={"digest": "d"})
            acting = ("people_acting", ACTING[1] | {"starts_at": PAST})
            yield inserted(rule, "access_answer", answer, asked_for, by, acting)
            for other in ("approved", "partly_approved", "denied", "pending"):
                asked_for = (table, row | {"state": other, "answer_by": LATER})
                by = entry("access_request.answered", ONE, "customer", MUM, outcome=other, details={"digest": "d"})
                yield plain(inserted(rule, "access_answer", answer, asked_for, by, acting))
    # Its moment was in time, and the transaction is not.
    over = (table, row | {"state": "approved", "answer_by": "2026-12-02T12:00:00Z"})
    by = entry("access_request.answered", ONE, "customer", MUM, outcome="approved", details={"digest": "d"})
    whole = {"access_request_id": ONE, "decision": "all", "answered_by_id": MUM, "capacity": "self", "customer_id": ADA}
    whole |= {"duration": "02:00:00", "shown_digest": "d", "answered_at": PAST}
    since = ("people_acting", ACTING[1] | {"starts_at": "2026-01-01T00:00:00Z"})
    yield plain(inserted(rule, "access_answer", whole, over, by, since))
    trained = ("training_moduleversion", {"id": 1, "code": "m", "number": 1, "required": True, "published_at": PAST})
    yield inserted("refuse_request_of_untrained", table, row, trained)
    yield inserted("refuse_request_of_untrained", table, row)
    block = ("access_block", {"id": TWO, "customer_id": ADA, "kind": "everybody", "member_id": None, "lifted_at": None})
    yield inserted("refuse_for_blocked_member", table, row, block)
    yield inserted("refuse_for_blocked_member", table, row)
    rule, table = "refuse_change_of_block", "access_block"
    for change in ({"lifted_at": NOW}, {"lifted_at": NOW, "kind": "member"}, {"kind": "member"}):
        yield updated(rule, table, block[1] | {"placed_at": PAST}, change)
    for event in ("block.placed", "block.lifted"):
        for kind, actor in (("customer", MUM), ("portal", ""), ("staff", PIA)):
            by = entry(event, TWO, kind, actor, outcome="everybody")
            acting = ("people_acting", ACTING[1] | {"starts_at": PAST})
            yield plain(inserted("require_entry_for_block", table, block[1], by, acting))
            yield plain(updated("require_entry_for_block", table, block[1], {"lifted_at": NOW}, by, acting))


def answers_by_telephone() -> Iterator[Case]:
    request = ("access_accessrequest", {"id": ONE, "customer_id": ADA, "staff_id": SAM, "state": "pending"})
    other = ("access_accessrequest", {"id": TWO, "customer_id": BEN, "staff_id": PIA, "state": "pending"})
    about = [("uuid", PIA), ("uuid", ONE)]
    for role, ended in (("privacy_officer", None), ("privacy_officer", PAST), ("requester", None)):
        yield plain(called("may_record_answer", about, request, other, staff(PIA, role, ended_at=ended)))
    for whose in (ADA, BEN):
        acts = ("people_acting", ACTING[1] | {"user_id": PIA, "customer_id": whose})
        by_another = ("people_acting", ACTING[1] | {"customer_id": whose})
        for one in (acts, by_another):
            yield plain(called("may_record_answer", about, request, other, staff(PIA), one))
    yield plain(called("may_record_answer", [("uuid", SAM), ("uuid", ONE)], request, other, staff(SAM), staff(PIA)))
    yield plain(called("may_record_answer", about, request, other, staff(SAM)))


def assents() -> Iterator[Case]:
    asked = {"id": ONE, "customer_id": ADA, "state": "pending", "answer_by": LATER, "digest": "d"}
    request = ("access_accessrequest", asked | {"duration": "02:00:00"})
    new = {"id": TWO, "access_request_id": ONE, "customer_id": ADA, "given_by_id": MUM, "categories": ["orders"]}
    new |= {"duration": "01:00:00", "shown_digest": "d", "given_at": NOW}
    table, holder = "access_assent", ("people_acting", ACTING[1])
    yield inserted("refuse_late_assent", table, new, request)
    for state, until in (("denied", LATER), ("pending", PAST)):
        over = ("access_accessrequest", request[1] | {"state": state, "answer_by": until})
        yield plain(inserted("refuse_late_assent", table, new, over))
    kinds = [("catalogue_category", {"id": n, "code": code}) for n, code in ((1, "orders"), (2, "health"))]
    wanted = ("access_requestedcategory", {"id": 1, "access_request_id": ONE, "customer_id": ADA, "category_id": 1})
    told = {"assent": TWO, "digest": "d", "categories": ["orders"]}
    by = entry("access_request.assented", ONE, "customer", MUM, details=told)
    rule, known = "require_entry_for_assent", (request, *kinds, wanted, by)
    yield inserted(rule, table, new, *known, holder, duration=["00:00:00", "02:00:00", "03:00:00"])
    for capacity, until in (("holder", None), ("guardian", None), ("self", PAST)):
        who = ("people_acting", ACTING[1] | {"capacity": capacity, "ends_at": until})
        yield plain(inserted(rule, table, new, *known, who))
    elsewhere = ("access_requestedcategory", wanted[1] | {"id": 2, "access_request_id": TWO, "category_id": 2})
    more = new | {"categories": ["orders", "health"]}
    by = entry("access_request.assented", ONE, "customer", MUM, details=told | {"categories": more["categories"]})
    yield plain(inserted(rule, table, more, request, *kinds, wanted, elsewhere, by, holder))
    yield from assents_of_the_others()
    yield from yes_without_the_other()


def yes_without_the_other() -> Iterator[Case]:
    """Mum says yes or no, or has said yes; Pia, who holds the account too, has said nothing."""
    two = (
        ("people_acting", ACTING[1] | {"starts_at": PAST}),
        ("people_acting", ACTING[1] | {"id": 8, "user_id": PIA, "capacity": "holder", "starts_at": PAST}),
        ("people_customer", {"id": ADA, "yes_of": "all"}),
    )
    asked = {"id": ONE, "customer_id": ADA, "staff_id": SAM, "purpose_id": 1, "answer_by": LATER, "digest": "d"}
    said = {"access_request_id": ONE, "answered_by_id": MUM, "capacity": "self", "duration": "02:00:00"}
    said |= {"shown_digest": "d", "answered_at": NOW, "customer_id": ADA, "xid": THIS_TRANSACTION}
    for decision, state in (("all", "approved"), ("none", "denied")):
        request = ("access_accessrequest", asked | {"state": state, "duration": "02:00:00"})
        told = {"digest": "d", "categories": ["orders"]}
        by = entry("access_request.answered", ONE, "customer", MUM, outcome=state, details=told)
        answer = said | {"decision": decision}
        yield plain(inserted("require_entry_for_answer", "access_answer", answer, request, by, *two))
        grant = {"id": TWO, "access_request_id": ONE, "exemption": None, "staff_id": SAM, "customer_id": ADA} | NEVER
        grant |= {"category_id": 1, "purpose_id": 1, "starts_at": NOW, "ends_at": "2027-01-15T13:00:00Z", "end": ""}
        kinds = (
            ("catalogue_category", {"id": 1, "code": "orders"}),
            ("access_requestedcategory", {"id": 1, "access_request_id": ONE, "customer_id": ADA, "category_id": 1}),
        )
        known = (request, by, ("access_answer", answer), *kinds, *two)
        yield plain(inserted("require_answer_for_grant", "access_grant", grant | {"ground": "answer"}, *known))


def assents_of_the_others() -> Iterator[Case]:
    """Mum answers; whoever else holds the account has said yes, to this and for long enough, or has not."""
    request = ("access_accessrequest", {"id": ONE, "customer_id": ADA, "state": "pending", "duration": "02:00:00"})
    given = {"id": TWO, "access_request_id": ONE, "customer_id": ADA, "given_by_id": PIA, "categories": ["orders"]}
    yes = ("access_assent", given | {"duration": "01:00:00"})
    asked = [("uuid", ONE), ("uuid", MUM), ("interval", "01:00:00"), ("jsonb", '["orders"]')]
    alone, other = ACTING, ("people_acting", ACTING[1] | {"id": 8, "user_id": PIA, "capacity": "holder"})
    for rule in ("all", "any"):
        account = ("people_customer", {"id": ADA, "yes_of": rule})
        for said in ((), (yes,)):
            yield called("has_assents", asked, request, account, alone, other, *said)
            yield called("has_assents", asked, request, account, alone, *said)
    account = ("people_customer", {"id": ADA, "yes_of": "all"})
    strict = (request, account, alone, other)
    for change in (
        {"access_request_id": TWO},
        {"given_by_id": MUM},
        {"duration": "00:30:00"},
        {"duration": "02:00:00"},
        {"categories": ["health"]},
        {"categories": ["orders", "health"]},
    ):
        yield called("has_assents", asked, *strict, ("access_assent", yes[1] | change))
    for change in ({"ends_at": PAST}, {"capacity": "guardian"}, {"customer_id": BEN}):
        yield called("has_assents", asked, request, account, alone, (other[0], other[1] | change))
        yield called("has_assents", asked, request, account, (alone[0], alone[1] | change), other)
    elsewhere = [("people_customer", {"id": BEN, "yes_of": "any"})]
    elsewhere += [("access_accessrequest", request[1] | {"id": TWO, "customer_id": BEN})]
    yield called("has_assents", asked, *strict, *elsewhere)
    yield called("has_assents", asked, *strict, elsewhere[0])
    yield called("has_assents", [("uuid", TWO), *asked[1:]], *strict, *elsewhere)


def enquiries() -> Iterator[Case]:
    request = {"id": ONE, "customer_id": ADA, "staff_id": SAM, "state": "pending", "answer_by": LATER}
    request |= {"extra_time": "48:00:00", "remind_at": None}
    waits = ("access_accessrequest", request)
    table, new = "access_enquiry", {"id": TWO, "access_request_id": ONE, "customer_id": ADA, "sent_by_id": MUM}
    new |= {"sent_at": NOW, "replied_at": None, "sealed_question": "x", "sealed_reply": None}
    rule = "refuse_change_of_enquiry"
    five = [(table, new | {"id": f"c{n}000000-0000-4000-8000-000000000000"}) for n in range(5)]
    elsewhere = [(table, row | {"access_request_id": BEN}) for _table, row in five]
    for before in ([], five[:4], five, elsewhere):
        yield plain(inserted(rule, table, new, waits, *before))
    yield inserted(rule, table, new, waits)
    reply = {"sealed_reply": "y", "replied_at": NOW}
    asked = new | {"sent_at": PAST}
    for change in (reply, {"sealed_reply": "y"}, reply | {"sealed_question": "z"}, {"sent_by_id": PIA} | reply):
        yield updated(rule, table, asked, change, waits)
    yield plain(updated(rule, table, asked, {"sealed_reply": "y"}, waits))
    yield updated(rule, table, asked | {"replied_at": NOW}, {"sealed_reply": "y"}, waits)
    rule = "require_entry_for_enquiry"
    by = entry("access_request.question_sent", ONE, "customer", MUM, details={"enquiry": TWO})
    acting = ("people_acting", ACTING[1] | {"starts_at": PAST})
    yield inserted(rule, table, new, waits, by, acting)
    other = ("access_accessrequest", request | {"id": BEN, "extra_time": "96:00:00"})
    yield plain(inserted(rule, table, new, waits, by, acting, other))
    alike, of_other = ("access_accessrequest", request | {"id": BEN, "extra_time": "00:00:00"}), dict(by[1])
    yield plain(inserted(rule, table, new, waits, ("ledger_entry", of_other | {"object": BEN}), acting, alike))
    rule, table = "refuse_other_time", "access_accessrequest"
    open_one = ("access_enquiry", new)
    old = request | {"extra_time": "00:00:00", "answer_by": "2027-02-27T12:00:00Z"}
    longer = {"extra_time": "48:00:00", "answer_by": "2027-03-01T12:00:00Z"}
    yield updated(rule, table, old, longer, open_one)
    yield updated(rule, table, old, longer)
    yield updated(rule, table, request, {"state": "denied"})
    for remind in (PAST, "2027-02-01T12:00:00Z", LATER, "2027-04-01T12:00:00Z"):
        for before in (None, "2027-02-02T12:00:00Z"):
            yield plain(updated(rule, table, request | {"remind_at": before}, {"remind_at": remind}, open_one))


def caller_codes() -> Iterator[Case]:
    """Pia has a caller on the line, about Ada's request."""
    waits = ("access_accessrequest", {"id": ONE, "customer_id": ADA, "staff_id": SAM, "state": "pending"})
    waits[1]["answer_by"] = LATER
    table, new = "access_callercode", {"id": TWO, "access_request_id": ONE, "customer_id": ADA, "sent_by_id": PIA}
    new |= {"sent_at": NOW, "ends_at": NOW, "tries": 0, "proof": None, "proved_at": None}
    officer, rule = staff(PIA), "refuse_change_of_caller_code"
    five = [(table, new | {"id": f"c{n}000000-0000-4000-8000-000000000000"}) for n in range(5)]
    elsewhere = [(table, row | {"access_request_id": BEN}) for _table, row in five]
    for before in ([], five[:4], five, elsewhere):
        yield plain(inserted(rule, table, new, waits, officer, *before))
    yield inserted(rule, table, new, waits, officer)
    for change in ({"tries": 1}, {"proof": "x", "proved_at": NOW}, {"ends_at": LATER}):
        yield plain(inserted(rule, table, new | change, waits, officer))
    sent = new | {"sent_at": PAST, "ends_at": LATER}
    proof, right = {"proof": "x", "proved_at": NOW}, {"proof": "x", "proved_at": PAST}
    for change in ({"tries": 1}, {"tries": 2}, {"tries": 0}, proof, right, proof | {"tries": 1}, {"sent_by_id": MUM}):
        yield updated(rule, table, sent, change, waits, officer)
    yield updated(rule, table, sent, {"tries": 1, "ends_at": "2027-04-01T12:00:00Z"}, waits, officer)
    over, other = (waits[0], waits[1] | {"state": "denied"}), (waits[0], waits[1] | {"id": BEN})
    yield plain(inserted(rule, table, new, over, other, officer))
    for before in ({"ends_at": PAST}, {"tries": 3}, proof):
        yield updated(rule, table, sent | before, {"tries": (sent | before)["tries"] + 1}, waits, officer)
    rule = "require_entry_for_caller_code"
    for event in ("caller_code_sent", "caller_code_wrong", "caller_proved"):
        by = entry(f"access_request.{event}", ONE, "staff", PIA, details={"caller_code": TWO})
        yield inserted(rule, table, new, waits, officer, by)
        yield updated(rule, table, sent, {"tries": 1}, waits, officer, by)
        yield updated(rule, table, sent, proof, waits, officer, by)
    acting = ("people_acting", ACTING[1] | {"starts_at": PAST})
    for member in (PIA, SAM, MUM):
        for known in ((staff(member),), (staff(member), acting), ()):
            yield called("may_record_answer", [("uuid", member), ("uuid", ONE)], waits, *known)
    yield from spoken_answers(waits[1], new | {"proof": "x", "proved_at": PAST})


def spoken_answers(request: Row, code: Row) -> Iterator[Case]:
    answer = {"access_request_id": ONE, "decision": "none", "answered_by_id": PIA, "capacity": "self", "duration": "0"}
    answer |= {"shown_digest": "d", "answered_at": NOW, "customer_id": ADA, "caller_code_id": TWO}
    asked = ("access_accessrequest", request | {"state": "denied", "digest": "d", "duration": "02:00:00"})
    about = {"digest": "d", "caller_code": TWO}
    by = entry("access_request.answered", ONE, "staff", PIA, outcome="denied", details=about)
    for proved in ({"proved_at": NOW}, {"proved_at": PAST}, {"proof": None}, {"sent_by_id": SAM}, {"id": BEN}):
        known = ("access_callercode", code | {"proved_at": NOW} | proved)
        yield plain(inserted("require_entry_for_answer", "access_answer", answer, asked, by, staff(PIA), known))


def grants() -> Iterator[Case]:
    table = "access_grant"
    grant = {"id": TWO, "access_request_id": ONE, "exemption": None, "staff_id": SAM, "customer_id": ADA} | NEVER
    grant |= {"category_id": 1, "purpose_id": 1, "starts_at": PAST, "ends_at": PAST, "end": "", "ground": "answer"}
    for end in ("time", "withdrawn"):
        for ends_at, ended_at in ((PAST, PAST), (PAST, NOW), (LATER, LATER), (PAST, LATER), (LATER, NOW)):
            change = {"ended_at": ended_at, "end": end}
            yield plain(updated("check_grant_moments", table, grant | {"ends_at": ends_at}, change))
    yield updated("check_grant_moments", table, grant, {"staff_id": PIA})
    yield plain(updated("check_grant_moments", table, grant | {"ended_at": PAST}, {"staff_id": PIA}))
    for starts, ended in ((NOW, None), (PAST, None), (NOW, NOW), (NOW, PAST)):
        new = grant | {"starts_at": starts, "ended_at": ended, "ends_at": PAST, "end": "time"}
        yield plain(inserted("check_grant_moments", table, new))
    for change in (
        {"ended_at": NOW, "end": "stop"},
        {"staff_id": PIA},
        {"ended_at": NOW, "end": "stop", "staff_id": PIA},
    ):
        yield plain(updated("refuse_change_of_grant", table, grant, change))
    yield deleted("refuse_change_of_grant", table, grant)
    exempted = grant | {"access_request_id": None, "exemption": ONE, "ground": "safety", "starts_at": NOW}
    exempted |= {"ends_at": "2027-01-15T13:00:00Z"}
    exemption = ("exemptions_exemption", emergency() | {"state": "opened", "filed_at": NOW})
    category = ("catalogue_category", {"id": 1, "code": "orders"})
    chosen = ("exemptions_exemptedcategory", {"id": 1, "exemption_id": ONE, "category_id": 1})
    told = entry(
        "exemption.opened", ONE, "staff", SAM, outcome="opened", details={"digest": "d", "grants": {"orders": TWO}}
    )
    yield inserted("require_exemption_for_grant", table, exempted, exemption, chosen, category, told)
    other = ("catalogue_category", {"id": 2, "code": "health"})
    for kinds in ((category, other), (other,), (("catalogue_category", {"id": 1, "code": "health"}), other)):
        yield plain(inserted("require_exemption_for_grant", table, exempted, exemption, chosen, *kinds, told))
    swapped = (("catalogue_category", {"id": 1, "code": "health"}), ("catalogue_category", {"id": 2, "code": "orders"}))
    yield plain(inserted("require_exemption_for_grant", table, exempted, exemption, chosen, *swapped, told))
    granted = emergency() | {"state": "granted", "filed_at": PAST, "decided_at": NOW, "check_by": None}
    because = entry(
        "exemption.granted", ONE, "staff", PIA, outcome="granted", details={"digest": "d", "grants": {"orders": TWO}}
    )
    for change in ({}, {"decided_at": PAST}, {"check_by": NOW}):
        decided = ("exemptions_exemption", granted | change)
        yield plain(inserted("require_exemption_for_grant", table, exempted, decided, chosen, category, because))
    yield plain(inserted("require_answer_for_grant", table, exempted))


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
    yield from counting()


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


STATISTICS = ("catalogue_purpose", {"id": 1, "code": "statistics", "retired_at": None})
VERSION: Row = {"id": 1, "purpose_id": 1, "number": 1, "published_at": PAST, "lost": False, "legal_basis": "A6-1-a"}
VERSION |= {"material": True}
ORDERS = ("catalogue_category", {"id": 1, "code": "orders", "sensitive": False, "special": False})
COUNTABLE = (
    STATISTICS,
    ("catalogue_purposeversion", VERSION),
    ("catalogue_purposeversion_categories", {"id": 1, "purposeversion_id": 1, "category_id": 1}),
    ORDERS,
)
DRAFT = ("catalogue_purposeversion", VERSION | {"id": 2, "number": 2, "published_at": None})
NEWER = ("catalogue_purposeversion", VERSION | {"id": 2, "number": 2})
ELSEWHERE = ("catalogue_purposeversion", VERSION | {"id": 2, "number": 2, "purpose_id": 2})
OF_NEWER = ("catalogue_purposeversion_categories", {"id": 2, "purposeversion_id": 2, "category_id": 1})
YES = (
    "choices_choice",
    {"id": ONE, "customer_id": ADA, "purpose_id": 1, "version_id": 1, "status": "ConsentGiven", "valid_until": None},
)
OPENING: Row = {"id": TWO, "kind": "statistics", "staff_id": SAM, "category_id": 1, "purpose_id": 1, "opened_at": NOW}
OPENING |= {"session": THIS_SESSION, "xid": "1", "customer_id": None, "grant_id": None}
OPENED, REQUESTER = ("disclosures_opening", OPENING), staff(SAM, "requester")
DOOR = {"opening": TWO}
# As it is while nobody commits anything: other tests do so all the time, and then the policy's own finding is not used.
NOTHING_SINCE = """
CREATE OR REPLACE FUNCTION portal.statistics_show(
    door portal.statistics_door, of_customer uuid, of_category bigint, is_plain boolean, judged text
) RETURNS boolean LANGUAGE sql VOLATILE RETURN coalesce(door.category = of_category AND is_plain, false)
"""


def counting() -> Iterator[Case]:
    yield from what_is_countable()
    yield from openings_for_statistics()
    yield from customers_who_may_be_counted()
    yield from rows_shown_for_statistics()
    yield from records_counted()
    yield from statistics_read()


def what_is_countable() -> Iterator[Case]:
    about = [("bigint", 1), ("bigint", 1)]
    for more in ((), (DRAFT,), (NEWER,), (ELSEWHERE,), (NEWER, OF_NEWER), (DRAFT, OF_NEWER)):
        yield called("is_countable", about, *COUNTABLE, *more)
    other = ("catalogue_category", ORDERS[1] | {"id": 2})
    yield called("is_countable", [("bigint", 2), ("bigint", 1)], *COUNTABLE, other)


def openings_for_statistics() -> Iterator[Case]:
    whole = (*COUNTABLE, OPENED, REQUESTER)
    yield plain(called("open_statistics", [], *whole, settings=DOOR))
    yield of_a_snapshot(called("open_statistics", [], *whole, settings=DOOR))
    changes: list[Row] = [{"id": ONE}, {"kind": "grant"}, {"session": 1}, {"category_id": 2}, {"staff_id": PIA}]
    changes += [{"opened_at": LATER}, {"opened_at": PAST}, {"xid": THIS_TRANSACTION}]
    for change in changes:
        given = ("disclosures_opening", OPENING | change)
        yield plain(called("open_statistics", [], *COUNTABLE, given, REQUESTER, settings=DOOR))
    yield plain(called("open_statistics", [], *COUNTABLE, OPENED, settings=DOOR))
    module = ("training_moduleversion", {"id": 1, "code": "m", "number": 1, "required": True, "published_at": PAST})
    yield plain(called("open_statistics", [], *whole, module, settings=DOOR))
    counted = entry("vault.counted", TWO, "portal", "", id=1, details={"insight": ONE})
    for event, object in (("insight.answered", ONE), ("insight.asked", ONE), ("insight.answered", OTTO)):
        answered = entry(event, object, "portal", "", id=2)
        yield plain(called("open_statistics", [], *whole, counted, answered, settings=DOOR))
        for change in ({"object": PIA}, {"event": "vault.opened"}):
            elsewhere = ("ledger_entry", counted[1] | change)
            yield plain(called("open_statistics", [], *whole, elsewhere, answered, settings=DOOR))
    minor = ("catalogue_purposeversion", VERSION | {"id": 2, "number": 2, "material": False})
    for more in (minor, NEWER, ELSEWHERE, DRAFT):
        yield plain(called("open_statistics", [], *whole, more, OF_NEWER, settings=DOOR))


def customers_who_may_be_counted() -> Iterator[Case]:
    counted = [("uuid", ADA), ("bigint", 1), ("bigint", 1), ("bigint", 1)]
    known = (COUNTABLE[1], ORDERS, YES)
    yield called("may_be_counted", counted, *known)
    mark = {"id": TWO, "customer_id": ADA, "kind": "restriction", "purpose_id": None, "placed_at": PAST}
    differing = ({"customer_id": BEN}, {"lifted_at": PAST}, {"kind": "limit"}, {"purpose_id": 2}, {"kind": "objection"})
    for change in ({}, *differing):
        yield plain(called("may_be_counted", counted, *known, ("choices_mark", mark | {"lifted_at": None} | change)))
    block = {"id": TWO, "customer_id": ADA, "kind": "everybody", "lifted_at": None}
    for change in ({}, {"customer_id": BEN}, {"lifted_at": PAST}, {"kind": "member"}):
        yield plain(called("may_be_counted", counted, *known, ("access_block", block | change)))
    other = ("catalogue_category", {"id": 2, "code": "health", "sensitive": False, "special": False})
    for deleted_, kept in ((["orders"], []), ([], ["orders"]), (["health"], []), ([], [])):
        for change in ({}, {"customer_id": BEN}, {"done_at": None}):
            gone = {"id": TWO, "customer_id": ADA, "deleted": deleted_, "kept": kept, "done_at": PAST} | change
            yield plain(called("may_be_counted", counted, *known, other, ("vault_parterasure", gone)))


def rows_shown_for_statistics() -> Iterator[Case]:
    moments = [(until, seen) for until in (LATER, PAST) for seen in (THIS_SNAPSHOT, "t")]
    doors = [
        (f'(1,1,1,"{until}","{seen}")', judged)
        for until, seen in moments
        for judged in (THIS_SNAPSHOT, "t")
        if (seen, judged) != ("t", THIS_SNAPSHOT)
    ]
    # Where somebody commits meanwhile, as other tests do, the door is looked up again.
    still_open = ((), (OPENED, REQUESTER))
    for is_plain, asked, answered, opened in product((True, False), (1, 2), ((YES,), ()), still_open):
        for door, judged in doors:
            about = [("portal.statistics_door", door), ("uuid", ADA), ("bigint", asked)]
            about += [("boolean", is_plain), ("text", judged)]
            yield plain(called("statistics_show", about, *COUNTABLE, *answered, *opened, settings=DOOR))


def records_counted() -> Iterator[Case]:
    """What the policy shows of Ada's record, to the application and to the owner, who reads by no policy."""
    record = ("vault_record", {"id": ONE, "customer_id": ADA, "category_id": 1, "sealed": {}})
    known = (*COUNTABLE, OPENED, REQUESTER, record)
    older = ("catalogue_purposeversion", VERSION | {"id": 2, "number": 0, "material": False})
    mark = {"id": TWO, "customer_id": ADA, "kind": "restriction", "purpose_id": None, "placed_at": PAST}
    block = ("access_block", {"id": TWO, "customer_id": ADA, "kind": "everybody", "lifted_at": None})
    gone = {"id": TWO, "customer_id": ADA, "deleted": ["orders"], "kept": [], "done_at": PAST}
    standing = [("choices_mark", mark | {"lifted_at": None}), block, ("vault_parterasure", gone)]
    changes = [{"customer_id": BEN}, {"purpose_id": 2}, {"status": "ConsentRefused"}, {"version_id": 2}]
    changes += [{"valid_until": PAST}, {"valid_until": LATER}]
    scenes: list[tuple[tuple[str, Row], ...]] = [(), (YES,), *((YES, one) for one in standing)]
    scenes += [(("choices_choice", YES[1] | change), older) for change in changes]
    for scene in scenes:
        for reader in ("portal_app", "portal_owner"):
            door = {"settings": DOOR, "instead": NOTHING_SINCE}
            yield read_by(reader, "vault_record_count", "vault_record", *known, *scene, **door)


def statistics_read() -> Iterator[Case]:
    whole = (*COUNTABLE, OPENED, REQUESTER)
    record = ("vault_record", {"id": ONE, "customer_id": ADA, "category_id": 1, "sealed": {}})
    digest = ("vault_fingerprint", {"record": ONE, "customer_id": ADA, "digest": "\\x01"})
    key = ("people_customerkey", {"customer_id": ADA, "kid": "k"})
    reading = [("uuid", TWO), ("uuid", "00000000-0000-0000-0000-000000000000"), ("int", 5)]
    seen = (record, digest, key)
    yield plain(called("read_statistics", reading, *whole, YES, *seen))
    yield plain(called("read_statistics", reading, *whole, YES, key))
    yield plain(called("read_statistics", [reading[0], ("uuid", ADA), reading[2]], *whole, YES, *seen))
    theirs = {"customer_id": BEN}
    for place, (table, row) in enumerate(seen):
        for change in (theirs, {"category_id": 2} if table == "vault_record" else {"record": TWO}):
            if change.keys() <= row.keys():
                others = [*seen[:place], (table, row | change), *seen[place + 1 :]]
                yield plain(called("read_statistics", reading, *whole, YES, *others))
    for change in (theirs, {"purpose_id": 2}, {"status": "ConsentRefused"}):
        yield plain(called("read_statistics", reading, *whole, ("choices_choice", YES[1] | change), *seen))
