"""The number people call a request by. Pure."""

from uuid import UUID

from consents.people.rules import CODE_LETTERS

LENGTH = 8
PREFIX = "RQ"


def build_number(id: UUID) -> str:
    """`RQ-7K2M-93QX`, from the random id; eight letters without look-alikes."""
    rest, letters = id.int, ""
    for _ in range(LENGTH):
        rest, place = divmod(rest, len(CODE_LETTERS))
        letters += CODE_LETTERS[place]
    return f"{PREFIX}-{letters[:4]}-{letters[4:]}"


def normalize_number(text: str) -> str:
    """Return a number as it is stored, however a person types it."""
    letters = "".join(letter for letter in text.upper() if letter in CODE_LETTERS)
    if len(letters) > LENGTH:  # without its prefix, a number may begin as the prefix does
        letters = letters.removeprefix(PREFIX)
    return f"{PREFIX}-{letters[:4]}-{letters[4:]}"
