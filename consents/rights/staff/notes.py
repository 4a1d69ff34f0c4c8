"""Internal notes on an officer's page of a request: write, mention, read, and leave parts out of copies."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.core.durations import format_local_moment
from consents.core.fields import RadioField, SeenText
from consents.people.models import StaffMember, User
from consents.people.services.holding import OFFICERS
from consents.rights.models import Note, RightsRequest
from consents.rights.rules.notes import LONGEST_WHY, MOST_LETTERS, black_out, split_passages
from consents.rights.selectors import OpenedNote, get_unread_mention, list_notes
from consents.rights.services import noting, redacting
from consents.rights.staff.officer_act import ActForm, OfficerAct


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
