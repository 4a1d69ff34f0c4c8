"""Admin page of purposes: what is the same in every version, the teams that may ask, and their end by two officers."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from consents.catalogue import selectors
from consents.catalogue.models import Purpose, Retirement
from consents.catalogue.services import purposes, retiring, versions
from consents.catalogue.signals import retirement_previewed
from consents.catalogue.staff.base import CatalogueAdmin
from consents.catalogue.staff.forms import PurposeForm
from consents.catalogue.staff.waiting import WaitsFilter
from consents.core.admin import RECORD
from consents.core.durations import describe_duration, format_local_moment
from consents.core.refusals import get_or_refuse
from consents.core.signal_answers import collect_answers
from consents.core.state_tags import render_state_tag
from consents.people.visitors import StaffRequest, run_once

READ_TIMES = ("read_answer_within", "read_access_default", "read_access_most")


@admin.register(Purpose)
class PurposeAdmin(CatalogueAdmin):
    object_type = "purpose"
    form = PurposeForm
    list_display = ("code", "current_name", "usage", "state")
    change_form_template = "admin/catalogue/purpose.html"
    list_filter = (WaitsFilter,)
    actions = ("new_version", "retire", "confirm_retirement", "refuse_retirement", "take_back_retirement")
    asked_first = ("retire", "confirm_retirement", "refuse_retirement", "take_back_retirement")

    def get_readonly_fields(self, request: HttpRequest, obj: Purpose | None = None) -> tuple[str, ...]:
        """Freeze the code: the ledger names a purpose by it."""
        return ("code", *READ_TIMES, "read_teams", "read_systems") if obj else ()

    def get_fields(self, request: HttpRequest, obj: Purpose | None = None) -> tuple[str, ...]:
        """Show readers lengths of time in words."""
        if obj is None:
            return PurposeForm.Meta.fields
        if self.has_change_permission(request, obj):
            return (*PurposeForm.Meta.fields, "read_systems")
        return ("code", "usage", *READ_TIMES, "read_teams", "read_systems")

    @admin.display(description=gettext_lazy("answer within"))
    def read_answer_within(self, obj: Purpose) -> str:
        return describe_duration(obj.answer_within)

    @admin.display(description=gettext_lazy("access for, at first"))
    def read_access_default(self, obj: Purpose) -> str:
        return describe_duration(obj.access_default)

    @admin.display(description=gettext_lazy("access for, at most"))
    def read_access_most(self, obj: Purpose) -> str:
        return describe_duration(obj.access_most)

    @admin.display(description=gettext_lazy("teams that may ask"))
    def read_teams(self, obj: Purpose) -> str:
        return ", ".join(obj.teams) or _("every team")

    @admin.display(description=gettext_lazy("systems that may ask"))
    def read_systems(self, obj: Purpose) -> str:
        """Name those of PORTAL_SYSTEMS that ask for decisions about it."""
        return ", ".join(system.name for system in settings.PORTAL_SYSTEMS if obj.code in system.purposes) or _("none")

    @admin.display(description=gettext_lazy("in force"))
    def current_name(self, obj: Any) -> str:
        for version in obj.in_force:
            return _("%(name)s, version %(number)s") % {"name": version.name, "number": version.number}
        return "–"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Purpose]:
        in_force = Prefetch("versions", selectors.select_in_force(), to_attr="in_force")
        return selectors.annotate_retirement(super().get_queryset(request)).prefetch_related(in_force)

    @admin.display(description=gettext_lazy("state"))
    def state(self, obj: Any) -> str:
        if obj.retired_at:
            return render_state_tag("no", _("Retired"))
        if obj.ending_since:
            return render_state_tag("wait", _("In use; its end waits for a second officer"))
        if not obj.in_force:
            return render_state_tag("wait", _("No version in force"))
        return render_state_tag("yes", pgettext("purpose", "In use"))

    def is_frozen(self, obj: Purpose) -> bool:
        return obj.retired_at is not None

    def possible_actions(self, request: HttpRequest, obj: Purpose) -> Iterable[str]:
        if obj.retired_at:
            return []
        waiting = selectors.get_open_retirement(obj)
        if waiting is None:
            return ["new_version", "retire"]
        is_own = waiting.proposed_by_id == request.user.pk
        return ["new_version", *(["take_back_retirement"] if is_own else ["confirm_retirement", "refuse_retirement"])]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        run_once(request, lambda by: purposes.save_purpose(purpose=form.instance, by=by))

    @admin.action(description=gettext_lazy("New version"), permissions=["change"], location=RECORD)
    def new_version(self, request: HttpRequest, queryset: QuerySet[Purpose]) -> HttpResponseBase:
        purpose = queryset.get()
        if not purpose.versions.exists():
            return redirect(reverse("admin:catalogue_purposeversion_add", query={"purpose": purpose.pk}))
        officer: Any = request.user
        draft = run_once(request, lambda by: versions.draft_next_version(purpose=purpose, officer=officer, by=by))
        self.message_user(request, _("This copy of the newest version is yours to change. No customer reads it yet."))
        return redirect("admin:catalogue_purposeversion_change", draft)

    @admin.action(description=gettext_lazy("Ask to retire"), permissions=["change"], location=RECORD)
    def retire(self, request: StaffRequest, queryset: QuerySet[Purpose]) -> HttpResponseBase:
        purpose = queryset.get()
        if not self.is_confirmed(request):
            title = _("Ask to retire the purpose “%(code)s”?") % {"code": purpose.code}
            effects = [_("Nothing ends yet: another privacy officer must check it and confirm it.")]
            consequences = " ".join(map(str, describe_retirement(purpose)))
            effects.append(_("Once it is confirmed: %(effects)s") % {"effects": consequences})
            return self.confirm(request, purpose, title, effects, _("Ask to retire"))
        done = _("Another privacy officer is asked to confirm it. Until then the purpose stays in use.")
        return self.decide(request, retiring.propose_retirement, done, purpose=purpose)

    @admin.action(description=gettext_lazy("Confirm the retirement"), permissions=["change"], location=RECORD)
    def confirm_retirement(self, request: StaffRequest, queryset: QuerySet[Purpose]) -> HttpResponseBase:
        purpose = queryset.get()
        waiting = get_or_refuse(selectors.select_retirements(purpose))
        if not self.is_confirmed(request):
            title = _("Retire the purpose “%(code)s”?") % {"code": purpose.code}
            effects = [describe_proposer(waiting), *describe_retirement(purpose)]
            return self.confirm(request, purpose, title, effects, _("Retire"))
        done = _("The purpose is retired.")
        return self.decide(request, retiring.decide_retirement, done, retirement=waiting, is_approved=True)

    @admin.action(description=gettext_lazy("Refuse the retirement"), permissions=["change"], location=RECORD)
    def refuse_retirement(self, request: StaffRequest, queryset: QuerySet[Purpose]) -> HttpResponseBase:
        return self.cancel_retirement(request, queryset.get(), _("Refuse the retirement"))

    @admin.action(description=gettext_lazy("Take the retirement back"), permissions=["change"], location=RECORD)
    def take_back_retirement(self, request: StaffRequest, queryset: QuerySet[Purpose]) -> HttpResponseBase:
        return self.cancel_retirement(request, queryset.get(), _("Take the retirement back"))

    def cancel_retirement(self, request: StaffRequest, purpose: Purpose, button: str) -> HttpResponseBase:
        waiting = get_or_refuse(selectors.select_retirements(purpose))
        if not self.is_confirmed(request):
            effects = [_("The purpose stays in use, and nothing ends."), _("It can be asked for again.")]
            title = _("Keep the purpose “%(code)s”?") % {"code": purpose.code}
            return self.confirm(request, purpose, title, effects, button)
        done = _("The purpose stays in use.")
        return self.decide(request, retiring.decide_retirement, done, retirement=waiting, is_approved=False)

    def record_context(self, request: HttpRequest, obj: Purpose) -> dict[str, Any]:
        waiting = selectors.get_open_retirement(obj)
        effects = describe_retirement(obj) if waiting else []
        is_own = waiting is not None and waiting.proposed_by_id == request.user.pk
        proposer = describe_proposer(waiting) if waiting else ""
        return super().record_context(request, obj) | {"proposer": proposer, "effects": effects, "is_own": is_own}


def describe_retirement(purpose: Purpose) -> list[str]:
    return [*collect_answers(retirement_previewed, purpose=purpose), _("It cannot be brought back.")]


def describe_proposer(retirement: Retirement) -> str:
    facts = {"name": retirement.proposed_by.get_full_name(), "when": format_local_moment(retirement.proposed_at)}
    return _("%(name)s asked to retire this purpose on %(when)s.") % facts
