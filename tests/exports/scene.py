"""A few days of work for the officer to export: asks, answers, looks, a refused look, an end of access."""

import csv
import io
from datetime import UTC, date, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from consents.access import services as access
from consents.core import clock
from consents.disclosures.services import MayNotLook, disclose
from consents.exports import services
from consents.exports.rules import Dataset, Period
from consents.ledger.rules import Actor
from tests.cast import answer, ask


def play(world: SimpleNamespace) -> SimpleNamespace:
    """Ada allows orders, is looked at twice and stops it; says no to Kim; does not answer about her health."""
    allowed = answer(world, ask(world, "contact", "orders"), "part", "orders")
    look(world, allowed)
    look(world, allowed)
    access.stop(request=allowed.pk, customer=world.ada.customer.id, by=world.ada.actor)
    look(world, allowed)
    denied = answer(world, ask(world, "health", member=world.kim), "none")
    pending = ask(world, "contact", member=world.kim, customer=world.ben)
    return SimpleNamespace(allowed=allowed, denied=denied, pending=pending)


def look(world: SimpleNamespace, request) -> None:
    try:
        grant = request.grants.get(category__code="orders")
        disclose(grant=grant.pk, staff=world.sam.pk, by=Actor("staff", str(world.sam.pk)))
    except MayNotLook:
        pass


def days_around_now(before: int = 1) -> Period:
    today = clock.now().astimezone(UTC).date()
    return Period(today - timedelta(days=before), today + timedelta(days=1), ZoneInfo("UTC"))


def long_ago() -> Period:
    return Period(date(2020, 1, 1), date(2020, 2, 1), ZoneInfo("UTC"))


def make(world: SimpleNamespace, period: Period | None = None, **changes):
    wanted = services.Wanted(Dataset.ACCESS_LOG, period or days_around_now(), "For the yearly audit")
    values = {"wanted": wanted, "officer": world.otto, "by": Actor("staff", str(world.otto.pk))} | changes
    return services.make(**values)


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def exported(world: SimpleNamespace, period: Period | None = None) -> list[dict[str, str]]:
    return rows_of(b"".join(make(world, period)[1]))
