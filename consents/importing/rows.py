"""One row, understood by the mapping."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from consents.importing.mapping import CategoryMap, Codes, Mapping
from consents.importing.reading import Cells, clean
from consents.importing.rejects import Reason, Reject
from consents.people.rules import is_address
from consents.people.services import Listed

VALUE_LONGEST = 10_000
REFERENCE_LONGEST, EMAIL_LONGEST, REGION_LONGEST, RECORD_KEY_LONGEST = 60, 254, 60, 200
FIRST_BIRTH_DATE = date(1890, 1, 1)
COUNTRY = re.compile("[A-Za-z]{2}")
LANGUAGE = re.compile("[a-z]{2,3}(-[A-Za-z0-9]{2,6})?")
LAST_NUMBER = re.compile(r"([0-9]{1,9})[^0-9]*$")


@dataclass(frozen=True, slots=True)
class Draft:
    """One record of one category. `name` tells it apart from the customer's others; empty: there is one."""

    category: str
    name: str
    values: dict[str, str]
    position: int


@dataclass(frozen=True, slots=True)
class Line:
    """`reference` is the customer's, or the key of the joined file. `customer` only in a file of customers."""

    number: int
    reference: str
    customer: Listed | None
    records: list[Draft]
    is_country_lost: bool = False


class Unfit(Exception):
    def __init__(self, reason: Reason, column: str) -> None:
        super().__init__(reason)
        self.reason, self.column = reason, column


class Columns:
    """The columns of one file as its mapping reads them."""

    def __init__(self, mapping: Mapping, header: list[str]) -> None:
        self.mapping = mapping
        self.at = {column: place for place, column in enumerate(header)}
        self.key = mapping.via.column if mapping.via else mapping.reference

    def understand(self, number: int, cells: Cells | Reason) -> Line | Reject:
        if isinstance(cells, Reason):
            return Reject(number, cells)
        try:
            reference = self.needed(cells, self.key, REFERENCE_LONGEST, Reason.NO_REFERENCE)
            records = [self.record(cells, category) for category in self.mapping.categories]
            if not self.mapping.is_customers:
                return Line(number, reference, None, records)
            customer = self.customer(cells, reference)
            is_lost = not customer.country and bool(self.cell(cells, self.mapping.country.column))
            return Line(number, reference, customer, records, is_lost)
        except Unfit as unfit:
            return Reject(number, unfit.reason, unfit.column)

    def cell(self, cells: Cells, column: str, longest: int = VALUE_LONGEST) -> str:
        if not column:
            return ""
        text = clean(cells[self.at[column]])
        if len(text) > longest:
            raise Unfit(Reason.TOO_LONG, column)
        return text

    def needed(self, cells: Cells, column: str, longest: int, reason: Reason) -> str:
        text = self.cell(cells, column, longest)
        if not text:
            raise Unfit(reason, column)
        return text

    def customer(self, cells: Cells, reference: str) -> Listed:
        mapping = self.mapping
        email = self.cell(cells, mapping.email, EMAIL_LONGEST)
        if email and not is_address(email):
            raise Unfit(Reason.EMAIL, mapping.email)
        return Listed(
            reference,
            email,
            country=code_of(mapping.country, self.cell(cells, mapping.country.column), COUNTRY, str.upper),
            born_on=self.birth_date(cells),
            region=self.cell(cells, mapping.region, REGION_LONGEST) if mapping.region else None,
            language=code_of(mapping.language, self.cell(cells, mapping.language.column), LANGUAGE, str),
        )

    def birth_date(self, cells: Cells) -> date | None:
        """None where the file says nothing. A time of day behind the date is left away."""
        text = self.cell(cells, self.mapping.born_on)
        try:
            found = date.fromisoformat(text[:10]) if text else None
        except ValueError:
            found = date.max
        if found and not FIRST_BIRTH_DATE <= found <= date.today():
            raise Unfit(Reason.BIRTH_DATE, self.mapping.born_on)
        return found

    def record(self, cells: Cells, category: CategoryMap) -> Draft:
        name = ""
        if category.record:
            name = self.needed(cells, category.record, RECORD_KEY_LONGEST, Reason.NO_RECORD_KEY)
        values = {key: self.cell(cells, column) for column, key, _labels in category.fields}
        # Empty cells are left out: the vault holds what is known.
        return Draft(category.key, name, {key: value for key, value in values.items() if value}, position_of(name))


def code_of(codes: Codes, value: str, code: re.Pattern[str], spell: Callable[[str], str]) -> str | None:
    """The code a cell stands for; None where the file has no such column and no default is given."""
    if not codes.column and not codes.values:
        return codes.default or None
    if found := codes.values.get(value.casefold()):
        return found
    return spell(value) if code.fullmatch(value) else codes.default


def position_of(name: str) -> int:
    """Records stand in the order of the number at the end of their key, so that a file sorted anew changes nothing."""
    found = LAST_NUMBER.search(name)
    return int(found[1]) if found else 0
