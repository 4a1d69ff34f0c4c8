"""Pages of receipts: the customer's list, one receipt, its copies; for everybody: is this one genuine?"""

import json
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from consents.choices.receipts import presenting, selectors
from consents.choices.receipts.claims import KIND_OF_KEY, verified
from consents.choices.receipts.issuing import Group, receipt_of, signed
from consents.choices.receipts.jsonld import as_object
from consents.core import clock, jose
from consents.core.refusals import Refusal, Unknown
from consents.ledger import selectors as ledger
from consents.ledger.models import Entry
from consents.people.visitors import for_customer

GROUPS = [
    ("", gettext_lazy("Everything")),
    (Group.AGREED.value, gettext_lazy("You agreed")),
    (Group.SAID_NO.value, gettext_lazy("You said no")),
    (Group.ENDED.value, gettext_lazy("Consent ended")),
]


class FilterForm(forms.Form):
    what = forms.ChoiceField(label=gettext_lazy("What happened"), choices=GROUPS, required=False)
    purpose = forms.ChoiceField(label=gettext_lazy("About"), required=False)

    def __init__(self, purposes: list[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = selectors.names_of(set(purposes))
        self.fields["purpose"].choices = [("", _("Everything")), *((code, names.get(code, code)) for code in purposes)]  # type: ignore[attr-defined]


@require_safe
@for_customer
@vary_on_headers("HX-Request")
def receipts(request: HttpRequest) -> HttpResponse:
    customer = request.visitor.customer.pk  # type: ignore[attr-defined]
    form = FilterForm(selectors.purposes_of(customer), request.GET or None)
    asked = form.cleaned_data if form.is_valid() else {}
    entries = selectors.of_customer(customer, group=asked.get("what", ""), purpose=asked.get("purpose", ""))
    page = Paginator(entries, 20).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "lines": presenting.lines(page.object_list),
        "page": page,
        "query": query_of(request),
        "filtered": any(asked.values()),
    }
    part = "#results" if request.htmx and not request.htmx.history_restore_request else ""  # type: ignore[attr-defined]
    return render(request, f"choices/receipts/list.html{part}", context)


def query_of(request: HttpRequest) -> str:
    query = request.GET.copy()
    query.pop("page", None)
    return query.urlencode()


def theirs(request: HttpRequest, sequence: int) -> Entry:
    """The gate: an entry of this customer that has a receipt, or the same 404 as for one that does not exist."""
    entry = selectors.one_of_customer(request.visitor.customer.pk, sequence)  # type: ignore[attr-defined]
    if entry is None:
        raise Unknown
    return entry


@require_safe
@for_customer
def receipt(request: HttpRequest, sequence: int) -> HttpResponse:
    entry = theirs(request, sequence)
    context = {"receipt": presenting.page(entry, receipt_of(entry), clock.now())}
    return render(request, "choices/receipts/receipt.html", context)


@require_safe
@for_customer
def newest_of(request: HttpRequest, id: UUID) -> HttpResponse:
    """To the newest receipt of one consent: where a page that saved an act sends on to."""
    entry = selectors.of_customer(request.visitor.customer.pk).filter(object=str(id)).first()  # type: ignore[attr-defined]
    if entry is None:
        raise Unknown
    return redirect("receipts:receipt", entry.sequence)


@require_safe
@for_customer
def proof(request: HttpRequest, sequence: int) -> HttpResponse:
    """That the act is in the sealed log, and where: the receipt names the entry by its hash."""
    found = ledger.inclusion_proof(theirs(request, sequence))
    return attachment(JsonResponse(found.as_object()), "proof.json")


@require_safe
@for_customer
def as_jws(request: HttpRequest, sequence: int) -> HttpResponse:
    """The signed text, which proves something."""
    found = receipt_of(theirs(request, sequence))
    return attachment(HttpResponse(signed(found), content_type="application/jose"), f"receipt-{found.number}.jws")


@require_safe
@for_customer
def as_jsonld(request: HttpRequest, sequence: int) -> HttpResponse:
    """The same for reading, by people and by programs that know the vocabulary."""
    found = receipt_of(theirs(request, sequence))
    text = json.dumps(as_object(found), ensure_ascii=False, indent=2)
    return attachment(HttpResponse(text, content_type="application/ld+json"), f"receipt-{found.number}.jsonld")


def attachment(response: HttpResponse, name: str) -> HttpResponse:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


class VerifyForm(forms.Form):
    receipt = forms.CharField(
        label=gettext_lazy("The signed receipt"),
        help_text=gettext_lazy("Long text with two dots in it. It is in the file whose name ends in .jws."),
        widget=forms.Textarea(
            attrs={
                "rows": 8,
                "autocomplete": "off",
                "spellcheck": "false",
                "data-drop": "",
                "data-too-large": gettext_lazy("This file is too large to be a receipt."),
            }
        ),
        required=False,
    )


@csrf_exempt  # changes nothing, so nobody can be tricked into it; and a text that is too long gets our own answer
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Public: who holds a genuine receipt learns what it proves, and whether that consent is in force."""
    if request.method != "POST":
        return render(request, "choices/receipts/verify.html", {"form": VerifyForm()})
    form, status = VerifyForm({}), 200
    verdict = None
    try:
        form = VerifyForm(request.POST)
        verdict = judged(request.POST.get("receipt", ""))
    except RequestDataTooBig:
        form.add_error("receipt", str(jose.TooLarge()))
        status = jose.TooLarge.status
    except Refusal as refusal:
        form.add_error("receipt", str(refusal))
        status = refusal.status
    return render(request, "choices/receipts/verify.html", {"form": form, "verdict": verdict}, status=status)


def judged(text: str) -> presenting.Verdict:
    """Raises the NotGenuine that says why not."""
    found = verified(text, jose.known_in(settings.PORTAL_KEYS, KIND_OF_KEY))
    return presenting.verdict(found, presenting.in_force_now(selectors.entry_of(found), clock.now()))


@login_not_required
@require_safe
@cache_control(public=True, max_age=300)
def keys(request: HttpRequest) -> HttpResponse:
    """The public keys that receipts verify with (RFC 7517)."""
    known = jose.known_in(settings.PORTAL_KEYS, KIND_OF_KEY)
    return JsonResponse(jose.jwks(known), content_type="application/jwk-set+json")
