"""What a case of somebody who went round a customer, and a conflict, are told by."""

from collections.abc import Iterator
from typing import Any

from tests.architecture.mutation.varying import (
    ADA,
    BEN,
    ONE,
    OTTO,
    PIA,
    SAM,
    TWO,
    Case,
    Row,
    entry,
    inserted,
    plain,
    staff,
)

HAPPENED = "2026-01-01T00:00:00+00:00"
OFFICERS = (staff(OTTO, "compliance_officer"), staff(PIA))
FOUND: dict[str, Any] = {"object_type": "bypass_alert", "event": "bypass.found", "actor_kind": "portal", "actor": ""}
FOUND |= {"customer": None, "outcome": "one_case", "details": {"staff": SAM, "happened_at": HAPPENED}}
DECIDED: dict[str, Any] = FOUND | {"event": "bypass.decided", "actor_kind": "staff", "actor": OTTO}
DECIDED |= {"outcome": "in_order", "details": {}}
NOTED: dict[str, Any] = DECIDED | {"object_type": "conflict", "event": "conflict.noted", "customer": ADA}
NOTED |= {"outcome": "neighbour", "details": {"staff": SAM}}
LIFTED = NOTED | {"event": "conflict.lifted", "details": {}}


def cases() -> Iterator[Case]:
    for details in ({}, {"staff": "x"}, {"staff": SAM, "about": "x"}, {"staff": SAM, "about": ADA}):
        for happened in ({}, {"happened_at": HAPPENED}, {"happened_at": "now"}):
            yield added(FOUND | {"details": details | happened})
    yield added(FOUND | {"details": {"staff": SAM, "happened_at": "2026-99-99T25:61:00+00:00"}})
    for change in of_actors({"outcome": "x"}, {"object": "x"}, {"event": "bypass.lost"}):
        yield added(FOUND | change)
        for began in (FOUND, FOUND | {"event": "x"}, FOUND | {"object": TWO}, FOUND | {"object_type": "x"}):
            yield added(DECIDED | change, began)
        yield added(DECIDED | change, FOUND | {"details": {"staff": OTTO}})
        yield added(DECIDED | change)
    for change in of_actors({"outcome": "x"}, {"object": "x"}, {"customer": None}, {"customer": BEN}):
        for details in ({}, {"staff": "x"}, {"staff": SAM}):
            yield added(NOTED | change | {"details": details})
        for began in (NOTED, NOTED | {"outcome": "oneself"}, NOTED | {"object": TWO}, NOTED | {"event": "x"}):
            yield added(LIFTED | change, began)
        yield added(LIFTED | change, NOTED | {"details": {"staff": OTTO}})
        yield added(LIFTED | change, NOTED | {"event": "bypass.found"})
        yield added(LIFTED | change)


def of_actors(*others: dict[str, Any]) -> list[dict[str, Any]]:
    """As it is, by others, and otherwise."""
    by = [{"actor": PIA}, {"actor": "x"}, {"actor_kind": "staff", "actor": OTTO}, {"actor_kind": "customer"}]
    return [{}, *by, {"actor_kind": "portal", "actor": ""}, *others]


def added(new: dict[str, Any], *began: dict[str, Any]) -> Case:
    given = [told(one, number) for number, one in enumerate(began, 2)]
    table, row = told(new, 1)
    return plain(inserted("refuse_other_case_entry", table, row, *given, *OFFICERS))


def told(about: dict[str, Any], number: int) -> tuple[str, Row]:
    facts = {"object": ONE} | about
    event, object = facts.pop("event"), facts.pop("object")
    return entry(event, object, facts.pop("actor_kind"), facts.pop("actor"), id=number, **facts)
