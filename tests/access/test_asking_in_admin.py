"""Staff ask on the staff site: find, fill in, preview, file; their requests, and cancelling one."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from consents.access.models import AccessRequest
from consents.access.staff.asking_pages import suggest_plain_words
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.people.services import customer_records
from tests.access.asking_form import ADD, LIST, PREVIEW, filled, text
from tests.world.cast import answer, ask, signed_in


@pytest.fixture
def sam(world) -> Client:
    return signed_in(world.sam.user)


@pytest.mark.parametrize("who", ["C-1001", " C-1001 ", "ada@example.com", "ADA@example.com"])
def test_the_search_finds_one_customer_and_never_echoes_the_input(sam, who):
    response = sam.post(ADD, {"who": who})

    assert response.status_code == 200 and "Customer found" in text(response)
    assert who.strip() not in text(response)


def test_unknown_and_ambiguous_get_the_same_sentence(sam, world):
    customer_records.open_customer_record(reference="C-9", email="ada@example.com", by=PORTAL)

    ambiguous, unknown = (sam.post(ADD, {"who": who}) for who in ("ada@example.com", "nobody@example.com"))

    assert ambiguous.status_code == unknown.status_code == 422
    assert "No single customer" in text(ambiguous) and "No single customer" in text(unknown)
    assert "ada@example.com" not in text(ambiguous)


@pytest.mark.parametrize("who", ["", "   ", "\0", "x" * 300, "C-1001\0"])
def test_odd_searches_get_a_sentence(sam, who):
    response = sam.post(ADD, {"who": who})

    assert response.status_code == 422 and "errors-title" in text(response)


def test_looking_for_customers_is_on_record_and_bounded(sam, settings):
    settings.PORTAL_LOOK_UPS_PER_HOUR = 2

    answers = [sam.post(ADD, {"who": f"somebody{number}@example.com"}) for number in range(3)]

    assert [response.status_code for response in answers] == [422, 422, 429]
    assert "Try again later" in text(answers[-1])
    entries = Entry.objects.filter(event="customer.looked_up")
    assert entries.count() == 2 and not any("somebody" in entry.canonical for entry in entries)


@pytest.mark.parametrize("sentence", ["\u200b", "\u3164 \u2800", "\u202e\u2066"])
def test_a_sentence_that_nobody_sees_is_none(sam, world, sentence):
    response = sam.post(ADD, filled(world, sentence=sentence))

    assert response.status_code == 422 and "Say in one sentence why you need this." in text(response)
    assert not AccessRequest.objects.exists()


def test_a_sentence_is_kept_in_the_order_it_is_read_in(sam, world):
    turned = {"sentence": "You owe us 12 \u202e03\u202c euros \u2764\ufe0f.", "case_number": "\u20667\u2069"}

    sam.post(ADD, filled(world, **turned))

    asked = AccessRequest.objects.get()
    assert (asked.sentence, asked.case_number) == ("You owe us 12 03 euros \u2764\ufe0f.", "7")


def test_an_empty_form_asks_only_for_what_it_shows(sam, world):
    found = filled(world)["found"]

    page = text(sam.post(ADD, {"found": found, "token": str(uuid4()), "file": "1"}))

    assert "Choose what the data is for." in page and "Choose a reason." in page
    assert "This field is required" not in page and "Choose at least one kind of data" not in page


def test_nothing_is_chosen_beforehand(sam, world):
    page = text(sam.post(PREVIEW + "?purpose=1", filled(world, categories=[])))

    assert "checkbox" in page and "checked" not in page


def test_the_form_offers_the_least_sensitive_data_first_and_marks_sensitive_data(sam, world):
    page = " ".join(text(sam.post(PREVIEW + "?purpose=1", filled(world))).split())

    places = [page.index(f"{title} </label>") for title in ("Contact details", "Orders")]
    assert places == sorted(places) and places[-1] < page.index('Health notes <span class="state state-wait">Sensitive')


def test_a_purpose_brings_its_own_times(sam, world):
    page = text(sam.post(PREVIEW + "?purpose=1", filled(world, duration="", answer_within="")))

    assert '<option value="7200" selected>2 hours</option>' in page
    assert '<option value="604800" selected>7 days</option>' in page


def test_the_card_beside_the_form_is_the_customers(sam, world):
    card = text(sam.post(PREVIEW, filled(world)))

    assert "Sam from Billing Support wants to see your data" in card
    assert "You wrote to us about a wrong bill." in card and "Health notes" in card.split("will not see")[1]


def test_the_preview_works_without_script(sam, world):
    so_far = filled(world, sentence="", preview="1")
    del so_far["file"]

    page = text(sam.post(ADD, so_far))

    assert "wants to see your data" in page and "errors-title" not in page
    assert not AccessRequest.objects.exists()


def test_filing_leads_to_the_record(sam, world):
    response = sam.post(ADD, filled(world), follow=True)

    filed = AccessRequest.objects.get()
    assert (filed.customer, filed.staff) == (world.ada.customer, world.sam.user)
    assert "The customer finds it on their page" in text(response) and "Waiting for the customer" in text(response)
    assert Entry.objects.get(event="access_request.filed").evidence is not None


def test_sending_twice_files_once(sam, world):
    once = filled(world)

    assert sam.post(ADD, once).url == sam.post(ADD, once).url
    assert AccessRequest.objects.count() == 1


def test_sensitive_data_needs_a_second_reason(sam, world):
    response = sam.post(ADD, filled(world, categories=[str(world.categories["health"].pk)]))

    assert response.status_code == 422 and "second reason" in text(response)
    assert not AccessRequest.objects.exists()


def test_a_refusal_is_told_and_nothing_typed_is_lost(sam, world):
    ask(world, "orders")

    response = sam.post(ADD, filled(world))

    assert response.status_code == 422
    assert "has already been asked for the same data" in text(response) and "about a wrong bill" in text(response)


BAD = [
    {"sentence": ""},
    {"sentence": "x" * 201},
    {"sentence": "a\0b"},
    {"case_number": "x" * 41},
    {"purpose": "0"},
    {"purpose": "x\0"},
    {"categories": []},
    {"categories": ["999999"]},
    {"categories": ["x"]},
    {"reason": "because"},
    {"duration": "1"},
    {"duration": "99999999"},
    {"answer_within": "-1"},
    {"token": "x"},
    {"token": ""},
]


def test_bad_input_gets_a_sentence(sam, world, subtests):
    for changes in BAD:
        with subtests.test(changes=changes):
            response = sam.post(ADD, filled(world, **changes))

            assert response.status_code == 422 and "errors-title" in text(response)
            assert not AccessRequest.objects.exists()


def test_a_category_sent_twice_counts_once(sam, world):
    sam.post(ADD, filled(world, categories=[str(world.categories["orders"].pk)] * 3))

    assert AccessRequest.objects.get().requested.count() == 1


@pytest.mark.parametrize("found", ["", "nonsense", "x" * 1000, "\0"])
def test_no_request_is_filed_before_a_customer_is_found(sam, world, found):
    response = sam.post(ADD, filled(world, found=found))

    assert response.status_code == 422 and "Find the customer first" in text(response)


def test_a_find_serves_the_finder_alone(world):
    response = signed_in(world.kim.user).post(ADD, filled(world))

    assert response.status_code == 422 and not AccessRequest.objects.exists()


@pytest.mark.parametrize("who", ["pia", "otto"])
def test_officers_do_not_ask(world, who):
    client = signed_in(getattr(world, who).user)

    assert client.get(ADD).status_code == client.post(ADD, filled(world)).status_code == 404
    assert client.post(PREVIEW, filled(world)).status_code == 404


def test_a_requester_sees_their_own_requests_and_officers_all(world, sam):
    ask(world, "orders")

    assert "Answer your questions" in text(sam.get(LIST))
    assert "Answer your questions" not in text(signed_in(world.kim.user).get(LIST))
    assert "Sam from Billing Support" in text(signed_in(world.otto.user).get(LIST))


def test_somebody_elses_request_answers_like_one_that_does_not_exist(world, sam):
    theirs = ask(world, "orders", member=world.kim)

    existing, unknown = (sam.get(f"{LIST}{id}/change/") for id in (theirs.pk, uuid4()))

    assert existing.status_code == unknown.status_code == 404
    assert existing.templates[0].name == unknown.templates[0].name == "404.html"


def test_a_list_shows_no_personal_value(world, sam):
    ask(world, "orders")

    page = text(sam.get(LIST))

    assert "C-1001" not in page and "ada@example.com" not in page and str(world.ada.customer.pk)[:8] in page


def test_expiry_is_judged_at_read(real_world, later):
    request = ask(real_world, "orders", answer_within=timedelta(hours=1))
    client = signed_in(real_world.sam.user)

    later(timedelta(hours=2))

    assert "Time to answer ran out" in text(client.get(LIST))
    page = text(client.get(f"{LIST}{request.pk}/change/"))
    assert "Time to answer ran out" in page and "Cancel the request" not in page


def test_the_record_tells_what_happened_and_what_the_customer_wrote(world, sam):
    request = answer(world, ask(world, "orders"), "none", message="Please call me instead.")
    address = f"{LIST}{request.pk}/change/"

    assert "Please call me instead." in text(sam.get(address))
    assert "The customer did not allow it." in text(sam.get(address))
    assert "Please call me instead." not in text(signed_in(world.otto.user).get(address))


def cancelling(request, **more) -> dict:
    return {"CHANGE_FORM-action": "cancel", "_selected_action": str(request.pk)} | more


def test_cancelling_asks_once_more_and_then_counts(world, sam):
    request = ask(world, "orders")
    address = f"{LIST}{request.pk}/change/"

    assert "Cancel this request?" in text(sam.post(address, cancelling(request), follow=True))
    request.refresh_from_db()
    assert request.state == "pending"

    assert "The request is cancelled." in text(sam.post(address, cancelling(request, confirm="1"), follow=True))
    request.refresh_from_db()
    assert request.state == "cancelled"


def test_an_answered_request_cannot_be_cancelled(world, sam):
    request = answer(world, ask(world, "orders"))

    page = text(sam.post(f"{LIST}{request.pk}/change/", cancelling(request, confirm="1"), follow=True))

    assert "already ended" in page


def test_officers_and_colleagues_cannot_cancel(world):
    request = ask(world, "orders")

    for member in (world.pia, world.otto, world.kim):
        signed_in(member.user).post(f"{LIST}{request.pk}/change/", cancelling(request, confirm="1"))

    request.refresh_from_db()
    assert request.state == "pending"


@pytest.mark.parametrize("path", ["change/", "delete/", "history/"])
def test_a_filed_request_never_changes_here(world, sam, path):
    request = ask(world, "orders")

    response = sam.post(f"{LIST}{request.pk}/{path}", {"sentence": "Another one.", "post": "yes"})

    assert response.status_code in (403, 404)


@pytest.mark.parametrize("page", [LIST, "/admin/", "/admin/your-training/", "/accounts/2fa/"])
def test_a_hint_says_on_every_page_how_many_were_answered(world, sam, page):
    since = re.search(r'hx-get="([^"]+)"', sam.get(page).content.decode()).group(1).replace("&amp;", "&")
    assert "answered" not in text(sam.get(since))

    answer(world, ask(world, "orders"))

    assert "1 request was answered." in text(sam.get(since))


def test_the_hint_stays_until_the_requests_are_looked_at(world, sam):
    def count_hints() -> int:
        since = re.search(r'hx-get="([^"]+)"', sam.get("/admin/").text).group(1).replace("&amp;", "&")
        return sam.get(since).text.count("data-news")

    sam.get("/admin/")
    answer(world, ask(world, "orders"))
    assert [count_hints(), count_hints()] == [1, 1]

    sam.get(LIST)

    assert count_hints() == 0


@pytest.mark.parametrize("since", ["", "yesterday", "2026-13-45T00:00", "2026-01-01T00:00:00", "\0"])
def test_an_odd_moment_gets_a_sentence(sam, since):
    assert sam.get(f"{LIST}answered/", {"since": since}).status_code == 400


def test_the_first_page_counts_what_waits_and_runs(world, sam):
    ask(world, "orders")
    answer(world, ask(world, "contact"))

    page = text(sam.get("/admin/"))

    assert "<strong>1</strong> access request waiting for a customer" in page
    assert (
        "<strong>1</strong> access request answered today" in page
        and "<strong>1</strong> customer whose data you may look at" in page
    )


REQUESTERS_ROOMS = {"access", "disclosures", "exemptions", "rights"}
OFFICERS_ROOMS = REQUESTERS_ROOMS | {
    "catalogue",
    "choices",
    "insights",
    "notifications",
    "people",
    "systems",
    "training",
}


@pytest.mark.parametrize(("who", "rooms"), [("sam", REQUESTERS_ROOMS), ("pia", OFFICERS_ROOMS)])
def test_the_menu_shows_each_role_its_rooms_on_every_page(world, who, rooms):
    client = signed_in(getattr(world, who).user)

    for path in ("/admin/", LIST, "/accounts/2fa/"):
        page = client.get(path).content.decode()
        assert set(re.findall(r'<a href="/admin/(\w+)/\w+/(?:add/)?"', page)) == rooms


def test_the_menu_says_which_page_is_open(world, sam):
    for path, label in {"/admin/": "Today", LIST: "Access requests", "/admin/your-training/": "Your training"}.items():
        assert re.findall(
            r'aria-current="page">\s*<svg.*?</svg>\s*(.*?)</a>', sam.get(path).content.decode(), re.S
        ) == [label]


@pytest.mark.parametrize("state", ["waiting", "running", "today", "over", "nonsense"])
def test_the_list_narrows_by_state(world, sam, state):
    ask(world, "orders")

    assert sam.get(LIST, {"state": state}).status_code in (200, 302)


@pytest.mark.parametrize(
    ("sentence", "hints"),
    [
        ("You wrote to us about a wrong bill.", 0),
        ("We must escalate this per our SLA.", 1),
        ("word " * 25, 1),
        ("", 0),
    ],
)
def test_a_hint_helps_to_write_plainly(sentence, hints):
    assert len(suggest_plain_words(sentence)) == hints


@pytest.mark.parametrize(
    "query", ["sentence__regex=(", "filed_at__year=99999999999", "duration__gt=x", "staff__email=x"]
)
def test_nobody_composes_conditions_in_the_address(sam, query):
    assert sam.get(f"{LIST}?{query}").status_code in (302, 400)
