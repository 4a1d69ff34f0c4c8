"""Let a person claim the record of a printed code, choose for whom to act, see who else may, and choose a language."""

from typing import Any
from uuid import UUID

from allauth.account.adapter import get_adapter
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consents.core import clock
from consents.core.admin import REOPENED
from consents.core.refusals import Refusal, Unknown
from consents.people import keys, languages, rules, selectors
from consents.people.known_browsers import ConflictingSubmission
from consents.people.languages import sign_out_with
from consents.people.models import Customer, User
from consents.people.proof_codes import list_proofs_given, list_ways_to_prove
from consents.people.services import claiming, customer_records, locking, representing
from consents.people.services.claiming import InvalidClaimCode
from consents.people.visitors import (
    ACTING_SESSION_KEY,
    CustomerRequest,
    as_kept,
    customer_required,
    limit_rate,
    record_actor,
    run_once,
)


@require_http_methods(["GET", "HEAD", "POST"])
def claim_record(request: CustomerRequest) -> HttpResponse:
    if request.user.is_staff:
        return redirect("admin:index")
    if too_many := limit_rate(request, "claim"):
        return too_many
    user: Any = request.user
    form = ClaimForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            id = run_once(
                request, lambda by: claiming.claim_record_by_code(user=user, code=form.cleaned_data["code"], by=by)
            )
        except (InvalidClaimCode, ConflictingSubmission) as refusal:
            form.add_error("code", str(refusal))
        else:
            return redirect_after_claim(request, UUID(id))
    return render(request, "people/claim.html", {"form": form}, status=422 if form.errors else 200)


def redirect_after_claim(request: CustomerRequest, customer: UUID) -> HttpResponse:
    actings = selectors.list_actings(request.user)
    if any(acting.capacity == "guardian" and acting.customer_id == customer for acting in actings):
        messages.success(request, _("You can act for this child now."))
        child = next(acting for acting in actings if acting.customer_id == customer)
        return redirect("people:choose_name", child.pk)
    if any(acting.capacity == "holder" and acting.customer_id == customer for acting in actings):
        messages.success(request, _("You share this account now. Here you can see who asks for its data."))
    else:
        messages.success(request, _("This is now your record. Here you can see who asks for your data."))
    return redirect("people:act_for" if len(actings) > 1 else "home")


@as_kept
@require_http_methods(["GET", "HEAD", "POST"])
@customer_required
def choose_name(request: CustomerRequest, id: int) -> HttpResponse:
    """Ask a representative what they call the customer, for the sentences of their pages and emails."""
    acting = next((acting for acting in selectors.list_actings(request.user) if acting.pk == id), None)
    if acting is None or acting.is_holding:
        raise Unknown
    is_sent = request.method == "POST"
    form = SpokenNameForm(request.POST if is_sent else None, initial={"name": keys.open_spoken_name(acting)})
    if is_sent and REOPENED not in request.POST and form.is_valid():
        try:
            representing.choose_spoken_name(acting=id, user=request.user, name=form.cleaned_data["name"])
        except representing.UnspokenName as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("home")
    context = {"form": form, "number": acting.customer.reference or ""}
    return render(request, "people/choose_name.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required
def choose_acting(request: CustomerRequest) -> HttpResponse:
    """Offer one button for each customer this user may act for."""
    actings = selectors.list_actings(request.user)
    if request.method == "POST":
        chosen = [acting for acting in actings if str(acting.pk) == request.POST.get("acting")]
        if chosen:
            request.session[ACTING_SESSION_KEY] = chosen[0].pk
            return redirect("home")
    people = [{"acting": acting, "name": selectors.name_choice(acting)} for acting in actings]
    is_over = request.method == "POST"  # their part for the one they chose has ended
    context = {"people": people, "current": request.visitor.acting.pk, "is_over": is_over}
    return render(request, "people/act_for.html", context, status=422 if is_over else 200)


@require_safe
@customer_required
def show_representatives(request: CustomerRequest) -> HttpResponse:
    """Show who can act for this customer, and whom the visitor can act for."""
    own, customer = request.visitor.acting, request.visitor.customer.pk
    parts = list(selectors.select_actings(request.user.pk))
    live = selectors.leave_out_grown_up(parts)
    is_shared = len(selectors.list_holders(customer)) > 1
    context = {
        "is_self": own.is_holding,
        "needs_yes_of": describe_yes_of(own.customer, is_shared=is_shared),
        "theirs": [
            {
                "acting": acting,
                "part": selectors.describe_part(acting, is_shared=is_shared),
                "is_you": acting.pk == own.pk,
                "address": selectors.mask_address(acting.user.email),
                "may_end": representing.may_end_acting(acting, own),
            }
            for acting in selectors.list_acting_users(customer)
        ],
        "others": [selectors.name_choice(acting) for acting in live if acting.pk != own.pk],
        "grown_up": [selectors.get_spoken_name(acting) for acting in parts if acting not in live],
        "waiting": selectors.list_usable_claim_codes(customer, clock.now()),
    }
    return render(request, "people/representatives.html", context)


def describe_yes_of(customer: Customer, *, is_shared: bool) -> str:
    """Describe whose yes a shared account needs; empty for one that is not shared."""
    if not is_shared:
        return ""
    if customer.yes_of == Customer.YesOf.ANY:
        return _("You share this account. The yes of one of you is enough; the no of one is a no.")
    return _("You share this account. It needs the yes of all of you; the no of one is a no.")


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required
def end_representative(request: CustomerRequest, id: int) -> HttpResponse:
    """GET: ask once more. POST: end this person's part."""
    own = request.visitor.acting
    acting = next((acting for acting in selectors.list_acting_users(own.customer_id) if acting.pk == id), None)
    if acting is None or not representing.may_end_acting(acting, own):
        raise Unknown
    if request.method != "POST":
        context = {
            "acting": acting,
            "is_you": acting.pk == own.pk,
            "address": selectors.mask_address(acting.user.email),
        }
        return render(request, "people/end_representative.html", context)
    run_once(request, lambda by: representing.end_acting(acting=id, user=request.user, by=by))
    messages.success(request, _("This has ended. Everyone concerned is told by email."))
    return redirect("home" if acting.pk == own.pk else "people:representatives")


@login_not_required
@require_POST
def choose_language(request: CustomerRequest) -> HttpResponse:
    """Put the customer's own choice on record, keep it with another's account, and remember it in this browser."""
    form = LanguageForm(request.POST)
    back = HttpResponseRedirect(languages.get_return_page(request))
    if not form.is_valid():
        return back
    chosen, visitor = form.cleaned_data["language"], languages.get_visitor_as_self(request)
    if visitor:
        customer_records.choose_language(customer=visitor.customer.pk, language=chosen, by=record_actor(request))
    elif isinstance(request.user, User):
        request.user.remember_language(chosen)
    back.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        chosen,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return back


LOCKED = gettext_lazy("Your access is locked. Sign in to unlock it when you are ready.")


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required
def lock_access(request: CustomerRequest) -> HttpResponse:
    """GET: what it does. POST: lock this account and sign it out everywhere, here too."""
    user, customer, ways = request.user, request.visitor.customer.pk, list_ways_to_prove(request.user)
    refusal = None
    if request.method == "POST":
        try:
            return sign_out_with(
                request, lambda by: locking.lock_account(user=user, customer=customer, ways=ways, by=by), LOCKED
            )
        except Refusal as refused:
            refusal = refused
    context = {"refusal": refusal, "may_lock": len(ways) >= locking.WAYS_TO_UNLOCK}
    return render(request, "people/lock.html", context, status=refusal.status if refusal else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required
def unlock_access(request: CustomerRequest) -> HttpResponse:
    """GET: which proof is missing, and where to give it. POST: unlock, if two ways were proved in this session."""
    user, customer = request.user, request.visitor.customer.pk
    if user.locked_at is None:
        return redirect("home")
    proofs = list_proofs_given(request, user)
    if request.method == "POST":
        run_once(request, lambda by: locking.unlock_account(user=user, customer=customer, proofs=proofs, by=by))
        messages.success(request, _("Your access is unlocked."))
        return redirect("home")
    methods = [
        method for method in get_adapter().get_reauthentication_methods(user) if is_unused_way(method["id"], proofs)
    ]
    return render(request, "people/locked.html", {"is_proved": len(proofs) >= locking.WAYS_TO_UNLOCK, "ways": methods})


def is_unused_way(method: str, proofs: set[str]) -> bool:
    """Return True for a way of proving that this session has not used yet."""
    way = {"reauthenticate": "password", "reauthenticate_by_code": "code"}.get(method, "mfa")
    return way not in proofs


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required
def show_time_zone(request: CustomerRequest) -> HttpResponse:
    """GET: what is chosen. POST: save it. Raises Unknown: nobody chooses it for somebody else."""
    visitor = languages.get_visitor_as_self(request)
    if visitor is None:
        raise Unknown
    if request.method != "POST":
        form = TimeZoneForm(initial={"time_zone": timezone.get_current_timezone_name()})
        return render(request, "people/time_zone.html", {"form": form})
    form = TimeZoneForm(request.POST)
    if not form.is_valid():
        return render(request, "people/time_zone.html", {"form": form}, status=422)
    chosen, customer = form.cleaned_data["time_zone"], visitor.customer.pk
    run_once(request, lambda by: customer_records.choose_time_zone(customer=customer, time_zone=chosen, by=by))
    messages.success(request, _("Saved."))
    return redirect("people:time_zone")


@require_POST
@customer_required
def offer_time_zone(request: CustomerRequest) -> HttpResponse:
    """Keep what the browser says, once: never over what is known, and an unknown zone changes nothing."""
    form = TimeZoneForm(request.POST)
    if languages.is_zone_wanted(request) and form.is_valid():
        offered, customer = form.cleaned_data["time_zone"], request.visitor.customer.pk
        customer_records.choose_time_zone(customer=customer, time_zone=offered, by=record_actor(request))
    return HttpResponse(status=204)


class ClaimForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Your code"),
        max_length=60,
        help_text=gettext_lazy(
            "12 letters and numbers, from the paper we gave you. Spaces and dashes make no difference."
        ),
        error_messages={
            "required": gettext_lazy("Enter the code from the paper we gave you."),
            "max_length": gettext_lazy("This code cannot be right. It has 12 letters and numbers: check each one."),
        },
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def clean_code(self) -> str:
        code = rules.normalize_claim_code(self.cleaned_data["code"])
        if len(code) != rules.CODE_LENGTH:
            raise forms.ValidationError(
                gettext_lazy("This code cannot be right. It has 12 letters and numbers: check each one.")
            )
        return code


class SpokenNameForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=rules.SPOKEN_NAME_MAX_LENGTH,
        required=False,
        help_text=gettext_lazy("For example the first name. Only you see it: on these pages and in our emails to you."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class LanguageForm(forms.Form):
    language = forms.ChoiceField(choices=settings.LANGUAGES)


def list_time_zones() -> list[tuple[str, str]]:
    return [(zone, zone.replace("_", " ").replace("/", ": ")) for zone in sorted(rules.TIME_ZONES)]


class TimeZoneForm(forms.Form):
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Choose your time zone"),
        choices=list_time_zones,
        help_text=gettext_lazy("All times on these pages and in our emails are shown in it."),
        error_messages={
            "required": gettext_lazy("Choose a time zone from the list."),
            "invalid_choice": gettext_lazy("Choose a time zone from the list."),
        },
    )
