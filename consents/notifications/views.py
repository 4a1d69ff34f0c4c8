"""Mail and language: what a customer wants of mail, and whether it reaches them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from consents.notifications import selectors, services
from consents.notifications.forms import DigestForm
from consents.notifications.models import Preference
from consents.people.visitors import for_customer, once


@require_http_methods(["GET", "HEAD", "POST"])
@for_customer
def settings_page(request: HttpRequest) -> HttpResponse:
    customer = request.visitor.customer  # type: ignore[attr-defined]
    if request.method != "POST":
        return page(request, DigestForm(initial={"digests": selectors.digests_of(customer.pk)}))
    form = DigestForm(request.POST)
    if not form.is_valid():
        return page(request, form, status=422)
    digests = Preference.Digests(form.cleaned_data["digests"])
    once(request, lambda by: services.choose_digests(customer=customer.pk, digests=digests, by=by))
    messages.success(request, _("Saved."))
    return redirect("notifications:settings")


def page(request: HttpRequest, form: DigestForm, status: int = 200) -> HttpResponse:
    visitor = request.visitor  # type: ignore[attr-defined]
    failing = selectors.failing_addresses(visitor.user, visitor.customer)
    return render(request, "notifications/settings.html", {"form": form, "failing": bool(failing)}, status=status)


@require_POST
@for_customer
def address_works(request: HttpRequest) -> HttpResponse:
    visitor = request.visitor  # type: ignore[attr-defined]
    failing = selectors.failing_addresses(visitor.user, visitor.customer)
    once(request, lambda by: services.restore_address(customer=visitor.customer.pk, addresses=failing, by=by))
    messages.success(request, _("Thank you. We write to this address again."))
    return redirect("notifications:settings")
