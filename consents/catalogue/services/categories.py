"""Kinds of data and their fields: drafted, changed, published."""

from collections.abc import Iterable, Mapping

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.catalogue import rules, selectors
from consents.catalogue.models import Category, Field, Recipient
from consents.core.refusals import Refusal
from consents.law import transfers
from consents.ledger.rules import Actor
from consents.ledger.services import appending


class CategoryIsPublished(Refusal):
    sentence = _("This kind of data is published and stays as it is: customers have read it. Make a new one instead.")


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
    appending.append_entry(
        event="category.drafted" if is_new else "category.changed",
        by=by,
        object_type="category",
        object=category.pk,
        outcome=category.code,
        details={"sensitive": category.sensitive, "fields": list(category.fields.values_list("key", flat=True))},
    )
    return category


@transaction.atomic
def draft_category(
    *,
    code: str,
    words: Mapping[str, Mapping[str, str]],
    sensitive: bool,
    fields: Iterable[tuple[str, Mapping[str, str]]],
    by: Actor,
    term: str = "",
    special: bool = False,
) -> Category:
    """Return the category with this code: drafted if unknown, completed with missing fields while it is a draft.

    `words`: language → title and description. `fields`: key in the vault, and language → label.
    A published category stays as customers have read it: fields it does not name are never disclosed.
    """
    facts = {"words": words, "sensitive": sensitive or special, "special": special, "term": term}
    category, is_new = Category.objects.get_or_create(code=code, defaults=facts)
    if category.published:
        return category
    keys = set(category.fields.values_list("key", flat=True))
    new = Field.objects.bulk_create(
        Field(category=category, key=key, labels=labels, order=order)
        for order, (key, labels) in enumerate(fields, start=len(keys) + 1)
        if key not in keys
    )
    if is_new or new:
        event = "category.drafted" if is_new else "category.changed"
        appending.append_entry(event=event, by=by, object_type="category", object=category.pk, outcome=code)
    return category


@transaction.atomic
def publish_category(*, category: Category, by: Actor) -> None:
    """Let purposes and requests name this category. Repeating it changes nothing.

    Raises IncompleteText, NotMarkedSpecial.
    """
    category = Category.objects.select_for_update(no_key=True).get(pk=category.pk)
    if category.published:
        return
    labels = {field.key: field.labels for field in category.fields.all()}
    rules.check_category(category.words, labels, category.term, category.special, settings.PORTAL_LANGUAGES)
    category.published = True
    category.save(update_fields=["published"])
    appending.append_entry(
        event="category.published", by=by, object_type="category", object=category.pk, outcome=category.code
    )


@transaction.atomic
def save_recipient(*, recipient: Recipient, by: Actor) -> Recipient:
    """Put a new or changed recipient on record. Raises Refusal and, of transfers, NothingProtectsIt,
    LawProtectsIt, NotOurCountry."""
    is_new = recipient._state.adding
    if not is_new:
        Recipient.objects.select_for_update(no_key=True).get(pk=recipient.pk)
        if selectors.has_published_version(recipient):
            raise Refusal(_("A published text names this recipient, so it stays as it is. Make a new one instead."))
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
