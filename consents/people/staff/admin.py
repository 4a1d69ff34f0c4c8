"""Show people in the admin: members of staff, claim codes on paper, erasures and legal holds.

Customers are not listed anywhere: an officer types an exact number or address, and the look-up is on record.
"""

from collections.abc import Iterable
from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from consents.core import clock
from consents.core.admin import RECORD, check_role
from consents.core.refusals import Refusal, Unknown
from consents.ledger.selectors import proofs, timelines
from consents.people import selectors
from consents.people.found_customers import CustomerLookUpForm, sign_found_customer, verify_found_customer
from consents.people.models import Acting, ClaimCode, Customer, Erasure, LegalHold, Role, User
from consents.people.services import claiming, erasing, holding, representing
from consents.people.services.holding import OFFICERS
from consents.people.staff import colleague_admin, words
from consents.people.staff.look_up_admin import (
    CustomerLookUpAdmin,
    PlaceHoldForm,
    ProposeClaimCodeForm,
    ProposeErasureForm,
)
from consents.people.two_officers.admin import ProposalAdmin
from consents.people.visitors import StaffRequest, get_form_token, record_actor, run_once

__all__ = ["ErasureAdmin", "LegalHoldAdmin", "colleague_admin"]


@admin.register(Erasure)
class ErasureAdmin(ProposalAdmin, CustomerLookUpAdmin):
    """Let one officer propose an erasure and another confirm it."""

    may_view = may_add = OFFICERS
    add_label = gettext_lazy("Erase a customer")
    form_class = ProposeErasureForm
    make = staticmethod(erasing.propose_erasure)
    find_template = "admin/people/erasure/find.html"
    change_form_template = "admin/people/erasure/change_form.html"
    nothing_yet = gettext_lazy("No erasure has been proposed. One officer proposes it, another carries it out.")
    list_display = ("state_tag", "customer_short", "reason", "proposed_by_name", "proposed")
    list_select_related = ("proposed_by", "confirmed_by", "customer")
    actions = asked_first = ("erase", "cancel_proposal")
    ending_acts = ("cancel_proposal",)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_safe(self.proof_view))
        return [path("<uuid:id>/proof/", view, name="people_erasure_proof"), *super().get_urls()]

    def possible_actions(self, request: HttpRequest, obj: Erasure) -> Iterable[str]:
        if obj.done_at or obj.cancelled_at:
            return []
        is_mine, held = obj.proposed_by_id == request.user.pk, words.describe_legal_hold(obj.customer_id)
        return ["cancel_proposal"] if is_mine or held else ["erase", "cancel_proposal"]

    def record_context(self, request: HttpRequest, obj: Erasure) -> dict[str, Any]:
        is_open = not obj.done_at and not obj.cancelled_at
        own = _("You proposed this erasure, so another officer must review it and erase the record.")
        return {
            "status": words.describe_record_state(obj),
            "facts": words.list_erasure_facts(obj),
            "basis": words.list_erasure_basis(obj) if is_open else [],
            "banner": own if is_open and obj.proposed_by_id == request.user.pk else "",
            "held": words.describe_legal_hold(obj.customer_id) if is_open else "",
            "goes": [*words.list_erasure_effects(), *words.list_room_effects(obj.customer_id)] if is_open else [],
            "stays": words.list_kept_data() if not obj.cancelled_at else [],
            "links": [{"url": reverse("admin:people_erasure_proof", args=[obj.pk]), "label": _("Proof of erasure")}]
            if obj.done_at
            else [],
        }

    def proof_view(self, request: HttpRequest, id: UUID) -> HttpResponseBase:
        """Download the inclusion proof of the entry about this erasure."""
        erasure = Erasure.objects.filter(pk=id, done_at__isnull=False).first()
        if erasure is None or not self.has_view_permission(request):
            raise Unknown
        entry = timelines.list_entries(erasure.customer_id).get(event="customer.erased")
        response = JsonResponse(proofs.build_inclusion_proof(entry).as_object())
        response["Content-Disposition"] = 'attachment; filename="proof-of-erasure.json"'
        return response

    @admin.action(description=gettext_lazy("Erase for good"), permissions=["add"], location=RECORD)
    def erase(self, request: HttpRequest, queryset: QuerySet[Erasure]) -> HttpResponseBase:
        erasure = queryset.get()
        if not self.is_confirmed(request):
            effects = [
                *words.list_erasure_effects(),
                *words.list_room_effects(erasure.customer_id),
                _("It cannot be undone."),
            ]
            return self.confirm(request, erasure, _("Erase this customer for good?"), effects, _("Erase for good"))
        return self.decide(
            request, erasing.erase_customer, _("The customer has been erased."), customer=erasure.customer_id
        )

    @admin.action(description=gettext_lazy("Cancel the proposal"), permissions=["add"], location=RECORD)
    def cancel_proposal(self, request: HttpRequest, queryset: QuerySet[Erasure]) -> HttpResponseBase:
        erasure = queryset.get()
        if not self.is_confirmed(request):
            effects = [_("Nothing is erased. It can be proposed again.")]
            return self.confirm(request, erasure, _("Cancel this proposal?"), effects, _("Cancel the proposal"))
        return self.decide(request, erasing.cancel_erasure, _("The proposal has been cancelled."), erasure=erasure.pk)


@admin.register(LegalHold)
class LegalHoldAdmin(CustomerLookUpAdmin):
    """Let compliance officers place and lift legal holds; privacy officers read them."""

    may_view = OFFICERS
    may_add = {Role.COMPLIANCE_OFFICER}
    add_label = gettext_lazy("Place a legal hold")
    form_class = PlaceHoldForm
    make = staticmethod(holding.place_hold)
    find_template = "admin/people/legalhold/find.html"
    nothing_yet = gettext_lazy(
        "No legal hold is on record. Compliance officers place one where a law or a court needs data to be kept."
    )
    list_display = ("state_tag", "customer_short", "reason", "document", "review_on")
    ordering = ("lifted_at", "review_on", "pk")
    actions = asked_first = ending_acts = ("lift",)

    def possible_actions(self, request: HttpRequest, obj: LegalHold) -> Iterable[str]:
        return [] if obj.lifted_at or not self.has_add_permission(request) else ["lift"]

    def record_context(self, request: HttpRequest, obj: LegalHold) -> dict[str, Any]:
        return {"status": words.describe_record_state(obj), "facts": words.list_hold_facts(obj)}

    @admin.action(description=gettext_lazy("Lift the hold"), permissions=["add"], location=RECORD)
    def lift(self, request: HttpRequest, queryset: QuerySet[LegalHold]) -> HttpResponseBase:
        hold = queryset.get()
        if not self.is_confirmed(request):
            effects = [_("The customer can be erased again, unless another hold is in force.")]
            return self.confirm(request, hold, _("Lift this hold?"), effects, _("Lift the hold"))
        return self.decide(request, holding.lift_hold, _("The hold has been lifted."), hold=hold.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def show_acting_users(request: StaffRequest) -> HttpResponse:
    """Show the form (GET), who can act for the customer that was found, or end one part of it (POST)."""
    check_role(request, OFFICERS)
    if "found" in request.POST:
        return end_part(request)
    form = CustomerLookUpForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and (customer := form.look_up(record_actor(request))):
        return render_acting_users(request, customer)
    return render_acting_page(request, {"form": form}, status=422 if form.is_bound else 200)


def end_part(request: StaffRequest) -> HttpResponse:
    customer_id = verify_found_customer(request.POST["found"], request.user)
    customer = Customer.objects.filter(pk=customer_id).first() if customer_id else None
    if customer is None:
        messages.error(request, _("Find the customer first."))
        return redirect("admin:people_acting_users")
    chosen = request.POST.get("acting", "")
    acting = next((part for part in selectors.list_acting_users(customer.pk) if str(part.pk) == chosen), None)
    if acting is None:
        messages.info(request, _("They can no longer act here."))
        return render_acting_users(request, customer)
    if request.POST.get("confirm") != "1":
        return render_acting_page(request, {"asked": acting, "found": request.POST["found"]} | describe_acting(acting))
    try:
        run_once(
            request,
            lambda by: representing.end_acting_as_officer(acting=acting.pk, officer=request.user.staff_member, by=by),
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("This has ended. Everyone concerned is told by email."))
    return render_acting_users(request, customer)


def describe_acting(acting: Acting) -> dict[str, Any]:
    return {"acting": acting, "address": selectors.mask_address(acting.user.email)}


def render_acting_users(request: StaffRequest, customer: Customer) -> HttpResponse:
    parts = [describe_acting(acting) for acting in selectors.list_acting_users(customer.pk)]
    codes = {code.used_by_id: code for code in selectors.list_used_claim_codes(customer.pk)}
    for part in parts:
        part["code"] = codes.get(part["acting"].user_id)
    signed = sign_found_customer(customer.pk, request.user)
    return render_acting_page(request, {"customer": customer, "rows": parts, "found": signed})


def render_acting_page(request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    context |= admin.site.each_context(request) | {"title": _("Who can act for a customer")}
    return render(request, "admin/people/acting_users.html", context, status=status)


# Let one officer propose a claim code, another approve it, and the first print it.


@admin.register(ClaimCode)
class ClaimCodeAdmin(ProposalAdmin, CustomerLookUpAdmin):
    may_view = may_add = OFFICERS
    add_label = gettext_lazy("Propose a claim code")
    form_class = ProposeClaimCodeForm
    make = staticmethod(claiming.propose_claim_code)
    find_template = "admin/people/claimcode/find.html"
    fields = ("capacity",)
    nothing_yet = gettext_lazy(
        "No claim code has been proposed. It lets somebody in whose email address is not on file."
    )
    list_display = ("state_tag", "customer_short", "capacity", "proposed_by_name", "proposed")
    list_display_links = ("state_tag",)
    list_select_related = ("proposed_by", "approved_by", "cancelled_by")
    actions = ("approve_code", "print_code", "cancel_code")
    asked_first = ("approve_code", "cancel_code")
    approving = "approve_code"
    cancelling = "cancel_code"
    ending_acts = ("cancel_code",)

    def possible_actions(self, request: HttpRequest, obj: ClaimCode) -> Iterable[str]:
        if obj.cancelled_at or obj.used_at:
            return []
        if obj.is_open:
            return super().possible_actions(request, obj)
        is_mine = obj.proposed_by_id == request.user.pk
        is_printable = is_mine and not obj.code_hash and obj.ends_at and clock.now() < obj.ends_at
        return ["print_code", "cancel_code"] if is_printable else ["cancel_code"]

    def choose_next_act(self, obj: ClaimCode, possible: list[str]) -> str:
        return next((act for act in possible if act not in self.ending_acts), "")

    def record_context(self, request: HttpRequest, obj: ClaimCode) -> dict[str, Any]:
        own = _("You proposed this code, so another officer must check it and approve it.")
        return {
            "status": words.describe_record_state(obj),
            "facts": words.list_claim_code_facts(obj) + words.list_answering_officers(obj),
            "banner": own if self.waits_for_another(request, obj) else "",
        }

    @admin.action(description=gettext_lazy("Approve the code"), permissions=["add"], location=RECORD)
    def approve_code(self, request: StaffRequest, queryset: QuerySet[ClaimCode]) -> HttpResponseBase:
        claim_code = queryset.get()
        if not self.is_confirmed(request):
            effects = [
                _("Whoever enters the code can see and answer everything for this customer."),
                _("Everyone who already acts for the customer is told by email, and the address on file."),
                *words.list_officers_kept_apart(claim_code, request.user),
                _("Approve only after checking yourself how your colleague made sure of who gets it."),
            ]
            return self.confirm(request, claim_code, _("Approve this code?"), effects, _("Approve the code"))
        done = _("The code is approved. The officer who proposed it can print it.")
        return self.decide(request, claiming.approve_claim_code, done, claim_code=claim_code.pk)

    @admin.action(description=gettext_lazy("Print the code"), permissions=["add"], location=RECORD)
    def print_code(self, request: HttpRequest, queryset: QuerySet[ClaimCode]) -> HttpResponseBase:
        claim_code, officer = queryset.get(), cast("User", request.user).staff_member
        token = get_form_token(request)
        try:
            by = record_actor(request)
            code = claiming.print_claim_code(claim_code=claim_code.pk, officer=officer, token=token, by=by)
        except Refusal as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return redirect(self.get_record_url(request))
        context = self.admin_site.each_context(request) | {"title": _("Claim code"), "code": code}
        # The customer reads it: in their language.
        paper = {"ends_at": claim_code.ends_at, "language": selectors.get_customer_language(claim_code.customer)}
        return render(request, "admin/people/claimcode/code.html", context | paper)

    @admin.action(description=gettext_lazy("Cancel the code"), permissions=["add"], location=RECORD)
    def cancel_code(self, request: HttpRequest, queryset: QuerySet[ClaimCode]) -> HttpResponseBase:
        claim_code = queryset.get()
        if not self.is_confirmed(request):
            effects = [_("No one can use it, even if it has been handed over. Another one can be proposed.")]
            return self.confirm(request, claim_code, _("Cancel this code?"), effects, _("Cancel the code"))
        return self.decide(
            request, claiming.cancel_claim_code, _("The code has been cancelled."), claim_code=claim_code.pk
        )
