"""Choosing a language, with and without script."""

import pytest

from tests.journeys.browsing import give_password

TITLES = {"de": "Hilfe", "es": "Ayuda"}


@pytest.mark.parametrize("language", ["de", "es"])
def test_a_stranger_chooses_a_language_and_keeps_it_after_signing_in(real_world, visit, script, language):
    give_password(real_world.ada.user)
    one = visit(script=script)
    one.go("/help/?x=1")
    one.press({"de": "Deutsch", "es": "Español"}[language])

    one.page.locator(f"html[lang={language}]").wait_for()
    assert one.page.url.endswith("/help/?x=1")
    one.page.get_by_role("link", name=TITLES[language]).first.wait_for()


def test_a_customer_s_own_language_follows_them_to_another_browser(real_world, visit, script):
    give_password(real_world.ada.user)
    first, second = visit(script=script), visit(script=script)
    first.sign_in("ada@example.com")
    first.press("Deutsch")
    first.see("Nichts wartet auf Sie")

    second.sign_in("ada@example.com")

    second.see("Nichts wartet auf Sie")


def test_reminders_are_switched_off(real_world, visit, script):
    give_password(real_world.ada.user)
    one = visit(script=script)
    one.sign_in("ada@example.com")
    one.follow("Account")
    one.follow("Notifications and language")
    one.page.get_by_label("Never").check()
    one.press("Save")

    one.page.get_by_text("Saved.", exact=True).wait_for(state="visible")
    assert one.page.get_by_label("Never").is_checked()
