"""The rights of each law: what they ask for, how certain the requester's identity must be, and their periods. Pure."""

from dataclasses import dataclass
from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from consents.core.refusals import NotValid
from consents.law.clocks import Period, Unit
from consents.law.identity import Level


class Regime(models.TextChoices):
    GDPR = "gdpr", _("GDPR")
    UK_GDPR = "uk_gdpr", _("UK GDPR")
    CCPA = "ccpa", _("CCPA")


class Type(models.TextChoices):
    """Codes of DPV's GDPR rights and of the Data Rights Protocol."""

    ACCESS = "A15", _("Get a copy of my data")
    RECTIFICATION = "A16", _("Correct my data")
    ERASURE = "A17", _("Delete my data")
    RESTRICTION = "A18", _("Pause the use of my data")
    RECIPIENTS = "A19", _("Know who was told about a change")
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


def gets_kinds_instead(type: Type, level: Level) -> bool:
    """Tell whether identity is sure enough for the categories of data, but not for the data itself (11 CCR 7024(a))."""
    return type == Type.KNOW_SPECIFIC and level == Level.REASONABLE


@dataclass(frozen=True)
class Kind:
    """A right under a law.

    `question`: what the customer gets, in a sentence. `law`: the provision. `identity`: the level required; never any
    for opt-outs. `searches`: the systems are searched for the answer. `pauses`: the clock may wait for the customer.
    `from_day`: the day from which the law grants it.
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


REASONABLE, HIGH, NONE = Level.REASONABLE, Level.REASONABLY_HIGH, Level.NOT_REQUIRED


def build_european_kind(
    regime: Regime, type: Type, question: object, law: str, identity: Level, searches: bool = False
) -> Kind:
    """Build a right under GDPR Art 12(3): one month, two more where it is complex, counted from the receipt.

    The clock may wait for the customer (EDPB Guidelines 01/2022, 5.3).
    """
    return Kind(
        type,
        question,
        law,
        identity,
        Period(f"{regime}:12(3)", Unit.MONTH, 1),
        extended=Period(f"{regime}:12(3)-extended", Unit.MONTH, 3),
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


def build_californian_kind(
    type: Type,
    question: object,
    law: str,
    identity: Level,
    searches: bool = True,
    from_day: date | None = None,
) -> Kind:
    """Build a right under 11 CCR 7021: acknowledged in 10 business days, answered in 45 days, or 90 with an extension.

    The days run whatever time identification takes, so the clock never waits.
    """
    return Kind(
        type,
        question,
        law,
        identity,
        Period(KNOW, Unit.CALENDAR_DAY, 45),
        acknowledge=Period("ccpa:7021(a)", Unit.BUSINESS_DAY, 10),
        extended=Period(f"{KNOW}-extended", Unit.CALENDAR_DAY, 90),
        searches=searches,
        from_day=from_day,
    )


CALIFORNIAN = [
    build_californian_kind(
        Type.KNOW_CATEGORIES,
        _("Which kinds of data we have, where they come from and who gets them."),
        "Civ 1798.110; 11 CCR 7024",
        REASONABLE,
    ),
    build_californian_kind(Type.KNOW_SPECIFIC, _("A copy of your data."), "Civ 1798.110; 11 CCR 7024", HIGH),
    build_californian_kind(
        Type.DELETION,
        _("We delete what you gave us, unless the law lets us keep some. Then we say which."),
        "Civ 1798.105; 11 CCR 7022",
        REASONABLE,
    ),
    build_californian_kind(
        Type.CORRECTION,
        _("We put right what is wrong."),
        "Civ 1798.106; 11 CCR 7023",
        REASONABLE,
        searches=False,
        from_day=CPRA_DAY,
    ),
    Kind(
        Type.OPT_OUT,
        _("We stop selling your data and sharing it for advertising."),
        "Civ 1798.120; 11 CCR 7026",
        NONE,
        Period(OPT, Unit.BUSINESS_DAY, 15),
    ),
    # The law sets no day; the company does not keep a yes waiting longer than a no.
    Kind(
        Type.OPT_IN,
        _("You allow again what you had stopped."),
        "11 CCR 7028",
        NONE,
        Period("house:opt-in", Unit.BUSINESS_DAY, 15),
    ),
    Kind(
        Type.LIMIT,
        _("From then on, we use sensitive data only for what you ask of us."),
        "Civ 1798.121; 11 CCR 7027",
        NONE,
        Period("ccpa:7027(g)", Unit.BUSINESS_DAY, 15),
        from_day=CPRA_DAY,
    ),
    build_californian_kind(
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
        Period("ccpa:7221(n)", Unit.BUSINESS_DAY, 15),
        from_day=ADMT_DAY,
    ),
    build_californian_kind(
        Type.ADMT_APPEAL,
        _("Somebody who can change the decision looks at it again."),
        "11 CCR 7221(b)(1)",
        REASONABLE,
        searches=False,
        from_day=ADMT_DAY,
    ),
]

KINDS: dict[Regime, dict[Type, Kind]] = {
    Regime.GDPR: {row[0]: build_european_kind(Regime.GDPR, *row) for row in EUROPEAN},
    Regime.UK_GDPR: {row[0]: build_european_kind(Regime.UK_GDPR, *row) for row in EUROPEAN},
    Regime.CCPA: {kind.type: kind for kind in CALIFORNIAN},
}


def name_provision(rule: str) -> str:
    """Return where a period stands, as lawyers write it: `gdpr:12(3)` is GDPR Art 12(3)."""
    regime, _colon, section = rule.partition(":")
    if regime not in Regime:
        return str(_("our own rule"))
    section = section.removesuffix("-extended")
    return f"11 CCR {section}" if regime == Regime.CCPA else f"{Regime(regime).label} Art {section}"


# What each right is called in the law that grants it; the rights of the GDPR and of the UK GDPR have the same articles.
PROVISIONS: dict[Type, str] = {type: kind.law for kinds in KINDS.values() for type, kind in kinds.items()}

# Nobody can have asked by a law before it held: GDPR Art 99(2), in the United Kingdom too; Civ 1798.198(a).
BEGAN = {Regime.GDPR: date(2018, 5, 25), Regime.UK_GDPR: date(2018, 5, 25), Regime.CCPA: date(2020, 1, 1)}

# An appeal is the company's own promise, but for the United Kingdom, where a complaint to the company is acknowledged
# within 30 days (since 19 June 2026).
APPEALS = {
    Regime.GDPR: Period("house:appeal", Unit.MONTH, 1),
    Regime.UK_GDPR: Period("uk_gdpr:complaint", Unit.CALENDAR_DAY, 30),
    Regime.CCPA: Period("house:appeal", Unit.CALENDAR_DAY, 45),
}


class NotYourLaw(NotValid):
    """Say why this person does not have a right."""


CALIFORNIA = {"CA", "US-CA", "CALIFORNIA"}


def find_jurisdiction(country: str, region: str, home: str) -> str:
    """Return where the person lives as ISO 3166; where the company is, if that is unknown."""
    if country == "US" and region.strip().upper() in CALIFORNIA:
        return "US-CA"
    return country or home


REGIMES = {"US-CA": Regime.CCPA, "GB": Regime.UK_GDPR}


def find_regime(jurisdiction: str) -> Regime:
    """Return the law we answer under: the GDPR unless the person's own law is known here.

    A company established in the Union owes it to everyone (Art 3(1)); any other company here promises the same."""
    return REGIMES.get(jurisdiction, Regime.GDPR)


def find_clock_country(regime: Regime, home: str) -> str:
    """Return the country whose holidays count: where we act (Reg. 1182/71 Art 2(1)); for UK law, the United Kingdom."""
    return "GB" if regime == Regime.UK_GDPR else home


def get_kind(regime: Regime, type: Type, today: date) -> Kind:
    """Return the right. Raises NotYourLaw where this law does not have it, or not yet."""
    if why_not := explain_missing_right(regime, type, today):
        raise NotYourLaw(why_not)
    return KINDS[regime][type]


def explain_missing_right(regime: Regime, type: Type, today: date) -> object:
    """Return a sentence for the person; empty where the right is theirs."""
    kind = KINDS[regime].get(type)
    if type == Type.WITHDRAWAL and kind is None:
        return UNDER_CHOICES
    if kind is None:
        return FROM_EUROPE if type in KINDS[Regime.GDPR] else FROM_CALIFORNIA
    return LATER[kind.from_day] if kind.from_day and today < kind.from_day else ""


# Read by the person on their pages, and by the officer who types a request in.
FROM_EUROPE = _("This right comes from European law. Under the law of California there are others.")
UNDER_CHOICES = _("You take back what you agreed to under Your choices, at any time, once you are signed in.")
FROM_CALIFORNIA = _("This right comes from the law of California. Elsewhere the law gives others.")
LATER = {
    CPRA_DAY: _("This right began on 1 January 2023."),
    ADMT_DAY: _("This right begins on 1 January 2027."),
}


NEAREST = {
    Type.ACCESS: Type.KNOW_SPECIFIC,
    Type.RECTIFICATION: Type.CORRECTION,
    Type.ERASURE: Type.DELETION,
    Type.RESTRICTION: Type.LIMIT,
    Type.RECIPIENTS: Type.KNOW_CATEGORIES,
    Type.PORTABILITY: Type.KNOW_SPECIFIC,
    Type.OBJECTION: Type.OPT_OUT,
    Type.WITHDRAWAL: Type.OPT_OUT,
    Type.AUTOMATED: Type.ADMT_OPT_OUT,
    Type.KNOW_CATEGORIES: Type.ACCESS,
    Type.KNOW_SPECIFIC: Type.ACCESS,
    Type.CORRECTION: Type.RECTIFICATION,
    Type.DELETION: Type.ERASURE,
    Type.OPT_OUT: Type.OBJECTION,
    Type.LIMIT: Type.OBJECTION,
    Type.ADMT_ACCESS: Type.ACCESS,
    Type.ADMT_OPT_OUT: Type.AUTOMATED,
    Type.ADMT_APPEAL: Type.AUTOMATED,
}


def find_nearest_right(regime: Regime, type: Type) -> Type | None:
    """Return the right itself if this law has it, else the nearest one; None if nothing comes near."""
    nearest = type if type in KINDS[regime] else NEAREST.get(type)
    return nearest if nearest in KINDS[regime] else None
