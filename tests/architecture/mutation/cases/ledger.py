"""The sealed log: its next leaf, a checkpoint of it, entries one after the other, the journal."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from typing import Any

from consents.ledger.rules import CLOSING
from tests.architecture.mutation.varying import (
    ADA,
    BEN,
    LATER,
    NOW,
    ONE,
    PAST,
    PIA,
    Case,
    Row,
    called,
    entry,
    inserted,
    of_a_snapshot,
    plain,
)

CANONICAL = ("a", "b", "c")
LEAVES = [sha256(b"\x00" + text.encode()).digest() for text in CANONICAL]
PAIR = sha256(b"\x01" + LEAVES[0] + LEAVES[1]).digest()
ROOT = sha256(b"\x01" + PAIR + LEAVES[2]).digest()


def spelled(value: bytes) -> str:
    return f"\\x{value.hex()}"


def entries(*places: int) -> list[tuple[str, Row]]:
    """Entries with the numbers 1, 2, 3."""
    return [
        ("ledger_entry", {"id": n + 1, "canonical": CANONICAL[n], "chain": ADA, "sequence": n + 1, "occurred_at": NOW})
        for n in places
    ]


def leaf(place: int, **more: Any) -> Row:
    return {"leaf_index": place, "entry": place + 1, "hash": spelled(LEAVES[place])} | more


def leaves(*places: int) -> list[tuple[str, Row]]:
    return [("ledger_leaf", leaf(place)) for place in places]


def checkpoint(size: int, frontier: bytes, root: bytes, **more: Any) -> Row:
    note = f"log\n{size}\n{b64encode(root).decode()}\n\nsigned\n"
    row = {"size": size, "frontier": spelled(frontier), "root": spelled(root), "note": note}
    return row | {"settled": 0, "seen": 3, "horizon": 1} | more


def cases() -> Iterator[Case]:
    yield from leaves_of_the_log()
    yield from checkpoints()
    yield from entries_in_time()
    yield from appended_entries()
    yield from entries_of_others()
    yield from journals()
    for opened_at in (None, PAST):
        yield called("is_being_restored", [], ("ledger_restoration", {"id": 1, "opened_at": opened_at}))


def leaves_of_the_log() -> Iterator[Case]:
    rule, table, known = "refuse_other_leaves", "ledger_leaf", entries(0, 1, 2)
    for earlier in ((), (0,), (1,), (2,), (0, 1), (0, 2)):
        for place in {0, 1, 2} - set(earlier):
            yield plain(inserted(rule, table, leaf(place), *known, *leaves(*earlier)))
    for together in ([leaf(2)], [leaf(1)], [leaf(1), leaf(2)]):
        yield replace(plain(inserted(rule, table, leaf(0), *known)), also=together)
    for change in ({"hash": "\\x01"}, {"hash": None}, {"entry": 2}, {"entry": 99}):
        yield plain(inserted(rule, table, leaf(0) | change, *known))
        yield plain(inserted(rule, table, leaf(0) | change, *entries(0)))


def checkpoints() -> Iterator[Case]:
    rule, table, known = "check_checkpoint", "ledger_checkpoint", entries(0, 1, 2)
    whole = checkpoint(3, PAIR + LEAVES[2], ROOT)
    one = checkpoint(1, LEAVES[0], LEAVES[0], settled=1, seen=1)
    two = checkpoint(2, PAIR, PAIR, settled=2, seen=2)
    sealed = [*known, *leaves(0, 1, 2)]
    for last in ((), (one,), (two,), (one, two), (whole,)):
        given = [("ledger_checkpoint", row) for row in last]
        yield plain(inserted(rule, table, whole, *sealed, *given))
    for wrong in (
        {"size": 2},
        {"size": 4},
        {"frontier": spelled(PAIR)},
        {"root": spelled(PAIR)},
        {"note": whole["note"].replace("\n3\n", "\n4\n")},
        {"note": whole["note"].replace("log\n", "")},
        {"note": whole["note"].replace(b64encode(ROOT).decode(), b64encode(PAIR).decode())},
        {"root": spelled(PAIR), "note": checkpoint(3, PAIR, PAIR)["note"]},
        {"size": 4, "note": whole["note"].replace("\n3\n", "\n4\n")},
        {"note": whole["note"].removesuffix("\n\nsigned\n")},
    ):
        yield plain(inserted(rule, table, whole | wrong, *sealed))
        yield plain(inserted(rule, table, whole | wrong, *sealed, ("ledger_checkpoint", one)))
    for row, places in ((two, (0, 1)), (one, (0,))):
        yield plain(inserted(rule, table, row, *known, *leaves(*places)))
    # How far it is settled: what was seen when everything that still runs was yet to come, up to the first gap.
    decided = ("ledger_checkpoint", one | {"settled": 0, "seen": 5})
    undecided = ("ledger_checkpoint", one | {"settled": 0, "seen": 5, "horizon": 2**62})
    later = [("ledger_entry", entries(2)[0][1] | {"id": n, "sequence": n}) for n in (4, 6)]
    placed_again = [("ledger_leaf", leaf(1, entry=4)), ("ledger_leaf", leaf(2, entry=6))]
    for last in (decided, undecided, ("ledger_checkpoint", decided[1] | {"settled": 2})):
        for rest in ([], later[:1], later):
            for those in (leaves(1, 2), placed_again):
                yield plain(inserted(rule, table, whole, *known, *leaves(0), *those, *rest, last))

    passed_over = [("ledger_leaf", leaf(1, entry=3)), ("ledger_leaf", leaf(2, entry=4))]
    settled = ("ledger_checkpoint", decided[1] | {"settled": 2})
    yield plain(inserted(rule, table, whole, *known, *leaves(0), *passed_over, *later, settled))


def entries_in_time() -> Iterator[Case]:
    rule, table, before = "refuse_entry_before_the_last", "ledger_entry", entries(0)[0][1]
    new = before | {"id": 2, "sequence": 2}
    for moment in (PAST, NOW, LATER):
        for change in ({}, {"chain": BEN}, {"sequence": 5}):
            yield plain(inserted(rule, table, new, ("ledger_entry", before | {"occurred_at": moment} | change)))


def appended_entries() -> Iterator[Case]:
    """The next of Ada's, whose last is of a moment to come: Ben's are of another chain. Their numbers are none that the
    sequence comes to. And Ada's first."""
    rule, kinds = "append_entry", ("text", "uuid", *["text"] * 6, "uuid", "text", "text")
    about = ("x.done", ADA, "portal", "", "x", "1", "", "job", None, "", "{}")
    heads = [
        ("ledger_chainhead", {"chain": chain, "sequence": n, "hash": "\\x01"}) for chain, n in ((BEN, 1), (ADA, 2))
    ]
    known = [
        ("ledger_entry", {"id": n, "chain": chain, "sequence": place, "occurred_at": moment})
        for n, (chain, place, moment) in enumerate(((BEN, 1, PAST), (BEN, 2, PAST), (ADA, 2, LATER)), -3)
    ]
    arguments = list(zip(kinds, about, strict=True))
    told = called(rule, arguments, *heads, *known)
    yield plain(told)
    yield of_a_snapshot(told)
    yield plain(called(rule, arguments, heads[0]))


def entries_of_others() -> Iterator[Case]:
    """What the portal tells in somebody's place counts as theirs while a restoration repeats it."""
    about = (("text", ONE), ("uuid", ADA), ("text", "x.done"), ("text", None), ("jsonb", {}), ("uuid", PIA))
    for opened in ([], [None], [PAST]):
        restorations = [("ledger_restoration", {"id": 1, "opened_at": moment}) for moment in opened]
        for kind, actor in (("portal", ""), ("staff", ADA), ("staff", PIA)):
            yield plain(called("is_on_record", [*about], entry("x.done", ONE, kind, actor), *restorations))


def journals() -> Iterator[Case]:
    for event, excepted in [*CLOSING.items(), ("vault.opened", ("",))]:
        for outcome in (*excepted, "other"):
            closing = entries(0)[0][1] | {"event": event, "outcome": outcome}
            yield plain(inserted("queue_for_journal", "ledger_entry", closing))
    waiting = [("ledger_unjournalled", {"entry": n}) for n in (1, 2, 3)]
    for most in (0, 1, 2, 5):
        yield plain(called("take_unjournalled_entries", [("int", most)], *entries(0, 1, 2), *waiting))
