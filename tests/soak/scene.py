"""The company that is soaked, and what its database and ledger say afterwards."""

import json
from datetime import timedelta

from django.utils import timezone

from consents.access.models import AccessRequest, Answer, Grant
from consents.access.rules import STEPS_OF_REQUESTS, GrantEnd
from consents.choices.models import Choice, Status
from consents.disclosures.models import Opening
from consents.exports.models import Export, ExportResult
from consents.ledger.models import Entry
from consents.people.models import Customer, Role
from consents.people.selectors import MADE_UP_ADDRESS
from tests.races.browsing import Browser
from tests.soak.checker import Act, Asked, Facts, Granted
from tests.soak.clients import MARKER, Board, Person
from tests.soak.history import Kind
from tests.world.cast import build_world, make_customer, make_staff, put_in_vault

CUSTOMERS, REQUESTERS = 8, 4


def make_board(url: str) -> Board:
    world = build_world()
    orders, contact = world.categories["orders"], world.categories["contact"]
    people = [make_customer(f"S-{n}", f"soaked{n}@example.com") for n in range(CUSTOMERS)]
    for n, one in enumerate(people):
        put_in_vault(one.customer, orders, {"item": f"{MARKER}{n}", "price": "19.90"})
        put_in_vault(one.customer, contact, {"name": f"{MARKER}{n}", "phone": "555-0100"})
    staff = [make_staff(f"asks{n}@example.com", Role.REQUESTER, "Billing", f"Sam{n}") for n in range(REQUESTERS)]
    today = timezone.localdate()
    return Board(
        customers=[Person(one.customer, Browser(url, one.user)) for one in people],
        staff=[(member, Browser(url, member.user)) for member in staff],
        officer=Browser(url, world.otto.user),
        version=world.version.pk,
        purpose=world.purpose.code,
        categories=[orders.pk, contact.pk],
        period=(str(today - timedelta(days=1)), str(today)),
    )


def facts() -> Facts:
    ends: dict[str, list[str]] = {}
    filings: dict[str, int] = {}
    told: list[tuple[str, float]] = []
    acts: dict[Act, list[float]] = {}
    reasons = {str(id): reason for id, reason in Export.objects.values_list("pk", "reason")}
    # The portal's own check of itself gives and withdraws with no form of ours.
    checking = Customer.objects.filter(actings__user__email=MADE_UP_ADDRESS).values("pk")
    for entry in Entry.objects.exclude(customer__in=checking).order_by("id"):
        if entry.event == "access_request.filed":
            filings[entry.object] = filings.get(entry.object, 0) + 1
        elif entry.event.startswith("access_request.") and entry.event not in STEPS_OF_REQUESTS:
            ends.setdefault(entry.object, []).append(entry.outcome)
        elif entry.event == "vault.opened":
            told.append((json.loads(entry.details)["grant"], entry.occurred_at.timestamp()))
        if act := act_of(entry, reasons):
            acts.setdefault(act, []).append(entry.occurred_at.timestamp())
    decisions = dict(Answer.objects.values_list("access_request", "decision"))
    now = timezone.now()
    return Facts(
        requests={
            str(row.pk): Asked(
                str(row.pk),
                str(row.customer_id),
                row.purpose.code,
                row.state,
                decisions.get(row.pk, ""),
                tuple(ends.get(str(row.pk), [])),
                filings.get(str(row.pk), 0),
                row.filed_at.timestamp(),
            )
            for row in AccessRequest.objects.select_related("purpose")
        },
        grants={str(row.pk): granted(row, row.over_at <= now) for row in Grant.objects.all()},
        openings=[(str(grant), at.timestamp()) for grant, at in Opening.objects.values_list("grant", "opened_at")],
        told=told,
        choices={
            (str(row.customer_id), row.purpose.code): row.status == Status.GIVEN
            for row in Choice.objects.select_related("purpose")
        },
        exports=frozenset(ExportResult.objects.values_list("export__reason", flat=True)),
        acts=acts,
    )


def act_of(entry: Entry, reasons: dict[str, str]) -> Act | None:
    """What a client did, as it would call it; None for what follows from that."""
    customer = str(entry.customer or "")
    match entry.event:
        case "access_request.filed":
            return Kind.ASK, customer, ""
        case "access_request.answered":
            return Kind.ANSWER, customer, entry.object
        case "grant.ended" if entry.outcome == GrantEnd.STOPPED:
            return Kind.STOP, customer, entry.object
        case "consent.given" | "consent.renewed":
            return Kind.GIVE, customer, entry.purpose
        case "consent.withdrawn" | "consent.refused":
            return Kind.WITHDRAW, customer, entry.purpose
        case "export.made":
            return Kind.EXPORT, "", reasons[entry.object]
    return None


def granted(row: Grant, ended: bool) -> Granted:
    scope = (str(row.staff_id), str(row.customer_id), str(row.category_id), str(row.purpose_id))
    return Granted(
        str(row.pk), str(row.access_request_id), scope, row.starts_at.timestamp(), row.over_at.timestamp(), ended
    )
