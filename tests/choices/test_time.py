"""Consent runs out, is renewed before and after, ends with its text or purpose: judged at read, recorded later."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localtime

from consents.catalogue.models import PurposeVersion
from consents.catalogue.services import publishing, versions
from consents.choices import selectors
from consents.choices.models import Choice
from consents.choices.rules import ActContext, Status
from consents.choices.services import answering, withdrawing
from consents.choices.services.recording import AskedTooSoon, NotPossibleNow
from consents.decisions.rules import DecisionCode
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from tests.world.cast import quinn, signed_in
from tests.world.choices import events, may, publish_next
from tests.world.retirements import retire

YEAR = timedelta(days=366)


@pytest.fixture
def world(with_offers, real_world):
    return real_world


def give(world, version: PurposeVersion | None = None, **terms) -> Choice:
    chosen = version or world.offers
    return answering.give_consent(
        customer=world.ada.customer.id, purpose="offers", version=chosen.pk, by=world.ada.actor, **terms
    )


def renew(world, since) -> Choice:
    return answering.renew_consent(
        customer=world.ada.customer.id,
        purpose="offers",
        version=world.offers.pk,
        since=since,
        by=world.ada.actor,
    )


def withdraw(world) -> Choice:
    return withdrawing.withdraw_consent(customer=world.ada.customer.id, purpose="offers", by=world.ada.actor)


def standing(world):
    return selectors.find_standing(world.ada.customer.id, "offers")


def test_consent_runs_out_at_read_and_a_job_records_it_with_its_true_moment(world, later):
    given = give(world)
    later(YEAR)

    assert may(world).why == DecisionCode.CONSENT_EXPIRED
    assert standing(world).status == Status.EXPIRED
    assert Choice.objects.get().status == Status.GIVEN
    history = signed_in(world.ada.user).get("/choices/offers/history/").content.decode()
    assert history.index("Your consent ran out") < history.index("You agreed to version 1")

    later(YEAR + timedelta(days=3))
    assert withdrawing.expire_due_choices() == 1 and withdrawing.expire_due_choices() == 0
    expired, entry = Choice.objects.get(), Entry.objects.get(event="consent.expired")
    assert (expired.status, expired.since) == (Status.EXPIRED, given.valid_until)
    assert entry.facts["ended_at"] == given.valid_until.isoformat()
    assert (entry.outcome, entry.actor_kind, entry.facts["method"]) == ("ConsentExpired", "portal", "time over")
    assert events() == ["given", "expired"]


def test_the_list_of_receipts_says_when_it_ran_out_not_when_that_was_recorded(world, later):
    given = give(world)
    later(YEAR + timedelta(days=3))
    withdrawing.expire_due_choices()

    expired = signed_in(world.ada.user).get("/receipts/").context["lines"][0]
    assert (expired["word"], expired["at"]) == ("Your consent ran out", given.valid_until)


def test_a_version_without_months_never_runs_out(world, later):
    never = publish_next(world.offers, world.pia.user, consent_months=None)
    give(world, never)
    later(10 * YEAR)
    assert may(world).allowed


def test_it_is_renewed_before_it_runs_out(world, later):
    given = give(world)
    later(timedelta(days=320))
    assert standing(world).can_renew

    renewed = renew(world, given.since)
    later(YEAR + timedelta(days=100))

    assert may(world).allowed and may(world).until == renewed.valid_until
    assert events() == ["given", "renewed"]


def test_a_renewal_sent_twice_renews_once(world, later):
    given = give(world)
    later(timedelta(days=320))
    renew(world, given.since)
    renew(world, given.since)
    assert events() == ["given", "renewed"]


def test_it_is_renewed_after_it_ran_out_and_the_end_stays_on_record(world, later):
    given = give(world)
    later(YEAR)

    renew(world, given.since)

    assert may(world).allowed
    assert events() == ["given", "expired", "renewed"]


def test_a_stale_renewal_does_not_undo_a_withdrawal(world, later):
    given = give(world)
    withdraw(world)
    with pytest.raises(NotPossibleNow):
        renew(world, given.since)
    assert events() == ["given", "withdrawn"]


def test_a_material_version_ends_it_at_read_and_the_next_act_records_when(world):
    give(world)
    newer = publish_next(world.offers, world.pia.user)
    assert may(world).why == DecisionCode.OUTDATED_TEXT
    assert standing(world).is_outdated

    give(world, newer)

    revoked = Entry.objects.get(event="consent.revoked")
    assert revoked.facts["ended_at"] == PurposeVersion.objects.get(pk=newer.pk).published_at.isoformat()
    assert revoked.facts["version"] == 1 and revoked.facts["method"] == "text changed"
    assert events() == ["given", "revoked", "given"]


def test_other_words_with_the_same_meaning_leave_it_standing(world):
    give(world)
    reworded = publish_next(world.offers, world.pia.user, material=False)

    assert may(world).allowed and standing(world).is_reworded

    give(world, reworded)
    assert events() == ["given", "renewed"]


def test_a_retired_purpose_ends_it_and_a_job_records_when(world):
    give(world)
    retire(world.offers.purpose)
    assert not may(world).allowed

    assert withdrawing.revoke_due_choices() == 1 and withdrawing.revoke_due_choices() == 0

    choice = Choice.objects.select_related("purpose").get()
    assert (choice.status, choice.since) == (Status.REVOKED, choice.purpose.retired_at)
    assert Entry.objects.get(event="consent.revoked").facts["method"] == "purpose retired"


def test_what_ended_first_is_what_is_recorded(world, later):
    give(world)
    later(YEAR)
    publish_next(world.offers, world.pia.user)
    withdraw(world)
    assert events() == ["given", "expired", "refused"]


def card_of(world) -> str:
    page = signed_in(world.ada.user).get("/choices/").content.decode()
    return re.sub(r">\s+<", "><", page.split('id="purpose-offers"')[1].split("</li>")[0])


def moment_on_card(at) -> str:
    return f'It was valid until</dt><dd><time datetime="{localtime(at).isoformat()}"'


def test_the_card_says_until_when_it_counted_though_nothing_is_on_record_yet(world, later):
    given = give(world)
    assert "Since" in card_of(world)
    later(YEAR)
    publish_next(world.offers, world.pia.user)

    card = card_of(world)
    assert moment_on_card(given.valid_until) in card
    assert "Since" not in card and "Give consent" in card


def test_the_card_says_when_the_first_text_that_meant_something_else_came(world):
    give(world)
    material = publish_next(world.offers, world.pia.user)
    publish_next(publish_next(material, world.pia.user), world.pia.user, material=False)
    assert moment_on_card(PurposeVersion.objects.get(pk=material.pk).published_at) in card_of(world)


def test_the_card_says_until_when_it_counted_once_that_is_on_record(world, later):
    given = give(world)
    later(YEAR + timedelta(days=3))
    withdrawing.expire_due_choices()
    assert moment_on_card(given.valid_until) in card_of(world)


def test_publishing_a_material_version_touches_no_choice(world):
    """A million standing consents: a withdrawal waits for nothing (issue: ≤ 100 ms)."""
    give(world)
    draft = versions.draft_next_version(purpose=world.offers.purpose, officer=quinn(), by=PORTAL)
    with CaptureQueriesContext(connection) as captured:
        publishing.publish_version(version=draft, officer=world.pia.user, by=Actor("staff", str(world.pia.pk)))
    assert not [query for query in captured if "choices_choice" in query["sql"]]


@pytest.mark.parametrize("months", [12])
def test_a_no_rests_and_nobody_asks_before(world, later, months):
    give(world)
    refused = withdraw(world)
    assert refused.rest_rule == "refusal-6-months"

    with pytest.raises(AskedTooSoon):
        answering.request_consent(customer=world.ada.customer.id, purpose="offers", by=PORTAL, how=ActContext("digest"))
    later(timedelta(days=190))
    answering.request_consent(customer=world.ada.customer.id, purpose="offers", by=PORTAL, how=ActContext("digest"))

    assert events() == ["given", "withdrawn", "requested"]
    assert not may(world).allowed


def test_the_customer_may_change_a_resting_no_at_once(world):
    give(world)
    withdraw(world)
    give(world)
    assert may(world).allowed


def test_asking_twice_asks_once_and_never_about_what_stands(world):
    for _ in range(2):
        answering.request_consent(customer=world.ada.customer.id, purpose="offers", by=PORTAL, how=ActContext("digest"))
    give(world)
    answering.request_consent(customer=world.ada.customer.id, purpose="offers", by=PORTAL, how=ActContext("digest"))
    assert events() == ["requested", "given"]


def test_not_now_is_a_no_and_takes_nothing_back(world):
    ada = {"customer": world.ada.customer.id, "purpose": "offers", "version": world.offers.pk, "by": world.ada.actor}
    assert answering.defer_consent(**ada).status == Status.DEFERRED
    assert not may(world).allowed
    answering.defer_consent(**ada)
    give(world)
    answering.defer_consent(**ada)
    assert may(world).allowed
    withdraw(world)
    assert answering.defer_consent(**ada).status == Status.WITHDRAWN
    assert events() == ["deferred", "given", "withdrawn"]


def test_an_authority_invalidates_and_it_is_asked_anew(world):
    given = give(world)
    officer = Actor("staff", str(world.pia.pk))
    withdrawing.invalidate_choice(choice=given.pk, by=officer)
    withdrawing.invalidate_choice(choice=given.pk, by=officer)

    assert not may(world).allowed and standing(world).is_lapsed
    give(world)
    assert events() == ["given", "invalidated", "given"]


def test_only_a_yes_is_invalidated(world):
    refused = withdraw(world)
    with pytest.raises(NotPossibleNow):
        withdrawing.invalidate_choice(choice=refused.pk, by=Actor("staff", str(world.pia.pk)))
