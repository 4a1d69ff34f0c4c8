"""Take passkeys: add, use, rename and remove them. What a browser sends is untrusted, and may be anything."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.account.utils import passthrough_next_redirect_url
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from allauth.mfa.webauthn.internal import auth
from allauth.mfa.webauthn.views import AddWebAuthnView, LoginWebAuthnView, ReauthenticateWebAuthnView
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import ValidationError
from django.forms import CharField, HiddenInput, JSONField
from django.forms.fields import InvalidJSONInput
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic.edit import FormView

from consents.accounts.second_factors import NAME_MAX_LENGTH
from consents.people.identity_proofs import has_factor

DOES_NOT_WORK = _("This passkey did not work. Try again, or choose another way.")
# What the readers of CBOR, base64 and JSON raise for bytes that are no passkey.
MALFORMED = (TypeError, ValueError, LookupError, AttributeError, OverflowError, RecursionError, struct.error)


@contextmanager
def as_form_errors() -> Iterator[None]:
    """Turn whatever a malformed or unknown passkey raises into one sentence; other refusals keep theirs."""
    try:
        yield
    except ValidationError as error:
        is_of_limit = getattr(error, "code", "") == "too_many_login_attempts"
        raise (error if is_of_limit else ValidationError(DOES_NOT_WORK)) from None
    except MALFORMED:
        raise ValidationError(DOES_NOT_WORK) from None


class CredentialField(JSONField):
    """Take what a browser says of a passkey. Django's own passes on what Python says of a number of 5,000 digits."""

    def __init__(self) -> None:
        sentences = {"required": DOES_NOT_WORK, "invalid": DOES_NOT_WORK}
        super().__init__(widget=HiddenInput, error_messages=sentences)

    def to_python(self, value: Any) -> Any:
        with as_form_errors():
            return super().to_python(value)

    def bound_data(self, data: Any, initial: Any) -> Any:
        try:
            return super().bound_data(data, initial)
        except MALFORMED:
            return InvalidJSONInput(data)


class AddPasskeyForm(AddWebAuthnForm):
    """Every passkey can sign in alone: the device keeps it, and asks for a finger, a face or its PIN."""

    name = CharField(
        label=_("Name"),
        required=False,
        max_length=NAME_MAX_LENGTH,
        help_text=_("So that you can tell your passkeys apart."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("passwordless", None)
        self.fields["credential"] = CredentialField()

    def clean(self) -> dict[str, Any]:
        with as_form_errors():
            cleaned: dict[str, Any] = super().clean()
        return cleaned


class PasskeyForm(AuthenticateWebAuthnForm):
    """Take the answer of a passkey; the second step of a sign-in is this alone."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"] = CredentialField()

    def clean_credential(self) -> Authenticator:
        with as_form_errors():
            factor: Authenticator = super().clean_credential()
        return factor


class SignInPasskeyForm(PasskeyForm, LoginWebAuthnForm):
    pass


class ProofPasskeyForm(PasskeyForm, ReauthenticateWebAuthnForm):
    pass


class RenamePasskeyForm(EditWebAuthnForm):
    name = CharField(label=_("Name"), max_length=NAME_MAX_LENGTH, error_messages={"required": _("Type a name.")})


class AddPasskeyView(AddWebAuthnView):
    """Offer the browser to make a passkey, and keep it. allauth has asked for fresh proof."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        options = {"creation_options": auth.begin_registration(self.request.user, passwordless=True)}
        return FormView.get_context_data(
            self, **kwargs, passkey_options=options, is_first=not has_factor(self.request.user)
        )

    def form_invalid(self, form: AddPasskeyForm) -> HttpResponse:
        page: HttpResponse = self.render_to_response(self.get_context_data(form=form), status=422)
        return page


class SignInByPasskeyView(LoginWebAuthnView):
    def form_invalid(self, form: SignInPasskeyForm) -> HttpResponse:
        """Lead back to the sign-in page, and from there on to where the person wanted to go."""
        messages.error(self.request, str(DOES_NOT_WORK))
        return redirect(passthrough_next_redirect_url(self.request, reverse("account_login"), REDIRECT_FIELD_NAME))


class ProveByPasskeyView(ReauthenticateWebAuthnView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super(ReauthenticateWebAuthnView, self).get_context_data(**kwargs)
        return {**context, "passkey_options": {"request_options": auth.begin_authentication(self.request.user)}}

    def form_invalid(self, form: ProofPasskeyForm) -> HttpResponse:
        page: HttpResponse = self.render_to_response(self.get_context_data(form=form), status=422)
        return page
