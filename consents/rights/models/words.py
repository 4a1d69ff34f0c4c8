"""Notes of officers on a rights request, and the sealed words of everybody, which leave with an erased customer."""

from django.db import models
from django.db.models import Q

from consents.core.clock import DatabaseNow
from consents.core.fields import CodedField
from consents.core.row_checks import require_all_or_none
from consents.people.models import User
from consents.rights.models.requests import RightsRequest
from consents.rights.models.steps import Clarification, RequestRow, Step, build_officer_key


class Note(Step):
    """An internal note of an officer: who wrote it and when. `Statement` holds its words.

    No page shows it to the customer, whose data it is all the same: a copy of their data holds it (GDPR Art 15).
    """

    written_by = build_officer_key()
    written_at = models.DateTimeField(db_default=DatabaseNow())


class Mention(RequestRow):
    """A colleague whom a note is to reach. `read_at`: when they first read the notes; until then it waits for them."""

    rights_request = models.ForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="mentions")
    note = models.ForeignKey(Note, on_delete=models.PROTECT, related_name="mentions", db_index=False)
    colleague = build_officer_key()
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["note", "colleague"], name="rights_mention_once")]
        indexes = [models.Index(fields=["colleague"], condition=Q(read_at__isnull=True), name="rights_mention_waits")]


class Redaction(RequestRow):
    """Keep what a copy of the customer's data leaves out of a note, because it is about somebody else (GDPR Art 15(4)).

    Proposed by one officer and decided by another, once. `sealed`: the passages, and why in words for the customer,
    under the customer's own key. Of several that were agreed to, the newest counts.
    """

    rights_request = models.ForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="redactions")
    note = models.ForeignKey(Note, on_delete=models.PROTECT, related_name="redactions", db_index=False)
    sealed = models.BinaryField()
    proposed_by = build_officer_key()
    proposed_at = models.DateTimeField(db_default=DatabaseNow())
    is_agreed = models.BooleanField(null=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["note"], condition=Q(decided_at__isnull=True), name="rights_redaction_one_waits"
            ),
            require_all_or_none("is_agreed", "decided_by", "decided_at", name="rights_redaction_decided_whole"),
        ]


class Statement(RequestRow):
    """Words that somebody wrote or was written, sealed. Erasable; the request stays without them.

    `is_theirs`: under the customer's own key, which an erasure destroys; before it is known whose the request is, under
    a key made for this request. `clarification`: the question that the words are of, or reply to; `note`: the note.
    """

    class Kind(models.TextChoices):
        ASKED = "asked"
        ANSWERED = "answered"
        APPEALED = "appealed"
        DECIDED = "decided"
        QUESTION = "question"
        REPLY = "reply"
        NOTE = "note"

    rights_request = models.ForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="statements")
    clarification = models.ForeignKey(Clarification, null=True, on_delete=models.PROTECT, related_name="words")
    note = models.OneToOneField(Note, null=True, on_delete=models.PROTECT, related_name="words")
    kind = CodedField(max_length=10, choices=Kind)
    is_theirs = models.BooleanField()
    sealed = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rights_request", "kind"],
                condition=Q(clarification__isnull=True, note__isnull=True),
                name="rights_statement_once",
            ),
            models.UniqueConstraint(fields=["clarification", "kind"], name="rights_statement_once_in_thread"),
            models.CheckConstraint(
                condition=Q(
                    kind__in=["asked", "answered", "appealed", "decided"], clarification__isnull=True, note__isnull=True
                )
                | Q(kind__in=["question", "reply"], clarification__isnull=False, note__isnull=True)
                | Q(kind="note", clarification__isnull=True, note__isnull=False),
                name="rights_statement_known_kind",
            ),
        ]
