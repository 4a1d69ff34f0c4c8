"""Levels of certainty about a requester's identity, and the facts that prove it (11 CCR 7060-7062). Pure."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Level(models.TextChoices):
    """The certainty about a requester's identity (Data Rights Protocol, `verification_level`)."""

    NOT_REQUIRED = "not_required", _("not asked")
    SESSION = "session_reauth", _("signed in afresh")
    REASONABLE = "reasonable", _("at least two facts matched")
    REASONABLY_HIGH = "reasonably_high", _("at least three facts matched and a signed declaration")
    FAILED = "failed", _("not confirmed")


# What each level is good for: an account holder who signs in afresh is as sure as it gets (11 CCR 7061).
STRENGTH = {Level.FAILED: -1, Level.NOT_REQUIRED: 0, Level.REASONABLE: 1, Level.REASONABLY_HIGH: 2, Level.SESSION: 2}


def is_sure_enough(level: Level, needed: Level) -> bool:
    return STRENGTH[level] >= STRENGTH[needed]


class Fact(models.TextChoices):
    """A fact that was compared with the record to confirm identity (11 CCR 7060, 7062); never its value."""

    REFERENCE = "reference", _("customer number")
    ADDRESS = "address", _("email address on file, answered from it")
    PHONE = "phone", _("telephone number on file, called back")
    POSTAL = "postal", _("postal address on file")
    BIRTH = "birth", _("date of birth")
    ORDER = "order", _("an order or a bill")
    DOCUMENT = "document", _("a document, seen and given back")
    DECLARATION = "declaration", _("a signed declaration")


def is_proved_by(level: Level, facts: frozenset[Fact]) -> bool:
    """Require two facts for reasonable certainty; three and a signed declaration for a high one (11 CCR 7062)."""
    matched = len(facts - {Fact.DECLARATION})
    if level == Level.REASONABLE:
        return matched >= 2
    return level == Level.REASONABLY_HIGH and matched >= 3 and Fact.DECLARATION in facts
