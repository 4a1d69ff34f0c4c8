"""Second factors and mailed codes, as people use them."""

import re
import time

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.core import mail
from django.test import Client

from consents.notifications.delivery import deliver_message
from consents.notifications.models import Message
from consents.people.models import User
from tests.world.cast import PASSWORD

PROOF_PAGE = "/accounts/reauthenticate/code/"


def last_mail() -> str:
    for message in Message.objects.filter(sent_at=None).order_by("queued_at"):
        deliver_message(message=message.pk)
    return mail.outbox[-1].body


def code_in(text: str) -> str:
    return re.search(r"^\s*([A-Z0-9]{3,}-?[A-Z0-9]{3,})\s*$", text, re.M).group(1)


def prove(client: Client, page: str = PROOF_PAGE):
    """Confirm with a mailed code that it is they."""
    client.post(page, {"send": "1"})
    return client.post(page, {"code": code_in(last_mail())})


def give_factor(user: User) -> None:
    totp.TOTP.activate(user, totp.generate_totp_secret())
    RecoveryCodes.activate(user)


def unused_code(user: User) -> str:
    """A recovery code, as many as are needed."""
    return Authenticator.objects.get(user=user, type=Authenticator.Type.RECOVERY_CODES).wrap().get_unused_codes()[0]


def app_code(secret: str) -> str:
    """What the app shows now."""
    return totp.format_hotp_value(totp.hotp_value(secret, next(totp.yield_hotp_counters_from_time())))


def by_password(user: User) -> Client:
    client = Client()
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    return client


def by_password_and_code(user: User) -> Client:
    """Signed in with a password, and it is still they."""
    client = by_password(user)
    prove(client)
    return client


def by_code(user: User) -> Client:
    client = Client()
    client.post("/accounts/login/code/", {"email": user.email})
    client.post("/accounts/login/code/confirm/", {"code": code_in(last_mail())})
    return client


def by_factor(user: User) -> Client:
    """Signed in with password and second factor."""
    client = by_password(user)
    client.post("/accounts/2fa/authenticate/", {"code": unused_code(user)})
    return client


def wait(client: Client, seconds: int) -> None:
    """Let the proofs of this session be so old."""
    session = client.session
    records = session["account_authentication_methods"]
    session["account_authentication_methods"] = [one | {"at": time.time() - seconds} for one in records]
    session.save()
