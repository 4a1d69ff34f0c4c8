"""Objection, use by use: what stops for good, and what goes on once the customer was told (GDPR Art 21)."""

from collections.abc import Collection

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from consents.catalogue import selectors as catalogue
from consents.catalogue.models import PurposeVersion
from consents.catalogue.terms import MARKETING
from consents.choices import selectors as choices
from consents.choices.models import Mark
from consents.choices.rules import YES, ActContext, MarkKind
from consents.choices.selectors import select_marks_of_request
from consents.choices.services import marking, withdrawing
from consents.law import reasons
from consents.law.kinds import Type
from consents.law.reasons import Reason
from consents.ledger.rules import Actor
from consents.rights.fulfilment import protocol
from consents.rights.fulfilment.protocol import Fulfilment
from consents.rights.models import RightsRequest
from consents.rights.refusals import NotAllowedAgain, NotToObject, SayWhichUses
from consents.rights.rules import GRANTED, NewRequest, Outcome, Reply, is_in_part


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
        if protocol.may_place_mark(rights_request):
            for purpose in rights_request.scope or [""]:
                protocol.place_mark(rights_request, MarkKind.OBJECTION, by, purpose)

    def take_effect(self, rights_request: RightsRequest, by: Actor) -> None:
        if not rights_request.granted:
            super().take_effect(rights_request, by)
        elif rights_request.has_known_customer:
            self.grant_in_part(rights_request, by)

    def grant_in_part(self, rights_request: RightsRequest, by: Actor) -> None:
        """Mark each granted use, and announce the end of the others (as Art 18(3) does for a pause)."""
        for purpose in rights_request.granted:
            protocol.place_mark(rights_request, MarkKind.OBJECTION, by, purpose)
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


class OptIn(Fulfilment):
    own_page = "choices:list"
    is_only_theirs = True

    def check_done(self, rights_request: RightsRequest, reply: Reply) -> None:
        if reply.outcome in GRANTED and not has_allowed_sale(rights_request):
            raise NotAllowedAgain

    def may_be_called(self, rights_request: RightsRequest, outcome: Outcome) -> bool:
        return outcome == Outcome.NO_DATA or has_allowed_sale(rights_request)


def has_allowed_sale(rights_request: RightsRequest) -> bool:
    """Tell whether a yes to a sale stands."""
    customer = rights_request.customer_id
    stands = choices.get_sale_standing(customer).purposes if customer else []
    return any(status in YES for status, _despite in stands)


class OptOutOfSale(Fulfilment):
    takes_words = False
    own_page = "opt_out"
    is_immediate = True
    is_passed_on = True

    def describe_effect_at_once(self, rights_request: RightsRequest) -> list[str]:
        return [_("Sale and sharing of this customer’s data stop at once. That answers the request.")]

    def perform(self, rights_request: RightsRequest, by: Actor, how: ActContext) -> None:
        assert rights_request.customer_id
        withdrawing.opt_out_of_sale(customer=rights_request.customer_id, by=by, how=how)

    def find_uses(self, rights_request: RightsRequest) -> QuerySet[PurposeVersion]:
        return catalogue.select_in_force().filter(sale=True)


class Limit(Fulfilment):
    takes_words = False
    is_immediate = True
    is_passed_on = True

    def describe_effect_at_once(self, rights_request: RightsRequest) -> list[str]:
        return [
            _("Sensitive data is used from now on only for what the customer allows. That answers the request."),
            _("The access that colleagues have to it now ends, and requests for it that wait are denied."),
        ]

    def perform(self, rights_request: RightsRequest, by: Actor, how: ActContext) -> None:
        protocol.place_mark(rights_request, MarkKind.LIMIT, by)

    def find_uses(self, rights_request: RightsRequest) -> QuerySet[PurposeVersion]:
        return catalogue.select_in_force().filter(categories__sensitive=True)


class OptOutOfAutomatedDecisions(Fulfilment):
    """An officer carries it out: no automated decision is made in the portal."""

    takes_words = False
    is_passed_on = True


class Pause(Fulfilment):
    questions = ("ground",)
    is_passed_on = True

    def describe_effect_at_once(self, rights_request: RightsRequest) -> list[str]:
        return [
            _("Every use of this customer’s data is paused at once, until an officer lifts the pause."),
            _("The access that colleagues have now ends, and requests for access that wait are denied."),
        ]

    def protect(self, rights_request: RightsRequest, by: Actor) -> None:
        """Pause every use while the ground is checked (Art 18(1)(a))."""
        if protocol.may_place_mark(rights_request):
            protocol.place_mark(rights_request, MarkKind.RESTRICTION, by)

    def lets_use_go_on(self, rights_request: RightsRequest, mark: Mark) -> bool:
        """Let a pause end once its request was answered, after the customer was told (Art 18(3))."""
        return True


class Withdrawal(Fulfilment):
    questions = ("purposes",)
    takes_words = False
    scope_is_purposes = True
    intake_field = "withdrawn"
    own_page = "choices:list"
    is_immediate = True
    is_passed_on = True

    def describe_effect_at_once(self, rights_request: RightsRequest) -> list[str]:
        return [
            _("The consent is withdrawn at once. That answers the request."),
            _("The access that colleagues have for it now ends, and requests for access that wait are called off."),
        ]

    def perform(self, rights_request: RightsRequest, by: Actor, how: ActContext) -> None:
        assert rights_request.customer_id
        for purpose in rights_request.scope:
            withdrawing.withdraw_consent(customer=rights_request.customer_id, purpose=purpose, by=by, how=how)
        if not rights_request.scope:
            withdrawing.withdraw_all_consents(customer=rights_request.customer_id, by=by, how=how)
