"""Admin page of purposes: what is the same in every version, the teams that may ask, and their end by two officers."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, override, pgettext

from consents.catalogue import selectors
from consents.catalogue.display import WORDS, get_words
from consents.catalogue.models import Notice, Purpose, PurposeVersion, Retirement
from consents.catalogue.services import publishing, versions
from consents.catalogue.signals import retirement_previewed
from consents.catalogue.staff.base import CatalogueAdmin
from consents.catalogue.staff.forms import PurposeForm
from consents.catalogue.staff.waiting import WaitsFilter
from consents.catalogue.terms import format_term as term_name
from consents.core.admin import RECORD, render_state_tag
from consents.core.durations import describe_duration, format_local_moment
from consents.core.refusals import get_or_refuse
from consents.core.signal_answers import collect_answers
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
        run_once(request, lambda by: versions.save_purpose(purpose=form.instance, by=by))

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
        return self.decide(request, publishing.propose_retirement, done, purpose=purpose)

    @admin.action(description=gettext_lazy("Confirm the retirement"), permissions=["change"], location=RECORD)
    def confirm_retirement(self, request: StaffRequest, queryset: QuerySet[Purpose]) -> HttpResponseBase:
        purpose = queryset.get()
        waiting = get_or_refuse(selectors.select_retirements(purpose))
        if not self.is_confirmed(request):
            title = _("Retire the purpose “%(code)s”?") % {"code": purpose.code}
            effects = [describe_proposer(waiting), *describe_retirement(purpose)]
            return self.confirm(request, purpose, title, effects, _("Retire"))
        done = _("The purpose is retired.")
        return self.decide(request, publishing.decide_retirement, done, retirement=waiting, is_approved=True)

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
        return self.decide(request, publishing.decide_retirement, done, retirement=waiting, is_approved=False)

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


# Compare two versions, fact by fact and word by word, for the officer who is to publish one.

SAME, GONE, NEW = "same", "gone", "new"


@dataclass(frozen=True)
class Change:
    """A changed field. `language` is its code, '' for a fact that does not depend on the language.

    `pieces`: (same, gone or new; text), in reading order.
    """

    language: str
    what: str
    pieces: list[tuple[str, str]]


def compare_versions(before: PurposeVersion | None, after: PurposeVersion) -> list[Change]:
    """List everything that changed, or everything there is when nothing came before."""
    changes = compare_words("", describe_facts(before) if before else {}, describe_facts(after))
    written = get_notices_in_order(before) if before else {}
    for language, notice in get_notices_in_order(after).items():
        earlier = written.get(language)
        with override(language):
            spoken = [get_words(earlier) if earlier else {}, get_words(notice)]
        changes += compare_words(language, *spoken)
    return changes


def compare_words(language: str, before: dict[str, str], after: dict[str, str]) -> list[Change]:
    return [
        Change(language, get_field_label(key), split_pieces(before.get(key, ""), text))
        for key, text in after.items()
        if text != before.get(key, "")
    ]


def split_pieces(before: str, after: str) -> list[tuple[str, str]]:
    """Split into pieces that stayed, went or came, word by word."""
    old, new = before.split(), after.split()
    pieces: list[tuple[str, str]] = []
    for act, i, j, k, m in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        pieces += [(SAME, word) for word in new[k:m]] if act == "equal" else []
        pieces += [(GONE, word) for word in old[i:j]] if act in ("delete", "replace") else []
        pieces += [(NEW, word) for word in new[k:m]] if act in ("insert", "replace") else []
    return [(kind, " ".join(word for _kind, word in run)) for kind, run in groupby(pieces, key=lambda piece: piece[0])]


def get_notices_in_order(version: PurposeVersion) -> dict[str, Notice]:
    written = {notice.language: notice for notice in version.notices.all()}
    return {code: written[code] for code, _language in settings.LANGUAGES if code in written}


def describe_facts(version: PurposeVersion) -> dict[str, str]:
    return {
        "legal_basis": str(version.get_legal_basis_display()),
        "dpv_purpose": term_name(version.dpv_purpose) if version.dpv_purpose else "",
        "categories": ", ".join(sorted(category.title for category in version.categories.all())),
        "recipients": version.recipients_in_words or _("nobody"),
        "sale": pgettext("fact", "yes") if version.sale else pgettext("fact", "no"),
        "consent_months": describe_months(version.consent_months) or _("until it is withdrawn"),
        "retention_months": describe_months(version.retention_months) or _("as long as the purpose needs it"),
        "storage": version.storage_in_words,
        "needs_agreement": pgettext("fact", "yes") if version.needs_agreement else pgettext("fact", "no"),
    }


def describe_months(count: int | None) -> str:
    return ngettext("%(n)d month", "%(n)d months", count) % {"n": count} if count else ""


def get_field_label(key: str) -> str:
    """Return the form's label of a field."""
    model = Notice if key in WORDS else PurposeVersion
    return str(model._meta.get_field(key).verbose_name)  # type: ignore[union-attr]
