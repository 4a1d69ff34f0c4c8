"""Copies that leave, numbers that are counted, modules, exports, the catalogue: what each of their rules looks at."""

from collections.abc import Iterator
from itertools import product

from consents.insights.services.counting import hash_cells
from tests.architecture.mutation.cases.deciding import COUNTABLE
from tests.architecture.mutation.cases.rights import ACTING, ERASED, OFFICERS, answered, request
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

PACKAGE: Row = {
    "id": TWO,
    "rights_request_id": ONE,
    "customer_id": ADA,
    "made_at": NOW,
    "ends_at": "2027-01-29T12:00:00Z",
}
PACKAGE |= {"removed_at": None}
MADE = ("copies_package", PACKAGE)
FILE: Row = {"id": TWO, "rights_request_id": ONE, "customer_id": ADA, "system": "crm", "left_out": "people", "size": 3}
FILE |= {"added_at": NOW, "added_by_id": PIA}
ADDRESS = ("people_customer", {"id": ADA, "address_hash": "\\x01", "erased_at": None})


def cases() -> Iterator[Case]:
    yield from written_before()
    yield from small_ones()
    yield from packages()
    yield from collection_codes()
    yield from downloads()
    yield from files()
    yield from removals()
    yield from questions_and_insights()
    yield from numbers()
    yield from modules()
    yield from exports()
    yield from catalogue()


def packages() -> Iterator[Case]:
    for one, given in product(
        (request(), request(customer_id=BEN), request(request_type="A16"), request(id=TWO)),
        (answered(), answered(outcome="denied"), answered(rights_request_id=TWO)),
    ):
        yield plain(called("copies_are_granted", [("text", ONE), ("uuid", ADA)], one, given))
    rule, table = "refuse_other_package", "copies_package"
    part = {"id": TWO, "customer_id": ADA, "done_at": PAST}
    looked = entry("vault.own_copy", ONE, details={"request": ONE})
    granted = (request(), answered())
    for change in (
        {},
        {"made_at": PAST},
        {"ends_at": LATER},
        {"removed_at": NOW},
        {"rights_request_id": TWO},
        {"made_at": PAST, "ends_at": "2026-12-15T12:00:00Z"},
    ):
        yield plain(inserted(rule, table, PACKAGE | change, *granted))
    for erasure in ({}, {"customer_id": BEN}, {"done_at": None}, {"done_at": LATER}):
        for told in ({}, {"customer": BEN}, {"event": "x"}, {"details": "{}"}, {"occurred_at": "2026-01-01T12:00:00Z"}):
            given = (("vault_parterasure", part | erasure), (looked[0], looked[1] | told))
            yield plain(inserted(rule, table, PACKAGE, *granted, *given))
    old = PACKAGE | {"made_at": PAST}
    for ends, gone in product((PAST, LATER), (None, PAST)):
        for change in (
            {"removed_at": NOW},
            {"removed_at": PAST},
            {"removed_at": NOW, "customer_id": BEN},
            {"removed_at": None, "sealed_page": "\\x02"},
        ):
            rests = [
                (),
                (ERASED,),
                (("people_customer", ERASED[1] | {"id": BEN}),),
                (("people_customer", ERASED[1] | {"erased_at": None}),),
            ]
            rests += [
                (("vault_parterasure", part | one),)
                for one in ({}, {"customer_id": BEN}, {"done_at": "2026-01-01T12:00:00Z"})
            ]
            for rest in rests:
                yield plain(updated(rule, table, old | {"ends_at": ends, "removed_at": gone}, change, *rest))
    rule = "refuse_package_off_record"
    for event, object in (
        ("rights_request.packaged", ONE),
        ("rights_request.package_removed", ONE),
        ("customer.erased", ADA),
        ("x", ONE),
    ):
        for package in (TWO, ONE):
            told = entry(event, object, details={"package": package})
            yield plain(inserted(rule, table, PACKAGE, told))
            yield plain(updated(rule, table, PACKAGE, {"removed_at": NOW}, told))
    for event, request_ in product(("vault.own_copy", "x"), (ONE, TWO, None)):
        for change in ({}, {"actor_kind": "customer"}, {"object": TWO}, {"customer": BEN}, {"occurred_at": PAST}):
            told = entry(event, ONE, "portal", "", details={"request": request_} if request_ else {})
            opening = {"id": ONE, "customer_id": ADA, "kind": "own_copy"}
            for given in (granted, ()):
                yield plain(
                    inserted(
                        "refuse_own_copy_for_no_request",
                        "disclosures_opening",
                        opening,
                        (told[0], told[1] | change),
                        *given,
                    )
                )


def collection_codes() -> Iterator[Case]:
    failing = ("notifications_failingaddress", {"address_hash": "\\x01"})
    other = ("people_customer", ADDRESS[1] | {"id": BEN})
    for given in (
        (ADDRESS,),
        (ADDRESS, other),
        (ADDRESS, failing),
        (("people_customer", ADDRESS[1] | {"address_hash": None}),),
        (other,),
    ):
        yield plain(called("copies_mail_leads_to", [("uuid", ADA)], *given))
    yield plain(
        called(
            "copies_mail_leads_to",
            [("uuid", ADA)],
            ADDRESS,
            ("notifications_failingaddress", {"address_hash": "\\x02"}),
        )
    )
    yield plain(
        called(
            "copies_mail_leads_to",
            [("uuid", ADA)],
            ADDRESS,
            ("people_customer", ADDRESS[1] | {"id": BEN, "address_hash": "\\x02"}),
        )
    )
    rule, table = "refuse_other_collection_code", "copies_collectioncode"
    code: Row = {
        "id": SAM,
        "package_id": TWO,
        "customer_id": ADA,
        "way": "mailed",
        "made_at": NOW,
        "tries": 0,
        "ended_at": None,
        "end": "",
    }
    code |= {"code_hash": "\\x" + "01" * 32, "made_by_id": None}
    by_hand = code | {"way": "handed", "made_by_id": PIA}
    changes: list[Row] = [
        {},
        {"made_at": PAST},
        {"tries": 1},
        {"ended_at": NOW},
        {"code_hash": "\\x01"},
        {"code_hash": None},
    ]
    changes += [{"made_by_id": MUM}, {"package_id": ONE}, {"customer_id": BEN}]
    for change in changes:
        for new in (code, by_hand):
            for submitted, address in product(("self", "agent"), ((), (ADDRESS,))):
                yield plain(
                    inserted(
                        rule,
                        table,
                        new | change,
                        MADE,
                        request(submitted_by=submitted),
                        answered(),
                        *OFFICERS,
                        *address,
                    )
                )
    for package in ({"removed_at": PAST}, {"ends_at": PAST}, {"rights_request_id": TWO}):
        yield plain(inserted(rule, table, code, ("copies_package", PACKAGE | package), request(), answered(), ADDRESS))
    yield plain(inserted(rule, table, code, MADE, request(id=TWO), answered(rights_request_id=TWO), ADDRESS))
    yield plain(inserted(rule, table, code, MADE, request(), answered(outcome="denied"), ADDRESS))
    confirmed = entry("rights_request.identity_confirmed", ONE, "staff", PIA)
    for change in ({}, {"object": TWO}, {"actor_kind": "customer"}, {"event": "x"}, {"actor": OTTO}):
        given = (confirmed[0], confirmed[1] | change)
        yield plain(inserted(rule, table, by_hand, MADE, request(submitted_by="agent"), answered(), *OFFICERS, given))
    for old in (code, code | {"ended_at": PAST, "end": "tries"}):
        for change in (
            {"tries": 1},
            {"tries": 2},
            {"ended_at": NOW, "end": "stopped"},
            {"ended_at": PAST, "end": "stopped"},
            {"ended_at": NOW},
            {"code_hash": None},
            {"code_hash": "\\x02"},
            {"customer_id": BEN},
        ):
            for package in (
                (MADE,),
                (("copies_package", PACKAGE | {"removed_at": PAST}),),
                (("copies_package", PACKAGE | {"id": ONE}),),
            ):
                yield plain(updated(rule, table, old, change, *package))
    rule = "refuse_collection_code_off_record"
    for event, outcome, object in (
        ("rights_request.code_made", "mailed", ONE),
        ("rights_request.code_made", "x", ONE),
        ("rights_request.code_typed", "wrong", ONE),
        ("rights_request.code_typed", "tries", ONE),
        ("rights_request.code_ended", "stopped", ONE),
        ("rights_request.code_ended", "tries", ONE),
        ("rights_request.package_removed", "", ONE),
        ("customer.erased", "", ADA),
        ("x", "mailed", ONE),
    ):
        for actor_kind, actor in (("portal", ""), ("staff", PIA), ("portal", PIA)):
            details = {"code": SAM, "replaced": SAM, "package": TWO}
            told = entry(event, object, actor_kind, actor, outcome=outcome, details=details)
            yield plain(inserted(rule, table, code, MADE, told))
            yield plain(inserted(rule, table, code | {"made_by_id": PIA}, MADE, told))
        for change in ({"tries": 1}, {"tries": 1, "ended_at": NOW, "end": "tries"}):
            yield plain(updated(rule, table, code, change, MADE, told))
        for end in ("replaced", "stopped", "tries", "time"):
            yield plain(updated(rule, table, code, {"ended_at": NOW, "end": end}, MADE, told))
            yield plain(updated(rule, table, code | {"ended_at": PAST, "end": end}, {"code_hash": None}, MADE, told))
    made = entry("rights_request.code_made", ONE, "portal", "", outcome="mailed", details={"code": SAM})
    for change in ({"object": TWO}, {"customer": BEN}, {"details": "{}"}, {"occurred_at": PAST}):
        yield plain(inserted(rule, table, code, MADE, (made[0], made[1] | change)))
    elsewhere = ("copies_package", PACKAGE | {"id": ONE, "rights_request_id": TWO})
    yield plain(inserted(rule, table, code, elsewhere, MADE, made))


def downloads() -> Iterator[Case]:
    rule, table = "refuse_download_off_record", "copies_download"
    new = {
        "id": 1,
        "package_id": TWO,
        "customer_id": ADA,
        "part": "page",
        "taken_at": NOW,
        "taken_by_id": MUM,
        "code_id": None,
    }
    told = entry("rights_request.package_downloaded", ONE, "customer", MUM, outcome="page", details={"code": SAM})
    code = {"id": SAM, "package_id": TWO, "customer_id": ADA, "ended_at": None}
    collected = new | {"taken_by_id": None, "code_id": SAM}
    whole = (MADE, request())
    changes: list[Row] = [{}, {"package_id": ONE}, {"customer_id": BEN}, {"part": "data"}, {"taken_at": PAST}]
    for change in (*changes, {"taken_by_id": SAM}):
        yield plain(inserted(rule, table, new | change, *whole, told, ACTING))
    for change in (*changes, {"code_id": ONE}):
        yield plain(inserted(rule, table, collected | change, *whole, told, ("copies_collectioncode", code)))
    entries: list[Row] = [{"object": TWO}, {"customer": BEN}, {"event": "x"}, {"outcome": "x"}, {"actor": SAM}]
    for change in (*entries, {"occurred_at": PAST}, {"actor_kind": "staff"}, {"details": "{}"}):
        given = (told[0], told[1] | change)
        yield plain(inserted(rule, table, new, *whole, given, ACTING))
        yield plain(inserted(rule, table, collected, *whole, given, ("copies_collectioncode", code)))
    for change in ({"package_id": ONE}, {"ended_at": PAST}):
        yield plain(inserted(rule, table, collected, *whole, told, ("copies_collectioncode", code | change)))
    for package in ({"removed_at": PAST}, {"ends_at": PAST}, {"rights_request_id": TWO}):
        yield plain(inserted(rule, table, new, ("copies_package", PACKAGE | package), request(), told, ACTING))
    yield plain(inserted(rule, table, new, MADE, request(id=TWO), (told[0], told[1] | {"object": TWO}), ACTING))
    for change in ({"customer_id": BEN}, {"user_id": SAM}, {"starts_at": LATER}, {"ends_at": PAST}, {"ends_at": LATER}):
        yield plain(inserted(rule, table, new, *whole, told, ("people_acting", ACTING[1] | change)))
    other = (told[0], told[1] | {"actor": SAM})
    yield plain(inserted(rule, table, new | {"taken_by_id": SAM}, *whole, other, ACTING))
    yield plain(inserted(rule, table, new, *whole, other, ("people_acting", ACTING[1] | {"user_id": SAM})))


def files() -> Iterator[Case]:
    rule, table = "refuse_other_file", "copies_addedfile"
    search = ("rights_search", {"id": 1, "rights_request_id": ONE, "system": "crm"})
    for change in (
        {},
        {"added_at": PAST},
        {"added_by_id": SAM},
        {"rights_request_id": TWO},
        {"customer_id": BEN},
        {"system": "x"},
    ):
        yield plain(inserted(rule, table, FILE | change, request(), search, *OFFICERS))
    for one, at in (
        (request(state="answered"), ONE),
        (request(request_type="A16"), ONE),
        (request(id=TWO), TWO),
        (request(), TWO),
    ):
        yield plain(inserted(rule, table, FILE, one, (search[0], search[1] | {"rights_request_id": at}), *OFFICERS))
    rule = "refuse_file_off_record"
    chunk: Row = {"file_id": TWO, "customer_id": ADA, "number": 0, "sealed": "\\x" + "00" * 32, "id": 1}
    told = entry("rights_request.file_added", ONE, "staff", PIA, outcome="people", details={"file": TWO})
    for chunks in ([chunk], [], [chunk | {"file_id": ONE}]):
        yield plain(inserted(rule, table, FILE, told, *(("copies_filechunk", one) for one in chunks)))
    changes: list[Row] = [
        {"object": TWO},
        {"customer": BEN},
        {"event": "x"},
        {"outcome": "x"},
        {"actor_kind": "portal"},
    ]
    for change in (*changes, {"actor": OTTO}, {"details": "{}"}, {"occurred_at": PAST}):
        yield plain(inserted(rule, table, FILE, (told[0], told[1] | change), ("copies_filechunk", chunk)))
    rule, table, added = "refuse_change_of_chunk", "copies_filechunk", ("copies_addedfile", FILE)
    for file in ({}, {"id": ONE}, {"customer_id": BEN}):
        yield plain(inserted(rule, table, chunk, ("copies_addedfile", FILE | file)))
    yield plain(updated(rule, table, chunk, {"sealed": "\\x01"}, added, ERASED))
    living = ("people_customer", ERASED[1] | {"erased_at": None})
    out = {"id": 1, "file_id": TWO, "outcome": "taken_out"}
    part = {"id": TWO, "customer_id": ADA, "done_at": LATER}
    over = (
        request(),
        answered(responded_at="2024-01-01T12:00:00Z", retain_until="2026-01-02"),
        entry("rights_request.removed", ONE, "portal", ""),
    )
    gone = ("copies_package", PACKAGE | {"removed_at": PAST})
    rests: list[tuple[tuple[str, Row], ...]] = [
        (),
        over,
        (MADE,),
        (gone,),
        (MADE, ("copies_package", gone[1] | {"id": ONE})),
    ]
    rests += [(("copies_filedecision", out | one),) for one in ({}, {"file_id": ONE}, {"outcome": "agreed"})]
    rests += [
        (("vault_parterasure", part | one),) for one in ({}, {"customer_id": BEN}, {"done_at": PAST}, {"done_at": None})
    ]
    rests += [
        (("copies_package", PACKAGE | {"rights_request_id": TWO}),),
        (("copies_package", gone[1] | {"rights_request_id": TWO}),),
    ]
    rests += [(gone, ("copies_package", PACKAGE | {"id": ONE, "rights_request_id": TWO}))]
    for who, rest in product((living, ERASED), rests):
        yield plain(deleted(rule, table, chunk, added, who, *rest))
    yield plain(deleted(rule, table, chunk, ("copies_addedfile", FILE | {"id": ONE}), ERASED))
    yield plain(deleted(rule, table, chunk, added, living, ("people_customer", ERASED[1] | {"id": BEN})))
    rule, table = "refuse_other_decision_on_file", "copies_filedecision"
    for outcome, decider in product(("taken_out", "agreed"), (OTTO, PIA, SAM)):
        new = {
            "id": 1,
            "file_id": TWO,
            "customer_id": ADA,
            "outcome": outcome,
            "decided_at": NOW,
            "decided_by_id": decider,
        }
        agreed = entry(f"rights_request.file_{outcome}", ONE, "staff", decider, details={"file": TWO})
        for file in ({}, {"left_out": "nothing"}, {"customer_id": BEN}, {"id": ONE}, {"rights_request_id": TWO}):
            yield plain(inserted(rule, table, new, ("copies_addedfile", FILE | file), request(), agreed, *OFFICERS))
        for change in (*changes, {"actor": MUM}, {"details": "{}"}, {"occurred_at": PAST}):
            yield plain(inserted(rule, table, new, added, request(), (agreed[0], agreed[1] | change), *OFFICERS))
        for one in (request(state="answered"), request(id=TWO)):
            yield plain(inserted(rule, table, new, added, one, agreed, *OFFICERS))
        yield plain(inserted(rule, table, new | {"decided_at": PAST}, added, request(), agreed, *OFFICERS))
        for decision in ({"id": 2}, {"id": 2, "file_id": ONE}, {"id": 2, "outcome": "agreed"}):
            yield plain(inserted(rule, table, new, added, request(), agreed, *OFFICERS, (table, out | decision)))
    elsewhere = (request(id=TWO), entry("rights_request.file_taken_out", TWO, "staff", OTTO, details={"file": TWO}))
    new = {
        "id": 1,
        "file_id": TWO,
        "customer_id": ADA,
        "outcome": "taken_out",
        "decided_at": NOW,
        "decided_by_id": OTTO,
    }
    yield plain(inserted(rule, table, new, added, *elsewhere, *OFFICERS))
    rule = "refuse_answer_while_file_waits"
    for outcome, file in product(
        ("complied_whole", "denied"), ({}, {"left_out": "nothing"}, {"rights_request_id": TWO})
    ):
        for decision in ((), (("copies_filedecision", out),), (("copies_filedecision", out | {"file_id": ONE}),)):
            yield plain(
                inserted(
                    rule, "rights_answer", answered(outcome=outcome)[1], ("copies_addedfile", FILE | file), *decision
                )
            )


def removals() -> Iterator[Case]:
    both: list[tuple[str, Row]] = []
    for number, of, package, file in ((1, ONE, TWO, TWO), (2, TWO, ONE, ONE)):
        both += [("copies_package", PACKAGE | {"id": package, "rights_request_id": of})]
        both += [("copies_addedfile", FILE | {"id": file, "rights_request_id": of})]
        both += [("copies_download", {"id": number, "package_id": package})]
        both += [("copies_collectioncode", {"id": (SAM, PIA)[number - 1], "package_id": package})]
        both += [
            ("copies_filechunk", {"id": number, "file_id": file}),
            ("copies_filedecision", {"id": number, "file_id": file}),
        ]
    yield plain(deleted("remove_copies_with_request", "rights_rightsrequest", request()[1], *both))
    over = (
        request(),
        answered(responded_at="2024-01-01T12:00:00Z", retain_until="2026-01-02"),
        entry("rights_request.removed", ONE, "portal", ""),
    )
    files_of = (("copies_addedfile", FILE), ("copies_addedfile", FILE | {"id": ONE, "rights_request_id": TWO}))
    for rest in ((), over):
        yield plain(deleted("refuse_removal_of_copies", "copies_package", PACKAGE, *rest))
        yield plain(deleted("refuse_removal_of_copies", "copies_addedfile", FILE, *rest))
        for of in (TWO, ONE):
            yield plain(
                deleted("refuse_removal_of_copies", "copies_filedecision", {"id": 1, "file_id": of}, *rest, *files_of)
            )
            packages_ = (MADE, ("copies_package", PACKAGE | {"id": ONE, "rights_request_id": TWO}))
            yield plain(
                deleted("refuse_removal_of_copies", "copies_download", {"id": 1, "package_id": of}, *rest, *packages_)
            )
        yield plain(
            updated(
                "refuse_removal_of_copies", "copies_download", {"id": 1, "package_id": TWO}, {"part": "x"}, *rest, MADE
            )
        )


def questions_and_insights() -> Iterator[Case]:
    rule, table = "refuse_other_questions", "insights_question"
    question: Row = {
        "id": 1,
        "code": "q",
        "category_id": 1,
        "field": "item",
        "date_field": "",
        "added_at": NOW,
        "added_by_id": PIA,
    }
    question |= {"retired_at": None, "retired_by_id": None, "step": "", "words": {}}
    field = ("catalogue_field", {"id": 1, "category_id": 1, "key": "item"})
    known = (*COUNTABLE, staff(PIA))
    changes: list[Row] = [
        {},
        {"added_at": PAST},
        {"retired_at": NOW},
        {"added_by_id": SAM},
        {"category_id": 2},
        {"field": "x"},
    ]
    for change, named in product(
        (*changes, {"date_field": "x"}, {"field": ""}),
        ((field,), (), (("catalogue_field", field[1] | {"category_id": 2}),)),
    ):
        yield plain(inserted(rule, table, question | change, *known, *named))
    for old in (question, question | {"retired_at": PAST}):
        for change in (
            {"retired_at": NOW, "retired_by_id": PIA},
            {"retired_at": PAST, "retired_by_id": PIA},
            {"retired_at": NOW, "retired_by_id": SAM},
            {"retired_at": NOW, "retired_by_id": PIA, "field": "x"},
        ):
            yield plain(updated(rule, table, old, change, *known))
    for event, code in product(("insight_question.added", "x"), ("q", "p")):
        yield plain(inserted("require_entry_for_insight", table, question, entry(event, code, customer=None)))
    rule, table = "refuse_other_insights", "insights_insight"
    insight: Row = {"id": ONE, "question_id": 1, "period": "", "minimum": 11, "asked_by_id": SAM, "asked_at": NOW}
    whole = (*COUNTABLE, staff(SAM, "requester"), ("insights_question", question))
    for step, period in product(("", "year", "quarter"), ("", "2026", "2027", "2026-Q4", "2027-Q1", "x")):
        asked = ("insights_question", question | {"step": step})
        yield plain(inserted(rule, table, insight | {"period": period}, *whole[:-1], asked))
    others: list[Row] = [{}, {"asked_by_id": PIA}, {"question_id": 2}, {"minimum": 0}]
    for change in others:
        yield plain(inserted(rule, table, insight | change, *whole))
    module = ("training_moduleversion", {"id": 1, "code": "m", "number": 1, "required": True, "published_at": PAST})
    for asked in ({"retired_at": PAST}, {"category_id": 2}, {"id": 2}):
        yield plain(inserted(rule, table, insight, *whole[:-1], ("insights_question", question | asked)))
        yield plain(
            inserted(rule, table, insight, *whole, ("insights_question", question | {"id": 2} | asked | {"id": 2}))
        )
    yield plain(inserted(rule, table, insight, *whole, module))
    for count, change in product(
        (5, 6, 19, 20), ({}, {"question_id": 2}, {"asked_by_id": PIA}, {"asked_at": "2026-12-10T12:00:00Z"})
    ):
        earlier = [
            (table, insight | {"id": f"c{n:07}-0000-4000-8000-000000000000", "period": "y"} | change)
            for n in range(count)
        ]
        yield plain(inserted(rule, table, insight, *whole, *earlier))
    long_ago = [
        (
            table,
            insight
            | {
                "id": f"c{n:07}-0000-4000-8000-000000000000",
                "period": "y",
                "question_id": 2,
                "asked_at": "2026-12-20T12:00:00Z",
            },
        )
        for n in range(20)
    ]
    yield plain(inserted(rule, table, insight, *whole, *long_ago))
    old = [(t, row | {"asked_at": PAST}) for t, row in long_ago]
    yield plain(inserted(rule, table, insight, *whole, *old))
    came = {"purpose_id": 1, "since": NOW}
    for change, before, least in product(
        ({}, {"purpose_id": 2}, {"since": "2026-01-01T12:00:00Z"}), ({}, {"question_id": 2}, {"period": "y"}), (1, 2, 3)
    ):
        last = (table, insight | {"id": TWO, "asked_at": PAST} | before)
        some = [("choices_choice", came | {"id": one, "customer_id": one} | change) for one in (ADA, BEN)]
        yield plain(inserted(rule, table, insight | {"minimum": least}, *whole, last, *some))
    twice = [
        (table, insight | {"id": TWO, "asked_at": PAST}),
        (table, insight | {"id": SAM, "asked_at": NOW, "question_id": 2}),
        (table, insight | {"id": PIA, "asked_at": NOW, "period": "y"}),
    ]
    some = [
        ("choices_choice", came | {"id": one, "customer_id": one, "since": "2027-01-01T12:00:00Z"})
        for one in (ADA, BEN)
    ]
    yield plain(inserted(rule, table, insight | {"minimum": 2}, *whole, *twice, *some))
    rule, table = "refuse_opening_for_no_insight", "disclosures_opening"
    opening = {"id": TWO, "kind": "statistics", "staff_id": SAM, "category_id": 1, "purpose_id": 1, "customer_id": None}
    counted = entry("vault.counted", TWO, "portal", "", customer=None, details={"insight": ONE})
    waits = (("insights_insight", insight), ("insights_question", question))
    for change in ({}, {"id": ONE}, {"staff_id": PIA}, {"category_id": 2}, {"purpose_id": 2}):
        yield plain(inserted(rule, table, opening | change, *COUNTABLE, counted, *waits))
    for change in ({"object": ONE}, {"event": "x"}, {"occurred_at": PAST}, {"details": f'{{"insight": "{TWO}"}}'}):
        yield plain(inserted(rule, table, opening, *COUNTABLE, (counted[0], counted[1] | change), *waits))
    for of in (ONE, TWO):
        result = ("insights_result", {"insight_id": of})
        yield plain(inserted(rule, table, opening, *COUNTABLE, counted, *waits, result))
    yield plain(
        inserted(rule, table, opening, *COUNTABLE, counted, waits[0], ("insights_question", question | {"id": 2}))
    )


def numbers() -> Iterator[Case]:
    insight: Row = {"id": ONE, "question_id": 1, "period": "", "minimum": 11, "asked_by_id": SAM, "asked_at": NOW}
    other = ("insights_insight", insight | {"id": TWO, "minimum": 1})
    for number in (None, 0, 5, 11):
        new = {"id": 1, "result_id": ONE, "place": 0, "label": "x", "number": number}
        for outcome, of in product(("counted", "closed"), (ONE, TWO)):
            result = ("insights_result", {"insight_id": of, "outcome": outcome})
            yield plain(
                inserted("refuse_small_numbers", "insights_cell", new, ("insights_insight", insight), other, result)
            )
        results = [("insights_result", {"insight_id": of, "outcome": "counted"}) for of in (ONE, TWO)]
        yield plain(inserted("refuse_small_numbers", "insights_cell", new, other, *results))
        yield plain(
            inserted("refuse_small_numbers", "insights_cell", new, other, ("insights_insight", insight), *results)
        )
        total = {"insight_id": ONE, "outcome": "counted", "total": number}
        yield plain(inserted("refuse_small_totals", "insights_result", total, other, ("insights_insight", insight)))
        for of in (ONE, TWO):
            yield plain(
                inserted("refuse_small_totals", "insights_result", total, ("insights_insight", insight | {"id": of}))
            )
    new = {"id": 1, "result_id": ONE, "place": 0, "label": "x", "number": 30}
    for cells in ([(0, "x", 30)], [(0, "x", 31)]):
        for of in (ONE, TWO):
            told = entry("insight.answered", of, "portal", "", customer=None, details={"cells": hash_cells(cells)})
            for more in ((), (("insights_cell", new | {"id": 2, "result_id": TWO}),)):
                yield plain(inserted("require_entry_for_cell", "insights_cell", new, told, *more))
    rule, table = "refuse_other_figures", "ledger_entry"
    told = entry(
        "figures.published",
        "2026-12",
        "portal",
        "",
        customer=None,
        id=9,
        chain="company",
        details={"minimum": 11, "figures": {"asked": 30, "none": 0}},
    )[1]
    details = (
        '{"minimum": 4, "figures": {}}',
        '{"minimum": 11, "figures": {"asked": 3}}',
        '{"figures": {}}',
        '{"minimum": 11, "figures": {"asked": "x"}}',
    )
    changes: list[Row] = [{}, {"chain": ADA}, {"object": "2027-01"}, {"object": "2026-13"}, {"object": "x"}]
    for change in (*changes, *({"details": one} for one in details)):
        yield plain(inserted(rule, table, told | change))
    for change in ({}, {"object": "2026-11"}, {"event": "x"}):
        yield plain(inserted(rule, table, told, (table, told | {"id": 8} | change)))


def modules() -> Iterator[Case]:
    version = {
        "id": 1,
        "code": "m",
        "number": 1,
        "required": True,
        "published_at": PAST,
        "solution": [0, 1],
        "pass_mark": 80,
        "valid_months": 12,
    }
    member = staff(SAM, "requester")
    new = {"id": ONE, "version_id": 1, "member_id": SAM, "answers": [0, 1]}
    for change in (
        {},
        {"answers": [0, 0]},
        {"answers": [1, 0]},
        {"answers": [0]},
        {"version_id": 2},
        {"member_id": MUM},
    ):
        for more in (
            (),
            (("training_moduleversion", version | {"id": 2, "number": 2}),),
            (("training_moduleversion", version | {"id": 2, "code": "n", "solution": [1, 1]}),),
        ):
            yield plain(
                inserted(
                    "score_attempt",
                    "training_attempt",
                    new | change,
                    ("training_moduleversion", version),
                    member,
                    *more,
                )
            )
    for tried, of in product(({}, {"score": 79}, {"id": TWO}, {"version_id": 2}), ({}, {"pass_mark": 90}, {"id": 2})):
        attempt = ("training_attempt", {"id": ONE, "version_id": 1, "member_id": SAM, "score": 80} | tried)
        other = ("training_moduleversion", version | {"id": 3, "code": "n", "pass_mark": 0})
        yield plain(
            inserted(
                "fill_attestation",
                "training_attestation",
                {"attempt_id": ONE},
                attempt,
                ("training_moduleversion", version | of),
                other,
            )
        )
    for role, moment in product(("privacy_officer", "requester"), (None, NOW)):
        row = version | {"published_at": moment, "published_by_id": PIA}
        yield plain(inserted("require_officer_for_module", "training_moduleversion", row, staff(PIA, role)))
        yield plain(
            updated(
                "require_officer_for_module",
                "training_moduleversion",
                row | {"published_at": None},
                {"published_at": NOW},
                staff(PIA, role),
            )
        )
    for event, object in product(("training_module.published", "training.attested", "x"), ("1", ONE, "m", SAM)):
        told = entry(event, object, customer=None)
        yield plain(
            inserted("require_entry_for_training", "training_moduleversion", version | {"published_at": NOW}, told)
        )
        yield plain(
            inserted(
                "require_entry_for_training",
                "training_attestation",
                {"attempt_id": ONE, "member_id": SAM, "code": "m"},
                told,
            )
        )
    for event, object, outcome in product(("question_template.saved", "x"), ("1", "2"), ("t", "x")):
        told = entry(event, object, customer=None, outcome=outcome)
        yield plain(
            inserted("require_entry_for_question_template", "rights_questiontemplate", {"id": 1, "code": "t"}, told)
        )
    for versions in (
        [version],
        [version, version | {"id": 2, "number": 2}],
        [version, version | {"id": 2, "number": 2, "published_at": None}],
        [version | {"code": "n"}],
    ):
        yield plain(called("module_in_force", [("text", "m")], *(("training_moduleversion", one) for one in versions)))


def exports() -> Iterator[Case]:
    export = {"id": ONE, "personal": True, "made_by_id": OTTO}
    for made, approved in product(({}, {"personal": False}, {"id": TWO}, {"made_by_id": PIA}), (PIA, SAM)):
        for member in (staff(PIA, "compliance_officer"), staff(PIA), staff(PIA, "compliance_officer", ended_at=PAST)):
            new = {"export_id": ONE, "approved_by_id": approved, "approved_at": NOW}
            yield plain(
                inserted("require_second_officer", "exports_approval", new, ("exports_export", export | made), member)
            )
        for approval in ((), ({},), ({"export_id": TWO},), ({"approved_at": PAST},)):
            given = [("exports_approval", {"export_id": ONE, "approved_at": NOW} | one) for one in approval]
            yield plain(
                inserted(
                    "require_approval_for_result",
                    "exports_exportresult",
                    {"export_id": ONE},
                    ("exports_export", export | made),
                    *given,
                )
            )


def catalogue() -> Iterator[Case]:
    rule, table = "check_publication", "catalogue_purposeversion"
    draft: Row = {"id": 1, "purpose_id": 1, "number": 1, "published_at": None, "lost": False, "published_by_id": PIA}
    notice = ("catalogue_notice", {"id": 1, "version_id": 1, "hash": "h"})
    names = ("catalogue_purposeversion_categories", {"id": 1, "purposeversion_id": 1, "category_id": 1})
    category = ("catalogue_category", {"id": 1, "code": "orders", "published": True})
    whole = [notice, names, category]
    publish = {"published_at": NOW}
    sets: list[list[tuple[str, Row]]] = [whole, whole[1:], whole[:1], [notice, category]]
    for place, change in (
        (0, {"version_id": 2}),
        (0, {"hash": ""}),
        (1, {"purposeversion_id": 2}),
        (1, {"category_id": 2}),
        (2, {"published": False}),
    ):
        sets.append([(t, row | change if n == place else row) for n, (t, row) in enumerate(whole)])
        sets.append([*whole, (whole[place][0], whole[place][1] | {"id": 2} | change)])
    for change, restoring in product(
        ({}, {"lost": True}), ((), (("ledger_restoration", {"id": 1, "opened_at": None}),))
    ):
        for given in sets:
            yield plain(updated(rule, table, draft | change, publish, *given, *restoring))
        yield plain(inserted(rule, table, draft | change | publish, *whole, *restoring))
    unfinished = (notice[0], notice[1] | {"id": 2, "version_id": 2, "hash": ""})
    hidden = [(names[0], names[1] | {"id": 2, "purposeversion_id": 2, "category_id": 2})]
    hidden.append((category[0], category[1] | {"id": 2, "code": "x", "published": False}))
    for elsewhere in ([unfinished], hidden):
        yield plain(updated(rule, table, draft, publish, *whole, *elsewhere))
    for writer in ({}, {"purposeversion_id": 2}, {"user_id": OTTO}):
        wrote = ("catalogue_purposeversion_writers", {"id": 1, "purposeversion_id": 1, "user_id": PIA} | writer)
        yield plain(updated(rule, table, draft, publish, *whole, wrote))
    version = draft | {"published_at": PAST}
    for of, published in product((1, 2), (PAST, None)):
        named = ("catalogue_purposeversion_recipients", {"id": 1, "purposeversion_id": 1, "recipient_id": of})
        given = (named, (table, version | {"published_at": published}))
        recipient = {"id": 1, "name": "x"}
        yield plain(
            updated("refuse_change_of_published_recipient", "catalogue_recipient", recipient, {"name": "y"}, *given)
        )
        yield plain(deleted("refuse_change_of_published_recipient", "catalogue_recipient", recipient, *given))
    named = ("catalogue_purposeversion_recipients", {"id": 1, "purposeversion_id": 1, "recipient_id": 1})
    yield plain(
        updated(
            "refuse_change_of_published_recipient",
            "catalogue_recipient",
            {"id": 1, "name": "x"},
            {"name": "y"},
            named,
            (table, version | {"id": 2}),
        )
    )
    rule, field = "require_entry_for_catalogue", {"id": 1, "category_id": 1, "key": "item"}
    for events in (
        (("category.changed", "1"),),
        (("category.changed", "2"),),
        (("category.changed", "1"), ("category.changed", "2")),
        (("x", "1"),),
    ):
        told_of = [entry(event, object, customer=None, id=n) for n, (event, object) in enumerate(events, 1)]
        yield plain(inserted(rule, "catalogue_field", field, *told_of))
        yield plain(deleted(rule, "catalogue_field", field, *told_of))
        for change in ({"key": "x"}, {"category_id": 2}):
            yield plain(updated(rule, "catalogue_field", field, change, *told_of))
    for object, outcome in product((ADA, BEN), ("weekly", "never")):
        told = entry("digests.chosen", object, outcome=outcome)
        yield plain(
            inserted(
                "require_entry_for_preference",
                "notifications_preference",
                {"customer_id": ADA, "digests": "never"},
                told,
            )
        )
    for published in (True, False):
        row = {"id": 1, "code": "orders", "published": published}
        for change in ({}, {"code": "x"}, {"published": False}):
            yield plain(updated("refuse_change_of_published_category", "catalogue_category", row, change))
        yield plain(deleted("refuse_change_of_published_category", "catalogue_category", row))
        field = {"id": 1, "category_id": 1, "key": "item"}
        rule = "refuse_change_of_part_of_published_category"
        for of in (1, 2):
            known = [("catalogue_category", row), ("catalogue_category", row | {"id": 2, "published": not published})]
            yield plain(inserted(rule, "catalogue_field", field | {"category_id": of}, *known))
            yield plain(deleted(rule, "catalogue_field", field | {"category_id": of}, *known))
            for change in ({}, {"key": "x"}, {"category_id": 1}, {"category_id": 2}):
                yield plain(updated(rule, "catalogue_field", field | {"category_id": of}, change, *known))
    rule = "refuse_change_of_published_parts"
    versions = [(table, version), (table, draft | {"id": 2, "number": 2})]
    for of in (1, 2):
        part = {"id": 1, "version_id": of, "hash": "h"}
        yield plain(inserted(rule, "catalogue_notice", part, *versions))
        yield plain(deleted(rule, "catalogue_notice", part, *versions))
        for change in ({}, {"hash": "x"}, {"version_id": 1}, {"version_id": 2}):
            yield plain(updated(rule, "catalogue_notice", part, change, *versions))
        yield plain(inserted(rule, "catalogue_notice", part))


def written_before() -> Iterator[Case]:
    """What would be allowed, had its entry come with it."""
    told = entry("rights_request.code_made", ONE, "portal", "", outcome="mailed", details={"code": SAM})
    code = {"id": SAM, "package_id": TWO, "customer_id": ADA, "way": "mailed", "made_at": NOW, "made_by_id": None}
    yield of_before(inserted("refuse_collection_code_off_record", "copies_collectioncode", code, MADE, told))
    taken = {"id": 1, "package_id": TWO, "customer_id": ADA, "part": "page", "taken_at": NOW}
    by_account = entry("rights_request.package_downloaded", ONE, "customer", MUM, outcome="page", details={"code": SAM})
    whole, collected = (MADE, request(), by_account), ("copies_collectioncode", code | {"ended_at": None})
    rule, table = "refuse_download_off_record", "copies_download"
    yield of_before(inserted(rule, table, taken | {"taken_by_id": MUM, "code_id": None}, *whole, ACTING))
    yield of_before(inserted(rule, table, taken | {"taken_by_id": None, "code_id": SAM}, *whole, collected))
    added = entry("rights_request.file_added", ONE, "staff", PIA, outcome="people", details={"file": TWO})
    yield of_before(inserted("refuse_file_off_record", "copies_addedfile", FILE | {"size": 0}, added))
    chunk = {"file_id": TWO, "customer_id": ADA, "number": 0, "sealed": "\\x01", "id": 1}
    yield of_before(inserted("refuse_change_of_chunk", "copies_filechunk", chunk, ("copies_addedfile", FILE)))
    decision = {
        "id": 1,
        "file_id": TWO,
        "customer_id": ADA,
        "outcome": "taken_out",
        "decided_at": NOW,
        "decided_by_id": OTTO,
    }
    out = entry("rights_request.file_taken_out", ONE, "staff", OTTO, details={"file": TWO})
    given = (("copies_addedfile", FILE), request(), out, *OFFICERS)
    yield of_before(inserted("refuse_other_decision_on_file", "copies_filedecision", decision, *given))
    looked = entry("vault.own_copy", ONE, "portal", "", details={})
    opening = {"id": ONE, "customer_id": ADA, "kind": "own_copy"}
    yield of_before(inserted("refuse_own_copy_for_no_request", "disclosures_opening", opening, looked))
    insight = {"id": ONE, "question_id": 1, "period": "", "minimum": 11, "asked_by_id": SAM, "asked_at": NOW}
    counted = entry("vault.counted", TWO, "portal", "", customer=None, details={"insight": ONE})
    waits = (("insights_insight", insight), ("insights_question", {"id": 1, "category_id": 1}))
    opening = {"id": TWO, "kind": "statistics", "staff_id": SAM, "category_id": 1, "purpose_id": 1, "customer_id": None}
    yield of_before(
        inserted("refuse_opening_for_no_insight", "disclosures_opening", opening, *COUNTABLE, counted, *waits)
    )
    result = ("insights_result", {"insight_id": ONE, "outcome": "counted"})
    cell = {"id": 1, "result_id": ONE, "place": 0, "label": "x", "number": 30}
    yield of_before(inserted("refuse_small_numbers", "insights_cell", cell, waits[0], result))
    version = {
        "id": 1,
        "code": "m",
        "number": 1,
        "required": True,
        "published_at": PAST,
        "pass_mark": 80,
        "valid_months": 12,
    }
    attempt = ("training_attempt", {"id": ONE, "version_id": 1, "member_id": SAM, "score": 80})
    given = (attempt, ("training_moduleversion", version))
    yield of_before(inserted("fill_attestation", "training_attestation", {"attempt_id": ONE}, *given))


def small_ones() -> Iterator[Case]:
    for code, retired in product(("statistics", "x"), (None, PAST)):
        yield plain(
            called("statistics_purpose", [], ("catalogue_purpose", {"id": 1, "code": code, "retired_at": retired}))
        )
    for object, outcome in product((SAM, PIA), ("daily", "never")):
        told = entry("staff_emails.chosen", object, "staff", SAM, customer=None, outcome=outcome)
        chosen = {"member_id": SAM, "told": "never"}
        yield plain(inserted("require_entry_for_staff_preference", "notifications_staffpreference", chosen, told))
    version = {"id": 1, "purpose_id": 1, "number": 1, "published_at": PAST}
    for change in ({"number": 2}, {"published_at": NOW}, {"lost": True}, {}):
        yield plain(updated("refuse_change_of_published_version", "catalogue_purposeversion", version, change))
    yield plain(deleted("refuse_change_of_published_version", "catalogue_purposeversion", version))
    for event, object in product(("export.requested", "export.made", "x"), (ONE, TWO)):
        told = entry(event, object, customer=None)
        yield plain(inserted("require_entry_for_export", "exports_export", {"id": ONE, "personal": False}, told))
