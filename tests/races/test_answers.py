"""One terminal answer per request, whoever comes first."""

from datetime import timedelta
from uuid import uuid4

from django.db import transaction
from django.urls import reverse

from consents.access.display import build_displayed_request
from consents.access.models import AccessRequest, Answer, Grant, RequestedCategory
from consents.access.rules import AlreadyEnded
from consents.access.services import asking, ending
from consents.access.services.asking import build_filed_details
from consents.access.services.ending import expire_request
from consents.core.canonical import compute_digest
from consents.core.owner import as_owner
from consents.core.refusals import Refusal
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.services import appending
from consents.people.models import Submission
from tests.races.meetings import won
from tests.world.cast import answer, ask, make_purpose


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
