"""The database keeps the promises: what the application role tries in raw SQL is refused."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection

from consents.choices.services.answering import give_consent
from consents.law.kinds import KINDS, Regime, Type
from consents.law.reasons import Extension, Reason
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.services import appending
from consents.rights.models import RightsRequest, Search, Statement
from consents.rights.rules import Format, Outcome, Reply
from consents.rights.services import handling, requester_actions
from tests.architecture.mutation.speaking import outcome, owner_speaking
from tests.rights.in_sql import (
    ANSWERED,
    ASSIGNED,
    PAUSED,
    WITHDRAWN,
    act,
    answered,
    change,
    denied,
    insert,
    refused,
    update,
)
from tests.world.cast import make_purpose, make_recipient
from tests.world.choices import make_sale
from tests.world.erasing import erase
from tests.world.rights_requests import (
    PHONE,
    accept,
    answer,
    ask_back,
    by_staff,
    confirm,
    file,
    file_as_stranger,
    file_correction,
    search,
    type_in,
)


@pytest.fixture
def world(with_cal, real_world):
    return real_world


def test_what_the_services_do_passes_by_hand_too(world):
    filed = file(world.ada)
    search(world, filed)
    change(filed, ANSWERED, event="answered", outcome="complied_whole")
    assert RightsRequest.objects.get().is_answered


@pytest.mark.parametrize("regime", Regime)
def test_it_knows_the_rights_of_each_law_and_what_they_need(db, subtests, regime):
    query = "SELECT portal.rights_identity(%s, %s), portal.rights_needs_search(%s)"
    for type in Type:
        with subtests.test(type=type), connection.cursor() as cursor:
            kind = KINDS[regime].get(type)
            cursor.execute(query, [regime.value, type.value, type.value])
            identity, searches = cursor.fetchone()
            assert identity == (kind.identity.value if kind else None)
            assert kind is None or searches == kind.searches


UNASKED = {"needed": "not_required"}


class TestFiling:
    INSERT = """
    INSERT INTO rights_rightsrequest (id, number, customer_id, regime, jurisdiction, request_type, scope, channel,
        submitted_by, agent_proof, received_at, identity_needed, clocks, due_at, answer_by, due_rule, due_unit,
        calendar_id, target_on, state)
    SELECT %(id)s, %(number)s, %(customer)s, '{regime}', 'IE', '{type}', '{scope}', '{channel}', 'self', '',
        portal.now() + interval '{received}', '{needed}', '{{}}', portal.now() + interval '{due}',
        portal.now() + interval '{due}', 'x', '{unit}', 'IE', current_date, '{state}'
    """
    PLAIN = {
        "regime": "gdpr",
        "type": "A15",
        "channel": "phone",
        "received": "0",
        "needed": "reasonable",
        "due": "30 days",
        "unit": "month",
        "state": "received",
        "scope": "[]",
    }

    def insert(self, world, *, by=PORTAL, told=True, customer=None, **terms) -> None:
        values = self.PLAIN | terms
        id, customer = uuid4(), customer or world.ada.customer.pk
        with act() as cursor:
            cursor.execute(self.INSERT.format(**values), {"id": id, "number": str(id)[:12], "customer": customer})
            if told:
                appending.append_entry(
                    event="rights_request.filed",
                    by=by,
                    customer=customer,
                    object_type="rights_request",
                    object=id,
                    outcome=values["state"],
                    details={name: values[name] for name in ("type", "regime", "channel")},
                )

    def test_a_plain_one_passes(self, world):
        self.insert(world)
        assert RightsRequest.objects.count() == 1

    @pytest.mark.parametrize(
        ("by", "terms"),
        [
            ("begins", UNASKED),
            ("begins", {"regime": "ccpa"}),
            ("begins", {"due": "60 days"}),
            ("begins", {"due": "60 days", "unit": "calendar_day"}),
            ("begins", {"due": "60 days", "unit": "business_day"}),
            ("begins", {"received": "1 hour"}),
            ("begins", {"received": "-900 days", "due": "-880 days"}),
            ("begins", {"channel": "webform", "received": "-1 hour"}),
            ("begins", {"state": "in_progress"}),
            ("begins", {"state": "answered"}),
            ("objects", {"type": "A21", "scope": '["support"]'} | UNASKED),
            ("sale", {"regime": "ccpa", "type": "sale:opt_in", "unit": "business_day", "due": "10 days"} | UNASKED),
            ("on_record", {"told": False}),
            ("on_record", {"channel": "portal"}),
        ],
        ids=lambda value: value if isinstance(value, str) else "-".join(map(str, value.values())),
    )
    def test_other_terms_than_those_of_the_law_are_refused(self, world, by, terms):
        with pytest.raises(DatabaseError) as refusal:
            self.insert(world, **terms)
        constraint = {"sale": "rights_request_a_sale_is_allowed_here"}.get(by, f"rights_rightsrequest_{by}")
        assert refusal.value.__cause__.diag.constraint_name == constraint

    def test_nothing_begins_for_an_erased_customer(self, world):
        erase(world)
        with pytest.raises(DatabaseError) as refusal:
            self.insert(world)
        assert refusal.value.__cause__.diag.constraint_name == "rights_rightsrequest_not_of_erased"


class TestIdentityOnEveryPath:
    @pytest.mark.parametrize("outcome", ["complied_whole", "no_data_held"])
    def test_no_answer_about_data_before_it_is_known_who_asks(self, world, outcome):
        filed = type_in(world)
        search(world, filed)
        refused(
            "rights_answer_checked",
            filed,
            answered(outcome),
            event="answered",
            outcome=outcome,
        )

    def test_nor_a_reason_that_tells_of_data(self, world):
        filed = type_in(world)
        told = {"event": "answered", "outcome": "denied"}
        legal = denied("legal_restriction", "exempt_information")
        refused("rights_answer_checked", filed, legal, **told)
        change(filed, denied("insuf_verification", "not_verifiable"), **told)

    @pytest.mark.parametrize("level", ["session_reauth", "not_required"])
    def test_specific_pieces_are_not_confirmed_with_less(self, world, level):
        filed = type_in(world, Type.KNOW_SPECIFIC, world.cal.customer)
        check = f"{ASSIGNED}; {insert('identitycheck', level=repr(level))}"
        by = {"session_reauth": "checked", "not_required": "known_level"}[level]
        refused(f"rights_identitycheck_{by}", filed, check, event="identity_confirmed", outcome=level)

    def test_staff_do_not_confirm_in_the_customers_place(self, world):
        filed = file(world.ada, is_fresh=False)
        check = insert("identitycheck", level="'session_reauth'")
        told = {"event": "identity_confirmed", "outcome": "session_reauth"}
        refused("rights_identitycheck_on_record", filed, check, **told)

    def test_known_once_nobody_is_checked_again(self, world):
        check = f"{ASSIGNED}; {insert('identitycheck', level=repr('failed'))}"
        refused("rights_identitycheck_checked", file(world.ada), check, event="identity_failed")

    def test_a_requester_handles_nothing(self, world):
        assigned = insert("assignment", officer_id=f"'{world.sam.pk}'")
        refused("rights_assignment_checked", file(world.ada), assigned, event="acknowledged")

    def test_it_stays_one_customers(self, world):
        refused("rights_rightsrequest_frozen", file(world.ada), update(f"customer_id = '{world.ben.customer.pk}'"))

    def test_a_reopened_one_carries_no_check_over(self, world):
        """A request that follows an appeal begins like any other."""
        filed = file(world.ada)
        with pytest.raises(DatabaseError) as refusal, act() as cursor:
            cursor.execute(
                "INSERT INTO rights_rightsrequest SELECT (jsonb_populate_record(r, jsonb_build_object('id',"
                " gen_random_uuid(), 'number', 'RQ-2', 'follows_id', r.id))).* FROM rights_rightsrequest AS r"
                " WHERE id = %s",
                [filed.pk],
            )
        assert refusal.value.__cause__.diag.constraint_name == "rights_rightsrequest_begins"


class TestClock:
    def extended(self, days: int, at: str = "portal.now()") -> str:
        later = f"(SELECT due_at + interval '{days} days' FROM rights_rightsrequest WHERE id = %(id)s)"
        return insert("deadlineextension", extended_to=later, reason="'complexity'", notified_at=at, clock="'{}'")

    def test_an_extension_is_counted_from_the_receipt(self, world):
        told = {"event": "extended", "outcome": "complexity"}
        refused("rights_deadlineextension_checked", file(world.ada), self.extended(90), **told)

    def test_once(self, world):
        filed = file(world.ada)
        handling.extend_deadline(
            rights_request=filed.pk, reason=Extension.COMPLEX, officer=world.pia, by=by_staff(world.pia)
        )
        with pytest.raises(DatabaseError):
            change(filed, self.extended(50), event="extended", outcome="complexity")

    def test_inside_the_first_period(self, world, later):
        filed = file(world.ada)
        later(timedelta(days=40))
        for at in ("portal.now()", "portal.now() - interval '30 days'"):
            told = {"event": "extended", "outcome": "complexity"}
            refused("rights_deadlineextension_checked", filed, self.extended(50, at), **told)
        refused("rights_pause_checked", filed, PAUSED, event="paused")

    @pytest.mark.parametrize("terms", [{"waited_days": "5"}, {"due_at": "due_at + interval '1 day'"}])
    def test_a_due_day_moves_by_no_more_than_was_waited(self, world, terms):
        filed = file(world.ada)
        ask_back(world, filed)
        terms = {"waited_days": "0", "due_at": "due_at", "target_on": "target_on", "clocks": "'{}'"} | terms
        ended = (
            f"INSERT INTO rights_pauseend (pause_id, rights_request_id, {', '.join(terms)})"
            f" SELECT (SELECT max(id) FROM rights_pause), id, {', '.join(terms.values())}"
            " FROM rights_rightsrequest WHERE id = %(id)s"
        )
        if terms["due_at"] == "due_at":
            refused("rights_pauseend_checked", filed, ended, event="resumed")
        else:
            change(filed, ended.replace("interval '1 day'", "interval '0'"), event="resumed")

    def test_californias_never_waits(self, world):
        refused("rights_pause_checked", file(world.cal, Type.DELETION), PAUSED, event="paused")


FROZEN = [
    "received_at = received_at - interval '1 day'",
    "request_type = 'A16'",
    "regime = 'uk_gdpr'",
    "identity_needed = 'not_required'",
    "channel = 'post'",
    "agent_proof = 'x'",
    "scope = '[\"orders\"]'",
    "number = 'x'",
    "due_rule = 'x'",
    "clocks = clocks || '{\"answer\": {}}'",
    "filed_at = received_at",
    "state = 'in_progress'",
    "answer_by = answer_by + interval '1 day'",
    "waiting_since = portal.now()",
]


def test_terms_are_kept(world, subtests):
    filed = file(world.ada)
    for assignment in FROZEN:
        with subtests.test(assignment=assignment), owner_speaking() as owner:
            statement = f"UPDATE rights_rightsrequest SET {assignment} WHERE id = %s", [filed.pk]
            assert outcome(owner, statement) == "23001 rights_rightsrequest_frozen"
            with pytest.raises(DatabaseError, match=r"permission denied|never changes"):
                change(filed, update(assignment), event="acknowledged")


STEPS = [
    ASSIGNED,
    PAUSED,
    WITHDRAWN,
    answered("no_data_held"),
    insert("acknowledgement", acknowledged_at="portal.now()"),
    insert("search", system="'crm'", found="true", searched_by_id="(SELECT user_id FROM people_staffmember LIMIT 1)"),
]


@pytest.mark.parametrize("step", STEPS)
def test_an_answer_is_final(world, step):
    filed = file(world.ada)
    search(world, filed)
    answer(world, filed)
    with pytest.raises(DatabaseError, match=r"before its answer|duplicate key"):
        change(filed, step, event="answered", outcome="no_data_held")


def test_no_step_without_its_entry(world):
    filed = file(world.ada)
    search(world, filed)
    change(filed, ASSIGNED, event="acknowledged")
    whole = ANSWERED.removeprefix(f"{ASSIGNED}; ")
    for name, step in (("answer", whole), ("assignment", ASSIGNED), ("pause", PAUSED)):
        refused(f"rights_{name}_on_record", filed, step)


def test_no_answer_about_data_without_a_search(world):
    refused(
        "rights_answer_checked",
        file(world.ada),
        ANSWERED,
        event="answered",
        outcome="complied_whole",
    )


@pytest.mark.parametrize("type", [Type.ERASURE, Type.DELETION])
def test_nothing_is_called_erased_that_was_not(world, type):
    filed = file(world.ada if type == Type.ERASURE else world.cal, type)
    search(world, filed)
    refused("rights_answer_done", filed, ANSWERED, event="answered", outcome="complied_whole")


PARTLY = denied("other", "other", "complied_part")


@pytest.mark.parametrize("type", [Type.RECTIFICATION, Type.CORRECTION])
def test_nothing_is_called_corrected_that_was_not(world, type):
    filed = file_correction(world.ada if type == Type.RECTIFICATION else world.cal, type, (PHONE, PHONE))
    whole, partly = (
        {"event": "answered", "outcome": "complied_whole"},
        {"event": "answered", "outcome": "complied_part"},
    )
    refused("rights_answer_done", filed, ANSWERED, **whole)
    refused("rights_answer_done", filed, PARTLY, **partly)
    if type == Type.RECTIFICATION:
        accept(world, filed)
        refused("rights_answer_done", filed, ANSWERED, **whole)
        change(filed, PARTLY, **partly)


def test_an_objection_to_direct_marketing_is_not_refused(world):
    on_interest = {"categories": [world.categories["contact"]], "officer": world.pia.user, "legal_basis": "A6-1-f"}
    make_purpose("offers", "Send you offers", dpv_purpose="dpv:Marketing", **on_interest)
    make_purpose("theft", "Stop theft", **on_interest)
    filed = file(world.ada, Type.OBJECTION, scope=("offers",))
    no = denied("other", "other")
    refused("rights_answer_done", filed, no, event="answered", outcome="denied")
    change(file(world.ada, Type.OBJECTION, scope=("theft",)), no, event="answered", outcome="denied")


def test_no_sale_is_called_allowed_that_was_not(world):
    sale, filed = make_sale(world), file(world.cal, Type.OPT_IN)
    told = {"event": "answered", "outcome": "complied_whole"}
    refused("rights_answer_sale_allowed", filed, ANSWERED, **told)
    give_consent(customer=world.cal.customer.pk, purpose="sell", version=sale.pk, by=world.cal.actor)
    change(filed, ANSWERED, **told)


def test_no_answer_of_another_time_nor_kept_too_shortly_nor_by_nobody(world):
    filed, unhandled = file(world.ada), file(world.ada, Type.AUTOMATED)
    search(world, filed)
    for request, ending in (
        (filed, answered(responded_at="portal.now() - interval '1 day'")),
        (filed, ANSWERED.replace("+ 800", "+ 700")),
        (unhandled, ANSWERED.removeprefix(f"{ASSIGNED}; ")),
    ):
        refused("rights_answer_checked", request, ending, event="answered", outcome="complied_whole")


def test_an_opt_out_is_refused_for_fraud_alone_and_a_withdrawal_never(world):
    told = {"event": "answered", "outcome": "denied"}
    opt_out = file_as_stranger(Type.OPT_OUT, jurisdiction="US-CA")
    no_match = denied("no_match", "not_verifiable")
    refused("rights_answer_checked", opt_out, no_match, **told)
    fraud = denied("suspected_fraud", "not_verifiable")
    refused("rights_answer_checked", file_as_stranger(Type.WITHDRAWAL), fraud, **told)
    change(opt_out, fraud, **told)


@pytest.mark.parametrize(
    "changed",
    [
        {"remedies_told": "false"},
        {"denial_legal_basis": "''"},
        {"denial_reason": "''"},
        {"denial_metric_group": "'other'"},
        {"outcome": "'complied_whole'"},
    ],
)
def test_a_refusal_says_why_by_which_law_and_how_to_complain(world, changed):
    with pytest.raises(DatabaseError):
        no = denied("insuf_verification", "not_verifiable", **changed)
        change(type_in(world), no, event="answered", outcome="denied")


def test_who_answered_does_not_decide_the_appeal(world):
    filed = file(world.ada, Type.RECTIFICATION)
    answer(world, filed, Reply(Outcome.DENIED, Format.EMAIL, "", Reason.LEGAL, "GDPR Art 23"))
    requester_actions.appeal_answer(rights_request=filed.pk, customer=world.ada.customer.pk, why="", by=world.ada.actor)
    told = {"event": "appeal_decided", "outcome": "upheld"}

    def decided(by) -> str:
        return insert("appealdecision", outcome="'upheld'", decided_by_id=f"'{by.pk}'")

    for officer in (world.pia, world.sam):
        refused("rights_appealdecision_checked", filed, decided(officer), **told, by=by_staff(officer))
    refused("rights_appealdecision_on_record", filed, decided(world.otto), **told, by=by_staff(world.pia))
    change(filed, decided(world.otto), **told, by=by_staff(world.otto))


def test_requests_and_notes_on_them_are_kept(world):
    filed = file(world.ada)
    search(world, filed)
    for statement in (
        "DELETE FROM rights_rightsrequest",
        "DELETE FROM rights_search",
        "UPDATE rights_search SET found = false",
        "DELETE FROM rights_recipientnotice",
        "TRUNCATE rights_rightsrequest CASCADE",
    ):
        with pytest.raises(DatabaseError), act() as cursor:
            cursor.execute(statement)
    assert Search.objects.count() == RightsRequest.objects.count() == 1


def test_a_search_is_on_record_and_before_the_answer(world):
    filed = file(world.ada, Type.AUTOMATED)
    insert = (
        "INSERT INTO rights_search (rights_request_id, system, found, searched_by_id) VALUES (%s, 'crm', true, %s)",
        [filed.pk, world.pia.pk],
    )
    with pytest.raises(DatabaseError, match="ledger entry"), act() as cursor:
        cursor.execute(*insert)
    answer(world, filed)
    with pytest.raises(DatabaseError, match="before its answer"), act() as cursor:
        cursor.execute(*insert)


@pytest.mark.parametrize("who", ["ben", "sam"])
def test_only_officers_search_systems_and_tell_recipients(world, who):
    """Neither a customer nor a requester."""
    nobody = {"ben": world.ben.user, "sam": world.sam}[who].pk
    filed, carrier = file(world.ada, Type.AUTOMATED), make_recipient("carrier").pk
    searched = insert("search", system="'crm'", found="true", searched_by_id=f"'{nobody}'")
    told = {"recipient_id": str(carrier), "why_not": "''", "told_on": "current_date", "way": "'letter'"}

    by_nobody, by_pia = Actor("staff", str(nobody)), by_staff(world.pia)

    refused("rights_search_on_record", filed, searched, event="system_searched", by=by_nobody)
    told_by = insert("recipientnotice", **told, told_by_id=f"'{nobody}'")
    refused("rights_recipientnotice_on_record", filed, told_by, event="recipient_told", by=by_nobody)
    change(filed, searched.replace(str(nobody), str(world.pia.pk)), event="system_searched", by=by_pia)
    change(filed, told_by.replace(str(nobody), str(world.pia.pk)), event="recipient_told", by=by_pia)


def test_words_change_once_and_go_with_their_customer(world):
    theirs = file(world.ada, said={"words": "x"})
    strangers = file_as_stranger()
    for statement in (
        f"UPDATE rights_statement SET sealed = '' WHERE rights_request_id = '{theirs.pk}'",
        f"UPDATE rights_statement SET is_theirs = true WHERE rights_request_id = '{strangers.pk}'",
        "DELETE FROM rights_statement",
    ):
        with pytest.raises(DatabaseError), act() as cursor:
            cursor.execute(statement)
    confirm(world, strangers, world.ben.customer)
    assert Statement.objects.filter(is_theirs=True).count() == 2
