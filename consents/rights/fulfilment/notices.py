"""The right to know which recipients were told of a correction, a deletion or a pause (GDPR Art 19)."""

from django.utils.translation import gettext as _

from consents.rights.fulfilment.protocol import Fulfilment
from consents.rights.models import RecipientNotice, RightsRequest


class Notices(Fulfilment):
    lists_all_notices = True

    def describe_answering(self, rights_request: RightsRequest) -> list[str]:
        told = RecipientNotice.objects.filter(customer=rights_request.customer_id)
        if rights_request.customer_id is None:
            told = RecipientNotice.objects.filter(rights_request=rights_request)
        names = sorted(set(told.values_list("recipient__name", flat=True)))
        if not names:
            return [_("Their records name nobody whom we told.")]
        return [_("They read with it whom their records say we told: %(names)s.") % {"names": ", ".join(names)}]
