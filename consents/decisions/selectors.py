"""The evaluator with its facts fetched."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import JSONField, QuerySet
from django.db.models.expressions import RawSQL

from consents.access.models import Grant
from consents.choices.rules import MarkKind, Marks, Status, StoredChoice
from consents.decisions.rules import (
    Decision,
    DecisionCode,
    GrantFacts,
    PurposeFacts,
    decide_for_staff,
    decide_for_system,
)
from consents.people.models import Customer
from consents.systems.services import queue_webhooks
from consents.vault.models import PartErasure
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


@dataclass(frozen=True)
class Use:
    """Names what a system would do: use this category of this customer for this purpose, both named by code."""

    customer: UUID
    category: str
    purpose: str


# What each use is decided by, in one statement and so at one moment; a row for each, in their order. The version in
# force is that of `catalogue.selectors.select_in_force`.
USE_FACTS = """
SELECT portal.now(), c.id IS NOT NULL, c.erased_at IS NOT NULL, newest.legal_basis, k.id IS NOT NULL,
    coalesce(k.sensitive, false),
    coalesce((SELECT max(v.number) FROM catalogue_purposeversion AS v
              WHERE v.purpose_id = p.id AND v.material AND v.published_at IS NOT NULL), 0),
    h.status, said.number, h.valid_until,
    ARRAY(SELECT DISTINCT m.kind FROM choices_mark AS m
          WHERE m.customer_id = c.id AND m.lifted_at IS NULL
            AND portal.mark_covers(m.kind, m.purpose_id, m.placed_at, p.id)),
    (SELECT CASE WHEN bool_or(e.deleted ? asked.category) THEN 'nothing'
                 WHEN bool_or(e.kept ? asked.category) THEN 'kept' ELSE 'all' END
     FROM vault_parterasure AS e WHERE e.customer_id = c.id AND e.done_at IS NOT NULL)
FROM unnest(%s::uuid[], %s::text[], %s::text[]) WITH ORDINALITY AS asked(customer, category, purpose, place)
LEFT JOIN people_customer AS c ON c.id = asked.customer
LEFT JOIN catalogue_purpose AS p ON p.code = asked.purpose AND p.retired_at IS NULL
LEFT JOIN LATERAL (SELECT v.id, v.legal_basis, v.lost FROM catalogue_purposeversion AS v
                   WHERE v.purpose_id = p.id AND v.published_at IS NOT NULL
                   ORDER BY v.number DESC LIMIT 1) AS newest ON NOT newest.lost
LEFT JOIN catalogue_category AS k ON k.code = asked.category
    AND EXISTS (SELECT FROM catalogue_purposeversion_categories AS has
                WHERE has.purposeversion_id = newest.id AND has.category_id = k.id)
LEFT JOIN choices_choice AS h ON h.customer_id = c.id AND h.purpose_id = p.id
LEFT JOIN catalogue_purposeversion AS said ON said.id = h.version_id
ORDER BY asked.place
"""


@dataclass(frozen=True)
class UseFacts:
    """One row of USE_FACTS. `status`, `number`, `valid_until`: of what the customer last chose for the purpose."""

    now: datetime
    is_known: bool
    is_erased: bool
    legal_basis: str | None
    is_in_purpose: bool
    is_sensitive: bool
    material: int
    status: str | None
    number: int | None
    valid_until: datetime | None
    marks: Sequence[str]
    left: str


def list_ids_by_reference(references: Collection[str]) -> dict[str, UUID]:
    """List whose numbers these are; what is nobody's number is left out."""
    customers = Customer.objects.filter(reference__in=references).values_list("reference", "id")
    return {reference: id for reference, id in customers if reference}


def list_references_after(reference: str, most: int) -> list[str]:
    """List the numbers of customers that come after this one, in their order."""
    customers = Customer.objects.filter(reference__gt=reference).order_by("reference")
    return [reference for reference in customers.values_list("reference", flat=True)[:most] if reference]


def decide_use(*, customer: UUID, category: str, purpose: str) -> Decision:
    """Decide whether a system of the company may use this category of this customer for this purpose now."""
    return decide_uses([Use(customer, category, purpose)])[0]


def decide_uses(uses: Sequence[Use]) -> list[Decision]:
    """Decide each of these at one moment, in their order: one statement, however many they are."""
    values: list[Any] = [[use.customer for use in uses], [use.category for use in uses], [use.purpose for use in uses]]
    with connection.cursor() as cursor:
        cursor.execute(USE_FACTS, values)
        return [decide_by_use_facts(UseFacts(*facts)) for facts in cursor.fetchall()]


def decide_by_use_facts(facts: UseFacts) -> Decision:
    if facts.is_erased:
        return Decision(False, DecisionCode.ERASED)  # whatever the purpose rests on
    purpose, choice = None, None
    if facts.legal_basis is not None:
        purpose = PurposeFacts(facts.legal_basis, facts.is_in_purpose, facts.is_sensitive, facts.material)
    if facts.status and facts.number:
        choice = StoredChoice(Status(facts.status), facts.number, facts.valid_until)
    decision = decide_for_system(
        purpose=purpose,
        said=choice,
        marks=Marks(*(kind in facts.marks for kind in (MarkKind.RESTRICTION, MarkKind.OBJECTION, MarkKind.LIMIT))),
        now=facts.now,
        left=Remainder(facts.left),
    )
    # A no about a number that is nobody's is that about a customer who never chose: the two are not told apart.
    return decision if facts.is_known or not decision.allowed else Decision(False, DecisionCode.NO_SUCH_CUSTOMER)


def queue_part_webhooks(erasure: PartErasure, **_: Any) -> None:
    """Tell every system that kinds of a customer's data are gone, or serve the law alone: by signal, inside the act."""
    queue_webhooks(kind="customer.part_erased", customer=erasure.customer_id, record=erasure.pk)
