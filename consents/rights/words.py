"""What people wrote, sealed: under the customer's own key or, before it is known whose it is, under one of the request.

The key of a request follows from the portal's index key, which never changes; what lies under it goes by deletion.
"""

import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from consents.core import sealing
from consents.people import keys
from consents.people.models import CustomerKey
from consents.rights.models import RightsRequest, Words


def put(request: RightsRequest, kind: Words.Kind, said: Mapping[str, Any]) -> None:
    """Nothing where nothing was said; and of the erased nothing is kept any more."""
    said = {name: value for name, value in said.items() if value}
    if said and not (request.customer and request.customer.erased_at):
        is_theirs = request.customer_id is not None
        sealed = seal(request, kind, is_theirs, json.dumps(said).encode())
        Words.objects.create(request=request, kind=kind, is_theirs=is_theirs, sealed=sealed)


def read(request: RightsRequest, kind: Words.Kind) -> dict[str, Any]:
    """Empty when nothing was said, or the customer is erased."""
    row = Words.objects.filter(request=request, kind=kind).first()
    try:
        found: dict[str, Any] = json.loads(opened(request, row)) if row else {}
    except CustomerKey.DoesNotExist:
        return {}
    return found


def make_theirs(request: RightsRequest) -> None:
    """It is known now whose the request is: what was written lies under their key from now on."""
    for row in Words.objects.filter(request=request, is_theirs=False):
        plain = opened(request, row)
        row.is_theirs, row.sealed = True, seal(request, row.kind, True, plain)
        row.save(update_fields=["is_theirs", "sealed"])


def seal(request: RightsRequest, kind: str, is_theirs: bool, plain: bytes) -> bytes:
    return sealing.seal(key_of(request, is_theirs), plain, "rights", str(request.id), kind)


def opened(request: RightsRequest, row: Words) -> bytes:
    return sealing.unseal(key_of(request, row.is_theirs), bytes(row.sealed), "rights", str(request.id), row.kind)


def key_of(request: RightsRequest, is_theirs: bool) -> bytes:
    if is_theirs and request.customer_id:
        return keys.of(request.customer_id)
    return sealing.keyed_hash(settings.KEYRING, "rights request", str(request.id))
