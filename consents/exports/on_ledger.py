"""What the ledger says that an export of rights requests must hold: what was filed, less what was removed on record.

The tables alone cannot tell: a row that was deleted before the export is in neither, and one whose time is over is gone
from them lawfully.
"""

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from consents.exports.formats.query import Connection, Query
from consents.exports.kinds import Dataset
from consents.exports.manifests import Manifest
from consents.exports.verifying import Expected

Row = Mapping[str, str]
# `newest`: the last entry when the export was taken. A row that was moved to another day is not where it was filed.
FILED = """
WITH filed AS (
    SELECT e.object AS id, e.id <= %(newest)s AS is_before, facts ->> 'type' AS request_type,
        facts ->> 'jurisdiction' AS jurisdiction, (facts ->> 'received_at')::timestamptz AS received_at,
        coalesce(gone.entry <= %(newest)s, false) AS removed_before, coalesce(gone.entry > %(newest)s, false) AS removed
    FROM ledger_entry AS e CROSS JOIN LATERAL (SELECT e.details::jsonb AS facts OFFSET 0) AS details
    LEFT JOIN (SELECT object, min(id) AS entry FROM ledger_entry WHERE event = 'rights_request.removed'
               GROUP BY object) AS gone ON gone.object = e.object
    WHERE e.event = 'rights_request.filed' AND e.occurred_at >= %(first)s
      AND (facts ->> 'received_at')::timestamptz >= %(first)s AND (facts ->> 'received_at')::timestamptz < %(last)s
      AND coalesce(facts ->> 'regime' = %(law)s, true) AND coalesce(facts ->> 'type' = %(type)s, true)
      AND coalesce(facts ->> 'jurisdiction' = %(jurisdiction)s, true)
)"""
GONE = f"""{FILED}
SELECT filed.id, filed.removed FROM filed LEFT JOIN rights_rightsrequest AS q
    ON q.id = filed.id::uuid AND q.received_at = filed.received_at
WHERE q.id IS NULL AND filed.is_before AND NOT filed.removed_before"""
UNFILED = f"""{FILED}
SELECT q.id::text FROM rights_rightsrequest AS q
WHERE q.received_at >= %(first)s AND q.received_at < %(last)s AND coalesce(q.regime = %(law)s, true)
  AND coalesce(q.request_type = %(type)s, true) AND coalesce(q.jurisdiction = %(jurisdiction)s, true)
  AND NOT EXISTS (SELECT FROM filed WHERE filed.id = q.id::text)"""
COUNTED = f"""{FILED}
SELECT extract(year FROM received_at AT TIME ZONE %(zone)s)::int::text, population, request_type,
    count(*) FILTER (WHERE is_before AND NOT removed_before), bool_or(removed)
FROM filed JOIN (VALUES ('all'), ('california')) AS them(population)
    ON population = 'all' OR jurisdiction = 'US-CA'
WHERE coalesce(population = %(population)s, true) GROUP BY 1, 2, 3"""
FILTERS = ("law", "type", "jurisdiction", "population")


@dataclass
class Requests:
    """A row for each."""

    removed: frozenset[str]
    gone: set[str]
    strange: frozenset[str]
    unfiled: int = 0

    def take(self, row: Row) -> None:
        self.gone.discard(row["request_id"])
        self.unfiled += row["request_id"] in self.strange

    def is_removed(self, row: Row) -> bool:
        return row["request_id"] in self.removed

    @property
    def lost(self) -> int:
        return len(self.gone - self.removed)


@dataclass
class Metrics:
    """Counted by year, population and right."""

    removed: frozenset[Hashable]
    missing: Counter[Hashable]
    unfiled: int = field(default=0)

    def take(self, row: Row) -> None:
        self.missing[group_of(row)] -= int(row["received"])
        self.unfiled += max(0, -self.missing[group_of(row)])

    def is_removed(self, row: Row) -> bool:
        return group_of(row) in self.removed

    @property
    def lost(self) -> int:
        return (+self.missing).total()


def group_of(row: Row) -> Hashable:
    return row["year"], row["population"], row["request_type"]


def expected(connection: Connection, query: Query, manifest: Manifest) -> Expected | None:
    """None for records that the ledger itself holds, or that nothing is filed in."""
    dataset = manifest.content["dataset"]
    newest = manifest.content["ledger"]["newest_entry"]
    values: dict[str, Any] = dict.fromkeys(FILTERS) | query.parameters | {"newest": newest}
    if dataset == Dataset.REQUESTS:
        gone = dict(asked(connection, GONE, values))
        strange = frozenset(id for (id,) in asked(connection, UNFILED, values))
        return Requests(frozenset(id for id, removed in gone.items() if removed), set(gone), strange)
    if dataset == Dataset.METRICS:
        counts = [((*group,), count, removed) for *group, count, removed in asked(connection, COUNTED, values)]
        removed = frozenset(group for group, _count, removed in counts if removed)
        return Metrics(removed, Counter({group: count for group, count, _removed in counts}))
    return None


def asked(connection: Connection, sql: str, values: Mapping[str, Any]) -> list[Any]:
    return connection.execute(sql, values).fetchall()  # type: ignore[arg-type]
