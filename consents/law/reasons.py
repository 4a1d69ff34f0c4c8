"""Reasons to refuse a request or charge for it, with their provisions, and the person's remedies. Pure."""

from datetime import date
from typing import Any, NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _

from consents.law.calendars import get_calendar
from consents.law.clocks import Due, Period, compute_due, compute_target
from consents.law.kinds import APPEALS, Kind, Regime, Type, find_clock_country


class Reason(models.TextChoices):
    """A reason to refuse a request, or part of it (Data Rights Protocol, `denial_reason`)."""

    UNVERIFIED = "insuf_verification", _("We could not confirm who made the request.")
    NO_MATCH = "no_match", _("We have no record of the person who asked.")
    FRAUD = "suspected_fraud", _("We have good reason to believe that someone else made the request.")
    NOT_COVERED = "claim_not_covered", _("The law does not grant this right in this case.")
    OUTSIDE = "outside_jurisdiction", _("This law does not apply to the person who asked.")
    TOO_MANY = "too_many_requests", _("The same request was made too often.")
    UNFOUNDED = "manifestly_unfounded", _("The request is plainly unfounded.")
    EXCESSIVE = "excessive", _("The request goes far beyond what the right is for.")
    OTHERS = "rights_of_others", _("It would harm the rights of other people.")
    LEGAL = "legal_restriction", _("A law forbids it or makes us keep the data.")
    OTHER = "other", _("Another reason, explained in the answer.")


# Reasons that no longer apply once identity is confirmed.
OF_THE_UNKNOWN = frozenset({Reason.UNVERIFIED, Reason.NO_MATCH})
# Reasons that reveal nothing about the person's data, so that an unidentified requester may be told them.
WITHOUT_IDENTITY = frozenset({Reason.UNVERIFIED, Reason.NO_MATCH, Reason.FRAUD, Reason.OUTSIDE})


class Group(models.TextChoices):
    """A group of refusals, as the yearly metrics count them (11 CCR 7102(a)(2))."""

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

# Provisions for any right. For other reasons each right has its own, or the officer names one.
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


def cite_provision(regime: Regime, type: Type, reason: Reason) -> str:
    """Return the provision that a refusal usually rests on; empty where the officer must name one."""
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
# Remedies against an extension: there is no answer yet that could be appealed.
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


def list_reasons(type: Type, *, is_marketing: bool = False) -> list[Reason]:
    """List the reasons for which a request of this type may be refused.

    An opt-out may be refused for fraud alone; a withdrawal of consent never, nor an objection to direct marketing
    (GDPR Art 21(3)). `is_marketing`: the customer objects to direct marketing alone.
    """
    if type == Type.WITHDRAWAL or (type == Type.OBJECTION and is_marketing):
        return []
    return [Reason.FRAUD] if type in OPT_OUTS else list(Reason)


# Reasons for which a fee may be charged when the request is answered after all (GDPR Art 12(5); Civ 1798.145(h)(3)).
FEE_REASONS = (Reason.UNFOUNDED, Reason.EXCESSIVE)


def may_take_fee(type: Type) -> bool:
    """Exclude every way of saying no: a no is always free."""
    return type not in OPT_OUTS | {Type.WITHDRAWAL, Type.OBJECTION, Type.OPT_IN}


class Extension(models.TextChoices):
    """Grounds for an extension: complexity and number (GDPR Art 12(3)), or reasonably necessary (CCPA)."""

    COMPLEX = "complexity", _("Your request is complex: the data lies in several places and must be looked at.")
    MANY = "number", _("We have very many requests at the moment.")


class Terms(NamedTuple):
    acknowledge: Due | None
    answer: Due
    target: date


def compute_terms(regime: Regime, kind: Kind, received_on: date, *, home: str, waited: int = 0) -> Terms:
    """Compute the due days. `home`: the company's country; `waited`: days the clock stood still, which count where the
    law lets it wait. Raises NoCalendar."""
    waited = waited if kind.pauses else 0
    answer = compute_period_end(regime, kind.answer, received_on, home, waited)
    acknowledge = compute_period_end(regime, kind.acknowledge, received_on, home) if kind.acknowledge else None
    return Terms(acknowledge, answer, compute_target(answer, received_on, waited=waited))


def compute_extension(regime: Regime, kind: Kind, received_on: date, *, home: str, waited: int) -> Due | None:
    """Count from the receipt, never from the first due day. None for a right without one. Raises NoCalendar."""
    waited = waited if kind.pauses else 0
    return compute_period_end(regime, kind.extended, received_on, home, waited) if kind.extended else None


def compute_appeal_due(regime: Regime, appealed_on: date, *, home: str) -> Due:
    return compute_period_end(regime, APPEALS[regime], appealed_on, home)


def compute_period_end(regime: Regime, period: Period, day: date, home: str, waited: int = 0) -> Due:
    return compute_due(period, day, get_calendar(period.unit, find_clock_country(regime, home)), waited=waited)


def describe_due(due: Due) -> dict[str, Any]:
    """Spell it as it is stored."""
    return due._asdict() | {"on": due.on.isoformat()}
