"""Everything the company tells somebody about their data, gathered under one opening of the vault.

The same content makes the page and the file: codes, moments and values here, words for people in `page`.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings

from consents.access.models import AccessRequest
from consents.catalogue import selectors as catalogue
from consents.catalogue.models import Category, LegalBasis, PurposeVersion, Recipient
from consents.choices.models import Choice, Mark, Status
from consents.disclosures import selectors as openings
from consents.disclosures.services import Own, OwnCopy
from consents.ledger.models import Entry
from consents.ledger.rules import moment
from consents.people import selectors as people
from consents.people.models import Customer
from consents.rights.models import RightsRequest
from consents.rights.rules.kinds import Regime, Type

FORMAT = 1
# Never sent back; what is told instead is that it is held (11 CCR 7024(d)).
NEVER_SENT = frozenset({"pd:OfficialID", "pd:BankAccount", "pd:PaymentCard", "pd:MedicalHealth"})
# What somebody gave us or agreed to: what they may take elsewhere (GDPR Art 20(1)(a)).
PORTABLE = frozenset({LegalBasis.CONSENT, LegalBasis.CONTRACT})

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
    if row.request_type == Type.KNOW_CATEGORIES:
        return parts | {"recipients": recipients(versions)}
    return parts | {
        "person": person(row.customer),
        "recipients": recipients(versions),
        "choices": choices(row.customer),
        "marks": marks(row.customer),
        "access_requests": access_requests(row.customer),
        "looks": looks(row.customer),
        "privacy_requests": privacy_requests(row.customer),
        "record": record(row.customer),
    }


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
    about = {"category": kind.code, "title": kind.title, "term": kind.term, "entries": len(records)}
    if row.request_type == Type.KNOW_CATEGORIES:
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
        }
        for one in found.values()
    ]


def choices(customer: Customer) -> list[Facts]:
    """Where each stands, and every step that led there."""
    steps: dict[str, list[Facts]] = {}
    for entry in Entry.objects.filter(customer=customer.pk, event__startswith="consent.").order_by("id"):
        steps.setdefault(entry.purpose, []).append(
            {
                "at": moment(entry.occurred_at),
                "event": entry.event,
                "status": entry.outcome,
                "status_name": str(Status(entry.outcome).label),
                "version": entry.facts.get("version"),
            }
        )
    rows = Choice.objects.filter(customer=customer).select_related("version", "purpose").order_by("purpose__code")
    return [
        {
            "purpose": row.purpose.code,
            "name": row.version.name,
            "status": row.status,
            "status_name": str(row.get_status_display()),
            "since": moment(row.since),
            "valid_until": moment(row.valid_until) if row.valid_until else None,
            "history": steps.get(row.purpose.code, []),
        }
        for row in rows.prefetch_related("version__notices")
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


def access_requests(customer: Customer) -> list[Facts]:
    rows = AccessRequest.objects.filter(customer=customer).select_related("version").order_by("filed_at")
    return [
        {
            "id": str(row.pk),
            "asked_by": row.asked_as,
            "purpose": row.version.name,
            "reason": str(row.get_reason_display()),
            "sentence": row.sentence,
            "categories": [kind.title for kind in row.categories.all()],
            "filed_at": moment(row.filed_at),
            "state": row.state,
            "grants": [
                {"category": grant.category.title, "from": moment(grant.starts_at), "until": moment(grant.over_at)}
                for grant in row.grants.all()
            ],
        }
        for row in rows.prefetch_related("version__notices", "categories", "grants__category")
    ]


def looks(customer: Customer) -> list[Facts]:
    """Every reading of the vault: when, what and for what; who, as the customer's own page says it."""
    return [
        {
            "at": moment(one.opened_at),
            "kind": one.kind,
            "by": one.grant.request.asked_as if one.grant else "",
            "what": one.category.title if one.category else "",
            "purpose": one.grant.request.version.name if one.grant else "",
        }
        for one in openings.looks(customer.pk)
    ]


def privacy_requests(customer: Customer) -> list[Facts]:
    return [
        {
            "number": row.number,
            "type": row.request_type,
            "name": str(row.get_request_type_display()),
            "received_at": moment(row.received_at),
            "state": row.state,
            "outcome": row.outcome,
        }
        for row in RightsRequest.objects.filter(customer=customer).order_by("received_at")
    ]


def record(customer: Customer) -> list[Facts]:
    """The customer's own chain of the ledger, whole: anybody can verify it with the hashes."""
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
        for entry in Entry.objects.filter(customer=customer.pk).order_by("id")
    ]
