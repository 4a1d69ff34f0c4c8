"""Describe the addresses at which programs ask, as OpenAPI 3.1: what is described is what the settings let exist."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from consents.core import problems
from consents.decisions.api.description import (
    OPERATIONS,
    Operation,
    Schema,
    build_array_schema,
    build_object_schema,
    build_schemas,
    refer_to,
)
from portal.programs import find_detail
from portal.public_files import NUMBER, TEXT, PublicFile, list_public_files
from portal.request_log import HEADER
from portal.troubles import RETRY_SECONDS
from portal.webhook_descriptions import describe_webhooks

VERSION = "1"
# What can come instead of an answer: of the question itself, of its way here, and of the portal.
REFUSALS = (400, 401, 403, 408, 409, 411, 413, 415, 429, 500, 503)
WHY_REFUSED = {
    401: "No token of a system came with the question.",
    403: "The question came without TLS.",
    415: "The question is no application/json.",
    429: "Too many tokens of no system came from this address.",
}


def build_problem_schema() -> Schema:
    problem = build_object_schema({"type": TEXT, "title": TEXT, "status": NUMBER, "detail": TEXT})
    error = build_object_schema({"pointer": TEXT, "detail": TEXT})
    problem["properties"]["errors"] = build_array_schema(error)
    return problem


def describe_content(schema: Schema, kind: str = "application/json") -> dict[str, Any]:
    return {kind: {"schema": schema}}


def build_refusal_response(status: int, path: str) -> dict[str, Any]:
    headers: dict[str, Any] = {HEADER: {"schema": TEXT}}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = {"schema": TEXT, "required": True}
    if status in RETRY_SECONDS:
        headers["Retry-After"] = {"schema": NUMBER, "required": True}
    why = WHY_REFUSED.get(status) or find_detail(path, status)
    return {"description": why, "headers": headers, "content": describe_content(refer_to("Problem"), problems.KIND)}


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
    refusal = {"description": "A refusal.", "content": describe_content(refer_to("Problem"), problems.KIND)}
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
    schemas = {"Problem": build_problem_schema()}
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
