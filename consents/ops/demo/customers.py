"""The customers of Harbour & Pine and what the company holds about them: Faker with a fixed seed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

from dateutil.relativedelta import relativedelta
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from faker import Faker

from consents.accounts.company_accounts import make_account
from consents.catalogue.models import Category
from consents.ledger.rules import PORTAL, Actor
from consents.people import keys
from consents.people.models import Acting, Customer, Role, StaffMember, User
from consents.people.services import claiming, customer_records, representing
from consents.people.services.staff_members import admit_staff, assign_manager
from consents.vault.incoming_records import IncomingRecord
from consents.vault.services import storing

# The accounts of the demo.

PASSWORD = "only-for-this-demo"


@dataclass(frozen=True)
class Account:
    """`reference`: a customer's number, or the staff number. `country`, `region`, `language`: of a customer."""

    role: str
    name: str
    email: str
    reference: str
    team: str = ""
    country: str = "GB"
    region: str = ""
    language: str = "en"

    @property
    def first_name(self) -> str:
        return self.name.split()[0]

    @property
    def last_name(self) -> str:
        return self.name.split()[-1]


MAYA = Account("customer", "Maya Lindqvist", "maya@example.com", "HP-10001")
THEO = Account("customer", "Theo Marsh", "theo@example.com", "HP-10002")
JONAS = Account("customer", "Jonas Keller", "jonas@example.com", "HP-10004", country="DE", language="de")
LUCIA = Account("customer", "Lucía Romero", "lucia@example.com", "HP-10005", country="ES", language="es")
DANA = Account("customer", "Dana Whitfield", "dana@example.com", "HP-10007", country="US", region="CA")
SAM = Account("requester", "Sam Okafor", "sam@harbourandpine.example", "S-104", "Customer Care")
KIM = Account("requester", "Kim Larsen", "kim@harbourandpine.example", "S-117", "Payment Safety")
PIA = Account("privacy_officer", "Pia Brandt", "pia@harbourandpine.example", "S-102", "Privacy")
NILS = Account("privacy_officer", "Nils Berg", "nils@harbourandpine.example", "S-101", "Privacy")
OTTO = Account("compliance_officer", "Otto Weiss", "otto@harbourandpine.example", "S-103", "Compliance")
INES = Account("compliance_officer", "Ines Costa", "ines@harbourandpine.example", "S-105", "Compliance")
# Leads Sam and Kim: agrees first where a purpose asks for it.
JUNE = Account("requester", "June Park", "june@harbourandpine.example", "S-110", "Service Management")
STAFF = [PIA, NILS, OTTO, INES, SAM, KIM, JUNE]
CUSTOMERS = [MAYA, THEO, JONAS, LUCIA, DANA]
# Shares Dana's account: both must agree.
ELI = Account("customer", "Eli Whitfield", "eli@example.com", "HP-10007", country="US", region="CA")
ACCOUNTS = [*CUSTOMERS, ELI, SAM, KIM, JUNE, PIA, NILS, OTTO, INES]

# A child without an address of her own, too young to consent alone: Theo, her father, acts for her.
NORA = Account("customer", "Nora Marsh", "", "HP-10006")

# On file, and never signed in: the one to claim a record with, by the code that is mailed to her.
ROSA = Account("customer", "Rosa Delgado", "rosa@example.com", "HP-10003")


def build_account_json(account: Account) -> dict[str, str]:
    """Return the account as `demo --json` prints it."""
    return {
        "role": account.role,
        "name": account.name,
        "email": account.email,
        "password": PASSWORD,
        "reference": account.reference,
    }


def employ_everybody() -> dict[Account, StaffMember]:
    staff = {account: employ_staff(account) for account in STAFF}
    for account in (SAM, KIM):
        assign_manager(member=staff[account], manager=staff[JUNE], by=PORTAL)
    for number, member in enumerate(staff.values()):  # as they must have: nobody waits for an invitation
        member.user.last_login = timezone.now() - timedelta(days=1, minutes=73 * number)
        member.user.save(update_fields=["last_login"])
    return staff


def employ_staff(account: Account) -> StaffMember:
    member = admit_staff(
        email=account.email,
        role=Role(account.role),
        team=account.team,
        first_name=account.first_name,
        last_name=account.last_name,
        number=account.reference,
        by=PORTAL,
    )
    set_demo_password(member.user)
    return member


def sign_up_customer(email: str, *, password: bool) -> Acting:
    """Create a verified user connected to their record, as if by an emailed code."""
    user = make_account(email)
    if password:
        set_demo_password(user)
    claiming.match_user_to_record(user=user, by=Actor("customer", str(user.pk)))
    return user.actings.get()


type Officers = tuple[StaffMember, StaffMember]


def appoint_guardian(guardian: Acting, child: Customer, officers: Officers) -> Acting:
    acting = let_in(guardian.user, child, Acting.Capacity.GUARDIAN, officers)
    representing.choose_spoken_name(acting=acting.pk, user=guardian.user, name="Nora")
    return acting


def share_account(account: Account, customer: Customer, officers: Officers) -> Acting:
    user = make_account(account.email)
    set_demo_password(user)
    return let_in(user, customer, Acting.Capacity.HOLDER, officers)


def let_in(user: User, customer: Customer, capacity: Acting.Capacity, officers: Officers) -> Acting:
    """Claim the record with a code that two officers made after checking who gets it."""
    first, second = officers
    by_first = by_staff(first)
    proposed = claiming.propose_claim_code(customer=customer.pk, capacity=capacity, officer=first, by=by_first)
    claiming.approve_claim_code(claim_code=proposed.pk, officer=second, by=by_staff(second))
    code = claiming.print_claim_code(claim_code=proposed.pk, officer=first, by=by_first)
    claiming.claim_record_by_code(user=user, code=code, by=Actor("customer", str(user.pk)))
    acting: Acting = user.actings.get(customer=customer)
    return acting


def set_demo_password(user: User) -> None:
    user.password = hash_demo_password()
    user.save(update_fields=["password"])


@cache
def hash_demo_password() -> str:
    """One for everybody, and everybody knows it: a quarter of the work of setting the demo up would be these."""
    return make_password(PASSWORD)


def by_staff(member: StaffMember) -> Actor:
    return Actor("staff", str(member.pk))


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
