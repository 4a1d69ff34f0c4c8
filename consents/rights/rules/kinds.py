"""The rights of each law: what is asked, how surely we must know who asks, and by when we answer. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from consents.choices.rules import CALIFORNIA
from consents.core.refusals import Refusal
from consents.rights.rules.clocks import Period, Unit


class Regime(models.TextChoices):
    GDPR = "gdpr", _("GDPR")
    UK_GDPR = "uk_gdpr", _("UK GDPR")
    CCPA = "ccpa", _("CCPA")


class Type(models.TextChoices):
    """Codes of DPV's GDPR rights and of the Data Rights Protocol (law.md 5 A)."""

    ACCESS = "A15", _("Get a copy of my data")
    RECTIFICATION = "A16", _("Correct my data")
    ERASURE = "A17", _("Delete my data")
    RESTRICTION = "A18", _("Pause the use of my data")
    RECIPIENTS = "A19", _("Know who was told")
    PORTABILITY = "A20", _("Take my data elsewhere")
    OBJECTION = "A21", _("Object to a use of my data")
    AUTOMATED = "A22", _("Have a person decide")
    WITHDRAWAL = "A7-3", _("Withdraw my consent")
    KNOW_CATEGORIES = "access:categories", _("Know what kinds of data you hold")
    KNOW_SPECIFIC = "access:specific", _("Get my data")
    DELETION = "deletion", _("Have my data deleted")
    CORRECTION = "correction", _("Have my data corrected")
    OPT_OUT = "sale:opt_out", _("Stop sale and sharing")
    OPT_IN = "sale:opt_in", _("Allow sale and sharing again")
    LIMIT = "limit", _("Limit the use of sensitive data")
    ADMT_ACCESS = "admt:access", _("Know how a machine decided")
    ADMT_OPT_OUT = "admt:opt_out", _("No decisions by machines")
    ADMT_APPEAL = "admt:appeal", _("Have a person look at a machine’s decision")


class Level(models.TextChoices):
    """How surely it is known who asks (law.md 5 A `verification_level`)."""

    NOT_REQUIRED = "not_required", _("not asked")
    SESSION = "session_reauth", _("signed in afresh")
    REASONABLE = "reasonable", _("two facts matched")
    REASONABLY_HIGH = "reasonably_high", _("three facts matched and a signed declaration")
    FAILED = "failed", _("not confirmed")


# What each level is good for: an account holder who signs in afresh is as sure as it gets (11 CCR 7061).
STRENGTH = {Level.FAILED: -1, Level.NOT_REQUIRED: 0, Level.REASONABLE: 1, Level.REASONABLY_HIGH: 2, Level.SESSION: 2}


def suffices(level: Level, needed: Level) -> bool:
    return STRENGTH[level] >= STRENGTH[needed]


def gets_kinds_instead(type: Type, level: Level) -> bool:
    """Who cannot be confirmed surely enough for the pieces of data is told which kinds there are (11 CCR 7024(a))."""
    return type == Type.KNOW_SPECIFIC and level == Level.REASONABLE


@dataclass(frozen=True)
class Kind:
    """One right under one law.

    `question`: what the customer gets, in a sentence. `law`: the provision. `identity`: the level it needs; opt-outs
    need none, ever. `searches`: the answer needs a look into systems. `pauses`: the clock may wait for the customer.
    `from_day`: since when the law grants it.
    """

    type: Type
    question: object
    law: str
    identity: Level
    answer: Period
    acknowledge: Period | None = None
    extended: Period | None = None
    searches: bool = False
    pauses: bool = False
    from_day: date | None = None


def month(rule: str, count: int = 1) -> Period:
    return Period(rule, Unit.MONTH, count)


def days(rule: str, count: int) -> Period:
    return Period(rule, Unit.CALENDAR_DAY, count)


def business(rule: str, count: int) -> Period:
    return Period(rule, Unit.BUSINESS_DAY, count)


REASONABLE, HIGH, NONE = Level.REASONABLE, Level.REASONABLY_HIGH, Level.NOT_REQUIRED


def european(regime: Regime, type: Type, question: object, law: str, identity: Level, searches: bool = False) -> Kind:
    """Art 12(3): one month; two more where it is complex, counted from the receipt; the clock may wait (G01 5.3)."""
    return Kind(
        type,
        question,
        law,
        identity,
        month(f"{regime}:12(3)"),
        extended=month(f"{regime}:12(3)-extended", 3),
        searches=searches,
        pauses=True,
    )


EUROPEAN: list[tuple[Type, object, str, Level, bool]] = [
    (Type.ACCESS, _("A copy of everything we hold about you, and who got it."), "GDPR Art 15", REASONABLE, True),
    (Type.RECTIFICATION, _("We put right what is wrong or missing."), "GDPR Art 16", REASONABLE, False),
    (
        Type.ERASURE,
        _("We delete your data, unless the law makes us keep some. Then we say which."),
        "GDPR Art 17",
        REASONABLE,
        True,
    ),
    (Type.RESTRICTION, _("We keep your data, but do not use it for now."), "GDPR Art 18", REASONABLE, False),
    (
        Type.RECIPIENTS,
        _("The list of those we told about a correction, a deletion or a pause."),
        "GDPR Art 19",
        REASONABLE,
        True,
    ),
    (
        Type.PORTABILITY,
        _("The data you gave us, in a file that other companies can read."),
        "GDPR Art 20",
        REASONABLE,
        True,
    ),
    (Type.OBJECTION, _("We stop a use of your data that you did not agree to."), "GDPR Art 21", NONE, False),
    (Type.AUTOMATED, _("A person looks at what a program decided about you."), "GDPR Art 22", REASONABLE, False),
    (Type.WITHDRAWAL, _("We stop what you once agreed to."), "GDPR Art 7(3)", NONE, False),
]
KNOW, OPT = "ccpa:7021(b)", "ccpa:7026(f)"
CPRA_DAY, ADMT_DAY = date(2023, 1, 1), date(2027, 1, 1)


def californian(
    type: Type,
    question: object,
    law: str,
    identity: Level,
    searches: bool = True,
    from_day: date | None = None,
) -> Kind:
    """11 CCR 7021: acknowledged in 10 business days, answered in 45 days, in 90 where we need longer and say so. The
    days run whatever time identification takes, so the clock never waits."""
    return Kind(
        type,
        question,
        law,
        identity,
        days(KNOW, 45),
        acknowledge=business("ccpa:7021(a)", 10),
        extended=days(f"{KNOW}-extended", 90),
        searches=searches,
        from_day=from_day,
    )


CALIFORNIAN = [
    californian(
        Type.KNOW_CATEGORIES,
        _("Which kinds of data we have, where they come from and who gets them."),
        "Civ 1798.110; 11 CCR 7024",
        REASONABLE,
    ),
    californian(Type.KNOW_SPECIFIC, _("A copy of your data."), "Civ 1798.110; 11 CCR 7024", HIGH),
    californian(
        Type.DELETION,
        _("We delete what you gave us, unless the law lets us keep some. Then we say which."),
        "Civ 1798.105; 11 CCR 7022",
        REASONABLE,
    ),
    californian(
        Type.CORRECTION,
        _("We put right what is wrong."),
        "Civ 1798.106; 11 CCR 7023",
        REASONABLE,
        searches=False,
        from_day=CPRA_DAY,
    ),
    Kind(
        Type.OPT_OUT,
        _("We do not sell your data and do not share it for advertising."),
        "Civ 1798.120; 11 CCR 7026",
        NONE,
        business(OPT, 15),
    ),
    # The law sets no day; the company does not keep a yes waiting longer than a no.
    Kind(Type.OPT_IN, _("You allow again what you had stopped."), "11 CCR 7028", NONE, business("house:opt-in", 15)),
    Kind(
        Type.LIMIT,
        _("We use sensitive data only for what you ask of us."),
        "Civ 1798.121; 11 CCR 7027",
        NONE,
        business("ccpa:7027(g)", 15),
        from_day=CPRA_DAY,
    ),
    californian(
        Type.ADMT_ACCESS,
        _("How a program came to a decision about you."),
        "11 CCR 7222",
        REASONABLE,
        from_day=ADMT_DAY,
    ),
    Kind(
        Type.ADMT_OPT_OUT,
        _("No program decides alone about what matters to you."),
        "11 CCR 7221",
        NONE,
        business("ccpa:7221(n)", 15),
        from_day=ADMT_DAY,
    ),
    californian(
        Type.ADMT_APPEAL,
        _("Somebody who can change the decision looks at it again."),
        "11 CCR 7221(b)(1)",
        REASONABLE,
        searches=False,
        from_day=ADMT_DAY,
    ),
]

KINDS: dict[Regime, dict[Type, Kind]] = {
    Regime.GDPR: {row[0]: european(Regime.GDPR, *row) for row in EUROPEAN},
    Regime.UK_GDPR: {row[0]: european(Regime.UK_GDPR, *row) for row in EUROPEAN},
    Regime.CCPA: {kind.type: kind for kind in CALIFORNIAN},
}

# Nobody can have asked by a law before it held: GDPR Art 99(2), in the United Kingdom too; Civ 1798.198(a).
BEGAN = {Regime.GDPR: date(2018, 5, 25), Regime.UK_GDPR: date(2018, 5, 25), Regime.CCPA: date(2020, 1, 1)}

# An appeal is the company's own promise, but for the United Kingdom, where a complaint to the company is acknowledged
# within 30 days (since 19 June 2026).
APPEALS = {
    Regime.GDPR: month("house:appeal"),
    Regime.UK_GDPR: days("uk_gdpr:complaint", 30),
    Regime.CCPA: days("house:appeal", 45),
}


class NotYourLaw(Refusal):
    """Says why a right is not there for this person."""

    status = 422

    def __init__(self, regime: Regime, type: Type, today: date) -> None:
        super().__init__(why_not(regime, type, today))


def jurisdiction_of(country: str, region: str, home: str) -> str:
    """ISO 3166: where the person is; where the company is, if nobody knows."""
    if country == "US" and region.strip().upper() in CALIFORNIA:
        return "US-CA"
    return country or home


REGIMES = {"US-CA": Regime.CCPA, "GB": Regime.UK_GDPR}


def regime_of(jurisdiction: str) -> Regime:
    """Whose law we answer by. The GDPR where no law of the person's own is known here: an establishment in the Union
    owes it to everybody (Art 3(1)), and another company of ours promises the same."""
    return REGIMES.get(jurisdiction, Regime.GDPR)


def clock_country(regime: Regime, home: str) -> str:
    """Whose holidays count: where the action is to be done (Reg. 1182/71 Art 2(1)); the United Kingdom's its own."""
    return "GB" if regime == Regime.UK_GDPR else home


def kind_of(regime: Regime, type: Type, today: date) -> Kind:
    """Raises NotYourLaw for a right that this law does not know, or not yet."""
    kind = KINDS[regime].get(type)
    if kind is None or why_not(regime, type, today):
        raise NotYourLaw(regime, type, today)
    return kind


def why_not(regime: Regime, type: Type, today: date) -> object:
    """A sentence for the person; empty where the right is theirs."""
    kind = KINDS[regime].get(type)
    if type == Type.WITHDRAWAL and kind is None:
        return UNDER_CHOICES
    if kind is None:
        return FROM_EUROPE if type in KINDS[Regime.GDPR] else FROM_CALIFORNIA
    return LATER[kind.from_day] if kind.from_day and today < kind.from_day else ""


FROM_EUROPE = _("This right comes from European law. The law of California holds for you, and gives you the others.")
UNDER_CHOICES = _("You take back what you agreed to under Your choices, at any time, once you are signed in.")
FROM_CALIFORNIA = _("This right comes from the law of California. The law that holds for you gives you the others.")
LATER = {
    CPRA_DAY: _("This right began on 1 January 2023."),
    ADMT_DAY: _("This right begins on 1 January 2027."),
}


def kinds(regime: Regime) -> Iterator[Kind]:
    yield from KINDS[regime].values()
