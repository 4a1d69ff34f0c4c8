"""The pages on which staff ask: find the customer, fill in the form, see the customer's card, file."""

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from consents.access import presenting, services
from consents.access.forms import AskForm, FindForm
from consents.access.models import AccessRequest, RequestedCategory
from consents.access.plain_words import hints_for
from consents.access.services.asking import SecondReasonMissing
from consents.access.staff_words import short
from consents.core import clock
from consents.core.refusals import Refusal
from consents.people import services as people
from consents.people.visitors import actor_of, once, sealed_find, unsealed_find


def ask(request: HttpRequest) -> HttpResponseBase:
    """GET: whom to ask. POST: find (first form), preview (whatever is filled in so far) or file."""
    if request.method != "POST":
        return find_page(request, FindForm())
    if "who" in request.POST:
        return find(request)
    if "file" in request.POST:
        return file(request)
    return ask_page(request, so_far(request))


def find(request: HttpRequest) -> HttpResponse:
    form = FindForm(request.POST)
    if not form.is_valid():
        return find_page(request, form, status=422)
    try:
        customer = people.look_up(text=form.cleaned_data["who"], by=actor_of(request))
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return find_page(request, form, status=refusal.status)
    if customer is None:
        form.add_error("who", _("No single customer has exactly this number or address. Check it, or use the number."))
        return find_page(request, form, status=422)
    found = sealed_find(customer.pk, request.user)  # type: ignore[arg-type]
    return ask_page(request, AskForm(request.user, initial={"found": found}))  # type: ignore[arg-type]


def so_far(request: HttpRequest) -> AskForm:
    """The form as it was sent, without complaints: somebody is still filling it in."""
    return AskForm(request.user, initial=as_initial(request.POST))  # type: ignore[arg-type]


def as_initial(post: QueryDict) -> dict[str, Any]:
    sent = {name: post[name] for name in AskForm.base_fields if post.get(name)}
    return sent | {"categories": post.getlist("categories")}


def preview(request: HttpRequest) -> HttpResponse:
    """The customer's card alone; when the purpose changed, the kinds of data and times as well."""
    part = "scope" if "purpose" in request.GET else "card"
    return render(request, f"admin/access/accessrequest/ask.html#{part}", page_context(request, so_far(request)))


def file(request: HttpRequest) -> HttpResponseBase:
    form = AskForm(request.user, request.POST)  # type: ignore[arg-type]
    if not form.is_valid():
        return ask_page(request, form, status=422)
    member = request.user.staff_member  # type: ignore[union-attr]
    try:
        filed = once(request, lambda by: services.file(ask=form.ask(), member=member, by=by))
    except SecondReasonMissing as refusal:
        form.add_error("sensitive_reason", str(refusal))
    except Refusal as refusal:
        form.add_error(None, str(refusal))
    else:
        messages.success(request, _("Filed. The customer has been told, and you will be told the answer."))
        return redirect("admin:access_accessrequest_change", filed)
    return ask_page(request, form, status=422)


def find_page(request: HttpRequest, form: FindForm, status: int = 200) -> HttpResponse:
    context = admin.site.each_context(request) | {"title": _("Ask for access"), "form": form}
    return render(request, "admin/access/accessrequest/find.html", context, status=status)


def ask_page(request: HttpRequest, form: AskForm, status: int = 200) -> HttpResponse:
    """Without a customer found by this member of staff there is nobody to ask."""
    if unsealed_find(str(form["found"].value() or ""), request.user) is None:  # type: ignore[arg-type]
        messages.error(request, _("Find the customer first."))
        return find_page(request, FindForm(), status=422)
    return render(request, "admin/access/accessrequest/ask.html", page_context(request, form), status=status)


def page_context(request: HttpRequest, form: AskForm) -> dict[str, Any]:
    customer = unsealed_find(str(form["found"].value() or ""), request.user)  # type: ignore[arg-type]
    values = form.draft() if form.is_bound else AskForm(request.user, values_of(form)).draft()  # type: ignore[arg-type]
    draft = draft_of(request, form, values)
    return admin.site.each_context(request) | {
        "title": _("Ask for access"),
        "form": form,
        "customer": short(customer) if customer else "",
        "asked": presenting.asked(draft, draft.filed_at) if draft else None,
        "hints": hints_for(values.get("sentence", "")),
    }


def values_of(form: AskForm) -> QueryDict:
    """What an unsent form would send as it stands, defaults included."""
    values = QueryDict(mutable=True)
    for field in form:
        value = field.value()
        values.setlist(field.html_name, [str(part) for part in (value if isinstance(value, list) else [value or ""])])
    return values


def draft_of(request: HttpRequest, form: AskForm, values: dict[str, Any]) -> AccessRequest | None:
    """An unsaved request from what is filled in so far; None before there is a purpose to speak of."""
    version = form.version
    if version is None or not values.get("found"):
        return None
    now = clock.now()
    draft = AccessRequest(
        customer_id=values["found"],
        staff=request.user,  # type: ignore[misc]
        asked_name=request.user.first_name,  # type: ignore[union-attr]
        asked_team=request.user.staff_member.team,  # type: ignore[union-attr]
        purpose=version.purpose,
        version=version,
        reason=values.get("reason", ""),
        sentence=values.get("sentence", ""),
        sensitive_reason=values.get("sensitive_reason", ""),
        case_number=values.get("case_number", ""),
        duration=timedelta(seconds=int(values.get("duration") or version.purpose.access_default.total_seconds())),
        filed_at=now,
        answer_by=now + timedelta(seconds=int(values.get("answer_within") or 0)),
    )
    chosen = {int(category) for category in values.get("categories", [])}
    requested = [RequestedCategory(request=draft, category=one) for one in form.offered if one.pk in chosen]
    # Unsaved rows cannot be fetched; the card reads them from where a prefetch would have put them.
    draft._prefetched_objects_cache = {"requested": requested, "grants": []}  # type: ignore[attr-defined]
    return draft
