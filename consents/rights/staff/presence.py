"""Tell officers who else has a request open: noted when its page is loaded or something is typed there, never polled.

Kept in the cache alone, for minutes: it is a courtesy, and nobody's work is held up by it. Two pages loaded in the same
moment may note one of the two; the next one loaded notes the other.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from uuid import UUID

from django.core.cache import cache
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from consents.people.models import StaffMember

SHOWN_FOR = 600  # seconds
type Seen = dict[UUID, datetime]
type Kept = dict[str, float]  # as JSON has it


def build_key(rights_request: UUID) -> str:
    return f"rights.open:{rights_request}"


def note_open_page(rights_request: UUID, officer: StaffMember) -> Seen:
    """Note that this officer has the request open now; return which others opened it in the last minutes."""
    now, key = timezone.now(), build_key(rights_request)
    others = drop_old(cache.get(key) or {}, now, without=officer.pk)
    kept: Kept = {str(who): at.timestamp() for who, at in (others | {officer.pk: now}).items()}
    cache.set(key, kept, SHOWN_FOR)
    return others


def drop_old(kept: Kept, now: datetime, *, without: UUID) -> Seen:
    seen = {UUID(who): datetime.fromtimestamp(at, UTC) for who, at in kept.items()}
    return {who: at for who, at in seen.items() if who != without and (now - at).total_seconds() < SHOWN_FOR}


def describe_open_pages(others: Seen) -> list[str]:
    """Say who opened it and when, in sentences."""
    members = StaffMember.objects.filter(pk__in=others).select_related("user") if others else []
    return [_("%(who)s opened this at %(time)s.") % describe_opening(member, others[member.pk]) for member in members]


def describe_opening(member: StaffMember, at: datetime) -> dict[str, str]:
    return {"who": str(member), "time": date_format(timezone.localtime(at), "H:i")}


def list_open_pages(rights_requests: Collection[UUID], officer: StaffMember) -> dict[UUID, list[str]]:
    """Name, for each request that colleagues have open, who they are: with two statements for a whole page of them."""
    now, keys = timezone.now(), {build_key(id): id for id in rights_requests}
    seen = {keys[key]: drop_old(opened, now, without=officer.pk) for key, opened in cache.get_many(keys).items()}
    officers = {who for others in seen.values() for who in others}
    members = StaffMember.objects.filter(pk__in=officers).select_related("user") if officers else []
    names = {member.pk: member.user.get_full_name() for member in members}
    return {id: [names[who] for who in others if who in names] for id, others in seen.items() if others}
