"""The forms of allauth as the portal shows them: addresses normalized, fields and errors named as everywhere else.

The summary above a form repeats its errors, away from the field: they say which one is meant, and what to do.
"""

from typing import Any

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
from django.forms import EmailField, Field, Form
from django.utils.translation import gettext_lazy as _

from consents.people.address_field import AddressField
from consents.people.models import User

ADDRESS = _("Your email address")
NEW_PASSWORDS = {
    "oldpassword": _("Current password"),
    "password1": _("New password"),
    "password2": _("New password again"),
}
EMPTY_FIELDS = {
    "login": _("Type your email address."),
    "email": _("Type your email address."),
    "code": _("Type the code."),
    "password": _("Type your password."),
    "oldpassword": _("Type your current password."),
    "password1": _("Type a new password."),
    "password2": _("Type the new password again."),
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
