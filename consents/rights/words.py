"""Seal what people wrote: under the customer's own key or, before it is known whose it is, under one of the request.

The keys of a request follow from the portal's index keys, the newest seals; what lies under them goes by deletion.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings

from consents.core import sealing
from consents.core.keys import Keyring
from consents.people import keys
from consents.people.models import CustomerKey
from consents.rights.models import Clarification, Draft, Note, Redaction, RightsRequest, Statement


def store_statement(
    rights_request: RightsRequest,
    kind: Statement.Kind,
    said: Mapping[str, Any],
    clarification: Clarification | None = None,
    note: Note | None = None,
) -> None:
    """Seal and store a statement; nothing is stored if nothing was said or the customer is erased."""
    said = {name: value for name, value in said.items() if value}
    if said and not rights_request.has_erased_customer:
        is_theirs = rights_request.customer_id is not None
        statement = Statement(
            rights_request=rights_request, kind=kind, is_theirs=is_theirs, clarification=clarification, note=note
        )
        statement.sealed = seal_words(rights_request, statement, json.dumps(said).encode())
        statement.save(force_insert=True)


def open_statement(rights_request: RightsRequest, kind: Statement.Kind) -> dict[str, Any]:
    """Return what was said; empty when nothing was, or the customer is erased."""
    row = Statement.objects.filter(rights_request=rights_request, kind=kind, clarification=None, note=None).first()
    return open_said(rights_request, row) if row else {}


def open_said(rights_request: RightsRequest, statement: Statement) -> dict[str, Any]:
    """Return what this statement holds; empty once the customer is erased."""
    try:
        content: dict[str, Any] = json.loads(open_words(rights_request, statement))
    except CustomerKey.DoesNotExist:
        return {}
    return content


def open_texts(rights_request: RightsRequest, rows: Iterable[Statement]) -> list[tuple[Statement, str]]:
    """Open the text of each statement; nothing once the customer is erased. Opens each key once."""
    written = list(rows)
    try:
        opened = {
            theirs: list_statement_keys(rights_request, theirs)
            for theirs in {statement.is_theirs for statement in written}
        }
    except CustomerKey.DoesNotExist:
        return []
    plain = [
        sealing.open_with_any(opened[statement.is_theirs], bytes(statement.sealed), *name_place(statement))
        for statement in written
    ]
    return [(statement, str(json.loads(text).get("text", ""))) for statement, text in zip(written, plain, strict=True)]


def seal_redaction(redaction: Redaction, content: Mapping[str, Any]) -> bytes:
    """Seal what is left out of a note, under the key of its customer."""
    assert redaction.rights_request.customer_id
    key = keys.open_customer_key(redaction.rights_request.customer_id)
    return sealing.seal_value(key, json.dumps(content).encode(), "rights redaction", str(redaction.note_id))


def open_redaction(redaction: Redaction) -> dict[str, Any]:
    """Return what is left out; empty once the customer is erased."""
    assert redaction.customer_id
    place = ("rights redaction", str(redaction.note_id))
    text = keys.open_unless_erased(redaction.customer_id, redaction.sealed, *place)
    content: dict[str, Any] = json.loads(text or "{}")
    return content


def reseal_for_customer(rights_request: RightsRequest) -> None:
    """Seal what was written under the key of the customer, once it is known whose the request is."""
    statements = Statement.objects.filter(rights_request=rights_request, is_theirs=False)
    rows: list[Statement | Draft] = [*statements, *rights_request.drafts.filter(is_theirs=False)]
    for row in rows:
        plain = open_words(rights_request, row)
        row.is_theirs = True
        row.sealed = seal_words(rights_request, row, plain)
        row.save(update_fields=["is_theirs", "sealed"])


def seal_words(rights_request: RightsRequest, row: Statement | Draft, plain: bytes) -> bytes:
    return sealing.seal_value(list_statement_keys(rights_request, row.is_theirs)[0], plain, *name_place(row))


def open_words(rights_request: RightsRequest, row: Statement | Draft) -> bytes:
    usable = list_statement_keys(rights_request, row.is_theirs)
    return sealing.open_with_any(usable, bytes(row.sealed), *name_place(row))


def name_place(row: Statement | Draft) -> tuple[str, ...]:
    """Name the place that the sealed words are bound to."""
    if isinstance(row, Draft):
        return "rights draft", str(row.rights_request_id), str(row.officer_id), row.act
    part = row.clarification_id or row.note_id
    return "rights", str(row.rights_request_id), row.kind, *([str(part)] if part else [])


def list_statement_keys(rights_request: RightsRequest, is_theirs: bool) -> list[bytes]:
    """Return the keys that open it, the first of which seals: the customer's own, or those of the request."""
    if is_theirs and rights_request.customer_id:
        return [keys.open_customer_key(rights_request.customer_id)]
    return list_request_keys(settings.KEYRING, rights_request)


def list_request_keys(keyring: Keyring, rights_request: RightsRequest) -> list[bytes]:
    """Return the keys of a request whose customer is not known, one of each index key, newest first."""
    return sealing.list_keyed_hashes(keyring, "rights request", str(rights_request.pk))
