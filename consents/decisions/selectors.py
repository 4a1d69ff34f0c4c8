"""The evaluator with its facts fetched."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from consents.access.models import Grant
from consents.access.selectors import is_blocked
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
from consents.people.models import Customer, StaffMember
from consents.training import selectors as training
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


# `held` takes the lock of `ledger.services.appending.lock_people` on the grant's customer, in the same round trip: an
# act that ends the grant has locked the customer first, and the other order would be a deadlock. FOR SHARE: after
# waiting, this query sees such an end; a mark placed meanwhile has ended the grant.
GRANT_FACTS = """
WITH held AS MATERIALIZED (
    SELECT id, pg_advisory_xact_lock(hashtextextended(customer_id::text, 0)) FROM access_grant
    WHERE id = %s AND staff_id = %s)
SELECT CASE WHEN g.exemption IS NULL THEN 'access_request' ELSE 'exemption' END,
       coalesce(g.access_request_id, g.exemption), g.customer_id, g.category_id, g.purpose_id, c.code, p.code,
       g.starts_at, g.ends_at, g.ended_at, g."end", g.ground, portal.now(),
       EXISTS (SELECT FROM people_staffmember AS s JOIN people_user AS u ON u.id = s.user_id
               WHERE s.user_id = g.staff_id AND s.ended_at IS NULL AND u.is_active),
       EXISTS (SELECT FROM choices_mark AS m WHERE m.customer_id = g.customer_id AND m.lifted_at IS NULL
               AND m.kind = 'restriction'),
       EXISTS (SELECT FROM choices_mark AS m WHERE m.customer_id = g.customer_id AND m.lifted_at IS NULL
               AND m.kind = 'objection' AND portal.mark_covers(m.kind, m.purpose_id, m.placed_at, g.purpose_id)),
       (SELECT CASE WHEN bool_or(e.deleted ? c.code) THEN 'nothing' WHEN bool_or(e.kept ? c.code) THEN 'kept'
                    ELSE 'all' END
        FROM vault_parterasure AS e WHERE e.customer_id = g.customer_id AND e.done_at IS NOT NULL),
       portal.is_trained(g.staff_id, portal.now()), portal.is_blocked(g.customer_id, g.staff_id),
       portal.is_for_team_of(g.purpose_id, g.staff_id)
FROM held JOIN access_grant AS g ON g.id = held.id
JOIN catalogue_category AS c ON c.id = g.category_id
JOIN catalogue_purpose AS p ON p.id = g.purpose_id
FOR SHARE OF g
"""


def decide_look(*, grant: UUID, staff: UUID) -> tuple[Scope, Decision] | None:
    """Decide whether this member of staff may look under this grant now; None if it is not theirs.

    One statement, inside a transaction: until it ends, the customer is held and nobody ends the grant. The database's
    policy asks the same again at the read.
    """
    with connection.cursor() as cursor:
        cursor.execute(GRANT_FACTS, [grant, staff])
        facts = cursor.fetchone()
    if facts is None:
        return None
    decision = decide_for_staff(
        is_staff=facts[13],
        is_trained=facts[17],
        grant=GrantFacts(*facts[7:12]),
        marks=Marks(*facts[14:16]),
        now=facts[12],
        left=Remainder(facts[16]),
        is_blocked=facts[18],
        is_for_team=facts[19],
    )
    return Scope(*facts[:7]), decision


def decide_looks(grants: Iterable[Grant], *, staff: UUID, now: datetime) -> list[Decision]:
    """Decide for fetched grants of one request or exemption, for pages that show what may be opened. Four queries."""
    all_grants = list(grants)
    marks = choices.get_marks(all_grants[0].customer_id, all_grants[0].purpose.code) if all_grants else Marks()
    left = vault.get_remainders(all_grants[0].customer_id) if all_grants else {}
    member = StaffMember.objects.filter(user=staff, ended_at=None, user__is_active=True)
    trained, team = member.values_list(training.is_trained("pk"), "team").first() or (None, "")
    blocked = bool(all_grants) and is_blocked(customer=all_grants[0].customer_id, member=staff)
    return [
        decide_for_staff(
            is_staff=trained is not None,
            is_trained=bool(trained),
            grant=GrantFacts(grant.starts_at, grant.ends_at, grant.ended_at, grant.end, grant.ground),
            marks=marks,
            now=now,
            left=left.get(grant.category.code, Remainder.ALL),
            is_blocked=blocked,
            is_for_team=grant.purpose.is_for_team(team),
        )
        for grant in all_grants
    ]


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
