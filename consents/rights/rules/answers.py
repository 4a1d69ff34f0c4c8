"""States of a request, its answers and refusals, and what each needs. Pure."""

from collections.abc import Collection
from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _

from consents.law.kinds import Regime


class State(models.TextChoices):
    RECEIVED = "received", _("received")
    ACKNOWLEDGED = "acknowledged", _("confirmed to you")
    IN_PROGRESS = "in_progress", _("being worked on")
    ANSWERED = "answered", _("answered")


class StepState(StrEnum):
    """The state of a step on an officer's checklist. An answer closes a request whether or not each step was taken."""

    DONE = "done"
    OPEN = "open"
    NOT_NEEDED = "not_needed"


class Outcome(models.TextChoices):
    COMPLIED_WHOLE = "complied_whole", _("done")
    COMPLIED_PART = "complied_part", _("done in part")
    DENIED = "denied", _("refused")
    WITHDRAWN = "withdrawn_by_requester", _("withdrawn")
    NO_DATA = "no_data_held", _("we hold no such data")


# `status` of the Data Rights Protocol, from state and outcome.
STATUS = {
    (State.RECEIVED, ""): "open",
    (State.ACKNOWLEDGED, ""): "open",
    (State.IN_PROGRESS, ""): "in_progress",
    (State.ANSWERED, Outcome.COMPLIED_WHOLE): "fulfilled",
    (State.ANSWERED, Outcome.COMPLIED_PART): "fulfilled",
    (State.ANSWERED, Outcome.NO_DATA): "fulfilled",
    (State.ANSWERED, Outcome.DENIED): "denied",
    (State.ANSWERED, Outcome.WITHDRAWN): "revoked",
}


class Channel(models.TextChoices):
    """`portal`, `webform` and `gpc_signal` are written by the portal itself, the others typed in by staff."""

    PORTAL = "portal", _("signed in here")
    WEBFORM = "webform", _("public form")
    EMAIL = "email", _("email")
    PHONE = "phone", _("telephone")
    POST = "post", _("post")
    IN_PERSON = "in_person", _("in person")
    AGENT = "agent", _("through an agent")
    SIGNAL = "gpc_signal", _("signal of the browser")
    DROP = "drop", _("California’s deletion platform")


OWN_CHANNELS = frozenset({Channel.PORTAL, Channel.WEBFORM, Channel.SIGNAL})
TYPED_CHANNELS = [channel for channel in Channel if channel not in OWN_CHANNELS]


def list_typed_channels(law: Regime) -> list[Channel]:
    """List how a statement about a request may arrive; the platform is for Californians (Cal. Civ. Code 1798.99.86)."""
    return [channel for channel in TYPED_CHANNELS if channel != Channel.DROP or law == Regime.CCPA]


class SubmittedBy(models.TextChoices):
    SELF = "self", _("the customer")
    AGENT = "authorized_agent", _("an authorised agent")
    PARENT = "parent", _("a parent")
    GUARDIAN = "guardian", _("a guardian")
    ATTORNEY = "power_of_attorney", _("somebody with a power of attorney")


# `people.models.Acting.capacity` in the words of the record.
OF_CAPACITY = {
    "self": SubmittedBy.SELF,
    "holder": SubmittedBy.SELF,
    "guardian": SubmittedBy.GUARDIAN,
    "agent": SubmittedBy.AGENT,
}


class Format(models.TextChoices):
    DOWNLOAD = "portal_download", _("on their page here")
    EMAIL = "email", _("by email")
    POST = "post", _("by post")
    ORAL = "oral", _("by word of mouth")


def is_in_part(granted: Collection[str], asked: Collection[str], marketing: Collection[str]) -> bool:
    """Return True for an objection granted in part: some uses stop, some go on, none of those for direct marketing."""
    stops, goes_on = set(granted), set(asked) - set(granted)
    return bool(stops and goes_on) and stops <= set(asked) and not goes_on & set(marketing)


class Waiting(models.TextChoices):
    """Why the clock stands still: only ever because we asked the customer something."""

    IDENTITY = "identity", _("We asked you something to be sure that it is you.")
    SCOPE = "scope", _("We asked you what exactly you want.")


class About(models.TextChoices):
    """Names what an officer asks the customer. The clock can wait for the first two alone (`Waiting`)."""

    IDENTITY = "identity", _("To be sure who asks")
    SCOPE = "scope", _("To know what exactly they want")
    OTHER = "other", _("Something else about the request")


class ReplyWay(models.TextChoices):
    """Names how the customer's reply reached us: signed in, with the code of the email, or as an officer notes."""

    ACCOUNT = "account"
    CODE = "code"
    NOTED = "noted"


class Appealed(models.TextChoices):
    PENDING = "pending", _("being looked at again")
    UPHELD = "upheld", _("stays as it was")
    REVERSED = "reversed", _("decided anew")


APPEALABLE = frozenset({Outcome.DENIED, Outcome.COMPLIED_PART, Outcome.NO_DATA})
GRANTED = frozenset({Outcome.COMPLIED_WHOLE, Outcome.COMPLIED_PART})


class TellingWay(models.TextChoices):
    """The way in which a recipient was told of what was done with the data it has."""

    LETTER = "letter", _("by letter")
    EMAIL = "email", _("by email")
    PHONE = "phone", _("by telephone")
    SYSTEM = "system", _("through a connected system")


class WhyNotCorrected(models.TextChoices):
    """Why a proposed value was not taken over (GDPR Art 16; 11 CCR 7023)."""

    ACCURATE = "accurate", _("What we hold is right, as far as we can show.")
    NOT_SHOWN = "not_shown", _("We could not find out that the new value is right.")
    NOT_OURS = "not_ours", _("It says what was so at that time, and is kept as it was.")
    NO_ENTRY = "no_entry", _("We hold no entry that this could be put into.")
