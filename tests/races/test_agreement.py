"""One terminal answer per request, whoever comes first."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.urls import reverse

from consents.access.display import build_displayed_request
from consents.access.models import AccessRequest, Answer, Grant, ProposedRequest, RequestedCategory
from consents.access.rules import AlreadyEnded, AnswerDecision
from consents.access.services import asking, ending, ending_proposals
from consents.access.services.answering import Reply, answer_access_request
from consents.access.services.asking import build_filed_details
from consents.access.services.ending import expire_request
from consents.choices.rules import ActContext
from consents.choices.selectors import find_standing
from consents.choices.services import answering as choices_answering
from consents.choices.services import withdrawing
from consents.core.canonical import compute_digest
from consents.core.owner import as_owner
from consents.core.refusals import Refusal
from consents.law.kinds import Type
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.services import appending
from consents.people.models import Submission
from consents.people.services.representing import end_acting
from consents.people.services.staff_members import assign_manager, end_staff_membership
from consents.rights.services import requester_actions, sharing
from consents.rights.services.sharing import list_missing_holders
from tests.races.meetings import won
from tests.world.cast import answer, ask, make_purpose
from tests.world.choices import make_offers
from tests.world.holders import share_account
from tests.world.proposals import agree, by_member, decline, make_guarded_purpose, propose_request
from tests.world.retirements import confirm_end, propose_end
from tests.world.rights_requests import file

# One end of a request that waits for the manager, and one request to the customer, whoever presses at once.


@pytest.fixture
def guarded(real_world):
    return make_guarded_purpose(real_world)


@pytest.fixture
def proposed(real_world, guarded):
    return propose_request(real_world, guarded)


def take_back(world, proposed):
    by = by_member(world.sam)
    return ending_proposals.take_proposal_back(proposed_request=proposed.pk, member=world.sam, by=by)


def check_one_end(proposed) -> str:
    """One entry tells the end, and there is a request exactly if the manager agreed. Returns the state."""
    state = ProposedRequest.objects.get(pk=proposed.pk).state
    events = Entry.objects.filter(object=str(proposed.pk)).order_by("id").values_list("event", flat=True)
    assert list(events) == ["proposed_request.filed", f"proposed_request.{state}"]
    assert AccessRequest.objects.count() == (state == "agreed")
    return state


def test_two_yes_ask_the_customer_once(real_world, race, proposed):
    filed = race(*[lambda: agree(proposed, real_world.kim)] * 5)

    assert len({request.pk for request in won(filed)}) == 1 and check_one_end(proposed) == "agreed"


def test_of_a_yes_a_no_and_a_taking_back_one_counts(real_world, race, proposed):
    outcomes = race(
        lambda: agree(proposed, real_world.kim),
        lambda: decline(proposed, real_world.kim),
        lambda: take_back(real_world, proposed),
    )

    assert len(won(outcomes)) == 1
    assert check_one_end(proposed) == ["agreed", "declined", "ended"][outcomes.index(won(outcomes)[0])]


def test_a_yes_as_the_manager_changes_is_theirs_who_is_it_then(real_world, race, proposed):
    outcomes = race(
        lambda: agree(proposed, real_world.kim),
        lambda: assign_manager(member=real_world.sam, manager=real_world.otto, by=PORTAL),
        lambda: agree(proposed, real_world.otto),
    )

    won(outcomes)
    state = ProposedRequest.objects.get(pk=proposed.pk)
    if state.state == "agreed":
        assert check_one_end(proposed) == "agreed" and state.decided_by in (real_world.kim.user, real_world.otto.user)


def test_a_yes_as_its_purpose_is_retired_or_the_requester_leaves(real_world, race, guarded, proposed):
    retirement = propose_end(guarded.purpose, real_world.quinn)
    outcomes = race(
        lambda: agree(proposed, real_world.kim),
        lambda: confirm_end(retirement, real_world.pia),
        lambda: end_staff_membership(member=real_world.sam, by=PORTAL),
    )

    won(outcomes)
    assert check_one_end(proposed) in ("agreed", "ended")
    assert not AccessRequest.objects.filter(state="pending").exists()


def answering(world, request, decision, *categories):
    terms = {"duration": timedelta(hours=1)} if decision == "part" else {}
    return lambda: answer(world, request, decision, *categories, **terms)


def cancelling(world, request):
    by = world.ada.actor
    return lambda: asking.cancel_access_request(access_request=request.pk, member=world.sam, by=by)


def test_of_many_answers_one_counts(real_world, race):
    request = ask(real_world)
    said = [("all",), ("none",), ("part", "contact"), ("all",), ("none",), ("part", "orders", "health")]

    outcomes = race(*(answering(real_world, request, *one) for one in said))

    [winner] = won(outcomes)
    stored = Answer.objects.get(access_request=request)
    assert stored.decision == said[outcomes.index(winner)][0]
    assert all(isinstance(one, AlreadyEnded) for one in outcomes if one is not winner)


def test_of_answers_and_a_cancelling_one_counts(real_world, race):
    request = ask(real_world)
    states = ["approved", "denied", "cancelled"]

    outcomes = race(
        answering(real_world, request, "all"), answering(real_world, request, "none"), cancelling(real_world, request)
    )

    [winner] = won(outcomes)
    assert AccessRequest.objects.get(pk=request.pk).state == states[outcomes.index(winner)]


def test_an_answer_a_cancelling_and_the_answer_by_moment(real_world, race, later, dice):
    request = ask(real_world, answer_within=timedelta(hours=1))
    later(timedelta(hours=1) - timedelta(milliseconds=dice.uniform(40, 800)))

    outcomes = race(
        answering(real_world, request, "all"),
        answering(real_world, request, "none"),
        cancelling(real_world, request),
        lambda: expire_request(access_request=request.pk, by=PORTAL),
        lambda: ending.expire_due_requests(),
    )

    won(outcomes)
    states = ["approved", "denied", "cancelled", "expired", "expired"]
    told = [state for state, one in zip(states, outcomes, strict=True) if one and not isinstance(one, Refusal)]
    later(timedelta(hours=2))
    told += ["expired"] * ending.expire_due_requests()
    assert told == [AccessRequest.objects.get(pk=request.pk).state], "One was told that it did, and it did."
    assert Answer.objects.filter(access_request=request).exists() == (told[0] in ("approved", "denied"))


def test_two_tabs_answer_differently_over_http(real_world, race, browser):
    request = ask(real_world)
    path = f"/requests/{request.pk}/"
    tabs = [browser(real_world.ada.user) for _ in range(4)]
    forms = [tab.get(path).forms("digest")[0] for tab in tabs]
    said = [{"decision": "all", "confirm": "1"}, {"decision": "none"}] * 2

    pages = race(
        *(
            lambda tab=tab, form=form, one=one: tab.send(form, **one)
            for tab, form, one in zip(tabs, forms, said, strict=True)
        )
    )

    assert sorted(page.status for page in pages) == [302, 409, 409, 409]
    winner = next(place for place, page in enumerate(pages) if page.status == 302)
    assert Answer.objects.get().decision == said[winner]["decision"]
    assert all("Nothing was changed" in page.text for page in pages if page.status == 409)


def test_one_form_pressed_many_times_counts_once(real_world, race, browser):
    request = ask(real_world)
    ada = browser(real_world.ada.user)
    [form] = ada.get(f"/requests/{request.pk}/").forms("digest")

    pages = race(*[lambda: ada.send(form, decision="all", confirm="1")] * 6)

    assert {(page.status, page.location) for page in pages} == {(302, reverse("access:answer", args=[request.pk]))}
    assert Entry.objects.filter(event="access_request.answered").count() == 1
    assert Submission.objects.count() == 1


def test_one_ask_pressed_many_times_is_filed_once(real_world, race, browser):
    sam = browser(real_world.sam.user)
    [find] = sam.get("/admin/access/accessrequest/add/").forms("who")
    [form] = sam.send(find, who="C-1001").forms("found")
    said = {
        "purpose": real_world.version.pk,
        "categories": [real_world.categories["orders"].pk, real_world.categories["contact"].pk],
        "reason": "complaint",
        "sentence": "You complained about a lamp.",
        "duration": "7200",
        "answer_within": "604800",
        "file": "1",
    }

    pages = race(*[lambda: sam.send(form, **said)] * 5)

    assert {page.status for page in pages} == {302}
    assert len({page.location for page in pages}) == 1
    assert AccessRequest.objects.count() == 1


def test_the_same_ask_by_many_is_filed_once(real_world, race):
    members = [real_world.sam, real_world.kim] * 3

    outcomes = race(*(lambda member=member: ask(real_world, "orders", member=member) for member in members))

    assert len(won(outcomes)) == 1


def test_the_limit_of_unanswered_requests_holds(real_world, race):
    """Ada gets three at most, whoever asks at once; different purposes, so that none is the same ask."""
    categories = list(real_world.categories.values())
    versions = [make_purpose(f"p-{n}", f"Purpose {n}", categories, real_world.pia.user) for n in range(6)]

    outcomes = race(*(lambda version=version: ask(real_world, version=version.pk) for version in versions))

    assert len(won(outcomes)) == 3


def test_twenty_approvals_of_one_scope(real_world, race):
    """Sam may not have the same access twice; the requests are made behind the services' back, by the owner."""
    requests = copies(ask(real_world, "orders"), 20)

    outcomes = race(*(answering(real_world, request, "all") for request in requests))

    assert len(won(outcomes)) == 1
    assert Grant.objects.count() == 1
    assert AccessRequest.objects.filter(state="pending").count() == 19


def copies(request: AccessRequest, number: int) -> list[AccessRequest]:
    """As many requests of exactly this scope, each on record. Only the owner can: the services refuse a second one."""
    made = [request]
    categories = list(request.categories.all())
    with as_owner(), transaction.atomic():
        for _ in range(number - 1):
            row = AccessRequest.objects.get(pk=request.pk)
            row.pk, row.token, row._state.adding = uuid4(), uuid4(), True
            row.digest = compute_digest(build_displayed_request(row, categories))
            row.save(force_insert=True)
            RequestedCategory.objects.bulk_create(
                RequestedCategory(access_request=row, category=one) for one in categories
            )
            appending.append_entry(
                event="access_request.filed",
                by=Actor("staff", str(row.staff_id)),
                customer=row.customer_id,
                object_type="access_request",
                object=row.pk,
                purpose=row.purpose.code,
                outcome="pending",
                details=build_filed_details(row, row.version, categories),
            )
            made.append(row)
    return made


# Two holders of one account at once: the last yes begins what both agreed to, and a no is never overtaken.


def agreeing(who, offers):
    mine = {"customer": who.customer.pk, "purpose": "offers", "version": offers.pk, "by": who.actor}
    return lambda: choices_answering.give_consent(**mine, how=ActContext(capacity=who.user.actings.get().capacity))


def test_two_who_agree_at_once_have_agreed(real_world, race):
    offers, mia = make_offers(real_world), share_account(real_world)

    won(race(agreeing(real_world.ada, offers), agreeing(mia, offers), agreeing(real_world.ada, offers)))

    assert find_standing(real_world.ada.customer.id, "offers").is_given
    assert Entry.objects.filter(event="joint_consent.assented").count() == 1


def test_a_no_beside_the_last_yes_stands(real_world, race):
    offers, mia = make_offers(real_world), share_account(real_world)
    agreeing(real_world.ada, offers)()
    no = {"customer": mia.customer.pk, "purpose": "offers", "by": real_world.ada.actor}

    race(agreeing(mia, offers), lambda: withdrawing.withdraw_consent(**no))

    assert not find_standing(real_world.ada.customer.id, "offers").is_given


def test_a_holder_agrees_while_another_withdraws_the_request(real_world, race):
    mia = share_account(real_world)
    request = file(real_world.ada, Type.ERASURE)
    own = {"rights_request": request.pk, "customer": mia.customer.pk}

    race(
        lambda: sharing.agree_to_request(rights_request=request.pk, acting=mia.acting, by=mia.actor),
        lambda: requester_actions.withdraw_request(**own, by=real_world.ada.actor),
    )

    request.refresh_from_db()
    assert request.outcome == "withdrawn_by_requester" and list_missing_holders(request, None)


def saying_yes(who, request):
    acting = who.user.actings.get(customer=request.customer_id)
    reply = Reply(decision=AnswerDecision.ALL, digest=request.digest, token=uuid4())
    return lambda: answer_access_request(access_request=request.pk, reply=reply, acting=acting, by=who.actor)


def test_two_who_say_yes_at_once_open_it_together(real_world, race):
    mia, request = share_account(real_world), ask(real_world, "orders")

    won(race(saying_yes(real_world.ada, request), saying_yes(mia, request)))

    assert Grant.objects.filter(access_request=request).count() == 1


def test_a_yes_beside_the_leaving_of_the_only_other_holder_still_opens_it(real_world, race):
    mia, request = share_account(real_world), ask(real_world, "orders")

    won(
        race(
            saying_yes(real_world.ada, request),
            lambda: end_acting(acting=mia.acting.pk, user=mia.user, by=mia.actor),
        )
    )

    request.refresh_from_db()
    if request.state == "pending":  # the yes came first, and waited for who was about to leave
        saying_yes(real_world.ada, request)()
    assert Grant.objects.filter(access_request=request).count() == 1
