"""One customer's history for an officer: on record before it is shown, true for every moment, for officers alone."""

import re
from datetime import timedelta

import pytest

from consents.access.models import Grant
from consents.access.rules.blocks import BlockKind
from consents.access.services import blocking, ending
from consents.choices.rules import ActContext, MarkKind
from consents.choices.services import answering, marking, withdrawing
from consents.choices.services.answering import give_consent
from consents.choices.services.withdrawing import withdraw_consent
from consents.core import clock
from consents.decisions import selectors as decisions
from consents.disclosures.reports import services as reports
from consents.disclosures.reports.rules import Concern
from consents.disclosures.services import disclose_records
from consents.exemptions.bypasses import BypassKind, BypassSign
from consents.exemptions.rules import BypassFinding
from consents.exemptions.services import filing
from consents.exports import history
from consents.exports.rules import Dataset
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from tests.forms import forms_on
from tests.world.cast import answer, ask, make_next_version, signed_in
from tests.world.exemptions import build_delay, by_staff, decide, file_order, open_emergency
from tests.world.exports import days_around_now, exported
from tests.world.holders import share_account
from tests.world.insights import add_question, ask_insight, count
from tests.world.rights_requests import file
from tests.world.sessions import act_for
from tests.world.telephone import answer_by_telephone
from tests.world.training import publish_module, train

PAGE = "/admin/history/"


@pytest.fixture
def offers(with_offers, world):
    return world.offers


@pytest.fixture
def otto(world):
    return signed_in(world.otto.user)


def find(client, who: str, **changes):
    return client.post(PAGE, {"who": who, "why": "complaint"} | changes)


def again(client, page, **changes):
    form = next(form for form in forms_on(page) if "found" in form.fields)
    return client.post(PAGE, dict(form.fields) | changes)


def looks() -> int:
    return Entry.objects.filter(event="history.opened").count()


def test_each_look_is_on_record_with_its_reason_and_moment(world, offers, otto):
    page = find(otto, world.ada.customer.reference)
    again(otto, page, at="2026-01-31T10:00")

    first, second = Entry.objects.filter(event="history.opened").order_by("id")
    assert (first.customer, first.actor, first.outcome) == (world.ada.customer.pk, str(world.otto.pk), "complaint")
    assert second.facts == {"as_of": "2026-01-31T10:00:00+00:00"}
    assert "An officer reviewed this history." in page.text


def test_no_officer_opens_the_history_of_a_customer_they_act_for(real_world):
    otto, ada = signed_in(real_world.otto.user), real_world.ada.customer
    found = find(otto, ada.reference)
    act_for(real_world.otto.pk, ada.pk)
    before = looks()

    for page in (find(otto, ada.reference), find(otto, str(ada.pk)), again(otto, found)):
        assert "You act for this customer yourself" in page.text and "Show this moment" not in page.text
    assert looks() == before


def test_purposes_have_their_names_on_it_and_no_codes(world, offers, otto):
    answering.give_consent(customer=world.ada.customer.pk, purpose="offers", version=offers.pk, by=world.ada.actor)

    page = find(otto, world.ada.customer.reference).text

    assert set(re.findall(r'data-label="Purpose">([^<]+)</td>', page)) == {"–", offers.name}


def test_who_recorded_an_answer_by_telephone_is_told(world, otto):
    answer(world, ask(world, "contact"))
    assert "The customer allowed it" in find(otto, world.ada.customer.reference).text

    answer_by_telephone(world, ask(world, "orders", customer=world.ben))
    page = find(otto, world.ben.customer.reference).text
    assert f"The customer allowed it by telephone, recorded by {world.pia.user.get_full_name()}" in page


def test_nobody_is_named_on_it(world, otto):
    page = find(otto, world.ada.customer.reference).text

    assert str(world.ada.customer.pk) in page
    assert world.ada.customer.reference not in page
    assert "ada@example.com" not in page


def test_every_moment_is_shown_as_the_evaluator_judged_it_then(world, offers, later):
    """Each act, and time itself: what was so is written down at once and compared with the page's answer later."""
    seen = []

    def write_down() -> None:
        now = clock.now()
        uses = {
            code: decisions.decide_use(customer=world.ada.customer.pk, category="contact", purpose=code)
            for code in ("offers", "support")
        }
        live = [grant.pk for grant in Grant.objects.all() if grant.is_live(now)]
        seen.append((now, uses, set(live)))

    acts = {"customer": world.ada.customer.pk, "purpose": "offers", "by": world.ada.actor}
    write_down()
    answering.give_consent(version=offers.pk, **acts)
    write_down()
    allowed = answer(world, ask(world, "contact", "orders"))
    write_down()
    ending.stop_access(access_request=allowed.pk, customer=world.ada.customer.pk, by=world.ada.actor)
    withdrawing.withdraw_consent(**acts)
    write_down()
    answering.give_consent(version=offers.pk, **acts)
    answer(world, ask(world, "health", member=world.kim))
    write_down()
    newer = make_next_version(offers.purpose, world.pia.user)
    write_down()
    answering.give_consent(version=newer.pk, **acts)
    write_down()

    for at, uses, live in seen:
        moment = history.build_snapshot(world.ada.customer, at)
        judged = {use.version.purpose.code: use.decision for use in moment.uses}
        assert judged == uses
        assert {shown.grant.pk for shown in moment.grants} == live
    assert {use["offers"].why for _at, use, _live in seen} == {"no_consent", "consented", "outdated_text"}


def test_nothing_could_be_used_while_a_pause_stood(world, offers):
    answering.give_consent(customer=world.ada.customer.pk, purpose="offers", version=offers.pk, by=world.ada.actor)
    allowed = answer(world, ask(world, "contact"))
    before = clock.now()
    terms = {"customer": world.ada.customer.pk, "by": world.ada.actor}
    marking.place_mark(kind=MarkKind.OBJECTION, purpose="offers", **terms)
    objected = clock.now()
    mark = marking.place_mark(kind=MarkKind.RESTRICTION, **terms)
    paused = clock.now()
    marking.lift_mark(mark=mark.pk, by=world.ada.actor)
    lifted = clock.now()

    moments = [before, objected, paused, lifted]
    could_open = [
        [grant.access_request_id for grant in history.select_grants_at(world.ada.customer.pk, at)] for at in moments
    ]
    whys = [
        {use.version.purpose.code: use.decision.why for use in history.judge_purposes_at(world.ada.customer, at)}[
            "offers"
        ]
        for at in moments
    ]
    assert could_open == [[allowed.pk], [allowed.pk], [], []]
    assert whys == ["consented", "objected", "restricted", "objected"]


def test_what_time_ends_is_over_then(world, offers, later):
    answer(world, ask(world, "contact"))
    answering.give_consent(customer=world.ada.customer.pk, purpose="offers", version=offers.pk, by=world.ada.actor)
    now = clock.now()

    for days, consent, grants in [(0, "consented", 1), (1, "consented", 0), (400, "consent_expired", 0)]:
        moment = history.build_snapshot(world.ada.customer, now + timedelta(days=days))
        assert {use.version.purpose.code: use.decision.why for use in moment.uses}["offers"] == consent
        assert len(moment.grants) == grants


def test_before_anything_was_published_nothing_could_be_used(world, otto):
    page = again(otto, find(otto, world.ada.customer.reference), at="2001-01-01T00:00")

    assert "No purpose had been published yet." in page.text
    assert "No one could open any of this customer’s data." in page.text


def test_an_id_finds_whoever_has_no_number_any_more(world, otto):
    assert find(otto, str(world.ada.customer.pk)).status_code == 200


@pytest.mark.parametrize("at", ["9999-12-31T23:59", "yesterday", "2026-02-30T10:00", "x" * 5000])
def test_a_moment_that_is_none_gets_a_sentence(world, otto, at):
    page = again(otto, find(otto, world.ada.customer.reference), at=at)

    assert page.status_code == 422
    assert "There is a problem" in page.text


@pytest.mark.parametrize("who", ["", "nobody@example.com", "x" * 500, "00000000-0000-4000-8000-000000000000"])
def test_nobody_found_is_said(world, otto, who):
    page = find(otto, who)

    assert page.status_code == 422
    assert looks() == 0


@pytest.mark.parametrize("before", ["-1", "x", "9" * 30])
def test_a_made_up_page_is_no_trouble(world, otto, before):
    assert again(otto, find(otto, world.ada.customer.reference), before=before).status_code == 422


def test_what_another_officer_found_finds_nothing(world, otto):
    form = next(form for form in forms_on(find(otto, world.ada.customer.reference)) if "found" in form.fields)

    page = signed_in(world.pia.user).post(PAGE, dict(form.fields))

    assert page.status_code == 422 and "Find the customer first." in page.text
    assert looks() == 1


def test_a_long_history_comes_in_pages(world, otto, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr(history, "PAGE", 3)
    for _ in range(4):
        find(otto, world.ada.customer.reference)

    with django_assert_max_num_queries(30):
        page = find(otto, world.ada.customer.reference)
    numbers = re.findall(r'data-label="Place in the chain">(\d+)', page.text)
    [form] = forms_on(page, "at")
    [before] = re.findall(r'form="moment" name="before" value="(\d+)"', page.text)
    further = otto.post(PAGE, form.fields | {"at": "", "before": before})
    ids = re.findall(r' id="([^"]+)"', page.text)

    assert len(numbers) == 3 and len(set(ids)) == len(ids)
    assert max(map(int, re.findall(r'data-label="Place in the chain">(\d+)', further.text))) < min(map(int, numbers))


@pytest.mark.parametrize("who", ["sam", "kim"])
def test_it_is_shut_for_whoever_asks_customers(world, who):
    client = signed_in(getattr(world, who).user)

    assert client.get(PAGE).status_code == 403
    assert find(client, world.ada.customer.reference).status_code == 403
    assert looks() == 0


# Exemptions, training, reports, signs of a bypass, blocks and statistics: each a dataset, without anyone's words.


def rows(world, dataset: Dataset) -> list[dict[str, str]]:
    return exported(world, days_around_now(), dataset=dataset)


def look_without(world, exemption):
    grant = Grant.objects.get(exemption=exemption.pk)
    return disclose_records(grant=grant.pk, staff=world.sam.pk, by=by_staff(world.sam)).opening


def test_exemptions_tell_of_two_people_and_of_telling(real_world):
    world = real_world
    look_without(world, open_emergency(world))
    decide(world, file_order(world, "contact"), delay=build_delay())

    emergency, order = rows(world, Dataset.EXEMPTIONS)

    assert (emergency["ground"], emergency["state"], emergency["looks"]) == ("safety", "opened", "1")
    assert emergency["opened_at_once"] == "true" and emergency["told_at"] and not emergency["decided_by"]
    assert (order["ground"], order["state"], order["delays"]) == ("legal_duty", "granted", "1")
    assert order["decided_by"] == str(world.pia.pk) != order["actor_ref"]
    assert order["notify_restricted"] == "true" and "StPO" in order["legal_authority"] and not order["told_at"]
    assert "poisoned" not in "".join(emergency.values())


def test_the_training_register_tells_until_when_it_counts(real_world):
    world = real_world
    module = publish_module(world)
    train(world.sam)

    (row,) = rows(world, Dataset.TRAINING)

    assert (row["handler_ref"], row["module"], row["score"]) == (str(world.sam.pk), module.code, "100")
    assert row["valid_until"] > row["attested_at"] and row["role"] == "requester"


def test_a_report_has_its_clock_and_no_words(real_world):
    world = real_world
    look = look_without(world, open_emergency(world))
    said = {"concern": Concern.KNOWN, "words": "My neighbour!", "acting": world.ada.acting, "by": world.ada.actor}
    reports.file_look_report(opening=look, **said)

    (row,) = rows(world, Dataset.REPORTS)

    assert (row["opening_id"], row["concern"], row["is_late"], row["outcome"]) == (str(look), "known", "false", "")
    assert row["due_at"] and "neighbour" not in "".join(row.values())


def test_a_sign_tells_who_looked_into_it(real_world):
    world = real_world
    sign = BypassSign(BypassKind.OWN_ACCOUNT, clock.now(), world.sam.pk, world.ada.customer.id, "vault.opened", "1")
    filing.raise_bypass_alert(sign=sign, by=PORTAL)
    filing.decide_bypass_alert(
        alert=sign.alert, finding=BypassFinding.BREACH, officer=world.otto, by=by_staff(world.otto)
    )

    (row,) = rows(world, Dataset.ALERTS)

    assert (row["sign"], row["event"], row["outcome"]) == ("own_account", "vault.opened", "breach")
    assert (row["actor_ref"], row["decided_by"]) == (str(world.sam.pk), str(world.otto.pk))


def test_a_block_does_not_tell_whom(real_world):
    world = real_world
    blocking.place_block(customer=world.ada.customer.id, kind=BlockKind.EVERYBODY, by=world.ada.actor)

    (row,) = rows(world, Dataset.BLOCKS)

    assert list(row) == ["block_id", "placed_at", "subject_ref", "scope", "lifted_at"]
    assert row["scope"] == "everybody" and not row["lifted_at"]


def test_the_yes_of_one_holder_tells_to_what_and_whether_it_waits(real_world):
    world = real_world
    mia = share_account(world)
    request = file(mia)
    yes = {"customer": mia.customer.pk, "purpose": world.purpose.code, "version": world.version.pk}
    give_consent(**yes, by=mia.actor, how=ActContext(capacity="holder"))
    withdraw_consent(customer=mia.customer.pk, purpose=world.purpose.code, by=world.ada.actor)

    asked, consented = rows(world, Dataset.ASSENTS)

    assert (asked["matter"], asked["object_ref"], asked["ended_at"]) == ("rights_request", str(request.pk), "")
    assert (consented["matter"], consented["purpose"]) == ("joint_consent", "support") and consented["ended_at"]
    assert {asked["holder_ref"], consented["holder_ref"]} == {str(mia.user.pk)}


def test_a_question_is_told_without_its_numbers(crowded):
    insight = ask_insight(crowded, add_question(crowded))
    count(insight)

    (row,) = rows(crowded, Dataset.INSIGHTS)

    assert (row["question"], row["minimum"], row["outcome"]) == ("items", "11", "counted")
    assert row["actor_ref"] == str(crowded.sam.pk) and row["has_hidden"] == "true"
    assert not {"total", "number", "label"} & row.keys()
