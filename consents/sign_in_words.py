"""Say what is wrong in a sign-in form: a field is empty, or the address and the password do not belong together.

The words name the field: the summary above a form repeats them, away from it.
"""

from collections.abc import Mapping
from typing import Any

from allauth.account.forms import ConfirmEmailVerificationCodeForm, ConfirmLoginCodeForm, ConfirmPasswordResetCodeForm
from allauth.account.forms import ReauthenticateForm as PasswordForm
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django.forms import Field
from django.utils.translation import gettext_lazy as _

EMPTY_FIELDS = {
    "login": _("Type your email address."),
    "email": _("Type your email address."),
    "code": _("Type the code."),
    "password": _("Type your password."),
    "oldpassword": _("Type your current password."),
    "password1": _("Type a new password."),
    "password2": _("Type the new password again."),
}
SIGN_IN_ERRORS = {
    "email_password_mismatch": _("The email address or the password is not right."),
    "enter_current_password": _("This is not your password. Try again."),
    "incorrect_password": _("This is not your password. Try again."),
    "incorrect_code": _("This code does not work. Check it, or ask for a new one."),
}
CODE_IS_USED_UP = _("This code was entered wrongly too often and no longer works. Ask for a new one.")


def name_empty_fields(fields: Mapping[str, Field]) -> None:
    """Say of each field of a sign-in form, when it is left empty, what to type."""
    for name in EMPTY_FIELDS.keys() & fields.keys():
        fields[name].error_messages["required"] = EMPTY_FIELDS[name]


class CodeWords:
    """Mix-in of every form that asks for a code, or again for the password."""

    fields: dict[str, Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_empty_fields(self.fields)


class ActivateAppForm(CodeWords, ActivateTOTPForm):
    pass


class SecondFactorForm(CodeWords, AuthenticateForm):
    pass


class SecondFactorAgainForm(CodeWords, ReauthenticateForm):
    pass


class MailedCodeForm(CodeWords, ConfirmLoginCodeForm):
    pass


class AddressCodeForm(CodeWords, ConfirmEmailVerificationCodeForm):
    pass


class PasswordCodeForm(CodeWords, ConfirmPasswordResetCodeForm):
    pass


class PasswordAgainForm(CodeWords, PasswordForm):
    pass
