"""Privacy requests in the staff house: the queue, each request as a checklist with its acts, and typing in."""

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.core import clock
from consents.core.admin import RECORD, RecordAdmin
from consents.core.refusals import Refusal, Unknown
from consents.ledger import selectors as ledger
from consents.ledger.rules import Actor
from consents.people.models import Role, StaffMember
from consents.people.visitors import actor_of, once, token_of, was_sent
from consents.rights import intake, queue, services, staff_words
from consents.rights.checklist import checklist
from consents.rights.intake import IntakeForm
from consents.rights.models import RightsRequest
from consents.rights.officer_acts import ACTS, Act, Doing, as_read, can_be_handed, found, handing_in_words
from consents.rights.officer_pages import (
    Written,
    decided_value,
    letter_of,
    may_have_values,
    values_of,
    written_of,
)
from consents.rights.rules.numbers import same_number
from consents.rights.services.correcting import proposals
from consents.vault import selectors as parts_of

FILED = gettext_lazy("Request %(number)s is on record. It is to be answered by %(day)s.")
OFFICERS = {Role.PRIVACY_OFFICER, Role.COMPLIANCE_OFFICER}


def officer_of(request: HttpRequest) -> StaffMember:
    member: StaffMember = request.user.staff_member  # type: ignore[union-attr]
    return member


def as_action(act: Act) -> Any:
    """A button of the record: asks what it needs, says what will happen, then does it once."""

    def pressed(self: "RightsRequestAdmin", request: HttpRequest, queryset: QuerySet[RightsRequest]) -> Any:
        return self.pressed(request, queryset.get(), act)

    pressed.__name__ = act.name
    return admin.action(description=act.label, permissions=["handle"], location=RECORD)(pressed)


@admin.register(RightsRequest)
class RightsRequestAdmin(RecordAdmin):
    """Every member of staff types in; officers see and handle."""

    may_view = OFFICERS
    may_add = {Role.REQUESTER, *OFFICERS}
    add_label = gettext_lazy("Type in a privacy request")
    change_form_template = None
    list_display = ("left_tag", "number", "right", "law", "received", "answer_until", "identity", "owner")
    list_display_links = ("number",)
    list_filter = (queue.StateFilter, queue.LateFilter, queue.LawFilter, queue.TypeFilter, queue.YearFilter)
    search_fields = ("number",)
    search_help_text = gettext_lazy("The number of a request, such as RQ-7K2M-93QX.")
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()
    fields = ("number",)
    actions = (*(as_action(act) for act in ACTS), "hand_out_code", "read_words", "review_values", "decide_value")

    def get_queryset(self, request: HttpRequest) -> QuerySet[RightsRequest]:
        return queue.queued(super().get_queryset(request)).select_related("handler__staff_member")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Exactly one number, however it is typed."""
        return (queryset.filter(number=same_number(search_term)) if search_term.strip() else queryset), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title} | (extra_context or {}))

    def has_handle_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @admin.display(description=gettext_lazy("time left"))
    def left_tag(self, row: RightsRequest) -> SafeString:
        return tag(*staff_words.days_left(row, clock.now()))

    @admin.display(description=gettext_lazy("what is asked"))
    def right(self, row: RightsRequest) -> str:
        return row.get_request_type_display()

    @admin.display(description=gettext_lazy("law"))
    def law(self, row: RightsRequest) -> str:
        return f"{row.get_regime_display()} ({row.jurisdiction})"

    @admin.display(description=gettext_lazy("arrived"))
    def received(self, row: RightsRequest) -> str:
        return staff_words.as_day(timezone.localtime(row.received_at))

    @admin.display(description=gettext_lazy("answer by"))
    def answer_until(self, row: RightsRequest) -> str:
        return staff_words.as_day(timezone.localtime(row.last))  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("state"))
    def identity(self, row: RightsRequest) -> str:
        _tone, word = staff_words.status_of(row, clock.now())
        return word if row.is_answered or row.waiting_since else f"{word}; {staff_words.identity_of(row)}"

    @admin.display(description=gettext_lazy("officer"))
    def owner(self, row: RightsRequest) -> str:
        return row.handler.first_name if row.handler else _("nobody yet")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponseBase:
        if not self.has_add_permission(request):
            raise Unknown
        form = IntakeForm(request.POST if request.method == "POST" else None)
        if form.is_valid() and (row := intake.file(request, form)):
            return self.filed(request, row)
        context = self.admin_site.each_context(request) | {"title": self.add_label, "form": form, "opts": self.opts}
        context["may_view"] = self.has_view_permission(request)
        template = "admin/rights/rightsrequest/intake.html"
        return render(request, template, context, status=422 if form.is_bound else 200)

    def filed(self, request: HttpRequest, row: RightsRequest) -> HttpResponse:
        about = {"number": row.number, "day": staff_words.as_day(timezone.localtime(row.answer_by))}
        done = _("Request %(number)s is on record, and done.") if row.is_answered else FILED
        self.message_user(request, str(done) % about, messages.SUCCESS)
        if self.has_view_permission(request):
            return redirect(reverse("admin:rights_rightsrequest_change", args=[row.pk]))
        return redirect(reverse("admin:rights_rightsrequest_add"))

    def possible_actions(self, request: HttpRequest, obj: RightsRequest) -> Iterable[str]:
        found = [act.name for act in ACTS if act.is_possible(obj) and not is_own_proposal(act, obj, request)]
        if can_be_handed(obj):
            found.append("hand_out_code")
        if obj.words.exists():
            found.append("read_words")
        if may_have_values(obj):
            found.append("review_values")
        return found

    def record_context(self, request: HttpRequest, obj: RightsRequest) -> dict[str, Any]:
        entries, now = ledger.newest(obj.pk), clock.now()
        return {
            "title": _("Privacy request %(number)s") % {"number": obj.number},
            "status": staff_words.status_of(obj, now),
            "left": tag(*staff_words.days_left(obj, now)),
            "checklist": checklist(obj, entries),
            "facts": staff_words.facts_of(obj),
            "answer": as_read(obj, staff_words.said_of(obj)) if obj.is_answered else None,
            "timeline": staff_words.events(entries),
        }

    def pressed(self, request: HttpRequest, row: RightsRequest, act: Act) -> HttpResponseBase:
        """Ask, show, do; what was typed is kept until it is done."""
        if not act.is_possible(row) and not self.is_confirmed(request):
            raise Unknown
        data = request.POST if self.is_confirmed(request) else None
        form = act.form(row, data) if act.form else None
        if data is None or (form and not form.is_valid()):
            return self.ask(request, row, act, form)
        said = form.cleaned_data if form else {}
        if act.is_read_first and "is_read" not in request.POST:
            return self.ask(request, row, act, form, as_read=as_read(row, said))
        try:
            customer = None if was_sent(request) else found(said, actor_of(request))
            once(request, lambda by: act.do(Doing(row, said, officer_of(request), by, customer)))
        except Refusal as refusal:
            return self.refused(request, row, act, form, refusal)
        self.message_user(request, act.done, messages.SUCCESS)
        return redirect(request.path)

    def refused(
        self, request: HttpRequest, row: RightsRequest, act: Act, form: Any, refusal: Refusal
    ) -> HttpResponseBase:
        """In its own words; beside what was typed, where something was and the act is still possible."""
        row.refresh_from_db()
        if form is None or not act.is_possible(row):
            self.message_user(request, str(refusal), messages.ERROR)
            return redirect(request.path)
        form.add_error(None, str(refusal))
        return self.ask(request, row, act, form)

    def ask(self, request: HttpRequest, row: RightsRequest, act: Act, form: Any, **more: Any) -> HttpResponse:
        response = self.confirm(
            request,
            row,
            action=act.name,
            title=act.title,
            effects=act.effects(row),
            button=act.label,
            template="admin/rights/rightsrequest/act.html",
            form=form,
            is_read_first=act.is_read_first,
            **more,
        )
        response.status_code = 422 if form is not None and form.errors else 200
        return response

    @admin.action(description=gettext_lazy("Give out a code"), permissions=["handle"], location=RECORD)
    def hand_out_code(self, request: HttpRequest, queryset: QuerySet[RightsRequest]) -> HttpResponseBase:
        """Asked once more; then the letter is the answer to the press, and is shown to nobody else."""
        row = queryset.get()
        if not self.is_confirmed(request):
            if not can_be_handed(row):
                raise Unknown
            words = {"title": _("Give out a code for the copy?"), "button": _("Show the letter with the code")}
            return self.confirm(request, row, action="hand_out_code", effects=handing_in_words(row), **words)
        officer, token = officer_of(request), token_of(request) or uuid4()
        try:
            code = services.hand_out_code(request=row.pk, officer=officer, token=token, by=actor_of(request))
        except Refusal as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return redirect(request.path)
        return self.page(request, row, "letter", title=_("Letter with the code"), letter=letter_of(row, code))

    @admin.action(description=gettext_lazy("Read what was written"), permissions=["handle"], location=RECORD)
    def read_words(self, request: HttpRequest, queryset: QuerySet[RightsRequest]) -> HttpResponseBase:
        row = queryset.get()
        return self.page(request, row, "words", title=_("What was written"), written=self.written(request, row))

    @admin.action(description=gettext_lazy("Look at the proposed values"), permissions=["handle"], location=RECORD)
    def review_values(self, request: HttpRequest, queryset: QuerySet[RightsRequest]) -> HttpResponseBase:
        row = queryset.get()
        written = self.written(request, row)
        values = values_of(row, proposals(row))
        return self.page(request, row, "values", title=_("Proposed values"), written=written, values=values)

    def written(self, request: HttpRequest, row: RightsRequest) -> list[Written]:
        """On record before it is shown."""
        return written_of(services.read(request=row.pk, officer=officer_of(request), by=actor_of(request)))

    @admin.action(description=gettext_lazy("Decide on a value"), permissions=["handle"], location=RECORD)
    def decide_value(self, request: HttpRequest, queryset: QuerySet[RightsRequest]) -> HttpResponseBase:
        row = queryset.get()
        officer = officer_of(request)

        def decide(by: Actor) -> object:
            return services.decide_value(request=row.pk, officer=officer, by=by, **decided_value(request.POST))

        is_refused = request.POST.get("decision") == "refuse"
        done = _("The value was refused.") if is_refused else _("The value is in the vault.")
        return self.act(request, lambda: once(request, decide), done)

    def page(self, request: HttpRequest, row: RightsRequest, name: str, **context: Any) -> HttpResponse:
        more = {"obj": row, "opts": self.opts, "why_not": staff_words.why_not_corrected()}
        whole = self.admin_site.each_context(request) | more | context
        return render(request, f"admin/rights/rightsrequest/{name}.html", whole)


def is_own_proposal(act: Act, row: RightsRequest, request: HttpRequest) -> bool:
    """Who proposed to delete is offered to cancel it alone; the service refuses all the same."""
    proposed = parts_of.proposed_for(row.pk) if act.name == "erase_part" else None
    return proposed is not None and proposed.proposed_by_id == request.user.pk


def tag(tone: str, icon: str, word: str) -> SafeString:
    return render_to_string("admin/rights/rightsrequest/tag.html", {"tone": tone, "icon": icon, "word": word})
