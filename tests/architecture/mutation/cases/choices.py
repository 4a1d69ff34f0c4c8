"""Choices of customers, and the marks that stand above them."""

from collections.abc import Iterator

from tests.architecture.mutation.varying import (
    ACTING,
    ADA,
    LATER,
    MUM,
    NOW,
    ONE,
    PAST,
    PIA,
    THIS_TRANSACTION,
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
    yield from choices()
    yield from marks()


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
