"""The admin page to record that a consent was found invalid. Choices are not listed here."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.choices import rules, selectors
from consents.choices.models import Choice, Status
from consents.choices.services import ending
from consents.choices.services.refusals import NoSuchPurpose, NotPossibleNow
from consents.choices.staff.forms import InvalidateForm
from consents.core.admin import RoleGatedAdmin
from consents.core.refusals import Refusal, Unknown
from consents.people.models import Role
from consents.people.visitors import run_once


@admin.register(Choice)
class ChoiceAdmin(RoleGatedAdmin):
    """Find choices by the number of the record, as printed on the customer's receipt."""

    may_add = {Role.PRIVACY_OFFICER}
    add_label = gettext_lazy("Record that a consent is invalid")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponseBase:
        if not self.has_add_permission(request):
            raise Unknown
        form = InvalidateForm(request.POST if request.method == "POST" else None)
        context = self.admin_site.each_context(request) | {"title": _("Record that a consent is invalid"), "form": form}
        if form.is_valid():
            try:
                context |= (
                    save_invalidation(request, form)
                    if form.cleaned_data["confirm"]
                    else {"asked": get_choice_to_invalidate(form)}
                )
            except Refusal as refusal:
                form.add_error(None, str(refusal))
        return render(request, "admin/choices/invalidate.html", context, status=422 if form.errors else 200)


def get_choice_to_invalidate(form: InvalidateForm) -> Choice:
    """Return the choice to confirm. Raises NoSuchPurpose, NotPossibleNow; the service decides all the same."""
    choice = selectors.find_choice_by_record(form.cleaned_data["record"])
    if choice is None:
        raise NoSuchPurpose
    if not rules.may_follow(Status(choice.status), Status.INVALIDATED):
        raise NotPossibleNow
    return choice


def save_invalidation(request: HttpRequest, form: InvalidateForm) -> dict[str, bool]:
    run_once(request, lambda by: ending.invalidate_choice(choice=form.cleaned_data["record"], by=by))
    return {"is_done": True}
