"""Modules: drafted, changed, published."""

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from consents.core import clock
from consents.core.canonical import compute_digest
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people.models import Role, StaffMember, User
from consents.training import rules
from consents.training.models import ModuleVersion

LOCK_CODE = "SELECT pg_advisory_xact_lock(hashtextextended('training ' || %s, 0))"


def lock_module(code: str) -> None:
    """Make acts on the versions of one module wait for each other until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK_CODE, [code])


@transaction.atomic
def save_module(*, version: ModuleVersion, by: Actor) -> ModuleVersion:
    """Record a new or changed draft; a new one gets the next number of its code. Raises ModuleIsPublished."""
    lock_module(version.code)
    is_new = version._state.adding
    if is_new:
        newest = ModuleVersion.objects.filter(code=version.code).aggregate(newest=Max("number"))["newest"]
        version.number = 1 + (newest or 0)
    elif ModuleVersion.objects.get(pk=version.pk).published_at:
        raise rules.ModuleIsPublished
    version.save()
    append_module_entry(version, "training_module.drafted" if is_new else "training_module.changed", by)
    return version


@transaction.atomic
def draft_next_module(*, version: ModuleVersion, by: Actor) -> ModuleVersion:
    """Draft a copy of this version, with the next number."""
    copy = ModuleVersion.objects.get(pk=version.pk)
    copy.pk, copy.published_at, copy.published_by = None, None, None
    copy._state.adding = True
    return save_module(version=copy, by=by)


@transaction.atomic
def publish_module(*, version: ModuleVersion, officer: User, by: Actor) -> ModuleVersion:
    """Put a version in force; from now on it never changes. Repeating it changes nothing.

    Raises NotPrivacyOfficer, IncompleteModule, OutdatedModule (a newer one is in force)."""
    appending.lock_people(officer.pk)
    lock_module(version.code)
    version = ModuleVersion.objects.get(pk=version.pk)
    if version.published_at:
        return version
    if not StaffMember.objects.filter(pk=officer.pk, role=Role.PRIVACY_OFFICER, ended_at=None).exists():
        raise rules.NotPrivacyOfficer
    rules.check_module_is_complete(version.words, settings.PORTAL_LANGUAGES)
    later = ModuleVersion.objects.filter(code=version.code, number__gt=version.number, published_at__isnull=False)
    if later.exists():
        raise rules.OutdatedModule
    version.published_at, version.published_by = clock.now(), officer
    version.save(update_fields=["published_at", "published_by"])
    append_module_entry(version, "training_module.published", by)
    return version


def append_module_entry(version: ModuleVersion, event: str, by: Actor) -> None:
    appending.append_entry(
        event=event,
        by=by,
        object_type="training_module",
        object=version.pk,
        outcome=version.code,
        details={
            "number": version.number,
            "required": version.required,
            "pass_mark": version.pass_mark,
            "valid_months": version.valid_months,
            "digest": compute_digest({"words": version.words, "solution": version.solution}),
        },
    )
