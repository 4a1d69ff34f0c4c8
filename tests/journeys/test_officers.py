"""What officers do all day: the queue, the thread with a customer, who calls, the words of a purpose."""

import pytest

from consents.catalogue.models import PurposeVersion
from consents.law.kinds import Type
from tests.journeys.opening import open_for, open_scriptless
from tests.journeys.scriptless import ScriptlessVisit
from tests.world.rights_requests import file, type_in

QUEUE = "/admin/rights/rightsrequest/"
WORDS = {
    "English": ("Plan the fair", "We want to know who comes.", "One person counts."),
    "Deutsch": ("Die Messe planen", "Wir möchten wissen, wer kommt.", "Eine Person zählt."),
    "Español": ("Preparar la feria", "Queremos saber quién viene.", "Una persona cuenta."),
}


@pytest.fixture
def pia(real_world) -> ScriptlessVisit:
    return open_scriptless(real_world.pia)


def test_an_officer_takes_two_at_once_and_goes_on_to_the_next(real_world, visit):
    """In a browser: the list has a script of its own."""
    pia = open_for(real_world.pia, visit)
    requests = [file(real_world.ada), file(real_world.ada, Type.PORTABILITY)]
    pia.go(QUEUE)
    for box in pia.page.locator(".action-select").all():
        box.check()
    pia.page.locator("select[name=action]").select_option("all_take")
    pia.press("Run")
    pia.see("Take it: 2 requests")
    pia.press("Take it (2 requests)")
    pia.see("2 requests")

    pia.go(QUEUE)
    pia.follow(requests[0].number)
    pia.follow("Next request")
    pia.see(requests[1].number)
    for request in requests:
        request.refresh_from_db()
        assert request.handler == real_world.pia.user


def test_a_question_is_answered_where_it_was_asked(real_world, pia):
    request = file(real_world.ada)
    pia.go(f"{QUEUE}{request.pk}/change/")
    pia.press("Ask the customer")
    pia.fill("In your own words", "Which year do you mean?")
    pia.tick("To know what exactly they want")
    pia.press("Ask the customer")
    pia.see("Clock stands still")

    ada = open_scriptless(real_world.ada)
    ada.go(f"/rights/requests/{request.number}/")
    ada.see("Which year do you mean?")
    ada.follow("Read and answer it")
    ada.fill("Your answer", "The last one, please.")
    ada.press("Send my answer")
    ada.see("The last one, please.")

    pia.go(f"{QUEUE}{request.pk}/change/")
    pia.press("Read the messages")
    pia.see("The last one, please.")


def test_a_caller_is_known_by_what_they_say_and_nothing_is_shown(real_world, pia):
    request = type_in(real_world)
    pia.go(f"{QUEUE}{request.pk}/change/")
    pia.press("Compare what they say")
    pia.fill("Customer number, as they say it", "C-1001")
    pia.press("Compare what they say")
    pia.see("Customer number: agrees.")
    assert "C-1001" not in pia.page.text
    pia.press("Confirm identity")
    assert pia.is_ticked("Customer number")


def test_a_purpose_is_written_in_three_languages_without_leaving_its_page(pia):
    pia.go("/admin/catalogue/purpose/add/")
    pia.fill("Code", "plan-fair")
    pia.press("Save")
    pia.follow("plan-fair")
    pia.press("New version")
    pia.tick("Orders")
    for place, (language, (name, sentence, text)) in enumerate(WORDS.items()):
        words = {"name": name, "sentence": sentence, "text": text, "if_no": text, "retention": text}
        pia.page.get(f"id_notices-{place}-language").choose(language)
        for field, said in words.items():
            pia.page.get(f"id_notices-{place}-{field}").write(said)
    pia.press("Save")
    version = PurposeVersion.objects.get(purpose__code="plan-fair")
    assert version.notices.count() == 3
