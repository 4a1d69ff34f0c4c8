"""A genuine export beside the ledger: is it on record, and is nothing missing of what was filed and is there now?"""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings

from consents.core.signing import public_keys
from consents.exports import on_ledger, selectors
from consents.exports.datasets import Description, Type
from consents.exports.manifests import Manifest
from consents.exports.models import Export
from consents.exports.rules import Format
from consents.exports.verifying import Compared, Opened, compared, rows_in


def faults_of_record(manifest: Manifest) -> Iterator[str]:
    """A sentence for each way in which the ledger does not tell of this export."""
    entry = selectors.result_entry(manifest.content["export"])
    if entry is None:
        yield "This ledger tells of no such export."
        return
    facts, records = entry.facts, manifest.records
    if facts["manifest"] != hashlib.sha256(manifest.payload).hexdigest():
        yield "The ledger tells of another manifest."
    if (facts["sha256"], facts["rows"], facts["size"]) != (records.sha256, records.rows, records.size):
        yield "The ledger tells of another file."
    note = manifest.content["ledger"]["checkpoint"]
    if note and not selectors.has_checkpoint(note, public_keys(settings.PORTAL_KEYS)):
        yield "The signed checkpoint in the manifest is not of this ledger: it was cut, rolled back or replaced."


def compared_with_now(place: Opened, manifest: Manifest) -> Compared | None:
    """Row by row beside the same export taken now; None when its columns have changed since."""
    export = Export.objects.get(pk=manifest.content["export"])
    query = selectors.query_of(selectors.wanted_of(export))
    if query.description.version != export.version:
        return None
    with selectors.snapshot() as connection:
        expected = on_ledger.expected(connection, query, manifest)
        now = selectors.rows_now(connection, query, Format(export.format))
        return compared(rows_in(place, manifest), now, place_of(query.description), expected)


def place_of(description: Description) -> Callable[[dict[str, str]], Any]:
    """By what its rows are ordered, numbers as numbers."""
    numbers = {column.name for column in description.columns if column.type == Type.INTEGER}
    return lambda row: tuple(int(row[name]) if name in numbers else row[name] for name in description.order)
