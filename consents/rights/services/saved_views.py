"""Keep views of the queue: an officer names the filters and the order that the list shows, for themselves alone."""

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from consents.core.refusals import NotValid, Refusal, Unknown
from consents.ledger.services import appending
from consents.people.models import StaffMember
from consents.people.services.holding import OFFICERS, check_officer
from consents.rights.models import SavedView

MOST_VIEWS = 20


@transaction.atomic
def keep_queue_view(*, name: str, query: Mapping[str, str], is_first: bool, officer: StaffMember) -> SavedView:
    """Keep the view, in place of the officer's own of the same name. `is_first`: the list opens with it.

    Raises NotAnOfficer, NotValid, Refusal.
    """
    check_officer(officer, OFFICERS)
    if not query:
        raise NotValid(_("Choose a filter or an order first: the list as it is needs no view."))
    appending.lock_people(officer.pk)
    own = SavedView.objects.filter(owner=officer)
    if own.exclude(name=name).count() >= MOST_VIEWS:
        raise Refusal(_("You keep as many views as there is room for. Remove one first."))
    if is_first:
        own.update(is_first=False)
    view, _is_new = SavedView.objects.update_or_create(
        owner=officer, name=name, defaults={"query": dict(query), "is_first": is_first}
    )
    return view


@transaction.atomic
def open_with_view(*, view: int | None, officer: StaffMember) -> None:
    """Let the list open with this view of the officer's; with None, as it does for everybody. Raises Unknown."""
    appending.lock_people(officer.pk)
    own = SavedView.objects.filter(owner=officer)
    own.update(is_first=False)
    if view is not None and not own.filter(pk=view).update(is_first=True):
        raise Unknown


@transaction.atomic
def remove_queue_view(*, view: int, officer: StaffMember) -> None:
    """Remove a view of the officer's own; repeating it changes nothing."""
    SavedView.objects.filter(owner=officer, pk=view).delete()


def remove_left_views() -> None:
    """Remove the views of people who are no longer officers."""
    SavedView.objects.filter(Q(owner__ended_at__isnull=False) | ~Q(owner__role__in=OFFICERS)).delete()


def list_queue_views(officer: UUID) -> list[SavedView]:
    return list(SavedView.objects.filter(owner=officer).order_by("name", "pk"))
