"""Staff type in what came by telephone, post or mail, with the day it truly arrived."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from consents.catalogue.models import Category
from consents.core import clock
from consents.core.fields import DayField, NeverShownBack
from consents.core.refusals import Refusal
from consents.ledger.rules import Actor
from consents.people import services as people
from consents.people.models import Customer, StaffMember
from consents.people.visitors import actor_of, once
from consents.rights import services, steps
from consents.rights.forms import ALL, LONGEST, places, titles
from consents.rights.models import RightsRequest
from consents.rights.rules.answers import CORRECTIONS, ERASURES, TYPED_CHANNELS, Channel, SubmittedBy
from consents.rights.rules.kinds import KINDS, Regime, Type
from consents.rights.services import Wanted


def types() -> list[tuple[Any, list[tuple[str, Any]]]]:
    """By law; the service says which the customer's is. A yes to a sale is theirs alone (11 CCR 7028(a))."""
    californian = [type for type in KINDS[Regime.CCPA] if type != Type.OPT_IN]
    return [
        ("", [("", _("Choose"))]),
        (_("European law (GDPR)"), [(type.value, type.label) for type in KINDS[Regime.GDPR]]),
        (_("Law of California (CCPA)"), [(type.value, type.label) for type in californian]),
    ]


def fields() -> list[tuple[Any, list[tuple[str, Any]]]]:
    """What can be wrong, by kind of data."""
    published = Category.objects.filter(published=True).order_by("order", "code").prefetch_related("fields")
    return [
        (kind.title, [(f"{kind.code}:{field.key}", field.label) for field in kind.fields.all()]) for kind in published
    ]


def uses(type: Type) -> list[tuple[str, Any]]:
    """What this right can stop; all of it is ticked too, not left out."""
    return [(ALL, _("All of them")), *steps.purposes(type, None)]


# Of a right that stops uses: the field that names them.
OF_USES = {Type.WITHDRAWAL: "withdrawn", Type.OBJECTION: "objected"}


class IntakeForm(forms.Form):
    """`who` is left empty when nobody knows whose it is; then it says where they live."""

    who = forms.CharField(
        label=_("Customer"),
        required=False,
        max_length=254,
        widget=NeverShownBack(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_(
            "Exactly the customer number, or exactly the email address on file. Empty when nobody knows whose it is."
        ),
    )
    request_type = forms.ChoiceField(
        label=_("What they ask for"), choices=types, error_messages={"required": _("Choose what they ask for.")}
    )
    channel = forms.ChoiceField(
        label=_("How it arrived"),
        choices=[(channel.value, capfirst(channel.label)) for channel in TYPED_CHANNELS],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how it arrived.")},
    )
    received_on = DayField(
        label=_("Arrived on"),
        help_text=_("The day it truly reached the company: time runs from then, not from today."),
        error_messages={"required": _("Choose the day."), "invalid": _("Type a day, such as 2027-03-31.")},
    )
    submitted_by = forms.ChoiceField(
        label=_("Who asked"),
        choices=[(one.value, capfirst(one.label)) for one in SubmittedBy],
        initial=SubmittedBy.SELF,
        widget=forms.RadioSelect,
    )
    proof = forms.CharField(
        label=_("Document that shows they may ask for somebody else"),
        required=False,
        max_length=80,
        help_text=_("Its kind and number, never a name. Empty when the customer asked."),
    )
    words = forms.CharField(
        label=_("What they said, as far as it matters"),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Kept sealed. Only what is needed to answer."),
    )
    wrong = forms.ChoiceField(
        label=_("For a correction: what is wrong"), required=False, choices=lambda: [("", _("Nothing")), *fields()]
    )
    right = forms.CharField(
        label=_("For a correction: how it should read"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("Kept sealed. Another request for each further value."),
    )
    kinds = forms.MultipleChoiceField(
        label=_("For a deletion: only these kinds of data"),
        choices=titles,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: all of it."),
    )
    withdrawn = forms.MultipleChoiceField(
        label=_("For a withdrawal of consent: what they take it back for"),
        choices=lambda: uses(Type.WITHDRAWAL),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    objected = forms.MultipleChoiceField(
        label=_("For an objection: the uses they object to"),
        choices=lambda: uses(Type.OBJECTION),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    where = forms.ChoiceField(label=_("Where they live, if nobody knows them"), choices=places, required=False)
    email = forms.EmailField(label=_("Where we can reach them, if nobody knows them"), required=False)

    def clean(self) -> dict[str, Any]:
        """A correction says what should read how, else there is nothing to decide on; what is to stop is named."""
        said = self.cleaned_data
        asked = OF_USES.get(said.get("request_type", ""))
        if asked and not said.get(asked) and asked not in self.errors:
            self.add_error(asked, _("Tick which uses, or all of them."))
        if said.get("request_type") not in CORRECTIONS:
            return said | {"wrong": "", "right": ""}
        for name, sentence in (("wrong", _("Choose what is wrong.")), ("right", _("Type how it should read."))):
            if not said.get(name) and name not in self.errors:
                self.add_error(name, sentence)
        return said

    def proposal(self) -> dict[str, str]:
        """Empty where nothing is to be corrected."""
        if not self.cleaned_data["wrong"]:
            return {}
        category, field = self.cleaned_data["wrong"].split(":", 1)
        return {"category": category, "field": field, "right": self.cleaned_data["right"].strip()}

    def scope(self) -> tuple[str, ...]:
        """Codes of what it is about; empty for all."""
        said = self.cleaned_data
        if said["wrong"]:
            return (self.proposal()["category"],)
        field = "kinds" if said["request_type"] in ERASURES else OF_USES.get(said["request_type"], "")
        named = said.get(field, [])
        return () if ALL in named else tuple(named)

    def received_at(self) -> datetime:
        """The end of that day, or now if it is today: the day counts, and within it nothing is gained."""
        day, now = self.cleaned_data["received_on"], clock.now()
        end = timezone.make_aware(datetime.combine(day, datetime.max.time().replace(microsecond=0)))
        return min(end, now) if timezone.localtime(now).date() == day else end


def file(request: HttpRequest, form: IntakeForm) -> RightsRequest | None:
    """The request on record; None with the reason in the form."""
    member: Any = request.user.staff_member  # type: ignore[union-attr]
    try:
        customer = found(request, form)
        made = once(request, lambda by: put_on_record(form, customer, member, by))
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return None
    return RightsRequest.objects.get(pk=made)


class NotFound(Refusal):
    status = 422
    sentence = _("No single customer has exactly this number or address. Check it, or leave it empty.")


def found(request: HttpRequest, form: IntakeForm) -> Customer | None:
    """On record, like every look-up."""
    if not form.cleaned_data["who"]:
        return None
    customer = people.look_up(text=form.cleaned_data["who"], by=actor_of(request))
    if customer is None:
        raise NotFound
    return customer


def put_on_record(form: IntakeForm, customer: Customer | None, member: StaffMember, by: Actor) -> RightsRequest:
    said, proposal = form.cleaned_data, form.proposal()
    kept = {"words": said["words"].strip(), "email": "" if customer else said["email"]}
    wanted = Wanted(
        Type(said["request_type"]),
        Channel(said["channel"]),
        customer.pk if customer else None,
        jurisdiction=said["where"],
        received_at=form.received_at(),
        submitted_by=SubmittedBy(said["submitted_by"]),
        proof=said["proof"],
        scope=form.scope(),
        said=kept | ({"proposals": [proposal]} if proposal else {}),
    )
    return services.file(wanted=wanted, by=by, member=member)
