"""Have a stranger prove, by a mailed code, that the address is theirs before their form becomes a request.

Otherwise anyone could file requests in somebody's name, and have us write to them. The code is for one session and one
address; the session holds its keyed hash.
"""

import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import get_random_string
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from consents.core import sealing
from consents.core.refusals import NotValid
from consents.notifications.services import queueing
from consents.people.rules import CODE_LETTERS, normalize_address, normalize_claim_code
from consents.people.selectors import hash_address, is_address_hash
from consents.people.visitors import may_email

SESSION_KEY = "rights_address"
USE = "address code"  # of the keyed hash of a code
LIFETIME = 30 * 60
TRIES = 5
CODE_LENGTH = 8


class WrongAddressCode(NotValid):
    sentence = _("This code does not work. Check it, or ask for a new one.")


def is_proven(request: HttpRequest, email: str) -> bool:
    """Return True if a code sent to this address was used in this session a short while ago."""
    waiting = get_waiting_address_code(request, email)
    return waiting is not None and waiting["used"]


def awaits_address_code(request: HttpRequest, email: str) -> bool:
    """Return True if a code went to this address in this session that works and was not used yet."""
    waiting = get_waiting_address_code(request, email)
    return waiting is not None and not waiting["used"]


def email_address_code(request: HttpRequest, email: str) -> None:
    """Email a new code; an earlier one no longer works. An address that has had enough emails gets none."""
    code = get_random_string(CODE_LENGTH, CODE_LETTERS)
    begun = {"address": hash_address(email).hex(), "at": time.time(), "tries": 0, "used": False}
    hashed = sealing.compute_keyed_hash(settings.KEYRING, USE, name_code(email, code))
    request.session[SESSION_KEY] = begun | {"hash": hashed.hex()}
    if may_email(request, email):
        queueing.send_code(
            to=email,
            template="rights_address_code",
            language=get_language() or settings.LANGUAGE_CODE,
            lives=timedelta(seconds=LIFETIME),
            code=f"{code[:4]}-{code[4:]}",
        )


def check_code(request: HttpRequest, email: str, code: str) -> None:
    """Raises WrongAddressCode; a wrong code counts as a try."""
    waiting = get_waiting_address_code(request, email)
    if waiting is None:
        raise WrongAddressCode
    is_right = sealing.is_keyed_hash(settings.KEYRING, USE, name_code(email, code), bytes.fromhex(waiting["hash"]))
    request.session[SESSION_KEY] = waiting | {"tries": waiting["tries"] + 1, "used": is_right}
    if not is_right:
        raise WrongAddressCode


def get_waiting_address_code(request: HttpRequest, email: str) -> dict[str, Any] | None:
    waiting: dict[str, Any] | None = request.session.get(SESSION_KEY)
    if (
        waiting is None
        or not is_address_hash(bytes.fromhex(waiting["address"]), email)
        or time.time() - waiting["at"] > LIFETIME
    ):
        return None
    return waiting if waiting["used"] or waiting["tries"] < TRIES else None


def name_code(email: str, code: str) -> str:
    """Return what is hashed of a code: it counts for the one address that it was sent to."""
    return f"{normalize_address(email)} {normalize_claim_code(code)}"
