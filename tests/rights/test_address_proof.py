"""Who asks: confirmed to the level that the right needs, or not; and whose the request is."""

import pytest
from django.test import Client

from consents.choices.models import Choice
from consents.choices.rules import Status
from consents.core.refusals import Unknown
from consents.exports.rules import Dataset
from consents.law.identity import Fact, Level
from consents.law.kinds import Type
from consents.ledger.models import Entry
from consents.notifications.models import Message
from consents.people.services.holding import NotAnOfficer
from consents.people.visitors import EMAILS_PER_HOUR
from consents.rights import words
from consents.rights.customers.asking_pages import TRIES
from consents.rights.models import RightsRequest, Statement
from consents.rights.refusals import (
    AnotherCustomer,
    IdentityFirst,
    NotYours,
    TooFewFacts,
)
from consents.rights.rules import Format, Outcome, Reply, State
from consents.rights.services import handling
from tests.rights.handling import handle
from tests.rights.officer_pages import buttons, first_press, fresh, give, text
from tests.world.cast import signed_in
from tests.world.choices import make_sale
from tests.world.exports import days_around_now, exported
from tests.world.proofs import code_in, last_mail
from tests.world.rights_requests import (
    TWO_FACTS,
    answer,
    confirm,
    entries,
    file,
    file_as_stranger,
    type_in,
)

# A stranger's form becomes a request only once the code sent to its address was typed in.

PAGE = "/rights/access/?where=IE"
STRANGER = {"name": "Eve Example", "email": "eve@example.com", "submitted_by": "self"}
SAID = STRANGER | {"where": "IE", "span": "all", "words": "", "done": ["period", "words", "who", "behalf"], "send": "1"}
OPT_OUT = "/rights/opt-out/"


@pytest.fixture
def said(world):
    """What the form carries on its last page."""
    return SAID


def test_without_the_code_there_is_no_request(said):
    answer = Client().post(PAGE, said)

    assert answer.status_code == 200 and 'name="mailed_code"' in answer.text
    assert "One step is left" in answer.text and "autofocus" in answer.text
    assert not RightsRequest.objects.exists()


def test_with_the_code_there_is_one(said):
    client = Client()
    client.post(PAGE, said)

    answer = client.post(PAGE, said | {"mailed_code": code_in(last_mail()).lower()})

    assert answer.status_code == 302 and RightsRequest.objects.get().channel == "webform"


def test_a_wrong_code_is_not_taken_and_tries_end(said):
    client = Client()
    client.post(PAGE, said)
    code = code_in(last_mail())

    answers = [client.post(PAGE, said | {"mailed_code": "BCDF-GHJK"}) for _ in range(TRIES)]

    assert {one.status_code for one in answers} == {422}
    assert '<a href="#mailed-code">This code does not work.' in answers[0].text and "autofocus" not in answers[0].text
    assert client.post(PAGE, said | {"mailed_code": code}).status_code == 422
    assert not RightsRequest.objects.exists()


def test_a_code_counts_for_its_address_and_session_alone(said):
    client = Client()
    client.post(PAGE, said)
    right = said | {"mailed_code": code_in(last_mail())}

    assert client.post(PAGE, right | {"email": "ada@example.com"}).status_code == 422
    assert Client().post(PAGE, right).status_code == 422
    assert not RightsRequest.objects.exists()


def test_an_address_gets_few_codes_from_everyone_together(said):
    for number in range(3 * EMAILS_PER_HOUR):
        Client(REMOTE_ADDR=f"192.0.2.{number}").post(PAGE, said | {"send": "again"})

    assert Message.objects.count() == EMAILS_PER_HOUR


def test_an_opt_out_needs_no_code_and_is_bounded(world):
    said = STRANGER | {"where": "US-CA", "words": "", "done": ["words", "who", "behalf"], "send": "1"}
    strangers = [Client(REMOTE_ADDR=f"192.0.2.{number}") for number in range(EMAILS_PER_HOUR + 1)]

    statuses = [stranger.post(OPT_OUT, said).status_code for stranger in strangers]

    assert statuses == [302] * EMAILS_PER_HOUR + [429]


def test_who_proved_it_a_moment_ago_is_not_asked_again(said):
    client = Client()
    client.post(PAGE, said)
    client.post(PAGE, said | {"mailed_code": code_in(last_mail())})

    assert client.post(PAGE, said).status_code == 302 and RightsRequest.objects.count() == 2
    for asked in (client.post(PAGE, said | {"email": "ada@example.com"}), Client().post(PAGE, said)):
        assert asked.status_code == 200 and 'name="mailed_code"' in asked.text
    assert RightsRequest.objects.count() == 2


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


NOBODY = Reply(Outcome.NO_DATA, Format.EMAIL, "We found nobody of that name.")
UNASKED = [
    (Type.WITHDRAWAL, "IE"),
    (Type.OBJECTION, "IE"),
    (Type.OPT_OUT, "US-CA"),
    (Type.LIMIT, "US-CA"),
]


@pytest.mark.parametrize(("type", "where"), UNASKED)
def test_an_officer_says_that_we_hold_no_such_data(world, type, where):
    pia, request = signed_in(world.pia.user), file_as_stranger(type, jurisdiction=where)
    assert {"match", "answer"} <= buttons(pia, request)
    asked = text(first_press(pia, request, "answer"))
    assert 'value="no_data_held"' in asked and "complied" not in asked and 'name="reason"' not in asked

    give(pia, request, outcome="no_data_held", format="email", text="We found nobody of that name.")

    done = fresh(request)
    assert (done.outcome, done.customer, done.denial_reason) == ("no_data_held", None, "")
    assert not buttons(pia, request) & {"answer", "match", "refuse"}


def test_nothing_else_is_said_of_somebody_nobody_knows(world):
    for outcome in (Outcome.COMPLIED_WHOLE, Outcome.NO_DATA):
        for type in (Type.OBJECTION, Type.AUTOMATED):
            request, reply = file_as_stranger(type), Reply(outcome, Format.EMAIL)
            if (type, outcome) == (Type.OBJECTION, Outcome.NO_DATA):
                assert answer(world, request, reply).is_answered
            else:
                with pytest.raises(IdentityFirst):
                    answer(world, request, reply)


def test_it_counts_as_received_and_answered_and_not_as_denied(real_world):
    opt_out = file_as_stranger(Type.OPT_OUT, jurisdiction="US-CA")
    answer(real_world, opt_out, NOBODY)

    (row,) = exported(real_world, dataset=Dataset.REQUESTS, period=days_around_now())
    metrics = exported(real_world, dataset=Dataset.METRICS, period=days_around_now())
    everybody, californians = [counted for counted in metrics if counted["received"] != "0"]

    assert (row["status"], row["outcome"], row["denial_reason"]) == ("fulfilled", "no_data_held", "")
    for counted in (everybody, californians):
        found = [counted[name] for name in ("received", "no_data_held", "denied", "complied_whole", "unanswered")]
        assert found == ["1", "1", "0", "0", "0"]
        assert counted["median_days"] in ("0", "0.0")


@pytest.mark.parametrize("word", ["deletion", "erasure", "A17"])
def test_it_leads_to_the_right_of_the_law_that_holds(world, word):
    sent = signed_in(world.ada.user).get(f"/rights/?ask={word}")

    assert sent.status_code == 302 and sent.url == "/rights/erasure/"


def test_under_another_law_it_leads_to_the_nearest(world):
    assert signed_in(world.cal.user).get("/rights/?ask=erasure").url == "/rights/deletion/"


def test_asking_twice_leads_to_the_one_that_runs(world):
    running, ada = file(world.ada, Type.ERASURE), signed_in(world.ada.user)

    assert ada.get("/rights/?ask=deletion").url == f"/rights/requests/{running.number}/"
    assert signed_in(world.ben.user).get("/rights/?ask=deletion").url == "/rights/erasure/"


def test_a_stranger_says_where_they_live_or_signs_in_first(world):
    client = Client()
    page = client.get("/rights/?ask=deletion")
    assert '<input type="hidden" name="ask" value="deletion">' in page.text
    assert "next=%2Frights%2F%3Fask%3Ddeletion" in page.text and "You came here to ask for" in page.text

    assert client.get("/rights/", {"ask": "deletion", "where": "DE"}).url == "/rights/erasure/?where=DE"


@pytest.mark.parametrize("word", ["", "shoes", "x" * 5000])
def test_what_is_no_right_shows_the_list(world, word):
    assert signed_in(world.ada.user).get(f"/rights/?ask={word}").status_code == 200
