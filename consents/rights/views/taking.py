"""What a customer takes away, and which of their entries they mean: each after a fresh sign-in, each look on record."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from consents.catalogue.models import Category
from consents.core import clock
from consents.core.refusals import Unknown
from consents.disclosures.services import Own, disclose_own
from consents.people.visitors import actor_of, for_customer, once
from consents.rights import presenting, services
from consents.rights.models import Download, Meant, RightsRequest
from consents.rights.rules.answers import CORRECTIONS
from consents.rights.selectors import is_copied, there
from consents.rights.services.correcting import proposals
from consents.rights.views.following import theirs
from consents.rights.views.freshness import freshly_signed_in

KINDS = {Download.Part.PAGE: ("text/html; charset=utf-8", "html"), Download.Part.DATA: ("application/json", "json")}


@require_http_methods(["GET", "HEAD", "POST"])
@for_customer
@freshly_signed_in
def package(request: HttpRequest, number: str) -> HttpResponse:
    """GET: what there is, and until when. POST: one part of it, on record; or to have it made again."""
    row = theirs(request, number)
    if not is_copied(row):
        raise Unknown
    if request.POST.get("part") in Download.Part.values:
        return download(request, row, Download.Part(request.POST["part"]))
    if "remake" in request.POST:
        customer = row.customer_id
        once(request, lambda by: services.ask_again(request=row.pk, customer=customer, by=by))  # type: ignore[arg-type]
        messages.success(request, _("We are making it again. You get a mail when it is ready."))
        return redirect("rights:package", row.number)
    context = {"shown": presenting.shown(row, clock.now()), "row": row, "package": there(row)}
    return render(request, "rights/package_ready.html", context | presenting.package_of(row))


def download(request: HttpRequest, row: RightsRequest, part: Download.Part) -> HttpResponse:
    acting = request.visitor.acting  # type: ignore[attr-defined]
    content = services.take(request=row.pk, part=part, acting=acting, by=actor_of(request))
    return as_file(row, part, content)


def as_file(row: RightsRequest, part: Download.Part, content: bytes) -> HttpResponse:
    kind, ending = KINDS[part]
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{row.number}.{ending}"'
    # Should a browser show it all the same: nothing in it runs or is fetched.
    response["Content-Security-Policy"] = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@for_customer
@freshly_signed_in
def entry(request: HttpRequest, number: str) -> HttpResponse:
    """Which of several entries is meant. POST: the entries, which is a look on record; then the chosen one."""
    row = theirs(request, number)
    if row.request_type not in CORRECTIONS or row.is_answered or Meant.objects.filter(request=row).exists():
        return redirect("rights:request", row.number)
    if "entry" in request.POST:
        chosen, customer = id_of(request.POST["entry"]), row.customer_id
        once(request, lambda by: services.choose_entry(request=row.pk, customer=customer, entry=chosen, by=by))  # type: ignore[arg-type]
        messages.success(request, _("Thank you. We know now which entry you mean."))
        return redirect("rights:request", row.number)
    context = {"shown": presenting.shown(row, clock.now()), "row": row}
    if request.method == "POST":
        context["entries"] = entries_of(row, request)
    return render(request, "rights/entry.html", context)


def id_of(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Unknown from None


def entries_of(row: RightsRequest, request: HttpRequest) -> list[dict[str, Any]]:
    """Of the kind that is to be corrected, one line each."""
    codes = {one.category for one in proposals(row)}
    kinds = Category.objects.filter(code__in=codes).prefetch_related("fields")
    copy = disclose_own(customer=row.customer_id, by=actor_of(request))  # type: ignore[arg-type]
    return [{"id": own.id, "text": in_one_line(kind, own)} for kind in kinds for own in copy.records.get(kind.pk, [])]


def in_one_line(kind: Category, own: Own) -> str:
    values = [own.values.get(field.key, "") for field in kind.fields.all()]
    return ", ".join(value for value in values if value)
