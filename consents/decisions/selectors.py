"""The evaluator with its facts fetched."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import JSONField, QuerySet
from django.db.models.expressions import RawSQL

from consents.access.models import Grant
from consents.catalogue import selectors as catalogue
from consents.choices import selectors as choices
from consents.choices.rules import Marks
from consents.core import clock
from consents.decisions.rules import (
    Decision,
    DecisionCode,
    GrantFacts,
    PurposeFacts,
    decide_for_staff,
    decide_for_system,
)
from consents.people.models import Customer
from consents.vault import selectors as vault
from consents.vault.rules import Remainder


@dataclass(frozen=True)
class Scope:
    """The subject of a grant, as ids for the database and codes for the ledger.

    `told_of`: the request or the exemption that the entry of a look names, as `told_of_type` says.
    """

    told_of_type: str
    told_of: UUID
    customer: UUID
    category: int
    purpose: int
    category_code: str
    purpose_code: str


# What a look under a grant is decided by besides the grant itself, for a row of `access_grant`. Pages and the look ask
# the same.
LOOK_FACTS = """
jsonb_build_object(
    'is_staff', EXISTS (
        SELECT FROM people_staffmember AS s JOIN people_user AS u ON u.id = s.user_id
        WHERE s.user_id = access_grant.staff_id AND s.ended_at IS NULL AND u.is_active),
    'is_trained', portal.is_trained(access_grant.staff_id, portal.now()),
    'is_blocked', portal.is_blocked(access_grant.customer_id, access_grant.staff_id),
    'is_for_team', portal.is_for_team_of(access_grant.purpose_id, access_grant.staff_id),
    'is_restricted', EXISTS (
        SELECT FROM choices_mark AS m
        WHERE m.customer_id = access_grant.customer_id AND m.lifted_at IS NULL AND m.kind = 'restriction'),
    'is_objected', EXISTS (
        SELECT FROM choices_mark AS m
        WHERE m.customer_id = access_grant.customer_id AND m.lifted_at IS NULL AND m.kind = 'objection'
          AND portal.mark_covers(m.kind, m.purpose_id, m.placed_at, access_grant.purpose_id)),
    'left', (
        SELECT CASE WHEN bool_or(e.deleted ? c.code) THEN 'nothing' WHEN bool_or(e.kept ? c.code) THEN 'kept'
                    ELSE 'all' END
        FROM vault_parterasure AS e JOIN catalogue_category AS c ON c.id = access_grant.category_id
        WHERE e.customer_id = access_grant.customer_id AND e.done_at IS NOT NULL))
"""
# `held` takes the lock of `ledger.services.appending.lock_people` on the grant's customer, in the same round trip: an
# act that ends the grant has locked the customer first, and the other order would be a deadlock. FOR SHARE: after
# waiting, this query sees such an end; a mark placed meanwhile has ended the grant.
LOCK_AND_JUDGE = f"""
WITH held AS MATERIALIZED (
    SELECT id, pg_advisory_xact_lock(hashtextextended(customer_id::text, 0)) FROM access_grant
    WHERE id = %s AND staff_id = %s)
SELECT CASE WHEN exemption IS NULL THEN 'access_request' ELSE 'exemption' END,
       coalesce(access_request_id, exemption), customer_id, category_id, purpose_id, c.code, p.code,
       starts_at, ends_at, ended_at, "end", ground, portal.now(), {LOOK_FACTS}
FROM held JOIN access_grant USING (id)
JOIN catalogue_category AS c ON c.id = category_id
JOIN catalogue_purpose AS p ON p.id = purpose_id
FOR SHARE OF access_grant
"""


def decide_look(*, grant: UUID, staff: UUID) -> tuple[Scope, Decision] | None:
    """Decide whether this member of staff may look under this grant now; None if it is not theirs.

    One statement, inside a transaction: until it ends, the customer is held and nobody ends the grant. The database's
    policy asks the same again at the read.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOCK_AND_JUDGE, [grant, staff])
        row = cursor.fetchone()
    if row is None:
        return None
    scope, terms, (now, facts) = row[:7], row[7:12], row[12:]
    return Scope(*scope), decide_by_facts(GrantFacts(*terms), json.loads(facts), now)


def select_with_look_facts(grants: QuerySet[Grant]) -> QuerySet[Grant]:
    """Read with these grants what a look under each is decided by; `decide_shown_look` takes such a grant."""
    return grants.annotate(look_facts=RawSQL(LOOK_FACTS, (), output_field=JSONField()))


def decide_shown_look(grant: Grant, now: datetime) -> Decision:
    """Decide, for a page, whether its member of staff may look under this grant; `now`: when it was read."""
    terms = GrantFacts(grant.starts_at, grant.ends_at, grant.ended_at, grant.end, grant.ground)
    return decide_by_facts(terms, vars(grant)["look_facts"], now)


def decide_by_facts(grant: GrantFacts, facts: Mapping[str, Any], now: datetime) -> Decision:
    return decide_for_staff(
        is_staff=facts["is_staff"],
        is_trained=facts["is_trained"],
        grant=grant,
        marks=Marks(facts["is_restricted"], facts["is_objected"]),
        now=now,
        left=Remainder(facts["left"]),
        is_blocked=facts["is_blocked"],
        is_for_team=facts["is_for_team"],
    )


def decide_use(*, customer: UUID, category: str, purpose: str) -> Decision:
    """Decide whether a system of the company may use this category of this customer for this purpose now."""
    if Customer.objects.filter(pk=customer, erased_at__isnull=False).exists():
        return Decision(False, DecisionCode.ERASED)  # whatever the purpose rests on
    version = catalogue.select_in_force().filter(purpose__code=purpose).first()
    facts = None
    if version is not None:
        categories = list(version.categories.values_list("code", "sensitive"))
        facts = PurposeFacts(
            legal_basis=version.legal_basis,
            categories=frozenset(code for code, _sensitive in categories),
            sensitive=frozenset(code for code, sensitive in categories if sensitive),
            material_number=catalogue.get_material_number(version.purpose),
        )
    choice = choices.find_stored_choice(customer, purpose)
    marks = choices.get_marks(customer, purpose)
    left = vault.get_remainders(customer).get(category, Remainder.ALL)
    return decide_for_system(purpose=facts, category=category, said=choice, marks=marks, now=clock.now(), left=left)
