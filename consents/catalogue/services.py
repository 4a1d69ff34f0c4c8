"""Acts on the catalogue."""

from collections.abc import Iterable

from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from consents.catalogue.models import Category, Field, Purpose, PurposeVersion
from consents.catalogue.signals import purpose_retired
from consents.core import clock
from consents.core.refusals import Refusal
from consents.ledger import services as ledger
from consents.ledger.rules import Actor
from consents.people.models import User

HOLD_STILL = """
SELECT FROM catalogue_purpose AS p JOIN catalogue_purposeversion AS v ON v.purpose_id = p.id WHERE v.id = %s
FOR SHARE OF p
"""


class AlreadyPublished(Refusal):
    sentence = _("This version is published and stays as it is. Write a new version instead.")


class RetiredAlready(Refusal):
    sentence = _("This purpose is retired and stays as it is.")


class CategoryIsPublished(Refusal):
    sentence = _("This kind of data is published and stays as it is: customers have read it. Make a new one instead.")


class NothingToShow(Refusal):
    sentence = _("A version needs at least one published data category before it can be published.")


def held(purpose: int) -> Purpose:
    """Changes to one purpose and its versions wait for each other until this transaction ends.

    Not the key: an answer in flight points to this row while it holds its customer.
    """
    return Purpose.objects.select_for_update(no_key=True).get(pk=purpose)


def hold_still(version: int) -> None:
    """Nobody publishes for, or retires, the purpose of this version until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD_STILL, [version])


@transaction.atomic
def save_purpose(*, purpose: Purpose, by: Actor) -> Purpose:
    """Put a new or changed purpose on record; what it says stands in its versions. Raises RetiredAlready."""
    is_new = purpose._state.adding
    if not is_new and held(purpose.pk).retired_at:
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
def save_version(*, version: PurposeVersion, categories: Iterable[Category], by: Actor) -> PurposeVersion:
    """Put a new or changed draft on record; a new one gets the next number. Raises AlreadyPublished, RetiredAlready."""
    is_new = version._state.adding
    purpose = held(version.purpose_id)
    if purpose.retired_at:
        raise RetiredAlready
    if is_new:
        version.number = 1 + (purpose.versions.aggregate(newest=Max("number"))["newest"] or 0)
    elif PurposeVersion.objects.get(pk=version.pk).published_at:
        raise AlreadyPublished
    version.save()
    version.categories.set(categories)
    ledger.append(
        event="purpose_version.drafted" if is_new else "purpose_version.changed",
        by=by,
        object_type="purpose_version",
        object=version.pk,
        purpose=purpose.code,
        details={"number": version.number, "categories": sorted(version.categories.values_list("code", flat=True))},
    )
    return version


@transaction.atomic
def save_category(*, category: Category, fields: Iterable[Field], by: Actor) -> Category:
    """Put a new or changed draft with its new and changed fields on record. Raises CategoryIsPublished."""
    is_new = category._state.adding
    if not is_new and Category.objects.select_for_update(no_key=True).get(pk=category.pk).published:
        raise CategoryIsPublished
    category.save()
    for field in fields:
        field.category = category
        field.save()
    ledger.append(
        event="category.drafted" if is_new else "category.changed",
        by=by,
        object_type="category",
        object=category.pk,
        outcome=category.code,
        details={"sensitive": category.sensitive, "fields": list(category.fields.values_list("key", flat=True))},
    )
    return category


@transaction.atomic
def publish(*, version: PurposeVersion, officer: User, by: Actor) -> PurposeVersion:
    """Put a version in force. Raises RetiredAlready, AlreadyPublished, NothingToShow."""
    if held(version.purpose_id).retired_at:
        raise RetiredAlready
    version = PurposeVersion.objects.select_related("purpose").get(pk=version.pk)
    if version.published_at:
        raise AlreadyPublished
    codes = list(version.categories.filter(published=True).values_list("code", flat=True))
    if not codes:
        raise NothingToShow
    version.published_at, version.published_by = clock.now(), officer
    version.save(update_fields=["published_at", "published_by"])
    ledger.append(
        event="purpose_version.published",
        by=by,
        object_type="purpose_version",
        object=version.pk,
        purpose=version.purpose.code,
        details={"number": version.number, "material": version.material, "categories": codes},
    )
    return version


@transaction.atomic
def next_version(*, purpose: Purpose, by: Actor) -> PurposeVersion:
    """A draft that begins as a copy of the newest version. Raises RetiredAlready."""
    if held(purpose.pk).retired_at:
        raise RetiredAlready
    latest = purpose.versions.order_by("-number").first()
    if latest is None:
        raise PurposeVersion.DoesNotExist
    categories = list(latest.categories.all())
    draft = PurposeVersion.objects.get(pk=latest.pk)
    draft.pk, draft.number, draft.published_at, draft.published_by = None, latest.number + 1, None, None
    draft._state.adding = True
    draft.save()
    draft.categories.set(categories)
    ledger.append(
        event="purpose_version.drafted",
        by=by,
        object_type="purpose_version",
        object=draft.pk,
        purpose=purpose.code,
        details={"number": draft.number},
    )
    return draft


@transaction.atomic
def retire(*, purpose: Purpose, by: Actor) -> None:
    """Take a purpose out of use; its consents, grants and pending requests end with it."""
    purpose = held(purpose.pk)
    if purpose.retired_at:
        return
    purpose.retired_at = clock.now()
    purpose.save(update_fields=["retired_at"])
    purpose_retired.send(sender=Purpose, purpose=purpose, by=by)
    ledger.append(event="purpose.retired", by=by, object_type="purpose", object=purpose.pk, purpose=purpose.code)


@transaction.atomic
def draft_category(*, code: str, title: str, sensitive: bool, fields: list[tuple[str, str]], by: Actor) -> Category:
    """The category with this code; made as a draft when unknown, and while it is one, missing fields are added.

    A published category stays as customers were shown it: fields it does not name are never disclosed.
    """
    category, made = Category.objects.get_or_create(
        code=code, defaults={"title": title, "sensitive": sensitive, "published": False}
    )
    if category.published:
        return category
    known = set(category.fields.values_list("key", flat=True))
    Field.objects.bulk_create(
        Field(category=category, key=key, label=label, order=order)
        for order, (key, label) in enumerate(fields, start=len(known) + 1)
        if key not in known
    )
    if made:
        ledger.append(event="category.drafted", by=by, object_type="category", object=category.pk, outcome=code)
    return category


@transaction.atomic
def publish_category(*, category: Category, by: Actor) -> None:
    """Let purposes and requests name this category. Repeating it changes nothing."""
    if Category.objects.select_for_update(no_key=True).get(pk=category.pk).published:
        return
    category.published = True
    category.save(update_fields=["published"])
    ledger.append(event="category.published", by=by, object_type="category", object=category.pk, outcome=category.code)
