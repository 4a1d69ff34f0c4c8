"""Choosing a language, with and without script; long German words and Spanish sentences fit a small phone."""

import pytest

from consents.people import services as people
from tests.cast import signed_in
from tests.journeys.conftest import give_password
from tests.journeys.test_every_page import lived_in, pages_of  # noqa: F401

TITLES = {"de": "Hilfe", "es": "Ayuda"}


@pytest.mark.parametrize("language", ["de", "es"])
def test_a_stranger_chooses_a_language_and_keeps_it_after_signing_in(real_world, visit, script, language):
    give_password(real_world.ada.user)
    one = visit(script=script)
    one.go("/help/?x=1")
    one.press({"de": "Deutsch", "es": "Español"}[language])

    assert one.page.url.endswith("/help/?x=1")
    assert one.page.locator("html").get_attribute("lang") == language
    assert one.page.get_by_role("link", name=TITLES[language]).count()


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
    one.follow("Mail and language")
    one.page.get_by_label("Never").check()
    one.press("Save")

    one.page.get_by_text("Saved.", exact=True).wait_for(state="visible")
    assert one.page.get_by_label("Never").is_checked()


@pytest.mark.parametrize("language", ["de", "es"])
@pytest.mark.parametrize("who", ["stranger", "ada"])
def test_every_page_fits_a_small_phone_in_every_language(lived_in, visit, who, language):  # noqa: F811
    one = visit(width=320)
    cookies = {"language": language}
    if who == "ada":
        people.choose_language(customer=lived_in.ada.customer.pk, language=language, by=lived_in.ada.actor)
        cookies["portal"] = signed_in(lived_in.ada.user).cookies["portal"].value
    one.context.add_cookies([{"name": name, "value": value, "url": one.base} for name, value in cookies.items()])
    wide = [path for path in pages_of(lived_in, who) if not path.startswith("/admin/") and overflows(one, path)]

    assert one.page.locator("html").get_attribute("lang") == language
    assert not wide


def overflows(one, path: str) -> bool:
    one.go(path)
    return one.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
