"""Pages to collect a copy without an account: request number and code first, then downloads, each on record."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from consents.copies import selectors
from consents.copies.models import CollectionCode, Download
from consents.copies.selectors import CodeDoesNotWork, describe_copy
from consents.copies.services import collection, packages
from consents.core import clock
from consents.core.refusals import Unknown
from consents.people.visitors import CustomerRequest, customer_required, limit_rate, record_actor, run_once
from consents.rights.customers import presenting
from consents.rights.customers.asking_pages import NumberAndCodeForm
from consents.rights.customers.presenting import build_request_summary, describe_answer
from consents.rights.customers.request_pages import get_own_request_or_404
from consents.rights.customers.steps import freshly_signed_in
from consents.rights.models import RightsRequest
from consents.rights.selectors import has_copy

UNLOCKED = "rights_unlocked"  # session key: id of the accepted code, checked again at each step
MOST_TAKINGS = 10  # earlier downloads that are shown


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
def show_collection(request: CustomerRequest) -> HttpResponse:
    """GET: the code form, or the copy once unlocked. POST: enter the code, download a part (on record), or leave."""
    if request.user.is_staff:
        return redirect("admin:index")
    if request.method == "POST" and (too_many := limit_rate(request, "collect")):
        return too_many
    if "leave" in request.POST:
        request.session.pop(UNLOCKED, None)
        return redirect("rights:list")
    form = NumberAndCodeForm(request.POST if "code" in request.POST else None)
    if form.is_bound:
        return submit_code(request, form)
    code = selectors.get_unlocked_code(request.session.get(UNLOCKED))
    if code is None:
        return render(request, "copies/collect.html", {"form": form, "is_over": UNLOCKED in request.session})
    if request.POST.get("part") in Download.Part.values:
        part = Download.Part(request.POST["part"])
        content = collection.collect_package(code=code.pk, part=part, by=record_actor(request))
        response: HttpResponse = send_part(code.package.rights_request, part, content)
        return response
    return render(request, "copies/collected.html", describe_collection(code, clock.now()))


def describe_collection(code: CollectionCode, now: datetime) -> dict[str, Any]:
    """Build the page after the code: our answer, until when the copy is available, and earlier downloads."""
    package, rights_request = code.package, code.package.rights_request
    downloads = package.downloads.order_by("-taken_at")[:MOST_TAKINGS]
    return {
        "summary": build_request_summary(rights_request, now),
        "row": rights_request,
        "package": package,
        "answer": describe_answer(rights_request),
        "taken": downloads,
        "has_files": selectors.has_content(rights_request),
    }


def submit_code(request: HttpRequest, form: NumberAndCodeForm) -> HttpResponse:
    """Check number and code; the answer never tells an unknown number from a wrong code."""
    try:
        if form.is_valid():
            code = unlock_package(request, **form.cleaned_data)
            request.session.cycle_key()
            request.session[UNLOCKED] = str(code.pk)
            return redirect("copies:collect")
    except CodeDoesNotWork as refusal:
        form.add_error(None, str(refusal))
    return render(request, "copies/collect.html", {"form": form}, status=422)


def unlock_package(request: HttpRequest, number: str, code: str) -> CollectionCode:
    rights_request = selectors.find_collectable(number)
    if rights_request is None:
        raise CodeDoesNotWork
    return collection.enter_code(rights_request=rights_request.pk, code=code, by=record_actor(request))


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
