"""The catalogue as the other rooms read it: published versions in force."""

from collections import defaultdict
from datetime import datetime

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from consents.catalogue.models import MAY_BE_OBJECTED_TO, Category, Purpose, PurposeVersion, Recipient, Usage


def in_force() -> QuerySet[PurposeVersion]:
    """The newest published version of every purpose that is not retired, with its words; none where it is lost."""
    return newest().filter(lost=False, purpose__retired_at=None)


def newest() -> QuerySet[PurposeVersion]:
    """The same, of retired purposes too: what was collected for them is still there."""
    last = (
        PurposeVersion.objects.filter(purpose=OuterRef("purpose"), published_at__isnull=False)
        .order_by("-number")
        .values("pk")[:1]
    )
    rows = PurposeVersion.objects.filter(pk=Subquery(last))
    return rows.select_related("purpose").prefetch_related("notices").order_by("purpose__code")


def closed_by_loss() -> QuerySet[PurposeVersion]:
    """The lost versions for which nothing is in force until a newer one is published."""
    newer = PurposeVersion.objects.filter(
        purpose=OuterRef("purpose"), number__gt=OuterRef("number"), published_at__isnull=False
    )
    lost = PurposeVersion.objects.filter(~Exists(newer), lost=True, purpose__retired_at=None)
    return lost.select_related("purpose").order_by("purpose__code")


def with_words() -> QuerySet[PurposeVersion]:
    """Versions, published or not, ready to be read."""
    return PurposeVersion.objects.select_related("purpose").prefetch_related("notices", "categories", "recipients")


def in_force_or_drafted() -> list[PurposeVersion]:
    """Of every purpose that is not retired what is in force, or else its newest draft."""
    rows = (
        with_words()
        .filter(purpose__retired_at=None, lost=False)
        .annotate(is_draft=ExpressionWrapper(Q(published_at=None), output_field=BooleanField()))
    )
    return list(rows.order_by("purpose__code", "is_draft", "-number").distinct("purpose__code"))


def in_force_before(version: PurposeVersion) -> PurposeVersion | None:
    """The published version that this one takes, or took, the place of."""
    published = with_words().filter(purpose=version.purpose_id, published_at__isnull=False, lost=False)
    earlier = published.filter(number__lt=version.number)
    return earlier.order_by("-number").first()


def askable() -> QuerySet[PurposeVersion]:
    """What staff may ask for."""
    return in_force().filter(purpose__usage__in=[Usage.PER_REQUEST, Usage.BOTH])


def may_be_objected_to() -> QuerySet[PurposeVersion]:
    """What rests on a ground that a customer may object to (GDPR Art 21(1))."""
    return in_force().filter(legal_basis__in=sorted(MAY_BE_OBJECTED_TO))


def were_to_be_objected_to(since: datetime, at: datetime) -> set[int]:
    """Ids of the purposes that rested on such a ground at some time between the two moments."""
    later = PurposeVersion.objects.filter(
        purpose=OuterRef("purpose"), number__gt=OuterRef("number"), published_at__lte=since
    )
    rows = PurposeVersion.objects.filter(published_at__lte=at, legal_basis__in=sorted(MAY_BE_OBJECTED_TO))
    return set(rows.exclude(Exists(later)).values_list("purpose", flat=True))


def standing() -> QuerySet[PurposeVersion]:
    """What a customer gives or withdraws consent for, once and for all."""
    return in_force().filter(purpose__usage__in=[Usage.STANDING, Usage.BOTH])


def published(purpose: Purpose, version: int) -> PurposeVersion | None:
    """This version of this purpose, in force now or once; None when it never was."""
    return with_words().filter(purpose=purpose, pk=version, published_at__isnull=False, lost=False).first()


def last_material(purpose: Purpose) -> int:
    """Number of the newest published material version: consent given to an older one does not count."""
    number: int | None = (
        purpose.versions.filter(published_at__isnull=False, material=True)
        .order_by("-number")
        .values_list("number", flat=True)
        .first()
    )
    return number or 0


def material_changes() -> dict[int, list[tuple[int, datetime]]]:
    """Of every purpose, by its id: number and moment of each published material version, the newest last."""
    material = PurposeVersion.objects.filter(material=True).order_by("number")
    found: dict[int, list[tuple[int, datetime]]] = defaultdict(list)
    for purpose, number, at in material.values_list("purpose_id", "number", "published_at"):
        if at is not None:
            found[purpose].append((number, at))
    return found


def last_material_number() -> Coalesce:
    """The same inside a query of versions or choices, for the purpose of each row."""
    published = PurposeVersion.objects.filter(purpose=OuterRef("purpose"), published_at__isnull=False, material=True)
    return Coalesce(Subquery(published.order_by("-number").values("number")[:1]), 0)


def is_named(recipient: Recipient) -> bool:
    """Whether a published version says that this recipient gets data."""
    return PurposeVersion.objects.filter(recipients=recipient, published_at__isnull=False).exists()


def published_categories() -> QuerySet[Category]:
    return Category.objects.filter(published=True)


def next_material_at(version: PurposeVersion) -> datetime | None:
    """When consent to this version stopped counting: the first material version after it was published."""
    after = PurposeVersion.objects.filter(
        purpose_id=version.purpose_id, number__gt=version.number, material=True, published_at__isnull=False
    )
    moment: datetime | None = after.order_by("number").values_list("published_at", flat=True).first()
    return moment
