"""The customer's page on which they choose how often they are told of looks at their data."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from consents.core.fields import RadioField
from consents.disclosures.telling import selectors, services
from consents.disclosures.telling.rules import HowOften
from consents.people.joint_words import name_other_holders
from consents.people.visitors import CustomerRequest, customer_required, run_once


class LookEmailsForm(forms.Form):
    how_often = RadioField(
        label=gettext_lazy("How often may we email you when somebody you allowed has looked?"),
        choices=HowOften.choices,
        error_messages={
            "required": gettext_lazy("Choose how often we may email you."),
            "invalid_choice": gettext_lazy("Choose how often we may email you."),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required
def show_look_emails(request: CustomerRequest) -> HttpResponse:
    """GET: what is chosen. POST: save it."""
    customer, sharers = request.visitor.customer.pk, name_other_holders(request.visitor.acting)
    if request.method != "POST":
        form = LookEmailsForm(initial={"how_often": selectors.get_how_often(customer)})
        return render(request, "disclosures/look_emails.html", {"form": form, "sharers": sharers})
    form = LookEmailsForm(request.POST)
    if not form.is_valid():
        return render(request, "disclosures/look_emails.html", {"form": form, "sharers": sharers}, status=422)
    how_often = HowOften(form.cleaned_data["how_often"])
    run_once(request, lambda by: services.choose_look_emails(customer=customer, how_often=how_often, by=by))
    messages.success(request, _("Saved. We confirm every change by email."))
    return redirect("disclosures:look_emails")
