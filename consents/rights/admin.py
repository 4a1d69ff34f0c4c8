"""Privacy requests in the staff house: typing in what came another way, and each request's record."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.core import clock
from consents.core.admin import RecordAdmin
from consents.core.refusals import Unknown
from consents.ledger import selectors as ledger
from consents.people.models import Role
from consents.rights import intake, staff_words, words
from consents.rights.intake import IntakeForm
from consents.rights.models import RightsRequest, Words

FILED = gettext_lazy("Request %(number)s is on record. It is to be answered by %(day)s.")
OFFICERS = {Role.PRIVACY_OFFICER, Role.COMPLIANCE_OFFICER}


@admin.register(RightsRequest)
class RightsRequestAdmin(RecordAdmin):
    """Every member of staff types in; officers see the records."""

    may_view = OFFICERS
    may_add = {Role.REQUESTER, *OFFICERS}
    add_label = gettext_lazy("Type in a privacy request")
    change_form_template = None
    list_display = ("state_tag", "number", "right", "jurisdiction", "received", "answer_until", "customer_short")
    ordering = (F("responded_at").desc(nulls_first=True), "due_at")
    sortable_by = ()
    fields = ("number",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[RightsRequest]:
        return super().get_queryset(request).select_related("handler")

    @admin.display(description=gettext_lazy("state"))
    def state_tag(self, row: RightsRequest) -> str:
        return format_html('<span class="state state-{}">{}</span>', *staff_words.status_of(row, clock.now()))

    @admin.display(description=gettext_lazy("what is asked"))
    def right(self, row: RightsRequest) -> str:
        return row.get_request_type_display()

    @admin.display(description=gettext_lazy("arrived"))
    def received(self, row: RightsRequest) -> str:
        return staff_words.as_words(row.received_at)

    @admin.display(description=gettext_lazy("answer by"))
    def answer_until(self, row: RightsRequest) -> str:
        return staff_words.as_words(row.answer_by)

    @admin.display(description=gettext_lazy("customer"))
    def customer_short(self, row: RightsRequest) -> str:
        return str(row.customer_id)[:8] if row.customer_id else _("not known yet")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {"title": _("Privacy requests")} | (extra_context or {}))

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

    def record_context(self, request: HttpRequest, obj: RightsRequest) -> dict[str, Any]:
        return {
            "title": _("Privacy request %(number)s") % {"number": obj.number},
            "status": staff_words.status_of(obj, clock.now()),
            "facts": staff_words.facts_of(obj),
            "message": words.read(obj, Words.Kind.ASKED).get("words", ""),
            "timeline": staff_words.events(ledger.newest(obj.pk)),
        }
