"""The customers of Harbour & Pine and what the company holds about them: Faker with a fixed seed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from faker import Faker

from consents.catalogue.models import Category
from consents.ledger.rules import PORTAL
from consents.ops.demo.accounts import DANA, JONAS, LUCIA, MAYA, NORA, ROSA, THEO, Account
from consents.people import keys
from consents.people.models import Customer
from consents.people.services import customer_records
from consents.vault.incoming_records import IncomingRecord
from consents.vault.services import storing

SEED = 1859
CUSTOMER_COUNT = 60
KNOWN = [MAYA, THEO, ROSA, JONAS, LUCIA, DANA]
LOCALES = {"GB": "en_GB", "US": "en_US", "DE": "de_DE", "ES": "es_ES"}
ITEMS = [
    ("Rain jacket, harbour blue", 129),
    ("Wool socks, three pairs", 24),
    ("Walking boots", 149),
    ("Two-person tent", 219),
    ("Head torch", 39),
    ("Thermos flask", 29),
    ("Down sleeping bag", 189),
    ("Canvas rucksack", 99),
    ("Fleece pullover", 69),
    ("Camping stove", 59),
    ("Dry bag, 20 litres", 19),
    ("Trekking poles", 79),
]
NOTES = [
    ("Delivery", "Asked to leave parcels with the neighbour at number 12."),
    ("Size", "The boots were too small. Sent the next size."),
    ("Bill", "Was charged twice for one order. Paid back the same day."),
    ("Returns", "Sent the tent back because one pole was bent."),
    ("Advice", "Asked which jacket stays dry for a week in the hills."),
]
CARE = [
    "Cannot wear wool next to the skin. Gets a rash.",
    "Has a weak left knee. Needs boots with a high, stiff ankle.",
    "Allergic to latex. No rubber straps.",
    "Uses a wheelchair. Leave parcels at the side door.",
]


@dataclass
class Person:
    account: Account
    born_on: date | None = None
    records: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    customer: Customer | None = None


class PersonFactory:
    def __init__(self, today: date) -> None:
        self.fakes = {country: build_faker(locale) for country, locale in LOCALES.items()}
        self.fake = self.fakes["GB"]
        self.random = self.fake.random
        self.today = today

    def everybody(self) -> list[Person]:
        """Return the people with an account or a part in the story, then random ones."""
        known = [self.person(account, orders=8 if account is MAYA else 2) for account in KNOWN]
        known.append(self.child(NORA))
        return known + [self.person(self.stranger(number)) for number in range(len(known) + 1, CUSTOMER_COUNT + 1)]

    def stranger(self, number: int) -> Account:
        first, last = self.fake.first_name(), self.fake.last_name()
        email = f"{first}.{last}.{number}@example.net".lower().replace("'", "").replace(" ", "")
        return Account("customer", f"{first} {last}", email, f"HP-{10_000 + number}")

    def person(self, account: Account, orders: int = 0) -> Person:
        records = {
            "contact": [self.contact(account)],
            "orders": list(self.orders(orders or self.random.randint(1, 6))),
            "support": self.some(NOTES, 3 if orders == 8 else 2),
            "payment": list(self.payment(2 if orders == 8 else 1)),
            "care": [self.care()] if orders == 8 or self.random.random() < 0.3 else [],
        }
        return Person(account, records=records)

    def child(self, account: Account) -> Person:
        """Make a child of nine, who pays for nothing."""
        records = {"contact": [self.contact(account)], "orders": list(self.orders(2)), "support": self.some(NOTES, 1)}
        return Person(account, self.today - relativedelta(years=9, days=40), records)

    def contact(self, account: Account) -> dict[str, str]:
        fake = self.fakes[account.country]
        return {
            "name": account.name,
            "email": account.email,
            "phone": f"01632 960{self.random.randint(100, 999)}",  # numbers kept for made-up people
            "street": fake.street_address().replace("\n", ", "),
            "town": fake.city(),
            "postcode": fake.postcode(),
        }

    def day(self) -> str:
        return (self.today - timedelta(days=self.random.randint(3, 700))).isoformat()

    def orders(self, count: int) -> Iterator[dict[str, str]]:
        for day in sorted((self.day() for _ in range(count)), reverse=True):
            item, price = self.random.choice(ITEMS)
            yield {
                "date": day,
                "number": f"O-{self.random.randint(20_000, 99_999)}",
                "item": item,
                "price": f"{price}.00 GBP",
                "state": self.random.choice(["Delivered", "Delivered", "Delivered", "Sent back"]),
            }

    def some(self, notes: list[tuple[str, str]], count: int) -> list[dict[str, str]]:
        return [
            {"date": self.day(), "subject": subject, "note": note} for subject, note in self.random.sample(notes, count)
        ]

    def payment(self, count: int) -> Iterator[dict[str, str]]:
        for kind in ["Card", "Bank account"][:count]:
            ending = f"{self.random.randint(0, 9999):04}"
            valid = f"{self.random.randint(1, 12):02}/{self.today.year + 2}" if kind == "Card" else ""
            yield {"kind": kind, "ending": ending, "valid": valid}

    def care(self) -> dict[str, str]:
        return {"date": self.day(), "note": self.random.choice(CARE)}


def build_faker(locale: str) -> Faker:
    fake = Faker(locale)
    fake.seed_instance(SEED)
    return fake


def record_customers(persons: list[Person]) -> None:
    """Open a record for each person."""
    for person in persons:
        account = person.account
        person.customer = customer_records.open_customer_record(
            reference=account.reference,
            email=account.email,
            country=account.country,
            region=account.region,
            language=account.language,
            born_on=person.born_on,
            by=PORTAL,
        )


def store_records(persons: list[Person]) -> None:
    """Put what is held about them into the vault, in one batch."""
    categories = dict(Category.objects.values_list("code", "pk"))
    storing.store_records(
        records=[
            IncomingRecord(person.customer.id, categories[code], str(number), values, number)
            for person in persons
            if person.customer
            for code, records in person.records.items()
            for number, values in enumerate(records, start=1)
        ],
        keys={person.customer.id: keys.open_customer_key(person.customer.id) for person in persons if person.customer},
        by=PORTAL,
    )
