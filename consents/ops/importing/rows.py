"""Parse a row according to the mapping."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from consents.ops.importing.mapping import CategoryMap, CodeColumn, Mapping
from consents.ops.importing.reading import Cells, normalize_text
from consents.ops.importing.rejects import Reject, RejectReason
from consents.people.rules import is_address
from consents.people.services.customer_lists import ListedCustomer

VALUE_LONGEST = 10_000
REFERENCE_LONGEST, EMAIL_LONGEST, REGION_LONGEST, RECORD_KEY_LONGEST = 60, 254, 60, 200
FIRST_BIRTH_DATE = date(1890, 1, 1)
COUNTRY = re.compile("[A-Za-z]{2}")
LANGUAGE = re.compile("[a-z]{2,3}(-[A-Za-z0-9]{2,6})?")
YES_OF = re.compile("all|any", re.IGNORECASE)
BETWEEN_PARTS = "\0"  # of a record's key: no cell has it
SUSPECTS = frozenset({"NULL", "null", "\\N", "None", "NaN", "#N/A"})  # what programs write for "nothing"
LAST_NUMBER = re.compile(r"([0-9]{1,9})[^0-9]*$")


@dataclass(frozen=True, slots=True)
class RecordDraft:
    """A record of a category. `name` tells it apart from the customer's others; empty if there is only one."""

    category: str
    name: str
    values: dict[str, str]
    position: int


@dataclass(frozen=True, slots=True)
class ParsedRow:
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
        self.suspected = 0  # cells so far

    def understand(self, number: int, cells: Cells | RejectReason) -> ParsedRow | Reject:
        if isinstance(cells, RejectReason):
            return Reject(number, cells)
        try:
            reference = self.needed(cells, self.key, REFERENCE_LONGEST, RejectReason.NO_REFERENCE)
            records = [self.record(cells, category) for category in self.mapping.categories]
            if not self.mapping.is_customers:
                return ParsedRow(number, reference, None, records, changed=self.changed(cells))
            customer = self.customer(cells, reference)
            is_lost = not customer.country and bool(self.cell(cells, self.mapping.country.column))
            return ParsedRow(number, reference, customer, records, is_lost, self.changed(cells))
        except RowError as unfit:
            return Reject(number, unfit.reason, unfit.column)

    def cell(self, cells: Cells, column: str, longest: int = VALUE_LONGEST) -> str:
        if not column:
            return ""
        text = normalize_text(cells[self.at[column]])
        if len(text) > longest:
            raise RowError(RejectReason.TOO_LONG, column)
        if text in self.mapping.empty:
            return ""
        self.suspected += text in self.suspects
        return text

    def changed(self, cells: Cells) -> str:
        return self.cell(cells, self.mapping.changed)

    def needed(self, cells: Cells, column: str, longest: int, reason: RejectReason) -> str:
        text = self.cell(cells, column, longest)
        if not text:
            raise RowError(reason, column)
        return text

    def customer(self, cells: Cells, reference: str) -> ListedCustomer:
        mapping = self.mapping
        email = self.cell(cells, mapping.email, EMAIL_LONGEST)
        if email and not is_address(email):
            raise RowError(RejectReason.EMAIL, mapping.email)
        return ListedCustomer(
            reference,
            email,
            country=find_code(mapping.country, self.cell(cells, mapping.country.column), COUNTRY, str.upper),
            born_on=self.birth_date(cells),
            region=self.cell(cells, mapping.region, REGION_LONGEST) if mapping.region else None,
            language=find_code(mapping.language, self.cell(cells, mapping.language.column), LANGUAGE, str),
            # What it does not know changes nothing: a new record needs the yes of all.
            yes_of=find_code(mapping.yes_of, self.cell(cells, mapping.yes_of.column), YES_OF, str.lower) or None,
        )

    def birth_date(self, cells: Cells) -> date | None:
        """Return the birth date, or None if the cell is empty. A time after the date is ignored."""
        text = self.cell(cells, self.mapping.born_on)
        try:
            found = date.fromisoformat(text[:10]) if text else None
        except ValueError:
            found = date.max
        if found and not FIRST_BIRTH_DATE <= found <= date.today():
            raise RowError(RejectReason.BIRTH_DATE, self.mapping.born_on)
        return found

    def record(self, cells: Cells, category: CategoryMap) -> RecordDraft:
        parts = [
            self.needed(cells, column, RECORD_KEY_LONGEST, RejectReason.NO_RECORD_KEY) for column in category.record
        ]
        values = {key: self.cell(cells, column) for column, key, _labels in category.fields}
        # Empty cells are left out: the vault holds what is known.
        return RecordDraft(
            category.key,
            BETWEEN_PARTS.join(parts),
            {key: value for key, value in values.items() if value},
            parse_position(parts[0] if parts else ""),
        )


def find_code(codes: CodeColumn, value: str, code: re.Pattern[str], spell: Callable[[str], str]) -> str | None:
    """Return the code of a cell; None where the file has no such column and no default is given."""
    if not codes.column and not codes.values:
        return codes.default or None
    if found := codes.values.get(value.casefold()):
        return found
    return spell(value) if code.fullmatch(value) else codes.default


def parse_position(name: str) -> int:
    """Return the number at the end of a record's key, by which records stand: a file sorted anew changes nothing."""
    found = LAST_NUMBER.search(name)
    return int(found[1]) if found else 0
