"""Publish the module that comes with the portal, and let the demo's staff attest to it."""

from collections.abc import Iterable

from consents.ops.demo.accounts import by_staff
from consents.people.models import StaffMember
from consents.training import portal_texts
from consents.training.models import ModuleVersion
from consents.training.services import attesting, modules


def train_staff(members: Iterable[StaffMember], officer: StaffMember) -> None:
    words, solution = portal_texts.parse_module()
    draft = ModuleVersion(code=portal_texts.CODE, words=words, solution=solution)
    by_officer = by_staff(officer)
    modules.save_module(version=draft, by=by_officer)
    version = modules.publish_module(version=draft, officer=officer.user, by=by_officer)
    for member in members:
        attesting.record_attempt(version=version, answers=solution, member=member, by=by_staff(member))
