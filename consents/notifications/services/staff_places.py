"""Tell a member of staff what has changed about their place here: by signal, inside the act."""

from typing import Any

from consents.notifications.services.confirming import list_translations
from consents.notifications.services.queueing import notify
from consents.people.models import Role, StaffMember


def notify_of_staff_place(member: StaffMember, change: str, entry: int, **_: Any) -> None:
    """Email the member how to sign in, or what they are now and what has ended."""
    kind = "staff_invited" if change == "invited" else "staff_place_changed"
    words = list_translations(Role(member.role).label)
    notify(kind=kind, key=f"staff:{entry}", user=member.user, change=change, role=words, team=member.team)
