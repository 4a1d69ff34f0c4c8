"""Choosing a language, with and without script."""

import pytest

from consents.access.rules.blocks import BlockKind
from consents.access.services import blocking
from tests.journeys.browsing import give_password
from tests.journeys.judging import TABLET, WIDE, overflows
from tests.world.cast import answer, ask

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


def test_spanish_fits_a_tablet_where_its_words_are_longest_and_quotes_as_spanish_does(real_world, visit):
    ada, request = real_world.ada, answer(real_world, ask(real_world, "contact", "orders"))
    give_password(ada.user)
    by = {"customer": ada.customer.pk, "by": ada.actor}
    blocking.place_block(kind=BlockKind.MEMBER, access_request=request.pk, **by)
    one = visit()
    one.sign_in("ada@example.com")
    one.press("Español")
    wide = []
    for path in ("/", "/blocks/", f"/requests/{request.pk}/"):
        one.go(path)
        wide += [f"{path} {width}" for width in (TABLET, WIDE) if overflows(one.page, width)]

    assert wide == []
    assert "«" in one.page.evaluate("getComputedStyle(document.querySelector('q')).quotes")
