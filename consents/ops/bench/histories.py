"""Measure what a long history costs: verifying it, and opening data next to it."""

import json
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.pool import Pool

from django.core.management.base import CommandError

from consents.core.owner import as_owner
from consents.ledger.models import Entry
from consents.ops.bench import load, programs
from consents.ops.bench.load import Figures
from consents.ops.bench.past import run_statements
from consents.ops.bench.table import MeasuredHistory, MeasuredVerification

BATCH = 500_000
# Real entries on chains of customers who do not exist: nothing reads them, but every index contains them.
ENTRIES = """
INSERT INTO ledger_entry (chain, sequence, occurred_at, event, customer, actor_kind, actor, object_type, object,
        purpose, channel, outcome, details, previous, canonical, hash)
    SELECT made.chain, 1 + n / %(chains)s, '2020-01-01Z'::timestamptz + n * interval '1 second', e.event, made.chain,
           e.actor_kind, made.chain, e.object_type, n, e.purpose, e.channel, e.outcome, e.details, e.previous,
           e.canonical, e.hash
    FROM (SELECT n, bench_id('nobody', n %% %(chains)s) AS chain
          FROM generate_series(%(after)s, %(until)s - 1) AS n) AS made
    CROSS JOIN (SELECT * FROM ledger_entry WHERE event = 'consent.given' LIMIT 1) AS e
"""
# One opening for every ten entries.
OPENINGS = """
INSERT INTO disclosures_opening (id, kind, staff_id, customer_id, category_id, purpose_id, grant_id, opened_at)
    SELECT gen_random_uuid(), o.kind, o.staff_id, o.customer_id, o.category_id, o.purpose_id, o.grant_id,
           o.opened_at + n * interval '1 millisecond'
    FROM generate_series(%(after)s / 10, %(until)s / 10 - 1) AS n
    CROSS JOIN (SELECT * FROM disclosures_opening ORDER BY opened_at LIMIT 1) AS o
"""


def measure_verification(say: Callable[[str], None]) -> MeasuredVerification:
    """Measure `verify_ledger` on the whole ledger. Raises CommandError if it finds faults."""
    say("Measuring: verify_ledger …")
    ran = programs.run_command(["verify_ledger", "--json"])
    if ran.code:
        raise CommandError(f"verify_ledger ended with exit code {ran.code}: {ran.last_line}")
    return MeasuredVerification(json.loads(ran.last_line)["entries"], ran.seconds, ran.processor, ran.peak_mib)


def measure_growth(
    pool: Pool, port: int, calls: Sequence[load.Call], *, entries: int, seconds: float, say: Callable[[str], None]
) -> Iterator[MeasuredHistory]:
    """Measure one client that opens data over HTTP, before and after the history grows to `entries`."""
    for most in (None, entries):
        if most is not None:
            grow_history(most, say)
        size = Entry.objects.count()
        say(f"Measuring: open data beside {size:,} entries …")
        figures: Figures = load.measure_load(pool, port, [calls], again=True, seconds=seconds)
        yield MeasuredHistory(size, figures)


def grow_history(entries: int, say: Callable[[str], None]) -> None:
    with as_owner() as owner, owner.cursor() as cursor:
        for after in range(Entry.objects.count(), entries, BATCH):
            until = min(after + BATCH, entries)
            say(f"Making a history of {until:,} entries …")
            numbers = {"after": after, "until": until, "chains": max(1, entries // 100)}
            run_statements(cursor, (ENTRIES, OPENINGS), numbers)
        cursor.execute("VACUUM ANALYZE")
