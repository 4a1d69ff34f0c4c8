"""Describe the webhooks by which other systems are told of changes, as OpenAPI 3.1, from the kinds there are."""

from typing import Any

from consents.decisions.api.description import MOMENT, Schema, build_object_schema
from consents.systems.kinds import CUSTOMER, KINDS, PURPOSE, RECORD, TEST, Kind
from consents.systems.rules import PURPOSE as CODE
from portal.public_files import NUMBER

MEMBERS: dict[str, Schema] = {
    CUSTOMER: {"type": "string", "description": "The customer’s number with the company; null for everybody."},
    PURPOSE: {"type": "string", "pattern": f"^{CODE}$", "description": "Its code; null for all of the system’s."},
    RECORD: {"type": "string", "format": "uuid", "description": "The choice, the mark or the partial erasure."},
}
SEQUENCE = NUMBER | {"description": "Of one customer a greater one is newer."}
# Standard Webhooks 1.0.0. While a secret follows another, both sign.
HEADERS: dict[str, Schema] = {
    "webhook-id": {"type": "string", "pattern": "^msg_[0-9a-f]{32}$", "description": "The same for every try."},
    "webhook-timestamp": {"type": "string", "pattern": "^[0-9]+$", "description": "Seconds since 1970, of this try."},
    "webhook-signature": {
        "type": "string",
        "pattern": "^v1,[A-Za-z0-9+/]{43}=( v1,[A-Za-z0-9+/]{43}=)?$",
        "description": "HMAC-SHA256 of id, timestamp and body, joined by dots, with each secret.",
    },
}
ANSWERS = {
    "2XX": "Taken.",
    "410": "Nothing more is sent, until an officer sends again.",
    "default": "Sent again later, after Retry-After if there is one; a redirect is not followed.",
}


def describe_webhooks() -> dict[str, Any]:
    return {name: {"post": describe_webhook(name, kind)} for name, kind in KINDS.items()}


def describe_webhook(name: str, kind: Kind) -> dict[str, Any]:
    content = {"application/json": {"schema": build_body_schema(name, kind)}}
    return {
        "operationId": name,
        "summary": kind.summary,
        "tags": ["webhooks"],
        "parameters": [
            {"name": header, "in": "header", "required": True, "schema": schema} for header, schema in HEADERS.items()
        ],
        "requestBody": {"required": True, "content": content},
        "responses": {status: {"description": meaning} for status, meaning in ANSWERS.items()},
    }


def build_body_schema(name: str, kind: Kind) -> Schema:
    told: Schema = {"type": "object", "maxProperties": 0}
    if name != TEST:
        members = {member: build_member_schema(kind, member) for member in MEMBERS}
        told = build_object_schema(members | {"sequence": SEQUENCE})
    return build_object_schema({"type": {"const": name}, "timestamp": MOMENT, "data": told})


def build_member_schema(kind: Kind, member: str) -> Schema:
    if member in kind.names:
        return MEMBERS[member]
    return MEMBERS[member] | {"type": ["string", "null"] if member in kind.may_name else "null"}
