"""No grant without its answer or its exemption: tries as the application role in raw SQL, with two customers."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from consents.access.models import Grant
from consents.ledger.rules import PORTAL
from consents.people.models import Acting
from consents.people.services import staff_members
from tests.world.exemptions import build_delay, decide, file_order, open_emergency
from tests.world.sql import exemptions as sql

SAFETY = {"kind": "safety", "ground": "safety", "law": "", "threat": "Poison", "why": "danger"}
AT_ONCE = SAFETY | {"state": "opened"}
DUTY = {"ordered": "current_date"}


def run(terms: dict[str, Any], *statements: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, terms)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def refused(terms: dict[str, Any], *statements: str, by: str) -> None:
    with pytest.raises(DatabaseError) as refusal:
        run(terms, *statements)
    assert refusal.value.__cause__.diag.constraint_name == by


def told(terms: dict[str, Any], event: str, outcome: str, *, with_grant: bool = False) -> str:
    """The entry of that step, its terms filled in."""
    details: dict[str, Any] = {"digest": terms["digest"], "kind": terms["kind"], "categories": ["orders"]}
    if with_grant:
        details["grants"] = {"orders": str(terms["grant"])}
    literals = {"event": event, "outcome": outcome, "details": json.dumps(details).replace("%", "%%")}
    statement = sql.TELL
    for name, value in literals.items():
        statement = statement.replace(f"%({name})s", f"'{value}'")
    return statement


def filing(terms: dict[str, Any], **instead: str) -> list[str]:
    event = "exemption.opened" if terms["state"] == "opened" else "exemption.filed"
    instead = ({} if terms["kind"] == "safety" else DUTY) | instead
    return [
        sql.in_full(sql.FILE, **instead),
        sql.CATEGORY,
        told(terms, event, terms["state"], with_grant=terms["state"] == "opened"),
    ]


def deciding(terms: dict[str, Any], **instead: str) -> list[str]:
    event = f"exemption.{terms['decision']}"
    return [sql.in_full(sql.DECIDE, **instead), told(terms, event, terms["decision"], with_grant=True)]


@pytest.mark.forced
@pytest.mark.parametrize("changes", [{}, AT_ONCE], ids=["duty", "at once"])
def test_a_whole_exemption_by_hand_is_taken(world, changes):
    terms = sql.build_terms(world, **changes)
    if not changes:
        run(terms, *filing(terms))
        run(terms, *deciding(terms), sql.GRANT)
    else:
        run(terms, *filing(terms), sql.GRANT)
    assert Grant.objects.get(exemption=terms["id"]).ground == terms["ground"]


def test_a_grant_alone_is_refused(world):
    filed = file_order(world)
    terms = sql.build_terms(world, id=filed.pk)
    refused(terms, sql.GRANT, by="exemptions_grant_has_exemption")


@pytest.mark.forced
@pytest.mark.parametrize(
    ("term", "other"),
    [
        ("holder", "kim"),
        ("whose", "ben"),
        ("opens", "contact"),
        ("lasts", "1 hour 1 second"),
        ("ground", "safety"),
    ],
)
def test_a_grant_of_anything_but_what_was_filed_is_refused(world, term, other):
    terms = sql.build_terms(world)
    known = {"kim": world.kim.pk, "ben": world.ben.customer.id, "contact": world.categories["contact"].pk}
    terms[term] = known.get(other, other)
    run(terms, *filing(terms))
    refused(terms, *deciding(terms), sql.GRANT, by="exemptions_grant_has_exemption")


def test_a_grant_of_both_roads_is_refused(world):
    filed = file_order(world)
    both = sql.GRANT.replace("(id, ground,", "(id, access_request_id, ground,")
    both = both.replace("SELECT %(grant)s,", "SELECT %(grant)s, gen_random_uuid(),")
    refused(sql.build_terms(world, id=filed.pk), both, by="access_grant_one_ground")


def test_a_grant_of_an_earlier_decision_is_refused(real_world):
    granted = decide(real_world, file_order(real_world))
    terms = sql.build_terms(real_world, id=granted.pk, opens=real_world.categories["contact"].pk)
    refused(terms, sql.GRANT, by="exemptions_grant_has_exemption")


@pytest.mark.parametrize(
    ("changes", "by"),
    [
        ({"state": "granted"}, "exemptions_exemption_filed"),
        ({"state": "opened"}, "exemptions_exemption_filed"),
        ({"law": ""}, "exemptions_exemption_whole_ground"),
        ({"why": ""}, "exemptions_exemption_asked_or_why_not"),
        ({"staff": "ada"}, "exemptions_exemption_filed"),
    ],
    ids=["decided already", "duty at once", "no law", "unasked", "customer"],
)
def test_what_is_not_whole_is_refused(world, changes, by):
    if changes.get("staff") == "ada":
        changes = {"staff": world.ada.user.pk}
    terms = sql.build_terms(world, **changes)
    refused(terms, *filing(terms), by=by)


@pytest.mark.parametrize(
    ("instead", "by"),
    [
        ({"moment": "portal.now() - interval '2 hours'"}, "exemptions_exemption_filed_now"),
        ({"ordered": "current_date + 2"}, "exemptions_exemption_filed"),
    ],
    ids=["filed earlier", "ordered later"],
)
def test_nothing_is_dated_back_or_ahead(world, instead, by):
    terms = sql.build_terms(world)
    refused(terms, *filing(terms, **instead), by=by)


def test_a_foreign_order_alone_is_refused(world):
    terms = sql.build_terms(world)
    statements = [statement.replace("false, ''", "true, ''") for statement in filing(terms)]
    refused(terms, *statements, by="exemptions_exemption_no_foreign_order_alone")


def test_nothing_is_filed_without_its_entry(world):
    terms = sql.build_terms(world)
    refused(terms, *filing(terms)[:2], by="exemptions_exemption_on_record")


def test_the_scope_is_not_widened_later(real_world):
    filed = file_order(real_world)
    terms = sql.build_terms(real_world, id=filed.pk, category=real_world.categories["contact"].pk)
    refused(terms, sql.CATEGORY, by="exemptions_exemptedcategory_when_filed")


@pytest.mark.parametrize("who", ["sam", "otto", "kim", "left", "acting"])
def test_nobody_else_decides(world, who):
    filed = file_order(world)
    officer = {"sam": world.sam, "otto": world.otto, "kim": world.kim}.get(who, world.pia)
    if who == "left":
        staff_members.end_staff_membership(member=world.pia, by=PORTAL)
    terms = sql.build_terms(world, id=filed.pk, officer=officer.pk, digest=filed.digest)
    if who == "acting":
        terms["customer"] = terms["whose"]
        Acting.objects.filter(customer=world.ada.customer).update(ends_at=None)
        with pytest.raises(DatabaseError):
            run(terms | {"officer": world.ada.user.pk}, *deciding(terms))
        return
    refused(terms, *deciding(terms), by="exemptions_exemption_decided")


def test_a_decision_is_not_dated_back(world):
    filed = file_order(world)
    terms = sql.build_terms(world, id=filed.pk, digest=filed.digest)
    refused(terms, *deciding(terms, moment="portal.now() - interval '1 hour'"), by="exemptions_exemption_is_now")


def test_a_decision_without_its_entry_or_without_telling_is_refused(world):
    filed = file_order(world)
    terms = sql.build_terms(world, id=filed.pk, digest=filed.digest)
    refused(terms, deciding(terms)[0], by="exemptions_exemption_on_record")
    refused(terms | {"told": False}, *deciding(terms), by="exemptions_exemption_on_record")


def test_what_is_refused_leaves_no_access(real_world):
    opened = open_emergency(real_world)
    terms = sql.build_terms(real_world, id=opened.pk, digest=opened.digest, decision="refused", **SAFETY)
    keep = deciding(terms)
    keep[0] = keep[0].replace("CASE WHEN %(told)s THEN portal.now() END", "told_at")
    refused(terms, *keep, by="exemptions_exemption_on_record")


def test_what_was_filed_and_decided_stays(world):
    granted = decide(world, file_order(world))
    for change in ("sentence = 'Else.'", "state = 'refused'", "told_at = NULL", "decided_by_id = staff_id"):
        with pytest.raises(DatabaseError):
            run({"id": granted.pk}, f"UPDATE exemptions_exemption SET {change} WHERE id = %(id)s")


@pytest.mark.parametrize(
    ("changes", "by"),
    [
        ({"waits": "91 days"}, "exemptions_delay_checked"),
        ({"waits": "-1 days"}, "exemptions_delay_checked"),
        ({"officer": "pia"}, "exemptions_delay_checked"),
        ({"officer": "kim"}, "exemptions_delay_checked"),
        ({"officer": "quinn"}, "exemptions_delay_on_record"),
    ],
    ids=["too long", "past", "same officer", "requester", "no entry"],
)
def test_a_delay_is_renewed_in_time_by_another_officer(real_world, changes, by):
    granted = decide(real_world, file_order(real_world), delay=build_delay())
    changes = {name: getattr(real_world, value).pk if name == "officer" else value for name, value in changes.items()}
    terms = sql.build_terms(real_world, id=granted.pk, **({"officer": real_world.quinn.pk} | changes))
    refused(terms, sql.in_full(sql.DELAY), by=by)


def test_what_was_told_is_not_delayed(world):
    granted = decide(world, file_order(world))
    terms = sql.build_terms(world, id=granted.pk, officer=world.quinn.pk)
    refused(terms, sql.in_full(sql.DELAY), by="exemptions_delay_checked")


def test_what_is_decided_covers_no_category_that_was_not_filed(real_world):
    filed = file_order(real_world)
    terms = sql.build_terms(real_world, id=filed.pk, digest=filed.digest)
    contact = terms | {"category": real_world.categories["contact"].pk}
    touch = "UPDATE exemptions_exemption SET state = state WHERE id = %(id)s"
    for before in ([touch], deciding(terms)):
        refused(contact, *before, sql.CATEGORY, by="exemptions_exemptedcategory_when_filed")


@pytest.mark.forced
def test_nobody_opens_at_once_again_before_it_was_confirmed(real_world, later):
    open_emergency(real_world)
    later(timedelta(hours=2))
    again = sql.build_terms(real_world, **AT_ONCE)
    ben, kim = real_world.ben.customer.id, real_world.kim.pk

    refused(again, *filing(again), by="exemptions_exemption_filed")
    for other in ({"customer": ben, "whose": ben}, {"staff": kim, "holder": kim}):
        terms = again | other | {"id": uuid4(), "grant": uuid4()}
        run(terms, *filing(terms), sql.GRANT)
