"""Other systems ask whether they may use data: the AuthZEN API, from outside."""

from datetime import datetime, timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from consents.catalogue.models import LegalBasis, PurposeVersion, Usage
from consents.catalogue.services import versions
from consents.choices.models import Choice
from consents.choices.rules import MarkKind
from consents.choices.services import marking
from consents.core import clock
from consents.core.bearer_tokens import hash_token
from consents.decisions.api import answering, messages
from consents.decisions.selectors import Use, decide_uses
from consents.law.kinds import Type
from consents.ledger.models import Entry
from consents.systems.rules import System
from consents.vault.rules import Parts
from consents.vault.services import erasing
from tests.world.cast import PORTAL, make_category, make_next_version, make_purpose, quinn
from tests.world.choices import may
from tests.world.erasing import erase
from tests.world.retirements import by_officer, retire
from tests.world.rights_requests import file
from tests.world.systems import NEXT_TOKEN, TOKEN, Asking, agree, let_ask, question, withdraw

pytestmark = pytest.mark.usefixtures("with_offers")


@pytest.fixture
def newsletter(world, settings) -> Asking:
    return let_ask(settings)


def test_a_yes_counts_until_it_is_withdrawn(world, newsletter):
    asked = question(world.ada.customer.reference)
    assert newsletter.ask(asked)["decision"] is False

    agree(world.ada, world.offers)
    assert newsletter.ask(asked)["decision"] is True
    assert newsletter.ask(question(world.ben.customer.reference))["decision"] is False

    withdraw(world.ada, world.offers)
    assert newsletter.ask(asked)["context"]["reason"] == "no_consent"


def test_an_answer_says_why_and_a_yes_until_when_it_may_be_used_again(world, newsletter):
    agree(world.ada, world.offers)

    yes = newsletter.ask(question(world.ada.customer.reference))
    no = newsletter.ask(question(world.ben.customer.reference))

    assert (
        yes["context"].keys() == {"reason", "evaluated_at", "valid_until"} and yes["context"]["reason"] == "consented"
    )
    made, until = (datetime.fromisoformat(yes["context"][name]) for name in ("evaluated_at", "valid_until"))
    assert clock.now() - timedelta(minutes=1) < made <= clock.now()
    assert until - made == answering.REUSE
    assert no["context"].keys() == {"reason", "evaluated_at"}


def test_a_yes_counts_from_before_what_it_rests_on_was_read(world, newsletter, monkeypatch):
    order, decide, now = [], answering.decide_questions, clock.now
    monkeypatch.setattr(answering.clock, "now", lambda: order.append("asked the clock") or now())
    monkeypatch.setattr(answering, "decide_questions", lambda *asked: order.append("decided") or decide(*asked))

    newsletter.ask(question(world.ada.customer.reference))

    assert order == ["asked the clock", "decided"]


def test_a_yes_that_ends_soon_may_not_be_used_after_its_end(world, newsletter, monkeypatch):
    agree(world.ada, world.offers)
    monkeypatch.setattr(answering, "REUSE", timedelta(days=9_000))

    until = newsletter.ask(question(world.ada.customer.reference))["context"]["valid_until"]

    assert datetime.fromisoformat(until) == Choice.objects.get().valid_until.replace(microsecond=0)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"subject": {"type": "system", "id": "shop"}}, "unknown_subject"),
        ({"subject": {"type": "staff", "id": "newsletter"}}, "unknown_subject"),
        ({"action": {"name": "support"}}, "not_for_system"),
        ({"action": {"name": "no-such"}}, "not_for_system"),
        ({"resource": {"type": "orders", "id": "C-1001"}}, "not_in_purpose"),
        ({"resource": {"type": "no-such", "id": "C-1001"}}, "not_in_purpose"),
    ],
)
def test_what_is_unknown_or_another_systems_is_a_no_and_no_error(world, newsletter, changes, reason):
    agree(world.ada, world.offers)

    answer = newsletter.ask(question(world.ada.customer.reference) | changes)

    assert (answer["decision"], answer["context"]["reason"]) == (False, reason)


@pytest.mark.parametrize("number", ["C-9999", "", "x" * 5_000, "00000000-0000-0000-0000-000000000000"])
def test_a_number_that_is_nobodys_is_answered_like_a_customer_who_never_chose(world, newsletter, number):
    unknown, known = newsletter.ask_all(question(number), question(world.ben.customer.reference))

    assert unknown == known


def test_an_erased_customer_is_nobody_whatever_the_purpose_rests_on(real_world, settings):
    contact, law = [real_world.categories["contact"]], LegalBasis.LEGAL_OBLIGATION
    make_purpose("tax", "Pay taxes", contact, real_world.pia.user, Usage.STANDING, legal_basis=law)
    system, asked = let_ask(settings, "tax"), question(real_world.ada.customer.reference, "tax")
    assert system.ask(asked)["context"]["reason"] == "other_basis"

    erase(real_world)

    [erased, unknown] = system.ask_all(asked, question("C-9999", "tax"))
    assert erased == unknown == {"decision": False, "context": {"reason": "no_such_customer"}}


def test_what_a_caller_says_besides_changes_nothing(world, newsletter):
    asked = question(world.ada.customer.reference)
    more = {"properties": {"role": "owner"}}
    asked = {name: entity | more for name, entity in asked.items()} | {"context": {"approval": {"id": "x"}}, "new": 1}

    assert newsletter.ask(asked)["decision"] is False


def test_a_batch_is_answered_in_its_order_and_from_one_moment(world, newsletter):
    agree(world.ada, world.offers)
    ada, ben = ({"type": "contact", "id": who.customer.reference} for who in (world.ada, world.ben))
    defaults = question("C-9999")

    answers = newsletter.ask_all({"resource": ben}, {"resource": ada}, {}, {"action": {"name": "support"}}, **defaults)

    reasons = [(answer["decision"], answer["context"]["reason"]) for answer in answers]
    assert reasons == [(False, "no_consent"), (True, "consented"), (False, "no_consent"), (False, "not_for_system")]
    with CaptureQueriesContext(connection) as few:
        newsletter.ask_all(*[{"resource": ada}] * 2, **defaults)
    with CaptureQueriesContext(connection) as many:
        newsletter.ask_all(*[{"resource": ada}] * messages.MOST, **defaults)
    assert len(few) == len(many) == 2


def test_an_entity_of_an_item_replaces_the_default_whole(world, newsletter):
    agree(world.ada, world.offers)

    [answer] = newsletter.ask_all({"resource": {"id": world.ada.customer.reference}}, **question("C-9999"))

    assert answer["decision"] is False
    assert answer["context"]["error"]["status"] == 400
    assert answer["context"]["error"]["message"] == "/evaluations/0/resource/type must be a string."


@pytest.mark.parametrize(
    ("semantic", "answered"),
    [("execute_all", [True, False, True]), ("deny_on_first_deny", [True, False]), ("permit_on_first_permit", [True])],
)
def test_a_batch_ends_where_its_semantic_says(world, newsletter, semantic, answered):
    agree(world.ada, world.offers)
    yes, no = question(world.ada.customer.reference), question(world.ben.customer.reference)

    assert [one["decision"] for one in newsletter.ask_all(yes, no, yes, semantic=semantic)] == answered


@pytest.mark.parametrize("listed", [{}, {"evaluations": []}])
def test_a_batch_without_items_is_a_single_question(world, newsletter, listed):
    answer = newsletter.ask(question(world.ada.customer.reference) | listed, "evaluations")

    assert answer.keys() == {"decision", "context"}


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {hash_token(TOKEN)}", "Bearer \udcff"]
)
@pytest.mark.parametrize("path", ["evaluation", "evaluations"])
def test_without_a_token_nothing_is_told(world, newsletter, header, path):
    response = newsletter.send(question(world.ada.customer.reference), path, authorization=header)

    scheme = 'Bearer realm="decisions"' + ', error="invalid_token"' * bool(header)
    assert response.status_code == 401 and response["WWW-Authenticate"] == scheme
    assert response["Content-Type"] == "application/problem+json" and response.json()["status"] == 401


def test_guessing_ends_and_the_system_still_asks(world, newsletter):
    asked = question(world.ada.customer.reference)
    statuses = [Asking("guess").send(asked).status_code for _ in range(21)]

    assert statuses == [401] * 20 + [429]
    assert newsletter.send(asked).status_code == 200


def test_two_tokens_count_while_one_follows_the_other(world, settings):
    hashes = (hash_token(TOKEN), hash_token(NEXT_TOKEN))
    settings.PORTAL_SYSTEMS = (System("newsletter", frozenset(["offers"]), hashes),)

    assert [Asking(token).send(question("C-1001")).status_code for token in (TOKEN, NEXT_TOKEN)] == [200, 200]


def test_without_systems_there_is_no_decision_point(db, settings):
    settings.PORTAL_SYSTEMS = ()

    assert Client().get("/.well-known/authzen-configuration").status_code == 404
    assert [Asking().send(question("C-1001"), path).status_code for path in ("evaluation", "evaluations")] == [404, 404]


def test_the_decision_point_says_where_it_is(world, newsletter, settings):
    response = Client().get("/.well-known/authzen-configuration")
    told = response.json()

    assert response["Cache-Control"] == "public, max-age=300"
    assert told.pop("policy_decision_point") == settings.PORTAL_URL
    for address in told.values():
        path = address.removeprefix(settings.PORTAL_URL)
        assert newsletter.client.post(path, question("C-1001"), "application/json").status_code == 200


@pytest.mark.parametrize("id", ["7f0c", "!" * 128])
def test_a_question_gets_its_own_id_back_even_with_an_error(world, newsletter, id):
    asked = {"X-Request-ID": id}

    assert newsletter.send(question("C-1001"), **asked)["X-Request-ID"] == id
    assert newsletter.send("{", **asked)["X-Request-ID"] == id


def test_a_wrong_address_is_told_in_the_protocol(world, newsletter):
    response = newsletter.send(question("C-1001"), "evaluation/", **{"X-Request-ID": "7f0c"})

    assert response.status_code == 404 and response["X-Request-ID"] == "7f0c"
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("id", ["", "x" * 129, "a b"])
def test_an_id_that_is_none_is_replaced(world, newsletter, id):
    assert len(newsletter.send(question("C-1001"), **{"X-Request-ID": id})["X-Request-ID"]) == 16


def test_a_portal_in_trouble_says_so_in_the_protocol(world, newsletter, monkeypatch):
    def fail(*args):
        raise OperationalError

    monkeypatch.setattr(answering, "answer_question", fail)
    newsletter.client.raise_request_exception = False

    response = newsletter.client.post(
        "/access/v1/evaluation", question("C-1001"), "application/json", headers={"X-Request-ID": "7f0c"}
    )

    assert (response.status_code, response["X-Request-ID"]) == (503, "7f0c")
    assert response["Content-Type"] == "application/problem+json" and response["Retry-After"]


def test_a_question_is_no_look_and_changes_nothing(world, newsletter):
    before = Entry.objects.count()

    newsletter.ask(question(world.ada.customer.reference))

    assert Entry.objects.count() == before


# What a use is decided by: each fact is of this customer, this purpose and this category, and stands now.


@pytest.fixture
def agreed(world):
    agree(world.ada, world.offers)
    return world


def mark(person, kind: MarkKind, purpose: str = ""):
    return marking.place_mark(customer=person.customer.pk, kind=kind, purpose=purpose, by=person.actor)


def test_each_use_has_its_own_answer_in_its_place(agreed):
    asked = [("contact", "offers"), ("orders", "offers"), ("contact", "none")]
    uses = [Use(who.customer.pk, *each) for who in (agreed.ben, agreed.ada, agreed.ben) for each in asked]

    others = ["not_in_purpose", "no_such_purpose"]
    assert [decision.why for decision in decide_uses(uses)] == [
        *("no_consent", *others),
        *("consented", *others),
        *("no_consent", *others),
    ]


def test_a_yes_counts_until_its_own_end(agreed):
    assert may(agreed).until == Choice.objects.get().valid_until


def test_a_draft_changes_nothing(agreed):
    draft = versions.draft_next_version(purpose=agreed.offers.purpose, officer=quinn(), by=PORTAL)
    PurposeVersion.objects.filter(pk=draft.pk).update(legal_basis=LegalBasis.CONTRACT, material=True)
    draft.categories.clear()

    assert may(agreed).why == "consented"


def test_the_newest_version_says_what_a_purpose_rests_on(agreed):
    make_next_version(agreed.offers.purpose, agreed.pia.user, legal_basis=LegalBasis.CONTRACT)

    assert may(agreed).why == "other_basis"


@pytest.mark.parametrize(("material", "why"), [(True, "outdated_text"), (False, "consented")])
def test_a_material_change_alone_ends_a_yes(agreed, material, why):
    make_next_version(agreed.offers.purpose, agreed.pia.user, material=material)

    assert may(agreed).why == why


def test_a_retired_purpose_is_none(agreed):
    retire(agreed.offers.purpose)

    assert may(agreed).why == "no_such_purpose"


def test_a_mark_is_of_its_customer_and_counts_until_it_is_lifted(agreed):
    mark(agreed.ben, MarkKind.RESTRICTION)
    assert may(agreed).why == "consented"

    placed = mark(agreed.ada, MarkKind.RESTRICTION)
    assert may(agreed).why == "restricted"

    marking.lift_mark(mark=placed.pk, by=agreed.ada.actor)
    assert may(agreed).why == "consented"


def test_an_objection_is_to_its_purpose(agreed):
    mark(agreed.ada, MarkKind.OBJECTION, "support")
    assert may(agreed).why == "consented"

    mark(agreed.ada, MarkKind.OBJECTION, "offers")
    assert may(agreed).why == "objected"


def test_a_limit_stops_the_use_of_what_is_sensitive_alone(world):
    kinds = [world.categories["contact"], make_category("care", "Care notes", "note", sensitive=True)]
    agree(world.ada, make_purpose("plan", "Plan your care", kinds, world.pia.user))
    mark(world.ada, MarkKind.LIMIT)

    assert [may(world, "plan", category).why for category in ("contact", "care")] == ["consented", "limited"]


def test_an_erasure_of_a_part_is_of_its_customer_and_counts_once_it_is_done(world):
    version = make_purpose("plan", "Plan your orders", list(world.categories.values()), world.pia.user)
    for person in (world.ada, world.ben):
        agree(person, version)
    uses = [Use(who.customer.pk, part, "plan") for who in (world.ada, world.ben) for part in ("contact", "orders")]
    about = {"rights_request": file(world.ada, Type.ERASURE).pk, "customer": world.ada.customer.pk}
    pia, otto = ({"officer": officer, "by": by_officer(officer)} for officer in (world.pia, world.otto))

    erasing.propose_part_erasure(**about, **pia, parts=Parts(["contact"], ["orders"]), law="AO 147")
    assert [decision.why for decision in decide_uses(uses)] == ["consented"] * 4

    erasing.erase_part(**about, **otto, is_everything=False)
    assert [decision.why for decision in decide_uses(uses)] == ["deleted", "kept_by_law", "consented", "consented"]


def test_another_purpose_changes_nothing(agreed):
    agree(agreed.ada, make_next_version(agreed.purpose, agreed.pia.user))

    assert may(agreed).why == "consented"
