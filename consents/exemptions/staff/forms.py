"""Forms to file an exemption, to decide it and to delay telling the customer. The services decide what is allowed."""

from dataclasses import fields
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.access.customers.presenting import get_category_title
from consents.access.models import AccessRequest, Grant
from consents.access.rules import MAX_SENTENCE_LENGTH, RequestState
from consents.access.rules.causes import WORDS
from consents.access.selectors import get_cause
from consents.catalogue import selectors as catalogue
from consents.core.durations import describe_duration, format_day, format_local_moment
from consents.core.fields import CheckboxesField, DurationChoiceField, RadioField, SeenText
from consents.core.forms import get_choice_field
from consents.exemptions.models import Exemption, Kind, WhyUnasked
from consents.exemptions.rules import Emergency, ExemptionState, LegalOrder, NewDelay, NewExemption
from consents.ledger.models import Entry
from consents.ledger.rules import describe_for_staff
from consents.people.found_customers import build_who_field
from consents.people.models import User

DURATIONS = [timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4), timedelta(days=1), timedelta(days=7)]
DURATIONS += [timedelta(days=30)]
OF_ORDER = ["statute", "order_number", "ordered_on", "authority", "is_foreign", "treaty", "scope_asked", "necessity"]
OF_EMERGENCY = ["threat", "no_other_way"]
ONLY_FOR = {Kind.LEGAL_DUTY: OF_ORDER, Kind.SAFETY: [*OF_EMERGENCY, "at_once"]}
NEEDED = {
    Kind.LEGAL_DUTY: gettext_lazy("Only what the order names."),
    Kind.SAFETY: gettext_lazy("Only what averts the danger."),
}
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
        gettext_lazy("Exactly the customer number, or exactly the email address on file. Looking up is recorded.")
    )
    purpose = forms.ChoiceField(
        label=gettext_lazy("What for"), error_messages={"required": gettext_lazy("Choose what the data is for.")}
    )
    categories = CheckboxesField(
        label=gettext_lazy("Which data"),
        error_messages={"required": gettext_lazy("Choose at least one kind of data.")},
    )
    duration = DurationChoiceField(label=gettext_lazy("Access for"), lengths=DURATIONS)
    sentence = build_text_field(
        gettext_lazy("In one plain sentence"),
        MAX_SENTENCE_LENGTH,
        gettext_lazy("The customer will read this, and everything below."),
        missing=gettext_lazy("Say in one sentence why you need this."),
    )
    case_number = build_text_field(gettext_lazy("Case number"), 40)
    statute = build_text_field(gettext_lazy("Law and article"), 200)
    order_number = build_text_field(gettext_lazy("Number of the order"), 60)
    ordered_on = forms.DateField(
        label=gettext_lazy("Date of the order"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    authority = build_text_field(gettext_lazy("Authority"), 120)
    is_foreign = forms.BooleanField(label=gettext_lazy("The order comes from outside the EU"), required=False)
    treaty = build_text_field(
        gettext_lazy("International agreement"),
        200,
        gettext_lazy("Without one, a foreign order does not count (GDPR Art 48)."),
    )
    scope_asked = build_text_field(gettext_lazy("What they asked for"), 400)
    necessity = build_text_field(gettext_lazy("Why exactly this is needed"), 400)
    threat = build_text_field(gettext_lazy("The danger"), 400)
    no_other_way = build_text_field(gettext_lazy("Why there is no other way"), 400)
    at_once = forms.BooleanField(
        label=gettext_lazy("Open at once"),
        required=False,
        help_text=gettext_lazy(
            "For up to one hour. The customer is told now, and a privacy officer checks it within a day."
        ),
    )
    access_request = forms.ChoiceField(
        label=gettext_lazy("Your request to this customer"),
        required=False,
        help_text=gettext_lazy("The customer is asked first, or meanwhile with a day to answer at most."),
    )
    why_unasked = forms.ChoiceField(
        label=gettext_lazy("Or why the customer cannot be asked"),
        required=False,
        choices=[("", "–"), *WhyUnasked.choices],
    )
    unasked_words = build_text_field(gettext_lazy("In words"), 200)

    def __init__(self, member: User, kind: Kind, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ground = kind
        for name in {*OF_ORDER, *OF_EMERGENCY, "at_once"} - {*ONLY_FOR[kind]}:
            del self.fields[name]
        self.fields["token"].initial, self.fields["kind"].initial = uuid4(), kind
        self.fields["categories"].help_text = NEEDED[kind]
        versions = list(catalogue.select_askable().prefetch_related("categories"))
        get_choice_field(self, "purpose").choices = [
            ("", gettext_lazy("Choose")),
            *((one.pk, one.name) for one in versions),
        ]
        offered = {one.pk: one.title for version in versions for one in version.categories.all() if one.published}
        get_choice_field(self, "categories").choices = sorted(offered.items(), key=lambda item: str(item[1]))
        get_choice_field(self, "access_request").choices = [("", "–"), *list_own_asks(member)]

    @property
    def parts(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """The headings, each with its fields: what is needed, on what ground, and what of the customer's answer."""
        grounds = {Kind.LEGAL_DUTY: gettext_lazy("The law and the order"), Kind.SAFETY: gettext_lazy("The emergency")}
        named = [(gettext_lazy("Whose data, and which"), SCOPE), (grounds[self.ground], ONLY_FOR[self.ground])]
        return [
            (title, [self[name] for name in names]) for title, names in [*named, (gettext_lazy("Asking first"), ASKING)]
        ]

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
    law = build_text_field(
        gettext_lazy("Law that forbids telling"), 200, missing=gettext_lazy("Name the law that forbids telling.")
    )
    authority = build_text_field(gettext_lazy("Authority"), 120, missing=gettext_lazy("Name the authority."))
    reason = build_text_field(
        gettext_lazy("Reason"),
        400,
        gettext_lazy("The customer will read this once the delay ends."),
        missing=gettext_lazy("Say why: the customer will read it."),
    )
    until = forms.DateField(
        label=gettext_lazy("Until the end of"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("At most 90 days from now."),
        error_messages={"required": gettext_lazy("Choose a day.")},
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
        label=gettext_lazy("Your decision"),
        error_messages={"required": gettext_lazy("Choose yes or no.")},
    )
    words = build_text_field(gettext_lazy("Why"), 200, missing=gettext_lazy("Say why."))
    field_order = ("is_granted", "words", "law", "authority", "reason", "until")

    def __init__(self, kind: Kind, *args: Any, has_opened: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        yes = gettext_lazy("Yes: confirm the emergency") if has_opened else gettext_lazy("Yes: grant it")
        get_choice_field(self, "is_granted").choices = [("yes", yes), ("no", gettext_lazy("No"))]
        # Of what was never opened the customer is told nothing.
        self.fields["words"].help_text = (
            gettext_lazy("The customer will read this.")
            if has_opened
            else gettext_lazy("If you grant it, the customer will read this.")
        )
        for name in DelayForm.base_fields:
            if kind != Kind.LEGAL_DUTY:
                del self.fields[name]
                continue
            self.fields[name].required = False
            self.fields[name].help_text = self.fields[name].help_text or gettext_lazy(
                "Only to delay telling the customer."
            )


# Words of the staff pages about an exemption. Decides nothing.

STATES = {
    ExemptionState.FILED: ("wait", gettext_lazy("To be decided")),
    ExemptionState.OPENED: ("wait", gettext_lazy("Open, to be checked")),
    ExemptionState.GRANTED: ("yes", gettext_lazy("Granted")),
    ExemptionState.REFUSED: ("no", gettext_lazy("Refused")),
    ExemptionState.UNCHECKED: ("no", gettext_lazy("Not checked in time")),
    ExemptionState.CANCELLED: ("no", gettext_lazy("Ended undecided")),
}
# What was opened stays decided, or to be checked, once the access itself is over.
STATES_AFTER_ACCESS = STATES | {
    ExemptionState.OPENED: ("wait", gettext_lazy("Access over, to be checked")),
    ExemptionState.GRANTED: ("no", gettext_lazy("Granted, access over")),
}


def describe_exemption_state(exemption: Any) -> tuple[str, str]:
    """Return (tone, word). Expects `annotate_running`."""
    tone, word = (STATES if exemption.is_running else STATES_AFTER_ACCESS)[ExemptionState(exemption.state)]
    return tone, str(word)


def describe_staff_event(exemption: Exemption, entry: Entry) -> str:
    if cause := get_cause(entry):
        return f"{WORDS[cause].staff} {describe_for_staff(entry)}"
    what = get_category_title(exemption.exempted.all(), entry)
    return describe_for_staff(entry, who=exemption.asked_as, what=what)


def describe_quarter(first: date) -> str:
    """Name a quarter by its first and last month."""
    last = first.replace(month=first.month + 2)
    return f"{date_format(first, 'F')} – {date_format(last, 'F Y')}"


def describe_telling(exemption: Exemption, now: datetime) -> str:
    """Say when the customer was told, or on what law and until when not."""
    if exemption.told_at:
        return _("Told on %(day)s") % {"day": format_local_moment(exemption.told_at)}
    delays = sorted(exemption.delays.all(), key=lambda delay: delay.until)
    if not delays:
        return _("Not told: nothing was opened")
    last = delays[-1]
    if last.until <= now:
        return _("Shown since the delay ended")
    delayed = _("Delayed until %(day)s: %(law)s, %(authority)s.")
    delay = {"day": format_local_moment(last.until), "law": last.law, "authority": last.authority}
    return f"{delayed % delay} {last.reason}"


def list_filed_facts(exemption: Exemption, grants: list[Grant], now: datetime) -> list[tuple[str, str]]:
    live = [grant for grant in grants if grant.is_live(now)]
    check_by = _("Check by") if exemption.state == ExemptionState.OPENED else _("Deadline for the check")
    asking = _("The customer was asked as well") if exemption.access_request_id else exemption.get_why_unasked_display()
    facts = [
        (_("Customer"), str(exemption.customer_id)[:8]),
        (_("Ground"), capfirst(exemption.get_kind_display())),
        (_("What for"), exemption.version.name),
        (_("Which data"), ", ".join(one.category.title for one in exemption.exempted.all())),
        (_("In one sentence"), exemption.sentence),
        (_("Case number"), exemption.case_number),
        (_("Filed by"), f"{exemption.asked_name} ({exemption.asked_team}), {format_local_moment(exemption.filed_at)}"),
        (_("Access for"), describe_duration(exemption.duration)),
        (_("Law"), exemption.statute),
        (_("Order"), f"{exemption.order_number}, {format_day(exemption.ordered_on)}" if exemption.order_number else ""),
        (_("Authority"), exemption.authority),
        (_("From outside the EU, under"), exemption.treaty),
        (_("What they asked for"), exemption.scope_asked),
        (_("Why this is needed"), exemption.necessity),
        (_("The danger"), exemption.threat),
        (_("Why there is no other way"), exemption.no_other_way),
        (_("Asking first"), f"{asking}. {exemption.unasked_words}".strip()),
        (check_by, format_local_moment(exemption.check_by)),
        (_("Decided by"), exemption.decided_by.get_full_name() if exemption.decided_by else ""),
        (_("Because"), exemption.decision_words),
        (_("The customer"), describe_telling(exemption, now)),
        (_("Running until"), format_local_moment(live[0].ends_at) if live else ""),
    ]
    return [(label, value) for label, value in facts if value]
