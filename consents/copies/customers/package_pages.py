"""The page on which a signed-in customer downloads a copy: after a fresh sign-in, each download on record."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from consents.copies.models import Download
from consents.copies.selectors import describe_copy
from consents.copies.services import packages
from consents.core import clock
from consents.core.refusals import Unknown
from consents.people.visitors import CustomerRequest, customer_required, record_actor, run_once
from consents.rights.customers import presenting
from consents.rights.customers.freshness import freshly_signed_in
from consents.rights.customers.request_pages import get_own_request_or_404
from consents.rights.models import RightsRequest
from consents.rights.selectors import has_copy

KINDS = {
    Download.Part.PAGE: ("text/html; charset=utf-8", "html"),
    Download.Part.DATA: ("application/json", "json"),
    Download.Part.ALL: ("application/zip", "zip"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required
@freshly_signed_in
def show_package(request: CustomerRequest, number: str) -> HttpResponse:
    """GET: what can be downloaded, until when. POST: download a part (on record), or have it prepared again."""
    rights_request = get_own_request_or_404(request, number)
    if not has_copy(rights_request):
        raise Unknown
    if request.POST.get("part") in Download.Part.values:
        part, acting = Download.Part(request.POST["part"]), request.visitor.acting
        content = packages.download_package(
            rights_request=rights_request.pk, part=part, acting=acting, by=record_actor(request)
        )
        response: HttpResponse = send_part(rights_request, part, content)
        return response
    if "remake" in request.POST:
        customer = request.visitor.customer.pk
        run_once(
            request, lambda by: packages.request_new_package(rights_request=rights_request.pk, customer=customer, by=by)
        )
        return redirect("copies:package", rights_request.number)
    context = {"summary": presenting.build_request_summary(rights_request, clock.now()), "row": rights_request}
    return render(request, "copies/package_ready.html", context | describe_copy(rights_request=rights_request))


def send_part(rights_request: RightsRequest, part: Download.Part, content: Iterable[bytes]) -> Any:
    kind, ending = KINDS[part]
    disposition = {"Content-Disposition": f'attachment; filename="{rights_request.number}.{ending}"'}
    if part == Download.Part.ALL:
        return StreamingHttpResponse(content, content_type=kind, headers=disposition)
    # If a browser displays it anyway, nothing in it runs or loads.
    policy = {"Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'"}
    return HttpResponse(content, content_type=kind, headers=disposition | policy)
