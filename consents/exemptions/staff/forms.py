"""Forms to file an exemption, to decide it and to delay telling the customer. The services decide what is allowed."""

from dataclasses import fields
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consents.access.models import AccessRequest
from consents.access.rules import MAX_SENTENCE_LENGTH, RequestState
from consents.catalogue import selectors as catalogue
from consents.core.durations import format_day
from consents.core.fields import CheckboxesField, DurationChoiceField, RadioField, SeenText
from consents.core.forms import get_choice_field
from consents.exemptions.models import Kind, WhyUnasked
from consents.exemptions.rules import Emergency, LegalOrder, NewDelay, NewExemption
from consents.people.found_customers import build_who_field
from consents.people.models import User

DURATIONS = [timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4), timedelta(days=1), timedelta(days=7)]
DURATIONS += [timedelta(days=30)]
OF_ORDER = ["statute", "order_number", "ordered_on", "authority", "is_foreign", "treaty", "scope_asked", "necessity"]
OF_EMERGENCY = ["threat", "no_other_way"]
ONLY_FOR = {Kind.LEGAL_DUTY: OF_ORDER, Kind.SAFETY: [*OF_EMERGENCY, "at_once"]}
NEEDED = {Kind.LEGAL_DUTY: _("Only what the order names."), Kind.SAFETY: _("Only what averts the danger.")}
SCOPE = ["who", "purpose", "categories", "duration", "sentence", "case_number"]
ASKING = ["access_request", "why_unasked", "unasked_words"]
RECENT_ASKS = 20


def build_text_field(label: Any, most: int, help_text: Any = "", *, missing: Any = "") -> forms.CharField:
    """Build a field that may stay empty, unless `missing` says what to do where it is."""
    return SeenText(
        label=label,
        max_length=most,
        required=bool(missing),
        error_messages={"required": missing},
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": 2}) if most > 120 else forms.TextInput(),
    )


class ExemptionForm(forms.Form):
    """File an exemption on one ground, with nothing preselected; the fields of the other ground are left out."""

    kind = forms.CharField(widget=forms.HiddenInput)
    token = forms.UUIDField(widget=forms.HiddenInput)
    who = build_who_field(
        _("Exactly the customer number, or exactly the email address on file. Looking up is recorded.")
    )
    purpose = forms.ChoiceField(label=_("What for"), error_messages={"required": _("Choose what the data is for.")})
    categories = CheckboxesField(
        label=_("Which data"),
        error_messages={"required": _("Choose at least one kind of data.")},
    )
    duration = DurationChoiceField(label=_("Access for"), lengths=DURATIONS)
    sentence = build_text_field(
        _("In one plain sentence"),
        MAX_SENTENCE_LENGTH,
        _("The customer will read this, and everything below."),
        missing=_("Say in one sentence why you need this."),
    )
    case_number = build_text_field(_("Case number"), 40)
    statute = build_text_field(_("Law and article"), 200)
    order_number = build_text_field(_("Number of the order"), 60)
    ordered_on = forms.DateField(
        label=_("Date of the order"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    authority = build_text_field(_("Authority"), 120)
    is_foreign = forms.BooleanField(label=_("The order comes from outside the EU"), required=False)
    treaty = build_text_field(
        _("International agreement"), 200, _("Without one, a foreign order does not count (GDPR Art 48).")
    )
    scope_asked = build_text_field(_("What they asked for"), 400)
    necessity = build_text_field(_("Why exactly this is needed"), 400)
    threat = build_text_field(_("The danger"), 400)
    no_other_way = build_text_field(_("Why there is no other way"), 400)
    at_once = forms.BooleanField(
        label=_("Open at once"),
        required=False,
        help_text=_("For up to one hour. The customer is told now, and a privacy officer checks it within a day."),
    )
    access_request = forms.ChoiceField(
        label=_("Your request to this customer"),
        required=False,
        help_text=_("The customer is asked first, or meanwhile with a day to answer at most."),
    )
    why_unasked = forms.ChoiceField(
        label=_("Or why the customer cannot be asked"), required=False, choices=[("", "–"), *WhyUnasked.choices]
    )
    unasked_words = build_text_field(_("In words"), 200)

    def __init__(self, member: User, kind: Kind, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ground = kind
        for name in {*OF_ORDER, *OF_EMERGENCY, "at_once"} - {*ONLY_FOR[kind]}:
            del self.fields[name]
        self.fields["token"].initial, self.fields["kind"].initial = uuid4(), kind
        self.fields["categories"].help_text = NEEDED[kind]
        versions = list(catalogue.select_askable().prefetch_related("categories"))
        get_choice_field(self, "purpose").choices = [("", _("Choose")), *((one.pk, one.name) for one in versions)]
        offered = {one.pk: one.title for version in versions for one in version.categories.all() if one.published}
        get_choice_field(self, "categories").choices = sorted(offered.items(), key=lambda item: str(item[1]))
        get_choice_field(self, "access_request").choices = [("", "–"), *list_own_asks(member)]

    @property
    def parts(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """The headings, each with its fields: what is needed, on what ground, and what of the customer's answer."""
        grounds = {Kind.LEGAL_DUTY: _("The law and the order"), Kind.SAFETY: _("The emergency")}
        named = [(_("Whose data, and which"), SCOPE), (grounds[self.ground], ONLY_FOR[self.ground])]
        return [(title, [self[name] for name in names]) for title, names in [*named, (_("Asking first"), ASKING)]]

    def build(self, customer: UUID) -> NewExemption:
        cleaned = self.cleaned_data
        kind: type[LegalOrder | Emergency] = LegalOrder if self.ground == Kind.LEGAL_DUTY else Emergency
        return NewExemption(
            customer=customer,
            version=int(cleaned["purpose"]),
            categories=frozenset(int(category) for category in cleaned["categories"]),
            sentence=" ".join(cleaned["sentence"].split()),
            case_number=cleaned["case_number"],
            duration=cleaned["duration"],
            token=cleaned["token"],
            ground=kind(**{field.name: cleaned[field.name] for field in fields(kind)}),
            access_request=UUID(cleaned["access_request"]) if cleaned["access_request"] else None,
            why_unasked=cleaned["why_unasked"],
            unasked_words=cleaned["unasked_words"],
            at_once=cleaned.get("at_once", False),
        )


def list_own_asks(member: User) -> list[tuple[str, str]]:
    """List the requester's latest requests that no customer has allowed."""
    allowed = [RequestState.APPROVED, RequestState.PARTLY_APPROVED]
    asks = AccessRequest.objects.filter(staff=member).exclude(state__in=allowed).select_related("version")
    newest = asks.prefetch_related("version__notices").order_by("-filed_at", "pk")[:RECENT_ASKS]
    return [
        (str(ask.pk), f"{str(ask.customer_id)[:8]}, {ask.version.name}, {format_day(timezone.localtime(ask.filed_at))}")
        for ask in newest
    ]


class DelayForm(forms.Form):
    law = build_text_field(_("Law that forbids telling"), 200, missing=_("Name the law that forbids telling."))
    authority = build_text_field(_("Authority"), 120, missing=_("Name the authority."))
    reason = build_text_field(
        _("Reason"),
        400,
        _("The customer will read this once the delay ends."),
        missing=_("Say why: the customer will read it."),
    )
    until = forms.DateField(
        label=_("Until the end of"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("At most 90 days from now."),
        error_messages={"required": _("Choose a day.")},
    )

    def build_delay(self) -> NewDelay | None:
        cleaned = self.cleaned_data
        if not any(cleaned.get(name) for name in ("law", "authority", "reason", "until")):
            return None
        day = cleaned["until"]
        until = timezone.make_aware(datetime.combine(day, time(23, 59))) if day else timezone.now()
        return NewDelay(cleaned["law"], cleaned["authority"], cleaned["reason"], until)


class DecisionForm(DelayForm):
    """Decide; with an empty delay, and about an emergency always, the customer is told at once."""

    is_granted = RadioField(
        label=_("Your decision"),
        error_messages={"required": _("Choose yes or no.")},
    )
    words = build_text_field(_("Why"), 200, missing=_("Say why."))
    field_order = ("is_granted", "words", "law", "authority", "reason", "until")

    def __init__(self, kind: Kind, *args: Any, has_opened: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        yes = _("Yes: confirm the emergency") if has_opened else _("Yes: grant it")
        get_choice_field(self, "is_granted").choices = [("yes", yes), ("no", _("No"))]
        # Of what was never opened the customer is told nothing.
        self.fields["words"].help_text = (
            _("The customer will read this.") if has_opened else _("If you grant it, the customer will read this.")
        )
        for name in DelayForm.base_fields:
            if kind != Kind.LEGAL_DUTY:
                del self.fields[name]
                continue
            self.fields[name].required = False
            self.fields[name].help_text = self.fields[name].help_text or _("Only to delay telling the customer.")
