"""Sign links to a file: they cannot be guessed, and work for a day in the session that was shown them."""

import hashlib
from uuid import UUID

from django.core import signing
from django.http import HttpRequest
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _

from consents.core.refusals import Refusal
from consents.exports.rules import LINK_LIFETIME

SALT = "consents.exports.staff.links"
# A secret of the session that outlives its id: proving again who one is, as a link may ask, changes the id.
SEED = "download_links"


class LinkExpired(Refusal):
    status = 410
    sentence = _("This link has expired. Open the export in the list: its page has a new link.")


def sign_download_link(request: HttpRequest, export: UUID) -> str:
    if SEED not in request.session:
        request.session[SEED] = get_random_string(32)
    return signing.TimestampSigner(salt=SALT).sign(build_link_payload(request, export)).split(":", 1)[1]


def verify_download_link(request: HttpRequest, export: UUID, key: str) -> None:
    """Raise LinkExpired if the key was guessed, is too old, or belongs to another export, session or person."""
    try:
        signing.TimestampSigner(salt=SALT).unsign(f"{build_link_payload(request, export)}:{key}", max_age=LINK_LIFETIME)
    except signing.BadSignature:
        raise LinkExpired from None


def build_link_payload(request: HttpRequest, export: UUID) -> str:
    """Build what is signed: without a secret of its own, so that a link outlives a rotation of the portal's."""
    owner = f"{export} {request.user.pk} {request.session.get(SEED, get_random_string(32))}"
    return hashlib.sha256(owner.encode()).hexdigest()
