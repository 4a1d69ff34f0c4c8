"""Privacy requests on the staff site: the queue, each request as a checklist with its acts, and typing in."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin import ActionLocation, helpers
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.core import clock
from consents.core.admin import PRESSED, RECORD, REOPENED, RecordAdmin, as_harmless, as_shown_again
from consents.core.durations import format_day
from consents.core.refusals import Refusal, Unknown
from consents.ledger.rules import Actor
from consents.ledger.selectors import timelines
from consents.people.found_customers import look_up_typed_customer
from consents.people.models import Role
from consents.people.services.holding import OFFICERS
from consents.people.staff.customer_filter import CustomerFilter
from consents.people.visitors import StaffRequest, record_actor, run_once, was_submitted
from consents.rights.customers import presenting
from consents.rights.fulfilment.erasure import list_proposals
from consents.rights.models import RightsRequest
from consents.rights.refusals import PlacesDiffer
from consents.rights.rules import WhyNotCorrected, normalize_number
from consents.rights.selectors import list_thread
from consents.rights.services import correcting, filing, removing
from consents.rights.services.answering import has_sure_identity
from consents.rights.services.recording import stands_apart
from consents.rights.staff import bulk, intake, notes, pages, questions, queue
from consents.rights.staff import words as rights_words
from consents.rights.staff.acts import ACTS, group_possible_acts
from consents.rights.staff.answer_forms import build_answer_as_read
from consents.rights.staff.checklist import (
    build_checklist,
    choose_next_step,
    describe_delivery,
    describe_record_status,
    is_for_colleagues,
)
from consents.rights.staff.forms import ask_who_again, save_typed_fields, save_unsent_draft
from consents.rights.staff.intake import IntakeForm
from consents.rights.staff.notes import read_request_shown, select_requests_shown
from consents.rights.staff.officer_act import OfficerAct
from consents.rights.staff.pages import (
    build_written_statements,
    list_proposed_values,
    may_have_values,
    parse_decision,
    show_beside,
)
from consents.rights.staff.paging import KeyedChangeList

FILED = gettext_lazy("Request %(number)s is on record. It is to be answered by %(day)s.")
__all__ = ["RightsRequestAdmin", "questions"]


def build_action(act: OfficerAct) -> Any:
    """Build a button of the record: it asks what it needs, says what will happen, then does it once."""

    def pressed(self: "RightsRequestAdmin", request: StaffRequest, queryset: QuerySet[RightsRequest]) -> Any:
        return self.pressed(request, queryset.get(), act)

    pressed.__name__ = act.name
    return admin.action(description=act.label, permissions=["view"], location=RECORD)(pressed)


def build_bulk_action(act: OfficerAct) -> Any:
    """An act on the rows that are ticked in the list."""

    def chosen(self: "RightsRequestAdmin", request: HttpRequest, queryset: QuerySet[RightsRequest]) -> None:
        """The list leads to the page of the act before this is called."""

    chosen.__name__ = f"{bulk.PREFIX}{act.name}"
    return admin.action(description=act.label, permissions=["view"], location=[ActionLocation.CHANGE_LIST])(chosen)


BULK_ACTIONS = tuple(build_bulk_action(act) for act in ACTS if act.name in bulk.BULK)


@admin.register(RightsRequest)
class RightsRequestAdmin(RecordAdmin):
    """Every member of staff types in; officers see and handle."""

    may_view = OFFICERS
    may_add = {Role.REQUESTER, *OFFICERS}
    add_label = gettext_lazy("Type in a privacy request")
    change_form_template = None
    is_filtered_at_first = True  # to what is open
    nothing_yet = gettext_lazy("No privacy request is open. Choose another state above to see those that are not.")
    list_display = ("left_tag", "number", "right", "whose", "law", "received", "answer_until", "identity", "owner")
    list_display_links = ("number",)
    list_filter = (
        queue.StateFilter,
        queue.OwnerFilter,
        CustomerFilter,
        queue.LateFilter,
        queue.LawFilter,
        queue.TypeFilter,
        queue.YearFilter,
        queue.SortFilter,
    )
    search_fields = ("number",)
    search_help_text = gettext_lazy("The number of a request, such as RQ-7K2M-93QX.")
    fields = ("number",)
    right = staticmethod(rights_words.label_right)
    whose = staticmethod(rights_words.describe_whose)
    law = staticmethod(rights_words.label_law)
    choose_next_act = staticmethod(choose_next_step)
    group_acts = staticmethod(group_possible_acts)
    describe_delivery = staticmethod(describe_delivery)
    acts = [*ACTS, *notes.NOTE_ACTS]
    asked_first = tuple(act.name for act in acts if act.asks)
    read_only = ("read_words", "review_values", "decide_value", notes.read_notes, notes.decide_redaction)
    actions = (*BULK_ACTIONS, *(build_action(act) for act in acts), *read_only)

    def get_queryset(self, request: HttpRequest) -> QuerySet[RightsRequest]:
        return select_requests_shown()

    def read_record(self, request: HttpRequest, object_id: str, from_field: str | None) -> RightsRequest | None:
        return read_request_shown(object_id)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Find exactly one number, however it is typed."""
        return (queryset.filter(number=normalize_number(search_term)) if search_term.strip() else queryset), False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeyedChangeList]:
        return KeyedChangeList

    def changelist_view(self, request: Any, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if first := questions.find_first_view(request):
            return redirect(first)
        return super().changelist_view(request, questions.build_views_context(request) | (extra_context or {}))

    @admin.display(description=gettext_lazy("time left"))
    def left_tag(self, rights_request: Any) -> SafeString:
        return rights_words.render_tag(*rights_words.describe_days_left(rights_request, rights_request.read_at))

    def action_checkbox(self, rights_request: RightsRequest) -> SafeString:
        """The stock one, without a template for each of fifty rows."""
        label = _("Choose %(number)s") % {"number": rights_request.number}
        return format_html(
            '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="{}">',
            helpers.ACTION_CHECKBOX_NAME,
            rights_request.pk,
            label,
        )

    @admin.display(description=gettext_lazy("arrived"))
    def received(self, rights_request: RightsRequest) -> str:
        return rights_words.format_short_day(rights_request.received_at)

    @admin.display(description=gettext_lazy("answer by"))
    def answer_until(self, rights_request: RightsRequest) -> str:
        return rights_words.format_short_day(rights_request.answer_by)

    @admin.display(description=gettext_lazy("state"))
    def identity(self, rights_request: Any) -> str:
        _tone, word = rights_words.describe_queue_status(rights_request, rights_request.read_at)
        return (
            word
            if rights_request.is_answered or rights_request.waiting_since
            else f"{word}; {rights_words.describe_identity_state(rights_request)}"
        )

    @admin.display(description=gettext_lazy("officer"))
    def owner(self, rights_request: Any) -> str:
        name = pages.describe_handler(rights_request, is_short=True)
        if rights_request.readers:
            return _("%(name)s; opened by %(who)s") % {"name": name, "who": ", ".join(rights_request.readers)}
        return name

    @as_shown_again
    def add_view(self, request: StaffRequest, form_url: str = "", extra_context: Any = None) -> HttpResponseBase:
        if not self.has_add_permission(request):
            raise Unknown
        is_sent = request.method == "POST" and REOPENED not in request.POST
        form = IntakeForm(request.POST) if is_sent else IntakeForm(initial=intake.list_typed_values(request.POST))
        if form.is_valid() and (rights_request := intake.file_typed_request(request, form)):
            return self.filed(request, rights_request)
        ask_who_again(request, form)
        context = self.admin_site.each_context(request) | {"title": self.add_label, "form": form, "opts": self.opts}
        context["may_view"] = self.has_view_permission(request)
        template = "admin/rights/rightsrequest/intake.html"
        return render(request, template, context, status=422 if form.is_bound else 200)

    def filed(self, request: HttpRequest, rights_request: RightsRequest) -> HttpResponse:
        about = {"number": rights_request.number, "day": format_day(timezone.localtime(rights_request.answer_by))}
        done = _("Request %(number)s is on record, and done.") if rights_request.is_answered else FILED
        self.message_user(request, str(done) % about, messages.SUCCESS)
        if self.has_view_permission(request):
            return redirect(reverse("admin:rights_rightsrequest_change", args=[rights_request.pk]))
        return redirect(reverse("admin:rights_rightsrequest_add"))

    def possible_actions(self, request: HttpRequest, obj: RightsRequest) -> Iterable[str]:
        found = [one.name for one in self.acts if one.is_possible(obj)]
        found = [act for act in found if not is_for_colleagues(act, obj, request)]
        if obj.statements.filter(note=None).exists():
            found.append("read_words")
        if may_have_values(obj):
            found.append("review_values")
        if obj.note_set.exists():
            found.append("read_notes")
        return found

    def record_context(self, request: Any, obj: RightsRequest) -> dict[str, Any]:
        entries, now = timelines.list_newest_entries(obj.pk), clock.now()
        readers = notes.note_open_page(obj.pk, request.user.staff_member)
        return {
            "readers": notes.describe_open_pages(readers),
            "title": _("Privacy request %(number)s") % {"number": obj.number},
            "status": describe_record_status(obj, now),
            "left": rights_words.render_tag(*rights_words.describe_days_left(obj, now)),
            "checklist": build_checklist(obj, entries, self.describe_delivery(obj)),
            "facts": rights_words.list_request_facts(obj),
            # Its words are read on record alone.
            "answer": presenting.describe_answer(obj) | {"text": ""} if obj.is_answered else None,
            "timeline": rights_words.build_staff_timeline(entries),
            **notes.build_note_context(request, obj),
            "links": [{"url": reverse("admin:rights_rightsrequest_next", args=[obj.pk]), "label": _("Next request")}],
        }

    def pressed(self, request: StaffRequest, rights_request: RightsRequest, act: OfficerAct) -> HttpResponseBase:
        """Ask, show, do; what was typed is kept until it is done."""
        if not act.is_possible(rights_request) and not self.is_confirmed(request):
            return self.refuse_stale_button(request)
        if act.asks and not self.is_confirmed(request):
            return self.ask(request, rights_request, act, self.build_begun_form(request, rights_request, act))
        form = act.form(rights_request, request.POST) if act.form else None
        if form:
            save_typed_fields(request, rights_request.pk, act.name)
        if form and not form.is_valid():
            return self.ask(request, rights_request, act, form)
        said, officer = dict(form.cleaned_data) if form else {}, request.user.staff_member
        if act.is_read_first and "is_read" not in request.POST:
            return self.ask(request, rights_request, act, form, as_read=build_answer_as_read(rights_request, said))
        try:
            done = act.get_done(rights_request)
            if "who" in said and not was_submitted(request):
                said["customer"] = look_up_typed_customer(said.pop("who"), record_actor(request)).pk
            run_once(request, lambda by: act.do(rights_request=rights_request.pk, officer=officer, by=by, **said))
        except Refusal as refusal:
            return self.refused(request, rights_request, act, form, refusal)
        filing.discard_draft(rights_request=rights_request.pk, act=act.name, officer=officer)
        self.message_user(request, done, messages.SUCCESS)
        for sentence in act.tells(rights_request):
            self.message_user(request, sentence)
        next_act = act.leads_to(rights_request) if act.leads_to else ""
        return redirect(self.get_act_url(request, next_act) if next_act else self.get_record_url(request))

    def response_action(
        self, request: HttpRequest, queryset: Any, action_location: Any = ActionLocation.CHANGE_LIST
    ) -> Any:
        """Lead from the list to the page of an act on many: what left the list meanwhile is named there."""
        chosen = request.POST.getlist(helpers.ACTION_CHECKBOX_NAME)
        act = next((name for name in request.POST.getlist("action") if name), "").removeprefix(bulk.PREFIX)
        if action_location == ActionLocation.CHANGE_LIST and act in bulk.BULK and chosen:
            return redirect(reverse("admin:rights_rightsrequest_bulk", args=[act], query={bulk.CHOSEN: chosen}))
        return super().response_action(request, queryset, action_location)

    @as_shown_again
    def bulk_view(self, request: StaffRequest, act: str) -> HttpResponseBase:
        """Ask before one act on many requests; then do it for each, and name those for which it was not possible."""
        acts = {known.name: known for known in self.acts if known.name in bulk.BULK}
        if not self.has_view_permission(request) or act not in acts:
            raise Unknown
        is_sent = request.method == "POST" and REOPENED not in request.POST
        return bulk.show_bulk_page(self, request, acts[act], is_sent=is_sent)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("bulk/<slug:act>/", view(self.bulk_view), name="rights_rightsrequest_bulk"),
            path("<uuid:id>/act/<slug:act>/draft/", view(self.draft_view), name="rights_rightsrequest_draft"),
            path("<uuid:id>/next/", view(pages.lead_to_next), name="rights_rightsrequest_next"),
            path("find/", view(pages.show_find_page), name="rights_rightsrequest_find"),
            path("views/", view(questions.show_views), name="rights_rightsrequest_views"),
        ]
        return own + super().get_urls()

    @as_harmless
    def draft_view(self, request: StaffRequest, id: UUID, act: str) -> HttpResponseBase:
        """Keep what is being typed, as the page's script sends it from time to time."""
        known = {one.name: one for one in self.acts if one.form}
        if not self.has_view_permission(request) or act not in known:
            raise Unknown
        if request.method != "POST":
            return redirect("admin:rights_rightsrequest_act", id, act)
        save_unsent_draft(request, id, act)
        notes.note_open_page(id, request.user.staff_member)
        return HttpResponse(status=204)

    def build_begun_form(self, request: StaffRequest, rights_request: RightsRequest, act: OfficerAct) -> Any:
        """Return the form with what this officer typed before, unchecked; what comes over a sign-in is the newest."""
        if act.form is None:
            return None
        if request.method == "POST":
            save_typed_fields(request, rights_request.pk, act.name)
        typed = filing.open_draft(rights_request=rights_request.pk, act=act.name, officer=request.user.staff_member)
        return act.form(rights_request, begun=dict(typed))

    def refused(
        self, request: StaffRequest, rights_request: RightsRequest, act: OfficerAct, form: Any, refusal: Refusal
    ) -> HttpResponseBase:
        """Show the refusal, beside what was typed if the act is still possible."""
        rights_request.refresh_from_db()
        if form is None or not act.is_possible(rights_request):
            self.message_user(request, str(refusal), messages.ERROR)
            return redirect(self.get_record_url(request))
        if isinstance(refusal, PlacesDiffer):
            form.offer_places(refusal.recorded)
        form.add_error(None, str(refusal))
        return self.ask(request, rights_request, act, form)

    def ask(
        self, request: StaffRequest, rights_request: RightsRequest, act: OfficerAct, form: Any, **more: Any
    ) -> HttpResponse:
        if form is not None:
            form.fit_reader(request.user.staff_member)
        return self.confirm(
            request,
            rights_request,
            title=act.title,
            effects=act.list_effects(rights_request, request.user.staff_member),
            button=act.get_button(rights_request),
            letter=act.letter(rights_request),
            basis=act.basis(rights_request),
            template="admin/rights/rightsrequest/act.html",
            form=form,
            is_read_first=act.is_read_first,
            draft_url=f"{self.get_act_url(request, act.name)}draft/" if form else "",
            **more,
        )

    @admin.action(description=gettext_lazy("Read the messages"), permissions=["view"], location=RECORD)
    def read_words(self, request: StaffRequest, queryset: QuerySet[RightsRequest]) -> HttpResponseBase:
        rights_request = queryset.get()
        return self.page(
            request,
            rights_request,
            "admin/rights/rightsrequest/words.html",
            title=_("What was written"),
            written=self.written(request, rights_request),
            thread=list_thread(rights_request),
        )

    @as_shown_again
    def change_view(
        self, request: Any, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Leave a look at the vault outside the transaction around an act: it is committed before it happens."""
        pressed, is_confirmed = request.POST.get(PRESSED), self.is_confirmed(request)
        is_asking = pressed == "decide_value" and request.POST.get("decision") != "refuse" and not is_confirmed
        if not (pressed == "review_values" or is_asking) or not self.has_view_permission(request):
            return super().change_view(request, object_id, form_url, extra_context)
        look: Any = self.ask_before_saving if is_asking else self.show_values
        response: HttpResponse = look(request, self.get_object(request, object_id))
        return response

    @admin.action(description=gettext_lazy("Look at the proposed values"), permissions=["view"], location=RECORD)
    def review_values(self, request: StaffRequest, queryset: QuerySet[RightsRequest]) -> HttpResponseBase:
        return self.show_values(request, queryset.get())

    def show_values(self, request: StaffRequest, rights_request: RightsRequest) -> HttpResponseBase:
        if "review_values" not in self.possible_actions(request, rights_request):
            return self.refuse_stale_button(request)
        written = self.written(request, rights_request)
        officer, by = request.user.staff_member, record_actor(request)
        values = [show_beside(rights_request, value, officer, by) for value in list_proposed_values(rights_request)]
        return self.page(
            request,
            rights_request,
            "admin/rights/rightsrequest/values.html",
            title=_("Proposed values"),
            written=written,
            values=values,
            may_decide=has_sure_identity(rights_request) and stands_apart(rights_request, officer),
        )

    def written(self, request: StaffRequest, rights_request: RightsRequest) -> list[tuple[str, list[tuple[Any, str]]]]:
        """Open what was written; the reading is on record before it is shown."""
        return build_written_statements(
            removing.read_statements(
                rights_request=rights_request.pk, officer=request.user.staff_member, by=record_actor(request)
            )
        )

    @admin.action(description=gettext_lazy("Decide on a value"), permissions=["view"], location=RECORD)
    def decide_value(self, request: StaffRequest, queryset: QuerySet[RightsRequest]) -> HttpResponseBase:
        """Decide, and after the last value lead on to the answer."""
        rights_request = queryset.get()
        officer = request.user.staff_member
        is_last = len(list_proposals(rights_request)) - rights_request.correction_set.count() == 1

        def decide(by: Actor) -> object:
            return correcting.decide_value(
                rights_request=rights_request.pk, officer=officer, by=by, **parse_decision(request.POST)
            )

        is_refused = request.POST.get("decision") == "refuse"
        done = _("The value was refused.") if is_refused else _("The value is in the vault.")
        answer_page = self.get_act_url(request, "answer") if is_last and not is_refused else ""
        return self.act(request, lambda: run_once(request, decide), done, to=answer_page)

    def ask_before_saving(self, request: StaffRequest, rights_request: RightsRequest) -> HttpResponseBase:
        """Show once more, on record, what would be written into the vault over what stands there."""
        self.written(request, rights_request)
        place = parse_decision(request.POST)["place"]
        values = list_proposed_values(rights_request)
        value = next((shown for shown in values if shown.place == place and shown.decided is None), None)
        if value is None:
            return self.refuse_stale_button(request)
        effect = _("It takes the place of what stands there. Anyone who may look reads the new value from then on.")
        return self.confirm(
            request,
            rights_request,
            title=_("Save this value in the vault?"),
            effects=[effect],
            button=_("Save it in the vault"),
            template="admin/rights/rightsrequest/save_value.html",
            value=show_beside(rights_request, value, request.user.staff_member, record_actor(request)),
        )

    def page(self, request: HttpRequest, rights_request: RightsRequest, template: str, **context: Any) -> HttpResponse:
        more = {"obj": rights_request, "opts": self.opts, "why_not": WhyNotCorrected.choices}
        more |= self.admin_site.each_context(request) | {"record_url": self.get_record_url(request)}
        return render(request, template, more | context)
