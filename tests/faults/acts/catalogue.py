"""Prepare a call of every act of `consents/catalogue`."""

from django.utils import timezone

from consents.catalogue.models import Category, Field, Purpose, PurposeVersion
from consents.catalogue.services import categories, publishing, versions
from consents.catalogue.services.versions import VersionDraft
from consents.ledger.rules import PORTAL
from tests.faults.acts.beginnings import by_staff, in_a_restoration, running_and_waiting
from tests.faults.acts.registry import Call, act
from tests.world.cast import in_all, make_notice, make_recipient, quinn
from tests.world.retirements import confirm_end, propose_end


@act(versions.save_purpose)
def save_purpose(world, **_) -> Call:
    return lambda: versions.save_purpose(purpose=Purpose(code="research", usage="both"), by=by_staff(world.pia))


@act(versions.save_version)
def save_version(world, **_) -> Call:
    def save() -> None:
        version = PurposeVersion(purpose=Purpose.objects.get(), dpv_purpose="dpv:CustomerCare", storage=["IE"])
        draft = VersionDraft(version, [make_notice("en", "Help you")], Category.objects.all())
        versions.save_version(draft=draft, officer=world.pia.user, by=by_staff(world.pia))

    return save


@act(categories.save_recipient)
def save_recipient(world, **_) -> Call:
    return lambda: make_recipient("carrier")


@act(categories.save_category)
def save_category(world, **_) -> Call:
    def save() -> None:
        category = Category(code="calls", words=in_all({"title": "Calls", "description": ""}), term="pd:Contact")
        fields = [Field(key="when", labels=in_all("When"))]
        categories.save_category(category=category, fields=fields, by=by_staff(world.pia))

    return save


@act(publishing.publish_version)
def publish(world, **_) -> Call:
    draft = versions.draft_next_version(purpose=world.purpose, officer=quinn(), by=PORTAL).pk
    return lambda: publishing.publish_version(
        version=PurposeVersion.objects.get(pk=draft), officer=world.pia.user, by=by_staff(world.pia)
    )


@act(publishing.record_lost_version)
def note_lost(world, **_) -> Call:
    by, moment = in_a_restoration(), timezone.now()
    return lambda: publishing.record_lost_version(purpose=world.purpose, number=2, published_at=moment, by=by)


@act(versions.draft_next_version)
def next_version(world, **_) -> Call:
    return lambda: versions.draft_next_version(purpose=world.purpose, officer=world.pia.user, by=by_staff(world.pia))


@act(publishing.propose_retirement)
def propose_retirement(world, **_) -> Call:
    return lambda: propose_end(world.purpose, world.pia)


@act(publishing.decide_retirement, after=running_and_waiting)
def confirm_retirement(world, **_) -> Call:
    retirement = propose_end(world.purpose, world.quinn)
    return lambda: confirm_end(retirement, world.pia)


@act(publishing.retire_purpose_again, after=running_and_waiting)
def retire_again(world, **_) -> Call:
    by = in_a_restoration()
    return lambda: publishing.retire_purpose_again(purpose=world.purpose, by=by)


def draft_calls() -> Category:
    return categories.draft_category(
        code="calls",
        words=in_all({"title": "Calls", "description": ""}),
        sensitive=False,
        fields=[("when", in_all("When")), ("length", in_all("Length"))],
        term="pd:Contact",
        by=PORTAL,
    )


@act(categories.draft_category)
def draft_category(world, **_) -> Call:
    return draft_calls


@act(categories.publish_category)
def publish_category(world, **_) -> Call:
    draft = draft_calls().pk
    return lambda: categories.publish_category(category=Category.objects.get(pk=draft), by=by_staff(world.pia))
