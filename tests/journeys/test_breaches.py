"""A data breach in a browser: two officers take it from its record to its end, and whom it concerns reads of it."""

from consents.breaches.services import announcing
from tests.journeys.browsing import give_password
from tests.journeys.judging import faults_of_shown
from tests.journeys.opening import open_for, open_scriptless

SUMMARY = "A list of orders went to the wrong shop."
WORDS = {
    f"{part}_{language}": f"{part} ({language})"
    for part in ("happened", "consequences", "measures")
    for language in ("en", "de", "es")
}


def fill_in(one, **texts: str) -> None:
    for name, text in texts.items():
        one.page.locator(f"[name={name}]").fill(text)


def choose(one, *labels: str) -> None:
    for label in labels:
        one.tick(label, exact=True)


def test_a_breach_from_its_record_to_its_end(real_world, visit):
    pia, otto, ada = open_for(real_world.pia, visit), open_scriptless(real_world.otto), visit(script=False, width=390)
    pia.go("/admin/")
    pia.follow("Data breaches")
    pia.follow("Record a data breach")
    fill_in(pia, summary=SUMMARY)
    pia.press("Record it")
    pia.follow("Assess it")
    choose(pia, "Somebody saw it who should not have", "Orders", "A high risk")
    fill_in(pia, people="1", records="3", consequences="Strangers may know.", measures="The list was deleted.")
    pia.press("Record the assessment")
    pia.follow("Tell the people concerned")
    choose(pia, "The customers on a list")
    fill_in(pia, references="C-1001", **WORDS)
    pia.press("Ask a second officer")
    pia.see("Waits for a second officer")
    assert faults_of_shown(pia.page) == []

    otto.go("/admin/breaches/")
    otto.follow("DB-")
    otto.follow("Read the words")
    otto.see("1 found of 1 number")
    choose(otto, "Tell them in these words")
    otto.press("Decide")
    otto.see(SUMMARY)
    announcing.carry_out_announcements()

    give_password(real_world.ada.user)
    ada.sign_in("ada@example.com")
    ada.see("A security incident concerns your data")
    ada.follow("Read what happened and what you can do")
    ada.see("measures (en)")
    ada.press("I have read this")
    ada.page.get_by_text("A security incident concerns your data").wait_for(state="detached")
