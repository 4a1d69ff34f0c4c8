"""Read the catalogue: versions in force, drafts, material changes."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from consents.catalogue.models import (
    MAY_BE_OBJECTED_TO,
    Category,
    Purpose,
    PurposeVersion,
    Recipient,
    Retirement,
    Usage,
)
from consents.people.two_officers.models import OPEN


def select_in_force() -> QuerySet[PurposeVersion]:
    """Select the newest published version of every purpose that is not retired; none where it is lost."""
    return select_newest_versions().filter(lost=False, purpose__retired_at=None)


def select_newest_versions() -> QuerySet[PurposeVersion]:
    """Like `select_in_force`, with retired purposes and lost versions: data collected for them still exists."""
    last = (
        PurposeVersion.objects.filter(purpose=OuterRef("purpose"), published_at__isnull=False)
        .order_by("-number")
        .values("pk")[:1]
    )
    versions = PurposeVersion.objects.filter(pk=Subquery(last))
    return versions.select_related("purpose").prefetch_related("notices").order_by("purpose__code")


def select_lost_in_force() -> QuerySet[PurposeVersion]:
    """Select lost versions: their purposes have nothing in force until a newer version is published."""
    newer = PurposeVersion.objects.filter(
        purpose=OuterRef("purpose"), number__gt=OuterRef("number"), published_at__isnull=False
    )
    lost = PurposeVersion.objects.filter(~Exists(newer), lost=True, purpose__retired_at=None)
    return lost.select_related("purpose").order_by("purpose__code")


def select_with_words() -> QuerySet[PurposeVersion]:
    """Select versions, published or not, with everything a reader sees."""
    return PurposeVersion.objects.select_related("purpose").prefetch_related("notices", "categories", "recipients")


def map_purpose_names(codes: Collection[str]) -> dict[str, str]:
    """Map the codes of purposes to their newest published names, also of those that have ended."""
    published = PurposeVersion.objects.filter(purpose__code__in=codes, published_at__isnull=False)
    newest = published.order_by("purpose__code", "-number").distinct("purpose__code")
    with_names = newest.select_related("purpose").prefetch_related("notices")
    return {version.purpose.code: version.name for version in with_names}


def list_current_or_drafts() -> list[PurposeVersion]:
    """List the version in force of every purpose that is not retired, or else its newest draft."""
    versions = (
        select_with_words()
        .filter(purpose__retired_at=None, lost=False)
        .annotate(is_draft=ExpressionWrapper(Q(published_at=None), output_field=BooleanField()))
    )
    return list(versions.order_by("purpose__code", "is_draft", "-number").distinct("purpose__code"))


def find_version_before(version: PurposeVersion) -> PurposeVersion | None:
    """Return the published version that this one replaces or replaced."""
    published = select_with_words().filter(purpose=version.purpose_id, published_at__isnull=False, lost=False)
    earlier = published.filter(number__lt=version.number)
    return earlier.order_by("-number").first()


def select_askable() -> QuerySet[PurposeVersion]:
    """Select the versions in force that staff may ask for."""
    return select_in_force().filter(purpose__usage__in=[Usage.PER_REQUEST, Usage.BOTH])


def select_objectable() -> QuerySet[PurposeVersion]:
    """Select the versions in force on a legal basis that a customer may object to (GDPR Art 21(1))."""
    return select_in_force().filter(legal_basis__in=sorted(MAY_BE_OBJECTED_TO))


def list_once_objectable(since: datetime, at: datetime) -> set[int]:
    """Return ids of the purposes on such a legal basis at some time between the two moments."""
    later = PurposeVersion.objects.filter(
        purpose=OuterRef("purpose"), number__gt=OuterRef("number"), published_at__lte=since
    )
    versions = PurposeVersion.objects.filter(published_at__lte=at, legal_basis__in=sorted(MAY_BE_OBJECTED_TO))
    return set(versions.exclude(Exists(later)).values_list("purpose", flat=True))


def select_standing() -> QuerySet[PurposeVersion]:
    """Select the versions in force that a customer chooses once, not per request."""
    return select_in_force().filter(purpose__usage__in=[Usage.STANDING, Usage.BOTH])


def select_material_changes() -> QuerySet[PurposeVersion, tuple[int, int, datetime | None]]:
    material = PurposeVersion.objects.filter(material=True).order_by("number")
    return material.values_list("purpose_id", "number", "published_at")


def group_material_changes(
    versions: Iterable[tuple[int, int, datetime | None]],
) -> dict[int, list[tuple[int, datetime]]]:
    """Map each purpose id to (number, moment) of its published material versions, the newest last."""
    changes: dict[int, list[tuple[int, datetime]]] = defaultdict(list)
    for purpose, number, at in versions:
        if at is not None:
            changes[purpose].append((number, at))
    return changes


def build_material_number() -> Coalesce:
    """Build the number of the newest published material version, for the purpose of each row of versions or choices:
    consent to an older one does not count.
    """
    published = PurposeVersion.objects.filter(purpose=OuterRef("purpose"), published_at__isnull=False, material=True)
    return Coalesce(Subquery(published.order_by("-number").values("number")[:1]), 0)


def has_published_version(recipient: Recipient) -> bool:
    """Tell whether a published version names this recipient."""
    return PurposeVersion.objects.filter(recipients=recipient, published_at__isnull=False).exists()


def select_published_categories() -> QuerySet[Category]:
    return Category.objects.filter(published=True)


def find_next_material_change(version: PurposeVersion) -> datetime | None:
    """Return when consent to this version stopped counting: when the next material version was published."""
    after = PurposeVersion.objects.filter(
        purpose_id=version.purpose_id, number__gt=version.number, material=True, published_at__isnull=False
    )
    moment: datetime | None = after.order_by("number").values_list("published_at", flat=True).first()
    return moment


def select_open_retirements() -> QuerySet[Retirement]:
    """Select what waits for a second officer; what a restoration has retired meanwhile waits for nobody."""
    return Retirement.objects.filter(OPEN, purpose__retired_at=None)


def annotate_retirement(purposes: QuerySet[Purpose]) -> QuerySet[Purpose]:
    """Add `ending_since`: since when the end of a purpose waits for a second officer."""
    waiting = select_open_retirements().filter(purpose=OuterRef("pk"))
    return purposes.annotate(ending_since=Subquery(waiting.values("proposed_at")))


def get_open_retirement(purpose: Purpose) -> Retirement | None:
    return select_open_retirements().filter(purpose=purpose).select_related("proposed_by").first()


def select_retirements(purpose: Purpose) -> QuerySet[Retirement]:
    """Select all, decided or not, the newest first: a form that is sent late learns from its act what has happened."""
    return purpose.retirements.select_related("proposed_by").order_by("-proposed_at")
