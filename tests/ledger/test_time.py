"""The ledger's time is the real one, goes on inside a message, and never goes back within a chain."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from psycopg import errors

from consents.core.owner import as_owner
from consents.ledger.models import Entry
from consents.ledger.rules import EntryFault
from consents.ledger.selectors import chains
from consents.ledger.selectors.chains import ChainFault
from tests.architecture.mutation.speaking import application_speaking
from tests.ledger.entries import ADA, BEN, append
from tests.ledger.forging import REHASH, RESEAL
from tests.waiting import wait_until

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
