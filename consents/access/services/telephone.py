"""The customer answers by telephone: a code proves the caller, a privacy officer reads the request out and records what
they say.

The code goes to the address on file and is not shown to staff, so that no officer can answer in a customer's place.
"""

import hashlib
import secrets
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction

from consents.access.models import AccessRequest, CallerCode
from consents.access.rules import telephone as rules
from consents.access.selectors import locking
from consents.access.services.answering import Reply, Speaker, give_answer, has_answer, refuse_if_too_late
from consents.access.services.enquiring import check_waits
from consents.access.services.telling import append_request_entry
from consents.core import clock, sealing
from consents.core.refusals import Refusal
from consents.ledger.rules import Actor
from consents.notifications.services import queueing
from consents.people import selectors as people
from consents.people.models import Role, StaffMember
from consents.people.services.holding import check_officer


@transaction.atomic
def send_caller_code(*, access_request: UUID, officer: StaffMember, by: Actor) -> CallerCode:
    """Email the customer a code to say on the telephone; an earlier one no longer works.

    Raises NotAnOfficer, Unknown, OwnMatter, AlreadyEnded, GuardianAnswers, AccessLocked, NobodyToProve, TooManyCodes.
    """
    locked = lock_to_record(access_request, officer)
    check_waits(locked, clock.now())
    if reason := explain_missing_code(locked):
        raise reason
    sent, code = create_caller_code(locked, officer, by)
    queueing.send_code(
        to=people.open_address(locked.customer),
        template="caller_code",
        language=people.get_customer_language(locked.customer),
        lives=rules.CODE_LIFETIME,
        code=rules.format_caller_code(code),
    )
    return sent


def create_caller_code(access_request: AccessRequest, officer: StaffMember, by: Actor) -> tuple[CallerCode, str]:
    """Make a code inside the caller's act, and return it with what is kept of it."""
    code, now = rules.build_caller_code(secrets.token_bytes(32)), clock.now()
    sent = CallerCode(
        id=uuid4(), access_request=access_request, customer_id=access_request.customer_id, sent_by=officer.user
    )
    sent.sent_at, sent.ends_at = now, now + rules.CODE_LIFETIME
    sent.code_hash = hashlib.sha256(list_proofs(sent, code)[0]).digest()
    sent.save(force_insert=True)
    details = {"caller_code": str(sent.pk)}
    append_request_entry(access_request, event="access_request.caller_code_sent", by=by, details=details)
    return sent, code


def prove_caller(*, access_request: UUID, code: str, officer: StaffMember, by: Actor) -> None:
    """Compare what the caller says with the code that this officer sent last.

    A wrong one is counted for good, even though this raises: after MOST_TRIES the code is over. Raises NotAnOfficer,
    Unknown, OwnMatter, AlreadyEnded, AccessLocked, CallerCodeOver, WrongCallerCode.
    """
    if not try_caller_code(access_request, code, officer, by):
        raise rules.WrongCallerCode


@transaction.atomic
def try_caller_code(access_request: UUID, typed: str, officer: StaffMember, by: Actor) -> bool:
    locked = lock_to_record(access_request, officer)
    check_waits(locked, clock.now())
    refuse_locked_access(locked)
    code = locking.find_last_code(locked.pk, officer.pk)
    if code is None or not locking.is_code_usable(code, clock.now()):
        raise rules.CallerCodeOver
    proof = find_proof(code, rules.normalize_caller_code(typed))
    is_right = proof is not None
    if is_right:
        code.proof, code.proved_at = proof, clock.now()
    else:
        code.tries += 1
    code.save(update_fields=["proof", "proved_at", "tries"])
    append_request_entry(
        locked,
        event="access_request.caller_proved" if is_right else "access_request.caller_code_wrong",
        by=by,
        details={"caller_code": str(code.pk)},
    )
    return is_right


def record_spoken_answer(*, access_request: UUID, reply: Reply, officer: StaffMember, by: Actor) -> AccessRequest:
    """Record what a proved caller answers, as their own answer. Repeating a token changes nothing.

    Raises NotAnOfficer, Unknown, OwnMatter, AccessLocked, CallerNotProved, AlreadyEnded, AnswerMismatch,
    NothingChosen, BeyondRequest.
    """
    with refuse_if_too_late(access_request), transaction.atomic():
        locked = lock_to_record(access_request, officer)
        if has_answer(locked, reply.token):
            return locked
        refuse_locked_access(locked)
        code = locking.find_last_code(access_request, officer.pk)
        if code is None or not rules.is_proof_fresh(code.proved_at, clock.now()):
            raise rules.CallerNotProved
        return give_answer(locked, reply, Speaker(officer.pk, "self", code.pk), by)


def lock_to_record(access_request: UUID, officer: StaffMember) -> AccessRequest:
    """Lock the request for an officer who may take the call. Raises NotAnOfficer, Unknown, OwnMatter."""
    check_officer(officer, {Role.PRIVACY_OFFICER})
    locked = locking.lock_request_to_answer(access_request, locking.get_customer_of_request(access_request))
    if not locking.may_record_answer(officer.user, locked):
        raise rules.OwnMatter
    return locked


def refuse_locked_access(access_request: AccessRequest) -> None:
    """Raise AccessLocked where the customer said that nobody may answer for them: who has their phone reads codes."""
    if locking.has_locked_access(access_request.customer_id):
        raise rules.AccessLocked


def explain_missing_code(access_request: AccessRequest) -> Refusal | None:
    """Return why no code can be sent for this request, if none can."""
    if not people.may_consent_alone(access_request.customer_id):
        return rules.GuardianAnswers()
    if locking.has_locked_access(access_request.customer_id):
        return rules.AccessLocked()
    if not people.is_address_unique(access_request.customer):
        return rules.NobodyToProve()
    return rules.TooManyCodes() if access_request.caller_codes.count() >= rules.MOST_CODES else None


def find_proof(code: CallerCode, digits: str) -> bytes | None:
    """Return the keyed hash of the digits if it is that of the code; of a code sent before a new index key, its own."""
    kept = bytes(code.code_hash)
    proofs = list_proofs(code, digits)
    return next((proof for proof in proofs if secrets.compare_digest(hashlib.sha256(proof).digest(), kept)), None)


def list_proofs(code: CallerCode, digits: str) -> list[bytes]:
    return sealing.list_keyed_hashes(settings.KEYRING, "caller code", f"{code.pk} {digits}")
