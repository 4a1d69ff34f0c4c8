"""Purposes: drafted and changed."""

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from consents.catalogue.models import Purpose
from consents.core.refusals import Refusal
from consents.ledger.rules import Actor
from consents.ledger.services import appending

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
