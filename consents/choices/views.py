"""Pages of the customer's standing choices."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from consents.choices import selectors, services
from consents.choices.selectors import Standing
from consents.core.refusals import Refusal, Unknown
from consents.people.visitors import for_customer, once


class VersionForm(forms.Form):
    """Which text the page showed."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**62)


@require_safe
@for_customer
def choices(request: HttpRequest) -> HttpResponse:
    standings = selectors.standings(request.visitor.customer.pk)  # type: ignore[attr-defined]
    asked = [standing for standing in standings if standing.is_asked]
    context = {
        "agreed": [standing for standing in asked if standing.is_given],
        "refused": [one for one in asked if one.choice and not one.is_given and not one.is_outdated],
        "unanswered": [one for one in asked if not one.choice or one.is_outdated],
        "without_asking": [standing for standing in standings if not standing.is_asked],
    }
    return render(request, "choices/list.html", context)


def theirs(request: HttpRequest, code: str) -> Standing:
    standing = selectors.standing(request.visitor.customer.pk, code)  # type: ignore[attr-defined]
    if standing is None or not standing.is_asked:
        raise Unknown
    return standing


@require_http_methods(["GET", "HEAD", "POST"])
@for_customer
def give(request: HttpRequest, code: str) -> HttpResponse:
    """The full text and two equal buttons: I agree, I do not agree."""
    standing = theirs(request, code)
    if request.method != "POST":
        return page(request, standing, "give", VersionForm(initial={"version": standing.version.pk}))
    form = VersionForm(request.POST)
    if request.POST.get("answer") == "refused":
        return withdraw(request, code)
    if request.POST.get("answer") != "given" or not form.is_valid():
        form.add_error(None, _("Choose one of the two buttons."))
        return page(request, standing, "give", form, status=422)
    return save_given(request, standing, form)


def save_given(request: HttpRequest, standing: Standing, form: VersionForm) -> HttpResponse:
    customer, code = request.visitor.customer.pk, standing.version.purpose.code  # type: ignore[attr-defined]
    version = form.cleaned_data["version"]
    try:
        once(request, lambda by: services.give(customer=customer, purpose=code, version=version, by=by))
    except Refusal as refusal:
        fresh = VersionForm({"version": standing.version.pk})
        fresh.add_error(None, str(refusal))
        return page(request, standing, "give", fresh, status=refusal.status)
    return redirect("choices:saved", code)


@require_http_methods(["GET", "HEAD", "POST"])
@for_customer
def withdraw(request: HttpRequest, code: str) -> HttpResponse:
    standing = theirs(request, code)
    if request.method != "POST":
        return page(request, standing, "withdraw", None)
    customer = request.visitor.customer.pk  # type: ignore[attr-defined]
    once(request, lambda by: services.withdraw(customer=customer, purpose=code, by=by))
    return redirect("choices:saved", code)


def page(
    request: HttpRequest, standing: Standing, act: str, form: VersionForm | None, status: int = 200
) -> HttpResponse:
    return render(request, "choices/choice.html", {"standing": standing, "act": act, "form": form}, status=status)


@require_safe
@for_customer
def saved(request: HttpRequest, code: str) -> HttpResponse:
    """What stands now, in words."""
    standing = theirs(request, code)
    if standing.choice is None:
        return redirect("choices:list")
    return render(request, "choices/choice.html", {"standing": standing, "saved": words(standing)})


def words(standing: Standing) -> dict[str, str]:
    name = {"name": standing.version.name}
    if standing.is_given:
        return {"title": _("You agreed"), "text": _("%(name)s: you agreed. You can withdraw at any time.") % name}
    if standing.choice and standing.choice.status == "ConsentWithdrawn":
        text = _("%(name)s: we stop now. Access that rested on this consent has ended too.") % name
        return {"title": _("You withdrew consent"), "text": text}
    return {"title": _("You said no"), "text": _("%(name)s: you did not agree, so we do not do it.") % name}
