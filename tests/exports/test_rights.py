"""Rights requests and their metrics: field by field as the law's table has them, equal to an independent count."""

import re
from datetime import timedelta
from statistics import mean, median

import pytest
from django.db import connection

from consents.copies.services import packages
from consents.core import clock
from consents.exports.datasets import DESCRIPTIONS
from consents.exports.datasets.requests import CHANGING_EVENTS
from consents.exports.describing import FOR_PROGRAMS
from consents.exports.rules import Dataset
from consents.exports.services import delivering
from consents.home import staff_emails
from consents.law.kinds import KINDS, Regime, Type
from consents.law.reasons import Extension, Reason
from consents.ledger.models import Entry
from consents.people.models import Role
from consents.people.services import erasing
from consents.rights.models import RightsRequest
from consents.rights.rules import Format as Form
from consents.rights.rules import Outcome, Reply, TellingWay
from consents.rights.services import erasing as rights_erasing
from consents.rights.services import handling as rights_handling
from consents.rights.services import removing, requester_actions, waiting
from tests.architecture.recorded_events import recorded_by_rooms
from tests.exports.packages import checked, unpacked
from tests.world.ahead import running_ahead
from tests.world.cast import make_recipient, make_staff
from tests.world.exports import days_around_now, deliver, exported, in_format, make, package_of, rows_of
from tests.world.rights_requests import (
    answer,
    ask_back,
    by_staff,
    file,
    file_as_stranger,
    make_californian,
    note_reply,
    search,
    type_in,
)
from tests.world.scene_fixtures import scene
from tests.world.training import publish_module, train, try_module

FIELDS = [
    "request_id",
    "regime",
    "jurisdiction",
    "subject_ref",
    "received_at",
    "request_type",
    "request_scope",
    "channel",
    "submitted_by",
    "agent_proof",
    "verification_level",
    "verification_requested_at",
    "verified_at",
    "acknowledged_at",
    "due_at",
    "due_rule",
    "due_unit",
    "calendar_id",
    "extended_to",
    "extension_reason",
    "extension_notified_at",
    "status",
    "responded_at",
    "outcome",
    "response_format",
    "denial_reason",
    "denial_metric_group",
    "denial_legal_basis",
    "remedies_told",
    "fee_charged",
    "appeal_at",
    "appeal_outcome",
    "recipients_notified",
    "handler_ref",
    "handler_trained_on",
    "days_to_response",
    "retain_until",
]
PARTLY = Reply(Outcome.COMPLIED_PART, Form.EMAIL, "Most of it.", Reason.OTHERS)
DENIED = Reply(Outcome.DENIED, Form.POST, "No.", Reason.UNVERIFIED)


@scene
def twelve_days(real_world):
    """Requests of Europe and California, answered after 0, 5 and 12 days, refused, taken back and open."""
    world = real_world
    world.cal = make_californian()
    world.access = file(world.ada, Type.ACCESS)
    world.delete = file(world.cal, Type.DELETION)
    world.know = file(world.cal, Type.KNOW_SPECIFIC)
    world.opted_out = file(world.cal, Type.OPT_OUT)
    world.strange = file_as_stranger(Type.ERASURE)
    world.taken_back = file(world.ada, Type.RECTIFICATION)
    requester_actions.withdraw_request(
        rights_request=world.taken_back.pk, customer=world.ada.customer.pk, by=world.ada.actor
    )
    world.phoned = type_in(world, Type.PORTABILITY, submitted_by="authorized_agent", proof="=HYPERLINK(1)")
    with running_ahead() as later:
        later(timedelta(days=5))
        search(world, world.access)
        answer(world, world.access, PARTLY)
        answer(world, world.strange, DENIED)
        later(timedelta(days=12))
        search(world, world.delete)
        handling = {"rights_request": world.delete.pk, "officer": world.pia, "by": by_staff(world.pia)}
        rights_erasing.propose_erasure(**handling)
        erasing.erase_customer(customer=world.cal.customer.pk, officer=world.otto, by=by_staff(world.otto))
    return world


@pytest.fixture
def world(twelve_days, later):
    """At their end."""
    later(timedelta(days=12))
    return twelve_days


def received(world, dataset=Dataset.REQUESTS, **changes) -> list[dict[str, str]]:
    return exported(world, dataset=dataset, period=days_around_now(20), **changes)


def by_id(rows: list[dict[str, str]]) -> dict[str, dict[str, str]]:
    return {row["request_id"]: row for row in rows}


def test_its_columns_are_those_of_the_law_in_order():
    names = DESCRIPTIONS[Dataset.REQUESTS].names
    assert names[: len(FIELDS)] == FIELDS
    assert names[len(FIELDS) :] == [
        "request_number",
        "filed_at",
        "questions_asked",
        "questions_answered",
        "files_added",
        "files_left_out",
        "changed_after_period",
    ]


def test_every_request_of_the_period_is_in_it_once(world):
    rows = received(world)

    assert sorted(row["request_id"] for row in rows) == sorted(str(row.pk) for row in RightsRequest.objects.all())
    assert len(rows) == 7
    assert exported(world, dataset=Dataset.REQUESTS, period=days_around_now(1)) == []


def test_every_value_is_an_allowed_one(world):
    for row in received(world):
        for column in DESCRIPTIONS[Dataset.REQUESTS].columns:
            if column.values and row[column.name]:
                assert row[column.name] in column.values, column.name


def test_a_request_answered_in_part_says_all_of_it(world):
    row = by_id(received(world))[str(world.access.pk)]

    assert (row["regime"], row["jurisdiction"], row["request_type"]) == ("gdpr", "IE", "A15")
    assert row["subject_ref"] == str(world.ada.customer.id)
    assert (row["channel"], row["submitted_by"], row["verification_level"]) == ("portal", "self", "session_reauth")
    assert (row["due_rule"], row["due_unit"]) == ("gdpr:12(3)", "month")
    assert (row["status"], row["outcome"], row["response_format"]) == ("fulfilled", "complied_part", "email")
    assert (row["denial_reason"], row["denial_metric_group"]) == ("rights_of_others", "other")
    assert (row["denial_legal_basis"], row["remedies_told"]) == ("GDPR Art 15(4)", "true")
    assert (row["days_to_response"], row["fee_charged"], row["handler_ref"]) == ("5", "0", str(world.pia.pk))
    assert row["received_at"].endswith("+00:00") and "T" in row["due_at"]


def test_it_says_when_the_handler_was_trained(real_world, later):
    """Before the answer: a training of the day after proves nothing of it."""
    world = real_world
    module = publish_module(world)
    untrained = file(world.ada, Type.ACCESS)
    search(world, untrained)
    answer(world, untrained, PARTLY)
    later(timedelta(days=1))
    attempt = try_module(module, world.pia)
    trained = file(world.ada, Type.PORTABILITY)
    search(world, trained)
    answer(world, trained, PARTLY)
    later(timedelta(days=3))
    train(world.pia)

    rows = by_id(received(world))

    assert rows[str(untrained.pk)]["handler_trained_on"] == ""
    assert rows[str(trained.pk)]["handler_trained_on"] == attempt.made_at.date().isoformat()


def test_open_and_withdrawn_ones_stand_where_they_are(world):
    rows = by_id(received(world))

    assert [rows[str(one.pk)]["status"] for one in (world.know, world.taken_back, world.strange)] == [
        "open",
        "revoked",
        "denied",
    ]
    assert rows[str(world.know.pk)]["days_to_response"] == rows[str(world.know.pk)]["outcome"] == ""


def erase_part(world, request) -> None:
    about = {"rights_request": request.pk, "officer": world.pia, "by": by_staff(world.pia)}
    rights_erasing.propose_partial_erasure(**about, kept=["orders"], law="GDPR Art 17(3)(b)")
    rights_erasing.confirm_partial_erasure(**about | {"officer": world.otto, "by": by_staff(world.otto)})


def test_extension_appeal_and_recipients_are_told(real_world, later):
    real_world.cal = make_californian()
    printer = make_recipient("printer")
    request = file(real_world.ada, Type.ERASURE)
    about = {"rights_request": request.pk, "officer": real_world.pia, "by": by_staff(real_world.pia)}
    rights_handling.extend_deadline(**about, reason=Extension.COMPLEX)
    rights_handling.record_recipient_notices(**about, recipients=[printer.pk], way=TellingWay.LETTER)
    search(real_world, request)
    erase_part(real_world, request)
    requester_actions.appeal_answer(
        rights_request=request.pk, customer=real_world.ada.customer.pk, why="No.", by=real_world.ada.actor
    )

    (row,) = exported(real_world, dataset=Dataset.REQUESTS)

    assert row["extended_to"] > row["due_at"] >= row["extension_notified_at"]
    assert (row["extension_reason"], row["appeal_outcome"]) == ("complexity", "pending")
    assert (row["status"], row["outcome"], row["denial_reason"]) == ("fulfilled", "complied_part", "legal_restriction")
    assert (row["denial_legal_basis"], row["denial_metric_group"]) == ("GDPR Art 17(3)(b)", "exempt_information")
    assert row["remedies_told"] == "true"
    assert row["appeal_at"] and re.fullmatch(r"printer@\d{4}-\d\d-\d\d/letter", row["recipients_notified"])


def test_what_was_typed_in_is_empty_unless_asked_for_and_then_inert(world):
    assert {row["agent_proof"] for row in received(world)} == {""}

    olga = make_staff("olga@example.com", Role.COMPLIANCE_OFFICER, "Compliance", "Olga")
    export = make(world, days_around_now(20), Dataset.REQUESTS, personal=True)
    delivering.approve_export(export=export.pk, officer=olga, by=by_staff(olga))
    rows = rows_of(b"".join(deliver(world, export).content))

    assert {row["agent_proof"] for row in rows} == {"", "'=HYPERLINK(1)"}


def test_filters_narrow_it(world):
    def chosen(**only) -> set[str]:
        return {row["request_id"] for row in received(world, chosen=only)}

    assert chosen(law="ccpa") == {str(one.pk) for one in (world.delete, world.know, world.opted_out)}
    assert chosen(jurisdiction="AQ") == set()  # wherever somebody lives
    assert chosen(jurisdiction="IE", type="A15") == {str(world.access.pk)}
    assert chosen(state="denied") == {str(world.strange.pk)}
    assert chosen(state="revoked", law="ccpa") == set()


def test_every_format_says_the_same(world):
    csv, lines, workbook = (
        in_format(world, format, dataset=Dataset.REQUESTS, period=days_around_now(20)) for format in FOR_PROGRAMS
    )
    assert csv == lines == workbook and len(csv) == 7


# Metrics

INDEPENDENT = """
SELECT request_type, count(*), count(*) FILTER (WHERE outcome = 'complied_whole'),
    count(*) FILTER (WHERE outcome = 'complied_part'), count(*) FILTER (WHERE outcome = 'denied')
FROM rights_register WHERE jurisdiction = 'US-CA' OR %s GROUP BY request_type
"""


@pytest.mark.parametrize("population", ["california", "all"])
def test_the_metrics_equal_an_independent_count(world, population):
    with connection.cursor() as cursor:
        cursor.execute(INDEPENDENT, [population == "all"])
        counted = {type: tuple(map(str, numbers)) for type, *numbers in cursor.fetchall()}

    rows = [row for row in received(world, Dataset.METRICS) if row["population"] == population]

    names = ["received", "complied_whole", "complied_part", "denied"]
    asked = [row for row in rows if row["received"] != "0"]
    assert {row["request_type"]: tuple(row[name] for name in names) for row in asked} == counted
    assert {row["request_type"] for row in rows} >= set(KINDS[Regime.CCPA])
    assert all(row["median_days"] == "" and row["changed_after_period"] == "false" for row in rows if row not in asked)
    assert len(counted) == (7 if population == "all" else 3)


def test_its_counts_add_up(world):
    ends = ["complied_whole", "complied_part", "denied", "no_data_held", "withdrawn", "unanswered"]
    for row in received(world, Dataset.METRICS):
        assert int(row["received"]) == sum(int(row[name]) for name in ends)
        assert int(row["denied"]) == sum(int(row[name]) for name in row if name.startswith("denied_"))


def test_reasons_are_counted_in_their_groups(world):
    (row,) = [one for one in received(world, Dataset.METRICS) if one["request_type"] == "A17"]
    assert (row["denied"], row["denied_not_verifiable"], row["denied_other"]) == ("1", "1", "0")


def test_median_and_mean_are_of_the_days_to_an_answer(real_world, later):
    days = [0, 0, 7, 20]
    requests = [file_as_stranger(Type.ERASURE) for _day in days]
    for day, request in zip(days, requests, strict=True):
        later(timedelta(days=day))
        answer(real_world, request, DENIED)

    rows = exported(real_world, dataset=Dataset.METRICS, period=days_around_now(25))

    (row,) = [one for one in rows if one["population"] == "all" and one["received"] != "0"]
    assert (float(row["median_days"]), float(row["mean_days"])) == (median(days), mean(days))


def test_a_type_nobody_was_answered_about_has_no_days(world):
    (row,) = [one for one in received(world, Dataset.METRICS) if one["request_type"] == "A20"]
    assert (row["unanswered"], row["median_days"], row["mean_days"]) == ("1", "", "")


def test_the_year_is_that_of_receipt_in_the_zone_of_the_company(world, settings):
    settings.PORTAL_TIME_ZONE = "UTC"
    rows = received(world, Dataset.METRICS)  # near the turn of the year of both years, one of them with zeros alone
    assert {row["year"] for row in rows if row["received"] != "0"} == {str((clock.now() - timedelta(days=12)).year)}


# Closed periods


def test_a_row_that_changed_after_the_period_says_so_and_the_others_are_the_same(real_world, later, tmp_path):
    one, other = file(real_world.ada, Type.ACCESS), file(real_world.ben, Type.ACCESS)
    period = days_around_now()
    later(timedelta(days=2))
    package = package_of(real_world, dataset=Dataset.REQUESTS, period=period)
    folder = unpacked(package, tmp_path / "export")
    before = by_id(exported(real_world, dataset=Dataset.REQUESTS, period=period))
    assert "2 are the same now" in checked(folder)

    search(real_world, one)
    answer(real_world, one)
    typed = type_in(real_world, Type.PORTABILITY, received_at=one.received_at)
    after = by_id(exported(real_world, dataset=Dataset.REQUESTS, period=period))

    assert before[str(other.pk)] == after[str(other.pk)]
    marks = {id: row["changed_after_period"] for id, row in after.items()}
    assert marks == {str(one.pk): "true", str(other.pk): "false", str(typed.pk): "true"}
    said = checked(folder)
    assert "1 are the same now" in said and "1 came into the period since" in said and "1 have changed" in said


def test_what_changes_no_column_leaves_the_row_as_it_was(real_world, later):
    """Read, reminded of, late, packed, downloaded: the record of the request is what it was."""
    request = file(real_world.ada, Type.ACCESS, said={"words": "please"})
    done = file(real_world.ben, Type.ACCESS)
    search(real_world, done)
    answer(real_world, done)
    period = days_around_now()
    later(timedelta(days=2))
    before = {set: exported(real_world, dataset=set, period=period) for set in (Dataset.REQUESTS, Dataset.METRICS)}

    removing.read_statements(rights_request=request.pk, officer=real_world.pia, by=by_staff(real_world.pia))
    packages.make_package(rights_request=done.pk)
    later(timedelta(days=29))
    staff_emails.send_daily_emails()
    later(timedelta(days=40))
    staff_emails.send_daily_emails()
    waiting.record_late_when_due()

    seen = Entry.objects.filter(object_type="rights_request", occurred_at__gt=period.bounds()[1])
    assert set(seen.values_list("event", flat=True)) >= {
        f"rights_request.{act}" for act in ("words_read", "packaged", "reminded", "late")
    }
    assert before == {set: exported(real_world, dataset=set, period=period) for set in before}
    assert {row["changed_after_period"] for rows in before.values() for row in rows} == {"false"}


def test_whatever_changes_a_column_says_so(real_world, later):
    """Act by act: a row that differs from before the act is marked."""
    printer = make_recipient("printer")
    request = file(real_world.ada, Type.ERASURE)
    period = days_around_now()
    later(timedelta(days=2))
    about = {"rights_request": request.pk, "officer": real_world.pia, "by": by_staff(real_world.pia)}
    own = {"rights_request": request.pk, "customer": real_world.ada.customer.pk, "by": real_world.ada.actor}
    acts = [
        lambda: search(real_world, request),
        lambda: ask_back(real_world, request),
        lambda: note_reply(real_world, request, clock.now().date()),
        lambda: rights_handling.extend_deadline(**about, reason=Extension.COMPLEX),
        lambda: rights_handling.record_recipient_notices(**about, recipients=[printer.pk], way=TellingWay.LETTER),
        lambda: erase_part(real_world, request),
        lambda: requester_actions.appeal_answer(**own, why="No."),
    ]
    for act in acts:
        (before,) = exported(real_world, dataset=Dataset.REQUESTS, period=period)
        act()
        (after,) = exported(real_world, dataset=Dataset.REQUESTS, period=period)
        assert before == after or after["changed_after_period"] == "true"
    rows = exported(real_world, dataset=Dataset.METRICS, period=period)
    (counted,) = [row for row in rows if row["received"] != "0"]
    assert counted["changed_after_period"] == "true"


def test_every_act_on_a_request_was_thought_of():
    """A new one is either among those that change a column, or here."""
    events = {named.event.partition(".") for named in recorded_by_rooms()}
    found = {step for about, _dot, step in events if about == "rights_request"}
    unchanging = {
        "assented",  # a dataset of its own
        "facts_compared",
        "words_read",
        "noted",
        "notes_read",
        "redaction_proposed",
        "redaction_decided",
        "reminded",
        "late",
        "packaged",
        "package_asked",
        "package_downloaded",
        "package_removed",
        "file_read",
        "code_made",
        "code_typed",
        "code_ended",
        "question_code_typed",
        "erasure_proposed",
        "erasure_cancelled",
        "answer_sent",
        "removed",
    }
    assert found == unchanging | set(CHANGING_EVENTS)
