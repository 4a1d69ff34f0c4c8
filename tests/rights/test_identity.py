"""Who asks: confirmed to the level that the right needs, or not; and whose the request is."""

import pytest

from consents.choices.models import Choice
from consents.choices.rules import Status
from consents.core.refusals import Unknown
from consents.law.identity import Fact, Level
from consents.law.kinds import Type
from consents.ledger.models import Entry
from consents.people.services.holding import NotAnOfficer
from consents.rights import words
from consents.rights.models import RightsRequest, Statement
from consents.rights.refusals import (
    AnotherCustomer,
    NotYours,
    TooFewFacts,
)
from consents.rights.rules import Outcome, State
from consents.rights.services import handling
from tests.rights.handling import handle
from tests.world.choices import make_sale
from tests.world.rights_requests import (
    TWO_FACTS,
    confirm,
    entries,
    file,
    file_as_stranger,
    type_in,
)


class TestIdentity:
    def test_two_facts_make_it_known_whose_it_is(self, world):
        filed = file_as_stranger(said={"email": "a@example.com", "words": "Everything"})

        known = confirm(world, filed, world.ada.customer)

        assert (known.customer, known.verification_level, known.state) == (
            world.ada.customer,
            "reasonable",
            "in_progress",
        )
        assert words.open_statement(known, Statement.Kind.ASKED)["words"] == "Everything"
        assert Statement.objects.get().is_theirs
        assert '"facts":["birth","reference"]' in Entry.objects.get(event="rights_request.identity_confirmed").details

    @pytest.mark.parametrize(
        ("level", "facts"),
        [
            (Level.REASONABLE, [Fact.REFERENCE]),
            (Level.REASONABLE, [Fact.REFERENCE, Fact.DECLARATION]),
            (Level.REASONABLY_HIGH, [Fact.REFERENCE, Fact.BIRTH, Fact.ORDER]),
            (Level.REASONABLY_HIGH, [*TWO_FACTS, Fact.DECLARATION]),
            (Level.SESSION, [*TWO_FACTS, Fact.ORDER, Fact.DECLARATION]),
            (Level.NOT_REQUIRED, TWO_FACTS),
            (Level.FAILED, TWO_FACTS),
        ],
    )
    def test_fewer_are_not_enough(self, world, level, facts):
        with pytest.raises(TooFewFacts):
            confirm(world, file_as_stranger(), world.ada.customer, level=level, facts=facts)

    def test_specific_pieces_in_california_need_three_and_a_declaration(self, world):
        filed = type_in(world, Type.KNOW_SPECIFIC, world.cal.customer)
        facts = [*TWO_FACTS, Fact.ORDER, Fact.DECLARATION]
        with pytest.raises(TooFewFacts):
            confirm(world, filed, level=Level.REASONABLY_HIGH, facts=facts[:3])
        assert confirm(world, filed, level=Level.REASONABLY_HIGH, facts=facts).verification_level == "reasonably_high"

    def test_it_stays_one_customers(self, world):
        filed = type_in(world)
        with pytest.raises(AnotherCustomer):
            confirm(world, filed, world.ben.customer)

    def test_it_must_be_somebodys(self, world):
        with pytest.raises(Unknown):
            confirm(world, file_as_stranger())

    def test_only_officers_confirm(self, world):
        with pytest.raises(NotAnOfficer):
            handle(
                world,
                handling.confirm_identity,
                type_in(world),
                officer=world.sam,
                level=Level.REASONABLE,
                facts=TWO_FACTS,
            )

    def test_the_customer_confirms_by_signing_in_again(self, world):
        filed = file(world.ada, is_fresh=False)

        known = handling.confirm_own_identity(
            rights_request=filed.pk, customer=world.ada.customer.pk, by=world.ada.actor
        )

        assert known.verification_level == Level.SESSION and entries(filed) == ["filed", "identity_confirmed"]
        with pytest.raises(Unknown):
            handling.confirm_own_identity(rights_request=filed.pk, customer=world.ben.customer.pk, by=world.ben.actor)

    def test_who_phoned_does_not_confirm_by_signing_in(self, world):
        """Whoever called may be somebody else than who signs in."""
        with pytest.raises(NotYours):
            handling.confirm_own_identity(
                rights_request=type_in(world).pk, customer=world.ada.customer.pk, by=world.ada.actor
            )

    def test_a_failed_check_may_succeed_later(self, world):
        filed = type_in(world)
        assert handle(world, handling.fail_identity, filed).verification_level == Level.FAILED
        assert confirm(world, filed).verified_at

    def test_an_opt_out_is_matched_and_done(self, world):
        make_sale(world)
        filed = file_as_stranger(Type.OPT_OUT, jurisdiction="US-CA")
        assert filed.state == State.ACKNOWLEDGED

        done = handle(world, handling.match_to_customer, filed, customer=world.cal.customer.pk)

        assert (done.state, done.outcome) == (State.ANSWERED, Outcome.COMPLIED_WHOLE)
        assert Choice.objects.get(customer=world.cal.customer).status == Status.REFUSED
        assert RightsRequest.objects.count() == 1

    def test_what_needs_a_check_is_not_only_matched(self, world):
        with pytest.raises(TooFewFacts):
            handle(world, handling.match_to_customer, file_as_stranger(), customer=world.ada.customer.pk)
