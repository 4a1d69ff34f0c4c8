"""Register what fulfils each right. A new kind of right is added here."""

from consents.law.kinds import Type
from consents.rights.fulfilment import (
    copy_of_data,
    correction,
    erasure,
    notices,
    objection,
    opt_in,
    opt_out,
    pause,
    withdrawal,
)
from consents.rights.fulfilment.protocol import Fulfilment
from consents.rights.models import RightsRequest

BY_TYPE: dict[Type, Fulfilment] = {
    Type.ACCESS: copy_of_data.CopyOfPeriod(),
    Type.PORTABILITY: copy_of_data.Copy(),
    Type.KNOW_CATEGORIES: copy_of_data.Categories(),
    Type.KNOW_SPECIFIC: copy_of_data.SpecificPieces(),
    Type.RECTIFICATION: correction.Correction(),
    Type.CORRECTION: correction.Correction(),
    Type.ERASURE: erasure.Erasure(),
    Type.DELETION: erasure.Erasure(),
    Type.RESTRICTION: pause.Pause(),
    Type.RECIPIENTS: notices.Notices(),
    Type.OBJECTION: objection.Objection(),
    Type.WITHDRAWAL: withdrawal.Withdrawal(),
    Type.OPT_IN: opt_in.OptIn(),
    Type.OPT_OUT: opt_out.OptOutOfSale(),
    Type.LIMIT: opt_out.Limit(),
    Type.ADMT_OPT_OUT: opt_out.OptOutOfAutomatedDecisions(),
    # A person looks at an automated decision, or explains it, and answers in words.
    Type.AUTOMATED: Fulfilment(),
    Type.ADMT_ACCESS: Fulfilment(),
    Type.ADMT_APPEAL: Fulfilment(),
}


def get_fulfilment(rights_request: RightsRequest) -> Fulfilment:
    return BY_TYPE[Type(rights_request.request_type)]


def list_types(attribute: str) -> list[Type]:
    """List the rights whose fulfilment has this attribute set, such as `has_copy`."""
    return [type for type, fulfilment in BY_TYPE.items() if getattr(fulfilment, attribute)]
