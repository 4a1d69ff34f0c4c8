import pytest

from consents.access.models import Block
from consents.access.rules.blocks import BlockKind
from consents.access.services import blocking
from consents.disclosures.services import disclose_records
from consents.ledger.rules import PORTAL, Actor
from consents.notifications.models import Message
from consents.people.services import staff_members
from consents.people.services.holding import AlreadyErased
from tests.world.cast import answer, ask, signed_in


def ada(world):
    return signed_in(world.ada.user)


def test_a_request_leads_to_the_block_of_who_asked(world):
    request, client = ask(world, "orders"), ada(world)
    path = f"/requests/{request.pk}/block/"
    assert path in client.get(f"/requests/{request.pk}/").content.decode()
    assert "checked" not in client.get(path).content.decode()

    assert client.post(path).status_code == 422
    response = client.post(path, {"whom": "member"}, follow=True)

    assert response.redirect_chain == [("/blocks/", 302)]
    page = response.content.decode()
    assert "Sam from Billing Support" in page and '<td data-label="Chosen by">You</td>' in page
    assert "You blocked this person." in client.get(f"/requests/{request.pk}/").content.decode()


@pytest.mark.parametrize("whom", ["member", "team", "everybody"])
def test_who_is_blocked_is_not_said_to_ask_again_one_day(world, whom):
    request, client = answer(world, ask(world, "orders"), "none"), ada(world)
    page, again = f"/requests/{request.pk}/", "They may ask for the same again from"
    assert again in client.get(page).text
    client.post(f"{page}block/", {"whom": whom})

    blocked = client.get(page).text
    assert again not in blocked and f"{page}block/" not in blocked and "A block of who asked stands" in blocked
    client.post(f"/blocks/{Block.objects.get().pk}/lift/")
    assert again in client.get(page).text


def test_a_look_in_the_log_leads_to_the_block(real_world):
    request = answer(real_world, ask(real_world, "orders"))
    sam = real_world.sam.pk
    disclose_records(grant=request.grants.get().pk, staff=sam, by=Actor("staff", str(sam)))

    assert f"/requests/{request.pk}/block/" in ada(real_world).get("/activity/").content.decode()


def test_nobody_at_all_is_one_press_and_one_press_back(world):
    client = ada(world)
    client.post("/blocks/nobody/")

    [placed] = Block.objects.all()
    assert placed.kind == BlockKind.EVERYBODY
    page = client.get("/blocks/").content.decode()
    assert "Let staff ask again" in page and "Let nobody ask or look" not in page
    assert "no one can ask or look from now on" in page and "they can no longer" not in page
    client.post(f"/blocks/{placed.pk}/lift/")
    assert "Let nobody ask or look" in client.get("/blocks/").content.decode()


def test_the_end_of_one_block_promises_nothing_while_another_stands(world):
    request, client = ask(world, "orders"), ada(world)
    client.post(f"/requests/{request.pk}/block/", {"whom": "member"})
    client.post("/blocks/nobody/")
    everybody, member = Block.objects.order_by("kind")

    first = client.post(f"/blocks/{member.pk}/lift/", follow=True).text
    assert "Your other blocks still stand." in first and "They may ask you again" not in first
    acts = [str(message.context["act"]) for message in Message.objects.filter(kind="act_confirmed")]
    assert [act for act in acts if "may ask for your data again, unless another block stands" in act]

    last = client.post(f"/blocks/{everybody.pk}/lift/", follow=True).text
    assert "They may ask you again" in last and "Your other blocks" not in last


def test_the_first_page_says_so_while_nobody_may_ask(world):
    client, appears = ada(world), "the request appears here"
    assert appears in client.get("/").text
    client.post("/blocks/nobody/")

    page = client.get("/").text
    assert "no one may ask to see your data" in page and 'href="/blocks/"' in page and appears not in page


def test_pressing_twice_and_a_block_of_somebody_who_left_get_a_sentence(world):
    request, client = ask(world, "orders"), ada(world)
    staff_members.end_staff_membership(member=world.sam, by=PORTAL)

    response = client.post(f"/requests/{request.pk}/block/", {"whom": "member"})

    assert response.status_code == 422 and "no longer works here" in response.content.decode()
    assert not Block.objects.exists()


def test_the_pages_of_another_customer_do_not_exist(world):
    request = ask(world, "orders", customer=world.ben)
    placed = blocking.place_block(customer=world.ben.customer.id, kind=BlockKind.EVERYBODY, by=world.ben.actor)
    client = ada(world)

    assert client.get(f"/requests/{request.pk}/block/").status_code == 404
    assert client.post(f"/requests/{request.pk}/block/", {"whom": "everybody"}).status_code == 404
    assert client.post(f"/blocks/{placed.pk}/lift/").status_code == 404
    assert Block.objects.get().lifted_at is None


def test_staff_read_the_refusal_before_the_form(world):
    blocking.place_block(customer=world.ada.customer.id, kind=BlockKind.EVERYBODY, by=world.ada.actor)

    response = signed_in(world.sam.user).post("/admin/access/accessrequest/add/", {"who": "C-1001"})

    page = response.content.decode()
    assert response.status_code == 403
    assert "Customer found." in page and "Only the customer can change that" in page
    assert 'name="sentence"' not in page and "C-1001" not in page


def test_staff_read_on_their_request_that_it_was_the_customer(world):
    request = ask(world, "orders")
    blocking.place_block(
        customer=world.ada.customer.id, kind=BlockKind.MEMBER, access_request=request.pk, by=world.ada.actor
    )

    page = signed_in(world.sam.user).get(f"/admin/access/accessrequest/{request.pk}/change/").content.decode()

    assert "The customer decided that the requester may neither ask for their data nor look at it." in page


def test_a_refusal_where_no_form_can_show_it_is_the_page(world, monkeypatch):
    def refuse(**_about):
        raise AlreadyErased

    monkeypatch.setattr(blocking, "place_block", refuse)
    response = ada(world).post("/blocks/nobody/")

    assert response.status_code == AlreadyErased.status and str(AlreadyErased.sentence) in response.text
