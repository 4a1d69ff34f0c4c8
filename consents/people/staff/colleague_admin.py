"""Let officers invite colleagues, change and end their place; what takes two of them waits for the second."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.core.admin import RECORD, render_state_tag
from consents.core.fields import RadioField
from consents.core.forms import get_choice_field
from consents.core.refusals import Refusal, Unknown
from consents.people import selectors
from consents.people.deciding import DecidingAdmin
from consents.people.found_customers import AddressField
from consents.people.models import Role, StaffMember, StaffProposal
from consents.people.services import customer_records, staff_members
from consents.people.services.holding import OFFICERS
from consents.people.services.staff_members import AddressInUse, decide_staff_change
from consents.people.staff import words
from consents.people.two_officers.admin import ProposalAdmin
from consents.people.visitors import StaffRequest, record_actor, run_once

# Forms with which officers invite colleagues and change their place.


class PlainLine(forms.CharField):
    """Takes one line of printable letters, which customers or colleagues read."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.TextInput(attrs={"autocomplete": "off"}), **options)

    def clean(self, value: Any) -> Any:
        text: str = super().clean(value)
        if not text.isprintable():
            raise forms.ValidationError(_("This holds letters that cannot be printed. Type it again."))
        return text


def build_role_field() -> forms.ChoiceField:
    return RadioField(
        label=gettext_lazy("Role"),
        choices=[(code, capfirst(label)) for code, label in Role.choices],
        coerce=Role,
        help_text=gettext_lazy("A requester asks customers. An officer is made by two: another officer must approve."),
        error_messages={"required": gettext_lazy("Choose what they may do.")},
    )


def build_team_field() -> PlainLine:
    return PlainLine(
        label=gettext_lazy("Team"),
        max_length=60,
        help_text=gettext_lazy("As customers read it, such as “Billing Support”."),
        error_messages={"required": gettext_lazy("Type the team.")},
    )


class InviteForm(forms.Form):
    email = AddressField(
        label=gettext_lazy("Email address at work"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Type the email address at work.")},
    )
    first_name = PlainLine(
        label=gettext_lazy("First name"),
        max_length=60,
        help_text=gettext_lazy("Customers read it with the team. It cannot be changed later."),
        error_messages={"required": gettext_lazy("Type the first name.")},
    )
    last_name = PlainLine(label=gettext_lazy("Last name"), max_length=60, required=False)
    number = PlainLine(label=gettext_lazy("Staff number"), max_length=20, required=False)
    role = build_role_field()
    team = build_team_field()


class PlaceForm(forms.Form):
    role = build_role_field()
    team = build_team_field()

    def __init__(self, member: StaffMember, data: Any = None) -> None:
        super().__init__(data, initial={"role": member.role, "team": member.team})
        self.member = member

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if (cleaned.get("role"), cleaned.get("team")) == (self.member.role, self.member.team):
            raise forms.ValidationError(_("They have this role and team now. Choose another, or go back."))
        return cleaned


class ReturnForm(forms.Form):
    team = build_team_field()


class ManagerForm(forms.Form):
    manager = forms.ChoiceField(
        label=gettext_lazy("Manager"),
        help_text=gettext_lazy("Where a purpose asks for it, they must agree before the customer learns of a request."),
        error_messages={"required": gettext_lazy("Choose a manager.")},
    )

    def __init__(self, member: StaffMember, data: Any = None) -> None:
        super().__init__(data, initial={"manager": member.manager_id})
        self.member = member
        names = [
            (str(colleague.pk), f"{colleague.user.get_full_name()}, {colleague.team}")
            for colleague in selectors.list_possible_managers(member.pk)
        ]
        get_choice_field(self, "manager").choices = [("", _("Choose")), *names]

    def clean_manager(self) -> UUID:
        manager = UUID(self.cleaned_data["manager"])
        if manager == self.member.manager_id:
            raise forms.ValidationError(_("This is their manager now. Choose another, or go back."))
        return manager


# Let a second officer decide about a change of a colleague's rights; the base of pages about colleagues.


class OfficersAdmin(DecidingAdmin):
    """Serve as base of records about colleagues: both kinds of officers see and change them, never themselves."""

    may_view = OFFICERS


@admin.register(StaffProposal)
class StaffProposalAdmin(ProposalAdmin, OfficersAdmin):
    change_form_template = "admin/frozen_record.html"
    nothing_yet = gettext_lazy(
        "No change of a colleague’s rights is on record. Making an officer or resetting a second factor takes two"
        " officers: what one proposes waits here for another."
    )
    list_display = ("colleague", "change", "state", "proposed_by_name", "proposed")
    list_select_related = ("member__user", "proposed_by", "approved_by", "cancelled_by")
    fields = ("kind",)
    actions = asked_first = ("approve_change", "cancel_change")
    approving = next_act = "approve_change"
    cancelling = "cancel_change"

    @admin.display(description=gettext_lazy("colleague"))
    def colleague(self, obj: StaffProposal) -> str:
        return obj.member.user.get_full_name()

    @admin.display(description=gettext_lazy("change"))
    def change(self, obj: StaffProposal) -> str:
        return words.describe_staff_change(obj)

    @admin.display(description=gettext_lazy("state"))
    def state(self, obj: StaffProposal) -> str:
        return render_state_tag(*words.describe_staff_change_state(obj))

    def possible_actions(self, request: HttpRequest, obj: StaffProposal) -> Iterable[str]:
        return [] if obj.member_id == request.user.pk else super().possible_actions(request, obj)

    def label_record(self, obj: StaffProposal) -> str:
        return f"{obj.member.user.get_full_name()}: {words.describe_staff_change(obj)}"

    def record_context(self, request: HttpRequest, obj: StaffProposal) -> dict[str, Any]:
        return {
            "status": words.describe_staff_change_state(obj),
            "facts": words.list_staff_change_facts(obj),
            "banner": _("You proposed this change, so another officer must check it and approve it.")
            if self.waits_for_another(request, obj)
            else "",
        }

    @admin.action(description=gettext_lazy("Approve"), permissions=["view"], location=RECORD)
    def approve_change(self, request: StaffRequest, queryset: QuerySet[StaffProposal]) -> HttpResponseBase:
        proposal = queryset.select_related("member__user").get()
        if not self.is_confirmed(request):
            effects = [
                words.describe_staff_change(proposal),
                _("It counts at once, and they are told by email."),
                _("Approve only after making sure yourself that it is right."),
            ]
            title = _("Approve this change for %(name)s?") % {"name": proposal.member.user.get_full_name()}
            return self.confirm(request, proposal, title, effects, _("Approve"))
        done = _("Approved. It counts now.")
        return self.decide(request, decide_staff_change, done, proposal=proposal.pk, is_approved=True)

    @admin.action(description=gettext_lazy("Cancel the change"), permissions=["view"], location=RECORD)
    def cancel_change(self, request: HttpRequest, queryset: QuerySet[StaffProposal]) -> HttpResponseBase:
        proposal = queryset.get()
        if not self.is_confirmed(request):
            effects = [_("Nothing changes. It can be proposed again.")]
            return self.confirm(request, proposal, _("Cancel this change?"), effects, _("Cancel the change"))
        done = _("The change has been cancelled.")
        return self.decide(request, decide_staff_change, done, proposal=proposal.pk, is_approved=False)


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
        return words.describe_last_sign_in(obj)

    @admin.display(description=gettext_lazy("second factor"))
    def second_factor(self, obj: Any) -> str:
        return words.describe_factor(obj.has_factor)

    @admin.display(description=gettext_lazy("state"))
    def state(self, obj: StaffMember) -> str:
        return render_state_tag(*words.describe_member_state(obj))

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
                lambda by: staff_members.invite_to_staff_site(officer=officer.staff_member, by=by, **form.cleaned_data),
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
            "status": words.describe_member_state(obj),
            "facts": words.list_member_facts(obj, self.second_factor(obj)),
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
                staff_members.change_colleague_place,
                words.describe_place_outcome(member, place["role"]),
                member=member.pk,
                **place,
            )
        effects = words.list_place_effects(member)
        title = _("Change role or team of %(name)s") % {"name": member.user.first_name}
        return self.confirm(request, member, title, effects, _("Change"), form=form)

    @admin.action(description=gettext_lazy("Set the manager"), permissions=["view"], location=RECORD)
    def set_manager(self, request: HttpRequest, queryset: QuerySet[StaffMember]) -> HttpResponseBase:
        member = self.get_colleague(request, queryset, "set_manager")
        form = ManagerForm(member, request.POST if self.is_confirmed(request) else None)
        if form.is_valid():
            manager = form.cleaned_data["manager"]
            done = _("Done. What waits for a manager’s yes waits for them now.")
            return self.decide(request, staff_members.assign_colleague_manager, done, member=member.pk, manager=manager)
        effects = words.list_manager_effects()
        title = _("Set the manager of %(name)s") % {"name": member.user.first_name}
        return self.confirm(request, member, title, effects, _("Set the manager"), form=form)

    @admin.action(description=gettext_lazy("Send the invitation again"), permissions=["view"], location=RECORD)
    def send_invitation(self, request: HttpRequest, queryset: QuerySet[StaffMember]) -> HttpResponseBase:
        member = self.get_colleague(request, queryset, "send_invitation")
        if not self.is_confirmed(request):
            effects = [_("They are told once more, by email, how to sign in for the first time.")]
            return self.confirm(request, member, _("Send the invitation again?"), effects, _("Send"))
        return self.decide(
            request, staff_members.send_invitation_again, _("The invitation is on its way."), member=member.pk
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
            request, staff_members.propose_factor_reset, _("It waits for another officer."), member=member.pk
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
        return self.decide(request, staff_members.end_colleague_place, _("The membership has ended."), member=member.pk)

    @admin.action(description=gettext_lazy("Let them work here again"), permissions=["view"], location=RECORD)
    def return_member(self, request: HttpRequest, queryset: QuerySet[StaffMember]) -> HttpResponseBase:
        member = self.get_colleague(request, queryset, "return_member")
        form = ReturnForm(request.POST if self.is_confirmed(request) else None, initial={"team": member.team})
        if form.is_valid():
            team = form.cleaned_data["team"]
            done = _("They work here again, as a requester.")
            return self.decide(request, staff_members.return_colleague, done, member=member.pk, team=team)
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
