"""Who shares an account answers together: the yes of all, or of any, as their contract has it; one no is a no."""

import html
import re
from datetime import timedelta
from uuid import uuid4

import pytest

from consents.access.customers.presenting import describe_silence
from consents.access.models import Answer, Assent, Grant
from consents.access.rules import AlreadyAssented, AlreadyEnded, NothingInCommon
from consents.access.rules.blocks import BlockKind
from consents.access.selectors.locking import read_request
from consents.access.services import answering, blocking, ending
from consents.access.services.asking import cancel_access_request
from consents.core import clock
from consents.core.refusals import Unknown
from consents.ledger.models import Entry
from consents.ledger.rules import Actor
from consents.notifications.delivery import deliver_message
from consents.notifications.models import Message
from consents.ops.rebuilding import Difference, find_differences
from consents.people.services import representing
from tests.world.cast import answer, ask, signed_in
from tests.world.holders import share_account
from tests.world.scene_fixtures import scene
from tests.world.sessions import act_for

HOUR = timedelta(hours=1)


def says(world, who, request, decision="all", *categories, **terms):
    """The answer of this holder."""
    as_if = type(world)(**vars(world) | {"ada": who})
    return answer(as_if, request, decision, *categories, **terms)


def list_shared(request) -> set[str]:
    return set(Grant.objects.filter(access_request=request).values_list("category__code", flat=True))


def read_page(user, path: str) -> str:
    return html.unescape(signed_in(user).get(path).content.decode())


def press(who, request, status: int = 200, **fields) -> str:
    """What this holder reads after pressing "Save my answer"."""
    sent = {"digest": request.digest, "token": str(uuid4())} | fields
    page = signed_in(who.user).post(f"/requests/{request.pk}/answer/", sent)
    assert page.status_code == status
    return html.unescape(page.content.decode())


def recipients(kind: str) -> set[str]:
    messages = Message.objects.filter(kind=kind).select_related("user")
    return {"on file" if message.customer_id else message.user.email for message in messages}


@scene
def mia(world):
    return share_account(world)


class TestAll:
    def test_the_menu_counts_what_waits_for_the_reader_alone(self, world, mia):
        says(world, world.ada, ask(world, "orders"))

        counts = [re.findall(r"[(]</span>(\d+)<", read_page(who.user, "/choices/")) for who in (world.ada, mia)]

        assert not counts[0] and set(counts[1]) == {"1"}

    def test_one_yes_opens_nothing(self, world, mia):
        request = says(world, world.ada, ask(world, "orders"))

        assert request.state_at(clock.now()) == "pending"
        assert not Grant.objects.exists() and not Answer.objects.exists()
        entry = Entry.objects.get(event="access_request.assented")
        assert (entry.actor, entry.facts["categories"]) == (str(world.ada.user.pk), ["orders"])

    def test_who_said_yes_reads_by_when_all_of_them_must(self, world, mia):
        says(world, world.ada, ask(world, "orders"))

        homes = [read_page(who.user, "/") for who in (world.ada, mia)]

        assert ["All of you must agree by" in home for home in homes] == [True, False]
        assert ["Answer by" in home for home in homes] == [False, True]

    def test_a_yes_to_one_request_is_none_to_another(self, world, mia):
        first, other = ask(world, "orders"), ask(world, "contact", member=world.kim)
        says(world, world.ada, first)
        other = says(world, mia, other)

        assert other.state_at(clock.now()) == "pending" and not Grant.objects.exists()
        assert says(world, mia, first).state == "approved" and not list_shared(other)

    @pytest.mark.parametrize("first", ["ada", "mia"])
    def test_the_last_yes_opens_it(self, world, mia, first):
        request, one = ask(world, "orders"), {"ada": (world.ada, mia), "mia": (mia, world.ada)}[first]
        for who in one:
            request = says(world, who, request)

        assert request.state == "approved" and list_shared(request) == {"orders"}

    def test_what_all_allow_is_allowed_for_the_shortest_time(self, world, mia):
        request = ask(world, "contact", "orders")
        says(world, world.ada, request, "part", "orders", duration=HOUR)
        request = says(world, mia, request)

        assert request.state == "partly_approved" and list_shared(request) == {"orders"}
        grant = Grant.objects.get(access_request=request)
        assert grant.ends_at - grant.starts_at == HOUR and request.answer.decision == "part"

    def test_two_that_have_nothing_in_common_are_told_so(self, world, mia):
        request = ask(world, "contact", "orders")
        says(world, world.ada, request, "part", "orders")
        with pytest.raises(NothingInCommon):
            says(world, mia, request, "part", "contact")

        assert says(world, mia, request, "part", "orders", "contact").state == "partly_approved"

    def test_one_no_is_a_no(self, world, mia):
        request = ask(world, "orders")
        says(world, world.ada, request)
        request = says(world, mia, request, "none")

        assert request.state == "denied" and not Grant.objects.exists()
        with pytest.raises(AlreadyEnded):
            says(world, world.ada, request)

    def test_who_said_yes_may_still_say_no_and_not_yes_again(self, world, mia):
        request = ask(world, "orders")
        says(world, mia, request)
        with pytest.raises(AlreadyAssented):
            says(world, mia, request)

        assert says(world, mia, request, "none").state == "denied"

    def test_the_same_form_sent_twice_is_one_yes(self, world, mia):
        request = ask(world, "orders")
        for _ in range(2):
            says(world, mia, request, token=request.token)

        assert Assent.objects.count() == Entry.objects.filter(event="access_request.assented").count() == 1

    def test_without_the_last_yes_it_ends_unanswered(self, real_world, later):
        world = real_world
        share_account(world)
        request = says(world, world.ada, ask(world, "orders"))
        later(request.answer_by - clock.now())
        ending.expire_due_requests()
        request.refresh_from_db()

        assert request.state == "expired" and not Grant.objects.exists()
        read = read_request(request.customer_id, request.pk, world.ada.user.pk)
        told = Message.objects.filter(kind="assent_lapsed")
        assert {message.context["team"] for message in told} == {request.asked_team} and told.count() == 2
        assert describe_silence(read) == "Not everyone who shares the account answered in time."
        assert "Time to answer ran out" in (home := read_page(world.ada.user, "/")) and "no answer" not in home

    @pytest.mark.parametrize(
        ("end", "why"),
        [
            (lambda asked, sam, by: cancel_access_request(access_request=asked.pk, member=sam, by=by), "taken back"),
            (lambda asked, sam, by: ending.end_for_staff(member=sam, by=by), "has left our staff"),
        ],
    )
    def test_who_had_said_yes_is_told_that_the_company_ended_it(self, real_world, mailoutbox, end, why):
        world = real_world
        share_account(world)
        asked = says(world, world.ada, ask(world, "orders"))
        end(asked, world.sam, Actor("staff", str(world.sam.pk)))

        for message in Message.objects.filter(kind="assent_ended"):
            deliver_message(message=message.pk)
        assert {mail.to[0] for mail in mailoutbox} == {"ada@example.com", "mia@example.com"}
        assert all("ended before everyone had answered" in " ".join(mail.body.split()) for mail in mailoutbox)
        assert all(why in mail.body for mail in mailoutbox)

    def test_who_has_left_is_not_waited_for(self, world, mia):
        request = ask(world, "orders")
        representing.end_acting(acting=mia.acting.pk, user=mia.user, by=mia.actor)

        assert "You said yes before" not in read_page(world.ada.user, f"/requests/{request.pk}/")
        assert says(world, world.ada, request).state == "approved"
        with pytest.raises(Unknown):
            ending.stop_access(access_request=request.pk, customer=world.ben.customer.id, by=world.ben.actor)

    def test_who_said_yes_and_holds_it_alone_now_reads_why_it_waits_for_them_again(self, world, mia):
        request = says(world, world.ada, ask(world, "orders"))
        representing.end_acting(acting=mia.acting.pk, user=mia.user, by=mia.actor)

        assert "You said yes before" in read_page(world.ada.user, f"/requests/{request.pk}/")
        assert says(world, world.ada, request).state == "approved"
        assert "You said yes before" not in read_page(world.ada.user, f"/requests/{request.pk}/")

    @pytest.mark.parametrize("last", ["ada", "mia"])
    def test_those_who_stay_can_still_open_it_once_the_only_one_missing_has_left(self, world, mia, last):
        noa, request = share_account(world, "noa@example.com"), ask(world, "orders")
        for who in (world.ada, mia):
            request = says(world, who, request)
        assert request.state == "pending"
        representing.end_acting(acting=noa.acting.pk, user=noa.user, by=noa.actor)

        who = {"ada": world.ada, "mia": mia}[last]
        page = read_page(who.user, f"/requests/{request.pk}/")
        assert "Save my answer" in page and "You said yes before" in page
        assert "Waiting for the customer" in read_page(
            world.sam.user, f"/admin/access/accessrequest/{request.pk}/change/"
        )
        assert "Waiting for others" not in (home := read_page(who.user, "/")) and "1 request is waiting for you" in home
        assert says(world, who, request).state == "approved"

    def test_the_tables_follow_from_the_ledger(self, world, mia):
        says(world, world.ada, ask(world, "orders"))

        assert not [line for line in find_differences() if isinstance(line, Difference)]


class TestAny:
    def test_one_yes_is_enough(self, world):
        mia = share_account(world, yes_of="any")

        assert says(world, mia, ask(world, "orders")).state == "approved"

    def test_one_no_is_a_no(self, world):
        mia = share_account(world, yes_of="any")

        assert says(world, mia, ask(world, "orders"), "none").state == "denied"


def test_a_stop_by_one_ends_it_for_both(world, mia):
    request = ask(world, "orders")
    for who in (world.ada, mia):
        says(world, who, request)
    ending.stop_access(access_request=request.pk, customer=mia.customer.pk, by=mia.actor)

    assert not Grant.objects.filter(ended_at=None).exists()


def test_waiting_time_is_lifted_by_either(world, mia):
    request = says(world, mia, ask(world, "orders"), "none")
    answering.lift_waiting_time(access_request=request.pk, customer=world.ada.customer.id, by=world.ada.actor)

    assert ask(world, "orders").state == "pending"


class TestPages:
    def test_each_reads_what_the_other_has_said(self, world, mia):
        request = ask(world, "contact", "orders")
        says(world, world.ada, request, "part", "orders", duration=HOUR)

        own, others = (read_page(who.user, f"/requests/{request.pk}/") for who in (world.ada, mia))
        assert "You said yes" in own and "the yes of mi•••@example.com" in own and "Save my answer" not in own
        assert "ad•••@example.com said yes: Orders, for 1 hour at most" in others and "Save my answer" in others
        assert "Waiting for others who share your account" in own and "Not ready to answer?" not in own
        last = "If not all of you allow it by then, no one gets access."
        assert last in own and "starting when all of you allow it" in own and last not in others
        assert "Waiting for others who share your account" in read_page(world.ada.user, "/")
        assert "1 request is waiting for you" in read_page(mia.user, "/")

    def test_the_check_shows_what_all_of_them_allow(self, world, mia):
        request = ask(world, "contact", "orders")
        says(world, world.ada, request, "part", "orders", duration=HOUR)
        page = press(mia, request, decision="all")

        assert "1 hour, starting when you allow it" in page and "Cannot see" in page

    def test_the_last_yes_narrowed_by_another_is_not_told_as_a_part(self, world, mia):
        request = ask(world, "contact", "orders")
        says(world, world.ada, request, "part", "orders")
        says(world, mia, request)

        joint = "said yes, too. What all of you agreed to was allowed."
        own, others = (read_page(who.user, f"/requests/{request.pk}/") for who in (mia, world.ada))
        assert f"You {joint}" in own and f"Joint account holder mi•••@example.com {joint}" in others
        receipts = read_page(mia.user, "/receipts/")
        assert "All of you allowed part of a request" in receipts and "You allowed part" not in receipts

    def test_who_also_acts_for_somebody_else_reads_that_this_is_an_account(self, real_world):
        mia = share_account(real_world)
        act_for(mia.user.pk, real_world.ben.customer.pk)
        client = signed_in(mia.user)
        client.post("/for/", {"acting": mia.acting.pk})
        page = client.get("/for/").text

        assert "You are acting for this account now" in page and "for this person now" not in page
        assert "for the person or the account you choose" in page

    def test_settings_that_count_for_all_say_so(self, world, mia):
        for path in ("/settings/", "/settings/looks/"):
            assert "You share this account with ad•••@example.com: what you" in read_page(mia.user, path)
            assert "You share this account" not in read_page(world.ben.user, path)

    def test_nobody_is_more_the_customer_than_another(self, world, mia):
        page = read_page(world.ada.user, "/representatives/")

        assert page.count("Joint account holder") == 2 and "The customer" not in page

    def test_the_first_of_them_reads_that_another_yes_is_needed(self, world, mia):
        page = press(world.ada, ask(world), decision="all")

        assert "the yes of mi•••@example.com is there too" in page
        assert "starting when all of you allow it" in page and "starting when you allow it" not in page

    def test_what_has_nothing_in_common_is_said_beside_what_was_chosen(self, world, mia):
        request = ask(world, "contact", "orders")
        says(world, world.ada, request, "part", "orders")
        contact = str(world.categories["contact"].pk)
        page = press(mia, request, status=422, decision="part", categories=[contact], duration="3600")

        assert "must allow the same" in page
        assert re.search(rf'<input[^>]* value="{contact}"[^>]* checked', page)

    def test_a_no_names_who_said_it_to_the_other_alone(self, world, mia):
        request = says(world, mia, ask(world, "orders"), "none")

        assert "Joint account holder mi•••@example.com did not allow this" in read_page(
            world.ada.user, f"/requests/{request.pk}/"
        )
        assert "You did not allow this" in read_page(mia.user, f"/requests/{request.pk}/")
        staff = read_page(world.sam.user, f"/admin/access/accessrequest/{request.pk}/change/")
        assert "The customer did not allow it" in staff and "mi•••@" not in staff

    def test_a_stop_and_a_block_name_who_decided_them(self, world, mia):
        stopped, blocked = ask(world, "orders"), ask(world, "contact")
        for who in (world.ada, mia):
            says(world, who, stopped)
        ending.stop_access(access_request=stopped.pk, customer=mia.customer.pk, by=mia.actor)
        said = {"kind": BlockKind.MEMBER, "access_request": blocked.pk}
        blocking.place_block(**said, customer=mia.customer.pk, by=mia.actor)

        for request, act in ((stopped, "stopped access."), (blocked, "blocked this person.")):
            own, others = (read_page(who.user, f"/requests/{request.pk}/") for who in (mia, world.ada))
            assert f"You {act}" in own and f"You {act}" not in others
            assert f"Joint account holder mi•••@example.com {act}" in others

    def test_a_no_to_everybody_is_not_told_as_the_readers_own(self, world, mia):
        blocking.place_block(customer=mia.customer.pk, kind=BlockKind.EVERYBODY, by=mia.actor)
        page = read_page(world.ada.user, "/")

        assert "“Nobody at all” is chosen" in page and "You chose" not in page

    def test_the_time_zone_is_the_customers_own_to_choose(self, world, mia):
        link = "Choose your time zone"

        assert link in read_page(world.ada.user, "/settings/") and link not in read_page(mia.user, "/settings/")

    def test_staff_read_how_many_have_answered_and_not_who(self, world, mia):
        request = says(world, mia, ask(world, "orders"))

        for path in ("", f"{request.pk}/change/"):
            page = read_page(world.sam.user, f"/admin/access/accessrequest/{path}")
            assert "1 of 2 holders answered" in page and "example.com" not in page.replace("sam@example.com", "")


class TestTelling:
    def test_both_get_the_email_and_the_confirmation_of_the_others_act(self, world, mia):
        request = ask(world, "orders")
        says(world, mia, request)

        for kind in ("access_request_filed", "act_confirmed"):
            assert recipients(kind) == {"on file", "mia@example.com"}

    def test_who_holds_it_already_is_told_of_who_comes(self, world, mia):
        assert recipients("claim_code_approved") == recipients("acting_began") == {"on file"}
