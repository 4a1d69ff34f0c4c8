"""Tell on the pages of staff what happened: in words, and with the colleague who did it."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from consents.ledger.models import Entry
from consents.ledger.rules import describe_for_staff
from consents.people.models import StaffMember


def find_staff_actors(entries: Iterable[Entry]) -> dict[str, StaffMember]:
    """Map the actors of entries to the members of staff among them, in one query."""
    staff = {UUID(entry.actor) for entry in entries if entry.actor_kind == "staff" and entry.actor}
    return {str(member.pk): member for member in StaffMember.objects.filter(pk__in=staff).select_related("user")}


def build_timeline(
    entries: Iterable[Entry], describe: Callable[[Entry], str] = describe_for_staff
) -> list[dict[str, Any]]:
    """Put entries into words for `components/timeline.html`, each with who of the staff did it where its words do not
    name them."""
    told = list(entries)
    actors = find_staff_actors(told)
    return [build_event(entry, describe(entry), actors.get(entry.actor)) for entry in told]


def build_event(entry: Entry, text: str, member: StaffMember | None) -> dict[str, Any]:
    is_named = member is None or member.user.first_name in text
    return {"at": entry.occurred_at, "text": text, "who": "" if is_named else str(member)}
