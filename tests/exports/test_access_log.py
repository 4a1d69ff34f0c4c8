"""What stands in the access log: every ask, answer, look, refused look and end, once, and nothing else."""

import hashlib
from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.db import connection

from consents.access.services import answering
from consents.choices.services import answering as choices_answering
from consents.choices.services import withdrawing
from consents.core.owner import silence_triggers
from consents.exports import selectors
from consents.exports.datasets import DESCRIPTIONS
from consents.exports.formats import FORMATS
from consents.exports.formats.query import Query
from consents.exports.rules import Dataset, Format
from consents.law.kinds import Type
from consents.ledger.models import Entry
from consents.rights.rules import TYPED_CHANNELS, SubmittedBy
from consents.rights.services.noting import look_at_value
from tests.world.choices import list_teams, make_offers
from tests.world.exports import days_around_now, exported, long_ago, play
from tests.world.owners import acting_as_owner
from tests.world.proposals import agree, make_guarded_purpose, propose_request
from tests.world.retirements import confirm_end, propose_end
from tests.world.rights_requests import by_staff, file, file_correction, type_in
from tests.world.scene_fixtures import scene
from tests.world.sentences import draft_sentence, publish_sentence

# Counted from the rooms' own tables, not from the ledger that the export reads.
INDEPENDENT = """
SELECT (SELECT count(*) FROM access_accessrequest WHERE filed_at >= %(first)s AND filed_at < %(last)s),
       (SELECT count(*) FROM access_answer WHERE answered_at >= %(first)s AND answered_at < %(last)s),
       (SELECT count(*) FROM disclosures_opening
        WHERE kind = 'grant' AND opened_at >= %(first)s AND opened_at < %(last)s),
       (SELECT count(DISTINCT access_request_id) FROM access_grant WHERE ended_at >= %(first)s AND ended_at < %(last)s)
"""


def of(rows: list[dict[str, str]], event: str) -> list[dict[str, str]]:
    return [row for row in rows if row["event"] == event]


def test_its_counts_equal_an_independent_count(played):
    first, last = days_around_now().bounds()
    with connection.cursor() as cursor:
        cursor.execute(INDEPENDENT, {"first": first, "last": last})
        counted = cursor.fetchone()

    events = Counter(row["event"] for row in exported(played))

    names = ["access_request.filed", "access_request.answered", "vault.opened", "grant.ended"]
    assert tuple(events[name] for name in names) == counted == (3, 2, 2, 1)
    assert events["vault.opening_refused"] == 1
    assert events.total() == 9


def test_it_has_the_columns_of_the_law_in_order(played):
    assert list(exported_header(played))[:16] == [
        "event_id",
        "occurred_at",
        "subject_ref",
        "actor_ref",
        "actor_role",
        "purpose",
        "lawful_basis",
        "consent_record_id",
        "legal_authority",
        "pii_types",
        "recipient",
        "outcome",
        "shown_to_subject",
        "notify_restricted",
        "restricted_until",
        "previous_hash",
    ]


def exported_header(world) -> dict[str, str]:
    return exported(world)[0]


def test_a_look_says_who_whose_what_for_and_on_which_consent(played):
    scene = played

    look = of(exported(played), "vault.opened")[0]

    assert look["subject_ref"] == str(played.ada.customer.id)
    assert (look["actor_ref"], look["actor_role"]) == (str(played.sam.pk), "requester")
    assert (look["purpose"], look["lawful_basis"]) == ("support", "A6-1-a")
    assert look["consent_record_id"] == str(scene.allowed.pk)
    assert (look["pii_types"], look["recipient"]) == ("orders", "Billing Support")
    assert (look["outcome"], look["reason_code"], look["shown_to_subject"]) == ("allowed", "granted", "true")
    assert datetime.fromisoformat(look["occurred_at"]).utcoffset() == timedelta(0)


def test_a_refused_look_says_why(played):
    (refused,) = of(exported(played), "vault.opening_refused")

    assert (refused["outcome"], refused["reason_code"], refused["shown_to_subject"]) == ("refused", "stopped", "false")


def test_what_a_manager_decided_is_in_it_and_not_on_the_customers_pages(real_world):
    guarded = make_guarded_purpose(real_world)
    asked = agree(propose_request(real_world, guarded), real_world.kim)

    rows = exported(real_world)
    (proposed,), (agreed,) = of(rows, "proposed_request.filed"), of(rows, "proposed_request.agreed")
    assert (proposed["actor_ref"], agreed["actor_ref"]) == (str(real_world.sam.pk), str(real_world.kim.pk))
    assert proposed["proposal_id"] == agreed["proposal_id"] == str(asked.proposed_request.pk)
    assert (agreed["event_outcome"], agreed["pii_types"], agreed["shown_to_subject"]) == ("agreed", "orders", "false")
    assert of(rows, "access_request.filed")[0]["actor_ref"] == str(real_world.sam.pk)


def test_asks_and_answers_carry_their_codes_and_categories(played):
    rows = exported(played)

    asked = [(row["event_outcome"], row["pii_types"]) for row in of(rows, "access_request.filed")]
    answered = [(row["event_outcome"], row["pii_types"]) for row in of(rows, "access_request.answered")]
    assert asked == [("pending", "contact orders"), ("pending", "health"), ("pending", "contact")]
    assert answered == [("partly_approved", "orders"), ("denied", "health")]
    assert {row["actor_role"] for row in of(rows, "access_request.answered")} == {"customer"}


def test_only_a_look_is_allowed_or_refused(played):
    for row in exported(played):
        is_look = row["event"].startswith("vault.")
        assert (row["outcome"] in ("allowed", "refused"), row["event_outcome"] == "") == (is_look, is_look), row
        assert row["outcome"] or row["event_outcome"]


def test_only_what_rests_on_consent_names_it_and_every_row_its_request(played):
    scene = played

    rows = exported(played)

    resting = {row["event_id"]: row["consent_record_id"] for row in rows if row["consent_record_id"]}
    (yes,) = [row for row in rows if row["event_outcome"] == "partly_approved"]
    named = [yes, *of(rows, "vault.opened"), *of(rows, "grant.ended")]
    assert resting == {row["event_id"]: str(scene.allowed.pk) for row in named}
    assert {row["request_id"] for row in rows} == {str(one.pk) for one in (scene.allowed, scene.denied, scene.pending)}


def test_every_value_is_one_that_the_dictionary_lists(played):
    denied = played.denied
    answering.lift_waiting_time(access_request=denied.pk, customer=played.ada.customer.id, by=played.ada.actor)

    for row in exported(played):
        for column in DESCRIPTIONS[Dataset.ACCESS_LOG].columns:
            if column.values and row[column.name]:
                assert row[column.name] in column.values, column.name


def test_team_and_rank_are_those_of_then(real_world):
    """Another name of the team today, and another rank by force: what was so stays so."""
    play(real_world)
    before = exported(real_world)

    with acting_as_owner() as owner, owner.cursor() as cursor:
        cursor.execute("UPDATE people_staffmember SET team = 'Sales', role = 'privacy_officer'")

    assert exported(real_world) == before
    assert {row["recipient"] for row in before} == {"Billing Support", "Returns"}
    assert {row["actor_role"] for row in of(before, "access_request.filed")} == {"requester"}


def test_an_end_of_access_names_what_ended(played):
    (ended,) = of(exported(played), "grant.ended")

    assert (ended["event_outcome"], ended["pii_types"]) == ("stopped", "orders")


def test_every_row_is_proved_by_the_chain(played):
    for row in exported(played):
        entry = Entry.objects.get(pk=row["event_id"])
        assert hashlib.sha256(entry.canonical.encode()).hexdigest() == row["entry_hash"]
        assert f'"previous":"{row["previous_hash"]}"' in entry.canonical


def test_it_carries_no_words_of_people(played):
    text = str(exported(played))

    for word in ("wrong bill", "Ada", "Sam", "example.com", "C-1001", "Marker", "Blue lamp"):
        assert word not in text


def test_an_empty_period_is_a_header_and_nothing_else(played):
    assert exported(played, long_ago()) == []


def test_the_period_is_half_open(played):
    moment = Entry.objects.filter(event="access_request.filed").order_by("id").first().occurred_at
    later = moment + timedelta(microseconds=1)

    assert lines(moment, later) == 1
    assert lines(moment - timedelta(seconds=1), moment) == 0


def lines(first: datetime, last: datetime) -> int:
    query = Query(DESCRIPTIONS[Dataset.ACCESS_LOG], {"first": first, "last": last}, {})
    with selectors.open_snapshot() as connection:
        return sum(count for _, count in FORMATS[Format.CSV].write(connection, query))


@pytest.mark.parametrize("team", ["=1+1", "\t@SUM(A1)", "\u00a0+1", "＝1", "a\n-1", '"quoted", team', "Größe"])
def test_what_a_person_typed_is_inert(real_world, team):
    with acting_as_owner() as owner, owner.cursor() as cursor:
        cursor.execute("UPDATE people_staffmember SET team = %s WHERE user_id = %s", [team, real_world.sam.pk])
    real_world.sam.refresh_from_db()
    play(real_world)

    look = of(exported(real_world), "vault.opened")[0]

    assert look["recipient"].replace("'", "") == team
    assert not any(line.strip("\t\u00a0 ")[:1] in "=+-@＝" for line in look["recipient"].split("\n"))


def test_a_purpose_code_that_looks_like_a_formula_is_inert(real_world):
    with acting_as_owner() as owner, silence_triggers(owner, "catalogue_purpose") as cursor:
        cursor.execute("UPDATE catalogue_purpose SET code = '-2-3'")
    play(real_world)
    assert {row["purpose"] for row in exported(real_world)} == {"'-2-3"}


def test_a_look_for_a_correction_says_by_which_law_and_rests_on_no_consent(real_world):
    request = file_correction(real_world.ada)
    look_at_value(rights_request=request.pk, place=0, officer=real_world.pia, by=by_staff(real_world.pia))

    look = of(exported(real_world), "vault.compared")[0]

    assert (look["actor_role"], look["pii_types"], look["outcome"]) == ("privacy_officer", "contact", "allowed")
    assert (look["lawful_basis"], look["legal_authority"], look["consent_record_id"]) == ("A6-1-c", "GDPR Art 16", "")
    assert look["shown_to_subject"] == "true"


COLUMNS = {column.name: column for column in DESCRIPTIONS[Dataset.CONSENT_EVENTS].columns}


@scene
def agreed(real_world):
    version = make_offers(real_world)
    ada = real_world.ada
    choices_answering.give_consent(customer=ada.customer.pk, purpose="offers", version=version.pk, by=ada.actor)
    return real_world


def everything(world) -> list[dict[str, str]]:
    return exported(world, dataset=Dataset.CONSENT_EVENTS)


def of_withdrawal(world) -> tuple[str, str]:
    (row,) = [row for row in everything(world) if row["event_type"] == "ConsentWithdrawn"]
    for name in ("event_entity", "collection_method"):
        assert row[name] in COLUMNS[name].values
    return row["event_entity"], row["collection_method"]


METHODS = {"phone": "phone", "post": "paper"}


@pytest.mark.parametrize("channel", TYPED_CHANNELS)
def test_a_withdrawal_that_was_typed_in_says_how_it_came(agreed, channel):
    type_in(agreed, Type.WITHDRAWAL, channel=channel)
    assert of_withdrawal(agreed) == ("self", METHODS.get(channel, channel))


@pytest.mark.parametrize(
    ("submitted_by", "entity"),
    [
        (SubmittedBy.AGENT, "agent"),
        (SubmittedBy.PARENT, "parent"),
        (SubmittedBy.GUARDIAN, "parent"),
        (SubmittedBy.ATTORNEY, "agent"),
    ],
)
def test_it_says_who_made_it(agreed, submitted_by, entity):
    type_in(agreed, Type.WITHDRAWAL, submitted_by=submitted_by, proof="Letter 12")
    assert of_withdrawal(agreed) == (entity, "phone")


def test_on_their_own_pages_there_is_nothing_to_add(agreed):
    file(agreed.ada, Type.WITHDRAWAL)
    assert of_withdrawal(agreed) == ("self", "portal")
    for entry in Entry.objects.filter(object_type="choice"):
        assert not {"channel", "submitted_by"} & set(entry.facts)


def test_what_the_portal_does_of_itself_is_the_systems(agreed, later):
    later(timedelta(days=4000))
    assert withdrawing.expire_due_choices()
    (row,) = [row for row in everything(agreed) if row["event_type"] == "ConsentExpired"]
    assert (row["event_entity"], row["collection_method"]) == ("system", "portal")


def test_the_end_of_a_purpose_names_both_officers(real_world):
    confirm_end(propose_end(real_world.purpose, real_world.quinn), real_world.pia)

    lines = {line["step"]: line for line in exported(real_world, dataset=Dataset.CATALOGUE)}

    quinn, pia = str(real_world.quinn.pk), str(real_world.pia.pk)
    asked, ended = lines["retirement.proposed"], lines["purpose.retired"]
    assert (asked["code"], asked["actor_ref"], asked["confirmed_by"]) == ("support", quinn, "")
    assert (ended["code"], ended["proposed_by"], ended["confirmed_by"]) == ("support", quinn, pia)
    assert lines["purpose_version.published"]["version_number"] == "1"
    assert exported(real_world, long_ago(), dataset=Dataset.CATALOGUE) == []


def test_it_says_which_teams_may_ask_and_which_sentences_are_offered(real_world):
    list_teams(real_world.purpose, "Returns", "Sales", officer=real_world.pia)
    publish_sentence(real_world.quinn, draft_sentence(real_world.pia))

    lines = {line["step"]: line for line in exported(real_world, dataset=Dataset.CATALOGUE)}

    changed, published = lines["purpose.changed"], lines["sentence_template.published"]
    assert "Returns" in changed["teams"] and "Sales" in changed["teams"]
    assert (changed["actor_ref"], lines["purpose.drafted"]["teams"]) == (str(real_world.pia.pk), "")
    assert (published["code"], published["version_number"]) == ("bill", "1")
    assert published["actor_ref"] == str(real_world.quinn.pk)
