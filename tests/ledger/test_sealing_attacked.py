"""What the application's own role tries in raw SQL to stop sealing, to pass entries over, or to do it in silence."""

import base64
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.conf import settings as portal
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from psycopg import errors

from consents.core.owner import as_owner
from consents.core.signing import load_public_keys
from consents.ledger import checkpoints
from consents.ledger.merkle import Tree
from consents.ledger.models import Entry, Leaf
from consents.ledger.rules import EntryFault, LogFaultKind
from consents.ledger.selectors import chains
from consents.ledger.selectors import timelines as ledger_log
from consents.ledger.selectors.chains import ChainFault
from consents.ledger.selectors.timelines import Claim, LogFault
from consents.ledger.services import sealing
from consents.ledger.services.sealing import SealingResult
from tests.architecture.mutation.speaking import application_speaking
from tests.ledger.forging import ADA, BEN, REHASH, RESEAL, add, append, claims, refused
from tests.waiting import wait_until

# The next leaf, right or changed.
LEAF = """
INSERT INTO ledger_leaf (leaf_index, entry, hash)
SELECT (SELECT count(*) FROM ledger_leaf) {index} - 1 + row_number() OVER (ORDER BY id), id {entry},
    sha256('\\x00'::bytea || convert_to(canonical {text}, 'UTF8'))
FROM ledger_entry AS e WHERE NOT EXISTS (SELECT FROM ledger_leaf AS l WHERE l.entry = e.id)
"""
SAVE = "INSERT INTO ledger_checkpoint (size, root, frontier, note) VALUES (%s, %s, %s, %s)"
RIGHT = {"index": "", "entry": "", "text": ""}


def find_faults(outside) -> list[LogFault]:
    keys = load_public_keys(portal.PORTAL_KEYS)
    kept = list(ledger_log.read_claims(outside, checkpoints.list_checkpoints(outside), keys))
    found = [*kept, *ledger_log.find_log_faults([one for one in kept if isinstance(one, Claim)], keys)]
    return [one for one in found if isinstance(one, LogFault)]


@pytest.mark.parametrize(
    "change",
    [
        {"index": "+ 1"},
        {"index": "+ 1000000"},
        {"index": "- 100"},
        {"entry": "+ 1000000"},
        {"text": "|| ' '"},
        {"index": "+ CASE id % 2 WHEN 0 THEN 0 ELSE 10 END"},
    ],
    ids=str,
)
def test_no_leaf_but_the_next_right_one_goes_in(sealed, seal, change):
    add(2), add(1, BEN)
    assert isinstance(refused(LEAF.format(**RIGHT | change).replace("%", "%%")), errors.RestrictViolation)
    assert seal() == SealingResult(3, 11)


def test_leaves_of_entries_that_are_not_there_do_not_go_in(sealed):
    assert isinstance(refused("INSERT INTO ledger_leaf VALUES (8, 1000000, sha256('\\x00'))"), errors.RestrictViolation)


def test_right_leaves_that_nobody_signed_for_are_sealed_with_the_next(sealed, seal, outside):
    add(2)
    with connection.cursor() as cursor:
        cursor.execute(LEAF.format(**RIGHT))
    add(1, BEN)

    assert seal() == SealingResult(1, 11)
    assert claims(outside)[-1].size == 11 and find_faults(outside) == []


def forge(application, **changes) -> list:
    """A checkpoint of the log as this transaction sees it, but for the changes and for the signature."""
    tree = Tree()
    for (leaf,) in application.execute("SELECT hash FROM ledger_leaf ORDER BY leaf_index").fetchall():
        tree.append(bytes(leaf))
    said = {"size": tree.size, "root": tree.root(), "frontier": tree.frontier} | changes
    head = f"localhost:8000/ledger\n{said['size']}\n{base64.b64encode(said['root']).decode()}"
    return [said["size"], said["root"], said["frontier"], said.get("note", f"{head}\n\n- localhost:8000/ledger x\n")]


@pytest.mark.parametrize(
    "change",
    [{"size": 9}, {"size": 100_000}, {"root": bytes(32)}, {"frontier": bytes(64)}, {"frontier": b""}, {"note": "x"}],
    ids=lambda change: next(iter(change)),
)
def test_no_checkpoint_of_another_log_goes_in(sealed, seal, outside, change):
    add(2)
    with (
        application_speaking() as application,
        pytest.raises(errors.RestrictViolation, match="as it is"),
        application.transaction(),
    ):
        application.execute(LEAF.format(**RIGHT))
        application.execute(SAVE, forge(application, **change))
    assert seal() == SealingResult(2, 10) and find_faults(outside) == []


@pytest.mark.parametrize("column", ["settled", "seen", "horizon", "made_at"])
def test_how_far_the_log_is_settled_is_not_for_the_application_to_say(sealed, column):
    value = "now()" if column == "made_at" else "1000000"
    statement = f"INSERT INTO ledger_checkpoint (size, root, frontier, note, {column}) VALUES (9, '', '', '', {value})"
    assert isinstance(refused(statement), errors.InsufficientPrivilege)


def test_a_checkpoint_that_others_signed_is_named_and_sealing_goes_on(sealed, seal, outside):
    add(2)
    with application_speaking() as application, application.transaction():
        application.execute(LEAF.format(**RIGHT))
        application.execute(SAVE, forge(application))
    assert seal() == SealingResult(0, 10)
    add(1, BEN)
    assert seal() == SealingResult(1, 11)

    assert [claim.size for claim in claims(outside)] == [8, 10, 11]
    assert find_faults(outside) == [LogFault(LogFaultKind.OWN_CHECKPOINT, 9)]


def test_whoever_holds_the_lock_does_not_stop_sealing_in_silence(journal, monkeypatch):
    monkeypatch.setattr(sealing, "PATIENCE", "100ms")
    with application_speaking() as application:
        application.execute("SELECT pg_advisory_lock(%s)", [sealing.LOCK])
        with pytest.raises(CommandError, match=re.escape("Nothing was sealed")) as refusal:
            call_command("seal_ledger")
        application.execute("SELECT pg_advisory_unlock(%s)", [sealing.LOCK])
    assert refusal.value.returncode == 1 and not Leaf.objects.exists()


def test_the_portal_says_that_sealing_is_late(journal, later, seal, client):
    def say() -> tuple[int, str]:
        answer = client.get(reverse("readyz"))
        return answer.status_code, answer.json()["sealing"]

    assert say() == (200, "ok")
    later(timedelta(minutes=6))
    assert say() == (200, "late")
    seal()
    assert say() == (200, "ok")


# The ledger's time is the real one, goes on inside a message, and never goes back within a chain.

GATE = 4712
APPEND = "SELECT portal.append_entry('thing.happened', '{}', 'portal', '', 'thing', '1', '', 'job', NULL, '', '{{}}')"


def moments(chain) -> list:
    return list(Entry.objects.filter(chain=str(chain)).order_by("sequence").values_list("occurred_at", flat=True))


def test_entries_of_one_block_are_dated_one_after_the_other(transactional_db):
    act = APPEND.format(ADA).replace("SELECT", "PERFORM", 1)
    with application_speaking() as application:
        application.execute(f"DO $$ BEGIN {act}; PERFORM pg_sleep(0.05); {act}; END $$")

    first, second = moments(ADA)
    assert second - first >= timedelta(seconds=0.05)


def test_a_block_that_waited_does_not_date_its_entry_back(transactional_db):
    act = APPEND.format(ADA).replace("SELECT", "PERFORM", 1)
    block = f"DO $$ BEGIN PERFORM pg_advisory_xact_lock({GATE}); {act}; END $$"
    awaited = "SELECT EXISTS (SELECT FROM pg_locks WHERE objid = %s AND NOT granted)"
    with application_speaking() as gate, application_speaking() as application, ThreadPoolExecutor(1) as pool:
        gate.execute("SELECT pg_advisory_lock(%s)", [GATE])
        waiting = pool.submit(application.execute, block)
        wait_until(lambda: gate.execute(awaited, [GATE]).fetchone()[0], "The block waits at the gate")
        for customer in (ADA, BEN):
            gate.execute(APPEND.format(customer))
        gate.execute("SELECT pg_advisory_unlock(%s)", [GATE])
        waiting.result()

    assert len(moments(ADA)) == 2 and moments(ADA) == sorted(moments(ADA)) and len(moments(BEN)) == 1


def test_when_the_clock_is_set_back_a_chain_waits_for_it(transactional_db, later):
    for ahead in (timedelta(days=1), timedelta(0)):
        later(ahead)
        with transaction.atomic():
            append(ADA)
    with transaction.atomic():
        append(BEN)

    first, second = moments(ADA)
    assert second == first > moments(BEN)[0]


@pytest.mark.parametrize("isolation", ["REPEATABLE READ", "SERIALIZABLE"])
def test_no_act_rests_on_an_old_snapshot(transactional_db, isolation):
    with application_speaking() as application:
        application.execute(f"BEGIN ISOLATION LEVEL {isolation}")
        with pytest.raises(errors.RestrictViolation, match="READ COMMITTED"):
            application.execute(APPEND.format(ADA))


def test_not_even_the_owner_dates_an_entry_back(journal):
    with pytest.raises(DatabaseError, match="never goes back"), as_owner() as owner, owner.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_entry (chain, sequence, occurred_at, event, customer, actor_kind, actor, object_type,"
            " object, purpose, channel, evidence, outcome, details, previous, canonical, hash)"
            " SELECT chain, sequence + 1, occurred_at - interval '1 microsecond', event, customer, actor_kind, actor,"
            " object_type, object, purpose, channel, evidence, outcome, details, hash, canonical, hash"
            f" FROM ledger_entry WHERE chain = '{ADA}' AND sequence = 5"
        )


def test_verification_names_the_entry_at_which_time_goes_back(sealed, tamper):
    tamper(
        f"UPDATE ledger_entry SET occurred_at = occurred_at - interval '1 hour' WHERE chain = '{ADA}' AND sequence = 3",
        REHASH,
        RESEAL,
    )
    found = [fault for fault in chains.find_chain_faults() if isinstance(fault, ChainFault)]
    assert found == [ChainFault(str(ADA), 3, EntryFault.TIME_WENT_BACK)]
