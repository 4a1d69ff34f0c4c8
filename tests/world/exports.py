"""A few days of work for the officer to export: asks, answers, looks, a refused look, an end of access."""

import csv
import io
from datetime import UTC, date, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from consents.access.services import ending
from consents.core import clock
from consents.disclosures.services import LookRefused, disclose_records
from consents.exports import selectors
from consents.exports.formats import FORMATS
from consents.exports.models import Export
from consents.exports.rules import Dataset, ExportSpec, Format, Period
from consents.exports.services import delivering
from consents.ledger.rules import Actor
from tests.world.cast import answer, ask


def play(world: SimpleNamespace) -> SimpleNamespace:
    """Ada allows orders, is looked at twice and stops it; says no to Kim; does not answer about her health."""
    world.allowed = allowed = answer(world, ask(world, "contact", "orders"), "part", "orders")
    look(world, allowed)
    look(world, allowed)
    ending.stop_access(access_request=allowed.pk, customer=world.ada.customer.id, by=world.ada.actor)
    look(world, allowed)
    world.denied = answer(world, ask(world, "health", member=world.kim), "none")
    world.pending = ask(world, "contact", member=world.kim, customer=world.ben)
    return world


def look(world: SimpleNamespace, request) -> None:
    try:
        grant = request.grants.get(category__code="orders")
        disclose_records(grant=grant.pk, staff=world.sam.pk, by=Actor("staff", str(world.sam.pk)))
    except LookRefused:
        pass


def days_around_now(before: int = 1) -> Period:
    today = clock.now().astimezone(UTC).date()
    return Period(today - timedelta(days=before), today + timedelta(days=1), ZoneInfo("UTC"))


def long_ago() -> Period:
    return Period(date(2020, 1, 1), date(2020, 2, 1), ZoneInfo("UTC"))


def wanted(dataset: Dataset = Dataset.ACCESS_LOG, period: Period | None = None, **changes) -> ExportSpec:
    return ExportSpec(dataset, period or days_around_now(), "For the yearly audit", **changes)


def make(world: SimpleNamespace, period: Period | None = None, dataset: Dataset = Dataset.ACCESS_LOG, **changes):
    """Otto asks for it. `changes`: what is wanted otherwise."""
    asked = wanted(dataset, period, **changes)
    return delivering.request_export(spec=asked, officer=world.otto, by=Actor("staff", str(world.otto.pk)))


def deliver(world: SimpleNamespace, export: Export, **how) -> delivering.Delivery:
    by = Actor("staff", str(world.otto.pk))
    return delivering.deliver_export(
        export=selectors.select_exports().get(pk=export.pk), officer=world.otto, by=by, **how
    )


def taken(world: SimpleNamespace, period: Period | None = None, dataset: Dataset = Dataset.ACCESS_LOG, **changes):
    """(the export, its file), asked for and taken."""
    export = make(world, period, dataset, **changes)
    return export, b"".join(deliver(world, export).content)


def package_of(world: SimpleNamespace, **changes) -> bytes:
    return b"".join(deliver(world, make(world, **changes), package=True).content)


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def exported(world: SimpleNamespace, period: Period | None = None, **changes) -> list[dict[str, str]]:
    return rows_of(taken(world, period, **changes)[1])


def in_format(world: SimpleNamespace, format: Format, **changes) -> list[dict[str, str]]:
    _export, content = taken(world, format=format, **changes)
    return list(FORMATS[format].read(io.BytesIO(content)))
