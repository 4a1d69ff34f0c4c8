"""Requests by right as they stand: filed, changed, under which law, withdrawn, removed; two customers."""

from collections.abc import Iterator
from itertools import product

from tests.architecture.mutation.cases.rights_rows import (
    ACTING,
    ANSWER,
    ERASED,
    KNOWN,
    OFFICERS,
    REQUEST,
    SEARCHED,
    answered,
    request,
)
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
    of_a_snapshot,
    of_before,
    plain,
    staff,
    updated,
)


def cases() -> Iterator[Case]:
    yield from told_before()
    yield from shared_accounts()
    yield from filings()
    yield from changes_of_requests()
    yield from laws()
    yield from statements()
    yield from removals()


def told_before() -> Iterator[Case]:
    """What would be allowed, had its entry come with it; and a value read by a transaction that sees an older state."""
    telling = [("text", ONE), ("uuid", ADA), ("text", "rights_request.filed")]
    yield of_before(called("customer_tells_now", telling, entry("rights_request.filed", ONE, "customer", MUM), ACTING))
    noted = {"channel": "phone", "said_on": "2027-01-14"}
    by = entry("rights_request.appealed", ONE, "staff", PIA, details=noted)
    noting = [("text", ONE), ("text", "rights_request.appealed")]
    yield of_before(called("rights_officer_notes_now", noting, by, *OFFICERS))
    asked = ("rights_clarification", {"id": 1, "rights_request_id": ONE, "asked_at": PAST, "code_hash": "\\x01"})
    by = entry("rights_request.clarified", ONE, "customer", MUM, outcome="code", details={"clarification": 1})
    reply = [("text", ONE), ("uuid", ADA), ("jsonb", {"clarification_id": 1, "way": "code", "replied_at": NOW})]
    yield of_before(called("rights_is_reply_told", reply, asked, by))
    mark = {"id": ONE, "customer_id": ADA, "request": ONE, "kind": "objection", "purpose_id": 1, "lifted_at": None}
    told = entry("objection.lifted", ONE, "staff", PIA)
    yield of_before(updated("refuse_early_end_of_objection", "choices_mark", mark, {"lifted_at": NOW}, told))
    search = SEARCHED[1] | {"customer_id": ADA, "searched_at": NOW, "searched_by_id": PIA}
    searched = entry("rights_request.system_searched", ONE, "staff", PIA)
    for entries in ((), (searched,)):
        yield plain(inserted("refuse_step_off_record", "rights_search", search, *OFFICERS, *entries))
    filed = entry("rights_request.filed", ONE, details={"fields": ["contact.phone"]})
    contact = ("catalogue_category", {"id": 1, "code": "contact"})
    opening = {"id": SAM, "kind": "correction", "customer_id": ADA, "staff_id": PIA, "category_id": 1, "field": "phone"}
    opening |= {"request": ONE, "xid": "1", "opened_at": NOW, "purpose_id": None, "grant_id": None}
    record = ("vault_record", {"id": TWO, "customer_id": ADA, "category_id": 1, "sealed": {"phone": "1:x"}})
    digest = ("vault_fingerprint", {"record": TWO, "customer_id": ADA, "digest": "\\x01"})
    given = (request(request_type="A16"), contact, filed, KNOWN, staff(PIA), ("disclosures_opening", opening))
    yield of_a_snapshot(called("read_value_in_question", [("uuid", SAM)], *given, record, digest))


def shared_accounts() -> Iterator[Case]:
    """Mum and Sam hold Ada's account: what one has asked for waits for both."""
    holders = [("people_acting", ACTING[1] | {"id": n, "user_id": user}) for n, user in ((7, MUM), (8, SAM))]
    assent = {"customer_id": ADA, "matter": "rights_request", "object": TWO, "given_at": PAST, "ended_at": None}
    agreed = [("people_jointassent", assent | {"id": user, "given_by_id": user}) for user in (MUM, SAM)]
    restoring = ("ledger_restoration", {"id": 1, "opened_at": None})
    for kind, customer in product(("A15", "A21"), (ADA, BEN, None)):
        for rest in ((), holders):
            one = request(request_type=kind, customer_id=customer)
            for of in (ONE, TWO):
                yield plain(called("rights_has_every_yes", [("uuid", of)], one, *rest))
            for more in ((), (restoring,)):
                yield plain(inserted("refuse_without_every_holder", "rights_answer", ANSWER, one, *rest, *more))
    unknown = [("people_acting", row | {"customer_id": None}) for _table, row in holders]
    yield plain(called("rights_has_every_yes", [("uuid", ONE)], request(customer_id=None), *unknown))
    rule, table = "refuse_erasure_of_one_holder", "people_erasure"
    erasure = {"id": TWO, "customer_id": ADA, "reason": "requested", "done_at": NOW}
    for kind, state, customer in product(("A17", "A15"), ("in_progress", "answered"), (ADA, BEN)):
        asked = {"request_type": kind, "state": state, "customer_id": customer}
        for rest in ((), (restoring,)):
            yield plain(inserted(rule, table, erasure, request(**asked), *holders, *rest))
        yield plain(inserted(rule, table, erasure, request(**asked)))
        two = request(**asked | {"id": TWO})
        yield plain(inserted(rule, table, erasure, request(request_type="A17"), two, *holders, *agreed))


def filings() -> Iterator[Case]:
    rule, table = "refuse_filing_of_other_terms", "rights_rightsrequest"
    new = REQUEST | {"id": TWO, "state": "received", "handler_id": None}
    changes: list[Row] = [{}, {"filed_at": PAST}, {"received_at": LATER}, {"received_at": PAST}, {"state": "answered"}]
    changes += [{"channel": "post"}, {"channel": "post", "received_at": PAST, "due_at": NOW, "answer_by": NOW}]
    changes += [{"channel": "post", "received_at": LATER}, {"handler_id": PIA}, {"answer_by": NOW}]
    changes += [{"waiting_since": PAST}, {"identity_needed": "not_required"}, {"regime": "ccpa"}, {"due_unit": "x"}]
    changes += [{"regime": "ccpa", "request_type": "deletion"}, {"due_at": NOW, "answer_by": NOW}]
    changes += [{"regime": "ccpa", "request_type": "deletion", "due_unit": "calendar_day"}]
    far = "2027-09-01T12:00:00Z"
    changes += [{"due_at": far, "answer_by": far}, {"received_at": PAST, "due_at": NOW, "answer_by": NOW}]
    born = ("people_customer", {"id": ADA, "created_at": PAST, "country": "DE"})
    young = ("people_customer", born[1] | {"created_at": LATER})
    for change, customer in product(changes, (born, young, ("people_customer", young[1] | {"id": BEN}))):
        yield plain(inserted(rule, table, new | change, customer))
    follows = new | {"follows_id": ONE, "received_at": PAST, "due_at": NOW, "answer_by": NOW}
    appeal = {"rights_request_id": ONE, "customer_id": ADA, "appealed_at": PAST}
    decision = {"rights_request_id": ONE, "customer_id": ADA, "outcome": "reversed"}
    for one in (request(), request(customer_id=BEN), request(request_type="A16"), request(id=SAM)):
        for p, d in (
            (appeal, decision),
            (appeal | {"appealed_at": NOW}, decision),
            (appeal, decision | {"outcome": "upheld"}),
            (appeal | {"rights_request_id": SAM}, decision),
            (appeal, decision | {"rights_request_id": SAM}),
        ):
            yield plain(inserted(rule, table, follows, one, ("rights_appeal", p), ("rights_appealdecision", d)))
    steps = (
        ("rights_appeal", appeal | {"rights_request_id": SAM}),
        ("rights_appealdecision", decision | {"rights_request_id": SAM}),
    )
    yield plain(inserted(rule, table, follows, request(id=SAM), *steps))
    for followed in (ONE, SAM):
        earlier = ("rights_rightsrequest", REQUEST | {"id": OTTO, "follows_id": followed})
        steps = (("rights_appeal", appeal), ("rights_appealdecision", decision))
        yield plain(inserted(rule, table, follows, request(), *steps, earlier))
    for regime, kind in product(
        ("gdpr", "uk_gdpr", "ccpa", "x"), ("A21", "A15", "sale:opt_out", "access:specific", "deletion", "x")
    ):
        yield plain(called("rights_identity", [("text", regime), ("text", kind)]))
    for unit, is_extended, waited in product(("month", "calendar_day", "business_day"), (True, False), (0, 5)):
        arguments = [("timestamptz", NOW), ("text", unit), ("boolean", is_extended), ("int", waited)]
        yield plain(called("rights_latest", arguments))
    for country, region in product(("US", "DE", ""), ("CA", "california ", "NY", "")):
        yield plain(called("rights_place", [("text", country), ("text", region)]))
        lives = ("people_customer", {"id": ADA, "country": country, "region": region})
        for jurisdiction, customer in product(("US-CA", "DE"), (ADA, BEN)):
            new = REQUEST | {"jurisdiction": jurisdiction, "customer_id": customer}
            yield plain(inserted("refuse_law_of_another_place", table, new, lives))


def changes_of_requests() -> Iterator[Case]:
    rule, table = "refuse_change_of_rights_request", "rights_rightsrequest"
    for customer, state in product((ADA, None), ("in_progress", "answered")):
        old = REQUEST | {"customer_id": customer, "state": state, "agent_proof": "x"}
        for change in (
            {"customer_id": BEN},
            {"customer_id": BEN, "regime": "ccpa"},
            {"customer_id": BEN, "channel": "post"},
            {"regime": "ccpa"},
            {"agent_proof": "erased"},
            {"agent_proof": "y"},
            {"state": "received"},
            {"handler_id": OTTO},
            {"handler_id": None, "state": "received"},
            {"answer_by": NOW},
            {"waiting_since": PAST},
        ):
            for rest in ((), (ERASED,), (("people_customer", ERASED[1] | {"id": BEN}),)):
                yield plain(updated(rule, table, old, change, *rest))
    nothing = REQUEST | {"agent_proof": ""}
    yield plain(updated(rule, table, nothing, {"agent_proof": "erased"}, ERASED))
    living = ("people_customer", ERASED[1] | {"erased_at": None})
    yield plain(updated(rule, table, REQUEST | {"agent_proof": "x"}, {"agent_proof": "erased"}, living))
    assigned = ("rights_assignment", {"id": 1, "rights_request_id": ONE, "officer_id": OTTO})
    yield plain(updated(rule, table, REQUEST, {"handler_id": OTTO}, assigned))
    rule = "refuse_rights_off_record"
    filed = {"type": "A15", "regime": "gdpr", "channel": "portal"}
    for outcome in ("received", "acknowledged", "answered", "x"):
        for actor, details in product((MUM, PIA), (filed, filed | {"type": "A16"})):
            told = entry("rights_request.filed", ONE, "customer", actor, outcome=outcome, details=details)
            for rest in ((), (("rights_acknowledgement", {"rights_request_id": ONE}),), (answered(),)):
                yield plain(inserted(rule, table, REQUEST, told, ACTING, *rest))
            for change in ({"channel": "post"}, {"follows_id": TWO}):
                as_it_is = entry("rights_request.filed", ONE, "staff", actor, outcome=outcome, details=details | change)
                yield plain(inserted(rule, table, REQUEST | change, as_it_is))
                yield plain(inserted(rule, table, REQUEST | change, told))
    told = entry("rights_request.filed", ONE, "customer", MUM, outcome="acknowledged", details=filed)
    elsewhere = ("rights_acknowledgement", {"rights_request_id": TWO})
    yield plain(inserted(rule, table, REQUEST, told, ACTING, elsewhere))
    told = entry("rights_request.filed", ONE, "customer", MUM, outcome="answered", details=filed)
    yield plain(inserted(rule, table, REQUEST, told, ACTING, answered(rights_request_id=TWO)))
    for event in ("rights_request.matched", "vault.opened"):
        yield plain(updated(rule, table, REQUEST, {"state": "received"}, entry(event, ONE)))
    yield plain(updated(rule, table, REQUEST, {"state": "received"}))


def laws() -> Iterator[Case]:
    rule, table = "refuse_law_nobody_chose", "rights_rightsrequest"
    old = REQUEST | {"customer_id": None}
    chosen = {
        "rights_request_id": ONE,
        "chosen_at": NOW,
        "regime": "ccpa",
        "jurisdiction": "US-CA",
        "request_type": "deletion",
    }
    ccpa = {
        "customer_id": ADA,
        "regime": "ccpa",
        "jurisdiction": "US-CA",
        "request_type": "deletion",
        "due_unit": "calendar_day",
    }
    lives = ("people_customer", {"id": ADA, "country": "US", "region": "CA"})
    germany = ("people_customer", {"id": ADA, "country": "DE", "region": ""})
    for place in (
        lives,
        germany,
        ("people_customer", {"id": ADA, "country": "", "region": ""}),
        ("people_customer", lives[1] | {"id": BEN}),
    ):
        for change in (
            {"customer_id": ADA},
            ccpa,
            ccpa | {"due_unit": "month"},
            ccpa | {"identity_needed": "not_required"},
            ccpa | {"due_at": "2027-09-01T12:00:00Z"},
            ccpa | {"jurisdiction": "FR"},
            {"customer_id": ADA, "due_at": NOW},
            {"customer_id": ADA, "request_type": "A16"},
        ):
            for law in (
                {},
                {"rights_request_id": TWO},
                {"chosen_at": PAST},
                {"jurisdiction": "FR"},
                {"regime": "gdpr"},
                {"regime": "gdpr", "jurisdiction": "DE", "request_type": "A15"},
                {"regime": "gdpr", "jurisdiction": "DE", "request_type": "A16"},
            ):
                yield plain(updated(rule, table, old, change, place, ("rights_lawchoice", chosen | law)))
        yield plain(updated(rule, table, old, {"customer_id": ADA}, place))
    two = ("rights_rightsrequest", REQUEST | {"id": TWO, "received_at": "2027-08-01T12:00:00Z"})
    yield plain(
        updated(rule, table, old, ccpa | {"due_at": "2027-09-01T12:00:00Z"}, lives, ("rights_lawchoice", chosen), two)
    )
    rule, table = "check_law_choice", "rights_lawchoice"
    new = {"rights_request_id": ONE, "chosen_at": NOW, "filed_regime": "gdpr", "filed_jurisdiction": "DE"}
    new |= {"filed_type": "A15", "filed_due_at": LATER, "chosen_by_id": PIA}
    for change in (
        {},
        {"chosen_at": PAST},
        {"filed_regime": "ccpa"},
        {"chosen_by_id": SAM},
        {"rights_request_id": TWO},
    ):
        for one in (request(customer_id=None), request()):
            yield plain(inserted(rule, table, new | change, one, staff(PIA)))


def statements() -> Iterator[Case]:
    rule, table = "refuse_change_of_statement", "rights_statement"
    old = {
        "id": 1,
        "rights_request_id": ONE,
        "customer_id": ADA,
        "kind": "asked",
        "is_theirs": False,
        "sealed": "\\x01",
    }
    old |= {"clarification_id": None, "note_id": None}
    theirs = {"is_theirs": True, "sealed": "\\x02"}
    for is_theirs, customer in product((False, True), (ADA, None)):
        for change in (
            theirs,
            theirs | {"kind": "question"},
            theirs | {"rights_request_id": TWO},
            theirs | {"clarification_id": 1},
            theirs | {"note_id": 1},
            theirs | {"customer_id": BEN},
            {"customer_id": BEN},
            {"customer_id": ADA},
            {"sealed": "\\x02"},
        ):
            for one in (request(), request(customer_id=None), request(id=TWO), request(customer_id=BEN)):
                row = old | {"is_theirs": is_theirs, "customer_id": customer}
                yield plain(updated(rule, table, row, change, one))
    resealed = {"sealed": "\\x03"}
    yield plain(updated("require_entry_for_resealed_words", table, old, resealed))
    for thing in ("words", ONE):
        told = entry("strangers_words.resealed", thing, "portal", "", customer=None)
        yield plain(updated("require_entry_for_resealed_words", table, old, resealed, told))
    part = {"id": TWO, "customer_id": ADA, "request": TWO, "done_at": PAST, "deleted": ["orders"], "kept": []}
    parts: list[Row] = [part, part | {"customer_id": BEN}, part | {"done_at": None}, part | {"deleted": []}]
    for kind, asked, scope in product(("asked", "answer"), ("A16", "A15"), ([], ["orders"])):
        for one in parts:
            given = (request(request_type=asked, scope=scope), ("vault_parterasure", one))
            yield plain(deleted(rule, table, old | {"kind": kind}, *given))
    for change in ({}, {"id": BEN}, {"erased_at": None}):
        yield plain(deleted(rule, table, old, request(), ("people_customer", ERASED[1] | change)))
        yield plain(deleted(rule, table, old, request(id=TWO), ("people_customer", ERASED[1] | change)))
    for until, of in product(("2026-01-01", "2029-01-01"), (ONE, TWO)):
        yield plain(deleted(rule, table, old, request(), answered(retain_until=until, rights_request_id=of)))
    for was, now, one in product((None, ADA), (ADA, BEN), (request(), request(customer_id=BEN), request(id=TWO))):
        row = {"rights_request_id": ONE, "customer_id": was, "x": 1}
        for change in ({}, {"x": 2}):
            arguments = [("jsonb", row), ("jsonb", row | {"customer_id": now} | change)]
            yield plain(called("rights_is_only_matched", arguments, one))


def removals() -> Iterator[Case]:
    old = answered(responded_at="2024-01-01T12:00:00Z", retain_until="2026-01-02")
    told = entry("rights_request.removed", ONE, "portal", "")
    hold = {"id": TWO, "customer_id": ADA, "lifted_at": None}
    appeal = ("rights_appeal", {"rights_request_id": ONE, "appealed_at": PAST})
    decision = {"rights_request_id": ONE, "decided_at": "2024-06-01T12:00:00Z"}
    rests: list[tuple[tuple[str, Row], ...]] = [(request(), old, told), (request(), old), (request(), told)]
    rests += [
        (request(), old, told, ("people_legalhold", hold | one))
        for one in ({}, {"lifted_at": PAST}, {"customer_id": BEN})
    ]
    rests += [(request(), old, told, appeal)]
    rests += [
        (request(), old, told, appeal, ("rights_appealdecision", decision | one)) for one in ({}, {"decided_at": PAST})
    ]
    rests += [(request(), old, told, ("rights_appeal", appeal[1] | {"rights_request_id": TWO}))]
    rests += [(request(), old, told, appeal, ("rights_appealdecision", decision | {"rights_request_id": TWO}))]
    rests += [
        (request(), answered(retain_until="2026-01-02"), told),
        (request(), answered(**old[1] | {"retain_until": "2029-01-01"}), told),
    ]
    rests += [(request(), answered(**old[1] | {"rights_request_id": TWO}), told)]
    rests += [
        (
            request(id=TWO),
            answered(**old[1] | {"rights_request_id": TWO}),
            entry("rights_request.removed", TWO, "portal", ""),
        )
    ]
    for rest in rests:
        yield plain(called("rights_is_over", [("uuid", ONE)], *rest))
    step = {"id": 1, "rights_request_id": ONE, "customer_id": ADA}
    for rest in ((), (request(),), rests[0], (request(id=TWO),)):
        yield plain(deleted("refuse_removal_of_rights", "rights_search", step, *rest))
        yield plain(
            deleted(
                "refuse_removal_of_rights",
                "rights_rightsrequest",
                REQUEST,
                *(one for one in rest if one[0] != "rights_rightsrequest"),
            )
        )
        for was, now in product((None, ADA), (ADA, BEN)):
            row = step | {"customer_id": was}
            yield plain(updated("refuse_removal_of_rights", "rights_search", row, {"customer_id": now}, *rest))
    tables = ("acknowledgement", "answerdispatch", "answer", "appeal", "appealdecision", "assignment", "chosenentry")
    tables += ("clarification", "clarificationreply", "correction", "draft", "deadlineextension", "identitycheck")
    tables += ("lawchoice", "mention", "misseddeadline", "note", "pause", "pauseend", "recipientnotice", "redaction")
    tables += ("search", "statement")
    keyed = ("answerdispatch", "acknowledgement", "answer", "appeal", "appealdecision", "chosenentry")
    keyed += ("deadlineextension", "lawchoice", "misseddeadline")
    pauses = {"pauseend": "pause_id", "clarificationreply": "clarification_id"}
    both = []
    for name, (number, of) in product(tables, ((1, ONE), (2, TWO))):
        key = {} if name in keyed else {pauses.get(name, "id"): number}
        both.append((f"rights_{name}", {"rights_request_id": of} | key))
    yield plain(called("rights_remove", [("uuid", ONE)], request(), request(id=TWO), *both))
    matched = (*both, request(id=TWO, customer_id=None))
    yield plain(
        updated(
            "copy_matched_customer",
            "rights_rightsrequest",
            REQUEST | {"customer_id": None},
            {"customer_id": ADA},
            *matched,
        )
    )
    yield plain(
        inserted(
            "copy_customer_of_rights_request",
            "rights_search",
            step | {"customer_id": None},
            request(),
            request(id=TWO, customer_id=BEN),
        )
    )
    yield plain(inserted("refuse_step_after_answer", "rights_search", step, answered()))
    yield plain(inserted("refuse_step_after_answer", "rights_search", step, answered(rights_request_id=TWO)))
