"""What is asked by right: who asks, step by step, up to the answer; two customers, of whom one has said nothing."""

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

ACTING = ("people_acting", {"id": 7, "user_id": MUM, "customer_id": ADA, "capacity": "self", "starts_at": PAST})
ERASED = ("people_customer", {"id": ADA, "erased_at": PAST})
REQUEST: Row = {
    "id": ONE,
    "customer_id": ADA,
    "regime": "gdpr",
    "jurisdiction": "DE",
    "request_type": "A15",
    "scope": [],
}
REQUEST |= {"channel": "portal", "received_at": NOW, "filed_at": NOW, "identity_needed": "reasonable", "clocks": {}}
REQUEST |= {"state": "in_progress", "handler_id": PIA, "answer_by": LATER, "due_at": LATER, "due_unit": "month"}
REQUEST |= {"waiting_since": None, "follows_id": None, "agent_proof": "", "calendar_id": "DE", "due_rule": "x"}
KNOWN = ("rights_identitycheck", {"id": 1, "rights_request_id": ONE, "level": "reasonable", "checked_at": PAST})
SEARCHED = ("rights_search", {"id": 1, "rights_request_id": ONE})
ANSWER: Row = {
    "rights_request_id": ONE,
    "customer_id": ADA,
    "outcome": "complied_whole",
    "denial_reason": "",
    "granted": [],
}
ANSWER |= {"fee_amount": 0, "responded_at": NOW, "retain_until": "2029-02-01", "denial_legal_basis": ""}
OFFICERS = (staff(PIA), staff(OTTO, "compliance_officer"))
VERSION: Row = {"id": 1, "purpose_id": 1, "number": 1, "published_at": PAST, "dpv_purpose": "dpv:Marketing"}
PURPOSE = ("catalogue_purpose", {"id": 1, "code": "ads", "retired_at": None})


def request(**more: Any) -> tuple[str, Row]:
    return "rights_rightsrequest", REQUEST | more


def answered(**more: Any) -> tuple[str, Row]:
    return "rights_answer", ANSWER | more


def cases() -> Iterator[Case]:
    yield from shared_accounts()
    yield from told_before()
    yield from answers_unchecked()
    yield from answers_not_done()
    yield from answers_without_effect()
    yield from objections()
    yield from corrections_and_parts()
    yield from filings()
    yield from changes_of_requests()
    yield from laws()
    yield from statements()
    yield from removals()
    yield from checks_of_steps()
    yield from steps_told()
    yield from replies_told()
    yield from values_in_question()
    yield from what_is_derived()


def answers_unchecked() -> Iterator[Case]:
    rule, table = "refuse_answer_unchecked", "rights_answer"
    failed = ("rights_identitycheck", KNOWN[1] | {"level": "failed"})
    outcomes = ("complied_whole", "complied_part", "no_data_held", "denied", "withdrawn_by_requester")
    for outcome, identity, reason in product(outcomes, ((), (KNOWN,), (failed,)), ("", "no_match", "x")):
        new = ANSWER | {"outcome": outcome, "denial_reason": reason}
        for one in (request(), request(identity_needed="not_required")):
            yield plain(inserted(rule, table, new, one, SEARCHED, *identity))
    for kind, reason in product(("A7-3", "sale:opt_out", "access:specific", "A21"), ("", "suspected_fraud", "x")):
        for outcome, fee in product(("denied", "complied_part", "complied_whole"), (0, 5)):
            new = ANSWER | {"outcome": outcome, "denial_reason": reason, "fee_amount": fee}
            for granted in ([], ["ads"]):
                one = request(request_type=kind)
                yield plain(inserted(rule, table, new | {"granted": granted}, one, KNOWN, SEARCHED))
    for outcome in ("complied_whole", "complied_part", "no_data_held"):
        part = ANSWER | {"outcome": outcome, "denial_reason": "insuf_verification"}
        for level in ("reasonable", "reasonably_high"):
            known = ("rights_identitycheck", KNOWN[1] | {"level": level})
            for kind in ("access:specific", "A15"):
                yield plain(inserted(rule, table, part, request(request_type=kind), known, SEARCHED))
        for customer, needed in product((ADA, None), ("reasonable", "not_required")):
            one = request(customer_id=customer, identity_needed=needed, request_type="A21")
            yield plain(inserted(rule, table, ANSWER | {"outcome": outcome}, one, KNOWN))
    high = ("rights_identitycheck", KNOWN[1] | {"level": "reasonably_high"})
    yield plain(inserted(rule, table, ANSWER, request(request_type="access:specific"), high, SEARCHED))
    yield plain(inserted(rule, table, ANSWER | {"outcome": "denied", "denial_reason": "x"}, request(), KNOWN))
    whole = (request(), KNOWN, SEARCHED)
    for change in ({"responded_at": PAST}, {"retain_until": "2028-12-01"}):
        yield plain(inserted(rule, table, ANSWER | change, *whole))
    for outcome, change in product(outcomes, ({"waiting_since": PAST}, {"handler_id": None})):
        for needed in ("reasonable", "not_required"):
            one = request(**change, identity_needed=needed, request_type="A21")
            yield plain(inserted(rule, table, ANSWER | {"outcome": outcome}, one, KNOWN))
    elsewhere = ("rights_search", {"id": 1, "rights_request_id": TWO})
    for search in ((), (elsewhere,), (SEARCHED,)):
        for other in ("A15", "A21", "A18"):
            yield plain(inserted(rule, table, ANSWER, request(request_type=other), KNOWN, *search))
    two = ("rights_rightsrequest", REQUEST | {"id": TWO, "request_type": "A7-3", "customer_id": BEN})
    yield plain(inserted(rule, table, ANSWER, two, *whole))
    for kind in ("A15", "A18", "access:specific"):
        yield plain(called("rights_needs_search", [("text", kind)]))


def answers_not_done() -> Iterator[Case]:
    rule, table = "refuse_answer_not_done", "rights_answer"
    gone = {
        "id": TWO,
        "customer_id": ADA,
        "request": ONE,
        "done_at": PAST,
        "deleted": ["orders"],
        "kept": [],
        "law": "x",
    }
    kinds = [("catalogue_category", {"id": 1, "code": "orders"}), ("catalogue_category", {"id": 2, "code": "health"})]
    erasures: list[Row] = [gone, gone | {"customer_id": BEN}, gone | {"request": TWO}, gone | {"done_at": None}]
    erasures += [gone | {"kept": ["health"]}, gone | {"deleted": ["health"]}, gone | {"law": "y", "kept": ["health"]}]
    erasures += [gone | {"kept": ["name"]}, gone | {"deleted": [], "kept": ["orders", "health"]}]
    erasures += [gone | {"kept": ["health"], "customer_id": BEN}, gone | {"kept": ["health"], "request": TWO}]
    erasures += [gone | {"kept": ["health"], "done_at": None}, gone | {"deleted": ["health"], "kept": ["name"]}]
    part = {"outcome": "complied_part", "denial_reason": "legal_restriction", "denial_legal_basis": "x"}
    for kind, scope in product(("A17", "A15"), ([], ["orders"])):
        for new in (ANSWER, ANSWER | part, ANSWER | part | {"denial_reason": "x"}, ANSWER | {"outcome": "denied"}):
            one = request(request_type=kind, scope=scope)
            others: list[tuple[tuple[str, Row], ...]] = [(ERASED,), (("people_customer", ERASED[1] | {"id": BEN}),)]
            others += [(("people_customer", ERASED[1] | {"erased_at": None}),), ()]
            for rest in [*others, *((("vault_parterasure", erasure),) for erasure in erasures)]:
                yield plain(inserted(rule, table, new, one, *kinds, *rest))
    correction = {"id": 1, "rights_request_id": ONE, "place": 0, "is_accepted": True}
    two = ("rights_correction", correction | {"id": 2, "place": 1})
    decided = [(), (("rights_correction", correction),), (("rights_correction", correction | {"is_accepted": False}),)]
    decided += [
        (("rights_correction", correction | {"rights_request_id": TWO}),),
        (("rights_correction", correction), two),
    ]
    for kind, outcome, some in product(("A16", "A15"), ("complied_whole", "complied_part", "denied"), decided):
        for event, object, proposals in (
            ("rights_request.filed", ONE, 1),
            ("rights_request.filed", ONE, 2),
            ("rights_request.filed", TWO, 2),
            ("rights_request.asked", ONE, 2),
        ):
            told = entry(event, object, details={"proposals": proposals})
            yield plain(inserted(rule, table, ANSWER | {"outcome": outcome}, request(request_type=kind), told, *some))
    yield plain(inserted(rule, table, ANSWER, request(request_type="A16"), two, decided[1][0]))
    two_requests = ("rights_rightsrequest", REQUEST | {"id": TWO, "request_type": "A17"})
    yield plain(inserted(rule, table, ANSWER, two_requests, request()))
    for new in (ANSWER | {"outcome": "denied"}, ANSWER):
        for kind in ("A21", "A18"):
            yield from marketing(rule, new, request(request_type=kind, scope=["ads"]))


def marketing(rule: str, new: Row, one: tuple[str, Row], *rest: tuple[str, Row]) -> Iterator[Case]:
    """Of a purpose that is direct marketing, or was before or will be after."""
    version = ("catalogue_purposeversion", VERSION)
    newer = VERSION | {"id": 2, "number": 2, "dpv_purpose": "dpv:ServiceProvision"}
    given: list[tuple[tuple[str, Row], ...]] = [(version,), (("catalogue_purposeversion", newer | {"number": 1}),)]
    given += [(version, ("catalogue_purposeversion", newer | change)) for change in ({}, {"published_at": None})]
    given += [(version, ("catalogue_purposeversion", newer | change)) for change in ({"purpose_id": 2}, {"number": 0})]
    given += [
        (("catalogue_purposeversion", VERSION | change),) for change in ({"published_at": None}, {"purpose_id": 2})
    ]
    for versions in given:
        yield plain(inserted(rule, "rights_answer", new, one, PURPOSE, *versions, *rest))
    other = ("catalogue_purpose", {"id": 1, "code": "support", "retired_at": None})
    yield plain(inserted(rule, "rights_answer", new, one, other, version, *rest))


def answers_without_effect() -> Iterator[Case]:
    rule, table = "refuse_answer_without_effect", "rights_answer"
    mark = {"id": TWO, "customer_id": ADA, "request": ONE, "kind": "objection", "purpose_id": 1, "lifted_at": None}
    proposed = {"id": TWO, "customer_id": ADA, "reason": "requested", "done_at": None, "cancelled_at": None}
    part = {"id": TWO, "customer_id": ADA, "request": ONE, "done_at": None, "cancelled_at": None}
    rests: list[tuple[tuple[str, Row], ...]] = [(), (ERASED,), (("people_customer", ERASED[1] | {"id": BEN}),)]
    rests += [(("people_customer", ERASED[1] | {"erased_at": None}),)]
    rests += [(("choices_mark", mark | change),) for change in ({}, {"request": TWO}, {"lifted_at": PAST})]
    for change in ({}, {"done_at": PAST}, {"cancelled_at": PAST}, {"customer_id": BEN}):
        rests.append((("people_erasure", proposed | change),))
    rests.append((("people_erasure", proposed | {"reason": "unneeded"}),))
    for change in ({}, {"done_at": PAST}, {"cancelled_at": PAST}, {"request": TWO}):
        rests.append((("vault_parterasure", part | change),))
    for kind, outcome, rest in product(("A18", "A17", "A15"), ("complied_whole", "denied"), rests):
        yield plain(inserted(rule, table, ANSWER | {"outcome": outcome}, request(request_type=kind), *rest))
    two = ("rights_rightsrequest", REQUEST | {"id": TWO, "request_type": "A18"})
    yield plain(inserted(rule, table, ANSWER, two, request()))
    rule = "refuse_sale_that_nobody_allowed"
    choice = {"id": TWO, "customer_id": ADA, "purpose_id": 1, "version_id": 1, "status": "ConsentGiven"}
    sale = {"id": 1, "purpose_id": 1, "number": 1, "sale": True}
    for kind, outcome in product(("sale:opt_in", "A15"), ("complied_whole", "complied_part", "denied")):
        for made, of in (
            ({}, {}),
            ({"customer_id": BEN}, {}),
            ({"status": "ConsentRefused"}, {}),
            ({}, {"sale": False}),
            ({}, {"id": 2}),
        ):
            rest = (("choices_choice", choice | made), ("catalogue_purposeversion", sale | of))
            yield plain(inserted(rule, table, ANSWER | {"outcome": outcome}, request(request_type=kind), *rest))
    two = ("rights_rightsrequest", REQUEST | {"id": TWO, "request_type": "sale:opt_in"})
    yield plain(inserted(rule, table, ANSWER, two, request()))


def objections() -> Iterator[Case]:
    rule = "refuse_objection_answered_otherwise"
    mark = {"id": ONE, "customer_id": ADA, "request": ONE, "kind": "objection", "purpose_id": 1, "lifted_at": None}
    mark |= {"lift_announced_at": None}
    offers = ("catalogue_purpose", {"id": 2, "code": "offers", "retired_at": None})
    harmless = ("catalogue_purposeversion", VERSION | {"dpv_purpose": "dpv:ServiceProvision", "legal_basis": "A6-1-f"})
    second = ("catalogue_purposeversion", harmless[1] | {"id": 2, "purpose_id": 2})
    uses = (PURPOSE, offers, harmless, second)
    marks: list[tuple[tuple[str, Row], ...]] = [()]
    changes: list[Row] = [{}, {"request": TWO}, {"kind": "restriction"}, {"purpose_id": 2}, {"purpose_id": None}]
    changes += [{"lifted_at": PAST}, {"lift_announced_at": PAST}]
    marks += [(("choices_mark", mark | change),) for change in changes]
    marks += [(("choices_mark", mark), ("choices_mark", mark | {"id": TWO} | change)) for change in changes]
    for outcome, kind, some in product(("denied", "complied_part", "complied_whole"), ("A21", "A18"), marks):
        for granted, scope in ((["ads"], []), (["ads"], ["ads", "offers"]), (["ads"], ["offers"]), (["ads"], ["ads"])):
            new = ANSWER | {"outcome": outcome, "granted": granted}
            yield plain(inserted(rule, "rights_answer", new, request(request_type=kind, scope=scope), *uses, *some))
    part, one = ANSWER | {"outcome": "complied_part", "granted": ["ads"]}, request(request_type="A21", scope=["offers"])
    for change in ({}, {"id": BEN}, {"erased_at": None}):
        yield plain(inserted(rule, "rights_answer", part, one, *uses, ("people_customer", ERASED[1] | change)))
    two = ("rights_rightsrequest", REQUEST | {"id": TWO, "request_type": "A21", "scope": ["ads"]})
    yield plain(inserted(rule, "rights_answer", part, two, request(), *uses))
    yield from marketing(rule, ANSWER | {"outcome": "denied"}, request(request_type="A21", scope=["ads"]))
    yield from marketing(rule, ANSWER, request(request_type="A21", scope=["ads"]))
    yield from marketing(rule, ANSWER | {"outcome": "denied"}, request(request_type="A18", scope=["ads"]))
    for code, retired, basis in product(("ads", "offers"), (None, PAST), ("A6-1-f", "A6-1-a")):
        purpose = ("catalogue_purpose", PURPOSE[1] | {"retired_at": retired})
        version = ("catalogue_purposeversion", VERSION | {"legal_basis": basis, "lost": False})
        for scope in ([], [code]):
            yield plain(called("rights_objected", [("jsonb", scope)], purpose, version))
            new = REQUEST | {"request_type": "A21", "scope": scope}
            yield plain(inserted("refuse_objection_without_ground", "rights_rightsrequest", new, purpose, version))
    rule, table = "refuse_early_end_of_objection", "choices_mark"
    for event, by, object in product(("objection.lifted", "objection.placed"), ("staff", "customer"), (ONE, TWO)):
        told = entry(event, object, by, PIA)
        yield plain(updated(rule, table, mark, {"lifted_at": NOW}, told))
        for outcome, of, granted in product(("denied", "complied_part", "complied_whole"), (ONE, TWO), ([], ["ads"])):
            given = answered(rights_request_id=of, outcome=outcome, granted=granted)
            yield plain(updated(rule, table, mark, {"lifted_at": NOW}, told, given, PURPOSE))
    late = entry("objection.lifted", ONE, "staff", PIA, occurred_at=PAST)
    yield plain(updated(rule, table, mark, {"lifted_at": NOW}, late))
    partly = answered(outcome="complied_part", granted=["ads"])
    elsewhere = ("catalogue_purpose", PURPOSE[1] | {"id": 2})
    yield plain(
        updated(rule, table, mark, {"lifted_at": NOW}, entry("objection.lifted", ONE, "staff", PIA), partly, elsewhere)
    )


def corrections_and_parts() -> Iterator[Case]:
    rule, table = "refuse_correction_off_record", "rights_correction"
    correction = {"id": 1, "rights_request_id": ONE, "customer_id": ADA, "place": 0, "is_accepted": True}
    correction |= {"decided_at": NOW, "decided_by_id": PIA}
    stored = entry("vault.stored", "records", "portal", "", id=2)
    told = entry("rights_request.value_decided", ONE, "staff", PIA, outcome="accepted", details={"place": 0})
    refused = (told[0], told[1] | {"outcome": "refused"})
    for one in (request(request_type="A16"), request(), request(request_type="A16", state="answered")):
        for entries in ((told, stored), (told,), (refused,), (stored,), ()):
            for change in ({}, {"is_accepted": False}, {"decided_at": PAST}, {"decided_by_id": SAM}, {"place": 1}):
                yield plain(inserted(rule, table, correction | change, one, KNOWN, staff(PIA), *entries))
    for known in ((), (("rights_identitycheck", KNOWN[1] | {"level": "failed"}),)):
        yield plain(inserted(rule, table, correction, request(request_type="A16"), staff(PIA), told, stored, *known))
    two = ("rights_rightsrequest", REQUEST | {"id": TWO, "request_type": "A16"})
    about_two = (told[0], told[1] | {"object": TWO})
    known = ("rights_identitycheck", KNOWN[1] | {"id": 2, "rights_request_id": TWO})
    yield plain(inserted(rule, table, correction, request(), two, known, staff(PIA), about_two, stored))
    rule, table = "refuse_part_erasure_of_no_request", "vault_parterasure"
    part = {"id": TWO, "customer_id": ADA, "request": ONE, "deleted": [], "kept": []}
    for kind, state, customer in product(("A17", "A15"), ("in_progress", "answered"), (ADA, BEN)):
        for known in ((), (KNOWN,)):
            one = request(request_type=kind, state=state, customer_id=customer)
            yield plain(inserted(rule, table, part, one, *known))
            yield plain(inserted(rule, table, part | {"request": TWO}, one, *known))
    rule, table = "refuse_chosen_entry_off_record", "rights_chosenentry"
    chosen = {"rights_request_id": ONE, "customer_id": ADA, "chosen_at": NOW}
    for kind, state, event in product(("A16", "A15"), ("in_progress", "answered"), ("entry_chosen", "filed")):
        told = entry(f"rights_request.{event}", ONE, "customer", MUM)
        for moment in (NOW, PAST):
            one = request(request_type=kind, state=state)
            yield plain(inserted(rule, table, chosen | {"chosen_at": moment}, one, told, ACTING))
    two = ("rights_rightsrequest", REQUEST | {"id": TWO, "request_type": "A16"})
    told = entry("rights_request.entry_chosen", TWO, "customer", MUM)
    yield plain(inserted(rule, table, chosen, request(), two, told, ACTING))


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
    old |= {"clarification_id": None}
    theirs = {"is_theirs": True, "sealed": "\\x02"}
    for is_theirs, customer in product((False, True), (ADA, None)):
        for change in (
            theirs,
            theirs | {"kind": "question"},
            theirs | {"rights_request_id": TWO},
            theirs | {"clarification_id": 1},
            theirs | {"customer_id": BEN},
            {"customer_id": BEN},
            {"customer_id": ADA},
            {"sealed": "\\x02"},
        ):
            for one in (request(), request(customer_id=None), request(id=TWO), request(customer_id=BEN)):
                row = old | {"is_theirs": is_theirs, "customer_id": customer}
                yield plain(updated(rule, table, row, change, one))
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
    tables += ("lawchoice", "misseddeadline", "pause", "pauseend", "recipientnotice", "search", "statement")
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


def checks_of_steps() -> Iterator[Case]:
    step = {"id": 1, "rights_request_id": ONE, "customer_id": ADA}
    for moment, officer in product((NOW, PAST), (PIA, SAM)):
        new = step | {"assigned_at": moment, "officer_id": officer}
        yield plain(inserted("check_assignment", "rights_assignment", new, staff(PIA)))
    for level, needed, kind in product(
        ("failed", "session_reauth", "reasonable", "reasonably_high"),
        ("reasonable", "not_required", "reasonably_high"),
        ("access:specific", "A15"),
    ):
        for channel, handler, customer in product(("portal", "post"), (PIA, None), (ADA, None)):
            one = request(
                identity_needed=needed, request_type=kind, channel=channel, handler_id=handler, customer_id=customer
            )
            yield plain(
                inserted("check_identity", "rights_identitycheck", step | {"level": level, "checked_at": NOW}, one)
            )
    checked = step | {"level": "reasonably_high", "checked_at": NOW}
    yield plain(inserted("check_identity", "rights_identitycheck", checked | {"checked_at": PAST}, request()))
    yield plain(inserted("check_identity", "rights_identitycheck", checked, request(id=TWO)))
    yield plain(inserted("check_identity", "rights_identitycheck", checked | {"id": 2}, request(), KNOWN))
    long, late = "2027-04-10T12:00:00Z", "2027-06-01T12:00:00Z"
    for change, one in product(
        ({}, {"notified_at": PAST}, {"extended_to": NOW}, {"extended_to": late}),
        (
            request(),
            request(due_at=PAST),
            request(due_unit="business_day"),
            request(waiting_since=PAST),
            request(id=TWO),
        ),
    ):
        new = {"rights_request_id": ONE, "customer_id": ADA, "notified_at": NOW, "extended_to": long} | change
        yield plain(inserted("check_extension", "rights_deadlineextension", new, one))
        new = step | {"began_at": change.get("notified_at", NOW), "waiting_for": "identity"}
        yield plain(inserted("check_pause", "rights_pause", new, one))
        yield plain(inserted("check_pause", "rights_pause", new, request(answer_by=PAST)))
    soon = {"notified_at": NOW, "extended_to": "2027-02-01T12:00:00Z", "rights_request_id": ONE, "customer_id": ADA}
    for unit in ("business_day", "month"):
        one = request(due_unit=unit, due_at="2027-01-20T12:00:00Z")
        yield plain(inserted("check_extension", "rights_deadlineextension", soon, one))
    moved = "2027-03-11T12:00:00Z"
    pause = {"id": 1, "rights_request_id": ONE, "began_at": PAST, "waiting_for": "identity"}
    end = {
        "pause_id": 1,
        "rights_request_id": ONE,
        "ended_at": NOW,
        "waited_days": 10,
        "due_at": moved,
        "extended_to": None,
    }
    waiting = request(waiting_since=PAST)
    extended = (
        "rights_deadlineextension",
        {"rights_request_id": ONE, "notified_at": NOW, "extended_to": long, "clock": {}},
    )
    for change, one, p in product(
        (
            {},
            {"ended_at": PAST},
            {"waited_days": -1},
            {"waited_days": 99},
            {"due_at": NOW},
            {"due_at": late},
            {"extended_to": long},
            {"extended_to": late},
        ),
        (waiting, request(waiting_since=NOW), request(id=TWO, waiting_since=PAST)),
        (pause, pause | {"rights_request_id": TWO}, pause | {"id": 2}),
    ):
        for rest in ((), (extended,)):
            yield plain(inserted("check_pause_end", "rights_pauseend", end | change, one, ("rights_pause", p), *rest))
    unmoved = end | {"waited_days": 0, "due_at": LATER}
    for began in (PAST, NOW):
        given = (request(waiting_since=NOW), ("rights_pause", pause | {"began_at": began}))
        yield plain(inserted("check_pause_end", "rights_pauseend", unmoved, *given))
    for format_, day, officer, of in product(
        ("email", "portal"), ("2027-01-15", "2026-01-01", "2028-01-01"), (PIA, SAM), (ONE, TWO)
    ):
        new = {"rights_request_id": ONE, "sent_on": day, "sent_by_id": officer}
        given = (answered(response_format=format_, rights_request_id=of), request(), request(id=TWO), staff(PIA))
        yield plain(inserted("check_answer_dispatch", "rights_answerdispatch", new, *given))
    yield plain(
        inserted(
            "check_answer_dispatch",
            "rights_answerdispatch",
            {"rights_request_id": ONE, "sent_on": "2027-01-15", "sent_by_id": PIA},
            answered(response_format="email"),
            request(id=TWO),
            staff(PIA),
        )
    )
    for moment, outcome, of in product((NOW, PAST, LATER), ("denied", "complied_whole"), (ONE, TWO)):
        new = {"rights_request_id": ONE, "customer_id": ADA, "appealed_at": moment}
        given = answered(outcome=outcome, rights_request_id=of)
        yield plain(inserted("check_appeal", "rights_appeal", new, given))
    appeal = {"rights_request_id": ONE, "appealed_at": PAST}
    for moment, officer, of, one in product((NOW, PAST), (PIA, OTTO, SAM), (ONE, TWO), (request(), request(id=TWO))):
        new = {"rights_request_id": ONE, "customer_id": ADA, "decided_at": moment, "decided_by_id": officer}
        given = (one, ("rights_appeal", appeal | {"rights_request_id": of}), *OFFICERS)
        yield plain(inserted("check_appeal_decision", "rights_appealdecision", new, *given))
    late_told = entry("rights_request.late", ONE, "portal", "")
    for change, one in product(
        ({}, {"due_at": NOW}, {"noted_at": PAST}),
        (request(answer_by=PAST), request(answer_by=PAST, waiting_since=PAST), request(answer_by=PAST, id=TWO)),
    ):
        new = {"rights_request_id": ONE, "customer_id": ADA, "due_at": PAST, "noted_at": NOW} | change
        rests: list[tuple[tuple[str, Row], ...]] = [
            (late_told,),
            (),
            (late_told, answered(responded_at="2026-11-01T12:00:00Z")),
        ]
        rests += [(late_told, answered(outcome="withdrawn_by_requester")), (late_told, answered())]
        for rest in rests:
            yield plain(inserted("refuse_missed_deadline_off_record", "rights_misseddeadline", new, one, *rest))
    about_two = entry("rights_request.late", TWO, "portal", "")
    new = {"rights_request_id": ONE, "customer_id": ADA, "due_at": PAST, "noted_at": NOW}
    yield plain(
        inserted(
            "refuse_missed_deadline_off_record",
            "rights_misseddeadline",
            new,
            request(answer_by=PAST, id=TWO),
            about_two,
        )
    )
    not_yet = {"rights_request_id": ONE, "customer_id": ADA, "due_at": LATER, "noted_at": NOW}
    yield plain(inserted("refuse_missed_deadline_off_record", "rights_misseddeadline", not_yet, request(), late_told))
    code = {"id": ONE, "customer_id": ADA, "approved_at": PAST, "proposed_by_id": PIA, "approved_by_id": OTTO}
    for change, actor in product(({}, {"customer_id": BEN}, {"approved_at": None}), (PIA, OTTO, SAM)):
        told = entry("rights_request.answered", ONE, "staff", actor, id=9)[1]
        yield plain(
            inserted("refuse_answer_to_their_own_code", "ledger_entry", told, ("people_claimcode", code | change))
        )
    told = entry("rights_request.facts_compared", ONE, "staff", PIA, id=9, outcome="differs")[1]
    changes: list[Row] = [{}, {"customer": BEN}, {"event": "x"}, {"outcome": "same"}, {"occurred_at": PAST}]
    for count, change in product((2, 3), changes):
        known = [("ledger_entry", told | {"id": n} | change) for n in range(count)]
        yield plain(inserted("refuse_comparison_after_three", "ledger_entry", told, *known))


STEPS: dict[str, tuple[Row, list[tuple[str, str, Row]]]] = {
    "rights_assignment": ({}, [("taken", "", {})]),
    "rights_acknowledgement": (
        {"acknowledged_at": NOW},
        [("acknowledged", "", {}), ("filed", "acknowledged", {}), ("filed", "x", {})],
    ),
    "rights_identitycheck": (
        {"level": "failed"},
        [
            ("identity_failed", "", {}),
            ("identity_confirmed", "reasonable", {}),
            ("identity_confirmed", "x", {}),
            ("filed", "", {}),
        ],
    ),
    "rights_deadlineextension": ({}, [("extended", "", {})]),
    "rights_pause": ({"waiting_for": "identity", "began_at": NOW}, [("paused", "", {})]),
    "rights_clarification": (
        {"id": 1, "asked_at": NOW, "asked_by_id": PIA, "about": "scope"},
        [
            ("asked", "scope", {"clarification": 1}),
            ("paused", "scope", {"clarification": 1}),
            ("asked", "x", {"clarification": 1}),
        ],
    ),
    "rights_clarificationreply": (
        {"clarification_id": 1, "way": "account", "replied_at": NOW},
        [("clarified", "account", {"clarification": 1})],
    ),
    "rights_pauseend": (
        {"pause_id": 1},
        [
            (event, "", {})
            for event in ("resumed", "unanswered", "law_chosen", "clarified", "identity_failed", "entry_chosen")
        ],
    ),
    "rights_lawchoice": (
        {"regime": "gdpr", "jurisdiction": "DE", "request_type": "A15", "reason": "r"},
        [
            ("law_chosen", "", {"regime": "gdpr", "jurisdiction": "DE", "type": "A15", "reason": "r"}),
            ("law_chosen", "", {}),
        ],
    ),
    "rights_search": ({"searched_at": NOW, "searched_by_id": PIA}, [("system_searched", "", {})]),
    "rights_recipientnotice": ({"told_at": NOW, "told_by_id": PIA}, [("recipient_told", "", {})]),
    "rights_answer": (
        {"outcome": "denied"},
        [
            ("answered", "denied", {}),
            ("filed", "answered", {}),
            ("withdrawn", "withdrawn_by_requester", {}),
            ("answered", "x", {}),
        ],
    ),
    "rights_answerdispatch": (
        {"noted_at": NOW, "sent_on": "2027-01-15"},
        [("answer_sent", "", {"sent_on": "2027-01-15"})],
    ),
    "rights_appeal": ({"appealed_at": NOW}, [("appealed", "", {})]),
    "rights_appealdecision": ({"outcome": "upheld"}, [("appeal_decided", "upheld", {}), ("appeal_decided", "x", {})]),
    "rights_draft": ({}, [("filed", "", {})]),
}
OTHERWISE: dict[str, list[Row]] = {
    "rights_acknowledgement": [{"acknowledged_at": PAST}],
    "rights_identitycheck": [{"level": "session_reauth"}, {"level": "reasonable"}],
    "rights_pause": [{"waiting_for": "scope"}, {"began_at": PAST}],
    "rights_clarification": [{"asked_at": PAST}, {"asked_by_id": SAM}],
    "rights_pauseend": [{"pause_id": 2}, {"pause_id": 3}],
    "rights_search": [{"searched_at": PAST}, {"searched_by_id": SAM}],
    "rights_recipientnotice": [{"told_at": PAST}, {"told_by_id": SAM}],
    "rights_answer": [{"outcome": "withdrawn_by_requester"}],
    "rights_answerdispatch": [{"noted_at": PAST}],
    "rights_appeal": [{"appealed_at": PAST}],
}


def steps_told() -> Iterator[Case]:
    question = ("rights_clarification", {"id": 1, "rights_request_id": ONE, "about": "identity", "asked_at": NOW})
    pauses = [
        ("rights_pause", {"id": n, "rights_request_id": ONE, "waiting_for": what, "began_at": PAST})
        for n, what in ((1, "identity"), (2, "scope"))
    ]
    known = (question, *pauses, ACTING, *OFFICERS, request())
    noted = {"channel": "phone", "said_on": "2027-01-14"}
    for table, (step, told) in STEPS.items():
        for change in ({}, *OTHERWISE.get(table, [])):
            about = [("text", table), ("jsonb", {"rights_request_id": ONE, "customer_id": ADA} | step | change)]
            yield plain(called("rights_is_step_told", about, *known))
            for event, outcome, details in (*told, ("x", "", {})):
                for actor_kind, actor in (("customer", MUM), ("staff", PIA)):
                    said = details | (noted if actor_kind == "staff" else {})
                    by = entry(f"rights_request.{event}", ONE, actor_kind, actor, outcome=outcome, details=said)
                    yield plain(called("rights_is_step_told", about, *known, by))
    unmatched = (*known[:-1], request(customer_id=None))
    step, told = STEPS["rights_lawchoice"]
    by = entry("rights_request.law_chosen", ONE, "staff", PIA, details=told[0][2], customer=None)
    about = [("text", "rights_lawchoice"), ("jsonb", {"rights_request_id": ONE, "customer_id": None} | step)]
    yield plain(called("rights_is_step_told", about, *unmatched, by))
    by = entry("rights_request.law_chosen", TWO, "staff", PIA, details=told[0][2])
    yield plain(called("rights_is_step_told", about, request(id=TWO), by))
    for event in ("appealed", "withdrawn"):
        by = entry(f"rights_request.{event}", ONE, "staff", PIA, outcome="withdrawn_by_requester", details=noted)
        for change in (
            {},
            {"details": '{"channel": "x", "said_on": "2027-01-14"}'},
            {"details": '{"channel": "phone", "said_on": "x"}'},
        ):
            for other in (
                {},
                {"event": "x"},
                {"object": TWO},
                {"actor_kind": "portal"},
                {"actor": "x"},
                {"actor": SAM},
                {"occurred_at": PAST},
            ):
                given = (by[0], by[1] | change | other)
                noting = [("text", ONE), ("text", f"rights_request.{event}")]
                yield plain(called("rights_officer_notes_now", noting, given, *OFFICERS))
    for change in (
        {},
        {"object": TWO},
        {"customer": BEN},
        {"event": "x"},
        {"actor_kind": "staff"},
        {"actor": SAM},
        {"occurred_at": PAST},
    ):
        for acts in (
            {},
            {"customer_id": BEN},
            {"user_id": SAM},
            {"starts_at": LATER},
            {"ends_at": PAST},
            {"ends_at": LATER},
        ):
            by = entry("rights_request.filed", ONE, "customer", MUM)
            given = ((by[0], by[1] | change), ("people_acting", ACTING[1] | acts))
            telling = [("text", ONE), ("uuid", ADA), ("text", "rights_request.filed")]
            yield plain(called("rights_customer_tells_now", telling, *given))
    for of, subject, moment in product((ONE, TWO), ("identity", "scope"), (NOW, PAST)):
        sent = [("text", of), ("text", subject), ("timestamptz", moment)]
        yield plain(called("rights_is_question_sent", sent, question))
    for level, of in product(("failed", "reasonable"), (ONE, TWO)):
        check = ("rights_identitycheck", KNOWN[1] | {"level": level, "rights_request_id": of})
        yield plain(called("rights_is_verified", [("uuid", ONE)], check))


def replies_told() -> Iterator[Case]:
    question = {"id": 1, "rights_request_id": ONE, "about": "identity", "asked_at": PAST, "code_hash": "\\x01"}
    pause = {"id": 1, "rights_request_id": ONE, "waiting_for": "identity", "began_at": PAST}
    end = ("rights_pauseend", {"pause_id": 1, "rights_request_id": ONE})
    for way, actor_kind, actor in product(
        ("account", "code", "noted"), ("customer", "staff", "portal"), (MUM, PIA, SAM, "x")
    ):
        by = entry("rights_request.clarified", ONE, actor_kind, actor, outcome=way, details={"clarification": 1})
        reply = [("text", ONE), ("uuid", ADA), ("jsonb", {"clarification_id": 1, "way": way, "replied_at": NOW})]
        for asked in (question, question | {"code_hash": None}):
            yield plain(called("rights_is_reply_told", reply, ("rights_clarification", asked), by, ACTING, *OFFICERS))
    by = entry("rights_request.clarified", ONE, "customer", MUM, outcome="code", details={"clarification": 1})
    asked = ("rights_clarification", question)
    for change in ({"clarification_id": 2}, {"way": "noted"}, {"replied_at": PAST}):
        reply = [
            ("text", ONE),
            ("uuid", ADA),
            ("jsonb", {"clarification_id": 1, "way": "code", "replied_at": NOW} | change),
        ]
        yield plain(called("rights_is_reply_told", reply, asked, by))
    reply = [("text", ONE), ("uuid", ADA), ("jsonb", {"clarification_id": 1, "way": "code", "replied_at": NOW})]
    for change in (
        {"object": TWO},
        {"customer": BEN},
        {"event": "x"},
        {"outcome": "x"},
        {"details": "{}"},
        {"occurred_at": PAST},
    ):
        yield plain(called("rights_is_reply_told", reply, asked, (by[0], by[1] | change)))
    yield plain(
        called("rights_is_reply_told", reply, ("rights_clarification", question | {"rights_request_id": TWO}), by)
    )
    for change in ({}, {"rights_request_id": TWO}, {"began_at": NOW}):
        for ends in ((), (end,), (("rights_pauseend", end[1] | {"pause_id": 2}),)):
            yield plain(called("rights_is_reply_told", reply, asked, by, ("rights_pause", pause | change), *ends))


def values_in_question() -> Iterator[Case]:
    about = [("uuid", ONE), ("uuid", ADA), ("bigint", 1), ("text", "phone"), ("uuid", PIA)]
    contact = ("catalogue_category", {"id": 1, "code": "contact"})
    filed = entry("rights_request.filed", ONE, details={"fields": ["contact.phone"]})
    one = request(request_type="A16")
    whole = [one, contact, filed, KNOWN, staff(PIA)]
    yield plain(called("is_in_question", about, *whole))
    others: list[tuple[int, Row]] = [(0, {"id": TWO}), (0, {"customer_id": BEN}), (0, {"request_type": "A15"})]
    others += [(0, {"state": "answered"}), (0, {"handler_id": OTTO}), (1, {"id": 2}), (1, {"code": "orders"})]
    others += [(2, {"object": TWO}), (2, {"event": "x"}), (2, {"details": "{}"}), (3, {"level": "failed"})]
    others += [(3, {"rights_request_id": TWO}), (4, {"role": "requester"}), (4, {"ended_at": PAST})]
    opening = {"id": SAM, "kind": "correction", "customer_id": ADA, "staff_id": PIA, "category_id": 1, "field": "phone"}
    opening |= {"request": ONE, "xid": "1", "opened_at": NOW, "purpose_id": None, "grant_id": None}
    record = ("vault_record", {"id": TWO, "customer_id": ADA, "category_id": 1, "sealed": {"phone": "1:x"}})
    digest = ("vault_fingerprint", {"record": TWO, "customer_id": ADA, "digest": "\\x01"})
    looked = ("disclosures_opening", opening)
    reading = [("uuid", SAM)]
    for place, change in others:
        given = [(table, row | change if n == place else row) for n, (table, row) in enumerate(whole)]
        yield plain(called("is_in_question", about, *given))
        yield plain(called("read_value_in_question", reading, *given, looked, record, digest))
        yield plain(inserted("refuse_opening_for_no_correction", "disclosures_opening", opening, *given))
    for n, other in enumerate((TWO, BEN, 2, "name", OTTO)):
        asked = [(kind, other if place == n else value) for place, (kind, value) in enumerate(about)]
        yield plain(called("is_in_question", asked, *whole, staff(OTTO)))
    two = ("catalogue_category", {"id": 2, "code": "orders"})
    yield plain(called("is_in_question", [*about[:2], ("bigint", 2), *about[3:]], *whole, two))
    part = {"id": TWO, "customer_id": ADA, "done_at": PAST, "deleted": ["contact"], "kept": []}
    for change in ({}, {"customer_id": BEN}, {"done_at": None}, {"deleted": []}, {"deleted": [], "kept": ["contact"]}):
        yield plain(called("is_in_question", about, *whole, ("vault_parterasure", part | change)))
    module = ("training_moduleversion", {"id": 1, "code": "m", "number": 1, "required": True, "published_at": PAST})
    block = ("access_block", {"id": TWO, "customer_id": ADA, "kind": "everybody", "member_id": None, "lifted_at": None})
    for rest in (module, block):
        yield plain(called("is_in_question", about, *whole, rest))
    for change in ({}, {"id": TWO}, {"kind": "grant"}, {"opened_at": PAST}, {"opened_at": LATER}, {"xid": "$xid"}):
        given = ("disclosures_opening", opening | change)
        yield plain(called("read_value_in_question", reading, *whole, given, record, digest))
    another = ("vault_record", record[1] | {"id": OTTO})
    for of in (ONE, TWO):
        chosen = ("rights_chosenentry", {"rights_request_id": of, "entry": TWO, "customer_id": ADA, "chosen_at": NOW})
        yield plain(called("read_value_in_question", reading, *whole, looked, record, another, digest, chosen))
    yield plain(inserted("refuse_opening_for_no_correction", "disclosures_opening", opening, *whole))


def what_is_derived() -> Iterator[Case]:
    steps: list[tuple[str, Row]] = [
        ("rights_acknowledgement", {"rights_request_id": ONE}),
        ("rights_assignment", {"id": 1, "rights_request_id": ONE, "officer_id": PIA}),
        answered(),
        (
            "rights_deadlineextension",
            {"rights_request_id": ONE, "notified_at": NOW, "extended_to": "2027-04-10T12:00:00Z"},
        ),
        ("rights_pause", {"id": 1, "rights_request_id": ONE, "began_at": NOW}),
        ("rights_lawchoice", {"rights_request_id": ONE, "chosen_at": LATER, "extended_to": None}),
        ("rights_lawchoice", {"rights_request_id": ONE, "chosen_at": PAST, "extended_to": PAST}),
        (
            "rights_pauseend",
            {"pause_id": 1, "rights_request_id": ONE, "ended_at": NOW, "due_at": PAST, "extended_to": None},
        ),
        (
            "rights_pauseend",
            {"pause_id": 1, "rights_request_id": ONE, "ended_at": NOW, "due_at": PAST, "extended_to": LATER},
        ),
    ]
    sets: list[tuple[tuple[str, Row], ...]] = [(), *((one,) for one in steps)]
    sets += [(steps[3], one) for one in (steps[5], steps[6])] + [(steps[4], one) for one in (steps[2], steps[7])]
    sets += [(one, end) for one in (steps[5], steps[6]) for end in (steps[7], steps[8])]
    for some in sets:
        elsewhere = [(table, row | {"rights_request_id": TWO}) for table, row in some]
        for given in (list(some), elsewhere):
            yield plain(called("rights_derive", [("uuid", ONE)], request(id=TWO), request(), *given))
    elsewhere = (steps[5][0], steps[5][1] | {"rights_request_id": TWO})
    yield plain(called("rights_derive", [("uuid", ONE)], request(), steps[3], elsewhere))
    yield plain(
        called(
            "rights_derive", [("uuid", ONE)], request(), steps[4], ("rights_pauseend", steps[7][1] | {"pause_id": 2})
        )
    )
    step = {"id": 2, "rights_request_id": ONE, "officer_id": OTTO, "assigned_at": NOW}
    yield plain(inserted("derive_progress", "rights_assignment", step, request(), request(id=TWO)))
    old = REQUEST | {"customer_id": None, "state": "received"}
    yield plain(
        updated(
            "derive_progress_of_matched", "rights_rightsrequest", old, {"customer_id": ADA}, request(id=TWO), steps[1]
        )
    )


def told_before() -> Iterator[Case]:
    """What would be allowed, had its entry come with it; and a value read by a transaction that sees an older state."""
    telling = [("text", ONE), ("uuid", ADA), ("text", "rights_request.filed")]
    yield of_before(
        called("rights_customer_tells_now", telling, entry("rights_request.filed", ONE, "customer", MUM), ACTING)
    )
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
