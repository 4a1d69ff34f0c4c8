"""The demo's statistics: who signed up allows them, officers have added questions, and Sam has asked two."""

from datetime import timedelta

from consents.catalogue.models import Category
from consents.insights.models import Question
from consents.insights.rules import STATISTICS, Grouping, Measure, Step
from consents.insights.services import asking, questions
from consents.ops.demo.accounts import by_staff
from consents.ops.demo.story import Story
from consents.people.models import StaffMember

# (code, field, grouping, measure, date field, step, titles)
QUESTIONS = [
    (
        "customers-by-year",
        *("date", Grouping.YEAR, Measure.CUSTOMERS, "", ""),
        ("Customers who ordered, by year", "Kunden mit Bestellungen, nach Jahr", "Clientes con pedidos, por año"),
    ),
    (
        "orders-by-price",
        *("price", Grouping.HUNDREDS, Measure.RECORDS, "", ""),
        ("Orders by price", "Bestellungen nach Preis", "Pedidos por precio"),
    ),
    (
        "customers-by-item",
        *("item", Grouping.VALUE, Measure.CUSTOMERS, "date", Step.YEAR),
        ("Customers by item, year by year", "Kunden nach Artikel, je Jahr", "Clientes por artículo, año a año"),
    ),
]
ASKED = 2  # of them; the worker counts them when the demo starts


def schedule_consents(stories: list[Story]) -> None:
    for number, story in enumerate(stories):
        story.agrees(story.timeline.now - timedelta(hours=40, minutes=number), STATISTICS)


def add_questions(officer: StaffMember, analyst: StaffMember) -> None:
    by_officer, by_analyst = by_staff(officer), by_staff(analyst)
    orders = Category.objects.get(code="orders")
    for place, (code, field, grouping, measure, date_field, step, titles) in enumerate(QUESTIONS):
        question = Question(
            code=code,
            words=dict(zip(("en", "de", "es"), titles, strict=True)),
            category=orders,
            field=field,
            grouping=grouping,
            measure=measure,
            date_field=date_field,
            step=step,
        )
        questions.add_question(question=question, officer=officer, by=by_officer)
        if place < ASKED:
            asking.ask_insight(question=question.pk, period="", analyst=analyst, by=by_analyst)
