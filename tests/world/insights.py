"""A crowd that allows statistics, questions about it, and answers counted at once."""

from types import SimpleNamespace
from typing import Any

from consents.catalogue.models import Usage
from consents.choices.services import answering
from consents.insights.models import Insight, Question
from consents.insights.services import counting, questions
from consents.ledger.rules import Actor
from consents.people.models import StaffMember
from tests.world.cast import in_all, make_customer, make_purpose, put_in_vault

ITEMS = ["Lamp"] * 12 + ["Chair"] * 14 + ["Table"] * 4


def by_staff(member: StaffMember) -> Actor:
    return Actor("staff", str(member.pk))


def allow_statistics(world: Any, *customers: SimpleNamespace) -> None:
    for customer in customers:
        answering.give_consent(
            customer=customer.customer.id, purpose="statistics", version=world.statistics.pk, by=customer.actor
        )


def make_statistics_purpose(world: Any) -> None:
    counted = [world.categories["contact"], world.categories["orders"]]
    world.statistics = make_purpose(
        "statistics", "Count how our shop is used", counted, world.pia.user, usage=Usage.STANDING
    )


def make_crowd(world: Any, items: list[str] | None = None) -> list[SimpleNamespace]:
    """Customers with one order each, who all allow statistics."""
    make_statistics_purpose(world)
    crowd = []
    for number, item in enumerate(ITEMS if items is None else items):
        customer = make_customer(f"K-{number}", f"k{number}@example.com")
        put_in_vault(customer.customer, world.categories["orders"], {"item": item, "price": "10"})
        crowd.append(customer)
    allow_statistics(world, *crowd)
    return crowd


def build_question(world: Any, code: str = "items", **facts: Any) -> Question:
    values = {
        "category": world.categories["orders"],
        "field": "item",
        "grouping": "value",
        "measure": "customers",
        "words": in_all("Customers by item"),
    }
    return Question(code=code, **values | facts)


def add_question(world: Any, code: str = "items", **facts: Any) -> Question:
    return questions.add_question(
        question=build_question(world, code, **facts), officer=world.pia, by=by_staff(world.pia)
    )


def ask_insight(world: Any, question: Question, period: str = "", analyst: StaffMember | None = None) -> Insight:
    member = analyst or world.sam
    return questions.ask_insight(question=question.pk, period=period, analyst=member, by=by_staff(member))


def count(insight: Insight) -> dict[str, Any]:
    """Count it and return its cells."""
    counting.count_insight(insight=insight.pk)
    return read_cells(insight)


def read_cells(insight: Insight) -> dict[str, Any]:
    return {cell.label: cell.number for cell in Insight.objects.get(pk=insight.pk).result.cells.all()}
