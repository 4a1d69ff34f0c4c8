"""The customer's pages of a request: read, check, save, stop."""

import json
import re
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.core import mail
from django.urls import reverse

from consents.access.display import build_displayed_request
from consents.access.models import AccessRequest, Answer, Grant, Reason
from consents.catalogue.display import build_displayed_notice
from consents.core.canonical import compute_digest
from consents.ledger.models import Entry
from consents.notifications.delivery import deliver_message
from consents.notifications.models import Message
from consents.people.models import Role
from consents.people.services import customer_records
from tests.access.asking_form import form_of
from tests.disclosures.looking import look
from tests.world.cast import answer, ask, make_staff, signed_in
from tests.world.scene_fixtures import scene


@pytest.fixture
def ada(world):
    return signed_in(world.ada.user)


def post(client, request, **values):
    return client.post(reverse("access:answer", args=[request.pk]), form_of(client, request) | values)


def test_the_home_page_counts_what_waits(world, ada):
    ask(world)

    page = ada.get("/").content.decode()

    assert "1 request is waiting for you" in page
    assert "Sam from Billing Support wants to see your data" in page


@pytest.mark.parametrize("name", ["Wolfeschlegelsteinhausen-Bergerdorff-von-und-zu-Lichtenstein", "عبد الرحمن " * 5])
def test_a_long_name_in_any_script_is_shown_whole(world, ada, name):
    name = name[:60].strip()
    member = make_staff("long@firm.example", Role.REQUESTER, "Support", name)
    request = ask(world, "orders", member=member)

    for path in ("/", reverse("access:request", args=[request.pk])):
        assert f"{name} from Support" in ada.get(path).text
    assert post(ada, request, decision="all", confirm="1").status_code == 302
    assert ada.get("/activity/looks.pdf").status_code == 200


def test_nothing_is_selected_beforehand(world, ada):
    page = ada.get(reverse("access:request", args=[ask(world).pk])).content.decode()

    assert "checked" not in page


class TestShorterTime:
    """Of a request for one kind of data, a part of the yes is a shorter time."""

    def test_nothing_is_chosen_beforehand_and_no_box_ticks_itself(self, world, ada):
        page = ada.get(reverse("access:request", args=[ask(world, "contact", duration=timedelta(hours=2)).pk])).text
        assert "Allow for a shorter time" in page
        assert " selected" not in re.search(r"<select.*?</select>", page, re.DOTALL)[0].split("</option>", 1)[1]
        assert 'type="checkbox"' not in page and "2 hours</option>" not in page

    def test_it_asks_for_the_time(self, world, ada):
        response = post(ada, ask(world, "contact", duration=timedelta(hours=2)), decision="part")
        assert response.status_code == 422 and "Choose for how long." in response.text

    def test_it_counts_for_the_time_chosen(self, world, ada):
        request = ask(world, "contact", duration=timedelta(hours=2))
        post(ada, request, decision="part", duration=3600, confirm="1")
        assert Answer.objects.get().duration == timedelta(hours=1)

        page = ada.get(reverse("access:request", args=[request.pk])).text
        said = " ".join(re.sub(r"<[^>]+>", " ", page).split())
        assert "How long they asked for 2 hours" in said and "How long it was allowed for 1 hour" in said
        record = signed_in(world.sam.user).get(reverse("admin:access_accessrequest_change", args=[request.pk])).text
        assert all("Allowed for a shorter time" in read and "in part" not in read for read in (said, record))

    def test_there_is_none_where_nothing_is_shorter(self, world, ada):
        request = ask(world, "contact", duration=timedelta(minutes=30))
        page = ada.get(reverse("access:request", args=[request.pk])).text
        assert "Allow for a shorter time" not in page
        assert post(ada, request, decision="part", duration=1800).status_code == 422


def test_after_a_part_the_page_says_what_was_allowed_and_what_not(world, ada):
    request = ask(world, "orders", "contact")
    post(ada, request, decision="part", categories=world.categories["orders"].pk, duration=3600, confirm="1")

    page = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", ada.get(reverse("access:request", args=[request.pk])).text))

    assert "What they asked to see" in page and "What they will see" not in page
    assert "Allowed Orders" in page and "Not allowed Contact details" in page and "Allowed in part" in page
    assert "starting when you allow it" not in page and "If you do not allow it" not in page


def test_after_a_no_nothing_stands_as_what_they_will_see(world, ada):
    request = ask(world)
    post(ada, request, decision="none")

    page = ada.get(reverse("access:request", args=[request.pk])).text

    assert "What they asked to see" in page and "What they will see" not in page and "<dt>Allowed</dt>" not in page


def test_a_no_counts_at_once(world, ada):
    request = ask(world)

    response = post(ada, request, decision="none", message="Please write to me instead.")

    assert response.status_code == 302
    request.refresh_from_db()
    assert request.state == "denied"
    assert not Grant.objects.exists()
    assert "gets no access for this request" in ada.get(response.url).content.decode()


def test_a_yes_is_checked_before_it_counts(world, ada):
    request = ask(world)

    response = post(ada, request, decision="all")

    assert "Check your answer" in response.content.decode()
    assert not Answer.objects.exists()

    response = post(ada, request, decision="all", confirm="1")

    assert response.status_code == 302
    assert Grant.objects.filter(access_request=request).count() == 3


def test_part_of_it_for_a_shorter_time(world, ada):
    request = ask(world)

    post(ada, request, decision="part", categories=world.categories["orders"].pk, duration=3600, confirm="1")

    grant = Grant.objects.get()
    assert grant.category == world.categories["orders"]
    assert grant.ends_at - grant.starts_at == timedelta(hours=1)


def test_changing_ones_mind_keeps_the_choices(world, ada):
    request = ask(world)

    response = post(ada, request, decision="part", categories=world.categories["orders"].pk, duration=3600, change="1")

    assert response.context["form"]["decision"].value() == "part"
    assert not Answer.objects.exists()


BAD = [
    {},
    {"decision": "maybe"},
    {"decision": "part"},
    {"decision": "part", "categories": "999", "duration": "3600"},
    {"decision": "part", "categories": "x", "duration": "3600"},
    {"decision": "part", "categories": "\0", "duration": "-1"},
    {"decision": "none", "message": "\0"},
    {"decision": "none", "message": "x" * 501},
    {"decision": "all", "confirm": "1", "token": "no token"},
]


def test_bad_input_gets_a_sentence_and_nothing_is_saved(world, ada, subtests):
    request = ask(world)
    for values in BAD:
        with subtests.test(values=values):
            response = post(ada, request, **values)

            assert response.status_code == 422
            assert "There is a problem" in response.content.decode()
            assert not Answer.objects.exists()


def test_an_answer_to_something_else_than_is_on_record_is_refused(world, ada):
    response = post(ada, ask(world), decision="all", confirm="1", digest="0" * 64)

    assert response.status_code == 409
    assert "does not match the request on record" in response.content.decode()
    assert not Answer.objects.exists()


def test_a_double_submit_answers_once(world, ada):
    request = ask(world)
    values = form_of(ada, request) | {"decision": "all", "confirm": "1"}
    url = reverse("access:answer", args=[request.pk])

    first, second = ada.post(url, values), ada.post(url, values)

    assert (first.status_code, second.status_code) == (302, 302)
    assert Entry.objects.filter(event="access_request.answered").count() == 1


def test_an_answer_to_an_ended_request_shows_how_it_ended(world, ada):
    request = ask(world)
    values = form_of(ada, request) | {"decision": "all", "confirm": "1"}
    answer(world, request, "none")

    response = ada.post(reverse("access:answer", args=[request.pk]), values)

    assert response.status_code == 409
    assert "already ended" in response.content.decode()
    assert not Grant.objects.exists()


def test_stop_ends_access_in_one_click(world, ada):
    request, last = answer(world, ask(world, "orders")), answer(world, ask(world, "contact"))

    response = ada.post(reverse("access:stop", args=[request.pk]), headers={"HX-Request": "true"})
    closed = ada.post(reverse("access:stop", args=[last.pk]), headers={"HX-Request": "true"}).text

    assert "can no longer see this for the request" in response.content.decode()
    assert '<span id="allowed-now" hx-swap-oob="delete">' in response.content.decode()  # the number above is old now
    assert 'id="eye"' not in response.text and 'id="eye" hx-swap-oob="true"' in closed
    assert '<span id="allowed-now" hx-swap-oob="true">Right now you allow no access.' in closed
    assert set(Grant.objects.values_list("end", flat=True)) == {"stopped"}


def test_after_a_no_the_customer_may_let_them_ask_again(world, ada):
    request = answer(world, ask(world), "none")

    ada.post(reverse("access:ask_again", args=[request.pk]))

    assert ask(world).state == "pending"


@pytest.mark.parametrize("name", ["request", "answer", "stop", "ask_again"])
def test_another_customers_request_is_as_if_it_did_not_exist(world, name):
    request = ask(world)
    ben = signed_in(world.ben.user)
    send = ben.post if name in ("stop", "ask_again") else ben.get

    nowhere = uuid4()

    foreign = send(reverse(f"access:{name}", args=[request.pk]))
    missing = send(reverse(f"access:{name}", args=[nowhere]))

    assert foreign.status_code == missing.status_code == 404
    assert without_noise(foreign, request.pk) == without_noise(missing, nowhere)


def without_noise(response, id) -> str:
    """The page without its nonces, form tokens and own address."""
    return re.sub(r'(nonce|value|hx-headers)=(["\']).*?\2', "", response.content.decode()).replace(str(id), "")


def test_the_home_page_asks_a_bounded_number_of_queries(world, ada, django_assert_max_num_queries):
    for code in ("contact", "orders"):
        answer(world, ask(world, code), "none")
    ada.get("/")

    with django_assert_max_num_queries(20):
        ada.get("/")


def test_a_request_that_is_over_is_told_as_past(world):
    request = ask(world, "orders")
    ada, path = signed_in(world.ada.user), f"/requests/{request.pk}/"
    assert "<h1>Sam from Billing Support wants to see your data</h1>" in ada.get(path).text
    answer(world, request, "none")

    assert "<h1>Sam from Billing Support asked to see your data</h1>" in ada.get(path).text


# What a yes is bound to is the first fact a customer reads: "What for", then "Why now", on every page and email.

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
