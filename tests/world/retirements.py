"""The end of a purpose, which takes two privacy officers."""

from consents.catalogue.models import Purpose, Retirement
from consents.catalogue.services import publishing
from consents.ledger.rules import Actor
from consents.people.models import StaffMember, User
from tests.world.cast import quinn


def by_officer(officer: StaffMember) -> Actor:
    return Actor("staff", str(officer.pk))


def propose_end(purpose: Purpose, officer: StaffMember) -> Retirement:
    return publishing.propose_retirement(purpose=purpose, officer=officer, by=by_officer(officer))


def confirm_end(retirement: Retirement, officer: StaffMember) -> Purpose:
    by = by_officer(officer)
    return publishing.decide_retirement(retirement=retirement, is_approved=True, officer=officer, by=by).purpose


def cancel_end(retirement: Retirement, officer: StaffMember) -> Retirement:
    by = by_officer(officer)
    return publishing.decide_retirement(retirement=retirement, is_approved=False, officer=officer, by=by)


def retire(purpose: Purpose) -> Purpose:
    """Quinn asks, Pia confirms."""
    pia = User.objects.get(email="pia@example.com").staff_member
    return confirm_end(propose_end(purpose, quinn().staff_member), pia)
