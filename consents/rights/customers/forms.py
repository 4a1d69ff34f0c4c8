"""Forms with one question each: what exactly, which time, who asks. `steps` puts their answers together."""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.utils.html import format_html
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from consents.catalogue.models import Category
from consents.catalogue.models import Field as CategoryField
from consents.core import countries
from consents.core.durations import format_day
from consents.core.fields import CheckboxesField, DayField, RadioField, SeenText
from consents.core.paper import keep_as_seen
from consents.people.rules import ADDRESS_MAX_LENGTH, is_address, normalize_address
from consents.rights.rules import MOST_LETTERS, SubmittedBy

LONGEST = 1000
LONGEST_VALUE = 200
ALL, PART = "all", "part"


class Question(forms.Form):
    """A page with one question. `opened`: fields that matter only when "part" is chosen (CSS `.opened-by-part`)."""

    title: ClassVar[Any] = ""
    opened: ClassVar[tuple[str, ...]] = ()

    @property
    def first(self) -> list[forms.BoundField]:
        return [field for field in self if field.name not in self.opened]

    @property
    def then(self) -> list[forms.BoundField]:
        return [field for field in self if field.name in self.opened]

    def summary(self) -> str:
        """Return the answer as the check page says it: what was chosen, unless there is more to it."""
        return self.name_chosen(next(iter(self.fields)))

    def name_chosen(self, name: str) -> str:
        field: Any = self.fields[name]
        chosen, names = self.cleaned_data[name], dict(field.choices)
        codes = chosen if isinstance(chosen, list) else [chosen]
        return ", ".join(str(names[code]) for code in codes if code in names)


class PeriodForm(Question):
    title = _("For which period?")
    opened = ("from_day", "until_day")

    span = RadioField(
        label=_("The period you want to know about"),
        choices=[(ALL, _("From the beginning until now")), (PART, _("Only a certain period"))],
        error_messages={"required": _("Choose which period.")},
    )
    from_day = DayField(label=_("First day"), required=False, error_messages={"invalid": _("Type a day.")})
    until_day = DayField(label=_("Last day"), required=False, error_messages={"invalid": _("Type a day.")})

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        if said.get("span") != PART:
            return said | {"from_day": None, "until_day": None}
        first, last = said.get("from_day"), said.get("until_day")
        if first is None and last is None and not self.errors:
            raise forms.ValidationError(_("Type a first or a last day, or choose from the beginning until now."))
        if first and last and last < first:
            raise forms.ValidationError(_("The last day lies before the first."))
        return said

    def summary(self) -> str:
        if self.cleaned_data["span"] == ALL:
            return gettext("From the beginning until now")
        return describe_period(self.cleaned_data["from_day"], self.cleaned_data["until_day"])


def describe_period(first: date | None, last: date | None) -> str:
    if first and last:
        return gettext("From %(first)s to %(last)s") % {"first": format_day(first), "last": format_day(last)}
    return (
        gettext("From %(first)s") % {"first": format_day(first)}
        if first
        else gettext("Until %(last)s") % {"last": format_day(last)}
    )


def list_category_titles() -> list[tuple[str, str]]:
    published = Category.objects.filter(published=True).order_by("order", "code")
    return [(category.code, category.title) for category in published]


class CategoryForm(Question):
    title = _("What is wrong?")

    category = RadioField(
        label=_("The data that is wrong or missing"),
        choices=list_category_titles,
        error_messages={"required": _("Choose what is wrong.")},
    )


class CorrectionForm(Question):
    """The fields of one category; what stays empty is right as it is.

    `stands`: what the customer said is wrong, by "category.field", as they saw it. Only those fields are asked for.
    """

    title = _("How should it read?")

    def __init__(self, *args: Any, category: str, stands: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.category = category
        found = Category.objects.filter(published=True, code=category).prefetch_related("fields").first()
        offered = list(found.fields.all()) if found else []
        self.stands = {
            f"right_{one.key}": stands[f"{category}.{one.key}"] for one in offered if f"{category}.{one.key}" in stands
        }
        for field in offered:
            if not self.stands or f"right_{field.key}" in self.stands:
                self.fields[f"right_{field.key}"] = self.build_field(field)
        self.fields["which_entry"] = SeenText(
            label=_("Which entry do you mean? (if there are several, such as orders)"),
            required=False,
            max_length=LONGEST_VALUE,
            widget=forms.HiddenInput if self.stands else forms.TextInput,
        )

    def build_field(self, field: CategoryField) -> forms.CharField:
        now = self.stands.get(f"right_{field.key}", "")
        return SeenText(
            label=field.label,
            required=False,
            max_length=LONGEST_VALUE,
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
            initial=now if len(now) <= LONGEST_VALUE else "",
            help_text=format_html(gettext("Now it reads: {}"), now) if now else "",
        )

    def clean(self) -> dict[str, Any]:
        for name, now in self.stands.items():
            if self.cleaned_data.get(name) == keep_as_seen(now).strip():
                self.add_error(name, _("This is what it reads now. Change it to how it should read."))
        if not self.errors and not self.proposals():
            raise forms.ValidationError(_("Type how at least one of them should read."))
        return self.cleaned_data

    def proposals(self) -> list[dict[str, str]]:
        return [
            {"category": self.category, "field": name.removeprefix("right_"), "right": value}
            for name, value in self.cleaned_data.items()
            if name.startswith("right_") and value
        ]

    def summary(self) -> str:
        said = [
            self.describe_value(name, value)
            for name, value in self.cleaned_data.items()
            if value and name != "which_entry"
        ]
        if entry := self.cleaned_data.get("which_entry"):
            said.append(f"{gettext('Which entry')}: {entry}")
        return "; ".join(said)

    def describe_value(self, name: str, value: str) -> str:
        words = f"{self.fields[name].label}: {value}"
        return f"{words} ({gettext('now: %(value)s') % {'value': self.stands[name]}})" if name in self.stands else words


class KindsForm(Question):
    """All of it comes first and is the plainer choice (11 CCR 7022(g))."""

    title = _("Which data should we delete?")
    opened = ("kinds",)

    extent = RadioField(
        label=_("How much of it"),
        choices=[(ALL, _("All of my data")), (PART, _("Only some kinds of data"))],
        error_messages={"required": _("Choose how much we should delete.")},
    )
    kinds = CheckboxesField(
        label=_("The kinds that should go"),
        choices=list_category_titles,
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        if said.get("extent") != PART:
            return said | {"kinds": []}
        if not said.get("kinds") and "kinds" not in self.errors:
            self.add_error("kinds", _("Tick at least one kind of data, or choose all of your data."))
        return said

    def summary(self) -> str:
        return self.name_chosen("kinds") or gettext("All of my data")


# GDPR Art 18(1).
GROUNDS = [
    ("contested", _("The data is wrong, and you are checking it")),
    ("unlawful", _("You may not use it, but I do not want it deleted")),
    ("claims", _("I need it for a legal claim")),
    ("objection", _("I have objected, and you are still deciding")),
]


class GroundForm(Question):
    title = _("Why should we pause?")

    ground = RadioField(
        label=_("The reason"),
        choices=GROUNDS,
        error_messages={"required": _("Choose the reason.")},
    )


def describe_ground(code: str) -> str:
    return str(dict(GROUNDS).get(code, ""))


class PurposesForm(Question):
    title = _("Which use of your data?")

    purposes = CheckboxesField(
        label=_("The use that should stop"),
        error_messages={"required": _("Tick at least one use of your data.")},
    )

    def __init__(self, *args: Any, offered: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["purposes"]
        field.choices = offered


class WordsForm(Question):
    title = _("Is there anything we should know?")

    words = SeenText(
        label=_("In your own words (you may leave this empty)"),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("You need not give a reason. Please write nothing here that we do not need to find your data."),
    )

    def summary(self) -> str:
        return str(self.cleaned_data["words"]) or gettext("Nothing")


class WhoForm(Question):
    title = _("Who are you?")

    name = SeenText(
        label=_("Your name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Type your name.")},
    )
    email = forms.CharField(
        label=_("Email address"),
        max_length=ADDRESS_MAX_LENGTH,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=_("The one we know you by, if you have one with us. We confirm your request to it."),
        error_messages={"required": _("Type your email address.")},
    )
    reference = forms.CharField(
        label=_("Customer number (if you know it)"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_email(self) -> str:
        email = normalize_address(self.cleaned_data["email"])
        if not is_address(email):
            raise forms.ValidationError(_("This is no email address. It looks like name@example.com."))
        return email

    def summary(self) -> str:
        said = [self.cleaned_data[name] for name in ("name", "email", "reference")]
        return ", ".join(one for one in said if one)


class BehalfForm(Question):
    title = _("For whom do you ask?")

    submitted_by = RadioField(
        label=_("Who is asking"),
        choices=[
            (SubmittedBy.SELF, _("I ask for myself")),
            (SubmittedBy.AGENT, _("I am an authorised agent")),
            (SubmittedBy.PARENT, _("I am a parent and ask for my child")),
            (SubmittedBy.GUARDIAN, _("I am a guardian")),
            (SubmittedBy.ATTORNEY, _("I hold a power of attorney")),
        ],
        error_messages={"required": _("Choose for whom you ask.")},
    )
    proof = SeenText(
        label=_("If you ask for somebody else: the document that shows you may"),
        required=False,
        max_length=80,
        help_text=_("Its kind and number, such as “signed permission of 3 May 2026”. We ask you to show it."),
    )

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        if said.get("submitted_by", SubmittedBy.SELF) == SubmittedBy.SELF:
            return said | {"proof": ""}
        if not said.get("proof"):
            self.add_error("proof", _("Name the document that shows that you may ask for somebody else."))
        return said

    def summary(self) -> str:
        said, proof = self.name_chosen("submitted_by"), self.cleaned_data["proof"]
        return f"{said} ({proof})" if proof else said


def list_places() -> list[tuple[str, str]]:
    """List every country by name; California beside the rest of its country, since its law is its own."""
    names = countries.get_country_names(get_language() or settings.LANGUAGE_CODE)
    others = sorted(names.items(), key=lambda item: countries.fold_name(item[1]))
    return [("", gettext("Choose a country")), ("US-CA", gettext("California (USA)")), *others]


def get_place_name(jurisdiction: str) -> str:
    return dict(list_places()).get(jurisdiction, jurisdiction)


class WhereForm(forms.Form):
    where = forms.ChoiceField(
        label=_("Where do you live?"),
        choices=list_places,
        help_text=_("Which rights you have depends on the law there."),
        error_messages={"required": _("Choose where you live."), "invalid_choice": _("Choose where you live.")},
    )


class AppealForm(forms.Form):
    why = SeenText(
        label=_("Why should we look at it again?"),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("You may leave this empty."),
    )


class QuestionReplyForm(forms.Form):
    words = SeenText(
        label=_("Your answer"),
        max_length=MOST_LETTERS,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Of our staff, only the officers who work on the request read it. You can answer once."),
        error_messages={"required": _("Write your answer.")},
    )
