"""Parse a row according to the mapping."""

import re
from collections.abc import Callable, Collection, Iterable
from collections.abc import Mapping as abc_Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from itertools import batched
from typing import NamedTuple
from uuid import UUID

from consents.ops.importing.databases import Cells, normalize_text
from consents.ops.importing.mapping import CategoryMap, CodeColumn, Mapping
from consents.ops.importing.report import Reject, RejectReason
from consents.people.rules import is_address
from consents.people.services import customer_records
from consents.people.services.customer_records import ListedCustomer, NewCustomer
from consents.vault.incoming_records import IncomingRecord, compute_hashes

VALUE_LONGEST = 10_000
REFERENCE_LONGEST, EMAIL_LONGEST, REGION_LONGEST, RECORD_KEY_LONGEST = 60, 254, 60, 200
FIRST_BIRTH_DATE = date(1890, 1, 1)
COUNTRY = re.compile("[A-Za-z]{2}")
LANGUAGE = re.compile("[a-z]{2,3}(-[A-Za-z0-9]{2,6})?")
YES_OF = re.compile("all|any", re.IGNORECASE)
BETWEEN_PARTS = "\0"  # of a record's key: no cell has it
SUSPECTS = frozenset({"NULL", "null", "\\N", "None", "NaN", "#N/A"})  # what programs write for "nothing"
LAST_NUMBER = re.compile(r"([0-9]{1,9})[^0-9]*$")


class RecordDraft(NamedTuple):
    """A record of a category. `name` tells it apart from the customer's others; empty if there is only one."""

    category: str
    name: str
    values: dict[str, str]
    position: int


class ParsedRow(NamedTuple):
    """`reference` is the customer's, or the key of the joined file. `customer` only in a file of customers."""

    number: int
    reference: str
    customer: ListedCustomer | None
    records: list[RecordDraft]
    is_country_lost: bool = False
    changed: str = ""


class RowError(Exception):
    def __init__(self, reason: RejectReason, column: str) -> None:
        super().__init__(reason)
        self.reason, self.column = reason, column


class RowParser:
    """The columns of one file as its mapping reads them."""

    def __init__(self, mapping: Mapping, header: list[str]) -> None:
        self.mapping = mapping
        self.at = {column: place for place, column in enumerate(header)}
        self.key = mapping.via.column if mapping.via else mapping.reference
        self.suspects = SUSPECTS - mapping.empty
        self.words = SUSPECTS | mapping.empty
        self.suspected = 0  # cells so far
        self.fields = {
            category.key: [(self.at[column], key) for column, key, _labels in category.fields]
            for category in mapping.categories
        }
        # Of a hundred thousand rows the codes are a few dozen.
        self.find_country = cache_codes(mapping.country, COUNTRY, str.upper)
        self.find_language = cache_codes(mapping.language, LANGUAGE, str)
        self.find_yes_of = cache_codes(mapping.yes_of, YES_OF, str.lower)

    def understand(self, number: int, cells: Cells | RejectReason) -> ParsedRow | Reject:
        if isinstance(cells, RejectReason):
            return Reject(number, cells)
        is_ascii = "".join(cells).isascii()
        texts = [cell.strip() if is_ascii else normalize_text(cell) for cell in cells]
        try:
            reference = self.needed(texts, self.key, REFERENCE_LONGEST, RejectReason.NO_REFERENCE)
            is_plain = self.words.isdisjoint(texts) and max(map(len, texts)) <= VALUE_LONGEST
            records = [self.record(texts, category, is_plain=is_plain) for category in self.mapping.categories]
            if not self.mapping.is_customers:
                return ParsedRow(number, reference, None, records, changed=self.cell(texts, self.mapping.changed))
            customer = self.customer(texts, reference)
            is_lost = not customer.country and bool(self.cell(texts, self.mapping.country.column))
            return ParsedRow(number, reference, customer, records, is_lost, self.cell(texts, self.mapping.changed))
        except RowError as unfit:
            return Reject(number, unfit.reason, unfit.column)

    def cell(self, texts: Cells, column: str, longest: int = VALUE_LONGEST) -> str:
        if not column:
            return ""
        text = texts[self.at[column]]
        if len(text) > longest:
            raise RowError(RejectReason.TOO_LONG, column)
        if text in self.mapping.empty:
            return ""
        self.suspected += text in self.suspects
        return text

    def needed(self, texts: Cells, column: str, longest: int, reason: RejectReason) -> str:
        text = self.cell(texts, column, longest)
        if not text:
            raise RowError(reason, column)
        return text

    def customer(self, texts: Cells, reference: str) -> ListedCustomer:
        mapping = self.mapping
        email = self.cell(texts, mapping.email, EMAIL_LONGEST)
        if email and not is_address(email):
            raise RowError(RejectReason.EMAIL, mapping.email)
        return ListedCustomer(
            reference,
            email,
            country=self.find_country(self.cell(texts, mapping.country.column)),
            born_on=self.birth_date(texts),
            region=self.cell(texts, mapping.region, REGION_LONGEST) if mapping.region else None,
            language=self.find_language(self.cell(texts, mapping.language.column)),
            # What it does not know changes nothing: a new record needs the yes of all.
            yes_of=self.find_yes_of(self.cell(texts, mapping.yes_of.column)) or None,
        )

    def birth_date(self, texts: Cells) -> date | None:
        """Return the birth date, or None if the cell is empty. A time after the date is ignored."""
        text = self.cell(texts, self.mapping.born_on)
        try:
            born_on = date.fromisoformat(text[:10]) if text else None
        except ValueError:
            born_on = date.max
        if born_on and not FIRST_BIRTH_DATE <= born_on <= date.today():
            raise RowError(RejectReason.BIRTH_DATE, self.mapping.born_on)
        return born_on

    def record(self, texts: Cells, category: CategoryMap, *, is_plain: bool) -> RecordDraft:
        """`is_plain`: no cell of the row is too long, or holds a word for nothing; the columns need not be asked."""
        parts = [
            self.needed(texts, column, RECORD_KEY_LONGEST, RejectReason.NO_RECORD_KEY) for column in category.record
        ]
        # Empty cells are left out: the vault holds what is known.
        if is_plain:
            values = {key: texts[place] for place, key in self.fields[category.key] if texts[place]}
        else:
            known = [(key, self.cell(texts, column)) for column, key, _labels in category.fields]
            values = {key: value for key, value in known if value}
        position = parse_position(parts[0]) if parts else 0
        return RecordDraft(category.key, BETWEEN_PARTS.join(parts), values, position)


def cache_codes(codes: CodeColumn, code: re.Pattern[str], spell: Callable[[str], str]) -> Callable[[str], str | None]:
    return lru_cache(maxsize=1_000)(partial(find_code, codes, code=code, spell=spell))


def find_code(codes: CodeColumn, value: str, code: re.Pattern[str], spell: Callable[[str], str]) -> str | None:
    """Return the code of a cell; None where the file has no such column and no default is given."""
    if not codes.column and not codes.values:
        return codes.default or None
    if found := codes.values.get(value.casefold()):
        return found
    return spell(value) if code.fullmatch(value) else codes.default


def parse_position(name: str) -> int:
    """Return the number at the end of a record's key, by which records stand: a file sorted anew changes nothing."""
    number = LAST_NUMBER.search(name)
    return int(number[1]) if number else 0


# Build customers who are probably new, and their records, while the database stores the batch before.
#
# Only the database knows who is new. Whom it has after all, it keeps as they are: what was built for them is dropped.

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
    categories: abc_Mapping[str, int]
    newcomers: abc_Mapping[int, Newcomer]

    def list_records(
        self,
        owned: Iterable[tuple[UUID, ParsedRow]],
        categories: abc_Mapping[str, int],
        deleted: abc_Mapping[UUID, Collection[str]],
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


def build_newcomers(lines: Iterable[ParsedRow], categories: abc_Mapping[str, int]) -> dict[int, Newcomer]:
    """Build the customer of each line, by its number. `categories`: ids by code."""
    newcomers: dict[int, Newcomer] = {}
    for some in batched(lines, LINES_AT_ONCE):
        newcomers |= build_some(some, categories)
    return newcomers


def build_some(lines: Iterable[ParsedRow], categories: abc_Mapping[str, int]) -> dict[int, Newcomer]:
    listed = [(line, line.customer) for line in lines if line.customer]
    customers = customer_records.build_listed_customers([customer for _line, customer in listed])
    newcomers = {
        line.number: Newcomer(customer, build_records(customer.customer_id, line.records, categories))
        for (line, _listed), customer in zip(listed, customers, strict=True)
    }
    compute_hashes([record for newcomer in newcomers.values() for record in newcomer.records])
    return newcomers


def build_records(
    customer: UUID, drafts: Iterable[RecordDraft], categories: abc_Mapping[str, int]
) -> list[IncomingRecord]:
    return [
        IncomingRecord(customer, categories[draft.category], draft.name, draft.values, draft.position)
        for draft in drafts
    ]
