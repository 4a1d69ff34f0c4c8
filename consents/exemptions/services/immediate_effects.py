"""End exempted access at once: by signal, inside the transaction of the act.

A no of the customer ends an emergency's access. A legal duty goes on until the company, the law or time ends it.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from consents.access import selectors as access
from consents.access.models import Grant
from consents.access.rules import Ground
from consents.access.rules.blocks import CAUSE_OF_BLOCK, BlockKind
from consents.access.rules.causes import EndCause
from consents.access.services.ending import CAUSE_OF_STATUS, find_mark_cause, narrow_to_mark
from consents.catalogue.models import Purpose
from consents.choices.rules import MarkKind, Status
from consents.core import clock
from consents.exemptions import selectors
from consents.exemptions.services.deciding import end_grants
from consents.ledger.rules import Actor
from consents.people.models import StaffMember
from consents.vault.models import PartErasure


@transaction.atomic(savepoint=False)
def end_for_purpose(
    *, purpose: Purpose, by: Actor, customer: UUID | None = None, status: Status = Status.WITHDRAWN, **_: Any
) -> None:
    """End the access of a retired purpose; or that of emergencies where a customer said no to the purpose."""
    if customer:
        emergencies = Grant.objects.filter(customer=customer, purpose=purpose, ground=Ground.SAFETY)
        end_all(emergencies, CAUSE_OF_STATUS[status], by)
    else:
        end_all(Grant.objects.filter(purpose=purpose), EndCause.RETIRED, by)


@transaction.atomic
def end_for_staff(*, member: StaffMember, by: Actor, **_: Any) -> None:
    end_all(Grant.objects.filter(staff=member.user), EndCause.STAFF_ENDED, by)


@transaction.atomic
def end_for_customer(*, customer: UUID, by: Actor, **_: Any) -> None:
    end_all(Grant.objects.filter(customer=customer), EndCause.ERASED, by)


@transaction.atomic
def end_for_mark(*, customer: UUID, kind: MarkKind, purpose: Purpose | None, by: Actor, **_: Any) -> None:
    grants = Grant.objects.filter(customer=customer, ground=Ground.SAFETY)
    if kind == MarkKind.LIMIT:
        grants = grants.filter(category__sensitive=True)
    end_all(narrow_to_mark(grants, kind, purpose), find_mark_cause(kind, by), by)


@transaction.atomic
def end_for_block(*, customer: UUID, kind: BlockKind, by: Actor, **_: Any) -> None:
    """End what an emergency opened to whom the customer has now blocked: another colleague must act."""
    blocked = Grant.objects.filter(access.IsBlocked("customer_id", "staff_id"), customer=customer, ground=Ground.SAFETY)
    end_all(blocked, CAUSE_OF_BLOCK[kind], by)


@transaction.atomic
def end_for_part(*, erasure: PartErasure, by: Actor, **_: Any) -> None:
    """End the access to what was deleted; and an emergency's access to what is kept for legal reasons only."""
    grants = Grant.objects.filter(customer=erasure.customer_id)
    end_all(grants.filter(category__code__in=erasure.deleted), EndCause.PART_ERASED, by, erasure.deleted)
    kept = grants.filter(category__code__in=erasure.kept, ground=Ground.SAFETY)
    end_all(kept, EndCause.PART_ERASED, by, erasure.kept)


def end_all(grants: QuerySet[Grant], cause: EndCause, by: Actor, kinds: Collection[str] | None = None) -> None:
    """End what runs of these grants, one customer after the other."""
    now = clock.now()
    running = grants.filter(exemption__isnull=False, pk__in=access.select_live_grants(now).values("pk"))
    ids: QuerySet[Grant, Any] = running.order_by("customer_id", "exemption").values_list("customer_id", "exemption")
    for _customer, id in ids.distinct():
        end_grants(selectors.lock_exemption(id), cause, now, by, kinds)
