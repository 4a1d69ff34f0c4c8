"""Ready-made sentences for a reason: drafted, changed, published, retired by privacy officers."""

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from consents.access.models import SentenceTemplate
from consents.access.rules import sentences
from consents.core import clock
from consents.core.canonical import compute_digest
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people.models import Role, StaffMember
from consents.people.services.holding import check_officer

WRITERS = {Role.PRIVACY_OFFICER}
LOCK_CODE = "SELECT pg_advisory_xact_lock(hashtextextended('sentence ' || %s, 0))"


def lock_sentences(code: str) -> None:
    """Make acts on the versions of one sentence wait for each other until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK_CODE, [code])


@transaction.atomic
def save_sentence_template(*, template: SentenceTemplate, by: Actor) -> SentenceTemplate:
    """Record a new or changed draft; a new one gets the next number of its code.

    Raises SentenceIsPublished, SentenceTooLong.
    """
    lock_sentences(template.code)
    sentences.check_sentence(template.texts)
    is_new = template._state.adding
    if is_new:
        newest = SentenceTemplate.objects.filter(code=template.code).aggregate(newest=Max("number"))["newest"]
        template.number = 1 + (newest or 0)
    elif SentenceTemplate.objects.get(pk=template.pk).published_at:
        raise sentences.SentenceIsPublished
    template.save()
    append_sentence_entry("sentence_template.drafted" if is_new else "sentence_template.changed", template, by)
    return template


@transaction.atomic
def draft_next_sentence(*, template: SentenceTemplate, by: Actor) -> SentenceTemplate:
    """Draft a copy of this version, with the next number."""
    known = SentenceTemplate.objects.get(pk=template.pk)
    copy = SentenceTemplate(code=known.code, reason=known.reason, texts=known.texts)
    return save_sentence_template(template=copy, by=by)


@transaction.atomic
def publish_sentence_template(*, template: SentenceTemplate, officer: StaffMember, by: Actor) -> SentenceTemplate:
    """Offer a version where staff ask, in place of the one before. Repeating it changes nothing.

    Raises NotAnOfficer, SentenceIncomplete, NewerSentenceInForce.
    """
    known = lock_sentence_template(template, officer)
    if known.published_at:
        return known
    sentences.check_sentence_is_complete(known.texts, settings.PORTAL_LANGUAGES, dict(settings.LANGUAGES))
    if SentenceTemplate.objects.filter(code=known.code, number__gt=known.number, published_at__isnull=False).exists():
        raise sentences.NewerSentenceInForce
    known.published_at, known.published_by = clock.now(), officer.user
    known.save(update_fields=["published_at", "published_by"])
    append_sentence_entry("sentence_template.published", known, by)
    return known


@transaction.atomic
def retire_sentence_template(*, template: SentenceTemplate, officer: StaffMember, by: Actor) -> SentenceTemplate:
    """Offer a sentence no longer. Requests that were sent with it stay as they are. Repeating it changes nothing.

    Raises NotAnOfficer, SentenceNotInForce.
    """
    known = lock_sentence_template(template, officer)
    if known.retired_at:
        return known
    later = SentenceTemplate.objects.filter(code=known.code, number__gt=known.number, published_at__isnull=False)
    if known.published_at is None or later.exists():
        raise sentences.SentenceNotInForce
    known.retired_at, known.retired_by = clock.now(), officer.user
    known.save(update_fields=["retired_at", "retired_by"])
    append_sentence_entry("sentence_template.retired", known, by)
    return known


def lock_sentence_template(template: SentenceTemplate, officer: StaffMember) -> SentenceTemplate:
    """Lock officer and sentence. Raises NotAnOfficer."""
    appending.lock_people(officer.pk)
    lock_sentences(template.code)
    check_officer(StaffMember.objects.get(pk=officer.pk), WRITERS)
    return SentenceTemplate.objects.get(pk=template.pk)


def append_sentence_entry(event: str, template: SentenceTemplate, by: Actor) -> None:
    appending.append_entry(
        event=event,
        by=by,
        object_type="sentence_template",
        object=template.pk,
        outcome=template.code,
        details={
            "number": template.number,
            "reason": str(template.reason),
            "digest": compute_digest(template.texts),
        },
    )
