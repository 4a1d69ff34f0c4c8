"""Store parsed rows batch by batch, each in one transaction, so that a stopped import can simply be run again."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import batched
from pathlib import Path
from uuid import UUID

from django.db import transaction

from consents.catalogue.models import Category
from consents.catalogue.services import categories as catalogue_categories
from consents.core.working_ahead import PRECEDENCE, work_ahead
from consents.ledger.rules import Actor
from consents.ops.importing import scratch
from consents.ops.importing.databases import DatabaseTable, FileTable, open_table
from consents.ops.importing.mapping import Mapping as ColumnMapping
from consents.ops.importing.report import Reject, RejectFile, RejectReason, Report, tune_interpreter
from consents.ops.importing.rows import ParsedBatch, ParsedRow, RowParser, build_newcomers
from consents.ops.importing.scratch import Changes, NotAChange
from consents.people import selectors as people_selectors
from consents.people.keys import KeyOpener
from consents.people.services import customer_records
from consents.vault import selectors as vault_selectors
from consents.vault.services import storing

EVER = "0001-01-01T00:00:00"  # before the first import
# Called with the number of bytes read and of rows done.
type ProgressListener = Callable[[int, int], None]


@dataclass(frozen=True)
class ImportPlan:
    """Options of an import. `batch`: rows per transaction.

    `database`: the address that the mapping's query is asked at, instead of reading `file`. `since`: where the newest
    change is kept from run to run. `missing`: where the numbers go of customers whom a whole list does not name.
    """

    file: Path
    mapping: ColumnMapping
    rejects: RejectFile
    by: Actor
    batch: int = 2000
    is_dry: bool = False
    database: str = ""
    since: Path | None = None
    missing: Path | None = None


@dataclass(frozen=True)
class KnownCustomers:
    """Customers by reference, and their keys. `new`: those whom this batch has recorded."""

    ids: Mapping[str, UUID]
    keys: KeyOpener
    new: frozenset[UUID] = frozenset()


class ImportRun:
    """Runs an import. `report` counts what was stored so far, also after it was stopped."""

    def __init__(self, plan: ImportPlan) -> None:
        self.plan = plan
        self.report = Report()
        self.changes = Changes(plan.since, plan.mapping.changed)
        # Of the last batch, from which the next is guessed: ids by code, and whether most customers were new.
        self.drafted: list[Category] = []
        self.category_ids: Mapping[str, int] = {}
        self.expects_new = False
        # For the thread that parses, in one piece: ids of the kinds of data where the next rows seem new, else None.
        self.categories_ahead: Mapping[str, int] | None = None

    def open_source(self) -> FileTable | DatabaseTable:
        """Raises BadFile."""
        mapping = self.plan.mapping
        if mapping.query:
            return DatabaseTable(
                self.plan.database, mapping.query, columns=mapping.columns, since=self.changes.last or EVER
            )
        return open_table(self.plan.file, mapping.columns)

    def run(self, listener: ProgressListener) -> Report:
        """Raises BadFile before anything is stored."""
        mapping, file = self.plan.mapping, self.plan.file
        with ExitStack() as stack:
            stack.enter_context(tune_interpreter())
            stack.enter_context(scratch.hold_import_lock())
            table = self.open_source()
            stack.enter_context(table)
            self.columns = RowParser(mapping, table.header)
            self.joined = scratch.JoinedReferences(mapping.via, file.parent, mapping.empty) if mapping.via else None
            if self.joined:
                stack.enter_context(closing(self.joined))
            self.listed = stack.enter_context(closing(scratch.ListedReferences())) if self.plan.missing else None
            self.seen = stack.enter_context(closing(scratch.SeenKeys()))
            for batch in stack.enter_context(closing(work_ahead(self.parse_batches(table)))):
                with PRECEDENCE.go_first():
                    self.take(batch)
                listener(batch.offset, self.report.rows)
            self.conclude()
        return self.report

    def conclude(self) -> None:
        """Say what only the whole source tells, and keep the newest change for the next run if every row is in."""
        self.report.older, self.report.is_backwards = self.changes.older, self.changes.goes_backwards
        if self.listed and self.plan.missing:
            self.report.missing = self.listed.write_missing(self.plan.missing)
        if not self.plan.is_dry and not self.report.rejects:
            self.changes.keep()

    def parse_batches(self, table: FileTable | DatabaseTable) -> Iterator[ParsedBatch]:
        """Runs in a thread of its own: nothing of it asks the portal's database."""
        for rows in batched(table.rows(), self.plan.batch):
            before = self.columns.suspected
            understood = [self.columns.understand(number, cells) for number, cells in PRECEDENCE.give_way(rows)]
            parsed = [line for line in understood if isinstance(line, ParsedRow)]
            categories = self.categories_ahead
            yield ParsedBatch(
                parsed,
                [line for line in understood if isinstance(line, Reject)],
                self.columns.suspected - before,
                table.lines.offset,
                categories or {},
                {} if categories is None else build_newcomers(PRECEDENCE.give_way(parsed), categories),
            )

    def take(self, read: ParsedBatch) -> None:
        """Store one batch: all of its valid rows, or none if the database fails."""
        rejects = read.rejects
        if self.listed:
            self.listed.copy_rows([line.reference] for line in read.parsed)
        batch = Report(rows=len(read.parsed) + len(rejects), suspected=read.suspected)
        lines = self.first_of_each(self.join(self.pick_changed(read.parsed, rejects), rejects), rejects)
        with ExitStack() as committing, transaction.atomic():
            self.store(read, lines, rejects, batch)
            if self.plan.is_dry:
                transaction.set_rollback(True)
            committing.enter_context(PRECEDENCE.wait_for_database())
        batch.reject(rejects)
        self.report.add(batch)
        self.plan.rejects.add(sorted(rejects, key=lambda reject: reject.line))

    def pick_changed(self, lines: list[ParsedRow], rejects: list[Reject]) -> list[ParsedRow]:
        """Leave out the lines that have not changed since the last run."""
        if not self.plan.since:
            return lines
        picked = []
        for line in lines:
            try:
                if self.changes.is_new(line.changed):
                    picked.append(line)
            except NotAChange:
                rejects.append(Reject(line.number, RejectReason.CHANGED, self.plan.mapping.changed))
        return picked

    def join(self, lines: list[ParsedRow], rejects: list[Reject]) -> list[tuple[str, ParsedRow]]:
        """Yield each line with its customer's reference."""
        if self.joined is None:
            return [(line.reference, line) for line in lines]
        references = self.joined.references({line.reference for line in lines})
        rejects += [
            Reject(line.number, RejectReason.NOT_JOINED, self.columns.key)
            for line in lines
            if line.reference not in references
        ]
        return [(references[line.reference], line) for line in lines if line.reference in references]

    def first_of_each(self, lines: list[tuple[str, ParsedRow]], rejects: list[Reject]) -> list[tuple[str, ParsedRow]]:
        """Reject a second line for the same customer or record, since every run would change it back and forth."""
        keys = [scratch.list_row_keys(reference, line) for reference, line in lines]
        fresh, kept = self.seen.first({key for some in keys for key in some}), []
        for (reference, line), some in zip(lines, keys, strict=True):
            if fresh.issuperset(some):
                fresh.difference_update(some)
                kept.append((reference, line))
            else:
                rejects.append(Reject(line.number, RejectReason.REPEATED))
        return kept

    def store(
        self, read: ParsedBatch, lines: list[tuple[str, ParsedRow]], rejects: list[Reject], batch: Report
    ) -> None:
        known = self.people(read, lines, batch)
        unknown = [(reference, line) for reference, line in lines if reference not in known.ids]
        erased = people_selectors.find_erased_references([reference for reference, _line in unknown])
        batch.erased += sum(reference in erased for reference, _line in unknown)
        rejects += [
            Reject(line.number, RejectReason.UNKNOWN_REFERENCE, self.columns.key)
            for reference, line in unknown
            if reference not in erased
        ]
        owned = [(known.ids[reference], line) for reference, line in lines if reference in known.ids]
        if not owned:
            return
        categories = self.categories(batch)
        self.categories_ahead = categories if self.expects_new else None
        deleted = vault_selectors.get_deleted_categories({customer for customer, _line in owned} - known.new)
        records = read.list_records(owned, categories, deleted)
        batch.deleted += sum(len(line.records) for _customer, line in owned) - len(records)
        comparison = storing.compare_records(records=records, newcomers=known.new)
        storing.store_comparison(comparison=comparison, keys=known.keys, by=self.plan.by)
        batch.records.add(len(comparison.new), len(comparison.changed), comparison.unchanged)
        batch.lost_countries += sum(line.is_country_lost for _customer, line in owned)

    def people(self, read: ParsedBatch, lines: list[tuple[str, ParsedRow]], batch: Report) -> KnownCustomers:
        if not self.plan.mapping.is_customers:
            known = list(people_selectors.select_by_references({reference for reference, _line in lines}))
            ids = {customer.reference or "": customer.id for customer in known}
            return KnownCustomers(ids, KeyOpener(customer.key for customer in known))
        listed = [line.customer for _reference, line in lines if line.customer]
        built = {
            line.reference: read.newcomers[line.number].customer
            for _reference, line in lines
            if line.number in read.newcomers
        }
        recorded = customer_records.record_customers(listed=listed, by=self.plan.by, built=built)
        new = len(recorded.new)
        self.expects_new = new > len(listed) / 2
        batch.customers.add(new, recorded.changed, len(recorded.ids) - new - recorded.changed)
        return KnownCustomers(recorded.ids, recorded.keys, recorded.new)

    def categories(self, batch: Report) -> Mapping[str, int]:
        if not self.are_drafts_there():
            self.drafted = self.draft_categories()
            self.category_ids = {category.code: category.pk for category in self.drafted}
        batch.drafts |= {category.title for category in self.drafted if not category.published}
        return self.category_ids

    def are_drafts_there(self) -> bool:
        """Return True if the kinds of data are as the batch before has left them: one question instead of several."""
        drafted = {category.pk: category.published for category in self.drafted}
        return bool(drafted) and drafted == dict(Category.objects.filter(pk__in=drafted).values_list("pk", "published"))

    def draft_categories(self) -> list[Category]:
        return [
            catalogue_categories.draft_category(
                code=category.key,
                words={code: {"title": title, "description": ""} for code, title in category.titles.items()},
                sensitive=category.sensitive,
                special=category.special,
                term=category.term,
                fields=[(key, labels) for _column, key, labels in category.fields],
                by=self.plan.by,
            )
            for category in self.plan.mapping.categories
        ]
