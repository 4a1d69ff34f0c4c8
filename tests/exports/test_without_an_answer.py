"""Exemptions, training, reports, signs of a bypass, blocks and statistics: each a dataset, without anyone's words."""

from consents.access.models import Grant
from consents.access.rules.blocks import BlockKind
from consents.access.services import blocking
from consents.choices.rules import ActContext
from consents.choices.services.answering import give_consent
from consents.choices.services.withdrawing import withdraw_consent
from consents.core import clock
from consents.disclosures.reports import services as reports
from consents.disclosures.reports.rules import Concern
from consents.disclosures.services import disclose_records
from consents.exemptions.bypasses import BypassKind, BypassSign
from consents.exemptions.rules import BypassFinding
from consents.exemptions.services import filing
from consents.exports.rules import Dataset
from consents.ledger.rules import PORTAL
from tests.world.exemptions import build_delay, by_staff, decide, file_order, open_emergency
from tests.world.exports import days_around_now, exported
from tests.world.holders import share_account
from tests.world.insights import add_question, ask_insight, count
from tests.world.rights_requests import file
from tests.world.training import publish_module, train


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
