"""People in the staff house: who works here, claim codes on paper, erasures and legal holds.

Customers are not listed anywhere: an officer types exactly who is meant, and the look-up is on record.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from consents.core import clock
from consents.core.admin import RECORD, RecordAdmin, RoleGatedAdmin, role_of
from consents.core.refusals import Refusal, Unknown
from consents.ledger import selectors as ledger
from consents.ledger.rules import Actor
from consents.people import rules, selectors, services, staff_words
from consents.people.finding_forms import FoundForm, HoldForm, ProposeErasureForm
from consents.people.forms import ClaimCodeForm
from consents.people.models import ClaimCode, Customer, Erasure, LegalHold, Role, StaffMember
from consents.people.visitors import actor_of, once, token_of

OFFICERS = {Role.PRIVACY_OFFICER, Role.COMPLIANCE_OFFICER}


def figures(request: HttpRequest) -> list[dict[str, Any]]:
    """The first page in numbers: erasures that a colleague proposed, where there are any."""
    if role_of(request) not in OFFICERS:
        return []
    number = selectors.proposed_erasures().exclude(proposed_by=request.user.pk).count()
    waiting = {
        "number": number,
        "label": _("erasures waiting for you"),
        "url": reverse("admin:people_erasure_changelist"),
    }
    return [waiting] if number else []


@admin.register(StaffMember)
class StaffMemberAdmin(RecordAdmin):
    may_view = {Role.PRIVACY_OFFICER}
    list_display = ("name", "role", "team", "number", "started_at", "state")
    list_select_related = ("user",)
    ordering = ("ended_at", "team", "user__first_name")
    sortable_by = ()
    fields = ("name", "role", "team", "number", "started_at", "ended_at")
    readonly_fields = ("name",)
    actions = ("end_membership",)

    @admin.display(description=gettext_lazy("name"))
    def name(self, obj: StaffMember) -> str:
        return obj.user.get_full_name()

    @admin.display(description=gettext_lazy("state"))
    def state(self, obj: StaffMember) -> str:
        tone, word = ("no", _("Ended")) if obj.ended_at else ("yes", _("Works here"))
        return format_html('<span class="state state-{}">{}</span>', tone, word)

    def possible_actions(self, request: HttpRequest, obj: StaffMember) -> Iterable[str]:
        return [] if obj.ended_at or obj.pk == request.user.pk else ["end_membership"]

    def has_end_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @admin.action(description=gettext_lazy("End membership"), permissions=["end"], location=RECORD)
    def end_membership(self, request: HttpRequest, queryset: QuerySet[StaffMember]) -> HttpResponseBase:
        member = queryset.get()
        if "end_membership" not in self.possible_actions(request, member):
            raise Unknown
        if not self.is_confirmed(request):
            effects = [
                _("%(name)s can open no page of the staff house any more, from the next click on.")
                % {"name": member.user.first_name},
                _("Access that customers gave them opens nothing any more."),
            ]
            title, button = _("End this membership?"), _("End membership")
            return self.confirm(request, member, action="end_membership", title=title, effects=effects, button=button)
        return self.act(
            request,
            lambda: once(request, lambda by: services.end_staff(member=member, by=by)),
            _("The membership has ended."),
        )


@admin.register(ClaimCode)
class ClaimCodeAdmin(RoleGatedAdmin):
    """One page: print a code. Codes are not listed; only their keyed hash is kept."""

    may_add = {Role.PRIVACY_OFFICER, Role.COMPLIANCE_OFFICER}
    add_label = gettext_lazy("Print a claim code")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponseBase:
        if not self.has_add_permission(request):
            raise Unknown
        form = ClaimCodeForm(request.POST if request.method == "POST" else None)
        context = self.admin_site.each_context(request) | {"title": _("Print a claim code"), "form": form}
        if not form.is_valid():
            status = 422 if form.is_bound else 200
            return render(request, "admin/people/claimcode/find.html", context, status=status)
        officer: Any = request.user
        context["code"] = services.make_claim_code(
            customer=form.customer,
            officer=officer,
            by=actor_of(request),
            capacity=form.cleaned_data["capacity"],
            token=token_of(request),
        )
        context["ends_at"] = clock.now() + rules.CLAIM_CODE_LIFE
        return render(request, "admin/people/claimcode/code.html", context)


class FoundAdmin(RecordAdmin):
    """Records about one customer that begin with finding that customer."""

    form_class: type[FoundForm]
    find_template: str
    change_form_template = None
    sortable_by = ()
    fields = ("reason",)

    @admin.display(description=gettext_lazy("customer"))
    def customer_short(self, obj: Any) -> str:
        return str(obj.customer_id)[:8]

    @admin.display(description=gettext_lazy("state"))
    def state_tag(self, obj: Any) -> str:
        return format_html('<span class="state state-{}">{}</span>', *staff_words.state_of(obj))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title} | (extra_context or {}))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponseBase:
        if not self.has_add_permission(request):
            raise Unknown
        form = self.form_class(request.POST if request.method == "POST" else None)
        if form.is_valid() and (made := self.made(request, form)):
            return redirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[made]))
        context = self.admin_site.each_context(request) | {"title": self.add_label, "form": form, "opts": self.opts}
        context |= {"goes": staff_words.goes(), "stays": staff_words.stays()}
        return render(request, self.find_template, context, status=422 if form.is_bound else 200)

    def made(self, request: HttpRequest, form: FoundForm) -> str:
        """The id of the new record; empty with the reason in the form."""
        try:
            customer = services.look_up(text=form.cleaned_data["who"], by=actor_of(request))
            if customer is None:
                form.not_found()
                return ""
            officer: Any = request.user
            return once(request, lambda by: self.make(customer, officer.staff_member, form.cleaned_data, by))
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            return ""

    def make(self, customer: Customer, officer: StaffMember, asked: dict[str, Any], by: Actor) -> Erasure | LegalHold:
        raise NotImplementedError

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request)


@admin.register(Erasure)
class ErasureAdmin(FoundAdmin):
    """One officer proposes, another confirms."""

    may_view = may_add = OFFICERS
    add_label = gettext_lazy("Erase a customer")
    form_class = ProposeErasureForm
    find_template = "admin/people/erasure/find.html"
    list_display = ("state_tag", "customer_short", "reason", "proposed_by_name", "proposed")
    list_select_related = ("proposed_by", "confirmed_by", "customer")
    ordering = ("-proposed_at",)
    actions = ("erase", "cancel_proposal")

    @admin.display(description=gettext_lazy("proposed"))
    def proposed(self, obj: Erasure) -> str:
        return staff_words.as_words(obj.proposed_at)

    @admin.display(description=gettext_lazy("proposed by"))
    def proposed_by_name(self, obj: Erasure) -> str:
        return staff_words.name_of(obj.proposed_by)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_safe(self.proof_view))
        return [path("<uuid:id>/proof/", view, name="people_erasure_proof"), *super().get_urls()]

    def make(self, customer: Customer, officer: StaffMember, asked: dict[str, Any], by: Actor) -> Erasure:
        reason = Erasure.Reason(asked["reason"])
        return services.propose_erasure(customer=customer.pk, reason=reason, officer=officer, by=by)

    def possible_actions(self, request: HttpRequest, obj: Erasure) -> Iterable[str]:
        if obj.done_at or obj.cancelled_at:
            return []
        return ["cancel_proposal"] if obj.proposed_by_id == request.user.pk else ["erase", "cancel_proposal"]

    def record_context(self, request: HttpRequest, obj: Erasure) -> dict[str, Any]:
        is_open = not obj.done_at and not obj.cancelled_at
        return {
            "title": _("Erasure of customer %(id)s") % {"id": str(obj.customer_id)[:8]},
            "status": staff_words.state_of(obj),
            "facts": staff_words.facts_of_erasure(obj),
            "is_mine": is_open and obj.proposed_by_id == request.user.pk,
            "held": staff_words.held(obj.customer_id) if is_open else "",
            "goes": [*staff_words.goes(), *staff_words.ends(obj.customer_id)] if is_open else [],
            "stays": staff_words.stays() if not obj.cancelled_at else [],
            "links": [{"url": reverse("admin:people_erasure_proof", args=[obj.pk]), "label": _("Proof of erasure")}]
            if obj.done_at
            else [],
        }

    def proof_view(self, request: HttpRequest, id: UUID) -> HttpResponseBase:
        """The inclusion proof of the entry that says it was done."""
        row = Erasure.objects.filter(pk=id, done_at__isnull=False).first()
        if row is None or not self.has_view_permission(request):
            raise Unknown
        entry = ledger.timeline(row.customer_id).get(event="customer.erased")
        response = JsonResponse(ledger.inclusion_proof(entry).as_object())
        response["Content-Disposition"] = 'attachment; filename="proof-of-erasure.json"'
        return response

    @admin.action(description=gettext_lazy("Erase for good"), permissions=["decide"], location=RECORD)
    def erase(self, request: HttpRequest, queryset: QuerySet[Erasure]) -> HttpResponseBase:
        row = queryset.get()
        if not self.is_confirmed(request):
            effects = [*staff_words.goes(), *staff_words.ends(row.customer_id), _("It cannot be undone.")]
            title, button = _("Erase this customer for good?"), _("Erase for good")
            return self.confirm(request, row, action="erase", title=title, effects=effects, button=button)
        officer: Any = request.user
        return self.act(
            request,
            lambda: once(
                request, lambda by: services.erase(customer=row.customer_id, officer=officer.staff_member, by=by)
            ),
            _("The customer is erased."),
        )

    @admin.action(description=gettext_lazy("Cancel the proposal"), permissions=["decide"], location=RECORD)
    def cancel_proposal(self, request: HttpRequest, queryset: QuerySet[Erasure]) -> HttpResponseBase:
        row = queryset.get()
        if not self.is_confirmed(request):
            effects = [_("Nothing is erased. It can be proposed again.")]
            title, button = _("Cancel this proposal?"), _("Cancel the proposal")
            return self.confirm(request, row, action="cancel_proposal", title=title, effects=effects, button=button)
        officer: Any = request.user
        return self.act(
            request,
            lambda: once(
                request, lambda by: services.cancel_erasure(erasure=row.pk, officer=officer.staff_member, by=by)
            ),
            _("The proposal is cancelled."),
        )


@admin.register(LegalHold)
class LegalHoldAdmin(FoundAdmin):
    """What the law says must be kept. Privacy officers read it; compliance officers place and lift it."""

    may_view = OFFICERS
    may_add = {Role.COMPLIANCE_OFFICER}
    add_label = gettext_lazy("Place a legal hold")
    form_class = HoldForm
    find_template = "admin/people/legalhold/find.html"
    list_display = ("state_tag", "customer_short", "reason", "document", "review_on")
    ordering = ("lifted_at", "review_on")
    actions = ("lift",)

    def make(self, customer: Customer, officer: StaffMember, asked: dict[str, Any], by: Actor) -> LegalHold:
        return services.place_hold(
            customer=customer.pk,
            reason=LegalHold.Reason(asked["reason"]),
            document=asked["document"],
            review_on=asked["review_on"],
            officer=officer,
            by=by,
        )

    def possible_actions(self, request: HttpRequest, obj: LegalHold) -> Iterable[str]:
        return [] if obj.lifted_at or not self.has_add_permission(request) else ["lift"]

    def record_context(self, request: HttpRequest, obj: LegalHold) -> dict[str, Any]:
        return {
            "title": _("Legal hold on customer %(id)s") % {"id": str(obj.customer_id)[:8]},
            "status": staff_words.state_of(obj),
            "facts": staff_words.facts_of_hold(obj),
        }

    @admin.action(description=gettext_lazy("Lift the hold"), permissions=["decide"], location=RECORD)
    def lift(self, request: HttpRequest, queryset: QuerySet[LegalHold]) -> HttpResponseBase:
        row = queryset.get()
        if not self.is_confirmed(request):
            effects = [_("The customer can be erased again, unless another hold stands.")]
            title, button = _("Lift this hold?"), _("Lift the hold")
            return self.confirm(request, row, action="lift", title=title, effects=effects, button=button)
        officer: Any = request.user
        return self.act(
            request,
            lambda: once(request, lambda by: services.lift_hold(hold=row.pk, officer=officer.staff_member, by=by)),
            _("The hold is lifted."),
        )
