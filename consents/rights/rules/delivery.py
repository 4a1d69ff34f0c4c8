"""Codes of ledger entries for the ways in which a copy of somebody's data reaches them. Pure."""

from django.db import models


class DeliveryWay(models.TextChoices):
    """The way a customer gets the copy: no account is needed for it (Civ 1798.130(a)(2)(A)).

    Someone with an account signs in. A code comes by email or, where no email leads to them alone, on paper or by
    telephone.
    """

    ACCOUNT = "account"
    MAILED = "mailed"
    HANDED = "handed"


class CodeEnd(models.TextChoices):
    """Why a code no longer works: it was replaced, an officer ended it, too many wrong tries, the copy was removed."""

    REPLACED = "replaced"
    STOPPED = "stopped"
    TRIES = "tries"
    OVER = "over"


# The outcome of typing a code, as its ledger entry says it.
RIGHT, WRONG = "right", "wrong"
