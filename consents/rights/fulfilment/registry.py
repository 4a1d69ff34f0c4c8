"""Register what fulfils each right. A new kind of right is added here."""

from consents.law.kinds import Type
from consents.rights.fulfilment import erasure, objection, protocol
from consents.rights.fulfilment.protocol import Fulfilment
from consents.rights.models import RightsRequest

BY_TYPE: dict[Type, Fulfilment] = {
    Type.ACCESS: erasure.CopyOfPeriod(),
    Type.PORTABILITY: erasure.Copy(),
    Type.KNOW_CATEGORIES: erasure.Categories(),
    Type.KNOW_SPECIFIC: erasure.SpecificPieces(),
    Type.RECTIFICATION: erasure.Correction(),
    Type.CORRECTION: erasure.Correction(),
    Type.ERASURE: erasure.Erasure(),
    Type.DELETION: erasure.Erasure(),
    Type.RESTRICTION: objection.Pause(),
    Type.RECIPIENTS: protocol.Notices(),
    Type.OBJECTION: objection.Objection(),
    Type.WITHDRAWAL: objection.Withdrawal(),
    Type.OPT_IN: objection.OptIn(),
    Type.OPT_OUT: objection.OptOutOfSale(),
    Type.LIMIT: objection.Limit(),
    Type.ADMT_OPT_OUT: objection.OptOutOfAutomatedDecisions(),
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
