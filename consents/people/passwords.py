"""Hash a few passwords at once, so that a flood of sign-ins leaves processor and memory to everyone else."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.utils.translation import gettext_lazy as _

from consents.core.refusals import Refusal
from consents.people.known_browsers import IS_KNOWN

WAIT_SECONDS = 2.0
# In one web process; a known browser does not wait behind strangers.
SLOTS = {True: threading.BoundedSemaphore(1), False: threading.BoundedSemaphore(1)}


class TooManySignIns(Refusal):
    sentence = _("Many people are signing in right now. Wait a minute, then try again.")
    status = 503


@contextmanager
def hashing_slot() -> Iterator[None]:
    """Raises TooManySignIns."""
    slot = SLOTS[IS_KNOWN.get()]
    if not slot.acquire(timeout=WAIT_SECONDS):
        raise TooManySignIns
    try:
        yield
    finally:
        slot.release()


class LimitedArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2id, one password at a time for strangers and one for known browsers. Raises TooManySignIns."""

    def encode(self, password: str, salt: str) -> str:
        with hashing_slot():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with hashing_slot():
            return super().verify(password, encoded)
