"""Sentences that confirm an answer to the customer: they name the team, and neither a person nor any data. Pure."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consents.access.rules import RequestState

CONFIRMATIONS = {
    RequestState.APPROVED: _("The request of %(team)s to see your data was allowed. You can stop the access any time."),
    RequestState.PARTLY_APPROVED: _(
        "The request of %(team)s to see your data was allowed in part. You can stop the access any time."
    ),
    RequestState.DENIED: _("The request of %(team)s to see your data was denied. It gives them no access."),
}
CONFIRMATIONS_BY_TELEPHONE = {
    RequestState.APPROVED: _(
        "By telephone, the request of %(team)s to see your data was allowed. You can stop the access any time: sign "
        "in, or call us."
    ),
    RequestState.PARTLY_APPROVED: _(
        "By telephone, the request of %(team)s to see your data was allowed in part. You can stop the access any time: "
        "sign in, or call us."
    ),
    RequestState.DENIED: _(
        "By telephone, the request of %(team)s to see your data was denied. It gives them no access."
    ),
}


def get_confirmation(state: RequestState, *, by_telephone: bool) -> Promise:
    return (CONFIRMATIONS_BY_TELEPHONE if by_telephone else CONFIRMATIONS)[state]
