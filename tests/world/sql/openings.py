"""Openings as only the owner could make them."""

from consents.core.owner import silence_triggers
from tests.world.owners import acting_as_owner


def force_moment(opening: str, moment: str) -> None:
    """As the owner: the application can set no moment of an opening."""
    with acting_as_owner() as owner, silence_triggers(owner, "disclosures_opening") as cursor:
        cursor.execute(f"UPDATE disclosures_opening SET opened_at = {moment} WHERE id = %s", [opening])
