"""Prepare a call of every act of `consents/disclosures`."""

from uuid import UUID

from consents.disclosures import services as disclosures
from consents.disclosures.reports import services as look_reports
from consents.disclosures.reports.rules import Concern, Finding
from consents.disclosures.telling import services as look_telling
from consents.disclosures.telling.rules import HowOften
from consents.ledger.rules import PORTAL
from tests.faults.acts.beginnings import asked, by_staff
from tests.faults.acts.registry import Call, act
from tests.world.cast import answer, ask
from tests.world.insights import add_question, ask_insight, make_statistics_purpose


def reported_look(world) -> UUID:
    return report_of(world)().pk


def report_of(world) -> Call:
    grant = answer(world, ask(world)).grants.get(category__code="orders").pk
    look = disclosures.disclose_records(grant=grant, staff=world.sam.pk, by=by_staff(world.sam)).opening
    said = {"concern": Concern.OTHER, "words": "Why?", "acting": world.ada.acting, "by": world.ada.actor}
    return lambda: look_reports.file_look_report(opening=look, **said)


@act(look_reports.file_look_report)
def file_look_report(world, **_) -> Call:
    return report_of(world)


@act(look_reports.answer_look_report, after=reported_look)
def answer_look_report(world, **_) -> Call:
    about = {"report": world.made, "words": "For the case.", "by": by_staff(world.sam)}
    return lambda: look_reports.answer_look_report(member=world.sam, **about)


@act(look_reports.read_look_report, after=reported_look)
def read_look_report(world, **_) -> Call:
    about = {"report": world.made, "officer": world.pia, "by": by_staff(world.pia)}
    return lambda: look_reports.read_look_report(**about)


@act(look_reports.decide_look_report, after=reported_look)
def decide_look_report(world, **_) -> Call:
    about = {"report": world.made, "finding": Finding.IN_ORDER, "words": "It was.", "by": by_staff(world.pia)}
    return lambda: look_reports.decide_look_report(officer=world.pia, **about)


@act(disclosures.disclose_records, after=asked)
def disclose(world, **_) -> Call:
    grant = answer(world, world.made).grants.get(category__code="orders").pk
    return lambda: disclosures.disclose_records(grant=grant, staff=world.sam.pk, by=by_staff(world.sam))


@act(look_telling.choose_look_emails)
def choose_look_emails(world, **_) -> Call:
    return lambda: look_telling.choose_look_emails(
        customer=world.ada.customer.id, how_often=HowOften.NEVER, by=world.ada.actor
    )


@act(look_telling.notify_of_looks, after=asked)
def notify_of_looks(world, **_) -> Call:
    """A setting that tells at once, and a look that is not told yet."""
    grant = answer(world, world.made).grants.first()
    look_telling.choose_look_emails(customer=world.ada.customer.id, how_often=HowOften.EACH, by=world.ada.actor)
    disclosures.disclose_records(grant=grant.pk, staff=world.sam.pk, by=by_staff(world.sam))
    return lambda: look_telling.notify_of_looks(customer=world.ada.customer.id)


@act(disclosures.disclose_own_copy)
def disclose_own(world, **_) -> Call:
    return lambda: disclosures.disclose_own_copy(customer=world.ada.customer.id, by=world.ada.actor)


@act(disclosures.read_for_statistics, after=make_statistics_purpose)
def read_for_statistics(world, **_) -> Call:
    insight = ask_insight(world, add_question(world))
    purpose, category = world.statistics.purpose, world.categories["orders"]
    scope = disclosures.CountedScope(insight.pk, world.sam.pk, category, purpose, frozenset({"item"}))
    return lambda: list(disclosures.read_for_statistics(scope=scope, by=PORTAL))
