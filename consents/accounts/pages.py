"""Close the account of a customer: into erasure, by the one road there is.

The right to erasure is asked for, and what needs nobody's leave happens at once: access, consents and sessions end.
Officers then erase as for everybody who asks. Only the person themself closes: a guardian's or an agent's right is to
have data deleted, which they ask for under the customer's rights; it is not to shut the customer out of their own
access (GDPR Art 17 and 11 CCR 7063 give deletion, and nothing more, to who acts for another).
"""

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.account.forms import (
    AddEmailForm,
    ChangeEmailForm,
    ChangePasswordForm,
    ConfirmEmailVerificationCodeForm,
    ConfirmLoginCodeForm,
    ConfirmPasswordResetCodeForm,
    LoginForm,
    RequestLoginCodeForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
    SetPasswordForm,
    SignupForm,
)
from allauth.account.forms import ReauthenticateForm as PasswordForm
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.db import transaction
from django.forms import EmailField, Field, Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from consents.access.rules.blocks import BlockKind
from consents.access.services.blocking import place_block
from consents.accounts.adapter import cancel_address_change, end_other_sessions
from consents.accounts.sessions import Device, end_sessions, list_devices, list_sign_in_changes, sign_out_devices
from consents.catalogue import selectors as catalogue
from consents.catalogue.models import LegalBasis
from consents.choices.rules import ActContext
from consents.choices.services.withdrawing import withdraw_all_consents
from consents.core import clock
from consents.core.refusals import NotPermitted, Refusal
from consents.law.clocks import KEPT_MONTHS
from consents.law.kinds import KINDS, Regime, Type
from consents.law.reasons import Reason, cite_provision
from consents.ledger.rules import Actor, describe_for_customer
from consents.ledger.services import appending
from consents.people import selectors as people
from consents.people.found_customers import AddressField
from consents.people.languages import sign_out_with
from consents.people.models import Acting, Customer, User
from consents.people.selectors import list_holders
from consents.people.services.erasing import close_accounts as empty_accounts
from consents.people.visitors import CustomerRequest, PortalRequest, customer_required, find_visitor, run_once
from consents.rights.fulfilment.registry import list_types
from consents.rights.models import RightsRequest
from consents.rights.rules import Channel, NewRequest, State
from consents.rights.services.filing import file_rights_request, find_law

# The pages of a person's own account: where it is signed in, an address that waits to count, and its closing.

CLOSED = gettext_lazy(
    "Your account is being closed. We have signed you out everywhere and sent you an email about what follows."
)
LEFT = gettext_lazy("Your account is closed. We have told you by email.")


@require_http_methods(["GET", "HEAD", "POST"])
def show_devices(request: PortalRequest) -> HttpResponse:
    """GET: where this account is signed in. POST: sign out on one device, or without `device` on all others."""
    user = cast("CustomerRequest", request).user
    devices = list_devices(user, request.session.session_key or "")
    if request.method != "POST":
        changed = list_sign_in_changes(user)
        changes = [{"at": entry.occurred_at, "text": describe_for_customer(entry)} for entry in changed]
        return render(request, "usersessions/usersession_list.html", {"devices": devices, "changes": changes})
    chosen = choose_devices(devices, request.POST.get("device"))
    # Return the record of the person who signs in here, not of whom they act for.
    actings = request.visitor.actings if request.visitor else ()
    customer = next((acting.customer_id for acting in actings if acting.capacity == Acting.Capacity.SELF), None)
    run_once(request, lambda by: sign_out_devices(user=user, devices=chosen, customer=customer, by=by))
    messages.success(request, describe_sign_out(len(chosen)))
    return redirect("usersessions_list")


def choose_devices(devices: list[Device], chosen: str | None) -> list[int]:
    """Return the device of this id, or all others without one; never the browser that asks."""
    return [device.id for device in devices if not device.is_here and chosen in (None, str(device.id))]


def describe_sign_out(count: int) -> str:
    if not count:
        return gettext("Nothing to sign out: that device is signed out already.")
    sentence = ngettext(
        "%(count)d device is signed out. We have told you by email.",
        "%(count)d devices are signed out. We have told you by email.",
        count,
    )
    return sentence % {"count": count}


@require_POST
@transaction.atomic
def keep_address(request: HttpRequest) -> HttpResponse:
    """Keep the old address, and sign out everywhere else: somebody else may have asked for the change."""
    user: Any = request.user
    if cancel_address_change(user):
        end_other_sessions(request, user)
        messages.success(request, gettext("Your address stays as it is. You have been signed out everywhere else."))
    return redirect("account_email")


@require_http_methods(["GET", "HEAD", "POST"])
def close_own_account(request: PortalRequest) -> HttpResponse:
    """Close the account of a customer, or one that leads to no record."""
    if not request.user.is_staff and find_visitor(request) is None:
        return close_without_record(cast("CustomerRequest", request))
    return close_with_record(request)


def close_without_record(request: CustomerRequest) -> HttpResponse:
    refusal, user = None, request.user
    if request.method == "POST":
        try:
            return sign_out_with(request, lambda by: close_unlinked_account(user=user, by=by), LEFT)
        except Refusal as refused:
            refusal = refused
    return render(
        request, "account/close_unlinked.html", {"refusal": refusal}, status=refusal.status if refusal else 200
    )


@customer_required
def close_with_record(request: CustomerRequest) -> HttpResponse:
    """GET: what ends, what stays, and why. POST: close; behind fresh proof in the list of addresses."""
    visitor, refusal = request.visitor, None
    if request.method == "POST":
        user, acting, language = request.user, visitor.acting, get_language() or ""
        try:
            return sign_out_with(
                request, lambda by: close_account(user=user, acting=acting, language=language, by=by), CLOSED
            )
        except Refusal as refused:
            refusal = refused
    is_shared = visitor.acting.is_holding and len(list_holders(visitor.customer.pk)) > 1
    is_own = visitor.acting.is_holding and not is_shared
    context = {
        "refusal": refusal,
        "shared": SharedAccount.sentence if is_shared else "",
        "is_own": is_own,
        "is_asked": is_own and find_open_closing(visitor.customer.pk),
        "remainders": list_remainders(visitor.customer) if is_own else [],
        "acts_for_others": len(visitor.actings) > 1,
    }
    return render(request, "account/close.html", context, status=refusal.status if refusal else 200)


# The forms of allauth as the portal shows them: addresses normalized, fields and errors named as everywhere else.
#
# The summary above a form repeats its errors, away from the field: they say which one is meant, and what to do.

ADDRESS = gettext_lazy("Your email address")
NEW_PASSWORDS = {
    "oldpassword": gettext_lazy("Current password"),
    "password1": gettext_lazy("New password"),
    "password2": gettext_lazy("New password again"),
}
EMPTY_FIELDS = {
    "login": gettext_lazy("Type your email address."),
    "email": gettext_lazy("Type your email address."),
    "code": gettext_lazy("Type the code."),
    "password": gettext_lazy("Type your password."),
    "oldpassword": gettext_lazy("Type your current password."),
    "password1": gettext_lazy("Type a new password."),
    "password2": gettext_lazy("Type the new password again."),
}


class PortalFields:
    """Mix-in of every form: an address is normalized before anything else looks at it."""

    fields: dict[str, Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, EmailField):
                self.fields[name] = AddressField(label=ADDRESS, widget=field.widget, required=field.required)
            if name in NEW_PASSWORDS:
                field.label = NEW_PASSWORDS[name]
                field.widget.attrs.pop("placeholder", None)
            if name in EMPTY_FIELDS:
                self.fields[name].error_messages["required"] = EMPTY_FIELDS[name]


class RequestCodeForm(PortalFields, RequestLoginCodeForm):
    """Treat the address of a staff account as unknown: an emailed code never opens one."""

    def clean_email(self) -> str:
        email: str = super().clean_email()
        user: User | None = getattr(self, "_user", None)
        if user is not None and user.is_staff:
            self._user = None
        return email


class SignUpForm(PortalFields, SignupForm):
    """Customers sign up with the email address alone; a password is theirs to add later."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("password1", None)


def use_portal_fields(name: str, form: type[Form]) -> type[Form]:
    """Make a form of one of allauth's, as the portal shows it."""
    return type(name, (PortalFields, form), {})


SignInForm = use_portal_fields("SignInForm", LoginForm)
ResetForm = use_portal_fields("ResetForm", ResetPasswordForm)
NewAddressForm = use_portal_fields("NewAddressForm", AddEmailForm)
# Offered nowhere: who proved one address, and then wrote another, would be taken for somebody else.
ChangedAddressForm = use_portal_fields("ChangedAddressForm", ChangeEmailForm)
ChangedPasswordForm = use_portal_fields("ChangedPasswordForm", ChangePasswordForm)
FirstPasswordForm = use_portal_fields("FirstPasswordForm", SetPasswordForm)
ForgottenPasswordForm = use_portal_fields("ForgottenPasswordForm", ResetPasswordKeyForm)
PasswordAgainForm = use_portal_fields("PasswordAgainForm", PasswordForm)
MailedCodeForm = use_portal_fields("MailedCodeForm", ConfirmLoginCodeForm)
AddressCodeForm = use_portal_fields("AddressCodeForm", ConfirmEmailVerificationCodeForm)
PasswordCodeForm = use_portal_fields("PasswordCodeForm", ConfirmPasswordResetCodeForm)
ActivateAppForm = use_portal_fields("ActivateAppForm", ActivateTOTPForm)
SecondFactorForm = use_portal_fields("SecondFactorForm", AuthenticateForm)
SecondFactorAgainForm = use_portal_fields("SecondFactorAgainForm", ReauthenticateForm)


CLOSING = "closing of the account"  # how consents were withdrawn, in the entry of each


class LeadsToRecord(Refusal):
    sentence = gettext_lazy("This sign-in leads to a record. Close it from there.")


class OnlyTheirOwn(NotPermitted):
    sentence = gettext_lazy("Only the person themself can close their account. You can ask to have their data deleted.")


class SharedAccount(Refusal):
    sentence = gettext_lazy(
        "You share this account, so nobody closes it alone. You can leave it under “Who can act”, or ask to have the "
        "data deleted."
    )


@dataclass(frozen=True)
class Remainder:
    """Say in words what stays after an erasure, by which law, and until when."""

    what: str
    law: str
    until: str


@transaction.atomic
def close_account(*, user: User, acting: Acting, language: str, by: Actor) -> RightsRequest:
    """Ask for the erasure of everything, and end all access, every consent and every session at once.

    Until officers have erased, the person can sign in again, follow the request and take it back. Repeating it returns
    the request that waits. Raises OnlyTheirOwn, SharedAccount, Unknown, AlreadyErased, NotYourLaw.
    """
    if not acting.is_holding or acting.user_id != user.pk:
        raise OnlyTheirOwn
    customer = acting.customer_id
    if len(people.list_holders(customer)) > 1:
        raise SharedAccount
    withdraw_all_consents(customer=customer, by=by, how=ActContext(method=CLOSING, language=language))
    place_block(customer=customer, kind=BlockKind.EVERYBODY, by=by)
    rights_request = find_open_closing(customer)
    if rights_request is None:
        rights_request = file_rights_request(new_request=build_erasure_request(acting, language), by=by)
    end_sessions(UserSession.objects.filter(user=user))
    return rights_request


@transaction.atomic
def close_unlinked_account(*, user: User, by: Actor) -> None:
    """Close a sign-in that leads to no record, for good; its address is free again, and is told.

    Repeating it changes nothing. Raises LeadsToRecord.
    """
    locked = people.lock_open_accounts([user.pk])
    if not locked:
        return
    if user.is_staff or Acting.objects.filter(user=user, ends_at=None).exists():
        raise LeadsToRecord
    get_adapter().send_mail("account/email/account_left", user.email, {})
    details = {"accounts": [str(user.pk)]}
    appending.append_entry(event="account.left", by=by, object_type="user", object=user.pk, details=details)
    empty_accounts(locked, clock.now())


def build_erasure_request(acting: Acting, language: str) -> NewRequest:
    return NewRequest(
        type=get_erasure_right(find_law(acting.customer, "")[1]),
        channel=Channel.PORTAL,
        customer=acting.customer_id,
        said={"words": _("I am closing my account. Delete all of my data.")},
        is_fresh=True,
        language=language,
    )


def get_erasure_right(regime: Regime) -> Type:
    """Return the right to erasure as the law of the person calls it."""
    return next(type for type in list_types("is_erasure") if type in KINDS[regime])


def find_open_closing(customer: UUID) -> RightsRequest | None:
    """Find a request to erase everything that is not answered yet."""
    still_open = RightsRequest.objects.exclude(state=State.ANSWERED)
    return still_open.filter(customer=customer, request_type__in=list_types("is_erasure"), scope=[]).first()


def list_remainders(customer: Customer) -> list[Remainder]:
    """List what an erasure leaves, for the page that asks for it."""
    regime = find_law(customer, "")[1]
    law = cite_provision(regime, get_erasure_right(regime), Reason.LEGAL)
    return [
        *list_holds(customer, law),
        *list_duties(law),
        Remainder(
            _("That you asked for this, and what we did"),
            "11 CCR 7101(a)" if regime == Regime.CCPA else prefix_law(regime, "GDPR Art 5(2)"),
            _("%(n)d months after our answer") % {"n": KEPT_MONTHS},
        ),
        Remainder(
            _("Who asked, who looked, what you decided: under a random number that leads to no one, without your data"),
            law if regime == Regime.CCPA else prefix_law(regime, "GDPR Art 5(2), 7(1)"),
            _("No end: it is the proof that we kept to your decisions"),
        ),
    ]


def prefix_law(regime: Regime, law: str) -> str:
    return f"UK {law}" if regime == Regime.UK_GDPR else law


def list_holds(customer: Customer, law: str) -> list[Remainder]:
    """List the holds in force: while one stands, nothing is erased."""
    return [
        Remainder(
            _("Everything, for now: %(reason)s") % {"reason": hold.get_reason_display()},
            law,
            _("We look at it again on %(day)s") % {"day": date_format(hold.review_on)},
        )
        for hold in people.select_legal_holds(customer.pk)
    ]


def list_duties(law: str) -> list[Remainder]:
    """List the uses that a law demands of us; an officer keeps of a record what such a law names, and no more."""
    duties = catalogue.select_in_force().filter(legal_basis=LegalBasis.LEGAL_OBLIGATION)
    return [
        Remainder(
            _("If we hold it: %(categories)s (%(purpose)s)")
            % {
                "categories": ", ".join(str(category) for category in version.categories.all()),
                "purpose": version.name,
            },
            law,
            version.notice.retention or _("As long as that law says"),
        )
        for version in duties.prefetch_related("categories", "notices")
    ]
