"""The addresses that other systems ask at (AuthZEN Authorization API 1.0, sections 8 to 10)."""

import logging
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from allauth.account.internal.decorators import login_not_required
from allauth.core.internal import ratelimit
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from consents.core.bearer_tokens import build_problem
from consents.decisions.api import answering, messages
from consents.decisions.api.messages import Sought
from consents.systems.rules import System
from consents.systems.selectors import find_system

RETRY_SECONDS = 60
ENDPOINTS = {
    "access_evaluation_endpoint": "evaluation",
    "access_evaluations_endpoint": "evaluations",
    "search_subject_endpoint": "search_subject",
    "search_resource_endpoint": "search_resource",
    "search_action_endpoint": "search_action",
}
log = logging.getLogger(__name__)

View = Callable[[HttpRequest], HttpResponse]
Answering = Callable[[System, dict[str, Any]], answering.Answer]


def for_systems(answer: Answering) -> View:
    """Make the view of an address at which systems ask; without systems in the settings there is no such address."""

    @wraps(answer)
    def view(request: HttpRequest) -> HttpResponse:
        """The id that a question has in its header goes back with every answer, and is logged: `portal.request_log`."""
        if not settings.PORTAL_SYSTEMS:
            raise Http404
        return answer_system(request, answer)

    closed: View = csrf_exempt(login_not_required(never_cache(view)))
    return closed


def answer_system(request: HttpRequest, answer: Answering) -> HttpResponse:
    """Answer who has a token and asks as the protocol says; refuse others with a status and a sentence."""
    system = find_system(request.headers.get("Authorization", ""))
    if system is None:
        return refuse_stranger(request)
    if request.method != "POST":
        return build_problem(HTTPStatus.METHOD_NOT_ALLOWED, "Send your question by POST.", {"Allow": "POST"})
    if request.content_type != "application/json":
        return build_problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send your question as application/json.")
    try:
        return JsonResponse(answer(system, messages.read_body(request.body)))
    except RequestDataTooBig:
        return build_problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The question is too large. Send several smaller ones."
        )
    except messages.Malformed as error:
        errors = [{"pointer": error.pointer, "detail": error.detail}]
        return build_problem(HTTPStatus.BAD_REQUEST, str(error), errors=errors)


def refuse_stranger(request: HttpRequest) -> HttpResponse:
    """Ask for a token, not as often as a guess would need. Whoever has one is not counted: each count is a write."""
    if ratelimit.consume(request, app="allauth.account", action="token_refused", limit_get=True):
        error, detail = ', error="invalid_token"', "This is the token of no system."
        if not request.headers.get("Authorization"):
            error, detail = "", "Send the token of your system."
        return build_problem(HTTPStatus.UNAUTHORIZED, detail, {"WWW-Authenticate": f'Bearer realm="decisions"{error}'})
    delay = {"Retry-After": str(RETRY_SECONDS)}
    return build_problem(HTTPStatus.TOO_MANY_REQUESTS, "Too many requests. Try again in a minute.", delay)


@for_systems
def evaluate_question(system: System, content: dict[str, Any]) -> answering.Answer:
    """Answer one question."""
    return log_answers(system, answering.answer_question(system, messages.read_question(content)))


@for_systems
def evaluate_batch(system: System, content: dict[str, Any]) -> answering.Answer:
    """Answer a list of questions; where none is listed, the one that the defaults make."""
    batch = messages.read_batch(content)
    if batch is None:
        return log_answers(system, answering.answer_question(system, messages.read_question(content)))
    return log_answers(system, answering.answer_batch(system, batch))


@for_systems
def search_subjects(system: System, content: dict[str, Any]) -> answering.Results:
    return log_results(system, answering.search_subjects(system, messages.read_search(content, Sought.SUBJECT)))


@for_systems
def search_actions(system: System, content: dict[str, Any]) -> answering.Results:
    return log_results(system, answering.search_actions(system, messages.read_search(content, Sought.ACTION)))


@for_systems
def search_resources(system: System, content: dict[str, Any]) -> answering.Results:
    return log_results(system, answering.search_resources(system, messages.read_search(content, Sought.RESOURCE)))


def log_results(system: System, results: answering.Results) -> answering.Results:
    log.info("system %s was told of a search so many results: %d", system.name, len(results["results"]))
    return results


def log_answers(system: System, answer: answering.Answer) -> answering.Answer:
    """Log how many of the answers were a yes, and nobody's number."""
    answers = answer.get("evaluations", [answer])
    allowed = sum(each["decision"] for each in answers)
    log.info("system %s was told yes to %d of %d", system.name, allowed, len(answers))
    return answer


@login_not_required
@require_safe
@cache_control(public=True, max_age=300)
def show_decision_point(request: HttpRequest) -> HttpResponse:
    """Say where questions are asked (AuthZEN Authorization API 1.0, section 9)."""
    if not settings.PORTAL_SYSTEMS:
        raise Http404
    addresses = {member: f"{settings.PORTAL_URL}{reverse(f'decisions:{name}')}" for member, name in ENDPOINTS.items()}
    return JsonResponse({"policy_decision_point": settings.PORTAL_URL, **addresses})
