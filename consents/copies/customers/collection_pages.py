"""Pages to collect a copy without an account: request number and code first, then downloads, each on record."""

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from consents.copies import selectors
from consents.copies.customers.package_pages import send_part
from consents.copies.models import CollectionCode, Download
from consents.copies.refusals import CodeDoesNotWork
from consents.copies.services import collection
from consents.core import clock
from consents.people.visitors import CustomerRequest, limit_rate, record_actor
from consents.rights.customers.code_form import NumberAndCodeForm
from consents.rights.customers.presenting import build_request_summary, describe_answer

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
