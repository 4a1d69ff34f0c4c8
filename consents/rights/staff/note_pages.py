"""Show on an officer's page of a request its notes, and the presses on them."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.core.admin import RECORD
from consents.core.refusals import Refusal
from consents.people.visitors import StaffRequest, record_actor, run_once
from consents.rights.models import RightsRequest
from consents.rights.selectors import list_notes
from consents.rights.services import drafts, noting, redacting
from consents.rights.staff import notes


def build_note_context(request: StaffRequest, rights_request: RightsRequest) -> dict[str, Any]:
    """Return what the record shows of notes. To whoever is mentioned, reading them is the next act."""
    mentioned = notes.describe_unread_mention(rights_request, request.user.pk)
    return ({"next_act": "read_notes"} if mentioned else {}) | {
        "beside": notes.BESIDE_NOTES,
        "mentioned": mentioned,
        "note_lines": [notes.build_note_line(note) for note in list_notes(rights_request)],
        "note_form": build_note_form(request, rights_request),
        "note_url": reverse("admin:rights_rightsrequest_act", args=[rights_request.pk, "write_note"]),
    }


def build_note_form(request: StaffRequest, rights_request: RightsRequest) -> notes.NoteForm | None:
    """Build the field for a new note with what this officer had begun; None where no note can be written."""
    if not notes.can_write_note(rights_request):
        return None
    begun = drafts.open_draft(rights_request=rights_request.pk, act="write_note", officer=request.user.staff_member)
    form = notes.NoteForm(rights_request, begun=dict(begun))
    form.fit_reader(request.user.staff_member)
    return form


@admin.action(description=gettext_lazy("Read the notes"), permissions=["view"], location=RECORD)
def read_notes(page: Any, request: Any, queryset: QuerySet[RightsRequest]) -> HttpResponseBase:
    """Show the notes; that they are read is on record before, and whoever was mentioned has read it. `page`: the admin
    of requests."""
    rights_request, officer, by = queryset.get(), request.user.staff_member, record_actor(request)
    try:
        opened = noting.read_notes(rights_request=rights_request.pk, officer=officer, by=by)
    except Refusal as refusal:
        page.message_user(request, str(refusal), messages.ERROR)
        return redirect(page.get_record_url(request))
    leave_out = reverse("admin:rights_rightsrequest_act", args=[rights_request.pk, "leave_out"])
    shown: HttpResponseBase = page.page(
        request,
        rights_request,
        "admin/rights/rightsrequest/notes.html",
        title=_("Internal notes"),
        notes=[notes.build_shown_note(note, request.user) for note in opened],
        leave_out_url=leave_out if notes.can_leave_out(rights_request) else "",
    )
    return shown


@admin.action(description=gettext_lazy("Decide what is left out"), permissions=["view"], location=RECORD)
def decide_redaction(page: Any, request: Any, queryset: QuerySet[RightsRequest]) -> HttpResponseBase:
    """Agree, as a second officer, to what copies leave out of a note of this request, or not."""
    decision, officer = parse_redaction_decision(request.POST), request.user.staff_member
    is_here = queryset.get().redactions.filter(pk=decision["redaction"]).exists()
    done = _("Copies leave it out.") if decision["is_agreed"] else _("Copies hold all of the note.")
    decided: HttpResponseBase = (
        page.act(
            request,
            lambda: run_once(request, lambda by: redacting.decide_redaction(officer=officer, by=by, **decision)),
            done,
        )
        if is_here
        else page.refuse_stale_button(request)
    )
    return decided


def parse_redaction_decision(posted: Mapping[str, str]) -> dict[str, Any]:
    """Return which redaction is decided and how. A malformed number counts as one that does not exist."""
    number = posted.get("redaction", "")
    is_number = number.isascii() and number.isdecimal() and len(number) < 19
    return {"redaction": int(number) if is_number else 0, "is_agreed": posted.get("decision") == "agree"}
