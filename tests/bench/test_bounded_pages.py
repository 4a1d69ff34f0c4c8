"""A page costs the same number of queries however long a customer's past is."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consents.access.services import asking
from consents.catalogue.models import PurposeVersion, Usage
from consents.choices.services import answering, withdrawing
from consents.disclosures.services import disclose_records
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.people.models import Role
from tests.bench.counting import MOST, queries_of
from tests.world.cast import answer, ask, make_customer, make_purpose, make_recipient, make_staff, signed_in
from tests.world.choices import publish_next
from tests.world.retirements import retire
from tests.world.training import publish_module, train


def add_past(world, count: int) -> None:
    """Requests of as many colleagues, since each may cancel only three a day; what is cancelled can be asked again."""
    for number in range(count):
        member = make_staff(f"past-{count}-{number}@firm.example", Role.REQUESTER, "Support", "Lou")
        asking.cancel_access_request(access_request=ask(world, "contact", member=member).pk, member=member, by=PORTAL)


@pytest.fixture
def ada(world):
    client = signed_in(world.ada.user)
    client.get("/")  # the first page of a session also writes down when it began
    return client


def test_it_reads_home_in_as_many_queries_whatever_the_past(world, ada):
    add_past(world, 1)
    answer(world, ask(world, "orders"))
    ask(world, "health", member=world.kim)
    short = queries_of(ada, "/")

    add_past(world, 12)

    assert queries_of(ada, "/") == short <= MOST


@pytest.mark.parametrize("categories", [["contact"], ["contact", "orders", "health"]])
def test_it_reads_a_request_in_as_many_queries_whatever_is_asked(world, ada, categories):
    waiting = ask(world, *categories)

    assert queries_of(ada, f"/requests/{waiting.pk}/") <= MOST


def offer(world, number: int, partner) -> PurposeVersion:
    """Of each kind of purpose in turn: asked, sold, on another basis, standing and asked per request."""
    facts = [{}, {"sale": True}, {"legal_basis": "A6-1-f"}, {}][number % 4]
    usage = [Usage.STANDING, Usage.BOTH][number % 2]
    kinds = list(world.categories.values())[: 1 + number % 2]
    return make_purpose(f"purpose-{number}", f"Do thing {number}", kinds, world.pia.user, usage, [partner], **facts)


def decide(world, version: PurposeVersion, times: int) -> None:
    """Yes and no in turn, on record each time."""
    mine = {"customer": world.ada.customer.id, "purpose": version.purpose.code, "by": world.ada.actor}
    for turn in range(times):
        if turn % 2:
            withdrawing.withdraw_consent(**mine)
        else:
            answering.give_consent(**mine, version=version.pk, confirmed=True)


def test_it_reads_choices_in_as_many_queries_whatever_there_is_to_choose_and_was_chosen(world, ada):
    partner = make_recipient("partner", kind="dpv:ThirdParty")
    few = [offer(world, number, partner) for number in range(5)]
    for place, version in enumerate([few[0], few[1], few[3], few[4]]):
        decide(world, version, 1 + place % 2)
    retire(few[4].purpose)
    short = {path: queries_of(ada, path) for path in ("/choices/", "/choices/purpose-0/history/", "/receipts/")}

    many = [offer(world, number, partner) for number in range(5, 51)]
    for version in many:
        if version.rests_on_consent:
            decide(world, version, 1 + version.pk % 3)
    decide(world, few[0], 131)  # and 100 of them are shown
    publish_next(many[1], world.pia.user)
    publish_next(many[3], world.pia.user, material=False)
    retire(many[4].purpose)

    assert Entry.objects.filter(customer=world.ada.customer.id, object_type="choice").count() > 150
    page = ada.get("/choices/").content.decode()
    assert page.count('id="purpose-') == 50  # 51 and the world's own, less two that are retired
    assert {path: queries_of(ada, path) for path in short} == short
    assert max(short.values()) <= MOST
    assert "newest 100" in ada.get("/choices/purpose-0/history/").content.decode()


def test_training_adds_no_statement_to_an_ask_or_a_look(real_world):
    """The rule joins a statement that runs anyway: as many with a module in force as without."""

    def count_statements(customer, grant) -> tuple[int, int]:
        with CaptureQueriesContext(connection) as asked:
            ask(real_world, "contact", customer=customer)
        with CaptureQueriesContext(connection) as looked:
            disclose_records(grant=grant, staff=sam, by=Actor("staff", str(sam)))
        return len(asked), len(looked)

    sam, grant = real_world.sam.pk, answer(real_world, ask(real_world, "orders")).grants.get().pk
    first, second, third = (make_customer(f"T-{n}", f"t{n}@example.com") for n in range(3))
    count_statements(first, grant)  # what a connection asks once
    untrained = count_statements(second, grant)

    publish_module(real_world)
    train(real_world.sam)

    assert count_statements(third, grant) == untrained
