"""Modules: drafted, changed, published."""

import json
from uuid import uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.utils import translation

from consents.core import clock
from consents.core.canonical import compute_digest
from consents.core.working_ahead import run_for_each
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.notifications.services import queueing
from consents.people.models import Role, StaffMember, User
from consents.training import rules, selectors
from consents.training.models import Attempt, Attestation, ModuleVersion

# The database fills in the score, and everything of an attestation.
RECORD_ATTEMPT = "INSERT INTO training_attempt (id, version_id, member_id, answers) VALUES (%s, %s, %s, %s)"
ATTEST = "INSERT INTO training_attestation (attempt_id) VALUES (%s)"


@transaction.atomic
def record_attempt(*, version: ModuleVersion, answers: list[int], member: StaffMember, by: Actor) -> Attempt:
    """Record one try, and the attestation if it reaches the pass mark.

    `answers`: the place of the chosen answer to each question, in the order of the stored module.
    Raises MembershipEnded, OutdatedModule, QuestionLeftOut.
    """
    appending.lock_people(member.pk)
    if not StaffMember.objects.filter(pk=member.pk, ended_at=None).exists():
        raise rules.MembershipEnded
    if not selectors.select_in_force().filter(pk=version.pk).exists():
        raise rules.OutdatedModule
    if len(answers) != len(version.solution):
        raise rules.QuestionLeftOut
    attempt_id = uuid4()
    with connection.cursor() as cursor:
        cursor.execute(RECORD_ATTEMPT, [attempt_id, version.pk, member.pk, json.dumps(answers)])
    attempt = Attempt.objects.select_related("version").get(pk=attempt_id)
    has_passed = attempt.score >= version.pass_mark
    append_attempt_entry(attempt, "training.tried", "passed" if has_passed else "failed", by)
    if has_passed:
        attest_attempt(attempt, by)
    return attempt


def attest_attempt(attempt: Attempt, by: Actor) -> None:
    with connection.cursor() as cursor:
        cursor.execute(ATTEST, [attempt.pk])
    attestation = Attestation.objects.get(pk=attempt.pk)
    until = attestation.valid_until.isoformat()
    append_attempt_entry(attempt, "training.attested", attempt.version.code, by, valid_until=until)


def append_attempt_entry(attempt: Attempt, event: str, outcome: str, by: Actor, **details: str) -> None:
    about = {"module": attempt.version.code, "number": attempt.version.number, "score": attempt.score}
    appending.append_entry(
        event=event, by=by, object_type="training_attempt", object=attempt.pk, outcome=outcome, details=about | details
    )


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

    Raises NotPrivacyOfficer, NotValid, OutdatedModule (a newer one is in force)."""
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


@transaction.atomic
def remind_before_lapse() -> int:
    """Queue one email for each attestation of a required module that lapses soon; return their number."""
    now = clock.now()
    required = {version.code: version for version in selectors.select_in_force().filter(required=True)}
    lapsing = selectors.select_lapsing(now, now + rules.REMIND_BEFORE).filter(code__in=required)
    return run_for_each(list(lapsing), lambda attestation: remind_member(attestation, required[attestation.code]))


def remind_member(attestation: Attestation, version: ModuleVersion) -> bool:
    message = queueing.notify(
        kind="training_lapses",
        key=f"training.lapses:{attestation.pk}",
        user=attestation.member.user,
        module=list_titles(version),
        answer_by=attestation.valid_until.isoformat(),
    )
    return message is not None


def list_titles(version: ModuleVersion) -> dict[str, str]:
    titles = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            titles[language] = version.title
    return titles
