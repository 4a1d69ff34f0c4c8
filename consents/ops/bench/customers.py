"""Create the customers whose pages are read: signed in, with a pending request, a live grant and data."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from consents.access.rules import AnswerDecision
from consents.access.services import answering
from consents.access.services.answering import Reply
from consents.ledger.rules import PORTAL, Actor
from consents.ops.bench.company import Office
from consents.ops.bench.past import build_id
from consents.ops.bench.sessions import create_sessions
from consents.ops.bench.stock import PendingRequest
from consents.people import keys
from consents.people.models import Acting, Customer, CustomerKey, User
from consents.vault.incoming_records import IncomingRecord
from consents.vault.services import storing

ORDERS = 5


@dataclass(frozen=True)
class Reader:
    """A signed-in customer with a pending and an approved request. `grant` opens data that contains `marker`."""

    waiting: PendingRequest
    running: UUID
    staff_cookie: str
    grant: UUID
    marker: str


def create_readers(office: Office, count: int) -> list[Reader]:
    """Create customers 1 to `count` through the services."""
    customers = Customer.objects.in_bulk([build_id("customer", n) for n in range(1, count + 1)])
    CustomerKey.objects.bulk_create(keys.build_customer_key(customer) for customer in customers.values())
    ids = [build_id("user", n) for n in range(1, count + 1)]
    users = User.objects.in_bulk(ids)
    cookies = create_sessions(users[id] for id in ids)
    return [create_reader(office, number, cookie) for number, cookie in enumerate(cookies, start=1)]


def create_reader(office: Office, number: int, cookie: str) -> Reader:
    customer, place = build_id("customer", number), number % len(office.staff)
    store_data(office, customer, number)
    waiting = office.ask(customer, office.staff[place], office.versions[0])
    running = office.ask(customer, office.staff[place], office.versions[1])
    answering.answer_access_request(
        access_request=running.pk,
        reply=Reply(AnswerDecision.ALL, running.digest, uuid4()),
        acting=Acting.objects.get(customer=customer),
        by=Actor("customer", str(build_id("user", number))),
    )
    return Reader(
        waiting=PendingRequest(cookie, customer, waiting.pk, waiting.digest),
        running=running.pk,
        staff_cookie=office.cookies[place],
        grant=running.grants.get(category__code="orders").pk,
        marker=build_marker(number),
    )


def store_data(office: Office, customer: UUID, number: int) -> None:
    contact, orders = office.categories
    values = {"name": f"Customer {number}", "phone": "555-0100", "street": "Long Street 1", "town": "Harbour"}
    records = [IncomingRecord(customer, contact.pk, "contact", values)]
    for place in range(ORDERS):
        order = {"number": f"{build_marker(number)}-{place}", "item": "Lamp", "price": "19.90", "ordered": "3 May"}
        records.append(IncomingRecord(customer, orders.pk, str(place), order, place))
    storing.store_records(records=records, keys={customer: keys.open_customer_key(customer)}, by=PORTAL)


def build_marker(number: int) -> str:
    return f"marker-{number}"
