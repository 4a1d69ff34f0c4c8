"""The steps of a request by right, from its officer to the decision on an appeal."""

from collections.abc import Iterator
from itertools import product

from tests.architecture.mutation.cases.rights_rows import (
    KNOWN,
    OFFICERS,
    REQUEST,
    answered,
    request,
)
from tests.architecture.mutation.varying import (
    ADA,
    BEN,
    LATER,
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
    entry,
    inserted,
    plain,
    staff,
    updated,
)


def cases() -> Iterator[Case]:
    yield from assignments_and_identity()
    yield from extensions_and_pauses()
    yield from ends_of_pauses()
    yield from dispatches()
    yield from appeals()
    yield from missed_deadlines()
    yield from own_codes_and_comparisons()
    yield from values_in_question()
    yield from what_is_derived()


STEP: Row = {"id": 1, "rights_request_id": ONE, "customer_id": ADA}
LONG, LATE = "2027-04-10T12:00:00Z", "2027-06-01T12:00:00Z"


def assignments_and_identity() -> Iterator[Case]:
    for moment, officer in product((NOW, PAST), (PIA, SAM)):
        new = STEP | {"assigned_at": moment, "officer_id": officer}
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
                inserted("check_identity", "rights_identitycheck", STEP | {"level": level, "checked_at": NOW}, one)
            )
    checked = STEP | {"level": "reasonably_high", "checked_at": NOW}
    yield plain(inserted("check_identity", "rights_identitycheck", checked | {"checked_at": PAST}, request()))
    yield plain(inserted("check_identity", "rights_identitycheck", checked, request(id=TWO)))
    yield plain(inserted("check_identity", "rights_identitycheck", checked | {"id": 2}, request(), KNOWN))


def extensions_and_pauses() -> Iterator[Case]:
    for change, one in product(
        ({}, {"notified_at": PAST}, {"extended_to": NOW}, {"extended_to": LATE}),
        (
            request(),
            request(due_at=PAST),
            request(due_unit="business_day"),
            request(waiting_since=PAST),
            request(id=TWO),
        ),
    ):
        new = {"rights_request_id": ONE, "customer_id": ADA, "notified_at": NOW, "extended_to": LONG} | change
        yield plain(inserted("check_extension", "rights_deadlineextension", new, one))
        new = STEP | {"began_at": change.get("notified_at", NOW), "waiting_for": "identity"}
        yield plain(inserted("check_pause", "rights_pause", new, one))
        yield plain(inserted("check_pause", "rights_pause", new, request(answer_by=PAST)))
    soon = {"notified_at": NOW, "extended_to": "2027-02-01T12:00:00Z", "rights_request_id": ONE, "customer_id": ADA}
    for unit in ("business_day", "month"):
        one = request(due_unit=unit, due_at="2027-01-20T12:00:00Z")
        yield plain(inserted("check_extension", "rights_deadlineextension", soon, one))


def ends_of_pauses() -> Iterator[Case]:
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
        {"rights_request_id": ONE, "notified_at": NOW, "extended_to": LONG, "clock": {}},
    )
    for change, one, p in product(
        (
            {},
            {"ended_at": PAST},
            {"waited_days": -1},
            {"waited_days": 99},
            {"due_at": NOW},
            {"due_at": LATE},
            {"extended_to": LONG},
            {"extended_to": LATE},
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


def dispatches() -> Iterator[Case]:
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


def appeals() -> Iterator[Case]:
    for moment, outcome, of in product((NOW, PAST, LATER), ("denied", "complied_whole"), (ONE, TWO)):
        new = {"rights_request_id": ONE, "customer_id": ADA, "appealed_at": moment}
        given = answered(outcome=outcome, rights_request_id=of)
        yield plain(inserted("check_appeal", "rights_appeal", new, given))
    appeal = {"rights_request_id": ONE, "appealed_at": PAST}
    for moment, officer, of, one in product((NOW, PAST), (PIA, OTTO, SAM), (ONE, TWO), (request(), request(id=TWO))):
        new = {"rights_request_id": ONE, "customer_id": ADA, "decided_at": moment, "decided_by_id": officer}
        given = (one, ("rights_appeal", appeal | {"rights_request_id": of}), *OFFICERS)
        yield plain(inserted("check_appeal_decision", "rights_appealdecision", new, *given))


def missed_deadlines() -> Iterator[Case]:
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


def own_codes_and_comparisons() -> Iterator[Case]:
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
    # Whichever of the two comes first in the table or in an index.
    for both in ((request(), request(id=TWO)), (request(id=TWO), request())):
        for asked, known in ((ONE, TWO), (TWO, ONE)):
            told = ("rights_acknowledgement", {"rights_request_id": known})
            yield plain(called("rights_derive", [("uuid", asked)], *both, told))
    step = {"id": 2, "rights_request_id": ONE, "officer_id": OTTO, "assigned_at": NOW}
    yield plain(inserted("derive_progress", "rights_assignment", step, request(), request(id=TWO)))
    old = REQUEST | {"customer_id": None, "state": "received"}
    yield plain(
        updated(
            "derive_progress_of_matched", "rights_rightsrequest", old, {"customer_id": ADA}, request(id=TWO), steps[1]
        )
    )
