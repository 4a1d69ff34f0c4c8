"""Drafts of officers: what was typed for an act outlives the end of a session, a preview and the browser's Back."""

import json
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from consents.core import clock, sealing
from consents.people.models import CustomerKey, StaffMember
from consents.people.services.holding import OFFICERS, check_officer
from consents.rights import words
from consents.rights.models import LONGEST_DRAFT, Draft
from consents.rights.services.recording import lock_rights_request

RETENTION = timedelta(days=30)
Fields = list[tuple[str, list[str]]]


@transaction.atomic
def save_draft(*, rights_request: UUID, act: str, fields: Fields, officer: StaffMember) -> bool:
    """Keep what the officer typed for this act, in place of what they typed before; not on record. False where it is
    too long, or the customer is erased. Raises Unknown, NotAnOfficer."""
    check_officer(officer, OFFICERS)
    locked = lock_rights_request(rights_request)
    if locked.has_erased_customer:
        return False
    draft = Draft(rights_request=locked, officer=officer, act=act, is_theirs=locked.customer_id is not None)
    sealed = words.seal_words(locked, draft, json.dumps(fields).encode())
    if len(sealed) > LONGEST_DRAFT:
        return False
    content = {"is_theirs": draft.is_theirs, "sealed": sealed, "saved_at": clock.now()}
    Draft.objects.update_or_create(rights_request=locked, officer=officer, act=act, defaults=content)
    return True


def open_draft(*, rights_request: UUID, act: str, officer: StaffMember) -> Fields:
    """Return the fields of this officer's draft for this act; empty without one."""
    own = Draft.objects.filter(rights_request=rights_request, officer=officer, act=act)
    draft = own.select_related("rights_request__customer").first()
    if draft is None:
        return []
    try:
        return [(name, values) for name, values in json.loads(words.open_words(draft.rights_request, draft))]
    except (CustomerKey.DoesNotExist, sealing.CannotOpen):
        return []


def discard_draft(*, rights_request: UUID, act: str, officer: StaffMember) -> None:
    Draft.objects.filter(rights_request=rights_request, officer=officer, act=act).delete()


def discard_old_drafts() -> None:
    """Delete the drafts of a month ago, and those of people who are no longer officers."""
    is_over = Q(saved_at__lt=clock.now() - RETENTION) | Q(officer__ended_at__isnull=False)
    Draft.objects.filter(is_over | ~Q(officer__role__in=OFFICERS)).delete()
