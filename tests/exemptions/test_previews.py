"""What an act would end, and has ended, of access without permission is said before and after it."""

from consents.catalogue.signals import retirement_previewed
from consents.choices.customers.presenting import list_effects
from consents.choices.services import withdrawing
from consents.choices.signals import withdrawal_previewed
from consents.core.signal_answers import collect_answers
from consents.people.signals import erasure_previewed
from tests.world.cast import ask
from tests.world.exemptions import build_delay, decide, file_order, open_emergency

STOPS = "Access without your permission ends for Sam from Billing Support: Contact details."
STOPPED = "Sam from Billing Support can no longer see this, for which your permission was not needed: Contact details."


def test_a_customer_reads_which_emergency_ends_with_a_consent_and_which_did(world):
    ada = world.ada
    open_emergency(world, "contact")
    decide(world, file_order(world, "orders"), delay=build_delay())
    stops = collect_answers(withdrawal_previewed, customer=ada.customer.pk, purpose=world.purpose)

    no = withdrawing.withdraw_consent(customer=ada.customer.pk, purpose=world.purpose.code, by=ada.actor)

    assert stops == [STOPS]
    assert list_effects([no]) == {"ended": [STOPPED], "running": []}
    assert collect_answers(withdrawal_previewed, customer=ada.customer.pk, purpose=world.purpose) == []


def test_officers_read_how_much_ends_with_a_purpose_or_a_customer(world):
    ask(world, "contact")
    open_emergency(world, "contact")
    decide(world, file_order(world, "orders"))

    for said in (
        collect_answers(retirement_previewed, purpose=world.purpose),
        collect_answers(erasure_previewed, customer=world.ada.customer.pk),
    ):
        assert "2 running accesses without permission end at once." in said


def test_nothing_is_said_of_what_there_is_none_of(world):
    said = collect_answers(erasure_previewed, customer=world.ada.customer.pk)
    assert not [sentence for sentence in said if "without permission" in sentence]
