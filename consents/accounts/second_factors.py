"""Seal second factors: a copy of the database, or a backup, must not let anyone answer as a member of staff.

A passkey holds no secret of ours, only its public key. It is sealed all the same. Each factor is sealed for its owner
alone: whoever writes to the database but has not the keys makes no factor for anybody, also not by copying their own.
"""

import base64
import json
import secrets
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from allauth.account.utils import passthrough_next_redirect_url
from allauth.account.views import BaseReauthenticateView
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
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
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms import CharField, HiddenInput, JSONField
from django.forms.fields import InvalidJSONInput
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic.edit import FormView

from consents.accounts.sessions import browser_and_system
from consents.core.keys import Keyring
from consents.core.sealing import CannotOpen, KeyMissing, open_value, seal_value
from consents.people.models import User
from consents.people.proof_codes import ProofCodeForm, get_waiting_code, has_factor, record_proof, send_code
from consents.people.visitors import CustomerRequest, limit_rate

PLACE = "second factor"
SEPARATOR = ":"
SEALED = "sealed"  # the only name in what is stored of a factor
NAME_MAX_LENGTH = 60
WRONG_CODE = _("This code does not work. Check it, or wait until the app shows the next one.")


def seal_secret(keyring: Keyring, text: str, owner: str) -> str:
    """Seal a secret for its owner alone under the newest wrapping key, whose id stands in front."""
    sealed = seal_value(keyring.wrapping[keyring.current], text.encode(), PLACE, keyring.current, owner)
    return f"{keyring.current}{SEPARATOR}{base64.b64encode(sealed).decode()}"


def open_secret(keyring: Keyring, text: str, owner: str) -> str:
    """Raises KeyMissing, or CannotOpen for what is not as it was sealed."""
    kid, _, encoded = text.partition(SEPARATOR)
    try:
        key, sealed = keyring.wrapping[kid], base64.b64decode(encoded, validate=True)
    except KeyError:
        raise KeyMissing("unknown wrapping key") from None
    except ValueError:
        raise CannotOpen("not as it was sealed") from None
    return open_value(key, sealed, PLACE, kid, owner).decode()


class MfaAdapter(DefaultMFAAdapter):
    """allauth's hooks for what it says of a wrong code, and of whom and by whom a passkey is."""

    error_messages = DefaultMFAAdapter.error_messages | {"incorrect_code": WRONG_CODE}

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        """Name a new passkey by the browser it is made in, until its owner names it."""
        return browser_and_system(context.request.headers.get("User-Agent", ""))

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Bind passkeys to the address that people know the portal by, whatever name a request came under."""
        return {"id": urlsplit(settings.PORTAL_URL).hostname or "localhost", "name": str(settings.PORTAL_COMPANY)}

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, str | bytes]:
        """Return what the device shows when it asks which passkey to use."""
        return {"id": str(user.pk).encode(), "name": user.email, "display_name": user.get_full_name() or user.email}


def seal_factor(sender: type[Authenticator], instance: Authenticator, **_: Any) -> None:
    """Receive Django's signal before a factor is saved: all that allauth keeps of it is sealed for its owner."""
    owner = name_owner(instance.type, instance.user_id)
    instance.data = {SEALED: seal_secret(settings.KEYRING, json.dumps(instance.data), owner)}


def open_factor(sender: type[Authenticator], instance: Authenticator, **_: Any) -> None:
    """Receive Django's signals after a factor was read or saved. One that was made or moved without the keys proves
    nothing. Raises KeyMissing.
    """
    if instance.pk is None or "data" in instance.get_deferred_fields():
        return
    try:
        sealed, owner = instance.data[SEALED], name_owner(instance.type, instance.user_id)
        instance.data = json.loads(open_secret(settings.KEYRING, sealed, owner))
    except KeyMissing:
        raise
    except (CannotOpen, LookupError, TypeError, AttributeError):
        instance.data = {"secret": draw_secret(), "migrated_codes": []}  # allauth's: codes of which none is left


def draw_secret() -> str:
    """Draw a secret of an authenticator app that no app knows."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def name_owner(kind: str, user: UUID) -> str:
    """Return what a factor is bound to: its kind, and whose it is."""
    return f"{kind} of {user}"


def is_sealed_with(data: Any, kid: str) -> bool:
    return isinstance(data, dict) and str(data.get(SEALED, "")).startswith(f"{kid}{SEPARATOR}")


@transaction.atomic
def reseal_second_factors(keyring: Keyring) -> int:
    """Seal every second factor with the newest key; return how many were sealed with an older one."""
    resealed = 0
    factors = Authenticator.objects.select_for_update().order_by("pk")
    for pk, kind, user, data in factors.values_list("pk", "type", "user_id", "data"):
        if not is_sealed_with(data, keyring.current):
            owner = name_owner(kind, user)
            sealed = seal_secret(keyring, open_secret(keyring, data[SEALED], owner), owner)
            Authenticator.objects.filter(pk=pk).update(data={SEALED: sealed})
            resealed += 1
    return resealed


def is_key_in_use(kid: str) -> bool:
    """Return True while a second factor is sealed with this wrapping key."""
    return any(is_sealed_with(data, kid) for data in Authenticator.objects.values_list("data", flat=True).iterator())


# Take passkeys: add, use, rename and remove them. What a browser sends is untrusted, and may be anything.

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


# Let customers without a second factor prove again, by a mailed code, that it is still they at the browser.
#
# allauth has no such way, and would take a password that may be stolen.


class ReauthenticateByCodeView(BaseReauthenticateView):
    """Email a code on request, and take it."""

    form_class = ProofCodeForm
    template_name = "account/reauthenticate_by_code.html"
    request: CustomerRequest

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        sent = {"was_sent": get_waiting_code(self.request) is not None, "email": self.request.user.email}
        return {**super().get_context_data(**kwargs), **sent}

    def post(self, request: CustomerRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if "send" not in request.POST:
            response: HttpResponseBase = super().post(request, *args, **kwargs)
            return response
        if too_many := limit_rate(request, "reauthenticate_code"):
            return too_many
        send_code(request)
        page: HttpResponseBase = self.render_to_response(self.get_context_data(form=ProofCodeForm(request=request)))
        return page

    def form_valid(self, form: ProofCodeForm) -> HttpResponse:
        record_proof(self.request)
        response: HttpResponse = super().form_valid(form)
        return response

    def form_invalid(self, form: ProofCodeForm) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)
        response.status_code = 422
        return response
