"""Show people in the admin: members of staff, claim codes on paper, erasures and legal holds.

Customers are not listed anywhere: an officer types an exact number or address, and the look-up is on record.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from consents.core.admin import RECORD
from consents.core.refusals import Unknown
from consents.ledger.selectors import proofs, timelines
from consents.people.models import Erasure, LegalHold, Role
from consents.people.services import erasing, holding
from consents.people.services.holding import OFFICERS
from consents.people.staff import claim_code_admin, colleague_admin, words
from consents.people.staff.look_up_admin import CustomerLookUpAdmin
from consents.people.staff.look_up_forms import PlaceHoldForm, ProposeErasureForm
from consents.people.two_officers.admin import ProposalAdmin

__all__ = ["ErasureAdmin", "LegalHoldAdmin", "claim_code_admin", "colleague_admin"]


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
