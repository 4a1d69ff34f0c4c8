"""The evaluator with its facts fetched."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from consents.access.models import Grant
from consents.catalogue import selectors as catalogue
from consents.choices import selectors as choices
from consents.choices.rules import Marks
from consents.core import clock
from consents.decisions.rules import Decision, GrantFacts, PurposeFacts, Why, decide_for_staff, decide_for_system
from consents.people.models import Customer, StaffMember
from consents.vault import selectors as vault
from consents.vault.rules import Left


@dataclass(frozen=True)
class Scope:
    """What a grant is about, in ids for the database and codes for the ledger."""

    request: UUID
    customer: UUID
    category: int
    purpose: int
    category_code: str
    purpose_code: str


# `held` is ledger.services.hold of the grant's customer, in the same round trip: whoever ends the grant has held the
# customer first, and locks in the other order would be a deadlock. FOR SHARE: having waited, this sees the end, and a
# mark that was placed meanwhile has ended the grant.
UNDER = """
WITH held AS MATERIALIZED (
    SELECT id, pg_advisory_xact_lock(hashtextextended(customer_id::text, 0)) FROM access_grant
    WHERE id = %s AND staff_id = %s)
SELECT g.request_id, g.customer_id, g.category_id, g.purpose_id, c.code, p.code,
       g.starts_at, g.ends_at, g.ended_at, g."end", portal_now(),
       EXISTS (SELECT FROM people_staffmember AS s JOIN people_user AS u ON u.id = s.user_id
               WHERE s.user_id = g.staff_id AND s.ended_at IS NULL AND u.is_active),
       EXISTS (SELECT FROM choices_mark AS m WHERE m.customer_id = g.customer_id AND m.lifted_at IS NULL
               AND m.kind = 'restriction'),
       EXISTS (SELECT FROM choices_mark AS m WHERE m.customer_id = g.customer_id AND m.lifted_at IS NULL
               AND m.kind = 'objection' AND mark_covers(m.kind, m.purpose_id, m.placed_at, g.purpose_id)),
       (SELECT CASE WHEN bool_or(e.deleted ? c.code) THEN 'nothing' WHEN bool_or(e.kept ? c.code) THEN 'kept'
                    ELSE 'all' END
        FROM vault_parterasure AS e WHERE e.customer_id = g.customer_id AND e.done_at IS NOT NULL)
FROM held JOIN access_grant AS g ON g.id = held.id
JOIN catalogue_category AS c ON c.id = g.category_id
JOIN catalogue_purpose AS p ON p.id = g.purpose_id
FOR SHARE OF g
"""


def may_look(*, grant: UUID, staff: UUID) -> tuple[Scope, Decision] | None:
    """May this member of staff look under this grant of theirs, now? None when it is not theirs.

    One statement, inside a transaction: until it ends, the customer is held and nobody ends the grant. The database's
    policy asks the same again at the read.
    """
    with connection.cursor() as cursor:
        cursor.execute(UNDER, [grant, staff])
        found = cursor.fetchone()
    if found is None:
        return None
    decision = decide_for_staff(
        is_staff=found[11],
        grant=GrantFacts(*found[6:10]),
        marks=Marks(*found[12:14]),
        now=found[10],
        left=Left(found[14]),
    )
    return Scope(*found[:6]), decision


def may_look_under(grants: Iterable[Grant], *, staff: UUID, now: datetime) -> list[Decision]:
    """The same for rows at hand of one request, for pages that show what may be opened. Three queries."""
    rows = list(grants)
    marks = choices.marks(rows[0].customer_id, rows[0].purpose.code) if rows else Marks()
    left = vault.left_of(rows[0].customer_id) if rows else {}
    is_staff = StaffMember.objects.filter(user=staff, ended_at=None, user__is_active=True).exists()
    return [
        decide_for_staff(
            is_staff=is_staff,
            grant=GrantFacts(grant.starts_at, grant.ends_at, grant.ended_at, grant.end),
            marks=marks,
            now=now,
            left=left.get(grant.category.code, Left.ALL),
        )
        for grant in rows
    ]


def may_use(*, customer: UUID, category: str, purpose: str) -> Decision:
    """May a system of the company use this category of this customer for this purpose, now?"""
    if Customer.objects.filter(pk=customer, erased_at__isnull=False).exists():
        return Decision(False, Why.ERASED)  # whatever the purpose rests on
    version = catalogue.in_force().filter(purpose__code=purpose).first()
    facts = None
    if version is not None:
        categories = list(version.categories.values_list("code", "sensitive"))
        facts = PurposeFacts(
            legal_basis=version.legal_basis,
            categories=frozenset(code for code, _sensitive in categories),
            sensitive=frozenset(code for code, sensitive in categories if sensitive),
            material_number=catalogue.last_material(version.purpose),
        )
    said = choices.said(customer, purpose)
    marks = choices.marks(customer, purpose)
    left = vault.left_of(customer).get(category, Left.ALL)
    return decide_for_system(purpose=facts, category=category, said=said, marks=marks, now=clock.now(), left=left)
