"""Compare a genuine export with the ledger and with the records of now."""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from consents.core.signing import load_public_keys
from consents.exports import filed_requests, selectors
from consents.exports.datasets import Description, Type
from consents.exports.manifests import Manifest
from consents.exports.models import Export
from consents.exports.rules import Format
from consents.exports.verifying import Comparison, PackageReader, compare_rows, read_records


def find_record_faults(manifest: Manifest) -> Iterator[str]:
    """Yield a sentence for each way in which the ledger contradicts this export."""
    entry = selectors.find_result_entry(manifest.content["export"])
    if entry is None:
        yield _("This ledger has no record of such an export.")
        return
    facts, records = entry.facts, manifest.records
    if facts["manifest"] != hashlib.sha256(manifest.payload).hexdigest():
        yield _("The ledger records a different manifest.")
    if (facts["sha256"], facts["rows"], facts["size"]) != (records.sha256, records.rows, records.size):
        yield _("The ledger records a different file.")
    note = manifest.content["ledger"]["checkpoint"]
    if note and not selectors.has_checkpoint(note, load_public_keys(settings.PORTAL_KEYS)):
        yield _("The signed checkpoint in the manifest is not from this ledger: it was cut, rolled back or replaced.")


def compare_with_current_rows(place: PackageReader, manifest: Manifest) -> Comparison | None:
    """Compare row by row with the same export taken now; None if its columns have changed since."""
    export = Export.objects.get(pk=manifest.content["export"])
    query = selectors.build_query(selectors.read_spec(export))
    if query.description.version != export.version:
        return None
    with selectors.open_snapshot() as connection:
        expected = filed_requests.build_expected_rows(connection, query, manifest)
        now = selectors.read_current_rows(connection, query, Format(export.format))
        return compare_rows(read_records(place, manifest), now, build_row_order(query.description), expected)


def build_row_order(description: Description) -> Callable[[dict[str, str]], Any]:
    """Return the sort key of the rows, numbers as numbers."""
    numbers = {column.name for column in description.columns if column.type == Type.INTEGER}
    return lambda row: tuple(int(row[name]) if name in numbers else row[name] for name in description.order)
