"""Let officers invite colleagues, change and end their place; what takes two of them waits for the second."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.core.admin import RECORD
from consents.core.refusals import Refusal, Unknown
from consents.core.state_tags import render_state_tag
from consents.people import selectors
from consents.people.models import StaffMember
from consents.people.services import customer_records, staff_places, staff_proposals
from consents.people.services.holding import OFFICERS
from consents.people.services.staff_members import AddressInUse
from consents.people.staff import colleague_words
from consents.people.staff.colleague_forms import InviteForm, ManagerForm, PlaceForm, ReturnForm
from consents.people.staff.staff_proposal_admin import OfficersAdmin
from consents.people.visitors import record_actor, run_once


@admin.register(StaffMember)
class StaffMemberAdmin(OfficersAdmin):
    may_add = OFFICERS
    add_label = gettext_lazy("Invite a colleague")
    list_display = ("name", "role", "team", "state", "last_sign_in", "second_factor")
    list_select_related = ("user", "manager__user")
    ordering = ("ended_at", "team", "user__first_name", "pk")
    change_form_template = "admin/frozen_record.html"
    fields = ("role",)
    next_act = "send_invitation"
    actions = asked_first = (
        "change_place",
        "set_manager",
        "send_invitation",
        "propose_reset",
        "end_membership",
        "return_member",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        factors = selectors.select_second_factors().filter(user=OuterRef("pk"))
        members: QuerySet[Any] = super().get_queryset(request).annotate(has_factor=Exists(factors))
        return members

    @admin.display(description=gettext_lazy("name"))
    def name(self, obj: StaffMember) -> str:
        return obj.user.get_full_name()

    @admin.display(description=gettext_lazy("last sign-in"))
    def last_sign_in(self, obj: StaffMember) -> str:
        return colleague_words.describe_last_sign_in(obj)

    @admin.display(description=gettext_lazy("second factor"))
    def second_factor(self, obj: Any) -> str:
        return colleague_words.describe_factor(obj.has_factor)

    @admin.display(description=gettext_lazy("state"))
    def state(self, obj: StaffMember) -> str:
        return render_state_tag(*colleague_words.describe_member_state(obj))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise Unknown
        form = InviteForm(request.POST if request.method == "POST" else None)
        if form.is_valid() and (invited := self.invite(request, form)):
            return redirect("admin:people_staffmember_change", invited)
        context = self.admin_site.each_context(request) | {"title": self.add_label, "form": form, "opts": self.opts}
        return render(request, "admin/people/staffmember/invite.html", context, status=422 if form.is_bound else 200)

    def invite(self, request: HttpRequest, form: InviteForm) -> str:
        """Return the id of the colleague; '' with the reason in the form."""
        officer: Any = request.user
        try:
            invited = run_once(
                request,
                lambda by: staff_places.invite_to_staff_site(officer=officer.staff_member, by=by, **form.cleaned_data),
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            record_address_told(request, form.cleaned_data["email"], refusal)
            return ""
        self.message_user(request, _("They are told by email how to sign in."))
        return invited

    def possible_actions(self, request: HttpRequest, obj: Any) -> Iterable[str]:
        if obj.pk == request.user.pk:
            return []
        is_placed = selectors.is_placed_by_directory(obj.pk)
        if obj.ended_at:
            return [] if is_placed else ["return_member"]
        possible = [] if is_placed else ["change_place"]
        possible += [] if selectors.has_manager_by_directory(obj.pk) else ["set_manager"]
        possible += [] if obj.user.last_login else ["send_invitation"]
        return [*possible, *(["propose_reset"] if obj.has_factor else []), "end_membership"]

    def record_context(self, request: HttpRequest, obj: StaffMember) -> dict[str, Any]:
        waiting = selectors.list_open_proposals_about(obj.pk)
        links = [
            {"url": reverse("admin:people_staffproposal_change", args=[change.pk]), "label": str(label)}
            for change in waiting
            if (label := _("Waits for another officer: %(what)s") % {"what": change.get_kind_display()})
        ]
        return {
            "title": obj.user.get_full_name(),
            "status": colleague_words.describe_member_state(obj),
            "facts": colleague_words.list_member_facts(obj, self.second_factor(obj)),
            "links": links,
        }

    @admin.action(description=gettext_lazy("Change role or team"), permissions=["view"], location=RECORD)
    def change_place(self, request: HttpRequest, queryset: QuerySet[StaffMember]) -> HttpResponseBase:
        member = self.get_colleague(request, queryset, "change_place")
        form = PlaceForm(member, request.POST if self.is_confirmed(request) else None)
        if form.is_valid():
            place = form.cleaned_data
            return self.decide(
                request,
                staff_places.change_colleague_place,
                colleague_words.describe_place_outcome(member, place["role"]),
                member=member.pk,
                **place,
            )
        effects = colleague_words.list_place_effects(member)
        title = _("Change role or team of %(name)s") % {"name": member.user.first_name}
        return self.confirm(request, member, title, effects, _("Change"), form=form)

    @admin.action(description=gettext_lazy("Set the manager"), permissions=["view"], location=RECORD)
    def set_manager(self, request: HttpRequest, queryset: QuerySet[StaffMember]) -> HttpResponseBase:
        member = self.get_colleague(request, queryset, "set_manager")
        form = ManagerForm(member, request.POST if self.is_confirmed(request) else None)
        if form.is_valid():
            manager = form.cleaned_data["manager"]
            done = _("Done. What waits for a manager’s yes waits for them now.")
            return self.decide(request, staff_places.assign_colleague_manager, done, member=member.pk, manager=manager)
        effects = colleague_words.list_manager_effects()
        title = _("Set the manager of %(name)s") % {"name": member.user.first_name}
        return self.confirm(request, member, title, effects, _("Set the manager"), form=form)

    @admin.action(description=gettext_lazy("Send the invitation again"), permissions=["view"], location=RECORD)
    def send_invitation(self, request: HttpRequest, queryset: QuerySet[StaffMember]) -> HttpResponseBase:
        member = self.get_colleague(request, queryset, "send_invitation")
        if not self.is_confirmed(request):
            effects = [_("They are told once more, by email, how to sign in for the first time.")]
            return self.confirm(request, member, _("Send the invitation again?"), effects, _("Send"))
        return self.decide(
            request, staff_places.send_invitation_again, _("The invitation is on its way."), member=member.pk
        )

    @admin.action(description=gettext_lazy("Reset second factor"), permissions=["view"], location=RECORD)
    def propose_reset(self, request: HttpRequest, queryset: QuerySet[StaffMember]) -> HttpResponseBase:
        member = self.get_colleague(request, queryset, "propose_reset")
        if not self.is_confirmed(request):
            effects = [
                _("Propose it only after making sure, face to face or by a call you placed, that it is them."),
                _("Another officer must approve. Until then nothing changes."),
                _("Then their second factor no longer counts, they are signed out, and set up a new one."),
            ]
            return self.confirm(request, member, _("Propose to reset the second factor?"), effects, _("Propose"))
        return self.decide(
            request, staff_proposals.propose_factor_reset, _("It waits for another officer."), member=member.pk
        )

    @admin.action(description=gettext_lazy("End membership"), permissions=["view"], location=RECORD)
    def end_membership(self, request: HttpRequest, queryset: QuerySet[StaffMember]) -> HttpResponseBase:
        member = self.get_colleague(request, queryset, "end_membership")
        if not self.is_confirmed(request):
            effects = [
                _("%(name)s can no longer open any page of the admin, starting with the next click.")
                % {"name": member.user.first_name},
                _("What they asked for, and what customers allowed them, ends."),
                _("They are told by email."),
            ]
            return self.confirm(request, member, _("End this membership?"), effects, _("End membership"))
        return self.decide(request, staff_places.end_colleague_place, _("The membership has ended."), member=member.pk)

    @admin.action(description=gettext_lazy("Let them work here again"), permissions=["view"], location=RECORD)
    def return_member(self, request: HttpRequest, queryset: QuerySet[StaffMember]) -> HttpResponseBase:
        member = self.get_colleague(request, queryset, "return_member")
        form = ReturnForm(request.POST if self.is_confirmed(request) else None, initial={"team": member.team})
        if form.is_valid():
            team = form.cleaned_data["team"]
            done = _("They work here again, as a requester.")
            return self.decide(request, staff_places.return_colleague, done, member=member.pk, team=team)
        effects = [
            _("They begin as a requester, and are told by email."),
            _("Nothing that ended with their membership comes back."),
        ]
        title = _("Let %(name)s work here again?") % {"name": member.user.first_name}
        return self.confirm(request, member, title, effects, _("Let them in"), form=form)

    def get_colleague(self, request: HttpRequest, queryset: QuerySet[StaffMember], act: str) -> StaffMember:
        """Return the colleague this act is about. Raises Unknown where it is not possible."""
        member = queryset.select_related("user").get()
        if act not in self.possible_actions(request, member):
            raise Unknown
        return member


def record_address_told(request: HttpRequest, email: str, refusal: Refusal) -> None:
    """Put on record, as a look-up, that a refusal told of a customer's address: of one in use that no colleague has."""
    if isinstance(refusal, AddressInUse) and not StaffMember.objects.filter(user__email=email).exists():
        customer_records.look_up_customer(text=email, by=record_actor(request), is_limited=False)
