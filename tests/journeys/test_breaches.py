"""A data breach: two officers take it from its record to its end, and whom it concerns reads of it."""

from consents.breaches import services
from tests.journeys.opening import faults_of_drawn, open_scriptless, read_text
from tests.journeys.scriptless import ScriptlessVisit

SUMMARY = "A list of orders went to the wrong shop."
WORDS = {
    f"{part}_{language}": f"{part} ({language})"
    for part in ("happened", "consequences", "measures")
    for language in ("en", "de", "es")
}


def fill_in(one: ScriptlessVisit, **texts: str) -> None:
    for field in one.page.walk():
        if field.attributes.get("name") in texts:
            field.write(texts.pop(field.attributes["name"]))
    assert not texts


def choose(one: ScriptlessVisit, *labels: str) -> None:
    for label in labels:
        one.tick(label, exact=True)


def test_a_breach_from_its_record_to_its_end(real_world, visit):
    pia, otto, ada = (open_scriptless(one) for one in (real_world.pia, real_world.otto, real_world.ada))
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
    assert faults_of_drawn(pia, visit()) == []

    otto.go("/admin/breaches/")
    otto.follow("DB-")
    otto.follow("Read the words")
    otto.see("1 found of 1 number")
    choose(otto, "Tell them in these words")
    otto.press("Decide")
    otto.see(SUMMARY)
    services.carry_out_announcements()

    ada.go("/")
    ada.see("A security incident concerns your data")
    ada.follow("Read what happened and what you can do")
    ada.see("measures (en)")
    ada.press("I have read this")
    assert "A security incident concerns your data" not in read_text(ada)
