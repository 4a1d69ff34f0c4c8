"""No grant without its yes: every try as the application role in raw SQL, judged when the transaction ends."""

import json
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from django.db import DatabaseError, transaction
from psycopg import errors

from consents.access.models import AccessRequest, Grant
from consents.core import clock
from consents.people.models import Acting
from tests.access.grants_by_hand import (
    ANSWER,
    GRANT,
    MOVE,
    TELL,
    YES,
    build_yes_terms,
    check_refused,
    one_moment,
    run,
)
from tests.architecture.mutation.speaking import application_speaking
from tests.world.cast import answer, ask
from tests.world.scene_fixtures import scene


@scene
def terms(world):
    """A forged yes by hand that has everything a true one has: Ada's, to orders alone of contact and orders."""
    return build_yes_terms(world, ask(world, "contact", "orders"))


WHOLE = [one_moment(YES, MOVE, GRANT), TELL]


@pytest.mark.forced
def test_a_whole_yes_by_hand_is_taken_and_is_on_record(terms):
    run(terms, *WHOLE)
    assert Grant.objects.get(access_request=terms["request"]).category_id == terms["category"]


def test_a_grant_alone_is_refused(terms):
    check_refused(terms, GRANT, by="access_grant_has_answer")


def test_a_grant_without_its_entry_is_refused(terms):
    check_refused(terms, one_moment(YES, MOVE, GRANT), by="access_grant_has_answer")


@pytest.mark.parametrize(
    ("term", "other"),
    [
        ("staff", "kim"),
        ("customer", "ben"),
        ("category", "health"),
        ("category", "contact"),
        ("lasts", "2 hours 1 second"),
    ],
)
def test_a_grant_of_anything_but_what_was_allowed_is_refused(world, terms, term, other):
    told = TELL.replace("%(customer)s", f"'{terms['customer']}'")
    known = {"kim": world.kim.pk, "ben": world.ben.customer.id} | {c: world.categories[c].pk for c in world.categories}
    check_refused(terms | {term: known.get(other, other)}, WHOLE[0], told, by="access_grant_has_answer")


@pytest.mark.parametrize(
    "changes",
    [
        {"capacity": "guardian"},
        {"digest": "0" * 64},
        {"duration": "3 hours"},
        {"decision": "none"},
        {"state": "denied"},
        {"details": "{}"},
        {"event": "access_request.filed"},
    ],
    ids=str,
)
def test_an_answer_that_does_not_fit_is_refused(terms, changes):
    with pytest.raises(DatabaseError):
        run(terms | changes, *WHOLE)
    assert not Grant.objects.filter(access_request=terms["request"]).exists()


@pytest.mark.parametrize("who", ["ben", "sam"])
def test_an_answer_by_somebody_who_does_not_act_for_the_customer_is_refused(world, terms, who):
    user = {"ben": world.ben.user.pk, "sam": world.sam.pk}[who]
    check_refused(terms | {"user": user}, *WHOLE, by="access_answer_on_record")


def test_a_no_becomes_no_grant(world):
    request = answer(world, ask(world, "orders"), "none")
    grant = GRANT.replace("%(category)s", str(world.categories["orders"].pk))
    values = {"request": request.pk, "staff": world.sam.pk, "customer": world.ada.customer.id, "lasts": "1 hour"}
    with pytest.raises(DatabaseError, match="what the customer allowed"):
        run(values | {"purpose": world.purpose.pk}, grant)


def test_an_answer_of_an_earlier_transaction_serves_no_grant(real_world):
    request = answer(real_world, ask(real_world, "contact", "orders"), "part", "orders")
    values = {"request": request.pk, "staff": real_world.sam.pk, "customer": real_world.ada.customer.id}
    values |= {"purpose": real_world.purpose.pk, "category": real_world.categories["contact"].pk, "lasts": "1 hour"}
    with pytest.raises(DatabaseError, match="what the customer allowed"):
        run(values, GRANT)


def test_a_category_is_not_added_to_a_request_that_was_shown(real_world):
    request = ask(real_world, "contact")
    with pytest.raises(DatabaseError, match="cannot be added to a filed request"):
        run(
            {"request": request.pk, "category": real_world.categories["health"].pk},
            "INSERT INTO access_requestedcategory (access_request_id, category_id) VALUES (%(request)s, %(category)s)",
        )


@pytest.mark.parametrize("table", ["access_accessrequest", "access_answer"])
def test_the_transaction_of_a_row_is_not_for_the_application_to_say(world, table):
    with pytest.raises(DatabaseError) as refusal:
        run({}, f"INSERT INTO {table} (xid) VALUES ('1'::xid8)")
    assert isinstance(refusal.value.__cause__, errors.InsufficientPrivilege)


def test_an_answer_begun_before_its_deadline_does_not_end_after_it(real_world, later):
    """A message that sleeps until the deadline is over: for its statements, time stands still."""
    ada, request = real_world.ada, ask(real_world, "orders")
    about = {"request": str(request.pk), "decision": "none", "state": "denied", "user": str(ada.user.pk)}
    about |= {"capacity": "self", "duration": "2 hours", "digest": request.digest, "customer": str(ada.customer.id)}
    about |= {"event": "access_request.answered", "details": json.dumps({"digest": request.digest})}
    until = f"PERFORM pg_sleep(extract(epoch FROM '{request.answer_by}' - portal.clock()) + 0.1)"
    with application_speaking() as application:
        filled = [
            psycopg.ClientCursor(application).mogrify(step, about)
            for step in (ANSWER.format(moment="portal.now()"), MOVE, TELL.replace("SELECT", "PERFORM", 1))
        ]
        later(request.answer_by - clock.now() - timedelta(seconds=1.5))  # last: a busy machine must not begin too late
        with pytest.raises(errors.RestrictViolation, match="to the request as shown"):
            application.execute("DO $do$ BEGIN " + "; ".join([*filled, until]) + "; END $do$")
    assert AccessRequest.objects.get(pk=request.pk).state == "pending"


@pytest.mark.parametrize("moment", ["portal.now() - interval '61 seconds'", "portal.now() + interval '70 seconds'"])
def test_an_answer_of_another_time_is_refused(terms, moment):
    check_refused(terms, ANSWER.format(moment=moment), by="access_answer_is_now")


@pytest.mark.parametrize("moment", ["portal.now() - interval '1 day'", "portal.now() + interval '1 day'", "'infinity'"])
def test_a_grant_of_another_time_is_refused(terms, moment):
    check_refused(terms, GRANT.replace("portal.now()", moment, 1), by="access_grant_is_now")


def test_a_stop_is_not_back_dated(world):
    request = answer(world, ask(world, "orders"), "all")
    with pytest.raises(DatabaseError, match="must end now"):
        run(
            {"request": request.pk},
            """UPDATE access_grant SET ended_at = starts_at - interval '1 day', "end" = 'stopped' """
            "WHERE access_request_id = %(request)s",
        )


def test_a_request_is_not_filed_as_answered(world):
    request = ask(world, "contact")
    values = {field.attname: getattr(request, field.attname) for field in AccessRequest._meta.concrete_fields}
    forged = AccessRequest(
        **values | {"id": uuid4(), "token": uuid4(), "state": "approved", "ended_at": request.filed_at}
    )
    with pytest.raises(DatabaseError, match="filed now and pending"), transaction.atomic():
        forged.save(force_insert=True)


def test_nobody_begins_to_act_for_a_customer_off_the_record(real_world):
    with pytest.raises(DatabaseError, match="can only begin with its ledger entry"), transaction.atomic():
        Acting.objects.create(user=real_world.sam.user, customer=real_world.ada.customer, capacity="agent")
