"""Let members of staff choose how they are told of what waits for them."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from consents.core.fields import RadioField
from consents.notifications import selectors
from consents.notifications.models import StaffPreference
from consents.notifications.services import choosing
from consents.people.visitors import StaffRequest, run_once


class StaffEmailsForm(forms.Form):
    told = RadioField(
        label=gettext_lazy("When should we email you about your work?"),
        choices=StaffPreference.Told.choices,
        error_messages=dict.fromkeys(("required", "invalid_choice"), gettext_lazy("Choose how we email you.")),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def show_own_emails(request: StaffRequest) -> HttpResponse:
    member = request.user.staff_member
    if request.method != "POST":
        return render_own_emails(request, StaffEmailsForm(initial={"told": selectors.get_staff_preference(member.pk)}))
    form = StaffEmailsForm(request.POST)
    if not form.is_valid():
        return render_own_emails(request, form, status=422)
    told = StaffPreference.Told(form.cleaned_data["told"])
    run_once(request, lambda by: choosing.choose_staff_emails(member=member, told=told, by=by))
    messages.success(request, _("Saved."))
    return redirect("admin:notifications_own")


def render_own_emails(request: HttpRequest, form: StaffEmailsForm, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = admin.site.each_context(request) | {"title": _("Emails to you"), "form": form}
    return render(request, "admin/notifications/own.html", context, status=status)
