"""Sentences that confirm an answer to the customer: they name the team, and neither a person nor any data. Pure."""

from django.utils.translation import gettext_lazy as _

from consents.access.rules import RequestState

# By the state after the answer, and whether it was given by telephone.
CONFIRMATIONS = {
    (RequestState.APPROVED, False): _(
        "The request of %(team)s to see your data was allowed. You can stop the access any time."
    ),
    (RequestState.PARTLY_APPROVED, False): _(
        "The request of %(team)s to see your data was allowed in part. You can stop the access any time."
    ),
    (RequestState.DENIED, False): _("The request of %(team)s to see your data was denied. It gives them no access."),
    (RequestState.APPROVED, True): _(
        "By telephone, the request of %(team)s to see your data was allowed. You can stop the access any time: sign "
        "in, or call us."
    ),
    (RequestState.PARTLY_APPROVED, True): _(
        "By telephone, the request of %(team)s to see your data was allowed in part. You can stop the access any time: "
        "sign in, or call us."
    ),
    (RequestState.DENIED, True): _(
        "By telephone, the request of %(team)s to see your data was denied. It gives them no access."
    ),
}
