"""Everything the company tells somebody about their data, gathered under one opening of the vault.

The same content makes the page and the file: codes, moments and values here, words for people in `page`. What is held
is told as it is now; what happened, for the days that the request asked about.
"""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from consents.access.models import AccessRequest
from consents.catalogue import selectors as catalogue
from consents.catalogue.models import Category, LegalBasis, PurposeVersion, Recipient
from consents.choices.models import Choice, Mark, Status
from consents.choices.rules import EVENTS
from consents.disclosures import selectors as openings
from consents.disclosures.services import Own, OwnCopy
from consents.ledger.models import Entry
from consents.ledger.rules import moment
from consents.people import selectors as people
from consents.people.models import Customer
from consents.rights.models import RightsRequest
from consents.rights.rules.kinds import Regime, Type
from consents.rights.services.recording import zone

FORMAT = 1
# Never sent back; what is told instead is that it is held (11 CCR 7024(d)).
NEVER_SENT = frozenset({"pd:OfficialID", "pd:BankAccount", "pd:PaymentCard", "pd:MedicalHealth"})
# What somebody gave us or agreed to: what they may take elsewhere (GDPR Art 20(1)(a)).
PORTABLE = frozenset({LegalBasis.CONSENT, LegalBasis.CONTRACT})
AGREED = [EVENTS[Status.GIVEN], EVENTS[Status.RENEWED]]

type Facts = dict[str, Any]


def collect(row: RightsRequest, copy: OwnCopy, now: datetime) -> Facts:
    """As JSON has it. What the request did not ask for is not in it."""
    assert row.customer
    versions = list(catalogue.in_force().prefetch_related("categories", "recipients"))
    parts: Facts = {
        "format": FORMAT,
        "request": row.number,
        "law": str(row.regime),
        "made_at": moment(now),
        "company": company(),
        "data": data(row, copy, versions),
        "purposes": [purpose(version) for version in versions],
    }
    if row.request_type == Type.PORTABILITY:
        return parts | {"person": person(row.customer)}
    if row.tells_kinds_alone:
        return parts | {"recipients": recipients(used(row.customer, versions))}
    return parts | {
        "person": person(row.customer),
        "recipients": recipients(used(row.customer, versions)),
        "first_day": row.scope_from.isoformat() if row.scope_from else None,
        "last_day": row.scope_until.isoformat() if row.scope_until else None,
        "choices": choices(row),
        "marks": marks(row.customer),
        "access_requests": access_requests(row),
        "looks": looks(row),
        "privacy_requests": privacy_requests(row),
        "record": record(row),
    }


def asked_about(row: RightsRequest, moment: str) -> Q:
    """That this moment is in the days asked about, the last one whole; counted where the company is."""
    found = Q()
    if row.scope_from:
        found &= Q(**{f"{moment}__gte": datetime.combine(row.scope_from, time(0), zone())})
    if row.scope_until:
        found &= Q(**{f"{moment}__lt": datetime.combine(row.scope_until + timedelta(days=1), time(0), zone())})
    return found


def company() -> Facts:
    return {
        "name": settings.PORTAL_COMPANY,
        "address": settings.PORTAL_ADDRESS,
        "email": settings.PORTAL_EMAIL,
        "phone": str(settings.PORTAL_PHONE),
    }


def person(customer: Customer) -> Facts:
    return {
        "id": str(customer.pk),
        "reference": customer.reference,
        "email": people.address_of(customer),
        "country": customer.country,
        "region": customer.region,
        "language": customer.language,
        "born_on": customer.born_on.isoformat() if customer.born_on else None,
        "known_since": moment(customer.created_at),
    }


def data(row: RightsRequest, copy: OwnCopy, versions: Iterable[PurposeVersion]) -> list[Facts]:
    """The vault, kind by kind, as far as it was asked for."""
    kinds = Category.objects.filter(pk__in=list(copy.records)).prefetch_related("fields")
    asked = [kind for kind in kinds if not row.scope or kind.code in row.scope]
    if row.request_type == Type.PORTABILITY:
        given = {kind.pk for one in versions if one.legal_basis in PORTABLE for kind in one.categories.all()}
        asked = [kind for kind in asked if kind.pk in given]
    return [entries_of(row, kind, copy.records[kind.pk]) for kind in asked]


def entries_of(row: RightsRequest, kind: Category, records: list[Own]) -> Facts:
    about = {
        "category": kind.code,
        "title": kind.title,
        "term": kind.term,
        "source": kind.source,
        "entries": len(records),
    }
    if row.gets_kinds_instead:
        return about | {"records": [], "withheld": "11 CCR 7024(a)"}
    if row.tells_kinds_alone:
        return about | {"records": []}
    if row.regime == Regime.CCPA and kind.term in NEVER_SENT:
        return about | {"records": [], "withheld": "11 CCR 7024(d)"}
    labels = {field.key: field.label for field in kind.fields.all()}
    return about | {"labels": labels, "records": [record.values for record in records]}


def purpose(version: PurposeVersion) -> Facts:
    return {
        "purpose": version.purpose.code,
        "name": version.name,
        "legal_basis": str(version.legal_basis),
        "basis": str(LegalBasis(version.legal_basis).label),
        "categories": sorted(kind.code for kind in version.categories.all()),
        "recipients": sorted(one.code for one in version.recipients.all()),
        "recipient_names": sorted(one.name for one in version.recipients.all()),
        "kept": version.retention,
        "stored_in": list(version.storage),
        "sale_or_sharing": version.sale,
    }


def used(customer: Customer, versions: Iterable[PurposeVersion]) -> list[PurposeVersion]:
    """What this customer's data can have been used for: what rests on no consent, or on theirs, standing or for one
    request. Only its recipients can have got anything (GDPR Art 15(1)(c); CJEU C-154/21: the actual recipients)."""
    agreed = Entry.objects.filter(customer=customer.pk, event__in=AGREED).values_list("purpose", flat=True)
    allowed = AccessRequest.objects.filter(customer=customer, grants__isnull=False)
    theirs = {*agreed.distinct(), *allowed.values_list("version__purpose__code", flat=True).distinct()}
    return [one for one in versions if one.legal_basis != LegalBasis.CONSENT or one.purpose.code in theirs]


def recipients(versions: Iterable[PurposeVersion]) -> list[Facts]:
    found: dict[str, Recipient] = {one.code: one for version in versions for one in version.recipients.all()}
    return [
        {
            "recipient": one.code,
            "name": one.name,
            "kind": one.kind,
            "what": one.in_words,
            "address": one.address,
            "contact": one.contact,
            "country": one.country,
            "safeguard": one.safeguard,
        }
        for one in found.values()
    ]


def choices(row: RightsRequest) -> list[Facts]:
    """Where each stands, and every step that led there."""
    steps: dict[str, list[Facts]] = {}
    for entry in entries(row).filter(event__startswith="consent."):
        steps.setdefault(entry.purpose, []).append(
            {
                "sequence": entry.sequence,
                "at": moment(entry.occurred_at),
                "event": entry.event,
                "status": entry.outcome,
                "status_name": str(Status(entry.outcome).label),
                "version": entry.facts.get("version"),
            }
        )
    rows = (
        Choice.objects.filter(customer=row.customer_id).select_related("version", "purpose").order_by("purpose__code")
    )
    return [
        {
            "purpose": one.purpose.code,
            "name": one.version.name,
            "status": one.status,
            "status_name": str(one.get_status_display()),
            "since": moment(one.since),
            "valid_until": moment(one.valid_until) if one.valid_until else None,
            "history": steps.get(one.purpose.code, []),
        }
        for one in rows.prefetch_related("version__notices")
    ]


def marks(customer: Customer) -> list[Facts]:
    rows = Mark.objects.filter(customer=customer).select_related("purpose").order_by("placed_at")
    return [
        {
            "kind": row.kind,
            "kind_name": str(row.get_kind_display()),
            "purpose": row.purpose.code if row.purpose else None,
            "placed_at": moment(row.placed_at),
            "lifted_at": moment(row.lifted_at) if row.lifted_at else None,
        }
        for row in rows
    ]


def access_requests(row: RightsRequest) -> list[Facts]:
    rows = AccessRequest.objects.filter(asked_about(row, "filed_at"), customer=row.customer_id)
    rows = rows.select_related("version").order_by("filed_at")
    return [
        {
            "id": str(one.pk),
            "asked_by": one.asked_as,
            "purpose": one.version.name,
            "reason": str(one.get_reason_display()),
            "sentence": one.sentence,
            "categories": [kind.title for kind in one.categories.all()],
            "filed_at": moment(one.filed_at),
            "state": one.state,
            "grants": [
                {"category": grant.category.title, "from": moment(grant.starts_at), "until": moment(grant.over_at)}
                for grant in one.grants.all()
            ],
        }
        for one in rows.prefetch_related("version__notices", "categories", "grants__category")
    ]


def looks(row: RightsRequest) -> list[Facts]:
    """Every reading of the vault: when, what and for what; who, as the customer's own page says it."""
    assert row.customer
    return [
        {
            "at": moment(one.opened_at),
            "kind": one.kind,
            "by": one.grant.request.asked_as if one.grant else "",
            "what": one.category.title if one.category else "",
            "purpose": one.grant.request.version.name if one.grant else "",
        }
        for one in openings.looks(row.customer.pk).filter(asked_about(row, "opened_at"))
    ]


def privacy_requests(row: RightsRequest) -> list[Facts]:
    rows = RightsRequest.objects.filter(asked_about(row, "received_at"), customer=row.customer_id)
    return [
        {
            "number": one.number,
            "type": one.request_type,
            "name": str(one.get_request_type_display()),
            "received_at": moment(one.received_at),
            "state": one.state,
            "outcome": one.outcome,
        }
        for one in rows.order_by("received_at")
    ]


def record(row: RightsRequest) -> list[Facts]:
    """The customer's own chain of the ledger, with the hashes by which anybody can verify it; in words: `journal`."""
    return [
        {
            "sequence": entry.sequence,
            "at": moment(entry.occurred_at),
            "event": entry.event,
            "by": entry.actor_kind,
            "purpose": entry.purpose,
            "outcome": entry.outcome,
            "hash": bytes(entry.hash).hex(),
        }
        for entry in entries(row)
    ]


def entries(row: RightsRequest) -> QuerySet[Entry]:
    return Entry.objects.filter(asked_about(row, "occurred_at"), customer=row.customer_id).order_by("id")
