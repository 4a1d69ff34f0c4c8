"""Refuse as a password, besides what Django knows, our own words, and what was stolen elsewhere."""

import hashlib
import re
import threading
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from consents.core.refusals import Refusal
from consents.people.known_browsers import IS_KNOWN

# Words that whoever guesses passwords of this portal tries first; the company's name comes to them.
OWN_WORDS = ("consent", "customer", "login", "password", "passwort", "contraseña", "portal", "privacy")
SHORTEST_WORD = 4
JOINING = r"[\s_.,;:!?&+*/'’-]"
LEAST_OF_ONES_OWN = 8  # letters and figures that are left without such words


class OwnWordsValidator:
    """Refuse a password that is little more than the company's name and the portal's words (ASVS 6.2.11)."""

    def validate(self, password: str, user: object = None) -> None:
        if len(password) < LEAST_OF_ONES_OWN:
            return  # too short, which is said by Django; it need not be made of our words
        if count_letters_of_ones_own(password, settings.PORTAL_COMPANY) < LEAST_OF_ONES_OWN:
            raise ValidationError(
                _("Take more than our name and the words of this page: they are guessed first."),
                code="password_of_own_words",
            )

    def get_help_text(self) -> str:
        return str(_("Your password can’t be made of our name and the words of this page."))


def count_letters_of_ones_own(password: str, company: str) -> int:
    """Count the letters and figures that are neither of the company's name nor of the portal's words."""
    rest = spell_plainly(password)
    named = [word for word in re.split(r"\W+", company) if len(word) >= SHORTEST_WORD]
    for word in sorted([re.sub(r"\W", "", company), *named, *OWN_WORDS], key=len, reverse=True):
        rest = rest.replace(spell_plainly(word), "")
    return len(rest)


def spell_plainly(text: str) -> str:
    """Return the text in lower case, without what joins words."""
    return re.sub(JOINING, "", unicodedata.normalize("NFKC", text).casefold())


class StolenPasswordValidator:
    """Refuse a password that was found in a breach elsewhere (ASVS 6.2.12).

    Which ones is read from the operator's file, PORTAL_STOLEN_PASSWORDS: no service is told what is chosen here.
    """

    def validate(self, password: str, user: object = None) -> None:
        path = settings.PORTAL_STOLEN_PASSWORDS
        if path and is_listed(path, password):
            raise ValidationError(
                _("This password was stolen from another site and is tried everywhere. Take another one."),
                code="password_stolen",
            )

    def get_help_text(self) -> str:
        return ""


def is_listed(path: Path, password: str) -> bool:
    """Look the password's SHA-1 up in a sorted file of lines `HASH:times`, reading some forty lines of it."""
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with path.open("rb") as file:
        places = range(path.stat().st_size)
        first = bisect_left(places, wanted, key=lambda place: read_line_after(file, place).upper() or wanted)
        return read_line_after(file, first).upper().startswith(wanted)


def read_line_after(file: BinaryIO, place: int) -> bytes:
    """Return the first line that begins at this byte or after it; the empty one at the end."""
    file.seek(max(place - 1, 0))
    if place:
        file.readline()
    return file.readline()


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
