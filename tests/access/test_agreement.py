"""Where a purpose asks for it, the requester's manager agrees before the customer learns of a request."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest

from consents.access import rules
from consents.access.models import AccessRequest, ProposedRequest
from consents.access.rules.blocks import BlockedByCustomer, BlockKind
from consents.access.selectors import open_proposal_words
from consents.access.services import ending_proposals, proposing
from consents.access.services.asking import NotForYourTeam
from consents.access.services.blocking import place_block
from consents.core.refusals import Unknown
from consents.decisions import selectors as decisions
from consents.decisions.rules import DecisionCode
from consents.disclosures.services import LookRefused, disclose_records
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.notifications.models import Message
from consents.people.found_customers import sign_found_customer
from consents.people.services.holding import OwnMatter
from consents.people.services.staff_members import (
    ManagerNotHere,
    OwnManager,
    assign_manager,
    end_staff_membership,
)
from consents.people.two_officers.refusals import AlreadyDecided, AlreadyProposed
from tests.access.asking_form import ADD, PREVIEW, filled, text
from tests.architecture.mutation.attempts.access import NEW_REQUEST
from tests.architecture.mutation.attempts.statements import told
from tests.architecture.mutation.speaking import application_speaking, outcome
from tests.disclosures.looking import committed, list_shown_decisions
from tests.world.cast import answer, ask, make_purpose, signed_in
from tests.world.choices import list_teams
from tests.world.erasing import erase
from tests.world.exemptions import file_order
from tests.world.proposals import agree, build_ask, by_member, decline, make_guarded_purpose, propose_request
from tests.world.retirements import retire
from tests.world.scene_fixtures import scene
from tests.world.sessions import act_for

LIST = "/admin/access/proposedrequest/"


@scene
def guarded(world):
    return make_guarded_purpose(world)


def press(client, proposed, action: str, **typed):
    form = {"CHANGE_FORM-action": action, "_selected_action": str(proposed.pk), "confirm": "1", "token": str(uuid4())}
    return client.post(f"{LIST}{proposed.pk}/act/{action}/", form | typed, follow=True)


def test_the_customer_learns_of_it_with_the_managers_yes_and_their_time_begins_then(world, guarded, later):
    sam, kim, ada = signed_in(world.sam.user), signed_in(world.kim.user), signed_in(world.ada.user)
    chosen = {"purpose": str(guarded.pk), "sentence": "Marker: two orders went to one address."}
    shown = text(sam.post(f"{PREVIEW}?purpose=1", filled(world, **chosen)))
    assert "Kim Example, your manager, must agree first" in shown and "Send to my manager" in shown
    sent = sam.post(ADD, filled(world, **chosen), follow=True)
    assert "Sent to your manager" in text(sent) and "Kim Example decides" in text(sent)
    proposed = ProposedRequest.objects.get()
    assert not AccessRequest.objects.exists() and not Message.objects.filter(customer=world.ada.customer).exists()
    assert "Marker" not in ada.get("/requests/").text
    assert "request to agree to" in kim.get("/admin/").text

    later(timedelta(days=2))
    kim = signed_in(world.kim.user)
    page = text(kim.get(f"{LIST}{proposed.pk}/change/"))
    assert "Marker: two orders went to one address." in page and "Do not agree" in page
    assert "the requester was told" in text(press(kim, proposed, "agree"))
    filed = AccessRequest.objects.get()
    assert filed.answer_by == filed.filed_at + timedelta(days=7) and filed.filed_at > proposed.proposed_at
    assert (filed.staff, filed.asked_team) == (world.sam.user, "Billing Support")
    kinds = Message.objects.values_list("kind", flat=True)
    assert {"access_request_filed", "proposed_request_over"} <= set(kinds)
    assert "Marker: two orders" in signed_in(world.ada.user).get(f"/requests/{filed.pk}/").text
    assert answer(world, filed).state == "approved"
    told = Entry.objects.filter(object__in=[str(proposed.pk), str(filed.pk)]).order_by("id")
    assert list(told.values_list("event", flat=True)) == [
        "proposed_request.filed",
        "access_request.filed",
        "proposed_request.agreed",
        "access_request.answered",
    ]
    assert not told.filter(details__contains="Marker").exists()


def test_a_no_ends_it_with_a_reason_for_the_requester_alone(world, guarded):
    proposed, kim, sam = propose_request(world, guarded), signed_in(world.kim.user), signed_in(world.sam.user)
    empty = press(kim, proposed, "decline", reason=" ")
    assert empty.status_code == 422 and "Say in one sentence why not" in text(empty)
    assert "The requester was told" in text(press(kim, proposed, "decline", reason="Marker: call them first."))
    assert "Marker: call them first." in text(sam.get(f"{LIST}{proposed.pk}/change/"))
    assert not AccessRequest.objects.exists() and not Message.objects.filter(customer=world.ada.customer).exists()
    assert "Marker" not in Message.objects.get(kind="proposed_request_over").context.values()
    with pytest.raises(AlreadyDecided):
        agree(proposed, world.kim)
    propose_request(world, guarded)


def test_only_the_manager_decides_and_only_who_is_concerned_reads(world, guarded):
    proposed = propose_request(world, guarded)
    for member in (world.sam, world.pia, world.otto):
        with pytest.raises(rules.NotTheManager):
            agree(proposed, member)
    kim_alone = f"{LIST}{proposed.pk}/change/"
    assign_manager(member=world.sam, manager=world.otto, by=PORTAL)
    assert signed_in(world.kim.user).get(kim_alone).status_code == 404
    assert "Marker" in text(signed_in(world.otto.user).get(kim_alone))
    with pytest.raises(rules.NotTheManager):
        decline(proposed, world.kim)
    with pytest.raises(Unknown):
        ending_proposals.take_proposal_back(proposed_request=proposed.pk, member=world.kim, by=by_member(world.kim))
    assert agree(proposed, world.otto).staff == world.sam.user


def test_without_a_managers_yes_nothing_is_asked_and_nothing_opens(world, guarded):
    with pytest.raises(rules.NeedsAgreement):
        ask(world, "orders", version=guarded.pk)
    with pytest.raises(rules.AgreementNotNeeded):
        propose_request(world, world.version)
    propose_request(world, guarded)
    with pytest.raises(AlreadyProposed):
        propose_request(world, guarded)
    with pytest.raises(rules.NoManager):
        proposal = build_ask(world, guarded)
        proposing.propose_access_request(ask=proposal, member=world.kim, by=by_member(world.kim))


def test_a_manager_who_left_is_replaced_by_an_officer_who_is_told(world, guarded):
    proposed, pia = propose_request(world, guarded), signed_in(world.pia.user)
    assert "whose manager has left" not in pia.get("/admin/").text
    end_staff_membership(member=world.kim, by=PORTAL)
    assert "whose manager has left" in pia.get("/admin/").text
    page = text(pia.get(f"{LIST}{proposed.pk}/change/"))
    assert "The manager has left." in page and f"/admin/people/staffmember/{world.sam.pk}/change/" in page
    with pytest.raises(rules.NotTheManager):
        agree(proposed, world.kim)
    staff = f"/admin/people/staffmember/{world.sam.pk}/act/set_manager/"
    form = {"CHANGE_FORM-action": "set_manager", "_selected_action": str(world.sam.pk), "confirm": "1"}
    assert pia.post(staff, form | {"manager": ""}).status_code == 422
    assert pia.post(staff, form | {"manager": str(world.sam.pk)}).status_code == 422
    done = pia.post(staff, form | {"manager": str(world.otto.pk)}, follow=True)
    assert "waits for them now" in text(done) and "Otto Example" in text(done)
    same = pia.post(staff, form | {"manager": str(world.otto.pk)})
    assert same.status_code == 422 and "This is their manager now." in text(same)
    assert "whose manager has left" not in pia.get("/admin/").text
    agree(proposed, world.otto)


def test_nobody_is_their_own_manager_nor_is_one_who_left(world):
    with pytest.raises(OwnManager):
        assign_manager(member=world.sam, manager=world.sam, by=PORTAL)
    end_staff_membership(member=world.kim, by=PORTAL)
    with pytest.raises(ManagerNotHere):
        assign_manager(member=world.sam, manager=world.kim, by=PORTAL)


def test_everything_is_checked_once_more_with_the_managers_yes(world, guarded):
    proposed = propose_request(world, guarded)
    place_block(customer=world.ada.customer.id, kind=BlockKind.EVERYBODY, by=world.ada.actor)
    with pytest.raises(BlockedByCustomer):
        agree(proposed, world.kim)
    decline(proposed, world.kim)
    with pytest.raises(BlockedByCustomer):
        propose_request(world, guarded)


def test_a_manager_decides_about_nobody_they_act_for(real_world):
    proposed = propose_request(real_world, make_guarded_purpose(real_world))
    act_for(real_world.kim.pk, real_world.ada.customer.pk)
    with pytest.raises(OwnMatter):
        agree(proposed, real_world.kim)
    assert "request to agree to" not in signed_in(real_world.kim.user).get("/admin/").text


def test_a_repeated_press_changes_nothing(world, guarded):
    terms = {"token": uuid4()}
    proposed = propose_request(world, guarded, **terms)
    assert propose_request(world, guarded, **terms) == proposed
    assert agree(proposed, world.kim) == agree(proposed, world.kim)
    assert AccessRequest.objects.count() == 1


def test_what_waits_ends_with_its_ground(world, guarded):
    taken, sam = propose_request(world, guarded), signed_in(world.sam.user)
    assert "is taken back" in text(press(sam, taken, "take_back"))
    proposed = propose_request(world, guarded)
    retire(guarded.purpose)
    proposed.refresh_from_db()
    assert proposed.state == "ended"


def test_who_leaves_leaves_no_request_behind(world, guarded):
    proposed = propose_request(world, guarded)
    end_staff_membership(member=world.sam, by=PORTAL)
    proposed.refresh_from_db()
    assert proposed.state == "ended"


def test_erasure_ends_it_and_its_words_can_be_read_no_longer(real_world):
    proposed = propose_request(real_world, make_guarded_purpose(real_world))
    declined = decline(
        propose_request(real_world, proposed.version, customer=real_world.ben.customer.id), real_world.kim
    )
    assert open_proposal_words(declined, "reason") == {"reason": "Marker: call them."}
    erase(real_world, real_world.ada)
    proposed.refresh_from_db()
    assert proposed.state == "ended" and open_proposal_words(proposed, "words") == {}
    assert open_proposal_words(declined, "words")["sentence"].startswith("Marker")
    page = signed_in(real_world.sam.user).get(f"{LIST}{proposed.pk}/change/")
    assert page.status_code == 200 and "Marker" not in page.text


def test_what_waits_for_a_manager_is_listed_before_what_is_over(world, guarded, later):
    waiting = propose_request(world, guarded, customer=world.ben.customer.id)
    later(timedelta(hours=1))
    over = propose_request(world, guarded)
    decline(over, world.kim)
    later(timedelta(hours=1))
    newest = propose_request(world, guarded)

    listed = signed_in(world.kim.user).get(LIST).context["cl"].result_list

    assert [proposed.pk for proposed in listed] == [waiting.pk, newest.pk, over.pk]


# A purpose may be for some teams alone: nobody else asks, and nobody else looks under an answer.

ASK = "/admin/access/accessrequest/add/"


def look(world, grant) -> list[dict[str, str]]:
    return disclose_records(grant=grant.pk, staff=world.sam.pk, by=Actor("staff", str(world.sam.pk))).records


def test_where_no_team_is_listed_every_team_asks(world):
    assert ask(world, "contact").state == "pending"
    assert ask(world, "orders", member=world.kim, customer=world.ben).state == "pending"


def test_only_the_teams_that_are_listed_ask(world):
    list_teams(world.purpose, "returns ", officer=world.pia)

    with pytest.raises(NotForYourTeam):
        ask(world, "contact")
    assert ask(world, "contact", member=world.kim).state == "pending"


def test_it_holds_for_what_a_manager_must_agree_to(world):
    guarded = make_guarded_purpose(world)
    list_teams(guarded.purpose, "Returns", officer=world.pia)

    with pytest.raises(NotForYourTeam):
        propose_request(world, guarded)


def test_the_form_offers_what_this_team_may_ask_for_and_keeps_what_was_typed(world):
    other = make_purpose("visits", "Come to your home", [world.categories["contact"]], world.pia.user)
    list_teams(other.purpose, "Returns", officer=world.pia)
    sent = {
        "found": sign_found_customer(world.ada.customer.pk, world.sam.user),
        "token": str(uuid4()),
        "purpose": str(other.pk),
        "categories": [str(world.categories["contact"].pk)],
        "reason": "you_contacted_us",
        "sentence": "You wrote to us about a wrong bill.",
        "duration": "7200",
        "answer_within": str(7 * 86400),
        "file": "1",
    }

    page = signed_in(world.sam.user).post(ASK, sent)

    assert page.status_code == 422 and "or not by your team" in page.text
    assert "You wrote to us about a wrong bill." in page.text
    assert "Answer your questions" in page.text and "Come to your home" not in page.text
    assert not AccessRequest.objects.exists()


def test_whose_team_may_ask_for_nothing_reads_that(world):
    list_teams(world.purpose, "Returns", officer=world.pia)

    page = signed_in(world.sam.user).post(ASK, {"who": "C-1001"}).text

    assert "There is nothing that your team may ask for now." in page


def test_a_purpose_that_no_longer_lists_the_team_ends_the_next_look_and_not_the_grant(real_world):
    world = real_world
    granted = answer(world, ask(world, "contact"), "all")
    grant = granted.grants.get()
    list_teams(world.purpose, "Returns", officer=world.pia)

    with pytest.raises(LookRefused) as refused:
        look(world, grant)

    assert refused.value.why == DecisionCode.NOT_FOR_TEAM
    assert Entry.objects.filter(event="vault.opening_refused").latest("id").outcome == "not_for_team"
    page = signed_in(world.sam.user).get(f"/admin/open/{granted.pk}/")
    assert "Your team may no longer use data for this." in page.text
    list_teams(world.purpose, "Returns", "Billing Support", officer=world.pia)
    assert len(look(world, grant)) == 1


def test_pages_judge_as_the_look_does(world):
    grant = answer(world, ask(world, "contact"), "all").grants.get()
    list_teams(world.purpose, "Returns", officer=world.pia)

    (judged,) = list_shown_decisions(grant.access_request)

    assert judged == decisions.decide_look(grant=grant.pk, staff=world.sam.pk)[1]
    assert judged.why == DecisionCode.NOT_FOR_TEAM


def test_an_exemption_is_filed_whatever_the_team(world):
    list_teams(world.purpose, "Returns", officer=world.pia)

    assert file_order(world).pk


def test_the_database_asks_again(real_world):
    """A forged request, and a forged opening, of a member of another team."""
    world = real_world
    grant = answer(world, ask(world, "contact"), "all").grants.get()
    opening = committed(grant)
    read, seen = "SELECT * FROM portal.read_records(%s, %s, %s, 10)", [world.ada.customer.pk, grant.category_id]
    with application_speaking() as application:
        assert len(application.execute(read, [opening, *seen]).fetchall()) == 1
        list_teams(world.purpose, "Returns", officer=world.pia)
        entry = told("access_request.filed", grant.access_request_id, world.ada.customer.pk)
        filed = outcome(application, (NEW_REQUEST, [grant.access_request_id]), entry)
        assert filed == "23001 access_accessrequest_of_team"
        assert application.execute(read, [opening, *seen]).fetchall() == []


def test_which_teams_may_ask_is_on_record_and_no_other_entry_serves(real_world):
    world, change = real_world, """UPDATE catalogue_purpose SET teams = '["Returns"]' WHERE id = %s"""
    list_teams(world.purpose, "Sales", officer=world.pia)

    entry = Entry.objects.filter(event="purpose.changed").latest("id")
    assert (entry.actor, json.loads(entry.details)["teams"]) == (str(world.pia.pk), ["Sales"])
    by = "23001 catalogue_purpose_teams_on_record"
    with application_speaking() as application:
        for teams in ([], ["Sales"], ["Returns", "Sales"]):
            entry = told("purpose.changed", world.purpose.pk, teams=teams)
            assert outcome(application, entry, (change, [world.purpose.pk])) == by
        entry = told("purpose.changed", world.purpose.pk, teams=["Returns"])
        assert outcome(application, entry, (change, [world.purpose.pk])).startswith("allowed")
        list_teams(world.purpose, "Returns", officer=world.pia)
        list_teams(world.purpose, "Sales", officer=world.pia)
        assert outcome(application, (change, [world.purpose.pk])).startswith("23001")


def test_an_officer_chooses_among_the_teams_that_there_are(world):
    pia, address = signed_in(world.pia.user), f"/admin/catalogue/purpose/{world.purpose.pk}/change/"
    page = pia.get(address).text
    assert 'value="Returns"' in page and 'value="Billing Support"' in page

    form = {"usage": "per_request", "answer_within": "604800", "access_default": "7200", "access_most": "2592000"}
    pia.post(address, form | {"teams": ["Returns"], "_save": "1"})
    world.purpose.refresh_from_db()
    assert world.purpose.teams == ["Returns"]
    assert "Returns" in signed_in(world.otto.user).get(address).text
    refused = pia.post(address, form | {"teams": ["Nobody"], "_save": "1"})
    assert "Nobody" in refused.text and refused.status_code in (200, 422)
