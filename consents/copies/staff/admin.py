"""The officer's page of a privacy request, with the acts on the copy that answers it."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.conf import settings
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
from consents.copies.selectors import name_files, open_about, takes_files
from consents.copies.services import codes, files
from consents.copies.services.files import NewFile
from consents.copies.staff import acts as queue
from consents.copies.staff.acts import ACTS as COPY_ACTS
from consents.copies.staff.acts import build_letter, can_hand_out_code, describe_delivery, describe_handing_out
from consents.core.admin import RECORD, REOPENED, as_shown_again
from consents.core.fields import RadioField, SeenText
from consents.core.refusals import Refusal, Unknown
from consents.ledger.rules import Actor
from consents.people.models import StaffMember
from consents.people.visitors import StaffRequest, get_form_token, record_actor, run_once
from consents.rights.models import RightsRequest
from consents.rights.staff.acts import ACTS as ACTS_ACTS
from consents.rights.staff.admin import BULK_ACTIONS, RightsRequestAdmin, build_action
from consents.rights.staff.notes import NOTE_ACTS

# The page on which officers add files to a copy, see the whole of what is sent, and agree to what is left out.

LONGEST_WORDS = 500


class ManyFilesInput(forms.FileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Several files, chosen at once."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        return [super(ManyFilesField, self).clean(upload, initial) for upload in data or []]


class AddFileForm(forms.Form):
    system = forms.CharField(
        label=gettext_lazy("System"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Where they were found. It is noted as searched."),
        error_messages={"required": gettext_lazy("Name the system.")},
    )
    content = ManyFilesField(
        label=gettext_lazy("Files"),
        required=False,
        allow_empty_file=True,
        max_length=1000,
        widget=ManyFilesInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg,.csv,.txt"}),
    )
    left_out = RadioField(
        label=gettext_lazy("What is left out of them"),
        choices=LeftOut.choices,
        initial=LeftOut.NOTHING,
        help_text=gettext_lazy("Black out what is about other people before you add the file (GDPR Art 15(4))."),
    )
    words = SeenText(
        label=gettext_lazy("What is left out and why, as the customer reads it"),
        required=False,
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, rights_request: RightsRequest, *args: Any) -> None:
        super().__init__(*args)
        newest = rights_request.search_set.order_by("-pk").first()
        self.initial["system"] = newest.system if newest else ""
        self.fields["content"].help_text = _(
            "PDF, pictures (PNG, JPEG), tables (CSV) or plain text, of at most %(n)d MB together."
        ) % {"n": settings.PORTAL_COPY_FILE_MB}

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        is_whole = typed.get("left_out") == LeftOut.WHOLE
        if not is_whole and not typed.get("content"):
            self.add_error("content", _("Choose at least one file."))
        if is_whole and typed.get("content"):
            self.add_error("content", _("Add no file where the whole of it is left out."))
        if typed.get("left_out") != LeftOut.NOTHING and not typed.get("words", "").strip():
            self.add_error("words", _("Say what is left out and why."))
        if typed.get("left_out") == LeftOut.NOTHING and typed.get("words", "").strip():
            self.add_error("left_out", _("You wrote that something is left out. Choose what."))
        return typed


def add_typed_files(rights_request: RightsRequest, typed: dict[str, Any], officer: StaffMember, by: Actor) -> None:
    """Add each file that was chosen, or say that one is left out; all of them or none."""
    for upload in typed["content"] or [None]:
        files.add_file(
            rights_request=rights_request.pk,
            system=typed["system"],
            left_out=LeftOut(typed["left_out"]),
            words=typed["words"],
            new_file=NewFile(upload.name, upload.read()) if upload else None,
            officer=officer,
            by=by,
        )


ACTS = {"agree": files.agree_to_left_out, "take_out": files.take_out_file}


def list_file_rows(rights_request: RightsRequest, officer: UUID) -> list[dict[str, Any]]:
    """List what the copy holds from other systems, with what this officer can do about each."""
    return [build_file_row(path, added, facts, officer) for path, added, facts in name_files(rights_request)]


def build_file_row(path: str, added: Any, facts: dict[str, str], officer: UUID) -> dict[str, Any]:
    is_open, is_left_out = takes_files(added.rights_request), added.left_out != LeftOut.NOTHING
    return {
        "id": added.pk,
        "system": added.system,
        "path": path if added.kind else "",
        "kind": KINDS[added.kind].label if added.kind else "",
        "size": added.size,
        "words": facts.get("words", ""),
        "left_out": added.get_left_out_display() if is_left_out else "",
        "by": added.added_by.get_full_name(),
        "waits": is_left_out and not added.is_agreed,
        "can_read": added.has_content,
        "can_agree": is_open and is_left_out and not added.is_agreed and added.added_by_id != officer,
        "can_take_out": is_open,
    }


admin.site.unregister(RightsRequest)
REFUSING = next(place for place, act in enumerate(ACTS_ACTS, 1) if act.name == "refuse")


@admin.register(RightsRequest)
class RequestWithCopyAdmin(RightsRequestAdmin):
    describe_delivery = staticmethod(describe_delivery)
    list_filter = (queue.WaitsFilter, queue.StateFilter, *RightsRequestAdmin.list_filter[1:])
    acts = [*ACTS_ACTS[:REFUSING], *COPY_ACTS, *ACTS_ACTS[REFUSING:], *NOTE_ACTS]
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
            address = reverse("admin:rights_rightsrequest_files", args=[obj.pk])
            context["links"] = [{"url": address, "label": _("Files for the copy")}, *context["links"]]
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
        officer, act = request.user.staff_member, ACTS.get(request.POST.get("act", ""))
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


def respond_with_content(added: AddedFile) -> StreamingHttpResponse:
    """Send a file to an officer; nothing in it runs or loads, should a browser show it."""
    response = StreamingHttpResponse(files.open_file(added), content_type=KINDS[added.kind].media_type)
    name = open_about(added).get("name", "")
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
