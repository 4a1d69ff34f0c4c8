"""Publish a version: complete, once, by a second officer."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.catalogue import rules
from consents.catalogue.display import build_displayed_notice, get_words
from consents.catalogue.models import Purpose, PurposeVersion, Retirement
from consents.catalogue.services.versions import AlreadyPublished, PurposeRetired, copy_version, lock_purpose
from consents.catalogue.signals import purpose_retired, version_published
from consents.core import clock
from consents.core.canonical import compute_digest
from consents.core.refusals import Refusal, get_or_refuse
from consents.law import transfers
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people.models import Role, StaffMember, User
from consents.people.services.holding import NotAnOfficer, check_officer
from consents.people.two_officers.matters import ProposedMatter

MATERIAL = "material"  # outcome of the entry: consent to earlier texts ends


@transaction.atomic
def publish_version(*, version: PurposeVersion, officer: User, by: Actor) -> PurposeVersion:
    """Put a version in force.

    Raises AlreadyPublished, PurposeRetired, Refusal
    and, of rules, IncompleteText, Refusal, UnprotectedTransfer, BundledPurposes,
    HardToRead.
    """
    lock_purpose(version.purpose_id)  # of two at once, the second sees what the first has done
    version = PurposeVersion.objects.select_related("purpose").get(pk=version.pk)
    check_may_publish(version=version, officer=officer)
    notices = list(version.notices.all())
    for notice in notices:
        notice.hash = compute_digest(build_displayed_notice(notice, version))
        notice.save(update_fields=["hash"])
    earlier = version.purpose.versions.filter(published_at__isnull=False, number__lt=version.number)
    version.published_at, version.published_by = clock.now(), officer
    version.save(update_fields=["published_at", "published_by"])
    appending.append_entry(
        event="purpose_version.published",
        by=by,
        object_type="purpose_version",
        object=version.pk,
        purpose=version.purpose.code,
        outcome=MATERIAL if version.material and earlier.exists() else "",
        details={
            "number": version.number,
            "material": version.material,
            "categories": sorted(category.code for category in version.categories.all()),
            "notices": {notice.language: notice.hash for notice in notices},
        },
    )
    version_published.send(sender=PurposeVersion, version=version)
    return version


@transaction.atomic
def record_lost_version(*, purpose: Purpose, number: int, published_at: datetime, by: Actor) -> None:
    """Record, after a restore, a material version that the backup lacks or has only as a draft, so that consent to
    earlier ones still does not count; no one is asked before a newer one is published.

    Changes nothing if the version is known. The database allows it only until a restoration is opened.
    """
    purpose = lock_purpose(purpose.pk)
    newest = purpose.versions.order_by("-number").first()
    if purpose.retired_at or newest is None:
        return
    version = purpose.versions.filter(number=number).first() or copy_version(newest)
    if version.published_at:
        return
    version.number, version.material, version.lost, version.published_at = number, True, True, published_at
    version.save()
    appending.append_entry(
        event="purpose_version.published",
        by=by,
        object_type="purpose_version",
        object=version.pk,
        purpose=purpose.code,
        outcome=MATERIAL,
        details={"number": number, "material": True, "lost": True},
    )


def is_writer(version: PurposeVersion, officer: User) -> bool:
    return officer.pk == version.drafted_by_id or version.writers.filter(pk=officer.pk).exists()


def check_may_publish(*, version: PurposeVersion, officer: User) -> None:
    """Raise what `publish_version` would raise."""
    if version.published_at:
        raise AlreadyPublished
    if version.purpose.retired_at:
        raise PurposeRetired
    if version.purpose.versions.filter(published_at__isnull=False, number__gt=version.number).exists():
        raise Refusal(_("A newer version of this purpose is already in force. Write a new version instead."))
    if version.drafted_by_id is None:
        raise Refusal(_("No officer is responsible for this draft yet: one reads and saves it, another publishes it."))
    if is_writer(version, officer):
        raise Refusal(_("You wrote some of this version, so another privacy officer has to read and publish it."))
    categories = list(version.categories.all())
    if not categories or not all(category.published for category in categories):
        raise Refusal(
            _("A version needs at least one data category, and each of them published, before it can be published.")
        )
    check_version_text(version)


def check_version_text(version: PurposeVersion) -> None:
    """Require a complete text of one purpose that is easy enough to read. Raises refusals of `rules`."""
    notices = {notice.language: get_words(notice) for notice in version.notices.all()}
    recipients = [(recipient.country, recipient.safeguard) for recipient in version.recipients.all()]
    rules.check_facts(
        rests_on_consent=version.rests_on_consent,
        dpv_purpose=version.dpv_purpose,
        is_special=any(category.special for category in version.categories.all()),
        is_sale=version.sale,
        has_recipients=bool(recipients),
        unprotected=transfers.list_unprotected_countries(version.storage, recipients, home=settings.PORTAL_COUNTRY),
    )
    rules.check_notices(notices, languages=settings.PORTAL_LANGUAGES, rests_on_consent=version.rests_on_consent)
    rules.check_one_purpose(notices)
    rules.check_reading_ease(notices, least=settings.PORTAL_READING_EASE)


# Take a purpose out of use, which takes two officers: one proposes it, another decides.

RETIREMENT = ProposedMatter(
    model=Retirement,
    officers={Role.PRIVACY_OFFICER},
    already_proposed=_("The end of this purpose is already waiting for a second officer."),
    needs_second_officer=_(
        "You asked for the end of this purpose, so another privacy officer must check it and confirm it."
    ),
    already_decided=_("This is no longer waiting for a second officer."),
)


class ProposerLeft(Refusal):
    sentence = _("Whoever asked for this is no longer a privacy officer. Refuse it, and ask for it yourself.")


@transaction.atomic
def propose_retirement(*, purpose: Purpose, officer: StaffMember, by: Actor) -> Retirement:
    """Ask a second officer to end a purpose; until then nothing changes. Repeating it changes nothing.

    Raises NotAnOfficer, PurposeRetired, AlreadyProposed.
    """
    appending.lock_people(officer.pk)
    purpose = lock_purpose(purpose.pk)
    check_officer(StaffMember.objects.get(pk=officer.pk), RETIREMENT.officers)
    if purpose.retired_at:
        raise PurposeRetired
    if own := RETIREMENT.select_open(purpose=purpose, proposed_by=officer.pk).first():
        return own
    RETIREMENT.check_not_proposed(purpose=purpose)
    retirement = Retirement(purpose=purpose, proposed_by=officer.user)
    retirement.save(force_insert=True)
    append_purpose_entry("retirement.proposed", retirement, by, {"officer": str(officer.pk)})
    return retirement


@transaction.atomic
def decide_retirement(*, retirement: Retirement, is_approved: bool, officer: StaffMember, by: Actor) -> Retirement:
    """End a purpose as the second officer: its consents, grants and pending requests end with it. Or keep it in use:
    take one's own proposal back, or reject a colleague's. Repeating a decision changes nothing.

    Raises NotAnOfficer, Unknown, AlreadyDecided, NeedsSecondOfficer, PurposeRetired, ProposerLeft.
    """
    appending.lock_people(officer.pk)
    purpose = get_or_refuse(Purpose.objects.select_for_update(no_key=True).filter(retirements=retirement.pk))
    check_officer(StaffMember.objects.get(pk=officer.pk), RETIREMENT.officers)
    locked = Retirement.objects.select_for_update(no_key=True).get(pk=retirement.pk)
    locked.purpose = purpose
    if not RETIREMENT.decide(locked, is_approved=is_approved, officer=officer, check=check_may_end):
        return locked
    if locked.approved_at:
        end_purpose(locked.purpose, locked.approved_at, by)
        officers = {"proposed_by": str(locked.proposed_by_id), "confirmed_by": str(officer.pk)}
        append_purpose_entry("purpose.retired", locked, by, officers)
    else:
        append_purpose_entry("retirement.cancelled", locked, by, {"officer": str(officer.pk)})
    return locked


@transaction.atomic
def retire_purpose_again(*, purpose: Purpose, by: Actor) -> None:
    """Retire, after a restore, a purpose that two officers had ended since the backup; it names neither of them.

    The database allows it only until a restoration is opened.
    """
    purpose = lock_purpose(purpose.pk)
    if purpose.retired_at:
        return
    end_purpose(purpose, clock.now(), by)
    appending.append_entry(
        event="purpose.retired", by=by, object_type="purpose", object=purpose.pk, purpose=purpose.code
    )


def end_purpose(purpose: Purpose, at: datetime, by: Actor) -> None:
    purpose.retired_at = at
    purpose.save(update_fields=["retired_at"])
    purpose_retired.send(sender=Purpose, purpose=purpose, by=by)


def check_may_end(retirement: Retirement) -> None:
    """Raises PurposeRetired, ProposerLeft."""
    if retirement.purpose.retired_at:
        raise PurposeRetired
    try:
        RETIREMENT.check_still_officer(retirement)
    except NotAnOfficer:
        raise ProposerLeft from None


def append_purpose_entry(event: str, retirement: Retirement, by: Actor, officers: dict[str, Any]) -> None:
    appending.append_entry(
        event=event,
        by=by,
        object_type="purpose",
        object=retirement.purpose_id,
        purpose=retirement.purpose.code,
        details={"retirement": str(retirement.pk), **officers},
    )
