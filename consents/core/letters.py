"""Tell what of a text nobody sees. Pure."""

import re
import unicodedata

# Letters that print nothing although Unicode does not count them as control or format characters.
BLANK_LETTERS = "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
# Behind these a browser shows letters in another order than they are kept in.
TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")


def remove_invisible(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    seen = "".join(letter for letter in text if unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co"))
    return re.sub(f"[{BLANK_LETTERS}]", "", seen)


def keep_as_seen(text: str) -> str:
    """Return a text that is kept as it is read: in its own order, and empty where nothing of it is seen.

    A NUL stays, for whoever refuses it.
    """
    return TURNS.sub("", text) if "\0" in text or remove_invisible(text).strip() else ""
