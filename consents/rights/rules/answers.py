"""States of a request, its answers and refusals, and what each needs. Pure."""

from collections.abc import Collection
from datetime import date

from dateutil.relativedelta import relativedelta
from django.db import models
from django.utils.translation import gettext_lazy as _

from consents.rights.rules.kinds import Level, Regime, Type


class State(models.TextChoices):
    RECEIVED = "received", _("received")
    ACKNOWLEDGED = "acknowledged", _("confirmed to you")
    IN_PROGRESS = "in_progress", _("being worked on")
    ANSWERED = "answered", _("answered")


NEXT: dict[State, frozenset[State]] = {
    State.RECEIVED: frozenset({State.ACKNOWLEDGED, State.IN_PROGRESS, State.ANSWERED}),
    State.ACKNOWLEDGED: frozenset({State.IN_PROGRESS, State.ANSWERED}),
    State.IN_PROGRESS: frozenset({State.ANSWERED}),
    State.ANSWERED: frozenset(),
}


class Outcome(models.TextChoices):
    COMPLIED_WHOLE = "complied_whole", _("done")
    COMPLIED_PART = "complied_part", _("done in part")
    DENIED = "denied", _("refused")
    WITHDRAWN = "withdrawn_by_requester", _("taken back")
    NO_DATA = "no_data_held", _("we hold no such data")


# law.md 5 A `status` (Data Rights Protocol), from state and outcome.
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


class SubmittedBy(models.TextChoices):
    SELF = "self", _("the customer")
    AGENT = "authorized_agent", _("an authorised agent")
    PARENT = "parent", _("a parent")
    GUARDIAN = "guardian", _("a guardian")
    ATTORNEY = "power_of_attorney", _("somebody with a power of attorney")


# Who acts for a customer here (people.Acting.capacity), in the words of the record.
OF_CAPACITY = {"self": SubmittedBy.SELF, "guardian": SubmittedBy.GUARDIAN, "agent": SubmittedBy.AGENT}


class Format(models.TextChoices):
    DOWNLOAD = "portal_download", _("on their page here")
    EMAIL = "email", _("by email")
    POST = "post", _("by post")
    ORAL = "oral", _("by word of mouth")


class Reason(models.TextChoices):
    """Why a request is refused, or refused in part (law.md 5 A `denial_reason`)."""

    UNVERIFIED = "insuf_verification", _("It could not be confirmed who asked.")
    NO_MATCH = "no_match", _("We have no record of the person who asked.")
    FRAUD = "suspected_fraud", _("We have good reason to believe that somebody else asked.")
    NOT_COVERED = "claim_not_covered", _("The law does not give this right here.")
    OUTSIDE = "outside_jurisdiction", _("The law does not hold for the person who asked.")
    TOO_MANY = "too_many_requests", _("The same was asked too often.")
    UNFOUNDED = "manifestly_unfounded", _("The request has plainly no ground.")
    EXCESSIVE = "excessive", _("The request goes far beyond what the right is for.")
    OTHERS = "rights_of_others", _("It would harm the rights of other people.")
    LEGAL = "legal_restriction", _("A law forbids it or makes us keep the data.")
    OTHER = "other", _("Another reason, explained in the answer.")


# Of whom it is known who they are, these are not so.
OF_THE_UNKNOWN = frozenset({Reason.UNVERIFIED, Reason.NO_MATCH})
# These say nothing about the person's data, and so may be said to somebody whom nobody knows.
WITHOUT_IDENTITY = frozenset({Reason.UNVERIFIED, Reason.NO_MATCH, Reason.FRAUD, Reason.OUTSIDE})


class Group(models.TextChoices):
    """11 CCR 7102(a)(2)."""

    NOT_VERIFIABLE = "not_verifiable", _("not verifiable")
    NOT_A_CONSUMER = "not_a_consumer", _("not made by a consumer")
    EXEMPT = "exempt_information", _("exempt information")
    OTHER = "other", _("other grounds")


GROUPS = {
    Reason.UNVERIFIED: Group.NOT_VERIFIABLE,
    Reason.NO_MATCH: Group.NOT_VERIFIABLE,
    Reason.FRAUD: Group.NOT_VERIFIABLE,
    Reason.OUTSIDE: Group.NOT_A_CONSUMER,
    Reason.NOT_COVERED: Group.EXEMPT,
    Reason.LEGAL: Group.EXEMPT,
    Reason.OTHERS: Group.OTHER,
    Reason.TOO_MANY: Group.OTHER,
    Reason.UNFOUNDED: Group.OTHER,
    Reason.EXCESSIVE: Group.OTHER,
    Reason.OTHER: Group.OTHER,
}

# What a refusal rests on whatever was asked. Of other reasons each right has a provision of its own, or the officer
# says which.
EUROPEAN_LAW = {
    Reason.UNVERIFIED: "GDPR Art 12(2)",
    Reason.NO_MATCH: "GDPR Art 11(2)",
    Reason.FRAUD: "GDPR Art 12(6)",
    Reason.OUTSIDE: "GDPR Art 3",
    Reason.TOO_MANY: "GDPR Art 12(5)",
    Reason.UNFOUNDED: "GDPR Art 12(5)",
    Reason.EXCESSIVE: "GDPR Art 12(5)",
}
CALIFORNIAN_LAW = {
    Reason.UNVERIFIED: "11 CCR 7060",
    Reason.NO_MATCH: "11 CCR 7060",
    Reason.FRAUD: "11 CCR 7061",
    Reason.OUTSIDE: "Civ 1798.140(i)",
    Reason.UNFOUNDED: "Civ 1798.145(h)(3)",
    Reason.EXCESSIVE: "Civ 1798.145(h)(3)",
    Reason.OTHERS: "Civ 1798.145(k)",
    Reason.LEGAL: "Civ 1798.145(a)(1)",
}
# Where a type has an article of its own for a reason.
OF_TYPE = {
    (Type.ACCESS, Reason.OTHERS): "GDPR Art 15(4)",
    (Type.RECTIFICATION, Reason.NOT_COVERED): "GDPR Art 16",
    (Type.ERASURE, Reason.NOT_COVERED): "GDPR Art 17(1)",
    (Type.ERASURE, Reason.LEGAL): "GDPR Art 17(3)",
    (Type.RESTRICTION, Reason.NOT_COVERED): "GDPR Art 18(1)",
    (Type.RECIPIENTS, Reason.NOT_COVERED): "GDPR Art 19",
    (Type.PORTABILITY, Reason.NOT_COVERED): "GDPR Art 20(1)",
    (Type.PORTABILITY, Reason.OTHERS): "GDPR Art 20(4)",
    (Type.OBJECTION, Reason.NOT_COVERED): "GDPR Art 21(1)",
    (Type.AUTOMATED, Reason.NOT_COVERED): "GDPR Art 22(2)",
    (Type.KNOW_CATEGORIES, Reason.UNVERIFIED): "11 CCR 7024(b)",
    (Type.KNOW_SPECIFIC, Reason.UNVERIFIED): "11 CCR 7024(a)",
    (Type.KNOW_CATEGORIES, Reason.TOO_MANY): "Civ 1798.130(b)",
    (Type.KNOW_SPECIFIC, Reason.TOO_MANY): "Civ 1798.130(b)",
    (Type.DELETION, Reason.LEGAL): "Civ 1798.105(d)",
    (Type.DELETION, Reason.NOT_COVERED): "Civ 1798.105(d)",
    (Type.CORRECTION, Reason.NOT_COVERED): "11 CCR 7023",
    (Type.CORRECTION, Reason.TOO_MANY): "11 CCR 7023",  # the same within six months
    (Type.OPT_IN, Reason.NOT_COVERED): "11 CCR 7028(a)",
    (Type.OPT_OUT, Reason.FRAUD): "11 CCR 7026(e)",
    (Type.LIMIT, Reason.FRAUD): "11 CCR 7027(f)",
    (Type.ADMT_OPT_OUT, Reason.FRAUD): "11 CCR 7221(g)",
}


def law_of(regime: Regime, type: Type, reason: Reason) -> str:
    """The provision a refusal usually rests on, never one of another right; empty where the officer must say."""
    general = CALIFORNIAN_LAW if regime == Regime.CCPA else EUROPEAN_LAW
    law = OF_TYPE.get((type, reason)) or general.get(reason, "")
    return f"UK {law}" if regime == Regime.UK_GDPR and law else law


REMEDIES = {
    Regime.GDPR: _(
        "You can ask us to look at this again. You can also complain to the data protection authority where you live, "
        "where you work or where we are, and you can go to court."
    ),
    Regime.UK_GDPR: _(
        "You can ask us to look at this again. You can also complain to the Information Commissioner, and you can go "
        "to court."
    ),
    Regime.CCPA: _(
        "You can ask us to look at this again. You can also complain to the California Privacy Protection Agency or "
        "to the Attorney General of California."
    ),
}


# Of a longer time for the answer: there is nothing yet that we could look at again.
COMPLAINTS = {
    Regime.GDPR: _(
        "If you do not agree, you can complain to the data protection authority where you live, where you work or "
        "where we are, and you can go to court."
    ),
    Regime.UK_GDPR: _(
        "If you do not agree, you can complain to the Information Commissioner, and you can go to court."
    ),
    Regime.CCPA: _(
        "If you do not agree, you can complain to the California Privacy Protection Agency or to the Attorney General "
        "of California."
    ),
}
EXTENSION_LAW = {
    Regime.GDPR: "GDPR Art 12(3)",
    Regime.UK_GDPR: "UK GDPR Art 12(3)",
    Regime.CCPA: "11 CCR 7021(b)",
}


OPT_OUTS = frozenset({Type.OPT_OUT, Type.LIMIT, Type.ADMT_OPT_OUT})


def reasons_for(type: Type, *, is_marketing: bool = False) -> list[Reason]:
    """Why a request of this type may be refused: an opt-out for fraud alone; never a withdrawal of consent, nor an
    objection to direct marketing (GDPR Art 21(3)). `is_marketing`: all that is objected to is that."""
    if type == Type.WITHDRAWAL or (type == Type.OBJECTION and is_marketing):
        return []
    return [Reason.FRAUD] if type in OPT_OUTS else list(Reason)


# For what a fee may be asked, of what is done after all (GDPR Art 12(5); Civ 1798.145(h)(3)).
FEE_REASONS = (Reason.UNFOUNDED, Reason.EXCESSIVE)


def takes_fee(type: Type) -> bool:
    """A no costs nothing, ever."""
    return type not in OPT_OUTS | {Type.WITHDRAWAL, Type.OBJECTION, Type.OPT_IN}


def tells_practices(type: Type, outcome: str, reason: str) -> bool:
    """To whom nothing of their own can be told, what holds for everybody (11 CCR 7024(b))."""
    is_unknown = reason != "" and GROUPS[Reason(reason)] == Group.NOT_VERIFIABLE
    return type in (Type.KNOW_CATEGORIES, Type.KNOW_SPECIFIC) and outcome == Outcome.DENIED and is_unknown


def is_in_part(granted: Collection[str], asked: Collection[str], marketing: Collection[str]) -> bool:
    """An objection granted in part: some of the uses stop, some go on, and no direct marketing is among those."""
    stops, goes_on = set(granted), set(asked) - set(granted)
    return bool(stops and goes_on) and stops <= set(asked) and not goes_on & set(marketing)


class Extension(models.TextChoices):
    """GDPR Art 12(3): complexity and number; the CCPA: reasonably necessary."""

    COMPLEX = "complexity", _("Your request is complex: the data lies in several places and must be looked at.")
    MANY = "number", _("We have very many requests at the moment.")


class Waiting(models.TextChoices):
    """Why the clock stands still: only ever because we asked the customer something."""

    IDENTITY = "identity", _("We asked you something to be sure that it is you.")
    SCOPE = "scope", _("We asked you what exactly you want.")


class Appealed(models.TextChoices):
    PENDING = "pending", _("being looked at again")
    UPHELD = "upheld", _("stays as it was")
    REVERSED = "reversed", _("decided anew")


APPEALABLE = frozenset({Outcome.DENIED, Outcome.COMPLIED_PART, Outcome.NO_DATA})
KEPT_MONTHS = 24  # 11 CCR 7101(a): at least; counted from the answer, the later of the readings


def retain_until(answered_on: date) -> date:
    return answered_on + relativedelta(months=KEPT_MONTHS)


class Fact(models.TextChoices):
    """What was compared with what is on file to know who asks (11 CCR 7060, 7062); never what it said."""

    REFERENCE = "reference", _("customer number")
    ADDRESS = "address", _("email address on file, answered from it")
    PHONE = "phone", _("telephone number on file, called back")
    POSTAL = "postal", _("postal address on file")
    BIRTH = "birth", _("date of birth")
    ORDER = "order", _("an order or a bill")
    DOCUMENT = "document", _("a document, seen and given back")
    DECLARATION = "declaration", _("a signed declaration")


def is_proved(level: Level, facts: frozenset[Fact]) -> bool:
    """Two facts are reasonable; three and a signed declaration reasonably high certainty (11 CCR 7062)."""
    matched = len(facts - {Fact.DECLARATION})
    if level == Level.REASONABLE:
        return matched >= 2
    return level == Level.REASONABLY_HIGH and matched >= 3 and Fact.DECLARATION in facts


COPIES = frozenset({Type.ACCESS, Type.PORTABILITY, Type.KNOW_SPECIFIC, Type.KNOW_CATEGORIES})
CORRECTIONS = frozenset({Type.RECTIFICATION, Type.CORRECTION})
ERASURES = frozenset({Type.ERASURE, Type.DELETION})
GRANTED = frozenset({Outcome.COMPLIED_WHOLE, Outcome.COMPLIED_PART})
PACKAGE_DAYS = 14


class WhyNotCorrected(models.TextChoices):
    """Why a proposed value was not taken over (GDPR Art 16; 11 CCR 7023)."""

    ACCURATE = "accurate", _("What we hold is right, as far as we can show.")
    NOT_SHOWN = "not_shown", _("We could not find out that the new value is right.")
    NOT_OURS = "not_ours", _("It says what was so at that time, and is kept as it was.")
    NO_ENTRY = "no_entry", _("We hold no entry that this could be put into.")
