"""Saved views of the queue: kept from the list, chosen above it, set right on a page of their own."""

from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import format_html_join
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.core.admin import get_role
from consents.core.durations import format_day
from consents.core.fields import RadioField, SeenText
from consents.core.refusals import Refusal, Unknown
from consents.people.deciding import SavedOnceAdmin
from consents.people.models import Role
from consents.people.services.holding import OFFICERS
from consents.people.visitors import StaffRequest, run_once
from consents.people.work import WAITS
from consents.rights.models import LONGEST_NAME, QuestionTemplate, RightsRequest, SavedView
from consents.rights.recipients import is_identity_open
from consents.rights.rules import MOST_LETTERS, About, check_placeholders, check_question, fill_placeholders
from consents.rights.selectors import get_requester_language
from consents.rights.services import saved_views
from consents.rights.services.clarifying import save_question_template
from consents.rights.services.recording import get_home_zone
from consents.rights.staff.forms import TellingForm, build_answered_field, capitalize_labels
from consents.rights.staff.officer_act import ActForm

# Forms of the thread with the customer: a question that is sent, a reply that came by letter or telephone.

OWN = ""  # no ready-made question


class AskForm(TellingForm):
    """A ready-made question in the customer's language, own words after it, or own words alone."""

    about = RadioField(
        label=gettext_lazy("What it is about"),
        coerce=About,
        help_text=gettext_lazy(
            "The clock waits only for questions about who they are or what they want, where the law lets it."
        ),
        error_messages={"required": gettext_lazy("Choose what it is about.")},
    )
    ready_made = RadioField(label=gettext_lazy("Ready-made question"), required=False, initial=OWN)
    words = SeenText(
        label=gettext_lazy("In your own words"),
        required=False,
        max_length=MOST_LETTERS,
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def fit(self, rights_request: RightsRequest) -> None:
        """Offer what can be asked of this request, in the language of whoever made it."""
        super().fit(rights_request)
        subjects = [one for one in About.choices if one[0] != About.IDENTITY or is_identity_open(rights_request)]
        self.texts = list_ready_made(rights_request, [code for code, _label in subjects])
        fields: Any = self.fields
        fields["about"].choices = capitalize_labels(subjects)
        fields["ready_made"].choices = [(OWN, gettext_lazy("None: only my own words")), *self.texts.items()]
        if not self.texts:
            del self.fields["ready_made"]
        language = get_requester_language(rights_request)
        name = dict(settings.LANGUAGES).get(language, language)
        fields["words"].widget.attrs["lang"] = language
        fields["words"].help_text = gettext_lazy(
            "Write in the customer’s language: %(name)s. They read exactly this."
        ) % {"name": name}

    def clean(self) -> dict[str, Any]:
        answers = self.cleaned_data
        parts = [self.texts.get(answers.get("ready_made", OWN), ""), answers.get("words", "").strip()]
        question = "\n\n".join(part for part in parts if part)
        if not self.errors:
            try:
                check_question(question, 0)
            except Refusal as refusal:
                self.add_error("words", str(refusal))
        return {"subject": answers.get("about"), "text": question, "told_on": answers.get("told_on")}


def list_ready_made(rights_request: RightsRequest, subjects: Collection[str]) -> dict[str, str]:
    """Return the ready-made questions on these subjects in the requester's language, with the placeholders filled."""
    language = get_requester_language(rights_request)
    with translation.override(language):
        values = build_placeholder_values(rights_request)
    offered = QuestionTemplate.objects.filter(is_offered=True, about__in=subjects).order_by("code")
    texts = {template.code: template.texts.get(language, "") for template in offered}
    return {code: fill_placeholders(text, values) for code, text in texts.items() if text}


def build_placeholder_values(rights_request: RightsRequest) -> dict[str, str]:
    """Build the values of the placeholders, in the active language."""
    zone = get_home_zone()
    return {
        "number": rights_request.number,
        "right": str(rights_request.get_request_type_display()),
        "arrived": format_day(timezone.localtime(rights_request.received_at, zone)),
        "answer_by": format_day(timezone.localtime(rights_request.answer_by, zone)),
    }


class ReplyNotedForm(ActForm):
    answered_on = build_answered_field()
    text = SeenText(
        label=gettext_lazy("What they said, as far as it matters"),
        required=False,
        max_length=MOST_LETTERS,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Kept sealed, beside the question. The customer reads it on their page."),
    )


# Ready-made questions on the staff site: written by privacy officers, read by compliance officers.


def build_text_field(code: str, language: Any) -> forms.CharField:
    return SeenText(
        label=format_lazy("{}: {}", gettext_lazy("What the customer reads"), language),
        required=False,
        max_length=MOST_LETTERS,
        widget=forms.Textarea(attrs={"rows": 4, "lang": code}),
    )


TEXT_FIELDS = {f"text_{code}": build_text_field(code, language) for code, language in settings.LANGUAGES}


class TemplateTexts(forms.ModelForm):
    """The text in each language; without one in a language, it is not offered for customers who read that."""

    class Meta:
        model = QuestionTemplate
        fields = ("code", "about", "is_offered")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, text in self.instance.texts.items():
            self.initial[f"text_{code}"] = text
        first = next(iter(TEXT_FIELDS))
        self.fields[first].help_text = gettext_lazy(
            "You may use {number}, {right}, {arrived} and {answer_by}; each is filled in for the request."
        )

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        texts = {name.removeprefix("text_"): answers.get(name, "").strip() for name in TEXT_FIELDS}
        self.instance.texts = {code: text for code, text in texts.items() if text}
        if not self.instance.texts:
            self.add_error(None, gettext_lazy("Write the question in at least one language."))
        for code, text in self.instance.texts.items():
            try:
                check_placeholders(text)
            except Refusal as refusal:
                self.add_error(f"text_{code}", str(refusal))
        return answers


QuestionTemplateForm = type("QuestionTemplateForm", (TemplateTexts,), dict(TEXT_FIELDS))


@admin.register(QuestionTemplate)
class QuestionTemplateAdmin(SavedOnceAdmin):
    may_view = OFFICERS
    may_add = may_change = {Role.PRIVACY_OFFICER}
    form = QuestionTemplateForm
    readonly_fields = ("read_texts",)
    list_display = ("code", "about", "languages", "is_offered")

    @admin.display(description=gettext_lazy("languages"))
    def languages(self, template: QuestionTemplate) -> str:
        return ", ".join(str(name) for code, name in settings.LANGUAGES if code in template.texts)

    @admin.display(description=gettext_lazy("what the customer reads"))
    def read_texts(self, template: QuestionTemplate) -> str:
        texts = [(code, name, template.texts[code]) for code, name in settings.LANGUAGES if code in template.texts]
        return format_html_join("", '<p lang="{}">{}: {}</p>', texts)

    def get_fields(self, request: HttpRequest, obj: QuestionTemplate | None = None) -> tuple[str, ...]:
        """Show who only reads the texts as they stand, which are no fields of the record itself."""
        texts = TEXT_FIELDS if self.has_change_permission(request, obj) else ("read_texts",)
        return ("code", "about", *texts, "is_offered")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        run_once(request, lambda by: save_question_template(template=obj, by=by))


# What a view keeps of the list's address: never one customer's, nor a page.
KEPT = (WAITS, "state", "officer", "late", "law", "right", "received", "sort")
PREFIX = "kept_"
LONGEST_NUMBER = 19  # what a number of the database can have


class KeepViewForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name of the view"),
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("You alone see it. No names of people."),
        error_messages={"required": gettext_lazy("Give the view a name.")},
    )
    is_first = forms.BooleanField(label=gettext_lazy("Open the list with it"), required=False)


def list_kept(sent: Mapping[str, str], prefix: str = "") -> dict[str, str]:
    chosen = {name: sent.get(prefix + name, "")[:100] for name in KEPT}
    return {name: value for name, value in chosen.items() if value and "\0" not in value}


def build_list_url(query: Mapping[str, str]) -> str:
    return reverse("admin:rights_rightsrequest_changelist", query=dict(query))


def build_views_context(request: StaffRequest) -> dict[str, Any]:
    """Build what the list shows of views: the officer's own, which is open, and what a new one would keep."""
    query = list_kept(request.GET)
    own = [
        {"name": view.name, "url": build_list_url(view.query), "is_open": view.query == query}
        for view in saved_views.list_queue_views(request.user.pk)
    ]
    return {
        "views": own,
        "open_view": next((view["name"] for view in own if view["is_open"]), ""),
        "to_keep": {f"{PREFIX}{name}": value for name, value in query.items()},
        "longest_name": LONGEST_NAME,
    }


def find_first_view(request: StaffRequest) -> str:
    """Return the address that the list opens with for this officer; '' if it opens as for everybody."""
    if request.GET or request.method != "GET":
        return ""
    first = SavedView.objects.filter(owner=request.user.pk, is_first=True).first()
    return build_list_url(first.query) if first else ""


def show_views(request: StaffRequest) -> HttpResponseBase:
    """GET: the officer's views. POST: keep one, let the list open with one, or remove one."""
    if get_role(request) not in OFFICERS:
        raise Unknown
    if request.method != "POST":
        return render_views(request, None)
    if "keep" in request.POST:
        return keep_view(request)
    officer = request.user.staff_member
    number = request.POST.get("view", "")
    view = int(number) if number.isdecimal() and len(number) < LONGEST_NUMBER else None
    try:
        if "remove" in request.POST and view is not None:
            run_once(request, lambda by: saved_views.remove_queue_view(view=view, officer=officer))
            messages.success(request, _("The view is removed."))
        elif "first" in request.POST:
            run_once(request, lambda by: saved_views.open_with_view(view=view, officer=officer))
            messages.success(request, _("Saved."))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("admin:rights_rightsrequest_views")


def keep_view(request: StaffRequest) -> HttpResponseBase:
    form, query = KeepViewForm(request.POST), list_kept(request.POST, PREFIX)
    if form.is_valid():
        kept = {"name": form.cleaned_data["name"], "is_first": form.cleaned_data["is_first"], "query": query}
        try:
            run_once(request, lambda by: saved_views.keep_queue_view(officer=request.user.staff_member, **kept))
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect(build_list_url(query))
    return render_views(request, form, status=422)


def render_views(request: StaffRequest, form: KeepViewForm | None, status: int = 200) -> HttpResponse:
    views = [
        {"id": view.pk, "name": view.name, "url": build_list_url(view.query), "is_first": view.is_first}
        for view in saved_views.list_queue_views(request.user.pk)
    ]
    context = admin.site.each_context(request) | {"title": _("Your views"), "views": views, "form": form}
    context["has_first"] = any(view["is_first"] for view in views)
    context["to_keep"] = {f"{PREFIX}{name}": value for name, value in list_kept(request.POST, PREFIX).items()}
    return render(request, "admin/rights/rightsrequest/views.html", context, status=status)
