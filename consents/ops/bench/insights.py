"""Measure a count for statistics, beside decrypting the same records and counting them in memory."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import psutil

from consents.catalogue.models import Category, PurposeVersion, Usage
from consents.core.owner import as_owner
from consents.disclosures import services as disclosures
from consents.disclosures.services import CountedScope
from consents.insights.models import Insight, Question
from consents.insights.rules import STATISTICS, Grouping, Measure
from consents.insights.services import counting, questions
from consents.ledger.rules import PORTAL
from consents.ops.bench import company, direct, servers
from consents.ops.bench.company import build_staff_actor
from consents.ops.bench.past import build_id, run_statements
from consents.ops.bench.table import MeasuredCount
from consents.people import keys
from consents.people.models import Customer, CustomerKey, Role, StaffMember
from consents.vault.incoming_records import IncomingRecord
from consents.vault.services import storing

BATCH = 2000
ORDERS = 2  # of each customer
FLOOR_CUSTOMERS = 10_000  # whose records are held in memory
PEOPLE = """
INSERT INTO people_customer (id, reference, country, region, language)
    SELECT bench_id('counted', n), 'C-' || n, 'DE', '', 'en' FROM generate_series(%(first)s, %(last)s) AS n
"""
CHOICES = """
INSERT INTO choices_choice (id, customer_id, purpose_id, version_id, language, status, since, rest_rule, despite_signal)
    SELECT bench_id('allows', n), bench_id('counted', n), %(purpose)s, %(version)s, 'en', 'ConsentGiven',
           portal.now() - interval '90 days', '', false
    FROM generate_series(%(first)s, %(last)s) AS n
"""


def measure_insights(customers: int, say: Callable[[str], None]) -> Iterator[MeasuredCount]:
    """Measure a tenth of the customers, then all, which shows whether memory grows."""
    writer, officer = StaffMember.objects.filter(role=Role.PRIVACY_OFFICER).order_by("number")
    categories = list(Category.objects.filter(code__in=["contact", "orders"]))
    company.publish_purpose(STATISTICS, Usage.STANDING, categories, writer, officer)
    version = PurposeVersion.objects.get(purpose__code=STATISTICS)
    made = 0
    for most in sorted({max(1, customers // 10), customers}):
        say(f"Making {most:,} customers who allow statistics …")
        create_customers(version, made + 1, most)
        made = most
        say(f"Measuring: a count of {most:,} customers …")
        with direct.start_clients(1, servers.build_environment()) as pool:
            yield pool.apply(run_count, [ask_question(f"items-{most}").pk, most])


def create_customers(version: PurposeVersion, first: int, last: int) -> None:
    category = Category.objects.get(code="orders").pk
    numbers = {"purpose": version.purpose_id, "version": version.pk, "first": first, "last": last}
    with as_owner() as owner, owner.cursor() as cursor:
        run_statements(cursor, (PEOPLE, CHOICES), numbers)
    for begin in range(first, last + 1, BATCH):
        store_orders(category, range(begin, min(begin + BATCH, last + 1)))
    with as_owner() as owner, owner.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def store_orders(category: int, numbers: range) -> None:
    ids = {number: build_id("counted", number) for number in numbers}
    rows = [keys.build_customer_key(Customer(id=id)) for id in ids.values()]
    CustomerKey.objects.bulk_create(rows)
    records = [
        IncomingRecord(id, category, str(place), build_order(number, place), place)
        for number, id in ids.items()
        for place in range(ORDERS)
    ]
    storing.store_records(records=records, keys=keys.KeyOpener(rows), by=PORTAL)


def build_order(number: int, place: int) -> dict[str, str]:
    return {"number": f"O-{number}-{place}", "item": f"Item {(number + place) % 40}", "price": "19.90"}


def ask_question(code: str) -> Insight:
    officer, analyst = (StaffMember.objects.filter(role=role)[0] for role in (Role.PRIVACY_OFFICER, Role.REQUESTER))
    question = Question(
        code=code,
        words=company.repeat_per_language("Customers by item"),
        category=Category.objects.get(code="orders"),
        field="item",
        grouping=Grouping.VALUE,
        measure=Measure.CUSTOMERS,
    )
    questions.add_question(question=question, officer=officer, by=build_staff_actor(officer.pk))
    return questions.ask_insight(question=question.pk, period="", analyst=analyst, by=build_staff_actor(analyst.pk))


def run_count(insight: UUID, customers: int) -> MeasuredCount:
    """Count the insight as the job does; then read some records and time what no count can do without."""
    began = time.monotonic()
    counting.count_insight(insight=insight)
    seconds = time.monotonic() - began
    peak = psutil.Process().memory_info().rss
    return MeasuredCount(customers, customers * ORDERS, seconds, measure_floor(insight), peak / 2**20)


def measure_floor(insight: UUID) -> float:
    """Return how many customers a second are decrypted and counted, their rows in memory already."""
    asked = Insight.objects.select_related("question__category").get(pk=insight)
    again = ask_question(f"{asked.question.code}-floor")
    purpose = PurposeVersion.objects.select_related("purpose").get(purpose__code=STATISTICS).purpose
    scope = CountedScope(again.pk, asked.asked_by_id, asked.question.category, purpose, frozenset({"item"}))
    disclosures.record_statistics_opening(again.pk, scope, PORTAL)
    rows: list[tuple[Any, ...]] = []
    after = disclosures.FIRST
    while len(rows) < FLOOR_CUSTOMERS * ORDERS and (batch := disclosures.read_statistics_batch(again.pk, after)):
        rows, after = rows + batch, batch[-1][0]
    return time_floor(scope, rows)


def time_floor(scope: CountedScope, rows: list[tuple[Any, ...]]) -> float:
    by_customer: dict[UUID, list[tuple[Any, ...]]] = {}
    for row in rows:
        by_customer.setdefault(row[0], []).append(row)
    began = time.monotonic()
    counts: Counter[str] = Counter()
    for customer, held in by_customer.items():
        opened = disclosures.open_counted_records(scope, customer, held)
        counts.update({record["item"] for record in opened})
    return len(by_customer) / (time.monotonic() - began)
