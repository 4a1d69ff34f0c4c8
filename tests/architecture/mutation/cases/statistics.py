"""Counting without people: what is countable, who is counted, what a look shows."""

from collections.abc import Iterator
from itertools import product

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
    THIS_SESSION,
    THIS_SNAPSHOT,
    THIS_TRANSACTION,
    TWO,
    Case,
    Row,
    called,
    entry,
    of_a_snapshot,
    plain,
    read_by,
    staff,
)

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


def cases() -> Iterator[Case]:
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
