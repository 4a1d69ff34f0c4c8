"""The customer's pages of a request: read, check, save, stop."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from consents.access.models import Answer, Grant
from consents.ledger.models import Entry
from consents.people.models import Role
from tests.access.answer_form import form_of
from tests.world.cast import answer, ask, make_staff, signed_in


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
