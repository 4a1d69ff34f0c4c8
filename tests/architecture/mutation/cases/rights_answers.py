"""Answers to what is asked by right: not before they may be given, and not without what they promise."""

from collections.abc import Iterator
from itertools import product

from tests.architecture.mutation.cases.rights_rows import (
    ACTING,
    ANSWER,
    ERASED,
    KNOWN,
    PURPOSE,
    REQUEST,
    SEARCHED,
    VERSION,
    answered,
    request,
)
from tests.architecture.mutation.varying import (
    ADA,
    BEN,
    MUM,
    NOW,
    ONE,
    PAST,
    PIA,
    SAM,
    TWO,
    Case,
    Row,
    called,
    entry,
    inserted,
    plain,
    staff,
    updated,
)


def cases() -> Iterator[Case]:
    yield from answers_unchecked()
    yield from answers_not_done()
    yield from answers_without_effect()
    yield from objections()
    yield from corrections_and_parts()


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
    # Whichever of the two were taken instead, it is not the one that is meant once.
    refusing = ANSWER | {"outcome": "denied", "denial_reason": "x"}
    for meant in (ONE, TWO):
        yield plain(inserted(rule, table, refusing | {"rights_request_id": meant}, *whole, two))
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
    # Two uses stop: the mark of one of them stands, that of the other as it is said here.
    both, twice = ANSWER | {"outcome": "complied_part", "granted": ["ads", "offers"]}, {"id": TWO, "purpose_id": 2}
    more = ("catalogue_purpose", {"id": 3, "code": "theft", "retired_at": None})
    three = request(request_type="A21", scope=["ads", "offers", "theft"])
    for change in ({"id": ONE}, *changes, {"purpose_id": 3}):
        standing = [("choices_mark", mark), ("choices_mark", mark | twice | change)][change == {"id": ONE} :]
        yield plain(inserted(rule, "rights_answer", both, three, *uses, more, *standing))
    marks += [(("choices_mark", mark | change),) for change in changes]
    others = [*changes, *(change | {"purpose_id": 2} for change in changes)]
    marks += [(("choices_mark", mark), ("choices_mark", mark | {"id": TWO} | change)) for change in others]
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
    by_sam = (told[0], told[1] | {"actor": SAM})
    theirs = correction | {"decided_by_id": SAM}
    yield plain(inserted(rule, table, theirs, request(request_type="A16"), KNOWN, staff(PIA), by_sam, stored))
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
