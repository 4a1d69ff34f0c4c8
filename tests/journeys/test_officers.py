"""What officers do all day: the queue, the thread with a customer, who calls, the words of a purpose."""

import pytest
from django.urls import reverse

from consents.catalogue.models import PurposeVersion
from consents.disclosures.services import disclose_records
from consents.insights.models import Insight
from consents.law.kinds import Type
from consents.people.services import customer_records
from tests.journeys.browsing import post_is_delivered
from tests.journeys.opening import count_ticked, faults_of_drawn, open_for, open_scriptless, read_text, read_texts
from tests.journeys.scriptless import ScriptlessVisit
from tests.world.cast import answer
from tests.world.cast import ask as cast_ask
from tests.world.exemptions import by_staff
from tests.world.insights import add_question, count
from tests.world.proofs import code_in
from tests.world.rights_requests import file, type_in
from tests.world.training import publish_module

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


def test_whoever_is_mentioned_finds_the_note_and_reads_it(real_world, visit):
    request = file(real_world.ada)
    pia, otto, browser = open_scriptless(real_world.pia), open_scriptless(real_world.otto), visit()
    pia.go(f"/admin/rights/rightsrequest/{request.pk}/change/")
    pia.fill("New note", "The voicemail names a neighbour. @Otto, do we keep it?")
    pia.press("Write the note")
    pia.see("The note is on record.")

    otto.go("/admin/")
    otto.follow("request with a note for you")
    otto.follow(request.number)
    otto.see("mentioned you in an internal note.")
    assert faults_of_drawn(otto, browser) == []
    otto.press("Read the notes")
    otto.see("The voicemail names a neighbour.")
    assert faults_of_drawn(otto, browser) == []


def test_an_officer_records_what_a_caller_answers(real_world, visit):
    pia = open_scriptless(real_world.pia)
    request, ada = cast_ask(real_world, "orders", "contact"), real_world.ada
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


ASK = reverse("admin:access_accessrequest_add")


def ask(sam) -> None:
    sam.go(ASK)
    sam.fill("Customer", "C-1001")
    sam.press("Find")
    sam.see("Customer found")
    sam.choose("What for", "Answer your questions")
    sam.press("Show the data categories")
    sam.tick("Orders")
    sam.choose("Why now", "order_problem")
    sam.fill("In one plain sentence", "You wrote that an order is missing.")
    sam.press("Ask the customer")


def test_who_trains_may_ask(real_world):
    module = publish_module(real_world)
    asking, sam = open_scriptless(real_world.sam), open_scriptless(real_world.sam)
    ask(asking)
    asking.see("Your training is missing or has lapsed")

    sam.go(reverse("admin:training_own"))
    sam.see("Missing")
    sam.follow(module.title)
    for place, question in enumerate(module.words["en"]["questions"]):
        sam.tick(question["answers"][module.solution[place]], exact=True)
    sam.tick("I have read the text")
    sam.press("Answer and attest")
    sam.see("Your attestation is on record")

    ask(asking)
    asking.see("The customer finds it on their page")


def test_a_count_instead_of_an_access_request(crowded):
    add_question(crowded)
    sam = open_scriptless(crowded.sam)
    sam.go(reverse("admin:access_accessrequest_add"))
    sam.follow("Count groups of customers")
    sam.see("Customers by item")
    sam.press("Count")
    sam.see("This is being counted")
    count(Insight.objects.get())
    sam.go(sam.path)
    sam.see("A group of fewer than 11 customers is hidden")
    assert [node.attributes.get("role") for node in sam.page.walk() if node.tag == "svg"].count("img") == 1
    assert "Lamp" not in read_text(sam)
    assert "Chair" in sam.download("Download as CSV")

    sam.go(reverse("admin:insights_note"))
    sam.fill("The text", "Chairs sell best; Ada Lovelace bought three.")
    sam.press("Check")
    sam.see("1 place could be somebody.")
    (mark,) = read_texts(sam, "mark")
    assert mark.startswith("Ada Lovelace")


def test_a_reported_look_is_answered(real_world):
    world = real_world
    grant = answer(world, cast_ask(world, "orders")).grants.get()
    disclose_records(grant=grant.pk, staff=world.sam.pk, by=by_staff(world.sam))
    ada, sam, pia = (open_scriptless(one) for one in (world.ada, world.sam, world.pia))

    ada.go("/activity/")
    ada.follow("Report this look")
    ada.tick("I did not expect anyone to look then")
    ada.fill("Tell us more", "It was in the middle of the night.")
    ada.press("Send the report")
    ada.see("Waiting for an officer’s decision")

    sam.go("/admin/disclosures/lookreport/")
    sam.follow("LR-")
    sam.follow("Answer")
    sam.fill("Why you looked", "I wanted to finish the case.")
    sam.press("Save")
    sam.see("I wanted to finish the case.")

    pia.go("/admin/")
    pia.follow("reported look to decide")
    pia.follow("LR-")
    pia.press("Read and decide")
    pia.see("It was in the middle of the night.")
    pia.tick("The look should not have happened")
    pia.fill("What you tell the customer", "We have spoken to Sam.")
    pia.press("Decide and tell the customer")
    pia.see("This is on record")

    assert [one.to for one in post_is_delivered()[-2:]] == [["ada@example.com"], ["sam@example.com"]]
    ada.go(ada.path)
    ada.see("We have spoken to Sam.")
    ada.see("The look should not have happened")
