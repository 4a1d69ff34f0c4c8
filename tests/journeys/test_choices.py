"""Choices, in as few clicks as were meant: without script, and once in a browser.

What changes by itself is told in each of the languages: expiry and the browser's signal in German, renewal and
opting out in Spanish, a material change in English.
"""

from datetime import date, timedelta

import pytest
from django.test import Client

from consents.choices.models import Choice
from consents.choices.services import answering
from consents.people.services import customer_records
from tests.journeys.browsing import Clicks, give_password
from tests.journeys.opening import open_for, open_scriptless
from tests.journeys.scriptless import ScriptlessVisit
from tests.world.cast import put_on_list
from tests.world.choices import make_sale, make_special, publish_next


@pytest.fixture
def world(real_world, with_offers):
    return real_world


@pytest.fixture
def ada(world) -> ScriptlessVisit:
    return open_scriptless(world.ada)


def agree(world, version, **terms) -> Choice:
    return answering.give_consent(
        customer=world.ada.customer.id,
        purpose=version.purpose.code,
        version=version.pk,
        by=world.ada.actor,
        **terms,
    )


def status(purpose: str = "offers") -> str:
    return Choice.objects.get(purpose__code=purpose).status


def speak(world, language: str) -> None:
    """It follows her to every browser; the switch on the pages has journeys of its own."""
    customer_records.choose_language(customer=world.ada.customer.id, language=language, by=world.ada.actor)


def at_choices(one) -> Clicks:
    one.go("/choices/")
    return Clicks(one)


def test_yes_and_no_and_not_now_weigh_the_same(world, visit):
    ada = open_for(world.ada, visit)
    ada.go("/choices/offers/give/")
    looks = ada.page.locator("form .button-pair .button").evaluate_all(
        "all => all.map(b => { const s = getComputedStyle(b); const r = b.getBoundingClientRect();"
        " return [s.fontSize, s.fontWeight, s.color, s.backgroundColor, s.borderColor,"
        " Math.round(r.height), Math.round(r.width)] })"
    )
    assert len(looks) == 3 and looks[0] == looks[1] == looks[2]


def test_a_yes_that_ran_out_is_renewed_in_two_clicks(world, ada, later):
    agree(world, world.offers)
    speak(world, "de")
    later(timedelta(days=366))
    clicks = at_choices(ada)
    ada.see("Abgelaufen: bitte neu antworten")

    clicks.link("Einwilligen", "purpose-offers")
    ada.see("Ihre Einwilligung ist abgelaufen")
    clicks.button("Ich willige ein")

    ada.see("Sie haben eingewilligt")
    assert (clicks.count, status(), ada.language) == (2, "RenewedConsentGiven", "de")


def test_a_yes_about_to_run_out_is_renewed_in_two_clicks(world, ada, later):
    agree(world, world.offers)
    speak(world, "es")
    later(timedelta(days=330))
    clicks = at_choices(ada)
    ada.see("Termina automáticamente")

    clicks.link("Renovar el consentimiento", "purpose-offers")
    clicks.button("Acepto")

    ada.see("Usted aceptó")
    assert (clicks.count, status(), ada.language) == (2, "RenewedConsentGiven", "es")


def test_a_material_change_is_asked_anew(world, ada):
    agree(world, world.offers)
    newer = publish_next(world.offers, world.pia.user)
    clicks = at_choices(ada)
    ada.see("The text changed: please answer again")

    clicks.link("Give consent", "purpose-offers")
    ada.see("no longer applies")
    clicks.button("I agree")

    ada.see("You agreed")
    assert Choice.objects.get().version_id == newer.pk


def test_explicit_consent_takes_a_confirming_step_and_withdrawing_none(world, visit, script):
    make_special(world)
    ada = open_for(world.ada, visit, script=script)
    clicks = at_choices(ada)
    clicks.link("Give consent", "purpose-care")
    clicks.button("I agree")
    ada.see("very personal data")
    assert not Choice.objects.exists()
    clicks.button("I agree")
    ada.see("You agreed")
    assert (clicks.count, status("care")) == (3, "ConsentGiven")

    clicks = at_choices(ada)
    clicks.link("Withdraw consent", "purpose-care")
    clicks.button("Withdraw")
    ada.see("You withdrew consent")
    assert (clicks.count, status("care")) == (2, "ConsentWithdrawn")


def test_everything_is_withdrawn_in_two_clicks(world, ada):
    agree(world, world.offers)
    agree(world, world.version)
    clicks = at_choices(ada)

    clicks.link("Withdraw everything you agreed to")
    clicks.button("Withdraw everything")

    ada.see("What was withdrawn")
    assert clicks.count == 2 and set(Choice.objects.values_list("status", flat=True)) == {"ConsentWithdrawn"}


def test_the_history_of_a_choice_is_one_click_away(world, ada):
    agree(world, world.offers)
    clicks = at_choices(ada)
    clicks.link("History", "purpose-offers")
    ada.see("You agreed to version 1 of the text")
    assert clicks.count == 1


def test_a_child_is_told_kindly(world, ada):
    put_on_list(world.ada.customer, born_on=date(2019, 1, 1), country="DE")
    ada.go("/choices/offers/give/")
    ada.see("You need a parent or guardian for this")
    Clicks(ada).button("I do not agree")
    ada.see("You said no")


def test_opting_out_takes_two_clicks_without_signing_in(world):
    make_sale(world)
    give_password(world.ada.user)
    speak(world, "es")
    one = ScriptlessVisit(Client(headers={"accept-language": "es-ES"}))
    one.go("/help/")
    clicks = Clicks(one)

    clicks.link("No vender ni ceder mis datos personales")
    clicks.button("No vender ni ceder")

    one.see("Su exclusión está en vigor")
    assert clicks.count == 2
    one.sign_in("ada@example.com")
    one.see("Petición de exclusión atendida")
    assert (status("sell"), one.language) == ("ConsentRefused", "es")


def test_the_signal_is_honoured_and_opting_in_again_takes_three_clicks(world, ada):
    agree(world, make_sale(world))
    speak(world, "de")
    ada.signal(is_on=True)
    ada.go("/")
    ada.see("Ihr Widerspruch wird beachtet")
    assert status("sell") == "ConsentWithdrawn"

    ada.signal(is_on=False)
    clicks = at_choices(ada)
    assert status("sell") == "ConsentWithdrawn"
    clicks.link("Einwilligen", "purpose-sell")
    clicks.button("Ich willige ein")
    ada.see("Sie haben Verkauf und Weitergabe widersprochen")
    assert status("sell") == "ConsentWithdrawn"
    clicks.button("Ich willige ein")

    ada.see("Sie haben eingewilligt")
    assert (clicks.count, status("sell"), ada.language) == (3, "ConsentGiven", "de")
