"""Requests that wait for the requester's manager: theirs to agree to or not, before the customer learns of them."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Case, F, QuerySet, When
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.access import selectors
from consents.access.models import ProposedRequest
from consents.access.rules import MOST_LETTERS, ProposalState
from consents.access.rules.causes import WORDS
from consents.access.selectors import open_proposal_words
from consents.access.services import ending_proposals, proposing
from consents.access.staff.waiting import WaitsFilter
from consents.catalogue.models import Category
from consents.core.admin import RECORD, get_role, render_state_tag
from consents.core.durations import describe_duration, format_local_moment
from consents.core.fields import SeenText
from consents.ledger.models import Entry
from consents.ledger.rules import describe_for_staff
from consents.ledger.selectors import timelines
from consents.people.deciding import DecidingAdmin
from consents.people.models import Role, StaffMember
from consents.people.services.holding import OFFICERS
from consents.people.staff.timelines import build_timeline
from consents.people.visitors import StaffRequest

# What waits, the longest first; then what is over, the newest first.
WAITS_SINCE = Case(When(state=ProposalState.WAITING, then=F("proposed_at")))


class DeclineForm(forms.Form):
    reason = SeenText(
        label=gettext_lazy("Why not, in one sentence"),
        max_length=MOST_LETTERS,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy(
            "The requester reads it. The customer is not told, but a copy of their data contains it."
        ),
        error_messages={"required": gettext_lazy("Say in one sentence why not: the requester reads it.")},
    )


@admin.register(ProposedRequest)
class ProposedRequestAdmin(DecidingAdmin):
    """Requesters see their own, managers what they are to decide and what they decided, officers all."""

    may_view = set(Role)
    change_form_template = "admin/frozen_record.html"
    nothing_yet = gettext_lazy(
        "No request waits for a manager. Where a purpose asks for it, what a colleague would ask of a customer waits"
        " here first."
    )
    list_display = ("state_tag", "customer_short", "purpose_name", "asked_by", "proposed")
    list_filter = (WaitsFilter,)
    list_select_related = ("staff__staff_member__manager__user", "decided_by", "version__purpose")
    ordering = (WAITS_SINCE.asc(nulls_last=True), "-proposed_at", "-pk")
    fields = ("state",)
    actions = asked_first = ("agree", "decline", "take_back")
    next_act = "agree"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        visible = super().get_queryset(request).prefetch_related("version__notices")
        if get_role(request) in OFFICERS:
            return visible
        reader: Any = request.user
        return visible.filter(pk__in=selectors.select_proposals_of(reader.pk).values("pk"))

    @admin.display(description=gettext_lazy("state"))
    def state_tag(self, obj: ProposedRequest) -> str:
        return render_state_tag(*describe_proposal_state(obj))

    @admin.display(description=gettext_lazy("what for"))
    def purpose_name(self, obj: ProposedRequest) -> str:
        return obj.version.name

    @admin.display(description=gettext_lazy("asked by"))
    def asked_by(self, obj: ProposedRequest) -> str:
        return name_asker(obj)

    @admin.display(description=gettext_lazy("sent"))
    def proposed(self, obj: ProposedRequest) -> str:
        return format_local_moment(obj.proposed_at)

    def possible_actions(self, request: HttpRequest, obj: ProposedRequest) -> Iterable[str]:
        if obj.state != ProposalState.WAITING:
            return []
        if obj.staff_id == request.user.pk:
            return ["take_back"]
        return ["agree", "decline"] if obj.staff.staff_member.manager_id == request.user.pk else []

    def record_context(self, request: HttpRequest, obj: ProposedRequest) -> dict[str, Any]:
        return {
            "status": describe_proposal_state(obj),
            "facts": list_proposal_facts(obj),
            "banner": describe_who_is_next(obj, request.user),
            "timeline": build_timeline(timelines.list_newest_entries(obj.pk), partial(describe_proposal_entry, obj)),
            "links": list_proposal_links(request, obj),
        }

    @admin.action(description=gettext_lazy("Agree"), permissions=["view"], location=RECORD)
    def agree(self, request: StaffRequest, queryset: QuerySet[ProposedRequest]) -> HttpResponseBase:
        proposed = queryset.get()
        if not self.is_confirmed(request):
            effects = [
                _("The customer is asked at once, in the requester’s name, with exactly these words."),
                _("Their time to answer begins now. Only their yes opens anything."),
            ]
            return self.confirm(request, proposed, _("Agree to this request?"), effects, _("Agree"))
        done = _("You agreed. The customer has been asked, and the requester was told.")
        return self.decide(request, proposing.agree_to_request, done, who="manager", proposed_request=proposed.pk)

    @admin.action(description=gettext_lazy("Do not agree"), permissions=["view"], location=RECORD)
    def decline(self, request: StaffRequest, queryset: QuerySet[ProposedRequest]) -> HttpResponseBase:
        proposed = queryset.get()
        form = DeclineForm(request.POST if self.is_confirmed(request) else None)
        if form.is_valid():
            reason = form.cleaned_data["reason"]
            return self.decide(
                request,
                proposing.decline_request,
                _("You did not agree. The requester was told."),
                who="manager",
                proposed_request=proposed.pk,
                reason=reason,
            )
        effects = [_("It ends here. The customer is not asked, and is not told of it.")]
        return self.confirm(
            request, proposed, _("Do not agree to this request?"), effects, _("Do not agree"), form=form
        )

    @admin.action(description=gettext_lazy("Take it back"), permissions=["view"], location=RECORD)
    def take_back(self, request: StaffRequest, queryset: QuerySet[ProposedRequest]) -> HttpResponseBase:
        proposed = queryset.get()
        if not self.is_confirmed(request):
            effects = [_("Your manager no longer has to decide. The customer is not told of it.")]
            return self.confirm(request, proposed, _("Take this request back?"), effects, _("Take it back"))
        return self.decide(
            request,
            ending_proposals.take_proposal_back,
            _("The request is taken back."),
            who="member",
            proposed_request=proposed.pk,
        )


def list_proposal_links(request: HttpRequest, proposed: ProposedRequest) -> list[dict[str, str]]:
    links, is_mine = [], proposed.staff_id == request.user.pk
    if proposed.access_request_id and is_mine:
        url = reverse("admin:access_accessrequest_change", args=[proposed.access_request_id])
        links.append({"url": url, "label": _("The request to the customer")})
    if proposed.state == ProposalState.WAITING and get_role(request) in OFFICERS and not is_mine:
        url = reverse("admin:people_staffmember_change", args=[proposed.staff_id])
        links.append({"url": url, "label": _("Set another manager")})
    return links


def describe_proposal_state(proposed: ProposedRequest) -> tuple[str, str]:
    """Return (tone, word)."""
    return {
        ProposalState.WAITING: ("wait", _("Waiting for the manager")),
        ProposalState.AGREED: ("yes", _("Agreed, customer asked")),
        ProposalState.DECLINED: ("no", _("Not agreed")),
        ProposalState.ENDED: ("no", _("Ended, customer not asked")),
    }[ProposalState(proposed.state)]


def describe_who_is_next(proposed: ProposedRequest, reader: Any) -> str:
    """Say on whom it waits, to a reader who is not the one; empty where nothing waits."""
    manager = get_working_manager(proposed.staff.staff_member)
    if proposed.state != ProposalState.WAITING or (manager and manager.pk == reader.pk):
        return ""
    if manager is None:
        return _("The manager has left. A privacy or compliance officer can set another one, who then decides.")
    return _("%(name)s decides. The customer is not told of it before.") % {"name": manager.user.get_full_name()}


def get_working_manager(member: StaffMember) -> StaffMember | None:
    manager: StaffMember | None = member.manager
    return manager if manager and manager.ended_at is None else None


def list_proposal_facts(proposed: ProposedRequest) -> list[tuple[str, Any]]:
    words = open_proposal_words(proposed, "words")
    categories = Category.objects.filter(code__in=proposed.categories).order_by("order", "code")
    facts = [
        (_("Customer"), str(proposed.customer_id)[:8]),
        (_("What for"), proposed.version.name),
        (_("Why now"), proposed.get_reason_display()),
        (_("In one sentence"), words.get("sentence")),
        (_("Why sensitive data"), words.get("sensitive_reason")),
        (_("Case number"), words.get("case_number")),
        (_("Asked by"), name_asker(proposed)),
        (_("Which data"), ", ".join(category.title for category in categories)),
        (_("Access for"), describe_duration(proposed.duration)),
        (_("The customer answers within"), describe_duration(proposed.answer_within)),
        (_("Sent"), format_local_moment(proposed.proposed_at)),
        (_("Decided by"), proposed.decided_by.get_full_name() if proposed.decided_by else ""),
        (_("Why not"), open_proposal_words(proposed, "reason").get("reason")),
    ]
    return [(label, value) for label, value in facts if value]


def name_asker(proposed: ProposedRequest) -> str:
    """Name the requester as the request will, once the manager agrees: “Sam from Billing Support”."""
    member = proposed.staff.staff_member
    return _("%(name)s from %(team)s") % {"name": member.user.first_name, "team": member.team}


def describe_proposal_entry(proposed: ProposedRequest, entry: Entry) -> str:
    words = describe_for_staff(entry, who=name_asker(proposed))
    cause = entry.facts.get("cause")
    return f"{WORDS[cause].staff} {words}" if cause in WORDS else words
