"""The forms of allauth as the portal shows them: addresses normalized, fields named as everywhere else."""

from typing import Any

from allauth.account.forms import (
    AddEmailForm,
    ChangeEmailForm,
    ChangePasswordForm,
    LoginForm,
    RequestLoginCodeForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
    SetPasswordForm,
    SignupForm,
)
from django.forms import EmailField, Field
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consents.people.address_field import AddressField
from consents.people.models import User
from consents.sign_in_words import name_empty_fields

ADDRESS = _("Your email address")


class AddressForm:
    """Mix-in of every sign-in form: an address is normalized before anything else looks at it."""

    fields: dict[str, Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, EmailField):
                self.fields[name] = AddressField(label=ADDRESS, widget=field.widget, required=field.required)
        name_empty_fields(self.fields)


class RequestCodeForm(AddressForm, RequestLoginCodeForm):
    """Treat the address of a staff account as unknown: an emailed code never opens one."""

    def clean_email(self) -> str:
        email: str = super().clean_email()
        user: User | None = getattr(self, "_user", None)
        if user is not None and user.is_staff:
            self._user = None
        return email


class SignInForm(AddressForm, LoginForm):
    pass


class ResetForm(AddressForm, ResetPasswordForm):
    pass


class NewAddressForm(AddressForm, AddEmailForm):
    pass


class ChangedAddressForm(AddressForm, ChangeEmailForm):
    """Offered nowhere: who proved one address, and then wrote another, would be taken for somebody else."""


class PasswordWords:
    """Mix-in of every form that asks for a new password: named as other fields are, without capitals in a sentence."""

    fields: dict[str, Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = {
            "oldpassword": gettext("Current password"),
            "password1": gettext("New password"),
            "password2": gettext("New password again"),
        }
        for name in words.keys() & self.fields.keys():
            self.fields[name].label = words[name]
            self.fields[name].widget.attrs.pop("placeholder", None)
        name_empty_fields(self.fields)


class ChangedPasswordForm(PasswordWords, ChangePasswordForm):
    pass


class FirstPasswordForm(PasswordWords, SetPasswordForm):
    pass


class ForgottenPasswordForm(PasswordWords, ResetPasswordKeyForm):
    pass


class SignUpForm(AddressForm, SignupForm):
    """Customers sign up with the email address alone; a password is theirs to add later."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("password1", None)
