"""Choosing a language."""

from consents.access.rules.blocks import BlockKind
from consents.access.services import blocking
from consents.people.services import customer_records
from tests.journeys.browsing import give_password
from tests.journeys.judging import TABLET, WIDE, overflows
from tests.journeys.opening import open_for, open_scriptless
from tests.journeys.scriptless import ScriptlessVisit
from tests.world.cast import answer, ask

TITLES = {"de": "Hilfe", "es": "Ayuda"}


def test_a_stranger_chooses_a_language_and_stays_on_the_page(real_world):
    one = ScriptlessVisit()
    one.go("/help/?x=1")
    for language, name in {"de": "Deutsch", "es": "Español"}.items():
        one.press(name)

        one.see(TITLES[language])
        assert (one.language, one.path) == (language, "/help/?x=1")


def test_a_customer_s_own_language_follows_them_to_another_browser(real_world):
    give_password(real_world.ada.user)
    first, second = open_scriptless(real_world.ada), ScriptlessVisit()
    first.go("/")
    first.press("Deutsch")
    first.see("Nichts wartet auf Sie")

    second.sign_in("ada@example.com")

    second.see("Nichts wartet auf Sie")


def test_reminders_are_switched_off(real_world):
    one = open_scriptless(real_world.ada)
    one.go("/")
    one.follow("Account")
    one.follow("Notifications and language")
    one.tick("Never")
    one.press("Save")

    one.see("Saved.")
    assert one.is_ticked("Never")


def test_spanish_fits_a_tablet_where_its_words_are_longest_and_quotes_as_spanish_does(real_world, visit):
    ada, request = real_world.ada, answer(real_world, ask(real_world, "contact", "orders"))
    by = {"customer": ada.customer.pk, "by": ada.actor}
    blocking.place_block(kind=BlockKind.MEMBER, access_request=request.pk, **by)
    customer_records.choose_language(language="es", **by)
    one = open_for(ada, visit)
    wide = []
    for path in ("/", "/blocks/", f"/requests/{request.pk}/"):
        one.go(path)
        wide += [f"{path} {width}" for width in (TABLET, WIDE) if overflows(one.page, width)]

    assert wide == []
    assert "«" in one.page.evaluate("getComputedStyle(document.querySelector('q')).quotes")
