"""Choices in the staff house: one page, to record that a consent was found invalid. Nobody lists choices here."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.choices import services
from consents.choices.forms import InvalidateForm
from consents.choices.models import Choice
from consents.core.admin import RoleGatedAdmin
from consents.core.refusals import Refusal, Unknown
from consents.people.models import Role
from consents.people.visitors import once


@admin.register(Choice)
class ChoiceAdmin(RoleGatedAdmin):
    """By the number of the record, as it stands on the customer's receipt."""

    may_add = {Role.PRIVACY_OFFICER}
    add_label = gettext_lazy("Record that a consent is invalid")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponseBase:
        if not self.has_add_permission(request):
            raise Unknown
        form = InvalidateForm(request.POST if request.method == "POST" else None)
        context = self.admin_site.each_context(request) | {"title": _("Record that a consent is invalid"), "form": form}
        if form.is_valid():
            try:
                once(request, lambda by: services.invalidate(choice=form.cleaned_data["record"], by=by))
            except Refusal as refusal:
                form.add_error(None, str(refusal))
            else:
                context["is_done"] = True
        return render(request, "admin/choices/invalidate.html", context, status=422 if form.errors else 200)
