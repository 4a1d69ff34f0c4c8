"""Give each request an id, for every line that is logged meanwhile, and log, and trace, how it was answered.

The line names the route and not the path, which holds numbers of customers and requests. The id is our own, and goes
back in `X-Request-ID`, so that whoever calls can tell us which; a system that gives its question an id of its own gets
that one back, and the line has both.
"""

import logging
import re
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse

from consents.decisions.api.messages import PATH
from consents.ops.monitoring.tracing import describe_answer, trace_work
from portal.logs import FACTS, request_id

HEADER = "X-Request-ID"
log = logging.getLogger(__name__)


class RequestLogMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        id, began = uuid4().hex[:16], time.monotonic()
        token = request_id.set(id)
        try:
            with trace_work("request", {"portal.request": id}) as span:
                response = self.get_response(request)
                answer = describe_response(request, response)
                if span:
                    describe_answer(span, **answer)
            own_id = find_own_id(request)
            response[HEADER] = own_id or id
            if log.isEnabledFor(logging.INFO):
                answer |= {"milliseconds": round((time.monotonic() - began) * 1000, 1)}
                facts = answer | ({"system_request": own_id} if own_id else {})
                log.info("%(method)s %(route)s %(status)s %(milliseconds)s ms", facts, extra={FACTS: facts})
            return response
        finally:
            request_id.reset(token)


def find_own_id(request: HttpRequest) -> str:
    """Return the id that a system gave its question (AuthZEN Authorization API 1.0, section 10); empty without one."""
    return read_own_id(request.headers.get(HEADER, "")) if request.path.startswith(PATH) else ""


def read_own_id(value: str) -> str:
    return value if re.fullmatch("[!-~]{1,128}", value) else ""


def describe_response(request: HttpRequest, response: HttpResponse) -> dict[str, Any]:
    match = request.resolver_match
    return {
        "method": request.method if request.method in METHODS else "other",
        "route": f"/{match.route}" if match else "none",
        "status": response.status_code,
    }


METHODS = {"GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH"}
