"""An objection, use by use: what stops for good and what goes on once its customer was told (GDPR Art 21)."""

from collections.abc import Collection

from consents.catalogue import selectors as catalogue
from consents.catalogue.models import PurposeVersion
from consents.catalogue.terms import MARKETING
from consents.choices import services as choices
from consents.choices.rules import MarkKind
from consents.choices.selectors import marks_of_request
from consents.ledger.rules import Actor
from consents.rights.models import RightsRequest
from consents.rights.rules.answers import Outcome, is_in_part
from consents.rights.rules.kinds import Type
from consents.rights.services import at_once
from consents.rights.services.refusals import SayWhichUses


def uses_of(row: RightsRequest) -> list[PurposeVersion]:
    """What is objected to: the uses it names, or all that may be."""
    if row.scope:
        return list(catalogue.newest().filter(purpose__code__in=row.scope))
    return list(catalogue.may_be_objected_to())


def marketing_of(uses: Collection[PurposeVersion]) -> set[str]:
    """Codes of those that are direct marketing, which is never weighed (Art 21(3))."""
    return {use.purpose.code for use in uses if use.dpv_purpose in MARKETING}


def check_granted(row: RightsRequest, outcome: Outcome, granted: Collection[str]) -> None:
    """In part means some of the uses, all of the marketing among them. Raises SayWhichUses."""
    if row.request_type != Type.OBJECTION or outcome != Outcome.COMPLIED_PART:
        if granted:
            raise SayWhichUses
        return
    uses = uses_of(row)
    asked = {use.purpose.code for use in uses} | set(row.scope)
    if not is_in_part(granted, asked, marketing_of(uses)):
        raise SayWhichUses


def grant_in_part(row: RightsRequest, by: Actor) -> None:
    """Each use that is granted has a mark of its own; the end of the others is announced (Art 18(3) in kind)."""
    if row.customer is None or row.customer.erased_at:
        return
    for purpose in row.granted:
        choices.place(
            customer=row.customer.pk,
            kind=MarkKind.OBJECTION,
            purpose=purpose,
            request=row.id,
            by=at_once.carrying_out(by),
        )
    for mark in marks_of_request(row.id):
        if at_once.is_refused(row, mark):
            choices.announce_lift(mark=mark.pk, by=by)
