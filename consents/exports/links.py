"""Links to a finished file: nobody can guess one, and it works for a day in the session that was shown it."""

from uuid import UUID

from django.core import signing
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from consents.core.refusals import Refusal
from consents.exports.rules import LINK_LASTS

SALT = "consents.exports.links"


class LinkIsOver(Refusal):
    status = 410
    sentence = _("This link works no more. Open the export in the list: its page has a new one.")


def key_for(request: HttpRequest, export: UUID) -> str:
    return signing.TimestampSigner(salt=SALT).sign(bound(request, export)).split(":", 1)[1]


def check(request: HttpRequest, export: UUID, key: str) -> None:
    """Raises LinkIsOver: guessed, of another export, session or person, or too old."""
    try:
        signing.TimestampSigner(salt=SALT).unsign(f"{bound(request, export)}:{key}", max_age=LINK_LASTS)
    except signing.BadSignature:
        raise LinkIsOver from None


def bound(request: HttpRequest, export: UUID) -> str:
    session = f"{export} {request.user.pk} {request.session.session_key}"
    return salted_hmac(SALT, session, algorithm="sha256").hexdigest()
