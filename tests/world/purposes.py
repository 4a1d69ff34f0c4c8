"""Purposes that are for some teams alone."""

from consents.catalogue.models import Purpose
from consents.catalogue.services import versions
from consents.ledger.rules import Actor
from consents.people.models import StaffMember


def list_teams(purpose: Purpose, *teams: str, officer: StaffMember) -> Purpose:
    """None: every team may ask again."""
    purpose = Purpose.objects.get(pk=purpose.pk)
    purpose.teams = list(teams)
    return versions.save_purpose(purpose=purpose, by=Actor("staff", str(officer.pk)))
