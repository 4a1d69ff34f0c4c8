"""Copies that leave: packages, codes to collect them, downloads, files."""

from collections.abc import Iterator
from itertools import product

from tests.architecture.mutation.cases.rights_rows import (
    ACTING,
    ERASED,
    OFFICERS,
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
    plain,
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
    yield from packages()
    yield from collection_codes()
    yield from downloads()
    yield from files()
    yield from removals()


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
        of_one = {"details": f'{{"file": "{ONE}"}}'}
        for file, told in (({"customer_id": BEN}, {"customer": BEN}), ({"id": ONE}, of_one)):
            of_another = ("copies_addedfile", FILE | file)
            given = (of_another, request(), (agreed[0], agreed[1] | told))
            yield plain(inserted(rule, table, new, *given, *OFFICERS))
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
