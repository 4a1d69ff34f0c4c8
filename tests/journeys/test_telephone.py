"""A caller answers: the officer sends a code, types what the caller says, reads out, reads back and records."""

from consents.people.services import customer_records
from tests.journeys.browsing import post_is_delivered
from tests.journeys.opening import count_ticked, faults_of_drawn, open_scriptless
from tests.world.cast import ask
from tests.world.proofs import code_in


def test_an_officer_records_what_a_caller_answers(real_world, visit):
    pia = open_scriptless(real_world.pia)
    request, ada = ask(real_world, "orders", "contact"), real_world.ada
    customer_records.choose_language(customer=ada.customer.id, language="es", by=ada.actor)
    pia.go(f"/admin/access/accessrequest/{request.pk}/change/")
    pia.follow("Answer by telephone")
    pia.press("Send the code")
    pia.see("The code is on its way")
    pia.fill("The code that the caller says", code_in(post_is_delivered()[-1].body))
    pia.press("Check the code")

    pia.see("The code is right")
    assert faults_of_drawn(pia, visit()) == []
    assert count_ticked(pia) == 0
    pia.press("Read it back")
    pia.see("There is a problem")
    pia.tick("Permitir una parte")
    pia.tick("Orders")
    pia.press("Read it back")
    pia.see("Record it only after the caller says")
    pia.press("Change it")
    assert count_ticked(pia) == 2
    pia.press("Read it back")
    pia.press("Record the answer")

    pia.see("The answer is recorded")
    pia.see("By telephone, recorded by Pia Example")
    request.refresh_from_db()
    assert request.state == "partly_approved" and request.answer.caller_code is not None
    confirmation = post_is_delivered()[-1]
    assert confirmation.to == ["ada@example.com"] and "Por teléfono" in confirmation.body
