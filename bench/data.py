"""Create the measured company: catalogue and staff through the services, the past of many customers in SQL."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

from allauth.mfa.models import Authenticator
from django.conf import settings

from bench.sessions import create_sessions
from consents.access.models import AccessRequest, Reason
from consents.access.rules import AnswerDecision
from consents.access.services import answering, asking
from consents.access.services.answering import Reply
from consents.access.services.asking import NewRequest
from consents.catalogue import selectors
from consents.catalogue.models import Category, Notice, Purpose, PurposeVersion, Usage
from consents.catalogue.services import categories as catalogue_categories
from consents.catalogue.services import publishing, versions
from consents.catalogue.services.versions import VersionDraft
from consents.core.owner import as_owner, silence_triggers
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.services.appending import write_waiting_entries
from consents.people import keys
from consents.people.models import Acting, Customer, CustomerKey, Role, StaffMember, User
from consents.people.services.staff_members import admit_staff
from consents.vault.incoming_records import IncomingRecord
from consents.vault.services import storing

PAST = Path(__file__).with_name("past.sql")
PURPOSES, REQUESTERS, MOST_READERS, ORDERS = 8, 20, 100, 5
FIELDS = {
    "contact": ("pd:Contact", ["name", "phone", "street", "town"]),
    "orders": ("pd:PurchasesAndSpendingHabit", ["number", "item", "price", "ordered"]),
    "payments": ("pd:Financial", ["account", "amount"]),
}


@dataclass(frozen=True)
class Reader:
    """A signed-in customer with a pending and an approved request. `grant` opens data that contains `marker`."""

    customer: UUID
    cookie: str
    waiting: AccessRequest
    running: UUID
    staff_cookie: str
    grant: UUID
    marker: str


def build_id(kind: str, number: int) -> UUID:
    """Return the same id as md5(kind || number)::uuid in SQL."""
    return UUID(hashlib.md5(f"{kind}{number}".encode(), usedforsecurity=False).hexdigest())


def create_data(customers: int) -> tuple[list[Reader], str]:
    """Fill the empty database. Return those whose pages are read, and the cookie of an officer."""
    readers = min(MOST_READERS, customers // 2)
    officer = create_company()
    text = PAST.read_text()
    with as_owner() as owner:
        with silence_triggers(owner, *set(re.findall(r"INSERT INTO (\w+)", text))) as cursor:
            for statement in text.split(";\n"):
                cursor.execute(statement, {"customers": customers, "readers": readers})
        with owner.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    made = create_readers(readers)
    write_waiting_entries()  # or the first no that is measured would write the journal of the whole past
    [cookie] = create_sessions([officer.user])
    return made, cookie


def create_company() -> StaffMember:
    """Publish each purpose by two officers, and return one of them."""
    writer, officer = (employ_staff(number, Role.PRIVACY_OFFICER) for number in (0, REQUESTERS + 1))
    for number in range(1, REQUESTERS + 1):
        employ_staff(number, Role.REQUESTER)
    categories = [create_category(code) for code in FIELDS]
    for number in range(1, PURPOSES + 1):
        publish_purpose(f"purpose-{number}", categories, writer, officer)
    return officer


def employ_staff(number: int, role: Role) -> StaffMember:
    """Admit a member of staff with a second factor, which every staff page requires."""
    member = admit_staff(
        email=f"staff{number}@example.com",
        role=role,
        team="Billing Support",
        first_name="Sam",
        last_name="Example",
        number=f"S-{100 + number}",
        by=PORTAL,
    )
    Authenticator.objects.create(user=member.user, type=Authenticator.Type.TOTP, data={})
    return member


def create_category(code: str) -> Category:
    term, fields = FIELDS[code]
    category = catalogue_categories.draft_category(
        code=code,
        words={language: {"title": code.capitalize()} for language in settings.PORTAL_LANGUAGES},
        term=term,
        sensitive=False,
        special=False,
        fields=[(key, dict.fromkeys(settings.PORTAL_LANGUAGES, key.capitalize())) for key in fields],
        by=PORTAL,
    )
    catalogue_categories.publish_category(category=category, by=PORTAL)
    return category


def publish_purpose(code: str, categories: list[Category], writer: StaffMember, officer: StaffMember) -> None:
    purpose = versions.save_purpose(purpose=Purpose(code=code, usage=Usage.BOTH), by=PORTAL)
    version = PurposeVersion(purpose=purpose, dpv_purpose="dpv:CustomerCare", storage=["IE"])
    words = {
        "name": f"Answer questions: {code}",
        "sentence": "We look at your data to answer your question.",
        "text": "We only look at what you allow.",
        "if_no": "Nothing changes for you.",
        "retention": "Until you say no.",
    }
    notices = [Notice(language=language, **words) for language in settings.PORTAL_LANGUAGES]
    versions.save_version(draft=VersionDraft(version, notices, categories), officer=writer.user, by=PORTAL)
    publishing.publish_version(version=version, officer=officer.user, by=Actor("staff", str(officer.pk)))


def create_readers(count: int) -> list[Reader]:
    """Give customers 1 to `count` keys, data, sessions, a pending request and a live grant, through the services."""
    numbers = range(1, count + 1)
    customers = Customer.objects.in_bulk([build_id("customer", number) for number in numbers])
    CustomerKey.objects.bulk_create(keys.build_customer_key(customer) for customer in customers.values())
    users = User.objects.in_bulk([build_id("user", number) for number in numbers])
    cookies = create_sessions(users[build_id("user", number)] for number in numbers)
    staff = list(StaffMember.objects.filter(role=Role.REQUESTER).select_related("user").order_by("number"))
    staff_cookies = create_sessions(member.user for member in staff)
    offered = list(selectors.select_askable().select_related("purpose"))[:2]
    asked = list(Category.objects.filter(code__in=["contact", "orders"]).order_by("code"))
    return [
        create_reader(number, cookie, staff[number % len(staff)], staff_cookies[number % len(staff)], offered, asked)
        for number, cookie in zip(numbers, cookies, strict=True)
    ]


def create_reader(
    number: int,
    cookie: str,
    member: StaffMember,
    staff_cookie: str,
    offered: Sequence[PurposeVersion],
    categories: Sequence[Category],
) -> Reader:
    customer, marker = build_id("customer", number), f"marker-{number}"
    store_data(customer, categories, marker)
    waiting, running = (ask(customer, member, version, categories) for version in offered)
    answering.answer_access_request(
        access_request=running.pk,
        reply=Reply(AnswerDecision.ALL, running.digest, uuid4()),
        acting=Acting.objects.get(customer=customer),
        by=Actor("customer", str(build_id("user", number))),
    )
    grant = running.grants.get(category__code="orders").pk
    return Reader(customer, cookie, waiting, running.pk, staff_cookie, grant, marker)


def store_data(customer: UUID, categories: Sequence[Category], marker: str) -> None:
    contact, orders = categories
    values = {"name": "Ada Example", "phone": "555-0100", "street": "Long Street 1", "town": "Harbour"}
    records = [IncomingRecord(customer, contact.pk, "contact", values)]
    for place in range(ORDERS):
        order = {"number": f"{marker}-{place}", "item": "Lamp", "price": "19.90", "ordered": "3 May"}
        records.append(IncomingRecord(customer, orders.pk, str(place), order, place))
    storing.store_records(records=records, keys={customer: keys.open_customer_key(customer)}, by=PORTAL)


def ask(customer: UUID, member: StaffMember, version: PurposeVersion, categories: Sequence[Category]) -> AccessRequest:
    new = NewRequest(
        customer=customer,
        version=version.pk,
        categories=frozenset(category.pk for category in categories),
        reason=Reason.YOU_CONTACTED_US,
        sentence="You wrote to us about a bill.",
        duration=timedelta(days=1),
        answer_within=timedelta(days=7),
        token=uuid4(),
    )
    return asking.file_access_request(ask=new, member=member, by=Actor("staff", str(member.pk)))
