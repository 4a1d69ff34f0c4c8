"""An answer that is committed after the last moment is refused as late, by the same words as any late answer."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from consents.access.models import AccessRequest, Answer, Block, Grant
from consents.access.rules import AlreadyEnded
from consents.access.rules.blocks import BlockedByCustomer, BlockKind, CannotBlockOneself, MemberHasLeft
from consents.access.rules.causes import EndCause
from consents.access.selectors import find_causes, is_blocked
from consents.access.services import answering, blocking
from consents.access.services.answering import refuse_if_too_late
from consents.core import clock
from consents.core.refusals import Unknown
from consents.disclosures.services import LookRefused, disclose_records
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.notifications.delivery import deliver_message
from consents.notifications.models import Message
from consents.people.models import Acting, Role
from consents.people.services import staff_members
from consents.people.services.holding import AlreadyErased
from tests.world.cast import answer, ask, make_staff, signed_in
from tests.world.owners import acting_as_owner


def block(world, kind: BlockKind, request: AccessRequest | None = None, who=None) -> Block:
    who = who or world.ada
    about = {"access_request": request.pk if request else None}
    return blocking.place_block(customer=who.customer.id, kind=kind, by=who.actor, **about)


def lift(world, placed: Block) -> Block:
    return blocking.lift_block(block=placed.pk, customer=world.ada.customer.id, by=world.ada.actor)


def test_blocking_a_person_ends_what_they_may_see_and_ask(world):
    running, pending = answer(world, ask(world, "orders")), ask(world, "contact")
    others = ask(world, "health", member=world.kim)

    block(world, BlockKind.MEMBER, running)

    assert [grant.end for grant in Grant.objects.all()] == ["stopped"]
    assert {row.pk: row.state for row in AccessRequest.objects.all()} == {
        running.pk: "approved",
        pending.pk: "denied",
        others.pk: "pending",
    }
    assert find_causes([running.pk, pending.pk]) == {running.pk: EndCause.BLOCKED, pending.pk: EndCause.BLOCKED}
    with pytest.raises(BlockedByCustomer):
        ask(world, "health")


def test_nobody_at_all_stops_everybody_until_it_is_lifted(world):
    pending, others = ask(world, "contact"), ask(world, "health", member=world.kim)

    nobody = block(world, BlockKind.EVERYBODY)

    assert set(AccessRequest.objects.values_list("state", flat=True)) == {"denied"}
    assert set(find_causes([pending.pk, others.pk]).values()) == {EndCause.NOBODY}
    for member in (world.sam, world.kim):
        with pytest.raises(BlockedByCustomer):
            ask(world, "orders", member=member)
    lift(world, nobody)
    assert ask(world, "orders").state == "pending"


def test_blocking_a_team_stops_who_joins_it_later(world):
    block(world, BlockKind.TEAM, ask(world, "contact"))
    new = make_staff("tom@example.com", Role.REQUESTER, " billing support", "Tom")

    with pytest.raises(BlockedByCustomer):
        ask(world, "orders", member=new)
    assert ask(world, "orders", member=world.kim).state == "pending"


def test_a_team_that_is_renamed_stays_blocked(real_world):
    world = real_world
    block(world, BlockKind.TEAM, ask(world, "contact"))
    for name in ("Bill Help", "Money"):
        with acting_as_owner() as owner, owner.cursor() as cursor:
            cursor.execute("UPDATE people_staffmember SET team = %s WHERE user_id = %s", [name, world.sam.pk])

    world.sam.refresh_from_db()
    assert world.sam.former_teams == ["billing support", "bill help"]
    with pytest.raises(BlockedByCustomer):
        ask(world, "orders")


def test_it_stops_nobody_else_and_no_other_customer(world):
    block(world, BlockKind.MEMBER, ask(world, "contact"))

    assert ask(world, "orders", customer=world.ben).state == "pending"
    assert not is_blocked(customer=world.ada.customer.id, member=world.kim.pk)


def test_placing_and_lifting_twice_changes_nothing(world):
    request = ask(world, "contact")
    first = block(world, BlockKind.MEMBER, request)

    assert block(world, BlockKind.MEMBER, request) == first
    lift(world, first)
    lift(world, first)
    events = Entry.objects.filter(object=str(first.pk)).order_by("id").values_list("event", "outcome")
    assert list(events) == [("block.placed", "member"), ("block.lifted", "member")]
    assert block(world, BlockKind.MEMBER, request) != first


def test_what_a_block_ended_stays_ended_and_may_be_asked_for_again_if_the_customer_says_so(world):
    pending = ask(world, "contact")
    lift(world, block(world, BlockKind.EVERYBODY))

    answering.lift_waiting_time(access_request=pending.pk, customer=world.ada.customer.id, by=world.ada.actor)

    assert ask(world, "contact").state == "pending"


def test_nobody_blocks_by_a_request_of_somebody_else_or_lifts_anothers_block(world):
    theirs = ask(world, "contact", customer=world.ben)
    with pytest.raises(Unknown):
        block(world, BlockKind.MEMBER, theirs)
    placed = block(world, BlockKind.EVERYBODY, who=world.ben)
    with pytest.raises(Unknown):
        lift(world, placed)


def test_somebody_who_left_need_not_be_blocked_but_their_team_can(world):
    request = ask(world, "contact")
    staff_members.end_staff_membership(member=world.sam, by=PORTAL)

    with pytest.raises(MemberHasLeft):
        block(world, BlockKind.MEMBER, request)
    assert block(world, BlockKind.TEAM, request).team == "Billing Support"


def test_who_acts_for_the_customer_does_not_block_themself(real_world):
    world = real_world
    request = ask(world, "contact")
    with acting_as_owner() as owner, owner.cursor() as cursor:
        cursor.execute(
            "INSERT INTO people_acting (user_id, customer_id, capacity) VALUES (%s, %s, 'agent')",
            [world.sam.pk, world.ada.customer.id],
        )
    assert Acting.objects.filter(user=world.sam.user).exists()

    with pytest.raises(CannotBlockOneself):
        block(world, BlockKind.MEMBER, request)


@pytest.mark.forced
def test_a_block_that_ended_nothing_still_closes_the_door(real_world):
    """Past every service: the grant runs on, and the block stands in the table alone."""
    world = real_world
    grant = answer(world, ask(world, "orders")).grants.get()
    with acting_as_owner() as owner, owner.cursor() as cursor:
        cursor.execute(
            "INSERT INTO access_block (id, customer_id, kind, team) VALUES (gen_random_uuid(), %s, 'everybody', '')",
            [world.ada.customer.id],
        )
    with pytest.raises(LookRefused) as refused:
        disclose_records(grant=grant.pk, staff=world.sam.pk, by=Actor("staff", str(world.sam.pk)))
    assert refused.value.why == "blocked"
    assert Entry.objects.filter(event="vault.opening_refused", outcome="blocked").exists()


def test_the_customer_gets_an_email_that_names_nobody(world):
    placed = block(world, BlockKind.MEMBER, ask(world, "contact"))
    lift(world, placed)

    told = Message.objects.filter(kind="act_confirmed").order_by("queued_at")
    assert [(message.customer, message.context["by"]) for message in told] == [(world.ada.customer, "customer")] * 2
    for message in told:
        deliver_message(message=message.pk)
        assert mail.outbox[-1].to == ["ada@example.com"]
        assert "Sam" not in mail.outbox[-1].body and "own sign-in" in mail.outbox[-1].body


def test_after_a_restore_a_person_whom_the_backup_does_not_know_is_not_blocked(world):
    about = {"customer": world.ada.customer.id, "kind": BlockKind.MEMBER, "team": "", "by": PORTAL}

    assert blocking.place_block_again(**about, member=uuid4()) is None
    assert not Block.objects.exists()
    assert blocking.place_block_again(**about, member=world.sam.pk).member == world.sam.user


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


def test_an_answer_committed_too_late_is_refused(real_world, later, monkeypatch):
    request = ask(real_world, answer_within=timedelta(hours=1))
    began = clock.now()
    later(timedelta(hours=1, seconds=1))
    monkeypatch.setattr(clock, "now", lambda: began)  # it began in time

    with pytest.raises(AlreadyEnded):
        answer(real_world, request)

    monkeypatch.undo()
    assert AccessRequest.objects.get(pk=request.pk).state == "pending" and not Answer.objects.exists()


def test_what_else_the_database_refuses_is_not_called_late(world):
    request = ask(world, "orders")

    with pytest.raises(IntegrityError), refuse_if_too_late(request.pk), transaction.atomic():
        raise IntegrityError
