"""A no of the customer ends what an emergency opened; a legal duty goes on. Erasure ends both."""

import pytest

from consents.access.models import Grant
from consents.access.rules import CannotAllowNow, RequestState
from consents.choices.rules import MarkKind
from consents.choices.services import marking
from consents.disclosures.services import LookRefused, disclose_records
from consents.exemptions.models import Exemption
from tests.world.cast import answer, ask
from tests.world.erasing import erase
from tests.world.exemptions import by_staff, decide, file_order, open_emergency


def look(exemption: Exemption) -> int:
    grant = Grant.objects.get(exemption=exemption.pk)
    seen = disclose_records(grant=grant.pk, staff=grant.staff_id, by=by_staff(grant.staff.staff_member))
    return len(seen.records)


@pytest.mark.parametrize("kind", [MarkKind.RESTRICTION, MarkKind.OBJECTION], ids=str)
def test_a_mark_ends_an_emergency_and_passes_a_duty(real_world, kind):
    emergency = open_emergency(real_world, "contact")
    duty = decide(real_world, file_order(real_world, "orders"))
    ada = real_world.ada
    marking.place_mark(
        customer=ada.customer.id,
        kind=kind,
        purpose="support" if kind == MarkKind.OBJECTION else "",
        by=ada.actor,
    )

    with pytest.raises(LookRefused):
        look(emergency)
    assert look(duty) == 2


def test_a_mark_that_stands_refuses_an_emergency_and_passes_a_duty(real_world):
    ada = real_world.ada
    marking.place_mark(customer=ada.customer.id, kind=MarkKind.RESTRICTION, by=ada.actor)
    emergency = open_emergency(real_world, "contact")
    duty = decide(real_world, file_order(real_world, "orders"))

    with pytest.raises(LookRefused):
        look(emergency)
    assert look(duty) == 2


def test_erasure_ends_both(real_world):
    emergency = open_emergency(real_world, "contact")
    duty = decide(real_world, file_order(real_world, "orders"))
    erase(real_world, real_world.ada)

    assert {grant.end for grant in Grant.objects.filter(exemption__in=[emergency.pk, duty.pk])} == {"company"}


def test_a_yes_beside_an_exemption_is_refused_without_telling_of_it(world):
    """What is open already cannot be opened twice, and a law may forbid to say so. No stays possible."""
    asked = ask(world, "orders")
    decide(world, file_order(world, "orders"))

    with pytest.raises(CannotAllowNow):
        answer(world, asked)

    asked.refresh_from_db()
    assert asked.state == RequestState.PENDING
    assert answer(world, asked, "none").state == RequestState.DENIED
