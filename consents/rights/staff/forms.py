"""Forms for each act of an officer on a request. Shapes only: the services decide."""

from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.admin import helpers
from django.core.validators import RegexValidator
from django.db import transaction
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_lazy as _

from consents.catalogue.models import Category, Recipient
from consents.catalogue.rules import PROVISION
from consents.core.admin import REOPENED
from consents.core.fields import CheckboxesField, DayField, RadioField, SeenText, UnechoedField, UnechoedInput
from consents.core.refusals import Refusal
from consents.law.identity import Fact, Level
from consents.law.kinds import Regime, Type
from consents.law.reasons import Extension, Reason, cite_provision
from consents.people.models import StaffMember
from consents.people.services.holding import OFFICERS
from consents.people.visitors import StaffRequest, was_token_submitted
from consents.rights.customers.forms import list_places
from consents.rights.fulfilment.registry import get_fulfilment
from consents.rights.models import RecipientNotice, RightsRequest
from consents.rights.recipients import list_possible_recipients
from consents.rights.rules import (
    Appealed,
    Channel,
    Outcome,
    PlaceChoice,
    PlaceReason,
    TellingWay,
    Waiting,
    list_typed_channels,
)
from consents.rights.services import answering, filing
from consents.rights.services.emails import needs_letter
from consents.rights.services.erasing import list_requested_kinds
from consents.rights.staff.intake import PLACE_FIELDS, build_place_fields, describe_place
from consents.rights.staff.officer_act import ActForm
from consents.vault.rules import split_parts

TEXT_LONGEST = 4000


def capitalize_labels(choices: Any) -> list[tuple[str, str]]:
    return [(code, capfirst(str(label))) for code, label in choices]


class TellingForm(ActForm):
    """Ask, where no email reaches the person, on which day they were told."""

    is_day_required = True

    def fit(self, rights_request: RightsRequest) -> None:
        if needs_letter(rights_request):
            self.fields["told_on"] = DayField(
                label=_("Told by letter or telephone on"),
                required=self.is_day_required,
                help_text=_(
                    "No email reaches this person. Tell them why, by which law and what they can do; then say when."
                ),
                error_messages={"required": _("Say on which day they were told."), "invalid": _("Type a day.")},
            )


def build_answered_field() -> DayField:
    return DayField(
        label=_("The customer answered on"),
        help_text=_("The day their answer came, not today if it came before."),
        error_messages={"required": _("Say on which day the answer came."), "invalid": _("Type a day.")},
    )


class WhoseForm(ActForm):
    who = UnechoedField(
        label=_("Whose request it is"),
        help_text=_("Exactly the customer number, or exactly the email address on file. The look-up is on record."),
        error_messages={"required": _("Type the customer number or the email address.")},
    )

    def fit(self, rights_request: RightsRequest) -> None:
        """Offer the two places to somebody who was told before that they differ."""
        recorded = self.data.get("record_place", "")
        if recorded and rights_request.customer_id is None:
            self.offer_places(recorded)

    def offer_places(self, recorded: str) -> None:
        """Ask which place counts: the one of the request or `recorded`, the one of the record."""
        places = {
            place: describe_place(self.rights_request, place)
            for place in (self.rights_request.jurisdiction, recorded)
            if place in dict(list_places())
        }
        self.fields |= build_place_fields(self.rights_request, places, recorded)
        answers = cast(QueryDict, self.data).copy()
        answers["record_place"] = recorded
        self.data = answers

    def read_place(self) -> PlaceChoice | None:
        """Return the choice that was made, if one was asked for."""
        said = self.cleaned_data
        if not said.get("place"):
            return None
        right = Type(said["right"]) if said["right"] else None
        return PlaceChoice(said["place"], PlaceReason(said["place_reason"]), right)

    def clean(self) -> dict[str, Any]:
        place = None if self.errors else self.read_place()
        return {name: value for name, value in self.cleaned_data.items() if name not in PLACE_FIELDS} | {"place": place}


class CompareForm(ActForm):
    """Take what a caller says: shown again to nobody, and kept nowhere."""

    reference = UnechoedField(
        label=_("Customer number, as they say it"),
        required=False,
        max_length=60,
    )
    born_on = forms.DateField(
        label=_("Date of birth, as they say it"),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=UnechoedInput(attrs={"type": "date", "class": "vDateField", "autocomplete": "off"}),
        error_messages={"invalid": _("Type a day.")},
    )

    def clean(self) -> dict[str, Any]:
        if not self.errors and not any(self.cleaned_data.values()):
            raise forms.ValidationError(_("Type at least one thing they said."))
        return self.cleaned_data


class IdentityForm(WhoseForm):
    """The level is that of the right, or of specific pieces a lesser one; the facts must reach it."""

    facts = forms.TypedMultipleChoiceField(
        label=_("What was compared with what we hold, and agreed"),
        choices=lambda: capitalize_labels(Fact.choices),
        coerce=Fact,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick what was compared.")},
    )
    field_order = ("who", "facts", "level")

    def fit(self, rights_request: RightsRequest) -> None:
        """Tick what was compared blindly and agreed."""
        super().fit(rights_request)
        compared = answering.list_compared_facts(rights_request)
        self.initial["facts"] = [fact for fact, found in compared.items() if found == answering.AGREES]
        if rights_request.customer_id:
            del self.fields["who"]
        if get_fulfilment(rights_request).allows_lesser_identity and rights_request.channel != Channel.PORTAL:
            self.fields["level"] = build_level_field()
        if rights_request.waiting_for == Waiting.IDENTITY:
            self.fields["answered_on"] = build_answered_field()

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        return said | {"level": Level(said.get("level") or self.rights_request.identity_needed)}


def build_level_field() -> forms.ChoiceField:
    return RadioField(
        label=_("How surely it is known"),
        choices=[
            (Level.REASONABLY_HIGH.value, _("Three facts or more and a signed declaration: they get the data itself")),
            (
                Level.REASONABLE.value,
                _("Fewer facts, or no declaration: they get the kinds of data, not the data itself"),
            ),
        ],
        help_text=_("Once said, it stays so for this request (11 CCR 7024(a))."),
        error_messages={"required": _("Choose how surely.")},
    )


class FailedIdentityForm(ActForm):
    """While we wait for it: what came, if anything did, was not enough."""

    def fit(self, rights_request: RightsRequest) -> None:
        if rights_request.waiting_for == Waiting.IDENTITY:
            self.fields["answered_on"] = build_answered_field()
            self.fields["answered_on"].required = False
            self.fields["answered_on"].help_text = _("The day their answer came. Empty if none did.")


class HandOverForm(ActForm):
    to = forms.ModelChoiceField(
        label=_("Officer"),
        queryset=StaffMember.objects.filter(ended_at=None, role__in=OFFICERS)
        .select_related("user")
        .order_by("user__first_name", "pk"),
        empty_label=_("Choose an officer"),
        error_messages={"required": _("Choose an officer."), "invalid_choice": _("Choose an officer who works here.")},
    )

    def clean_to(self) -> Any:
        return self.cleaned_data["to"].pk


class SearchForm(ActForm):
    system = forms.CharField(
        label=_("System"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("For instance: this portal, the shop, the post room."),
        error_messages={"required": _("Name the system.")},
    )
    found = RadioField(
        label=_("Was anything of this person in it?"),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        coerce=lambda said: said == "yes",
        error_messages={"required": _("Say whether anything was there.")},
    )


class ExtendForm(TellingForm):
    reason = RadioField(
        label=_("Why we need longer"),
        choices=lambda: capitalize_labels(Extension.choices),
        coerce=Extension,
        help_text=_("The customer reads this sentence."),
        error_messages={"required": _("Choose why.")},
    )


class PartForm(ActForm):
    """The kinds of data to keep; what is not ticked goes."""

    kept = CheckboxesField(label=_("What a law makes the company keep"), required=False)
    law = forms.CharField(
        label=_("The provisions that what is kept rests on"),
        required=False,
        max_length=120,
        validators=[RegexValidator(PROVISION, _("Name a provision only, such as: GDPR Art 12(5)."))],
        help_text=_("The customer reads it, such as: GDPR Art 17(3)(b), AO 147. Empty for the one of data protection."),
    )

    def fit(self, rights_request: RightsRequest) -> None:
        field: Any = self.fields["kept"]
        kinds = Category.objects.filter(code__in=list_requested_kinds(rights_request)).order_by("order", "code")
        field.choices = [(kind.code, kind.title or kind.code) for kind in kinds]
        field.help_text = (
            _("Everything else they asked for is permanently deleted. If nothing is kept, propose the erasure instead.")
            if not rights_request.scope
            else _("Everything else they asked for is permanently deleted.")
        )

    def clean(self) -> dict[str, Any]:
        """Add what the customer will read of it."""
        said = self.cleaned_data
        kept, asked = said.get("kept", []), list_requested_kinds(self.rights_request)
        if not self.errors:
            try:
                split_parts(asked=asked, kept=kept, is_everything=not self.rights_request.scope)
            except Refusal as refusal:
                self.add_error("kept", str(refusal))
        outcome = Outcome.COMPLIED_PART if kept else Outcome.COMPLIED_WHOLE
        reason = Reason.LEGAL if kept else ""
        law = said.get("law", "").strip() or cite_provision(
            Regime(self.rights_request.regime), Type(self.rights_request.request_type), Reason.LEGAL
        )
        parts = {"deleted": [code for code in asked if code not in kept], "kept": kept}
        return said | {"outcome": outcome, "reason": reason, "law": law if kept else "", "text": "", "parts": parts}


class ErasePartForm(TellingForm):
    is_day_required = False


class TheirWordForm(ActForm):
    """A statement that reached the company by post, telephone or in another way."""

    said_on = DayField(
        label=_("They said so on"),
        help_text=_("The day it truly reached the company."),
        error_messages={"required": _("Say on which day."), "invalid": _("Type a day.")},
    )
    channel = RadioField(
        label=_("How it arrived"),
        coerce=Channel,
        error_messages={"required": _("Choose how it arrived.")},
    )

    def fit(self, rights_request: RightsRequest) -> None:
        field: Any = self.fields["channel"]
        channels = list_typed_channels(Regime(rights_request.regime))
        field.choices = capitalize_labels((channel.value, channel.label) for channel in channels)


class TheirAppealForm(TheirWordForm):
    why = SeenText(
        label=_("What they said, as far as it matters"),
        required=False,
        max_length=TEXT_LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Kept sealed. The officer who decides reads it."),
    )


class DecideAppealForm(ActForm):
    outcome = RadioField(
        label=_("What you decide"),
        choices=[
            (Appealed.UPHELD.value, _("The answer stays as it was")),
            (Appealed.REVERSED.value, _("The request begins again, with every check")),
        ],
        coerce=Appealed,
        error_messages={"required": _("Choose what you decide.")},
    )
    text = SeenText(
        label=_("In your own words"),
        max_length=TEXT_LONGEST,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("The customer reads it."),
        error_messages={"required": _("Say why.")},
    )


class SentForm(ActForm):
    sent_on = DayField(
        label=_("The day you sent or gave it"),
        error_messages={"required": _("Say on which day it went out."), "invalid": _("Type a day.")},
    )


class ToldForm(ActForm):
    """The recipients who were told. Those who may have the data are ticked, so that one press records them all."""

    recipients = forms.ModelMultipleChoiceField(
        label=_("Recipients you told"),
        queryset=Recipient.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick who was told."), "invalid_choice": _("Tick who was told.")},
    )
    way = RadioField(
        label=_("How they were told"),
        required=False,
        choices=lambda: capitalize_labels(TellingWay.choices),
        coerce=TellingWay,
        empty_value=None,
    )
    told_on = DayField(label=_("On which day"), required=False, help_text=_("Empty for today."))
    why_not = forms.TypedChoiceField(
        label=_("If they were not told: why"),
        required=False,
        choices=lambda: [("", _("They were told")), *capitalize_labels(RecipientNotice.WhyNot.choices)],
        coerce=RecipientNotice.WhyNot,
        empty_value=None,
    )

    def fit(self, rights_request: RightsRequest) -> None:
        told = rights_request.recipientnotice_set.values("recipient")
        field: Any = self.fields["recipients"]
        field.queryset = Recipient.objects.exclude(pk__in=told).order_by("name")
        names = list_possible_recipients(rights_request)
        field.initial = [one.pk for one in field.queryset if one.name in names]
        if field.initial:
            field.help_text = _("Those who may have this data are ticked.")

    def clean_recipients(self) -> list[int]:
        return [recipient.pk for recipient in self.cleaned_data["recipients"]]

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        if not self.errors and bool(said["way"]) == bool(said["why_not"]):
            self.add_error("way", _("Choose how they were told, or below why they were not."))
        return said


# Of a form: what its page put there, and what is known of a customer, which no page echoes.
OF_THEIRS = {"who", "reference", "born_on"}
UNTYPED = OF_THEIRS | {"token", "csrfmiddlewaretoken", "confirm", "is_read", REOPENED, helpers.ACTION_CHECKBOX_NAME}


def ask_who_again(request: StaffRequest, form: forms.Form) -> None:
    """Say that who was typed, and is not echoed, is to be typed again: left empty, it means that nobody knows them."""
    again = gettext_lazy("Type the customer number or the email address again: this page does not repeat it.")
    if form.has_error("who"):
        return
    if request.POST.get("who") and form.is_bound:
        form.add_error("who", str(again))
    elif request.POST.get("who"):
        messages.warning(request, again)


def save_typed_fields(request: StaffRequest, id: UUID, act: str) -> None:
    """Keep what was typed for an act until it is sent."""
    fields = [(name, request.POST.getlist(name)) for name in request.POST if name not in UNTYPED]
    filing.save_draft(rights_request=id, act=act, fields=fields, officer=request.user.staff_member)


@transaction.atomic
def save_unsent_draft(request: StaffRequest, id: UUID, act: str) -> None:
    """Keep what a page's script sends while somebody types, unless the form itself was sent before it arrived."""
    if not was_token_submitted(request):
        save_typed_fields(request, id, act)
