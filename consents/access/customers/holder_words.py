"""Words of the pages about a request whose customer shares the account with other holders. Decides nothing."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from consents.access.customers.presenting import list_categories
from consents.access.models import AccessRequest, Assent
from consents.access.selectors.assents import Sharing
from consents.core.durations import describe_duration
from consents.people.models import Acting
from consents.people.selectors import name_holder


def build_sharing_context(access_request: AccessRequest, sharing: Sharing | None) -> dict[str, Any]:
    """Build what the request page says of the other holders; empty for who holds the account alone."""
    if sharing is None:
        return {}
    names = {other.user_id: name_holder(other) for other in sharing.others}
    return {
        "needs_all": sharing.needs_all,
        "others": join_names(sharing.others),
        "missing": join_names(sharing.missing),
        "own": describe_assent(access_request, sharing.own) if sharing.own else None,
        "given": [
            describe_assent(access_request, assent) | {"who": names[assent.given_by_id]} for assent in sharing.given
        ],
    }


def is_asked_again(access_request: AccessRequest, sharing: Sharing | None, reader: UUID) -> bool:
    """Tell whether the reader's earlier yes waits for nobody any more, since whoever was missing has left."""
    waits = sharing is not None and sharing.own is not None
    return not waits and any(assent.given_by_id == reader for assent in access_request.assents.all())


def describe_assent(access_request: AccessRequest, assent: Assent) -> dict[str, Any]:
    allowed = [category.title for category in list_categories(access_request) if category.code in assent.categories]
    return {"what": ", ".join(allowed), "length": describe_duration(assent.duration), "at": assent.given_at}


def join_names(holders: Iterable[Acting]) -> str:
    return get_text_list([name_holder(holder) for holder in holders], _("and"))
