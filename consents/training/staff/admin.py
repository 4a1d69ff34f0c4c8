"""Admin pages of training: modules are written and published here; the register says who was trained on what when."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.core import clock
from consents.core.admin import NEXT_ACT, RECORD, RoleGatedAdmin, is_text_changed
from consents.core.state_tags import render_state_tag
from consents.people.deciding import DecidingAdmin, SavedOnceAdmin
from consents.people.models import Role
from consents.people.services.holding import OFFICERS
from consents.people.visitors import run_once
from consents.training import portal_texts, rules, selectors
from consents.training.models import Attestation, ModuleVersion
from consents.training.services import modules
from consents.training.staff.forms import ModuleForm


@admin.register(ModuleVersion)
class ModuleVersionAdmin(SavedOnceAdmin, DecidingAdmin):
    """Written by privacy officers through the services, read by compliance officers."""

    may_view = OFFICERS
    may_add = may_change = {Role.PRIVACY_OFFICER}
    add_label = gettext_lazy("Write a training module")
    nothing_yet = gettext_lazy(
        "No module is written yet. Until a required one is in force, nobody needs an attestation."
    )
    list_display = ("title_shown", "code", "number", "required", "state")
    form = ModuleForm
    actions = ("publish", "new_version")
    asked_first = saved_first = ("publish",)
    readonly_fields = ("read_words",)

    @admin.display(description=gettext_lazy("title"))
    def title_shown(self, obj: ModuleVersion) -> str:
        return obj.title

    @admin.display(description=gettext_lazy("state"))
    def state(self, obj: ModuleVersion) -> str:
        if obj.published_at is None:
            return render_state_tag("wait", _("Draft"))
        is_in_force = selectors.select_in_force().filter(pk=obj.pk).exists()
        return render_state_tag("yes", _("In force")) if is_in_force else render_state_tag("no", _("Replaced"))

    @admin.display(description=gettext_lazy("text and questions"))
    def read_words(self, obj: ModuleVersion) -> str:
        """Show what staff read, in each language, and which answers are right."""
        names = dict(settings.LANGUAGES)
        codes = [*(code for code in names if code in obj.words), *(code for code in obj.words if code not in names)]
        versions = [describe_words(code, names, obj.words[code], obj.solution) for code in codes]
        return render_to_string("admin/training/words.html", {"versions": versions})

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.published_at is None)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        facts = ["code", "required", "pass_mark", "valid_months"]
        if obj is not None and not self.has_change_permission(request, obj):
            return [*facts, "read_words"]
        return [*facts, *(name for name in ModuleForm.base_fields if name not in facts)]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Freeze the code of what was drafted: the ledger names a module by it."""
        return ("read_words",) if obj is None else ("code", "read_words")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Offer the module that comes with the portal, until there is a first one."""
        return {} if ModuleVersion.objects.exists() else portal_texts.build_initial_module()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save through the service; who changed nothing before they publish has written nothing."""
        if NEXT_ACT in request.POST and not is_text_changed(form):
            return
        run_once(request, lambda by: modules.save_module(version=obj, by=by))

    def possible_actions(self, request: HttpRequest, obj: ModuleVersion) -> Iterable[str]:
        return ["new_version"] if obj.published_at else ["publish"]

    @admin.action(description=gettext_lazy("New version"), permissions=["change"], location=RECORD)
    def new_version(self, request: HttpRequest, queryset: QuerySet[ModuleVersion]) -> HttpResponseBase:
        version = queryset.get()
        draft = run_once(request, lambda by: modules.draft_next_module(version=version, by=by))
        self.message_user(request, _("This copy is yours to change. No one reads it until it is published."))
        return redirect("admin:training_moduleversion_change", draft)

    @admin.action(description=gettext_lazy("Publish"), permissions=["change"], location=RECORD)
    def publish(self, request: HttpRequest, queryset: QuerySet[ModuleVersion]) -> HttpResponseBase:
        version = queryset.get()
        if not self.is_confirmed(request):
            effects = describe_publishing(version)
            return self.confirm(request, version, _("Publish this module?"), effects, _("Publish"))
        done = _("The module is published and in force.")
        return self.act_once(request, modules.publish_module, done, version=version, officer=request.user)


def describe_words(code: str, names: dict[str, Any], words: dict[str, Any], solution: list[int]) -> dict[str, Any]:
    """Describe the module in one language: its blocks as staff read them, and each answer with whether it is right."""
    questions = [
        (one["question"], [(answer, place == right) for place, answer in enumerate(one["answers"])])
        for one, right in zip(words["questions"], solution, strict=True)
    ]
    return {
        "code": code,
        "language": names.get(code, code),
        "title": words["title"],
        "blocks": rules.split_text(words["text"]),
        "questions": questions,
    }


def describe_publishing(version: ModuleVersion) -> list[str]:
    is_first = not ModuleVersion.objects.filter(code=version.code, published_at__isnull=False, required=True).exists()
    effects = [
        _("Staff read “%(title)s” from now on, as version %(number)d.")
        % {"title": version.title, "number": version.number}
    ]
    if version.required and is_first:
        effects.append(_("From now on no one may ask for access or open data before they have attested to it."))
    elif version.required:
        effects.append(_("Attestations of the version before stay valid until they run out."))
    return [*effects, _("It never changes again. Other words need a new version.")]


class ValidityFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("valid", _("Valid")), ("lapsed", _("Lapsed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Attestation]) -> QuerySet[Attestation]:
        now = clock.now()
        if self.value() == "valid":
            return queryset.filter(valid_until__gt=now)
        return queryset.filter(valid_until__lte=now) if self.value() == "lapsed" else queryset


@admin.register(Attestation)
class AttestationAdmin(RoleGatedAdmin):
    """The register of 11 CCR 7100: who was trained on what, when, until when. Nothing is changed here."""

    may_view = OFFICERS
    nothing_yet = gettext_lazy("Nobody has an attestation yet.")
    list_display = ("member", "module", "number", "percent", "attested_at", "valid_until")
    list_filter = (ValidityFilter,)
    list_select_related = ("member__user", "attempt__version")
    list_display_links = None
    ordering = ("-attested_at", "pk")

    @admin.display(description=gettext_lazy("module"))
    def module(self, obj: Attestation) -> str:
        return obj.attempt.version.title

    @admin.display(description=gettext_lazy("score"))
    def percent(self, obj: Attestation) -> str:
        return _("%(score)d%%") % {"score": obj.score}
