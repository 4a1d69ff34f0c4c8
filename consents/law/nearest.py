"""Find the right of one law that comes nearest to a right of another. Pure."""

from consents.law.kinds import KINDS, Regime, Type

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
