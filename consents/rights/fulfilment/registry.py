"""Register the file that fulfils each right. A new kind of right is added here."""

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
    review,
    withdrawal,
)
from consents.rights.fulfilment.protocol import Fulfilment
from consents.rights.models import RightsRequest

ALL: list[type[Fulfilment]] = [
    copy_of_data.Copy,
    copy_of_data.CopyOfPeriod,
    copy_of_data.Categories,
    copy_of_data.SpecificPieces,
    correction.Correction,
    erasure.Erasure,
    notices.Notices,
    objection.Objection,
    opt_in.OptIn,
    opt_out.OptOutOfSale,
    opt_out.Limit,
    opt_out.OptOutOfAutomatedDecisions,
    pause.Pause,
    review.Review,
    withdrawal.Withdrawal,
]
BY_TYPE: dict[Type, Fulfilment] = {type: fulfilment() for fulfilment in ALL for type in fulfilment.types}


def get_fulfilment(rights_request: RightsRequest) -> Fulfilment:
    return BY_TYPE[Type(rights_request.request_type)]


def list_types(attribute: str) -> list[Type]:
    """List the rights whose fulfilment has this attribute set, such as `has_copy`."""
    return [type for type, fulfilment in BY_TYPE.items() if getattr(fulfilment, attribute)]
