"""Describe as OpenAPI 3.1 the addresses at which programs ask, the files that everybody may read, and the webhooks by
which other systems are told of changes: what is described is what the settings let exist."""

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import resolve, reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from consents.core import bearer_tokens
from consents.core.keys import PUBLISHED
from consents.core.signing import ALGORITHM
from consents.decisions.api.description import (
    MOMENT,
    OBJECT,
    OPERATIONS,
    Operation,
    Schema,
    build_array_schema,
    build_object_schema,
    build_schemas,
    refer_to,
)
from consents.decisions.api.pages import ENDPOINTS
from consents.insights.customers.pages import FORMAT as OF_TRUST
from consents.insights.patterns import Figure
from consents.ledger.merkle import CONSISTENCY_FORMAT
from consents.ledger.pages import FORMAT as OF_LEDGER
from consents.systems.kinds import CUSTOMER, KINDS, PURPOSE, RECORD, TEST, Kind
from consents.systems.rules import PURPOSE as CODE
from portal.programs import RETRY_SECONDS, find_detail
from portal.request_log import HEADER

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer"}
TEXTS = build_array_schema(TEXT)
WORDS: Schema = OBJECT | {"additionalProperties": TEXT}
BOTH = (HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE)
KEYS_KIND = "application/jwk-set+json"


class PublicFile(NamedTuple):
    """A file that everybody may read: the name of its address, what it is, its schema and content type.

    `numbers`: the names of those in its path.
    """

    name: str
    summary: str
    schema: Schema
    kind: str = "application/json"
    statuses: Sequence[int] = (200,)
    numbers: Sequence[str] = ()

    @property
    def path(self) -> str:
        """Return its path, with the names of its numbers in braces."""
        route = resolve(reverse(self.name, kwargs=dict.fromkeys(self.numbers, 1))).route
        return re.sub(r"<int:(\w+)>", r"{\1}", f"/{route}")


def list_public_files() -> list[PublicFile]:
    files = [
        PublicFile(
            "jwks", "The keys that receipts and exports verify with (RFC 7517).", build_keys_schema(), KEYS_KIND
        ),
        PublicFile("ledger", "What the ledger’s log is, and its newest signed checkpoint.", build_ledger_schema()),
        PublicFile(
            "ledger_consistency",
            "The proof that the checkpoint of one size continues that of another (RFC 9162, 2.1.4).",
            build_consistency_schema(),
            numbers=("older", "newer"),
        ),
        PublicFile("trust_data", "What the company promises and publishes about itself.", build_trust_schema()),
        PublicFile("gpc", "That Global Privacy Control is honoured, and since when.", build_signal_schema()),
        PublicFile("readyz", "The state of each part in a word.", WORDS, statuses=BOTH),
    ]
    if settings.PORTAL_SYSTEMS:
        members = dict.fromkeys(["policy_decision_point", *ENDPOINTS], TEXT | {"format": "uri"})
        summary = "Where systems ask (AuthZEN Authorization API 1.0, section 9)."
        files.append(PublicFile("decisions:decision_point", summary, build_object_schema(members)))
    return files


def build_keys_schema() -> Schema:
    signs = {"enum": list(PUBLISHED)}
    marks = {"kty": {"const": "OKP"}, "crv": {"const": "Ed25519"}, "use": {"const": "sig"}, "alg": {"const": ALGORITHM}}
    key = build_object_schema(marks | {"x": TEXT, "kid": TEXT, "signs": signs})
    withdrawn = build_object_schema({"kid": TEXT, "signs": signs, "withdrawn_since": TEXT | {"format": "date"}})
    return build_object_schema({"keys": build_array_schema(key), "withdrawn": build_array_schema(withdrawn)})


def build_ledger_schema() -> Schema:
    key = build_object_schema({"pem": TEXT, "verifier_keys": TEXTS})
    members = {"format": {"const": OF_LEDGER}, "log": TEXT, "keys": build_array_schema(key)}
    return build_object_schema(members | {"checkpoint": {"type": ["string", "null"]}})


def build_consistency_schema() -> Schema:
    return build_object_schema({"format": {"const": CONSISTENCY_FORMAT}, "older": TEXT, "newer": TEXT, "path": TEXTS})


def build_trust_schema() -> Schema:
    hidden = {"type": ["integer", "null"], "description": "Null where the number is hidden, never where it is zero."}
    figures = OBJECT | {"propertyNames": {"enum": list(Figure.values)}, "additionalProperties": hidden}
    month = build_object_schema(
        {"month": TEXT, "minimum": NUMBER, "figures": figures, "answer_minutes": hidden, "entry": NUMBER}
    )
    promise = build_object_schema({"code": TEXT, "title": TEXT, "words": TEXT, "check": TEXT, "links": TEXTS})
    recorded = ["recorded_of_an_answer", "asked_of_staff", "asked_of_the_customer"]
    refusal = build_object_schema(dict.fromkeys(recorded, TEXTS))
    members = {"format": {"const": OF_TRUST}, "company": TEXT, "months": build_array_schema(month)}
    return build_object_schema(members | {"promises": build_array_schema(promise), "refusal": refusal})


def build_signal_schema() -> Schema:
    return build_object_schema({"gpc": {"const": True}, "lastUpdate": TEXT | {"format": "date"}})


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


VERSION = "1"
# What can come instead of an answer: of the question itself, of its way here, and of the portal.
REFUSALS = (400, 401, 403, 408, 409, 411, 413, 415, 429, 500, 503)
WHY_REFUSED = {
    401: "No token of a system came with the question.",
    403: "The question came without TLS.",
    415: "The question is no application/json.",
    429: "Too many tokens of no system came from this address.",
}


def describe_content(schema: Schema, kind: str = "application/json") -> dict[str, Any]:
    return {kind: {"schema": schema}}


def build_refusal_response(status: int, path: str) -> dict[str, Any]:
    headers: dict[str, Any] = {HEADER: {"schema": TEXT}}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = {"schema": TEXT, "required": True}
    if status in RETRY_SECONDS:
        headers["Retry-After"] = {"schema": NUMBER, "required": True}
    why = WHY_REFUSED.get(status) or find_detail(path, status)
    return {
        "description": why,
        "headers": headers,
        "content": describe_content(refer_to("Problem"), bearer_tokens.KIND),
    }


def describe_operation(operation: Operation) -> dict[str, Any]:
    path = reverse(f"decisions:{operation.name}")
    answer = {"description": "The answer. A no is one, too.", "headers": {HEADER: {"schema": TEXT}}}
    answer["content"] = describe_content(refer_to(operation.answer))
    return {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": ["decisions"],
        "security": [{"token": []}],
        "parameters": [{"$ref": "#/components/parameters/RequestId"}],
        "requestBody": {"required": True, "content": describe_content(refer_to(operation.question))},
        "responses": {"200": answer} | {str(status): build_refusal_response(status, path) for status in REFUSALS},
    }


def describe_file(file: PublicFile) -> dict[str, Any]:
    answer = {"description": "The file.", "content": describe_content(file.schema, file.kind)}
    refusal = {"description": "A refusal.", "content": describe_content(refer_to("Problem"), bearer_tokens.KIND)}
    place: dict[str, Any] = {"in": "path", "required": True, "schema": NUMBER | {"minimum": 0}}
    return {
        "operationId": file.name.rpartition(":")[2],
        "summary": file.summary,
        "tags": ["public"],
        "parameters": [place | {"name": name} for name in file.numbers],
        "responses": {str(int(status)): answer for status in file.statuses} | {"default": refusal},
    }


def build_description() -> dict[str, Any]:
    paths = {file.path: {"get": describe_file(file)} for file in list_public_files()}
    tags = [{"name": "public", "description": "Files that everybody may read."}]
    problem = build_object_schema({"type": TEXT, "title": TEXT, "status": NUMBER, "detail": TEXT})
    error = build_object_schema({"pointer": TEXT, "detail": TEXT})
    problem["properties"]["errors"] = build_array_schema(error)
    schemas = {"Problem": problem}
    components: dict[str, Any] = {"schemas": schemas}
    if settings.PORTAL_SYSTEMS:
        paths |= {reverse(f"decisions:{asks.name}"): {"post": describe_operation(asks)} for asks in OPERATIONS}
        tags.append({"name": "decisions", "description": "The OpenID AuthZEN Authorization API 1.0."})
        schemas |= build_schemas()
        components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        own_id = {"name": HEADER, "in": "header", "schema": TEXT | {"pattern": "^[!-~]{1,128}$"}}
        components["parameters"] = {"RequestId": own_id | {"description": "Comes back with the answer."}}
        tags.append({"name": "webhooks", "description": "What systems are told (Standard Webhooks 1.0.0)."})
    if settings.PORTAL_PROVISIONING_TOKENS:
        tags.append(describe_directory())
    return {
        "openapi": "3.1.1",
        "info": {"title": f"Consent portal of {settings.PORTAL_COMPANY}", "version": VERSION},
        "servers": [{"url": settings.PORTAL_URL}],
        "tags": tags,
        "paths": paths,
        "components": components,
    } | ({"webhooks": describe_webhooks()} if settings.PORTAL_SYSTEMS else {})


def describe_directory() -> dict[str, Any]:
    """Lead to what SCIM says of itself (RFC 7644, section 4), which asks for the directory's token."""
    address = f"{settings.PORTAL_URL}{reverse('directory', args=['ServiceProviderConfig'])}"
    return {
        "name": "directory",
        "description": "SCIM 2.0, which describes itself at ServiceProviderConfig, ResourceTypes and Schemas.",
        "externalDocs": {"url": address},
    }


@login_not_required
@require_safe
@cache_control(public=True, max_age=300)
def show_description(request: HttpRequest) -> HttpResponse:
    return JsonResponse(build_description())
