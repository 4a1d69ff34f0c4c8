"""The customers whose pages are read: signed in, with something waiting, running and kept in the vault."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from consents.access import services as access
from consents.access.rules import Decision
from consents.access.services.answering import Reply
from consents.bench.company import Office
from consents.bench.past import made_id
from consents.bench.sessions import signed_in
from consents.bench.stock import Waiting
from consents.ledger.rules import PORTAL, Actor
from consents.people import keys
from consents.people.models import Acting, Customer, CustomerKey, User
from consents.vault import services as vault
from consents.vault.services import Incoming

ORDERS = 5


@dataclass(frozen=True)
class Reader:
    """A customer who reads: one request waits, another one's access runs. `grant` opens data in which `marker` is."""

    waiting: Waiting
    running: UUID
    staff_cookie: str
    grant: UUID
    marker: str


def make_readers(office: Office, count: int) -> list[Reader]:
    """Customers 1 to `count`, all through the services."""
    customers = Customer.objects.in_bulk([made_id("customer", n) for n in range(1, count + 1)])
    CustomerKey.objects.bulk_create(keys.made_for(customer) for customer in customers.values())
    ids = [made_id("user", n) for n in range(1, count + 1)]
    users = User.objects.in_bulk(ids)
    cookies = signed_in(users[id] for id in ids)
    return [make_reader(office, number, cookie) for number, cookie in enumerate(cookies, start=1)]


def make_reader(office: Office, number: int, cookie: str) -> Reader:
    customer, place = made_id("customer", number), number % len(office.staff)
    store_data(office, customer, number)
    waiting = office.ask(customer, office.staff[place], office.versions[0])
    running = office.ask(customer, office.staff[place], office.versions[1])
    access.answer(
        request=running.pk,
        reply=Reply(Decision.ALL, running.digest, uuid4()),
        acting=Acting.objects.get(customer=customer),
        by=Actor("customer", str(made_id("user", number))),
    )
    return Reader(
        waiting=Waiting(cookie, waiting.pk, waiting.digest),
        running=running.pk,
        staff_cookie=office.cookies[place],
        grant=running.grants.get(category__code="orders").pk,
        marker=marker_of(number),
    )


def store_data(office: Office, customer: UUID, number: int) -> None:
    contact, orders = office.categories
    values = {"name": f"Customer {number}", "phone": "555-0100", "street": "Long Street 1", "town": "Harbour"}
    records = [Incoming(customer, contact.pk, "contact", values)]
    for place in range(ORDERS):
        order = {"number": f"{marker_of(number)}-{place}", "item": "Lamp", "price": "19.90", "ordered": "3 May"}
        records.append(Incoming(customer, orders.pk, str(place), order, place))
    vault.store(records=records, keys={customer: keys.of(customer)}, by=PORTAL)


def marker_of(number: int) -> str:
    return f"marker-{number}"
