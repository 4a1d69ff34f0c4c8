"""The officer's page of a privacy request, with the acts on the copy that answers it."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.copies.file_checks import KINDS
from consents.copies.models import AddedFile
from consents.copies.rules import LeftOut
from consents.copies.selectors import open_about, takes_files
from consents.copies.services import codes, files
from consents.copies.staff import queue
from consents.copies.staff.acts import ACTS as COPY_ACTS
from consents.copies.staff.acts import build_letter, can_hand_out_code, describe_handing_out
from consents.copies.staff.checklist import describe_delivery
from consents.copies.staff.files import ACTS as FILE_ACTS
from consents.copies.staff.files import AddFileForm, add_typed_files, list_file_rows
from consents.core.admin import RECORD, REOPENED, as_shown_again
from consents.core.refusals import Refusal, Unknown
from consents.people.visitors import StaffRequest, get_form_token, record_actor, run_once
from consents.rights.models import RightsRequest
from consents.rights.staff.acts import ACTS
from consents.rights.staff.admin import BULK_ACTIONS, RightsRequestAdmin, build_action
from consents.rights.staff.notes import NOTE_ACTS

admin.site.unregister(RightsRequest)
REFUSING = next(place for place, act in enumerate(ACTS, 1) if act.name == "refuse")


@admin.register(RightsRequest)
class RequestWithCopyAdmin(RightsRequestAdmin):
    describe_delivery = staticmethod(describe_delivery)
    list_filter = (queue.WaitsFilter, queue.StateFilter, *RightsRequestAdmin.list_filter[1:])
    acts = [*ACTS[:REFUSING], *COPY_ACTS, *ACTS[REFUSING:], *NOTE_ACTS]
    asked_first = (*(act.name for act in acts if act.asks), "hand_out_code")
    actions = (
        *BULK_ACTIONS,
        *(build_action(act) for act in acts),
        "hand_out_code",
        *RightsRequestAdmin.read_only,
    )

    def possible_actions(self, request: HttpRequest, obj: RightsRequest) -> Iterable[str]:
        return [*super().possible_actions(request, obj), *(["hand_out_code"] if can_hand_out_code(obj) else [])]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("<uuid:id>/files/", view(self.files_view), name="rights_rightsrequest_files"),
            path("<uuid:id>/files/<uuid:file>/", view(self.file_view), name="rights_rightsrequest_file"),
        ]
        return own + super().get_urls()

    def record_context(self, request: Any, obj: RightsRequest) -> dict[str, Any]:
        context = super().record_context(request, obj)
        if takes_files(obj) or obj.added_files.exists():
            context["links"] = [build_files_link(obj), *context["links"]]
        return context

    def get_request_with_files(self, request: StaffRequest, id: UUID) -> RightsRequest:
        """Raises Unknown where there are no files, and can be none."""
        rights_request: RightsRequest = self.get_object(request, str(id))
        if not self.has_view_permission(request) or not (
            takes_files(rights_request) or rights_request.added_files.exists()
        ):
            raise Unknown
        return rights_request

    @as_shown_again
    def files_view(self, request: StaffRequest, id: UUID) -> HttpResponseBase:
        """GET: what the copy holds from other systems, whole, as it is sent. POST: add a file."""
        rights_request = self.get_request_with_files(request, id)
        is_sent = request.method == "POST" and REOPENED not in request.POST
        form = AddFileForm(rights_request, *([request.POST, request.FILES] if is_sent else []))
        if form.is_valid():
            officer = request.user.staff_member
            try:
                run_once(request, lambda by: add_typed_files(rights_request, form.cleaned_data, officer, by))
            except Refusal as refusal:
                form.add_error(None, str(refusal))
            else:
                is_whole = form.cleaned_data["left_out"] == LeftOut.NOTHING
                waits = _("It is added. A second officer must agree to what is left out.")
                self.message_user(request, _("It is in the copy.") if is_whole else waits, messages.SUCCESS)
                return redirect("admin:rights_rightsrequest_files", id)
        return self.show_files(request, rights_request, form)

    def show_files(self, request: StaffRequest, rights_request: RightsRequest, form: AddFileForm) -> HttpResponse:
        context = {
            "title": _("Files for the copy"),
            "obj": rights_request,
            "opts": self.opts,
            "record_url": reverse("admin:rights_rightsrequest_change", args=[rights_request.pk]),
            "answer_url": reverse("admin:rights_rightsrequest_act", args=[rights_request.pk, "answer"]),
            "rows": list_file_rows(rights_request, request.user.pk),
            "form": form if takes_files(rights_request) else None,
        }
        whole = self.admin_site.each_context(request) | context
        return render(request, "admin/copies/files.html", whole, status=422 if form.errors else 200)

    def file_view(self, request: StaffRequest, id: UUID, file: UUID) -> HttpResponseBase:
        """POST: read a file, on record; agree to what is left out of it; or take it out again."""
        rights_request = self.get_request_with_files(request, id)
        back = reverse("admin:rights_rightsrequest_files", args=[id])
        if request.method != "POST" or not rights_request.added_files.filter(pk=file).exists():
            if request.method == "POST":
                raise Unknown
            return redirect(back)
        officer, act = request.user.staff_member, FILE_ACTS.get(request.POST.get("act", ""))
        try:
            if act is None:
                return respond_with_content(files.read_file(file=file, officer=officer, by=record_actor(request)))
            run_once(request, lambda by: act(file=file, officer=officer, by=by))
        except Refusal as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        else:
            self.message_user(request, _("This is on record."), messages.SUCCESS)
        return redirect(back)

    @admin.action(description=gettext_lazy("Give out a code"), permissions=["view"], location=RECORD)
    def hand_out_code(self, request: StaffRequest, queryset: QuerySet[RightsRequest]) -> HttpResponseBase:
        """Ask for confirmation; then show the letter, only in the response to that form."""
        rights_request = queryset.get()
        if not self.is_confirmed(request):
            if not can_hand_out_code(rights_request):
                return self.refuse_stale_button(request)
            words = {"title": _("Give out a code for the copy?"), "button": _("Show the letter with the code")}
            return self.confirm(request, rights_request, effects=describe_handing_out(rights_request), **words)
        officer, token = request.user.staff_member, get_form_token(request) or uuid4()
        try:
            code = codes.hand_out_code(
                rights_request=rights_request.pk, officer=officer, token=token, by=record_actor(request)
            )
        except Refusal as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return redirect(self.get_record_url(request))
        return self.page(
            request,
            rights_request,
            "admin/copies/letter.html",
            title=_("Letter with the code"),
            letter=build_letter(rights_request, code),
        )


def build_files_link(rights_request: RightsRequest) -> dict[str, str]:
    address = reverse("admin:rights_rightsrequest_files", args=[rights_request.pk])
    return {"url": address, "label": _("Files for the copy")}


def respond_with_content(added: AddedFile) -> StreamingHttpResponse:
    """Send a file to an officer; nothing in it runs or loads, should a browser show it."""
    response = StreamingHttpResponse(files.open_file(added), content_type=KINDS[added.kind].media_type)
    name = open_about(added).get("name", "")
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
