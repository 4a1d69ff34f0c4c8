"""Find what an export of rights requests must contain according to the ledger: filed requests that are not removed.

The tables alone cannot tell: a row deleted before the export is missing from both, and one whose retention is over is
missing lawfully.
"""

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from consents.exports.formats.query import Connection, Query
from consents.exports.kinds import Dataset
from consents.exports.manifests import Manifest
from consents.exports.safe_casts import cast_if_valid, cast_moment_if_valid

ExportRow = Mapping[str, str]
# `newest`: the last ledger entry when the export was taken. A row moved to another day counts as missing.
RECEIVED = cast_moment_if_valid("facts ->> 'received_at'")
FILED = f"""
WITH filed AS (
    SELECT e.object AS id, e.id <= %(newest)s AS is_before, facts ->> 'type' AS request_type,
        facts ->> 'jurisdiction' AS jurisdiction, {RECEIVED} AS received_at,
        coalesce(gone.entry <= %(newest)s, false) AS removed_before, coalesce(gone.entry > %(newest)s, false) AS removed
    FROM ledger_entry AS e CROSS JOIN LATERAL (SELECT e.details::jsonb AS facts OFFSET 0) AS details
    LEFT JOIN (SELECT object, min(id) AS entry FROM ledger_entry WHERE event = 'rights_request.removed'
               GROUP BY object) AS gone ON gone.object = e.object
    WHERE e.event = 'rights_request.filed' AND e.occurred_at >= %(first)s
      AND {RECEIVED} >= %(first)s AND {RECEIVED} < %(last)s
      AND coalesce(facts ->> 'regime' = %(law)s, true) AND coalesce(facts ->> 'type' = %(type)s, true)
      AND coalesce(facts ->> 'jurisdiction' = %(jurisdiction)s, true)
)"""
GONE = f"""{FILED}
SELECT filed.id, filed.removed FROM filed LEFT JOIN rights_rightsrequest AS q
    ON q.id = {cast_if_valid("filed.id", "uuid")} AND q.received_at = filed.received_at
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
class FiledRequests:
    """Expected rows of the `requests` dataset: one for each filed request."""

    removed: frozenset[str]
    gone: set[str]
    never_filed: frozenset[str]
    unfiled: int = 0

    def check_row(self, row: ExportRow) -> None:
        self.gone.discard(row["request_id"])
        self.unfiled += row["request_id"] in self.never_filed

    def is_removed(self, row: ExportRow) -> bool:
        return row["request_id"] in self.removed

    @property
    def lost(self) -> int:
        return len(self.gone - self.removed)


@dataclass
class FiledMetrics:
    """Expected counts of the `metrics` dataset, by year, population and right."""

    removed: frozenset[Hashable]
    missing: Counter[Hashable]
    unfiled: int = 0

    def check_row(self, row: ExportRow) -> None:
        self.missing[get_metric_group(row)] -= int(row["received"])
        self.unfiled += max(0, -self.missing[get_metric_group(row)])

    def is_removed(self, row: ExportRow) -> bool:
        return get_metric_group(row) in self.removed

    @property
    def lost(self) -> int:
        return (+self.missing).total()


# Either is shown every row of the file once, then asked. A row is removed where it, or something that it counts, was
# removed on record after the export.
type ExpectedRows = FiledRequests | FiledMetrics


def get_metric_group(row: ExportRow) -> Hashable:
    return row["year"], row["population"], row["request_type"]


def build_expected_rows(connection: Connection, query: Query, manifest: Manifest) -> ExpectedRows | None:
    """Return what must be in this export; None for datasets that are read from the ledger itself."""
    dataset = manifest.content["dataset"]
    newest = manifest.content["ledger"]["newest_entry"]
    values: dict[str, Any] = dict.fromkeys(FILTERS) | query.parameters | {"newest": newest}
    if dataset == Dataset.REQUESTS:
        gone = dict(connection.execute(GONE, values))
        never_filed = frozenset(id for (id,) in connection.execute(UNFILED, values))
        return FiledRequests(frozenset(id for id, removed in gone.items() if removed), set(gone), never_filed)
    if dataset == Dataset.METRICS:
        counts = [((*group,), count, removed) for *group, count, removed in connection.execute(COUNTED, values)]
        removed = frozenset(group for group, _count, removed in counts if removed)
        return FiledMetrics(removed, Counter({group: count for group, count, _removed in counts}))
    return None
