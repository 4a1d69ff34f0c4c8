"""Build customers who are probably new, and their records, while the database stores the batch before.

Only the database knows who is new. Whom it has after all, it keeps as they are: what was built for them is dropped.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import batched
from uuid import UUID

from consents.ops.importing.rejects import Reject
from consents.ops.importing.rows import ParsedRow, RecordDraft
from consents.people.services import listed_customers
from consents.people.services.listed_customers import NewCustomer
from consents.vault.incoming_records import IncomingRecord, compute_hashes

LINES_AT_ONCE = 50  # few enough to give way soon to what the database waits for


@dataclass(frozen=True)
class Newcomer:
    """A customer who may prove to be new, with the records of their line."""

    customer: NewCustomer
    records: list[IncomingRecord]


@dataclass(frozen=True)
class ParsedBatch:
    """Rows as the mapping reads them. `offset`: how many bytes of the file are read by then.

    `newcomers`: by the number of the line, what was built ahead with these ids of categories.
    """

    parsed: list[ParsedRow]
    rejects: list[Reject]
    suspected: int
    offset: int
    categories: Mapping[str, int]
    newcomers: Mapping[int, Newcomer]

    def list_records(
        self,
        owned: Iterable[tuple[UUID, ParsedRow]],
        categories: Mapping[str, int],
        deleted: Mapping[UUID, Collection[str]],
    ) -> list[IncomingRecord]:
        """List the records of these lines, but those of the kinds that were deleted for their customer."""
        newcomers = self.newcomers if self.categories == categories else {}
        records: list[IncomingRecord] = []
        for customer, line in owned:
            newcomer = newcomers.get(line.number)
            if newcomer and newcomer.customer.customer_id == customer:
                records += newcomer.records
            else:
                kept = [draft for draft in line.records if draft.category not in deleted.get(customer, ())]
                records += build_records(customer, kept, categories)
        return records


def build_newcomers(lines: Iterable[ParsedRow], categories: Mapping[str, int]) -> dict[int, Newcomer]:
    """Build the customer of each line, by its number. `categories`: ids by code."""
    newcomers: dict[int, Newcomer] = {}
    for some in batched(lines, LINES_AT_ONCE):
        newcomers |= build_some(some, categories)
    return newcomers


def build_some(lines: Iterable[ParsedRow], categories: Mapping[str, int]) -> dict[int, Newcomer]:
    listed = [(line, line.customer) for line in lines if line.customer]
    customers = listed_customers.build_listed_customers([customer for _line, customer in listed])
    newcomers = {
        line.number: Newcomer(customer, build_records(customer.customer_id, line.records, categories))
        for (line, _listed), customer in zip(listed, customers, strict=True)
    }
    compute_hashes([record for newcomer in newcomers.values() for record in newcomer.records])
    return newcomers


def build_records(customer: UUID, drafts: Iterable[RecordDraft], categories: Mapping[str, int]) -> list[IncomingRecord]:
    return [
        IncomingRecord(customer, categories[draft.category], draft.name, draft.values, draft.position)
        for draft in drafts
    ]
