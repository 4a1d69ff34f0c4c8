"""Access, portability and the right to know: the customer gets a copy of their data, or the categories of it."""

from consents.rights.fulfilment.protocol import Fulfilment
from consents.rights.models import RightsRequest
from consents.rights.rules.answers import Outcome


class Copy(Fulfilment):
    """The room of copies makes the copy once the request is granted; no officer reads it."""

    has_copy = True
    needs_every_holder = True

    def may_be_called(self, rights_request: RightsRequest, outcome: Outcome) -> bool:
        return not (rights_request.gets_kinds_instead and outcome == Outcome.COMPLIED_WHOLE)


class CopyOfPeriod(Copy):
    questions = ("period",)


class Categories(Copy):
    needs_every_holder = False
    tells_practices = True


class SpecificPieces(Copy):
    """Someone identified less surely than this right needs gets the categories instead (11 CCR 7024(a))."""

    questions = ("period",)
    tells_practices = True
    allows_lesser_identity = True
