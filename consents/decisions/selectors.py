"""The evaluator with its facts fetched."""

from datetime import datetime
from uuid import UUID

from consents.access.models import Grant
from consents.catalogue import selectors as catalogue
from consents.choices import selectors as choices
from consents.core import clock
from consents.decisions.rules import Decision, GrantFacts, PurposeFacts, decide_for_staff, decide_for_system
from consents.people.models import StaffMember


def may_look(
    *, staff: UUID, customer: UUID, category: int, purpose: int, now: datetime, grant: UUID | None = None
) -> Decision:
    """May this member of staff look at this category of this customer for this purpose, now?

    Judged on the named grant, or on the newest of that scope. The database's policy asks the same again at the read.
    """
    grants = Grant.objects.filter(
        staff=staff, customer=customer, category=category, purpose=purpose, starts_at__lte=now
    )
    if grant is not None:
        grants = grants.filter(pk=grant)
    facts = grants.order_by("-starts_at").values_list("starts_at", "ends_at", "ended_at", "end").first()
    is_staff = StaffMember.objects.filter(user=staff, ended_at=None, user__is_active=True).exists()
    return decide_for_staff(is_staff=is_staff, grant=GrantFacts(*facts) if facts else None, now=now)


def may_use(*, customer: UUID, category: str, purpose: str) -> Decision:
    """May a system of the company use this category of this customer for this purpose, now?"""
    version = catalogue.in_force().filter(purpose__code=purpose).first()
    facts = None
    if version is not None:
        facts = PurposeFacts(
            legal_basis=version.legal_basis,
            categories=frozenset(version.categories.values_list("code", flat=True)),
            material_number=catalogue.last_material(version.purpose),
        )
    said = choices.said(customer, purpose)
    return decide_for_system(purpose=facts, category=category, said=said, now=clock.now())
