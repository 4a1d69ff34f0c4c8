"""Read how an account is shared, and what its holders have said to a request that needs the yes of all of them."""

from collections.abc import Iterable
from dataclasses import dataclass

from consents.access.models import AccessRequest, Assent
from consents.access.rules.sharing import AllowedTerms
from consents.people.models import Acting, Customer


@dataclass(frozen=True)
class Sharing:
    """Tell how a holder shares an account, at one request.

    `others`: the other holders now; `needs_all`: whether the yes of each is needed; `given`: what they said yes to;
    `missing`: who of them has not; `own`: what the holder has, and it waits for these. Once nobody is missing, because
    whoever was has left, it is the holder who is asked again.
    """

    others: list[Acting]
    needs_all: bool
    own: Assent | None
    given: list[Assent]
    missing: list[Acting]


def build_sharing(acting: Acting, holders: Iterable[Acting], assents: Iterable[Assent]) -> Sharing | None:
    """Build it from what was read; None for a representative, or who holds the account alone."""
    others = [holder for holder in holders if holder.user_id != acting.user_id]
    if not others or not acting.is_holding:
        return None
    needs_all = acting.customer.yes_of == Customer.YesOf.ALL
    of_user = {assent.given_by_id: assent for assent in assents} if needs_all else {}
    missing = [other for other in others if needs_all and other.user_id not in of_user]
    own = of_user.get(acting.user_id) if missing else None
    return Sharing(others, needs_all, own, [of_user[o.user_id] for o in others if o.user_id in of_user], missing)


def build_allowance(assent: Assent, access_request: AccessRequest) -> AllowedTerms:
    """Build what a holder allows, in the ids of categories."""
    named = {requested.category.code: requested.category_id for requested in access_request.requested.all()}
    return AllowedTerms(frozenset(named[code] for code in assent.categories), assent.duration)
