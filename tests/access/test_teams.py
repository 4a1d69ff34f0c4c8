"""A purpose may be for some teams alone: nobody else asks, and nobody else looks under an answer."""

import json
from uuid import uuid4

import pytest

from consents.access.models import AccessRequest
from consents.access.services.asking import NotForYourTeam
from consents.decisions import selectors as decisions
from consents.decisions.rules import DecisionCode
from consents.disclosures.services import LookRefused, disclose_records
from consents.ledger.models import Entry
from consents.ledger.rules import Actor
from consents.people.found_customers import sign_found_customer
from tests.architecture.mutation.attempts.access import NEW_REQUEST
from tests.architecture.mutation.attempts.statements import told
from tests.architecture.mutation.speaking import application_speaking, outcome
from tests.disclosures.looking import committed, list_shown_decisions
from tests.world.cast import answer, ask, make_purpose, signed_in
from tests.world.exemptions import file_order
from tests.world.proposals import make_guarded_purpose, propose_request
from tests.world.purposes import list_teams

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
