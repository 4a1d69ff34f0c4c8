"""Requests for access, their answers, questions and assents, and the grants they end in."""

from collections.abc import Iterator
from itertools import product

from tests.architecture.mutation.cases.exemptions import NEVER, emergency
from tests.architecture.mutation.varying import (
    ACTING,
    ADA,
    BEN,
    LATER,
    MUM,
    NOW,
    ONE,
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


def cases() -> Iterator[Case]:
    yield from requests()
    yield from requests_on_record()
    yield from asked_categories()
    yield from answers_on_record()
    yield from blocks()
    yield from answers_by_telephone()
    yield from enquiries()
    yield from caller_codes()
    yield from grants()
    yield from sentences()


ROW: Row = {"id": ONE, "customer_id": ADA, "staff_id": SAM, "purpose_id": 1, "state": "pending", "filed_at": PAST}
ROW |= {"ended_at": None, "answer_by": PAST, "may_ask_again_at": None, "extra_time": "00:00:00", "remind_at": None}
ROW |= {"digest": "d", "duration": "02:00:00", "version_id": 1}
EXPIRED = {"state": "expired", "ended_at": PAST}
ANSWER: Row = {"access_request_id": ONE, "decision": "all", "answered_by_id": MUM, "capacity": "self"}
ANSWER |= {"customer_id": ADA, "duration": "02:00:00", "shown_digest": "d", "answered_at": PAST}
SINCE_PAST = ("people_acting", ACTING[1] | {"starts_at": PAST})
BLOCK: Row = {"id": TWO, "customer_id": ADA, "kind": "everybody", "member_id": None, "lifted_at": None}


def requests() -> Iterator[Case]:
    rule, table = "check_request_moments", "access_accessrequest"
    yield updated(rule, table, ROW, EXPIRED)
    yield updated(rule, table, ROW | {"answer_by": LATER}, {"state": "expired", "ended_at": LATER})
    yield inserted(rule, table, ROW | {"filed_at": NOW})
    yield plain(inserted(rule, table, ROW))
    rule = "refuse_change_of_filed_request"
    moved = {"answer_by": LATER, "extra_time": "1"}
    for change in (EXPIRED, {"digest": "x"}, {"state": "denied", "digest": "x"}, moved):
        yield updated(rule, table, ROW, change)
    yield deleted(rule, table, ROW)
    trained = ("training_moduleversion", {"id": 1, "code": "m", "number": 1, "required": True, "published_at": PAST})
    yield inserted("refuse_request_of_untrained", table, ROW, trained)
    yield inserted("refuse_request_of_untrained", table, ROW)
    yield inserted("refuse_for_blocked_member", table, ROW, ("access_block", BLOCK))
    yield inserted("refuse_for_blocked_member", table, ROW)


def requests_on_record() -> Iterator[Case]:
    rule, table = "require_entry_for_request", "access_accessrequest"
    asked = ("access_requestedcategory", {"id": 1, "access_request_id": ONE, "customer_id": ADA, "category_id": 1})
    category = ("catalogue_category", {"id": 1, "code": "orders"})
    about = {"digest": "d", "categories": ["orders"]}
    told, empty = (
        entry("access_request.filed", ONE, "staff", SAM, outcome="pending", details=details)
        for details in (about, about | {"categories": []})
    )
    yield plain(inserted(rule, table, ROW))
    for by in (told, empty):
        yield inserted(rule, table, ROW, asked, category, by)
        yield inserted(rule, table, ROW, by)
    yield inserted(rule, table, ROW, asked, category, ("catalogue_category", {"id": 2, "code": "health"}), told)
    rule = "require_entry_for_request_end"
    for event in ("expired", "wait_lifted", "reminder_wanted"):
        for change in ({"may_ask_again_at": NOW}, {"remind_at": LATER}, EXPIRED, {"digest": "d"}):
            for outcome in ("expired", ""):
                by = entry(f"access_request.{event}", ONE, "portal", "", outcome=outcome)
                yield plain(updated(rule, table, ROW, change, by))
                by_customer = entry(f"access_request.{event}", ONE, "customer", MUM, outcome=outcome)
                yield plain(updated(rule, table, ROW, change, by_customer, SINCE_PAST))
    answer = ("access_answer", ANSWER | {"xid": THIS_TRANSACTION})
    for state, event in product(("approved", "partly_approved", "denied"), ("answered", "approved", "denied", "x")):
        for outcome in (state, "x"):
            by = entry(f"access_request.{event}", ONE, "portal", "", outcome=outcome)
            for given in ((), (answer,)):
                yield plain(updated(rule, table, ROW, {"state": state, "ended_at": NOW}, by, *given))


def asked_categories() -> Iterator[Case]:
    rule, table = "refuse_late_category", "access_requestedcategory"
    new = {"id": 1, "access_request_id": ONE, "category_id": 1}
    kinds = [("catalogue_category", {"id": number, "code": code}) for number, code in ((1, "orders"), (2, "contact"))]
    request = {"id": ONE, "customer_id": ADA, "staff_id": SAM, "purpose_id": 1, "version_id": 1, "state": "pending"}
    told = {"details": {"categories": ["orders"]}}
    by = [entry("access_request.filed", about, "staff", SAM, id=n, **told) for n, about in ((1, ONE), (2, TWO))]
    for change in ({}, {"id": TWO}, {"xid": "1"}):
        filed = ("access_accessrequest", request | {"xid": THIS_TRANSACTION} | change)
        for category in (1, 2):
            yield plain(inserted(rule, table, new | {"category_id": category}, filed, *by, *kinds))
        yield plain(inserted(rule, table, new, filed, *kinds))


def answers_on_record() -> Iterator[Case]:
    rule, table = "require_entry_for_answer", "access_answer"

    def waiting(state: str, until: str = LATER) -> tuple[str, Row]:
        return "access_accessrequest", ROW | {"state": state, "answer_by": until}

    def told(state: str) -> tuple[str, Row]:
        return entry("access_request.answered", ONE, "customer", MUM, outcome=state, details={"digest": "d"})

    for decision, state in (("all", "approved"), ("part", "approved"), ("none", "denied")):
        for length in ("02:00:00", "01:00:00"):
            answer = ANSWER | {"decision": decision, "duration": length, "answered_at": NOW}
            yield inserted(rule, table, answer, waiting(state), told(state), SINCE_PAST)
            for other in ("approved", "partly_approved", "denied", "pending"):
                yield plain(inserted(rule, table, answer, waiting(other), told(other), SINCE_PAST))
    # Its moment was in time, and the transaction is not.
    over = waiting("approved", "2026-12-02T12:00:00Z")
    since = ("people_acting", ACTING[1] | {"starts_at": "2026-01-01T00:00:00Z"})
    yield plain(inserted(rule, table, ANSWER, over, told("approved"), since))


def blocks() -> Iterator[Case]:
    table = "access_block"
    for change in ({"lifted_at": NOW}, {"lifted_at": NOW, "kind": "member"}, {"kind": "member"}):
        yield updated("refuse_change_of_block", table, BLOCK | {"placed_at": PAST}, change)
    for event in ("block.placed", "block.lifted"):
        for kind, actor in (("customer", MUM), ("portal", ""), ("staff", PIA)):
            by = entry(event, TWO, kind, actor, outcome="everybody")
            yield plain(inserted("require_entry_for_block", table, BLOCK, by, SINCE_PAST))
            yield plain(updated("require_entry_for_block", table, BLOCK, {"lifted_at": NOW}, by, SINCE_PAST))


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
    for held, user in (
        ({}, MUM),
        ({"customer_id": BEN}, MUM),
        ({"capacity": "parent"}, MUM),
        ({"ends_at": PAST}, MUM),
        ({}, SAM),
    ):
        for locked_at in (PAST, None):
            holder = ("people_acting", ACTING[1] | held), ("people_user", {"id": user, "locked_at": locked_at})
            yield plain(called("may_record_answer", about, request, other, staff(PIA), *holder))


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


def sentences() -> Iterator[Case]:
    """Ready-made sentences: drafted, published by an officer, retired by one."""
    rule, table = "refuse_change_of_sentence_template", "access_sentencetemplate"
    draft: Row = {"id": 1, "code": "bill", "number": 1, "reason": "complaint", "texts": {"en": "Hello."}}
    draft |= {"published_at": None, "published_by_id": None, "retired_at": None, "retired_by_id": None}
    officers = (staff(PIA), staff(SAM, "requester"))
    publish, retire = ({f"{step}_at": NOW, f"{step}_by_id": PIA} for step in ("published", "retired"))
    offered = draft | {"published_at": PAST, "published_by_id": PIA}
    for new in (draft, draft | publish):
        yield plain(inserted(rule, table, new, *officers))
    changes = ({"texts": {}}, {"code": "x"}, {"number": 2}, {"id": 2}, publish | retire, retire)
    for change in (publish, publish | {"published_at": PAST}, publish | {"published_by_id": SAM}, *changes):
        yield plain(updated(rule, table, draft, change, *officers))
    for change in (retire, retire | {"retired_at": PAST}, retire | {"retired_by_id": SAM}, retire | {"texts": {}}):
        for old in (offered, offered | {"retired_at": PAST, "retired_by_id": PIA}):
            yield plain(updated(rule, table, old, change, *officers))
    yield plain(updated(rule, table, offered, {"texts": {}}, *officers))
    rule = "require_entry_for_sentence_template"
    for step, object, number in product(("drafted", "changed", "published", "retired"), ("1", "2"), (1, 2)):
        facts = {"customer": None, "outcome": "bill", "details": {"number": number}}
        told = entry(f"sentence_template.{step}", object, "staff", PIA, **facts)
        yield plain(inserted(rule, table, draft, told))
        yield plain(updated(rule, table, draft, {"texts": {}}, told))
        yield plain(updated(rule, table, draft, publish, told))
        yield plain(updated(rule, table, offered, retire, told))
