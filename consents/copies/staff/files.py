"""The page on which officers add files to a copy, see the whole of what is sent, and agree to what is left out."""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.copies.file_checks import KINDS
from consents.copies.rules import LeftOut
from consents.copies.selectors import name_files, takes_files
from consents.copies.services import files
from consents.copies.services.files import NewFile
from consents.core.fields import RadioField, SeenText
from consents.ledger.rules import Actor
from consents.people.models import StaffMember
from consents.rights.models import RightsRequest

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
