"""Staff answer the questions of a module; a try that passes is attested in the same transaction."""

import json
from uuid import uuid4

from django.db import connection, transaction

from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people.models import StaffMember
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
