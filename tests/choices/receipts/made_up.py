"""Receipts of nobody, for tests that need neither database nor portal."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from consents.choices.receipts.parts import Controller, Event, Receipt, Record, ShownNotice
from consents.core.canonical import encode_canonical

GIVEN_AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
COMPANY = Controller("https://portal.acme.example", "Acme Ltd", "1 Quay St, Dublin", "privacy@acme.example", "IE")
CONTACT = {
    "code": "contact",
    "title": "Contact details",
    "description": "",
    "term": "pd:EmailAddress",
    "sensitive": False,
    "special": False,
    "fields": [{"key": "email", "label": "Email"}],
}
HEALTH = CONTACT | {"code": "health", "title": "Health", "term": "pd:MedicalHealth", "sensitive": True, "special": True}
PRINTER = {
    "code": "printer",
    "name": "Printers & Sons",
    "kind": "dpv:DataProcessor",
    "address": "2 Quay St, Dublin",
    "contact": "hello@printer.example",
    "country": "IE",
}


def notice(number: int = 1, **changes) -> ShownNotice:
    content = {
        "purpose": "newsletter",
        "version": number,
        "language": "en",
        "name": "Send you our newsletter",
        "sentence": "We write to you once a month.",
        "text": f"These are the words of version {number}. “Café”.",
        "if_no": "We do not write.",
        "retention": "Until you withdraw.",
        "objection": "",
        "legal_basis": "A6-1-a",
        "dpv_purpose": "dpv:DirectMarketing",
        "sale": False,
        "consent_months": 12,
        "retention_months": 24,
        "material": True,
        "explicit": False,
        "storage": ["IE", "DE"],
        "categories": [CONTACT],
        "recipients": [PRINTER],
    } | changes
    text = encode_canonical(content)
    return ShownNotice(sha256(text).hexdigest(), text.decode(), content, GIVEN_AT - timedelta(days=30))


def event(status: str = "ConsentGiven", after: timedelta = timedelta(0), **changes) -> Event:
    values = {
        "entry": sha256(f"{status} {after}".encode()).digest(),
        "at": GIVEN_AT + after,
        "status": status,
        "by": "customer",
        "method": "portal button",
        "lasts_until": GIVEN_AT + timedelta(days=365) if status.endswith("ConsentGiven") else None,
        "interface": "portal 1",
        "evidence": UUID(int=7),
    } | changes
    return Event(**values)


def receipt(*events: Event, notices: tuple[ShownNotice, ...] = (), controller=COMPANY, **changes) -> Receipt:
    """Events without a notice of their own are about the first."""
    notices = notices or (notice(),)
    events = tuple(replace(one, notice=one.notice or notices[0].hash) for one in events or (event(),))
    record = Record(
        id="0f3a2f5e-9f0e-4d43-8a44-4f6f0b6f8b21",
        customer=UUID("9c2e9c2e-0000-4000-8000-000000000000"),
        notices=notices,
        events=events,
        path="/choices/newsletter/withdraw/",
        **changes,
    )
    return Receipt(record, controller)
