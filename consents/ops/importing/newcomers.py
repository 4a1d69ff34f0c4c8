"""Build customers who are probably new, and their records, while the database stores the batch before.

Only the database knows who is new. Whom it has after all, it keeps as they are: what was built for them is dropped.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from consents.ops.importing.rejects import Reject
from consents.ops.importing.rows import ParsedRow, RecordDraft
from consents.people.services import customer_lists
from consents.people.services.customer_lists import NewCustomer
from consents.vault.incoming_records import IncomingRecord


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
    return {line.number: build_newcomer(line, categories) for line in lines if line.customer}


def build_newcomer(line: ParsedRow, categories: Mapping[str, int]) -> Newcomer:
    assert line.customer
    customer = customer_lists.build_listed_customer(line.customer)
    records = build_records(customer.customer_id, line.records, categories)
    for record in records:
        record.compute_hashes()
    return Newcomer(customer, records)


def build_records(customer: UUID, drafts: Iterable[RecordDraft], categories: Mapping[str, int]) -> list[IncomingRecord]:
    return [
        IncomingRecord(customer, categories[draft.category], draft.name, draft.values, draft.position)
        for draft in drafts
    ]
