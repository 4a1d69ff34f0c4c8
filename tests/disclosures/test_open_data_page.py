"""The "Open data" page of staff: what was allowed, while it is allowed, each look on record first."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from consents.access.rules.blocks import BlockKind
from consents.access.rules.causes import WORDS, EndCause
from consents.access.services import ending
from consents.access.services.blocking import place_block
from consents.choices.services import withdrawing
from consents.disclosures.models import Opening
from consents.disclosures.services import disclose_records
from consents.disclosures.staff import pages
from consents.ledger.rules import PORTAL
from consents.people.services import staff_members
from tests.world.cast import answer, ask, signed_in
from tests.world.exemptions import file_order
from tests.world.scene_fixtures import scene


def address(request) -> str:
    return f"/admin/open/{request.pk}/"


def grant_of(request, code: str = "orders"):
    return request.grants.get(category__code=code)


def look(client: Client, request, code: str = "orders"):
    return client.post(address(request), {"grant": str(grant_of(request, code).pk)})


def text(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.fixture
def sam(real_world) -> Client:
    return signed_in(real_world.sam.user)


@scene
def allowed(real_world):
    return answer(real_world, ask(real_world, "orders", "contact"), "part", "orders")


def test_getting_the_page_shows_no_data_and_records_nothing(sam, allowed):
    page = text(sam.get(address(allowed)))

    assert "Open: Orders" in page and "Blue lamp" not in page
    assert "Contact details" not in page
    assert not Opening.objects.exists()


def test_a_press_shows_one_kind_of_data_and_is_on_record(sam, allowed):
    page = text(look(sam, allowed))

    assert "Blue lamp" in page and "Chair" in page and '<th scope="col">Price</th>' in page
    assert "Each time you open data, it is recorded" in page
    assert Opening.objects.get().grant == grant_of(allowed)


def test_a_single_record_is_a_list_of_facts(sam, real_world):
    request = answer(real_world, ask(real_world, "contact"))

    assert "<dt>Name</dt><dd>Ada Marker</dd>" in text(look(sam, request, "contact"))


def test_no_answer_is_kept_by_any_cache(sam, allowed):
    status = f"{address(allowed)}{grant_of(allowed).pk}/"

    for response in (sam.get(address(allowed)), look(sam, allowed), sam.get(status)):
        assert "no-store" in response["Cache-Control"]


def test_the_page_leaves_by_itself_at_the_end(sam, allowed):
    seconds, url = look(sam, allowed)["Refresh"].split("; url=")

    assert 7100 < int(seconds) <= 7201 and url == address(allowed)


def end_by_stop(world, request):
    ending.stop_access(access_request=request.pk, customer=world.ada.customer.id, by=world.ada.actor)


def end_by_withdrawal(world, request):
    withdrawing.withdraw_consent(customer=world.ada.customer.id, purpose="support", by=world.ada.actor)


@pytest.mark.parametrize(("end", "why"), [(end_by_stop, "stopped"), (end_by_withdrawal, "said no to this purpose")])
def test_after_the_end_there_is_a_reason_and_no_data(sam, real_world, allowed, end, why):
    status = f"{address(allowed)}{grant_of(allowed).pk}/"
    assert "Blue lamp" in text(look(sam, allowed)) and sam.get(status).status_code == 204

    end(real_world, allowed)

    for response in (sam.get(address(allowed)), look(sam, allowed)):
        assert response.status_code == 403
        assert why in text(response) and "Blue lamp" not in text(response)
    fragment = text(sam.get(status))
    assert why in fragment and "<html" not in fragment
    assert 'id="access" hx-swap-oob="true"' in fragment and "until" not in fragment
    assert Opening.objects.count() == 1


def test_it_ends_by_time_with_no_worker(sam, allowed, later):
    look(sam, allowed)

    later(timedelta(hours=2, seconds=1))

    response = look(sam, allowed)
    assert response.status_code == 403 and "is over" in text(response)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda world: ask(world, "orders"), "has not answered yet"),
        (lambda world: answer(world, ask(world, "orders"), "none"), "did not allow"),
    ],
)
def test_without_a_yes_there_is_nothing_to_open(sam, real_world, make, why):
    response = sam.get(address(make(real_world)))

    assert response.status_code == 403 and why in text(response)


def test_a_request_nobody_answered_opens_nothing(sam, real_world, later):
    request = ask(real_world, "orders", answer_within=timedelta(hours=1))

    later(timedelta(hours=1, seconds=1))

    assert "No one answered in time" in text(sam.get(address(request)))


@pytest.mark.parametrize("who", ["kim", "pia", "otto"])
def test_somebody_elses_request_answers_like_one_that_does_not_exist(real_world, allowed, who):
    client = signed_in(getattr(real_world, who).user)

    for response in (client.get(address(allowed)), look(client, allowed), client.get(f"/admin/open/{uuid4()}/")):
        assert response.status_code == 404 and response.templates[0].name == "404.html"
    assert not Opening.objects.exists()


@pytest.mark.parametrize("grant", ["", "x", "\0", "0c9f1a52-5f0e-4a52-9a50-8f7c1f1d2b11"])
def test_a_made_up_grant_opens_nothing(sam, allowed, grant):
    assert sam.post(address(allowed), {"grant": grant}).status_code == 404
    assert not Opening.objects.exists()


def test_a_grant_of_another_request_opens_nothing_here(sam, real_world, allowed):
    other = answer(real_world, ask(real_world, "contact"))

    assert sam.post(address(allowed), {"grant": str(grant_of(other, "contact").pk)}).status_code == 404


def test_ended_staff_open_nothing(sam, real_world, allowed):
    staff_members.end_staff_membership(member=real_world.sam, by=PORTAL)

    response = look(sam, allowed)
    assert response.status_code == 302 and "/admin/login/" in response.url


def test_the_record_links_to_it_while_access_runs(sam, real_world, allowed):
    record = f"/admin/access/accessrequest/{allowed.pk}/change/"
    assert address(allowed) in text(sam.get(record))

    end_by_stop(real_world, allowed)

    assert address(allowed) not in text(sam.get(record))


def test_data_of_which_access_ends_while_it_is_read_is_not_shown(sam, real_world, allowed, monkeypatch):
    def end_after_reading(**about):
        seen = disclose_records(**about)
        end_by_stop(real_world, allowed)
        return seen

    monkeypatch.setattr(pages, "disclose_records", end_after_reading)
    response = look(sam, allowed)

    assert response.status_code == 403 and "Blue lamp" not in text(response) and "stopped" in text(response)
    assert Opening.objects.count() == 1


def test_where_nothing_was_ever_opened_the_page_says_why(sam, real_world):
    blocked = ask(real_world, "orders")
    place_block(customer=blocked.customer_id, kind=BlockKind.EVERYBODY, by=real_world.ada.actor)
    for subject, why in (
        (blocked, WORDS[EndCause.NOBODY].staff),
        (file_order(real_world, "orders"), "This exemption has opened nothing."),
    ):
        response = sam.get(address(subject))
        assert response.status_code == 403 and str(why) in text(response)


def test_the_state_of_a_grant_that_is_not_there_is_not_told(sam, allowed):
    assert sam.get(f"{address(allowed)}{uuid4()}/").status_code == 404
