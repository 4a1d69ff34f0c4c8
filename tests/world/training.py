"""The training of the standing characters: the module that comes with the portal, published and attested to."""

from typing import Any

from consents.ledger.rules import PORTAL, Actor
from consents.people.models import StaffMember
from consents.training import rules, selectors, services
from consents.training.models import Attempt, ModuleVersion


def make_module_draft(code: str = rules.CODE, **facts: Any) -> ModuleVersion:
    words, solution = rules.parse_module()
    return services.save_module(version=ModuleVersion(code=code, words=words, solution=solution, **facts), by=PORTAL)


def publish_module(world: Any, code: str = rules.CODE, **facts: Any) -> ModuleVersion:
    """Published by Pia: from now on nobody asks or looks untrained."""
    return services.publish_module(
        version=make_module_draft(code, **facts), officer=world.pia.user, by=Actor("staff", str(world.pia.pk))
    )


def try_module(version: ModuleVersion, member: StaffMember, *, is_right: bool = True) -> Attempt:
    """One try, with every answer right or every answer wrong."""
    answers = [right if is_right else right + 1 for right in version.solution]
    return services.record_attempt(version=version, answers=answers, member=member, by=Actor("staff", str(member.pk)))


def train(*members: StaffMember) -> None:
    """Everybody attests to every module in force."""
    for version in selectors.select_in_force():
        for member in members:
            try_module(version, member)
