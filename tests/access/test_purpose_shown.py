"""What a yes is bound to is the first fact a customer reads: "What for", then "Why now", on every page and email."""

import json
import re
from html import unescape

import pytest
from django.core import mail
from django.urls import reverse

from consents.access.display import build_displayed_request
from consents.access.models import AccessRequest, Reason
from consents.catalogue.display import build_displayed_notice
from consents.core.canonical import compute_digest
from consents.notifications.delivery import deliver_message
from consents.notifications.models import Message
from consents.people.services import customer_records
from tests.access.answer_form import form_of
from tests.disclosures.looking import look
from tests.world.cast import answer, ask, signed_in
from tests.world.scene_fixtures import scene

WHAT_FOR, WHY_NOW = "Answer your questions", ["You contacted us", "You wrote to us about a wrong bill.", "T-77"]


def list_facts(page: str) -> list[tuple[str, str]]:
    """Every pair of a list of facts on a page, in its order."""
    facts = re.findall(r"<dt>(.*?)</dt>(.*?)</div>", page, re.DOTALL)
    return [(read_words(label), read_words(value)) for label, value in facts]


def read_words(markup: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", markup)).split())


@scene
def asked(real_world):
    return ask(real_world, "orders", case_number="T-77")


def get_page(client, name: str, request: AccessRequest) -> str:
    return client.get(reverse(f"access:{name}", args=[request.pk])).content.decode()


def get_check_page(client, request: AccessRequest) -> str:
    sent = form_of(client, request) | {"decision": "all"}
    return client.post(reverse("access:answer", args=[request.pk]), sent).content.decode()


def check_first_facts(page: str) -> None:
    (first, purpose), (second, reason) = list_facts(page)[:2]
    assert (first, second) == ("What for", "Why now")
    assert WHAT_FOR in purpose and all(part in reason for part in WHY_NOW)


def test_request_card_and_check_say_it_first(real_world, asked):
    ada = signed_in(real_world.ada.user)

    check_first_facts(ada.get("/").content.decode())
    check_first_facts(get_page(ada, "request", asked))
    check_first_facts(get_check_page(ada, asked))


def test_what_is_saved_and_what_runs_say_it_first(real_world, asked):
    ada = signed_in(real_world.ada.user)
    answer(real_world, asked)

    check_first_facts(get_page(ada, "answer", asked))
    check_first_facts(ada.get("/").content.decode())


def test_a_saved_no_says_it_first(real_world, asked):
    answer(real_world, asked, "none")

    check_first_facts(get_page(signed_in(real_world.ada.user), "answer", asked))


def test_a_look_says_it(real_world, asked):
    answer(real_world, asked)
    look(real_world, asked)

    line = read_words(signed_in(real_world.ada.user).get(reverse("disclosures:activity")).content.decode())

    assert f"What for {WHAT_FOR} Why now {WHY_NOW[0]}" in line and "Case T-77" in line


LABELS = {
    "en": ("What for: ", "Why now: You contacted us"),
    "de": ("Wofür: ", "Warum jetzt: Sie haben sich an uns gewandt"),
    "es": ("Para qué: ", "Por qué ahora: Usted se puso en contacto con nosotros"),
}


@pytest.mark.parametrize("language", LABELS)
def test_the_email_says_it_in_the_reader_s_language_without_the_requester_s_words(real_world, asked, language):
    customer_records.choose_language(customer=real_world.ada.customer.pk, language=language, by=real_world.ada.actor)
    message = Message.objects.get(kind="access_request_filed")
    deliver_message(message=message.id)

    body, (what_for, why_now) = mail.outbox[-1].body, LABELS[language]
    assert f"{what_for}{WHAT_FOR}" in body and why_now in body
    assert WHY_NOW[1] not in body and "T-77" not in json.dumps(message.context)


@pytest.mark.parametrize("reason", Reason.values)
def test_both_pages_show_only_what_the_digest_covers(real_world, reason):
    """Each fact on the request and on its check is a word of the displayed request or of the notice it names."""
    request = ask(real_world, "orders", "health", case_number="T-77", reason=Reason(reason))
    shown = build_displayed_request(request, request.categories.all())
    notice = build_displayed_notice(request.version.notices.get(language="en"), request.version)
    ada = signed_in(real_world.ada.user)

    assert (compute_digest(shown), compute_digest(notice)) == (request.digest, shown["notices"]["en"])
    for page in (get_page(ada, "request", request), get_check_page(ada, request)):
        facts = dict(list_facts(page))
        assert notice["name"] in facts["What for"]
        words = (Reason(reason).label, shown["sentence"], shown["sensitive_reason"], shown["case_number"])
        assert all(str(word) in facts["Why now"] for word in words)
        assert all(word in read_words(page) for word in shown["who"].values())
        titles = [one["title"] for one in notice["categories"] if one["code"] in shown["categories"]]
        assert all(title in facts.get("What they will see", facts.get("Can see")) for title in titles)
