"""Purposes: drafted, changed, retired."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.catalogue.models import Purpose
from consents.catalogue.signals import purpose_retired
from consents.core import clock
from consents.core.refusals import Refusal
from consents.ledger import services as ledger
from consents.ledger.rules import Actor


class RetiredAlready(Refusal):
    sentence = _("This purpose is retired and stays as it is.")


@transaction.atomic
def save_purpose(*, purpose: Purpose, by: Actor) -> Purpose:
    """Put a new or changed purpose on record; what it says stands in its versions. Raises RetiredAlready."""
    is_new = purpose._state.adding
    if not is_new and Purpose.objects.select_for_update().get(pk=purpose.pk).retired_at:
        raise RetiredAlready
    purpose.save()
    ledger.append(
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
        },
    )
    return purpose


@transaction.atomic
def retire(*, purpose: Purpose, by: Actor) -> None:
    """Take a purpose out of use; its consents, grants and pending requests end with it."""
    # Not the key: an answer in flight still points to this row while it holds its customer.
    purpose = Purpose.objects.select_for_update(no_key=True).get(pk=purpose.pk)
    if purpose.retired_at:
        return
    purpose.retired_at = clock.now()
    purpose.save(update_fields=["retired_at"])
    ledger.append(event="purpose.retired", by=by, object_type="purpose", object=purpose.pk, purpose=purpose.code)
    purpose_retired.send(sender=Purpose, purpose=purpose, by=by)
