"""Let a second officer decide about a change of a colleague's rights; the base of pages about colleagues."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.core.admin import RECORD
from consents.core.state_tags import render_state_tag
from consents.people.deciding import DecidingAdmin
from consents.people.models import StaffProposal
from consents.people.services.holding import OFFICERS
from consents.people.services.staff_proposals import decide_staff_change
from consents.people.staff import colleague_words
from consents.people.two_officers.admin import ProposalAdmin
from consents.people.visitors import StaffRequest


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
        return colleague_words.describe_staff_change(obj)

    @admin.display(description=gettext_lazy("state"))
    def state(self, obj: StaffProposal) -> str:
        return render_state_tag(*colleague_words.describe_staff_change_state(obj))

    def possible_actions(self, request: HttpRequest, obj: StaffProposal) -> Iterable[str]:
        return [] if obj.member_id == request.user.pk else super().possible_actions(request, obj)

    def label_record(self, obj: StaffProposal) -> str:
        return f"{obj.member.user.get_full_name()}: {colleague_words.describe_staff_change(obj)}"

    def record_context(self, request: HttpRequest, obj: StaffProposal) -> dict[str, Any]:
        return {
            "status": colleague_words.describe_staff_change_state(obj),
            "facts": colleague_words.list_staff_change_facts(obj),
            "banner": _("You proposed this change, so another officer must check it and approve it.")
            if self.waits_for_another(request, obj)
            else "",
        }

    @admin.action(description=gettext_lazy("Approve"), permissions=["view"], location=RECORD)
    def approve_change(self, request: StaffRequest, queryset: QuerySet[StaffProposal]) -> HttpResponseBase:
        proposal = queryset.select_related("member__user").get()
        if not self.is_confirmed(request):
            effects = [
                colleague_words.describe_staff_change(proposal),
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
