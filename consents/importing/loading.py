"""Storing what was understood: batch by batch, each one transaction, so that a stopped import is simply run again."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from hashlib import blake2b
from itertools import batched
from pathlib import Path
from uuid import UUID

from django.db import transaction

from consents.catalogue import services as catalogue
from consents.importing import scratch
from consents.importing.mapping import Mapping as ColumnMapping
from consents.importing.reading import Cells, Table
from consents.importing.rejects import Reason, Reject, RejectFile
from consents.importing.report import Report
from consents.importing.rows import Columns, Line
from consents.ledger.rules import Actor
from consents.people import selectors as people_selectors
from consents.people import services as people
from consents.people.keys import Opener
from consents.vault import selectors as vault_selectors
from consents.vault import services as vault
from consents.vault.services import Incoming

# Hears how many bytes of the file were read and how many rows are done.
type Listener = Callable[[int, int], None]


@dataclass(frozen=True)
class Order:
    """What is to be imported and how. `batch`: rows per transaction."""

    file: Path
    mapping: ColumnMapping
    rejects: RejectFile
    by: Actor
    batch: int = 2000
    is_dry: bool = False


@dataclass(frozen=True)
class Known:
    """Customers by reference, and their keys."""

    ids: Mapping[str, UUID]
    keys: Opener


class Loading:
    """One run. `report` holds what is in so far, also after it was stopped."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.report = Report()

    def run(self, listener: Listener) -> Report:
        """Raises BadFile before anything is stored."""
        mapping, file = self.order.mapping, self.order.file
        with ExitStack() as stack:
            stack.enter_context(scratch.turn())
            table = stack.enter_context(Table(file, wanted=mapping.columns))
            self.columns = Columns(mapping, table.header)
            self.joined = scratch.Joined(mapping.via, file.parent) if mapping.via else None
            if self.joined:
                stack.enter_context(closing(self.joined))
            self.seen = stack.enter_context(closing(scratch.Seen()))
            for rows in batched(table.rows(), self.order.batch):
                self.take(rows)
                listener(table.lines.offset, self.report.rows)
        return self.report

    def take(self, rows: Iterable[tuple[int, Cells | Reason]]) -> None:
        """One batch: all of its good rows, or none when the database fails."""
        understood = [self.columns.understand(number, cells) for number, cells in rows]
        rejects = [one for one in understood if isinstance(one, Reject)]
        lines = self.first_of_each(self.join([one for one in understood if isinstance(one, Line)], rejects), rejects)
        batch = Report(rows=len(understood))
        with transaction.atomic():
            self.store(lines, rejects, batch)
            if self.order.is_dry:
                transaction.set_rollback(True)
        batch.reject(rejects)
        self.report.add(batch)
        self.order.rejects.add(sorted(rejects, key=lambda reject: reject.line))

    def join(self, lines: list[Line], rejects: list[Reject]) -> list[tuple[str, Line]]:
        """Each line with its customer's reference."""
        if self.joined is None:
            return [(line.reference, line) for line in lines]
        references = self.joined.references({line.reference for line in lines})
        rejects += [
            Reject(line.number, Reason.NOT_JOINED, self.columns.key)
            for line in lines
            if line.reference not in references
        ]
        return [(references[line.reference], line) for line in lines if line.reference in references]

    def first_of_each(self, lines: list[tuple[str, Line]], rejects: list[Reject]) -> list[tuple[str, Line]]:
        """A second line for one customer, or for one record, is rejected: else every run would change it to and fro."""
        keys = {line.number: keys_of(reference, line) for reference, line in lines}
        fresh, kept = self.seen.first({key for some in keys.values() for key in some}), []
        for reference, line in lines:
            if keys[line.number] <= fresh:
                fresh -= keys[line.number]
                kept.append((reference, line))
            else:
                rejects.append(Reject(line.number, Reason.REPEATED))
        return kept

    def store(self, lines: list[tuple[str, Line]], rejects: list[Reject], batch: Report) -> None:
        known = self.people(lines, batch)
        unknown = [(reference, line) for reference, line in lines if reference not in known.ids]
        erased = people_selectors.erased_references([reference for reference, _line in unknown])
        batch.erased += sum(reference in erased for reference, _line in unknown)
        rejects += [
            Reject(line.number, Reason.UNKNOWN_REFERENCE, self.columns.key)
            for reference, line in unknown
            if reference not in erased
        ]
        owned = [(known.ids[reference], line) for reference, line in lines if reference in known.ids]
        if not owned:
            return
        categories = self.categories(batch)
        deleted = vault_selectors.deleted_kinds({customer for customer, _line in owned})
        drafts = [(customer, draft) for customer, line in owned for draft in line.records]
        wanted = [(customer, draft) for customer, draft in drafts if draft.category not in deleted.get(customer, ())]
        batch.deleted += len(drafts) - len(wanted)
        comparison = vault.compare(
            records=[
                Incoming(customer, categories[draft.category], draft.name, draft.values, draft.position)
                for customer, draft in wanted
            ]
        )
        vault.store_compared(comparison=comparison, keys=known.keys, by=self.order.by)
        batch.records.add(len(comparison.new), len(comparison.changed), comparison.unchanged)
        batch.lost_countries += sum(line.is_country_lost for _customer, line in owned)

    def people(self, lines: list[tuple[str, Line]], batch: Report) -> Known:
        if not self.order.mapping.is_customers:
            rows = list(people_selectors.with_references({reference for reference, _line in lines}))
            return Known({row.reference or "": row.id for row in rows}, Opener(row.key for row in rows))
        listed = [line.customer for _reference, line in lines if line.customer]
        recorded = people.record_customers(listed=listed, by=self.order.by)
        batch.customers.add(recorded.new, recorded.changed, len(recorded.ids) - recorded.new - recorded.changed)
        return Known(recorded.ids, recorded.keys)

    def categories(self, batch: Report) -> dict[str, int]:
        found = [
            catalogue.draft_category(
                code=category.key,
                words={code: {"title": title, "description": ""} for code, title in category.titles.items()},
                sensitive=category.sensitive,
                special=category.special,
                term=category.term,
                fields=[(key, labels) for _column, key, labels in category.fields],
                by=self.order.by,
            )
            for category in self.order.mapping.categories
        ]
        batch.drafts |= {category.title for category in found if not category.published}
        return {category.code: category.pk for category in found}


def keys_of(reference: str, line: Line) -> set[UUID]:
    """What may stand in a file but once."""
    if line.customer:
        return {key_of(reference)}
    return {key_of(reference, draft.category, draft.name) for draft in line.records}


def key_of(*parts: str) -> UUID:
    return UUID(bytes=blake2b("\0".join(parts).encode(), digest_size=16).digest())
