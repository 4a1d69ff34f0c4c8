"""Internal notes on an officer's page of a request: write, mention, read, and leave parts out of copies."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.cache import cache
from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.core.admin import RECORD
from consents.core.durations import format_local_moment
from consents.core.fields import RadioField, SeenText
from consents.core.refusals import Refusal
from consents.people.models import StaffMember, User
from consents.people.services.holding import OFFICERS
from consents.people.visitors import StaffRequest, record_actor, run_once
from consents.rights.models import Note, RightsRequest
from consents.rights.rules import LONGEST_WHY, MOST_LETTERS, black_out, split_passages
from consents.rights.selectors import OpenedNote, get_unread_mention, list_notes
from consents.rights.services import filing, noting, redacting
from consents.rights.staff.officer_act import ActForm, OfficerAct
from consents.rights.staff.queue import annotate_urgency


def can_write_note(rights_request: RightsRequest) -> bool:
    return noting.takes_notes(rights_request) and not rights_request.has_erased_customer


def can_leave_out(rights_request: RightsRequest) -> bool:
    """Return True if a copy may hold notes of this request."""
    return rights_request.has_known_customer and rights_request.note_set.exists()


class ColleaguesField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.user.get_full_name()}, {obj.team}"


class NoteForm(ActForm):
    text = SeenText(
        label=gettext_lazy("New note"),
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": MOST_LETTERS}),
        help_text=gettext_lazy("With @ and a name you mention a colleague."),
        error_messages={"required": gettext_lazy("Write the note.")},
    )
    mentioned = ColleaguesField(
        label=gettext_lazy("Or choose whom you mention"),
        queryset=StaffMember.objects.filter(ended_at=None, role__in=OFFICERS)
        .select_related("user")
        .order_by("user__first_name", "pk"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "invalid_choice": gettext_lazy("Choose an officer who works here."),
            "invalid_pk_value": gettext_lazy("Choose an officer who works here."),
        },
    )

    def fit_reader(self, officer: StaffMember) -> None:
        """Offer colleagues alone."""
        field: Any = self.fields["mentioned"]
        field.queryset = field.queryset.exclude(pk=officer.pk)

    def clean_mentioned(self) -> list[UUID]:
        return [colleague.pk for colleague in self.cleaned_data["mentioned"]]


class LeaveOutForm(ActForm):
    note = RadioField(
        label=gettext_lazy("Which note"),
        coerce=int,
        error_messages={"required": gettext_lazy("Choose one of the notes on this request.")},
    )
    passages = forms.CharField(
        label=gettext_lazy("What is left out"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=MOST_LETTERS,
        help_text=gettext_lazy("Each passage on a line of its own, exactly as in the note."),
        error_messages={"required": gettext_lazy("Write what is left out.")},
    )
    why = SeenText(
        label=gettext_lazy("Why, as the customer reads it"),
        max_length=LONGEST_WHY,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("Say why it is left out.")},
    )

    def fit(self, rights_request: RightsRequest) -> None:
        field: Any = self.fields["note"]
        field.choices = [(str(note.pk), describe_note(note)) for note in list_notes(rights_request)]

    def clean_passages(self) -> list[str]:
        return split_passages(self.cleaned_data["passages"])


def describe_note(note: Note) -> str:
    return f"{note.written_by.get_full_name()}, {format_local_moment(note.written_at)}"


NOTE_ACTS = [
    OfficerAct(
        "write_note",
        gettext_lazy("Write the note"),
        gettext_lazy("An internal note"),
        gettext_lazy("The note is on record. Whom you mentioned finds it under “Waits for you”."),
        can_write_note,
        noting.write_note,
        form=NoteForm,
        effects=lambda rights_request: [
            _("Officers alone read it here. It cannot be changed, and that you wrote it is on record."),
            _("A copy of the customer’s data holds it (GDPR Art 15): write nothing that they may not read."),
        ],
    ),
    OfficerAct(
        "leave_out",
        gettext_lazy("Propose to leave it out"),
        gettext_lazy("What do copies leave out of a note?"),
        gettext_lazy("Proposed. Another officer agrees to it under “Read the notes”."),
        can_leave_out,
        redacting.propose_redaction,
        form=LeaveOutForm,
        effects=lambda rights_request: [
            _("Only what is about somebody else (GDPR Art 15(4)). The note itself stays as it is."),
            _("In copies the passages are blacked out, and the customer reads why."),
        ],
    ),
]
# Acts that have their place beside the notes, not among the buttons of the record.
BESIDE_NOTES = ("write_note", "leave_out", "read_notes")


def build_note_line(note: Note) -> dict[str, Any]:
    """Build a note as the record lists it: who wrote it, when, and whom it mentions; never its words."""
    mentions = [describe_mention(mention) for mention in note.mentions.all()]
    return {"by": note.written_by.get_full_name(), "at": note.written_at, "mentions": mentions}


def describe_mention(mention: Any) -> str:
    name = mention.colleague.get_full_name()
    return (
        _("%(name)s (has read it)") % {"name": name}
        if mention.read_at
        else _("%(name)s (has not read it yet)") % {"name": name}
    )


def build_shown_note(opened: OpenedNote, reader: User) -> dict[str, Any]:
    """Build a note with its words, and what copies leave out of it. `as_sent`: the words as a copy has them, where they
    differ. `can_decide`: this officer may agree, or not."""
    redaction = opened.redaction
    return {
        "line": build_note_line(opened.note),
        "text": opened.text,
        "redaction": redaction,
        "as_sent": black_out(opened.text, opened.left_out) if redaction else "",
        "why": opened.why,
        "can_decide": redaction is not None and redaction.decided_at is None and redaction.proposed_by_id != reader.pk,
    }


def describe_unread_mention(rights_request: RightsRequest, user: UUID) -> str:
    """Say who wants the reader to read a note; empty where nobody does."""
    mention = get_unread_mention(rights_request, user)
    if mention is None:
        return ""
    return _("%(name)s mentioned you in an internal note.") % {"name": mention.note.written_by.get_full_name()}


# Show on an officer's page of a request its notes, and the presses on them.


def build_note_context(request: StaffRequest, rights_request: RightsRequest) -> dict[str, Any]:
    """Return what the record shows of notes. To whoever is mentioned, reading them is the next act."""
    mentioned = describe_unread_mention(rights_request, request.user.pk)
    return ({"next_act": "read_notes"} if mentioned else {}) | {
        "beside": BESIDE_NOTES,
        "mentioned": mentioned,
        "note_lines": [build_note_line(note) for note in list_notes(rights_request)],
        "note_form": build_note_form(request, rights_request),
        "note_url": reverse("admin:rights_rightsrequest_act", args=[rights_request.pk, "write_note"]),
    }


def build_note_form(request: StaffRequest, rights_request: RightsRequest) -> NoteForm | None:
    """Build the field for a new note with what this officer had begun; None where no note can be written."""
    if not can_write_note(rights_request):
        return None
    begun = filing.open_draft(rights_request=rights_request.pk, act="write_note", officer=request.user.staff_member)
    form = NoteForm(rights_request, begun=dict(begun))
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
        notes=[build_shown_note(note, request.user) for note in opened],
        leave_out_url=leave_out if can_leave_out(rights_request) else "",
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


# Tell officers who else has a request open: noted when its page is loaded or something is typed there, never polled.
#
# Kept in the cache alone, for minutes: it is a courtesy, and nobody's work is held up by it. Two pages loaded in the
# same moment may note one of the two; the next one loaded notes the other.

SHOWN_FOR = 600  # seconds
type Seen = dict[UUID, datetime]
type Kept = dict[str, float]  # as JSON has it


def build_key(rights_request: UUID) -> str:
    return f"rights.open:{rights_request}"


def note_open_page(rights_request: UUID, officer: StaffMember) -> Seen:
    """Note that this officer has the request open now; return which others opened it in the last minutes."""
    now, key = timezone.now(), build_key(rights_request)
    others = drop_old(cache.get(key) or {}, now, without=officer.pk)
    kept: Kept = {str(who): at.timestamp() for who, at in (others | {officer.pk: now}).items()}
    cache.set(key, kept, SHOWN_FOR)
    return others


def drop_old(kept: Kept, now: datetime, *, without: UUID) -> Seen:
    seen = {UUID(who): datetime.fromtimestamp(at, UTC) for who, at in kept.items()}
    return {who: at for who, at in seen.items() if who != without and (now - at).total_seconds() < SHOWN_FOR}


def describe_open_pages(others: Seen) -> list[str]:
    """Say who opened it and when, in sentences."""
    members = StaffMember.objects.filter(pk__in=others).select_related("user") if others else []
    return [_("%(who)s opened this at %(time)s.") % describe_opening(member, others[member.pk]) for member in members]


def describe_opening(member: StaffMember, at: datetime) -> dict[str, str]:
    return {"who": str(member), "time": date_format(timezone.localtime(at), "H:i")}


def list_open_pages(rights_requests: Collection[UUID], officer: StaffMember) -> dict[UUID, list[str]]:
    """Name, for each request that colleagues have open, who they are: with two statements for a whole page of them."""
    now, keys = timezone.now(), {build_key(id): id for id in rights_requests}
    seen = {keys[key]: drop_old(opened, now, without=officer.pk) for key, opened in cache.get_many(keys).items()}
    officers = {who for others in seen.values() for who in others}
    members = StaffMember.objects.filter(pk__in=officers).select_related("user") if officers else []
    names = {member.pk: member.user.get_full_name() for member in members}
    return {id: [names[who] for who in others if who in names] for id, others in seen.items() if others}


def select_requests_shown() -> QuerySet[RightsRequest]:
    return annotate_urgency(RightsRequest._default_manager.all()).select_related("handler__staff_member")


def read_request_shown(id: str) -> RightsRequest | None:
    """Return what `select_requests_shown` has under this id. Raises ValidationError for what is no id."""
    return select_requests_shown().filter(pk=id).first()
