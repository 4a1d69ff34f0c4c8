"""Putting a version in force: by a second officer, whole, once."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.catalogue import rules, transfers
from consents.catalogue.models import Notice, Purpose, PurposeVersion
from consents.catalogue.services.purposes import RetiredAlready, held
from consents.catalogue.services.versions import AlreadyPublished, copied
from consents.catalogue.shown import WORDS, shown
from consents.catalogue.signals import version_published
from consents.core import clock
from consents.core.canonical import digest
from consents.core.refusals import Refusal
from consents.ledger import services as ledger
from consents.ledger.rules import Actor
from consents.people.models import User

MATERIAL = "material"  # outcome of the entry: what consent to earlier words does not outlive


class NothingToShow(Refusal):
    sentence = _("A version needs at least one data category, and each of them published, before it can be published.")


class Overtaken(Refusal):
    sentence = _("A newer version of this purpose is in force already. Write a new version instead.")


class NobodysDraft(Refusal):
    sentence = _("No officer answers for this draft yet: one reads it and saves it, another one publishes it.")


class WrittenByYou(Refusal):
    sentence = _("You wrote some of this version, so another privacy officer has to read and publish it.")


@transaction.atomic
def publish(*, version: PurposeVersion, officer: User, by: Actor) -> PurposeVersion:
    """Put a version in force.

    Raises AlreadyPublished, RetiredAlready, Overtaken, NobodysDraft, WrittenByYou, NothingToShow and, of rules,
    NotWhole, NeedsExplicitConsent, SaleToNobody, Unprotected, Bundled, HardToRead.
    """
    held(version.purpose_id)  # whoever publishes second finds what the first has done
    version = PurposeVersion.objects.select_related("purpose").get(pk=version.pk)
    check_may_publish(version=version, officer=officer)
    notices = list(version.notices.all())
    for notice in notices:
        notice.hash = digest(shown(notice, version))
        notice.save(update_fields=["hash"])
    version.published_at, version.published_by = clock.now(), officer
    version.save(update_fields=["published_at", "published_by"])
    ledger.append(
        event="purpose_version.published",
        by=by,
        object_type="purpose_version",
        object=version.pk,
        purpose=version.purpose.code,
        outcome=MATERIAL if version.material and ends_earlier_consent(version) else "",
        details={
            "number": version.number,
            "material": version.material,
            "categories": sorted(category.code for category in version.categories.all()),
            "notices": {notice.language: notice.hash for notice in notices},
        },
    )
    version_published.send(sender=PurposeVersion, version=version)
    return version


def ends_earlier_consent(version: PurposeVersion) -> bool:
    return version.purpose.versions.filter(published_at__isnull=False, number__lt=version.number).exists()


@transaction.atomic
def note_lost(*, purpose: Purpose, number: int, published_at: datetime, by: Actor) -> None:
    """After a restore: a material version that the backup does not know, or as a draft alone. Consent to earlier ones
    does not count any more, as it did not; nobody is asked before a newer one is published.

    Adds nothing to what is known. The database allows it only until a restoration is opened.
    """
    purpose = held(purpose.pk)
    newest = purpose.versions.order_by("-number").first()
    if purpose.retired_at or newest is None:
        return
    version = purpose.versions.filter(number=number).first() or copied(newest)
    if version.published_at:
        return
    version.number, version.material, version.lost, version.published_at = number, True, True, published_at
    version.save()
    ledger.append(
        event="purpose_version.published",
        by=by,
        object_type="purpose_version",
        object=version.pk,
        purpose=purpose.code,
        outcome=MATERIAL,
        details={"number": number, "material": True, "lost": True},
    )


def check_may_publish(*, version: PurposeVersion, officer: User) -> None:
    """Raises what `publish` would raise."""
    if version.published_at:
        raise AlreadyPublished
    if version.purpose.retired_at:
        raise RetiredAlready
    if version.purpose.versions.filter(published_at__isnull=False, number__gt=version.number).exists():
        raise Overtaken
    if version.drafted_by_id is None:
        raise NobodysDraft
    if officer.pk == version.drafted_by_id or version.writers.filter(pk=officer.pk).exists():
        raise WrittenByYou
    categories = list(version.categories.all())
    if not categories or not all(category.published for category in categories):
        raise NothingToShow
    check_text(version)


def check_text(version: PurposeVersion) -> None:
    """What is written is whole, of one purpose, and easy enough. Raises refusals of rules."""
    notices = {notice.language: words_of(notice) for notice in version.notices.all()}
    rules.check_facts(facts_of(version))
    rules.check_notices(notices, languages=settings.PORTAL_LANGUAGES, rests_on_consent=version.rests_on_consent)
    rules.check_one_purpose(notices)
    rules.check_reading(notices, least=settings.PORTAL_READING_EASE)


def facts_of(version: PurposeVersion) -> rules.Facts:
    recipients = [(one.country, one.safeguard) for one in version.recipients.all()]
    return rules.Facts(
        rests_on_consent=version.rests_on_consent,
        dpv_purpose=version.dpv_purpose,
        is_special=any(category.special for category in version.categories.all()),
        is_sale=version.sale,
        has_recipients=bool(recipients),
        unprotected=transfers.unprotected(version.storage, recipients, home=settings.PORTAL_COUNTRY),
    )


def words_of(notice: Notice) -> rules.Words:
    return rules.Words(**{word: getattr(notice, word) for word in WORDS})
