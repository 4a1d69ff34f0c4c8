"""The two officers of a claim code do not answer its customer, and a no that an officer typed in is told."""

from types import SimpleNamespace

import pytest

from consents.law.kinds import Type
from consents.ledger.rules import PORTAL, Actor
from consents.notifications.models import Message
from consents.people.models import Acting, Customer
from consents.people.services import claiming, customer_records
from consents.rights.refusals import StoodForTheirCode
from tests.architecture.mutation.speaking import application_speaking, outcome
from tests.rights.correcting import decide
from tests.world.cast import make_user, put_in_vault
from tests.world.claim_codes import make_claim_code
from tests.world.rights_requests import answer, file, file_correction, type_in


@pytest.fixture
def let_in(real_world) -> SimpleNamespace:
    """Cara, whose claim code is of Pia and Quinn."""
    customer = customer_records.open_customer_record(reference="C-7", by=PORTAL)
    user = make_user("cara@example.com")
    code = make_claim_code(customer=customer, officer=real_world.pia.user)
    claiming.claim_record_by_code(user=user, code=code, by=Actor("customer", str(user.pk)))
    acting = Acting.objects.get(user=user, ends_at=None)
    return SimpleNamespace(
        user=user, customer=Customer.objects.get(pk=customer.pk), acting=acting, actor=Actor("customer", str(user.pk))
    )


@pytest.mark.parametrize("who", ["pia", "quinn"])
def test_neither_officer_of_a_code_answers_its_customer(real_world, let_in, who):
    filed = file(let_in, Type.AUTOMATED)

    with pytest.raises(StoodForTheirCode):
        answer(real_world, filed, officer=getattr(real_world, who))
    answer(real_world, filed, officer=real_world.otto)


def test_nor_do_they_decide_what_value_is_right(real_world, let_in):
    put_in_vault(let_in.customer, real_world.categories["contact"], {"name": "Cara", "phone": "555-0100"})
    filed = file_correction(let_in)

    with pytest.raises(StoodForTheirCode):
        decide(real_world, filed)
    assert decide(real_world, filed, officer=real_world.otto).is_accepted


def test_the_officers_of_a_code_answer_everybody_else(real_world, let_in):
    answer(real_world, file(real_world.ada, Type.AUTOMATED), officer=real_world.pia)


@pytest.mark.parametrize(
    ("event", "result"),
    [("answered", "complied"), ("appeal_decided", "upheld"), ("value_decided", "accepted")],
)
def test_the_database_refuses_an_answer_by_an_officer_of_the_code(real_world, let_in, event, result):
    entry = (
        f"SELECT portal.append_entry('rights_request.{event}', %s::uuid, 'staff', %s::text, 'x', 'x', '', 'job',"
        f" NULL, '{result}', '{{}}')"
    )
    with application_speaking() as application:
        refused = outcome(application, (entry, [let_in.customer.pk, real_world.pia.pk]))
        by_otto = outcome(application, (entry, [let_in.customer.pk, real_world.otto.pk]))
        of_ada = outcome(application, (entry, [real_world.ada.customer.pk, real_world.pia.pk]))

    assert refused == "23001 rights_answer_by_another_officer"
    assert by_otto.startswith("allowed") and of_ada.startswith("allowed")


def test_whoever_erases_a_kind_of_data_refuses_what_was_proposed_for_it(real_world, let_in):
    entry = (
        "SELECT portal.append_entry('rights_request.value_decided', %s::uuid, 'staff', %s::text, 'x', 'x', '', 'job',"
        " NULL, 'refused', '{}')"
    )
    with application_speaking() as application:
        assert outcome(application, (entry, [let_in.customer.pk, real_world.pia.pk])).startswith("allowed")


def test_a_typed_withdrawal_is_told_with_who_typed_it(real_world):
    type_in(real_world, Type.WITHDRAWAL, customer=real_world.ada.customer)

    message = Message.objects.get(kind="rights_request_typed_in")
    assert message.customer == real_world.ada.customer and "Example" in message.context["who"]
