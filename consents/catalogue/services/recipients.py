"""Recipients: who outside the company gets data."""

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.catalogue import selectors
from consents.catalogue.models import Recipient
from consents.core.refusals import Refusal
from consents.law import transfers
from consents.ledger.rules import Actor
from consents.ledger.services import appending


class RecipientIsPublished(Refusal):
    sentence = _("A published text names this recipient, so it stays as it is. Make a new one instead.")


@transaction.atomic
def save_recipient(*, recipient: Recipient, by: Actor) -> Recipient:
    """Put a new or changed recipient on record. Raises RecipientIsPublished and, of transfers, NothingProtectsIt,
    LawProtectsIt, NotOurCountry."""
    is_new = recipient._state.adding
    if not is_new:
        Recipient.objects.select_for_update(no_key=True).get(pk=recipient.pk)
        if selectors.has_published_version(recipient):
            raise RecipientIsPublished
    transfers.check_safeguard(recipient.country, recipient.safeguard, home=settings.PORTAL_COUNTRY)
    recipient.save()
    appending.append_entry(
        event="recipient.drafted" if is_new else "recipient.changed",
        by=by,
        object_type="recipient",
        object=recipient.pk,
        outcome=recipient.code,
    )
    return recipient
