"""How a copy of somebody's data reaches them, and the codes that stand in for an account. Pure."""

from django.db import models

MOST_TRIES = 10  # wrong codes for one request; then the code ends, and an officer makes another


class Way(models.TextChoices):
    """Nobody needs an account for what they asked for (Civ 1798.130(a)(2)(A)); who has one signs in. A code comes by
    mail or, where none leads to them alone, on paper or by telephone."""

    ACCOUNT = "account"
    MAILED = "mailed"
    HANDED = "handed"


class End(models.TextChoices):
    """Why a code works no more: another one was made, an officer ended it, too many wrong tries, the copy is gone."""

    REPLACED = "replaced"
    STOPPED = "stopped"
    TRIES = "tries"
    OVER = "over"


# What came of typing a code, as its entry says.
RIGHT, WRONG = "right", "wrong"
