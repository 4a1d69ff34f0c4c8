"""Internal notes on a request: written, mentioning a colleague, left out of copies in part; two customers."""

from collections.abc import Iterator
from itertools import product

from tests.architecture.mutation.cases.rights_rows import ERASED, OFFICERS, answered, request
from tests.architecture.mutation.varying import (
    ADA,
    BEN,
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
    of_before,
    plain,
    updated,
)

OWN: Row = {"id": 1, "rights_request_id": ONE, "customer_id": ADA}
NOTE: Row = OWN | {"written_by_id": PIA, "written_at": NOW}
MENTION: Row = OWN | {"note_id": 1, "colleague_id": OTTO, "read_at": None}
REDACTION: Row = OWN | {"note_id": 1, "sealed": "\\x01", "proposed_by_id": PIA, "proposed_at": NOW}
REDACTION |= {"is_agreed": None, "decided_by_id": None, "decided_at": None}
WRITTEN = ("rights_note", NOTE)


def cases() -> Iterator[Case]:
    yield from notes()
    yield from entries()
    yield from mentions()
    yield from redactions()
    yield from answers()


def notes() -> Iterator[Case]:
    rule, table = "check_note", "rights_note"
    appeals = [
        (("rights_appeal", {"rights_request_id": of, "appealed_at": PAST}), *decided)
        for of in (ONE, TWO)
        for decided in ((), (("rights_appealdecision", {"rights_request_id": of, "decided_at": PAST}),))
    ]
    other = ("rights_appealdecision", {"rights_request_id": TWO, "decided_at": PAST})
    for change, appeal, answer in product(
        ({}, {"written_at": PAST}, {"written_by_id": SAM}),
        ((), *appeals, (appeals[0][0], other)),
        ((), (answered(),), (answered(rights_request_id=TWO),)),
    ):
        yield plain(inserted(rule, table, NOTE | change, *OFFICERS, request(), *answer, *appeal))
    for erased in ({}, {"id": BEN}, {"erased_at": None}):
        yield plain(inserted(rule, table, NOTE, *OFFICERS, request(), ("people_customer", ERASED[1] | erased)))
    rule = "refuse_note_off_record"
    words = ("rights_statement", {"id": 1, "note_id": 1})
    for told, said in product(
        ({"note": 1}, {"note": 2}), ((words,), (), (("rights_statement", {"id": 1, "note_id": 2}),))
    ):
        yield plain(inserted(rule, table, NOTE, entry("rights_request.noted", ONE, "staff", PIA, details=told), *said))
    yield plain(
        inserted(rule, table, NOTE, entry("rights_request.noted", ONE, "staff", OTTO, details={"note": 1}), words)
    )


def entries() -> Iterator[Case]:
    about = [("uuid", ONE), ("text", "rights_request.noted"), ("uuid", PIA), ("jsonb", {"note": 1}), ("text", "")]
    told = entry("rights_request.noted", ONE, "staff", PIA, details={"note": 1, "mentioned": []})
    yield of_before(called("rights_staff_tells_now", about, told))
    for change in (
        {},
        {"object": TWO},
        {"event": "x"},
        {"actor_kind": "customer"},
        {"actor": OTTO},
        {"details": "{}"},
        {"occurred_at": PAST},
        {"outcome": "x"},
    ):
        yield plain(called("rights_staff_tells_now", about, (told[0], told[1] | change)))


def mentions() -> Iterator[Case]:
    rule, table = "refuse_mention_off_record", "rights_mention"
    for colleague, mentioned in product((OTTO, SAM), ([OTTO], [SAM], [])):
        told = entry("rights_request.noted", ONE, "staff", PIA, details={"note": 1, "mentioned": mentioned})
        for note in ({}, {"id": 2}, {"rights_request_id": TWO}, {"written_by_id": OTTO}):
            row = MENTION | {"colleague_id": colleague}
            yield plain(inserted(rule, table, row, *OFFICERS, ("rights_note", NOTE | note), told))
            yield plain(inserted(rule, table, row | {"read_at": NOW}, *OFFICERS, ("rights_note", NOTE | note), told))
    elsewhere = entry("rights_request.noted", TWO, "staff", PIA, details={"note": 1, "mentioned": [OTTO]})
    another = entry("rights_request.noted", ONE, "staff", PIA, details={"note": 2, "mentioned": [OTTO]})
    for note, told in (({"rights_request_id": TWO}, elsewhere), ({"id": 2}, another)):
        yield plain(inserted(rule, table, MENTION, *OFFICERS, ("rights_note", NOTE | note), told))
    rule = "refuse_change_of_mention"
    for event, actor in product(("rights_request.notes_read", "x"), (OTTO, PIA)):
        told = entry(event, ONE, "staff", actor)
        for was, change in product(
            ({}, {"read_at": PAST}, {"customer_id": None}),
            ({"read_at": NOW}, {"read_at": PAST}, {"read_at": NOW, "colleague_id": PIA}, {"customer_id": ADA}),
        ):
            yield plain(updated(rule, table, MENTION | was, change, request(), told))


def redactions() -> Iterator[Case]:
    rule, table = "refuse_redaction_off_record", "rights_redaction"
    told = entry("rights_request.redaction_proposed", ONE, "staff", PIA, details={"redaction": 1})
    decided = {"is_agreed": True, "decided_by_id": OTTO, "decided_at": NOW}
    for change in (
        {},
        {"proposed_at": PAST},
        decided,
        {"customer_id": None},
        {"proposed_by_id": SAM},
        {"note_id": 2},
        {"id": 2},
        {"rights_request_id": TWO},
    ):
        for note in ({}, {"rights_request_id": TWO}, {"id": 2}):
            by = {"actor": change.get("proposed_by_id", PIA), "object": change.get("rights_request_id", ONE)}
            given = (*OFFICERS, ("rights_note", NOTE | note), (told[0], told[1] | by))
            yield plain(inserted(rule, table, REDACTION | change, *given))
    yield plain(inserted(rule, table, REDACTION, *OFFICERS, WRITTEN))
    for change in (
        {},
        {"decided_at": PAST},
        {"decided_by_id": PIA},
        {"decided_by_id": SAM},
    ):
        whole = decided | change
        for event, number in product(("rights_request.redaction_decided", "x"), (1, 2)):
            about = {"outcome": "agreed", "details": {"redaction": number}}
            by = entry(event, ONE, "staff", str(whole["decided_by_id"]), **about)
            for is_agreed in (True, False):
                row = whole | {"is_agreed": is_agreed}
                yield plain(updated(rule, table, REDACTION, row, *OFFICERS, WRITTEN, by))
    rule = "refuse_change_of_redaction"
    for was in ({}, decided):
        for change in (decided, decided | {"decided_at": PAST}, {"note_id": 2}, {"sealed": "\\x02"}):
            yield plain(updated(rule, table, REDACTION | was, change))


def answers() -> Iterator[Case]:
    rule, table = "refuse_answer_while_redaction_waits", "rights_answer"
    for outcome, kind, waiting in product(
        ("complied_whole", "complied_part", "denied"),
        ("A15", "access:specific", "A20"),
        ({}, {"customer_id": BEN}, {"decided_at": PAST}),
    ):
        given = (request(request_type=kind), ("rights_redaction", REDACTION | waiting))
        yield plain(inserted(rule, table, answered(outcome=outcome)[1], *given))
        yield plain(inserted(rule, table, answered(outcome=outcome, rights_request_id=TWO)[1], *given))
