"""Staff type in what came by telephone, post or email, with the day it truly arrived."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consents.catalogue.models import Category
from consents.core import clock
from consents.core.fields import CheckboxesField, DayField, RadioField, SeenText, UnechoedField
from consents.core.refusals import Refusal
from consents.law.kinds import KINDS, Regime, Type, find_nearest_right, find_regime
from consents.ledger.rules import Actor
from consents.people.found_customers import AddressField, NoSingleCustomer, look_up_typed_customer
from consents.people.models import StaffMember
from consents.people.visitors import StaffRequest, record_actor, run_once, was_submitted
from consents.rights.customers import steps
from consents.rights.customers.forms import ALL, LONGEST, get_place_name, list_category_titles, list_places
from consents.rights.fulfilment.protocol import Fulfilment
from consents.rights.fulfilment.registry import BY_TYPE
from consents.rights.models import RightsRequest
from consents.rights.rules import TYPED_CHANNELS, Channel, NewRequest, PlaceReason, SubmittedBy
from consents.rights.services import filing


def list_rights_by_law() -> list[tuple[Any, list[tuple[str, Any]]]]:
    """List rights by law; the service knows the customer's law. A yes to a sale is theirs alone (11 CCR 7028(a))."""
    californian = [type for type in KINDS[Regime.CCPA] if not BY_TYPE[type].is_only_theirs]
    return [
        ("", [("", _("Choose"))]),
        (_("European law (GDPR)"), [(type.value, type.label) for type in KINDS[Regime.GDPR]]),
        (_("Law of California (CCPA)"), [(type.value, type.label) for type in californian]),
    ]


def list_fields_by_kind() -> list[tuple[Any, list[tuple[str, Any]]]]:
    """List the fields that can be wrong, by kind of data."""
    published = Category.objects.filter(published=True).order_by("order", "code").prefetch_related("fields")
    return [
        (kind.title, [(f"{kind.code}:{field.key}", field.label) for field in kind.fields.all()]) for kind in published
    ]


def list_uses(type: Type) -> list[tuple[str, Any]]:
    """List the uses this right can stop; "all of them" is a choice of its own."""
    return [(ALL, _("All of them")), *steps.list_stoppable_uses(type)]


class RightSelect(forms.Select):
    """Tell the page with each right which fields it opens."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        fulfilment = BY_TYPE[Type(value)] if value else Fulfilment()
        if opened := "proposal" if fulfilment.has_proposals else fulfilment.intake_field:
            option["attrs"]["data-opens"] = opened
        return option


class IntakeForm(forms.Form):
    """`who` is left empty when nobody knows whose it is; then it says where they live."""

    field_order = ("who", "where", "email", "submitted_by", "proof", "channel", "received_on")  # as on the page
    who = UnechoedField(
        label=_("Customer"),
        required=False,
        help_text=_(
            "Exactly the customer number, or exactly the email address on file. Empty when nobody knows whose it is."
        ),
    )
    request_type = forms.ChoiceField(
        label=_("What they ask for"),
        choices=list_rights_by_law,
        widget=RightSelect,
        error_messages={"required": _("Choose what they ask for.")},
    )
    channel = RadioField(
        label=_("How it arrived"),
        choices=[(channel.value, capfirst(channel.label)) for channel in TYPED_CHANNELS],
        error_messages={"required": _("Choose how it arrived.")},
    )
    received_on = DayField(
        label=_("Arrived on"),
        help_text=_("The day it truly reached the company: time runs from then, not from today."),
        error_messages={"required": _("Choose the day."), "invalid": _("Type a day, such as 2027-03-31.")},
    )
    submitted_by = RadioField(
        label=_("Who asked"),
        choices=[(one.value, capfirst(one.label)) for one in SubmittedBy],
        initial=SubmittedBy.SELF,
    )
    proof = SeenText(
        label=_("Document that shows they may ask for somebody else"),
        required=False,
        max_length=80,
        help_text=_("Its kind and number, never a name."),
    )
    words = SeenText(
        label=_("What they said, as far as it matters"),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Kept sealed. Only what is needed to answer."),
    )
    wrong = forms.ChoiceField(
        label=_("For a correction: what is wrong"),
        required=False,
        choices=lambda: [("", _("Nothing")), *list_fields_by_kind()],
    )
    right = SeenText(
        label=_("For a correction: how it should read"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("Kept sealed. Another request for each further value."),
    )
    kinds = CheckboxesField(
        label=_("For a deletion: only these kinds of data"),
        choices=list_category_titles,
        required=False,
        help_text=_("None ticked: all of it."),
    )
    withdrawn = CheckboxesField(
        label=_("For a withdrawal of consent: what they take it back for"),
        choices=lambda: list_uses(Type.WITHDRAWAL),
        required=False,
    )
    objected = CheckboxesField(
        label=_("For an objection: the uses they object to"),
        choices=lambda: list_uses(Type.OBJECTION),
        required=False,
    )
    where = forms.ChoiceField(label=_("Where they live, if nobody knows them"), choices=list_places, required=False)
    email = AddressField(label=_("Where we can reach them, if nobody knows them"), required=False)

    @property
    def names_stranger(self) -> bool:
        """Return True if anything is said, or wrong, about somebody whom nobody knows."""
        return any(self[name].value() or self[name].errors for name in ("where", "email"))

    def clean(self) -> dict[str, Any]:
        """Require of a correction what should read how, and of an objection what is to stop; a document belongs to
        whoever asks for somebody else."""
        said = self.cleaned_data
        if said.get("submitted_by") == SubmittedBy.SELF:
            said["proof"] = ""
        fulfilment = BY_TYPE[Type(said["request_type"])] if said.get("request_type") else Fulfilment()
        asked = fulfilment.intake_field
        if asked and fulfilment.scope_is_purposes and not said.get(asked) and asked not in self.errors:
            self.add_error(asked, _("Tick which uses, or all of them."))
        if not fulfilment.has_proposals:
            return said | {"wrong": "", "right": ""}
        for name, sentence in (("wrong", _("Choose what is wrong.")), ("right", _("Type how it should read."))):
            if not said.get(name) and name not in self.errors:
                self.add_error(name, sentence)
        return said

    def proposal(self) -> dict[str, str]:
        """Return the proposed value; empty where nothing is to be corrected."""
        if not self.cleaned_data["wrong"]:
            return {}
        category, field = self.cleaned_data["wrong"].split(":", 1)
        return {"category": category, "field": field, "right": self.cleaned_data["right"].strip()}

    def scope(self) -> tuple[str, ...]:
        """Return codes of what it is about; empty for all."""
        said = self.cleaned_data
        if said["wrong"]:
            return (self.proposal()["category"],)
        named = said.get(BY_TYPE[Type(said["request_type"])].intake_field, [])
        return () if ALL in named else tuple(named)

    def received_at(self) -> datetime:
        """Return the end of that day, or now if it is today: the day counts, and within it nothing is gained."""
        day, now = self.cleaned_data["received_on"], clock.now()
        end = timezone.make_aware(datetime.combine(day, datetime.max.time().replace(microsecond=0)))
        return min(end, now) if timezone.localtime(now).date() == day else end


def list_typed_values(post: QueryDict) -> dict[str, Any]:
    """Return what was typed before signing in again, to be shown unchecked; never the customer's number or address."""
    many = (forms.MultipleChoiceField,)
    known = {name: field for name, field in IntakeForm.base_fields.items() if name in post and name != "who"}
    return {name: post.getlist(name) if isinstance(field, many) else post[name] for name, field in known.items()}


def file_typed_request(request: StaffRequest, form: IntakeForm) -> RightsRequest | None:
    """File the request and return it; None with the reason in the form."""
    who, member, customer = form.cleaned_data["who"], request.user.staff_member, None
    try:
        if who and not was_submitted(request):
            customer = look_up_typed_customer(who, record_actor(request)).pk
        made = run_once(request, lambda by: file_intake(form, customer, member, by))
    except NoSingleCustomer:
        form.add_error("who", _("No single customer has exactly this number or address. Check it, or leave it empty."))
    except Refusal as refusal:
        form.add_error(None, str(refusal))
    else:
        return RightsRequest.objects.get(pk=made)
    return None


def file_intake(form: IntakeForm, customer: UUID | None, member: StaffMember, by: Actor) -> RightsRequest:
    said, proposal = form.cleaned_data, form.proposal()
    kept = {"words": said["words"].strip(), "email": "" if customer else said["email"]}
    new_request = NewRequest(
        Type(said["request_type"]),
        Channel(said["channel"]),
        customer,
        jurisdiction=said["where"],
        received_at=form.received_at(),
        submitted_by=SubmittedBy(said["submitted_by"]),
        proof=said["proof"],
        scope=form.scope(),
        said=kept | ({"proposals": [proposal]} if proposal else {}),
    )
    return filing.file_rights_request(new_request=new_request, by=by, member=member)


PLACE_FIELDS = ("place", "place_reason", "right", "record_place")


def describe_place(rights_request: RightsRequest, place: str) -> str:
    """Name the place with the law that holds there, and say whose word it is."""
    is_requested = place == rights_request.jurisdiction
    source = gettext("as the request says") if is_requested else gettext("as our record says")
    return f"{get_place_name(place)}, {source} ({find_regime(place).label})"


def describe_right(right: Type) -> str:
    """Name the right, and warn if it acts at once."""
    is_immediate = BY_TYPE[right].is_immediate
    return gettext("%(right)s: carried out at once") % {"right": right.label} if is_immediate else str(right.label)


def build_place_fields(rights_request: RightsRequest, places: dict[str, str], recorded: str) -> dict[str, forms.Field]:
    filed = Type(rights_request.request_type)
    rights = [right for place in places if (right := find_nearest_right(find_regime(place), filed))]
    return {
        "place": RadioField(
            label=_("Which place counts"),
            choices=list(places.items()),
            help_text=_("The law there holds: which right it is, and by when you answer. It is said once."),
            error_messages={"required": _("Choose which place counts."), "invalid_choice": _("Choose one of the two.")},
        ),
        "place_reason": RadioField(
            label=_("How you know"),
            choices=PlaceReason.choices,
            error_messages={"required": _("Choose how you know.")},
        ),
        "right": forms.ChoiceField(
            label=_("The right that it is by the law there"),
            choices=[(right.value, describe_right(right)) for right in dict.fromkeys([filed, *rights])],
            initial=filed.value,
            required=False,
        ),
        "record_place": forms.CharField(widget=forms.HiddenInput, initial=recorded, required=False),
    }
