"""The pages on which staff ask: find the customer, fill in the form, see the customer's card, file."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from consents.access.customers import presenting
from consents.access.models import AccessRequest
from consents.access.rules.sentences import SentenceNotInForce
from consents.access.selectors.sentences import list_offered_sentences
from consents.access.services import asking, proposing
from consents.access.services.asking import SecondReasonMissing
from consents.access.staff.forms import AccessRequestForm
from consents.access.staff.plain_words import suggest_plain_words
from consents.access.staff.proposal_words import get_working_manager
from consents.core import clock
from consents.core.admin import REOPENED
from consents.core.refusals import Refusal
from consents.people.found_customers import (
    CustomerLookUpForm,
    NoSingleCustomer,
    look_up_typed_customer,
    sign_found_customer,
    verify_found_customer,
)
from consents.people.visitors import StaffRequest, record_actor, run_once
from consents.training import selectors as training


def ask_for_access(request: StaffRequest) -> HttpResponseBase:
    """GET: whom to ask. POST: find (first form), fill a ready-made sentence in, preview (whatever is filled in so far)
    or file."""
    if request.method != "POST":
        return render_find_page(request, CustomerLookUpForm())
    if "who" in request.POST:
        return find_customer(request)
    if "file" in request.POST and REOPENED not in request.POST:
        return file_request(request)
    if "sentence_template" in request.POST:
        return fill_sentence(request, request.POST["sentence_template"])
    return render_ask_page(request, build_unfinished_form(request))


def find_customer(request: StaffRequest) -> HttpResponse:
    form = CustomerLookUpForm(request.POST)
    if not form.is_valid():
        return render_find_page(request, form, status=422)
    try:
        customer = look_up_typed_customer(form.cleaned_data["who"], record_actor(request))
    except Refusal as refusal:
        form.add_error("who" if isinstance(refusal, NoSingleCustomer) else None, str(refusal))
        return render_find_page(request, form, status=refusal.status)
    try:
        asking.check_not_blocked(customer=customer.pk, member=request.user.staff_member)
    except Refusal as refusal:
        form.add_error(None, f"{_('Customer found.')} {refusal}")
        return render_find_page(request, form, status=refusal.status)
    signed = sign_found_customer(customer.pk, request.user)
    return render_ask_page(request, AccessRequestForm(request.user, initial={"found": signed}))


def build_unfinished_form(request: StaffRequest) -> AccessRequestForm:
    """Build the form as it was sent, without validating: someone is still filling it in."""
    return AccessRequestForm(request.user, initial=get_initial_data(request.POST))


def get_initial_data(post: QueryDict) -> dict[str, Any]:
    sent = {name: post[name] for name in AccessRequestForm.base_fields if post.get(name)}
    return sent | {"categories": post.getlist("categories")}


def fill_sentence(request: StaffRequest, chosen: str) -> HttpResponseBase:
    """Put a ready-made sentence into the field, in the language pressed; everything else stays as it was typed."""
    code, _colon, language = chosen.partition(":")
    offered = {template.code: template for template in list_offered_sentences(request.POST.get("reason", ""))}
    text = offered[code].texts.get(language, "") if code in offered else ""
    if not text:
        messages.error(request, str(SentenceNotInForce.sentence))
        return render_ask_page(request, build_unfinished_form(request), status=422)
    values = get_initial_data(request.POST) | {"sentence": text}
    return render_ask_page(request, AccessRequestForm(request.user, initial=values))


def describe_offered_sentences(reason: str) -> list[dict[str, Any]]:
    """Describe each sentence with one button for each language: which one the customer reads, staff are not told."""
    return [
        {
            "text": template.text,
            "presses": [
                {"value": f"{template.code}:{code}", "language": code, "label": name, "text": template.texts[code]}
                for code, name in settings.LANGUAGES
                if code in template.texts
            ],
        }
        for template in list_offered_sentences(reason)
    ]


def preview_request(request: StaffRequest) -> HttpResponse:
    """Render the customer's card and, when the purpose changed, the kinds of data and times as well."""
    part = "scope" if "purpose" in request.GET else "changed"
    return render(
        request,
        f"admin/access/accessrequest/ask.html#{part}",
        build_page_context(request, build_unfinished_form(request)),
    )


def file_request(request: StaffRequest) -> HttpResponseBase:
    form = AccessRequestForm(request.user, request.POST)
    if not form.is_valid():
        return render_ask_page(request, form, status=422)
    member, is_proposal = request.user.staff_member, form.needs_agreement
    send = proposing.propose_access_request if is_proposal else asking.file_access_request
    try:
        filed = run_once(request, lambda by: send(ask=form.build_new_request(), member=member, by=by))
    except SecondReasonMissing as refusal:
        form.add_error("sensitive_reason", str(refusal))
    except Refusal as refusal:
        form.add_error(None, str(refusal))
    else:
        return show_filed_request(request, filed, is_proposal=is_proposal)
    return render_ask_page(request, form, status=422)


def show_filed_request(request: StaffRequest, filed: str, *, is_proposal: bool) -> HttpResponseBase:
    to_manager = _("Sent to your manager. The customer learns of it once your manager has agreed.")
    to_customer = _(
        "Filed. The customer finds it on their page and, where an address is on file, in an email. "
        "We will tell you the answer."
    )
    messages.success(request, to_manager if is_proposal else to_customer)
    return redirect(f"admin:access_{'proposedrequest' if is_proposal else 'accessrequest'}_change", filed)


def render_find_page(request: StaffRequest, form: CustomerLookUpForm, status: int = 200) -> HttpResponse:
    context = admin.site.each_context(request) | {
        "title": _("Ask for access"),
        "form": form,
        "missing": training.list_missing_training(request.user.pk, clock.now()),
    }
    return render(request, "admin/access/accessrequest/find.html", context, status=status)


def render_ask_page(request: StaffRequest, form: AccessRequestForm, status: int = 200) -> HttpResponse:
    """Render the form, or the search when this member of staff has not found a customer yet."""
    if verify_found_customer(str(form["found"].value() or ""), request.user) is None:
        messages.error(request, _("Find the customer first."))
        return render_find_page(request, CustomerLookUpForm(), status=422)
    return render(request, "admin/access/accessrequest/ask.html", build_page_context(request, form), status=status)


def build_page_context(request: StaffRequest, form: AccessRequestForm) -> dict[str, Any]:
    customer = verify_found_customer(str(form["found"].value() or ""), request.user)
    filled_in = form if form.is_bound else AccessRequestForm(request.user, get_form_values(form))
    values = filled_in.read_draft()
    draft = build_draft_request(request, form, values)
    return admin.site.each_context(request) | {
        "title": _("Ask for access"),
        "form": form,
        "customer": str(customer)[:8] if customer else "",
        "asked": presenting.build_request_context(draft, draft.filed_at) if draft else None,
        "missing": training.list_missing_training(request.user.pk, clock.now()),
        "hints": suggest_plain_words(values.get("sentence", "")),
        "sentences": describe_offered_sentences(str(form["reason"].value() or "")),
        "manager": get_working_manager(request.user.staff_member) if form.needs_agreement else None,
    }


def get_form_values(form: AccessRequestForm) -> QueryDict:
    """Return what the form would send as it stands, defaults included."""
    values = QueryDict(mutable=True)
    for field in form:
        value = field.value()
        values.setlist(field.html_name, [str(part) for part in (value if isinstance(value, list) else [value or ""])])
    return values


def build_draft_request(request: StaffRequest, form: AccessRequestForm, values: dict[str, Any]) -> AccessRequest | None:
    """Build an unsaved request from what is filled in so far, or None before a purpose is chosen."""
    version = form.version
    if version is None or not values.get("found"):
        return None
    now, chosen = clock.now(), {int(category) for category in values.get("categories", [])}
    return presenting.build_draft(
        version,
        request.user.staff_member,
        now,
        [category for category in form.offered if category.pk in chosen],
        customer_id=values["found"],
        reason=values.get("reason", ""),
        sentence=values.get("sentence", ""),
        sensitive_reason=values.get("sensitive_reason", ""),
        case_number=values.get("case_number", ""),
        duration=timedelta(seconds=int(values.get("duration") or version.purpose.access_default.total_seconds())),
        answer_by=now + timedelta(seconds=int(values.get("answer_within") or 0)),
    )
