"""Show notifications and language: which emails a customer wants, and whether they arrive."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from consents.core.fields import RadioField
from consents.notifications import selectors
from consents.notifications.models import Preference
from consents.notifications.services import choosing, failing
from consents.people.joint_words import name_other_holders
from consents.people.visitors import CustomerRequest, customer_required, run_once


class DigestForm(forms.Form):
    digests = RadioField(
        label=gettext_lazy("May we remind you now and then to review your choices?"),
        help_text=gettext_lazy("“Never” also turns off the email that tells you when your consent has expired."),
        choices=Preference.Digests.choices,
        error_messages=dict.fromkeys(("required", "invalid_choice"), gettext_lazy("Choose whether we may remind you.")),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required
def show_settings(request: CustomerRequest) -> HttpResponse:
    customer = request.visitor.customer
    if request.method != "POST":
        return render_settings(request, DigestForm(initial={"digests": selectors.get_digest_preference(customer.pk)}))
    form = DigestForm(request.POST)
    if not form.is_valid():
        return render_settings(request, form, status=422)
    digests = Preference.Digests(form.cleaned_data["digests"])
    run_once(request, lambda by: choosing.choose_digests(customer=customer.pk, digests=digests, by=by))
    messages.success(request, _("Saved."))
    return redirect("notifications:settings")


def render_settings(request: CustomerRequest, form: DigestForm, status: int = 200) -> HttpResponse:
    visitor = request.visitor
    is_failing = bool(selectors.list_failing_addresses(visitor.user, visitor.customer))
    context = {"form": form, "failing": is_failing, "sharers": name_other_holders(visitor.acting)}
    return render(request, "notifications/settings.html", context, status=status)


@require_POST
@customer_required
def confirm_address(request: CustomerRequest) -> HttpResponse:
    visitor = request.visitor
    addresses = selectors.list_failing_addresses(visitor.user, visitor.customer)
    run_once(request, lambda by: failing.restore_address(customer=visitor.customer.pk, addresses=addresses, by=by))
    messages.success(request, _("Thank you. We’ll email this address again."))
    return redirect("notifications:settings")
