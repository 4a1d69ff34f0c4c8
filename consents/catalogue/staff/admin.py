"""Admin pages of the catalogue: drafts are written here, published texts never change."""

from itertools import groupby
from operator import attrgetter
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Case, QuerySet, When
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.catalogue import selectors
from consents.catalogue.models import Category, Field, Notice, Purpose, PurposeVersion, Recipient
from consents.catalogue.services import categories, publishing, versions
from consents.catalogue.services.versions import VersionDraft
from consents.catalogue.signals import version_previewed
from consents.catalogue.staff import purpose_admin
from consents.catalogue.staff.base import WRITERS, CatalogueAdmin, is_published_unchanged
from consents.catalogue.staff.forms import CategoryForm, FieldForm, RecipientForm, VersionForm
from consents.catalogue.staff.waiting import WaitsFilter
from consents.core import countries
from consents.core.admin import RECORD, RoleGate, render_state_tag
from consents.core.refusals import Refusal
from consents.core.signal_answers import collect_answers
from consents.people.services.holding import OFFICERS
from consents.people.visitors import StaffRequest, run_once

__all__ = ["CategoryAdmin", "PurposeVersionAdmin", "RecipientAdmin", "purpose_admin"]


LANGUAGES = dict(settings.LANGUAGES)


def render_each_language(words: dict[str, list[str]]) -> str:
    """Render a line for each language: "Deutsch: Bestellungen. Was Sie gekauft haben"."""
    lines = [(code, name, ". ".join(filter(None, words[code]))) for code, name in LANGUAGES.items() if code in words]
    return format_html_join("", '<p lang="{}">{}: {}</p>', lines)


class FieldInline(RoleGate, admin.StackedInline):
    model = Field
    form = FieldForm
    extra = 1
    fields = (("key", "order"), tuple(f"label_{code}" for code in LANGUAGES))
    may_view = OFFICERS
    may_add = may_change = WRITERS
    verbose_name_plural = gettext_lazy("fields")
    readonly_fields = ("read_labels",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj and obj.published)

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        return 0 if obj and obj.published else self.extra

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields if obj is None or self.has_change_permission(request, obj) else ("key", "read_labels")

    @admin.display(description=gettext_lazy("label"))
    def read_labels(self, obj: Field) -> str:
        return render_each_language({code: [label] for code, label in obj.labels.items()})


@admin.register(Category)
class CategoryAdmin(CatalogueAdmin):
    object_type = "category"
    list_display = ("read_title", "code", "is_sensitive", "order", "state")
    form = CategoryForm
    fields = (
        "code",
        *(part for code in LANGUAGES for part in (f"title_{code}", f"description_{code}", f"source_{code}")),
        "term",
        "sensitive",
        "special",
        "order",
    )
    readonly_fields = ("read_words", "read_sources")
    inlines = (FieldInline,)
    actions = asked_first = saved_first = ("publish",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the words as text where they cannot be changed."""
        if obj is None or self.has_change_permission(request, obj):
            return self.fields
        return ("code", "read_words", "read_sources", "term", "sensitive", "special", "order")

    @admin.display(description=gettext_lazy("title"))
    def read_title(self, obj: Category) -> str:
        return obj.title

    @admin.display(description=gettext_lazy("title and description"))
    def read_words(self, obj: Category) -> str:
        return render_each_language(
            {code: [words.get("title", ""), words.get("description", "")] for code, words in obj.words.items()}
        )

    @admin.display(description=gettext_lazy("Where we have it from"))
    def read_sources(self, obj: Category) -> str:
        return render_each_language({code: [words.get("source", "")] for code, words in obj.words.items()})

    @admin.display(description=gettext_lazy("sensitive"))
    def is_sensitive(self, obj: Category) -> str:
        return render_state_tag("wait", _("Sensitive")) if obj.sensitive else ""

    @admin.display(description=gettext_lazy("state"))
    def state(self, obj: Category) -> str:
        return render_state_tag("yes", _("Published")) if obj.published else render_state_tag("wait", _("Draft"))

    def is_frozen(self, obj: Category) -> bool:
        return obj.published

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        fields = [field for formset in formsets for field in formset.save(commit=False)]
        if is_published_unchanged(request, form, formsets):
            return
        run_once(request, lambda by: categories.save_category(category=form.instance, fields=fields, by=by))

    @admin.action(description=gettext_lazy("Publish"), permissions=["change"], location=RECORD)
    def publish(self, request: HttpRequest, queryset: QuerySet[Category]) -> HttpResponseBase:
        category = queryset.get()
        if not self.is_confirmed(request):
            effects = [
                _("Purposes and requests may name “%(title)s” from now on.") % {"title": category.title},
                ", ".join(field.label for field in category.fields.all()) or _("It has no fields yet."),
                _("It can no longer be changed."),
            ]
            return self.confirm(request, category, _("Publish this kind of data?"), effects, _("Publish"))
        done = _("The kind of data is published.")
        return self.act_once(request, categories.publish_category, done, category=category)


@admin.register(Recipient)
class RecipientAdmin(CatalogueAdmin):
    object_type = "recipient"
    form = RecipientForm
    list_display = ("name", "kind", "read_country", "safeguard")
    fields = RecipientForm.Meta.fields
    readonly_fields = ("read_country",)

    def get_fields(self, request: HttpRequest, obj: Recipient | None = None) -> list[str]:
        """Show readers the country's name, not its code."""
        is_written = self.has_change_permission(request, obj)
        return [name if is_written or name != "country" else "read_country" for name in self.fields]

    @admin.display(description=gettext_lazy("country"))
    def read_country(self, obj: Recipient) -> str:
        return countries.get_country_name(obj.country)

    def is_frozen(self, obj: Recipient) -> bool:
        return selectors.has_published_version(obj)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        run_once(request, lambda by: categories.save_recipient(recipient=form.instance, by=by))


def is_version_frozen(version: PurposeVersion) -> bool:
    return version.published_at is not None or version.purpose.retired_at is not None


class NoticeInline(RoleGate, admin.StackedInline):
    model = Notice
    fields = ("language", "name", "sentence", "text", "if_no", "retention", "objection")
    may_view = OFFICERS
    may_add = may_change = WRITERS
    readonly_fields = ("language_in_words",)
    verbose_name_plural = gettext_lazy("what the customer reads, in each language")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notice]:
        """Order the notices by the portal's order of languages."""
        order = Case(*(When(language=code, then=place) for place, code in enumerate(LANGUAGES)), default=99)
        return super().get_queryset(request).order_by(order)

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        return len(LANGUAGES) - (obj.notices.count() if obj else 0)

    def get_max_num(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        return len(LANGUAGES)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Show readers the language's name, not its code."""
        code, *texts = self.fields
        is_written = self.has_change_permission(request, obj) and not (obj and is_version_frozen(obj))
        return [code if is_written else "language_in_words", *texts]

    @admin.display(description=gettext_lazy("Language"))
    def language_in_words(self, obj: Notice) -> str:
        return LANGUAGES.get(obj.language, obj.language)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "language":
            return forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
        return super().formfield_for_dbfield(db_field, request, **kwargs)


@admin.register(PurposeVersion)
class PurposeVersionAdmin(CatalogueAdmin):
    object_type = "purpose_version"
    list_display = ("read_name", "purpose", "number", "state", "published_at")
    list_filter = (WaitsFilter,)
    form = VersionForm
    inlines = (NoticeInline,)
    fieldsets = (
        (None, {"fields": ("purpose", "material", "needs_agreement")}),
        (gettext_lazy("What is done"), {"fields": ("dpv_purpose", "legal_basis", "categories", "recipients", "sale")}),
        (gettext_lazy("How long and where"), {"fields": ("consent_months", "retention_months", "storage")}),
    )
    actions = asked_first = saved_first = ("publish",)
    change_form_template = "admin/catalogue/version.html"

    def get_readonly_fields(self, request: HttpRequest, obj: PurposeVersion | None = None) -> tuple[str, ...]:
        return ("purpose", "stored_in") if obj else ("stored_in",)

    def get_fieldsets(self, request: HttpRequest, obj: PurposeVersion | None = None) -> Any:
        """Show readers the countries' names, not their codes."""
        if self.has_change_permission(request, obj):
            return self.fieldsets
        *others, (title, _options) = self.fieldsets
        return (*others, (title, {"fields": ("consent_months", "retention_months", "stored_in")}))

    @admin.display(description=gettext_lazy("name"))
    def read_name(self, obj: PurposeVersion) -> str:
        return obj.name

    @admin.display(description=gettext_lazy("Stored in"))
    def stored_in(self, obj: PurposeVersion) -> str:
        return obj.storage_in_words

    def get_queryset(self, request: HttpRequest) -> QuerySet[PurposeVersion]:
        return super().get_queryset(request).select_related("purpose").prefetch_related("notices")

    def get_formset_kwargs(self, request: HttpRequest, obj: Any, inline: Any, prefix: str) -> dict[str, Any]:
        """Offer one form for each language that has no text yet."""
        kwargs: dict[str, Any] = super().get_formset_kwargs(request, obj, inline, prefix)
        written = {notice.language for notice in obj.notices.all()} if obj.pk else set()
        return kwargs | {"initial": [{"language": code} for code in LANGUAGES if code not in written]}

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in ("consent_months", "retention_months"):
            kwargs["min_value"] = 1  # as the database has it
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["widget"] = forms.CheckboxSelectMultiple
        if db_field.name == "categories":
            kwargs["queryset"] = published = selectors.select_published_categories()
            if not published.exists():
                kwargs["help_text"] = _("No data category is published yet. Write one and publish it first.")
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "purpose":
            kwargs["queryset"] = Purpose.objects.filter(retired_at=None)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description=gettext_lazy("state"))
    def state(self, obj: PurposeVersion) -> str:
        if obj.lost:
            return render_state_tag("no", _("Lost in a restore: publish a newer version"))
        return render_state_tag("yes", _("Published")) if obj.published_at else render_state_tag("wait", _("Draft"))

    def is_frozen(self, obj: PurposeVersion) -> bool:
        return is_version_frozen(obj)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        notices = [notice for formset in formsets for notice in formset.save(commit=False)]
        if is_published_unchanged(request, form, formsets):
            return
        draft = VersionDraft(form.instance, notices, form.cleaned_data["categories"], form.cleaned_data["recipients"])
        officer: Any = request.user
        run_once(request, lambda by: versions.save_version(draft=draft, officer=officer, by=by))

    def record_context(self, request: HttpRequest, obj: PurposeVersion) -> dict[str, Any]:
        officer: Any = request.user
        is_own = not self.is_frozen(obj) and publishing.is_writer(obj, officer)
        # That page belongs to a room above.
        preview_url = reverse("admin:access_preview", args=[obj.pk, settings.PORTAL_LANGUAGES[0]])
        return (
            super().record_context(request, obj)
            | build_change_context(obj)
            | {
                "is_own": is_own,
                "links": [] if obj.lost else [{"url": preview_url, "label": _("Read as a customer")}],
                "effects": [] if obj.published_at else collect_answers(version_previewed, version=obj),
            }
            | ({"possible_actions": []} if is_own else {})
        )

    def ask_to_publish(self, request: StaffRequest, version: PurposeVersion) -> HttpResponseBase:
        """Ask for confirmation, or say at once why this officer cannot publish this text."""
        try:
            publishing.check_may_publish(version=version, officer=request.user)
        except Refusal as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return redirect(self.get_record_url(request))
        return self.confirm(
            request,
            version,
            title=_("Publish this version?"),
            effects=describe_publishing(version),
            button=_("Publish"),
            template="admin/catalogue/publish.html",
            **build_change_context(version),
        )

    @admin.action(description=gettext_lazy("Publish"), permissions=["change"], location=RECORD)
    def publish(self, request: StaffRequest, queryset: QuerySet[PurposeVersion]) -> HttpResponseBase:
        version = queryset.select_related("purpose").get()
        if not self.is_confirmed(request):
            return self.ask_to_publish(request, version)
        done = _("The version is published and in force.")
        return self.act_once(request, publishing.publish_version, done, version=version, officer=request.user)


def build_change_context(version: PurposeVersion) -> dict[str, Any]:
    """Build the context of admin/catalogue/difference.html: changes by language, the common facts first."""
    before = selectors.find_version_before(version)
    names = {"": _("In every language")} | LANGUAGES
    changes = groupby(purpose_admin.compare_versions(before, version), key=attrgetter("language"))
    return {
        "before": before,
        "by_language": [(language, names[language], list(found)) for language, found in changes],
    }


def describe_publishing(version: PurposeVersion) -> list[str]:
    titles = [category.title for category in version.categories.all() if category.published]
    return [
        _("Customers read “%(name)s” from now on, as version %(number)d.")
        % {"name": version.name, "number": version.number},
        _("It may be asked for: %(titles)s.") % {"titles": ", ".join(titles) or "–"},
        *collect_answers(version_previewed, version=version),
        _("It never changes again. Other words need a new version."),
    ]
