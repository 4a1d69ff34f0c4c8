"""Let one officer propose a claim code, another approve it, and the first print it."""

from collections.abc import Iterable
from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.core import clock
from consents.core.admin import RECORD
from consents.core.refusals import Refusal
from consents.people import selectors
from consents.people.models import ClaimCode, User
from consents.people.services import claim_codes
from consents.people.services.holding import OFFICERS
from consents.people.staff import words
from consents.people.staff.look_up_admin import CustomerLookUpAdmin
from consents.people.staff.look_up_forms import ProposeClaimCodeForm
from consents.people.two_officers.admin import ProposalAdmin
from consents.people.visitors import StaffRequest, get_form_token, record_actor


@admin.register(ClaimCode)
class ClaimCodeAdmin(ProposalAdmin, CustomerLookUpAdmin):
    may_view = may_add = OFFICERS
    add_label = gettext_lazy("Propose a claim code")
    form_class = ProposeClaimCodeForm
    make = staticmethod(claim_codes.propose_claim_code)
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
        return self.decide(request, claim_codes.approve_claim_code, done, claim_code=claim_code.pk)

    @admin.action(description=gettext_lazy("Print the code"), permissions=["add"], location=RECORD)
    def print_code(self, request: HttpRequest, queryset: QuerySet[ClaimCode]) -> HttpResponseBase:
        claim_code, officer = queryset.get(), cast("User", request.user).staff_member
        token = get_form_token(request)
        try:
            by = record_actor(request)
            code = claim_codes.print_claim_code(claim_code=claim_code.pk, officer=officer, token=token, by=by)
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
            request, claim_codes.cancel_claim_code, _("The code has been cancelled."), claim_code=claim_code.pk
        )
