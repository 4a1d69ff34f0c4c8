"""The database keeps the promises: what the application role tries in raw SQL is refused."""

from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from consents.choices.services import give
from consents.ledger import services as ledger
from consents.ledger.rules import PORTAL
from consents.rights import services as rights
from consents.rights.models import RightsRequest, Search, Words
from consents.rights.rules.answers import Extension, Format, Outcome, Reason, Waiting
from consents.rights.rules.kinds import KINDS, Regime, Type
from consents.rights.services import Reply
from tests.cast import make_purpose
from tests.choices.conftest import make_sale
from tests.people.test_erasing import erase
from tests.rights.conftest import (
    PHONE,
    accept,
    answer,
    by_staff,
    confirm,
    file,
    file_as_stranger,
    file_correction,
    make_californian,
    search,
    type_in,
)


@pytest.fixture
def world(real_world):
    real_world.cal = make_californian()
    return real_world


@contextmanager
def act():
    """A transaction that ends here, deferred triggers and all."""
    with transaction.atomic():
        yield connection.cursor()


def change(
    request: RightsRequest, assignments: str, *, event: str = "", outcome: str = "", by=PORTAL, **details
) -> None:
    """As somebody with the application's password would, with an entry if one is named."""
    request.refresh_from_db()
    with act() as cursor:
        cursor.execute(f"UPDATE rights_rightsrequest SET {assignments} WHERE id = %s", [request.pk])
        if event:
            ledger.append(
                event=f"rights_request.{event}",
                by=by,
                customer=request.customer_id,
                object_type="rights_request",
                object=request.pk,
                outcome=outcome,
                details=details,
            )


def refused(constraint: str, request: RightsRequest, assignments: str, **entry) -> None:
    before = RightsRequest.objects.filter(pk=request.pk).values().get()
    with pytest.raises(DatabaseError) as refusal:
        change(request, assignments, **entry)
    assert refusal.value.__cause__.diag.constraint_name == constraint
    assert RightsRequest.objects.filter(pk=request.pk).values().get() == before


ANSWERED = (
    "state = 'answered', outcome = 'complied_whole', response_format = 'email', responded_at = portal_now(),"
    " retain_until = current_date + 800, handler_id = (SELECT user_id FROM people_staffmember"
    " WHERE role = 'privacy_officer' LIMIT 1)"
)
DENIED = ANSWERED.replace("complied_whole", "denied") + (
    ", denial_reason = '{reason}', denial_metric_group = '{group}', denial_legal_basis = 'GDPR Art 12',"
    " remedies_told = true"
)


def test_what_the_services_do_passes_by_hand_too(world):
    filed = file(world.ada)
    search(world, filed)
    change(filed, ANSWERED, event="answered", outcome="complied_whole")
    assert RightsRequest.objects.get().is_answered


@pytest.mark.parametrize("regime", Regime)
@pytest.mark.parametrize("type", Type)
def test_it_knows_the_rights_of_each_law_and_what_they_need(db, regime, type):
    kind = KINDS[regime].get(type)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rights_identity(%s, %s), rights_needs_search(%s)", [regime.value, type.value, type.value]
        )
        identity, searches = cursor.fetchone()
    assert identity == (kind.identity.value if kind else None)
    assert kind is None or searches == kind.searches


UNASKED = {"needed": "not_required", "level": "not_required"}


class TestFiling:
    INSERT = """
    INSERT INTO rights_rightsrequest (id, number, customer_id, regime, jurisdiction, request_type, scope, channel,
        submitted_by, agent_proof, received_at, identity_needed, verification_level, verified_at, clocks, due_at,
        due_rule, due_unit, calendar_id, target_on, extension_reason, waiting_for, waited_days, state, responded_at,
        retain_until, outcome, response_format, denial_reason, denial_metric_group, denial_legal_basis, remedies_told,
        fee_amount, fee_currency, appeal_outcome, handler_id)
    SELECT %(id)s, %(number)s, %(customer)s, '{regime}', 'IE', '{type}', '{scope}', '{channel}', 'self', '',
        portal_now() + interval '{received}', '{needed}', '{level}', {verified}, '{{}}',
        portal_now() + interval '{due}', 'x', '{unit}', 'IE', current_date, '', '', 0, '{state}', {responded},
        CASE WHEN '{state}' = 'answered' THEN current_date + 800 END, '{outcome}', '{format}', '', '', '', false, 0, '',
        '', NULL
    """
    PLAIN = {
        "regime": "gdpr",
        "type": "A15",
        "channel": "phone",
        "received": "0",
        "needed": "reasonable",
        "level": "",
        "verified": "NULL",
        "due": "30 days",
        "unit": "month",
        "state": "received",
        "responded": "NULL",
        "outcome": "",
        "format": "",
        "scope": "[]",
    }

    def insert(self, world, *, by=PORTAL, told=True, customer=None, **terms) -> None:
        values = self.PLAIN | terms
        id, customer = uuid4(), customer or world.ada.customer.pk
        with act() as cursor:
            cursor.execute(self.INSERT.format(**values), {"id": id, "number": str(id)[:12], "customer": customer})
            if told:
                ledger.append(
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
            ("begins", {"needed": "not_required", "level": "not_required"}),
            ("begins", {"regime": "ccpa"}),
            ("begins", {"due": "60 days"}),
            ("begins", {"due": "60 days", "unit": "calendar_day"}),
            ("begins", {"due": "60 days", "unit": "business_day"}),
            ("begins", {"received": "1 hour"}),
            ("begins", {"received": "-900 days", "due": "-880 days"}),
            ("begins", {"channel": "webform", "received": "-1 hour"}),
            ("begins", {"level": "reasonable", "verified": "portal_now()"}),
            ("begins", {"level": "session_reauth", "verified": "portal_now()"}),
            ("begins", {"state": "in_progress"}),
            (
                "answer_checked",
                {"state": "answered", "responded": "portal_now()", "outcome": "complied_whole", "format": "email"},
            ),
            ("objects", {"type": "A21", "scope": '["support"]'} | UNASKED),
            ("sale", {"regime": "ccpa", "type": "sale:opt_in", "unit": "business_day", "due": "10 days"} | UNASKED),
            ("on_record", {"told": False}),
            ("on_record", {"channel": "portal"}),
            ("on_record", {"channel": "portal", "level": "session_reauth", "verified": "portal_now()"}),
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
            "rights_rightsrequest_answer_checked",
            filed,
            ANSWERED.replace("complied_whole", outcome),
            event="answered",
            outcome=outcome,
        )

    def test_nor_a_reason_that_tells_of_data(self, world):
        filed = type_in(world)
        told = {"event": "answered", "outcome": "denied"}
        legal = DENIED.format(reason="legal_restriction", group="exempt_information")
        refused("rights_rightsrequest_answer_checked", filed, legal, **told)
        change(filed, DENIED.format(reason="insuf_verification", group="not_verifiable"), **told)

    @pytest.mark.parametrize("level", ["session_reauth", "not_required"])
    def test_specific_pieces_are_not_confirmed_with_less(self, world, level):
        filed = type_in(world, Type.KNOW_SPECIFIC, world.cal.customer)
        refused(
            "rights_rightsrequest_steps",
            filed,
            f"verification_level = '{level}', verified_at = {'NULL' if level == 'not_required' else 'portal_now()'},"
            " handler_id = (SELECT user_id FROM people_staffmember WHERE role = 'privacy_officer' LIMIT 1)",
            event="identity_confirmed",
            outcome=level,
        )

    def test_staff_do_not_confirm_in_the_customers_place(self, world):
        filed = file(world.ada, is_fresh=False)
        refused(
            "rights_rightsrequest_on_record",
            filed,
            "verification_level = 'session_reauth', verified_at = portal_now()",
            event="identity_confirmed",
            outcome="session_reauth",
        )

    def test_a_requester_handles_nothing(self, world):
        refused(
            "rights_rightsrequest_steps",
            file(world.ada),
            f"handler_id = '{world.sam.pk}'",
            event="acknowledged",
        )

    def test_it_stays_one_customers(self, world):
        refused("rights_rightsrequest_frozen", file(world.ada), f"customer_id = '{world.ben.customer.pk}'")

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
    LATER = "extended_to = due_at + interval '{days} days', extension_reason = 'complexity',"
    LATER += " extension_notified_at = {at}"

    def test_an_extension_is_counted_from_the_receipt(self, world):
        filed = file(world.ada)
        refused(
            "rights_rightsrequest_clock",
            filed,
            self.LATER.format(days=90, at="portal_now()"),
            event="extended",
            outcome="complexity",
        )

    def test_once(self, world):
        filed = file(world.ada)
        rights.extend(request=filed.pk, reason=Extension.COMPLEX, officer=world.pia, by=by_staff(world.pia))
        for assignments in (
            "extended_to = extended_to + interval '1 day'",
            "extended_to = NULL, extension_reason = '', extension_notified_at = NULL",
        ):
            with pytest.raises(DatabaseError):
                change(filed, assignments, event="extended", outcome="complexity")

    def test_inside_the_first_period(self, world, later):
        filed = file(world.ada)
        later(timedelta(days=40))
        for at, by in [("portal_now()", "rights_rightsrequest_clock"), ("due_at", "rights_rightsrequest_clock")]:
            refused(by, filed, self.LATER.format(days=50, at=at), event="extended", outcome="complexity")
        refused(
            "rights_rightsrequest_clock",
            filed,
            "waiting_since = portal_now(), waiting_for = 'scope'",
            event="paused",
        )

    @pytest.mark.parametrize(
        "assignments",
        [
            "due_at = due_at + interval '1 day'",
            "waited_days = 5",
            "waiting_since = NULL, waiting_for = '', waited_days = 5, due_at = due_at + interval '5 days'",
        ],
    )
    def test_a_due_day_moves_by_no_more_than_was_waited(self, world, assignments):
        filed = file(world.ada)
        rights.pause(request=filed.pk, waiting_for=Waiting.SCOPE, officer=world.pia, by=by_staff(world.pia))
        refused("rights_rightsrequest_clock", filed, assignments, event="resumed")

    def test_californias_never_waits(self, world):
        refused(
            "rights_request_waits_for_something",
            file(world.cal, Type.DELETION),
            "waiting_since = portal_now(), waiting_for = 'scope'",
            event="paused",
        )

    def test_what_a_day_was_computed_from_stays(self, world):
        refused("rights_rightsrequest_frozen", file(world.ada), "clocks = clocks || '{\"answer\": {}}'")


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
    "filed_at = received_at",
]


@pytest.mark.parametrize("assignment", FROZEN)
def test_terms_are_kept(world, assignment):
    refused("rights_rightsrequest_frozen", file(world.ada), assignment, event="acknowledged")


@pytest.mark.parametrize(
    "assignment",
    [
        "outcome = 'no_data_held'",
        "state = 'in_progress', outcome = '', responded_at = NULL, retain_until = NULL, response_format = ''",
        "responded_at = responded_at - interval '1 day'",
        "fee_amount = 5, fee_currency = 'EUR'",
        "retain_until = current_date",
        "handler_id = NULL",
    ],
)
def test_an_answer_is_final(world, assignment):
    filed = file(world.ada)
    search(world, filed)
    answer(world, filed)
    refused("rights_rightsrequest_frozen", filed, assignment, event="answered", outcome="no_data_held")


def test_no_step_without_its_entry(world):
    filed = file(world.ada)
    search(world, filed)
    officer = f"handler_id = '{world.pia.pk}'"
    for assignments in (ANSWERED, officer, "waiting_since = portal_now(), waiting_for = 'scope'"):
        refused("rights_rightsrequest_on_record", filed, assignments)


def test_no_answer_about_data_without_a_search(world):
    refused(
        "rights_rightsrequest_answer_checked",
        file(world.ada),
        ANSWERED,
        event="answered",
        outcome="complied_whole",
    )


@pytest.mark.parametrize("type", [Type.ERASURE, Type.DELETION])
def test_nothing_is_called_erased_that_was_not(world, type):
    filed = file(world.ada if type == Type.ERASURE else world.cal, type)
    search(world, filed)
    refused("rights_rightsrequest_done", filed, ANSWERED, event="answered", outcome="complied_whole")


PARTLY = DENIED.replace("'denied'", "'complied_part'").format(reason="other", group="other")


@pytest.mark.parametrize("type", [Type.RECTIFICATION, Type.CORRECTION])
def test_nothing_is_called_corrected_that_was_not(world, type):
    filed = file_correction(world.ada if type == Type.RECTIFICATION else world.cal, type, (PHONE, PHONE))
    whole, partly = (
        {"event": "answered", "outcome": "complied_whole"},
        {"event": "answered", "outcome": "complied_part"},
    )
    refused("rights_rightsrequest_done", filed, ANSWERED, **whole)
    refused("rights_rightsrequest_done", filed, PARTLY, **partly)
    if type == Type.RECTIFICATION:
        accept(world, filed)
        refused("rights_rightsrequest_done", filed, ANSWERED, **whole)
        change(filed, PARTLY, **partly)


def test_an_objection_to_direct_marketing_is_not_refused(world):
    on_interest = {"categories": [world.categories["contact"]], "officer": world.pia.user, "legal_basis": "A6-1-f"}
    make_purpose("offers", "Send you offers", dpv_purpose="dpv:Marketing", **on_interest)
    make_purpose("theft", "Stop theft", **on_interest)
    filed = file(world.ada, Type.OBJECTION, scope=("offers",))
    no = DENIED.format(reason="other", group="other")
    refused("rights_rightsrequest_done", filed, no, event="answered", outcome="denied")
    change(file(world.ada, Type.OBJECTION, scope=("theft",)), no, event="answered", outcome="denied")


def test_no_sale_is_called_allowed_that_was_not(world):
    sale, filed = make_sale(world), file(world.cal, Type.OPT_IN)
    told = {"event": "answered", "outcome": "complied_whole"}
    refused("rights_rightsrequest_sale_allowed", filed, ANSWERED, **told)
    give(customer=world.cal.customer.pk, purpose="sell", version=sale.pk, by=world.cal.actor)
    change(filed, ANSWERED, **told)


def test_no_answer_of_another_time_nor_kept_too_shortly(world):
    filed = file(world.ada)
    search(world, filed)
    for assignments in (
        ANSWERED.replace("portal_now()", "portal_now() - interval '1 day'"),
        ANSWERED.replace("+ 800", "+ 700"),
        ANSWERED.replace("'privacy_officer'", "'nobody'"),
    ):
        refused(
            "rights_rightsrequest_answer_checked",
            filed,
            assignments,
            event="answered",
            outcome="complied_whole",
        )


def test_an_opt_out_is_refused_for_fraud_alone_and_a_withdrawal_never(world):
    told = {"event": "answered", "outcome": "denied"}
    opt_out = file_as_stranger(Type.OPT_OUT, jurisdiction="US-CA")
    no_match = DENIED.format(reason="no_match", group="not_verifiable")
    refused("rights_rightsrequest_answer_checked", opt_out, no_match, **told)
    fraud = DENIED.format(reason="suspected_fraud", group="not_verifiable")
    refused("rights_rightsrequest_answer_checked", file_as_stranger(Type.WITHDRAWAL), fraud, **told)
    change(opt_out, fraud, **told)


@pytest.mark.parametrize(
    "changed",
    [
        "remedies_told = false",
        "denial_legal_basis = ''",
        "denial_reason = ''",
        "denial_metric_group = 'other'",
        "outcome = 'complied_whole'",
    ],
)
def test_a_refusal_says_why_by_which_law_and_how_to_complain(world, changed):
    name, value = changed.split(" = ")
    whole = DENIED.format(reason="insuf_verification", group="not_verifiable")
    parts = [changed if part.strip().startswith(name) else part for part in whole.split(", ")]
    with pytest.raises(DatabaseError):
        change(type_in(world), ", ".join(parts), event="answered", outcome="denied")


def test_who_answered_does_not_decide_the_appeal(world):
    filed = file(world.ada, Type.RECTIFICATION)
    answer(world, filed, Reply(Outcome.DENIED, Format.EMAIL, "", Reason.LEGAL, "GDPR Art 23"))
    rights.appeal(request=filed.pk, customer=world.ada.customer.pk, why="", by=world.ada.actor)
    decided = "appeal_outcome = 'upheld', appeal_decided_at = portal_now(), appeal_decided_by_id = '{}'"
    told = {"event": "appeal_decided", "outcome": "upheld"}
    refused("rights_request_appeal_by_another_officer", filed, decided.format(world.pia.pk), **told)
    refused("rights_rightsrequest_steps", filed, decided.format(world.sam.pk), **told)
    change(filed, decided.format(world.otto.pk), **told)
    refused("rights_rightsrequest_frozen", filed, "appeal_outcome = 'reversed'", **told)


def test_requests_and_notes_on_them_are_kept(world):
    filed = file(world.ada)
    search(world, filed)
    for statement in (
        "DELETE FROM rights_rightsrequest",
        "DELETE FROM rights_search",
        "UPDATE rights_search SET found = false",
        "DELETE FROM rights_told",
        "TRUNCATE rights_rightsrequest CASCADE",
    ):
        with pytest.raises(DatabaseError), act() as cursor:
            cursor.execute(statement)
    assert Search.objects.count() == RightsRequest.objects.count() == 1


def test_a_search_is_on_record_and_before_the_answer(world):
    filed = file(world.ada, Type.AUTOMATED)
    insert = (
        "INSERT INTO rights_search (request_id, system, found, searched_by_id) VALUES (%s, 'crm', true, %s)",
        [filed.pk, world.pia.pk],
    )
    with pytest.raises(DatabaseError, match="ledger entry"), act() as cursor:
        cursor.execute(*insert)
    answer(world, filed)
    with pytest.raises(DatabaseError, match="before the answer"), act() as cursor:
        cursor.execute(*insert)


def test_words_change_once_and_go_with_their_customer(world):
    theirs = file(world.ada, said={"words": "x"})
    strangers = file_as_stranger()
    for statement in (
        f"UPDATE rights_words SET sealed = '' WHERE request_id = '{theirs.pk}'",
        f"UPDATE rights_words SET is_theirs = true WHERE request_id = '{strangers.pk}'",
        "DELETE FROM rights_words",
    ):
        with pytest.raises(DatabaseError), act() as cursor:
            cursor.execute(statement)
    confirm(world, strangers, world.ben.customer)
    assert Words.objects.filter(is_theirs=True).count() == 2
