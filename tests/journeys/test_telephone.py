"""A caller answers: the officer sends a code, types what the caller says, reads out, reads back and records."""

import pytest

from consents.people.services import customer_records
from tests.journeys.browsing import post_is_delivered
from tests.journeys.judging import faults_of
from tests.world.cast import ask, signed_in
from tests.world.proofs import code_in


@pytest.fixture
def pia(real_world, visit, script):
    one = visit(script=script, width=390)
    session = signed_in(real_world.pia.user).cookies["portal"].value
    one.context.add_cookies([{"name": "portal", "value": session, "url": one.base}])
    return one


def test_an_officer_records_what_a_caller_answers(real_world, pia):
    request, ada = ask(real_world, "orders", "contact"), real_world.ada
    customer_records.choose_language(customer=ada.customer.id, language="es", by=ada.actor)
    pia.go(f"/admin/access/accessrequest/{request.pk}/change/")
    pia.follow("Answer by telephone")
    pia.press("Send the code")
    pia.see("The code is on its way")
    pia.page.get_by_label("The code that the caller says").fill(code_in(post_is_delivered()[-1].body))
    pia.press("Check the code")

    pia.see("The code is right")
    assert not pia.script or not faults_of(pia, f"/admin/access/accessrequest/{request.pk}/telephone/")
    assert pia.page.locator("input:checked").count() == 0
    pia.press("Read it back")
    pia.see("There is a problem")
    pia.page.locator("input[value=part]").check()
    pia.page.locator("input[name=categories]").first.check()
    pia.press("Read it back")
    pia.see("Record it only after the caller says")
    pia.press("Change it")
    assert pia.page.locator("input:checked").count() == 2
    pia.press("Read it back")
    pia.press("Record the answer")

    pia.see("The answer is recorded")
    pia.see("By telephone, recorded by Pia Example")
    request.refresh_from_db()
    assert request.state == "partly_approved" and request.answer.caller_code is not None
    confirmation = post_is_delivered()[-1]
    assert confirmation.to == ["ada@example.com"] and "Por teléfono" in confirmation.body
