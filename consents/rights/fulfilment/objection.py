"""Objection, use by use: what stops for good, and what goes on once the customer was told (GDPR Art 21)."""

from collections.abc import Collection

from django.utils.translation import gettext as _

from consents.catalogue import selectors as catalogue
from consents.catalogue.models import PurposeVersion
from consents.catalogue.terms import MARKETING
from consents.choices.models import Mark
from consents.choices.rules import MarkKind
from consents.choices.selectors import select_marks_of_request
from consents.choices.services import marking
from consents.law import reasons
from consents.law.kinds import Type
from consents.law.reasons import Reason
from consents.ledger.rules import Actor
from consents.rights.fulfilment import marks
from consents.rights.fulfilment.protocol import Fulfilment
from consents.rights.models import RightsRequest
from consents.rights.refusals import NotToObject, SayWhichUses
from consents.rights.rules.answers import Outcome, is_in_part
from consents.rights.rules.inputs import NewRequest


class Objection(Fulfilment):
    questions = ("purposes",)
    scope_is_purposes = True
    intake_field = "objected"
    is_granted_by_use = True

    def check_scope(self, new: NewRequest) -> None:
        """Allow uses alone that rest on a public task or legitimate interests (GDPR Art 21(1)). Raises NotToObject."""
        super().check_scope(new)
        if catalogue.select_objectable().filter(purpose__code__in=new.scope).count() != len(set(new.scope)):
            raise NotToObject

    def list_reasons(self, rights_request: RightsRequest, *, is_whole: bool) -> list[Reason]:
        """Exclude direct marketing, which is never refused (Art 21(3))."""
        uses = list_objected_uses(rights_request)
        marketing = find_marketing(uses)
        is_marketing = bool(marketing) and (is_whole or len(marketing) == len(uses))
        return reasons.list_reasons(Type.OBJECTION, is_marketing=is_marketing)

    def check_granted(self, rights_request: RightsRequest, outcome: Outcome, granted: Collection[str]) -> None:
        """Require some of the uses for a part, with all direct marketing among them."""
        if outcome != Outcome.COMPLIED_PART:
            super().check_granted(rights_request, outcome, granted)
            return
        uses = list_objected_uses(rights_request)
        asked = {use.purpose.code for use in uses} | set(rights_request.scope)
        if not is_in_part(granted, asked, find_marketing(uses)):
            raise SayWhichUses

    def may_be_called(self, rights_request: RightsRequest, outcome: Outcome) -> bool:
        return outcome != Outcome.COMPLIED_PART or len(list_objected_uses(rights_request)) > 1

    def describe_effect_at_once(self, rights_request: RightsRequest) -> list[str]:
        return [
            _("The uses it objects to stop at once, while you weigh the interests."),
            _("The access that colleagues have for them now ends, and requests for access that wait are denied."),
        ]

    def protect(self, rights_request: RightsRequest, by: Actor) -> None:
        """Stop the uses while the interests are weighed (Art 18(1)(d))."""
        if marks.may_place_mark(rights_request):
            for purpose in rights_request.scope or [""]:
                marks.place_mark(rights_request, MarkKind.OBJECTION, by, purpose)

    def take_effect(self, rights_request: RightsRequest, by: Actor) -> None:
        if not rights_request.granted:
            super().take_effect(rights_request, by)
        elif rights_request.has_known_customer:
            self.grant_in_part(rights_request, by)

    def grant_in_part(self, rights_request: RightsRequest, by: Actor) -> None:
        """Mark each granted use, and announce the end of the others (as Art 18(3) does for a pause)."""
        for purpose in rights_request.granted:
            marks.place_mark(rights_request, MarkKind.OBJECTION, by, purpose)
        for mark in select_marks_of_request(rights_request.id):
            if self.lets_use_go_on(rights_request, mark):
                marking.announce_mark_lift(mark=mark.pk, by=by)

    def lets_use_go_on(self, rights_request: RightsRequest, mark: Mark) -> bool:
        is_part = mark.kind == MarkKind.OBJECTION and rights_request.outcome == Outcome.COMPLIED_PART
        return is_part and (mark.purpose is None or mark.purpose.code not in rights_request.granted)


def list_objected_uses(rights_request: RightsRequest) -> list[PurposeVersion]:
    """List the uses it names, or everything that may be objected to."""
    if rights_request.scope:
        return list(catalogue.select_newest_versions().filter(purpose__code__in=rights_request.scope))
    return list(catalogue.select_objectable())


def find_marketing(uses: Collection[PurposeVersion]) -> set[str]:
    """Find the codes of uses that are direct marketing, which is never weighed (Art 21(3))."""
    return {use.purpose.code for use in uses if use.dpv_purpose in MARKETING}
