"""Show notifications and language: which emails a customer wants, and whether they arrive."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from consents.notifications import selectors
from consents.notifications.customers.forms import DigestForm
from consents.notifications.models import Preference
from consents.notifications.services import choosing
from consents.notifications.services import failing as notifications_failing
from consents.people.joint_words import name_other_holders
from consents.people.visitors import CustomerRequest, customer_required, run_once


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
    failing = selectors.list_failing_addresses(visitor.user, visitor.customer)
    context = {"form": form, "failing": bool(failing), "sharers": name_other_holders(visitor.acting)}
    return render(request, "notifications/settings.html", context, status=status)


@require_POST
@customer_required
def confirm_address(request: CustomerRequest) -> HttpResponse:
    visitor = request.visitor
    failing = selectors.list_failing_addresses(visitor.user, visitor.customer)
    run_once(
        request,
        lambda by: notifications_failing.restore_address(customer=visitor.customer.pk, addresses=failing, by=by),
    )
    messages.success(request, _("Thank you. We’ll email this address again."))
    return redirect("notifications:settings")
