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

from consents.catalogue.selectors import map_purpose_names
from consents.choices.receipts import document, issuing
from consents.choices.receipts.claims import KIND_OF_KEY, NothingPasted, verify_receipt
from consents.choices.receipts.issuing import OutcomeGroup, build_receipt, sign_with_portal_key
from consents.choices.receipts.jsonld import build_receipt_object
from consents.core import clock, signing
from consents.core.forms import build_page_query, get_choice_field
from consents.core.keys import PUBLISHED
from consents.core.refusals import get_or_refuse
from consents.ledger.models import Entry
from consents.ledger.selectors import proofs
from consents.people.selectors import name_others
from consents.people.visitors import CustomerRequest, customer_required

GROUPS = [("", gettext_lazy("Everything")), *OutcomeGroup.choices]


class ReceiptFilterForm(forms.Form):
    what = forms.ChoiceField(label=gettext_lazy("What happened"), choices=GROUPS, required=False)
    purpose = forms.ChoiceField(label=gettext_lazy("About"), required=False)

    def __init__(self, purposes: list[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = map_purpose_names(purposes)
        get_choice_field(self, "purpose").choices = [
            ("", _("Everything")),
            *((code, names.get(code, code)) for code in purposes),
        ]


@require_safe
@customer_required
@vary_on_headers("HX-Request")
def show_receipts(request: CustomerRequest) -> HttpResponse:
    customer = request.visitor.customer.pk
    form = ReceiptFilterForm(issuing.list_receipt_purposes(customer), request.GET or None)
    filters = form.cleaned_data if form.is_valid() else {}
    entries = issuing.select_receipts(customer, group=filters.get("what", ""), purpose=filters.get("purpose", ""))
    page = Paginator(issuing.order_by_act(entries), 20).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "lines": document.build_lines(page.object_list, name_others(customer, request.user)),
        "page": page,
        "query": build_page_query(request),
        "filtered": any(filters.values()),
    }
    part = "#results" if request.htmx and not request.htmx.history_restore_request else ""
    return render(request, f"choices/receipts/list.html{part}", context)


def get_entry_or_404(request: CustomerRequest, sequence: int) -> Entry:
    """Return an entry of this customer that has a receipt, or raise the same 404 as for one that does not exist."""
    customer = request.visitor.customer.pk
    return get_or_refuse(issuing.select_receipts(customer).filter(chain=str(customer), sequence=sequence))


@require_safe
@customer_required
def show_receipt(request: CustomerRequest, sequence: int) -> HttpResponse:
    entry = get_entry_or_404(request, sequence)
    others = name_others(request.visitor.customer.pk, request.user)
    context = {
        "receipt": document.build_receipt_context(entry, build_receipt(entry), clock.now(), others),
        "whose": document.name_customer(request.visitor.customer, request.visitor.about),
    }
    return render(request, "choices/receipts/receipt.html", context)


@require_safe
@customer_required
def redirect_to_newest(request: CustomerRequest, id: UUID) -> HttpResponse:
    """Redirect to the newest receipt of one consent, from pages that saved an act."""
    entry = get_or_refuse(issuing.select_receipts(request.visitor.customer.pk).filter(object=str(id)))
    return redirect("receipts:receipt", entry.sequence)


@require_safe
@customer_required
def download_receipt_proof(request: CustomerRequest, sequence: int) -> HttpResponse:
    """Download the proof that the act is in the sealed log; the receipt names the entry by its hash."""
    proof = proofs.build_inclusion_proof(get_entry_or_404(request, sequence))
    return set_filename(JsonResponse(proof.as_object()), "proof.json")


@require_safe
@customer_required
def download_jws(request: CustomerRequest, sequence: int) -> HttpResponse:
    """Download the signed text, which is the proof."""
    receipt = build_receipt(get_entry_or_404(request, sequence))
    response = HttpResponse(sign_with_portal_key(receipt), content_type="application/jose")
    return set_filename(response, f"receipt-{receipt.number}.jws")


@require_safe
@customer_required
def download_jsonld(request: CustomerRequest, sequence: int) -> HttpResponse:
    """Download the readable copy, for people and for programs that know the vocabulary."""
    receipt = build_receipt(get_entry_or_404(request, sequence))
    text = json.dumps(build_receipt_object(receipt), ensure_ascii=False, indent=2)
    return set_filename(HttpResponse(text, content_type="application/ld+json"), f"receipt-{receipt.number}.jsonld")


@require_safe
@customer_required
def download_document(request: CustomerRequest, sequence: int) -> HttpResponse:
    """Download the receipt as a document to keep or print, with the signed text inside."""
    from consents.choices.receipts.document import render_receipt_document  # see consents.core.paper

    entry, visitor = get_entry_or_404(request, sequence), request.visitor
    receipt = build_receipt(entry)
    signed = sign_with_portal_key(receipt)
    others = name_others(visitor.customer.pk, request.user)
    content = render_receipt_document(entry, receipt, visitor.customer, signed, visitor.about, clock.now(), others)
    return set_filename(HttpResponse(content, content_type="application/pdf"), f"receipt-{receipt.number}.pdf")


def set_filename(response: HttpResponse, name: str) -> HttpResponse:
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
def show_verification(request: HttpRequest) -> HttpResponse:
    """Give a verdict on a receipt: what a genuine one proves and whether its consent is in force, or why it proves
    nothing. Public.
    """
    if request.method != "POST":
        return render(request, "choices/receipts/verify.html", {"form": VerifyForm()})
    form, status = VerifyForm(), 200
    verdict = not_genuine = None
    try:
        # Judge a pasted text. Raises the NotGenuine that says why it is no receipt of ours.
        text = request.POST.get("receipt", "")
        receipt = verify_receipt(text, signing.load_key_set(settings.PORTAL_KEYS, KIND_OF_KEY))
        verdict = document.judge_receipt(receipt, clock.now())
    except RequestDataTooBig:
        not_genuine, status = document.describe_not_genuine(signing.TooLarge()), signing.TooLarge.status
    except NothingPasted as refusal:
        form = VerifyForm({})
        form.add_error("receipt", str(refusal))
        status = refusal.status
    except signing.NotGenuine as refusal:
        not_genuine, status = document.describe_not_genuine(refusal), refusal.status
    context = {"form": form, "verdict": verdict, "not_genuine": not_genuine}
    return render(request, "choices/receipts/verify.html", context, status=status)


@login_not_required
@require_safe
@cache_control(public=True, max_age=300)
def show_public_keys(request: HttpRequest) -> HttpResponse:
    """Serve the public keys that receipts and exports verify with (RFC 7517)."""
    known = {kind: signing.load_key_set(settings.PORTAL_KEYS, kind) for kind in PUBLISHED}
    return JsonResponse(signing.build_jwks(known), content_type="application/jwk-set+json")
