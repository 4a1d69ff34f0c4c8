"""Forget what erased customers wrote and the documents shown for them; the request stays, as proof of its answer.

With a kind of data go the corrections proposed in it."""

from typing import Any
from uuid import UUID

from dateutil.relativedelta import relativedelta
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from consents.catalogue.models import Category
from consents.core import clock, sealing
from consents.core.keys import Keyring
from consents.core.working_ahead import run_for_due
from consents.law.clocks import KEPT_MONTHS
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.services import appending
from consents.people.models import LegalHold, StaffMember
from consents.rights import words
from consents.rights.fulfilment.erasure import list_proposals
from consents.rights.fulfilment.registry import list_types
from consents.rights.models import FORGOTTEN, Correction, Draft, RightsRequest, Statement
from consents.rights.rules import WhyNotCorrected
from consents.rights.services.recording import append_rights_entry, lock_for_officer, lock_rights_request
from consents.vault.models import PartErasure


def remove_requests_when_due() -> int:
    """Remove records whose time is over. Returns how many."""
    due = select_requests_to_remove().values_list("pk", flat=True)
    return run_for_due(due, lambda rights_request: remove_request(rights_request=rights_request, by=PORTAL))


def select_requests_to_remove() -> QuerySet[RightsRequest]:
    """Select what is past the day on record and 24 months from the last decision, which may be that of an appeal. What
    is on legal hold stays, and what others go on from waits for them."""
    now = clock.now()
    ended_at = Coalesce("appealdecision__decided_at", "answer__responded_at")
    rows = RightsRequest.objects.filter(answer__retain_until__lt=now.date(), followed_by=None)
    rows = rows.alias(ended_at=ended_at).filter(ended_at__lt=now - relativedelta(months=KEPT_MONTHS))
    on_hold = LegalHold.objects.filter(customer=OuterRef("customer"), lifted_at=None)
    decided = Q(appeal=None) | Q(appealdecision__isnull=False)
    return rows.filter(decided).exclude(Exists(on_hold)).order_by("answer__retain_until")


@transaction.atomic
def remove_request(*, rights_request: UUID, by: Actor) -> bool:
    """Remove one request; return True when it is gone. The database keeps what is too new or on legal hold."""
    locked = lock_rights_request(rights_request)
    if not select_requests_to_remove().filter(pk=locked.pk).exists():
        return False
    append_rights_entry(locked, "removed", by, locked.outcome, type=str(locked.request_type), regime=str(locked.regime))
    with connection.cursor() as cursor:
        cursor.execute("SELECT portal.rights_remove(%s)", [locked.pk])
    return True


# Words that may repeat the values proposed for a kind of data that is erased.
FORGOTTEN_WITH_PART = [Statement.Kind.ASKED, Statement.Kind.QUESTION, Statement.Kind.REPLY, Statement.Kind.NOTE]


@transaction.atomic
def forget_words(*, customer: UUID, **_: Any) -> None:
    """Delete what the customer wrote. By signal, inside the erasure, whose entry tells of it."""
    Statement.objects.filter(customer=customer).delete()
    Draft.objects.filter(customer=customer).delete()


@transaction.atomic
def forget_proofs(customer: UUID, by: Actor, **_: Any) -> None:
    """Keep that a document was shown, not which one. By signal, inside the erasure."""
    for rights_request in RightsRequest.objects.filter(customer=customer).exclude(agent_proof__in=["", FORGOTTEN]):
        rights_request.agent_proof = FORGOTTEN
        rights_request.save(update_fields=["agent_proof"])
        append_rights_entry(rights_request, "proof_forgotten", by)


@transaction.atomic
def forget_part(erasure: PartErasure, by: Actor, **_: Any) -> None:
    """Refuse and forget proposals for kinds of data that were erased. By signal, inside the erasure of part.

    A letter that was begun may hold what is erased: it goes too.
    """
    Draft.objects.filter(customer=erasure.customer_id).delete()
    rows = RightsRequest.objects.filter(customer=erasure.customer_id, request_type__in=list_types("has_proposals"))
    for rights_request in rows.exclude(scope=[]).order_by("pk"):
        if set(rights_request.scope) <= set(erasure.deleted):
            refuse_values(rights_request, erasure, by)
            theirs = Statement.objects.filter(rights_request=rights_request)
            theirs.filter(kind__in=FORGOTTEN_WITH_PART).delete()


def refuse_values(rights_request: RightsRequest, erasure: PartErasure, by: Actor) -> None:
    """Refuse proposed values: no entry is left to put them into. The officer who erased decides so; in a restoration
    there is none, and nothing is left that could be decided on."""
    if rights_request.is_answered or rights_request.verified_at is None or erasure.confirmed_by_id is None:
        return
    decided = set(rights_request.correction_set.values_list("place", flat=True))
    for place, code, field, _right in list_proposals(rights_request):
        if place not in decided:
            Correction.record(
                rights_request=rights_request,
                place=place,
                category=Category.objects.get(code=code),
                field=field,
                is_accepted=False,
                why_not=WhyNotCorrected.NO_ENTRY,
                decided_by_id=erasure.confirmed_by_id,
            )
            append_rights_entry(rights_request, "value_decided", by, "refused", place=place, category=code, field=field)


def find_older_words(keyring: Keyring, after: UUID | None = None) -> UUID | None:
    """Find the next request, by id, of which something is sealed under a key that an older index key made."""
    stated = Statement.objects.filter(rights_request=OuterRef("pk"), is_theirs=False)
    drafted = Draft.objects.filter(rights_request=OuterRef("pk"), is_theirs=False)
    strangers = RightsRequest.objects.filter(Q(Exists(stated)) | Q(Exists(drafted))).order_by("pk")
    for rights_request in (strangers.filter(pk__gt=after) if after else strangers).iterator():
        if list_older(keyring, rights_request):
            return rights_request.pk
    return None


def list_older(keyring: Keyring, rights_request: RightsRequest) -> list[Statement | Draft]:
    """List the words of a request that its newest key does not open."""
    key = words.list_request_keys(keyring, rights_request)[0]
    statements = Statement.objects.filter(rights_request=rights_request, is_theirs=False).order_by("pk")
    drafts = Draft.objects.filter(rights_request=rights_request, is_theirs=False).order_by("pk")
    rows: list[Statement | Draft] = [*statements, *drafts]
    return [row for row in rows if not can_open(key, row)]


def can_open(key: bytes, row: Statement | Draft) -> bool:
    try:
        sealing.open_value(key, bytes(row.sealed), *words.name_place(row))
    except sealing.CannotOpen:
        return False
    return True


@transaction.atomic
def reseal_strangers_words(*, keyring: Keyring, rights_request: UUID, by: Actor) -> int:
    """Seal the words of one request under its newest key; return how many. Raises Unknown, CannotOpen."""
    locked = lock_rights_request(rights_request)
    older = list_older(keyring, locked)
    if not older:
        return 0
    appending.append_entry(
        event="strangers_words.resealed",
        by=by,
        object_type="strangers_words",
        object="words",
        details={"key": keyring.index_number, "values": len(older)},
    )
    usable = words.list_request_keys(keyring, locked)
    for row in older:
        place = words.name_place(row)
        row.sealed = sealing.seal_value(usable[0], sealing.open_with_any(usable, bytes(row.sealed), *place), *place)
        row.save(update_fields=["sealed"])
    return len(older)


@transaction.atomic
def read_statements(*, rights_request: UUID, officer: StaffMember, by: Actor) -> dict[str, dict[str, Any]]:
    """Return the statements by kind. The entry stands before they are opened.

    Raises Unknown, NotAnOfficer, OwnMatter.
    """
    locked = lock_for_officer(rights_request, officer)
    append_rights_entry(locked, "words_read", by)
    said = {kind.value: words.open_statement(locked, kind) for kind in Statement.Kind}
    return {kind: found for kind, found in said.items() if found}
