"""Versions of a purpose while they are drafts."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from consents.catalogue.models import Category, Notice, Purpose, PurposeVersion, Recipient
from consents.core.refusals import Refusal
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people.models import User


class AlreadyPublished(Refusal):
    sentence = _("This version is published and stays as it is. Write a new version instead.")


@dataclass(frozen=True)
class VersionDraft:
    """A version with what belongs to it; `version` and `notices` may be new or known ones."""

    version: PurposeVersion
    notices: Iterable[Notice]
    categories: Iterable[Category]
    recipients: Iterable[Recipient] = field(default_factory=list)


@transaction.atomic
def save_version(*, draft: VersionDraft, officer: User | None, by: Actor) -> PurposeVersion:
    """Record a new or changed draft; a new one gets the next number. `officer` wrote it: another publishes it.

    A draft without an officer (from a file) becomes that of the first officer to save it.

    Raises AlreadyPublished, PurposeRetired.
    """
    version = draft.version
    is_new = version._state.adding
    purpose = lock_purpose(version.purpose_id)
    if purpose.retired_at:
        raise PurposeRetired
    if is_new:
        version.number = 1 + (purpose.versions.aggregate(newest=Max("number"))["newest"] or 0)
    elif PurposeVersion.objects.get(pk=version.pk).published_at:
        raise AlreadyPublished
    write_draft(draft, officer)
    codes = sorted(category.code for category in version.categories.all())
    appending.append_entry(
        event="purpose_version.drafted" if is_new else "purpose_version.changed",
        by=by,
        object_type="purpose_version",
        object=version.pk,
        purpose=purpose.code,
        details={
            "number": version.number,
            "categories": codes,
            "languages": sorted(notice.language for notice in version.notices.all()),
        },
    )
    return version


def write_draft(draft: VersionDraft, officer: User | None) -> None:
    version = draft.version
    version.drafted_by = version.drafted_by or officer
    version.save()
    if officer:
        version.writers.add(officer)
    version.categories.set(draft.categories)
    version.recipients.set(draft.recipients)
    for notice in draft.notices:
        notice.version = version
        notice.save()


def copy_version(version: PurposeVersion) -> PurposeVersion:
    """Return an unsaved, unpublished copy of the facts, without an author."""
    copy = PurposeVersion.objects.get(pk=version.pk)
    copy.pk, copy.drafted_by, copy.published_at, copy.published_by, copy.lost = None, None, None, None, False
    copy._state.adding = True
    return copy


@transaction.atomic
def draft_next_version(*, purpose: Purpose, officer: User, by: Actor) -> PurposeVersion:
    """Draft a copy of the newest version that has a text. Raises PurposeRetired."""
    latest = purpose.versions.exclude(lost=True, notices=None).order_by("-number").first()
    if latest is None:
        raise PurposeVersion.DoesNotExist
    copy = copy_version(latest)
    notices = list(latest.notices.all())
    for notice in notices:
        notice.pk, notice.hash = None, ""
        notice._state.adding = True
    draft = VersionDraft(copy, notices, latest.categories.all(), latest.recipients.all())
    return save_version(draft=draft, officer=officer, by=by)


LOCK_PURPOSE = """
SELECT FROM catalogue_purpose AS p JOIN catalogue_purposeversion AS v ON v.purpose_id = p.id WHERE v.id = %s
FOR SHARE OF p
"""


class PurposeRetired(Refusal):
    sentence = _("This purpose is retired and stays as it is.")


def lock_purpose(purpose: int) -> Purpose:
    """Lock a purpose and return it: changes to it and its versions wait until this transaction ends.

    Not its key: an answer in flight refers to this row while it holds its customer."""
    return Purpose.objects.select_for_update(no_key=True).get(pk=purpose)


def lock_purpose_of_version(version: int) -> None:
    """Lock the purpose of this version: no one publishes for it or retires it until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK_PURPOSE, [version])


@transaction.atomic
def save_purpose(*, purpose: Purpose, by: Actor) -> Purpose:
    """Put a new or changed purpose on record; what it says stands in its versions. Raises PurposeRetired."""
    is_new = purpose._state.adding
    if not is_new and lock_purpose(purpose.pk).retired_at:
        raise PurposeRetired
    purpose.save()
    appending.append_entry(
        event="purpose.drafted" if is_new else "purpose.changed",
        by=by,
        object_type="purpose",
        object=purpose.pk,
        purpose=purpose.code,
        details={
            "usage": str(purpose.usage),
            "answer_within_seconds": int(purpose.answer_within.total_seconds()),
            "access_default_seconds": int(purpose.access_default.total_seconds()),
            "access_most_seconds": int(purpose.access_most.total_seconds()),
            "teams": purpose.teams,
        },
    )
    return purpose
